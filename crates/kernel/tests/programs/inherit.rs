//! What programs get beside their standard streams.

use super::{errno, piped, read_all, sh, start, wait};
use abi::{
    Bytes, Errno, PipeId, SysResult,
    table::{
        self, Exit, Inherited, MemoryAccess, Open, OpenMode, PipeBridge, PipeCreate, PipeRead, PipeReady,
        PipeWait, PipeWrite, ShmAttach, ShmCreate, ShmRead, ShmWrite, Spawn,
    },
};
use agentos_kernel::Caller;

const NOTHING: Inherited = Inherited { number: 3, shm: None, pipe: None, fd: None };

fn spawn(caller: &Caller, script: &str, inherit: Vec<Inherited>) -> SysResult<table::Spawned> {
    caller.call(Spawn { inherit, ..piped(script) })
}

/// What a program says, and that it ends well.
fn output(caller: &Caller, script: &str, inherit: Vec<Inherited>) -> String {
    let started = spawn(caller, script, inherit).unwrap();
    let said = read_all(caller, started.stdout.unwrap());
    assert_eq!(wait(caller, started.pid), Exit::Code(0), "{said}");
    said
}

fn pipe(maker: &Caller, writer: &Caller, reader: &Caller) -> PipeId {
    let pid = |caller: &Caller| Some(abi::Syscalls::pid(caller));
    maker.call(PipeCreate { capacity: 65_536, reader: pid(reader), writer: pid(writer) }).unwrap()
}

fn read_pipe(caller: &Caller, pipe: PipeId) -> String {
    let mut all = String::new();
    loop {
        let ready = PipeWait { pipe, ready: PipeReady::Readable, timeout_millis: Some(20_000) };
        caller.call(ready).unwrap();
        let part = caller.call(PipeRead { pipe, size: 65_536 }).unwrap();
        if part.is_empty() {
            return all;
        }
        all.push_str(part.as_str().unwrap());
    }
}

pub(super) fn a_segment_is_shared_with_a_program() {
    let (_kernel, caller) = start();
    let shm = caller.call(ShmCreate { size: 4096, readers: Vec::new(), writers: Vec::new() }).unwrap();
    caller.call(ShmAttach { shm, access: MemoryAccess::ReadWrite }).unwrap();
    caller.call(ShmWrite { shm, offset: 0, data: Bytes::from("question") }).unwrap();
    let inherit = vec![Inherited { number: 9, shm: Some(shm), ..NOTHING }];
    let said = output(
        &caller,
        "head -c 8 /proc/self/fd/9; printf answer | dd of=/proc/self/fd/9 bs=1 seek=100 conv=notrunc 2>/dev/null",
        inherit,
    );
    assert_eq!(said, "question");
    let seen = caller.call(ShmRead { shm, offset: 100, size: 6 }).unwrap();
    assert_eq!(seen.as_str().unwrap(), "answer");
}

pub(super) fn a_segment_that_may_only_be_read_is_not_written() {
    let (_kernel, caller) = start();
    let shm = caller.call(ShmCreate { size: 4096, readers: Vec::new(), writers: Vec::new() }).unwrap();
    let inherit = vec![Inherited { shm: Some(shm), ..NOTHING }];
    assert_eq!(errno(spawn(&caller, "true", inherit.clone())), Errno::EPERM, "not attached");
    caller.call(ShmAttach { shm, access: MemoryAccess::ReadOnly }).unwrap();
    let script = "head -c 1 /proc/self/fd/3 | od -An -tu1; (printf x >&3) 2>/dev/null || echo refused; \
                  (printf x > /proc/self/fd/3) 2>/dev/null || echo refused again";
    let said = output(&caller, script, inherit);
    assert_eq!(said.split_whitespace().collect::<Vec<_>>(), ["0", "refused", "refused", "again"]);
    let seen = caller.call(ShmRead { shm, offset: 0, size: 1 }).unwrap();
    assert_eq!(seen.0, [0]);
}

pub(super) fn a_pipe_leads_from_one_app_through_a_program_to_another() {
    let (kernel, caller) = start();
    let (from, to) = (kernel.trusted(), kernel.trusted());
    let (input, result) = (pipe(&caller, &from, &caller), pipe(&caller, &caller, &to));
    let inherit = vec![
        Inherited { number: 3, pipe: Some(input), ..NOTHING },
        Inherited { number: 4, pipe: Some(result), ..NOTHING },
    ];
    // A terminal's program may have them as well.
    let started = caller.call(table::ExecPty { inherit, ..sh("tr a-z A-Z <&3 >&4") }).unwrap();
    let text = "hello ".repeat(50_000);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut rest = text.as_bytes();
            while !rest.is_empty() {
                let ready =
                    PipeWait { pipe: input, ready: PipeReady::Writable, timeout_millis: Some(20_000) };
                from.call(ready).unwrap();
                let data = Bytes(rest[..rest.len().min(40_000)].to_vec());
                if let Ok(count) = from.call(PipeWrite { pipe: input, data }) {
                    rest = &rest[count as usize..];
                }
            }
            from.call(table::PipeClose { pipe: input }).unwrap();
        });
        assert!(read_pipe(&to, result) == text.to_uppercase());
    });
    assert_eq!(wait(&caller, started.pid), Exit::Code(0));
}

pub(super) fn an_open_file_keeps_the_rights_it_was_opened_with() {
    let (kernel, caller) = start();
    let write = table::Write { path: "/home/a.txt".into(), data: Bytes::from("content"), append: false };
    caller.call(write).unwrap();
    let open = |read, write| {
        let mode = OpenMode { read, write, ..OpenMode::default() };
        caller.call(Open { path: "/home/a.txt".into(), mode }).unwrap()
    };
    let (reads, writes) = (open(true, false), open(false, true));
    let with = |fd| vec![Inherited { fd: Some(fd), ..NOTHING }];
    let said = output(&caller, "cat <&3; (printf x >&3) 2>/dev/null || echo / refused", with(reads));
    assert_eq!(said, "content/ refused\n");
    output(&caller, "printf CON >&3", with(writes));
    assert_eq!(std::fs::read_to_string(kernel.data_dir().join("home/a.txt")).unwrap(), "CONtent");
}

pub(super) fn a_bridge_carries_a_programs_streams() {
    let (kernel, caller) = start();
    let (from, to) = (kernel.trusted(), kernel.trusted());
    let started = spawn(&caller, "tr a-z A-Z", Vec::new()).unwrap();
    let (input, result) = (pipe(&caller, &from, &caller), pipe(&caller, &caller, &to));
    caller.call(PipeBridge { pipe: input, fd: started.stdin.unwrap() }).unwrap();
    caller.call(PipeBridge { pipe: result, fd: started.stdout.unwrap() }).unwrap();
    from.call(PipeWrite { pipe: input, data: Bytes::from("hello") }).unwrap();
    from.call(table::PipeClose { pipe: input }).unwrap();
    assert_eq!(read_pipe(&to, result), "HELLO");
    assert_eq!(wait(&caller, started.pid), Exit::Code(0));
    assert_eq!(
        errno(caller.call(table::FdStat { fd: started.stdin.unwrap() })),
        Errno::EBADF,
        "it was given away"
    );

    let again = spawn(&caller, "cat", Vec::new()).unwrap();
    let bridge = |pipe, fd: Option<abi::Fd>| errno(caller.call(PipeBridge { pipe, fd: fd.unwrap() }));
    let both = pipe(&caller, &caller, &caller);
    assert_eq!(bridge(both, again.stdout), Errno::EINVAL);
    assert_eq!(bridge(pipe(&caller, &from, &to), again.stdout), Errno::EPERM);
    assert_eq!(bridge(pipe(&caller, &from, &caller), again.stdout), Errno::EBADF, "the other way");
    assert_eq!(bridge(PipeId(999), again.stdout), Errno::EBADF);
    assert_eq!(bridge(pipe(&caller, &caller, &to), Some(abi::Fd(500))), Errno::EBADF);
}

pub(super) fn what_cannot_be_inherited_is_refused() {
    let (_kernel, caller) = start();
    let own = pipe(&caller, &caller, &caller);
    let refused = |one: Inherited| errno(spawn(&caller, "true", vec![one]));
    assert_eq!(refused(NOTHING), Errno::EINVAL);
    assert_eq!(refused(Inherited { pipe: Some(own), ..NOTHING }), Errno::EINVAL, "both ends");
    assert_eq!(refused(Inherited { fd: Some(abi::Fd(77)), ..NOTHING }), Errno::EBADF);
    assert_eq!(refused(Inherited { shm: Some(abi::ShmId(77)), ..NOTHING }), Errno::EBADF);
    caller.call(table::Write { path: "/tmp/a".into(), data: Bytes::from("x"), append: false }).unwrap();
    let fd = caller.call(Open { path: "/tmp/a".into(), mode: OpenMode::READ }).unwrap();
    assert_eq!(refused(Inherited { fd: Some(fd), ..NOTHING }), Errno::EINVAL, "only we have it");
    caller.call(table::Write { path: "/home/a".into(), data: Bytes::from("x"), append: false }).unwrap();
    let fd = caller.call(Open { path: "/home/a".into(), mode: OpenMode::READ }).unwrap();
    for number in [-1, 0, 2, 64, i32::MAX] {
        assert_eq!(refused(Inherited { number, fd: Some(fd), ..NOTHING }), Errno::EINVAL, "{number}");
    }
    let many = (3..20).map(|number| Inherited { number, fd: Some(fd), ..NOTHING }).collect();
    assert_eq!(errno(spawn(&caller, "true", many)), Errno::EINVAL);
    let twice = vec![Inherited { fd: Some(fd), ..NOTHING }; 2];
    assert_eq!(errno(spawn(&caller, "true", twice)), Errno::EINVAL);
}

pub(super) fn the_example_of_a_bridge_works() {
    let (kernel, caller) = start();
    // What it speaks of: pipe 1, and descriptor 1 of a program.
    assert_eq!(pipe(&caller, &caller, &kernel.trusted()), PipeId(1));
    let started = spawn(&caller, "sleep 1000", Vec::new()).unwrap();
    assert_eq!(started.stdout, Some(abi::Fd(1)));
    let example = table::Row::by_name("pipe_bridge").unwrap().example;
    let reply = abi::Syscalls::dispatch(&caller, serde_json::from_str(example).unwrap());
    assert!(matches!(reply, Ok(abi::Reply::PipeBridge(()))), "{reply:?}");
}
