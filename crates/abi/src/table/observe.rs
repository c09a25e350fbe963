//! Reply types about events, causes and figures.

use crate::{Cause, CauseId, Pid};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

macro_rules! listed {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        #[repr(u8)]
        pub enum $name { $($(#[$vdoc])* $variant,)* }

        impl $name {
            /// All of them, in order; the index is `self as usize`.
            pub const ALL: &'static [$name] = &[$($name::$variant),*];

            /// The name for people and JSON.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $($name::$variant => $text,)* }
            }

            /// The one with this index.
            #[must_use]
            pub fn from_index(index: u8) -> Option<$name> {
                Self::ALL.get(usize::from(index)).copied()
            }
        }
    };
}

listed! {
    /// What an event is about.
    EventCategory {
        /// A call went through the door.
        Syscall = "syscall",
        /// Life of processes.
        Process = "process",
        /// Scheduling.
        Scheduler = "scheduler",
        /// Memory.
        Memory = "memory",
        /// Pipes, queues, shared memory.
        Ipc = "ipc",
        /// Files.
        Vfs = "vfs",
        /// Sockets and HTTP.
        Network = "network",
        /// Denials, grants, revocations. Never sampled.
        Security = "security",
        /// Submitted calls.
        Task = "task",
        /// The user interface.
        Ui = "ui",
        /// Tools of apps.
        Tool = "tool",
        /// AI models.
        Ai = "ai",
        /// Something unusual in the figures of the others.
        Anomaly = "anomaly",
    }
}

listed! {
    /// How much an event matters.
    Severity {
        /// For whoever looks closely.
        Debug = "debug",
        /// Normal.
        Info = "info",
        /// Unusual.
        Warning = "warning",
        /// Something failed.
        Error = "error",
    }
}

/// One event of the telemetry ring.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Position in the ring since boot; grows by one per event that was kept.
    pub seq: u64,
    /// Nanoseconds since boot.
    pub time_nanos: u64,
    /// What it is about.
    pub category: EventCategory,
    /// How much it matters.
    pub severity: Severity,
    /// Its name: for syscalls the row's name.
    pub kind: String,
    /// The process concerned.
    pub pid: Pid,
    /// The cause it belongs to.
    pub cause: CauseId,
    /// First figure. For syscalls: duration in nanoseconds.
    pub a: u64,
    /// Second figure. For syscalls: errno, 0 for success.
    pub b: u64,
    /// A short text; empty when there is none.
    pub label: String,
}

/// What `query_events` comes back with, newest last.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventPage {
    /// The events that matched.
    pub events: Vec<Event>,
    /// Ask again with `since` set to this to go on without gap or repetition.
    pub next: u64,
    /// Events that were overwritten before they could be looked at.
    pub lost: u64,
}

/// A cause and what happened because of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChainLink {
    /// The cause.
    pub cause: Cause,
    /// Its events that are still in the ring, oldest first.
    pub events: Vec<Event>,
}

/// The answer to "why?": from the cause asked about back to the root.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chain {
    /// The nearest cause first, the root last.
    pub links: Vec<ChainLink>,
}

/// Figures of one category of syscalls. Times are nanoseconds from the door's entry to its exit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CategoryMetrics {
    /// Calls, exact.
    pub count: u64,
    /// Calls that failed, exact.
    pub errors: u64,
    /// Half of the calls took at most this.
    pub p50_nanos: u64,
    /// 95 of 100 calls took at most this.
    pub p95_nanos: u64,
    /// 99 of 100 calls took at most this.
    pub p99_nanos: u64,
    /// The longest.
    pub max_nanos: u64,
}

/// Figures of one row of the table.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowMetrics {
    /// The row's name.
    pub name: String,
    /// Its figures.
    #[serde(flatten)]
    pub figures: CategoryMetrics,
}

/// State of the telemetry ring.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RingMetrics {
    /// Slots.
    pub capacity: u64,
    /// Events that were written since boot.
    pub emitted: u64,
    /// Events that sampling left out.
    pub sampled_out: u64,
    /// Events that newer ones have replaced.
    pub overwritten: u64,
}

/// State of the gate's cache of decisions.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecisionCacheMetrics {
    /// Entries it can hold.
    pub capacity: u64,
    /// Decisions that were found.
    pub hits: u64,
    /// Decisions that were made anew.
    pub misses: u64,
    /// How often the policy has changed.
    pub epoch: u64,
}

/// What the gate has decided. A call of a row that needs something is one decision, however many things it
/// needs; an address that a name turns out to have is one more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecisionMetrics {
    /// Yes, exact.
    pub allowed: u64,
    /// No, exact.
    pub denied: u64,
}

/// The system's figures at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Metrics {
    /// Nanoseconds since boot.
    pub uptime_nanos: u64,
    /// Calls through the door since boot.
    pub syscalls_total: u64,
    /// Calls that failed.
    pub errors_total: u64,
    /// Calls that were denied.
    pub denied_total: u64,
    /// By category of the table, by its name.
    pub categories: BTreeMap<String, CategoryMetrics>,
    /// By row, those that were called at least once.
    pub rows: Vec<RowMetrics>,
    /// The telemetry ring.
    pub ring: RingMetrics,
    /// What the gate has decided.
    #[serde(default)]
    pub decisions: DecisionMetrics,
    /// The gate's cache.
    pub decision_cache: DecisionCacheMetrics,
    /// Processes that are alive.
    pub processes: u32,
    /// Open descriptors of all processes.
    pub descriptors: u32,
    /// Pipes.
    pub pipes: u32,
    /// Segments of shared memory.
    pub shared_segments: u32,
    /// Mappings of files.
    pub mappings: u32,
    /// Queues.
    pub queues: u32,
    /// Open sockets.
    #[serde(default)]
    pub sockets: u32,
    /// Submitted calls under way or not collected.
    pub tasks: u32,
    /// Resident memory of this program, bytes.
    pub resident_bytes: u64,
    /// Causes opened since boot.
    pub causes: u64,
    /// Rows in the journal since boot.
    pub journal_rows: u64,
    /// Anomalies noticed since boot.
    pub anomalies: u64,
}
