//! The relay of a program whose network is filtered: the only way out of its network namespace.
//!
//! ```text
//! program ─▶ 127.0.0.1:PORT (its own loopback) ─▶ relay ─▶ Unix socket in the view ─▶ proxy in the kernel
//! program ◀─ 127.0.0.1:port that it listens on  ◀─ relay ◀─ its neighbour `inward`  ◀─ port of the host
//! ```
//!
//! A tiny process of its own: [`Relay::listen`] is called inside the network namespace, once the loopback is up and
//! before the program runs, so that the port is there from the program's first instruction; then a child of the
//! namespace's init calls [`Relay::run`], which never returns. It carries bytes and understands none of them: what is
//! allowed is judged by the proxy, and a program that goes past the relay (it may connect to the Unix socket itself,
//! kill the relay, or take its port) meets the same proxy or nobody at all.
//!
//! The socket is named by its path and looked up for each connection, in a folder that is in the view as a whole: a
//! desktop that comes back after its end makes a new socket there, and it is found. Meanwhile connections are closed at
//! once.
//!
//! It is the program's server of names, too (see `names`): what is asked there is asked of the same proxy.
//!
//! The socket `inward` beside it serves ports that are forwarded in: the relay keeps one spare connection to it; who
//! writes a port (two bytes, the higher first) into the spare is connected to that port of the program's loopback.
//!
//! **Invariants**: at most [`MOST_PAIRS`] connections, each with two buffers of [`BUFFER_BYTES`] at most; one thread;
//! nothing is opened but sockets; an idle relay sleeps.

mod link;
mod names;

pub(crate) use names::{NAMES_PORT, NamePorts};
pub use names::{STAND_INS, is_stand_in};

use link::{Link, Side};
use names::Names;
use nix::{
    errno::Errno,
    poll::{PollFd, PollFlags, PollTimeout, poll},
    sys::{
        prctl::set_dumpable,
        socket::{
            AddressFamily, Backlog, SockFlag, SockType, SockaddrIn, UnixAddr, accept4, bind, connect, listen,
            setsockopt, socket, sockopt,
        },
    },
};
use std::{
    io::Read,
    net::{Ipv4Addr, SocketAddrV4},
    os::{
        fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd},
        unix::net::UnixStream,
    },
    path::{Path, PathBuf},
    process::exit,
    time::{Duration, Instant},
};

/// Connections at one time; further ones wait in the backlog of the port.
const MOST_PAIRS: usize = 256;
/// Connections that wait to be accepted.
const BACKLOG: i32 = 128;
/// A connection on which nothing has moved for so long is closed.
const IDLE: Duration = Duration::from_secs(2 * 60 * 60);
/// How long the relay waits before it looks for the socket `inward` again.
const LOOK_AGAIN: Duration = Duration::from_secs(5);
/// Name of the socket for ports that lead inwards, beside the proxy's.
pub const INWARD: &str = "inward";

/// A port of the loopback that leads to a Unix socket.
#[derive(Debug)]
pub struct Relay {
    listener: OwnedFd,
    names: Option<NamePorts>,
}

impl Relay {
    /// Takes a port of the loopback of the network namespace that this process is in. Port 0 takes a free one.
    ///
    /// # Errors
    /// What the host answers: `EADDRINUSE`, or `EADDRNOTAVAIL` where the loopback is down.
    pub fn listen(port: u16) -> nix::Result<Relay> {
        let flags = SockFlag::SOCK_NONBLOCK | SockFlag::SOCK_CLOEXEC;
        let listener = socket(AddressFamily::Inet, SockType::Stream, flags, None)?;
        setsockopt(&listener, sockopt::ReuseAddr, &true)?;
        let address = SockaddrIn::from(SocketAddrV4::new(Ipv4Addr::LOCALHOST, port));
        bind(listener.as_raw_fd(), &address)?;
        listen(&listener, Backlog::new(BACKLOG).unwrap_or(Backlog::MAXCONN))?;
        Ok(Relay { listener, names: None })
    }

    /// Answers questions about names, too.
    pub(crate) fn with_names(self, names: NamePorts) -> Relay {
        Relay { names: Some(names), ..self }
    }

    /// The port.
    #[must_use]
    pub fn port(&self) -> u16 {
        nix::sys::socket::getsockname::<SockaddrIn>(self.listener.as_raw_fd())
            .map_or(0, |address| address.port())
    }

    /// What listens, for whoever closes all other descriptors.
    pub(crate) fn descriptors(&self) -> Vec<BorrowedFd<'_>> {
        let names = self.names.iter().flat_map(NamePorts::descriptors);
        [self.listener.as_fd()].into_iter().chain(names).collect()
    }

    /// Carries connections to the socket for ever. Takes the process: nobody can look into it from now on, it keeps no
    /// core, and it ends by its parent's death (which the caller has asked for) or by a kill.
    pub fn run(mut self, socket: &Path) -> ! {
        // Neither the program nor anybody else of its user reads or writes this process's memory.
        let _ = set_dumpable(false);
        let inward = socket.with_file_name(INWARD);
        let names = self.names.take().map(Names::new);
        let mut state =
            Running { relay: self, socket: socket.to_owned(), inward, links: Vec::new(), spare: None, names };
        let mut look_at = Instant::now();
        loop {
            if state.spare.is_none() && Instant::now() >= look_at {
                state.spare = connect_unix(&state.inward).ok();
                look_at = Instant::now() + LOOK_AGAIN;
            }
            if let Err(why) = state.turn(look_at)
                && why != Errno::EINTR
            {
                // Only a bug or a host without memory: no network is the safe answer.
                exit(1);
            }
        }
    }
}

/// [`Relay::listen`] and [`Relay::run`] in one, for who needs no moment between. Ends the process with code 1 when the
/// port cannot be taken.
pub fn run(listen_port: u16, socket_path: &Path) -> ! {
    match Relay::listen(listen_port) {
        Ok(relay) => relay.run(socket_path),
        Err(_) => exit(1),
    }
}

struct Running {
    relay: Relay,
    socket: PathBuf,
    inward: PathBuf,
    links: Vec<Link>,
    /// A connection to `inward` that waits for a port.
    spare: Option<UnixStream>,
    names: Option<Names>,
}

/// What is waited for beside links, and comes before them.
const OWN: usize = 5;

impl Running {
    /// Waits until something can be done, and does it.
    fn turn(&mut self, look_at: Instant) -> nix::Result<()> {
        let now = Instant::now();
        self.links.retain(|link| !link.is_over() && link.last_moved() + IDLE > now);
        let has_room = self.links.len() < MOST_PAIRS;
        let mut polled: Vec<PollFd<'_>> = Vec::with_capacity(OWN + 2 * self.links.len());
        let flags = |wanted: bool| if wanted { PollFlags::POLLIN } else { PollFlags::empty() };
        // What is not there is the port once more, about which nothing is asked.
        let port = self.relay.listener.as_fd();
        let nothing = (port, PollFlags::empty());
        let spare = self.spare.as_ref().map_or(nothing, |spare| (spare.as_fd(), flags(has_room)));
        let names = self.names.as_ref();
        for (fd, wanted) in [
            (port, flags(has_room)),
            spare,
            names.map_or(nothing, |names| (names.connections(), flags(has_room))),
            names.map_or(nothing, Names::datagrams),
            names.and_then(Names::line).unwrap_or(nothing),
        ] {
            polled.push(PollFd::new(fd, wanted));
        }
        for link in &self.links {
            for side in [Side::Near, Side::Far] {
                polled.push(PollFd::new(link.fd(side), link.wants(side)));
            }
        }
        poll(&mut polled, self.timeout(look_at))?;
        let heard: Vec<PollFlags> =
            polled.iter().map(|polled| polled.revents().unwrap_or(PollFlags::empty())).collect();
        drop(polled);
        for (at, link) in self.links.iter_mut().enumerate() {
            link.carry(heard[OWN + 2 * at], heard[OWN + 1 + 2 * at]);
        }
        if has_room && !heard[0].is_empty() {
            self.accept();
        }
        if self.spare.is_some() && !heard[1].is_empty() {
            self.let_in();
        }
        self.answer_names([heard[2], heard[3], heard[4]], has_room);
        Ok(())
    }

    /// What has come about names: connections, datagrams, answers.
    fn answer_names(&mut self, heard: [PollFlags; 3], has_room: bool) {
        let Some(names) = &mut self.names else { return };
        if has_room
            && !heard[0].is_empty()
            && let Some(near) = names.accept()
            && let Ok(far) = connect_unix(&self.socket)
        {
            self.links.push(Link::new(near, far.into()));
        }
        if !heard[2].is_empty() {
            names.carry();
        }
        if !heard[1].is_empty() {
            names.ask(&self.socket);
        }
    }

    fn timeout(&self, look_at: Instant) -> PollTimeout {
        let mut next = Duration::from_secs(60 * 60);
        if self.spare.is_none() {
            next = look_at.saturating_duration_since(Instant::now());
        } else if !self.links.is_empty() {
            next = Duration::from_secs(60);
        }
        PollTimeout::try_from(next + Duration::from_millis(1)).unwrap_or(PollTimeout::MAX)
    }

    fn accept(&mut self) {
        let flags = SockFlag::SOCK_NONBLOCK | SockFlag::SOCK_CLOEXEC;
        let Ok(raw) = accept4(self.relay.listener.as_raw_fd(), flags) else { return };
        let near = own(raw);
        // Nobody there: the program sees its connection closed.
        if let Ok(far) = connect_unix(&self.socket) {
            self.links.push(Link::new(near, far.into()));
        }
    }

    /// The spare connection has a port to say, or is gone.
    fn let_in(&mut self) {
        let Some(mut spare) = self.spare.take() else { return };
        let mut port = [0; 2];
        // Two bytes of one write arrive together; anything else is nobody that we know.
        if !matches!(spare.read(&mut port), Ok(2)) {
            return;
        }
        if let Ok(program) = connect_loopback(u16::from_be_bytes(port)) {
            self.links.push(Link::new(spare.into(), program));
        }
        self.spare = connect_unix(&self.inward).ok();
    }
}

#[allow(unsafe_code, reason = "a descriptor of a call becomes one with an owner")]
fn own(raw: i32) -> OwnedFd {
    // SAFETY: the call has just made this descriptor for us, and nobody else knows it.
    unsafe { OwnedFd::from_raw_fd(raw) }
}

/// Connects without waiting: a proxy whose backlog is full is as good as none.
fn connect_unix(path: &Path) -> nix::Result<UnixStream> {
    let flags = SockFlag::SOCK_NONBLOCK | SockFlag::SOCK_CLOEXEC;
    let socket = socket(AddressFamily::Unix, SockType::Stream, flags, None)?;
    connect(socket.as_raw_fd(), &UnixAddr::new(path)?)?;
    Ok(UnixStream::from(socket))
}

/// Begins a connection to a port of the loopback, without waiting for it: what is sent before it is there waits.
fn connect_loopback(port: u16) -> nix::Result<OwnedFd> {
    let flags = SockFlag::SOCK_NONBLOCK | SockFlag::SOCK_CLOEXEC;
    let socket = socket(AddressFamily::Inet, SockType::Stream, flags, None)?;
    match connect(socket.as_raw_fd(), &SockaddrIn::from(SocketAddrV4::new(Ipv4Addr::LOCALHOST, port))) {
        Ok(()) | Err(Errno::EINPROGRESS) => Ok(socket),
        Err(why) => Err(why),
    }
}

/// Tells the other side that nothing more comes.
fn shut_write(fd: BorrowedFd<'_>) {
    let _ = nix::sys::socket::shutdown(fd.as_raw_fd(), nix::sys::socket::Shutdown::Write);
}

/// Reads, or says that it would have to wait (`None`). An error is as good as the end.
fn read(fd: BorrowedFd<'_>, buffer: &mut [u8]) -> Option<usize> {
    match nix::unistd::read(fd, buffer) {
        Err(Errno::EAGAIN | Errno::EINTR) => None,
        Err(_) => Some(0),
        Ok(count) => Some(count),
    }
}

/// Sends without a signal when nobody listens any more. `None`: it would have to wait.
fn send(fd: BorrowedFd<'_>, data: &[u8]) -> Option<Result<usize, ()>> {
    use nix::sys::socket::{MsgFlags, send};
    match send(fd.as_raw_fd(), data, MsgFlags::MSG_NOSIGNAL) {
        Err(Errno::EAGAIN | Errno::EINTR) => None,
        Err(_) => Some(Err(())),
        Ok(count) => Some(Ok(count)),
    }
}

/// How many bytes of one direction wait at most.
const BUFFER_BYTES: usize = 32 * 1024;

#[cfg(test)]
mod tests;
