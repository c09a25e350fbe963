//! How each documented error of each row is reached: most by what all paths, numbers and processes have in
//! common, the rest one by one (`error_table.rs`, also with what no call can bring about, and the reason).
//!
//! In lines, `$D` is the case's own folder (with `a.txt`, `notes.txt`, the empty `folder`, the full `full`, and
//! `loop`, a link to itself), `$x={…}` keeps a reply as `$x`, `$PID` is the case's process, `other:` is spoken
//! by another process with every right, and what begins with `?` may fail.

use super::{
    error_table::{BY_HAND, UNREACHABLE, WAITING},
    session::{Session, every_right},
    ways::play,
};
use abi::table::{ROWS, Row};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// A way to an error.
pub(crate) struct Case {
    pub(crate) row: &'static str,
    pub(crate) errno: &'static str,
    setup: Vec<String>,
    line: String,
}

pub(crate) fn why_not(row: &str, errno: &str) -> Option<&'static str> {
    let excuse = UNREACHABLE.iter().find(|(r, e, _)| (*r == row || *r == "*") && *e == errno);
    excuse.map(|(_, _, why)| *why)
}

/// How an argument that is a number of something is made wrong.
const HANDLES: [&str; 7] = ["fd", "pipe", "shm", "map", "queue", "pid", "task"];

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for row in &ROWS {
        for errno in row.errnos {
            let waiting =
                WAITING.iter().filter(|(name, ..)| *name == row.name && errno.name() == "ECANCELED");
            cases.extend(waiting.map(|(_, setup, line)| case(row, "ECANCELED", setup, line)));
            let by_hand: Vec<_> =
                BY_HAND.iter().filter(|(r, e, ..)| *r == row.name && *e == errno.name()).collect();
            for (_, _, setup, line) in &by_hand {
                if !line.is_empty() {
                    cases.push(case(row, errno.name(), setup, line));
                }
            }
            let is_waiting =
                cases.last().is_some_and(|case| case.row == row.name && case.errno == errno.name());
            if by_hand.is_empty() && !is_waiting && why_not(row.name, errno.name()).is_none() {
                cases.extend(in_common(row, errno.name()));
            }
        }
    }
    cases
}

/// A case whose setup lines are separated by `;;`.
fn case(row: &'static Row, errno: &'static str, setup: &str, line: &str) -> Case {
    let setup = setup.split(";;").filter(|line| !line.is_empty()).map(str::to_owned).collect();
    Case { row: row.name, errno, setup, line: line.to_owned() }
}

fn paths_of(row: &Row) -> Vec<&'static str> {
    let is_path = |name: &&str| ["path", "from", "to", "item"].contains(name);
    row.args.iter().filter(|arg| arg.ty == "String").map(|arg| arg.name).filter(is_path).collect()
}

/// What all rows with paths, numbers or processes have in common.
fn in_common(row: &'static Row, errno: &'static str) -> Option<Case> {
    let mut line: Value = serde_json::from_str(&row.example.replace("/home", "$D")).unwrap();
    let mut setup: Vec<String> = Vec::new();
    let paths = paths_of(row);
    let address = line.get("address").is_some();
    // The first path, or a socket's file.
    let mut put = |text: &str| match paths.first() {
        Some(field) => line[*field] = json!(text),
        None if address => {
            line["address"] = json!({ "path": text });
            line["fd"] = json!(0);
        }
        None => {}
    };
    match errno {
        "ENOENT" => put("$D/missing/x"),
        "ENOTDIR" => put("$D/a.txt/x"),
        "ENAMETOOLONG" => put("$D/$LONG"),
        "ELOOP" => put("$D/loop/x"),
        "EISDIR" => put("$D/folder"),
        "EROFS" if paths.is_empty() => {
            if !address {
                return None;
            }
            put("/apps/x");
        }
        "EROFS" => {
            for field in &paths {
                line[*field] = json!("/apps/blueprint/productivity/notes.bp");
            }
            if row.args.iter().any(|arg| arg.name == "to") && row.name != "move" {
                line["to"] = json!("/apps/x");
            }
            if matches!(row.name, "create" | "mkdir" | "symlink") {
                line["path"] = json!("/apps/x");
            }
            match row.name {
                "rmdir" => line["path"] = json!("/apps/blueprint/productivity"),
                "copy" => line["from"] = json!("$D/a.txt"),
                "move" => line["to"] = json!("/apps/x"),
                "open" => line["mode"] = json!({"write": true}),
                "trash_empty" => line["path"] = json!("/apps/.Trash"),
                "trash_restore" => line["item"] = json!("/apps/.Trash/files/x"),
                _ => {}
            }
        }
        "EBADF" | "ESRCH" => {
            let handle = HANDLES.iter().find(|handle| row.args.iter().any(|arg| arg.name == **handle))?;
            line[*handle] = json!(if *handle == "fd" { 77 } else { 999_999_999_u64 });
        }
        "ENOTSOCK" => {
            setup.push(r#"{"call":"open","path":"$D/a.txt"}"#.into());
            line["fd"] = json!(0);
        }
        "EPERM" => {
            let make = match row.category.name() {
                "pipe" => r#"$h=other:{"call":"pipe_create"}"#,
                "shared_memory" => r#"$h=other:{"call":"shm_create","size":4096}"#,
                "queue" => r#"$h=other:{"call":"queue_create","name":"q$N"}"#,
                _ => return None,
            };
            setup.push(make.into());
            let handle = HANDLES.iter().find(|handle| line.get(**handle).is_some())?;
            line[*handle] = json!("$h");
        }
        "ENOSPC" | "EDQUOT" => return full(row, errno),
        _ => return None,
    }
    if address && matches!(errno, "ENOENT" | "ENOTDIR" | "ENAMETOOLONG" | "ELOOP" | "EROFS") {
        let kind = if row.name == "sendto" { "datagram" } else { "stream" };
        setup.push(format!(r#"{{"call":"socket","domain":"unix","type":"{kind}"}}"#));
    }
    Some(Case { row: row.name, errno, setup, line: line.to_string().replace("\"$h\"", "$h") })
}

/// In a file system that is full: a small one in memory, or an app's own storage.
fn full(row: &'static Row, errno: &'static str) -> Option<Case> {
    let (place, mut setup) = if errno == "ENOSPC" {
        let mount = r#"{"call":"mount","path":"/mnt/f$N","size_bytes":65536}"#.to_owned();
        ("/mnt/f$N", vec![mount])
    } else {
        ("/system/storage/f$N", vec![r#"{"call":"mkdir","path":"/system/storage/f$N"}"#.to_owned()])
    };
    let say = |text: &str| text.replace("$P", place);
    setup.push(say(r#"{"call":"write","path":"$P/a.txt","data":"hello"}"#));
    let mut more = Vec::new();
    let line = match row.name {
        "write" | "create" => say(&format!(r#"{{"call":"{}","path":"$P/new","data":"$BLOCK"}}"#, row.name)),
        "copy" => say(r#"{"call":"copy","from":"$D/large","to":"$P/new"}"#),
        "mkdir" => say(r#"{"call":"mkdir","path":"$P/new"}"#),
        "truncate" => say(r#"{"call":"truncate","path":"$P/a.txt","size":70000000}"#),
        "symlink" => say(r#"{"call":"symlink","target":"$LONG","path":"$P/new"}"#),
        "link" => say(r#"{"call":"link","from":"$P/a.txt","to":"$P/new"}"#),
        "open" => say(r#"{"call":"open","path":"$P/new","mode":{"write":true,"create":true}}"#),
        "trash" => say(r#"{"call":"trash","path":"$P/a.txt"}"#),
        "fd_write" | "fd_pwrite" => {
            more.push(say(r#"{"call":"open","path":"$P/a.txt","mode":{"write":true}}"#));
            // Behind the block that the file has already.
            more.push(r#"{"call":"lseek","fd":0,"offset":100000}"#.into());
            let at = if row.name == "fd_pwrite" { r#","offset":100000"# } else { "" };
            format!(r#"{{"call":"{}","fd":0,"data":"$BLOCK"{at}}}"#, row.name)
        }
        "sendfile" => {
            more.push(r#"{"call":"open","path":"$D/large"}"#.into());
            more.push(say(r#"{"call":"open","path":"$P/a.txt","mode":{"write":true}}"#));
            more.push(r#"{"call":"lseek","fd":1,"offset":100000}"#.into());
            r#"{"call":"sendfile","fd":0,"to":1}"#.into()
        }
        "stream_open_write" => say(r#"{"call":"stream_open_write","path":"$P/new"}"#),
        "stream_push" => {
            more.push(say(r#"{"call":"stream_open_write","path":"$P/a.txt"}"#));
            r#"{"call":"stream_push","fd":0,"data":"$BLOCK"}"#.into()
        }
        _ => return None,
    };
    setup.extend(more);
    let most = if errno == "ENOSPC" { 65_536 } else { 67_108_864 };
    let fill = [format!("fill:{place}:{most}")];
    let at = setup.len();
    setup.splice(at..at, fill);
    Some(Case { row: row.name, errno, setup, line })
}

/// Plays a case; the answer to its last line.
pub(crate) fn run(session: &mut Session, case: &Case) -> Result<Value, (String, String)> {
    let (pid, name) = session.be_new(&every_right());
    let folder = format!("/home/{name}");
    for line in [
        json!({"call": "mkdir", "path": format!("{folder}/folder"), "parents": true}),
        json!({"call": "mkdir", "path": format!("{folder}/full/deep"), "parents": true}),
        json!({"call": "write", "path": format!("{folder}/a.txt"), "data": "hello"}),
        json!({"call": "write", "path": format!("{folder}/notes.txt"), "data": "notes"}),
        json!({"call": "write", "path": format!("{folder}/large"), "data": "x".repeat(100_000)}),
        json!({"call": "symlink", "path": format!("{folder}/loop"), "target": "loop"}),
    ] {
        session.say(&line).unwrap();
    }
    let number = name.rsplit('-').next().unwrap().to_owned();
    let mut known: BTreeMap<String, Value> = BTreeMap::new();
    let fill = |text: &str, known: &BTreeMap<String, Value>| {
        let mut text = text
            .replace("$D", &folder)
            .replace("$N", &number)
            .replace("$PID", &pid.to_string())
            .replace("$LONG", &"l".repeat(300))
            .replace("$BLOCK", &"b".repeat(100_000));
        if text.contains("$BIG") {
            text = text.replace("$BIG", &"B".repeat(17 * 1024 * 1024));
        }
        for (name, value) in known {
            if let Some(object) = value.as_object() {
                for (field, value) in object {
                    text = text.replace(&format!("${name}.{field}"), &value.to_string());
                }
            }
            text = text.replace(&format!("${name}"), &value.to_string());
        }
        text
    };
    let mut other: Option<String> = None;
    for step in &case.setup {
        let result = play(session, step, &name, &mut other, &mut known, &fill);
        if let Err((errno, detail)) = result {
            session.end_process();
            return Err(("the way there".into(), format!("{step}: {errno} {detail}")));
        }
    }
    let line = fill(&case.line, &known);
    let parsed: Value = serde_json::from_str(&line).unwrap_or_else(|why| panic!("{line}: {why}"));
    let result = if case.errno == "ECANCELED" { cancelled(session, &parsed) } else { session.say(&parsed) };
    if case.setup.iter().any(|step| step == "mounts") {
        let mut number = 0;
        let line = |number| json!({"call": "unmount", "path": format!("/mnt/many{number}")});
        while session.say(&line(number)).is_ok() {
            number += 1;
        }
    }
    session.end_process();
    result
}

/// Submits a call and cancels it; what its task says then.
fn cancelled(session: &mut Session, call: &Value) -> Result<Value, (String, String)> {
    let task = session.say(&json!({"call": "submit", "do": call}))?;
    std::thread::sleep(std::time::Duration::from_millis(2));
    session.say(&json!({"call": "task_cancel", "task": task}))?;
    let status = session.say(&json!({"call": "task_status", "task": task}))?;
    match status["errno"].as_str() {
        Some(errno) => Err((errno.to_owned(), status["detail"].to_string())),
        None => Ok(status),
    }
}
