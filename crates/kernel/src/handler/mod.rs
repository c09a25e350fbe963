//! The handlers: one per row, each doing exactly what the row's manual says. What may be done was settled
//! at the door, and what was done is counted there.

mod descriptor;
mod file;
mod history;
mod mapping;
mod memory;
mod metadata;
pub(crate) mod mount;
mod observe;
mod pipe;
mod poll;
mod process;
mod program;
mod queue;
mod security;
mod shm;
mod system;
mod task;
mod time;
mod trash;

use crate::{caller::Caller, process::Process};
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

/// Waits for `future`, at most `timeout_millis`. The deadline is computed once.
async fn within<T>(timeout_millis: Option<u64>, what: &str, future: impl Future<Output = T>) -> SysResult<T> {
    let Some(millis) = timeout_millis else { return Ok(future.await) };
    let timeout = Duration::from_millis(millis.min(MAX_WAIT_MILLIS));
    let late = |_| SysError::new(Errno::ETIMEDOUT, format!("{what}: nothing within {millis} ms"));
    tokio::time::timeout(timeout, future).await.map_err(late)
}
