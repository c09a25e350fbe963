//! How far a submitted call has come: two numbers that the call sets and others read; and whether it should end,
//! which others set and a long call looks at.

use abi::table::TaskProgress;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// See the module documentation. A total of zero means that nothing was said.
#[derive(Default)]
pub(crate) struct Progress {
    done: AtomicU64,
    total: AtomicU64,
    stopped: AtomicBool,
}

impl Progress {
    pub(crate) fn set(&self, done: u64, total: u64) {
        self.total.store(total, Ordering::Relaxed);
        self.done.store(done, Ordering::Relaxed);
    }

    /// The call should come to its end: nobody wants its result any more.
    pub(crate) fn stop(&self) {
        self.stopped.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }

    pub(crate) fn get(&self) -> Option<TaskProgress> {
        let (done, total) = (self.done.load(Ordering::Relaxed), self.total.load(Ordering::Relaxed));
        (total > 0).then_some(TaskProgress { done, total })
    }
}
