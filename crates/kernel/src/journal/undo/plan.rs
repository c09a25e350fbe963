//! What undoing would do, and what stands in its way.

use super::changes::{Attributed, Done, Renamed, Renames, Touched};
use crate::{
    blob::Fetched,
    journal::{
        Attribute, Filter, Kept, MAX_ROWS, Recorder, RowKind, State,
        recorder::{attribute_now, look},
    },
    vfs::{Detail, LastLink, Mounts, VPath},
};
use abi::{CauseId, Errno, SysError, SysResult};
use serde::Serialize;
use std::collections::{HashMap, HashSet};

/// Names of a folder that are looked at for whether it will be empty.
const MOST_NAMES: usize = 10_000;

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

/// Plans what undoing a cause would do now. With `up_to`, rows behind that one are no part of what is undone.
pub(super) fn plan(
    recorder: &Recorder,
    mounts: &Mounts,
    cause: CauseId,
    up_to: Option<u64>,
) -> SysResult<Plan> {
    let history = recorder.history();
    let unreadable =
        |why: std::io::Error| SysError::new(Errno::EIO, format!("the journal cannot be read: {why}"));
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
    let done = Done::of(&rows);
    let last = rows.last().map_or(0, |row| row.seq);
    let planner = Planner { recorder, mounts, causes: &causes, done: &done };
    let steps = planner.steps().map_err(unreadable)?;
    Ok(Plan { cause, causes, up_to: up_to.unwrap_or(last), steps })
}

struct Planner<'a> {
    recorder: &'a Recorder,
    mounts: &'a Mounts,
    causes: &'a [CauseId],
    done: &'a Done,
}

/// When a step is done: what was touched behind a renaming comes before that is taken back. In between,
/// what goes comes before what comes back; the deepest go first and come back last.
type Turn<'a> = (usize, bool, i64, &'a str);

impl Planner<'_> {
    fn steps(&self) -> std::io::Result<Vec<Step>> {
        // Renamings first: where everything else lies now depends on which of them still hold.
        let mut steps: Vec<(Turn<'_>, Step)> = Vec::new();
        let (mut holding, mut undone) = (Vec::new(), Vec::new());
        for (newer, renamed) in self.done.renamed.iter().rev().enumerate() {
            let verdict = self.judge_rename(renamed);
            match verdict {
                Verdict::Due => holding.push(renamed),
                Verdict::Done => undone.push(renamed),
                Verdict::Conflict(_) | Verdict::Lost(_) => {}
            }
            let action = Action::Rename { from: renamed.to.clone(), to: renamed.from.clone() };
            steps.push(((newer * 2 + 1, false, 0, &renamed.to), Step { action, verdict }));
        }
        // From the oldest on, as they happened; the others in the order in which they were taken back.
        holding.reverse();
        let renames = Renames { holding, undone };
        let mut by_place: HashMap<String, Vec<&Touched>> = HashMap::new();
        for touched in &self.done.touched {
            by_place.entry(renames.place_now(touched)).or_default().push(touched);
        }
        let mut goes: HashSet<&str> = renames.holding.iter().map(|renamed| renamed.to.as_str()).collect();
        goes.extend(self.done.touched.iter().filter(|touched| touched.goes()).map(|touched| &*touched.path));
        for touched in &self.done.touched {
            let verdict = self.judge(touched, &renames, &by_place, &goes)?;
            let to = touched.was.as_ref().map_or(State::Absent, |(state, _)| state.clone());
            let action = Action::Restore { path: renames.place_then(touched), to };
            let newer = self.done.renamed.len() - touched.epoch;
            let depth = i64::try_from(touched.path.matches('/').count()).unwrap_or(i64::MAX);
            let turn = if touched.goes() { -depth } else { depth };
            steps.push(((newer * 2, !touched.goes(), turn, &touched.path), Step { action, verdict }));
        }
        steps.sort_by_key(|(turn, _)| *turn);
        let attributes = self.done.attributed.iter().rev().filter_map(|one| self.attribute(one, &renames));
        Ok(steps.into_iter().map(|(_, step)| step).chain(attributes).collect())
    }

    /// Attributes come last, since content that comes back has none yet. None for what goes.
    fn attribute(&self, one: &Attributed, renames: &Renames<'_>) -> Option<Step> {
        let (path, to) = (renames.place_then(&one.place), one.was);
        let touched = self.done.newest.get(&one.place.path).and_then(|index| self.done.touched.get(*index));
        if touched.is_some_and(Touched::goes) {
            return None;
        }
        let verdict = match self.attribute_now(&renames.place_now(&one.place), one.attribute) {
            _ if touched.is_some() => Verdict::Due,
            None => Verdict::Lost("it is gone".into()),
            Some(now) if now == to => Verdict::Done,
            Some(now) if now == one.left => Verdict::Due,
            Some(_) => Verdict::Conflict(match one.attribute {
                Attribute::Mode => "its bits were changed since".into(),
                Attribute::Modified => "it was changed since".into(),
            }),
        };
        Some(Step { action: Action::Attribute { path, attribute: one.attribute, to }, verdict })
    }

    fn attribute_now(&self, path: &str, attribute: Attribute) -> Option<i64> {
        attribute_now(self.mounts, &VPath::parse(path).ok()?, attribute)
    }

    fn state(&self, path: &str) -> State {
        match VPath::parse(path) {
            Ok(path) => look(self.mounts, &path, self.recorder.blobs().options().max_blob_bytes).state,
            Err(why) => State::Unreadable(why.to_string()),
        }
    }

    fn judge_rename(&self, renamed: &Renamed) -> Verdict {
        // What was put there since goes before.
        let is_freed = || {
            let newest = self.done.newest.get(&renamed.from).and_then(|index| self.done.touched.get(*index));
            newest.is_some_and(|touched| touched.first > renamed.at && touched.goes())
        };
        match (self.state(&renamed.from), self.state(&renamed.to)) {
            (State::Absent, State::Absent) => Verdict::Lost(format!("{} is gone", renamed.to)),
            (State::Absent, _) => Verdict::Due,
            (_, State::Absent) => Verdict::Done,
            _ if is_freed() => Verdict::Due,
            _ => Verdict::Conflict(format!("there is something at {} again", renamed.from)),
        }
    }

    fn judge(
        &self,
        touched: &Touched,
        renames: &Renames<'_>,
        by_place: &HashMap<String, Vec<&Touched>>,
        goes: &HashSet<&str>,
    ) -> std::io::Result<Verdict> {
        let Some((was, kept)) = &touched.was else {
            return Ok(Verdict::Lost("no row says how it was".into()));
        };
        let now_at = renames.place_now(touched);
        let others = || by_place.get(&now_at).into_iter().flatten();
        // Something that is taken back before this was there later, or is there now.
        let is_covered = renames.frees(touched) || others().any(|other| other.first > touched.first);
        if !is_covered {
            let now = self.state(&now_at);
            let is_done = |other: &&&Touched| other.was.as_ref().is_some_and(|(state, _)| *state == now);
            // Or what was there before that is there again already.
            if now == *was
                || others().filter(|other| other.first < touched.first).any(|other| is_done(&other))
            {
                return Ok(Verdict::Done);
            }
            // What came back to this name already, after this had made room for it, is not removed again.
            let came_back =
                |renamed: &&Renamed| renamed.from == now_at && touched.first > renamed.at && touched.goes();
            if renames.undone.iter().any(came_back) {
                return Ok(Verdict::Done);
            }
            if let Some(conflict) = self.conflict(touched, &now, &now_at, goes)? {
                return Ok(Verdict::Conflict(conflict));
            }
        }
        Ok(self.judge_image(was, *kept))
    }

    /// What stands in the way at a path, if anything does.
    fn conflict(
        &self,
        touched: &Touched,
        now: &State,
        now_at: &str,
        goes: &HashSet<&str>,
    ) -> std::io::Result<Option<String>> {
        match &touched.left {
            _ if matches!(now, State::Unreadable(_)) => return Ok(Some("it cannot be read".into())),
            None => return Ok(Some("what its writer left is not known; it may be newer".into())),
            Some(left) if left != now => return Ok(Some("there is newer content".into())),
            Some(_) => {}
        }
        if let Some(other) = self.changed_in_between(touched)? {
            return Ok(Some(format!("cause {other} changed it in between")));
        }
        if touched.goes() && *now == State::Folder && !self.will_be_empty(now_at, goes) {
            return Ok(Some("the folder holds what came from elsewhere".into()));
        }
        Ok(None)
    }

    /// Somebody else who changed the path between the first and the last change that is taken back.
    fn changed_in_between(&self, touched: &Touched) -> std::io::Result<Option<CauseId>> {
        if touched.first.0 == touched.last.0 {
            return Ok(None);
        }
        let filter = Filter {
            object: Some(touched.path.clone()),
            kinds: vec![RowKind::File],
            before_seq: Some(touched.last.0),
            ..Filter::default()
        };
        let rows = self.recorder.history().query(&filter)?;
        let others = rows.iter().take_while(|row| row.seq > touched.first.0);
        Ok(others.map(|row| row.cause).find(|cause| !self.causes.contains(cause)))
    }

    fn will_be_empty(&self, folder: &str, goes: &HashSet<&str>) -> bool {
        let names = VPath::parse(folder)
            .and_then(|path| self.mounts.resolve(&path, LastLink::Keep))
            .and_then(|object| self.mounts.list(&object, MOST_NAMES, Detail::Names));
        let base = folder.strip_suffix('/').unwrap_or(folder);
        names.is_ok_and(|listing| {
            !listing.truncated
                && listing.entries.iter().all(|entry| goes.contains(&*format!("{base}/{}", entry.name)))
        })
    }

    /// Whether what was there can be had back.
    fn judge_image(&self, was: &State, kept: Kept) -> Verdict {
        let lost = |why: &str| Verdict::Lost(why.to_owned());
        match was {
            State::Absent | State::Folder | State::Link(_) => Verdict::Due,
            State::Other => lost("it was neither file, folder nor link"),
            State::Unreadable(why) => lost(why),
            State::Large { .. } | State::File { .. } if kept == Kept::Volatile => {
                lost("what lies here is not kept: it does not outlive the boot")
            }
            State::Large { .. } => lost("it was too large to be kept"),
            State::File { digest, .. } => match (kept, self.recorder.blobs().get(digest)) {
                (_, Ok(Fetched::Content(_))) => Verdict::Due,
                (Kept::TooLarge, _) => lost("it was too large to be kept"),
                (Kept::NoRoom, _) => lost("there was no room to keep it"),
                (_, Ok(Fetched::Broken(_))) => lost("the kept content is damaged and was set aside"),
                (_, Ok(Fetched::Missing)) => lost("it was kept, and had to make room since"),
                (_, Err(why)) => lost(&format!("the kept content cannot be read: {why}")),
            },
        }
    }
}
