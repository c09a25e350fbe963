//! Clipboard text and focus on their way to the program.

use crate::Modes;

/// Most text of one paste, in bytes; the rest is cut off at a character.
const MAX_PASTE_BYTES: usize = 16 * 1024 * 1024;

/// Pasted text: line ends as the return key sends them, between marks where the program asked for
/// them. Control characters other than tab are left out, so that text can neither end the marks nor
/// press keys.
#[must_use]
pub fn encode_paste(text: &str, modes: &Modes) -> Vec<u8> {
    let text = &text[..text.floor_char_boundary(MAX_PASTE_BYTES)];
    let mut bytes = Vec::with_capacity(text.len() + 12);
    if modes.bracketed_paste {
        bytes.extend_from_slice(b"\x1b[200~");
    }
    let mut previous = ' ';
    for character in text.chars() {
        match character {
            '\n' if previous == '\r' => {}
            '\n' | '\r' => bytes.push(b'\r'),
            '\t' => bytes.push(b'\t'),
            _ if character.is_control() => {}
            _ => bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes()),
        }
        previous = character;
    }
    if modes.bracketed_paste {
        bytes.extend_from_slice(b"\x1b[201~");
    }
    bytes
}

/// Whether pasting this would press return, which a user should be asked about when the program
/// does not take marks.
#[must_use]
pub fn is_multi_line(text: &str) -> bool {
    text.trim_end_matches(['\r', '\n']).contains(['\r', '\n'])
}

/// What tells the program that its window got (or lost) the focus; `None` when it did not ask.
#[must_use]
pub fn encode_focus(focused: bool, modes: &Modes) -> Option<&'static [u8]> {
    modes.focus_events.then_some(if focused { b"\x1b[I" } else { b"\x1b[O" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pasted_text_cannot_press_keys() {
        let plain = Modes::default();
        let marked = Modes { bracketed_paste: true, ..plain };
        assert_eq!(encode_paste("a\r\nb\nc\rd\te", &plain), b"a\rb\rc\rd\te");
        assert_eq!(
            encode_paste("x\x1b[201~\x03rm -rf\x7f\u{9b}1", &marked),
            b"\x1b[200~x[201~rm -rf1\x1b[201~"
        );
    }

    #[test]
    fn a_line_end_at_the_end_is_still_one_line() {
        assert!(!is_multi_line("ls -l\n") && is_multi_line("a\nb") && !is_multi_line(""));
    }

    #[test]
    fn focus_is_told_to_who_asked() {
        assert_eq!(encode_focus(true, &Modes::default()), None);
        let modes = Modes { focus_events: true, ..Modes::default() };
        assert_eq!(encode_focus(false, &modes), Some(&b"\x1b[O"[..]));
    }
}
