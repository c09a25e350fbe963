//! What happened in a terminal that its window should know of.

use crate::{BlockId, marks::WorkingFolder};
use std::collections::VecDeque;

/// Most events that wait to be taken. Beyond it the oldest ones about commands are dropped.
const MAX_EVENTS: usize = 64;

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TerminalEvent {
    /// The program gave this title; empty for none.
    Title(String),
    /// The shell is in another folder.
    Folder(WorkingFolder),
    /// A command line was entered.
    CommandStarted {
        /// Its block.
        block: BlockId,
        /// What was typed.
        command: String,
    },
    /// A command ended.
    CommandEnded {
        /// Its block.
        block: BlockId,
        /// What was typed.
        command: String,
        /// Its code, where the shell told one.
        exit: Option<i32>,
        /// When it was entered, by the clock that the terminal is given.
        started_unix_millis: u64,
        /// When it ended, by the same.
        ended_unix_millis: u64,
    },
    /// The program wants this text on the clipboard (OSC 52). Nobody has agreed yet.
    ClipboardWrite(String),
    /// The bell rang.
    Bell,
}

/// Events that wait: of a title, a folder, a text for the clipboard and the bell only the last.
#[derive(Debug, Default)]
pub(crate) struct Events(VecDeque<TerminalEvent>);

impl Events {
    pub(crate) fn push(&mut self, event: TerminalEvent) {
        use TerminalEvent as E;
        let is_one = matches!(event, E::Title(_) | E::Folder(_) | E::ClipboardWrite(_) | E::Bell);
        if is_one {
            let kind = std::mem::discriminant(&event);
            self.0.retain(|it| std::mem::discriminant(it) != kind);
        }
        if self.0.len() >= MAX_EVENTS {
            self.0.pop_front();
        }
        self.0.push_back(event);
    }

    pub(crate) fn take(&mut self) -> Vec<TerminalEvent> {
        std::mem::take(&mut self.0).into()
    }

    pub(crate) fn len_is_bounded(&self) -> bool {
        self.0.len() <= MAX_EVENTS
    }
}
