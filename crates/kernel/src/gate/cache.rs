//! Earlier *yes* answers of the gate: fixed size, four ways in each of 256 sets, without locks.
//!
//! An entry is a sequence number, a hash, and the whole key (policy epoch, process, verb, object), all of it
//! atomic words. The hash only rejects quickly: a reader then compares every word of the key and takes the
//! entry only if the sequence number is even and unchanged, so neither two equal hashes nor a half-written
//! entry can say yes to the wrong object. Objects longer than `MAX_OBJECT_BYTES` are not cached. A writer that finds an
//! entry being written gives up: losing an entry costs a microsecond, waiting costs more.
//!
//! **Invariant**: an entry answers for exactly the key that was inserted, and only in its epoch.

use super::entry::{Entry, Key, OBJECT_WORDS};
use crate::tally::Tally;
use abi::{Pid, table::Verb};
use crossbeam::utils::CachePadded;
use std::hash::{BuildHasher, RandomState};

const SETS: usize = 256;
const WAYS: usize = 4;
/// Entries in all.
pub(super) const CAPACITY: usize = SETS * WAYS;

/// The cache.
pub(super) struct DecisionCache {
    sets: Box<[CachePadded<[Entry; WAYS]>]>,
    /// Drawn per boot, so that nobody can aim at another's set.
    secrets: [u64; 4],
    pairs: [[u64; 2]; OBJECT_WORDS / 2],
    hits: Tally,
    misses: Tally,
}

/// The halves of a product of 128 bits together: each bit of the result depends on nearly all of both.
#[inline]
fn fold(left: u64, right: u64) -> u64 {
    let product = u128::from(left) * u128::from(right);
    (product as u64) ^ ((product >> 64) as u64)
}

impl DecisionCache {
    pub(super) fn new() -> Self {
        let random = RandomState::new();
        let sets = (0..SETS).map(|_| CachePadded::new(std::array::from_fn(|_| Entry::new()))).collect();
        DecisionCache {
            sets,
            secrets: std::array::from_fn(|at| random.hash_one(at)),
            pairs: std::array::from_fn(|at| [0, 1].map(|half| random.hash_one((at, half)))),
            hits: Tally::default(),
            misses: Tally::default(),
        }
    }

    /// Pairs of words, each under a number of this boot, multiplied and folded (as wyhash does, by Wang Yi).
    /// It chooses a place and proves nothing: the whole key is compared.
    #[inline]
    fn hash(&self, key: &Key<'_>) -> u64 {
        let word = |word: &[u8; 8]| u64::from_le_bytes(*word);
        let [epoch, pid, about] = key.head;
        let mut hash = fold(epoch ^ self.secrets[0], pid ^ self.secrets[1])
            ^ fold(about ^ self.secrets[2], key.tail.unwrap_or(0) ^ self.secrets[3]);
        let (pairs, single) = key.body.as_chunks::<2>();
        for ([first, second], secrets) in pairs.iter().zip(&self.pairs) {
            hash ^= fold(word(first) ^ secrets[0], word(second) ^ secrets[1]);
        }
        if let [last] = single {
            hash ^= fold(word(last) ^ self.secrets[1], self.secrets[0]);
        }
        fold(hash, self.secrets[2])
    }

    #[inline]
    fn set(&self, hash: u64) -> &[Entry; WAYS] {
        &self.sets[(hash >> (64 - SETS.ilog2())) as usize]
    }

    /// Whether this very decision was *yes* in this epoch.
    #[inline]
    pub(super) fn holds(&self, epoch: u64, pid: Pid, verb: Verb, object: &str) -> bool {
        let Some(key) = Key::new(epoch, pid, verb, object) else {
            // Looked for in vain, as far as the figures go.
            self.misses.add();
            return false;
        };
        let hash = self.hash(&key);
        let found = self.set(hash).iter().any(|entry| entry.is(hash, &key));
        let count = if found { &self.hits } else { &self.misses };
        count.add();
        found
    }

    /// Remembers a *yes*. Replaces an entry of an older epoch if the set has one, else one by chance.
    pub(super) fn insert(&self, epoch: u64, pid: Pid, verb: Verb, object: &str) {
        let Some(key) = Key::new(epoch, pid, verb, object) else { return };
        let hash = self.hash(&key);
        let set = self.set(hash);
        let chosen = (hash >> (64 - SETS.ilog2() - WAYS.ilog2())) as usize % WAYS;
        let stale = set.iter().find(|entry| entry.epoch() != epoch);
        stale.unwrap_or(&set[chosen]).store(hash, &key);
    }

    /// Hits and misses since boot.
    pub(super) fn counts(&self) -> (u64, u64) {
        (self.hits.sum(), self.misses.sum())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gate::entry::MAX_OBJECT_BYTES;

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
