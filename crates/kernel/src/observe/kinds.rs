//! What can happen: one entry per kind of event with its exact counters, its sampling rate, and
//! its latencies. The first kinds are the rows of the syscall table, in its order; others are
//! registered by name when their subsystem boots.
//!
//! Events are counted where they begin, in a *lane* of the thread's own ([`crate::tally`]), so that the
//! count and the decision whether the event is kept cost a load and a store each. A kind whose rate is
//! below one is thinned by a random gap between the events that are kept, drawn anew whenever its rate has
//! changed.
//!
//! Bounded: 512 kinds, and 64 lanes of 8 KiB that are made when their thread records first. When the kinds
//! are used up, new ones count as `other`.
//!
//! **Invariants**
//! 1. Registered kinds are contiguous from zero, and each has a name.
//! 2. Of each kind no more events were kept than there were.

use crate::{
    observe::{Detector, Histogram, Rate},
    tally,
};
use abi::table::{Category, Class, EventCategory, ROWS, Row};
use std::{
    iter,
    sync::{
        Mutex, OnceLock,
        atomic::{AtomicU32, AtomicU64, Ordering},
    },
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

/// A kind's figures but for the number of its events, on lines of their own so that threads with different
/// calls do not meet.
#[repr(align(128))]
#[derive(Default)]
pub struct Kind {
    pub(super) kept: AtomicU64,
    pub(super) errors: AtomicU64,
    pub(super) denied: AtomicU64,
    pub(super) rate: Rate,
    latency: OnceLock<Box<Latency>>,
    info: OnceLock<KindInfo>,
}

/// What one thread has had of one kind. Only that thread writes it.
#[derive(Default)]
struct Turn {
    events: AtomicU64,
    /// Events that are still to be left out before the next one is kept.
    gap: AtomicU32,
    /// The rate that the gap was drawn for.
    rate: AtomicU32,
}

/// What one thread has had of every kind.
type Lane = Box<[Turn]>;

fn new_lane() -> Lane {
    (0..MAX_KINDS).map(|_| Turn::default()).collect()
}

/// An event that was counted.
#[derive(Clone, Copy)]
pub(super) struct Counted {
    /// Whether it is to be recorded.
    pub(super) keep: bool,
    /// How many of its kind this thread has counted.
    pub(super) turn: u64,
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

impl Turn {
    /// The gap is over, or was drawn for another rate: draws the next one. Says whether this event is kept.
    #[cold]
    fn draw(&self, gap: u32, rate: u32) -> bool {
        let is_over = gap == 0 && self.rate.load(Ordering::Relaxed) == rate;
        let next = super::sampling::gap(rate);
        self.rate.store(rate, Ordering::Relaxed);
        // With a new rate this event is the first of the gap, not the one after it.
        self.gap.store(if is_over { next } else { next.saturating_sub(1) }, Ordering::Relaxed);
        is_over || next == 0
    }
}

const OTHER: KindInfo =
    KindInfo { name: "other", category: EventCategory::Anomaly, group: None, is_watched: false };

/// All kinds; see the module documentation.
pub struct Kinds {
    kinds: Box<[Kind]>,
    lanes: Box<[OnceLock<Lane>]>,
    /// Of the threads that have no lane of their own; they add atomically and draw for each event.
    shared: Box<[AtomicU64]>,
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
            lanes: (0..tally::PLACES).map(|_| OnceLock::new()).collect(),
            shared: (0..MAX_KINDS).map(|_| AtomicU64::new(0)).collect(),
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
        let mut registered = crate::sync::lock(&self.registered);
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

    /// Counts an event and decides whether it is kept.
    #[inline]
    pub(super) fn count(&self, id: KindId) -> Counted {
        let index = usize::from(id.0);
        let (Some(place), Some(kind)) = (tally::place(), self.kinds.get(index)) else {
            return self.count_shared(id);
        };
        let turn = &self.lanes[place].get_or_init(new_lane)[index];
        let events = tally::add_own(&turn.events);
        let rate = kind.rate.threshold();
        let keep = rate == Rate::ALL || {
            let gap = turn.gap.load(Ordering::Relaxed);
            if gap != 0 && turn.rate.load(Ordering::Relaxed) == rate {
                turn.gap.store(gap - 1, Ordering::Relaxed);
                false
            } else {
                turn.draw(gap, rate)
            }
        };
        Counted { keep, turn: events }
    }

    #[cold]
    fn count_shared(&self, id: KindId) -> Counted {
        let id = if usize::from(id.0) < MAX_KINDS { id } else { self.other };
        let turn = self.shared[usize::from(id.0)].fetch_add(1, Ordering::Relaxed) + 1;
        Counted { keep: self.get(id).rate.keep(), turn }
    }

    /// Events of a kind so far; exact once those who record are done.
    #[must_use]
    pub fn events(&self, id: KindId) -> u64 {
        let index = usize::from(id.0);
        let lanes = self.lanes.iter().filter_map(OnceLock::get).map(|lane| &lane[index].events);
        lanes.chain(iter::once(&self.shared[index])).map(|events| events.load(Ordering::Relaxed)).sum()
    }

    /// All registered kinds with the number of their events.
    pub fn counts(&self) -> impl Iterator<Item = (&Kind, u64)> {
        self.iter().enumerate().map(|(index, kind)| (kind, self.events(KindId(index as u16))))
    }

    /// All registered kinds, in order of their numbers.
    pub fn iter(&self) -> impl Iterator<Item = &Kind> {
        let registered = *crate::sync::lock(&self.registered);
        self.kinds[..registered].iter()
    }

    /// Checks the invariants of the module; the second one only holds while nobody records.
    ///
    /// # Errors
    /// The broken invariant in words.
    pub fn verify_invariants(&self) -> Result<(), String> {
        for (index, (kind, events)) in self.counts().enumerate() {
            if kind.info.get().is_none() {
                return Err(format!("kind {index} has no name"));
            }
            if kind.kept() > events {
                return Err(format!("{}: kept {} of {events}", kind.info().name, kind.kept()));
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
