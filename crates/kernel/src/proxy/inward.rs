//! Ports of the host's loopback that lead to ports of a program.
//!
//! How the program is reached is a [`Door`]: a program with a relay by the spare connections that the relay keeps (see
//! `sandbox::Relay`), one with an address of its own by that.
//!
//! **Invariants**: at most [`MOST_FORWARDS`] ports of one program; at most [`MOST_SPARES`] spare connections wait.

use super::{
    carry::carry,
    connection::{Connection, State, Subject},
    table::Proxy,
};
use crate::{core::Core, namespace::Namespace, observe::NewEvent, socket::host_error, sync::lock};
use abi::{
    Errno, SysError, SysResult,
    table::{NetworkWay, PortForward, Severity},
};
use std::{
    collections::VecDeque,
    io,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex, Weak},
    time::Duration,
};
use tokio::{
    io::AsyncWriteExt,
    net::{TcpListener, TcpStream, UnixListener, UnixStream},
    sync::{Notify, watch},
    time::timeout,
};

/// Ports of one program.
const MOST_FORWARDS: usize = 32;
/// Spare connections of one program that wait.
const MOST_SPARES: usize = 8;
/// How long the program's side may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// How a program is reached.
pub(crate) enum Door {
    /// By the spare connections of its relay.
    Spare { spares: Mutex<VecDeque<UnixStream>>, came: Notify },
    /// By its address. What it has of the network goes with it.
    Address(Namespace),
    /// It is out of our reach among others.
    Apart(Namespace),
    /// Not at all: it has no network of its own, or a loopback that nobody enters.
    None,
}

impl Door {
    pub(super) fn spare() -> Self {
        Door::Spare { spares: Mutex::default(), came: Notify::new() }
    }
}

/// The ways into one program.
pub(super) struct Inward {
    door: Door,
    forwards: Mutex<Vec<(PortForward, watch::Sender<bool>)>>,
}

impl Inward {
    pub(super) fn new(door: Door) -> Self {
        Inward { door, forwards: Mutex::default() }
    }

    pub(super) fn address(&self) -> Option<IpAddr> {
        match self.door {
            Door::Address(ref namespace) | Door::Apart(ref namespace) => Some(namespace.address()),
            Door::Spare { .. } | Door::None => None,
        }
    }

    pub(super) fn dns(&self) -> Vec<String> {
        match &self.door {
            Door::Address(namespace) => namespace.dns().iter().map(ToString::to_string).collect(),
            _ => Vec::new(),
        }
    }

    /// The network that is its own.
    pub(super) fn namespace(&self) -> Option<&Namespace> {
        match &self.door {
            Door::Address(namespace) | Door::Apart(namespace) => Some(namespace),
            Door::Spare { .. } | Door::None => None,
        }
    }

    pub(super) fn forwards(&self) -> Vec<PortForward> {
        lock(&self.forwards).iter().map(|(forward, _)| *forward).collect()
    }

    pub(super) fn end(&self, host_port: u16) -> SysResult<()> {
        let mut forwards = lock(&self.forwards);
        let at = forwards.iter().position(|(forward, _)| forward.host == host_port);
        let none = || SysError::new(Errno::ENOENT, format!("port {host_port} does not lead to this program"));
        let (_, stop) = forwards.remove(at.ok_or_else(none)?);
        stop.send_replace(true);
        Ok(())
    }
}

/// What a connection through a port is called.
pub(super) fn name(host_port: u16) -> String {
    format!("127.0.0.1:{host_port} →")
}

/// Takes the spare connections that a relay keeps.
pub(super) async fn collect(proxy: Arc<Proxy>, listener: UnixListener) {
    let Door::Spare { spares, came } = &proxy.inward.door else { return };
    loop {
        match listener.accept().await {
            Ok((spare, _)) => {
                let mut spares = lock(spares);
                if spares.len() >= MOST_SPARES {
                    // The oldest are those of a relay that is gone, if any is.
                    spares.pop_front();
                }
                spares.push_back(spare);
                drop(spares);
                came.notify_one();
            }
            Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    }
}

/// Listens at a port of the host's loopback from now on.
pub(super) fn forward(core: &Arc<Core>, proxy: &Arc<Proxy>, wanted: PortForward) -> SysResult<PortForward> {
    if matches!(proxy.inward.door, Door::None | Door::Apart(_)) {
        let detail =
            format!("{} has no network of its own into which a port could lead", proxy.process.name());
        return Err(SysError::new(Errno::EOPNOTSUPP, detail));
    }
    if wanted.program == 0 {
        return Err(SysError::new(Errno::EINVAL, "nobody listens at port 0"));
    }
    let listening = |why: &io::Error| host_error(&format!("port {}", wanted.host), why);
    let _runtime = core.runtime().enter();
    let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, wanted.host))
        .and_then(|listener| listener.set_nonblocking(true).map(|()| listener))
        .and_then(TcpListener::from_std)
        .map_err(|why| listening(&why))?;
    let host_port = listener.local_addr().map_err(|why| listening(&why))?.port();
    let forward = PortForward { host: host_port, ..wanted };
    let stop = watch::Sender::new(false);
    {
        let mut forwards = lock(&proxy.inward.forwards);
        if forwards.len() >= MOST_FORWARDS {
            return Err(SysError::new(Errno::EAGAIN, format!("{MOST_FORWARDS} ports lead to it already")));
        }
        forwards.push((forward, stop.clone()));
    }
    proxy.spawn(core, serve(Arc::downgrade(core), proxy.clone(), listener, forward, stop));
    Ok(forward)
}

async fn serve(
    core: Weak<Core>,
    proxy: Arc<Proxy>,
    listener: TcpListener,
    forward: PortForward,
    stop: watch::Sender<bool>,
) {
    let mut stopped = stop.subscribe();
    let accepting = async {
        loop {
            let Ok(slot) = proxy.slots.clone().acquire_owned().await else { return };
            let Ok((guest, from)) = listener.accept().await else {
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            };
            let Some(core) = core.upgrade() else { return };
            let own = proxy.clone();
            let one = async move {
                let _slot = slot;
                let core = core;
                one(&core, &own, guest, from, forward).await;
            };
            tokio::spawn(async_until_stopped(proxy.clone(), one));
        }
    };
    tokio::select! {
        _ = stopped.wait_for(|stop| *stop) => {}
        () = accepting => {}
    }
}

async fn async_until_stopped(proxy: Arc<Proxy>, future: impl Future<Output = ()>) {
    tokio::select! {
        () = proxy.stopped() => {}
        () = future => {}
    }
}

async fn one(core: &Arc<Core>, proxy: &Arc<Proxy>, guest: TcpStream, from: SocketAddr, forward: PortForward) {
    let connection = proxy.begin(core, |id| Subject {
        id,
        pid: proxy.process.pid(),
        cause: proxy.process.identity().cause,
        way: NetworkWay::Inward,
        host: name(forward.host),
        port: forward.program,
        began_millis: core.now_millis(),
    });
    connection.set_rule(&format!("port {} leads to {}", forward.host, forward.program));
    let reached = tokio::select! {
        () = connection.closed() => Err(io::ErrorKind::Interrupted.into()),
        reached = timeout(PATIENCE, enter(proxy, forward.program)) => {
            reached.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
        }
    };
    match reached {
        Ok(inside) => {
            proxy.count(true);
            tell(core, proxy, &connection, from);
            connection.set_state(State::Open);
            let now = || core.now_millis();
            match inside {
                // From the guest to the program is what comes in.
                Inside::Relay(inside) => drop(carry(inside, guest, &connection, now).await),
                Inside::Direct(inside) => drop(carry(inside, guest, &connection, now).await),
            }
            connection.finish(State::Closed, None, core.now_millis());
        }
        Err(why) => {
            let why = format!("the program was not reached: {why}");
            connection.finish(State::Failed, Some(why), core.now_millis());
        }
    }
    proxy.end(&connection);
}

fn tell(core: &Core, proxy: &Proxy, connection: &Connection, from: SocketAddr) {
    let label = format!("{from} {} {}", connection.subject.host, connection.subject.port);
    let event = NewEvent {
        a: connection.subject.id,
        label: core.observer.label(&label),
        ..NewEvent::new(
            core.kinds.network_allowed,
            Severity::Info,
            proxy.process.pid(),
            connection.subject.cause,
        )
    };
    core.observer.emit(event);
}

enum Inside {
    Relay(UnixStream),
    Direct(TcpStream),
}

/// A connection to a port of the program.
async fn enter(proxy: &Proxy, port: u16) -> io::Result<Inside> {
    match &proxy.inward.door {
        Door::None | Door::Apart(_) => Err(io::ErrorKind::Unsupported.into()),
        Door::Address(namespace) => {
            Ok(Inside::Direct(TcpStream::connect((namespace.address(), port)).await?))
        }
        Door::Spare { spares, came } => loop {
            let spare = lock(spares).pop_front();
            let Some(mut spare) = spare else {
                came.notified().await;
                continue;
            };
            // One whose relay is gone says so when it is written to.
            if spare.write_all(&port.to_be_bytes()).await.is_ok() {
                return Ok(Inside::Relay(spare));
            }
        },
    }
}
