//! The kernel from outside: boot, the first processes, rights, shutdown.

use crate::{
    caller::Caller,
    config::{BootError, Config},
    core::{Core, Parts, wall_clock},
    cow,
    data_dir::DataDir,
    end::Census,
    gate::Policy,
    grant,
    held::{HeldPrograms, Note},
    journal::{
        CauseSource, Journal, JournalFolders, NullJournal, Recorder, RecorderOptions, Row, RowKind, Undo,
        UndoReport, UnusableJournal,
    },
    mounting,
    network::{NetClient, Resolver},
    observe::{NewEvent, Observer, ObserverConfig},
    process::{Birth, NewProcess, Process},
    procfs::KernelSource,
    text::cut,
    vfs::{HostWatcher, MemFs, Mounts, ProcFs, VPath},
};
use abi::{
    Capability, CauseId, CauseKind, CauseSpec, Pid, SysResult, Syscalls,
    table::{Class, Exit, ProcessKind, Severity},
};
use serde_json::json;
use std::{
    path::PathBuf,
    sync::{Arc, Mutex, OnceLock, Weak, atomic::Ordering},
    time::{Duration, SystemTime},
};
use tokio::runtime::Runtime;

/// Threads for calls that touch the host.
const POOL_THREADS: usize = 16;
/// Longest text of what is written down on request, bytes.
const MAX_OBJECT: usize = 1_024;
/// How often what nobody collected is looked for.
const SWEEP_PERIOD: Duration = Duration::from_secs(5 * 60);
/// Figures of host processes are taken at most this often.
const USAGE_PERIOD: Duration = Duration::from_millis(900);

/// A running kernel. Dropping it ends every process and lets go of the data folder.
pub struct Kernel {
    pub(crate) core: Arc<Core>,
    pub(crate) runtime: Mutex<Option<Runtime>>,
    resumed: Vec<UndoReport>,
}

impl Kernel {
    /// Starts a kernel on a data folder.
    ///
    /// # Errors
    /// [`BootError::InUse`] when another kernel has the folder, and what else prevents a boot.
    pub fn boot(config: Config) -> Result<Kernel, BootError> {
        let data_dir = DataDir::open(&config.data_dir)?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .max_blocking_threads(POOL_THREADS)
            .thread_name("agentos-kernel")
            .enable_all()
            .build()
            .map_err(BootError::Runtime)?;
        let observer = Observer::new(ObserverConfig::new(data_dir.boot));
        observer.set_on(config.observe);
        // The journal asks for causes, which the core has, which has the journal.
        let for_causes = Arc::new(OnceLock::new());
        let journal = open_journal(&config, &data_dir, &for_causes);
        let wall_clock = wall_clock(&observer);
        let tmp = Arc::new(MemFs::new(config.tmp_quota_bytes, wall_clock.clone()));
        let mounts = Mounts::new();
        let watcher = HostWatcher::new(runtime.handle().clone());
        let swept = mounting::mount_host_folders(&mounts, &config, &data_dir.path, &watcher)?;
        mounts.mount(&VPath::parse("/tmp")?, tmp.clone())?;
        let parts = Parts {
            config,
            data_dir,
            observer,
            journal,
            mounts,
            tmp,
            watcher,
            runtime: runtime.handle().clone(),
        };
        let core = Arc::new(Core::new(parts));
        let source = Arc::new(KernelSource::new(Arc::downgrade(&core)));
        core.mounts.mount(&VPath::parse("/proc")?, Arc::new(ProcFs::new(source, wall_clock)))?;
        let _ = for_causes.set(Arc::downgrade(&core));
        make_kernel_process(&core)?;
        let resumed = resume_undo(&core);
        core.runs.settle(&core.held.as_ref().map_or_else(Vec::new, HeldPrograms::runs), core.now_millis());
        runtime.spawn(sweep(Arc::downgrade(&core)));
        runtime.spawn(mounting::sweep_leftovers(Arc::downgrade(&core), swept));
        runtime.spawn_blocking({
            let core = core.clone();
            move || sweep_networks(&core)
        });
        runtime.spawn(count_runs(Arc::downgrade(&core)));
        // On a folder that lasts somebody will start a program; the first one shall not have to wait for it.
        if core.held.is_some() && core.switches.programs {
            let core = Arc::downgrade(&core);
            runtime.spawn_blocking(move || core.upgrade().map(|core| core.runs.try_layers()));
        }
        runtime.spawn(sample_usage(Arc::downgrade(&core)));
        Ok(Kernel { core, runtime: Mutex::new(Some(runtime)), resumed })
    }

    /// Makes a process that runs inside this program: an app's instance, a service, the shell.
    ///
    /// # Errors
    /// `EPERM` when it asks for more than its parent has, `ESRCH` when the parent is gone, `EINVAL` for a
    /// path scope that is no absolute path, `EAGAIN` when there are too many processes.
    pub fn spawn_app(&self, new: NewProcess) -> SysResult<Pid> {
        let process = spawn(&self.core, &new)?;
        Ok(process.pid())
    }

    /// A process's handle, for a cause.
    ///
    /// # Errors
    /// `ESRCH` when there is no such process.
    pub fn caller(&self, pid: Pid, cause: CauseId) -> SysResult<Arc<dyn Syscalls>> {
        Ok(Arc::new(self.typed_caller(pid, cause)?))
    }

    /// The same with static dispatch, for whoever links against the kernel.
    ///
    /// # Errors
    /// `ESRCH` when there is no such process.
    pub fn typed_caller(&self, pid: Pid, cause: CauseId) -> SysResult<Caller> {
        Ok(Caller::new(self.core.clone(), self.core.processes.get(pid)?, cause))
    }

    /// Opens a cause.
    pub fn open_cause(&self, spec: CauseSpec) -> CauseId {
        self.core.observer.open_cause(spec)
    }

    /// Writes down what happened and is no call: a session came back, an app was installed, somebody controls the
    /// desktop from outside. What cannot be written is said once, as for every row.
    pub fn record(&self, kind: RowKind, cause: CauseId, object: &str, detail: serde_json::Value) {
        let core = &self.core;
        let row =
            Row { detail, ..Row::new(core.now_millis(), cause, Pid::KERNEL, kind, cut(object, MAX_OBJECT)) };
        if let Err(why) = core.journal.append(&row)
            && why.kind() != std::io::ErrorKind::BrokenPipe
        {
            core.journal_failed(&why);
        }
    }

    /// Takes a right, and everything it covers, from a process and from all it started. Holds from the
    /// next call on.
    ///
    /// # Errors
    /// `ESRCH` when there is no such process, `EPERM` for the kernel, `EINVAL` for a path scope that is no
    /// absolute path.
    pub fn revoke(&self, pid: Pid, capability: &Capability) -> SysResult<()> {
        grant::revoke(&self.core, None, pid, capability)
    }

    /// Ends a process and everything it started, as the desktop's own decision.
    ///
    /// # Errors
    /// `ESRCH` when there is no such process.
    pub fn terminate(&self, pid: Pid) -> SysResult<()> {
        let process = self.core.processes.get(pid)?;
        self.core.kill_now(&process);
        Ok(())
    }

    /// Ends a process and everything it started, as when its window is closed: programs of the host are hung up
    /// and get half a second, then the rest is killed. Does not wait for that.
    ///
    /// # Errors
    /// `ESRCH` when there is no such process.
    pub fn close(&self, pid: Pid) -> SysResult<()> {
        let process = self.core.processes.get(pid)?;
        self.core.close(&process);
        Ok(())
    }

    /// What a process holds. A process that is gone holds nothing.
    #[must_use]
    pub fn census(&self, pid: Pid) -> Census {
        match self.core.processes.get(pid) {
            Ok(process) => self.core.census(&process),
            Err(_) => self.core.ipc_census(pid),
        }
    }

    /// What all processes together hold; `children` is the number of processes beside the kernel.
    #[must_use]
    pub fn census_of_all(&self) -> Census {
        let all = self.core.processes.all();
        let mut total = Census::default();
        for process in &all {
            let one = self.core.census(process);
            total.descriptors += one.descriptors;
            total.signals += one.signals;
            total.requests += one.requests;
            total.host_processes += one.host_processes;
        }
        total.tasks = self.core.tasks.count();
        total.pipes = self.core.pipes.totals().0;
        total.mappings = self.core.mappings.totals().0;
        total.queues = self.core.queues.totals().0;
        total.shared_segments = self.core.segments.totals().0;
        total.connections = self.core.proxies.count();
        total.sockets = self.core.sockets.count();
        total.children = u32::try_from(all.len().saturating_sub(1)).unwrap_or(u32::MAX);
        total
    }

    /// Where a path of the virtual file system lies on the host, for dialogs and file drops.
    ///
    /// # Errors
    /// `ENOTDIR` when it is not in a folder of the host.
    pub fn host_path(&self, path: &str) -> SysResult<PathBuf> {
        self.core.host_path(&VPath::parse(path)?)
    }

    /// Registers who performs `network_request`, or takes it away; without one the call says `ENOSYS`.
    pub fn set_net_client(&self, client: Option<Arc<dyn NetClient>>) {
        self.core.network.set_client(client);
    }

    /// Registers who knows the addresses of names; at first the host is asked.
    pub fn set_resolver(&self, resolver: Arc<dyn Resolver>) {
        self.core.network.set_resolver(resolver);
    }

    /// Which boot of the data folder this is.
    #[must_use]
    pub fn boot_number(&self) -> u32 {
        self.core.boot
    }

    /// Submitted calls that touch the host and are not finished; those that wait for somebody do not count.
    #[must_use]
    pub fn host_calls_under_way(&self) -> usize {
        self.core.tasks.under_way(Class::HostIo)
    }

    /// The segment of the journal that was found damaged at this start, if one was. It was set aside and is kept.
    #[must_use]
    pub fn damaged_journal(&self) -> Option<PathBuf> {
        self.core.journal.recorder()?.journal().report().damaged_segment.clone()
    }

    /// Undoings that an earlier end interrupted and this start brought to their end.
    #[must_use]
    pub fn resumed_undoings(&self) -> &[UndoReport] {
        &self.resumed
    }

    /// A number that is another one whenever other requests for rights wait: who shows them looks only then.
    #[must_use]
    pub fn requests_revision(&self) -> u64 {
        self.core.requests.revision()
    }

    /// A number that is another one whenever a run has ended and left changes: who tells people looks only then.
    #[must_use]
    pub fn runs_revision(&self) -> u64 {
        self.core.runs.revision()
    }

    /// Records events from now on, or stops recording them.
    pub fn set_observing(&self, on: bool) {
        self.core.observer.set_on(on);
    }
}

fn open_journal(config: &Config, data_dir: &DataDir, core: &Arc<OnceLock<Weak<Core>>>) -> Box<dyn Journal> {
    if !config.journal {
        return Box::new(NullJournal::default());
    }
    let core = core.clone();
    let causes: CauseSource =
        Arc::new(move |cause| core.get().and_then(Weak::upgrade)?.observer.cause(cause));
    let folders = JournalFolders::of(&data_dir.path);
    let options = RecorderOptions {
        keep_images: config.switches.images,
        keep_index: config.switches.index,
        ..RecorderOptions::default()
    };
    match Recorder::open(&folders, options, causes) {
        Ok(recorder) => {
            tell_damage(&recorder);
            Box::new(recorder)
        }
        Err(why) => {
            let folder = folders.journal.display();
            tracing::error!(%why, %folder, "the journal cannot be opened; calls that change something are refused");
            Box::new(UnusableJournal::new(&why))
        }
    }
}

/// Says, in the log and in the journal itself, what an earlier end left behind: a row that was cut, or a segment that
/// is damaged and stays as it is, for `agentos journal verify` to look at.
fn tell_damage(recorder: &Recorder) {
    let report = recorder.journal().report();
    if report.torn_bytes == 0 && report.damaged_segment.is_none() {
        return;
    }
    tracing::warn!(?report, "the journal was not closed cleanly");
    let segment = report.damaged_segment.as_ref().map(|path| path.display().to_string());
    let detail = json!({"torn_bytes": report.torn_bytes, "segment": segment, "last_row": report.last_row});
    let millis = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_millis();
    let millis = u64::try_from(millis).unwrap_or(u64::MAX);
    let object = segment.unwrap_or_else(|| "a torn row at the end".into());
    let row = Row { detail, ..Row::new(millis, CauseId::NONE, Pid::KERNEL, RowKind::Damaged, object) };
    if let Err(why) = recorder.append(&row) {
        tracing::warn!(%why, "the damage cannot be written down");
    }
}

/// Brings to its end what an earlier end interrupted, before anybody can change a file.
fn resume_undo(core: &Core) -> Vec<UndoReport> {
    let recorder = core.journal.recorder().filter(|recorder| recorder.has_undo_mark());
    let Some(recorder) = recorder else { return Vec::new() };
    match Undo::new(recorder, &core.mounts).resume(core.now_millis()) {
        Ok(reports) => {
            for report in &reports {
                tracing::warn!(?report, "an undoing was interrupted and has been brought to its end");
            }
            reports
        }
        Err(why) => {
            tracing::warn!(%why, "an undoing that was interrupted could not be brought to its end");
            Vec::new()
        }
    }
}

/// Process 0, the parent of everything.
fn make_kernel_process(core: &Arc<Core>) -> SysResult<()> {
    let cause = core.observer.open_cause(CauseSpec::new(CauseKind::System, "boot"));
    let new = NewProcess {
        name: "kernel".into(),
        app: None,
        kind: ProcessKind::System,
        capabilities: Vec::new(),
        parent: Pid::KERNEL,
        cause,
    };
    let birth = Birth::reserve(&core.processes)?;
    let policy = Policy::new(Capability::of_shell())?;
    birth.identify(&new, policy, core.environment.clone(), home()?, core.now_millis()).publish().map(drop)
}

fn home() -> SysResult<VPath> {
    VPath::parse("/home")
}

/// Makes a process without a program of the host.
pub(crate) fn spawn(core: &Arc<Core>, new: &NewProcess) -> SysResult<Arc<Process>> {
    let birth = prepare(core, new)?;
    let process = birth.publish()?;
    tell_start(core, &process, Vec::new());
    core.note_kept_answers(&process);
    Ok(process)
}

/// Takes a slot and fills it; nobody sees the process yet.
pub(crate) fn prepare<'a>(
    core: &'a Arc<Core>,
    new: &NewProcess,
) -> SysResult<Birth<'a, crate::process::Initializing>> {
    prepare_since(core, new, core.now_millis())
}

/// The same for one that began some time ago, milliseconds since the Unix epoch.
pub(crate) fn prepare_since<'a>(
    core: &'a Arc<Core>,
    new: &NewProcess,
    started_millis: u64,
) -> SysResult<Birth<'a, crate::process::Initializing>> {
    let parent = core.processes.get(new.parent)?;
    if !parent.is_alive() || core.closing.load(Ordering::Acquire) {
        return Err(abi::SysError::new(abi::Errno::ESRCH, format!("process {} has ended", new.parent)));
    }
    let policy = match parent.pid() {
        // The kernel grants; it is nobody's child and has every right to give.
        Pid::KERNEL => Policy::new(new.capabilities.clone())?,
        _ => parent.policy().for_child(new.capabilities.clone())?,
    };
    let policy = core.with_kept_answers(new.app.as_deref(), &parent, policy);
    let birth = Birth::reserve(&core.processes)?;
    Ok(birth.identify(new, policy, parent.environment(), parent.working_dir(), started_millis))
}

/// Tells that a process is there, with the arguments of its program where it has one.
pub(crate) fn tell_start(core: &Core, process: &Process, argv: Vec<String>) {
    let detail = match process.host() {
        Some(host) => json!({
            "argv": short_argv(argv), "host_pid": host.host_pid(), "sandbox": process.sandboxed(),
        }),
        None => serde_json::Value::Null,
    };
    tell_begin(core, process, RowKind::ProcessStart, detail);
}

/// Tells that a process is there, and how it came to be.
pub(crate) fn tell_begin(core: &Core, process: &Process, kind: RowKind, detail: serde_json::Value) {
    let identity = process.identity();
    let event = NewEvent {
        a: identity.parent.unwrap_or(Pid::KERNEL).0,
        b: process.host().map_or(0, |host| u64::from(host.host_pid().unsigned_abs())),
        label: core.observer.label(&identity.name),
        ..NewEvent::new(core.kinds.process_started, Severity::Info, identity.pid, identity.cause)
    };
    core.observer.emit(event);
    let mut row = core.journal_row(identity, identity.cause, kind, &identity.name);
    row.detail = detail;
    if let Err(why) = core.journal.append(&row) {
        core.journal_failed(&why);
    }
}

/// As many arguments as have room in a row.
fn short_argv(argv: Vec<String>) -> Vec<String> {
    const MOST_BYTES: usize = 16 * 1024;
    let mut room = MOST_BYTES;
    let fits = |arg: &String| {
        let left = room.checked_sub(arg.len());
        room = left.unwrap_or(0);
        left.is_some()
    };
    argv.into_iter().take_while(fits).collect()
}

/// Counts what runs left whose programs ended when nobody was there to count.
async fn count_runs(core: Weak<Core>) {
    let count = move || {
        if let Some(core) = core.upgrade() {
            core.runs.look_at_ended(&core);
        }
    };
    // A panic in there is logged by the runtime; who looks at a run counts it, too.
    let _ = tokio::task::spawn_blocking(count).await;
}

/// Forgets what nobody collected.
async fn sweep(core: Weak<Core>) {
    loop {
        tokio::time::sleep(SWEEP_PERIOD).await;
        let Some(core) = core.upgrade() else { return };
        core.tasks.sweep();
    }
}

/// Takes away what is left of the networks of programs that are gone.
fn sweep_networks(core: &Core) {
    let held = core.held.as_ref().map(|held| held.folder().list()).unwrap_or_default();
    let places = held.iter().filter_map(|info| Note::of(info).claim?.place.proxy().map(str::to_owned));
    core.proxies.sweep(&places.collect::<Vec<_>>());
    core.networks.sweep();
}

/// Takes figures of host processes after somebody asked for them, at most about once a second.
async fn sample_usage(core: Weak<Core>) {
    loop {
        {
            let Some(core) = core.upgrade() else { return };
            core.usage_wanted.notified().await;
            let hosts: Vec<_> =
                core.processes.all().iter().filter_map(|process| process.host().cloned()).collect();
            let roots: Vec<i32> = hosts.iter().map(|host| host.host_pid()).collect();
            if !roots.is_empty()
                && let Ok(usages) = tokio::task::spawn_blocking(move || crate::host::sample(&roots)).await
            {
                for (host, usage) in hosts.iter().zip(usages) {
                    host.set_usage(usage);
                }
            }
        }
        tokio::time::sleep(USAGE_PERIOD).await;
    }
}

/// Notices the end of a process's program, without a thread.
pub(crate) fn watch(core: &Arc<Core>, process: Arc<Process>) -> SysResult<()> {
    let Some(host) = process.host().cloned() else { return Ok(()) };
    let io_error =
        |why: std::io::Error| abi::SysError::new(abi::Errno::EIO, format!("the host answered {why}"));
    let end = host.end_descriptor().map_err(io_error)?;
    let end = {
        let _runtime = core.runtime().enter();
        crate::host::readable(Arc::new(end)).map_err(io_error)?
    };
    let core = Arc::downgrade(core);
    let Some(runtime) = core.upgrade().map(|core| core.runtime().clone()) else { return Ok(()) };
    runtime.spawn(async move {
        let exit = loop {
            let Ok(mut ready) = end.readable().await else { return };
            match host.try_wait() {
                Ok(Some(exit)) => break exit,
                // A holder that has said a part only; the rest makes it readable again.
                Ok(None) if host.held_id().is_some() => ready.clear_ready(),
                Ok(None) => tokio::task::yield_now().await,
                // Somebody else reaped it. How it ended is not known.
                Err(why) => {
                    tracing::warn!(%why, host_pid = host.host_pid(), "the end of a process could not be read");
                    break Exit::Code(-1);
                }
            }
        };
        let Some(core) = core.upgrade() else { return };
        // Ending signals what is left of the session, which reads /proc.
        let end = move || {
            let run = core.runs.of_process(process.pid());
            core.end(&process, exit);
            match run {
                Some(run) => cow::settle(&core, &run),
                // It may have ended while it was being tied to one.
                None => core.runs.look_at_ended(&core),
            }
        };
        let _ = tokio::task::spawn_blocking(end).await;
    });
    Ok(())
}
