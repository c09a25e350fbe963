//! The syscall table. One declarative table ([`rows`]) is the truth; argument types, numbers, class,
//! the JSON codec, the typed client and the reference page are derived from it by [`macros`].
//!
//! A row says what a call is, never how it is done. The kernel writes one handler per row and
//! asks the row what the caller needs ([`Syscall::for_each_need`]); a missing handler does not compile.
//!
//! **Invariants** (held by the tests beside this file): a number belongs to one row and is
//! never given to another call, gaps are allowed; a row's index is its place in [`ROWS`]; names are unique and snake_case; each example parses to its own
//! call and comes back the same; each row has a manual line and says which errors it may give.

mod batch;
mod codec;
mod connection;
mod file;
mod history;
mod ipc;
#[macro_use]
mod macros;
mod network;
mod observe;
mod process;
mod reference;
mod resource;
mod review;
mod rights;
mod row;
mod rows;
mod sandbox;
mod security;
mod signal;
#[cfg(test)]
mod tests;

pub use batch::{BatchOrder, BatchReply, BatchResult};
pub use connection::{ConnectionState, NetworkConnection, NetworkWay, ProgramNetwork};
pub use file::{
    DescriptorStat, DirEntry, FcntlCommand, FileChange, FileEvent, FileKind, FileStat, FsStat, MountInfo,
    OpenMode, PollFd, PollPipe, Polled, PolledObject, SeekFrom, TrashEntry, WatchEvents,
};
pub use history::{
    EndDetail, EndReason, Explanation, JournalCheck, JournalRow, TouchedPath, UndoMode, UndoStep, Undone,
};
pub use ipc::{
    MapSharing, MapStats, MemoryAccess, Message, QueueKind, QueueOverflow, QueueStats, ShmAttachment,
    ShmStats, SubscriberStats,
};
pub use network::{
    Accepted, Connected, HttpMethod, InetAddress, NetworkResponse, Received, SocketAddress, SocketDomain,
    SocketInfo, SocketName, SocketOption, SocketOptionName, SocketPath, SocketType,
};
pub use observe::{
    CategoryMetrics, Chain, ChainLink, DecisionCacheMetrics, DecisionMetrics, Event, EventCategory,
    EventPage, Metrics, RingMetrics, RowMetrics, Severity,
};
pub use process::{
    Exceeded, Exit, Exited, HeldAttached, HeldProgram, Inherited, LimitKind, Limits, ProcessInfo,
    ProcessKind, ProcessState, ProcessStats, PtyStarted, Spawned, Stdio,
};
pub use reference::{json, markdown};
pub use resource::{
    CurrentTime, GcReport, MemoryStats, PipeReady, PipeStats, ProcessMemoryStats, SystemInfo, TaskProgress,
    TaskState, TaskStatus, Uptime,
};
pub use review::{
    Applied, ApplyMode, CowKind, DiffHunk, DiffLine, DiffOp, FileDiff, RunChange, RunChangeKind, RunChanges,
    RunFolder, RunInfo, RunVerdict,
};
pub use rights::{
    AppRights, DecisionKind, KeptAnswer, KeptRule, Lingering, ProcessRights, Right, RightAnswer,
    RightDecision, RightSource, RightUses,
};
pub use row::{Arg, Category, Class, ClassMarker, HostIo, Instant, Need, NeedDoc, Row, Verb, Waits};
pub use rows::*;
pub use sandbox::{LimitTier, NetworkMode, PortForward, Sandbox, SandboxLevel, SandboxProfile, Sandboxed};
pub use security::{Answer, CapabilityRequest, Granted, RequestKind, StartAnswer};
pub use signal::{SignalAction, SignalInfo, SignalScope, SignalState, SignalStats};
