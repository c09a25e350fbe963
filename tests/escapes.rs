//! Ways out, tried from inside by `agentos run-process`: as root, as an ordinary user, and where the host gives no
//! namespaces. The same script runs outside first, where every attempt that can be made there has to succeed: one that
//! fails everywhere shows nothing.

use nix::unistd::geteuid;
use std::{
    collections::BTreeSet,
    fs,
    io::Write,
    net::{TcpListener, UdpSocket},
    os::{
        linux::net::SocketAddrExt,
        unix::{
            fs::PermissionsExt,
            net::{SocketAddr, UnixListener},
            process::CommandExt,
        },
    },
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
};

/// A user without a name and without rights.
const ORDINARY_USER: u32 = 64_988;
/// Stands in what nobody inside may get at.
const SECRET: &str = "a-real-secret";

/// Where the program runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Host {
    Root,
    Ordinary,
    /// An ordinary user to whom the host gives no namespaces.
    Limited,
}

/// What is attempted: a name, a line of shell that succeeds when it gets out, and whether it succeeds outside, for root
/// and for an ordinary user. What would do harm outside is tried inside only.
struct Attempt {
    name: &'static str,
    script: String,
    root: bool,
    ordinary: bool,
}

/// What is out there to be reached: files, listeners, and a process to be hit.
struct Outside {
    folder: tempfile::TempDir,
    tcp: TcpListener,
    udp: UdpSocket,
    abstract_name: String,
    canary: Child,
}

impl Drop for Outside {
    fn drop(&mut self) {
        let _ = self.canary.kill();
        let _ = self.canary.wait();
    }
}

fn open_to_all(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

impl Outside {
    fn new(host: Host) -> Outside {
        let folder = tempfile::tempdir().unwrap();
        open_to_all(folder.path(), 0o755);
        let open = folder.path().join("open");
        fs::create_dir(&open).unwrap();
        open_to_all(&open, 0o777);
        fs::write(folder.path().join("secret"), SECRET).unwrap();
        open_to_all(&folder.path().join("secret"), 0o644);
        let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
        let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
        let path = folder.path().join("socket");
        let by_path = UnixListener::bind(&path).unwrap();
        open_to_all(&path, 0o777);
        let abstract_name = format!("agentos-escapes{}", folder.path().display());
        let address = SocketAddr::from_abstract_name(&abstract_name).unwrap();
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
                while let Ok((_, from)) = socket.recv_from(&mut [0; 64]) {
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
        let mut canary = Command::new("sleep");
        canary.arg("600");
        if host != Host::Root && geteuid().is_root() {
            canary.uid(ORDINARY_USER).gid(ORDINARY_USER);
        }
        Outside { folder, tcp, udp, abstract_name, canary: canary.spawn().unwrap() }
    }

    fn attempts(&self) -> Vec<Attempt> {
        let at = self.folder.path().display();
        let (tcp, udp) = (self.tcp.local_addr().unwrap().port(), self.udp.local_addr().unwrap().port());
        let (name, canary, own) = (&self.abstract_name, self.canary.id(), std::process::id());
        let both = |name, script: String| Attempt { name, script, root: true, ordinary: true };
        let root = |name, script: String| Attempt { name, script, root: true, ordinary: false };
        let inside = |name, script: String| Attempt { name, script, root: false, ordinary: false };
        let python = |code: String| format!("/usr/bin/python3 -c '{code}' | grep -q {SECRET}");
        let unix = |address: String| {
            python(format!(
                "import socket; s = socket.socket(socket.AF_UNIX); s.settimeout(5); s.connect({address}); print(s.recv(99))"
            ))
        };
        let call = |number: u32, arguments: &str| {
            format!(
                "/usr/bin/python3 -c 'import ctypes, sys; c = ctypes.CDLL(None, use_errno=True); \
                 sys.exit(0 if c.syscall({number}, {arguments}) >= 0 else 1)'"
            )
        };
        vec![
            both("a file", format!("grep -q {SECRET} {at}/secret")),
            both("a file by its own root", format!("grep -q {SECRET} /proc/self/root{at}/secret")),
            both("a file by many parents", format!("grep -q {SECRET} ../../../../../../../..{at}/secret")),
            both("a file by a link", format!("ln -sf {at}/secret link-$$; grep -q {SECRET} link-$$")),
            both(
                "a file by a hard link",
                format!("ln {at}/open/own hard-$$ 2>&1 || {{ echo > {at}/open/own && rm {at}/open/own; }}"),
            ),
            both("writing outside", format!("echo x > {at}/open/made-$$")),
            root("passwords", "head -c1 /etc/shadow | grep -q .".into()),
            root(
                "the home of the administrator",
                "ls /root | grep -q . || ls -a /root | grep -q bash".into(),
            ),
            root("settings of the kernel", "echo 1 > /proc/sys/vm/compact_memory".into()),
            inside("programs", "cp /bin/true /usr/bin/agentos-escaped || echo > /bin/agentos-escaped".into()),
            inside("the core pattern", "echo '|/bin/sh' > /proc/sys/kernel/core_pattern".into()),
            inside("the root of the first process", format!("grep -q {SECRET} /proc/1/root{at}/secret")),
            both("other processes", format!("grep -q . /proc/{own}/cmdline")),
            both("the environment of a process", format!("cat /proc/{canary}/environ | grep -q .")),
            both("a signal", format!("kill -0 {canary}")),
            both("tracing", "strace -o /dev/null true".into()),
            both("a user namespace", "unshare -U true".into()),
            both("a mount", "unshare -Urm mount -t tmpfs none /mnt".into()),
            root("a mount as root", "unshare -m mount -t tmpfs none /mnt".into()),
            root("the namespaces of another process", format!("nsenter -t {own} -m true")),
            root("a device", "rm -f dev-$$; mknod dev-$$ b 254 0 && rm dev-$$".into()),
            root("the log of the kernel", "dmesg | grep -q .".into()),
            root("another root", "chroot / true".into()),
            both("priority for others", format!("renice -n 19 {canary}")),
            both(
                "a TCP connection",
                format!(
                    "/usr/bin/python3 -c 'import socket; print(socket.create_connection((\"127.0.0.1\", {tcp}), 5).recv(99))' | grep -q {SECRET}"
                ),
            ),
            both(
                "a UDP packet",
                python(format!(
                    "import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.settimeout(2); s.sendto(b\"x\", (\"127.0.0.1\", {udp})); print(s.recv(99))"
                )),
            ),
            both("an abstract socket", unix(format!("\"\\0{name}\""))),
            both("a socket by its path", unix(format!("\"{at}/socket\""))),
            inside(
                "a raw socket",
                "/usr/bin/python3 -c 'import socket; socket.socket(socket.AF_PACKET, socket.SOCK_RAW)'"
                    .into(),
            ),
            inside(
                "the metadata service",
                "/usr/bin/python3 -c 'import socket; socket.create_connection((\"169.254.169.254\", 80), 1)'"
                    .into(),
            ),
            inside(
                "a name",
                "/usr/bin/python3 -c 'import socket; socket.getaddrinfo(\"example.com\", 80)'".into(),
            ),
            both("a descriptor that was open", format!("grep -q {SECRET} <&7")),
            both("the environment", format!("env | grep -q {SECRET}")),
            both("keys of the kernel", call(250, "0, -3, 1, 0, 0")),
            root(
                "programs in the kernel",
                call(321, "0, bytes([1,0,0,0,4,0,0,0,4,0,0,0,1,0,0,0])+bytes(56), 72"),
            ),
            both("rings for input and output", call(425, "1, bytes(120)")),
            inside(
                "memory of another process",
                format!("dd if=/proc/{canary}/mem bs=1 count=1 skip=4194304 2>&1 | grep -q copied"),
            ),
        ]
    }
}

/// A product that its user can start, and a manifest.
struct Stage {
    host: Host,
    folder: tempfile::TempDir,
    program: PathBuf,
}

const MANIFEST: &str = r#"{
  "id": "escapes", "name": "Escapes", "type": "native_proc", "permissions": ["SPAWN_PROCESS"],
  "proc_manifest": {
    "executable": "bash", "args": ["-c"], "working_dir": "/home/work",
    "sandbox": {"network": "none", "write": ["/home/work"], "memory_mb": 256, "pids": 64}
  }
}"#;

impl Stage {
    fn new(host: Host) -> Stage {
        let folder = tempfile::tempdir().unwrap();
        open_to_all(folder.path(), 0o777);
        fs::write(folder.path().join("m.json"), MANIFEST).unwrap();
        let built = PathBuf::from(env!("CARGO_BIN_EXE_agentos"));
        let mut program = built.clone();
        if host != Host::Root && geteuid().is_root() {
            // It may lie where only root gets.
            program = folder.path().join("agentos");
            for (from, name) in
                [(built.clone(), "agentos"), (built.with_file_name("agentos-sandbox"), "agentos-sandbox")]
            {
                let to = folder.path().join(name);
                if from.exists() && fs::hard_link(&from, &to).is_err() {
                    fs::copy(&from, &to).unwrap();
                }
            }
        }
        Stage { host, folder, program }
    }

    /// A shell that starts `program` with what must not leak in its hands.
    fn around(&self, outside: &Outside, program: &str) -> Command {
        let secret = outside.folder.path().join("secret");
        let shell = format!("cd {}; exec 7< {}; {program}", self.folder.path().display(), secret.display());
        let mut command = Command::new("bash");
        match self.host {
            Host::Limited => {
                let none = "echo 0 > /proc/sys/user/max_user_namespaces || exit 99; \
                            exec setpriv --ambient-caps=-all --inh-caps=-all --bounding-set=-all bash -c \"$0\"";
                command = Command::new("unshare");
                command.args([
                    "--user",
                    &format!("--map-user={ORDINARY_USER}"),
                    "--keep-caps",
                    "bash",
                    "-c",
                    none,
                ]);
                command.arg(shell);
            }
            Host::Root | Host::Ordinary => drop(command.arg("-c").arg(shell)),
        }
        if self.host != Host::Root && geteuid().is_root() {
            command.uid(ORDINARY_USER).gid(ORDINARY_USER);
        }
        command
            .stdin(Stdio::null())
            .current_dir("/")
            .env("TMPDIR", self.folder.path())
            .env("HOME", self.folder.path())
            .env("AGENTOS_TEST_TOKEN", SECRET)
            .env("BASH_ENV", "/dev/null")
            .env_remove("XDG_RUNTIME_DIR")
            .env_remove("RUST_LOG");
        command
    }

    fn inside(&self, outside: &Outside, script: &Path) -> Output {
        let text = fs::read_to_string(script).unwrap();
        fs::write(self.folder.path().join("script"), text).unwrap();
        let program = format!("exec {} run-process m.json -- \"$(cat script)\"", self.program.display());
        self.around(outside, &program).output().unwrap()
    }

    fn outside(&self, outside: &Outside, script: &Path) -> Output {
        let work = self.folder.path().join("work");
        fs::create_dir_all(&work).unwrap();
        open_to_all(&work, 0o777);
        self.around(outside, &format!("cd work; exec bash {}", script.display())).output().unwrap()
    }
}

/// All attempts as one script that names what succeeded.
fn script<'a>(folder: &Path, name: &str, attempts: impl Iterator<Item = &'a Attempt>) -> PathBuf {
    let mut text = String::from("echo begun\n");
    for Attempt { name, script, .. } in attempts {
        text += &format!("if ( {script} ) > /dev/null 2>&1; then echo 'did {name}'; fi\n");
    }
    text += "echo ended\n";
    let path = folder.join(name);
    fs::write(&path, text).unwrap();
    open_to_all(&path, 0o644);
    path
}

fn did(output: &Output) -> BTreeSet<String> {
    let (said, complained) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(
        said.starts_with("begun\n") && said.ends_with("ended\n"),
        "{}: {said}\n{complained}",
        output.status
    );
    said.lines().filter_map(|line| line.strip_prefix("did ")).map(str::to_owned).collect()
}

fn try_all(host: Host) {
    if host == Host::Root && !geteuid().is_root() {
        eprintln!("NOT RUN AS ROOT: these tests are an ordinary user's");
        return;
    }
    let (stage, mut outside) = (Stage::new(host), Outside::new(host));
    let attempts = outside.attempts();
    let has_control = |attempt: &&Attempt| if host == Host::Root { attempt.root } else { attempt.ordinary };
    let control = script(stage.folder.path(), "control", attempts.iter().filter(has_control));
    if host == Host::Limited {
        let probe = stage.around(&outside, "echo; true").output().unwrap();
        if !probe.status.success() {
            eprintln!("NOT RUN WITHOUT NAMESPACES: {}", String::from_utf8_lossy(&probe.stderr));
            return;
        }
        // There are none here.
        let unshare = stage.around(&outside, "unshare -U true").output().unwrap();
        assert!(!unshare.status.success());
    }
    let possible = did(&stage.outside(&outside, &control));
    let wanted: BTreeSet<String> =
        attempts.iter().filter(has_control).map(|one| one.name.to_owned()).collect();
    let impossible: Vec<_> = wanted.difference(&possible).collect();
    // Without namespaces nobody has one, also outside; and who made one cannot look into those above.
    let is_expected = |name: &&&String| {
        host == Host::Limited
            && ["a user namespace", "a mount", "the environment of a process"].contains(&name.as_str())
    };
    let unexpected: Vec<_> = impossible.iter().filter(|name| !is_expected(name)).collect();
    assert!(unexpected.is_empty(), "{host:?}: these show nothing, they fail outside, too: {unexpected:?}");
    let all = script(stage.folder.path(), "all", attempts.iter());
    let output = stage.inside(&outside, &all);
    let mut out = did(&output);
    // Their names are the one thing that is seen there, and that is written down (docs/sandbox.md).
    assert_eq!(out.remove("other processes"), host == Host::Limited);
    assert_eq!(out, BTreeSet::new(), "{host:?}: {}", String::from_utf8_lossy(&output.stderr));
    // What ends everybody ends itself, and nobody beside.
    let everybody = stage.folder.path().join("everybody");
    fs::write(&everybody, "(kill -9 1; kill -9 -1); (sleep 60 & kill -9 $!); kill -9 $$").unwrap();
    let ended = stage.inside(&outside, &everybody);
    assert_eq!(ended.status.code(), Some(137), "{host:?}: {}", String::from_utf8_lossy(&ended.stderr));
    assert_eq!(outside.canary.try_wait().unwrap(), None, "{host:?}: the process outside goes on");
    assert!(!Path::new("/usr/bin/agentos-escaped").exists());
    let complained = String::from_utf8_lossy(&output.stderr);
    assert_eq!(complained.contains("--explain says more"), host == Host::Limited, "{host:?}: {complained}");
    // And what holds it is said.
    let explain = format!("exec {} run-process --explain m.json -- true", stage.program.display());
    let explained = stage.around(&outside, &explain).output().unwrap();
    let said = String::from_utf8_lossy(&explained.stderr).into_owned();
    println!("{host:?}: {said}");
    assert!(explained.status.success(), "{host:?}: {said}");
    assert_eq!(
        said.contains("no namespaces") || said.contains("without namespaces"),
        host == Host::Limited,
        "{host:?}: {said}"
    );
    // One that requires them does not start there.
    fs::write(
        stage.folder.path().join("m.json"),
        MANIFEST.replace("\"pids\": 64", "\"pids\": 64, \"required\": true"),
    )
    .unwrap();
    let required = stage
        .around(&outside, &format!("exec {} run-process m.json -- 'echo started'", stage.program.display()));
    let required = {
        let mut required = required;
        required.output().unwrap()
    };
    let started = String::from_utf8_lossy(&required.stdout).contains("started");
    assert_eq!(started, host != Host::Limited, "{host:?}: {}", String::from_utf8_lossy(&required.stderr));
    if host == Host::Limited {
        assert_eq!(required.status.code(), Some(125), "it was not started, and that is its code");
        assert!(String::from_utf8_lossy(&required.stderr).contains("namespaces"), "and why is said");
    }
}

#[test]
fn none_gets_out_as_root() {
    try_all(Host::Root);
}

#[test]
fn none_gets_out_as_an_ordinary_user() {
    try_all(Host::Ordinary);
}

#[test]
fn none_gets_out_where_the_host_gives_no_namespaces() {
    try_all(Host::Limited);
}
