//! What an overlay has beside a file system: changes, commit, discard.

use super::{
    model::{Model, Op, all, any_op, perform},
    *,
};
use proptest::prelude::*;

fn pair() -> (Arc<MemFs>, OverlayFs) {
    let lower = Arc::new(MemFs::new(64 << 20, clock()));
    let upper = Arc::new(MemFs::new(64 << 20, clock()));
    (lower.clone(), OverlayFs::new(lower, upper))
}

/// A folder with files, a link, and an overlay over it.
fn scene() -> (Arc<MemFs>, OverlayFs) {
    let (lower, overlay) = pair();
    lower.make_dir(&path("/docs")).unwrap();
    lower.make_dir(&path("/docs/deep")).unwrap();
    put(&*lower, "/docs/a", b"a");
    put(&*lower, "/docs/b", b"b");
    put(&*lower, "/docs/deep/c", b"c");
    lower.symlink("docs/a", &path("/link")).unwrap();
    (lower, overlay)
}

fn told(overlay: &OverlayFs) -> Vec<String> {
    let one = |change: Change| format!("{:?} {} {:?}", change.change, change.path, change.kind);
    overlay.changes().unwrap().into_iter().map(one).collect()
}

#[test]
fn looking_changes_nothing() {
    let (lower, overlay) = scene();
    assert_eq!(all(&overlay), all(&*lower));
    assert_eq!(get(&overlay, "/docs/deep/c").unwrap(), b"c");
    assert_eq!(overlay.first_link(&path("/link")).unwrap().unwrap().target, "docs/a");
    assert_eq!(told(&overlay), [""; 0]);
    // A replacement that is given up leaves a folder above, which is no change.
    drop(overlay.replace(&path("/docs/deep/c")).unwrap());
    assert_eq!(told(&overlay), [""; 0]);
}

#[test]
fn changes_are_listed_and_the_lower_one_stays() {
    let (lower, overlay) = scene();
    let before = all(&*lower);
    overlay.open(&path("/docs/a"), OpenOptions::APPEND).unwrap().append(b"+").unwrap();
    overlay.remove_file(&path("/docs/b")).unwrap();
    overlay.make_dir(&path("/new")).unwrap();
    put(&overlay, "/new/file", b"new");
    overlay.rename(&path("/docs/deep"), &path("/moved"), Existing::Keep).unwrap();
    overlay.set_mode(&path("/link"), 0o700).unwrap_err();
    assert_eq!(get(&overlay, "/docs/a").unwrap(), b"a+");
    assert_eq!(get(&overlay, "/moved/c").unwrap(), b"c");
    assert_eq!(errno(overlay.stat(&path("/docs/deep"))), Some(Errno::ENOENT));
    assert_eq!(
        told(&overlay),
        [
            "Modified /docs/a File",
            "Removed /docs/b File",
            "Removed /docs/deep Directory",
            "Created /moved Directory",
            "Created /moved/c File",
            "Created /new Directory",
            "Created /new/file File",
        ]
    );
    assert_eq!(all(&*lower), before);
}

#[test]
fn parts_are_committed_and_discarded() {
    let (lower, overlay) = scene();
    put(&overlay, "/docs/a", b"A");
    put(&overlay, "/docs/deep/c", b"C");
    overlay.make_dir(&path("/docs/new")).unwrap();
    put(&overlay, "/docs/new/x", b"x");
    put(&overlay, "/docs/new/y", b"y");
    overlay.remove_file(&path("/docs/b")).unwrap();
    let made = overlay.commit(&path("/docs/new/x")).unwrap();
    assert_eq!(made.len(), 1);
    assert_eq!(names(&*lower, "/docs/new"), ["x"], "with the folder that it needs");
    overlay.discard(&path("/docs/deep")).unwrap();
    assert_eq!(get(&overlay, "/docs/deep/c").unwrap(), b"c");
    overlay.discard(&path("/docs/b")).unwrap();
    assert_eq!(get(&overlay, "/docs/b").unwrap(), b"b");
    assert_eq!(told(&overlay), ["Modified /docs/a File", "Created /docs/new/y File"]);
    assert_eq!(names(&overlay, "/docs/new"), ["x", "y"]);
    overlay.discard(&VPath::root()).unwrap();
    assert_eq!(all(&overlay), all(&*lower));
}

#[test]
fn a_folder_that_was_made_anew_shows_nothing_old() {
    let (lower, overlay) = scene();
    remove_all(&overlay, &path("/docs"));
    overlay.make_dir(&path("/docs")).unwrap();
    assert_eq!(names(&overlay, "/docs"), [""; 0]);
    put(&overlay, "/docs/b", b"other");
    assert_eq!(names(&overlay, "/docs"), ["b"]);
    assert_eq!(
        told(&overlay),
        ["Removed /docs/a File", "Modified /docs/b File", "Removed /docs/deep Directory"]
    );
    // A part of it is committed while the rest of the old folder is still to go.
    overlay.commit(&path("/docs/b")).unwrap();
    assert_eq!(
        (get(&*lower, "/docs/b").unwrap(), get(&overlay, "/docs/b").unwrap()),
        (b"other".to_vec(), b"other".to_vec())
    );
    assert_eq!(names(&overlay, "/docs"), ["b"]);
    assert_eq!(names(&*lower, "/docs"), ["a", "b", "deep"]);
    overlay.commit(&VPath::root()).unwrap();
    assert_eq!(names(&*lower, "/docs"), ["b"]);
    assert_eq!(told(&overlay), [""; 0]);
}

#[test]
fn who_writes_holds_a_commit_up() {
    let (lower, overlay) = scene();
    let file = overlay.open(&path("/docs/a"), OpenOptions::WRITE).unwrap();
    assert_eq!(errno(overlay.commit(&VPath::root())), Some(Errno::EBUSY));
    file.write_at(0, b"z").unwrap();
    drop(file);
    let reader = overlay.open(&path("/docs/a"), OpenOptions::READ).unwrap();
    overlay.commit(&VPath::root()).unwrap();
    assert_eq!(get(&*lower, "/docs/a").unwrap(), b"z");
    let mut buffer = [0; 4];
    assert_eq!(reader.read_at(0, &mut buffer).unwrap(), 1, "an open file stays readable");
}

#[test]
fn a_commit_that_fails_can_be_repeated() {
    let host = tempfile::tempdir().unwrap();
    let lower = Arc::new(LocalFs::open(host.path(), Access::ReadWrite).unwrap());
    std::fs::create_dir(host.path().join("folder")).unwrap();
    std::fs::write(host.path().join("folder/old"), "old").unwrap();
    let small = Arc::new(MemFs::new(1 << 20, clock()));
    let overlay = OverlayFs::new(lower.clone(), small);
    put(&overlay, "/a", b"1");
    put(&overlay, "/folder/z", b"2");
    // The same over a folder that refuses.
    let read_only = OverlayFs::new(
        Arc::new(LocalFs::open(host.path(), Access::ReadOnly).unwrap()),
        Arc::new(MemFs::new(1 << 20, clock())),
    );
    put(&read_only, "/a", b"1");
    let refused = read_only.commit(&VPath::root()).unwrap_err();
    assert!(refused.errno == Errno::EROFS && refused.why.contains("/a"), "{refused:?}");
    assert_eq!(get(&read_only, "/a").unwrap(), b"1", "nothing is lost");
    overlay.commit(&VPath::root()).unwrap();
    assert_eq!(std::fs::read_to_string(host.path().join("folder/z")).unwrap(), "2");
    overlay.commit(&VPath::root()).unwrap();
}

#[test]
fn bits_and_times_come_along_both_ways() {
    let (lower, overlay) = scene();
    lower.set_mode(&path("/docs/a"), 0o750).unwrap();
    lower.set_modified(&path("/docs/a"), 77).unwrap();
    put(&overlay, "/docs/a", b"new content");
    assert_eq!(overlay.stat(&path("/docs/a")).unwrap().mode, 0o750, "a replaced file keeps its bits");
    overlay.rename(&path("/docs/a"), &path("/docs/z"), Existing::Keep).unwrap();
    overlay.set_mode(&path("/docs/deep"), 0o700).unwrap();
    assert!(told(&overlay).contains(&"Modified /docs/deep Directory".to_owned()));
    overlay.set_modified(&path("/docs/z"), 99).unwrap();
    overlay.commit(&VPath::root()).unwrap();
    let committed = lower.stat(&path("/docs/z")).unwrap();
    assert_eq!((committed.mode, committed.modified_millis), (0o750, 99));
    assert_eq!(lower.stat(&path("/docs/deep")).unwrap().mode, 0o700);
    assert_eq!(told(&overlay), [""; 0]);
}

/// Hard links of the lower file system do not stay together in copies, and that is said; so none here.
fn any_change() -> impl Strategy<Value = Op> {
    any_op().prop_filter("no hard links", |op| !matches!(op, Op::Link(..)))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn commits_and_discards_at_any_time_do_what_they_say(
        before in prop::collection::vec(any_change(), 0..30),
        ops in prop::collection::vec((any_change(), 0..8u8), 1..60),
    ) {
        let (lower, overlay) = pair();
        let mut model = Model::default();
        for op in &before {
            prop_assert_eq!(perform(&*lower, op), model.apply(op));
        }
        let original = all(&*lower);
        for (op, then) in &ops {
            prop_assert_eq!(perform(&overlay, op), model.apply(op), "{:?}", op);
            if *then == 0 {
                overlay.commit(&VPath::root()).unwrap();
                prop_assert_eq!(all(&*lower), model.all());
                prop_assert_eq!(overlay.changes().unwrap(), Vec::new());
            }
            overlay.verify_invariants();
        }
        prop_assert_eq!(all(&overlay), model.all());
        let committed = all(&*lower);
        if ops.iter().all(|(_, then)| *then != 0) {
            prop_assert_eq!(&committed, &original, "the lower one changes in a commit only");
        }
        // Every path that differs is told, or lies in something that was removed.
        let changes = overlay.changes().unwrap();
        for (at, kind, content) in model.all() {
            let old = committed.iter().find(|(path, ..)| *path == at);
            if old.is_none_or(|(_, old_kind, old_content)| *old_kind != kind || *old_content != content) {
                prop_assert!(changes.iter().any(|change| change.path == at), "{} is not told", at);
            }
        }
        overlay.discard(&VPath::root()).unwrap();
        prop_assert_eq!(all(&overlay), committed);
        lower.verify_account();
    }
}
