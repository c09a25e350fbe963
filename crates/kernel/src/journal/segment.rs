//! Segments: files named after the number of their first row, each with a header and frames.
//!
//! `<first row, 20 digits>.journal`. Numbers are little-endian.
//!
//! ```text
//! 2: "AOSJRNL2" | first row (8) | begun, milliseconds since 1970 (8) | digest of the last frame before it (32)
//!    | 0 (4) | crc32 of all that (4)
//! 1: "AOSJRNL1" | first row (8)
//! ```
//!
//! The digest carries the chain from one segment to the next; it is [`Digest::ZERO`] in the first one. A
//! segment of version 1 enters the chain as a whole: the next one carries the digest of the file.

use crate::{
    blob::Digest,
    journal::frame::{Format, crc32},
};
use std::{
    fs::{self, File},
    io::{self, Read},
    ops::Range,
    path::{Path, PathBuf},
};

/// Bytes before the first frame of a segment that is written now.
pub(super) const HEADER_BYTES: usize = 64;

const PLAIN_HEADER_BYTES: usize = 16;
const MAGIC: &[u8; 8] = b"AOSJRNL2";
const PLAIN_MAGIC: &[u8; 8] = b"AOSJRNL1";
const EXTENSION: &str = ".journal";
const DIGITS: usize = 20;

/// A segment in the folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Segment {
    /// Number of the first row, from the name.
    pub first: u64,
    pub path: PathBuf,
}

impl Segment {
    pub(super) fn new(folder: &Path, first: u64) -> Self {
        Segment { first, path: folder.join(format!("{first:0DIGITS$}{EXTENSION}")) }
    }
}

/// What a segment begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    /// Version of the header and of the frames.
    pub format: Format,
    /// Number of the first row.
    pub first: u64,
    /// When it was begun, milliseconds since the Unix epoch; 0 in version 1.
    pub begun_millis: u64,
    /// The digest that the first frame carries.
    pub chain: Digest,
}

impl Header {
    /// The header of a new segment.
    pub(super) fn new(first: u64, begun_millis: u64, chain: Digest) -> Self {
        Header { format: Format::Chained, first, begun_millis, chain }
    }

    pub(super) fn encode(&self) -> [u8; HEADER_BYTES] {
        let mut bytes = [0; HEADER_BYTES];
        bytes[..8].copy_from_slice(MAGIC);
        bytes[8..16].copy_from_slice(&self.first.to_le_bytes());
        bytes[16..24].copy_from_slice(&self.begun_millis.to_le_bytes());
        bytes[24..56].copy_from_slice(&self.chain.0);
        let crc = crc32(&bytes[..60]).to_le_bytes();
        bytes[60..].copy_from_slice(&crc);
        bytes
    }

    /// The header of a segment whose name says which row is its first, if its bytes begin as one.
    pub(super) fn decode(bytes: &[u8], first: u64) -> Option<Self> {
        if bytes.starts_with(PLAIN_MAGIC) {
            let header = Header { format: Format::Plain, first, begun_millis: 0, chain: Digest::ZERO };
            return (number(bytes, 8..16)? == first).then_some(header);
        }
        let chain = Digest(bytes.get(24..56)?.try_into().ok()?);
        let header = Header::new(first, number(bytes, 16..24)?, chain);
        (bytes.get(..HEADER_BYTES)? == header.encode()).then_some(header)
    }

    /// Where the first frame begins.
    pub(super) fn end(&self) -> usize {
        match self.format {
            Format::Plain => PLAIN_HEADER_BYTES,
            Format::Chained => HEADER_BYTES,
        }
    }
}

fn number(bytes: &[u8], place: Range<usize>) -> Option<u64> {
    Some(u64::from_le_bytes(bytes.get(place)?.try_into().ok()?))
}

/// Whether a segment was begun and its header never finished.
pub(super) fn is_unfinished(bytes: &[u8]) -> bool {
    bytes.len() < PLAIN_HEADER_BYTES || (bytes.len() < HEADER_BYTES && bytes.starts_with(MAGIC))
}

/// The header of a segment on the disk; `None` when it does not begin as one.
pub(super) fn read_header(segment: &Segment) -> io::Result<Option<Header>> {
    let mut bytes = Vec::new();
    File::open(&segment.path)?.take(HEADER_BYTES as u64).read_to_end(&mut bytes)?;
    Ok(Header::decode(&bytes, segment.first))
}

/// The segments of a folder, oldest first. Other files are left alone.
pub(super) fn list(folder: &Path) -> io::Result<Vec<Segment>> {
    let mut segments = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let digits = name.to_str().and_then(|name| name.strip_suffix(EXTENSION));
        let is_ours =
            |digits: &&str| digits.len() == DIGITS && digits.bytes().all(|byte| byte.is_ascii_digit());
        if let Some(first) = digits.filter(is_ours).and_then(|digits| digits.parse().ok()) {
            segments.push(Segment { first, path: entry.path() });
        }
    }
    segments.sort_unstable_by_key(|segment| segment.first);
    Ok(segments)
}

/// The bytes of a segment.
pub(super) fn read(segment: &Segment, max_bytes: u64) -> io::Result<Vec<u8>> {
    let len_bytes = fs::metadata(&segment.path)?.len();
    if len_bytes > max_bytes {
        let what = format!("{} has {len_bytes} bytes, which no segment has", segment.path.display());
        return Err(io::Error::new(io::ErrorKind::InvalidData, what));
    }
    fs::read(&segment.path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_are_listed_in_order_and_strangers_left_out() {
        let folder = tempfile::tempdir().expect("a folder for the test");
        for first in [300, 1, 20] {
            fs::write(Segment::new(folder.path(), first).path, Header::new(first, 0, Digest::ZERO).encode())
                .expect("writable");
        }
        for stranger in
            ["notes.txt", "12.journal", "+0000000000000000001.journal", "00000000000000000009.journal.old"]
        {
            fs::write(folder.path().join(stranger), "").expect("writable");
        }
        let firsts: Vec<_> =
            list(folder.path()).expect("readable").iter().map(|segment| segment.first).collect();
        assert_eq!(firsts, [1, 20, 300]);
    }

    #[test]
    fn a_header_is_read_back_and_no_bit_of_it_may_change() {
        let header = Header::new(7, 1_700_000_000_000, Digest::of(b"before"));
        let bytes = header.encode();
        assert_eq!(Header::decode(&bytes, 7), Some(header));
        assert_eq!(Header::decode(&bytes, 8), None, "the name says otherwise");
        for bit in 0..HEADER_BYTES * 8 {
            let mut changed = bytes;
            changed[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(Header::decode(&changed, 7), None, "bit {bit}");
        }
        for len in 0..HEADER_BYTES {
            assert_eq!(Header::decode(&bytes[..len], 7), None);
            assert!(is_unfinished(&bytes[..len]));
        }
        let plain = [b"AOSJRNL1".as_slice(), &7_u64.to_le_bytes()].concat();
        assert_eq!(Header::decode(&plain, 7).map(|header| header.end()), Some(16));
    }
}
