//! What a window asks about commands: the blocks, the way from prompt to prompt, the output of one.

use crate::{
    Block, BlockId, BlockState, LineId, Position, Scroll, Side, Terminal,
    selection::{self, SelectionKind},
};
use alacritty_terminal::{
    grid::Dimensions,
    index::{Column, Line, Point},
    selection::{Selection, SelectionRange},
    term::TermMode,
};

/// Most output that is given as text, in bytes.
const MAX_OUTPUT_BYTES: usize = 1024 * 1024;

/// To which prompt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Jump {
    /// The one before.
    Previous,
    /// The one after.
    Next,
}

impl Terminal {
    /// The commands that are remembered, oldest first.
    pub fn blocks(&self) -> impl DoubleEndedIterator<Item = &Block> + ExactSizeIterator {
        self.extras.blocks.list.iter()
    }

    /// A command by its name.
    #[must_use]
    pub fn block(&self, id: BlockId) -> Option<&Block> {
        self.extras.blocks.get(id)
    }

    /// Whether the shell tells where commands begin and end.
    #[must_use]
    pub fn has_shell_integration(&self) -> bool {
        !self.extras.blocks.list.is_empty()
    }

    /// The name of a row of the view.
    #[must_use]
    pub fn line_id(&self, row: usize) -> LineId {
        self.extras.lines.id(self.line_of(row))
    }

    /// The row of the view that a line is on; none when it is scrolled out of it.
    #[must_use]
    pub fn row_of(&self, line: LineId) -> Option<usize> {
        let row = i64::from(self.extras.lines.line(line).0) + i64::try_from(self.scroll_offset()).ok()?;
        usize::try_from(row).ok().filter(|row| *row < self.size().rows)
    }

    /// How many lines above the screen's last one a line is.
    #[must_use]
    pub fn lines_from_end(&self, line: LineId) -> usize {
        let last = self.term.bottommost_line().0;
        usize::try_from(last.saturating_sub(self.extras.lines.line(line).0)).unwrap_or(0)
    }

    /// The command that a row of the view belongs to, its prompt included.
    #[must_use]
    pub fn block_at(&self, row: usize) -> Option<&Block> {
        if self.term.mode().contains(TermMode::ALT_SCREEN) {
            return None;
        }
        let line = self.line_id(row);
        let list = &self.extras.blocks.list;
        list.get(list.partition_point(|block| block.prompt.line <= line).checked_sub(1)?)
    }

    /// Scrolls so that a line is seen, in the middle where it was not.
    pub fn show_line(&mut self, line: LineId) {
        if self.row_of(line).is_none() {
            let rows = self.size().rows;
            let offset = self.lines_from_end(line).saturating_sub(rows / 2);
            self.scroll_to_offset(offset);
        }
    }

    fn scroll_to_offset(&mut self, offset: usize) {
        let lines = |count: usize| i32::try_from(count).unwrap_or(i32::MAX);
        self.scroll(Scroll::Lines(lines(offset).saturating_sub(lines(self.scroll_offset()))));
    }

    /// Scrolls until the previous or next prompt is the first row. Says whether there is one.
    pub fn jump(&mut self, to: Jump) -> bool {
        if self.term.mode().contains(TermMode::ALT_SCREEN) {
            return false;
        }
        let (top, list) = (self.line_id(0), &self.extras.blocks.list);
        let found = match to {
            Jump::Previous => list.iter().rev().find(|block| block.prompt.line < top),
            Jump::Next => list.iter().find(|block| block.prompt.line > top),
        };
        let Some(line) = found.map(|block| block.prompt.line.max(self.extras.lines.oldest())) else {
            return false;
        };
        let before = self.scroll_offset();
        let offset = self.lines_from_end(line).saturating_sub(self.size().rows - 1);
        self.scroll_to_offset(offset);
        self.scroll_offset() != before
    }

    /// Selects what a command wrote. Says whether it wrote something that is still kept.
    pub fn select_output(&mut self, id: BlockId) -> bool {
        let Some(SelectionRange { start, end, .. }) = self.output_range(id) else { return false };
        let mut selection = Selection::new(SelectionKind::Character.into(), start, Side::Left.into());
        selection.update(end, Side::Right.into());
        self.term.selection = Some(selection);
        true
    }

    /// What a command wrote and is still kept, the last 1 MiB of it.
    #[must_use]
    pub fn output_text(&self, id: BlockId) -> Option<String> {
        let mut range = self.output_range(id)?;
        let rows = i32::try_from(MAX_OUTPUT_BYTES / self.size().cols).unwrap_or(i32::MAX);
        if range.end.line.0 - range.start.line.0 > rows {
            range.start = Point::new(range.end.line - rows, Column(0));
        }
        Some(selection::text_of(&self.term, &range))
    }

    fn output_range(&self, id: BlockId) -> Option<SelectionRange> {
        if self.term.mode().contains(TermMode::ALT_SCREEN) {
            return None;
        }
        let block = self.extras.blocks.get(id).filter(|block| block.state() != BlockState::Prompt)?;
        let cursor = self.term.grid().cursor.point;
        let from = block.output_start?;
        let behind = block.end.map_or(cursor, |end| self.point(end));
        let top = Point::new(self.term.topmost_line(), Column(0));
        let start = self.point(from).max(top);
        let end = match behind.column.0.checked_sub(1) {
            Some(column) => Point::new(behind.line, Column(column)),
            None => Point::new(behind.line - 1, self.term.last_column()),
        };
        let end = end.min(Point::new(self.term.bottommost_line(), self.term.last_column()));
        let kept = start <= end && start.column <= self.term.last_column() && start.line <= end.line;
        kept.then_some(SelectionRange { start, end, is_block: false })
    }

    fn point(&self, place: Position) -> Point {
        let column = place.col.min(self.size().cols - 1);
        let line: Line = self.extras.lines.line(place.line);
        Point::new(line, Column(column))
    }
}
