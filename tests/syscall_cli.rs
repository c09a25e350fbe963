//! `agentos syscall` as anybody outside uses it: lines in, lines out.

use serde_json::{Value, json};
use std::{
    io::Write,
    path::Path,
    process::{Command, Output, Stdio},
};

fn run(args: &[&str], input: &[u8]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_agentos"));
    command.arg("syscall").args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    // It may stop before it has read everything, when it is asked for something it refuses.
    let _ = stdin.write_all(input);
    drop(stdin);
    child.wait_with_output().unwrap()
}

/// The replies to lines, one each.
fn converse(args: &[&str], lines: &[&str]) -> Vec<Value> {
    let output = run(args, (lines.join("\n") + "\n").as_bytes());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    let replies: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(replies.len(), lines.len(), "one reply per line: {text}");
    replies
}

fn file(folder: &Path, name: &str, text: &str) -> String {
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn what_is_written_is_read_and_bytes_are_base64_where_they_are_no_text() {
    let replies = converse(
        &[],
        &[
            r#"{"call":"write","path":"/home/a.txt","data":"hello"}"#,
            r#"{"call":"read","path":"/home/a.txt"}"#,
            r#"{"call":"write","path":"/home/b","data":{"base64":"/wA="}}"#,
            r#"{"call":"read","path":"/home/b"}"#,
            r#"{"call":"read","path":"/home/missing"}"#,
        ],
    );
    assert_eq!(replies[..2], [json!({"ok": 5}), json!({"ok": "hello"})]);
    assert_eq!(replies[3], json!({"ok": {"base64": "/wA="}}));
    assert_eq!(replies[4]["errno"], "ENOENT");
    assert!(replies[4]["detail"].as_str().unwrap().contains("/home/missing"));
}

#[test]
fn whatever_a_line_is_it_gets_one_reply_and_the_next_is_read() {
    let deep = "[".repeat(100_000);
    let replies = converse(
        &[],
        &[
            "nonsense",
            "[]",
            "{}",
            &deep,
            r#"{"call":"no_such_call"}"#,
            r#"{"call":"read"}"#,
            r#"{"call":"read","path":"/home","surplus":1}"#,
            r#"{"as":"nobody"}"#,
            r#"{"repeat":-1,"do":{"call":"getcwd"}}"#,
            r#"{"census":false}"#,
            r#"{"call":"pipe_create","capacity":18446744073709551615}"#,
            r#"{"call":"getcwd"}"#,
        ],
    );
    let (last, bad) = replies.split_last().unwrap();
    for reply in bad {
        assert!(reply["errno"].is_string() && reply["detail"].is_string(), "{reply}");
    }
    assert_eq!(*last, json!({"ok": "/home"}));
    let output = run(&[], b"\xff\xfe\n\n   \n{\"call\":\"getcwd\"}");
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(text.lines().count(), 2, "blank lines are passed over, the last needs no end: {text}");
}

#[test]
fn rights_are_those_of_the_file_and_no_more() {
    let folder = tempfile::tempdir().unwrap();
    let some = file(folder.path(), "some.json", r#"[{"ReadFile":"/home"},"TimeAccess"]"#);
    let replies = converse(
        &["--caps", &some],
        &[
            r#"{"call":"exists","path":"/home/a"}"#,
            r#"{"call":"get_uptime"}"#,
            r#"{"call":"write","path":"/home/a","data":""}"#,
            r#"{"call":"exists","path":"/tmp/a"}"#,
            r#"{"call":"list_capabilities"}"#,
        ],
    );
    assert_eq!(replies[0], json!({"ok": false}));
    assert!(replies[1]["ok"]["nanos"].is_u64());
    assert_eq!((&replies[2]["errno"], &replies[3]["errno"]), (&json!("EACCES"), &json!("EACCES")));
    assert_eq!(replies[4], json!({"ok": [{"ReadFile": "/home"}, "TimeAccess"]}));
    let none = file(folder.path(), "none.json", "[]");
    let replies = converse(&["--caps", &none], &[r#"{"call":"get_uptime"}"#]);
    assert_eq!(replies[0]["errno"], "EACCES");
    assert!(replies[0]["detail"].as_str().unwrap().contains("TimeAccess"));
    let broken = file(folder.path(), "broken.json", "{");
    let output = run(&["--caps", &broken], b"");
    assert!(!output.status.success() && String::from_utf8_lossy(&output.stderr).contains("broken.json"));
}

#[test]
fn control_lines_make_switch_revoke_repeat_and_count() {
    let replies = converse(
        &[],
        &[
            r#"{"call":"write","path":"/home/a","data":"x"}"#,
            r#"{"as":"child","caps":[{"ReadFile":"/home"}]}"#,
            r#"{"call":"read","path":"/home/a"}"#,
            r#"{"call":"write","path":"/home/a","data":"y"}"#,
            r#"{"as":"grandchild","caps":["TimeAccess"]}"#,
            r#"{"revoke":{"ReadFile":"/home"}}"#,
            r#"{"call":"read","path":"/home/a"}"#,
            r#"{"as":0}"#,
            r#"{"call":"open","path":"/home/a"}"#,
            r#"{"census":true}"#,
            r#"{"call":"close","fd":0}"#,
            r#"{"census":true}"#,
            r#"{"repeat":1000,"do":{"call":"get_uptime"}}"#,
            r#"{"repeat":10,"do":{"call":"read","path":"/home/none"}}"#,
            r#"{"as":"child"}"#,
        ],
    );
    let errno = |index: usize| replies[index]["errno"].as_str().unwrap_or("none");
    assert_eq!(replies[2], json!({"ok": "x"}));
    assert_eq!((errno(3), errno(4), errno(6)), ("EACCES", "EPERM", "EACCES"));
    assert!(replies[6]["detail"].as_str().unwrap().contains("revoked"));
    assert_eq!(replies[9]["ok"]["process"]["descriptors"], 1);
    assert_eq!(replies[11]["ok"]["process"]["descriptors"], 0);
    assert_eq!((&replies[12]["ok"]["count"], &replies[12]["ok"]["errors"]), (&json!(1000), &json!({})));
    assert!(replies[12]["ok"]["nanos"].as_u64().unwrap() > 0);
    assert_eq!(replies[13]["ok"]["errors"], json!({"ENOENT": 10}));
    assert_eq!(replies[14]["ok"]["pid"], replies[1]["ok"]["pid"]);
}

#[test]
fn files_stay_in_the_data_folder_and_a_fresh_one_is_used_without() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let args = ["--data-dir", data.to_str().unwrap()];
    converse(&args, &[r#"{"call":"write","path":"/home/kept","data":"kept"}"#]);
    assert_eq!(converse(&args, &[r#"{"call":"read","path":"/home/kept"}"#]), [json!({"ok": "kept"})]);
    assert_eq!(converse(&[], &[r#"{"call":"exists","path":"/home/kept"}"#]), [json!({"ok": false})]);
}

#[test]
fn a_program_runs_in_a_terminal() {
    let replies = converse(
        &[],
        &[
            r#"{"call":"exec_pty","executable":"sh","args":["-c","printf %s-%s one two; exit 3"]}"#,
            r#"{"call":"wait"}"#,
            r#"{"call":"fd_read","fd":0,"timeout_millis":10000}"#,
            r#"{"call":"fd_read","fd":0,"timeout_millis":10000}"#,
            r#"{"call":"exec_pty","executable":"no-such-program"}"#,
        ],
    );
    assert_eq!(replies[1]["ok"]["exit"], json!({"code": 3}));
    assert_eq!(replies[2..4], [json!({"ok": "one-two"}), json!({"ok": ""})]);
    assert_eq!(replies[4]["errno"], "ENOENT");
}

/// So many reads and so many clock readings: each is one call, one decision and one event, written or sampled out.
fn repeated_calls_add_up(times: u64) {
    let repeat = |call: &str| format!(r#"{{"repeat":{times},"do":{call}}}"#);
    let replies = converse(
        &[],
        &[
            r#"{"call":"write","path":"/home/a","data":"x"}"#,
            r#"{"call":"get_metrics"}"#,
            &repeat(r#"{"call":"exists","path":"/home/a"}"#),
            &repeat(r#"{"call":"get_uptime"}"#),
            r#"{"call":"get_metrics"}"#,
        ],
    );
    assert_eq!((&replies[2]["ok"]["errors"], &replies[3]["ok"]["errors"]), (&json!({}), &json!({})));
    let (before, after) = (&replies[1]["ok"], &replies[4]["ok"]);
    let new = |pointer: &str| {
        let figure = |metrics: &Value| metrics.pointer(pointer).and_then(Value::as_u64).unwrap();
        figure(after) - figure(before)
    };
    let row = |metrics: &Value, name: &str| {
        let rows = metrics["rows"].as_array().unwrap();
        rows.iter().find(|row| row["name"] == name).map_or(0, |row| row["count"].as_u64().unwrap())
    };
    for name in ["exists", "get_uptime"] {
        assert_eq!(row(after, name) - row(before, name), times, "{name}");
    }
    // The metrics themselves are a call, a decision and an event.
    assert_eq!(new("/syscalls_total"), 2 * times + 1);
    assert_eq!((new("/decisions/allowed"), new("/decisions/denied")), (2 * times + 1, 0));
    assert_eq!(
        new("/decision_cache/hits") + new("/decision_cache/misses"),
        times,
        "the clock needs no object"
    );
    // A call that took unusually long is told in an event of its own.
    let events = new("/ring/emitted") + new("/ring/sampled_out") - new("/anomalies");
    assert_eq!(events, 2 * times + 1, "no event is lost uncounted");
}

#[test]
fn calls_decisions_and_events_are_counted_exactly() {
    repeated_calls_add_up(20_000);
}

#[test]
fn a_million_calls_decisions_and_events_are_counted_exactly() {
    repeated_calls_add_up(1_000_000);
}
