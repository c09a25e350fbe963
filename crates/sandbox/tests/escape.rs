//! Attempts to get out, made from inside, as root and as an ordinary user.
//!
//! Each attempt that can be made outside without harm is made there first and has to succeed: a probe that fails
//! everywhere shows nothing. What has no such control here says so by `inside_only`.

#![allow(unsafe_code, reason = "attempts are raw system calls")]

mod common;
#[path = "escape/probes.rs"]
mod probes;

use agentos_sandbox::{Bind, Isolation, Network, PipedProcess, PtyProcess, Spec, spawn_piped, spawn_pty};
use common::{PATIENCE, SIZE, Scene, is_alive, read_all, read_until};
use nix::{errno::Errno, libc};
use probes::Outcome;
use std::{
    io::Write,
    net::{TcpListener, UdpSocket},
    os::unix::net::UnixListener,
};

const NAME_VARIABLE: &str = "AGENTOS_PROBE";
const ABOUT_VARIABLE: &str = "AGENTOS_PROBE_ABOUT";
const SECRET: &str = "a real secret";

/// Makes one attempt and says what came of it. By hand it does nothing.
#[test]
#[ignore = "the inner half of the other tests"]
fn attempt() {
    let Ok(name) = std::env::var(NAME_VARIABLE) else { return };
    let about = std::env::var(ABOUT_VARIABLE).unwrap_or_default();
    let probe = probes::ALL.iter().find(|probe| probe.name == name).expect("a probe has that name");
    match (probe.run)(&about) {
        Ok(text) => println!("\n<did {text}>"),
        Err(errno) => println!("\n<errno {}>", errno as i32),
    }
}

/// This program in isolation, or outside of it.
fn spec(isolation: Option<Isolation>, name: &str, about: &str) -> Spec {
    let own = std::env::current_exe().unwrap();
    let mut spec =
        Scene::new().spec("", &["--exact", "attempt", "--ignored", "--nocapture", "--test-threads=1"]);
    spec.env.push((NAME_VARIABLE.into(), name.into()));
    spec.env.push((ABOUT_VARIABLE.into(), about.into()));
    match isolation {
        Some(mut isolation) => {
            isolation.binds.push(Bind::read(own, "/probe/escape"));
            spec.executable = "/probe/escape".into();
            spec.isolation = Some(isolation);
        }
        None => {
            spec.executable = own.to_string_lossy().into_owned();
            spec.isolation = None;
            spec.working_dir = "/".into();
        }
    }
    spec
}

fn outcome(said: &str) -> Outcome {
    let (_, found) = said.split_once('<').unwrap_or_else(|| panic!("the probe said nothing: {said}"));
    let (found, _) = found.split_once('>').unwrap();
    match found.strip_prefix("errno ") {
        Some(number) => Err(Errno::from_raw(number.parse().unwrap())),
        None => Ok(found.strip_prefix("did ").unwrap().to_owned()),
    }
}

fn run(isolation: Option<Isolation>, name: &str, about: &str) -> Outcome {
    let PipedProcess { stdout, stderr, mut child, .. } = spawn_piped(&spec(isolation, name, about)).unwrap();
    let said = read_all(&stdout);
    let complained = read_all(&stderr);
    let exit = child.wait_timeout(PATIENCE).unwrap();
    outcome(&format!("{said}{complained}{exit:?}"))
}

/// A scene, with what is tried in it.
struct Attempts {
    scene: Scene,
    what_escaped: Vec<String>,
}

impl Attempts {
    fn new() -> Attempts {
        Attempts { scene: Scene::new(), what_escaped: Vec::new() }
    }

    /// Succeeds outside and fails inside.
    fn only_outside(&mut self, name: &str, about: &str) {
        let outside = run(None, name, about);
        if let Err(errno) = outside {
            self.what_escaped
                .push(format!("{name} {about}: the probe fails outside, too ({errno}): it shows nothing"));
        }
        self.inside_only(name, about);
    }

    /// The same for what only root can do outside.
    fn only_outside_as_root(&mut self, name: &str, about: &str) {
        match nix::unistd::geteuid().is_root() {
            true => self.only_outside(name, about),
            false => self.inside_only(name, about),
        }
    }

    /// Fails inside; there is no control, since outside it would do harm.
    fn inside_only(&mut self, name: &str, about: &str) {
        if let Ok(text) = run(Some(self.scene.isolation.clone()), name, about) {
            self.what_escaped.push(format!("{name} {about}: succeeded: {text:?}"));
        }
    }

    fn none_escaped(self) {
        assert!(self.what_escaped.is_empty(), "{:#?}", self.what_escaped);
    }
}

#[test]
fn files_outside_of_the_view() {
    let mut attempts = Attempts::new();
    let outside = tempfile::tempdir().unwrap();
    std::fs::set_permissions(outside.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let secret = outside.path().join("secret");
    std::fs::write(&secret, SECRET).unwrap();
    let secret = secret.to_str().unwrap();
    assert_eq!(run(None, "read", secret).as_deref(), Ok(SECRET), "the secret is real");
    attempts.only_outside("read", secret);
    attempts.only_outside("read", &format!("/proc/self/root{secret}"));
    attempts.only_outside("read", &format!("/../../../..{secret}"));
    attempts.inside_only("read", &format!("/proc/1/root{secret}"));
    attempts.inside_only("read", &format!("/proc/1/cwd/../../..{secret}"));
    attempts.only_outside("read through a link", secret);
    attempts.only_outside("read up from a descriptor", secret);
    attempts.only_outside("list", outside.path().to_str().unwrap());
    attempts.only_outside_as_root("read", "/etc/shadow");
    attempts.only_outside("read", "/etc/machine-id");
    attempts.only_outside("write", outside.path().join("made").to_str().unwrap());
    for path in
        ["/escaped", "/usr/escaped", "/usr/bin/escaped", "/etc/passwd", "/bin/escaped", "/dev/escaped"]
    {
        attempts.inside_only("write", path);
    }
    for path in [
        "/proc/sys/kernel/core_pattern",
        "/proc/sys/kernel/modprobe",
        "/proc/sys/vm/drop_caches",
        "/proc/sys/user/max_user_namespaces",
        "/proc/sysrq-trigger",
        "/proc/self/uid_map",
        "/proc/1/mem",
    ] {
        attempts.inside_only("write", path);
    }
    for path in ["/proc/1/environ", "/proc/1/maps", "/proc/kcore", "/dev/mem", "/dev/kmsg", "/sys/kernel"] {
        attempts.inside_only("read", path);
    }
    attempts.inside_only("list", "/proc/1/fd");
    attempts.inside_only("device file", "/home/disk");
    attempts.inside_only("device file", "/tmp/disk");
    attempts.none_escaped();
}

#[test]
fn what_was_granted_for_reading_stays_as_it_is() {
    let mut attempts = Attempts::new();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("file"), "kept").unwrap();
    attempts.scene.isolation.binds.push(Bind::read(folder.path(), "/data"));
    let isolation = attempts.scene.isolation.clone();
    assert_eq!(run(Some(isolation), "read", "/data/file").as_deref(), Ok("kept"), "the probe can read it");
    attempts.inside_only("write", "/data/file");
    attempts.inside_only("write", "/data/new");
    attempts.none_escaped();
    assert_eq!(std::fs::read_to_string(folder.path().join("file")).unwrap(), "kept");
    assert!(!folder.path().join("new").exists());
}

#[test]
fn namespaces_mounts_and_large_doors() {
    let mut attempts = Attempts::new();
    for name in [
        "user namespace",
        "user namespace by clone",
        "user namespace by clone3",
        "mount in a namespace of its own",
    ] {
        attempts.only_outside(name, "");
    }
    for name in [
        "copy of a mount",
        "file system by descriptor",
        "enter a namespace",
        "change the root",
        "host name",
        "kernel log",
        "bpf",
    ] {
        attempts.only_outside_as_root(name, "");
    }
    for name in ["trace a child", "keys", "file by handle", "listener for system calls"] {
        attempts.only_outside(name, "");
    }
    // Some hosts have switched these off for everybody.
    for name in ["page faults", "io_uring"] {
        attempts.inside_only(name, "");
    }
    for name in ["mount", "become root", "priority over others"] {
        attempts.inside_only(name, "");
    }
    attempts.none_escaped();
}

#[test]
fn calls_of_other_architectures_are_the_end() {
    let scene = Scene::new();
    for name in ["x32 call", "32-bit call"].into_iter().filter(|_| cfg!(target_arch = "x86_64")) {
        let inside = run(Some(scene.isolation.clone()), name, "");
        assert_eq!(inside, Ok(format!("killed by {}", libc::SIGSYS)), "{name}");
        assert_ne!(
            run(None, name, ""),
            Ok(format!("killed by {}", libc::SIGSYS)),
            "{name}: outside it goes on"
        );
    }
}

#[test]
fn rights_are_gone() {
    let scene = Scene::new();
    for (field, value) in [
        ("CapEff", "0000000000000000"),
        ("CapPrm", "0000000000000000"),
        ("CapInh", "0000000000000000"),
        ("CapBnd", "0000000000000000"),
        ("CapAmb", "0000000000000000"),
        ("NoNewPrivs", "1"),
        ("Seccomp", "2"),
    ] {
        assert_eq!(run(Some(scene.isolation.clone()), "status", field).as_deref(), Ok(value), "{field}");
    }
}

#[test]
fn other_processes() {
    let mut attempts = Attempts::new();
    let own = std::process::id().to_string();
    attempts.only_outside("signal", &own);
    attempts.only_outside_as_root("memory of another process", &own);
    attempts.inside_only("memory of another process", "1");
    let seen = run(Some(attempts.scene.isolation.clone()), "list", "/proc");
    let everything = run(None, "list", "/proc");
    assert!(seen.is_ok() && everything.is_ok());
    attempts.inside_only("read", &format!("/proc/{own}/cmdline"));
    attempts.none_escaped();
}

#[test]
fn the_first_process_cannot_be_killed() {
    let scene = Scene::new();
    let mut process =
        spawn_piped(&scene.sh("kill -9 1; kill -TERM 1; kill -STOP 1; sleep 0.2; echo alive; exit 4"))
            .unwrap();
    assert!(read_until(&process.stdout, "alive").contains("alive"));
    assert_eq!(common::end(&mut process.child), agentos_sandbox::ExitStatus::Code(4));
}

#[test]
fn words_are_not_put_into_the_terminal() {
    let scene = Scene::new();
    for name in ["words into the terminal", "words into the terminal, upper bits set"] {
        let spec = spec(Some(scene.isolation.clone()), name, "");
        let PtyProcess { master, child, .. } = spawn_pty(&spec, SIZE).unwrap();
        let said = read_until(&master, ">");
        assert_eq!(outcome(&said), Err(Errno::EPERM), "{name}: refused by the filter, not by chance");
        drop(child);
    }
}

/// Everything that listens outside, on every kind of socket.
struct Listeners {
    tcp: TcpListener,
    udp: UdpSocket,
    abstract_name: String,
    path: std::path::PathBuf,
    _folder: tempfile::TempDir,
}

impl Listeners {
    fn start() -> Listeners {
        let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
        let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("socket");
        let by_path = UnixListener::bind(&path).unwrap();
        let abstract_name = format!("agentos-escape{}", folder.path().display());
        let address =
            <std::os::unix::net::SocketAddr as std::os::linux::net::SocketAddrExt>::from_abstract_name(
                &abstract_name,
            )
            .unwrap();
        let by_name = UnixListener::bind_addr(&address).unwrap();
        let serve = |name: &str, run: Box<dyn FnOnce() + Send>| {
            std::thread::Builder::new().name(name.to_owned()).spawn(run).unwrap();
        };
        let listener = tcp.try_clone().unwrap();
        serve(
            "tcp",
            Box::new(move || {
                while let Ok((mut stream, _)) = listener.accept() {
                    let _ = stream.write_all(SECRET.as_bytes());
                }
            }),
        );
        let socket = udp.try_clone().unwrap();
        serve(
            "udp",
            Box::new(move || {
                let mut asked = [0; 64];
                while let Ok((_, from)) = socket.recv_from(&mut asked) {
                    let _ = socket.send_to(SECRET.as_bytes(), from);
                }
            }),
        );
        for (name, listener) in [("path", by_path), ("abstract", by_name)] {
            serve(
                name,
                Box::new(move || {
                    while let Ok((mut stream, _)) = listener.accept() {
                        let _ = stream.write_all(SECRET.as_bytes());
                    }
                }),
            );
        }
        Listeners { tcp, udp, abstract_name, path, _folder: folder }
    }
}

#[test]
fn the_network() {
    let listeners = Listeners::start();
    let (tcp, udp) =
        (listeners.tcp.local_addr().unwrap().to_string(), listeners.udp.local_addr().unwrap().to_string());
    let path = listeners.path.to_str().unwrap();
    let mut attempts = Attempts::new();
    for (name, about) in
        [("tcp", tcp.as_str()), ("udp", &udp), ("unix", path), ("abstract", &listeners.abstract_name)]
    {
        assert_eq!(run(None, name, about).as_deref(), Ok(SECRET), "{name}: the listener is alive");
        attempts.inside_only(name, about);
    }
    // Names, and addresses of the world: nothing leads there.
    attempts.inside_only("tcp", "1.1.1.1:53");
    attempts.inside_only("tcp", "169.254.169.254:80");
    attempts.inside_only("tcp", "[2606:4700:4700::1111]:53");
    attempts.inside_only("udp", "1.1.1.1:53");
    // Raw packets, the virtual machine's host, the kernel's ciphers, Bluetooth.
    for numbers in ["17 3 768", "40 1 0", "38 5 0", "31 3 1", "2 3 1", "10 3 58"] {
        attempts.inside_only("socket", numbers);
    }
    // Within its own network it may do as it likes.
    assert!(run(Some(attempts.scene.isolation.clone()), "socket", "2 1 0").is_ok());
    attempts.none_escaped();
}

#[test]
fn the_relay_is_the_only_way_out() {
    let listeners = Listeners::start();
    let folder = tempfile::tempdir().unwrap();
    let proxy = folder.path().join("proxy");
    let _listener = UnixListener::bind(&proxy).unwrap();
    let mut attempts = Attempts::new();
    attempts.scene.isolation.network =
        Network::Relay { socket: proxy.clone(), port: 4444, host_ports: Vec::new() };
    attempts.inside_only("tcp", &listeners.tcp.local_addr().unwrap().to_string());
    attempts.inside_only("udp", &listeners.udp.local_addr().unwrap().to_string());
    attempts.inside_only("abstract", &listeners.abstract_name);
    attempts.inside_only("unix", proxy.to_str().unwrap());
    attempts.none_escaped();
}

#[test]
fn a_shared_network_still_has_no_foreign_sockets() {
    let listeners = Listeners::start();
    let mut attempts = Attempts::new();
    attempts.scene.isolation.network = Network::Shared;
    let tcp = listeners.tcp.local_addr().unwrap();
    let isolation = attempts.scene.isolation.clone();
    assert_eq!(run(Some(isolation), "tcp", &tcp.to_string()).as_deref(), Ok(SECRET), "shared is shared");
    attempts.inside_only("abstract", &listeners.abstract_name);
    attempts.inside_only("unix", listeners.path.to_str().unwrap());
    attempts.inside_only("socket", "40 1 0");
    // And ports can be held.
    attempts.scene.isolation.ports = Some(agentos_sandbox::Ports { connect: vec![1], bind: Vec::new() });
    attempts.inside_only("tcp", &tcp.to_string());
    attempts.none_escaped();
}

#[test]
fn memory_of_the_host_is_not_shared() {
    let key = 0x0a6e_7405_i32.wrapping_add(std::process::id().cast_signed() & 0xfff);
    // SAFETY: makes a segment of one page, which is removed below.
    let segment = unsafe { libc::shmget(key, 4096, libc::IPC_CREAT | 0o666) };
    assert!(segment >= 0);
    let mut attempts = Attempts::new();
    attempts.only_outside("shared memory of the host", &key.to_string());
    // SAFETY: removes the segment of above.
    unsafe { libc::shmctl(segment, libc::IPC_RMID, std::ptr::null_mut()) };
    attempts.none_escaped();
}

#[test]
fn a_setuid_program_gives_nothing() {
    let scene = Scene::new();
    let process = spawn_piped(&scene.sh("for p in su mount umount passwd newgrp; do f=/usr/bin/$p; [ -u $f ] && echo setuid; done; id -u; su -c id 2>/dev/null || echo refused")).unwrap();
    let said = read_all(&process.stdout);
    assert!(said.contains("1000") && said.contains("refused"), "{said}");
    assert!(!is_alive(0));
}

#[test]
fn all_of_this_holds_for_an_ordinary_user() {
    common::run_as_ordinary_user("all_of_this_holds_for_an_ordinary_user");
}
