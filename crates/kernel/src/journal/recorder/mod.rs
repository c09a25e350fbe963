//! The journal as the door uses it: rows with what belongs to them.
//!
//! A [`Recorder`] is a [`FileJournal`] that also
//! - writes the cause of a row, and the causes that led to it, before the first row on their account;
//! - takes images of files before they change ([`Recorder::record_files`]) and says what was left when
//!   a writer is done ([`Recorder::settle`]);
//! - writes a denial once and then counts it ([`Recorder::deny`]);
//! - keeps an index up to date, and the store of images within its bounds, each by a thread of its own.
//!
//! An image is in the store before the row that refers to it is written, and the row before its effect.
//!
//! **Lock order**: each lock here is a leaf; rows are written without one.

mod denials;
mod images;
mod keeper;
mod look;
mod seen;
#[cfg(test)]
pub(in crate::journal) mod tests;

pub(super) use images::attribute_now;
pub use images::{After, Intent};
pub(super) use look::look;

use crate::{
    blob::{BlobOptions, BlobStore},
    journal::{Change, FileJournal, History, Indexer, Journal, JournalOptions, Row, RowKind},
    killpoint,
    vfs::{Mounts, VPath},
};
use abi::{Cause, CauseId, Pid};
use denials::Denials;
use images::Images;
use keeper::Keeper;
use seen::SeenCauses;
use serde_json::json;
use std::{
    io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

/// Where causes can be looked up while they are still known.
pub type CauseSource = Arc<dyn Fn(CauseId) -> Option<Arc<Cause>> + Send + Sync>;

/// Where everything of a journal lies in a data folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JournalFolders {
    /// The segments.
    pub journal: PathBuf,
    /// Contents of files as they were.
    pub blobs: PathBuf,
    /// What can be built anew from the segments.
    pub index: PathBuf,
}

impl JournalFolders {
    /// Those of a data folder.
    #[must_use]
    pub fn of(data_dir: &Path) -> Self {
        JournalFolders {
            journal: data_dir.join("journal"),
            blobs: data_dir.join("blobs"),
            index: data_dir.join("index"),
        }
    }
}

/// Bounds of a [`Recorder`].
#[derive(Clone, Copy, Debug)]
pub struct RecorderOptions {
    /// Of the rows.
    pub journal: JournalOptions,
    /// Of the images.
    pub blobs: BlobOptions,
    /// Whether there are images; without them nothing can be taken back whose former content is gone.
    pub keep_images: bool,
    /// Whether there is an index; without it questions take longer.
    pub keep_index: bool,
}

impl Default for RecorderOptions {
    fn default() -> Self {
        RecorderOptions {
            journal: JournalOptions::default(),
            blobs: BlobOptions::default(),
            keep_images: true,
            keep_index: true,
        }
    }
}

/// A row about files that was written, before its effect.
#[derive(Debug)]
#[must_use = "when the effect fails, `failed` has to know"]
pub struct Recorded(Row);

impl Recorded {
    /// The row's number.
    #[must_use]
    pub fn seq(&self) -> u64 {
        self.0.seq
    }
}

/// See the module documentation.
pub struct Recorder {
    journal: FileJournal,
    blobs: Arc<BlobStore>,
    history: History,
    causes: CauseSource,
    seen: Mutex<SeenCauses>,
    denials: Mutex<Denials>,
    images: Mutex<Images>,
    /// Gone once it is closed, like the keeper.
    indexer: Mutex<Option<Indexer>>,
    keeper: Mutex<Option<Keeper>>,
    /// Undoings under way; as long as there is one, a file says so to the next start.
    undoings: Mutex<usize>,
    undo_mark: PathBuf,
}

impl Recorder {
    /// Opens everything; see [`FileJournal::open`]. Without an index questions take longer, and without images
    /// less can be taken back, so one of these that cannot be opened is no error.
    ///
    /// # Errors
    /// Those of [`FileJournal::open`].
    pub fn open(folders: &JournalFolders, options: RecorderOptions, causes: CauseSource) -> io::Result<Self> {
        let journal = FileJournal::open(&folders.journal, options.journal)?;
        let blobs = options.keep_images.then(|| BlobStore::open(&folders.blobs, options.blobs));
        let blobs = Arc::new(match blobs {
            Some(Ok(blobs)) => blobs,
            Some(Err(why)) => {
                tracing::warn!(%why, "former contents of files cannot be kept; less can be taken back");
                BlobStore::none(options.blobs)
            }
            None => BlobStore::none(options.blobs),
        });
        let indexer = options.keep_index.then(|| Indexer::start(&folders.journal, &folders.index));
        let indexer = indexer.and_then(|started| {
            started
                .inspect_err(|why| tracing::warn!(%why, "the journal has no index; questions take longer"))
                .ok()
        });
        Ok(Recorder {
            keeper: Mutex::new(Some(Keeper::start(blobs.clone())?)),
            undoings: Mutex::default(),
            undo_mark: folders.journal.join("undo"),
            history: History::new(&folders.journal, &folders.index),
            journal,
            blobs,
            causes,
            seen: Mutex::default(),
            denials: Mutex::default(),
            images: Mutex::default(),
            indexer: Mutex::new(indexer),
        })
    }

    /// The rows themselves.
    #[must_use]
    pub fn journal(&self) -> &FileJournal {
        &self.journal
    }

    /// Questions to it.
    #[must_use]
    pub fn history(&self) -> &History {
        &self.history
    }

    /// The images.
    #[must_use]
    pub fn blobs(&self) -> &BlobStore {
        &self.blobs
    }

    /// Waits until a row is in the index; whether it is, in time.
    #[must_use]
    pub fn wait_for_index(&self, seq: u64, timeout: Duration) -> bool {
        lock(&self.indexer).as_ref().is_some_and(|indexer| indexer.wait_for(seq, timeout))
    }

    /// Whether an undoing may not have come to its end before this start.
    #[must_use]
    pub fn has_undo_mark(&self) -> bool {
        self.undo_mark.exists()
    }

    /// Says, to the next start too, that an undoing begins.
    pub(super) fn begin_undo(&self) -> io::Result<()> {
        let mut undoings = lock(&self.undoings);
        if *undoings == 0 {
            std::fs::write(&self.undo_mark, "an undoing is under way; the journal says which\n")?;
            killpoint::reached("mark of an undoing");
        }
        *undoings += 1;
        Ok(())
    }

    /// Says that an undoing has come to its end.
    pub(super) fn end_undo(&self) {
        let mut undoings = lock(&self.undoings);
        *undoings = undoings.saturating_sub(1);
        killpoint::reached("end of an undoing");
        if *undoings == 0
            && let Err(why) = std::fs::remove_file(&self.undo_mark)
        {
            tracing::debug!(%why, "the mark of an undoing stays; the next start looks in vain");
        }
    }

    /// Writes a row about files that are about to change, with images of them.
    ///
    /// # Errors
    /// As [`Journal::append`].
    pub fn record_files(
        &self,
        mounts: &Mounts,
        mut row: Row,
        intents: &[Intent<'_>],
    ) -> io::Result<Recorded> {
        let described = images::describe(self, mounts, row.cause, intents);
        row.kind = RowKind::File;
        row.changes = described.changes;
        row.seq = self.append(&row)?;
        {
            let mut images = lock(&self.images);
            images.remember(row.cause, described.memos);
            for change in &row.changes {
                if let Change::Rename { from, to } = change {
                    images.forget(row.cause, from);
                    images.forget(row.cause, to);
                }
            }
        }
        if self.blobs.wants_upkeep()
            && let Some(keeper) = &*lock(&self.keeper)
        {
            keeper.ring();
        }
        Ok(Recorded(row))
    }

    /// Says that what was recorded did not succeed: either nothing happened, or what is there now is written.
    ///
    /// # Errors
    /// As [`Journal::append`].
    pub fn failed(&self, mounts: &Mounts, recorded: Recorded, why: &str) -> io::Result<()> {
        let Recorded(mut row) = recorded;
        let mut left = Vec::new();
        for change in &row.changes {
            let (text, before) = match change {
                Change::Set { path, before, .. } => (path, before.as_ref().map(|before| &before.state)),
                // It happens in one step, or not at all.
                Change::Rename { .. } | Change::Attribute { .. } => continue,
            };
            let Ok(path) = VPath::parse(text) else { continue };
            let now = look(mounts, &path, self.blobs.options().max_blob_bytes).state;
            if Some(&now) != before {
                left.push(Change::Set { path: text.clone(), before: None, after: Some(now) });
            }
        }
        {
            let mut images = lock(&self.images);
            row.objects().for_each(|path| images.forget(row.cause, path));
        }
        row.kind = if left.is_empty() { RowKind::FileFailed } else { RowKind::FileSettled };
        row.detail = json!({"of": row.seq, "why": why});
        row.changes = left;
        self.append(&row).map(drop)
    }

    /// As [`Recorder::failed`], for a row that was recorded before this start.
    pub(super) fn failed_before(&self, mounts: &Mounts, row: Row, why: &str) -> io::Result<()> {
        self.failed(mounts, Recorded(row), why)
    }

    /// Writes what a file looks like now that a writer whose changes could not be foreseen is done.
    ///
    /// # Errors
    /// As [`Journal::append`].
    pub fn settle(&self, mounts: &Mounts, mut row: Row, path: &VPath) -> io::Result<u64> {
        let after = Some(look(mounts, path, self.blobs.options().max_blob_bytes).state);
        row.kind = RowKind::FileSettled;
        row.changes = vec![Change::Set { path: path.as_str().to_owned(), before: None, after }];
        self.append(&row)
    }

    /// Writes a denial, or counts it when the same was written before: the same process, call and object.
    ///
    /// # Errors
    /// As [`Journal::append`]. What was counted stays counted.
    pub fn deny(&self, row: &Row) -> io::Result<()> {
        let to_write = lock(&self.denials).count(row);
        to_write.iter().try_for_each(|row| self.append(row).map(drop))
    }

    /// Writes the counts that are not written yet; of one process, or of all.
    ///
    /// # Errors
    /// As [`Journal::append`].
    pub fn flush_denials(&self, pid: Option<Pid>, now_millis: u64) -> io::Result<()> {
        let to_write = lock(&self.denials).take(pid, now_millis);
        to_write.iter().try_for_each(|row| self.append(row).map(drop))
    }

    /// Whether this cause has an image of the path already.
    fn has_image(&self, cause: CauseId, path: &str) -> bool {
        lock(&self.images).has(cause, path)
    }

    /// Writes the causes that led to a row, the oldest first, as far as they are not written yet.
    fn tell_causes(&self, cause: CauseId) -> io::Result<()> {
        if cause == CauseId::NONE || lock(&self.seen).has(cause) {
            return Ok(());
        }
        let (mut chain, mut next) = (Vec::new(), Some(cause));
        while let Some(id) = next.filter(|id| chain.len() < seen::MOST_LINKS && !lock(&self.seen).has(*id)) {
            // One of an earlier boot was written then; one that is forgotten cannot be written.
            let Some(cause) = (self.causes)(id) else { break };
            next = cause.spec.parent;
            chain.push(cause);
        }
        for cause in chain.iter().rev() {
            self.journal.append(&seen::row(cause))?;
            lock(&self.seen).add(cause.id);
        }
        lock(&self.seen).add(cause);
        Ok(())
    }

    fn appended(&self, seq: io::Result<u64>) -> io::Result<u64> {
        if let Some(indexer) = &*lock(&self.indexer) {
            indexer.notify();
        }
        seq
    }
}

impl Journal for Recorder {
    fn append(&self, row: &Row) -> io::Result<u64> {
        self.tell_causes(row.cause)?;
        self.appended(self.journal.append(row))
    }

    fn append_durable(&self, row: &Row) -> io::Result<u64> {
        self.tell_causes(row.cause)?;
        self.appended(self.journal.append_durable(row))
    }

    fn rows_written(&self) -> u64 {
        self.journal.rows_written()
    }

    fn recorder(&self) -> Option<&Recorder> {
        Some(self)
    }

    fn close(&self) {
        let Some(keeper) = lock(&self.keeper).take() else { return };
        let now = crate::journal::file::now_millis();
        if let Err(why) = self.flush_denials(None, now) {
            tracing::warn!(%why, "the last counts of denials are not in the journal");
        }
        drop(keeper);
        self.journal.close();
        let indexer = lock(&self.indexer).take();
        drop(indexer);
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        self.close();
    }
}

/// How long new images wait for the disk.
const GROUP_TIME: Duration = Duration::from_millis(50);

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    crate::sync::lock(mutex)
}
