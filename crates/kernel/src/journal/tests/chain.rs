//! What somebody does to the files of a journal, and what `verify` says of it.

use super::{append_numbers, folder, newest, open, row, small};
use crate::{
    blob::Digest,
    journal::{
        BreakKind, Journal, Verification, frame,
        segment::{self, HEADER_BYTES, Header},
        verify,
    },
};
use proptest::prelude::*;
use std::{fs, path::Path};

fn checked(folder: &Path) -> Verification {
    verify(folder).expect("readable")
}

/// Where the frames of the newest segment begin, and where it ends.
fn frames(folder: &Path) -> Vec<usize> {
    let bytes = fs::read(newest(folder)).expect("readable");
    let mut places = vec![HEADER_BYTES];
    while let Some(payload) = frame::whole(frame::Format::Chained, &bytes, places[places.len() - 1]) {
        places.push(payload.end);
    }
    places
}

/// Writes the newest segment anew, made of these parts.
fn rewrite(folder: &Path, parts: &[&[u8]]) {
    fs::write(newest(folder), parts.concat()).expect("writable");
}

#[test]
fn an_untouched_journal_is_whole_over_restarts_and_segments() {
    let folder = folder();
    for _ in 0..3 {
        append_numbers(&small(folder.path()), 5);
    }
    let verified = checked(folder.path());
    assert!(verified.is_whole(), "{:?}", verified.breaks);
    assert_eq!((verified.rows, verified.first_row, verified.last_row), (15, 1, 15));
    assert!(verified.segments > 1);
    assert_eq!(verified.head, small(folder.path()).head());
    let empty = super::folder();
    assert!(checked(empty.path()).is_whole());
}

#[test]
fn a_row_that_was_forged_with_its_checksum_is_named() {
    let folder = folder();
    append_numbers(&open(folder.path()), 5);
    let (bytes, places) = (fs::read(newest(folder.path())).expect("readable"), frames(folder.path()));
    let mut forged = Vec::new();
    let previous = Digest::of(&bytes[places[1]..places[2]]);
    let other = row("innocent");
    frame::encode(&mut forged, &previous, |buffer| serde_json::to_writer(buffer, &other.numbered(3)))
        .expect("plain data");
    rewrite(folder.path(), &[&bytes[..places[2]], &forged, &bytes[places[3]..]]);
    let verified = checked(folder.path());
    assert_eq!(verified.rows, 5);
    let found = &verified.breaks[..];
    assert_eq!(found.len(), 1, "{found:?}");
    // The forgery fits to what is before it; what follows does not fit to the forgery.
    assert_eq!((found[0].seq, &found[0].what), (4, &BreakKind::OtherPredecessor));
    assert_eq!(found[0].offset as usize, places[2] + forged.len());
}

#[test]
fn a_row_that_was_taken_out_is_missed() {
    let folder = folder();
    append_numbers(&open(folder.path()), 5);
    let (bytes, places) = (fs::read(newest(folder.path())).expect("readable"), frames(folder.path()));
    rewrite(folder.path(), &[&bytes[..places[1]], &bytes[places[2]..]]);
    let verified = checked(folder.path());
    assert_eq!((verified.breaks[0].seq, verified.breaks[0].offset as usize), (2, places[1]));
    assert_eq!(verified.breaks[0].what, BreakKind::OtherPredecessor);
}

#[test]
fn a_damaged_row_is_one_break_and_those_behind_are_checked() {
    let folder = folder();
    append_numbers(&open(folder.path()), 5);
    let (mut bytes, places) = (fs::read(newest(folder.path())).expect("readable"), frames(folder.path()));
    bytes[places[2] + frame::HEADER_BYTES] ^= 1;
    rewrite(folder.path(), &[&bytes]);
    let verified = checked(folder.path());
    let len = (places[3] - places[2]) as u64;
    assert_eq!(verified.breaks.len(), 1, "{:?}", verified.breaks);
    assert_eq!((verified.breaks[0].seq, &verified.breaks[0].what), (3, &BreakKind::NoRow(len)));
    assert_eq!((verified.rows, verified.last_row), (4, 5));
}

#[test]
fn a_torn_tail_is_no_break() {
    let folder = folder();
    append_numbers(&open(folder.path()), 3);
    let (bytes, places) = (fs::read(newest(folder.path())).expect("readable"), frames(folder.path()));
    rewrite(folder.path(), &[&bytes[..places[3] - 1]]);
    let verified = checked(folder.path());
    assert!(verified.is_whole());
    assert_eq!(verified.torn_bytes as usize, places[3] - 1 - places[2]);
}

#[test]
fn a_segment_that_is_gone_or_from_another_journal_is_named() {
    let folder = folder();
    append_numbers(&small(folder.path()), 20);
    let segments = segment::list(folder.path()).expect("readable");
    assert!(segments.len() >= 3);
    let second = fs::read(&segments[1].path).expect("readable");
    fs::remove_file(&segments[1].path).expect("ours");
    let verified = checked(folder.path());
    assert_eq!(verified.breaks[0].what, BreakKind::OtherNumber(segments[2].first));
    assert_eq!(verified.breaks[0].seq, segments[1].first);

    let header = Header::new(segments[1].first, 0, Digest::of(b"elsewhere")).encode();
    fs::write(&segments[1].path, [&header, &second[HEADER_BYTES..]].concat()).expect("ours");
    assert_eq!(checked(folder.path()).breaks[0].what, BreakKind::OtherChain);

    fs::write(&segments[1].path, &second).expect("ours");
    fs::remove_file(&segments[0].path).expect("ours");
    let verified = checked(folder.path());
    assert_eq!(verified.breaks.len(), 1);
    assert_eq!(verified.breaks[0].what, BreakKind::BeginningGone);
    assert_eq!(verified.breaks[0].to_string().matches("no row closes it").count(), 1);
}

#[test]
fn what_an_older_version_wrote_is_read_and_continued() {
    let folder = folder();
    let mut old = [b"AOSJRNL1".as_slice(), &1_u64.to_le_bytes()].concat();
    for n in 1..=3_u64 {
        let payload = serde_json::to_vec(&row(&n.to_string()).numbered(n)).expect("plain data");
        let length = (payload.len() as u32).to_le_bytes();
        let crc = frame::crc32(&[&length, payload.as_slice()].concat()).to_le_bytes();
        old.extend([&[0xfa, b'R', b'W', 1], &length, &crc, payload.as_slice()].concat());
    }
    let first = segment::Segment::new(folder.path(), 1).path;
    fs::write(&first, &old).expect("writable");
    let journal = open(folder.path());
    assert_eq!(journal.append(&row("new")).expect("room"), 4);
    assert_eq!(super::objects(folder.path()), ["1", "2", "3", "new"]);
    let verified = checked(folder.path());
    assert!(verified.is_whole(), "{:?}", verified.breaks);
    assert_eq!((verified.rows, verified.unchained_rows), (4, 3));
    drop(journal);
    old[20] ^= 1;
    fs::write(&first, &old).expect("writable");
    assert!(!checked(folder.path()).is_whole());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// No bit of a row that another row follows can change unseen.
    #[test]
    fn any_flipped_bit_is_a_break(at in 0_usize..10_000, bit in 0_usize..8) {
        let folder = folder();
        append_numbers(&open(folder.path()), 6);
        let places = frames(folder.path());
        let mut bytes = fs::read(newest(folder.path())).expect("readable");
        let at = at % places[5];
        bytes[at] ^= 1 << bit;
        rewrite(folder.path(), &[&bytes]);
        let verified = checked(folder.path());
        prop_assert!(!verified.is_whole());
    }

    #[test]
    fn arbitrary_files_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let folder = folder();
        append_numbers(&open(folder.path()), 2);
        fs::write(segment::Segment::new(folder.path(), 3).path, &bytes).expect("writable");
        checked(folder.path());
    }
}
