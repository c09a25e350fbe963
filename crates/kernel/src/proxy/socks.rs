//! The bytes of SOCKS 5 (RFC 1928): a greeting, one request, our answers.
//!
//! Only `CONNECT` without a password is served. Refuses to do input and output.

use crate::network::Host;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The first byte of every message.
pub(crate) const VERSION: u8 = 5;
/// Longest request, bytes: four, a name with its length, a port. No greeting is longer.
pub(crate) const MAX_BYTES: usize = 4 + 1 + 255 + 2;

/// The answer to a greeting: no password is wanted.
pub(crate) const WELCOME: [u8; 2] = [VERSION, 0];
/// The answer to a greeting that offers passwords only.
pub(crate) const NO_METHOD: [u8; 2] = [VERSION, 0xff];

/// What a request is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reply {
    Done = 0,
    Failed = 1,
    NotAllowed = 2,
    HostUnreachable = 4,
    Refused = 5,
    TooLate = 6,
    UnknownCommand = 7,
    UnknownAddress = 8,
}

impl Reply {
    /// Its bytes. What it was bound to is nobody's business.
    pub(crate) fn to_bytes(self) -> [u8; 10] {
        [VERSION, self as u8, 0, 1, 0, 0, 0, 0, 0, 0]
    }
}

/// What bytes are so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Read<T> {
    /// The beginning of a message.
    Part,
    /// A message and its length.
    Whole(T, usize),
    /// None.
    Bad(Reply),
}

/// Reads a greeting: whether it offers to go without a password.
pub(crate) fn greeting(bytes: &[u8]) -> Read<bool> {
    match bytes {
        [VERSION, count, methods @ ..] if methods.len() >= usize::from(*count) => {
            let methods = &methods[..usize::from(*count)];
            Read::Whole(methods.contains(&0), 2 + methods.len())
        }
        [] | [VERSION, ..] => Read::Part,
        _ => Read::Bad(Reply::Failed),
    }
}

/// Reads a request: where to.
pub(crate) fn request(bytes: &[u8]) -> Read<(Host, u16)> {
    match bytes {
        [] | [VERSION] | [VERSION, _] | [VERSION, _, _] | [VERSION, _, _, _] => Read::Part,
        [VERSION, command, _, _, ..] if *command != 1 => Read::Bad(Reply::UnknownCommand),
        [VERSION, _, _, kind, rest @ ..] => {
            let len_bytes = match (kind, rest) {
                (1, _) => 4,
                (4, _) => 16,
                (3, [count, ..]) => 1 + usize::from(*count),
                (3, []) => return Read::Part,
                _ => return Read::Bad(Reply::UnknownAddress),
            };
            let Some((address, port)) = rest.split_at_checked(len_bytes) else { return Read::Part };
            let Some((port, _)) = port.split_first_chunk::<2>() else { return Read::Part };
            match host(*kind, address) {
                Some(host) if *port != [0, 0] => {
                    Read::Whole((host, u16::from_be_bytes(*port)), 4 + len_bytes + 2)
                }
                _ => Read::Bad(Reply::UnknownAddress),
            }
        }
        _ => Read::Bad(Reply::Failed),
    }
}

fn host(kind: u8, address: &[u8]) -> Option<Host> {
    let text = match kind {
        1 => IpAddr::from(Ipv4Addr::from(<[u8; 4]>::try_from(address).ok()?)).to_string(),
        4 => IpAddr::from(Ipv6Addr::from(<[u8; 16]>::try_from(address).ok()?)).to_string(),
        _ => std::str::from_utf8(address.get(1..)?).ok().filter(|name| !name.starts_with('['))?.to_owned(),
    };
    Host::parse(&text).ok()
}
