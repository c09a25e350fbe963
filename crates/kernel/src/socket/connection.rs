//! Binding, listening, accepting, connecting.

use super::{
    Place, Right, Socket, Sockets, Stage,
    host::{HostSocket, host_error},
    place::BoundFile,
};
use crate::sync::lock;
use abi::{
    Errno, SysError, SysResult,
    table::{SocketAddress, SocketDomain, SocketType},
};
use nix::sys::socket::{SockaddrLike, SockaddrStorage};
use std::{io, net::SocketAddr, time::Duration};
use tokio::io::Interest;

/// Pause before a Unix socket whose listener is busy is tried again; doubled up to [`LONGEST_PAUSE`]. The
/// host has no way to wait for that.
const FIRST_PAUSE: Duration = Duration::from_millis(1);
const LONGEST_PAUSE: Duration = Duration::from_millis(50);

/// Where to bind or connect on the host.
pub(crate) enum Endpoint {
    Inet(SocketAddr),
    Unix(Place),
}

impl Endpoint {
    pub(super) fn with_address<T>(
        &self,
        call: impl FnOnce(&dyn SockaddrLike) -> io::Result<T>,
    ) -> SysResult<io::Result<T>> {
        Ok(match self {
            Endpoint::Inet(address) => call(&SockaddrStorage::from(*address)),
            Endpoint::Unix(place) => call(&place.address()?),
        })
    }
}

impl Socket {
    /// `EINVAL` for an address of another domain than the socket's.
    pub(crate) fn check_domain(&self, address: &SocketAddress) -> SysResult<()> {
        let is_inet = matches!(address, SocketAddress::Inet(_));
        if is_inet == (self.domain != SocketDomain::Unix) {
            return Ok(());
        }
        Err(SysError::new(Errno::EINVAL, format!("{address}: is no address of a {}", self.kind_name())))
    }

    /// Gives it its own address. `asked` is what it is called by processes.
    pub(crate) fn bind(
        &self,
        endpoint: &Endpoint,
        asked: &SocketAddress,
        rights: Vec<Right>,
    ) -> SysResult<SocketAddress> {
        let mut state = lock(&self.state);
        self.check_open()?;
        if state.stage != Stage::Open {
            return Err(SysError::new(
                Errno::EINVAL,
                format!("the socket is {} already", state.stage.name()),
            ));
        }
        // A call of the host, but one that does not wait.
        let bound = endpoint.with_address(|address| self.host.bind(address))?;
        bound.map_err(|why| host_error(&asked.to_string(), &why))?;
        state.stage = Stage::Bound;
        if let Endpoint::Unix(place) = endpoint {
            state.local = Some(asked.clone());
            *lock(&self.file) = BoundFile::of(place);
        }
        drop(state);
        self.add_rights(rights);
        Ok(self.local().unwrap_or_else(|| asked.clone()))
    }

    /// Takes connections from now on.
    pub(crate) fn listen(&self, backlog: u32) -> SysResult<()> {
        if self.kind != SocketType::Stream {
            let detail = format!("a {} has no connections to listen for", self.kind_name());
            return Err(SysError::new(Errno::EOPNOTSUPP, detail));
        }
        let mut state = lock(&self.state);
        self.check_open()?;
        match state.stage {
            Stage::Bound | Stage::Listening => {}
            // The host would choose a port; but nobody was asked for that.
            Stage::Open => return Err(SysError::new(Errno::EINVAL, "bind the socket first")),
            Stage::Connecting | Stage::Connected | Stage::Failed => {
                return Err(SysError::new(Errno::EISCONN, "the socket has a connection of its own"));
            }
        }
        self.host.listen(backlog).map_err(|why| host_error("listen", &why))?;
        state.stage = Stage::Listening;
        Ok(())
    }

    /// The next connection.
    pub(crate) async fn accept(&self, sockets: &Sockets) -> SysResult<Socket> {
        self.check_listening()?;
        loop {
            let counted = sockets.take()?;
            match self.when(Interest::READABLE, |host| host.accept(self.domain)).await? {
                Ok(host) => return Ok(self.accepted(host, counted)),
                // It was there and went away before it was taken.
                Err(why) if why.kind() == io::ErrorKind::ConnectionAborted => {}
                Err(why) => return Err(host_error("accept", &why)),
            }
        }
    }

    /// The next connection if there is one.
    pub(crate) fn try_accept(&self, sockets: &Sockets) -> SysResult<Socket> {
        self.check_listening()?;
        let counted = sockets.take()?;
        match self.host.accept(self.domain) {
            Ok(host) => Ok(self.accepted(host, counted)),
            Err(why) => Err(host_error("accept", &why)),
        }
    }

    fn check_listening(&self) -> SysResult<()> {
        self.check_open()?;
        match (self.kind, self.stage()) {
            (SocketType::Datagram, _) => {
                Err(SysError::new(Errno::EOPNOTSUPP, "a datagram socket has no connections"))
            }
            (_, Stage::Listening) => Ok(()),
            _ => Err(SysError::new(Errno::EINVAL, "the socket does not listen")),
        }
    }

    fn accepted(&self, host: HostSocket, counted: super::Counted) -> Socket {
        let accepted = Socket::of(host, self.domain, self.kind, Stage::Connected, counted);
        // It lives under the rights of who took it.
        accepted.add_rights(self.rights());
        lock(&accepted.state).local = lock(&self.state).local.clone();
        accepted
    }

    /// Connects to the first endpoint, or where that cannot be reached to the next that there is. The caller
    /// bounds the time; a connection that is given up leaves the socket failed.
    pub(crate) async fn connect(
        &self,
        asked: &SocketAddress,
        first: (Endpoint, Vec<Right>),
        mut next: impl FnMut() -> Option<SysResult<(Endpoint, Vec<Right>)>>,
    ) -> SysResult<()> {
        let attempt = Attempt::begin(self)?;
        let what = asked.to_string();
        let (mut endpoint, mut rights) = first;
        while let Err(why) = self.unless_closed(self.connect_host(&endpoint, &what)).await {
            let unreached = matches!(
                why.errno,
                Errno::ECONNREFUSED
                    | Errno::ECONNRESET
                    | Errno::ENETUNREACH
                    | Errno::EHOSTUNREACH
                    | Errno::ETIMEDOUT
                    | Errno::EADDRNOTAVAIL
            );
            // One that may not be reached any more is not the reason that is told.
            let Some(Ok(other)) = unreached.then(&mut next).flatten() else { return Err(why) };
            let registered = lock(&self.registered).take();
            drop(registered);
            if self.host.disconnect().is_err() {
                return Err(why);
            }
            (endpoint, rights) = other;
        }
        attempt.succeed(matches!(endpoint, Endpoint::Unix(_)).then(|| asked.clone()), rights);
        Ok(())
    }

    async fn connect_host(&self, endpoint: &Endpoint, what: &str) -> SysResult<()> {
        let failed = |why: io::Error| host_error(what, &why);
        let mut pause = FIRST_PAUSE;
        loop {
            match endpoint.with_address(|address| self.host.connect(address))? {
                Ok(()) => return Ok(()),
                Err(why) if is(&why, nix::Error::EINPROGRESS) => break,
                Err(why) if is(&why, nix::Error::EAGAIN) && matches!(endpoint, Endpoint::Unix(_)) => {
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
                Err(why) if why.kind() == io::ErrorKind::Interrupted => {}
                Err(why) => return Err(failed(why)),
            }
        }
        let registered = self.registered()?;
        loop {
            let mut ready = registered.writable().await.map_err(failed)?;
            self.host.pending_error().map_err(failed)?;
            if self.host.is_connected() {
                return Ok(());
            }
            ready.clear_ready();
        }
    }

    /// Runs `attempt` until the host does not say any more that it would have to wait. The outer result is
    /// ours: the socket was closed, or cannot be watched.
    pub(super) async fn when<T>(
        &self,
        interest: Interest,
        mut attempt: impl FnMut(&HostSocket) -> io::Result<T>,
    ) -> SysResult<io::Result<T>> {
        self.unless_closed(async {
            match attempt(&self.host) {
                Err(why) if why.kind() == io::ErrorKind::WouldBlock => {}
                Err(why) if why.kind() == io::ErrorKind::Interrupted => {}
                result => return Ok(result),
            }
            let registered = self.registered()?;
            loop {
                let ready = registered.ready(interest).await;
                let mut ready = ready.map_err(|why| host_error("the runtime", &why))?;
                match ready.try_io(|host| attempt(host.get_ref())) {
                    Err(_would_block) => {}
                    Ok(Err(why)) if why.kind() == io::ErrorKind::Interrupted => {}
                    Ok(result) => return Ok(result),
                }
            }
        })
        .await
    }
}

fn is(why: &io::Error, errno: nix::Error) -> bool {
    why.raw_os_error() == Some(errno as i32)
}

/// A connection attempt. Dropped on the way, by an error, a time-out or a cancelled task, it leaves the socket
/// failed: the host may still be trying.
struct Attempt<'a> {
    socket: &'a Socket,
    is_over: bool,
}

impl<'a> Attempt<'a> {
    fn begin(socket: &'a Socket) -> SysResult<Self> {
        let mut state = lock(&socket.state);
        socket.check_open()?;
        match state.stage {
            Stage::Open | Stage::Bound => {}
            // A datagram socket may be given another peer.
            Stage::Connected if socket.kind == SocketType::Datagram => {}
            Stage::Connected => return Err(SysError::new(Errno::EISCONN, "the socket is connected already")),
            Stage::Connecting => {
                return Err(SysError::new(Errno::EBUSY, "somebody connects this socket right now"));
            }
            Stage::Listening => return Err(SysError::new(Errno::EOPNOTSUPP, "the socket listens")),
            Stage::Failed => {
                return Err(SysError::new(Errno::EINVAL, "an earlier attempt failed; take another socket"));
            }
        }
        state.stage = Stage::Connecting;
        Ok(Attempt { socket, is_over: false })
    }

    fn succeed(mut self, peer: Option<SocketAddress>, rights: Vec<Right>) {
        self.is_over = true;
        {
            let mut state = lock(&self.socket.state);
            state.stage = Stage::Connected;
            state.peer = peer;
        }
        self.socket.add_rights(rights);
    }
}

impl Drop for Attempt<'_> {
    fn drop(&mut self) {
        if !self.is_over {
            lock(&self.socket.state).stage = Stage::Failed;
            let registered = lock(&self.socket.registered).take();
            drop(registered);
        }
    }
}
