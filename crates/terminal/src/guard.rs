//! What the parser must be kept from, and what it does not know.
//!
//! The parser collects an operating system command (`ESC ] … BEL`) until it ends, however long. A
//! program that never ends one would fill the memory. This follows the bytes beside the parser, with
//! just enough of its states to know when it is inside such a string, and withholds what is too much.
//!
//! The same states find the few control functions that the parser throws away and that a [`Mark`] is
//! made of: working folder (OSC 7), shell integration (OSC 133), the questions for the terminal's name
//! (`CSI > q`) and for settings (DECRQSS). They are cut out here, and [`MARK`] is put where they stood, so that each takes effect
//! in its turn even where the parser holds bytes back (a synchronised update).
//!
//! A soft reset (DECSTR) the parser does not know either: what it does is put behind it.
//!
//! And where a character is split between two reads, vte 0.15 loses the character behind it. So the
//! beginning of a character at the end of a read waits here for its rest.

use crate::marks::Mark;

/// Longest operating system command; titles, links and colours are far shorter.
pub(crate) const MAX_STRING_BYTES: usize = 64 * 1024;
/// Longest one that brings text for the clipboard, in base 64.
pub(crate) const MAX_CLIPBOARD_BYTES: usize = 1024 * 1024;
/// Longest one of which a mark can be made.
const MAX_MARK_BYTES: usize = 8 * 1024;
/// Bytes that say which command it is: a number of up to three digits and the semicolon.
const NUMBER_BYTES: usize = 4;

/// Stands for the oldest mark that waits. A private mode that nothing else uses.
pub(crate) const MARK_MODE: u16 = 59_133;
/// What the parser is given in the place of a mark. The first byte ends the string before it.
pub(crate) const MARK: &[u8] = b"\x07\x1b[?59133h";
/// The same where there was no string.
pub(crate) const MARK_OUTSIDE: &[u8] = b"\x1b[?59133h";

/// What a soft reset does, in control functions that are known. The cursor stays where it is.
const SOFT_RESET: &[u8] =
    b"\x1b7\x1b[?6l\x1b[r\x1b8\x1b[0m\x1b(B\x1b)B\x1b*B\x1b+B\x0f\x1b[4l\x1b[?25h\x1b[?1l\x1b>\x1b[?7h";
/// Longest name of a setting that is asked for, with the two characters before it.
const MAX_SETTING_BYTES: usize = 8;

const BEL: u8 = 0x07;
const CAN: u8 = 0x18;
const SUB: u8 = 0x1a;
const ESC: u8 = 0x1b;
const DEL: u8 = 0x7f;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Anything but what follows.
    Outside,
    /// Behind an `ESC`.
    Escape,
    /// Behind `ESC [`.
    Sequence,
    /// Behind `ESC [ >` and digits.
    Question,
    /// Behind `ESC [ !`.
    Soft,
    /// Behind `ESC P`, a string that the parser bounds itself.
    Device,
    /// In the string, this many bytes.
    Inside(usize),
}

/// What to do with the next bytes.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Split {
    /// So many go to the parser.
    pub(crate) pass: usize,
    /// Then so many do not.
    pub(crate) withhold: usize,
    /// Then this does, which was not there.
    pub(crate) insert: &'static [u8],
    /// What [`MARK`] stands for, where it was inserted.
    pub(crate) mark: Option<Mark>,
}

impl Split {
    fn all(pass: usize) -> Split {
        Split { pass, withhold: 0, insert: b"", mark: None }
    }
}

/// Where the parser is, as far as strings matter.
#[derive(Debug)]
pub(crate) struct StringGuard {
    state: State,
    /// The beginning of the string, as long as it can become a mark.
    head: Vec<u8>,
    /// Whether the string is too long to be one, or is another.
    ordinary: bool,
    limit: usize,
    /// Whether a text for the clipboard was made unreadable because it is too long.
    spoiled: bool,
}

impl StringGuard {
    pub(crate) fn new() -> Self {
        StringGuard {
            state: State::Outside,
            head: Vec::new(),
            ordinary: false,
            limit: MAX_STRING_BYTES,
            spoiled: false,
        }
    }

    /// Takes some of the bytes: at least one unless there are none.
    pub(crate) fn split(&mut self, bytes: &[u8]) -> Split {
        let mut index = 0;
        while index < bytes.len() {
            match self.state {
                State::Outside => match bytes[index..].iter().position(|byte| *byte == ESC) {
                    Some(at) => {
                        self.state = State::Escape;
                        index += at + 1;
                    }
                    None => return Split::all(bytes.len()),
                },
                State::Escape => {
                    self.state = match bytes[index] {
                        b']' => self.enter(),
                        b'[' => State::Sequence,
                        b'P' => {
                            self.head.clear();
                            State::Device
                        }
                        ESC => State::Escape,
                        CAN | SUB => State::Outside,
                        // Control characters act in the middle of a sequence without ending it.
                        0..0x20 | DEL => State::Escape,
                        _ => State::Outside,
                    };
                    index += 1;
                }
                State::Sequence => {
                    self.state = match bytes[index] {
                        b'>' => State::Question,
                        b'!' => State::Soft,
                        ESC => State::Escape,
                        _ => State::Outside,
                    };
                    index += 1;
                }
                State::Question => {
                    let byte = bytes[index];
                    index += 1;
                    match byte {
                        b'0'..=b'9' => {}
                        b'q' => {
                            self.state = State::Outside;
                            let mark = Some(Mark::NameAsked);
                            return Split { insert: MARK_OUTSIDE, mark, ..Split::all(index) };
                        }
                        ESC => self.state = State::Escape,
                        _ => self.state = State::Outside,
                    }
                }
                State::Soft => {
                    let byte = bytes[index];
                    index += 1;
                    self.state = if byte == ESC { State::Escape } else { State::Outside };
                    if byte == b'p' {
                        return Split { insert: SOFT_RESET, ..Split::all(index) };
                    }
                }
                State::Device => {
                    let end = bytes[index..].iter().position(|byte| matches!(*byte, CAN | SUB | ESC));
                    let run = end.unwrap_or(bytes.len() - index);
                    let room = (MAX_SETTING_BYTES + 1).saturating_sub(self.head.len()).min(run);
                    self.head.extend_from_slice(&bytes[index..index + room]);
                    index += run;
                    if end.is_some() {
                        let given_up = bytes[index] != ESC;
                        if let Some(mark) = self.setting().filter(|_| !given_up) {
                            // The escape that ends the string is read once more, from outside.
                            self.state = State::Outside;
                            let mark = Some(mark);
                            return Split { insert: MARK_OUTSIDE, mark, ..Split::all(index) };
                        }
                        self.state = if given_up { State::Outside } else { State::Escape };
                        index += 1;
                    }
                }
                State::Inside(len_bytes) => {
                    let ends = |byte: &u8| matches!(*byte, BEL | CAN | SUB | ESC);
                    let run = bytes[index..].iter().position(ends).unwrap_or(bytes.len() - index);
                    self.remember(&bytes[index..index + run]);
                    let room = self.limit.saturating_sub(len_bytes);
                    if run > room {
                        self.state = State::Inside(self.limit);
                        // Half of a text is not what was to be copied: this makes all of it unreadable.
                        let spoil = self.limit == MAX_CLIPBOARD_BYTES && !self.spoiled;
                        self.spoiled |= spoil;
                        let insert: &[u8] = if spoil { b"!" } else { b"" };
                        return Split { withhold: run - room, insert, ..Split::all(index + room) };
                    }
                    index += run;
                    self.state = State::Inside(len_bytes + run);
                    if let Some(end) = bytes.get(index).copied() {
                        self.state = if end == ESC { State::Escape } else { State::Outside };
                        if let Some(mark) = self.mark(end) {
                            // The escape that ends the string is read once more, from outside.
                            let withhold = usize::from(end == BEL);
                            self.state = State::Outside;
                            return Split { pass: index, withhold, insert: MARK, mark: Some(mark) };
                        }
                        index += 1;
                    }
                }
            }
        }
        Split::all(bytes.len())
    }

    fn enter(&mut self) -> State {
        self.head.clear();
        self.ordinary = false;
        self.limit = MAX_STRING_BYTES;
        self.spoiled = false;
        State::Inside(0)
    }

    fn remember(&mut self, run: &[u8]) {
        if self.ordinary || run.is_empty() {
            return;
        }
        let known = self.head.len();
        self.head.extend_from_slice(&run[..run.len().min(MAX_MARK_BYTES + 1 - known.min(MAX_MARK_BYTES))]);
        if known < NUMBER_BYTES && self.head.starts_with(b"52;") {
            self.limit = MAX_CLIPBOARD_BYTES;
        }
        let number = &self.head[..self.head.len().min(NUMBER_BYTES)];
        let possible =
            [&b"7;"[..], b"133;"].iter().any(|it| it.starts_with(number) || number.starts_with(it));
        let clipboard = number.len() < 3 && b"52;".starts_with(number);
        if (!possible && !clipboard) || self.head.len() > MAX_MARK_BYTES {
            self.ordinary = true;
            self.head = Vec::new();
        }
    }

    /// The setting that a string asks for, where it does.
    fn setting(&mut self) -> Option<Mark> {
        let head = std::mem::take(&mut self.head);
        let name = head.strip_prefix(b"$q").filter(|_| head.len() <= MAX_SETTING_BYTES)?;
        let name = std::str::from_utf8(name).ok()?;
        Some(Mark::SettingAsked(name.to_owned()))
    }

    /// The mark that the string is; none when it was given up in the middle.
    fn mark(&mut self, end: u8) -> Option<Mark> {
        if self.ordinary || !matches!(end, BEL | ESC) {
            return None;
        }
        Mark::parse(&std::mem::take(&mut self.head))
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

    fn passed(chunks: &[&[u8]]) -> (Vec<u8>, Vec<Mark>) {
        let (mut guard, mut out, mut marks) = (StringGuard::new(), Vec::new(), Vec::new());
        for mut rest in chunks.iter().copied() {
            while !rest.is_empty() {
                let split = guard.split(rest);
                out.extend_from_slice(&rest[..split.pass]);
                out.extend_from_slice(split.insert);
                marks.extend(split.mark);
                rest = &rest[split.pass + split.withhold..];
            }
        }
        (out, marks)
    }

    #[test]
    fn a_string_without_end_is_cut_and_its_end_still_seen() {
        let long = vec![b'x'; 3 * MAX_STRING_BYTES];
        let (out, _) = passed(&[b"a\x1b]0;", &long, &long, b"\x07b", b"\x1b]2;t\x1b\\c"]);
        assert_eq!(out.len(), 1 + 2 + MAX_STRING_BYTES + 2 + 8);
        assert!(out.ends_with(b"x\x07b\x1b]2;t\x1b\\c"));
    }

    #[test]
    fn a_text_for_the_clipboard_may_be_longer_and_is_spoiled_beyond() {
        let half = vec![b'A'; 600 * 1024];
        let (out, _) = passed(&[b"\x1b]52;c;", &half, b"\x07"]);
        assert_eq!(out.len(), 7 + half.len() + 1);
        let (out, _) = passed(&[b"\x1b]52;c;", &half, &half, &half, b"\x07"]);
        assert!(out.ends_with(b"A!\x07") && out.len() < MAX_CLIPBOARD_BYTES + 10, "{}", out.len());
    }

    #[test]
    fn marks_are_put_where_their_strings_end() {
        for bytes in [&b"a\x1b]133;A\x07b"[..], b"a\x1b]133;A\x1b\\b"] {
            let (out, marks) = passed(&[bytes]);
            assert_eq!(marks, [Mark::Prompt]);
            let text = String::from_utf8(out).unwrap();
            assert!(text.starts_with("a\x1b]133;A\x07\x1b[?59133h") && text.ends_with('b'), "{text:?}");
            let single: Vec<&[u8]> = bytes.chunks(1).collect();
            assert_eq!(passed(&single), (text.into_bytes(), marks));
        }
        // Given up in the middle, too long, another number.
        let long = format!("\x1b]7;file:///{}\x07", "x".repeat(MAX_MARK_BYTES));
        for bytes in
            [&b"\x1b]133;A\x18b"[..], long.as_bytes(), b"\x1b]1337;A\x07", b"\x1b]13\x07", b"\x1b]\x07"]
        {
            assert_eq!(passed(&[bytes]), (bytes.to_vec(), vec![]));
        }
    }

    #[test]
    fn the_question_for_the_name_is_found() {
        for bytes in [&b"\x1b[>q"[..], b"\x1b[>0q"] {
            assert_eq!(passed(&[bytes]).1, [Mark::NameAsked]);
        }
        for bytes in [&b"\x1b[>4;1m"[..], b"\x1b[q", b"\x1b[>\x1b[q"] {
            assert_eq!(passed(&[bytes]), (bytes.to_vec(), vec![]));
        }
    }

    #[test]
    fn questions_for_settings_are_found_in_any_pieces() {
        let asked = |name: &str| Mark::SettingAsked(name.to_owned());
        for (bytes, marks) in [
            (&b"\x1bP$qm\x1b\\"[..], vec![asked("m")]),
            (b"\x1bP$q q\x1b\\", vec![asked(" q")]),
            (b"\x1bP$q\x1b\\", vec![asked("")]),
            (b"\x1bP$qm\x18", vec![]),
            (b"\x1bP$q123456789\x1b\\", vec![]),
            (b"\x1bP+q544e\x1b\\\x1b]133;A\x07", vec![Mark::Prompt]),
        ] {
            let single: Vec<&[u8]> = bytes.chunks(1).collect();
            assert_eq!(passed(&[bytes]).1, marks, "{bytes:?}");
            assert_eq!(passed(&single), passed(&[bytes]), "{bytes:?}");
        }
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
        assert_eq!(passed(&[text]), (text.to_vec(), vec![]));
    }
}
