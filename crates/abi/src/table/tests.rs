//! The table holds its own promises.

use super::{ROWS, Row, json, markdown};
use crate::Call;
use std::collections::HashSet;

#[test]
fn numbers_and_names_are_unique_and_found() {
    let (mut names, mut numbers) = (HashSet::new(), HashSet::new());
    for (index, row) in ROWS.iter().enumerate() {
        assert_eq!(usize::from(row.index), index, "{}", row.name);
        assert!(numbers.insert(row.number), "{} has another row's number", row.name);
        assert!(names.insert(row.name), "{} twice", row.name);
        let snake = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        assert!(row.name.chars().all(snake), "{}", row.name);
        assert!(std::ptr::eq(Row::by_name(row.name).unwrap(), row));
        assert!(std::ptr::eq(Row::by_number(row.number).unwrap(), row));
    }
    assert_eq!(Call::NUMBERS.len(), ROWS.len());
}

#[test]
fn every_example_is_its_own_call_and_comes_back_the_same() {
    for row in &ROWS {
        let call: Call =
            serde_json::from_str(row.example).unwrap_or_else(|why| panic!("{}: {why}", row.name));
        assert_eq!(call.row().name, row.name);
        assert_eq!(call.number(), row.number);
        let text = serde_json::to_string(&call).unwrap();
        assert_eq!(serde_json::from_str::<Call>(&text).unwrap(), call, "{text}");
    }
}

#[test]
fn every_row_has_a_manual_and_documented_arguments() {
    for row in &ROWS {
        assert!(row.summary().len() > 8, "{} has no manual", row.name);
        for arg in row.args {
            assert!(!arg.doc.trim().is_empty(), "{}.{} has no manual", row.name, arg.name);
        }
        let mut errnos = row.errnos.to_vec();
        errnos.dedup();
        assert_eq!(errnos.len(), row.errnos.len(), "{} lists an errno twice", row.name);
        // A call that takes something from its caller can fail on it.
        let can_fail = row.args.is_empty() || !row.needs.is_empty() || !row.errnos.is_empty();
        assert!(can_fail || row.name == "get_env", "{} names no error", row.name);
    }
}

#[test]
fn a_line_that_is_no_call_is_answered_with_what_is_wrong() {
    let wrong = |text: &str| serde_json::from_str::<Call>(text).unwrap_err().to_string();
    assert!(wrong(r#"{"path":"/"}"#).contains("`call` is missing"));
    assert!(wrong(r#"{"call":7}"#).contains("must be a string"));
    assert!(wrong(r#"{"call":"reed","path":"/"}"#).contains("no syscall is called `reed`"));
    assert!(wrong(r#"{"call":"pipe_red"}"#).contains("pipe_"));
    assert!(wrong(r#"{"call":"read"}"#).contains("read: missing field `path`"));
    assert!(wrong(r#"{"call":"read","path":"/","ofset":1}"#).contains("unknown field `ofset`"));
    assert!(wrong("[]").contains("map"));
}

#[test]
fn the_reference_names_every_row() {
    let (page, list) = (markdown(), json().to_string());
    for row in &ROWS {
        assert!(page.contains(&format!("### {} (", row.name)));
        assert!(list.contains(&format!("\"name\":\"{}\"", row.name)));
    }
}
