//! All mappings, by number.

use super::{Mapping, Part};
use crate::{registry::Registry, vfs::OpenFile};
use abi::{Errno, MapId, Pid, SysError, SysResult, table::MapStats};
use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

/// Largest mapping, bytes.
const MAX_LENGTH: u64 = 1024 * 1024 * 1024;
/// Mappings of all processes together. Each may be an open file of the host.
const MAX_MAPPINGS: usize = 4_096;
/// Mappings of one process where its limits say nothing.
pub(crate) const DEFAULT_PER_PROCESS: u32 = 512;

/// The table of mappings.
pub(crate) struct Mappings {
    mappings: Registry<Mapping>,
    private_total: Arc<AtomicU64>,
}

impl Default for Mappings {
    fn default() -> Self {
        Mappings { mappings: Registry::new(MAX_MAPPINGS), private_total: Arc::default() }
    }
}

impl Mappings {
    /// Maps a part of an open file; without a length up to its end. `most` is how many its owner may have.
    pub(crate) fn create(
        &self,
        owner: Pid,
        file: OpenFile,
        length: Option<u64>,
        mut part: Part,
        most: u32,
    ) -> SysResult<MapId> {
        let size = file.stat()?.len_bytes;
        let length = length.unwrap_or_else(|| size.saturating_sub(part.offset));
        if !(1..=MAX_LENGTH).contains(&length) {
            let detail = format!("{}: a mapping is 1 to {MAX_LENGTH} bytes, not {length}", file.path());
            return Err(SysError::new(Errno::EINVAL, detail));
        }
        if part.offset.checked_add(length).is_none_or(|end| end > size) {
            let detail =
                format!("{}: {length} bytes from {} are not within its {size}", file.path(), part.offset);
            return Err(SysError::new(Errno::ERANGE, detail));
        }
        part.length = length;
        let mapping = self.mappings.insert(
            |mappings, is_full| {
                let owned = mappings.filter(|mapping| mapping.owner() == owner).count();
                if is_full || owned >= most as usize {
                    let detail = format!("process {owner} has {owned} mappings already");
                    return Err(SysError::new(Errno::EMFILE, detail));
                }
                Ok(())
            },
            |id| Mapping::new(MapId(id), owner, file, part, self.private_total.clone()),
        )?;
        Ok(mapping.id())
    }

    /// The mapping with this number, of this process. Another's does not exist for it.
    pub(crate) fn get_own(&self, pid: Pid, id: MapId) -> SysResult<Arc<Mapping>> {
        let found = self.mappings.get(id.0).filter(|mapping| mapping.owner() == pid);
        found.ok_or_else(|| SysError::new(Errno::EBADF, format!("process {pid} has no mapping {id}")))
    }

    /// Ends a mapping; it comes back, to be dropped without any lock.
    pub(crate) fn remove(&self, pid: Pid, id: MapId) -> SysResult<Arc<Mapping>> {
        let mapping = self.get_own(pid, id)?;
        self.mappings.remove(id.0);
        Ok(mapping)
    }

    /// Tells the journal what writers left by now, in all of them.
    pub(crate) fn settle(&self) {
        self.mappings.all().iter().for_each(|mapping| mapping.settle());
    }

    /// Ends all mappings of a process; says how many there were.
    pub(crate) fn release(&self, pid: Pid) -> usize {
        let mut own = self.mappings.all();
        own.retain(|mapping| mapping.owner() == pid);
        own.iter().for_each(|mapping| drop(self.mappings.remove(mapping.id().0)));
        own.len()
    }

    /// Mappings of a process and the memory of their own pages in bytes.
    pub(crate) fn usage(&self, pid: Pid) -> (u32, u64) {
        let all = self.mappings.all();
        let own = all.iter().filter(|mapping| mapping.owner() == pid);
        own.fold((0, 0), |(count, bytes), mapping| (count + 1, bytes + mapping.private_bytes()))
    }

    /// The owner of each and the memory it has for it, bytes.
    pub(crate) fn owned_bytes(&self) -> Vec<(Pid, u64)> {
        self.mappings.all().iter().map(|mapping| (mapping.owner(), mapping.private_bytes())).collect()
    }

    /// All mappings and the memory of their own pages in bytes.
    pub(crate) fn totals(&self) -> (u32, u64) {
        (self.mappings.count(), self.private_total.load(Ordering::Relaxed))
    }

    /// State and totals of all.
    pub(crate) fn list(&self) -> Vec<MapStats> {
        self.mappings.all().iter().map(|mapping| mapping.stats()).collect()
    }
}
