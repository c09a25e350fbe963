//! The one way to the kernel. A caller handle is a process plus the cause it acts for.
//!
//! Off the UI thread a handle dispatches Instant and HostIo rows directly. The UI thread holds a
//! [`UiCaller`], whose `call` takes Instant rows only (the type system says so); everything that
//! may touch the host goes through `submit` and is polled in a later frame.

use crate::{
    Call, CauseId, CauseSpec, Errno, Pid, Reply, SysError, SysResult, Syscall, TaskId,
    table::{Instant, Row},
};
use std::{any::Any, marker::PhantomData, sync::Arc};

/// A process's handle on the kernel. Cheap to clone behind its `Arc`.
pub trait Syscalls: Send + Sync {
    /// The process that calls.
    fn pid(&self) -> Pid;
    /// The cause it acts for.
    fn cause(&self) -> CauseId;
    /// The same process, acting for another cause.
    fn with_cause(&self, cause: CauseId) -> Arc<dyn Syscalls>;
    /// Opens a cause; use it with [`Syscalls::with_cause`].
    fn open_cause(&self, spec: CauseSpec) -> CauseId;
    /// Runs a call now, on this thread.
    fn dispatch(&self, call: Call) -> SysResult<Reply>;
    /// Runs a call on the kernel's pool. `EAGAIN` when the process has too many under way.
    fn submit(&self, call: Call) -> SysResult<TaskId>;
    /// Takes the result of a submitted call once; `None` while it is under way.
    fn poll(&self, task: TaskId) -> Option<SysResult<Reply>>;
    /// Runs the call in a slot of this row now, on this thread, and leaves its reply there. Whoever knows the
    /// rows' types does it without building a [`Call`].
    fn run(&self, _row: &'static Row, slot: &mut dyn AnySlot) {
        if let Some(call) = slot.take() {
            slot.put(self.dispatch(call));
        }
    }
}

/// A typed call and then its reply, on the way through a handle that does not name its type.
pub struct Slot<C: Syscall> {
    call: Option<C>,
    reply: Option<SysResult<C::Reply>>,
}

impl<C: Syscall> Slot<C> {
    /// Runs the call, if it was not run yet.
    #[inline]
    pub fn run(&mut self, run: impl FnOnce(C) -> SysResult<C::Reply>) {
        if let Some(call) = self.call.take() {
            self.reply = Some(run(call));
        }
    }
}

/// A [`Slot`] of some row.
pub trait AnySlot {
    /// The call, once.
    fn take(&mut self) -> Option<Call>;
    /// Its reply.
    fn put(&mut self, reply: SysResult<Reply>);
    /// The [`Slot`] itself, for whoever knows its row.
    fn as_any(&mut self) -> &mut dyn Any;
}

impl<C: Syscall> AnySlot for Slot<C> {
    fn take(&mut self) -> Option<Call> {
        self.call.take().map(Into::into)
    }

    fn put(&mut self, reply: SysResult<Reply>) {
        self.reply = Some(reply.map(C::unwrap_reply));
    }

    fn as_any(&mut self) -> &mut dyn Any {
        self
    }
}

impl dyn Syscalls {
    /// Runs a typed call now, on this thread.
    ///
    /// # Errors
    /// Those of the row.
    pub fn call<C: Syscall>(&self, call: C) -> SysResult<C::Reply> {
        let mut slot = Slot { call: Some(call), reply: None };
        self.run(C::ROW, &mut slot);
        slot.reply.unwrap_or_else(|| Err(SysError::new(Errno::ENOSYS, format!("{}: not run", C::ROW.name))))
    }
}

/// The UI thread's handle: it can wait for nothing.
#[derive(Clone)]
pub struct UiCaller(Arc<dyn Syscalls>);

impl UiCaller {
    /// Wraps a handle for use on the UI thread.
    #[must_use]
    pub fn new(syscalls: Arc<dyn Syscalls>) -> Self {
        UiCaller(syscalls)
    }

    /// The process that calls.
    #[must_use]
    pub fn pid(&self) -> Pid {
        self.0.pid()
    }

    /// The cause it acts for.
    #[must_use]
    pub fn cause(&self) -> CauseId {
        self.0.cause()
    }

    /// The same process, acting for another cause.
    #[must_use]
    pub fn with_cause(&self, cause: CauseId) -> Self {
        UiCaller(self.0.with_cause(cause))
    }

    /// Opens a cause.
    #[must_use]
    pub fn open_cause(&self, spec: CauseSpec) -> CauseId {
        self.0.open_cause(spec)
    }

    /// Runs a call that only touches memory.
    ///
    /// # Errors
    /// Those of the row.
    pub fn call<C: Syscall<Class = Instant>>(&self, call: C) -> SysResult<C::Reply> {
        self.0.call(call)
    }

    /// Starts a call on the kernel's pool.
    ///
    /// # Errors
    /// `EAGAIN` when too many are under way.
    pub fn submit<C: Syscall>(&self, call: C) -> SysResult<Pending<C>> {
        let task = self.0.submit(call.into())?;
        Ok(Pending { task, syscalls: self.0.clone(), call: PhantomData })
    }

    /// The untyped handle, to hand to a worker that runs off the UI thread.
    #[must_use]
    pub fn handle(&self) -> Arc<dyn Syscalls> {
        self.0.clone()
    }
}

/// A submitted call; ask it once a frame.
pub struct Pending<C> {
    task: TaskId,
    syscalls: Arc<dyn Syscalls>,
    call: PhantomData<fn() -> C>,
}

impl<C: Syscall> Pending<C> {
    /// The result, once; `None` while the call is under way.
    pub fn poll(&self) -> Option<SysResult<C::Reply>> {
        self.syscalls.poll(self.task).map(|result| result.map(C::unwrap_reply))
    }

    /// The task behind it.
    #[must_use]
    pub fn task(&self) -> TaskId {
        self.task
    }
}
