//! Follows the chain through a whole journal and names the first place where it breaks.
//!
//! Each frame must be whole, carry the digest of the one before it, and hold the row with the next number;
//! each segment must begin where the one before it ended. What retired must be closed by a row
//! `journal.retired` whose digest is the one that the oldest segment begins with. After a break the search
//! goes on from what the next frame carries, so that one changed row is one break.
//!
//! What this cannot see: rows cut cleanly off the end, and a journal that somebody wrote anew from the
//! beginning. Whoever wants to notes [`Verification::head`] elsewhere and compares.

use crate::{
    blob::Digest,
    journal::{
        Row, RowKind,
        frame::{Found, SEARCH_EFFORT, find},
        reader::MAX_SEGMENT_BYTES,
        retention::Closing,
        segment::{self, Header, Segment},
    },
};
use serde::Serialize;
use std::{
    fmt, io,
    path::{Path, PathBuf},
};

/// So many breaks are named, the first ones; the others are counted.
const MOST_BREAKS: usize = 100;

/// How a chain can break.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum BreakKind {
    /// The segment cannot be read.
    Unreadable(String),
    /// The segment does not begin as one.
    NoHeader,
    /// The segment does not begin where the one before it ended.
    OtherChain,
    /// So many bytes are no row.
    NoRow(u64),
    /// The row is not the one that followed the row before it: one of the two was changed.
    OtherPredecessor,
    /// The row has this number.
    OtherNumber(u64),
    /// The rows before the oldest segment are gone, and no row of the journal says that they retired.
    BeginningGone,
}

impl fmt::Display for BreakKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BreakKind::Unreadable(why) => write!(f, "cannot be read: {why}"),
            BreakKind::NoHeader => f.write_str("is no segment of a journal"),
            BreakKind::OtherChain => f.write_str("does not begin where the segment before it ended"),
            BreakKind::NoRow(bytes) => write!(f, "{bytes} bytes are no row"),
            BreakKind::OtherPredecessor => f.write_str("follows another row than the one before it"),
            BreakKind::OtherNumber(number) => write!(f, "has the number {number}"),
            BreakKind::BeginningGone => f.write_str("what was before it is gone, and no row closes it"),
        }
    }
}

/// A place where the chain breaks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Break {
    /// The file.
    pub segment: PathBuf,
    /// Where in it, bytes.
    pub offset: u64,
    /// Number of the row that should begin there.
    pub seq: u64,
    /// What is wrong.
    pub what: BreakKind,
}

impl fmt::Display for Break {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Break { segment, offset, seq, what } = self;
        write!(f, "row {seq} ({} at {offset}) {what}", segment.display())
    }
}

/// What a whole journal looks like.
#[derive(Clone, Debug, Serialize)]
pub struct Verification {
    /// Segments that were read.
    pub segments: u64,
    /// Whole rows.
    pub rows: u64,
    /// Rows of segments that an older version wrote without a chain, among them.
    pub unchained_rows: u64,
    /// Number of the oldest row that is there; 0 when there is none.
    pub first_row: u64,
    /// Number of the newest row.
    pub last_row: u64,
    /// The digest that the next row will carry: it stands for the whole journal.
    pub head: Digest,
    /// Bytes at the very end that are no whole row: being written, or cut at the next start.
    pub torn_bytes: u64,
    /// Where it breaks, the first 100 places in order.
    pub breaks: Vec<Break>,
    /// How often it breaks beyond these.
    pub more_breaks: u64,
}

impl Verification {
    /// Whether every row is as it was written.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.breaks.is_empty()
    }
}

/// Reads the journal of a folder from its oldest row to its newest.
///
/// # Errors
/// When the folder cannot be listed.
pub fn verify(folder: &Path) -> io::Result<Verification> {
    let segments = segment::list(folder)?;
    let mut verifier = Verifier {
        result: Verification {
            segments: segments.len() as u64,
            rows: 0,
            unchained_rows: 0,
            first_row: 0,
            last_row: 0,
            head: Digest::ZERO,
            torn_bytes: 0,
            breaks: Vec::new(),
            more_breaks: 0,
        },
        chain: None,
        next: 0,
        closings: Vec::new(),
        beginning: None,
    };
    let last = segments.len().saturating_sub(1);
    for (index, segment) in segments.iter().enumerate() {
        verifier.segment(segment, index == last);
    }
    Ok(verifier.finish())
}

struct Verifier {
    result: Verification,
    /// What the next frame or segment must carry; `None` where that is not known.
    chain: Option<Digest>,
    /// Number of the next row; 0 before the first segment.
    next: u64,
    /// All closing rows.
    closings: Vec<Closing>,
    /// The oldest segment and what it begins with.
    beginning: Option<(Segment, Header)>,
}

impl Verifier {
    fn broken(&mut self, segment: &Segment, offset: usize, what: BreakKind) {
        if self.result.breaks.len() >= MOST_BREAKS {
            self.result.more_breaks += 1;
            return;
        }
        let (segment, offset) = (segment.path.clone(), offset as u64);
        self.result.breaks.push(Break { segment, offset, seq: self.next, what });
    }

    fn segment(&mut self, segment: &Segment, is_newest: bool) {
        let bytes = segment::read(segment, MAX_SEGMENT_BYTES);
        let header = bytes.as_ref().ok().and_then(|bytes| Header::decode(bytes, segment.first));
        if self.next == 0 {
            self.next = segment.first;
            self.beginning = header.map(|header| (segment.clone(), header));
        }
        let bytes = match bytes {
            Ok(bytes) => bytes,
            Err(why) => {
                self.broken(segment, 0, BreakKind::Unreadable(why.to_string()));
                self.chain = None;
                return;
            }
        };
        if is_newest && segment::is_unfinished(&bytes) {
            self.result.torn_bytes = bytes.len() as u64;
            return;
        }
        let Some(header) = header else {
            self.broken(segment, 0, BreakKind::NoHeader);
            self.chain = Some(Digest::of(&bytes));
            return;
        };
        if segment.first != self.next {
            self.broken(segment, 0, BreakKind::OtherNumber(segment.first));
            self.next = segment.first;
        } else if header.format.is_chained() && self.chain.is_some_and(|chain| chain != header.chain) {
            self.broken(segment, 0, BreakKind::OtherChain);
        }
        self.chain = Some(header.chain);
        self.frames(segment, &header, &bytes, is_newest);
        if !header.format.is_chained() {
            self.chain = Some(Digest::of(&bytes));
        }
    }

    fn frames(&mut self, segment: &Segment, header: &Header, bytes: &[u8], is_newest: bool) {
        let (mut at, mut effort) = (header.end(), SEARCH_EFFORT);
        loop {
            let payload = match find(header.format, bytes, at, &mut effort) {
                Found::End => return,
                Found::Frame(payload) => payload,
                Found::Damage(None) if is_newest => {
                    self.result.torn_bytes = (bytes.len() - at) as u64;
                    return;
                }
                Found::Damage(next) => {
                    let end = next.unwrap_or(bytes.len());
                    self.broken(segment, at, BreakKind::NoRow((end - at) as u64));
                    self.chain = None;
                    if next.is_none() {
                        return;
                    }
                    at = end;
                    continue;
                }
            };
            let previous = header.format.previous(bytes, &payload);
            if previous.is_some() && self.chain.is_some() && previous != self.chain {
                self.broken(segment, at, BreakKind::OtherPredecessor);
            }
            let was_damaged = self.chain.is_none();
            self.chain = Some(header.format.link(bytes, &payload));
            match serde_json::from_slice::<Row>(&bytes[payload.clone()]) {
                Ok(row) => self.row(segment, at, &row, was_damaged),
                Err(_) => {
                    self.broken(segment, at, BreakKind::NoRow((payload.end - at) as u64));
                    self.next += 1;
                }
            }
            self.result.rows += 1;
            self.result.unchained_rows += u64::from(!header.format.is_chained());
            at = payload.end;
        }
    }

    fn row(&mut self, segment: &Segment, at: usize, row: &Row, was_damaged: bool) {
        if row.seq != self.next && !(was_damaged && row.seq > self.next) {
            self.broken(segment, at, BreakKind::OtherNumber(row.seq));
        }
        self.next = row.seq.saturating_add(1);
        self.result.last_row = row.seq;
        if self.result.first_row == 0 {
            self.result.first_row = row.seq;
        }
        if row.kind == RowKind::Retired {
            self.closings.extend(Closing::of(row));
        }
    }

    fn finish(mut self) -> Verification {
        self.result.head = self.chain.unwrap_or(Digest::ZERO);
        if let Some((segment, header)) = self.beginning.take() {
            let is_first = segment.first == 1 && header.chain == Digest::ZERO;
            // What an older version wrote has no chain that could begin.
            let is_closed = !header.format.is_chained()
                || self.closings.iter().any(|closing| closing.ends_at(segment.first, &header.chain));
            if !is_first && !is_closed {
                self.next = segment.first;
                self.broken(&segment, 0, BreakKind::BeginningGone);
                self.result.breaks.sort_by_key(|found| found.seq);
            }
        }
        self.result
    }
}
