//! Watching through the table, and telling what changes through it.

use super::{
    super::{
        Kind,
        watch::{FileChange, Subscriber, Watch, Watchers, watch},
    },
    Mounts, Resolved,
};
use abi::{Errno, SysResult};
use std::sync::Arc;

impl Mounts {
    /// Watches a folder, or one name in a folder.
    ///
    /// # Errors
    /// `ENOENT` when nothing is there, `ENOSPC` when there are too many watches, `ENOSYS` where the host
    /// cannot watch.
    pub fn watch(&self, object: &Resolved) -> SysResult<Watch> {
        let is_folder = self.stat(object)?.kind == Kind::Directory;
        let above = if is_folder { None } else { object.path.split().zip(object.inner.parent()) };
        let (folder, inner, only) = match above {
            None => (object.path.clone(), object.inner.clone(), None),
            Some(((folder, name), inner)) => (folder, inner, Some(name.into())),
        };
        // A folder above mount points that no file system has is told by the table itself.
        let watcher = object.fs().watcher().map(|watcher| (watcher, &inner));
        match watch(
            &self.watchers,
            watcher,
            object.path.clone(),
            Subscriber::new(folder.clone(), only.clone()),
        ) {
            Err(why) if why.errno == Errno::ENOENT && is_folder => {
                watch(&self.watchers, None, object.path.clone(), Subscriber::new(folder, only))
            }
            result => result,
        }
    }

    /// Whom to tell of changes to an object; nobody when nobody listens, or when its file system tells.
    pub(super) fn to_tell(&self, object: &Resolved) -> Option<&Arc<Watchers>> {
        (self.watchers.is_any() && object.fs().watcher().is_none()).then_some(&self.watchers)
    }

    /// Tells a change that was made.
    pub(super) fn tell(&self, object: &Resolved, change: FileChange) {
        if let Some(watchers) = self.to_tell(object) {
            watchers.tell(&object.path, change);
        }
    }

    /// What it will mean that an object gets content: asked before it does, and only when somebody listens.
    pub(super) fn change_by_content(&self, object: &Resolved) -> FileChange {
        let is_new = self.to_tell(object).is_some() && object.fs().stat(&object.inner).is_err();
        if is_new { FileChange::Created } else { FileChange::Changed }
    }
}
