//! Reads a journal in steps, from a place on: what is new since the last time.
//!
//! The place stays valid while rows are appended, segments begin and the oldest retire. Damage is stepped
//! over; whoever wants to hear of it asks [`Reader`](crate::journal::Reader) or `verify`.

use crate::journal::{
    Row,
    frame::{Format, Found, SEARCH_EFFORT, find},
    reader::MAX_SEGMENT_BYTES,
    segment::{self, Segment},
};
use std::{
    fs::File,
    io,
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
};

/// Where a row lies, or will lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    /// Number of the first row of its segment.
    pub(super) segment: u64,
    /// Where its frame begins, bytes.
    pub(super) offset: u64,
}

/// A row and where it lies.
#[derive(Debug)]
pub(super) struct Followed {
    pub(super) row: Row,
    pub(super) place: Place,
}

/// See the module documentation.
#[derive(Debug)]
pub(super) struct Follower {
    folder: PathBuf,
    next: Option<Place>,
}

impl Follower {
    /// Begins at a place, or at the oldest row.
    pub(super) fn new(folder: &Path, next: Option<Place>) -> Self {
        Follower { folder: folder.to_owned(), next }
    }

    /// Where it goes on; `None` before the first row was seen.
    pub(super) fn place(&self) -> Option<Place> {
        self.next
    }

    /// The next rows, at most those of one segment, oldest first; nothing when there is nothing new.
    ///
    /// # Errors
    /// The host's. The place did not move.
    pub(super) fn step(&mut self) -> io::Result<Vec<Followed>> {
        // Listed before anything is read: a segment that has a successor now gets no more rows.
        let segments = segment::list(&self.folder)?;
        let from = self.next.map_or(0, |next| next.segment);
        let mut segments = segments.iter().skip_while(|segment| segment.first < from).peekable();
        while let Some(segment) = segments.next() {
            let offset = self.next.filter(|next| next.segment == segment.first).map(|next| next.offset);
            let has_successor = segments.peek().is_some();
            let (rows, next) = rest(segment, offset, has_successor)?;
            self.next = next.or(self.next);
            if !rows.is_empty() || !has_successor {
                return Ok(rows);
            }
        }
        Ok(Vec::new())
    }

    /// All rows from here on, with their places, until nothing is new or `each` has enough.
    ///
    /// # Errors
    /// The host's, and those of `each`.
    pub(super) fn drain(&mut self, mut each: impl FnMut(Followed) -> io::Result<()>) -> io::Result<()> {
        loop {
            let rows = self.step()?;
            if rows.is_empty() {
                return Ok(());
            }
            rows.into_iter().try_for_each(&mut each)?;
        }
    }
}

/// What lies in a segment from an offset (or its first frame) on, and the place behind it.
fn rest(
    segment: &Segment,
    offset: Option<u64>,
    has_successor: bool,
) -> io::Result<(Vec<Followed>, Option<Place>)> {
    let Some(header) = segment::read_header(segment)? else { return Ok((Vec::new(), None)) };
    let start = offset.unwrap_or(header.end() as u64);
    let file = File::open(&segment.path)?;
    let len_bytes = file.metadata()?.len().min(MAX_SEGMENT_BYTES).saturating_sub(start);
    let mut bytes = vec![0; usize::try_from(len_bytes).map_err(io::Error::other)?];
    file.read_exact_at(&mut bytes, start)?;
    let place = |at: usize| Place { segment: segment.first, offset: start + at as u64 };
    let (mut rows, mut at, mut effort) = (Vec::new(), 0, SEARCH_EFFORT);
    loop {
        match find(header.format, &bytes, at, &mut effort) {
            Found::Frame(payload) => {
                let end = payload.end;
                if let Ok(row) = serde_json::from_slice(&bytes[payload]) {
                    rows.push(Followed { row, place: place(at) });
                }
                at = end;
            }
            Found::Damage(Some(next)) => at = next,
            // It may be a row in the making, as long as this is the newest segment.
            Found::Damage(None) if has_successor => at = bytes.len(),
            Found::Damage(None) | Found::End => return Ok((rows, Some(place(at)))),
        }
    }
}

/// Reads single rows by their places.
pub(super) struct Fetcher {
    folder: PathBuf,
    open: Option<(u64, Format, File)>,
}

impl Fetcher {
    pub(super) fn new(folder: &Path) -> Self {
        Fetcher { folder: folder.to_owned(), open: None }
    }

    /// The row at a place; `None` when it has retired or is damaged.
    pub(super) fn row(&mut self, place: Place) -> Option<Row> {
        if self.open.as_ref().is_none_or(|(first, ..)| *first != place.segment) {
            let segment = Segment::new(&self.folder, place.segment);
            let header = segment::read_header(&segment).ok()??;
            self.open = Some((place.segment, header.format, File::open(&segment.path).ok()?));
        }
        let (_, format, file) = self.open.as_ref()?;
        // Most rows fit into one read; the others say how long they are.
        let mut bytes = vec![0; 1024];
        let mut filled = fill(file, &mut bytes, place.offset).ok()?;
        let needed = frame_bytes(*format, &bytes[..filled])?;
        if needed > filled {
            bytes.resize(needed, 0);
            filled = fill(file, &mut bytes, place.offset).ok()?;
        }
        let payload = crate::journal::frame::whole(*format, &bytes[..filled.min(needed)], 0)?;
        serde_json::from_slice(&bytes[payload]).ok()
    }
}

fn fill(file: &File, bytes: &mut [u8], offset: u64) -> io::Result<usize> {
    let mut filled = 0;
    while filled < bytes.len() {
        match file.read_at(&mut bytes[filled..], offset + filled as u64) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(why) if why.kind() == io::ErrorKind::Interrupted => {}
            Err(why) => return Err(why),
        }
    }
    Ok(filled)
}

/// How long the frame is that begins here, as far as it says so itself.
fn frame_bytes(format: Format, bytes: &[u8]) -> Option<usize> {
    let length: [u8; 4] = bytes.get(4..8)?.try_into().ok()?;
    let payload_bytes = u32::from_le_bytes(length) as usize;
    (payload_bytes <= crate::journal::MAX_ROW_BYTES).then(|| format.header_bytes() + payload_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::{
        Journal,
        tests::{append_numbers, folder, newest, open, row, small},
    };
    use std::fs;

    fn objects(follower: &mut Follower) -> Vec<String> {
        let mut objects = Vec::new();
        follower
            .drain(|followed| {
                objects.push(followed.row.object);
                Ok(())
            })
            .expect("readable");
        objects
    }

    #[test]
    fn rows_come_once_also_over_segments() {
        let folder = folder();
        let mut follower = Follower::new(folder.path(), None);
        assert!(objects(&mut follower).is_empty());
        let journal = small(folder.path());
        let mut seen = Vec::new();
        for round in 0..12 {
            append_numbers(&journal, round % 4);
            seen.extend(objects(&mut follower));
        }
        let expected: Vec<String> =
            (0..12).flat_map(|round| (0..round % 4).map(|n: i32| n.to_string())).collect();
        assert_eq!(seen, expected);
        assert!(segment::list(folder.path()).expect("readable").len() > 2);
    }

    #[test]
    fn a_place_outlives_the_retirement_of_its_segment() {
        let folder = folder();
        let journal = small(folder.path());
        append_numbers(&journal, 2);
        let mut follower = Follower::new(folder.path(), None);
        assert_eq!(objects(&mut follower), ["0", "1"]);
        append_numbers(&journal, 60);
        let left = journal.reader().rows().expect("readable").count();
        assert_eq!(objects(&mut follower).len(), left);
    }

    #[test]
    fn half_a_row_is_waited_for() {
        let folder = folder();
        append_numbers(&open(folder.path()), 2);
        let path = newest(folder.path());
        let whole = fs::read(&path).expect("readable");
        fs::write(&path, &whole[..whole.len() - 3]).expect("writable");
        let mut follower = Follower::new(folder.path(), None);
        assert_eq!(objects(&mut follower), ["0"]);
        fs::write(&path, &whole).expect("writable");
        assert_eq!(objects(&mut follower), ["1"]);
    }

    #[test]
    fn rows_are_fetched_by_their_places() {
        let folder = folder();
        let journal = small(folder.path());
        append_numbers(&journal, 10);
        journal.append(&row(&"long ".repeat(1_000))).expect("room");
        let mut fetcher = Fetcher::new(folder.path());
        let mut follower = Follower::new(folder.path(), None);
        let mut count = 0;
        follower
            .drain(|followed| {
                assert_eq!(fetcher.row(followed.place), Some(followed.row));
                assert_eq!(fetcher.row(Place { offset: followed.place.offset + 1, ..followed.place }), None);
                count += 1;
                Ok(())
            })
            .expect("readable");
        assert_eq!(count, 11);
        assert_eq!(fetcher.row(Place { segment: 5_000, offset: 64 }), None);
    }
}
