//! Selected text: how it grows, which columns of a line it covers, and what is copied.
//!
//! The emulation can write a selection out too, but panics on some (0.26: one whose last line ends in
//! the gap before a wide character, at the top of the scrollback), so that is done here.

use crate::Terminal;
use alacritty_terminal::{
    grid::Dimensions,
    index::{self, Column, Line, Point},
    selection::{Selection, SelectionRange, SelectionType},
    term::{
        Term,
        cell::{Cell, Flags},
    },
};
use std::ops::RangeInclusive;

/// Distance of tab stops, as they are unless a program sets others.
const TAB_STOP: usize = 8;

/// How a selection grows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SelectionKind {
    /// By characters.
    Character,
    /// By words.
    Word,
    /// By whole lines, wrapped ones together.
    Line,
    /// A rectangle.
    Block,
}

/// The half of a cell that the pointer is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The left half.
    Left,
    /// The right half.
    Right,
}

impl From<SelectionKind> for SelectionType {
    fn from(kind: SelectionKind) -> Self {
        match kind {
            SelectionKind::Character => SelectionType::Simple,
            SelectionKind::Word => SelectionType::Semantic,
            SelectionKind::Line => SelectionType::Lines,
            SelectionKind::Block => SelectionType::Block,
        }
    }
}

impl From<Side> for index::Side {
    fn from(side: Side) -> Self {
        match side {
            Side::Left => index::Side::Left,
            Side::Right => index::Side::Right,
        }
    }
}

impl Terminal {
    /// Begins a selection at a cell of the view (clamped to it).
    pub fn select(&mut self, kind: SelectionKind, row: usize, col: usize, side: Side) {
        self.term.selection = Some(Selection::new(kind.into(), self.point_of(row, col), side.into()));
    }

    /// Moves the selection's end to a cell of the view (clamped to it).
    pub fn extend_selection(&mut self, row: usize, col: usize, side: Side) {
        let point = self.point_of(row, col);
        if let Some(selection) = &mut self.term.selection {
            selection.update(point, side.into());
        }
    }

    /// Selects everything, the scrollback included.
    pub fn select_all(&mut self) {
        let start = Point::new(self.term.topmost_line(), Column(0));
        let end = Point::new(self.term.bottommost_line(), self.term.last_column());
        let mut selection = Selection::new(SelectionKind::Character.into(), start, Side::Left.into());
        selection.update(end, Side::Right.into());
        self.term.selection = Some(selection);
    }

    /// Selects nothing.
    pub fn clear_selection(&mut self) {
        self.term.selection = None;
    }

    /// The selected text; `None` when there is none.
    #[must_use]
    pub fn selected_text(&self) -> Option<String> {
        let range = self.selected_range()?;
        let mut text = text_of(&self.term, &range);
        let by_lines = self.term.selection.as_ref().is_some_and(|it| it.ty == SelectionKind::Line.into());
        if by_lines {
            text.push('\n');
        }
        (!text.is_empty()).then_some(text)
    }

    /// The columns of each row of the view that are selected.
    #[must_use]
    pub fn selected_columns(&self) -> Vec<Option<RangeInclusive<usize>>> {
        let rows = self.term.screen_lines();
        let Some(range) = self.term.selection.as_ref().and_then(|selection| selection.to_range(&self.term))
        else {
            return vec![None; rows];
        };
        let columns = self.term.columns();
        (0..rows).map(|row| columns_of(&range, self.line_of(row), columns)).collect()
    }

    /// A block that begins in the right half of the last column covers nothing, but the emulation
    /// gives it a column beyond the screen and panics on its text.
    fn selected_range(&self) -> Option<SelectionRange> {
        let range = self.term.selection.as_ref()?.to_range(&self.term)?;
        (range.start.column < self.term.columns()).then_some(range)
    }

    fn point_of(&self, row: usize, col: usize) -> Point {
        let size = self.size();
        Point::new(self.line_of(row.min(size.rows - 1)), Column(col.min(size.cols - 1)))
    }
}

/// The columns of a line that a selection covers, on a screen with this many.
pub(crate) fn columns_of(
    range: &SelectionRange,
    line: Line,
    columns: usize,
) -> Option<RangeInclusive<usize>> {
    let (first, last) = (range.start.line, range.end.line);
    if line < first || line > last {
        return None;
    }
    let left = if range.is_block || line == first { range.start.column.0 } else { 0 };
    let right = if range.is_block || line == last { range.end.column.0 } else { columns - 1 };
    Some(left..=right.min(columns - 1))
}

/// What is copied: lines that were wrapped are one again, spaces at the end of a line are left out.
pub(crate) fn text_of<T>(term: &Term<T>, range: &SelectionRange) -> String {
    let (mut text, columns) = (String::new(), term.columns());
    for line in (range.start.line.0..=range.end.line.0).map(Line) {
        let row = &term.grid()[line][..];
        let Some(covered) = columns_of(range, line, columns) else { continue };
        let goes_on = row.last().is_some_and(|cell| cell.flags.contains(Flags::WRAPLINE));
        let before = text.len();
        push_cells(&mut text, row, covered.clone());
        if range.is_block || (*covered.end() == columns - 1 && !goes_on) {
            text.truncate(before + text[before..].trim_end_matches(' ').len());
        }
        if line != range.end.line && (range.is_block || !goes_on) {
            text.push('\n');
        }
    }
    text
}

fn push_cells(text: &mut String, row: &[Cell], covered: RangeInclusive<usize>) {
    let (mut left, right) = covered.into_inner();
    // The right half of a wide character stands for all of it.
    if left > 0 && row.get(left).is_some_and(|cell| cell.flags.contains(Flags::WIDE_CHAR_SPACER)) {
        left -= 1;
    }
    let mut after_tab = false;
    for (column, cell) in row.iter().enumerate().take(right + 1).skip(left) {
        after_tab &= column % TAB_STOP != 0 && cell.c == ' ';
        if after_tab || cell.flags.intersects(Flags::WIDE_CHAR_SPACER | Flags::LEADING_WIDE_CHAR_SPACER) {
            continue;
        }
        after_tab = cell.c == '\t';
        text.push(cell.c);
        text.extend(cell.zerowidth().unwrap_or_default());
    }
}
