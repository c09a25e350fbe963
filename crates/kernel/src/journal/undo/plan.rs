//! What undoing would do, and what stands in its way.

use super::{
    UndoPolicy,
    changes::Done,
    judge::{Judge, Order, Start},
    progress::{self, Begin, Former, Progress},
};
use crate::{
    journal::{Attribute, Filter, MAX_ROWS, Recorder, Row, RowKind, State},
    vfs::Mounts,
};
use abi::{CauseId, Errno, SysError, SysResult};
use serde::Serialize;

/// What a step does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// A path becomes what it was.
    Restore {
        /// Where.
        path: String,
        /// What it was.
        to: State,
    },
    /// A folder, or a file that is too large to be kept, gets its old name back.
    Rename {
        /// The name it has.
        from: String,
        /// The name it had.
        to: String,
    },
    /// Something gets an attribute back.
    Attribute {
        /// Where.
        path: String,
        /// Which.
        attribute: Attribute,
        /// What it was.
        to: i64,
    },
}

impl Action {
    /// The path that it is mainly about.
    #[must_use]
    pub fn path(&self) -> &str {
        match self {
            Action::Restore { path, .. } | Action::Attribute { path, .. } => path,
            Action::Rename { to, .. } => to,
        }
    }
}

/// Whether a step can be done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It can.
    Due,
    /// It is as it was already.
    Done,
    /// There is newer content, or something else stands in its way.
    Conflict(String),
    /// How it was is not known any more, or never was.
    Lost(String),
}

/// One path or name that goes back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Step {
    /// What it does.
    pub action: Action,
    /// Whether it can.
    pub verdict: Verdict,
}

/// Everything that undoing a cause would do, in the order in which it would.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Plan {
    /// The cause.
    pub cause: CauseId,
    /// It and what followed from it.
    pub causes: Vec<CauseId>,
    /// The last row that was taken into account.
    pub up_to: u64,
    /// In order.
    pub steps: Vec<Step>,
}

impl Plan {
    /// The first step that cannot be done, if there is one.
    #[must_use]
    pub fn obstacle(&self) -> Option<&Step> {
        self.steps.iter().find(|step| matches!(step.verdict, Verdict::Conflict(_) | Verdict::Lost(_)))
    }
}

/// Plans what undoing a cause would do now, when newer content is left or replaced.
pub(super) fn plan(
    recorder: &Recorder,
    mounts: &Mounts,
    cause: CauseId,
    policy: UndoPolicy,
) -> SysResult<Plan> {
    let (causes, rows) = rows(recorder, cause, None)?;
    let up_to = rows.last().map_or(0, |row| row.seq);
    let done = Done::of(&rows);
    let order = Order::of(&done);
    let former = if done.renamed.is_empty() && done.newest.len() == done.touched.len() {
        // Then the tree says it.
        Former::Never
    } else {
        progress::former(recorder.history(), &causes, up_to, order.steps()).map_err(unreadable)?
    };
    let start = Start::Now(former);
    let judge = Judge::new((recorder, mounts), &causes, &done, policy, start);
    let steps = judge.steps(&order).map_err(unreadable)?;
    Ok(Plan { cause, causes, up_to, steps })
}

/// Plans how an undoing that was interrupted goes on, and says how far it came; without that, when its rows do
/// not say it: those of an earlier version, or those taken back are not all there any more.
pub(super) fn rest(
    recorder: &Recorder,
    mounts: &Mounts,
    begun: &Row,
    begin: &Begin,
) -> SysResult<(Plan, Option<Progress>)> {
    let (causes, rows) = rows(recorder, begin.of, Some(begin.up_to))?;
    let done = Done::of(&rows);
    let order = Order::of(&done);
    let mut progress = Progress::read(recorder.history(), begun, begin).map_err(unreadable)?;
    progress = progress.filter(|progress| progress.steps == order.steps());
    let start = match &mut progress {
        Some(progress) => Start::Behind(progress),
        None => Start::Now(Former::Unknown),
    };
    let judge = Judge::new((recorder, mounts), &causes, &done, begin.policy, start);
    let steps = judge.steps(&order).map_err(unreadable)?;
    Ok((Plan { cause: begin.of, causes, up_to: begin.up_to, steps }, progress))
}

/// The causes, and what they did to files, the oldest first.
fn rows(recorder: &Recorder, cause: CauseId, up_to: Option<u64>) -> SysResult<(Vec<CauseId>, Vec<Row>)> {
    let history = recorder.history();
    let causes = history.with_descendants(cause).map_err(unreadable)?;
    let filter = Filter {
        causes: Some(causes.clone()),
        kinds: vec![RowKind::File, RowKind::FileSettled, RowKind::FileFailed],
        before_seq: up_to.map(|up_to| up_to.saturating_add(1)),
        ..Filter::default()
    };
    let mut rows = history.query(&filter).map_err(unreadable)?;
    if rows.len() >= MAX_ROWS {
        let why =
            format!("cause {cause} has more than {MAX_ROWS} changes; they cannot be taken back together");
        return Err(SysError::new(Errno::EFBIG, why));
    }
    rows.reverse();
    Ok((causes, rows))
}

fn unreadable(why: std::io::Error) -> SysError {
    SysError::new(Errno::EIO, format!("the journal cannot be read: {why}"))
}
