//! The tree of changes, each with a box to tick.

use super::{
    super::{
        diff::visible,
        model::{Command, Model, can_be_ticked},
    },
    View,
    runs::moved,
};
use crate::common::{
    pane,
    rows::{self, list_keyboard, virtual_rows},
    table::{RowState, row},
    text,
};
use abi::table::{FileKind, RunChange, RunChangeKind, RunVerdict};
use egui::{Align2, Color32, Key, Modifiers, Rect, Role, Stroke, Ui, pos2, vec2};
use widgets::{
    controls::Checkbox,
    fonts,
    icons::{Icon, paint_icon},
    theme::{Theme, space, type_size},
};

/// Height of a row, in points.
const ROW: f32 = 28.0;
/// Points by which each level stands in.
const INDENT: f32 = 14.0;
/// Levels that are shown standing in; deeper ones stand below them.
const MOST_INDENT: usize = 8;

pub(super) fn draw(
    ui: &mut Ui,
    theme: &Theme,
    area: Rect,
    model: &Model,
    view: &mut View,
    commands: &mut Vec<Command>,
) {
    ui.painter().rect_filled(area, 0, theme.surface.panel);
    ui.painter().vline(area.right() - 0.5, area.y_range(), Stroke::new(1.0, theme.surface.divider));
    let keyboard = list_keyboard(ui, ui.scope_id().with("tree"), area, "Changes", view.focused);
    if keyboard.has_keys {
        if let Some((by, _)) = rows::vertical_move(ui, view.page) {
            commands.push(Command::Select(moved(model.selected, by, model.rows.len())));
        }
        if ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Space))
            && let Some(selected) = model.selected
        {
            commands.push(Command::Tick(selected));
        }
    }
    view.page = (area.height() / ROW) as usize;
    let reveal = model.selected.filter(|_| view.revealed != model.selected);
    view.revealed = model.selected;
    pane::pane(ui, area.with_max_x(area.right() - 1.0), "changes", vec2(space::XS, space::XS), |ui| {
        virtual_rows(ui, "changes", ROW, model.rows.len(), reveal, |ui, index, rect| {
            let state = RowState::new(model.selected == Some(index), keyboard.has_keys);
            row_ui(ui, theme, rect, model, index, state, commands);
        });
    });
}

fn row_ui(
    ui: &mut Ui,
    theme: &Theme,
    rect: Rect,
    model: &Model,
    index: usize,
    state: RowState,
    commands: &mut Vec<Command>,
) {
    let Some(entry) = model.rows.get(index) else { return };
    let change = model.change(index);
    let (main, quiet) = state.colours(theme);
    let name = visible(&entry.name);
    let id = ui.scope_id().with(("row", &entry.path));
    let spoken = change.map_or_else(|| name.clone(), |change| format!("{name}, {}", words(change)));
    let response = row(ui, id, rect, state, Role::TreeItem, &spoken);
    if response.clicked() {
        commands.push(Command::Select(index));
    }
    let left = rect.left() + space::S + INDENT * entry.depth.min(MOST_INDENT) as f32;
    let check = Rect::from_center_size(pos2(left + 8.0, rect.center().y), vec2(18.0, 18.0));
    let mut ticked = is_ticked(model, index);
    let can = change.is_none_or(can_be_ticked) && model.beneath(index).next().is_some();
    ui.add_enabled_ui(can, |ui| {
        let checkbox = Checkbox::new(&mut ticked, "").name(format!("Take {name}")).id(id.with("tick"));
        if checkbox.show_at(ui, check).clicked() {
            commands.push(Command::Tick(index));
        }
    });
    let mark = Rect::from_center_size(pos2(left + 28.0, rect.center().y), vec2(14.0, ROW));
    let mut right = rect.right() - space::S;
    match change {
        None => paint_icon(ui.painter(), mark.center(), Icon::FolderOpen, 14.0, quiet),
        Some(change) => {
            let (sign, colour) = sign(change, theme);
            let colour = if state == RowState::Selected { main } else { colour };
            text::line(ui, mark, sign, fonts::mono(type_size::BODY), colour, Align2::CENTER_CENTER);
            if let Some((icon, colour, why)) = warning(change, theme) {
                let colour = if state == RowState::Selected { main } else { colour };
                let place = Rect::from_center_size(pos2(right - 8.0, rect.center().y), vec2(18.0, 18.0));
                paint_icon(ui.painter(), place.center(), icon, 15.0, colour);
                text::label(ui, id.with("warning"), place, &why).on_hover_text(why);
                right -= 22.0;
            }
        }
    }
    let place = Rect::from_min_max(pos2(mark.right() + 6.0, rect.top()), pos2(right, rect.bottom()));
    let colour = match change {
        Some(change) if state != RowState::Selected && change.verdict == RunVerdict::Refused => {
            theme.text.disabled
        }
        Some(_) => main,
        None => quiet,
    };
    if text::line(ui, place, &name, fonts::regular(type_size::LABEL), colour, Align2::LEFT_CENTER) {
        response.on_hover_text(visible(&entry.path));
    }
}

/// A folder is ticked when everything in it that can be is.
fn is_ticked(model: &Model, row: usize) -> bool {
    let mut beneath = model.beneath(row).take(2_000).peekable();
    beneath.peek().is_some() && beneath.all(|change| model.ticked.contains(&change.path))
}

fn sign(change: &RunChange, theme: &Theme) -> (&'static str, Color32) {
    match change.kind {
        RunChangeKind::Added => ("+", theme.success.text),
        RunChangeKind::Changed | RunChangeKind::Bits => ("~", theme.info.text),
        RunChangeKind::Removed => ("−", theme.danger.text),
    }
}

/// What is to be known before it is taken.
fn warning(change: &RunChange, theme: &Theme) -> Option<(Icon, Color32, String)> {
    if let Some(why) = &change.runs_later {
        return Some((Icon::ShieldWarning, theme.danger.text, format!("Runs later: {why}")));
    }
    match change.verdict {
        RunVerdict::Conflict => {
            Some((Icon::Warning, theme.warning.text, format!("Conflict: {}", change.why)))
        }
        RunVerdict::Refused => {
            Some((Icon::XCircle, theme.danger.text, format!("Never applied: {}", change.why)))
        }
        RunVerdict::Due => None,
    }
}

/// A change as a screen reader says it.
fn words(change: &RunChange) -> String {
    let kind = match change.kind {
        RunChangeKind::Added => "added",
        RunChangeKind::Changed => "changed",
        RunChangeKind::Bits => "other permissions",
        RunChangeKind::Removed => "removed",
    };
    let what = match change.what {
        FileKind::File => "file",
        FileKind::Directory => "folder",
        FileKind::Symlink => "link",
        FileKind::Other => "special file",
    };
    let flag = match (&change.runs_later, change.verdict) {
        (Some(_), _) => ", runs later",
        (None, RunVerdict::Conflict) => ", conflict",
        (None, RunVerdict::Refused) => ", never applied",
        (None, RunVerdict::Due) => "",
    };
    format!("{kind} {what}{flag}")
}
