//! The rows. Read [`macros`](super) for their form; a number is never given to another call.

use super::{
    Accepted, Answer, AppRights, Applied, ApplyMode, Arg, BatchOrder, BatchReply, CapabilityRequest,
    Category, Chain, ClassMarker, Connected, CurrentTime, DescriptorStat, DirEntry, EventCategory, EventPage,
    Exited, Explanation, FcntlCommand, FileDiff, FileStat, FsStat, GcReport, Granted, HeldAttached,
    HeldProgram, HttpMethod, Inherited, JournalCheck, JournalRow, KeptRule, Limits, MapSharing, MapStats,
    MemoryAccess, MemoryStats, Message, Metrics, MountInfo, Need, NetworkConnection, NetworkResponse,
    OpenMode, PipeReady, PipeStats, PollFd, PollPipe, Polled, PortForward, ProcessInfo, ProcessMemoryStats,
    ProcessState, ProcessStats, ProgramNetwork, PtyStarted, QueueKind, QueueOverflow, QueueStats, Received,
    RightAnswer, RightDecision, Row, RunChanges, RunInfo, Sandbox, Sandboxed, SeekFrom, Severity, ShmStats,
    SignalAction, SignalInfo, SignalScope, SignalState, SignalStats, SocketAddress, SocketDomain,
    SocketOption, SocketOptionName, SocketType, Spawned, StartAnswer, Stdio, SystemInfo, TaskStatus,
    TouchedPath, TrashEntry, UndoMode, UndoStep, Undone, Uptime, WatchEvents,
};
use crate::{
    Bytes, Capability, CauseId, Errno, Fd, MapId, Pid, PipeId, QueueId, RequestId, RunId, SharedBytes, ShmId,
    TaskId,
};
use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value;
use std::collections::BTreeMap;

/// What every argument struct of the table knows about its row.
pub trait Syscall: Into<Call> + Clone + Send + 'static {
    /// What it comes back with.
    type Reply: Clone + Send + 'static;
    /// [`Instant`](super::Instant), [`HostIo`](super::HostIo) or [`Waits`](super::Waits).
    type Class: ClassMarker;
    /// Its row.
    const ROW: &'static Row;

    /// Takes the reply of this row out of the enum. A reply of another row is a bug of the kernel and panics.
    fn unwrap_reply(reply: Reply) -> Self::Reply;

    /// Puts the reply of this row into the enum.
    fn wrap_reply(reply: Self::Reply) -> Reply;

    /// Hands each [`Need`] of the call to `check` and stops at the first error.
    ///
    /// # Errors
    /// What `check` returns.
    fn for_each_need<'a, E>(&'a self, check: impl FnMut(Need<'a>) -> Result<(), E>) -> Result<(), E>;
}

#[cold]
fn wrong_reply(row: &Row, reply: &Reply) -> ! {
    panic!("the kernel answered {} with a reply of {}", row.name, reply.row().name)
}

fn pipe_capacity() -> u64 {
    64 * 1024
}

fn queue_capacity() -> u32 {
    1_024
}

fn chunk() -> u64 {
    64 * 1024
}

fn term() -> i32 {
    15
}

fn normal_priority() -> u8 {
    5
}

fn terminal_rows() -> u16 {
    24
}

fn terminal_cols() -> u16 {
    80
}

fn event_limit() -> u32 {
    100
}

fn diff_context() -> u32 {
    3
}

syscall_table! { $
    // File system
    /// Reads a file.
    /// With `offset` and `size` a part of it. A file that holds more than `size` bytes from there on is
    /// cut when `size` was given and refused with EFBIG when it was not (more than 64 MiB).
    0 "read" Read: File HostIo pure (
        /// Absolute, or relative to the working folder.
        path: String,
        /// First byte.
        #[serde(default)] offset: u64,
        /// Most bytes to read.
        #[serde(default)] size: Option<u64>,
    ) -> Bytes,
        needs [path(ReadFile, path)] errnos [ENOENT ENOTDIR EISDIR EFBIG ELOOP ENAMETOOLONG EIO]
        example r#"{"call":"read","path":"/home/notes.txt"}"#;

    /// Replaces a file's content, or adds to it.
    /// Without `append` the file is replaced at once: a reader sees the old or the new content, never a part.
    /// A file that is not there is made, which needs CreateFile beside WriteFile.
    /// The reply is the number of bytes written.
    1 "write" Write: File HostIo mutates (
        /// Absolute, or relative to the working folder.
        path: String,
        /// A string, or `{"base64": "…"}`.
        data: Bytes,
        /// Add at the end instead.
        #[serde(default)] append: bool,
    ) -> u64,
        needs [path(WriteFile, path), creates(path)] errnos [ENOENT ENOTDIR EISDIR EROFS ENOSPC EDQUOT ELOOP ENAMETOOLONG EIO]
        example r#"{"call":"write","path":"/home/a.txt","data":"hello"}"#;

    /// Makes a file that must not be there yet.
    2 "create" Create: File HostIo mutates (
        /// Absolute, or relative to the working folder.
        path: String,
        /// Its content.
        #[serde(default)] data: Bytes,
    ) -> (),
        needs [path(CreateFile, path)] errnos [EEXIST ENOENT ENOTDIR EROFS ENOSPC EDQUOT ELOOP ENAMETOOLONG EIO]
        example r#"{"call":"create","path":"/home/new.txt"}"#;

    /// Removes a file or a symbolic link, never a folder.
    3 "delete" Delete: File HostIo mutates (
        /// Absolute, or relative to the working folder.
        path: String,
    ) -> (),
        needs [path(DeleteFile, path)] errnos [ENOENT ENOTDIR EISDIR EROFS ELOOP ENAMETOOLONG EIO]
        example r#"{"call":"delete","path":"/home/a.txt"}"#;

    /// Lists the names in a folder, sorted by name.
    /// A folder with more than 100,000 names is refused with EFBIG.
    4 "list" List: File HostIo pure (
        /// Absolute, or relative to the working folder.
        path: String,
    ) -> Vec<DirEntry>,
        needs [path(ListDirectory, path)] errnos [ENOENT ENOTDIR EFBIG ELOOP ENAMETOOLONG EIO]
        example r#"{"call":"list","path":"/home"}"#;

    /// Says what lies at a path.
    /// A symbolic link is followed unless `follow` is false.
    5 "stat" Stat: File HostIo pure (
        /// Absolute, or relative to the working folder.
        path: String,
        /// Whether to describe what a symbolic link leads to.
        #[serde(default = "yes")] follow: bool,
    ) -> FileStat,
        needs [path(ReadFile, path)] errnos [ENOENT ENOTDIR ELOOP ENAMETOOLONG EIO]
        example r#"{"call":"stat","path":"/home/a.txt"}"#;

    /// Gives a file or folder another name, within one file system.
    6 "move" Move: File HostIo mutates (
        /// What to move.
        from: String,
        /// Its new path; not the folder it goes into.
        to: String,
        /// Replace what is there: a file by a file, an empty folder by a folder.
        #[serde(default)] overwrite: bool,
    ) -> (),
        needs [path(DeleteFile, from), path(CreateFile, to), path_if(DeleteFile, to, overwrite)]
        errnos [ENOENT EEXIST ENOTDIR EISDIR ENOTEMPTY EXDEV EBUSY EROFS ELOOP ENAMETOOLONG EIO]
        example r#"{"call":"move","from":"/home/a.txt","to":"/home/b.txt"}"#;

    /// Copies one file, also between file systems. The reply is the number of bytes.
    7 "copy" Copy: File HostIo mutates (
        /// What to copy.
        from: String,
        /// The copy's path.
        to: String,
        /// Replace a file that is there.
        #[serde(default)] overwrite: bool,
    ) -> u64,
        needs [path(ReadFile, from), path(CreateFile, to), path_if(WriteFile, to, overwrite)]
        errnos [ENOENT EEXIST ENOTDIR EISDIR EROFS ENOSPC EDQUOT ECANCELED ELOOP ENAMETOOLONG EIO]
        example r#"{"call":"copy","from":"/home/a.txt","to":"/home/b.txt"}"#;

    /// Makes a folder.
    8 "mkdir" Mkdir: File HostIo mutates (
        /// Absolute, or relative to the working folder.
        path: String,
        /// Make missing parents too, and take a folder that is there.
        #[serde(default)] parents: bool,
    ) -> (),
        needs [path(CreateFile, path), creates_parents(path, parents)] errnos [EEXIST ENOENT ENOTDIR EROFS ENOSPC ELOOP ENAMETOOLONG EIO]
        example r#"{"call":"mkdir","path":"/home/folder"}"#;

    /// Removes an empty folder.
    9 "rmdir" Rmdir: File HostIo mutates (
        /// Absolute, or relative to the working folder.
        path: String,
    ) -> (),
        needs [path(DeleteFile, path)] errnos [ENOENT ENOTDIR ENOTEMPTY EBUSY EROFS ELOOP ENAMETOOLONG EIO]
        example r#"{"call":"rmdir","path":"/home/folder"}"#;

    /// The working folder.
    10 "getcwd" Getcwd: File Instant pure () -> String,
        needs [] errnos []
        example r#"{"call":"getcwd"}"#;

    /// Changes the working folder.
    11 "setcwd" Setcwd: File HostIo pure (
        /// A folder.
        path: String,
    ) -> (),
        needs [path(ListDirectory, path)] errnos [ENOENT ENOTDIR ELOOP ENAMETOOLONG EIO]
        example r#"{"call":"setcwd","path":"/home"}"#;

    /// Sets a file's length: cuts it or adds zeros.
    12 "truncate" Truncate: File HostIo mutates (
        /// Absolute, or relative to the working folder.
        path: String,
        /// Bytes.
        #[serde(default)] size: u64,
    ) -> (),
        needs [path(WriteFile, path)] errnos [ENOENT ENOTDIR EISDIR EFBIG EROFS ENOSPC ELOOP ENAMETOOLONG EIO]
        example r#"{"call":"truncate","path":"/home/a.txt","size":0}"#;

    /// Whether something lies at a path.
    13 "exists" Exists: File HostIo pure (
        /// Absolute, or relative to the working folder.
        path: String,
    ) -> bool,
        needs [path(ReadFile, path)] errnos [ELOOP ENAMETOOLONG EIO]
        example r#"{"call":"exists","path":"/home/a.txt"}"#;

    /// Lists the mounted file systems.
    14 "list_mounts" ListMounts: File Instant pure () -> Vec<MountInfo>,
        needs [plain(SystemInfo)] errnos []
        example r#"{"call":"list_mounts"}"#;

    // Process
    /// Starts a program of the host as a child.
    /// Arguments are a vector and never seen by a shell; the environment has what `env` says and a short
    /// allow-list, nothing else.
    /// It runs in a sandbox with the folders and the network that `sandbox` names, of which the caller needs every one
    /// itself; where the host cannot hold it to that it does not start (`EPERM`). `get_sandbox` says what holds.
    /// It is tied to the desktop: when that ends, however it ends, the program is killed.
    15 "spawn" Spawn: Process HostIo mutates (
        /// A name that is looked up in PATH, or an absolute path of the host.
        executable: String,
        /// Arguments after the name.
        #[serde(default)] args: Vec<String>,
        /// Variables to add.
        #[serde(default)] env: BTreeMap<String, String>,
        /// Working folder, a virtual path; default `/home`.
        #[serde(default)] cwd: Option<String>,
        /// Standard input, output and error.
        #[serde(default)] stdio: Stdio,
        /// 0 to 9.
        #[serde(default = "normal_priority")] priority: u8,
        /// Descriptors beside the standard ones; at most 16.
        #[serde(default)] inherit: Vec<Inherited>,
        /// A run of the caller's app, begun by `begin_run`: the program works in its folders instead of the originals.
        #[serde(default)] run: Option<RunId>,
        /// What it can reach and use; without it, what the caller itself may, and for a part of the desktop everything.
        #[serde(default)] sandbox: Option<Box<Sandbox>>,
    ) -> Spawned,
        needs [name(SpawnProcess, executable), sandbox(sandbox)]
        errnos [ENOENT ENOTDIR EAGAIN EMFILE ENOMEM EBADF EPERM EBUSY EIO]
        example r#"{"call":"spawn","executable":"true"}"#;

    /// Ends a process, with everything it started.
    /// A host process gets the signal, with everything it started; if it is still there after `grace_millis`, SIGKILL.
    /// Anything else ends at once, or stops and goes on by SIGSTOP and SIGCONT as `send_signal` says.
    16 "kill" Kill: Process HostIo mutates (
        /// The process; 0 is the kernel and cannot be ended.
        pid: Pid,
        /// Signal number; 0 only asks whether the process is there.
        #[serde(default = "term")] signal: i32,
        /// Time until SIGKILL; at most 60,000.
        #[serde(default = "grace")] grace_millis: u64,
    ) -> (),
        needs [process_of(KillProcess, pid)] errnos [ESRCH EPERM]
        example r#"{"call":"kill","pid":2}"#;

    /// What is known of a process; without `pid` of the caller.
    17 "get_process_info" GetProcessInfo: Process Instant pure (
        /// The process.
        #[serde(default)] pid: Option<Pid>,
    ) -> ProcessInfo,
        needs [process(SystemInfo, pid)] errnos [ESRCH]
        example r#"{"call":"get_process_info"}"#;

    /// All processes.
    18 "list_processes" ListProcesses: Process Instant pure () -> Vec<ProcessInfo>,
        needs [plain(SystemInfo)] errnos []
        example r#"{"call":"list_processes"}"#;

    /// Sets a process's priority; for host processes their nice value follows.
    19 "set_process_priority" SetProcessPriority: Process HostIo mutates (
        /// The process; without it the caller.
        #[serde(default)] pid: Option<Pid>,
        /// 0 (least) to 9.
        priority: u8,
    ) -> (),
        needs [plain(Schedule)] errnos [ESRCH EPERM]
        example r#"{"call":"set_process_priority","priority":4}"#;

    /// Where a process is in its life.
    20 "get_process_state" GetProcessState: Process Instant pure (
        /// The process; without it the caller.
        #[serde(default)] pid: Option<Pid>,
    ) -> ProcessState,
        needs [process(SystemInfo, pid)] errnos [ESRCH]
        example r#"{"call":"get_process_state"}"#;

    /// What a process has used.
    21 "get_process_stats" GetProcessStats: Process Instant pure (
        /// The process; without it the caller.
        #[serde(default)] pid: Option<Pid>,
    ) -> ProcessStats,
        needs [process(SystemInfo, pid)] errnos [ESRCH]
        example r#"{"call":"get_process_stats"}"#;

    /// Waits until a child has ended, and takes its exit.
    22 "wait" Wait: Process Waits mutates (
        /// The child; without it any child.
        #[serde(default)] pid: Option<Pid>,
        /// Longest wait; 0 does not wait, without it as long as it takes.
        #[serde(default)] timeout_millis: Option<u64>,
    ) -> Exited,
        needs [] errnos [ECHILD ETIMEDOUT ECANCELED EINTR]
        example r#"{"call":"wait","timeout_millis":0}"#;

    /// The children of a process.
    23 "get_children" GetChildren: Process Instant pure (
        /// The process; without it the caller.
        #[serde(default)] pid: Option<Pid>,
    ) -> Vec<Pid>,
        needs [process(SystemInfo, pid)] errnos [ESRCH]
        example r#"{"call":"get_children"}"#;

    /// Starts a program of the host in a new terminal.
    /// The reply's descriptor is the terminal's other side: read output from it, write input to it.
    /// It runs in a sandbox as `spawn` says.
    /// On a data folder that lasts the program has a holder: when the desktop is killed or crashes it goes on, and
    /// `attach_held` takes it over in the next one. It ends with the desktop's normal end.
    24 "exec_pty" ExecPty: Process HostIo mutates (
        /// A name that is looked up in PATH, or an absolute path of the host.
        executable: String,
        /// Arguments after the name.
        #[serde(default)] args: Vec<String>,
        /// Variables to add.
        #[serde(default)] env: BTreeMap<String, String>,
        /// Working folder, a virtual path; default `/home`.
        #[serde(default)] cwd: Option<String>,
        /// Height in cells.
        #[serde(default = "terminal_rows")] rows: u16,
        /// Width in cells.
        #[serde(default = "terminal_cols")] cols: u16,
        /// Descriptors beside the standard ones; at most 16.
        #[serde(default)] inherit: Vec<Inherited>,
        /// A run of the caller's app, begun by `begin_run`: the program works in its folders instead of the originals.
        #[serde(default)] run: Option<RunId>,
        /// What it can reach and use; without it, what the caller itself may, and for a part of the desktop everything.
        #[serde(default)] sandbox: Option<Box<Sandbox>>,
    ) -> PtyStarted,
        needs [name(SpawnProcess, executable), sandbox(sandbox)]
        errnos [ENOENT ENOTDIR EAGAIN EMFILE ENOMEM EBADF EPERM EBUSY EIO]
        example r#"{"call":"exec_pty","executable":"true"}"#;

    /// Tells a terminal its size.
    25 "pty_resize" PtyResize: Process Instant mutates (
        /// The terminal's descriptor.
        fd: Fd,
        /// Height in cells.
        rows: u16,
        /// Width in cells.
        cols: u16,
    ) -> (),
        needs [] errnos [EBADF EIO]
        example r#"{"call":"pty_resize","fd":0,"rows":30,"cols":100}"#;

    /// What a program can reach and use, and what of it is enforced by what; nothing for what is no program of the host.
    209 "get_sandbox" GetSandbox: Process Instant pure (
        /// Default the caller.
        #[serde(default)] pid: Option<Pid>,
    ) -> Option<Sandboxed>,
        needs [process(SystemInfo, pid)] errnos [ESRCH]
        example r#"{"call":"get_sandbox"}"#;

    /// Programs in terminals that have a holder: those of this desktop, and those that outlived an earlier one.
    /// Empty on a data folder that does not last.
    170 "list_held" ListHeld: Process HostIo pure () -> Vec<HeldProgram>,
        needs [plain(SystemInfo)] errnos []
        example r#"{"call":"list_held"}"#;

    /// Takes over a program that outlived an earlier desktop. It becomes a child of the caller, with its terminal.
    /// What is read first from the descriptor is its last output, at most 256 KiB. One that has ended meanwhile is
    /// taken over as well: its last output can be read, and `wait` says how it ended.
    171 "attach_held" AttachHeld: Process HostIo mutates (
        /// Its name among held programs.
        id: String,
        /// Its executable, as it was named at its start.
        executable: String,
    ) -> HeldAttached,
        needs [name(SpawnProcess, executable)] errnos [ESRCH EBUSY EPERM EAGAIN EMFILE EIO]
        example r#"{"call":"attach_held","id":"1-1","executable":"sh"}"#;

    /// Ends a program that outlived an earlier desktop and that nobody has taken over, with all it started.
    172 "end_held" EndHeld: Process HostIo mutates (
        /// Its name among held programs.
        id: String,
    ) -> (),
        needs [plain(KillProcess)] errnos [ESRCH EBUSY EIO]
        example r#"{"call":"end_held","id":"1-1"}"#;

    /// Ties a pipe to a standard stream of a program: bytes of its output go into the pipe, or bytes of the pipe into
    /// its input, by themselves. The pipe's writer takes a program's output to it, its reader takes it to a program's
    /// input; nobody who is both. The descriptor, and the caller's end of the pipe, belong to the bridge from then on.
    /// It ends with either of them: then the other is closed, too.
    173 "pipe_bridge" PipeBridge: Pipe HostIo mutates (
        /// The pipe; the caller holds one end of it.
        pipe: PipeId,
        /// The program's stream.
        fd: Fd,
    ) -> (),
        needs [] errnos [EBADF EPERM]
        example r#"{"call":"pipe_bridge","pipe":1,"fd":1}"#;

    /// Sets what a process may use. Limits that are left out are lifted.
    /// For programs of the host `memory_bytes`, `file_bytes`, `cpu_seconds` and, where the program itself is meant,
    /// `descriptors` are limits of the host (setrlimit): they hold at once for all that the program started, what it starts
    /// inherits them, and an app's hold for its programs, those that run and those that come. The host may refuse to
    /// raise them again for what runs (EPERM). For programs in a sandbox `memory_bytes`, `tree_processes`, `cpu_percent` and
    /// `disk_bytes` hold for all that they started together, as far as what holds them can be changed, and never beyond what
    /// their sandbox gave them; `get_sandbox` says by what they are held. EOPNOTSUPP says what cannot be changed and why.
    /// How processors are shared beside that is given by `set_process_priority`.
    26 "set_limits" SetLimits: Process HostIo mutates (
        /// The process; without it the caller.
        #[serde(default)] pid: Option<Pid>,
        /// The new limits.
        limits: Limits,
    ) -> (),
        needs [plain(Limits)] errnos [ESRCH EPERM EOPNOTSUPP]
        example r#"{"call":"set_limits","limits":{"tasks":100}}"#;

    /// What a process may use.
    27 "get_limits" GetLimits: Process Instant pure (
        /// The process; without it the caller.
        #[serde(default)] pid: Option<Pid>,
    ) -> Limits,
        needs [process(SystemInfo, pid)] errnos [ESRCH]
        example r#"{"call":"get_limits"}"#;

    // Pipes
    /// Makes a pipe between two processes; left out, an end belongs to the caller.
    28 "pipe_create" PipeCreate: Pipe Instant mutates (
        /// Bytes it can hold, 1 to 16 MiB.
        #[serde(default = "pipe_capacity")] capacity: u64,
        /// Who may read.
        #[serde(default)] reader: Option<Pid>,
        /// Who may write.
        #[serde(default)] writer: Option<Pid>,
    ) -> PipeId,
        needs [] errnos [ESRCH EMFILE ENOMEM]
        example r#"{"call":"pipe_create"}"#;

    /// Writes as much as fits and says how much that was. Only the writer may.
    /// EAGAIN when it is full, EPIPE when the reader is gone.
    29 "pipe_write" PipeWrite: Pipe Instant pure (
        /// The pipe.
        pipe: PipeId,
        /// A string, or `{"base64": "…"}`.
        data: Bytes,
    ) -> u64,
        needs [] errnos [EBADF EPERM EAGAIN EPIPE]
        example r#"{"call":"pipe_write","pipe":1,"data":"hello"}"#;

    /// Reads what is there, at most `size`. Only the reader may.
    /// EAGAIN when it is empty; no bytes when it is empty and the writer is gone.
    30 "pipe_read" PipeRead: Pipe Instant pure (
        /// The pipe.
        pipe: PipeId,
        /// Most bytes to read.
        #[serde(default = "chunk")] size: u64,
    ) -> Bytes,
        needs [] errnos [EBADF EPERM EAGAIN]
        example r#"{"call":"pipe_read","pipe":1}"#;

    /// Closes the caller's end, or both where it holds both. The last end takes the pipe with it.
    31 "pipe_close" PipeClose: Pipe Instant mutates (
        /// The pipe.
        pipe: PipeId,
    ) -> (),
        needs [] errnos [EBADF EPERM]
        example r#"{"call":"pipe_close","pipe":1}"#;

    /// Removes a pipe with what is in it. Only its maker may.
    32 "pipe_destroy" PipeDestroy: Pipe Instant mutates (
        /// The pipe.
        pipe: PipeId,
    ) -> (),
        needs [] errnos [EBADF EPERM]
        example r#"{"call":"pipe_destroy","pipe":1}"#;

    /// State and totals of a pipe. Its maker, reader and writer may ask.
    33 "pipe_stats" GetPipeStats: Pipe Instant pure (
        /// The pipe.
        pipe: PipeId,
    ) -> PipeStats,
        needs [] errnos [EBADF EPERM]
        example r#"{"call":"pipe_stats","pipe":1}"#;

    /// Waits until a pipe can be read or written without EAGAIN.
    34 "pipe_wait" PipeWait: Pipe Waits pure (
        /// The pipe.
        pipe: PipeId,
        /// What to wait for.
        #[serde(default, rename = "for")] ready: PipeReady,
        /// Longest wait; without it as long as it takes.
        #[serde(default)] timeout_millis: Option<u64>,
    ) -> (),
        needs [] errnos [EBADF EPERM ETIMEDOUT ECANCELED EINTR]
        example r#"{"call":"pipe_wait","pipe":1,"for":"readable","timeout_millis":10}"#;

    // Descriptors
    /// Opens a file and gives the lowest free descriptor.
    35 "open" Open: Descriptor HostIo mutates (
        /// Absolute, or relative to the working folder.
        path: String,
        /// How; default for reading.
        #[serde(default = "for_reading")] mode: OpenMode,
    ) -> Fd,
        needs [opens(path, mode)]
        errnos [ENOENT EEXIST ENOTDIR EISDIR EMFILE EROFS ENOSPC ELOOP ENAMETOOLONG EIO]
        example r#"{"call":"open","path":"/home/a.txt","mode":{"read":true,"write":true,"create":true}}"#;

    /// Closes a descriptor. The last one of a terminal hangs it up.
    36 "close" Close: Descriptor HostIo pure (
        /// The descriptor.
        fd: Fd,
    ) -> (),
        needs [] errnos [EBADF EIO]
        example r#"{"call":"close","fd":0}"#;

    /// A second descriptor for the same open file: they share offset and flags.
    37 "dup" Dup: Descriptor Instant pure (
        /// The descriptor.
        fd: Fd,
    ) -> Fd,
        needs [] errnos [EBADF EMFILE]
        example r#"{"call":"dup","fd":0}"#;

    /// As `dup`, to a number of one's choice; what was open there is closed.
    38 "dup2" Dup2: Descriptor Instant pure (
        /// The descriptor.
        fd: Fd,
        /// The number it gets.
        to: Fd,
    ) -> Fd,
        needs [] errnos [EBADF]
        example r#"{"call":"dup2","fd":0,"to":5}"#;

    /// Moves the offset and says where it is then.
    39 "lseek" Lseek: Descriptor HostIo pure (
        /// The descriptor.
        fd: Fd,
        /// Bytes, also negative.
        #[serde(default)] offset: i64,
        /// From where.
        #[serde(default)] whence: SeekFrom,
    ) -> u64,
        needs [] errnos [EBADF ESPIPE EOVERFLOW]
        example r#"{"call":"lseek","fd":0,"offset":0,"whence":"end"}"#;

    /// Duplicates a descriptor or reads and sets its flags.
    40 "fcntl" Fcntl: Descriptor Instant pure (
        /// The descriptor.
        fd: Fd,
        /// What to do.
        command: FcntlCommand,
        /// For `dup_fd`, `set_fd`, `set_fl`.
        #[serde(default)] value: u32,
    ) -> u32,
        needs [] errnos [EBADF EMFILE]
        example r#"{"call":"fcntl","fd":0,"command":"get_fl"}"#;

    /// Reads from the offset on, or output of a terminal or program as it comes.
    /// No bytes mean the end of the file, or that nobody is left to write.
    41 "fd_read" FdRead: Descriptor Waits pure (
        /// The descriptor.
        fd: Fd,
        /// Most bytes to read.
        #[serde(default = "chunk")] size: u64,
        /// Longest wait on a terminal or program: 0 does not wait (EAGAIN), without it as long as it takes.
        #[serde(default)] timeout_millis: Option<u64>,
    ) -> Bytes,
        needs [descriptor(ReadFile, fd)] errnos [EBADF EAGAIN ETIMEDOUT EIO ECANCELED EINTR]
        example r#"{"call":"fd_read","fd":0}"#;

    /// Writes at the offset, or input for a terminal or program; says how much was taken.
    /// Submitted writes to one descriptor run in the order of their submission.
    42 "fd_write" FdWrite: Descriptor HostIo mutates (
        /// The descriptor.
        fd: Fd,
        /// A string, or `{"base64": "…"}`.
        data: Bytes,
    ) -> u64,
        needs [descriptor(WriteFile, fd)] errnos [EBADF EAGAIN EPIPE EFBIG ENOSPC EDQUOT EROFS EIO]
        example r#"{"call":"fd_write","fd":0,"data":"hello"}"#;

    /// Reads at a position, without the offset.
    43 "fd_pread" FdPread: Descriptor HostIo pure (
        /// The descriptor.
        fd: Fd,
        /// First byte.
        #[serde(default)] offset: u64,
        /// Most bytes to read.
        #[serde(default = "chunk")] size: u64,
    ) -> Bytes,
        needs [descriptor(ReadFile, fd)] errnos [EBADF ESPIPE EIO]
        example r#"{"call":"fd_pread","fd":0,"offset":0,"size":16}"#;

    /// Writes at a position, without the offset.
    44 "fd_pwrite" FdPwrite: Descriptor HostIo mutates (
        /// The descriptor.
        fd: Fd,
        /// First byte.
        #[serde(default)] offset: u64,
        /// A string, or `{"base64": "…"}`.
        data: Bytes,
    ) -> u64,
        needs [descriptor(WriteFile, fd)] errnos [EBADF ESPIPE EFBIG ENOSPC EDQUOT EROFS EIO]
        example r#"{"call":"fd_pwrite","fd":0,"offset":0,"data":"hello"}"#;

    /// Waits until the file's content is on the disk.
    45 "fd_sync" FdSync: Descriptor HostIo mutates (
        /// The descriptor.
        fd: Fd,
    ) -> (),
        needs [] errnos [EBADF EINVAL EIO]
        example r#"{"call":"fd_sync","fd":0}"#;

    /// What is known of an open descriptor.
    46 "fd_stat" FdStat: Descriptor HostIo pure (
        /// The descriptor.
        fd: Fd,
    ) -> DescriptorStat,
        needs [] errnos [EBADF EIO]
        example r#"{"call":"fd_stat","fd":0}"#;

    // Memory
    /// Memory of the system and of the machine.
    47 "get_memory_stats" GetMemoryStats: Memory Instant pure () -> MemoryStats,
        needs [plain(SystemInfo)] errnos []
        example r#"{"call":"get_memory_stats"}"#;

    /// Memory of a process.
    48 "get_process_memory_stats" GetProcessMemoryStats: Memory Instant pure (
        /// The process; without it the caller.
        #[serde(default)] pid: Option<Pid>,
    ) -> ProcessMemoryStats,
        needs [process(SystemInfo, pid)] errnos [ESRCH]
        example r#"{"call":"get_process_memory_stats"}"#;

    /// Releases what nobody can reach any more and says what that was.
    49 "trigger_gc" TriggerGc: Memory Instant pure () -> GcReport,
        needs [] errnos []
        example r#"{"call":"trigger_gc"}"#;

    // System
    /// Facts about the machine.
    50 "get_system_info" GetSystemInfo: System Instant pure () -> SystemInfo,
        needs [plain(SystemInfo)] errnos []
        example r#"{"call":"get_system_info"}"#;

    /// A variable of the caller's environment; null when it is not set.
    51 "get_env" GetEnv: System Instant pure (
        /// Its name.
        name: String,
    ) -> Option<String>,
        needs [] errnos []
        example r#"{"call":"get_env","name":"HOME"}"#;

    /// Sets a variable of the caller's environment; null removes it. Children start with a copy.
    52 "set_env" SetEnv: System Instant pure (
        /// Its name, without `=`.
        name: String,
        /// Its value.
        #[serde(default)] value: Option<String>,
    ) -> (),
        needs [] errnos [ENOMEM]
        example r#"{"call":"set_env","name":"EDITOR","value":"notes"}"#;

    // Time
    /// The wall clock.
    53 "get_current_time" GetCurrentTime: Time Instant pure () -> CurrentTime,
        needs [plain(TimeAccess)] errnos []
        example r#"{"call":"get_current_time"}"#;

    /// Waits for a time, at most a day.
    54 "sleep" Sleep: Time Waits pure (
        /// Milliseconds.
        millis: u64,
    ) -> (),
        needs [plain(TimeAccess)] errnos [ECANCELED EINTR]
        example r#"{"call":"sleep","millis":1}"#;

    /// Time since the system started.
    55 "get_uptime" GetUptime: Time Instant pure () -> Uptime,
        needs [plain(TimeAccess)] errnos []
        example r#"{"call":"get_uptime"}"#;

    // Tasks
    /// Starts a call that goes on by itself, and names it. The call's own needs are checked when it runs.
    56 "submit" Submit: Task Instant pure (
        /// The call; not another `submit`.
        #[serde(rename = "do")] call: Box<Call>,
    ) -> TaskId,
        needs [] errnos [EAGAIN]
        example r#"{"call":"submit","do":{"call":"sleep","millis":1}}"#;

    /// Where a submitted call of the caller is, with its result once it is done.
    57 "task_status" GetTaskStatus: Task Instant pure (
        /// The task.
        task: TaskId,
    ) -> TaskStatus,
        needs [] errnos [ESRCH]
        example r#"{"call":"task_status","task":1}"#;

    /// Cancels a submitted call of the caller; false when it was done already.
    /// Copies and deletions stop at the next part; what else is inside the host finishes there. The result is
    /// dropped.
    58 "task_cancel" TaskCancel: Task Instant pure (
        /// The task.
        task: TaskId,
    ) -> bool,
        needs [] errnos [ESRCH]
        example r#"{"call":"task_cancel","task":1}"#;

    // Security
    /// The capabilities of a process.
    59 "list_capabilities" ListCapabilities: Security Instant pure (
        /// The process; without it the caller.
        #[serde(default)] pid: Option<Pid>,
    ) -> Vec<Capability>,
        needs [process(SystemInfo, pid)] errnos [ESRCH]
        example r#"{"call":"list_capabilities"}"#;

    // Observability
    /// Why something happened: its cause back to the root, with the events of each.
    60 "why" Why: Observe Instant pure (
        /// A cause. One of `cause`, `pid` and `event` must be there.
        #[serde(default)] cause: Option<CauseId>,
        /// A process: the cause of its start.
        #[serde(default)] pid: Option<Pid>,
        /// Position of an event in the ring.
        #[serde(default)] event: Option<u64>,
    ) -> Chain,
        needs [observe_all()] errnos [ENOENT ESRCH]
        example r#"{"call":"why","pid":0}"#;

    /// Events of the telemetry ring that match everything that is given, newest last.
    61 "query_events" QueryEvents: Observe Instant pure (
        /// Of this process.
        #[serde(default)] pid: Option<Pid>,
        /// Of this cause.
        #[serde(default)] cause: Option<CauseId>,
        /// Of this category.
        #[serde(default)] category: Option<EventCategory>,
        /// With this name.
        #[serde(default)] kind: Option<String>,
        /// At least this severe.
        #[serde(default)] severity: Option<Severity>,
        /// With this text in name or label.
        #[serde(default)] text: Option<String>,
        /// From this position of the ring on: the oldest matches from there. Without it the newest.
        #[serde(default)] since: Option<u64>,
        /// At most so many, at most 1,000.
        #[serde(default = "event_limit")] limit: u32,
    ) -> EventPage,
        needs [observe(pid)] errnos []
        example r#"{"call":"query_events","limit":10}"#;

    /// The system's figures.
    62 "get_metrics" GetMetrics: Observe Instant pure () -> Metrics,
        needs [observe_all()] errnos []
        example r#"{"call":"get_metrics"}"#;

    // Shared memory
    /// Makes a segment of shared memory, filled with zeros. Its maker may always attach, for both.
    70 "shm_create" ShmCreate: SharedMemory HostIo mutates (
        /// Bytes, 1 to 100 MiB.
        size: u64,
        /// Who else may attach to look; at most 64.
        #[serde(default)] readers: Vec<Pid>,
        /// Who else may attach to look and to change; at most 64.
        #[serde(default)] writers: Vec<Pid>,
    ) -> ShmId,
        needs [] errnos [ESRCH EMFILE EDQUOT ENOMEM]
        example r#"{"call":"shm_create","size":4096}"#;

    /// Attaches the caller to a segment. A second time changes what for.
    71 "shm_attach" ShmAttach: SharedMemory Instant mutates (
        /// The segment.
        shm: ShmId,
        /// What for.
        #[serde(default)] access: MemoryAccess,
    ) -> (),
        needs [] errnos [EBADF EPERM]
        example r#"{"call":"shm_attach","shm":1,"access":"read_write"}"#;

    /// Ends the caller's attachment.
    72 "shm_detach" ShmDetach: SharedMemory Instant mutates (
        /// The segment.
        shm: ShmId,
    ) -> (),
        needs [] errnos [EBADF EPERM]
        example r#"{"call":"shm_detach","shm":1}"#;

    /// Writes into a segment; needs an attachment for writing. The reply is the number of bytes.
    /// EBUSY while somebody holds a view of the memory.
    73 "shm_write" ShmWrite: SharedMemory Instant pure (
        /// The segment.
        shm: ShmId,
        /// First byte.
        #[serde(default)] offset: u64,
        /// A string, or `{"base64": "…"}`.
        data: Bytes,
    ) -> u64,
        needs [] errnos [EBADF EPERM ERANGE EBUSY]
        example r#"{"call":"shm_write","shm":1,"offset":0,"data":"hello"}"#;

    /// Reads from a segment; needs an attachment. EBUSY while somebody holds a view for writing.
    74 "shm_read" ShmRead: SharedMemory Instant pure (
        /// The segment.
        shm: ShmId,
        /// First byte.
        #[serde(default)] offset: u64,
        /// How many, at most 16 MiB.
        #[serde(default = "chunk")] size: u64,
    ) -> Bytes,
        needs [] errnos [EBADF EPERM ERANGE EBUSY]
        example r#"{"call":"shm_read","shm":1,"offset":0,"size":5}"#;

    /// Removes a segment for everybody. Only its owner may. Views that are held keep their memory.
    75 "shm_destroy" ShmDestroy: SharedMemory HostIo mutates (
        /// The segment.
        shm: ShmId,
    ) -> (),
        needs [] errnos [EBADF EPERM]
        example r#"{"call":"shm_destroy","shm":1}"#;

    /// State and totals of a segment. Its owner and who may attach may ask.
    76 "shm_stats" GetShmStats: SharedMemory Instant pure (
        /// The segment.
        shm: ShmId,
    ) -> ShmStats,
        needs [] errnos [EBADF EPERM]
        example r#"{"call":"shm_stats","shm":1}"#;

    // Mapping
    /// Maps a part of a file and keeps the file open.
    /// A shared mapping is a window: what is written is in the file at once, for everybody. A private one
    /// keeps its changes to itself.
    77 "mmap" Mmap: Mapping HostIo mutates (
        /// Absolute, or relative to the working folder.
        path: String,
        /// First byte of the file.
        #[serde(default)] offset: u64,
        /// Bytes, at most 1 GiB; without it up to the end of the file.
        #[serde(default)] length: Option<u64>,
        /// What for.
        #[serde(default)] access: MemoryAccess,
        /// Who sees what is written.
        #[serde(default)] sharing: MapSharing,
    ) -> MapId,
        needs [path(ReadFile, path), maps(path, access, sharing)]
        errnos [ENOENT ENOTDIR EISDIR EMFILE ERANGE EROFS ELOOP ENAMETOOLONG EIO]
        example r#"{"call":"mmap","path":"/home/a.txt","access":"read_write"}"#;

    /// Reads from a mapping. ERANGE behind its end, or where the file has become shorter.
    78 "mmap_read" MmapRead: Mapping HostIo pure (
        /// The mapping.
        map: MapId,
        /// First byte, from the mapping's beginning.
        #[serde(default)] offset: u64,
        /// How many, at most 16 MiB.
        #[serde(default = "chunk")] size: u64,
    ) -> Bytes,
        needs [mapping(ReadFile, map)] errnos [EBADF ERANGE EIO]
        example r#"{"call":"mmap_read","map":1,"offset":0,"size":5}"#;

    /// Writes to a mapping; never makes the file longer. The reply is the number of bytes.
    79 "mmap_write" MmapWrite: Mapping HostIo mutates (
        /// The mapping.
        map: MapId,
        /// First byte, from the mapping's beginning.
        #[serde(default)] offset: u64,
        /// A string, or `{"base64": "…"}`.
        data: Bytes,
    ) -> u64,
        needs [mapping(WriteFile, map)] errnos [EBADF EPERM ERANGE ENOMEM ENOSPC EDQUOT EIO]
        example r#"{"call":"mmap_write","map":1,"offset":0,"data":"hello"}"#;

    /// Waits until the disk has what was written to a shared mapping. Does nothing for a private one.
    80 "msync" Msync: Mapping HostIo mutates (
        /// The mapping.
        map: MapId,
    ) -> (),
        needs [] errnos [EBADF EIO]
        example r#"{"call":"msync","map":1}"#;

    /// Ends a mapping and closes its file. What a private one changed is gone.
    81 "munmap" Munmap: Mapping HostIo mutates (
        /// The mapping.
        map: MapId,
    ) -> (),
        needs [] errnos [EBADF]
        example r#"{"call":"munmap","map":1}"#;

    /// State and totals of a mapping of the caller.
    82 "mmap_stats" GetMapStats: Mapping Instant pure (
        /// The mapping.
        map: MapId,
    ) -> MapStats,
        needs [] errnos [EBADF]
        example r#"{"call":"mmap_stats","map":1}"#;

    // Queues
    /// Makes a queue of messages. It goes when its maker ends.
    /// A queue holds at most `capacity` messages, and 64 MiB; pub/sub does so for every subscriber.
    83 "queue_create" QueueCreate: Queue Instant mutates (
        /// What rights are about; 1 to 255 bytes, and no other queue has it.
        name: String,
        /// In which order messages come out, and who gets them.
        #[serde(default)] kind: QueueKind,
        /// Messages that may wait, 1 to 65,536.
        #[serde(default = "queue_capacity")] capacity: u32,
        /// What happens when they are reached.
        #[serde(default)] overflow: QueueOverflow,
    ) -> QueueId,
        needs [channel(ReceiveMessage, name)] errnos [EEXIST EMFILE]
        example r#"{"call":"queue_create","name":"news","kind":"pub_sub"}"#;

    /// The queue with a name.
    84 "queue_open" QueueOpen: Queue Instant pure (
        /// Its name.
        name: String,
    ) -> QueueId,
        needs [channel_either(name)] errnos [ENOENT]
        example r#"{"call":"queue_open","name":"mail"}"#;

    /// Sends a message, which carries its sender and what it was sent for.
    /// The reply says for how many it was put in: 1, or the number of subscribers. EAGAIN when there is no
    /// room (for one of the subscribers): then nobody has it.
    85 "queue_send" QueueSend: Queue Instant pure (
        /// The queue.
        queue: QueueId,
        /// A string, or `{"base64": "…"}`; at most 16 MiB.
        data: SharedBytes,
        /// The highest comes first in a priority queue.
        #[serde(default)] priority: u8,
    ) -> u32,
        needs [queue(SendMessage, queue)] errnos [EBADF EAGAIN EPIPE EFBIG]
        example r#"{"call":"queue_send","queue":1,"data":"hello"}"#;

    /// Takes the next message. EPIPE when there is none and the queue was closed.
    86 "queue_receive" QueueReceive: Queue Waits pure (
        /// The queue; for pub/sub the caller must be subscribed.
        queue: QueueId,
        /// Longest wait: 0 does not wait (EAGAIN), without it as long as it takes.
        #[serde(default)] timeout_millis: Option<u64>,
    ) -> Message,
        needs [queue(ReceiveMessage, queue)] errnos [EBADF EPERM EAGAIN EPIPE ETIMEDOUT ECANCELED EINTR]
        example r#"{"call":"queue_receive","queue":1,"timeout_millis":10}"#;

    /// Subscribes the caller to a pub/sub queue: it gets what is sent from now on.
    87 "queue_subscribe" QueueSubscribe: Queue Instant mutates (
        /// The queue.
        queue: QueueId,
        /// Messages that may wait for the caller, 1 to 65,536; without it as the queue says.
        #[serde(default)] capacity: Option<u32>,
        /// What happens when they are reached; without it as the queue says.
        #[serde(default)] overflow: Option<QueueOverflow>,
    ) -> (),
        needs [queue(ReceiveMessage, queue)] errnos [EBADF EEXIST EPIPE EMFILE]
        example r#"{"call":"queue_subscribe","queue":2}"#;

    /// Ends the caller's subscription; what waits for it is dropped.
    88 "queue_unsubscribe" QueueUnsubscribe: Queue Instant mutates (
        /// The queue.
        queue: QueueId,
    ) -> (),
        needs [] errnos [EBADF ENOENT]
        example r#"{"call":"queue_unsubscribe","queue":3}"#;

    /// Takes no more messages. What waits can still be received. Only its owner may.
    89 "queue_close" QueueClose: Queue Instant mutates (
        /// The queue.
        queue: QueueId,
    ) -> (),
        needs [] errnos [EBADF EPERM]
        example r#"{"call":"queue_close","queue":1}"#;

    /// Removes a queue with what is in it. Only its owner may.
    90 "queue_destroy" QueueDestroy: Queue Instant mutates (
        /// The queue.
        queue: QueueId,
    ) -> (),
        needs [] errnos [EBADF EPERM]
        example r#"{"call":"queue_destroy","queue":1}"#;

    /// State and totals of a queue.
    91 "queue_stats" GetQueueStats: Queue Instant pure (
        /// The queue.
        queue: QueueId,
    ) -> QueueStats,
        needs [queue(ReceiveMessage, queue)] errnos [EBADF]
        example r#"{"call":"queue_stats","queue":1}"#;

    // File system, continued
    /// Makes a symbolic link with any text.
    /// Whoever uses the link needs the rights on what it leads to; an absolute text starts at our `/`.
    130 "symlink" Symlink: File HostIo mutates (
        /// The link's text, a path that need not exist.
        target: String,
        /// The link's own path.
        path: String,
    ) -> (),
        needs [path(CreateFile, path)] errnos [EEXIST ENOENT ENOTDIR EROFS ENOSPC EDQUOT ELOOP ENAMETOOLONG EIO]
        example r#"{"call":"symlink","target":"notes.txt","path":"/home/link"}"#;

    /// The text of a symbolic link.
    131 "readlink" ReadLink: File HostIo pure (
        /// The link's own path.
        path: String,
    ) -> String,
        needs [path(ReadFile, path)] errnos [ENOENT ENOTDIR ELOOP ENAMETOOLONG EIO]
        example r#"{"call":"readlink","path":"/home/link"}"#;

    /// Gives a file a second name in the same file system.
    /// Content that may be read and changed under the new name may be so under the old one, so both rights
    /// on the old name are needed.
    132 "link" Link: File HostIo mutates (
        /// The file; a symbolic link is not followed.
        from: String,
        /// Its second name.
        to: String,
    ) -> (),
        needs [path(ReadFile, from), path(WriteFile, from), path(CreateFile, to)]
        errnos [ENOENT EEXIST ENOTDIR EPERM EXDEV EROFS ENOSPC EDQUOT ELOOP ENAMETOOLONG EIO]
        example r#"{"call":"link","from":"/home/a.txt","to":"/home/b.txt"}"#;

    /// Sets the permission bits that programs of the host see. What our own apps may do is decided by
    /// capabilities alone.
    133 "chmod" Chmod: File HostIo mutates (
        /// Absolute, or relative to the working folder; a symbolic link is followed.
        path: String,
        /// `rwxrwxrwx` as a number: 420 is 0o644, 493 is 0o755. Other bits are refused.
        mode: u32,
    ) -> (),
        needs [path(WriteFile, path)] errnos [ENOENT ENOTDIR EPERM EBUSY EROFS ELOOP ENAMETOOLONG EIO]
        example r#"{"call":"chmod","path":"/home/a.txt","mode":384}"#;

    /// Sets when a file's content or a folder was changed last.
    134 "set_times" SetTimes: File HostIo mutates (
        /// Absolute, or relative to the working folder; a symbolic link is followed.
        path: String,
        /// Milliseconds since the Unix epoch.
        modified_millis: u64,
    ) -> (),
        needs [path(WriteFile, path)] errnos [ENOENT ENOTDIR EPERM EBUSY EROFS ELOOP ENAMETOOLONG EIO]
        example r#"{"call":"set_times","path":"/home/a.txt","modified_millis":1700000000000}"#;

    /// Room of the file system that a path lies in.
    135 "statfs" StatFs: File HostIo pure (
        /// Absolute, or relative to the working folder.
        path: String,
    ) -> FsStat,
        needs [path(ReadFile, path)] errnos [ENOENT ENOTDIR ELOOP ENAMETOOLONG EIO]
        example r#"{"call":"statfs","path":"/home"}"#;

    /// Waits until a file's content, or a folder's names, are on the disk.
    136 "fsync" Fsync: File HostIo pure (
        /// Absolute, or relative to the working folder.
        path: String,
    ) -> (),
        needs [path(WriteFile, path)] errnos [ENOENT ENOTDIR ENOSPC EDQUOT ELOOP ENAMETOOLONG EIO]
        example r#"{"call":"fsync","path":"/home/a.txt"}"#;

    /// Watches a folder, or one file, from now on. The descriptor gives the events (`watch_read`) and ends
    /// the watch when it is closed. What lies deeper in the folder is not watched.
    /// A file that is replaced as a whole is still watched: the name is.
    137 "watch" Watch: File HostIo pure (
        /// A folder or a file.
        path: String,
    ) -> Fd,
        needs [path(ListDirectory, path), path(ReadFile, path)]
        errnos [ENOENT ENOTDIR EMFILE ENOSPC ENOSYS ELOOP ENAMETOOLONG EIO]
        example r#"{"call":"watch","path":"/home"}"#;

    /// Ends a watch, as `close` does.
    138 "unwatch" Unwatch: File HostIo pure (
        /// The watch's descriptor.
        fd: Fd,
    ) -> (),
        needs [] errnos [EBADF]
        example r#"{"call":"unwatch","fd":1}"#;

    /// Waits for events of a watch. At most 1,024 wait for a reader; when there were more, `lost` says so.
    139 "watch_read" WatchRead: File Waits pure (
        /// The watch's descriptor.
        fd: Fd,
        /// Most events, at most 1,000.
        #[serde(default = "event_limit")] limit: u32,
        /// Longest wait; 0 does not wait, without it as long as it takes. When it is over there are no events.
        #[serde(default)] timeout_millis: Option<u64>,
    ) -> WatchEvents,
        needs [descriptor(ListDirectory, fd)] errnos [EBADF ECANCELED EINTR]
        example r#"{"call":"watch_read","fd":1,"timeout_millis":0}"#;

    /// Mounts an empty file system in memory at `/mnt/<name>`. It lasts until it is unmounted or the system
    /// ends. Folders of the host are mounted by the desktop only, when somebody grants one.
    140 "mount" Mount: File HostIo mutates (
        /// `/mnt/<name>`.
        path: String,
        /// What it may hold; at most 1 GiB.
        #[serde(default = "mount_capacity")] size_bytes: u64,
    ) -> (),
        needs [plain(Mount), path(CreateFile, path)] errnos [EBUSY ENOSPC EPERM ELOOP ENAMETOOLONG]
        example r#"{"call":"mount","path":"/mnt/scratch","size_bytes":1048576}"#;

    /// Takes a mount beneath `/mnt` away. Files that are open stay usable until they are closed.
    141 "unmount" Unmount: File HostIo mutates (
        /// The mount point.
        path: String,
    ) -> (),
        needs [plain(Mount), path(DeleteFile, path)] errnos [EBUSY EPERM ELOOP ENAMETOOLONG]
        example r#"{"call":"unmount","path":"/mnt/scratch"}"#;

    // Descriptors, continued
    /// Waits until one of several descriptors and pipes is ready, and says which are.
    /// Files are always ready. When the time is over the reply is empty.
    142 "poll" Poll: Descriptor Waits pure (
        /// Descriptors to wait for; at most 1,024 with the pipes.
        #[serde(default)] fds: Vec<PollFd>,
        /// Ends of pipes to wait for, each the caller's own.
        #[serde(default)] pipes: Vec<PollPipe>,
        /// Longest wait; 0 does not wait, without it as long as it takes.
        #[serde(default)] timeout_millis: Option<u64>,
    ) -> Vec<Polled>,
        needs [] errnos [EBADF EPERM ECANCELED EINTR]
        example r#"{"call":"poll","fds":[{"fd":0,"read":true}],"timeout_millis":0}"#;

    /// Moves bytes from an open file to another descriptor, without a detour over the caller.
    /// Says how many were moved; none at the end of the file.
    143 "sendfile" SendFile: Descriptor HostIo mutates (
        /// The file to read from.
        fd: Fd,
        /// The descriptor to write to.
        to: Fd,
        /// First byte; without it from the file's offset, which then moves.
        #[serde(default)] offset: Option<u64>,
        /// Most bytes to move; at most 64 MiB in one call.
        #[serde(default = "chunk")] size: u64,
    ) -> u64,
        needs [descriptor(ReadFile, fd), descriptor(WriteFile, to)]
        errnos [EBADF EAGAIN EPIPE ESPIPE EFBIG ENOSPC EDQUOT EROFS ECANCELED EIO]
        example r#"{"call":"sendfile","fd":0,"to":1,"size":5}"#;

    // Trash
    /// Puts a file or folder into the trash of its file system and says where it is now.
    /// The trash is the folder `.Trash` at the mount's top: what was deleted lies in `files`, and in `info`
    /// is a JSON document for each that says where it was and when it was deleted.
    144 "trash" Trash: File HostIo mutates (
        /// What to put away.
        path: String,
    ) -> String,
        needs [path(DeleteFile, path)]
        errnos [ENOENT ENOTDIR EEXIST EBUSY EROFS ENOSPC EDQUOT ELOOP ENAMETOOLONG EIO]
        example r#"{"call":"trash","path":"/home/a.txt"}"#;

    /// What is in a trash, the newest first. A trash that nobody used yet is empty.
    145 "trash_list" TrashList: File HostIo pure (
        /// The folder `.Trash`.
        #[serde(default = "trash_folder")] path: String,
    ) -> Vec<TrashEntry>,
        needs [path(ListDirectory, path), path(ReadFile, path)] errnos [ENOTDIR EFBIG ELOOP ENAMETOOLONG EIO]
        example r#"{"call":"trash_list"}"#;

    /// Takes something out of the trash, back to where it was or elsewhere in the same file system.
    146 "trash_restore" TrashRestore: File HostIo mutates (
        /// Its path in the trash.
        item: String,
        /// Its new path; nothing may be there.
        to: String,
    ) -> (),
        needs [path(ReadFile, item), path(DeleteFile, item), path(CreateFile, to)]
        errnos [ENOENT EEXIST ENOTDIR EXDEV EBUSY EROFS ELOOP ENAMETOOLONG EIO]
        example r#"{"call":"trash_restore","item":"/home/.Trash/files/a.txt","to":"/home/a.txt"}"#;

    /// Deletes for good what is in a trash, or one item of it. The reply is the number of files and folders.
    147 "trash_empty" TrashEmpty: File HostIo mutates (
        /// The folder `.Trash`, or the path of one item in it.
        #[serde(default = "trash_folder")] path: String,
    ) -> u64,
        needs [path(DeleteFile, path)] errnos [ENOENT ENOTDIR EROFS ECANCELED ELOOP ENAMETOOLONG EIO]
        example r#"{"call":"trash_empty"}"#;

    // Observability, continued: the journal, over all boots
    /// Why something is as it is: the newest rows of the journal about it, each with its chain of causes.
    /// Give one of `path`, `pid`, `host_pid`, `window` and `cause`.
    160 "explain" Explain: Observe HostIo pure (
        /// A file or folder: what changed it.
        #[serde(default)] path: Option<String>,
        /// A process: what started it.
        #[serde(default)] pid: Option<Pid>,
        /// A window: what was done in it.
        #[serde(default)] window: Option<u64>,
        /// A cause: what it did.
        #[serde(default)] cause: Option<CauseId>,
        /// A process of the host, by its number there: what started it, as far as that was seen.
        #[serde(default)] host_pid: Option<i32>,
    ) -> Vec<Explanation>,
        needs [observe_all()] errnos [ENOSYS ENAMETOOLONG EIO]
        example r#"{"call":"explain","path":"/home/a.txt"}"#;

    /// Rows of the journal that match everything that is given, the newest first.
    161 "query_journal" QueryJournal: Observe HostIo pure (
        /// Of this app.
        #[serde(default)] app: Option<String>,
        /// Of this cause and of what followed from it.
        #[serde(default)] cause: Option<CauseId>,
        /// Of this kind, such as `denied` or `file`.
        #[serde(default)] kind: Option<String>,
        /// About this path, or what lies beneath it.
        #[serde(default)] path: Option<String>,
        /// By this process.
        #[serde(default)] pid: Option<Pid>,
        /// Not older, milliseconds since the Unix epoch.
        #[serde(default)] since_millis: Option<u64>,
        /// With a lower number: goes on behind an earlier answer.
        #[serde(default)] before: Option<u64>,
        /// Most rows; at most 1,000.
        #[serde(default = "event_limit")] limit: u32,
    ) -> Vec<JournalRow>,
        needs [observe_all()] errnos [ENOSYS EIO]
        example r#"{"call":"query_journal","kind":"denied","limit":20}"#;

    /// The paths that an app has changed, those changed last first.
    162 "touched_by" TouchedBy: Observe HostIo pure (
        /// The app's id.
        app: String,
        /// Most paths; at most 1,000.
        #[serde(default = "event_limit")] limit: u32,
    ) -> Vec<TouchedPath>,
        needs [observe_all()] errnos [ENOSYS EIO]
        example r#"{"call":"touched_by","app":"notes"}"#;

    /// What taking back a cause, and what followed from it, would do to files. Changes nothing.
    163 "undo_plan" UndoPlan: Observe HostIo pure (
        /// The cause.
        cause: CauseId,
    ) -> Vec<UndoStep>,
        needs [observe_all()] errnos [ENOSYS EFBIG EIO]
        example r#"{"call":"undo_plan","cause":1099511627778}"#;

    /// Takes back what a cause, and what followed from it, did to files.
    /// Refused with EBUSY where there is newer content, unless `mode` says otherwise. Each path needs the right
    /// to change it, too. It is a change like others: taking back its own cause brings everything forth again.
    164 "undo" Undo: Observe HostIo mutates (
        /// The cause.
        cause: CauseId,
        /// What happens where something stands in the way.
        #[serde(default)] mode: UndoMode,
    ) -> Undone,
        needs [observe_all()] errnos [ENOENT EBUSY ENOSYS EFBIG ENOSPC EDQUOT EIO]
        example r#"{"call":"undo","cause":1099511627778}"#;

    /// Reads the whole journal and follows its chain: whether every row is as it was written.
    185 "verify_journal" VerifyJournal: Observe HostIo pure () -> JournalCheck,
        needs [observe_all()] errnos [ENOSYS EIO]
        example r#"{"call":"verify_journal"}"#;

    // Runs whose changes are held back
    /// Begins a run: copies of these folders, or layers over them, are made for a program to work in.
    /// What is changed there changes no original until `apply_run`. Refused with EFBIG when a folder is too large to
    /// be copied and the host cannot do without. The run outlives the desktop; it ends with the program that is started in
    /// it (`run` of `exec_pty` and `spawn`), or with the caller.
    225 "begin_run" BeginRun: File HostIo mutates (
        /// Folders of the host, none within another; at most 8.
        folders: Vec<String>,
        /// For people; without it the name of the caller.
        #[serde(default)] name: Option<String>,
    ) -> RunInfo,
        needs [paths(ReadFile, folders), paths(WriteFile, folders)]
        errnos [ENOENT ENOTDIR EFBIG ENOSPC EMFILE ENOSYS ELOOP ENAMETOOLONG EIO]
        example r#"{"call":"begin_run","folders":["/home/folder"]}"#;

    /// The runs that are there, the newest first.
    226 "list_runs" ListRuns: File HostIo pure () -> Vec<RunInfo>,
        needs [observe_all()] errnos []
        example r#"{"call":"list_runs"}"#;

    /// What a run changed and nobody has decided about.
    227 "run_changes" RunChangesOf: File HostIo pure (
        /// The run.
        run: RunId,
    ) -> RunChanges,
        needs [observe_all()] errnos [ENOENT EIO]
        example r#"{"call":"run_changes","run":1}"#;

    /// A file of a run beside its original as that is now, line by line where both are text.
    228 "run_diff" RunDiff: File HostIo pure (
        /// The run.
        run: RunId,
        /// The path of the original.
        path: String,
        /// Lines around a difference.
        #[serde(default = "diff_context")] context: u32,
    ) -> FileDiff,
        needs [observe_all()] errnos [ENOENT EISDIR EIO]
        example r#"{"call":"run_diff","run":1,"path":"/home/folder/new.txt"}"#;

    /// Takes changes of a run over into the originals, each file in one step.
    /// A path also means what lies beneath it, but for what runs later by itself: that is taken over only when it is
    /// named. Each path needs the right to change it, too. It is a change like others: `undo` of the reply's cause
    /// takes it back.
    229 "apply_run" ApplyRun: File HostIo mutates (
        /// The run.
        run: RunId,
        /// Which; all when there is none.
        #[serde(default)] paths: Vec<String>,
        /// What happens where the original was changed since.
        #[serde(default)] mode: ApplyMode,
        /// Only what is named, not what lies beneath it.
        #[serde(default)] exact: bool,
    ) -> Applied,
        needs [observe_all()] errnos [ENOENT ENOSPC EDQUOT EIO]
        example r#"{"call":"apply_run","run":1}"#;

    /// Decides against changes of a run. Without paths against all, and the run is gone.
    /// The reply is the number of changes that are still open.
    230 "discard_run" DiscardRun: File HostIo mutates (
        /// The run.
        run: RunId,
        /// Which, and what lies beneath them; all when there is none.
        #[serde(default)] paths: Vec<String>,
        /// Only what is named, not what lies beneath it.
        #[serde(default)] exact: bool,
    ) -> u64,
        needs [observe_all()] errnos [ENOENT EBUSY EIO]
        example r#"{"call":"discard_run","run":1}"#;

    /// Says that nothing works in a run any more. With a program it ends by itself.
    231 "end_run" EndRun: File HostIo mutates (
        /// The run.
        run: RunId,
    ) -> RunInfo,
        needs [observe_all()] errnos [ENOENT EBUSY EIO]
        example r#"{"call":"end_run","run":1}"#;

    // Sockets
    /// Makes a socket that is neither bound nor connected.
    /// What it may reach and where it may be reached is asked at `connect`, `bind` and `sendto`.
    100 "socket" SocketCreate: Socket HostIo pure (
        /// Kind of address.
        #[serde(default)] domain: SocketDomain,
        /// Stream or datagram.
        #[serde(default, rename = "type")] kind: SocketType,
    ) -> Fd,
        needs [] errnos [EMFILE ENFILE ENOMEM ENOSYS]
        example r#"{"call":"socket","domain":"inet","type":"stream"}"#;

    /// Gives a socket its own address and says which that is: port 0 lets the system choose one.
    /// The host is an address of this machine. A socket's file goes when the socket is closed.
    101 "bind" SocketBind: Socket HostIo mutates (
        /// The socket.
        fd: Fd,
        /// Its address.
        address: SocketAddress,
    ) -> SocketAddress,
        needs [binds(fd, address)]
        errnos [EBADF ENOTSOCK EADDRINUSE EADDRNOTAVAIL ENOENT ENOTDIR EBUSY EROFS ELOOP ENAMETOOLONG EIO]
        example r#"{"call":"bind","fd":1,"address":{"host":"127.0.0.1","port":0}}"#;

    /// Takes connections from now on. Only on a bound stream.
    102 "listen" SocketListen: Socket HostIo mutates (
        /// The socket.
        fd: Fd,
        /// How many may wait to be accepted, 1 to 4,096.
        #[serde(default = "backlog")] backlog: u32,
    ) -> (),
        needs [socket(fd)] errnos [EBADF ENOTSOCK EISCONN EADDRINUSE EOPNOTSUPP]
        example r#"{"call":"listen","fd":1}"#;

    /// Takes the next connection.
    103 "accept" SocketAccept: Socket Waits pure (
        /// The listening socket.
        fd: Fd,
        /// Longest wait: 0 does not wait (EAGAIN), without it what the socket's option says.
        #[serde(default)] timeout_millis: Option<u64>,
    ) -> Accepted,
        needs [socket(fd)] errnos [EBADF ENOTSOCK EAGAIN ETIMEDOUT EMFILE ENFILE EOPNOTSUPP ECANCELED EIO EINTR]
        example r#"{"call":"accept","fd":1,"timeout_millis":1000}"#;

    /// Connects a socket. A name is looked up once; where one of its addresses cannot be reached the next one is
    /// tried, within the same time. Each is judged before.
    /// On a datagram socket it says where `send` sends to. After a failure the socket is of no more use.
    104 "connect" SocketConnect: Socket Waits mutates (
        /// The socket.
        fd: Fd,
        /// Where to.
        address: SocketAddress,
        /// Longest wait; without it 30 seconds.
        #[serde(default)] timeout_millis: Option<u64>,
    ) -> Connected,
        needs [connects(fd, address)]
        errnos [EBADF ENOTSOCK EISCONN EBUSY ECONNREFUSED ECONNRESET ETIMEDOUT EADDRNOTAVAIL ENETUNREACH EHOSTUNREACH EOPNOTSUPP ENOENT ENOTDIR ELOOP ENAMETOOLONG ECANCELED EIO]
        example r#"{"call":"connect","fd":1,"address":{"host":"127.0.0.1","port":8080},"timeout_millis":1000}"#;

    /// Sends on a connection and says how much was taken; waits while the other side takes nothing.
    105 "send" SocketSend: Socket Waits pure (
        /// The socket.
        fd: Fd,
        /// A string, or `{"base64": "…"}`.
        data: Bytes,
        /// Longest wait: 0 does not wait (EAGAIN), without it what the socket's option says.
        #[serde(default)] timeout_millis: Option<u64>,
    ) -> u64,
        needs [socket(fd)]
        errnos [EBADF ENOTSOCK EAGAIN ETIMEDOUT ENOTCONN EPIPE ECONNRESET ECONNREFUSED EMSGSIZE ECANCELED EIO]
        example r#"{"call":"send","fd":1,"data":"hello"}"#;

    /// Receives what is there, at most `size`, or waits for it. No bytes mean that the other side is done.
    106 "recv" SocketRecv: Socket Waits pure (
        /// The socket.
        fd: Fd,
        /// Most bytes, at most 1 MiB.
        #[serde(default = "chunk")] size: u64,
        /// Longest wait: 0 does not wait (EAGAIN), without it what the socket's option says.
        #[serde(default)] timeout_millis: Option<u64>,
    ) -> Bytes,
        needs [socket(fd)]
        errnos [EBADF ENOTSOCK EAGAIN ETIMEDOUT ENOTCONN ECONNRESET ECONNREFUSED ECANCELED EIO EINTR]
        example r#"{"call":"recv","fd":1,"timeout_millis":1000}"#;

    /// Sends one message to an address, from a datagram socket.
    107 "sendto" SocketSendTo: Socket Waits mutates (
        /// The socket.
        fd: Fd,
        /// A string, or `{"base64": "…"}`.
        data: Bytes,
        /// Where to.
        address: SocketAddress,
        /// Longest wait: 0 does not wait (EAGAIN), without it what the socket's option says.
        #[serde(default)] timeout_millis: Option<u64>,
    ) -> u64,
        needs [connects(fd, address), socket(fd)]
        errnos [EBADF ENOTSOCK EAGAIN ETIMEDOUT EMSGSIZE ECONNREFUSED EADDRNOTAVAIL ENETUNREACH EHOSTUNREACH EOPNOTSUPP ENOENT ENOTDIR ELOOP ENAMETOOLONG ECANCELED EIO]
        example r#"{"call":"sendto","fd":1,"data":"hello","address":{"host":"127.0.0.1","port":9}}"#;

    /// Receives one message of a datagram socket, with its sender.
    108 "recvfrom" SocketRecvFrom: Socket Waits pure (
        /// The socket.
        fd: Fd,
        /// Most bytes, at most 1 MiB.
        #[serde(default = "chunk")] size: u64,
        /// Longest wait: 0 does not wait (EAGAIN), without it what the socket's option says.
        #[serde(default)] timeout_millis: Option<u64>,
    ) -> Received,
        needs [socket(fd)] errnos [EBADF ENOTSOCK EAGAIN ETIMEDOUT ECONNREFUSED EOPNOTSUPP ECANCELED EIO EINTR]
        example r#"{"call":"recvfrom","fd":1,"timeout_millis":1000}"#;

    /// Ends a connection both ways and closes the descriptor; who waits on it gets EBADF.
    109 "socket_close" SocketClose: Socket HostIo pure (
        /// The socket.
        fd: Fd,
    ) -> (),
        needs [] errnos [EBADF ENOTSOCK]
        example r#"{"call":"socket_close","fd":1}"#;

    /// Sets an option of a socket.
    110 "setsockopt" SetSocketOption: Socket HostIo pure (
        /// The socket.
        fd: Fd,
        /// The option and its value.
        option: SocketOption,
    ) -> (),
        needs [] errnos [EBADF ENOTSOCK EOPNOTSUPP EIO]
        example r#"{"call":"setsockopt","fd":1,"option":{"no_delay":true}}"#;

    /// Says what an option of a socket is.
    111 "getsockopt" GetSocketOption: Socket HostIo pure (
        /// The socket.
        fd: Fd,
        /// Which.
        option: SocketOptionName,
    ) -> SocketOption,
        needs [] errnos [EBADF ENOTSOCK EOPNOTSUPP EIO]
        example r#"{"call":"getsockopt","fd":1,"option":"no_delay"}"#;

    /// Performs one request over HTTP or HTTPS. Redirections are answered, not followed: each is a call of its own.
    /// ENOSYS where this AgentOS was built or started without a client.
    112 "network_request" NetworkRequest: System Waits mutates (
        /// `http://` or `https://`.
        url: String,
        /// What to do.
        #[serde(default)] method: HttpMethod,
        /// Headers.
        #[serde(default)] headers: BTreeMap<String, String>,
        /// Body to send.
        #[serde(default)] body: Bytes,
        /// Longest body of the answer, bytes, at most 64 MiB.
        #[serde(default = "body_limit")] max_bytes: u64,
        /// Longest wait; without it 30 seconds.
        #[serde(default)] timeout_millis: Option<u64>,
    ) -> NetworkResponse,
        needs [url(url)]
        errnos [ENOSYS EADDRNOTAVAIL ECONNREFUSED ECONNRESET ENETUNREACH EHOSTUNREACH ETIMEDOUT EFBIG ECANCELED EIO]
        example r#"{"call":"network_request","url":"http://127.0.0.1:8080/"}"#;

    // Signals
    /// Sends a signal. A program of the host gets it as it is; for others see `register_handler`.
    /// SIGKILL ends whoever gets it. SIGSTOP stops it until SIGCONT: what a stopped process of the desktop submits waits
    /// meanwhile; calls under way go on, and so do those that it makes on the thread of whoever shows it.
    /// A handled signal that is not blocked ends calls of the process that wait (EINTR).
    113 "send_signal" SendSignal: Signal HostIo mutates (
        /// The process.
        pid: Pid,
        /// Its number, 1 to 64, as on Linux.
        signal: i32,
        /// Goes along, for who waits.
        #[serde(default)] value: i64,
        /// Who gets it.
        #[serde(default)] scope: SignalScope,
    ) -> (),
        needs [process_of(KillProcess, pid)] errnos [ESRCH EPERM EAGAIN]
        example r#"{"call":"send_signal","pid":2,"signal":15}"#;

    /// Says what happens with a signal that comes for the caller, and what happened before.
    114 "register_handler" RegisterHandler: Signal Instant pure (
        /// Its number; not 9 nor 19.
        signal: i32,
        /// What to do.
        #[serde(default)] action: SignalAction,
    ) -> SignalAction,
        needs [] errnos [EINVAL]
        example r#"{"call":"register_handler","signal":15,"action":"queue"}"#;

    /// Keeps a signal pending from now on; the reply says whether it was so before.
    115 "block_signal" BlockSignal: Signal Instant pure (
        /// Its number; not 9 nor 19.
        signal: i32,
    ) -> bool,
        needs [] errnos [EINVAL]
        example r#"{"call":"block_signal","signal":15}"#;

    /// Lets a signal through, also one that is pending. The reply says whether it was blocked before.
    116 "unblock_signal" UnblockSignal: Signal HostIo pure (
        /// Its number.
        signal: i32,
    ) -> bool,
        needs [] errnos [EINVAL]
        example r#"{"call":"unblock_signal","signal":15}"#;

    /// The caller's signals that nobody has taken, in the order in which they will be.
    117 "get_pending_signals" GetPendingSignals: Signal Instant pure () -> Vec<SignalInfo>,
        needs [] errnos []
        example r#"{"call":"get_pending_signals"}"#;

    /// Totals of a process's signals.
    118 "get_signal_stats" GetSignalStats: Signal Instant pure (
        /// The process; without it the caller.
        #[serde(default)] pid: Option<Pid>,
    ) -> SignalStats,
        needs [process(SystemInfo, pid)] errnos [ESRCH]
        example r#"{"call":"get_signal_stats"}"#;

    /// Takes the next signal that is queued or blocked, lowest number first, or waits for it.
    119 "wait_for_signal" WaitForSignal: Signal Waits pure (
        /// Only these; without it any.
        #[serde(default)] signals: Vec<i32>,
        /// Longest wait: 0 does not wait (EAGAIN), without it as long as it takes.
        #[serde(default)] timeout_millis: Option<u64>,
    ) -> SignalInfo,
        needs [] errnos [EAGAIN ETIMEDOUT ECANCELED]
        example r#"{"call":"wait_for_signal","signals":[15],"timeout_millis":1000}"#;

    /// What a process blocks, does and has pending. For a program of the host, what the host says.
    120 "get_signal_state" GetSignalState: Signal HostIo pure (
        /// The process; without it the caller.
        #[serde(default)] pid: Option<Pid>,
    ) -> SignalState,
        needs [process(SystemInfo, pid)] errnos [ESRCH]
        example r#"{"call":"get_signal_state"}"#;

    // Tasks, continued
    /// Makes several calls in one. Each passes the gate by itself; results come in the order of the calls.
    /// At most 1,024 calls; neither `batch` nor `submit` among them. In parallel 16 at a time are under way.
    195 "batch" Batch: Task Waits mutates (
        /// The calls.
        calls: Vec<Call>,
        /// One after the other, or several at once.
        #[serde(default)] order: BatchOrder,
        /// Begin no further call after one has failed.
        #[serde(default)] stop_on_error: bool,
    ) -> BatchReply,
        needs [] errnos [ECANCELED]
        example r#"{"call":"batch","calls":[{"call":"mkdir","path":"/home/made"},{"call":"exists","path":"/home/made"}]}"#;

    // Security, continued
    /// Gives up a right and everything it covers, for the caller and all it has started.
    196 "drop_capability" DropCapability: Security HostIo mutates (
        /// The right.
        capability: Capability,
    ) -> (),
        needs [] errnos [EIO]
        example r#"{"call":"drop_capability","capability":"TimeAccess"}"#;

    /// Asks for a right. Whoever has it already is told so at once; else a person is asked, once per right.
    /// EACCES when the answer is no, was no before, or nobody is there to ask; ETIMEDOUT when none comes.
    197 "request_capability" RequestCapability: Security Waits mutates (
        /// The right.
        capability: Capability,
        /// What for, in one sentence; the person reads it. At most 500 bytes are kept.
        #[serde(default)] reason: String,
        /// Longest wait; without it a minute. At most a day.
        #[serde(default)] timeout_millis: Option<u64>,
    ) -> Granted,
        needs [] errnos [EACCES EAGAIN ETIMEDOUT ECANCELED]
        example r#"{"call":"request_capability","capability":{"ReadFile":"/home"},"reason":"to list your notes"}"#;

    /// Requests for rights that wait for an answer, the oldest first. Whoever has asked for this list is an
    /// approver from then on: requests wait for it.
    198 "list_capability_requests" ListCapabilityRequests: Security Instant pure () -> Vec<CapabilityRequest>,
        needs [plain(Grant)] errnos []
        example r#"{"call":"list_capability_requests"}"#;

    /// Answers a request for a right; exactly once. Nobody answers its own, or gives what it does not have.
    199 "answer_capability_request" AnswerCapabilityRequest: Security HostIo mutates (
        /// The request.
        request: RequestId,
        /// Yes or no, and for how long.
        answer: Answer,
    ) -> (),
        needs [plain(Grant)] errnos [ENOENT EPERM EIO]
        example r#"{"call":"answer_capability_request","request":1,"answer":"run"}"#;

    /// Gives a process a right, unasked. Nobody gives what it does not have, or to itself.
    200 "grant_capability" GrantCapability: Security HostIo mutates (
        /// The process.
        pid: Pid,
        /// The right.
        capability: Capability,
        /// For how long; not `deny` nor `never`.
        #[serde(default = "for_the_run")] answer: Answer,
    ) -> (),
        needs [plain(Grant)] errnos [ESRCH EPERM EIO]
        example r#"{"call":"grant_capability","pid":2,"capability":{"ReadFile":"/home/notes.txt"}}"#;

    /// Takes a right, and everything it covers, from a process and all it has started. Holds from the next
    /// call on, for open files and connections too, and ends what was answered with `always`.
    201 "revoke_capability" RevokeCapability: Security HostIo mutates (
        /// The process.
        pid: Pid,
        /// The right.
        capability: Capability,
    ) -> (),
        needs [plain(Grant)] errnos [ESRCH EPERM EIO]
        example r#"{"call":"revoke_capability","pid":2,"capability":"TimeAccess"}"#;

    // Observability, continued
    /// Subscribes to events that match everything that is given, from now on. The descriptor gives them
    /// (`next_events`, `poll`) and ends the subscription when it is closed. Who reads too slowly loses the
    /// oldest, which is counted; who emits never waits.
    202 "subscribe_events" SubscribeEvents: Observe Instant pure (
        /// Of this process.
        #[serde(default)] pid: Option<Pid>,
        /// Of this cause.
        #[serde(default)] cause: Option<CauseId>,
        /// Of this category.
        #[serde(default)] category: Option<EventCategory>,
        /// With this name.
        #[serde(default)] kind: Option<String>,
        /// At least this severe.
        #[serde(default)] severity: Option<Severity>,
        /// With this text in name or label.
        #[serde(default)] text: Option<String>,
        /// Not of this process: whoever shows events leaves out what showing them causes.
        #[serde(default)] without: Option<Pid>,
    ) -> Fd,
        needs [observe(pid)] errnos [EMFILE]
        example r#"{"call":"subscribe_events","category":"security"}"#;

    /// The next events of a subscription, the oldest first; waits until there is one, and is woken by it.
    /// `lost` counts events that were overwritten since the last time, before they could be looked at.
    203 "next_events" NextEvents: Observe Waits pure (
        /// The subscription.
        fd: Fd,
        /// At most so many, at most 1,000.
        #[serde(default = "event_limit")] limit: u32,
        /// Longest wait; 0 does not wait, without it as long as it takes. When it is over there are no events.
        #[serde(default)] timeout_millis: Option<u64>,
    ) -> EventPage,
        needs [subscription(fd)] errnos [EBADF ECANCELED]
        example r#"{"call":"next_events","fd":1,"timeout_millis":0}"#;

    // Streams
    /// Opens a file to be read in parts, from its beginning. Needs no more memory than one part, however
    /// large the file is.
    204 "stream_open_read" StreamOpenRead: File HostIo pure (
        /// Absolute, or relative to the working folder.
        path: String,
        /// Bytes of one part, 1 to 1 MiB.
        #[serde(default = "chunk")] chunk: u64,
    ) -> Fd,
        needs [path(ReadFile, path)] errnos [ENOENT ENOTDIR EISDIR EMFILE ELOOP ENAMETOOLONG EIO]
        example r#"{"call":"stream_open_read","path":"/home/a.txt"}"#;

    /// Begins new content for a file. It takes the file's place at once when the stream is closed, and until
    /// then nobody sees it; a stream that is discarded leaves nothing.
    205 "stream_open_write" StreamOpenWrite: File HostIo pure (
        /// Absolute, or relative to the working folder.
        path: String,
    ) -> Fd,
        needs [path(WriteFile, path), creates(path)]
        errnos [ENOENT ENOTDIR EISDIR EMFILE EROFS ENOSPC EDQUOT ELOOP ENAMETOOLONG EIO]
        example r#"{"call":"stream_open_write","path":"/home/a.txt"}"#;

    /// The next part of a file; no bytes mean its end.
    206 "stream_next" StreamNext: File HostIo pure (
        /// The stream.
        fd: Fd,
    ) -> Bytes,
        needs [stream(fd)] errnos [EBADF EIO]
        example r#"{"call":"stream_next","fd":1}"#;

    /// Adds a part, at most 1 MiB, and says how many bytes the stream has now. It is with the file system when
    /// this comes back. Submitted parts are added in their order; EAGAIN when 64 wait: send no faster.
    207 "stream_push" StreamPush: File HostIo pure (
        /// The stream.
        fd: Fd,
        /// A string, or `{"base64": "…"}`.
        data: Bytes,
    ) -> u64,
        needs [stream(fd)] errnos [EBADF EAGAIN EFBIG ENOSPC EDQUOT EIO]
        example r#"{"call":"stream_push","fd":1,"data":"hello"}"#;

    /// Ends a stream. New content takes the file's place, unless it is discarded.
    208 "stream_close" StreamClose: File HostIo mutates (
        /// The stream.
        fd: Fd,
        /// Leave the file as it is.
        #[serde(default)] discard: bool,
    ) -> (),
        needs [stream(fd)] errnos [EBADF EISDIR ENOSPC EDQUOT EIO]
        example r#"{"call":"stream_close","fd":1}"#;

    // The network of programs of the host
    /// Connections of a process and of what it started; of the caller without `pid`, of all with the kernel's: those
    /// through the proxies of programs, ports that lead in, sockets of the kernel, and what the host's own tables
    /// show of programs on other networks. The newest first.
    215 "list_connections" ListConnections: Process HostIo pure (
        /// Of this process, and of what it started.
        #[serde(default)] pid: Option<Pid>,
        /// Those that are over, too: the last 64 of each program.
        #[serde(default)] ended: bool,
    ) -> Vec<NetworkConnection>,
        needs [process(SystemInfo, pid)] errnos [ESRCH]
        example r#"{"call":"list_connections","ended":true}"#;

    /// Ends a connection of a program: both sides see it closed. Nothing keeps the program from making another;
    /// `revoke_capability` does, and ends those that are there.
    216 "close_connection" CloseConnection: Process Instant mutates (
        /// Whose it is.
        pid: Pid,
        /// Its number.
        connection: u64,
    ) -> (),
        needs [process_of(KillProcess, pid)] errnos [ESRCH ENOENT]
        example r#"{"call":"close_connection","pid":2,"connection":1}"#;

    /// How a program of the host is tied to the network, by which rules, and what went through.
    217 "get_network" GetNetwork: Process Instant pure (
        /// The program.
        pid: Pid,
    ) -> ProgramNetwork,
        needs [process_of(SystemInfo, pid)] errnos [ESRCH]
        example r#"{"call":"get_network","pid":2}"#;

    /// Has a port of the host's loopback lead to a port of a program that has a network of its own. The reply has
    /// both. It ends with the program.
    218 "forward_port" ForwardPort: Process HostIo mutates (
        /// The program.
        pid: Pid,
        /// 127.0.0.1 and the port of the host; 0 takes a free one.
        address: SocketAddress,
        /// Where the program listens.
        port: u16,
    ) -> PortForward,
        needs [process_of(KillProcess, pid), listens(address)]
        errnos [ESRCH EADDRINUSE EAGAIN EOPNOTSUPP EIO]
        example r#"{"call":"forward_port","pid":2,"address":{"host":"127.0.0.1","port":0},"port":8000}"#;

    /// Ends that, and the connections that came that way.
    219 "unforward_port" UnforwardPort: Process Instant mutates (
        /// The program.
        pid: Pid,
        /// The port of the host.
        host_port: u16,
    ) -> (),
        needs [process_of(KillProcess, pid)] errnos [ESRCH ENOENT]
        example r#"{"call":"unforward_port","pid":2,"host_port":8000}"#;

    // Rights, continued
    /// Asks for several rights at once, at most 24; a person gets one prompt with a line for each. The reply has
    /// one answer for each, in the same order: what is held already, what was given, what was refused and why.
    220 "request_capabilities" RequestCapabilities: Security Waits mutates (
        /// The rights.
        capabilities: Vec<Capability>,
        /// What for, in one sentence; the person reads it. At most 500 bytes are kept.
        #[serde(default)] reason: String,
        /// Longest wait; without it a minute. At most a day.
        #[serde(default)] timeout_millis: Option<u64>,
    ) -> Vec<RightAnswer>,
        needs [] errnos [ECANCELED]
        example r#"{"call":"request_capabilities","capabilities":[{"ReadFile":"/home"},"TimeAccess"],"reason":"to date your notes"}"#;

    /// Asks for what a program needs, before it is started: each line is one thing for a person and stands for
    /// all of its rights. At most 24 lines with 1,024 rights each are one prompt. What is held, or was answered *always* or
    /// *never* before, is not asked about; what was refused for this run is, since somebody starts it anew.
    /// The reply has one answer for each line, in the same order.
    245 "request_start" RequestStart: Security Waits mutates (
        /// The lines.
        lines: Vec<Vec<Capability>>,
        /// Where it is asked for, such as the path of a manifest. At most 500 bytes are kept.
        #[serde(default)] reason: String,
        /// Longest wait; without it a minute. At most a day.
        #[serde(default)] timeout_millis: Option<u64>,
    ) -> Vec<StartAnswer>,
        needs [] errnos [ECANCELED]
        example r#"{"call":"request_start","lines":[[{"SpawnProcess":["python3"]}],[{"ReadFile":"/home/notes"},{"ListDirectory":"/home/notes"}]],"reason":"/home/Apps/notes/manifest.json"}"#;

    /// What each app may do and why: the rights of its processes with where each comes from and when it ends,
    /// what was taken and refused, and the answers that hold over restarts. Apps that run or have such answers.
    221 "list_app_rights" ListAppRights: Security Instant pure (
        /// This app only.
        #[serde(default)] app: Option<String>,
    ) -> Vec<AppRights>,
        needs [plain(Grant)] errnos []
        example r#"{"call":"list_app_rights"}"#;

    /// Decides for an app, whether or not it runs, over restarts. `never` takes the right from what runs, at the
    /// next call; `always` gives it to what runs and to whatever is started from then on.
    222 "keep_answer" KeepAnswer: Security HostIo mutates (
        /// The app's id.
        app: String,
        /// The right.
        capability: Capability,
        /// What holds.
        rule: KeptRule,
    ) -> (),
        needs [plain(Grant)] errnos [EPERM EIO]
        example r#"{"call":"keep_answer","app":"notes","capability":{"ReadFile":"/home/notes.txt"},"rule":"never"}"#;

    /// What was decided about rights lately, the newest first: requests that were answered, that nobody answered
    /// in time, calls that were denied (the same one counts up), apps that were muted. At most 256 are kept.
    223 "list_right_decisions" ListRightDecisions: Security Instant pure (
        /// Only those with a higher number.
        #[serde(default)] after: u64,
    ) -> Vec<RightDecision>,
        needs [plain(Grant)] errnos []
        example r#"{"call":"list_right_decisions"}"#;

    /// Mutes the questions of an app: they are answered no, and nobody is asked. An app that asks too often is
    /// muted by itself. Ends with the desktop.
    224 "mute_requests" MuteRequests: Security HostIo mutates (
        /// The app's id.
        app: String,
        /// Whether it is muted from now on.
        muted: bool,
    ) -> (),
        needs [plain(Grant)] errnos []
        example r#"{"call":"mute_requests","app":"notes","muted":true}"#;
}

fn for_the_run() -> Answer {
    Answer::Run
}

fn backlog() -> u32 {
    128
}

fn body_limit() -> u64 {
    16 * 1024 * 1024
}

fn yes() -> bool {
    true
}

fn grace() -> u64 {
    2_000
}

fn mount_capacity() -> u64 {
    16 * 1024 * 1024
}

fn trash_folder() -> String {
    "/home/.Trash".into()
}

fn for_reading() -> OpenMode {
    OpenMode::READ
}
