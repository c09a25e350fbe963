//! The folder's entries, as icons or as a list. Only what is in view is laid out.

use super::super::{
    kind,
    model::{Command, Layout, Model, Pick},
};
use super::{View, command_of, entry_id, entry_menu, list_id};
use crate::common::{
    format, pane, rows,
    table::{self, Column, RowState, Width},
    text,
};
use abi::table::{DirEntry, FileKind};
use egui::{Align2, Color32, Id, Key, Rect, Response, Role, Stroke, StrokeKind, Ui, pos2, vec2};
use widgets::{
    controls::{TextField, context_menu, tooltip},
    fonts,
    theme::{Theme, alpha, radius, space, type_size},
};

/// A cell of the icon view in points; it grows in width to fill the row.
const CELL: egui::Vec2 = vec2(108.0, 108.0);

const COLUMNS: [Column; 4] = [
    Column::text("Name", Width::Share(1.0)),
    Column::text("Kind", Width::Fixed(118.0)).from(470.0),
    Column::figures("Size", 84.0).from(300.0),
    Column::text("Changed", Width::Fixed(146.0)).from(400.0),
];

pub(super) fn draw(
    ui: &mut Ui,
    area: Rect,
    model: &Model,
    view: &mut View,
    commands: &mut Vec<Command>,
    keyboard: bool,
) {
    match (&model.rename, &view.rename) {
        (Some(rename), None) => {
            let name = model.entries.get(rename.entry).map(|entry| entry.name.clone()).unwrap_or_default();
            view.rename = Some((rename.entry, name));
        }
        (None, Some(_)) => view.rename = None,
        _ => {}
    }
    let reveal = (model.reveal != view.revealed).then_some(model.cursor).flatten();
    view.revealed = model.reveal;
    match model.layout {
        Layout::Grid => grid(ui, area, model, view, commands, keyboard, reveal),
        Layout::List => list(ui, area, model, view, commands, keyboard, reveal),
    }
}

fn grid(
    ui: &mut Ui,
    area: Rect,
    model: &Model,
    view: &mut View,
    commands: &mut Vec<Command>,
    keyboard: bool,
    reveal: Option<usize>,
) {
    let inset = vec2(space::S, space::XS);
    let columns = (((area.width() - 2.0 * inset.x) / CELL.x).floor() as usize).max(1);
    view.columns = columns;
    view.rows = (area.height() / CELL.y) as usize;
    let list = list_id(ui);
    let total = model.shown.len().div_ceil(columns);
    pane::pane(ui, area, "grid", inset, |ui| {
        rows::virtual_rows(ui, "scroll", CELL.y, total, reveal.map(|at| at / columns), |ui, row, place| {
            let width = place.width() / columns as f32;
            for column in 0..columns {
                let at = row * columns + column;
                let Some(entry) = model.at(at) else { break };
                let left = place.left() + column as f32 * width;
                let cell = Rect::from_min_size(pos2(left, place.top()), vec2(width, place.height()));
                let cell =
                    Rect::from_center_size(cell.center(), vec2(width.min(128.0), CELL.y) - vec2(6.0, 6.0));
                cell_ui(ui, list, cell, at, entry, model, view, commands, keyboard);
            }
        });
    });
}

#[allow(clippy::too_many_arguments)] // one entry's facts and where its commands go
fn cell_ui(
    ui: &mut Ui,
    list: Id,
    cell: Rect,
    at: usize,
    entry: &DirEntry,
    model: &Model,
    view: &mut View,
    commands: &mut Vec<Command>,
    keyboard: bool,
) {
    let theme = Theme::of(ui);
    let index = model.shown[at];
    let selected = model.selection.contains(&index);
    let response = ui.interact(cell, entry_id(list, &entry.name), egui::Sense::CLICK);
    let enabled = ui.is_enabled();
    response.widget_info(|| egui::WidgetInfo::selected(Role::ListItem, enabled, selected, &entry.name));
    let fill = match (selected, keyboard) {
        (true, true) => theme.accent.soft,
        (true, false) => theme.control.selected,
        _ if response.hovered() => theme.control.ghost_hover,
        _ => Color32::TRANSPARENT,
    };
    let line = if selected && keyboard { alpha(theme.accent.ring, 150) } else { Color32::TRANSPARENT };
    ui.painter().rect(cell, radius::TILE, fill, Stroke::new(1.0, line), StrokeKind::Inside);
    let centre = pos2(cell.center().x, cell.top() + 34.0);
    ui.painter().text(centre, Align2::CENTER_CENTER, kind::look(entry).0, fonts::emoji(38.0), Color32::WHITE);
    let inner = cell.shrink2(vec2(6.0, 0.0));
    let name =
        Rect::from_min_max(pos2(inner.left(), cell.top() + 61.0), pos2(inner.right(), cell.top() + 81.0));
    let cut = !rename_ui(ui, name, index, entry, view, commands) && {
        let font = fonts::medium(type_size::LABEL);
        text::line(ui, name, &entry.name, font, theme.text.primary, Align2::CENTER_CENTER)
    };
    let below =
        Rect::from_min_max(pos2(inner.left(), name.bottom()), pos2(inner.right(), name.bottom() + 15.0));
    let words = match entry.kind {
        FileKind::File => format::bytes(entry.size),
        _ => kind::look(entry).1.to_owned(),
    };
    text::line(
        ui,
        below,
        &words,
        fonts::regular(type_size::CAPTION),
        theme.text.muted,
        Align2::CENTER_CENTER,
    );
    act(&response, list, at, index, model, commands);
    if cut {
        tooltip(response, &entry.name);
    }
}

fn list(
    ui: &mut Ui,
    area: Rect,
    model: &Model,
    view: &mut View,
    commands: &mut Vec<Command>,
    keyboard: bool,
    reveal: Option<usize>,
) {
    let theme = Theme::of(ui);
    let (head, body) = pane::split_top(area, table::HEAD);
    let inset = vec2(space::S, 0.0);
    if let Some(column) =
        table::heads(ui, ui.scope_id().with("heads"), head.shrink2(inset), &COLUMNS, Some(model.sort))
    {
        commands.push(Command::SortBy(model.sort.clicked(column, column >= 2)));
    }
    view.columns = 1;
    view.rows = (body.height() / table::ROW) as usize;
    let list = list_id(ui);
    pane::pane(ui, body, "rows", inset, |ui| {
        rows::virtual_rows(ui, "scroll", table::ROW, model.shown.len(), reveal, |ui, at, place| {
            let Some(entry) = model.at(at) else { return };
            let index = model.shown[at];
            let state = RowState::new(model.selection.contains(&index), keyboard);
            let id = entry_id(list, &entry.name);
            let response = table::row(ui, id, place, state, Role::ListItem, &entry.name);
            let (strong, quiet) = state.colours(&theme);
            let cells = table::cells(&COLUMNS, place);
            let (emoji, word) = kind::look(entry);
            if let Some(name) = cells[0] {
                let mark = pos2(name.left() + 8.0, name.center().y);
                ui.painter().text(mark, Align2::CENTER_CENTER, emoji, fonts::emoji(16.0), Color32::WHITE);
                let name = name.with_min_x(name.left() + 26.0);
                if !rename_ui(ui, name.shrink2(vec2(0.0, 3.0)), index, entry, view, commands) {
                    text::line(ui, name, &entry.name, fonts::control(), strong, Align2::LEFT_CENTER);
                }
            }
            let font = fonts::regular(type_size::LABEL);
            table::cell(ui, cells[1], &COLUMNS[1], word, font.clone(), quiet);
            let size = if entry.kind == FileKind::File { format::bytes(entry.size) } else { "–".into() };
            table::figure(ui, cells[2], &size, quiet);
            table::cell(ui, cells[3], &COLUMNS[3], &format::date_time(entry.modified_millis), font, quiet);
            act(&response, list, at, index, model, commands);
        });
    });
}

/// What clicks on an entry ask for.
fn act(response: &Response, list: Id, at: usize, index: usize, model: &Model, commands: &mut Vec<Command>) {
    if response.double_clicked() {
        commands.push(Command::Open { at });
    } else if response.clicked() {
        let modifiers = response.ctx.input(|input| input.modifiers);
        let how = match modifiers {
            m if m.shift => Pick::Extend,
            m if m.command => Pick::Toggle,
            _ => Pick::Only,
        };
        commands.push(Command::Pick { at, how });
        response.ctx.memory_mut(|memory| memory.request_focus(list));
    }
    if response.secondary_clicked() && !model.selection.contains(&index) {
        commands.push(Command::Pick { at, how: Pick::Only });
    }
    if let Some(id) = context_menu(response, &entry_menu(model)) {
        commands.extend(command_of(&id, model));
    }
}

/// The field for a new name in the place of the name; `false` where this entry is not being renamed.
fn rename_ui(
    ui: &mut Ui,
    place: Rect,
    index: usize,
    entry: &DirEntry,
    view: &mut View,
    commands: &mut Vec<Command>,
) -> bool {
    let Some((_, name)) = view.rename.as_mut().filter(|(renamed, _)| *renamed == index) else { return false };
    let id = ui.scope_id().with(("rename", index));
    let fresh = !ui.memory(|memory| memory.had_focus_last_frame(id) || memory.has_focus(id));
    let begun = id.with("begun");
    let started = ui.data(|data| data.get_temp::<bool>(begun)).unwrap_or(false);
    let field = TextField::new(name, format!("New name of {}", entry.name))
        .sized(24.0, fonts::regular(type_size::LABEL))
        .id(id);
    let response = field.show_at(ui, place.expand2(vec2(2.0, 2.0)));
    if fresh && !started {
        ui.data_mut(|data| data.insert_temp(begun, true));
        response.request_focus();
        choose_stem(ui, id, entry);
        return true;
    }
    let escaped = ui.input(|input| input.key_pressed(Key::Escape));
    if response.lost_focus() || !response.has_focus() {
        ui.data_mut(|data| data.remove::<bool>(begun));
        let to = name.clone();
        commands.push(if escaped { Command::CancelRename } else { Command::CommitRename { to } });
    }
    true
}

/// Chooses the name without its extension, as what is most often changed.
fn choose_stem(ui: &Ui, id: Id, entry: &DirEntry) {
    use egui::text::{CCursor, CCursorRange};
    let extension = kind::extension(&entry.name);
    let keep =
        if entry.kind == FileKind::File && !extension.is_empty() { extension.chars().count() + 1 } else { 0 };
    let end = entry.name.chars().count().saturating_sub(keep);
    let mut state = egui::TextEdit::load_state(ui.ctx(), id).unwrap_or_default();
    let range = CCursorRange::two(CCursor::new(0), CCursor::new(end));
    state.cursor.set_char_range(Some(range));
    state.store(ui.ctx(), id);
}
