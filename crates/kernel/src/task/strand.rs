//! Jobs that must run one after the other: writes to the same descriptor of the same process.
//!
//! **Invariant**: a strand is in the table while, and only while, a thread works through it.

use crate::sync::lock;
use abi::{Fd, Pid};
use std::{
    collections::{HashMap, VecDeque},
    sync::Mutex,
};

/// Jobs of one strand that may wait, where whoever adds them is to be slowed down.
pub(crate) const MAX_STRAND: usize = 64;

/// A piece of work for the pool.
pub(crate) type Job = Box<dyn FnOnce() + Send>;

/// All strands at work.
#[derive(Default)]
pub(crate) struct Strands {
    strands: Mutex<HashMap<(Pid, Fd), VecDeque<Job>>>,
}

impl Strands {
    /// Puts a job at the end of its strand. True when the caller must have [`Strands::work`] run.
    pub(super) fn push(&self, key: (Pid, Fd), job: Job) -> bool {
        let mut strands = lock(&self.strands);
        let is_new = !strands.contains_key(&key);
        strands.entry(key).or_default().push_back(job);
        is_new
    }

    /// Jobs of a strand that wait.
    pub(super) fn waiting(&self, key: (Pid, Fd)) -> usize {
        lock(&self.strands).get(&key).map_or(0, VecDeque::len)
    }

    /// Runs the jobs of a strand until there are none.
    pub(super) fn work(&self, key: (Pid, Fd)) {
        loop {
            let job = {
                let mut strands = lock(&self.strands);
                match strands.get_mut(&key).and_then(VecDeque::pop_front) {
                    Some(job) => job,
                    None => {
                        strands.remove(&key);
                        return;
                    }
                }
            };
            job();
        }
    }
}
