//! The two traits behind every mount: [`FileSystem`] for names, [`File`] for content.
//!
//! A file system sees paths beneath its own root and **follows no symbolic link, anywhere on the
//! path**: one that it meets is `ELOOP`. Links are followed by [`Mounts::resolve`](super::Mounts),
//! which asks [`FileSystem::first_link`] and continues in the virtual name space; the gate then
//! decides about the path that came out, and a component that is swapped for a link between that
//! decision and the use makes the use fail instead of leading it elsewhere.

use super::{
    Detail, Durability, Existing, FsError, FsResult, LinkHop, Listing, OpenOptions, Space, Stat, VPath,
    node::Access, watch::FolderWatcher,
};
use abi::Errno;
use std::{os::fd::OwnedFd, path::PathBuf, sync::Arc};

/// A tree of names. All paths are relative to its own root; no call follows a symbolic link.
///
/// Errors common to all calls: `ENOENT`, `ENOTDIR` (a component is no folder), `ELOOP` (a component
/// is a link), `EACCES` and `EIO` from the host; for calls that change something also `EROFS`,
/// `ENOSPC`, `EDQUOT` and, about the root itself, `EBUSY`.
pub trait FileSystem: Send + Sync {
    /// The backend's name, such as `mem`.
    fn kind(&self) -> &'static str;

    /// Whether anything can be changed.
    fn access(&self) -> Access;

    /// Whether calls only touch memory, so that the UI thread may make them.
    fn is_instant(&self) -> bool;

    /// Where the host has this, for programs that are started there. By the time it is used the host
    /// may have something else under that name, so nothing of ours is reached this way.
    fn host_path(&self, _: &VPath) -> Option<PathBuf> {
        None
    }

    /// A descriptor (`O_PATH`) of what the path names on the host, reached without following a link: for
    /// calls that want a place of the host and take no path of ours, such as binding a socket.
    ///
    /// # Errors
    /// `EOPNOTSUPP` where the host has no such place, and those of the host.
    fn host_node(&self, _: &VPath) -> FsResult<OwnedFd> {
        Err(FsError::new(Errno::EOPNOTSUPP, "lies in no folder of the host"))
    }

    /// Room in all and left; zero for a generated tree.
    ///
    /// # Errors
    /// Those of the host.
    fn space(&self) -> FsResult<Space>;

    /// Facts about what the path names; a link is described, not followed.
    ///
    /// # Errors
    /// The common ones.
    fn stat(&self, path: &VPath) -> FsResult<Stat>;

    /// At most `limit` names of a folder, ordered. Which ones, when there are more, is unspecified.
    ///
    /// # Errors
    /// The common ones; `ENOTDIR` when it is no folder.
    fn list(&self, path: &VPath, limit: usize, detail: Detail) -> FsResult<Listing>;

    /// The first component of the path that is a symbolic link, the last one included. `None` also
    /// where the way ends early at something missing: the call that follows reports it.
    ///
    /// # Errors
    /// `EINVAL` when the link's text is no UTF-8, and those of the host.
    fn first_link(&self, path: &VPath) -> FsResult<Option<LinkHop>>;

    /// The text of a symbolic link.
    ///
    /// # Errors
    /// The common ones; `EINVAL` when it is no link.
    fn read_link(&self, path: &VPath) -> FsResult<String>;

    /// Opens a regular file and never waits for anybody: pipes, devices and sockets are `EINVAL`.
    ///
    /// # Errors
    /// The common ones; `EISDIR`, `EEXIST`, `EINVAL` for options that make no sense.
    fn open(&self, path: &VPath, options: OpenOptions) -> FsResult<Arc<dyn File>>;

    /// Begins new content for a name. Readers see the old content or the new one, never a part.
    ///
    /// # Errors
    /// The common ones; `EISDIR`.
    fn replace(&self, path: &VPath) -> FsResult<Box<dyn Replacement>>;

    /// Makes a folder.
    ///
    /// # Errors
    /// The common ones; `EEXIST`.
    fn make_dir(&self, path: &VPath) -> FsResult<()>;

    /// Removes a name that is no folder. An open file lives on until its last handle is gone.
    ///
    /// # Errors
    /// The common ones; `EISDIR`.
    fn remove_file(&self, path: &VPath) -> FsResult<()>;

    /// Removes an empty folder.
    ///
    /// # Errors
    /// The common ones; `ENOTEMPTY`, `ENOTDIR`.
    fn remove_dir(&self, path: &VPath) -> FsResult<()>;

    /// Gives a file, folder or link another name, in one step, as POSIX `rename`.
    ///
    /// # Errors
    /// The common ones; `EISDIR` (file over folder), `ENOTDIR` (folder over file), `ENOTEMPTY`,
    /// `EINVAL` (a folder into itself), `EEXIST` with [`Existing::Keep`].
    fn rename(&self, from: &VPath, to: &VPath, existing: Existing) -> FsResult<()>;

    /// Makes a symbolic link with any text.
    ///
    /// # Errors
    /// The common ones; `EEXIST`, `ENOENT` (empty text), `ENAMETOOLONG`, `EINVAL` (NUL).
    fn symlink(&self, target: &str, path: &VPath) -> FsResult<()>;

    /// Gives a file a second name. `from` is not followed when it is a link.
    ///
    /// # Errors
    /// The common ones; `EEXIST`, `EPERM` for a folder.
    fn link(&self, from: &VPath, to: &VPath) -> FsResult<()>;

    /// Sets the permission bits of a file or folder: facts for the host's programs, the gate decides
    /// for ours. Bits beyond `0o777` are `EINVAL`.
    ///
    /// # Errors
    /// The common ones; `ELOOP` for a link, `EBUSY` for the root, `EPERM` from the host.
    fn set_mode(&self, path: &VPath, _mode: u32) -> FsResult<()> {
        self.stat(path)?;
        Err(Errno::EROFS.into())
    }

    /// Sets when the content of a file or folder was changed last, in milliseconds since 1970.
    ///
    /// # Errors
    /// The common ones; `ELOOP` for a link, `EBUSY` for the root, `EPERM` from the host.
    fn set_modified(&self, path: &VPath, _modified_millis: i64) -> FsResult<()> {
        self.stat(path)?;
        Err(Errno::EROFS.into())
    }

    /// Waits until the disk has a file's content, or a folder's names.
    ///
    /// # Errors
    /// The common ones; `ELOOP` for a link, `EINVAL` for pipes, devices and sockets.
    fn sync(&self, path: &VPath) -> FsResult<()> {
        self.stat(path).map(drop)
    }

    /// Who tells what others change here. Nobody, where all changes come through the mount table: then the
    /// table tells.
    fn watcher(&self) -> Option<&dyn FolderWatcher> {
        None
    }

    /// Cuts a file, or extends it with zeros.
    ///
    /// # Errors
    /// Those of [`FileSystem::open`] and [`File::set_len`].
    fn set_len(&self, path: &VPath, len_bytes: u64) -> FsResult<()> {
        self.open(path, OpenOptions::WRITE)?.set_len(len_bytes)
    }

    /// The whole content, when it is at most `max_bytes`.
    ///
    /// # Errors
    /// Those of [`FileSystem::open`] and [`File::read_at`]; `EFBIG`.
    fn read_all(&self, path: &VPath, max_bytes: u64) -> FsResult<Vec<u8>> {
        let file = self.open(path, OpenOptions::READ)?;
        read_to_end(&*file, file.stat()?.len_bytes, max_bytes)
    }

    /// Puts `data` in place of the file's content, or makes the file, in one step.
    ///
    /// # Errors
    /// Those of [`FileSystem::replace`] and [`Replacement::commit`].
    fn write_atomic(&self, path: &VPath, data: &[u8], durability: Durability) -> FsResult<()> {
        let mut replacement = self.replace(path)?;
        replacement.write(data)?;
        replacement.commit(Existing::Replace, durability)
    }
}

/// An open regular file. Offsets are given with each call; a descriptor's offset is the caller's.
///
/// A handle outlives the name: after an unlink the content is there until the last handle is gone.
pub trait File: Send + Sync {
    /// Reads up to the buffer's length; 0 at or behind the end.
    ///
    /// # Errors
    /// `EBADF` when not opened to read; those of the host.
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> FsResult<usize>;

    /// Writes at least one byte (of a non-empty `data`), maybe not all; a gap before it reads as zeros.
    ///
    /// # Errors
    /// `EBADF` when not opened to write, `ENOSPC`, `EFBIG`; those of the host.
    fn write_at(&self, offset: u64, data: &[u8]) -> FsResult<usize>;

    /// Writes behind the end, in one step with finding it. Gives the bytes written and the new end.
    ///
    /// # Errors
    /// As [`File::write_at`].
    fn append(&self, data: &[u8]) -> FsResult<(usize, u64)>;

    /// Cuts the content, or extends it with zeros.
    ///
    /// # Errors
    /// As [`File::write_at`].
    fn set_len(&self, len_bytes: u64) -> FsResult<()>;

    /// Waits until the disk has the content.
    ///
    /// # Errors
    /// Those of the host.
    fn sync(&self) -> FsResult<()>;

    /// Facts about the file.
    ///
    /// # Errors
    /// Those of the host.
    fn stat(&self) -> FsResult<Stat>;

    /// A descriptor of the host for the same file, with the same rights and an offset of its own, for a program.
    ///
    /// # Errors
    /// `EINVAL` for a file that only we have; those of the host.
    fn host_descriptor(&self) -> FsResult<OwnedFd> {
        Err(FsError::new(Errno::EINVAL, "is no file of the host that a program could have"))
    }
}

/// New content on its way to a name. Dropped without [`Replacement::commit`], it leaves nothing.
pub trait Replacement: Send {
    /// Adds all of `data` to the new content.
    ///
    /// # Errors
    /// `ENOSPC`, `EFBIG`; those of the host.
    fn write(&mut self, data: &[u8]) -> FsResult<()>;

    /// Sets the permission bits that it will have; see [`FileSystem::set_mode`].
    ///
    /// # Errors
    /// `EOPNOTSUPP` where they can only be set afterwards; those of the host.
    fn set_mode(&mut self, _mode: u32) -> FsResult<()> {
        Err(Errno::EOPNOTSUPP.into())
    }

    /// Gives the content its name.
    ///
    /// # Errors
    /// `EEXIST` with [`Existing::Keep`], `EISDIR` when a folder took the name, `ENOENT` when the
    /// folder it should lie in is gone; those of the host.
    fn commit(self: Box<Self>, existing: Existing, durability: Durability) -> FsResult<()>;
}

/// Permission bits as they may be set: read, write and execute for owner, group and others. What
/// lends rights (set-user-id and its like) is no business of a file manager's.
///
/// # Errors
/// `EINVAL` for other bits.
pub(super) fn check_mode(mode: u32) -> FsResult<()> {
    if mode & !0o777 == 0 {
        return Ok(());
    }
    Err(FsError::new(Errno::EINVAL, format!("{mode:o} has bits other than rwxrwxrwx")))
}

/// The whole content of an open file of about `len_bytes`, when it is at most `max_bytes`.
///
/// # Errors
/// `EFBIG`, and those of [`File::read_at`].
pub(super) fn read_to_end(file: &dyn File, len_bytes: u64, max_bytes: u64) -> FsResult<Vec<u8>> {
    let too_large = || FsError::new(Errno::EFBIG, format!("larger than the {max_bytes} bytes asked for"));
    if len_bytes > max_bytes {
        return Err(too_large());
    }
    // One byte more than it should have, so that the end is seen without a second round; files that
    // grow meanwhile or are generated get more room as they come.
    let mut content = Vec::new();
    extend(&mut content, usize::try_from(len_bytes).map_err(|_| too_large())?.saturating_add(1))?;
    let mut filled = 0;
    loop {
        match file.read_at(filled as u64, &mut content[filled..])? {
            0 => break,
            read => filled += read,
        }
        if filled as u64 > max_bytes {
            return Err(too_large());
        }
        if filled == content.len() {
            extend(&mut content, filled.max(4096))?;
        }
    }
    content.truncate(filled);
    Ok(content)
}

/// Writes all of `data` at `offset`.
///
/// # Errors
/// Those of [`File::write_at`]; what was written before one stays.
pub(super) fn write_all_at(file: &dyn File, mut offset: u64, mut data: &[u8]) -> FsResult<()> {
    while !data.is_empty() {
        let written = file.write_at(offset, data)?;
        if written == 0 {
            return Err(FsError::new(Errno::EIO, "the file took nothing"));
        }
        offset += written as u64;
        data = &data[written..];
    }
    Ok(())
}

/// Adds zeros, and answers `ENOMEM` where `Vec` alone would end the program.
fn extend(content: &mut Vec<u8>, more: usize) -> FsResult<()> {
    content.try_reserve_exact(more).map_err(|_| FsError::from(Errno::ENOMEM))?;
    content.resize(content.len() + more, 0);
    Ok(())
}
