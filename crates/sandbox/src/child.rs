//! A started program: its end can be waited for by a descriptor, and it is reaped exactly once.

use crate::{
    Enforced,
    process_tree::{self, members},
};
use nix::{
    errno::Errno,
    libc,
    poll::{PollFd, PollFlags, PollTimeout, poll},
    sys::signal::Signal,
};
use serde::{Deserialize, Serialize};
use std::{
    io,
    mem::MaybeUninit,
    os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd},
    time::Duration,
};

/// How a program ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ExitStatus {
    /// By itself, with this code.
    Code(i32),
    /// By this signal.
    Signal(i32),
}

/// The end of a program and what it had used, its reaped children included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exit {
    /// How it ended.
    pub status: ExitStatus,
    /// CPU time in its own code.
    pub user_time: Duration,
    /// CPU time in the host's kernel on its behalf.
    pub system_time: Duration,
    /// The most memory it had resident at once, in bytes.
    pub peak_memory_bytes: u64,
}

/// A program that [`crate::spawn_pty`] or [`crate::spawn_piped`] started; leader of its own session.
///
/// Dropping it before its end was seen kills its whole tree.
#[derive(Debug)]
pub struct Child {
    host_pid: i32,
    pidfd: OwnedFd,
    exit: Option<Exit>,
    enforced: Option<Enforced>,
}

impl Child {
    /// Takes over a child that nobody has waited for.
    pub(crate) fn adopt(child: std::process::Child) -> io::Result<Child> {
        let host_pid = child.id().cast_signed();
        // The child is ours and unreaped, so the number cannot name another process.
        let pidfd = open_pidfd(host_pid).inspect_err(|_| {
            let mut child = child;
            let _ = child.kill().and_then(|()| child.wait());
        })?;
        // Dropping the standard handle neither kills nor reaps.
        Ok(Child { host_pid, pidfd, exit: None, enforced: None })
    }

    /// The process id on the host, which is also its session and first process group.
    #[must_use]
    pub fn host_pid(&self) -> i32 {
        self.host_pid
    }

    /// What holds it; `None` for a program without isolation.
    #[must_use]
    pub fn enforced(&self) -> Option<&Enforced> {
        self.enforced.as_ref()
    }

    /// Becomes readable when the program has ended; then [`Child::try_wait`] answers.
    #[must_use]
    pub fn pidfd(&self) -> BorrowedFd<'_> {
        self.pidfd.as_fd()
    }

    /// The end, if it has come. Reaps the program the first time, answers the same ever after.
    ///
    /// # Errors
    /// `ECHILD` when somebody else in this program has reaped it.
    pub fn try_wait(&mut self) -> io::Result<Option<Exit>> {
        if self.exit.is_some() {
            return Ok(self.exit);
        }
        if let Some((_, exit)) = reap(self.host_pid)? {
            self.exit = Some(exit);
        }
        Ok(self.exit)
    }

    /// Waits for the end, at most this long; `None` when it has not come by then.
    ///
    /// # Errors
    /// As [`Child::try_wait`], and what `poll` says.
    pub fn wait_timeout(&mut self, timeout: Duration) -> io::Result<Option<Exit>> {
        let timeout = PollTimeout::try_from(timeout).unwrap_or(PollTimeout::MAX);
        match poll(&mut [PollFd::new(self.pidfd(), PollFlags::POLLIN)], timeout) {
            Ok(_) | Err(Errno::EINTR) => self.try_wait(),
            Err(error) => Err(error.into()),
        }
    }

    /// Sends a signal to the program alone; false when it has ended.
    #[allow(unsafe_code, reason = "pidfd calls have no wrapper in nix")]
    pub fn signal_program(&self, signal: i32) -> bool {
        // SAFETY: the descriptor is open, no signal information is passed.
        unsafe { libc::syscall(libc::SYS_pidfd_send_signal, self.pidfd.as_raw_fd(), signal, 0, 0) == 0 }
    }

    /// Sends a signal to the program and everything it started; see [`crate::kill_tree`].
    /// Returns how many got it.
    pub fn kill_tree(&self, signal: i32) -> usize {
        match self.exit {
            None => process_tree::kill_tree(self.host_pid, signal),
            // The number may name a stranger by now; what is left of the session still bears it.
            Some(_) if members(self.host_pid).iter().all(|member| *member != self.host_pid) => {
                process_tree::kill_tree(self.host_pid, signal)
            }
            Some(_) => 0,
        }
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        if matches!(self.try_wait(), Ok(None)) {
            self.kill_tree(Signal::SIGKILL as i32);
            // A killed program ends at once unless the host holds it in a call; then it stays a
            // zombie until we end, which is better than waiting for it here.
            let _ = self.wait_timeout(Duration::from_secs(1));
        }
    }
}

impl AsRawFd for Child {
    fn as_raw_fd(&self) -> i32 {
        self.pidfd.as_raw_fd()
    }
}

/// Reaps a child that has ended, `-1` for any; says which and how. `None` when none has.
#[allow(unsafe_code, reason = "wait4, the one call that gives exit status and usage, has no wrapper in nix")]
pub(crate) fn reap(which: i32) -> io::Result<Option<(i32, Exit)>> {
    let mut status = 0;
    let mut usage = MaybeUninit::<libc::rusage>::zeroed();
    // SAFETY: both pointers are to live locals of the right type.
    let reaped = unsafe { libc::wait4(which, &raw mut status, libc::WNOHANG, usage.as_mut_ptr()) };
    let reaped = Errno::result(reaped)?;
    if reaped == 0 {
        return Ok(None);
    }
    // SAFETY: zeroed above, which is a valid value, and filled by the host.
    let usage = unsafe { usage.assume_init() };
    let status = match libc::WIFSIGNALED(status) {
        true => ExitStatus::Signal(libc::WTERMSIG(status)),
        false => ExitStatus::Code(libc::WEXITSTATUS(status)),
    };
    let exit = Exit {
        status,
        user_time: duration(usage.ru_utime),
        system_time: duration(usage.ru_stime),
        peak_memory_bytes: u64::try_from(usage.ru_maxrss).unwrap_or(0).saturating_mul(1024),
    };
    Ok(Some((reaped, exit)))
}

/// A descriptor of a process that becomes readable at its end.
#[allow(unsafe_code, reason = "pidfd_open has no wrapper in nix")]
pub(crate) fn open_pidfd(host_pid: i32) -> io::Result<OwnedFd> {
    // SAFETY: a plain call with two numbers.
    let raw = unsafe { libc::syscall(libc::SYS_pidfd_open, host_pid, 0) };
    let raw = Errno::result(raw)?;
    // SAFETY: the host has just opened this descriptor, close-on-exec, for us alone.
    #[allow(clippy::cast_possible_truncation, reason = "descriptors fit an int")]
    Ok(unsafe { OwnedFd::from_raw_fd(raw as i32) })
}

fn duration(time: libc::timeval) -> Duration {
    let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
    let micros = u64::try_from(time.tv_usec).unwrap_or(0);
    Duration::from_secs(seconds) + Duration::from_micros(micros)
}
