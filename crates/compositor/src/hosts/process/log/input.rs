//! The line that is written to a program, and those before it.

use std::collections::VecDeque;

/// Lines that are remembered.
const MAX_HISTORY: usize = 200;
/// Longest line in bytes.
pub(super) const MAX_INPUT_BYTES: usize = 64 * 1024;

/// See the module documentation.
#[derive(Debug, Default)]
pub(super) struct Input {
    pub(super) text: String,
    history: VecDeque<String>,
    /// Which of the history is shown, from the newest; `None` for what is being written.
    at: Option<usize>,
    /// What was being written when the history was opened.
    draft: String,
}

impl Input {
    /// Takes the line, with its end.
    pub(super) fn submit(&mut self) -> String {
        let line = std::mem::take(&mut self.text);
        if !line.is_empty() && self.history.back() != Some(&line) {
            self.history.push_back(line.clone());
            if self.history.len() > MAX_HISTORY {
                self.history.pop_front();
            }
        }
        self.at = None;
        line + "\n"
    }

    /// An older line.
    pub(super) fn older(&mut self) {
        let next = self.at.map_or(0, |at| at + 1);
        if let Some(line) = self.nth(next) {
            if self.at.is_none() {
                self.draft = std::mem::take(&mut self.text);
            }
            self.text = line;
            self.at = Some(next);
        }
    }

    /// A newer line, in the end what was being written.
    pub(super) fn newer(&mut self) {
        match self.at {
            None => {}
            Some(0) => {
                self.text = std::mem::take(&mut self.draft);
                self.at = None;
            }
            Some(at) => {
                self.at = Some(at - 1);
                self.text = self.nth(at - 1).unwrap_or_default();
            }
        }
    }

    fn nth(&self, from_newest: usize) -> Option<String> {
        self.history.iter().rev().nth(from_newest).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn history_goes_back_and_returns_to_what_was_being_written() {
        let mut input = Input::default();
        for line in ["one", "two", "two"] {
            input.text = line.into();
            assert_eq!(input.submit(), format!("{line}\n"));
        }
        input.text = "dra".into();
        input.older();
        assert_eq!(input.text, "two");
        input.older();
        input.older();
        assert_eq!(input.text, "one");
        input.newer();
        input.newer();
        assert_eq!(input.text, "dra");
        input.newer();
        assert_eq!(input.text, "dra");
    }
}
