//! What the parser must be kept from: endless strings and characters cut in two.
//!
//! The parser collects an operating system command (`ESC ] … BEL`) until it ends, however long. A
//! program that never ends one would fill the memory. This follows the bytes beside the parser, with
//! just enough of its states to know when it is inside such a string, and withholds what is too much.
//!
//! And where a character is split between two reads, vte 0.15 loses the character behind it. So the
//! beginning of a character at the end of a read waits here for its rest.

/// Longest operating system command; titles, links and colours are far shorter.
pub(crate) const MAX_STRING_BYTES: usize = 64 * 1024;

const BEL: u8 = 0x07;
const CAN: u8 = 0x18;
const SUB: u8 = 0x1a;
const ESC: u8 = 0x1b;
const DEL: u8 = 0x7f;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Anything but the two below.
    Outside,
    /// Behind an `ESC`.
    Escape,
    /// In the string, this many bytes.
    Inside(usize),
}

/// Where the parser is, as far as strings matter.
#[derive(Debug)]
pub(crate) struct StringGuard(State);

impl StringGuard {
    pub(crate) fn new() -> Self {
        StringGuard(State::Outside)
    }

    /// How many of the bytes to pass on and how many after these to withhold; together at least one
    /// unless there are none.
    pub(crate) fn split(&mut self, bytes: &[u8]) -> (usize, usize) {
        let mut index = 0;
        while index < bytes.len() {
            match self.0 {
                State::Outside => match bytes[index..].iter().position(|byte| *byte == ESC) {
                    Some(at) => {
                        self.0 = State::Escape;
                        index += at + 1;
                    }
                    None => return (bytes.len(), 0),
                },
                State::Escape => {
                    self.0 = match bytes[index] {
                        b']' => State::Inside(0),
                        ESC => State::Escape,
                        CAN | SUB => State::Outside,
                        // Control characters act in the middle of a sequence without ending it.
                        0..0x20 | DEL => State::Escape,
                        _ => State::Outside,
                    };
                    index += 1;
                }
                State::Inside(len_bytes) => {
                    let ends = |byte: &u8| matches!(*byte, BEL | CAN | SUB | ESC);
                    let run = bytes[index..].iter().position(ends).unwrap_or(bytes.len() - index);
                    let room = MAX_STRING_BYTES - len_bytes;
                    if run > room {
                        self.0 = State::Inside(MAX_STRING_BYTES);
                        return (index + room, run - room);
                    }
                    index += run;
                    self.0 = State::Inside(len_bytes + run);
                    if let Some(end) = bytes.get(index) {
                        self.0 = if *end == ESC { State::Escape } else { State::Outside };
                        index += 1;
                    }
                }
            }
        }
        (bytes.len(), 0)
    }
}

/// How many bytes at the end begin a character of UTF-8 that is not complete: at most 3.
pub(crate) fn incomplete_tail(bytes: &[u8]) -> usize {
    for len_bytes in 1..=bytes.len().min(3) {
        let tail = &bytes[bytes.len() - len_bytes..];
        let is_continuation = tail[0] & 0b1100_0000 == 0b1000_0000;
        if !is_continuation {
            let incomplete = std::str::from_utf8(tail).is_err_and(|error| error.error_len().is_none());
            return if incomplete { len_bytes } else { 0 };
        }
    }
    0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passed(chunks: &[&[u8]]) -> Vec<u8> {
        let (mut guard, mut out) = (StringGuard::new(), Vec::new());
        for mut rest in chunks.iter().copied() {
            while !rest.is_empty() {
                let (pass, skip) = guard.split(rest);
                out.extend_from_slice(&rest[..pass]);
                rest = &rest[pass + skip..];
            }
        }
        out
    }

    #[test]
    fn a_string_without_end_is_cut_and_its_end_still_seen() {
        let long = vec![b'x'; 3 * MAX_STRING_BYTES];
        let out = passed(&[b"a\x1b]0;", &long, &long, b"\x07b", b"\x1b]2;t\x1b\\c"]);
        assert_eq!(out.len(), 1 + 2 + MAX_STRING_BYTES + 2 + 8);
        assert!(out.ends_with(b"x\x07b\x1b]2;t\x1b\\c"));
    }

    #[test]
    fn only_what_can_still_become_a_character_waits() {
        for (bytes, waits) in [
            (&b"abc"[..], 0),
            (b"", 0),
            ("é".as_bytes(), 0),
            (b"a\xc3", 1),
            (b"\xf0\x9f\x90", 3),
            (b"\xe2\x82", 2),
            (b"\xff", 0),
            (b"\x82\x82", 0),
            (b"\xe0\x80", 0),
        ] {
            assert_eq!(incomplete_tail(bytes), waits, "{bytes:x?}");
        }
    }

    #[test]
    fn everything_else_passes() {
        let text = b"plain \x1b[31m red \x1b\n]0;x\x07 \x1b(] ]]] \x1b";
        assert_eq!(passed(&[text]), text);
    }
}
