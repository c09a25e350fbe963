//! The link under the pointer: underlined, with where it leads, opened with control held down.

use super::pointer::Grid;
use crate::{
    fonts,
    theme::{Theme, type_size},
};
use egui::{Color32, Id, Label, Painter, PopupAnchor, Pos2, Rect, RichText, Tooltip, Ui, pos2, vec2};
use terminal::{Link, LinkTarget, Terminal};

/// Longest target that is shown whole, in characters.
const SHOWN_CHARS: usize = 160;

/// What can be opened at a place: what a program marked at any time, what only looks like a link when
/// control is held down.
pub(super) fn link_under(grid: Grid, pos: Option<Pos2>, ctrl: bool, terminal: &Terminal) -> Option<Link> {
    let pos = pos.filter(|pos| grid.rect().contains(*pos))?;
    let (row, col, _) = grid.at(pos);
    let marked = terminal.row(row)?.cell(col)?.link().is_some();
    if marked || ctrl { terminal.link_at(row, col) } else { None }
}

/// Underlines it.
pub(super) fn underline(painter: &Painter, grid: Grid, link: &Link, color: Color32, pixel: f32) {
    for (row, columns) in &link.cells {
        let left = grid.origin.x + *columns.start() as f32 * grid.cell.x;
        let right = grid.origin.x + (*columns.end() + 1) as f32 * grid.cell.x;
        let bottom = grid.origin.y + (*row + 1) as f32 * grid.cell.y;
        painter.rect_filled(Rect::from_min_max(pos2(left, bottom - pixel), pos2(right, bottom)), 0.0, color);
    }
}

/// Says where it leads, beside the pointer.
pub(super) fn tell(ui: &Ui, id: Id, link: &Link) {
    let theme = Theme::of(ui);
    let target = link.target.to_string();
    let shown: String = target.chars().filter(|c| !c.is_control()).take(SHOWN_CHARS).collect();
    let more = if target.chars().count() > SHOWN_CHARS { "…" } else { "" };
    let kind = match (&link.target, link.marked) {
        (_, true) => "The program says that this leads to",
        (LinkTarget::Address(_), false) => "Address",
        (LinkTarget::Path { .. }, false) => "File",
    };
    Tooltip::always_open(ui.ctx().clone(), ui.layer_id(), id, PopupAnchor::Pointer).gap(14.0).show(|ui| {
        ui.set_max_width(420.0);
        ui.spacing_mut().item_spacing = vec2(0.0, 2.0);
        let line = |text: String, font, color| Label::new(RichText::new(text).font(font).color(color)).wrap();
        ui.add(line(kind.into(), fonts::regular(type_size::CAPTION), theme.text.secondary));
        ui.add(line(format!("{shown}{more}"), fonts::mono(type_size::LABEL), theme.text.primary));
        let how = "Ctrl+click opens it";
        ui.add(line(how.into(), fonts::regular(type_size::CAPTION), theme.text.muted));
    });
}
