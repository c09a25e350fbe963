//! A ring of bytes between one writer and one reader, without a lock between them.
//!
//! Each side owns its handle ([`Producer`], [`Consumer`], used through `&mut`), keeps its own place,
//! and remembers how far it saw the other. A transfer is at most two copies and one store that
//! publishes them. Known as Lamport's queue, with the cached indices of Giacomoni's FastForward
//! and rigtorp's `SPSCQueue`.
//!
//! It knows nothing but atomics and [`Slots`], so that a loom model can put its own in their place.
//!
//! **Invariants**: `read <= written <= read + capacity`; the bytes between `read` and `written` belong to the
//! reader, all others to the writer. Totals never run over: 2⁶⁴ bytes take centuries.

#![allow(unsafe_code, reason = "the protocol decides who may touch which bytes")]

use super::{
    atomic::{Arc, AtomicU64, Ordering},
    slots::Slots,
};

/// A counter on cache lines of its own (two, for the prefetcher).
#[repr(align(128))]
struct Line(AtomicU64);

/// Bytes that went in and came out since the ring was made. Outlives the ring's memory.
pub(super) struct Totals {
    written: Line,
    read: Line,
}

impl Totals {
    /// Bytes written and bytes read, as of one moment: never more between them than the ring can hold.
    pub(super) fn get(&self, capacity: usize) -> (u64, u64) {
        // In this order `written` is never behind `read`; the reader may have gone on meanwhile.
        let read = self.read.0.load(Ordering::Acquire);
        let written = self.written.0.load(Ordering::Acquire);
        (written, read.max(written.saturating_sub(capacity as u64)))
    }

    /// Counts as read what nobody will read any more. Only without a reader and a writer.
    pub(super) fn forget_rest(&self) {
        self.read.0.store(self.written.0.load(Ordering::Acquire), Ordering::Release);
    }
}

/// The writing side.
pub(super) struct Producer {
    totals: Arc<Totals>,
    slots: Arc<Slots>,
    capacity: usize,
    written: u64,
    /// How far the reader was seen.
    read_seen: u64,
    at: usize,
}

/// The reading side.
pub(super) struct Consumer {
    totals: Arc<Totals>,
    slots: Arc<Slots>,
    capacity: usize,
    read: u64,
    /// How far the writer was seen.
    written_seen: u64,
    at: usize,
}

/// A ring over `slots`, of which the first `capacity` are used.
pub(super) fn ring(slots: Slots, capacity: usize) -> (Producer, Consumer, Arc<Totals>) {
    let totals = Arc::new(Totals { written: Line(AtomicU64::new(0)), read: Line(AtomicU64::new(0)) });
    let slots = Arc::new(slots);
    let producer =
        Producer { totals: totals.clone(), slots: slots.clone(), capacity, written: 0, read_seen: 0, at: 0 };
    let consumer = Consumer { totals: totals.clone(), slots, capacity, read: 0, written_seen: 0, at: 0 };
    (producer, consumer, totals)
}

/// Where a side stands after it went on by `count` (at most `capacity`).
fn advance(at: usize, count: usize, capacity: usize) -> usize {
    let to = at + count;
    if to >= capacity { to - capacity } else { to }
}

impl Producer {
    /// Takes as much of `data` as fits; says how much.
    pub(super) fn push(&mut self, data: &[u8]) -> usize {
        let room = |read: u64| self.capacity - (self.written - read) as usize;
        if room(self.read_seen) < data.len() {
            // Pairs with the reader's store: its copies out happened before what we do to these bytes.
            self.read_seen = self.totals.read.0.load(Ordering::Acquire);
        }
        let count = data.len().min(room(self.read_seen));
        if count == 0 {
            return 0;
        }
        // SAFETY: `at < capacity`; the bytes are free, so they are ours until they are published below.
        unsafe { self.slots.copy_in(self.capacity, self.at, &data[..count]) };
        self.at = advance(self.at, count, self.capacity);
        self.written += count as u64;
        self.totals.written.0.store(self.written, Ordering::Release);
        count
    }
}

impl Consumer {
    /// Adds what is there to `out`, at most `most` bytes; says how much.
    pub(super) fn pop(&mut self, most: usize, out: &mut Vec<u8>) -> usize {
        let there = |written: u64| (written - self.read) as usize;
        if there(self.written_seen) < most {
            // Pairs with the writer's store: its copies in happened before what we read.
            self.written_seen = self.totals.written.0.load(Ordering::Acquire);
        }
        let count = most.min(there(self.written_seen));
        if count == 0 {
            return 0;
        }
        // SAFETY: `at < capacity`; the bytes were published, and are ours until we give them back below.
        unsafe { self.slots.copy_out(self.capacity, self.at, count, out) };
        self.at = advance(self.at, count, self.capacity);
        self.read += count as u64;
        self.totals.read.0.store(self.read, Ordering::Release);
        count
    }
}
