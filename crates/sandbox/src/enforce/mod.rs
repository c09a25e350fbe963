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
pub(crate) use mounts::{hide_mount, make_read_only};
pub(crate) use process::number_of;
pub(crate) use program::RELAY_PROCESSES;
pub(crate) use trouble::{Tried, Trouble};

use crate::{
    Isolation, Network, Stage, helper,
    wire::{Descriptors, Failure, Request},
};
use nix::{
    libc,
    sys::{
        prctl::set_pdeathsig,
        signal::Signal,
        socket::{AddressFamily, SockFlag, SockType, socketpair},
    },
    unistd::getppid,
};
use std::{
    os::{fd::OwnedFd, unix::net::UnixStream},
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
    let mut descriptors = descriptors;
    let prepared = match descriptors.prepared.take() {
        Some(prepared) => prepared,
        None => Prepared::new()?,
    };
    let user = prepared.user;
    let grants = match user.is_other {
        true => Some(grants::open(isolation, user, prepared.owners)?),
        false => None,
    };
    user.become_it()?;
    // Whom we are now is what a death signal is tied to: changing it took the signal away.
    follow(parent)?;
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
    if child.is_some() {
        return Ok(());
    }
    // What the program inherits gets its number later: none of the helper's own is in its way.
    let control = control.try_clone().and_then(|control| Ok(helper::aside(control.into())?));
    match control.map(UnixStream::from) {
        Ok(control) => {
            init::run(init::Start { request, isolation, descriptors, user, grants, report, outside, control })
        }
        Err(_) => exit(helper::FAILED),
    }
}

/// What does not depend on what will be asked for.
#[derive(Debug)]
pub(crate) struct Prepared {
    user: user::HostUser,
    owners: grants::Owners,
}

impl Prepared {
    fn new() -> Tried<Prepared> {
        let user = user::HostUser::choose()?;
        Ok(Prepared { user, owners: grants::Owners::default() })
    }

    /// While nobody has asked yet, also what most will need. What fails is tried again, and told, when it is needed.
    pub(crate) fn early() -> Option<Prepared> {
        let mut prepared = Prepared::new().ok()?;
        prepared.owners.prepare(prepared.user);
        Some(prepared)
    }

    /// The numbers of its descriptors, for whoever closes all others.
    pub(crate) fn numbers(&self) -> impl Iterator<Item = i32> {
        self.owners.numbers()
    }
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
