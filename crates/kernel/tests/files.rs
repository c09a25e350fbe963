//! Rows about files whose effect is looked at from outside: in the data folder, with the host's own calls.

use abi::{
    Bytes, Errno, SysResult, Syscalls,
    table::{self, FileKind, Mkdir, Open, OpenMode, PollFd, Read, Write},
};
use agentos_kernel::{
    Caller,
    testing::{TestKernel, kernel},
};
use std::{
    fs,
    os::unix::fs::{MetadataExt, PermissionsExt},
    path::PathBuf,
    time::{Duration, UNIX_EPOCH},
};

fn setting() -> (TestKernel, Caller, PathBuf) {
    let kernel = kernel();
    let caller = kernel.trusted();
    let home = kernel.data_dir().join("home");
    fs::write(home.join("a.txt"), "hello").unwrap();
    (kernel, caller, home)
}

fn errno<T: std::fmt::Debug>(result: SysResult<T>) -> Errno {
    result.unwrap_err().errno
}

#[test]
fn links_bits_and_times_arrive_on_the_host() {
    let (_kernel, caller, home) = setting();
    caller.call(table::Symlink { target: "a.txt".into(), path: "/home/link".into() }).unwrap();
    assert_eq!(fs::read_link(home.join("link")).unwrap().to_str(), Some("a.txt"));
    assert_eq!(caller.call(table::ReadLink { path: "/home/link".into() }).unwrap(), "a.txt");
    assert_eq!(errno(caller.call(table::ReadLink { path: "/home/a.txt".into() })), Errno::EINVAL);

    caller.call(table::Link { from: "/home/a.txt".into(), to: "/home/b.txt".into() }).unwrap();
    assert_eq!(
        fs::metadata(home.join("b.txt")).unwrap().ino(),
        fs::metadata(home.join("a.txt")).unwrap().ino()
    );
    assert_eq!(
        errno(caller.call(table::Link { from: "/home/a.txt".into(), to: "/tmp/b".into() })),
        Errno::EXDEV
    );
    assert_eq!(errno(caller.call(table::Link { from: "/home".into(), to: "/home/c".into() })), Errno::EPERM);

    // Through the link, as chmod does.
    caller.call(table::Chmod { path: "/home/link".into(), mode: 0o600 }).unwrap();
    assert_eq!(fs::metadata(home.join("a.txt")).unwrap().permissions().mode() & 0o7777, 0o600);
    assert_eq!(errno(caller.call(table::Chmod { path: "/home/a.txt".into(), mode: 0o4755 })), Errno::EINVAL);
    assert_eq!(errno(caller.call(table::Chmod { path: "/home".into(), mode: 0o755 })), Errno::EBUSY);

    let times = |modified_millis| table::SetTimes { path: "/home/a.txt".into(), modified_millis };
    caller.call(times(1_700_000_000_123)).unwrap();
    let modified = fs::metadata(home.join("a.txt")).unwrap().modified().unwrap();
    assert_eq!(modified, UNIX_EPOCH + Duration::from_millis(1_700_000_000_123));
    assert_eq!(errno(caller.call(times(u64::MAX))), Errno::EINVAL);

    caller.call(table::Fsync { path: "/home/a.txt".into() }).unwrap();
    caller.call(table::Fsync { path: "/home".into() }).unwrap();
    assert_eq!(errno(caller.call(table::Fsync { path: "/home/none".into() })), Errno::ENOENT);
    let room = caller.call(table::StatFs { path: "/home/a.txt".into() }).unwrap();
    assert!(room.mount == "/home" && room.kind == "local" && room.free_bytes <= room.total_bytes);
    let room = caller.call(table::StatFs { path: "/tmp".into() }).unwrap();
    assert!(room.kind == "mem" && room.total_bytes > 0 && !room.read_only);
}

#[test]
fn the_trash_keeps_what_was_deleted_and_gives_it_back() {
    let (_kernel, caller, home) = setting();
    let list = || caller.call(table::TrashList { path: "/home/.Trash".into() }).unwrap();
    let trash = |path: &str| caller.call(table::Trash { path: path.into() });
    assert!(list().is_empty(), "nobody used it yet");
    assert_eq!(errno(trash("/home/none")), Errno::ENOENT);
    assert!(!home.join(".Trash").exists(), "nothing is made for nothing");

    let item = trash("/home/a.txt").unwrap();
    assert_eq!(item, "/home/.Trash/files/a.txt");
    assert!(!home.join("a.txt").exists());
    assert_eq!(fs::read_to_string(home.join(".Trash/files/a.txt")).unwrap(), "hello");
    let info: serde_json::Value =
        serde_json::from_slice(&fs::read(home.join(".Trash/info/a.txt.json")).unwrap()).unwrap();
    assert_eq!(info["path"], "/home/a.txt");

    // A second one of that name, and a folder with something in it.
    fs::write(home.join("a.txt"), "again").unwrap();
    assert_eq!(trash("/home/a.txt").unwrap(), "/home/.Trash/files/a.txt.2");
    caller.call(Mkdir { path: "/home/folder/deep".into(), parents: true }).unwrap();
    fs::write(home.join("folder/deep/file"), "x").unwrap();
    std::os::unix::fs::symlink("..", home.join("folder/up")).unwrap();
    trash("/home/folder").unwrap();
    let entries = list();
    assert_eq!(entries.len(), 3);
    assert!(entries.windows(2).all(|pair| pair[0].deleted_millis >= pair[1].deleted_millis));
    let folder = entries.iter().find(|entry| entry.kind == FileKind::Directory).unwrap();
    assert_eq!(folder.original.as_deref(), Some("/home/folder"));

    let restore = |to: &str| caller.call(table::TrashRestore { item: item.clone(), to: to.into() });
    fs::write(home.join("a.txt"), "newer").unwrap();
    assert_eq!(errno(restore("/home/a.txt")), Errno::EEXIST, "what is there stays");
    restore("/home/b.txt").unwrap();
    assert_eq!(fs::read_to_string(home.join("b.txt")).unwrap(), "hello");
    assert!(!home.join(".Trash/info/a.txt.json").exists());
    assert_eq!(errno(restore("/home/c.txt")), Errno::ENOENT);

    let empty = |path: &str| caller.call(table::TrashEmpty { path: path.into() });
    for path in ["/home", "/home/.Trash/info/a.txt.2.json", "/home/.Trash/files", "/home/b.txt"] {
        assert_eq!(errno(empty(path)), Errno::EINVAL, "{path}");
    }
    assert_eq!(errno(trash("/home/.Trash/files/a.txt.2")), Errno::EINVAL);
    assert_eq!(errno(trash("/home/.Trash")), Errno::EINVAL);
    assert_eq!(errno(trash("/home")), Errno::EBUSY);
    assert_eq!(empty("/home/.Trash/files/a.txt.2").unwrap(), 1);
    assert_eq!(empty("/home/.Trash").unwrap(), 4, "folder, deep, file, up");
    assert!(list().is_empty() && home.join("b.txt").exists());
    assert_eq!(fs::read_dir(home.join(".Trash")).unwrap().count(), 0);
    trash("/home/b.txt").unwrap();
}

#[test]
fn a_link_in_place_of_the_trash_leads_nowhere() {
    let (kernel, caller, home) = setting();
    fs::create_dir_all(kernel.data_dir().join("system/x")).unwrap();
    std::os::unix::fs::symlink("../system/x", home.join(".Trash")).unwrap();
    assert_eq!(errno(caller.call(table::Trash { path: "/home/a.txt".into() })), Errno::ELOOP);
    assert!(home.join("a.txt").exists());
    assert_eq!(fs::read_dir(kernel.data_dir().join("system/x")).unwrap().count(), 0);
}

#[test]
fn long_names_have_room_in_the_trash() {
    let (_kernel, caller, home) = setting();
    let name = "ü".repeat(127);
    for _ in 0..3 {
        fs::write(home.join(&name), "x").unwrap();
        caller.call(table::Trash { path: format!("/home/{name}") }).unwrap();
    }
    let entries = caller.call(table::TrashList { path: "/home/.Trash".into() }).unwrap();
    assert_eq!(entries.len(), 3);
    assert!(entries.iter().all(|entry| entry.original.as_deref() == Some(&format!("/home/{name}"))));
}

#[test]
fn sendfile_moves_bytes_between_descriptors() {
    let (_kernel, caller, home) = setting();
    let open = |path: &str, mode| caller.call(Open { path: path.into(), mode }).unwrap();
    let writing = OpenMode { write: true, create: true, ..OpenMode::default() };
    let content: Vec<u8> = (0..200_000u32).map(|i| i as u8).collect();
    fs::write(home.join("large"), &content).unwrap();
    let (from, to) = (open("/home/large", OpenMode::READ), open("/home/copy", writing));
    let send = |offset, size| caller.call(table::SendFile { fd: from, to, offset, size });
    assert_eq!(send(None, 100_000).unwrap(), 100_000);
    assert_eq!(send(None, 1 << 20).unwrap(), 100_000, "the offset moved");
    assert_eq!(send(None, 10).unwrap(), 0, "the end");
    assert!(fs::read(home.join("copy")).unwrap() == content);
    assert_eq!(send(Some(5), 3).unwrap(), 3);
    assert_eq!(&fs::read(home.join("copy")).unwrap()[200_000..], &content[5..8]);
    assert_eq!(errno(caller.call(table::SendFile { fd: to, to: from, offset: None, size: 1 })), Errno::EBADF);
}

#[test]
fn files_are_always_ready() {
    let (_kernel, caller, _home) = setting();
    let fd = caller.call(Open { path: "/home/a.txt".into(), mode: OpenMode::READ }).unwrap();
    let poll = |read, write, timeout_millis| {
        caller.call(table::Poll { fds: vec![PollFd { fd, read, write }], pipes: Vec::new(), timeout_millis })
    };
    let ready = poll(true, true, None).unwrap();
    assert!(ready.len() == 1 && ready[0].readable && !ready[0].writable && !ready[0].ended);
    assert!(poll(false, true, Some(1)).unwrap().is_empty(), "it was opened to read");
    let none = table::Poll {
        fds: vec![PollFd { fd: abi::Fd(77), read: true, write: false }],
        pipes: Vec::new(),
        timeout_millis: None,
    };
    assert_eq!(errno(caller.call(none)), Errno::EBADF);
    let many = table::Poll {
        fds: vec![PollFd { fd, read: true, write: false }; 1_025],
        pipes: Vec::new(),
        timeout_millis: None,
    };
    assert_eq!(errno(caller.call(many)), Errno::EINVAL);
    // Waiting for something that cannot happen ends with the process.
    let task = caller.submit(
        table::Poll {
            fds: vec![PollFd { fd, read: false, write: true }],
            pipes: Vec::new(),
            timeout_millis: None,
        }
        .into(),
    );
    assert!(caller.call(table::TaskCancel { task: task.unwrap() }).unwrap());
}

#[test]
fn a_mount_in_memory_is_a_file_system_like_others() {
    let (_kernel, caller, _home) = setting();
    caller.call(table::Mount { path: "/mnt/scratch".into(), size_bytes: 1 << 20 }).unwrap();
    let data = Bytes::from("x");
    caller.call(Write { path: "/mnt/scratch/a".into(), data, append: false }).unwrap();
    let read = || caller.call(Read { path: "/mnt/scratch/a".into(), offset: 0, size: None });
    assert_eq!(read().unwrap().as_str(), Some("x"));
    let mounts = caller.call(table::ListMounts {}).unwrap();
    let mount = mounts.iter().find(|mount| mount.path == "/mnt/scratch").unwrap();
    assert!(mount.limit_bytes == Some(1 << 20) && mount.used_bytes.is_some_and(|used| used > 0));
    caller.call(table::Unmount { path: "/mnt/scratch".into() }).unwrap();
    assert_eq!(errno(read()), Errno::ENOENT);
}

#[test]
fn changes_over_a_folder_wait_for_somebody_to_look_at_them() {
    let (kernel, caller, home) = setting();
    fs::create_dir(home.join("project")).unwrap();
    fs::write(home.join("project/main.rs"), "old").unwrap();
    let overlay = kernel.mount_overlay("review", "/home/project", 1 << 20).unwrap();
    let write = |path: &str, data: &str| {
        caller.call(Write { path: path.into(), data: Bytes::from(data), append: false })
    };
    write("/mnt/review/main.rs", "new").unwrap();
    write("/mnt/review/other.rs", "other").unwrap();
    assert_eq!(fs::read_to_string(home.join("project/main.rs")).unwrap(), "old");
    let changes = overlay.changes().unwrap();
    assert_eq!(
        changes.iter().map(|change| change.path.as_str()).collect::<Vec<_>>(),
        ["/main.rs", "/other.rs"]
    );
    overlay.discard(&changes[1].path).unwrap();
    overlay.commit(&changes[0].path).unwrap();
    assert_eq!(fs::read_to_string(home.join("project/main.rs")).unwrap(), "new");
    assert!(!home.join("project/other.rs").exists());
    assert_eq!(errno(write("/mnt/review/large", &"x".repeat(2 << 20))), Errno::ENOSPC);
    kernel.unmount("review").unwrap();
    assert_eq!(
        kernel.mount_overlay("review", "/tmp/none", 1).err().map(|why| why.errno),
        Some(Errno::ENOTDIR)
    );
}

#[test]
fn a_watch_is_a_descriptor_and_a_right() {
    let (kernel, caller, home) = setting();
    let fd = caller.call(table::Watch { path: "/home".into() }).unwrap();
    let read = |timeout_millis| caller.call(table::WatchRead { fd, limit: 100, timeout_millis });
    assert!(read(Some(0)).unwrap().events.is_empty() && read(Some(1)).unwrap().events.is_empty());
    fs::write(home.join("from outside"), "x").unwrap();
    let poll = table::Poll {
        fds: vec![PollFd { fd, read: true, write: false }],
        pipes: Vec::new(),
        timeout_millis: Some(20_000),
    };
    assert!(caller.call(poll).unwrap()[0].readable);
    let told = read(Some(20_000)).unwrap();
    assert_eq!(told.events[0].path, "/home/from outside");
    assert_eq!(told.events[0].change, table::FileChange::Created);
    assert_eq!(errno(caller.call(table::FdRead { fd, size: 1, timeout_millis: None })), Errno::EINVAL);
    assert_eq!(caller.call(table::FdStat { fd }).unwrap().kind, "watch");
    let file = caller.call(Open { path: "/home/a.txt".into(), mode: OpenMode::READ }).unwrap();
    assert_eq!(errno(caller.call(table::Unwatch { fd: file })), Errno::EBADF);
    kernel.revoke(caller.pid(), &abi::Capability::ListDirectory(abi::PathScope("/home".into()))).unwrap();
    assert_eq!(errno(read(Some(0))), Errno::EACCES);
    caller.call(table::Unwatch { fd }).unwrap();
    assert_eq!(errno(read(Some(0))), Errno::EBADF);
}

#[test]
fn an_app_keeps_no_more_than_its_quota() {
    let data_dir = tempfile::tempdir().unwrap();
    let config = agentos_kernel::Config {
        app_storage_quota_bytes: 100_000,
        ..agentos_kernel::Config::new(data_dir.path())
    };
    let kernel = agentos_kernel::Kernel::boot(config).unwrap();
    let cause = kernel.open_cause(abi::CauseSpec::new(abi::CauseKind::Control, "test"));
    let new = agentos_kernel::NewProcess {
        name: "test".into(),
        app: None,
        kind: table::ProcessKind::App,
        capabilities: abi::Capability::all(),
        parent: abi::Pid::KERNEL,
        cause,
    };
    let caller = kernel.typed_caller(kernel.spawn_app(new).unwrap(), cause).unwrap();
    for app in ["a", "b"] {
        caller.call(Mkdir { path: format!("/system/storage/{app}"), parents: true }).unwrap();
        let write = |name: &str, bytes: usize| {
            let path = format!("/system/storage/{app}/{name}");
            caller.call(Write { path, data: vec![b'x'; bytes].into(), append: false })
        };
        write("one", 90_000).unwrap();
        assert_eq!(errno(write("two", 20_000)), Errno::EDQUOT);
        assert!(!data_dir.path().join(format!("system/storage/{app}/two")).exists());
        write("one", 10).unwrap();
        write("two", 20_000).unwrap();
        assert_eq!(
            fs::metadata(data_dir.path().join(format!("system/storage/{app}/two"))).unwrap().len(),
            20_000
        );
    }
}

#[test]
fn a_copy_that_is_cancelled_ends_and_leaves_nothing() {
    let (_kernel, caller, home) = setting();
    // Long, and without a byte on the disk.
    let long = fs::File::create(home.join("long")).unwrap();
    long.set_len(8 << 30).unwrap();
    let copy = table::Copy { from: "/home/long".into(), to: "/home/copy".into(), overwrite: false };
    let task = caller.submit(copy.into()).unwrap();
    let status = || caller.call(table::GetTaskStatus { task }).unwrap();
    let began = std::time::Instant::now();
    let progress = loop {
        if let Some(progress) = status().progress.filter(|progress| progress.done > 0) {
            break progress;
        }
        assert!(began.elapsed() < Duration::from_secs(20), "it says how far it is");
        std::thread::yield_now();
    };
    assert!(progress.total == 8 << 30 && progress.done < progress.total, "{progress:?}");
    assert!(caller.call(table::TaskCancel { task }).unwrap());
    assert_eq!(status().state, table::TaskState::Cancelled);
    // The bytes written so far go, too, and nothing appears.
    let names = || {
        let entries = fs::read_dir(&home).unwrap().map(|entry| entry.unwrap().file_name());
        entries.filter(|name| name != "a.txt" && name != "long").count()
    };
    while names() > 0 {
        assert!(began.elapsed() < Duration::from_secs(20), "what was copied is still there");
        std::thread::yield_now();
    }
    assert!(!home.join("copy").exists());
}
