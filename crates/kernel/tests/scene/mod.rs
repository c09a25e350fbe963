//! What the examples of the table speak of, on any kernel: files, descriptors, pipes, tasks, other processes.
//! Shared by the tests that walk the whole table, also by the one that boots the whole product.

#![allow(dead_code, reason = "each test takes what it needs")]

use abi::{
    Call, Capability, CauseKind, CauseSpec, Pid, Reply, SysResult, Syscalls,
    table::{Category, NetworkResponse, ProcessKind, Row, SocketAddress},
};
use agentos_kernel::{
    Caller, Kernel, NewProcess,
    network::{CheckedRequest, NetClient, NetFuture},
};
use serde_json::{Value, json};
use std::{
    io::Write as _,
    net::{TcpListener, TcpStream, UdpSocket},
    sync::{Arc, OnceLock},
};

/// What the examples speak of: two files, an open descriptor, a pipe with something in it, a
/// task, a child, shared memory, a mapped file, queues.
pub(crate) const SCENE: [&str; 16] = [
    r#"{"call":"write","path":"/home/notes.txt","data":"notes"}"#,
    r#"{"call":"write","path":"/home/a.txt","data":"hello"}"#,
    r#"{"call":"open","path":"/home/a.txt","mode":{"read":true,"write":true}}"#,
    r#"{"call":"pipe_create"}"#,
    r#"{"call":"pipe_write","pipe":1,"data":"hello"}"#,
    r#"{"call":"submit","do":{"call":"sleep","millis":100000}}"#,
    r#"{"call":"set_env","name":"HOME","value":"/home"}"#,
    r#"{"call":"getcwd"}"#,
    r#"{"call":"shm_create","size":4096}"#,
    r#"{"call":"shm_attach","shm":1,"access":"read_write"}"#,
    r#"{"call":"mmap","path":"/home/a.txt","access":"read_write"}"#,
    r#"{"call":"queue_create","name":"mail"}"#,
    r#"{"call":"queue_send","queue":1,"data":"hello"}"#,
    r#"{"call":"queue_create","name":"feed","kind":"pub_sub"}"#,
    r#"{"call":"queue_create","name":"bus","kind":"pub_sub"}"#,
    r#"{"call":"queue_subscribe","queue":3}"#,
];

/// Rows whose example starts a program of the host, or needs one; they are in `programs.rs`.
pub(crate) const PROGRAMS: [&str; 11] = [
    "spawn",
    "exec_pty",
    "pty_resize",
    "wait",
    "attach_held",
    "end_held",
    "pipe_bridge",
    "close_connection",
    "get_network",
    "forward_port",
    "unforward_port",
];

/// A process with these rights.
pub(crate) fn process(kernel: &Kernel, capabilities: Vec<Capability>) -> Caller {
    let cause = kernel.open_cause(CauseSpec::new(CauseKind::Control, "conformance"));
    let new = NewProcess {
        name: "conformance".into(),
        app: Some("conformance".into()),
        kind: ProcessKind::App,
        capabilities,
        parent: Pid::KERNEL,
        cause,
    };
    let pid = kernel.spawn_app(new).expect("the kernel has all rights");
    kernel.typed_caller(pid, cause).expect("it was just made")
}

/// A prepared example.
pub(crate) struct Prepared {
    /// Who makes the call, with every right.
    pub(crate) caller: Caller,
    /// The example, its process numbers replaced by those of this kernel.
    pub(crate) line: Value,
    /// The other process, where the example speaks of one.
    pub(crate) other: Option<Caller>,
}

impl Prepared {
    /// Makes the call.
    pub(crate) fn run(&self) -> SysResult<Reply> {
        call(&self.caller, &self.line.to_string())
    }
}

/// Makes a call that is written as JSON.
pub(crate) fn call(caller: &Caller, line: &str) -> SysResult<Reply> {
    let call: Call = serde_json::from_str(line).unwrap_or_else(|why| panic!("{line}: {why}"));
    caller.dispatch(call)
}

/// The example of a row.
pub(crate) fn row_example(name: &str) -> &'static str {
    Row::by_name(name).unwrap().example
}

/// Makes a process with every right and all that the example of a row speaks of.
pub(crate) fn prepare(kernel: &Kernel, row: &Row) -> Prepared {
    let caller = process(kernel, Capability::of_shell());
    let mut line: Value = serde_json::from_str(row.example).expect("examples are JSON");
    for step in SCENE {
        call(&caller, step).unwrap_or_else(|why| panic!("{step}: {why}"));
    }
    let run = |line: &str| call(&caller, line).unwrap_or_else(|why| panic!("{line}: {why}"));
    let mut other = None;
    match row.name {
        "begin_run" => drop(run(r#"{"call":"mkdir","path":"/home/folder"}"#)),
        "run_changes" | "run_diff" | "apply_run" | "discard_run" | "end_run" => {
            run(r#"{"call":"mkdir","path":"/home/folder"}"#);
            run(r#"{"call":"write","path":"/home/folder/new.txt","data":"new"}"#);
            run(row_example("begin_run"));
        }
        "rmdir" => drop(run(r#"{"call":"mkdir","path":"/home/folder"}"#)),
        "unwatch" | "watch_read" => drop(run(row_example("watch"))),
        "readlink" => drop(run(row_example("symlink"))),
        "unmount" => drop(run(row_example("mount"))),
        "trash_restore" => drop(run(row_example("trash"))),
        "sendfile" => {
            drop(run(r#"{"call":"open","path":"/home/notes.txt","mode":{"write":true}}"#));
        }
        "next_events" => {
            run(row_example("subscribe_events"));
            drop(kernel.revoke(caller.pid(), &Capability::NetworkNamespace));
        }
        "stream_next" => drop(run(row_example("stream_open_read"))),
        "stream_push" => drop(run(row_example("stream_open_write"))),
        "stream_close" => {
            run(row_example("stream_open_write"));
            run(r#"{"call":"stream_push","fd":1,"data":"streamed"}"#);
        }
        // The example is about another process.
        "kill" | "send_signal" | "revoke_capability" => {
            other = Some(process(kernel, Capability::of_shell()));
        }
        "grant_capability" => other = Some(process(kernel, Vec::new())),
        "answer_capability_request" => {
            run(row_example("list_capability_requests"));
            let asking = process(kernel, Vec::new());
            let asks = serde_json::from_str(row_example("request_capability")).expect("an example");
            asking.submit(asks).expect("there is room for a task");
            while matches!(run(row_example("list_capability_requests")), Reply::ListCapabilityRequests(list) if list.is_empty())
            {
                std::thread::yield_now();
            }
            other = Some(asking);
        }
        "wait_for_signal" => {
            run(r#"{"call":"register_handler","signal":15,"action":"queue"}"#);
            run(&json!({"call": "send_signal", "pid": caller.pid(), "signal": 15}).to_string());
        }
        "network_request" => kernel.set_net_client(Some(Arc::new(Echo))),
        name if row.category == Category::Socket => socket_scene(&caller, name),
        _ => {}
    }
    if let Some(other) = other.as_ref().filter(|_| line.get("pid").is_some()) {
        line["pid"] = json!(other.pid());
    }
    Prepared { caller, line, other }
}

/// Answers every request without a network.
pub(crate) struct Echo;

impl NetClient for Echo {
    fn request(&self, request: CheckedRequest) -> NetFuture {
        let body = abi::Bytes(request.url.into_bytes());
        Box::pin(async move { Ok(NetworkResponse { status: 200, body, ..NetworkResponse::default() }) })
    }
}

/// Makes descriptor 1 the socket that the example of a row speaks of.
fn socket_scene(caller: &Caller, row: &str) {
    let run = |line: &str| call(caller, line).unwrap_or_else(|why| panic!("{line}: {why}"));
    let bind = || match run(r#"{"call":"bind","fd":1,"address":{"host":"127.0.0.1","port":0}}"#) {
        Reply::SocketBind(SocketAddress::Inet(inet)) => ("127.0.0.1", inet.port),
        other => panic!("{other:?}"),
    };
    match row {
        "socket" => {}
        "sendto" => drop(run(r#"{"call":"socket","type":"datagram"}"#)),
        "recvfrom" => {
            run(r#"{"call":"socket","type":"datagram"}"#);
            UdpSocket::bind("127.0.0.1:0").unwrap().send_to(b"hello", bind()).unwrap();
        }
        "listen" => {
            run(r#"{"call":"socket"}"#);
            bind();
        }
        "accept" => {
            run(r#"{"call":"socket"}"#);
            let address = bind();
            run(r#"{"call":"listen","fd":1}"#);
            drop(TcpStream::connect(address).unwrap());
        }
        "connect" => {
            // The example's port; whoever else has it on this machine does as well.
            static LISTENER: OnceLock<Option<TcpListener>> = OnceLock::new();
            LISTENER.get_or_init(|| TcpListener::bind("127.0.0.1:8080").ok());
            run(r#"{"call":"socket"}"#);
        }
        "send" | "recv" => {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            run(r#"{"call":"socket"}"#);
            let address = json!({"host": "127.0.0.1", "port": listener.local_addr().unwrap().port()});
            run(&json!({"call": "connect", "fd": 1, "address": address}).to_string());
            listener.accept().unwrap().0.write_all(b"hello").unwrap();
        }
        _ => drop(run(r#"{"call":"socket"}"#)),
    }
}
