//! One entry of the decision cache, and what it is looked up by.
//!
//! It takes its atomics from the module around it, so that a loom model can put its own in their place
//! (`tests/decision_model.rs`).
//!
//! **Invariant**: an entry answers for exactly the key that was stored last, or for none.

use super::atomic::{AtomicU64, Ordering, fence};
use abi::{Pid, table::Verb};

pub(super) const OBJECT_WORDS: usize = 12;
/// Longest object that is cached, bytes.
pub(super) const MAX_OBJECT_BYTES: usize = OBJECT_WORDS * 8;
/// Epoch, pid, verb and length, then the object.
const KEY_WORDS: usize = 3 + OBJECT_WORDS;

pub(super) struct Entry {
    sequence: AtomicU64,
    hash: AtomicU64,
    key: [AtomicU64; KEY_WORDS],
}

/// What is looked up: the words of an entry, without a copy of the object.
#[derive(Clone, Copy)]
pub(super) struct Key<'a> {
    /// Epoch, pid, verb and length.
    pub(super) head: [u64; 3],
    /// The object's whole words, then what is left of it, filled up with zeros.
    pub(super) body: &'a [[u8; 8]],
    pub(super) tail: Option<u64>,
}

impl<'a> Key<'a> {
    #[inline]
    pub(super) fn new(epoch: u64, pid: Pid, verb: Verb, object: &'a str) -> Option<Self> {
        let bytes = object.as_bytes();
        if bytes.len() > MAX_OBJECT_BYTES {
            return None;
        }
        let (body, rest) = bytes.as_chunks::<8>();
        let tail = (!rest.is_empty()).then(|| match bytes.last_chunk::<8>() {
            // The last eight bytes, less those that are in the words before: one load instead of a copy.
            Some(last) => u64::from_le_bytes(*last) >> (64 - 8 * rest.len()),
            None => rest.iter().rev().fold(0, |word, byte| (word << 8) | u64::from(*byte)),
        });
        Some(Key { head: [epoch, pid.0, ((verb as u64) << 32) | bytes.len() as u64], body, tail })
    }

    /// Whether these are an entry's words: as [`Key::words`] says, written out for speed.
    #[inline]
    fn is_in(&self, words: &[AtomicU64; KEY_WORDS]) -> bool {
        let word = |at: usize| words[at].load(Ordering::Relaxed);
        let body = &words[3..];
        self.head[0] == word(0)
            && self.head[1] == word(1)
            && self.head[2] == word(2)
            && body
                .iter()
                .zip(self.body)
                .all(|(word, wanted)| word.load(Ordering::Relaxed) == u64::from_le_bytes(*wanted))
            && self.tail.is_none_or(|tail| {
                body.get(self.body.len()).is_some_and(|word| word.load(Ordering::Relaxed) == tail)
            })
    }

    /// All words, in the order of an entry. Keys of one length have equally many.
    fn words(&self) -> impl Iterator<Item = u64> + 'a {
        let body = self.body.iter().map(|word| u64::from_le_bytes(*word));
        self.head.into_iter().chain(body).chain(self.tail)
    }
}

impl Entry {
    /// An entry that answers for no key.
    pub(super) fn new() -> Self {
        Entry {
            sequence: AtomicU64::new(0),
            hash: AtomicU64::new(0),
            key: std::array::from_fn(|_| AtomicU64::new(0)),
        }
    }

    /// The epoch that it is of.
    pub(super) fn epoch(&self) -> u64 {
        self.key[0].load(Ordering::Relaxed)
    }

    /// A sequence lock over atomic words, as in Boehm, "Can seqlocks get along with programming
    /// language memory models?" (MSPC 2012).
    #[inline]
    pub(super) fn is(&self, hash: u64, key: &Key<'_>) -> bool {
        if self.hash.load(Ordering::Relaxed) != hash {
            return false;
        }
        let before = self.sequence.load(Ordering::Acquire);
        let same = key.is_in(&self.key);
        fence(Ordering::Acquire);
        same && before.is_multiple_of(2) && self.sequence.load(Ordering::Relaxed) == before
    }

    pub(super) fn store(&self, hash: u64, key: &Key<'_>) {
        let before = self.sequence.load(Ordering::Relaxed);
        if !before.is_multiple_of(2)
            || self
                .sequence
                .compare_exchange(before, before + 1, Ordering::Acquire, Ordering::Relaxed)
                .is_err()
        {
            return;
        }
        fence(Ordering::Release);
        self.hash.store(hash, Ordering::Relaxed);
        for (word, value) in self.key.iter().zip(key.words()) {
            word.store(value, Ordering::Relaxed);
        }
        self.sequence.store(before + 2, Ordering::Release);
    }
}
