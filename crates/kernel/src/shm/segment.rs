//! One segment: who may do what with it, and whose turn it is.

use super::memory::Memory;
use crate::sync::{read, write};
use abi::{
    Bytes, Errno, Pid, ShmId, SysError, SysResult,
    table::{MemoryAccess, ShmAttachment, ShmStats},
};
use std::{
    os::fd::OwnedFd,
    sync::{
        RwLock,
        atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering},
    },
};

/// Largest single read, bytes; more is asked for in several calls.
const MAX_READ: u64 = 16 * 1024 * 1024;

/// A segment of shared memory.
pub(crate) struct Segment {
    id: ShmId,
    owner: AtomicU64,
    readers: Vec<Pid>,
    writers: Vec<Pid>,
    memory: Memory,
    attached: RwLock<Vec<ShmAttachment>>,
    /// Held to read by whoever reads or takes a reading view, to write by whoever writes or takes a writing
    /// view; only while that takes.
    turn: RwLock<()>,
    /// Reading views that are held, or -1.
    loans: AtomicI64,
    exported: AtomicBool,
    bytes_written: AtomicU64,
    bytes_read: AtomicU64,
}

impl Segment {
    pub(super) fn new(id: ShmId, owner: Pid, readers: Vec<Pid>, writers: Vec<Pid>, memory: Memory) -> Self {
        Segment {
            id,
            owner: AtomicU64::new(owner.0),
            readers,
            writers,
            memory,
            attached: RwLock::default(),
            turn: RwLock::new(()),
            loans: AtomicI64::new(0),
            exported: AtomicBool::new(false),
            bytes_written: AtomicU64::new(0),
            bytes_read: AtomicU64::new(0),
        }
    }

    pub(super) fn id(&self) -> ShmId {
        self.id
    }

    pub(super) fn size(&self) -> u64 {
        self.memory.len() as u64
    }

    pub(super) fn owner(&self) -> Pid {
        Pid(self.owner.load(Ordering::Relaxed))
    }

    #[cold]
    pub(super) fn fail<T>(&self, errno: Errno, what: &str) -> SysResult<T> {
        Err(SysError::new(errno, format!("shared memory {}: {what}", self.id)))
    }

    /// The most that a process may attach for.
    fn allowed(&self, pid: Pid) -> Option<MemoryAccess> {
        if pid == self.owner() || self.writers.contains(&pid) {
            return Some(MemoryAccess::ReadWrite);
        }
        self.readers.contains(&pid).then_some(MemoryAccess::ReadOnly)
    }

    /// `EPERM` for whoever may not even know of it.
    pub(super) fn check_known(&self, pid: Pid) -> SysResult<()> {
        match self.allowed(pid) {
            Some(_) => Ok(()),
            None => self.fail(Errno::EPERM, &format!("process {pid} is not among those it was made for")),
        }
    }

    pub(super) fn attach(&self, pid: Pid, access: MemoryAccess) -> SysResult<()> {
        self.check_known(pid)?;
        if access == MemoryAccess::ReadWrite && self.allowed(pid) != Some(MemoryAccess::ReadWrite) {
            return self.fail(Errno::EPERM, &format!("process {pid} may only look"));
        }
        let mut attached = write(&self.attached);
        match attached.iter_mut().find(|attachment| attachment.pid == pid) {
            Some(attachment) => attachment.access = access,
            None => attached.push(ShmAttachment { pid, access }),
        }
        Ok(())
    }

    /// False when it was not attached.
    pub(super) fn detach(&self, pid: Pid) -> bool {
        let mut attached = write(&self.attached);
        let before = attached.len();
        attached.retain(|attachment| attachment.pid != pid);
        attached.len() < before
    }

    pub(super) fn is_attached(&self, pid: Pid) -> bool {
        read(&self.attached).iter().any(|attachment| attachment.pid == pid)
    }

    /// Gives it to whoever is attached, those first who may write. False when nobody is.
    pub(super) fn inherit(&self) -> bool {
        let attached = read(&self.attached);
        let writes = |attachment: &&ShmAttachment| attachment.access == MemoryAccess::ReadWrite;
        let heir = attached.iter().find(writes).or_else(|| attached.first());
        if let Some(heir) = heir {
            self.owner.store(heir.pid.0, Ordering::Relaxed);
        }
        heir.is_some()
    }

    fn check_attached(&self, pid: Pid, access: MemoryAccess) -> SysResult<()> {
        let attached = read(&self.attached);
        let have = attached.iter().find(|attachment| attachment.pid == pid).map(|found| found.access);
        drop(attached);
        match (have, access) {
            (Some(MemoryAccess::ReadWrite), _) | (Some(_), MemoryAccess::ReadOnly) => Ok(()),
            (Some(_), MemoryAccess::ReadWrite) => {
                self.fail(Errno::EPERM, &format!("process {pid} is attached to look only"))
            }
            (None, _) => self.fail(Errno::EPERM, &format!("process {pid} is not attached")),
        }
    }

    /// The position of a part, if all of it lies within.
    fn part(&self, offset: u64, len: u64) -> SysResult<usize> {
        let end = offset.checked_add(len).filter(|end| *end <= self.size());
        let start = end.and_then(|_| usize::try_from(offset).ok());
        let outside = || {
            let what = format!(
                "shared memory {}: {len} bytes from {offset} are not within its {}",
                self.id,
                self.size()
            );
            SysError::new(Errno::ERANGE, what)
        };
        start.ok_or_else(outside)
    }

    /// Copies `data` in.
    pub(crate) fn write(&self, pid: Pid, offset: u64, data: &[u8]) -> SysResult<u64> {
        self.check_attached(pid, MemoryAccess::ReadWrite)?;
        let at = self.part(offset, data.len() as u64)?;
        let turn = write(&self.turn);
        if self.loans.load(Ordering::Acquire) != 0 {
            return self.fail(Errno::EBUSY, "somebody holds a view of it");
        }
        #[allow(unsafe_code, reason = "the turn keeps others away")]
        // SAFETY: within, and it is our turn: no call copies and no view is or comes to be held.
        unsafe {
            self.memory.copy_in(at, data);
        }
        drop(turn);
        self.bytes_written.fetch_add(data.len() as u64, Ordering::Relaxed);
        Ok(data.len() as u64)
    }

    /// Copies a part out.
    pub(crate) fn read(&self, pid: Pid, offset: u64, size: u64) -> SysResult<Bytes> {
        self.check_attached(pid, MemoryAccess::ReadOnly)?;
        if size > MAX_READ {
            return self.fail(Errno::EINVAL, &format!("at most {MAX_READ} bytes at a time, not {size}"));
        }
        let at = self.part(offset, size)?;
        let turn = read(&self.turn);
        if self.loans.load(Ordering::Acquire) < 0 {
            return self.fail(Errno::EBUSY, "somebody holds a view for writing");
        }
        #[allow(unsafe_code, reason = "the turn keeps writers away")]
        #[allow(clippy::cast_possible_truncation, reason = "at most 16 MiB")]
        // SAFETY: within, and while it is the readers' turn nobody writes.
        let data = unsafe { self.memory.copy_out(at, size as usize) };
        drop(turn);
        self.bytes_read.fetch_add(size, Ordering::Relaxed);
        Ok(Bytes(data))
    }

    /// Counts one more reading view.
    pub(super) fn lend(&self, pid: Pid) -> SysResult<()> {
        self.check_attached(pid, MemoryAccess::ReadOnly)?;
        let _turn = read(&self.turn);
        self.check_not_exported()?;
        let one_more = |loans: i64| (loans >= 0).then_some(loans + 1);
        match self.loans.fetch_update(Ordering::Acquire, Ordering::Relaxed, one_more) {
            Ok(_) => Ok(()),
            Err(_) => self.fail(Errno::EBUSY, "somebody holds a view for writing"),
        }
    }

    /// Counts the writing view.
    pub(super) fn lend_mut(&self, pid: Pid) -> SysResult<()> {
        self.check_attached(pid, MemoryAccess::ReadWrite)?;
        let _turn = write(&self.turn);
        self.check_not_exported()?;
        if self.loans.compare_exchange(0, -1, Ordering::Acquire, Ordering::Relaxed).is_err() {
            return self.fail(Errno::EBUSY, "somebody holds a view of it");
        }
        Ok(())
    }

    fn check_not_exported(&self) -> SysResult<()> {
        if self.exported.load(Ordering::Relaxed) {
            return self.fail(Errno::EBUSY, "a program of the host may write to it at any time");
        }
        Ok(())
    }

    pub(super) fn end_loan(&self) {
        self.loans.fetch_sub(1, Ordering::Release);
    }

    pub(super) fn end_loan_mut(&self) {
        self.loans.store(0, Ordering::Release);
    }

    pub(super) fn memory(&self) -> &Memory {
        &self.memory
    }

    /// A descriptor for a program of the host, for what the process is attached for.
    pub(crate) fn export(&self, pid: Pid, access: MemoryAccess) -> SysResult<OwnedFd> {
        self.check_attached(pid, access)?;
        let _turn = write(&self.turn);
        if self.loans.load(Ordering::Acquire) != 0 {
            return self.fail(Errno::EBUSY, "somebody holds a view of it");
        }
        let descriptor = match access {
            MemoryAccess::ReadOnly => self.memory.read_only_descriptor(),
            MemoryAccess::ReadWrite => self.memory.writable_descriptor(),
        };
        let descriptor = descriptor.or_else(|why| self.fail(host_errno(why), why.desc()))?;
        self.exported.store(true, Ordering::Relaxed);
        Ok(descriptor)
    }

    /// State and totals.
    pub(crate) fn stats(&self) -> ShmStats {
        let loans = self.loans.load(Ordering::Relaxed).unsigned_abs();
        ShmStats {
            shm: self.id,
            owner: self.owner(),
            size: self.size(),
            attached: read(&self.attached).clone(),
            loans: u32::try_from(loans).unwrap_or(u32::MAX),
            exported: self.exported.load(Ordering::Relaxed),
            bytes_written: self.bytes_written.load(Ordering::Relaxed),
            bytes_read: self.bytes_read.load(Ordering::Relaxed),
        }
    }

    #[cfg(test)]
    pub(super) fn verify_invariants(&self) {
        let loans = self.loans.load(Ordering::Acquire);
        assert!(loans >= -1 && (loans == 0 || !self.exported.load(Ordering::Relaxed)));
        for attachment in read(&self.attached).iter() {
            assert!(
                attachment.access == MemoryAccess::ReadOnly
                    || self.allowed(attachment.pid) == Some(MemoryAccess::ReadWrite)
            );
        }
    }
}

/// The errno of the host as one of ours.
pub(super) fn host_errno(why: nix::Error) -> Errno {
    match why {
        nix::Error::EMFILE | nix::Error::ENFILE => Errno::EMFILE,
        nix::Error::ENOMEM => Errno::ENOMEM,
        other => Errno::from_raw(other as i32).unwrap_or(Errno::EIO),
    }
}
