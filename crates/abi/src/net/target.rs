//! What somebody wants to reach.

use super::address::canonical;
use crate::{Errno, SysError, SysResult, table::InetAddress};
use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

/// Longest name (RFC 1035).
const MAX_NAME_BYTES: usize = 253;

/// What carries the data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Protocol {
    /// Connections.
    Tcp,
    /// Datagrams.
    Udp,
}

impl Protocol {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Protocol::Tcp => "tcp",
            Protocol::Udp => "udp",
        }
    }
}

/// Where to, as somebody writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Host {
    Address(IpAddr),
    /// In lower case, without the dot at the end.
    Name(String),
}

impl Host {
    /// An address or a name. `EINVAL` for what is neither.
    pub fn parse(text: &str) -> SysResult<Host> {
        let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
        if let Ok(address) = bare.parse::<IpAddr>() {
            return Ok(Host::Address(canonical(address)));
        }
        let name = text.strip_suffix('.').unwrap_or(text).to_ascii_lowercase();
        if is_name(&name) {
            return Ok(Host::Name(name));
        }
        let shown = super::shown(text);
        Err(SysError::new(Errno::EINVAL, format!("{shown:?} is neither an address nor the name of a host")))
    }

    /// The addresses of a name that needs no look-up (RFC 6761: `localhost` never leaves the machine).
    pub fn local(&self) -> Option<[IpAddr; 2]> {
        let Host::Name(name) = self else { return None };
        (name == "localhost" || name.ends_with(".localhost"))
            .then_some([IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)])
    }
}

/// Letters, digits, dashes and underscores between dots. The last part is no number, so that `127.1`
/// and `0x7f000001` do not pass as names of what the host would take for an address.
pub(super) fn is_name(name: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let last = name.rsplit('.').next().unwrap_or_default();
    let is_number = last.bytes().all(|byte| byte.is_ascii_digit())
        || last.strip_prefix("0x").is_some_and(|hex| hex.bytes().all(|byte| byte.is_ascii_hexdigit()));
    name.len() <= MAX_NAME_BYTES && !is_number && name.split('.').all(is_label)
}

/// What is asked for. With a name and no address it is asked whether the name may be looked up; with
/// both, whether that address may be connected to under that name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    pub(super) name: Option<String>,
    pub(super) address: Option<IpAddr>,
    pub(super) port: u16,
    pub(super) protocol: Protocol,
    /// Tells it apart from every other target: what decisions are remembered by.
    text: String,
}

impl Target {
    /// An address.
    #[must_use]
    pub fn address(address: IpAddr, port: u16, protocol: Protocol) -> Self {
        Target::new(None, Some(canonical(address)), port, protocol)
    }

    /// A name that has not been looked up.
    #[must_use]
    pub fn name(name: &str, port: u16, protocol: Protocol) -> Self {
        Target::new(Some(name.to_ascii_lowercase()), None, port, protocol)
    }

    /// An address that a name led to.
    #[must_use]
    pub fn resolved(name: &str, address: IpAddr, port: u16, protocol: Protocol) -> Self {
        Target::new(Some(name.to_ascii_lowercase()), Some(canonical(address)), port, protocol)
    }

    pub fn of(host: &Host, port: u16, protocol: Protocol) -> Self {
        match host {
            Host::Address(address) => Target::address(*address, port, protocol),
            // Its name says where it is.
            Host::Name(name) => match host.local() {
                Some([address, _]) => Target::address(address, port, protocol),
                None => Target::name(name, port, protocol),
            },
        }
    }

    /// The target of an address as a call has it. `EINVAL` when its host is none.
    pub fn of_inet(address: &InetAddress, protocol: Protocol) -> SysResult<Self> {
        Ok(Target::of(&Host::parse(&address.host)?, address.port, protocol))
    }

    fn new(name: Option<String>, address: Option<IpAddr>, port: u16, protocol: Protocol) -> Self {
        let end = format!("{port}/{}", protocol.name());
        let text = match (&name, address) {
            (Some(name), Some(address)) => format!("{name}={}:{end}", bracketed(address)),
            (Some(name), None) => format!("{name}:{end}"),
            (None, Some(address)) => format!("{}:{end}", bracketed(address)),
            (None, None) => format!("*:{end}"),
        };
        Target { name, address, port, protocol, text }
    }

    /// For messages, events and the decision cache.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The rule that grants its name.
    pub(super) fn name_rule(&self) -> Option<String> {
        self.name.as_ref().map(|name| format!("{name}:{}/{}", self.port, self.protocol.name()))
    }

    /// The rule that grants its address.
    pub(super) fn address_rule(&self) -> Option<String> {
        self.address.map(|address| format!("{}:{}/{}", bracketed(address), self.port, self.protocol.name()))
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

pub(super) fn bracketed(address: IpAddr) -> String {
    match address {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => format!("[{address}]"),
    }
}
