//! What was learned from the earlier system, sentence by sentence. Each was a fault of it that ran and was seen;
//! each is a test here, so that none comes back.
//!
//! | its fault | test |
//! |---|---|
//! | of 97 calls about 40 could succeed | `tests/conformance.rs` of the product, which walks the whole table |
//! | `dup`, an append and a sweep each held a guard across another operation | [`dup_append_and_sweep_never_wait_for_themselves`] |
//! | the permission cache confused kinds of resources | [`a_cached_yes_is_for_its_own_kind_of_object_only`] |
//! | a minimal process read any file through streaming | [`a_minimal_process_reads_nothing_through_streams`] |
//! | a process could seek and close another's descriptor | [`nobody_seeks_or_closes_the_descriptor_of_another`] |
//! | `rmdir` fell through to the host and deleted a full directory | [`rmdir_of_a_full_folder_deletes_nothing`] |
//! | the allocator gave overlapping blocks | [`memory_that_is_given_out_never_overlaps`] |
//! | cleaning ran at shutdown only | [`what_a_process_held_is_gone_when_it_ends`] |
//! | `kill` killed nothing | [`kill_ends_the_process_and_what_it_started`]; of host programs: `programs.rs` |
//! | event streams were fabricated | [`a_stream_of_events_shows_what_happened_and_nothing_else`] |

use abi::{
    Bytes, Capability, Errno, PathScope, Pid, ShmId, SysResult, Syscalls,
    table::{
        Close, Dup, FdRead, FdWrite, GetCurrentTime, GetProcessInfo, Kill, Lseek, Mkdir, NextEvents, Open,
        OpenMode, PipeCreate, QueueCreate, QueueKind, QueueOpen, QueueOverflow, Read, Rmdir, SeekFrom,
        ShmAttach, ShmCreate, ShmDestroy, ShmRead, ShmWrite, Sleep, Stat, StreamNext, StreamOpenRead, Submit,
        SubscribeEvents, TriggerGc, Write,
    },
};
use agentos_kernel::{
    Caller, NewProcess,
    testing::{TestKernel, kernel},
};
use std::{sync::mpsc, thread, time::Duration};

fn errno<T: std::fmt::Debug>(result: SysResult<T>) -> Errno {
    result.unwrap_err().errno
}

fn write(caller: &Caller, path: &str, data: &str) -> SysResult<u64> {
    caller.call(Write { path: path.into(), data: data.into(), append: false })
}

fn open(caller: &Caller, path: &str) -> abi::Fd {
    let mode = OpenMode { read: true, write: true, append: true, ..OpenMode::default() };
    caller.call(Open { path: path.into(), mode }).unwrap()
}

fn child(kernel: &TestKernel, parent: &Caller) -> Caller {
    let new = NewProcess {
        name: "child".into(),
        app: None,
        kind: abi::table::ProcessKind::App,
        capabilities: vec![Capability::TimeAccess],
        parent: parent.pid(),
        cause: parent.cause(),
    };
    kernel.typed_caller(kernel.spawn_app(new).unwrap(), parent.cause()).unwrap()
}

/// Fails instead of hanging when `work` never ends.
fn in_bounded_time(work: impl FnOnce() + Send + 'static) {
    let (done, wait) = mpsc::sync_channel(1);
    let worker = thread::Builder::new().name("worker".into()).spawn(move || {
        work();
        let _ = done.send(());
    });
    let worker = worker.unwrap();
    match wait.recv_timeout(Duration::from_secs(60)) {
        Err(mpsc::RecvTimeoutError::Timeout) => panic!("somebody waits for itself"),
        // Also when it has panicked: then that is told.
        _ => worker.join().unwrap(),
    }
}

#[test]
fn dup_append_and_sweep_never_wait_for_themselves() {
    in_bounded_time(|| {
        let kernel = kernel();
        let caller = kernel.trusted();
        write(&caller, "/home/a", "").unwrap();
        let fd = open(&caller, "/home/a");
        thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..200 {
                        let copy = caller.call(Dup { fd }).unwrap();
                        caller.call(FdWrite { fd: copy, data: "x".into() }).unwrap();
                        caller
                            .call(Write { path: "/home/b".into(), data: "y".into(), append: true })
                            .unwrap();
                        caller.call(TriggerGc {}).unwrap();
                        caller.call(Close { fd: copy }).unwrap();
                    }
                });
            }
        });
        let bytes = |path: &str| caller.call(Stat { path: path.into(), follow: true }).unwrap().size;
        assert_eq!((bytes("/home/a"), bytes("/home/b")), (800, 800));
    });
}

#[test]
fn a_cached_yes_is_for_its_own_kind_of_object_only() {
    let kernel = kernel();
    let trusted = kernel.trusted();
    write(&trusted, "/home/a", "secret").unwrap();
    let queue = |name: &str| QueueCreate {
        name: name.into(),
        kind: QueueKind::Fifo,
        capacity: 1,
        overflow: QueueOverflow::default(),
    };
    // The same text as a queue's name and as a path, each allowed in one sense only.
    let talker = kernel.process(vec![Capability::ReceiveMessage("/home/a".into())]);
    talker.call(queue("/home/a")).unwrap();
    for _ in 0..200 {
        talker.call(QueueOpen { name: "/home/a".into() }).unwrap();
        assert_eq!(errno(talker.call(Read { path: "/home/a".into(), offset: 0, size: None })), Errno::EACCES);
        assert_eq!(errno(write(&talker, "/home/a", "x")), Errno::EACCES);
    }
    let reader = kernel.process(vec![Capability::ReadFile(PathScope("/home".into()))]);
    for _ in 0..200 {
        reader.call(Read { path: "/home/a".into(), offset: 0, size: None }).unwrap();
        assert_eq!(errno(reader.call(QueueOpen { name: "/home/a".into() })), Errno::EACCES);
        assert_eq!(errno(write(&reader, "/home/a", "x")), Errno::EACCES);
        let spawn = r#"{"call":"spawn","executable":"/home/a"}"#;
        assert_eq!(errno(reader.dispatch(serde_json::from_str(spawn).unwrap())), Errno::EACCES);
    }
}

#[test]
fn a_minimal_process_reads_nothing_through_streams() {
    let kernel = kernel();
    let trusted = kernel.trusted();
    write(&trusted, "/home/secret", "secret").unwrap();
    let own = trusted.call(StreamOpenRead { path: "/home/secret".into(), chunk: 64 }).unwrap();
    let minimal = kernel.process(Vec::new());
    for path in ["/home/secret", "/home/missing", "/proc/0/status", "../home/secret"] {
        let refused = minimal.call(StreamOpenRead { path: path.into(), chunk: 64 });
        assert_eq!(errno(refused), Errno::EACCES, "{path}");
    }
    assert_eq!(errno(minimal.call(StreamNext { fd: own })), Errno::EBADF, "another's stream is not its own");
}

#[test]
fn nobody_seeks_or_closes_the_descriptor_of_another() {
    let kernel = kernel();
    let (owner, stranger) = (kernel.trusted(), kernel.trusted());
    write(&owner, "/home/a", "0123456789").unwrap();
    let fd = open(&owner, "/home/a");
    let seek = |caller: &Caller, offset| caller.call(Lseek { fd, offset, whence: SeekFrom::Start });
    assert_eq!(seek(&owner, 4).unwrap(), 4);
    assert_eq!(errno(seek(&stranger, 0)), Errno::EBADF);
    assert_eq!(errno(stranger.call(Close { fd })), Errno::EBADF);
    let rest = owner.call(FdRead { fd, size: 100, timeout_millis: None }).unwrap();
    assert_eq!(rest.as_str(), Some("456789"), "the offset is where its owner left it");
}

#[test]
fn rmdir_of_a_full_folder_deletes_nothing() {
    let kernel = kernel();
    let caller = kernel.trusted();
    for root in ["/home", "/tmp"] {
        let folder = format!("{root}/full");
        caller.call(Mkdir { path: format!("{folder}/deep"), parents: true }).unwrap();
        write(&caller, &format!("{folder}/file"), "kept").unwrap();
        for path in [folder.clone(), format!("{folder}/"), format!("{folder}/deep/..")] {
            assert_eq!(errno(caller.call(Rmdir { path })), Errno::ENOTEMPTY);
        }
        let kept = caller.call(Read { path: format!("{folder}/file"), offset: 0, size: None }).unwrap();
        assert_eq!(kept.as_str(), Some("kept"));
    }
    assert!(kernel.data_dir().join("home/full/deep").is_dir(), "nor on the host");
}

#[test]
fn memory_that_is_given_out_never_overlaps() {
    let kernel = kernel();
    let caller = kernel.trusted();
    let fill = |shm: ShmId, byte: u8| {
        caller.call(ShmWrite { shm, offset: 0, data: Bytes(vec![byte; 5_000]) }).unwrap();
    };
    let make = || {
        let shm = caller.call(ShmCreate { size: 5_000, readers: Vec::new(), writers: Vec::new() }).unwrap();
        caller.call(ShmAttach { shm, access: abi::table::MemoryAccess::ReadWrite }).unwrap();
        shm
    };
    let mut segments: Vec<(ShmId, u8)> = (0..40).map(|byte| (make(), byte)).collect();
    for (shm, byte) in &segments {
        fill(*shm, *byte);
    }
    // Some go, and others come into their place.
    for at in (0..40).step_by(3) {
        caller.call(ShmDestroy { shm: segments[at].0 }).unwrap();
        let byte = 100 + u8::try_from(at).unwrap();
        segments[at] = (make(), byte);
        fill(segments[at].0, byte);
    }
    for (shm, byte) in &segments {
        let data = caller.call(ShmRead { shm: *shm, offset: 0, size: 5_000 }).unwrap();
        assert!(data.iter().all(|found| found == byte), "segment {shm} holds another's bytes");
    }
}

#[test]
fn what_a_process_held_is_gone_when_it_ends() {
    let kernel = kernel();
    let trusted = kernel.trusted();
    write(&trusted, "/home/a", "x").unwrap();
    let before = kernel.census_of_all();
    let app = kernel.trusted();
    open(&app, "/home/a");
    app.call(StreamOpenRead { path: "/home/a".into(), chunk: 1 }).unwrap();
    app.call(PipeCreate { capacity: 100, reader: None, writer: None }).unwrap();
    app.call(ShmCreate { size: 100, readers: Vec::new(), writers: Vec::new() }).unwrap();
    app.call(Submit { call: Box::new(Sleep { millis: 600_000 }.into()) }).unwrap();
    child(&kernel, &app);
    assert_ne!(kernel.census_of_all(), before);
    kernel.terminate(app.pid()).unwrap();
    // The kernel runs on; nothing waited for its end.
    assert!(kernel.census(app.pid()).is_empty());
    assert_eq!(kernel.census_of_all(), before);
}

#[test]
fn kill_ends_the_process_and_what_it_started() {
    let kernel = kernel();
    let trusted = kernel.trusted();
    let victim = kernel.trusted();
    let child = child(&kernel, &victim);
    let alive = |pid: Pid| {
        let info = trusted.call(GetProcessInfo { pid: Some(pid) });
        info.is_ok_and(|info| info.exit.is_none())
    };
    assert!(alive(victim.pid()) && alive(child.pid()));
    trusted.call(Kill { pid: victim.pid(), signal: 15, grace_millis: 0 }).unwrap();
    assert!(!alive(victim.pid()) && !alive(child.pid()));
    for ended in [&victim, &child] {
        assert_eq!(errno(ended.call(GetCurrentTime {})), Errno::ESRCH, "and can do nothing any more");
    }
}

#[test]
fn a_stream_of_events_shows_what_happened_and_nothing_else() {
    let kernel = kernel();
    let watcher = kernel.process(vec![Capability::Observe("*".into())]);
    let app = kernel.process(Vec::new());
    let fd = watcher
        .call(SubscribeEvents {
            pid: Some(app.pid()),
            cause: None,
            category: Some(abi::table::EventCategory::Syscall),
            kind: None,
            severity: None,
            text: None,
            without: None,
        })
        .unwrap();
    let next = || watcher.call(NextEvents { fd, limit: 100, timeout_millis: Some(0) }).unwrap();
    assert_eq!(next().events, [], "nothing happened");
    // Failures are never sampled out, so all of these must be there, in order, with their errno.
    app.call(GetCurrentTime {}).unwrap_err();
    app.call(Close { fd: abi::Fd(9) }).unwrap_err();
    write(&app, "/home/a", "x").unwrap_err();
    let page = next();
    let seen: Vec<_> = page.events.iter().map(|event| (event.kind.as_str(), event.b, event.pid)).collect();
    let (denied, bad) = (Errno::EACCES as u64, Errno::EBADF as u64);
    let expected = [("get_current_time", denied), ("close", bad), ("write", denied)];
    assert_eq!(seen, expected.map(|(kind, errno)| (kind, errno, app.pid())));
    assert_eq!((next().events.len(), page.lost), (0, 0));
    let times: Vec<u64> = page.events.iter().map(|event| event.time_nanos).collect();
    assert!(times.is_sorted() && times[0] > 0);
}
