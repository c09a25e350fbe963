//! The windows of sampling: when one is over, because its time or its budget of events is used up,
//! the rates of all kinds are set from what happened in it.
//!
//! Nobody is paid to watch the time: whoever records something looks whether the window is over, so with
//! nothing to record nothing runs. The window's lock is only tried, never waited for.

use crate::observe::{Clock, Kinds, Ring, SamplingBudget, kinds::MAX_KINDS, sampling::fair_limit};
use crossbeam::utils::CachePadded;
use std::sync::{
    Mutex,
    atomic::{AtomicU64, Ordering},
};

/// When the present window is over; read with every kept event.
struct End {
    time_raw: AtomicU64,
    ticket: AtomicU64,
}

/// How the present window began.
struct Start {
    time_raw: u64,
    ticket: u64,
    events: Box<[u64; MAX_KINDS]>,
}

/// See the module documentation.
pub(super) struct Windows {
    budget: SamplingBudget,
    end: CachePadded<End>,
    start: Mutex<Start>,
    overhead_ppm: AtomicU64,
}

impl Windows {
    pub(super) fn new(budget: SamplingBudget, clock: &Clock) -> Self {
        let time_raw = clock.raw();
        let end = End { time_raw: AtomicU64::new(0), ticket: AtomicU64::new(0) };
        let start = Start { time_raw, ticket: 0, events: Box::new([0; MAX_KINDS]) };
        let windows = Windows {
            budget,
            end: CachePadded::new(end),
            start: Mutex::new(start),
            overhead_ppm: AtomicU64::new(0),
        };
        windows.set_end(clock, time_raw, 0);
        windows
    }

    /// Whether the window is over at a time, or at a ticket of the ring.
    #[inline]
    pub(super) fn is_over(&self, now_raw: u64, ticket: u64) -> bool {
        now_raw >= self.end.time_raw.load(Ordering::Relaxed)
            || ticket >= self.end.ticket.load(Ordering::Relaxed)
    }

    fn set_end(&self, clock: &Clock, start_raw: u64, start_ticket: u64) {
        let window_nanos = self.budget.window_nanos;
        let events = self.budget.events_in(window_nanos).max(1.0) as u64;
        let end_raw = start_raw.saturating_add(clock.ticks_in(window_nanos));
        self.end.time_raw.store(end_raw, Ordering::Relaxed);
        self.end.ticket.store(start_ticket.saturating_add(events), Ordering::Relaxed);
    }

    /// Sets the rates and begins the next window.
    #[cold]
    pub(super) fn close(&self, now_raw: u64, clock: &Clock, ring: &Ring, kinds: &Kinds) {
        // Somebody else is closing it: recording goes on under the old rates meanwhile. After a panic in
        // here rates stay as they are, which costs time but loses nothing.
        let Ok(mut start) = self.start.try_lock() else { return };
        let head = ring.head();
        if !self.is_over(now_raw, head) {
            return;
        }
        let span = clock.nanos_between(start.time_raw, now_raw).max(1);
        let mut demand = [0; MAX_KINDS];
        let mut registered = 0;
        for ((_, events), (demand, seen)) in
            kinds.counts().zip(demand.iter_mut().zip(start.events.iter_mut()))
        {
            *demand = events.saturating_sub(*seen);
            *seen = events;
            registered += 1;
        }
        let mut sorted = demand;
        let limit = fair_limit(&mut sorted[..registered], self.budget.events_in(span));
        let windows = span / self.budget.window_nanos.max(1);
        for (kind, events) in kinds.iter().zip(demand).filter(|(kind, _)| !kind.is_never_sampled()) {
            kind.rate.adapt(events, limit, windows);
        }
        let cost = head.saturating_sub(start.ticket) as f64 * f64::from(self.budget.event_cost_nanos);
        self.overhead_ppm.store((cost / span as f64 * 1e6) as u64, Ordering::Relaxed);
        start.time_raw = now_raw;
        start.ticket = head;
        self.set_end(clock, now_raw, head);
    }

    /// Share of one processor that recording took in the last window, in millionths.
    pub(super) fn overhead_ppm(&self) -> u64 {
        self.overhead_ppm.load(Ordering::Relaxed)
    }
}
