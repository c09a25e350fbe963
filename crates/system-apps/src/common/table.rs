//! Columns with heads that sort, and cells cut to their column.

use super::text;
use egui::{Align2, Color32, FontId, Id, Rect, Response, Role, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};
use widgets::{
    controls::focus_ring,
    fonts,
    icons::{Icon, paint_icon},
    theme::{Theme, radius, type_size},
};

/// Height of the heads, in points.
pub(crate) const HEAD: f32 = 30.0;
/// Height of a row, in points.
pub(crate) const ROW: f32 = 30.0;
/// Points on each side of a cell's text.
const PADDING: f32 = 8.0;

/// How wide a column is.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Width {
    /// In points.
    Fixed(f32),
    /// A share of what is left.
    Share(f32),
}

/// One column.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Column {
    /// Its head.
    pub(crate) label: &'static str,
    pub(crate) width: Width,
    pub(crate) align: Align2,
    /// It is left out where the table is narrower than this, in points.
    pub(crate) from_width: f32,
}

impl Column {
    /// Text, on the left.
    pub(crate) const fn text(label: &'static str, width: Width) -> Self {
        Column { label, width, align: Align2::LEFT_CENTER, from_width: 0.0 }
    }

    /// Figures, on the right.
    pub(crate) const fn figures(label: &'static str, points: f32) -> Self {
        Column { label, width: Width::Fixed(points), align: Align2::RIGHT_CENTER, from_width: 0.0 }
    }

    /// Leaves it out in a table narrower than this.
    pub(crate) const fn from(self, points: f32) -> Self {
        Column { from_width: points, ..self }
    }
}

/// Which column orders the rows, and whether the largest comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sort {
    pub(crate) column: usize,
    pub(crate) descending: bool,
}

impl Sort {
    /// After a click on a head: the same column turns round, another begins in its natural order.
    pub(crate) fn clicked(self, column: usize, figures: bool) -> Self {
        let descending = if self.column == column { !self.descending } else { figures };
        Sort { column, descending }
    }
}

/// Places of the columns in a row, left to right; `None` for a column that is left out.
pub(crate) fn cells(columns: &[Column], row: Rect) -> Vec<Option<Rect>> {
    let shown = |column: &&Column| row.width() >= column.from_width;
    let fixed: f32 =
        columns.iter().filter(shown).map(|c| if let Width::Fixed(w) = c.width { w } else { 0.0 }).sum();
    let shares: f32 =
        columns.iter().filter(shown).map(|c| if let Width::Share(s) = c.width { s } else { 0.0 }).sum();
    let rest = (row.width() - fixed).max(0.0);
    let mut left = row.left();
    columns
        .iter()
        .map(|column| {
            if row.width() < column.from_width {
                return None;
            }
            let width = match column.width {
                Width::Fixed(points) => points,
                Width::Share(share) => rest * share / shares.max(f32::EPSILON),
            };
            let cell = Rect::from_min_max(pos2(left, row.top()), pos2(left + width, row.bottom()));
            left += width;
            Some(cell.shrink2(vec2(PADDING.min(width / 2.0), 0.0)))
        })
        .collect()
}

/// Draws the heads; returns the column that was clicked. Without `sort` the heads are only labels.
pub(crate) fn heads(
    ui: &mut Ui,
    id: Id,
    rect: Rect,
    columns: &[Column],
    sort: Option<Sort>,
) -> Option<usize> {
    let theme = Theme::of(ui);
    let mut clicked = None;
    for (index, (column, cell)) in columns.iter().zip(cells(columns, rect)).enumerate() {
        let Some(cell) = cell.filter(|_| !column.label.is_empty()) else { continue };
        let sorted = sort.filter(|sort| sort.column == index);
        let colour = if sorted.is_some() { theme.text.primary } else { theme.text.muted };
        if sort.is_some() {
            let head = cell.expand2(vec2(PADDING - 2.0, -3.0));
            let response = ui.interact(head, id.with(index), Sense::click());
            let name = match sorted {
                Some(Sort { descending: true, .. }) => format!("{}, sorted, largest first", column.label),
                Some(_) => format!("{}, sorted, smallest first", column.label),
                None => column.label.to_owned(),
            };
            response.widget_info(|| WidgetInfo::labeled(Role::ColumnHeader, ui.is_enabled(), &name));
            if response.hovered() {
                ui.painter().rect_filled(head, radius::SMALL, theme.control.ghost_hover);
            }
            focus_ring(ui, &theme, &response, head, radius::SMALL);
            if response.clicked() {
                clicked = Some(index);
            }
        }
        let font = fonts::medium(type_size::CAPTION);
        let mut place = cell;
        if let Some(sort) = sorted {
            let icon = if sort.descending { Icon::CaretDown } else { Icon::CaretUp };
            let width = ui.painter().layout_no_wrap(column.label.into(), font.clone(), colour).size().x;
            if column.align == Align2::RIGHT_CENTER {
                place.max.x += 2.0;
                paint_icon(
                    ui.painter(),
                    pos2(place.right() - width - 9.0, cell.center().y),
                    icon,
                    10.0,
                    colour,
                );
            } else {
                paint_icon(
                    ui.painter(),
                    pos2(cell.left() + width + 9.0, cell.center().y),
                    icon,
                    10.0,
                    colour,
                );
            }
        }
        text::line(ui, place, column.label, font, colour, column.align);
    }
    ui.painter().hline(rect.x_range(), rect.bottom() - 0.5, Stroke::new(1.0, theme.surface.divider));
    clicked
}

/// How a row stands out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RowState {
    Plain,
    /// Chosen, and the keyboard is here.
    Selected,
    /// Chosen, and the keyboard is elsewhere.
    SelectedQuiet,
}

impl RowState {
    pub(crate) fn new(selected: bool, keyboard: bool) -> Self {
        match (selected, keyboard) {
            (false, _) => RowState::Plain,
            (true, true) => RowState::Selected,
            (true, false) => RowState::SelectedQuiet,
        }
    }

    /// Colours of the main text and of the quiet ones.
    pub(crate) fn colours(self, theme: &Theme) -> (Color32, Color32) {
        match self {
            RowState::Selected => (theme.accent.on, theme.accent.on),
            _ => (theme.text.primary, theme.text.secondary),
        }
    }
}

/// Background and response of a row; its cells are painted by the caller. Not a tab stop: the list is.
pub(crate) fn row(ui: &mut Ui, id: Id, rect: Rect, state: RowState, role: Role, name: &str) -> Response {
    let theme = Theme::of(ui);
    let response = ui.interact(rect, id, Sense::CLICK);
    let selected = state != RowState::Plain;
    response.widget_info(|| WidgetInfo::selected(role, ui.is_enabled(), selected, name));
    let back = rect.shrink2(vec2(2.0, 0.5));
    let fill = match state {
        RowState::Selected => theme.accent.fill,
        RowState::SelectedQuiet => theme.control.selected,
        RowState::Plain if response.hovered() => theme.control.ghost_hover,
        RowState::Plain => Color32::TRANSPARENT,
    };
    ui.painter().rect_filled(back, radius::CONTROL - 2, fill);
    response
}

/// Text of a cell.
pub(crate) fn cell(
    ui: &Ui,
    place: Option<Rect>,
    column: &Column,
    content: &str,
    font: FontId,
    colour: Color32,
) {
    if let Some(place) = place {
        text::line(ui, place, content, font, colour, column.align);
    }
}

/// Figures of a cell. They stand at its right edge, so their ends do not move when they change.
pub(crate) fn figure(ui: &Ui, place: Option<Rect>, content: &str, colour: Color32) {
    if let Some(place) = place {
        text::line(ui, place, content, fonts::regular(type_size::LABEL), colour, Align2::RIGHT_CENTER);
    }
}
