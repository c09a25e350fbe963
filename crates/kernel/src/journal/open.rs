//! Finds out, at opening, where writing goes on, and what an earlier end left behind.
//!
//! An undamaged segment is hopped over by the lengths of its frames, and only the last frame is
//! checked, so that a start costs less than a millisecond. Only where that fails is every frame looked at.

use crate::journal::{
    MAX_ROW_BYTES, Row, frame,
    frame::{Found, SEARCH_EFFORT, find},
    reader::MAX_SEGMENT_BYTES,
    segment::{self, Segment},
};
use std::{collections::VecDeque, fs, io, path::PathBuf};

/// What was found at opening.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OpenReport {
    /// Number of the last whole row; 0 when there is none.
    pub last_row: u64,
    /// Bytes of a torn row that were cut from the end.
    pub torn_bytes: u64,
    /// The newest segment is damaged before its end, or is no segment: writing goes on in a new one.
    pub damaged_segment: Option<PathBuf>,
}

/// Where writing goes on.
pub(super) enum Newest {
    /// Behind the last row of this segment.
    Segment { segment: Segment, end: usize },
    /// In a new one with this first row.
    New { first: u64 },
}

/// Finds the end of the newest segment. Segments whose beginning was never finished are removed, from the
/// disk and from the list.
pub(super) fn newest_end(segments: &mut VecDeque<Segment>, report: &mut OpenReport) -> io::Result<Newest> {
    while let Some(segment) = segments.back().cloned() {
        let bytes = segment::read(&segment, MAX_SEGMENT_BYTES)?;
        if bytes.len() < segment::HEADER_BYTES {
            fs::remove_file(&segment.path)?;
            segments.pop_back();
            continue;
        }
        report.last_row = segment.first.saturating_sub(1);
        if !segment::has_header(&bytes, segment.first) {
            report.damaged_segment = Some(segment.path);
            return Ok(Newest::New { first: segment.first + 1 });
        }
        let end = match last_of_undamaged(&bytes) {
            Some(last) => {
                report.last_row = last.number.unwrap_or(report.last_row);
                bytes.len()
            }
            None => search_end(&segment, &bytes, report),
        };
        if report.damaged_segment.is_some() {
            report.torn_bytes = 0;
            return Ok(Newest::New { first: report.last_row.max(segment.first) + 1 });
        }
        return Ok(Newest::Segment { segment, end });
    }
    Ok(Newest::New { first: 1 })
}

/// The end of a segment whose frames follow each other to the last byte.
struct Last {
    /// Number of the last row, if there is a row.
    number: Option<u64>,
}

/// Hops over the frames and checks the last one; `None` where anything is odd.
fn last_of_undamaged(bytes: &[u8]) -> Option<Last> {
    let (mut at, mut last) = (segment::HEADER_BYTES, None);
    while at < bytes.len() {
        last = Some(at);
        at = frame::claimed(bytes, at)?.end;
    }
    let Some(last) = last else { return Some(Last { number: None }) };
    let payload = frame::whole(bytes, last)?;
    Some(Last { number: Some(number_of(&bytes[payload])?) })
}

/// Looks at every frame for the end of what is whole, and notes torn and damaged parts.
fn search_end(segment: &Segment, bytes: &[u8], report: &mut OpenReport) -> usize {
    let (mut at, mut effort) = (segment::HEADER_BYTES, SEARCH_EFFORT);
    loop {
        match find(bytes, at, &mut effort) {
            Found::Frame(payload) => {
                at = payload.end;
                report.last_row = number_of(&bytes[payload]).unwrap_or(report.last_row + 1);
            }
            Found::End => return at,
            Found::Damage(Some(next)) => {
                report.damaged_segment = Some(segment.path.clone());
                at = next;
            }
            Found::Damage(None) => {
                let rest = bytes.len() - at;
                if rest > frame::HEADER_BYTES + MAX_ROW_BYTES {
                    report.damaged_segment = Some(segment.path.clone());
                } else {
                    report.torn_bytes = rest as u64;
                }
                return at;
            }
        }
    }
}

fn number_of(payload: &[u8]) -> Option<u64> {
    serde_json::from_slice::<Row>(payload).ok().map(|row| row.seq)
}
