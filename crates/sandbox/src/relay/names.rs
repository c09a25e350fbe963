//! Questions about names: the name server on the program's own loopback, at port 53 of UDP and of TCP.
//!
//! The relay understands no question here either. It frames datagrams as DNS over TCP does (RFC 1035, 4.2.2), sends them
//! one after the other over one connection to the proxy, and gives each answer to whoever asked, in the same order.
//! A connection of TCP is carried to the proxy like any other: it is framed already.
//!
//! **Invariants**: at most [`MOST_ASKED`] questions wait, further datagrams are dropped, as on any network; a question is
//! at most [`MOST_QUESTION_BYTES`] long and an answer [`MOST_ANSWER_BYTES`]; when the connection ends, what was asked on
//! it is forgotten, and the next question makes another.

use super::{connect_unix, own, read, send};
use nix::{
    poll::PollFlags,
    sys::socket::{
        AddressFamily, Backlog, MsgFlags, SockFlag, SockType, SockaddrIn, accept4, bind, listen, recvfrom,
        sendto, setsockopt, socket, sockopt,
    },
};
use std::{
    collections::VecDeque,
    net::{Ipv4Addr, SocketAddrV4},
    os::{
        fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd},
        unix::net::UnixStream,
    },
    path::Path,
};

/// The address of a filtered program on its own loopback, in the block whose other addresses stand for names: 198.18.0.0/15,
/// which RFC 2544 keeps for measuring devices, so that no host of the world has one.
pub const STAND_INS: Ipv4Addr = Ipv4Addr::new(198, 18, 0, 1);

/// Whether an address lies in that block.
#[must_use]
pub const fn is_stand_in(address: Ipv4Addr) -> bool {
    matches!(address.octets(), [198, 18 | 19, ..])
}

/// Where programs look for a server of names.
pub(crate) const NAMES_PORT: u16 = 53;
/// Questions that wait for their answers.
const MOST_ASKED: usize = 64;
/// Longest question, bytes; what clients send is a tenth.
const MOST_QUESTION_BYTES: usize = 1232;
/// Longest answer, bytes.
const MOST_ANSWER_BYTES: usize = 4096;
/// Connections of TCP that wait to be accepted.
const BACKLOG: i32 = 16;

/// The two sockets at which questions come. Made while the right to low ports is there.
#[derive(Debug)]
pub(crate) struct NamePorts {
    datagrams: OwnedFd,
    connections: OwnedFd,
}

impl NamePorts {
    /// Takes both ports of the loopback of the network namespace that this process is in.
    ///
    /// # Errors
    /// What the host answers: `EACCES` without the right to low ports, `EADDRINUSE`.
    pub(crate) fn listen(port: u16) -> nix::Result<NamePorts> {
        let flags = SockFlag::SOCK_NONBLOCK | SockFlag::SOCK_CLOEXEC;
        let address = SockaddrIn::from(SocketAddrV4::new(Ipv4Addr::LOCALHOST, port));
        let datagrams = socket(AddressFamily::Inet, SockType::Datagram, flags, None)?;
        bind(datagrams.as_raw_fd(), &address)?;
        let connections = socket(AddressFamily::Inet, SockType::Stream, flags, None)?;
        setsockopt(&connections, sockopt::ReuseAddr, &true)?;
        bind(connections.as_raw_fd(), &address)?;
        listen(&connections, Backlog::new(BACKLOG).unwrap_or(Backlog::MAXCONN))?;
        Ok(NamePorts { datagrams, connections })
    }

    /// Both, for whoever closes all other descriptors.
    pub(crate) fn descriptors(&self) -> [BorrowedFd<'_>; 2] {
        [self.datagrams.as_fd(), self.connections.as_fd()]
    }
}

/// What is on its way.
#[derive(Debug)]
pub(super) struct Names {
    ports: NamePorts,
    line: Option<Line>,
}

/// The connection to the proxy over which datagrams are asked.
#[derive(Debug)]
struct Line {
    stream: UnixStream,
    /// Who waits for an answer, in the order of the questions.
    asked: VecDeque<SockaddrIn>,
    out: Vec<u8>,
    heard: Vec<u8>,
}

impl Names {
    pub(super) fn new(ports: NamePorts) -> Names {
        Names { ports, line: None }
    }

    /// Where datagrams come, and whether there is room for one.
    pub(super) fn datagrams(&self) -> (BorrowedFd<'_>, PollFlags) {
        let has_room = self.line.as_ref().is_none_or(|line| line.asked.len() < MOST_ASKED);
        (self.ports.datagrams.as_fd(), if has_room { PollFlags::POLLIN } else { PollFlags::empty() })
    }

    /// Where connections come.
    pub(super) fn connections(&self) -> BorrowedFd<'_> {
        self.ports.connections.as_fd()
    }

    /// The connection to the proxy, and what it waits for.
    pub(super) fn line(&self) -> Option<(BorrowedFd<'_>, PollFlags)> {
        self.line.as_ref().map(|line| {
            let mut wants = PollFlags::POLLIN;
            wants.set(PollFlags::POLLOUT, !line.out.is_empty());
            (line.stream.as_fd(), wants)
        })
    }

    /// A connection of TCP that has come.
    pub(super) fn accept(&self) -> Option<OwnedFd> {
        let flags = SockFlag::SOCK_NONBLOCK | SockFlag::SOCK_CLOEXEC;
        accept4(self.ports.connections.as_raw_fd(), flags).ok().map(own)
    }

    /// Takes datagrams that have come. Without a proxy nobody answers, and who asked tries again or gives up.
    pub(super) fn ask(&mut self, proxy: &Path) {
        let mut question = [0; MOST_QUESTION_BYTES + 1];
        for _ in 0..MOST_ASKED {
            let Ok((count, Some(from))) =
                recvfrom::<SockaddrIn>(self.ports.datagrams.as_raw_fd(), &mut question)
            else {
                return;
            };
            let Some(len_bytes) =
                u16::try_from(count).ok().filter(|_| (1..=MOST_QUESTION_BYTES).contains(&count))
            else {
                continue;
            };
            if self.line.is_none() {
                self.line = connect_unix(proxy).ok().map(Line::new);
            }
            let Some(line) = &mut self.line else { continue };
            if line.asked.len() < MOST_ASKED {
                line.asked.push_back(from);
                line.out.extend(len_bytes.to_be_bytes());
                line.out.extend_from_slice(&question[..count]);
            }
        }
        self.carry();
    }

    /// Sends and hears what there is.
    pub(super) fn carry(&mut self) {
        let Some(line) = &mut self.line else { return };
        if line.speak().and_then(|()| line.hear(&self.ports.datagrams)).is_none() {
            self.line = None;
        }
    }
}

impl Line {
    fn new(stream: UnixStream) -> Line {
        Line { stream, asked: VecDeque::new(), out: Vec::new(), heard: Vec::new() }
    }

    /// `None` when nobody listens any more.
    fn speak(&mut self) -> Option<()> {
        if !self.out.is_empty()
            && let Some(sent) = send(self.stream.as_fd(), &self.out)
        {
            self.out.drain(..sent.ok()?);
        }
        Some(())
    }

    /// `None` at the end, and when what comes is no answer.
    fn hear(&mut self, datagrams: &OwnedFd) -> Option<()> {
        let filled = self.heard.len();
        self.heard.resize(filled + MOST_ANSWER_BYTES, 0);
        let count = read(self.stream.as_fd(), &mut self.heard[filled..]);
        self.heard.truncate(filled + count.unwrap_or(0));
        if count == Some(0) {
            return None;
        }
        while let Some((len_bytes, rest)) = self.heard.split_first_chunk::<2>() {
            let len_bytes = usize::from(u16::from_be_bytes(*len_bytes));
            if len_bytes > MOST_ANSWER_BYTES {
                return None;
            }
            let Some(answer) = rest.get(..len_bytes) else { break };
            let to = self.asked.pop_front()?;
            // Who has no room for its answer asks again.
            let _ =
                sendto(datagrams.as_raw_fd(), answer, &to, MsgFlags::MSG_DONTWAIT | MsgFlags::MSG_NOSIGNAL);
            self.heard.drain(..2 + len_bytes);
        }
        Some(())
    }
}
