//! The telemetry ring: the last 65,536 events in 64-byte slots, many producers, no lock.
//!
//! A producer takes the next ticket from one counter, fills the slot of that ticket and publishes
//! it. It never waits: when the ring is full the oldest event is overwritten. Readers take nothing
//! away; they read a slot by ticket and learn whether it still holds that ticket.
//!
//! A slot is eight atomic words, so racing readers and writers are defined behaviour:
//! `sequence | time | pid | cause | a | b | head | check`. The sequence word is zero while the slot
//! is being filled and `ticket + 1` afterwards (a seqlock). That alone is exact for one writer per
//! slot; a producer that sleeps for a whole lap of the ring can still write into its successor's
//! slot, which is what the check word (a multilinear hash over the ticket and all fields) is for:
//! a mixture of two events does not pass it. Lossless records belong into the journal, not here.
//!
//! It takes its atomics from the module around it, so that a loom model can put its own in their place
//! (`tests/event_ring_model.rs`).
//!
//! **Invariants**
//! 1. The capacity is a power of two.
//! 2. A published slot `i` holds a ticket `t` below the head with `t mod capacity = i`.

use super::atomic::{AtomicU64, Ordering, fence};
use abi::{CauseId, Pid};
use crossbeam::utils::CachePadded;
use std::ops::ControlFlow;

/// Slots of the kernel's ring.
pub(super) const CAPACITY: usize = 65_536;

/// How far behind the head an unpublished slot may lie and still be waited for by a [`Cursor`].
/// Further back its producer is taken for stalled and the event is counted as lost.
pub(super) const PATIENCE: u64 = 1_024;

const WORDS: usize = 8;
pub(super) const SEQUENCE: usize = 0;
pub(super) const CHECK: usize = 7;

/// Odd multipliers of the check word, one per field and one for the ticket; the fractional digits
/// of the square roots of the first primes, as in SHA-512, made odd.
const MULTIPLIERS: [u64; 7] = [
    0x6a09_e667_f3bc_c909,
    0xbb67_ae85_84ca_a73b,
    0x3c6e_f372_fe94_f82b,
    0xa54f_f53a_5f1d_36f1,
    0x510e_527f_ade6_82d1,
    0x9b05_688c_2b3e_6c1f,
    0x1f83_d9ab_fb41_bd6b,
];

/// An event as it lies in the ring; numbers are resolved to names by the query side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RawEvent {
    /// Raw clock value.
    pub time_raw: u64,
    /// Who.
    pub pid: Pid,
    /// On whose account.
    pub cause: CauseId,
    /// First number; its meaning belongs to the kind.
    pub a: u64,
    /// Second number.
    pub b: u64,
    /// Number of the category.
    pub category: u8,
    /// Number of the severity.
    pub severity: u8,
    /// Number of the kind.
    pub kind: u16,
    /// Interned label, zero for none.
    pub label: u32,
}

impl RawEvent {
    #[inline]
    pub(super) fn to_words(self) -> [u64; 6] {
        let head = u64::from(self.category)
            | u64::from(self.severity) << 8
            | u64::from(self.kind) << 16
            | u64::from(self.label) << 32;
        [self.time_raw, self.pid.0, self.cause.0, self.a, self.b, head]
    }

    #[inline]
    pub(super) fn from_words(words: [u64; 6]) -> Self {
        let head = words[5];
        RawEvent {
            time_raw: words[0],
            pid: Pid(words[1]),
            cause: CauseId(words[2]),
            a: words[3],
            b: words[4],
            category: head as u8,
            severity: (head >> 8) as u8,
            kind: (head >> 16) as u16,
            label: (head >> 32) as u32,
        }
    }
}

#[inline]
fn check_word(ticket: u64, words: &[u64; 6]) -> u64 {
    let mut sum = ticket.wrapping_mul(MULTIPLIERS[6]);
    for (word, multiplier) in words.iter().zip(&MULTIPLIERS) {
        sum = sum.wrapping_add(word.wrapping_mul(*multiplier));
    }
    sum
}

/// Why a ticket's event cannot be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// Its producer has the ticket but has not published yet.
    Pending,
    /// A later event took the slot.
    Overwritten,
    /// The slot changed while it was read, or two producers met in it.
    Torn,
}

#[repr(align(64))]
pub(super) struct Slot(pub(super) [AtomicU64; WORDS]);

/// What a walk through the ring saw.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Scan {
    /// The first ticket that was not there yet: where the next walk goes on.
    pub next: u64,
    /// Events in the asked range that were overwritten or torn.
    pub lost: u64,
}

/// See the module documentation.
pub struct Ring {
    slots: Box<[Slot]>,
    mask: u64,
    head: CachePadded<AtomicU64>,
}

impl Ring {
    /// A ring of `capacity` slots, rounded up to a power of two.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        let capacity = capacity.max(2).next_power_of_two();
        let slots = (0..capacity).map(|_| Slot(std::array::from_fn(|_| AtomicU64::new(0)))).collect();
        Ring { slots, mask: capacity as u64 - 1, head: CachePadded::new(AtomicU64::new(0)) }
    }

    /// Number of slots.
    #[must_use]
    pub fn capacity(&self) -> u64 {
        self.mask + 1
    }

    /// The next ticket; equal to the number of events ever pushed.
    #[must_use]
    pub fn head(&self) -> u64 {
        self.head.load(Ordering::Acquire)
    }

    /// The next ticket. Each producer that gets this or a later one sees what the caller did before.
    #[must_use]
    pub fn join(&self) -> u64 {
        self.head.fetch_add(0, Ordering::Release)
    }

    /// Events that later ones have taken the slot of.
    #[must_use]
    pub fn overwritten(&self) -> u64 {
        self.head().saturating_sub(self.capacity())
    }

    /// Stores an event and returns its ticket. Wait-free: one `fetch_add` and nine plain stores.
    #[inline]
    pub fn push(&self, event: RawEvent) -> u64 {
        // Acquire: whoever joined before this ticket was given out is seen from here on.
        let ticket = self.head.fetch_add(1, Ordering::Acquire);
        let slot = &self.slots[(ticket & self.mask) as usize].0;
        let words = event.to_words();
        slot[SEQUENCE].store(0, Ordering::Relaxed);
        // Readers that see one of the new words also see that the sequence is no longer theirs.
        fence(Ordering::Release);
        for (cell, word) in slot[1..CHECK].iter().zip(words) {
            cell.store(word, Ordering::Relaxed);
        }
        slot[CHECK].store(check_word(ticket, &words), Ordering::Relaxed);
        slot[SEQUENCE].store(ticket + 1, Ordering::Release);
        ticket
    }

    /// The event of a ticket.
    ///
    /// # Errors
    /// Why it is not there; [`Missing::Pending`] also for tickets not yet given out.
    pub fn read(&self, ticket: u64) -> Result<RawEvent, Missing> {
        let slot = &self.slots[(ticket & self.mask) as usize].0;
        let sequence = slot[SEQUENCE].load(Ordering::Acquire);
        if sequence != ticket + 1 {
            let replaced = sequence > ticket + 1 || self.head() > ticket + self.capacity();
            return Err(if replaced { Missing::Overwritten } else { Missing::Pending });
        }
        let mut words = [0; 6];
        for (word, cell) in words.iter_mut().zip(&slot[1..CHECK]) {
            *word = cell.load(Ordering::Relaxed);
        }
        let check = slot[CHECK].load(Ordering::Relaxed);
        fence(Ordering::Acquire);
        let same = slot[SEQUENCE].load(Ordering::Relaxed) == sequence;
        if same && check == check_word(ticket, &words) {
            Ok(RawEvent::from_words(words))
        } else {
            Err(Missing::Torn)
        }
    }

    /// Walks from the newest event back to ticket `floor`, until `visit` breaks.
    pub fn newest_first(&self, floor: u64, mut visit: impl FnMut(u64, RawEvent) -> ControlFlow<()>) -> Scan {
        let head = self.head();
        let oldest = head.saturating_sub(self.capacity());
        let mut scan = Scan { next: head, lost: oldest.saturating_sub(floor) };
        for ticket in (floor.max(oldest)..head).rev() {
            match self.read(ticket) {
                Ok(event) => {
                    if visit(ticket, event).is_break() {
                        break;
                    }
                }
                // Keep it for the next walk, if it is the end of the published part.
                Err(Missing::Pending) if head - ticket <= PATIENCE => scan.next = ticket,
                Err(_) => scan.lost += 1,
            }
        }
        scan
    }

    /// Checks the invariants of the module; only meaningful while no producer runs.
    ///
    /// # Errors
    /// The broken invariant in words.
    pub fn verify_invariants(&self) -> Result<(), String> {
        if !self.slots.len().is_power_of_two() || self.slots.len() as u64 != self.mask + 1 {
            return Err(format!("capacity {} with mask {}", self.slots.len(), self.mask));
        }
        let head = self.head();
        for (index, slot) in self.slots.iter().enumerate() {
            let sequence = slot.0[SEQUENCE].load(Ordering::Acquire);
            if sequence != 0 && (sequence > head || (sequence - 1) & self.mask != index as u64) {
                return Err(format!("slot {index} holds sequence {sequence} below head {head}"));
            }
        }
        Ok(())
    }

    #[cfg(test)]
    pub(super) fn poke(&self, ticket: u64, word: usize, value: u64) {
        self.slots[(ticket & self.mask) as usize].0[word].store(value, Ordering::SeqCst);
    }
}

/// A subscriber's place in the ring. A slow subscriber loses events, counted; producers never know.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cursor {
    /// The next ticket to read.
    pub next: u64,
    /// Events lost so far.
    pub lost: u64,
}

impl Cursor {
    /// A cursor that sees only what comes from now on.
    #[must_use]
    pub fn at_head(ring: &Ring) -> Self {
        Cursor { next: ring.head(), lost: 0 }
    }

    /// Visits events, oldest first, until the head is reached or `limit` of them were wanted, and
    /// moves on. `visit` says whether it wanted the event. Returns the number of wanted ones.
    pub fn poll(&mut self, ring: &Ring, limit: usize, mut visit: impl FnMut(u64, RawEvent) -> bool) -> usize {
        let head = ring.head();
        let oldest = head.saturating_sub(ring.capacity());
        if self.next < oldest {
            self.lost += oldest - self.next;
            self.next = oldest;
        }
        let mut wanted = 0;
        while self.next < head && wanted < limit {
            match ring.read(self.next) {
                Ok(event) => wanted += usize::from(visit(self.next, event)),
                Err(Missing::Pending) if head - self.next <= PATIENCE => break,
                Err(_) => self.lost += 1,
            }
            self.next += 1;
        }
        wanted
    }
}
