//! egui's keys in the terminal's words.

use egui::Modifiers;
use terminal::Key;

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
