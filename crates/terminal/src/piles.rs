//! Which parts of kitty's keyboard protocol programs have put in force: a pile for each screen.
//!
//! The emulation (0.26) has piles of its own, but panics when one is full and does not answer with what was
//! set without a pile. So they are kept here, and it is only told what is in force.

use alacritty_terminal::vte::ansi::{KeyboardModes, KeyboardModesApplyBehavior as Apply};

/// Most that are put upon each other; beyond it the oldest is forgotten.
const MAX_DEPTH: usize = 64;

/// The pile of one screen.
#[derive(Debug, Default)]
pub(crate) struct Pile {
    base: u8,
    above: Vec<u8>,
}

impl Pile {
    /// What is in force.
    pub(crate) fn top(&self) -> KeyboardModes {
        KeyboardModes::from_bits_truncate(self.above.last().copied().unwrap_or(self.base))
    }

    pub(crate) fn push(&mut self, modes: KeyboardModes) {
        if self.above.len() >= MAX_DEPTH {
            self.above.remove(0);
        }
        self.above.push(modes.bits());
    }

    /// Takes so many away; nothing is in force when that was all.
    pub(crate) fn pop(&mut self, count: u16) {
        let left = self.above.len().saturating_sub(usize::from(count));
        if left == 0 && usize::from(count) > self.above.len() {
            self.base = 0;
        }
        self.above.truncate(left);
    }

    pub(crate) fn set(&mut self, modes: KeyboardModes, how: Apply) {
        let top = self.above.last_mut().unwrap_or(&mut self.base);
        *top = match how {
            Apply::Replace => modes.bits(),
            Apply::Union => *top | modes.bits(),
            Apply::Difference => *top & !modes.bits(),
        };
    }
}
