//! Types about the network of programs of the host: how it is tied, and each connection.

use super::{NetworkMode, PortForward};
use crate::{CauseId, Pid};
use serde::{Deserialize, Serialize};

/// The network of a program.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProgramNetwork {
    /// How it is tied.
    pub mode: NetworkMode,
    /// Its rules; those of `NetworkAccess` that it has now.
    pub rules: Vec<String>,
    /// Whether a person is asked about hosts that no rule is about.
    pub asks: bool,
    /// Where its proxy is, on its own loopback.
    pub proxy_port: Option<u16>,
    /// Its address in a private or bridged network.
    pub address: Option<String>,
    /// Who answers its questions about names, where it asks itself.
    pub dns: Vec<String>,
    /// Ports that lead in.
    pub forwards: Vec<PortForward>,
    /// Connections that are there.
    pub connections: u32,
    /// Connections that were allowed, since its start.
    pub allowed: u64,
    /// Connections that were refused, since its start.
    pub denied: u64,
    /// Bytes that went out.
    pub sent_bytes: u64,
    /// Bytes that came in.
    pub received_bytes: u64,
}

/// How a connection came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NetworkWay {
    /// By `CONNECT` of the proxy.
    Tunnel,
    /// A request over HTTP, by the proxy.
    Http,
    /// By SOCKS 5, through the proxy.
    Socks,
    /// Through a port that leads in.
    Inward,
    /// A socket of the kernel.
    Socket,
    /// Seen in the host's own tables.
    Seen,
    /// Datagrams, ICMP or raw packets, which a filtered network does not carry.
    Datagram,
}

/// How far a connection is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConnectionState {
    /// It is being judged.
    Asked,
    /// It waits for a person's answer.
    Held,
    /// It was allowed and is being made.
    Connecting,
    /// It is there.
    Open,
    /// It listens.
    Listening,
    /// It is over.
    Closed,
    /// It was refused.
    Denied,
    /// It was allowed, and the host was not reached.
    Failed,
}

impl ConnectionState {
    /// Whether it is over.
    #[must_use]
    pub const fn is_over(self) -> bool {
        matches!(self, ConnectionState::Closed | ConnectionState::Denied | ConnectionState::Failed)
    }
}

/// One connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NetworkConnection {
    /// Its number; 0 for those that are only seen.
    pub connection: u64,
    /// Whose it is.
    pub pid: Pid,
    /// By whose rights it is judged: the app that started the program, or the app itself. None where nobody judges.
    #[serde(default)]
    pub judged_by: Option<Pid>,
    /// How it came about.
    pub way: NetworkWay,
    /// Name or address, as it was asked for.
    pub host: String,
    /// The port there.
    pub port: u16,
    /// The address that was connected to, with its port.
    pub address: Option<String>,
    /// How far it is.
    pub state: ConnectionState,
    /// The rule that decided.
    pub rule: Option<String>,
    /// Why it was refused, failed or ended early.
    pub why: Option<String>,
    /// On whose account.
    pub cause: CauseId,
    /// Bytes that went out.
    pub sent_bytes: u64,
    /// Bytes that came in.
    pub received_bytes: u64,
    /// When it was asked for, milliseconds since the Unix epoch.
    pub began_millis: u64,
    /// When it ended.
    pub ended_millis: Option<u64>,
}
