//! The host's side of a socket: never blocking, closed at `exec`, without signals for broken connections.

#![allow(unsafe_code, reason = "tokio asks its caller to promise that the descriptor stays open")]

use abi::{
    Errno, SysError, SysResult,
    table::{SocketAddress, SocketDomain, SocketType},
};
use nix::sys::socket::{
    AddressFamily, Backlog, MsgFlags, Shutdown, SockFlag, SockType, SockaddrLike, SockaddrStorage, accept4,
    bind, connect, getpeername, getsockname, listen, recv, send, sendto, setsockopt, shutdown, socket,
    sockopt,
};
use std::{
    io,
    net::{SocketAddr, SocketAddrV4, SocketAddrV6, UdpSocket},
    os::{
        fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd},
        unix::net::UnixDatagram,
    },
    sync::Arc,
};
use tokio::io::unix::AsyncFd;

/// A host socket that the runtime watches.
pub(super) type Registered = AsyncFd<Arc<HostSocket>>;

/// A socket of the host. Datagram sockets have a type of the standard library, which knows how to
/// read who sent something.
pub(super) enum HostSocket {
    Stream(OwnedFd),
    Udp(UdpSocket),
    UnixDatagram(UnixDatagram),
}

impl AsFd for HostSocket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match self {
            HostSocket::Stream(fd) => fd.as_fd(),
            HostSocket::Udp(socket) => socket.as_fd(),
            HostSocket::UnixDatagram(socket) => socket.as_fd(),
        }
    }
}

impl AsRawFd for HostSocket {
    fn as_raw_fd(&self) -> RawFd {
        self.as_fd().as_raw_fd()
    }
}

/// Has the runtime that is entered watch a socket.
pub(super) fn register(host: Arc<HostSocket>) -> SysResult<Registered> {
    // SAFETY: a `HostSocket` owns its descriptor, which is open and the same until it is dropped, and the
    // result holds one of its owners for as long as it lives.
    let registered = unsafe { AsyncFd::register(host) };
    registered.map_err(|why| host_error("the runtime", &io::Error::from(why)))
}

/// The errno of a failure of the host, with what it was about.
pub(crate) fn host_error(what: &str, why: &io::Error) -> SysError {
    let errno = match why.raw_os_error().map(nix::Error::from_raw) {
        Some(nix::Error::EAFNOSUPPORT | nix::Error::EPROTONOSUPPORT) => Errno::ENOSYS,
        Some(nix::Error::EDESTADDRREQ) => Errno::ENOTCONN,
        Some(nix::Error::EALREADY | nix::Error::EINPROGRESS) => Errno::EBUSY,
        Some(nix::Error::ENETDOWN) => Errno::ENETUNREACH,
        Some(nix::Error::EHOSTDOWN) => Errno::EHOSTUNREACH,
        Some(nix::Error::ENOBUFS) => Errno::ENOMEM,
        Some(other) => Errno::from_raw(other as i32).unwrap_or(Errno::EIO),
        None => Errno::EIO,
    };
    SysError::new(errno, format!("{what}: the host answered: {why}"))
}

impl HostSocket {
    pub(super) fn open(domain: SocketDomain, kind: SocketType) -> SysResult<Self> {
        let family = match domain {
            SocketDomain::Inet => AddressFamily::Inet,
            SocketDomain::Inet6 => AddressFamily::Inet6,
            SocketDomain::Unix => AddressFamily::Unix,
        };
        let host_kind = match kind {
            SocketType::Stream => SockType::Stream,
            SocketType::Datagram => SockType::Datagram,
        };
        let flags = SockFlag::SOCK_NONBLOCK | SockFlag::SOCK_CLOEXEC;
        let failed = |why: nix::Error| host_error("socket", &why.into());
        let fd = socket(family, host_kind, flags, None).map_err(failed)?;
        if domain == SocketDomain::Inet6 {
            // IPv4 in the clothes of IPv6 would be a second way to the same places.
            setsockopt(&fd, sockopt::Ipv6V6Only, &true).map_err(failed)?;
        }
        Ok(Self::of(fd, domain, kind))
    }

    fn of(fd: OwnedFd, domain: SocketDomain, kind: SocketType) -> Self {
        match (kind, domain) {
            (SocketType::Stream, _) => HostSocket::Stream(fd),
            (SocketType::Datagram, SocketDomain::Unix) => HostSocket::UnixDatagram(fd.into()),
            (SocketType::Datagram, _) => HostSocket::Udp(fd.into()),
        }
    }

    pub(super) fn bind(&self, address: &dyn SockaddrLike) -> io::Result<()> {
        Ok(bind(self.as_raw_fd(), address)?)
    }

    pub(super) fn connect(&self, address: &dyn SockaddrLike) -> io::Result<()> {
        Ok(connect(self.as_raw_fd(), address)?)
    }

    /// Forgets a peer, or an attempt that failed: the socket can be connected again, with its options.
    pub(super) fn disconnect(&self) -> io::Result<()> {
        let nobody = nix::libc::sockaddr {
            sa_family: nix::libc::AF_UNSPEC as nix::libc::sa_family_t,
            sa_data: [0; 14],
        };
        // SAFETY: the address is read for the length that is given, which is its own.
        let result = unsafe {
            nix::libc::connect(
                self.as_raw_fd(),
                &raw const nobody,
                size_of::<nix::libc::sockaddr>() as nix::libc::socklen_t,
            )
        };
        nix::Error::result(result)?;
        Ok(())
    }

    pub(super) fn listen(&self, backlog: u32) -> io::Result<()> {
        let backlog = i32::try_from(backlog).ok().and_then(|backlog| Backlog::new(backlog).ok());
        Ok(listen(self, backlog.unwrap_or(Backlog::MAXCONN))?)
    }

    pub(super) fn accept(&self, domain: SocketDomain) -> io::Result<HostSocket> {
        let raw = accept4(self.as_raw_fd(), SockFlag::SOCK_NONBLOCK | SockFlag::SOCK_CLOEXEC)?;
        // SAFETY: the call has just made this descriptor for us, and nobody else knows it.
        let fd = unsafe { OwnedFd::from_raw_fd(raw) };
        Ok(Self::of(fd, domain, SocketType::Stream))
    }

    pub(super) fn send(&self, data: &[u8]) -> io::Result<usize> {
        Ok(send(self.as_raw_fd(), data, MsgFlags::MSG_NOSIGNAL)?)
    }

    pub(super) fn send_to(&self, data: &[u8], address: &dyn SockaddrLike) -> io::Result<usize> {
        Ok(sendto(self.as_raw_fd(), data, address, MsgFlags::MSG_NOSIGNAL)?)
    }

    pub(super) fn receive(&self, buffer: &mut [u8]) -> io::Result<usize> {
        Ok(recv(self.as_raw_fd(), buffer, MsgFlags::empty())?)
    }

    /// Whether there is nothing left to read and never will be.
    pub(super) fn is_at_end(&self) -> bool {
        recv(self.as_raw_fd(), &mut [0], MsgFlags::MSG_PEEK) == Ok(0)
    }

    /// One datagram and its sender's address.
    pub(super) fn receive_from(&self, buffer: &mut [u8]) -> io::Result<(usize, Sender)> {
        match self {
            HostSocket::Udp(socket) => {
                socket.recv_from(buffer).map(|(count, from)| (count, Sender::Inet(from)))
            }
            HostSocket::UnixDatagram(socket) => {
                let (count, from) = socket.recv_from(buffer)?;
                Ok((count, Sender::Unix(from.as_pathname().map(std::path::Path::to_owned))))
            }
            HostSocket::Stream(_) => Err(nix::Error::EOPNOTSUPP.into()),
        }
    }

    /// The error that a connection attempt left behind.
    pub(super) fn pending_error(&self) -> io::Result<()> {
        match nix::sys::socket::getsockopt(self, sockopt::SocketError)? {
            0 => Ok(()),
            number => Err(io::Error::from_raw_os_error(number)),
        }
    }

    pub(super) fn is_connected(&self) -> bool {
        getpeername::<SockaddrStorage>(self.as_raw_fd()).is_ok()
    }

    /// Where it is bound, for IPv4 and IPv6.
    pub(super) fn local_address(&self) -> Option<SocketAddress> {
        let address = inet(&getsockname::<SockaddrStorage>(self.as_raw_fd()).ok()?)?;
        let is_bound = address.port() != 0;
        is_bound.then(|| SocketAddress::inet(address.ip().to_string(), address.port()))
    }

    /// Where it is connected to, for IPv4 and IPv6.
    pub(super) fn peer_address(&self) -> Option<SocketAddress> {
        let address = inet(&getpeername::<SockaddrStorage>(self.as_raw_fd()).ok()?)?;
        Some(SocketAddress::inet(address.ip().to_string(), address.port()))
    }

    pub(super) fn shut_down(&self) {
        // Nobody to tell when it was not connected.
        let _ = shutdown(self.as_raw_fd(), Shutdown::Both);
    }
}

/// Who sent a datagram, as the host says.
pub(super) enum Sender {
    Inet(SocketAddr),
    Unix(Option<std::path::PathBuf>),
}

fn inet(address: &SockaddrStorage) -> Option<SocketAddr> {
    let v4 = address.as_sockaddr_in().map(|address| SocketAddrV4::from(*address).into());
    v4.or_else(|| address.as_sockaddr_in6().map(|address| SocketAddrV6::from(*address).into()))
}
