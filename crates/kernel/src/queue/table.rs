//! All queues, by number and by name.

use super::{
    Queue,
    channel::{NewQueue, check_capacity},
};
use crate::{
    registry::Registry,
    sync::{read, write},
};
use abi::{Errno, Pid, QueueId, SysError, SysResult, table::QueueStats};
use std::{
    collections::HashMap,
    sync::{
        Arc, RwLock,
        atomic::{AtomicU64, Ordering},
    },
};

/// Queues of all processes together.
const MAX_QUEUES: usize = 16_384;
/// Queues that one process may own where its limits say nothing.
pub(crate) const DEFAULT_PER_PROCESS: u32 = 1_024;
/// Longest name, bytes.
const MAX_NAME: usize = 255;

/// The table of queues.
pub(crate) struct Queues {
    queues: Registry<Queue>,
    names: RwLock<HashMap<String, QueueId>>,
    total: Arc<AtomicU64>,
}

impl Default for Queues {
    fn default() -> Self {
        Queues { queues: Registry::new(MAX_QUEUES), names: RwLock::default(), total: Arc::default() }
    }
}

impl Queues {
    /// Makes a queue. `most` is how many its owner may have.
    pub(crate) fn create(&self, owner: Pid, new: NewQueue, most: u32) -> SysResult<QueueId> {
        if new.name.is_empty() || new.name.len() > MAX_NAME {
            return Err(SysError::new(Errno::EINVAL, format!("a queue's name has 1 to {MAX_NAME} bytes")));
        }
        check_capacity(new.capacity)?;
        let name = new.name.clone();
        let mut names = write(&self.names);
        if names.contains_key(&name) {
            return Err(SysError::new(Errno::EEXIST, format!("there is a queue {name} already")));
        }
        let queue = self.queues.insert(
            |queues, is_full| {
                let owned = queues.filter(|queue| queue.owner() == owner).count();
                if is_full || owned >= most as usize {
                    let detail = format!("process {owner} owns {owned} queues already");
                    return Err(SysError::new(Errno::EMFILE, detail));
                }
                Ok(())
            },
            |id| Queue::new(QueueId(id), owner, new, self.total.clone()),
        )?;
        names.insert(name, queue.id());
        Ok(queue.id())
    }

    /// The queue with this number.
    #[inline]
    pub(crate) fn get(&self, id: QueueId) -> SysResult<Arc<Queue>> {
        let none = || SysError::new(Errno::EBADF, format!("there is no queue {id}"));
        self.queues.get(id.0).ok_or_else(none)
    }

    /// The queue with this name.
    pub(crate) fn open(&self, name: &str) -> SysResult<QueueId> {
        let found = read(&self.names).get(name).copied();
        found.ok_or_else(|| SysError::new(Errno::ENOENT, format!("there is no queue {name}")))
    }

    fn get_owned(&self, pid: Pid, id: QueueId) -> SysResult<Arc<Queue>> {
        let queue = self.get(id)?;
        let owner = queue.owner();
        if owner == pid {
            return Ok(queue);
        }
        Err(queue.error(Errno::EPERM, &format!("it belongs to process {owner}, not to {pid}")))
    }

    /// Ends a subscription.
    pub(crate) fn unsubscribe(&self, pid: Pid, id: QueueId) -> SysResult<()> {
        let queue = self.get(id)?;
        if queue.unsubscribe(pid) {
            return Ok(());
        }
        Err(queue.error(Errno::ENOENT, &format!("process {pid} is not subscribed")))
    }

    /// Ends sending. Only the owner may.
    pub(crate) fn close(&self, pid: Pid, id: QueueId) -> SysResult<()> {
        self.get_owned(pid, id)?.close();
        Ok(())
    }

    /// Removes a queue with what is in it. Only the owner may.
    pub(crate) fn destroy(&self, pid: Pid, id: QueueId) -> SysResult<()> {
        self.remove(&*self.get_owned(pid, id)?);
        Ok(())
    }

    fn remove(&self, queue: &Queue) {
        {
            let mut names = write(&self.names);
            // Two who remove one queue: only the first may take the name, which may be another's by then.
            if self.queues.remove(queue.id().0).is_some() {
                names.remove(queue.name());
            }
        }
        queue.destroy();
    }

    /// Removes what a process owns and ends its subscriptions; says how many queues that concerned. Whoever of
    /// it waits elsewhere is woken.
    pub(crate) fn release(&self, pid: Pid) -> usize {
        let mut concerned = 0;
        for queue in self.queues.all() {
            if queue.owner() == pid {
                self.remove(&queue);
                concerned += 1;
            } else {
                concerned += usize::from(queue.unsubscribe(pid));
            }
        }
        concerned
    }

    /// Queues that a process owns or is subscribed to, and the bytes that wait in those it owns.
    pub(crate) fn usage(&self, pid: Pid) -> (u32, u64) {
        self.queues.all().iter().fold((0, 0), |(count, bytes), queue| {
            let owned = queue.owner() == pid;
            let concerned = owned || queue.is_subscribed(pid);
            (count + u32::from(concerned), bytes + if owned { queue.bytes() } else { 0 })
        })
    }

    /// The owner of each and the memory it has for it, bytes.
    pub(crate) fn owned_bytes(&self) -> Vec<(Pid, u64)> {
        self.queues.all().iter().map(|queue| (queue.owner(), queue.bytes())).collect()
    }

    /// All queues and the bytes that wait in them.
    pub(crate) fn totals(&self) -> (u32, u64) {
        (self.queues.count(), self.total.load(Ordering::Relaxed))
    }

    /// State and totals of all.
    pub(crate) fn list(&self) -> Vec<QueueStats> {
        self.queues.all().iter().map(|queue| queue.stats()).collect()
    }
}
