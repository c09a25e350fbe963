//! The keys of the shell: one table of actions and chords, read by the key handler, the key sheet, the
//! leader and the menus.
//!
//! Every action has a second way that no host desktop takes ([`RESERVED`] lists what they take; a test
//! holds it): another chord or the leader key F12 followed by one key. A focused terminal keeps the
//! chords marked `Owner::Focused`; there the Ctrl+Shift form is the shell's.

use egui::{Key, Modifiers};
use windows::Direction;

/// What a key can make the shell do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum ShellAction {
    Launcher,
    SwitchNext,
    SwitchPrevious,
    CloseWindow,
    Minimise,
    Zoom,
    QuitApp,
    NewWindow,
    Settings,
    Files,
    FullScreen,
    Terminal,
    TaskManager,
    Approvals,
    Notifications,
    Review,
    Screenshot,
    MoveByKeys,
    ResizeByKeys,
    KeySheet,
    ShellKeys,
    Snap(Direction),
}

/// Who gets the first chord while a terminal has the keyboard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Owner {
    /// The shell, always.
    Shell,
    /// The program in the terminal.
    Focused,
}

/// One row of the table.
pub(crate) struct Binding {
    pub(crate) action: ShellAction,
    pub(crate) label: &'static str,
    /// Tried in order; the first one is shown in menus.
    pub(crate) chords: &'static [&'static str],
    /// Key after F12.
    pub(crate) leader: &'static str,
    /// Who owns the first chord.
    pub(crate) first: Owner,
}

const fn row(
    action: ShellAction,
    label: &'static str,
    chords: &'static [&'static str],
    leader: &'static str,
    first: Owner,
) -> Binding {
    Binding { action, label, chords, leader, first }
}

/// All keys of the shell.
pub(crate) const BINDINGS: &[Binding] = &[
    row(
        ShellAction::Launcher,
        "Open the launcher",
        &["Ctrl+K", "Ctrl+Shift+K", "Super"],
        "K",
        Owner::Focused,
    ),
    row(ShellAction::SwitchNext, "Next window", &["Alt+Tab", "Ctrl+Backtick"], "Tab", Owner::Shell),
    row(
        ShellAction::SwitchPrevious,
        "Previous window",
        &["Alt+Shift+Tab", "Ctrl+Shift+Backtick"],
        "Backtick",
        Owner::Shell,
    ),
    row(ShellAction::CloseWindow, "Close window", &["Ctrl+W", "Ctrl+Shift+W"], "W", Owner::Focused),
    row(ShellAction::Minimise, "Minimise window", &["Ctrl+M", "Ctrl+Shift+M"], "M", Owner::Focused),
    row(ShellAction::Zoom, "Zoom window", &["Alt+F10", "Ctrl+Shift+G"], "Z", Owner::Shell),
    row(ShellAction::QuitApp, "Quit app", &["Ctrl+Q", "Ctrl+Shift+Q"], "Q", Owner::Focused),
    row(ShellAction::NewWindow, "New window", &["Ctrl+N", "Ctrl+Shift+N"], "N", Owner::Focused),
    row(ShellAction::Settings, "Settings", &["Ctrl+Comma", "Ctrl+Shift+Comma"], "Comma", Owner::Focused),
    row(ShellAction::Files, "Files", &["Ctrl+Shift+E"], "E", Owner::Shell),
    row(ShellAction::FullScreen, "Full screen", &["F11", "Shift+F11"], "F", Owner::Shell),
    row(ShellAction::Terminal, "Terminal", &["Ctrl+Alt+T", "Ctrl+Shift+Enter"], "T", Owner::Shell),
    row(ShellAction::TaskManager, "Task Manager", &["Ctrl+Shift+Escape", "Ctrl+Shift+Y"], "P", Owner::Shell),
    row(ShellAction::Approvals, "Approvals", &["Ctrl+Shift+A"], "A", Owner::Shell),
    row(ShellAction::Notifications, "Notifications", &["Ctrl+Shift+I"], "I", Owner::Shell),
    row(ShellAction::Review, "Review changes", &["Ctrl+Shift+R"], "V", Owner::Shell),
    row(ShellAction::Screenshot, "Screenshot", &["PrintScreen", "Ctrl+Shift+S"], "S", Owner::Shell),
    row(ShellAction::MoveByKeys, "Move window with arrows", &["Alt+F7"], "G", Owner::Shell),
    row(ShellAction::ResizeByKeys, "Resize window with arrows", &["Alt+F8"], "R", Owner::Shell),
    row(ShellAction::KeySheet, "Show all keys", &["F1", "Ctrl+Slash"], "H", Owner::Focused),
    row(ShellAction::ShellKeys, "Focus the menu bar", &["F10", "Ctrl+F2"], "B", Owner::Focused),
    row(
        ShellAction::Snap(Direction::Left),
        "Snap left",
        &["Alt+ArrowLeft", "Super+ArrowLeft", "Alt+Shift+ArrowLeft"],
        "ArrowLeft",
        Owner::Focused,
    ),
    row(
        ShellAction::Snap(Direction::Right),
        "Snap right",
        &["Alt+ArrowRight", "Super+ArrowRight", "Alt+Shift+ArrowRight"],
        "ArrowRight",
        Owner::Focused,
    ),
    row(
        ShellAction::Snap(Direction::Up),
        "Snap up",
        &["Alt+ArrowUp", "Super+ArrowUp", "Alt+Shift+ArrowUp"],
        "ArrowUp",
        Owner::Focused,
    ),
    row(
        ShellAction::Snap(Direction::Down),
        "Snap down",
        &["Alt+ArrowDown", "Super+ArrowDown", "Alt+Shift+ArrowDown"],
        "ArrowDown",
        Owner::Focused,
    ),
];

/// Chords that GNOME, KDE Plasma, Windows or macOS take for themselves by default (their own key lists,
/// looked up 2026). Nothing may depend on one of these alone.
#[cfg(test)]
pub(crate) const RESERVED: &[&str] = &[
    "Super",
    "Alt+Tab",
    "Alt+Shift+Tab",
    "Alt+F2",
    "Alt+F4",
    "Alt+F7",
    "Alt+F8",
    "Alt+F10",
    "Alt+Escape",
    "Alt+Space",
    "Ctrl+Alt+T",
    "Ctrl+Alt+ArrowLeft",
    "Ctrl+Alt+ArrowRight",
    "Ctrl+Alt+ArrowUp",
    "Ctrl+Alt+ArrowDown",
    "Ctrl+Shift+Escape",
    "Ctrl+Escape",
    "PrintScreen",
    "Super+ArrowLeft",
    "Super+ArrowRight",
    "Super+ArrowUp",
    "Super+ArrowDown",
    "Super+Tab",
    "F11",
    "Ctrl+F2",
    "F10",
];

/// The key that waits for one more.
pub(crate) const LEADER: Key = Key::F12;

/// A key with modifiers. Super is a modifier here; egui reports it as a key of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chord {
    /// Ctrl is held.
    pub ctrl: bool,
    /// Alt is held.
    pub alt: bool,
    /// Shift is held.
    pub shift: bool,
    /// Super is held.
    pub sup: bool,
    /// `None`: the modifier alone (Super).
    pub key: Option<Key>,
}

impl Chord {
    /// Reads `Ctrl+Shift+K`. `None` for words that are no key.
    #[must_use]
    pub fn parse(text: &str) -> Option<Chord> {
        let mut chord = Chord { ctrl: false, alt: false, shift: false, sup: false, key: None };
        for word in text.split('+').map(str::trim) {
            match word.to_ascii_lowercase().as_str() {
                "ctrl" | "control" | "cmd" | "command" => chord.ctrl = true,
                "alt" | "option" => chord.alt = true,
                "shift" => chord.shift = true,
                "super" | "win" | "meta" => chord.sup = true,
                _ if chord.key.is_some() => return None,
                _ => chord.key = Some(key_named(word)?),
            }
        }
        (chord.key.is_some() || chord.sup).then_some(chord)
    }

    /// What was pressed, with whether Super is held.
    pub(crate) fn pressed(key: Key, modifiers: Modifiers, sup: bool) -> Chord {
        Chord {
            ctrl: modifiers.ctrl || modifiers.command,
            alt: modifiers.alt,
            shift: modifiers.shift,
            sup,
            key: Some(key),
        }
    }
}

/// A key by egui's name or the symbol on it.
#[must_use]
pub fn key_named(name: &str) -> Option<Key> {
    Key::from_name(name).or_else(|| {
        let mut chars = name.chars();
        let first = chars.next()?.to_ascii_uppercase();
        let capitalised: String =
            std::iter::once(first).chain(chars.map(|c| c.to_ascii_lowercase())).collect();
        Key::from_name(&capitalised)
    })
}

/// The action of a chord, where the shell has one for it.
pub(crate) fn action_of(chord: Chord, terminal_focused: bool) -> Option<ShellAction> {
    BINDINGS.iter().find_map(|binding| {
        binding
            .chords
            .iter()
            .enumerate()
            .filter(|(at, _)| !(terminal_focused && *at == 0 && binding.first == Owner::Focused))
            .any(|(_, text)| Chord::parse(text) == Some(chord))
            .then_some(binding.action)
    })
}

/// The action of the key after the leader.
pub(crate) fn leader_action(key: Key) -> Option<ShellAction> {
    BINDINGS.iter().find(|binding| key_named(binding.leader) == Some(key)).map(|binding| binding.action)
}

/// The first chord of an action, as menus show it.
pub(crate) fn shown(action: ShellAction) -> String {
    BINDINGS
        .iter()
        .find(|binding| binding.action == action)
        .and_then(|binding| binding.chords.first())
        .map(|chord| pretty(chord))
        .unwrap_or_default()
}

/// `Ctrl+Comma` → `Ctrl+,`.
pub(crate) fn pretty(chord: &str) -> String {
    chord
        .split('+')
        .map(|word| match word {
            "Comma" => ",",
            "Slash" => "/",
            "Backtick" => "`",
            "ArrowLeft" => "←",
            "ArrowRight" => "→",
            "ArrowUp" => "↑",
            "ArrowDown" => "↓",
            "Escape" => "Esc",
            other => other,
        })
        .collect::<Vec<_>>()
        .join("+")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn each_chord_parses_and_belongs_to_one_action() {
        let mut seen = HashSet::new();
        let mut leaders = HashSet::new();
        for binding in BINDINGS {
            for chord in binding.chords {
                assert!(Chord::parse(chord).is_some(), "{chord}");
                assert!(seen.insert(*chord), "{chord} twice");
            }
            assert!(key_named(binding.leader).is_some(), "{}", binding.leader);
            assert!(leaders.insert(binding.leader), "leader {} twice", binding.leader);
        }
    }

    #[test]
    fn each_action_can_be_reached_where_the_host_takes_its_keys() {
        let taken: Vec<Chord> = RESERVED.iter().filter_map(|text| Chord::parse(text)).collect();
        assert_eq!(taken.len(), RESERVED.len());
        assert!(!taken.iter().any(|chord| chord.key == Some(LEADER)));
        for binding in BINDINGS {
            let free =
                binding.chords.iter().filter_map(|c| Chord::parse(c)).filter(|c| !taken.contains(c)).count();
            // The leader counts as one way; so two ways are left, or the leader alone.
            assert!(free + usize::from(!binding.leader.is_empty()) >= 1, "{}", binding.label);
        }
    }

    #[test]
    fn a_terminal_keeps_the_control_keys_of_its_program() {
        let close = Chord::parse("Ctrl+W").unwrap();
        assert_eq!(action_of(close, false), Some(ShellAction::CloseWindow));
        assert_eq!(action_of(close, true), None);
        assert_eq!(action_of(Chord::parse("Ctrl+Shift+W").unwrap(), true), Some(ShellAction::CloseWindow));
    }

    #[test]
    fn names_are_read_as_people_write_them() {
        assert_eq!(Chord::parse("ctrl+k"), Chord::parse("Ctrl+K"));
        assert_eq!(Chord::parse("alt+left").unwrap().key, Some(Key::ArrowLeft));
        assert!(Chord::parse("Ctrl+Nonsense").is_none());
    }
}
