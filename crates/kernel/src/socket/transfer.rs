//! Sending and receiving.

use super::{
    Socket, Stage,
    connection::Endpoint,
    host::{Sender, host_error},
};
use crate::sync::lock;
use abi::{
    Bytes, Errno, SysError, SysResult,
    table::{Received, SocketAddress, SocketType},
};
use std::{io, sync::atomic::Ordering};
use tokio::io::Interest;

/// Most that one call receives, bytes.
const MAX_RECEIVE: u64 = 1024 * 1024;

impl Socket {
    /// `ENOTCONN` where there is no other side.
    fn check_connected(&self) -> SysResult<()> {
        self.check_open()?;
        match (self.kind, self.stage()) {
            (_, Stage::Connected) | (SocketType::Datagram, Stage::Bound) => Ok(()),
            (_, stage) => {
                Err(SysError::new(Errno::ENOTCONN, format!("the socket is {}, not connected", stage.name())))
            }
        }
    }

    fn check_datagram(&self) -> SysResult<()> {
        self.check_open()?;
        match (self.kind, self.stage()) {
            (SocketType::Stream, Stage::Connected) => {
                Err(SysError::new(Errno::EISCONN, "a connection has one other side; use send and recv"))
            }
            (SocketType::Stream, _) => {
                Err(SysError::new(Errno::EOPNOTSUPP, "a stream takes a connection first"))
            }
            (_, Stage::Failed) => {
                Err(SysError::new(Errno::EINVAL, "an earlier attempt to connect failed; take another socket"))
            }
            _ => Ok(()),
        }
    }

    fn count_sent(&self, result: io::Result<usize>) -> SysResult<u64> {
        let count = result.map_err(|why| host_error("send", &why))? as u64;
        self.sent_bytes.fetch_add(count, Ordering::Relaxed);
        Ok(count)
    }

    fn count_received(&self, result: io::Result<Vec<u8>>) -> SysResult<Bytes> {
        let data = result.map_err(|why| host_error("recv", &why))?;
        self.received_bytes.fetch_add(data.len() as u64, Ordering::Relaxed);
        Ok(Bytes(data))
    }

    /// Sends what the host takes, at least something.
    pub(crate) async fn send(&self, data: &[u8]) -> SysResult<u64> {
        self.check_connected()?;
        let sent = self.when(Interest::WRITABLE, |host| host.send(data)).await?;
        self.count_sent(sent)
    }

    /// Sends what the host takes now; `EAGAIN` when that is nothing.
    pub(crate) fn try_send(&self, data: &[u8]) -> SysResult<u64> {
        self.check_connected()?;
        self.count_sent(self.host.send(data))
    }

    /// Receives what is there; nothing at the end.
    pub(crate) async fn receive(&self, size: u64) -> SysResult<Bytes> {
        self.check_connected()?;
        let received =
            self.when(Interest::READABLE, |host| part(size, |buffer| host.receive(buffer))).await?;
        self.count_received(received)
    }

    /// Receives what is there; `EAGAIN` when there is nothing.
    pub(crate) fn try_receive(&self, size: u64) -> SysResult<Bytes> {
        self.check_connected()?;
        self.count_received(part(size, |buffer| self.host.receive(buffer)))
    }

    /// Sends one message to an address.
    pub(crate) async fn send_to(&self, data: &[u8], endpoint: &Endpoint) -> SysResult<u64> {
        self.check_datagram()?;
        // The address as the host takes it is made anew for each attempt; making it cannot fail any more.
        endpoint.with_address(|_| Ok(()))?.map_err(|why| host_error("sendto", &why))?;
        let sent = self.when(Interest::WRITABLE, |host| {
            let attempt = endpoint.with_address(|address| host.send_to(data, address));
            attempt.unwrap_or_else(|why| Err(io::Error::other(why)))
        });
        self.count_sent(sent.await?)
    }

    /// Sends one message to an address now; `EAGAIN` when there is no room.
    pub(crate) fn try_send_to(&self, data: &[u8], endpoint: &Endpoint) -> SysResult<u64> {
        self.check_datagram()?;
        self.count_sent(endpoint.with_address(|address| self.host.send_to(data, address))?)
    }

    /// Receives one message.
    pub(crate) async fn receive_from(&self, size: u64) -> SysResult<Received> {
        self.check_datagram()?;
        let mut from = None;
        let received =
            self.when(Interest::READABLE, |host| message(size, &mut from, |b| host.receive_from(b)));
        let received = received.await?;
        self.received(size, from, received)
    }

    /// Receives one message if there is one; else `EAGAIN`.
    pub(crate) fn try_receive_from(&self, size: u64) -> SysResult<Received> {
        self.check_datagram()?;
        let mut from = None;
        let received = message(size, &mut from, |buffer| self.host.receive_from(buffer));
        self.received(size, from, received)
    }

    fn received(&self, size: u64, from: Option<Sender>, result: io::Result<Vec<u8>>) -> SysResult<Received> {
        let Bytes(mut data) = self.count_received(result)?;
        let size = limit(size);
        let truncated = data.len() > size;
        data.truncate(size);
        Ok(Received { data: Bytes(data), from: from.and_then(|from| self.sender(from)), truncated })
    }

    /// A sender as a process may answer it.
    fn sender(&self, from: Sender) -> Option<SocketAddress> {
        match from {
            Sender::Inet(address) => Some(SocketAddress::inet(address.ip().to_string(), address.port())),
            // The host knows the path through a descriptor of the binder; only its last part means something,
            // and that only where both have names.
            Sender::Unix(path) => match &lock(&self.state).local {
                Some(SocketAddress::Name(_)) => {
                    Some(SocketAddress::name(path?.file_name()?.to_str()?.to_owned()))
                }
                _ => None,
            },
        }
    }
}

#[allow(clippy::cast_possible_truncation, reason = "at most 1 MiB")]
fn limit(size: u64) -> usize {
    size.min(MAX_RECEIVE) as usize
}

fn part(size: u64, read: impl FnOnce(&mut [u8]) -> io::Result<usize>) -> io::Result<Vec<u8>> {
    let mut buffer = vec![0; limit(size)];
    let count = read(&mut buffer)?;
    buffer.truncate(count);
    Ok(buffer)
}

/// One byte more than is wanted, to see whether the message was longer.
fn message(
    size: u64,
    from: &mut Option<Sender>,
    read: impl FnOnce(&mut [u8]) -> io::Result<(usize, Sender)>,
) -> io::Result<Vec<u8>> {
    let mut buffer = vec![0; limit(size) + 1];
    let (count, sender) = read(&mut buffer)?;
    *from = Some(sender);
    buffer.truncate(count);
    Ok(buffer)
}
