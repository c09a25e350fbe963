//! The proxies of one kernel: one for each program whose network is filtered, and their connections.
//!
//! **Invariants** (`verify_invariants`): a proxy is in the table from before its program runs until the program's end;
//! connections of one program are at most [`MOST_CONNECTIONS`](super::serve::MOST_CONNECTIONS) that are there and
//! [`MOST_PAST`] that are over.

use super::{
    connection::{Connection, Subject},
    dns::Book,
    inward::{self, Door, Inward},
    judge::may_go_on,
    names::Names,
    place::{ProgramFolder, ProxyFolder},
    serve::{self, MOST_CONNECTIONS},
};
use crate::{core::Core, namespace::Namespace, process::Process, sync::lock};
use abi::{
    CauseId, Errno, Pid, SysError, SysResult,
    table::{NetworkConnection, NetworkMode, PortForward},
};
use std::{
    collections::{HashMap, VecDeque},
    io,
    net::IpAddr,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    thread::JoinHandle,
    time::Duration,
};
use tokio::sync::{Semaphore, watch};

/// Connections that are over and still shown, of one program.
const MOST_PAST: usize = 64;
/// Names of one program that are looked up at a time.
const MOST_LOOKUPS: usize = 2;

/// How long who takes its time is waited for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience {
    /// A client that says what it wants.
    pub(super) handshake: Duration,
    /// A person who is asked. Common clients give up after 15 seconds.
    pub(super) answer: Duration,
    /// One address of a host.
    pub(super) connect: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Patience {
            handshake: Duration::from_secs(10),
            answer: Duration::from_secs(14),
            connect: Duration::from_secs(8),
        }
    }
}

/// All proxies, and the ports that lead to programs.
pub(crate) struct Proxies {
    folder: ProxyFolder,
    next_connection: AtomicU64,
    table: Mutex<HashMap<Pid, Arc<Proxy>>>,
    /// Of proxies that are opened from now on.
    pub(super) patience: Mutex<Patience>,
    /// Threads that take networks away.
    removing: Mutex<Vec<JoinHandle<()>>>,
}

/// One program's way out and in. What leads out is there for filtered programs only.
pub(crate) struct Proxy {
    pub(super) process: Arc<Process>,
    /// By whose rights it is judged: those of the app that started it.
    pub(super) owner: Arc<Process>,
    /// How it is tied.
    pub(super) mode: NetworkMode,
    pub(super) patience: Patience,
    pub(super) slots: Arc<Semaphore>,
    pub(super) lookups: Semaphore,
    folder: Option<ProgramFolder>,
    pub(super) inward: Inward,
    connections: Mutex<Connections>,
    names: Mutex<Names>,
    allowed: AtomicU64,
    denied: AtomicU64,
    /// Bytes of connections that are forgotten.
    sent_bytes: AtomicU64,
    received_bytes: AtomicU64,
    stop: watch::Sender<bool>,
}

#[derive(Default)]
struct Connections {
    live: Vec<Arc<Connection>>,
    past: VecDeque<Arc<Connection>>,
}

/// How much went through a proxy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Through {
    pub(crate) connections: u32,
    pub(crate) allowed: u64,
    pub(crate) denied: u64,
    pub(crate) sent_bytes: u64,
    pub(crate) received_bytes: u64,
}

impl Proxies {
    pub(crate) fn new(data_dir: &Path, boot: u32) -> Self {
        Proxies {
            folder: ProxyFolder::new(data_dir, boot),
            next_connection: AtomicU64::new(1),
            table: Mutex::default(),
            patience: Mutex::default(),
            removing: Mutex::default(),
        }
    }

    /// Removes the folders of programs that are gone.
    pub(crate) fn sweep(&self, keep: &[String]) {
        self.folder.sweep(keep);
    }

    /// Begins to serve a process: at a new place, or at the one that it had under an earlier kernel.
    pub(crate) fn open(
        &self,
        core: &Arc<Core>,
        process: &Arc<Process>,
        owner: &Arc<Process>,
        again: Option<&str>,
    ) -> SysResult<Arc<Proxy>> {
        let failed = |why: io::Error| {
            SysError::new(Errno::EIO, format!("the proxy of {} cannot be made: {why}", process.name()))
        };
        let folder = match again {
            Some(name) => self.folder.again(name),
            None => self.folder.make(),
        };
        let folder = folder.map_err(failed)?;
        let _runtime = core.runtime().enter();
        let (outward, inward) = folder.listen().inspect_err(|_| folder.remove()).map_err(failed)?;
        let proxy = self.add(process, owner, NetworkMode::Filtered, Some(folder), Door::spare());
        let weak = Arc::downgrade(core);
        proxy.spawn(core, serve::serve(weak, proxy.clone(), outward));
        proxy.spawn(core, inward::collect(proxy.clone(), inward));
        Ok(proxy)
    }

    /// Keeps books of a process that has no proxy: ports lead to it by this door.
    pub(crate) fn keep(
        &self,
        process: &Arc<Process>,
        owner: &Arc<Process>,
        mode: NetworkMode,
        door: Door,
    ) -> Arc<Proxy> {
        self.add(process, owner, mode, None, door)
    }

    fn add(
        &self,
        process: &Arc<Process>,
        owner: &Arc<Process>,
        mode: NetworkMode,
        folder: Option<ProgramFolder>,
        door: Door,
    ) -> Arc<Proxy> {
        let proxy = Arc::new(Proxy {
            process: process.clone(),
            owner: owner.clone(),
            mode,
            patience: *lock(&self.patience),
            slots: Arc::new(Semaphore::new(MOST_CONNECTIONS)),
            lookups: Semaphore::new(MOST_LOOKUPS),
            folder,
            inward: Inward::new(door),
            connections: Mutex::default(),
            names: Mutex::new(Names::new(self.folder.boot())),
            allowed: AtomicU64::new(0),
            denied: AtomicU64::new(0),
            sent_bytes: AtomicU64::new(0),
            received_bytes: AtomicU64::new(0),
            stop: watch::Sender::new(false),
        });
        lock(&self.table).insert(process.pid(), proxy.clone());
        proxy
    }

    /// The proxy of a process.
    pub(crate) fn get(&self, pid: Pid) -> Option<Arc<Proxy>> {
        lock(&self.table).get(&pid).cloned()
    }

    /// All of them.
    pub(crate) fn all(&self) -> Vec<Arc<Proxy>> {
        lock(&self.table).values().cloned().collect()
    }

    /// Ends the proxy of a process; says how many it had, connections included. The place stays for a program that goes
    /// on without us.
    pub(crate) fn release(&self, pid: Pid, goes_on: bool) -> usize {
        let Some(proxy) = lock(&self.table).remove(&pid) else { return 0 };
        let live = lock(&proxy.connections).live.clone();
        for connection in &live {
            connection.close("the program has ended");
        }
        proxy.stop.send_replace(true);
        if let Some(folder) = proxy.folder.as_ref().filter(|_| !goes_on) {
            folder.remove();
        }
        if !goes_on && proxy.inward.namespace().is_some() {
            self.remove_network(proxy);
        }
        1 + live.len()
    }

    /// Takes a network away, on a thread of its own: the host's programs take a while.
    fn remove_network(&self, proxy: Arc<Proxy>) {
        let own = proxy.clone();
        let remove = move || own.inward.namespace().into_iter().for_each(Namespace::remove);
        let mut removing = lock(&self.removing);
        removing.retain(|thread| !thread.is_finished());
        match std::thread::Builder::new().name("network-removal".into()).spawn(remove) {
            Ok(thread) => removing.push(thread),
            Err(_) => proxy.inward.namespace().into_iter().for_each(Namespace::remove),
        }
    }

    /// Waits until networks that are being taken away are gone.
    pub(crate) fn finish(&self) {
        let removing = std::mem::take(&mut *lock(&self.removing));
        for thread in removing {
            // It does not panic; if it did, a later start takes away what is left.
            let _ = thread.join();
        }
    }

    /// Proxies and connections that are there.
    pub(crate) fn count(&self) -> u32 {
        let all = self.all();
        let live: usize = all.iter().map(|proxy| lock(&proxy.connections).live.len()).sum();
        u32::try_from(all.len() + live).unwrap_or(u32::MAX)
    }

    /// Rights have changed: connections that they no longer allow end now.
    pub(crate) fn rights_changed(&self) {
        for proxy in self.all() {
            let live = lock(&proxy.connections).live.clone();
            for connection in live {
                let Some(permit) = connection.permit() else { continue };
                if !may_go_on(&proxy.owner, &permit) {
                    connection.close("the right was taken");
                }
            }
        }
    }

    pub(super) fn next_connection(&self) -> u64 {
        self.next_connection.fetch_add(1, Ordering::Relaxed)
    }

    #[cfg(test)]
    pub(crate) fn verify_invariants(&self) {
        for (pid, proxy) in &*lock(&self.table) {
            let connections = lock(&proxy.connections);
            assert_eq!(*pid, proxy.process.pid());
            assert!(connections.past.len() <= MOST_PAST);
            assert!(connections.live.len() <= 2 * MOST_CONNECTIONS);
            assert!(connections.past.iter().all(|connection| connection.state().is_over()));
        }
    }
}

impl Proxy {
    /// Runs until the proxy is stopped.
    pub(super) fn spawn(self: &Arc<Self>, core: &Core, future: impl Future<Output = ()> + Send + 'static) {
        let proxy = self.clone();
        core.runtime().spawn(async move {
            tokio::select! {
                () = proxy.stopped() => {}
                () = future => {}
            }
        });
    }

    /// Comes back when it is to end.
    pub(super) async fn stopped(&self) {
        // The sender is in `self`, so this does not fail.
        let _ = self.stop.subscribe().wait_for(|stop| *stop).await;
    }

    /// How the program is tied.
    pub(crate) fn mode(&self) -> NetworkMode {
        self.mode
    }

    /// By whose rights it is judged.
    pub(crate) fn owner(&self) -> &Arc<Process> {
        &self.owner
    }

    /// Who answers its questions about names, where it asks itself.
    pub(crate) fn dns(&self) -> Vec<String> {
        self.inward.dns()
    }

    /// Its address, where it has one of its own.
    pub(crate) fn address(&self) -> Option<IpAddr> {
        self.inward.address()
    }

    /// Its socket, for whoever makes the program's view.
    pub(crate) fn socket(&self) -> Option<PathBuf> {
        self.folder.as_ref().map(ProgramFolder::socket)
    }

    /// The name of its place, by which a later kernel finds it.
    pub(crate) fn place(&self) -> Option<String> {
        self.folder.as_ref().map(ProgramFolder::name)
    }

    /// On whose account connections are made now: of the last input that the program got, else of its start.
    pub(super) fn cause(&self) -> CauseId {
        self.process.lineage.last_input().unwrap_or(self.process.identity().cause)
    }

    /// A connection that is about to be judged.
    pub(super) fn begin(&self, core: &Core, subject: impl FnOnce(u64) -> Subject) -> Arc<Connection> {
        let connection = Arc::new(Connection::new(subject(core.proxies.next_connection())));
        lock(&self.connections).live.push(connection.clone());
        connection
    }

    /// It is over.
    pub(super) fn end(&self, connection: &Arc<Connection>) {
        let mut connections = lock(&self.connections);
        connections.live.retain(|live| !Arc::ptr_eq(live, connection));
        if connections.past.len() >= MOST_PAST
            && let Some(oldest) = connections.past.pop_front()
        {
            self.sent_bytes.fetch_add(oldest.up_bytes.load(Ordering::Relaxed), Ordering::Relaxed);
            self.received_bytes.fetch_add(oldest.down_bytes.load(Ordering::Relaxed), Ordering::Relaxed);
        }
        connections.past.push_back(connection.clone());
    }

    /// Answers a question of DNS; see [`super::dns::answer`].
    pub(super) fn answer_name(&self, message: &[u8]) -> Option<Vec<u8>> {
        super::dns::answer(message, &mut *lock(&self.names))
    }

    /// The name for which an address stands, if it does.
    pub(crate) fn name_of(&self, address: IpAddr) -> Option<String> {
        match address.to_canonical() {
            IpAddr::V4(address) if sandbox::is_stand_in(address) => lock(&self.names).name_of(address),
            _ => None,
        }
    }

    pub(super) fn count(&self, is_allowed: bool) {
        if is_allowed { &self.allowed } else { &self.denied }.fetch_add(1, Ordering::Relaxed);
    }

    /// Connections, the newest first; those that are over, too, where wanted.
    pub(crate) fn connections(&self, with_ended: bool) -> Vec<NetworkConnection> {
        let connections = lock(&self.connections);
        let past = connections.past.iter().filter(|_| with_ended);
        let mut told: Vec<_> =
            connections.live.iter().chain(past).map(|each| each.tell(self.owner.pid())).collect();
        told.sort_by_key(|connection| std::cmp::Reverse(connection.connection));
        told
    }

    /// Ends one. False when it is not there.
    pub(crate) fn close(&self, id: u64, why: &str) -> bool {
        let found = lock(&self.connections).live.iter().find(|each| each.subject.id == id).cloned();
        found.inspect(|connection| connection.close(why)).is_some()
    }

    /// How much went through.
    pub(crate) fn through(&self) -> Through {
        let connections = lock(&self.connections);
        let all = || connections.live.iter().chain(&connections.past);
        let sum = |of: fn(&Connection) -> &AtomicU64, before: &AtomicU64| {
            let now: u64 = all().map(|each| of(each).load(Ordering::Relaxed)).sum();
            now + before.load(Ordering::Relaxed)
        };
        Through {
            connections: u32::try_from(connections.live.len()).unwrap_or(u32::MAX),
            allowed: self.allowed.load(Ordering::Relaxed),
            denied: self.denied.load(Ordering::Relaxed),
            sent_bytes: sum(|each| &each.up_bytes, &self.sent_bytes),
            received_bytes: sum(|each| &each.down_bytes, &self.received_bytes),
        }
    }

    /// Has a port of the host's loopback lead in.
    pub(crate) fn forward(self: &Arc<Self>, core: &Arc<Core>, wanted: PortForward) -> SysResult<PortForward> {
        inward::forward(core, self, wanted)
    }

    /// Ends that, and what came that way. `ENOENT` when there is none.
    pub(crate) fn unforward(&self, host_port: u16) -> SysResult<()> {
        self.inward.end(host_port)?;
        let name = inward::name(host_port);
        for connection in lock(&self.connections).live.iter().filter(|each| each.subject.host == name) {
            connection.close("the port no longer leads in");
        }
        Ok(())
    }

    /// Ports that lead in.
    pub(crate) fn forwards(&self) -> Vec<PortForward> {
        self.inward.forwards()
    }
}
