//! The keyboard: keys, text and input methods, as a window system reports them.

use super::{
    runner::{FRAME, Outcome, Runner},
    stage::Stage,
    steps::Target,
};
use compositor::Chord;
use egui::{Event, Modifiers, PointerButton, accesskit};

impl<S: Stage> Runner<S> {
    pub(super) fn focus(&mut self, target: &Target) -> Outcome {
        let item = self.find(target)?;
        let request = accesskit::ActionRequest {
            action: accesskit::Action::Focus,
            target_tree: accesskit::TreeId::ROOT,
            target_node: item.node,
            data: None,
        };
        if let Some(window) = item.window {
            self.stage.with_shell(move |shell| shell.focus_window(window))?;
        }
        self.frame(vec![Event::AccessKitActionRequest(request)], FRAME)?;
        self.settle()
    }

    pub(super) fn type_text(&mut self, text: &str) -> Outcome {
        for c in text.chars() {
            match c {
                '\n' | '\r' => self.press(Chord::parse("Enter").ok_or("Enter")?, None, false)?,
                '\t' => self.press(Chord::parse("Tab").ok_or("Tab")?, None, false)?,
                c => {
                    let key = compositor::key_named(&c.to_string());
                    let chord = Chord { ctrl: false, alt: false, shift: c.is_uppercase(), sup: false, key };
                    self.press(chord, Some(c.to_string()), false)?;
                }
            }
        }
        self.settle()
    }

    pub(super) fn key(&mut self, text: &str, times: u32, hold: bool) -> Outcome {
        // `NumpadEnter`, `NumpadHome`: the key at its place on the number pad.
        self.on_number_pad = text.contains("Numpad");
        let plain = text.replace("Numpad", "");
        let chord = Chord::parse(text).or_else(|| Chord::parse(&plain)).ok_or_else(|| {
            format!(
                "key: \"{text}\" is no key; examples: Enter, Ctrl+K, Alt+ArrowLeft, Ctrl+Shift+Escape, F11, 7"
            )
        })?;
        for _ in 0..times {
            self.press(chord, printed(chord), hold)?;
        }
        self.on_number_pad = false;
        self.settle()
    }

    /// Lets go of the button and of the modifiers that earlier steps held.
    pub(super) fn release(&mut self) -> Outcome {
        if std::mem::take(&mut self.dragging) {
            self.button(PointerButton::Primary, false)?;
        }
        let keys = std::mem::take(&mut self.held);
        if !keys.is_empty() {
            let up = |key| Event::Key {
                key,
                physical_key: None,
                pressed: false,
                repeat: false,
                modifiers: self.modifiers,
            };
            let events = keys.into_iter().rev().map(up).collect();
            self.frame(events, FRAME)?;
        }
        self.hold(Modifiers::NONE)?;
        self.settle()
    }

    /// Presses and releases a chord as a window system reports it; its modifiers stay down where it is held.
    fn press(&mut self, chord: Chord, text: Option<String>, hold: bool) -> Result<(), String> {
        let down_already = |key| self.held.contains(&key);
        let chord = Chord {
            ctrl: chord.ctrl || down_already(egui::Key::ControlLeft),
            alt: chord.alt || down_already(egui::Key::AltLeft),
            shift: chord.shift || down_already(egui::Key::ShiftLeft),
            sup: chord.sup || down_already(egui::Key::SuperLeft),
            key: chord.key,
        };
        let modifiers = Modifiers {
            alt: chord.alt,
            ctrl: chord.ctrl,
            shift: chord.shift,
            mac_cmd: false,
            command: chord.ctrl,
        };
        let number_pad = self.on_number_pad;
        let event = |key, pressed| {
            let mut event = Event::Key { key, physical_key: None, pressed, repeat: false, modifiers };
            if number_pad && chord.key == Some(key) {
                widgets::number_pad::mark(&mut event);
            }
            event
        };
        let mut down = Vec::new();
        let keys: Vec<egui::Key> = modifier_keys(chord).collect();
        let pressed = keys.iter().filter(|key| !self.held.contains(key));
        down.extend(pressed.map(|key| event(*key, true)));
        self.modifiers = modifiers;
        // Copy, cut and paste reach egui as such from a real window, in place of the letter.
        let clipboard_event = match (chord.ctrl && !chord.alt, chord.key) {
            (true, Some(egui::Key::C)) => Some(Event::Copy),
            (true, Some(egui::Key::X)) => Some(Event::Cut),
            (true, Some(egui::Key::V)) => {
                let text = self.stage.with_shell(|shell| shell.clipboard())?;
                Some(Event::Paste(text))
            }
            _ => None,
        };
        down.push(Event::ModifiersChanged(modifiers));
        match (clipboard_event, chord.key) {
            (Some(event), _) => down.push(event),
            (None, Some(key)) => down.push(event(key, true)),
            (None, None) => {}
        }
        if let Some(text) = text.filter(|_| !chord.ctrl && !chord.alt && !chord.sup) {
            down.push(Event::Text(text));
        }
        self.frame(down, FRAME)?;
        let mut up: Vec<Event> = chord.key.map(|key| event(key, false)).into_iter().collect();
        if hold {
            self.held = keys;
        } else if self.held.is_empty() {
            up.extend(keys.iter().rev().map(|key| event(*key, false)));
            self.modifiers = Modifiers::NONE;
            up.push(Event::ModifiersChanged(Modifiers::NONE));
        }
        self.frame(up, FRAME)?;
        Ok(())
    }

    pub(super) fn ime(&mut self, preedit: Option<String>, commit: Option<String>) -> Outcome {
        let mut events = Vec::new();
        if let Some(text) = preedit {
            events.push(Event::Ime(egui::ImeEvent::Preedit { text, active_range_chars: None }));
        }
        if let Some(text) = commit {
            events.push(Event::Ime(egui::ImeEvent::Commit(text)));
        }
        for event in events {
            self.frame(vec![event], FRAME)?;
        }
        self.settle()
    }
}

/// The keys of a chord's modifiers, which a window system reports as keys, too.
fn modifier_keys(chord: Chord) -> impl Iterator<Item = egui::Key> {
    use egui::Key::{AltLeft, ControlLeft, ShiftLeft, SuperLeft};
    let keys =
        [(chord.ctrl, ControlLeft), (chord.alt, AltLeft), (chord.shift, ShiftLeft), (chord.sup, SuperLeft)];
    keys.into_iter().filter(|(held, _)| *held).map(|(_, key)| key)
}

/// What a chord types, where it types something.
fn printed(chord: Chord) -> Option<String> {
    use egui::Key;
    let key = chord.key?;
    Some(match key {
        Key::Space => " ".into(),
        Key::Enter | Key::Tab | Key::Backspace | Key::Escape | Key::Delete | Key::Insert => return None,
        _ => {
            let symbol = match key {
                Key::Plus => "+",
                Key::Minus => "-",
                Key::Equals => "=",
                Key::Slash => "/",
                Key::Period => ".",
                Key::Comma => ",",
                Key::Colon => ":",
                Key::Semicolon => ";",
                Key::Quote => "'",
                Key::Backtick => "`",
                Key::Backslash => "\\",
                Key::Pipe => "|",
                Key::Questionmark => "?",
                Key::Exclamationmark => "!",
                Key::OpenBracket => "[",
                Key::CloseBracket => "]",
                Key::OpenCurlyBracket => "{",
                Key::CloseCurlyBracket => "}",
                _ => key.name(),
            };
            if symbol.chars().count() != 1 || key.name().starts_with("Arrow") {
                return None;
            }
            if chord.shift { symbol.to_uppercase() } else { symbol.to_lowercase() }
        }
    })
}
