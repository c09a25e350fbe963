//! Removing what a crash left: temporary files of replacements that never got their name.

use super::{LocalFs, replacement::is_leftover};
use crate::vfs::{Detail, FileSystem, FsResult, Kind, VPath};

/// What a sweep did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Files that were removed.
    pub removed: usize,
    /// Whether everything was looked at.
    pub complete: bool,
}

impl LocalFs {
    /// Removes temporary files of earlier runs that were changed last before `before_millis` (since 1970).
    /// Looks at `max_names` names at most, from the top down, and follows no link. `keep_going` is asked
    /// before each folder. Only for folders that no
    /// other running program of ours uses.
    ///
    /// # Errors
    /// Those of the host about the root; what cannot be looked at deeper down is left alone.
    pub fn sweep_leftovers(
        &self,
        before_millis: i64,
        max_names: usize,
        keep_going: &dyn Fn() -> bool,
    ) -> FsResult<Swept> {
        self.writable()?;
        self.stat(&VPath::root())?;
        let mut swept = Swept { removed: 0, complete: true };
        let mut left = max_names;
        let mut folders = std::collections::VecDeque::from([VPath::root()]);
        while let Some(folder) = folders.pop_front() {
            if !keep_going() {
                return Ok(Swept { complete: false, ..swept });
            }
            let Ok(listing) = self.list(&folder, left, Detail::Names) else { continue };
            left -= listing.entries.len().min(left);
            swept.complete &= !listing.truncated;
            for entry in listing.entries {
                let Ok(path) = folder.join(&entry.name) else { continue };
                match entry.kind {
                    Kind::Directory => folders.push_back(path),
                    Kind::File | Kind::Symlink if is_leftover(&entry.name) => {
                        let is_old = self.stat(&path).is_ok_and(|stat| stat.modified_millis < before_millis);
                        if is_old && self.remove_file(&path).is_ok() {
                            swept.removed += 1;
                        }
                    }
                    _ => {}
                }
            }
        }
        Ok(swept)
    }
}
