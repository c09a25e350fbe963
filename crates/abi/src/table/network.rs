//! Argument and reply types about sockets and requests over the network.

use crate::{Bytes, Fd};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, fmt};

/// Which kind of address a socket speaks to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SocketDomain {
    /// IPv4.
    #[default]
    Inet,
    /// IPv6 only; IPv4 has sockets of its own.
    Inet6,
    /// Within this machine, by path or name.
    Unix,
}

/// How a socket carries data.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SocketType {
    /// A connection that carries bytes in order: TCP.
    #[default]
    Stream,
    /// Single messages: UDP.
    Datagram,
}

/// Where a socket is bound or connected to. In JSON `{"host":"example.com","port":443}`,
/// `{"path":"/home/app.sock"}` or `{"name":"notes"}`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(untagged)]
pub enum SocketAddress {
    /// For `inet` and `inet6`.
    Inet(InetAddress),
    /// For `unix`: a file of a folder that the host has too.
    Path(SocketPath),
    /// For `unix`: a name that only processes of this desktop know.
    Name(SocketName),
}

/// A host and a port.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InetAddress {
    /// An address, or a name that is looked up.
    pub host: String,
    /// 0 lets the system choose, where that makes sense.
    pub port: u16,
}

/// A socket's file.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SocketPath {
    /// A virtual path.
    pub path: String,
}

/// A socket's name.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SocketName {
    /// 1 to 100 letters, digits, dots, dashes and underscores; no dot in front.
    pub name: String,
}

impl SocketAddress {
    /// A host and a port.
    #[must_use]
    pub fn inet(host: impl Into<String>, port: u16) -> Self {
        SocketAddress::Inet(InetAddress { host: host.into(), port })
    }

    /// A file.
    #[must_use]
    pub fn path(path: impl Into<String>) -> Self {
        SocketAddress::Path(SocketPath { path: path.into() })
    }

    /// A name.
    #[must_use]
    pub fn name(name: impl Into<String>) -> Self {
        SocketAddress::Name(SocketName { name: name.into() })
    }

    /// The port, where the address has one.
    #[must_use]
    pub fn port(&self) -> Option<u16> {
        match self {
            SocketAddress::Inet(inet) => Some(inet.port),
            SocketAddress::Path(_) | SocketAddress::Name(_) => None,
        }
    }
}

impl fmt::Display for SocketAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SocketAddress::Inet(InetAddress { host, port }) if host.contains(':') => {
                write!(f, "[{host}]:{port}")
            }
            SocketAddress::Inet(InetAddress { host, port }) => write!(f, "{host}:{port}"),
            SocketAddress::Path(SocketPath { path }) => f.write_str(path),
            SocketAddress::Name(SocketName { name }) => f.write_str(name),
        }
    }
}

/// What `accept` comes back with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Accepted {
    /// The connection.
    pub fd: Fd,
    /// Who connected, where it has an address.
    pub peer: Option<SocketAddress>,
}

/// What `connect` comes back with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Connected {
    /// Our side, where it has an address.
    pub local: Option<SocketAddress>,
    /// The other side: the address that the rules allowed.
    pub peer: SocketAddress,
}

/// What `recvfrom` comes back with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Received {
    /// The message.
    pub data: Bytes,
    /// Who sent it, where it has an address.
    pub from: Option<SocketAddress>,
    /// Whether the message was longer than was asked for; the rest is lost.
    pub truncated: bool,
}

/// An option of a socket with its value. In JSON `{"no_delay":true}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SocketOption {
    /// Bind to an address that a closed connection still holds.
    ReuseAddress(bool),
    /// Send small pieces at once. TCP only.
    NoDelay(bool),
    /// Ask now and then whether the other side is still there. TCP only.
    KeepAlive(bool),
    /// Let datagrams go to a broadcast address.
    Broadcast(bool),
    /// What the host holds of data to be sent, bytes. The host may take it as a hint and gives twice as much.
    SendBuffer(u64),
    /// What the host holds of data to be read, bytes.
    ReceiveBuffer(u64),
    /// How long a send waits that names no time of its own, milliseconds.
    SendTimeoutMillis(u64),
    /// How long an accept or receive waits that names no time of its own, milliseconds.
    ReceiveTimeoutMillis(u64),
    /// Where it is bound; null while it is not. Read only.
    LocalAddress(Option<SocketAddress>),
    /// Where it is connected to; null while it is not. Read only.
    PeerAddress(Option<SocketAddress>),
    /// Whether it takes connections. Read only.
    Listening(bool),
    /// Stream or datagram. Read only.
    Type(SocketType),
    /// Kind of address. Read only.
    Domain(SocketDomain),
}

/// The name of a [`SocketOption`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SocketOptionName {
    /// See [`SocketOption::ReuseAddress`].
    ReuseAddress,
    /// See [`SocketOption::NoDelay`].
    NoDelay,
    /// See [`SocketOption::KeepAlive`].
    KeepAlive,
    /// See [`SocketOption::Broadcast`].
    Broadcast,
    /// See [`SocketOption::SendBuffer`].
    SendBuffer,
    /// See [`SocketOption::ReceiveBuffer`].
    ReceiveBuffer,
    /// See [`SocketOption::SendTimeoutMillis`].
    SendTimeoutMillis,
    /// See [`SocketOption::ReceiveTimeoutMillis`].
    ReceiveTimeoutMillis,
    /// See [`SocketOption::LocalAddress`].
    LocalAddress,
    /// See [`SocketOption::PeerAddress`].
    PeerAddress,
    /// See [`SocketOption::Listening`].
    Listening,
    /// See [`SocketOption::Type`].
    Type,
    /// See [`SocketOption::Domain`].
    Domain,
}

/// An open socket, as the monitor shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SocketInfo {
    /// Its descriptor.
    pub fd: Fd,
    /// Kind of address.
    pub domain: SocketDomain,
    /// Stream or datagram.
    #[serde(rename = "type")]
    pub kind: SocketType,
    /// `open`, `bound`, `listening`, `connecting`, `connected`, `failed` or `closed`.
    pub state: String,
    /// Where it is bound.
    pub local: Option<SocketAddress>,
    /// Where it is connected to.
    pub peer: Option<SocketAddress>,
    /// Bytes sent through it.
    pub sent_bytes: u64,
    /// Bytes received through it.
    pub received_bytes: u64,
}

/// Method of a request over HTTP.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum HttpMethod {
    /// Fetch.
    #[default]
    Get,
    /// Fetch the headers only.
    Head,
    /// Hand in.
    Post,
    /// Store.
    Put,
    /// Change a part.
    Patch,
    /// Remove.
    Delete,
}

/// What `network_request` comes back with.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NetworkResponse {
    /// Status code, such as 200.
    pub status: u16,
    /// Headers with their names in lower case; several of one name are joined by `, `.
    pub headers: BTreeMap<String, String>,
    /// The body.
    pub body: Bytes,
}
