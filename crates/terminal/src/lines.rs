//! Names for lines that stay the same while text scrolls.
//!
//! The emulation counts lines from the top of the screen, the scrollback with negative numbers, so a
//! line's number changes with each line that is added. Here the lines that have left the screen are
//! counted, and a line is named by its number from the very beginning.
//!
//! When the scrollback is full the emulation no longer says that a line was added. So it is allowed
//! some lines more ([`slack`]) than were asked for, and what is too much is cut off here.

use crate::outbox::Outbox;
use alacritty_terminal::{
    grid::Dimensions,
    index::Line,
    term::{Term, TermMode, cell::Flags},
};

/// Lines beyond what was asked for at which it is cut.
const CUT_AT: usize = 100;

/// Lines that the emulation may keep beyond what was asked for, on a screen with so many rows: more than
/// it adds in one step, which is a screen at most.
pub(crate) fn slack(rows: usize) -> usize {
    rows + 2 * CUT_AT
}

/// A line of the screen or the scrollback. Later lines are greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LineId(pub(crate) u64);

/// A cell by the line it is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The line.
    pub line: LineId,
    /// Column, from zero at the left.
    pub col: usize,
}

/// How many lines went above the screen.
#[derive(Debug, Default)]
pub(crate) struct Lines {
    /// Lines that were above the screen's first one, since the beginning.
    above: u64,
    /// Lines of the scrollback when it was last looked at.
    kept: usize,
    /// Lines that were asked for.
    pub(crate) limit: usize,
}

impl Lines {
    /// Counts what was added since the last time. Cheap: called for each line.
    #[inline]
    pub(crate) fn look(&mut self, term: &mut Term<Outbox>) {
        let kept = term.history_size();
        if kept != self.kept {
            self.count(term, kept);
        }
    }

    fn count(&mut self, term: &mut Term<Outbox>, kept: usize) {
        // The alternate screen has no scrollback; the other one rests.
        if term.mode().contains(TermMode::ALT_SCREEN) {
            return;
        }
        self.above += kept.saturating_sub(self.kept) as u64;
        self.kept = kept;
        if kept > self.limit + CUT_AT {
            self.cut(term);
        }
    }

    /// Cuts the scrollback to what was asked for. A selection that reaches beyond goes with it.
    pub(crate) fn cut(&mut self, term: &mut Term<Outbox>) {
        if term.mode().contains(TermMode::ALT_SCREEN) || term.history_size() <= self.limit {
            return;
        }
        let (limit, most) = (self.limit, self.limit + slack(term.screen_lines()));
        term.grid_mut().update_history(limit);
        term.grid_mut().update_history(most);
        self.kept = limit;
        let lost = Line(-i32::try_from(limit).unwrap_or(i32::MAX) - 1);
        term.selection = term.selection.take().filter(|it| !it.intersects_range(..=lost));
    }

    /// After the emulation has been given another size: which numbers lines have is new.
    pub(crate) fn renumber(&mut self, term: &Term<Outbox>) {
        if !term.mode().contains(TermMode::ALT_SCREEN) {
            self.kept = term.history_size();
            self.above = self.above.max(self.kept as u64);
        }
    }

    /// The name of one of the emulation's lines.
    pub(crate) fn id(&self, line: Line) -> LineId {
        LineId(self.above.saturating_add_signed(i64::from(line.0)))
    }

    /// The emulation's line of a name; may be beyond what is kept.
    pub(crate) fn line(&self, id: LineId) -> Line {
        let line = i128::from(id.0) - i128::from(self.above);
        Line(i32::try_from(line).unwrap_or(if line < 0 { i32::MIN / 2 } else { i32::MAX / 2 }))
    }

    /// The oldest line there is.
    pub(crate) fn oldest(&self) -> LineId {
        LineId(self.above - (self.kept as u64).min(self.above))
    }
}

/// Whether a line goes on in the next.
pub(crate) fn is_wrapped(term: &Term<Outbox>, line: Line) -> bool {
    term.grid()[line].last().is_some_and(|cell| cell.flags.contains(Flags::WRAPLINE))
}

/// A position that survives another width: how many whole lines above the cursor's, and how many
/// columns into it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Anchor {
    pub(crate) lines_up: usize,
    columns: usize,
}

/// The first rows of the cursor's whole line and of those above it, as far up as asked for. A line
/// that was wrapped is one.
#[derive(Debug)]
pub(crate) struct WholeLines {
    starts: Vec<Line>,
    columns: usize,
}

impl WholeLines {
    pub(crate) fn above_cursor(term: &Term<Outbox>, until: usize) -> WholeLines {
        let (mut starts, top) = (Vec::new(), term.topmost_line());
        let mut line = term.grid().cursor.point.line;
        while starts.len() <= until {
            while line > top && is_wrapped(term, line - 1) {
                line -= 1;
            }
            starts.push(line);
            if line <= top {
                break;
            }
            line -= 1;
        }
        WholeLines { starts, columns: term.columns() }
    }

    pub(crate) fn anchor(&self, line: Line, col: usize) -> Anchor {
        // From the newest to the oldest.
        let lines_up = self.starts.partition_point(|start| *start > line).min(self.starts.len() - 1);
        let rows = usize::try_from(line.0 - self.starts[lines_up].0).unwrap_or(0);
        Anchor { lines_up, columns: rows * self.columns + col }
    }

    /// Where an anchor is now; none when it went out of the scrollback.
    pub(crate) fn find(&self, anchor: Anchor) -> Option<(Line, usize)> {
        let start = *self.starts.get(anchor.lines_up)?;
        let rows = i32::try_from(anchor.columns / self.columns).ok()?;
        let last = anchor.lines_up.checked_sub(1).and_then(|below| self.starts.get(below));
        let last = last.map_or(start + rows, |next| Line(next.0 - 1));
        Some(if start + rows > last {
            (last, self.columns - 1)
        } else {
            (start + rows, anchor.columns % self.columns)
        })
    }
}
