//! Reads a journal back, also one that is being written or is damaged.
//!
//! Each thing that is not a row is reported once as a [`Damage`] and stepped over: nothing unreadable hides
//! the rows behind it, and no row that is missing goes unmentioned.

use crate::journal::{
    Row,
    frame::{Format, Found, SEARCH_EFFORT, find},
    segment::{self, Header, Segment},
};
use std::{
    collections::VecDeque,
    io,
    ops::Range,
    path::{Path, PathBuf},
};

/// No segment is larger; one is held in memory while it is read.
pub(super) const MAX_SEGMENT_BYTES: u64 = 64 * 1024 * 1024;

/// What is wrong at a place of the journal.
#[derive(Debug, thiserror::Error)]
pub enum Damage {
    /// The segment could not be read.
    #[error("{}: {error}", segment.display())]
    Unreadable {
        /// Which.
        segment: PathBuf,
        /// The host's error.
        error: io::Error,
    },
    /// The segment does not begin as one.
    #[error("{}: not a segment of a journal", segment.display())]
    NoHeader {
        /// Which.
        segment: PathBuf,
    },
    /// Bytes that are no row. At the end of the newest segment this may be a row in the making.
    #[error("{}: {bytes} bytes at {offset} are no row", segment.display())]
    NoRow {
        /// Which segment.
        segment: PathBuf,
        /// Where in it.
        offset: usize,
        /// How many bytes.
        bytes: usize,
    },
    /// Numbers of rows that are nowhere.
    #[error("rows {first} to {last} are missing")]
    Missing {
        /// The first one.
        first: u64,
        /// The last one.
        last: u64,
    },
}

/// Reads the journal of a folder.
#[derive(Clone, Debug)]
pub struct Reader {
    folder: PathBuf,
}

impl Reader {
    /// A reader; nothing is looked at yet.
    #[must_use]
    pub fn new(folder: &Path) -> Self {
        Reader { folder: folder.to_owned() }
    }

    /// All rows, oldest first. Holds one segment in memory at a time.
    ///
    /// # Errors
    /// When the folder cannot be listed.
    pub fn rows(&self) -> io::Result<Rows> {
        Ok(Rows::over(segment::list(&self.folder)?.into()))
    }

    /// The newest `count` rows, oldest first; damage is stepped over.
    ///
    /// # Errors
    /// When the folder cannot be listed.
    pub fn tail(&self, count: usize) -> io::Result<Vec<Row>> {
        let mut newest_first: Vec<Row> = Vec::new();
        for segment in segment::list(&self.folder)?.iter().rev() {
            if newest_first.len() >= count {
                break;
            }
            let Ok(bytes) = segment::read(segment, MAX_SEGMENT_BYTES) else { continue };
            let Some(header) = Header::decode(&bytes, segment.first) else { continue };
            let rows = payloads(&bytes, &header).into_iter().rev();
            let rows = rows.filter_map(|payload| serde_json::from_slice(&bytes[payload]).ok());
            newest_first.extend(rows.take(count - newest_first.len()));
        }
        newest_first.reverse();
        Ok(newest_first)
    }
}

/// Where the payloads of the whole frames of a segment are, in order.
fn payloads(bytes: &[u8], header: &Header) -> Vec<Range<usize>> {
    let mut payloads = Vec::new();
    let (mut at, mut effort) = (header.end(), SEARCH_EFFORT);
    loop {
        match find(header.format, bytes, at, &mut effort) {
            Found::Frame(payload) => {
                at = payload.end;
                payloads.push(payload);
            }
            Found::Damage(Some(next)) => at = next,
            Found::Damage(None) | Found::End => return payloads,
        }
    }
}

/// Rows and damage in the order of the files.
pub struct Rows {
    segments: VecDeque<Segment>,
    current: Option<Current>,
    /// The number that the next row should have, once one was seen.
    expected: Option<u64>,
    /// A row that waits behind the report that those before it are missing.
    held: Option<Row>,
}

struct Current {
    path: PathBuf,
    format: Format,
    bytes: Vec<u8>,
    at: usize,
    effort: usize,
}

impl Rows {
    fn over(segments: VecDeque<Segment>) -> Self {
        Rows { segments, current: None, expected: None, held: None }
    }

    fn open_next(&mut self) -> Option<Result<(), Damage>> {
        let segment = self.segments.pop_front()?;
        let bytes = match segment::read(&segment, MAX_SEGMENT_BYTES) {
            Ok(bytes) => bytes,
            Err(error) => return Some(Err(Damage::Unreadable { segment: segment.path, error })),
        };
        let Some(header) = Header::decode(&bytes, segment.first) else {
            return Some(Err(Damage::NoHeader { segment: segment.path }));
        };
        self.expected.get_or_insert(segment.first);
        let (format, at) = (header.format, header.end());
        self.current = Some(Current { path: segment.path, format, bytes, at, effort: SEARCH_EFFORT });
        Some(Ok(()))
    }

    /// Passes a row on, after the report of a gap before it.
    fn numbered(&mut self, row: Row) -> Result<Row, Damage> {
        let expected = self.expected.replace(row.seq.saturating_add(1));
        match expected.filter(|expected| *expected < row.seq) {
            Some(first) => {
                let last = row.seq - 1;
                self.held = Some(row);
                Err(Damage::Missing { first, last })
            }
            None => Ok(row),
        }
    }
}

impl Current {
    /// The next row or damage of this segment.
    fn next(&mut self) -> Option<Result<Row, Damage>> {
        let start = self.at;
        let damage = |current: &Current, end: usize| {
            Some(Err(Damage::NoRow { segment: current.path.clone(), offset: start, bytes: end - start }))
        };
        match find(self.format, &self.bytes, start, &mut self.effort) {
            Found::End => None,
            Found::Frame(payload) => {
                self.at = payload.end;
                match serde_json::from_slice(&self.bytes[payload]) {
                    Ok(row) => Some(Ok(row)),
                    Err(_) => damage(self, self.at),
                }
            }
            Found::Damage(next) => {
                self.at = next.unwrap_or(self.bytes.len());
                damage(self, self.at)
            }
        }
    }
}

impl Iterator for Rows {
    type Item = Result<Row, Damage>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(row) = self.held.take() {
            return Some(Ok(row));
        }
        loop {
            match self.current.as_mut().map(Current::next) {
                Some(Some(Ok(row))) => return Some(self.numbered(row)),
                Some(Some(Err(damage))) => return Some(Err(damage)),
                Some(None) | None => self.current = None,
            }
            if let Err(damage) = self.open_next()? {
                return Some(Err(damage));
            }
        }
    }
}
