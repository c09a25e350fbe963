//! Open files and new content of an overlay. They count as writers while they may change something, so
//! that a commit does not take half of what they write.

use super::{
    super::{Durability, Existing, File, FsResult, OpenOptions, Replacement, Stat, VPath},
    Arc, Shared,
    layers::{Layer, shown},
};
use abi::Errno;
use std::sync::atomic::Ordering;

/// One that may change something.
pub(super) struct Writer(Arc<Shared>);

impl Writer {
    /// Counted under the lock on the names, so that a commit sees it or comes first.
    pub(super) fn count(shared: Arc<Shared>) -> Self {
        shared.writers.fetch_add(1, Ordering::AcqRel);
        Writer(shared)
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.0.writers.fetch_sub(1, Ordering::AcqRel);
    }
}

pub(super) struct OverlayFile {
    inner: Arc<dyn File>,
    layer: Layer,
    _writer: Option<Writer>,
}

impl OverlayFile {
    pub(super) fn open(
        shared: &Arc<Shared>,
        layer: Layer,
        path: &VPath,
        options: OpenOptions,
    ) -> FsResult<Self> {
        let inner = shared.layers.of(layer).open(path, options)?;
        let writer = options.writes().then(|| Writer::count(shared.clone()));
        Ok(OverlayFile { inner, layer, _writer: writer })
    }
}

impl File for OverlayFile {
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> FsResult<usize> {
        self.inner.read_at(offset, buffer)
    }

    fn write_at(&self, offset: u64, data: &[u8]) -> FsResult<usize> {
        self.inner.write_at(offset, data)
    }

    fn append(&self, data: &[u8]) -> FsResult<(usize, u64)> {
        self.inner.append(data)
    }

    fn set_len(&self, len_bytes: u64) -> FsResult<()> {
        self.inner.set_len(len_bytes)
    }

    fn sync(&self) -> FsResult<()> {
        self.inner.sync()
    }

    fn stat(&self) -> FsResult<Stat> {
        Ok(shown(self.layer, self.inner.stat()?))
    }
}

pub(super) struct OverlayReplacement {
    path: VPath,
    inner: Box<dyn Replacement>,
    /// Bits of the lower file that it takes the place of.
    mode: Option<u32>,
    writer: Writer,
}

impl OverlayReplacement {
    pub(super) fn new(
        shared: Arc<Shared>,
        path: VPath,
        inner: Box<dyn Replacement>,
        mode: Option<u32>,
    ) -> Self {
        OverlayReplacement { path, inner, mode, writer: Writer::count(shared) }
    }
}

impl Replacement for OverlayReplacement {
    fn write(&mut self, data: &[u8]) -> FsResult<()> {
        self.inner.write(data)
    }

    fn commit(self: Box<Self>, existing: Existing, durability: Durability) -> FsResult<()> {
        let OverlayReplacement { path, inner, mode, writer } = *self;
        let shared = &writer.0;
        let hidden = shared.write();
        // The upper file system judges what it has itself; what lies beneath it does not know.
        if let Ok(Some(found)) = shared.layers.find(&hidden, &path)
            && found.layer == Layer::Lower
        {
            if existing == Existing::Keep {
                return Err(Errno::EEXIST.into());
            }
            found.check_file()?;
        }
        inner.commit(existing, durability)?;
        mode.map_or(Ok(()), |mode| shared.layers.upper.set_mode(&path, mode & 0o777))
    }
}
