//! The helper's side of isolation: how a program gets into namespaces, and what holds it there.
//!
//! ```text
//! desktop or holder
//!   ├─ helper          joins a network that was made for it, opens what was granted, becomes the sandbox user,
//!   │    │             makes the first process of new namespaces beside itself, and ends
//!   │    ▼ clone3
//!   └─ init            user map, network, view, no rights left; first of its namespace, so with it everything ends
//!        ├─ relay      the way out, when there is one
//!        └─ program    session, terminal, limits, Landlock, seccomp, then execve
//! ```
//!
//! Init is a child of whoever started the helper, not of the helper: there is no process that only waits. Its death
//! signal is tied to them, and when it dies the host ends everything in its namespace, whatever it does: forking
//! twice, new sessions, ignored signals. It is the last to give up its rights, and has none of the program's
//! descriptors; the program can neither look into it nor signal it.
//!
//! Nothing here decides: what is to be enforced was checked before, and what cannot be is a failure, not a warning.
//! The exceptions are named in [`crate::Enforced::weaker`].

mod alone;
mod etc;
mod grants;
mod init;
mod layers;
mod mounts;
mod network;
mod privileges;
mod process;
mod program;
mod rules;
mod seccomp;
mod tree;
mod trouble;
mod user;
mod view;
mod watch;

pub(crate) use alone::enter as enter_alone;
pub(crate) use init::{Ended, Told};
pub(crate) use process::number_of;
pub(crate) use program::OWN_PROCESSES;
pub(crate) use trouble::{Tried, Trouble};

use crate::{
    Isolation, Network, Stage,
    child::open_pidfd,
    helper,
    wire::{self, Descriptors, Failure, InitStarted, Request},
};
use nix::{
    libc,
    sys::{
        prctl::set_pdeathsig,
        signal::Signal,
        socket::{AddressFamily, SockFlag, SockType, socketpair},
    },
    unistd::{getppid, pipe2},
};
use std::{
    os::{
        fd::{AsFd, OwnedFd},
        unix::net::UnixStream,
    },
    process::exit,
};
use trouble::During;

/// Starts the program within namespaces, as a child of whoever is our parent, and ends.
pub(crate) fn enter_namespaces(
    request: &Request,
    isolation: &Isolation,
    descriptors: Descriptors,
    parent: i32,
    control: UnixStream,
) -> ! {
    match leave(request, isolation, descriptors, parent, &control) {
        Ok(()) => exit(0),
        Err(trouble) => tell(control, trouble),
    }
}

/// Tells whoever listens what went wrong, and ends.
pub(crate) fn tell(mut control: UnixStream, trouble: Trouble) -> ! {
    let Trouble { stage, errno, about } = trouble;
    helper::send_failure(&mut control, &Failure { stage, errno: errno as i32, about });
    exit(helper::FAILED)
}

fn leave(
    request: &Request,
    isolation: &Isolation,
    descriptors: Descriptors,
    parent: i32,
    control: &UnixStream,
) -> Tried<()> {
    follow(parent)?;
    if let Some(group) = &request.group {
        group.enter().during(Stage::Limits, "its control groups")?;
    }
    network::join(&isolation.network)?;
    let user = user::HostUser::choose()?;
    let grants = match user.is_other {
        true => Some(grants::open(isolation, user)?),
        false => None,
    };
    user.become_it()?;
    // Whom we are now is what a death signal is tied to: changing it took the signal away.
    follow(parent)?;
    let (go, gate) = pipe2(nix::fcntl::OFlag::O_CLOEXEC).during(Stage::Namespaces, "a pipe")?;
    let (report, outside) =
        socketpair(AddressFamily::Unix, SockType::SeqPacket, None, SockFlag::SOCK_CLOEXEC)
            .during(Stage::Namespaces, "a socket")?;
    let own_network = match isolation.network {
        Network::None | Network::Relay { .. } => libc::CLONE_NEWNET,
        Network::Private(_) | Network::Bridged(_) | Network::Shared => 0,
    };
    let child = process::clone_into(process::NAMESPACES | own_network, None).during(
        Stage::Namespaces,
        "this host does not let this user make namespaces (kernel.unprivileged_userns_clone, user.max_user_namespaces, \
         or a security module such as AppArmor: kernel.apparmor_restrict_unprivileged_userns)",
    )?;
    let Some(init_pid) = child else {
        drop((gate, outside));
        let control = control.try_clone().during(Stage::Namespaces, "a socket");
        match control {
            Ok(control) => {
                init::run(init::Start { request, isolation, descriptors, user, grants, go, report, control })
            }
            Err(_) => exit(helper::FAILED),
        }
    };
    let pidfd = open_pidfd(init_pid).during(Stage::Namespaces, "a handle on the first process")?;
    wire::send_stage(control, &InitStarted { init_pid }, &[pidfd.as_fd(), outside.as_fd()])
        .during(Stage::Namespaces, "the control socket")?;
    nix::unistd::write(&gate, b"g").during(Stage::Namespaces, "a pipe").map(drop)
}

/// Dies with the parent, which has to be there still.
fn follow(parent: i32) -> Tried<()> {
    set_pdeathsig(Signal::SIGKILL).during(Stage::ParentDeath, "")?;
    match getppid().as_raw() == parent {
        true => Ok(()),
        false => Err(Trouble::new(Stage::ParentDeath, nix::errno::Errno::ESRCH, "")),
    }
}

/// Descriptors of the helper's own lie where no number of the program's is.
pub(super) fn aside(fd: OwnedFd) -> Tried<OwnedFd> {
    helper::aside(fd).during(Stage::Descriptors, "")
}
