//! Reads the processes once a second while they can be seen, and does to them what was asked for.

use super::{
    limits::Draft,
    model::{Command, Ending, Mode, Model, Tab},
    words::{facts, signal_name},
};
use crate::common::{format, problem::Problem};
use abi::{
    Pending, Pid,
    table::{
        CloseConnection, GetLimits, GetProcessStats, GetSandbox, JournalRow, Kill, ListCapabilities,
        ListConnections, ListProcesses, ProcessInfo, ProcessKind, QueryJournal, Read, SendSignal, SetLimits,
        SetProcessPriority, SignalScope, Why,
    },
};
use serde::Deserialize;
use std::{fmt::Write as _, time::Duration};
use widgets::{AppContext, Question, ShellCommand, Subject};

/// Between two looks.
const REFRESH: Duration = Duration::from_secs(1);
/// Most causes that are looked up in one go.
const CAUSES_AT_ONCE: usize = 20;
/// Programs of the host whose use is asked for at each look.
const STATS_AT_ONCE: usize = 200;
/// Time that a process has after a polite signal, milliseconds.
const GRACE_MILLIS: u64 = 2_000;
/// Largest answer of `/proc` that is read.
const MOST_BYTES: u64 = 4 * 1024 * 1024;

/// Something that was asked of the kernel.
enum Asked {
    Kill(Pending<Kill>),
    Signal(Pending<SendSignal>),
    Priority(Pending<SetProcessPriority>),
    Limits(Pending<SetLimits>),
}

impl Asked {
    fn poll(&self) -> Option<abi::SysResult<()>> {
        match self {
            Asked::Kill(pending) => pending.poll(),
            Asked::Signal(pending) => pending.poll(),
            Asked::Priority(pending) => pending.poll(),
            Asked::Limits(pending) => pending.poll(),
        }
    }
}

/// What is under way, with what is said when it was done and when not.
struct Deed {
    asked: Asked,
    done: String,
    failed: String,
}

/// Calls under way, and when the next look is due.
#[derive(Default)]
pub(super) struct Work {
    /// Frame clock, seconds.
    due_at: f64,
    deeds: Vec<Deed>,
    questions: u64,
    asked: Option<(u64, Vec<Pid>, String, Ending)>,
    ended: Option<Pending<QueryJournal>>,
    /// Processes at the last look; when one is missing, the ended ones are read anew.
    there: Vec<Pid>,
    ended_due: bool,
    open: Option<(Pid, Pending<Read>)>,
    connections: Option<(Pid, Pending<ListConnections>)>,
    starts: Option<(Pid, Pending<QueryJournal>)>,
}

pub(super) fn update(model: &mut Model, work: &mut Work, command: Command, cx: &mut AppContext<'_>) {
    match command {
        Command::CloseConnection(pid, connection) => {
            // One that is gone already is what was wanted.
            let _ = cx.syscalls.call(CloseConnection { pid, connection });
            work.due_at = 0.0;
        }
        Command::AllowHost(pid, capability) => {
            let info = model.rows.iter().map(|row| &row.info).find(|info| info.pid == pid);
            let app = info.and_then(|info| info.app.clone());
            cx.commands.push(ShellCommand::OfferRight { pid, app, capability });
        }
        Command::DenyHost(pid, capability) => {
            cx.commands.push(ShellCommand::RefuseRight { pid, for_good: None, capability });
            work.due_at = 0.0;
        }
        Command::WhyConnection(cause) => cx.commands.push(ShellCommand::Why(Subject::Cause(cause))),
        Command::Refresh => (work.due_at, work.ended_due) = (0.0, true),
        Command::Show(mode) => {
            model.show(mode);
            work.due_at = 0.0;
        }
        Command::ShowTab(tab) => {
            model.tab = tab;
            read_chosen(model, work, cx);
        }
        Command::Pick(pid) => {
            model.pick(pid);
            read_chosen(model, work, cx);
        }
        Command::PickNone if model.mode == Mode::Ended => model.ended.listing.selected = None,
        Command::PickNone => model.pick_none(),
        Command::Move(by) => {
            model.step(by);
            read_chosen(model, work, cx);
        }
        Command::SortBy(sort) => model.set_sort(sort),
        Command::Filter(filter) => model.set_filter(filter),
        Command::Fold(pid, unfolded) => model.fold(pid, unfolded),
        Command::AskEnd(ending) => ask(model, work, ending, cx),
        Command::Answered { id, yes } => {
            let asked = work.asked.take_if(|(asked, ..)| *asked == id);
            if let Some((_, pids, name, ending)) = asked.filter(|_| yes) {
                for pid in pids {
                    kill(model, work, pid, &name, ending, cx);
                }
            }
        }
        Command::Signal(signal) => send(model, work, signal, cx),
        Command::Priority(priority) => prioritise(model, work, priority, cx),
        Command::EditLimit(index, text) => model.chosen.draft.edit(index, text),
        Command::ApplyLimits => apply_limits(model, work, cx),
        Command::RevertLimits => {
            model.chosen.draft = model.chosen.limits.as_ref().map(Draft::of).unwrap_or_default();
        }
        Command::Why => {
            let pid = model.listing.selected;
            cx.commands.extend(pid.map(|pid| ShellCommand::Why(Subject::Process(pid))));
        }
        Command::DismissProblem => model.problem = None,
        Command::CopyDetails => {
            if let Some(row) = model.chosen_row() {
                let mut text = format!("{} ({})\n", row.info.name, row.info.pid);
                for (name, value) in facts(model, row) {
                    // Writing into a string does not fail.
                    let _ = writeln!(text, "{name}: {value}");
                }
                cx.commands.push(ShellCommand::CopyText(text));
            }
        }
        Command::PickEnded(seq) => model.ended.listing.selected = Some(seq),
        Command::MoveEnded(by) => model.ended.step(by),
        Command::SortEnded(sort) => model.ended.set_sort(sort),
        Command::WhyEnded => {
            let cause = model.ended.chosen().map(|gone| gone.row.cause);
            cx.commands.extend(cause.map(|cause| ShellCommand::Why(Subject::Cause(cause))));
        }
    }
}

fn ask(model: &Model, work: &mut Work, ending: Ending, cx: &mut AppContext<'_>) {
    let Some(row) = model.chosen_row().filter(|_| model.can_end()) else { return };
    let name = row.info.name.clone();
    work.questions += 1;
    let pids = match ending {
        Ending::Tree => model.descendants(row.info.pid),
        Ending::Politely | Ending::AtOnce => vec![row.info.pid],
    };
    let text = match ending {
        Ending::Politely => {
            "It is asked to end, with everything that it started. Work that it did not save is lost."
                .to_owned()
        }
        Ending::AtOnce => {
            "It ends without being asked, with everything that it started. Unsaved work is lost.".to_owned()
        }
        Ending::Tree if pids.len() == 1 => {
            "It started nothing that is still there. It is asked to end.".to_owned()
        }
        Ending::Tree => {
            let others = format::counted(pids.len() - 1, "process", "processes");
            format!(
                "{others} that it started, the last first, and it itself are asked to end. Unsaved work is lost."
            )
        }
    };
    let title = if ending == Ending::Tree {
        format!("End “{name}” and its tree?")
    } else {
        format!("End “{name}”?")
    };
    cx.commands.push(ShellCommand::Ask(Question {
        id: work.questions,
        title,
        text,
        confirm: "End".into(),
        destructive: true,
    }));
    work.asked = Some((work.questions, pids, name, ending));
}

fn kill(model: &mut Model, work: &mut Work, pid: Pid, name: &str, ending: Ending, cx: &AppContext<'_>) {
    let signal = if ending == Ending::AtOnce { 9 } else { 15 };
    let failed = format!("{name} could not be ended");
    match cx.syscalls.submit(Kill { pid, signal, grace_millis: GRACE_MILLIS }) {
        Ok(pending) => {
            let done = format!("{name} was asked to end");
            work.deeds.push(Deed { asked: Asked::Kill(pending), done, failed });
        }
        Err(why) => model.problem = Some(Problem::new(failed, &why)),
    }
}

fn send(model: &mut Model, work: &mut Work, signal: i32, cx: &AppContext<'_>) {
    let Some((pid, name)) = model.chosen_row().map(|row| (row.info.pid, row.info.name.clone())) else {
        return;
    };
    let signal_name = signal_name(signal);
    let failed = format!("{signal_name} could not be sent to {name}");
    match cx.syscalls.submit(SendSignal { pid, signal, value: 0, scope: SignalScope::Process }) {
        Ok(pending) => {
            let done = format!("{signal_name} was sent to {name}");
            work.deeds.push(Deed { asked: Asked::Signal(pending), done, failed });
        }
        Err(why) => model.problem = Some(Problem::new(failed, &why)),
    }
}

fn prioritise(model: &mut Model, work: &mut Work, priority: u8, cx: &AppContext<'_>) {
    let Some((pid, name)) = model.chosen_row().map(|row| (row.info.pid, row.info.name.clone())) else {
        return;
    };
    let failed = format!("The priority of {name} could not be changed");
    match cx.syscalls.submit(SetProcessPriority { pid: Some(pid), priority }) {
        Ok(pending) => {
            let done = format!("{name} has priority {priority} now");
            work.deeds.push(Deed { asked: Asked::Priority(pending), done, failed });
        }
        Err(why) => model.problem = Some(Problem::new(failed, &why)),
    }
}

fn apply_limits(model: &mut Model, work: &mut Work, cx: &AppContext<'_>) {
    let Some((pid, name)) = model.chosen_row().map(|row| (row.info.pid, row.info.name.clone())) else {
        return;
    };
    let current = model.chosen.limits.clone().unwrap_or_default();
    let Some(limits) = model.chosen.draft.limits(&current) else { return };
    let failed = format!("The limits of {name} could not be changed");
    match cx.syscalls.submit(SetLimits { pid: Some(pid), limits: limits.clone() }) {
        Ok(pending) => {
            let done = format!("The limits of {name} were changed");
            work.deeds.push(Deed { asked: Asked::Limits(pending), done, failed });
            model.chosen.draft = Draft::of(&limits);
            model.chosen.limits = Some(limits);
        }
        Err(why) => model.problem = Some(Problem::new(failed, &why)),
    }
}

/// Takes results, and looks again when it is time.
pub(super) fn poll(model: &mut Model, work: &mut Work, cx: &mut AppContext<'_>) {
    let (mut due_now, deeds) = (false, std::mem::take(&mut work.deeds));
    for deed in deeds {
        match deed.asked.poll() {
            None => work.deeds.push(deed),
            Some(result) => {
                due_now = true;
                match result {
                    Ok(()) => model.note = deed.done,
                    // Who ends a tree may find that the rest went with the first.
                    Err(why) if why.errno == abi::Errno::ESRCH && matches!(deed.asked, Asked::Kill(_)) => {}
                    Err(why) => {
                        model.problem = Some(Problem::new(deed.failed, &why));
                        if matches!(deed.asked, Asked::Limits(_)) {
                            // What holds is shown, not what was wished.
                            read_chosen(model, work, cx);
                        }
                    }
                }
            }
        }
    }
    if due_now {
        work.due_at = 0.0;
    }
    take_answers(model, work);
    if !cx.visible {
        return;
    }
    if cx.now_seconds >= work.due_at {
        work.due_at = cx.now_seconds + REFRESH.as_secs_f64();
        look(model, work, cx);
        cx.wake_after(REFRESH);
    } else {
        cx.wake_after(Duration::from_secs_f64(work.due_at - cx.now_seconds));
    }
}

fn take_answers(model: &mut Model, work: &mut Work) {
    if let Some(result) = work.ended.as_ref().and_then(Pending::poll) {
        work.ended = None;
        match result {
            Ok(rows) => model.ended.received(rows),
            Err(why) => {
                let title = "What has ended cannot be read from the journal";
                model.ended.problem = Some(Problem::new(title, &why));
            }
        }
    }
    if let Some((pid, result)) = work.open.as_ref().and_then(|(pid, pending)| Some((*pid, pending.poll()?))) {
        work.open = None;
        if model.listing.selected == Some(pid) {
            // A process that ended meanwhile has none; the next list says so.
            model.chosen.open = Some(result.map(|bytes| open_lines(&bytes.0)).unwrap_or_default());
        }
    }
    if let Some((pid, result)) =
        work.connections.as_ref().and_then(|(pid, pending)| Some((*pid, pending.poll()?)))
    {
        work.connections = None;
        if model.listing.selected == Some(pid) {
            model.chosen.connections = result.unwrap_or_default();
        }
    }
    if let Some((pid, result)) = work.starts.as_ref().and_then(|(pid, pending)| Some((*pid, pending.poll()?)))
    {
        work.starts = None;
        let started = model.chosen_row().filter(|row| row.info.pid == pid).map(|row| row.info.started_millis);
        if let (Some(started), Ok(rows)) = (started, result) {
            model.chosen.argv = argv_of(&rows, started);
        }
    }
}

fn look(model: &mut Model, work: &mut Work, cx: &AppContext<'_>) {
    let processes = match cx.syscalls.call(ListProcesses {}) {
        Ok(processes) => processes,
        Err(why) => {
            model.problem = Some(Problem::new("The processes cannot be listed", &why));
            return;
        }
    };
    let there: Vec<Pid> = processes.iter().map(|process| process.pid).collect();
    work.ended_due |= work.there.iter().any(|pid| !there.contains(pid));
    work.there = there;
    let mut left = STATS_AT_ONCE;
    let stats = |info: &ProcessInfo| {
        if info.kind != ProcessKind::Host || left == 0 {
            return None;
        }
        left -= 1;
        cx.syscalls.call(GetProcessStats { pid: Some(info.pid) }).ok()
    };
    let mut stats = stats;
    let listed = processes.into_iter().map(|info| {
        let stats = stats(&info);
        (info, stats)
    });
    model.listed(listed.collect(), cx.now_seconds);
    read_chosen(model, work, cx);
    learn_causes(model, cx);
    if model.mode == Mode::Ended && work.ended.is_none() && (work.ended_due || !model.ended.read) {
        let query = QueryJournal {
            app: None,
            cause: None,
            kind: Some("process.exit".into()),
            path: None,
            pid: None,
            since_millis: None,
            before: None,
            limit: super::ended::MOST,
        };
        match cx.syscalls.submit(query) {
            Ok(pending) => (work.ended, work.ended_due) = (Some(pending), false),
            Err(why) => {
                model.ended.problem =
                    Some(Problem::new("What has ended cannot be read from the journal", &why));
            }
        }
    }
}

fn learn_causes(model: &mut Model, cx: &AppContext<'_>) {
    let unknown: Vec<_> = model
        .rows
        .iter()
        .map(|row| row.info.cause)
        .filter(|cause| !model.causes.contains_key(cause))
        .take(CAUSES_AT_ONCE)
        .collect();
    for cause in unknown {
        // A cause that is forgotten has no label; it is not asked for again.
        let chain = cx.syscalls.call(Why { cause: Some(cause), pid: None, event: None }).unwrap_or_default();
        let label = chain.links.first().map(|link| link.cause.spec.label.clone()).unwrap_or_default();
        model.learn_cause(cause, label);
    }
}

/// What the details show of the chosen process.
fn read_chosen(model: &mut Model, work: &mut Work, cx: &AppContext<'_>) {
    let Some(row) = model.chosen_row() else { return };
    let (pid, cause, is_host) = (row.info.pid, row.info.cause, row.info.kind == ProcessKind::Host);
    // A process that ended meanwhile has none; the next list says so.
    model.chosen.stats = cx.syscalls.call(GetProcessStats { pid: Some(pid) }).ok();
    match model.tab {
        Tab::Facts if is_host && model.chosen.argv.is_none() && work.starts.is_none() => {
            let query = QueryJournal {
                app: None,
                cause: Some(cause),
                kind: Some("call".into()),
                path: None,
                pid: None,
                since_millis: None,
                before: None,
                limit: 100,
            };
            // Without it the command line is not shown.
            work.starts = cx.syscalls.submit(query).ok().map(|pending| (pid, pending));
            // Asked once; what was not found will not be there later.
            model.chosen.argv = Some(Vec::new());
        }
        Tab::Rights => {
            model.chosen.rights = cx.syscalls.call(ListCapabilities { pid: Some(pid) }).ok();
            model.chosen.sandbox = cx.syscalls.call(GetSandbox { pid: Some(pid) }).ok().flatten();
        }
        Tab::Open if work.open.is_none() => {
            let read = Read { path: format!("/proc/{pid}/descriptors"), offset: 0, size: Some(MOST_BYTES) };
            work.open = cx.syscalls.submit(read).ok().map(|pending| (pid, pending));
            let list = ListConnections { pid: Some(pid), ended: true };
            work.connections = cx.syscalls.submit(list).ok().map(|pending| (pid, pending));
        }
        Tab::Limits if !model.chosen.draft.changed => {
            if let Ok(limits) = cx.syscalls.call(GetLimits { pid: Some(pid) }) {
                model.chosen.draft = Draft::of(&limits);
                model.chosen.limits = Some(limits);
            }
            model.chosen.sandbox = cx.syscalls.call(GetSandbox { pid: Some(pid) }).ok().flatten();
        }
        _ => {}
    }
}

/// A descriptor as `/proc/<pid>/descriptors` has it.
#[derive(Deserialize)]
struct Descriptor {
    fd: u32,
    kind: String,
    path: Option<String>,
    #[serde(default)]
    offset: u64,
    #[serde(default)]
    readable: bool,
    #[serde(default)]
    writable: bool,
}

fn open_lines(bytes: &[u8]) -> Vec<String> {
    let open: Vec<Descriptor> = serde_json::from_slice(bytes).unwrap_or_default();
    let line = |open: Descriptor| {
        let what_for = match (open.readable, open.writable) {
            (true, true) => "to read and write",
            (false, true) => "to write",
            _ => "to read",
        };
        let Descriptor { fd, kind, path, offset, .. } = open;
        let place = if offset > 0 { format!(", at byte {}", format::count(offset)) } else { String::new() };
        format!("{fd}  {kind} {} {what_for}{place}", path.unwrap_or_default()).replace("  to", " to")
    };
    open.into_iter().map(line).collect()
}

/// The arguments in the row that tells of the start at that time: the last one before it.
fn argv_of(rows: &[JournalRow], started_millis: u64) -> Option<Vec<String>> {
    let starts = rows.iter().filter(|row| row.detail["argv"].is_array());
    let near = starts.min_by_key(|row| started_millis.abs_diff(row.time_millis))?;
    let argv: Vec<String> = serde_json::from_value(near.detail["argv"].clone()).ok()?;
    Some(argv).filter(|argv| !argv.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn open_things_are_lines() {
        let text = r#"[{"pid":1,"fd":0,"kind":"pty","path":null,"readable":true,"writable":true},
            {"pid":1,"fd":3,"kind":"file","path":"/home/a","offset":5000,"readable":true}]"#;
        assert_eq!(
            open_lines(text.as_bytes()),
            ["0  pty to read and write", "3  file /home/a to read, at byte 5,000"]
        );
        assert!(open_lines(b"nonsense").is_empty());
    }
}
