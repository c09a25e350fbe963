//! Every form of a network rule against every call that reaches out or lets in, both ways.

use abi::{
    Bytes, Capability, Errno, Fd, SysResult, Syscalls,
    table::{
        HttpMethod, NetworkRequest, NetworkResponse, SocketAccept, SocketAddress, SocketBind, SocketConnect,
        SocketCreate, SocketDomain, SocketListen, SocketRecv, SocketSend, SocketSendTo, SocketType,
    },
};
use agentos_kernel::{
    Caller,
    network::{CheckedRequest, NetClient, NetFuture, Resolver},
    testing::{TestKernel, kernel},
};
use std::{
    collections::BTreeMap,
    io,
    net::{IpAddr, TcpListener},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
};

fn access(rules: &[&str]) -> Capability {
    Capability::NetworkAccess(rules.iter().map(|rule| (*rule).to_owned()).collect())
}

fn errno<T: std::fmt::Debug>(result: SysResult<T>) -> Errno {
    result.unwrap_err().errno
}

fn socket(caller: &Caller, kind: SocketType) -> Fd {
    caller.call(SocketCreate { domain: SocketDomain::Inet, kind }).unwrap()
}

/// Knows a few names, and counts who asks.
#[derive(Default)]
struct Names {
    asked: AtomicU32,
}

impl Resolver for Names {
    fn resolve(&self, name: &str) -> io::Result<Vec<IpAddr>> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        let addresses: &[&str] = match name {
            "inside.test" | "www.inside.test" => &["127.0.0.1"],
            "several.test" => &["127.0.0.2", "127.0.0.3", "127.0.0.1"],
            "mixed.test" => &["10.255.255.1", "127.0.0.1"],
            "empty.test" => &[],
            _ => return Err(io::Error::other("no such name")),
        };
        Ok(addresses.iter().map(|address| address.parse().unwrap()).collect())
    }
}

fn connect(caller: &Caller, host: &str, port: u16) -> SysResult<()> {
    let fd = socket(caller, SocketType::Stream);
    let address = SocketAddress::inet(host, port);
    let result = caller.call(SocketConnect { fd, address, timeout_millis: Some(5_000) }).map(drop);
    caller.call(abi::table::SocketClose { fd }).unwrap();
    result
}

fn send_to(caller: &Caller, host: &str, port: u16) -> SysResult<()> {
    let fd = socket(caller, SocketType::Datagram);
    let address = SocketAddress::inet(host, port);
    let call = SocketSendTo { fd, data: Bytes::from("x"), address, timeout_millis: Some(5_000) };
    let result = caller.call(call).map(drop);
    caller.call(abi::table::SocketClose { fd }).unwrap();
    result
}

fn bind(caller: &Caller, kind: SocketType, host: &str, port: u16) -> SysResult<()> {
    let fd = socket(caller, kind);
    let result = caller.call(SocketBind { fd, address: SocketAddress::inet(host, port) }).map(drop);
    caller.call(abi::table::SocketClose { fd }).unwrap();
    result
}

fn is_denied(result: SysResult<()>) -> bool {
    match result {
        Ok(()) => false,
        Err(why) => {
            // Whatever the host says after the gate let it through is no denial.
            let denied = why.errno == Errno::EACCES;
            assert!(!denied || why.detail.contains("would allow it"), "{why}");
            denied
        }
    }
}

#[test]
fn every_form_of_a_rule_decides_every_call() {
    let kernel = kernel();
    let names = Arc::new(Names::default());
    kernel.set_resolver(names);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let other = if port == u16::MAX { port - 1 } else { port + 1 };
    let (from, to) = (port.saturating_sub(1).max(1), port.saturating_add(1));
    // Rules, then whether TCP and UDP to 127.0.0.1 at the port, and the name, are allowed.
    let table: Vec<(Vec<String>, bool, bool, bool)> = vec![
        (vec![], false, false, false),
        (vec!["*".into()], false, false, false),
        (vec!["0.0.0.0/0".into()], false, false, false),
        (vec!["private".into()], false, false, false),
        (vec!["link-local".into()], false, false, false),
        (vec!["loopback".into()], true, true, false),
        (vec!["localhost".into()], true, true, false),
        (vec!["127.0.0.1".into()], true, true, false),
        (vec!["127.0.0.0/8".into()], true, true, false),
        (vec!["[::1]".into()], false, false, false),
        (vec![format!("127.0.0.1:{port}")], true, true, false),
        (vec![format!("loopback:{other}")], false, false, false),
        (vec![format!("loopback:{from}-{to}")], true, true, false),
        (vec![format!("loopback:{port}/tcp")], true, false, false),
        (vec!["loopback/udp".into()], false, true, false),
        (vec!["loopback".into(), "inside.test".into()], true, true, true),
        (vec!["loopback".into(), "*.test".into()], true, true, true),
        (vec!["loopback".into(), "*".into()], true, true, true),
        (vec!["inside.test".into()], false, false, false),
        (vec!["loopback".into(), "*.inside.test".into()], true, true, false),
        (vec!["loopback".into(), "*".into(), "!inside.test".into()], true, true, false),
        (vec!["loopback".into(), "*".into(), "!*.test".into()], true, true, false),
        (vec!["loopback".into(), "*".into(), "!127.0.0.0/8".into()], false, false, false),
        (vec!["loopback".into(), "!loopback/tcp".into()], false, true, false),
        (vec!["loopback".into(), format!("!*:{port}")], false, false, false),
        (vec!["loopback".into(), "!*".into()], false, false, false),
    ];
    for (rules, tcp, udp, name) in table {
        let texts: Vec<&str> = rules.iter().map(String::as_str).collect();
        let caller = kernel.process(vec![access(&texts), Capability::BindPort(port)]);
        let expect = |what: &str, result: SysResult<()>, allowed: bool| {
            assert_eq!(!is_denied(result), allowed, "{what} under {rules:?}");
        };
        expect("connect", connect(&caller, "127.0.0.1", port), tcp);
        expect("connect localhost", connect(&caller, "localhost", port), tcp);
        expect("sendto", send_to(&caller, "127.0.0.1", port), udp);
        expect("bind tcp", bind(&caller, SocketType::Stream, "127.0.0.1", port), tcp);
        expect("bind udp", bind(&caller, SocketType::Datagram, "127.0.0.1", port), udp);
        expect("connect by name", connect(&caller, "inside.test", port), name && tcp);
        expect("sendto by name", send_to(&caller, "inside.test", port), name && udp);
        let request = NetworkRequest {
            url: format!("http://inside.test:{port}/"),
            method: HttpMethod::Get,
            headers: BTreeMap::new(),
            body: Bytes::default(),
            max_bytes: 1_000,
            timeout_millis: Some(5_000),
        };
        // Without a client, what is let through ends at ENOSYS; the address is judged when there is one.
        kernel.set_net_client(Some(Arc::new(Seen::default())));
        expect("network_request", caller.call(request).map(drop), name && tcp);
        // Never, whatever is granted above.
        assert!(is_denied(connect(&caller, "169.254.169.254", 80)));
        assert!(is_denied(bind(&caller, SocketType::Stream, "0.0.0.0", port)));
    }
}

#[test]
fn a_port_needs_its_own_right() {
    let kernel = kernel();
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let caller = kernel.process(vec![access(&["loopback"]), Capability::BindPort(free)]);
    for kind in [SocketType::Stream, SocketType::Datagram] {
        bind(&caller, kind, "127.0.0.1", free).unwrap();
        let refused = bind(&caller, kind, "127.0.0.1", 0).unwrap_err();
        assert!(refused.errno == Errno::EACCES && refused.detail.contains(r#"{"BindPort":0}"#), "{refused}");
    }
    let caller = kernel.process(vec![access(&["loopback"]), Capability::BindPort(0)]);
    bind(&caller, SocketType::Stream, "127.0.0.1", 0).unwrap();
    assert_eq!(errno(bind(&caller, SocketType::Stream, "127.0.0.1", free)), Errno::EACCES);
    // All interfaces only by their own literal.
    let caller = kernel.process(vec![access(&["0.0.0.0"]), Capability::BindPort(0)]);
    bind(&caller, SocketType::Stream, "0.0.0.0", 0).unwrap();
}

#[test]
fn names_need_their_own_right_both_ways() {
    let kernel = kernel();
    let unix = |caller: &Caller| {
        caller.call(SocketCreate { domain: SocketDomain::Unix, kind: SocketType::Stream }).unwrap()
    };
    let server = kernel.process(vec![Capability::ReceiveMessage("notes".into())]);
    let bind = |name: &str| server.call(SocketBind { fd: unix(&server), address: SocketAddress::name(name) });
    assert_eq!(errno(bind("other")), Errno::EACCES);
    let fd = unix(&server);
    server.call(SocketBind { fd, address: SocketAddress::name("notes.v1") }).unwrap();
    server.call(SocketListen { fd, backlog: 1 }).unwrap();
    let connect = |caller: &Caller| {
        let address = SocketAddress::name("notes.v1");
        caller.call(SocketConnect { fd: unix(caller), address, timeout_millis: Some(5_000) })
    };
    assert_eq!(errno(connect(&server)), Errno::EACCES);
    connect(&kernel.process(vec![Capability::SendMessage("notes".into())])).unwrap();
}

#[test]
fn a_name_is_looked_up_once_and_only_if_it_is_granted() {
    let kernel = kernel();
    let names = Arc::new(Names::default());
    kernel.set_resolver(names.clone());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    // A look-up tells the name to others, so it is a right of its own.
    let stranger = kernel.process(vec![access(&["loopback", "private", "0.0.0.0/0"])]);
    assert!(is_denied(connect(&stranger, "secret.attacker.test", 443)));
    assert!(is_denied(send_to(&stranger, "secret.attacker.test", 53)));
    assert_eq!(names.asked.load(Ordering::Relaxed), 0);
    let caller = kernel.process(vec![access(&["*", "loopback"])]);
    connect(&caller, "INSIDE.test.", port).unwrap();
    assert_eq!(names.asked.load(Ordering::Relaxed), 1);
    // Of several addresses one that is allowed is taken.
    connect(&caller, "mixed.test", port).unwrap();
    assert_eq!(errno(connect(&caller, "empty.test", port)), Errno::EADDRNOTAVAIL);
    assert_eq!(errno(connect(&caller, "unknown.test", port)), Errno::EADDRNOTAVAIL);
    // A name that points inwards, for who may only go outwards; the denial says what would allow it.
    let outward = kernel.process(vec![access(&["*"])]);
    let refused = connect(&outward, "inside.test", port).unwrap_err();
    let would = format!("127.0.0.1:{port}/tcp");
    assert!(refused.errno == Errno::EACCES && refused.detail.contains(&would), "{refused}");
    let allowed = kernel.process(vec![access(&["*", &would])]);
    connect(&allowed, "inside.test", port).unwrap();
}

#[test]
fn an_address_that_refuses_is_followed_by_the_next_that_is_allowed() {
    let kernel = kernel();
    kernel.set_resolver(Arc::new(Names::default()));
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let caller = kernel.process(vec![access(&["several.test", "loopback"])]);
    let fd = socket(&caller, SocketType::Stream);
    let address = SocketAddress::inet("several.test", port);
    let connect_to =
        |fd| caller.call(SocketConnect { fd, address: address.clone(), timeout_millis: Some(5_000) });
    let connected = connect_to(fd).unwrap();
    assert_eq!(connected.peer, SocketAddress::inet("127.0.0.1", port));
    // It is a connection like others.
    let (mut peer, _) = listener.accept().unwrap();
    io::Write::write_all(&mut peer, b"hello").unwrap();
    let received = caller.call(SocketRecv { fd, size: 10, timeout_millis: Some(5_000) }).unwrap();
    assert_eq!(received.as_str(), Some("hello"));
    // One that is not allowed is not tried: what is told is the refusal of those that are.
    let rules = ["several.test", "127.0.0.2", "127.0.0.3"];
    let narrow = kernel.process(vec![access(&rules)]);
    assert_eq!(errno(connect(&narrow, "several.test", port)), Errno::ECONNREFUSED);
    drop(listener);
    let fd = socket(&caller, SocketType::Stream);
    assert_eq!(errno(connect_to(fd)), Errno::ECONNREFUSED, "nobody is there at any of them");
    assert_eq!(errno(connect_to(fd)), Errno::EINVAL, "it failed for good");
}

#[test]
fn a_withdrawn_right_ends_open_connections_at_their_next_call() {
    let kernel = kernel();
    let caller = kernel.process(vec![access(&["loopback"]), Capability::BindPort(0)]);
    let listening = socket(&caller, SocketType::Stream);
    let address =
        caller.call(SocketBind { fd: listening, address: SocketAddress::inet("127.0.0.1", 0) }).unwrap();
    caller.call(SocketListen { fd: listening, backlog: 2 }).unwrap();
    let fd = socket(&caller, SocketType::Stream);
    caller.call(SocketConnect { fd, address, timeout_millis: Some(5_000) }).unwrap();
    let accepted = caller.call(SocketAccept { fd: listening, timeout_millis: Some(5_000) }).unwrap().fd;
    let send = |fd| caller.call(SocketSend { fd, data: Bytes::from("x"), timeout_millis: Some(0) });
    let recv = |fd| caller.call(SocketRecv { fd, size: 1, timeout_millis: Some(5_000) });
    for _ in 0..50 {
        send(fd).unwrap();
        recv(accepted).unwrap();
    }
    kernel.revoke(caller.pid(), &Capability::BindPort(0)).unwrap();
    assert_eq!(errno(recv(accepted)), Errno::EACCES, "it was accepted under the port's right");
    assert_eq!(errno(caller.call(SocketAccept { fd: listening, timeout_millis: Some(0) })), Errno::EACCES);
    send(fd).unwrap();
    kernel.revoke(caller.pid(), &access(&["127.0.0.0/8"])).unwrap();
    assert_eq!(errno(send(fd)), Errno::EACCES);
    let write = abi::table::FdWrite { fd, data: Bytes::from("x") };
    assert_eq!(errno(caller.call(write)), Errno::EACCES, "nor by the other way to write");
}

/// A client that only remembers what it was asked.
#[derive(Default)]
struct Seen(Mutex<Vec<CheckedRequest>>);

impl NetClient for Seen {
    fn request(&self, request: CheckedRequest) -> NetFuture {
        self.0.lock().unwrap().push(request);
        Box::pin(async { Ok(NetworkResponse { status: 204, ..NetworkResponse::default() }) })
    }
}

fn request(
    kernel: &TestKernel,
    rules: &[&str],
    url: &str,
    headers: &[(&str, &str)],
) -> SysResult<NetworkResponse> {
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    kernel.process(vec![access(rules)]).call(NetworkRequest {
        url: url.to_owned(),
        method: HttpMethod::Post,
        headers,
        body: Bytes::from("body"),
        max_bytes: u64::MAX,
        timeout_millis: Some(5_000),
    })
}

#[test]
fn a_client_gets_only_requests_and_addresses_that_were_judged() {
    let kernel = kernel();
    kernel.set_resolver(Arc::new(Names::default()));
    let allowed = &["*.test", "loopback:80/tcp"];
    assert_eq!(errno(request(&kernel, allowed, "http://inside.test/", &[])), Errno::ENOSYS);
    let seen = Arc::new(Seen::default());
    kernel.set_net_client(Some(seen.clone()));
    assert_eq!(
        request(&kernel, allowed, "http://mixed.test/a?b", &[("Accept", "text/plain")]).unwrap().status,
        204
    );
    let asked = seen.0.lock().unwrap().pop().unwrap();
    assert_eq!(asked.addresses, ["127.0.0.1:80".parse().unwrap()], "the private one was not granted");
    assert_eq!((asked.host.as_str(), asked.url.as_str()), ("mixed.test", "http://mixed.test/a?b"));
    assert!(asked.max_bytes <= 64 << 20);
    for (url, expected) in [
        ("https://inside.test/", Errno::EACCES),
        ("http://other.org/", Errno::EACCES),
        ("http://169.254.169.254/latest/meta-data", Errno::EACCES),
        ("http://empty.test/", Errno::EADDRNOTAVAIL),
        ("file:///etc/passwd", Errno::EINVAL),
        ("http://user@inside.test/", Errno::EINVAL),
    ] {
        assert_eq!(errno(request(&kernel, allowed, url, &[])), expected, "{url}");
    }
    for header in [("Host", "evil.org"), ("a b", "c"), ("a", "b\r\nHost: evil.org"), ("", "x")] {
        assert_eq!(errno(request(&kernel, allowed, "http://inside.test/", &[header])), Errno::EINVAL);
    }
    assert!(seen.0.lock().unwrap().is_empty());
}
