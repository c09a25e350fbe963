//! What still works when something does not: parts that are switched off or fail alone, a panic inside a call, a lock
//! whose holder panicked, a shutdown in the middle of everything.

use abi::{
    Bytes, CauseId, CauseKind, CauseSpec, Errno, SysError, SysResult, Syscalls,
    table::{self, Exit, QueryEvents, QueryJournal},
};
use agentos_kernel::{
    Caller, Config, Kernel, Switches,
    testing::{TestKernel, call_off_panic, kernel, kernel_with, locks_taken, panic_holding},
};
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    panic::{AssertUnwindSafe, catch_unwind},
    time::{Duration, Instant},
};

/// Long enough for a machine under load; nothing waits that long when all is well.
const PATIENCE: Duration = Duration::from_secs(20);

fn call(caller: &Caller, call: Value) -> SysResult<Value> {
    let call: abi::Call = serde_json::from_value(call.clone()).unwrap_or_else(|why| panic!("{call}: {why}"));
    caller.dispatch(call).map(|reply| serde_json::to_value(reply).unwrap())
}

fn same<T: PartialEq + std::fmt::Debug>(got: &T, wanted: &T) -> SysResult<()> {
    if got == wanted { Ok(()) } else { Err(SysError::new(Errno::EIO, format!("{got:?}, not {wanted:?}"))) }
}

fn files(caller: &Caller, name: &str) -> SysResult<()> {
    for folder in ["/home", "/tmp"] {
        let (path, other) = (format!("{folder}/{name}"), format!("{folder}/{name}-2"));
        call(caller, json!({"call": "write", "path": path, "data": "hello"}))?;
        call(caller, json!({"call": "copy", "from": path, "to": other}))?;
        same(&call(caller, json!({"call": "read", "path": other}))?, &json!("hello"))?;
        call(caller, json!({"call": "delete", "path": other}))?;
        call(caller, json!({"call": "list", "path": folder}))?;
    }
    call(caller, json!({"call": "read", "path": "/proc/metrics"})).map(drop)
}

fn descriptors(caller: &Caller, name: &str) -> SysResult<()> {
    let path = format!("/home/{name}-fd");
    let mode = json!({"read": true, "write": true, "create": true});
    let fd = call(caller, json!({"call": "open", "path": path, "mode": mode}))?;
    call(caller, json!({"call": "fd_write", "fd": fd, "data": "abc"}))?;
    let twin = call(caller, json!({"call": "dup", "fd": fd}))?;
    call(caller, json!({"call": "close", "fd": fd}))?;
    same(&call(caller, json!({"call": "fd_pread", "fd": twin, "offset": 0, "size": 9}))?, &json!("abc"))?;
    call(caller, json!({"call": "close", "fd": twin})).map(drop)
}

fn ipc(caller: &Caller, name: &str) -> SysResult<()> {
    let pipe = call(caller, json!({"call": "pipe_create", "capacity": 64}))?;
    call(caller, json!({"call": "pipe_write", "pipe": pipe, "data": "x"}))?;
    same(&call(caller, json!({"call": "pipe_read", "pipe": pipe, "size": 9}))?, &json!("x"))?;
    call(caller, json!({"call": "pipe_destroy", "pipe": pipe}))?;
    let queue = call(caller, json!({"call": "queue_create", "name": name}))?;
    call(caller, json!({"call": "queue_send", "queue": queue, "data": "m"}))?;
    let got = call(caller, json!({"call": "queue_receive", "queue": queue, "timeout_millis": 1_000}))?;
    same(&got["data"], &json!("m"))?;
    call(caller, json!({"call": "queue_destroy", "queue": queue}))?;
    let shm = call(caller, json!({"call": "shm_create", "size": 4_096}))?;
    call(caller, json!({"call": "shm_attach", "shm": shm, "access": "read_write"}))?;
    call(caller, json!({"call": "shm_write", "shm": shm, "offset": 1, "data": "s"}))?;
    call(caller, json!({"call": "shm_destroy", "shm": shm})).map(drop)
}

fn mappings(caller: &Caller, name: &str) -> SysResult<()> {
    let path = format!("/home/{name}-map");
    call(caller, json!({"call": "write", "path": path, "data": "mapped"}))?;
    let map = call(caller, json!({"call": "mmap", "path": path, "access": "read_write"}))?;
    call(caller, json!({"call": "mmap_write", "map": map, "offset": 0, "data": "M"}))?;
    call(caller, json!({"call": "munmap", "map": map}))?;
    same(&call(caller, json!({"call": "read", "path": path}))?, &json!("Mapped"))
}

fn signals(caller: &Caller, _: &str) -> SysResult<()> {
    let pid = caller.pid();
    call(caller, json!({"call": "register_handler", "signal": 10, "action": "queue"}))?;
    call(caller, json!({"call": "send_signal", "pid": pid, "signal": 10}))?;
    call(caller, json!({"call": "wait_for_signal", "signals": [10], "timeout_millis": 1_000})).map(drop)
}

fn watching(caller: &Caller, _: &str) -> SysResult<()> {
    let fd = call(caller, json!({"call": "watch", "path": "/tmp"}))?;
    call(caller, json!({"call": "unwatch", "fd": fd})).map(drop)
}

fn network(caller: &Caller, _: &str) -> SysResult<()> {
    let fd = call(caller, json!({"call": "socket", "domain": "inet", "type": "stream"}))?;
    call(caller, json!({"call": "socket_close", "fd": fd})).map(drop)
}

fn tasks(caller: &Caller, _: &str) -> SysResult<()> {
    for submitted in [table::Sleep { millis: 1 }.into(), table::Exists { path: "/home".into() }.into()] {
        let task = caller.submit(submitted)?;
        let deadline = Instant::now() + PATIENCE;
        while caller.poll(task).map(|result| result.map(drop)).transpose()?.is_none() {
            if Instant::now() > deadline {
                return Err(SysError::new(Errno::ETIMEDOUT, "a submitted call"));
            }
            std::thread::yield_now();
        }
    }
    Ok(())
}

fn events(caller: &Caller, _: &str) -> SysResult<()> {
    call(caller, json!({"call": "query_events"}))?;
    call(caller, json!({"call": "get_metrics"}))?;
    call(caller, json!({"call": "why", "pid": caller.pid()})).map(drop)
}

fn history(caller: &Caller, name: &str) -> SysResult<()> {
    let path = format!("/home/{name}-kept");
    let because = |label: &str| caller.open_cause(CauseSpec::new(CauseKind::Control, label));
    let first = caller.with_cause(because("first"));
    let second = caller.with_cause(because("second"));
    let write = |text: &str| table::Write { path: path.clone(), data: Bytes::from(text), append: false };
    first.call(write("one"))?;
    second.call(write("two"))?;
    let rows = call(caller, json!({"call": "query_journal", "path": path}))?;
    same(&rows.as_array().map(Vec::len), &Some(2))?;
    caller.call(table::Undo { cause: second.cause(), mode: table::UndoMode::Whole })?;
    same(&call(caller, json!({"call": "read", "path": path}))?, &json!("one"))
}

/// Everything, in parts that need different things.
const WORKLOAD: [(&str, fn(&Caller, &str) -> SysResult<()>); 10] = [
    ("files", files),
    ("descriptors", descriptors),
    ("ipc", ipc),
    ("mappings", mappings),
    ("signals", signals),
    ("watching", watching),
    ("network", network),
    ("tasks", tasks),
    ("events", events),
    ("history", history),
];

/// What fails, and how.
fn failures(caller: &Caller, name: &str) -> BTreeMap<&'static str, SysError> {
    WORKLOAD.iter().filter_map(|(part, run)| Some((*part, run(caller, name).err()?))).collect()
}

fn check(kernel: &TestKernel, expected: &[(&str, Errno)]) {
    let failed = failures(&kernel.trusted(), "work");
    let errnos: Vec<(&str, Errno)> = failed.iter().map(|(part, why)| (*part, why.errno)).collect();
    assert_eq!(errnos, expected, "{failed:#?}");
}

// ---- Parts that are off, or fail alone.

#[test]
fn with_everything_on_everything_works() {
    check(&kernel(), &[]);
}

#[test]
fn each_part_can_be_off_and_the_rest_works() {
    type Off = fn(&mut Config);
    let cases: [(&str, Off, &[(&str, Errno)]); 9] = [
        ("events", |config| config.observe = false, &[]),
        ("journal", |config| config.journal = false, &[("history", Errno::ENOSYS)]),
        ("decision cache", |config| config.switches.decision_cache = false, &[]),
        ("index", |config| config.switches.index = false, &[]),
        ("images", |config| config.switches.images = false, &[("history", Errno::EBUSY)]),
        ("watch", |config| config.switches.watch = false, &[("watching", Errno::ENOSYS)]),
        ("network", |config| config.switches.network = false, &[("network", Errno::ENOSYS)]),
        ("tasks", |config| config.switches.tasks = false, &[("tasks", Errno::ENOSYS)]),
        ("programs", |config| config.switches.programs = false, &[]),
    ];
    for (part, off, expected) in cases {
        println!("without {part}");
        check(&kernel_with(off), expected);
    }
    // Everything at once.
    let all_off = |config: &mut Config| {
        (config.observe, config.journal) = (false, false);
        config.switches = Switches {
            decision_cache: false,
            index: false,
            images: false,
            watch: false,
            network: false,
            programs: false,
            tasks: false,
        };
    };
    let expected = ["history", "network", "tasks", "watching"].map(|part| (part, Errno::ENOSYS));
    let kernel = kernel_with(all_off);
    check(&kernel, &expected);
    let spawn = json!({"call": "spawn", "executable": "true"});
    let refused = call(&kernel.trusted(), spawn).unwrap_err();
    assert_eq!(refused.errno, Errno::ENOSYS, "{refused}");
    assert!(refused.detail.contains("switched off"), "{refused}");
}

/// A kernel in whose data folder a file stands where a folder should be.
fn kernel_without(folder: &str) -> TestKernel {
    kernel_with(|config| std::fs::write(config.data_dir.join(folder), "in the way").unwrap())
}

#[test]
fn images_and_index_that_cannot_be_opened_cost_what_they_are_for() {
    check(&kernel_without("index"), &[]);
    check(&kernel_without("blobs"), &[("history", Errno::EBUSY)]);
}

#[test]
fn without_a_journal_that_can_be_written_nothing_is_changed_and_everything_can_be_looked_at() {
    let kernel = kernel_without("journal");
    let caller = kernel.trusted();
    let refused = call(&caller, json!({"call": "write", "path": "/home/a", "data": "x"})).unwrap_err();
    assert!(refused.detail.contains("the journal cannot record it"), "{refused}");
    assert!(!kernel.data_dir().join("home/a").exists());
    call(&caller, json!({"call": "list", "path": "/home"})).unwrap();
    for (part, works) in [("events", events as fn(&_, &_) -> _), ("tasks", tasks)] {
        works(&caller, "work").unwrap_or_else(|why: SysError| panic!("{part}: {why}"));
    }
    let told = call(&caller, json!({"call": "query_events", "kind": "journal_failed"})).unwrap();
    assert!(!told["events"].as_array().unwrap().is_empty(), "{told}");
}

#[test]
fn damage_to_the_journal_is_said_and_nothing_else_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let boot = || {
        let kernel = Kernel::boot(Config::new(folder.path())).unwrap();
        let new = agentos_kernel::NewProcess {
            name: "test".into(),
            app: None,
            kind: table::ProcessKind::App,
            capabilities: abi::Capability::all(),
            parent: abi::Pid::KERNEL,
            cause: CauseId::NONE,
        };
        let caller = kernel.typed_caller(kernel.spawn_app(new).unwrap(), CauseId::NONE).unwrap();
        (kernel, caller)
    };
    let damaged = |caller: &Caller| {
        let filter: QueryJournal = serde_json::from_value(json!({"kind": "journal.damaged"})).unwrap();
        caller.call(filter).unwrap()
    };
    let (kernel, caller) = boot();
    assert!(damaged(&caller).is_empty());
    for name in ["a", "b", "c"] {
        call(&caller, json!({"call": "write", "path": format!("/home/{name}"), "data": "x"})).unwrap();
    }
    kernel.shutdown();
    drop((kernel, caller));
    let journal = folder.path().join("journal");
    let segment = std::fs::read_dir(&journal)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.extension().is_some())
        .unwrap();
    let mut bytes = std::fs::read(&segment).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0xff;
    bytes.extend_from_slice(b"half a row");
    std::fs::write(&segment, &bytes).unwrap();
    let (kernel, caller) = boot();
    let rows = damaged(&caller);
    assert_eq!(rows.len(), 1, "{rows:?}");
    assert!(std::fs::read(&segment).unwrap().len() >= bytes.len() - 10, "what is there stays");
    let verified = agentos_kernel::journal::verify(&journal).unwrap();
    call(&caller, json!({"call": "write", "path": "/home/d", "data": "x"})).unwrap();
    assert!(rows[0].detail["torn_bytes"].as_u64().unwrap() > 0 || !verified.is_whole(), "{rows:?}");
    kernel.shutdown();
}

// ---- Panics.

fn events_of(caller: &Caller, kind: &str) -> Vec<table::Event> {
    let filter: QueryEvents = serde_json::from_value(json!({"kind": kind})).unwrap();
    caller.call(filter).unwrap().events
}

#[test]
fn a_panic_in_a_handler_ends_its_caller_and_is_told() {
    let kernel = kernel();
    let (victim, witness) = (kernel.process(abi::Capability::all()), kernel.trusted());
    let kinds =
        locks_taken(|| drop(victim.call(table::PipeCreate { capacity: 8, reader: None, writer: None })));
    let kind = kinds.keys().find(|kind| kind.contains("pipe")).expect("the table of pipes has a lock");
    panic_holding(kind, 0);
    let failed = victim.call(table::PipeCreate { capacity: 8, reader: None, writer: None }).unwrap_err();
    assert!(!call_off_panic());
    assert_eq!(failed.errno, Errno::EIO);
    assert!(failed.detail.contains("a fault on purpose"), "{failed}");
    assert_eq!(victim.call(table::Getcwd {}).unwrap_err().errno, Errno::ESRCH, "it makes no calls any more");
    assert!(kernel.census(victim.pid()).is_empty());
    let told = events_of(&witness, "fault");
    assert_eq!(told.iter().map(|event| event.pid).collect::<Vec<_>>(), [victim.pid()]);
    let filter: QueryJournal = serde_json::from_value(json!({"kind": "fault"})).unwrap();
    let rows = witness.call(filter).unwrap();
    assert_eq!((rows.len(), rows[0].pid, rows[0].call.as_str()), (1, victim.pid(), "pipe_create"));
    let filter: QueryJournal =
        serde_json::from_value(json!({"kind": "process.exit", "pid": victim.pid()})).unwrap();
    assert_eq!(witness.call(filter).unwrap()[0].detail, json!("signal 6"));
    assert!(failures(&witness, "after").is_empty());
}

#[test]
fn a_panic_in_a_handler_that_waits_ends_its_caller_alone() {
    let kernel = kernel();
    let (victim, witness) = (kernel.trusted(), kernel.trusted());
    let child = agentos_kernel::NewProcess {
        name: "child".into(),
        app: None,
        kind: table::ProcessKind::App,
        capabilities: abi::Capability::all(),
        parent: witness.pid(),
        cause: CauseId::NONE,
    };
    let child = kernel.spawn_app(child).unwrap();
    let child = kernel.typed_caller(child, CauseId::NONE).unwrap();
    let queue = json!({"call": "queue_create", "name": "q"});
    let queue = call(&victim, queue).unwrap();
    let receive = json!({"call": "queue_receive", "queue": queue, "timeout_millis": 1});
    let kinds = locks_taken(|| drop(call(&victim, receive.clone())));
    let kind = kinds.keys().find(|kind| kind.contains("queue::channel")).expect("a queue has a lock");
    // Another process's queue, so that the one who panics is not its owner.
    panic_holding(kind, 0);
    assert_eq!(call(&child, receive).unwrap_err().errno, Errno::EIO);
    let exited = witness.call(table::Wait { pid: Some(child.pid()), timeout_millis: Some(20_000) }).unwrap();
    assert_eq!(exited.exit, Exit::Signal(6));
    // The queue has failed; its owner is told so and lives, and others are served.
    let told = call(&victim, json!({"call": "queue_send", "queue": queue, "data": "m"})).unwrap_err();
    assert_eq!(told.errno, Errno::EBADF);
    assert!(told.detail.contains("it failed"), "{told}");
    call(&victim, json!({"call": "queue_destroy", "queue": queue})).unwrap();
    assert!(failures(&victim, "after").is_empty());
}

#[test]
fn an_end_of_a_pipe_where_a_call_panicked_fails_for_both() {
    let kernel = kernel();
    let (writer, reader) = (kernel.process(abi::Capability::all()), kernel.trusted());
    let create = table::PipeCreate { capacity: 64, reader: Some(reader.pid()), writer: None };
    let pipe = writer.call(create).unwrap();
    let write = || writer.call(table::PipeWrite { pipe, data: Bytes::from("x") });
    let kinds = locks_taken(|| drop(write()));
    let kind = kinds.keys().find(|kind| kind.contains("Producer")).expect("the writer's end has a lock");
    panic_holding(kind, 0);
    assert_eq!(write().unwrap_err().errno, Errno::EIO);
    // Its owner has ended, and with it the pipe goes as far as nobody holds it.
    let read = reader.call(table::PipeRead { pipe, size: 9 }).map(|data| data.len());
    assert!(matches!(&read, Err(why) if why.errno == Errno::EBADF), "{read:?}");
    assert!(failures(&reader, "after").is_empty());
}

/// Runs something and says if it takes too long: a lock that nobody gives back is no panic.
fn watched(what: &str, act: impl FnOnce() + Send) {
    std::thread::scope(|scope| {
        let (done, is_done) = std::sync::mpsc::sync_channel(1);
        let act = scope.spawn(move || {
            act();
            let _ = done.send(());
        });
        if is_done.recv_timeout(Duration::from_secs(60)).is_err() && !act.is_finished() {
            eprintln!("{what}: hangs");
            std::process::abort();
        }
        if let Err(panic) = act.join() {
            std::panic::resume_unwind(panic);
        }
    });
}

#[test]
fn whatever_lock_somebody_panics_with_everybody_else_is_served() {
    let kinds = {
        let kernel = kernel();
        let caller = kernel.trusted();
        locks_taken(|| assert!(failures(&caller, "work").is_empty()))
    };
    let here: BTreeSet<&str> = kinds.keys().filter(|kind| kind.contains("agentos_kernel")).copied().collect();
    println!("{} kinds of locks: {:?}", kinds.len(), kinds.keys());
    assert!(kinds.len() > 20 && here.len() > 10, "{kinds:?}");
    std::panic::set_hook(Box::new(|info| {
        if !info.to_string().contains("a fault on purpose") {
            eprintln!("{info}");
        }
    }));
    for (kind, count) in kinds {
        let turns = BTreeSet::from([0, count - 1]);
        for turn in turns {
            watched(&format!("{kind}, turn {turn}"), || {
                let kernel = kernel();
                let (victim, witness) = (kernel.trusted(), kernel.trusted());
                panic_holding(kind, turn);
                // What is outside of a call, such as submitting one, panics here; inside it is caught.
                let _ = catch_unwind(AssertUnwindSafe(|| failures(&victim, "victim")));
                call_off_panic();
                let failed = failures(&witness, "witness");
                assert!(failed.is_empty(), "after a panic with {kind} held ({turn}): {failed:#?}");
                kernel.terminate(witness.pid()).unwrap();
            });
        }
    }
    let _ = std::panic::take_hook();
}

// ---- The end.

#[test]
fn a_shutdown_under_load_is_bounded_and_the_folder_is_free_afterwards() {
    let folder = tempfile::tempdir().unwrap();
    let kernel = Kernel::boot(Config::new(folder.path())).unwrap();
    let start = |name: &str| {
        let new = agentos_kernel::NewProcess {
            name: name.into(),
            app: None,
            kind: table::ProcessKind::App,
            capabilities: abi::Capability::all(),
            parent: abi::Pid::KERNEL,
            cause: CauseId::NONE,
        };
        kernel.typed_caller(kernel.spawn_app(new).unwrap(), CauseId::NONE).unwrap()
    };
    let waiting = start("waiting");
    for _ in 0..500 {
        waiting.submit(table::Sleep { millis: 600_000 }.into()).unwrap();
    }
    let queue = call(&waiting, json!({"call": "queue_create", "name": "q"})).unwrap();
    let working: Vec<Caller> = (0..8).map(|n| start(&format!("working {n}"))).collect();
    std::thread::scope(|scope| {
        for (n, caller) in working.iter().enumerate() {
            scope.spawn(move || {
                for turn in 0.. {
                    let path = format!("/home/{n}-{}", turn % 50);
                    let written = caller.call(table::Write { path, data: Bytes::from("x"), append: false });
                    if let Err(why) = written {
                        let known = [Errno::ESRCH, Errno::EIO];
                        assert!(known.contains(&why.errno), "{why}");
                        return;
                    }
                }
            });
        }
        // Somebody waits in a call, on a thread of its own.
        scope.spawn(|| {
            let receive = json!({"call": "queue_receive", "queue": queue});
            assert!(call(&waiting, receive).is_err());
        });
        std::thread::sleep(Duration::from_millis(100));
        let report = kernel.shutdown();
        assert_eq!(report.ended, 9);
        assert!(report.took < PATIENCE && !report.left_journal, "{report:?}");
        assert_eq!(kernel.shutdown(), agentos_kernel::Shutdown::default(), "once is enough");
    });
    assert!(kernel.census_of_all().is_empty(), "{:?}", kernel.census_of_all());
    let verified = agentos_kernel::journal::verify(&folder.path().join("journal")).unwrap();
    assert!(verified.is_whole() && verified.torn_bytes == 0, "{verified:?}");
    let next = Kernel::boot(Config::new(folder.path())).expect("the folder is free");
    assert_eq!(next.boot_number(), 2);
}
