//! Queues, shared memory and mappings through the door: rights, causes, the end of processes, and the load
//! that the specification asks for.

use abi::{
    Bytes, Capability, CauseKind, CauseSpec, Errno, PathScope, Pid, QueueId, SharedBytes, ShmId, SysResult,
    Syscalls,
    table::{
        self, GetQueueStats, MapSharing, MemoryAccess, Mmap, MmapRead, MmapWrite, PipeCreate, PipeRead,
        PipeWrite, QueueCreate, QueueKind, QueueOpen, QueueOverflow, QueueReceive, QueueSend, QueueSubscribe,
        Read, ShmAttach, ShmCreate, ShmDestroy, ShmDetach, ShmRead, ShmWrite, Write,
    },
};
use agentos_kernel::{
    Caller, journal,
    testing::{TestKernel, kernel},
};
use std::{
    sync::atomic::{AtomicU64, Ordering},
    thread,
};

/// How many calls a thread of the load makes, per hundred. `AGENTOS_STRESS=1000` asks for ten times.
fn load(count: usize) -> usize {
    let percent = std::env::var("AGENTOS_STRESS").ok().and_then(|text| text.parse().ok()).unwrap_or(100);
    count * percent / 100
}

const THREADS: usize = 8;

fn errno<T: std::fmt::Debug>(result: SysResult<T>) -> Errno {
    result.unwrap_err().errno
}

fn create(caller: &Caller, name: &str, kind: QueueKind) -> SysResult<QueueId> {
    caller.call(QueueCreate { name: name.into(), kind, capacity: 1_024, overflow: QueueOverflow::Refuse })
}

fn send(caller: &Caller, queue: QueueId, text: &str) -> SysResult<u32> {
    caller.call(QueueSend { queue, data: SharedBytes::from(text), priority: 0 })
}

fn receive(caller: &Caller, queue: QueueId, timeout_millis: Option<u64>) -> SysResult<table::Message> {
    caller.call(QueueReceive { queue, timeout_millis })
}

fn messages(send: &str, receive: &str) -> Vec<Capability> {
    vec![Capability::SendMessage(send.into()), Capability::ReceiveMessage(receive.into())]
}

#[test]
fn rights_are_about_the_name_of_a_queue() {
    let kernel = kernel();
    let server = kernel.process(messages("none", "chat."));
    let client = kernel.process(messages("chat.", "none"));
    let refused = create(&server, "mail", QueueKind::Fifo).unwrap_err();
    assert!(refused.errno == Errno::EACCES && refused.detail.contains("ReceiveMessage"), "{refused}");
    let queue = create(&server, "chat.room", QueueKind::Fifo).unwrap();
    assert_eq!(client.call(QueueOpen { name: "chat.room".into() }).unwrap(), queue);
    assert_eq!(errno(kernel.process(Vec::new()).call(QueueOpen { name: "chat.room".into() })), Errno::EACCES);
    send(&client, queue, "hi").unwrap();
    assert_eq!(errno(receive(&client, queue, Some(0))), Errno::EACCES);
    assert_eq!(errno(send(&server, queue, "hi")), Errno::EACCES);
    assert_eq!(errno(client.call(GetQueueStats { queue })), Errno::EACCES);
    assert_eq!(&receive(&server, queue, None).unwrap().data[..], b"hi");
    kernel.revoke(client.pid(), &Capability::SendMessage("chat.".into())).unwrap();
    assert_eq!(errno(send(&client, queue, "hi")), Errno::EACCES, "from the next call on");
}

#[test]
fn a_message_carries_the_cause_of_its_sender_through_to_the_work_it_leads_to() {
    let kernel = kernel();
    let (server, client) = (kernel.trusted(), kernel.trusted());
    let queue = create(&server, "work", QueueKind::Priority).unwrap();
    let click = client.open_cause(CauseSpec::new(CauseKind::Control, "a click"));
    let clicking = kernel.typed_caller(client.pid(), click).unwrap();
    clicking.call(QueueSend { queue, data: SharedBytes::from("save"), priority: 9 }).unwrap();
    let message = receive(&server, queue, Some(1_000)).unwrap();
    assert_eq!((message.sender, message.cause), (client.pid(), click));
    let for_it = kernel.typed_caller(server.pid(), message.cause).unwrap();
    for_it.call(Write { path: "/home/saved".into(), data: Bytes::from("x"), append: false }).unwrap();
    let rows = journal::Reader::new(&kernel.data_dir().join("journal")).tail(10).unwrap();
    let row = rows.iter().find(|row| &*row.object == "/home/saved").expect("the write is in the journal");
    assert_eq!(row.cause, click);
}

#[test]
fn waiting_ends_with_the_time_a_message_or_the_process() {
    let kernel = kernel();
    let (owner, other) = (kernel.trusted(), kernel.trusted());
    let queue = create(&owner, "wait", QueueKind::Fifo).unwrap();
    assert_eq!(errno(receive(&owner, queue, Some(0))), Errno::EAGAIN);
    assert_eq!(errno(receive(&owner, queue, Some(1))), Errno::ETIMEDOUT);
    thread::scope(|scope| {
        let waiter = scope.spawn(|| receive(&other, queue, None));
        // Submitted, it holds no thread.
        let task = owner.submit(QueueReceive { queue, timeout_millis: None }.into()).unwrap();
        while kernel.host_calls_under_way() > 0 {
            thread::yield_now();
        }
        kernel.terminate(other.pid()).unwrap();
        assert!(matches!(errno(waiter.join().unwrap()), Errno::ECANCELED | Errno::ESRCH));
        send(&owner, queue, "x").unwrap();
        let reply = loop {
            match owner.poll(task) {
                Some(reply) => break reply.unwrap(),
                None => thread::yield_now(),
            }
        };
        assert!(matches!(reply, abi::Reply::QueueReceive(message) if &message.data[..] == b"x"));
    });
}

#[test]
fn a_mapping_needs_the_rights_to_its_file_at_every_call() {
    let kernel = kernel();
    kernel
        .trusted()
        .call(Write { path: "/home/a".into(), data: Bytes::from("0123456789"), append: false })
        .unwrap();
    let scope = || PathScope("/home".into());
    let reader = kernel.process(vec![Capability::ReadFile(scope())]);
    let map = |caller: &Caller, access, sharing| {
        caller.call(Mmap { path: "/home/a".into(), offset: 2, length: None, access, sharing })
    };
    assert_eq!(errno(map(&reader, MemoryAccess::ReadWrite, MapSharing::Shared)), Errno::EACCES);
    let look = map(&reader, MemoryAccess::ReadOnly, MapSharing::Shared).unwrap();
    assert_eq!(errno(reader.call(MmapWrite { map: look, offset: 0, data: Bytes::from("x") })), Errno::EACCES);
    let private = map(&reader, MemoryAccess::ReadWrite, MapSharing::Private).unwrap();
    reader.call(MmapWrite { map: private, offset: 0, data: Bytes::from("mine") }).unwrap();
    let read = |map| reader.call(MmapRead { map, offset: 0, size: 5 });
    assert_eq!(
        (read(private).unwrap().as_str(), read(look).unwrap().as_str()),
        (Some("mine6"), Some("23456"))
    );
    kernel.revoke(reader.pid(), &Capability::ReadFile(scope())).unwrap();
    assert_eq!((errno(read(private)), errno(read(look))), (Errno::EACCES, Errno::EACCES));

    let writer = kernel.trusted();
    let map = map(&writer, MemoryAccess::ReadWrite, MapSharing::Shared).unwrap();
    writer.call(MmapWrite { map, offset: 7, data: Bytes::from("!") }).unwrap();
    writer.call(table::Msync { map }).unwrap();
    assert_eq!(std::fs::read(kernel.host_path("/home/a").unwrap()).unwrap(), b"012345678!");
    let rows = journal::Reader::new(&kernel.data_dir().join("journal")).tail(10).unwrap();
    assert!(rows.iter().any(|row| row.call == "mmap_write" && &*row.object == "/home/a"));
    writer.call(table::Munmap { map }).unwrap();
    assert_eq!(errno(writer.call(table::Msync { map })), Errno::EBADF);
    let missing = Mmap {
        path: "/home/none".into(),
        offset: 0,
        length: None,
        access: MemoryAccess::ReadOnly,
        sharing: MapSharing::Shared,
    };
    assert_eq!(errno(writer.call(missing)), Errno::ENOENT);
}

#[test]
fn shared_memory_goes_between_processes_and_is_lent_without_a_copy() {
    let kernel = kernel();
    let (owner, reader) = (kernel.trusted(), kernel.process(Vec::new()));
    let shm =
        owner.call(ShmCreate { size: 64 * 1024, readers: vec![reader.pid()], writers: Vec::new() }).unwrap();
    owner.call(ShmAttach { shm, access: MemoryAccess::ReadWrite }).unwrap();
    reader.call(ShmAttach { shm, access: MemoryAccess::ReadOnly }).unwrap();
    owner.shm_view_mut(shm).unwrap()[..5].copy_from_slice(b"hello");
    assert_eq!(&reader.shm_view(shm).unwrap()[..5], b"hello");
    let shm_read = reader.call(ShmRead { shm, offset: 0, size: 5 }).unwrap();
    assert_eq!(shm_read.as_str(), Some("hello"));
    assert!(reader.shm_view_mut(shm).is_err());
    assert_eq!(errno(kernel.trusted().call(ShmRead { shm, offset: 0, size: 5 })), Errno::EPERM);
    let gone = ShmCreate { size: 1, readers: vec![Pid(999_999)], writers: Vec::new() };
    assert_eq!(errno(owner.call(gone)), Errno::ESRCH);
    kernel.terminate(reader.pid()).unwrap();
    assert!(reader.shm_view(shm).is_err(), "an ended process gets no view");
}

#[test]
fn a_process_that_ends_leaves_no_queue_segment_or_mapping() {
    let kernel = kernel();
    let (caller, other) = (kernel.trusted(), kernel.trusted());
    caller.call(Write { path: "/home/a".into(), data: Bytes::from("x"), append: false }).unwrap();
    create(&caller, "own", QueueKind::Fifo).unwrap();
    let feed = create(&other, "feed", QueueKind::PubSub).unwrap();
    caller.call(QueueSubscribe { queue: feed, capacity: None, overflow: None }).unwrap();
    caller.call(ShmCreate { size: 10, readers: Vec::new(), writers: Vec::new() }).unwrap();
    let path = "/home/a".to_owned();
    let (access, sharing) = (MemoryAccess::ReadOnly, MapSharing::Shared);
    caller.call(Mmap { path, offset: 0, length: None, access, sharing }).unwrap();
    let census = kernel.census(caller.pid());
    assert_eq!((census.queues, census.shared_segments, census.mappings), (2, 1, 1));
    let ipc = other.call(Read { path: "/proc/ipc".into(), offset: 0, size: None }).unwrap();
    assert!(ipc.as_str().unwrap().contains("\"name\": \"own\""));
    kernel.terminate(caller.pid()).unwrap();
    let census = kernel.census(caller.pid());
    assert!(census.is_empty(), "{census:?}");
    assert_eq!(send(&other, feed, "x").unwrap(), 0, "nobody is subscribed any more");
    create(&other, "own", QueueKind::Fifo).expect("the name is free");
    let metrics = other.call(table::GetMetrics {}).unwrap();
    assert_eq!((metrics.queues, metrics.shared_segments, metrics.mappings), (2, 0, 0));
}

#[test]
fn several_threads_of_one_process_take_turns_at_the_ends_of_a_pipe() {
    let kernel = kernel();
    let caller = kernel.trusted();
    let pipe = caller.call(PipeCreate { capacity: 4_096, reader: None, writer: None }).unwrap();
    let each = load(2_000);
    let read = AtomicU64::new(0);
    let sums = AtomicU64::new(0);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for n in 0..each {
                    // Eight bytes go in whole: the capacity is a multiple.
                    let data = (n as u64).to_le_bytes().to_vec();
                    while caller.call(PipeWrite { pipe, data: data.clone().into() }).is_err() {
                        thread::yield_now();
                    }
                }
            });
            scope.spawn(|| {
                while read.load(Ordering::Relaxed) < 4 * each as u64 {
                    match caller.call(PipeRead { pipe, size: 8 }) {
                        Ok(data) => {
                            sums.fetch_add(u64::from_le_bytes(data.0.try_into().unwrap()), Ordering::Relaxed);
                            read.fetch_add(1, Ordering::Relaxed);
                        }
                        Err(_) => thread::yield_now(),
                    }
                }
            });
        }
    });
    assert_eq!(sums.load(Ordering::Relaxed), 4 * (0..each as u64).sum::<u64>(), "no byte lost or torn");
}

fn on_threads(work: impl Fn(usize) + Sync) {
    thread::scope(|scope| {
        for index in 0..THREADS {
            let work = &work;
            scope.spawn(move || work(index));
        }
    });
}

fn check_nothing_is_left(kernel: &TestKernel) {
    let census = kernel.census_of_all();
    assert_eq!(
        (census.queues, census.shared_segments, census.pipes, census.tasks),
        (0, 0, 0, 0),
        "{census:?}"
    );
}

#[test]
fn queues_under_load() {
    let kernel = kernel();
    let callers: Vec<Caller> = (0..THREADS).map(|_| kernel.trusted()).collect();
    // 1,000 at one time.
    on_threads(|index| {
        let (caller, each) = (&callers[index], load(1_000).min(8_000) / THREADS);
        let made: Vec<QueueId> =
            (0..each).map(|n| create(caller, &format!("{index}.{n}"), QueueKind::Fifo).unwrap()).collect();
        made.into_iter().for_each(|queue| caller.call(table::QueueDestroy { queue }).unwrap());
    });
    // 10,000 made and destroyed.
    on_threads(|index| {
        for n in 0..load(10_000) / THREADS {
            let queue = create(&callers[index], &format!("{index}.{n}"), QueueKind::PubSub).unwrap();
            callers[index].call(table::QueueDestroy { queue }).unwrap();
        }
    });
    // 20,000 messages over one queue, four who send and four who receive.
    let shared = create(&callers[0], "shared", QueueKind::Fifo).unwrap();
    let (received, sum) = (AtomicU64::new(0), AtomicU64::new(0));
    let each = load(20_000) / (THREADS / 2);
    on_threads(|index| {
        for n in 0..each {
            if index % 2 == 0 {
                let text = n.to_string();
                while let Err(why) = send(&callers[index], shared, &text) {
                    assert_eq!(why.errno, Errno::EAGAIN);
                    thread::yield_now();
                }
            } else {
                let message = receive(&callers[index], shared, Some(60_000)).unwrap();
                let text = std::str::from_utf8(&message.data).unwrap().to_owned();
                sum.fetch_add(text.parse::<u64>().unwrap(), Ordering::Relaxed);
                received.fetch_add(1, Ordering::Relaxed);
            }
        }
    });
    assert_eq!(received.load(Ordering::Relaxed), 4 * each as u64);
    assert_eq!(sum.load(Ordering::Relaxed), 4 * (0..each as u64).sum::<u64>());
    callers.iter().for_each(|caller| kernel.terminate(caller.pid()).unwrap());
    check_nothing_is_left(&kernel);
}

#[test]
fn shared_memory_under_load() {
    let kernel = kernel();
    let callers: Vec<Caller> = (0..THREADS).map(|_| kernel.trusted()).collect();
    let pids: Vec<Pid> = callers.iter().map(Syscalls::pid).collect();
    let new = |size| ShmCreate { size, readers: Vec::new(), writers: pids.clone() };
    // 1,000, a few at a time: each is an open file of the host.
    on_threads(|index| {
        for _ in 0..load(1_000) / THREADS / 5 {
            let made: Vec<ShmId> = (0..5).map(|_| callers[index].call(new(4_096)).unwrap()).collect();
            made.into_iter().for_each(|shm| callers[index].call(ShmDestroy { shm }).unwrap());
        }
    });
    // 10,000 attachments of all to one.
    let shm = callers[0].call(new(64 * 1024)).unwrap();
    on_threads(|index| {
        for n in 0..load(10_000) / THREADS {
            let access = if n % 2 == 0 { MemoryAccess::ReadWrite } else { MemoryAccess::ReadOnly };
            callers[index].call(ShmAttach { shm, access }).unwrap();
            callers[index].call(ShmDetach { shm }).unwrap();
        }
    });
    // 5,000 writes and reads; a reader never sees half of a write.
    on_threads(|index| {
        let caller = &callers[index];
        caller.call(ShmAttach { shm, access: MemoryAccess::ReadWrite }).unwrap();
        for n in 0..load(5_000) / THREADS {
            let byte = (index * 31 + n) as u8;
            caller.call(ShmWrite { shm, offset: 0, data: vec![byte; 512].into() }).unwrap();
            let seen = caller.call(ShmRead { shm, offset: 0, size: 512 }).unwrap();
            assert!(seen.iter().all(|byte| *byte == seen[0]), "half of a write was seen");
        }
    });
    callers.iter().for_each(|caller| kernel.terminate(caller.pid()).unwrap());
    check_nothing_is_left(&kernel);
}

#[test]
fn pipes_are_waited_for_beside_descriptors() {
    let kernel = kernel();
    let caller = kernel.trusted();
    let create = || caller.call(PipeCreate { capacity: 4, reader: None, writer: None }).unwrap();
    let (quiet, busy) = (create(), create());
    let poll = |caller: &Caller, pipes: &[(abi::PipeId, bool, bool)], timeout_millis| {
        let pipes = pipes.iter().map(|&(pipe, read, write)| table::PollPipe { pipe, read, write }).collect();
        caller.call(table::Poll { fds: Vec::new(), pipes, timeout_millis: Some(timeout_millis) })
    };
    let both = [(quiet, true, false), (busy, true, false)];
    assert_eq!(poll(&caller, &both, 0).unwrap(), []);
    assert_eq!(poll(&caller, &both, 5).unwrap(), []);
    let ready = thread::scope(|scope| {
        let reader = scope.spawn(|| poll(&caller, &both, 20_000).unwrap());
        caller.call(PipeWrite { pipe: busy, data: Bytes::from("full") }).unwrap();
        reader.join().unwrap()
    });
    let object = table::PolledObject::Pipe(busy);
    assert_eq!(ready, [table::Polled { object, readable: true, writable: false, ended: false }]);
    let json = serde_json::to_value(ready[0]).unwrap();
    assert_eq!(json["pipe"], serde_json::to_value(busy).unwrap());
    assert!(poll(&caller, &[(busy, false, true)], 0).unwrap().is_empty(), "it is full");
    let ready = poll(&caller, &[(busy, true, false), (quiet, false, true)], 0).unwrap();
    assert!(ready.len() == 2 && ready[0].readable && ready[1].writable, "{ready:?}");
    // Another process has no end of it; one that ends is told to who waits.
    let stranger = kernel.process(Vec::new());
    assert_eq!(errno(poll(&stranger, &both, 0)), Errno::EPERM);
    let child = kernel.process(Vec::new());
    let from_child =
        caller.call(PipeCreate { capacity: 4, reader: None, writer: Some(child.pid()) }).unwrap();
    assert_eq!(errno(poll(&caller, &[(from_child, false, true)], 0)), Errno::EPERM);
    let ready = thread::scope(|scope| {
        let reader = scope.spawn(|| poll(&caller, &[(from_child, true, false)], 20_000).unwrap());
        kernel.terminate(child.pid()).unwrap();
        reader.join().unwrap()
    });
    assert!(ready[0].ended);
    caller.call(table::PipeDestroy { pipe: quiet }).unwrap();
    assert_eq!(errno(poll(&caller, &both, 0)), Errno::EBADF);
}
