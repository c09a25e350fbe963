//! What the wall clock says, and how.

use crate::hosts::Processes;
use abi::table;

/// The host's time of day through the kernel, in milliseconds since the Unix epoch.
pub(crate) fn wall_clock_millis(processes: &dyn Processes) -> u64 {
    processes.system().call(table::GetCurrentTime {}).map_or(0, |time| time.unix_millis)
}

/// `Sun 22 Nov   19:42` in the host's time zone.
pub(super) fn clock_text(unix_millis: u64) -> String {
    local_time(unix_millis, "%a %-d %b   %H:%M")
}

/// A time in the host's time zone, as `strftime` writes it.
pub(crate) fn local_time(unix_millis: u64, pattern: &str) -> String {
    let Ok(stamp) = jiff::Timestamp::from_millisecond(i64::try_from(unix_millis).unwrap_or(0)) else {
        return String::new();
    };
    stamp.to_zoned_datetime(jiff::tz::TimeZone::system()).strftime(pattern).to_string()
}
