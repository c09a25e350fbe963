//! Names in the filtered network, asked for by programs that know nothing of proxies: they get addresses that stand for
//! them, and host rules decide when they connect.

use crate::{
    network::{app, sandboxed, serving},
    read_all, until, wait,
};
use abi::table::{self, ConnectionState, Exit, FdRead, ListConnections, NetworkMode, NetworkWay};
use agentos_kernel::{Caller, network::Resolver, testing::TestKernel};
use std::{
    io,
    net::IpAddr,
    path::Path,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

/// Looks nothing up but one name, and remembers what was asked.
#[derive(Default)]
struct Book(Mutex<Vec<String>>);

impl Resolver for Book {
    fn resolve(&self, name: &str) -> io::Result<Vec<IpAddr>> {
        self.0.lock().unwrap().push(name.to_owned());
        match name {
            "files.test" => Ok(vec!["127.0.0.1".parse().unwrap()]),
            _ => Err(io::ErrorKind::NotFound.into()),
        }
    }
}

const ANSWER: &str = "HTTP/1.1 200 OK\r\nContent-Length: 7\r\nConnection: close\r\n\r\nanswer\n";

fn scene() -> (TestKernel, Caller, Arc<Book>, u16) {
    let (kernel, caller) = app(&["files.test", "loopback"]);
    let book = Arc::new(Book::default());
    kernel.set_resolver(book.clone());
    (kernel, caller, book, serving(ANSWER))
}

fn run(caller: &Caller, script: &str) -> (String, Exit) {
    let bare = format!(
        "unset ${{!http*}} ${{!HTTP*}} ${{!ALL*}} ${{!all*}} ${{!npm*}} NODE_USE_ENV_PROXY\n{script}"
    );
    let started = caller.call(sandboxed(&bare, NetworkMode::Filtered)).unwrap();
    let said = read_all(caller, started.stdout.unwrap());
    (said, wait(caller, started.pid))
}

/// A program, and what it is to do with a port.
fn programs(port: u16) -> Vec<(&'static str, String)> {
    vec![
        ("/usr/bin/getent", "getent hosts files.test | grep -q ^198.1 && echo answer".into()),
        ("/bin/bash", format!("exec 3<>/dev/tcp/files.test/{port} && cat <&3")),
        ("/usr/bin/curl", format!("curl -sS --max-time 20 --noproxy '*' http://files.test:{port}/")),
        ("/usr/bin/curl", format!("curl -sS -4 --max-time 20 --noproxy '*' http://files.test:{port}/")),
        (
            "/usr/bin/python3",
            format!("/usr/bin/python3 -c 'import urllib.request as u; print(u.urlopen(\"http://files.test:{port}/\").read())'"),
        ),
        (
            "/usr/bin/node",
            format!("node -e 'require(\"http\").get(\"http://files.test:{port}/\", r => r.pipe(process.stdout))'"),
        ),
        (
            // By its own resolver, which reads `resolv.conf` itself, as musl's and Go's do.
            "/usr/bin/node",
            "node -e 'require(\"dns\").resolve4(\"files.test\", (e, a) => console.log(e || /^198[.]1[89]/.test(a[0]) && \"answer\"))'"
                .into(),
        ),
        (
            // By TCP, and backwards.
            "/usr/bin/python3",
            "/usr/bin/python3 -c '
import socket, struct
name = b\"\\5files\\4test\\0\"
q = struct.pack(\">HHHHHH\", 7, 256, 1, 0, 0, 0) + name + struct.pack(\">HH\", 1, 1)
s = socket.create_connection((\"127.0.0.1\", 53))
s.sendall(struct.pack(\">H\", len(q)) + q)
a = s.recv(999)
ip = socket.inet_ntoa(a[-4:])
print(\"answer\" if socket.gethostbyaddr(ip)[0] == \"files.test\" else ip)'"
                .into(),
        ),
    ]
}

pub(crate) fn programs_that_know_no_proxy_reach_hosts_by_name() {
    let (_kernel, caller, book, port) = scene();
    for (program, script) in programs(port) {
        if !Path::new(program).exists() {
            eprintln!("SKIPPED: {program} is not installed");
            continue;
        }
        let (said, _) = run(&caller, &format!("({script}) 2>&1"));
        assert!(said.contains("answer"), "{script}: {said}");
    }
    if Path::new("/usr/local/bin/git").exists() || Path::new("/usr/bin/git").exists() {
        // It speaks to a server that is none for it: that it got there is what is asked.
        let (said, _) = run(&caller, &format!("git ls-remote http://files.test:{port}/x 2>&1"));
        assert!(said.contains("not valid") || said.contains("not found"), "{said}");
    }
    assert!(book.0.lock().unwrap().iter().all(|name| name == "files.test"));
}

pub(crate) fn a_name_that_no_rule_is_about_is_told_to_nobody() {
    let (tried, caller, book, port) = scene();
    let began = Instant::now();
    // Nobody is there to be asked, and what is denied is not asked about.
    let (kernel, denied) = app(&["files.test", "loopback", "!secret.test"]);
    kernel.set_resolver(book.clone());
    let (said, _) = run(
        &denied,
        &format!("getent hosts secret.test | grep -c 198.1; (exec 3<>/dev/tcp/secret.test/{port}) 2>&1"),
    );
    assert!(said.starts_with("1\n") && said.contains("Permission denied"), "{said}");
    // A name whose address nobody gave, an address that stands for nothing, datagrams, and what is not TCP.
    let script = "         (exec 3<>/dev/tcp/198.19.7.7/80) 2>&1 | grep -o 'Permission denied' | head -n 1
         (exec 3<>/dev/udp/192.0.2.7/53; echo x >&3) 2>&1 | grep -o unreachable | head -n 1
         /usr/bin/python3 -c '
import socket
for kind, protocol, send in [(2, 0, True), (2, 1, False), (3, 1, False)]:
    try:
        s = socket.socket(socket.AF_INET, kind, protocol)
        s.sendto(b\"x\", (\"192.0.2.8\", 443)) if send else None
        print(\"sent\")
    except OSError as e:
        print(\"refused\")'
         exec sleep 1000";
    let started = caller.call(sandboxed(script, NetworkMode::Filtered)).unwrap();
    let mut said = String::new();
    until("all was tried", || {
        let read = FdRead { fd: started.stdout.unwrap(), size: 1000, timeout_millis: Some(20_000) };
        said += caller.call(read).unwrap().as_str().unwrap();
        said.lines().count() == 5
    });
    assert_eq!(said, "Permission denied\nunreachable\nrefused\nrefused\nrefused\n");
    until("it is told", || {
        let all = tried.trusted().call(ListConnections { pid: Some(started.pid), ended: true }).unwrap();
        let lost = |host: &str| {
            all.iter().any(|one| {
                (one.way, one.state, one.host.as_str())
                    == (NetworkWay::Datagram, ConnectionState::Denied, host)
            })
        };
        lost("192.0.2.7") && lost("192.0.2.8") && lost("icmp")
    });
    let query = |kind: &str| table::QueryJournal {
        app: None,
        cause: None,
        kind: Some(kind.into()),
        path: None,
        pid: Some(started.pid),
        since_millis: None,
        before: None,
        limit: 100,
    };
    let rows = tried.trusted().call(query("denied")).unwrap();
    assert!(rows.iter().any(|row| row.object == "192.0.2.7:53"), "{rows:?}");
    tried.terminate(started.pid).unwrap();
    assert!(began.elapsed() < Duration::from_secs(12), "at once: {:?}", began.elapsed());
    assert_eq!(*book.0.lock().unwrap(), Vec::<String>::new());
}
