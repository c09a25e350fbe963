//! The journal over restarts, power loss, damage and full disks.

mod chain;

use super::{
    Damage, FileJournal, Journal, JournalOptions, MAX_ROW_BYTES, OpenReport, Reader, Row, frame, segment,
    storage::{Disk, SegmentFile, Storage},
    verify,
};
use abi::{CauseId, Pid};
use proptest::prelude::*;
use serde_json::json;
use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};
use tempfile::TempDir;

pub(super) fn folder() -> TempDir {
    tempfile::tempdir().expect("a folder for the test")
}

pub(super) fn open(folder: &Path) -> FileJournal {
    FileJournal::open(folder, ageless()).expect("the folder is ours")
}

/// The rows of these tests are from 1970.
fn ageless() -> JournalOptions {
    JournalOptions { keep_age: Duration::MAX, ..JournalOptions::default() }
}

pub(super) fn small(folder: &Path) -> FileJournal {
    let options = JournalOptions { segment_bytes: 1_000, keep_bytes: 4_000, ..ageless() };
    FileJournal::open(folder, options).expect("the folder is ours")
}

pub(super) fn row(object: &str) -> Row {
    Row::new(1_000, CauseId::new(1, 2), Pid::new(3, 0), "write", object)
}

pub(super) fn append_numbers(journal: &FileJournal, count: usize) {
    for n in 0..count {
        journal.append(&row(&n.to_string())).expect("room");
    }
}

pub(super) fn objects(folder: &Path) -> Vec<String> {
    let rows = Reader::new(folder).rows().expect("the folder is ours");
    rows.map(|row| row.expect("nothing is damaged").object).collect()
}

fn report(folder: &Path) -> Vec<String> {
    let rows = Reader::new(folder).rows().expect("the folder is ours");
    rows.map(|row| match row {
        Ok(row) => row.object,
        Err(Damage::Missing { first, last }) => format!("missing {first}-{last}"),
        Err(Damage::NoRow { .. }) => "no row".into(),
        Err(Damage::NoHeader { .. }) => "no header".into(),
        Err(Damage::Unreadable { .. }) => "unreadable".into(),
    })
    .collect()
}

pub(super) fn newest(folder: &Path) -> PathBuf {
    segment::list(folder).expect("readable").pop().expect("there is a segment").path
}

#[test]
fn rows_survive_a_restart_and_numbers_go_on() {
    let folder = folder();
    let full = Row { app: Some("notes".into()), detail: json!({"bytes": 5}), ..row("/home/ä.txt") };
    {
        let journal = open(folder.path());
        assert_eq!(journal.append(&full).expect("room"), 1);
        assert_eq!(journal.append_durable(&row("b")).expect("room"), 2);
        assert_eq!(journal.rows_written(), 2);
    }
    let journal = open(folder.path());
    assert_eq!(journal.report(), &OpenReport { last_row: 2, ..OpenReport::default() });
    assert_eq!(journal.append(&row("c")).expect("room"), 3);
    assert_eq!(objects(folder.path()), ["/home/ä.txt", "b", "c"]);
    let first = journal.reader().rows().expect("readable").next().expect("there is one").expect("whole");
    assert_eq!(first, Row { seq: 1, ..full });
    assert_eq!(newest(folder.path()), segment::Segment::new(folder.path(), 1).path);
}

#[test]
fn a_torn_tail_is_cut_at_every_length() {
    let folder = folder();
    append_numbers(&open(folder.path()), 3);
    let path = newest(folder.path());
    let whole = fs::read(&path).expect("readable");
    let last = (whole.len() - segment::HEADER_BYTES) / 3;
    for cut in 1..last {
        fs::write(&path, &whole[..whole.len() - cut]).expect("writable");
        let journal = open(folder.path());
        let torn_bytes = (last - cut) as u64;
        assert_eq!(journal.report(), &OpenReport { last_row: 2, torn_bytes, damaged_segment: None });
        assert_eq!(journal.append(&row("new")).expect("room"), 3);
        assert_eq!(objects(folder.path()), ["0", "1", "new"]);
    }
}

#[test]
fn damage_in_the_middle_hides_nothing_behind_it() {
    let folder = folder();
    {
        let journal = open(folder.path());
        append_numbers(&journal, 5);
    }
    let path = newest(folder.path());
    let mut bytes = fs::read(&path).expect("readable");
    let frame_bytes = (bytes.len() - segment::HEADER_BYTES) / 5;
    // The length field of the second row.
    bytes[segment::HEADER_BYTES + frame_bytes + 5] = 0xff;
    fs::write(&path, &bytes).expect("writable");
    let journal = open(folder.path());
    assert_eq!(journal.report().damaged_segment.as_deref(), Some(path.as_path()));
    assert_eq!(journal.report().last_row, 5);
    assert_eq!(journal.append(&row("on")).expect("room"), 6);
    assert_eq!(report(folder.path()), ["0", "no row", "missing 2-2", "2", "3", "4", "on"]);
    assert_eq!(fs::read(&path).expect("readable"), bytes, "the damaged segment is left as it is");
}

#[test]
fn a_damaged_row_is_missed_and_writing_goes_on() {
    let folder = folder();
    append_numbers(&open(folder.path()), 3);
    let path = newest(folder.path());
    let mut bytes = fs::read(&path).expect("readable");
    bytes[segment::HEADER_BYTES + frame::HEADER_BYTES + 3] ^= 4;
    fs::write(&path, &bytes).expect("writable");
    assert_eq!(open(folder.path()).append(&row("on")).expect("room"), 4);
    assert_eq!(report(folder.path()), ["no row", "missing 1-1", "1", "2", "on"]);
}

#[test]
fn a_file_that_is_no_segment_is_left_alone() {
    let folder = folder();
    open(folder.path()).append(&row("a")).expect("room");
    let stranger = segment::Segment::new(folder.path(), 50).path;
    fs::write(&stranger, "this is not a segment").expect("writable");
    let unborn = segment::Segment::new(folder.path(), 60).path;
    fs::write(&unborn, "AOS").expect("writable");
    let journal = open(folder.path());
    assert_eq!(journal.report().damaged_segment, Some(stranger));
    assert!(!unborn.exists(), "a beginning that was never finished goes");
    assert_eq!(journal.append(&row("b")).expect("room"), 51);
    assert_eq!(report(folder.path()), ["a", "no header", "missing 2-50", "b"]);
}

#[test]
fn old_segments_retire_and_a_row_says_so() {
    let folder = folder();
    let journal = small(folder.path());
    for n in 0..60 {
        journal.append(&row(&format!("object {n:040}"))).expect("room");
    }
    let segments = segment::list(folder.path()).expect("readable");
    let sizes: Vec<u64> =
        segments.iter().map(|segment| fs::metadata(&segment.path).expect("there").len()).collect();
    assert!(sizes.iter().all(|size| *size <= 1_300), "{sizes:?}");
    assert!(sizes.iter().sum::<u64>() <= 5_000, "{sizes:?}");
    let rows: Vec<Row> = journal.reader().rows().expect("readable").map(|row| row.expect("whole")).collect();
    assert!(rows.windows(2).all(|pair| pair[1].seq == pair[0].seq + 1));
    let retired: Vec<_> = rows.iter().filter(|row| row.kind == "journal.retired").collect();
    assert_eq!(rows[0].seq, segments[0].first);
    let last = retired.last().expect("something retired").object.as_str();
    assert!(last.ends_with(&format!("-{}", segments[0].first - 1)), "{last}");
    let newest: Vec<_> = rows[rows.len() - 20..].to_vec();
    assert_eq!(journal.reader().tail(20).expect("readable"), newest);
    assert_eq!(journal.reader().tail(1_000).expect("readable"), rows);
    assert!(journal.reader().tail(0).expect("readable").is_empty());
    let verified = verify(folder.path()).expect("readable");
    assert!(verified.is_whole(), "{:?}", verified.breaks);
    assert_eq!((verified.first_row, verified.head), (segments[0].first, journal.head()));
}

#[test]
fn a_row_that_is_too_large_is_refused_and_leaves_no_trace() {
    let folder = folder();
    let journal = open(folder.path());
    let error = journal.append(&row(&"x".repeat(MAX_ROW_BYTES))).expect_err("too large");
    assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
    assert_eq!(journal.append(&row("small")).expect("room"), 1);
    assert_eq!(objects(folder.path()), ["small"]);
}

/// A disk with so many bytes left, and a sync that may fail.
#[derive(Clone, Default)]
struct FullDisk {
    left: Arc<AtomicU64>,
    sync_fails: Arc<AtomicBool>,
}

struct FullDiskFile(Arc<dyn SegmentFile>, FullDisk);

impl Storage for FullDisk {
    fn open(&self, path: &Path) -> io::Result<Arc<dyn SegmentFile>> {
        Ok(Arc::new(FullDiskFile(Disk.open(path)?, self.clone())))
    }
}

impl SegmentFile for FullDiskFile {
    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<usize> {
        let room = (self.1.left.load(Ordering::SeqCst) as usize).min(bytes.len());
        if room == 0 {
            return Err(io::ErrorKind::StorageFull.into());
        }
        let written = self.0.write_at(&bytes[..room], offset)?;
        self.1.left.fetch_sub(written as u64, Ordering::SeqCst);
        Ok(written)
    }

    fn set_len(&self, len_bytes: u64) -> io::Result<()> {
        self.0.set_len(len_bytes)
    }

    fn sync(&self) -> io::Result<()> {
        if self.1.sync_fails.load(Ordering::SeqCst) {
            Err(io::ErrorKind::Other.into())
        } else {
            self.0.sync()
        }
    }
}

fn on_disk(folder: &Path, disk: &FullDisk, segment_bytes: u64) -> FileJournal {
    let options = JournalOptions { segment_bytes, ..ageless() };
    FileJournal::open_on(folder, options, Box::new(disk.clone())).expect("room for the header")
}

#[test]
fn a_full_disk_refuses_rows_and_loses_none() {
    for extra in 0..60 {
        let folder = folder();
        let disk = FullDisk::default();
        disk.left.store(1_000 + extra, Ordering::SeqCst);
        let journal = on_disk(folder.path(), &disk, 500);
        let mut written = Vec::new();
        let error = loop {
            let object = written.len().to_string();
            match journal.append(&row(&object)) {
                Ok(number) => {
                    written.push(object);
                    assert_eq!(number, written.len() as u64);
                }
                Err(error) => break error,
            }
        };
        assert_eq!(error.kind(), io::ErrorKind::StorageFull);
        assert_eq!(objects(folder.path()), written, "no half row stays");
        disk.left.store(10_000, Ordering::SeqCst);
        assert_eq!(journal.append(&row("again")).expect("room again"), written.len() as u64 + 1);
        drop(journal);
        written.push("again".into());
        assert_eq!(open(folder.path()).report().torn_bytes, 0);
        assert_eq!(objects(folder.path()), written);
    }
}

#[test]
fn after_a_failed_sync_nothing_is_promised() {
    let folder = folder();
    let disk = FullDisk::default();
    disk.left.store(10_000, Ordering::SeqCst);
    let journal = on_disk(folder.path(), &disk, 5_000);
    journal.append_durable(&row("a")).expect("the disk works");
    disk.sync_fails.store(true, Ordering::SeqCst);
    journal.append_durable(&row("b")).expect_err("the disk does not");
    disk.sync_fails.store(false, Ordering::SeqCst);
    journal.append(&row("c")).expect_err("and is not trusted any more");
    assert_eq!(objects(folder.path()), ["a", "b"]);
}

#[test]
fn many_threads_append_without_a_gap() {
    let folder = folder();
    let journal = small(folder.path());
    let journal_ref = &journal;
    std::thread::scope(|scope| {
        for thread in 0..4 {
            scope.spawn(move || {
                for n in 0..20 {
                    let appended = journal_ref.append(&row(&format!("{thread} {n}")));
                    appended.expect("room");
                    if n % 10 == 0 {
                        journal_ref.append_durable(&row("grant")).expect("room");
                    }
                }
            });
        }
    });
    assert_eq!(journal.rows_written(), 88);
    let rows: Vec<Row> = journal.reader().rows().expect("readable").map(|row| row.expect("whole")).collect();
    assert!(rows.windows(2).all(|pair| pair[1].seq == pair[0].seq + 1));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever happens to the bytes of a journal, it opens, goes on, and keeps what is whole.
    #[test]
    fn any_damage_is_survived(
        rows in 1_usize..12,
        damage in prop::collection::vec((0_usize..2_000, any::<u8>()), 0..4),
        cut in 0_usize..400,
    ) {
        let folder = folder();
        {
            let journal = open(folder.path());
            append_numbers(&journal, rows);
        }
        let path = newest(folder.path());
        let mut bytes = fs::read(&path).expect("readable");
        let intact = damage.iter().map(|(at, _)| *at).chain([bytes.len().saturating_sub(cut)]).min().unwrap_or(0);
        for (at, byte) in damage {
            if let Some(target) = bytes.get_mut(at) {
                *target = byte;
            }
        }
        bytes.truncate(bytes.len().saturating_sub(cut));
        fs::write(&path, &bytes).expect("writable");

        let journal = open(folder.path());
        let number = journal.append(&row("new")).expect("room");
        drop(journal);
        let kept: Vec<Row> = Reader::new(folder.path()).rows().expect("readable").filter_map(Result::ok).collect();
        let last = kept.last().expect("the new one");
        prop_assert_eq!((last.seq, last.object.as_str()), (number, "new"));
        let frame_bytes = frame::HEADER_BYTES + serde_json::to_vec(&row("0").numbered(1)).expect("plain data").len();
        let untouched = intact.saturating_sub(segment::HEADER_BYTES) / (frame_bytes + 2);
        prop_assert!(kept.len() > untouched.min(rows), "{} kept, {} untouched", kept.len(), untouched);
        prop_assert!(kept.windows(2).all(|pair| pair[0].seq < pair[1].seq));
    }
}
