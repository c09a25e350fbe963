//! The store: adds, gives back, and keeps within its bounds.
//!
//! Adding is one look when the content is there already, else one file written and renamed into its
//! place; it reaches the disk with the next [`BlobStore::upkeep`], which also evicts. Whoever owns the store
//! calls that from a thread of its own, soon after [`BlobStore::wants_upkeep`]. Between two upkeeps the
//! store may grow to twice its bound, and then refuses to.
//!
//! **Invariants**
//! 1. What [`BlobStore::get`] gives has the digest that was asked for.
//! 2. No more than `max_bytes` lie there after an upkeep.
//!
//! **Lock order**: the list of what waits for the disk is a leaf; no file is touched while it is held.

use super::{
    Digest,
    shelf::{Item, Shelf},
};
use std::{
    io,
    path::{Path, PathBuf},
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, SystemTime},
};

/// So many contents may wait for the disk; beyond, adding brings its own there itself.
const MOST_WAITING: usize = 1024;
/// An upkeep is due when the store grew by this share of its bound.
const UPKEEP_SHARE: u64 = 16;

/// Bounds of a [`BlobStore`].
#[derive(Clone, Copy, Debug)]
pub struct BlobOptions {
    /// All contents together, bytes.
    pub max_bytes: u64,
    /// The largest content, bytes.
    pub max_blob_bytes: u64,
    /// Contents that nobody added for so long go.
    pub max_age: Duration,
}

impl Default for BlobOptions {
    /// 1 GiB, 16 MiB each, 90 days.
    fn default() -> Self {
        BlobOptions {
            max_bytes: 1024 * 1024 * 1024,
            max_blob_bytes: 16 * 1024 * 1024,
            max_age: Duration::from_secs(90 * 24 * 60 * 60),
        }
    }
}

/// What came of asking for a content.
#[derive(Debug, PartialEq, Eq)]
pub enum Fetched {
    /// Here it is.
    Content(Vec<u8>),
    /// It was evicted, or never added.
    Missing,
    /// What lay under its name was something else. It was moved to this place, where that worked.
    Broken(Option<PathBuf>),
}

/// What an upkeep did and found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Upkeep {
    /// Contents that are there now.
    pub contents: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Contents that had to go.
    pub evicted: u64,
}

/// See the module documentation.
pub struct BlobStore {
    /// Nothing where contents are not kept.
    shelf: Option<Shelf>,
    options: BlobOptions,
    /// Bytes at the last upkeep.
    kept_bytes: AtomicU64,
    /// Bytes added since.
    new_bytes: AtomicU64,
    waiting: Mutex<Vec<Digest>>,
}

impl BlobStore {
    /// Opens the store in a folder, which is made (for its owner only) where it is missing. What lies there
    /// is counted by the first [`BlobStore::upkeep`].
    ///
    /// # Errors
    /// The host's.
    pub fn open(folder: &Path, options: BlobOptions) -> io::Result<Self> {
        Ok(Self::over(Some(Shelf::open(folder)?), options))
    }

    /// A store that keeps nothing: adding is refused like in one that is full, and nothing is ever found.
    #[must_use]
    pub fn none(options: BlobOptions) -> Self {
        Self::over(None, options)
    }

    fn over(shelf: Option<Shelf>, options: BlobOptions) -> Self {
        BlobStore {
            shelf,
            options,
            kept_bytes: AtomicU64::new(0),
            new_bytes: AtomicU64::new(0),
            waiting: Mutex::default(),
        }
    }

    /// Its bounds.
    #[must_use]
    pub fn options(&self) -> BlobOptions {
        self.options
    }

    /// Adds a content and returns its name.
    ///
    /// # Errors
    /// [`io::ErrorKind::FileTooLarge`] for a content over the bound, [`io::ErrorKind::QuotaExceeded`] when
    /// eviction does not keep up, else the host's. Nothing was added then.
    pub fn put(&self, content: &[u8]) -> io::Result<Digest> {
        let len_bytes = content.len() as u64;
        if len_bytes > self.options.max_blob_bytes {
            let what = format!("{len_bytes} bytes are more than {}", self.options.max_blob_bytes);
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, what));
        }
        let Some(shelf) = &self.shelf else {
            return Err(io::Error::new(io::ErrorKind::QuotaExceeded, "contents are not kept here"));
        };
        let digest = Digest::of(content);
        if shelf.touch(&digest) {
            return Ok(digest);
        }
        let after = self.kept_bytes.load(Ordering::Relaxed)
            + self.new_bytes.fetch_add(len_bytes, Ordering::Relaxed)
            + len_bytes;
        let added = if after > self.options.max_bytes.saturating_mul(2) {
            Err(io::Error::new(io::ErrorKind::QuotaExceeded, "older contents did not go fast enough"))
        } else {
            shelf.add(&digest, content)
        };
        if let Err(why) = added {
            // An upkeep may have set it to zero in between.
            let less = |bytes: u64| Some(bytes.saturating_sub(len_bytes));
            let _ = self.new_bytes.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less);
            return Err(why);
        }
        let has_room = {
            let mut waiting = self.waiting();
            let has_room = waiting.len() < MOST_WAITING;
            if has_room {
                waiting.push(digest);
            }
            has_room
        };
        if !has_room {
            shelf.sync(&digest)?;
        }
        Ok(digest)
    }

    /// Gives a content back, if it is there and still what it was.
    ///
    /// # Errors
    /// The host's, when it is there and cannot be read.
    pub fn get(&self, digest: &Digest) -> io::Result<Fetched> {
        let Some(shelf) = &self.shelf else { return Ok(Fetched::Missing) };
        match shelf.read(digest) {
            Ok(content) if Digest::of(&content) == *digest => Ok(Fetched::Content(content)),
            Ok(_) => {
                let aside = shelf.set_aside(digest);
                tracing::warn!(%digest, ?aside, "a kept content is not what it was, and was set aside");
                Ok(Fetched::Broken(aside.ok()))
            }
            Err(why) if why.kind() == io::ErrorKind::NotFound => Ok(Fetched::Missing),
            Err(why) => Err(why),
        }
    }

    /// Whether something lies under a name; [`BlobStore::get`] may still find that it is broken.
    #[must_use]
    pub fn has(&self, digest: &Digest) -> bool {
        self.shelf.as_ref().is_some_and(|shelf| shelf.path(digest).exists())
    }

    /// Whether the store has grown so much that an upkeep is due.
    #[must_use]
    pub fn has_grown(&self) -> bool {
        self.new_bytes.load(Ordering::Relaxed) > self.options.max_bytes / UPKEEP_SHARE
    }

    /// Whether something waits for the disk or an upkeep is due.
    #[must_use]
    pub fn wants_upkeep(&self) -> bool {
        self.has_grown() || !self.waiting().is_empty()
    }

    /// Brings what was added to the disk.
    ///
    /// # Errors
    /// The host's, the first one; the others were tried too.
    pub fn sync(&self) -> io::Result<()> {
        let waiting = std::mem::take(&mut *self.waiting());
        let Some(shelf) = &self.shelf else { return Ok(()) };
        waiting.iter().map(|digest| shelf.sync(digest)).fold(Ok(()), Result::and)
    }

    /// Counts what is there and lets go what is too old or too much, the oldest first.
    ///
    /// # Errors
    /// The host's. The store stays usable.
    pub fn upkeep(&self, now: SystemTime) -> io::Result<Upkeep> {
        let Some(shelf) = &self.shelf else { return Ok(Upkeep::default()) };
        // What is added from here on is counted twice until the next upkeep rather than never.
        self.new_bytes.store(0, Ordering::Relaxed);
        let mut items = shelf.items()?;
        items.sort_unstable_by_key(|item| item.added);
        let mut bytes: u64 = items.iter().map(|item| item.len_bytes).sum();
        let is_old = |item: &Item| now.duration_since(item.added).is_ok_and(|age| age > self.options.max_age);
        let mut evicted = 0;
        for item in &items {
            if bytes <= self.options.max_bytes && !is_old(item) {
                break;
            }
            match shelf.remove(&item.digest) {
                Err(why) if why.kind() != io::ErrorKind::NotFound => {
                    tracing::warn!(%why, digest = %item.digest, "a kept content cannot be removed");
                }
                _ => {
                    bytes -= item.len_bytes;
                    evicted += 1;
                }
            }
        }
        self.kept_bytes.store(bytes, Ordering::Relaxed);
        Ok(Upkeep { contents: items.len() as u64 - evicted, bytes, evicted })
    }

    fn waiting(&self) -> std::sync::MutexGuard<'_, Vec<Digest>> {
        crate::sync::lock(&self.waiting)
    }
}
