//! Finds out, at opening, where writing goes on, and what an earlier end left behind.
//!
//! An undamaged segment is hopped over by the lengths of its frames, and only the last frame is
//! checked, so that a start costs less than a millisecond. Only where that fails is every frame looked at.

use crate::{
    blob::Digest,
    journal::{
        MAX_ROW_BYTES, Row,
        frame::{self, Format, Found, SEARCH_EFFORT, find},
        reader::MAX_SEGMENT_BYTES,
        segment::{self, Header, Segment},
    },
};
use std::{
    collections::VecDeque,
    fs::{self, OpenOptions},
    io,
    path::PathBuf,
};

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
    Segment { segment: Segment, header: Header, end: usize, chain: Digest },
    /// In a new one with this first row, which carries this digest.
    New { first: u64, chain: Digest },
}

/// Finds the end of the newest segment and cuts a torn row off it. Segments whose beginning was never
/// finished are removed, from the disk and from the list.
pub(super) fn newest_end(segments: &mut VecDeque<Segment>, report: &mut OpenReport) -> io::Result<Newest> {
    while let Some(segment) = segments.back().cloned() {
        let mut bytes = segment::read(&segment, MAX_SEGMENT_BYTES)?;
        if segment::is_unfinished(&bytes) {
            fs::remove_file(&segment.path)?;
            segments.pop_back();
            continue;
        }
        report.last_row = segment.first.saturating_sub(1);
        let Some(header) = Header::decode(&bytes, segment.first) else {
            report.damaged_segment = Some(segment.path);
            return Ok(Newest::New { first: segment.first + 1, chain: Digest::of(&bytes) });
        };
        let end = end_of_undamaged(&header, &bytes)
            .unwrap_or_else(|| search_end(&segment, &header, &bytes, report));
        report.last_row = end.number.unwrap_or(report.last_row);
        if report.damaged_segment.is_some() {
            report.torn_bytes = 0;
            return Ok(Newest::New { first: report.last_row.max(segment.first) + 1, chain: end.chain });
        }
        if end.at < bytes.len() {
            OpenOptions::new().write(true).open(&segment.path)?.set_len(end.at as u64)?;
            bytes.truncate(end.at);
        }
        return Ok(match header.format {
            Format::Plain => Newest::New { first: report.last_row + 1, chain: Digest::of(&bytes) },
            Format::Chained => Newest::Segment { segment, header, end: end.at, chain: end.chain },
        });
    }
    Ok(Newest::New { first: 1, chain: Digest::ZERO })
}

/// Where the whole frames of a segment end.
struct End {
    at: usize,
    /// Number of the last row, if there is a row.
    number: Option<u64>,
    /// What the next frame carries.
    chain: Digest,
}

/// Goes over the frames with their checksums, some milliseconds for a whole segment; `None` where anything is odd.
fn end_of_undamaged(header: &Header, bytes: &[u8]) -> Option<End> {
    let (mut at, mut last) = (header.end(), None);
    while at < bytes.len() {
        let payload = frame::whole(header.format, bytes, at)?;
        at = payload.end;
        last = Some(payload);
    }
    let Some(payload) = last else { return Some(End { at, number: None, chain: header.chain }) };
    let chain = header.format.link(bytes, &payload);
    Some(End { at, number: Some(number_of(&bytes[payload])?), chain })
}

/// Looks at every frame for the end of what is whole, and notes torn and damaged parts.
fn search_end(segment: &Segment, header: &Header, bytes: &[u8], report: &mut OpenReport) -> End {
    let mut end = End { at: header.end(), number: None, chain: header.chain };
    let mut effort = SEARCH_EFFORT;
    loop {
        match find(header.format, bytes, end.at, &mut effort) {
            Found::Frame(payload) => {
                end.at = payload.end;
                end.chain = header.format.link(bytes, &payload);
                let next = end.number.unwrap_or(segment.first.saturating_sub(1)) + 1;
                end.number = number_of(&bytes[payload]).or(Some(next));
            }
            Found::End => return end,
            Found::Damage(Some(next)) => {
                report.damaged_segment = Some(segment.path.clone());
                end.at = next;
            }
            Found::Damage(None) => {
                let rest = bytes.len() - end.at;
                if rest > frame::HEADER_BYTES + MAX_ROW_BYTES {
                    report.damaged_segment = Some(segment.path.clone());
                } else {
                    report.torn_bytes = rest as u64;
                }
                return end;
            }
        }
    }
}

fn number_of(payload: &[u8]) -> Option<u64> {
    serde_json::from_slice::<Row>(payload).ok().map(|row| row.seq)
}
