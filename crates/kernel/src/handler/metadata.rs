//! Rows about links, bits, times and the room of file systems.

use crate::{caller::Caller, vfs::Resolved};
use abi::{
    Errno, SysError, SysResult,
    table::{Chmod, FsStat, Fsync, Link, ReadLink, SetTimes, StatFs, Symlink},
};

handlers! {
    Symlink(keep path) => symlink;
    ReadLink(keep path) => read_link;
    Link(keep from, keep to) => link;
    Chmod(follow path) => chmod;
    SetTimes(follow path) => set_times;
    StatFs(follow path) => stat_fs;
    Fsync(follow path) => fsync;
}

fn symlink(caller: &Caller, call: Symlink, object: &Resolved) -> SysResult<()> {
    caller.core().mounts.symlink(&call.target, object)
}

fn read_link(caller: &Caller, _: ReadLink, object: &Resolved) -> SysResult<String> {
    caller.core().mounts.read_link(object)
}

fn link(caller: &Caller, _: Link, from: &Resolved, to: &Resolved) -> SysResult<()> {
    caller.core().mounts.link(from, to)
}

fn chmod(caller: &Caller, call: Chmod, object: &Resolved) -> SysResult<()> {
    caller.core().mounts.set_mode(object, call.mode)
}

fn set_times(caller: &Caller, call: SetTimes, object: &Resolved) -> SysResult<()> {
    let modified_millis = i64::try_from(call.modified_millis).map_err(|_| {
        let detail = format!("{}: {} ms are beyond every calendar", object.path(), call.modified_millis);
        SysError::new(Errno::EINVAL, detail)
    })?;
    caller.core().mounts.set_modified(object, modified_millis)
}

fn stat_fs(caller: &Caller, _: StatFs, object: &Resolved) -> SysResult<FsStat> {
    // Also says whether a link is on the way, which the file system's figures alone do not.
    caller.core().mounts.stat(object)?;
    let space = caller.core().mounts.space(object)?;
    Ok(FsStat {
        mount: object.mount_point().as_str().to_owned(),
        kind: object.file_system_kind().to_owned(),
        total_bytes: space.total_bytes,
        free_bytes: space.free_bytes,
        read_only: object.is_read_only(),
    })
}

fn fsync(caller: &Caller, _: Fsync, object: &Resolved) -> SysResult<()> {
    caller.core().mounts.sync(object)
}
