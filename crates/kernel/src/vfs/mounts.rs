//! The mount table: one tree of names over all file systems, and the only place where symbolic
//! links are followed.
//!
//! Every call takes a [`Resolved`], and only [`Mounts::resolve`] makes one. That is what the gate
//! decides about: [`Resolved::path`] is the object itself, with every link followed. The call then
//! reaches exactly that path or fails with `ELOOP`, because no backend follows a link; so somebody
//! who swaps a folder for a link between the decision and the use wins an error.
//!
//! A link's target is a path of this tree: an absolute one starts at our `/`, never at the host's,
//! and may lead to another mount. Folders on the way to a mount point are there without a file
//! system having them. Mount points are busy: they cannot be renamed or removed.
//!
//! **Invariants** (`verify_invariants`): `/` is mounted; mount points are distinct; the deepest come
//! first; at most [`MAX_MOUNTS`]. **Lock order**: the table's lock is never held over a call to a
//! file system.

use super::{
    Detail, Durability, Entry, Existing, FileSystem, FsResult, Kind, Listing, NewContent, OpenFile,
    OpenOptions, Space, Stat, VPath,
    bare::{BareFs, FOLDER},
    node::Access,
};
use abi::{Errno, SysError, SysResult};
use std::{
    ops::ControlFlow,
    path::PathBuf,
    sync::{Arc, PoisonError, RwLock},
};

/// How many file systems can be mounted.
pub const MAX_MOUNTS: usize = 128;

/// How many symbolic links are followed for one path (Linux's number).
const MAX_LINKS: usize = 40;

/// How much is copied at a time.
const COPY_BYTES: usize = 64 * 1024;

struct Mount {
    at: VPath,
    fs: Arc<dyn FileSystem>,
}

/// All that is mounted.
pub struct Mounts {
    /// The deepest first, so the first that fits is the longest that fits.
    table: RwLock<Vec<Arc<Mount>>>,
}

/// A row of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MountInfo {
    /// Where.
    pub at: VPath,
    /// The backend's name, such as `local`.
    pub kind: &'static str,
    /// Whether anything can be changed beneath.
    pub access: Access,
    /// Whether calls beneath only touch memory.
    pub is_instant: bool,
}

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
    path: VPath,
    /// The same as the file system sees it.
    inner: VPath,
    mount: Arc<Mount>,
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

    /// Whether the file system lets anything be changed.
    #[must_use]
    pub fn access(&self) -> Access {
        self.mount.fs.access()
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

    fn fs(&self) -> &dyn FileSystem {
        &*self.mount.fs
    }

    fn named<T>(&self, result: FsResult<T>) -> SysResult<T> {
        result.map_err(|why| why.at(&self.path))
    }

    fn refuse<T>(&self, errno: Errno, why: &str) -> SysResult<T> {
        Err(SysError::new(errno, format!("{}: {why}", self.path)))
    }
}

impl Default for Mounts {
    fn default() -> Self {
        Self::new()
    }
}

impl Mounts {
    /// A table whose `/` has nothing but mount points.
    #[must_use]
    pub fn new() -> Self {
        Self::with_root(Arc::new(BareFs))
    }

    /// A table with a file system at `/`.
    #[must_use]
    pub fn with_root(fs: Arc<dyn FileSystem>) -> Self {
        Mounts { table: RwLock::new(vec![Arc::new(Mount { at: VPath::root(), fs })]) }
    }

    /// Mounts a file system. The folder need not exist; what was beneath it is hidden.
    ///
    /// # Errors
    /// `EBUSY` when something is mounted there, `ENOSPC` when the table is full.
    pub fn mount(&self, at: &VPath, fs: Arc<dyn FileSystem>) -> SysResult<()> {
        let mut table = self.table.write().unwrap_or_else(PoisonError::into_inner);
        if table.iter().any(|mount| mount.at == *at) {
            return Err(SysError::new(Errno::EBUSY, format!("{at}: something is mounted here")));
        }
        if table.len() >= MAX_MOUNTS {
            return Err(SysError::new(Errno::ENOSPC, format!("{at}: all {MAX_MOUNTS} mounts are taken")));
        }
        let deeper = |mount: &Arc<Mount>| mount.at.as_str().len() > at.as_str().len();
        let place = table.partition_point(deeper);
        table.insert(place, Arc::new(Mount { at: at.clone(), fs }));
        Ok(())
    }

    /// Takes a mount away. Files that are open stay usable until they are closed.
    ///
    /// # Errors
    /// `EINVAL` when nothing is mounted exactly there; `EBUSY` for `/` and when there are mounts beneath.
    pub fn unmount(&self, at: &VPath) -> SysResult<()> {
        let mut table = self.table.write().unwrap_or_else(PoisonError::into_inner);
        let Some(place) = table.iter().position(|mount| mount.at == *at) else {
            return Err(SysError::new(Errno::EINVAL, format!("{at}: nothing is mounted here")));
        };
        if at.is_root() || table.iter().any(|mount| mount.at.is_beneath(at)) {
            return Err(SysError::new(Errno::EBUSY, format!("{at}: other mounts lie beneath")));
        }
        table.remove(place);
        Ok(())
    }

    /// All mounts, ordered by path.
    #[must_use]
    pub fn list_mounts(&self) -> Vec<MountInfo> {
        let mut mounts: Vec<MountInfo> = self
            .snapshot(|_| true)
            .into_iter()
            .map(|mount| MountInfo {
                at: mount.at.clone(),
                kind: mount.fs.kind(),
                access: mount.fs.access(),
                is_instant: mount.fs.is_instant(),
            })
            .collect();
        mounts.sort_unstable_by(|a, b| a.at.cmp(&b.at));
        mounts
    }

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

    /// Facts about an object; about the link itself when it was resolved with [`LastLink::Keep`].
    ///
    /// # Errors
    /// Those of [`FileSystem::stat`].
    pub fn stat(&self, object: &Resolved) -> SysResult<Stat> {
        match object.fs().stat(&object.inner) {
            Err(why) if why.errno == Errno::ENOENT && self.has_mounts_beneath(object) => Ok(FOLDER),
            // The one call that would describe a link where its target is meant.
            Ok(stat) if stat.kind == Kind::Symlink && object.links == Links::Unseen(LastLink::Follow) => {
                object.refuse(Errno::ELOOP, "is a symbolic link")
            }
            result => object.named(result),
        }
    }

    /// Whether something is there.
    ///
    /// # Errors
    /// Those of [`FileSystem::stat`], but for `ENOENT` and `ENOTDIR`, which say no.
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
    /// Those of [`FileSystem::list`].
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

    /// The text of a link; resolve with [`LastLink::Keep`].
    ///
    /// # Errors
    /// Those of [`FileSystem::read_link`].
    pub fn read_link(&self, object: &Resolved) -> SysResult<String> {
        object.named(object.fs().read_link(&object.inner))
    }

    /// Opens a regular file; never waits.
    ///
    /// # Errors
    /// Those of [`FileSystem::open`].
    pub fn open(&self, object: &Resolved, options: OpenOptions) -> SysResult<OpenFile> {
        self.check_no_folder(object, Errno::EISDIR)?;
        let file = object.named(object.fs().open(&object.inner, options))?;
        Ok(OpenFile::new(file, object.path.clone()))
    }

    /// The whole content, when it is at most `max_bytes`.
    ///
    /// # Errors
    /// Those of [`FileSystem::read_all`].
    pub fn read_all(&self, object: &Resolved, max_bytes: u64) -> SysResult<Vec<u8>> {
        self.check_no_folder(object, Errno::EISDIR)?;
        object.named(object.fs().read_all(&object.inner, max_bytes))
    }

    /// Puts `data` in place of the content, or makes the file, in one step.
    ///
    /// # Errors
    /// Those of [`FileSystem::write_atomic`].
    pub fn write_atomic(&self, object: &Resolved, data: &[u8], durability: Durability) -> SysResult<()> {
        self.check_no_folder(object, Errno::EISDIR)?;
        object.named(object.fs().write_atomic(&object.inner, data, durability))
    }

    /// Begins new content for a name, for what comes in parts.
    ///
    /// # Errors
    /// Those of [`FileSystem::replace`].
    pub fn replace(&self, object: &Resolved) -> SysResult<NewContent> {
        self.check_no_folder(object, Errno::EISDIR)?;
        let replacement = object.named(object.fs().replace(&object.inner))?;
        Ok(NewContent::new(replacement, object.path.clone()))
    }

    /// Cuts a file, or extends it with zeros.
    ///
    /// # Errors
    /// Those of [`FileSystem::set_len`].
    pub fn set_len(&self, object: &Resolved, len_bytes: u64) -> SysResult<()> {
        self.check_no_folder(object, Errno::EISDIR)?;
        object.named(object.fs().set_len(&object.inner, len_bytes))
    }

    /// Makes a folder.
    ///
    /// # Errors
    /// Those of [`FileSystem::make_dir`].
    pub fn make_dir(&self, object: &Resolved) -> SysResult<()> {
        self.check_no_folder(object, Errno::EEXIST)?;
        object.named(object.fs().make_dir(&object.inner))
    }

    /// Removes a name that is no folder; resolve with [`LastLink::Keep`].
    ///
    /// # Errors
    /// Those of [`FileSystem::remove_file`].
    pub fn remove_file(&self, object: &Resolved) -> SysResult<()> {
        self.check_no_folder(object, Errno::EISDIR)?;
        object.named(object.fs().remove_file(&object.inner))
    }

    /// Removes an empty folder; resolve with [`LastLink::Keep`].
    ///
    /// # Errors
    /// Those of [`FileSystem::remove_dir`]; `EBUSY` for mount points.
    pub fn remove_dir(&self, object: &Resolved) -> SysResult<()> {
        self.check_no_folder(object, Errno::EBUSY)?;
        object.named(object.fs().remove_dir(&object.inner))
    }

    /// POSIX rename; resolve both with [`LastLink::Keep`].
    ///
    /// # Errors
    /// Those of [`FileSystem::rename`]; `EXDEV` between mounts, `EBUSY` for mount points.
    pub fn rename(&self, from: &Resolved, to: &Resolved, existing: Existing) -> SysResult<()> {
        self.check_no_folder(from, Errno::EBUSY)?;
        self.check_no_folder(to, Errno::EBUSY)?;
        self.check_same_mount(from, to)?;
        let result = from.fs().rename(&from.inner, &to.inner, existing);
        result.map_err(|why| SysError::new(why.errno, format!("{} → {}: {}", from.path, to.path, why.why)))
    }

    /// Makes a symbolic link; resolve with [`LastLink::Keep`].
    ///
    /// # Errors
    /// Those of [`FileSystem::symlink`].
    pub fn symlink(&self, target: &str, object: &Resolved) -> SysResult<()> {
        self.check_no_folder(object, Errno::EEXIST)?;
        object.named(object.fs().symlink(target, &object.inner))
    }

    /// Gives a file a second name; resolve both with [`LastLink::Keep`].
    ///
    /// # Errors
    /// Those of [`FileSystem::link`]; `EXDEV` between mounts.
    pub fn link(&self, from: &Resolved, to: &Resolved) -> SysResult<()> {
        self.check_no_folder(from, Errno::EPERM)?;
        self.check_no_folder(to, Errno::EEXIST)?;
        self.check_same_mount(from, to)?;
        let result = from.fs().link(&from.inner, &to.inner);
        result.map_err(|why| SysError::new(why.errno, format!("{} → {}: {}", from.path, to.path, why.why)))
    }

    /// Room of the file system that the object lies in.
    ///
    /// # Errors
    /// Those of the host.
    pub fn space(&self, object: &Resolved) -> SysResult<Space> {
        object.named(object.fs().space())
    }

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

    /// Panics when the table is not in order.
    #[doc(hidden)]
    pub fn verify_invariants(&self) {
        let table = self.snapshot(|_| true);
        assert!(table.len() <= MAX_MOUNTS && table.iter().any(|mount| mount.at.is_root()));
        for (i, mount) in table.iter().enumerate() {
            mount.at.verify_invariants();
            for later in &table[i + 1..] {
                assert!(mount.at.as_str().len() >= later.at.as_str().len() && mount.at != later.at);
            }
        }
    }

    /// The mount that a path lies in, and the path as seen from there.
    fn find(&self, path: &VPath) -> (Arc<Mount>, VPath) {
        let table = self.table.read().unwrap_or_else(PoisonError::into_inner);
        for mount in table.iter() {
            if let Some(inner) = path.rebase(&mount.at) {
                return (mount.clone(), inner);
            }
        }
        unreachable!("`/` is always mounted and everything lies beneath it")
    }

    fn snapshot(&self, wanted: impl Fn(&Mount) -> bool) -> Vec<Arc<Mount>> {
        let table = self.table.read().unwrap_or_else(PoisonError::into_inner);
        table.iter().filter(|mount| wanted(mount)).cloned().collect()
    }

    fn has_mounts_beneath(&self, object: &Resolved) -> bool {
        let table = self.table.read().unwrap_or_else(PoisonError::into_inner);
        table.iter().any(|mount| mount.at.is_beneath(&object.path))
    }

    /// Refuses what would touch a mount point or a folder that leads to one.
    fn check_no_folder(&self, object: &Resolved, errno: Errno) -> SysResult<()> {
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
