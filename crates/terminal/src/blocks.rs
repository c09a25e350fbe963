//! Commands as blocks: prompt, what was typed, what came out, how it ended and when.
//!
//! Made of the marks of shell integration (OSC 133). A block stays as long as a line of it is kept;
//! at most [`MAX_BLOCKS`].
//!
//! **Invariants**: ids rise; only the last block has not ended; positions of a block rise.

use crate::{
    lines::{LineId, Position},
    marks::{Mark, WorkingFolder},
};
use std::collections::VecDeque;

/// Most blocks that are remembered.
pub(crate) const MAX_BLOCKS: usize = 1000;

/// Names a block as long as the terminal lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlockId(pub u64);

/// A command, or the prompt of the next one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// Its name.
    pub id: BlockId,
    /// Where its prompt begins.
    pub prompt: Position,
    /// Where the command line begins.
    pub command_start: Option<Position>,
    /// Where its output begins.
    pub output_start: Option<Position>,
    /// Behind its output.
    pub end: Option<Position>,
    /// What was typed, at most 4 KiB; empty until it is entered.
    pub command: String,
    /// The folder in which it was entered.
    pub folder: Option<WorkingFolder>,
    /// Its exit code, where the shell told one.
    pub exit: Option<i32>,
    /// When it was entered, by the clock that the terminal is given.
    pub started_unix_millis: Option<u64>,
    /// When it ended.
    pub ended_unix_millis: Option<u64>,
}

/// What a block is at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BlockState {
    /// The command line is being typed.
    Prompt,
    /// The command runs.
    Running,
    /// It has ended.
    Ended,
}

impl Block {
    /// What it is at.
    #[must_use]
    pub fn state(&self) -> BlockState {
        match (self.output_start, self.end) {
            (None, _) => BlockState::Prompt,
            (Some(_), None) => BlockState::Running,
            (Some(_), Some(_)) => BlockState::Ended,
        }
    }

    /// How long it ran, in milliseconds, where it has ended.
    #[must_use]
    pub fn ran_millis(&self) -> Option<u64> {
        Some(self.ended_unix_millis?.saturating_sub(self.started_unix_millis?))
    }

    /// Whether it ended, and not well.
    #[must_use]
    pub fn failed(&self) -> bool {
        self.exit.is_some_and(|code| code != 0)
    }

    /// The last line that belongs to it, as far as it is known.
    fn last_line(&self) -> LineId {
        [self.end, self.output_start, self.command_start]
            .into_iter()
            .flatten()
            .map(|it| it.line)
            .max()
            .map_or(self.prompt.line, |line| line.max(self.prompt.line))
    }

    pub(crate) fn positions_mut(&mut self) -> [Option<&mut Position>; 4] {
        let Block { prompt, command_start, output_start, end, .. } = self;
        [Some(prompt), command_start.as_mut(), output_start.as_mut(), end.as_mut()]
    }
}

/// What a mark brought about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    Nothing,
    Started,
    /// The block that ended.
    Ended(Box<Block>),
}

/// The blocks, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Blocks {
    pub(crate) list: VecDeque<Block>,
    next: u64,
}

impl Blocks {
    /// Applies a mark at a place and a time. `typed` reads the text from a place to here.
    pub(crate) fn apply(
        &mut self,
        mark: &Mark,
        here: Position,
        unix_millis: u64,
        folder: Option<&WorkingFolder>,
        typed: impl Fn(Position) -> String,
    ) -> Change {
        match mark {
            Mark::Prompt => self.prompt(here, unix_millis),
            Mark::Command => {
                if let Some(last) = self.list.back_mut().filter(|last| last.state() == BlockState::Prompt) {
                    last.command_start = Some(here.max(last.prompt));
                }
                Change::Nothing
            }
            Mark::Output(line) => {
                if self.list.back().is_none_or(|last| last.state() != BlockState::Prompt) {
                    return Change::Nothing;
                }
                let Some(last) = self.list.back_mut() else { return Change::Nothing };
                let from = last.command_start.unwrap_or(last.prompt);
                last.command = line.clone().unwrap_or_else(|| typed(from));
                last.output_start = Some(here.max(from));
                last.started_unix_millis = Some(unix_millis);
                last.folder = folder.cloned();
                Change::Started
            }
            Mark::End(code) => self.end(here, unix_millis, *code),
            Mark::Folder(_) | Mark::NameAsked | Mark::SettingAsked(_) => Change::Nothing,
        }
    }

    fn prompt(&mut self, here: Position, unix_millis: u64) -> Change {
        let change = self.end(here, unix_millis, None);
        match self.list.back_mut().filter(|last| last.state() == BlockState::Prompt) {
            // Drawn anew, or nothing was entered.
            Some(last) => (last.prompt, last.command_start) = (here, None),
            None => {
                if self.list.len() >= MAX_BLOCKS {
                    self.list.pop_front();
                }
                self.next += 1;
                self.list.push_back(Block {
                    id: BlockId(self.next),
                    prompt: here,
                    command_start: None,
                    output_start: None,
                    end: None,
                    command: String::new(),
                    folder: None,
                    exit: None,
                    started_unix_millis: None,
                    ended_unix_millis: None,
                });
            }
        }
        change
    }

    fn end(&mut self, here: Position, unix_millis: u64, code: Option<i32>) -> Change {
        let Some(last) = self.list.back_mut().filter(|last| last.state() == BlockState::Running) else {
            return Change::Nothing;
        };
        last.end = Some(here.max(last.output_start.unwrap_or(last.prompt)));
        last.exit = code;
        last.ended_unix_millis = Some(unix_millis);
        Change::Ended(Box::new(last.clone()))
    }

    /// Forgets blocks of which no line is kept.
    pub(crate) fn forget_before(&mut self, oldest: LineId) {
        while self
            .list
            .front()
            .is_some_and(|first| first.state() == BlockState::Ended && first.last_line() < oldest)
        {
            self.list.pop_front();
        }
    }

    /// Forgets ended blocks whose prompt is on one of the lines that were cleared.
    pub(crate) fn forget_from(&mut self, line: LineId) {
        self.list.retain(|block| block.state() != BlockState::Ended || block.prompt.line < line);
    }

    pub(crate) fn clear(&mut self) {
        self.list.clear();
    }

    pub(crate) fn get(&self, id: BlockId) -> Option<&Block> {
        let index = self.list.binary_search_by_key(&id, |block| block.id).ok()?;
        self.list.get(index)
    }

    pub(crate) fn verify_invariants(&self) {
        assert!(self.list.len() <= MAX_BLOCKS, "blocks within their bound");
        assert!(self.list.iter().zip(self.list.iter().skip(1)).all(|(a, b)| a.id < b.id), "ids rise");
        for (index, block) in self.list.iter().enumerate() {
            let last = index + 1 == self.list.len();
            assert!(last || block.state() == BlockState::Ended, "only the last block goes on: {block:?}");
            let places = [Some(block.prompt), block.command_start, block.output_start, block.end];
            let places: Vec<Position> = places.into_iter().flatten().collect();
            assert!(places.is_sorted(), "positions rise: {block:?}");
        }
    }
}
