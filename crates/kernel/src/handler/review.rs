//! Rows about runs whose changes are held back.

use crate::{
    caller::Caller,
    cow::{self, Choice, NewRun, Run},
    door::{Handle, Paths},
    journal::RowKind,
    vfs::Resolved,
};
use abi::{
    Errno, SysError, SysResult, Syscalls,
    table::{
        Applied, ApplyRun, BeginRun, DiscardRun, EndRun, FileDiff, ListRuns, RunChanges, RunChangesOf,
        RunDiff, RunInfo, Verb,
    },
};
use serde_json::json;
use std::sync::Arc;

handlers! {
    ListRuns => list;
    RunChangesOf => changes;
    RunDiff => diff;
    ApplyRun => apply;
    DiscardRun => discard;
    EndRun => end;
}

impl Handle for BeginRun {
    type Object = Vec<Resolved>;

    fn resolve(&mut self, paths: &Paths<'_>) -> SysResult<Vec<Resolved>> {
        self.folders.iter_mut().map(|folder| paths.follow(folder)).collect()
    }

    fn run(self, caller: &Caller, folders: Vec<Resolved>) -> SysResult<RunInfo> {
        // Whether its program will be in a sandbox is not known yet, so no layers.
        begin_run(caller, self.name, &folders, false).map(|run| run.info())
    }
}

/// Begins a run and writes that down. `layered`: see [`NewRun`].
pub(super) fn begin_run(
    caller: &Caller,
    name: Option<String>,
    folders: &[Resolved],
    layered: bool,
) -> SysResult<Arc<Run>> {
    let (core, identity) = (caller.core(), caller.process().identity());
    let new = NewRun {
        app: identity.app.clone(),
        name: name.unwrap_or_else(|| identity.name.clone()),
        cause: caller.cause(),
        beginner: identity.pid,
        layered,
    };
    let run = core.runs.begin(core, new, folders)?;
    let info = run.info();
    let mut row = core.journal_row(identity, caller.cause(), RowKind::RunBegin, &format!("run {}", info.run));
    let folders: Vec<_> =
        info.folders.iter().map(|folder| json!({"path": folder.path, "kind": folder.kind})).collect();
    row.detail = json!({"run": info.run, "of": info.name, "folders": folders});
    if let Err(why) = core.journal.append(&row) {
        core.runs.remove(info.run);
        core.journal_failed(&why);
        return Err(SysError::new(
            Errno::EIO,
            format!("{}: refused, since the journal cannot record it", row.object),
        ));
    }
    Ok(run)
}

fn list(caller: &Caller, _: ListRuns) -> SysResult<Vec<RunInfo>> {
    Ok(caller.core().runs.all().iter().map(|run| run.info()).collect())
}

fn changes(caller: &Caller, call: RunChangesOf) -> SysResult<RunChanges> {
    cow::changes(caller.core(), &*caller.core().runs.get(call.run)?)
}

/// Whose content is shown is known only here.
fn diff(caller: &Caller, call: RunDiff) -> SysResult<FileDiff> {
    let path = caller.process().working_dir().join(&call.path)?;
    let run = caller.core().runs.get(call.run)?;
    caller.core().gate.path(caller.process(), Verb::ReadFile, path.as_str()).map_err(SysError::from)?;
    cow::diff(caller.core(), &run, &path, call.context)
}

fn apply(caller: &Caller, call: ApplyRun) -> SysResult<Applied> {
    caller.core().mappings.settle();
    let choice = Choice::of(caller, &call.paths, call.exact)?;
    cow::apply(caller, &*caller.core().runs.get(call.run)?, &choice, call.mode)
}

fn discard(caller: &Caller, call: DiscardRun) -> SysResult<u64> {
    let run = caller.core().runs.get(call.run)?;
    if !call.paths.is_empty() {
        return cow::discard(caller, &run, &Choice::of(caller, &call.paths, call.exact)?);
    }
    not_running(&run)?;
    cow::tell_discarded(caller, &run)?;
    caller.core().runs.remove(call.run);
    Ok(0)
}

fn end(caller: &Caller, call: EndRun) -> SysResult<RunInfo> {
    let run = caller.core().runs.get(call.run)?;
    not_running(&run)?;
    run.end(caller.core().now_millis());
    Ok(run.info())
}

fn not_running(run: &Run) -> SysResult<()> {
    match run.pid() {
        None => Ok(()),
        Some(pid) => {
            Err(SysError::new(Errno::EBUSY, format!("process {pid} still works in run {}", run.id())))
        }
    }
}
