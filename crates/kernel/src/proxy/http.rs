//! The bytes of HTTP as a proxy sees them: one request head, and our own answers.
//!
//! A head is read once and strictly: what two programs might read in two ways is refused. Of a request with a whole
//! URL a new head is made, with what is between client and proxy left out, the host of the URL as its `Host`, and
//! `Connection: close`, so that a connection carries one request to the host that was judged.
//!
//! Refuses to do input and output, and to know bodies.

use crate::{
    network::{Host, Url},
    text::cut,
};
use std::fmt::Write as _;

/// Longest head, bytes.
pub(crate) const MAX_HEAD_BYTES: usize = 32 * 1024;
/// Most lines of a head.
const MAX_HEADERS: usize = 128;

/// Headers between the client and its proxy (RFC 9110, 7.6.1), beside those that `Connection` names.
const HOP_BY_HOP: &[&str] =
    &["connection", "keep-alive", "proxy-connection", "proxy-authorization", "te", "upgrade", "host"];

/// What a client asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    /// Bytes to and from a host.
    Tunnel { host: Host, port: u16 },
    /// One request to a host: its new head.
    Request { host: Host, port: u16, head: Vec<u8> },
}

/// A head that cannot be served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Bad {
    pub(crate) status: u16,
    pub(crate) why: String,
}

fn bad(status: u16, why: impl Into<String>) -> Bad {
    Bad { status, why: why.into() }
}

/// How long the head at the beginning of these bytes is, with its empty line, if it is whole.
pub(crate) fn len_of_head(bytes: &[u8]) -> Option<usize> {
    bytes.windows(4).position(|four| four == b"\r\n\r\n").map(|at| at + 4)
}

/// Reads a head, empty line included.
///
/// # Errors
/// The status of the answer and why, for a person.
pub(crate) fn read(head: &[u8]) -> Result<Asked, Bad> {
    let text = std::str::from_utf8(head).map_err(|_| bad(400, "the request is no text"))?;
    if text.bytes().any(|byte| byte.is_ascii_control() && !matches!(byte, b'\r' | b'\n' | b'\t')) {
        return Err(bad(400, "the request holds a control character"));
    }
    let mut lines = text.strip_suffix("\r\n\r\n").unwrap_or(text).split("\r\n");
    let first = lines.next().unwrap_or_default();
    let mut parts = first.split(' ');
    let (Some(method), Some(target), Some(version), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(bad(400, "the first line is no request"));
    };
    if !matches!(version, "HTTP/1.1" | "HTTP/1.0") {
        return Err(bad(505, "only HTTP/1.1 and HTTP/1.0 are spoken here"));
    }
    let headers = headers(lines)?;
    if method == "CONNECT" {
        let (host, port) = authority(target)?;
        return Ok(Asked::Tunnel { host, port });
    }
    if !is_token(method) {
        return Err(bad(400, "the method is no word"));
    }
    request(method, target, &headers)
}

fn headers<'a>(lines: impl Iterator<Item = &'a str>) -> Result<Vec<(&'a str, &'a str)>, Bad> {
    let mut headers = Vec::new();
    for line in lines {
        if headers.len() == MAX_HEADERS {
            return Err(bad(431, format!("more than {MAX_HEADERS} headers")));
        }
        // A lone line end, and a line that goes on in the next, are read in two ways.
        if line.contains(['\r', '\n']) {
            return Err(bad(400, "a line ends with half a line end"));
        }
        let (name, value) = line.split_once(':').ok_or_else(|| bad(400, "a header has no colon"))?;
        if !is_token(name) {
            return Err(bad(400, format!("{:?} is no name of a header", cut(name, 60))));
        }
        headers.push((name, value.trim_matches([' ', '\t'])));
    }
    Ok(headers)
}

fn is_token(text: &str) -> bool {
    !text.is_empty()
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}

/// `host:port` of a tunnel.
fn authority(text: &str) -> Result<(Host, u16), Bad> {
    let wrong = || bad(400, format!("{:?} is no host with a port", cut(text, 100)));
    let (host, port) = text.rsplit_once(':').ok_or_else(wrong)?;
    let is_bracketed = host.starts_with('[') && host.ends_with(']');
    if host.contains(':') && !is_bracketed {
        return Err(wrong());
    }
    let is_number = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    let port = is_number.then(|| port.parse::<u16>().ok()).flatten().filter(|port| *port > 0);
    Ok((Host::parse(host).map_err(|_| wrong())?, port.ok_or_else(wrong)?))
}

fn request(method: &str, target: &str, headers: &[(&str, &str)]) -> Result<Asked, Bad> {
    if target.starts_with('/') || target == "*" {
        return Err(bad(400, "this is a proxy and no server: ask it with a whole URL, or with CONNECT"));
    }
    if target.starts_with("https://") {
        return Err(bad(400, "https goes through CONNECT"));
    }
    if !target.starts_with("http://") {
        return Err(bad(501, "only http:// is forwarded; everything else goes through CONNECT or SOCKS 5"));
    }
    let url = Url::parse(target).map_err(|why| bad(400, why.to_string()))?;
    let rest = &target["http://".len()..];
    let path = rest.find(['/', '?', '#']).map_or("", |at| &rest[at..]);
    let path = path.split('#').next().unwrap_or_default();
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let named: Vec<String> = headers
        .iter()
        .filter(|(name, _)| name.eq_ignore_ascii_case("connection"))
        .flat_map(|(_, value)| value.split(','))
        .map(|name| name.trim().to_ascii_lowercase())
        .collect();
    let slash = if path.starts_with('/') { "" } else { "/" };
    let mut head = format!("{method} {slash}{path} HTTP/1.1\r\nHost: {authority}\r\nConnection: close\r\n");
    for (name, value) in headers {
        let lower = name.to_ascii_lowercase();
        // What says where the body ends is the message's, whatever `Connection` says.
        let frames = matches!(lower.as_str(), "content-length" | "transfer-encoding");
        if HOP_BY_HOP.contains(&lower.as_str()) || (named.contains(&lower) && !frames) {
            continue;
        }
        let _ = write!(head, "{name}: {value}\r\n");
    }
    head.push_str("\r\n");
    Ok(Asked::Request { host: url.host, port: url.port, head: head.into_bytes() })
}

/// The answer to a tunnel that is there.
pub(crate) const TUNNEL: &[u8] = b"HTTP/1.1 200 Connection established\r\n\r\n";

/// An answer of ours, with a text for a person.
pub(crate) struct Answer<'a> {
    pub(crate) status: u16,
    /// What happened, by the names of RFC 9209.
    pub(crate) error: &'a str,
    pub(crate) text: &'a str,
    /// When to come again, where that may help.
    pub(crate) retry_after_seconds: Option<u32>,
}

impl Answer<'_> {
    /// Its bytes.
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let reason = match self.status {
            400 => "Bad Request",
            403 => "Forbidden",
            408 => "Request Timeout",
            431 => "Request Header Fields Too Large",
            501 => "Not Implemented",
            502 => "Bad Gateway",
            503 => "Service Unavailable",
            504 => "Gateway Timeout",
            505 => "HTTP Version Not Supported",
            _ => "Error",
        };
        let body = format!("{}\n", self.text);
        let retry = self.retry_after_seconds.map(|seconds| format!("Retry-After: {seconds}\r\n"));
        format!(
            "HTTP/1.1 {} {reason}\r\nProxy-Status: agentos; error={}\r\n{}Content-Type: text/plain; charset=utf-8\r\n\
             Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
            self.status,
            self.error,
            retry.unwrap_or_default(),
            body.len(),
        )
        .into_bytes()
    }
}
