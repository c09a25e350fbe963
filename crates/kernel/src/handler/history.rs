//! Rows about the journal: what happened, why, and taking it back.

use crate::{
    caller::Caller,
    journal::{
        Action, Attribute, By, Filter, Recorder, Row, State, Step, Undo as Undoing, UndoPolicy, Verdict,
        Why as Subject,
    },
    vfs::{LastLink, VPath},
};
use abi::{
    CauseKind, CauseSpec, Errno, SysError, SysResult, Syscalls,
    table::{
        Explain, Explanation, JournalCheck, JournalRow, QueryJournal, TouchedBy, TouchedPath, Undo, UndoMode,
        UndoPlan, UndoStep, Undone, Verb, VerifyJournal,
    },
};
use std::io;

/// Rows or paths in one reply.
const MOST: u32 = 1_000;

handlers! {
    Explain => explain;
    QueryJournal => query_journal;
    TouchedBy => touched_by;
    UndoPlan => undo_plan;
    Undo => undo;
    VerifyJournal => verify_journal;
}

fn recorder(caller: &Caller) -> SysResult<&Recorder> {
    let none = || SysError::new(Errno::ENOSYS, "this kernel keeps no journal");
    caller.core().journal.recorder().ok_or_else(none)
}

fn unreadable(why: io::Error) -> SysError {
    SysError::new(Errno::EIO, format!("the journal cannot be read: {why}"))
}

/// The object that a path means, as rows have it. What is gone keeps its name.
fn object(caller: &Caller, path: &str) -> SysResult<VPath> {
    let path = caller.process().working_dir().join(path)?;
    let resolved = caller.core().mounts.resolve(&path, LastLink::Keep);
    Ok(resolved.map_or(path, |object| object.path().clone()))
}

fn explain(caller: &Caller, call: Explain) -> SysResult<Vec<Explanation>> {
    let path = match call.path {
        Some(path) => Some(Subject::Path(object(caller, &path)?.as_str().to_owned())),
        None => None,
    };
    let given = [
        path,
        call.pid.map(Subject::Pid),
        call.host_pid.map(Subject::HostPid),
        call.window.map(Subject::Window),
        call.cause.map(Subject::Cause),
    ];
    let mut given = given.into_iter().flatten();
    let (Some(subject), None) = (given.next(), given.next()) else {
        return Err(SysError::new(Errno::EINVAL, "give one of path, pid, host_pid, window and cause"));
    };
    let explained = recorder(caller)?.history().why(&subject).map_err(unreadable)?;
    let explanations = explained.into_iter();
    Ok(explanations.map(|one| Explanation { row: journal_row(one.row), chain: one.chain }).collect())
}

fn query_journal(caller: &Caller, call: QueryJournal) -> SysResult<Vec<JournalRow>> {
    let history = recorder(caller)?.history();
    let causes = call.cause.map(|cause| history.with_descendants(cause)).transpose().map_err(unreadable)?;
    let filter = Filter {
        app: call.app,
        causes,
        kinds: call.kind.iter().map(|kind| kind.as_str().into()).collect(),
        under: call.path.map(|path| object(caller, &path)).transpose()?.map(|path| path.as_str().to_owned()),
        pid: call.pid,
        since_millis: call.since_millis,
        before_seq: call.before,
        limit: call.limit.clamp(1, MOST) as usize,
        ..Filter::default()
    };
    Ok(history.query(&filter).map_err(unreadable)?.into_iter().map(journal_row).collect())
}

fn touched_by(caller: &Caller, call: TouchedBy) -> SysResult<Vec<TouchedPath>> {
    let touched = recorder(caller)?.history().touched_by(&call.app, call.limit.min(MOST) as usize);
    let path = |touched: crate::journal::Touched| TouchedPath {
        path: touched.path,
        times: touched.times,
        last_row: touched.last_row,
        last_millis: touched.last_millis,
    };
    Ok(touched.map_err(unreadable)?.into_iter().map(path).collect())
}

fn verify_journal(caller: &Caller, _: VerifyJournal) -> SysResult<JournalCheck> {
    let found = recorder(caller)?.history().verify().map_err(unreadable)?;
    Ok(JournalCheck {
        whole: found.is_whole(),
        segments: found.segments,
        rows: found.rows,
        first_row: found.first_row,
        last_row: found.last_row,
        head: found.head.to_string(),
        breaks: found.breaks.iter().map(ToString::to_string).collect(),
        more_breaks: found.more_breaks,
    })
}

fn undo_plan(caller: &Caller, call: UndoPlan) -> SysResult<Vec<UndoStep>> {
    caller.core().mappings.settle();
    let plan = Undoing::new(recorder(caller)?, &caller.core().mounts).plan(call.cause)?;
    Ok(plan.steps.into_iter().map(undo_step).collect())
}

fn undo(caller: &Caller, call: Undo) -> SysResult<Undone> {
    let core = caller.core();
    core.mappings.settle();
    let policy = match call.mode {
        UndoMode::Whole => UndoPolicy::Whole,
        UndoMode::Possible => UndoPolicy::Possible,
        UndoMode::Overwrite => UndoPolicy::Overwrite,
    };
    let identity = caller.process().identity();
    // A cause of its own, so that it can be taken back by itself.
    let spec = CauseSpec {
        parent: Some(caller.cause()),
        app: identity.app.clone(),
        ..CauseSpec::new(CauseKind::System, format!("undo of {}", call.cause))
    };
    let by = By { pid: identity.pid, app: identity.app.clone(), cause: core.observer.open_cause(spec) };
    let undoing = Undoing::new(recorder(caller)?, &core.mounts);
    let report = undoing.run(call.cause, &by, policy, core.now_millis(), &|step| allow(caller, step))?;
    let (restored, unchanged, left) = (report.restored, report.unchanged, report.left);
    Ok(Undone { cause: by.cause, restored, unchanged, left })
}

/// The paths are known only here, so this is the one handler that asks the gate.
fn allow(caller: &Caller, step: &Step) -> SysResult<()> {
    let ask = |verb, path: &str| caller.core().gate.path(caller.process(), verb, path);
    let allowed = match (&step.verdict, &step.action) {
        (Verdict::Done | Verdict::Lost(_), _) => Ok(()),
        (_, Action::Rename { from, to }) => {
            ask(Verb::DeleteFile, from).and_then(|()| ask(Verb::CreateFile, to))
        }
        (_, Action::Attribute { path, .. }) => ask(Verb::WriteFile, path),
        (_, Action::Restore { path, to: State::Absent }) => ask(Verb::DeleteFile, path),
        (_, Action::Restore { path, .. }) => {
            ask(Verb::WriteFile, path).and_then(|()| ask(Verb::CreateFile, path))
        }
    };
    allowed.map_err(SysError::from)
}

fn undo_step(step: Step) -> UndoStep {
    let path = step.action.path().to_owned();
    let becomes = match step.action {
        Action::Rename { from, .. } => format!("moved from {from}"),
        Action::Attribute { attribute: Attribute::Mode, to, .. } => format!("bits {to:03o}"),
        Action::Attribute { attribute: Attribute::Modified, to, .. } => format!("changed at {to}"),
        Action::Restore { to, .. } => match to {
            State::Absent => "nothing",
            State::File { .. } | State::Large { .. } => "file",
            State::Folder => "folder",
            State::Link(_) => "link",
            State::Other | State::Unreadable(_) => "unknown",
        }
        .to_owned(),
    };
    let (verdict, why) = match step.verdict {
        Verdict::Due => ("due", String::new()),
        Verdict::Done => ("done", String::new()),
        Verdict::Conflict(why) => ("conflict", why),
        Verdict::Lost(why) => ("lost", why),
    };
    UndoStep { path, becomes, verdict: verdict.to_owned(), why }
}

fn journal_row(row: Row) -> JournalRow {
    let Row { seq, time_millis, cause, pid, app, kind, call, object, rule, changes, detail } = row;
    // Plain data: a change that could not be written down would not be in the journal.
    let changes = changes.iter().filter_map(|change| serde_json::to_value(change).ok()).collect();
    JournalRow { seq, time_millis, cause, pid, app, kind: kind.into(), call, object, rule, changes, detail }
}
