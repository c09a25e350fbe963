//! A process with the cause it acts for: what everybody outside the kernel holds.

use crate::{
    core::Core,
    door::{self, Handle},
    process::Process,
    task::Progress,
};
use abi::{AnySlot, Call, CauseId, CauseSpec, Pid, Reply, SysResult, Syscalls, TaskId, table::Row};
use std::sync::Arc;

/// The kernel's [`Syscalls`]. [`Caller::call`] is the statically dispatched form: no enum is built.
#[derive(Clone)]
pub struct Caller {
    core: Arc<Core>,
    process: Arc<Process>,
    cause: CauseId,
    /// Where a submitted call says how far it has come.
    progress: Option<Arc<Progress>>,
}

impl Caller {
    pub(crate) fn new(core: Arc<Core>, process: Arc<Process>, cause: CauseId) -> Self {
        Caller { core, process, cause, progress: None }
    }

    /// The same, whose calls say how far they have come.
    pub(crate) fn with_progress(&self, progress: Arc<Progress>) -> Self {
        Caller { progress: Some(progress), ..self.clone() }
    }

    /// The same without a place to say it: for calls that are parts of another.
    pub(crate) fn without_progress(&self) -> Self {
        Caller { progress: None, ..self.clone() }
    }

    /// Says how far the call has come, where somebody may ask.
    pub(crate) fn tell_progress(&self, done: u64, total: u64) {
        if let Some(progress) = &self.progress {
            progress.set(done, total);
        }
    }

    /// Whether a long call should end: its process has, or somebody cancelled it.
    pub(crate) fn should_stop(&self) -> bool {
        !self.process.is_alive() || self.progress.as_ref().is_some_and(|progress| progress.is_stopped())
    }

    #[inline]
    pub(crate) fn core(&self) -> &Arc<Core> {
        &self.core
    }

    #[inline]
    pub(crate) fn process(&self) -> &Arc<Process> {
        &self.process
    }

    /// Runs a typed call now, on this thread.
    ///
    /// # Errors
    /// Those of the row.
    #[inline]
    #[allow(private_bounds, reason = "every row has a handler; the trait is how the door finds it")]
    pub fn call<C: Handle>(&self, call: C) -> SysResult<C::Reply> {
        door::enter(self, call)
    }
}

impl Syscalls for Caller {
    fn pid(&self) -> Pid {
        self.process.pid()
    }

    fn cause(&self) -> CauseId {
        self.cause
    }

    fn with_cause(&self, cause: CauseId) -> Arc<dyn Syscalls> {
        Arc::new(Caller { core: self.core.clone(), process: self.process.clone(), cause, progress: None })
    }

    fn open_cause(&self, spec: CauseSpec) -> CauseId {
        self.core.observer.open_cause(spec)
    }

    fn dispatch(&self, call: Call) -> SysResult<Reply> {
        door::dispatch(self, call)
    }

    fn submit(&self, call: Call) -> SysResult<TaskId> {
        self.core.tasks.submit(self, call)
    }

    fn run(&self, row: &'static Row, slot: &mut dyn AnySlot) {
        door::run_slot(self, row, slot);
    }

    fn poll(&self, task: TaskId) -> Option<SysResult<Reply>> {
        self.core.tasks.poll(self.process.pid(), task)
    }
}
