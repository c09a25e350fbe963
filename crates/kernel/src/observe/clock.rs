//! The clock of telemetry: raw counter values that cost one `rdtsc` (about 10 ns on a virtual
//! machine), turned into nanoseconds only when somebody reads them.
//!
//! [`Clock::system`] is `quanta` on the TSC, calibrated once per process against
//! `CLOCK_MONOTONIC`; where the TSC is not usable quanta falls back to the monotonic clock.
//! [`Clock::virtual_time`] stands still until a test moves it. The conversion is as good as the
//! calibration (a few parts per million), so it orders and measures events; it is not a wall
//! clock, and [`Clock::wall_millis`] asks the host each time.

use quanta::Mock;
use std::{
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

const NANOS_PER_MILLI: u64 = 1_000_000;

/// Reads raw time and scales it.
#[derive(Clone, Debug)]
pub struct Clock {
    counter: quanta::Clock,
    origin_raw: u64,
    /// Wall clock at the origin of a virtual clock; `None` where the host is asked.
    virtual_wall_millis: Option<u64>,
}

impl Clock {
    /// The machine's counter.
    #[must_use]
    pub fn system() -> Self {
        let counter = quanta::Clock::new();
        let origin_raw = counter.raw();
        Clock { counter, origin_raw, virtual_wall_millis: None }
    }

    /// A clock that only moves when its handle says so. `wall_millis` is what the wall clock shows
    /// at the start, in milliseconds since the Unix epoch.
    #[must_use]
    pub fn virtual_time(wall_millis: u64) -> (Self, VirtualTime) {
        let (counter, mock) = quanta::Clock::mock();
        // Raw zero means "not timed" in the recorder, so virtual time starts at one.
        mock.increment(1_u64);
        let origin_raw = counter.raw();
        (Clock { counter, origin_raw, virtual_wall_millis: Some(wall_millis) }, VirtualTime(mock))
    }

    /// The counter now, in its own unit. Never zero in practice: it counts from power-on.
    #[inline]
    #[must_use]
    pub fn raw(&self) -> u64 {
        self.counter.raw()
    }

    /// Nanoseconds from `start` to `end`; zero where cores disagree and `end` is earlier.
    #[inline]
    #[must_use]
    pub fn nanos_between(&self, start: u64, end: u64) -> u64 {
        self.counter.delta_as_nanos(start, end)
    }

    /// How far the counter goes in a span of time.
    #[must_use]
    pub fn ticks_in(&self, nanos: u64) -> u64 {
        const TICKS: u64 = 1 << 32;
        let nanos_in_ticks = self.counter.delta_as_nanos(1, 1 + TICKS).max(1);
        let ticks = u128::from(nanos) * u128::from(TICKS) / u128::from(nanos_in_ticks);
        u64::try_from(ticks).unwrap_or(u64::MAX)
    }

    /// Nanoseconds from the making of this clock to a raw value.
    #[must_use]
    pub fn nanos_since_start(&self, raw: u64) -> u64 {
        self.nanos_between(self.origin_raw, raw)
    }

    /// Wall clock, milliseconds since the Unix epoch.
    #[must_use]
    pub fn wall_millis(&self) -> u64 {
        match self.virtual_wall_millis {
            Some(start) => start + self.nanos_since_start(self.raw()) / NANOS_PER_MILLI,
            None => {
                let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
                u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
            }
        }
    }
}

/// Moves a virtual clock.
#[derive(Clone, Debug)]
pub struct VirtualTime(Arc<Mock>);

impl VirtualTime {
    /// Moves time forward.
    pub fn advance(&self, by: Duration) {
        self.0.increment(by);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn virtual_time_moves_only_by_hand() {
        let (clock, time) = Clock::virtual_time(1_000);
        let start = clock.raw();
        assert_eq!(clock.raw(), start);
        time.advance(Duration::from_millis(7));
        assert_eq!(clock.nanos_between(start, clock.raw()), 7_000_000);
        assert_eq!(clock.nanos_since_start(clock.raw()), 7_000_000);
        assert_eq!(clock.wall_millis(), 1_007);
    }

    #[test]
    fn ticks_and_nanoseconds_agree() {
        for clock in [Clock::system(), Clock::virtual_time(0).0] {
            let nanos = clock.nanos_between(5, 5 + clock.ticks_in(1_000_000));
            assert!(nanos.abs_diff(1_000_000) < 100, "{nanos} ns");
        }
    }

    #[test]
    fn a_later_start_gives_zero_not_a_wrap() {
        let clock = Clock::system();
        let now = clock.raw();
        assert_eq!(clock.nanos_between(now, now - 1), 0);
    }
}
