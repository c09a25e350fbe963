//! The network of a program that is about to start: what is made for it, and what the helper and the program are told.
//!
//! ```text
//! none      a loopback of its own                  filtered  a proxy, and the variables that name it
//! private   a namespace behind address translation bridged   a namespace on the bridge      shared  the host's
//! ```
//!
//! What was made goes with the process ([`crate::end`]); a program that outlives this kernel keeps it, and
//! [`tie_again`] finds it by what was noted in [`Tied::place`].

use crate::{
    core::Core,
    namespace::Found,
    network::Rule,
    process::Process,
    proxy::{self, Door, Proxy},
};
use abi::{
    Errno, SysError, SysResult,
    table::{NetworkMode, PortForward, Sandbox},
};
use sandbox::{Joined, Network, Spec};
use serde::{Deserialize, Serialize};
use std::{net::IpAddr, sync::Arc};

/// Servers of names of one program.
const MOST_SERVERS: usize = 3;

/// What the helper and the program are told.
#[derive(Debug, Default)]
pub(crate) struct Tied {
    pub(crate) network: Network,
    pub(crate) resolv_conf: Option<String>,
    pub(crate) variables: Vec<(String, String)>,
    /// To be found again.
    pub(crate) place: NetworkPlace,
}

impl Tied {
    /// Tells the helper. What the caller says of the environment itself stays.
    pub(crate) fn give(self, spec: &mut Spec) {
        if let Some(isolation) = &mut spec.isolation {
            (isolation.network, isolation.resolv_conf) = (self.network, self.resolv_conf);
        }
        for (name, value) in self.variables {
            if !spec.env.iter().any(|(known, _)| *known == name) {
                spec.env.push((name, value));
            }
        }
    }
}

/// What a later kernel needs to know of a program's network.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct NetworkPlace {
    mode: NetworkMode,
    #[serde(skip_serializing_if = "Option::is_none")]
    proxy: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    namespace: Option<Found>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    forward: Vec<PortForward>,
}

impl NetworkPlace {
    /// The name of its proxy's folder.
    pub(crate) fn proxy(&self) -> Option<&str> {
        self.proxy.as_deref()
    }
}

/// Makes what a process needs. `owner` is the one by whose rights connections are judged. When a later step of the
/// start fails, `Proxies::release` undoes it.
///
/// # Errors
/// `EOPNOTSUPP` with what is missing where the host has no such network, `EADDRINUSE` for a port that is taken, `EINVAL`
/// for a server of names that is none.
pub(crate) fn tie(
    core: &Arc<Core>,
    owner: &Arc<Process>,
    process: &Arc<Process>,
    asked: &Sandbox,
) -> SysResult<Tied> {
    let tied = make(core, owner, process, asked);
    tied.inspect_err(|_| {
        core.proxies.release(process.pid(), false);
    })
}

fn make(core: &Arc<Core>, owner: &Arc<Process>, process: &Arc<Process>, asked: &Sandbox) -> SysResult<Tied> {
    let mode = asked.network;
    let mut tied = Tied { place: NetworkPlace { mode, ..NetworkPlace::default() }, ..Tied::default() };
    let proxy = match mode {
        NetworkMode::None => core.proxies.keep(process, owner, mode, Door::None),
        NetworkMode::Shared => {
            tied.network = Network::Shared;
            core.proxies.keep(process, owner, mode, Door::None)
        }
        NetworkMode::Filtered => {
            let proxy = core.proxies.open(core, process, owner, None)?;
            let socket = proxy.socket().unwrap_or_default();
            tied.network = Network::Relay { socket, port: proxy::PORT, host_ports: host_ports(owner) };
            tied.variables = proxy::variables(proxy::PORT);
            tied.place.proxy = proxy.place();
            proxy
        }
        NetworkMode::Private => {
            let namespace = core.networks.private(&servers(&asked.dns)?)?;
            tied.network = Network::Private(Joined { network: namespace.path(), user: None });
            let lines = namespace.dns().iter().map(|server| format!("nameserver {server}\n"));
            tied.resolv_conf = Some(lines.collect());
            tied.place.namespace = Some(namespace.found().clone());
            core.proxies.keep(process, owner, mode, Door::Address(namespace))
        }
        NetworkMode::Bridged => {
            let namespace = core.networks.bridged()?;
            tied.network = Network::Bridged(Joined { network: namespace.path(), user: None });
            tied.variables = vec![("AGENTOS_ADDRESS".to_owned(), namespace.address().to_string())];
            tied.place.namespace = Some(namespace.found().clone());
            core.proxies.keep(process, owner, mode, Door::Apart(namespace))
        }
    };
    tied.place.forward = forward(core, &proxy, &asked.forward)?;
    Ok(tied)
}

/// The ports of this machine that rules name, and so mean the host's. A rule about all ports names none: the program's
/// own servers would be out of its reach.
fn host_ports(owner: &Process) -> Vec<(u16, u16)> {
    let rules = owner.policy().network_rules();
    rules.iter().filter_map(|rule| Rule::parse(rule).ok()?.loopback_ports()).collect()
}

/// Finds again what a program had under an earlier kernel. What is gone is said in the log; the program goes on
/// without it.
pub(crate) fn tie_again(
    core: &Arc<Core>,
    owner: &Arc<Process>,
    process: &Arc<Process>,
    place: &NetworkPlace,
) {
    let found = match (&place.proxy, &place.namespace) {
        (Some(name), _) => core.proxies.open(core, process, owner, Some(name)),
        (None, Some(found)) => {
            let door = match core.networks.again(found.clone()) {
                Some(namespace) if place.mode == NetworkMode::Private => Door::Address(namespace),
                Some(namespace) => Door::Apart(namespace),
                None => Door::None,
            };
            Ok(core.proxies.keep(process, owner, place.mode, door))
        }
        (None, None) => Ok(core.proxies.keep(process, owner, place.mode, Door::None)),
    };
    let again = found.and_then(|proxy| forward(core, &proxy, &place.forward));
    if let Err(why) = again {
        tracing::warn!(%why, name = process.name(), "a program that outlived the desktop lost a part of its network");
    }
}

fn forward(core: &Arc<Core>, proxy: &Arc<Proxy>, wanted: &[PortForward]) -> SysResult<Vec<PortForward>> {
    wanted.iter().map(|wanted| proxy.forward(core, *wanted)).collect()
}

fn servers(texts: &[String]) -> SysResult<Vec<IpAddr>> {
    if texts.len() > MOST_SERVERS {
        return Err(SysError::new(Errno::EINVAL, format!("at most {MOST_SERVERS} servers of names")));
    }
    let read = |text: &String| {
        let address = text.parse::<IpAddr>().ok().filter(IpAddr::is_ipv4);
        let wrong =
            || SysError::new(Errno::EINVAL, format!("{text:?} is no IPv4 address of a server of names"));
        address.ok_or_else(wrong)
    };
    texts.iter().map(read).collect()
}
