//! Signals between processes.

use abi::{
    Call, Capability, Errno, Pid, Reply, SysResult, Syscalls,
    table::{
        self, BlockSignal, Exit, GetPendingSignals, GetSignalState, GetSignalStats, ProcessKind,
        RegisterHandler, SendSignal, SignalAction, SignalScope, UnblockSignal, WaitForSignal,
    },
};
use agentos_kernel::{
    Caller, NewProcess,
    testing::{TestKernel, kernel},
};
use serde_json::json;

const SIGKILL: i32 = 9;
const SIGUSR1: i32 = 10;
const SIGTERM: i32 = 15;
const SIGCHLD: i32 = 17;
const SIGCONT: i32 = 18;
const SIGSTOP: i32 = 19;

fn errno<T: std::fmt::Debug>(result: SysResult<T>) -> Errno {
    result.unwrap_err().errno
}

fn child_of(kernel: &TestKernel, parent: &Caller) -> Caller {
    let new = NewProcess {
        name: "child".into(),
        app: None,
        kind: ProcessKind::App,
        capabilities: Vec::new(),
        parent: parent.pid(),
        cause: parent.cause(),
    };
    kernel.typed_caller(kernel.spawn_app(new).unwrap(), parent.cause()).unwrap()
}

fn send(caller: &Caller, to: &Caller, signal: i32) -> SysResult<()> {
    caller.call(SendSignal { pid: to.pid(), signal, value: 42, scope: SignalScope::Process })
}

fn queue(caller: &Caller, signal: i32) {
    caller.call(RegisterHandler { signal, action: SignalAction::Queue }).unwrap();
}

fn take(caller: &Caller, timeout_millis: Option<u64>) -> SysResult<table::SignalInfo> {
    caller.call(WaitForSignal { signals: Vec::new(), timeout_millis })
}

#[test]
fn a_signal_with_a_handler_comes_with_sender_cause_and_value() {
    let kernel = kernel();
    let (one, two) = (kernel.trusted(), kernel.trusted());
    queue(&two, SIGUSR1);
    let waiting =
        two.submit(WaitForSignal { signals: vec![SIGUSR1], timeout_millis: Some(10_000) }.into()).unwrap();
    send(&one, &two, SIGUSR1).unwrap();
    let reply = loop {
        match two.poll(waiting) {
            Some(reply) => break reply.unwrap(),
            None => std::thread::yield_now(),
        }
    };
    let abi::Reply::WaitForSignal(info) = reply else { panic!("{reply:?}") };
    assert_eq!((info.signal, info.name.as_str()), (SIGUSR1, "SIGUSR1"));
    assert_eq!((info.sender, info.cause, info.value), (one.pid(), one.cause(), 42));
    assert_eq!(errno(take(&two, Some(0))), Errno::EAGAIN);
    assert_eq!(errno(take(&two, Some(10))), Errno::ETIMEDOUT);
    let stats = one.call(GetSignalStats { pid: Some(two.pid()) }).unwrap();
    assert_eq!((stats.received, stats.delivered, stats.pending), (1, 1, 0));
}

#[test]
fn without_a_handler_it_ends_the_process_and_its_parent_hears_of_it() {
    let kernel = kernel();
    let parent = kernel.trusted();
    queue(&parent, SIGCHLD);
    let child = child_of(&kernel, &parent);
    child.call(BlockSignal { signal: SIGTERM }).unwrap();
    send(&parent, &child, SIGTERM).unwrap();
    assert_eq!(child.call(GetPendingSignals {}).unwrap().len(), 1, "it is blocked");
    assert_eq!(kernel.census(child.pid()).signals, 1);
    let state = parent.call(GetSignalState { pid: Some(child.pid()) }).unwrap();
    assert_eq!((state.blocked, state.pending), (vec![SIGTERM], vec![SIGTERM]));
    // Letting it through is the child's own end.
    assert!(child.call(UnblockSignal { signal: SIGTERM }).unwrap());
    assert_eq!(errno(child.call(table::Getcwd {})), Errno::ESRCH);
    let heard = take(&parent, Some(10_000)).unwrap();
    assert_eq!((heard.signal, heard.sender, heard.value), (SIGCHLD, child.pid(), 128 + i64::from(SIGTERM)));
    let exited = parent.call(table::Wait { pid: None, timeout_millis: Some(0) }).unwrap();
    assert_eq!(exited.exit, Exit::Signal(SIGTERM));
    assert!(kernel.census(child.pid()).is_empty());
}

#[test]
fn sigkill_comes_through_everything() {
    let kernel = kernel();
    let (one, two) = (kernel.trusted(), kernel.process(Capability::all()));
    for signal in 1..=31 {
        let blocked = two.call(BlockSignal { signal });
        assert_eq!(blocked.is_err(), matches!(signal, SIGKILL | SIGSTOP));
        let handled = two.call(RegisterHandler { signal, action: SignalAction::Ignore });
        assert_eq!(handled.is_err(), matches!(signal, SIGKILL | SIGSTOP));
    }
    send(&one, &two, SIGTERM).unwrap();
    send(&one, &two, SIGSTOP).unwrap();
    two.call(table::Getcwd {}).unwrap();
    send(&one, &two, SIGKILL).unwrap();
    assert_eq!(errno(two.call(table::Getcwd {})), Errno::ESRCH);
    assert_eq!(errno(send(&one, &two, SIGTERM)), Errno::ESRCH);
}

#[test]
fn who_may_not_does_not_and_who_may_cannot_everything() {
    let kernel = kernel();
    let (trusted, other) = (kernel.trusted(), kernel.trusted());
    let poor = kernel.process(Vec::new());
    let refused = send(&poor, &other, SIGTERM).unwrap_err();
    assert!(refused.errno == Errno::EACCES && refused.detail.contains("KillProcess"), "{refused}");
    assert_eq!(errno(poor.call(GetSignalState { pid: Some(other.pid()) })), Errno::EACCES);
    assert_eq!(errno(poor.call(GetSignalStats { pid: Some(other.pid()) })), Errno::EACCES);
    let child = child_of(&kernel, &poor);
    send(&poor, &child, SIGTERM).unwrap();
    assert_eq!(
        errno(trusted.call(SendSignal {
            pid: Pid::KERNEL,
            signal: SIGTERM,
            value: 0,
            scope: SignalScope::Process
        })),
        Errno::EPERM
    );
    assert_eq!(
        errno(trusted.call(SendSignal {
            pid: Pid(1 << 40),
            signal: SIGTERM,
            value: 0,
            scope: SignalScope::Process
        })),
        Errno::ESRCH
    );
    for signal in [-1, 0, 32, 65, i32::MAX] {
        assert_eq!(errno(send(&trusted, &other, signal)), Errno::EINVAL);
        assert_eq!(
            errno(trusted.call(WaitForSignal { signals: vec![signal], timeout_millis: Some(0) })),
            Errno::EINVAL
        );
    }
    other.call(BlockSignal { signal: 40 }).unwrap();
    for _ in 0..1_024 {
        send(&trusted, &other, 40).unwrap();
    }
    assert_eq!(errno(send(&trusted, &other, 40)), Errno::EAGAIN);
    let narrowed = kernel.process(vec![Capability::KillProcess]);
    send(&narrowed, &other, SIGKILL).unwrap();
    assert!(kernel.census(other.pid()).is_empty());
}

/// Calls that wait for something that never comes.
fn endless(caller: &Caller, child: Pid) -> Vec<Call> {
    let run = |line: serde_json::Value| caller.dispatch(serde_json::from_value(line).unwrap()).unwrap();
    let (pipe, queue, fd) = match (
        run(json!({"call": "pipe_create"})),
        run(json!({"call": "queue_create", "name": "empty"})),
        run(json!({"call": "socket"})),
    ) {
        (Reply::PipeCreate(pipe), Reply::QueueCreate(queue), Reply::SocketCreate(fd)) => (pipe, queue, fd),
        other => panic!("{other:?}"),
    };
    run(json!({"call": "bind", "fd": fd, "address": {"host": "127.0.0.1", "port": 0}}));
    run(json!({"call": "listen", "fd": fd}));
    let lines = [
        json!({"call": "sleep", "millis": 600_000}),
        json!({"call": "pipe_wait", "pipe": pipe, "for": "readable"}),
        json!({"call": "queue_receive", "queue": queue}),
        json!({"call": "accept", "fd": fd}),
        json!({"call": "poll", "fds": [{"fd": fd, "read": true}]}),
        json!({"call": "wait", "pid": child}),
    ];
    lines.into_iter().map(|line| serde_json::from_value(line).unwrap()).collect()
}

#[test]
fn a_signal_that_is_handled_interrupts_what_waits() {
    let kernel = kernel();
    let (sender, caller) = (kernel.trusted(), kernel.trusted());
    let child = child_of(&kernel, &caller);
    queue(&caller, SIGUSR1);
    for call in endless(&caller, child.pid()) {
        // Submitted, and on a thread of its own.
        let task = caller.submit(call.clone()).unwrap();
        std::thread::scope(|scope| {
            let direct = scope.spawn(|| caller.dispatch(call.clone()));
            let mut submitted = None;
            let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
            while submitted.is_none() || !direct.is_finished() {
                assert!(std::time::Instant::now() < deadline, "{call:?} goes on waiting");
                // Again, since it may not have begun to wait.
                send(&sender, &caller, SIGUSR1).unwrap();
                let _ = take(&caller, Some(0));
                submitted = submitted.or_else(|| caller.poll(task));
                std::thread::sleep(std::time::Duration::from_millis(1));
            }
            for result in [submitted.unwrap(), direct.join().unwrap()] {
                assert_eq!(errno(result), Errno::EINTR, "{call:?}");
            }
        });
    }
}

#[test]
fn signals_that_are_blocked_or_ignored_interrupt_nothing() {
    let kernel = kernel();
    let (sender, caller) = (kernel.trusted(), kernel.trusted());
    let child = child_of(&kernel, &caller);
    queue(&caller, SIGUSR1);
    caller.call(BlockSignal { signal: SIGUSR1 }).unwrap();
    let waiting: Vec<_> =
        endless(&caller, child.pid()).into_iter().map(|call| caller.submit(call).unwrap()).collect();
    for _ in 0..50 {
        send(&sender, &caller, SIGUSR1).unwrap();
        send(&sender, &caller, SIGCHLD).unwrap();
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
    for task in waiting {
        assert!(caller.poll(task).is_none());
        caller.call(table::TaskCancel { task }).unwrap();
    }
}

#[test]
fn what_a_stopped_process_submits_waits_until_it_goes_on() {
    let kernel = kernel();
    let (sender, caller) = (kernel.trusted(), kernel.process(Capability::all()));
    let state = || sender.call(table::GetProcessState { pid: Some(caller.pid()) }).unwrap();
    for signal in [SIGSTOP, 20, 21, 22] {
        send(&sender, &caller, signal).unwrap();
        assert_eq!(state(), table::ProcessState::Stopped);
        let append = |text: &str| {
            let write = table::Write { path: "/home/log".into(), data: text.into(), append: true };
            caller.submit(write.into()).unwrap()
        };
        let tasks = [append("one "), append("two "), append("three")];
        let cancelled = append("never");
        caller.call(table::TaskCancel { task: cancelled }).unwrap();
        std::thread::sleep(std::time::Duration::from_millis(30));
        assert!(tasks.iter().all(|task| caller.poll(*task).is_none()));
        let there = || sender.call(table::Exists { path: "/home/log".into() }).unwrap();
        assert!(!there(), "{signal} stops it");
        assert_eq!(kernel.host_calls_under_way(), 0, "nobody is waited for in vain");

        send(&sender, &caller, SIGCONT).unwrap();
        assert_eq!(state(), table::ProcessState::Running);
        for task in tasks {
            let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
            while caller.poll(task).map(Result::unwrap).is_none() {
                assert!(std::time::Instant::now() < deadline);
                std::thread::yield_now();
            }
        }
        let read = table::Read { path: "/home/log".into(), offset: 0, size: None };
        let mut words: Vec<String> =
            sender.call(read).unwrap().as_str().unwrap().split_whitespace().map(str::to_owned).collect();
        words.sort();
        assert_eq!(words.concat().len(), "onetwothree".len(), "{words:?}");
        sender.call(table::Delete { path: "/home/log".into() }).unwrap();
    }
    // `kill` says the same, and the end of a stopped process is its end.
    let kill = |signal| sender.call(table::Kill { pid: caller.pid(), signal, grace_millis: 0 });
    kill(SIGSTOP).unwrap();
    let task = caller.submit(table::Getcwd {}.into()).unwrap();
    assert!(caller.poll(task).is_none());
    kill(SIGCONT).unwrap();
    kill(SIGSTOP).unwrap();
    caller.submit(table::Getcwd {}.into()).unwrap();
    kill(SIGKILL).unwrap();
    assert!(kernel.census(caller.pid()).is_empty());
}

#[test]
fn the_desktops_shell_is_not_stopped() {
    let kernel = kernel();
    let sender = kernel.trusted();
    let shell = NewProcess {
        name: "Shell".into(),
        app: Some("shell".into()),
        kind: ProcessKind::System,
        capabilities: Capability::all(),
        parent: Pid::KERNEL,
        cause: sender.cause(),
    };
    let shell = kernel.typed_caller(kernel.spawn_app(shell).unwrap(), sender.cause()).unwrap();
    assert_eq!(errno(send(&sender, &shell, SIGSTOP)), Errno::EPERM);
    let kill = table::Kill { pid: shell.pid(), signal: SIGSTOP, grace_millis: 0 };
    assert_eq!(errno(sender.call(kill)), Errno::EPERM);
}
