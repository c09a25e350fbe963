//! The first process of a program's namespaces: builds the view, starts the program, reaps whatever is left behind,
//! and tells how the program ended.
//!
//! When the program has ended, what it left running is told to hang up and gets a moment; then init ends, and with it
//! everything in its namespace.
//!
//! **Invariants**: it has no right and no descriptor of the program's when the program begins; nobody inside can
//! signal it or look into it (it cannot be dumped, and its kind of process ignores signals from inside).

use super::{
    grants::{self, Grants},
    network, privileges, program,
    seccomp::{self, Sockets},
    tell,
    tree::path_of,
    trouble::{During, Tried, Trouble},
    user::HostUser,
    view,
    watch::{self, Watch},
};
use crate::{
    Exceeded, Exit, Isolation, Limits, Profile, Quota, Relay, Stage,
    child::{open_pidfd, reap},
    process_name::take_name,
    quota::keep_to_processors,
    wire::{self, Descriptors, Request},
};
use nix::{
    errno::Errno,
    libc,
    poll::{PollFd, PollFlags, PollTimeout, poll},
    sys::{
        prctl,
        signal::{SigSet, SigmaskHow, Signal, kill, sigprocmask},
        signalfd::{SfdFlags, SignalFd},
        socket::{MsgFlags, recv, send},
        wait::{Id, WaitPidFlag, waitid},
    },
    unistd::{ForkResult, Pid},
};
use serde::{Deserialize, Serialize};
use std::{
    fs,
    os::{
        fd::{AsFd, AsRawFd, OwnedFd},
        unix::net::UnixStream,
    },
    path::Path,
    process::exit,
    time::{Duration, Instant},
};

/// How long what an ended program left behind may take to end by itself.
const GRACE: Duration = Duration::from_secs(3);

/// Stack of the thread that only waits.
const WATCH_STACK_BYTES: usize = 64 * 1024;

/// Longest word from outside, bytes.
const MAX_TOLD_BYTES: usize = 4096;

/// What init tells outside: how the program ended.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Ended {
    pub(crate) exit: Exit,
    /// It has left nothing behind.
    pub(crate) is_deserted: bool,
}

/// What init is told from outside while the program runs.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) enum Told {
    /// It may use up this much from now on.
    Quota(Quota),
    /// Each of its processes has these limits from now on. They are only ever lowered.
    Limits(Limits),
}

/// What init begins with.
pub(super) struct Start<'a> {
    pub(super) request: &'a Request,
    pub(super) isolation: &'a Isolation,
    pub(super) descriptors: Descriptors,
    pub(super) user: HostUser,
    /// Opened already where only the desktop's user may.
    pub(super) grants: Option<Grants>,
    pub(super) report: OwnedFd,
    /// The other end of it, for whoever started us.
    pub(super) outside: OwnedFd,
    pub(super) control: UnixStream,
}

/// Init as a whole.
pub(super) fn run(start: Start<'_>) -> ! {
    let Ok(spare) = start.control.try_clone() else { exit(crate::helper::FAILED) };
    match prepare(start) {
        Ok(init) => {
            // Closed already, with everything else.
            std::mem::forget(spare);
            init.serve()
        }
        Err(trouble) => tell(spare, trouble),
    }
}

fn prepare(start: Start<'_>) -> Tried<Init> {
    let Start { request, isolation, descriptors, user, grants, report, outside, control } = start;
    prctl::set_pdeathsig(Signal::SIGKILL).during(Stage::ParentDeath, "")?;
    take_name(c"agentos-init");
    introduce(&control, &outside)?;
    drop(outside);
    user.map_inside()?;
    network::start_loopback(isolation)?;
    let ports = network::relay(isolation)?;
    nix::unistd::sethostname(super::etc::HOST_NAME).during(Stage::Namespaces, "the host's name")?;
    let grants = match grants {
        Some(grants) => grants,
        None => grants::open(isolation, user, grants::Owners::default())?,
    };
    view::enter(request, isolation, &grants)?;
    if isolation.profile == Profile::Standard {
        // Once more what seccomp says: nobody in here makes another user namespace.
        fs::write("/proc/sys/user/max_user_namespaces", "0").during(Stage::Namespaces, "their number")?;
    }
    let terminal = match request.size {
        Some(size) => Some(program::Terminal::open(size)?),
        None => None,
    };
    privileges::give_up()?;
    prctl::set_dumpable(false).during(Stage::Privileges, "")?;

    let mut children = SigSet::empty();
    children.add(Signal::SIGCHLD);
    sigprocmask(SigmaskHow::SIG_BLOCK, Some(&children), None).during(Stage::Signals, "")?;
    let ended_children = SignalFd::with_flags(&children, SfdFlags::SFD_CLOEXEC | SfdFlags::SFD_NONBLOCK)
        .during(Stage::Signals, "")?;
    // The folder has no place in the view: only the relay finds it.
    let relay = match (ports, &grants.relay) {
        (Some(ports), Some((folder, name))) => {
            Some(start_relay(ports, &path_of(folder).join(name), Some(folder))?)
        }
        _ => None,
    };
    let begin = program::Begin { request, isolation, descriptors, user, terminal, relay, control: &control };
    let program = match fork()? {
        ForkResult::Child => program::run(begin),
        ForkResult::Parent { child } => child.as_raw(),
    };
    drop(begin);
    // Not before: the program's own are more.
    seccomp::apply(isolation.profile, Sockets::Network)?;
    keep_only(&[ended_children.as_fd().as_raw_fd(), report.as_raw_fd()])?;
    // Their owners must not close what has these numbers now.
    std::mem::forget((grants, control));
    let watch = Watch::new(request.group.is_none(), isolation);
    Ok(Init {
        program: Some(program),
        relay,
        report,
        ended_children,
        deadline: None,
        watch,
        exceeded: None,
        listens: true,
    })
}

/// Gives whoever started the helper a handle on us. When they have died meanwhile, no signal will come, and nobody is
/// at the other end.
fn introduce(control: &UnixStream, outside: &OwnedFd) -> Tried<()> {
    let own = std::process::id().cast_signed();
    let own = open_pidfd(own).during(Stage::Namespaces, "a handle on the first process")?;
    wire::send_stage(control, &wire::InitStarted {}, &[own.as_fd(), outside.as_fd()])
        .during(Stage::ParentDeath, "the control socket")
}

#[allow(unsafe_code, reason = "fork")]
fn fork() -> Tried<ForkResult> {
    // SAFETY: there is one thread, so the child may do whatever it could have done.
    unsafe { nix::unistd::fork() }.during(Stage::Namespaces, "a process for the program")
}

/// Starts the process that passes connections on; its number in here. The port is there already.
pub(super) fn start_relay(relay: Relay, socket: &Path, folder: Option<&OwnedFd>) -> Tried<i32> {
    let parent = std::process::id().cast_signed();
    match fork()? {
        ForkResult::Parent { child } => Ok(child.as_raw()),
        ForkResult::Child => {
            take_name(c"agentos-relay");
            let confined = || -> Tried<()> {
                prctl::set_pdeathsig(Signal::SIGKILL).during(Stage::ParentDeath, "")?;
                let alive = open_pidfd(parent).during(Stage::ParentDeath, "")?;
                let own = relay.descriptors().into_iter().map(|own| own.as_raw_fd());
                let given = folder.map(AsRawFd::as_raw_fd).into_iter().chain([alive.as_raw_fd()]);
                keep_only(&own.chain(given).collect::<Vec<_>>())?;
                end_with(alive, parent)?;
                seccomp::apply(Profile::Standard, Sockets::Network)
            };
            match confined() {
                Ok(()) => relay.run(socket),
                Err(_) => exit(crate::helper::FAILED),
            }
        }
    }
}

/// Ends this process with its parent. A death signal is not enough: one that comes from a program which Landlock keeps
/// from signalling others is not delivered.
fn end_with(parent: OwnedFd, number: i32) -> Tried<()> {
    if nix::unistd::getppid().as_raw() != number {
        return Err(Trouble::new(Stage::ParentDeath, Errno::ESRCH, ""));
    }
    let watch = move || {
        let mut ended = [PollFd::new(parent.as_fd(), PollFlags::POLLIN)];
        while matches!(poll(&mut ended, PollTimeout::NONE), Ok(0) | Err(Errno::EINTR)) {}
        exit(0);
    };
    let thread = std::thread::Builder::new().name("agentos-relay".into()).stack_size(WATCH_STACK_BYTES);
    thread.spawn(watch).during(Stage::ParentDeath, "a thread").map(drop)
}

/// Closes all descriptors but these, and puts nothing in place of the standard ones.
#[allow(unsafe_code, reason = "descriptors are closed under their owners, who are forgotten")]
fn keep_only(kept: &[i32]) -> Tried<()> {
    let mut kept = kept.to_vec();
    kept.sort_unstable();
    let mut first = 0_u32;
    for end in kept.into_iter().map(i32::cast_unsigned).chain([u32::MAX]) {
        if first < end {
            // SAFETY: whatever owned these is forgotten by the caller.
            Errno::result(unsafe { libc::syscall(libc::SYS_close_range, first, end - 1, 0) })
                .during(Stage::Descriptors, "")?;
        }
        first = end.saturating_add(1);
    }
    Ok(())
}

/// Whether there is a child, ended or not.
fn has_children() -> bool {
    let look = WaitPidFlag::WNOHANG | WaitPidFlag::WEXITED | WaitPidFlag::WNOWAIT;
    waitid(Id::All, look) != Err(Errno::ECHILD)
}

/// Init while the program runs.
struct Init {
    program: Option<i32>,
    relay: Option<i32>,
    report: OwnedFd,
    ended_children: SignalFd,
    /// When what is left ends whether it wants or not.
    deadline: Option<Instant>,
    /// What nobody else counts.
    watch: Watch,
    exceeded: Option<Exceeded>,
    listens: bool,
}

impl Init {
    fn serve(mut self) -> ! {
        loop {
            let has_children = self.reap();
            let is_over = self.deadline.is_some_and(|deadline| Instant::now() >= deadline);
            if self.program.is_none() && (is_over || !has_children) {
                exit(0);
            }
            if self.program.is_some() && self.exceeded.is_none() {
                self.exceeded = self.watch.look(self.relay);
                if self.exceeded.is_some() {
                    // Everybody in here but us; the program's end comes back as its parent's to tell.
                    let _ = kill(Pid::from_raw(-1), Signal::SIGKILL);
                }
            }
            let next = self.deadline.into_iter().chain(self.watch.next_look()).min();
            let wait = next.map(|next| next.saturating_duration_since(Instant::now()));
            let timeout = wait.and_then(|wait| PollTimeout::try_from(wait + Duration::from_millis(1)).ok());
            let mut wanted = vec![PollFd::new(self.ended_children.as_fd(), PollFlags::POLLIN)];
            if self.listens {
                wanted.push(PollFd::new(self.report.as_fd(), PollFlags::POLLIN));
            }
            let _ = poll(&mut wanted, timeout.unwrap_or(PollTimeout::NONE));
            while matches!(self.ended_children.read_signal(), Ok(Some(_))) {}
            self.hear();
        }
    }

    /// What is told from outside.
    fn hear(&mut self) {
        let mut told = [0; MAX_TOLD_BYTES];
        match recv(self.report.as_raw_fd(), &mut told, MsgFlags::MSG_DONTWAIT) {
            Ok(count @ 1..) => {
                match serde_json::from_slice(&told[..count]) {
                    Ok(Told::Quota(quota)) => self.set_quota(&quota),
                    Ok(Told::Limits(limits)) => {
                        // What it already has less of stays so.
                        let _ = limits.apply_to(&watch::processes(self.relay), &Limits::NONE);
                    }
                    Err(_) => {}
                }
            }
            Err(Errno::EAGAIN | Errno::EINTR) => {}
            // Whoever started us is going, and then so are we.
            Ok(_) | Err(_) => self.listens = false,
        }
    }

    /// What is looked at is looked at with these limits, and who runs gets what the host holds. That is only ever
    /// lowered; whoever asked has seen to it.
    fn set_quota(&mut self, quota: &Quota) {
        self.watch.set(quota);
        let running = watch::processes(self.relay);
        let own = if self.relay.is_some() { program::OWN_PROCESSES } else { 1 };
        let limits = Limits {
            processes: quota.processes.map(|most| most.saturating_add(own)),
            file_bytes: quota.disk_bytes,
            ..Limits::NONE
        };
        let _ = limits.apply_to(&running, &Limits::NONE);
        if self.watch.is_alone() {
            let _ = keep_to_processors(&running, quota.cpu_percent);
        }
    }

    /// Reaps what has ended; whether anything is left.
    fn reap(&mut self) -> bool {
        loop {
            match reap(-1) {
                Ok(Some((pid, exit))) if Some(pid) == self.program => self.program_ended(exit),
                Ok(Some(_)) => {}
                Ok(None) => return true,
                Err(_) => return false,
            }
        }
    }

    fn program_ended(&mut self, exit: Exit) {
        self.program = None;
        let exit = Exit { exceeded: self.exceeded, ..exit };
        let is_deserted = match self.relay {
            None => !has_children(),
            Some(relay) => watch::processes(Some(relay)).is_empty(),
        };
        let told = serde_json::to_vec(&Ended { exit, is_deserted }).unwrap_or_default();
        // Nobody may be listening any more; then we are about to be ended.
        let _ = send(self.report.as_raw_fd(), &told, MsgFlags::MSG_NOSIGNAL);
        if let Some(relay) = self.relay {
            let _ = kill(Pid::from_raw(relay), Signal::SIGKILL);
        }
        // To everybody in here but us.
        for signal in [Signal::SIGHUP, Signal::SIGCONT] {
            let _ = kill(Pid::from_raw(-1), signal);
        }
        self.deadline = Some(Instant::now() + GRACE);
    }
}
