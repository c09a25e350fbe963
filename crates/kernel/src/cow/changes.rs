//! What a run changed and nobody has decided about, judged against the originals as they are now.
//!
//! A path has four states: how it was when the run began, how the run left it, how the original is now, and how it was
//! left when somebody decided last. Nothing else is remembered, so an end in the middle of anything leaves the same
//! questions as before:
//!
//! - the run left it as it was, or the original is already so: no change;
//! - somebody decided against exactly this: no open change;
//! - the original is as it was, or as it was taken over: the change is *due*; else it is a *conflict*.

use super::{
    backend,
    baseline::{Base, Baseline, Seen, What},
    later,
    run::{Decided, Run, original},
    tree::{Facts, Kind, Tree},
};
use crate::{
    blob::Digest,
    core::Core,
    vfs::{FsResult, VPath},
};
use abi::{
    SysResult,
    table::{FileKind, RunChange, RunChangeKind, RunChanges, RunVerdict},
};
use std::{collections::HashMap, io::Read};

/// Changes in one reply.
const MOST_CHANGES: usize = 10_000;
/// Longest `package.json` that is read for its scripts, bytes.
const MAX_PACKAGE_BYTES: u64 = 1024 * 1024;

/// One open change.
pub(super) struct Change {
    pub(super) folder: usize,
    /// Beneath the folder.
    pub(super) at: VPath,
    /// As everybody else sees it.
    pub(super) path: VPath,
    /// How the run left it.
    pub(super) after: Option<(Seen, Facts)>,
    /// How the original is now.
    pub(super) now: Option<(Seen, Facts)>,
    pub(super) verdict: RunVerdict,
    pub(super) why: String,
    pub(super) later: Option<&'static str>,
    renamed_from: Option<String>,
    /// For finding where it came from: what it was, when it is gone.
    was: Option<(Option<Digest>, u64)>,
}

/// All of them.
#[derive(Default)]
pub(super) struct Found {
    pub(super) changes: Vec<Change>,
    pub(super) truncated: bool,
    pub(super) notes: Vec<String>,
}

/// Looks for them.
///
/// # Errors
/// `EIO` when what is kept of the run cannot be read, and those of the originals' folders.
pub(super) fn find(core: &Core, run: &Run) -> SysResult<Found> {
    let (baselines, decided) = (run.baselines()?, run.decided()?);
    let mut found = Found::default();
    for (index, folder) in run.record.folders.iter().enumerate() {
        let path = VPath::parse(&folder.path)?;
        let look = Look {
            run,
            index,
            changed: run.changed(index)?,
            original: original(core, &path)?,
            path,
            baseline: &baselines[index],
            decided: &decided,
        };
        let touched = backend::of(folder.kind)
            .touched(&look.changed, look.baseline)
            .map_err(|why| why.at(&look.path))?;
        let left_out = touched.left_out;
        for (at, facts) in touched.paths {
            if found.changes.len() >= MOST_CHANGES {
                found.truncated = true;
                break;
            }
            found.changes.extend(look.judge(at, facts));
        }
        look.find_renames(&mut found.changes);
        if left_out.truncated {
            found.truncated = true;
            found.notes.push(format!("{}: holds more, or deeper, than is looked at", look.path));
        }
        if left_out.unnamed > 0 {
            let count = left_out.unnamed;
            found.notes.push(format!("{}: {count} names that are no text are left out", look.path));
        }
        if left_out.unreadable > 0 {
            let count = left_out.unreadable;
            found.notes.push(format!("{}: {count} folders cannot be looked into", look.path));
        }
        if folder.left_out > 0 {
            let count = folder.left_out;
            found.notes.push(format!(
                "{}: {count} names were no part of the run (pipes, devices, odd names)",
                look.path
            ));
        }
    }
    found.changes.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(found)
}

struct Look<'a> {
    run: &'a Run,
    index: usize,
    path: VPath,
    changed: Tree,
    original: Tree,
    baseline: &'a Baseline,
    decided: &'a Decided,
}

impl Look<'_> {
    /// What became of one path; nothing, when it is no open change.
    fn judge(&self, at: VPath, facts: Option<Facts>) -> Option<Change> {
        let path = self.path.join(at.relative()).ok()?;
        let (after, mut trouble) = match facts.map(|facts| self.seen(&self.changed, &at, facts)) {
            None => (None, None),
            Some(Ok(after)) => (Some(after), None),
            Some(Err(why)) => {
                (facts.map(|facts| (unread(facts), facts)), Some(format!("it cannot be read: {}", why.why)))
            }
        };
        let base = self.baseline.get(&at);
        let (now, is_as_it_was) = match self.now(&at, base) {
            Ok(now) => now,
            Err(why) => {
                trouble.get_or_insert_with(|| format!("the original cannot be read: {}", why.why));
                (None, false)
            }
        };
        let state = |one: &Option<(Seen, Facts)>| one.as_ref().map(|(seen, _)| seen.clone());
        let (left, there) = (state(&after), state(&now));
        if trouble.is_none() {
            // As it was: for what was not read when the run began, the original tells when it is the same still.
            let was = if is_as_it_was { there.clone() } else { base.map(|base| base.seen.clone()) };
            let key = (self.index, at.clone());
            let was_applied = self.decided.applied.get(&key);
            if left == there || (left == was && was_applied.is_none()) {
                return None;
            }
            if self.decided.discarded.get(&key) == Some(&left) {
                return None;
            }
            // After it was undone the original is another file with what had been in it.
            let was_undone = self.decided.before.get(&key) == Some(&there);
            let is_expected = is_as_it_was || was_undone || was_applied == Some(&there);
            let (verdict, why) = self.verdict(&at, after.as_ref(), now.as_ref(), is_expected);
            return Some(self.change(at, path, after, now, verdict, why, base));
        }
        Some(self.change(at, path, after, now, RunVerdict::Refused, trouble.unwrap_or_default(), base))
    }

    #[allow(clippy::too_many_arguments, reason = "the parts of one change, put together in one place")]
    fn change(
        &self,
        at: VPath,
        path: VPath,
        after: Option<(Seen, Facts)>,
        now: Option<(Seen, Facts)>,
        verdict: RunVerdict,
        why: String,
        base: Option<&Base>,
    ) -> Change {
        let later = after
            .as_ref()
            .and_then(|_| later::reason(&path, || (small(&self.original, &at), small(&self.changed, &at))));
        let was = base.filter(|_| after.is_none()).and_then(|base| match &base.seen.what {
            What::File { digest } => Some((*digest, base.stamp.len_bytes)),
            _ => None,
        });
        Change { folder: self.index, at, path, after, now, verdict, why, later, renamed_from: None, was }
    }

    /// What the run left, or the original is.
    fn seen(&self, tree: &Tree, at: &VPath, facts: Facts) -> FsResult<(Seen, Facts)> {
        let what = match facts.kind {
            Kind::File => What::File { digest: Some(self.run.digest(tree, at, facts.stamp)?) },
            Kind::Folder => What::Folder,
            Kind::Link => What::Link(tree.link(at)?),
            Kind::Whiteout | Kind::Special => What::Special,
        };
        // A link has no bits that could be set.
        let mode = if facts.kind == Kind::Link { 0o777 } else { facts.mode & 0o777 };
        Ok((Seen { what, mode }, facts))
    }

    /// The original now, and whether it is as it was when the run began.
    fn now(&self, at: &VPath, base: Option<&Base>) -> FsResult<(Option<(Seen, Facts)>, bool)> {
        let Some(facts) = self.original.facts(at)? else { return Ok((None, base.is_none())) };
        let Some(base) = base else { return Ok((Some(self.seen(&self.original, at, facts)?), false)) };
        if facts.kind == base.seen.what.kind() && facts.stamp == base.stamp {
            if let What::File { digest: Some(_) } = base.seen.what {
                return Ok((Some((base.seen.clone(), facts)), true));
            }
            return Ok((Some(self.seen(&self.original, at, facts)?), true));
        }
        let now = self.seen(&self.original, at, facts)?;
        let is_same = now.0 == base.seen;
        Ok((Some(now), is_same))
    }

    fn verdict(
        &self,
        at: &VPath,
        after: Option<&(Seen, Facts)>,
        now: Option<&(Seen, Facts)>,
        is_expected: bool,
    ) -> (RunVerdict, String) {
        match after.map(|(seen, _)| &seen.what) {
            Some(What::Special) => {
                return (RunVerdict::Refused, "pipes, sockets and devices are never taken over".into());
            }
            Some(What::Link(target)) if leads_outside(&self.path, at, target) => {
                return (RunVerdict::Refused, format!("the link leads outside of {}", self.path));
            }
            _ => {}
        }
        if !is_expected {
            let why = match now {
                None => "the original was removed since",
                Some(_) if self.baseline.get(at).is_none() => "something else was made there since",
                Some(_) => "the original was changed since",
            };
            return (RunVerdict::Conflict, why.into());
        }
        let lends = after.is_some_and(|(_, facts)| facts.kind != Kind::Link && facts.mode & 0o6000 != 0);
        let why = if lends { "its bits that lend rights are left out" } else { "" };
        (RunVerdict::Due, why.into())
    }

    /// Says of new files which one that is gone had the same content.
    fn find_renames(&self, changes: &mut [Change]) {
        let digest_of = |change: &Change| match change.after.as_ref()?.0.what {
            What::File { digest } if change.now.is_none() => {
                digest.zip(Some(change.after.as_ref()?.1.stamp.len_bytes))
            }
            _ => None,
        };
        let lengths: Vec<u64> =
            changes.iter().filter_map(digest_of).map(|(_, len)| len).filter(|len| *len > 0).collect();
        let mut gone: HashMap<Digest, Vec<String>> = HashMap::new();
        for change in changes.iter().filter(|change| change.folder == self.index).rev() {
            let Some((digest, len)) = change.was.filter(|(_, len)| lengths.contains(len)) else { continue };
            let stamp = change.now.as_ref().map(|(_, facts)| facts.stamp);
            let read = || self.run.digest(&self.original, &change.at, stamp?).ok();
            if let Some(digest) = digest.or_else(read).filter(|_| len > 0) {
                gone.entry(digest).or_default().push(change.path.as_str().to_owned());
            }
        }
        for change in changes.iter_mut().filter(|change| change.folder == self.index) {
            if let Some((digest, _)) = digest_of(change) {
                change.renamed_from = gone.get_mut(&digest).and_then(Vec::pop);
            }
        }
    }
}

fn unread(facts: Facts) -> Seen {
    let what = match facts.kind {
        Kind::File => What::File { digest: None },
        Kind::Folder => What::Folder,
        Kind::Link => What::Link(String::new()),
        Kind::Whiteout | Kind::Special => What::Special,
    };
    Seen { what, mode: facts.mode & 0o777 }
}

/// The content of a small file.
fn small(tree: &Tree, at: &VPath) -> Option<Vec<u8>> {
    let (file, _) = tree.read(at).ok()?;
    let mut content = Vec::new();
    file.take(MAX_PACKAGE_BYTES).read_to_end(&mut content).ok()?;
    Some(content)
}

/// Whether a link at `at` in the folder could lead out of it. Text alone decides, so what only might is said to:
/// a `..` behind a name depends on what that name is by then.
fn leads_outside(folder: &VPath, at: &VPath, target: &str) -> bool {
    if target.starts_with('/') {
        let climbs = target.split('/').any(|name| name == "..");
        return climbs || !VPath::parse(target).is_ok_and(|target| target.is_at_or_beneath(folder));
    }
    let mut depth = at.components().count().saturating_sub(1);
    let mut is_going_down = false;
    for name in target.split('/') {
        match name {
            "" | "." => {}
            ".." if is_going_down || depth == 0 => return true,
            ".." => depth -= 1,
            _ => is_going_down = true,
        }
    }
    false
}

impl Found {
    /// As the table tells it.
    pub(super) fn tell(&self, run: &Run) -> RunChanges {
        let changes: Vec<RunChange> = self.changes.iter().map(Change::tell).collect();
        let count =
            |is: &dyn Fn(&RunChange) -> bool| changes.iter().filter(|change| is(change)).count() as u64;
        let kind = |kinds: &[RunChangeKind]| count(&|change| kinds.contains(&change.kind));
        RunChanges {
            run: run.id(),
            added: kind(&[RunChangeKind::Added]),
            changed: kind(&[RunChangeKind::Changed, RunChangeKind::Bits]),
            removed: kind(&[RunChangeKind::Removed]),
            conflicts: count(&|change| change.verdict == RunVerdict::Conflict),
            flagged: count(&|change| change.runs_later.is_some()),
            truncated: self.truncated,
            notes: self.notes.clone(),
            changes,
        }
    }
}

impl Change {
    fn tell(&self) -> RunChange {
        let kind_of = |one: &Option<(Seen, Facts)>| one.as_ref().map(|(_, facts)| file_kind(facts.kind));
        let size = |one: &Option<(Seen, Facts)>| one.as_ref().map_or(0, |(_, facts)| facts.stamp.len_bytes);
        let mode = |one: &Option<(Seen, Facts)>| one.as_ref().map_or(0, |(seen, _)| seen.mode);
        let kind = match (&self.now, &self.after) {
            (_, None) => RunChangeKind::Removed,
            (None, Some(_)) => RunChangeKind::Added,
            (Some((now, _)), Some((after, _))) if now.what == after.what => RunChangeKind::Bits,
            _ => RunChangeKind::Changed,
        };
        let (is, was) = (kind_of(&self.after), kind_of(&self.now));
        RunChange {
            path: self.path.as_str().to_owned(),
            kind,
            what: is.or(was).unwrap_or(FileKind::Other),
            was: was.filter(|was| is.is_some_and(|is| is != *was)),
            size: size(&self.after),
            size_before: size(&self.now),
            mode: mode(&self.after),
            mode_before: mode(&self.now),
            link: match self.after.as_ref().map(|(seen, _)| &seen.what) {
                Some(What::Link(target)) => Some(target.clone()),
                _ => None,
            },
            renamed_from: self.renamed_from.clone(),
            runs_later: self.later.map(str::to_owned),
            verdict: self.verdict,
            why: self.why.clone(),
        }
    }
}

fn file_kind(kind: Kind) -> FileKind {
    match kind {
        Kind::File => FileKind::File,
        Kind::Folder => FileKind::Directory,
        Kind::Link => FileKind::Symlink,
        Kind::Whiteout | Kind::Special => FileKind::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_that_might_lead_outside_is_known_by_its_text() {
        let folder = VPath::parse("/home/projects").expect("a path");
        let outside =
            |at: &str, target: &str| leads_outside(&folder, &VPath::parse(at).expect("a path"), target);
        for (at, target) in [
            ("/a", "/etc/passwd"),
            ("/a", "/home/projects/../x"),
            ("/a", "/home/projects2"),
            ("/a", "../x"),
            ("/d/a", "../../x"),
            ("/a", "b/../../x"),
            ("/a", "b/.."),
            ("/a", ".."),
        ] {
            assert!(outside(at, target), "{at} → {target}");
        }
        for (at, target) in [
            ("/a", "b"),
            ("/d/a", "../b"),
            ("/d/e/a", "../../b/c"),
            ("/a", "./b//c"),
            ("/a", "/home/projects/b"),
            ("/a", "/home/projects"),
        ] {
            assert!(!outside(at, target), "{at} → {target}");
        }
    }
}
