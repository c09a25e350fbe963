//! The pointer on entries: dragging them onto folders, also of another window, and the rubber band.
//!
//! Files that are held are egui's payload, which all windows share; the one under the pointer takes them.

use super::{
    super::{
        model::{Command, Deed, Model, Pick},
        names::{is_at_or_beneath, last_name, parent, place},
    },
    Cell, View,
};
use crate::common::format;
use egui::{
    Align2, Color32, CursorIcon, DragAndDrop, Id, Pos2, Rect, Response, Stroke, StrokeKind, Ui, vec2,
};
use std::sync::Arc;
use widgets::{
    fonts,
    theme::{Theme, alpha, radius, type_size},
};

/// Files that the pointer holds.
#[derive(Debug)]
pub(super) struct Dragged {
    paths: Vec<String>,
}

/// What a press that moves is about.
#[derive(Debug)]
pub(super) enum Press {
    /// Entries are held.
    Entries,
    /// A band from here on; these entries were chosen before and stay so.
    Band { from: Pos2, beside: Vec<usize>, last: Vec<usize> },
}

/// Senses drags over the whole list. Call before the entries are drawn, which lie above.
pub(super) fn sense(
    ui: &mut Ui,
    list: Id,
    area: Rect,
    model: &Model,
    view: &mut View,
    commands: &mut Vec<Command>,
) -> Response {
    let response = ui.interact(area, list.with("drag"), egui::Sense::DRAG);
    if response.drag_started_by(egui::PointerButton::Primary)
        && let Some(from) = ui.input(|input| input.pointer.press_origin())
    {
        let hit = view.cells.iter().find(|cell| cell.rect.contains(from)).copied();
        view.press = Some(begin(ui, from, hit, model, commands));
    }
    view.cells.clear();
    view.over_folder = false;
    response
}

fn begin(ui: &Ui, from: Pos2, hit: Option<Cell>, model: &Model, commands: &mut Vec<Command>) -> Press {
    let index = hit.and_then(|cell| model.shown.get(cell.at).copied());
    let chosen = index.is_some_and(|index| model.selection.contains(&index));
    if let (Some(cell), Some(index)) = (hit, index)
        && (chosen || cell.handle.contains(from))
    {
        if !chosen {
            commands.push(Command::Pick { at: cell.at, how: Pick::Only });
        }
        let paths = if chosen { model.selected_paths() } else { model.path_of(index).into_iter().collect() };
        if !model.in_trash() {
            DragAndDrop::set_payload(ui.ctx(), Dragged { paths });
        }
        return Press::Entries;
    }
    let keep = ui.input(|input| input.modifiers.command || input.modifiers.shift);
    let beside = if keep { model.selection.iter().copied().collect() } else { Vec::new() };
    Press::Band { from, beside, last: Vec::new() }
}

/// Draws the band and chooses what it lies over; lets files fall into this folder. Call after the entries.
pub(super) fn follow(
    ui: &Ui,
    response: &Response,
    area: Rect,
    model: &Model,
    view: &mut View,
    commands: &mut Vec<Command>,
) {
    let theme = Theme::of(ui);
    let (pointer, down) = ui.input(|input| (input.pointer.latest_pos(), input.pointer.primary_down()));
    if let (Some(Press::Band { from, beside, last }), Some(to)) = (&mut view.press, pointer) {
        let band = Rect::from_two_pos(*from, to).intersect(area);
        let over: Vec<usize> =
            view.cells.iter().filter(|cell| cell.rect.intersects(band)).map(|cell| cell.at).collect();
        if over != *last || (over.is_empty() && beside.is_empty() && !model.selection.is_empty()) {
            last.clone_from(&over);
            commands.push(Command::PickThese { at: over, beside: beside.clone() });
        }
        let painter = ui.painter().with_clip_rect(area);
        let line = Stroke::new(1.0, alpha(theme.accent.ring, 190));
        painter.rect(band, radius::SMALL, alpha(theme.accent.ring, 40), line, StrokeKind::Inside);
    }
    if !down {
        view.press = None;
    }
    if let Some(folder) = model.folder().filter(|_| !view.over_folder) {
        drop_on_folder(ui, response, Rect::NOTHING, folder, commands);
    }
}

/// Lets files fall into a folder; true while they are above it. `mark` is lit then.
pub(super) fn drop_on_folder(
    ui: &Ui,
    response: &Response,
    mark: Rect,
    into: &str,
    commands: &mut Vec<Command>,
) -> bool {
    let Some(dragged) = response.dnd_hover_payload::<Dragged>() else { return false };
    let copies = ui.input(|input| input.modifiers.command);
    let stays =
        |path: &String| is_at_or_beneath(into, path) || (!copies && parent(path).as_deref() == Some(into));
    if dragged.paths.iter().all(stays) {
        return false;
    }
    let theme = Theme::of(ui);
    light(ui, &theme, mark);
    let place = place(into);
    let verb = if copies { "Copy" } else { "Move" };
    label(ui, &theme, &format!("{verb} {} to {place}", what(&dragged)));
    ui.ctx().set_cursor_icon(if copies { CursorIcon::Copy } else { CursorIcon::Grabbing });
    if let Some(dragged) = response.dnd_release_payload::<Dragged>() {
        commands.push(Command::By(Deed::Drag));
        commands.push(Command::Drop { paths: dragged.paths.clone(), into: into.to_owned(), copies });
    }
    true
}

/// Lets files fall into the trash.
pub(super) fn drop_on_trash(ui: &Ui, response: &Response, commands: &mut Vec<Command>) {
    let Some(dragged) = response.dnd_hover_payload::<Dragged>() else { return };
    let theme = Theme::of(ui);
    light(ui, &theme, response.rect);
    label(ui, &theme, &format!("Delete {}", what(&dragged)));
    if let Some(dragged) = response.dnd_release_payload::<Dragged>() {
        commands.push(Command::By(Deed::Drag));
        commands.push(Command::DropInTrash { paths: dragged.paths.clone() });
    }
}

fn what(dragged: &Arc<Dragged>) -> String {
    match dragged.paths.as_slice() {
        [one] => format!("“{}”", last_name(one)),
        many => format::counted(many.len(), "item", "items"),
    }
}

fn light(ui: &Ui, theme: &Theme, mark: Rect) {
    if mark.is_positive() {
        let line = Stroke::new(2.0, theme.accent.ring);
        ui.painter().rect(mark, radius::CONTROL, alpha(theme.accent.ring, 36), line, StrokeKind::Inside);
    }
}

/// What would happen, beside the pointer.
fn label(ui: &Ui, theme: &Theme, text: &str) {
    let Some(pointer) = ui.input(|input| input.pointer.latest_pos()) else { return };
    let layer = egui::LayerId::new(egui::Order::Tooltip, Id::unique("files held"));
    let painter = ui.ctx().layer_painter(layer);
    let font = fonts::medium(type_size::LABEL);
    let galley = painter.layout_no_wrap(text.to_owned(), font.clone(), Color32::PLACEHOLDER);
    let rect = Rect::from_min_size(pointer + vec2(14.0, 12.0), galley.size() + vec2(20.0, 12.0));
    let screen = ui.ctx().content_rect();
    let left = (screen.right() - rect.right() - 4.0).min(0.0);
    let rect = rect.translate(vec2(left, (screen.bottom() - rect.bottom() - 4.0).min(0.0)));
    painter.add(theme.shadow.popup.as_shape(rect, radius::CONTROL));
    painter.rect(rect, radius::CONTROL, theme.surface.popup, theme.outline(), StrokeKind::Inside);
    painter.text(rect.center(), Align2::CENTER_CENTER, text, font, theme.text.primary);
}
