//! The last process before the program: its session and terminal, its limits, the locks that only it has, and then it
//! is the program.

use super::{
    rules::{self, Held},
    seccomp::{self, Sockets},
    tell,
    trouble::{During, Tried, Trouble},
    user::HostUser,
};
use crate::{
    Access, Enforced, Group, Isolation, Observe, Profile, Stage, Tier, WindowSize,
    child::open_pidfd,
    helper,
    observe::filter,
    quota::keep_to_processors,
    wire::{self, Descriptors, ProgramStarted, Request},
};
use nix::{
    errno::Errno,
    sys::{
        prctl::set_pdeathsig,
        resource::{Resource, getrlimit, setrlimit},
        signal::Signal,
    },
    unistd::setsid,
};
use std::{
    convert::Infallible,
    os::{
        fd::{AsFd, OwnedFd},
        unix::net::UnixStream,
    },
};

/// Threads of the relay.
pub(crate) const RELAY_PROCESSES: u64 = 2;
/// Threads in the namespace that are ours at most: init, and those of the relay.
pub(super) const OWN_PROCESSES: u64 = 1 + RELAY_PROCESSES;

/// Memory that a process may lock, bytes.
const MAX_LOCKED_BYTES: u64 = 64 * 1024 * 1024;

/// A terminal of the namespace's own.
pub(super) struct Terminal {
    master: OwnedFd,
    slave: OwnedFd,
}

impl Terminal {
    /// Opened inside, so that its name means something there.
    pub(super) fn open(size: WindowSize) -> Tried<Terminal> {
        let (master, slave) = crate::pty::open(size)
            .map_err(|why| Trouble::new(Stage::Terminal, Errno::from_raw(why.raw_os_error()), ""))?;
        Ok(Terminal { master: super::aside(master)?, slave: super::aside(slave)? })
    }
}

/// What the program begins with.
pub(super) struct Begin<'a> {
    pub(super) request: &'a Request,
    pub(super) isolation: &'a Isolation,
    pub(super) descriptors: Descriptors,
    pub(super) user: HostUser,
    pub(super) terminal: Option<Terminal>,
    /// The relay's number in here.
    pub(super) relay: Option<i32>,
    pub(super) control: &'a UnixStream,
}

/// Becomes the program, or tells why not and ends.
pub(super) fn run(begin: Begin<'_>) -> ! {
    let spare = begin.control.try_clone().map_err(|_| Errno::EMFILE);
    // What the program inherits gets its number later.
    let Ok(spare) = spare.and_then(|spare| helper::aside(spare.into())).map(UnixStream::from) else {
        std::process::exit(helper::FAILED)
    };
    let Err(trouble) = become_program(begin);
    tell(spare, trouble)
}

fn become_program(begin: Begin<'_>) -> Tried<Infallible> {
    let Begin { request, isolation, mut descriptors, user, terminal, relay, control, .. } = begin;
    set_pdeathsig(Signal::SIGKILL).during(Stage::ParentDeath, "")?;
    setsid().during(Stage::Session, "")?;
    let mut handed = handles(relay)?;
    let is_terminal = terminal.is_some();
    if let Some(Terminal { master, slave }) = terminal {
        handed.push(master);
        let copy = || slave.try_clone().during(Stage::Terminal, "");
        descriptors.stdio = vec![copy()?, copy()?, copy()?];
    }
    helper::place_descriptors(descriptors)?;
    if is_terminal {
        helper::take_terminal().during(Stage::Terminal, "")?;
    }
    limit(request, isolation, Some(if relay.is_some() { OWN_PROCESSES } else { 1 }))?;
    nix::unistd::chdir(request.working_dir.as_str()).during(Stage::WorkingDir, &request.working_dir)?;
    helper::reset_signals().during(Stage::Signals, "")?;
    let ports = rules::ports(isolation, true);
    let held = rules::apply(isolation, &rules::of_view(isolation), ports.as_ref())?;
    let listener = filter_calls(isolation, Sockets::Network)?;
    let has_listener = listener.is_some();
    if let Some(listener) = listener {
        handed.insert(1 + usize::from(relay.is_some()), listener);
    }
    let enforced = enforced(request, isolation, user, held, ports.is_some());
    let started = ProgramStarted { enforced, has_relay: relay.is_some(), has_listener };
    let handed: Vec<_> = handed.iter().map(AsFd::as_fd).collect();
    wire::send_stage(control, &started, &handed).during(Stage::Exec, "the control socket")?;
    let mut control = control.try_clone().during(Stage::Exec, "the control socket")?;
    Ok(helper::run(request, &mut control)?)
}

/// Filters system calls from here on, and listens to what is observed. A call that is refused is not observed.
pub(super) fn filter_calls(isolation: &Isolation, sockets: Sockets) -> Tried<Option<OwnedFd>> {
    let mut rules = seccomp::refusals(isolation.profile, sockets);
    let is_filtered = matches!(isolation.network, crate::Network::Relay { .. });
    filter::ask(&mut rules, isolation.observe, is_filtered);
    let stage = if isolation.observe == Observe::Nothing { Stage::Seccomp } else { Stage::Observation };
    let listener = rules.install().during(stage, "its calls")?;
    listener.map(super::aside).transpose()
}

/// Handles on this process and on the relay, out of the way of the program's descriptors.
pub(super) fn handles(relay: Option<i32>) -> Tried<Vec<OwnedFd>> {
    let own = std::process::id().cast_signed();
    let open =
        |pid| open_pidfd(pid).during(Stage::Namespaces, "a handle on a process").and_then(super::aside);
    [own].into_iter().chain(relay).map(open).collect()
}

/// Limits of this process and what it starts. In a user namespace of its own, the number of processes is that of the
/// namespace, whatever else its user runs; how many of them are ours is known then.
pub(super) fn limit(request: &Request, isolation: &Isolation, own_processes: Option<u64>) -> Tried<()> {
    let quota = &isolation.quota;
    let mut limits = request.limits;
    let least = |one: Option<u64>, other: Option<u64>| one.into_iter().chain(other).min();
    if let Some(own_processes) = own_processes {
        // Where the host counts them, it counts those that it refuses as well.
        let is_counted = request.group.as_ref().is_some_and(Group::counts_processes);
        let most = least(limits.processes, quota.processes.filter(|_| !is_counted));
        limits.processes = most.map(|most| most.saturating_add(own_processes));
    }
    limits.file_bytes = least(limits.file_bytes, quota.disk_bytes);
    if request.group.is_none() {
        // Where nobody else counts, a single process at least is stopped by the host.
        limits.data_bytes = quota.memory_bytes;
        if let Some(percent) = quota.cpu_percent {
            keep_to_processors(&[0], Some(percent)).during(Stage::Limits, "processors")?;
        }
    }
    limits.apply().during(Stage::Limits, "")?;
    // Memory that cannot be swapped out is everybody's.
    let (_, hard) = getrlimit(Resource::RLIMIT_MEMLOCK).during(Stage::Limits, "")?;
    let most = hard.min(MAX_LOCKED_BYTES);
    setrlimit(Resource::RLIMIT_MEMLOCK, most, most).during(Stage::Limits, "")?;
    Ok(())
}

fn enforced(
    request: &Request,
    isolation: &Isolation,
    user: HostUser,
    held: Held,
    wants_ports: bool,
) -> Enforced {
    let mut weaker = Vec::new();
    match (held.abi, isolation.profile) {
        (None, _) => weaker.push("This system has no Landlock; the view alone holds files.".to_owned()),
        (Some(_), Profile::Nested) => {
            weaker.push("It may make namespaces and mount in them; Landlock does not hold files.".to_owned());
        }
        (Some(_), Profile::Standard) => {}
    }
    if wants_ports && !held.ports {
        weaker.push("TCP ports are not held; that needs Linux 6.7.".to_owned());
    }
    if isolation.network == crate::Network::Shared && !held.scopes {
        weaker
            .push("It reaches abstract sockets of other programs; holding them needs Linux 6.12.".to_owned());
    }
    if request.group.is_none() && isolation.quota.cpu_percent.is_some() {
        weaker.push("Its share of the processors is held by their number only.".to_owned());
    }
    if isolation.quota.disk_bytes.is_some() && !isolation.binds.iter().all(|bind| bind.access == Access::Read)
    {
        weaker.push(
            "In granted folders, what it writes is held for each file, and looked at now and then."
                .to_owned(),
        );
    }
    Enforced {
        tier: Tier::Namespaces,
        profile: isolation.profile,
        user_namespace: true,
        host_uid: user.uid,
        landlock_abi: held.abi,
        landlock_files: held.files && held.abi.is_some(),
        seccomp: true,
        network: isolation.network.kind(),
        relay_port: isolation.network.relay_port(),
        observed: isolation.observe,
        limits: request.limit_tier,
        weaker,
    }
}
