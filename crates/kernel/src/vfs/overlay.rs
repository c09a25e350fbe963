//! Copy-on-write over another file system: changes go to an upper one, the lower one stays as it is until
//! they are committed.
//!
//! A name is looked for in the upper file system first and then, unless it was removed here, in the
//! lower one ([`layers`]). A file is copied up when it is first opened to be changed; a folder that is
//! moved is copied up as a whole, and refused with `EXDEV` when that is too much. [`changes`] lists what
//! differs, commits it file by file (each in one step) or discards it.
//!
//! What it refuses: to notice changes that others make to the lower file system beneath what was
//! changed here (a copy hides them), and to keep hard links of the lower one together: a copy is a
//! file of its own. What was removed is remembered in memory, so the changes live as long as this does.
//!
//! **Lock order**: `hidden`, then whatever the two file systems lock; neither of them calls back.

mod changes;
mod handle;
mod layers;

pub use self::changes::{Change, ChangeKind, MAX_CHANGES};
use self::{
    handle::{OverlayFile, OverlayReplacement},
    layers::{Found, Hidden, Layer, Layers},
};
use super::{
    Access, Detail, Existing, File, FileSystem, FsError, FsResult, Kind, LinkHop, Listing, OpenOptions,
    Replacement, Space, Stat, VPath, local::check_link_text,
};
use abi::Errno;
use std::{
    collections::BTreeMap,
    sync::{Arc, RwLock, RwLockReadGuard, RwLockWriteGuard, atomic::AtomicUsize},
};

/// Copy-on-write over another file system.
pub struct OverlayFs {
    shared: Arc<Shared>,
}

/// What handles and replacements hold on to.
struct Shared {
    layers: Layers,
    /// Guards the names as well: whoever adds, removes or copies up a name has it alone.
    hidden: RwLock<Hidden>,
    /// Handles that may change something.
    writers: AtomicUsize,
}

impl Shared {
    fn read(&self) -> RwLockReadGuard<'_, Hidden> {
        crate::sync::read(&self.hidden)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Hidden> {
        crate::sync::write(&self.hidden)
    }
}

impl OverlayFs {
    /// Puts `upper`, which must be empty and nobody else's, over `lower`.
    #[must_use]
    pub fn new(lower: Arc<dyn FileSystem>, upper: Arc<dyn FileSystem>) -> Self {
        let layers = Layers { lower, upper };
        let (hidden, writers) = (RwLock::new(Hidden::default()), AtomicUsize::new(0));
        OverlayFs { shared: Arc::new(Shared { layers, hidden, writers }) }
    }

    /// Panics when what was removed is remembered wrongly. Only meaningful while nobody else writes.
    #[doc(hidden)]
    pub fn verify_invariants(&self) {
        self.shared.read().verify_invariants();
    }

    fn open_to_change(&self, path: &VPath, options: OpenOptions) -> FsResult<OverlayFile> {
        let (shared, layers) = (&self.shared, &self.shared.layers);
        let hidden = shared.write();
        if path.is_root() {
            return Err(Errno::EISDIR.into());
        }
        let layer = match layers.find(&hidden, path)? {
            Some(_) if options.exclusive => return Err(Errno::EEXIST.into()),
            Some(found) => {
                found.check_file()?;
                match found.layer {
                    Layer::Lower if options.truncate => layers.copy_up_emptied(path, &found.stat)?,
                    Layer::Lower if options.writes() => layers.copy_up(path, &found.stat)?,
                    _ => {}
                }
                if options.writes() { Layer::Upper } else { found.layer }
            }
            None if !options.create => return Err(Errno::ENOENT.into()),
            None => {
                layers.check_parent(&hidden, path, Errno::EISDIR)?;
                layers.make_parents(path)?;
                Layer::Upper
            }
        };
        OverlayFile::open(shared, layer, path, options)
    }

    /// The place for something new: nothing is there, and the folder is, above as well.
    fn new_name(&self, hidden: &Hidden, path: &VPath) -> FsResult<()> {
        let layers = &self.shared.layers;
        layers.check_parent(hidden, path, Errno::EEXIST)?;
        if layers.find(hidden, path)?.is_some() {
            return Err(Errno::EEXIST.into());
        }
        layers.make_parents(path)
    }

    /// A file or folder whose facts are to be set, brought up.
    fn changeable(&self, hidden: &Hidden, path: &VPath) -> FsResult<()> {
        if path.is_root() {
            return Err(FsError::new(Errno::EBUSY, "is the root of a file system"));
        }
        let found = self.shared.layers.find(hidden, path)?.ok_or(Errno::ENOENT)?;
        match (found.stat.kind, found.layer) {
            (Kind::Symlink, _) => Err(Errno::ELOOP.into()),
            (_, Layer::Upper) => Ok(()),
            (_, Layer::Lower) => self.shared.layers.copy_up(path, &found.stat),
        }
    }
}

impl FileSystem for OverlayFs {
    fn kind(&self) -> &'static str {
        "overlay"
    }

    fn access(&self) -> Access {
        Access::ReadWrite
    }

    fn is_instant(&self) -> bool {
        self.shared.layers.lower.is_instant() && self.shared.layers.upper.is_instant()
    }

    fn space(&self) -> FsResult<Space> {
        self.shared.layers.upper.space()
    }

    fn stat(&self, path: &VPath) -> FsResult<Stat> {
        let found = self.shared.layers.find(&self.shared.read(), path)?.ok_or(Errno::ENOENT)?;
        Ok(found.shown())
    }

    fn list(&self, path: &VPath, limit: usize, detail: Detail) -> FsResult<Listing> {
        let hidden = self.shared.read();
        let found = self.shared.layers.find(&hidden, path)?.ok_or(Errno::ENOENT)?;
        found.check_folder()?;
        self.shared.layers.list(&hidden, path, found.layer, limit, detail)
    }

    fn first_link(&self, path: &VPath) -> FsResult<Option<LinkHop>> {
        let hidden = self.shared.read();
        let mut at = VPath::root();
        for (depth, name) in path.components().enumerate() {
            at = at.join(name).map_err(|_| Errno::ENAMETOOLONG)?;
            let Ok(Some(found)) = self.shared.layers.find(&hidden, &at) else { return Ok(None) };
            if found.stat.kind == Kind::Symlink {
                let target = self.shared.layers.of(found.layer).read_link(&at)?;
                return Ok(Some(LinkHop { depth, target }));
            }
        }
        Ok(None)
    }

    fn read_link(&self, path: &VPath) -> FsResult<String> {
        let found = self.shared.layers.find(&self.shared.read(), path)?.ok_or(Errno::ENOENT)?;
        self.shared.layers.of(found.layer).read_link(path)
    }

    fn open(&self, path: &VPath, options: OpenOptions) -> FsResult<Arc<dyn File>> {
        if !options.is_valid() {
            return Err(FsError::new(Errno::EINVAL, "cannot be opened with these flags together"));
        }
        if options.writes() || options.create {
            return Ok(Arc::new(self.open_to_change(path, options)?));
        }
        let found = self.shared.layers.find(&self.shared.read(), path)?.ok_or(Errno::ENOENT)?;
        Ok(Arc::new(OverlayFile::open(&self.shared, found.layer, path, options)?))
    }

    fn replace(&self, path: &VPath) -> FsResult<Box<dyn Replacement>> {
        let layers = &self.shared.layers;
        let hidden = self.shared.write();
        layers.check_parent(&hidden, path, Errno::EISDIR)?;
        let found = layers.find(&hidden, path)?;
        found.as_ref().map_or(Ok(()), Found::check_file)?;
        layers.make_parents(path)?;
        let mode = found.filter(|found| found.layer == Layer::Lower).map(|found| found.stat.mode);
        let inner = layers.upper.replace(path)?;
        Ok(Box::new(OverlayReplacement::new(self.shared.clone(), path.clone(), inner, mode)))
    }

    fn make_dir(&self, path: &VPath) -> FsResult<()> {
        let hidden = self.shared.write();
        self.new_name(&hidden, path)?;
        self.shared.layers.upper.make_dir(path)
    }

    fn remove_file(&self, path: &VPath) -> FsResult<()> {
        let layers = &self.shared.layers;
        let mut hidden = self.shared.write();
        layers.check_parent(&hidden, path, Errno::EISDIR)?;
        let found = layers.find(&hidden, path)?.ok_or(Errno::ENOENT)?;
        if found.stat.kind == Kind::Directory {
            return Err(Errno::EISDIR.into());
        }
        if found.layer == Layer::Upper {
            layers.upper.remove_file(path)?;
        }
        layers.hide(&mut hidden, path);
        Ok(())
    }

    fn remove_dir(&self, path: &VPath) -> FsResult<()> {
        let layers = &self.shared.layers;
        let mut hidden = self.shared.write();
        layers.check_parent(&hidden, path, Errno::EBUSY)?;
        let found = layers.find(&hidden, path)?.ok_or(Errno::ENOENT)?;
        if found.stat.kind != Kind::Directory {
            return Err(Errno::ENOTDIR.into());
        }
        layers.check_empty(&hidden, path, found.layer)?;
        if found.layer == Layer::Upper {
            layers.upper.remove_dir(path)?;
        }
        layers.hide(&mut hidden, path);
        Ok(())
    }

    fn rename(&self, from: &VPath, to: &VPath, existing: Existing) -> FsResult<()> {
        let layers = &self.shared.layers;
        let mut hidden = self.shared.write();
        layers.check_parent(&hidden, from, Errno::EBUSY)?;
        layers.check_parent(&hidden, to, Errno::EBUSY)?;
        let moved = layers.find(&hidden, from)?.ok_or(Errno::ENOENT)?;
        let replaced = layers.find(&hidden, to)?;
        match &replaced {
            Some(_) if existing == Existing::Keep => return Err(Errno::EEXIST.into()),
            _ if to.is_beneath(from) => {
                return Err(FsError::new(Errno::EINVAL, "a folder cannot move into itself"));
            }
            Some(_) if from.is_beneath(to) => return Err(Errno::ENOTEMPTY.into()),
            // Two names of one file: POSIX keeps both.
            Some(replaced) if replaced.is_same(&moved) => return Ok(()),
            Some(replaced) => match (moved.stat.kind, replaced.stat.kind) {
                (Kind::Directory, Kind::Directory) => layers.check_empty(&hidden, to, replaced.layer)?,
                (Kind::Directory, _) => return Err(Errno::ENOTDIR.into()),
                (_, Kind::Directory) => return Err(Errno::EISDIR.into()),
                _ => {}
            },
            None => {}
        }
        layers.copy_up_tree(&hidden, from, &moved)?;
        layers.make_parents(to)?;
        layers.upper.rename(from, to, Existing::Replace)?;
        layers.hide(&mut hidden, from);
        if moved.stat.kind == Kind::Directory {
            // What the lower folder of that name has shall not show in the one that came.
            layers.hide(&mut hidden, to);
        }
        Ok(())
    }

    fn symlink(&self, target: &str, path: &VPath) -> FsResult<()> {
        check_link_text(target)?;
        let hidden = self.shared.write();
        self.new_name(&hidden, path)?;
        self.shared.layers.upper.symlink(target, path)
    }

    fn link(&self, from: &VPath, to: &VPath) -> FsResult<()> {
        let layers = &self.shared.layers;
        let hidden = self.shared.write();
        layers.check_parent(&hidden, from, Errno::EPERM)?;
        layers.check_parent(&hidden, to, Errno::EEXIST)?;
        let found = layers.find(&hidden, from)?.ok_or(Errno::ENOENT)?;
        if layers.find(&hidden, to)?.is_some() {
            return Err(Errno::EEXIST.into());
        }
        match (found.stat.kind, found.layer) {
            (Kind::Directory, _) => return Err(FsError::new(Errno::EPERM, "a folder has one name only")),
            (_, Layer::Lower) => layers.copy_up(from, &found.stat)?,
            (_, Layer::Upper) => {}
        }
        layers.make_parents(to)?;
        layers.upper.link(from, to)
    }

    fn set_mode(&self, path: &VPath, mode: u32) -> FsResult<()> {
        super::filesystem::check_mode(mode)?;
        let hidden = self.shared.write();
        self.changeable(&hidden, path)?;
        self.shared.layers.upper.set_mode(path, mode)
    }

    fn set_modified(&self, path: &VPath, modified_millis: i64) -> FsResult<()> {
        let hidden = self.shared.write();
        self.changeable(&hidden, path)?;
        self.shared.layers.upper.set_modified(path, modified_millis)
    }

    fn sync(&self, path: &VPath) -> FsResult<()> {
        let found = self.shared.layers.find(&self.shared.read(), path)?.ok_or(Errno::ENOENT)?;
        self.shared.layers.of(found.layer).sync(path)
    }
}
