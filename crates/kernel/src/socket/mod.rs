//! Sockets: TCP, UDP and Unix, real ones of the host.
//!
//! A [`Socket`] is a host socket that never blocks, with its state; the descriptor table holds it through
//! a [`SocketHandle`], and the last handle that goes closes it. Calls that wait register the host
//! socket with the kernel's runtime and hold no thread; whoever still waits when the socket is closed gets
//! `EBADF`. Data lies in the host's buffers only, so a receiver that does not read makes its sender
//! wait.
//!
//! What a socket may do was asked when it was bound or connected, and is asked again at every
//! later call: it keeps its [`Right`]s. That it *is* asked is the door's business, not ours.
//!
//! **Invariants**: a state goes forward only (`open → bound → listening`, `open|bound → connecting →
//! connected|failed`, anything → closed); a host socket is registered with the runtime only in states in
//! which it can become ready, since one that is neither bound nor connected is hung up, and stays
//! "ready" for ever.
//! **Lock order**: one at a time: state, registration, file; none is held across a call of the host that
//! may wait.

mod connection;
mod host;
mod option;
mod place;
mod readiness;
mod right;
mod transfer;

pub(crate) use connection::Endpoint;
pub(crate) use host::host_error;
pub(crate) use place::{NameFolder, Place};
pub(crate) use right::{Right, check, rights_to_bind, rights_to_connect};

use crate::sync::{lock, read, write};
use abi::{
    Errno, Fd, SysError, SysResult,
    table::{SocketAddress, SocketDomain, SocketInfo, SocketType},
};
use host::{HostSocket, Registered};
use place::BoundFile;
use std::{
    future::Future,
    sync::{
        Arc, Mutex, RwLock,
        atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering},
    },
};
use tokio::sync::Notify;

/// Sockets of all processes together.
const MAX_SOCKETS: u32 = 8_192;
/// How long a call waits that names no time, until the option is set: 30 s, the middle of what input
/// and output may take.
const DEFAULT_TIMEOUT_MILLIS: u64 = 30_000;

/// Where a socket is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Open,
    Bound,
    Listening,
    Connecting,
    Connected,
    Failed,
}

impl Stage {
    const fn name(self) -> &'static str {
        match self {
            Stage::Open => "open",
            Stage::Bound => "bound",
            Stage::Listening => "listening",
            Stage::Connecting => "connecting",
            Stage::Connected => "connected",
            Stage::Failed => "failed",
        }
    }
}

struct State {
    stage: Stage,
    /// Its own address as it was asked for, where the host's answer would not be ours: paths and names.
    local: Option<SocketAddress>,
    peer: Option<SocketAddress>,
}

/// All sockets of a kernel, counted.
#[derive(Clone, Default)]
pub(crate) struct Sockets(Arc<AtomicU32>);

/// One of them, while it lives.
struct Counted(Arc<AtomicU32>);

impl Sockets {
    fn take(&self) -> SysResult<Counted> {
        let before = self.0.fetch_add(1, Ordering::Relaxed);
        let counted = Counted(self.0.clone());
        if before >= MAX_SOCKETS {
            return Err(SysError::new(Errno::ENFILE, format!("all {MAX_SOCKETS} sockets are in use")));
        }
        Ok(counted)
    }

    pub(crate) fn count(&self) -> u32 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A socket.
pub(crate) struct Socket {
    domain: SocketDomain,
    kind: SocketType,
    host: Arc<HostSocket>,
    registered: Mutex<Option<Arc<Registered>>>,
    state: Mutex<State>,
    rights: RwLock<Vec<Right>>,
    file: Mutex<Option<BoundFile>>,
    is_closed: AtomicBool,
    closing: Notify,
    send_timeout_millis: AtomicU64,
    receive_timeout_millis: AtomicU64,
    sent_bytes: AtomicU64,
    received_bytes: AtomicU64,
    /// Held for its drop.
    _counted: Counted,
}

/// What descriptors hold. The last one that goes closes the socket.
pub(crate) struct SocketHandle(Arc<Socket>);

impl SocketHandle {
    pub(crate) fn new(socket: Socket) -> Self {
        SocketHandle(Arc::new(socket))
    }

    /// The socket itself, for who waits on it and must not keep it open.
    pub(crate) fn socket(&self) -> &Arc<Socket> {
        &self.0
    }
}

impl Drop for SocketHandle {
    fn drop(&mut self) {
        self.0.close();
    }
}

impl Socket {
    /// Makes one that is neither bound nor connected.
    pub(crate) fn open(sockets: &Sockets, domain: SocketDomain, kind: SocketType) -> SysResult<Self> {
        let counted = sockets.take()?;
        let host = HostSocket::open(domain, kind)?;
        Ok(Self::of(host, domain, kind, Stage::Open, counted))
    }

    fn of(host: HostSocket, domain: SocketDomain, kind: SocketType, stage: Stage, counted: Counted) -> Self {
        Socket {
            domain,
            kind,
            host: Arc::new(host),
            registered: Mutex::new(None),
            state: Mutex::new(State { stage, local: None, peer: None }),
            rights: RwLock::default(),
            file: Mutex::new(None),
            is_closed: AtomicBool::new(false),
            closing: Notify::new(),
            send_timeout_millis: AtomicU64::new(DEFAULT_TIMEOUT_MILLIS),
            receive_timeout_millis: AtomicU64::new(DEFAULT_TIMEOUT_MILLIS),
            sent_bytes: AtomicU64::new(0),
            received_bytes: AtomicU64::new(0),
            _counted: counted,
        }
    }

    pub(crate) fn domain(&self) -> SocketDomain {
        self.domain
    }

    pub(crate) fn kind(&self) -> SocketType {
        self.kind
    }

    /// For people and `fd_stat`.
    pub(crate) fn kind_name(&self) -> &'static str {
        match (self.domain, self.kind) {
            (SocketDomain::Unix, SocketType::Stream) => "unix stream socket",
            (SocketDomain::Unix, SocketType::Datagram) => "unix datagram socket",
            (_, SocketType::Stream) => "tcp socket",
            (_, SocketType::Datagram) => "udp socket",
        }
    }

    /// What it was bound or connected under.
    pub(crate) fn rights(&self) -> Vec<Right> {
        read(&self.rights).clone()
    }

    fn add_rights(&self, rights: Vec<Right>) {
        write(&self.rights).extend(rights);
    }

    /// How long a send waits that names no time.
    pub(crate) fn send_timeout_millis(&self) -> u64 {
        self.send_timeout_millis.load(Ordering::Relaxed)
    }

    /// How long an accept or receive waits that names no time.
    pub(crate) fn receive_timeout_millis(&self) -> u64 {
        self.receive_timeout_millis.load(Ordering::Relaxed)
    }

    fn stage(&self) -> Stage {
        lock(&self.state).stage
    }

    /// Its own address.
    pub(crate) fn local(&self) -> Option<SocketAddress> {
        let asked = lock(&self.state).local.clone();
        asked.or_else(|| self.host.local_address())
    }

    /// The other side's address.
    pub(crate) fn peer(&self) -> Option<SocketAddress> {
        let asked = lock(&self.state).peer.clone();
        asked.or_else(|| self.host.peer_address())
    }

    /// What the monitor shows.
    pub(crate) fn info(&self, fd: Fd) -> SocketInfo {
        let closed = self.is_closed.load(Ordering::Acquire);
        SocketInfo {
            fd,
            domain: self.domain,
            kind: self.kind,
            state: if closed { "closed" } else { self.stage().name() }.to_owned(),
            local: self.local(),
            peer: self.peer(),
            sent_bytes: self.sent_bytes.load(Ordering::Relaxed),
            received_bytes: self.received_bytes.load(Ordering::Relaxed),
        }
    }

    /// Ends it: the other side sees the end, who waits here wakes up, its file goes.
    pub(crate) fn close(&self) {
        if self.is_closed.swap(true, Ordering::AcqRel) {
            return;
        }
        self.closing.notify_waiters();
        self.host.shut_down();
        let (registered, file) = (lock(&self.registered).take(), lock(&self.file).take());
        drop(registered);
        if let Some(file) = file {
            file.remove();
        }
    }

    fn check_open(&self) -> SysResult<()> {
        if self.is_closed.load(Ordering::Acquire) {
            return Err(SysError::new(Errno::EBADF, "the socket was closed meanwhile"));
        }
        Ok(())
    }

    /// The registration with the runtime, made when it is first needed. The runtime must be entered.
    fn registered(&self) -> SysResult<Arc<Registered>> {
        let mut registered = lock(&self.registered);
        if let Some(registered) = &*registered {
            return Ok(registered.clone());
        }
        let new = Arc::new(host::register(self.host.clone())?);
        // Closed meanwhile: nobody would take it out again.
        self.check_open()?;
        *registered = Some(new.clone());
        Ok(new)
    }

    /// Waits for a future, or until the socket is closed.
    async fn unless_closed<T>(&self, future: impl Future<Output = SysResult<T>>) -> SysResult<T> {
        let closing = self.closing.notified();
        tokio::pin!(closing);
        // Registered before looking, so that a close in between is not missed.
        closing.as_mut().enable();
        self.check_open()?;
        let result = tokio::select! {
            result = future => result,
            () = closing => return Err(SysError::new(Errno::EBADF, "the socket was closed meanwhile")),
        };
        // The close itself may be what the host answered to.
        self.check_open().and(result)
    }
}
