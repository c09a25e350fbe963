//! The mount table: one tree of names over all file systems, and the only place where symbolic
//! links are followed.
//!
//! Every call takes a [`Resolved`], which [`Mounts::resolve`] makes. That is what the gate decides
//! about: [`Resolved::path`] is the object itself, with every link followed. The call then
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

mod calls;
mod copy;
mod resolved;
mod watch;

pub use self::resolved::{LastLink, Resolved};
use super::{
    FileSystem, LocalFs, Space, VPath,
    bare::BareFs,
    node::Access,
    watch::{FileChange, Watchers},
};
use abi::{Errno, SysError, SysResult};
use std::sync::{Arc, RwLock};

/// How many file systems can be mounted.
pub const MAX_MOUNTS: usize = 128;

struct Mount {
    at: VPath,
    fs: Arc<dyn FileSystem>,
}

/// All that is mounted.
pub struct Mounts {
    /// The deepest first, so the first that fits is the longest that fits.
    table: RwLock<Vec<Arc<Mount>>>,
    watchers: Arc<Watchers>,
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
    /// Its room, where that can be told without asking the host.
    pub space: Option<Space>,
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
        let root = Arc::new(Mount { at: VPath::root(), fs });
        Mounts { table: RwLock::new(vec![root]), watchers: Arc::default() }
    }

    /// Mounts a file system. The folder need not exist; what was beneath it is hidden.
    ///
    /// # Errors
    /// `EBUSY` when something is mounted there, `ENOSPC` when the table is full.
    pub fn mount(&self, at: &VPath, fs: Arc<dyn FileSystem>) -> SysResult<()> {
        let mut table = crate::sync::write(&self.table);
        if table.iter().any(|mount| mount.at == *at) {
            return Err(SysError::new(Errno::EBUSY, format!("{at}: something is mounted here")));
        }
        if table.len() >= MAX_MOUNTS {
            return Err(SysError::new(Errno::ENOSPC, format!("{at}: all {MAX_MOUNTS} mounts are taken")));
        }
        let deeper = |mount: &Arc<Mount>| mount.at.as_str().len() > at.as_str().len();
        let place = table.partition_point(deeper);
        table.insert(place, Arc::new(Mount { at: at.clone(), fs }));
        drop(table);
        self.watchers.tell(at, FileChange::Created);
        Ok(())
    }

    /// Takes a mount away. Files that are open stay usable until they are closed.
    ///
    /// # Errors
    /// `EINVAL` when nothing is mounted exactly there; `EBUSY` for `/` and when there are mounts beneath.
    pub fn unmount(&self, at: &VPath) -> SysResult<()> {
        let mut table = crate::sync::write(&self.table);
        let Some(place) = table.iter().position(|mount| mount.at == *at) else {
            return Err(SysError::new(Errno::EINVAL, format!("{at}: nothing is mounted here")));
        };
        if at.is_root() || table.iter().any(|mount| mount.at.is_beneath(at)) {
            return Err(SysError::new(Errno::EBUSY, format!("{at}: other mounts lie beneath")));
        }
        table.remove(place);
        drop(table);
        self.watchers.tell(at, FileChange::Removed);
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
                space: mount.fs.is_instant().then(|| mount.fs.space().ok()).flatten(),
            })
            .collect();
        mounts.sort_unstable_by(|a, b| a.at.cmp(&b.at));
        mounts
    }

    /// A folder as a file system of its own: a mount as a whole, or a folder of the host, where what is
    /// mounted beneath does not show.
    ///
    /// # Errors
    /// `ENOTDIR` when it is neither, and those of [`LocalFs::open`].
    pub fn as_file_system(&self, folder: &Resolved) -> SysResult<Arc<dyn FileSystem>> {
        if folder.inner.is_root() {
            return Ok(folder.mount.fs.clone());
        }
        let Some(host_path) = folder.host_path() else {
            return folder.refuse(Errno::ENOTDIR, "is neither a mount point nor a folder of the host");
        };
        let fs = folder.named(LocalFs::open(&host_path, folder.fs().access()))?;
        Ok(Arc::new(fs))
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
        let table = crate::sync::read(&self.table);
        for mount in table.iter() {
            if let Some(inner) = path.rebase(&mount.at) {
                return (mount.clone(), inner);
            }
        }
        unreachable!("`/` is always mounted and everything lies beneath it")
    }

    fn snapshot(&self, wanted: impl Fn(&Mount) -> bool) -> Vec<Arc<Mount>> {
        let table = crate::sync::read(&self.table);
        table.iter().filter(|mount| wanted(mount)).cloned().collect()
    }

    fn has_mounts_beneath(&self, object: &Resolved) -> bool {
        let table = crate::sync::read(&self.table);
        table.iter().any(|mount| mount.at.is_beneath(&object.path))
    }
}
