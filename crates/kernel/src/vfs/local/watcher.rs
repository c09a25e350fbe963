//! What others do in folders of the host, by inotify: one instance for all of them, read by one task.
//!
//! A folder is named to the host by its descriptor (`/proc/self/fd/…`), so that what is watched is what
//! was found beneath the root. The temporary names of replacements are not told: a file that is replaced
//! has changed. When the host's queue overflows, every subscriber is told that something is lost.
//!
//! **Lock order**: the table of watches is held over the two inotify calls that go with it and over
//! telling subscribers, which lock their own queue only.

use super::{
    super::{
        FsError, FsResult,
        watch::{FileChange, Subscriber},
    },
    replacement::is_temporary,
};
use crate::host::readable;
use abi::Errno;
use nix::sys::inotify::{AddWatchFlags, InitFlags, Inotify, InotifyEvent, WatchDescriptor};
use std::{
    collections::{HashMap, VecDeque},
    os::fd::{AsFd, AsRawFd, OwnedFd},
    sync::{Arc, Mutex, MutexGuard, OnceLock, Weak},
};
use tokio::runtime::Handle;

/// Renames of temporary files whose other half has not come yet; the host sends both in a row.
const MAX_COOKIES: usize = 16;

/// Watches folders of the host. Costs nothing before the first watch.
pub struct HostWatcher {
    runtime: Handle,
    running: OnceLock<FsResult<Arc<Running>>>,
}

struct Running {
    inotify: Inotify,
    watches: Mutex<HashMap<WatchDescriptor, Vec<Arc<Subscriber>>>>,
}

fn interest() -> AddWatchFlags {
    AddWatchFlags::IN_CREATE
        | AddWatchFlags::IN_DELETE
        | AddWatchFlags::IN_MODIFY
        | AddWatchFlags::IN_ATTRIB
        | AddWatchFlags::IN_MOVED_FROM
        | AddWatchFlags::IN_MOVED_TO
        | AddWatchFlags::IN_DELETE_SELF
        | AddWatchFlags::IN_MOVE_SELF
        | AddWatchFlags::IN_ONLYDIR
}

impl HostWatcher {
    /// One whose task runs on this runtime.
    #[must_use]
    pub fn new(runtime: Handle) -> Arc<Self> {
        Arc::new(HostWatcher { runtime, running: OnceLock::new() })
    }

    fn running(&self) -> FsResult<&Arc<Running>> {
        self.running.get_or_init(|| self.start()).as_ref().map_err(Clone::clone)
    }

    fn start(&self) -> FsResult<Arc<Running>> {
        let inotify = Inotify::init(InitFlags::IN_NONBLOCK | InitFlags::IN_CLOEXEC)?;
        let signal = Arc::new(inotify.as_fd().try_clone_to_owned()?);
        let running = Arc::new(Running { inotify, watches: Mutex::default() });
        self.runtime.spawn(pump(signal, Arc::downgrade(&running)));
        Ok(running)
    }

    /// Tells the subscriber what happens in the folder behind a descriptor, until the reply is dropped.
    pub(super) fn watch(
        &self,
        folder: &OwnedFd,
        subscriber: Arc<Subscriber>,
    ) -> FsResult<Box<dyn Send + Sync>> {
        let running = self.running()?;
        let name = format!("/proc/self/fd/{}", folder.as_raw_fd());
        let mut watches = running.lock();
        let watch = running.inotify.add_watch(name.as_str(), interest()).map_err(|why| match why {
            // The folder is open, so it is there; what is missing is the name that we gave it.
            nix::Error::ENOENT => FsError::new(Errno::ENOSYS, "cannot be watched without /proc"),
            nix::Error::ENOSPC => FsError::new(Errno::ENOSPC, "the host has no more watches"),
            why => why.into(),
        })?;
        // The host gives one number for one folder, however many watch it.
        watches.entry(watch).or_default().push(subscriber.clone());
        drop(watches);
        Ok(Box::new(HostWatch { running: running.clone(), watch, subscriber }))
    }
}

struct HostWatch {
    running: Arc<Running>,
    watch: WatchDescriptor,
    subscriber: Arc<Subscriber>,
}

impl Drop for HostWatch {
    fn drop(&mut self) {
        let mut watches = self.running.lock();
        let Some(subscribers) = watches.get_mut(&self.watch) else { return };
        subscribers.retain(|other| !Arc::ptr_eq(other, &self.subscriber));
        if subscribers.is_empty() {
            watches.remove(&self.watch);
            // A folder that is gone has lost its watch already.
            let _ = self.running.inotify.rm_watch(self.watch);
        }
    }
}

/// Reads until the watcher is gone.
async fn pump(signal: Arc<OwnedFd>, running: Weak<Running>) {
    let signal = match readable(signal) {
        Ok(signal) => signal,
        Err(why) => return tracing::error!(%why, "folders of the host cannot be watched"),
    };
    let mut cookies = VecDeque::new();
    while let Ok(mut ready) = signal.readable().await {
        let Some(running) = running.upgrade() else { return };
        match running.inotify.read_events() {
            Ok(events) => running.tell(&events, &mut cookies),
            Err(nix::Error::EAGAIN) => ready.clear_ready(),
            Err(nix::Error::EINTR) => {}
            Err(why) => return tracing::error!(%why, "folders of the host are not watched any more"),
        }
    }
}

impl Running {
    fn lock(&self) -> MutexGuard<'_, HashMap<WatchDescriptor, Vec<Arc<Subscriber>>>> {
        crate::sync::lock(&self.watches)
    }

    fn tell(&self, events: &[InotifyEvent], cookies: &mut VecDeque<u32>) {
        let mut watches = self.lock();
        for event in events {
            if event.mask.contains(AddWatchFlags::IN_Q_OVERFLOW) {
                watches.values().flatten().for_each(|subscriber| subscriber.tell_lost());
                continue;
            }
            let Some(subscribers) = watches.get(&event.wd) else { continue };
            match &event.name {
                Some(name) => {
                    let name = name.to_string_lossy();
                    if let Some(change) = change_of(event, &name, cookies) {
                        subscribers.iter().for_each(|subscriber| subscriber.tell_name(&name, change));
                    }
                }
                None => {
                    let gone = AddWatchFlags::IN_DELETE_SELF
                        | AddWatchFlags::IN_MOVE_SELF
                        | AddWatchFlags::IN_UNMOUNT
                        | AddWatchFlags::IN_IGNORED;
                    let gone = event.mask.intersects(gone);
                    let change = if gone { FileChange::Gone } else { FileChange::Changed };
                    subscribers.iter().for_each(|subscriber| subscriber.tell_folder(change));
                }
            }
            if event.mask.contains(AddWatchFlags::IN_IGNORED) {
                watches.remove(&event.wd);
            }
        }
    }
}

/// What an event about a name means; nothing for the temporary names of replacements.
fn change_of(event: &InotifyEvent, name: &str, cookies: &mut VecDeque<u32>) -> Option<FileChange> {
    if is_temporary(name) {
        if event.mask.contains(AddWatchFlags::IN_MOVED_FROM) {
            cookies.truncate(MAX_COOKIES - 1);
            cookies.push_front(event.cookie);
        }
        return None;
    }
    let is = |flag| event.mask.contains(flag);
    Some(match () {
        () if is(AddWatchFlags::IN_CREATE) => FileChange::Created,
        () if is(AddWatchFlags::IN_DELETE) => FileChange::Removed,
        () if is(AddWatchFlags::IN_MOVED_FROM) => FileChange::MovedAway,
        () if is(AddWatchFlags::IN_MOVED_TO) && cookies.contains(&event.cookie) => FileChange::Changed,
        () if is(AddWatchFlags::IN_MOVED_TO) => FileChange::MovedHere,
        () => FileChange::Changed,
    })
}
