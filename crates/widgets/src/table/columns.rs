//! Heads of columns: widths, dragging of edges, sorting.

use super::cell::cut_line;
use super::{HEAD, SortBy};
use crate::fonts;
use crate::icons::{Icon, paint_icon};
use crate::theme::{Theme, type_size};
use egui::{Align, CursorIcon, Id, Rect, Role, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};

/// Least width of a column in points.
const LEAST: f32 = 40.0;

/// A column.
#[derive(Clone, Copy, Debug)]
pub struct Column<'a> {
    /// Its head.
    pub title: &'a str,
    /// How wide it is until somebody drags it.
    pub width: ColumnWidth,
    /// Where its texts stand.
    pub align: Align,
    /// Whether a click on its head sorts.
    pub sortable: bool,
}

/// How wide a column is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ColumnWidth {
    /// Points.
    Fixed(f32),
    /// What the others leave, shared among those that say so.
    Rest,
}

impl<'a> Column<'a> {
    /// A column that takes what the others leave.
    #[must_use]
    pub const fn rest(title: &'a str) -> Self {
        Column { title, width: ColumnWidth::Rest, align: Align::Min, sortable: true }
    }

    /// A column of a width in points.
    #[must_use]
    pub const fn fixed(title: &'a str, points: f32) -> Self {
        Column { title, width: ColumnWidth::Fixed(points), align: Align::Min, sortable: true }
    }

    /// For numbers.
    #[must_use]
    pub const fn right(mut self) -> Self {
        self.align = Align::Max;
        self
    }

    /// Its head does nothing.
    #[must_use]
    pub const fn unsorted(mut self) -> Self {
        self.sortable = false;
        self
    }
}

fn dragged_id(id: Id, column: usize) -> Id {
    id.with(("width", column))
}

/// Widths in points of all columns in a room.
pub(super) fn widths(ui: &Ui, id: Id, columns: &[Column<'_>], room: f32) -> Vec<f32> {
    let fixed = |index: usize, column: &Column<'_>| match column.width {
        ColumnWidth::Fixed(points) => {
            let dragged = ui.data(|data| data.get_temp::<f32>(dragged_id(id, index)));
            Some(dragged.unwrap_or(points).clamp(LEAST, 2_000.0))
        }
        ColumnWidth::Rest => None,
    };
    let known: Vec<Option<f32>> =
        columns.iter().enumerate().map(|(index, column)| fixed(index, column)).collect();
    let rest = known.iter().filter(|width| width.is_none()).count().max(1) as f32;
    let left = (room - known.iter().flatten().sum::<f32>()).max(0.0) / rest;
    known.into_iter().map(|width| width.unwrap_or(left.max(LEAST * 2.0))).collect()
}

/// Draws the heads; returns how to sort when one was clicked.
pub(super) fn heads(
    ui: &mut Ui,
    theme: &Theme,
    id: Id,
    columns: &[Column<'_>],
    widths: &[f32],
    sort: Option<SortBy>,
    table: Rect,
) -> Option<SortBy> {
    let bar = Rect::from_min_size(table.min, vec2(table.width(), HEAD));
    ui.painter().hline(bar.x_range(), bar.bottom() - 0.5, Stroke::new(1.0, theme.surface.divider));
    let (mut left, mut wanted) = (bar.left(), None);
    for (index, (column, width)) in columns.iter().zip(widths).enumerate() {
        let place = Rect::from_min_size(pos2(left, bar.top()), vec2(*width, bar.height())).intersect(bar);
        left += width;
        let sorted = sort.filter(|sort| sort.column == index);
        let sense = if column.sortable { Sense::click() } else { Sense::hover() };
        let head = ui.interact(place, id.with(("head", index)), sense);
        head.widget_info(|| WidgetInfo::labeled(Role::ColumnHeader, column.sortable, column.title));
        if head.clicked() {
            wanted = Some(SortBy { column: index, descending: sorted.is_some_and(|sort| !sort.descending) });
        }
        paint_head(ui, theme, &head, column, sorted, place.shrink2(vec2(10.0, 0.0)));
        if matches!(column.width, ColumnWidth::Fixed(_)) {
            edge(ui, theme, id, index, *width, place);
        }
    }
    wanted
}

fn paint_head(
    ui: &Ui,
    theme: &Theme,
    head: &egui::Response,
    column: &Column<'_>,
    sorted: Option<SortBy>,
    place: Rect,
) {
    let lit = sorted.is_some() || (head.hovered() && column.sortable);
    let colour = if lit { theme.text.primary } else { theme.text.muted };
    let arrow = if sorted.is_some() { 14.0 } else { 0.0 };
    let font = fonts::medium(type_size::CAPTION + 0.5);
    let galley = cut_line(ui, column.title, font, colour, (place.width() - arrow).max(1.0));
    let width = galley.size().x + arrow;
    let x = match column.align {
        Align::Min => place.left(),
        Align::Center => place.center().x - width / 2.0,
        Align::Max => place.right() - width,
    };
    let y = place.center().y;
    let end = x + galley.size().x;
    ui.painter().galley(pos2(x, y - galley.size().y / 2.0), galley, colour);
    if let Some(sort) = sorted {
        let icon = if sort.descending { Icon::CaretDown } else { Icon::CaretUp };
        paint_icon(ui.painter(), pos2(end + 8.0, y), icon, 11.0, colour);
    }
    crate::controls::focus_ring(ui, theme, head, place.expand2(vec2(6.0, -3.0)), 4);
}

/// The left edge of a column of fixed width can be dragged (the rest is on its left).
fn edge(ui: &Ui, theme: &Theme, id: Id, index: usize, width: f32, place: Rect) {
    let grip = Rect::from_center_size(pos2(place.left(), place.center().y), vec2(8.0, place.height()));
    let response = ui.interact(grip, id.with(("edge", index)), Sense::DRAG);
    if response.dragged() {
        let wider = (width - response.drag_delta().x).clamp(LEAST, 2_000.0);
        ui.data_mut(|data| data.insert_temp(dragged_id(id, index), wider));
    }
    let active = response.hovered() || response.dragged();
    if active {
        ui.ctx().set_cursor_icon(CursorIcon::ResizeColumn);
    }
    let colour = if active { theme.accent.ring } else { theme.surface.divider };
    ui.painter().vline(place.left(), place.shrink2(vec2(0.0, 7.0)).y_range(), Stroke::new(1.0, colour));
}
