//! Paths of the host by descriptor: from the root folder's descriptor down, never following a link.
//!
//! Where the host has `openat2`, a whole path is one call with `RESOLVE_BENEATH`,
//! `RESOLVE_NO_MAGICLINKS` and `RESOLVE_NO_SYMLINKS`. Where it has not (Linux before 5.6, or a
//! container whose filter does not know the call), the path is walked one `O_NOFOLLOW` component
//! at a time. Both are free of races for the same reason: a [`VPath`] has no `..`, and a name that
//! has become a link is refused by the very call that uses it.

use super::super::{FsError, FsResult, LinkHop, VPath};
use abi::Errno;
use nix::{
    fcntl::{AtFlags, OFlag, OpenHow, ResolveFlag, openat, openat2, readlinkat},
    sys::stat::{Mode, SFlag, fstatat},
};
use std::{
    os::fd::{AsFd, BorrowedFd, OwnedFd},
    path::Path,
};

/// How a path becomes a descriptor.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Steps {
    /// `openat2`, in one call.
    AtOnce,
    /// `openat` with `O_NOFOLLOW`, for each component.
    OneByOne,
}

/// The folder that nothing leaves.
pub(crate) struct Root {
    folder: OwnedFd,
    steps: Steps,
}

/// A folder to make calls in: the root's own descriptor, or one opened for this call.
pub(super) enum Folder<'r> {
    Root(BorrowedFd<'r>),
    Opened(OwnedFd),
}

impl AsFd for Folder<'_> {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match self {
            Folder::Root(fd) => *fd,
            Folder::Opened(fd) => fd.as_fd(),
        }
    }
}

impl Folder<'_> {
    /// A descriptor that may outlive the call.
    pub(super) fn into_owned(self) -> FsResult<OwnedFd> {
        match self {
            Folder::Root(fd) => Ok(fd.try_clone_to_owned()?),
            Folder::Opened(fd) => Ok(fd),
        }
    }
}

const FOLDER: OFlag = OFlag::O_PATH.union(OFlag::O_DIRECTORY).union(OFlag::O_CLOEXEC);

impl Root {
    pub(crate) fn open(host_path: &Path) -> FsResult<Self> {
        Ok(Self::of(nix::fcntl::open(host_path, FOLDER, Mode::empty())?))
    }

    /// The same of a folder that was opened already.
    pub(crate) fn of(folder: OwnedFd) -> Self {
        // A refused call is refused for good (seccomp says ENOSYS or, in older containers, EPERM);
        // only here can EPERM have no other meaning.
        let steps = match beneath(&folder, ".", FOLDER, Mode::empty()) {
            Ok(_) => Steps::AtOnce,
            Err(_) => Steps::OneByOne,
        };
        Root { folder, steps }
    }

    #[cfg(test)]
    pub(super) fn walk_stepwise(&mut self) {
        self.steps = Steps::OneByOne;
    }

    pub(super) fn as_fd(&self) -> BorrowedFd<'_> {
        self.folder.as_fd()
    }

    /// Opens what the path names. A link anywhere is `ELOOP`; only the last component may be one,
    /// and only with `O_PATH | O_NOFOLLOW`, which gives a descriptor of the link itself.
    pub(crate) fn open_at(&self, path: &VPath, flags: OFlag, mode: Mode) -> FsResult<OwnedFd> {
        let flags = flags | OFlag::O_CLOEXEC;
        if path.is_root() {
            if flags.contains(OFlag::O_CREAT) {
                return Err(Errno::EISDIR.into());
            }
            return Ok(openat(&self.folder, ".", flags, mode)?);
        }
        match self.steps {
            Steps::AtOnce => Ok(beneath(&self.folder, path.relative(), flags, mode)?),
            Steps::OneByOne => {
                let (parent, name) = self.parent_of(path, Errno::EISDIR)?;
                open_in(&parent, name, flags, mode)
            }
        }
    }

    /// The folder that the path lies in and the name there; `of_root` is the answer for the root.
    pub(super) fn parent_of<'p>(&self, path: &'p VPath, of_root: Errno) -> FsResult<(Folder<'_>, &'p str)> {
        let (parent, name) =
            path.split().ok_or_else(|| FsError::new(of_root, "is the root of a file system"))?;
        Ok((self.folder(&parent)?, name))
    }

    fn folder(&self, path: &VPath) -> FsResult<Folder<'_>> {
        match self.steps {
            _ if path.is_root() => Ok(Folder::Root(self.folder.as_fd())),
            Steps::AtOnce => {
                Ok(Folder::Opened(beneath(&self.folder, path.relative(), FOLDER, Mode::empty())?))
            }
            Steps::OneByOne => self.walk(path),
        }
    }

    fn walk(&self, path: &VPath) -> FsResult<Folder<'_>> {
        let mut at = Folder::Root(self.folder.as_fd());
        for name in path.components() {
            at = Folder::Opened(open_in(&at, name, FOLDER, Mode::empty())?);
        }
        Ok(at)
    }

    /// See [`FileSystem::first_link`](super::super::FileSystem::first_link).
    pub(super) fn first_link(&self, path: &VPath) -> FsResult<Option<LinkHop>> {
        if self.steps == Steps::AtOnce {
            // Without O_NOFOLLOW the last component counts as well: ELOOP means a link, and every
            // other answer that there is none before the way ends. Asking for a folder makes that
            // ENOTDIR for a file, which is a third cheaper than a descriptor opened and closed.
            match beneath(&self.folder, path_or_dot(path), FOLDER, Mode::empty()) {
                Err(nix::Error::ELOOP) => {}
                _ => return Ok(None),
            }
        }
        let mut at = Folder::Root(self.folder.as_fd());
        for (depth, name) in path.components().enumerate() {
            let flags = OFlag::O_PATH | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
            let Ok(next) = openat(at.as_fd(), name, flags, Mode::empty()) else { return Ok(None) };
            if let Some(target) = link_text(next.as_fd())? {
                return Ok(Some(LinkHop { depth, target }));
            }
            at = Folder::Opened(next);
        }
        Ok(None)
    }
}

/// The text of the link that an `O_PATH` descriptor stands for; `None` when it is no link.
pub(crate) fn link_text(file: BorrowedFd<'_>) -> FsResult<Option<String>> {
    match readlinkat(file, "") {
        Ok(target) => match target.into_string() {
            Ok(target) => Ok(Some(target)),
            Err(_) => Err(FsError::new(Errno::EINVAL, "is a link whose target is not UTF-8")),
        },
        // What Linux answers for an empty path on anything that is no link.
        Err(nix::Error::ENOENT | nix::Error::EINVAL | nix::Error::ENOTDIR) => Ok(None),
        Err(why) => Err(why.into()),
    }
}

fn path_or_dot(path: &VPath) -> &str {
    if path.is_root() { "." } else { path.relative() }
}

fn beneath(folder: &OwnedFd, relative: &str, flags: OFlag, mode: Mode) -> nix::Result<OwnedFd> {
    // openat2 insists on no mode where nothing is made.
    let mode = if flags.contains(OFlag::O_CREAT) { mode } else { Mode::empty() };
    let resolve =
        ResolveFlag::RESOLVE_BENEATH | ResolveFlag::RESOLVE_NO_MAGICLINKS | ResolveFlag::RESOLVE_NO_SYMLINKS;
    openat2(folder, relative, OpenHow::new().flags(flags).mode(mode).resolve(resolve))
}

/// One component, with the answers of `openat2`.
fn open_in(folder: &Folder<'_>, name: &str, flags: OFlag, mode: Mode) -> FsResult<OwnedFd> {
    openat(folder.as_fd(), name, flags | OFlag::O_NOFOLLOW, mode).map_err(|why| match why {
        // O_DIRECTORY on a link: openat2 says which of the two it is.
        nix::Error::ENOTDIR if is_link(folder, name) => Errno::ELOOP.into(),
        why => why.into(),
    })
}

fn is_link(folder: &Folder<'_>, name: &str) -> bool {
    fstatat(folder.as_fd(), name, AtFlags::AT_SYMLINK_NOFOLLOW)
        .is_ok_and(|host| host.st_mode & SFlag::S_IFMT.bits() == SFlag::S_IFLNK.bits())
}
