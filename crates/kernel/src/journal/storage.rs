//! The host's files beneath the journal, as a trait so that tests can fill a disk that is not full.

use std::{
    fs::{File, OpenOptions},
    io,
    os::unix::fs::{FileExt, OpenOptionsExt},
    path::Path,
    sync::Arc,
};

/// An open segment, or the folder of the segments where only `sync` is used.
pub(super) trait SegmentFile: Send + Sync {
    /// Writes at an offset with one system call; may write less than all.
    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<usize>;
    /// Cuts the file.
    fn set_len(&self, len_bytes: u64) -> io::Result<()>;
    /// Returns when what was written would survive power loss.
    fn sync(&self) -> io::Result<()>;
}

/// Makes and opens segments.
pub(super) trait Storage: Send + Sync {
    /// Opens a segment for writing; an empty one is made where none is.
    fn open(&self, path: &Path) -> io::Result<Arc<dyn SegmentFile>>;
}

impl SegmentFile for File {
    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<usize> {
        FileExt::write_at(self, bytes, offset)
    }

    fn set_len(&self, len_bytes: u64) -> io::Result<()> {
        File::set_len(self, len_bytes)
    }

    fn sync(&self) -> io::Result<()> {
        self.sync_data()
    }
}

/// The real one.
pub(super) struct Disk;

impl Storage for Disk {
    fn open(&self, path: &Path) -> io::Result<Arc<dyn SegmentFile>> {
        let file = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(path)?;
        Ok(Arc::new(file))
    }
}

/// Writes all of a frame, by one system call unless the host takes less.
pub(super) fn write_all_at(file: &dyn SegmentFile, mut bytes: &[u8], mut offset: u64) -> io::Result<()> {
    while !bytes.is_empty() {
        match file.write_at(bytes, offset) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(written) => {
                bytes = bytes.get(written..).unwrap_or_default();
                offset += written as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
