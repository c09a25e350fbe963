//! A file that is read or written in parts: what `stream_open_read` and `stream_open_write` make.
//!
//! Memory is that of one part. A part that was pushed is with the file system when the push comes back, so who
//! writes cannot be faster than the disk.

use crate::{
    sync::lock,
    vfs::{Durability, Existing, NewContent, OpenFile, VPath},
};
use abi::{Errno, SysError, SysResult};
use std::sync::Mutex;

/// Largest part, bytes.
pub(crate) const MAX_PART: u64 = 1024 * 1024;

/// A stream of one file.
pub(crate) enum Transfer {
    /// Out of a file.
    Reading {
        /// The file.
        file: OpenFile,
        /// Bytes of one part.
        part_bytes: usize,
        /// Where the next part begins.
        offset: Mutex<u64>,
    },
    /// Into a file.
    Writing {
        /// Whose content it will be.
        path: VPath,
        /// What it is so far, and how many bytes; none when it was closed or has failed.
        content: Mutex<Option<(NewContent, u64)>>,
    },
}

impl Transfer {
    pub(crate) fn reading(file: OpenFile, part_bytes: usize) -> Self {
        Transfer::Reading { file, part_bytes, offset: Mutex::new(0) }
    }

    pub(crate) fn writing(path: VPath, content: NewContent) -> Self {
        Transfer::Writing { path, content: Mutex::new(Some((content, 0))) }
    }

    pub(crate) fn path(&self) -> &VPath {
        match self {
            Transfer::Reading { file, .. } => file.path(),
            Transfer::Writing { path, .. } => path,
        }
    }

    pub(crate) fn is_writing(&self) -> bool {
        matches!(self, Transfer::Writing { .. })
    }

    /// The next part; nothing at the end.
    ///
    /// # Errors
    /// `EBADF` when it is written, and what the file system says.
    pub(crate) fn next(&self) -> SysResult<Vec<u8>> {
        let Transfer::Reading { file, part_bytes, offset } = self else {
            return Err(SysError::new(Errno::EBADF, format!("{}: the stream is written", self.path())));
        };
        let mut offset = lock(offset);
        let mut part = vec![0; *part_bytes];
        let mut filled = 0;
        while filled < part.len() {
            match file.read_at(*offset + filled as u64, &mut part[filled..])? {
                0 => break,
                read => filled += read,
            }
        }
        part.truncate(filled);
        *offset += filled as u64;
        Ok(part)
    }

    /// Adds a part; says how many bytes there are now. After a failure nothing of it will be in the file.
    ///
    /// # Errors
    /// `EBADF` when it is read, closed or has failed, `EFBIG` for a part that is too large, and what the file
    /// system says.
    pub(crate) fn push(&self, part: &[u8]) -> SysResult<u64> {
        let Transfer::Writing { path, content } = self else {
            return Err(SysError::new(Errno::EBADF, format!("{}: the stream is read", self.path())));
        };
        if part.len() as u64 > MAX_PART {
            return Err(SysError::new(Errno::EFBIG, format!("{path}: a part has at most {MAX_PART} bytes")));
        }
        let mut content = lock(content);
        let Some((mut new, before)) = content.take() else { return Err(closed(path)) };
        new.write(part)?;
        let bytes = before + part.len() as u64;
        *content = Some((new, bytes));
        Ok(bytes)
    }

    /// Ends it: what was written takes the file's place, or is dropped.
    ///
    /// # Errors
    /// `EBADF` when it was closed or has failed and should be kept, and what the file system says.
    pub(crate) fn close(&self, discard: bool) -> SysResult<()> {
        let Transfer::Writing { path, content } = self else { return Ok(()) };
        match lock(content).take() {
            _ if discard => Ok(()),
            Some((new, _)) => new.commit(Existing::Replace, Durability::Cached),
            None => Err(closed(path)),
        }
    }
}

fn closed(path: &VPath) -> SysError {
    SysError::new(
        Errno::EBADF,
        format!("{path}: the stream was closed, or a part of it could not be written"),
    )
}
