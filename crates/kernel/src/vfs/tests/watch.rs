//! Watching: what is told, by the table for memory and by the host for its folders.

use super::*;
use std::{sync::Arc, time::Duration};

/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(20);

struct Ground {
    mounts: Mounts,
    runtime: tokio::runtime::Runtime,
    host: tempfile::TempDir,
}

/// `/mem` in memory, `/host` on the host.
fn ground() -> Ground {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let host = tempfile::tempdir().unwrap();
    let mounts = Mounts::new();
    mounts.mount(&path("/mem"), Arc::new(MemFs::new(1 << 20, clock()))).unwrap();
    let local = LocalFs::open(host.path(), Access::ReadWrite).unwrap();
    let local = local.watched_by(HostWatcher::new(runtime.handle().clone()));
    mounts.mount(&path("/host"), Arc::new(local)).unwrap();
    Ground { mounts, runtime, host }
}

impl Ground {
    fn object(&self, at: &str) -> Resolved {
        self.mounts.resolve(&path(at), LastLink::Keep).unwrap()
    }

    fn watch(&self, at: &str) -> Watch {
        self.mounts.watch(&self.object(at)).unwrap()
    }

    fn put(&self, at: &str, content: &str) {
        self.mounts.write_atomic(&self.object(at), content.as_bytes(), Durability::Cached).unwrap();
    }

    /// The next events, until one of them is about `last`.
    fn told_until(&self, watch: &Watch, last: &str) -> Vec<String> {
        let mut all = Vec::new();
        self.runtime.block_on(async {
            while !all.iter().any(|event: &String| event.ends_with(last)) {
                let told = tokio::time::timeout(PATIENCE, watch.next(100)).await;
                let told = told.unwrap_or_else(|_| panic!("no event about {last}, only {all:?}"));
                assert!(!told.lost);
                all.extend(told.events.into_iter().map(|event| format!("{:?} {}", event.change, event.path)));
            }
        });
        watch.verify_invariants();
        all
    }
}

#[test]
fn memory_and_host_tell_the_same() {
    for root in ["/mem", "/host"] {
        let ground = ground();
        let at = |name: &str| format!("{root}/{name}");
        ground.mounts.make_dir(&ground.object(&at("elsewhere"))).unwrap();
        let watch = ground.watch(root);
        drop(ground.mounts.open(&ground.object(&at("new")), OpenOptions::CREATE_NEW).unwrap());
        ground.put(&at("new"), "content");
        ground.mounts.set_mode(&ground.object(&at("new")), 0o600).unwrap();
        ground
            .mounts
            .rename(&ground.object(&at("new")), &ground.object(&at("elsewhere/a")), Existing::Keep)
            .unwrap();
        ground.put(&at("elsewhere/deeper"), "is not told");
        ground
            .mounts
            .rename(&ground.object(&at("elsewhere/a")), &ground.object(&at("back")), Existing::Keep)
            .unwrap();
        ground
            .mounts
            .open(&ground.object(&at("back")), OpenOptions::WRITE)
            .unwrap()
            .write_at(0, b"x")
            .unwrap();
        ground.mounts.remove_file(&ground.object(&at("back"))).unwrap();
        ground.mounts.make_dir(&ground.object(&at("last"))).unwrap();
        let told = ground.told_until(&watch, &at("last"));
        let expected = [
            ("Created", "new"),
            ("Changed", "new"),
            ("MovedAway", "new"),
            ("MovedHere", "back"),
            ("Changed", "back"),
            ("Removed", "back"),
            ("Created", "last"),
        ];
        let expected: Vec<_> =
            expected.iter().map(|(change, name)| format!("{change} {}", at(name))).collect();
        assert_eq!(told, expected);
    }
}

#[test]
fn what_others_do_on_the_host_is_told() {
    let ground = ground();
    let folder = ground.watch("/host");
    std::fs::write(ground.host.path().join("from outside"), "x").unwrap();
    assert_eq!(ground.told_until(&folder, "/host/from outside")[0], "Created /host/from outside");
    std::fs::create_dir(ground.host.path().join("folder")).unwrap();
    let inner = ground.watch("/host/folder");
    std::fs::remove_dir(ground.host.path().join("folder")).unwrap();
    assert_eq!(ground.told_until(&inner, "/host/folder"), ["Gone /host/folder"]);
}

#[test]
fn one_file_is_watched_through_replacements() {
    for root in ["/mem", "/host"] {
        let ground = ground();
        let at = |name: &str| format!("{root}/{name}");
        ground.put(&at("file"), "1");
        let watch = ground.watch(&at("file"));
        let second = ground.watch(&at("file"));
        ground.put(&at("other"), "is not told");
        ground.put(&at("file"), "2");
        let expected = [format!("Changed {}", at("file"))];
        assert_eq!(ground.told_until(&watch, &at("file")), expected);
        assert_eq!(ground.told_until(&second, &at("file")), expected, "both hear of it");
        drop(watch);
        ground.mounts.remove_file(&ground.object(&at("file"))).unwrap();
        assert_eq!(ground.told_until(&second, &at("file")), [format!("Removed {}", at("file"))]);
        let none = ground.mounts.watch(&ground.object(&at("none")));
        assert_eq!(sys_errno(none), Some(Errno::ENOENT));
    }
}

#[test]
fn a_slow_reader_is_told_that_something_is_lost() {
    let ground = ground();
    let watch = ground.watch("/mem");
    for number in 0..QUEUE_EVENTS + 10 {
        ground.mounts.symlink("x", &ground.object(&format!("/mem/{number}"))).unwrap();
    }
    let told = watch.take(usize::MAX);
    assert!(told.lost && told.events.len() == QUEUE_EVENTS);
    assert!(!watch.is_ready() && watch.take(1) == Told::default());
    // The same again and again is one event.
    let file = ground.mounts.open(&ground.object("/mem/f"), OpenOptions::CREATE_NEW).unwrap();
    for _ in 0..QUEUE_EVENTS * 2 {
        file.append(b"x").unwrap();
    }
    let told = watch.take(usize::MAX);
    assert!(!told.lost && told.events.len() == 2, "{told:?}");
}

#[test]
fn watches_are_bounded_and_end_when_dropped() {
    let ground = ground();
    for _ in 0..2 {
        let watches: Vec<_> = (0..MAX_WATCHES).map(|_| ground.watch("/mem")).collect();
        assert_eq!(sys_errno(ground.mounts.watch(&ground.object("/mem"))), Some(Errno::ENOSPC));
        drop(watches);
    }
    let root = ground.watch("/");
    ground.mounts.mount(&path("/new"), Arc::new(MemFs::new(1 << 20, clock()))).unwrap();
    ground.mounts.unmount(&path("/new")).unwrap();
    let told = ground.told_until(&root, "/new");
    assert_eq!(told, ["Created /new", "Removed /new"]);
    let unwatched = LocalFs::open(ground.host.path(), Access::ReadWrite).unwrap();
    ground.mounts.mount(&path("/unwatched"), Arc::new(unwatched)).unwrap();
    assert_eq!(sys_errno(ground.mounts.watch(&ground.object("/unwatched"))), Some(Errno::ENOSYS));
}
