//! Which events are worth their time. Each kind of event has a [`Rate`]. Where it is below one, a number is
//! drawn (xorshift, about 2 ns) for the [`gap`] until the next event that is kept.
//!
//! The rates follow from demand: at the end of a window the cost of recording everything is held
//! against a budget (1 % of one processor unless told otherwise), and the budget is shared
//! max-min fairly. So a kind that floods is thinned out before a rare one loses anything, within a
//! category as well as between categories. A rate falls at once and doubles with each calm window.
//! Errors and security events do not ask; counters are not sampled, so totals stay exact.

use crate::observe::{Clock, RawEvent, Ring};
use abi::{CauseId, Pid};
use std::{
    cell::Cell,
    sync::atomic::{AtomicU32, AtomicU64, Ordering},
};

/// A threshold that keeps everything.
const KEEP_ALL: u32 = u32::MAX;
/// No rate goes below one in 65,536, so that a flood still shows.
const KEEP_LEAST: u32 = 1 << 16;

/// What sampling is held to.
#[derive(Clone, Copy, Debug)]
pub struct SamplingBudget {
    /// Share of one processor that recording may take, in millionths.
    pub share_ppm: u32,
    /// What one kept event costs, nanoseconds.
    pub event_cost_nanos: u32,
    /// Length of a window, nanoseconds.
    pub window_nanos: u64,
}

impl SamplingBudget {
    /// One percent, in windows of 10 ms: with what counting costs, watching stays within two (observability.md).
    #[must_use]
    pub fn new(event_cost_nanos: u32) -> Self {
        SamplingBudget {
            share_ppm: 10_000,
            event_cost_nanos: event_cost_nanos.max(1),
            window_nanos: 10_000_000,
        }
    }

    /// Measures what an event costs here: two readings of the clock and a slot. Takes the best of a few
    /// short rounds (some ten microseconds in all), as a round that was interrupted says nothing.
    #[must_use]
    pub fn measured(clock: &Clock) -> Self {
        const ROUNDS: u64 = 8;
        const EVENTS: u64 = 64;
        let ring = Ring::new(EVENTS as usize);
        let mut best = u64::MAX;
        for _ in 0..ROUNDS {
            let start = clock.raw();
            for _ in 0..EVENTS {
                let time_raw = clock.raw();
                let a = clock.nanos_between(time_raw, clock.raw());
                let (pid, cause) = (Pid::KERNEL, CauseId::NONE);
                ring.push(RawEvent {
                    time_raw,
                    pid,
                    cause,
                    a,
                    b: 0,
                    category: 0,
                    severity: 0,
                    kind: 0,
                    label: 0,
                });
            }
            best = best.min(clock.nanos_between(start, clock.raw()) / EVENTS);
        }
        Self::new(u32::try_from(best).unwrap_or(u32::MAX))
    }

    /// How many events may be kept in a span of time.
    #[must_use]
    pub fn events_in(&self, span_nanos: u64) -> f64 {
        span_nanos as f64 * f64::from(self.share_ppm) / 1e6 / f64::from(self.event_cost_nanos.max(1))
    }
}

/// The share of a kind's events that are kept.
pub struct Rate(AtomicU32);

impl Default for Rate {
    fn default() -> Self {
        Rate(AtomicU32::new(KEEP_ALL))
    }
}

impl Rate {
    /// The threshold that keeps everything.
    pub(super) const ALL: u32 = KEEP_ALL;

    /// The rate in parts of 2³².
    #[inline]
    pub(super) fn threshold(&self) -> u32 {
        self.0.load(Ordering::Relaxed)
    }

    /// Whether one event is to be recorded, drawn for it alone.
    #[must_use]
    pub fn keep(&self) -> bool {
        let threshold = self.threshold();
        threshold == KEEP_ALL || draw() < threshold
    }

    /// From 0 to 1.
    #[must_use]
    pub fn share(&self) -> f64 {
        f64::from(self.0.load(Ordering::Relaxed)) / f64::from(KEEP_ALL)
    }

    /// Sets the rate for a kind that had `events` events in a span of `windows` windows, of which
    /// `limit` would have been fair.
    pub fn adapt(&self, events: u64, limit: f64, windows: u64) {
        let wanted = if events as f64 <= limit {
            KEEP_ALL
        } else {
            (limit / events as f64 * f64::from(KEEP_ALL)) as u32
        };
        let doublings = windows.clamp(1, 16) as u32;
        let now = u64::from(self.0.load(Ordering::Relaxed));
        let grown = u32::try_from(now << doublings).unwrap_or(KEEP_ALL);
        self.0.store(wanted.min(grown).max(KEEP_LEAST), Ordering::Relaxed);
    }
}

/// The largest number of events per kind such that all kinds, each cut to it, fit into `capacity`
/// events (max-min fairness by progressive filling). Sorts `demand`.
#[must_use]
pub(super) fn fair_limit(demand: &mut [u64], capacity: f64) -> f64 {
    demand.sort_unstable();
    let mut left = capacity;
    for (index, events) in demand.iter().enumerate() {
        let share = left / (demand.len() - index) as f64;
        if *events as f64 > share {
            return share;
        }
        left -= *events as f64;
    }
    f64::INFINITY
}

/// How many events to leave out before one is kept, at a rate in parts of 2³²: equally likely from none to
/// twice the mean, so that nothing periodic stays hidden, and one division per kept event.
pub(super) fn gap(threshold: u32) -> u32 {
    // One of 1 / rate events is kept, so 1 / rate - 1 are left out on average.
    let most = ((1_u64 << 33) / u64::from(threshold.max(1))).saturating_sub(1);
    u32::try_from((u64::from(draw()) * most) >> 32).unwrap_or(u32::MAX)
}

/// A number from this thread's xorshift64* generator (Marsaglia, Vigna). Not for secrets.
#[inline]
fn draw() -> u32 {
    thread_local! {
        static STATE: Cell<u64> = const { Cell::new(0) };
    }
    STATE.with(|state| {
        let mut x = state.get();
        if x == 0 {
            x = seed();
        }
        x ^= x >> 12;
        x ^= x << 25;
        x ^= x >> 27;
        state.set(x);
        (x.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 32) as u32
    })
}

/// A different, never zero seed for each thread, the same in each run (splitmix64 of a counter).
#[cold]
fn seed() -> u64 {
    static THREADS: AtomicU64 = AtomicU64::new(1);
    let mut z = THREADS.fetch_add(1, Ordering::Relaxed).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (z ^ (z >> 31)) | 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_budget_buys_events() {
        assert!((SamplingBudget::new(20).events_in(1_000_000_000) - 5e5).abs() < 1e-3);
        assert!(SamplingBudget::measured(&Clock::system()).event_cost_nanos > 0);
    }

    #[test]
    fn a_flood_is_thinned_and_the_rare_ones_are_not() {
        let (flood, rare) = (Rate::default(), Rate::default());
        let limit = fair_limit(&mut [10_000_000, 60], 1_000_060.0);
        flood.adapt(10_000_000, limit, 1);
        rare.adapt(60, limit, 1);
        assert!((flood.share() - 0.1).abs() < 0.001);
        assert!((0..1_000).all(|_| rare.keep()));
        let kept = (0..100_000).filter(|_| flood.keep()).count();
        assert!((9_000..11_000).contains(&kept), "{kept} of 100,000 at a rate of 0.1");
        let gaps: u64 = (0..10_000).map(|_| u64::from(gap(flood.threshold()))).sum();
        assert!(
            (85_000..95_000).contains(&gaps),
            "{gaps} left out for 10,000 that are kept at a rate of 0.1"
        );
    }

    #[test]
    fn two_floods_share_fairly() {
        assert!((fair_limit(&mut [8_000_000, 2_000_000], 1e6) - 5e5).abs() < 1.0);
        assert!((fair_limit(&mut [8_000_000, 0, 200_000], 1e6) - 8e5).abs() < 1.0);
        assert!(fair_limit(&mut [400_000, 500_000], 1e6).is_infinite());
        assert!(fair_limit(&mut [], 0.0).is_infinite());
    }

    #[test]
    fn rates_recover_with_calm_windows() {
        let rate = Rate::default();
        rate.adapt(16_000_000, 1e6, 1);
        rate.adapt(10, f64::INFINITY, 1);
        assert!((rate.share() - 0.125).abs() < 0.001);
        rate.adapt(10, f64::INFINITY, 2);
        assert!((rate.share() - 0.5).abs() < 0.001);
        rate.adapt(u64::MAX, 0.0, 1);
        assert!(rate.share() > 0.0);
        rate.adapt(1, f64::INFINITY, 6_000);
        assert!((rate.share() - 1.0).abs() < f64::EPSILON, "a minute of calm is enough");
    }
}
