//! All segments, by number.

use super::{Segment, ShmView, ShmViewMut, memory::Memory, segment::host_errno};
use crate::registry::Registry;
use abi::{
    Errno, Pid, ShmId, SysError, SysResult,
    table::{MemoryAccess, ShmStats},
};
use std::{num::NonZeroUsize, sync::Arc};

/// Largest segment, bytes.
const MAX_SIZE: u64 = 100 * 1024 * 1024;
/// Segments of all processes together. Each is an open file of the host.
const MAX_SEGMENTS: usize = 4_096;
/// Segments of all processes together, bytes.
const MAX_TOTAL_BYTES: u64 = 2 * 1024 * 1024 * 1024;
/// Segments that one process may own where its limits say nothing, bytes.
pub(crate) const DEFAULT_BYTES_PER_PROCESS: u64 = 512 * 1024 * 1024;
/// Processes that can be named for reading, and for writing.
const MAX_NAMED: usize = 64;

/// The table of segments.
pub(crate) struct Segments {
    segments: Registry<Segment>,
}

impl Default for Segments {
    fn default() -> Self {
        Segments { segments: Registry::new(MAX_SEGMENTS) }
    }
}

impl Segments {
    /// Makes a segment. `most` is how many bytes its owner may have.
    pub(crate) fn create(
        &self,
        owner: Pid,
        size: u64,
        readers: Vec<Pid>,
        writers: Vec<Pid>,
        most: u64,
    ) -> SysResult<ShmId> {
        let bytes = usize::try_from(size).ok().and_then(NonZeroUsize::new).filter(|_| size <= MAX_SIZE);
        let Some(bytes) = bytes else {
            let detail = format!("shared memory is 1 to {MAX_SIZE} bytes, not {size}");
            return Err(SysError::new(Errno::EINVAL, detail));
        };
        if readers.len().max(writers.len()) > MAX_NAMED {
            return Err(SysError::new(Errno::EINVAL, format!("at most {MAX_NAMED} can be named")));
        }
        let refused = |why: nix::Error| {
            SysError::new(host_errno(why), format!("no shared memory of {size} bytes: {}", why.desc()))
        };
        let memory = Memory::new(bytes).map_err(refused)?;
        let segment = self.segments.insert(
            |segments, is_full| {
                let (mut owned, mut total) = (0_u64, 0_u64);
                for segment in segments {
                    total += segment.size();
                    owned += if segment.owner() == owner { segment.size() } else { 0 };
                }
                if is_full {
                    return Err(SysError::new(
                        Errno::EMFILE,
                        format!("all {MAX_SEGMENTS} segments are taken"),
                    ));
                }
                if owned + size > most || total + size > MAX_TOTAL_BYTES {
                    let detail = format!("process {owner} owns {owned} bytes of shared memory already");
                    return Err(SysError::new(Errno::EDQUOT, detail));
                }
                Ok(())
            },
            |id| Segment::new(ShmId(id), owner, readers, writers, memory),
        )?;
        Ok(segment.id())
    }

    /// The segment with this number.
    #[inline]
    pub(crate) fn get(&self, id: ShmId) -> SysResult<Arc<Segment>> {
        let none = || SysError::new(Errno::EBADF, format!("there is no shared memory {id}"));
        self.segments.get(id.0).ok_or_else(none)
    }

    pub(crate) fn attach(&self, pid: Pid, id: ShmId, access: MemoryAccess) -> SysResult<()> {
        self.get(id)?.attach(pid, access)
    }

    pub(crate) fn detach(&self, pid: Pid, id: ShmId) -> SysResult<()> {
        let segment = self.get(id)?;
        if segment.detach(pid) {
            return Ok(());
        }
        segment.fail(Errno::EPERM, &format!("process {pid} is not attached"))
    }

    /// Removes a segment. Only its owner may.
    pub(crate) fn destroy(&self, pid: Pid, id: ShmId) -> SysResult<()> {
        let segment = self.get(id)?;
        let owner = segment.owner();
        if pid != owner {
            return segment.fail(Errno::EPERM, &format!("it belongs to process {owner}, not to {pid}"));
        }
        self.segments.remove(id.0);
        Ok(())
    }

    pub(crate) fn stats(&self, pid: Pid, id: ShmId) -> SysResult<ShmStats> {
        let segment = self.get(id)?;
        segment.check_known(pid)?;
        Ok(segment.stats())
    }

    pub(crate) fn view(&self, pid: Pid, id: ShmId) -> SysResult<ShmView> {
        ShmView::new(self.get(id)?, pid)
    }

    pub(crate) fn view_mut(&self, pid: Pid, id: ShmId) -> SysResult<ShmViewMut> {
        ShmViewMut::new(self.get(id)?, pid)
    }

    /// Detaches a process everywhere and removes what it owns, unless somebody else is attached. Says how
    /// many segments it owned or was attached to.
    pub(crate) fn release(&self, pid: Pid) -> usize {
        let mut concerned = 0;
        for segment in self.segments.all() {
            let owned = segment.owner() == pid;
            concerned += usize::from(segment.detach(pid) || owned);
            if owned && !segment.inherit() {
                self.segments.remove(segment.id().0);
            }
        }
        concerned
    }

    /// Segments that a process owns or is attached to, and the bytes of those it owns.
    pub(crate) fn usage(&self, pid: Pid) -> (u32, u64) {
        self.segments.all().iter().fold((0, 0), |(count, bytes), segment| {
            let owned = segment.owner() == pid;
            let concerned = owned || segment.is_attached(pid);
            (count + u32::from(concerned), bytes + if owned { segment.size() } else { 0 })
        })
    }

    /// The owner of each and the memory it has for it, bytes.
    pub(crate) fn owned_bytes(&self) -> Vec<(Pid, u64)> {
        self.segments.all().iter().map(|segment| (segment.owner(), segment.size())).collect()
    }

    /// All segments and their size in bytes.
    pub(crate) fn totals(&self) -> (u32, u64) {
        (self.segments.count(), self.segments.all().iter().map(|segment| segment.size()).sum())
    }

    /// State and totals of all.
    pub(crate) fn list(&self) -> Vec<ShmStats> {
        self.segments.all().iter().map(|segment| segment.stats()).collect()
    }
}
