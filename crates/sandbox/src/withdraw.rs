//! Taking folders away from a program that runs: a helper enters its namespaces and takes the mounts off its view.
//!
//! ```text
//! withdraw (desktop) ── namespaces as descriptors 0 and 1 ──▶ helper: setns ─▶ umount2 · a read-only copy laid over
//! ```
//!
//! The namespaces are opened before it is made sure that the program still runs, so a number that was given to somebody
//! else meanwhile is noticed. No path follows a link: what lies there is the program's to arrange.
//!
//! What it refuses to promise: a file or folder that is open stays open, until it is closed.

use crate::{
    Helper,
    enforce::{hide_mount, make_read_only},
};
use nix::{
    errno::Errno,
    sched::{CloneFlags, setns},
    unistd::Pid,
};
use serde::{Deserialize, Serialize};
use std::{
    fs::File,
    io::{self, Read},
    os::fd::{AsFd, BorrowedFd},
    path::PathBuf,
    process::{Command, Stdio, exit},
    time::{Duration, Instant},
};

/// The hidden subcommand of the helper.
pub(crate) const WITHDRAW_SUBCOMMAND: &str = "__sandbox-withdraw";
/// How long it may take: it is a few calls that do not wait.
const TIMEOUT: Duration = Duration::from_secs(5);
const POLL: Duration = Duration::from_millis(2);
/// What is kept of what it complains, bytes.
const MAX_COMPLAINT: u64 = 2_048;

/// What is taken of a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Withdrawal {
    /// All of it.
    Hidden,
    /// To change it.
    ReadOnly,
}

/// Takes places away from the view of a program that has namespaces of its own, and tells which could not be taken and
/// why. `host_pid` is a process in the view. Takes a few milliseconds; not for the thread that draws.
///
/// # Errors
/// The program has ended, or nobody may enter its namespaces.
pub fn withdraw(host_pid: i32, places: &[(PathBuf, Withdrawal)]) -> io::Result<()> {
    let namespace = |kind: &str| File::open(format!("/proc/{host_pid}/ns/{kind}"));
    let (mounts, users) = (namespace("mnt")?, namespace("user")?);
    if same_namespace(&mounts, "/proc/self/ns/mnt")? {
        return Err(io::Error::other("it has no view of its own"));
    }
    // A process that is there now had the number when the namespaces were opened.
    nix::sys::signal::kill(Pid::from_raw(host_pid), None)?;
    let helper = Helper::find();
    let mut child = Command::new(helper.path())
        .arg(WITHDRAW_SUBCOMMAND)
        .arg(serde_json::to_string(places)?)
        .env_clear()
        .stdin(Stdio::from(mounts))
        .stdout(Stdio::from(users))
        .stderr(Stdio::piped())
        .spawn()?;
    let began = Instant::now();
    let status = loop {
        match child.try_wait()? {
            Some(status) => break status,
            None if began.elapsed() < TIMEOUT => std::thread::sleep(POLL),
            None => {
                child.kill()?;
                child.wait()?;
                return Err(io::ErrorKind::TimedOut.into());
            }
        }
    };
    if status.success() {
        return Ok(());
    }
    let mut complaint = String::new();
    if let Some(stderr) = child.stderr.take() {
        // What is no text says nothing.
        let _ = stderr.take(MAX_COMPLAINT).read_to_string(&mut complaint);
    }
    Err(io::Error::other(complaint.trim().to_owned()))
}

fn same_namespace(one: &File, other: &str) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt;
    let (one, other) = (one.metadata()?, std::fs::metadata(other)?);
    Ok((one.dev(), one.ino()) == (other.dev(), other.ino()))
}

/// The helper's side: enters, takes, ends.
pub(crate) fn withdraw_main() -> ! {
    if let Err(why) = take() {
        eprintln!("{why}");
        exit(1);
    }
    exit(0)
}

fn take() -> Result<(), String> {
    let asked = std::env::args().nth(2).unwrap_or_default();
    let places: Vec<(PathBuf, Withdrawal)> = serde_json::from_str(&asked).map_err(|why| why.to_string())?;
    enter().map_err(|errno| format!("its namespaces cannot be entered: {errno}"))?;
    let mut failed = Vec::new();
    for (path, how) in places {
        let taken = match how {
            Withdrawal::Hidden => hide_mount(&path),
            Withdrawal::ReadOnly => make_read_only(&path),
        };
        match taken {
            // What is not there is not reached.
            Ok(()) | Err(Errno::ENOENT | Errno::ENOTDIR) => {}
            Err(errno) => failed.push(format!("{}: {errno}", path.display())),
        }
    }
    if failed.is_empty() { Ok(()) } else { Err(failed.join("; ")) }
}

#[allow(unsafe_code, reason = "descriptors 0 and 1 are namespaces by agreement with the parent")]
fn enter() -> Result<(), Errno> {
    // SAFETY: both stay open through this call; where they are none, the calls say so.
    let (mounts, users) = unsafe { (BorrowedFd::borrow_raw(0), BorrowedFd::borrow_raw(1)) };
    match setns(mounts.as_fd(), CloneFlags::CLONE_NEWNS) {
        // Who is nobody outside is somebody in the user namespace that it has made.
        Err(Errno::EPERM) => {
            setns(users.as_fd(), CloneFlags::CLONE_NEWUSER)?;
            setns(mounts.as_fd(), CloneFlags::CLONE_NEWNS)
        }
        entered => entered,
    }
}
