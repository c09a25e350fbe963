//! What made a file, as sentences: who did what to it, when, and because of what.

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

/// The newest first; rows that only add to an earlier one are left out.
pub(super) fn tell(explained: &[Explanation]) -> Vec<Made> {
    let told = explained.iter().filter(|one| one.row.kind != "file.settled");
    let mut told: Vec<Made> = told.map(made).collect();
    // A call that was written down twice, before and after it, is one thing.
    told.dedup_by(|later, earlier| later.what == earlier.what && later.chain == earlier.chain);
    told.truncate(MOST);
    told
}

fn made(one: &Explanation) -> Made {
    Made {
        what: format!("{} by {}", did(&one.row), who(&one.row)),
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
    ];
    if let Some((rest, verb)) = verbs.iter().find_map(|(noun, verb)| Some((label.strip_prefix(noun)?, verb)))
    {
        return Some(format!("because {verb}{rest}"));
    }
    match cause.spec.kind {
        // The app's own step on the way; what led to it says more.
        CauseKind::App if cause.spec.parent.is_some() => None,
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
    use serde_json::Value;

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
        let told = tell(&[Explanation { row: row("write", Some("notes")), chain }]);
        assert_eq!(told[0].what, "Written by Notes");
        assert_eq!(told[0].why, "because you clicked Save in Notes");
        assert_eq!(told[0].chain, ["tool notes.save", "click on Save in Notes"]);
    }

    #[test]
    fn what_is_not_known_is_not_made_up() {
        let told = tell(&[Explanation { row: row("frobnicate_all", None), chain: Vec::new() }]);
        assert_eq!((told[0].what.as_str(), told[0].why.as_str()), ("Frobnicate all by process 9", ""));
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
