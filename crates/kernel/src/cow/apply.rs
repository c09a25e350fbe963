//! Taking changes of a run over into the originals, and deciding against them.
//!
//! Each path is a row of the journal with an image of what it replaces, then one step of the file system: a file is
//! wholly old or wholly new, whenever the desktop ends. All of them are on account of one cause that follows from the
//! run's own, so *why?* on a file leads to the program, and undoing that cause takes everything back.

use super::{
    baseline::{Decision, Seen, What},
    changes::{Change, Found, find},
    run::{Run, original},
    tree::{Facts, Tree, copy_through},
};
use crate::{
    caller::Caller,
    core::Core,
    journal::{After, Attribute, Intent, RowKind, State},
    vfs::{Durability, Existing, FsError, LastLink, Resolved, VPath, temporary_name},
};
use abi::{
    CauseId, CauseKind, CauseSpec, Errno, SysError, SysResult, Syscalls,
    table::{Applied, ApplyMode, RunVerdict, Verb},
};
use serde_json::json;
use std::collections::HashSet;

/// Names in the row that says what is taken over.
const MOST_NAMED: usize = 100;

/// Which changes somebody means.
pub(crate) struct Choice {
    paths: HashSet<VPath>,
    /// Not what lies beneath them.
    exact: bool,
}

impl Choice {
    /// Those at these paths; all, when there is none.
    ///
    /// # Errors
    /// Those of paths.
    pub(crate) fn of(caller: &Caller, paths: &[String], exact: bool) -> SysResult<Self> {
        let folder = caller.process().working_dir();
        Ok(Choice { paths: paths.iter().map(|path| folder.join(path)).collect::<SysResult<_>>()?, exact })
    }

    fn names(&self, change: &Change) -> bool {
        self.paths.contains(&change.path)
    }

    fn covers(&self, change: &Change) -> bool {
        if self.paths.is_empty() || self.names(change) {
            return true;
        }
        !self.exact && with_parents(&change.path).any(|path| self.paths.contains(&path))
    }

    /// Those that no change is at or beneath, in order.
    fn without_change(&self, found: &Found) -> Vec<&VPath> {
        let there: HashSet<VPath> =
            found.changes.iter().flat_map(|change| with_parents(&change.path)).collect();
        let mut without: Vec<&VPath> = self.paths.iter().filter(|path| !there.contains(path)).collect();
        without.sort_unstable();
        without
    }
}

/// A path, the folder it lies in, and so on up.
fn with_parents(path: &VPath) -> impl Iterator<Item = VPath> {
    std::iter::successors(Some(path.clone()), VPath::parent)
}

/// See the module documentation.
///
/// # Errors
/// `EBUSY` never for a conflict (that is left, and said), `EACCES` when the caller may not change one of the paths
/// (nothing was changed then), `EIO` and `ENOSPC` when the journal cannot record it.
pub(crate) fn apply(caller: &Caller, run: &Run, choice: &Choice, mode: ApplyMode) -> SysResult<Applied> {
    let core = caller.core();
    let _nobody_else = run.decide();
    let found = find(core, run)?;
    let mut left: Vec<(String, String)> = choice
        .without_change(&found)
        .into_iter()
        .map(|path| (path.as_str().to_owned(), "there is no open change".into()))
        .collect();
    let mut chosen: Vec<&Change> = Vec::new();
    for change in found.changes.iter().filter(|change| choice.covers(change)) {
        match refusal(change, choice, mode) {
            Some(why) => left.push((change.path.as_str().to_owned(), why)),
            None => chosen.push(change),
        }
    }
    add_folders(&mut chosen, &found);
    chosen.iter().try_for_each(|change| allow(caller, change))?;
    in_order(&mut chosen);
    let cause = begin(caller, run, &chosen)?;
    let (mut applied, mut decisions) = (Vec::new(), Vec::new());
    let total = chosen.len() as u64;
    let act = Act { caller, run, cause };
    for (done, change) in chosen.iter().enumerate() {
        caller.tell_progress(done as u64, total);
        let path = change.path.as_str().to_owned();
        if caller.should_stop() {
            left.push((path, "stopped before its turn".into()));
            continue;
        }
        match act.take_over(change) {
            Ok(()) => {
                decisions.push(decision(change, true));
                applied.push(path);
            }
            Err(why) => left.push((path, why.detail)),
        }
    }
    // What is lost of these is seen from the files themselves.
    run.write_decisions(&decisions)?;
    let open = (found.changes.len() - applied.len()) as u64;
    run.set_open(open);
    Ok(Applied { cause, applied, left, open })
}

/// Decides against changes; how many are still open.
///
/// # Errors
/// `EIO` when the decision cannot be kept.
pub(crate) fn discard(caller: &Caller, run: &Run, choice: &Choice) -> SysResult<u64> {
    let _nobody_else = run.decide();
    let found = find(caller.core(), run)?;
    let chosen: Vec<&Change> = found.changes.iter().filter(|change| choice.covers(change)).collect();
    tell(caller, run, RowKind::RunDiscard, caller.cause(), &chosen)?;
    let decisions: Vec<Decision> = chosen.iter().map(|change| decision(change, false)).collect();
    run.write_decisions(&decisions)?;
    let open = (found.changes.len() - chosen.len()) as u64;
    run.set_open(open);
    Ok(open)
}

/// Writes that a whole run is discarded.
///
/// # Errors
/// As the journal's.
pub(crate) fn tell_discarded(caller: &Caller, run: &Run) -> SysResult<()> {
    tell(caller, run, RowKind::RunDiscard, caller.cause(), &[])
}

fn decision(change: &Change, applied: bool) -> Decision {
    Decision {
        folder: change.folder,
        at: change.at.as_str().to_owned(),
        left: change.after.as_ref().map(|(seen, _)| seen.clone()),
        applied,
        was_due: applied && change.verdict == RunVerdict::Due,
        before: change.now.as_ref().map(|(seen, _)| seen.clone()).filter(|_| applied),
    }
}

/// Why a change that was chosen stays.
fn refusal(change: &Change, choice: &Choice, mode: ApplyMode) -> Option<String> {
    match (change.verdict, change.later) {
        (RunVerdict::Refused, _) => Some(change.why.clone()),
        (RunVerdict::Conflict, _) if mode == ApplyMode::Keep => Some(change.why.clone()),
        (_, Some(why)) if !choice.names(change) => Some(format!("{why}: it is taken over only by name")),
        _ => None,
    }
}

/// New folders above what was chosen belong to it.
fn add_folders<'a>(chosen: &mut Vec<&'a Change>, found: &'a Found) {
    let comes = chosen.iter().filter(|change| change.after.is_some());
    let needed: HashSet<VPath> = comes.flat_map(|change| with_parents(&change.path).skip(1)).collect();
    let known: HashSet<&VPath> = chosen.iter().map(|change| &change.path).collect();
    let is_new_folder = |change: &&Change| {
        change.verdict == RunVerdict::Due
            && matches!(&change.after, Some((seen, _)) if seen.what == What::Folder)
            && change.now.is_none()
    };
    let more: Vec<&Change> = found.changes.iter().filter(is_new_folder).collect();
    let more =
        more.into_iter().filter(|folder| needed.contains(&folder.path) && !known.contains(&folder.path));
    let more: Vec<&Change> = more.collect();
    chosen.extend(more);
}

/// What goes comes first, the deepest first; then what comes, a folder before what lies in it.
fn in_order(chosen: &mut [&Change]) {
    chosen.sort_by_key(|change| {
        let depth = i64::try_from(change.path.components().count()).unwrap_or(i64::MAX);
        let goes = change.after.is_none();
        (!goes, if goes { -depth } else { depth })
    });
}

/// The paths are known only here, as with undo.
fn allow(caller: &Caller, change: &Change) -> SysResult<()> {
    let ask = |verb| caller.core().gate.path(caller.process(), verb, change.path.as_str());
    let allowed = match &change.after {
        None => ask(Verb::DeleteFile),
        Some(_) if change.now.is_none() => ask(Verb::CreateFile).and_then(|()| ask(Verb::WriteFile)),
        Some(_) => ask(Verb::WriteFile),
    };
    allowed.map_err(SysError::from)
}

/// Opens the cause, and says what is about to be taken over.
fn begin(caller: &Caller, run: &Run, chosen: &[&Change]) -> SysResult<CauseId> {
    let parent = if run.cause() == CauseId::NONE { caller.cause() } else { run.cause() };
    let label = format!("changes of {} were applied", run.record.name);
    let spec = CauseSpec {
        parent: Some(parent),
        app: run.app().map(str::to_owned),
        ..CauseSpec::new(CauseKind::System, label)
    };
    let cause = caller.core().observer.open_cause(spec);
    tell(caller, run, RowKind::RunApply, cause, chosen)?;
    Ok(cause)
}

fn tell(caller: &Caller, run: &Run, kind: RowKind, cause: CauseId, chosen: &[&Change]) -> SysResult<()> {
    let core = caller.core();
    let mut row = core.journal_row(caller.process().identity(), cause, kind, &format!("run {}", run.id()));
    let named: Vec<&str> = chosen.iter().take(MOST_NAMED).map(|change| change.path.as_str()).collect();
    row.detail = json!({
        "run": run.id(), "of": run.record.name, "app": run.app(), "changes": chosen.len(), "paths": named,
        "by": caller.cause(),
    });
    core.journal.append(&row).map(drop).map_err(|why| unrecorded(core, &row.object, &why))
}

fn unrecorded(core: &Core, object: &str, why: &std::io::Error) -> SysError {
    core.journal_failed(why);
    let errno = match why.kind() {
        std::io::ErrorKind::StorageFull => Errno::ENOSPC,
        std::io::ErrorKind::QuotaExceeded => Errno::EDQUOT,
        _ => Errno::EIO,
    };
    SysError::new(errno, format!("{object}: refused, since the journal cannot record it: {why}"))
}

struct Act<'a> {
    caller: &'a Caller,
    run: &'a Run,
    cause: CauseId,
}

impl Act<'_> {
    fn take_over(&self, change: &Change) -> SysResult<()> {
        let (core, path) = (self.caller.core(), &change.path);
        let object = core.mounts.resolve(path, LastLink::Keep)?;
        if object.path() != path {
            return Err(SysError::new(
                Errno::ELOOP,
                format!("{path}: a folder on the way has become a link"),
            ));
        }
        self.check_unchanged(change)?;
        let Some((seen, facts)) = &change.after else {
            let intents = [Intent::Set { path, after: After::Known(State::Absent) }];
            return self.record(path, &intents, || match is_folder(&change.now) {
                true => core.mounts.remove_dir(&object),
                false => core.mounts.remove_file(&object),
            });
        };
        match &seen.what {
            What::Folder => self.folder(change, &object, seen),
            What::Link(target) => {
                let intents = [Intent::Set { path, after: After::Known(State::Link(target.clone())) }];
                self.record(path, &intents, || {
                    let temporary = self.beside(path)?;
                    core.mounts.symlink(target, &temporary)?;
                    self.put(&temporary, &object, change)
                })
            }
            What::File { digest: Some(digest) } => {
                let is_same_content = matches!(&change.now, Some((now, _)) if now.what == seen.what);
                let mut intents = Vec::new();
                if !is_same_content {
                    let state = State::File { digest: *digest, len_bytes: facts.stamp.len_bytes };
                    intents.push(Intent::Set { path, after: After::Known(state) });
                }
                // A new file has its bits from the beginning; nothing is there to set them back on.
                if matches!(&change.now, Some((now, _)) if now.mode != seen.mode && now.what.kind() == seen.what.kind())
                {
                    let after = i64::from(seen.mode);
                    intents.push(Intent::Attribute { path, attribute: Attribute::Mode, after });
                }
                self.record(path, &intents, || match is_same_content {
                    true => core.mounts.set_mode(&object, seen.mode),
                    false => self.file(change, &object, seen),
                })
            }
            What::File { digest: None } | What::Special => {
                Err(SysError::new(Errno::EINVAL, format!("{path}: {}", change.why)))
            }
        }
    }

    /// Nobody changed the original, or what the run left, since it was judged.
    fn check_unchanged(&self, change: &Change) -> SysResult<()> {
        let folder = VPath::parse(&self.run.folder(change.folder)?.path)?;
        let (original, changed) = (original(self.caller.core(), &folder)?, self.run.changed(change.folder)?);
        let stamp = |tree: &Tree| tree.facts(&change.at).map_err(|why| why.at(&change.path));
        let is_same = |now: Option<Facts>, then: Option<&Facts>| match (now, then) {
            // What lies in a folder changes while this goes on.
            (Some(now), Some(then)) => {
                now.kind == then.kind && (is_folder_kind(&now) || now.stamp == then.stamp)
            }
            (now, then) => now.is_none() == then.is_none(),
        };
        let now = stamp(&original)?;
        let was_emptied = change.now.is_some() && now.is_none();
        let is_as_judged = is_same(now, change.now.as_ref().map(|(_, facts)| facts))
            || self.is_same_content(&original, change, now);
        if was_emptied || !is_as_judged {
            return Err(SysError::new(Errno::EBUSY, "the original was changed a moment ago"));
        }
        let left = stamp(&changed)?.filter(|facts| facts.kind != super::tree::Kind::Whiteout);
        if is_same(left, change.after.as_ref().map(|(_, facts)| facts)) {
            return Ok(());
        }
        Err(SysError::new(Errno::EBUSY, "the program changed it a moment ago"))
    }

    /// Whether only the stamp of the original is another one, as when a second name of the file was just replaced.
    fn is_same_content(&self, original: &Tree, change: &Change, now: Option<Facts>) -> bool {
        let (Some(now), Some((seen, then))) = (now, &change.now) else { return false };
        let What::File { digest: Some(digest) } = &seen.what else { return false };
        let can_be = now.kind == then.kind
            && now.mode & 0o777 == seen.mode
            && (now.stamp.inode, now.stamp.len_bytes) == (then.stamp.inode, then.stamp.len_bytes);
        can_be && self.run.digest(original, &change.at, now.stamp).is_ok_and(|now| now == *digest)
    }

    fn folder(&self, change: &Change, object: &Resolved, seen: &Seen) -> SysResult<()> {
        let (core, path) = (self.caller.core(), &change.path);
        if !is_folder(&change.now) {
            let intents = [Intent::Set { path, after: After::Known(State::Folder) }];
            self.record(path, &intents, || {
                if change.now.is_some() {
                    core.mounts.remove_file(object)?;
                }
                core.mounts.make_dir(object)
            })?;
        }
        if core.mounts.stat(object)?.mode & 0o777 == seen.mode {
            return Ok(());
        }
        let after = i64::from(seen.mode);
        let intents = [Intent::Attribute { path, attribute: Attribute::Mode, after }];
        self.record(path, &intents, || core.mounts.set_mode(object, seen.mode))
    }

    fn file(&self, change: &Change, object: &Resolved, seen: &Seen) -> SysResult<()> {
        let (core, path) = (self.caller.core(), &change.path);
        let is_file = matches!(&change.now, Some((now, _)) if matches!(now.what, What::File { .. }));
        // In place of something else it is made beside it first, so that there is never nothing.
        let temporary = if is_file || change.now.is_none() { None } else { Some(self.beside(path)?) };
        let mut content = core.mounts.replace(temporary.as_ref().unwrap_or(object))?;
        let changed = self.run.changed(change.folder)?;
        let named = |why: FsError| why.at(path);
        let (mut from, _) = changed.read(&change.at).map_err(named)?;
        let mut hasher = blake3::Hasher::new();
        copy_through(&mut from, |chunk| {
            hasher.update(chunk);
            content.write(chunk).map_err(|why| FsError::new(why.errno, why.detail))
        })
        .map_err(named)?;
        if seen.what != (What::File { digest: Some(hasher.finalize().into()) }) {
            return Err(SysError::new(Errno::EBUSY, "the program changed it a moment ago"));
        }
        let has_mode = content.set_mode(seen.mode);
        let existing = if change.now.is_none() { Existing::Keep } else { Existing::Replace };
        content.commit(existing, Durability::Cached)?;
        if has_mode.is_err() {
            core.mounts.set_mode(temporary.as_ref().unwrap_or(object), seen.mode)?;
        }
        temporary.map_or(Ok(()), |temporary| self.put(&temporary, object, change))
    }

    /// A free name beside a path, of the kind that is swept when the desktop ends before it is used.
    fn beside(&self, path: &VPath) -> SysResult<Resolved> {
        let folder = path.parent().unwrap_or_else(VPath::root);
        self.caller.core().mounts.resolve(&folder.join(&temporary_name())?, LastLink::Keep)
    }

    /// Gives what was made beside a path its name.
    fn put(&self, temporary: &Resolved, object: &Resolved, change: &Change) -> SysResult<()> {
        let mounts = &self.caller.core().mounts;
        let existing = if change.now.is_none() { Existing::Keep } else { Existing::Replace };
        let put = || {
            if is_folder(&change.now) {
                mounts.remove_dir(object)?;
            }
            mounts.rename(temporary, object, existing)
        };
        put().inspect_err(|_| {
            // What is left has a name by which it is swept.
            let _ = mounts.remove_file(temporary);
        })
    }

    /// Writes the row, then does it.
    fn record(
        &self,
        path: &VPath,
        intents: &[Intent<'_>],
        effect: impl FnOnce() -> SysResult<()>,
    ) -> SysResult<()> {
        let core = self.caller.core();
        let identity = self.caller.process().identity();
        let mut row = core.journal_row(identity, self.cause, RowKind::File, path.as_str());
        "apply_run".clone_into(&mut row.call);
        let Some(recorder) = core.journal.recorder() else {
            core.journal.append(&row).map_err(|why| unrecorded(core, path.as_str(), &why))?;
            return effect();
        };
        let recorded = recorder.record_files(&core.mounts, row, intents);
        let recorded = recorded.map_err(|why| unrecorded(core, path.as_str(), &why))?;
        effect().inspect_err(|why| {
            if let Err(why) = recorder.failed(&core.mounts, recorded, &why.to_string()) {
                core.journal_failed(&why);
            }
        })
    }
}

fn is_folder(state: &Option<(Seen, Facts)>) -> bool {
    matches!(state, Some((seen, _)) if seen.what == What::Folder)
}

fn is_folder_kind(facts: &Facts) -> bool {
    facts.kind == super::tree::Kind::Folder
}
