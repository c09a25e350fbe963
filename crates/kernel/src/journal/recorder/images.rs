//! From what a call is about to do to what its row says: how each file was before, with an image of it the
//! first time that a cause touches it, and how it will be, where that follows from the call.

use super::{
    Recorder, lock,
    look::{Look, look},
};
use crate::{
    blob::Digest,
    journal::{Attribute, Before, Change, Kept, State},
    vfs::{Kind, LastLink, Mounts, VPath},
};
use abi::CauseId;
use std::{collections::HashMap, io};

/// So many files with images are remembered; of one that was forgotten a second image is taken.
const MOST_MEMOS: usize = 4096;

/// What lies at a path after a call.
#[derive(Clone, Debug)]
pub enum After<'a> {
    /// That does not follow from the call.
    Unknown,
    /// This.
    Known(State),
    /// A file with this content.
    Content(&'a [u8]),
    /// What was there, and this behind it.
    Appended(&'a [u8]),
    /// What was there, cut or extended with zeros to so many bytes.
    Length(u64),
    /// A copy of what lies there.
    CopyOf(&'a VPath),
}

/// One thing that a call is about to do to the tree of files.
#[derive(Clone, Debug)]
pub enum Intent<'a> {
    /// What lies at a path becomes something else.
    Set {
        /// The object itself: links on the way to it were followed.
        path: &'a VPath,
        /// What it will be.
        after: After<'a>,
    },
    /// What lies at a path gets another name.
    Rename {
        /// The old one.
        from: &'a VPath,
        /// The new one.
        to: &'a VPath,
    },
    /// What lies at a path gets another attribute.
    Attribute {
        /// The object itself.
        path: &'a VPath,
        /// Which.
        attribute: Attribute,
        /// What it will be.
        after: i64,
    },
    /// What lies at a path goes, and cannot be had back.
    Lose {
        /// The object itself.
        path: &'a VPath,
        /// Why not, for people.
        why: &'a str,
    },
}

/// What is remembered of a file that a cause has touched.
#[derive(Default)]
pub(super) struct Memo {
    /// The hash of the content so far, when it only grew since the image was taken.
    grown: Option<Box<(blake3::Hasher, u64)>>,
}

/// Files that have an image, by cause.
#[derive(Default)]
pub(super) struct Images(HashMap<(CauseId, String), Memo>);

impl Images {
    pub(super) fn has(&self, cause: CauseId, path: &str) -> bool {
        self.0.contains_key(&(cause, path.to_owned()))
    }

    pub(super) fn remember(&mut self, cause: CauseId, memos: Vec<(String, Memo)>) {
        if cause == CauseId::NONE {
            return;
        }
        for (path, memo) in memos {
            if self.0.len() >= MOST_MEMOS {
                self.0.clear();
            }
            self.0.insert((cause, path), memo);
        }
    }

    /// Forgets what is at a path and beneath it: it is not what it was.
    pub(super) fn forget(&mut self, cause: CauseId, path: &str) {
        let is_beneath = |other: &str| {
            other.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        self.0.retain(|(of, other), _| *of != cause || !is_beneath(other));
    }

    /// The hash of a content that only grew, to go on from.
    fn take_grown(&mut self, cause: CauseId, path: &str) -> Option<Box<(blake3::Hasher, u64)>> {
        self.0.get_mut(&(cause, path.to_owned()))?.grown.take()
    }
}

/// What a row says, and what is to be remembered once it is written.
#[derive(Default)]
pub(super) struct Described {
    pub(super) changes: Vec<Change>,
    pub(super) memos: Vec<(String, Memo)>,
}

pub(super) fn describe(
    recorder: &Recorder,
    mounts: &Mounts,
    cause: CauseId,
    intents: &[Intent<'_>],
) -> Described {
    let mut described = Described::default();
    for intent in intents {
        match intent {
            Intent::Set { path, after } => described.set(recorder, mounts, cause, path, after),
            Intent::Rename { from, to } => described.rename(recorder, mounts, cause, from, to),
            Intent::Attribute { path, attribute, after } => {
                described.attribute(mounts, path, *attribute, *after);
            }
            Intent::Lose { path, why } => {
                let before = Before { state: State::Unreadable((*why).to_owned()), kept: Kept::Nothing };
                described.push(path, Some(before), Some(State::Absent), Memo::default());
            }
        }
    }
    described
}

impl Described {
    fn set(&mut self, recorder: &Recorder, mounts: &Mounts, cause: CauseId, path: &VPath, after: &After<'_>) {
        let max = recorder.blobs().options().max_blob_bytes;
        let mut memo = Memo::default();
        self.bits_of_what_goes(mounts, path, after);
        if recorder.has_image(cause, path.as_str()) {
            let after = self.later(recorder, mounts, cause, path, after, &mut memo);
            self.push(path, None, after, memo);
            return;
        }
        let seen = look(mounts, path, max);
        let after = match after {
            After::Appended(data) if seen.state == State::Absent => appended(b"", data, &mut memo),
            After::Appended(data) => seen.content.as_ref().and_then(|was| appended(was, data, &mut memo)),
            After::Length(len_bytes) => seen.content.as_ref().and_then(|was| resized(was, *len_bytes, max)),
            other => known(recorder, mounts, other, &mut memo),
        };
        let before = keep(recorder, seen);
        self.push(path, Some(before), after, memo);
    }

    /// What comes back has the usual bits; where those of what goes are others, they come back as well.
    fn bits_of_what_goes(&mut self, mounts: &Mounts, path: &VPath, after: &After<'_>) {
        let After::Known(after) = after else { return };
        let stat = mounts.resolve(path, LastLink::Keep).and_then(|object| mounts.stat(&object));
        let Ok(stat) = stat else { return };
        let (stays, usual) = match stat.kind {
            Kind::File => (matches!(after, State::File { .. } | State::Large { .. }), 0o644),
            Kind::Directory => (*after == State::Folder, 0o755),
            _ => return,
        };
        let bits = stat.mode & 0o777;
        if !stays && bits != usual {
            self.attribute(mounts, path, Attribute::Mode, i64::from(bits));
        }
    }

    /// A change of a file whose image this cause has already.
    fn later(
        &self,
        recorder: &Recorder,
        mounts: &Mounts,
        cause: CauseId,
        path: &VPath,
        after: &After<'_>,
        memo: &mut Memo,
    ) -> Option<State> {
        let max = recorder.blobs().options().max_blob_bytes;
        let content = || look(mounts, path, max).content;
        match after {
            After::Appended(data) => {
                let grown = lock(&recorder.images).take_grown(cause, path.as_str());
                let Some(mut grown) = grown else { return appended(&content()?, data, memo) };
                grown.0.update(data);
                grown.1 += data.len() as u64;
                let state = State::File { digest: grown.0.finalize().into(), len_bytes: grown.1 };
                memo.grown = Some(grown);
                Some(state)
            }
            After::Length(len_bytes) => resized(&content()?, *len_bytes, max),
            other => known(recorder, mounts, other, memo),
        }
    }

    /// When it cannot be looked at, the call will fail, too.
    fn attribute(&mut self, mounts: &Mounts, path: &VPath, attribute: Attribute, after: i64) {
        if let Some(before) = attribute_now(mounts, path, attribute) {
            let path = path.as_str().to_owned();
            self.changes.push(Change::Attribute { path, attribute, before, after });
        }
    }

    fn push(&mut self, path: &VPath, before: Option<Before>, after: Option<State>, memo: Memo) {
        let path = path.as_str().to_owned();
        self.memos.push((path.clone(), memo));
        self.changes.push(Change::Set { path, before, after });
    }

    /// A file or link that is small enough is two changes; anything else one renaming.
    fn rename(&mut self, recorder: &Recorder, mounts: &Mounts, cause: CauseId, from: &VPath, to: &VPath) {
        if from == to {
            return;
        }
        let seen = look(mounts, from, recorder.blobs().options().max_blob_bytes);
        let is_light = seen.content.is_some() || matches!(seen.state, State::Link(_) | State::Absent);
        if is_light {
            let after = After::Known(seen.state);
            self.set(recorder, mounts, cause, from, &After::Known(State::Absent));
            self.set(recorder, mounts, cause, to, &after);
            return;
        }
        let (from, to_text) = (from.as_str().to_owned(), to.as_str().to_owned());
        let target = look(mounts, to, recorder.blobs().options().max_blob_bytes);
        if target.state != State::Absent {
            // What it replaces is gone first, as far as undoing is concerned.
            self.set(recorder, mounts, cause, to, &After::Known(State::Absent));
        }
        self.changes.push(Change::Rename { from, to: to_text });
    }
}

/// What follows from the call alone.
fn known(recorder: &Recorder, mounts: &Mounts, after: &After<'_>, memo: &mut Memo) -> Option<State> {
    match after {
        After::Known(state) => Some(state.clone()),
        After::Content(data) => appended(b"", data, memo),
        After::CopyOf(path) => {
            let seen = look(mounts, path, recorder.blobs().options().max_blob_bytes);
            seen.content.is_some().then_some(seen.state)
        }
        After::Unknown | After::Appended(_) | After::Length(_) => None,
    }
}

fn appended(was: &[u8], data: &[u8], memo: &mut Memo) -> Option<State> {
    let mut hasher = blake3::Hasher::new();
    hasher.update(was);
    hasher.update(data);
    let len_bytes = (was.len() + data.len()) as u64;
    let state = State::File { digest: Digest::from(hasher.finalize()), len_bytes };
    memo.grown = Some(Box::new((hasher, len_bytes)));
    Some(state)
}

fn resized(was: &[u8], len_bytes: u64, max: u64) -> Option<State> {
    if len_bytes > max {
        return None;
    }
    let len = usize::try_from(len_bytes).ok()?;
    if let Some(cut) = was.get(..len) {
        return Some(State::of(cut));
    }
    let mut hasher = blake3::Hasher::new();
    hasher.update(was);
    hasher.update(&vec![0; len - was.len()]);
    Some(State::File { digest: hasher.finalize().into(), len_bytes })
}

/// Puts the content of what was seen into the store.
fn keep(recorder: &Recorder, seen: Look) -> Before {
    let Look { state, content, is_volatile } = seen;
    let kept = match (&content, &state) {
        (Some(content), _) => match recorder.blobs().put(content) {
            Ok(_) => Kept::Content,
            Err(why) => {
                if why.kind() != io::ErrorKind::QuotaExceeded {
                    tracing::warn!(%why, "a file is changed without an image of it");
                }
                Kept::NoRoom
            }
        },
        (None, State::File { .. } | State::Large { .. }) if is_volatile => Kept::Volatile,
        (None, State::File { .. } | State::Large { .. }) => Kept::TooLarge,
        (None, _) => Kept::Nothing,
    };
    Before { state, kept }
}

/// An attribute of what lies at a path right now.
pub(in crate::journal) fn attribute_now(mounts: &Mounts, path: &VPath, attribute: Attribute) -> Option<i64> {
    let stat = mounts.resolve(path, LastLink::Keep).and_then(|object| mounts.stat(&object)).ok()?;
    Some(match attribute {
        Attribute::Mode => i64::from(stat.mode & 0o777),
        Attribute::Modified => stat.modified_millis,
    })
}
