//! Which hosts a process may reach, and how a name becomes an address.
//!
//! - [`abi::net`]: rules, kinds of addresses, and what is asked for;
//! - [`resolve`]: names, looked up by us and once, so that what was checked is what is connected to;
//! - [`client`]: who performs requests over HTTP; the kernel itself knows none.
//!
//! Nothing here opens a socket, and nothing here knows processes: `gate` asks, `socket` acts.

mod client;
mod resolve;
mod url;

pub use abi::net::{AddressClass, Protocol, Rule, Rules, Target, Verdict, class_of};
pub use client::{CheckedRequest, NetClient, NetFuture};
pub use resolve::{HostResolver, Resolver};

pub(crate) use abi::net::Host;
pub(crate) use resolve::Network;
pub(crate) use url::Url;

#[cfg(test)]
mod tests;
