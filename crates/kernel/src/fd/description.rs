//! What `open`, `exec_pty` and `spawn` make: an open file or stream with its offset and flags.

use super::{Subscription, Transfer};
use crate::{
    door::Unsettled,
    host::HostStream,
    process::Process,
    socket::{Socket, SocketHandle},
    sync::lock,
    vfs::{OpenFile, VPath, Watch},
};
use abi::{
    Errno, SysError, SysResult,
    table::{DescriptorStat, OpenMode, SeekFrom},
};
use std::sync::{
    Arc, Mutex, OnceLock, Weak,
    atomic::{AtomicBool, Ordering},
};

use tokio::io::Interest;

/// Status flag bits as on Linux.
const O_WRONLY: u32 = 1;
const O_RDWR: u32 = 2;
const O_APPEND: u32 = 0x400;
const O_NONBLOCK: u32 = 0x800;

/// Largest single read, bytes; more is asked for in several calls.
const MAX_READ: u64 = 16 * 1024 * 1024;

/// What a description is open on.
pub(crate) enum Object {
    /// A file of the virtual file system.
    File(OpenFile),
    /// A terminal, or a standard stream of a program.
    Stream(HostStream),
    /// What happens in a folder.
    Watch(Watch),
    /// A socket.
    Socket(SocketHandle),
    /// A file in parts.
    Transfer(Transfer),
    /// Events that come.
    Events(Subscription),
}

/// An open description. Shared by descriptors that were duplicated.
pub(crate) struct Description {
    object: Object,
    mode: OpenMode,
    offset: Mutex<u64>,
    append: AtomicBool,
    nonblocking: AtomicBool,
    /// Who wrote through it, for the journal; told when the description goes.
    pub(crate) unsettled: OnceLock<Unsettled>,
    /// The process whose program gets what is written here.
    feeds: OnceLock<Weak<Process>>,
}

impl Description {
    pub(crate) fn file(file: OpenFile, mode: OpenMode) -> Arc<Self> {
        Arc::new(Self::new(Object::File(file), mode))
    }

    pub(crate) fn watch(watch: Watch) -> Arc<Self> {
        Arc::new(Self::new(Object::Watch(watch), OpenMode::READ))
    }

    pub(crate) fn stream(stream: HostStream) -> Arc<Self> {
        let mode =
            OpenMode { read: stream.is_readable(), write: stream.is_writable(), ..OpenMode::default() };
        Arc::new(Self::new(Object::Stream(stream), mode))
    }

    pub(crate) fn socket(socket: Socket) -> Arc<Self> {
        let mode = OpenMode { read: true, write: true, ..OpenMode::default() };
        Arc::new(Self::new(Object::Socket(SocketHandle::new(socket)), mode))
    }

    pub(crate) fn transfer(transfer: Transfer) -> Arc<Self> {
        let write = transfer.is_writing();
        let mode = OpenMode { read: !write, write, ..OpenMode::default() };
        Arc::new(Self::new(Object::Transfer(transfer), mode))
    }

    pub(crate) fn events(subscription: Subscription) -> Arc<Self> {
        Arc::new(Self::new(Object::Events(subscription), OpenMode::READ))
    }

    fn new(object: Object, mode: OpenMode) -> Self {
        Description {
            object,
            mode,
            offset: Mutex::new(0),
            append: AtomicBool::new(mode.append),
            nonblocking: AtomicBool::new(false),
            unsettled: OnceLock::new(),
            feeds: OnceLock::new(),
        }
    }

    /// Says which process's program gets what is written here; once, while that is made.
    pub(crate) fn set_feeds(&self, process: &Arc<Process>) {
        let _ = self.feeds.set(Arc::downgrade(process));
    }

    /// The process whose program gets what is written here, while that is there.
    pub(crate) fn feeds(&self) -> Option<Arc<Process>> {
        self.feeds.get()?.upgrade()
    }

    pub(crate) fn object(&self) -> &Object {
        &self.object
    }

    /// The file's path, which is what rights are about.
    pub(crate) fn path(&self) -> Option<&VPath> {
        match &self.object {
            Object::File(file) => Some(file.path()),
            Object::Watch(watch) => Some(watch.path()),
            Object::Transfer(transfer) => Some(transfer.path()),
            Object::Stream(_) | Object::Socket(_) | Object::Events(_) => None,
        }
    }

    /// The stream of a file that it is, or `EBADF`.
    pub(crate) fn transfer_of(&self) -> SysResult<&Transfer> {
        match &self.object {
            Object::Transfer(transfer) => Ok(transfer),
            _ => Err(SysError::new(Errno::EBADF, "the descriptor is no stream of a file")),
        }
    }

    /// The subscription to events that it is, or `EBADF`.
    pub(crate) fn events_of(&self) -> SysResult<&Subscription> {
        match &self.object {
            Object::Events(events) => Ok(events),
            _ => Err(SysError::new(Errno::EBADF, "the descriptor is no subscription to events")),
        }
    }

    /// A number is open on it no more: who waits by that number looks again.
    pub(super) fn let_go(&self) {
        if let Object::Events(events) = &self.object {
            events.listeners().wake();
        }
    }

    /// The socket behind it. Who waits on it holds this and not the description, so that closing the last
    /// descriptor ends the wait.
    pub(crate) fn socket_of(&self) -> SysResult<Arc<Socket>> {
        match &self.object {
            Object::Socket(socket) => Ok(socket.socket().clone()),
            _ => Err(SysError::new(Errno::ENOTSOCK, "the descriptor is no socket")),
        }
    }

    pub(crate) fn stream_of(&self) -> SysResult<&HostStream> {
        match &self.object {
            Object::Stream(stream) => Ok(stream),
            Object::File(file) => {
                Err(SysError::new(Errno::EBADF, format!("{}: is a file, not a terminal", file.path())))
            }
            Object::Socket(_) => Err(SysError::new(Errno::EBADF, "is a socket, not a terminal")),
            Object::Watch(_) => Err(SysError::new(Errno::EBADF, "is a watch, not a terminal")),
            Object::Transfer(_) | Object::Events(_) => {
                Err(SysError::new(Errno::EBADF, "is a stream, not a terminal"))
            }
        }
    }

    /// The watch that it is, or `EBADF`.
    pub(crate) fn watch_of(&self) -> SysResult<&Watch> {
        match &self.object {
            Object::Watch(watch) => Ok(watch),
            _ => Err(SysError::new(Errno::EBADF, "the descriptor is no watch")),
        }
    }

    fn seekable(&self) -> SysResult<&OpenFile> {
        match &self.object {
            Object::File(file) => Ok(file),
            Object::Stream(stream) => {
                Err(SysError::new(Errno::ESPIPE, format!("a {} has no offset", stream.kind())))
            }
            Object::Watch(_) => Err(SysError::new(Errno::ESPIPE, "a watch has no offset")),
            Object::Socket(_) => Err(SysError::new(Errno::ESPIPE, "a socket has no offset")),
            Object::Transfer(_) | Object::Events(_) => {
                Err(SysError::new(Errno::ESPIPE, "a stream has no offset"))
            }
        }
    }

    /// `EBADF` unless it was opened for reading.
    pub(crate) fn check_readable(&self) -> SysResult<()> {
        if self.mode.read {
            Ok(())
        } else {
            Err(SysError::new(Errno::EBADF, "the descriptor is not open for reading"))
        }
    }

    fn check_writable(&self) -> SysResult<()> {
        if self.mode.write || self.mode.append {
            return Ok(());
        }
        Err(SysError::new(Errno::EBADF, "the descriptor is not open for writing"))
    }

    /// Reads at the shared offset and moves it. For files.
    pub(crate) fn read(&self, size: u64) -> SysResult<Vec<u8>> {
        self.check_readable()?;
        let file = self.seekable()?;
        let mut offset = lock(&self.offset);
        let data = read_part(file, *offset, size)?;
        *offset += data.len() as u64;
        Ok(data)
    }

    /// Reads at a position.
    pub(crate) fn read_at(&self, offset: u64, size: u64) -> SysResult<Vec<u8>> {
        let file = self.seekable()?;
        self.check_readable()?;
        read_part(file, offset, size)
    }

    /// Writes at the shared offset (or the end, when appending) and moves it.
    pub(crate) fn write(&self, data: &[u8]) -> SysResult<u64> {
        self.check_writable()?;
        let file = match &self.object {
            Object::Stream(stream) => return stream.write(data, self.is_nonblocking()),
            Object::Watch(_) | Object::Events(_) => {
                return Err(SysError::new(Errno::EBADF, "the descriptor is only read"));
            }
            Object::Transfer(_) => {
                return Err(SysError::new(Errno::EBADF, "a stream of a file is written by stream_push"));
            }
            Object::Socket(socket) => return socket.socket().try_send(data),
            Object::File(file) => file,
        };
        let mut offset = lock(&self.offset);
        if self.append.load(Ordering::Relaxed) {
            let (written, end) = file.append(data)?;
            *offset = end;
            return Ok(written as u64);
        }
        let written = if data.is_empty() { 0 } else { file.write_at(*offset, data)? };
        *offset += written as u64;
        Ok(written as u64)
    }

    /// Writes at a position.
    pub(crate) fn write_at(&self, offset: u64, data: &[u8]) -> SysResult<u64> {
        let file = self.seekable()?;
        self.check_writable()?;
        if data.is_empty() {
            return Ok(0);
        }
        Ok(file.write_at(offset, data)? as u64)
    }

    /// Moves the offset; says where it is then.
    pub(crate) fn seek(&self, by: i64, whence: SeekFrom) -> SysResult<u64> {
        let file = self.seekable()?;
        let mut offset = lock(&self.offset);
        let from = match whence {
            SeekFrom::Start => 0,
            SeekFrom::Current => *offset,
            SeekFrom::End => file.stat()?.len_bytes,
        };
        let to = from.checked_add_signed(by).filter(|to| i64::try_from(*to).is_ok());
        let Some(to) = to else {
            let errno = if by < 0 { Errno::EINVAL } else { Errno::EOVERFLOW };
            return Err(SysError::new(errno, format!("{}: {from} {by:+} is no offset", file.path())));
        };
        *offset = to;
        Ok(to)
    }

    /// Waits until the disk has it.
    pub(crate) fn sync(&self) -> SysResult<()> {
        match &self.object {
            Object::File(file) => file.sync(),
            Object::Stream(stream) => {
                Err(SysError::new(Errno::EINVAL, format!("a {} has no disk", stream.kind())))
            }
            Object::Watch(_) => Err(SysError::new(Errno::EINVAL, "a watch has no disk")),
            Object::Socket(_) => Err(SysError::new(Errno::EINVAL, "a socket has no disk")),
            Object::Transfer(_) | Object::Events(_) => {
                Err(SysError::new(Errno::EINVAL, "a stream has no disk"))
            }
        }
    }

    /// Flags as `F_GETFL` gives them.
    pub(crate) fn status_flags(&self) -> u32 {
        let access = match (self.mode.read, self.mode.write || self.mode.append) {
            (_, false) => 0,
            (false, true) => O_WRONLY,
            (true, true) => O_RDWR,
        };
        let flag = |set: &AtomicBool, bit: u32| if set.load(Ordering::Relaxed) { bit } else { 0 };
        access | flag(&self.append, O_APPEND) | flag(&self.nonblocking, O_NONBLOCK)
    }

    /// Flags as `F_SETFL` takes them; what cannot be changed is ignored.
    pub(crate) fn set_status_flags(&self, flags: u32) {
        self.append.store(flags & O_APPEND != 0, Ordering::Relaxed);
        self.nonblocking.store(flags & O_NONBLOCK != 0, Ordering::Relaxed);
    }

    pub(crate) fn is_nonblocking(&self) -> bool {
        self.nonblocking.load(Ordering::Relaxed)
    }

    pub(crate) fn buffered_bytes(&self) -> u64 {
        match &self.object {
            // What a socket holds lies with the host.
            Object::File(_)
            | Object::Watch(_)
            | Object::Socket(_)
            | Object::Transfer(_)
            | Object::Events(_) => 0,
            Object::Stream(stream) => stream.buffered_bytes(),
        }
    }

    /// Whether a read comes back at once, and whether nobody writes any more.
    pub(crate) fn readiness(&self) -> (bool, bool) {
        match &self.object {
            Object::File(_) => (self.mode.read, false),
            Object::Stream(stream) => stream.readiness(),
            Object::Watch(watch) => (watch.is_ready(), false),
            Object::Socket(socket) => socket.socket().readiness(),
            Object::Transfer(_) => (self.mode.read, false),
            Object::Events(events) => (events.is_ready(), false),
        }
    }

    /// Whether a write comes back at once.
    pub(crate) fn can_write_now(&self) -> bool {
        match &self.object {
            Object::File(_) | Object::Transfer(_) => self.mode.write || self.mode.append,
            Object::Stream(stream) => stream.can_write_now(),
            Object::Watch(_) | Object::Events(_) => false,
            Object::Socket(socket) => socket.socket().can_send_now(),
        }
    }

    /// Waits until [`Description::readiness`] may have changed; for ever, where it cannot.
    pub(crate) async fn changed(&self) {
        match &self.object {
            Object::File(_) | Object::Transfer(_) => std::future::pending().await,
            Object::Events(events) => events.changed().await,
            Object::Stream(stream) => stream.changed().await,
            Object::Watch(watch) => watch.changed().await,
            Object::Socket(socket) => socket.socket().ready(Interest::READABLE).await,
        }
    }

    /// Waits until [`Description::can_write_now`] may have become true; for ever, where it cannot.
    pub(crate) async fn writable(&self) {
        match &self.object {
            Object::File(_) | Object::Watch(_) | Object::Transfer(_) | Object::Events(_) => {
                std::future::pending::<()>().await;
            }
            Object::Stream(stream) => stream.writable().await,
            Object::Socket(socket) => socket.socket().ready(Interest::WRITABLE).await,
        }
    }

    /// What it is open on, in a word.
    pub(crate) fn kind(&self) -> &'static str {
        match &self.object {
            Object::File(_) => "file",
            Object::Stream(stream) => stream.kind(),
            Object::Watch(_) => "watch",
            Object::Socket(socket) => socket.socket().kind_name(),
            Object::Transfer(_) => "stream",
            Object::Events(_) => "events",
        }
    }

    /// Where the next read or write begins; 0 for what has no offset.
    pub(crate) fn offset(&self) -> u64 {
        *lock(&self.offset)
    }

    /// What it was opened for.
    pub(crate) fn mode(&self) -> OpenMode {
        self.mode
    }

    /// What `fd_stat` says. `handles` are the strong references that are no descriptors.
    pub(crate) fn stat(self: &Arc<Self>, handles: usize) -> SysResult<DescriptorStat> {
        let size = match &self.object {
            Object::File(file) => file.stat()?.len_bytes,
            Object::Stream(stream) => stream.buffered_bytes(),
            Object::Watch(_) | Object::Socket(_) | Object::Transfer(_) | Object::Events(_) => 0,
        };
        Ok(DescriptorStat {
            kind: self.kind().to_owned(),
            path: self.path().map(|path| path.as_str().to_owned()),
            offset: *lock(&self.offset),
            size,
            shared_by: u32::try_from(Arc::strong_count(self).saturating_sub(handles)).unwrap_or(u32::MAX),
            readable: self.mode.read,
            writable: self.mode.write || self.mode.append,
        })
    }
}

fn read_part(file: &OpenFile, offset: u64, size: u64) -> SysResult<Vec<u8>> {
    #[allow(clippy::cast_possible_truncation, reason = "at most 16 MiB")]
    let size = size.min(MAX_READ) as usize;
    let mut data = Vec::new();
    data.try_reserve_exact(size).map_err(|_| SysError::from(Errno::ENOMEM))?;
    data.resize(size, 0);
    let mut filled = 0;
    while filled < size {
        match file.read_at(offset.saturating_add(filled as u64), &mut data[filled..])? {
            0 => break,
            read => filled += read,
        }
    }
    data.truncate(filled);
    Ok(data)
}
