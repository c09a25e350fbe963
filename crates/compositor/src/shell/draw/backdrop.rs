//! What the wall clock says, and how.

use crate::hosts::Processes;
use abi::table;

/// The host's time of day through the kernel, in milliseconds since the Unix epoch.
pub(crate) fn wall_clock_millis(processes: &dyn Processes) -> u64 {
    processes.system().call(table::GetCurrentTime {}).map_or(0, |time| time.unix_millis)
}

/// `Sun 22 Nov   19:42` in the host's time zone.
pub(super) fn clock_text(unix_millis: u64) -> String {
    let Ok(stamp) = jiff::Timestamp::from_millisecond(i64::try_from(unix_millis).unwrap_or(0)) else {
        return String::new();
    };
    jiff::ZonedDateTime::new(stamp, jiff::tz::TimeZone::system()).strftime("%a %-d %b   %H:%M").to_string()
}
