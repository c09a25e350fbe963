//! A process of the host that is tied to one of ours.

use super::HostUsage;
use crate::sync::lock;
use abi::table::Exit;
use nix::libc;
use std::{io, os::fd::OwnedFd, sync::Mutex};

/// The host's side of a process. Dropped while the program runs, it kills the whole tree.
pub(crate) struct HostProcess {
    host_pid: i32,
    /// Signals and reaping go through this lock, so that a number is never used after it was reaped.
    child: Mutex<sandbox::Child>,
    usage: Mutex<HostUsage>,
}

impl HostProcess {
    pub(crate) fn new(child: sandbox::Child) -> Self {
        HostProcess { host_pid: child.host_pid(), child: Mutex::new(child), usage: Mutex::default() }
    }

    pub(crate) fn host_pid(&self) -> i32 {
        self.host_pid
    }

    /// A descriptor that becomes readable at the end.
    pub(crate) fn end_descriptor(&self) -> io::Result<OwnedFd> {
        lock(&self.child).pidfd().try_clone_to_owned()
    }

    /// How it ended, if it has. Reaps it.
    pub(crate) fn try_wait(&self) -> io::Result<Option<Exit>> {
        let Some(exit) = lock(&self.child).try_wait()? else { return Ok(None) };
        let mut usage = lock(&self.usage);
        let micros = (exit.user_time + exit.system_time).as_micros();
        usage.cpu_time_micros = usage.cpu_time_micros.max(u64::try_from(micros).unwrap_or(u64::MAX));
        usage.memory_bytes = 0;
        usage.threads = 0;
        Ok(Some(match exit.status {
            sandbox::ExitStatus::Code(code) => Exit::Code(code),
            sandbox::ExitStatus::Signal(signal) => Exit::Signal(signal),
        }))
    }

    /// Sends a signal to the program and everything it started.
    pub(crate) fn signal(&self, signal: i32) {
        lock(&self.child).kill_tree(signal);
    }

    /// Priority 0 to 9 as a nice value: 5 is 0, each step two. Raising it again needs a privilege on the
    /// host; where that is missing the host keeps the lower one.
    pub(crate) fn set_priority(&self, priority: u8) {
        let nice = (5 - i32::from(priority.min(9))) * 2;
        for pid in sandbox::members(self.host_pid) {
            set_nice(pid, nice);
        }
    }

    pub(crate) fn usage(&self) -> HostUsage {
        *lock(&self.usage)
    }

    pub(crate) fn set_usage(&self, usage: HostUsage) {
        *lock(&self.usage) = usage;
    }
}

#[allow(unsafe_code, reason = "setpriority has no wrapper in nix")]
fn set_nice(host_pid: i32, nice: i32) {
    let Ok(who) = libc::id_t::try_from(host_pid) else { return };
    // SAFETY: a plain call with three numbers.
    let refused = unsafe { libc::setpriority(libc::PRIO_PROCESS, who, nice) } != 0;
    if refused {
        tracing::debug!(host_pid, nice, "the host kept the nice value");
    }
}
