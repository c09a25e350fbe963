//! Argument and reply types about files and descriptors.

use crate::{Fd, PipeId};
use serde::{Deserialize, Serialize};

/// What lies at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileKind {
    /// Bytes.
    File,
    /// A folder.
    Directory,
    /// A symbolic link.
    Symlink,
    /// A FIFO, socket or device of the host. It is listed, and opening it is refused.
    Other,
}

/// What is known of a file or folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileStat {
    /// What it is.
    pub kind: FileKind,
    /// Length in bytes; 0 for folders.
    pub size: u64,
    /// Last change of the content, milliseconds since the Unix epoch.
    pub modified_millis: u64,
    /// Creation where the host knows it, milliseconds since the Unix epoch.
    pub created_millis: Option<u64>,
    /// Permission bits (`0o644`).
    pub mode: u32,
    /// Names that lead to it.
    pub links: u64,
    /// Number of the object within its file system; the same for hard links.
    pub inode: u64,
    /// Whether its file system refuses changes.
    pub read_only: bool,
}

/// One name in a folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DirEntry {
    /// The name, without folder.
    pub name: String,
    /// What it is.
    pub kind: FileKind,
    /// Length in bytes; 0 for folders.
    pub size: u64,
    /// Last change of the content, milliseconds since the Unix epoch.
    pub modified_millis: u64,
}

/// How `open` opens. In JSON an object of flags; those left out are false.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct OpenMode {
    /// For reading.
    pub read: bool,
    /// For writing.
    pub write: bool,
    /// Each write goes to the end; implies `write`.
    pub append: bool,
    /// Make it when it is not there.
    pub create: bool,
    /// With `create`: `EEXIST` when it is there.
    pub exclusive: bool,
    /// Empty it first; needs `write`.
    pub truncate: bool,
}

impl OpenMode {
    /// For reading only.
    pub const READ: OpenMode = OpenMode {
        read: true,
        write: false,
        append: false,
        create: false,
        exclusive: false,
        truncate: false,
    };
}

/// What `lseek` counts from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SeekFrom {
    /// The start.
    #[default]
    Start,
    /// The current offset.
    Current,
    /// The end.
    End,
}

/// What `fcntl` does. The reply is a number: the descriptor for `dup`, flag bits for the getters, else 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FcntlCommand {
    /// `F_DUPFD`: the lowest free descriptor that is at least `value`.
    DupFd,
    /// `F_GETFD`: 1 when close-on-exec is set.
    GetFd,
    /// `F_SETFD`: `value` 1 sets close-on-exec.
    SetFd,
    /// `F_GETFL`: access mode (0 read, 1 write, 2 both), 0x400 append, 0x800 non-blocking, as on Linux.
    GetFl,
    /// `F_SETFL`: sets append and non-blocking from the same bits; others are ignored, as on Linux.
    SetFl,
}

/// What is known of an open descriptor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DescriptorStat {
    /// `file`, `pty` or `pipe`.
    pub kind: String,
    /// The path it was opened by, for files.
    pub path: Option<String>,
    /// Next byte to be read or written, for files.
    pub offset: u64,
    /// Length in bytes for files; bytes that can be read now for others.
    pub size: u64,
    /// Descriptors that share this offset, this one included.
    pub shared_by: u32,
    /// Whether it was opened for reading.
    pub readable: bool,
    /// Whether it was opened for writing.
    pub writable: bool,
}

/// Room of the file system that a path lies in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FsStat {
    /// Where it is mounted.
    pub mount: String,
    /// `local`, `mem`, `proc`, `overlay`.
    pub kind: String,
    /// Bytes in all; 0 for generated ones.
    pub total_bytes: u64,
    /// Bytes that can still be written.
    pub free_bytes: u64,
    /// Whether it refuses changes.
    pub read_only: bool,
}

/// What `poll` waits for on a descriptor. That it has ended is told always.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PollFd {
    /// The descriptor.
    pub fd: Fd,
    /// Whether something can be read without waiting.
    #[serde(default)]
    pub read: bool,
    /// Whether something can be written without waiting.
    #[serde(default)]
    pub write: bool,
}

/// What `poll` waits for on an end of a pipe that the caller has. That the other end is gone is told always.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PollPipe {
    /// The pipe.
    pub pipe: PipeId,
    /// Whether something can be read without waiting.
    #[serde(default)]
    pub read: bool,
    /// Whether something can be written without waiting.
    #[serde(default)]
    pub write: bool,
}

/// What was waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PolledObject {
    /// A descriptor.
    Fd(Fd),
    /// A pipe.
    Pipe(PipeId),
}

/// A descriptor or pipe that is ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Polled {
    /// Which: `fd` or `pipe`.
    #[serde(flatten)]
    pub object: PolledObject,
    /// Something can be read without waiting, the end included.
    pub readable: bool,
    /// Something can be written without waiting.
    pub writable: bool,
    /// Nobody writes to it any more: what is buffered is all there will be.
    pub ended: bool,
}

/// What happened to a file or folder that is watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileChange {
    /// A name is there that was not.
    Created,
    /// Content, bits or times have changed, or the content was replaced.
    Changed,
    /// The name is gone.
    Removed,
    /// The object has another name now, maybe in another folder.
    MovedAway,
    /// An object from elsewhere has this name now.
    MovedHere,
    /// The watched folder itself is gone or has moved; nothing more will come.
    Gone,
}

/// One event of a watch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileEvent {
    /// The object, by the name under which it is watched.
    pub path: String,
    /// What happened to it.
    pub change: FileChange,
}

/// What `watch_read` comes back with.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WatchEvents {
    /// The oldest first; none when the time was over.
    pub events: Vec<FileEvent>,
    /// Whether there were more than could be kept: look at the folder itself.
    pub lost: bool,
}

/// Something in the trash.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrashEntry {
    /// Its path now, inside the trash; what `trash_restore` and `trash_empty` take.
    pub item: String,
    /// Where it was; null when nobody wrote that down.
    pub original: Option<String>,
    /// When it was put here, milliseconds since the Unix epoch; 0 when nobody wrote that down.
    pub deleted_millis: u64,
    /// What it is.
    pub kind: FileKind,
    /// Length in bytes; 0 for folders.
    pub size: u64,
}

/// One mounted file system.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MountInfo {
    /// Where it is.
    pub path: String,
    /// `local`, `mem`, `proc`, `overlay`.
    pub kind: String,
    /// Whether it refuses changes.
    pub read_only: bool,
    /// Bytes in use, where it is known.
    pub used_bytes: Option<u64>,
    /// Bytes it may hold, where it is bounded.
    pub limit_bytes: Option<u64>,
}
