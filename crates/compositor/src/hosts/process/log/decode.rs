//! From the bytes of a stream to lines of plain text: UTF-8 with replacements, escape sequences left out, a carriage
//! return begins the line anew (as progress bars do). Any bytes in any pieces give the same lines.

/// Longest line in bytes; what is longer is cut into several.
pub(super) const MAX_LINE_BYTES: usize = 8 * 1024;

/// The state between two pieces of a stream.
#[derive(Debug, Default)]
pub(super) struct Decoder {
    state: State,
    line: Vec<u8>,
    /// A carriage return came; what follows replaces the line, unless it is a line feed.
    returned: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Text,
    /// Behind ESC.
    Escape,
    /// In a control sequence, up to its final byte.
    Control,
    /// In a string that ends with BEL or ESC \.
    Text8,
    /// Behind an ESC in such a string.
    TextEnd,
}

impl Decoder {
    /// Takes bytes, and gives each whole line.
    pub(super) fn push(&mut self, bytes: &[u8], mut take: impl FnMut(String)) {
        for byte in bytes {
            self.byte(*byte, &mut take);
        }
    }

    /// What stands in a line that has not ended; `None` for nothing.
    pub(super) fn unfinished(&self) -> Option<String> {
        (!self.line.is_empty()).then(|| String::from_utf8_lossy(&self.line).into_owned())
    }

    /// The stream has ended: what there is of a line is one.
    pub(super) fn finish(&mut self, take: impl FnOnce(String)) {
        if let Some(line) = self.unfinished() {
            take(line);
        }
        *self = Decoder::default();
    }

    fn byte(&mut self, byte: u8, take: &mut impl FnMut(String)) {
        self.state = match (self.state, byte) {
            (State::Text, 0x1b) => State::Escape,
            (State::Text, _) => {
                self.text(byte, take);
                State::Text
            }
            (State::Escape, b'[') => State::Control,
            (State::Escape, b']' | b'P' | b'X' | b'^' | b'_') => State::Text8,
            // Intermediate bytes go on; anything else ends it.
            (State::Escape, 0x20..=0x2f | 0x1b) => State::Escape,
            (State::Escape, _) => State::Text,
            (State::Control, 0x40..=0x7e) => State::Text,
            (State::Control, 0x1b) => State::Escape,
            // A line feed inside a sequence was none of it.
            (State::Control | State::Text8, b'\n') => {
                self.text(byte, take);
                State::Text
            }
            (State::Control, _) => State::Control,
            (State::Text8, 0x07) => State::Text,
            (State::Text8, 0x1b) => State::TextEnd,
            (State::Text8, _) => State::Text8,
            (State::TextEnd, b'\\') => State::Text,
            (State::TextEnd, _) => State::Text8,
        };
    }

    fn text(&mut self, byte: u8, take: &mut impl FnMut(String)) {
        match byte {
            b'\n' => self.end_line(take),
            b'\r' => self.returned = true,
            0x08 => {
                self.line.pop();
            }
            // Other control characters show nothing.
            0..=0x07 | 0x0b..=0x1f | 0x7f => {}
            _ => {
                if std::mem::take(&mut self.returned) {
                    self.line.clear();
                }
                let full = self.line.len() >= MAX_LINE_BYTES;
                if full && (!is_continuation(byte) || self.line.len() >= MAX_LINE_BYTES + 4) {
                    self.end_line(take);
                }
                self.line.push(byte);
            }
        }
    }

    fn end_line(&mut self, take: &mut impl FnMut(String)) {
        self.returned = false;
        take(String::from_utf8_lossy(&std::mem::take(&mut self.line)).into_owned());
    }
}

/// A byte in the middle of a character; bounded, since bytes that are no text can be nothing else.
fn is_continuation(byte: u8) -> bool {
    byte & 0xc0 == 0x80
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(pieces: &[&[u8]]) -> Vec<String> {
        let (mut decoder, mut lines) = (Decoder::default(), Vec::new());
        for piece in pieces {
            decoder.push(piece, |line| lines.push(line));
        }
        decoder.finish(|line| lines.push(line));
        lines
    }

    #[test]
    fn escapes_go_and_returns_begin_anew() {
        assert_eq!(lines(&[b"\x1b[31mred\x1b[0m\n"]), ["red"]);
        assert_eq!(lines(&[b"10 %\r50 %\r100 %\r\ndone"]), ["100 %", "done"]);
        assert_eq!(lines(&[b"\x1b]0;title\x07a\x1b]8;;x\x1b\\b\n"]), ["ab"]);
        assert_eq!(lines(&[b"a\tb\x00\x01\n\n"]), ["a\tb", ""]);
        assert_eq!(lines(&["héé\n".as_bytes(), b"\xff\n"]), ["héé", "\u{fffd}"]);
    }

    #[test]
    fn pieces_make_no_difference_and_lines_are_bounded() {
        let mut bytes = Vec::new();
        let mut state = 7_u32;
        for _ in 0..40_000 {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            // Escape, return, line feed and a letter are frequent; the rest is anything.
            bytes.push(match state >> 24 & 7 {
                0 => 0x1b,
                1 => b'\r',
                2 => b'a',
                3 => b'[',
                _ => (state >> 16) as u8,
            });
        }
        let whole = lines(&[&bytes]);
        for size in [1, 3, 7, 1000] {
            assert_eq!(lines(&bytes.chunks(size).collect::<Vec<_>>()), whole, "{size}");
        }
        let long = vec![b'x'; 3 * MAX_LINE_BYTES];
        assert_eq!(lines(&[&long]).iter().map(String::len).collect::<Vec<_>>(), [MAX_LINE_BYTES; 3]);
        let odd = vec![0x80; 3 * MAX_LINE_BYTES];
        assert!(lines(&[&odd]).len() >= 2);
    }
}
