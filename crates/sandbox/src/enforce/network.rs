//! The network that a program gets: a loopback of its own, or a namespace that somebody has made for it.

use super::trouble::{During, Tried};
use crate::{
    Isolation, Network, Relay, STAND_INS, Stage,
    relay::{NAMES_PORT, NamePorts},
};
use nix::{
    errno::Errno,
    libc,
    sched::{CloneFlags, setns},
    sys::socket::{AddressFamily, SockFlag, SockType, socket},
};
use std::{fs::File, net::Ipv4Addr, os::fd::AsRawFd};

/// The second address of the loopback.
const LABEL: &str = "lo:names";
/// How much of [`STAND_INS`] is the block.
const STAND_INS_MASK: Ipv4Addr = Ipv4Addr::new(255, 254, 0, 0);

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

/// In a network of its own, the loopback has to be switched on. Where names are answered by the relay, the addresses that
/// stand for them are the loopback's, too: so a program that asks its host whether there is any network finds one, and
/// datagrams to them are refused at once.
pub(super) fn start_loopback(isolation: &Isolation) -> Tried<()> {
    let during = |done: nix::Result<()>| done.during(Stage::Network, "the loopback");
    match isolation.network {
        Network::None => during(up()),
        Network::Relay { .. } => {
            during(up())?;
            during(set(&request(LABEL, Some(STAND_INS)), libc::SIOCSIFADDR))?;
            during(set(&request(LABEL, Some(STAND_INS_MASK)), libc::SIOCSIFNETMASK))
        }
        Network::Private(_) | Network::Bridged(_) | Network::Shared => Ok(()),
    }
}

/// The ports of a filtered program's relay, on a loopback of its own. Those for names are low ones, for which
/// the right may go soon.
pub(super) fn relay(isolation: &Isolation) -> Tried<Option<Relay>> {
    let Network::Relay { port, .. } = isolation.network else { return Ok(None) };
    let relay = Relay::listen(port).during(Stage::Network, format_args!("port {port} of the loopback"))?;
    let names = NamePorts::listen(NAMES_PORT).during(Stage::Network, "port 53 of the loopback")?;
    Ok(Some(relay.with_names(names)))
}

/// Switches the loopback on.
fn up() -> nix::Result<()> {
    // Nobody else is in this network, so port 80 means nothing more than port 8000. Where the host does not let it be
    // said, low ports are refused as they are elsewhere.
    let _ = std::fs::write(FIRST_FREE_PORT, "0");
    set(&request("lo", None), libc::SIOCSIFFLAGS)
}

/// What an interface is to be: switched on, or with an address.
#[allow(unsafe_code, reason = "a structure of the host is zeroed")]
fn request(name: &str, address: Option<Ipv4Addr>) -> libc::ifreq {
    // SAFETY: a structure of numbers and bytes, for which zero means nothing.
    let mut request: libc::ifreq = unsafe { std::mem::zeroed() };
    for (to, from) in request.ifr_name.iter_mut().zip(name.bytes()) {
        *to = from.cast_signed();
    }
    match address {
        None => request.ifr_ifru.ifru_flags = (libc::IFF_UP | libc::IFF_RUNNING) as i16,
        Some(address) => {
            // As `sockaddr_in` lies in memory: the family, a port, the address.
            let [a, b, c, d] = address.octets().map(u8::cast_signed);
            let mut data = [0; 14];
            data[2..6].copy_from_slice(&[a, b, c, d]);
            request.ifr_ifru.ifru_addr = libc::sockaddr { sa_family: libc::AF_INET as u16, sa_data: data };
        }
    }
    request
}

#[allow(unsafe_code, reason = "ioctl on an interface has no wrapper")]
fn set(request: &libc::ifreq, what: libc::c_ulong) -> nix::Result<()> {
    let socket = socket(AddressFamily::Inet, SockType::Datagram, SockFlag::SOCK_CLOEXEC, None)?;
    // SAFETY: the structure lives through the call, which only reads it.
    Errno::result(unsafe { libc::ioctl(socket.as_raw_fd(), what, std::ptr::from_ref(request)) }).map(drop)
}
