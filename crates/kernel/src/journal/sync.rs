//! Brings written segments to the disk in groups: a thread of its own waits until something is
//! dirty, then at most the group time, then calls `fdatasync` once for everything since.
//!
//! With nothing dirty the thread sleeps without a timer. After a failed sync the journal is failed for
//! good: the host may have dropped the pages, and a second `fdatasync` would report success ("fsyncgate").
//!
//! **Lock order**: the state's lock is a leaf; `sync` of a file is called without it.

use crate::journal::storage::SegmentFile;
use std::{
    io,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread::JoinHandle,
    time::Duration,
};

#[derive(Default)]
struct State {
    dirty: Vec<Arc<dyn SegmentFile>>,
    /// Counts marks; `done` is the last mark known to be on the disk.
    marks: u64,
    done: u64,
    /// Somebody waits: do not wait for the group to grow.
    urgent: bool,
    stopping: bool,
    failed: Option<io::ErrorKind>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        crate::sync::lock(&self.state)
    }

    fn wait<'a>(&self, state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        self.changed.wait(state).unwrap_or_else(PoisonError::into_inner)
    }

    fn run(&self, group_time: Duration) {
        let mut state = self.lock();
        loop {
            while state.dirty.is_empty() && !state.stopping {
                state = self.wait(state);
            }
            if state.dirty.is_empty() {
                return;
            }
            let waits = |state: &mut State| !state.urgent && !state.stopping;
            let (grouped, _) = self
                .changed
                .wait_timeout_while(state, group_time, waits)
                .unwrap_or_else(PoisonError::into_inner);
            state = grouped;
            state.urgent = false;
            let (files, mark) = (std::mem::take(&mut state.dirty), state.marks);
            drop(state);
            let failed = files.iter().find_map(|file| file.sync().err());
            state = self.lock();
            match failed {
                Some(error) => {
                    tracing::error!(%error, "the journal could not be brought to the disk");
                    state.failed = Some(error.kind());
                }
                None => state.done = mark,
            }
            self.changed.notify_all();
        }
    }
}

/// The thread and what it shares with writers.
pub(super) struct Syncer {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

impl Syncer {
    /// Starts the thread.
    pub(super) fn start(group_time: Duration) -> io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let for_thread = shared.clone();
        let thread = std::thread::Builder::new()
            .name("journal-sync".into())
            .spawn(move || for_thread.run(group_time))?;
        Ok(Syncer { shared, thread: Some(thread) })
    }

    /// An error once a sync has failed.
    pub(super) fn check(&self) -> io::Result<()> {
        self.shared.lock().failed.map_or(Ok(()), |kind| Err(failed(kind)))
    }

    /// A file has bytes that are not on the disk. Returns the mark to wait for.
    pub(super) fn mark(&self, file: &Arc<dyn SegmentFile>) -> u64 {
        let mut state = self.shared.lock();
        state.marks += 1;
        // Segments change rarely, so the list has one or two entries.
        if !state.dirty.iter().any(|dirty| Arc::ptr_eq(dirty, file)) {
            if state.dirty.is_empty() {
                self.shared.changed.notify_all();
            }
            state.dirty.push(file.clone());
        }
        state.marks
    }

    /// Waits until a mark is on the disk.
    pub(super) fn wait_for(&self, mark: u64) -> io::Result<()> {
        let mut state = self.shared.lock();
        while state.done < mark {
            if let Some(kind) = state.failed {
                return Err(failed(kind));
            }
            state.urgent = true;
            self.shared.changed.notify_all();
            state = self.shared.wait(state);
        }
        Ok(())
    }
}

impl Drop for Syncer {
    /// Syncs what is left.
    fn drop(&mut self) {
        self.shared.lock().stopping = true;
        self.shared.changed.notify_all();
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the journal's sync thread panicked");
        }
    }
}

fn failed(kind: io::ErrorKind) -> io::Error {
    io::Error::new(kind, "an earlier part of the journal could not be brought to the disk")
}
