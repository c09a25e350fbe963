//! Everything the kernel consists of, in one place, shared by all callers.
//!
//! **Lock order** across the parts: none of them calls another while it holds a lock of its own, so there
//! is no order to keep. That is the rule to hold: take, copy out, let go, then call.

use crate::{
    config::{Config, Switches},
    cow::Runs,
    data_dir::DataDir,
    end::Released,
    gate::Gate,
    grant::{Ledger, Recent, Remembered, Requests},
    held::HeldPrograms,
    journal::{Journal, Row, RowKind},
    mapping::Mappings,
    namespace::Networks,
    network::Network,
    observe::{KindId, Observer},
    pipe::Pipes,
    process::{Identity, Processes},
    proxy::Proxies,
    queue::Queues,
    shm::Segments,
    socket::{NameFolder, Sockets},
    task::{Strands, Tasks},
    vfs::{HostWatcher, LastLink, MemFs, Mounts, VPath, WallClock},
};
use abi::{CauseId, Errno, Pid, SysError, SysResult, table::EventCategory};
use std::{
    collections::BTreeMap,
    io,
    path::PathBuf,
    sync::{
        Arc, Mutex, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
};
use tokio::{runtime::Handle, sync::Notify};

/// A slot of the telemetry ring, bytes.
const EVENT_BYTES: u64 = 64;

/// The observer's wall clock as file systems take it.
pub(crate) fn wall_clock(observer: &Observer) -> WallClock {
    let clock = observer.clock().clone();
    Arc::new(move || i64::try_from(clock.wall_millis()).unwrap_or(i64::MAX))
}

/// Kinds of events that are no rows.
pub(crate) struct EventKinds {
    pub(crate) denied: KindId,
    pub(crate) granted: KindId,
    pub(crate) requested: KindId,
    pub(crate) refused: KindId,
    pub(crate) muted: KindId,
    pub(crate) revoked: KindId,
    pub(crate) process_started: KindId,
    pub(crate) process_ended: KindId,
    pub(crate) child_seen: KindId,
    pub(crate) touched: KindId,
    pub(crate) hidden: KindId,
    pub(crate) fault: KindId,
    pub(crate) received: KindId,
    pub(crate) journal_failed: KindId,
    pub(crate) network_allowed: KindId,
    pub(crate) network_closed: KindId,
}

impl EventKinds {
    pub(crate) fn register(observer: &Observer) -> Self {
        EventKinds {
            denied: observer.kind(EventCategory::Security, "denied"),
            granted: observer.kind(EventCategory::Security, "granted"),
            requested: observer.kind(EventCategory::Security, "requested"),
            refused: observer.kind(EventCategory::Security, "refused"),
            muted: observer.kind(EventCategory::Security, "muted"),
            revoked: observer.kind(EventCategory::Security, "revoked"),
            process_started: observer.kind(EventCategory::Process, "process_started"),
            process_ended: observer.kind(EventCategory::Process, "process_ended"),
            received: observer.kind(EventCategory::Ipc, "received"),
            fault: observer.kind(EventCategory::Process, "fault"),
            child_seen: observer.kind(EventCategory::Process, "child_seen"),
            touched: observer.kind(EventCategory::Process, "touched"),
            hidden: observer.kind(EventCategory::Security, "hidden"),
            journal_failed: observer.kind(EventCategory::Security, "journal_failed"),
            network_allowed: observer.kind(EventCategory::Network, "network_allowed"),
            network_closed: observer.kind(EventCategory::Network, "network_closed"),
        }
    }
}

/// The parts of the kernel.
pub(crate) struct Core {
    pub(crate) switches: Switches,
    pub(crate) observer: Observer,
    pub(crate) kinds: EventKinds,
    pub(crate) journal: Box<dyn Journal>,
    pub(crate) gate: Gate,
    pub(crate) requests: Requests,
    pub(crate) remembered: Remembered,
    pub(crate) ledger: Ledger,
    pub(crate) recent: Recent,
    pub(crate) processes: Processes,
    pub(crate) pipes: Pipes,
    pub(crate) segments: Segments,
    pub(crate) mappings: Mappings,
    pub(crate) queues: Queues,
    pub(crate) sockets: Sockets,
    pub(crate) socket_names: NameFolder,
    pub(crate) network: Network,
    pub(crate) proxies: Proxies,
    pub(crate) networks: Networks,
    pub(crate) tasks: Tasks,
    pub(crate) strands: Strands,
    pub(crate) mounts: Mounts,
    pub(crate) tmp: Arc<MemFs>,
    pub(crate) watcher: Arc<HostWatcher>,
    pub(crate) environment: BTreeMap<String, String>,
    pub(crate) boot: u32,
    /// Memory of the telemetry ring.
    pub(crate) ring_bytes: u64,
    /// Told when somebody asked for figures of host processes.
    pub(crate) usage_wanted: Notify,
    /// What processes left behind and was let go of.
    pub(crate) released: Released,
    pub(crate) closing: AtomicBool,
    /// Programs that survive this desktop, where they are kept.
    pub(crate) held: Option<HeldPrograms>,
    /// Runs whose changes are held back.
    pub(crate) runs: Runs,
    pub(crate) has_full_journal: AtomicBool,
    runtime: Handle,
    wake: Arc<dyn Fn() + Send + Sync>,
    pub(crate) data_dir: Mutex<Option<DataDir>>,
    pub(crate) machine: OnceLock<abi::table::SystemInfo>,
}

/// What [`Core::new`] is made of.
pub(crate) struct Parts {
    pub(crate) config: Config,
    pub(crate) data_dir: DataDir,
    pub(crate) observer: Observer,
    pub(crate) journal: Box<dyn Journal>,
    pub(crate) mounts: Mounts,
    pub(crate) tmp: Arc<MemFs>,
    pub(crate) watcher: Arc<HostWatcher>,
    pub(crate) runtime: Handle,
}

impl Core {
    pub(crate) fn new(parts: Parts) -> Self {
        let Parts { config, data_dir, observer, journal, mounts, tmp, watcher, runtime } = parts;
        let ring_bytes = observer.metrics().ring.capacity * EVENT_BYTES;
        let runs = Runs::open(data_dir.path.join("runs"), config.hold_back.clone());
        let held = config.keep_programs.then(|| HeldPrograms::open(&data_dir)).flatten();
        Core {
            switches: config.switches,
            kinds: EventKinds::register(&observer),
            observer,
            journal,
            requests: Requests::default(),
            ledger: Ledger::default(),
            recent: Recent::default(),
            remembered: Remembered::open(data_dir.path.join("grants.json")),
            gate: Gate::new(config.switches.decision_cache),
            processes: Processes::default(),
            pipes: Pipes::default(),
            segments: Segments::default(),
            mappings: Mappings::default(),
            queues: Queues::default(),
            sockets: Sockets::default(),
            socket_names: NameFolder::new(data_dir.path.join("run")),
            network: Network::new(),
            networks: Networks::new(&data_dir.path),
            proxies: Proxies::new(&data_dir.path, data_dir.boot),
            tasks: Tasks::default(),
            strands: Strands::default(),
            mounts,
            tmp,
            watcher,
            environment: config.environment,
            boot: data_dir.boot,
            ring_bytes,
            usage_wanted: Notify::new(),
            released: Released::default(),
            closing: AtomicBool::new(false),
            held,
            runs,
            has_full_journal: AtomicBool::new(false),
            runtime,
            wake: config.wake,
            data_dir: Mutex::new(Some(data_dir)),
            machine: OnceLock::new(),
        }
    }

    /// `ENOSYS` for what was switched off at boot.
    pub(crate) fn need(&self, is_on: impl FnOnce(&Switches) -> bool, what: &str) -> SysResult<()> {
        if is_on(&self.switches) {
            return Ok(());
        }
        Err(SysError::new(Errno::ENOSYS, format!("{what}: switched off when this AgentOS was started")))
    }

    pub(crate) fn runtime(&self) -> &Handle {
        &self.runtime
    }

    pub(crate) fn wake(&self) {
        (self.wake)();
    }

    pub(crate) fn waker(&self) -> Arc<dyn Fn() + Send + Sync> {
        self.wake.clone()
    }

    /// The clock for file systems in memory.
    pub(crate) fn wall_clock(&self) -> WallClock {
        wall_clock(&self.observer)
    }

    pub(crate) fn now_millis(&self) -> u64 {
        self.observer.clock().wall_millis()
    }

    /// A journal row about something a process does.
    pub(crate) fn journal_row(
        &self,
        identity: &Identity,
        cause: CauseId,
        kind: impl Into<RowKind>,
        object: &str,
    ) -> Row {
        let mut row = Row::new(self.now_millis(), cause, identity.pid, kind, object);
        row.app.clone_from(&identity.app);
        row
    }

    /// Says once, loudly, that the journal cannot be written; mutating calls are refused meanwhile.
    #[cold]
    pub(crate) fn journal_failed(&self, why: &io::Error) {
        if !self.has_full_journal.swap(true, Ordering::Relaxed) {
            tracing::error!(%why, "the journal cannot be written; calls that change something are refused");
        }
        let event = crate::observe::NewEvent {
            label: self.observer.label(&why.to_string()),
            ..crate::observe::NewEvent::new(
                self.kinds.journal_failed,
                abi::table::Severity::Error,
                Pid::KERNEL,
                CauseId::NONE,
            )
        };
        self.observer.emit(event);
    }

    /// Where everything that lasts lies on the host, until the end.
    pub(crate) fn data_folder(&self) -> Option<PathBuf> {
        crate::sync::lock(&self.data_dir).as_ref().map(|folder| folder.path.clone())
    }

    /// Where a folder of the virtual file system lies on the host, for working folders of programs.
    pub(crate) fn host_path(&self, path: &VPath) -> SysResult<PathBuf> {
        let object = self.mounts.assume(path, LastLink::Keep);
        object
            .host_path()
            .ok_or_else(|| SysError::new(Errno::ENOTDIR, format!("{path}: is no folder of the host")))
    }
}
