//! Private and bridged networks of the product, on a host of this test's own: a network namespace with a world behind
//! it, in which nothing of the real host is touched. Programs are sandboxed and started by a desktop that runs, that
//! is killed, and that starts again. Needs root, `unshare`, `ip`, `nft` and `python3`; without one of them that is said.

use serde_json::{Value, json};
use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::Path,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    time::{Duration, Instant},
};

/// Far beyond what anything here takes; reached only when something hangs.
const PATIENCE: Duration = Duration::from_secs(60);
/// An address of the internet, which is in the world of this test; it answers questions about names, too.
const OUTSIDE: &str = "8.8.4.4";
/// An address of the inside of somebody's network.
const INSIDE: &str = "10.9.9.9";
/// Where the host has a service of its own.
const SERVICE: u16 = 8080;

/// Servers that say who came, and one for names, for which all names are [`OUTSIDE`].
const SERVERS: &str = "\
import socket, sys, threading
def serve(address):
    s = socket.create_server(address)
    while True:
        c, peer = s.accept()
        c.sendall(('peer ' + peer[0] + '\\n').encode()); c.close()
def names(address):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind((address, 53))
    while True:
        q, peer = s.recvfrom(999)
        end = q.index(b'\\0', 12) + 5
        head = q[:2] + b'\\x84\\0\\0\\1'
        if q[end - 4:end - 2] == b'\\0\\1':
            s.sendto(head + b'\\0\\1\\0\\0\\0\\0' + q[12:end] + b'\\xc0\\x0c\\0\\1\\0\\1\\0\\0\\0\\x3c\\0\\4' + socket.inet_aton(address), peer)
        else:
            s.sendto(head + b'\\0\\0\\0\\0\\0\\0' + q[12:end], peer)
for a in sys.argv[1:]:
    if a.startswith('names '): threading.Thread(target=names, args=(a[6:],)).start()
    else:
        host, port = a.split(':')
        threading.Thread(target=serve, args=((host, int(port)),)).start()
print('ready', flush=True)
";

/// Runs a test again, alone, in namespaces of its own.
fn in_a_world_of_its_own(test: &str) {
    let is_there = |tool: &str| {
        ["/usr/sbin", "/sbin", "/usr/bin", "/bin"].iter().any(|folder| Path::new(folder).join(tool).exists())
    };
    let missing: Vec<_> =
        ["unshare", "ip", "nft", "python3"].into_iter().filter(|tool| !is_there(tool)).collect();
    let is_root = fs::metadata("/proc/self").is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0);
    if !is_root || !missing.is_empty() {
        eprintln!("SKIPPED: private and bridged networks need root (here: {is_root}) and {missing:?}");
        return;
    }
    let output = Command::new("unshare")
        .args(["--net", "--mount", "--propagation", "private"])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", test, "--ignored", "--nocapture"])
        .output()
        .unwrap();
    let text =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && text.contains("1 passed"), "{text}");
}

/// A process of the test's that ends with it.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn ip(lines: &str, within: Option<&str>) {
    let mut command = Command::new("ip");
    command.args(within.iter().flat_map(|name| ["-n", name])).args(["-batch", "-"]);
    let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(lines.as_bytes()).unwrap();
    assert!(child.wait().unwrap().success(), "{lines}");
}

fn servers(program: &[&str], addresses: &[String]) -> Running {
    let mut command = Command::new(program[0]);
    command.args(&program[1..]).args(["/usr/bin/python3", "-c", SERVERS]).args(addresses);
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert_eq!(line, "ready\n");
    Running(child)
}

/// A host with a way out and a service of its own, behind which there are two servers.
fn make_world() -> [Running; 2] {
    let _ = fs::create_dir_all("/run/netns");
    let mounted = Command::new("mount").args(["-t", "tmpfs", "none", "/run/netns"]).status().unwrap();
    assert!(mounted.success());
    let lines = "link set lo up\nnetns add world\nlink add out type veth peer name in netns world\n\
                 addr add 172.30.0.1/30 dev out\nlink set out up\nroute add default via 172.30.0.2\n";
    ip(lines, None);
    let lines = format!(
        "link set lo up\naddr add 172.30.0.2/30 dev in\nlink set in up\naddr add {OUTSIDE}/32 dev lo\n\
         addr add {INSIDE}/32 dev lo\n"
    );
    ip(&lines, Some("world"));
    let world = [format!("{OUTSIDE}:80"), format!("{INSIDE}:80"), format!("names {OUTSIDE}")];
    let world = servers(&["ip", "netns", "exec", "world"], &world);
    let host = servers(&["env"], &[format!("0.0.0.0:{SERVICE}")]);
    // The controls: all of it is there, for who is on the host.
    for address in [format!("{OUTSIDE}:80"), format!("{INSIDE}:80"), format!("172.30.0.1:{SERVICE}")] {
        let mut said = String::new();
        reached(&address).read_to_string(&mut said).unwrap();
        assert_eq!(said, "peer 172.30.0.1\n");
    }
    [world, host]
}

/// A connection to a server that may still be about to listen.
fn reached(address: &str) -> TcpStream {
    let deadline = Instant::now() + PATIENCE;
    loop {
        match TcpStream::connect(address) {
            Ok(stream) => return stream,
            Err(why) => assert!(Instant::now() < deadline, "{address}: {why}"),
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// A desktop that is driven line by line.
struct Desktop {
    child: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
}

impl Desktop {
    fn start(data: &Path) -> Desktop {
        let mut child = Command::new(env!("CARGO_BIN_EXE_agentos"))
            .args(["drive", "-", "--empty", "--data-dir"])
            .arg(data)
            .env_remove("DISPLAY")
            .env_remove("WAYLAND_DISPLAY")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (stdin, stdout) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        Desktop { child, stdin, stdout }
    }

    fn call(&mut self, call: &Value) -> Value {
        writeln!(self.stdin, "{}", json!({ "syscall": call })).unwrap();
        let mut line = String::new();
        self.stdout.read_line(&mut line).unwrap();
        let result: Value =
            serde_json::from_str(&line).unwrap_or_else(|why| panic!("{call}: {line:?}: {why}"));
        assert_eq!(result["ok"], json!(true), "{call}: {result}");
        result["reply"].clone()
    }

    /// A shell in the sandbox with a network; its number, and where its output comes.
    fn shell(&mut self, script: &str, sandbox: &Value) -> (u64, u64) {
        let reply = self.call(&json!({
            "call": "spawn", "executable": "bash", "args": ["-c", script], "stdio": "piped", "sandbox": sandbox,
        }));
        let number = |name: &str| reply.pointer(name).and_then(Value::as_u64);
        let pid = number("/pid").unwrap_or_else(|| panic!("{reply}"));
        (pid, number("/stdout").unwrap_or_else(|| panic!("{reply}")))
    }

    fn read_until(&mut self, fd: u64, end: &str) -> String {
        let (mut said, deadline) = (String::new(), Instant::now() + PATIENCE);
        while !said.contains(end) {
            assert!(Instant::now() < deadline, "no {end:?} in {said:?}");
            let read =
                self.call(&json!({"call": "fd_read", "fd": fd, "size": 4096, "timeout_millis": 20_000}));
            let read = read.as_str().unwrap_or_else(|| panic!("{read}"));
            assert!(!read.is_empty(), "it ended with {said:?}");
            said += read;
        }
        said
    }

    fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

/// Everything of AgentOS on this host: network namespaces, devices, tables of rules.
fn left() -> Vec<String> {
    let names = fs::read_dir("/run/netns").unwrap().flatten();
    let mut left: Vec<String> = names
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .filter(|name| name != "world")
        .collect();
    let devices = fs::read_to_string("/proc/net/dev").unwrap();
    left.extend(devices.lines().filter(|line| line.trim().starts_with("ag")).map(str::to_owned));
    let tables = Command::new("nft").args(["list", "tables"]).output().unwrap();
    let tables = String::from_utf8_lossy(&tables.stdout).into_owned();
    left.extend(tables.lines().filter(|line| line.contains("agentos")).map(str::to_owned));
    left
}

fn until_nothing_is_left() {
    let deadline = Instant::now() + PATIENCE;
    while !left().is_empty() {
        assert!(Instant::now() < deadline, "{:?}", left());
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Says what it hears at each address, or that it hears nothing.
fn tries(addresses: &[(&str, u16)]) -> String {
    let mut script = String::new();
    for (host, port) in addresses {
        script += &format!(
            "timeout 3 bash -c 'exec 3<>/dev/tcp/{host}/{port} && echo {host} $(cat <&3)' 2>/dev/null || echo {host} nothing\n"
        );
    }
    script
}

#[test]
fn private_programs_reach_the_world_and_nothing_of_the_host() {
    in_a_world_of_its_own("private_in_its_world");
}

#[test]
#[ignore = "runs in a world of its own, by the test before"]
fn private_in_its_world() {
    let _world = make_world();
    let data = tempfile::tempdir().unwrap();
    let mut desktop = Desktop::start(data.path());
    let sandbox = json!({"network": "private", "dns": [OUTSIDE], "required": true});
    let gateway = "$(awk '$2 == \"00000000\" {print $3}' /proc/net/route | sed 's/\\(..\\)\\(..\\)\\(..\\)\\(..\\)/0x\\4 0x\\3 0x\\2 0x\\1/' | xargs printf '%d.%d.%d.%d')";
    let script = format!(
        "{}host={gateway}; timeout 3 bash -c \"exec 3<>/dev/tcp/$host/{SERVICE}\" 2>/dev/null && echo the host was reached\n\
         grep nameserver /etc/resolv.conf; echo end; exec sleep 1000",
        tries(&[
            (OUTSIDE, 80),
            ("files.test", 80),
            (INSIDE, 80),
            ("172.30.0.1", SERVICE),
            ("127.0.0.1", SERVICE)
        ]),
    );
    let (pid, out) = desktop.shell(&script, &sandbox);
    let said = desktop.read_until(out, "end\n");
    assert_eq!(
        said,
        format!(
            "{OUTSIDE} peer 172.30.0.1\nfiles.test peer 172.30.0.1\n{INSIDE} nothing\n172.30.0.1 nothing\n\
             127.0.0.1 nothing\nnameserver {OUTSIDE}\nend\n"
        )
    );
    let network = desktop.call(&json!({"call": "get_network", "pid": pid}));
    assert_eq!((&network["mode"], &network["dns"]), (&json!("private"), &json!([OUTSIDE])));
    assert!(!left().is_empty());
    desktop.call(&json!({"call": "kill", "pid": pid}));
    until_nothing_is_left();

    // A desktop that is killed takes its program along; what it made goes at the next start.
    let (_, out) = desktop.shell("echo up; exec sleep 1000", &sandbox);
    desktop.read_until(out, "up");
    desktop.kill();
    assert!(!left().is_empty());
    let desktop = Desktop::start(data.path());
    until_nothing_is_left();
    // The last that goes, once all devices have.
    let forwarding = || fs::read_to_string("/proc/sys/net/ipv4/conf/out/forwarding").unwrap();
    let deadline = Instant::now() + PATIENCE;
    while forwarding().trim() != "0" {
        assert!(Instant::now() < deadline, "forwarding is still on");
        std::thread::sleep(Duration::from_millis(20));
    }
    desktop.kill();
}

#[test]
fn bridged_programs_reach_each_other_and_nobody_else() {
    in_a_world_of_its_own("bridged_in_its_world");
}

#[test]
#[ignore = "runs in a world of its own, by the test before"]
fn bridged_in_its_world() {
    let _world = make_world();
    let data = tempfile::tempdir().unwrap();
    let mut desktop = Desktop::start(data.path());
    let sandbox = json!({"network": "bridged", "required": true});
    let serve = "exec /usr/bin/python3 -c '
import os, socket
s = socket.create_server((os.environ[\"AGENTOS_ADDRESS\"], 8000))
print(os.environ[\"AGENTOS_ADDRESS\"], flush=True)
while True:
    c, peer = s.accept()
    c.sendall(b\"the neighbour\\n\"); c.close()
'";
    let (first, out) = desktop.shell(serve, &sandbox);
    let address = desktop.read_until(out, "\n").trim().to_owned();
    let addresses = [(address.as_str(), 8000), (OUTSIDE, 80), (INSIDE, 80), ("172.30.0.1", SERVICE)];
    let (second, out) = desktop.shell(&format!("{}echo end; exec sleep 1000", tries(&addresses)), &sandbox);
    let said = desktop.read_until(out, "end\n");
    let expected =
        format!("{address} the neighbour\n{OUTSIDE} nothing\n{INSIDE} nothing\n172.30.0.1 nothing\nend\n");
    assert_eq!(said, expected);
    // Nor does the host reach them.
    let place = format!("{address}:8000").parse().unwrap();
    assert!(TcpStream::connect_timeout(&place, Duration::from_secs(1)).is_err());
    desktop.call(&json!({"call": "kill", "pid": second}));
    assert!(!left().is_empty());
    desktop.call(&json!({"call": "kill", "pid": first}));
    until_nothing_is_left();
    let (_, out) = desktop.shell("echo up; exec sleep 1000", &sandbox);
    desktop.read_until(out, "up");
    desktop.kill();
    let desktop = Desktop::start(data.path());
    until_nothing_is_left();
    desktop.kill();
}
