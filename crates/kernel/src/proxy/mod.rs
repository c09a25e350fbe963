//! The filtering proxy: the way out of programs whose network is *filtered*.
//!
//! ```text
//! program ─▶ relay in its network namespace ─▶ Unix socket of its own ─▶ serve ─▶ judge ─▶ carry ─▶ host
//!                                                       http, socks ───┘    └─ rules, look-up, question to a person
//! ```
//!
//! - [`table`]: the proxies of one kernel, one for each such program, and their connections;
//! - [`serve`]: takes connections, reads what is asked for within time and size, answers in the client's protocol;
//! - [`http`], [`socks`]: the bytes of HTTP (`CONNECT`, requests with a whole URL) and SOCKS 5, without any input or
//!   output of their own;
//! - [`dns`], [`names`]: questions about names, which are answered with addresses that stand for them;
//! - [`judge`]: whether it may be, by the program's `NetworkAccess`; names are looked up here, and the address that was
//!   judged is the one that is connected to; an unknown host is asked about where that was said;
//! - [`lost`]: what such a network does not carry;
//! - [`carry`]: bytes in both directions, counted, until an end, a revocation or somebody's order;
//! - [`inward`]: ports of the host that lead to ports of the program;
//! - [`seen`]: connections of programs that have no proxy, from the host's own tables;
//! - [`environment`]: the variables by which programs find their proxy.
//!
//! The proxy knows its program by the socket that it has for it alone: who is in the program's sandbox is the program.
//! It decrypts nothing.
//!
//! **Invariants**: nothing is connected to that was not judged with the rights as they are then; every decision is an
//! event and a row of the journal; every connection is in the table while it is there, and closed when its right goes;
//! at most [`serve::MOST_CONNECTIONS`] of one program at a time.
//! **Lock order**: a proxy's list of connections, its names, or the table, alone.

pub(crate) mod bench;
mod carry;
mod connection;
pub(crate) mod dns;
mod environment;
pub(crate) mod http;
mod inward;
mod judge;
mod lost;
pub(crate) mod names;
mod place;
mod seen;
mod serve;
pub(crate) mod socks;
mod table;

pub(crate) use environment::variables;
pub(crate) use inward::Door;
pub(crate) use lost::lost;
pub(crate) use seen::seen;
pub(crate) use table::{Proxies, Proxy};

/// The port of the program's loopback at which its relay listens.
pub(crate) const PORT: u16 = 3128;

#[cfg(test)]
mod tests;
