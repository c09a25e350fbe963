//! The calls on objects: each goes to the file system that the object lies in, with the mount table's
//! own truth on top: mount points are there, and stay.

use super::{
    super::{
        Detail, Durability, Entry, Existing, Kind, Listing, NewContent, OpenFile, OpenOptions, Space, Stat,
        bare::FOLDER, watch::FileChange,
    },
    Mounts, Resolved,
};
use abi::{Errno, SysError, SysResult};
use std::{os::fd::OwnedFd, sync::Arc};

impl Mounts {
    /// Facts about an object; about the link itself when it was resolved with [`LastLink::Keep`](crate::vfs::LastLink::Keep).
    ///
    /// # Errors
    /// Those of [`FileSystem::stat`](crate::vfs::FileSystem::stat).
    pub fn stat(&self, object: &Resolved) -> SysResult<Stat> {
        match object.fs().stat(&object.inner) {
            Err(why) if why.errno == Errno::ENOENT && self.has_mounts_beneath(object) => Ok(FOLDER),
            // The one call that would describe a link where its target is meant.
            Ok(stat) if stat.kind == Kind::Symlink && object.has_unseen_target() => {
                object.refuse(Errno::ELOOP, "is a symbolic link")
            }
            result => object.named(result),
        }
    }

    /// What an object is on the host; see [`FileSystem::host_node`](crate::vfs::FileSystem::host_node).
    ///
    /// # Errors
    /// Those of the file system.
    pub(crate) fn host_node(&self, object: &Resolved) -> SysResult<OwnedFd> {
        object.named(object.fs().host_node(&object.inner))
    }

    /// The folder of the host in which an object lies or would be made, and its name there.
    ///
    /// # Errors
    /// `EROFS` where nothing can be made, `EBUSY` for a mount point, and those of the file system.
    pub(crate) fn host_place(&self, object: &Resolved) -> SysResult<(OwnedFd, String)> {
        if object.is_read_only() {
            return object.refuse(Errno::EROFS, "nothing can be made in a read-only file system");
        }
        let Some((parent, name)) = object.inner.split() else {
            return object.refuse(Errno::EBUSY, "is where a file system is mounted");
        };
        Ok((object.named(object.fs().host_node(&parent))?, name.to_owned()))
    }

    /// Whether something is there.
    ///
    /// # Errors
    /// Those of [`FileSystem::stat`](crate::vfs::FileSystem::stat), but for `ENOENT` and `ENOTDIR`, which say no.
    pub fn exists(&self, object: &Resolved) -> SysResult<bool> {
        match self.stat(object) {
            Ok(_) => Ok(true),
            Err(why) if matches!(why.errno, Errno::ENOENT | Errno::ENOTDIR) => Ok(false),
            Err(why) => Err(why),
        }
    }

    /// At most `limit` names of a folder, mount points among them.
    ///
    /// # Errors
    /// Those of [`FileSystem::list`](crate::vfs::FileSystem::list).
    pub fn list(&self, object: &Resolved, limit: usize, detail: Detail) -> SysResult<Listing> {
        let points = self.snapshot(|mount| mount.at.is_beneath(&object.path));
        let mut listing = match object.fs().list(&object.inner, limit, detail) {
            Err(why) if why.errno == Errno::ENOENT && !points.is_empty() => Listing::default(),
            result => object.named(result)?,
        };
        for point in &points {
            let Some(beneath) = point.at.rebase(&object.path) else { continue };
            let Some(name) = beneath.components().next() else { continue };
            let stat = (detail == Detail::Full).then_some(FOLDER);
            let entry = Entry { name: name.to_owned(), kind: Kind::Directory, stat };
            match listing.entries.binary_search_by(|have| have.name.as_str().cmp(name)) {
                // On the way to a mount point a folder stays the file system's own; the mount point
                // itself hides what is beneath.
                Ok(_) if beneath.components().nth(1).is_some() => {}
                Ok(place) => listing.entries[place] = entry,
                Err(place) => listing.entries.insert(place, entry),
            }
        }
        listing.truncated |= listing.entries.len() > limit;
        listing.entries.truncate(limit);
        Ok(listing)
    }

    /// The text of a link; resolve with [`LastLink::Keep`](crate::vfs::LastLink::Keep).
    ///
    /// # Errors
    /// Those of [`FileSystem::read_link`](crate::vfs::FileSystem::read_link).
    pub fn read_link(&self, object: &Resolved) -> SysResult<String> {
        object.named(object.fs().read_link(&object.inner))
    }

    /// Opens a regular file; never waits.
    ///
    /// # Errors
    /// Those of [`FileSystem::open`](crate::vfs::FileSystem::open).
    pub fn open(&self, object: &Resolved, options: OpenOptions) -> SysResult<OpenFile> {
        self.check_no_mount(object, Errno::EISDIR)?;
        let change = self.change_by_content(object);
        let file = object.named(object.fs().open(&object.inner, options))?;
        if change == FileChange::Created || options.truncate {
            self.tell(object, change);
        }
        let watchers = object.fs().watcher().is_none().then(|| self.watchers.clone());
        Ok(OpenFile::new(file, object.path.clone(), watchers.filter(|_| options.writes())))
    }

    /// The whole content, when it is at most `max_bytes`.
    ///
    /// # Errors
    /// Those of [`FileSystem::read_all`](crate::vfs::FileSystem::read_all).
    pub fn read_all(&self, object: &Resolved, max_bytes: u64) -> SysResult<Vec<u8>> {
        self.check_no_mount(object, Errno::EISDIR)?;
        object.named(object.fs().read_all(&object.inner, max_bytes))
    }

    /// Puts `data` in place of the content, or makes the file, in one step.
    ///
    /// # Errors
    /// Those of [`FileSystem::write_atomic`](crate::vfs::FileSystem::write_atomic).
    pub fn write_atomic(&self, object: &Resolved, data: &[u8], durability: Durability) -> SysResult<()> {
        self.check_no_mount(object, Errno::EISDIR)?;
        let change = self.change_by_content(object);
        object.named(object.fs().write_atomic(&object.inner, data, durability))?;
        self.tell(object, change);
        Ok(())
    }

    /// Begins new content for a name, for what comes in parts.
    ///
    /// # Errors
    /// Those of [`FileSystem::replace`](crate::vfs::FileSystem::replace).
    pub fn replace(&self, object: &Resolved) -> SysResult<NewContent> {
        self.check_no_mount(object, Errno::EISDIR)?;
        let replacement = object.named(object.fs().replace(&object.inner))?;
        let told = self.to_tell(object).map(|watchers| (watchers.clone(), self.change_by_content(object)));
        Ok(NewContent::new(replacement, object.path.clone(), told))
    }

    /// Cuts a file, or extends it with zeros.
    ///
    /// # Errors
    /// Those of [`FileSystem::set_len`](crate::vfs::FileSystem::set_len).
    pub fn set_len(&self, object: &Resolved, len_bytes: u64) -> SysResult<()> {
        self.check_no_mount(object, Errno::EISDIR)?;
        object.named(object.fs().set_len(&object.inner, len_bytes))?;
        self.tell(object, FileChange::Changed);
        Ok(())
    }

    /// Makes a folder.
    ///
    /// # Errors
    /// Those of [`FileSystem::make_dir`](crate::vfs::FileSystem::make_dir).
    pub fn make_dir(&self, object: &Resolved) -> SysResult<()> {
        self.check_no_mount(object, Errno::EEXIST)?;
        object.named(object.fs().make_dir(&object.inner))?;
        self.tell(object, FileChange::Created);
        Ok(())
    }

    /// Removes a name that is no folder; resolve with [`LastLink::Keep`](crate::vfs::LastLink::Keep).
    ///
    /// # Errors
    /// Those of [`FileSystem::remove_file`](crate::vfs::FileSystem::remove_file).
    pub fn remove_file(&self, object: &Resolved) -> SysResult<()> {
        self.check_no_mount(object, Errno::EISDIR)?;
        object.named(object.fs().remove_file(&object.inner))?;
        self.tell(object, FileChange::Removed);
        Ok(())
    }

    /// Removes an empty folder; resolve with [`LastLink::Keep`](crate::vfs::LastLink::Keep).
    ///
    /// # Errors
    /// Those of [`FileSystem::remove_dir`](crate::vfs::FileSystem::remove_dir); `EBUSY` for mount points.
    pub fn remove_dir(&self, object: &Resolved) -> SysResult<()> {
        self.check_no_mount(object, Errno::EBUSY)?;
        object.named(object.fs().remove_dir(&object.inner))?;
        self.tell(object, FileChange::Removed);
        Ok(())
    }

    /// POSIX rename; resolve both with [`LastLink::Keep`](crate::vfs::LastLink::Keep).
    ///
    /// # Errors
    /// Those of [`FileSystem::rename`](crate::vfs::FileSystem::rename); `EXDEV` between mounts, `EBUSY` for mount points.
    pub fn rename(&self, from: &Resolved, to: &Resolved, existing: Existing) -> SysResult<()> {
        self.check_no_mount(from, Errno::EBUSY)?;
        self.check_no_mount(to, Errno::EBUSY)?;
        self.check_same_mount(from, to)?;
        let result = from.fs().rename(&from.inner, &to.inner, existing);
        result
            .map_err(|why| SysError::new(why.errno, format!("{} → {}: {}", from.path, to.path, why.why)))?;
        self.tell(from, FileChange::MovedAway);
        self.tell(to, FileChange::MovedHere);
        Ok(())
    }

    /// Makes a symbolic link; resolve with [`LastLink::Keep`](crate::vfs::LastLink::Keep).
    ///
    /// # Errors
    /// Those of [`FileSystem::symlink`](crate::vfs::FileSystem::symlink).
    pub fn symlink(&self, target: &str, object: &Resolved) -> SysResult<()> {
        self.check_no_mount(object, Errno::EEXIST)?;
        object.named(object.fs().symlink(target, &object.inner))?;
        self.tell(object, FileChange::Created);
        Ok(())
    }

    /// Gives a file a second name; resolve both with [`LastLink::Keep`](crate::vfs::LastLink::Keep).
    ///
    /// # Errors
    /// Those of [`FileSystem::link`](crate::vfs::FileSystem::link); `EXDEV` between mounts.
    pub fn link(&self, from: &Resolved, to: &Resolved) -> SysResult<()> {
        self.check_no_mount(from, Errno::EPERM)?;
        self.check_no_mount(to, Errno::EEXIST)?;
        self.check_same_mount(from, to)?;
        let result = from.fs().link(&from.inner, &to.inner);
        result
            .map_err(|why| SysError::new(why.errno, format!("{} → {}: {}", from.path, to.path, why.why)))?;
        self.tell(to, FileChange::Created);
        Ok(())
    }

    /// Sets the permission bits.
    ///
    /// # Errors
    /// Those of [`FileSystem::set_mode`](crate::vfs::FileSystem::set_mode).
    pub fn set_mode(&self, object: &Resolved, mode: u32) -> SysResult<()> {
        self.check_no_mount(object, Errno::EBUSY)?;
        object.named(object.fs().set_mode(&object.inner, mode))?;
        self.tell(object, FileChange::Changed);
        Ok(())
    }

    /// Sets when the content was changed last.
    ///
    /// # Errors
    /// Those of [`FileSystem::set_modified`](crate::vfs::FileSystem::set_modified).
    pub fn set_modified(&self, object: &Resolved, modified_millis: i64) -> SysResult<()> {
        self.check_no_mount(object, Errno::EBUSY)?;
        object.named(object.fs().set_modified(&object.inner, modified_millis))?;
        self.tell(object, FileChange::Changed);
        Ok(())
    }

    /// Waits until the disk has a file's content, or a folder's names.
    ///
    /// # Errors
    /// Those of [`FileSystem::sync`](crate::vfs::FileSystem::sync).
    pub fn sync(&self, object: &Resolved) -> SysResult<()> {
        object.named(object.fs().sync(&object.inner))
    }

    /// Room of the file system that the object lies in.
    ///
    /// # Errors
    /// Those of the host.
    pub fn space(&self, object: &Resolved) -> SysResult<Space> {
        object.named(object.fs().space())
    }

    /// Refuses what would touch a mount point or a folder that leads to one.
    fn check_no_mount(&self, object: &Resolved, errno: Errno) -> SysResult<()> {
        if object.inner.is_root() || self.has_mounts_beneath(object) {
            return object.refuse(errno, "is a mount point, or on the way to one");
        }
        Ok(())
    }

    fn check_same_mount(&self, from: &Resolved, to: &Resolved) -> SysResult<()> {
        if Arc::ptr_eq(&from.mount, &to.mount) {
            return Ok(());
        }
        let places = format!("{} and {} are on different file systems", from.path, to.path);
        Err(SysError::new(Errno::EXDEV, places))
    }
}
