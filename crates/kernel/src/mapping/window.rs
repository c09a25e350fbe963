//! One mapping.

use crate::{
    door::Unsettled,
    sync::lock,
    vfs::{OpenFile, VPath},
};
use abi::{
    Bytes, Errno, MapId, Pid, SysError, SysResult,
    table::{MapSharing, MapStats, MemoryAccess},
};
use std::{
    collections::{BTreeMap, btree_map::Entry},
    sync::{
        Arc, Mutex, OnceLock,
        atomic::{AtomicU64, Ordering},
    },
};

/// What a private mapping copies at a time, bytes.
const PAGE: usize = 4_096;
/// Largest single read, bytes; more is asked for in several calls.
const MAX_READ: u64 = 16 * 1024 * 1024;
/// Changed pages of all private mappings together, bytes.
const MAX_PRIVATE_BYTES: u64 = 512 * 1024 * 1024;

/// Which part of a file is mapped, and how.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Part {
    pub(crate) offset: u64,
    pub(crate) length: u64,
    pub(crate) access: MemoryAccess,
    pub(crate) sharing: MapSharing,
}

type Pages = BTreeMap<u64, Box<[u8; PAGE]>>;

/// A mapping of a file.
pub(crate) struct Mapping {
    id: MapId,
    owner: Pid,
    file: OpenFile,
    part: Part,
    /// Changed pages by their number from the mapping's beginning.
    pages: Mutex<Pages>,
    /// Changed pages of all mappings, bytes.
    private_total: Arc<AtomicU64>,
    bytes_read: AtomicU64,
    bytes_written: AtomicU64,
    /// Who wrote to the file through it, for the journal; told when it is synced, when somebody wants to take
    /// something back, and when it goes.
    unsettled: OnceLock<Unsettled>,
}

impl Mapping {
    pub(super) fn new(
        id: MapId,
        owner: Pid,
        file: OpenFile,
        part: Part,
        private_total: Arc<AtomicU64>,
    ) -> Self {
        Mapping {
            id,
            owner,
            file,
            part,
            pages: Mutex::default(),
            private_total,
            bytes_read: AtomicU64::new(0),
            bytes_written: AtomicU64::new(0),
            unsettled: OnceLock::new(),
        }
    }

    pub(crate) fn id(&self) -> MapId {
        self.id
    }

    pub(crate) fn owner(&self) -> Pid {
        self.owner
    }

    /// The file's path, which is what rights are about.
    pub(crate) fn path(&self) -> &VPath {
        self.file.path()
    }

    pub(crate) fn unsettled(&self) -> &OnceLock<Unsettled> {
        &self.unsettled
    }

    /// Tells the journal what writers left by now.
    pub(crate) fn settle(&self) {
        if let Some(unsettled) = self.unsettled.get() {
            unsettled.settle();
        }
    }

    pub(crate) fn is_private(&self) -> bool {
        self.part.sharing == MapSharing::Private
    }

    #[cold]
    fn fail<T>(&self, errno: Errno, what: &str) -> SysResult<T> {
        Err(SysError::new(errno, format!("mapping {} of {}: {what}", self.id, self.path())))
    }

    fn check_part(&self, offset: u64, len: u64) -> SysResult<()> {
        if offset.checked_add(len).is_some_and(|end| end <= self.part.length) {
            return Ok(());
        }
        let what = format!("{len} bytes from {offset} are not within its {}", self.part.length);
        self.fail(Errno::ERANGE, &what)
    }

    /// Reads a part.
    pub(crate) fn read(&self, offset: u64, size: u64) -> SysResult<Bytes> {
        if size > MAX_READ {
            return self.fail(Errno::EINVAL, &format!("at most {MAX_READ} bytes at a time, not {size}"));
        }
        self.check_part(offset, size)?;
        #[allow(clippy::cast_possible_truncation, reason = "at most 16 MiB")]
        let mut data = vec![0; size as usize];
        // A private mapping shows one state of its pages, so they are held while the rest is read.
        let pages = self.is_private().then(|| lock(&self.pages));
        self.fill(offset, &mut data)?;
        for (number, page) in pages.iter().flat_map(|pages| pages.range(offset / PAGE as u64..)) {
            let start = number * PAGE as u64;
            if start >= offset + size {
                break;
            }
            let from = offset.max(start);
            let until = (offset + size).min(start + PAGE as u64);
            data[index(from - offset)..index(until - offset)]
                .copy_from_slice(&page[index(from - start)..index(until - start)]);
        }
        drop(pages);
        self.bytes_read.fetch_add(size, Ordering::Relaxed);
        Ok(Bytes(data))
    }

    /// Reads the file itself; all of `data`.
    fn fill(&self, offset: u64, data: &mut [u8]) -> SysResult<()> {
        let mut filled = 0;
        while filled < data.len() {
            match self.file.read_at(self.part.offset + offset + filled as u64, &mut data[filled..])? {
                0 => return self.fail(Errno::ERANGE, "the file has become shorter"),
                read => filled += read,
            }
        }
        Ok(())
    }

    /// Writes a part.
    pub(crate) fn write(&self, offset: u64, data: &[u8]) -> SysResult<u64> {
        if self.part.access == MemoryAccess::ReadOnly {
            return self.fail(Errno::EPERM, "it was made to look only");
        }
        self.check_part(offset, data.len() as u64)?;
        if self.is_private() {
            self.change_pages(offset, data)?;
        } else {
            let at = self.part.offset + offset;
            // Who cuts the file between this look and the write gets it back up to here.
            if self.file.stat()?.len_bytes < at + data.len() as u64 {
                return self.fail(Errno::ERANGE, "the file has become shorter");
            }
            self.file.write_all_at(at, data)?;
        }
        self.bytes_written.fetch_add(data.len() as u64, Ordering::Relaxed);
        Ok(data.len() as u64)
    }

    fn change_pages(&self, offset: u64, mut data: &[u8]) -> SysResult<()> {
        let mut pages = lock(&self.pages);
        let mut offset = offset;
        while !data.is_empty() {
            let (number, within) = (offset / PAGE as u64, index(offset % PAGE as u64));
            let count = data.len().min(PAGE - within);
            let (now, rest) = data.split_at(count);
            self.own_page(&mut pages, number)?[within..within + count].copy_from_slice(now);
            data = rest;
            offset += count as u64;
        }
        Ok(())
    }

    /// The mapping's own copy of a page, made when there is none.
    fn own_page<'a>(&self, pages: &'a mut Pages, number: u64) -> SysResult<&'a mut [u8; PAGE]> {
        match pages.entry(number) {
            Entry::Occupied(page) => Ok(page.into_mut()),
            Entry::Vacant(place) => Ok(place.insert(self.copy_page(number)?)),
        }
    }

    fn copy_page(&self, number: u64) -> SysResult<Box<[u8; PAGE]>> {
        let mut page = Box::new([0; PAGE]);
        let start = number * PAGE as u64;
        let len = index((self.part.length - start).min(PAGE as u64));
        self.fill(start, &mut page[..len])?;
        let has_room = |total: u64| (total < MAX_PRIVATE_BYTES).then_some(total + PAGE as u64);
        match self.private_total.fetch_update(Ordering::Relaxed, Ordering::Relaxed, has_room) {
            Ok(_) => Ok(page),
            Err(_) => self.fail(Errno::ENOMEM, "private mappings have all the memory they may have"),
        }
    }

    /// Waits until the disk has what was written.
    pub(crate) fn sync(&self) -> SysResult<()> {
        match (self.part.sharing, self.part.access) {
            (MapSharing::Shared, MemoryAccess::ReadWrite) => self.file.sync(),
            _ => Ok(()),
        }
    }

    /// Memory of its changed pages.
    pub(crate) fn private_bytes(&self) -> u64 {
        (lock(&self.pages).len() * PAGE) as u64
    }

    /// State and totals.
    pub(crate) fn stats(&self) -> MapStats {
        MapStats {
            map: self.id,
            owner: self.owner,
            path: self.path().as_str().to_owned(),
            offset: self.part.offset,
            length: self.part.length,
            access: self.part.access,
            sharing: self.part.sharing,
            private_bytes: self.private_bytes(),
            bytes_read: self.bytes_read.load(Ordering::Relaxed),
            bytes_written: self.bytes_written.load(Ordering::Relaxed),
        }
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        self.private_total.fetch_sub(self.private_bytes(), Ordering::Relaxed);
    }
}

/// A distance within a buffer that is in memory.
#[allow(clippy::cast_possible_truncation, reason = "the buffer's length was a usize")]
fn index(distance: u64) -> usize {
    distance as usize
}
