//! Rows about mounts. A process mounts memory only; folders of the host are granted by the desktop
//! ([`Kernel::mount_host`](crate::Kernel::mount_host)). What the system mounted itself stays.

use crate::{
    caller::Caller,
    vfs::{MemFs, Resolved, VPath},
};
use abi::{
    Errno, SysError, SysResult,
    table::{Mount, Unmount},
};
use std::sync::Arc;

/// Largest file system in memory that a process can mount, bytes.
const MAX_BYTES: u64 = 1 << 30;

handlers! {
    Mount(keep path) => mount;
    Unmount(keep path) => unmount;
}

fn mount(caller: &Caller, call: Mount, object: &Resolved) -> SysResult<()> {
    check_place(object.path())?;
    if call.size_bytes == 0 || call.size_bytes > MAX_BYTES {
        let detail = format!("{}: a mount holds 1 to {MAX_BYTES} bytes", object.path());
        return Err(SysError::new(Errno::EINVAL, detail));
    }
    let core = caller.core();
    core.mounts.mount(object.path(), Arc::new(MemFs::new(call.size_bytes, core.wall_clock())))
}

fn unmount(caller: &Caller, _: Unmount, object: &Resolved) -> SysResult<()> {
    check_place(object.path())?;
    caller.core().mounts.unmount(object.path())
}

/// `EPERM` for all but `/mnt/<name>`: the rest of the tree is the system's.
pub(crate) fn check_place(path: &VPath) -> SysResult<()> {
    if path.parent().is_some_and(|parent| parent.as_str() == "/mnt") {
        return Ok(());
    }
    Err(SysError::new(Errno::EPERM, format!("{path}: mounts are made and taken away as /mnt/<name> only")))
}
