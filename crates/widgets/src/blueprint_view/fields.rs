//! Fields to write in. While a field has the keyboard, what is shown is its draft; the app hears of every edit,
//! and what it writes back of its own accord replaces the draft.

use super::draw::{Draw, accessible_name};
use super::flow::ERROR_LINE;
use super::look::Look;
use super::measure::{LABEL_LINE, label_font};
use super::text::single_line;
use crate::controls::{TextArea, TextField};
use crate::fonts;
use crate::icons::Icon;
use crate::theme::{space, type_size};
use blueprint::{Node, View};
use egui::{Key, Rect, Response, Ui, pos2, vec2};
use serde_json::Value;
use std::collections::{HashMap, VecDeque};

/// How many values sent to the app are remembered, so that a late echo is told from a change by the app.
const MAX_ECHOES: usize = 32;

/// Texts being written, by node id.
#[derive(Debug, Default)]
pub(super) struct Drafts {
    drafts: HashMap<String, Draft>,
}

#[derive(Debug)]
struct Draft {
    text: String,
    /// The app's value when last looked at.
    seen: String,
    /// Values sent that the app may still write back.
    sent: VecDeque<String>,
}

impl Drafts {
    /// Forgets drafts of fields that are gone.
    pub(super) fn begin(&mut self, view: &View) {
        if !self.drafts.is_empty() {
            self.drafts.retain(|id, _| view.nodes.iter().any(|node| node.id == *id));
        }
    }

    /// The text to show for a field whose value in the app is `value`.
    fn text(&mut self, id: &str, value: &str, focused: bool) -> String {
        if !focused {
            self.drafts.remove(id);
            return value.to_owned();
        }
        let fresh = || Draft { text: value.to_owned(), seen: value.to_owned(), sent: VecDeque::new() };
        let draft = self.drafts.entry(id.to_owned()).or_insert_with(fresh);
        if draft.seen != value {
            value.clone_into(&mut draft.seen);
            match draft.sent.iter().position(|sent| sent == value) {
                Some(echo) => drop(draft.sent.drain(..=echo)),
                None => {
                    value.clone_into(&mut draft.text);
                    draft.sent.clear();
                }
            }
        }
        draft.text.clone()
    }

    /// Keeps what was written.
    fn written(&mut self, id: &str, text: &str) {
        if let Some(draft) = self.drafts.get_mut(id) {
            text.clone_into(&mut draft.text);
            draft.sent.push_back(text.to_owned());
            if draft.sent.len() > MAX_ECHOES {
                draft.sent.pop_front();
            }
        }
    }
}

/// Draws the label above a field; returns the room that is left.
pub(super) fn labelled(draw: &Draw<'_>, ui: &Ui, node: &Node, rect: Rect) -> Rect {
    let label = node.text("label");
    if label.is_empty() {
        return rect;
    }
    let colour = draw.theme.text.secondary;
    let galley = single_line(ui, &label, label_font(), colour, rect.width());
    ui.painter().galley(rect.min, galley, colour);
    Rect::from_min_max(pos2(rect.left(), rect.top() + LABEL_LINE), rect.max)
}

/// A field of one line keeps its height where layout stretches it, unless the app gives it one.
pub(super) fn one_line(node: &Node, rect: Rect) -> Rect {
    let own = ["height", "minHeight", "flex", "flexGrow"].iter().any(|name| node.style.contains_key(*name));
    let height = if own { rect.height() } else { rect.height().min(space::CONTROL) };
    Rect::from_min_size(rect.min, vec2(rect.width(), height))
}

/// Draws an input or a textarea and sends what happens.
pub(super) fn show(draw: &mut Draw<'_>, ui: &mut Ui, node: &Node, look: &Look, rect: Rect) {
    let mut field = labelled(draw, ui, node, rect);
    let error = node.text("error").into_owned();
    if !error.is_empty() {
        field.max.y -= ERROR_LINE;
        let galley =
            single_line(ui, &error, fonts::regular(type_size::CAPTION), draw.theme.danger.text, rect.width());
        ui.painter().galley(pos2(rect.left() + 1.0, field.bottom() + 4.0), galley, draw.theme.danger.text);
    }
    if node.kind == "input" {
        field = one_line(node, field);
    }
    let id = draw.id(node);
    let focused = ui.memory(|memory| memory.has_focus(id));
    let value = node.text("value");
    let mut text = draw.drafts.text(&node.id, &value, focused);
    let invalid = !error.is_empty() || node.error.is_some();
    let response = if node.kind == "textarea" {
        area(node, look, &mut text, invalid).id(id).show_at(ui, field)
    } else {
        line(node, look, &mut text, invalid).id(id).show_at(ui, field)
    };
    draw.finish(ui, node, &response);
    if response.changed() {
        // The first edit comes in the frame in which the field gets the keyboard.
        draw.drafts.text(&node.id, &value, true);
        draw.drafts.written(&node.id, &text);
        draw.emit(node, "change", typed_value(node, &text));
    }
    focus_events(draw, node, &response);
    let enter = ui.input(|input| input.key_pressed(Key::Enter));
    if node.kind == "input" && response.lost_focus() && enter {
        draw.emit(node, "submit", typed_value(node, &text));
        // People go on typing: a list of things to do gets its next line.
        response.request_focus();
    }
}

fn focus_events(draw: &mut Draw<'_>, node: &Node, response: &Response) {
    let listens = |name: &str| node.events.iter().any(|event| event == name);
    if response.gained_focus() && listens("focus") {
        draw.emit(node, "focus", Value::Null);
    }
    if response.lost_focus() && listens("blur") {
        draw.emit(node, "blur", Value::Null);
    }
}

/// What an edit sends: a number where a number is meant and written.
fn typed_value(node: &Node, text: &str) -> Value {
    if node.text("type") == "number"
        && let Ok(number) = text.trim().parse::<f64>()
        && number.is_finite()
    {
        return if number.fract() == 0.0 && number.abs() < 9e15 {
            (number as i64).into()
        } else {
            number.into()
        };
    }
    text.into()
}

fn line<'a>(node: &'a Node, look: &Look, text: &'a mut String, invalid: bool) -> TextField<'a> {
    let kind = node.text("type");
    let mut field = if kind == "search" {
        TextField::search(text, accessible_name(node))
    } else {
        TextField::new(text, accessible_name(node))
    };
    let icon = match &*kind {
        "email" => Some(Icon::Envelope),
        "tel" => Some(Icon::Phone),
        "url" => Some(Icon::Link),
        _ => None,
    };
    if let Some(icon) = Icon::from_name(&node.text("icon")).or(icon) {
        field = field.icon(icon);
    }
    let font = look.font(type_size::BODY, 400.0);
    field
        .placeholder(node.text("placeholder"))
        .password(kind == "password")
        .read_only(node.flag("readonly"))
        .invalid(invalid)
        .sized(space::CONTROL, font)
}

fn area<'a>(node: &'a Node, look: &Look, text: &'a mut String, invalid: bool) -> TextArea<'a> {
    let area = TextArea::new(text, accessible_name(node))
        .placeholder(node.text("placeholder"))
        .read_only(node.flag("readonly"))
        .invalid(invalid)
        .font(look.font(type_size::BODY, 400.0));
    let bare = node.style.get("border").and_then(Value::as_str) == Some("none");
    if bare { area.bare() } else { area }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_late_echo_does_not_undo_what_was_typed_since() {
        let mut drafts = Drafts::default();
        assert_eq!(drafts.text("a", "", true), "");
        for text in ["x", "xy", "xyz"] {
            drafts.written("a", text);
        }
        assert_eq!(drafts.text("a", "x", true), "xyz");
        assert_eq!(drafts.text("a", "xyz", true), "xyz");
    }

    #[test]
    fn what_the_app_writes_replaces_the_draft() {
        let mut drafts = Drafts::default();
        drafts.text("a", "", true);
        drafts.written("a", "buy milk");
        assert_eq!(drafts.text("a", "buy milk", true), "buy milk");
        assert_eq!(drafts.text("a", "", true), "", "cleared after submit");
        assert_eq!(drafts.text("a", "other", false), "other", "no draft without the keyboard");
    }

    #[test]
    fn numbers_are_sent_as_numbers() {
        let node = |kind: &str| {
            let mut node = Node::default();
            node.props.insert("type".into(), kind.into());
            node
        };
        assert_eq!(typed_value(&node("number"), "12"), Value::from(12));
        assert_eq!(typed_value(&node("number"), "1.5"), Value::from(1.5));
        assert_eq!(typed_value(&node("number"), "-"), Value::from("-"));
        assert_eq!(typed_value(&node("text"), "12"), Value::from("12"));
    }
}
