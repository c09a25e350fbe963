//! The network that a program gets: a loopback of its own, or a namespace that somebody has made for it.

use super::trouble::{During, Tried};
use crate::{Isolation, Network, Stage};
use nix::{
    errno::Errno,
    libc,
    sched::{CloneFlags, setns},
    sys::socket::{AddressFamily, SockFlag, SockType, socket},
};
use std::{fs::File, os::fd::AsRawFd};

/// Joins the namespaces that were made, while the rights to do so are there.
pub(super) fn join(network: &Network) -> Tried<()> {
    let (Network::Private(joined) | Network::Bridged(joined)) = network else { return Ok(()) };
    let kinds = [
        (joined.user.as_ref(), CloneFlags::CLONE_NEWUSER),
        (Some(&joined.network), CloneFlags::CLONE_NEWNET),
    ];
    for (path, kind) in kinds {
        let Some(path) = path else { continue };
        let file = File::open(path).during(Stage::Network, path.display())?;
        setns(file, kind).during(Stage::Network, path.display())?;
    }
    Ok(())
}

/// The first port that needs no right in a network namespace; by itself 1024.
const FIRST_FREE_PORT: &str = "/proc/sys/net/ipv4/ip_unprivileged_port_start";

/// In a network of its own, the loopback has to be switched on.
pub(super) fn start_loopback(isolation: &Isolation) -> Tried<()> {
    match isolation.network {
        Network::None | Network::Relay { .. } => {
            // Nobody else is in this network, so port 80 means nothing more than port 8000. Where the host does not
            // let it be said, low ports are refused as they are elsewhere.
            let _ = std::fs::write(FIRST_FREE_PORT, "0");
            raise("lo").during(Stage::Network, "the loopback")
        }
        Network::Private(_) | Network::Bridged(_) | Network::Shared => Ok(()),
    }
}

#[allow(unsafe_code, reason = "ioctl on an interface has no wrapper")]
fn raise(name: &str) -> nix::Result<()> {
    let socket = socket(AddressFamily::Inet, SockType::Datagram, SockFlag::SOCK_CLOEXEC, None)?;
    // SAFETY: a structure of numbers and bytes, for which zero means nothing.
    let mut request: libc::ifreq = unsafe { std::mem::zeroed() };
    for (to, from) in request.ifr_name.iter_mut().zip(name.bytes()) {
        *to = from.cast_signed();
    }
    request.ifr_ifru.ifru_flags = (libc::IFF_UP | libc::IFF_RUNNING) as i16;
    // SAFETY: the structure lives through the call, which only reads it.
    Errno::result(unsafe { libc::ioctl(socket.as_raw_fd(), libc::SIOCSIFFLAGS, &raw const request) })
        .map(drop)
}
