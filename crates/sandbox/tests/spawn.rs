//! Real programs through the real helper.

use agentos_sandbox::{
    Child, ExitStatus, Helper, Limits, SpawnError, Spec, WindowSize, base_environment, foreground_group,
    kill_tree, members, resize, spawn_piped, spawn_pty,
};
use nix::{
    errno::Errno,
    libc,
    poll::{PollFd, PollFlags, PollTimeout, poll},
    unistd::{read, write},
};
use std::{
    io::{BufRead, BufReader},
    os::fd::{AsFd, OwnedFd},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::Arc,
    time::{Duration, Instant},
};

const SIZE: WindowSize = WindowSize { rows: 24, cols: 80 };
/// Far beyond what anything here takes; reached only when something hangs.
const PATIENCE: Duration = Duration::from_secs(30);

fn spec(executable: &str, args: &[&str]) -> Spec {
    Spec {
        args: args.iter().map(|&arg| arg.to_owned()).collect(),
        env: base_environment(Path::new("/tmp")),
        helper: Helper::Program(PathBuf::from(env!("CARGO_BIN_EXE_agentos-sandbox"))),
        ..Spec::new(executable)
    }
}

fn sh(script: &str) -> Spec {
    spec("sh", &["-c", script])
}

/// Reads until the text has come (or the other end is closed), and returns everything read.
fn read_until(fd: &OwnedFd, text: &str) -> String {
    let (mut all, deadline) = (Vec::new(), Instant::now() + PATIENCE);
    loop {
        let so_far = String::from_utf8_lossy(&all).into_owned();
        if !text.is_empty() && so_far.contains(text) {
            return so_far;
        }
        assert!(Instant::now() < deadline, "no {text:?} in {so_far:?}");
        let mut buffer = [0; 4096];
        match read(fd, &mut buffer) {
            Ok(0) | Err(Errno::EIO) => return so_far,
            Ok(count) => all.extend_from_slice(&buffer[..count]),
            Err(Errno::EAGAIN) => {
                let _ = poll(&mut [PollFd::new(fd.as_fd(), PollFlags::POLLIN)], PollTimeout::from(200_u16));
            }
            Err(error) => panic!("{error}"),
        }
    }
}

fn read_all(fd: &OwnedFd) -> String {
    read_until(fd, "")
}

fn end(child: &mut Child) -> ExitStatus {
    child.wait_timeout(PATIENCE).unwrap().expect("it ends").status
}

/// Waits until a condition holds.
fn eventually(what: &str, condition: impl Fn() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !condition() {
        assert!(Instant::now() < deadline, "not in time: {what}");
        std::thread::yield_now();
    }
}

fn is_alive(pid: i32) -> bool {
    members(pid).contains(&pid)
}

#[test]
fn a_program_has_a_terminal_of_its_own() {
    let mut process = spawn_pty(&sh("tty; ps -o sid= -p $$; echo $$"), SIZE).unwrap();
    let output = read_all(&process.master);
    assert!(output.starts_with("/dev/pts/"), "{output:?}");
    let pid = process.child.host_pid().to_string();
    assert!(output.lines().skip(1).all(|line| line.trim() == pid), "{output:?} is not session {pid}");
    assert_eq!(end(&mut process.child), ExitStatus::Code(0));
}

#[test]
fn job_control_works() {
    let mut process =
        spawn_pty(&spec("bash", &["--norc", "--noprofile", "--noediting", "-i"]), SIZE).unwrap();
    let master = &process.master;
    write(master, b"PS1='rea''dy> '\n").unwrap();
    read_until(master, "ready> ");
    assert_eq!(foreground_group(master), Some(process.child.host_pid()));
    // It says when it runs: before that it still ignores the keys, as its shell does.
    write(master, b"sh -c 'echo u''p; exec sleep 1000'\n").unwrap();
    read_until(master, "up\r\n");
    let in_front = || foreground_group(master).is_some_and(|group| group != process.child.host_pid());
    assert!(in_front());
    write(master, b"\x1a").unwrap();
    read_until(master, "Stopped");
    write(master, b"fg\n").unwrap();
    eventually("the job in front again", in_front);
    write(master, b"\x03").unwrap();
    read_until(master, "ready> ");
    write(master, b"exit 7\n").unwrap();
    assert_eq!(end(&mut process.child), ExitStatus::Code(7));
}

#[test]
fn a_new_size_is_seen() {
    let process =
        spawn_pty(&sh("trap 'stty size; exit' WINCH; stty size; while :; do read _ || :; done"), SIZE)
            .unwrap();
    read_until(&process.master, "24 80");
    resize(&process.master, WindowSize { rows: 40, cols: 132 }).unwrap();
    read_until(&process.master, "40 132");
}

#[test]
fn codes_and_signals_are_told_apart() {
    for (script, status) in [
        ("exit 0", ExitStatus::Code(0)),
        ("exit 42", ExitStatus::Code(42)),
        ("kill -TERM $$", ExitStatus::Signal(libc::SIGTERM)),
        ("kill -KILL $$", ExitStatus::Signal(libc::SIGKILL)),
    ] {
        let mut process = spawn_piped(&sh(script)).unwrap();
        assert_eq!(end(&mut process.child), status, "{script}");
        let exit = process.child.try_wait().unwrap().expect("asked again");
        assert!(exit.status == status && exit.peak_memory_bytes > 0);
    }
}

#[test]
fn what_cannot_start_says_why() {
    let missing = spawn_pty(&spec("no-such-program", &[]), SIZE).unwrap_err();
    assert_eq!(missing.to_string(), "no-such-program: not found");
    assert_eq!(missing.raw_os_error(), libc::ENOENT);
    assert!(matches!(spawn_pty(&spec("/no/such/program", &[]), SIZE), Err(SpawnError::NotFound { .. })));

    let not_a_program = spawn_piped(&spec("/etc/passwd", &[])).unwrap_err();
    assert_eq!(not_a_program.raw_os_error(), libc::EACCES);

    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("no-format");
    std::fs::write(&script, "echo a shell would run this").unwrap();
    std::fs::set_permissions(&script, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let no_format = spawn_piped(&spec(script.to_str().unwrap(), &[])).unwrap_err();
    assert_eq!(no_format.raw_os_error(), libc::ENOEXEC);

    let nowhere = Spec { working_dir: "/no/such/folder".into(), ..sh("true") };
    assert!(matches!(spawn_piped(&nowhere), Err(SpawnError::WorkingDir { .. })));

    for helper in ["/bin/true", "/no/helper"] {
        let spec = Spec { helper: Helper::Program(helper.into()), ..sh("true") };
        assert!(matches!(spawn_piped(&spec), Err(SpawnError::Helper { .. })), "{helper}");
    }
}

#[test]
fn the_environment_is_exactly_what_was_given() {
    let given = [("PATH", "/usr/bin:/bin"), ("ONE", "1"), ("EMPTY", ""), ("TEXT", "a=b c\nd")];
    let spec = Spec {
        env: given.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec(),
        ..spec("env", &["-0"])
    };
    let output = read_all(&spawn_piped(&spec).unwrap().stdout);
    let seen: Vec<_> = output.split_terminator('\0').map(|line| line.split_once('=').unwrap()).collect();
    assert_eq!(seen, given);
}

#[test]
fn arguments_are_data() {
    let hostile = ["$(id)", "; rm -rf /", "a b", "", "*", "\n", "`id`"];
    let mut args = vec!["%s\\0"];
    args.extend(hostile);
    let output = read_all(&spawn_piped(&spec("printf", &args)).unwrap().stdout);
    assert_eq!(output.split_terminator('\0').collect::<Vec<_>>(), hostile);
}

#[test]
fn no_descriptor_leaks_not_even_one_that_is_inheritable() {
    let leaky = nix::unistd::dup(std::io::stdin()).unwrap();
    nix::fcntl::fcntl(&leaky, nix::fcntl::FcntlArg::F_SETFD(nix::fcntl::FdFlag::empty())).unwrap();
    // The shell's own glob holds one open while it lists: so ask a program that opens only that.
    let process = spawn_piped(&spec("ls", &["/proc/self/fd"])).unwrap();
    let listed = read_all(&process.stdout);
    assert_eq!(listed.split_whitespace().collect::<Vec<_>>(), ["0", "1", "2", "3"], "3 is the listing");
}

#[test]
fn signals_have_their_default_meaning() {
    let output = read_all(&spawn_piped(&spec("grep", &["^Sig[BI]", "/proc/self/status"])).unwrap().stdout);
    for line in output.lines() {
        assert!(line.ends_with("0000000000000000"), "{line}");
    }
    assert_eq!(output.lines().count(), 2);
}

#[test]
fn folder_and_limits_are_set() {
    let limits = Limits { open_files: Some(77), ..Limits::default() };
    let spec = Spec { working_dir: "/usr".into(), limits, ..sh("pwd; ulimit -n; ulimit -c") };
    assert_eq!(read_all(&spawn_piped(&spec).unwrap().stdout), "/usr\n77\n0\n");
}

#[test]
fn pipes_are_apart_and_input_arrives() {
    let mut process = spawn_piped(&sh("read line; echo got $line; echo oops >&2; tty")).unwrap();
    write(&process.stdin, b"hello\n").unwrap();
    assert_eq!(read_all(&process.stdout), "got hello\nnot a tty\n");
    assert_eq!(read_all(&process.stderr), "oops\n");
    assert_eq!(end(&mut process.child), ExitStatus::Code(1));
}

#[test]
fn the_whole_tree_is_killed() {
    // A child, a grandchild, one that is stopped, and one in a session of its own.
    let script =
        "sleep 1001 & (sleep 1002 & wait) & setsid sleep 1003 & sleep 1004 & kill -STOP $!; echo up; wait";
    let mut process = spawn_pty(&sh(script), SIZE).unwrap();
    read_until(&process.master, "up");
    let root = process.child.host_pid();
    eventually("all of them run", || members(root).len() == 6);
    let tree = members(root);
    assert!(process.child.kill_tree(libc::SIGKILL) >= 6);
    assert_eq!(end(&mut process.child), ExitStatus::Signal(libc::SIGKILL));
    eventually("none is left", || tree.iter().all(|&pid| !is_alive(pid)));
}

#[test]
fn a_hangup_reaches_stopped_jobs() {
    let mut process = spawn_pty(&sh("sleep 1005 & kill -STOP $!; echo up; wait"), SIZE).unwrap();
    read_until(&process.master, "up");
    let tree = members(process.child.host_pid());
    assert_eq!(kill_tree(process.child.host_pid(), libc::SIGHUP), 2);
    assert_eq!(end(&mut process.child), ExitStatus::Signal(libc::SIGHUP));
    eventually("none is left", || tree.iter().all(|&pid| !is_alive(pid)));
}

#[test]
fn dropping_a_child_ends_it() {
    let process = spawn_piped(&spec("sleep", &["1006"])).unwrap();
    let pid = process.child.host_pid();
    drop(process);
    assert!(!is_alive(pid));
}

#[test]
fn a_program_survives_the_thread_that_started_it() {
    let start = || spawn_pty(&sh("read line; echo still here"), SIZE).unwrap();
    let process = std::thread::scope(|scope| scope.spawn(start).join().unwrap());
    write(&process.master, b"\n").unwrap();
    assert!(read_all(&process.master).contains("still here"));
}

/// Run by [`a_killed_desktop_leaves_no_program`] as a process of its own, by hand it does nothing.
#[test]
#[ignore = "the inner half of another test"]
fn desktop_in_miniature() {
    if std::env::var_os("AGENTOS_TEST_DESKTOP").is_none() {
        return;
    }
    let terminal = spawn_pty(&spec("sleep", &["1007"]), SIZE).unwrap();
    let piped = spawn_piped(&spec("sleep", &["1008"])).unwrap();
    println!("\npids {} {}", terminal.child.host_pid(), piped.child.host_pid());
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).unwrap();
}

#[test]
fn a_killed_desktop_leaves_no_program() {
    let mut desktop = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "desktop_in_miniature", "--ignored", "--nocapture"])
        .env("AGENTOS_TEST_DESKTOP", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(desktop.stdout.take().unwrap()).lines().map_while(Result::ok);
    let pids: Vec<i32> = lines
        .filter_map(|line| {
            Some(line.strip_prefix("pids ")?.split(' ').map(|pid| pid.parse().unwrap()).collect())
        })
        .next()
        .expect("the inner half prints its pids");
    assert!(pids.len() == 2 && pids.iter().all(|&pid| is_alive(pid)));
    desktop.kill().unwrap();
    desktop.wait().unwrap();
    eventually("both end", || pids.iter().all(|&pid| !is_alive(pid)));
}

#[test]
fn chosen_descriptors_are_inherited_under_their_numbers() {
    let (ours, theirs) = nix::unistd::pipe().unwrap();
    let null: OwnedFd = std::fs::File::open("/dev/null").unwrap().into();
    let inherit = vec![(7, Arc::new(theirs)), (3, Arc::new(null))];
    let spec = Spec { inherit, ..sh("echo hello >&7; readlink /proc/self/fd/3; exec ls /proc/self/fd") };
    let process = spawn_piped(&spec).unwrap();
    drop(spec);
    let seen = read_all(&process.stdout);
    assert_eq!(seen.split_whitespace().collect::<Vec<_>>(), ["/dev/null", "0", "1", "2", "3", "4", "7"]);
    assert_eq!(read_all(&ours), "hello\n");
}
