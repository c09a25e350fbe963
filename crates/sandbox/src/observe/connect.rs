//! A connection of a filtered program that was not asked of the proxy: made for it, through the relay.
//!
//! The program's own socket is taken (the same one, not a copy of its meaning), connected to the relay on the loopback
//! of the program's network, and told in SOCKS5 where the program wanted to go. When the proxy has agreed, the program
//! is told that it is connected, and finds the other side at the end of its socket. So a program that knows of no
//! proxy comes to the same judge, and options that it had set on its socket hold.
//!
//! Names are not its affair: the proxy has given the program addresses that stand for them, and knows which is which.

use super::notify::{Question, done, still_waits};
use crate::{Network, STAND_INS, child::open_pidfd, is_stand_in};
use nix::{
    errno::Errno,
    fcntl::{FcntlArg, OFlag, fcntl},
    libc,
    poll::{PollFd, PollFlags, PollTimeout, poll},
    sys::socket::{
        AddressFamily, MsgFlags, SockType, SockaddrIn, SockaddrLike, SockaddrStorage, connect, getsockname,
        getsockopt, recv, send, sockopt,
    },
};
use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr, SocketAddrV4},
    os::fd::{AsFd, AsRawFd, FromRawFd, OwnedFd},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

/// Connections that are being made at one time; further ones are refused for a moment.
const MOST: usize = 32;
/// How long the proxy may take: somebody may be asked.
const PATIENCE: Duration = Duration::from_secs(30);
const STACK_BYTES: usize = 128 * 1024;

/// The ways out of one program.
#[derive(Clone, Debug)]
pub(super) struct WayOut {
    port: u16,
    /// Of the loopback, first and last: the host's.
    host_ports: Arc<[(u16, u16)]>,
    busy: Arc<AtomicUsize>,
}

/// What became of a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Served {
    /// It is answered, or will be.
    Yes,
    /// It is about a socket of datagrams, which do not go out here; nothing was answered.
    Datagram,
    /// It is about no socket that leads anywhere, and nothing was answered.
    No,
}

impl WayOut {
    pub(super) fn new(port: u16, network: &Network) -> WayOut {
        let host_ports = match network {
            Network::Relay { host_ports, .. } => host_ports.as_slice().into(),
            _ => Arc::default(),
        };
        WayOut { port, host_ports, busy: Arc::default() }
    }

    /// Whether this is an address that leads out, or a port of the loopback that is the host's.
    pub(super) fn serves(&self, address: SocketAddr) -> bool {
        let is_host_port =
            || self.host_ports.iter().any(|(from, to)| (*from..=*to).contains(&address.port()));
        let is_loopback = address.ip().to_canonical().is_loopback();
        WayOut::leads_to(address) || (is_loopback && address.port() != self.port && is_host_port())
    }

    /// Whether this is an address that leads out: everything but those of the program's own loopback.
    fn leads_to(address: SocketAddr) -> bool {
        let ip = address.ip().to_canonical();
        !ip.is_loopback() && !ip.is_unspecified() && !ip.is_multicast() && ip != IpAddr::V4(STAND_INS)
    }

    /// Whether datagrams to this address are lost: not those to the program's own loopback, which addresses that stand for
    /// names are, too, and to which programs connect when they only look for the best of several.
    pub(super) fn loses(address: SocketAddr) -> bool {
        let is_own = matches!(address.ip().to_canonical(), IpAddr::V4(address) if is_stand_in(address));
        WayOut::leads_to(address) && !is_own
    }

    /// Connects in a thread of its own and answers when that is done.
    pub(super) fn serve(&self, listener: &Arc<OwnedFd>, question: Question, address: SocketAddr) -> Served {
        let Some(socket) = socket_of(&question) else { return Served::No };
        match getsockopt(&socket, sockopt::SockType) {
            Ok(SockType::Stream) => {}
            Ok(SockType::Datagram) => return Served::Datagram,
            _ => return Served::No,
        }
        if self.busy.fetch_add(1, Ordering::AcqRel) >= MOST {
            self.busy.fetch_sub(1, Ordering::AcqRel);
            done(listener, &question, Err(Errno::EAGAIN));
            return Served::Yes;
        }
        let (way, asked) = (self.clone(), listener.clone());
        let run = move || {
            let result = ask(&socket, way.port, address, || still_waits(&asked, &question));
            done(&asked, &question, result);
            way.busy.fetch_sub(1, Ordering::AcqRel);
        };
        let thread = thread::Builder::new().name("agentos-connect".into()).stack_size(STACK_BYTES).spawn(run);
        if thread.is_err() {
            self.busy.fetch_sub(1, Ordering::AcqRel);
            done(listener, &question, Err(Errno::EAGAIN));
        }
        Served::Yes
    }
}

/// The program's socket itself.
#[allow(unsafe_code, reason = "pidfd_getfd has no wrapper in nix")]
fn socket_of(question: &Question) -> Option<OwnedFd> {
    let pidfd = open_pidfd(question.host_pid).ok()?;
    #[allow(clippy::cast_possible_truncation, reason = "the host takes the lower half of a descriptor, too")]
    let number = question.arguments[0] as i32;
    // SAFETY: plain numbers.
    let raw = unsafe { libc::syscall(libc::SYS_pidfd_getfd, pidfd.as_raw_fd(), number, 0) };
    let raw = i32::try_from(Errno::result(raw).ok()?).ok()?;
    // SAFETY: the host has just opened this descriptor for us alone.
    Some(unsafe { OwnedFd::from_raw_fd(raw) })
}

/// Connects to the relay and asks for the address. The socket is as blocking as before when this is done.
fn ask(socket: &OwnedFd, port: u16, address: SocketAddr, is_wanted: impl Fn() -> bool) -> Result<(), Errno> {
    let before = OFlag::from_bits_retain(fcntl(socket, FcntlArg::F_GETFL)?);
    fcntl(socket, FcntlArg::F_SETFL(before | OFlag::O_NONBLOCK))?;
    let asked =
        Asking { socket, deadline: Instant::now() + PATIENCE, is_wanted: &is_wanted }.ask(port, address);
    let _ = fcntl(socket, FcntlArg::F_SETFL(before));
    asked
}

struct Asking<'a> {
    socket: &'a OwnedFd,
    deadline: Instant,
    is_wanted: &'a dyn Fn() -> bool,
}

impl Asking<'_> {
    fn ask(&self, port: u16, address: SocketAddr) -> Result<(), Errno> {
        let relay = SocketAddrV4::new(Ipv4Addr::LOCALHOST, port);
        let own: SockaddrStorage = getsockname(self.socket.as_raw_fd())?;
        match own.family() {
            Some(AddressFamily::Inet) => self.connect(&SockaddrIn::from(relay))?,
            _ => {
                let mapped = std::net::SocketAddrV6::new(relay.ip().to_ipv6_mapped(), port, 0, 0);
                self.connect(&nix::sys::socket::SockaddrIn6::from(mapped))?;
            }
        }
        // Version 5, one way to sign in: none.
        self.say(&[5, 1, 0])?;
        let mut chosen = [0; 2];
        self.hear(&mut chosen)?;
        if chosen != [5, 0] {
            return Err(Errno::ECONNREFUSED);
        }
        let mut request = vec![5, 1, 0];
        match address.ip().to_canonical() {
            IpAddr::V4(ip) => {
                request.push(1);
                request.extend(ip.octets());
            }
            IpAddr::V6(ip) => {
                request.push(4);
                request.extend(ip.octets());
            }
        }
        request.extend(address.port().to_be_bytes());
        self.say(&request)?;
        let mut head = [0; 4];
        self.hear(&mut head)?;
        let bound_bytes = match head[3] {
            1 => 4,
            4 => 16,
            _ => return Err(Errno::ECONNREFUSED),
        };
        self.hear(&mut vec![0; bound_bytes + 2])?;
        // The numbers of RFC 1928.
        match head[1] {
            0 => Ok(()),
            2 => Err(Errno::EACCES),
            3 => Err(Errno::ENETUNREACH),
            4 => Err(Errno::EHOSTUNREACH),
            6 => Err(Errno::ETIMEDOUT),
            _ => Err(Errno::ECONNREFUSED),
        }
    }

    fn connect(&self, address: &impl SockaddrLike) -> Result<(), Errno> {
        match connect(self.socket.as_raw_fd(), address) {
            Err(Errno::EINPROGRESS) => {
                self.wait(PollFlags::POLLOUT)?;
                match getsockopt(self.socket, sockopt::SocketError)? {
                    0 => Ok(()),
                    error => Err(Errno::from_raw(error)),
                }
            }
            connected => connected,
        }
    }

    fn say(&self, mut words: &[u8]) -> Result<(), Errno> {
        while !words.is_empty() {
            match send(self.socket.as_raw_fd(), words, MsgFlags::MSG_NOSIGNAL) {
                Ok(count) => words = &words[count..],
                Err(Errno::EAGAIN) => self.wait(PollFlags::POLLOUT)?,
                Err(Errno::EINTR) => {}
                Err(why) => return Err(why),
            }
        }
        Ok(())
    }

    fn hear(&self, words: &mut [u8]) -> Result<(), Errno> {
        let mut heard = 0;
        while heard < words.len() {
            match recv(self.socket.as_raw_fd(), &mut words[heard..], MsgFlags::empty()) {
                Ok(0) => return Err(Errno::ECONNREFUSED),
                Ok(count) => heard += count,
                Err(Errno::EAGAIN) => self.wait(PollFlags::POLLIN)?,
                Err(Errno::EINTR) => {}
                Err(why) => return Err(why),
            }
        }
        Ok(())
    }

    /// Looks now and then whether the program still wants it.
    fn wait(&self, what: PollFlags) -> Result<(), Errno> {
        loop {
            if Instant::now() >= self.deadline {
                return Err(Errno::ETIMEDOUT);
            }
            if !(self.is_wanted)() {
                return Err(Errno::EINTR);
            }
            let mut wanted = [PollFd::new(self.socket.as_fd(), what)];
            match poll(&mut wanted, PollTimeout::from(500_u16)) {
                Ok(0) | Err(Errno::EINTR) => {}
                Ok(_) => return Ok(()),
                Err(why) => return Err(why),
            }
        }
    }
}
