//! What tests of isolation share: a folder to grant, programs to start in isolation, and reading what they say.

#![allow(dead_code, reason = "each test program uses a part of it")]

use agentos_sandbox::{Bind, Child, ExitStatus, Helper, Isolation, Spec, WindowSize, base_environment};
use nix::{
    errno::Errno,
    poll::{PollFd, PollFlags, PollTimeout, poll},
    unistd::read,
};
use std::{
    os::fd::{AsFd, OwnedFd},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

pub(crate) const SIZE: WindowSize = WindowSize { rows: 24, cols: 80 };
/// Far beyond what anything here takes; reached only when something hangs.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// A folder of the host that is granted as `/home`, for writing.
pub(crate) struct Scene {
    pub(crate) home: tempfile::TempDir,
    pub(crate) isolation: Isolation,
}

impl Scene {
    pub(crate) fn new() -> Scene {
        let home = tempfile::tempdir().unwrap();
        std::fs::write(home.path().join("granted"), "a granted file\n").unwrap();
        let isolation = Isolation { binds: vec![Bind::write(home.path(), "/home")], ..Isolation::default() };
        Scene { home, isolation }
    }

    pub(crate) fn spec(&self, executable: &str, args: &[&str]) -> Spec {
        Spec {
            args: args.iter().map(|&arg| arg.to_owned()).collect(),
            env: base_environment(Path::new("/home")),
            working_dir: "/home".into(),
            isolation: Some(self.isolation.clone()),
            helper: helper(),
            ..Spec::new(executable)
        }
    }

    pub(crate) fn sh(&self, script: &str) -> Spec {
        self.spec("sh", &["-c", script])
    }

    /// Where a path of the view is on the host.
    pub(crate) fn host(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }
}

pub(crate) fn helper() -> Helper {
    let moved = std::env::var_os(HELPER_VARIABLE).map(PathBuf::from);
    Helper::Program(moved.unwrap_or_else(|| env!("CARGO_BIN_EXE_agentos-sandbox").into()))
}

/// Where the helper is when the tests run as a user who cannot reach the one that was built.
const HELPER_VARIABLE: &str = "AGENTOS_TEST_HELPER";
/// A user without a name and without rights.
const ORDINARY_USER: u32 = 64_988;

/// Runs all tests of this program once more, as an ordinary user. Where we are one already, nothing is left to do.
pub(crate) fn run_as_ordinary_user(own_name: &str) {
    if !nix::unistd::geteuid().is_root() {
        eprintln!("NOT RUN AS ROOT: the other tests were those of an ordinary user, root's are missing");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let open = |path: &Path, mode| {
        std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(mode)).unwrap();
    };
    open(folder.path(), 0o755);
    let copy = |from: &Path, name: &str| {
        let to = folder.path().join(name);
        std::fs::copy(from, &to).unwrap();
        open(&to, 0o755);
        to
    };
    let tests = copy(&std::env::current_exe().unwrap(), "tests");
    let Helper::Program(built) = helper() else { unreachable!("the helper of tests is a program") };
    let helper = copy(&built, "agentos-sandbox");
    let temporary = folder.path().join("tmp");
    std::fs::create_dir(&temporary).unwrap();
    open(&temporary, 0o1777);
    let output =
        std::os::unix::process::CommandExt::uid(&mut std::process::Command::new(tests), ORDINARY_USER)
            .args(["--test-threads", "1", "--skip", own_name])
            .env(HELPER_VARIABLE, helper)
            .env("TMPDIR", temporary)
            .current_dir("/")
            .output()
            .unwrap();
    let text = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "as an ordinary user:\n{text}");
    assert!(text.contains("test result: ok"), "{text}");
}

/// Reads until the text has come or the other end is closed.
pub(crate) fn read_until(fd: &OwnedFd, text: &str) -> String {
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
                let _ = poll(&mut [PollFd::new(fd.as_fd(), PollFlags::POLLIN)], PollTimeout::from(100_u8));
            }
            Err(error) => panic!("{error}"),
        }
    }
}

pub(crate) fn read_all(fd: &OwnedFd) -> String {
    read_until(fd, "")
}

pub(crate) fn end(child: &mut Child) -> ExitStatus {
    let exit = child.wait_timeout(PATIENCE).unwrap().expect("it ends");
    exit.status
}

pub(crate) fn is_alive(pid: i32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(')').is_some_and(|(_, rest)| !rest.trim_start().starts_with(['Z', 'X']))
}

pub(crate) fn eventually(what: &str, mut check: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !check() {
        assert!(Instant::now() < deadline, "never: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}
