//! Descriptors as POSIX has them, on a file in memory.

use super::*;
use crate::vfs::{LastLink, MemFs, Mounts, OpenOptions, VPath};
use abi::{
    Errno, Fd,
    table::{OpenMode, SeekFrom},
};
use std::sync::Arc;

fn open(mode: OpenMode) -> Arc<Description> {
    let mounts = Mounts::with_root(Arc::new(MemFs::new(1 << 20, Arc::new(|| 0))));
    let object = mounts.resolve(&VPath::parse("/f").unwrap(), LastLink::Follow).unwrap();
    let options =
        OpenOptions { read: true, write: true, append: mode.append, create: true, ..OpenOptions::default() };
    Description::file(mounts.open(&object, options).unwrap(), mode)
}

const BOTH: OpenMode =
    OpenMode { read: true, write: true, append: false, create: true, exclusive: false, truncate: false };

#[test]
fn the_lowest_free_number_comes_first() {
    let table = Descriptors::default();
    let description = open(BOTH);
    for expected in 0..3 {
        assert_eq!(table.insert(description.clone(), 0, 10).unwrap(), Fd(expected));
    }
    table.remove(Fd(1)).unwrap();
    assert_eq!(table.insert(description.clone(), 0, 10).unwrap(), Fd(1));
    assert_eq!(table.insert(description.clone(), 7, 10).unwrap(), Fd(7));
    assert_eq!(table.insert(description.clone(), 0, 4).unwrap_err().errno, Errno::EMFILE);
    assert_eq!(table.remove(Fd(6)).err().unwrap().errno, Errno::EBADF);
    assert_eq!(table.release(), 4);
    assert_eq!(table.count(), 0);
}

#[test]
fn duplicates_share_the_offset_and_others_do_not() {
    let table = Descriptors::default();
    let first = table.insert(open(BOTH), 0, 10).unwrap();
    let before = table.replace(first, Fd(5), 10).unwrap();
    assert!(before.is_none());
    table.get(first).unwrap().write(b"hello").unwrap();
    let second = table.get(Fd(5)).unwrap();
    assert_eq!(second.seek(0, SeekFrom::Current).unwrap(), 5);
    second.seek(-3, SeekFrom::End).unwrap();
    assert_eq!(table.get(first).unwrap().read(10).unwrap(), b"llo");
    assert_eq!(second.stat(1).unwrap().shared_by, 2);
    assert!(table.replace(first, first, 10).unwrap().is_none());
    assert_eq!(table.replace(first, Fd(10), 10).err().unwrap().errno, Errno::EBADF);
}

#[test]
fn an_offset_before_the_start_is_refused_and_one_behind_the_end_is_not() {
    let description = open(BOTH);
    assert_eq!(description.seek(-1, SeekFrom::Start).unwrap_err().errno, Errno::EINVAL);
    assert_eq!(description.seek(i64::MAX, SeekFrom::Start).unwrap(), i64::MAX as u64);
    assert_eq!(description.seek(1, SeekFrom::Current).unwrap_err().errno, Errno::EOVERFLOW);
    assert_eq!(description.read(1).unwrap(), b"");
}

#[test]
fn what_was_not_asked_for_at_open_is_refused() {
    let reading = open(OpenMode::READ);
    assert_eq!(reading.write(b"x").unwrap_err().errno, Errno::EBADF);
    let writing = open(OpenMode { read: false, ..BOTH });
    assert_eq!(writing.read(1).unwrap_err().errno, Errno::EBADF);
    assert_eq!(writing.read_at(0, 1).unwrap_err().errno, Errno::EBADF);
}

#[test]
fn status_flags_are_those_of_linux() {
    assert_eq!(open(OpenMode::READ).status_flags(), 0);
    let description = open(BOTH);
    assert_eq!(description.status_flags(), 2);
    description.set_status_flags(0x800 | 0x400 | 1);
    assert_eq!(description.status_flags(), 2 | 0x800 | 0x400);
}
