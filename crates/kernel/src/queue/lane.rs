//! Messages that wait for somebody, in their order, within bounds.

use abi::table::{Message, QueueKind, QueueOverflow};
use std::{
    cmp::Reverse,
    collections::{BTreeMap, VecDeque},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

/// Bytes that may wait in one lane.
pub(super) const MAX_BYTES: u64 = 64 * 1024 * 1024;
/// Bytes that may wait in all lanes together.
pub(super) const MAX_TOTAL_BYTES: u64 = 1024 * 1024 * 1024;
/// What a message takes beside its data, roughly, bytes.
const OVERHEAD: u64 = 64;

enum Waiting {
    Fifo(VecDeque<Message>),
    /// Highest priority first, then as sent.
    Priority(BTreeMap<(Reverse<u8>, u64), Message>),
}

/// See the module documentation.
pub(super) struct Lane {
    waiting: Waiting,
    pub(super) capacity: u32,
    pub(super) overflow: QueueOverflow,
    bytes: u64,
    /// Bytes of all lanes.
    total: Arc<AtomicU64>,
    /// Messages dropped since it was made.
    pub(super) dropped: u64,
    /// Of those, since the last message that was taken.
    dropped_since: u64,
}

fn size(message: &Message) -> u64 {
    message.data.len() as u64 + OVERHEAD
}

impl Lane {
    pub(super) fn new(
        kind: QueueKind,
        capacity: u32,
        overflow: QueueOverflow,
        total: Arc<AtomicU64>,
    ) -> Self {
        let waiting = match kind {
            QueueKind::Priority => Waiting::Priority(BTreeMap::new()),
            QueueKind::Fifo | QueueKind::PubSub => Waiting::Fifo(VecDeque::new()),
        };
        Lane { waiting, capacity, overflow, bytes: 0, total, dropped: 0, dropped_since: 0 }
    }

    pub(super) fn len(&self) -> u32 {
        let len = match &self.waiting {
            Waiting::Fifo(waiting) => waiting.len(),
            Waiting::Priority(waiting) => waiting.len(),
        };
        u32::try_from(len).unwrap_or(u32::MAX)
    }

    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Whether a message can be put in as things stand.
    fn has_room(&self, message: &Message) -> bool {
        let size = size(message);
        self.len() < self.capacity
            && self.bytes + size <= MAX_BYTES
            && self.total.load(Ordering::Relaxed) + size <= MAX_TOTAL_BYTES
    }

    /// Whether [`Lane::push`] would take a message, maybe at the cost of others.
    pub(super) fn accepts(&self, message: &Message) -> bool {
        self.overflow == QueueOverflow::DropOldest || self.has_room(message)
    }

    /// Puts a message in. Others make room for it where the lane says so; false when it was itself the one to
    /// be dropped.
    pub(super) fn push(&mut self, message: Message) -> bool {
        while !self.has_room(&message) {
            let is_dropped = self.overflow == QueueOverflow::Refuse || !self.drop_oldest(message.priority);
            if is_dropped {
                self.count_drop();
                return false;
            }
        }
        self.bytes += size(&message);
        self.total.fetch_add(size(&message), Ordering::Relaxed);
        match &mut self.waiting {
            Waiting::Fifo(waiting) => waiting.push_back(message),
            Waiting::Priority(waiting) => {
                drop(waiting.insert((Reverse(message.priority), message.sequence), message));
            }
        }
        true
    }

    fn count_drop(&mut self) {
        self.dropped += 1;
        self.dropped_since += 1;
    }

    /// Drops the oldest message of the lowest priority, if that is not above `priority`.
    fn drop_oldest(&mut self, priority: u8) -> bool {
        let oldest = match &mut self.waiting {
            Waiting::Fifo(waiting) => waiting.pop_front(),
            Waiting::Priority(waiting) => {
                let lowest = waiting.last_key_value().map(|((lowest, _), _)| *lowest);
                let key = lowest
                    .filter(|lowest| lowest.0 <= priority)
                    .and_then(|lowest| waiting.range((lowest, 0)..).next().map(|(key, _)| *key));
                key.and_then(|key| waiting.remove(&key))
            }
        };
        let Some(oldest) = oldest else { return false };
        self.forget(&oldest);
        self.count_drop();
        true
    }

    fn forget(&mut self, message: &Message) {
        self.bytes -= size(message);
        self.total.fetch_sub(size(message), Ordering::Relaxed);
    }

    /// Takes the next message.
    pub(super) fn pop(&mut self) -> Option<Message> {
        let mut message = match &mut self.waiting {
            Waiting::Fifo(waiting) => waiting.pop_front()?,
            Waiting::Priority(waiting) => waiting.pop_first()?.1,
        };
        self.forget(&message);
        message.dropped = std::mem::take(&mut self.dropped_since);
        Some(message)
    }

    #[cfg(test)]
    pub(super) fn verify_invariants(&self) {
        let sizes: u64 = match &self.waiting {
            Waiting::Fifo(waiting) => waiting.iter().map(size).sum(),
            Waiting::Priority(waiting) => waiting.values().map(size).sum(),
        };
        assert_eq!(sizes, self.bytes);
        assert!(self.len() <= self.capacity && self.bytes <= MAX_BYTES);
    }
}

impl Drop for Lane {
    fn drop(&mut self) {
        self.total.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}
