//! The thread that brings new images to the disk, some at a time, and lets old ones go.

use super::GROUP_TIME;
use crate::blob::BlobStore;
use std::{
    io,
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
    time::{Duration, Instant, SystemTime},
};

/// What is too old goes at most this much later, while images are taken.
const AGE_PERIOD: Duration = Duration::from_secs(60 * 60);

#[derive(Default)]
struct Shared {
    has_work: AtomicBool,
    stopping: Mutex<bool>,
    changed: Condvar,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, bool> {
        crate::sync::lock(&self.stopping)
    }
}

/// See the module documentation. Stops when it is dropped, after a last sync.
pub(super) struct Keeper {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

impl Keeper {
    pub(super) fn start(blobs: Arc<BlobStore>) -> io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let for_thread = shared.clone();
        let thread = std::thread::Builder::new()
            .name("journal-keeper".into())
            .spawn(move || run(&for_thread, &blobs))?;
        Ok(Keeper { shared, thread: Some(thread) })
    }

    /// Says that there is something to do.
    pub(super) fn ring(&self) {
        if !self.shared.has_work.swap(true, Ordering::AcqRel) {
            drop(self.shared.lock());
            self.shared.changed.notify_all();
        }
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        *self.shared.lock() = true;
        self.shared.changed.notify_all();
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the thread that keeps the journal's images panicked");
        }
    }
}

fn run(shared: &Shared, blobs: &BlobStore) {
    let mut last_upkeep = upkeep(blobs);
    loop {
        let is_idle = |stopping: &mut bool| !*stopping && !shared.has_work.load(Ordering::Acquire);
        let stopping =
            shared.changed.wait_while(shared.lock(), is_idle).unwrap_or_else(PoisonError::into_inner);
        let (stopping, _) = shared
            .changed
            .wait_timeout_while(stopping, GROUP_TIME, |stopping| !*stopping)
            .unwrap_or_else(PoisonError::into_inner);
        let is_last = *stopping;
        drop(stopping);
        shared.has_work.store(false, Ordering::Release);
        if let Err(why) = blobs.sync() {
            // An image that the disk does not get is noticed by its digest when it is asked for.
            tracing::warn!(%why, "images of files could not be brought to the disk");
        }
        if is_last {
            return;
        }
        if blobs.has_grown() || last_upkeep.elapsed() > AGE_PERIOD {
            last_upkeep = upkeep(blobs);
        }
    }
}

fn upkeep(blobs: &BlobStore) -> Instant {
    match blobs.upkeep(SystemTime::now()) {
        Ok(upkeep) => tracing::debug!(?upkeep, "looked through the images of files"),
        Err(why) => tracing::warn!(%why, "the images of files could not be looked through"),
    }
    Instant::now()
}
