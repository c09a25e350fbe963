//! Input on its way to a program, each part with the cause that it was typed for.
//!
//! What a person types up to Enter (or a key that interrupts) is one cause, so that a command and what came of
//! it belong together, and a key press costs nothing. The text itself is not part of the cause: it may be a
//! password.

use abi::CauseId;
use std::collections::VecDeque;

/// More lines than this at once are a paste, and one cause.
const MOST_LINES: usize = 8;

/// See the module documentation.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    parts: VecDeque<(CauseId, Vec<u8>)>,
    /// The cause of the line that is being typed.
    line: Option<CauseId>,
    /// The cause of the line that was entered last.
    entered: Option<CauseId>,
}

/// Enter, or one of the keys at which a terminal acts without it.
fn ends_line(byte: u8) -> bool {
    matches!(byte, b'\r' | b'\n' | 0x03 | 0x04 | 0x1a | 0x1c)
}

impl Outbox {
    /// Adds what a person typed; `open` opens the cause of a line that begins.
    pub(crate) fn type_in(&mut self, bytes: &[u8], mut open: impl FnMut() -> CauseId) {
        let lines = bytes.iter().filter(|byte| ends_line(**byte)).count();
        if lines > MOST_LINES {
            let cause = self.line.take().unwrap_or_else(open);
            self.push(cause, bytes);
            self.entered = Some(cause);
            return;
        }
        for part in bytes.split_inclusive(|byte| ends_line(*byte)) {
            let cause = *self.line.get_or_insert_with(&mut open);
            self.push(cause, part);
            if part.last().copied().is_some_and(ends_line) {
                self.entered = Some(cause);
                self.line = None;
            }
        }
    }

    /// Adds bytes on a given account: answers of the terminal itself, a paste.
    pub(crate) fn push(&mut self, cause: CauseId, bytes: &[u8]) {
        match self.parts.back_mut() {
            _ if bytes.is_empty() => {}
            Some((last, part)) if *last == cause => part.extend_from_slice(bytes),
            _ => self.parts.push_back((cause, bytes.to_vec())),
        }
    }

    /// What goes next.
    pub(crate) fn next(&self) -> Option<(CauseId, &[u8])> {
        self.parts.front().map(|(cause, part)| (*cause, part.as_slice()))
    }

    /// So many bytes of [`Outbox::next`] were taken.
    pub(crate) fn taken(&mut self, count: usize) {
        if let Some((_, part)) = self.parts.front_mut() {
            part.drain(..count.min(part.len()));
            if part.is_empty() {
                self.parts.pop_front();
            }
        }
    }

    /// The cause of the line that was entered last.
    pub(crate) fn entered(&self) -> Option<CauseId> {
        self.entered
    }

    pub(crate) fn len(&self) -> usize {
        self.parts.iter().map(|(_, part)| part.len()).sum()
    }

    /// Forgets what waits, and begins a new line.
    pub(crate) fn clear(&mut self) {
        *self = Outbox::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drained(outbox: &mut Outbox) -> Vec<(u64, String)> {
        let mut all = Vec::new();
        while let Some((cause, bytes)) = outbox.next() {
            let len = bytes.len();
            all.push((cause.0, String::from_utf8_lossy(bytes).into_owned()));
            outbox.taken(len);
        }
        all
    }

    #[test]
    fn a_line_is_one_cause_however_it_is_typed() {
        let (mut outbox, mut opened) = (Outbox::default(), 0);
        let mut open = || {
            opened += 1;
            CauseId(opened)
        };
        for key in ["l", "s", "\r", "a\rb", "c\x03", "d"] {
            outbox.type_in(key.as_bytes(), &mut open);
        }
        assert_eq!(outbox.len(), 9);
        let parts = drained(&mut outbox);
        let expected = [(1, "ls\r"), (2, "a\r"), (3, "bc\x03"), (4, "d")];
        assert_eq!(parts, expected.map(|(cause, text)| (cause, text.to_owned())));
        outbox.type_in("x\r".repeat(100).as_bytes(), &mut open);
        assert_eq!(drained(&mut outbox).len(), 1);
        assert_eq!(opened, 4, "the paste went on with the line that had begun");
    }
}
