//! Rows about sockets.
//!
//! Who waits holds the socket and not its description, so that closing the last descriptor ends the wait.

use super::{descriptor::most, within};
use crate::{
    caller::Caller,
    door::{Handle, Paths, Wait, admit_target, run_waiting},
    fd::Description,
    network::{Host, Protocol, Target},
    socket::{Endpoint, Place, Right, Socket, rights_to_bind, rights_to_connect},
    vfs::{LastLink, VPath},
};
use abi::{
    Bytes, Errno, Fd, SysError, SysResult, Syscall,
    table::{
        Accepted, Connected, GetSocketOption, InetAddress, Received, SetSocketOption, SocketAccept,
        SocketAddress, SocketBind, SocketClose, SocketConnect, SocketCreate, SocketDomain, SocketListen,
        SocketOption, SocketRecv, SocketRecvFrom, SocketSend, SocketSendTo, SocketType,
    },
};
use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

/// How long a connection may take to come about where nothing is said.
const CONNECT_TIMEOUT_MILLIS: u64 = 30_000;
/// Most connections that wait to be accepted.
const MAX_BACKLOG: u32 = 4_096;

handlers! {
    SocketCreate => create;
    SocketListen => listen;
    SocketAccept waits;
    SocketSend waits;
    SocketRecv waits;
    SocketRecvFrom waits;
    SocketClose => close;
    SetSocketOption => set_option;
    GetSocketOption => option;
}

fn get(caller: &Caller, fd: Fd) -> SysResult<Arc<Socket>> {
    caller.process().descriptors.get(fd)?.socket_of()
}

/// Whether a call does not wait at all: it says so, or its descriptor does.
fn is_nonblocking(caller: &Caller, fd: Fd, timeout_millis: Option<u64>) -> SysResult<bool> {
    Ok(timeout_millis == Some(0) || caller.process().descriptors.get(fd)?.is_nonblocking())
}

fn create(caller: &Caller, call: SocketCreate) -> SysResult<Fd> {
    caller.core().need(|switches| switches.network, "socket")?;
    let socket = Socket::open(&caller.core().sockets, call.domain, call.kind)?;
    caller.process().descriptors.insert(Description::socket(socket), 0, most(caller))
}

impl Handle for SocketBind {
    type Object = ();

    fn resolve(&mut self, paths: &Paths<'_>) -> SysResult<()> {
        match &mut self.address {
            // What is made must not be there yet, so a link is in the way, not followed.
            SocketAddress::Path(path) => paths.keep(&mut path.path).map(drop),
            _ => Ok(()),
        }
    }

    fn run(self, caller: &Caller, (): ()) -> SysResult<SocketAddress> {
        let socket = get(caller, self.fd)?;
        socket.check_domain(&self.address)?;
        let rights = rights_to_bind(&self.address, socket.kind())?;
        let endpoint = match &self.address {
            SocketAddress::Inet(inet) => Endpoint::Inet(own_address(inet, socket.domain())?),
            SocketAddress::Path(path) => {
                let mounts = &caller.core().mounts;
                let object = mounts.assume(&VPath::parse(&path.path)?, LastLink::Keep);
                let (folder, name) = mounts.host_place(&object)?;
                Endpoint::Unix(Place::In { folder: Arc::new(folder), name })
            }
            SocketAddress::Name(name) => Endpoint::Unix(caller.core().socket_names.place(name)?),
        };
        socket.bind(&endpoint, &self.address, rights)
    }
}

/// The address to bind to: one of this machine, so no name but `localhost` is looked up.
fn own_address(inet: &InetAddress, domain: SocketDomain) -> SysResult<SocketAddr> {
    let host = Host::parse(&inet.host)?;
    let candidates = match (&host, host.local()) {
        (Host::Address(address), _) => vec![*address],
        (_, Some(local)) => local.to_vec(),
        (_, None) => {
            let detail = format!("{}: bind to an address of this machine, not to a name", inet.host);
            return Err(SysError::new(Errno::EADDRNOTAVAIL, detail));
        }
    };
    let address = candidates.into_iter().find(|address| is_of(*address, domain));
    let wrong =
        || SysError::new(Errno::EINVAL, format!("{}: is of another domain than the socket", inet.host));
    address.map(|address| SocketAddr::new(address, inet.port)).ok_or_else(wrong)
}

fn is_of(address: IpAddr, domain: SocketDomain) -> bool {
    match domain {
        SocketDomain::Inet => address.is_ipv4(),
        SocketDomain::Inet6 => address.is_ipv6(),
        SocketDomain::Unix => false,
    }
}

fn listen(caller: &Caller, call: SocketListen) -> SysResult<()> {
    if !(1..=MAX_BACKLOG).contains(&call.backlog) {
        return Err(SysError::new(
            Errno::EINVAL,
            format!("a backlog is 1 to {MAX_BACKLOG}, not {}", call.backlog),
        ));
    }
    get(caller, call.fd)?.listen(call.backlog)
}

impl Wait for SocketAccept {
    async fn wait(self, caller: &Caller) -> SysResult<Accepted> {
        let (core, process) = (caller.core(), caller.process());
        let socket = get(caller, self.fd)?;
        if process.descriptors.count() >= most(caller) {
            // Before the connection is taken: it can wait, and would be lost.
            return Err(SysError::new(Errno::EMFILE, "the process has all its descriptors"));
        }
        let accepted = if is_nonblocking(caller, self.fd, self.timeout_millis)? {
            socket.try_accept(&core.sockets)?
        } else {
            let millis = self.timeout_millis.unwrap_or(socket.receive_timeout_millis());
            within(Some(millis), "accept", socket.accept(&core.sockets)).await??
        };
        let peer = accepted.peer();
        let fd = process.descriptors.insert(Description::socket(accepted), 0, most(caller))?;
        Ok(Accepted { fd, peer })
    }
}

/// Rows that name where to: resolved at the door where it is a path, judged there, and once more when a name
/// has become an address.
macro_rules! with_target {
    ($($Call:ident)*) => {$(
        impl Handle for $Call {
            type Object = ();

            fn resolve(&mut self, paths: &Paths<'_>) -> SysResult<()> {
                match &mut self.address {
                    SocketAddress::Path(path) => paths.follow(&mut path.path).map(drop),
                    _ => Ok(()),
                }
            }

            fn run(self, caller: &Caller, (): ()) -> SysResult<Self::Reply> {
                run_waiting(caller, self)
            }
        }
    )*};
}

with_target! { SocketConnect SocketSendTo }

/// Where to, on the host, with the rights that this took.
async fn endpoint<C: Syscall>(
    caller: &Caller,
    socket: &Socket,
    address: &SocketAddress,
) -> SysResult<(Endpoint, Vec<Right>)> {
    socket.check_domain(address)?;
    let core = caller.core();
    Ok(match address {
        SocketAddress::Inet(inet) => {
            let first = candidates(caller, socket, inet).await?.remove(0);
            admitted::<C>(caller, first)?
        }
        SocketAddress::Path(path) => {
            // The door followed the links; one that has come since makes this fail.
            let object = core.mounts.assume(&VPath::parse(&path.path)?, LastLink::Keep);
            let node = core.mounts.host_node(&object)?;
            (Endpoint::Unix(Place::Node(node)), rights_to_connect(address, socket.kind())?)
        }
        SocketAddress::Name(name) => {
            (Endpoint::Unix(core.socket_names.place(name)?), rights_to_connect(address, socket.kind())?)
        }
    })
}

/// A judged address as an endpoint, with the right that it took.
fn admitted<C: Syscall>(
    caller: &Caller,
    (address, target): (SocketAddr, Target),
) -> SysResult<(Endpoint, Vec<Right>)> {
    admit_target::<C>(caller, &target)?;
    Ok((Endpoint::Inet(address), vec![Right::Network(target)]))
}

/// The addresses of a host that the rules allow, in their order; the first where they allow none, so that its
/// denial is told. At least one.
async fn candidates(
    caller: &Caller,
    socket: &Socket,
    inet: &InetAddress,
) -> SysResult<Vec<(SocketAddr, Target)>> {
    let host = Host::parse(&inet.host)?;
    let protocol = match socket.kind() {
        SocketType::Stream => Protocol::Tcp,
        SocketType::Datagram => Protocol::Udp,
    };
    let target = |address: IpAddr| match &host {
        Host::Name(name) if host.local().is_none() => Target::resolved(name, address, inet.port, protocol),
        _ => Target::address(address, inet.port, protocol),
    };
    let mut addresses = caller.core().network.addresses(&host).await?;
    addresses.retain(|address| is_of(*address, socket.domain()));
    let first = *addresses.first().ok_or_else(|| {
        let detail = format!("{}: has no address of the socket's domain", inet.host);
        SysError::new(Errno::EADDRNOTAVAIL, detail)
    })?;
    let (gate, process) = (&caller.core().gate, caller.process());
    addresses.retain(|address| gate.network(process, &target(*address)).is_ok());
    if addresses.is_empty() {
        addresses.push(first);
    }
    let judged = addresses.into_iter().map(|address| (SocketAddr::new(address, inet.port), target(address)));
    Ok(judged.collect())
}

impl Wait for SocketConnect {
    /// What was sent, or begun, is not to be forgotten.
    const INTERRUPTIBLE: bool = false;

    async fn wait(self, caller: &Caller) -> SysResult<Connected> {
        let socket = get(caller, self.fd)?;
        if self.address.port() == Some(0) {
            return Err(SysError::new(Errno::EINVAL, "nobody is at port 0"));
        }
        let millis = self.timeout_millis.unwrap_or(CONNECT_TIMEOUT_MILLIS);
        let connected = async {
            let SocketAddress::Inet(inet) = &self.address else {
                let only = endpoint::<Self>(caller, &socket, &self.address).await?;
                return socket.connect(&self.address, only, || None).await;
            };
            socket.check_domain(&self.address)?;
            let mut candidates = candidates(caller, &socket, inet).await?.into_iter();
            // Each is judged again when its turn comes: a right may have gone meanwhile.
            let mut next = || candidates.next().map(|one| admitted::<Self>(caller, one));
            // There is at least one.
            let Some(first) = next() else { return Err(Errno::EADDRNOTAVAIL.into()) };
            socket.connect(&self.address, first?, next).await
        };
        within(Some(millis), "connect", connected).await??;
        Ok(Connected { local: socket.local(), peer: socket.peer().unwrap_or(self.address) })
    }
}

impl Wait for SocketSendTo {
    /// What was sent, or begun, is not to be forgotten.
    const INTERRUPTIBLE: bool = false;

    async fn wait(self, caller: &Caller) -> SysResult<u64> {
        let socket = get(caller, self.fd)?;
        let nonblocking = is_nonblocking(caller, self.fd, self.timeout_millis)?;
        let millis = match self.timeout_millis {
            Some(0) | None => socket.send_timeout_millis(),
            Some(millis) => millis,
        };
        let sent = async {
            let (endpoint, _) = endpoint::<Self>(caller, &socket, &self.address).await?;
            if nonblocking {
                return socket.try_send_to(&self.data, &endpoint);
            }
            socket.send_to(&self.data, &endpoint).await
        };
        within(Some(millis), "sendto", sent).await?
    }
}

impl Wait for SocketSend {
    /// What was sent, or begun, is not to be forgotten.
    const INTERRUPTIBLE: bool = false;

    async fn wait(self, caller: &Caller) -> SysResult<u64> {
        let socket = get(caller, self.fd)?;
        if is_nonblocking(caller, self.fd, self.timeout_millis)? {
            return socket.try_send(&self.data);
        }
        let millis = self.timeout_millis.unwrap_or(socket.send_timeout_millis());
        within(Some(millis), "send", socket.send(&self.data)).await?
    }
}

impl Wait for SocketRecv {
    async fn wait(self, caller: &Caller) -> SysResult<Bytes> {
        let socket = get(caller, self.fd)?;
        if is_nonblocking(caller, self.fd, self.timeout_millis)? {
            return socket.try_receive(self.size);
        }
        let millis = self.timeout_millis.unwrap_or(socket.receive_timeout_millis());
        within(Some(millis), "recv", socket.receive(self.size)).await?
    }
}

impl Wait for SocketRecvFrom {
    async fn wait(self, caller: &Caller) -> SysResult<Received> {
        let socket = get(caller, self.fd)?;
        if is_nonblocking(caller, self.fd, self.timeout_millis)? {
            return socket.try_receive_from(self.size);
        }
        let millis = self.timeout_millis.unwrap_or(socket.receive_timeout_millis());
        within(Some(millis), "recvfrom", socket.receive_from(self.size)).await?
    }
}

fn close(caller: &Caller, call: SocketClose) -> SysResult<()> {
    let socket = get(caller, call.fd)?;
    let description = caller.process().descriptors.remove(call.fd)?;
    // Also for who has a duplicate of it: the connection is over.
    socket.close();
    drop(description);
    Ok(())
}

fn set_option(caller: &Caller, call: SetSocketOption) -> SysResult<()> {
    get(caller, call.fd)?.set_option(&call.option)
}

fn option(caller: &Caller, call: GetSocketOption) -> SysResult<SocketOption> {
    get(caller, call.fd)?.option(call.option)
}
