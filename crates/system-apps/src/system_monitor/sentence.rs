//! Rows of the journal as sentences for people, and what stands around them. Pure.

use super::sheet::{Offer, SheetRow, Value};
use crate::common::{facts::Fact, format, grid::Look};
use abi::{
    Capability, CauseKind, Verdict, right_in_words, rule_in_words, story,
    table::{EndDetail, EndReason, JournalRow, Row},
};
use serde_json::Value as Json;
use widgets::{Subject, icons::Icon};

/// An app's id as a name: `Text Editor` for `text-editor`.
pub(super) fn app_name(id: &str) -> String {
    let word = |word: &str| {
        let mut chars = word.chars();
        chars.next().map(|first| first.to_uppercase().chain(chars).collect::<String>()).unwrap_or_default()
    };
    id.split(['-', '_', '.']).filter(|part| !part.is_empty()).map(word).collect::<Vec<_>>().join(" ")
}

/// Who did what a row tells of. Numbers of processes are given anew at each boot, ids of apps are not.
pub(super) fn who(row: &JournalRow) -> String {
    match &row.app {
        Some(app) => app_name(app),
        None if row.pid == abi::Pid::KERNEL => "The system".into(),
        None => format!("Process {}", row.pid),
    }
}

/// What a call does, with the object behind it.
fn deed(call: &str) -> &'static str {
    match call {
        "write" | "fd_write" | "fd_pwrite" | "mmap_write" => "wrote",
        "create" => "made",
        "open" => "opened to change it",
        "delete" => "deleted",
        "move" => "moved",
        "copy" => "copied",
        "mkdir" => "made the folder",
        "rmdir" => "removed the folder",
        "truncate" => "cut the length of",
        "trash" => "moved to the trash",
        "trash_restore" => "took back from the trash",
        "trash_empty" => "emptied the trash at",
        "symlink" | "link" => "made the link",
        "chmod" => "changed who may use",
        "set_times" => "changed the time of",
        "sendfile" => "copied into",
        "undo" => "took back changes to",
        "apply_run" => "took over what a program did to",
        "spawn" | "exec_pty" => "started the program",
        "kill" => "ended process",
        "send_signal" => "sent a signal to process",
        "set_process_priority" => "changed the priority of process",
        "set_limits" => "changed limits",
        "mount" => "mounted",
        "unmount" => "unmounted",
        "connect" => "connected to",
        "bind" => "took the address",
        "sendto" => "sent to",
        "network_request" => "asked the network for",
        "mmap" => "mapped",
        _ => "",
    }
}

/// A row as a sentence without its full stop.
pub(super) fn sentence(row: &JournalRow) -> String {
    let (who, object) = (who(row), row.object.as_str());
    match row.kind.as_str() {
        "file" | "call" => match deed(&row.call) {
            "" if row.call.is_empty() => format!("{who} changed {object}"),
            "" => format!("{who} called {} on {object}", row.call),
            "changed limits" => format!("{who} changed limits of a process"),
            deed => match argv(row) {
                Some(argv) => format!("{who} {deed} {argv}"),
                None => format!("{who} {deed} {object}"),
            },
        },
        "file.settled" => format!("{object} is as {who} left it"),
        "file.failed" => format!("{who} could not change {object}"),
        "network.allowed" => format!("{who} was let through to {object}"),
        "denied" => format!("{who} was not allowed to {} {object}", verb(&row.call)).trim_end().to_owned(),
        "denied.count" => {
            format!("{who} was again not allowed to {} {object}", verb(&row.call)).trim_end().to_owned()
        }
        "grant" => format!("{who} was allowed to {}", right_in_words(object)),
        "grant.asked" => format!("{who} asked to {}", right_in_words(object)),
        "grant.refused" => format!("{who} asked to {} and was refused", right_in_words(object)),
        "grant.expired" => format!("{who} asked to {} and got no answer", right_in_words(object)),
        "grant.kept" => kept(row, &who, &right_in_words(object)),
        "grant.lingers" => format!("{who} had been allowed to {}", right_in_words(object)),
        "grant.muted" => match row.detail["muted"].as_bool() {
            Some(false) => format!("{} may ask for rights again", app_name(object)),
            _ => format!("{} was muted", app_name(object)),
        },
        "revoke" => format!("{who} may no longer {}", right_in_words(object)),
        "process.start" => format!("{object} was started"),
        "process.child" => format!("{who} started {}", argv(row).unwrap_or_else(|| object.to_owned())),
        "process.attach" => format!("{object} outlived the desktop and was taken up again"),
        "process.touch" => touch(&who, object, row),
        "fault" => format!("{who} was ended, since its call {object} broke"),
        "process.exit" => end(object, &EndDetail::read(&row.detail)),
        "cause" => capitalised(object),
        "install" => format!("{object} was installed or changed"),
        "session" => format!("A session was saved or restored: {object}"),
        "control" => format!("A control call: {object}"),
        "ai" => format!("A turn of the AI: {object}"),
        "run.begin" => format!("{who} began {object}, whose changes are held back"),
        "run.apply" => format!("{who} takes over changes of {object}"),
        "run.discard" => format!("{who} decided against changes of {object}"),
        "undo" => format!("{who} began to take back what {object} did"),
        "undo.done" => format!("{who} has taken back what {object} did"),
        "journal.damaged" => format!("The journal is damaged: {object}"),
        "journal.retired" => "The oldest rows made room".into(),
        other => format!("{who}: {other} {object}"),
    }
}

/// What a program in a sandbox did, or tried where its sandbox shows nothing.
fn touch(who: &str, object: &str, row: &JournalRow) -> String {
    let text = |name: &str| row.detail.get(name).and_then(Json::as_str).unwrap_or_default();
    if row.detail.get("hidden").and_then(Json::as_bool) == Some(true) {
        let verb = if text("act") == "execute" { "run" } else { "read" };
        return format!("{who} tried to {verb} {object}, which its sandbox hides");
    }
    let later = runs_later(row).map_or(String::new(), |why| format!(", which runs later by itself: {why}"));
    let told = match text("act") {
        "write" => format!("{who} opened {object} to write"),
        "execute" => format!("{who} ran {object}"),
        "rename" => format!("{who} renamed {object} to {}", text("other")),
        "remove" | "remove_folder" => format!("{who} removed {object}"),
        "make_folder" => format!("{who} made the folder {object}"),
        "link" => format!("{who} made the link {object}"),
        "truncate" => format!("{who} cut {object}"),
        "permissions" => format!("{who} changed who may use {object}"),
        "connect" => format!("{who} connected to {object}"),
        other => format!("{who}: {other} {object}"),
    };
    told + &later
}

/// What was decided about an app for good.
fn kept(row: &JournalRow, who: &str, right: &str) -> String {
    match row.rule.as_deref() {
        Some("answer always") => format!("You decided that {who} may always {right}"),
        Some("answer never") => format!("You decided that {who} may never {right}"),
        _ => format!("You decided to be asked again when {who} wants to {right}"),
    }
}

fn end(object: &str, end: &EndDetail) -> String {
    match (end.reason, end.by.as_deref()) {
        (Some(EndReason::Closed), _) => format!("{object} was closed"),
        (Some(EndReason::Quit), _) => format!("{object} ended with the desktop"),
        (Some(EndReason::Parent), Some(parent)) => {
            format!("{object} ended with {parent}, which had started it")
        }
        (Some(EndReason::Parent), None) => format!("{object} ended with what had started it"),
        (Some(EndReason::Asked), Some(by)) => format!("{object} was ended by {by}, with {}", end.exit),
        _ if end.exceeded.is_some() => {
            let limit = end.exceeded.map(|exceeded| exceeded.to_string()).unwrap_or_default();
            format!("{object} was ended by a limit: {limit}")
        }
        _ => match end.exit.as_str() {
            "code 0" => format!("{object} ended, by itself"),
            "" => format!("{object} ended, nobody knows how"),
            other => format!("{object} ended, with {other}"),
        },
    }
}

fn argv(row: &JournalRow) -> Option<String> {
    let argv = row.detail.get("argv")?.as_array()?;
    Some(argv.iter().filter_map(Json::as_str).collect::<Vec<_>>().join(" "))
}

/// What a call is for, as one is refused to do it.
fn verb(call: &str) -> &str {
    match call {
        "list" => "look into",
        "stat" | "exists" => "look at",
        "spawn" | "exec_pty" => "start",
        "get_metrics" | "query_events" | "why" | "explain" => "see what others do",
        "kill" => "end process",
        "connect" => "connect to",
        "network_request" => "ask the network for",
        "mkdir" => "make the folder",
        "" => "use",
        other => other,
    }
}

fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

/// A row as a whole story: who did what, by which rule, and because of what (the label of its cause).
pub fn journal_sentence(row: &JournalRow, because: Option<&str>) -> String {
    let mut told = sentence(row);
    // What was decided for good says so itself.
    if let Some(rule) = row.rule.as_ref().filter(|_| row.kind != "grant.kept") {
        let words = rule_words(row, rule);
        // That it was refused is said already.
        let reason = words.strip_prefix("refused").filter(|_| is_bad(row));
        match reason {
            Some(reason) => told.push_str(reason),
            None => told.push_str(&format!("; {words}")),
        }
    }
    if let Some(because) = because.filter(|because| !because.is_empty()) {
        told.push_str("; because ");
        told.push_str(&story(because));
    }
    told
}

/// Whether something was wrong.
pub(super) fn is_bad(row: &JournalRow) -> bool {
    matches!(row.kind.as_str(), "denied" | "denied.count" | "file.failed" | "grant.refused" | "grant.expired")
}

/// Whether somebody should look twice: something was refused or failed, or a file that runs later may be another one.
pub(super) fn is_alarming(row: &JournalRow) -> bool {
    is_bad(row) || runs_later(row).is_some()
}

/// Who runs by itself what a program in a sandbox changed.
fn runs_later(row: &JournalRow) -> Option<&str> {
    row.detail.get("runs_later").and_then(Json::as_str)
}

/// Whether the gate said no.
fn is_denial(row: &JournalRow) -> bool {
    matches!(row.kind.as_str(), "denied" | "denied.count")
}

/// What decided about a row.
pub(super) fn rule_words(row: &JournalRow, rule: &str) -> String {
    let verdict = if is_bad(row) { Verdict::Refused } else { Verdict::Allowed };
    rule_in_words(rule, verdict)
}

/// The right that would have allowed what was refused, and to whom.
fn offer(row: &JournalRow) -> Option<Offer> {
    let capability = serde_json::from_value(row.detail.get("would_allow")?.clone()).ok()?;
    is_denial(row).then(|| Offer { pid: row.pid, app: row.app.clone(), capability })
}

/// Whether there are files to take back.
pub(super) fn changes_files(row: &JournalRow) -> bool {
    matches!(row.kind.as_str(), "file" | "undo") && !row.changes.is_empty()
}

/// The right that lets a process make a call on an object, of those that it has now.
pub(super) fn allowing(row: &JournalRow, rights: &[Capability]) -> Option<String> {
    let needs = Row::by_name(&row.call)?.needs;
    // Of a pair of objects the first counts: the others need rights of their own.
    let object = row.object.split(" → ").next().unwrap_or_default();
    needs.iter().flat_map(|need| need.capability.split(", ")).find_map(|verb| {
        rights.iter().find_map(|right| {
            let right = serde_json::to_value(right).ok()?;
            match &right {
                Json::String(name) => (name == verb).then(|| name.clone()),
                Json::Object(parts) => {
                    let (name, scope) = parts.iter().next()?;
                    let covers = match scope {
                        Json::String(scope) => {
                            scope == "*"
                                || abi::PathScope(scope.clone()).covers(object)
                                || object.starts_with(scope)
                        }
                        Json::Array(names) => {
                            names.iter().filter_map(Json::as_str).any(|one| one == "*" || one == object)
                        }
                        _ => true,
                    };
                    let scope = scope.as_str().map_or_else(|| scope.to_string(), str::to_owned);
                    (name == verb && covers).then(|| format!("{name} {scope}"))
                }
                _ => None,
            }
        })
    })
}

/// What would allow a call that was refused.
pub(super) fn would_allow(row: &JournalRow) -> String {
    // A rule that denies wins over every right.
    if row.rule.as_deref().is_some_and(|rule| rule.starts_with("the rule")) {
        return "only the end of that rule".into();
    }
    if let Some(offer) = offer(row) {
        return capitalised(&offer.capability.in_words());
    }
    let verb = Row::by_name(&row.call).and_then(|row| row.needs.first()).map(|need| need.capability);
    match verb {
        Some(verb) => {
            format!("{} {}", verb.split(", ").next().unwrap_or(verb), row.object).trim_end().to_owned()
        }
        None => String::new(),
    }
}

/// Icon of a kind of cause.
pub(super) fn icon_of(kind: CauseKind) -> Icon {
    match kind {
        CauseKind::Pointer => Icon::CursorClick,
        CauseKind::Key => Icon::Keyboard,
        CauseKind::Timer => Icon::Timer,
        CauseKind::App => Icon::AppWindow,
        CauseKind::Ai => Icon::Sparkle,
        CauseKind::Control => Icon::SlidersHorizontal,
        CauseKind::Process => Icon::Cpu,
        CauseKind::System => Icon::Gear,
    }
}

/// A kind of cause in a word.
pub(super) fn kind_word(kind: CauseKind) -> &'static str {
    match kind {
        CauseKind::Pointer => "pointer",
        CauseKind::Key => "keyboard",
        CauseKind::Timer => "timer",
        CauseKind::App => "app",
        CauseKind::Ai => "AI",
        CauseKind::Control => "control",
        CauseKind::Process => "process",
        CauseKind::System => "system",
    }
}

fn facts(row: &JournalRow) -> Vec<Fact> {
    let mut facts: Vec<Fact> = vec![
        ("What", sentence(row)),
        ("When", format::date_time(row.time_millis)),
        ("Kind", row.kind.clone()),
        ("App", row.app.clone().unwrap_or_else(|| "–".into())),
        ("Process", row.pid.to_string()),
        ("Cause", row.cause.to_string()),
    ];
    if !row.call.is_empty() {
        facts.push(("Call", row.call.clone()));
    }
    if !row.object.is_empty() {
        facts.push(("Object", row.object.clone()));
    }
    if let Some(rule) = &row.rule {
        facts.push(("Decided", rule_words(row, rule)));
        facts.push(("Rule", rule.clone()));
    }
    if is_denial(row) {
        facts.push(("Would allow", would_allow(row)));
    }
    for change in row.changes.iter().take(20) {
        facts.push(("Change", change.to_string()));
    }
    if row.kind != "cause" && !row.detail.is_null() {
        facts.push(("Detail", row.detail.as_str().map_or_else(|| row.detail.to_string(), str::to_owned)));
    }
    facts
}

/// What *why?* asks about a row.
fn subject(row: &JournalRow) -> Option<Subject> {
    Some(Subject::Cause(row.cause))
}

fn sheet_row(row: &JournalRow, values: Vec<Value>) -> SheetRow {
    SheetRow {
        key: row.seq,
        name: sentence(row),
        values,
        facts: facts(row),
        subject: subject(row),
        process: Some(row.pid),
        offer: offer(row),
        connection: None,
    }
}

fn when(row: &JournalRow) -> Value {
    // By number: that is the order in which they were written, whatever the clock said.
    Value::figure(row.seq as f64, format::moment(row.time_millis))
}

/// Rows of the page Journal.
pub(super) fn journal(rows: &[JournalRow]) -> Vec<SheetRow> {
    let row = |row: &JournalRow| {
        let look = if is_alarming(row) { Look::Danger } else { Look::Quiet };
        let values = vec![
            Value::figure(row.seq as f64, format::count(row.seq)),
            when(row),
            Value::strong(sentence(row)).look(if is_alarming(row) { look } else { Look::Strong }),
            Value::word(row.kind.clone()),
            Value::word(row.app.clone().unwrap_or_default()),
            Value::figure(row.pid.0 as f64, row.pid.to_string()),
        ];
        sheet_row(row, values)
    };
    rows.iter().map(row).collect()
}

/// Refusals; counts are joined to the refusal that they go on from.
pub(super) fn denials(rows: &[JournalRow], counts: &[JournalRow]) -> Vec<SheetRow> {
    let row = |row: &JournalRow| {
        let same = |count: &&JournalRow| {
            count.pid == row.pid
                && count.call == row.call
                && count.object == row.object
                && count.seq > row.seq
        };
        // The newest first, so that the first is the highest.
        let times = counts.iter().find(same).and_then(|count| count.detail["times"].as_u64()).unwrap_or(1);
        let values = vec![
            when(row),
            Value::strong(sentence(row)),
            Value::word(row.rule.as_deref().map(|rule| rule_words(row, rule)).unwrap_or_default()),
            Value::code(would_allow(row)),
            Value::figure(times as f64, format::count(times)),
        ];
        sheet_row(row, values)
    };
    rows.iter().map(row).collect()
}

/// Rights that were asked for, given, refused or taken.
pub(super) fn grants(rows: &[JournalRow]) -> Vec<SheetRow> {
    let row = |row: &JournalRow| {
        let what = match row.kind.as_str() {
            "grant" => "given",
            "grant.asked" => "asked for",
            "grant.refused" => "refused",
            "grant.expired" => "no answer",
            "grant.kept" => "decided",
            "grant.muted" => "muted",
            "grant.lingers" => "left",
            _ => "taken",
        };
        let look = if is_alarming(row) { Look::Danger } else { Look::Strong };
        let values = vec![
            when(row),
            Value::strong(sentence(row)).look(look),
            Value::word(what),
            Value::word(row.rule.as_deref().map(|rule| rule_words(row, rule)).unwrap_or_default()),
        ];
        sheet_row(row, values)
    };
    rows.iter().map(row).collect()
}

#[cfg(test)]
mod tests;
