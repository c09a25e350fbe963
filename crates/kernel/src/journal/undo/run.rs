//! Doing what a plan says.

use super::{
    plan::{self, Action, Plan, Step, Verdict},
    progress::{self, Begin, Outline},
};
use crate::{
    blob::Fetched,
    journal::{After, Attribute, Intent, Journal, Recorder, Row, RowKind, State},
    vfs::{Durability, Existing, LastLink, Mounts, Resolved, VPath},
};
use abi::{CauseId, Errno, Pid, SysError, SysResult};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// What happens where something stands in the way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UndoPolicy {
    /// Then nothing is taken back.
    #[default]
    Whole,
    /// That is left as it is, the rest is taken back.
    Possible,
    /// Newer content is replaced (an image of it is kept).
    Overwrite,
}

/// Who takes back, and on whose account.
#[derive(Clone, Debug)]
pub struct By {
    /// The process.
    pub pid: Pid,
    /// Its app.
    pub app: Option<String>,
    /// The cause of the undoing itself.
    pub cause: CauseId,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UndoReport {
    /// The cause that was taken back.
    pub cause: CauseId,
    /// On whose account; undoing that is redoing.
    pub by: CauseId,
    /// Paths that are as they were now.
    pub restored: Vec<String>,
    /// Paths that were as they had been already.
    pub unchanged: Vec<String>,
    /// Paths that were left, and why.
    pub left: Vec<(String, String)>,
}

impl UndoReport {
    pub(super) fn new(plan: &Plan, by: &By) -> Self {
        UndoReport {
            cause: plan.cause,
            by: by.cause,
            restored: Vec::new(),
            unchanged: Vec::new(),
            left: Vec::new(),
        }
    }
}

/// Takes back on this recorder's journal and these files.
#[derive(Clone, Copy)]
pub struct Undo<'a> {
    pub(super) recorder: &'a Recorder,
    pub(super) mounts: &'a Mounts,
}

/// An undoing under way.
pub(super) struct Running<'a> {
    pub(super) undo: Undo<'a>,
    pub(super) by: &'a By,
    pub(super) policy: UndoPolicy,
    pub(super) now_millis: u64,
    /// The row that began it.
    pub(super) begun: u64,
    pub(super) report: UndoReport,
}

impl<'a> Undo<'a> {
    /// Nothing happens yet.
    #[must_use]
    pub fn new(recorder: &'a Recorder, mounts: &'a Mounts) -> Self {
        Undo { recorder, mounts }
    }

    /// What taking back a cause would do. Changes nothing.
    ///
    /// # Errors
    /// `EIO` when the journal cannot be read, `EFBIG` when the cause did more than can be taken back at once.
    pub fn plan(&self, cause: CauseId) -> SysResult<Plan> {
        plan::plan(self.recorder, self.mounts, cause, UndoPolicy::Whole)
    }

    /// Takes back a cause. `allow` is asked about every step before the first one is done.
    ///
    /// # Errors
    /// `ENOENT` when the cause changed no files, `EBUSY` when something stands in the way (and the policy is
    /// [`UndoPolicy::Whole`]), those of `allow` and of [`Undo::plan`], and `ENOSPC` or `EIO` when the journal
    /// cannot record it. Nothing was changed then.
    pub fn run(
        &self,
        cause: CauseId,
        by: &By,
        policy: UndoPolicy,
        now_millis: u64,
        allow: &dyn Fn(&Step) -> SysResult<()>,
    ) -> SysResult<UndoReport> {
        let plan = plan::plan(self.recorder, self.mounts, cause, policy)?;
        if plan.steps.is_empty() {
            return Err(SysError::new(
                Errno::ENOENT,
                format!("cause {cause} is not known to have changed a file"),
            ));
        }
        if let (UndoPolicy::Whole, Some(step)) = (policy, plan.obstacle()) {
            let (Verdict::Conflict(why) | Verdict::Lost(why)) = &step.verdict else {
                unreachable!("an obstacle")
            };
            return Err(SysError::new(
                Errno::EBUSY,
                format!("{}: {why}; nothing was changed", step.action.path()),
            ));
        }
        plan.steps.iter().try_for_each(allow)?;
        let mut running = self.begin(&plan, by, policy, now_millis)?;
        for (number, step) in plan.steps.iter().enumerate() {
            running.go(number, step);
        }
        Ok(running.end())
    }

    /// Writes that an undoing begins, and with which steps done.
    pub(super) fn begin(
        self,
        plan: &Plan,
        by: &'a By,
        policy: UndoPolicy,
        now_millis: u64,
    ) -> SysResult<Running<'a>> {
        let outline = Outline::new(plan.steps.iter().map(|step| step.verdict == Verdict::Done))?;
        let begin = Begin { of: plan.cause, up_to: plan.up_to, policy, outline: Some(outline) };
        let row = Row { detail: json!(begin), ..by.row(RowKind::Undo, begin.of, now_millis) };
        let unrecorded = |why| unrecorded(&begin.of.to_string(), &why);
        self.recorder.begin_undo().map_err(unrecorded)?;
        let begun = self.recorder.append_durable(&row).map_err(|why| {
            self.recorder.end_undo();
            unrecorded(why)
        })?;
        Ok(Running { undo: self, by, policy, now_millis, begun, report: UndoReport::new(plan, by) })
    }
}

impl By {
    fn row(&self, kind: RowKind, of: CauseId, now_millis: u64) -> Row {
        let row = Row::new(now_millis, self.cause, self.pid, kind, of.to_string());
        Row { app: self.app.clone(), call: "undo".into(), ..row }
    }
}

impl Running<'_> {
    /// Does a step as far as it can be done, and says so in the report.
    pub(super) fn go(&mut self, number: usize, step: &Step) {
        let path = step.action.path().to_owned();
        match &step.verdict {
            Verdict::Done => self.report.unchanged.push(path),
            Verdict::Lost(why) => self.report.left.push((path, why.clone())),
            Verdict::Conflict(why) if self.policy != UndoPolicy::Overwrite => {
                self.report.left.push((path, why.clone()));
            }
            Verdict::Due | Verdict::Conflict(_) => match self.step(number, &step.action) {
                Ok(()) => self.report.restored.push(path),
                Err(why) => self.report.left.push((path, why.to_string())),
            },
        }
    }

    /// Writes that it has come to its end.
    pub(super) fn end(self) -> UndoReport {
        let (restored, left) = (self.report.restored.len(), self.report.left.len());
        let detail = json!({"begun": self.begun, "restored": restored, "left": left});
        let row = Row { detail, ..self.by.row(RowKind::UndoDone, self.report.cause, self.now_millis) };
        match self.undo.recorder.append(&row) {
            Ok(_) => self.undo.recorder.end_undo(),
            // The next start finds it unfinished, and everything done.
            Err(why) => tracing::warn!(%why, "the end of an undoing is not in the journal"),
        }
        self.report
    }

    fn step(&self, number: usize, action: &Action) -> SysResult<()> {
        let content = match action {
            Action::Restore { to: State::File { digest, .. }, .. } => {
                match self.undo.recorder.blobs().get(digest) {
                    Ok(Fetched::Content(content)) => content,
                    _ => return Err(SysError::new(Errno::EIO, "the kept content went away")),
                }
            }
            _ => Vec::new(),
        };
        self.record(number, action, || effect(self.undo.mounts, action, &content))
    }

    /// Writes the row of a step, then does it.
    pub(super) fn record(
        &self,
        number: usize,
        action: &Action,
        effect: impl FnOnce() -> SysResult<()>,
    ) -> SysResult<()> {
        let (path, from) = match action {
            Action::Restore { path, .. } | Action::Attribute { path, .. } => (VPath::parse(path)?, None),
            Action::Rename { from, to } => (VPath::parse(to)?, Some(VPath::parse(from)?)),
        };
        let intent = match action {
            Action::Restore { to, .. } => Intent::Set { path: &path, after: After::Known(to.clone()) },
            Action::Attribute { attribute, to, .. } => {
                Intent::Attribute { path: &path, attribute: *attribute, after: *to }
            }
            Action::Rename { .. } => Intent::Rename { from: from.as_ref().unwrap_or(&path), to: &path },
        };
        let Undo { recorder, mounts } = self.undo;
        let row = self.by.row(RowKind::File, self.by.cause, self.now_millis);
        let row = Row { object: path.as_str().to_owned(), detail: progress::mark(self.begun, number), ..row };
        let recorded =
            recorder.record_files(mounts, row, &[intent]).map_err(|why| unrecorded(path.as_str(), &why))?;
        effect().inspect_err(|why| {
            if let Err(why) = recorder.failed(mounts, recorded, &why.to_string()) {
                tracing::warn!(%why, "that a step of an undoing failed is not in the journal");
            }
        })
    }
}

fn effect(mounts: &Mounts, action: &Action, content: &[u8]) -> SysResult<()> {
    let resolve = |path: &str| {
        let path = VPath::parse(path)?;
        let object = mounts.resolve(&path, LastLink::Keep)?;
        if *object.path() == path {
            return Ok(object);
        }
        Err(SysError::new(Errno::ELOOP, format!("{path}: a link leads to {} by now", object.path())))
    };
    match action {
        Action::Restore { path, to } => restore(mounts, &resolve(path)?, to, content),
        Action::Attribute { path, attribute: Attribute::Mode, to } => {
            mounts.set_mode(&resolve(path)?, u32::try_from(*to).unwrap_or(0o600) & 0o777)
        }
        Action::Attribute { path, attribute: Attribute::Modified, to } => {
            mounts.set_modified(&resolve(path)?, *to)
        }
        Action::Rename { from, to } => mounts.rename(&resolve(from)?, &resolve(to)?, Existing::Keep),
    }
}

fn restore(mounts: &Mounts, object: &Resolved, to: &State, content: &[u8]) -> SysResult<()> {
    let remove = || match mounts.remove_file(object) {
        Err(why) if why.errno == Errno::EISDIR => mounts.remove_dir(object),
        done => done,
    };
    let gone = |result: SysResult<()>| match result {
        Err(why) if why.errno == Errno::ENOENT => Ok(()),
        result => result,
    };
    match to {
        State::Absent => gone(remove()),
        State::File { .. } => match mounts.write_atomic(object, content, Durability::Cached) {
            // Something else took the name.
            Err(why) if matches!(why.errno, Errno::EISDIR | Errno::ELOOP) => {
                remove()?;
                mounts.write_atomic(object, content, Durability::Cached)
            }
            done => done,
        },
        State::Folder => match mounts.make_dir(object) {
            Err(why) if why.errno == Errno::EEXIST => {
                remove()?;
                mounts.make_dir(object)
            }
            done => done,
        },
        State::Link(target) => {
            gone(remove())?;
            mounts.symlink(target, object)
        }
        State::Large { .. } | State::Other | State::Unreadable(_) => {
            Err(SysError::new(Errno::EINVAL, "its content was not kept"))
        }
    }
}

pub(super) fn unrecorded(object: &str, why: &std::io::Error) -> SysError {
    let errno = match why.kind() {
        std::io::ErrorKind::StorageFull => Errno::ENOSPC,
        std::io::ErrorKind::QuotaExceeded => Errno::EDQUOT,
        _ => Errno::EIO,
    };
    SysError::new(errno, format!("{object}: refused, since the journal cannot record it: {why}"))
}
