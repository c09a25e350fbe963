//! What the wall clock says, and how.

use crate::hosts::Processes;
use abi::table;

/// The host's time of day through the kernel, in milliseconds since the Unix epoch.
pub(crate) fn wall_clock_millis(processes: &dyn Processes) -> u64 {
    processes.system().call(table::GetCurrentTime {}).map_or(0, |time| time.unix_millis)
}

/// The time of day, asked of the kernel at most once a second and carried on by the frame clock between.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WallClock {
    unix_millis: u64,
    /// Seconds of the frame clock at which it was asked.
    asked_at: f64,
}

impl Default for WallClock {
    fn default() -> Self {
        WallClock { unix_millis: 0, asked_at: f64::NEG_INFINITY }
    }
}

impl WallClock {
    /// Asks when it is time to.
    pub(crate) fn refresh(&mut self, processes: &dyn Processes, now: f64) {
        if now - self.asked_at >= 1.0 || now < self.asked_at {
            *self = WallClock { unix_millis: wall_clock_millis(processes), asked_at: now };
        }
    }

    /// Milliseconds since the Unix epoch at this second of the frame clock.
    pub(crate) fn at(&self, now: f64) -> u64 {
        self.unix_millis + ((now - self.asked_at).clamp(0.0, 10.0) * 1000.0) as u64
    }
}

/// `Sun 22 Nov   19:42` in the host's time zone; without the date where there is no room for it.
pub(super) fn clock_text(unix_millis: u64, with_date: bool) -> String {
    local_time(unix_millis, if with_date { "%a %-d %b   %H:%M" } else { "%H:%M" })
}

/// The day in the host's time zone.
pub(super) fn local_date(unix_millis: u64) -> jiff::civil::Date {
    let stamp =
        jiff::Timestamp::from_millisecond(i64::try_from(unix_millis).unwrap_or(0)).unwrap_or_default();
    stamp.to_zoned_datetime(jiff::tz::TimeZone::system()).date()
}

/// A time in the host's time zone, as `strftime` writes it.
pub(crate) fn local_time(unix_millis: u64, pattern: &str) -> String {
    let Ok(stamp) = jiff::Timestamp::from_millisecond(i64::try_from(unix_millis).unwrap_or(0)) else {
        return String::new();
    };
    stamp.to_zoned_datetime(jiff::tz::TimeZone::system()).strftime(pattern).to_string()
}
