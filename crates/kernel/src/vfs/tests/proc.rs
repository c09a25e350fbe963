//! Generated files.

use super::*;
use std::sync::atomic::AtomicU64;

/// `/version`, `/processes/<pid>/status` for two pids, and `/counter`, different at each reading.
#[derive(Default)]
struct Source {
    reads: AtomicU64,
}

impl ProcSource for Source {
    fn kind(&self, path: &[&str]) -> Option<Kind> {
        match path {
            [] | ["processes"] | ["processes", "7" | "12"] => Some(Kind::Directory),
            ["version" | "counter" | "huge"] | ["processes", "7" | "12", "status"] => Some(Kind::File),
            _ => None,
        }
    }

    fn entries(&self, path: &[&str]) -> Option<Vec<(String, Kind)>> {
        let names: &[(&str, Kind)] = match path {
            [] => &[("version", Kind::File), ("processes", Kind::Directory), ("counter", Kind::File)],
            ["processes"] => &[("7", Kind::Directory), ("12", Kind::Directory)],
            ["processes", "7" | "12"] => &[("status", Kind::File)],
            _ => return None,
        };
        Some(names.iter().map(|(name, kind)| ((*name).to_owned(), *kind)).collect())
    }

    fn read(&self, path: &[&str]) -> Option<Vec<u8>> {
        match path {
            ["version"] => Some(b"0.1".to_vec()),
            ["processes", pid, "status"] => Some(format!("pid {pid}").into_bytes()),
            ["counter"] => Some(self.reads.fetch_add(1, Ordering::Relaxed).to_string().into_bytes()),
            ["huge"] => Some(vec![0; MAX_GENERATED_BYTES + 1]),
            _ => None,
        }
    }
}

fn procfs() -> ProcFs {
    ProcFs::new(Arc::new(Source::default()), clock())
}

#[test]
fn files_are_generated_and_folders_listed() {
    let fs = procfs();
    assert_eq!(names(&fs, "/"), ["counter", "processes", "version"]);
    assert_eq!(names(&fs, "/processes"), ["12", "7"]);
    assert_eq!(get(&fs, "/version").unwrap(), b"0.1");
    assert_eq!(get(&fs, "/processes/12/status").unwrap(), b"pid 12");
    let listing = fs.list(&path("/processes"), 1, Detail::Full).unwrap();
    assert!(listing.truncated);
    assert_eq!(listing.entries[0].stat.unwrap().kind, Kind::Directory);
    let same = fs.stat(&path("/processes/12")).unwrap().inode;
    assert_eq!(listing.entries[0].stat.unwrap().inode, same);
}

#[test]
fn an_open_file_is_one_moment() {
    let fs = procfs();
    let first = fs.open(&path("/counter"), OpenOptions::READ).unwrap();
    assert_eq!(get(&fs, "/counter").unwrap(), b"1");
    let mut buffer = [0; 4];
    assert_eq!(first.read_at(0, &mut buffer).unwrap(), 1);
    assert_eq!(buffer[0], b'0');
    assert_eq!(first.read_at(1, &mut buffer).unwrap(), 0);
    assert_eq!(first.read_at(u64::MAX, &mut buffer).unwrap(), 0);
}

#[test]
fn nothing_can_be_changed() {
    let fs = procfs();
    let rofs = Some(Errno::EROFS);
    for text in ["/version", "/new"] {
        let at = path(text);
        assert_eq!(errno(fs.open(&at, OpenOptions::REPLACE)), rofs);
        assert_eq!(errno(fs.write_atomic(&at, b"", Durability::Cached)), rofs);
        assert_eq!(errno(fs.make_dir(&at)), rofs);
        assert_eq!(errno(fs.remove_file(&at)), rofs);
        assert_eq!(errno(fs.remove_dir(&at)), rofs);
        assert_eq!(errno(fs.symlink("x", &at)), rofs);
        assert_eq!(errno(fs.rename(&at, &path("/x"), Existing::Replace)), rofs);
    }
    assert_eq!(errno(fs.open(&path("/version"), OpenOptions::WRITE)), rofs);
    assert_eq!(errno(fs.open(&path("/new"), OpenOptions::WRITE)), Some(Errno::ENOENT));
}

#[test]
fn missing_and_misused_names_answer_as_posix_does() {
    let fs = procfs();
    assert_eq!(errno(fs.stat(&path("/none"))), Some(Errno::ENOENT));
    assert_eq!(errno(fs.stat(&path("/version/x"))), Some(Errno::ENOTDIR));
    assert_eq!(errno(fs.open(&path("/processes"), OpenOptions::READ)), Some(Errno::EISDIR));
    assert_eq!(errno(fs.list(&path("/version"), 9, Detail::Names)), Some(Errno::ENOTDIR));
    assert_eq!(errno(fs.read_link(&path("/version"))), Some(Errno::EINVAL));
    assert_eq!(errno(fs.open(&path("/huge"), OpenOptions::READ)), Some(Errno::EFBIG));
}
