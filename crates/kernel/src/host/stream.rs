//! Our side of a terminal or of a program's standard streams.
//!
//! Output is pumped by a task of the kernel's runtime into a bounded buffer: when it is full the pump
//! stops reading, the host's own buffer fills, and the program waits. Readers take from the buffer and
//! wait without a thread. The pump ends with the stream, or when nobody is left to write.
//! Of a program that survives the desktop each chunk is recorded with its holder before it is handed on.
//!
//! **Invariant**: the buffer holds at most [`BUFFER_BYTES`].

use super::{readable, writable};
use crate::{pipe::take_front, sync::lock};
use abi::{Errno, SysError, SysResult};
use nix::{
    poll::{PollFd, PollFlags, PollTimeout, poll},
    unistd,
};
use std::{
    collections::VecDeque,
    io,
    os::fd::{AsFd, OwnedFd},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};
use tokio::{runtime::Handle, sync::Notify, task::AbortHandle};

/// Output that waits to be read, bytes.
const BUFFER_BYTES: usize = 256 * 1024;
/// How much is taken from the host at a time, bytes.
const CHUNK_BYTES: usize = 64 * 1024;
/// How long a write may wait for a program that does not read, milliseconds.
const WRITE_TIMEOUT_MILLIS: u16 = 1_000;
/// How often a stream is looked at that the host would not register.
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// What a stream is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StreamKind {
    /// Both ways.
    Pty,
    /// Into the program.
    Input,
    /// Out of the program.
    Output,
}

/// An open stream. Dropping it closes it; a terminal then hangs up.
pub(crate) struct HostStream {
    fd: Arc<OwnedFd>,
    kind: StreamKind,
    output: Arc<Output>,
    pump: Option<AbortHandle>,
    /// The holder has the terminal, too; it lets go when we do.
    held: Option<Arc<sandbox::Held>>,
}

#[derive(Default)]
struct Output {
    state: Mutex<Buffered>,
    changed: Notify,
    readers: AtomicU32,
}

#[derive(Default)]
struct Buffered {
    bytes: VecDeque<u8>,
    ended: bool,
}

impl HostStream {
    /// Takes a non-blocking descriptor. `wake` is called when output comes that nobody waits for.
    pub(crate) fn new(
        fd: OwnedFd,
        kind: StreamKind,
        runtime: &Handle,
        wake: Arc<dyn Fn() + Send + Sync>,
    ) -> Self {
        let (fd, output) = (Arc::new(fd), Arc::new(Output::default()));
        let pump = (kind != StreamKind::Input).then(|| {
            let task = pump(fd.clone(), output.clone(), None, wake);
            runtime.spawn(task).abort_handle()
        });
        HostStream { fd, kind, output, pump, held: None }
    }

    /// The terminal of a program with a holder. `last_output` is read first.
    pub(crate) fn held(
        fd: OwnedFd,
        held: Arc<sandbox::Held>,
        last_output: Vec<u8>,
        runtime: &Handle,
        wake: Arc<dyn Fn() + Send + Sync>,
    ) -> Self {
        let (fd, output) = (Arc::new(fd), Arc::new(Output::default()));
        lock(&output.state).bytes.extend(last_output);
        let task = pump(fd.clone(), output.clone(), Some(held.clone()), wake);
        let pump = Some(runtime.spawn(task).abort_handle());
        HostStream { fd, kind: StreamKind::Pty, output, pump, held: Some(held) }
    }

    /// For people and `fd_stat`.
    pub(crate) fn kind(&self) -> &'static str {
        if self.kind == StreamKind::Pty { "pty" } else { "pipe" }
    }

    pub(crate) fn is_readable(&self) -> bool {
        self.kind != StreamKind::Input
    }

    pub(crate) fn is_writable(&self) -> bool {
        self.kind != StreamKind::Output
    }

    pub(crate) fn buffered_bytes(&self) -> u64 {
        lock(&self.output.state).bytes.len() as u64
    }

    /// What is there; `None` when there is nothing yet, no bytes at the end.
    pub(crate) fn try_read(&self, size: u64) -> Option<Vec<u8>> {
        let mut state = lock(&self.output.state);
        if state.bytes.is_empty() && !state.ended && size > 0 {
            return None;
        }
        let take = usize::try_from(size).unwrap_or(usize::MAX).min(state.bytes.len());
        let data = take_front(&mut state.bytes, take);
        drop(state);
        self.output.changed.notify_waiters();
        Some(data)
    }

    /// Waits for output, or for the end.
    pub(crate) async fn read(&self, size: u64) -> Vec<u8> {
        let _counted = Reader::count(&self.output);
        loop {
            let changed = self.output.changed.notified();
            tokio::pin!(changed);
            // Registered before looking, so that a change in between is not missed.
            changed.as_mut().enable();
            if let Some(data) = self.try_read(size) {
                return data;
            }
            changed.await;
        }
    }

    /// Writes what the program takes within a second; `EAGAIN` when that is nothing.
    pub(crate) fn write(&self, data: &[u8], nonblocking: bool) -> SysResult<u64> {
        let mut written = 0;
        while written < data.len() {
            match unistd::write(&self.fd, &data[written..]) {
                Ok(count) => written += count,
                Err(nix::Error::EINTR) => {}
                Err(nix::Error::EAGAIN) if !nonblocking && written == 0 && self.wait_writable() => {}
                Err(nix::Error::EAGAIN) if written > 0 => break,
                Err(nix::Error::EAGAIN) => {
                    return Err(SysError::new(Errno::EAGAIN, "the program does not read"));
                }
                Err(nix::Error::EPIPE | nix::Error::EIO) => {
                    return Err(SysError::new(Errno::EPIPE, "the program has ended"));
                }
                Err(why) => return Err(SysError::new(Errno::EIO, format!("the host answered {why}"))),
            }
        }
        Ok(written as u64)
    }

    /// Whether a job other than the program itself has the terminal.
    pub(crate) fn has_job(&self, host_pid: i32) -> bool {
        self.kind == StreamKind::Pty
            && sandbox::foreground_group(&self.fd).is_some_and(|group| group != host_pid)
    }

    fn wait_writable(&self) -> bool {
        self.takes_input_within(PollTimeout::from(WRITE_TIMEOUT_MILLIS))
    }

    fn takes_input_within(&self, timeout: PollTimeout) -> bool {
        let mut wanted = [PollFd::new(self.fd.as_fd(), PollFlags::POLLOUT)];
        matches!(poll(&mut wanted, timeout), Ok(ready) if ready > 0)
    }

    /// Whether there is output to read, and whether it has ended; the end can be read, too.
    pub(crate) fn readiness(&self) -> (bool, bool) {
        let state = lock(&self.output.state);
        let readable = self.is_readable() && (state.ended || !state.bytes.is_empty());
        (readable, state.ended)
    }

    /// Whether the program would take input now, or would never again.
    pub(crate) fn can_write_now(&self) -> bool {
        self.is_writable() && self.takes_input_within(PollTimeout::ZERO)
    }

    /// Waits for output, or for the end.
    pub(crate) async fn changed(&self) {
        let _counted = Reader::count(&self.output);
        self.output.changed.notified().await;
    }

    /// Waits until the program takes input. For ever, where it is none of ours to write.
    pub(crate) async fn writable(&self) {
        if !self.is_writable() {
            return std::future::pending().await;
        }
        // A descriptor of its own: the pump has registered the other one.
        let registered = self.fd.try_clone().and_then(|own| writable(Arc::new(own)));
        match registered {
            Ok(own) => drop(own.writable().await),
            Err(why) => {
                tracing::warn!(%why, "a stream cannot be waited for and is looked at now and then");
                tokio::time::sleep(LOOK_AGAIN).await;
            }
        }
    }

    /// Tells a terminal its size.
    pub(crate) fn resize(&self, rows: u16, cols: u16) -> SysResult<()> {
        if self.kind != StreamKind::Pty {
            return Err(SysError::new(Errno::EBADF, "is a program's stream, not a terminal"));
        }
        if rows == 0 || cols == 0 {
            return Err(SysError::new(Errno::EINVAL, "a terminal has at least one row and one column"));
        }
        sandbox::resize(&self.fd, sandbox::WindowSize { rows, cols })
            .map_err(|why| SysError::new(Errno::EIO, format!("the host answered {why}")))
    }
}

impl Drop for HostStream {
    fn drop(&mut self) {
        if let Some(pump) = &self.pump {
            // The pump holds the descriptor too; it is closed when the runtime lets go of the task.
            pump.abort();
        }
        if let Some(held) = &self.held {
            held.hang_up();
        }
    }
}

/// Counts a waiting reader, also when its wait is cancelled.
struct Reader<'a>(&'a Output);

impl<'a> Reader<'a> {
    fn count(output: &'a Output) -> Self {
        output.readers.fetch_add(1, Ordering::Relaxed);
        Reader(output)
    }
}

impl Drop for Reader<'_> {
    fn drop(&mut self) {
        self.0.readers.fetch_sub(1, Ordering::Relaxed);
    }
}

async fn pump(
    fd: Arc<OwnedFd>,
    output: Arc<Output>,
    held: Option<Arc<sandbox::Held>>,
    wake: Arc<dyn Fn() + Send + Sync>,
) {
    if let Err(why) = pump_until_end(fd, &output, held.as_deref(), &*wake).await {
        tracing::debug!(%why, "a stream ended");
    }
    lock(&output.state).ended = true;
    output.changed.notify_waiters();
    wake();
}

async fn pump_until_end(
    fd: Arc<OwnedFd>,
    output: &Output,
    held: Option<&sandbox::Held>,
    wake: &(dyn Fn() + Send + Sync),
) -> io::Result<()> {
    let fd = readable(fd)?;
    let mut chunk = vec![0; CHUNK_BYTES];
    loop {
        let room = output.room().await.min(CHUNK_BYTES);
        let mut ready = fd.readable().await?;
        let read = ready.try_io(|fd| unistd::read(fd.get_ref(), &mut chunk[..room]).map_err(io::Error::from));
        match read {
            Err(_would_block) => {}
            Ok(Ok(0)) => return Ok(()),
            Ok(Ok(count)) => {
                if let Some(held) = held {
                    held.record(&chunk[..count]);
                }
                output.push(&chunk[..count], wake);
            }
            Ok(Err(why)) if why.kind() == io::ErrorKind::Interrupted => {}
            // A terminal says so when its last program has ended.
            Ok(Err(why)) if why.raw_os_error() == Some(nix::libc::EIO) => return Ok(()),
            Ok(Err(why)) => return Err(why),
        }
    }
}

/// Reads and forgets what a program writes, until it ends.
pub(crate) async fn drain(fd: OwnedFd) {
    let Ok(fd) = readable(Arc::new(fd)) else { return };
    let mut chunk = vec![0; CHUNK_BYTES];
    while let Ok(mut ready) = fd.readable().await {
        let read = ready.try_io(|fd| unistd::read(fd.get_ref(), &mut chunk).map_err(io::Error::from));
        match read {
            Ok(Ok(0)) => return,
            Ok(Err(why)) if why.kind() != io::ErrorKind::Interrupted => return,
            _ => {}
        }
    }
}

impl Output {
    fn push(&self, data: &[u8], wake: &(dyn Fn() + Send + Sync)) {
        let was_empty = {
            let mut state = lock(&self.state);
            let was_empty = state.bytes.is_empty();
            state.bytes.extend(data);
            was_empty
        };
        self.changed.notify_waiters();
        if was_empty && self.readers.load(Ordering::Relaxed) == 0 {
            wake();
        }
    }

    /// Waits until the buffer has room; says how much, in bytes.
    async fn room(&self) -> usize {
        loop {
            let changed = self.changed.notified();
            tokio::pin!(changed);
            changed.as_mut().enable();
            let held = lock(&self.state).bytes.len();
            if held < BUFFER_BYTES {
                return BUFFER_BYTES - held;
            }
            changed.await;
        }
    }
}
