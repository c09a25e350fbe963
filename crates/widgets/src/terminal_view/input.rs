//! Keys, text, clipboard and input method into bytes.
//!
//! With control held down egui names three keys by what they usually do: copy, cut, paste. In a
//! terminal they are `^C`, `^X`, `^V`, and the clipboard's need shift as well.
//!
//! A key that types something comes as two events, the key and its text. By xterm's rules the text is sent
//! and the key is not; by kitty's keyboard protocol, where a program asked for it, the two are one.

use super::{keys, view::TerminalOutput};
use crate::number_pad;
use egui::{Event, ImeEvent, Key, Modifiers};
use terminal::{
    Jump, KeyAction, KeyEvent, Modes, Scroll, Terminal, encode_key, encode_key_event, encode_paste,
    is_multi_line,
};

/// What a frame's events did beside sending bytes.
#[derive(Debug, Default)]
pub(super) struct Typed {
    /// Something was sent by the keyboard: the view goes to the newest line.
    pub(super) sent: bool,
    /// Shift and control with V: the clipboard is to be asked for.
    pub(super) wants_paste: bool,
    /// The search bar is to be opened.
    pub(super) wants_search: bool,
    /// The text is to have another size.
    pub(super) zoom: Option<Zoom>,
}

/// How the size of the text changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Zoom {
    Larger,
    Smaller,
    Usual,
}

/// What lasts from frame to frame.
#[derive(Debug, Default)]
pub(super) struct Keyboard {
    /// Text that an input method is composing.
    pub(super) preedit: String,
    /// Keys that were told to the program as pressed, so that their release is too.
    down: Vec<(Key, terminal::Key)>,
}

/// Keys that can be down at once; more is a mistake of the host.
const MAX_DOWN: usize = 32;

impl Keyboard {
    /// Handles the events of a frame. `held` are the modifiers at its beginning.
    pub(super) fn handle(
        &mut self,
        events: &[Event],
        held: Modifiers,
        terminal: &mut Terminal,
        output: &mut TerminalOutput,
    ) -> Typed {
        let (mut typed, mut held, mut skip) = (Typed::default(), held, false);
        for (index, event) in events.iter().enumerate() {
            if std::mem::take(&mut skip) {
                continue;
            }
            if let Event::ModifiersChanged(modifiers) = event {
                held = *modifiers;
            }
            let text = match events.get(index + 1) {
                Some(Event::Text(text)) if terminal.modes().keyboard.is_on() => Some(text.as_str()),
                _ => None,
            };
            let before = output.bytes.len();
            skip = self.event(event, text, held, terminal, output, &mut typed);
            // A modifier alone is on the way to a chord, perhaps of the view.
            let is_lone = matches!(event, Event::Key { key, .. } if keys::lone(*key).is_some());
            typed.sent |= output.bytes.len() > before && !is_lone;
        }
        typed
    }

    /// Nothing is down any more, for example because the keyboard went elsewhere.
    pub(super) fn let_go(&mut self) {
        self.down.clear();
        self.preedit.clear();
    }

    /// One event; `text` is what it types, where the next event says so. Tells whether that is done with.
    fn event(
        &mut self,
        event: &Event,
        text: Option<&str>,
        held: Modifiers,
        terminal: &mut Terminal,
        output: &mut TerminalOutput,
        typed: &mut Typed,
    ) -> bool {
        let modes = terminal.modes();
        let control = |character: char| {
            let key = KeyEvent::pressed(terminal::Key::Char(character), keys::modifiers(held));
            encode_key_event(&key, &modes)
        };
        match event {
            Event::Text(text) => text_typed(text, held, &modes, output),
            Event::Key { key, physical_key, pressed, repeat, modifiers } => {
                // Only the protocol has words for the number pad.
                let physical = physical_key.filter(|_| modes.keyboard.is_on());
                let pressed_key = PressedKey { key: *key, physical, modifiers: *modifiers };
                return match (pressed, shortcut(pressed_key, &modes)) {
                    (true, Some(shortcut)) => {
                        act(shortcut, terminal, output, typed);
                        // What the chord would type is not typed.
                        text.is_some()
                    }
                    (true, None) => {
                        let action = if *repeat { KeyAction::Repeat } else { KeyAction::Press };
                        self.pressed(pressed_key, action, text, &modes, output)
                    }
                    (false, _) => {
                        self.released(pressed_key, &modes, output);
                        false
                    }
                };
            }
            Event::Copy if held.ctrl && !held.shift => output.bytes.extend(control('c')),
            Event::Copy => output.copy = terminal.selected_text().or(output.copy.take()),
            Event::Cut if held.ctrl && !held.shift => output.bytes.extend(control('x')),
            Event::Paste(_) if held.ctrl && !held.shift => output.bytes.extend(control('v')),
            Event::Paste(text) => paste(text, terminal, output),
            Event::Ime(ImeEvent::Preedit { text, .. }) => self.preedit.clone_from(text),
            Event::Ime(ImeEvent::Commit(text)) => {
                self.preedit.clear();
                // Return and the like come as keys too.
                if !matches!(text.as_str(), "\n" | "\r") {
                    output.bytes.extend_from_slice(text.as_bytes());
                }
            }
            Event::Ime(ImeEvent::DeleteSurrounding { before_chars, .. }) => {
                let erase = encode_key(terminal::Key::Backspace, terminal::Modifiers::NONE, &modes);
                (0..(*before_chars).min(64)).for_each(|_| output.bytes.extend_from_slice(&erase));
            }
            _ => {}
        }
        false
    }

    fn pressed(
        &mut self,
        pressed: PressedKey,
        action: KeyAction,
        text: Option<&str>,
        modes: &Modes,
        output: &mut TerminalOutput,
    ) -> bool {
        let Some((key, base)) = pressed.meant(text) else { return false };
        let is_character = types(key);
        // Without the protocol characters come as text, unless control makes them something else.
        if is_character && text.is_none() && !modes.keyboard.is_on() && !pressed.modifiers.ctrl {
            return false;
        }
        let modifiers = keys::modifiers(pressed.modifiers);
        let event = KeyEvent { key, modifiers, action, text: text.unwrap_or_default(), base };
        output.bytes.extend(encode_key_event(&event, modes));
        self.down.retain(|(down, _)| *down != pressed.key);
        if self.down.len() < MAX_DOWN {
            self.down.push((pressed.key, key));
        }
        text.is_some()
    }

    fn released(&mut self, released: PressedKey, modes: &Modes, output: &mut TerminalOutput) {
        let Some(index) = self.down.iter().position(|(key, _)| *key == released.key) else { return };
        // Without its text a key of the number pad cannot be told; what went down comes up.
        let (_, went_down) = self.down.swap_remove(index);
        if let Some((key, base)) = released.meant(None) {
            let key = if matches!(went_down, terminal::Key::Keypad(_)) { went_down } else { key };
            let modifiers = keys::modifiers(released.modifiers);
            let event = KeyEvent { key, modifiers, action: KeyAction::Release, text: "", base };
            output.bytes.extend(encode_key_event(&event, modes));
        }
    }
}

/// A key as egui tells it.
#[derive(Clone, Copy)]
struct PressedKey {
    key: Key,
    physical: Option<Key>,
    modifiers: Modifiers,
}

impl PressedKey {
    /// The key in the terminal's words: a character as it is without shift. And the character at its place
    /// of the usual keyboard.
    fn meant(self, text: Option<&str>) -> Option<(terminal::Key, Option<char>)> {
        if number_pad::is_marked(self.key, self.physical)
            && let Some(key) = keys::keypad(self.key, text.is_some())
        {
            return Some((key, None));
        }
        if let Some(named) = keys::lone(self.key).or_else(|| keys::named(self.key)) {
            return Some((named, None));
        }
        let base = self.physical.and_then(keys::character);
        let character = keys::character(self.key)?;
        // A letter of another script is told by its place only: what it types says more.
        let other = text.and_then(|text| text.chars().next()).filter(|typed| !typed.is_ascii());
        let shifted = self.modifiers.shift && !character.is_ascii_alphabetic();
        let character = match other {
            Some(other) => other.to_lowercase().next().unwrap_or(other),
            None if shifted => base.unwrap_or(character),
            None => character,
        };
        Some((terminal::Key::Char(character), base))
    }
}

/// Chords that are the view's, whatever the program asked for.
enum Shortcut {
    Copy,
    Paste,
    SelectAll,
    Search,
    Scroll(Scroll),
    Jump(Jump),
    Zoom(Zoom),
}

/// Whether a key types something, by itself.
fn types(key: terminal::Key) -> bool {
    use terminal::KeypadKey::{Begin, Enter, Other};
    match key {
        terminal::Key::Char(_) => true,
        terminal::Key::Keypad(key) => !matches!(key, Begin | Enter | Other(_)),
        _ => false,
    }
}

fn shortcut(pressed: PressedKey, modes: &Modes) -> Option<Shortcut> {
    let PressedKey { key, modifiers, .. } = pressed;
    let Modifiers { shift, ctrl, alt, .. } = modifiers;
    match (ctrl, shift, alt) {
        (false, true, false) => match key {
            Key::Insert => Some(Shortcut::Paste),
            _ if modes.alternate_screen => None,
            Key::PageUp => Some(Shortcut::Scroll(Scroll::PageUp)),
            Key::PageDown => Some(Shortcut::Scroll(Scroll::PageDown)),
            Key::Home => Some(Shortcut::Scroll(Scroll::Top)),
            Key::End => Some(Shortcut::Scroll(Scroll::Bottom)),
            _ => None,
        },
        (true, true, false) => match key {
            Key::C => Some(Shortcut::Copy),
            Key::V => Some(Shortcut::Paste),
            Key::A => Some(Shortcut::SelectAll),
            Key::F => Some(Shortcut::Search),
            Key::Plus => Some(Shortcut::Zoom(Zoom::Larger)),
            _ if modes.alternate_screen => None,
            Key::ArrowUp => Some(Shortcut::Jump(Jump::Previous)),
            Key::ArrowDown => Some(Shortcut::Jump(Jump::Next)),
            _ => None,
        },
        (true, false, false) => match key {
            Key::Plus | Key::Equals => Some(Shortcut::Zoom(Zoom::Larger)),
            Key::Minus => Some(Shortcut::Zoom(Zoom::Smaller)),
            Key::Num0 => Some(Shortcut::Zoom(Zoom::Usual)),
            _ => None,
        },
        _ => None,
    }
}

fn act(shortcut: Shortcut, terminal: &mut Terminal, output: &mut TerminalOutput, typed: &mut Typed) {
    match shortcut {
        Shortcut::Copy => output.copy = terminal.selected_text().or(output.copy.take()),
        Shortcut::Paste => typed.wants_paste = true,
        Shortcut::SelectAll => terminal.select_all(),
        Shortcut::Search => typed.wants_search = true,
        Shortcut::Scroll(scroll) => terminal.scroll(scroll),
        Shortcut::Jump(to) => {
            terminal.jump(to);
        }
        Shortcut::Zoom(zoom) => typed.zoom = Some(zoom),
    }
}

fn text_typed(text: &str, held: Modifiers, modes: &Modes, output: &mut TerminalOutput) {
    let mut characters = text.chars();
    let modifiers = keys::modifiers(held);
    match (characters.next(), characters.next()) {
        // A character for which there is no key.
        (Some(only), None) if modes.keyboard.all_keys && !only.is_control() => {
            let key = terminal::Key::Char(only.to_lowercase().next().unwrap_or(only));
            let event = KeyEvent { text, ..KeyEvent::pressed(key, modifiers) };
            output.bytes.extend(encode_key_event(&event, modes));
        }
        // Alt with a letter comes as the letter.
        (Some(only), None) if held.alt && !held.ctrl => {
            let bytes = encode_key(terminal::Key::Char(only), terminal::Modifiers::ALT, modes);
            output.bytes.extend_from_slice(&bytes);
        }
        _ => {
            // What a script types may hold line ends; the return key sends the other one.
            output.bytes.extend(text.bytes().map(|byte| if byte == b'\n' { b'\r' } else { byte }));
        }
    }
}

/// Text that would press return in a program that does not take marks is left to the app to ask about.
pub(super) fn paste(text: &str, terminal: &Terminal, output: &mut TerminalOutput) {
    let modes = terminal.modes();
    if is_multi_line(text) && !modes.bracketed_paste {
        output.confirm_paste = Some(text.to_owned());
    } else {
        output.bytes.extend_from_slice(&encode_paste(text, &modes));
    }
}
