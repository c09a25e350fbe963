//! The thread that keeps the index up to date.
//!
//! It sleeps until somebody says that there are new rows, lets them gather for a moment, and reads them from
//! the segments. When the index is gone, of another version, damaged, or of another journal, it is built anew
//! from the oldest row. When even that fails (a full disk) it is left alone for a while; questions read the
//! segments meanwhile.
//!
//! **Lock order**: the state's lock is a leaf; nothing is read or written while it is held.

use super::{
    FILE, Identity, host_error, schema,
    snapshot::Snapshot,
    writer::{Progress, Writer},
};
use crate::journal::{
    follow::{Fetcher, Follower},
    segment,
};
use rusqlite::Connection;
use std::{
    fs::{self, DirBuilder},
    io,
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
    time::Duration,
};

/// New rows gather for so long before they are indexed.
const GATHER: Duration = Duration::from_millis(20);
/// After a failure the index is left alone for so long.
const REST: Duration = Duration::from_secs(10);

#[derive(Default)]
struct State {
    stopping: bool,
    /// Number of the last row that is in.
    seq: u64,
    /// How often the index was built from nothing.
    builds: u64,
    /// Why it is not there, if it is not.
    failed: Option<String>,
}

#[derive(Default)]
struct Shared {
    /// There is something new, and the thread was not told yet.
    has_news: AtomicBool,
    state: Mutex<State>,
    changed: Condvar,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        crate::sync::lock(&self.state)
    }
}

/// Fills the index; see the module documentation.
pub struct Indexer {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

impl Indexer {
    /// Starts the thread. The index lies in a folder of its own, which is made where it is missing.
    ///
    /// # Errors
    /// When no thread can be started.
    pub fn start(journal_folder: &Path, index_folder: &Path) -> io::Result<Self> {
        let shared = Arc::new(Shared::default());
        shared.has_news.store(true, Ordering::Relaxed);
        let mut worker = Worker {
            shared: shared.clone(),
            journal_folder: journal_folder.to_owned(),
            index_folder: index_folder.to_owned(),
            open: None,
        };
        let thread = std::thread::Builder::new().name("journal-index".into()).spawn(move || worker.run())?;
        Ok(Indexer { shared, thread: Some(thread) })
    }

    /// Says that there are new rows. Costs next to nothing when it was said before.
    #[inline]
    pub fn notify(&self) {
        if !self.shared.has_news.swap(true, Ordering::AcqRel) {
            // The lock makes sure that the thread does not miss it between looking and sleeping.
            drop(self.shared.lock());
            self.shared.changed.notify_all();
        }
    }

    /// Waits until a row is in; whether it is, in time.
    #[must_use]
    pub fn wait_for(&self, seq: u64, timeout: Duration) -> bool {
        self.notify();
        let is_behind = |state: &mut State| state.seq < seq && !state.stopping;
        let (state, _) = self
            .shared
            .changed
            .wait_timeout_while(self.shared.lock(), timeout, is_behind)
            .unwrap_or_else(PoisonError::into_inner);
        state.seq >= seq
    }

    /// How often the index was built from nothing since the start.
    #[must_use]
    pub fn builds(&self) -> u64 {
        self.shared.lock().builds
    }

    /// Why there is no index, if there is none.
    #[must_use]
    pub fn failure(&self) -> Option<String> {
        self.shared.lock().failed.clone()
    }
}

impl Drop for Indexer {
    /// What is not indexed yet will be at the next start.
    fn drop(&mut self) {
        self.shared.lock().stopping = true;
        self.shared.changed.notify_all();
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the thread of the journal's index panicked");
        }
    }
}

struct Worker {
    shared: Arc<Shared>,
    journal_folder: PathBuf,
    index_folder: PathBuf,
    open: Option<Open>,
}

struct Open {
    identity: Identity,
    connection: Connection,
    writer: Writer,
    follower: Follower,
}

impl Worker {
    fn run(&mut self) {
        while self.wait_for_news() {
            if let Err(why) = self.catch_up() {
                tracing::debug!(%why, "the journal's index is built anew");
                self.open = None;
                let again = self.remove().and_then(|()| self.catch_up());
                if let Err(why) = again {
                    self.open = None;
                    tracing::warn!(%why, "the journal has no index; questions take longer");
                    self.shared.lock().failed = Some(why.to_string());
                    self.shared.changed.notify_all();
                    if !self.pause(REST) {
                        return;
                    }
                }
            }
        }
    }

    /// Sleeps until there is something to do; false when it is time to stop.
    fn wait_for_news(&self) -> bool {
        let is_idle = |state: &mut State| !state.stopping && !self.shared.has_news.load(Ordering::Acquire);
        let state = self
            .shared
            .changed
            .wait_while(self.shared.lock(), is_idle)
            .unwrap_or_else(PoisonError::into_inner);
        !state.stopping && {
            drop(state);
            // At the very start nobody has said anything that could be followed by more.
            let goes_on = self.open.is_none() || self.pause(GATHER);
            self.shared.has_news.store(false, Ordering::Release);
            goes_on
        }
    }

    /// Waits a moment; false when it is time to stop.
    fn pause(&self, time: Duration) -> bool {
        let (state, _) = self
            .shared
            .changed
            .wait_timeout_while(self.shared.lock(), time, |state| !state.stopping)
            .unwrap_or_else(PoisonError::into_inner);
        !state.stopping
    }

    fn path(&self) -> PathBuf {
        self.index_folder.join(FILE)
    }

    /// Takes the index away, with what SQLite has beside it.
    fn remove(&self) -> io::Result<()> {
        for ending in ["", "-wal", "-shm"] {
            match fs::remove_file(self.index_folder.join(format!("{FILE}{ending}"))) {
                Err(why) if why.kind() != io::ErrorKind::NotFound => return Err(why),
                _ => {}
            }
        }
        Ok(())
    }

    /// Indexes everything that is not in yet.
    fn catch_up(&mut self) -> io::Result<()> {
        let identity = Identity::of(&self.path());
        if self.open.as_ref().is_some_and(|open| Some(open.identity) != identity) {
            // Somebody took it away. What SQLite left beside it belongs to the old one.
            self.open = None;
            self.remove()?;
        }
        if self.open.is_none() {
            self.open = Some(self.open()?);
        }
        let Some(open) = &mut self.open else { return Ok(()) };
        loop {
            let rows = open.follower.step()?;
            let (Some(last), Some(next)) = (rows.last(), open.follower.place()) else { return Ok(()) };
            let seq = last.row.seq;
            open.writer
                .add(&mut open.connection, &rows, next)
                .inspect_err(|_| open.writer.forget())
                .map_err(host_error)?;
            let mut state = self.shared.lock();
            state.seq = seq;
            state.failed = None;
            let stopping = state.stopping;
            drop(state);
            self.shared.changed.notify_all();
            if stopping {
                return Ok(());
            }
        }
    }

    /// Opens the index, an empty one where none is.
    fn open(&self) -> io::Result<Open> {
        DirBuilder::new().recursive(true).mode(0o700).create(&self.index_folder)?;
        let connection = Connection::open(self.path()).map_err(host_error)?;
        let is_new = schema::prepare_writer(&connection).map_err(host_error)?;
        let progress = Snapshot::new(&connection).progress().map_err(host_error)?;
        if let Some(progress) = &progress
            && !self.is_of_this_journal(progress)?
        {
            return Err(io::Error::other("the index is of another journal"));
        }
        let Some(identity) = Identity::of(&self.path()) else {
            return Err(io::Error::other("the index went away while it was opened"));
        };
        let mut state = self.shared.lock();
        state.builds += u64::from(is_new);
        state.seq = progress.as_ref().map_or(0, |progress| progress.seq);
        drop(state);
        let follower = Follower::new(&self.journal_folder, progress.map(|progress| progress.next));
        Ok(Open { identity, connection, writer: Writer::default(), follower })
    }

    /// Whether the last row that is in lies where the index says, or has retired since.
    fn is_of_this_journal(&self, progress: &Progress) -> io::Result<bool> {
        let oldest = segment::list(&self.journal_folder)?.first().map_or(u64::MAX, |segment| segment.first);
        let row = Fetcher::new(&self.journal_folder).row(progress.last);
        Ok(match row {
            Some(row) => row.seq == progress.seq,
            None => progress.last.segment < oldest && oldest != u64::MAX,
        })
    }
}
