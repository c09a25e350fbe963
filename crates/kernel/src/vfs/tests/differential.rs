//! The same questions to our tree and to the host's own calls, answers compared line by line.
//!
//! Known and wanted differences are not asked: `..` is lexical here, absolute links start at our
//! `/`, and pipes and devices are refused.

use super::*;
use nix::{
    fcntl::AT_FDCWD,
    sys::{
        stat::{UtimensatFlags, utimensat},
        time::TimeSpec,
    },
};
use std::{
    fmt::Write as _,
    fs,
    io::{self, Read, Write as _},
    os::unix::fs::{MetadataExt, PermissionsExt},
    path::{Path, PathBuf},
};

/// One question. Paths are relative to the tree's root.
#[derive(Clone, Copy, Debug)]
enum Probe {
    Write(&'static str, &'static str),
    Append(&'static str, &'static str),
    CreateNew(&'static str),
    Read(&'static str),
    SetLen(&'static str, u64),
    /// Kind and length of what it leads to.
    Follow(&'static str),
    /// Kind and length of itself.
    NoFollow(&'static str),
    List(&'static str),
    MakeDir(&'static str),
    Unlink(&'static str),
    RemoveDir(&'static str),
    Rename(&'static str, &'static str),
    Symlink(&'static str, &'static str),
    ReadLink(&'static str),
    HardLink(&'static str, &'static str),
    /// Sets the bits and says what they are then.
    Chmod(&'static str, u32),
    /// Sets the time of the last change, in milliseconds, and says what it is then.
    Touch(&'static str, i64),
}
use Probe::*;

const PROBES: &[Probe] = &[
    // Nothing there.
    Read("none"),
    Follow("none"),
    List("none"),
    SetLen("none", 1),
    Unlink("none"),
    RemoveDir("none"),
    Rename("none", "x"),
    ReadLink("none"),
    HardLink("none", "x"),
    Write("none/x", "1"),
    MakeDir("none/x"),
    Symlink("t", "none/x"),
    // A file and a folder.
    Write("f", "hello"),
    Read("f"),
    Append("f", " world"),
    Read("f"),
    SetLen("f", 3),
    Read("f"),
    SetLen("f", 5),
    Read("f"),
    Follow("f"),
    CreateNew("f"),
    CreateNew("new"),
    MakeDir("d"),
    MakeDir("d"),
    MakeDir("f"),
    Follow("d"),
    List("f"),
    List("d"),
    Read("d"),
    Write("d", "x"),
    Append("d", "x"),
    CreateNew("d"),
    SetLen("d", 0),
    Unlink("d"),
    RemoveDir("f"),
    // A file is no folder on the way.
    Read("f/x"),
    Follow("f/x"),
    Write("f/x", "1"),
    MakeDir("f/x"),
    Unlink("f/x"),
    RemoveDir("f/x"),
    Rename("f/x", "y"),
    Rename("new", "f/x"),
    List("f/x"),
    // Full folders stay.
    Write("d/a", "a"),
    RemoveDir("d"),
    Rename("d", "d/sub"),
    Rename("d", "d"),
    Rename("d/a", "d"),
    Rename("f", "d"),
    Rename("d", "f"),
    MakeDir("e"),
    MakeDir("e/x"),
    Rename("d", "e"),
    RemoveDir("e/x"),
    Rename("d", "e"),
    List("e"),
    List(""),
    Rename("e/a", "e/b"),
    Rename("new", "e/b"),
    Read("e/b"),
    Rename("f", "f"),
    // Links.
    Symlink("f", "l"),
    Symlink("f", "l"),
    Symlink("x", "f"),
    Read("l"),
    Follow("l"),
    NoFollow("l"),
    ReadLink("l"),
    ReadLink("f"),
    ReadLink("e"),
    Write("l", "through"),
    Read("f"),
    SetLen("l", 4),
    Append("l", "!"),
    Read("f"),
    CreateNew("l"),
    MakeDir("l"),
    Read("l/x"),
    RemoveDir("l"),
    Symlink("e", "le"),
    List("le"),
    Read("le/b"),
    Write("le/c", "c"),
    List("e"),
    RemoveDir("le"),
    Unlink("le/c"),
    Rename("f", "le"),
    NoFollow("le"),
    Read("le"),
    Read("l"),
    Symlink("gone", "dangling"),
    Read("dangling"),
    Follow("dangling"),
    NoFollow("dangling"),
    SetLen("dangling", 0),
    CreateNew("dangling"),
    MakeDir("dangling"),
    Write("dangling", "made"),
    Read("gone"),
    Symlink("loop2", "loop1"),
    Symlink("loop1", "loop2"),
    Read("loop1"),
    Follow("loop1/x"),
    Write("loop1", "x"),
    List("loop1"),
    Unlink("loop1"),
    Follow("loop2"),
    Symlink("", "empty"),
    // Hard links.
    HardLink("gone", "second"),
    HardLink("gone", "second"),
    HardLink("e", "third"),
    HardLink("l", "link_to_link"),
    NoFollow("link_to_link"),
    Append("second", "+"),
    Read("gone"),
    Rename("gone", "second"),
    Follow("gone"),
    Unlink("gone"),
    Read("second"),
    List(""),
    // Facts.
    Chmod("none", 0o600),
    Chmod("second", 0o640),
    Chmod("l", 0o600),
    Chmod("e", 0o700),
    Chmod("second/x", 0o700),
    Chmod("loop2", 0o700),
    Touch("second", 1_700_000_000_123),
    Touch("second", -1_500),
    Touch("e", 1_000),
    Touch("none", 1_000),
    Touch("dangling", 1_000),
    Touch("second/x", 1_000),
];

type Answer = Result<String, Errno>;

fn kind_and_size(kind: Kind, len_bytes: u64) -> String {
    // A folder's size means something else on each file system.
    if kind == Kind::Directory { "Directory".to_owned() } else { format!("{kind:?} {len_bytes}") }
}

fn ours(mounts: &Mounts, probe: Probe) -> Answer {
    let object = |text: &str, last| mounts.resolve(&path(&format!("/{text}")), last);
    let follow = |text| object(text, LastLink::Follow);
    let keep = |text| object(text, LastLink::Keep);
    let nothing = |()| String::new();
    let answer = match probe {
        Write(at, content) => follow(at)
            .and_then(|at| mounts.open(&at, OpenOptions::REPLACE)?.write_all_at(0, content.as_bytes()))
            .map(nothing),
        Append(at, content) => follow(at)
            .and_then(|at| mounts.open(&at, OpenOptions::APPEND)?.append(content.as_bytes()))
            .map(|_| String::new()),
        CreateNew(at) => {
            keep(at).and_then(|at| mounts.open(&at, OpenOptions::CREATE_NEW)).map(|_| String::new())
        }
        Read(at) => follow(at)
            .and_then(|at| mounts.read_all(&at, 1000))
            .map(|content| String::from_utf8_lossy(&content).into_owned()),
        SetLen(at, len_bytes) => follow(at).and_then(|at| mounts.set_len(&at, len_bytes)).map(nothing),
        Follow(at) => {
            follow(at).and_then(|at| mounts.stat(&at)).map(|stat| kind_and_size(stat.kind, stat.len_bytes))
        }
        NoFollow(at) => {
            keep(at).and_then(|at| mounts.stat(&at)).map(|stat| kind_and_size(stat.kind, stat.len_bytes))
        }
        List(at) => follow(at).and_then(|at| mounts.list(&at, 100, Detail::Names)).map(|listing| {
            let names: Vec<_> = listing.entries.into_iter().map(|entry| entry.name).collect();
            names.join(" ")
        }),
        MakeDir(at) => keep(at).and_then(|at| mounts.make_dir(&at)).map(nothing),
        Unlink(at) => keep(at).and_then(|at| mounts.remove_file(&at)).map(nothing),
        RemoveDir(at) => keep(at).and_then(|at| mounts.remove_dir(&at)).map(nothing),
        Rename(from, to) => {
            keep(from).and_then(|from| mounts.rename(&from, &keep(to)?, Existing::Replace)).map(nothing)
        }
        Symlink(target, at) => keep(at).and_then(|at| mounts.symlink(target, &at)).map(nothing),
        ReadLink(at) => keep(at).and_then(|at| mounts.read_link(&at)),
        HardLink(from, to) => keep(from).and_then(|from| mounts.link(&from, &keep(to)?)).map(nothing),
        Chmod(at, mode) => follow(at).and_then(|at| {
            mounts.set_mode(&at, mode)?;
            Ok(format!("{:o}", mounts.stat(&at)?.mode))
        }),
        Touch(at, millis) => follow(at).and_then(|at| {
            mounts.set_modified(&at, millis)?;
            Ok(mounts.stat(&at)?.modified_millis.to_string())
        }),
    };
    answer.map_err(|why| why.errno)
}

fn hosts(root: &Path, probe: Probe) -> Answer {
    let on = |text: &str| -> PathBuf { if text.is_empty() { root.to_owned() } else { root.join(text) } };
    let nothing = |()| String::new();
    let kind = |found: fs::Metadata| {
        let kind = match found.file_type() {
            kind if kind.is_dir() => Kind::Directory,
            kind if kind.is_symlink() => Kind::Symlink,
            _ => Kind::File,
        };
        kind_and_size(kind, found.len())
    };
    let write = |options: &mut fs::OpenOptions, at: &str, content: &str| -> io::Result<String> {
        options.open(on(at))?.write_all(content.as_bytes()).map(nothing)
    };
    let answer: io::Result<String> = match probe {
        Write(at, content) => {
            write(fs::OpenOptions::new().write(true).create(true).truncate(true), at, content)
        }
        Append(at, content) => write(fs::OpenOptions::new().append(true).create(true), at, content),
        CreateNew(at) => write(fs::OpenOptions::new().write(true).create_new(true), at, ""),
        Read(at) => fs::File::open(on(at)).and_then(|mut file| {
            let mut content = String::new();
            file.read_to_string(&mut content).map(|_| content)
        }),
        SetLen(at, len_bytes) => fs::OpenOptions::new()
            .write(true)
            .open(on(at))
            .and_then(|file| file.set_len(len_bytes))
            .map(nothing),
        Follow(at) => fs::metadata(on(at)).map(kind),
        NoFollow(at) => fs::symlink_metadata(on(at)).map(kind),
        List(at) => fs::read_dir(on(at)).and_then(|entries| {
            let names: io::Result<Vec<_>> =
                entries.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned())).collect();
            let mut names = names?;
            names.sort();
            Ok(names.join(" "))
        }),
        MakeDir(at) => fs::create_dir(on(at)).map(nothing),
        Unlink(at) => nix::unistd::unlink(&on(at)).map(nothing).map_err(io::Error::from),
        RemoveDir(at) => fs::remove_dir(on(at)).map(nothing),
        Rename(from, to) => fs::rename(on(from), on(to)).map(nothing),
        Symlink(target, at) => std::os::unix::fs::symlink(target, on(at)).map(nothing),
        ReadLink(at) => fs::read_link(on(at)).map(|target| target.to_string_lossy().into_owned()),
        HardLink(from, to) => fs::hard_link(on(from), on(to)).map(nothing),
        Chmod(at, mode) => fs::set_permissions(on(at), fs::Permissions::from_mode(mode))
            .and_then(|()| fs::metadata(on(at)))
            .map(|found| format!("{:o}", found.permissions().mode() & 0o7777)),
        Touch(at, millis) => {
            let modified = TimeSpec::new(millis.div_euclid(1000), millis.rem_euclid(1000) * 1_000_000);
            utimensat(AT_FDCWD, &on(at), &TimeSpec::UTIME_OMIT, &modified, UtimensatFlags::FollowSymlink)
                .map_err(io::Error::from)
                .and_then(|()| fs::metadata(on(at)))
                .map(|found| (found.mtime() * 1000 + found.mtime_nsec() / 1_000_000).to_string())
        }
    };
    answer.map_err(|why| {
        let number = why.raw_os_error().unwrap_or_else(|| panic!("{probe:?}: {why} has no number"));
        Errno::from_raw(number).unwrap_or_else(|| panic!("{probe:?}: {why} is not in our set"))
    })
}

#[test]
fn our_answers_are_the_hosts_answers() {
    for backend in backends() {
        let host = tempfile::tempdir().unwrap();
        let mounts = Mounts::with_root(Arc::from(backend.fs));
        let mut differences = String::new();
        for (line, probe) in PROBES.iter().enumerate() {
            let (ours, host) = (ours(&mounts, *probe), hosts(host.path(), *probe));
            if ours != host {
                writeln!(differences, "{line} {probe:?}: ours {ours:?}, the host {host:?}").unwrap();
            }
        }
        assert!(differences.is_empty(), "{}:\n{differences}", backend.name);
    }
}
