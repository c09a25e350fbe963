//! A proxy with a kernel around it, a program that is only a name, and servers on the loopback.

use crate::{
    Caller, NewProcess,
    core::Core,
    kernel::spawn,
    network::Resolver,
    process::Process,
    proxy::{Proxy, table::Patience},
    sync::lock,
    testing::{TestKernel, kernel},
};
use abi::{
    Capability, Syscalls,
    table::{
        Answer, AnswerCapabilityRequest, ConnectionState, JournalRow, ListCapabilityRequests,
        ListConnections, NetworkConnection, NetworkMode, NetworkWay, PortForward, ProcessKind, QueryJournal,
    },
};
use std::{
    io::{self, Read, Write},
    net::{IpAddr, Shutdown, TcpListener, TcpStream},
    os::unix::net::UnixStream,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

/// Longer than anything takes when all is well.
const LONG: Duration = Duration::from_secs(20);

struct Names;

impl Resolver for Names {
    fn resolve(&self, name: &str) -> io::Result<Vec<IpAddr>> {
        let addresses: &[&str] = match name {
            "files.test" => &["127.0.0.1"],
            "turned.test" => &["10.1.2.3", "127.0.0.1", "169.254.169.254", "::ffff:127.0.0.1"],
            "metadata.test" => &["169.254.169.254"],
            _ => return Err(io::ErrorKind::NotFound.into()),
        };
        Ok(addresses.iter().map(|address| address.parse().unwrap()).collect())
    }
}

struct Scene {
    kernel: TestKernel,
    owner: Caller,
    program: Arc<Process>,
    proxy: Arc<Proxy>,
}

fn access(rules: &[&str]) -> Capability {
    Capability::NetworkAccess(rules.iter().map(|rule| (*rule).to_owned()).collect())
}

/// A program of an app with these rules.
fn scene(rules: &[&str]) -> Scene {
    scene_with(rules, Patience::default())
}

fn scene_with(rules: &[&str], patience: Patience) -> Scene {
    let kernel = kernel();
    kernel.set_resolver(Arc::new(Names));
    let owner = kernel.process(vec![access(rules)]);
    let core: &Arc<Core> = owner.core();
    let new = NewProcess {
        name: "curl".into(),
        app: Some("test".into()),
        kind: ProcessKind::Host,
        capabilities: Vec::new(),
        parent: owner.pid(),
        cause: owner.cause(),
    };
    let program = spawn(core, &new).unwrap();
    *lock(&core.proxies.patience) = patience;
    let proxy = core.proxies.open(core, &program, owner.process(), None).unwrap();
    Scene { owner, program, proxy, kernel }
}

impl Scene {
    fn client(&self) -> UnixStream {
        let client = UnixStream::connect(self.proxy.socket().unwrap()).unwrap();
        client.set_read_timeout(Some(LONG)).unwrap();
        client
    }

    /// Asks for a tunnel; gives the client and the head of the answer.
    fn tunnel(&self, authority: &str) -> (UnixStream, String) {
        let mut client = self.client();
        write!(client, "CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n\r\n").unwrap();
        let head = head(&mut client);
        (client, head)
    }

    /// The whole answer to a tunnel that is refused.
    fn refusal(&self, authority: &str) -> String {
        let (mut client, mut answer) = self.tunnel(authority);
        client.read_to_string(&mut answer).unwrap();
        answer
    }

    fn connections(&self) -> Vec<NetworkConnection> {
        self.kernel.trusted().call(ListConnections { pid: Some(self.program.pid()), ended: true }).unwrap()
    }

    fn rows(&self, kind: &str) -> Vec<JournalRow> {
        let query = QueryJournal {
            app: None,
            cause: None,
            kind: Some(kind.into()),
            path: None,
            pid: Some(self.program.pid()),
            since_millis: None,
            before: None,
            limit: 100,
        };
        self.kernel.trusted().call(query).unwrap()
    }
}

fn head(stream: &mut impl Read) -> String {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).unwrap() == 1 {
        head.push(byte[0]);
    }
    String::from_utf8(head).unwrap()
}

fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + LONG;
    while !is_so() {
        assert!(Instant::now() < deadline, "{what}");
        thread::sleep(Duration::from_millis(2));
    }
}

fn in_thread(name: &str, act: impl FnOnce() + Send + 'static) {
    drop(thread::Builder::new().name(name.into()).spawn(act).unwrap());
}

/// A server that sends back what it gets; its port.
fn echo() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    in_thread("echo", move || {
        while let Ok((mut stream, _)) = listener.accept() {
            in_thread("echo-one", move || {
                let mut from = stream.try_clone().unwrap();
                let _ = io::copy(&mut from, &mut stream);
                let _ = stream.shutdown(Shutdown::Write);
            });
        }
    });
    port
}

fn say(stream: &mut (impl Read + Write), text: &[u8]) {
    stream.write_all(text).unwrap();
    let mut heard = vec![0; text.len()];
    stream.read_exact(&mut heard).unwrap();
    assert_eq!(heard, text);
}

#[test]
fn an_allowed_host_is_reached_and_everything_about_it_is_told() {
    let scene = scene(&["files.test", "loopback"]);
    let port = echo();
    let (mut client, answer) = scene.tunnel(&format!("files.test:{port}"));
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    say(&mut client, b"hello there");
    let open = &scene.connections()[0];
    assert_eq!(
        (open.state, open.way, open.host.as_str()),
        (ConnectionState::Open, NetworkWay::Tunnel, "files.test")
    );
    assert_eq!(open.address.as_deref(), Some(format!("127.0.0.1:{port}").as_str()));
    assert_eq!(open.rule.as_deref(), Some("files.test"));
    until("bytes are counted", || {
        let now = &scene.connections()[0];
        (now.sent_bytes, now.received_bytes) == (11, 11)
    });
    // One end leaves the other.
    client.write_all(b"and good bye").unwrap();
    client.shutdown(Shutdown::Write).unwrap();
    let mut rest = String::new();
    client.read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "and good bye");
    until("it is over", || scene.connections()[0].state == ConnectionState::Closed);
    let rows = scene.rows("network.allowed");
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].object, format!("files.test:{port}"));
    assert_eq!(rows[0].rule.as_deref(), Some("files.test"));
    assert_eq!(rows[0].cause, scene.owner.cause());
    scene.owner.core().proxies.verify_invariants();
}

#[test]
fn a_host_that_no_rule_is_about_is_refused_at_once_with_what_would_allow_it() {
    let scene = scene(&["files.test:443"]);
    for (authority, allows) in [
        ("other.test:443", "other.test:443/tcp"),
        ("files.test:80", "files.test:80/tcp"),
        ("192.0.2.7:443", "192.0.2.7:443/tcp"),
        ("127.0.0.1:443", "127.0.0.1:443/tcp"),
        ("localhost:443", "127.0.0.1:443/tcp"),
    ] {
        let began = Instant::now();
        let answer = scene.refusal(authority);
        assert!(answer.starts_with("HTTP/1.1 403 Forbidden\r\nProxy-Status: agentos; error="), "{answer}");
        assert!(answer.contains("default-deny") && answer.contains(allows), "{answer}");
        assert!(began.elapsed() < Duration::from_secs(2), "nobody is there to ask");
    }
    let denied = scene.rows("denied");
    // `localhost` is the address that it stands for.
    assert_eq!(denied.len(), 4, "{denied:?}");
    assert!(denied.iter().all(|row| row.call == "connect" && row.rule.as_deref() == Some("default-deny")));
    let past = scene.connections();
    assert!(past.iter().all(|connection| connection.state == ConnectionState::Denied), "{past:?}");
}

#[test]
fn socks_asks_for_names_and_addresses_and_hears_no_quickly() {
    let scene = scene(&["files.test", "loopback"]);
    let port = echo();
    let ask = |address: &[u8], port: u16| {
        let mut client = scene.client();
        client.write_all(&[5, 2, 2, 0]).unwrap();
        let mut two = [0; 2];
        client.read_exact(&mut two).unwrap();
        assert_eq!(two, [5, 0]);
        client.write_all(&[&[5, 1, 0], address, &port.to_be_bytes()].concat()).unwrap();
        let mut reply = [0; 10];
        client.read_exact(&mut reply).unwrap();
        (client, reply[1])
    };
    let name = |name: &str| [&[3, u8::try_from(name.len()).unwrap()], name.as_bytes()].concat();
    for address in [name("files.test"), name("127.0.0.1"), vec![1, 127, 0, 0, 1]] {
        let (mut client, reply) = ask(&address, port);
        assert_eq!(reply, 0);
        say(&mut client, b"over socks");
    }
    assert_eq!(ask(&name("other.test"), 80).1, 2, "not allowed");
    assert_eq!(ask(&[1, 10, 0, 0, 1], 80).1, 2);
    assert_eq!(ask(&[4, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1], 80).1, 2);
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    assert_eq!(ask(&[1, 127, 0, 0, 1], closed).1, 5, "refused by the host");
    let mut passwords_only = scene.client();
    passwords_only.write_all(&[5, 1, 2]).unwrap();
    let mut answer = Vec::new();
    passwords_only.read_to_end(&mut answer).unwrap();
    assert_eq!(answer, [5, 0xff]);
}

#[test]
fn a_name_that_leads_inside_is_refused_whatever_allows_the_name() {
    let scene = scene(&["*"]);
    let port = echo();
    for name in ["turned.test", "files.test", "metadata.test"] {
        let answer = scene.refusal(&format!("{name}:{port}"));
        assert!(answer.starts_with("HTTP/1.1 403 "), "{answer}");
    }
    let answer = scene.refusal("unknown.test:443");
    assert!(answer.starts_with("HTTP/1.1 502 ") && answer.contains("unknown.test"), "{answer}");
    // Of several addresses the one that is granted is taken, and no other.
    drop(scene);
    let scene = scene_of_turned();
    let (mut client, _) = scene.tunnel(&format!("turned.test:{port}"));
    say(&mut client, b"by its third address");
    assert_eq!(scene.connections()[0].address, Some(format!("127.0.0.1:{port}")));
}

fn scene_of_turned() -> Scene {
    scene(&["turned.test", "loopback"])
}

#[test]
fn a_rule_against_wins_and_metadata_needs_its_own_grant() {
    let scene = scene(&["*", "loopback", "link-local", "private", "!files.test", "!127.0.0.2"]);
    let port = echo();
    let answer = scene.refusal(&format!("files.test:{port}"));
    assert!(
        answer.contains("by the rule !files.test") && answer.contains("only the end of that rule"),
        "{answer}"
    );
    assert!(scene.refusal("127.0.0.2:80").contains("by the rule !127.0.0.2"));
    assert!(scene.refusal("169.254.169.254:80").starts_with("HTTP/1.1 403 "));
    assert!(scene.refusal("metadata.test:80").starts_with("HTTP/1.1 403 "));
    let (_client, answer) = scene.tunnel(&format!("127.0.0.1:{port}"));
    assert!(answer.starts_with("HTTP/1.1 200 "));
}

#[test]
fn a_request_with_a_whole_url_is_one_request_to_that_host() {
    let scene = scene(&["files.test", "loopback"]);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let mut client = scene.client();
    write!(
        client,
        "POST http://files.test:{port}/a?b HTTP/1.1\r\nHost: evil.test\r\nProxy-Connection: keep-alive\r\n\
         Content-Length: 4\r\n\r\nbody"
    )
    .unwrap();
    let (mut server, _) = listener.accept().unwrap();
    let asked = head(&mut server);
    assert!(
        asked.starts_with(&format!("POST /a?b HTTP/1.1\r\nHost: files.test:{port}\r\nConnection: close\r\n"))
    );
    assert!(!asked.contains("evil") && !asked.contains("Proxy"), "{asked}");
    let mut body = [0; 4];
    server.read_exact(&mut body).unwrap();
    assert_eq!(&body, b"body");
    server.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").unwrap();
    drop(server);
    let mut answer = String::new();
    client.read_to_string(&mut answer).unwrap();
    assert_eq!(answer, "HTTP/1.1 204 No Content\r\n\r\n");
}

#[test]
fn what_is_sent_ahead_arrives_first_and_garbage_harms_nobody() {
    let scene = scene(&["loopback"]);
    let port = echo();
    let mut client = scene.client();
    client.write_all(format!("CONNECT 127.0.0.1:{port} HTTP/1.1\r\n\r\nahead ").as_bytes()).unwrap();
    client.write_all(b"of time").unwrap();
    assert!(head(&mut client).starts_with("HTTP/1.1 200 "));
    let mut heard = [0; 13];
    client.read_exact(&mut heard).unwrap();
    assert_eq!(&heard, b"ahead of time");
    for garbage in [
        &b"\x16\x03\x01\x02\x00"[..],
        b"\x00",
        b"GET\r\n\r\n",
        &[b'A'; 40_000],
        b"\x04\x01\x00\x50\x7f\x00\x00\x01\x00",
        b"\x05\x01",
    ] {
        let mut client = scene.client();
        // It may hang up before it has heard it all.
        let _ = client.write_all(garbage);
        let _ = client.shutdown(Shutdown::Write);
        let mut answer = Vec::new();
        let _ = client.read_to_end(&mut answer);
        assert!(!answer.starts_with(b"HTTP/1.1 200"), "{garbage:?}");
    }
    // Two requests at once: the second goes to the host of the first, as what it is: bytes.
    let (mut client, _) = scene.tunnel(&format!("127.0.0.1:{port}"));
    say(&mut client, b"CONNECT other.test:443 HTTP/1.1\r\n\r\n");
}

#[test]
fn who_says_nothing_is_hung_up_on_and_others_are_served_meanwhile() {
    let patience = Patience { handshake: Duration::from_millis(400), ..Patience::default() };
    let scene = scene_with(&["loopback"], patience);
    let port = echo();
    let mut slow: Vec<UnixStream> = (0..100).map(|_| scene.client()).collect();
    for client in &mut slow {
        client.write_all(b"CONNECT ").unwrap();
    }
    let (mut client, _) = scene.tunnel(&format!("127.0.0.1:{port}"));
    say(&mut client, b"served");
    for mut client in slow {
        let mut answer = String::new();
        client.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    }
    say(&mut client, b"still there");
}

#[test]
fn more_connections_than_fit_wait_for_room() {
    let scene = scene(&["loopback"]);
    let port = echo();
    let mut held: Vec<UnixStream> = Vec::new();
    for _ in 0..super::super::serve::MOST_CONNECTIONS {
        held.push(scene.tunnel(&format!("127.0.0.1:{port}")).0);
    }
    let mut waiting = scene.client();
    write!(waiting, "CONNECT 127.0.0.1:{port} HTTP/1.1\r\n\r\n").unwrap();
    waiting.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
    assert!(waiting.read(&mut [0]).is_err(), "there is no room");
    held.truncate(10);
    waiting.set_read_timeout(Some(LONG)).unwrap();
    assert!(head(&mut waiting).starts_with("HTTP/1.1 200 "));
    scene.owner.core().proxies.verify_invariants();
}

#[test]
fn a_right_that_is_taken_ends_what_runs_and_one_that_is_given_holds_from_the_next_on() {
    let scene = scene(&["loopback"]);
    let port = echo();
    let target = format!("127.0.0.1:{port}");
    let (mut client, _) = scene.tunnel(&target);
    say(&mut client, b"before");
    let shell = scene.kernel.trusted();
    let right = access(&["127.0.0.1"]);
    let revoke = abi::table::RevokeCapability { pid: scene.owner.pid(), capability: right.clone() };
    shell.call(revoke).unwrap();
    assert_eq!(client.read(&mut [0]).unwrap_or(0), 0, "it is closed");
    until("and told", || {
        scene.connections().iter().any(|one| one.why.as_deref() == Some("the right was taken"))
    });
    assert!(scene.refusal(&target).contains("revoked 127.0.0.1"));
    let grant =
        abi::table::GrantCapability { pid: scene.owner.pid(), capability: right, answer: Answer::Run };
    shell.call(grant).unwrap();
    let (mut client, _) = scene.tunnel(&target);
    say(&mut client, b"after");
}

#[test]
fn a_connection_can_be_closed_by_its_number() {
    let scene = scene(&["loopback"]);
    let (mut client, _) = scene.tunnel(&format!("127.0.0.1:{}", echo()));
    let connection = scene.connections()[0].connection;
    let shell = scene.kernel.trusted();
    let pid = scene.program.pid();
    shell.call(abi::table::CloseConnection { pid, connection }).unwrap();
    assert_eq!(client.read(&mut [0]).unwrap_or(0), 0);
    until("it is over", || scene.connections()[0].state == ConnectionState::Closed);
    let again = shell.call(abi::table::CloseConnection { pid, connection }).unwrap_err();
    assert_eq!(again.errno, abi::Errno::ENOENT);
}

/// Waits for a question and answers it; gives what was asked for.
fn answer(shell: &Caller, answer: Answer) -> Capability {
    let mut asked = Vec::new();
    until("somebody is asked", || {
        asked = shell.call(ListCapabilityRequests {}).unwrap();
        !asked.is_empty()
    });
    shell.call(AnswerCapabilityRequest { request: asked[0].request, answer }).unwrap();
    asked[0].capability.clone()
}

#[test]
fn an_unknown_host_is_asked_about_and_held_until_the_answer() {
    let scene = scene(&["loopback"]);
    let port = echo();
    let shell = scene.kernel.trusted();
    // From now on somebody answers.
    assert!(shell.call(ListCapabilityRequests {}).unwrap().is_empty());
    let mut client = scene.client();
    write!(client, "CONNECT files.test:{port} HTTP/1.1\r\n\r\n").unwrap();
    until("it is held", || scene.connections().iter().any(|one| one.state == ConnectionState::Held));
    assert_eq!(answer(&shell, Answer::Run), access(&[&format!("files.test:{port}/tcp")]));
    assert!(head(&mut client).starts_with("HTTP/1.1 200 "));
    say(&mut client, b"after the answer");
    // The next one is not asked about.
    let (_client, head) = scene.tunnel(&format!("files.test:{port}"));
    assert!(head.starts_with("HTTP/1.1 200 "));

    let mut refused = scene.client();
    write!(refused, "CONNECT other.test:443 HTTP/1.1\r\n\r\n").unwrap();
    answer(&shell, Answer::Deny);
    let mut text = String::new();
    refused.read_to_string(&mut text).unwrap();
    assert!(text.starts_with("HTTP/1.1 403 ") && text.contains("answer deny"), "{text}");
    let again = Instant::now();
    assert!(scene.refusal("other.test:443").starts_with("HTTP/1.1 403 "));
    assert!(again.elapsed() < Duration::from_secs(2), "a no is not asked about again");
}

#[test]
fn once_is_for_one_connection() {
    let scene = scene(&["loopback"]);
    let port = echo();
    let shell = scene.kernel.trusted();
    shell.call(ListCapabilityRequests {}).unwrap();
    let mut client = scene.client();
    write!(client, "CONNECT files.test:{port} HTTP/1.1\r\n\r\n").unwrap();
    answer(&shell, Answer::Once);
    assert!(head(&mut client).starts_with("HTTP/1.1 200 "));
    // It goes on when other rights change.
    let revoke = abi::table::RevokeCapability { pid: scene.owner.pid(), capability: access(&["192.0.2.1"]) };
    shell.call(revoke).unwrap();
    say(&mut client, b"still there");
    let mut second = scene.client();
    write!(second, "CONNECT files.test:{port} HTTP/1.1\r\n\r\n").unwrap();
    answer(&shell, Answer::Deny);
    assert!(head(&mut second).starts_with("HTTP/1.1 403 "));
}

#[test]
fn nobody_answers_in_time_and_who_hangs_up_takes_the_question_back() {
    let patience = Patience { answer: Duration::from_millis(300), ..Patience::default() };
    let scene = scene_with(&[], patience);
    let shell = scene.kernel.trusted();
    shell.call(ListCapabilityRequests {}).unwrap();
    let answer = scene.refusal("files.test:443");
    assert!(answer.starts_with("HTTP/1.1 403 ") && answer.contains("\r\nRetry-After: 15\r\n"), "{answer}");
    assert!(answer.contains("not reached yet") && answer.contains("try again"), "{answer}");
    // Addresses that no answer opens are not asked about.
    assert!(!scene.refusal("169.254.169.254:80").contains("Retry-After"));
    drop(scene);

    let scene = scene_with(&[], Patience::default());
    let shell = scene.kernel.trusted();
    shell.call(ListCapabilityRequests {}).unwrap();
    let mut client = scene.client();
    write!(client, "CONNECT files.test:443 HTTP/1.1\r\n\r\n").unwrap();
    until("it is asked", || !shell.call(ListCapabilityRequests {}).unwrap().is_empty());
    drop(client);
    until("it is not asked any more", || shell.call(ListCapabilityRequests {}).unwrap().is_empty());
}

#[test]
fn everything_goes_with_the_program() {
    let scene = scene(&["loopback"]);
    let (mut client, _) = scene.tunnel(&format!("127.0.0.1:{}", echo()));
    let socket = scene.proxy.socket().unwrap();
    assert!(socket.exists());
    let mode = std::os::unix::fs::PermissionsExt::mode(
        &std::fs::metadata(socket.parent().unwrap().parent().unwrap()).unwrap().permissions(),
    );
    assert_eq!(mode & 0o777, 0o700, "only the owner and who has the folder in its view gets there");
    scene.kernel.terminate(scene.program.pid()).unwrap();
    assert_eq!(client.read(&mut [0]).unwrap_or(0), 0);
    assert!(!socket.parent().unwrap().exists());
    assert!(UnixStream::connect(&socket).is_err());
    until("nothing is held", || scene.kernel.census(scene.program.pid()).connections == 0);
}

#[test]
fn a_relay_carries_out_and_in() {
    let scene = scene(&["loopback"]);
    let relay = sandbox::Relay::listen(0).unwrap();
    let (port, socket) = (relay.port(), scene.proxy.socket().unwrap());
    in_thread("test-relay", move || relay.run(&socket));
    let mut client = TcpStream::connect(("127.0.0.1", port)).unwrap();
    write!(client, "CONNECT 127.0.0.1:{} HTTP/1.1\r\n\r\n", echo()).unwrap();
    assert!(head(&mut client).starts_with("HTTP/1.1 200 "));
    say(&mut client, b"through the relay");

    let inside = echo();
    let core = scene.owner.core();
    let forward = scene.proxy.forward(core, PortForward { host: 0, program: inside }).unwrap();
    for turn in 0..3_u8 {
        let mut guest = TcpStream::connect(("127.0.0.1", forward.host)).unwrap();
        guest.set_read_timeout(Some(LONG)).unwrap();
        say(&mut guest, &[turn; 100]);
    }
    assert_eq!(scene.proxy.forwards(), [forward]);
    assert!(scene.connections().iter().any(|one| one.way == NetworkWay::Inward && one.port == inside));
    scene.proxy.unforward(forward.host).unwrap();
    until("the port is closed", || TcpStream::connect(("127.0.0.1", forward.host)).is_err());
    assert_eq!(scene.proxy.unforward(forward.host).unwrap_err().errno, abi::Errno::ENOENT);
    assert_eq!(scene.proxy.mode(), NetworkMode::Filtered);
}

#[test]
fn a_kernel_that_comes_back_serves_at_the_same_place() {
    let scene = scene(&["loopback"]);
    let (core, place) = (scene.owner.core(), scene.proxy.place().unwrap());
    let socket = scene.proxy.socket().unwrap();
    core.proxies.release(scene.program.pid(), true);
    until("nobody is there", || UnixStream::connect(&socket).is_err());
    core.proxies.sweep(&[]);
    let again = core.proxies.open(core, &scene.program, scene.owner.process(), Some(&place)).unwrap();
    assert_eq!(again.socket(), Some(socket));
    let (mut client, _) = scene.tunnel(&format!("127.0.0.1:{}", echo()));
    say(&mut client, b"again");
    for wrong in ["", "../home", "a/b", "x"] {
        assert!(
            core.proxies.open(core, &scene.program, scene.owner.process(), Some(wrong)).is_err(),
            "{wrong}"
        );
    }
}
