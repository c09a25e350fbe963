//! The journal: rows that must not be lost, written before the effect they record.
//!
//! The door appends a [`Row`] to a [`Journal`] for every call that mutates or decides, and refuses the call
//! when that fails. [`FileJournal`] keeps segments of framed rows in a folder; [`NullJournal`] is for
//! benches and for tests that look elsewhere. Reading ([`Reader`]) needs no writer. Telemetry, which may be
//! lost, is `observe`'s.

mod change;
mod file;
mod filter;
mod follow;
mod frame;
mod history;
mod index;
mod kind;
mod open;
mod reader;
mod recorder;
mod retention;
mod row;
mod segment;
mod storage;
mod sync;
#[cfg(test)]
mod tests;
mod undo;
mod verify;

pub use change::{Attribute, Before, Change, Kept, State};
pub use file::{FileJournal, JournalOptions};
pub use filter::{Filter, MAX_ROWS};
pub use frame::MAX_ROW_BYTES;
pub use history::{Explained, History, Touched, Why};
pub use index::Indexer;
pub use kind::RowKind;
pub use open::OpenReport;
pub use reader::{Damage, Reader, Rows};
pub use recorder::{After, CauseSource, Intent, JournalFolders, Recorded, Recorder, RecorderOptions};
pub use row::Row;
pub use undo::{Action, By, Plan, Step, Undo, UndoPolicy, UndoReport, Verdict};
pub use verify::{Break, BreakKind, Verification, verify};

use history::cause_of;
use std::io;

/// Where the door writes what it is about to do.
pub trait Journal: Send + Sync {
    /// Writes a row and returns its number; numbers start at 1 and have no gap. When this returns, the
    /// row survives the death of this process; power loss may take the last 50 ms.
    ///
    /// # Errors
    /// [`io::ErrorKind::StorageFull`] or [`io::ErrorKind::QuotaExceeded`] when there is no room,
    /// [`io::ErrorKind::InvalidInput`] for a row of more than [`MAX_ROW_BYTES`], others as the host has them.
    /// The row is not in the journal then.
    fn append(&self, row: &Row) -> io::Result<u64>;

    /// Writes a row and waits until it would survive power loss. For grants.
    ///
    /// # Errors
    /// As [`Journal::append`]; when only the waiting fails, the row may be there.
    fn append_durable(&self, row: &Row) -> io::Result<u64> {
        self.append(row)
    }

    /// Rows written since this journal was opened.
    fn rows_written(&self) -> u64;

    /// Ends it: writes what was held back, waits for the disk, and refuses rows from then on, so that
    /// somebody else may have the folder.
    fn close(&self) {}

    /// What keeps more than rows, where there is that: causes, images of files, an index.
    fn recorder(&self) -> Option<&Recorder> {
        None
    }
}

/// Takes nothing: a journal that cannot be opened. What must be journalled is refused, everything else goes on.
#[derive(Debug)]
pub struct UnusableJournal {
    kind: io::ErrorKind,
    why: String,
}

impl UnusableJournal {
    /// One that always says why.
    #[must_use]
    pub fn new(why: &io::Error) -> Self {
        UnusableJournal { kind: why.kind(), why: why.to_string() }
    }
}

impl Journal for UnusableJournal {
    fn append(&self, _row: &Row) -> io::Result<u64> {
        Err(io::Error::new(self.kind, self.why.clone()))
    }

    fn rows_written(&self) -> u64 {
        0
    }
}

/// Forgets everything.
#[derive(Debug, Default)]
pub struct NullJournal(std::sync::atomic::AtomicU64);

impl Journal for NullJournal {
    fn append(&self, _row: &Row) -> io::Result<u64> {
        Ok(self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed) + 1)
    }

    fn rows_written(&self) -> u64 {
        self.0.load(std::sync::atomic::Ordering::Relaxed)
    }
}
