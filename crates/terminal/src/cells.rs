//! Cells before and around the cursor: combining characters within their bound, clusters (mode 2027), and wide
//! characters of which only a half is left.

use crate::handler::Guarded;
use alacritty_terminal::{
    grid::Dimensions,
    index::{Column, Point},
    term::cell::Flags,
    vte::ansi::Handler,
};
use unicode_width::UnicodeWidthChar;

/// Combining characters upon one cell. Real scripts need fewer; more are dropped.
pub(crate) const MAX_COMBINING: usize = 16;
/// Joins the characters around it to one.
const JOINER: char = '\u{200d}';
/// Asks for the coloured form of the character before it.
const EMOJI_FORM: char = '\u{fe0f}';

impl Guarded<'_> {
    /// The cell that a combining character would go to.
    pub(crate) fn previous(&self) -> Option<Point> {
        let cursor = &self.term.grid().cursor;
        let (line, mut column) = (cursor.point.line, cursor.point.column);
        if !cursor.input_needs_wrap {
            column.0 = column.0.saturating_sub(1);
        }
        if column.0 >= self.term.columns() {
            return None;
        }
        if self.term.grid()[line][column].flags.contains(Flags::WIDE_CHAR_SPACER) {
            column.0 = column.0.saturating_sub(1);
        }
        Some(Point::new(line, column))
    }

    /// Whether that cell is full.
    pub(crate) fn is_full(&self) -> bool {
        self.previous().is_none_or(|point| {
            let combining = self.term.grid()[point].zerowidth();
            combining.is_some_and(|combining| combining.len() >= MAX_COMBINING)
        })
    }

    /// Puts a character into the cell before it, where clusters are asked for and it belongs there.
    pub(crate) fn join(&mut self, c: char) -> bool {
        let at_line_begin = self.term.grid().cursor.point.column.0 == 0;
        let Some(point) = self.previous().filter(|_| !at_line_begin && !self.is_full()) else {
            return false;
        };
        let cell = &self.term.grid()[point];
        let (before, last) = (cell.c, cell.zerowidth().and_then(|it| it.last().copied()));
        let joins = last == Some(JOINER) || (is_skin_tone(c) && before.width() == Some(2));
        if joins {
            self.term.grid_mut()[point].push_zerowidth(c);
        }
        joins
    }

    /// The coloured form of a narrow character is wide.
    pub(crate) fn widen(&mut self) {
        let cursor = &self.term.grid().cursor;
        let (needs_wrap, column) = (cursor.input_needs_wrap, cursor.point.column);
        let Some(point) = self.previous().filter(|_| !needs_wrap && column.0 > 0) else { return };
        let cell = &mut self.term.grid_mut()[point];
        if cell.flags.intersects(Flags::WIDE_CHAR | Flags::LEADING_WIDE_CHAR_SPACER) || cell.c.is_ascii() {
            return;
        }
        cell.flags.insert(Flags::WIDE_CHAR);
        self.term.grid_mut().cursor.template.flags.insert(Flags::WIDE_CHAR_SPACER);
        Handler::input(self.term, ' ');
        self.term.grid_mut().cursor.template.flags.remove(Flags::WIDE_CHAR_SPACER);
    }

    pub(crate) fn input_wide(&mut self, c: char) {
        let width = c.width();
        if width == Some(0) {
            if self.is_full() {
                return;
            }
            Handler::input(self.term, c);
            if self.extras.clusters && c == EMOJI_FORM {
                self.widen();
            }
        } else if !(self.extras.clusters && width == Some(2) && self.join(c)) {
            Handler::input(self.term, c);
            self.look();
        }
    }

    /// After an edge between two cells of the cursor's line may have cut a wide character: half of one is
    /// nothing. The emulation (0.26) leaves it, and loses what is written over it later.
    pub(crate) fn mend(&mut self, edges: &[usize]) {
        let (line, columns) = (self.term.grid().cursor.point.line, self.term.columns());
        let row = &mut self.term.grid_mut()[line];
        for edge in edges.iter().copied().filter(|edge| *edge > 0 && *edge <= columns) {
            let is_half = edge < columns && row[Column(edge)].flags.contains(Flags::WIDE_CHAR_SPACER);
            let left = &mut row[Column(edge - 1)];
            match (left.flags.contains(Flags::WIDE_CHAR), is_half) {
                (true, false) => left.clear_wide(),
                (false, true) => row[Column(edge)].flags.remove(Flags::WIDE_CHAR_SPACER),
                _ => {}
            }
        }
    }
}

/// One of the five colours of skin, which change the character before them.
fn is_skin_tone(c: char) -> bool {
    matches!(c, '\u{1f3fb}'..='\u{1f3ff}')
}
