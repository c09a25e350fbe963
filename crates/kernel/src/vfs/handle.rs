//! Open files and new content together with the name they were opened by, so that errors name it.

use super::{
    Durability, Existing, File, FileChange, FsResult, Replacement, Stat, VPath, Watchers, filesystem,
};
use abi::SysResult;
use std::{os::fd::OwnedFd, sync::Arc};

/// An open regular file. Clones share it; it closes with the last one.
#[derive(Clone)]
pub struct OpenFile {
    file: Arc<dyn File>,
    path: VPath,
    /// Told of changes by this name, which the file may have lost since.
    watchers: Option<Arc<Watchers>>,
}

impl OpenFile {
    pub(super) fn new(file: Arc<dyn File>, path: VPath, watchers: Option<Arc<Watchers>>) -> Self {
        OpenFile { file, path, watchers }
    }

    /// The path it was opened by; the file may have moved since.
    #[must_use]
    pub fn path(&self) -> &VPath {
        &self.path
    }

    /// Tells that the content has changed, when it has.
    fn told<T>(&self, result: SysResult<T>) -> SysResult<T> {
        if let (Ok(_), Some(watchers)) = (&result, &self.watchers) {
            watchers.tell(&self.path, FileChange::Changed);
        }
        result
    }

    fn named<T>(&self, result: FsResult<T>) -> SysResult<T> {
        result.map_err(|why| why.at(&self.path))
    }

    /// A descriptor of the host for the same file, for a program.
    ///
    /// # Errors
    /// Those of [`File::host_descriptor`].
    pub fn host_descriptor(&self) -> SysResult<OwnedFd> {
        self.named(self.file.host_descriptor())
    }

    /// Reads up to the buffer's length; 0 at or behind the end.
    ///
    /// # Errors
    /// Those of [`File::read_at`].
    pub fn read_at(&self, offset: u64, buffer: &mut [u8]) -> SysResult<usize> {
        self.named(self.file.read_at(offset, buffer))
    }

    /// Writes at least one byte, maybe not all.
    ///
    /// # Errors
    /// Those of [`File::write_at`].
    pub fn write_at(&self, offset: u64, data: &[u8]) -> SysResult<usize> {
        self.told(self.named(self.file.write_at(offset, data)))
    }

    /// Writes all of `data`.
    ///
    /// # Errors
    /// Those of [`File::write_at`]; what was written before one stays.
    pub fn write_all_at(&self, offset: u64, data: &[u8]) -> SysResult<()> {
        self.told(self.named(filesystem::write_all_at(&*self.file, offset, data)))
    }

    /// Writes behind the end. Gives the bytes written and the new end, which is the new offset.
    ///
    /// # Errors
    /// Those of [`File::append`].
    pub fn append(&self, data: &[u8]) -> SysResult<(usize, u64)> {
        self.told(self.named(self.file.append(data)))
    }

    /// Cuts the content, or extends it with zeros.
    ///
    /// # Errors
    /// Those of [`File::set_len`].
    pub fn set_len(&self, len_bytes: u64) -> SysResult<()> {
        self.told(self.named(self.file.set_len(len_bytes)))
    }

    /// Waits until the disk has the content.
    ///
    /// # Errors
    /// Those of [`File::sync`].
    pub fn sync(&self) -> SysResult<()> {
        self.named(self.file.sync())
    }

    /// Facts about the file, its length among them.
    ///
    /// # Errors
    /// Those of [`File::stat`].
    pub fn stat(&self) -> SysResult<Stat> {
        self.named(self.file.stat())
    }

    /// The whole content, when it is at most `max_bytes`.
    ///
    /// # Errors
    /// `EFBIG`, and those of [`File::read_at`].
    pub fn read_all(&self, max_bytes: u64) -> SysResult<Vec<u8>> {
        let content =
            self.file.stat().and_then(|stat| filesystem::read_to_end(&*self.file, stat.len_bytes, max_bytes));
        self.named(content)
    }
}

/// New content on its way to a name. Dropped without [`NewContent::commit`], it leaves nothing.
pub struct NewContent {
    replacement: Box<dyn Replacement>,
    path: VPath,
    told: Option<(Arc<Watchers>, FileChange)>,
}

impl NewContent {
    pub(super) fn new(
        replacement: Box<dyn Replacement>,
        path: VPath,
        told: Option<(Arc<Watchers>, FileChange)>,
    ) -> Self {
        NewContent { replacement, path, told }
    }

    /// Adds all of `data`.
    ///
    /// # Errors
    /// Those of [`Replacement::write`].
    pub fn write(&mut self, data: &[u8]) -> SysResult<()> {
        self.replacement.write(data).map_err(|why| why.at(&self.path))
    }

    /// Sets the permission bits that it will have.
    ///
    /// # Errors
    /// Those of [`Replacement::set_mode`].
    pub fn set_mode(&mut self, mode: u32) -> SysResult<()> {
        self.replacement.set_mode(mode).map_err(|why| why.at(&self.path))
    }

    /// Gives the content its name, in one step.
    ///
    /// # Errors
    /// Those of [`Replacement::commit`].
    pub fn commit(self, existing: Existing, durability: Durability) -> SysResult<()> {
        self.replacement.commit(existing, durability).map_err(|why| why.at(&self.path))?;
        if let Some((watchers, change)) = &self.told {
            watchers.tell(&self.path, *change);
        }
        Ok(())
    }
}
