//! Watching folders: what happens to the names in one is put into a bounded queue, and somebody reads it.
//!
//! Two sources feed the queues. A file system that others can change without us tells it itself
//! ([`FolderWatcher`], for folders of the host by inotify). The others are changed through the mount table
//! only, so the table tells ([`Watchers`]). Watching a file means watching its folder for that name, so
//! that a file which is replaced as a whole is still watched.
//!
//! It refuses to watch what lies deeper than the folder itself, to wait for a slow reader (what does not
//! fit is dropped, and that is said), and to tell who did it: the event ring knows.
//!
//! **Invariants** (`verify_invariants`): a queue holds at most [`QUEUE_EVENTS`] events; no event is the same
//! as the one before it. **Lock order**: the table's list, then one queue.

use super::{FsResult, VPath};
use abi::{Errno, SysError, SysResult};
use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex, RwLock,
        atomic::{AtomicUsize, Ordering},
    },
};
use tokio::sync::Notify;

/// How many events wait for a reader.
pub const QUEUE_EVENTS: usize = 1_024;

/// How many watches the mount table keeps.
pub const MAX_WATCHES: usize = 1_024;

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FileChange {
    /// A name is there that was not.
    Created,
    /// Content, bits or times have changed, or the content was replaced.
    Changed,
    /// The name is gone.
    Removed,
    /// The object has another name, maybe in another folder.
    MovedAway,
    /// An object from elsewhere has this name.
    MovedHere,
    /// The watched folder itself is gone or has moved: nothing more will come.
    Gone,
}

/// One event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileEvent {
    /// The object, by the name under which it is watched.
    pub path: VPath,
    /// What happened to it.
    pub change: FileChange,
}

/// Events that wait, and whether some were dropped before them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// The oldest first.
    pub events: Vec<FileEvent>,
    /// Whether there were more than the queue could hold: look at the folder itself.
    pub lost: bool,
}

/// Who wants to hear of one folder.
pub struct Subscriber {
    folder: VPath,
    /// Only this name in the folder.
    only: Option<Box<str>>,
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Default)]
struct State {
    events: VecDeque<FileEvent>,
    lost: bool,
}

impl Subscriber {
    pub(super) fn new(folder: VPath, only: Option<Box<str>>) -> Self {
        Subscriber { folder, only, state: Mutex::default(), changed: Notify::new() }
    }

    /// Something happened to a name in the folder.
    pub(super) fn tell_name(&self, name: &str, change: FileChange) {
        if self.only.as_deref().is_some_and(|only| only != name) {
            return;
        }
        // A name that no path can say is told as a change of the folder.
        match self.folder.join(name) {
            Ok(path) => self.tell(FileEvent { path, change }),
            Err(_) => self.tell_folder(FileChange::Changed),
        }
    }

    /// Something happened to the folder itself.
    pub(super) fn tell_folder(&self, change: FileChange) {
        if self.only.is_none() || change == FileChange::Gone {
            self.tell(FileEvent { path: self.folder.clone(), change });
        }
    }

    /// Something is not known any more.
    pub(super) fn tell_lost(&self) {
        self.lock().lost = true;
        self.changed.notify_waiters();
    }

    fn tell(&self, event: FileEvent) {
        {
            let mut state = self.lock();
            if state.events.back() == Some(&event) {
                return;
            }
            if state.events.len() == QUEUE_EVENTS {
                state.lost = true;
            } else {
                state.events.push_back(event);
            }
        }
        self.changed.notify_waiters();
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        crate::sync::lock(&self.state)
    }
}

/// A watch. It ends when it is dropped.
pub struct Watch {
    subscriber: Arc<Subscriber>,
    path: VPath,
    _registered: Box<dyn Send + Sync>,
}

impl Watch {
    /// What is watched.
    #[must_use]
    pub fn path(&self) -> &VPath {
        &self.path
    }

    /// Whether there is something to take.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        let state = self.subscriber.lock();
        state.lost || !state.events.is_empty()
    }

    /// At most `limit` events; nothing when there are none.
    #[must_use]
    pub fn take(&self, limit: usize) -> Told {
        let mut state = self.subscriber.lock();
        let count = state.events.len().min(limit);
        let events = state.events.drain(..count).collect();
        Told { events, lost: std::mem::take(&mut state.lost) }
    }

    /// Waits until [`Watch::is_ready`] may have become true.
    pub async fn changed(&self) {
        self.subscriber.changed.notified().await;
    }

    /// Waits for events.
    pub async fn next(&self, limit: usize) -> Told {
        loop {
            let changed = self.subscriber.changed.notified();
            tokio::pin!(changed);
            // Registered before looking, so that a change in between is not missed.
            changed.as_mut().enable();
            if self.is_ready() {
                return self.take(limit);
            }
            changed.await;
        }
    }

    /// Panics when the queue is out of bounds.
    #[doc(hidden)]
    pub fn verify_invariants(&self) {
        let state = self.subscriber.lock();
        assert!(state.events.len() <= QUEUE_EVENTS);
        assert!(state.events.iter().zip(state.events.iter().skip(1)).all(|(a, b)| a != b));
    }
}

/// A file system that is changed by others, too, and says what they do.
pub trait FolderWatcher: Send + Sync {
    /// Tells the subscriber what happens in a folder, until the reply is dropped.
    ///
    /// # Errors
    /// Those of [`FileSystem::stat`](super::FileSystem::stat), `ENOTDIR`, `ENOSPC` when the host has no more watches, `ENOSYS` where
    /// it cannot watch.
    fn watch(&self, folder: &VPath, subscriber: Arc<Subscriber>) -> FsResult<Box<dyn Send + Sync>>;
}

/// Who wants to hear of changes that come through the mount table.
#[derive(Default)]
pub struct Watchers {
    list: RwLock<Vec<Arc<Subscriber>>>,
    /// Of the list, so that nobody takes the lock while nobody watches.
    count: AtomicUsize,
}

impl Watchers {
    /// Whether anybody listens at all.
    pub(super) fn is_any(&self) -> bool {
        self.count.load(Ordering::Relaxed) > 0
    }

    /// Something happened to the object at a path.
    pub(super) fn tell(&self, path: &VPath, change: FileChange) {
        if !self.is_any() {
            return;
        }
        let list = crate::sync::read(&self.list);
        for subscriber in list.iter() {
            if subscriber.folder == *path {
                let left = matches!(change, FileChange::Removed | FileChange::MovedAway);
                subscriber.tell_folder(if left { FileChange::Gone } else { FileChange::Changed });
            } else if let Some((folder, name)) = path.split()
                && folder == subscriber.folder
            {
                subscriber.tell_name(name, change);
            }
        }
    }

    fn add(self: &Arc<Self>, subscriber: Arc<Subscriber>) -> SysResult<Box<dyn Send + Sync>> {
        let mut list = crate::sync::write(&self.list);
        if list.len() >= MAX_WATCHES {
            let detail = format!("{}: there are {MAX_WATCHES} watches already", subscriber.folder);
            return Err(SysError::new(Errno::ENOSPC, detail));
        }
        list.push(subscriber.clone());
        self.count.store(list.len(), Ordering::Relaxed);
        Ok(Box::new(Registered { watchers: self.clone(), subscriber }))
    }
}

struct Registered {
    watchers: Arc<Watchers>,
    subscriber: Arc<Subscriber>,
}

impl Drop for Registered {
    fn drop(&mut self) {
        let mut list = crate::sync::write(&self.watchers.list);
        list.retain(|other| !Arc::ptr_eq(other, &self.subscriber));
        self.watchers.count.store(list.len(), Ordering::Relaxed);
    }
}

/// Makes a watch: `folder` as the file system sees it, `watcher` where it tells changes itself.
pub(super) fn watch(
    watchers: &Arc<Watchers>,
    watcher: Option<(&dyn FolderWatcher, &VPath)>,
    path: VPath,
    subscriber: Subscriber,
) -> SysResult<Watch> {
    let subscriber = Arc::new(subscriber);
    let registered = match watcher {
        Some((watcher, folder)) => watcher.watch(folder, subscriber.clone()).map_err(|why| why.at(&path))?,
        None => watchers.add(subscriber.clone())?,
    };
    Ok(Watch { subscriber, path, _registered: registered })
}
