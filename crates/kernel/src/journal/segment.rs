//! Segments: files named after the number of their first row, each with a header and frames.
//!
//! `<first row, 20 digits>.journal`; header `AOSJRNL1 | first row (8, little-endian)`.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// Bytes before the first frame.
pub(super) const HEADER_BYTES: usize = 16;

const MAGIC: &[u8; 8] = b"AOSJRNL1";
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

/// The header of a segment.
pub(super) fn header(first: u64) -> [u8; HEADER_BYTES] {
    let mut bytes = [0; HEADER_BYTES];
    bytes[..8].copy_from_slice(MAGIC);
    bytes[8..].copy_from_slice(&first.to_le_bytes());
    bytes
}

/// Whether a segment's bytes begin with its header.
pub(super) fn has_header(bytes: &[u8], first: u64) -> bool {
    bytes.starts_with(&header(first))
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
            fs::write(Segment::new(folder.path(), first).path, header(first)).expect("writable");
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
}
