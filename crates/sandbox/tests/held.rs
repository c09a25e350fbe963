//! Programs with a holder: they go on when the desktop lets go of them, and end when they shall.

use agentos_sandbox::{
    Exit, ExitStatus, Held, HeldProcess, Helper, HolderError, HolderFolder, Isolation, Keep, SpawnError,
    Spec, WindowSize, base_environment, members, spawn_held,
};
use nix::{
    errno::Errno,
    libc,
    poll::{PollFd, PollFlags, PollTimeout, poll},
    sys::signal::{Signal, kill},
    unistd::{Pid, read, write},
};
use std::{
    io::{Read, Write},
    os::{
        fd::{AsFd, OwnedFd},
        unix::{fs::PermissionsExt, net::UnixStream},
    },
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

const SIZE: WindowSize = WindowSize { rows: 24, cols: 80 };
/// Far beyond what anything here takes; reached only when something hangs.
const PATIENCE: Duration = Duration::from_secs(30);

/// Says that everything here runs in isolation.
const ISOLATED_VARIABLE: &str = "AGENTOS_TEST_ISOLATED";

fn is_isolated() -> bool {
    std::env::var_os(ISOLATED_VARIABLE).is_some()
}

struct Scene {
    folder: HolderFolder,
    _data: tempfile::TempDir,
}

fn scene() -> Scene {
    let data = tempfile::tempdir().unwrap();
    // Longer than a socket's address may be.
    let folder = HolderFolder::open(data.path().join("x".repeat(120)).join("holders")).unwrap();
    Scene { folder, _data: data }
}

impl Scene {
    fn start(&self, id: &str, script: &str) -> HeldProcess {
        self.try_start(id, "sh", &["-c", script]).unwrap()
    }

    fn try_start(&self, id: &str, executable: &str, args: &[&str]) -> Result<HeldProcess, SpawnError> {
        let spec = Spec {
            args: args.iter().map(|&arg| arg.to_owned()).collect(),
            env: base_environment(Path::new("/tmp")),
            helper: Helper::Program(PathBuf::from(env!("CARGO_BIN_EXE_agentos-sandbox"))),
            isolation: is_isolated().then(Isolation::default),
            ..Spec::new(executable)
        };
        let keep = Keep {
            folder: self.folder.path().to_owned(),
            id: id.into(),
            note: format!("note of {id}"),
            started_millis: 42,
        };
        spawn_held(&spec, SIZE, &keep)
    }

    fn socket(&self, id: &str) -> PathBuf {
        self.folder.path().join(format!("{id}.sock"))
    }

    fn connect(&self, id: &str) -> UnixStream {
        let folder = std::fs::File::open(self.folder.path()).unwrap();
        let number = std::os::fd::AsRawFd::as_raw_fd(&folder);
        UnixStream::connect(format!("/proc/self/fd/{number}/{id}.sock")).unwrap()
    }
}

/// Reads as a desktop does, with a copy for the ring, until the text has come or the other end is closed.
fn read_until(process: &HeldProcess, text: &str) -> String {
    let (mut all, deadline) = (Vec::new(), Instant::now() + PATIENCE);
    loop {
        let so_far = String::from_utf8_lossy(&all).into_owned();
        if !text.is_empty() && so_far.contains(text) {
            return so_far;
        }
        assert!(Instant::now() < deadline, "no {text:?} in {so_far:?}");
        let mut buffer = [0; 4096];
        match read(&process.master, &mut buffer) {
            Ok(0) | Err(Errno::EIO) => return so_far,
            Ok(count) => {
                process.held.record(&buffer[..count]);
                all.extend_from_slice(&buffer[..count]);
            }
            Err(Errno::EAGAIN) => wait_for(&process.master),
            Err(error) => panic!("{error}"),
        }
    }
}

fn wait_for(fd: &OwnedFd) {
    let _ = poll(&mut [PollFd::new(fd.as_fd(), PollFlags::POLLIN)], PollTimeout::from(200_u16));
}

fn end_of(held: &Held) -> Exit {
    let (end, deadline) = (held.end_descriptor().unwrap(), Instant::now() + PATIENCE);
    loop {
        if let Some(exit) = held.try_wait().unwrap() {
            return exit;
        }
        assert!(Instant::now() < deadline, "it does not end");
        wait_for(&end);
    }
}

/// Waits until a condition holds.
fn eventually(what: &str, condition: impl Fn() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !condition() {
        assert!(Instant::now() < deadline, "not in time: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn is_alive(pid: i32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"));
    stat.is_ok_and(|stat| !stat.rsplit_once(')').is_some_and(|(_, rest)| rest.starts_with(" Z")))
}

fn last_output(held: &Held) -> String {
    String::from_utf8(held.last_output()).unwrap()
}

#[test]
fn a_program_goes_on_without_a_desktop_and_is_taken_over_by_the_next() {
    let scene = scene();
    let first =
        scene.start("1-1", "echo before; read line; echo \"heard $line\"; read line; echo and $line; exit 5");
    read_until(&first, "before");
    let (host_pid, holder_pid) = (first.held.host_pid(), first.held.info().holder_pid);
    let mode = std::fs::metadata(scene.socket("1-1")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    first.held.release();
    write(&first.master, b"something\n").unwrap();
    drop(first);

    assert!(is_alive(host_pid));
    let listed = scene.folder.list();
    assert_eq!(listed.len(), 1);
    assert_eq!((listed[0].host_pid, listed[0].note.as_str()), (host_pid, "note of 1-1"));
    assert_eq!((listed[0].started_millis, listed[0].attached, listed[0].ended), (42, false, None));
    let second = loop {
        // Until the holder has read what was said meanwhile.
        let second = scene.folder.attach("1-1").unwrap();
        if last_output(&second.held).contains("heard something") {
            break second;
        }
        second.held.release();
        drop(second);
        std::thread::sleep(Duration::from_millis(5));
    };
    assert!(last_output(&second.held).starts_with("before\r\n"));
    second.held.adopt();
    write(&second.master, b"more\n").unwrap();
    read_until(&second, "and more");
    assert_eq!(end_of(&second.held).status, ExitStatus::Code(5));
    drop(second);
    eventually("the holder ends", || !is_alive(holder_pid) && !scene.socket("1-1").exists());
}

#[test]
fn what_ended_meanwhile_is_told_with_its_last_output() {
    let scene = scene();
    let process = scene.start("1-1", "read line; echo last words; exit 3");
    let host_pid = process.held.host_pid();
    process.held.release();
    write(&process.master, b"\n").unwrap();
    drop(process);
    eventually("it has ended", || !is_alive(host_pid));
    eventually("that is known", || scene.folder.list()[0].ended.is_some());
    let found = scene.folder.attach("1-1").unwrap();
    let exit = end_of(&found.held);
    assert!(exit.status == ExitStatus::Code(3) && exit.peak_memory_bytes > 0);
    assert!(last_output(&found.held).contains("last words") || read_until(&found, "").contains("last words"));
}

#[test]
fn a_flood_does_not_stop_the_program_and_its_end_is_kept() {
    let scene = scene();
    let process = scene.start("1-1", "read line; seq 200000; echo done; exit 0");
    process.held.release();
    write(&process.master, b"\n").unwrap();
    drop(process);
    eventually("it has ended", || scene.folder.list()[0].ended.is_some());
    let found = scene.folder.attach("1-1").unwrap();
    let rest = read_until(&found, "");
    let output = last_output(&found.held);
    assert!(output.ends_with("done\r\n"), "{rest:?}");
    assert!(output.len() > 200_000 && output.lines().next().unwrap().parse::<u32>().is_ok());
}

#[test]
fn one_desktop_at_a_time() {
    let scene = scene();
    let process = scene.start("1-1", "sleep 1000");
    assert!(matches!(scene.folder.attach("1-1"), Err(HolderError::Busy(_))));
    assert!(matches!(scene.folder.end("1-1"), Err(HolderError::Busy(_))));
    assert!(scene.folder.list()[0].attached);
    assert!(matches!(scene.folder.attach("1-2"), Err(HolderError::Unknown(_))));
    assert!(matches!(scene.folder.attach("../1-1"), Err(HolderError::Unknown(_))));
    process.held.release();
    let host_pid = process.held.host_pid();
    eventually("it is free", || scene.folder.end("1-1").is_ok());
    eventually("it ends", || !is_alive(host_pid));
}

#[test]
fn dropping_it_ends_everything_that_it_started() {
    let scene = scene();
    // One in a session of its own whose parent has ended: nothing leads from the program to it.
    let script = "(setsid sleep 1001 & echo $! > /dev/null); sleep 1002 & echo up; wait";
    let process = scene.start("1-1", script);
    read_until(&process, "up");
    eventually("all of them run", || process.held.members().len() == 3);
    let tree = process.held.members();
    drop(process);
    eventually("none is left", || tree.iter().all(|&pid| !is_alive(pid)));
    eventually("nor the socket", || !scene.socket("1-1").exists());
}

#[test]
fn what_an_ended_program_left_behind_goes_with_its_holder() {
    let scene = scene();
    let process = scene.start("1-1", "trap '' HUP; sleep 1003 & exit 0");
    assert_eq!(end_of(&process.held).status, ExitStatus::Code(0));
    let left = process.held.members();
    assert_eq!(left.len(), 1);
    drop(process);
    eventually("it is killed after its grace", || !is_alive(left[0]));
}

#[test]
fn a_holder_that_is_killed_takes_its_program_along() {
    let scene = scene();
    let process = scene.start("1-1", "trap '' HUP; sleep 1004 & echo up; wait; while :; do sleep 1; done");
    read_until(&process, "up");
    let tree = members(process.held.host_pid());
    kill(Pid::from_raw(process.held.info().holder_pid), Signal::SIGKILL).unwrap();
    assert_eq!(end_of(&process.held).status, ExitStatus::Signal(libc::SIGHUP));
    assert!(process.held.was_lost());
    eventually("none is left", || tree.iter().all(|&pid| !is_alive(pid)));
    drop(process);
    assert!(scene.socket("1-1").exists(), "nobody could remove it");
    scene.folder.remove_stale();
    assert!(!scene.socket("1-1").exists());
}

#[test]
fn bad_words_and_silent_guests_do_no_harm() {
    let scene = scene();
    let process = scene.start("1-1", "read line; echo heard $line");
    let mut silent: Vec<UnixStream> = (0..10).map(|_| scene.connect("1-1")).collect();
    for bytes in
        [&b"GET / HTTP/1.1\r\n\r\n"[..], b"ah\x01\x02\xff\xff\xff\xff", b"ah\x01\x11\x02\0\0\0{}", &[0; 9000]]
    {
        let mut guest = scene.connect("1-1");
        guest.set_read_timeout(Some(PATIENCE)).unwrap();
        // It may be turned away before it has said everything.
        let _ = guest.write_all(bytes);
        assert!(matches!(guest.read(&mut [0; 16]), Ok(0) | Err(_)), "{bytes:?}");
    }
    drop(silent.pop());
    write(&process.master, b"this\n").unwrap();
    read_until(&process, "heard this");
    assert_eq!(end_of(&process.held).status, ExitStatus::Code(0));
}

#[test]
fn a_folder_that_goes_takes_its_programs_along() {
    let scene = scene();
    let process = scene.start("1-1", "trap '' HUP; while :; do sleep 1; done");
    let tree = process.held.members();
    let holder = process.held.info().holder_pid;
    process.held.release();
    drop(process);
    drop(scene);
    eventually("none is left", || !is_alive(holder) && tree.iter().all(|&pid| !is_alive(pid)));
}

#[test]
fn a_terminal_that_is_closed_hangs_up() {
    let scene = scene();
    let HeldProcess { master, held } = scene.start("1-1", "sleep 1000");
    drop(master);
    held.hang_up();
    assert_eq!(end_of(&held).status, ExitStatus::Signal(libc::SIGHUP));
}

#[test]
fn what_cannot_start_says_why_and_leaves_nothing() {
    let scene = scene();
    let missing = scene.try_start("1-1", "no-such-program", &[]).unwrap_err();
    assert_eq!(missing.to_string(), "no-such-program: not found");
    eventually("no socket is left", || !scene.socket("1-1").exists());
    let _first = scene.start("1-1", "sleep 1000");
    let twice = scene.try_start("1-1", "true", &[]).unwrap_err();
    assert_eq!(twice.raw_os_error(), libc::EADDRINUSE);
    assert!(matches!(scene.try_start("..", "true", &[]), Err(SpawnError::Invalid(_))));
}

#[test]
fn a_holder_keeps_nothing_of_the_desktop() {
    let scene = scene();
    let leaky = nix::unistd::dup(std::io::stdin()).unwrap();
    nix::fcntl::fcntl(&leaky, nix::fcntl::FcntlArg::F_SETFD(nix::fcntl::FdFlag::empty())).unwrap();
    let process = scene.start("1-1", "ls /proc/self/fd; sleep 1000");
    let seen = read_until(&process, "3");
    assert_eq!(seen.split_whitespace().collect::<Vec<_>>(), ["0", "1", "2", "3"], "3 is the listing");
    let holder = format!("/proc/{}", process.held.info().holder_pid);
    for number in 0..3 {
        assert_eq!(std::fs::read_link(format!("{holder}/fd/{number}")).unwrap(), Path::new("/dev/null"));
    }
    let own = if is_isolated() { 12 } else { 10 };
    assert_eq!(std::fs::read_dir(format!("{holder}/fd")).unwrap().count(), own, "its own, and nothing else");
    let stat = std::fs::read_to_string(format!("{holder}/stat")).unwrap();
    assert!(!stat.contains(&format!(" {} ", std::process::id())), "it is not our child: {stat}");
    let resident = std::fs::read_to_string(format!("{holder}/statm")).unwrap();
    println!("holder: {resident} (pages: size, resident, shared)");
}

#[test]
fn what_holds_it_is_known_to_the_next_desktop() {
    let scene = scene();
    let process = scene.start("1-1", "exec sleep 1000");
    assert_eq!(process.held.enforced().is_some(), is_isolated());
    process.held.release();
    let found = loop {
        match scene.folder.attach("1-1") {
            Err(HolderError::Busy(_)) => std::thread::sleep(Duration::from_millis(5)),
            found => break found.unwrap(),
        }
    };
    assert_eq!(found.held.enforced(), process.held.enforced());
    assert_eq!(found.held.members(), [found.held.host_pid()]);
    found.held.adopt();
}

#[test]
fn all_of_this_holds_in_isolation() {
    if is_isolated() {
        return;
    }
    let output = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--test-threads", "4"])
        .env(ISOLATED_VARIABLE, "1")
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && text.contains("test result: ok"), "{text}");
}
