//! The tier without namespaces, for hosts that give none (containers, mostly): Landlock, the filter on system calls
//! and resource limits on the host's own view. It keeps a program from files that were not granted and from the
//! network; it cannot keep it from seeing that other processes are there.
//!
//! There is no view, so what would be elsewhere in one is at its place on the host: the working folder, the executable
//! and the variables that name a home are translated, arguments are not. Root stays root by number, since folders of
//! root's cannot be lent to another user without mounts; it has none of root's rights, writes only what was granted,
//! and no call that reaches another process of the same user is left to it.

use super::{
    network, privileges, program,
    rules::{self, Held, PathRule},
    seccomp::Sockets,
    tell,
    trouble::{During, Tried, Trouble},
    view,
};
use crate::{
    Enforced, Isolation, Network, Relay, Stage, Tier, helper,
    wire::{self, Descriptors, ProgramStarted, Request},
};
use nix::{
    errno::Errno,
    unistd::{geteuid, setsid},
};
use std::{
    convert::Infallible,
    os::{fd::AsFd, unix::net::UnixStream},
    path::{Path, PathBuf},
};

/// Variables whose value is a path of the view.
const PATH_VARIABLES: &[&str] = &["HOME", "PWD", "OLDPWD", "TMPDIR"];
/// From this version of Landlock's interface on a program cannot signal others of its user.
const SIGNALS_SINCE: u32 = 6;

/// Becomes the program, or tells why not and ends.
pub(crate) fn enter(
    request: &Request,
    isolation: &Isolation,
    descriptors: Descriptors,
    parent: i32,
    control: UnixStream,
) -> ! {
    let Err(trouble) = become_program(request, isolation, descriptors, parent, &control);
    tell(control, trouble)
}

fn become_program(
    request: &Request,
    isolation: &Isolation,
    descriptors: Descriptors,
    parent: i32,
    control: &UnixStream,
) -> Tried<Infallible> {
    if isolation.is_layered() {
        // Without a view it would change what it shall not.
        return Err(Trouble::new(Stage::Grants, Errno::EOPNOTSUPP, "layers over a folder take namespaces"));
    }
    helper::follow_parent(request, parent)?;
    if let Some(group) = &request.group {
        group.enter().during(Stage::Limits, "its control groups")?;
    }
    network::join(&isolation.network)?;
    let asked_port = isolation.network.relay_port();
    let (relay, isolation) = start_relay(isolation)?;
    let isolation = &isolation;
    setsid().during(Stage::Session, "")?;
    let mut handed = program::handles(relay)?;
    helper::place_descriptors(descriptors)?;
    if request.terminal {
        helper::take_terminal().during(Stage::Terminal, "")?;
    }
    // The number of processes would be that of all that the user runs.
    program::limit(request, isolation, None)?;
    let places = Places(isolation);
    let mut request = places.translate(request);
    name_relay(&mut request, asked_port, isolation.network.relay_port());
    nix::unistd::chdir(request.working_dir.as_str()).during(Stage::WorkingDir, &request.working_dir)?;
    helper::reset_signals().during(Stage::Signals, "")?;
    privileges::give_up()?;
    let sockets = sockets(isolation);
    let ports = match sockets {
        Sockets::TcpOnly | Sockets::Internet => rules::ports(isolation, false),
        Sockets::Network | Sockets::None => None,
    };
    let held = rules::apply(isolation, &of_host(isolation), ports.as_ref())?;
    check(held, sockets)?;
    let listener = program::filter_calls(isolation, sockets)?;
    let has_listener = listener.is_some();
    if let Some(listener) = listener {
        handed.insert(1 + usize::from(relay.is_some()), listener);
    }
    let enforced = enforced(&request, isolation, held);
    let started = ProgramStarted { enforced, has_relay: relay.is_some(), has_listener };
    let descriptors: Vec<_> = handed.iter().map(AsFd::as_fd).collect();
    wire::send_stage(control, &started, &descriptors).during(Stage::Exec, "the control socket")?;
    handed.clear();
    let mut control = control.try_clone().during(Stage::Exec, "the control socket")?;
    Ok(helper::run(&request, &mut control)?)
}

/// What this tier cannot do without.
fn check(held: Held, sockets: Sockets) -> Tried<()> {
    let missing = |what: &str| Err(Trouble::new(Stage::Landlock, Errno::EOPNOTSUPP, what));
    if !held.files {
        return missing("without namespaces, only Landlock could hold files, and it does not here");
    }
    if geteuid().is_root() && !held.scopes {
        return missing("root's processes could be signalled; that needs Linux 6.12, or an ordinary user");
    }
    if sockets == Sockets::TcpOnly && !held.ports {
        return missing(
            "without namespaces, only Landlock could hold the relay's port; that needs Linux 6.7",
        );
    }
    Ok(())
}

fn sockets(isolation: &Isolation) -> Sockets {
    match isolation.network {
        Network::None => Sockets::None,
        Network::Relay { .. } => Sockets::TcpOnly,
        Network::Private(_) | Network::Bridged(_) | Network::Shared => Sockets::Internet,
    }
}

/// The relay as a child of what becomes the program, with which it dies. Many such programs share the loopback, so each
/// gets a free port, and what holds it is told which.
fn start_relay(isolation: &Isolation) -> Tried<(Option<i32>, Isolation)> {
    let mut isolation = isolation.clone();
    let Network::Relay { socket, port, .. } = &mut isolation.network else { return Ok((None, isolation)) };
    let relay = Relay::listen(0).during(Stage::Network, "a free port of the loopback")?;
    *port = relay.port();
    let started = super::init::start_relay(relay, socket, None)?;
    Ok((Some(started), isolation))
}

/// Has variables that name the relay name the port that it has.
fn name_relay(request: &mut Request, asked: Option<u16>, given: Option<u16>) {
    let (Some(asked), Some(given)) = (asked, given) else { return };
    let (asked, given) = (format!("127.0.0.1:{asked}"), format!("127.0.0.1:{given}"));
    for (_, value) in &mut request.env {
        if let Some(before) = value.strip_suffix(&asked)
            && !before.ends_with(|last: char| last.is_ascii_digit() || last == '.')
        {
            *value = format!("{before}{given}");
        }
    }
}

/// Paths of the host that a program needs, and what was granted.
fn of_host(isolation: &Isolation) -> Vec<PathRule> {
    let programs = view::programs().map(|path| (PathBuf::from(path), rules::read()));
    let devices = view::devices().map(|path| (path, rules::device()));
    let etc = super::etc::paths_on_host().map(|path| (path, rules::read()));
    let own = [("/proc", rules::read()), ("/dev/pts", rules::device()), ("/dev/ptmx", rules::device())];
    let own = own.into_iter().map(|(path, access)| (PathBuf::from(path), access));
    let granted = isolation.binds.iter().map(|bind| (bind.host.clone(), rules::granted(bind.access)));
    programs.chain(devices).chain(etc).chain(own).chain(granted).collect()
}

/// Where paths of the view are on the host.
struct Places<'a>(&'a Isolation);

impl Places<'_> {
    fn on_host(&self, path: &str) -> Option<String> {
        let within = self.0.binds.iter().filter_map(|bind| {
            let beneath = Path::new(path).strip_prefix(&bind.inside).ok()?;
            Some((bind.inside.components().count(), bind.host.join(beneath)))
        });
        let (_, found) = within.max_by_key(|(depth, _)| *depth)?;
        found.to_str().map(|path| path.trim_end_matches('/').to_owned())
    }

    fn translate(&self, request: &Request) -> Request {
        let mut request = request.clone();
        let replace = |path: &mut String| {
            if let Some(found) = self.on_host(path) {
                *path = found;
            }
        };
        replace(&mut request.working_dir);
        if request.executable.starts_with('/') {
            replace(&mut request.executable);
        }
        for (name, value) in &mut request.env {
            if PATH_VARIABLES.contains(&name.as_str()) || name.starts_with("XDG_") {
                replace(value);
            }
        }
        request
    }
}

fn enforced(request: &Request, isolation: &Isolation, held: Held) -> Enforced {
    let mut weaker = vec![
        "It has no namespaces: it sees the host's names of files, and that other processes are there."
            .to_owned(),
    ];
    let mut note = |is_so: bool, text: &str| {
        if is_so {
            weaker.push(text.to_owned());
        }
    };
    note(geteuid().is_root(), "It is the host's root by number, without any of root's rights.");
    note(
        held.abi < Some(SIGNALS_SINCE),
        "It can signal other programs of its user; holding that needs Linux 6.12.",
    );
    let counts = request.group.is_some();
    note(
        !counts && isolation.quota.memory_bytes.is_some(),
        "Its memory is held for each process, not for all together.",
    );
    note(!counts && isolation.quota.processes.is_some(), "The number of its processes is not held.");
    note(isolation.quota.disk_bytes.is_some(), "What it writes is held for each file, not for all together.");
    let is_filtered = matches!(isolation.network, Network::Relay { .. });
    note(is_filtered, "The port of its relay can be reached by other programs of this host.");
    note(is_filtered, "Programs that ask no proxy cannot resolve names; they reach addresses only.");
    Enforced {
        tier: Tier::NoNamespaces,
        profile: isolation.profile,
        user_namespace: false,
        host_uid: geteuid().as_raw(),
        landlock_abi: held.abi,
        landlock_files: held.files,
        seccomp: true,
        network: isolation.network.kind(),
        relay_port: isolation.network.relay_port(),
        observed: isolation.observe,
        limits: request.limit_tier,
        weaker,
    }
}
