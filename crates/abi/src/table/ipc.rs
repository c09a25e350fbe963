//! Argument and reply types about shared memory, queues and mappings of files.

use crate::{CauseId, MapId, Pid, QueueId, SharedBytes, ShmId};
use serde::{Deserialize, Serialize};

/// What an attachment to shared memory, or a mapping of a file, may be used for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MemoryAccess {
    /// To look.
    #[default]
    ReadOnly,
    /// To look and to change.
    ReadWrite,
}

/// Who sees what is written to a mapping.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MapSharing {
    /// Everybody who looks at the file.
    #[default]
    Shared,
    /// This mapping alone; the file stays as it is.
    Private,
}

/// Somebody's hold on a segment of shared memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShmAttachment {
    /// Who.
    pub pid: Pid,
    /// For what.
    pub access: MemoryAccess,
}

/// State and totals of a segment of shared memory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShmStats {
    /// The segment.
    pub shm: ShmId,
    /// Who made it; when that process ends, whoever is attached.
    pub owner: Pid,
    /// Its size, bytes.
    pub size: u64,
    /// Who is attached.
    pub attached: Vec<ShmAttachment>,
    /// Views of its memory that Rust callers hold at the moment.
    pub loans: u32,
    /// Whether a program of the host has its descriptor.
    pub exported: bool,
    /// Bytes written by calls since it was made.
    pub bytes_written: u64,
    /// Bytes read by calls since it was made.
    pub bytes_read: u64,
}

/// In which order messages come out of a queue, and who gets them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QueueKind {
    /// As they were sent; each goes to one receiver.
    #[default]
    Fifo,
    /// The highest priority first, among equals as they were sent; each goes to one receiver.
    Priority,
    /// As they were sent; each goes to every subscriber.
    PubSub,
}

/// What happens to a message for which there is no room.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QueueOverflow {
    /// It is refused.
    #[default]
    Refuse,
    /// The oldest message (of the lowest priority) makes room.
    DropOldest,
}

/// A message as it is received.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Position among all messages of its queue; grows by one with each that is sent.
    pub sequence: u64,
    /// Who sent it.
    pub sender: Pid,
    /// What it was sent for. Who acts upon it acts for this cause.
    pub cause: CauseId,
    /// 0 to 255, the highest first in a priority queue.
    pub priority: u8,
    /// What it says.
    pub data: SharedBytes,
    /// Messages for this receiver that were dropped for want of room since the last one.
    pub dropped: u64,
}

/// A subscription to a pub/sub queue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubscriberStats {
    /// Who.
    pub pid: Pid,
    /// Messages that wait for it.
    pub queued: u32,
    /// Most messages that may wait for it.
    pub capacity: u32,
    /// What happens when they are reached.
    pub overflow: QueueOverflow,
    /// Messages that were dropped.
    pub dropped: u64,
}

/// State and totals of a queue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueueStats {
    /// The queue.
    pub queue: QueueId,
    /// Its name, which rights are about.
    pub name: String,
    /// Its kind.
    pub kind: QueueKind,
    /// Who made it.
    pub owner: Pid,
    /// Messages that may wait; for pub/sub what a subscriber gets who says nothing else.
    pub capacity: u32,
    /// Messages that wait, each counted once for every subscriber.
    pub queued: u32,
    /// Bytes of those.
    pub queued_bytes: u64,
    /// Messages sent.
    pub sent: u64,
    /// Messages received.
    pub received: u64,
    /// Messages dropped for want of room.
    pub dropped: u64,
    /// Whether it was closed for senders.
    pub closed: bool,
    /// Who is subscribed.
    pub subscribers: Vec<SubscriberStats>,
}

/// State and totals of a mapping.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MapStats {
    /// The mapping.
    pub map: MapId,
    /// Whose it is.
    pub owner: Pid,
    /// The file, by the path it was opened by.
    pub path: String,
    /// First byte of the file.
    pub offset: u64,
    /// Bytes from there on.
    pub length: u64,
    /// What it may be used for.
    pub access: MemoryAccess,
    /// Who sees what is written.
    pub sharing: MapSharing,
    /// Memory of its own changed pages, for private ones, bytes.
    pub private_bytes: u64,
    /// Bytes read since it was made.
    pub bytes_read: u64,
    /// Bytes written since it was made.
    pub bytes_written: u64,
}
