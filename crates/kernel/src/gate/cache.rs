//! Earlier *yes* answers of the gate: fixed size, four ways in each of 256 sets, without locks.
//!
//! An entry is a sequence number and the whole key (policy epoch, process, verb, object), all of it
//! atomic words. A reader compares every word and takes the entry only if the sequence number is
//! even and unchanged, so neither two equal hashes nor a half-written entry can say yes to the wrong
//! object. Objects longer than [`MAX_OBJECT_BYTES`] are not cached. A writer that finds an
//! entry being written gives up: losing an entry costs a microsecond, waiting costs more.
//!
//! **Invariant**: an entry answers for exactly the key that was inserted, and only in its epoch.

use abi::{Pid, table::Verb};
use crossbeam::utils::CachePadded;
use std::{
    hash::{BuildHasher, RandomState},
    sync::atomic::{AtomicU64, Ordering, fence},
};

const SETS: usize = 256;
const WAYS: usize = 4;
/// Entries in all.
pub(super) const CAPACITY: usize = SETS * WAYS;
const OBJECT_WORDS: usize = 12;
/// Longest object that is cached, bytes.
const MAX_OBJECT_BYTES: usize = OBJECT_WORDS * 8;
/// Sequence, epoch, pid, verb and length, then the object: two cache lines.
const KEY_WORDS: usize = 3 + OBJECT_WORDS;

struct Entry {
    sequence: AtomicU64,
    key: [AtomicU64; KEY_WORDS],
}

/// What is looked up. Words beyond the object's end are zero.
struct Key {
    words: [u64; KEY_WORDS],
    used: usize,
}

/// The cache.
pub(super) struct DecisionCache {
    sets: Box<[CachePadded<[Entry; WAYS]>]>,
    /// Drawn per boot, so that nobody can aim at another's set.
    multipliers: [u64; KEY_WORDS],
    hits: CachePadded<AtomicU64>,
    misses: CachePadded<AtomicU64>,
}

impl Key {
    #[inline]
    fn new(epoch: u64, pid: Pid, verb: Verb, object: &str) -> Option<Self> {
        if object.len() > MAX_OBJECT_BYTES {
            return None;
        }
        let mut words = [0; KEY_WORDS];
        words[0] = epoch;
        words[1] = pid.0;
        words[2] = ((verb as u64) << 32) | object.len() as u64;
        let (chunks, rest) = object.as_bytes().as_chunks::<8>();
        for (word, chunk) in words[3..].iter_mut().zip(chunks) {
            *word = u64::from_le_bytes(*chunk);
        }
        let mut used = 3 + chunks.len();
        if !rest.is_empty() {
            // The last eight bytes, less those that are in the words before: one load instead of a copy.
            words[used] = match object.as_bytes().last_chunk::<8>() {
                Some(last) => u64::from_le_bytes(*last) >> (64 - 8 * rest.len()),
                None => rest.iter().rev().fold(0, |word, byte| (word << 8) | u64::from(*byte)),
            };
            used += 1;
        }
        Some(Key { words, used })
    }

    /// The words that can differ from another key of the same length.
    #[inline]
    fn used(&self) -> &[u64] {
        &self.words[..self.used]
    }
}

impl DecisionCache {
    pub(super) fn new() -> Self {
        let entry = || Entry { sequence: AtomicU64::new(0), key: Default::default() };
        let random = RandomState::new();
        let sets = (0..SETS).map(|_| CachePadded::new(std::array::from_fn(|_| entry()))).collect();
        DecisionCache {
            sets,
            multipliers: std::array::from_fn(|at| random.hash_one(at) | 1),
            hits: CachePadded::default(),
            misses: CachePadded::default(),
        }
    }

    /// Multilinear hashing, whose upper bits are the good ones (Lemire and Kaser, "Strongly universal
    /// string hashing is fast", 2014). It chooses a place and proves nothing: the whole key is compared.
    #[inline]
    fn place(&self, key: &Key) -> (&[Entry; WAYS], usize) {
        let products = key.used().iter().zip(&self.multipliers).map(|(word, by)| word.wrapping_mul(*by));
        let hash = products.fold(0_u64, u64::wrapping_add);
        let (set, way) = (hash >> (64 - SETS.ilog2()), hash >> (64 - SETS.ilog2() - WAYS.ilog2()));
        (&self.sets[set as usize], way as usize % WAYS)
    }

    /// Whether this very decision was *yes* in this epoch.
    pub(super) fn holds(&self, epoch: u64, pid: Pid, verb: Verb, object: &str) -> bool {
        let Some(key) = Key::new(epoch, pid, verb, object) else { return false };
        let found = self.place(&key).0.iter().any(|entry| entry.is(&key));
        let count = if found { &self.hits } else { &self.misses };
        count.fetch_add(1, Ordering::Relaxed);
        found
    }

    /// Remembers a *yes*. Replaces an entry of an older epoch if the set has one, else one by chance.
    pub(super) fn insert(&self, epoch: u64, pid: Pid, verb: Verb, object: &str) {
        let Some(key) = Key::new(epoch, pid, verb, object) else { return };
        let (set, chosen) = self.place(&key);
        let stale = set.iter().find(|entry| entry.key[0].load(Ordering::Relaxed) != epoch);
        stale.unwrap_or(&set[chosen]).store(&key);
    }

    /// Hits and misses since boot.
    pub(super) fn counts(&self) -> (u64, u64) {
        (self.hits.load(Ordering::Relaxed), self.misses.load(Ordering::Relaxed))
    }
}

impl Entry {
    /// A sequence lock over atomic words, as in Boehm, "Can seqlocks get along with programming
    /// language memory models?" (MSPC 2012).
    fn is(&self, key: &Key) -> bool {
        let before = self.sequence.load(Ordering::Acquire);
        let same =
            self.key.iter().zip(key.used()).all(|(word, wanted)| word.load(Ordering::Relaxed) == *wanted);
        fence(Ordering::Acquire);
        same && before.is_multiple_of(2) && self.sequence.load(Ordering::Relaxed) == before
    }

    fn store(&self, key: &Key) {
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
        for (word, value) in self.key.iter().zip(&key.words) {
            word.store(*value, Ordering::Relaxed);
        }
        self.sequence.store(before + 2, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_same_key_in_the_same_epoch_is_found() {
        let cache = DecisionCache::new();
        let pid = Pid(7);
        cache.insert(1, pid, Verb::ReadFile, "/home/a");
        assert!(cache.holds(1, pid, Verb::ReadFile, "/home/a"));
        assert!(!cache.holds(2, pid, Verb::ReadFile, "/home/a"));
        assert!(!cache.holds(1, Pid(8), Verb::ReadFile, "/home/a"));
        assert!(!cache.holds(1, pid, Verb::WriteFile, "/home/a"));
        assert!(!cache.holds(1, pid, Verb::ReadFile, "/home/a\0"));
        assert_eq!(cache.counts(), (1, 4));
    }

    #[test]
    fn more_decisions_than_entries_forget_and_never_invent() {
        let cache = DecisionCache::new();
        for n in 0..4 * CAPACITY {
            cache.insert(1, Pid(1), Verb::ReadFile, &format!("/home/{n}"));
        }
        let known =
            (0..4 * CAPACITY).filter(|n| cache.holds(1, Pid(1), Verb::ReadFile, &format!("/home/{n}")));
        assert!(known.count() <= CAPACITY);
        assert!(!cache.holds(1, Pid(1), Verb::ReadFile, "/home/other"));
        let long = "x".repeat(MAX_OBJECT_BYTES + 1);
        cache.insert(1, Pid(1), Verb::ReadFile, &long);
        assert!(!cache.holds(1, Pid(1), Verb::ReadFile, &long));
    }

    #[test]
    fn writers_and_readers_at_once_never_say_yes_to_what_was_not_inserted() {
        let cache = DecisionCache::new();
        std::thread::scope(|scope| {
            for thread in 0..4_u64 {
                let cache = &cache;
                scope.spawn(move || {
                    for n in 0..20_000_u64 {
                        let even = format!("/object/{}", (n * 2 + thread * 8) % 4_000);
                        cache.insert(1, Pid(1), Verb::ReadFile, &even);
                        let odd = format!("/object/{}", (n * 2 + 1) % 4_000);
                        assert!(!cache.holds(1, Pid(1), Verb::ReadFile, &odd));
                    }
                });
            }
        });
    }
}
