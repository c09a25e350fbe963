//! Tests of the virtual file system. `suite` holds for every backend that can be written to, `model`
//! compares them with a map under random operations, `attacks` tries to leave a folder of the host,
//! `differential` asks the host the same questions.

mod attacks;
mod differential;
mod model;
mod mounts;
mod paths;
mod proc;
mod suite;

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
    ]
}

/// No temporary file stays behind.
fn no_leftovers(host: &std::path::Path) {
    for found in std::fs::read_dir(host).expect("is there") {
        let name = found.expect("an entry").file_name();
        assert!(!name.to_string_lossy().ends_with(".part"), "{name:?} was left behind");
    }
}

/// A shared backend as a backend.
struct Shared(Arc<MemFs>);

macro_rules! forward {
    ($($call:ident($($argument:ident: $kind:ty),*) -> $reply:ty;)*) => {
        impl FileSystem for Shared {
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
