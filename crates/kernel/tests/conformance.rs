//! Every row of the table on a kernel that is booted as the product boots it: its example works, and without
//! rights it is denied.

use abi::{
    Call, Capability, Errno, Reply, SysResult, Syscalls,
    table::{Category, Class, NetworkResponse, ROWS, Row, SocketAddress},
};
use agentos_kernel::{
    Caller,
    network::{CheckedRequest, NetClient, NetFuture},
    testing::{TestKernel, kernel},
};
use serde_json::{Value, json};
use std::{
    io::Write as _,
    net::{TcpListener, TcpStream, UdpSocket},
    sync::{Arc, OnceLock},
};

/// What the examples speak of: two files, an open descriptor, a pipe with something in it, a
/// task, a child, shared memory, a mapped file, queues.
const SCENE: [&str; 16] = [
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
const PROGRAMS: [&str; 4] = ["spawn", "exec_pty", "pty_resize", "wait"];

fn call(caller: &Caller, line: &str) -> SysResult<Reply> {
    let call: Call = serde_json::from_str(line).unwrap_or_else(|why| panic!("{line}: {why}"));
    caller.dispatch(call)
}

fn row_example(name: &str) -> &'static str {
    Row::by_name(name).unwrap().example
}

fn scene(row: &Row) -> (TestKernel, Caller) {
    let kernel = kernel();
    let caller = kernel.trusted();
    for line in SCENE {
        call(&caller, line).unwrap_or_else(|why| panic!("{line}: {why}"));
    }
    match row.name {
        "rmdir" => drop(call(&caller, r#"{"call":"mkdir","path":"/home/folder"}"#).unwrap()),
        "unwatch" | "watch_read" => drop(call(&caller, row_example("watch")).unwrap()),
        "readlink" => drop(call(&caller, row_example("symlink")).unwrap()),
        "unmount" => drop(call(&caller, row_example("mount")).unwrap()),
        "trash_restore" => drop(call(&caller, row_example("trash")).unwrap()),
        "sendfile" => {
            let to = r#"{"call":"open","path":"/home/notes.txt","mode":{"write":true}}"#;
            drop(call(&caller, to).unwrap());
        }
        // The example ends process 2.
        "kill" | "send_signal" => drop(kernel.trusted()),
        "wait_for_signal" => {
            call(&caller, r#"{"call":"register_handler","signal":15,"action":"queue"}"#).unwrap();
            let own = json!({"call": "send_signal", "pid": caller.pid(), "signal": 15});
            call(&caller, &own.to_string()).unwrap();
        }
        "network_request" => kernel.set_net_client(Some(Arc::new(Echo))),
        name if row.category == Category::Socket => socket_scene(&caller, name),
        _ => {}
    }
    (kernel, caller)
}

/// Answers every request without a network.
struct Echo;

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

#[test]
fn the_example_of_every_row_works() {
    let mut callable = 0;
    for row in ROWS.iter().filter(|row| !PROGRAMS.contains(&row.name)) {
        let (_kernel, caller) = scene(row);
        if let Err(why) = call(&caller, row.example) {
            panic!("{}: {why}", row.example);
        }
        callable += 1;
    }
    println!("callable {} of {} (with programs.rs: {})", callable, ROWS.len(), callable + PROGRAMS.len());
    assert_eq!(callable + PROGRAMS.len(), ROWS.len());
}

#[test]
fn without_rights_every_row_that_needs_one_is_denied_and_says_what_would_allow_it() {
    let mut denied = 0;
    for row in ROWS.iter().filter(|row| !row.needs.is_empty()) {
        let (kernel, trusted) = scene(row);
        let mut line: Value = serde_json::from_str(row.example).unwrap();
        let of_descriptor = line.get("fd").is_some() || line.get("map").is_some();
        let caller = if of_descriptor {
            // Opened rightfully, then the right is taken.
            for verb in ["ReadFile", "WriteFile", "ListDirectory"] {
                let capability: Capability = serde_json::from_value(json!({ verb: "/home" })).unwrap();
                kernel.revoke(trusted.pid(), &capability).unwrap();
            }
            kernel.revoke(trusted.pid(), &Capability::NetworkAccess(vec!["*".into()])).unwrap();
            trusted
        } else {
            kernel.process(Vec::new())
        };
        if row.args.iter().any(|arg| arg.name == "pid") {
            line["pid"] = json!(0);
        }
        let refused = call(&caller, &line.to_string()).expect_err(row.name);
        assert_eq!(refused.errno, Errno::EACCES, "{}: {refused}", row.name);
        assert!(refused.detail.contains("would allow it"), "{}: {refused}", row.name);
        assert!(
            refused.detail.contains(row.needs[0].capability.split(',').next().unwrap()),
            "{}: {refused}",
            row.name
        );
        denied += 1;
    }
    println!("denied {denied} rows");
}

#[test]
fn what_needs_no_right_works_without_any() {
    for row in ROWS.iter().filter(|row| row.needs.is_empty() && !PROGRAMS.contains(&row.name)) {
        let kernel = kernel();
        let caller = kernel.process(Vec::new());
        if let Err(why) = call(&caller, row.example) {
            assert_ne!(why.errno, Errno::EACCES, "{}: {why}", row.name);
        }
    }
}

#[test]
fn every_row_answers_in_its_own_type_also_when_submitted() {
    for row in ROWS.iter().filter(|row| row.name != "submit" && !PROGRAMS.contains(&row.name)) {
        let (_kernel, caller) = scene(row);
        let direct = call(&caller, row.example).map(|reply| reply.row().number);
        assert_eq!(direct.unwrap(), row.number);
        let (_kernel, caller) = scene(row);
        let task = caller.submit(serde_json::from_str(row.example).unwrap()).unwrap();
        let reply = loop {
            match caller.poll(task) {
                Some(reply) => break reply,
                None => std::thread::yield_now(),
            }
        };
        assert_eq!(reply.unwrap_or_else(|why| panic!("{}: {why}", row.name)).row().number, row.number);
        assert_eq!(caller.poll(task).unwrap().unwrap_err().errno, Errno::ESRCH, "a result is given out once");
    }
}

#[test]
fn rows_that_touch_memory_only_are_not_the_ones_that_can_be_slow() {
    // The UI thread makes these. None of them may touch a file of the host or start anything.
    let slow = [
        "read", "write", "list", "open", "fd_read", "fd_write", "spawn", "exec_pty", "kill", "sleep", "wait",
    ];
    for row in ROWS.iter().filter(|row| slow.contains(&row.name)) {
        assert_ne!(row.class, Class::Instant, "{}", row.name);
    }
}
