//! A process of the host that is tied to one of ours.

use super::HostUsage;
use crate::{held::exit_of, sync::lock};
use abi::table::Exit;
use nix::{
    libc,
    sys::resource::{UsageWho, getrusage},
};
use std::{
    io,
    os::fd::OwnedFd,
    sync::{Arc, Mutex, OnceLock},
};

/// The host's side of a process. Dropped while the program runs, it kills the whole tree.
pub(crate) struct HostProcess {
    program: Program,
    usage: Mutex<HostUsage>,
    ended: OnceLock<sandbox::Exit>,
}

#[allow(
    clippy::large_enum_variant,
    reason = "there is one of it for a program of the host, and those are few"
)]
enum Program {
    /// Our child. Signals and reaping go through this lock, so that a number is never used after it was reaped.
    Child { host_pid: i32, child: Box<Mutex<sandbox::Child>> },
    /// A holder's child, which survives us unless we end it.
    Held(Arc<sandbox::Held>),
}

impl HostProcess {
    pub(crate) fn new(child: sandbox::Child) -> Self {
        let program = Program::Child { host_pid: child.host_pid(), child: Box::new(Mutex::new(child)) };
        HostProcess { program, usage: Mutex::default(), ended: OnceLock::new() }
    }

    pub(crate) fn held(held: Arc<sandbox::Held>) -> Self {
        HostProcess { program: Program::Held(held), usage: Mutex::default(), ended: OnceLock::new() }
    }

    pub(crate) fn host_pid(&self) -> i32 {
        match &self.program {
            Program::Child { host_pid, .. } => *host_pid,
            Program::Held(held) => held.host_pid(),
        }
    }

    /// Its name among held programs.
    pub(crate) fn held_id(&self) -> Option<&str> {
        match &self.program {
            Program::Child { .. } => None,
            Program::Held(held) => Some(&held.info().id),
        }
    }

    /// A descriptor that becomes readable at the end, and maybe before.
    pub(crate) fn end_descriptor(&self) -> io::Result<OwnedFd> {
        match &self.program {
            Program::Child { child, .. } => lock(child).pidfd().try_clone_to_owned(),
            Program::Held(held) => held.end_descriptor(),
        }
    }

    /// How it ended, if it has. Reaps it.
    pub(crate) fn try_wait(&self) -> io::Result<Option<Exit>> {
        let exit = match &self.program {
            Program::Child { child, .. } => lock(child).try_wait()?,
            Program::Held(held) => held.try_wait()?,
        };
        let Some(exit) = exit else { return Ok(None) };
        let _ = self.ended.set(exit);
        let mut usage = lock(&self.usage);
        let micros = (exit.user_time + exit.system_time).as_micros();
        usage.cpu_time_micros = usage.cpu_time_micros.max(u64::try_from(micros).unwrap_or(u64::MAX));
        usage.memory_bytes = 0;
        usage.threads = 0;
        usage.peak_memory_bytes =
            Some(exit.peak_memory_bytes).filter(|bytes| *bytes > self.least_peak_bytes());
        Ok(Some(exit_of(&exit)))
    }

    /// How it ended, in the host's words, once [`HostProcess::try_wait`] has said that it has.
    pub(crate) fn ended(&self) -> Option<&sandbox::Exit> {
        self.ended.get()
    }

    /// The host counts what a program was before it became that program, too: a copy of whoever started it. A peak
    /// that is no higher says nothing. Holders are too small to matter.
    fn least_peak_bytes(&self) -> u64 {
        match &self.program {
            Program::Child { .. } => getrusage(UsageWho::RUSAGE_SELF)
                .map_or(u64::MAX, |own| u64::try_from(own.max_rss()).unwrap_or(0).saturating_mul(1024)),
            Program::Held(_) => 0,
        }
    }

    /// Where the relay of its filtered network is, on the loopback that it sees.
    pub(crate) fn relay_port(&self) -> Option<u16> {
        match &self.program {
            Program::Child { child, .. } => lock(child).enforced()?.relay_port,
            Program::Held(held) => held.enforced()?.relay_port,
        }
    }

    /// Where what it does is told, when it is observed; once.
    pub(crate) fn take_observations(&self) -> Option<sandbox::Observations> {
        match &self.program {
            Program::Child { child, .. } => lock(child).take_observations(),
            Program::Held(held) => held.take_observations(),
        }
    }

    /// Whether its holder was ended by somebody else, and it with that.
    pub(crate) fn was_lost(&self) -> bool {
        matches!(&self.program, Program::Held(held) if held.was_lost())
    }

    /// From now on it ends with us; one that was started here does from the beginning.
    pub(crate) fn adopt(&self) {
        if let Program::Held(held) = &self.program {
            held.adopt();
        }
    }

    /// It is over here: what is left of it gets a hang-up, and a holder ends with all of it. Not only when the last
    /// who knows it lets go, since that may never be.
    pub(crate) fn dismiss(&self) {
        self.signal(libc::SIGHUP);
        if let Program::Held(held) = &self.program {
            held.end();
        }
    }

    /// Leaves it to its holder, where it has one. From then on nothing here reaches it.
    pub(crate) fn release(&self) {
        if let Program::Held(held) = &self.program {
            held.release();
        }
    }

    /// Whether it goes on without us.
    pub(crate) fn was_released(&self) -> bool {
        matches!(&self.program, Program::Held(held) if held.was_released())
    }

    /// Sends a signal to the program and everything it started.
    pub(crate) fn signal(&self, signal: i32) {
        match &self.program {
            Program::Child { child, .. } => drop(lock(child).kill_tree(signal)),
            Program::Held(held) if held.was_released() => {}
            Program::Held(held) => drop(held.signal_tree(signal)),
        }
    }

    /// Sends a signal to the program alone.
    pub(crate) fn signal_program(&self, signal: i32) {
        match &self.program {
            Program::Child { child, .. } => drop(lock(child).signal_program(signal)),
            Program::Held(held) if held.was_released() => {}
            Program::Held(held) => drop(held.signal_program(signal)),
        }
    }

    /// Limits the program and everything it started; `was` is what held before.
    pub(crate) fn set_limits(&self, limits: &sandbox::Limits, was: &sandbox::Limits) -> io::Result<()> {
        match &self.program {
            Program::Child { child, .. } => lock(child).set_limits(limits, was),
            Program::Held(held) => held.set_limits(limits, was),
        }
    }

    /// Changes what a program in a sandbox may use up, with all that it started; `was` is what held before.
    pub(crate) fn set_quota(
        &self,
        quota: &sandbox::Quota,
        was: &sandbox::Quota,
    ) -> Result<(), sandbox::QuotaError> {
        match &self.program {
            Program::Child { child, .. } => lock(child).set_quota(quota, was),
            Program::Held(held) => held.set_quota(quota, was),
        }
    }

    /// The program and everything it started.
    pub(crate) fn members(&self) -> Vec<i32> {
        match &self.program {
            Program::Child { child, .. } => lock(child).members(),
            Program::Held(held) => held.members(),
        }
    }

    /// The same, to be reached when it is a tree no more.
    pub(crate) fn seen(&self) -> sandbox::Seen {
        match &self.program {
            Program::Child { child, .. } => lock(child).seen(),
            Program::Held(held) if held.was_released() => sandbox::Seen::default(),
            Program::Held(held) => held.seen(),
        }
    }

    /// Priority 0 to 9 as a nice value: 5 is 0, each step two. Raising it again needs a privilege on the
    /// host; where that is missing the host keeps the lower one.
    pub(crate) fn set_priority(&self, priority: u8) {
        let nice = (5 - i32::from(priority.min(9))) * 2;
        for pid in self.members() {
            set_nice(pid, nice);
        }
    }

    pub(crate) fn usage(&self) -> HostUsage {
        *lock(&self.usage)
    }

    pub(crate) fn set_usage(&self, usage: HostUsage) {
        let mut known = lock(&self.usage);
        // A look that began before the end does not take its figures away.
        *known = HostUsage { peak_memory_bytes: known.peak_memory_bytes, ..usage };
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
