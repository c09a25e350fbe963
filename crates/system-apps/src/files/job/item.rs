//! One thing of a transfer, and the calls that are made for it.

use crate::files::names;
use abi::{
    Errno, Pending, SysResult, Syscall, TaskId, UiCaller,
    table::{
        Copy, Delete, DirEntry, FileKind, FileStat, List, Mkdir, Move, ReadLink, Rmdir, Stat, Symlink, Trash,
        TrashEmpty, TrashRestore,
    },
};

/// What becomes of something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::files) enum Op {
    Copy,
    /// Across file systems: copied, then removed.
    Move,
    /// Into the trash.
    Trash,
    /// Out of the trash.
    Restore,
    /// Deleted for good from the trash.
    Discard,
}

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::files) struct Order {
    pub(in crate::files) op: Op,
    pub(in crate::files) from: String,
    /// Its new path; empty where the operation has none.
    pub(in crate::files) to: String,
}

/// One file or folder.
#[derive(Debug)]
pub(super) struct Item {
    pub(super) op: Op,
    pub(super) from: String,
    pub(super) to: String,
    /// Where it was to go before names were found taken.
    pub(super) wanted: String,
    /// Names that were tried.
    pub(super) tried: u32,
    /// Not known of what was asked for until it is needed.
    pub(super) kind: Option<FileKind>,
    /// The folder whose content it is.
    pub(super) parent: Option<usize>,
    /// Things inside that are not done.
    pub(super) left: usize,
    /// It cannot be renamed there; it is copied, and then goes.
    pub(super) by_copy: bool,
    /// A folder that goes into one that is there.
    pub(super) merges: bool,
    pub(super) replaces: bool,
    /// The folder that it comes back to was made anew.
    pub(super) has_folder: bool,
    /// Something inside was left out, so the folder stays.
    pub(super) incomplete: bool,
}

impl Item {
    pub(super) fn new(op: Op, from: String, to: String, kind: Option<FileKind>) -> Self {
        Item {
            op,
            from,
            wanted: to.clone(),
            to,
            tried: 1,
            kind,
            parent: None,
            left: 0,
            by_copy: false,
            merges: false,
            replaces: false,
            has_folder: false,
            incomplete: false,
        }
    }

    /// Whether its content is gone through one by one.
    pub(super) fn is_walked(&self) -> bool {
        self.kind == Some(FileKind::Directory) && (self.op == Op::Copy || self.by_copy || self.merges)
    }

    /// Whether the source goes once all is done.
    pub(super) fn leaves_nothing(&self) -> bool {
        self.op == Op::Move && (self.by_copy || self.merges)
    }

    /// The next name that might be free.
    pub(super) fn try_another_name(&mut self) {
        self.tried += 1;
        self.to = names::numbered(&self.wanted, self.tried, self.kind == Some(FileKind::Directory));
    }
}

/// What is to be done for an item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Begin,
    /// Make the folder that it goes into.
    MakeFolder,
    /// Make a link with this text.
    Link(String),
    /// Look into the folder.
    Look,
    /// Remove the source.
    Remove,
}

/// A call under way.
pub(super) enum Call {
    Kind(Pending<Stat>),
    Move(Pending<Move>),
    Copy(Pending<Copy>),
    Folder(Pending<Mkdir>),
    FolderAround(Pending<Mkdir>),
    Look(Pending<List>),
    ReadLink(Pending<ReadLink>),
    Link(Pending<Symlink>),
    RemoveFile(Pending<Delete>),
    RemoveFolder(Pending<Rmdir>),
    Trash(Pending<Trash>),
    Restore(Pending<TrashRestore>),
    Discard(Pending<TrashEmpty>),
    /// What is there where something should go.
    There(Pending<Stat>),
    /// The same of what comes.
    Comes(FileStat, Pending<Stat>),
}

/// What a call came back with.
pub(super) enum Answer {
    Kind(SysResult<FileKind>),
    /// It is where it should be, and gone where it was.
    Moved(SysResult<()>),
    Copied(SysResult<()>),
    Folder(SysResult<()>),
    FolderAround(SysResult<()>),
    Looked(SysResult<Vec<DirEntry>>),
    LinkText(SysResult<String>),
    Removed(SysResult<()>),
    /// Put into the trash, at this path.
    Trashed(SysResult<String>),
    There(SysResult<FileStat>),
    Clash(FileStat, SysResult<FileStat>),
}

impl Answer {
    /// Whether files are not as they were. What was given up may have been done already.
    pub(super) fn is_change(&self) -> bool {
        let copied = |result: &SysResult<()>| match result {
            Ok(()) => true,
            Err(why) => why.errno == Errno::ECANCELED,
        };
        match self {
            Answer::Copied(result) => copied(result),
            Answer::Moved(result) | Answer::Folder(result) | Answer::FolderAround(result) => result.is_ok(),
            Answer::Removed(result) => result.is_ok(),
            Answer::Trashed(result) => result.is_ok(),
            _ => false,
        }
    }
}

impl Call {
    /// The task of a call that may take long and can be given up.
    pub(super) fn long_task(&self) -> Option<TaskId> {
        match self {
            Call::Copy(pending) => Some(pending.task()),
            Call::Discard(pending) => Some(pending.task()),
            _ => None,
        }
    }

    /// The answer, or the call itself while it is under way.
    pub(super) fn poll(self) -> Result<Answer, Call> {
        fn of<C: Syscall>(
            pending: Pending<C>,
            back: fn(Pending<C>) -> Call,
            answer: impl FnOnce(SysResult<C::Reply>) -> Answer,
        ) -> Result<Answer, Call> {
            match pending.poll() {
                Some(result) => Ok(answer(result)),
                None => Err(back(pending)),
            }
        }
        match self {
            Call::Kind(p) => of(p, Call::Kind, |r| Answer::Kind(r.map(|stat| stat.kind))),
            Call::Move(p) => of(p, Call::Move, Answer::Moved),
            Call::Restore(p) => of(p, Call::Restore, Answer::Moved),
            Call::Discard(p) => of(p, Call::Discard, |r| Answer::Removed(r.map(|_| ()))),
            Call::Trash(p) => of(p, Call::Trash, Answer::Trashed),
            Call::Copy(p) => of(p, Call::Copy, |r| Answer::Copied(r.map(|_| ()))),
            Call::Link(p) => of(p, Call::Link, Answer::Copied),
            Call::Folder(p) => of(p, Call::Folder, Answer::Folder),
            Call::FolderAround(p) => of(p, Call::FolderAround, Answer::FolderAround),
            Call::Look(p) => of(p, Call::Look, Answer::Looked),
            Call::ReadLink(p) => of(p, Call::ReadLink, Answer::LinkText),
            Call::RemoveFile(p) => of(p, Call::RemoveFile, Answer::Removed),
            Call::RemoveFolder(p) => of(p, Call::RemoveFolder, Answer::Removed),
            Call::There(p) => of(p, Call::There, Answer::There),
            Call::Comes(there, p) => match p.poll() {
                Some(result) => Ok(Answer::Clash(there, result)),
                None => Err(Call::Comes(there, p)),
            },
        }
    }

    /// Starts what an item needs next.
    pub(super) fn start(syscalls: &UiCaller, item: &Item, step: &Step) -> SysResult<Call> {
        let (from, to) = (item.from.clone(), item.to.clone());
        match (step, item.op) {
            (Step::Link(target), _) => {
                Ok(Call::Link(syscalls.submit(Symlink { target: target.clone(), path: to })?))
            }
            (Step::MakeFolder, _) => {
                let path = names::parent(&to).unwrap_or_default();
                Ok(Call::FolderAround(syscalls.submit(Mkdir { path, parents: true })?))
            }
            (Step::Look, _) => Ok(Call::Look(syscalls.submit(List { path: from })?)),
            (Step::Remove, _) if item.kind == Some(FileKind::Directory) => {
                Ok(Call::RemoveFolder(syscalls.submit(Rmdir { path: from })?))
            }
            (Step::Remove, _) => Ok(Call::RemoveFile(syscalls.submit(Delete { path: from })?)),
            (Step::Begin, Op::Trash) => Ok(Call::Trash(syscalls.submit(Trash { path: from })?)),
            (Step::Begin, Op::Discard) => Ok(Call::Discard(syscalls.submit(TrashEmpty { path: from })?)),
            (Step::Begin, Op::Restore) => {
                Ok(Call::Restore(syscalls.submit(TrashRestore { item: from, to })?))
            }
            (Step::Begin, Op::Move) if !item.by_copy => {
                Ok(Call::Move(syscalls.submit(Move { from, to, overwrite: item.replaces })?))
            }
            (Step::Begin, Op::Copy | Op::Move) => match item.kind {
                None => Ok(Call::Kind(syscalls.submit(Stat { path: from, follow: false })?)),
                Some(FileKind::Directory) => {
                    Ok(Call::Folder(syscalls.submit(Mkdir { path: to, parents: false })?))
                }
                Some(FileKind::Symlink) => Ok(Call::ReadLink(syscalls.submit(ReadLink { path: from })?)),
                Some(FileKind::File | FileKind::Other) => {
                    Ok(Call::Copy(syscalls.submit(Copy { from, to, overwrite: item.replaces })?))
                }
            },
        }
    }
}
