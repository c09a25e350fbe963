//! Keys by kitty's keyboard protocol, where a program asked for it; by xterm's otherwise.
//!
//! The protocol: <https://sw.kovidgoyal.net/kitty/keyboard-protocol/>. A key is `CSI code ; modifiers :
//! action ; text u`, or one of the older sequences with the same fields. What typing gives without it stays
//! text, unless the program wants every key.

use crate::{Key, KeypadKey, Modes, Modifiers, encode_key};
use std::fmt::Write as _;

/// What happened to a key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum KeyAction {
    /// It went down.
    #[default]
    Press,
    /// It is held down and types again.
    Repeat,
    /// It went up.
    Release,
}

/// A key, and what it typed.
#[derive(Clone, Copy, Debug)]
pub struct KeyEvent<'a> {
    /// The key; a character as it is without shift.
    pub key: Key,
    /// Keys held with it.
    pub modifiers: Modifiers,
    /// What happened to it.
    pub action: KeyAction,
    /// What it typed; empty for none.
    pub text: &'a str,
    /// The character of the key at this place of the usual keyboard, where it is another.
    pub base: Option<char>,
}

impl KeyEvent<'_> {
    /// A key that was pressed and typed nothing.
    #[must_use]
    pub fn pressed(key: Key, modifiers: Modifiers) -> Self {
        KeyEvent { key, modifiers, action: KeyAction::Press, text: "", base: None }
    }
}

/// The bytes of a key; empty for one that sends nothing.
#[must_use]
pub fn encode_key_event(event: &KeyEvent<'_>, modes: &Modes) -> Vec<u8> {
    let protocol = modes.keyboard;
    if event.action == KeyAction::Release && !protocol.event_types {
        return Vec::new();
    }
    if !protocol.is_on() || is_as_ever(event, modes) {
        return match (event.action, event.text.is_empty()) {
            (KeyAction::Release, _) => Vec::new(),
            (_, false) => typed(event),
            (_, true) => encode_key(event.key, event.modifiers, modes),
        };
    }
    match event.key {
        // Only who wants keys told apart hears of the number pad.
        Key::Keypad(key) if !protocol.disambiguate && !protocol.all_keys => {
            sequence(&KeyEvent { key: key.elsewhere().unwrap_or(event.key), ..*event }, modes)
        }
        Key::Lone(key) => {
            let down = event.action != KeyAction::Release;
            sequence(&KeyEvent { modifiers: key.with_its_own(event.modifiers, down), ..*event }, modes)
        }
        _ => sequence(event, modes),
    }
}

/// What was typed, with alt as xterm has it.
fn typed(event: &KeyEvent<'_>) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(event.text.len() + 1);
    if event.modifiers.alt {
        bytes.push(0x1b);
    }
    bytes.extend_from_slice(event.text.as_bytes());
    bytes
}

/// Whether a key sends what it does without the protocol.
fn is_as_ever(event: &KeyEvent<'_>, modes: &Modes) -> bool {
    let protocol = modes.keyboard;
    if protocol.all_keys {
        return false;
    }
    let Modifiers { shift, alt, ctrl } = event.modifiers;
    let released = event.action == KeyAction::Release;
    match event.key {
        // So that a shell can be used when a program left the protocol on.
        Key::Enter | Key::Tab | Key::Backspace => {
            released || !protocol.disambiguate || !(shift || alt || ctrl)
        }
        Key::Escape => !protocol.disambiguate && !released,
        // What it types stays text; what looks like another key is told apart.
        Key::Keypad(_) => !released && !event.text.is_empty() && !alt && !ctrl,
        Key::Lone(key) => !key.is_for_everybody(),
        Key::Char(_) => !released && (!protocol.disambiguate || !(alt || ctrl)),
        // Their sequences have fields for everything.
        _ => !protocol.event_types || event.action == KeyAction::Press,
    }
}

fn sequence(event: &KeyEvent<'_>, modes: &Modes) -> Vec<u8> {
    let (code, end) = match event.key {
        Key::Char(character) => (u32::from(character), 'u'),
        Key::Escape => (27, 'u'),
        Key::Enter => (13, 'u'),
        Key::Tab => (9, 'u'),
        Key::Backspace => (127, 'u'),
        Key::Up => (1, 'A'),
        Key::Down => (1, 'B'),
        Key::Right => (1, 'C'),
        Key::Left => (1, 'D'),
        Key::End => (1, 'F'),
        Key::Home => (1, 'H'),
        Key::Insert => (2, '~'),
        Key::Delete => (3, '~'),
        Key::PageUp => (5, '~'),
        Key::PageDown => (6, '~'),
        Key::Function(number) => match function(number) {
            Some(function) => function,
            None => return Vec::new(),
        },
        Key::Keypad(KeypadKey::Begin) if !modes.keyboard.disambiguate && !modes.keyboard.all_keys => (1, 'E'),
        Key::Keypad(key) => (key.code(), 'u'),
        Key::Lone(key) => (key.code(), 'u'),
    };
    let protocol = modes.keyboard;
    let mut fields = [code.to_string(), String::new(), String::new()];
    if let (Key::Char(character), true) = (event.key, protocol.alternate_keys) {
        let shifted = event.text.chars().next().filter(|it| event.modifiers.shift && *it != character);
        let base = event.base.filter(|it| *it != character);
        // Writing to a string does not fail.
        let _ = match (shifted.map(u32::from), base.map(u32::from)) {
            (Some(shifted), Some(base)) => write!(fields[0], ":{shifted}:{base}"),
            (Some(shifted), None) => write!(fields[0], ":{shifted}"),
            (None, Some(base)) => write!(fields[0], "::{base}"),
            (None, None) => Ok(()),
        };
    }
    let action = match event.action {
        KeyAction::Repeat if protocol.event_types => ":2",
        KeyAction::Release => ":3",
        _ => "",
    };
    let modifiers = event.modifiers.parameter();
    if modifiers > 1 || !action.is_empty() {
        fields[1] = format!("{modifiers}{action}");
    }
    let told = protocol.text && protocol.all_keys && event.action != KeyAction::Release;
    if told && !event.modifiers.ctrl {
        let codes = event.text.chars().filter(|c| !c.is_control()).map(|c| u32::from(c).to_string());
        fields[2] = codes.collect::<Vec<_>>().join(":");
    }
    let count = fields.iter().rposition(|field| !field.is_empty()).map_or(0, |last| last + 1);
    let bare = count == 1 && code == 1;
    let fields = if bare { String::new() } else { fields[..count].join(";") };
    // Cursor keys keep the form that the program set, as long as they are pressed alone.
    let introducer =
        if bare && modes.application_cursor && matches!(end, 'A'..='D' | 'F' | 'H') { 'O' } else { '[' };
    format!("\x1b{introducer}{fields}{end}").into_bytes()
}

/// F1 to F35. F3 has no letter: `CSI R` is an answer of the terminal.
fn function(number: u8) -> Option<(u32, char)> {
    const NUMBERS: [u8; 8] = [15, 17, 18, 19, 20, 21, 23, 24];
    Some(match number {
        1 => (1, 'P'),
        2 => (1, 'Q'),
        3 => (13, '~'),
        4 => (1, 'S'),
        5..=12 => (u32::from(NUMBERS[usize::from(number) - 5]), '~'),
        13..=35 => (57_376 + u32::from(number) - 13, 'u'),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::KeyboardProtocol;
    use KeyAction::{Press, Release, Repeat};

    fn modes(bits: u8) -> Modes {
        let has = |bit: u8| bits & bit != 0;
        let keyboard = KeyboardProtocol {
            disambiguate: has(1),
            event_types: has(2),
            alternate_keys: has(4),
            all_keys: has(8),
            text: has(16),
        };
        Modes { keyboard, ..Modes::default() }
    }

    fn sent(bits: u8, key: Key, modifiers: Modifiers, action: KeyAction, text: &str) -> String {
        let event = KeyEvent { key, modifiers, action, text, base: None };
        String::from_utf8(encode_key_event(&event, &modes(bits))).unwrap()
    }

    #[test]
    fn without_it_keys_are_xterms() {
        assert_eq!(sent(0, Key::Char('a'), Modifiers::NONE, Press, "a"), "a");
        assert_eq!(sent(0, Key::Char('a'), Modifiers::ALT, Press, "a"), "\x1ba");
        assert_eq!(sent(0, Key::Char('c'), Modifiers::CTRL, Press, ""), "\x03");
        assert_eq!(sent(0, Key::Escape, Modifiers::NONE, Press, ""), "\x1b");
        assert_eq!(sent(0, Key::Up, Modifiers::NONE, Release, ""), "");
    }

    #[test]
    fn keys_that_look_like_others_are_told_apart() {
        assert_eq!(sent(1, Key::Escape, Modifiers::NONE, Press, ""), "\x1b[27u");
        assert_eq!(sent(1, Key::Char('c'), Modifiers::CTRL, Press, ""), "\x1b[99;5u");
        assert_eq!(sent(1, Key::Char('a'), Modifiers::ALT, Press, "a"), "\x1b[97;3u");
        assert_eq!(sent(1, Key::Char('a'), Modifiers::SHIFT, Press, "A"), "A");
        assert_eq!(sent(1, Key::Char('i'), Modifiers::CTRL, Press, ""), "\x1b[105;5u");
        assert_eq!(sent(1, Key::Tab, Modifiers::NONE, Press, ""), "\t");
        assert_eq!(sent(1, Key::Tab, Modifiers::SHIFT, Press, ""), "\x1b[9;2u");
        assert_eq!(sent(1, Key::Enter, Modifiers::CTRL, Press, ""), "\x1b[13;5u");
        assert_eq!(sent(1, Key::Backspace, Modifiers::NONE, Press, ""), "\x7f");
        assert_eq!(sent(1, Key::Up, Modifiers::NONE, Press, ""), "\x1b[A");
        assert_eq!(sent(1, Key::Function(1), Modifiers::NONE, Press, ""), "\x1bOP");
        assert_eq!(sent(1, Key::Char('a'), Modifiers::NONE, Release, ""), "");
    }

    #[test]
    fn repetitions_and_releases_are_told() {
        assert_eq!(sent(3, Key::Up, Modifiers::NONE, Repeat, ""), "\x1b[1;1:2A");
        assert_eq!(sent(3, Key::Up, Modifiers::CTRL, Release, ""), "\x1b[1;5:3A");
        assert_eq!(sent(3, Key::Char('a'), Modifiers::NONE, Repeat, "a"), "a");
        assert_eq!(sent(3, Key::Char('a'), Modifiers::NONE, Release, ""), "\x1b[97;1:3u");
        assert_eq!(sent(3, Key::Enter, Modifiers::NONE, Release, ""), "");
        assert_eq!(sent(11, Key::Enter, Modifiers::NONE, Release, ""), "\x1b[13;1:3u");
        assert_eq!(sent(3, Key::Delete, Modifiers::NONE, Release, ""), "\x1b[3;1:3~");
    }

    #[test]
    fn every_key_with_what_it_typed() {
        assert_eq!(sent(8, Key::Char('a'), Modifiers::NONE, Press, "a"), "\x1b[97u");
        assert_eq!(sent(8 + 16, Key::Char('a'), Modifiers::SHIFT, Press, "A"), "\x1b[97;2;65u");
        assert_eq!(sent(8 + 16, Key::Char('a'), Modifiers::NONE, Press, "a"), "\x1b[97;;97u");
        assert_eq!(sent(8 + 4, Key::Char('1'), Modifiers::SHIFT, Press, "!"), "\x1b[49:33;2u");
        assert_eq!(sent(8, Key::Enter, Modifiers::NONE, Press, ""), "\x1b[13u");
        assert_eq!(sent(8, Key::Function(3), Modifiers::NONE, Press, ""), "\x1b[13~");
        assert_eq!(sent(8, Key::Function(13), Modifiers::NONE, Press, ""), "\x1b[57376u");
        let event = KeyEvent { base: Some('f'), ..KeyEvent::pressed(Key::Char('а'), Modifiers::CTRL) };
        assert_eq!(encode_key_event(&event, &modes(5)), b"\x1b[1072::102;5u");
    }

    #[test]
    fn the_number_pad_is_told_apart_where_it_is_wanted() {
        use crate::{
            KeypadCursor,
            KeypadKey::{Add, Begin, Digit, Enter, Other},
        };
        let seven = Key::Keypad(Digit(7));
        assert_eq!(sent(0, seven, Modifiers::NONE, Press, "7"), "7");
        assert_eq!(sent(1, seven, Modifiers::NONE, Press, "7"), "7");
        assert_eq!(sent(1, seven, Modifiers::CTRL, Press, ""), "\x1b[57406;5u");
        assert_eq!(sent(8 + 16, seven, Modifiers::NONE, Press, "7"), "\x1b[57406;;55u");
        assert_eq!(sent(1, Key::Keypad(Enter), Modifiers::NONE, Press, ""), "\x1b[57414u");
        assert_eq!(sent(0, Key::Keypad(Enter), Modifiers::NONE, Press, ""), "\r");
        let home = Key::Keypad(Other(KeypadCursor::Home));
        assert_eq!(sent(0, home, Modifiers::SHIFT, Press, ""), "\x1b[1;2H");
        assert_eq!(sent(1, home, Modifiers::SHIFT, Press, ""), "\x1b[57423;2u");
        assert_eq!(sent(2, home, Modifiers::NONE, Release, ""), "\x1b[1;1:3H");
        assert_eq!(sent(3, Key::Keypad(Add), Modifiers::NONE, Release, ""), "\x1b[57413;1:3u");
        assert_eq!(sent(0, Key::Keypad(Begin), Modifiers::NONE, Press, ""), "\x1b[E");
        assert_eq!(sent(1, Key::Keypad(Begin), Modifiers::NONE, Press, ""), "\x1b[57427u");
    }

    #[test]
    fn modifiers_alone_are_told_to_who_wants_every_key() {
        use crate::LoneKey::{LeftControl, Menu, RightShift};
        for bits in [0, 1, 3] {
            assert_eq!(sent(bits, Key::Lone(LeftControl), Modifiers::NONE, Press, ""), "");
            assert_eq!(sent(bits, Key::Lone(LeftControl), Modifiers::CTRL, Release, ""), "");
        }
        // Its own bit is set while it is down, whatever the window system says at that moment.
        assert_eq!(sent(8, Key::Lone(LeftControl), Modifiers::NONE, Press, ""), "\x1b[57442;5u");
        assert_eq!(sent(10, Key::Lone(RightShift), Modifiers::SHIFT, Release, ""), "\x1b[57447;1:3u");
        assert_eq!(sent(10, Key::Lone(RightShift), Modifiers::CTRL, Press, ""), "\x1b[57447;6u");
        assert_eq!(sent(1, Key::Lone(Menu), Modifiers::NONE, Press, ""), "\x1b[57363u");
    }

    #[test]
    fn cursor_keys_keep_their_form() {
        let modes = Modes { application_cursor: true, ..modes(9) };
        let up = |modifiers| encode_key_event(&KeyEvent::pressed(Key::Up, modifiers), &modes);
        assert_eq!(up(Modifiers::NONE), b"\x1bOA");
        assert_eq!(up(Modifiers::SHIFT), b"\x1b[1;2A");
    }
}
