//! Rows with their causes, images and counts; and a small world of files to change.

use super::{After, Intent, JournalFolders, Recorder, RecorderOptions};
use crate::{
    blob::Fetched,
    journal::{Before, Change, Journal, Kept, Row, RowKind, State},
    vfs::{Access, Durability, Existing, LastLink, LocalFs, MemFs, Mounts, OpenOptions, Resolved, VPath},
};
use abi::{Cause, CauseId, CauseKind, CauseSpec, Pid, SysResult};
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};
use tempfile::TempDir;

/// A recorder over `/home` on the host and `/tmp` in memory, with calls that record and then do.
pub(in crate::journal) struct World {
    pub(in crate::journal) recorder: Recorder,
    pub(in crate::journal) mounts: Mounts,
    folder: TempDir,
}

pub(in crate::journal) fn cause(sequence: u64) -> CauseId {
    CauseId::new(1, sequence)
}

pub(in crate::journal) fn path(text: &str) -> VPath {
    VPath::parse(text).expect("a path of the test")
}

/// Causes 10 to 19 are children of 1 to 9 and so on: the last digit is cut off.
fn known_cause(id: CauseId) -> Option<Arc<Cause>> {
    let sequence = id.0 & 0xffff;
    let parent = (sequence >= 10).then(|| cause(sequence / 10));
    let spec = CauseSpec { parent, ..CauseSpec::new(CauseKind::Key, format!("cause {sequence}")) };
    Some(Arc::new(Cause { id, spec, time_millis: sequence }))
}

impl World {
    pub(in crate::journal) fn new() -> Self {
        Self::on(tempfile::tempdir().expect("a folder for the test"))
    }

    fn on(folder: TempDir) -> Self {
        fs::create_dir_all(folder.path().join("home")).expect("ours");
        let mounts = Mounts::new();
        let home = LocalFs::open(&folder.path().join("home"), Access::ReadWrite).expect("ours");
        mounts.mount(&path("/home"), Arc::new(home)).expect("free");
        mounts.mount(&path("/tmp"), Arc::new(MemFs::new(1 << 20, Arc::new(|| 0)))).expect("free");
        let folders = JournalFolders::of(folder.path());
        let recorder = Recorder::open(&folders, RecorderOptions::default(), Arc::new(known_cause));
        World { recorder: recorder.expect("ours"), mounts, folder }
    }

    /// The same data after the end of the program.
    pub(in crate::journal) fn restarted(self) -> Self {
        let World { recorder, mounts, folder } = self;
        drop((recorder, mounts));
        Self::on(folder)
    }

    pub(in crate::journal) fn host(&self, text: &str) -> PathBuf {
        self.folder.path().join(path(text).relative())
    }

    pub(in crate::journal) fn data_dir(&self) -> &Path {
        self.folder.path()
    }

    pub(in crate::journal) fn rows(&self) -> Vec<Row> {
        self.recorder.journal().reader().tail(10_000).expect("readable")
    }

    fn record(
        &self,
        by: u64,
        intents: &[Intent<'_>],
        effect: impl FnOnce() -> SysResult<()>,
    ) -> SysResult<()> {
        let row =
            Row { app: Some("test".into()), ..Row::new(1, cause(by), Pid::new(1, 0), RowKind::File, "test") };
        let recorded = self.recorder.record_files(&self.mounts, row, intents).expect("room");
        effect().inspect_err(|why| {
            self.recorder.failed(&self.mounts, recorded, &why.to_string()).expect("room");
        })
    }

    fn set(
        &self,
        by: u64,
        text: &str,
        after: After<'_>,
        effect: impl FnOnce(&Resolved) -> SysResult<()>,
    ) -> SysResult<()> {
        let object = self.mounts.resolve(&path(text), LastLink::Keep)?;
        // As the door does: the object itself, with the links on the way to it followed.
        self.record(by, &[Intent::Set { path: object.path(), after }], || effect(&object))
    }

    pub(in crate::journal) fn write(&self, by: u64, text: &str, data: &[u8]) -> SysResult<()> {
        self.set(by, text, After::Content(data), |object| {
            self.mounts.write_atomic(object, data, Durability::Cached)
        })
    }

    pub(in crate::journal) fn append(&self, by: u64, text: &str, data: &[u8]) -> SysResult<()> {
        self.set(by, text, After::Appended(data), |object| {
            self.mounts.open(object, OpenOptions::APPEND)?.append(data).map(drop)
        })
    }

    /// As through a descriptor that is closed afterwards.
    pub(in crate::journal) fn overwrite(&self, by: u64, text: &str, data: &[u8]) -> SysResult<()> {
        self.set(by, text, After::Unknown, |object| {
            self.mounts.open(object, OpenOptions::WRITE)?.write_all_at(0, data)?;
            let row = Row::new(1, cause(by), Pid::new(1, 0), RowKind::File, text);
            self.recorder.settle(&self.mounts, row, object.path()).expect("room");
            Ok(())
        })
    }

    pub(in crate::journal) fn truncate(&self, by: u64, text: &str, len_bytes: u64) -> SysResult<()> {
        self.set(by, text, After::Length(len_bytes), |object| self.mounts.set_len(object, len_bytes))
    }

    pub(in crate::journal) fn delete(&self, by: u64, text: &str) -> SysResult<()> {
        self.set(by, text, After::Known(State::Absent), |object| self.mounts.remove_file(object))
    }

    pub(in crate::journal) fn mkdir(&self, by: u64, text: &str) -> SysResult<()> {
        self.set(by, text, After::Known(State::Folder), |object| self.mounts.make_dir(object))
    }

    pub(in crate::journal) fn rmdir(&self, by: u64, text: &str) -> SysResult<()> {
        self.set(by, text, After::Known(State::Absent), |object| self.mounts.remove_dir(object))
    }

    pub(in crate::journal) fn rename(&self, by: u64, from: &str, to: &str) -> SysResult<()> {
        let resolve = |text: &str| self.mounts.resolve(&path(text), LastLink::Keep);
        let objects = (resolve(from)?, resolve(to)?);
        self.record(by, &[Intent::Rename { from: objects.0.path(), to: objects.1.path() }], || {
            self.mounts.rename(&objects.0, &objects.1, Existing::Replace)
        })
    }

    pub(in crate::journal) fn copy(&self, by: u64, from: &str, to: &str) -> SysResult<()> {
        let source = self.mounts.resolve(&path(from), LastLink::Follow)?;
        self.set(by, to, After::CopyOf(source.path()), |object| {
            let mut progress = |_| std::ops::ControlFlow::Continue(());
            self.mounts.copy_file(&source, object, Existing::Replace, &mut progress).map(drop)
        })
    }

    pub(in crate::journal) fn link(&self, by: u64, text: &str, target: &str) -> SysResult<()> {
        self.set(by, text, After::Known(State::Link(target.into())), |object| {
            self.mounts.symlink(target, object)
        })
    }

    /// Everything beneath `/home`: contents of files, `/` for folders, targets of links.
    pub(in crate::journal) fn tree(&self) -> BTreeMap<String, String> {
        let (mut tree, mut folders) = (BTreeMap::new(), vec![self.host("/home")]);
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder).expect("ours") {
                let host = entry.expect("ours").path();
                let name = host.strip_prefix(self.host("/home")).expect("beneath").display().to_string();
                let facts = fs::symlink_metadata(&host).expect("it is there");
                let what = if facts.is_dir() {
                    folders.push(host);
                    "/".into()
                } else if facts.is_symlink() {
                    format!("-> {}", fs::read_link(&host).expect("a link").display())
                } else {
                    String::from_utf8_lossy(&fs::read(&host).expect("ours")).into_owned()
                };
                tree.insert(name, what);
            }
        }
        tree
    }
}

fn only_change(row: &Row) -> (Option<Before>, Option<State>) {
    match &row.changes[..] {
        [Change::Set { before, after, .. }] => (before.clone(), after.clone()),
        other => panic!("not one change: {other:?}"),
    }
}

fn before(content: &[u8]) -> Option<Before> {
    Some(Before { state: State::of(content), kept: Kept::Content })
}

fn files(rows: Vec<Row>) -> Vec<Row> {
    rows.into_iter().filter(|row| row.kind == RowKind::File).collect()
}

#[test]
fn one_image_for_each_cause_and_file() {
    let world = World::new();
    world.write(1, "/home/a", b"one").expect("room");
    world.write(1, "/home/a", b"two").expect("room");
    world.write(2, "/home/a", b"three").expect("room");
    let rows = files(world.rows());
    let nothing = Some(Before { state: State::Absent, kept: Kept::Nothing });
    assert_eq!(only_change(&rows[0]), (nothing, Some(State::of(b"one"))));
    assert_eq!(only_change(&rows[1]), (None, Some(State::of(b"two"))));
    assert_eq!(only_change(&rows[2]), (before(b"two"), Some(State::of(b"three"))));
    let State::File { digest, .. } = State::of(b"two") else { unreachable!("a file") };
    assert_eq!(world.recorder.blobs().get(&digest).expect("readable"), Fetched::Content(b"two".to_vec()));
}

#[test]
fn what_follows_from_a_call_is_foreseen() {
    let world = World::new();
    world.append(1, "/home/log", b"a").expect("room");
    world.append(1, "/home/log", b"b").expect("room");
    world.append(2, "/home/log", b"c").expect("room");
    world.append(2, "/home/log", b"d").expect("room");
    world.truncate(3, "/home/log", 2).expect("room");
    world.truncate(4, "/home/log", 4).expect("room");
    world.copy(5, "/home/log", "/home/copy").expect("room");
    world.overwrite(6, "/home/copy", b"xy").expect("room");
    let rows: Vec<Row> = world.rows();
    let after: Vec<Option<State>> = files(rows.clone()).iter().map(|row| only_change(row).1).collect();
    let contents: [&[u8]; 7] = [b"a", b"ab", b"abc", b"abcd", b"ab", b"ab\0\0", b"ab\0\0"];
    let mut expected: Vec<_> = contents.iter().map(|content| Some(State::of(content))).collect();
    expected.push(None);
    assert_eq!(after, expected);
    let settled = rows.last().expect("there are rows");
    assert_eq!(
        (&settled.kind, only_change(settled)),
        (&RowKind::FileSettled, (None, Some(State::of(b"xy\0\0"))))
    );
}

#[test]
fn what_is_large_or_in_memory_is_not_kept() {
    let world = World::new();
    let max = RecorderOptions::default().blobs.max_blob_bytes;
    let large = fs::File::create(world.host("/home/large")).expect("ours");
    large.set_len(max + 1).expect("ours");
    fs::File::create(world.host("/home/huge")).expect("ours").set_len(1 << 32).expect("sparse");
    world.delete(1, "/home/large").expect("it is there");
    world.delete(1, "/home/huge").expect("it is there");
    world.write(1, "/tmp/x", b"x").expect("room");
    world.write(2, "/tmp/x", b"y").expect("room");
    let befores: Vec<Before> = files(world.rows()).iter().filter_map(|row| only_change(row).0).collect();
    assert!(
        matches!(befores[0], Before { state: State::File { len_bytes, .. }, kept: Kept::TooLarge } if len_bytes == max + 1)
    );
    assert!(matches!(
        befores[1],
        Before { state: State::Large { len_bytes: 0x1_0000_0000, .. }, kept: Kept::TooLarge }
    ));
    assert_eq!(befores[2].kept, Kept::Nothing);
    assert!(matches!(befores[3], Before { state: State::Large { len_bytes: 1, .. }, kept: Kept::Volatile }));
}

#[test]
fn causes_come_before_the_first_row_and_once() {
    let world = World::new();
    world.write(123, "/home/a", b"1").expect("room");
    world.write(123, "/home/a", b"2").expect("room");
    world.write(12, "/home/a", b"3").expect("room");
    world.write(4, "/home/a", b"4").expect("room");
    let rows: Vec<String> = world
        .rows()
        .iter()
        .map(|row| if row.kind == RowKind::Cause { row.object.clone() } else { row.kind.to_string() })
        .collect();
    assert_eq!(rows, ["cause 1", "cause 12", "cause 123", "file", "file", "file", "cause 4", "file"]);
    let chain = world.recorder.history().chain(cause(123)).expect("readable");
    let labels: Vec<&str> = chain.iter().map(|cause| cause.spec.label.as_str()).collect();
    assert_eq!(labels, ["cause 123", "cause 12", "cause 1"]);
    let world = world.restarted();
    assert_eq!(world.recorder.history().chain(cause(123)).expect("readable").len(), 3);
}

#[test]
fn denials_are_counted_and_the_last_count_is_written_at_the_end() {
    let world = World::new();
    let denial = Row {
        call: "read".into(),
        rule: Some("app#1".into()),
        ..Row::new(1, cause(1), Pid::new(3, 0), RowKind::Denial, "/etc/passwd")
    };
    for _ in 0..100 {
        world.recorder.deny(&denial).expect("room");
    }
    let world = world.restarted();
    let rows: Vec<Row> = world.rows();
    assert_eq!(rows.iter().filter(|row| row.kind == RowKind::Denial).count(), 1);
    let counts: Vec<u64> = rows.iter().filter_map(|row| row.detail["times"].as_u64()).collect();
    assert_eq!(counts, [2, 4, 8, 16, 32, 64, 100]);
    assert!(rows.iter().all(|row| row.kind == RowKind::Cause || row.rule.as_deref() == Some("app#1")));
    world.recorder.flush_denials(None, 9).expect("room");
    assert_eq!(world.rows().len(), rows.len());
}

#[test]
fn the_index_follows_by_itself() {
    let world = World::new();
    world.write(1, "/home/a", b"1").expect("room");
    let last =
        world.recorder.append(&Row::new(9, cause(1), Pid::KERNEL, RowKind::Session, "saved")).expect("room");
    assert!(world.recorder.wait_for_index(last, std::time::Duration::from_secs(60)));
    assert!(world.data_dir().join("index").join("journal.sqlite").exists());
}

#[test]
fn closed_means_closed() {
    let world = World::new();
    world.write(1, "/home/a", b"1").expect("room");
    let row = Row::new(9, cause(1), Pid::KERNEL, RowKind::Session, "saved");
    world.recorder.close();
    let refused = world.recorder.append(&row).expect_err("somebody else may have the folder");
    assert_eq!(refused.kind(), std::io::ErrorKind::BrokenPipe);
    let rows = world.rows().len();
    world.recorder.close();
    assert_eq!(world.rows().len(), rows);
    assert!(!world.recorder.wait_for_index(1, std::time::Duration::ZERO));
}
