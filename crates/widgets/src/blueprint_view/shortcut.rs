//! Keys that press buttons: `"7"`, `"Enter"`, `["*", "x"]`, `"Ctrl+S"`.
//!
//! A single character is matched by what was typed (so it works on every keyboard layout), with the key as a
//! fallback where no text came with it; everything else by key and modifiers. A field that has the keyboard,
//! an open menu, and Enter or Space on a focused control keep their keys.

use super::tree::{LayoutTree, MAX_DEPTH};
use blueprint::{Node, View};
use egui::{Event, Id, Key, Modifiers, Ui};
use serde_json::Value;

/// How long a button looks pressed after its key, in seconds.
pub(super) const HOLD_SECONDS: f64 = 0.12;

/// A chord of one key, or a typed character.
#[derive(Clone, Debug, PartialEq)]
enum Chord {
    Typed(char),
    Pressed(Modifiers, Key),
}

/// Indices of the buttons below `root` whose keys were pressed in this frame, in the order of the presses. Takes
/// those events away from whoever reads the input later.
pub(super) fn pressed(ui: &Ui, view: &View, root: usize, tree: &LayoutTree, base: Id) -> Vec<usize> {
    let any_key = ui.input(|input| {
        input.events.iter().any(|event| matches!(event, Event::Text(_) | Event::Key { pressed: true, .. }))
    });
    if !any_key || !ui.is_enabled() || ui.ctx().text_edit_focused() || ui.ctx().any_popup_open() {
        return Vec::new();
    }
    let mut listening = Vec::new();
    collect(view, root, tree, &mut listening, 0);
    if listening.is_empty() {
        return Vec::new();
    }
    let focused = ui.memory(egui::Memory::focused);
    let control_focused =
        focused.is_some_and(|id| view.nodes.iter().any(|node| base.with(node.id.as_str()) == id));
    let mut clicked = Vec::new();
    ui.input_mut(|input| take(&mut input.events, &listening, control_focused, &mut clicked));
    clicked
}

/// Buttons that listen: visible, enabled, laid out.
fn collect(view: &View, index: usize, tree: &LayoutTree, listening: &mut Vec<(Chord, usize)>, depth: usize) {
    let Some(node) = view.nodes.get(index) else { return };
    if depth > MAX_DEPTH
        || !node.visible
        || !node.enabled
        || node.flag("disabled")
        || !tree.is_laid_out(index)
    {
        return;
    }
    if node.kind == "button" && !node.pending && !node.flag("loading") {
        listening.extend(chords(node).into_iter().map(|chord| (chord, index)));
    }
    for &child in &node.children {
        if view.nodes.get(child).is_some_and(|node| node.kind != "modal") {
            collect(view, child, tree, listening, depth + 1);
        }
    }
}

fn chords(node: &Node) -> Vec<Chord> {
    match node.props.get("shortcut") {
        Some(Value::String(text)) => parse(text).into_iter().collect(),
        Some(Value::Array(list)) => list.iter().take(16).filter_map(|item| parse(item.as_str()?)).collect(),
        _ => Vec::new(),
    }
}

fn parse(text: &str) -> Option<Chord> {
    let text = text.trim();
    let mut chars = text.chars();
    if let (Some(only), None) = (chars.next(), chars.next()) {
        return Some(Chord::Typed(only.to_lowercase().next().unwrap_or(only)));
    }
    let mut modifiers = Modifiers::NONE;
    let (head, key) = text.rsplit_once('+').unwrap_or(("", text));
    for word in head.split('+').filter(|word| !word.is_empty()) {
        match word.trim().to_ascii_lowercase().as_str() {
            "ctrl" | "control" | "cmd" | "command" | "meta" => modifiers.command = true,
            "shift" => modifiers.shift = true,
            "alt" | "option" => modifiers.alt = true,
            _ => return None,
        }
    }
    let name = match key.trim() {
        "Esc" => "Escape",
        "Return" => "Enter",
        "Del" => "Delete",
        other => other,
    };
    Key::from_name(name).map(|key| Chord::Pressed(modifiers, key))
}

/// Walks the events once: matched ones are taken out.
fn take(
    events: &mut Vec<Event>,
    listening: &[(Chord, usize)],
    control_focused: bool,
    clicked: &mut Vec<usize>,
) {
    let find = |wanted: &Chord| listening.iter().find(|(chord, _)| chord == wanted).map(|(_, index)| *index);
    let typed = |text: &str| {
        let mut chars = text.chars();
        let only = chars.next().filter(|_| chars.as_str().is_empty())?;
        find(&Chord::Typed(only.to_lowercase().next().unwrap_or(only)))
    };
    let old = std::mem::take(events);
    let mut index = 0;
    while index < old.len() {
        let event = &old[index];
        let text_follows = matches!(old.get(index + 1), Some(Event::Text(_)));
        let hit = match event {
            Event::Text(text) => typed(text),
            Event::Key { key: Key::Enter | Key::Space, modifiers, .. }
                if control_focused && modifiers.is_none() =>
            {
                None
            }
            Event::Key { key, pressed: true, modifiers, .. } => {
                let plain = Modifiers { mac_cmd: false, ctrl: false, ..*modifiers };
                find(&Chord::Pressed(plain, *key)).or_else(|| {
                    // A key whose text comes as the next event is matched by that.
                    let bare = !text_follows && !modifiers.command && !modifiers.ctrl && !modifiers.alt;
                    bare.then(|| typed(key_text(*key))).flatten()
                })
            }
            _ => None,
        };
        match hit {
            Some(button) => {
                clicked.push(button);
                // The text of a key that was matched goes with it.
                if matches!(event, Event::Key { .. }) && text_follows {
                    index += 1;
                }
            }
            None => events.push(event.clone()),
        }
        index += 1;
    }
}

/// What a key types without Shift.
fn key_text(key: Key) -> &'static str {
    match key {
        Key::Plus => "+",
        Key::Minus => "-",
        Key::Equals => "=",
        Key::Period => ".",
        Key::Comma => ",",
        Key::Slash => "/",
        Key::OpenBracket => "[",
        Key::CloseBracket => "]",
        Key::Semicolon => ";",
        Key::Quote => "'",
        _ => {
            let name = key.name();
            if name.chars().count() == 1 { name } else { "" }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(key: Key, modifiers: Modifiers) -> Event {
        Event::Key { key, physical_key: None, pressed: true, repeat: false, modifiers }
    }

    fn hits(events: &[Event], chords: &[&str], control_focused: bool) -> (Vec<usize>, usize) {
        let listening: Vec<_> =
            chords.iter().enumerate().filter_map(|(i, text)| Some((parse(text)?, i))).collect();
        let mut events = events.to_vec();
        let mut clicked = Vec::new();
        take(&mut events, &listening, control_focused, &mut clicked);
        (clicked, events.len())
    }

    #[test]
    fn a_key_presses_its_button_once() {
        let none = Modifiers::NONE;
        let seven = [key(Key::Num7, none), Event::Text("7".into())];
        assert_eq!(hits(&seven, &["7"], false), (vec![0], 1), "by its text");
        assert_eq!(hits(&seven[..1], &["7"], false), (vec![0], 0), "by its key where no text comes");
        assert_eq!(hits(&[key(Key::Enter, none)], &["Enter"], false), (vec![0], 0));
        assert_eq!(
            hits(&[key(Key::Enter, none)], &["Enter"], true),
            (vec![], 1),
            "a focused control keeps Enter"
        );
        assert_eq!(hits(&[Event::Text("X".into())], &["x"], false), (vec![0], 0));
        let save = key(Key::S, Modifiers { command: true, ctrl: true, ..none });
        assert_eq!(hits(std::slice::from_ref(&save), &["Ctrl+S"], false), (vec![0], 0));
        assert_eq!(hits(&[save], &["s"], false), (vec![], 1), "a chord is not a letter");
    }

    #[test]
    fn nonsense_is_no_chord() {
        for text in ["", "Hyper+X", "Nokey", "Ctrl+"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
