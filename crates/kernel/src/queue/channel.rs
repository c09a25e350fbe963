//! One queue.

use super::Lane;
use crate::{bell::Bell, sync::whole};
use abi::{
    CauseId, Errno, Pid, QueueId, SharedBytes, SysError, SysResult,
    table::{Message, QueueKind, QueueOverflow, QueueStats, SubscriberStats},
};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, atomic::AtomicU64},
};

/// Largest message, bytes.
const MAX_MESSAGE: usize = 16 * 1024 * 1024;
/// Most messages that may wait for one receiver.
pub(super) const MAX_CAPACITY: u32 = 65_536;
/// Subscribers of one queue.
const MAX_SUBSCRIBERS: usize = 1_024;

/// A queue of messages.
pub(crate) struct Queue {
    id: QueueId,
    name: String,
    kind: QueueKind,
    owner: Pid,
    capacity: u32,
    overflow: QueueOverflow,
    /// Bytes that wait in all queues.
    total: Arc<AtomicU64>,
    state: Mutex<State>,
    changed: Bell,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Open,
    /// Nothing can be sent any more.
    Closed,
    /// It was destroyed; whoever still has it learns so.
    Gone,
    /// A call panicked inside it: what waits may be anything, so it was let go of.
    Failed,
}

struct State {
    phase: Phase,
    sequence: u64,
    received: u64,
    /// Dropped by lanes that are no more.
    dropped_before: u64,
    receivers: Receivers,
}

enum Receivers {
    /// Whoever comes first.
    Any(Lane),
    Subscribed(BTreeMap<Pid, Lane>),
}

/// What a queue is made of.
pub(crate) struct NewQueue {
    pub(crate) name: String,
    pub(crate) kind: QueueKind,
    pub(crate) capacity: u32,
    pub(crate) overflow: QueueOverflow,
}

impl Queue {
    pub(super) fn new(id: QueueId, owner: Pid, new: NewQueue, total: Arc<AtomicU64>) -> Self {
        let NewQueue { name, kind, capacity, overflow } = new;
        let receivers = match kind {
            QueueKind::PubSub => Receivers::Subscribed(BTreeMap::new()),
            QueueKind::Fifo | QueueKind::Priority => {
                Receivers::Any(Lane::new(kind, capacity, overflow, total.clone()))
            }
        };
        let state = State { phase: Phase::Open, sequence: 0, received: 0, dropped_before: 0, receivers };
        Queue {
            id,
            name,
            kind,
            owner,
            capacity,
            overflow,
            total,
            state: Mutex::new(state),
            changed: Bell::default(),
        }
    }

    pub(super) fn id(&self) -> QueueId {
        self.id
    }

    /// What rights are about.
    #[inline]
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Rings after every change.
    pub(crate) fn changed(&self) -> &Bell {
        &self.changed
    }

    pub(super) fn owner(&self) -> Pid {
        self.owner
    }

    #[cold]
    pub(super) fn error(&self, errno: Errno, what: &str) -> SysError {
        SysError::new(errno, format!("queue {} ({}): {what}", self.id, self.name))
    }

    #[cold]
    fn gone(&self, phase: Phase) -> SysError {
        let what =
            if phase == Phase::Failed { "it failed: a call panicked inside it" } else { "it was destroyed" };
        self.error(Errno::EBADF, what)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        let (mut state, is_whole) = whole(&self.state);
        if !is_whole {
            state.phase = Phase::Failed;
            state.receivers = Receivers::Subscribed(BTreeMap::new());
            // Whoever waits learns it.
            self.changed.ring();
        }
        state
    }

    /// Sends a message; says for how many it was put in.
    pub(crate) fn send(
        &self,
        sender: Pid,
        cause: CauseId,
        data: SharedBytes,
        priority: u8,
    ) -> SysResult<u32> {
        if data.len() > MAX_MESSAGE {
            let what = format!("a message is at most {MAX_MESSAGE} bytes, not {}", data.len());
            return Err(self.error(Errno::EFBIG, &what));
        }
        let mut state = self.state();
        match state.phase {
            Phase::Open => {}
            Phase::Closed => return Err(self.error(Errno::EPIPE, "it was closed")),
            phase @ (Phase::Gone | Phase::Failed) => return Err(self.gone(phase)),
        }
        let message = Message { sequence: state.sequence, sender, cause, priority, data, dropped: 0 };
        let sent = match &mut state.receivers {
            Receivers::Any(lane) => {
                if !lane.accepts(&message) {
                    drop(state);
                    return Err(self.error(Errno::EAGAIN, "full"));
                }
                u32::from(lane.push(message))
            }
            Receivers::Subscribed(lanes) => {
                // All or nobody: who is told that it was refused may send it again.
                if let Some((pid, _)) = lanes.iter().find(|(_, lane)| !lane.accepts(&message)) {
                    let what = format!("full for subscriber {pid}");
                    drop(state);
                    return Err(self.error(Errno::EAGAIN, &what));
                }
                lanes.values_mut().map(|lane| u32::from(lane.push(message.clone()))).sum()
            }
        };
        state.sequence += 1;
        drop(state);
        self.changed.ring();
        Ok(sent)
    }

    /// Takes the next message for a process; `None` when there is none yet.
    pub(crate) fn try_receive(&self, pid: Pid) -> Option<SysResult<Message>> {
        let mut state = self.state();
        if let phase @ (Phase::Gone | Phase::Failed) = state.phase {
            return Some(Err(self.gone(phase)));
        }
        let lane = match &mut state.receivers {
            Receivers::Any(lane) => Some(lane),
            Receivers::Subscribed(lanes) => lanes.get_mut(&pid),
        };
        let Some(lane) = lane else {
            return Some(Err(self.error(Errno::EPERM, &format!("process {pid} is not subscribed"))));
        };
        if let Some(message) = lane.pop() {
            state.received += 1;
            return Some(Ok(message));
        }
        (state.phase == Phase::Closed).then(|| Err(self.error(Errno::EPIPE, "empty, and it was closed")))
    }

    pub(crate) fn subscribe(
        &self,
        pid: Pid,
        capacity: Option<u32>,
        overflow: Option<QueueOverflow>,
    ) -> SysResult<()> {
        let capacity = capacity.unwrap_or(self.capacity);
        check_capacity(capacity)?;
        let mut state = self.state();
        match state.phase {
            Phase::Open => {}
            Phase::Closed => return Err(self.error(Errno::EPIPE, "it was closed")),
            phase @ (Phase::Gone | Phase::Failed) => return Err(self.gone(phase)),
        }
        let Receivers::Subscribed(lanes) = &mut state.receivers else {
            return Err(self.error(Errno::EINVAL, "only pub/sub queues have subscribers"));
        };
        if lanes.contains_key(&pid) {
            return Err(self.error(Errno::EEXIST, &format!("process {pid} is subscribed already")));
        }
        if lanes.len() >= MAX_SUBSCRIBERS {
            return Err(self.error(Errno::EMFILE, &format!("it has its {MAX_SUBSCRIBERS} subscribers")));
        }
        let overflow = overflow.unwrap_or(self.overflow);
        lanes.insert(pid, Lane::new(self.kind, capacity, overflow, self.total.clone()));
        Ok(())
    }

    /// Ends a subscription. False when there was none.
    pub(super) fn unsubscribe(&self, pid: Pid) -> bool {
        let mut state = self.state();
        let lane = match &mut state.receivers {
            Receivers::Any(_) => None,
            Receivers::Subscribed(lanes) => lanes.remove(&pid),
        };
        state.dropped_before += lane.as_ref().map_or(0, |lane| lane.dropped);
        drop(state);
        // Whoever of the process waits learns that it is not subscribed any more.
        self.changed.ring();
        lane.is_some()
    }

    pub(super) fn is_subscribed(&self, pid: Pid) -> bool {
        match &self.state().receivers {
            Receivers::Any(_) => false,
            Receivers::Subscribed(lanes) => lanes.contains_key(&pid),
        }
    }

    /// Ends sending.
    pub(super) fn close(&self) {
        let mut state = self.state();
        if state.phase == Phase::Open {
            state.phase = Phase::Closed;
        }
        drop(state);
        self.changed.ring();
    }

    /// Ends everything, and lets go of what waits.
    pub(super) fn destroy(&self) {
        let mut state = self.state();
        state.phase = Phase::Gone;
        let receivers = std::mem::replace(&mut state.receivers, Receivers::Subscribed(BTreeMap::new()));
        drop(state);
        drop(receivers);
        self.changed.ring();
    }

    pub(super) fn bytes(&self) -> u64 {
        match &self.state().receivers {
            Receivers::Any(lane) => lane.bytes(),
            Receivers::Subscribed(lanes) => lanes.values().map(Lane::bytes).sum(),
        }
    }

    /// State and totals.
    pub(crate) fn stats(&self) -> QueueStats {
        let state = self.state();
        let lanes: Vec<&Lane> = match &state.receivers {
            Receivers::Any(lane) => vec![lane],
            Receivers::Subscribed(lanes) => lanes.values().collect(),
        };
        let subscriber = |(pid, lane): (&Pid, &Lane)| SubscriberStats {
            pid: *pid,
            queued: lane.len(),
            capacity: lane.capacity,
            overflow: lane.overflow,
            dropped: lane.dropped,
        };
        QueueStats {
            queue: self.id,
            name: self.name.clone(),
            kind: self.kind,
            owner: self.owner,
            capacity: self.capacity,
            queued: lanes.iter().map(|lane| lane.len()).sum(),
            queued_bytes: lanes.iter().map(|lane| lane.bytes()).sum(),
            sent: state.sequence,
            received: state.received,
            dropped: state.dropped_before + lanes.iter().map(|lane| lane.dropped).sum::<u64>(),
            closed: state.phase != Phase::Open,
            subscribers: match &state.receivers {
                Receivers::Any(_) => Vec::new(),
                Receivers::Subscribed(lanes) => lanes.iter().map(subscriber).collect(),
            },
        }
    }

    #[cfg(test)]
    pub(super) fn verify_invariants(&self) {
        let stats = self.stats();
        match &self.state().receivers {
            Receivers::Any(lane) => {
                lane.verify_invariants();
                assert_eq!(stats.sent, stats.received + stats.dropped + u64::from(stats.queued));
            }
            Receivers::Subscribed(lanes) => lanes.values().for_each(Lane::verify_invariants),
        }
    }
}

/// `EINVAL` for none or too many.
pub(super) fn check_capacity(capacity: u32) -> SysResult<()> {
    if (1..=MAX_CAPACITY).contains(&capacity) {
        return Ok(());
    }
    Err(SysError::new(Errno::EINVAL, format!("a queue holds 1 to {MAX_CAPACITY} messages, not {capacity}")))
}
