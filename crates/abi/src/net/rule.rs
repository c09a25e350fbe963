//! The rules of `NetworkAccess`.
//!
//! ```text
//! [!] host [ :port | :from-to ] [ /tcp | /udp ]
//! host = example.com | *.example.com | 192.0.2.1 | [2001:db8::1] | 10.0.0.0/8 | [fd00::/8]
//!      | loopback | private | link-local | *
//! ```
//!
//! What is not allowed is denied, and a rule with `!` wins over all others. A name has to be granted as a name
//! (or by `*`), and then the address that it leads to is judged as well: a public one is fine, any other
//! needs a rule that is about it (its class by word, or an address or CIDR that lies wholly in that
//! class), so neither `*` nor a name that suddenly points inwards nor `0.0.0.0/0` opens the inside.
//! A denial is the other way round: it holds for everything that it touches.

use super::{
    address::{AddressClass, class_of},
    target::{Protocol, Target, bracketed, is_name},
};
use crate::{Errno, SysError, SysResult};
use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    ops::RangeInclusive,
};

/// Longest text of a rule, bytes.
const MAX_RULE_BYTES: usize = 300;

/// One rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    denies: bool,
    host: Pattern,
    ports: RangeInclusive<u16>,
    protocol: Option<Protocol>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Pattern {
    /// `*`
    Any,
    /// `loopback`, `private`, `link-local`
    Class(AddressClass),
    /// `example.com`
    Name(String),
    /// `*.example.com`, kept as `.example.com`
    Beneath(String),
    /// An address or a CIDR.
    Network { first: IpAddr, last: IpAddr, prefix: u8 },
}

impl Rule {
    /// Reads a rule.
    ///
    /// # Errors
    /// `EINVAL` with what is wrong.
    pub fn parse(text: &str) -> SysResult<Rule> {
        let wrong = |why: &str| {
            let text = super::shown(text);
            SysError::new(Errno::EINVAL, format!("network rule {text:?}: {why}"))
        };
        if text.len() > MAX_RULE_BYTES {
            return Err(wrong("is too long"));
        }
        let (denies, rest) = match text.strip_prefix('!') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (rest, protocol) = match rest.rsplit_once('/') {
            Some((rest, "tcp")) => (rest, Some(Protocol::Tcp)),
            Some((rest, "udp")) => (rest, Some(Protocol::Udp)),
            _ => (rest, None),
        };
        let (host, ports) = split_ports(rest).ok_or_else(|| wrong("has a bracket or colon too many"))?;
        let ports = match ports {
            None => 0..=u16::MAX,
            Some(ports) => parse_ports(ports)
                .ok_or_else(|| wrong("wants a port, or two with a dash between, the lower first"))?,
        };
        let host = Pattern::parse(host).map_err(|why| wrong(&why))?;
        Ok(Rule { denies, host, ports, protocol })
    }

    /// Whether it denies.
    #[must_use]
    pub fn denies(&self) -> bool {
        self.denies
    }

    /// The ports of this machine that it grants, first and last, when it names any.
    #[must_use]
    pub fn loopback_ports(&self) -> Option<(u16, u16)> {
        let (first, last) = (*self.ports.start(), *self.ports.end());
        let names_them = (first, last) != (0, u16::MAX) && self.protocol != Some(Protocol::Udp);
        let is_about_it = !self.denies && self.host.opens() == Some(AddressClass::Loopback);
        (is_about_it && names_them).then_some((first, last))
    }

    /// The same rule without `!`.
    pub fn positive(&self) -> Rule {
        Rule { denies: false, ..self.clone() }
    }

    fn is_about(&self, target: &Target) -> bool {
        self.ports.contains(&target.port) && self.protocol.is_none_or(|protocol| protocol == target.protocol)
    }

    /// Whether it grants the name of a target.
    fn grants_name(&self, name: &str, target: &Target) -> bool {
        self.is_about(target) && self.host.has_name(name)
    }

    /// Whether it grants an address, for who asks for the address or for a name that is granted.
    fn grants_address(&self, address: IpAddr, target: &Target) -> bool {
        let class = class_of(address);
        self.is_about(target)
            && match &self.host {
                Pattern::Any => class == AddressClass::Public,
                Pattern::Class(granted) => class == *granted,
                Pattern::Network { first, last, .. } => {
                    contains(*first, *last, address)
                        && (class == AddressClass::Public || self.host.opens() == Some(class))
                }
                Pattern::Name(_) | Pattern::Beneath(_) => false,
            }
    }

    /// Whether it has to do with a target at all, whether or not it allows it: how denials are meant.
    pub fn touches(&self, target: &Target) -> bool {
        self.is_about(target)
            && match &self.host {
                Pattern::Any => true,
                Pattern::Class(class) => target.address.is_some_and(|address| {
                    let found = class_of(address);
                    found == *class || (found == AddressClass::Metadata && *class == AddressClass::LinkLocal)
                }),
                Pattern::Network { first, last, .. } => {
                    target.address.is_some_and(|address| contains(*first, *last, address))
                }
                Pattern::Name(_) | Pattern::Beneath(_) => {
                    target.name.as_ref().is_some_and(|name| self.host.has_name(name))
                }
            }
    }

    /// Whether it allows everything that another rule allows.
    fn covers(&self, narrow: &Rule) -> bool {
        !self.denies
            && self.ports.start() <= narrow.ports.start()
            && self.ports.end() >= narrow.ports.end()
            && (self.protocol.is_none() || self.protocol == narrow.protocol)
            && self.host.covers(&narrow.host)
    }
}

impl Pattern {
    fn parse(host: &str) -> Result<Pattern, String> {
        let host = host.to_ascii_lowercase();
        match host.as_str() {
            "" => return Err("names no host".into()),
            "*" => return Ok(Pattern::Any),
            "loopback" | "localhost" => return Ok(Pattern::Class(AddressClass::Loopback)),
            "private" => return Ok(Pattern::Class(AddressClass::Private)),
            "link-local" => return Ok(Pattern::Class(AddressClass::LinkLocal)),
            _ => {}
        }
        if let Some(parent) = host.strip_prefix("*.") {
            return match is_name(parent) {
                true => Ok(Pattern::Beneath(format!(".{parent}"))),
                false => Err("has no name behind `*.`".into()),
            };
        }
        let (address, prefix) = match host.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (host.as_str(), None),
        };
        if let Ok(address) = address.parse::<IpAddr>() {
            return network(address, prefix);
        }
        if prefix.is_none() && is_name(&host) { Ok(Pattern::Name(host)) } else { Err("names no host".into()) }
    }

    fn has_name(&self, name: &str) -> bool {
        match self {
            Pattern::Any => true,
            Pattern::Name(own) => own == name,
            Pattern::Beneath(parent) => name.ends_with(parent.as_str()),
            Pattern::Class(_) | Pattern::Network { .. } => false,
        }
    }

    /// The class of addresses, other than public ones, that it grants.
    fn opens(&self) -> Option<AddressClass> {
        let class = match self {
            Pattern::Class(class) => *class,
            // The blocks of a class have no holes, so both ends say it all.
            Pattern::Network { first, last, .. } if class_of(*first) == class_of(*last) => class_of(*first),
            _ => return None,
        };
        (class != AddressClass::Public).then_some(class)
    }

    fn covers(&self, narrow: &Pattern) -> bool {
        match (self, narrow) {
            (Pattern::Any, Pattern::Any | Pattern::Name(_) | Pattern::Beneath(_)) => true,
            (Pattern::Any, Pattern::Network { .. }) => narrow.opens().is_none(),
            (Pattern::Class(class), _) => narrow.opens() == Some(*class),
            (_, Pattern::Name(name)) => self.has_name(name),
            (Pattern::Beneath(wide), Pattern::Beneath(narrow)) => narrow.ends_with(wide.as_str()),
            (
                Pattern::Network { first: wide_first, last: wide_last, .. },
                Pattern::Network { first, last, .. },
            ) => {
                contains(*wide_first, *wide_last, *first)
                    && contains(*wide_first, *wide_last, *last)
                    && (narrow.opens().is_none() || narrow.opens() == self.opens())
            }
            _ => false,
        }
    }
}

/// Host and, where there is one, what stands behind its colon. `None` when brackets do not match.
fn split_ports(text: &str) -> Option<(&str, Option<&str>)> {
    if let Some(rest) = text.strip_prefix('[') {
        let (host, rest) = rest.split_once(']')?;
        return match rest.strip_prefix(':') {
            Some(ports) => Some((host, Some(ports))),
            None => rest.is_empty().then_some((host, None)),
        };
    }
    match text.matches(':').count() {
        0 => Some((text, None)),
        1 => text.split_once(':').map(|(host, ports)| (host, Some(ports))),
        // An IPv6 address without brackets has no room for a port.
        _ => Some((text, None)),
    }
}

fn parse_ports(text: &str) -> Option<RangeInclusive<u16>> {
    let port = |text: &str| {
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| text.parse::<u16>().ok()).flatten()
    };
    match text.split_once('-') {
        Some((from, to)) => {
            let (from, to) = (port(from)?, port(to)?);
            (from <= to).then_some(from..=to)
        }
        None => port(text).map(|port| port..=port),
    }
}

fn network(address: IpAddr, prefix: Option<&str>) -> Result<Pattern, String> {
    let bits = if address.is_ipv4() { 32 } else { 128 };
    let prefix = match prefix {
        None => bits,
        Some(text) => match text.parse::<u8>() {
            Ok(prefix) if prefix <= bits && text.bytes().all(|byte| byte.is_ascii_digit()) => prefix,
            _ => return Err(format!("wants a prefix of 0 to {bits}")),
        },
    };
    // All ones behind the prefix; a shift by all bits is none.
    let (first, last) = match address {
        IpAddr::V4(address) => {
            let rest = u32::MAX.checked_shr(u32::from(prefix)).unwrap_or(0);
            let bits = address.to_bits();
            (IpAddr::V4(Ipv4Addr::from_bits(bits & !rest)), IpAddr::V4(Ipv4Addr::from_bits(bits | rest)))
        }
        IpAddr::V6(address) => {
            let rest = u128::MAX.checked_shr(u32::from(prefix)).unwrap_or(0);
            let bits = address.to_bits();
            (IpAddr::V6(Ipv6Addr::from_bits(bits & !rest)), IpAddr::V6(Ipv6Addr::from_bits(bits | rest)))
        }
    };
    if first != address {
        return Err(format!("has bits behind its prefix; {first}/{prefix} has not"));
    }
    if matches!(first, IpAddr::V6(first) if first.to_ipv4_mapped().is_some()) {
        return Err("is an IPv4 address in IPv6; write the IPv4 address".into());
    }
    Ok(Pattern::Network { first, last, prefix })
}

fn contains(first: IpAddr, last: IpAddr, address: IpAddr) -> bool {
    first.is_ipv4() == address.is_ipv4() && first <= address && address <= last
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.denies {
            f.write_str("!")?;
        }
        match &self.host {
            Pattern::Any => f.write_str("*")?,
            Pattern::Class(AddressClass::Loopback) => f.write_str("loopback")?,
            Pattern::Class(AddressClass::Private) => f.write_str("private")?,
            Pattern::Class(_) => f.write_str("link-local")?,
            Pattern::Name(name) => f.write_str(name)?,
            Pattern::Beneath(parent) => write!(f, "*{parent}")?,
            Pattern::Network { first, last, .. } if first == last => f.write_str(&bracketed(*first))?,
            Pattern::Network { first: IpAddr::V4(first), prefix, .. } => write!(f, "{first}/{prefix}")?,
            Pattern::Network { first, prefix, .. } => write!(f, "[{first}/{prefix}]")?,
        }
        match (self.ports.start(), self.ports.end()) {
            (0, &u16::MAX) => {}
            (from, to) if from == to => write!(f, ":{from}")?,
            (from, to) => write!(f, ":{from}-{to}")?,
        }
        match self.protocol {
            Some(protocol) => write!(f, "/{}", protocol.name()),
            None => Ok(()),
        }
    }
}

/// What rules say about a target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Go on.
    Allowed,
    /// This rule is against it.
    Denied(Rule),
    /// No rule is for it; this one would be.
    NotGranted(String),
}

/// A list of rules. The order says nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rules(Vec<Rule>);

impl Rules {
    /// Reads rules.
    ///
    /// # Errors
    /// `EINVAL` naming the first that is none.
    pub fn parse<'a>(texts: impl IntoIterator<Item = &'a String>) -> SysResult<Self> {
        texts.into_iter().map(|text| Rule::parse(text)).collect::<SysResult<_>>().map(Rules)
    }

    /// Those that deny.
    pub fn denials(&self) -> impl Iterator<Item = &Rule> {
        self.0.iter().filter(|rule| rule.denies)
    }

    /// What they say about a target.
    #[must_use]
    pub fn judge(&self, target: &Target) -> Verdict {
        if let Some(rule) = self.denials().find(|rule| rule.touches(target)) {
            return Verdict::Denied(rule.clone());
        }
        let grants = || self.0.iter().filter(|rule| !rule.denies);
        let has_name = match &target.name {
            None => false,
            Some(name) if grants().any(|rule| rule.grants_name(name, target)) => true,
            Some(_) => return Verdict::NotGranted(target.name_rule().unwrap_or_default()),
        };
        let Some(address) = target.address else {
            return if has_name { Verdict::Allowed } else { Verdict::NotGranted("*".into()) };
        };
        let is_fine = (has_name && class_of(address) == AddressClass::Public)
            || grants().any(|rule| rule.grants_address(address, target));
        if is_fine {
            Verdict::Allowed
        } else {
            Verdict::NotGranted(target.address_rule().unwrap_or_default())
        }
    }

    /// The rule that allows a target which is allowed: the one about its name, else about its address.
    pub fn granting(&self, target: &Target) -> Option<&Rule> {
        let mut grants = self.0.iter().filter(|rule| !rule.denies);
        match (&target.name, target.address) {
            (Some(name), _) => grants.find(|rule| rule.grants_name(name, target)),
            (None, Some(address)) => grants.find(|rule| rule.grants_address(address, target)),
            (None, None) => None,
        }
    }

    /// Whether any of them, taken as a denial, has to do with a target.
    pub fn touching(&self, target: &Target) -> Option<&Rule> {
        self.0.iter().find(|rule| !rule.denies && rule.touches(target))
    }

    /// Whether everything that other rules allow is allowed here, denials aside.
    pub fn covers(&self, narrow: &Rules) -> bool {
        let mut allowed = narrow.0.iter().filter(|rule| !rule.denies);
        allowed.all(|narrow| self.0.iter().any(|wide| wide.covers(narrow)))
    }

    /// These and others.
    pub fn extend(&mut self, other: Rules) {
        self.0.extend(other.0);
    }
}
