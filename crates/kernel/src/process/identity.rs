//! One process: its identity, its rights, its books.

use super::NewProcess;
use crate::{
    confine::without,
    fd::Descriptors,
    gate::Policy,
    host::{HostProcess, Lineage},
    signal::Signals,
    sync::{lock, read, write},
    task::Parked,
    vfs::VPath,
};
use abi::{
    Capability, CauseId, Errno, Pid, SysError, SysResult,
    table::{EndReason, Exit, Limits, ProcessInfo, ProcessKind, ProcessState, ProcessStats, Sandboxed},
};
use sandbox::Withdrawal;
use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, OnceLock, RwLock,
        atomic::{AtomicBool, AtomicU8, AtomicU32, AtomicU64, Ordering},
    },
};
use tokio::sync::Notify;

/// Variables of one process's environment; more are refused.
const MAX_VARIABLES: usize = 1_024;
/// One variable, name and value, bytes.
const MAX_VARIABLE_BYTES: usize = 128 * 1024;

/// What never changes about a process.
#[derive(Clone, Debug)]
pub(crate) struct Identity {
    pub(crate) pid: Pid,
    pub(crate) parent: Option<Pid>,
    pub(crate) name: String,
    pub(crate) app: Option<String>,
    pub(crate) kind: ProcessKind,
    pub(crate) cause: CauseId,
    pub(crate) started_millis: u64,
}

impl Identity {
    pub(crate) fn of(new: &NewProcess, pid: Pid, started_millis: u64) -> Self {
        Identity {
            pid,
            // The first process is the kernel, which nobody started.
            parent: (pid != Pid::KERNEL).then_some(new.parent),
            name: crate::text::cut(&new.name, 200),
            app: new.app.clone(),
            kind: new.kind,
            cause: new.cause,
            started_millis,
        }
    }
}

/// That somebody decided on the end of a process.
#[derive(Clone, Debug)]
pub(crate) struct OrderedEnd {
    pub(crate) reason: EndReason,
    /// Who, by name.
    pub(crate) by: Option<String>,
}

/// A process.
pub(crate) struct Process {
    identity: Identity,
    state: AtomicU8,
    priority: AtomicU8,
    policy: RwLock<Arc<Policy>>,
    /// The policy's verbs without an object; read on the hot path.
    plain_verbs: AtomicU32,
    pub(crate) syscalls: AtomicU64,
    pub(crate) errors: AtomicU64,
    pub(crate) denied: AtomicU64,
    /// Submitted calls under way or not collected.
    pub(crate) tasks: AtomicU32,
    working_dir: RwLock<VPath>,
    environment: RwLock<BTreeMap<String, String>>,
    limits: RwLock<Limits>,
    pub(crate) descriptors: Descriptors,
    /// The host's process behind it, for kind `Host`.
    host: OnceLock<Arc<HostProcess>>,
    /// What that is held to.
    sandboxed: OnceLock<Sandboxed>,
    /// Places that were taken from its view since it began.
    withdrawn: Mutex<BTreeMap<String, Withdrawal>>,
    /// What its program started, and why.
    pub(crate) lineage: Lineage,
    exit: Mutex<Option<Exit>>,
    /// Who decided that it ends, and why.
    ordered_end: Mutex<Option<OrderedEnd>>,
    /// Told when a child ends.
    pub(crate) child_ended: Notify,
    pub(crate) signals: Signals,
    /// What it submits while it is stopped.
    pub(crate) parked: Parked,
    /// Rights that were lent for one check each, and how many there are.
    loans: Mutex<Vec<Capability>>,
    loan_count: AtomicU32,
    /// It was given something since it began.
    has_given: AtomicBool,
}

/// Rights that can be lent at once; more are refused.
const MAX_LOANS: usize = 64;

const STATES: [ProcessState; 8] = [
    ProcessState::Creating,
    ProcessState::Initializing,
    ProcessState::Ready,
    ProcessState::Running,
    ProcessState::Blocked,
    ProcessState::Stopped,
    ProcessState::Zombie,
    ProcessState::Terminated,
];

impl Process {
    pub(crate) fn new(
        identity: Identity,
        policy: Policy,
        environment: BTreeMap<String, String>,
        home: VPath,
    ) -> Self {
        Process {
            identity,
            state: AtomicU8::new(ProcessState::Creating as u8),
            priority: AtomicU8::new(5),
            plain_verbs: AtomicU32::new(policy.plain()),
            policy: RwLock::new(Arc::new(policy)),
            syscalls: AtomicU64::new(0),
            errors: AtomicU64::new(0),
            denied: AtomicU64::new(0),
            tasks: AtomicU32::new(0),
            working_dir: RwLock::new(home),
            environment: RwLock::new(environment),
            limits: RwLock::default(),
            descriptors: Descriptors::default(),
            host: OnceLock::new(),
            sandboxed: OnceLock::new(),
            withdrawn: Mutex::default(),
            lineage: Lineage::default(),
            exit: Mutex::new(None),
            ordered_end: Mutex::new(None),
            child_ended: Notify::new(),
            signals: Signals::default(),
            parked: Parked::default(),
            loans: Mutex::default(),
            loan_count: AtomicU32::new(0),
            has_given: AtomicBool::new(false),
        }
    }

    #[inline]
    pub(crate) fn pid(&self) -> Pid {
        self.identity.pid
    }

    pub(crate) fn identity(&self) -> &Identity {
        &self.identity
    }

    pub(crate) fn name(&self) -> &str {
        &self.identity.name
    }

    pub(crate) fn state(&self) -> ProcessState {
        STATES[usize::from(self.state.load(Ordering::Acquire)).min(STATES.len() - 1)]
    }

    /// The same, unless it has ended.
    pub(crate) fn set_state_if_alive(&self, state: ProcessState) {
        let change = |was: u8| (was < ProcessState::Zombie as u8).then_some(state as u8);
        let _ = self.state.fetch_update(Ordering::AcqRel, Ordering::Acquire, change);
    }

    pub(crate) fn set_state(&self, state: ProcessState) {
        self.state.store(state as u8, Ordering::Release);
    }

    /// Whether it may make calls.
    #[inline]
    pub(crate) fn is_alive(&self) -> bool {
        self.state.load(Ordering::Acquire) < ProcessState::Zombie as u8
    }

    /// Ends its life once; the first to ask does the clean-up. False when it had ended before.
    pub(crate) fn begin_end(&self, exit: Exit) -> bool {
        let was = self.state.swap(ProcessState::Zombie as u8, Ordering::AcqRel);
        if was >= ProcessState::Zombie as u8 {
            self.state.store(was, Ordering::Release);
            return false;
        }
        *lock(&self.exit) = Some(exit);
        true
    }

    /// From now on its end is somebody's decision. The last one counts.
    pub(crate) fn order_end(&self, reason: EndReason, by: Option<&str>) {
        *lock(&self.ordered_end) = Some(OrderedEnd { reason, by: by.map(str::to_owned) });
    }

    pub(crate) fn ordered_end(&self) -> Option<OrderedEnd> {
        lock(&self.ordered_end).clone()
    }

    pub(crate) fn exit(&self) -> Option<Exit> {
        *lock(&self.exit)
    }

    pub(crate) fn policy(&self) -> Arc<Policy> {
        read(&self.policy).clone()
    }

    #[inline]
    pub(crate) fn plain_verbs(&self) -> u32 {
        self.plain_verbs.load(Ordering::Acquire)
    }

    /// Changes the policy. The caller raises the gate's epoch afterwards.
    pub(crate) fn change_policy(&self, change: impl FnOnce(&Policy) -> SysResult<Policy>) -> SysResult<()> {
        let mut policy = write(&self.policy);
        let changed = change(&policy)?;
        self.plain_verbs.store(changed.plain(), Ordering::Release);
        *policy = Arc::new(changed);
        Ok(())
    }

    /// Lends a right for the next check that needs it.
    pub(crate) fn lend_once(&self, capability: Capability) -> SysResult<()> {
        let mut loans = lock(&self.loans);
        if loans.len() >= MAX_LOANS {
            return Err(SysError::new(Errno::EAGAIN, format!("{MAX_LOANS} rights are lent already")));
        }
        loans.push(capability);
        self.loan_count.fetch_add(1, Ordering::Release);
        Ok(())
    }

    /// Uses up a loan with which the policy would allow it. False when there is none.
    pub(crate) fn use_loan(&self, allows: impl Fn(&Policy) -> bool) -> bool {
        self.take_loan(allows).is_some()
    }

    /// The same, and which right it was.
    pub(crate) fn take_loan(&self, allows: impl Fn(&Policy) -> bool) -> Option<Capability> {
        if self.loan_count.load(Ordering::Acquire) == 0 {
            return None;
        }
        let policy = self.policy();
        let mut loans = lock(&self.loans);
        let fits = |loan: &Capability| policy.with(loan).is_ok_and(|policy| allows(&policy));
        let at = loans.iter().position(fits)?;
        let loan = loans.remove(at);
        self.loan_count.fetch_sub(1, Ordering::Release);
        Some(loan)
    }

    /// What is lent and waits for its check.
    pub(crate) fn loans(&self) -> Vec<Capability> {
        lock(&self.loans).clone()
    }

    /// It was given a right, whose uses are counted from now on.
    pub(crate) fn note_given(&self) {
        self.has_given.store(true, Ordering::Release);
    }

    /// Whether uses of its rights are counted.
    #[inline]
    pub(crate) fn has_given(&self) -> bool {
        self.has_given.load(Ordering::Relaxed)
    }

    /// Takes back all that was lent.
    pub(crate) fn end_loans(&self) {
        let mut loans = lock(&self.loans);
        loans.clear();
        self.loan_count.store(0, Ordering::Release);
    }

    pub(crate) fn priority(&self) -> u8 {
        self.priority.load(Ordering::Relaxed)
    }

    pub(crate) fn set_priority(&self, priority: u8) -> SysResult<()> {
        if priority > 9 {
            return Err(SysError::new(Errno::EINVAL, format!("a priority is 0 to 9, not {priority}")));
        }
        self.priority.store(priority, Ordering::Relaxed);
        if let Some(host) = self.host() {
            host.set_priority(priority);
        }
        Ok(())
    }

    pub(crate) fn working_dir(&self) -> VPath {
        read(&self.working_dir).clone()
    }

    pub(crate) fn set_working_dir(&self, path: VPath) {
        *write(&self.working_dir) = path;
    }

    pub(crate) fn variable(&self, name: &str) -> Option<String> {
        read(&self.environment).get(name).cloned()
    }

    pub(crate) fn environment(&self) -> BTreeMap<String, String> {
        read(&self.environment).clone()
    }

    pub(crate) fn set_variable(&self, name: &str, value: Option<String>) -> SysResult<()> {
        if name.is_empty() || name.contains(['=', '\0']) || value.as_ref().is_some_and(|v| v.contains('\0')) {
            let detail = format!("{name:?} is no name of a variable, or its value holds a NUL");
            return Err(SysError::new(Errno::EINVAL, detail));
        }
        let mut environment = write(&self.environment);
        let Some(value) = value else {
            environment.remove(name);
            return Ok(());
        };
        if name.len() + value.len() > MAX_VARIABLE_BYTES
            || (environment.len() >= MAX_VARIABLES && !environment.contains_key(name))
        {
            return Err(SysError::new(Errno::ENOMEM, format!("{name}: the environment is full")));
        }
        environment.insert(name.to_owned(), value);
        Ok(())
    }

    pub(crate) fn limits(&self) -> Limits {
        read(&self.limits).clone()
    }

    pub(crate) fn set_limits(&self, limits: Limits) {
        *write(&self.limits) = limits;
    }

    pub(crate) fn host(&self) -> Option<&Arc<HostProcess>> {
        self.host.get()
    }

    /// Ties it to a process of the host; once, while it is being made.
    pub(crate) fn set_host(&self, host: Arc<HostProcess>) {
        // A second one would be a bug of ours; the first stays, and the other is killed by its drop.
        let _ = self.host.set(host);
    }

    /// What its program is held to; nothing for what has none.
    pub(crate) fn sandboxed(&self) -> Option<&Sandboxed> {
        self.sandboxed.get()
    }

    /// The same as it is now, without what was taken from it while it ran.
    pub(crate) fn sandboxed_now(&self) -> Option<Sandboxed> {
        self.sandboxed().map(|told| without(told.clone(), &lock(&self.withdrawn)))
    }

    /// What was taken from its view.
    pub(crate) fn withdrawn(&self) -> BTreeMap<String, Withdrawal> {
        lock(&self.withdrawn).clone()
    }

    /// Places were taken from its view.
    pub(crate) fn note_withdrawn(&self, places: BTreeMap<String, Withdrawal>) {
        lock(&self.withdrawn).extend(places);
    }

    /// Says what its program is held to; once, while it is being made.
    pub(crate) fn set_sandboxed(&self, sandboxed: Sandboxed) {
        // As with the program itself, the first one stays.
        let _ = self.sandboxed.set(sandboxed);
    }

    pub(crate) fn info(&self, memory_bytes: u64) -> ProcessInfo {
        let usage = self.host().map(|host| host.usage()).unwrap_or_default();
        let Identity { pid, parent, name, app, kind, cause, started_millis } = self.identity.clone();
        ProcessInfo {
            pid,
            parent,
            name,
            app,
            kind,
            state: self.state(),
            priority: self.priority(),
            cause,
            host_pid: self.host().map(|host| host.host_pid()),
            cpu_time_micros: usage.cpu_time_micros,
            memory_bytes: usage.memory_bytes + memory_bytes,
            syscalls: self.syscalls.load(Ordering::Relaxed),
            started_millis,
            exit: self.exit(),
            foreground_job: None,
            sandbox: self.sandboxed().map(|sandboxed| sandboxed.level),
        }
    }

    /// Its own figures; what it holds elsewhere is left at zero.
    pub(crate) fn stats(&self, memory_bytes: u64) -> ProcessStats {
        let usage = self.host().map(|host| host.usage()).unwrap_or_default();
        ProcessStats {
            cpu_time_micros: usage.cpu_time_micros,
            memory_bytes: usage.memory_bytes + memory_bytes,
            syscalls: self.syscalls.load(Ordering::Relaxed),
            errors: self.errors.load(Ordering::Relaxed),
            denied: self.denied.load(Ordering::Relaxed),
            descriptors: self.descriptors.count(),
            tasks: self.tasks.load(Ordering::Relaxed),
            read_bytes: usage.read_bytes,
            written_bytes: usage.written_bytes,
            threads: usage.threads,
            ..ProcessStats::default()
        }
    }
}
