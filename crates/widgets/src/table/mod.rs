//! A table of any number of rows, of which only those in sight are asked for and drawn.
//!
//! The table owns no data and no selection: it asks for cells, and tells what a person did ([`TableOutput`]).
//! [`RowSelection`] is the usual rule for what a click selects. Heads sort on click, their edges can be dragged.
//! One Tab stop: arrows, Page, Home and End walk the rows, Enter opens, Shift extends, Ctrl+A takes all.

mod cell;
mod columns;
mod selection;
#[cfg(test)]
mod tests;

pub use cell::Cell;
pub use columns::{Column, ColumnWidth};
pub use selection::RowSelection;

use crate::controls::{author_id, focus_ring};
use crate::theme::{Theme, radius};
use cell::{RowColours, paint_cell};
use egui::{
    CornerRadius, EventFilter, Id, Key, Modifiers, Rect, Response, Role, ScrollArea, Sense, Stroke, Ui,
    UiBuilder, WidgetInfo, pos2, vec2,
};

/// Height of the heads in points.
const HEAD: f32 = 28.0;

/// Which column sorts, and in which direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SortBy {
    /// Index of the column.
    pub column: usize,
    /// Greatest first.
    pub descending: bool,
}

/// How a row was reached.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RowClick {
    /// Index of the row.
    pub row: usize,
    /// What was held: Ctrl toggles, Shift extends.
    pub modifiers: Modifiers,
}

/// What a person did, and where things are.
#[derive(Debug)]
pub struct TableOutput {
    /// The whole table; it has the keyboard when its rows can be walked.
    pub response: Response,
    /// A head was clicked: sort so.
    pub sort: Option<SortBy>,
    /// A row was clicked, or the keyboard walked to it: select it.
    pub selected: Option<RowClick>,
    /// A row was double clicked, or Enter was pressed on it: open it.
    pub opened: Option<usize>,
    /// Ctrl+A.
    pub select_all: bool,
    /// The row of the context menu and its response, for `controls::context_menu`.
    pub context: Option<(usize, Response)>,
    /// Rows in sight and where they are, for fields on top of them.
    pub visible: Vec<(usize, Rect)>,
}

/// A table.
#[must_use = "show it"]
pub struct Table<'a> {
    id: Id,
    name: &'a str,
    columns: &'a [Column<'a>],
    rows: usize,
    row_height: f32,
    sort: Option<SortBy>,
    author: Option<&'a str>,
    scroll_to: Option<usize>,
    stick_to_bottom: bool,
}

#[derive(Clone, Copy, Debug, Default)]
struct Memory {
    cursor: usize,
    context_row: Option<usize>,
}

impl<'a> Table<'a> {
    /// A table with an accessible name; `id` tells it from others on the desktop.
    pub fn new(id: Id, name: &'a str, columns: &'a [Column<'a>], rows: usize) -> Self {
        Table {
            id,
            name,
            columns,
            rows,
            row_height: 28.0,
            sort: None,
            author: None,
            scroll_to: None,
            stick_to_bottom: false,
        }
    }

    /// Height of a row in points.
    pub fn row_height(mut self, points: f32) -> Self {
        self.row_height = points.clamp(16.0, 400.0);
        self
    }

    /// Shows in the heads how the rows are sorted. Sorting itself is the caller's.
    pub fn sorted_by(mut self, sort: SortBy) -> Self {
        self.sort = Some(sort);
        self
    }

    /// First part of the ids for tools outside: the table is `author`, a row `author/7`.
    pub fn author(mut self, author: &'a str) -> Self {
        self.author = Some(author);
        self
    }

    /// Brings a row into sight.
    pub fn scroll_to(mut self, row: Option<usize>) -> Self {
        self.scroll_to = row;
        self
    }

    /// Follows new rows at the end while the end is in sight, as in a log.
    pub fn stick_to_bottom(mut self) -> Self {
        self.stick_to_bottom = true;
        self
    }

    /// Draws it into the room that is left. `is_selected` and `cell` are asked for rows in sight only.
    pub fn show<'c>(
        self,
        ui: &mut Ui,
        is_selected: impl Fn(usize) -> bool,
        mut cell: impl FnMut(usize, usize) -> Cell<'c>,
    ) -> TableOutput {
        let theme = Theme::of(ui);
        let rect = ui.available_rect_before_wrap();
        ui.allocate_rect(rect, Sense::hover());
        let response = ui.interact(rect, self.id, Sense::focusable_noninteractive());
        response.widget_info(|| WidgetInfo::labeled(Role::Table, ui.is_enabled(), self.name));
        if let Some(author) = self.author {
            author_id(ui, self.id, author);
        }
        let mut memory = ui.data(|data| data.get_temp::<Memory>(self.id)).unwrap_or_default();
        memory.cursor = memory.cursor.min(self.rows.saturating_sub(1));
        let widths = columns::widths(ui, self.id, self.columns, rect.width());
        let mut output = TableOutput {
            response,
            sort: None,
            selected: None,
            opened: None,
            select_all: false,
            context: None,
            visible: Vec::new(),
        };
        output.sort = columns::heads(ui, &theme, self.id, self.columns, &widths, self.sort, rect);
        let mut reveal = self.scroll_to;
        self.keys(ui, &mut memory, &mut output, &mut reveal, rect);
        let body = Rect::from_min_max(pos2(rect.left(), rect.top() + HEAD), rect.max);
        if body.is_positive() {
            let mut child = ui.new_child(UiBuilder::new().max_rect(body).id_salt(self.id));
            self.body(&mut child, &theme, &widths, &mut memory, &mut output, reveal, &is_selected, &mut cell);
        }
        focus_ring(ui, &theme, &output.response, rect.shrink(1.0), radius::SMALL);
        ui.data_mut(|data| data.insert_temp(self.id, memory));
        output
    }

    /// Walks the rows by keyboard.
    fn keys(
        &self,
        ui: &Ui,
        memory: &mut Memory,
        output: &mut TableOutput,
        reveal: &mut Option<usize>,
        rect: Rect,
    ) {
        if !output.response.has_focus() || self.rows == 0 {
            return;
        }
        let filter = EventFilter { vertical_arrows: true, ..EventFilter::default() };
        ui.memory_mut(|state| state.set_focus_lock_filter(self.id, filter));
        let page = ((rect.height() - HEAD) / self.row_height).floor().max(1.0) as usize;
        let last = self.rows - 1;
        let (modifiers, steps, enter, all) = ui.input(|input| {
            let mut cursor = memory.cursor;
            let mut moved = false;
            for (key, target) in [
                (Key::ArrowDown, cursor.saturating_add(input.num_presses(Key::ArrowDown))),
                (Key::ArrowUp, cursor.saturating_sub(input.num_presses(Key::ArrowUp))),
                (Key::PageDown, cursor.saturating_add(page)),
                (Key::PageUp, cursor.saturating_sub(page)),
                (Key::Home, 0),
                (Key::End, last),
            ] {
                if input.key_pressed(key) {
                    cursor = target.min(last);
                    moved = true;
                }
            }
            let all = input.modifiers.command && input.key_pressed(Key::A);
            (input.modifiers, moved.then_some(cursor), input.key_pressed(Key::Enter), all)
        });
        output.select_all = all;
        if let Some(row) = steps {
            memory.cursor = row;
            *reveal = Some(row);
            output.selected =
                Some(RowClick { row, modifiers: Modifiers { ctrl: false, command: false, ..modifiers } });
        }
        if enter {
            output.opened = Some(memory.cursor);
        }
    }

    #[allow(clippy::too_many_arguments)] // One pass over the rows; a struct for it would only rename these.
    fn body<'c>(
        &self,
        ui: &mut Ui,
        theme: &Theme,
        widths: &[f32],
        memory: &mut Memory,
        output: &mut TableOutput,
        reveal: Option<usize>,
        is_selected: &dyn Fn(usize) -> bool,
        cell: &mut dyn FnMut(usize, usize) -> Cell<'c>,
    ) {
        let total = self.row_height * self.rows as f32;
        let scroll = ScrollArea::vertical().id_salt(self.id).auto_shrink([false, false]);
        let scroll = scroll.stick_to_bottom(self.stick_to_bottom);
        scroll.show_viewport(ui, |ui, viewport| {
            let origin = ui.max_rect().min;
            let width = ui.max_rect().width();
            ui.allocate_space(vec2(width, total));
            let row_rect = |row: usize| {
                let top = origin.y + row as f32 * self.row_height;
                Rect::from_min_size(pos2(origin.x, top), vec2(width, self.row_height))
            };
            if let Some(row) = reveal.filter(|row| *row < self.rows) {
                ui.scroll_to_rect(row_rect(row), None);
            }
            let first = (viewport.min.y / self.row_height).floor().max(0.0) as usize;
            let last = ((viewport.max.y / self.row_height).ceil().max(0.0) as usize).min(self.rows);
            for row in first..last {
                let rect = row_rect(row);
                output.visible.push((row, rect));
                let selected = is_selected(row);
                self.row(ui, theme, widths, row, rect, selected, cell, memory, output);
            }
        });
    }

    #[allow(clippy::too_many_arguments)] // See `body`.
    fn row<'c>(
        &self,
        ui: &mut Ui,
        theme: &Theme,
        widths: &[f32],
        row: usize,
        rect: Rect,
        selected: bool,
        cell: &mut dyn FnMut(usize, usize) -> Cell<'c>,
        memory: &mut Memory,
        output: &mut TableOutput,
    ) {
        // Clickable, but no Tab stop of its own.
        let response = ui.interact(rect, self.id.with(row), Sense::CLICK);
        let modifiers = ui.input(|input| input.modifiers);
        if response.clicked() || response.secondary_clicked() {
            memory.cursor = row;
            output.response.request_focus();
            if response.clicked() || !selected {
                output.selected = Some(RowClick { row, modifiers });
            }
        }
        if response.double_clicked() {
            output.opened = Some(row);
        }
        if response.secondary_clicked() {
            memory.context_row = Some(row);
        }
        let table_focused = output.response.has_focus();
        let colours = RowColours::new(theme, selected, table_focused);
        let back = rect.shrink2(vec2(4.0, 1.0));
        let hover = if response.hovered() && !selected { theme.control.ghost_hover } else { colours.fill };
        ui.painter().rect_filled(back, CornerRadius::same(radius::SMALL + 1), hover);
        if table_focused && memory.cursor == row {
            let line = Stroke::new(1.0, theme.accent.ring);
            ui.painter().rect_stroke(
                back,
                CornerRadius::same(radius::SMALL + 1),
                line,
                egui::StrokeKind::Inside,
            );
        }
        let mut left = rect.left();
        let mut name = String::new();
        for (index, width) in widths.iter().enumerate() {
            let content = cell(row, index);
            if index == 0 {
                content.text.as_ref().clone_into(&mut name);
            }
            let place = Rect::from_min_size(pos2(left, rect.top()), vec2(*width, rect.height()));
            paint_cell(ui, &content, place.shrink2(vec2(10.0, 0.0)), self.columns[index].align, &colours);
            left += width;
        }
        response.widget_info(|| WidgetInfo::selected(Role::Row, ui.is_enabled(), selected, &name));
        if let Some(author) = self.author {
            author_id(ui, response.id, format!("{author}/{row}"));
        }
        if memory.context_row == Some(row) {
            output.context = Some((row, response));
        }
    }
}
