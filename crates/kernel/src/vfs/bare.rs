//! The file system at `/` when nothing else is mounted there: a folder with nothing in it. What
//! `ls /` shows are the mount points, and those come from the mount table.

use super::{
    Access, Detail, Existing, File, FileSystem, FsError, FsResult, Kind, LinkHop, Listing, OpenOptions,
    Replacement, Space, Stat, VPath,
};
use abi::Errno;
use std::sync::Arc;

/// A root folder that is empty and stays so.
pub(super) struct BareFs;

/// What is shown for folders that are there because something is mounted beneath them.
pub(super) const FOLDER: Stat = Stat {
    kind: Kind::Directory,
    len_bytes: 0,
    modified_millis: 0,
    created_millis: None,
    inode: 1,
    links: 1,
    mode: 0o555,
};

fn refuse<T>() -> FsResult<T> {
    Err(FsError::new(Errno::EROFS, "only mount points live here"))
}

fn missing<T>(path: &VPath, of_root: Errno) -> FsResult<T> {
    Err(if path.is_root() { of_root.into() } else { Errno::ENOENT.into() })
}

impl FileSystem for BareFs {
    fn kind(&self) -> &'static str {
        "mounts"
    }

    fn access(&self) -> Access {
        Access::ReadOnly
    }

    fn is_instant(&self) -> bool {
        true
    }

    fn space(&self) -> FsResult<Space> {
        Ok(Space { total_bytes: 0, free_bytes: 0 })
    }

    fn stat(&self, path: &VPath) -> FsResult<Stat> {
        if path.is_root() { Ok(FOLDER) } else { missing(path, Errno::ENOENT) }
    }

    fn list(&self, path: &VPath, _: usize, _: Detail) -> FsResult<Listing> {
        if path.is_root() { Ok(Listing::default()) } else { missing(path, Errno::ENOENT) }
    }

    fn first_link(&self, _: &VPath) -> FsResult<Option<LinkHop>> {
        Ok(None)
    }

    fn read_link(&self, path: &VPath) -> FsResult<String> {
        missing(path, Errno::EINVAL)
    }

    fn open(&self, path: &VPath, options: OpenOptions) -> FsResult<Arc<dyn File>> {
        if options.create && !path.is_root() { refuse() } else { missing(path, Errno::EISDIR) }
    }

    fn replace(&self, path: &VPath) -> FsResult<Box<dyn Replacement>> {
        if path.is_root() { missing(path, Errno::EISDIR) } else { refuse() }
    }

    fn make_dir(&self, path: &VPath) -> FsResult<()> {
        if path.is_root() { missing(path, Errno::EEXIST) } else { refuse() }
    }

    fn remove_file(&self, path: &VPath) -> FsResult<()> {
        missing(path, Errno::EISDIR)
    }

    fn remove_dir(&self, path: &VPath) -> FsResult<()> {
        missing(path, Errno::EBUSY)
    }

    fn rename(&self, from: &VPath, _: &VPath, _: Existing) -> FsResult<()> {
        missing(from, Errno::EBUSY)
    }

    fn symlink(&self, _: &str, path: &VPath) -> FsResult<()> {
        if path.is_root() { missing(path, Errno::EEXIST) } else { refuse() }
    }

    fn link(&self, from: &VPath, _: &VPath) -> FsResult<()> {
        missing(from, Errno::EPERM)
    }
}
