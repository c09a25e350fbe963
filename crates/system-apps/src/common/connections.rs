//! Connections of programs in words, and what can be decided about them. Pure.

use abi::{
    Capability,
    table::{ConnectionState, NetworkConnection, NetworkWay},
};

/// How far it is.
pub(crate) fn state(connection: &NetworkConnection) -> &'static str {
    match connection.state {
        ConnectionState::Asked => "is judged",
        ConnectionState::Held => "waits for your answer",
        ConnectionState::Connecting => "is made",
        ConnectionState::Open => "open",
        ConnectionState::Listening => "listens",
        ConnectionState::Closed => "closed",
        ConnectionState::Denied => "refused",
        ConnectionState::Failed => "not reached",
    }
}

/// How it came about.
pub(crate) fn way(connection: &NetworkConnection) -> &'static str {
    match connection.way {
        NetworkWay::Tunnel => "a tunnel of its proxy",
        NetworkWay::Http => "HTTP through its proxy",
        NetworkWay::Socks => "SOCKS through its proxy",
        NetworkWay::Inward => "a port that leads in",
        NetworkWay::Socket => "a socket of an app",
        NetworkWay::Seen => "seen in the host's tables",
        NetworkWay::Datagram => "datagrams, which a filtered network does not carry",
    }
}

/// Whether it can be closed from here.
pub(crate) fn can_close(connection: &NetworkConnection) -> bool {
    connection.connection > 0 && !connection.state.is_over()
}

/// The right to reach its host, whatever the port; none where rights do not decide.
pub(crate) fn right(connection: &NetworkConnection) -> Option<Capability> {
    let decides = matches!(connection.way, NetworkWay::Tunnel | NetworkWay::Http | NetworkWay::Socks);
    let is_decided = decides && connection.judged_by.is_some() && !connection.host.is_empty();
    is_decided.then(|| {
        let host = match connection.host.parse() {
            Ok(std::net::IpAddr::V6(address)) => format!("[{address}]"),
            _ => connection.host.clone(),
        };
        Capability::NetworkAccess(vec![host])
    })
}

/// Whether a right would have let it through.
pub(crate) fn can_allow(connection: &NetworkConnection) -> bool {
    connection.state == ConnectionState::Denied && right(connection).is_some()
}

/// Whether its host can be refused from now on: one that was reached, or would be.
pub(crate) fn can_deny(connection: &NetworkConnection) -> bool {
    connection.state != ConnectionState::Denied && right(connection).is_some()
}
