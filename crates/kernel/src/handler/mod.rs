//! The handlers: one per row, each doing exactly what the row's manual says. What may be done was settled
//! at the door, and what was done is counted there.

mod batch;
mod connection;
mod descriptor;
mod file;
mod held;
mod history;
mod inherit;
mod mapping;
mod memory;
mod metadata;
pub(crate) mod mount;
mod network;
mod observe;
mod pipe;
mod poll;
mod process;
mod program;
mod queue;
mod review;
mod security;
mod shm;
mod signal;
mod socket;
mod stream;
mod system;
mod task;
mod time;
mod trash;
mod watch;

use crate::{
    bell::Bell,
    caller::Caller,
    door::unless_interrupted,
    process::Process,
    task::{block_on, block_on_for},
};
use abi::{Errno, Pid, SysError, SysResult};
use std::{future::Future, sync::Arc, time::Duration};

/// Longest wait that a call can ask for: a day.
const MAX_WAIT_MILLIS: u64 = 24 * 60 * 60 * 1000;

/// The process that a call is about: the one it names, else the caller.
fn subject(caller: &Caller, pid: Option<Pid>) -> SysResult<Arc<Process>> {
    match pid {
        None => Ok(caller.process().clone()),
        Some(pid) => caller.core().processes.get(pid),
    }
}

/// As [`within`], on this thread: it looks a while, then parks. For futures without timers. A signal that the caller
/// handles ends it with `EINTR`.
fn within_here<T>(
    caller: &Caller,
    timeout_millis: Option<u64>,
    what: &str,
    bell: &Bell,
    look: impl FnMut() -> Option<SysResult<T>>,
    future: impl Future<Output = SysResult<T>>,
) -> SysResult<T> {
    if let Some(found) = bell.spin(look) {
        return found;
    }
    let future = unless_interrupted(caller.process(), what, future);
    let Some(millis) = timeout_millis else { return block_on(future) };
    let found = block_on_for(future, Duration::from_millis(millis.min(MAX_WAIT_MILLIS)));
    found.unwrap_or_else(|| Err(late(what, millis)))
}

#[cold]
fn late(what: &str, millis: u64) -> SysError {
    SysError::new(Errno::ETIMEDOUT, format!("{what}: nothing within {millis} ms"))
}

/// Waits for `future`, at most `timeout_millis`. The deadline is computed once.
async fn within<T>(timeout_millis: Option<u64>, what: &str, future: impl Future<Output = T>) -> SysResult<T> {
    let Some(millis) = timeout_millis else { return Ok(future.await) };
    let timeout = Duration::from_millis(millis.min(MAX_WAIT_MILLIS));
    tokio::time::timeout(timeout, future).await.map_err(|_| late(what, millis))
}
