//! Doing what a plan says.

use super::plan::{self, Action, Plan, Step, Verdict};
use crate::{
    blob::Fetched,
    journal::{After, Attribute, Filter, Intent, Journal, Recorder, Row, RowKind, State},
    vfs::{Durability, Existing, LastLink, Mounts, VPath},
};
use abi::{CauseId, Errno, Pid, SysError, SysResult};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::HashSet;

/// Undoings that are looked through for one that was interrupted.
const MOST_LOOKED_AT: usize = 1_000;

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
    recorder: &'a Recorder,
    mounts: &'a Mounts,
}

/// What a row that begins an undoing says.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct Begin {
    pub(super) of: CauseId,
    pub(super) up_to: u64,
    pub(super) policy: UndoPolicy,
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
        plan::plan(self.recorder, self.mounts, cause, None)
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
        let plan = self.plan(cause)?;
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
        let begin = Begin { of: cause, up_to: plan.up_to, policy };
        let begun = self.begin(&begin, by, now_millis)?;
        let mut report = UndoReport::new(&plan, by);
        for step in &plan.steps {
            self.go(step, by, policy, now_millis, &mut report);
        }
        self.end(begun, &report, by, now_millis);
        Ok(report)
    }

    /// Writes that an undoing begins; the number of the row.
    pub(super) fn begin(&self, begin: &Begin, by: &By, now_millis: u64) -> SysResult<u64> {
        let row = Row { detail: json!(begin), ..self.row(by, RowKind::Undo, begin.of, now_millis) };
        self.recorder.begin_undo().map_err(|why| unrecorded(&begin.of.to_string(), &why))?;
        self.recorder.append_durable(&row).map_err(|why| {
            self.recorder.end_undo();
            unrecorded(&begin.of.to_string(), &why)
        })
    }

    /// Brings every undoing that was interrupted to its end.
    ///
    /// # Errors
    /// `EIO` when the journal cannot be read.
    pub fn resume(&self, now_millis: u64) -> SysResult<Vec<UndoReport>> {
        let filter = Filter {
            kinds: vec![RowKind::Undo, RowKind::UndoDone],
            limit: MOST_LOOKED_AT,
            ..Filter::default()
        };
        let rows = self.recorder.history().query(&filter);
        let rows =
            rows.map_err(|why| SysError::new(Errno::EIO, format!("the journal cannot be read: {why}")))?;
        let begun_of = |row: &Row| row.detail.get("begun").and_then(serde_json::Value::as_u64);
        let ended: HashSet<u64> =
            rows.iter().filter(|row| row.kind == RowKind::UndoDone).filter_map(begun_of).collect();
        let mut reports = Vec::new();
        self.recorder.begin_undo().map_err(|why| unrecorded("undo", &why))?;
        // The newest first, as they would have been taken back one after the other.
        for row in rows.iter().filter(|row| row.kind == RowKind::Undo && !ended.contains(&row.seq)) {
            let Ok(begin) = serde_json::from_value::<Begin>(row.detail.clone()) else { continue };
            let plan = plan::plan(self.recorder, self.mounts, begin.of, Some(begin.up_to))?;
            let by = By { pid: row.pid, app: row.app.clone(), cause: row.cause };
            // What was in order when it began and is not now was changed since, and is left.
            let policy = match begin.policy {
                UndoPolicy::Overwrite => UndoPolicy::Overwrite,
                UndoPolicy::Whole | UndoPolicy::Possible => UndoPolicy::Possible,
            };
            let mut report = UndoReport::new(&plan, &by);
            for step in &plan.steps {
                self.go(step, &by, policy, now_millis, &mut report);
            }
            self.recorder.begin_undo().map_err(|why| unrecorded("undo", &why))?;
            self.end(row.seq, &report, &by, now_millis);
            reports.push(report);
        }
        self.recorder.end_undo();
        Ok(reports)
    }

    fn row(&self, by: &By, kind: RowKind, of: CauseId, now_millis: u64) -> Row {
        let row = Row::new(now_millis, by.cause, by.pid, kind, of.to_string());
        Row { app: by.app.clone(), call: "undo".into(), ..row }
    }

    /// Does a step as far as it can be done, and says so in the report.
    pub(super) fn go(
        &self,
        step: &Step,
        by: &By,
        policy: UndoPolicy,
        now_millis: u64,
        report: &mut UndoReport,
    ) {
        let path = step.action.path().to_owned();
        match &step.verdict {
            Verdict::Done => report.unchanged.push(path),
            Verdict::Lost(why) => report.left.push((path, why.clone())),
            Verdict::Conflict(why) if policy != UndoPolicy::Overwrite => {
                report.left.push((path, why.clone()));
            }
            Verdict::Due | Verdict::Conflict(_) => match self.step(&step.action, by, now_millis) {
                Ok(()) => report.restored.push(path),
                Err(why) => report.left.push((path, why.to_string())),
            },
        }
    }

    fn end(&self, begun: u64, report: &UndoReport, by: &By, now_millis: u64) {
        let (restored, left) = (report.restored.len(), report.left.len());
        let detail = json!({"begun": begun, "restored": restored, "left": left});
        let row = Row { detail, ..self.row(by, RowKind::UndoDone, report.cause, now_millis) };
        if let Err(why) = self.recorder.append(&row) {
            // The next start finds it unfinished, and everything done.
            tracing::warn!(%why, "the end of an undoing is not in the journal");
            return;
        }
        self.recorder.end_undo();
    }

    fn step(&self, action: &Action, by: &By, now_millis: u64) -> SysResult<()> {
        let row = self.row(by, RowKind::File, by.cause, now_millis);
        match action {
            Action::Restore { path, to } => {
                let content = match to {
                    State::File { digest, .. } => match self.recorder.blobs().get(digest) {
                        Ok(Fetched::Content(content)) => content,
                        _ => return Err(SysError::new(Errno::EIO, "the kept content went away")),
                    },
                    _ => Vec::new(),
                };
                let path = VPath::parse(path)?;
                let intents = [Intent::Set { path: &path, after: After::Known(to.clone()) }];
                self.record(row, &path, &intents, || self.restore(&path, to, &content))
            }
            Action::Attribute { path, attribute, to } => {
                let (path, to) = (VPath::parse(path)?, *to);
                let intents = [Intent::Attribute { path: &path, attribute: *attribute, after: to }];
                self.record(row, &path, &intents, || {
                    let object = self.mounts.resolve(&path, LastLink::Keep)?;
                    match attribute {
                        Attribute::Mode => {
                            self.mounts.set_mode(&object, u32::try_from(to).unwrap_or(0o600) & 0o777)
                        }
                        Attribute::Modified => self.mounts.set_modified(&object, to),
                    }
                })
            }
            Action::Rename { from, to } => {
                let (from, to) = (VPath::parse(from)?, VPath::parse(to)?);
                self.record(row, &to, &[Intent::Rename { from: &from, to: &to }], || {
                    let from = self.mounts.resolve(&from, LastLink::Keep)?;
                    let to = self.mounts.resolve(&to, LastLink::Keep)?;
                    self.mounts.rename(&from, &to, Existing::Keep)
                })
            }
        }
    }

    /// Writes the row, then does it.
    fn record(
        &self,
        row: Row,
        path: &VPath,
        intents: &[Intent<'_>],
        effect: impl FnOnce() -> SysResult<()>,
    ) -> SysResult<()> {
        let unrecorded = |why: std::io::Error| unrecorded(path.as_str(), &why);
        let row = Row { object: path.as_str().to_owned(), ..row };
        let recorded = self.recorder.record_files(self.mounts, row, intents).map_err(unrecorded)?;
        effect().inspect_err(|why| {
            if let Err(why) = self.recorder.failed(self.mounts, recorded, &why.to_string()) {
                tracing::warn!(%why, "that a step of an undoing failed is not in the journal");
            }
        })
    }

    fn restore(&self, path: &VPath, to: &State, content: &[u8]) -> SysResult<()> {
        let object = self.mounts.resolve(path, LastLink::Keep)?;
        let remove = || match self.mounts.remove_file(&object) {
            Err(why) if why.errno == Errno::EISDIR => self.mounts.remove_dir(&object),
            done => done,
        };
        let gone = |result: SysResult<()>| match result {
            Err(why) if why.errno == Errno::ENOENT => Ok(()),
            result => result,
        };
        match to {
            State::Absent => gone(remove()),
            State::File { .. } => match self.mounts.write_atomic(&object, content, Durability::Cached) {
                // Something else took the name.
                Err(why) if matches!(why.errno, Errno::EISDIR | Errno::ELOOP) => {
                    remove()?;
                    self.mounts.write_atomic(&object, content, Durability::Cached)
                }
                done => done,
            },
            State::Folder => match self.mounts.make_dir(&object) {
                Err(why) if why.errno == Errno::EEXIST => {
                    remove()?;
                    self.mounts.make_dir(&object)
                }
                done => done,
            },
            State::Link(target) => {
                gone(remove())?;
                self.mounts.symlink(target, &object)
            }
            State::Large { .. } | State::Other | State::Unreadable(_) => {
                Err(SysError::new(Errno::EINVAL, format!("{path}: its content was not kept")))
            }
        }
    }
}

fn unrecorded(object: &str, why: &std::io::Error) -> SysError {
    let errno = match why.kind() {
        std::io::ErrorKind::StorageFull => Errno::ENOSPC,
        std::io::ErrorKind::QuotaExceeded => Errno::EDQUOT,
        _ => Errno::EIO,
    };
    SysError::new(errno, format!("{object}: refused, since the journal cannot record it: {why}"))
}
