//! Submitted calls of a stopped process, in their order, until it goes on.
//!
//! **Lock order**: this lock, then the table of tasks; the latter is never held when this one is taken.

use crate::{caller::Caller, sync::lock};
use abi::{Call, TaskId};
use std::sync::Mutex;

/// What a stopped process has submitted. How much that can be is bounded by its limit on tasks.
#[derive(Default)]
pub(crate) struct Parked {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    is_stopped: bool,
    calls: Vec<(Caller, Call, TaskId)>,
}

impl Parked {
    /// Keeps what comes from now on.
    pub(crate) fn stop(&self) {
        lock(&self.state).is_stopped = true;
    }

    /// Keeps a call of a stopped process; gives that of another back.
    pub(crate) fn keep(&self, caller: &Caller, call: Call, task: TaskId) -> Option<Call> {
        let mut state = lock(&self.state);
        if !state.is_stopped {
            return Some(call);
        }
        state.calls.push((caller.clone(), call, task));
        None
    }

    /// Starts what was kept. What is submitted meanwhile comes after it.
    pub(crate) fn go_on(&self, mut start: impl FnMut(Caller, Call, TaskId)) {
        let mut state = lock(&self.state);
        state.is_stopped = false;
        for (caller, call, task) in std::mem::take(&mut state.calls) {
            start(caller, call, task);
        }
    }

    /// Forgets all of it, as the process ends.
    pub(crate) fn forget(&self) {
        let calls = std::mem::take(&mut lock(&self.state).calls);
        // A caller may be the last to hold its process.
        drop(calls);
    }
}
