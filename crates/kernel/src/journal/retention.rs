//! What may go: the oldest segments, when all together are too large or when the next one was begun so long
//! ago that nothing in them is young. The newest two always stay.
//!
//! Before a segment goes, a row `journal.retired` says which rows it held and carries the digest that the
//! next segment begins with, so that the chain of what stays has a beginning that can be checked.

use crate::{
    blob::Digest,
    journal::{
        JournalOptions, Row, RowKind,
        segment::{Header, Segment},
    },
};
use abi::{CauseId, Pid};
use serde_json::json;
use std::collections::VecDeque;

/// Segments that always stay.
const FEWEST: usize = 2;

/// A segment that the journal knows.
#[derive(Debug)]
pub(super) struct Kept {
    pub(super) segment: Segment,
    /// `None` when it does not begin as one.
    pub(super) header: Option<Header>,
    pub(super) len_bytes: u64,
}

/// Why the oldest segment may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reason {
    /// All together are too large.
    Size,
    /// All its rows are too old.
    Age,
}

/// Whether the oldest segment may go, and why.
pub(super) fn may_retire(kept: &VecDeque<Kept>, options: &JournalOptions, now_millis: u64) -> Option<Reason> {
    if kept.len() <= FEWEST {
        return None;
    }
    let total: u64 = kept.iter().map(|kept| kept.len_bytes).sum();
    if total > options.keep_bytes {
        return Some(Reason::Size);
    }
    let oldest_possible = now_millis.saturating_sub(millis(options.keep_age));
    // Version 1 does not say when it began; such segments go by size alone.
    let next_begun = kept[1].header.map_or(0, |header| header.begun_millis);
    (next_begun != 0 && next_begun < oldest_possible).then_some(Reason::Age)
}

/// Whether the newest segment has been written for so long that a new one should begin, lest a few rows a
/// day keep each other alive for ever.
pub(super) fn is_full_of_time(newest: &Header, options: &JournalOptions, now_millis: u64) -> bool {
    const SHARE: u64 = 16;
    now_millis.saturating_sub(newest.begun_millis) > millis(options.keep_age) / SHARE
}

fn millis(duration: std::time::Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// What a row `journal.retired` says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Closing {
    /// Number of the first row that is gone.
    pub(super) first: u64,
    /// Number of the last one.
    pub(super) last: u64,
    /// What the segment behind it begins with.
    pub(super) chain: Digest,
}

impl Closing {
    /// The closing of the oldest segment.
    pub(super) fn of_oldest(kept: &VecDeque<Kept>) -> Option<Self> {
        let (oldest, next) = (kept.front()?, kept.get(1)?);
        Some(Closing {
            first: oldest.segment.first,
            last: next.segment.first - 1,
            chain: next.header.map_or(Digest::ZERO, |header| header.chain),
        })
    }

    /// The row that says it.
    pub(super) fn row(&self, now_millis: u64) -> Row {
        let Closing { first, last, chain } = self;
        let object = format!("{first}-{last}");
        let detail = json!({"first": first, "last": last, "rows": last + 1 - first, "chain": chain});
        Row { detail, ..Row::new(now_millis, CauseId::NONE, Pid::KERNEL, RowKind::Retired, object) }
    }

    /// What a row says, if it is one.
    pub(super) fn of(row: &Row) -> Option<Self> {
        let number = |name| row.detail.get(name).and_then(serde_json::Value::as_u64);
        let chain = row.detail.get("chain")?.as_str()?.parse().ok()?;
        Some(Closing { first: number("first")?, last: number("last")?, chain })
    }

    /// Whether a segment that begins like this is the one behind what is gone.
    pub(super) fn ends_at(&self, first: u64, chain: &Digest) -> bool {
        self.last.checked_add(1) == Some(first) && self.chain == *chain
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{path::Path, time::Duration};

    fn kept(begun_millis: &[u64]) -> VecDeque<Kept> {
        let kept = begun_millis.iter().zip(0_u64..).map(|(begun_millis, index)| {
            let first = index * 10 + 1;
            let header = Header::new(first, *begun_millis, Digest([index as u8; 32]));
            Kept { segment: Segment::new(Path::new("/j"), first), header: Some(header), len_bytes: 100 }
        });
        kept.collect()
    }

    fn options(keep_bytes: u64, keep_millis: u64) -> JournalOptions {
        JournalOptions {
            keep_bytes,
            keep_age: Duration::from_millis(keep_millis),
            ..JournalOptions::default()
        }
    }

    #[test]
    fn size_and_age_decide_and_two_stay() {
        let three = kept(&[1_000, 2_000, 3_000]);
        assert_eq!(may_retire(&three, &options(300, 5_000), 3_100), None);
        assert_eq!(may_retire(&three, &options(299, 5_000), 3_100), Some(Reason::Size));
        assert_eq!(may_retire(&three, &options(300, 1_000), 3_100), Some(Reason::Age));
        assert_eq!(may_retire(&three, &options(300, 1_200), 3_100), None, "its last row may be younger");
        assert_eq!(may_retire(&kept(&[1_000, 2_000]), &options(0, 0), 9_000), None);
    }

    #[test]
    fn a_closing_row_reads_back() {
        let closing = Closing::of_oldest(&kept(&[1, 2, 3])).expect("there are two");
        assert_eq!(closing, Closing { first: 1, last: 10, chain: Digest([1; 32]) });
        let row = closing.row(5);
        assert_eq!((row.object.as_str(), &row.detail["rows"]), ("1-10", &json!(10)));
        assert_eq!(Closing::of(&row), Some(closing.clone()));
        assert!(closing.ends_at(11, &Digest([1; 32])) && !closing.ends_at(11, &Digest([2; 32])));
    }
}
