//! Eight threads at everything, in the numbers of the specification: no error, no deadlock, and nothing left when it
//! is over. Ten times as much in the profile `nightly` of nextest, or with `AGENTOS_STRESS=10`.

use abi::{
    Bytes, CauseId, Pid, SysResult, Syscalls,
    table::{
        self, GetProcessInfo, MemoryAccess, Message, QueueCreate, QueueDestroy, QueueReceive, QueueSend,
        SetProcessPriority, ShmAttach, ShmCreate, ShmDestroy, ShmDetach, ShmRead, ShmWrite,
    },
};
use agentos_kernel::{Caller, Census, Kernel, NewProcess, testing::kernel};
use std::{
    sync::{
        atomic::{AtomicU64, Ordering},
        mpsc,
    },
    time::{Duration, Instant},
};

const THREADS: u64 = 8;
/// Something that takes so long at the usual size hangs.
const PATIENCE: Duration = Duration::from_secs(100);

/// How many times the usual size.
fn scale() -> u64 {
    let named = std::env::var("AGENTOS_STRESS").ok().and_then(|scale| scale.parse().ok());
    let is_nightly = std::env::var("NEXTEST_PROFILE").is_ok_and(|profile| profile == "nightly");
    named.unwrap_or(if is_nightly { 10 } else { 1 }).clamp(1, 1_000)
}

/// A share of `total` for each thread, rounded up.
fn share(total: u64) -> u64 {
    (total * scale()).div_ceil(THREADS)
}

fn child_of(kernel: &Kernel, parent: Pid) -> Caller {
    let new = NewProcess {
        name: "worker".into(),
        app: Some("stress".into()),
        kind: table::ProcessKind::App,
        capabilities: abi::Capability::all(),
        parent,
        cause: CauseId::NONE,
    };
    kernel.typed_caller(kernel.spawn_app(new).unwrap(), CauseId::NONE).unwrap()
}

/// Says that a thread has ended, also by a panic.
struct Done(mpsc::SyncSender<()>);

impl Drop for Done {
    fn drop(&mut self) {
        // Nobody listens when it was too late.
        let _ = self.0.send(());
    }
}

/// Runs the work on every thread, each as a process of its own, and looks that nothing is left. Says how long it took.
fn stress(what: &str, work: impl Fn(&Kernel, &Caller, u64) + Sync) {
    let kernel = kernel();
    let before = kernel.census_of_all();
    let root = kernel.trusted();
    let began = Instant::now();
    std::thread::scope(|scope| {
        let (done, is_done) = mpsc::sync_channel(THREADS as usize);
        let threads: Vec<_> = (0..THREADS)
            .map(|thread| {
                let (kernel, root, work, done) = (&kernel, &root, &work, done.clone());
                scope.spawn(move || {
                    let _done = Done(done);
                    let own = child_of(kernel, root.pid());
                    work(kernel, &own, thread);
                    kernel.terminate(own.pid()).unwrap();
                    assert!(kernel.census(own.pid()).is_empty());
                })
            })
            .collect();
        for _ in &threads {
            let patience = PATIENCE * u32::try_from(scale()).unwrap_or(u32::MAX);
            if is_done.recv_timeout(patience).is_err() {
                eprintln!("{what}: hangs");
                std::process::abort();
            }
        }
    });
    println!("{what}: {:?} at scale {}", began.elapsed(), scale());
    kernel.terminate(root.pid()).unwrap();
    assert_eq!(kernel.census_of_all(), before, "{what} leaves something behind");
    assert_eq!(before, Census::default());
}

fn queue(name: String, capacity: u32) -> QueueCreate {
    QueueCreate { name, kind: table::QueueKind::Fifo, capacity, overflow: table::QueueOverflow::Refuse }
}

#[test]
fn queues_are_made() {
    stress("1,000 queues", |_, own, thread| {
        for n in 0..share(1_000) {
            let id = own.call(queue(format!("{thread}-{n}"), 8)).unwrap();
            // Not more at once than one process may have.
            if n >= 900 {
                own.call(QueueDestroy { queue: id }).unwrap();
            }
        }
    });
}

#[test]
fn messages_go_from_everybody_to_everybody() {
    let (sent, received) = (AtomicU64::new(0), AtomicU64::new(0));
    let shared = std::sync::OnceLock::new();
    stress("20,000 messages", |_, own, _| {
        // Whoever is first makes it; it belongs to a process that outlives the others' work.
        let id = *shared.get_or_init(|| own.call(queue("shared".into(), 256)).unwrap());
        let each = share(20_000);
        let (mut to_send, mut to_receive) = (each, each);
        while to_send + to_receive > 0 {
            if to_send > 0 {
                let data = Bytes::from("m").0.into();
                match own.call(QueueSend { queue: id, data, priority: 0 }) {
                    Ok(_) => {
                        to_send -= 1;
                        sent.fetch_add(1, Ordering::Relaxed);
                    }
                    Err(why) => assert_eq!(why.errno, abi::Errno::EAGAIN, "{why}"),
                }
            }
            if to_receive > 0 {
                let got: SysResult<Message> = own.call(QueueReceive { queue: id, timeout_millis: Some(0) });
                match got {
                    Ok(_) => {
                        to_receive -= 1;
                        received.fetch_add(1, Ordering::Relaxed);
                    }
                    Err(why) => assert_eq!(why.errno, abi::Errno::EAGAIN, "{why}"),
                }
            }
        }
        // Nobody leaves before all messages have arrived: with its maker the queue would go.
        while received.load(Ordering::Relaxed) < each * THREADS {
            std::thread::yield_now();
        }
    });
    assert_eq!(sent.load(Ordering::Relaxed), received.load(Ordering::Relaxed));
}

#[test]
fn queues_come_and_go() {
    stress("10,000 queues made and destroyed", |_, own, thread| {
        for n in 0..share(10_000) {
            let id = own.call(queue(format!("{thread}-{n}"), 8)).unwrap();
            own.call(QueueDestroy { queue: id }).unwrap();
        }
    });
}

fn segment(own: &Caller) -> abi::ShmId {
    let create: ShmCreate = serde_json::from_str(r#"{"size":4096}"#).unwrap();
    own.call(create).unwrap()
}

#[test]
fn shared_memory_is_made_attached_and_used() {
    stress("1,000 segments, 10,000 attachments, 5,000 reads and writes", |_, own, _| {
        for _ in 0..share(1_000) {
            let shm = segment(own);
            own.call(ShmDestroy { shm }).unwrap();
        }
        let shm = segment(own);
        for _ in 0..share(10_000) {
            own.call(ShmAttach { shm, access: MemoryAccess::ReadWrite }).unwrap();
            own.call(ShmDetach { shm }).unwrap();
        }
        own.call(ShmAttach { shm, access: MemoryAccess::ReadWrite }).unwrap();
        for n in 0..share(5_000) {
            let data = Bytes(n.to_le_bytes().to_vec());
            own.call(ShmWrite { shm, offset: 8 * (n % 512), data: data.clone() }).unwrap();
            assert_eq!(own.call(ShmRead { shm, offset: 8 * (n % 512), size: 8 }).unwrap(), data);
        }
    });
}

#[test]
fn processes_are_made_asked_about_and_changed() {
    stress("1,000 processes, 40,000 priorities, 25,000 questions", |kernel, own, _| {
        let children: Vec<Caller> =
            (0..share(1_000).min(1_000)).map(|_| child_of(kernel, own.pid())).collect();
        let child = |n: u64| children[n as usize % children.len()].pid();
        for n in 0..share(40_000) {
            let priority = (n % 10) as u8;
            own.call(SetProcessPriority { pid: Some(child(n)), priority }).unwrap();
        }
        for n in 0..share(25_000) {
            let info = own.call(GetProcessInfo { pid: Some(child(n)) }).unwrap();
            assert_eq!(info.parent, Some(own.pid()));
        }
    });
}

#[test]
fn processes_come_and_go() {
    stress("10,000 processes made and ended", |kernel, own, _| {
        for _ in 0..share(10_000) {
            let child = child_of(kernel, own.pid());
            kernel.terminate(child.pid()).unwrap();
            own.call(table::Wait { pid: Some(child.pid()), timeout_millis: Some(0) }).unwrap();
        }
    });
}

#[test]
fn everything_at_once() {
    stress("200 times everything", |kernel, own, thread| {
        for n in 0..share(200) {
            let child = child_of(kernel, own.pid());
            let id = child.call(queue(format!("{thread}-{n}"), 8)).unwrap();
            child.call(QueueSend { queue: id, data: Bytes::from("x").0.into(), priority: 0 }).unwrap();
            let shm = segment(&child);
            child.call(ShmAttach { shm, access: MemoryAccess::ReadWrite }).unwrap();
            let pipe = child.call(table::PipeCreate { capacity: 64, reader: Some(own.pid()), writer: None });
            let pipe = pipe.unwrap();
            child.call(table::PipeWrite { pipe, data: Bytes::from("last words") }).unwrap();
            let path = format!("/tmp/{thread}-{n}");
            let write = table::Write { path: path.clone(), data: Bytes::from("x"), append: false };
            child.call(write).unwrap();
            child.call(table::Open { path, mode: table::OpenMode::READ }).unwrap();
            let forever = child.submit(table::Sleep { millis: 600_000 }.into()).unwrap();
            let waiting = child.submit(QueueReceive { queue: id, timeout_millis: None }.into()).unwrap();
            assert_ne!(forever, waiting);
            child.call(table::BlockSignal { signal: 10 }).unwrap();
            let signal = table::SendSignal {
                pid: child.pid(),
                signal: 10,
                value: 0,
                scope: table::SignalScope::Process,
            };
            own.call(signal).unwrap();
            kernel.terminate(child.pid()).unwrap();
            assert!(kernel.census(child.pid()).is_empty());
            assert_eq!(own.call(table::PipeRead { pipe, size: 64 }).unwrap().as_str(), Some("last words"));
            own.call(table::PipeClose { pipe }).unwrap();
            own.call(table::Wait { pid: Some(child.pid()), timeout_millis: Some(0) }).unwrap();
        }
    });
}

/// Calls that make something, while their process is ended by somebody else: whatever the order, nothing stays.
#[test]
fn what_is_made_while_its_process_ends_does_not_stay() {
    stress("calls against their process's end", |kernel, own, thread| {
        for n in 0..share(800) {
            let child = child_of(kernel, own.pid());
            std::thread::scope(|scope| {
                scope.spawn(|| {
                    for m in 0..6 {
                        let made = child
                            .call(table::PipeCreate { capacity: 8, reader: None, writer: None })
                            .map(drop)
                            .and_then(|()| child.call(queue(format!("{thread}-{n}-{m}"), 8)).map(drop))
                            .and_then(|()| {
                                let create: ShmCreate = serde_json::from_str(r#"{"size":4096}"#).unwrap();
                                child.call(create).map(drop)
                            })
                            .and_then(|()| child.submit(table::Sleep { millis: 600_000 }.into()).map(drop));
                        if let Err(why) = made {
                            assert_eq!(why.errno, abi::Errno::ESRCH, "{why}");
                            return;
                        }
                    }
                });
                std::thread::yield_now();
                kernel.terminate(child.pid()).unwrap();
            });
            let census = kernel.census(child.pid());
            assert!(census.is_empty(), "{census:?}");
            own.call(table::Wait { pid: Some(child.pid()), timeout_millis: Some(0) }).unwrap();
        }
    });
}
