//! What a socket was bound or connected under, to be asked again at each later call.

use crate::{
    gate::{Denial, Gate},
    network::{Protocol, Target},
    process::Process,
};
use abi::{
    SysResult,
    table::{SocketAddress, SocketType, Verb},
};

/// One thing that has to be allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Right {
    /// Reach a host, or be reached at an address of this machine.
    Network(Target),
    /// Have a port of this machine.
    Port(u16),
    /// Do this with a file.
    Path(Verb, String),
    /// Do this with a name.
    Name(Verb, String),
}

/// Asks the gate.
pub(crate) fn check(gate: &Gate, process: &Process, right: &Right) -> Result<(), Denial> {
    match right {
        Right::Network(target) => gate.network(process, target),
        Right::Port(port) => gate.name(process, Verb::BindPort, &port.to_string()),
        Right::Path(verb, path) => gate.path(process, *verb, path),
        Right::Name(verb, name) => gate.name(process, *verb, name),
    }
}

fn protocol(kind: SocketType) -> Protocol {
    match kind {
        SocketType::Stream => Protocol::Tcp,
        SocketType::Datagram => Protocol::Udp,
    }
}

/// What connecting there, or sending there, asks for. Of a host with a name, whether that may be looked up.
pub(crate) fn rights_to_connect(address: &SocketAddress, kind: SocketType) -> SysResult<Vec<Right>> {
    Ok(match address {
        SocketAddress::Inet(inet) => vec![Right::Network(Target::of_inet(inet, protocol(kind))?)],
        SocketAddress::Path(path) => vec![Right::Path(Verb::WriteFile, path.path.clone())],
        SocketAddress::Name(name) => vec![Right::Name(Verb::SendMessage, name.name.clone())],
    })
}

/// What being reached there asks for.
pub(crate) fn rights_to_bind(address: &SocketAddress, kind: SocketType) -> SysResult<Vec<Right>> {
    Ok(match address {
        SocketAddress::Inet(inet) => {
            vec![Right::Network(Target::of_inet(inet, protocol(kind))?), Right::Port(inet.port)]
        }
        SocketAddress::Path(path) => vec![Right::Path(Verb::CreateFile, path.path.clone())],
        SocketAddress::Name(name) => vec![Right::Name(Verb::ReceiveMessage, name.name.clone())],
    })
}
