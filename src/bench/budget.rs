//! What a figure may be at most, and whether it is.

use super::samples::Figures;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// A bound.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Budget {
    /// Our median at most so many times the peer's.
    PeerRatio(f64),
    /// The median at most this on a quiet processor of about 3 GHz: for orientation.
    Median(Duration),
    /// The 99th percentile at most this on a quiet processor of about 3 GHz: for orientation.
    P99(Duration),
    /// No sample's median above this many of the row's unit.
    Most(f64),
}

/// Whether a budget is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Nothing to hold, or nothing to judge by.
    None,
    /// Held.
    Ok,
    /// Not held.
    Missed,
}

impl Verdict {
    /// As the table shows it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Verdict::None => "–",
            Verdict::Ok => "ok",
            Verdict::Missed => "MISSED",
        }
    }
}

impl Budget {
    /// Judges the figures of a row. Times are not judged where the build is not optimised.
    #[must_use]
    pub fn judge(self, ours: &Figures, peer: Option<&Figures>, optimised: bool) -> Verdict {
        let held = match self {
            Budget::Most(most) => return verdict(ours.p50 <= most),
            Budget::PeerRatio(most) => match peer {
                Some(peer) if peer.p50 > 0.0 => ours.p50 <= most * peer.p50,
                _ => return Verdict::None,
            },
            Budget::Median(most) => ours.p50 <= most.as_nanos() as f64,
            Budget::P99(most) => ours.p99 <= most.as_nanos() as f64,
        };
        if optimised { verdict(held) } else { Verdict::None }
    }

    /// In words; a star marks what is only for orientation.
    #[must_use]
    pub fn describe(self, unit: super::Unit) -> String {
        let nanos = |time: Duration| super::table::figure(time.as_nanos() as f64, super::Unit::Nanos);
        match self {
            Budget::PeerRatio(most) => format!("≤ {most} × peer"),
            Budget::Median(most) => format!("p50 ≤ {} *", nanos(most)),
            Budget::P99(most) => format!("p99 ≤ {} *", nanos(most)),
            Budget::Most(most) => format!("≤ {}", super::table::figure(most, unit)),
        }
    }
}

fn verdict(held: bool) -> Verdict {
    if held { Verdict::Ok } else { Verdict::Missed }
}
