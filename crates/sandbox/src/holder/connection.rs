//! A holder's end of a socket to somebody who may be a desktop.

use super::frame::{Decoder, Message};
use crate::wire::send_with_descriptors;
use nix::{
    sys::socket::{MsgFlags, getsockopt, recv, sockopt::PeerCredentials},
    unistd::Uid,
};
use std::{
    io::{self, Write},
    os::{
        fd::{AsFd, AsRawFd, BorrowedFd},
        unix::net::UnixStream,
    },
    time::{Duration, Instant},
};

/// How long a guest may take to say what it wants.
const GUEST_PATIENCE: Duration = Duration::from_secs(5);
/// How long one that does not read may keep the holder.
const WRITE_PATIENCE: Duration = Duration::from_secs(1);
/// Taken from a socket at a time, bytes; more is taken the next time.
const PIECE_BYTES: usize = 4096;

/// What came.
pub(super) enum Heard {
    /// Nothing that is whole.
    Nothing,
    Said(Message),
    /// It closed, or it does not speak our language.
    Gone,
}

#[derive(Debug)]
pub(super) struct Connection {
    stream: UnixStream,
    decoder: Decoder,
    pub(super) deadline: Instant,
}

impl Connection {
    pub(super) fn new(stream: UnixStream) -> io::Result<Connection> {
        // Accepted from a listener that does not block; reads ask not to wait, writes wait a little.
        stream.set_nonblocking(false)?;
        stream.set_write_timeout(Some(WRITE_PATIENCE))?;
        Ok(Connection { stream, decoder: Decoder::default(), deadline: Instant::now() + GUEST_PATIENCE })
    }

    /// Whether the other end is this user.
    pub(super) fn is_ours(&self) -> bool {
        getsockopt(&self.stream, PeerCredentials).is_ok_and(|peer| peer.uid() == Uid::effective().as_raw())
    }

    /// Takes what is there without waiting.
    pub(super) fn hear(&mut self) -> Heard {
        let mut piece = [0; PIECE_BYTES];
        match recv(self.stream.as_raw_fd(), &mut piece, MsgFlags::MSG_DONTWAIT) {
            Ok(0) => return Heard::Gone,
            Ok(count) => self.decoder.push(&piece[..count]),
            Err(nix::Error::EAGAIN | nix::Error::EINTR) => {}
            Err(_) => return Heard::Gone,
        }
        self.next()
    }

    /// A further message of what was taken.
    pub(super) fn next(&mut self) -> Heard {
        match self.decoder.next() {
            Ok(None) => Heard::Nothing,
            Ok(Some(message)) => Heard::Said(message),
            Err(_) => Heard::Gone,
        }
    }

    pub(super) fn say(&mut self, message: &Message) -> io::Result<()> {
        self.stream.write_all(&message.encode())
    }

    /// The same with descriptors, which come with the head.
    pub(super) fn give(&mut self, message: &Message, descriptors: &[BorrowedFd<'_>]) -> io::Result<()> {
        let frame = message.encode();
        let (head, body) = frame.split_at(super::frame::HEAD_BYTES);
        send_with_descriptors(&self.stream, head, descriptors)?;
        self.stream.write_all(body)
    }
}

impl AsFd for Connection {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.stream.as_fd()
    }
}
