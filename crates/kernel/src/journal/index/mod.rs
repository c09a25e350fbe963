//! An index of the journal in SQLite, so that questions about a million rows are answered at once.
//!
//! It is filled from the segments by a thread of its own ([`Indexer`]) and never the truth: it holds where
//! rows lie, not the rows. What it does not have yet is read from the segments by whoever asks; deleted or
//! damaged it is built anew, also while the desktop runs.

mod schema;
mod snapshot;
mod worker;
mod writer;

pub(super) use snapshot::Snapshot;
pub use worker::Indexer;

use crate::journal::follow::Place;
use rusqlite::{Connection, OpenFlags};
use std::{
    io,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    sync::Mutex,
};

/// Name of the file in the index's folder.
const FILE: &str = "journal.sqlite";

/// Which file a connection is on: the name may lead to another one since.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Identity {
    device: u64,
    inode: u64,
}

impl Identity {
    fn of(path: &Path) -> Option<Self> {
        let facts = std::fs::metadata(path).ok()?;
        Some(Identity { device: facts.dev(), inode: facts.ino() })
    }
}

/// Asks an index that somebody else fills, or nobody.
pub(super) struct IndexReader {
    path: PathBuf,
    connection: Mutex<Option<(Identity, Connection)>>,
}

impl IndexReader {
    /// A reader of the index in a folder, which need not be there.
    pub(super) fn new(folder: &Path) -> Self {
        IndexReader { path: folder.join(FILE), connection: Mutex::default() }
    }

    /// Where the segments have to be read from for what is not in the index; `None` without one.
    pub(super) fn next(&self) -> Option<Place> {
        self.read(|snapshot| Ok(snapshot.progress()?.map(|progress| progress.next))).flatten()
    }

    /// Runs questions on one state of the index. `None` when there is no index that can be used; the
    /// segments have to be read then.
    pub(super) fn read<T>(&self, ask: impl FnOnce(&Snapshot<'_>) -> rusqlite::Result<T>) -> Option<T> {
        let mut held = crate::sync::lock(&self.connection);
        let identity = Identity::of(&self.path)?;
        if held.as_ref().is_none_or(|(open, _)| *open != identity) {
            let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
            let connection = Connection::open_with_flags(&self.path, flags).ok()?;
            schema::prepare_reader(&connection).ok()?;
            *held = Some((identity, connection));
        }
        let (_, connection) = held.as_mut()?;
        let answer = connection.transaction().and_then(|transaction| ask(&Snapshot::new(&transaction)));
        match answer {
            Ok(answer) => Some(answer),
            Err(why) => {
                tracing::debug!(%why, "the journal's index cannot be asked");
                *held = None;
                None
            }
        }
    }
}

fn host_error(why: rusqlite::Error) -> io::Error {
    io::Error::other(why)
}
