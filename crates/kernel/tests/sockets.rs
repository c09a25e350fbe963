//! Sockets as a process has them, seen from outside where that is possible. Loopback only.

use abi::{
    Bytes, Capability, Errno, Fd, PathScope, SysResult, Syscalls,
    table::{
        self, Close, Dup, Fcntl, FcntlCommand, FdRead, FdWrite, GetSocketOption, SetSocketOption,
        SocketAccept, SocketAddress, SocketBind, SocketClose, SocketConnect, SocketCreate, SocketDomain,
        SocketListen, SocketOption, SocketOptionName, SocketRecv, SocketRecvFrom, SocketSend, SocketSendTo,
        SocketType,
    },
};
use agentos_kernel::{Caller, testing::kernel};
use std::{
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
    time::Duration,
};

/// Longest wait of a test, milliseconds.
const PATIENCE: Option<u64> = Some(10_000);

fn errno<T: std::fmt::Debug>(result: SysResult<T>) -> Errno {
    result.unwrap_err().errno
}

fn socket(caller: &Caller, domain: SocketDomain, kind: SocketType) -> Fd {
    caller.call(SocketCreate { domain, kind }).unwrap()
}

fn tcp(caller: &Caller) -> Fd {
    socket(caller, SocketDomain::Inet, SocketType::Stream)
}

fn loopback(port: u16) -> SocketAddress {
    SocketAddress::inet("127.0.0.1", port)
}

fn bind(caller: &Caller, fd: Fd, address: SocketAddress) -> SysResult<SocketAddress> {
    caller.call(SocketBind { fd, address })
}

fn connect(caller: &Caller, fd: Fd, address: SocketAddress) -> SysResult<table::Connected> {
    caller.call(SocketConnect { fd, address, timeout_millis: PATIENCE })
}

fn send(caller: &Caller, fd: Fd, data: &str) -> SysResult<u64> {
    caller.call(SocketSend { fd, data: Bytes::from(data), timeout_millis: PATIENCE })
}

fn recv(caller: &Caller, fd: Fd) -> SysResult<Bytes> {
    caller.call(SocketRecv { fd, size: 65_536, timeout_millis: PATIENCE })
}

fn accept(caller: &Caller, fd: Fd) -> SysResult<table::Accepted> {
    caller.call(SocketAccept { fd, timeout_millis: PATIENCE })
}

fn listener(caller: &Caller, backlog: u32) -> (Fd, SocketAddress) {
    let fd = tcp(caller);
    let address = bind(caller, fd, loopback(0)).unwrap();
    caller.call(SocketListen { fd, backlog }).unwrap();
    (fd, address)
}

/// A connection of a process with itself: our end, the accepted end.
fn pair(caller: &Caller) -> (Fd, Fd) {
    let (listening, address) = listener(caller, 1);
    let fd = tcp(caller);
    connect(caller, fd, address).unwrap();
    let accepted = accept(caller, listening).unwrap().fd;
    caller.call(Close { fd: listening }).unwrap();
    (fd, accepted)
}

#[test]
fn the_host_sees_the_port_that_listens_and_its_programs_can_connect() {
    let kernel = kernel();
    let caller = kernel.trusted();
    let (fd, address) = listener(&caller, 16);
    let port = address.port().unwrap();
    let table = std::fs::read_to_string("/proc/net/tcp").unwrap();
    // Local address and state 0A, as in proc_net_tcp.
    let line = format!("0100007F:{port:04X} 00000000:0000 0A");
    assert!(table.contains(&line), "{line} is not in\n{table}");
    let mut program = TcpStream::connect(("127.0.0.1", port)).unwrap();
    let accepted = accept(&caller, fd).unwrap();
    assert_eq!(accepted.peer, Some(loopback(program.local_addr().unwrap().port())));
    program.write_all(b"question").unwrap();
    assert_eq!(recv(&caller, accepted.fd).unwrap().as_str(), Some("question"));
    assert_eq!(send(&caller, accepted.fd, "answer").unwrap(), 6);
    caller.call(SocketClose { fd: accepted.fd }).unwrap();
    let mut answer = String::new();
    program.read_to_string(&mut answer).unwrap();
    assert_eq!(answer, "answer");
    caller.call(SocketClose { fd }).unwrap();
    assert!(!std::fs::read_to_string("/proc/net/tcp").unwrap().contains(&line));
}

#[test]
fn files_of_descriptors_and_monitor_know_a_socket() {
    let kernel = kernel();
    let caller = kernel.trusted();
    let (ours, theirs) = pair(&caller);
    assert_eq!(caller.call(FdWrite { fd: ours, data: Bytes::from("as a file") }).unwrap(), 9);
    let read = |fd, timeout_millis| caller.call(FdRead { fd, size: 100, timeout_millis });
    assert_eq!(read(theirs, PATIENCE).unwrap().as_str(), Some("as a file"));
    assert_eq!(errno(read(theirs, Some(0))), Errno::EAGAIN);
    assert_eq!(caller.call(table::FdStat { fd: ours }).unwrap().kind, "tcp socket");
    for refused in [
        errno(caller.call(table::Lseek { fd: ours, offset: 0, whence: table::SeekFrom::Start })),
        errno(caller.call(table::FdPread { fd: ours, offset: 0, size: 1 })),
    ] {
        assert_eq!(refused, Errno::ESPIPE);
    }
    assert_eq!(caller.call(table::GetMetrics {}).unwrap().sockets, 2);
    let path = format!("/proc/{}/sockets", caller.pid());
    let list = caller.call(table::Read { path, offset: 0, size: None }).unwrap();
    let list: Vec<table::SocketInfo> = serde_json::from_slice(&list.0).unwrap();
    assert_eq!(list.len(), 2);
    assert!(list.iter().all(|info| info.state == "connected"));
    assert_eq!(list.iter().map(|info| info.sent_bytes).sum::<u64>(), 9);
    assert_eq!(kernel.census(caller.pid()).sockets, 2);
    kernel.terminate(caller.pid()).unwrap();
    assert!(kernel.census(caller.pid()).is_empty());
    assert_eq!(kernel.census_of_all().sockets, 0);
}

#[test]
fn a_duplicate_keeps_a_connection_that_close_lets_go_and_socket_close_ends() {
    let kernel = kernel();
    let caller = kernel.trusted();
    let (ours, theirs) = pair(&caller);
    let copy = caller.call(Dup { fd: ours }).unwrap();
    caller.call(Close { fd: ours }).unwrap();
    assert_eq!(send(&caller, copy, "still").unwrap(), 5);
    assert_eq!(recv(&caller, theirs).unwrap().as_str(), Some("still"));
    let other = caller.call(Dup { fd: copy }).unwrap();
    caller.call(SocketClose { fd: copy }).unwrap();
    assert_eq!(recv(&caller, theirs).unwrap().as_str(), Some(""));
    assert_eq!(errno(send(&caller, other, "x")), Errno::EBADF);
    assert_eq!(errno(caller.call(SocketClose { fd: copy })), Errno::EBADF);
}

#[test]
fn who_waits_is_woken_by_a_close_and_by_the_end_of_the_process() {
    let kernel = kernel();
    let caller = kernel.trusted();
    let (ours, _theirs) = pair(&caller);
    let (listening, _) = listener(&caller, 1);
    let started = std::time::Instant::now();
    let long = Some(60_000);
    let waiting = [(ours, true), (listening, false)].map(|(fd, reads)| {
        let caller = caller.clone();
        let wait = move || match reads {
            true => caller.call(SocketRecv { fd, size: 1, timeout_millis: long }).map(drop),
            false => caller.call(SocketAccept { fd, timeout_millis: long }).map(drop),
        };
        std::thread::Builder::new().spawn(wait).unwrap()
    });
    let tasks: Vec<_> = (0..4)
        .map(|_| caller.submit(SocketRecv { fd: ours, size: 1, timeout_millis: long }.into()).unwrap())
        .collect();
    caller.call(Close { fd: ours }).unwrap();
    for task in tasks {
        let result = loop {
            match caller.poll(task) {
                Some(result) => break result,
                None => std::thread::yield_now(),
            }
        };
        assert_eq!(errno(result), Errno::EBADF);
    }
    kernel.terminate(caller.pid()).unwrap();
    for thread in waiting {
        // ESRCH for a thread that had not come as far as to wait.
        assert!(matches!(errno(thread.join().unwrap()), Errno::EBADF | Errno::ESRCH));
    }
    assert!(started.elapsed() < Duration::from_secs(30), "nobody waited for the time-out");
}

#[test]
fn a_dead_peer_a_full_backlog_and_a_refusal_are_typed_errors_in_bounded_time() {
    let kernel = kernel();
    let caller = kernel.trusted();
    // Nobody is there.
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let fd = tcp(&caller);
    assert_eq!(errno(connect(&caller, fd, loopback(free))), Errno::ECONNREFUSED);
    assert_eq!(errno(connect(&caller, fd, loopback(free))), Errno::EINVAL, "of no more use");
    assert_eq!(errno(send(&caller, fd, "x")), Errno::ENOTCONN);
    // A backlog that nobody empties: TCP, then Unix.
    let (_listening, address) = listener(&caller, 1);
    let short = Some(200);
    let mut outcomes = Vec::new();
    for _ in 0..8 {
        let fd = tcp(&caller);
        outcomes.push(caller.call(SocketConnect { fd, address: address.clone(), timeout_millis: short }));
    }
    assert_eq!(errno(outcomes.pop().unwrap()), Errno::ETIMEDOUT);
    let unix = socket(&caller, SocketDomain::Unix, SocketType::Stream);
    bind(&caller, unix, SocketAddress::name("busy")).unwrap();
    caller.call(SocketListen { fd: unix, backlog: 1 }).unwrap();
    let mut outcomes = Vec::new();
    for _ in 0..4 {
        let fd = socket(&caller, SocketDomain::Unix, SocketType::Stream);
        let address = SocketAddress::name("busy");
        outcomes.push(caller.call(SocketConnect { fd, address, timeout_millis: short }));
    }
    assert_eq!(errno(outcomes.pop().unwrap()), Errno::ETIMEDOUT);
    // A peer that says nothing, then one that does not read, then one that is gone.
    let (ours, theirs) = pair(&caller);
    let nothing = caller.call(SocketRecv { fd: ours, size: 1, timeout_millis: short });
    assert_eq!(errno(nothing), Errno::ETIMEDOUT);
    caller.call(SetSocketOption { fd: ours, option: SocketOption::ReceiveTimeoutMillis(50) }).unwrap();
    let nothing = caller.call(SocketRecv { fd: ours, size: 1, timeout_millis: None });
    assert_eq!(errno(nothing), Errno::ETIMEDOUT);
    let full = loop {
        let data = Bytes(vec![0; 1 << 20]);
        if let Err(why) = caller.call(SocketSend { fd: ours, data, timeout_millis: short }) {
            break why.errno;
        }
    };
    assert_eq!(full, Errno::ETIMEDOUT);
    // The host may still find room for a little.
    let full = loop {
        let data = Bytes(vec![0; 1 << 20]);
        if let Err(why) = caller.call(SocketSend { fd: ours, data, timeout_millis: Some(0) }) {
            break why.errno;
        }
    };
    assert_eq!(full, Errno::EAGAIN);
    caller.call(SocketClose { fd: theirs }).unwrap();
    let gone = loop {
        if let Err(why) = send(&caller, ours, "x") {
            break why.errno;
        }
    };
    assert!(matches!(gone, Errno::ECONNRESET | Errno::EPIPE), "{gone}");
}

#[test]
fn a_sender_waits_for_a_slow_reader_and_loses_nothing() {
    let kernel = kernel();
    let caller = kernel.trusted();
    let (ours, theirs) = pair(&caller);
    let all: Vec<u8> = (0..8_000_000u32).map(|at| (at % 251) as u8).collect();
    let sender = {
        let (caller, all) = (caller.clone(), all.clone());
        let send = move || {
            let mut at = 0;
            while at < all.len() {
                let end = all.len().min(at + 300_000);
                let data = Bytes(all[at..end].to_vec());
                let sent = caller.call(SocketSend { fd: ours, data, timeout_millis: PATIENCE }).unwrap();
                at += usize::try_from(sent).unwrap();
            }
            caller.call(SocketClose { fd: ours }).unwrap();
        };
        std::thread::Builder::new().spawn(send).unwrap()
    };
    let mut received = Vec::new();
    loop {
        let Bytes(data) = recv(&caller, theirs).unwrap();
        if data.is_empty() {
            break;
        }
        received.extend(data);
    }
    sender.join().unwrap();
    assert!(received == all);
}

#[test]
fn poll_knows_what_a_socket_is_ready_for() {
    let kernel = kernel();
    let caller = kernel.trusted();
    let (listening, address) = listener(&caller, 1);
    let poll = |fd, read, write, timeout_millis| {
        let fds = vec![table::PollFd { fd, read, write }];
        caller.call(table::Poll { fds, pipes: Vec::new(), timeout_millis: Some(timeout_millis) }).unwrap()
    };
    assert!(poll(listening, true, true, 0).is_empty());
    let client = tcp(&caller);
    assert!(poll(client, true, true, 0).is_empty(), "neither bound nor connected");
    connect(&caller, client, address).unwrap();
    assert!(poll(listening, true, false, 10_000)[0].readable);
    let accepted = accept(&caller, listening).unwrap().fd;
    assert!(poll(accepted, true, false, 20).is_empty());
    let ready = poll(accepted, true, true, 10_000);
    assert!(ready[0].writable && !ready[0].readable && !ready[0].ended);
    let wait = table::Poll {
        fds: vec![table::PollFd { fd: accepted, read: true, write: false }],
        pipes: Vec::new(),
        timeout_millis: Some(10_000),
    };
    let waiting = caller.submit(wait.clone().into()).unwrap();
    send(&caller, client, "x").unwrap();
    let reply = loop {
        match caller.poll(waiting) {
            Some(reply) => break reply.unwrap(),
            None => std::thread::yield_now(),
        }
    };
    assert!(matches!(reply, abi::Reply::Poll(ready) if ready[0].readable && !ready[0].ended));
    recv(&caller, accepted).unwrap();
    // The runtime still remembers that there was something; the host knows better.
    assert!(poll(accepted, true, false, 20).is_empty());
    caller.call(SocketClose { fd: client }).unwrap();
    let ready = poll(accepted, true, false, 10_000);
    assert!(ready[0].readable && ready[0].ended);
}

#[test]
fn datagrams_carry_their_sender_and_are_cut_with_a_word() {
    let kernel = kernel();
    let caller = kernel.trusted();
    let udp = || socket(&caller, SocketDomain::Inet, SocketType::Datagram);
    let (one, two) = (udp(), udp());
    let first = bind(&caller, one, loopback(0)).unwrap();
    let second = bind(&caller, two, loopback(0)).unwrap();
    let send_to = |fd, data: &str, address: &SocketAddress| {
        let call =
            SocketSendTo { fd, data: Bytes::from(data), address: address.clone(), timeout_millis: PATIENCE };
        caller.call(call)
    };
    let receive = |fd, size| caller.call(SocketRecvFrom { fd, size, timeout_millis: PATIENCE });
    assert_eq!(send_to(one, "datagram", &second).unwrap(), 8);
    let received = receive(two, 100).unwrap();
    assert_eq!(
        (received.data.as_str(), received.from.as_ref(), received.truncated),
        (Some("datagram"), Some(&first), false)
    );
    send_to(two, "too long", received.from.as_ref().unwrap()).unwrap();
    let received = receive(one, 3).unwrap();
    assert_eq!((received.data.as_str(), received.truncated), (Some("too"), true));
    let none = SocketRecvFrom { fd: one, size: 3, timeout_millis: Some(0) };
    assert_eq!(errno(caller.call(none)), Errno::EAGAIN, "the rest is lost");
    assert_eq!(errno(send_to(one, &"x".repeat(70_000), &second)), Errno::EMSGSIZE);
    connect(&caller, one, second).unwrap();
    send(&caller, one, "connected").unwrap();
    assert_eq!(recv(&caller, two).unwrap().as_str(), Some("connected"));
    // What only streams, or only datagrams, can.
    assert_eq!(errno(caller.call(SocketListen { fd: one, backlog: 1 })), Errno::EOPNOTSUPP);
    assert_eq!(errno(accept(&caller, one)), Errno::EOPNOTSUPP);
    let stream = tcp(&caller);
    assert_eq!(errno(receive(stream, 1)), Errno::EOPNOTSUPP);
    assert_eq!(errno(send_to(stream, "x", &first)), Errno::EOPNOTSUPP);
}

#[test]
fn unix_sockets_have_a_name_or_a_file_that_goes_with_them() {
    let kernel = kernel();
    let caller = kernel.trusted();
    let home = kernel.host_path("/home").unwrap();
    let unix = |kind| socket(&caller, SocketDomain::Unix, kind);
    for address in [SocketAddress::name("service.v1"), SocketAddress::path("/home/service.sock")] {
        let server = unix(SocketType::Stream);
        assert_eq!(bind(&caller, server, address.clone()).unwrap(), address);
        caller.call(SocketListen { fd: server, backlog: 4 }).unwrap();
        assert_eq!(errno(bind(&caller, unix(SocketType::Stream), address.clone())), Errno::EADDRINUSE);
        let client = unix(SocketType::Stream);
        assert_eq!(connect(&caller, client, address.clone()).unwrap().peer, address);
        let accepted = accept(&caller, server).unwrap().fd;
        send(&caller, client, "hello").unwrap();
        assert_eq!(recv(&caller, accepted).unwrap().as_str(), Some("hello"));
        caller.call(SocketClose { fd: server }).unwrap();
        assert_eq!(errno(connect(&caller, unix(SocketType::Stream), address)), Errno::ENOENT);
    }
    assert!(!home.join("service.sock").exists());
    // A program of the host finds it where its folder lies.
    let server = unix(SocketType::Stream);
    bind(&caller, server, SocketAddress::path("/home/host.sock")).unwrap();
    caller.call(SocketListen { fd: server, backlog: 4 }).unwrap();
    let mut program = std::os::unix::net::UnixStream::connect(home.join("host.sock")).unwrap();
    program.write_all(b"from outside").unwrap();
    let accepted = accept(&caller, server).unwrap().fd;
    assert_eq!(recv(&caller, accepted).unwrap().as_str(), Some("from outside"));
    // Datagrams by name say who sent them.
    let (one, two) = (unix(SocketType::Datagram), unix(SocketType::Datagram));
    bind(&caller, one, SocketAddress::name("one")).unwrap();
    bind(&caller, two, SocketAddress::name("two")).unwrap();
    let call = SocketSendTo {
        fd: one,
        data: Bytes::from("x"),
        address: SocketAddress::name("two"),
        timeout_millis: PATIENCE,
    };
    caller.call(call).unwrap();
    let received = caller.call(SocketRecvFrom { fd: two, size: 10, timeout_millis: PATIENCE }).unwrap();
    assert_eq!(received.from, Some(SocketAddress::name("one")));
    for wrong in ["", ".hidden", "a/b", "..", "a\0b", &"x".repeat(101)] {
        assert_eq!(errno(bind(&caller, unix(SocketType::Stream), SocketAddress::name(wrong))), Errno::EINVAL);
    }
    let at = |path: &str| errno(bind(&caller, unix(SocketType::Stream), SocketAddress::path(path)));
    assert_eq!(at("/tmp/a.sock"), Errno::EOPNOTSUPP, "memory is no place of the host");
    assert_eq!(at("/home/missing/a.sock"), Errno::ENOENT);
    assert_eq!(at("/home"), Errno::EBUSY);
    assert_eq!(at(&format!("/home/{}", "x".repeat(120))), Errno::ENAMETOOLONG);
}

#[test]
fn a_link_does_not_lead_a_socket_out() {
    let kernel = kernel();
    let outside = tempfile::tempdir().unwrap();
    let home = kernel.host_path("/home").unwrap();
    std::os::unix::fs::symlink(outside.path(), home.join("out")).unwrap();
    let _server = std::os::unix::net::UnixListener::bind(outside.path().join("server.sock")).unwrap();
    std::os::unix::fs::symlink(outside.path().join("server.sock"), home.join("server.sock")).unwrap();
    let caller = kernel.trusted();
    let unix = || socket(&caller, SocketDomain::Unix, SocketType::Stream);
    let bound = bind(&caller, unix(), SocketAddress::path("/home/out/a.sock"));
    assert!(bound.is_err() && !outside.path().join("a.sock").exists(), "{bound:?}");
    assert_eq!(errno(bind(&caller, unix(), SocketAddress::path("/home/server.sock"))), Errno::EADDRINUSE);
    assert!(connect(&caller, unix(), SocketAddress::path("/home/server.sock")).is_err());
    assert!(connect(&caller, unix(), SocketAddress::path("/home/out/server.sock")).is_err());
    // Paths are judged as files are.
    let granted = vec![Capability::CreateFile(PathScope("/home/granted".into()))];
    let caller = kernel.process(granted);
    let fd = socket(&caller, SocketDomain::Unix, SocketType::Stream);
    let refused = bind(&caller, fd, SocketAddress::path("/home/granted/../a.sock")).unwrap_err();
    assert!(refused.errno == Errno::EACCES && refused.detail.starts_with("/home/a.sock"), "{refused}");
}

#[test]
fn options_are_what_they_were_set_to() {
    let kernel = kernel();
    let caller = kernel.trusted();
    let fd = tcp(&caller);
    let get = |option| caller.call(GetSocketOption { fd, option }).unwrap();
    let set = |option| caller.call(SetSocketOption { fd, option });
    for (name, value) in [
        (SocketOptionName::ReuseAddress, SocketOption::ReuseAddress(true)),
        (SocketOptionName::NoDelay, SocketOption::NoDelay(true)),
        (SocketOptionName::KeepAlive, SocketOption::KeepAlive(true)),
        (SocketOptionName::SendTimeoutMillis, SocketOption::SendTimeoutMillis(7)),
        (SocketOptionName::ReceiveTimeoutMillis, SocketOption::ReceiveTimeoutMillis(8)),
    ] {
        assert_ne!(get(name), value);
        set(value.clone()).unwrap();
        assert_eq!(get(name), value);
    }
    set(SocketOption::SendBuffer(10_000)).unwrap();
    assert!(matches!(get(SocketOptionName::SendBuffer), SocketOption::SendBuffer(10_000..=20_000)));
    assert_eq!(errno(set(SocketOption::ReceiveBuffer(0))), Errno::EINVAL);
    assert_eq!(errno(set(SocketOption::ReceiveBuffer(u64::MAX))), Errno::EINVAL);
    assert_eq!(errno(set(SocketOption::Listening(true))), Errno::EINVAL);
    assert_eq!(errno(set(SocketOption::Broadcast(true))), Errno::EOPNOTSUPP);
    assert_eq!(get(SocketOptionName::LocalAddress), SocketOption::LocalAddress(None));
    assert_eq!(errno(caller.call(SocketListen { fd, backlog: 1 })), Errno::EINVAL, "not bound");
    let address = bind(&caller, fd, loopback(0)).unwrap();
    assert_eq!(get(SocketOptionName::LocalAddress), SocketOption::LocalAddress(Some(address)));
    assert_eq!(errno(bind(&caller, fd, loopback(0))), Errno::EINVAL, "bound already");
    for backlog in [0, 4_097] {
        assert_eq!(errno(caller.call(SocketListen { fd, backlog })), Errno::EINVAL);
    }
    caller.call(SocketListen { fd, backlog: 4_096 }).unwrap();
    assert_eq!(get(SocketOptionName::Listening), SocketOption::Listening(true));
    assert_eq!(get(SocketOptionName::Type), SocketOption::Type(SocketType::Stream));
    assert_eq!(errno(connect(&caller, fd, loopback(9))), Errno::EOPNOTSUPP, "it listens");
    // O_NONBLOCK of the descriptor means the same as no time to wait.
    caller.call(Fcntl { fd, command: FcntlCommand::SetFl, value: 0x800 }).unwrap();
    assert_eq!(errno(caller.call(SocketAccept { fd, timeout_millis: None })), Errno::EAGAIN);
}

#[test]
fn what_is_no_socket_and_what_is_no_address_is_told() {
    let kernel = kernel();
    let caller = kernel.trusted();
    caller.call(table::Write { path: "/home/a".into(), data: Bytes::from("x"), append: false }).unwrap();
    let file = caller.call(table::Open { path: "/home/a".into(), mode: table::OpenMode::READ }).unwrap();
    for (fd, expected) in [(file, Errno::ENOTSOCK), (Fd(77), Errno::EBADF)] {
        assert_eq!(errno(bind(&caller, fd, loopback(0))), expected);
        assert_eq!(errno(connect(&caller, fd, loopback(9))), expected);
        assert_eq!(errno(accept(&caller, fd)), expected);
        assert_eq!(errno(send(&caller, fd, "x")), expected);
        assert_eq!(errno(recv(&caller, fd)), expected);
        assert_eq!(errno(caller.call(SocketClose { fd })), expected);
        assert_eq!(errno(caller.call(SocketListen { fd, backlog: 1 })), expected);
        assert_eq!(errno(caller.call(GetSocketOption { fd, option: SocketOptionName::NoDelay })), expected);
    }
    for host in ["", "a b", "127.1", "0x7f000001", "fe80::1%eth0", "\0", &"a.".repeat(200)] {
        assert_eq!(
            errno(connect(&caller, tcp(&caller), SocketAddress::inet(host, 80))),
            Errno::EINVAL,
            "{host:?}"
        );
    }
    assert_eq!(errno(connect(&caller, tcp(&caller), loopback(0))), Errno::EINVAL);
    assert_eq!(errno(connect(&caller, tcp(&caller), SocketAddress::inet("::1", 80))), Errno::EADDRNOTAVAIL);
    assert_eq!(errno(connect(&caller, tcp(&caller), SocketAddress::name("a"))), Errno::EINVAL);
    let unix = socket(&caller, SocketDomain::Unix, SocketType::Stream);
    assert_eq!(errno(connect(&caller, unix, loopback(9))), Errno::EINVAL);
    let named = bind(&caller, tcp(&caller), SocketAddress::inet("example.com", 0));
    assert!(matches!(errno(named), Errno::EADDRNOTAVAIL | Errno::EACCES));
}

#[test]
fn a_socket_of_ipv6_works_where_the_machine_has_it() {
    if TcpListener::bind("[::1]:0").is_err() {
        println!("SKIPPED: this machine has no IPv6");
        return;
    }
    let kernel = kernel();
    let caller = kernel.trusted();
    let v6 = || socket(&caller, SocketDomain::Inet6, SocketType::Stream);
    let server = v6();
    let address = bind(&caller, server, SocketAddress::inet("::1", 0)).unwrap();
    caller.call(SocketListen { fd: server, backlog: 1 }).unwrap();
    let client = v6();
    let connected =
        connect(&caller, client, SocketAddress::inet("localhost", address.port().unwrap())).unwrap();
    assert_eq!(connected.peer, address);
    send(&caller, client, "six").unwrap();
    let accepted = accept(&caller, server).unwrap().fd;
    assert_eq!(recv(&caller, accepted).unwrap().as_str(), Some("six"));
}

#[test]
fn a_thousand_connections_at_one_time() {
    const COUNT: usize = 1_000;
    let kernel = kernel();
    let (server, client) = (kernel.trusted(), kernel.trusted());
    let (listening, address) = listener(&server, 1_024);
    let accepting = {
        let server = server.clone();
        let accept_all =
            move || (0..COUNT).map(|_| accept(&server, listening).unwrap().fd).collect::<Vec<_>>();
        std::thread::Builder::new().spawn(accept_all).unwrap()
    };
    let clients: Vec<Fd> = (0..COUNT)
        .map(|_| {
            let fd = tcp(&client);
            connect(&client, fd, address.clone()).unwrap();
            fd
        })
        .collect();
    let accepted = accepting.join().unwrap();
    assert_eq!(kernel.census_of_all().sockets as usize, 2 * COUNT + 1);
    // All wait at one time, without a thread each.
    let waiting: Vec<_> = accepted
        .iter()
        .map(|fd| {
            server.submit(SocketRecv { fd: *fd, size: 64, timeout_millis: Some(60_000) }.into()).unwrap()
        })
        .collect();
    for (at, fd) in clients.iter().enumerate() {
        send(&client, *fd, &at.to_string()).unwrap();
    }
    let mut heard: Vec<usize> = waiting
        .into_iter()
        .map(|task| {
            loop {
                match server.poll(task) {
                    Some(Ok(abi::Reply::SocketRecv(data))) => break data.as_str().unwrap().parse().unwrap(),
                    Some(other) => panic!("{other:?}"),
                    None => std::thread::yield_now(),
                }
            }
        })
        .collect();
    heard.sort_unstable();
    assert_eq!(heard, (0..COUNT).collect::<Vec<_>>());
    for fd in clients.iter().take(30) {
        client.call(SocketClose { fd: *fd }).unwrap();
    }
    // The descriptors of one process are limited, and a connection that finds no room waits in the backlog.
    let full = loop {
        match server.call(SocketCreate { domain: SocketDomain::Inet, kind: SocketType::Stream }) {
            Ok(_) => {}
            Err(why) => break why.errno,
        }
    };
    assert_eq!(full, Errno::EMFILE);
    assert_eq!(errno(accept(&server, listening)), Errno::EMFILE);
    kernel.terminate(server.pid()).unwrap();
    kernel.terminate(client.pid()).unwrap();
    assert_eq!(kernel.census_of_all().sockets, 0);
}
