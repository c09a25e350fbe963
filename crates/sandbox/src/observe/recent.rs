//! What was asked a moment ago: a table of fixed size in which the newer takes the place of the older.
//!
//! Only the hash is kept, of a key that each table has for itself, so that no program can make two things look the same.

use std::{
    hash::{BuildHasher, Hash, RandomState},
    time::{Duration, Instant},
};

/// Places; a power of two.
const PLACES: usize = 512;

/// What was asked, and what came out.
#[derive(Debug)]
pub(super) struct Recent<T> {
    within: Duration,
    key: RandomState,
    places: Box<[Option<(u64, Instant, T)>]>,
}

impl<T: Copy> Recent<T> {
    /// Remembers for this long.
    pub(super) fn new(within: Duration) -> Recent<T> {
        Recent { within, key: RandomState::new(), places: vec![None; PLACES].into() }
    }

    /// What came out when the same was asked, if that was a moment ago.
    pub(super) fn get(&self, what: &impl Hash) -> Option<T> {
        let hash = self.key.hash_one(what);
        let (known, at, came_out) = self.places[place(hash)]?;
        (known == hash && at.elapsed() < self.within).then_some(came_out)
    }

    /// Remembers what came out.
    pub(super) fn put(&mut self, what: &impl Hash, came_out: T) {
        let hash = self.key.hash_one(what);
        self.places[place(hash)] = Some((hash, Instant::now(), came_out));
    }
}

#[allow(clippy::cast_possible_truncation, reason = "any of the bits will do")]
fn place(hash: u64) -> usize {
    hash as usize % PLACES
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_asked_a_moment_ago_is_known() {
        let mut recent = Recent::new(Duration::from_secs(60));
        assert_eq!(recent.get(&(1, "a")), None);
        recent.put(&(1, "a"), true);
        assert_eq!((recent.get(&(1, "a")), recent.get(&(2, "a"))), (Some(true), None));
        let mut forgetful = Recent::new(Duration::ZERO);
        forgetful.put(&"a", ());
        assert_eq!(forgetful.get(&"a"), None);
    }

    #[test]
    fn it_never_grows() {
        let mut recent = Recent::new(Duration::from_secs(60));
        (0..10_000).for_each(|number| recent.put(&number, number));
        assert_eq!(recent.get(&9_999), Some(9_999));
        assert!((0..10_000).filter(|number| recent.get(number).is_some()).count() <= PLACES);
    }
}
