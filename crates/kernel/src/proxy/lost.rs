//! What a filtered network does not carry: datagrams to the world, ICMP, raw packets. The program's own host refuses
//! them at once, since no way leads there; that it tried is told, as a denial that no grant changes.

use super::{
    connection::{State, Subject},
    table::Proxy,
};
use crate::{core::Core, door::record_denial, gate::Denial, process::Process};
use abi::{
    CauseId, Syscall,
    table::{NetworkWay, SocketConnect},
};
use std::{net::SocketAddr, sync::Arc};

/// By what it is refused.
const RULE: &str = "a filtered network carries connections only";

/// Tells that a program wanted to send there. Its proxy is gone when it has ended meanwhile; that it tried stays.
pub(crate) fn lost(core: &Arc<Core>, program: &Process, cause: CauseId, object: &str) {
    if let Some(proxy) = core.proxies.get(program.pid()) {
        keep(core, &proxy, cause, object);
    }
    let denial = Denial::of_nature(program, RULE, object);
    record_denial(core, program, cause, SocketConnect::ROW, &denial);
}

/// Among its connections, as one that was refused.
fn keep(core: &Core, proxy: &Proxy, cause: CauseId, object: &str) {
    let (host, port) = match object.parse::<SocketAddr>() {
        Ok(address) => (address.ip().to_string(), address.port()),
        Err(_) => (object.to_owned(), 0),
    };
    let now = core.now_millis();
    let connection = proxy.begin(core, |id| Subject {
        id,
        pid: proxy.process.pid(),
        cause,
        way: NetworkWay::Datagram,
        host,
        port,
        began_millis: now,
    });
    proxy.count(false);
    connection.set_rule(RULE);
    connection.finish(State::Denied, Some(RULE.to_owned()), now);
    proxy.end(&connection);
}
