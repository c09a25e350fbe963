//! Segments as their users see them, and against a vector as the model.

use super::*;
use abi::{Errno, Pid, ShmId, SysResult, table::MemoryAccess};
use proptest::prelude::*;
use std::{os::unix::fs::FileExt, sync::Arc};

const OWNER: Pid = Pid(1);
const READER: Pid = Pid(2);
const WRITER: Pid = Pid(3);
const STRANGER: Pid = Pid(4);

fn segment(size: u64) -> (Segments, Arc<Segment>, ShmId) {
    let segments = Segments::default();
    let id = segments.create(OWNER, size, vec![READER], vec![WRITER], 1 << 20).unwrap();
    let segment = segments.get(id).unwrap();
    (segments, segment, id)
}

fn errno<T>(result: SysResult<T>) -> Errno {
    result.err().expect("it is refused").errno
}

#[test]
fn who_was_named_attaches_for_what_it_was_named_and_nobody_else() {
    let (segments, segment, id) = segment(16);
    assert_eq!(errno(segments.attach(STRANGER, id, MemoryAccess::ReadOnly)), Errno::EPERM);
    assert_eq!(errno(segments.attach(READER, id, MemoryAccess::ReadWrite)), Errno::EPERM);
    assert_eq!(errno(segments.stats(STRANGER, id)), Errno::EPERM);
    assert_eq!(errno(segment.read(OWNER, 0, 1)), Errno::EPERM, "also the owner attaches first");
    segments.attach(OWNER, id, MemoryAccess::ReadWrite).unwrap();
    segments.attach(READER, id, MemoryAccess::ReadOnly).unwrap();
    segments.attach(WRITER, id, MemoryAccess::ReadOnly).unwrap();
    assert_eq!(segment.write(OWNER, 2, b"abc").unwrap(), 3);
    assert_eq!(&segment.read(READER, 0, 6).unwrap().0, b"\0\0abc\0");
    assert_eq!(errno(segment.write(READER, 0, b"x")), Errno::EPERM);
    assert_eq!(errno(segment.write(WRITER, 0, b"x")), Errno::EPERM, "attached to look");
    segments.attach(WRITER, id, MemoryAccess::ReadWrite).unwrap();
    segment.write(WRITER, 15, b"z").unwrap();
    segments.detach(WRITER, id).unwrap();
    assert_eq!(errno(segments.detach(WRITER, id)), Errno::EPERM);
    assert_eq!(errno(segment.write(WRITER, 0, b"x")), Errno::EPERM);
    segment.verify_invariants();
}

#[test]
fn bounds_and_quotas_are_kept() {
    let (segments, segment, id) = segment(16);
    segments.attach(OWNER, id, MemoryAccess::ReadWrite).unwrap();
    for (offset, len) in [(16, 1), (0, 17), (u64::MAX, 2), (17, 0)] {
        assert_eq!(errno(segment.read(OWNER, offset, len)), Errno::ERANGE, "{len} from {offset}");
    }
    assert_eq!(errno(segment.write(OWNER, 14, b"abc")), Errno::ERANGE);
    assert_eq!(errno(segment.read(OWNER, 0, u64::MAX)), Errno::EINVAL);
    assert_eq!(segment.read(OWNER, 16, 0).unwrap().len(), 0);
    let create = |size| segments.create(OWNER, size, Vec::new(), Vec::new(), 100);
    assert_eq!(errno(create(0)), Errno::EINVAL);
    assert_eq!(errno(create(100 * 1024 * 1024 + 1)), Errno::EINVAL);
    assert_eq!(errno(create(85)), Errno::EDQUOT);
    create(84).unwrap();
    assert_eq!(segments.usage(OWNER), (2, 100));
}

#[test]
fn a_view_keeps_writers_away_and_a_writing_view_keeps_everybody_away() {
    let (segments, segment, id) = segment(8);
    segments.attach(OWNER, id, MemoryAccess::ReadWrite).unwrap();
    segments.attach(READER, id, MemoryAccess::ReadOnly).unwrap();
    assert_eq!(errno(segments.view_mut(READER, id)), Errno::EPERM);
    let mut writing = segments.view_mut(OWNER, id).unwrap();
    writing[..5].copy_from_slice(b"hello");
    assert_eq!(errno(segment.read(READER, 0, 1)), Errno::EBUSY);
    assert_eq!(errno(segments.view(READER, id)), Errno::EBUSY);
    segment.verify_invariants();
    drop(writing);
    let (first, second) = (segments.view(READER, id).unwrap(), segments.view(OWNER, id).unwrap());
    assert_eq!((&first[..5], &second[5..]), (&b"hello"[..], &b"\0\0\0"[..]));
    assert_eq!(segment.stats().loans, 2);
    assert_eq!(errno(segment.write(OWNER, 0, b"x")), Errno::EBUSY);
    assert_eq!(errno(segments.view_mut(OWNER, id)), Errno::EBUSY);
    assert_eq!(segment.read(READER, 0, 5).unwrap().as_str(), Some("hello"));
    segment.verify_invariants();
    segments.destroy(OWNER, id).unwrap();
    assert_eq!(errno(segments.get(id)), Errno::EBADF);
    assert_eq!(&first[..5], b"hello", "a view keeps its memory");
    drop((first, second));
    assert_eq!(segment.stats().loans, 0);
}

#[test]
fn a_descriptor_shows_the_same_memory_and_ends_views() {
    let (segments, segment, id) = segment(4096);
    segments.attach(OWNER, id, MemoryAccess::ReadWrite).unwrap();
    let view = segments.view(OWNER, id).unwrap();
    assert_eq!(errno(segment.export(OWNER, MemoryAccess::ReadOnly)), Errno::EBUSY);
    drop(view);
    let file: std::fs::File = segment.export(OWNER, MemoryAccess::ReadWrite).unwrap().into();
    file.write_all_at(b"from outside", 100).unwrap();
    assert_eq!(segment.read(OWNER, 100, 12).unwrap().as_str(), Some("from outside"));
    assert!(file.set_len(1).is_err(), "sealed against another size");
    assert_eq!(errno(segments.view(OWNER, id)), Errno::EBUSY);
    segment.verify_invariants();
}

#[test]
fn a_descriptor_to_look_cannot_be_made_to_write() {
    let (segments, segment, id) = segment(4096);
    segments.attach(OWNER, id, MemoryAccess::ReadWrite).unwrap();
    let file: std::fs::File = segment.export(OWNER, MemoryAccess::ReadOnly).unwrap().into();
    assert!(file.write_at(b"x", 0).is_err());
    let again = format!("/proc/self/fd/{}", std::os::fd::AsRawFd::as_raw_fd(&file));
    if let Ok(writable) = std::fs::OpenOptions::new().write(true).open(again) {
        assert!(writable.write_at(b"x", 0).is_err(), "opened anew, it is still sealed");
    }
    segment.write(OWNER, 0, b"ours").unwrap();
    let mut seen = [0; 4];
    file.read_at(&mut seen, 0).unwrap();
    assert_eq!(&seen, b"ours");
}

#[test]
fn what_an_owner_leaves_behind_goes_to_who_is_attached_and_else_away() {
    let (segments, segment, id) = segment(8);
    segments.attach(READER, id, MemoryAccess::ReadOnly).unwrap();
    segments.attach(WRITER, id, MemoryAccess::ReadWrite).unwrap();
    assert_eq!(segments.release(OWNER), 1);
    assert_eq!(segment.stats().owner, WRITER);
    assert_eq!(segments.release(WRITER), 1);
    assert_eq!(segments.release(READER), 1);
    assert_eq!(errno(segments.get(id)), Errno::EBADF);
    assert_eq!(segments.totals(), (0, 0));
}

proptest! {
    #[test]
    fn a_segment_is_a_vector_of_bytes(
        ops in prop::collection::vec((0_u64..70, prop::collection::vec(any::<u8>(), 0..40)), 1..50),
    ) {
        let (segments, segment, id) = segment(64);
        segments.attach(OWNER, id, MemoryAccess::ReadWrite).unwrap();
        let mut model = vec![0_u8; 64];
        for (offset, data) in ops {
            let start = offset as usize;
            match model.get_mut(start..start + data.len()) {
                Some(part) => {
                    part.copy_from_slice(&data);
                    prop_assert_eq!(segment.write(OWNER, offset, &data).unwrap(), data.len() as u64);
                }
                None => prop_assert_eq!(errno(segment.write(OWNER, offset, &data)), Errno::ERANGE),
            }
            prop_assert_eq!(&segment.read(OWNER, 0, 64).unwrap().0, &model);
            prop_assert_eq!(&*segments.view(OWNER, id).unwrap(), &model[..]);
            segment.verify_invariants();
        }
    }
}
