//! Argument and reply types about pipes, memory, the machine, time and tasks.

use crate::{Errno, Pid, PipeId, TaskId};
use serde::{Deserialize, Serialize};

/// State and totals of a pipe.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PipeStats {
    /// The pipe.
    pub pipe: PipeId,
    /// Who made it.
    pub owner: Pid,
    /// Who may read.
    pub reader: Pid,
    /// Who may write.
    pub writer: Pid,
    /// Bytes it can hold.
    pub capacity: u64,
    /// Bytes in it now.
    pub buffered: u64,
    /// Bytes written since it was made.
    pub bytes_written: u64,
    /// Bytes read since it was made.
    pub bytes_read: u64,
    /// Whether the reader is still there.
    pub reader_open: bool,
    /// Whether the writer is still there.
    pub writer_open: bool,
}

/// What `pipe_wait` waits for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PipeReady {
    /// There is something to read, or the writer is gone.
    #[default]
    Readable,
    /// There is room to write, or the reader is gone.
    Writable,
}

/// Memory of the kernel and of the whole program.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemoryStats {
    /// Resident memory of this program, bytes.
    pub resident_bytes: u64,
    /// Memory of the machine, bytes.
    pub machine_total_bytes: u64,
    /// Memory of the machine that can still be had, bytes.
    pub machine_available_bytes: u64,
    /// Files of memory file systems, bytes.
    pub mem_fs_bytes: u64,
    /// Buffers of pipes, bytes.
    pub pipe_bytes: u64,
    /// Segments of shared memory, bytes.
    pub shared_bytes: u64,
    /// Changed pages of private mappings, bytes.
    pub mapping_bytes: u64,
    /// Messages that wait in queues, bytes.
    pub queue_bytes: u64,
    /// Output of terminals that nobody has read, bytes.
    pub pty_bytes: u64,
    /// Telemetry ring, causes and histograms, bytes.
    pub observe_bytes: u64,
}

/// Memory of one process.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProcessMemoryStats {
    /// The process.
    pub pid: Pid,
    /// Everything below, bytes.
    pub total_bytes: u64,
    /// Its pipes, bytes.
    pub pipe_bytes: u64,
    /// Its segments of shared memory, bytes.
    pub shared_bytes: u64,
    /// Changed pages of its private mappings, bytes.
    pub mapping_bytes: u64,
    /// Messages that wait in its queues, bytes.
    pub queue_bytes: u64,
    /// Unread output of its terminals, bytes.
    pub pty_bytes: u64,
    /// Results of its tasks that wait to be collected, bytes (estimate).
    pub task_bytes: u64,
    /// Resident memory, for host processes, bytes.
    pub host_bytes: u64,
    /// Its limit, bytes.
    pub limit_bytes: Option<u64>,
}

/// What `trigger_gc` released.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GcReport {
    /// Task results that nobody collected in time.
    pub tasks: u32,
    /// Zombies without a parent.
    pub zombies: u32,
    /// Pipes with both ends closed.
    pub pipes: u32,
}

/// Facts about the machine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SystemInfo {
    /// Version of AgentOS.
    pub version: String,
    /// The host's operating system and release.
    pub host: String,
    /// The host's name.
    pub hostname: String,
    /// The processor's architecture.
    pub architecture: String,
    /// Processors that this program may use.
    pub processors: u32,
    /// Memory of the machine, bytes.
    pub memory_bytes: u64,
    /// Which boot of this data folder this is.
    pub boot: u32,
    /// Rows in the syscall table.
    pub syscalls: u32,
}

/// The wall clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CurrentTime {
    /// Milliseconds since the Unix epoch.
    pub unix_millis: u64,
    /// The rest below a millisecond, nanoseconds.
    pub nanos: u32,
}

/// Time since the kernel started.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Uptime {
    /// Nanoseconds; never goes back.
    pub nanos: u64,
}

/// Where a submitted call is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaskState {
    /// It waits for a thread.
    Pending,
    /// It runs.
    Running,
    /// It is done.
    Completed,
    /// It came back with an error.
    Failed,
    /// It was cancelled.
    Cancelled,
}

/// How far a call has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskProgress {
    /// Done: calls of a `batch`, bytes of a `copy` or a `sendfile`.
    pub done: u64,
    /// Of how many.
    pub total: u64,
}

/// What `task_status` comes back with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TaskStatus {
    /// The task.
    pub task: TaskId,
    /// Name of the call it runs.
    pub call: String,
    /// Where it is.
    pub state: TaskState,
    /// How far it has come, for calls that say so.
    #[serde(default)]
    pub progress: Option<TaskProgress>,
    /// The reply, once completed.
    pub reply: Option<serde_json::Value>,
    /// The error, once failed or cancelled.
    pub errno: Option<Errno>,
    /// What the error is about.
    pub detail: Option<String>,
}
