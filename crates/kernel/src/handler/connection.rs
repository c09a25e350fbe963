//! Rows about the network of programs of the host.

use super::subject;
use crate::{
    caller::Caller,
    process::Process,
    proxy::{self, Proxy},
};
use abi::{
    Errno, Pid, SysError, SysResult,
    table::{
        CloseConnection, ConnectionState, ForwardPort, GetNetwork, ListConnections, NetworkConnection,
        NetworkMode, NetworkWay, PortForward, ProgramNetwork, SocketAddress, SocketInfo, UnforwardPort,
    },
};
use std::sync::Arc;

/// Connections in one reply; the newest stay.
const MOST: usize = 4_096;

handlers! {
    ListConnections => list;
    CloseConnection => close;
    GetNetwork => get;
    ForwardPort => forward;
    UnforwardPort => unforward;
}

fn list(caller: &Caller, call: ListConnections) -> SysResult<Vec<NetworkConnection>> {
    let core = caller.core();
    let first = subject(caller, call.pid)?;
    let mut processes = core.processes.descendants(first.pid());
    processes.push(first);
    let mut found = Vec::new();
    for process in &processes {
        let proxy = core.proxies.get(process.pid());
        if let Some(proxy) = &proxy {
            found.extend(proxy.connections(call.ended));
        }
        found.extend(sockets(process));
        // What goes through a proxy is known; of the others the host knows.
        let is_filtered = proxy.is_some_and(|proxy| proxy.mode() == NetworkMode::Filtered);
        if let Some(host) = process.host().filter(|_| process.is_alive() && !is_filtered) {
            found.extend(proxy::seen(process, host));
        }
    }
    found.sort_by_key(|connection| std::cmp::Reverse((connection.began_millis, connection.connection)));
    found.truncate(MOST);
    Ok(found)
}

/// Sockets of the kernel that reach a host or are reached.
fn sockets(process: &Process) -> Vec<NetworkConnection> {
    let told = |info: SocketInfo| {
        let (state, address) = match (info.peer, info.local) {
            (Some(SocketAddress::Inet(peer)), _) => (ConnectionState::Open, peer),
            (None, Some(SocketAddress::Inet(local))) => (ConnectionState::Listening, local),
            _ => return None,
        };
        Some(NetworkConnection {
            connection: 0,
            pid: process.pid(),
            judged_by: Some(process.pid()),
            way: NetworkWay::Socket,
            address: Some(format!("{}:{}", address.host, address.port)),
            host: address.host,
            port: address.port,
            state,
            rule: None,
            why: None,
            cause: process.identity().cause,
            sent_bytes: info.sent_bytes,
            received_bytes: info.received_bytes,
            began_millis: process.identity().started_millis,
            ended_millis: None,
        })
    };
    process.descriptors.sockets().iter().filter_map(|(fd, socket)| told(socket.info(*fd))).collect()
}

/// The way of a program to the network. `ESRCH` for what is none.
fn proxy(caller: &Caller, pid: Pid) -> SysResult<Arc<Proxy>> {
    let process = caller.core().processes.get(pid)?;
    let none = || {
        let name = process.name();
        SysError::new(Errno::ESRCH, format!("{name} ({pid}) is no program with a network of its own"))
    };
    caller.core().proxies.get(pid).ok_or_else(none)
}

fn close(caller: &Caller, call: CloseConnection) -> SysResult<()> {
    let by = format!("closed by {}", caller.process().name());
    match proxy(caller, call.pid)?.close(call.connection, &by) {
        true => Ok(()),
        false => {
            let detail = format!("connection {} is not there, or no longer", call.connection);
            Err(SysError::new(Errno::ENOENT, detail))
        }
    }
}

fn get(caller: &Caller, call: GetNetwork) -> SysResult<ProgramNetwork> {
    let process = caller.core().processes.get(call.pid)?;
    let Some(proxy) = caller.core().proxies.get(call.pid) else {
        // An app's own sockets, or a program that nothing holds.
        return Ok(ProgramNetwork {
            mode: NetworkMode::Shared,
            rules: process.policy().network_rules(),
            ..ProgramNetwork::default()
        });
    };
    let (mode, through) = (proxy.mode(), proxy.through());
    let is_filtered = mode == NetworkMode::Filtered;
    Ok(ProgramNetwork {
        mode,
        rules: proxy.owner().policy().network_rules(),
        asks: is_filtered,
        proxy_port: process.host().filter(|_| is_filtered).and_then(|host| host.relay_port()),
        address: proxy.address().map(|address| address.to_string()),
        dns: proxy.dns(),
        forwards: proxy.forwards(),
        connections: through.connections,
        allowed: through.allowed,
        denied: through.denied,
        sent_bytes: through.sent_bytes,
        received_bytes: through.received_bytes,
    })
}

fn forward(caller: &Caller, call: ForwardPort) -> SysResult<PortForward> {
    let host = match &call.address {
        SocketAddress::Inet(inet) if matches!(inet.host.as_str(), "127.0.0.1" | "localhost") => inet.port,
        _ => return Err(SysError::new(Errno::EINVAL, "ports lead in from 127.0.0.1 only")),
    };
    proxy(caller, call.pid)?.forward(caller.core(), PortForward { host, program: call.port })
}

fn unforward(caller: &Caller, call: UnforwardPort) -> SysResult<()> {
    proxy(caller, call.pid)?.unforward(call.host_port)
}
