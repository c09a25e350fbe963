//! Networks of their own for programs: network namespaces that are tied to the host or to each other.
//!
//! ```text
//! private   program ─ agn0 ══ veth ══ ag‹tag›h‹n› ─ nft table: to the internet by masquerade; nothing of the host,
//!                                                     nothing private
//! bridged   program ─ agn0 ══ veth ══ ag‹tag›h‹n› ─ bridge ag‹tag›br: the other programs, and nobody else
//! ```
//!
//! - [`Networks`]: makes them, and takes away what is left of those whose programs are gone;
//! - [`Namespace`]: one of them; it goes when it is removed, and stays when its program outlives this kernel;
//! - [`plan`]: names, addresses and rules as text, without any effect;
//! - [`obstacles`]: rules of the host that drop what a private network forwards;
//! - [`command`]: the host's own programs `ip` and `nft`, with a time limit.
//!
//! This needs root, `ip`, and `nft` for private ones; where one of them is missing that is said and nothing starts.
//! Everything made here has a name that begins with `ag` or `agentos` and a tag of the data folder. Tables, rules and
//! devices of the host are never changed; what is switched on is forwarding of the device of the default route, and
//! only while a private network is there.

mod command;
mod networks;
mod obstacles;
mod plan;

pub(crate) use networks::{Found, Namespace, Networks};

/// Whether programs can have a private network on this host.
///
/// # Errors
/// What is missing or stands in the way, in a sentence that goes on after a colon.
pub fn private_networks() -> Result<(), String> {
    Networks::private_is_possible().map(drop)
}

#[cfg(test)]
mod tests;
