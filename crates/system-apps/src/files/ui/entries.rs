//! The entries, as icons, as a list, or in small rows side by side. Only what is in view is laid out.

use super::{
    super::{
        kind,
        model::{Command, Layout, Model, Pick},
        names::{last_name, parent},
    },
    Cell, View, command_of, entry_id, list_id, menus, pointer, rename,
};
use crate::common::{
    format, pane, rows,
    table::{self, Column, RowState, Width},
    text,
};
use abi::table::{DirEntry, FileKind};
use egui::{Align2, Color32, Id, Rect, Response, Role, Stroke, StrokeKind, Ui, pos2, vec2};
use widgets::{
    controls::{context_menu, tooltip},
    fonts,
    theme::{Theme, alpha, radius, space, type_size},
};

/// A cell of the icon view in points; it grows in width to fill the row.
const CELL: egui::Vec2 = vec2(108.0, 108.0);
/// A cell of the compact view in points.
const COMPACT: egui::Vec2 = vec2(196.0, 26.0);

const COLUMNS: [Column; 4] = [
    Column::text("Name", Width::Share(1.0)),
    Column::text("Kind", Width::Fixed(118.0)).from(470.0),
    Column::figures("Size", 84.0).from(300.0),
    Column::text("Changed", Width::Fixed(146.0)).from(400.0),
];
/// In the trash and in what a search found it matters where something is.
const PLACED: [Column; 4] = [
    Column::text("Name", Width::Share(1.0)),
    Column::text("Where", Width::Share(0.9)).from(360.0),
    Column::figures("Size", 84.0).from(300.0),
    Column::text("Changed", Width::Fixed(146.0)).from(520.0),
];
const DELETED: [Column; 4] = [
    Column::text("Name", Width::Share(1.0)),
    Column::text("Where it was", Width::Share(0.9)).from(360.0),
    Column::figures("Size", 84.0).from(300.0),
    Column::text("Deleted", Width::Fixed(146.0)).from(440.0),
];

/// What entries are drawn with.
struct Scene<'a> {
    model: &'a Model,
    view: &'a mut View,
    commands: &'a mut Vec<Command>,
    /// Whether the keyboard is here.
    keyboard: bool,
    list: Id,
    /// Position to scroll to.
    reveal: Option<usize>,
}

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
            let name = model.entries.get(rename.entry).map(|entry| last_name(&entry.name).to_owned());
            view.rename = Some((rename.entry, name.unwrap_or_default()));
        }
        (None, Some(_)) => view.rename = None,
        _ => {}
    }
    let reveal = (model.reveal != view.revealed).then_some(model.cursor).flatten();
    view.revealed = model.reveal;
    let list = list_id(ui);
    let mut scene = Scene { model, view, commands, keyboard, list, reveal };
    match model.layout {
        _ if model.in_trash() || model.found.is_some() => rows_ui(ui, area, &mut scene),
        Layout::Grid => cells_ui(ui, area, "grid", CELL, icon_ui, &mut scene),
        Layout::Compact => cells_ui(ui, area, "compact", COMPACT, small_ui, &mut scene),
        Layout::List => rows_ui(ui, area, &mut scene),
    }
}

/// Cells of one size, side by side.
fn cells_ui(
    ui: &mut Ui,
    area: Rect,
    salt: &'static str,
    cell: egui::Vec2,
    draw: fn(&mut Ui, Rect, usize, &mut Scene<'_>),
    scene: &mut Scene<'_>,
) {
    let inset = vec2(space::S, space::XS);
    let columns = (((area.width() - 2.0 * inset.x) / cell.x).floor() as usize).max(1);
    scene.view.columns = columns;
    scene.view.rows = (area.height() / cell.y) as usize;
    let total = scene.model.shown.len().div_ceil(columns);
    let reveal = scene.reveal.map(|at| at / columns);
    pane::pane(ui, area, salt, inset, |ui| {
        rows::virtual_rows(ui, "scroll", cell.y, total, reveal, |ui, row, place| {
            let width = place.width() / columns as f32;
            for column in 0..columns {
                let at = row * columns + column;
                if at >= scene.model.shown.len() {
                    break;
                }
                let left = place.left() + column as f32 * width;
                let cell = Rect::from_min_size(pos2(left, place.top()), vec2(width, place.height()));
                draw(ui, cell, at, scene);
            }
        });
    });
}

/// How far what was cut is seen, from 0 to 1.
fn strength(model: &Model, index: usize) -> f32 {
    let cut = !model.cut.is_empty() && model.path_of(index).is_some_and(|path| model.cut.contains(&path));
    if cut { 0.45 } else { 1.0 }
}

fn icon_ui(ui: &mut Ui, cell: Rect, at: usize, scene: &mut Scene<'_>) {
    let theme = Theme::of(ui);
    let model = scene.model;
    let Some((&index, entry)) = model.shown.get(at).zip(model.at(at)) else { return };
    let cell = Rect::from_center_size(cell.center(), vec2(cell.width().min(128.0), CELL.y) - vec2(6.0, 6.0));
    let response = tile(ui, &theme, cell, at, index, entry, scene);
    let strength = strength(model, index);
    let centre = pos2(cell.center().x, cell.top() + 34.0);
    let white = Color32::WHITE.gamma_multiply(strength);
    ui.painter().text(centre, Align2::CENTER_CENTER, kind::look(entry).0, fonts::emoji(38.0), white);
    let inner = cell.shrink2(vec2(6.0, 0.0));
    let name =
        Rect::from_min_max(pos2(inner.left(), cell.top() + 61.0), pos2(inner.right(), cell.top() + 81.0));
    let cut = !rename::draw(ui, name, index, entry, scene.view, scene.commands) && {
        let font = fonts::medium(type_size::LABEL);
        let colour = theme.text.primary.gamma_multiply(strength);
        text::line(ui, name, &entry.name, font, colour, Align2::CENTER_CENTER)
    };
    let below =
        Rect::from_min_max(pos2(inner.left(), name.bottom()), pos2(inner.right(), name.bottom() + 15.0));
    let words = match entry.kind {
        FileKind::File => format::bytes(entry.size),
        _ => kind::look(entry).1.to_owned(),
    };
    let font = fonts::regular(type_size::CAPTION);
    text::line(ui, below, &words, font, theme.text.muted, Align2::CENTER_CENTER);
    act(ui, &response, cell, at, index, scene);
    if cut {
        tooltip(response, &entry.name);
    }
}

fn small_ui(ui: &mut Ui, cell: Rect, at: usize, scene: &mut Scene<'_>) {
    let theme = Theme::of(ui);
    let model = scene.model;
    let Some((&index, entry)) = model.shown.get(at).zip(model.at(at)) else { return };
    let cell = cell.shrink2(vec2(2.0, 1.0));
    let response = tile(ui, &theme, cell, at, index, entry, scene);
    let strength = strength(model, index);
    let mark = pos2(cell.left() + 14.0, cell.center().y);
    let white = Color32::WHITE.gamma_multiply(strength);
    ui.painter().text(mark, Align2::CENTER_CENTER, kind::look(entry).0, fonts::emoji(15.0), white);
    let name = Rect::from_min_max(pos2(cell.left() + 28.0, cell.top()), cell.max - vec2(6.0, 0.0));
    let cut = !rename::draw(ui, name.shrink2(vec2(0.0, 2.0)), index, entry, scene.view, scene.commands) && {
        let colour = theme.text.primary.gamma_multiply(strength);
        text::line(ui, name, &entry.name, fonts::regular(type_size::LABEL), colour, Align2::LEFT_CENTER)
    };
    act(ui, &response, cell, at, index, scene);
    if cut {
        tooltip(response, &entry.name);
    }
}

/// Background and response of a cell.
fn tile(
    ui: &mut Ui,
    theme: &Theme,
    cell: Rect,
    at: usize,
    index: usize,
    entry: &DirEntry,
    scene: &mut Scene<'_>,
) -> Response {
    let selected = scene.model.selection.contains(&index);
    let id = entry_id(scene.list, &entry.name, index, false);
    let response = ui.interact(cell, id, egui::Sense::CLICK);
    let enabled = ui.is_enabled();
    response.widget_info(|| egui::WidgetInfo::selected(Role::ListItem, enabled, selected, &entry.name));
    let fill = match (selected, scene.keyboard) {
        (true, true) => theme.accent.soft,
        (true, false) => theme.control.selected,
        _ if response.hovered() => theme.control.ghost_hover,
        _ => Color32::TRANSPARENT,
    };
    let line = if selected && scene.keyboard { alpha(theme.accent.ring, 150) } else { Color32::TRANSPARENT };
    ui.painter().rect(cell, radius::TILE, fill, Stroke::new(1.0, line), StrokeKind::Inside);
    scene.view.cells.push(Cell { at, rect: cell, handle: cell });
    response
}

fn rows_ui(ui: &mut Ui, area: Rect, scene: &mut Scene<'_>) {
    let model = scene.model;
    let columns = match (model.in_trash(), model.found.is_some()) {
        (true, _) => &DELETED,
        (false, true) => &PLACED,
        (false, false) => &COLUMNS,
    };
    let (head, body) = pane::split_top(area, table::HEAD);
    let inset = vec2(space::S, 0.0);
    let id = ui.scope_id().with("heads");
    if let Some(column) = table::heads(ui, id, head.shrink2(inset), columns, Some(model.sort())) {
        scene.commands.push(Command::SortBy(model.sort().clicked(column, column >= 2)));
    }
    scene.view.columns = 1;
    scene.view.rows = (body.height() / table::ROW) as usize;
    pane::pane(ui, body, "rows", inset, |ui| {
        let reveal = scene.reveal;
        rows::virtual_rows(ui, "scroll", table::ROW, model.shown.len(), reveal, |ui, at, place| {
            row_ui(ui, place, at, columns, scene);
        });
    });
}

fn row_ui(ui: &mut Ui, place: Rect, at: usize, columns: &[Column; 4], scene: &mut Scene<'_>) {
    let theme = Theme::of(ui);
    let model = scene.model;
    let Some((&index, entry)) = model.shown.get(at).zip(model.at(at)) else { return };
    let state = RowState::new(model.selection.contains(&index), scene.keyboard);
    let id = entry_id(scene.list, &entry.name, index, model.in_trash());
    let short = last_name(&entry.name);
    let response = table::row(ui, id, place, state, Role::ListItem, &entry.name);
    let (strong, quiet) = state.colours(&theme);
    let strength = strength(model, index);
    let cells = table::cells(columns, place);
    let (emoji, word) = kind::look(entry);
    let mut handle = place;
    if let Some(name) = cells[0] {
        let mark = pos2(name.left() + 8.0, name.center().y);
        let white = Color32::WHITE.gamma_multiply(strength);
        ui.painter().text(mark, Align2::CENTER_CENTER, emoji, fonts::emoji(16.0), white);
        let name = name.with_min_x(name.left() + 26.0);
        let colour = strong.gamma_multiply(strength);
        if !rename::draw(ui, name.shrink2(vec2(0.0, 3.0)), index, entry, scene.view, scene.commands) {
            text::line(ui, name, short, fonts::control(), colour, Align2::LEFT_CENTER);
        }
        let painter = ui.painter();
        let width = painter.layout_no_wrap(short.to_owned(), fonts::control(), colour).size().x;
        handle.max.x = (name.left() + width + 4.0).min(name.right());
    }
    let font = fonts::regular(type_size::LABEL);
    let second = if model.in_trash() {
        let original = model.trash.get(index).and_then(|item| item.original.as_deref());
        original.and_then(parent).unwrap_or_else(|| "not known".into())
    } else if model.found.is_some() {
        parent(&format!("/{}", entry.name)).filter(|folder| folder != "/").unwrap_or_else(|| "here".into())
    } else {
        word.to_owned()
    };
    let second = second.strip_prefix('/').filter(|_| model.found.is_some()).unwrap_or(&second);
    table::cell(ui, cells[1], &columns[1], second, font.clone(), quiet);
    let size = if entry.kind == FileKind::File { format::bytes(entry.size) } else { "–".into() };
    table::figure(ui, cells[2], &size, quiet);
    table::cell(ui, cells[3], &columns[3], &format::date_time(entry.modified_millis), font, quiet);
    scene.view.cells.push(Cell { at, rect: place, handle });
    act(ui, &response, place, at, index, scene);
}

/// What clicks on an entry ask for, and what falls onto it.
fn act(ui: &Ui, response: &Response, rect: Rect, at: usize, index: usize, scene: &mut Scene<'_>) {
    let (model, list) = (scene.model, scene.list);
    let commands = &mut *scene.commands;
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
    let is_folder = model.entries.get(index).is_some_and(|entry| entry.kind == FileKind::Directory);
    if is_folder
        && !model.in_trash()
        && let Some(path) = model.path_of(index)
    {
        scene.view.over_folder |= pointer::drop_on_folder(ui, response, rect, &path, commands);
    }
    if let Some(id) = context_menu(response, &menus::of_entry(model)) {
        commands.extend(command_of(&id, model));
    }
}
