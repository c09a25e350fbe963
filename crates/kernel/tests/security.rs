//! Attacks and rights, from the place of the process that tries.

use abi::{
    Bytes, Capability, Errno, Fd, PathScope, Pid, SysResult, Syscalls,
    table::{
        self, FdRead, GetUptime, ListCapabilities, Mkdir, Open, OpenMode, PipeCreate, PipeRead, Read, Write,
    },
};
use agentos_kernel::{Caller, journal, testing::kernel};

fn scope(path: &str) -> PathScope {
    PathScope(path.into())
}

fn read_file(path: &str) -> Capability {
    Capability::ReadFile(scope(path))
}

fn write(caller: &Caller, path: &str, data: &str) -> SysResult<u64> {
    caller.call(Write { path: path.into(), data: Bytes::from(data), append: false })
}

fn read(caller: &Caller, path: &str) -> SysResult<Bytes> {
    caller.call(Read { path: path.into(), offset: 0, size: None })
}

fn errno<T: std::fmt::Debug>(result: SysResult<T>) -> Errno {
    result.unwrap_err().errno
}

#[test]
fn a_link_does_not_lend_the_rights_of_where_it_lies() {
    let kernel = kernel();
    let trusted = kernel.trusted();
    trusted.call(Mkdir { path: "/home/granted".into(), parents: false }).unwrap();
    write(&trusted, "/home/secret.txt", "secret").unwrap();
    let host = kernel.host_path("/home").unwrap();
    std::os::unix::fs::symlink("../secret.txt", host.join("granted/link")).unwrap();
    std::os::unix::fs::symlink("..", host.join("granted/up")).unwrap();
    std::os::unix::fs::symlink("/etc", host.join("granted/etc")).unwrap();
    let caller =
        kernel.process(vec![read_file("/home/granted"), Capability::WriteFile(scope("/home/granted"))]);
    for path in ["/home/granted/link", "/home/granted/up/secret.txt", "/home/granted/../secret.txt"] {
        let refused = read(&caller, path).unwrap_err();
        assert_eq!(refused.errno, Errno::EACCES, "{path}");
        assert!(refused.detail.contains("/home/secret.txt"), "names the object, not the way: {refused}");
        assert_eq!(errno(write(&caller, path, "x")), Errno::EACCES, "{path}");
    }
    // A link to the host's /etc is a path of ours, where there is no such folder.
    assert_eq!(errno(read(&trusted, "/home/granted/etc/passwd")), Errno::ENOENT);
    assert_eq!(read(&trusted, "/home/secret.txt").unwrap().as_str(), Some("secret"));
}

#[test]
fn who_may_not_know_of_a_file_does_not_learn_whether_it_is_there() {
    let kernel = kernel();
    let trusted = kernel.trusted();
    write(&trusted, "/home/there", "").unwrap();
    let caller = kernel.process(Vec::new());
    let absent = caller.call(table::Stat { path: "/home/absent".into(), follow: true });
    let there = caller.call(table::Stat { path: "/home/there".into(), follow: true });
    assert_eq!((errno(absent), errno(there)), (Errno::EACCES, Errno::EACCES));
}

#[test]
fn writing_does_not_include_making() {
    let kernel = kernel();
    write(&kernel.trusted(), "/home/old", "").unwrap();
    let caller = kernel.process(vec![Capability::WriteFile(scope("/home"))]);
    assert_eq!(write(&caller, "/home/old", "x").unwrap(), 1);
    let refused = write(&caller, "/home/new", "x").unwrap_err();
    assert!(refused.errno == Errno::EACCES && refused.detail.contains("CreateFile"), "{refused}");
    let open = |create| Open {
        path: "/home/new".into(),
        mode: OpenMode { write: true, create, ..OpenMode::default() },
    };
    assert_eq!(errno(caller.call(open(true))), Errno::EACCES);
    assert_eq!(errno(caller.call(open(false))), Errno::ENOENT);
}

#[test]
fn making_parents_needs_the_right_to_make_them() {
    let kernel = kernel();
    let caller = kernel.process(vec![Capability::CreateFile(scope("/home/a/b")), read_file("/home")]);
    let mkdir = |path: &str| caller.call(Mkdir { path: path.into(), parents: true });
    let refused = mkdir("/home/a/b/c").unwrap_err();
    assert!(refused.errno == Errno::EACCES && refused.detail.starts_with("/home/a:"), "{refused}");
    kernel.trusted().call(Mkdir { path: "/home/a".into(), parents: false }).unwrap();
    mkdir("/home/a/b/c/d").unwrap();
    mkdir("/home/a/b/c/d").unwrap();
}

#[test]
fn every_folder_that_is_made_on_the_way_is_asked_about() {
    let kernel = kernel();
    let caller = kernel.process(vec![Capability::CreateFile(scope("/home")), read_file("/home")]);
    kernel.revoke(caller.pid(), &Capability::CreateFile(scope("/home/a/b"))).unwrap();
    let mkdir = |path: &str| caller.call(Mkdir { path: path.into(), parents: true });
    for path in ["/home/a/b", "/home/a/b/c", "/home/a/b/c/d", "/home/a/x/../b/c"] {
        let refused = mkdir(path).unwrap_err();
        assert!(refused.errno == Errno::EACCES && refused.detail.starts_with("/home/a/b"), "{refused}");
    }
    assert!(!kernel.data_dir().join("home/a").exists(), "nothing was made on the way to a denial");
    mkdir("/home/a/c/d").unwrap();
    assert!(kernel.data_dir().join("home/a/c/d").is_dir());
}

#[test]
fn a_second_name_does_not_lend_rights_on_the_content() {
    let kernel = kernel();
    write(&kernel.trusted(), "/home/secret", "secret").unwrap();
    let own = |more: &[Capability]| {
        let mut capabilities = vec![
            Capability::CreateFile(scope("/home/own")),
            read_file("/home/own"),
            Capability::WriteFile(scope("/home/own")),
        ];
        capabilities.extend_from_slice(more);
        kernel.process(capabilities)
    };
    kernel.trusted().call(Mkdir { path: "/home/own".into(), parents: false }).unwrap();
    let link = || table::Link { from: "/home/secret".into(), to: "/home/own/link".into() };
    assert_eq!(errno(own(&[]).call(link())), Errno::EACCES);
    assert_eq!(errno(own(&[read_file("/home")]).call(link())), Errno::EACCES, "it could be changed then");
    assert_eq!(errno(own(&[Capability::WriteFile(scope("/home"))]).call(link())), Errno::EACCES);
    own(&[Capability::WriteFile(scope("/home")), read_file("/home")]).call(link()).unwrap();
}

#[test]
fn a_symbolic_link_lends_nothing_to_calls_that_change_facts() {
    let kernel = kernel();
    write(&kernel.trusted(), "/home/secret", "secret").unwrap();
    kernel.trusted().call(Mkdir { path: "/home/own".into(), parents: false }).unwrap();
    let caller = kernel.process(vec![
        Capability::CreateFile(scope("/home/own")),
        Capability::WriteFile(scope("/home/own")),
        Capability::DeleteFile(scope("/home/own")),
        read_file("/home/own"),
        Capability::ListDirectory(scope("/home/own")),
    ]);
    caller.call(table::Symlink { target: "../secret".into(), path: "/home/own/link".into() }).unwrap();
    let path = || "/home/own/link".to_owned();
    assert_eq!(errno(caller.call(table::Chmod { path: path(), mode: 0o777 })), Errno::EACCES);
    assert_eq!(errno(caller.call(table::SetTimes { path: path(), modified_millis: 1 })), Errno::EACCES);
    assert_eq!(errno(caller.call(table::Fsync { path: path() })), Errno::EACCES);
    assert_eq!(errno(caller.call(table::StatFs { path: path() })), Errno::EACCES);
    assert_eq!(caller.call(table::ReadLink { path: path() }).unwrap(), "../secret");
    // The trash takes the link, not what it leads to.
    let item = caller.call(table::Trash { path: path() }).unwrap();
    assert!(kernel.data_dir().join("home/secret").exists());
    let back = table::TrashRestore { item, to: "/home/own/back".into() };
    assert_eq!(errno(caller.call(back)), Errno::EACCES, "the trash belongs to nobody's scope");
}

#[test]
fn mounting_changes_nothing_but_mnt() {
    let kernel = kernel();
    let caller = kernel.trusted();
    let mount = |path: &str| caller.call(table::Mount { path: path.into(), size_bytes: 4096 });
    let unmount = |path: &str| caller.call(table::Unmount { path: path.into() });
    for path in ["/home", "/home/a", "/system", "/mnt", "/mnt/a/b", "/", "/proc/1"] {
        assert_eq!(errno(mount(path)), Errno::EPERM, "{path}");
        assert_eq!(errno(unmount(path)), Errno::EPERM, "{path}");
    }
    mount("/mnt/a").unwrap();
    assert_eq!(errno(mount("/mnt/a")), Errno::EBUSY);
    assert_eq!(errno(write(&caller, "/mnt/a/large", &"x".repeat(8192))), Errno::ENOSPC);
    unmount("/mnt/a").unwrap();
    assert_eq!(errno(unmount("/mnt/a")), Errno::EINVAL);
    let without = kernel.process(Capability::all().into_iter().filter(|c| *c != Capability::Mount).collect());
    let refused = without.call(table::Mount { path: "/mnt/b".into(), size_bytes: 4096 }).unwrap_err();
    assert!(refused.errno == Errno::EACCES && refused.detail.contains("Mount"), "{refused}");

    let granted = tempfile::tempdir().unwrap();
    std::fs::write(granted.path().join("file"), "granted").unwrap();
    kernel.mount_host("folder", granted.path(), agentos_kernel::vfs::Access::ReadOnly).unwrap();
    assert_eq!(read(&caller, "/mnt/folder/file").unwrap().as_str(), Some("granted"));
    assert_eq!(errno(write(&caller, "/mnt/folder/file", "x")), Errno::EROFS);
    assert_eq!(
        kernel.host_path("/mnt/folder/file").unwrap(),
        granted.path().canonicalize().unwrap().join("file")
    );
    for name in ["", ".", "..", "a/b", "../home"] {
        assert!(
            kernel.mount_host(name, granted.path(), agentos_kernel::vfs::Access::ReadOnly).is_err(),
            "{name:?}"
        );
    }
    kernel.unmount("folder").unwrap();
    assert_eq!(errno(read(&caller, "/mnt/folder/file")), Errno::ENOENT);
}

#[test]
fn a_revocation_holds_from_the_next_call_on_for_open_files_and_descendants_too() {
    let kernel = kernel();
    write(&kernel.trusted(), "/home/a", "content").unwrap();
    let parent = kernel.process(vec![read_file("/home"), Capability::TimeAccess]);
    let new = agentos_kernel::NewProcess {
        name: "child".into(),
        app: None,
        kind: table::ProcessKind::App,
        capabilities: vec![read_file("/home"), Capability::TimeAccess],
        parent: parent.pid(),
        cause: parent.cause(),
    };
    let child = kernel.typed_caller(kernel.spawn_app(new).unwrap(), parent.cause()).unwrap();
    let fd = child.call(Open { path: "/home/a".into(), mode: OpenMode::READ }).unwrap();
    let read_fd = |size| child.call(FdRead { fd, size, timeout_millis: None });
    // Twice, so that the second comes from the cache.
    assert!(read(&child, "/home/a").is_ok() && read(&child, "/home/a").is_ok() && read_fd(1).is_ok());
    assert!(child.call(GetUptime {}).is_ok());
    kernel.revoke(parent.pid(), &read_file("/home")).unwrap();
    kernel.revoke(parent.pid(), &Capability::TimeAccess).unwrap();
    let refused = read(&child, "/home/a").unwrap_err();
    assert!(refused.errno == Errno::EACCES && refused.detail.contains("revoked"), "{refused}");
    assert_eq!(errno(read_fd(1)), Errno::EACCES);
    assert_eq!(errno(child.call(GetUptime {})), Errno::EACCES);
    assert!(child.call(ListCapabilities { pid: None }).unwrap().is_empty());
}

#[test]
fn a_child_gets_no_more_than_its_parent_has() {
    let kernel = kernel();
    let parent = kernel.process(vec![read_file("/home/notes")]);
    let spawn = |capability| {
        kernel.spawn_app(agentos_kernel::NewProcess {
            name: "child".into(),
            app: None,
            kind: table::ProcessKind::App,
            capabilities: vec![capability],
            parent: parent.pid(),
            cause: parent.cause(),
        })
    };
    assert!(spawn(read_file("/home/notes/today")).is_ok());
    assert_eq!(errno(spawn(read_file("/home"))), Errno::EPERM);
    assert_eq!(errno(spawn(Capability::KillProcess)), Errno::EPERM);
}

#[test]
fn nobody_reaches_the_descriptors_pipes_and_tasks_of_another() {
    let kernel = kernel();
    let (owner, stranger) = (kernel.trusted(), kernel.trusted());
    write(&owner, "/home/a", "x").unwrap();
    let fd = owner.call(Open { path: "/home/a".into(), mode: OpenMode::READ }).unwrap();
    assert_eq!(errno(stranger.call(FdRead { fd, size: 1, timeout_millis: None })), Errno::EBADF);
    assert_eq!(errno(stranger.call(table::Close { fd })), Errno::EBADF);
    let pipe = owner.call(PipeCreate { capacity: 16, reader: None, writer: None }).unwrap();
    assert_eq!(errno(stranger.call(PipeRead { pipe, size: 1 })), Errno::EPERM);
    assert_eq!(errno(stranger.call(table::PipeDestroy { pipe })), Errno::EPERM);
    let task = owner.submit(table::Sleep { millis: 60_000 }.into()).unwrap();
    assert_eq!(errno(stranger.call(table::TaskCancel { task })), Errno::ESRCH);
    assert_eq!(stranger.poll(task).unwrap().unwrap_err().errno, Errno::ESRCH);
    assert!(owner.call(table::TaskCancel { task }).unwrap());
}

#[test]
fn a_process_without_the_right_ends_its_own_descendants_only() {
    let kernel = kernel();
    let parent = kernel.process(Vec::new());
    let stranger = kernel.process(Vec::new());
    let child = kernel.spawn_app(agentos_kernel::NewProcess {
        name: "child".into(),
        app: None,
        kind: table::ProcessKind::App,
        capabilities: Vec::new(),
        parent: parent.pid(),
        cause: parent.cause(),
    });
    let child = child.unwrap();
    let kill = |pid| table::Kill { pid, signal: 15, grace_millis: 0 };
    assert_eq!(errno(stranger.call(kill(child))), Errno::EACCES);
    assert_eq!(errno(parent.call(kill(stranger.pid()))), Errno::EACCES);
    assert_eq!(errno(parent.call(kill(Pid(999_999)))), Errno::EACCES, "and does not learn who is there");
    parent.call(kill(child)).unwrap();
    assert_eq!(errno(kernel.trusted().call(kill(Pid::KERNEL))), Errno::EPERM);
}

#[test]
fn denials_are_events_and_journal_rows() {
    let kernel = kernel();
    let caller = kernel.process(Vec::new());
    read(&caller, "/home/diary").unwrap_err();
    let query = table::QueryEvents {
        pid: Some(caller.pid()),
        cause: None,
        category: Some(table::EventCategory::Security),
        kind: Some("denied".into()),
        severity: None,
        text: None,
        since: None,
        limit: 10,
    };
    let page = caller.call(query).unwrap();
    assert_eq!(page.events.len(), 1, "one's own events may be seen");
    assert!(page.events[0].label.contains("/home/diary"));
    assert_eq!(page.events[0].cause, caller.cause());
    let folder = kernel.data_dir().join("journal");
    let rows = journal::Reader::new(&folder).tail(20).unwrap();
    let denied = rows.iter().find(|row| row.kind == "denied").expect("the journal has the denial");
    assert_eq!((denied.object.as_str(), denied.pid), ("/home/diary", caller.pid()));
    assert_eq!((denied.call.as_str(), denied.rule.as_deref()), ("read", Some("default-deny")));
    for _ in 0..9 {
        read(&caller, "/home/diary").unwrap_err();
    }
    let rows = journal::Reader::new(&folder).tail(20).unwrap();
    assert_eq!(rows.iter().filter(|row| row.kind == "denied").count(), 1, "the same again is counted");
    assert_eq!(rows.last().unwrap().detail["times"], 8);
}

#[test]
fn what_changes_is_journalled_and_what_reads_is_not() {
    let kernel = kernel();
    let caller = kernel.trusted();
    write(&caller, "/home/a", "x").unwrap();
    read(&caller, "/home/a").unwrap();
    let open = |mode| caller.call(Open { path: "/home/a".into(), mode });
    open(OpenMode::READ).unwrap();
    let fd = open(OpenMode { write: true, ..OpenMode::default() }).unwrap();
    caller.call(table::FdWrite { fd, data: Bytes::from("y") }).unwrap();
    let rows = journal::Reader::new(&kernel.data_dir().join("journal")).tail(50).unwrap();
    let own: Vec<_> = rows
        .iter()
        .filter(|row| row.pid == caller.pid())
        .map(|row| (row.kind.as_str(), &*row.call))
        .collect();
    assert_eq!(own, [("process.start", ""), ("file", "write"), ("call", "open"), ("file", "fd_write")]);
    drop(rows);
    caller.call(table::Close { fd }).unwrap();
    let rows = journal::Reader::new(&kernel.data_dir().join("journal")).tail(1).unwrap();
    let left =
        journal::Change::Set { path: "/home/a".into(), before: None, after: Some(journal::State::of(b"y")) };
    assert_eq!((rows[0].kind.as_str(), &rows[0].changes[..]), ("file.settled", &[left][..]));
}

#[test]
fn bad_paths_are_errors_and_no_more() {
    let kernel = kernel();
    let caller = kernel.trusted();
    let long = format!("/home/{}", "x".repeat(300));
    let deep = format!("/home/{}", "x/".repeat(3000));
    for (path, expected) in [
        ("", Errno::ENOENT),
        ("/home/a\0b", Errno::EINVAL),
        (long.as_str(), Errno::ENAMETOOLONG),
        (deep.as_str(), Errno::ENAMETOOLONG),
        ("/home/../../../etc/passwd", Errno::ENOENT),
    ] {
        assert_eq!(errno(read(&caller, path)), expected, "{path:?}");
    }
    assert_eq!(errno(caller.call(FdRead { fd: Fd(u32::MAX), size: 1, timeout_millis: None })), Errno::EBADF);
}
