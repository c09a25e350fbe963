//! As much of a URL as rules are about: scheme, host, port.

use super::{Host, Protocol, Target};
use abi::{Errno, SysError, SysResult};

/// Longest URL, bytes.
const MAX_URL_BYTES: usize = 8 * 1024;

/// A URL of HTTP, with a host that is an address or a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Url {
    pub(crate) host: Host,
    pub(crate) port: u16,
}

impl Url {
    /// Takes a URL apart. Strict: what two programs might read in two ways is refused.
    pub(crate) fn parse(text: &str) -> SysResult<Url> {
        let wrong =
            |why: &str| SysError::new(Errno::EINVAL, format!("{:?}: {why}", crate::text::cut(text, 200)));
        if text.len() > MAX_URL_BYTES {
            return Err(wrong("is too long"));
        }
        if text.bytes().any(|byte| byte <= b' ' || byte >= 0x7f || byte == b'\\') {
            return Err(wrong("holds a character that a URL has to write as % and two digits"));
        }
        let (scheme, rest) = text.split_once("://").ok_or_else(|| wrong("has no scheme"))?;
        let default_port = match scheme {
            "https" => 443,
            "http" => 80,
            _ => return Err(wrong("is neither http nor https")),
        };
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        if authority.contains('@') {
            return Err(wrong("has a user in front of its host; say it in a header"));
        }
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !port.contains(']') => {
                let digits = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
                let port = digits.then(|| port.parse::<u16>().ok()).flatten().filter(|port| *port > 0);
                (host, port.ok_or_else(|| wrong("has no port behind its colon"))?)
            }
            _ => (authority, default_port),
        };
        if host.contains(':') && !(host.starts_with('[') && host.ends_with(']')) {
            return Err(wrong("has an address without brackets"));
        }
        Ok(Url { host: Host::parse(host)?, port })
    }

    /// What is asked for before anything is looked up.
    pub(crate) fn target(&self) -> Target {
        Target::of(&self.host, self.port, Protocol::Tcp)
    }
}
