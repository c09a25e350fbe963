//! A slip in, a finding out.

use serde_json::json;

use super::*;

/// Findings of a document with these components, as `code: hint`.
fn findings(components: Value) -> Vec<(&'static str, String)> {
    let document = json!({"app": {"id": "t", "name": "T"}, "data": {"count": 1, "items": []},
        "templates": {"primary": {}}, "ui": {"title": "T", "components": components}});
    check(document.to_string().as_bytes())
        .into_iter()
        .map(|finding| (finding.code, finding.hint.or(finding.expected).unwrap_or(finding.message)))
        .collect()
}

#[test]
fn slips_are_found_and_the_right_word_is_named() {
    let click =
        |action: Value| json!({"type": "button", "props": {"text": "x"}, "on_event": {"click": action}});
    for (component, code, hint) in [
        (json!({"type": "buton"}), "unknown-component", "did you mean `button`?"),
        (json!({"type": "dropdown"}), "unknown-component", "did you mean `select`?"),
        (json!({"props": {}}), "missing-type", "\"type\": \"button\""),
        (
            json!({"type": "button", "props": {"varient": "primary"}}),
            "unknown-prop",
            "did you mean `variant`?",
        ),
        (
            json!({"type": "button", "props": {"onClick": "ui.clear"}}),
            "unknown-prop",
            "did you mean `onClick` → `on_event.click`?",
        ),
        (
            json!({"type": "button", "onClick": "toast.show"}),
            "misplaced",
            "did you mean `onClick` → `on_event.click`?",
        ),
        (
            json!({"type": "button", "text": "x"}),
            "misplaced",
            "did you mean `text` → `props.text`? It is read as that",
        ),
        (json!({"type": "button", "props": {"variant": "primry"}}), "wrong-value", "did you mean `primary`?"),
        (json!({"type": "slider", "props": {"min": "low"}}), "wrong-value", "a number"),
        (json!({"type": "grid", "props": {"columns": 0}}), "wrong-value", "a number from 1 to 64"),
        (
            json!({"type": "button", "props": {"shortcut": "Hyper+Q"}}),
            "wrong-value",
            "a key such as \"7\", \"Enter\" or \"Ctrl+S\"",
        ),
        (
            json!({"type": "button", "on_event": {"clik": "toast.show"}}),
            "unknown-event",
            "did you mean `click`?",
        ),
        (
            json!({"type": "text", "props": {"style": {"colour": "red"}}}),
            "unknown-style",
            "did you mean `color`?",
        ),
        (json!({"type": "text", "$template": "primry"}), "unknown-template", "did you mean `primary`?"),
        (
            json!({"type": "text", "props": {"content": "{{ coutn }}"}}),
            "unknown-name",
            "did you mean `count`?",
        ),
        (
            json!({"type": "text", "props": {"content": {"$path": "/coutn"}}}),
            "unknown-name",
            "did you mean `count`?",
        ),
        (
            json!({"type": "text", "props": {"content": "{{ sise(items) }}"}}),
            "bad-expression",
            "did you mean `size`?",
        ),
        (json!({"type": "text", "props": {"content": "{{ count"}}), "bad-expression", "close it with `}}`"),
        (
            json!({"type": "text", "props": {"content": {"$exp": "count"}}}),
            "unknown-dynamic",
            "did you mean `$expr`?",
        ),
        (
            json!({"type": "text", "props": {"content": {"$call": "uper", "args": ["x"]}}}),
            "unknown-function",
            "did you mean `upper`?",
        ),
        (
            json!({"type": "text", "repeat": {"every": "/items"}}),
            "bad-repeat",
            "{\"each\": \"/items\", \"key\": \"id\"}",
        ),
        (
            json!({"type": "text", "children": ["x"]}),
            "no-container",
            "put it and them into a `row`, `col` or `card`",
        ),
        (click(json!("storage.sett")), "unknown-tool", "did you mean `storage.set`?"),
        (
            click(json!({"tool": "ui.set", "args": {"target": "/count", "vaule": 1}})),
            "unknown-argument",
            "did you mean `value`?",
        ),
        (
            click(json!({"tool": "ui.add_item", "args": {"target": "/items"}})),
            "missing-argument",
            "for example {\"target\": \"/items\", \"item\": {\"title\": \"New\"}, \"at\": 0}",
        ),
        (
            click(json!({"tool": "ui.set", "args": {"target": "fild", "value": 1}})),
            "unknown-target",
            "`ui.set` acts on `fild`, and there is no such component",
        ),
        (click(json!({"tol": "ui.set"})), "missing-tool", "\"tool\": \"ui.set\""),
        (
            click(json!({"tool": "ui.clear", "args": {"target": "/count"}, "than": "ui.clear"})),
            "unknown-key",
            "did you mean `then`?",
        ),
        (click(json!(7)), "not-an-action", "\"ui.clear\" or {\"tool\": \"ui.set\", \"args\": {…}}"),
        (
            click(json!({"tool": "http.get", "args": {"url": "https://example.com"}})),
            "undeclared-service",
            "add \"http\" to `services`",
        ),
    ] {
        let found = findings(json!([component]));
        assert!(found.iter().any(|(c, h)| *c == code && h == hint), "{component}\n{found:?}");
    }
}

#[test]
fn what_is_right_gives_no_findings() {
    let found = findings(json!([
        {"type": "input", "id": "name", "props": {"value": {"$path": "/name"}}},
        {"type": "text", "props": {"content": "Hello {{ name }}, {{ state.name }}", "style": {"font-size": "12px"}}},
        {"type": "list", "children": [{"type": "row", "repeat": {"each": "/items", "as": "row"}, "children": [
            {"type": "text", "props": {"content": "{{ index }} {{ row.title }} {{ row.a.b[0] }}"}}]}]},
        {"type": "button", "props": {"text": "{{ count }}", "shortcut": ["Ctrl+Shift+S", "F5", "+", "="]},
            "on_event": {"click": [{"tool": "storage.get", "args": {"key": "k"}, "into": "/loaded"}]}},
        {"type": "text", "props": {"content": "{{ loaded }}"}},
        {"type": "grid", "props": {"columns": "3", "padding": "medium", "gap": "12px"}},
        {"type": "row", "props": {"justify": "space-between", "align": "flex-start"}},
    ]));
    assert_eq!(found, []);
}

#[test]
fn findings_are_readable_and_machine_readable() {
    let source = "{\"app\": {\"id\": \"t\"},\n \"ui\": {\"components\": [\n   {\"type\": \"buton\", \"id\": \"x\"}\n ]}}\n";
    let found = check(source.as_bytes());
    let shown = render("x.bp", source.as_bytes(), &found);
    let expected = "error[unknown-component]: Unknown component `buton`\n \
        --> x.bp:3:13\n  |\n3 |    {\"type\": \"buton\", \"id\": \"x\"}\n  |             ^\n  = hint: did you mean `button`?\n\n\
        x.bp: 1 error, 0 warnings\n";
    assert_eq!(shown, expected);
    let json = to_json(&found);
    assert_eq!(
        (&json[0]["code"], &json[0]["severity"], &json[0]["line"]),
        (&json!("unknown-component"), &json!("error"), &json!(3))
    );
    assert_eq!(json[0]["pointer"], "/ui/components/0/type");
    assert_eq!(render("y.bp", b"{}", &[]), "y.bp: no problems\n");
}

#[test]
fn examples_of_tools_are_right_and_pure_ones_run() {
    for row in crate::tools() {
        let args: Value =
            serde_json::from_str(row.example).unwrap_or_else(|error| panic!("{}: {error}", row.name));
        let action = json!({"tool": row.name, "args": args});
        let components = json!([
            {"type": "text", "id": "display"}, {"type": "input", "id": "title"}, {"type": "modal", "id": "about"}, {"type": "text", "id": "help"},
            {"type": "tabs", "id": "tabs", "children": [{"id": "second", "label": "x"}]},
            {"type": "button", "id": "save", "props": {"text": "x"}, "on_event": {"click": action}},
        ]);
        let found = findings(components);
        assert!(found.iter().all(|(code, _)| *code == "undeclared-service"), "{}: {found:?}", row.name);
        if row.kind == ToolKind::Pure && row.example.contains('{') {
            let name = row.name.strip_prefix("math.").unwrap_or(&row.name);
            let Value::Object(args) = args else { panic!("{}: arguments are an object", row.name) };
            let result = crate::tools::run_math(name, &args);
            let whole_only = ["factorial", "gcd", "lcm"].contains(&name);
            assert!(result.as_ref().is_ok_and(Value::is_number) || whole_only, "{}: {result:?}", row.name);
        }
    }
}
