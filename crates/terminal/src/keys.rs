//! Keys as xterm sends them (ctlseqs.txt, "PC-Style Function Keys" and "Alt and Meta Keys").

use crate::{KeypadKey, LoneKey, Modes};

/// A key of the keyboard, by what it means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    /// A key that types something, with that character.
    Char(char),
    /// Return.
    Enter,
    /// Tabulator.
    Tab,
    /// Erases to the left.
    Backspace,
    /// Escape.
    Escape,
    /// Arrow up.
    Up,
    /// Arrow down.
    Down,
    /// Arrow left.
    Left,
    /// Arrow right.
    Right,
    /// To the beginning.
    Home,
    /// To the end.
    End,
    /// Insert.
    Insert,
    /// Erases to the right.
    Delete,
    /// A page up.
    PageUp,
    /// A page down.
    PageDown,
    /// F1 to F20; to F35 by kitty's protocol.
    Function(u8),
    /// One of the number pad.
    Keypad(KeypadKey),
    /// One that does nothing without another.
    Lone(LoneKey),
}

/// Keys held down.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Modifiers {
    /// Shift.
    pub shift: bool,
    /// Alt, or Option.
    pub alt: bool,
    /// Control.
    pub ctrl: bool,
}

impl Modifiers {
    /// None of them.
    pub const NONE: Modifiers = Modifiers { shift: false, alt: false, ctrl: false };
    /// Control alone.
    pub const CTRL: Modifiers = Modifiers { ctrl: true, ..Modifiers::NONE };
    /// Alt alone.
    pub const ALT: Modifiers = Modifiers { alt: true, ..Modifiers::NONE };
    /// Shift alone.
    pub const SHIFT: Modifiers = Modifiers { shift: true, ..Modifiers::NONE };

    /// xterm's parameter: one more than the sum of 1 shift, 2 alt, 4 control.
    pub(crate) fn parameter(self) -> u8 {
        1 + u8::from(self.shift) + 2 * u8::from(self.alt) + 4 * u8::from(self.ctrl)
    }
}

/// The bytes of a key; empty for one that sends nothing (F21).
#[must_use]
pub fn encode_key(key: Key, modifiers: Modifiers, modes: &Modes) -> Vec<u8> {
    match key {
        Key::Up => letter(b'A', modifiers, modes),
        Key::Down => letter(b'B', modifiers, modes),
        Key::Right => letter(b'C', modifiers, modes),
        Key::Left => letter(b'D', modifiers, modes),
        Key::End => letter(b'F', modifiers, modes),
        Key::Home => letter(b'H', modifiers, modes),
        Key::Insert => numbered(2, modifiers),
        Key::Delete => numbered(3, modifiers),
        Key::PageUp => numbered(5, modifiers),
        Key::PageDown => numbered(6, modifiers),
        Key::Function(number) => function(number, modifiers),
        Key::Tab if modifiers.shift => with_alt(b"\x1b[Z", modifiers),
        Key::Tab => with_alt(b"\t", modifiers),
        Key::Enter if modes.newline => with_alt(b"\r\n", modifiers),
        Key::Enter => with_alt(b"\r", modifiers),
        Key::Escape => with_alt(b"\x1b", modifiers),
        Key::Backspace if modifiers.ctrl => with_alt(b"\x08", modifiers),
        Key::Backspace => with_alt(b"\x7f", modifiers),
        Key::Char(character) => char_key(character, modifiers),
        Key::Keypad(KeypadKey::Begin) => letter(b'E', modifiers, modes),
        Key::Keypad(key) => key.elsewhere().map(|key| encode_key(key, modifiers, modes)).unwrap_or_default(),
        Key::Lone(_) => Vec::new(),
    }
}

fn with_alt(bytes: &[u8], modifiers: Modifiers) -> Vec<u8> {
    let mut all = Vec::with_capacity(bytes.len() + 1);
    if modifiers.alt {
        all.push(0x1b);
    }
    all.extend_from_slice(bytes);
    all
}

/// Cursor keys: a letter, which application mode introduces otherwise, but never with modifiers.
fn letter(letter: u8, modifiers: Modifiers, modes: &Modes) -> Vec<u8> {
    match (modifiers.parameter(), modes.application_cursor) {
        (1, true) => vec![0x1b, b'O', letter],
        (1, false) => vec![0x1b, b'[', letter],
        (parameter, _) => format!("\x1b[1;{parameter}{}", letter as char).into_bytes(),
    }
}

fn numbered(number: u8, modifiers: Modifiers) -> Vec<u8> {
    match modifiers.parameter() {
        1 => format!("\x1b[{number}~").into_bytes(),
        parameter => format!("\x1b[{number};{parameter}~").into_bytes(),
    }
}

fn function(number: u8, modifiers: Modifiers) -> Vec<u8> {
    /// F5 to F20; the gaps are the VT220's.
    const NUMBERS: [u8; 16] = [15, 17, 18, 19, 20, 21, 23, 24, 25, 26, 28, 29, 31, 32, 33, 34];
    match number {
        1..=4 => {
            let letter = b'P' + number - 1;
            match modifiers.parameter() {
                1 => vec![0x1b, b'O', letter],
                parameter => format!("\x1b[1;{parameter}{}", letter as char).into_bytes(),
            }
        }
        5..=20 => numbered(NUMBERS[usize::from(number) - 5], modifiers),
        _ => Vec::new(),
    }
}

fn char_key(character: char, modifiers: Modifiers) -> Vec<u8> {
    let control = modifiers.ctrl.then(|| control(character)).flatten();
    match control {
        Some(byte) => with_alt(&[byte], modifiers),
        None => with_alt(character.encode_utf8(&mut [0; 4]).as_bytes(), modifiers),
    }
}

/// The control character of a key, digits included as the VT220 has them.
fn control(character: char) -> Option<u8> {
    match character {
        'a'..='z' | 'A'..='Z' | '[' | '\\' | ']' | '^' | '_' => Some(character as u8 & 0x1f),
        '@' | ' ' | '2' => Some(0x00),
        '3' => Some(0x1b),
        '4' => Some(0x1c),
        '5' => Some(0x1d),
        '6' => Some(0x1e),
        '7' | '/' | '-' => Some(0x1f),
        '8' | '?' => Some(0x7f),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(key: Key, modifiers: Modifiers, expected: &str) {
        let bytes = encode_key(key, modifiers, &Modes::default());
        assert_eq!(String::from_utf8_lossy(&bytes), expected, "{key:?} {modifiers:?}");
    }

    #[test]
    fn keys_are_xterms() {
        let ctrl_shift = Modifiers { shift: true, ..Modifiers::CTRL };
        let ctrl_alt = Modifiers { alt: true, ..Modifiers::CTRL };
        for (key, modifiers, expected) in [
            (Key::Up, Modifiers::NONE, "\x1b[A"),
            (Key::Left, Modifiers::CTRL, "\x1b[1;5D"),
            (Key::Right, ctrl_shift, "\x1b[1;6C"),
            (Key::Home, Modifiers::NONE, "\x1b[H"),
            (Key::End, Modifiers::SHIFT, "\x1b[1;2F"),
            (Key::Delete, Modifiers::NONE, "\x1b[3~"),
            (Key::PageUp, Modifiers::ALT, "\x1b[5;3~"),
            (Key::Function(1), Modifiers::NONE, "\x1bOP"),
            (Key::Function(4), Modifiers::CTRL, "\x1b[1;5S"),
            (Key::Function(5), Modifiers::NONE, "\x1b[15~"),
            (Key::Function(12), Modifiers::SHIFT, "\x1b[24;2~"),
            (Key::Function(20), Modifiers::NONE, "\x1b[34~"),
            (Key::Function(21), Modifiers::NONE, ""),
            (Key::Function(0), Modifiers::NONE, ""),
            (Key::Tab, Modifiers::SHIFT, "\x1b[Z"),
            (Key::Enter, Modifiers::NONE, "\r"),
            (Key::Enter, Modifiers::ALT, "\x1b\r"),
            (Key::Backspace, Modifiers::NONE, "\x7f"),
            (Key::Backspace, Modifiers::CTRL, "\x08"),
            (Key::Escape, Modifiers::NONE, "\x1b"),
            (Key::Char('c'), Modifiers::CTRL, "\x03"),
            (Key::Char('C'), ctrl_shift, "\x03"),
            (Key::Char(' '), Modifiers::CTRL, "\0"),
            (Key::Char('x'), Modifiers::ALT, "\x1bx"),
            (Key::Char('x'), ctrl_alt, "\x1b\x18"),
            (Key::Char('é'), Modifiers::NONE, "é"),
            (Key::Char('1'), Modifiers::CTRL, "1"),
        ] {
            check(key, modifiers, expected);
        }
    }

    #[test]
    fn modes_change_arrows_and_return() {
        let modes = Modes { application_cursor: true, newline: true, ..Modes::default() };
        assert_eq!(encode_key(Key::Up, Modifiers::NONE, &modes), b"\x1bOA");
        assert_eq!(encode_key(Key::Up, Modifiers::CTRL, &modes), b"\x1b[1;5A");
        assert_eq!(encode_key(Key::Enter, Modifiers::NONE, &modes), b"\r\n");
    }
}
