//! Rows about shared memory.

use crate::{
    caller::Caller,
    shm::{DEFAULT_BYTES_PER_PROCESS, ShmView, ShmViewMut},
};
use abi::{
    Bytes, Errno, ShmId, SysError, SysResult,
    table::{
        GetShmStats, MemoryAccess, ShmAttach, ShmCreate, ShmDestroy, ShmDetach, ShmRead, ShmStats, ShmWrite,
    },
};
use std::os::fd::OwnedFd;

handlers! {
    ShmCreate => create;
    ShmAttach => attach;
    ShmDetach => detach;
    ShmWrite => write;
    ShmRead => read;
    ShmDestroy => destroy;
    GetShmStats => stats;
}

fn create(caller: &Caller, call: ShmCreate) -> SysResult<ShmId> {
    let (core, process) = (caller.core(), caller.process());
    if let Some(gone) = call.readers.iter().chain(&call.writers).find(|pid| !core.processes.is_alive(**pid)) {
        return Err(SysError::new(Errno::ESRCH, format!("there is no process {gone}")));
    }
    let most = process.limits().shared_bytes.unwrap_or(DEFAULT_BYTES_PER_PROCESS);
    core.segments.create(process.pid(), call.size, call.readers, call.writers, most)
}

fn attach(caller: &Caller, call: ShmAttach) -> SysResult<()> {
    caller.core().segments.attach(caller.process().pid(), call.shm, call.access)
}

fn detach(caller: &Caller, call: ShmDetach) -> SysResult<()> {
    caller.core().segments.detach(caller.process().pid(), call.shm)
}

fn write(caller: &Caller, call: ShmWrite) -> SysResult<u64> {
    caller.core().segments.get(call.shm)?.write(caller.process().pid(), call.offset, &call.data)
}

fn read(caller: &Caller, call: ShmRead) -> SysResult<Bytes> {
    caller.core().segments.get(call.shm)?.read(caller.process().pid(), call.offset, call.size)
}

fn destroy(caller: &Caller, call: ShmDestroy) -> SysResult<()> {
    caller.core().segments.destroy(caller.process().pid(), call.shm)
}

fn stats(caller: &Caller, call: GetShmStats) -> SysResult<ShmStats> {
    caller.core().segments.stats(caller.process().pid(), call.shm)
}

/// What cannot be a row, since its reply is the memory itself. The process must be attached, which the rows
/// above have settled and counted.
impl Caller {
    /// A segment's memory to look at, without a copy. While it is held, nobody writes there.
    ///
    /// # Errors
    /// `EBADF` without such a segment, `EPERM` when not attached, `EBUSY` while somebody writes or when a
    /// program of the host has it; `ESRCH` when the process has ended.
    pub fn shm_view(&self, shm: ShmId) -> SysResult<ShmView> {
        self.check_alive()?;
        self.core().segments.view(self.process().pid(), shm)
    }

    /// A segment's memory to write to, without a copy. While it is held, nobody else looks or writes.
    ///
    /// # Errors
    /// As [`Caller::shm_view`]; `EPERM` also when attached to look only.
    pub fn shm_view_mut(&self, shm: ShmId) -> SysResult<ShmViewMut> {
        self.check_alive()?;
        self.core().segments.view_mut(self.process().pid(), shm)
    }

    /// A segment's descriptor, to be given to a program of the host. From then on nobody can have a view,
    /// and after a descriptor to look only, no program can get one to write.
    ///
    /// # Errors
    /// As [`Caller::shm_view`], and `EMFILE`.
    pub fn shm_descriptor(&self, shm: ShmId, access: MemoryAccess) -> SysResult<OwnedFd> {
        self.check_alive()?;
        self.core().segments.get(shm)?.export(self.process().pid(), access)
    }

    fn check_alive(&self) -> SysResult<()> {
        if self.process().is_alive() {
            return Ok(());
        }
        Err(SysError::new(Errno::ESRCH, format!("process {} has ended", self.process().pid())))
    }
}
