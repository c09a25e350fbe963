//! The apps that ship, used as a person uses them.

use super::*;

const CALCULATOR: &[u8] = include_bytes!("../../../../../apps/blueprint/utilities/calculator.bp");
const NOTES: &[u8] = include_bytes!("../../../../../apps/blueprint/productivity/notes.bp");
const GALLERY: &[u8] = include_bytes!("../../../../../apps/blueprint/developer/gallery.bp");

fn open(bytes: &[u8]) -> Bench {
    let loaded = Instance::load(bytes);
    assert_eq!(loaded.diagnostics, []);
    Bench::of(loaded.instance.expect("it loads"))
}

#[test]
fn shipped_apps_have_no_findings_and_print_as_they_are() {
    for (name, bytes) in [("calculator.bp", CALCULATOR), ("notes.bp", NOTES), ("gallery.bp", GALLERY)] {
        let findings = crate::check(bytes);
        assert!(findings.is_empty(), "{}", crate::render(name, bytes, &findings));
        let document = Document::read(bytes).0.expect("it reads");
        document.verify_invariants();
        let written: Value = serde_json::from_slice(bytes).expect("strict JSON");
        assert_eq!(document.to_value(), written, "{name}");
        let app = &document.app;
        assert!(!app.id.is_empty() && !app.icon.is_empty() && !app.description.is_empty(), "{name}");
    }
}

#[test]
fn everything_to_press_has_a_name() {
    for bytes in [CALCULATOR, NOTES, GALLERY] {
        for node in &open(bytes).app.view().nodes {
            let named = node.label.is_some()
                || ["text", "label", "content", "placeholder", "title"]
                    .iter()
                    .any(|prop| !node.text(prop).is_empty());
            let interactive = matches!(
                node.kind.as_str(),
                "button" | "input" | "textarea" | "checkbox" | "radio" | "slider" | "select"
            ) || node.events.iter().any(|event| event == "click");
            assert!(named || !interactive, "{} has no name", node.id);
        }
    }
}

/// Presses the keys by what is written on them.
fn calculate(bench: &mut Bench, keys: &str) -> String {
    for key in keys.split_whitespace() {
        let found =
            bench.app.view().nodes.iter().find(|node| node.kind == "button" && node.text("text") == key);
        let id = found.unwrap_or_else(|| panic!("no key {key}")).id.clone();
        bench.click(&id);
    }
    bench.text("display")
}

#[test]
fn calculator() {
    for (keys, expected) in [
        ("7 × 8 =", "56"),
        ("0 . 1 + 0 . 2 =", "0.3"),
        ("1 ÷ 3 =", "0.333333333333"),
        ("1 ÷ 3 = × 3 =", "1"),
        ("5 + 3 = = =", "14"),
        ("2 + 3 × 4 =", "14"),
        ("2 0 0 + 1 0 % =", "220"),
        ("5 0 % =", "0.5"),
        ("9 ± =", "−9"),
        ("9 ± + 1 0 =", "1"),
        ("5 × 3 ± =", "−15"),
        ("1 2 3 ⌫ ⌫", "1"),
        ("1 ⌫", "0"),
        ("1 ÷ 0 =", "Cannot divide by zero"),
        ("1 ÷ 0 = 7", "7"),
        ("1 ÷ 0 = ⌫", "0"),
        ("7 × 8 = 9", "9"),
        ("7 × 8 = − 6 =", "50"),
        ("7 + × 8 =", "56"),
        ("1 2 . . 5", "12.5"),
        ("9 9 9 × 9 9 9 =", "998,001"),
        ("1 2 3 4 5 + 1", "12,345+1"),
        ("7 + 8 AC", "0"),
        ("7 + =", "7"),
        ("=", "0"),
        ("0 0 0 5", "5"),
    ] {
        assert_eq!(calculate(&mut open(CALCULATOR), keys), expected, "{keys}");
    }
    let mut bench = open(CALCULATOR);
    calculate(&mut bench, "7 × 8 =");
    assert_eq!(bench.text("history-line"), "7×8 =");
    assert_eq!(bench.data("/entry"), json!("56"));
    calculate(&mut bench, "AC");
    assert_eq!(bench.text("history-line"), "");
}

#[test]
fn one_key_evaluates_one_display() {
    let mut bench = open(CALCULATOR);
    bench.click("key-7");
    assert_eq!(bench.app.stats().last_evaluated, 1);
}

#[test]
fn every_key_has_a_key() {
    let bench = open(CALCULATOR);
    let buttons = bench.app.view().nodes.iter().filter(|node| node.kind == "button");
    let mut taken = HashSet::new();
    let mut count = 0;
    for button in buttons {
        let shortcut = button.props.get("shortcut").cloned().unwrap_or_default();
        let keys = match shortcut {
            Value::Array(keys) => keys,
            single => vec![single],
        };
        assert!(
            keys.iter().all(|key| key.as_str().is_some_and(|key| taken.insert(key.to_owned()))),
            "{}",
            button.id
        );
        count += 1;
    }
    assert_eq!(count, 20);
}

#[test]
fn a_copy_with_other_ids_and_labels_works_the_same() {
    let text = String::from_utf8(CALCULATOR.to_vec()).unwrap();
    let text = text
        .replace("\"id\": \"key-", "\"id\": \"other_")
        .replace("\"id\": \"display\"", "\"id\": \"screen\"");
    let text = text
        .replace("\"text\": \"7\"", "\"text\": \"seven\"")
        .replace("\"text\": \"×\"", "\"text\": \"times\"");
    let mut bench = open(text.as_bytes());
    for id in ["other_7", "other_multiply", "other_8", "other_equals"] {
        bench.click(id);
    }
    assert_eq!(bench.text("screen"), "56");
}

#[test]
fn notes_are_kept_over_a_restart() {
    let mut bench = open(NOTES);
    assert!(!bench.node("editor").visible);
    let effects = bench.click("new");
    assert_eq!(effects, [Effect::Focus { component: "title".into() }]);
    assert!(bench.node("editor").visible);
    bench.change("title", "Shopping");
    bench.change("body", "Milk\nBread");
    assert_eq!(bench.text("note[1]/note-title"), "Shopping");
    assert_eq!(bench.text("note[1]/note-preview"), "Milk Bread");
    assert_eq!(bench.text("count"), "10 characters");
    assert_eq!(bench.text("status"), "Saved");
    bench.click("new");
    bench.change("title", "Second");
    let kept = bench.host.storage.clone();

    let app = Instance::load(NOTES).instance.unwrap();
    let mut again = Bench { app, host: FakeHost::with_storage(kept) };
    again.app.mount(0, &mut again.host);
    assert_eq!(again.children("sidebar"), ["tools", "note[2]", "note[1]", "no-notes"]);
    assert_eq!(again.node("title").text("value"), "Second", "the newest note is open");
    again.click("note[1]");
    assert_eq!(
        (again.node("title").text("value"), again.node("body").text("value")),
        ("Shopping".into(), "Milk\nBread".into())
    );
    again.click("new");
    assert_eq!(again.data("/notes/0/id"), json!(3), "ids go on where they were");
}

#[test]
fn notes_are_found_and_deleted_after_a_question() {
    let mut bench = open(NOTES);
    for title in ["Apples", "Pears"] {
        bench.click("new");
        bench.change("title", title);
    }
    bench.change("search", "APP");
    assert!(bench.node("note[1]").visible && !bench.node("note[2]").visible);
    bench.change("search", "");
    let Effect::Confirm { question, message, .. } = bench.click("delete").remove(0) else {
        panic!("no question")
    };
    assert_eq!(message, "Delete “Pears”?");
    bench.app.answer(question, false, &mut bench.host);
    assert_eq!(bench.data("/notes").as_array().unwrap().len(), 2);
    let Effect::Confirm { question, .. } = bench.click("delete").remove(0) else { panic!("no question") };
    bench.app.answer(question, true, &mut bench.host);
    assert_eq!(bench.node("title").text("value"), "Apples");
    assert_eq!(bench.host.storage["notes"]["notes"].as_array().unwrap().len(), 1);
    let Effect::Confirm { question, .. } = bench.click("delete").remove(0) else { panic!("no question") };
    bench.app.answer(question, true, &mut bench.host);
    assert!(bench.node("welcome").visible && !bench.node("editor").visible);
    assert_eq!(bench.host.storage["notes"]["notes"], json!([]));
}

#[test]
fn notes_survive_a_slow_and_a_failing_store() {
    let mut bench = Bench { app: Instance::load(NOTES).instance.unwrap(), host: FakeHost::default() };
    bench.host.slow = true;
    bench.app.mount(0, &mut bench.host);
    assert!(!bench.node("new").enabled, "nothing can be written over what is not read yet");
    bench.host.settle(&mut bench.app);
    bench.click("new");
    for n in 1..=20 {
        bench.change("title", "x".repeat(n));
        bench.change("body", "y".repeat(n));
    }
    bench.host.settle(&mut bench.app);
    let kept = &bench.host.storage["notes"]["notes"][0];
    assert_eq!((kept["title"].as_str().unwrap().len(), kept["body"].as_str().unwrap().len()), (20, 20));
    bench.host.slow = false;
    bench.host.failures.push_back(("storage.set".into(), "No space left".into()));
    bench.change("body", "z");
    assert_eq!(bench.text("status"), "Not saved: No space left");

    let mut broken = Bench { app: Instance::load(NOTES).instance.unwrap(), host: FakeHost::default() };
    broken.host.failures.push_back(("storage.get".into(), "Denied".into()));
    broken.app.mount(0, &mut broken.host);
    assert_eq!(broken.text("welcome-text"), "Notes could not be read: Denied");
}

#[test]
fn gallery() {
    let mut bench = open(GALLERY);
    let shown: HashSet<String> = bench.app.view().nodes.iter().map(|node| node.kind.clone()).collect();
    let missing: Vec<&str> =
        crate::COMPONENTS.iter().map(|row| row.kind).filter(|kind| !shown.contains(*kind)).collect();
    assert_eq!(missing, Vec::<&str>::new(), "every component is in the gallery");
    bench.click("button-primary");
    assert_eq!(bench.text("clicks"), "Pressed once");
    bench.change("field-name", "A");
    assert_eq!(bench.node("field-name").error.as_deref(), Some("At least two letters"));
    bench.change("plan-team", "team");
    assert_eq!(bench.text("chosen"), "Plan: team, city: oslo");
    bench.click("open-dialog");
    assert!(bench.node("dialog").flag("open"));
    bench.click("fails");
    assert_eq!(bench.node("fails").error.as_deref(), Some("Cannot divide by zero"));
    bench.change("task-title", " Write ");
    bench.click("task-add");
    assert_eq!((bench.text("task-count"), bench.data("/tasks/2/title")), ("3 tasks".into(), json!("Write")));
    bench.change("task[2]/task-done", true);
    assert_eq!(bench.data("/tasks/1/done"), json!(true));
    bench.click("task[1]/task-remove");
    assert_eq!(bench.data("/tasks/0/id"), json!(2));
}
