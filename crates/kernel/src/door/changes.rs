//! What a call is about to do to files, as the journal takes it.
//!
//! Most of it follows from the call's own words. Writes through descriptors do not say what the file will be:
//! that is written when the descriptor's last handle closes ([`Unsettled`]).
//! Refuses to judge: calls without a line here change no content, or not so that it could be taken back.

use crate::{
    caller::Caller,
    core::Core,
    fd::Transfer,
    journal::{After, Attribute, Intent, Recorded, Row, RowKind, State},
    sync::lock,
    vfs::{Kind, LastLink, VPath, trash},
};
use abi::{
    CauseId, Fd, Syscalls,
    table::{
        Chmod, Copy, Create, Delete, ExecPty, FdPwrite, FdWrite, Link, Mkdir, MmapWrite, Move, Open, Rmdir,
        SendFile, SetTimes, Spawn, StreamClose, Symlink, TrashEmpty, TrashRestore, Truncate, Write,
    },
};
use serde_json::{Value, json};
use std::{
    any::Any,
    io,
    sync::{Arc, Mutex, OnceLock, Weak},
};

/// Arguments of a program in one row, bytes.
const MAX_ARGV_BYTES: usize = 16 * 1024;
/// Items of a trash that are written down when it is emptied.
const MOST_ITEMS: usize = 256;
/// Causes that write through one descriptor and are told apart.
const MOST_WRITERS: usize = 64;

/// Writes the row of a call that changes files, with images of them. `None` when it is no such call, or when
/// nothing but rows is kept.
pub(super) fn record(caller: &Caller, call: &dyn Any, row: &Row) -> io::Result<Option<Recorded>> {
    let core = caller.core();
    let Some(recorder) = core.journal.recorder() else { return Ok(None) };
    with_intents(caller, call, |intents| {
        if intents.is_empty() {
            return Ok(None);
        }
        recorder.record_files(&core.mounts, row.clone(), intents).map(Some)
    })
}

/// The arguments of a program that a call starts, as far as they have room in a row; else nothing.
pub(super) fn argv(call: &dyn Any) -> Value {
    let spawn = call.downcast_ref().map(|Spawn { executable, args, .. }| (executable, args));
    let exec = || call.downcast_ref().map(|ExecPty { executable, args, .. }| (executable, args));
    let Some((executable, args)) = spawn.or_else(exec) else { return Value::Null };
    let mut room = MAX_ARGV_BYTES;
    let all = std::iter::once(executable).chain(args);
    let kept: Vec<&String> = all
        .take_while(|arg| {
            let fits = room.checked_sub(arg.len());
            room = fits.unwrap_or(0);
            fits.is_some()
        })
        .collect();
    let left_out = args.len() + 1 - kept.len();
    if left_out == 0 { json!({"argv": kept}) } else { json!({"argv": kept, "left_out": left_out}) }
}

/// Says that the call failed; then nothing happened, or what is there now is written.
#[cold]
pub(super) fn failed(caller: &Caller, recorded: Recorded, why: &abi::SysError) {
    let core = caller.core();
    let Some(recorder) = core.journal.recorder() else { return };
    if let Err(why) = recorder.failed(&core.mounts, recorded, &why.to_string()) {
        core.journal_failed(&why);
    }
}

fn with_intents<R>(caller: &Caller, call: &dyn Any, then: impl FnOnce(&[Intent<'_>]) -> R) -> R {
    // The paths were made absolute, and their links followed, when the call was resolved.
    let set = |path: &str, after: After<'_>, then: &mut dyn FnMut(&[Intent<'_>])| {
        if let Ok(path) = VPath::parse(path) {
            then(&[Intent::Set { path: &path, after }]);
        }
    };
    let mut then = Some(then);
    let mut answer = None;
    let mut done = |intents: &[Intent<'_>]| answer = then.take().map(|then| then(intents));
    if let Some(Write { path, data, append }) = call.downcast_ref() {
        let after = if *append { After::Appended(data) } else { After::Content(data) };
        set(path, after, &mut done);
    } else if let Some(Create { path, data }) = call.downcast_ref() {
        set(path, After::Content(data), &mut done);
    } else if let Some(Delete { path }) = call.downcast_ref() {
        set(path, After::Known(State::Absent), &mut done);
    } else if let Some(Rmdir { path }) = call.downcast_ref() {
        set(path, After::Known(State::Absent), &mut done);
    } else if let Some(Truncate { path, size }) = call.downcast_ref() {
        set(path, After::Length(*size), &mut done);
    } else if let Some(Symlink { target, path }) = call.downcast_ref() {
        set(path, After::Known(State::Link(target.clone())), &mut done);
    } else if let Some(Mkdir { path, parents }) = call.downcast_ref() {
        let made = folders_to_make(caller, path, *parents);
        let after = || After::Known(State::Folder);
        let intents: Vec<Intent<'_>> = made.iter().map(|path| Intent::Set { path, after: after() }).collect();
        done(&intents);
    } else if let Some(Copy { from, to, .. }) = call.downcast_ref() {
        copied(from, to, &mut done);
    } else if let Some(Link { from, to, .. }) = call.downcast_ref() {
        copied(from, to, &mut done);
    } else if let Some(Move { from, to, .. }) = call.downcast_ref() {
        renamed(from, to, &mut done);
    } else if let Some(TrashRestore { item, to }) = call.downcast_ref() {
        restored(item, to, &mut done);
    } else if let Some(Open { path, mode }) = call.downcast_ref() {
        if mode.truncate || (mode.create && !exists(caller, path)) {
            set(path, After::Content(b""), &mut done);
        }
    } else if let Some(Chmod { path, mode }) = call.downcast_ref() {
        attribute(path, Attribute::Mode, i64::from(*mode), &mut done);
    } else if let Some(SetTimes { path, modified_millis }) = call.downcast_ref() {
        if let Ok(millis) = i64::try_from(*modified_millis) {
            attribute(path, Attribute::Modified, millis, &mut done);
        }
    } else if let Some(TrashEmpty { path }) = call.downcast_ref() {
        emptied(caller, path, &mut done);
    } else if let Some(MmapWrite { map, .. }) = call.downcast_ref() {
        if let Ok(mapping) = caller.core().mappings.get_own(caller.pid(), *map)
            && !mapping.is_private()
        {
            unsettle(caller, mapping.unsettled(), mapping.path());
            done(&[Intent::Set { path: mapping.path(), after: After::Unknown }]);
        }
    } else if let Some(fd) = written(call)
        && let Ok(description) = caller.process().descriptors.get(fd)
        && let Some(path) = description.path()
        && description.transfer_of().map_or(true, Transfer::is_writing)
    {
        unsettle(caller, &description.unsettled, path);
        done(&[Intent::Set { path, after: After::Unknown }]);
    }
    match (answer, then) {
        (Some(answer), _) => answer,
        (None, Some(then)) => then(&[]),
        (None, None) => unreachable!("`then` was taken to make the answer"),
    }
}

/// The descriptor that a call writes to.
fn written(call: &dyn Any) -> Option<Fd> {
    call.downcast_ref()
        .map(|FdWrite { fd, .. }| *fd)
        .or_else(|| call.downcast_ref().map(|FdPwrite { fd, .. }| *fd))
        .or_else(|| call.downcast_ref().map(|SendFile { to, .. }| *to))
        .or_else(|| call.downcast_ref().filter(|close: &&StreamClose| !close.discard).map(|close| close.fd))
}

fn copied(from: &str, to: &str, done: &mut dyn FnMut(&[Intent<'_>])) {
    if let (Ok(from), Ok(to)) = (VPath::parse(from), VPath::parse(to)) {
        done(&[Intent::Set { path: &to, after: After::CopyOf(&from) }]);
    }
}

fn renamed(from: &str, to: &str, done: &mut dyn FnMut(&[Intent<'_>])) {
    if let (Ok(from), Ok(to)) = (VPath::parse(from), VPath::parse(to)) {
        done(&[Intent::Rename { from: &from, to: &to }]);
    }
}

fn attribute(path: &str, attribute: Attribute, after: i64, done: &mut dyn FnMut(&[Intent<'_>])) {
    if let Ok(path) = VPath::parse(path) {
        done(&[Intent::Attribute { path: &path, attribute, after }]);
    }
}

/// What goes for good when a trash is emptied: files come back as far as there is an image of them, with what was
/// written down about them; folders do not.
fn emptied(caller: &Caller, path: &str, done: &mut dyn FnMut(&[Intent<'_>])) {
    let mounts = &caller.core().mounts;
    let Ok(path) = VPath::parse(path) else { return };
    let Ok(object) = mounts.resolve(&path, LastLink::Keep) else { return };
    let mut gone: Vec<(VPath, bool)> = Vec::new();
    let mut item = |at: &VPath, kind: Kind| {
        gone.push((at.clone(), kind == Kind::Directory));
        let about =
            trash::info_of(at).filter(|about| kind != Kind::Directory && exists(caller, about.as_str()));
        gone.extend(about.map(|about| (about, false)));
    };
    let mut folders = Vec::new();
    match trash::list(mounts, &object) {
        Ok(items) => {
            items.iter().take(MOST_ITEMS).for_each(|one| item(&one.at, one.stat.kind));
            // They go with what is in them, and have to be there before that comes back.
            let holds = items
                .first()
                .map(|one| [one.at.parent(), trash::info_of(&one.at).and_then(|at| at.parent())]);
            folders.extend(holds.into_iter().flatten().flatten().filter(|at| exists(caller, at.as_str())));
        }
        Err(_) => match mounts.stat(&object) {
            Ok(stat) => item(&path, stat.kind),
            Err(_) => return,
        },
    }
    let lose = |path| Intent::Lose { path, why: "a folder of the trash is not kept when it is emptied" };
    let go = |path| Intent::Set { path, after: After::Known(State::Absent) };
    let items = gone.iter().map(|(path, is_folder)| if *is_folder { lose(path) } else { go(path) });
    let intents: Vec<Intent<'_>> = items.chain(folders.iter().map(go)).collect();
    done(&intents);
}

/// Out of the trash: what was written down about the item goes, too.
fn restored(item: &str, to: &str, done: &mut dyn FnMut(&[Intent<'_>])) {
    let (Ok(item), Ok(to)) = (VPath::parse(item), VPath::parse(to)) else { return };
    let renaming = Intent::Rename { from: &item, to: &to };
    match trash::info_of(&item) {
        Some(document) => {
            done(&[renaming, Intent::Set { path: &document, after: After::Known(State::Absent) }]);
        }
        None => done(&[renaming]),
    }
}

fn exists(caller: &Caller, path: &str) -> bool {
    let mounts = &caller.core().mounts;
    let is_there = VPath::parse(path)
        .and_then(|path| mounts.resolve(&path, LastLink::Keep))
        .and_then(|object| mounts.exists(&object));
    is_there.unwrap_or(false)
}

/// The folder, and with `parents` those above it that are missing, the topmost first.
fn folders_to_make(caller: &Caller, path: &str, parents: bool) -> Vec<VPath> {
    let Ok(path) = VPath::parse(path) else { return Vec::new() };
    let mut made = Vec::new();
    let mut above = path.parent().filter(|_| parents);
    while let Some(folder) = above.filter(|folder| !exists(caller, folder.as_str())) {
        above = folder.parent();
        made.push(folder);
    }
    made.reverse();
    made.push(path);
    made
}

/// Somebody who wrote through a descriptor.
struct Writer {
    row: Row,
    cause: CauseId,
}

/// Who wrote through a descriptor. When it is dropped, which is when the last handle closes, the journal gets
/// what they left.
pub(crate) struct Unsettled {
    core: Weak<Core>,
    path: VPath,
    writers: Mutex<Vec<Writer>>,
}

fn unsettle(caller: &Caller, unsettled: &OnceLock<Unsettled>, path: &VPath) {
    let core = caller.core();
    let unsettled = unsettled.get_or_init(|| Unsettled {
        core: Arc::downgrade(core),
        path: path.clone(),
        writers: Mutex::default(),
    });
    let cause = caller.cause();
    let mut writers = lock(&unsettled.writers);
    if writers.len() < MOST_WRITERS && writers.iter().all(|writer| writer.cause != cause) {
        let row = core.journal_row(caller.process().identity(), cause, RowKind::FileSettled, path.as_str());
        writers.push(Writer { row, cause });
    }
}

impl Unsettled {
    /// Writes what they left by now.
    pub(crate) fn settle(&self) {
        let writers = std::mem::take(&mut *lock(&self.writers));
        let Some(core) = self.core.upgrade().filter(|_| !writers.is_empty()) else { return };
        let Some(recorder) = core.journal.recorder() else { return };
        for Writer { mut row, .. } in writers {
            row.time_millis = core.now_millis();
            if let Err(why) = recorder.settle(&core.mounts, row, &self.path)
                && why.kind() != io::ErrorKind::BrokenPipe
            {
                core.journal_failed(&why);
            }
        }
    }
}

impl Drop for Unsettled {
    fn drop(&mut self) {
        self.settle();
    }
}
