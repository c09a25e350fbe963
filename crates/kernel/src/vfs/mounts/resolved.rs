//! From a path to the object that it means: the only code that follows symbolic links.
//!
//! Nothing is opened here. What comes out is a path without links and the mount it lies in; that it is
//! still without links when it is used is for the backends to enforce, and they do.

use super::{
    super::{FileSystem, FsResult, VPath, node::Access},
    Mount, Mounts,
};
use abi::{Errno, SysError, SysResult};
use std::{path::PathBuf, sync::Arc};

/// How many symbolic links are followed for one path (Linux's number).
const MAX_LINKS: usize = 40;

/// What happens when the last component is a symbolic link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LastLink {
    /// The link's target is meant: read, write, stat, list, truncate.
    Follow,
    /// The link itself is meant: delete, rename, rmdir, readlink, and making anything new exclusively.
    Keep,
}

/// A path with its links followed, and the file system it lies in.
#[derive(Clone)]
pub struct Resolved {
    pub(super) path: VPath,
    /// The same as the file system sees it.
    pub(super) inner: VPath,
    pub(super) mount: Arc<Mount>,
    links: Links,
}

/// What is known about links on the way to a [`Resolved`].
#[derive(Clone, Copy, PartialEq, Eq)]
enum Links {
    /// They were followed.
    Followed,
    /// Nobody looked. A call that meets one stops with `ELOOP`.
    Unseen(LastLink),
}

impl Resolved {
    /// The object that a call with this reaches: what rules are about.
    #[must_use]
    pub fn path(&self) -> &VPath {
        &self.path
    }

    /// Whether calls with this only touch memory.
    #[must_use]
    pub fn is_instant(&self) -> bool {
        self.mount.fs.is_instant()
    }

    /// Where the host has it, if it has: a working folder for a program that is started.
    #[must_use]
    pub fn host_path(&self) -> Option<PathBuf> {
        self.mount.fs.host_path(&self.inner)
    }

    /// Whether the file system it lies in refuses changes.
    #[must_use]
    pub fn is_read_only(&self) -> bool {
        self.fs().access() == Access::ReadOnly
    }

    /// Where the file system that it lies in is mounted.
    #[must_use]
    pub fn mount_point(&self) -> &VPath {
        &self.mount.at
    }

    /// The name of the backend that it lies in, such as `local`.
    #[must_use]
    pub fn file_system_kind(&self) -> &'static str {
        self.fs().kind()
    }

    /// Whether a link that is found at this path was to be followed and has not been.
    pub(super) fn has_unseen_target(&self) -> bool {
        self.links == Links::Unseen(LastLink::Follow)
    }

    pub(super) fn fs(&self) -> &dyn FileSystem {
        &*self.mount.fs
    }

    pub(super) fn named<T>(&self, result: FsResult<T>) -> SysResult<T> {
        result.map_err(|why| why.at(&self.path))
    }

    pub(in super::super) fn refuse<T>(&self, errno: Errno, why: &str) -> SysResult<T> {
        Err(SysError::new(errno, format!("{}: {why}", self.path)))
    }
}

impl Mounts {
    /// Follows the links of a path, through all mounts.
    ///
    /// What is missing at the end is no error here: the path is where it would be made.
    ///
    /// # Errors
    /// `ELOOP` after 40 links, `ENAMETOOLONG`, and those of the file systems on the way.
    pub fn resolve(&self, path: &VPath, last: LastLink) -> SysResult<Resolved> {
        let mut path = path.clone();
        for _ in 0..=MAX_LINKS {
            let (mount, inner) = self.find(&path);
            let followed = match last {
                LastLink::Follow => mount.fs.first_link(&inner),
                LastLink::Keep => match inner.parent() {
                    Some(parent) => mount.fs.first_link(&parent),
                    None => Ok(None),
                },
            };
            match followed.map_err(|why| why.at(&path))? {
                None => return Ok(Resolved { path, inner, mount, links: Links::Followed }),
                Some(hop) => {
                    let depth = mount.at.components().count() + hop.depth;
                    path = follow(&path, depth, &hop.target)?;
                }
            }
        }
        Err(SysError::new(Errno::ELOOP, format!("{path}: more than {MAX_LINKS} symbolic links on the way")))
    }

    /// Takes a path as it stands, without asking a file system about links: almost always right, and
    /// free. A call with it that meets a link does nothing and says `ELOOP`; then resolve and decide
    /// anew. [`Mounts::reach`] does both.
    #[must_use]
    pub fn assume(&self, path: &VPath, last: LastLink) -> Resolved {
        let (mount, inner) = self.find(path);
        Resolved { path: path.clone(), inner, mount, links: Links::Unseen(last) }
    }

    /// Decides and calls in one: runs `call` with the path as it stands, and when it stopped at a link
    /// or was refused, once more with the links followed, if there are any. `call` has to decide about
    /// the [`Resolved`] that it gets, each time, before it uses it.
    ///
    /// # Errors
    /// Those of `call`, and of [`Mounts::resolve`] when it is needed.
    pub fn reach<T>(
        &self,
        path: &VPath,
        last: LastLink,
        mut call: impl FnMut(&Resolved) -> SysResult<T>,
    ) -> SysResult<T> {
        let why = match call(&self.assume(path, last)) {
            Err(why) if matches!(why.errno, Errno::ELOOP | Errno::EACCES | Errno::EPERM) => why,
            result => return result,
        };
        let object = self.resolve(path, last)?;
        if object.path == *path && why.errno != Errno::ELOOP { Err(why) } else { call(&object) }
    }
}

/// The path with its component at `depth` replaced by what the link there says.
fn follow(path: &VPath, depth: usize, target: &str) -> SysResult<VPath> {
    let mut before = VPath::root();
    let mut components = path.components();
    for name in components.by_ref().take(depth) {
        before = before.join(name)?;
    }
    let rest: Vec<&str> = components.skip(1).collect();
    let target = before.join(target)?;
    if rest.is_empty() { Ok(target) } else { target.join(&rest.join("/")) }
}
