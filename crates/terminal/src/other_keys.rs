//! Keys that only kitty's keyboard protocol tells apart: those of the number pad, and modifiers and locks alone.

use crate::{Key, Modifiers};

/// A key of the number pad, by what it means at the moment: with its lock, or without.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeypadKey {
    /// 0 to 9.
    Digit(u8),
    /// The decimal point, or comma.
    Decimal,
    /// Division.
    Divide,
    /// Multiplication.
    Multiply,
    /// Subtraction.
    Subtract,
    /// Addition.
    Add,
    /// Return.
    Enter,
    /// Equals.
    Equal,
    /// The middle without the lock.
    Begin,
    /// What the others are without the lock: an arrow, a page, an end, insert, delete.
    Other(KeypadCursor),
}

/// Keys of the number pad without its lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeypadCursor {
    /// Arrow left.
    Left,
    /// Arrow right.
    Right,
    /// Arrow up.
    Up,
    /// Arrow down.
    Down,
    /// A page up.
    PageUp,
    /// A page down.
    PageDown,
    /// To the beginning.
    Home,
    /// To the end.
    End,
    /// Insert.
    Insert,
    /// Erases to the right.
    Delete,
}

impl KeypadKey {
    /// The key elsewhere on the keyboard that means the same; the middle without the lock has none.
    pub(crate) fn elsewhere(self) -> Option<Key> {
        Some(match self {
            KeypadKey::Digit(digit) => Key::Char(char::from(b'0' + digit.min(9))),
            KeypadKey::Decimal => Key::Char('.'),
            KeypadKey::Divide => Key::Char('/'),
            KeypadKey::Multiply => Key::Char('*'),
            KeypadKey::Subtract => Key::Char('-'),
            KeypadKey::Add => Key::Char('+'),
            KeypadKey::Equal => Key::Char('='),
            KeypadKey::Enter => Key::Enter,
            KeypadKey::Begin => return None,
            KeypadKey::Other(cursor) => match cursor {
                KeypadCursor::Left => Key::Left,
                KeypadCursor::Right => Key::Right,
                KeypadCursor::Up => Key::Up,
                KeypadCursor::Down => Key::Down,
                KeypadCursor::PageUp => Key::PageUp,
                KeypadCursor::PageDown => Key::PageDown,
                KeypadCursor::Home => Key::Home,
                KeypadCursor::End => Key::End,
                KeypadCursor::Insert => Key::Insert,
                KeypadCursor::Delete => Key::Delete,
            },
        })
    }

    /// Its number in the protocol ("Functional key definitions").
    pub(crate) fn code(self) -> u32 {
        match self {
            KeypadKey::Digit(digit) => 57_399 + u32::from(digit.min(9)),
            KeypadKey::Decimal => 57_409,
            KeypadKey::Divide => 57_410,
            KeypadKey::Multiply => 57_411,
            KeypadKey::Subtract => 57_412,
            KeypadKey::Add => 57_413,
            KeypadKey::Enter => 57_414,
            KeypadKey::Equal => 57_415,
            KeypadKey::Other(cursor) => 57_417 + cursor as u32,
            KeypadKey::Begin => 57_427,
        }
    }
}

/// A modifier or a lock that is pressed alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoneKey {
    /// Capitals.
    CapsLock,
    /// Scrolling.
    ScrollLock,
    /// Of the number pad.
    NumLock,
    /// Print screen.
    PrintScreen,
    /// Pause.
    Pause,
    /// The menu.
    Menu,
    /// Left shift.
    LeftShift,
    /// Left control.
    LeftControl,
    /// Left alt.
    LeftAlt,
    /// Right shift.
    RightShift,
    /// Right control.
    RightControl,
    /// Right alt.
    RightAlt,
}

impl LoneKey {
    /// Its number in the protocol.
    pub(crate) fn code(self) -> u32 {
        match self {
            LoneKey::CapsLock => 57_358,
            LoneKey::ScrollLock => 57_359,
            LoneKey::NumLock => 57_360,
            LoneKey::PrintScreen => 57_361,
            LoneKey::Pause => 57_362,
            LoneKey::Menu => 57_363,
            LoneKey::LeftShift => 57_441,
            LoneKey::LeftControl => 57_442,
            LoneKey::LeftAlt => 57_443,
            LoneKey::RightShift => 57_447,
            LoneKey::RightControl => 57_448,
            LoneKey::RightAlt => 57_449,
        }
    }

    /// Whether it is told to a program that has not asked for every key: locks and modifiers are not.
    pub(crate) fn is_for_everybody(self) -> bool {
        matches!(self, LoneKey::PrintScreen | LoneKey::Pause | LoneKey::Menu)
    }

    /// The modifiers as they are with it: its own counts while it is down, however the window system counts.
    pub(crate) fn with_its_own(self, held: Modifiers, down: bool) -> Modifiers {
        match self {
            LoneKey::LeftShift | LoneKey::RightShift => Modifiers { shift: down, ..held },
            LoneKey::LeftControl | LoneKey::RightControl => Modifiers { ctrl: down, ..held },
            LoneKey::LeftAlt | LoneKey::RightAlt => Modifiers { alt: down, ..held },
            _ => held,
        }
    }
}
