//! Selected text: how it grows, which columns of a line it covers, and what is copied.
//!
//! The emulation can write a selection out too, but panics on some (0.26: one whose last line ends in
//! the gap before a wide character, at the top of the scrollback), so that is done here.

use alacritty_terminal::{
    grid::Dimensions,
    index::{self, Line},
    selection::{SelectionRange, SelectionType},
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
