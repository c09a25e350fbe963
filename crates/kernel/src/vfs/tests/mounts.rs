//! The mount table: which file system a path means, and where links lead.

use super::*;
use std::ops::ControlFlow;

/// `/home` and `/tmp` in memory, `/mnt/disk` deeper down.
fn table() -> Mounts {
    let mounts = Mounts::new();
    for at in ["/home", "/tmp", "/mnt/disk"] {
        mounts.mount(&path(at), Arc::new(MemFs::new(1 << 20, clock()))).unwrap();
    }
    mounts.verify_invariants();
    mounts
}

fn follow(mounts: &Mounts, at: &str) -> Resolved {
    mounts.resolve(&path(at), LastLink::Follow).unwrap_or_else(|why| panic!("{at}: {why}"))
}

fn keep(mounts: &Mounts, at: &str) -> Resolved {
    mounts.resolve(&path(at), LastLink::Keep).unwrap_or_else(|why| panic!("{at}: {why}"))
}

fn write(mounts: &Mounts, at: &str, content: &str) {
    mounts.write_atomic(&follow(mounts, at), content.as_bytes(), Durability::Cached).unwrap();
}

fn read(mounts: &Mounts, at: &str) -> String {
    String::from_utf8(mounts.read_all(&follow(mounts, at), 1 << 20).unwrap()).unwrap()
}

fn list(mounts: &Mounts, at: &str) -> Vec<String> {
    let listing = mounts.list(&follow(mounts, at), 100, Detail::Full).unwrap();
    listing.entries.into_iter().map(|entry| entry.name).collect()
}

#[test]
fn mount_points_and_the_way_to_them_are_folders() {
    let mounts = table();
    assert_eq!(list(&mounts, "/"), ["home", "mnt", "tmp"]);
    assert_eq!(list(&mounts, "/mnt"), ["disk"]);
    for at in ["/", "/home", "/mnt", "/mnt/disk"] {
        assert_eq!(mounts.stat(&follow(&mounts, at)).unwrap().kind, Kind::Directory, "{at}");
    }
    assert!(!mounts.exists(&follow(&mounts, "/none")).unwrap());
    assert!(!mounts.exists(&follow(&mounts, "/homes")).unwrap(), "a name is not a prefix of another");
    assert_eq!(sys_errno(mounts.make_dir(&keep(&mounts, "/new"))), Some(Errno::EROFS));
    assert_eq!(sys_errno(mounts.make_dir(&keep(&mounts, "/mnt"))), Some(Errno::EEXIST));
    assert_eq!(sys_errno(mounts.make_dir(&keep(&mounts, "/home"))), Some(Errno::EEXIST));
    for at in ["/home", "/mnt", "/"] {
        let object = keep(&mounts, at);
        assert_eq!(sys_errno(mounts.remove_dir(&object)), Some(Errno::EBUSY), "{at}");
        assert_eq!(sys_errno(mounts.remove_file(&object)), Some(Errno::EISDIR), "{at}");
        assert_eq!(sys_errno(mounts.open(&object, OpenOptions::READ)), Some(Errno::EISDIR), "{at}");
        let target = keep(&mounts, "/tmp/x");
        assert_eq!(sys_errno(mounts.rename(&object, &target, Existing::Replace)), Some(Errno::EBUSY), "{at}");
        assert_eq!(sys_errno(mounts.rename(&target, &object, Existing::Replace)), Some(Errno::EBUSY), "{at}");
    }
}

#[test]
fn the_longest_mount_wins_and_hides_what_is_beneath() {
    let mounts = table();
    mounts.make_dir(&keep(&mounts, "/home/inner")).unwrap();
    write(&mounts, "/home/inner/below", "hidden");
    mounts.mount(&path("/home/inner"), Arc::new(MemFs::new(1 << 20, clock()))).unwrap();
    mounts.verify_invariants();
    assert!(list(&mounts, "/home/inner").is_empty());
    write(&mounts, "/home/inner/above", "seen");
    assert_eq!(list(&mounts, "/home"), ["inner"]);
    assert_eq!(sys_errno(mounts.unmount(&path("/home"))), Some(Errno::EBUSY));
    let open = mounts.open(&follow(&mounts, "/home/inner/above"), OpenOptions::READ).unwrap();
    mounts.unmount(&path("/home/inner")).unwrap();
    assert_eq!(list(&mounts, "/home/inner"), ["below"]);
    assert_eq!(open.read_all(10).unwrap(), b"seen", "open files stay usable");
    assert_eq!(sys_errno(mounts.unmount(&path("/home/inner"))), Some(Errno::EINVAL));
    assert_eq!(sys_errno(mounts.unmount(&path("/"))), Some(Errno::EBUSY));
    let again = mounts.mount(&path("/home"), Arc::new(MemFs::new(1, clock())));
    assert_eq!(sys_errno(again), Some(Errno::EBUSY));
    let rows: Vec<_> = mounts.list_mounts().into_iter().map(|row| (row.at.to_string(), row.kind)).collect();
    let expected = [("/", "mounts"), ("/home", "mem"), ("/mnt/disk", "mem"), ("/tmp", "mem")];
    assert_eq!(rows, expected.map(|(at, kind)| (at.to_owned(), kind)));
}

#[test]
fn the_table_has_a_bound() {
    let mounts = Mounts::new();
    for i in 1..MAX_MOUNTS {
        mounts.mount(&path(&format!("/m{i}")), Arc::new(MemFs::new(1, clock()))).unwrap();
    }
    let one_more = mounts.mount(&path("/more"), Arc::new(MemFs::new(1, clock())));
    assert_eq!(sys_errno(one_more), Some(Errno::ENOSPC));
    mounts.verify_invariants();
}

#[test]
fn links_lead_through_the_whole_tree_and_the_object_is_what_they_lead_to() {
    let mounts = table();
    write(&mounts, "/tmp/target", "found");
    mounts.make_dir(&keep(&mounts, "/home/ada")).unwrap();
    for (link, target) in [
        ("/home/absolute", "/tmp/target"),
        ("/home/ada/relative", "../../tmp/target"),
        ("/home/folder", "/tmp"),
        ("/home/twice", "folder/target"),
        ("/home/above", "../../../tmp/target"),
        ("/home/dangling", "/tmp/new"),
    ] {
        mounts.symlink(target, &keep(&mounts, link)).unwrap();
    }
    for at in ["/home/absolute", "/home/ada/relative", "/home/folder/target", "/home/twice", "/home/above"] {
        assert_eq!(follow(&mounts, at).path().as_str(), "/tmp/target", "{at}");
        assert_eq!(read(&mounts, at), "found");
    }
    assert_eq!(keep(&mounts, "/home/twice").path().as_str(), "/home/twice");
    assert_eq!(keep(&mounts, "/home/folder/target").path().as_str(), "/tmp/target");
    assert_eq!(mounts.read_link(&keep(&mounts, "/home/folder")).unwrap(), "/tmp");
    assert_eq!(mounts.stat(&keep(&mounts, "/home/folder")).unwrap().kind, Kind::Symlink);
    write(&mounts, "/home/dangling", "made");
    assert_eq!(read(&mounts, "/tmp/new"), "made");
    mounts.remove_file(&keep(&mounts, "/home/dangling")).unwrap();
    assert_eq!(read(&mounts, "/tmp/new"), "made", "removing takes the link, not its target");
}

#[test]
fn loops_and_growing_links_end() {
    let mounts = table();
    for (link, target) in
        [("/home/a", "b"), ("/home/b", "a"), ("/home/self", "self/x"), ("/home/down", "/home/down/down")]
    {
        mounts.symlink(target, &keep(&mounts, link)).unwrap();
    }
    for at in ["/home/a", "/home/a/x", "/home/self", "/home/down"] {
        let answer = sys_errno(mounts.resolve(&path(at), LastLink::Follow));
        assert!(matches!(answer, Some(Errno::ELOOP | Errno::ENAMETOOLONG)), "{at}: {answer:?}");
    }
    // Forty links are followed, forty-one are not.
    write(&mounts, "/tmp/l0", "end");
    for i in 1..=41 {
        mounts.symlink(&format!("l{}", i - 1), &keep(&mounts, &format!("/tmp/l{i}"))).unwrap();
    }
    assert_eq!(read(&mounts, "/tmp/l40"), "end");
    assert_eq!(sys_errno(mounts.resolve(&path("/tmp/l41"), LastLink::Follow)), Some(Errno::ELOOP));
    let long = format!("{}/x", "n".repeat(200)).repeat(18);
    mounts.symlink(&long, &keep(&mounts, "/home/long")).unwrap();
    let deep = path(&format!("/home/long{}", "/n".repeat(1000)));
    assert_eq!(sys_errno(mounts.resolve(&deep, LastLink::Follow)), Some(Errno::ENAMETOOLONG));
}

#[test]
fn what_is_swapped_after_resolving_is_not_followed() {
    let mounts = table();
    mounts.make_dir(&keep(&mounts, "/home/d")).unwrap();
    write(&mounts, "/home/d/f", "checked");
    mounts.make_dir(&keep(&mounts, "/home/other")).unwrap();
    write(&mounts, "/home/other/f", "not checked");
    let object = follow(&mounts, "/home/d/f");
    mounts.rename(&keep(&mounts, "/home/d"), &keep(&mounts, "/home/moved"), Existing::Replace).unwrap();
    mounts.symlink("other", &keep(&mounts, "/home/d")).unwrap();
    assert_eq!(sys_errno(mounts.read_all(&object, 100)), Some(Errno::ELOOP));
    assert_eq!(sys_errno(mounts.set_len(&object, 0)), Some(Errno::ELOOP));
    assert_eq!(read(&mounts, "/home/other/f"), "not checked");
}

#[test]
fn reach_follows_links_only_when_there_are_some_and_decides_each_time() {
    let mounts = table();
    write(&mounts, "/tmp/target", "found");
    mounts.make_dir(&keep(&mounts, "/home/d")).unwrap();
    write(&mounts, "/home/d/f", "plain");
    mounts.symlink("/tmp/target", &keep(&mounts, "/home/l")).unwrap();
    mounts.symlink("d", &keep(&mounts, "/home/ld")).unwrap();
    let reach = |at: &str, denied: &str| {
        let mut decided = Vec::new();
        let answer = mounts.reach(&path(at), LastLink::Follow, |object| {
            decided.push(object.path().to_string());
            if object.path().as_str() == denied {
                return Err(abi::SysError::new(Errno::EACCES, "the gate says no"));
            }
            mounts.stat(object)?;
            mounts.read_all(object, 100)
        });
        (answer.map_err(|why| why.errno), decided)
    };
    assert_eq!(reach("/home/d/f", ""), (Ok(b"plain".to_vec()), vec!["/home/d/f".to_owned()]));
    let both = vec!["/home/l".to_owned(), "/tmp/target".to_owned()];
    assert_eq!(reach("/home/l", ""), (Ok(b"found".to_vec()), both.clone()));
    assert_eq!(
        reach("/home/l", "/home/l"),
        (Ok(b"found".to_vec()), both.clone()),
        "the object is what counts"
    );
    assert_eq!(reach("/home/l", "/tmp/target"), (Err(Errno::EACCES), both));
    assert_eq!(reach("/home/ld/f", "").0, Ok(b"plain".to_vec()));
    assert_eq!(reach("/home/d/f", "/home/d/f"), (Err(Errno::EACCES), vec!["/home/d/f".to_owned()]));
    assert_eq!(reach("/home/none", "").0, Err(Errno::ENOENT));
    let assumed = mounts.assume(&path("/home/l"), LastLink::Keep);
    assert_eq!(mounts.stat(&assumed).unwrap().kind, Kind::Symlink);
}

#[test]
fn between_mounts_files_are_copied_and_not_renamed() {
    let mounts = table();
    let content = "0123456789".repeat(20_000);
    write(&mounts, "/home/f", &content);
    let (from, to) = (follow(&mounts, "/home/f"), follow(&mounts, "/mnt/disk/f"));
    assert_eq!(sys_errno(mounts.rename(&from, &to, Existing::Replace)), Some(Errno::EXDEV));
    assert_eq!(sys_errno(mounts.link(&from, &to)), Some(Errno::EXDEV));
    let mut heard = Vec::new();
    let go_on = &mut |bytes| {
        heard.push(bytes);
        ControlFlow::Continue(())
    };
    assert_eq!(mounts.copy_file(&from, &to, Existing::Keep, go_on).unwrap(), 200_000);
    assert_eq!(heard, [65_536, 131_072, 196_608, 200_000]);
    assert_eq!(read(&mounts, "/mnt/disk/f"), content);
    let mut any = |_| ControlFlow::Continue(());
    assert_eq!(sys_errno(mounts.copy_file(&from, &to, Existing::Keep, &mut any)), Some(Errno::EEXIST));
    assert_eq!(sys_errno(mounts.copy_file(&from, &from, Existing::Replace, &mut any)), Some(Errno::EINVAL));
    let mut stop = |_| ControlFlow::Break(());
    let target = follow(&mounts, "/tmp/stopped");
    assert_eq!(
        sys_errno(mounts.copy_file(&from, &target, Existing::Replace, &mut stop)),
        Some(Errno::ECANCELED)
    );
    assert!(!mounts.exists(&target).unwrap(), "a stopped copy leaves nothing");
    let folder = follow(&mounts, "/home");
    assert_eq!(sys_errno(mounts.copy_file(&folder, &to, Existing::Replace, &mut any)), Some(Errno::EISDIR));
}

#[test]
fn errors_name_the_object() {
    let mounts = table();
    let why = mounts.read_all(&follow(&mounts, "/home/none"), 10).unwrap_err();
    assert_eq!((why.errno, why.detail.as_str()), (Errno::ENOENT, "/home/none: no such file or folder"));
    write(&mounts, "/home/f", "x");
    let file = mounts.open(&follow(&mounts, "/home/f"), OpenOptions::READ).unwrap();
    let why = file.write_at(0, b"x").unwrap_err();
    assert_eq!((why.errno, why.detail.as_str()), (Errno::EBADF, "/home/f: was not opened to write"));
}
