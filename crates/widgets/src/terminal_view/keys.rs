//! egui's keys in the terminal's words.

use egui::Modifiers;
use terminal::{Key, KeypadCursor, KeypadKey, LoneKey};

/// Modifiers as the terminal has them.
pub(super) fn modifiers(modifiers: Modifiers) -> terminal::Modifiers {
    terminal::Modifiers { shift: modifiers.shift, alt: modifiers.alt, ctrl: modifiers.ctrl }
}

/// A key that types nothing.
pub(super) fn named(key: egui::Key) -> Option<Key> {
    use egui::Key as E;
    Some(match key {
        E::Enter => Key::Enter,
        E::Tab => Key::Tab,
        E::Backspace => Key::Backspace,
        E::Escape => Key::Escape,
        E::ArrowUp => Key::Up,
        E::ArrowDown => Key::Down,
        E::ArrowLeft => Key::Left,
        E::ArrowRight => Key::Right,
        E::Home => Key::Home,
        E::End => Key::End,
        E::Insert => Key::Insert,
        E::Delete => Key::Delete,
        E::PageUp => Key::PageUp,
        E::PageDown => Key::PageDown,
        _ => Key::Function(key.name().strip_prefix('F')?.parse().ok()?),
    })
}

/// A key of the number pad, by what it means with its lock or without; `None` where it is none that is known.
pub(super) fn keypad(key: egui::Key, types: bool) -> Option<Key> {
    use egui::Key as E;
    let digit = |digit| Some(Key::Keypad(KeypadKey::Digit(digit)));
    let other = |cursor| Some(Key::Keypad(KeypadKey::Other(cursor)));
    match key {
        E::Num0 => digit(0),
        E::Num1 => digit(1),
        E::Num2 => digit(2),
        E::Num3 => digit(3),
        E::Num4 => digit(4),
        // Without the lock the one in the middle has no meaning of its own; its place names it.
        E::Num5 if !types => Some(Key::Keypad(KeypadKey::Begin)),
        E::Num5 => digit(5),
        E::Num6 => digit(6),
        E::Num7 => digit(7),
        E::Num8 => digit(8),
        E::Num9 => digit(9),
        E::Period | E::Comma => Some(Key::Keypad(KeypadKey::Decimal)),
        E::Slash => Some(Key::Keypad(KeypadKey::Divide)),
        E::Minus => Some(Key::Keypad(KeypadKey::Subtract)),
        E::Plus => Some(Key::Keypad(KeypadKey::Add)),
        E::Equals => Some(Key::Keypad(KeypadKey::Equal)),
        E::Enter => Some(Key::Keypad(KeypadKey::Enter)),
        E::ArrowLeft => other(KeypadCursor::Left),
        E::ArrowRight => other(KeypadCursor::Right),
        E::ArrowUp => other(KeypadCursor::Up),
        E::ArrowDown => other(KeypadCursor::Down),
        E::PageUp => other(KeypadCursor::PageUp),
        E::PageDown => other(KeypadCursor::PageDown),
        E::Home => other(KeypadCursor::Home),
        E::End => other(KeypadCursor::End),
        E::Insert => other(KeypadCursor::Insert),
        E::Delete => other(KeypadCursor::Delete),
        _ => None,
    }
}

/// A key that does nothing without another.
pub(super) fn lone(key: egui::Key) -> Option<Key> {
    use egui::Key as E;
    Some(Key::Lone(match key {
        E::CapsLock => LoneKey::CapsLock,
        E::ScrollLock => LoneKey::ScrollLock,
        E::NumLock => LoneKey::NumLock,
        E::PrintScreen => LoneKey::PrintScreen,
        E::Pause => LoneKey::Pause,
        E::Menu => LoneKey::Menu,
        E::ShiftLeft => LoneKey::LeftShift,
        E::ControlLeft => LoneKey::LeftControl,
        E::AltLeft => LoneKey::LeftAlt,
        E::ShiftRight => LoneKey::RightShift,
        E::ControlRight => LoneKey::RightControl,
        E::AltRight => LoneKey::RightAlt,
        _ => return None,
    }))
}

/// The character of a key that types one, for use with control held down, when no text comes.
pub(super) fn character(key: egui::Key) -> Option<char> {
    if key == egui::Key::Space {
        return Some(' ');
    }
    let name = key.symbol_or_name();
    let mut characters = name.chars();
    match (characters.next(), characters.next()) {
        (Some(only), None) if only.is_ascii_graphic() => Some(only.to_ascii_lowercase()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_of_a_keyboard_has_its_meaning() {
        assert_eq!(named(egui::Key::F12), Some(Key::Function(12)));
        assert_eq!(named(egui::Key::F), None);
        assert_eq!(named(egui::Key::A), None);
        for (key, expected) in [
            (egui::Key::C, 'c'),
            (egui::Key::OpenBracket, '['),
            (egui::Key::Backslash, '\\'),
            (egui::Key::Slash, '/'),
            (egui::Key::Num6, '6'),
            (egui::Key::Space, ' '),
        ] {
            assert_eq!(character(key), Some(expected), "{key:?}");
        }
        assert_eq!(character(egui::Key::F1), None);
        assert_eq!(character(egui::Key::ArrowUp), None);
    }
}
