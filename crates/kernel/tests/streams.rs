//! Calls that carry others or carry much: batches, files in parts, events as they come.

use abi::{
    Bytes, Call, Capability, Errno, Fd, PathScope, SysResult, Syscalls,
    table::{
        Batch, BatchOrder, BatchResult, Close, EventCategory, GetCurrentTime, GetTaskStatus, NextEvents,
        Poll, PollFd, Read, SetLimits, Sleep, StreamClose, StreamNext, StreamOpenRead, StreamOpenWrite,
        StreamPush, Submit, SubscribeEvents, Write,
    },
};
use agentos_kernel::{Caller, journal, testing::kernel};
use serde_json::json;
use std::{
    thread,
    time::{Duration, Instant},
};

const MIB: usize = 1024 * 1024;

fn errno<T: std::fmt::Debug>(result: SysResult<T>) -> Errno {
    result.unwrap_err().errno
}

fn write(caller: &Caller, path: &str, data: &str) -> SysResult<u64> {
    caller.call(Write { path: path.into(), data: data.into(), append: false })
}

fn read(caller: &Caller, path: &str) -> SysResult<Bytes> {
    caller.call(Read { path: path.into(), offset: 0, size: None })
}

fn calls(lines: &[&str]) -> Vec<Call> {
    lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn wait_for<T>(mut look: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + Duration::from_secs(30);
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < end, "nothing came");
        thread::yield_now();
    }
}

#[test]
fn a_batch_answers_in_order_and_counts() {
    let kernel = kernel();
    let caller = kernel.trusted();
    let lines = [
        r#"{"call":"write","path":"/home/a","data":"one"}"#,
        r#"{"call":"read","path":"/home/missing"}"#,
        r#"{"call":"read","path":"/home/a"}"#,
    ];
    let batch = |order, stop_on_error| Batch { calls: calls(&lines), order, stop_on_error };
    let reply = caller.call(batch(BatchOrder::Sequential, false)).unwrap();
    assert_eq!((reply.succeeded, reply.failed, reply.skipped), (2, 1, 0));
    assert!(matches!(&reply.results[1], BatchResult::Failed(why) if why.errno == Errno::ENOENT));
    assert_eq!(serde_json::to_value(&reply.results[2]).unwrap(), serde_json::json!({"ok": "one"}));
    let reply = caller.call(batch(BatchOrder::Sequential, true)).unwrap();
    assert_eq!((reply.succeeded, reply.failed, reply.skipped), (1, 1, 1));
    let text = serde_json::to_string(&reply).unwrap();
    assert_eq!(serde_json::from_str::<abi::table::BatchReply>(&text).unwrap(), reply, "as JSON and back");
    let many: Vec<Call> = (0..200).map(|n| Call::Sleep(Sleep { millis: n % 7 })).collect();
    let reply =
        caller.call(Batch { calls: many, order: BatchOrder::Parallel, stop_on_error: false }).unwrap();
    assert_eq!((reply.succeeded, reply.results.len()), (200, 200));
    let mixed: Vec<Call> = (0..100)
        .map(|n| {
            Call::Read(Read {
                path: if n % 2 == 0 { "/home/a" } else { "/home/no" }.into(),
                offset: 0,
                size: None,
            })
        })
        .collect();
    let reply =
        caller.call(Batch { calls: mixed, order: BatchOrder::Parallel, stop_on_error: false }).unwrap();
    for (at, result) in reply.results.iter().enumerate() {
        assert_eq!(matches!(result, BatchResult::Done { .. }), at % 2 == 0, "in the order of the calls");
    }
}

#[test]
fn each_call_of_a_batch_passes_the_gate_by_itself_once() {
    let kernel = kernel();
    write(&kernel.trusted(), "/home/a", "x").unwrap();
    let caller = kernel.process(vec![Capability::ReadFile(PathScope("/home".into()))]);
    let before = kernel.trusted().call(abi::table::GetMetrics {}).unwrap();
    let lines = [r#"{"call":"read","path":"/home/a"}"#, r#"{"call":"delete","path":"/home/a"}"#];
    let reply =
        caller.call(Batch { calls: calls(&lines), order: BatchOrder::default(), stop_on_error: false });
    let reply = reply.unwrap();
    assert!(
        matches!(&reply.results[1], BatchResult::Failed(why) if why.errno == Errno::EACCES && why.detail.contains("would allow it"))
    );
    let after = kernel.trusted().call(abi::table::GetMetrics {}).unwrap();
    let count = |metrics: &abi::table::Metrics, name: &str| {
        metrics.rows.iter().find(|row| row.name == name).map_or(0, |row| row.figures.count)
    };
    for (name, calls) in [("batch", 1), ("read", 1), ("delete", 1)] {
        assert_eq!(count(&after, name) - count(&before, name), calls, "{name}");
    }
}

#[test]
fn a_batch_has_bounds_and_does_not_nest() {
    let kernel = kernel();
    let caller = kernel.trusted();
    let batch = |calls| Batch { calls, order: BatchOrder::default(), stop_on_error: false };
    let getcwd = || Call::Getcwd(abi::table::Getcwd {});
    assert_eq!(errno(caller.call(batch(vec![getcwd(); 1_025]))), Errno::EINVAL);
    assert_eq!(caller.call(batch(vec![getcwd(); 1_024])).unwrap().succeeded, 1_024);
    assert_eq!(errno(caller.call(batch(vec![batch(vec![]).into()]))), Errno::EINVAL);
    let submit = Submit { call: Box::new(getcwd()) };
    assert_eq!(errno(caller.call(batch(vec![submit.into()]))), Errno::EINVAL);
    assert_eq!(caller.call(batch(vec![])).unwrap().results, []);
}

#[test]
fn a_submitted_batch_says_how_far_it_is_and_can_be_cancelled() {
    let kernel = kernel();
    let caller = kernel.trusted();
    let calls: Vec<Call> = [0, 0, 600_000].map(|millis| Call::Sleep(Sleep { millis })).into_iter().collect();
    let task =
        caller.submit(Batch { calls, order: BatchOrder::Sequential, stop_on_error: false }.into()).unwrap();
    let status = || caller.call(GetTaskStatus { task }).unwrap();
    wait_for(|| status().progress.filter(|progress| (progress.done, progress.total) == (2, 3)));
    assert!(caller.call(abi::table::TaskCancel { task }).unwrap());
    assert_eq!(caller.poll(task).unwrap().unwrap_err().errno, Errno::ECANCELED);
}

#[test]
fn a_large_file_goes_through_in_parts_and_is_there_at_once_or_not_at_all() {
    let kernel = kernel();
    let caller = kernel.trusted();
    write(&caller, "/home/large", "old").unwrap();
    let part = |n: usize| -> Vec<u8> { (0..MIB).map(|at| ((at * 7 + n) % 251) as u8).collect() };
    let fd = caller.call(StreamOpenWrite { path: "/home/large".into() }).unwrap();
    for n in 0..24 {
        let bytes = caller.call(StreamPush { fd, data: Bytes(part(n)) }).unwrap();
        assert_eq!(bytes, ((n + 1) * MIB) as u64);
        assert_eq!(read(&caller, "/home/large").unwrap().as_str(), Some("old"), "nobody sees a part");
    }
    assert_eq!(errno(caller.call(StreamPush { fd, data: Bytes(vec![0; MIB + 1]) })), Errno::EFBIG);
    caller.call(StreamClose { fd, discard: false }).unwrap();
    assert_eq!(errno(caller.call(StreamClose { fd, discard: false })), Errno::EBADF);
    let on_disk = std::fs::read(kernel.data_dir().join("home/large")).unwrap();
    let fd = caller.call(StreamOpenRead { path: "/home/large".into(), chunk: 100_000 }).unwrap();
    let mut back = Vec::new();
    loop {
        let part = caller.call(StreamNext { fd }).unwrap();
        assert!(part.len() <= 100_000);
        if part.is_empty() {
            break;
        }
        back.extend_from_slice(&part);
    }
    assert!(back.len() == 24 * MIB && back == on_disk);
    caller.call(StreamClose { fd, discard: false }).unwrap();
    // Discarded, or dropped with the descriptor: nothing is left, not even a temporary file.
    for drop_it in [false, true] {
        let fd = caller.call(StreamOpenWrite { path: "/home/large".into() }).unwrap();
        caller.call(StreamPush { fd, data: "new".into() }).unwrap();
        if drop_it {
            caller.call(Close { fd }).unwrap();
        } else {
            caller.call(StreamClose { fd, discard: true }).unwrap();
        }
    }
    assert_eq!(std::fs::metadata(kernel.data_dir().join("home/large")).unwrap().len(), 24 * MIB as u64);
    assert_eq!(std::fs::read_dir(kernel.data_dir().join("home")).unwrap().count(), 1);
}

#[test]
fn a_stream_is_checked_at_every_part_and_its_change_can_be_explained() {
    let kernel = kernel();
    write(&kernel.trusted(), "/home/a", "secret").unwrap();
    let scope = || PathScope("/home".into());
    let app = kernel.process(vec![Capability::ReadFile(scope()), Capability::WriteFile(scope())]);
    assert_eq!(
        errno(kernel.process(Vec::new()).call(StreamOpenRead { path: "/home/a".into(), chunk: 10 })),
        Errno::EACCES
    );
    assert_eq!(
        errno(app.call(StreamOpenWrite { path: "/home/new".into() })),
        Errno::EACCES,
        "making is another right"
    );
    let reading = app.call(StreamOpenRead { path: "/home/a".into(), chunk: 3 }).unwrap();
    let writing = app.call(StreamOpenWrite { path: "/home/a".into() }).unwrap();
    assert_eq!(app.call(StreamNext { fd: reading }).unwrap().as_str(), Some("sec"));
    assert_eq!(errno(app.call(StreamNext { fd: writing })), Errno::EBADF);
    assert_eq!(errno(app.call(StreamPush { fd: reading, data: "x".into() })), Errno::EBADF);
    app.call(StreamPush { fd: writing, data: "changed".into() }).unwrap();
    app.call(StreamClose { fd: writing, discard: false }).unwrap();
    let rows = journal::Reader::new(&kernel.data_dir().join("journal")).tail(20).unwrap();
    let changed: Vec<&str> = rows
        .iter()
        .filter(|row| row.pid == app.pid() && !row.changes.is_empty())
        .map(|row| row.kind.as_str())
        .collect();
    assert_eq!(changed, ["file", "file.settled"]);
    kernel.revoke(app.pid(), &Capability::ReadFile(scope())).unwrap();
    assert_eq!(errno(app.call(StreamNext { fd: reading })), Errno::EACCES);
    let writing = app.call(StreamOpenWrite { path: "/home/a".into() }).unwrap();
    kernel.revoke(app.pid(), &Capability::WriteFile(scope())).unwrap();
    assert_eq!(errno(app.call(StreamPush { fd: writing, data: "x".into() })), Errno::EACCES);
    assert_eq!(errno(app.call(StreamClose { fd: writing, discard: false })), Errno::EACCES);
    kernel.terminate(app.pid()).unwrap();
    assert_eq!(read(&kernel.trusted(), "/home/a").unwrap().as_str(), Some("changed"));
}

#[test]
fn submitted_parts_keep_their_order_and_who_sends_too_fast_is_told() {
    let kernel = kernel();
    let caller = kernel.trusted();
    let fd = caller.call(StreamOpenWrite { path: "/home/parts".into() }).unwrap();
    let mut expected = String::new();
    let mut tasks = Vec::new();
    for n in 0..2_000 {
        let part = format!("{n},");
        let push = || StreamPush { fd, data: part.as_str().into() }.into();
        let task = wait_for(|| match caller.submit(push()) {
            Ok(task) => Some(task),
            Err(why) => {
                assert_eq!(why.errno, Errno::EAGAIN);
                None
            }
        });
        expected += &part;
        tasks.push(task);
        tasks.retain(|task| caller.poll(*task).is_none_or(|result| result.is_err()));
    }
    let close = caller.submit(StreamClose { fd, discard: false }.into()).unwrap();
    wait_for(|| caller.poll(close)).unwrap();
    assert_eq!(read(&caller, "/home/parts").unwrap().as_str(), Some(expected.as_str()));
}

#[test]
fn events_come_as_they_happen_and_only_those_that_were_asked_for() {
    let kernel = kernel();
    let caller = kernel.process(vec![Capability::Observe("*".into()), Capability::TimeAccess]);
    let victim = kernel.process(Vec::new());
    let subscribe = SubscribeEvents {
        pid: None,
        cause: None,
        category: Some(EventCategory::Security),
        kind: Some("denied".into()),
        severity: None,
        text: None,
        without: None,
    };
    let fd = caller.call(subscribe.clone()).unwrap();
    let next = |timeout| caller.call(NextEvents { fd, limit: 10, timeout_millis: Some(timeout) }).unwrap();
    let poll = |timeout_millis| {
        let fds = vec![PollFd { fd, read: true, write: false }];
        caller.call(Poll { fds, pipes: Vec::new(), timeout_millis: Some(timeout_millis) }).unwrap()
    };
    assert!(next(0).events.is_empty() && poll(0).is_empty());
    let page = thread::scope(|scope| {
        let reader = scope.spawn(|| next(20_000));
        victim.call(GetCurrentTime {}).unwrap_err();
        reader.join().unwrap()
    });
    assert_eq!((page.events.len(), page.events[0].pid, page.lost), (1, victim.pid(), 0));
    victim.call(GetCurrentTime {}).unwrap_err();
    assert!(poll(20_000)[0].readable);
    assert_eq!(next(0).events.len(), 1);
    // Who does not read loses, and is told how many; who emits does not wait.
    for _ in 0..70_000 {
        victim.call(GetCurrentTime {}).unwrap_err();
    }
    let page = next(0);
    assert!(page.lost > 0 && page.events.len() == 10, "{} lost", page.lost);
    kernel.revoke(caller.pid(), &Capability::Observe("*".into())).unwrap();
    let refused = caller.call(NextEvents { fd, limit: 1, timeout_millis: Some(0) });
    assert_eq!(errno(refused), Errno::EACCES);
    assert_eq!(
        errno(caller.call(NextEvents { fd: Fd(77), limit: 1, timeout_millis: Some(0) })),
        Errno::EBADF
    );
    let own = SubscribeEvents { pid: Some(victim.pid()), ..subscribe };
    assert!(victim.call(own).is_ok(), "one's own events are free");
}

#[test]
fn a_reader_of_events_is_woken_by_them_and_not_by_itself() {
    let kernel = kernel();
    let caller = kernel.process(vec![Capability::Observe("*".into())]);
    let victim = kernel.process(Vec::new());
    let subscribe = |without, kind: Option<&str>| {
        let call = json!({"kind": kind, "without": without});
        serde_json::from_value(call).map(|call: SubscribeEvents| caller.call(call).unwrap()).unwrap()
    };
    let others = subscribe(Some(caller.pid()), None);
    let all = subscribe(None, Some("close"));
    let next = |fd, timeout_millis| caller.call(NextEvents { fd, limit: 10, timeout_millis });
    // Failures are never sampled out; these are the reader's own.
    caller.call(Close { fd: Fd(99) }).unwrap_err();
    assert_eq!(next(others, Some(0)).unwrap().events, []);
    assert_eq!(next(all, Some(0)).unwrap().events[0].kind, "close");
    thread::scope(|scope| {
        let reader = scope.spawn(|| next(others, None).unwrap());
        victim.call(GetCurrentTime {}).unwrap_err();
        assert_eq!(reader.join().unwrap().events[0].pid, victim.pid());
        // Events of others that it did not ask for do not end the wait; the close does, whichever came first.
        let reader = scope.spawn(|| next(all, None));
        for _ in 0..1_000 {
            victim.call(GetCurrentTime {}).unwrap_err();
        }
        let second = caller.call(abi::table::Dup { fd: all }).unwrap();
        caller.call(Close { fd: all }).unwrap();
        assert_eq!(errno(reader.join().unwrap()), Errno::EBADF);
        caller.call(Close { fd: second }).unwrap();
    });
}

#[test]
fn streams_are_descriptors_with_their_bound() {
    let kernel = kernel();
    let caller = kernel.trusted();
    write(&caller, "/home/a", "x").unwrap();
    let limits = abi::table::Limits { descriptors: Some(1), ..Default::default() };
    caller.call(SetLimits { pid: None, limits }).unwrap();
    let open = || StreamOpenRead { path: "/home/a".into(), chunk: 1 };
    caller.call(open()).unwrap();
    assert_eq!(errno(caller.call(open())), Errno::EMFILE);
    for chunk in [0, MIB as u64 + 1] {
        assert_eq!(errno(caller.call(StreamOpenRead { path: "/home/a".into(), chunk })), Errno::EINVAL);
    }
    assert_eq!(kernel.census(caller.pid()).descriptors, 1);
    kernel.terminate(caller.pid()).unwrap();
    assert!(kernel.census_of_all().descriptors == 0);
}
