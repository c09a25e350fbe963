//! A started program: its end can be waited for by a descriptor, and it is reaped exactly once.

use crate::{
    Enforced, Group, Limits, Observations, Quota, QuotaError, Seen,
    isolated::{IsolatedProgram, Namespaces, send},
    process_tree::{self, members},
    quota::Running,
    reaper,
    spawn::HELPER_END,
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
    sync::OnceLock,
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

impl Default for ExitStatus {
    fn default() -> Self {
        ExitStatus::Code(0)
    }
}

/// The end of a program and what it had used, its reaped children included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exit {
    /// How it ended.
    pub status: ExitStatus,
    /// CPU time in its own code.
    pub user_time: Duration,
    /// CPU time in the host's kernel on its behalf.
    pub system_time: Duration,
    /// The most memory it had resident at once, in bytes.
    pub peak_memory_bytes: u64,
    /// Which limit of its [`crate::Quota`] ended it, if one did.
    #[serde(default)]
    pub exceeded: Option<Exceeded>,
    /// How often it, or what it had started, was refused a further process. Where no control group counts, not known.
    #[serde(default)]
    pub refused_processes: u64,
}

/// A limit that ends a program. Others make its calls fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Exceeded {
    /// Memory.
    Memory,
    /// What it may write.
    Disk,
}

/// A program that [`crate::spawn_pty`] or [`crate::spawn_piped`] started; leader of its own session.
///
/// Dropping it before its end was seen kills its whole tree.
#[derive(Debug)]
pub struct Child {
    host_pid: i32,
    pidfd: OwnedFd,
    exit: Option<Exit>,
    /// In the tier with namespaces; then the first process of them is our child, not the program.
    namespaces: Option<Namespaces>,
    /// Of the relay, which is ours and not the program's.
    relay_pid: Option<i32>,
    enforced: Option<Enforced>,
    group: OnceLock<Group>,
    observations: Option<Observations>,
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
        let (namespaces, relay_pid, enforced, group, observations) = Default::default();
        Ok(Child { host_pid, pidfd, exit: None, namespaces, relay_pid, enforced, group, observations })
    }

    /// Takes over a program in isolation. `helper` is what was started for it: the program itself in the tier without
    /// namespaces, else something that has done its part and ends.
    pub(crate) fn isolated(
        helper: Child,
        program: IsolatedProgram,
        group: Option<Group>,
        quota: &Quota,
    ) -> Child {
        let IsolatedProgram { namespaces, host_pid, pidfd, relay_pid, supervisor, enforced, .. } = program;
        let mut child = match namespaces {
            None => helper,
            Some(_) => {
                let mut helper = helper;
                let _ = helper.wait_timeout(HELPER_END);
                let (enforced, group, observations) = Default::default();
                Child { host_pid, pidfd, exit: None, namespaces, relay_pid, enforced, group, observations }
            }
        };
        child.relay_pid = relay_pid;
        child.enforced = Some(enforced);
        let group = group.map(|group| group.without_helper(quota));
        child.group = group.map(OnceLock::from).unwrap_or_default();
        // Without a socket it is not told, and goes on.
        child.observations = supervisor.and_then(|it| it.listen().ok()).map(Observations::new);
        child
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

    /// Where what it does is told, when it is observed; gives it away.
    pub fn take_observations(&mut self) -> Option<Observations> {
        self.observations.take()
    }

    /// The control groups that hold its limits, when some do.
    #[must_use]
    pub fn group(&self) -> Option<&Group> {
        self.group.get()
    }

    /// Changes what it may use up, with all that it has started; `was` is what held before. By its control groups when
    /// the host has some, else by polling and resource limits, which are only ever lowered.
    ///
    /// # Errors
    /// [`QuotaError`]; what can be changed may have been.
    pub fn set_quota(&self, quota: &Quota, was: &Quota) -> Result<(), QuotaError> {
        let running = Running {
            host_pid: self.host_pid,
            enforced: self.enforced(),
            group: &self.group,
            members: &|| self.members(),
            tell: &|quota| self.namespaces.as_ref().map_or(Ok(()), |namespaces| namespaces.set_quota(quota)),
        };
        if let (Some(late), Some(namespaces)) = (running.change(quota, was)?, &self.namespaces) {
            namespaces.set_group(late);
        }
        Ok(())
    }

    /// Gives the program and everything it started other limits; `was` is what held before. As [`Limits::apply_to`],
    /// and in isolation also where the desktop itself may not; then limits are only ever lowered.
    ///
    /// # Errors
    /// What the host says.
    pub fn set_limits(&self, limits: &Limits, was: &Limits) -> io::Result<()> {
        match (limits.apply_to(&self.members(), was), &self.namespaces) {
            (Err(why), Some(namespaces)) if why.raw_os_error() == Some(libc::EPERM) => {
                namespaces.set_limits(limits)?;
                limits.wait_until_held(self.host_pid)
            }
            (set, _) => set,
        }
    }

    /// Becomes readable when the program has ended; then [`Child::try_wait`] answers.
    #[must_use]
    pub fn pidfd(&self) -> BorrowedFd<'_> {
        match &self.namespaces {
            // The program's end is known outside when it was told, not before.
            Some(namespaces) => namespaces.report(),
            None => self.pidfd.as_fd(),
        }
    }

    /// The end, if it has come. Reaps the program the first time, answers the same ever after.
    ///
    /// # Errors
    /// `ECHILD` when somebody else in this program has reaped it.
    pub fn try_wait(&mut self) -> io::Result<Option<Exit>> {
        if let Some(namespaces) = &mut self.namespaces {
            match self.exit {
                Some(_) => drop(namespaces.reap()),
                None => self.exit = namespaces.try_wait()?,
            }
            return Ok(self.exit);
        }
        if self.exit.is_some() {
            return Ok(self.exit);
        }
        if let Some((_, exit)) = reap(self.host_pid)? {
            self.exit = Some(self.group.get().map_or(exit, |group| group.judge(exit)));
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
    pub fn signal_program(&self, signal: i32) -> bool {
        send(&self.pidfd, signal)
    }

    /// The program and everything it started, as process ids on the host.
    #[must_use]
    pub fn members(&self) -> Vec<i32> {
        let mut members = match &self.namespaces {
            Some(namespaces) => namespaces.members(),
            None => members(self.host_pid),
        };
        members.retain(|pid| Some(*pid) != self.relay_pid);
        members
    }

    /// The same, to be reached when it is a tree no more.
    #[must_use]
    pub fn seen(&self) -> Seen {
        match &self.namespaces {
            Some(namespaces) => namespaces.seen(),
            None => Seen::session(self.host_pid),
        }
    }

    /// Sends a signal to the program and everything it started; see [`crate::kill_tree`].
    /// Returns how many got it.
    pub fn kill_tree(&self, signal: i32) -> usize {
        if let Some(namespaces) = &self.namespaces {
            return namespaces.signal(signal);
        }
        // Also who has left the tree, where the host knows them together.
        if let Some(group) = self.group.get().filter(|_| signal == libc::SIGKILL) {
            return group.kill();
        }
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
        if let Some(namespaces) = self.namespaces.take_if(|it| it.is_deserted()) {
            return reaper::clear_away(namespaces, self.group.take());
        }
        // Namespaces end by themselves when they are dropped.
        if self.namespaces.is_none() && matches!(self.try_wait(), Ok(None)) {
            self.kill_tree(Signal::SIGKILL as i32);
            // A killed program ends at once unless the host holds it in a call; then it stays a
            // zombie until we end, which is better than waiting for it here.
            let _ = self.wait_timeout(Duration::from_secs(1));
        }
        self.namespaces = None;
        self.group.get().into_iter().for_each(Group::remove);
    }
}

impl AsRawFd for Child {
    fn as_raw_fd(&self) -> i32 {
        self.pidfd().as_raw_fd()
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
        exceeded: None,
        refused_processes: 0,
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
