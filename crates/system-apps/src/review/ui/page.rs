//! What stands around the page: buttons, what was applied with a way to undo it, and the line at the foot.

use super::super::model::{AppliedLast, Command, Model, Page};
use crate::common::{format, pane, text};
use egui::{Align2, Rect, Ui, vec2};
use widgets::{
    controls::{Badge, BadgeTone, Button, ControlSize, author_id},
    fonts,
    icons::{Icon, paint_icon},
    theme::{Theme, space, type_size},
};

/// Room of the buttons on the right, in points.
const BUTTONS: f32 = 318.0;
/// The same in a narrow window.
const NARROW_BUTTONS: f32 = 212.0;
/// Height of a note above the page, in points.
const NOTE: f32 = 36.0;

pub(super) fn toolbar(ui: &mut Ui, theme: &Theme, area: Rect, model: &Model, commands: &mut Vec<Command>) {
    let Page::Run(_) = model.page else {
        let place = area.shrink2(vec2(space::M, 0.0));
        let title = "What programs did to folders that were held back";
        text::line(ui, place, title, fonts::medium(type_size::BODY), theme.text.primary, Align2::LEFT_CENTER);
        text::label(ui, ui.scope_id().with("title"), place, title);
        return;
    };
    let narrow = area.width() < super::NARROW;
    let (left, right) = pane::split_right(area, if narrow { NARROW_BUTTONS } else { BUTTONS });
    pane::bar(ui, left, "where", space::M, |ui| {
        ui.spacing_mut().item_spacing.x = space::S;
        let back = ui.add(Button::icon(Icon::CaretLeft, "All runs"));
        if back.clicked() {
            commands.push(Command::List);
        }
        let name = model.run.as_ref().map_or("", |run| run.name.as_str());
        let (name_place, rest) = {
            let room = ui.available_rect_before_wrap();
            let wanted = ui.painter().layout_no_wrap(
                name.to_owned(),
                fonts::medium(type_size::BODY),
                theme.text.primary,
            );
            pane::split_left(room, (wanted.size().x + space::S).min(room.width()))
        };
        text::line(
            ui,
            name_place,
            name,
            fonts::medium(type_size::BODY),
            theme.text.primary,
            Align2::LEFT_CENTER,
        );
        text::label(ui, ui.scope_id().with("name"), name_place, name);
        counts(ui, rest, model);
    });
    pane::bar(ui, right, "buttons", space::M, |ui| {
        ui.spacing_mut().item_spacing.x = space::S;
        let ticked = model.ticked_count();
        let enabled = ticked > 0 && !model.busy;
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let words = if ticked == 0 {
                "Apply".to_owned()
            } else {
                format!("Apply {}", format::count(ticked as u64))
            };
            let apply = ui.add_enabled(enabled, Button::primary(words).min_width(104.0).loading(model.busy));
            author_id(ui, apply.id, "apply");
            if apply.clicked() {
                commands.push(Command::Apply);
            }
            let discard = ui.add_enabled(enabled, Button::new("Discard"));
            author_id(ui, discard.id, "discard");
            if discard.clicked() {
                commands.push(Command::Discard);
            }
            // Where there is no room for it, it is in the menu "Changes".
            if narrow {
                return;
            }
            let all = ui.add_enabled(!model.busy && !model.rows.is_empty(), Button::ghost("Discard all"));
            author_id(ui, all.id, "discard-all");
            if all.clicked() {
                commands.push(Command::DiscardRun);
            }
        });
    });
}

/// How many of each kind, as badges; those that find no room are left out.
fn counts(ui: &mut Ui, room: Rect, model: &Model) {
    let Some(changes) = &model.changes else { return };
    let badges = [
        (changes.added, "+", "added", BadgeTone::Success),
        (changes.changed, "~", "changed", BadgeTone::Info),
        (changes.removed, "−", "removed", BadgeTone::Danger),
        (changes.conflicts, "", "in conflict", BadgeTone::Warning),
        (changes.flagged, "", "run later", BadgeTone::Danger),
    ];
    let mut left = room.left();
    for (count, sign, what, tone) in badges {
        if count == 0 {
            continue;
        }
        let words = if sign.is_empty() { format!("{count} {what}") } else { format!("{sign}{count}") };
        let badge = Badge::new(words).tone(tone).id(ui.scope_id().with(what));
        let size = badge.desired_size(ui);
        if left + size.x > room.right() {
            return;
        }
        let place = Rect::from_min_size(egui::pos2(left, room.center().y - size.y / 2.0), size);
        badge.show_at(ui, place).on_hover_text(format!("{count} {what}"));
        left = place.right() + space::XS;
    }
}

/// Boxes above the page; what room is left.
pub(super) fn notices(
    ui: &mut Ui,
    theme: &Theme,
    area: Rect,
    model: &Model,
    commands: &mut Vec<Command>,
) -> Rect {
    let mut rest = area;
    if let Some(problem) = &model.problem {
        let bottom = pane::pane(ui, rest, "problem", vec2(space::M, space::S), |ui| {
            if super::problem_ui(ui, &problem.title, &problem.text) {
                commands.push(Command::DismissProblem);
            }
            ui.min_rect().bottom()
        });
        rest.min.y = (bottom + space::XS).min(rest.max.y);
    }
    if let Some(applied) = &model.applied {
        let (note, below) = pane::split_top(rest, NOTE);
        applied_ui(ui, theme, note, applied, model.busy, commands);
        rest = below;
    }
    rest
}

fn applied_ui(
    ui: &mut Ui,
    theme: &Theme,
    note: Rect,
    applied: &AppliedLast,
    busy: bool,
    commands: &mut Vec<Command>,
) {
    let good = applied.left.is_empty();
    let tone = if good { &theme.success } else { &theme.warning };
    ui.painter().rect_filled(note, 0, tone.soft);
    let (left, right) = pane::split_right(note, if applied.undone { 0.0 } else { 92.0 });
    let icon = if good { Icon::CheckCircle } else { Icon::Warning };
    paint_icon(
        ui.painter(),
        egui::pos2(left.left() + space::M + 8.0, left.center().y),
        icon,
        16.0,
        tone.text,
    );
    let words = words(applied);
    let place = left.with_min_x(left.left() + space::M + 24.0);
    let cut = text::line(ui, place, &words, fonts::regular(type_size::LABEL), tone.text, Align2::LEFT_CENTER);
    let said = text::label(ui, ui.scope_id().with("applied"), place, &words);
    if cut || !good {
        let all: Vec<String> =
            applied.left.iter().take(20).map(|(path, why)| format!("{path}: {why}")).collect();
        said.on_hover_text(format!("{words}\n{}", all.join("\n")));
    }
    if !applied.undone {
        pane::bar(ui, right, "undo", space::M, |ui| {
            let undo = Button::new("Undo").size(ControlSize::Small).with_icon(Icon::ArrowCounterClockwise);
            let undo = ui.add_enabled(!busy, undo);
            author_id(ui, undo.id, "undo");
            if undo.clicked() {
                commands.push(Command::Undo);
            }
        });
    }
}

fn words(applied: &AppliedLast) -> String {
    let what = format::counted(applied.count, "change was", "changes were");
    let did = if applied.undone { "applied and undone again" } else { "applied" };
    match applied.left.split_first() {
        None => format!("{what} {did}."),
        Some(((path, why), [])) => format!("{what} {did}; {path} was left: {why}."),
        Some(((path, why), more)) => {
            format!(
                "{what} {did}; {path} was left: {why}. So were {} more.",
                format::count(more.len() as u64)
            )
        }
    }
}

pub(super) fn status(ui: &mut Ui, theme: &Theme, area: Rect, model: &Model) {
    let place = area.shrink2(vec2(space::M, 0.0));
    let words = match (model.page, &model.changes, &model.runs) {
        (Page::Run(_), Some(changes), _) => {
            let many =
                if changes.truncated { ", and more that come when these are decided about" } else { "" };
            let count = format::counted(changes.changes.len(), "change", "changes");
            format!("{count}{many}, {} ticked", format::count(model.ticked_count() as u64))
        }
        (Page::Runs, _, Some(runs)) => format::counted(runs.len(), "run", "runs"),
        _ => String::new(),
    };
    let font = fonts::regular(type_size::LABEL);
    text::line(ui, place, &words, font.clone(), theme.text.secondary, Align2::LEFT_CENTER);
    text::label(ui, ui.scope_id().with("count"), place.with_max_x(place.center().x), &words);
    let running = model.run.as_ref().is_some_and(|run| run.ended_millis.is_none());
    let note = match (&model.changes, model.page) {
        (_, Page::Run(_)) if running => "It still runs: more may come. Look again with F5.".to_owned(),
        (Some(changes), Page::Run(_)) if !changes.notes.is_empty() => changes.notes.join("; "),
        (Some(_), Page::Run(_)) => "Space ticks  ·  Ctrl+Enter applies  ·  Ctrl+Z undoes".to_owned(),
        (_, Page::Runs) if model.runs.as_ref().is_some_and(|runs| !runs.is_empty()) => {
            "Enter opens".to_owned()
        }
        _ => String::new(),
    };
    let right = place.with_min_x(place.center().x);
    text::line(ui, right, &note, font, theme.text.muted, Align2::RIGHT_CENTER);
    if !note.is_empty() {
        text::label(ui, ui.scope_id().with("note"), right, &note).on_hover_text(&note);
    }
}
