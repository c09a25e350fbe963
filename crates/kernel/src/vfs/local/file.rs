//! An open regular file of the host.

use super::{
    super::{File, FsError, FsResult, Kind, OpenOptions, Stat},
    stat_of,
};
use abi::Errno;
use nix::{
    fcntl::{FcntlArg, OFlag, fcntl, open},
    sys::stat::Mode,
    unistd::{Whence, lseek},
};
use std::{
    os::{
        fd::{AsRawFd, OwnedFd},
        unix::fs::FileExt,
    },
    sync::{RwLock, RwLockReadGuard, RwLockWriteGuard},
};

/// What is set on every file that we open: a pipe or a terminal under this name answers at once.
const ALWAYS: OFlag = OFlag::O_NONBLOCK.union(OFlag::O_NOCTTY).union(OFlag::O_NOFOLLOW);

/// Where the host puts plain writes. Its `pwrite` ignores the offset in append mode, so the mode is
/// switched when the kind of write changes, which for most handles is never.
#[derive(Clone, Copy, PartialEq, Eq)]
enum WriteMode {
    AtOffset,
    Append,
}

/// **Lock order**: `mode` is the only lock; it is held over the host's write, so that the mode cannot
/// change under it. Writes at an offset share it, appends have it alone (they ask for the new end).
pub(super) struct LocalFile {
    file: std::fs::File,
    readable: bool,
    writable: bool,
    mode: RwLock<WriteMode>,
    /// Length when it was opened, in bytes: what a reader of the whole makes room for.
    pub(super) opened_len_bytes: u64,
}

/// The host's flags for ours.
pub(super) fn host_flags(options: OpenOptions) -> OFlag {
    let mut flags = match (options.read, options.writes()) {
        (_, false) => OFlag::O_RDONLY,
        (false, true) => OFlag::O_WRONLY,
        (true, true) => OFlag::O_RDWR,
    };
    flags.set(OFlag::O_APPEND, options.append);
    flags.set(OFlag::O_CREAT, options.create);
    flags.set(OFlag::O_EXCL, options.exclusive);
    flags.set(OFlag::O_TRUNC, options.truncate);
    flags | ALWAYS
}

impl LocalFile {
    /// Takes a descriptor, if it is a regular file's.
    pub(super) fn new(opened: OwnedFd, options: OpenOptions) -> FsResult<Self> {
        let file = std::fs::File::from(opened);
        let stat = stat_of(&file)?;
        match stat.kind {
            Kind::File => {}
            Kind::Directory => return Err(Errno::EISDIR.into()),
            _ => return Err(FsError::new(Errno::EINVAL, "is a pipe, device or socket, not a regular file")),
        }
        Ok(LocalFile {
            file,
            opened_len_bytes: stat.len_bytes,
            readable: options.read,
            writable: options.writes(),
            mode: RwLock::new(if options.append { WriteMode::Append } else { WriteMode::AtOffset }),
        })
    }

    fn lock_shared(&self) -> RwLockReadGuard<'_, WriteMode> {
        crate::sync::read(&self.mode)
    }

    fn lock_alone(&self) -> RwLockWriteGuard<'_, WriteMode> {
        crate::sync::write(&self.mode)
    }

    fn switch(&self, mode: &mut WriteMode, wanted: WriteMode) -> FsResult<()> {
        if *mode != wanted {
            let append = if wanted == WriteMode::Append { OFlag::O_APPEND } else { OFlag::empty() };
            fcntl(&self.file, FcntlArg::F_SETFL(OFlag::O_NONBLOCK | append))?;
            *mode = wanted;
        }
        Ok(())
    }

    fn check(allowed: bool, why: &'static str) -> FsResult<()> {
        if allowed { Ok(()) } else { Err(FsError::new(Errno::EBADF, why)) }
    }
}

impl File for LocalFile {
    fn host_descriptor(&self) -> FsResult<OwnedFd> {
        let mut flags = match (self.readable, self.writable) {
            (_, false) => OFlag::O_RDONLY,
            (false, true) => OFlag::O_WRONLY,
            (true, true) => OFlag::O_RDWR,
        };
        flags.set(OFlag::O_APPEND, *self.lock_shared() == WriteMode::Append);
        // The host's own name for the file that is open, wherever it is by now.
        let path = format!("/proc/self/fd/{}", self.file.as_raw_fd());
        Ok(open(path.as_str(), flags | OFlag::O_CLOEXEC, Mode::empty())?)
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> FsResult<usize> {
        Self::check(self.readable, "was not opened to read")?;
        if !fits_host(offset, buffer.len()) {
            return Ok(0); // no file reaches there
        }
        retry(|| self.file.read_at(buffer, offset))
    }

    fn write_at(&self, offset: u64, data: &[u8]) -> FsResult<usize> {
        Self::check(self.writable, "was not opened to write")?;
        if !fits_host(offset, data.len()) {
            return Err(Errno::EFBIG.into());
        }
        let mode = self.lock_shared();
        if *mode == WriteMode::AtOffset {
            return retry(|| self.file.write_at(data, offset));
        }
        drop(mode);
        let mut mode = self.lock_alone();
        self.switch(&mut mode, WriteMode::AtOffset)?;
        retry(|| self.file.write_at(data, offset))
    }

    fn append(&self, data: &[u8]) -> FsResult<(usize, u64)> {
        Self::check(self.writable, "was not opened to write")?;
        let mut mode = self.lock_alone();
        self.switch(&mut mode, WriteMode::Append)?;
        let written = retry(|| std::io::Write::write(&mut &self.file, data))?;
        // In append mode the host moves the descriptor's own offset to the end of what it wrote.
        let end = if data.is_empty() {
            stat_of(&self.file)?.len_bytes
        } else {
            u64::try_from(lseek(&self.file, 0, Whence::SeekCur)?).unwrap_or(0)
        };
        Ok((written, end))
    }

    fn set_len(&self, len_bytes: u64) -> FsResult<()> {
        Self::check(self.writable, "was not opened to write")?;
        if i64::try_from(len_bytes).is_err() {
            return Err(Errno::EFBIG.into());
        }
        retry(|| self.file.set_len(len_bytes))
    }

    fn sync(&self) -> FsResult<()> {
        retry(|| self.file.sync_all())
    }

    fn stat(&self) -> FsResult<Stat> {
        stat_of(&self.file)
    }
}

/// Whether the host's signed offsets can say where this ends.
fn fits_host(offset: u64, length: usize) -> bool {
    offset.checked_add(length as u64).is_some_and(|end| i64::try_from(end).is_ok())
}

/// A signal that arrives meanwhile is none of the caller's business.
fn retry<T>(mut call: impl FnMut() -> std::io::Result<T>) -> FsResult<T> {
    loop {
        match call() {
            Err(why) if why.kind() == std::io::ErrorKind::Interrupted => {}
            result => return Ok(result?),
        }
    }
}
