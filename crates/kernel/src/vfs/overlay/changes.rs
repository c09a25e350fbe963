//! What differs from the lower file system, and what becomes of it.

use super::{
    super::{Detail, Existing, FsError, FsResult, Kind, VPath},
    OverlayFs,
    layers::{Hidden, Layers, copy_node, optional, remove_tree},
};
use abi::Errno;
use std::sync::atomic::Ordering;

/// How many changes are told and committed at most.
pub const MAX_CHANGES: usize = 100_000;

/// How something differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ChangeKind {
    /// The lower file system has nothing there.
    Created,
    /// It has something else there: other content, other bits, another kind.
    Modified,
    /// It has something there, and here is nothing.
    Removed,
}

/// One difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Where. A folder that was removed stands for all that was in it.
    pub path: VPath,
    /// How.
    pub change: ChangeKind,
    /// What is there now; for what was removed, what was there.
    pub kind: Kind,
    /// Length of the content now; 0 for what was removed.
    pub len_bytes: u64,
}

impl OverlayFs {
    /// What differs, ordered by path.
    ///
    /// # Errors
    /// `EFBIG` with more than [`MAX_CHANGES`] differences, and those of the file systems.
    pub fn changes(&self) -> FsResult<Vec<Change>> {
        list(&self.shared.layers, &self.shared.read())
    }

    /// Makes the changes at and beneath a path in the lower file system, each file in one step. Gives what
    /// was made. When one fails the rest stays as it was and can be committed again: what is seen through
    /// the overlay is the same before, meanwhile and afterwards.
    ///
    /// # Errors
    /// `EBUSY` while files are open to be changed, and those of [`OverlayFs::changes`] and of the file systems.
    pub fn commit(&self, beneath: &VPath) -> FsResult<Vec<Change>> {
        let layers = &self.shared.layers;
        let mut hidden = self.shared.write();
        if self.shared.writers.load(Ordering::Acquire) > 0 {
            return Err(FsError::new(Errno::EBUSY, "files are open to be changed"));
        }
        let mut changes = list(layers, &hidden)?;
        changes.retain(|change| change.path.is_at_or_beneath(beneath));
        for change in &changes {
            make(layers, change)
                .map_err(|why| FsError::new(why.errno, format!("{}: {}", change.path, why.why)))?;
        }
        hidden.forget(beneath);
        // The lower file system has it now. A copy beneath something that is still hidden has to stay.
        for change in changes.iter().filter(|change| change.change != ChangeKind::Removed) {
            if change.kind != Kind::Directory && !hidden.covers(&change.path) {
                optional(layers.upper.remove_file(&change.path))?;
            }
        }
        Ok(changes)
    }

    /// Forgets the changes at and beneath a path: the lower file system shows again.
    ///
    /// # Errors
    /// Those of the upper file system.
    pub fn discard(&self, beneath: &VPath) -> FsResult<()> {
        let mut hidden = self.shared.write();
        remove_tree(&*self.shared.layers.upper, beneath)?;
        hidden.forget(beneath);
        Ok(())
    }
}

fn list(layers: &Layers, hidden: &Hidden) -> FsResult<Vec<Change>> {
    let mut changes = Vec::new();
    added(layers, &mut changes)?;
    for path in hidden.iter() {
        removed(layers, path, &mut changes)?;
    }
    changes.sort_unstable_by(|a, b| a.path.cmp(&b.path));
    Ok(changes)
}

fn add(changes: &mut Vec<Change>, change: Change) -> FsResult<()> {
    if changes.len() == MAX_CHANGES {
        return Err(FsError::new(Errno::EFBIG, format!("more than {MAX_CHANGES} changes")));
    }
    changes.push(change);
    Ok(())
}

/// What the upper file system has. A folder that both have is a change only when its bits differ.
fn added(layers: &Layers, changes: &mut Vec<Change>) -> FsResult<()> {
    let mut folders = vec![VPath::root()];
    while let Some(folder) = folders.pop() {
        let listing = layers.upper.list(&folder, MAX_CHANGES, Detail::Full)?;
        if listing.truncated {
            return Err(FsError::new(Errno::EFBIG, format!("more than {MAX_CHANGES} changes")));
        }
        for entry in listing.entries {
            let path = folder.join(&entry.name).map_err(|_| Errno::ENAMETOOLONG)?;
            let Some(stat) = entry.stat else { continue };
            // A way that ends at a file below has nothing at this path either.
            let lower = layers.lower.stat(&path).ok();
            let is_folder = stat.kind == Kind::Directory;
            if is_folder {
                folders.push(path.clone());
            }
            let change = match lower {
                None => ChangeKind::Created,
                Some(lower) if is_folder && lower.kind == Kind::Directory && lower.mode == stat.mode => {
                    continue;
                }
                Some(_) => ChangeKind::Modified,
            };
            let len_bytes = if is_folder { 0 } else { stat.len_bytes };
            add(changes, Change { path, change, kind: stat.kind, len_bytes })?;
        }
    }
    Ok(())
}

/// What is hidden at a path and has not been replaced.
fn removed(layers: &Layers, top: &VPath, changes: &mut Vec<Change>) -> FsResult<()> {
    let mut pending = vec![top.clone()];
    while let Some(path) = pending.pop() {
        let Ok(lower) = layers.lower.stat(&path) else { continue };
        match layers.upper.stat(&path) {
            // A new folder in place of an old one: what the old one had and the new one has not.
            Ok(upper) if upper.kind == Kind::Directory && lower.kind == Kind::Directory => {
                let listing = layers.lower.list(&path, MAX_CHANGES, Detail::Names)?;
                for entry in listing.entries {
                    pending.push(path.join(&entry.name).map_err(|_| Errno::ENAMETOOLONG)?);
                }
            }
            Ok(_) => {}
            Err(_) => {
                let change = Change { path, change: ChangeKind::Removed, kind: lower.kind, len_bytes: 0 };
                add(changes, change)?;
            }
        }
    }
    Ok(())
}

/// Makes one change in the lower file system.
fn make(layers: &Layers, change: &Change) -> FsResult<()> {
    let (lower, upper) = (&*layers.lower, &*layers.upper);
    if change.change == ChangeKind::Removed {
        return remove_tree(lower, &change.path);
    }
    make_parents(layers, &change.path)?;
    let stat = upper.stat(&change.path)?;
    let old = optional(lower.stat(&change.path))?;
    match old.map(|old| old.kind) {
        // The one case that readers of the lower file system see in one step.
        Some(Kind::File) if stat.kind == Kind::File => {}
        Some(Kind::Directory) if stat.kind == Kind::Directory => {
            return lower.set_mode(&change.path, stat.mode & 0o777);
        }
        Some(_) => remove_tree(lower, &change.path)?,
        None => {}
    }
    copy_node(upper, lower, &change.path, &stat, Existing::Replace)
}

/// Makes the folders above a change where only a part is committed.
fn make_parents(layers: &Layers, path: &VPath) -> FsResult<()> {
    let mut missing = Vec::new();
    let mut folder = path.parent();
    while let Some(path) = folder {
        match layers.lower.stat(&path) {
            Ok(stat) if stat.kind == Kind::Directory => break,
            // Something else was there and is to go.
            Ok(_) => remove_tree(&*layers.lower, &path)?,
            Err(_) => {}
        }
        folder = path.parent();
        missing.push(path);
    }
    for folder in missing.iter().rev() {
        layers.lower.make_dir(folder)?;
    }
    Ok(())
}
