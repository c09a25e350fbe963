//! Tests of the virtual file system. `suite` holds for every backend that can be written to, `model`
//! compares them with a map under random operations, `attacks` tries to leave a folder of the host,
//! `differential` asks the host the same questions.

mod attacks;
mod differential;
mod model;
mod mounts;
mod overlay;
mod paths;
mod proc;
mod quota;
mod suite;
mod watch;

use super::*;
use abi::Errno;
use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

/// A clock that is one millisecond later each time.
fn clock() -> WallClock {
    let now = AtomicI64::new(1_000);
    Arc::new(move || now.fetch_add(1, Ordering::Relaxed))
}

fn path(text: &str) -> VPath {
    VPath::parse(text).expect("a test's path")
}

/// A backend under test, with what has to outlive it.
struct Backend {
    name: &'static str,
    fs: Box<dyn FileSystem>,
    verify: Box<dyn Fn()>,
}

/// A fresh one of each backend that can be written to.
fn backends() -> Vec<Backend> {
    let at_once = tempfile::tempdir().expect("a temporary folder");
    let stepwise = tempfile::tempdir().expect("a temporary folder");
    let mem = Arc::new(MemFs::new(64 << 20, clock()));
    let checked = mem.clone();
    vec![
        Backend {
            name: "local",
            fs: Box::new(LocalFs::open(at_once.path(), Access::ReadWrite).expect("opens")),
            verify: Box::new(move || no_leftovers(at_once.path())),
        },
        Backend {
            name: "local, stepwise",
            fs: Box::new(LocalFs::open_stepwise(stepwise.path(), Access::ReadWrite).expect("opens")),
            verify: Box::new(move || no_leftovers(stepwise.path())),
        },
        Backend {
            name: "mem",
            fs: Box::new(Shared(mem)),
            verify: Box::new(move || {
                checked.verify_invariants();
                checked.verify_account();
            }),
        },
        overlay("overlay over an empty folder", |_| {}),
        // What shows through where it should not makes these two differ from the others.
        overlay("overlay over what was removed", |lower| {
            for folder in ["/a", "/b", "/c"] {
                lower.make_dir(&path(folder)).expect("is new");
                for inner in ["/a", "/b"] {
                    lower.make_dir(&path(&format!("{folder}{inner}"))).expect("is new");
                    put(lower, &format!("{folder}{inner}/c"), b"of the lower one");
                }
                put(lower, &format!("{folder}/c"), b"of the lower one");
            }
            put(lower, "/f", b"of the lower one");
        }),
        local_overlay(),
        quota(),
    ]
}

/// An overlay in memory over what `fill` makes, all of which is removed through the overlay.
fn overlay(name: &'static str, fill: impl Fn(&MemFs)) -> Backend {
    let lower = Arc::new(MemFs::new(64 << 20, clock()));
    fill(&lower);
    let upper = Arc::new(MemFs::new(64 << 20, clock()));
    let fs = Arc::new(OverlayFs::new(lower.clone(), upper.clone()));
    for entry in fs.list(&VPath::root(), 100, Detail::Names).expect("lists").entries {
        remove_all(&*fs, &VPath::root().join(&entry.name).expect("short"));
    }
    let before = lower.used_bytes();
    let (checked, file_system) = (fs.clone(), fs);
    Backend {
        name,
        fs: Box::new(Shared(file_system)),
        verify: Box::new(move || {
            checked.verify_invariants();
            upper.verify_invariants();
            upper.verify_account();
            assert_eq!(lower.used_bytes(), before, "the lower one was changed");
        }),
    }
}

fn quota() -> Backend {
    let inner = Arc::new(MemFs::new(64 << 20, clock()));
    let fs = Arc::new(QuotaFs::new(inner.clone(), 32 << 20));
    let checked = fs.clone();
    Backend {
        name: "quota",
        fs: Box::new(Shared(fs)),
        verify: Box::new(move || {
            checked.verify_invariants();
            inner.verify_account();
        }),
    }
}

fn local_overlay() -> Backend {
    let (lower, upper) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let open = |at: &tempfile::TempDir| Arc::new(LocalFs::open(at.path(), Access::ReadWrite).expect("opens"));
    Backend {
        name: "overlay on the host",
        fs: Box::new(OverlayFs::new(open(&lower), open(&upper))),
        verify: Box::new(move || {
            no_leftovers(upper.path());
            assert_eq!(std::fs::read_dir(lower.path()).expect("is there").count(), 0);
        }),
    }
}

fn remove_all(fs: &dyn FileSystem, at: &VPath) {
    if fs.stat(at).expect("is there").kind == Kind::Directory {
        for entry in fs.list(at, 1000, Detail::Names).expect("lists").entries {
            remove_all(fs, &at.join(&entry.name).expect("short"));
        }
        fs.remove_dir(at).expect("is empty");
    } else {
        fs.remove_file(at).expect("is a file");
    }
}

/// No temporary file stays behind.
fn no_leftovers(host: &std::path::Path) {
    for found in std::fs::read_dir(host).expect("is there") {
        let name = found.expect("an entry").file_name();
        assert!(!name.to_string_lossy().ends_with(".part"), "{name:?} was left behind");
    }
}

/// A shared backend as a backend.
struct Shared<F>(Arc<F>);

macro_rules! forward {
    ($($call:ident($($argument:ident: $kind:ty),*) -> $reply:ty;)*) => {
        impl<F: FileSystem> FileSystem for Shared<F> {
            $(fn $call(&self, $($argument: $kind),*) -> $reply { self.0.$call($($argument),*) })*
        }
    };
}

forward! {
    kind() -> &'static str;
    access() -> Access;
    is_instant() -> bool;
    space() -> FsResult<Space>;
    stat(path: &VPath) -> FsResult<Stat>;
    list(path: &VPath, limit: usize, detail: Detail) -> FsResult<Listing>;
    first_link(path: &VPath) -> FsResult<Option<LinkHop>>;
    read_link(path: &VPath) -> FsResult<String>;
    open(path: &VPath, options: OpenOptions) -> FsResult<Arc<dyn File>>;
    replace(path: &VPath) -> FsResult<Box<dyn Replacement>>;
    make_dir(path: &VPath) -> FsResult<()>;
    remove_file(path: &VPath) -> FsResult<()>;
    remove_dir(path: &VPath) -> FsResult<()>;
    rename(from: &VPath, to: &VPath, existing: Existing) -> FsResult<()>;
    symlink(target: &str, path: &VPath) -> FsResult<()>;
    link(from: &VPath, to: &VPath) -> FsResult<()>;
    set_mode(path: &VPath, mode: u32) -> FsResult<()>;
    set_modified(path: &VPath, modified_millis: i64) -> FsResult<()>;
    sync(path: &VPath) -> FsResult<()>;
}

fn errno<T>(result: FsResult<T>) -> Option<Errno> {
    result.err().map(|why| why.errno)
}

fn sys_errno<T>(result: abi::SysResult<T>) -> Option<Errno> {
    result.err().map(|why| why.errno)
}

fn put(fs: &dyn FileSystem, at: &str, content: &[u8]) {
    fs.write_atomic(&path(at), content, Durability::Cached).unwrap_or_else(|why| panic!("{at}: {why:?}"));
}

fn get(fs: &dyn FileSystem, at: &str) -> FsResult<Vec<u8>> {
    fs.read_all(&path(at), 1 << 30)
}

fn names(fs: &dyn FileSystem, at: &str) -> Vec<String> {
    let listing = fs.list(&path(at), 1000, Detail::Names).unwrap_or_else(|why| panic!("{at}: {why:?}"));
    listing.entries.into_iter().map(|entry| entry.name).collect()
}
