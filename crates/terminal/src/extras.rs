//! State that the emulation has no place for.

use crate::{
    blocks::Blocks,
    events::Events,
    lines::{Anchor, Lines, Position, WholeLines},
    marks::{Mark, WorkingFolder},
    outbox::Outbox,
    piles::Pile,
};
use alacritty_terminal::term::Term;
use std::collections::VecDeque;

/// Marks that may wait for a synchronised update to end.
const MAX_MARKS: usize = 1024;

/// State that the emulation has no place for.
#[derive(Debug, Default)]
pub(crate) struct Extras {
    /// Only presses are reported, without modifiers.
    pub(crate) x10_mouse: bool,
    /// Whether characters that belong together share a cell.
    pub(crate) clusters: bool,
    pub(crate) lines: Lines,
    pub(crate) blocks: Blocks,
    pub(crate) folder: Option<WorkingFolder>,
    pub(crate) events: Events,
    pub(crate) outbox: Outbox,
    /// What the clock says, as its owner tells.
    pub(crate) unix_millis: u64,
    /// Marks whose place the parser has not come to.
    pub(crate) marks: VecDeque<Mark>,
    /// The keyboard protocol on the usual screen and on the alternate one.
    pub(crate) keyboard: [Pile; 2],
    /// Rows that scroll, from the first to behind the last; all of them when there is none.
    pub(crate) region: Option<(i32, i32)>,
    /// Where the blocks of the other screen are, while this one is the alternate.
    pub(crate) away: Option<Away>,
    /// Counts what makes found text invalid: another screen, another size, a scrollback that was cleared.
    pub(crate) epoch: u64,
}

/// The blocks of a screen that cannot be looked at.
#[derive(Debug)]
pub(crate) struct Away {
    pub(crate) anchors: Vec<Anchor>,
    /// Whether it was given another size meanwhile.
    pub(crate) resized: bool,
}

impl Extras {
    /// Remembers a mark until the parser comes to its place; `false` when there are too many.
    pub(crate) fn expect(&mut self, mark: Mark) -> bool {
        let room = self.marks.len() < MAX_MARKS;
        if room {
            self.marks.push_back(mark);
        }
        room
    }

    /// Where the blocks are, independent of the width.
    pub(crate) fn anchors(&self, term: &Term<Outbox>) -> Vec<Anchor> {
        let Some(first) = self.blocks.list.front() else { return Vec::new() };
        let cursor = self.lines.id(term.grid().cursor.point.line);
        let most = usize::try_from(cursor.0.saturating_sub(first.prompt.line.0)).unwrap_or(usize::MAX);
        let whole = WholeLines::above_cursor(term, most);
        let places = self.blocks.list.iter().flat_map(|block| {
            [Some(block.prompt), block.command_start, block.output_start, block.end].into_iter().flatten()
        });
        places.map(|place| whole.anchor(self.lines.line(place.line), place.col)).collect()
    }

    /// Puts the blocks where they are after another width.
    pub(crate) fn put_back(&mut self, term: &Term<Outbox>, anchors: &[Anchor]) {
        let most = anchors.iter().map(|anchor| anchor.lines_up).max().unwrap_or(0);
        let whole = WholeLines::above_cursor(term, most);
        let (mut anchors, lines) = (anchors.iter(), &self.lines);
        for block in &mut self.blocks.list {
            for place in block.positions_mut().into_iter().flatten() {
                let found = anchors.next().and_then(|anchor| whole.find(*anchor));
                *place = found.map_or(Position { line: lines.oldest(), col: 0 }, |(line, col)| Position {
                    line: lines.id(line),
                    col,
                });
            }
        }
        self.blocks.forget_before(lines.oldest());
    }
}
