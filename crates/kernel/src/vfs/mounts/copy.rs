//! Copying a file's content, within a mount and between mounts.

use super::{
    super::{Durability, Existing, OpenOptions},
    Mounts, Resolved,
};
use abi::{Errno, SysResult};
use std::ops::ControlFlow;

/// How much is copied at a time.
const COPY_BYTES: usize = 64 * 1024;

impl Mounts {
    /// Copies a file's content, also between mounts, 64 KiB at a time. The target appears when it is
    /// whole. `progress` hears the bytes so far and may stop the copy. Gives the bytes copied.
    ///
    /// # Errors
    /// `EINVAL` onto itself, `ECANCELED` when stopped, `EEXIST` with [`Existing::Keep`], and those of
    /// reading and writing.
    pub fn copy_file(
        &self,
        from: &Resolved,
        to: &Resolved,
        existing: Existing,
        progress: &mut dyn FnMut(u64) -> ControlFlow<()>,
    ) -> SysResult<u64> {
        if from.path == to.path {
            return to.refuse(Errno::EINVAL, "is the same file");
        }
        let source = self.open(from, OpenOptions::READ)?;
        if existing == Existing::Keep && self.exists(to)? {
            return to.refuse(Errno::EEXIST, Errno::EEXIST.meaning()); // before the work, not only after
        }
        let mut copy = self.replace(to)?;
        let mut buffer = vec![0; COPY_BYTES];
        let mut copied = 0;
        loop {
            let read = source.read_at(copied, &mut buffer)?;
            if read == 0 {
                break;
            }
            copy.write(&buffer[..read])?;
            copied += read as u64;
            if progress(copied).is_break() {
                return to.refuse(Errno::ECANCELED, "the copy was stopped");
            }
        }
        copy.commit(existing, Durability::Cached)?;
        Ok(copied)
    }
}
