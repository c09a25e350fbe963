//! Actions: order, failure, waiting, asking, tools.

use super::*;

fn button(id: &str, actions: Value) -> Value {
    json!({"type": "button", "id": id, "props": {"text": id}, "on_event": {"click": actions}})
}

fn set(target: &str, value: Value) -> Value {
    json!({"tool": "ui.set", "args": {"target": target, "value": value}})
}

#[test]
fn actions_run_in_order_and_a_failing_one_stops_the_rest() {
    let mut bench = Bench::with(
        json!({"log": []}),
        json!([button(
            "go",
            json!([
                {"tool": "ui.append", "args": {"target": "/log", "value": 1}},
                {"tool": "storage.get", "args": {"key": "k"}, "into": "/got", "then": {"tool": "ui.append", "args": {"target": "/log", "value": 2}}},
                {"tool": "ui.append", "args": {"target": "/log", "value": {"$event": "result"}}},
                {"tool": "ui.append", "when": {"$expr": "got == 'no'"}, "args": {"target": "/log", "value": 4}},
            ])
        )]),
    );
    bench.host.storage.insert("k".into(), json!("kept"));
    bench.click("go");
    assert_eq!(bench.data("/log"), json!([1, 2, "kept"]), "`result` is that of the action before");
    assert_eq!(bench.data("/got"), json!("kept"));
    bench.host.failures.push_back(("storage.get".into(), "Disk on fire".into()));
    bench.click("go");
    assert_eq!(bench.data("/log"), json!([1, 2, "kept", 1]));
    assert_eq!(bench.node("go").error.as_deref(), Some("Disk on fire"));
    bench.click("go");
    assert_eq!(bench.node("go").error, None, "the next try takes the error away");
}

#[test]
fn failures_are_caught_by_the_closest_catch() {
    let fail = json!({"tool": "math.divide", "args": {"a": 1, "b": 0}});
    let mut bench = Bench::with(
        json!({"seen": ""}),
        json!([
            button(
                "own",
                json!([{"tool": "math.divide", "args": {"a": 1, "b": 0}, "catch": set("/seen", json!({"$event": "error"}))}, set("/after", json!(1))])
            ),
            button(
                "outer",
                json!({"tool": "ui.get", "args": {"target": "/seen"}, "then": [fail, set("/never", json!(1))], "catch": set("/seen", json!("outer"))})
            ),
        ]),
    );
    bench.click("own");
    assert_eq!((bench.data("/seen"), bench.data("/after")), (json!("Cannot divide by zero"), json!(1)));
    bench.click("outer");
    assert_eq!((bench.data("/seen"), bench.data("/never")), (json!("outer"), Value::Null));
    assert_eq!(bench.node("outer").error, None);
}

#[test]
fn a_pending_tool_shows_and_a_second_click_waits_or_does_nothing() {
    let mut bench = Bench::with(
        json!({"n": 0}),
        json!([
            button("once", json!([{"tool": "storage.list"}, set("/n", json!({"$expr": "n + 1"}))])),
            button(
                "each",
                json!([{"tool": "storage.list", "while_pending": "queue"}, set("/n", json!({"$expr": "n + 10"}))])
            ),
        ]),
    );
    bench.host.slow = true;
    bench.click("once");
    assert!(bench.node("once").pending);
    bench.click("once");
    assert_eq!(bench.host.open(), 1);
    bench.host.settle(&mut bench.app);
    assert!(!bench.node("once").pending);
    assert_eq!(bench.data("/n"), json!(1));
    bench.click("each");
    bench.click("each");
    bench.click("each");
    assert_eq!(bench.host.open(), 1);
    bench.host.settle(&mut bench.app);
    assert_eq!(bench.data("/n"), json!(31));
    bench.app.verify_invariants();
}

#[test]
fn typing_faster_than_saving_keeps_the_last_word() {
    let mut bench = Bench::with(
        json!({"text": ""}),
        json!([{"type": "input", "id": "in", "props": {"value": {"$path": "/text"}},
            "on_event": {"change": {"tool": "storage.set", "args": {"key": "t", "value": {"$path": "/text"}}}}}]),
    );
    bench.host.slow = true;
    for text in ["h", "he", "hel", "hell", "hello"] {
        bench.change("in", text);
    }
    assert_eq!(bench.host.open(), 1, "saves do not pile up");
    bench.host.settle(&mut bench.app);
    assert_eq!(bench.host.storage["t"], json!("hello"));
    assert_eq!(bench.host.calls.len(), 2);
}

#[test]
fn questions_are_asked_first() {
    let mut bench = Bench::with(
        json!({"n": 1}),
        json!([button(
            "reset",
            json!([{"tool": "ui.set", "args": {"target": "/n", "value": 0}, "confirm": {"message": "Reset {{ n }}?", "ok": "Reset"}}])
        )]),
    );
    let Effect::Confirm { question, message, confirm_label, .. } = bench.click("reset").remove(0) else {
        panic!("no question")
    };
    assert_eq!((message.as_str(), confirm_label.as_deref()), ("Reset 1?", Some("Reset")));
    assert!(bench.click("reset").is_empty(), "one question at a time");
    bench.app.answer(question, false, &mut bench.host);
    assert_eq!(bench.data("/n"), json!(1));
    let Effect::Confirm { question, .. } = bench.click("reset").remove(0) else { panic!("no question") };
    bench.app.answer(question, true, &mut bench.host);
    assert_eq!(bench.data("/n"), json!(0));
    bench.app.answer(question, true, &mut bench.host);
}

#[test]
fn string_actions_infer_what_is_left_out() {
    let mut bench = Bench::with(
        json!({}),
        json!([
            {"type": "card", "id": "form", "children": [
                {"type": "input", "id": "first", "props": {"value": "Ada"}},
                {"type": "input", "id": "last"},
                {"type": "button", "id": "x", "props": {"text": "X"}, "on_event": {"click": "ui.append"}},
                {"type": "button", "id": "save", "props": {"text": "Save"}, "on_event": {"click": "storage.set"}},
                {"type": "button", "id": "wipe", "on_event": {"click": "ui.clear"}},
                {"type": "button", "id": "say", "props": {"text": "Hi"}, "on_event": {"click": ["ui.notify", "toast.show"]}},
            ]},
            {"type": "modal", "id": "m", "children": [{"type": "button", "id": "close", "on_event": {"click": "ui.close_modal"}}]},
            {"type": "button", "id": "open", "on_event": {"click": "ui.open_modal"}},
        ]),
    );
    bench.click("x");
    assert_eq!(bench.node("first").text("value"), "AdaX");
    bench.click("save");
    assert_eq!(bench.host.storage["form"], json!({"first": "AdaX", "last": ""}));
    bench.click("wipe");
    assert_eq!(bench.node("first").text("value"), "");
    assert_eq!(
        bench.click("say"),
        [Effect::Notify { title: String::new(), message: "Hi".into(), kind: "info".into() }]
    );
    assert_eq!(bench.host.calls.last().unwrap(), &("toast.show".to_owned(), json!({"message": "Hi"})));
    bench.click("open");
    assert!(bench.node("m").flag("open"));
    bench.click("close");
    assert!(!bench.node("m").flag("open"));
}

#[test]
fn a_display_takes_keys_as_in_older_files() {
    let key = |text: &str, tool: &str| json!({format!("button#{text}"): {"text": text, "@click": tool}});
    let mut bench = Bench::with(
        json!({}),
        json!([
            {"text#display": {"content": "0"}},
            key("7", "ui.append"), key("*", "ui.append"), key("6", "ui.append"), key("=", "ui.compute"), key("C", "ui.clear"), key("<", "ui.backspace"),
        ]),
    );
    for id in ["7", "*", "6"] {
        bench.click(id);
    }
    assert_eq!(bench.text("display"), "07*6");
    bench.click("=");
    assert_eq!(bench.text("display"), "42");
    bench.click("<");
    assert_eq!(bench.text("display"), "4");
    bench.click("C");
    assert_eq!(bench.text("display"), "");
}

#[test]
fn ui_tools() {
    let items = || json!([{"id": 1, "t": "a"}, {"id": 2, "t": "b"}]);
    for (tool, args, pointer, expected) in [
        ("ui.set", json!({"target": "n", "value": 5}), "/n", json!(5)),
        ("ui.set", json!({"target": "field", "value": "v"}), "/state/field", json!("v")),
        ("ui.toggle", json!({"target": "/flag"}), "/flag", json!(true)),
        ("ui.append", json!({"target": "/text", "value": "!"}), "/text", json!("héy👩‍👩‍👧!")),
        ("ui.append", json!({"target": "/items", "value": 3}), "/items/2", json!(3)),
        ("ui.backspace", json!({"target": "/text"}), "/text", json!("héy")),
        ("ui.clear", json!({"target": "/items"}), "/items", json!([])),
        ("ui.clear", json!({"target": "/n"}), "/n", json!(0)),
        ("ui.add_item", json!({"target": "/items", "item": 9, "at": 0}), "/items/0", json!(9)),
        ("ui.add_item", json!({"target": "/fresh", "item": 9}), "/fresh", json!([9])),
        ("ui.remove_item", json!({"target": "/items", "id": 1}), "/items", json!([{"id": 2, "t": "b"}])),
        ("ui.remove_item", json!({"target": "/items", "index": 1}), "/items", json!([{"id": 1, "t": "a"}])),
        (
            "ui.update_item",
            json!({"target": "/items", "id": "b", "key": "t", "value": {"done": true}}),
            "/items/1",
            json!({"id": 2, "t": "b", "done": true}),
        ),
        ("ui.compute", json!({"target": "/text", "expression": "2^10"}), "/text", json!("1024")),
        ("ui.select_tab", json!({"target": "tabs", "tab": "p2"}), "/state/tabs", json!("p2")),
    ] {
        let mut bench = Bench::with(
            json!({"n": 3, "flag": false, "text": "héy👩‍👩‍👧", "items": items()}),
            json!([
                {"type": "input", "id": "field"}, {"type": "tabs", "id": "tabs", "children": [{"id": "p1"}, {"id": "p2"}]},
                button("go", json!({"tool": tool, "args": args})),
            ]),
        );
        bench.click("go");
        assert_eq!(bench.node("go").error, None, "{tool} {args}");
        assert_eq!(bench.data(pointer), expected, "{tool} {args}");
        bench.app.verify_invariants();
    }
}

#[test]
fn ui_tools_say_what_is_wrong() {
    for (tool, args, message) in [
        (
            "ui.set",
            json!({"target": "feild", "value": 1}),
            "There is no component `feild`: did you mean `field`?",
        ),
        ("ui.set", json!({"target": "/n/deep", "value": 1}), "“/n/deep” cannot be reached in the data"),
        ("ui.remove_item", json!({"target": "/items", "id": 9}), "There is no such item"),
        ("ui.remove_item", json!({"target": "/n", "index": 0}), "“/n” is no list"),
        ("ui.add_item", json!({"target": "/n", "item": 0}), "“/n” cannot be reached in the data"),
        ("ui.append", json!({"target": "/n", "value": 1, "rule": "odd"}), "There is no rule `odd`"),
        ("ui.set", json!({"target": 7, "value": 1}), "`target` is a name or a path, found a number"),
        ("math.sqrt", json!({"x": -4}), "No real root of a negative number"),
    ] {
        let mut bench = Bench::with(
            json!({"n": 3, "items": []}),
            json!([{"type": "input", "id": "field"}, button("go", json!({"tool": tool, "args": args}))]),
        );
        bench.click("go");
        assert_eq!(bench.node("go").error.as_deref(), Some(message), "{tool} {args}");
    }
}

#[test]
fn showing_enabling_and_focusing() {
    let act = |tool: &str| button(tool, json!({"tool": tool, "args": {"target": "x"}}));
    let mut bench = Bench::with(
        json!({}),
        json!([{"type": "input", "id": "x"}, act("ui.hide"), act("ui.show"), act("ui.disable"), act("ui.enable"), act("ui.focus")]),
    );
    bench.click("ui.hide");
    assert!(!bench.node("x").visible);
    assert_eq!(bench.app.stats().last_evaluated, 1);
    bench.change("x", "unseen");
    assert_eq!(bench.node("x").text("value"), "", "nobody types into what is not there");
    bench.click("ui.show");
    bench.click("ui.disable");
    assert!(bench.node("x").visible && !bench.node("x").enabled);
    bench.click("ui.enable");
    assert!(bench.node("x").enabled);
    assert_eq!(bench.click("ui.focus"), [Effect::Focus { component: "x".into() }]);
}

#[test]
fn undo_takes_back_whole_events_and_typing_as_one() {
    let mut bench = Bench::with(
        json!({"a": 0, "b": 0, "text": ""}),
        json!([
            button("both", json!([set("/a", json!(1)), set("/b", json!(2))])),
            button("undo", json!("system.undo")), button("redo", json!("system.redo")),
            {"type": "input", "id": "in", "props": {"value": {"$path": "/text"}}},
        ]),
    );
    bench.click("both");
    for text in ["h", "hi", "hi!"] {
        bench.change("in", text);
    }
    bench.click("undo");
    assert_eq!((bench.data("/text"), bench.data("/a")), (json!(""), json!(1)));
    bench.click("undo");
    assert_eq!((bench.data("/a"), bench.data("/b")), (json!(0), json!(0)));
    bench.click("undo");
    bench.click("redo");
    bench.click("redo");
    assert_eq!((bench.data("/a"), bench.data("/b"), bench.data("/text")), (json!(1), json!(2), json!("hi!")));
}

#[test]
fn runs_are_bounded() {
    let long: Vec<Value> = (0..200).map(|_| set("/n", json!({"$expr": "n + 1"}))).collect();
    let nest = |inner: Value| json!({"tool": "ui.get", "args": {"target": "/n"}, "then": inner});
    let mut actions = json!(long);
    for _ in 0..6 {
        actions = json!([nest(actions.clone()), nest(actions)]);
    }
    let mut bench = Bench::with(json!({"n": 0}), json!([button("go", actions)]));
    bench.click("go");
    assert_eq!(bench.node("go").error.as_deref(), Some("Stopped after 1000 actions"));
}
