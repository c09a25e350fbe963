//! A name that is taken where something should go, and what can be done about it.

use super::item::{Item, Op};
use abi::table::{FileKind, FileStat};

/// What may become of a name that is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::files) enum Choice {
    /// The new one gets another name.
    KeepBoth,
    /// A file takes the place of a file; its old content can be had back by *Undo*.
    Replace,
    /// What is in the folder goes into the one that is there.
    Merge,
    /// It stays where it is.
    Skip,
}

/// What meets what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::files) enum ClashKind {
    /// A file meets a file.
    Files,
    /// A folder meets a folder.
    Folders,
    /// Anything else: neither can take the other's place.
    Unlike,
}

impl ClashKind {
    fn of(op: Op, new: FileKind, old: FileKind) -> Self {
        match (op, new, old) {
            (Op::Copy | Op::Move, FileKind::File, FileKind::File) => ClashKind::Files,
            (Op::Copy | Op::Move, FileKind::Directory, FileKind::Directory) => ClashKind::Folders,
            _ => ClashKind::Unlike,
        }
    }

    /// What can be chosen, the harmless first.
    pub(in crate::files) fn choices(self) -> &'static [Choice] {
        match self {
            ClashKind::Files => &[Choice::KeepBoth, Choice::Replace, Choice::Skip],
            ClashKind::Folders => &[Choice::KeepBoth, Choice::Merge, Choice::Skip],
            ClashKind::Unlike => &[Choice::KeepBoth, Choice::Skip],
        }
    }
}

/// A name that is taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::files) struct Clash {
    pub(super) item: usize,
    pub(in crate::files) kind: ClashKind,
    /// Where it should go.
    pub(in crate::files) to: String,
    /// What is there.
    pub(in crate::files) there: FileStat,
    /// What comes.
    pub(in crate::files) comes: FileStat,
}

impl Clash {
    pub(super) fn new(index: usize, item: &Item, there: FileStat, comes: FileStat) -> Self {
        let kind = ClashKind::of(item.op, comes.kind, there.kind);
        Clash { item: index, kind, to: item.to.clone(), there, comes }
    }
}
