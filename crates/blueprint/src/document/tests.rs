//! Written forms in, documents and findings out.

use proptest::prelude::*;
use serde_json::json;

use super::*;

fn read(value: &Value) -> (Document, Vec<Diagnostic>) {
    let (document, findings) = Document::read(value.to_string().as_bytes());
    let document = document.expect("readable");
    document.verify_invariants();
    (document, findings)
}

fn with_components(components: Value) -> Value {
    json!({"app": {"id": "a", "name": "A"}, "ui": {"title": "T", "components": components}})
}

#[test]
fn all_written_forms_mean_components() {
    let (document, findings) = read(&with_components(json!([
        {"type": "button", "id": "save", "props": {"text": "Save"}, "on_event": {"click": "storage.set"}},
        {"button#open": {"text": "Open", "@click": "storage.get"}},
        {"text": "Hello"},
        "Bare",
        {"card": "Item"},
        {"row": [{"badge": "new"}]},
        {"type": "tabs", "children": [{"id": "one", "label": "One", "children": ["x"]}]},
    ])));
    assert!(findings.is_empty(), "{findings:?}");
    let shape: Vec<(&str, &str)> =
        document.components.iter().map(|c| (c.id.as_str(), c.kind.as_str())).collect();
    assert_eq!(
        shape,
        [
            ("save", "button"),
            ("open", "button"),
            ("text-2", "text"),
            ("text-3", "text"),
            ("card-4", "card"),
            ("row-5", "row"),
            ("row-5.badge-0", "badge"),
            ("tabs-6", "tabs"),
            ("one", "col"),
            ("one.text-0", "text"),
        ]
    );
    assert_eq!(document.component("open").unwrap().on_event["click"], json!("storage.get"));
    assert_eq!(document.component("card-4").unwrap().props["title"], json!("Item"));
}

#[test]
fn reading_loses_nothing() {
    let written = json!({
        "app": {"id": "a", "name": "A", "future": {"x": 1}}, "license": "MIT",
        "services": ["storage", {"filesystem": ["list"]}, {"http": {"tools": ["get"], "hosts": ["example.com"]}}],
        "ui": {"title": "T", "theme": "own", "components": [
            {"type": "buton", "id": "x", "props": {"text": "T", "new": [1]}, "remark": "kept", "children": [{"type": "text", "props": {"content": "y"}}]},
            {"type": "text", "id": "x"}, {"type": "tabs", "children": [{"type": "col", "label": "p"}]},
        ]},
    });
    let (document, _) = read(&written);
    assert_eq!(document.to_value(), written);
    let (again, _) = read(&document.to_value());
    assert_eq!(again.to_value(), written);
    assert_eq!(document.services[2].hosts, ["example.com"]);
}

#[test]
fn findings_say_where_and_what() {
    let source = "{\n  \"app\": {\"id\": \"a\"},\n  \"ui\": {\"components\": [\n    {\"type\": \"button\", \"onClick\": \"ui.clear\"},\n    {\"type\": \"text\", \"id\": \"t\"}, {\"type\": \"text\", \"id\": \"t\"},\n    7,\n  ]}\n}\n";
    let (document, findings) = Document::read(source.as_bytes());
    assert!(document.is_some());
    let seen: Vec<(&str, usize, usize)> = findings.iter().map(|f| (f.code, f.line, f.column)).collect();
    assert_eq!(
        seen,
        [("misplaced", 4, 24), ("duplicate-id", 5, 57), ("not-a-component", 6, 5), ("trailing-comma", 6, 6)]
    );
    assert_eq!(findings[0].hint.as_deref(), Some("did you mean `onClick` → `on_event.click`?"));
    let shown = findings[1].render("x.bp", source);
    assert!(shown.starts_with("error[duplicate-id]"), "{shown}");
    assert!(shown.contains("x.bp:5:57"), "{shown}");
}

#[test]
fn broken_json_is_explained() {
    for (source, code, line) in [
        ("{\"ui\": {\n", "unclosed", 2),
        ("{\"a\": 1 \"ui\": {}}", "missing-comma", 1),
        ("{'ui': 1}", "single-quotes", 1),
        ("{ui: 1}", "unquoted-key", 1),
        ("{\"ui\": True}", "unexpected", 1),
        ("{\"ui\" 1}", "missing-colon", 1),
        ("{\"ui\": \"abc\n\"}", "unclosed-string", 1),
        ("// hi\n{\"ui\": {}}", "comment", 1),
        ("{\"ui\": 01}", "bad-number", 1),
        ("{\"ui\": 1e999}", "bad-number", 1),
        ("{\"ui\": {}} x", "trailing-text", 1),
        ("", "unexpected-end", 1),
        ("[", "unclosed", 1),
        ("{\"ui\": \"\\q\"}", "bad-escape", 1),
        ("[1]", "not-a-document", 1),
        ("{}", "missing-app", 1),
    ] {
        let (_, findings) = Document::read(source.as_bytes());
        assert!(findings.iter().any(|f| (f.code, f.line) == (code, line)), "{source}: {findings:?}");
    }
    assert_eq!(Document::read(b"{\"ui\": \"\xff\"}").1[0].code, "not-utf-8");
    assert_eq!(Document::read("[".repeat(100_000).as_bytes()).1[0].code, "too-deep");
    assert_eq!(Document::read(&vec![b' '; json::MAX_LEN_BYTES + 1]).1[0].code, "too-large");
}

#[test]
fn components_are_limited() {
    let many: Vec<Value> = (0..MAX_COMPONENTS + 5).map(|n| json!(n.to_string())).collect();
    let (document, findings) = read(&with_components(many.into()));
    assert_eq!(document.components.len(), MAX_COMPONENTS);
    assert_eq!(findings.len(), 1);
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        (-1e6..1e6_f64).prop_map(Value::from),
        "\\PC{0,8}".prop_map(Value::from),
    ];
    let key = prop_oneof![
        "[a-z~/]{0,4}",
        prop::sample::select(vec![
            "type",
            "id",
            "props",
            "children",
            "on_event",
            "ui",
            "components",
            "app",
            "data",
            "repeat"
        ])
        .prop_map(str::to_owned),
    ];
    leaf.prop_recursive(5, 48, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((key.clone(), inner), 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn the_reader_agrees_with_serde(value in any_json()) {
        let mut report = Report::default();
        let read = json::parse(value.to_string().as_bytes(), &mut report);
        prop_assert_eq!(read, Some(value));
        prop_assert_eq!(report.errors().count(), 0);
    }

    #[test]
    fn what_serde_refuses_is_reported(text in "[\\[\\]{}\",:0-9a-z \\\\.-]{0,40}") {
        let mut report = Report::default();
        let value = json::parse(text.as_bytes(), &mut report);
        let theirs: Result<Value, _> = serde_json::from_str(&text);
        prop_assert_eq!(theirs.is_ok(), value.is_some() && report.errors().count() == 0);
    }

    #[test]
    fn printing_and_reading_again_is_the_same(components in prop::collection::vec(any_json(), 0..5)) {
        let (document, _) = read(&with_components(components.into()));
        let printed = document.to_value();
        let (again, _) = read(&printed);
        prop_assert_eq!(again.to_value(), printed);
    }

    #[test]
    fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let (_, findings) = Document::read(&bytes);
        prop_assert!(findings.iter().all(|finding| finding.line >= 1 && finding.column >= 1));
    }
}

#[test]
fn hostile_documents_cost_no_more_than_large_ones() {
    // Each of these is quadratic in something where it is done carelessly; the test then takes minutes.
    let same_ids: Vec<Value> = (0..20_000).map(|_| json!({"type": "text", "id": "x"})).collect();
    let wrong: Vec<Value> = (0..5_000)
        .map(|n| json!({"type": format!("buton{n}"), "onClik": "x", "props": {"content": format!("{{{{ name{n} }}}}")},
            "on_event": {"click": [{"tool": "ui.set", "args": {"target": format!("id{n}"), "value": 1}}, "storage.sett"]}}))
        .collect();
    for components in [same_ids, wrong] {
        let names: Map<String, Value> = (0..5_000).map(|n| (format!("nam{n}"), json!(n))).collect();
        let document = json!({"app": {"id": "a"}, "data": names, "ui": {"components": components}});
        let findings = crate::check(document.to_string().as_bytes());
        assert_eq!(findings.len(), crate::MAX_DIAGNOSTICS);
    }
    let twice = format!("{{{}\"ui\": {{}}}}", "\"k\": 1, ".repeat(10_000));
    assert!(Document::read(twice.as_bytes()).0.is_some());
}
