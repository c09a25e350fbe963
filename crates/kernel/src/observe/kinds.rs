//! What can happen: one entry per kind of event with its exact counters, its sampling rate, and
//! its latencies. The first kinds are the rows of the syscall table, in its order; others are
//! registered by name when their subsystem boots.
//!
//! Bounded: 512 kinds. When they are used up, new ones count as `other`.
//!
//! **Invariants**
//! 1. Registered kinds are contiguous from zero, and each has a name.
//! 2. Of each kind no more events were kept than there were.

use crate::observe::{Detector, Histogram, Rate};
use abi::table::{Category, Class, EventCategory, ROWS, Row};
use std::sync::{
    Mutex, OnceLock, PoisonError,
    atomic::{AtomicU64, Ordering},
};

/// Kinds that can be told apart.
pub(super) const MAX_KINDS: usize = 512;

/// Number of a kind of event. For syscalls it is the row's place in the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KindId(pub(super) u16);

impl KindId {
    /// The kind of a row of the syscall table.
    #[must_use]
    #[inline]
    pub const fn of_row(row: &Row) -> Self {
        KindId(row.index)
    }
}

/// What is fixed about a kind.
#[derive(Clone, Copy, Debug)]
pub struct KindInfo {
    /// Its name in queries.
    pub name: &'static str,
    /// The category of its events.
    pub category: EventCategory,
    /// For syscalls, what the table says they are about.
    pub group: Option<Category>,
    /// Whether unusual durations are told. Not of rows that wait: their durations are somebody else's.
    pub is_watched: bool,
}

/// Latencies of a kind, made when the first one is recorded.
#[derive(Default)]
pub struct Latency {
    /// All of them.
    pub histogram: Histogram,
    /// Looks for unusual ones.
    pub detector: Detector,
}

/// A kind's figures, on lines of their own so that threads with different calls do not meet.
#[repr(align(128))]
#[derive(Default)]
pub struct Kind {
    pub(super) events: AtomicU64,
    pub(super) kept: AtomicU64,
    pub(super) errors: AtomicU64,
    pub(super) denied: AtomicU64,
    pub(super) rate: Rate,
    latency: OnceLock<Box<Latency>>,
    info: OnceLock<KindInfo>,
}

impl Kind {
    /// What is fixed about it. Kinds that were never registered count as anomalies of nobody.
    #[must_use]
    pub fn info(&self) -> KindInfo {
        self.info.get().copied().unwrap_or(OTHER)
    }

    /// The category of its events.
    #[inline]
    #[must_use]
    pub fn category(&self) -> EventCategory {
        self.info.get().map_or(OTHER.category, |info| info.category)
    }

    /// Whether unusual durations are told.
    #[inline]
    #[must_use]
    pub fn is_watched(&self) -> bool {
        self.info.get().is_some_and(|info| info.is_watched)
    }

    /// Whether each of its events is kept, whatever the load.
    #[inline]
    #[must_use]
    pub fn is_never_sampled(&self) -> bool {
        matches!(self.category(), EventCategory::Security | EventCategory::Anomaly)
    }

    /// Its latencies.
    #[inline]
    pub fn latency(&self) -> &Latency {
        self.latency.get_or_init(Box::default)
    }

    /// Its latencies, if any was recorded.
    #[must_use]
    pub fn recorded_latency(&self) -> Option<&Latency> {
        self.latency.get().map(|latency| &**latency)
    }

    /// Events so far, exact.
    #[must_use]
    pub fn events(&self) -> u64 {
        self.events.load(Ordering::Relaxed)
    }

    /// Events that went into the ring.
    #[must_use]
    pub fn kept(&self) -> u64 {
        self.kept.load(Ordering::Relaxed)
    }

    /// The share of its events that are kept at present, 0 to 1.
    #[must_use]
    pub fn rate(&self) -> f64 {
        self.rate.share()
    }

    /// Failed ones, exact.
    #[must_use]
    pub fn errors(&self) -> u64 {
        self.errors.load(Ordering::Relaxed)
    }

    /// Denied ones, exact.
    #[must_use]
    pub fn denied(&self) -> u64 {
        self.denied.load(Ordering::Relaxed)
    }
}

const OTHER: KindInfo =
    KindInfo { name: "other", category: EventCategory::Anomaly, group: None, is_watched: false };

/// All kinds; see the module documentation.
pub struct Kinds {
    kinds: Box<[Kind]>,
    registered: Mutex<usize>,
    other: KindId,
}

impl Default for Kinds {
    fn default() -> Self {
        Self::new()
    }
}

impl Kinds {
    /// The rows of the syscall table and `other`.
    #[must_use]
    pub fn new() -> Self {
        const { assert!(ROWS_LEN < MAX_KINDS) };
        let kinds = Kinds {
            kinds: (0..MAX_KINDS).map(|_| Kind::default()).collect(),
            registered: Mutex::new(0),
            other: KindId(ROWS_LEN as u16),
        };
        for row in &ROWS {
            kinds.add(KindInfo {
                name: row.name,
                category: EventCategory::Syscall,
                group: Some(row.category),
                is_watched: row.class != Class::Waits,
            });
        }
        kinds.add(OTHER);
        kinds
    }

    fn add(&self, info: KindInfo) -> Option<KindId> {
        let mut registered = self.registered.lock().unwrap_or_else(PoisonError::into_inner);
        let same = |kind: &Kind| {
            let known = kind.info();
            known.name == info.name && known.category == info.category
        };
        if let Some(index) = self.kinds[..*registered].iter().position(same) {
            return Some(KindId(index as u16));
        }
        let kind = self.kinds.get(*registered)?;
        // The slot is beyond the registered ones and we hold the lock: nobody has set it.
        let _ = kind.info.set(info);
        *registered += 1;
        Some(KindId((*registered - 1) as u16))
    }

    /// The number of a kind, registering it when it is new. Not for the hot path: keep the number.
    pub fn register(&self, category: EventCategory, name: &'static str) -> KindId {
        self.add(KindInfo { name, category, group: None, is_watched: true }).unwrap_or(self.other)
    }

    /// The entry of a kind; `other` for a number that is none.
    #[inline]
    #[must_use]
    pub fn get(&self, id: KindId) -> &Kind {
        self.kinds.get(usize::from(id.0)).unwrap_or(&self.kinds[usize::from(self.other.0)])
    }

    /// All registered kinds, in order of their numbers.
    pub fn iter(&self) -> impl Iterator<Item = &Kind> {
        let registered = *self.registered.lock().unwrap_or_else(PoisonError::into_inner);
        self.kinds[..registered].iter()
    }

    /// Checks the invariants of the module; the second one only holds while nobody records.
    ///
    /// # Errors
    /// The broken invariant in words.
    pub fn verify_invariants(&self) -> Result<(), String> {
        for (index, kind) in self.iter().enumerate() {
            if kind.info.get().is_none() {
                return Err(format!("kind {index} has no name"));
            }
            if kind.kept() > kind.events() {
                return Err(format!("{}: kept {} of {}", kind.info().name, kind.kept(), kind.events()));
            }
        }
        Ok(())
    }
}

const ROWS_LEN: usize = abi::Call::COUNT;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_come_first_in_the_order_of_the_table() {
        let kinds = Kinds::new();
        for row in &ROWS {
            assert_eq!(kinds.get(KindId::of_row(row)).info().name, row.name);
        }
        kinds.verify_invariants().expect("nobody records");
    }

    #[test]
    fn a_kind_is_registered_once_and_there_is_a_bound() {
        let kinds = Kinds::new();
        let spawned = kinds.register(EventCategory::Process, "spawned");
        assert_eq!(kinds.register(EventCategory::Process, "spawned"), spawned);
        assert_ne!(kinds.register(EventCategory::Task, "spawned"), spawned);
        for n in 0..MAX_KINDS {
            kinds.register(EventCategory::Ui, Box::leak(n.to_string().into_boxed_str()));
        }
        let late = kinds.register(EventCategory::Ui, "one too many");
        assert_eq!(kinds.get(late).info().name, "other");
        assert_eq!(kinds.get(KindId(u16::MAX)).info().name, "other");
        assert_eq!(kinds.iter().count(), MAX_KINDS);
        kinds.verify_invariants().expect("nobody records");
    }
}
