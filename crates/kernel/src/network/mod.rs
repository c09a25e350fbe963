//! Which hosts a process may reach, and how a name becomes an address.
//!
//! - [`rule`]: the text of a `NetworkAccess` capability as a rule, and what a list of rules says;
//! - [`address`]: what kind of place an address is; all but public ones need a grant of their own;
//! - [`target`]: what is asked for: a name, an address or both, with port and protocol;
//! - [`resolve`]: names, looked up by us and once, so that what was checked is what is connected to;
//! - [`client`]: who performs requests over HTTP; the kernel itself knows none.
//!
//! Nothing here opens a socket, and nothing here knows processes: `gate` asks, `socket` acts.

mod address;
mod client;
mod resolve;
mod rule;
mod target;
mod url;

pub use address::{AddressClass, class_of};
pub use client::{CheckedRequest, NetClient, NetFuture};
pub use resolve::{HostResolver, Resolver};
pub use rule::{Rule, Rules, Verdict};
pub use target::{Protocol, Target};

pub(crate) use resolve::Network;
pub(crate) use target::Host;
pub(crate) use url::Url;

#[cfg(test)]
mod tests;
