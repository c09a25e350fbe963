//! `agentos run-process` from outside: streams byte for byte, exit codes as shells know them, a terminal that passes
//! through, and a sandbox that holds.

use std::{
    fs,
    io::{Read, Write},
    os::fd::AsFd,
    path::PathBuf,
    process::{Child, Command, Output, Stdio},
    time::{Duration, Instant},
};

/// Long enough for a machine under load.
const PATIENCE: Duration = Duration::from_secs(60);

/// A shell with a folder of its own.
const MANIFEST: &str = r#"{
  "id": "t", "name": "T", "type": "native_proc", "permissions": ["SPAWN_PROCESS"],
  "proc_manifest": {
    "executable": "sh", "args": ["-c"], "working_dir": "/home/work",
    "sandbox": {"network": "none", "write": ["/home/work"], "memory_mb": 256, "pids": 64}
  }
}"#;

struct Stage {
    folder: tempfile::TempDir,
}

impl Stage {
    fn new() -> Self {
        Stage { folder: tempfile::tempdir().unwrap() }
    }

    fn manifest(&self, text: &str) -> PathBuf {
        let path = self.folder.path().join("m.json");
        fs::write(&path, text).unwrap();
        path
    }

    /// A run of the manifest with these arguments.
    fn command(&self, manifest: &str, options: &[&str], script: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_agentos"));
        command.arg("run-process").args(options).arg(self.manifest(manifest)).args(["--", script]);
        command
    }

    fn run(&self, script: &str) -> Output {
        self.command(MANIFEST, &[], script).stdin(Stdio::null()).output().unwrap()
    }
}

fn said(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

fn ended(child: &mut Child) -> std::process::ExitStatus {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status;
        }
        if Instant::now() > deadline {
            let _ = child.kill();
            panic!("it does not end");
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn streams_stay_apart_and_the_code_is_the_programs() {
    let stage = Stage::new();
    let output = stage.run("echo out; echo err >&2; exit 7");
    assert_eq!((said(&output.stdout), said(&output.stderr)), ("out\n", "err\n"));
    assert_eq!(output.status.code(), Some(7));
    assert_eq!(stage.run("kill -KILL $$").status.code(), Some(128 + 9));
}

#[test]
fn bytes_go_through_as_they_are() {
    let stage = Stage::new();
    let input: Vec<u8> = (0..1_000_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    let mut command = stage.command(MANIFEST, &[], "cat");
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let (mut stdin, mut stdout) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    let sent = input.clone();
    let writer =
        std::thread::Builder::new().name("writer".into()).spawn(move || stdin.write_all(&sent)).unwrap();
    let mut got = Vec::new();
    stdout.read_to_end(&mut got).unwrap();
    writer.join().unwrap().unwrap();
    assert!(got == input, "{} of {} bytes", got.len(), input.len());
    assert!(ended(&mut child).success());
}

#[test]
fn a_reader_that_goes_ends_its_writer() {
    let stage = Stage::new();
    let mut child =
        stage.command(MANIFEST, &[], "yes").stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
    let mut stdout = child.stdout.take().unwrap();
    stdout.read_exact(&mut [0; 4]).unwrap();
    drop(stdout);
    assert_eq!(ended(&mut child).code(), Some(128 + 13), "SIGPIPE");
}

#[test]
fn signals_are_passed_on() {
    let stage = Stage::new();
    let script = "trap 'echo got; exit 3' TERM; echo up; while :; do sleep 0.05; done";
    let mut command = stage.command(MANIFEST, &[], script);
    let mut child =
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut stdout = child.stdout.take().unwrap();
    stdout.read_exact(&mut [0; 3]).unwrap();
    let pid = nix::unistd::Pid::from_raw(child.id().cast_signed());
    nix::sys::signal::kill(pid, nix::sys::signal::SIGTERM).unwrap();
    let mut rest = String::new();
    stdout.read_to_string(&mut rest).unwrap();
    assert_eq!((rest.as_str(), ended(&mut child).code()), ("got\n", Some(3)));
}

#[test]
fn what_cannot_be_run_is_said_with_a_code_of_its_own() {
    let stage = Stage::new();
    let code = |from: &str, to: &str| {
        let manifest = MANIFEST.replace(from, to);
        assert_ne!(manifest, MANIFEST);
        let output = stage.command(&manifest, &[], "true").stdin(Stdio::null()).output().unwrap();
        assert_eq!(said(&output.stdout), "");
        (output.status.code(), said(&output.stderr).to_owned())
    };
    let (missing, text) = code("\"sh\"", "\"no-such-program\"");
    assert!(missing == Some(127) && text.contains("no-such-program: not found"), "{missing:?} {text}");
    let (no_program, text) = code("\"sh\"", "\"/etc/passwd\"");
    assert!(no_program == Some(126) && text.contains("cannot be run"), "{no_program:?} {text}");
    let (bad, text) = code("\"none\"", "\"nun\"");
    assert!(bad == Some(2) && text.contains(":5:") && text.contains("hint:"), "{bad:?} {text}");
    let (no_json, text) = code("}", "},");
    assert!(no_json == Some(2) && text.contains("not-json"), "{no_json:?} {text}");
    let (outside, text) = code("\"/home/work\",", "\"/home/elsewhere\",");
    assert!(outside == Some(125) && text.contains("/home/elsewhere"), "{outside:?} {text}");
    let none =
        Command::new(env!("CARGO_BIN_EXE_agentos")).args(["run-process", "/no/such"]).output().unwrap();
    assert_eq!(none.status.code(), Some(2));
}

#[test]
fn the_limit_that_ended_it_is_said() {
    let stage = Stage::new();
    let manifest = MANIFEST.replace("256", "64").replace("\"sh\"", "\"bash\"");
    // Bounded by itself: at most 512 MiB.
    let script = "x=0123456789abcdef; for i in $(seq 25); do x=$x$x; done; sleep 1";
    let output = stage.command(&manifest, &[], script).stdin(Stdio::null()).output().unwrap();
    let (code, text) = (output.status.code(), said(&output.stderr));
    if text.contains("cannot allocate") {
        eprintln!("SKIPPED: limits are polled here, and a shell is told that there is no memory");
        return;
    }
    assert_eq!(code, Some(137), "{text}");
    assert!(text.contains("agentos: memory limit of 64 MB reached"), "{text}");
    let forks = "for i in $(seq 100); do sleep 5 & done 2>/dev/null; kill $(jobs -p); exit 3";
    let output = stage.command(MANIFEST, &[], forks).stdin(Stdio::null()).output().unwrap();
    let text = said(&output.stderr);
    assert!(text.contains("no further process was allowed"), "{:?} {text}", output.status.code());
}

#[test]
fn the_sandbox_holds_as_on_the_desktop() {
    let stage = Stage::new();
    let secret = stage.folder.path().join("secret");
    fs::write(&secret, "s").unwrap();
    let secret = secret.display();
    let script = format!(
        "cat {secret} || echo no; cat /etc/shadow || echo no; touch /usr/x || echo no; unshare -U true || echo no; \
         touch a && ls; pwd; test $(ls -d /proc/[0-9]* | wc -l) -lt 10 && echo alone"
    );
    let output = stage.run(&script);
    assert_eq!(said(&output.stdout), "no\nno\nno\nno\na\n/home/work\nalone\n", "{}", said(&output.stderr));
    assert_eq!(
        fs::read_to_string(stage.folder.path().join("secret")).unwrap(),
        "s",
        "it can be read outside"
    );
}

#[test]
fn a_home_that_was_not_given_is_an_empty_one() {
    let manifest = r#"{
      "id": "t", "name": "T", "type": "native_proc", "permissions": ["SPAWN_PROCESS"],
      "proc_manifest": {"executable": "sh", "args": ["-c"], "working_dir": "/home", "sandbox": {"network": "none"}}
    }"#;
    let stage = Stage::new();
    let script = "pwd; echo $HOME; ls -A /home | wc -l; touch /home/x 2>/dev/null || echo kept";
    let output = stage.command(manifest, &[], script).output().unwrap();
    assert_eq!(said(&output.stdout), "/home\n/home\n0\nkept\n", "{}", said(&output.stderr));
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn a_network_of_its_own_has_every_port() {
    let script = "python3 -c 'import socket; socket.socket().bind((\"127.0.0.1\", 80)); print(\"bound\")'";
    let output = Stage::new().run(script);
    assert_eq!(said(&output.stdout), "bound\n", "{}", said(&output.stderr));
}

#[test]
fn what_is_kept_apart_is_said_and_waits() {
    let manifest = r#"{
      "id": "t", "name": "T", "type": "native_proc", "permissions": ["SPAWN_PROCESS"],
      "proc_manifest": {"executable": "sh", "args": ["-c"], "working_dir": "/home/work",
        "sandbox": {"network": "none", "write": ["/home/work"], "copy_on_write": ["/home/work"]}}
    }"#;
    let stage = Stage::new();
    let data = stage.folder.path().join("data");
    let options = ["--explain", "--data-dir", data.to_str().unwrap()];
    let output = stage.command(manifest, &options, "echo a > a; echo b > b").output().unwrap();
    let told = said(&output.stderr);
    assert!(told.contains("2 changes that were kept apart (run 1) can be reviewed"), "{told}");
    assert!(!data.join("home/work/a").exists());
    let output = stage.command(manifest, &["--explain"], "echo a > a").output().unwrap();
    assert!(
        said(&output.stderr).contains("1 change that was kept apart went with this run's data folder"),
        "{}",
        said(&output.stderr)
    );
    let output = stage.command(manifest, &[], "echo a > a").output().unwrap();
    assert_eq!(said(&output.stderr), "", "not a terminal: nothing is added");
}

#[test]
fn a_folder_of_the_host_can_be_given_for_a_run() {
    let stage = Stage::new();
    let given = stage.folder.path().join("given");
    fs::create_dir(&given).unwrap();
    fs::write(given.join("f"), "content\n").unwrap();
    let name = given.display().to_string();
    let run = |option: &str, folder: &str, script: &str| {
        let mut command = stage.command(MANIFEST, &[option, folder], script);
        let output = command.stdin(Stdio::null()).output().unwrap();
        (said(&output.stdout).to_owned(), output.status.code())
    };
    let (text, _) = run("--grant-read", &name, "cat /mnt/given/f; touch /mnt/given/g || echo read only");
    assert_eq!(text, "content\nread only\n");
    let (_, code) = run("--grant-write", &format!("{name}:w"), "echo new > /mnt/w/g");
    assert_eq!((code, fs::read_to_string(given.join("g")).unwrap().as_str()), (Some(0), "new\n"));
}

#[test]
fn nothing_that_it_started_is_left() {
    let stage = Stage::new();
    let script =
        "(setsid sh -c 'trap \"\" HUP TERM; exec sleep 76543' &) ; nohup sleep 76543 & sleep 0.2; echo bye";
    let output = stage.run(script);
    assert_eq!(said(&output.stdout), "bye\n");
    let deadline = Instant::now() + PATIENCE;
    loop {
        let all = fs::read_dir("/proc").unwrap().flatten();
        let lines = all.filter_map(|entry| fs::read(entry.path().join("cmdline")).ok());
        if !lines.into_iter().any(|line| line == b"sleep\x0076543\x00") {
            break;
        }
        assert!(Instant::now() < deadline, "a program outlived its run");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn a_terminal_passes_through_and_is_as_before_afterwards() {
    let stage = Stage::new();
    let nix::pty::OpenptyResult { master, slave } = nix::pty::openpty(
        Some(&nix::pty::Winsize { ws_row: 33, ws_col: 111, ws_xpixel: 0, ws_ypixel: 0 }),
        None,
    )
    .unwrap();
    let before = nix::sys::termios::tcgetattr(&slave).unwrap();
    let own = || Stdio::from(slave.try_clone().unwrap());
    let mut command = stage.command(MANIFEST, &[], "tty; stty size; read x; echo \"got $x\"; sleep 60");
    let mut child = command.stdin(own()).stdout(own()).stderr(own()).spawn().unwrap();
    let mut screen = Screen { master: fs::File::from(master), seen: String::new() };
    screen.wait_for("33 111");
    assert!(screen.seen.contains("/dev/pts/"), "{}", screen.seen);
    screen.master.write_all(b"hi\r").unwrap();
    screen.wait_for("got hi");
    // It is raw: the terminal itself makes no signal of it, the program's does.
    // A shell that is just starting its next command keeps the signal for itself, so once may be too early.
    for _ in 0..50 {
        if child.try_wait().unwrap().is_some() {
            break;
        }
        screen.master.write_all(b"\x03").unwrap();
        std::thread::sleep(Duration::from_millis(200));
    }
    assert_eq!(ended(&mut child).code(), Some(128 + 2));
    let after = nix::sys::termios::tcgetattr(&slave).unwrap();
    assert_eq!(after.local_flags, before.local_flags);
}

struct Screen {
    master: fs::File,
    seen: String,
}

impl Screen {
    fn wait_for(&mut self, text: &str) {
        let deadline = Instant::now() + PATIENCE;
        while !self.seen.contains(text) {
            assert!(Instant::now() < deadline, "{text} is not in {}", self.seen);
            let mut ready = [nix::poll::PollFd::new(self.master.as_fd(), nix::poll::PollFlags::POLLIN)];
            if nix::poll::poll(&mut ready, 100_u16).unwrap() > 0 {
                let mut chunk = [0; 4096];
                let count = self.master.read(&mut chunk).unwrap();
                self.seen.push_str(&String::from_utf8_lossy(&chunk[..count]));
            }
        }
    }
}
