//! What a person does to an app, and what they then see.

mod apps;
mod runs;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::testing::{FakeHost, change, click};
use crate::view::Node;

/// A running app with a host.
struct Bench {
    app: Instance,
    host: FakeHost,
}

impl Bench {
    fn new(document: &Value) -> Self {
        let loaded = Instance::load(document.to_string().as_bytes());
        Self::of(loaded.instance.expect("it loads"))
    }

    /// With these components and this data.
    fn with(data: Value, components: Value) -> Self {
        Self::new(
            &json!({"app": {"id": "t", "name": "T"}, "data": data, "ui": {"title": "T", "components": components}}),
        )
    }

    fn of(app: Instance) -> Self {
        app.verify_invariants();
        let mut bench = Self { app, host: FakeHost::default() };
        bench.app.mount(0, &mut bench.host);
        bench.app.verify_invariants();
        bench
    }

    fn send(&mut self, event: UiEvent) -> Vec<Effect> {
        let effects = self.app.dispatch(event, &mut self.host);
        self.app.verify_invariants();
        effects
    }

    fn click(&mut self, id: &str) -> Vec<Effect> {
        assert!(self.app.view().find(id).is_some(), "there is no {id}");
        self.send(click(id))
    }

    fn change(&mut self, id: &str, value: impl Into<Value>) -> Vec<Effect> {
        assert!(self.app.view().find(id).is_some(), "there is no {id}");
        self.send(change(id, value))
    }

    fn node(&self, id: &str) -> &Node {
        self.app.view().find(id).unwrap_or_else(|| panic!("there is no {id}"))
    }

    fn text(&self, id: &str) -> String {
        self.node(id).text("content").into_owned()
    }

    fn data(&self, pointer: &str) -> Value {
        self.app.data().pointer(pointer).cloned().unwrap_or_default()
    }

    fn children(&self, id: &str) -> Vec<String> {
        self.node(id).children.iter().map(|child| self.app.view().nodes[*child].id.clone()).collect()
    }
}

#[test]
fn one_change_evaluates_what_depends_on_it_and_nothing_else() {
    let many: Vec<Value> = (0..500)
        .map(|n| json!({"type": "text", "id": format!("t{n}"), "props": {"content": format!("{{{{ values.v{n} + 1 }}}}")}}))
        .collect();
    let values: serde_json::Map<String, Value> = (0..500).map(|n| (format!("v{n}"), json!(n))).collect();
    let mut bench = Bench::with(json!({"values": values}), many.into());
    let structure = bench.app.view().structure;
    let other = bench.node("t8").revision;
    bench.app.set_data("/values/v7", json!(70)).unwrap();
    assert_eq!(bench.app.stats().last_evaluated, 1);
    assert_eq!(bench.text("t7"), "71");
    assert_eq!(bench.node("t7").revision, bench.app.view().revision);
    assert_eq!((bench.node("t8").revision, bench.app.view().structure), (other, structure));
    bench.app.set_data("/values/v7", json!(70)).unwrap();
    assert_eq!(bench.app.stats().last_evaluated, 0, "the same value is no change");
    bench.app.set_data("/elsewhere", json!(1)).unwrap();
    assert_eq!(bench.app.stats().last_evaluated, 0, "nobody reads it");
    bench.app.set_data("/values", json!({})).unwrap();
    assert_eq!(bench.app.stats().last_evaluated, 500);
}

#[test]
fn repeat_follows_its_list_and_keeps_what_stays() {
    let item = |id: u32| json!({"id": id, "title": format!("T{id}")});
    let mut bench = Bench::with(
        json!({"items": (0..100).map(item).collect::<Vec<_>>()}),
        json!([{"type": "list", "id": "list", "children": [
            {"type": "row", "id": "row", "repeat": {"each": "/items", "key": "id"}, "children": [
                {"type": "text", "id": "title", "props": {"content": "{{ index + 1 }}. {{ item.title }}"}}]}]}]),
    );
    assert_eq!(bench.children("list").len(), 100);
    assert_eq!(bench.text("row[7]/title"), "8. T7");
    let structure = bench.app.view().structure;
    bench.app.set_data("/items/7/title", json!("Seven")).unwrap();
    assert_eq!((bench.app.stats().last_evaluated, bench.app.view().structure), (1, structure));
    assert_eq!(bench.text("row[7]/title"), "8. Seven");
    bench.app.set_data("/items/100", item(100)).unwrap();
    assert_eq!(bench.app.stats().last_evaluated, 2, "the new row and its text");
    assert!(bench.app.view().structure > structure);
    assert_eq!(bench.text("row[100]/title"), "101. T100");
    bench.app.set_data("/items", json!([item(5), item(5), {"title": "no id"}])).unwrap();
    bench.app.verify_invariants();
    assert_eq!(bench.children("list"), ["row[5]", "row[5~1]", "row[2]"]);
    bench.app.set_data("/items", json!("no list")).unwrap();
    bench.app.verify_invariants();
    assert!(bench.children("list").is_empty());
}

#[test]
fn nested_repeats_see_both_items() {
    let bench = Bench::with(
        json!({"groups": [{"name": "A", "members": ["x", "y"]}, {"name": "B", "members": ["z"]}]}),
        json!([{"type": "col", "id": "group", "repeat": {"each": "/groups", "key": "name", "as": "group"}, "children": [
            {"type": "text", "id": "who", "repeat": "members", "props": {"content": "{{ group.name }}-{{ item }}"}}]}]),
    );
    assert_eq!(bench.children("group[A]"), ["group[A]/who[0]", "group[A]/who[1]"]);
    assert_eq!(bench.text("group[B]/who[0]"), "B-z");
}

#[test]
fn inputs_write_where_they_are_bound() {
    let mut bench = Bench::with(
        json!({"name": "Ada", "n": 1, "done": [{"ok": false}, {"ok": true}]}),
        json!([
            {"type": "input", "id": "bound", "props": {"value": {"$path": "/name"}}},
            {"type": "input", "id": "named", "props": {"value": "{{ name }}"}},
            {"type": "input", "id": "free", "props": {"value": "start"}},
            {"type": "input", "id": "number", "props": {"type": "number", "value": {"$path": "/n"}}},
            {"type": "text", "id": "shown", "props": {"content": "{{ name }} {{ state.free }}"}},
            {"type": "checkbox", "id": "box", "repeat": "/done", "props": {"checked": {"$path": "ok"}}},
            {"type": "radio", "id": "r1", "props": {"name": "size", "value": "s"}},
            {"type": "radio", "id": "r2", "props": {"name": "size", "value": "m"}},
            {"type": "tabs", "id": "tabs", "children": [{"id": "one", "label": "One"}, {"id": "two", "label": "Two"}]},
            {"type": "input", "id": "fixed", "props": {"value": "{{ upper(name) }}"}},
        ]),
    );
    assert_eq!(bench.text("shown"), "Ada start");
    bench.change("bound", "Grace");
    bench.change("free", "end");
    assert_eq!(bench.text("shown"), "Grace end");
    bench.change("named", "Ada");
    assert_eq!(bench.text("shown"), "Ada end");
    bench.change("number", "42");
    assert_eq!(bench.data("/n"), json!(42));
    bench.change("number", "4x");
    assert_eq!(bench.data("/n"), json!("4x"));
    assert!(bench.node("box[1]").flag("checked"));
    bench.change("box[0]", true);
    assert_eq!(bench.data("/done/0/ok"), json!(true));
    bench.change("r2", "m");
    assert!(bench.node("r2").flag("checked") && !bench.node("r1").flag("checked"));
    assert_eq!(bench.data("/state/size"), json!("m"));
    assert_eq!(bench.node("tabs").text("selected"), "one");
    bench.send(UiEvent { component: "tabs".into(), event: "select".into(), value: "two".into() });
    assert_eq!(bench.node("tabs").text("selected"), "two");
    bench.change("fixed", "x");
    assert_eq!(bench.node("fixed").text("value"), "ADA", "what is computed cannot be typed over");
    bench.change("free", "");
    assert_eq!(bench.node("free").text("value"), "", "an emptied field stays empty");
}

#[test]
fn conditions_checks_templates_and_defaults() {
    let mut bench = Bench::new(&json!({
        "app": {"id": "t", "name": "T"}, "data": {"mail": "", "n": 0},
        "templates": {"big": {"size": "large", "variant": "primary", "style": {"padding": "8px 12px", "width": "200px"}}},
        "ui": {"title": "{{ n }} left", "layout": "horizontal", "components": [
            {"type": "button", "id": "go", "$template": "big", "props": {"text": "Go", "variant": "danger", "style": {"width": 90}},
             "enabled": {"$expr": "mail != ''"}, "accessibility": {"label": "Go {{ n }}"}},
            {"type": "input", "id": "mail", "props": {"value": {"$path": "/mail"}},
             "checks": [{"condition": "{{ mail.contains('@') }}", "message": "Needs an @"}]},
            {"type": "text", "id": "hint", "visible": "{{ n > 0 }}", "props": {"content": "x"}},
        ]}
    }));
    let go = bench.node("go");
    assert_eq!((go.text("variant"), go.text("size"), go.enabled), ("danger".into(), "large".into(), false));
    assert_eq!(go.style["width"], json!(90));
    assert_eq!(go.style["paddingLeft"], json!(12.0));
    assert_eq!(go.label.as_deref(), Some("Go 0"));
    assert_eq!(bench.node("mail").error, None, "nothing is wrong before anybody typed");
    bench.change("mail", "ada");
    assert_eq!(bench.node("mail").error.as_deref(), Some("Needs an @"));
    assert!(bench.node("go").enabled);
    bench.change("mail", "ada@example.com");
    assert_eq!(bench.node("mail").error, None);
    assert!(!bench.node("hint").visible);
    bench.app.set_data("/n", json!(3)).unwrap();
    assert!(bench.node("hint").visible);
    assert_eq!(bench.app.window().title, "3 left");
    assert_eq!(bench.app.view().nodes[0].text("layout"), "horizontal");
}

#[test]
fn what_is_wrong_shows_at_its_place_and_the_rest_works() {
    let mut bench = Bench::with(
        json!({"n": 0}),
        json!([
            {"type": "buton", "id": "typo", "props": {"text": "x"}},
            {"type": "text", "id": "bad", "props": {"content": "{{ n + }}"}},
            {"type": "text", "id": "runtime", "props": {"content": "{{ 1 / n }}"}},
            {"type": "button", "id": "tool", "on_event": {"click": "storage.sett"}},
            {"type": "button", "id": "add", "on_event": {"click": {"tool": "ui.set", "args": {"target": "/n", "value": {"$expr": "n + 1"}}}}},
        ]),
    );
    assert_eq!(bench.node("typo").error.as_deref(), Some("Unknown component `buton`"));
    assert!(bench.node("bad").error.as_deref().unwrap().starts_with("The expression ends too early"));
    assert_eq!(bench.node("runtime").error.as_deref(), Some("Cannot divide by zero"));
    assert_eq!(bench.node("tool").error.as_deref(), Some("There is no tool `storage.sett`"));
    bench.click("add");
    assert_eq!(bench.text("runtime"), "1");
    assert_eq!(bench.node("runtime").error, None);
}

#[test]
fn moments_and_intervals() {
    let document = json!({"app": {"id": "t", "name": "T"}, "data": {"log": [], "ticks": 0}, "ui": {
        "lifecycle": {
            "on_mount": {"tool": "ui.append", "args": {"target": "/log", "value": "mount"}},
            "on_focus": {"tool": "ui.append", "args": {"target": "/log", "value": "focus"}},
            "on_unmount": {"tool": "ui.append", "args": {"target": "/log", "value": "unmount"}},
            "on_interval": {"every_ms": 1000, "do": {"tool": "ui.set", "args": {"target": "/ticks", "value": {"$expr": "ticks + 1"}}}}},
        "components": []}});
    let mut bench = Bench::new(&document);
    bench.app.focus(&mut bench.host);
    assert_eq!(bench.app.next_tick_millis(), Some(1000));
    bench.app.tick(999, &mut bench.host);
    assert_eq!(bench.data("/ticks"), json!(0));
    bench.app.tick(5000, &mut bench.host);
    assert_eq!((bench.data("/ticks"), bench.app.next_tick_millis()), (json!(1), Some(6000)));
    bench.app.unmount(&mut bench.host);
    assert_eq!(bench.data("/log"), json!(["mount", "focus", "unmount"]));
}

#[test]
fn the_largest_documents_stay_usable() {
    let many: Vec<Value> = (0..20_000)
        .map(|n| json!({"type": "text", "id": format!("t{n}"), "props": {"content": "{{ n }}"}}))
        .collect();
    let mut bench = Bench::with(json!({"n": 1, "m": 1}), many.into());
    bench.app.set_data("/m", json!(2)).unwrap();
    assert_eq!(bench.app.stats().last_evaluated, 0);
    let mut bench = Bench::with(
        json!({"items": (0..90_000).collect::<Vec<u32>>()}),
        json!([{"type": "text", "id": "t", "repeat": "/items", "props": {"content": "{{ item }}"}}]),
    );
    assert_eq!(bench.app.view().nodes.len(), MAX_NODES);
    assert!(bench.app.view().nodes[0].error.is_some(), "a list that is cut says so");
    bench.app.set_data("/items", json!([1])).unwrap();
    assert_eq!(bench.app.view().nodes[0].error, None);
}

/// Anything a person, a host or a script can do.
#[derive(Clone, Debug)]
enum Op {
    Send(usize, &'static str, Value),
    Set(&'static str, Value),
    Settle,
    Answer(bool),
    Slow(bool),
}

fn any_op() -> impl Strategy<Value = Op> {
    let value = || {
        prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            (-5..50_i64).prop_map(Value::from),
            "[a-z0-9]{0,4}".prop_map(Value::from),
            Just(json!([{"id": 1, "t": "a"}, {"id": 2, "t": "b"}])),
            Just(json!({"a": {"b": 1}})),
        ]
    };
    let event = prop::sample::select(vec!["click", "change", "submit", "select", "close", "blur"]);
    let pointer = prop::sample::select(vec![
        "/items",
        "/items/0",
        "/items/0/t",
        "/n",
        "",
        "/state",
        "/state/i",
        "/x/y/z",
        "bad",
        "/items/9",
    ]);
    prop_oneof![
        5 => (0..40_usize, event, value()).prop_map(|(node, event, value)| Op::Send(node, event, value)),
        3 => (pointer, value()).prop_map(|(pointer, value)| Op::Set(pointer, value)),
        2 => Just(Op::Settle),
        1 => any::<bool>().prop_map(Op::Answer),
        1 => any::<bool>().prop_map(Op::Slow),
    ]
}

proptest! {
    #[test]
    fn nothing_that_happens_breaks_an_instance(ops in prop::collection::vec(any_op(), 0..40)) {
        let document = json!({"app": {"id": "t"}, "data": {"items": [{"id": 1, "t": "a"}], "n": 1}, "ui": {"components": [
            {"type": "input", "id": "i", "on_event": {"change": [{"tool": "storage.set", "args": {"key": "k", "value": {"$event": "value"}}}, "ui.append"]}},
            {"type": "col", "id": "row", "repeat": {"each": "/items", "key": "id"}, "children": [
                {"type": "input", "id": "t", "props": {"value": {"$path": "t"}}},
                {"type": "button", "id": "del", "on_event": {"click": [
                    {"tool": "ui.remove_item", "args": {"target": "/items", "index": {"$expr": "index"}}, "confirm": "Sure?"},
                    {"tool": "storage.get", "args": {"key": "k"}, "into": "/n"}]}}]},
            {"type": "button", "id": "add", "on_event": {"click": {"tool": "ui.add_item", "args": {"target": "/items", "item": {"id": {"$path": "/n"}, "t": "n"}}}}},
            {"type": "button", "id": "undo", "on_event": {"click": "system.undo"}},
            {"type": "button", "id": "redo", "on_event": {"click": "system.redo"}},
            {"type": "button", "id": "hide", "on_event": {"click": {"tool": "ui.hide", "args": {"target": "row"}}}},
            {"type": "button", "id": "eq", "on_event": {"click": "ui.compute"}},
            {"type": "tabs", "id": "tabs", "children": [{"label": "a"}, {"label": "b"}]},
        ]}});
        let mut bench = Bench::new(&document);
        let mut question = 0;
        for op in ops {
            let effects = match op {
                Op::Send(node, event, value) => {
                    let nodes = &bench.app.view().nodes;
                    let component = nodes[node % nodes.len()].id.clone();
                    bench.send(UiEvent { component, event: event.to_owned(), value })
                }
                Op::Set(pointer, value) => {
                    let _ = bench.app.set_data(pointer, value);
                    Vec::new()
                }
                Op::Settle => bench.host.settle(&mut bench.app),
                Op::Answer(yes) => bench.app.answer(question, yes, &mut bench.host),
                Op::Slow(slow) => {
                    bench.host.slow = slow;
                    Vec::new()
                }
            };
            for effect in effects {
                if let Effect::Confirm { question: asked, .. } = effect {
                    question = asked;
                }
            }
            bench.app.verify_invariants();
        }
        // What was kept incrementally is what a fresh build gives.
        let before: Vec<Node> = bench.app.view.nodes.iter().map(|node| Node { revision: 0, ..node.clone() }).collect();
        let all = (0..bench.app.view.nodes.len()).collect();
        bench.app.rebuild(&all);
        for (old, new) in before.iter().zip(&bench.app.view.nodes) {
            prop_assert_eq!((&old.id, &old.props, &old.error, old.pending, &old.children), (&new.id, &new.props, &new.error, new.pending, &new.children));
        }
    }
}
