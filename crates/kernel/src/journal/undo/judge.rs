//! Which steps an undoing has, in which order, and whether each can be done.
//!
//! The order follows from the rows alone ([`Order`]). Whether a step can be done is judged when its turn comes in
//! an [`Overlay`]: the tree as the steps before it leave it. What lies there must be what the cause left, or
//! what an earlier step made of it.
//!
//! An undoing that was interrupted goes on behind what its rows say ([`Start::Behind`]): steps that it did
//! are not looked at again, and what they made is what must lie there now.

use super::{
    Action, Step, UndoPolicy, Verdict,
    changes::{Attributed, Done, Moment, Place, Renamed, Touched, beneath, place},
    overlay::{Found, Overlay},
    progress::{Former, Progress},
    renames::taken_back_by_now,
};
use crate::{
    blob::Fetched,
    journal::{
        Attribute, Change, Filter, Kept, Recorder, Row, RowKind, State,
        recorder::{attribute_now, look},
    },
    vfs::{Detail, LastLink, Mounts, VPath},
};
use abi::CauseId;
use std::{
    collections::{HashMap, HashSet},
    io,
};

/// Names of a folder that are looked at for whether it will be empty.
const MOST_NAMES: usize = 10_000;

/// What a step is about.
enum Part<'a> {
    Touched(&'a Touched),
    /// And which one.
    Renamed(usize, &'a Renamed),
    Attributed(&'a Attributed),
}

/// The steps in their order: the same for the same rows, whatever the tree is like.
pub(super) struct Order<'a>(Vec<Part<'a>>);

/// When a step is done: what was touched behind a renaming comes before that is taken back. In between,
/// what goes comes before what comes back; the deepest go first and come back last.
type Turn<'a> = (usize, bool, i64, &'a str);

impl<'a> Order<'a> {
    pub(super) fn of(done: &'a Done) -> Self {
        let mut parts: Vec<(Turn<'a>, Part<'a>)> = Vec::new();
        for (index, renamed) in done.renamed.iter().enumerate() {
            let newer = done.renamed.len() - 1 - index;
            parts.push(((newer * 2 + 1, false, 0, &renamed.to), Part::Renamed(index, renamed)));
        }
        for touched in &done.touched {
            let newer = done.renamed.len() - touched.epoch;
            let depth = i64::try_from(touched.path.matches('/').count()).unwrap_or(i64::MAX);
            let turn = if touched.goes() { -depth } else { depth };
            parts.push(((newer * 2, !touched.goes(), turn, &touched.path), Part::Touched(touched)));
        }
        parts.sort_by_key(|(turn, _)| *turn);
        // Attributes come last, since content that comes back has none yet. None for what goes.
        let attributes =
            done.attributed.iter().rev().filter(|one| !done.newest(one).is_some_and(Touched::goes));
        let attributes = attributes.map(Part::Attributed);
        Order(parts.into_iter().map(|(_, part)| part).chain(attributes).collect())
    }

    pub(super) fn steps(&self) -> usize {
        self.0.len()
    }
}

/// Where an undoing stands.
pub(super) enum Start<'p> {
    /// It begins, after former ones.
    Now(Former),
    /// It came so far before it was interrupted.
    Behind(&'p mut Progress),
}

/// See the module documentation.
pub(super) struct Judge<'a, 'p> {
    recorder: &'a Recorder,
    mounts: &'a Mounts,
    causes: &'a [CauseId],
    done: &'a Done,
    policy: UndoPolicy,
    start: Start<'p>,
    overlay: Overlay,
    /// Which renamings are taken back when the turn of the step comes that is judged.
    taken_back: HashSet<usize>,
    /// Paths that do not go back, and when they were touched first.
    stuck: Vec<(&'a str, Moment)>,
}

/// What is known when a path is judged.
struct Asked<'t> {
    step: usize,
    touched: &'t Touched,
    /// Where it lies at its turn.
    path: &'t str,
    was: &'t State,
    /// Others that lie at the same place and were touched earlier were like this.
    earlier: Vec<&'t State>,
}

impl<'a, 'p> Judge<'a, 'p> {
    pub(super) fn new(
        (recorder, mounts): (&'a Recorder, &'a Mounts),
        causes: &'a [CauseId],
        done: &'a Done,
        policy: UndoPolicy,
        start: Start<'p>,
    ) -> Self {
        let (overlay, taken_back, stuck) = (Overlay::default(), HashSet::new(), Vec::new());
        Judge { recorder, mounts, causes, done, policy, start, overlay, taken_back, stuck }
    }

    pub(super) fn steps(mut self, order: &Order<'a>) -> io::Result<Vec<Step>> {
        let numbers = order.0.iter().enumerate().filter_map(|(step, part)| match part {
            Part::Renamed(index, _) => Some((step, *index)),
            _ => None,
        });
        self.taken_back = match &self.start {
            Start::Behind(progress) => {
                numbers.filter(|(step, _)| progress.done.contains(step)).map(|(_, index)| index).collect()
            }
            Start::Now(Former::Did(former)) => {
                numbers.filter(|(step, _)| former.contains(step)).map(|(_, index)| index).collect()
            }
            Start::Now(former) => {
                taken_back_by_now(self.done, *former == Former::Unknown, |path| self.state(path))
            }
        };
        let taken_back = self.renames_taken_back();
        let mut by_place: HashMap<String, Vec<&Touched>> = HashMap::new();
        for touched in &self.done.touched {
            let Place { path, is_gone } = place(&touched.path, touched.first, &taken_back);
            if !is_gone {
                by_place.entry(path).or_default().push(touched);
            }
        }
        order.0.iter().enumerate().map(|(step, part)| self.judge(step, part, &by_place)).collect()
    }

    /// Where what lay at a path moved on to, when that is not taken back.
    fn moved_on(&self, path: &str, at: Moment) -> Option<&'a str> {
        let all = self.done.renamed.iter().enumerate().rev().take_while(|(_, renamed)| renamed.at > at);
        let mut stuck = all.filter(|(index, _)| !self.taken_back.contains(index)).map(|(_, renamed)| renamed);
        stuck.find(|renamed| beneath(path, &renamed.from).is_some()).map(|renamed| &*renamed.to)
    }

    /// The newest first.
    fn renames_taken_back(&self) -> Vec<&'a Renamed> {
        let all = self.done.renamed.iter().enumerate().rev();
        all.filter(|(index, _)| self.taken_back.contains(index)).map(|(_, renamed)| renamed).collect()
    }

    fn judge(
        &mut self,
        step: usize,
        part: &Part<'a>,
        by_place: &HashMap<String, Vec<&Touched>>,
    ) -> io::Result<Step> {
        let is_past = match &self.start {
            Start::Now(_) => false,
            Start::Behind(progress) => step < progress.next || progress.done.contains(&step),
        };
        let taken_back = self.renames_taken_back();
        Ok(match part {
            Part::Renamed(index, renamed) => {
                let from = place(&renamed.to, renamed.at, &taken_back).path;
                let to = place(&renamed.from, renamed.at, &taken_back).path;
                let verdict = self.judge_rename(step, (*index, renamed), is_past, (&from, &to));
                Step { action: Action::Rename { from, to }, verdict }
            }
            Part::Touched(touched) => {
                let Place { path, is_gone } = place(&touched.path, touched.first, &taken_back);
                let verdict = match &touched.was {
                    _ if is_past || is_gone => Verdict::Done,
                    None => Verdict::Lost("no row says how it was".into()),
                    Some((was, kept)) => {
                        let others = by_place.get(&path).into_iter().flatten();
                        let earlier = others.filter(|other| other.first < touched.first);
                        let earlier = earlier.filter_map(|other| Some(&other.was.as_ref()?.0)).collect();
                        self.judge_touched(&Asked { step, touched, path: &path, was, earlier }, *kept)?
                    }
                };
                let is_left = match (&self.start, &verdict) {
                    (Start::Behind(progress), _) if step < progress.next => {
                        !progress.performed.contains(&step) && !progress.done.contains(&step)
                    }
                    (_, Verdict::Due | Verdict::Done) => false,
                    (_, Verdict::Conflict(_)) => self.policy != UndoPolicy::Overwrite,
                    (_, Verdict::Lost(_)) => true,
                };
                if is_left {
                    self.stuck.push((&touched.path, touched.first));
                }
                let to = touched.was.as_ref().map_or(State::Absent, |(state, _)| state.clone());
                Step { action: Action::Restore { path, to }, verdict }
            }
            Part::Attributed(one) => {
                let Place { path, is_gone } = place(&one.place.path, one.place.first, &taken_back);
                let verdict =
                    if is_past || is_gone { Verdict::Done } else { self.judge_attribute(one, &path) };
                if verdict == Verdict::Done && self.cut(step).is_some() {
                    self.perform();
                }
                Step { action: Action::Attribute { path, attribute: one.attribute, to: one.was }, verdict }
            }
        })
    }

    /// The row of a step that may have been cut anywhere.
    fn cut(&self, step: usize) -> Option<Row> {
        match &self.start {
            Start::Behind(progress) if progress.next == step => progress.cut.clone(),
            _ => None,
        }
    }

    /// A step that may have been cut turns out to be done.
    fn perform(&mut self) {
        if let Start::Behind(progress) = &mut self.start
            && let Some(row) = progress.cut.take()
        {
            progress.perform(&row);
        }
    }

    fn judge_rename(
        &mut self,
        step: usize,
        (index, renamed): (usize, &Renamed),
        is_past: bool,
        (from, to): (&str, &str),
    ) -> Verdict {
        if let Start::Behind(progress) = &self.start
            && progress.performed.contains(&step)
        {
            self.taken_back.insert(index);
        }
        if is_past || self.taken_back.contains(&index) {
            return Verdict::Done;
        }
        // What lies there then is something else, which stays whatever the policy.
        let is_stuck =
            |(path, first): &(&str, Moment)| *first > renamed.at && beneath(&renamed.to, path).is_some();
        if self.moved_on(&renamed.to, renamed.at).is_some() || self.stuck.iter().any(is_stuck) {
            return Verdict::Lost(format!("what was at {from} does not go back there"));
        }
        match (self.state_then(from), self.state_then(to)) {
            (State::Absent, state) if state != State::Absent && self.cut(step).is_some() => {
                self.perform();
                self.taken_back.insert(index);
                Verdict::Done
            }
            (State::Absent, _) => Verdict::Lost(format!("{from} is gone")),
            (_, State::Absent) => {
                self.overlay.rename(from, to);
                self.taken_back.insert(index);
                Verdict::Due
            }
            _ => Verdict::Conflict(format!("there is something at {to} again")),
        }
    }

    fn judge_touched(&mut self, asked: &Asked<'_>, kept: Kept) -> io::Result<Verdict> {
        let Asked { path, was, .. } = asked;
        let verdict = match self.overlay.find(path) {
            Found::Made(now) if now == **was => return Ok(Verdict::Done),
            Found::Made(_) => None,
            Found::Under(now_at) => {
                let now = self.state(&now_at);
                if now == **was {
                    if self.cut(asked.step).is_some() {
                        self.perform();
                    }
                    return Ok(Verdict::Done);
                }
                let is_earlier = asked.earlier.contains(&&now);
                if is_earlier && self.was_done(asked.step) {
                    return Ok(Verdict::Done);
                }
                let conflict = self.conflict(asked, &now, &now_at)?;
                if conflict.is_some() && is_earlier && matches!(self.start, Start::Now(_)) {
                    return Ok(Verdict::Done);
                }
                if now == State::Folder && !self.will_be_empty(path, &now_at) {
                    // It will not go, whatever the policy.
                    let why = conflict.unwrap_or_else(|| "the folder holds what came from elsewhere".into());
                    return Ok(Verdict::Conflict(why));
                }
                conflict.map(Verdict::Conflict)
            }
        };
        let image = self.judge_image(was, kept);
        let is_performed = verdict.is_none() || self.policy == UndoPolicy::Overwrite;
        if is_performed && image == Verdict::Due {
            self.overlay.make(path, (*was).clone());
        }
        Ok(verdict.unwrap_or(image))
    }

    /// Whether a former undoing did this step.
    fn was_done(&self, step: usize) -> bool {
        matches!(&self.start, Start::Now(Former::Did(former)) if former.contains(&step))
    }

    /// What stands in the way at a path, if anything does.
    fn conflict(&self, asked: &Asked<'_>, now: &State, now_at: &str) -> io::Result<Option<String>> {
        if matches!(now, State::Unreadable(_)) {
            return Ok(Some("it cannot be read".into()));
        }
        if let Some(to) = self.moved_on(&asked.touched.path, asked.touched.last) {
            return Ok(Some(format!("it is at {to} and does not go back")));
        }
        let newer = || Some("there is newer content".to_owned());
        if let Some(row) = self.cut(asked.step) {
            // It may have removed what was there before, and not yet have put anything in its place.
            let before = row.changes.iter().find_map(|change| match change {
                Change::Set { path, before, .. } if path == asked.path => before.as_ref(),
                _ => None,
            });
            if *now == State::Absent || before.is_some_and(|before| before.state == *now) {
                return Ok(None);
            }
        }
        if let Start::Behind(progress) = &self.start
            && let Found::Made(made) = progress.made.find(now_at)
        {
            return Ok(if made == *now { None } else { newer() });
        }
        match &asked.touched.left {
            None => return Ok(Some("what its writer left is not known; it may be newer".into())),
            Some(left) if left != now => return Ok(newer()),
            Some(_) => {}
        }
        let other = self.changed_in_between(asked.touched)?;
        Ok(other.map(|other| format!("cause {other} changed it in between")))
    }

    /// Somebody else who changed the path between the first and the last change that is taken back.
    fn changed_in_between(&self, touched: &Touched) -> io::Result<Option<CauseId>> {
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

    /// Whether a folder that lies somewhere now has nothing in it at its turn.
    fn will_be_empty(&self, folder: &str, now_at: &str) -> bool {
        let names = VPath::parse(now_at)
            .and_then(|path| self.mounts.resolve(&path, LastLink::Keep))
            .and_then(|object| self.mounts.list(&object, MOST_NAMES, Detail::Names));
        let base = folder.strip_suffix('/').unwrap_or(folder);
        let goes = |name: &str| self.overlay.find(&format!("{base}/{name}")) == Found::Made(State::Absent);
        names.is_ok_and(|listing| !listing.truncated && listing.entries.iter().all(|entry| goes(&entry.name)))
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
    fn judge_attribute(&self, one: &Attributed, path: &str) -> Verdict {
        let now = match self.overlay.find(path) {
            // It comes back first, without any.
            _ if self.done.newest(one).is_some() => return Verdict::Due,
            Found::Made(State::Absent) => None,
            Found::Made(_) => return Verdict::Due,
            Found::Under(now_at) => self.attribute_now(&now_at, one.attribute),
        };
        match now {
            None => Verdict::Lost("it is gone".into()),
            Some(now) if now == one.was => Verdict::Done,
            Some(now) if now == one.left => Verdict::Due,
            Some(_) => Verdict::Conflict(match one.attribute {
                Attribute::Mode => "its bits were changed since".into(),
                Attribute::Modified => "it was changed since".into(),
            }),
        }
    }

    fn attribute_now(&self, path: &str, attribute: Attribute) -> Option<i64> {
        let path = VPath::parse(path).ok()?;
        let object = self.mounts.resolve(&path, LastLink::Keep).ok()?;
        if *object.path() == path { attribute_now(self.mounts, &path, attribute) } else { None }
    }

    /// What lies at a path at the turn of the step.
    fn state_then(&self, path: &str) -> State {
        match self.overlay.find(path) {
            Found::Made(state) => state,
            Found::Under(now_at) => self.state(&now_at),
        }
    }

    /// What lies at a path now. Rows name objects, so where a link leads elsewhere by now it is not there.
    fn state(&self, text: &str) -> State {
        let path = match VPath::parse(text) {
            Ok(path) => path,
            Err(why) => return State::Unreadable(why.to_string()),
        };
        match self.mounts.resolve(&path, LastLink::Keep) {
            Ok(object) if *object.path() != path => State::Absent,
            _ => look(self.mounts, &path, self.recorder.blobs().options().max_blob_bytes).state,
        }
    }
}
