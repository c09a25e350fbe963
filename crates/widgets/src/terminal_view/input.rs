//! Keys, text, clipboard and input method into bytes.
//!
//! With control held down egui names three keys by what they usually do: copy, cut, paste. In a
//! terminal they are `^C`, `^X`, `^V`, and the clipboard's need shift as well.

use super::{keys, view::TerminalOutput};
use egui::{Event, ImeEvent, Key, Modifiers};
use terminal::{Scroll, Terminal, encode_key, encode_paste, is_multi_line};

/// What a frame's events did beside sending bytes.
#[derive(Debug, Default)]
pub(super) struct Typed {
    /// Something was sent by the keyboard: the view goes to the newest line.
    pub(super) sent: bool,
    /// Shift and control with V: the clipboard is to be asked for.
    pub(super) wants_paste: bool,
}

/// Handles one event of the keyboard, clipboard or input method. `held` are the modifiers at its
/// moment, for events that have none.
pub(super) fn handle(
    event: &Event,
    held: Modifiers,
    terminal: &mut Terminal,
    preedit: &mut String,
    output: &mut TerminalOutput,
    typed: &mut Typed,
) {
    let modes = terminal.modes();
    let before = output.bytes.len();
    match event {
        Event::Text(text) => text_typed(text, held, terminal, output),
        Event::Key { key, pressed: true, modifiers, .. } => {
            key_pressed(*key, *modifiers, terminal, output, typed);
        }
        Event::Copy if held.ctrl && !held.shift => output.bytes.push(0x03),
        Event::Copy => output.copy = terminal.selected_text().or(output.copy.take()),
        Event::Cut if held.ctrl && !held.shift => output.bytes.push(0x18),
        Event::Paste(_) if held.ctrl && !held.shift => output.bytes.push(0x16),
        Event::Paste(text) => paste(text, terminal, output),
        Event::Ime(ImeEvent::Preedit { text, .. }) => preedit.clone_from(text),
        Event::Ime(ImeEvent::Commit(text)) => {
            preedit.clear();
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
    typed.sent |= output.bytes.len() > before;
}

fn text_typed(text: &str, held: Modifiers, terminal: &Terminal, output: &mut TerminalOutput) {
    let mut characters = text.chars();
    match (characters.next(), characters.next()) {
        // Alt with a letter comes as the letter.
        (Some(only), None) if held.alt && !held.ctrl => {
            let modes = terminal.modes();
            let bytes = encode_key(terminal::Key::Char(only), terminal::Modifiers::ALT, &modes);
            output.bytes.extend_from_slice(&bytes);
        }
        _ => {
            // What a script types may hold line ends; the return key sends the other one.
            output.bytes.extend(text.bytes().map(|byte| if byte == b'\n' { b'\r' } else { byte }));
        }
    }
}

fn key_pressed(
    key: Key,
    modifiers: Modifiers,
    terminal: &mut Terminal,
    output: &mut TerminalOutput,
    typed: &mut Typed,
) {
    let modes = terminal.modes();
    let shift_only = modifiers.shift && !modifiers.ctrl && !modifiers.alt;
    if shift_only && !modes.alternate_screen {
        let scroll = match key {
            Key::PageUp => Some(Scroll::PageUp),
            Key::PageDown => Some(Scroll::PageDown),
            Key::Home => Some(Scroll::Top),
            Key::End => Some(Scroll::Bottom),
            _ => None,
        };
        if let Some(scroll) = scroll {
            terminal.scroll(scroll);
            return;
        }
    }
    match (key, modifiers.ctrl && modifiers.shift) {
        (Key::C, true) => output.copy = terminal.selected_text().or(output.copy.take()),
        (Key::V, true) => typed.wants_paste = true,
        (Key::A, true) => terminal.select_all(),
        (Key::Insert, false) if shift_only => typed.wants_paste = true,
        _ => {
            let named = keys::named(key);
            // Characters come as text, unless control makes them something else.
            let meant =
                named.or_else(|| keys::character(key).filter(|_| modifiers.ctrl).map(terminal::Key::Char));
            if let Some(meant) = meant {
                output.bytes.extend_from_slice(&encode_key(meant, keys::modifiers(modifiers), &modes));
            }
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
