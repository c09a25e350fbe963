//! Single changes by example; whole histories against plain copies.

use proptest::prelude::*;
use serde_json::json;

use super::*;

fn state(value: Value) -> State {
    let Value::Object(members) = value else { unreachable!("the root is an object") };
    State::new(members)
}

#[test]
fn changes_touch_as_little_as_they_change() {
    let start = json!({"a": {"b": 1}, "list": [1, 2], "none": null});
    for (pointer, value, touched, expected) in [
        ("/a/b", json!(2), vec!["/a/b"], json!({"a": {"b": 2}, "list": [1, 2], "none": null})),
        ("/a/b", json!(1), vec![], start.clone()),
        (
            "/x/y/z",
            json!(1),
            vec!["/x"],
            json!({"a": {"b": 1}, "list": [1, 2], "none": null, "x": {"y": {"z": 1}}}),
        ),
        ("/none/y", json!(1), vec!["/none"], json!({"a": {"b": 1}, "list": [1, 2], "none": {"y": 1}})),
        ("/list/2", json!(3), vec!["/list/2"], json!({"a": {"b": 1}, "list": [1, 2, 3], "none": null})),
        ("/list/-", json!(3), vec!["/list/2"], json!({"a": {"b": 1}, "list": [1, 2, 3], "none": null})),
        ("/list/0", json!(9), vec!["/list/0"], json!({"a": {"b": 1}, "list": [9, 2], "none": null})),
        ("/k~1ey", json!(1), vec!["/k~1ey"], json!({"a": {"b": 1}, "list": [1, 2], "none": null, "k/ey": 1})),
    ] {
        let mut state = state(start.clone());
        state.set(pointer, value).unwrap();
        assert_eq!(state.take_touched(), touched, "{pointer}");
        assert_eq!(state.root(), &expected, "{pointer}");
        state.verify_invariants();
        state.undo();
        assert_eq!(state.root(), &start, "{pointer}");
    }
}

#[test]
fn what_cannot_be_is_refused_and_changes_nothing() {
    let start = json!({"n": 1, "list": []});
    let mut state = state(start.clone());
    for (pointer, error) in [
        ("n", StateError::BadPointer("n".into())),
        ("/n/x", StateError::Unreachable("/n/x".into())),
        ("/list/5", StateError::Unreachable("/list/5".into())),
        ("/list/01", StateError::Unreachable("/list/01".into())),
        ("", StateError::Unreachable(String::new())),
    ] {
        assert_eq!(state.set(pointer, json!(0)), Err(error), "{pointer}");
    }
    assert_eq!(state.set("/big", json!("x".repeat(MAX_SIZE_BYTES))), Err(StateError::TooLarge));
    assert!(state.set(&"/x".repeat(MAX_TOKENS + 1), json!(0)).is_err());
    assert_eq!(state.root(), &start);
}

#[test]
fn history_is_bounded() {
    let mut state = state(json!({"n": 0}));
    for n in 1..=HISTORY_STEPS + 10 {
        state.set("/n", json!(n)).unwrap();
        state.commit(None);
    }
    let mut steps = 0;
    while state.undo() {
        steps += 1;
    }
    assert_eq!((steps, state.root()["n"].clone()), (HISTORY_STEPS, json!(10)));
}

#[derive(Clone, Debug)]
enum Op {
    Set(String, Value),
    Remove(String),
    Insert(String, usize, Value),
    Commit(bool),
    Undo,
    Redo,
}

fn any_op() -> impl Strategy<Value = Op> {
    let pointer = || {
        prop::collection::vec(prop::sample::select(vec!["a", "b", "0", "1", "-", "l"]), 0..4)
            .prop_map(|tokens| tokens.iter().map(|token| format!("/{token}")).collect::<String>())
    };
    let value = || {
        prop_oneof![
            Just(Value::Null),
            (0..4_i64).prop_map(Value::from),
            Just(json!([])),
            Just(json!([1, [2]])),
            Just(json!({"a": {"l": [1]}})),
        ]
    };
    prop_oneof![
        4 => (pointer(), value()).prop_map(|(pointer, value)| Op::Set(pointer, value)),
        2 => pointer().prop_map(Op::Remove),
        2 => (pointer(), 0..3_usize, value()).prop_map(|(pointer, index, value)| Op::Insert(pointer, index, value)),
        2 => any::<bool>().prop_map(Op::Commit),
        1 => Just(Op::Undo),
        1 => Just(Op::Redo),
    ]
}

/// Members in another order are the same value.
fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let mut members: Vec<(String, Value)> =
                members.iter().map(|(key, value)| (key.clone(), sorted(value))).collect();
            members.sort_by(|a, b| a.0.cmp(&b.0));
            Value::Object(members.into_iter().collect())
        }
        Value::Array(items) => Value::Array(items.iter().map(sorted).collect()),
        other => other.clone(),
    }
}

proptest! {
    #[test]
    fn undoing_everything_brings_back_the_start_and_redoing_the_end(ops in prop::collection::vec(any_op(), 0..30)) {
        let start = json!({"a": 1, "l": [1, 2]});
        let mut state = state(start.clone());
        for op in ops {
            let _ = match op {
                Op::Set(pointer, value) => state.set(&pointer, value),
                Op::Remove(pointer) => state.remove(&pointer),
                Op::Insert(pointer, index, value) => state.insert(&pointer, index, value),
                Op::Commit(same) => { state.commit(same.then_some("typing")); Ok(()) }
                Op::Undo => { state.undo(); Ok(()) }
                Op::Redo => { state.redo(); Ok(()) }
            };
            state.verify_invariants();
        }
        state.commit(None);
        let end = state.root().clone();
        let undone = std::iter::from_fn(|| state.undo().then(|| state.verify_invariants())).count();
        prop_assert_eq!(sorted(state.root()), start);
        for _ in 0..undone {
            prop_assert!(state.redo());
        }
        prop_assert_eq!(sorted(state.root()), sorted(&end));
    }
}
