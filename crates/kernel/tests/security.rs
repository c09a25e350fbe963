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
    assert!(denied.detail.as_str().unwrap().contains("default-deny"));
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
    let own: Vec<_> =
        rows.iter().filter(|row| row.pid == caller.pid()).map(|row| row.kind.as_str()).collect();
    assert_eq!(own, ["process.start", "write", "open", "fd_write"]);
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
