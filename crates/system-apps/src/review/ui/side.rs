//! What became of the change that is selected: what is to be known of it, and its lines.

use super::super::{
    diff::{Line, visible},
    model::{Command, Model},
    wrap::{self, Part},
};
use crate::common::{format, pane, rows::virtual_rows, text};
use abi::table::{DiffOp, FileKind, RunChange, RunChangeKind, RunVerdict};
use egui::{Align2, Color32, Rect, Ui, pos2, vec2};
use widgets::{
    controls::{Button, ControlSize, EmptyState, Spinner, author_id, tooltip},
    fonts,
    icons::{Icon, paint_icon},
    theme::{State, Theme, space, type_size},
};

/// Height of the head, in points.
const HEAD: f32 = 44.0;
/// Height of a band with a warning, in points.
const BAND: f32 = 32.0;
/// Height of a line, in points.
const ROW: f32 = 18.0;
/// Font size of a line, in points.
const FONT: f32 = 12.5;
/// Width of the numbers of one side, in points.
const NUMBER: f32 = 46.0;
/// Width of what stands before the text of a line, in points.
const BEFORE_TEXT: f32 = 2.0 * NUMBER + 14.0;

pub(super) fn draw(ui: &mut Ui, theme: &Theme, area: Rect, model: &Model, commands: &mut Vec<Command>) {
    ui.painter().rect_filled(area, 0, theme.surface.sunken);
    let Some(change) = model.selected_change() else {
        let words = "Choose a change on the left to see what became of it.";
        pane::pane(ui, area, "nothing", vec2(space::L, 0.0), |ui| {
            EmptyState::new(Icon::Files, "No change is selected", words).show(ui);
        });
        return;
    };
    let (head, mut rest) = pane::split_top(area, HEAD);
    if head_ui(ui, theme, head, change) {
        commands.push(Command::Why);
    }
    for (icon, tone, words) in bands(change, theme) {
        let (band, below) = pane::split_top(rest, BAND);
        band_ui(ui, band, icon, tone, &words);
        rest = below;
    }
    if !super::super::diff::has_lines(change) {
        return plain_ui(ui, rest, change);
    }
    match &model.diff {
        None => pane::pane(ui, rest, "comparing", vec2(0.0, rest.height() * 0.35), |ui| {
            ui.vertical_centered(|ui| ui.add(Spinner::new("Comparing").size(20.0)));
        }),
        Some(Err(why)) => pane::pane(ui, rest, "failed", vec2(space::L, 0.0), |ui| {
            EmptyState::new(Icon::WarningCircle, "It cannot be compared", why).show(ui);
        }),
        Some(Ok(diff)) if model.lines.is_empty() => {
            let size = |size: Option<u64>| size.map_or_else(|| "nothing".to_owned(), format::bytes);
            let words = format!("{} before, {} now.", size(diff.old_size), size(diff.new_size));
            let title = match (diff.binary, diff.note.as_str()) {
                (true, _) => "This is not a text",
                (false, "") => "Nothing to show: it is empty",
                (false, note) => note,
            };
            pane::pane(ui, rest, "no-lines", vec2(space::L, 0.0), |ui| {
                EmptyState::new(Icon::FileDashed, title, &words).show(ui);
            });
        }
        Some(Ok(diff)) => {
            if !diff.note.is_empty() {
                let (band, below) = pane::split_top(rest, BAND);
                band_ui(ui, band, Icon::Info, &theme.info, &capital(&diff.note));
                rest = below;
            }
            lines_ui(ui, theme, rest, &model.lines);
        }
    }
}

/// Path and facts; true when somebody asks why.
fn head_ui(ui: &mut Ui, theme: &Theme, area: Rect, change: &RunChange) -> bool {
    let place = area.shrink2(vec2(space::M, 4.0));
    let why = Button::ghost("Why?").size(ControlSize::Small);
    let size = why.desired_size(ui);
    let (place, right) = pane::split_right(place, size.x);
    let why = why.id(ui.scope_id().with("why")).show_at(ui, Rect::from_center_size(right.center(), size));
    author_id(ui, why.id, "why");
    let asked = why.clicked();
    tooltip(why, "What made this change");
    let place = place.with_max_x(place.right() - space::S);
    let (top, bottom) = pane::split_top(place, place.height() / 2.0);
    let path = visible(&change.path);
    text::line(ui, top, &path, fonts::mono(type_size::LABEL), theme.text.primary, Align2::LEFT_CENTER);
    text::label(ui, ui.scope_id().with("path"), top, &path).on_hover_text(&path);
    let about = about(change);
    text::line(
        ui,
        bottom,
        &about,
        fonts::regular(type_size::CAPTION),
        theme.text.secondary,
        Align2::LEFT_CENTER,
    );
    text::label(ui, ui.scope_id().with("about"), bottom, &about);
    ui.painter().hline(area.x_range(), area.bottom() - 0.5, egui::Stroke::new(1.0, theme.surface.divider));
    asked
}

/// One line about a change.
fn about(change: &RunChange) -> String {
    let what = |kind: FileKind| match kind {
        FileKind::File => "file",
        FileKind::Directory => "folder",
        FileKind::Symlink => "link",
        FileKind::Other => "special file",
    };
    let mut parts = vec![match (change.kind, change.was) {
        (RunChangeKind::Added, _) => format!("new {}", what(change.what)),
        (RunChangeKind::Changed, Some(was)) => format!("a {} that was a {}", what(change.what), what(was)),
        (RunChangeKind::Changed, None) => format!("changed {}", what(change.what)),
        (RunChangeKind::Bits, _) => "other permissions".into(),
        (RunChangeKind::Removed, _) => format!("removed {}", what(change.what)),
    }];
    if change.what == FileKind::File {
        parts.push(match change.kind {
            RunChangeKind::Changed => {
                format!("{} → {}", format::bytes(change.size_before), format::bytes(change.size))
            }
            RunChangeKind::Removed => format::bytes(change.size_before),
            _ => format::bytes(change.size),
        });
    }
    let both = matches!(change.kind, RunChangeKind::Changed | RunChangeKind::Bits);
    if both && change.mode != change.mode_before {
        parts.push(format!("permissions {:03o} → {:03o}", change.mode_before, change.mode));
    } else if change.kind == RunChangeKind::Added && change.mode & 0o111 != 0 && change.what == FileKind::File
    {
        parts.push("a program that can be run".into());
    }
    if let Some(target) = &change.link {
        parts.push(format!("leads to {}", visible(target)));
    }
    if let Some(from) = &change.renamed_from {
        parts.push(format!("was {}", visible(from)));
    }
    parts.join("  ·  ")
}

fn bands<'a>(change: &RunChange, theme: &'a Theme) -> Vec<(Icon, &'a State, String)> {
    let mut bands = Vec::new();
    if let Some(why) = &change.runs_later {
        let words = format!("Runs later: {why}. Read it before you take it.");
        bands.push((Icon::ShieldWarning, &theme.danger, words));
    }
    match change.verdict {
        RunVerdict::Conflict => {
            bands.push((
                Icon::Warning,
                &theme.warning,
                format!("Conflict: {}. It is not replaced unless you tick it.", change.why),
            ));
        }
        RunVerdict::Refused => {
            bands.push((Icon::XCircle, &theme.danger, format!("Never applied: {}.", change.why)));
        }
        RunVerdict::Due if !change.why.is_empty() => {
            bands.push((Icon::Info, &theme.info, capital(&change.why)));
        }
        RunVerdict::Due => {}
    }
    bands
}

fn band_ui(ui: &mut Ui, area: Rect, icon: Icon, tone: &State, words: &str) {
    ui.painter().rect_filled(area, 0, tone.soft);
    paint_icon(ui.painter(), pos2(area.left() + space::M + 8.0, area.center().y), icon, 15.0, tone.text);
    let place = area.with_min_x(area.left() + space::M + 24.0).with_max_x(area.right() - space::S);
    let cut = text::line(ui, place, words, fonts::regular(type_size::LABEL), tone.text, Align2::LEFT_CENTER);
    let said = text::label(ui, ui.scope_id().with(("band", words)), place, words);
    if cut {
        said.on_hover_text(words);
    }
}

/// What has no lines.
fn plain_ui(ui: &mut Ui, area: Rect, change: &RunChange) {
    let (title, words) = match (change.kind, change.what) {
        (RunChangeKind::Bits, _) => (
            "Only the permissions are others",
            format!("{:03o} before, {:03o} now.", change.mode_before, change.mode),
        ),
        (RunChangeKind::Added, FileKind::Directory) => {
            ("A new folder", "What is in it stands below it.".into())
        }
        (RunChangeKind::Removed, FileKind::Directory) => {
            ("A folder that is gone", "So is what was in it.".into())
        }
        (_, FileKind::Other) => ("A special file", "Pipes, sockets and devices are never taken over.".into()),
        _ => ("There is no text to compare", String::new()),
    };
    let icon = if change.what == FileKind::Directory { Icon::FolderOpen } else { Icon::FileDashed };
    pane::pane(ui, area, "plain", vec2(space::L, 0.0), |ui| {
        EmptyState::new(icon, title, &words).show(ui);
    });
}

/// The lines that are in view, and no others.
fn lines_ui(ui: &mut Ui, theme: &Theme, area: Rect, lines: &[Line]) {
    let glyph = ui.ctx().fonts_mut(|fonts| fonts.glyph_width(&fonts::mono(FONT), '0'));
    let columns = ((area.width() - BEFORE_TEXT - space::M) / glyph).max(8.0) as usize;
    let parts = wrap::parts(lines, columns);
    pane::pane(ui, area, "lines", vec2(0.0, space::XS), |ui| {
        virtual_rows(ui, "lines", ROW, parts.len(), None, |ui, index, rect| {
            let part = parts[index];
            line_ui(ui, theme, rect, &lines[part.line], part);
        });
    });
}

/// One row: a line, or what of a long one found no room in the row before.
fn line_ui(ui: &mut Ui, theme: &Theme, rect: Rect, line: &Line, part: Part) {
    let (sign, tone, fill) = match line.op {
        Some(DiffOp::Added) => ("+", theme.success.text, theme.success.soft),
        Some(DiffOp::Removed) => ("−", theme.danger.text, theme.danger.soft),
        Some(DiffOp::Same) => ("", theme.text.primary, Color32::TRANSPARENT),
        None => ("", theme.text.muted, theme.control.ghost_hover),
    };
    ui.painter().rect_filled(rect, 0, fill);
    let number = |number: Option<u64>| {
        number.filter(|_| part.is_first()).map(|number| number.to_string()).unwrap_or_default()
    };
    let side =
        |left: f32| Rect::from_min_max(pos2(left, rect.top()), pos2(left + NUMBER - 8.0, rect.bottom()));
    let small = fonts::mono(FONT - 1.5);
    text::line(
        ui,
        side(rect.left()),
        &number(line.old),
        small.clone(),
        theme.text.muted,
        Align2::RIGHT_CENTER,
    );
    text::line(
        ui,
        side(rect.left() + NUMBER),
        &number(line.new),
        small,
        theme.text.muted,
        Align2::RIGHT_CENTER,
    );
    let at = rect.left() + 2.0 * NUMBER;
    let mark = Rect::from_min_max(pos2(at, rect.top()), pos2(at + 14.0, rect.bottom()));
    let sign_shown = if part.is_first() { sign } else { "" };
    text::line(ui, mark, sign_shown, fonts::mono(FONT), tone, Align2::LEFT_CENTER);
    let place =
        Rect::from_min_max(pos2(mark.right(), rect.top()), pos2(rect.right() - space::S, rect.bottom()));
    let colour = if line.op.is_some() { theme.text.primary } else { theme.text.muted };
    text::line(ui, place, part.of(&line.text), fonts::mono(FONT), colour, Align2::LEFT_CENTER);
    if part.is_first() {
        let spoken = format!("{sign}{}", line.text);
        text::label(ui, ui.scope_id().with((line.old, line.new, rect.top() as i32)), place, &spoken);
    }
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}
