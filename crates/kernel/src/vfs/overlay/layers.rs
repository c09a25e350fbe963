//! Where a name comes from, and how it is brought up.
//!
//! **Invariants** (`verify_invariants` of [`Hidden`]): no hidden path lies beneath another one: the outer
//! one says all. A hidden path that the upper file system has is a new object, and a folder there shows
//! nothing of the lower one.

use super::{
    super::{
        Detail, Durability, Entry, Existing, FileSystem, FsError, FsResult, Kind, Listing, OpenOptions, Stat,
        VPath,
    },
    BTreeMap,
};
use abi::Errno;
use std::{collections::BTreeSet, ops::Bound, sync::Arc};

/// How much is copied at a time, bytes.
const COPY_BYTES: usize = 64 * 1024;
/// How many names a folder that is moved may bring up.
const MAX_MOVED: usize = 10_000;

/// One of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layer {
    /// What lies beneath, unchanged.
    Lower,
    /// Where the changes are.
    Upper,
}

/// Paths of the lower file system that are not seen any more, each with all that lies beneath it.
#[derive(Default)]
pub(super) struct Hidden(BTreeSet<VPath>);

impl Hidden {
    pub(super) fn covers(&self, path: &VPath) -> bool {
        if self.0.is_empty() {
            return false;
        }
        let mut at = Some(path.clone());
        while let Some(path) = at {
            if self.0.contains(&path) {
                return true;
            }
            at = path.parent();
        }
        false
    }

    pub(super) fn insert(&mut self, path: &VPath) {
        if !self.covers(path) {
            self.forget(path);
            self.0.insert(path.clone());
        }
    }

    /// Shows again what was hidden there and beneath.
    pub(super) fn forget(&mut self, path: &VPath) {
        self.0.retain(|hidden| !hidden.is_at_or_beneath(path));
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &VPath> {
        self.0.iter()
    }

    /// How many names of a folder itself are hidden, at most.
    fn count_beneath(&self, folder: &VPath) -> usize {
        let from = (Bound::Excluded(folder), Bound::Unbounded);
        // Everything beneath comes in one run but for neighbours such as `/a-b` beside `/a/b`.
        self.0.range::<VPath, _>(from).filter(|hidden| hidden.is_beneath(folder)).count()
    }

    pub(super) fn verify_invariants(&self) {
        for path in &self.0 {
            path.verify_invariants();
            assert!(!self.0.iter().any(|other| path.is_beneath(other)), "{path} is hidden twice");
        }
    }
}

/// What a path names, and where.
pub(super) struct Found {
    pub(super) layer: Layer,
    pub(super) stat: Stat,
}

impl Found {
    /// The facts as seen from outside: numbers of the two file systems do not meet.
    pub(super) fn shown(&self) -> Stat {
        shown(self.layer, self.stat)
    }

    /// Whether both are one file.
    pub(super) fn is_same(&self, other: &Found) -> bool {
        self.layer == other.layer && self.stat.inode == other.stat.inode && self.stat.kind == other.stat.kind
    }

    pub(super) fn check_file(&self) -> FsResult<()> {
        match self.stat.kind {
            Kind::File => Ok(()),
            Kind::Directory => Err(Errno::EISDIR.into()),
            Kind::Symlink => Err(Errno::ELOOP.into()),
            Kind::Other => Err(FsError::new(Errno::EINVAL, "is no regular file")),
        }
    }

    pub(super) fn check_folder(&self) -> FsResult<()> {
        match self.stat.kind {
            Kind::Directory => Ok(()),
            Kind::Symlink => Err(Errno::ELOOP.into()),
            _ => Err(Errno::ENOTDIR.into()),
        }
    }
}

/// See [`Found::shown`].
pub(super) fn shown(layer: Layer, stat: Stat) -> Stat {
    Stat { inode: stat.inode << 1 | u64::from(layer == Layer::Upper), ..stat }
}

/// The two file systems.
pub(super) struct Layers {
    pub(super) lower: Arc<dyn FileSystem>,
    pub(super) upper: Arc<dyn FileSystem>,
}

/// Missing is no error here.
pub(super) fn optional<T>(result: FsResult<T>) -> FsResult<Option<T>> {
    match result {
        Ok(found) => Ok(Some(found)),
        Err(why) if why.errno == Errno::ENOENT => Ok(None),
        Err(why) => Err(why),
    }
}

impl Layers {
    pub(super) fn of(&self, layer: Layer) -> &dyn FileSystem {
        match layer {
            Layer::Lower => &*self.lower,
            Layer::Upper => &*self.upper,
        }
    }

    /// What the path names. A link or file on the way is `ELOOP` or `ENOTDIR`, from whichever has it.
    pub(super) fn find(&self, hidden: &Hidden, path: &VPath) -> FsResult<Option<Found>> {
        if let Some(stat) = optional(self.upper.stat(path))? {
            return Ok(Some(Found { layer: Layer::Upper, stat }));
        }
        if hidden.covers(path) {
            return Ok(None);
        }
        Ok(optional(self.lower.stat(path))?.map(|stat| Found { layer: Layer::Lower, stat }))
    }

    /// Refuses a path whose folder is none; `of_root` is the answer for the root.
    pub(super) fn check_parent(&self, hidden: &Hidden, path: &VPath, of_root: Errno) -> FsResult<()> {
        let parent = path.parent().ok_or_else(|| FsError::new(of_root, "is the root of a file system"))?;
        self.find(hidden, &parent)?.ok_or(Errno::ENOENT)?.check_folder()
    }

    /// Whether the lower file system shows something in this folder.
    fn is_merged(&self, hidden: &Hidden, folder: &VPath) -> FsResult<bool> {
        if hidden.covers(folder) {
            return Ok(false);
        }
        Ok(optional(self.lower.stat(folder))?.is_some_and(|stat| stat.kind == Kind::Directory))
    }

    pub(super) fn list(
        &self,
        hidden: &Hidden,
        folder: &VPath,
        layer: Layer,
        limit: usize,
        detail: Detail,
    ) -> FsResult<Listing> {
        let mut names: BTreeMap<String, Entry> = BTreeMap::new();
        let mut truncated = false;
        let mut add = |layer: Layer, listing: Listing| {
            truncated |= listing.truncated;
            for entry in listing.entries {
                let stat = entry.stat.map(|stat| shown(layer, stat));
                names.insert(entry.name.clone(), Entry { stat, ..entry });
            }
        };
        if self.is_merged(hidden, folder)? {
            // Those that are hidden do not count, so as many more are asked for.
            let more = limit.saturating_add(hidden.count_beneath(folder));
            let mut lower = self.lower.list(folder, more, detail)?;
            lower.entries.retain(|entry| !folder.join(&entry.name).is_ok_and(|path| hidden.covers(&path)));
            add(Layer::Lower, lower);
        }
        if layer == Layer::Upper {
            add(Layer::Upper, self.upper.list(folder, limit, detail)?);
        }
        truncated |= names.len() > limit;
        Ok(Listing { entries: names.into_values().take(limit).collect(), truncated })
    }

    pub(super) fn check_empty(&self, hidden: &Hidden, folder: &VPath, layer: Layer) -> FsResult<()> {
        let listing = self.list(hidden, folder, layer, 1, Detail::Names)?;
        if listing.entries.is_empty() { Ok(()) } else { Err(Errno::ENOTEMPTY.into()) }
    }

    /// Makes sure that nothing of the lower file system shows at a path, if it has anything there.
    pub(super) fn hide(&self, hidden: &mut Hidden, path: &VPath) {
        if self.lower.stat(path).is_ok() {
            hidden.insert(path);
        }
    }

    /// Makes the folders above a path in the upper file system. They were seen to be folders before.
    pub(super) fn make_parents(&self, path: &VPath) -> FsResult<()> {
        let mut missing = Vec::new();
        let mut folder = path.parent();
        while let Some(path) = folder {
            if optional(self.upper.stat(&path))?.is_some() {
                break;
            }
            folder = path.parent();
            missing.push(path);
        }
        for folder in missing.iter().rev() {
            self.copy_node(folder, &self.lower.stat(folder)?)?;
        }
        Ok(())
    }

    /// Brings up what the lower file system has at a path: a file with its content, a folder without.
    pub(super) fn copy_up(&self, path: &VPath, stat: &Stat) -> FsResult<()> {
        self.make_parents(path)?;
        self.copy_node(path, stat)
    }

    /// As [`Layers::copy_up`] for a file whose content is not wanted.
    pub(super) fn copy_up_emptied(&self, path: &VPath, stat: &Stat) -> FsResult<()> {
        self.make_parents(path)?;
        drop(self.upper.open(path, OpenOptions::CREATE_NEW)?);
        self.upper.set_mode(path, stat.mode & 0o777)
    }

    fn copy_node(&self, path: &VPath, stat: &Stat) -> FsResult<()> {
        copy_node(&*self.lower, &*self.upper, path, stat, Existing::Keep)
    }

    /// Brings up an object and, for a folder, all that is seen in it. `EXDEV` when that is too much, as
    /// for a move between file systems.
    pub(super) fn copy_up_tree(&self, hidden: &Hidden, top: &VPath, found: &Found) -> FsResult<()> {
        if found.layer == Layer::Lower {
            self.copy_up(top, &found.stat)?;
        }
        if found.stat.kind != Kind::Directory {
            return Ok(());
        }
        let mut copied = 0;
        let mut folders = vec![top.clone()];
        while let Some(folder) = folders.pop() {
            if !self.is_merged(hidden, &folder)? {
                continue; // all of it is above already
            }
            let left = MAX_MOVED - copied;
            let listing = self.list(hidden, &folder, Layer::Upper, left, Detail::Names)?;
            if listing.truncated {
                let why = format!("moving this would copy more than {MAX_MOVED} files");
                return Err(FsError::new(Errno::EXDEV, why));
            }
            for entry in listing.entries {
                copied += 1;
                let path = folder.join(&entry.name).map_err(|_| Errno::ENAMETOOLONG)?;
                // A name that is listed and cannot be said would be lost on the way.
                let found = self.find(hidden, &path)?;
                let found =
                    found.ok_or_else(|| FsError::new(Errno::EXDEV, "has a name that cannot be copied"))?;
                if found.layer == Layer::Lower {
                    self.copy_node(&path, &found.stat)?;
                }
                if found.stat.kind == Kind::Directory {
                    folders.push(path);
                }
            }
        }
        Ok(())
    }
}

/// Copies one object to the same path of another file system: a file with its content, which appears
/// when it is whole, a folder without. Bits and time come along.
pub(super) fn copy_node(
    from: &dyn FileSystem,
    to: &dyn FileSystem,
    path: &VPath,
    stat: &Stat,
    existing: Existing,
) -> FsResult<()> {
    match stat.kind {
        Kind::Directory => to.make_dir(path)?,
        Kind::Symlink => return to.symlink(&from.read_link(path)?, path),
        Kind::Other => return Err(FsError::new(Errno::EINVAL, "is no regular file and cannot be copied")),
        Kind::File => {
            let source = from.open(path, OpenOptions::READ)?;
            let mut copy = to.replace(path)?;
            let mut buffer = vec![0; COPY_BYTES];
            let mut copied = 0;
            loop {
                let read = source.read_at(copied, &mut buffer)?;
                if read == 0 {
                    break;
                }
                copy.write(&buffer[..read])?;
                copied += read as u64;
            }
            copy.commit(existing, Durability::Cached)?;
            to.set_modified(path, stat.modified_millis)?;
        }
    }
    to.set_mode(path, stat.mode & 0o777)
}

/// Removes a file, or a folder with everything in it, the deepest first and without recursion.
pub(super) fn remove_tree(fs: &dyn FileSystem, top: &VPath) -> FsResult<()> {
    let Some(stat) = optional(fs.stat(top))? else { return Ok(()) };
    if stat.kind != Kind::Directory {
        return optional(fs.remove_file(top)).map(drop);
    }
    let mut folders = vec![top.clone()];
    while let Some(folder) = folders.last().cloned() {
        let listing = fs.list(&folder, 1_000, Detail::Names)?;
        let mut deeper = false;
        for entry in listing.entries {
            let path = folder.join(&entry.name).map_err(|_| Errno::ENAMETOOLONG)?;
            if entry.kind == Kind::Directory {
                folders.push(path);
                deeper = true;
            } else {
                optional(fs.remove_file(&path))?;
            }
        }
        if !deeper && !listing.truncated {
            folders.pop();
            if !folder.is_root() {
                optional(fs.remove_dir(&folder))?;
            }
        }
    }
    Ok(())
}
