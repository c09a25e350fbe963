//! A bug of ours in a handler ends the process that called, and nothing else.
//!
//! A handler that panics is caught here. The caller gets `EIO`, an event and a row `fault` say what happened, and the
//! process is ended like one that aborted: what it was in the middle of may be half done, so it must not go on. The
//! one exception is a process that the kernel was started for (the desktop's shell): everything would end with it, so
//! it is told and goes on.

use crate::{caller::Caller, journal::RowKind, observe::NewEvent, text::cut};
use abi::{
    Errno, Pid, SysError, SysResult, Syscall, Syscalls,
    table::{Exit, ProcessKind, Severity},
};
use nix::libc;
use std::{
    any::Any,
    future::Future,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::pin,
    task::Poll,
};

/// Longest text of a panic that is told, bytes.
const MAX_TEXT: usize = 500;

/// Runs a handler. Locks that it held survive it (see `sync`), everything else it touched is its caller's.
#[inline]
pub(super) fn guarded<C: Syscall, T>(
    caller: &Caller,
    handler: impl FnOnce() -> SysResult<T>,
) -> SysResult<T> {
    catch_unwind(AssertUnwindSafe(handler)).unwrap_or_else(|panic| Err(ended::<C>(caller, &*panic)))
}

/// The same for a handler that waits.
pub(super) async fn guarded_wait<C: Syscall, T>(
    caller: &Caller,
    handler: impl Future<Output = SysResult<T>>,
) -> SysResult<T> {
    let mut handler = pin!(handler);
    std::future::poll_fn(|context| match catch_unwind(AssertUnwindSafe(|| handler.as_mut().poll(context))) {
        Ok(poll) => poll,
        Err(panic) => Poll::Ready(Err(ended::<C>(caller, &*panic))),
    })
    .await
}

#[cold]
#[inline(never)]
fn ended<C: Syscall>(caller: &Caller, panic: &(dyn Any + Send)) -> SysError {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "a panic".into());
    let text = cut(&text, MAX_TEXT);
    let (core, process) = (caller.core(), caller.process());
    let name = C::ROW.name;
    tracing::error!(call = name, pid = %process.pid(), panic = %text, "a handler panicked; its caller is ended");
    let event = NewEvent {
        a: u64::from(C::ROW.number),
        label: core.observer.label(name),
        ..NewEvent::new(core.kinds.fault, Severity::Error, process.pid(), caller.cause())
    };
    core.observer.emit(event);
    let mut row = core.journal_row(process.identity(), caller.cause(), RowKind::Fault, name);
    name.clone_into(&mut row.call);
    row.detail = text.clone().into();
    if let Err(why) = core.journal.append(&row) {
        core.journal_failed(&why);
    }
    let identity = process.identity();
    let is_shell = identity.kind == ProcessKind::System && identity.parent == Some(Pid::KERNEL);
    if !is_shell {
        core.end(process, Exit::Signal(libc::SIGABRT));
    }
    SysError::new(Errno::EIO, format!("{name} failed inside the kernel: {text}"))
}
