//! Figures as people read them. Sizes are decimal (1 kB is 1,000 bytes), as the host's file managers have it.

use jiff::{Timestamp, tz::TimeZone};

/// `512 B`, `14 kB`, `2.1 MB`.
pub(crate) fn bytes(count: u64) -> String {
    const UNITS: [&str; 5] = ["kB", "MB", "GB", "TB", "PB"];
    if count < 1_000 {
        return format!("{count} B");
    }
    let mut value = count as f64 / 1_000.0;
    let mut unit = 0;
    // 999.5 would be shown as 1000.
    while value >= 999.5 && unit + 1 < UNITS.len() {
        value /= 1_000.0;
        unit += 1;
    }
    if value < 9.95 { format!("{value:.1} {}", UNITS[unit]) } else { format!("{value:.0} {}", UNITS[unit]) }
}

/// `1,234,567`.
pub(crate) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `1 item`, `3 items`.
pub(crate) fn counted(number: usize, one: &str, many: &str) -> String {
    format!("{} {}", count(number as u64), if number == 1 { one } else { many })
}

/// A latency: `850 ns`, `1.2 µs`, `3.4 ms`, `2.0 s`.
pub(crate) fn nanos(nanos: u64) -> String {
    let value = nanos as f64;
    match nanos {
        0..1_000 => format!("{nanos} ns"),
        1_000..1_000_000 => scaled(value / 1e3, "µs"),
        1_000_000..1_000_000_000 => scaled(value / 1e6, "ms"),
        _ => scaled(value / 1e9, "s"),
    }
}

fn scaled(value: f64, unit: &str) -> String {
    if value < 99.95 { format!("{value:.1} {unit}") } else { format!("{value:.0} {unit}") }
}

/// CPU time: `0.02 s`, `12.4 s`, `3 min 05 s`.
pub(crate) fn cpu_time(micros: u64) -> String {
    let seconds = micros as f64 / 1e6;
    match seconds {
        s if s < 10.0 => format!("{s:.2} s"),
        s if s < 60.0 => format!("{s:.1} s"),
        s => format!("{} min {:02} s", s as u64 / 60, s as u64 % 60),
    }
}

/// A long time: `12 s`, `5 min`, `3 h 12 min`, `2 d 4 h`.
pub(crate) fn uptime(seconds: u64) -> String {
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3_600 => format!("{} min", seconds / 60),
        3_600..86_400 => format!("{} h {} min", seconds / 3_600, seconds % 3_600 / 60),
        _ => format!("{} d {} h", seconds / 86_400, seconds % 86_400 / 3_600),
    }
}

/// A rate per second: `0`, `0.4`, `12`, `1,234`.
pub(crate) fn rate(per_second: f64) -> String {
    match per_second {
        r if !r.is_finite() || r <= 0.0 => "0".into(),
        r if r < 9.95 => format!("{r:.1}"),
        r => count(r.round() as u64),
    }
}

/// `12 %`, `0.4 %`; `–` where it is not known.
pub(crate) fn percent(value: f64) -> String {
    // A sum of nothing is -0.
    match value + 0.0 {
        v if !v.is_finite() => "–".into(),
        v if v > 0.0 && v < 9.95 => format!("{v:.1} %"),
        v => format!("{v:.0} %"),
    }
}

/// Date and time in the host's time zone: `23 Nov 2026 14:05`. Empty for the epoch, which stands for "unknown".
pub(crate) fn date_time(unix_millis: u64) -> String {
    zoned(unix_millis, "%-d %b %Y %H:%M")
}

/// Day and time to the second in the host's time zone: `23 Nov 14:05:09`.
pub(crate) fn moment(unix_millis: u64) -> String {
    zoned(unix_millis, "%-d %b %H:%M:%S")
}

/// Time of day in the host's time zone: `14:05:09`.
pub(crate) fn clock(unix_millis: u64) -> String {
    zoned(unix_millis, "%H:%M:%S")
}

fn zoned(unix_millis: u64, pattern: &str) -> String {
    let millis = i64::try_from(unix_millis).unwrap_or(i64::MAX);
    match Timestamp::from_millisecond(millis) {
        Ok(time) if millis > 0 => time.to_zoned_datetime(TimeZone::system()).strftime(pattern).to_string(),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_keep_two_or_three_digits() {
        let shown = [0, 999, 1_000, 14_200, 999_499, 999_600, 2_100_000, u64::MAX].map(bytes);
        assert_eq!(
            shown,
            ["0 B", "999 B", "1.0 kB", "14 kB", "999 kB", "1.0 MB", "2.1 MB", "18447 PB"].map(str::to_owned)
        );
    }

    #[test]
    fn figures_are_read_by_people() {
        assert_eq!(percent(std::iter::empty::<f64>().sum()), "0 %");
        assert_eq!(count(1_234_567), "1,234,567");
        assert_eq!(counted(1, "item", "items"), "1 item");
        assert_eq!([nanos(850), nanos(1_240), nanos(3_400_000)], ["850 ns", "1.2 µs", "3.4 ms"]);
        assert_eq!(cpu_time(185_000_000), "3 min 05 s");
        assert_eq!(uptime(11_520), "3 h 12 min");
        assert_eq!([percent(f64::NAN), percent(0.42), percent(61.0)], ["–", "0.4 %", "61 %"]);
        assert_eq!(date_time(0), "");
        assert_eq!(date_time(u64::MAX), "");
    }
}
