//! What a user of an app sees and does, with views made by hand.

use super::BlueprintView;
use crate::testing;
use crate::theme::{self, Theme};
use blueprint::{Node, UiEvent, View};
use egui::accesskit::Role;
use egui::{Context, Event, Key, Modifiers, PointerButton, Pos2};
use serde_json::{Value, json};
use std::sync::Arc;

/// A view from nested JSON: `{"kind", "id", "props", "style", "children", "events", …}`.
pub(super) fn view(root: Value) -> View {
    fn add(view: &mut View, value: &Value) -> usize {
        let text = |name: &str| value.get(name).and_then(Value::as_str).unwrap_or("").to_owned();
        let map = |name: &str| value.get(name).and_then(Value::as_object).cloned().unwrap_or_default();
        let index = view.nodes.len();
        let id = if text("id").is_empty() { format!("node-{index}") } else { text("id") };
        view.nodes.push(Node {
            id,
            kind: text("kind"),
            props: map("props"),
            style: map("style"),
            visible: true,
            enabled: true,
            error: value.get("error").and_then(Value::as_str).map(str::to_owned),
            events: value
                .get("events")
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
                .filter_map(Value::as_str)
                .map(str::to_owned)
                .collect(),
            revision: 1,
            ..Node::default()
        });
        let children = value.get("children").and_then(Value::as_array).cloned().unwrap_or_default();
        view.nodes[index].children = children.iter().map(|child| add(view, child)).collect();
        index
    }
    let mut view = View { structure: 1, revision: 1, ..View::default() };
    view.root = add(&mut view, &root);
    view
}

fn calculator() -> View {
    let keys: Vec<Value> = ["AC", "±", "%", "÷", "7", "8", "9", "×", "4", "5", "6", "−"]
        .iter()
        .map(|key| json!({"kind": "button", "id": format!("key-{key}"), "props": {"text": key, "shortcut": key}, "events": ["click"]}))
        .collect();
    view(json!({"kind": "container", "id": "root", "style": {"padding": 12}, "children": [
        {"kind": "text", "id": "display", "props": {"content": "1618", "variant": "h1", "align": "right"}},
        {"kind": "grid", "id": "keys", "props": {"columns": 4, "gap": 8}, "style": {"flex": 1}, "children": keys}
    ]}))
}

struct Page {
    ctx: Context,
    renderer: BlueprintView,
    view: View,
    theme: Arc<Theme>,
    tree: Option<egui::accesskit::TreeUpdate>,
}

impl Page {
    fn new(view: View) -> Self {
        let ctx = testing::context();
        let theme = theme::current(&ctx);
        let mut page = Page { ctx, renderer: BlueprintView::new("w1"), view, theme, tree: None };
        page.step(Vec::new());
        page
    }

    fn step(&mut self, events: Vec<Event>) -> Vec<UiEvent> {
        let mut out = Vec::new();
        let output = testing::frame_with(&self.ctx, events, |ui| {
            out.extend(self.renderer.ui(ui, &self.view, &self.theme));
        });
        self.tree = output.platform_output.accesskit_update;
        out
    }

    fn node(&self, author: &str) -> egui::accesskit::Node {
        let tree = self.tree.as_ref().expect("accessibility is on");
        let found = tree.nodes.iter().find(|(_, node)| node.author_id() == Some(author));
        found.unwrap_or_else(|| panic!("no node {author}")).1.clone()
    }

    fn centre(&self, author: &str) -> Pos2 {
        let bounds = self.node(author).bounds().expect("it has a place");
        egui::pos2(((bounds.x0 + bounds.x1) / 2.0) as f32, ((bounds.y0 + bounds.y1) / 2.0) as f32)
    }

    fn click(&mut self, author: &str) -> Vec<UiEvent> {
        let pos = self.centre(author);
        let button = |pressed| Event::PointerButton {
            pos,
            button: PointerButton::Primary,
            pressed,
            modifiers: Modifiers::NONE,
        };
        self.step(vec![Event::PointerMoved(pos)]);
        let mut events = self.step(vec![button(true)]);
        events.extend(self.step(vec![button(false)]));
        events
    }
}

fn clicked(id: &str) -> UiEvent {
    UiEvent { component: id.into(), event: "click".into(), value: Value::Null }
}

fn key(key: Key) -> Event {
    Event::Key { key, physical_key: None, pressed: true, repeat: false, modifiers: Modifiers::NONE }
}

#[test]
fn keys_fill_the_window_and_are_clicked_by_pointer_and_keyboard() {
    let mut page = Page::new(calculator());
    let bounds = page.node("w1/key-7").bounds().unwrap();
    assert!(bounds.width() > 140.0 && bounds.height() > 100.0, "{bounds:?}");
    assert_eq!(page.node("w1/key-7").role(), Role::Button);
    assert_eq!(page.node("w1/key-7").label(), Some("7"));
    assert_eq!(page.click("w1/key-7"), [clicked("key-7")]);
    assert_eq!(page.step(vec![key(Key::Num8), Event::Text("8".into())]), [clicked("key-8")]);
    assert_eq!(page.step(vec![Event::Text("×".into())]), [clicked("key-×")]);
    page.renderer.set_focused(false);
    assert_eq!(page.step(vec![key(Key::Num8)]), [], "another window has the keyboard");
}

#[test]
fn a_changed_text_is_measured_again_and_nothing_else_is_built() {
    let mut page = Page::new(calculator());
    let (builds, measured) = (page.renderer.tree.builds, page.renderer.tree.measured);
    page.step(Vec::new());
    assert_eq!(
        (page.renderer.tree.builds, page.renderer.tree.measured),
        (builds, measured),
        "an idle frame lays nothing out"
    );
    let display = page.view.nodes.iter_mut().find(|node| node.id == "display").unwrap();
    display.props.insert("content".into(), "2".into());
    display.revision += 1;
    page.view.revision += 1;
    page.step(Vec::new());
    assert_eq!(page.renderer.tree.builds, builds);
    assert!(page.renderer.tree.measured > measured);
    assert_eq!(page.node("w1/display").value(), Some("2"));
}

#[test]
fn a_field_sends_each_edit_and_submit() {
    let mut page = Page::new(view(json!({"kind": "container", "children": [
        {"kind": "input", "id": "name", "props": {"placeholder": "Your name", "value": ""}, "events": ["change"]},
        {"kind": "button", "id": "one", "props": {"text": "1", "shortcut": "1"}}
    ]})));
    page.click("w1/name");
    let sent = page.step(vec![key(Key::Num1), Event::Text("1".into())]);
    assert_eq!(
        sent,
        [UiEvent { component: "name".into(), event: "change".into(), value: "1".into() }],
        "the field has the key"
    );
    let sent = page.step(vec![Event::Text("2".into())]);
    assert_eq!(sent.first().map(|event| event.value.clone()), Some("12".into()));
    let sent = page.step(vec![key(Key::Enter)]);
    assert!(sent.iter().any(|event| event.event == "submit" && event.value == "12"), "{sent:?}");
    assert_eq!(page.node("w1/name").role(), Role::TextInput);
}

#[test]
fn choices_send_their_values() {
    let mut page = Page::new(view(json!({"kind": "col", "children": [
        {"kind": "checkbox", "id": "done", "props": {"label": "Done", "checked": false}},
        {"kind": "radio", "id": "two", "props": {"label": "Two", "value": 2, "selected": 1}},
        {"kind": "slider", "id": "size", "props": {"min": 0, "max": 10, "step": 1, "value": 0, "label": "Size"}},
        {"kind": "tabs", "id": "tabs", "children": [
            {"kind": "col", "id": "first", "props": {"label": "First"}, "children": [{"kind": "text", "id": "t1", "props": {"content": "one"}}]},
            {"kind": "col", "id": "second", "props": {"label": "Second"}, "children": [{"kind": "text", "id": "t2", "props": {"content": "two"}}]}
        ]}
    ]})));
    let sent =
        |events: Vec<UiEvent>| events.into_iter().map(|event| (event.event, event.value)).collect::<Vec<_>>();
    assert_eq!(sent(page.click("w1/done")), [("change".to_owned(), json!(true))]);
    assert_eq!(sent(page.click("w1/two")), [("change".to_owned(), json!(2))]);
    assert_eq!(sent(page.click("w1/size")).last(), Some(&("change".to_owned(), json!(5))));
    assert_eq!(page.node("w1/t1").value(), Some("one"));
    assert_eq!(sent(page.click("w1/second/tab")), [("select".to_owned(), json!("second"))]);
    page.step(Vec::new());
    assert_eq!(page.node("w1/t2").value(), Some("two"));
}

#[test]
fn an_open_modal_is_above_everything_and_esc_asks_to_close() {
    let mut page = Page::new(view(json!({"kind": "container", "children": [
        {"kind": "button", "id": "below", "props": {"text": "Below", "shortcut": "b"}},
        {"kind": "modal", "id": "ask", "props": {"title": "Sure?", "open": true}, "children": [
            {"kind": "button", "id": "yes", "props": {"text": "Yes", "shortcut": "y"}}
        ]}
    ]})));
    assert_eq!(page.node("w1/ask").role(), Role::Dialog);
    assert!(page.node("w1/below").is_disabled(), "what is below is out of reach");
    assert_eq!(page.step(vec![Event::Text("b".into())]), [], "the dialog has the keyboard");
    assert_eq!(page.step(vec![Event::Text("y".into())]), [clicked("yes")]);
    assert_eq!(page.click("w1/yes"), [clicked("yes")]);
    let closed = page.step(vec![key(Key::Escape)]);
    assert_eq!(closed, [UiEvent { component: "ask".into(), event: "close".into(), value: json!(false) }]);
}

#[test]
fn what_is_wrong_is_shown_at_its_place() {
    let page = Page::new(view(json!({"kind": "container", "children": [
        {"kind": "hologram", "id": "odd"},
        {"kind": "button", "id": "save", "props": {"text": "Save"}, "error": "no such tool: storage.sett"}
    ]})));
    assert!(page.node("w1/odd").value().unwrap_or("").contains("hologram"));
    assert_eq!(page.node("w1/save/error").value(), Some("no such tool: storage.sett"));
}

#[test]
fn nonsense_in_props_and_style_is_survived() {
    let odd = [
        json!(null),
        json!(true),
        json!(-1e308),
        json!(1e308),
        json!("💥"),
        json!([[], {}]),
        json!({"a": 1}),
    ];
    let kinds = [
        "button",
        "input",
        "text",
        "checkbox",
        "radio",
        "slider",
        "select",
        "textarea",
        "container",
        "row",
        "grid",
        "list",
        "card",
        "badge",
        "divider",
        "tabs",
        "progress",
        "modal",
        "spacer",
        "icon",
        "image",
        "sidebar",
        "header",
        "what",
    ];
    for value in &odd {
        let props: serde_json::Map<String, Value> = [
            "text",
            "content",
            "value",
            "label",
            "min",
            "max",
            "step",
            "options",
            "items",
            "columns",
            "gap",
            "padding",
            "size",
            "open",
            "selected",
            "shortcut",
            "icon",
            "name",
            "rows",
            "minWidth",
            "responsive",
            "variant",
        ]
        .iter()
        .map(|name| ((*name).to_owned(), value.clone()))
        .collect();
        let style: serde_json::Map<String, Value> = [
            "width",
            "height",
            "minWidth",
            "flex",
            "flexBasis",
            "padding",
            "margin",
            "border",
            "borderRadius",
            "fontSize",
            "opacity",
            "boxShadow",
            "aspectRatio",
            "gridColumn",
            "gridTemplateColumns",
            "background",
            "color",
            "gap",
        ]
        .iter()
        .map(|name| ((*name).to_owned(), value.clone()))
        .collect();
        let children: Vec<Value> = kinds
            .iter()
            .map(|kind| json!({"kind": kind, "props": props, "style": style, "children": [{"kind": "text", "style": style}]}))
            .collect();
        let mut page = Page::new(view(json!({"kind": "container", "style": style, "children": children})));
        page.step(vec![key(Key::Tab), Event::Text("💥".into())]);
        let root = page.view.root;
        page.view.nodes[root].style.clear();
        page.view.nodes[root].revision += 1;
        page.view.revision += 1;
        page.step(Vec::new());
        assert_eq!(page.renderer.tree.verify_invariants(&page.view), Ok(()));
    }
}
