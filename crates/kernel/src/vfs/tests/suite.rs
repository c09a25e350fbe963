//! One set of cases for every backend that can be written to.

use super::*;

/// Runs a case on a fresh one of each backend.
fn on_all(case: impl Fn(&dyn FileSystem)) {
    for backend in backends() {
        println!("on {}", backend.name);
        case(&*backend.fs);
        (backend.verify)();
    }
}

#[test]
fn content_comes_back() {
    on_all(|fs| {
        put(fs, "/a", b"hello");
        assert_eq!(get(fs, "/a").unwrap(), b"hello");
        put(fs, "/a", b"");
        assert_eq!(get(fs, "/a").unwrap(), b"");
        let large: Vec<u8> = (0..200_000u32).map(|i| i as u8).collect();
        put(fs, "/a", &large);
        assert!(get(fs, "/a").unwrap() == large);
        assert_eq!(errno(fs.read_all(&path("/a"), 199_999)), Some(Errno::EFBIG));
        assert_eq!(fs.read_all(&path("/a"), 200_000).unwrap().len(), 200_000);
        let stat = fs.stat(&path("/a")).unwrap();
        assert_eq!((stat.kind, stat.len_bytes, stat.links), (Kind::File, 200_000, 1));
    });
}

#[test]
fn open_makes_what_its_options_say() {
    on_all(|fs| {
        let at = path("/f");
        assert_eq!(errno(fs.open(&at, OpenOptions::READ)), Some(Errno::ENOENT));
        assert_eq!(errno(fs.open(&at, OpenOptions::WRITE)), Some(Errno::ENOENT));
        assert_eq!(errno(fs.open(&at, OpenOptions::default())), Some(Errno::EINVAL));
        let no_write = OpenOptions { truncate: true, ..OpenOptions::READ };
        assert_eq!(errno(fs.open(&at, no_write)), Some(Errno::EINVAL));
        drop(fs.open(&at, OpenOptions::CREATE_NEW).unwrap());
        assert_eq!(errno(fs.open(&at, OpenOptions::CREATE_NEW)), Some(Errno::EEXIST));
        fs.open(&at, OpenOptions::WRITE).unwrap().write_at(0, b"abc").unwrap();
        assert_eq!(get(fs, "/f").unwrap(), b"abc", "opening to write keeps the content");
        drop(fs.open(&at, OpenOptions::REPLACE).unwrap());
        assert_eq!(get(fs, "/f").unwrap(), b"");
        fs.make_dir(&path("/d")).unwrap();
        for options in [OpenOptions::READ, OpenOptions::WRITE, OpenOptions::REPLACE, OpenOptions::APPEND] {
            assert_eq!(errno(fs.open(&path("/d"), options)), Some(Errno::EISDIR), "{options:?}");
            assert_eq!(errno(fs.open(&VPath::root(), options)), Some(Errno::EISDIR), "{options:?}");
        }
        assert_eq!(errno(fs.open(&path("/f/x"), OpenOptions::REPLACE)), Some(Errno::ENOTDIR));
        assert_eq!(errno(fs.open(&path("/no/x"), OpenOptions::REPLACE)), Some(Errno::ENOENT));
    });
}

#[test]
fn handles_do_only_what_they_were_opened_for() {
    on_all(|fs| {
        put(fs, "/f", b"abc");
        let reader = fs.open(&path("/f"), OpenOptions::READ).unwrap();
        let writer = fs.open(&path("/f"), OpenOptions::WRITE).unwrap();
        let mut buffer = [0; 8];
        assert_eq!(errno(writer.read_at(0, &mut buffer)), Some(Errno::EBADF));
        assert_eq!(errno(reader.write_at(0, b"x")), Some(Errno::EBADF));
        assert_eq!(errno(reader.append(b"x")), Some(Errno::EBADF));
        assert_eq!(errno(reader.set_len(0)), Some(Errno::EBADF));
        assert_eq!(reader.read_at(1, &mut buffer).unwrap(), 2);
        assert_eq!(&buffer[..2], b"bc");
        assert_eq!(reader.read_at(3, &mut buffer).unwrap(), 0);
        assert_eq!(reader.read_at(i64::MAX as u64, &mut buffer).unwrap(), 0);
        reader.sync().unwrap();
    });
}

#[test]
fn gaps_and_cut_off_parts_read_as_zeros() {
    on_all(|fs| {
        let options = OpenOptions { read: true, ..OpenOptions::REPLACE };
        let file = fs.open(&path("/f"), options).unwrap();
        file.write_at(10_000, b"end").unwrap();
        assert_eq!(file.stat().unwrap().len_bytes, 10_003);
        file.write_at(0, &[7; 5_000]).unwrap();
        let content = get(fs, "/f").unwrap();
        assert!(content[..5_000].iter().all(|b| *b == 7) && content[5_000..10_000].iter().all(|b| *b == 0));
        assert_eq!(&content[10_000..], b"end");
        file.set_len(3).unwrap();
        file.set_len(20_000).unwrap();
        let content = get(fs, "/f").unwrap();
        assert_eq!(&content[..4], [7, 7, 7, 0]);
        assert!(content.len() == 20_000 && content[3..].iter().all(|b| *b == 0), "old bytes never come back");
        fs.set_len(&path("/f"), 1).unwrap();
        assert_eq!(get(fs, "/f").unwrap(), [7]);
        assert_eq!(errno(fs.set_len(&path("/f"), u64::MAX)), Some(Errno::EFBIG));
        assert_eq!(errno(fs.set_len(&path("/none"), 1)), Some(Errno::ENOENT));
        assert_eq!(errno(fs.set_len(&VPath::root(), 1)), Some(Errno::EISDIR));
    });
}

#[test]
fn appends_go_to_the_end_and_offsets_are_offsets() {
    on_all(|fs| {
        let log = fs.open(&path("/log"), OpenOptions::APPEND).unwrap();
        assert_eq!(log.append(b"one\n").unwrap(), (4, 4));
        let other = fs.open(&path("/log"), OpenOptions::WRITE).unwrap();
        assert_eq!(other.append(b"two\n").unwrap(), (4, 8), "any writer can append");
        assert_eq!(log.append(b"three\n").unwrap(), (6, 14));
        assert_eq!(log.append(b"").unwrap(), (0, 14));
        log.write_at(0, b"ONE").unwrap();
        other.write_at(4, b"TWO").unwrap();
        assert_eq!(log.append(b"!").unwrap(), (1, 15));
        assert_eq!(get(fs, "/log").unwrap(), b"ONE\nTWO\nthree\n!");
    });
}

#[test]
fn appends_of_many_threads_are_all_there() {
    on_all(|fs| {
        let log = fs.open(&path("/log"), OpenOptions::APPEND).unwrap();
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..100 {
                        assert_eq!(log.append(b"12345678").unwrap().0, 8);
                        log.write_at(0, b"1").unwrap();
                    }
                });
            }
        });
        assert_eq!(get(fs, "/log").unwrap(), b"12345678".repeat(400));
    });
}

#[test]
fn an_unlinked_file_lives_as_long_as_it_is_open() {
    on_all(|fs| {
        put(fs, "/f", b"still here");
        let open = fs.open(&path("/f"), OpenOptions { read: true, ..OpenOptions::WRITE }).unwrap();
        fs.remove_file(&path("/f")).unwrap();
        assert_eq!(errno(fs.stat(&path("/f"))), Some(Errno::ENOENT));
        put(fs, "/f", b"another");
        open.append(b"!").unwrap();
        let mut buffer = [0; 16];
        let read = open.read_at(0, &mut buffer).unwrap();
        assert_eq!(&buffer[..read], b"still here!");
        assert_eq!(open.stat().unwrap().links, 0);
        assert_eq!(get(fs, "/f").unwrap(), b"another");
    });
}

#[test]
fn folders_are_made_listed_and_removed() {
    on_all(|fs| {
        fs.make_dir(&path("/d")).unwrap();
        assert_eq!(errno(fs.make_dir(&path("/d"))), Some(Errno::EEXIST));
        assert_eq!(errno(fs.make_dir(&VPath::root())), Some(Errno::EEXIST));
        assert_eq!(errno(fs.make_dir(&path("/x/y"))), Some(Errno::ENOENT));
        put(fs, "/d/b", b"22");
        put(fs, "/d/a", b"1");
        fs.make_dir(&path("/d/c")).unwrap();
        fs.symlink("a", &path("/d/l")).unwrap();
        assert_eq!(errno(fs.make_dir(&path("/d/a/x"))), Some(Errno::ENOTDIR));
        let listing = fs.list(&path("/d"), 10, Detail::Full).unwrap();
        assert!(!listing.truncated);
        let seen: Vec<_> = listing.entries.iter().map(|entry| (entry.name.as_str(), entry.kind)).collect();
        let kinds = [Kind::File, Kind::File, Kind::Directory, Kind::Symlink];
        assert_eq!(seen, ["a", "b", "c", "l"].into_iter().zip(kinds).collect::<Vec<_>>());
        assert_eq!(listing.entries[1].stat.unwrap().len_bytes, 2);
        let cut = fs.list(&path("/d"), 2, Detail::Names).unwrap();
        assert!(cut.truncated && cut.entries.len() == 2 && cut.entries[0].stat.is_none());
        assert!(!fs.list(&path("/d"), 4, Detail::Names).unwrap().truncated);
        assert_eq!(errno(fs.list(&path("/d/a"), 9, Detail::Names)), Some(Errno::ENOTDIR));
        assert_eq!(errno(fs.list(&path("/none"), 9, Detail::Names)), Some(Errno::ENOENT));
    });
}

#[test]
fn removing_takes_the_right_kind_only() {
    on_all(|fs| {
        fs.make_dir(&path("/d")).unwrap();
        put(fs, "/d/f", b"");
        assert_eq!(errno(fs.remove_dir(&path("/d"))), Some(Errno::ENOTEMPTY), "a full folder stays");
        assert_eq!(get(fs, "/d/f").unwrap(), b"");
        assert_eq!(errno(fs.remove_file(&path("/d"))), Some(Errno::EISDIR));
        assert_eq!(errno(fs.remove_dir(&path("/d/f"))), Some(Errno::ENOTDIR));
        assert_eq!(errno(fs.remove_file(&path("/none"))), Some(Errno::ENOENT));
        assert_eq!(errno(fs.remove_dir(&path("/none"))), Some(Errno::ENOENT));
        assert_eq!(errno(fs.remove_dir(&VPath::root())), Some(Errno::EBUSY));
        assert_eq!(errno(fs.remove_file(&VPath::root())), Some(Errno::EISDIR));
        fs.symlink("d", &path("/l")).unwrap();
        assert_eq!(
            errno(fs.remove_dir(&path("/l"))),
            Some(Errno::ENOTDIR),
            "a link to a folder is no folder"
        );
        fs.remove_file(&path("/l")).unwrap();
        fs.remove_file(&path("/d/f")).unwrap();
        fs.remove_dir(&path("/d")).unwrap();
        assert!(names(fs, "/").is_empty());
    });
}

#[test]
fn rename_is_posix() {
    on_all(|fs| {
        let rename = |from: &str, to: &str| errno(fs.rename(&path(from), &path(to), Existing::Replace));
        for folder in ["/d", "/d/sub", "/empty", "/full", "/full/x"] {
            fs.make_dir(&path(folder)).unwrap();
        }
        put(fs, "/a", b"a");
        put(fs, "/b", b"b");
        assert_eq!(rename("/none", "/x"), Some(Errno::ENOENT));
        assert_eq!(rename("/a", "/none/x"), Some(Errno::ENOENT));
        assert_eq!(rename("/a", "/b/x"), Some(Errno::ENOTDIR));
        assert_eq!(rename("/a", "/d"), Some(Errno::EISDIR));
        assert_eq!(rename("/d", "/a"), Some(Errno::ENOTDIR));
        assert_eq!(rename("/d", "/full"), Some(Errno::ENOTEMPTY));
        assert_eq!(rename("/d", "/d/sub/x"), Some(Errno::EINVAL));
        assert_eq!(rename("/", "/x"), Some(Errno::EBUSY));
        assert_eq!(rename("/a", "/"), Some(Errno::EBUSY));
        assert_eq!(rename("/a", "/a"), None);
        assert_eq!(rename("/d", "/d"), None);
        assert_eq!(rename("/a", "/b"), None);
        assert_eq!(get(fs, "/b").unwrap(), b"a", "the old one is replaced");
        assert_eq!(rename("/d", "/empty"), None, "an empty folder is replaced");
        assert_eq!(names(fs, "/empty"), ["sub"]);
        assert_eq!(rename("/b", "/empty/sub/c"), None);
        assert_eq!(get(fs, "/empty/sub/c").unwrap(), b"a");
        put(fs, "/k", b"k");
        let kept = fs.rename(&path("/empty/sub/c"), &path("/k"), Existing::Keep);
        assert_eq!(errno(kept), Some(Errno::EEXIST));
        fs.rename(&path("/k"), &path("/k2"), Existing::Keep).unwrap();
        assert_eq!(names(fs, "/"), ["empty", "full", "k2"]);
    });
}

#[test]
fn links_are_shown_and_never_followed() {
    on_all(|fs| {
        fs.make_dir(&path("/d")).unwrap();
        put(fs, "/d/f", b"f");
        fs.symlink("d", &path("/l")).unwrap();
        fs.symlink("d/f", &path("/lf")).unwrap();
        assert_eq!(errno(fs.symlink("x", &path("/l"))), Some(Errno::EEXIST));
        assert_eq!(errno(fs.symlink("", &path("/e"))), Some(Errno::ENOENT));
        assert_eq!(errno(fs.symlink("a\0b", &path("/e"))), Some(Errno::EINVAL));
        assert_eq!(errno(fs.symlink(&"x".repeat(4096), &path("/e"))), Some(Errno::ENAMETOOLONG));
        assert_eq!(fs.read_link(&path("/l")).unwrap(), "d");
        assert_eq!(errno(fs.read_link(&path("/d"))), Some(Errno::EINVAL));
        assert_eq!(errno(fs.read_link(&path("/none"))), Some(Errno::ENOENT));
        let stat = fs.stat(&path("/lf")).unwrap();
        assert_eq!((stat.kind, stat.len_bytes), (Kind::Symlink, 3));

        let hop = |depth, target: &str| Some(LinkHop { depth, target: target.into() });
        assert_eq!(fs.first_link(&path("/d/f")).unwrap(), None);
        assert_eq!(fs.first_link(&path("/none/x")).unwrap(), None);
        assert_eq!(fs.first_link(&path("/d/f/x")).unwrap(), None);
        assert_eq!(fs.first_link(&VPath::root()).unwrap(), None);
        assert_eq!(fs.first_link(&path("/l/f")).unwrap(), hop(0, "d"));
        assert_eq!(fs.first_link(&path("/lf")).unwrap(), hop(0, "d/f"));

        let eloop = Some(Errno::ELOOP);
        for at in ["/lf", "/l/f"] {
            let at = path(at);
            for options in [OpenOptions::READ, OpenOptions::WRITE, OpenOptions::REPLACE, OpenOptions::APPEND]
            {
                assert_eq!(errno(fs.open(&at, options)), eloop, "{at} {options:?}");
            }
            assert_eq!(errno(fs.set_len(&at, 0)), eloop);
            assert_eq!(errno(fs.write_atomic(&at, b"x", Durability::Cached)), eloop, "{at}");
        }
        assert_eq!(errno(fs.stat(&path("/l/f"))), eloop);
        assert_eq!(errno(fs.list(&path("/l"), 9, Detail::Names)), eloop);
        assert_eq!(errno(fs.remove_file(&path("/l/f"))), eloop);
        assert_eq!(errno(fs.make_dir(&path("/l/x"))), eloop);
        assert_eq!(errno(fs.rename(&path("/l/f"), &path("/x"), Existing::Replace)), eloop);
        assert_eq!(errno(fs.rename(&path("/d/f"), &path("/l/x"), Existing::Replace)), eloop);
        assert_eq!(errno(fs.open(&path("/l"), OpenOptions::CREATE_NEW)), Some(Errno::EEXIST));
        assert_eq!(get(fs, "/d/f").unwrap(), b"f");

        fs.rename(&path("/lf"), &path("/d/f"), Existing::Replace).unwrap();
        assert_eq!(fs.read_link(&path("/d/f")).unwrap(), "d/f", "rename moves the link itself");
    });
}

#[test]
fn a_second_name_shares_the_content() {
    on_all(|fs| {
        put(fs, "/a", b"1");
        fs.make_dir(&path("/d")).unwrap();
        fs.link(&path("/a"), &path("/d/b")).unwrap();
        let (a, b) = (fs.stat(&path("/a")).unwrap(), fs.stat(&path("/d/b")).unwrap());
        assert_eq!((a.inode, a.links), (b.inode, 2));
        fs.open(&path("/a"), OpenOptions::WRITE).unwrap().append(b"2").unwrap();
        assert_eq!(get(fs, "/d/b").unwrap(), b"12");
        assert_eq!(errno(fs.link(&path("/a"), &path("/d/b"))), Some(Errno::EEXIST));
        assert_eq!(errno(fs.link(&path("/d"), &path("/e"))), Some(Errno::EPERM));
        assert_eq!(errno(fs.link(&path("/none"), &path("/e"))), Some(Errno::ENOENT));
        fs.rename(&path("/a"), &path("/d/b"), Existing::Replace).unwrap();
        assert_eq!(get(fs, "/a").unwrap(), b"12", "POSIX: two names of one file both stay");
        put(fs, "/d/b", b"new");
        assert_eq!(get(fs, "/a").unwrap(), b"12", "new content is a new file");
        assert_eq!(fs.stat(&path("/a")).unwrap().links, 1);
    });
}

#[test]
fn replacing_is_all_or_nothing() {
    on_all(|fs| {
        put(fs, "/f", b"old");
        let old = fs.open(&path("/f"), OpenOptions::READ).unwrap();
        let mut dropped = fs.replace(&path("/f")).unwrap();
        dropped.write(b"never").unwrap();
        assert_eq!(get(fs, "/f").unwrap(), b"old");
        drop(dropped);
        let mut kept = fs.replace(&path("/f")).unwrap();
        kept.write(b"ne").unwrap();
        kept.write(b"w").unwrap();
        assert_eq!(errno(kept.commit(Existing::Keep, Durability::Cached)), Some(Errno::EEXIST));
        assert_eq!(get(fs, "/f").unwrap(), b"old");
        fs.write_atomic(&path("/f"), b"new", Durability::Synced).unwrap();
        assert_eq!(get(fs, "/f").unwrap(), b"new");
        let mut buffer = [0; 8];
        assert_eq!(old.read_at(0, &mut buffer).unwrap(), 3);
        assert_eq!(&buffer[..3], b"old", "who has it open keeps what they opened");
        let mut fresh = fs.replace(&path("/g")).unwrap();
        fresh.write(b"g").unwrap();
        fresh.commit(Existing::Keep, Durability::Cached).unwrap();
        assert_eq!(get(fs, "/g").unwrap(), b"g");

        fs.make_dir(&path("/d")).unwrap();
        assert_eq!(errno(fs.replace(&path("/d"))), Some(Errno::EISDIR));
        assert_eq!(errno(fs.replace(&VPath::root())), Some(Errno::EISDIR));
        assert_eq!(errno(fs.replace(&path("/none/x"))), Some(Errno::ENOENT));
        let mut orphan = fs.replace(&path("/late")).unwrap();
        orphan.write(b"x").unwrap();
        fs.make_dir(&path("/late")).unwrap();
        assert_eq!(errno(orphan.commit(Existing::Replace, Durability::Cached)), Some(Errno::EISDIR));
        assert_eq!(names(fs, "/"), ["d", "f", "g", "late"]);
    });
}

#[test]
fn names_may_be_anything_but_too_long() {
    on_all(|fs| {
        for name in [" ", "a b", "\n", "ümläut", "日本", "-rf", "*", "\"", "\u{202e}x", &"n".repeat(255)]
        {
            let at = VPath::root().join(name).unwrap();
            fs.write_atomic(&at, name.as_bytes(), Durability::Cached).unwrap();
            assert_eq!(fs.read_all(&at, 1000).unwrap(), name.as_bytes());
        }
        assert_eq!(names(fs, "/").len(), 10);
    });
}

#[test]
fn times_tell_the_last_change() {
    on_all(|fs| {
        put(fs, "/f", b"1");
        let before = fs.stat(&path("/f")).unwrap();
        assert!(before.modified_millis > 0);
        fs.open(&path("/f"), OpenOptions::WRITE).unwrap().append(b"2").unwrap();
        assert!(fs.stat(&path("/f")).unwrap().modified_millis >= before.modified_millis);
    });
}

#[test]
fn bits_and_times_can_be_set() {
    on_all(|fs| {
        put(fs, "/f", b"1");
        fs.make_dir(&path("/d")).unwrap();
        fs.symlink("/f", &path("/l")).unwrap();
        for at in ["/f", "/d"] {
            for mode in [0o700, 0o755] {
                fs.set_mode(&path(at), mode).unwrap();
                assert_eq!(fs.stat(&path(at)).unwrap().mode, mode, "{at}");
            }
            for millis in [1_234, 1_700_000_000_123, -5_001] {
                fs.set_modified(&path(at), millis).unwrap();
                assert_eq!(fs.stat(&path(at)).unwrap().modified_millis, millis, "{at}");
            }
            fs.sync(&path(at)).unwrap();
        }
        assert_eq!(errno(fs.set_mode(&path("/f"), 0o4755)), Some(Errno::EINVAL));
        for (at, expected) in [("/l", Errno::ELOOP), ("/l/x", Errno::ELOOP), ("/none", Errno::ENOENT)] {
            assert_eq!(errno(fs.set_mode(&path(at), 0o700)), Some(expected), "{at}");
            assert_eq!(errno(fs.set_modified(&path(at), 1)), Some(expected), "{at}");
            assert_eq!(errno(fs.sync(&path(at))), Some(expected), "{at}");
        }
        assert_eq!(errno(fs.set_mode(&VPath::root(), 0o700)), Some(Errno::EBUSY));
        assert_eq!(errno(fs.set_modified(&VPath::root(), 1)), Some(Errno::EBUSY));
    });
}

#[test]
fn memory_has_a_quota_that_is_true() {
    let fs = MemFs::new(64 * 1024, clock());
    let empty = fs.used_bytes();
    let file = fs.open(&path("/f"), OpenOptions::REPLACE).unwrap();
    assert_eq!(file.write_at(0, &vec![1; 100_000]).unwrap() % 4096, 0, "what fits is written");
    assert_eq!(errno(file.append(&[0; 5000])), Some(Errno::ENOSPC));
    assert_eq!(errno(fs.write_atomic(&path("/g"), &[0; 4096], Durability::Cached)), Some(Errno::ENOSPC));
    assert_eq!(names(&fs, "/"), ["f"], "what does not fit leaves no name");
    assert!(fs.space().unwrap().free_bytes < 4096);
    fs.remove_file(&path("/f")).unwrap();
    assert!(fs.used_bytes() > 60_000, "an open file still takes its room");
    drop(file);
    assert_eq!(fs.used_bytes(), empty);

    let sparse = fs.open(&path("/sparse"), OpenOptions::REPLACE).unwrap();
    sparse.set_len(1 << 40).unwrap();
    sparse.write_at(1 << 39, b"x").unwrap();
    assert!(fs.used_bytes() < 8192, "a hole takes no room");
    assert_eq!(errno(sparse.write_at(1 << 44, b"x")), Some(Errno::EFBIG));
    assert_eq!(errno(sparse.write_at(u64::MAX, b"x")), Some(Errno::EFBIG));
    drop(sparse);

    let mut made = 0;
    let full = loop {
        match fs.make_dir(&path(&format!("/folder{made}"))) {
            Ok(()) => made += 1,
            Err(why) => break why.errno,
        }
    };
    assert_eq!(full, Errno::ENOSPC, "names are charged, so their number is bounded");
    let last = path(&format!("/folder{}", made - 1));
    fs.rename(&last, &path("/FOLDERX"), Existing::Replace).unwrap();
    fs.verify_account();
}

#[test]
fn a_read_only_folder_stays_as_it_is() {
    let host = tempfile::tempdir().unwrap();
    std::fs::write(host.path().join("f"), "f").unwrap();
    std::fs::create_dir(host.path().join("d")).unwrap();
    let fs = LocalFs::open(host.path(), Access::ReadOnly).unwrap();
    let rofs = Some(Errno::EROFS);
    for at in ["/f", "/new", "/d/new"] {
        let at = path(at);
        for options in
            [OpenOptions::WRITE, OpenOptions::REPLACE, OpenOptions::APPEND, OpenOptions::CREATE_NEW]
        {
            assert_eq!(errno(fs.open(&at, options)), rofs, "{at} {options:?}");
        }
        assert_eq!(errno(fs.write_atomic(&at, b"", Durability::Cached)), rofs);
        assert_eq!(errno(fs.replace(&at)), rofs);
        assert_eq!(errno(fs.set_len(&at, 0)), rofs);
        assert_eq!(errno(fs.make_dir(&at)), rofs);
        assert_eq!(errno(fs.remove_file(&at)), rofs);
        assert_eq!(errno(fs.remove_dir(&at)), rofs);
        assert_eq!(errno(fs.rename(&at, &path("/x"), Existing::Replace)), rofs);
        assert_eq!(errno(fs.symlink("x", &at)), rofs);
        assert_eq!(errno(fs.link(&at, &path("/x"))), rofs);
    }
    let maybe_new = OpenOptions { create: true, ..OpenOptions::READ };
    assert!(fs.open(&path("/f"), maybe_new).is_ok());
    assert_eq!(errno(fs.open(&path("/new"), maybe_new)), rofs);
    let new_only = OpenOptions { exclusive: true, ..maybe_new };
    assert_eq!(errno(fs.open(&path("/f"), new_only)), Some(Errno::EEXIST));
    assert_eq!(get(&fs, "/f").unwrap(), b"f");
    assert_eq!(names(&fs, "/"), ["d", "f"]);
}

#[test]
fn what_a_crash_left_is_swept_and_nothing_else() {
    let host = tempfile::tempdir().unwrap();
    let at = |name: &str| host.path().join(name);
    std::fs::create_dir_all(at("deep/er")).unwrap();
    let stays = [
        ".agentos-0123.part",
        ".agentos-01234567-xyz.part",
        "a.part",
        ".agentos-01234567-1.part.txt",
        "deep/b",
    ];
    let goes = [".agentos-01234567-1.part", "deep/er/.agentos-89abcdef-2f.part"];
    for name in stays.iter().chain(&goes) {
        std::fs::write(at(name), "x").unwrap();
    }
    std::os::unix::fs::symlink("/", at("deep/root")).unwrap();
    std::os::unix::fs::symlink("b", at("deep/.agentos-01234567-3.part")).unwrap();
    let fs = LocalFs::open(host.path(), Access::ReadWrite).unwrap();
    let mut own = fs.replace(&path("/own")).unwrap();
    own.write(b"not yet").unwrap();
    assert_eq!(
        fs.sweep_leftovers(0, 1_000, &|| true).unwrap(),
        Swept { removed: 0, complete: true },
        "all are newer"
    );
    assert!(!fs.sweep_leftovers(i64::MAX, 3, &|| true).unwrap().complete);
    let stopped = fs.sweep_leftovers(i64::MAX, 1_000, &|| false).unwrap();
    assert_eq!(stopped, Swept { removed: 0, complete: false });
    fs.sweep_leftovers(i64::MAX, 1_000, &|| true).unwrap();
    assert!(goes.iter().all(|name| !at(name).exists()) && stays.iter().all(|name| at(name).exists()));
    assert!(!at("deep/.agentos-01234567-3.part").is_symlink(), "a link that was to get a name, too");
    assert!(at("deep/root").is_symlink());
    own.commit(Existing::Keep, Durability::Cached).unwrap();
    assert_eq!(get(&fs, "/own").unwrap(), b"not yet", "our own is not swept");
}
