//! Connections that go past us, as the host's own tables have them: of programs on the host's network or on one of
//! their own.
//!
//! The table of the network that a program is in says which socket leads where, the descriptors of its processes say
//! which sockets are its own. Bounded in processes, descriptors and lines. Looks only.

use crate::{host::HostProcess, process::Process};
use abi::table::{ConnectionState, NetworkConnection, NetworkWay};
use std::{
    collections::HashSet,
    fs,
    io::Read,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    path::Path,
};

/// Processes of one program that are looked at, and descriptors of each.
const MOST_PROCESSES: usize = 256;
const MOST_DESCRIPTORS: usize = 1_024;
/// How much of a table is read, bytes.
const MOST_TABLE_BYTES: u64 = 1024 * 1024;

/// What the host knows.
pub(crate) fn seen(process: &Process, host: &HostProcess) -> Vec<NetworkConnection> {
    let mut own = HashSet::new();
    let mut members = host.members();
    members.truncate(MOST_PROCESSES);
    for member in &members {
        own.extend(sockets_of(*member));
    }
    if own.is_empty() {
        return Vec::new();
    }
    let identity = process.identity();
    let tell = |line: Line| NetworkConnection {
        connection: 0,
        pid: process.pid(),
        judged_by: None,
        way: NetworkWay::Seen,
        host: line.address.ip().to_string(),
        port: line.address.port(),
        address: Some(line.address.to_string()),
        state: line.state,
        rule: None,
        why: None,
        cause: identity.cause,
        sent_bytes: 0,
        received_bytes: 0,
        began_millis: identity.started_millis,
        ended_millis: None,
    };
    let tables = ["tcp", "tcp6"].map(|table| table_of(host.host_pid(), table));
    let lines = tables.iter().flat_map(|table| table.lines().skip(1).filter_map(line));
    lines.filter(|line| own.contains(&line.inode)).map(tell).collect()
}

fn table_of(host_pid: i32, table: &str) -> String {
    let mut text = String::new();
    let path = format!("/proc/{host_pid}/net/{table}");
    // It may have ended meanwhile.
    if let Ok(file) = fs::File::open(path) {
        let _ = file.take(MOST_TABLE_BYTES).read_to_string(&mut text);
    }
    text
}

fn sockets_of(host_pid: i32) -> Vec<u64> {
    let descriptors = fs::read_dir(Path::new("/proc").join(host_pid.to_string()).join("fd"));
    let inode = |entry: fs::DirEntry| {
        let target = fs::read_link(entry.path()).ok()?;
        target.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?.parse().ok()
    };
    descriptors.into_iter().flatten().take(MOST_DESCRIPTORS).filter_map(|entry| inode(entry.ok()?)).collect()
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Line {
    address: SocketAddr,
    state: ConnectionState,
    inode: u64,
}

/// A line of `/proc/PID/net/tcp`. Of a connection the other side, of a listener its own.
fn line(text: &str) -> Option<Line> {
    let mut fields = text.split_ascii_whitespace().skip(1);
    let (local, remote, state) = (fields.next()?, fields.next()?, fields.next()?);
    let inode = fields.nth(5)?.parse().ok()?;
    // As in include/net/tcp_states.h.
    let (state, address) = match state {
        "0A" => (ConnectionState::Listening, local),
        "02" | "03" => (ConnectionState::Connecting, remote),
        "01" | "04" | "05" | "08" => (ConnectionState::Open, remote),
        _ => return None,
    };
    Some(Line { address: address_of(address)?, state, inode })
}

/// Words of the address in the machine's order, then the port.
fn address_of(text: &str) -> Option<SocketAddr> {
    let (address, port) = text.split_once(':')?;
    let port = u16::from_str_radix(port, 16).ok()?;
    let word =
        |at: usize| Some(u32::from_str_radix(address.get(8 * at..8 * at + 8)?, 16).ok()?.to_ne_bytes());
    let address = match address.len() {
        8 => IpAddr::from(Ipv4Addr::from(word(0)?)),
        32 => {
            let words = [word(0)?, word(1)?, word(2)?, word(3)?];
            let mut bytes = [0; 16];
            bytes.copy_from_slice(words.as_flattened());
            IpAddr::from(Ipv6Addr::from(bytes)).to_canonical()
        }
        _ => return None,
    };
    Some(SocketAddr::new(address, port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_the_host_are_read() {
        let text = "   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1 0000";
        let read = line(text).unwrap();
        assert_eq!((read.address.to_string().as_str(), read.inode), ("127.0.0.1:8080", 4711));
        assert_eq!(read.state, ConnectionState::Listening);
        let text = "   1: 0000000000000000FFFF00000100007F:0016 0000000000000000FFFF00000200007F:D431 01 0:0 0:0 0 0 0 12 1";
        assert_eq!(line(text).unwrap().address.to_string(), "127.0.0.2:54321");
        for nonsense in
            ["", "0:", "0: 1 2 3", "0: 0100007F:1F90 00:00 01 0 0 0 0 0 x", "0: ÄÄÄÄ:1 ÄÄÄÄ:1 01 0 0 0 0 0 1"]
        {
            assert_eq!(line(nonsense), None);
        }
    }
}
