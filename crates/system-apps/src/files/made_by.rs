//! What made a file, as sentences: who did what to it, when, and because of what.

use super::names::{last_name, parent};
use crate::common::format;
use abi::{
    Cause, CauseKind,
    table::{Explanation, JournalRow},
};

/// Rows that are told.
const MOST: usize = 30;

/// One thing that was done to a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Made {
    /// `Written by Notes`.
    pub(super) what: String,
    /// Milliseconds since the Unix epoch.
    pub(super) at_millis: u64,
    /// `because you clicked Save in Notes`; empty where nobody knows.
    pub(super) why: String,
    /// The causes, the nearest first.
    pub(super) chain: Vec<String>,
}

/// What was done to the thing at this path, the newest first; rows that only add to an earlier one are left out.
pub(super) fn tell(explained: &[Explanation], path: &str) -> Vec<Made> {
    let told = explained.iter().filter(|one| one.row.kind != "file.settled");
    let mut told: Vec<Made> = told.map(|one| made(one, path)).collect();
    // A call that was written down twice, before and after it, is one thing.
    told.dedup_by(|later, earlier| later.what == earlier.what && later.chain == earlier.chain);
    told.truncate(MOST);
    told
}

/// Where something was before it came to this path: the number of the row that moved it, and the path.
pub(super) fn came_from(explained: &[Explanation], path: &str) -> Option<(u64, String)> {
    explained.iter().rev().find_map(|one| Some((one.row.seq, old_path(&one.row, path)?)))
}

/// The path that a row moved to this one.
fn old_path(row: &JournalRow, path: &str) -> Option<String> {
    if row.kind != "file" {
        return None;
    }
    row.changes.iter().find_map(|change| {
        let (from, to) = (&change["rename"]["from"], &change["rename"]["to"]);
        let set = &change["set"];
        if to.as_str() == Some(path) {
            from.as_str().map(str::to_owned)
        } else if row.call == "move" && set["after"] == "absent" {
            set["path"].as_str().filter(|old| *old != path).map(str::to_owned)
        } else {
            None
        }
    })
}

fn made(one: &Explanation, path: &str) -> Made {
    let from = match old_path(&one.row, path) {
        Some(old) if parent(&old) == parent(path) => {
            format!("Renamed from “{}”", last_name(&old))
        }
        Some(old) if one.row.call == "move" => format!("Moved from {}", parent(&old).unwrap_or_default()),
        _ => did(&one.row),
    };
    Made {
        what: format!("{from} by {}", who(&one.row)),
        at_millis: one.row.time_millis,
        why: one.chain.iter().find_map(because).unwrap_or_default(),
        chain: one.chain.iter().map(|cause| cause.spec.label.clone()).collect(),
    }
}

fn did(row: &JournalRow) -> String {
    let word = match row.call.as_str() {
        _ if row.kind == "file.failed" => return format!("Not changed ({} failed)", words(&row.call)),
        _ if row.kind == "denied" => return format!("Kept ({} was denied)", words(&row.call)),
        "write" | "fd_write" | "fd_pwrite" | "sendfile" | "mmap_write" | "msync" => "Written",
        "create" | "mkdir" | "symlink" | "link" => "Made",
        "open" => "Opened for writing",
        "move" => "Moved",
        "copy" => "Copied",
        "truncate" => "Cut to a length",
        "delete" | "rmdir" => "Deleted",
        "trash" => "Put into the trash",
        "trash_restore" => "Taken out of the trash",
        "trash_empty" => "Deleted from the trash",
        "chmod" => "Permissions changed",
        "set_times" => "Time changed",
        "undo" => "Taken back",
        "apply_run" => "Taken over from a run",
        "" => "Changed",
        other => return capitalised(&words(other)),
    };
    word.to_owned()
}

fn words(call: &str) -> String {
    call.replace('_', " ")
}

/// The app as people know it.
fn who(row: &JournalRow) -> String {
    match row.app.as_deref() {
        Some("") | None if row.pid.0 <= 1 => "the system".to_owned(),
        Some("") | None => format!("process {}", row.pid.0),
        Some(app) => app.split(['-', '_']).map(capitalised).collect::<Vec<_>>().join(" "),
    }
}

/// A cause as the reason it is for what followed.
fn because(cause: &Cause) -> Option<String> {
    let label = cause.spec.label.trim();
    let verbs = [
        ("click on ", "you clicked "),
        ("double click on ", "you double-clicked "),
        ("triple click on ", "you triple-clicked "),
        ("change of ", "you changed "),
        ("menu ", "you chose from the menu: "),
        ("answer ", "you answered "),
        ("start of ", "of the start of "),
        ("key ", "you pressed "),
        ("drag of ", "you dragged "),
    ];
    if let Some((rest, verb)) = verbs.iter().find_map(|(noun, verb)| Some((label.strip_prefix(noun)?, verb)))
    {
        return Some(format!("because {verb}{rest}"));
    }
    match cause.spec.kind {
        // The app's own step on the way; what led to it says more.
        CauseKind::App if cause.spec.parent.is_some() => None,
        // The kernel's own step of taking back; what asked for it says more.
        CauseKind::System if cause.spec.parent.is_some() => None,
        _ if label.is_empty() => None,
        CauseKind::Key => Some(format!("because you typed: {label}")),
        CauseKind::Timer => Some(format!("because of a timer: {label}")),
        CauseKind::Control => Some(format!("because a script asked: {label}")),
        CauseKind::Ai => Some(format!("because the AI asked: {label}")),
        _ => Some(format!("because of: {label}")),
    }
}

/// `just now`, `3 minutes ago`, and the date for what is more than a day old.
pub(super) fn ago(now_millis: u64, then_millis: u64) -> String {
    let seconds = now_millis.saturating_sub(then_millis) / 1_000;
    let count = |number: u64, one, many| format::counted(number as usize, one, many);
    match seconds {
        0..10 => "just now".into(),
        10..60 => format!("{seconds} seconds ago"),
        60..3_600 => format!("{} ago", count(seconds / 60, "minute", "minutes")),
        3_600..86_400 => format!("{} ago", count(seconds / 3_600, "hour", "hours")),
        _ => format!("on {}", format::date_time(then_millis)),
    }
}

fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use abi::{CauseId, CauseSpec, Pid};
    use serde_json::{Value, json};

    fn row(call: &str, app: Option<&str>) -> JournalRow {
        JournalRow {
            seq: 1,
            time_millis: 5_000,
            cause: CauseId(7),
            pid: Pid(9),
            app: app.map(str::to_owned),
            kind: "file".into(),
            call: call.into(),
            object: "/home/a".into(),
            rule: None,
            changes: Vec::new(),
            detail: Value::Null,
        }
    }

    fn cause(kind: CauseKind, label: &str, parent: Option<CauseId>) -> Cause {
        let spec = CauseSpec { parent, ..CauseSpec::new(kind, label) };
        Cause { id: CauseId(7), spec, time_millis: 0 }
    }

    #[test]
    fn a_row_becomes_a_sentence() {
        let chain = vec![
            cause(CauseKind::App, "tool notes.save", Some(CauseId(3))),
            cause(CauseKind::Pointer, "click on Save in Notes", None),
        ];
        let told = tell(&[Explanation { row: row("write", Some("notes")), chain }], "/home/a");
        assert_eq!(told[0].what, "Written by Notes");
        assert_eq!(told[0].why, "because you clicked Save in Notes");
        assert_eq!(told[0].chain, ["tool notes.save", "click on Save in Notes"]);
    }

    #[test]
    fn what_is_not_known_is_not_made_up() {
        let told = tell(&[Explanation { row: row("frobnicate_all", None), chain: Vec::new() }], "/home/a");
        assert_eq!((told[0].what.as_str(), told[0].why.as_str()), ("Frobnicate all by process 9", ""));
    }

    #[test]
    fn what_had_another_name_says_so_and_where_it_was() {
        let moved = |changes: Value| {
            let changes = vec![changes];
            [Explanation { row: JournalRow { changes, ..row("move", Some("files")) }, chain: Vec::new() }]
        };
        let kept = moved(json!({"set": {"path": "/home/b", "after": "absent"}}));
        assert_eq!(tell(&kept, "/home/a")[0].what, "Renamed from “b” by Files");
        assert_eq!(came_from(&kept, "/home/a"), Some((1, "/home/b".into())));
        let large = moved(json!({"rename": {"from": "/tmp/a", "to": "/home/a"}}));
        assert_eq!(tell(&large, "/home/a")[0].what, "Moved from /tmp by Files");
        assert_eq!(came_from(&large, "/home/other"), None);
    }

    #[test]
    fn times_are_told_from_now() {
        let now = 100 * 86_400_000;
        for (then, said) in
            [(now, "just now"), (now - 180_000, "3 minutes ago"), (now - 3_600_000, "1 hour ago")]
        {
            assert_eq!(ago(now, then), said);
        }
        assert!(ago(now, 1).starts_with("on 1 Jan 1970"));
        assert_eq!(ago(0, now), "just now", "a clock that was set back");
    }
}
