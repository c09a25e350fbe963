//! Counters that many threads add to at once, without a locked instruction and without a shared cache line.
//!
//! Each thread has a *place*: a small number that no other living thread has. A counter keeps one word for
//! every place, which only that thread writes, so adding is a plain load and store; reading sums them up.
//! Threads beyond [`PLACES`] share one more word and add to it atomically.
//!
//! **Invariants**: no two living threads have the same place; the lock under which a place is given back and
//! taken again orders the words of the one before the next one's; sums are exact once the adding threads
//! are done, and never lose a count.

use crate::sync::lock;
use crossbeam::utils::CachePadded;
use std::{
    cell::Cell,
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

/// Threads at once that have a place.
pub(crate) const PLACES: usize = 64;

/// This thread has not asked for a place yet.
const UNKNOWN: usize = usize::MAX;
/// There was none left, or the thread is ending.
const NONE: usize = usize::MAX - 1;

thread_local! {
    static PLACE: Cell<usize> = const { Cell::new(UNKNOWN) };
    /// Gives the place back when the thread ends.
    static HOLDER: Holder = Holder::new();
}

/// Places that nobody has, and the first that nobody ever had.
static FREE: Mutex<(Vec<usize>, usize)> = Mutex::new((Vec::new(), 0));

struct Holder(Option<usize>);

impl Holder {
    fn new() -> Self {
        let mut free = lock(&FREE);
        let place = free.0.pop().or_else(|| {
            let fresh = free.1;
            (fresh < PLACES).then(|| {
                free.1 += 1;
                fresh
            })
        });
        Holder(place)
    }
}

impl Drop for Holder {
    fn drop(&mut self) {
        PLACE.set(NONE);
        if let Some(place) = self.0 {
            lock(&FREE).0.push(place);
        }
    }
}

/// This thread's place.
#[inline]
pub(crate) fn place() -> Option<usize> {
    let place = PLACE.get();
    if place < PLACES { Some(place) } else { ask_for_place(place) }
}

#[cold]
fn ask_for_place(known: usize) -> Option<usize> {
    if known == NONE {
        return None;
    }
    // Fails while the thread's own values are being destroyed.
    let place = HOLDER.try_with(|holder| holder.0).ok().flatten();
    PLACE.set(place.unwrap_or(NONE));
    place
}

/// Adds one to a word that only this thread writes.
#[inline]
pub(crate) fn add_own(word: &AtomicU64) -> u64 {
    let sum = word.load(Ordering::Relaxed) + 1;
    word.store(sum, Ordering::Relaxed);
    sum
}

/// One counter.
pub(crate) struct Tally {
    own: Box<[CachePadded<AtomicU64>]>,
    shared: CachePadded<AtomicU64>,
}

impl Default for Tally {
    fn default() -> Self {
        Tally { own: (0..PLACES).map(|_| CachePadded::default()).collect(), shared: CachePadded::default() }
    }
}

impl Tally {
    /// Counts one.
    #[inline]
    pub(crate) fn add(&self) {
        match place() {
            Some(place) => drop(add_own(&self.own[place])),
            None => drop(self.shared.fetch_add(1, Ordering::Relaxed)),
        }
    }

    /// How many were counted.
    pub(crate) fn sum(&self) -> u64 {
        let words = self.own.iter().chain([&self.shared]);
        words.map(|word| word.load(Ordering::Relaxed)).fold(0, u64::wrapping_add)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{collections::HashSet, sync::Barrier, thread};

    #[test]
    fn living_threads_have_different_places_and_there_is_a_bound() {
        let barrier = Barrier::new(PLACES + 8);
        let places: Vec<Option<usize>> = thread::scope(|scope| {
            let one = || {
                let place = place();
                barrier.wait();
                place
            };
            let threads: Vec<_> = (0..PLACES + 8).map(|_| scope.spawn(one)).collect();
            threads.into_iter().map(|thread| thread.join().expect("it only asks")).collect()
        });
        let held: Vec<usize> = places.iter().flatten().copied().collect();
        assert!(held.len() <= PLACES && held.iter().all(|place| *place < PLACES));
        assert_eq!(held.iter().collect::<HashSet<_>>().len(), held.len());
    }

    #[test]
    fn sums_are_exact_however_many_threads_come_and_go() {
        let tally = Tally::default();
        for _ in 0..3 {
            thread::scope(|scope| {
                for _ in 0..PLACES + 8 {
                    scope.spawn(|| (0..1_000).for_each(|_| tally.add()));
                }
            });
        }
        assert_eq!(tally.sum(), 3 * (PLACES as u64 + 8) * 1_000);
    }
}
