//! Rows about files and folders.

use crate::{
    caller::Caller,
    door::{Handle, Paths},
    vfs::{Detail, Durability, Entry, Existing, Kind, LastLink, OpenOptions, Resolved, Stat as Facts, VPath},
};
use abi::{
    Bytes, Errno, SysError, SysResult,
    table::{
        Copy, Create, Delete, DirEntry, Exists, FileKind, FileStat, Getcwd, List, ListMounts, Mkdir,
        MountInfo, Move, Read, Rmdir, Setcwd, Stat, Truncate, Write,
    },
};
use std::ops::ControlFlow;

/// Largest file that is read in one call, bytes.
const MAX_WHOLE_FILE: u64 = 64 * 1024 * 1024;
/// Names in one listing.
const MAX_NAMES: usize = 100_000;

handlers! {
    Read(follow path) => read;
    Write(follow path) => write;
    Create(keep path) => create;
    Delete(keep path) => delete;
    List(follow path) => list;
    Move(keep from, keep to) => rename;
    Copy(follow from, follow to) => copy;
    Mkdir(keep path) => mkdir;
    Rmdir(keep path) => rmdir;
    Getcwd => getcwd;
    Setcwd(follow path) => setcwd;
    Truncate(follow path) => truncate;
    Exists(follow path) => exists;
    ListMounts => list_mounts;
}

fn read(caller: &Caller, call: Read, object: &Resolved) -> SysResult<Bytes> {
    let mounts = &caller.core().mounts;
    if call.offset == 0 && call.size.is_none() {
        return Ok(Bytes(mounts.read_all(object, MAX_WHOLE_FILE)?));
    }
    let file = mounts.open(object, OpenOptions::READ)?;
    let rest = file.stat()?.len_bytes.saturating_sub(call.offset);
    let most = call.size.unwrap_or(MAX_WHOLE_FILE);
    if call.size.is_none() && rest > most {
        let detail =
            format!("{}: {rest} bytes are more than {MAX_WHOLE_FILE}; ask for a part", object.path());
        return Err(SysError::new(Errno::EFBIG, detail));
    }
    // Generated files say that they are empty before they are read, so the length is only a hint.
    #[allow(clippy::cast_possible_truncation, reason = "at most 64 MiB")]
    let most = most.min(MAX_WHOLE_FILE) as usize;
    let mut data = vec![0; most.min(usize::try_from(rest).unwrap_or(usize::MAX).max(4096))];
    let mut filled = 0;
    while filled < data.len() {
        match file.read_at(call.offset.saturating_add(filled as u64), &mut data[filled..])? {
            0 => break,
            count => filled += count,
        }
        if filled == data.len() && filled < most {
            data.resize((filled * 2).min(most), 0);
        }
    }
    data.truncate(filled);
    Ok(Bytes(data))
}

fn write(caller: &Caller, call: Write, object: &Resolved) -> SysResult<u64> {
    let mounts = &caller.core().mounts;
    if !call.append {
        mounts.write_atomic(object, &call.data, Durability::Cached)?;
        return Ok(call.data.len() as u64);
    }
    let file = mounts.open(object, OpenOptions::APPEND)?;
    let mut rest = &call.data[..];
    while !rest.is_empty() {
        let (written, _end) = file.append(rest)?;
        if written == 0 {
            return Err(SysError::new(Errno::EIO, format!("{}: the file took nothing", object.path())));
        }
        rest = &rest[written..];
    }
    Ok(call.data.len() as u64)
}

fn create(caller: &Caller, call: Create, object: &Resolved) -> SysResult<()> {
    let file = caller.core().mounts.open(object, OpenOptions::CREATE_NEW)?;
    file.write_all_at(0, &call.data)
}

fn delete(caller: &Caller, _: Delete, object: &Resolved) -> SysResult<()> {
    caller.core().mounts.remove_file(object)
}

fn list(caller: &Caller, _: List, object: &Resolved) -> SysResult<Vec<DirEntry>> {
    let listing = caller.core().mounts.list(object, MAX_NAMES, Detail::Full)?;
    if listing.truncated {
        return Err(SysError::new(
            Errno::EFBIG,
            format!("{}: holds more than {MAX_NAMES} names", object.path()),
        ));
    }
    Ok(listing.entries.into_iter().map(dir_entry).collect())
}

fn rename(caller: &Caller, call: Move, from: &Resolved, to: &Resolved) -> SysResult<()> {
    caller.core().mounts.rename(from, to, existing(call.overwrite))
}

fn copy(caller: &Caller, call: Copy, from: &Resolved, to: &Resolved) -> SysResult<u64> {
    // The size is for whoever asks how far it is; the copy itself goes on to the end of the file.
    let total = caller.core().mounts.stat(from).map_or(0, |stat| stat.len_bytes);
    let mut progress = |done: u64| {
        caller.tell_progress(done, total.max(done));
        if caller.should_stop() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    caller.core().mounts.copy_file(from, to, existing(call.overwrite), &mut progress)
}

fn mkdir(caller: &Caller, call: Mkdir, object: &Resolved) -> SysResult<()> {
    let mounts = &caller.core().mounts;
    if !call.parents {
        return mounts.make_dir(object);
    }
    // From the top, each as itself: a folder that was swapped for a link since the gate looked ends it.
    let mut path = VPath::root();
    for name in object.path().components() {
        path = path.join(name)?;
        let step = mounts.resolve(&path, LastLink::Keep)?;
        if *step.path() != path {
            return Err(SysError::new(
                Errno::ELOOP,
                format!("{path}: a folder on the way has become a link"),
            ));
        }
        if mounts.exists(&step)? {
            continue;
        }
        match mounts.make_dir(&step) {
            Err(why) if why.errno != Errno::EEXIST => return Err(why),
            _ => {}
        }
    }
    match mounts.stat(object)?.kind {
        Kind::Directory => Ok(()),
        _ => Err(SysError::new(Errno::EEXIST, format!("{}: exists and is no folder", object.path()))),
    }
}

fn rmdir(caller: &Caller, _: Rmdir, object: &Resolved) -> SysResult<()> {
    caller.core().mounts.remove_dir(object)
}

fn getcwd(caller: &Caller, _: Getcwd) -> SysResult<String> {
    Ok(caller.process().working_dir().as_str().to_owned())
}

fn setcwd(caller: &Caller, _: Setcwd, object: &Resolved) -> SysResult<()> {
    if caller.core().mounts.stat(object)?.kind != Kind::Directory {
        return Err(SysError::new(Errno::ENOTDIR, format!("{}: is no folder", object.path())));
    }
    caller.process().set_working_dir(object.path().clone());
    Ok(())
}

fn truncate(caller: &Caller, call: Truncate, object: &Resolved) -> SysResult<()> {
    if i64::try_from(call.size).is_err() {
        return Err(SysError::new(
            Errno::EFBIG,
            format!("{}: no file has {} bytes", object.path(), call.size),
        ));
    }
    caller.core().mounts.set_len(object, call.size)
}

fn exists(caller: &Caller, _: Exists, object: &Resolved) -> SysResult<bool> {
    caller.core().mounts.exists(object)
}

fn list_mounts(caller: &Caller, _: ListMounts) -> SysResult<Vec<MountInfo>> {
    Ok(caller.core().mount_infos())
}

impl Handle for Stat {
    type Object = Resolved;

    const LOOKS_AT_PATHS: bool = true;

    fn resolve(&mut self, paths: &Paths<'_>) -> SysResult<Resolved> {
        if self.follow { paths.follow(&mut self.path) } else { paths.keep(&mut self.path) }
    }

    fn run(self, caller: &Caller, object: Resolved) -> SysResult<FileStat> {
        let mounts = &caller.core().mounts;
        let facts = mounts.stat(&object)?;
        Ok(file_stat(facts, object.is_read_only()))
    }
}

fn existing(overwrite: bool) -> Existing {
    if overwrite { Existing::Replace } else { Existing::Keep }
}

pub(super) fn kind(kind: Kind) -> FileKind {
    match kind {
        Kind::File => FileKind::File,
        Kind::Directory => FileKind::Directory,
        Kind::Symlink => FileKind::Symlink,
        Kind::Other => FileKind::Other,
    }
}

pub(super) fn size(facts: &Facts) -> u64 {
    if facts.kind == Kind::Directory { 0 } else { facts.len_bytes }
}

fn file_stat(facts: Facts, read_only: bool) -> FileStat {
    FileStat {
        kind: kind(facts.kind),
        size: size(&facts),
        modified_millis: u64::try_from(facts.modified_millis).unwrap_or(0),
        created_millis: facts.created_millis.and_then(|millis| u64::try_from(millis).ok()),
        mode: facts.mode,
        links: facts.links,
        inode: facts.inode,
        read_only,
    }
}

fn dir_entry(entry: Entry) -> DirEntry {
    DirEntry {
        kind: kind(entry.kind),
        size: entry.stat.as_ref().map_or(0, size),
        modified_millis: entry.stat.map_or(0, |facts| u64::try_from(facts.modified_millis).unwrap_or(0)),
        name: entry.name,
    }
}
