//! The content of files in memory, block by block, each charged to the file system's account.
//!
//! **Invariants** (`verify_invariants`): every block lies before the end of the file, and bytes
//! behind the end in the last block are zero, so extending a file never shows old content.

use super::{
    super::{File, FsError, FsResult, Kind, OpenOptions, Stat},
    WallClock,
};
use abi::Errno;
use std::{
    collections::BTreeMap,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicU32, AtomicU64, Ordering},
    },
};

/// What is charged and allocated at a time.
pub(super) const BLOCK_BYTES: usize = 4096;

/// Longest file, holes included, in bytes: 16 TiB, as ext4 with blocks of this size.
const MAX_FILE_BYTES: u64 = 1 << 44;

type Block = Box<[u8; BLOCK_BYTES]>;

/// How much of the quota is taken.
pub(super) struct Account {
    used_bytes: AtomicU64,
    quota_bytes: u64,
}

impl Account {
    pub(super) fn new(quota_bytes: u64) -> Self {
        Account { used_bytes: AtomicU64::new(0), quota_bytes }
    }

    pub(super) fn used_bytes(&self) -> u64 {
        self.used_bytes.load(Ordering::Relaxed)
    }

    pub(super) fn quota_bytes(&self) -> u64 {
        self.quota_bytes
    }

    /// Takes `bytes` of the quota, or nothing and `ENOSPC`.
    pub(super) fn charge(&self, bytes: u64) -> FsResult<()> {
        let fits = |used: u64| used.checked_add(bytes).filter(|sum| *sum <= self.quota_bytes);
        match self.used_bytes.fetch_update(Ordering::Relaxed, Ordering::Relaxed, fits) {
            Ok(_) => Ok(()),
            Err(_) => {
                Err(FsError::new(Errno::ENOSPC, format!("no space left of {} bytes", self.quota_bytes)))
            }
        }
    }

    pub(super) fn release(&self, bytes: u64) {
        self.used_bytes.fetch_sub(bytes, Ordering::Relaxed);
    }
}

/// One file's content. Gives its blocks back when the last name and the last handle are gone.
pub(super) struct MemFile {
    content: RwLock<Content>,
    account: Arc<Account>,
    created_millis: i64,
    /// Names that it has, kept by the tree; here because handles show it without the tree's lock.
    pub(super) links: AtomicU64,
    pub(super) inode: AtomicU64,
    mode: AtomicU32,
}

struct Content {
    blocks: BTreeMap<u64, Block>,
    len_bytes: u64,
    modified_millis: i64,
}

impl MemFile {
    pub(super) fn new(account: Arc<Account>, now: i64) -> Self {
        MemFile {
            content: RwLock::new(Content { blocks: BTreeMap::new(), len_bytes: 0, modified_millis: now }),
            account,
            created_millis: now,
            links: AtomicU64::new(0),
            inode: AtomicU64::new(0),
            mode: AtomicU32::new(0o644),
        }
    }

    pub(super) fn read_at(&self, offset: u64, buffer: &mut [u8]) -> usize {
        let content = crate::sync::read(&self.content);
        let available = content.len_bytes.saturating_sub(offset);
        let length = buffer.len().min(usize::try_from(available).unwrap_or(usize::MAX));
        for (index, range, done) in pieces(offset, length) {
            let into = &mut buffer[done..done + range.len()];
            match content.blocks.get(&index) {
                Some(block) => into.copy_from_slice(&block[range]),
                None => into.fill(0),
            }
        }
        length
    }

    pub(super) fn write_at(&self, offset: u64, data: &[u8], now: i64) -> FsResult<usize> {
        let mut content = crate::sync::write(&self.content);
        self.write_into(&mut content, offset, data, now)
    }

    /// The bytes written and the new end.
    pub(super) fn append(&self, data: &[u8], now: i64) -> FsResult<(usize, u64)> {
        let mut content = crate::sync::write(&self.content);
        let offset = content.len_bytes;
        let written = self.write_into(&mut content, offset, data, now)?;
        Ok((written, content.len_bytes))
    }

    /// Writes what fits; an error only when nothing does.
    fn write_into(&self, content: &mut Content, offset: u64, data: &[u8], now: i64) -> FsResult<usize> {
        if data.is_empty() {
            return Ok(0);
        }
        let room = usize::try_from(MAX_FILE_BYTES.saturating_sub(offset)).unwrap_or(usize::MAX);
        if room == 0 {
            return Err(FsError::new(Errno::EFBIG, "larger than a file can be"));
        }
        let mut written = 0;
        for (index, range, done) in pieces(offset, data.len().min(room)) {
            let from = &data[done..done + range.len()];
            if let Some(block) = content.blocks.get_mut(&index) {
                block[range].copy_from_slice(from);
            } else {
                match self.account.charge(BLOCK_BYTES as u64) {
                    Ok(()) => {}
                    Err(why) if written == 0 => return Err(why),
                    Err(_) => break,
                }
                let mut block = Box::new([0; BLOCK_BYTES]);
                block[range].copy_from_slice(from);
                content.blocks.insert(index, block);
            }
            written = done + from.len();
        }
        content.len_bytes = content.len_bytes.max(offset + written as u64);
        content.modified_millis = now;
        Ok(written)
    }

    pub(super) fn set_len(&self, len_bytes: u64, now: i64) -> FsResult<()> {
        if len_bytes > MAX_FILE_BYTES {
            return Err(FsError::new(Errno::EFBIG, "larger than a file can be"));
        }
        let mut content = crate::sync::write(&self.content);
        if len_bytes < content.len_bytes {
            let gone = content.blocks.split_off(&len_bytes.div_ceil(BLOCK_BYTES as u64));
            self.account.release((gone.len() * BLOCK_BYTES) as u64);
            if let Some(last) = content.blocks.get_mut(&(len_bytes / BLOCK_BYTES as u64)) {
                last[(len_bytes % BLOCK_BYTES as u64) as usize..].fill(0);
            }
        }
        content.len_bytes = len_bytes;
        content.modified_millis = now;
        Ok(())
    }

    pub(super) fn set_mode(&self, mode: u32) {
        self.mode.store(mode, Ordering::Relaxed);
    }

    pub(super) fn set_modified(&self, modified_millis: i64) {
        crate::sync::write(&self.content).modified_millis = modified_millis;
    }

    pub(super) fn stat(&self) -> Stat {
        let content = crate::sync::read(&self.content);
        Stat {
            kind: Kind::File,
            len_bytes: content.len_bytes,
            modified_millis: content.modified_millis,
            created_millis: Some(self.created_millis),
            inode: self.inode.load(Ordering::Relaxed),
            links: self.links.load(Ordering::Relaxed),
            mode: self.mode.load(Ordering::Relaxed),
        }
    }

    /// What the content is charged, in bytes. Panics when the invariants do not hold.
    pub(super) fn verify_invariants(&self) -> u64 {
        let content = crate::sync::read(&self.content);
        assert!(content.len_bytes <= MAX_FILE_BYTES);
        for (index, block) in &content.blocks {
            let start = index * BLOCK_BYTES as u64;
            assert!(start < content.len_bytes, "block {index} behind the end {}", content.len_bytes);
            let inside = usize::try_from(content.len_bytes - start).unwrap_or(BLOCK_BYTES).min(BLOCK_BYTES);
            assert!(block[inside..].iter().all(|byte| *byte == 0), "old bytes behind the end");
        }
        (content.blocks.len() * BLOCK_BYTES) as u64
    }
}

impl Drop for MemFile {
    fn drop(&mut self) {
        let content = self.content.get_mut().unwrap_or_else(PoisonError::into_inner);
        self.account.release((content.blocks.len() * BLOCK_BYTES) as u64);
    }
}

/// Cuts `length` bytes from `offset` into blocks: index, range within the block, bytes before it.
fn pieces(offset: u64, length: usize) -> impl Iterator<Item = (u64, std::ops::Range<usize>, usize)> {
    let mut done = 0;
    std::iter::from_fn(move || {
        let at = offset.checked_add(done as u64).filter(|_| done < length)?;
        let start = (at % BLOCK_BYTES as u64) as usize;
        let end = BLOCK_BYTES.min(start + (length - done));
        let piece = (at / BLOCK_BYTES as u64, start..end, done);
        done += end - start;
        Some(piece)
    })
}

/// An open file.
pub(super) struct MemHandle {
    file: Arc<MemFile>,
    options: OpenOptions,
    clock: WallClock,
}

impl MemHandle {
    pub(super) fn new(file: Arc<MemFile>, options: OpenOptions, clock: WallClock) -> Self {
        MemHandle { file, options, clock }
    }

    fn check_writable(&self) -> FsResult<()> {
        if self.options.writes() {
            Ok(())
        } else {
            Err(FsError::new(Errno::EBADF, "was not opened to write"))
        }
    }
}

impl File for MemHandle {
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> FsResult<usize> {
        if !self.options.read {
            return Err(FsError::new(Errno::EBADF, "was not opened to read"));
        }
        Ok(self.file.read_at(offset, buffer))
    }

    fn write_at(&self, offset: u64, data: &[u8]) -> FsResult<usize> {
        self.check_writable()?;
        self.file.write_at(offset, data, (self.clock)())
    }

    fn append(&self, data: &[u8]) -> FsResult<(usize, u64)> {
        self.check_writable()?;
        self.file.append(data, (self.clock)())
    }

    fn set_len(&self, len_bytes: u64) -> FsResult<()> {
        self.check_writable()?;
        self.file.set_len(len_bytes, (self.clock)())
    }

    fn sync(&self) -> FsResult<()> {
        Ok(()) // memory is as durable as it gets
    }

    fn stat(&self) -> FsResult<Stat> {
        Ok(self.file.stat())
    }
}
