//! Runs of the fake kernel: what a test put there, and what was asked about it.

use abi::{
    Call, CauseId, Errno, Reply, RunId, SysError, SysResult,
    table::{
        Applied, ApplyRun, DiffHunk, DiffLine, DiffOp, DiscardRun, FileDiff, FileKind, RunChange,
        RunChangeKind, RunChanges, RunFolder, RunInfo, RunVerdict, Undone,
    },
};

/// What there is.
#[derive(Default)]
pub(crate) struct Runs {
    pub(crate) runs: Vec<RunInfo>,
    pub(crate) changes: Vec<RunChange>,
    /// Lines of every comparison.
    pub(crate) lines: Vec<(DiffOp, String)>,
    pub(crate) applied: Vec<ApplyRun>,
    pub(crate) discarded: Vec<DiscardRun>,
    pub(crate) undone: Vec<CauseId>,
    /// Paths that are left when they are applied.
    pub(crate) stubborn: Vec<&'static str>,
}

/// A run on `/home/p` that has ended.
pub(crate) fn run(number: u64, name: &str, open: u64) -> RunInfo {
    RunInfo {
        run: RunId(number),
        app: Some(name.to_lowercase()),
        name: name.into(),
        cause: CauseId::new(1, number),
        pid: None,
        started_millis: 1_763_900_000_000,
        ended_millis: Some(1_763_900_009_000),
        folders: vec![RunFolder {
            path: "/home/p".into(),
            kind: abi::table::CowKind::Copy,
            host: "/data/runs/1/0/copy".into(),
            files: 3,
            bytes: 100,
            left_out: 0,
        }],
        open: Some(open),
    }
}

/// A change that can be applied.
pub(crate) fn change(path: &str, kind: RunChangeKind) -> RunChange {
    RunChange {
        path: format!("/home/p/{path}"),
        kind,
        what: FileKind::File,
        was: None,
        size: 120,
        size_before: 100,
        mode: 0o644,
        mode_before: 0o644,
        link: None,
        renamed_from: None,
        runs_later: None,
        verdict: RunVerdict::Due,
        why: String::new(),
    }
}

impl Runs {
    /// Answers a call about runs; gives back any other.
    #[expect(clippy::result_large_err, reason = "a call that is given back is no failure")]
    pub(super) fn answer(&mut self, call: Call) -> Result<SysResult<Reply>, Call> {
        Ok(Ok(match call {
            Call::ListRuns(_) => Reply::ListRuns(self.runs.clone()),
            Call::RunChangesOf(call) => {
                if !self.runs.iter().any(|run| run.run == call.run) {
                    return Ok(Err(SysError::new(Errno::ENOENT, "there is no run")));
                }
                Reply::RunChangesOf(self.tell(call.run))
            }
            Call::RunDiff(call) => {
                let lines = self.lines.iter().map(|(op, text)| DiffLine { op: *op, text: text.clone() });
                let hunk = DiffHunk { old_start: 1, new_start: 1, lines: lines.collect() };
                Reply::RunDiff(FileDiff {
                    path: call.path,
                    old_size: Some(100),
                    new_size: Some(120),
                    binary: false,
                    note: String::new(),
                    hunks: if hunk.lines.is_empty() { Vec::new() } else { vec![hunk] },
                    added: 1,
                    removed: 1,
                })
            }
            Call::ApplyRun(call) => {
                let stays = |path: &String| self.stubborn.iter().any(|end| path.ends_with(end));
                let (left, applied): (Vec<_>, Vec<_>) = call.paths.iter().cloned().partition(stays);
                self.changes.retain(|change| !applied.contains(&change.path));
                self.applied.push(call);
                let left = left.into_iter().map(|path| (path, "the disk is full".to_owned())).collect();
                let open = self.changes.len() as u64;
                Reply::ApplyRun(Applied { cause: CauseId::new(1, 77), applied, left, open })
            }
            Call::DiscardRun(call) => {
                self.changes.retain(|change| !call.paths.is_empty() && !call.paths.contains(&change.path));
                if call.paths.is_empty() {
                    self.runs.retain(|run| run.run != call.run);
                }
                self.discarded.push(call);
                Reply::DiscardRun(self.changes.len() as u64)
            }
            Call::Undo(call) if !self.applied.is_empty() => {
                self.undone.push(call.cause);
                let (unchanged, left) = (Vec::new(), Vec::new());
                Reply::Undo(Undone { cause: CauseId::new(1, 99), restored: Vec::new(), unchanged, left })
            }
            other => return Err(other),
        }))
    }

    fn tell(&self, run: RunId) -> RunChanges {
        let count = |kind| self.changes.iter().filter(|change| change.kind == kind).count() as u64;
        RunChanges {
            run,
            added: count(RunChangeKind::Added),
            changed: count(RunChangeKind::Changed),
            removed: count(RunChangeKind::Removed),
            conflicts: self.changes.iter().filter(|change| change.verdict == RunVerdict::Conflict).count()
                as u64,
            flagged: self.changes.iter().filter(|change| change.runs_later.is_some()).count() as u64,
            truncated: false,
            notes: Vec::new(),
            changes: self.changes.clone(),
        }
    }
}
