//! Boot, processes and submitted calls over their whole life.

use abi::{
    Bytes, Capability, CauseId, CauseKind, CauseSpec, Errno, Pid, SysResult, Syscalls,
    table::{self, Exit, Open, OpenMode, PipeCreate, ProcessKind, ProcessState, Read, Sleep, Write},
};
use agentos_kernel::{BootError, Caller, Config, Kernel, NewProcess, testing::kernel};
use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

fn errno<T: std::fmt::Debug>(result: SysResult<T>) -> Errno {
    result.unwrap_err().errno
}

fn child_of(kernel: &Kernel, parent: &Caller) -> Caller {
    let new = NewProcess {
        name: "child".into(),
        app: None,
        kind: ProcessKind::App,
        capabilities: Capability::all(),
        parent: parent.pid(),
        cause: parent.cause(),
    };
    kernel.typed_caller(kernel.spawn_app(new).unwrap(), parent.cause()).unwrap()
}

#[test]
fn a_second_kernel_on_one_folder_says_so_and_a_later_one_finds_the_files() {
    let folder = tempfile::tempdir().unwrap();
    let boot = || Kernel::boot(Config::new(folder.path()));
    let process = |kernel: &Kernel| {
        let cause = kernel.open_cause(CauseSpec::new(CauseKind::System, "test"));
        let new = NewProcess {
            name: "test".into(),
            app: None,
            kind: ProcessKind::System,
            capabilities: Capability::all(),
            parent: Pid::KERNEL,
            cause,
        };
        kernel.typed_caller(kernel.spawn_app(new).unwrap(), cause).unwrap()
    };
    let first = boot().unwrap();
    assert!(matches!(boot(), Err(BootError::InUse { .. })));
    let caller = process(&first);
    caller.call(Write { path: "/home/kept".into(), data: Bytes::from("content"), append: false }).unwrap();
    caller.call(Write { path: "/tmp/gone".into(), data: Bytes::from("content"), append: false }).unwrap();
    let first_cause = caller.cause();
    drop(first);
    let second = boot().expect("the folder is free, though a handle on the first kernel is still around");
    assert_eq!(errno(caller.call(table::Getcwd {})), Errno::ESRCH);
    let caller = process(&second);
    let read = |path: &str| caller.call(Read { path: path.into(), offset: 0, size: None });
    assert_eq!(read("/home/kept").unwrap().as_str(), Some("content"));
    assert_eq!(errno(read("/tmp/gone")), Errno::ENOENT);
    assert!(caller.cause() > first_cause, "causes of a later boot are new");
    assert_eq!(second.boot_number(), 2);
}

#[test]
fn a_process_that_ends_leaves_nothing() {
    let kernel = kernel();
    let parent = kernel.trusted();
    let caller = child_of(&kernel, &parent);
    let grandchild = child_of(&kernel, &caller);
    caller.call(Write { path: "/home/a".into(), data: Bytes::from("x"), append: false }).unwrap();
    for _ in 0..3 {
        caller.call(Open { path: "/home/a".into(), mode: OpenMode::READ }).unwrap();
    }
    caller.call(PipeCreate { capacity: 10, reader: None, writer: None }).unwrap();
    let shared = caller.call(PipeCreate { capacity: 10, reader: Some(parent.pid()), writer: None }).unwrap();
    caller.call(table::PipeWrite { pipe: shared, data: Bytes::from("last") }).unwrap();
    caller.submit(Sleep { millis: 60_000 }.into()).unwrap();
    let census = kernel.census(caller.pid());
    assert_eq!((census.descriptors, census.pipes, census.tasks, census.children), (3, 2, 1, 1));
    parent.call(table::Kill { pid: caller.pid(), signal: 9, grace_millis: 0 }).unwrap();
    let census = kernel.census(caller.pid());
    assert!(census.is_empty(), "{census:?}");
    assert_eq!(errno(caller.call(table::Getcwd {})), Errno::ESRCH, "it makes no calls any more");
    assert_eq!(errno(grandchild.call(table::Getcwd {})), Errno::ESRCH, "nor does what it started");
    // What it had written for somebody else is still theirs, then comes the end.
    let read = || parent.call(table::PipeRead { pipe: shared, size: 10 });
    assert_eq!(read().unwrap().as_str(), Some("last"));
    assert_eq!(read().unwrap().as_str(), Some(""));
    let state = parent.call(table::GetProcessState { pid: Some(caller.pid()) });
    assert_eq!(state.unwrap(), ProcessState::Zombie);
    let exited = parent.call(table::Wait { pid: None, timeout_millis: Some(0) }).unwrap();
    assert_eq!((exited.pid, exited.exit), (caller.pid(), Exit::Signal(9)));
    assert_eq!(errno(parent.call(table::GetProcessState { pid: Some(caller.pid()) })), Errno::ESRCH);
    assert_eq!(errno(parent.call(table::Wait { pid: None, timeout_millis: Some(0) })), Errno::ECHILD);
}

#[test]
fn a_waiting_parent_wakes_when_its_child_ends() {
    let kernel = kernel();
    let parent = kernel.trusted();
    let child = child_of(&kernel, &parent);
    let task = parent.submit(table::Wait { pid: Some(child.pid()), timeout_millis: None }.into()).unwrap();
    assert!(parent.poll(task).is_none());
    kernel.terminate(child.pid()).unwrap();
    let exited = wait_for(&parent, task).unwrap();
    assert_eq!(
        exited,
        abi::Reply::Wait(table::Exited {
            pid: child.pid(),
            exit: Exit::Signal(9),
            holder_lost: false,
            exceeded: None,
            refused_processes: 0,
            peak_memory_bytes: None
        })
    );
}

fn wait_for(caller: &Caller, task: abi::TaskId) -> SysResult<abi::Reply> {
    loop {
        match caller.poll(task) {
            Some(result) => return result,
            None => std::thread::yield_now(),
        }
    }
}

#[test]
fn thousands_of_waiting_calls_hold_no_thread_and_a_read_gets_through() {
    let kernel = kernel();
    let caller = kernel.trusted();
    caller.call(Write { path: "/home/a".into(), data: Bytes::from("x"), append: false }).unwrap();
    for _ in 0..1_000 {
        caller.submit(Sleep { millis: 600_000 }.into()).unwrap();
    }
    let task = caller.submit(Read { path: "/home/a".into(), offset: 0, size: None }.into()).unwrap();
    assert!(wait_for(&caller, task).is_ok());
    let threads = std::fs::read_dir("/proc/self/task").unwrap().count();
    assert!(threads < 200, "{threads} threads");
}

#[test]
fn too_many_calls_under_way_are_refused_and_forgotten_results_make_room() {
    let kernel = kernel();
    let caller = kernel.trusted();
    caller
        .call(table::SetLimits { pid: None, limits: table::Limits { tasks: Some(2), ..Default::default() } })
        .unwrap();
    let submit = |millis| caller.submit(Sleep { millis }.into());
    let first = submit(600_000).unwrap();
    submit(600_000).unwrap();
    assert_eq!(errno(submit(1)), Errno::EAGAIN);
    assert!(caller.call(table::TaskCancel { task: first }).unwrap());
    submit(600_000).unwrap();
    assert_eq!(caller.poll(first).unwrap().unwrap_err().errno, Errno::ESRCH, "its result made room");
    assert_eq!(
        errno(caller.submit(table::Submit { call: Box::new(Sleep { millis: 1 }.into()) }.into())),
        Errno::EINVAL
    );
}

#[test]
fn a_cancelled_call_says_so_and_only_once_can_it_be_cancelled() {
    let kernel = kernel();
    let caller = kernel.trusted();
    let task = caller.submit(Sleep { millis: 600_000 }.into()).unwrap();
    assert!(caller.call(table::TaskCancel { task }).unwrap());
    assert!(!caller.call(table::TaskCancel { task }).unwrap());
    let status = caller.call(table::GetTaskStatus { task }).unwrap();
    assert_eq!((status.state, status.errno), (table::TaskState::Cancelled, Some(Errno::ECANCELED)));
    assert_eq!(caller.poll(task).unwrap().unwrap_err().errno, Errno::ECANCELED);
}

#[test]
fn the_desktop_is_woken_when_a_call_is_done() {
    let folder = tempfile::tempdir().unwrap();
    let woken = Arc::new(AtomicU32::new(0));
    let mut config = Config::new(folder.path());
    let counter = woken.clone();
    config.wake = Arc::new(move || {
        counter.fetch_add(1, Ordering::SeqCst);
    });
    let kernel = Kernel::boot(config).unwrap();
    let new = NewProcess {
        name: "test".into(),
        app: None,
        kind: ProcessKind::App,
        capabilities: Capability::all(),
        parent: Pid::KERNEL,
        cause: CauseId::NONE,
    };
    let caller = kernel.typed_caller(kernel.spawn_app(new).unwrap(), CauseId::NONE).unwrap();
    let task = caller.submit(Sleep { millis: 1 }.into()).unwrap();
    while woken.load(Ordering::SeqCst) == 0 {
        std::thread::sleep(Duration::from_millis(1));
    }
    assert!(caller.poll(task).unwrap().is_ok(), "woken after the result is there");
}

#[test]
fn processes_come_and_go_on_many_threads_without_a_leak() {
    let kernel = kernel();
    let before = kernel.census_of_all();
    let root = kernel.trusted();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..300 {
                    let child = child_of(&kernel, &root);
                    child.call(PipeCreate { capacity: 10, reader: None, writer: None }).unwrap();
                    child.submit(Sleep { millis: 600_000 }.into()).unwrap();
                    kernel.terminate(child.pid()).unwrap();
                    let _ = root.call(table::Wait { pid: Some(child.pid()), timeout_millis: Some(0) });
                }
            });
        }
    });
    kernel.terminate(root.pid()).unwrap();
    assert_eq!(kernel.census_of_all(), before);
}

#[test]
fn why_goes_from_a_process_back_to_the_click() {
    let kernel = kernel();
    let caller = kernel.trusted();
    let click = caller.open_cause(CauseSpec::new(CauseKind::Pointer, "click on Save"));
    let save = caller.open_cause(CauseSpec { parent: Some(click), ..CauseSpec::new(CauseKind::App, "save") });
    let saving = kernel.typed_caller(caller.pid(), save).unwrap();
    saving.call(Write { path: "/home/a".into(), data: Bytes::from("x"), append: false }).unwrap();
    let chain = caller.call(table::Why { cause: Some(save), pid: None, event: None }).unwrap();
    let labels: Vec<_> = chain.links.iter().map(|link| link.cause.spec.label.as_str()).collect();
    assert_eq!(labels, ["save", "click on Save"]);
    assert!(chain.links[0].events.iter().any(|event| event.kind == "write" && event.label == "/home/a"));
    assert_eq!(errno(caller.call(table::Why { cause: None, pid: None, event: None })), Errno::EINVAL);
}

#[test]
fn the_list_of_processes_says_of_each_what_a_look_at_it_says() {
    let kernel = kernel();
    let first = kernel.trusted();
    let second = child_of(&kernel, &first);
    for (caller, bytes) in [(&first, 1_000), (&second, 3_000)] {
        let pipe = caller.call(PipeCreate { capacity: 4_096, reader: None, writer: None }).unwrap();
        caller.call(table::PipeWrite { pipe, data: vec![1; bytes].into() }).unwrap();
        let size = 8 * bytes as u64;
        caller.call(table::ShmCreate { size, readers: Vec::new(), writers: Vec::new() }).unwrap();
    }
    let listed = first.call(table::ListProcesses {}).unwrap();
    assert!(listed.len() >= 3);
    let mut held = Vec::new();
    for process in &listed {
        let looked = first.call(table::GetProcessInfo { pid: Some(process.pid) }).unwrap();
        assert_eq!((process.memory_bytes, &process.name), (looked.memory_bytes, &looked.name));
        held.push(process.memory_bytes);
    }
    assert!(held.iter().any(|bytes| *bytes >= 24_000), "{held:?}");
}

#[test]
fn a_parent_that_never_waits_keeps_the_children_that_ended_last() {
    let kernel = kernel();
    let parent = kernel.trusted();
    let ended: Vec<Pid> = (0..100)
        .map(|_| {
            let child = child_of(&kernel, &parent).pid();
            kernel.terminate(child).unwrap();
            child
        })
        .collect();
    assert_eq!(parent.call(table::GetChildren { pid: None }).unwrap(), ended[36..]);
    // Who is asked for makes room again.
    let any = table::Wait { pid: None, timeout_millis: Some(0) };
    assert_eq!(parent.call(any).unwrap().pid, ended[36]);
    let last = child_of(&kernel, &parent).pid();
    kernel.terminate(last).unwrap();
    assert_eq!(parent.call(table::GetChildren { pid: None }).unwrap().len(), 64);
}
