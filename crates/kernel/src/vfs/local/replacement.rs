//! New content for a name of the host: written beside it under a temporary name, then renamed.
//!
//! The folder is held by descriptor from the beginning, so the file lands where it was begun also
//! when the folder is moved meanwhile. A crash leaves a file called `.agentos-*.part`.

use super::{
    super::{Durability, Existing, FsError, FsResult, Kind, Replacement, filesystem::check_mode},
    NEW_FILE, to_stat,
};
use crate::killpoint;
use abi::Errno;
use nix::{
    fcntl::{AtFlags, OFlag, RenameFlags, openat, renameat, renameat2},
    sys::stat::{Mode, fchmod, fstatat},
    unistd::{UnlinkatFlags, linkat, unlinkat},
};
use std::{
    fs::File,
    hash::{BuildHasher, Hasher, RandomState},
    io::Write,
    os::fd::OwnedFd,
    sync::{
        LazyLock,
        atomic::{AtomicU64, Ordering},
    },
};

/// How often another temporary name is tried when somebody has it.
const MAX_TRIES: u32 = 64;
/// How temporary names begin and end; between them are the run and a number, in hexadecimal.
const PREFIX: &str = ".agentos-";
const SUFFIX: &str = ".part";

pub(super) struct LocalReplacement {
    folder: OwnedFd,
    name: String,
    temporary: String,
    file: File,
    is_named: bool,
}

impl LocalReplacement {
    pub(super) fn begin(folder: OwnedFd, name: &str) -> FsResult<Self> {
        let old = match fstatat(&folder, name, AtFlags::AT_SYMLINK_NOFOLLOW) {
            Ok(host) => Some(to_stat(&host)),
            Err(nix::Error::ENOENT) => None,
            Err(why) => return Err(why.into()),
        };
        match old.map(|stat| stat.kind) {
            None | Some(Kind::File) => {}
            Some(Kind::Directory) => return Err(Errno::EISDIR.into()),
            Some(Kind::Symlink) => return Err(Errno::ELOOP.into()),
            Some(Kind::Other) => return Err(FsError::new(Errno::EINVAL, "is no regular file")),
        }
        // Content that was private must not be readable for a moment under another name.
        let mode = if old.is_some() { Mode::S_IRUSR | Mode::S_IWUSR } else { NEW_FILE };
        let (temporary, file) = make_temporary(&folder, mode)?;
        let made = LocalReplacement { folder, name: name.to_owned(), temporary, file, is_named: false };
        if let Some(old) = old {
            // Set-user-id bits are not carried over to content from somebody else.
            fchmod(&made.file, Mode::from_bits_truncate(old.mode & 0o777))?;
        }
        Ok(made)
    }

    fn give_name(&self, existing: Existing) -> nix::Result<()> {
        let (folder, temporary, name) = (&self.folder, self.temporary.as_str(), self.name.as_str());
        match existing {
            Existing::Replace => renameat(folder, temporary, folder, name),
            Existing::Keep => {
                match renameat2(folder, temporary, folder, name, RenameFlags::RENAME_NOREPLACE) {
                    // Not every file system can; a second name is refused in the same way if taken.
                    Err(nix::Error::EINVAL | nix::Error::ENOSYS) => {
                        linkat(folder, temporary, folder, name, AtFlags::empty())?;
                        unlinkat(folder, temporary, UnlinkatFlags::NoRemoveDir)
                    }
                    result => result,
                }
            }
        }
    }
}

impl Replacement for LocalReplacement {
    fn write(&mut self, data: &[u8]) -> FsResult<()> {
        Ok(self.file.write_all(data)?)
    }

    fn set_mode(&mut self, mode: u32) -> FsResult<()> {
        check_mode(mode)?;
        Ok(fchmod(&self.file, Mode::from_bits_truncate(mode))?)
    }

    fn commit(mut self: Box<Self>, existing: Existing, durability: Durability) -> FsResult<()> {
        if durability == Durability::Synced {
            self.file.sync_all()?;
        }
        killpoint::reached("replace");
        self.give_name(existing)?;
        killpoint::reached("replaced");
        self.is_named = true;
        if durability == Durability::Synced {
            let folder = openat(
                &self.folder,
                ".",
                OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC,
                Mode::empty(),
            )?;
            File::from(folder).sync_all()?;
        }
        Ok(())
    }
}

impl Drop for LocalReplacement {
    fn drop(&mut self) {
        if !self.is_named {
            // Nothing is left to tell about a file that cannot be removed: it is named as what it is.
            let _ = unlinkat(&self.folder, self.temporary.as_str(), UnlinkatFlags::NoRemoveDir);
        }
    }
}

/// Tells the temporary names of this run of the program from those of others.
static RUN: LazyLock<u32> = LazyLock::new(|| RandomState::new().build_hasher().finish() as u32);

/// Whether a name is a temporary one of a program that has ended: not of this run of this program.
pub(super) fn is_leftover(name: &str) -> bool {
    let own = format!("{PREFIX}{:08x}-", *RUN);
    is_temporary(name) && !name.starts_with(&own)
}

/// Whether a name is one of the temporary ones.
pub(super) fn is_temporary(name: &str) -> bool {
    let Some(middle) = name.strip_prefix(PREFIX).and_then(|rest| rest.strip_suffix(SUFFIX)) else {
        return false;
    };
    let is_hex = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    middle.split_once('-').is_some_and(|(run, number)| run.len() == 8 && is_hex(run) && is_hex(number))
}

/// A name that is swept after a crash; nobody else gets it in this run.
pub(crate) fn temporary_name() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    format!("{PREFIX}{:08x}-{number:x}{SUFFIX}", *RUN)
}

fn make_temporary(folder: &OwnedFd, mode: Mode) -> FsResult<(String, File)> {
    let flags = OFlag::O_WRONLY | OFlag::O_CREAT | OFlag::O_EXCL | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
    for _ in 0..MAX_TRIES {
        let name = temporary_name();
        match openat(folder, name.as_str(), flags, mode) {
            Ok(file) => return Ok((name, file.into())),
            Err(nix::Error::EEXIST) => {}
            Err(why) => return Err(why.into()),
        }
    }
    Err(FsError::new(Errno::EEXIST, "no free temporary name in this folder"))
}
