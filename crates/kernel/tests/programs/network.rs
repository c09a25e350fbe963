//! The network of programs in a sandbox, with servers of this test on the loopback of the host: what its rules allow is
//! reached through the proxy, and nothing is reached past it.

use crate::{piped, read_all, until, wait};
use abi::{
    Capability, PathScope, Syscalls,
    table::{
        self, ConnectionState, Exit, GetNetwork, ListConnections, NetworkMode, NetworkWay, PortForward,
        QueryJournal, Sandbox, SocketAddress, Spawn,
    },
};
use agentos_kernel::{
    Caller,
    testing::{TestKernel, kernel},
};
use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    thread,
    time::Duration,
};

/// An app that may start shells and reach these hosts.
pub(crate) fn app(rules: &[&str]) -> (TestKernel, Caller) {
    app_with(rules, 0)
}

/// The same, and lead this port in.
fn app_with(rules: &[&str], port: u16) -> (TestKernel, Caller) {
    let kernel = kernel();
    let rules = rules.iter().map(|rule| (*rule).to_owned()).collect();
    let home = || PathScope("/home".into());
    let caller = kernel.process(vec![
        Capability::SpawnProcess(vec!["*".into()]),
        Capability::NetworkAccess(rules),
        Capability::BindPort(port),
        Capability::ReadFile(home()),
        Capability::ListDirectory(home()),
    ]);
    (kernel, caller)
}

pub(crate) fn sandboxed(script: &str, network: NetworkMode) -> Spawn {
    let sandbox = Sandbox { network, required: true, ..Sandbox::default() };
    Spawn { executable: "bash".into(), sandbox: Some(Box::new(sandbox)), ..piped(script) }
}

/// A server that says a word to whoever comes.
pub(crate) fn serving(word: &'static str) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let serve = move || {
        while let Ok((mut stream, _)) = listener.accept() {
            let _ = stream.write_all(word.as_bytes());
        }
    };
    drop(thread::Builder::new().name("server".into()).spawn(serve).unwrap());
    port
}

/// Asks the proxy for a tunnel and prints all that comes; then tries to go past it.
fn script(port: u16) -> String {
    format!(
        "exec 3<>/dev/tcp/127.0.0.1/3128 || exit 9
         printf 'CONNECT 127.0.0.1:{port} HTTP/1.1\\r\\n\\r\\n' >&3
         cat <&3
         (exec 4<>/dev/tcp/127.0.0.1/{port}) 2>/dev/null && echo past the proxy
         echo; echo $https_proxy $HTTPS_PROXY $no_proxy"
    )
}

pub(crate) fn what_its_app_may_is_reached_by_the_proxy_alone() {
    let (kernel, caller) = app(&["loopback"]);
    let port = serving("a word of the server");
    // The control: it is there, for who is outside.
    let mut heard = String::new();
    TcpStream::connect(("127.0.0.1", port)).unwrap().read_to_string(&mut heard).unwrap();
    assert_eq!(heard, "a word of the server");
    let started = caller.call(sandboxed(&script(port), NetworkMode::Filtered)).unwrap();
    let text = read_all(&caller, started.stdout.unwrap());
    assert!(text.contains("200 Connection established") && text.contains("a word of the server"), "{text}");
    assert!(!text.contains("past the proxy"), "{text}");
    assert!(text.contains("http://127.0.0.1:3128 http://127.0.0.1:3128 localhost,127.0.0.1"), "{text}");
    assert_eq!(wait(&caller, started.pid), Exit::Code(0));
    let query = |kind: &str| QueryJournal {
        app: None,
        cause: None,
        kind: Some(kind.into()),
        path: None,
        pid: Some(started.pid),
        since_millis: None,
        before: None,
        limit: 10,
    };
    let rows = kernel.trusted().call(query("network.allowed")).unwrap();
    assert_eq!(rows.len(), 1, "{rows:?}");
    assert_eq!(
        (rows[0].rule.as_deref(), rows[0].object.clone()),
        (Some("loopback"), format!("127.0.0.1:{port}"))
    );

    // The same, and the app may not.
    let (kernel, caller) = app(&["example.com"]);
    let started = caller.call(sandboxed(&script(port), NetworkMode::Filtered)).unwrap();
    let text = read_all(&caller, started.stdout.unwrap());
    assert!(text.contains("403 Forbidden") && text.contains("default-deny"), "{text}");
    assert!(!text.contains("a word") && !text.contains("past the proxy"), "{text}");
    wait(&caller, started.pid);
    let query = QueryJournal { kind: Some("denied".into()), pid: Some(started.pid), ..query("") };
    let rows = kernel.trusted().call(query).unwrap();
    assert_eq!((rows.len(), rows[0].call.as_str()), (1, "connect"), "{rows:?}");
}

pub(crate) fn a_port_of_this_machine_that_a_rule_names_is_the_hosts() {
    let (named, other) = (serving("named"), serving("other"));
    let (_kernel, caller) = app(&[&format!("127.0.0.1:{named}")]);
    // Without a proxy, as it is done to what is on the loopback.
    let script = format!(
        "exec 3<>/dev/tcp/127.0.0.1/{named} && cat <&3; echo; \
         (exec 3<>/dev/tcp/127.0.0.1/{other} && cat <&3) 2>/dev/null || echo refused"
    );
    let started = caller.call(sandboxed(&script, NetworkMode::Filtered)).unwrap();
    assert_eq!(read_all(&caller, started.stdout.unwrap()), "named\nrefused\n");
}

pub(crate) fn a_program_without_a_network_has_none() {
    let (_kernel, caller) = app(&["loopback"]);
    let port = serving("a word of the server");
    let started = caller.call(sandboxed(&script(port), NetworkMode::None)).unwrap();
    let text = read_all(&caller, started.stdout.unwrap());
    assert_eq!((text.as_str(), wait(&caller, started.pid)), ("", Exit::Code(9)));
    let (_kernel, caller) = app(&["loopback", "*", "private", "link-local"]);
    let script = format!("exec 3<>/dev/tcp/127.0.0.1/{port} && cat <&3");
    let started = caller.call(sandboxed(&script, NetworkMode::Shared)).unwrap();
    assert_eq!(read_all(&caller, started.stdout.unwrap()), "a word of the server", "shared is the host's");
}

pub(crate) fn a_port_of_the_host_leads_to_a_port_of_the_program() {
    if std::process::Command::new("python3").arg("-c").arg("").status().is_err() {
        eprintln!("SKIPPED: there is no python3 to listen at a port");
        return;
    }
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let (kernel, caller) = app_with(&["loopback"], free);
    let script = "exec /usr/bin/python3 -c '
import socket
s = socket.create_server((\"127.0.0.1\", 8000))
print(\"ready\", flush=True)
while True:
    c, _ = s.accept()
    c.sendall(b\"from the inside\")
    c.close()
'";
    let mut program = sandboxed(script, NetworkMode::Filtered);
    if let Some(sandbox) = &mut program.sandbox {
        sandbox.forward = vec![PortForward { host: free, program: 8000 }];
    }
    let started = caller.call(program).unwrap();
    let read = table::FdRead { fd: started.stdout.unwrap(), size: 100, timeout_millis: Some(20_000) };
    assert_eq!(caller.call(read).unwrap().as_str(), Some("ready\n"));
    let heard = |port: u16| {
        let mut text = String::new();
        let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        stream.read_to_string(&mut text).unwrap();
        text
    };
    assert_eq!(heard(free), "from the inside");
    let network = kernel.trusted().call(GetNetwork { pid: started.pid }).unwrap();
    assert_eq!((network.mode, network.proxy_port), (NetworkMode::Filtered, Some(3128)));
    assert_eq!(network.rules, ["loopback"]);
    assert_eq!(network.forwards, [PortForward { host: free, program: 8000 }]);
    let shell = kernel.trusted();
    let address = SocketAddress::inet("127.0.0.1".to_owned(), 0);
    let second = table::ForwardPort { pid: started.pid, address, port: 8000 };
    let second = shell.call(second).unwrap();
    assert_eq!(heard(second.host), "from the inside");
    shell.call(table::UnforwardPort { pid: started.pid, host_port: second.host }).unwrap();
    until("the port is closed", || TcpStream::connect(("127.0.0.1", second.host)).is_err());
    let seen = shell.call(ListConnections { pid: Some(started.pid), ended: true }).unwrap();
    assert!(seen.iter().any(|one| one.way == NetworkWay::Inward && one.state == ConnectionState::Closed));
    kernel.terminate(started.pid).unwrap();
    until("it goes with the program", || TcpStream::connect(("127.0.0.1", free)).is_err());
}

pub(crate) fn the_examples_about_networks_work() {
    let (kernel, caller) = app(&["loopback"]);
    let started = caller.call(sandboxed("exec sleep 1000", NetworkMode::Filtered)).unwrap();
    let shell = kernel.trusted();
    for name in ["list_connections", "get_network", "forward_port", "unforward_port", "close_connection"] {
        let mut example: serde_json::Value =
            serde_json::from_str(table::Row::by_name(name).unwrap().example).unwrap();
        example["pid"] = serde_json::json!(started.pid);
        let made = shell.call(GetNetwork { pid: started.pid }).unwrap().forwards;
        if let Some(forward) = made.first() {
            example["host_port"] = serde_json::json!(forward.host);
        }
        let reply = shell.dispatch(serde_json::from_value(example).unwrap());
        match name {
            // There is none.
            "close_connection" => assert_eq!(reply.unwrap_err().errno, abi::Errno::ENOENT),
            _ => drop(reply.unwrap_or_else(|why| panic!("{name}: {why}"))),
        }
    }
}
