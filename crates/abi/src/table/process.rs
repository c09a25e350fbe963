//! Argument and reply types about processes.

use super::SandboxLevel;
use crate::{CauseId, Fd, Pid, PipeId, ShmId};
use serde::{Deserialize, Serialize};

/// What a process is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProcessKind {
    /// An instance of an app that runs inside the desktop.
    App,
    /// A part of the desktop itself: the kernel, the shell.
    System,
    /// Something without a window that serves others.
    Service,
    /// A process of the host.
    Host,
}

/// Where a process is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProcessState {
    /// Its slot is taken, nothing else.
    Creating,
    /// Its resources are being made.
    Initializing,
    /// It can be scheduled.
    Ready,
    /// It runs.
    Running,
    /// It waits for something.
    Blocked,
    /// It was stopped and can go on.
    Stopped,
    /// It ended, its parent has not asked how.
    Zombie,
    /// It is gone; only seen in replies about its end.
    Terminated,
}

/// How a process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Exit {
    /// By itself, with this code.
    Code(i32),
    /// By this signal.
    Signal(i32),
}

/// What `wait` comes back with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exited {
    /// The child.
    pub pid: Pid,
    /// How it ended.
    pub exit: Exit,
    /// Its holder was ended by somebody outside, and it with that.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub holder_lost: bool,
    /// The most memory that a program of the host had resident at once, bytes, where the host told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peak_memory_bytes: Option<u64>,
    /// Which limit ended a program of the host, when one did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exceeded: Option<Exceeded>,
    /// How often it, or what it had started, was refused a further process, where the host counts.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub refused_processes: u64,
}

pub(super) fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// A limit that ended a program of the host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Exceeded {
    /// Which.
    pub limit: LimitKind,
    /// How much was allowed, bytes or seconds, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub most: Option<u64>,
}

/// What is limited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LimitKind {
    /// Memory of the whole tree.
    Memory,
    /// What is written to files, all together.
    Disk,
    /// Processor time of one process.
    CpuSeconds,
    /// The size of one file.
    FileSize,
    /// A later version knows.
    #[serde(other)]
    Other,
}

/// What is known of a process.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProcessInfo {
    /// Its name for the kernel.
    pub pid: Pid,
    /// Who started it.
    pub parent: Option<Pid>,
    /// For people: the app's or the executable's name.
    pub name: String,
    /// App id, for instances of apps.
    pub app: Option<String>,
    /// What it is.
    pub kind: ProcessKind,
    /// Where it is in its life.
    pub state: ProcessState,
    /// 0 (least) to 9, 5 is normal.
    pub priority: u8,
    /// What led to its start.
    pub cause: CauseId,
    /// The host's process number, for host processes.
    pub host_pid: Option<i32>,
    /// CPU time used, microseconds. For host processes that of the whole tree.
    pub cpu_time_micros: u64,
    /// Memory in use, bytes. For host processes resident memory of the whole tree.
    pub memory_bytes: u64,
    /// Syscalls it made.
    pub syscalls: u64,
    /// When it started, milliseconds since the Unix epoch.
    pub started_millis: u64,
    /// How it ended, for zombies.
    pub exit: Option<Exit>,
    /// Name of the job that has its terminal, when that is not the program itself. Only told of one process that was
    /// asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub foreground_job: Option<String>,
    /// How much of a sandbox it is in, for host processes; `get_sandbox` tells the rest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sandbox: Option<SandboxLevel>,
}

/// What a process has used.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProcessStats {
    /// CPU time, microseconds.
    pub cpu_time_micros: u64,
    /// Memory, bytes.
    pub memory_bytes: u64,
    /// Syscalls made.
    pub syscalls: u64,
    /// Syscalls that failed.
    pub errors: u64,
    /// Syscalls that were denied.
    pub denied: u64,
    /// Open descriptors.
    pub descriptors: u32,
    /// Pipes it owns or holds an end of.
    pub pipes: u32,
    /// Segments of shared memory that it owns or is attached to.
    pub shared_segments: u32,
    /// Mappings of files.
    pub mappings: u32,
    /// Queues that it owns or is subscribed to.
    pub queues: u32,
    /// Submitted calls under way or not collected.
    pub tasks: u32,
    /// Bytes read from storage, for host processes.
    pub read_bytes: u64,
    /// Bytes written to storage, for host processes.
    pub written_bytes: u64,
    /// Threads, for host processes.
    pub threads: u32,
}

/// Standard input, output and error of a spawned process.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stdio {
    /// `/dev/null`.
    #[default]
    Null,
    /// Descriptors of the caller.
    Piped,
}

/// A descriptor that a program gets. One of `shm`, `pipe` and `fd` must be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Inherited {
    /// Its number in the program, 3 to 63.
    pub number: i32,
    /// A segment that the caller is attached to: to read, or to read and write, as the caller is. The program maps it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shm: Option<ShmId>,
    /// A pipe: where the caller is its writer the program writes, where it is its reader the program reads. The
    /// caller's end belongs to the program from then on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pipe: Option<PipeId>,
    /// An open file in a folder of the host, from its beginning on, with the rights it was opened with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fd: Option<Fd>,
}

/// What `spawn` comes back with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spawned {
    /// The new process.
    pub pid: Pid,
    /// The host's process number.
    pub host_pid: i32,
    /// Write here what it shall read, when piped.
    pub stdin: Option<Fd>,
    /// Read here what it writes, when piped.
    pub stdout: Option<Fd>,
    /// Read here what it complains, when piped.
    pub stderr: Option<Fd>,
}

/// What `exec_pty` comes back with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PtyStarted {
    /// The new process.
    pub pid: Pid,
    /// The host's process number.
    pub host_pid: i32,
    /// The terminal's side: read output here, write input here.
    pub fd: Fd,
    /// Its name among held programs, when it would survive the desktop.
    #[serde(default)]
    pub held: Option<String>,
}

/// A program that has a holder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldProgram {
    /// Names it in `attach_held` and `end_held`.
    pub id: String,
    /// The app that started it.
    pub app: Option<String>,
    /// For people: the executable's name.
    pub name: String,
    /// As it was named.
    pub executable: String,
    /// Arguments after the name, as far as 8 KiB go.
    pub args: Vec<String>,
    /// The host's process number.
    pub host_pid: i32,
    /// What led to its start, maybe in an earlier boot.
    pub cause: CauseId,
    /// When it started, milliseconds since the Unix epoch.
    pub started_millis: u64,
    /// Whether a desktop is attached, this one or another.
    pub attached: bool,
    /// The process it is here, when it is attached here.
    pub pid: Option<Pid>,
    /// How it ended, when it has.
    pub exit: Option<Exit>,
    /// When it ended, milliseconds since the Unix epoch.
    pub ended_millis: Option<u64>,
}

/// What `attach_held` comes back with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldAttached {
    /// The process it is here.
    pub pid: Pid,
    /// The host's process number.
    pub host_pid: i32,
    /// The terminal's side: the last output comes first, then what is new.
    pub fd: Fd,
    /// How much of what is read there is the last output, bytes.
    pub output_bytes: u64,
    /// Height of the terminal in cells.
    pub rows: u16,
    /// Width of the terminal in cells.
    pub cols: u16,
    /// When it started, milliseconds since the Unix epoch.
    pub started_millis: u64,
    /// When it ended, milliseconds since the Unix epoch, when it has; `wait` says how.
    pub ended_millis: Option<u64>,
}

/// What a process may use. `None` means no limit beside the system's own, and for a program in a sandbox that of its
/// sandbox, which is never exceeded.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Memory, bytes; address space of a program of the host.
    pub memory_bytes: Option<u64>,
    /// Processes and threads of a program of the host in a sandbox, with all that it started.
    pub tree_processes: Option<u64>,
    /// Share of the processors of a program of the host in a sandbox, with all that it started; 100 for one of them.
    pub cpu_percent: Option<u64>,
    /// What a program of the host in a sandbox may write to the folders that it was granted, bytes.
    pub disk_bytes: Option<u64>,
    /// The largest file that a program of the host writes, bytes; one that goes on gets SIGXFSZ.
    pub file_bytes: Option<u64>,
    /// Processor time of a program of the host, seconds; then it gets SIGXCPU, and SIGKILL soon after.
    pub cpu_seconds: Option<u64>,
    /// Programs of the host that it runs at one time.
    pub processes: Option<u32>,
    /// Open descriptors, at most 1,024. Of a program of the host its own, by the host; an app's are not its programs'.
    pub descriptors: Option<u32>,
    /// Submitted calls under way or not collected.
    pub tasks: Option<u32>,
    /// Pipes it owns.
    pub pipes: Option<u32>,
    /// Shared memory it owns, bytes.
    pub shared_bytes: Option<u64>,
    /// Mappings of files.
    pub mappings: Option<u32>,
    /// Queues it owns.
    pub queues: Option<u32>,
}
