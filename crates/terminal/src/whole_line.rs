//! Whole lines as text: rows that were wrapped joined again, and which cell each character stands in.

use crate::{lines::is_wrapped, outbox::Outbox};
use alacritty_terminal::{
    grid::Dimensions,
    index::Line,
    term::{Term, cell::Flags},
};
use std::ops::Range;

/// Most rows that are read as one line. Longer ones are read in parts.
pub(crate) const MAX_ROWS: i32 = 200;

/// The text of a whole line.
#[derive(Debug, Default)]
pub(crate) struct WholeLine {
    pub(crate) text: String,
    /// For each cell with a character where it begins in the text, its line, and its first and last column.
    cells: Vec<(usize, Line, u16, u16)>,
    /// The rows it was read from.
    pub(crate) rows: Range<Line>,
}

impl WholeLine {
    /// The rows of the whole line that a row belongs to, at most [`MAX_ROWS`] in each direction.
    pub(crate) fn rows_around(term: &Term<Outbox>, line: Line) -> Range<Line> {
        let (top, bottom) = (term.topmost_line(), term.bottommost_line());
        let (mut start, mut last) = (line, line);
        while start > top && line.0 - start.0 < MAX_ROWS && is_wrapped(term, start - 1) {
            start -= 1;
        }
        while last < bottom && last.0 - line.0 < MAX_ROWS && is_wrapped(term, last) {
            last += 1;
        }
        start..last + 1
    }

    /// Reads these rows again into the same memory.
    pub(crate) fn read(&mut self, term: &Term<Outbox>, rows: Range<Line>) {
        self.text.clear();
        self.cells.clear();
        let mut line = rows.start;
        while line < rows.end {
            for (col, cell) in term.grid()[line][..].iter().enumerate() {
                if cell.flags.intersects(Flags::WIDE_CHAR_SPACER | Flags::LEADING_WIDE_CHAR_SPACER) {
                    continue;
                }
                let col = u16::try_from(col).unwrap_or(u16::MAX);
                let last = if cell.flags.contains(Flags::WIDE_CHAR) { col.saturating_add(1) } else { col };
                self.cells.push((self.text.len(), line, col, last));
                self.text.push(if cell.c == '\t' { ' ' } else { cell.c });
                if let Some(combining) = cell.zerowidth() {
                    self.text.extend(combining);
                }
            }
            line += 1;
        }
        self.text.truncate(self.text.trim_end_matches(' ').len());
        self.rows = rows;
    }

    /// First and last cell of a part of the text, as line and column.
    pub(crate) fn cells_of(&self, part: Range<usize>) -> Option<((Line, usize), (Line, usize))> {
        let index_of = |byte: usize| self.cells.partition_point(|cell| cell.0 <= byte).checked_sub(1);
        let first = self.cells[index_of(part.start)?];
        let last = self.cells[index_of(part.end.checked_sub(1)?)?];
        Some(((first.1, usize::from(first.2)), (last.1, usize::from(last.3))))
    }

    /// Where in the text a cell's character begins.
    pub(crate) fn byte_at(&self, line: Line, col: usize) -> Option<usize> {
        let index = self.cells.partition_point(|cell| (cell.1, usize::from(cell.2)) <= (line, col));
        self.cells.get(index.checked_sub(1)?).map(|cell| cell.0).filter(|byte| *byte < self.text.len())
    }
}
