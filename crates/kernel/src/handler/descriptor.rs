//! Rows about descriptors.

use super::within;
use crate::{
    caller::Caller,
    door::{Handle, Paths, Wait, run_waiting, unless_interrupted},
    fd::{Description, MAX_DESCRIPTORS, Object},
    lineage,
    vfs::{OpenOptions, Resolved},
};
use abi::{
    Bytes, Errno, Fd, SysError, SysResult,
    table::{
        Close, DescriptorStat, Dup, Dup2, Fcntl, FcntlCommand, FdPread, FdPwrite, FdRead, FdStat, FdSync,
        FdWrite, Lseek, Open, OpenMode, SeekFrom, SendFile, SocketRecv,
    },
};
use std::sync::Arc;

handlers! {
    Close => close;
    Dup => dup;
    Dup2 => dup2;
    Lseek => lseek;
    Fcntl => fcntl;
    FdWrite => fd_write;
    FdPread => fd_pread;
    FdPwrite => fd_pwrite;
    FdSync => fd_sync;
    FdStat => fd_stat;
    SendFile => send_file;
}

/// Most bytes that one `sendfile` moves.
const MAX_SENT: u64 = 64 * 1024 * 1024;
/// How much of it is in memory at a time, bytes.
const SEND_CHUNK: u64 = 64 * 1024;

/// How many descriptors a process may have.
pub(super) fn most(caller: &Caller) -> u32 {
    caller.process().limits().descriptors.unwrap_or(MAX_DESCRIPTORS)
}

fn get(caller: &Caller, fd: Fd) -> SysResult<Arc<Description>> {
    caller.process().descriptors.get(fd)
}

impl Handle for Open {
    type Object = Resolved;

    fn resolve(&mut self, paths: &Paths<'_>) -> SysResult<Resolved> {
        // What must not be there yet is made under exactly this name, link or not.
        if self.mode.exclusive { paths.keep(&mut self.path) } else { paths.follow(&mut self.path) }
    }

    fn run(self, caller: &Caller, object: Resolved) -> SysResult<Fd> {
        let OpenMode { read, write, append, create, exclusive, truncate } = self.mode;
        let options = OpenOptions { read, write, append, create, exclusive, truncate };
        if !options.is_valid() {
            let detail = format!(
                "{}: ask to read or to write; truncate needs write, exclusive needs create",
                object.path()
            );
            return Err(SysError::new(Errno::EINVAL, detail));
        }
        let file = caller.core().mounts.open(&object, options)?;
        caller.process().descriptors.insert(Description::file(file, self.mode), 0, most(caller))
    }
}

fn close(caller: &Caller, call: Close) -> SysResult<()> {
    // Dropped here, without any lock: closing may touch the host.
    caller.process().descriptors.remove(call.fd).map(drop)
}

fn dup(caller: &Caller, call: Dup) -> SysResult<Fd> {
    let description = get(caller, call.fd)?;
    caller.process().descriptors.insert(description, 0, most(caller))
}

fn dup2(caller: &Caller, call: Dup2) -> SysResult<Fd> {
    let replaced = caller.process().descriptors.replace(call.fd, call.to, most(caller))?;
    drop(replaced);
    Ok(call.to)
}

fn lseek(caller: &Caller, call: Lseek) -> SysResult<u64> {
    get(caller, call.fd)?.seek(call.offset, call.whence)
}

fn fcntl(caller: &Caller, call: Fcntl) -> SysResult<u32> {
    let descriptors = &caller.process().descriptors;
    let description = get(caller, call.fd)?;
    match call.command {
        FcntlCommand::DupFd if call.value >= MAX_DESCRIPTORS => Err(SysError::new(
            Errno::EINVAL,
            format!("a descriptor is below {MAX_DESCRIPTORS}, not {}", call.value),
        )),
        FcntlCommand::DupFd => descriptors.insert(description, call.value, most(caller)).map(|fd| fd.0),
        FcntlCommand::GetFd => descriptors.close_on_exec(call.fd).map(u32::from),
        FcntlCommand::SetFd => descriptors.set_close_on_exec(call.fd, call.value & 1 != 0).map(|()| 0),
        FcntlCommand::GetFl => Ok(description.status_flags()),
        FcntlCommand::SetFl => {
            description.set_status_flags(call.value);
            Ok(0)
        }
    }
}

impl Handle for FdRead {
    type Object = ();

    fn resolve(&mut self, _: &Paths<'_>) -> SysResult<()> {
        Ok(())
    }

    fn run(self, caller: &Caller, (): ()) -> SysResult<Bytes> {
        let description = get(caller, self.fd)?;
        if let Object::File(_) = description.object() {
            // This thread may wait for the disk: no detour over the pool.
            return description.read(self.size).map(Bytes);
        }
        // Not held while waiting, so that a close meanwhile is the last.
        drop(description);
        run_waiting(caller, self)
    }
}

impl Wait for FdRead {
    /// Streams and sockets are, a file's bytes would be lost.
    const INTERRUPTIBLE: bool = false;

    async fn wait(self, caller: &Caller) -> SysResult<Bytes> {
        let description = get(caller, self.fd)?;
        description.check_readable()?;
        let stream = match description.object() {
            Object::File(_) => {
                // A file is the host's business: on the pool, so that a slow disk holds no task.
                let size = self.size;
                let description = description.clone();
                let read = caller.core().runtime().spawn_blocking(move || description.read(size));
                let bug = |_| SysError::new(Errno::EIO, "the read failed inside the kernel");
                return read.await.map_err(bug)?.map(Bytes);
            }
            Object::Stream(stream) => stream,
            Object::Watch(_) | Object::Transfer(_) | Object::Events(_) => return Err(is_other()),
            Object::Socket(_) => {
                let size = self.size;
                let call = SocketRecv { fd: self.fd, size, timeout_millis: self.timeout_millis };
                // Dropped first, so that a close while we wait is the last one.
                drop(description);
                return unless_interrupted(caller.process(), "fd_read", call.wait(caller)).await;
            }
        };
        if self.timeout_millis == Some(0) || description.is_nonblocking() {
            let nothing =
                || SysError::new(Errno::EAGAIN, format!("descriptor {}: nothing there yet", self.fd));
            return stream.try_read(self.size).map(Bytes).ok_or_else(nothing);
        }
        let read = within(self.timeout_millis, "fd_read", stream.read(self.size));
        unless_interrupted(caller.process(), "fd_read", read).await.map(Bytes)
    }
}

fn is_other() -> SysError {
    let detail = "is a watch, a stream or a subscription, read by watch_read, stream_next or next_events";
    SysError::new(Errno::EINVAL, detail)
}

fn fd_write(caller: &Caller, call: FdWrite) -> SysResult<u64> {
    let description = get(caller, call.fd)?;
    if let Some(program) = description.feeds() {
        lineage::note_input(caller, &description, &program);
    }
    description.write(&call.data)
}

fn fd_pread(caller: &Caller, call: FdPread) -> SysResult<Bytes> {
    get(caller, call.fd)?.read_at(call.offset, call.size).map(Bytes)
}

fn fd_pwrite(caller: &Caller, call: FdPwrite) -> SysResult<u64> {
    get(caller, call.fd)?.write_at(call.offset, &call.data)
}

fn fd_sync(caller: &Caller, call: FdSync) -> SysResult<()> {
    get(caller, call.fd)?.sync()
}

fn send_file(caller: &Caller, call: SendFile) -> SysResult<u64> {
    let (from, to) = (get(caller, call.fd)?, get(caller, call.to)?);
    let size = call.size.min(MAX_SENT);
    let mut moved = 0;
    while moved < size {
        if !caller.process().is_alive() {
            return Err(SysError::new(Errno::ECANCELED, "the process has ended"));
        }
        let step = (size - moved).min(SEND_CHUNK);
        let data = match call.offset {
            Some(offset) => from.read_at(offset.saturating_add(moved), step)?,
            None => from.read(step)?,
        };
        if data.is_empty() {
            break;
        }
        let (written, failed) = write_all(&to, &data);
        if call.offset.is_none() && written < data.len() as u64 {
            // What the other side did not take is read again next time.
            from.seek(-((data.len() as u64 - written).cast_signed()), SeekFrom::Current)?;
        }
        moved += written;
        caller.tell_progress(moved, size);
        match failed {
            Some(why) if moved == 0 => return Err(why),
            Some(_) => break,
            None => {}
        }
    }
    Ok(moved)
}

/// How much was taken, and why not all.
fn write_all(to: &Description, data: &[u8]) -> (u64, Option<SysError>) {
    let mut written = 0;
    while written < data.len() {
        match to.write(&data[written..]) {
            Ok(0) => break,
            // At most what was given.
            Ok(count) => written += usize::try_from(count).unwrap_or(usize::MAX).min(data.len() - written),
            Err(why) => return (written as u64, Some(why)),
        }
    }
    (written as u64, None)
}

fn fd_stat(caller: &Caller, call: FdStat) -> SysResult<DescriptorStat> {
    // One reference is ours.
    get(caller, call.fd)?.stat(1)
}
