//! Pipes: a bounded ring of bytes between a writer and a reader, by the kernel's own number.
//!
//! The maker names both ends; nobody else may use them. Reads and writes never wait: an empty pipe
//! is `EAGAIN`, and whoever wants to wait awaits [`Pipe::ready`]. An end closes when its process
//! closes it or ends; a reader then drains what is left and sees the end, a writer sees `EPIPE`.
//!
//! **Invariants**: `buffered <= capacity`; `bytes_written - bytes_read == buffered`.
//! **Lock order**: the table, then one pipe's state; no lock is held while waiting.

mod table;

pub(crate) use table::{DEFAULT_PER_PROCESS, Pipes};

use crate::sync::lock;
use abi::{
    Errno, Pid, PipeId, SysError, SysResult,
    table::{PipeReady, PipeStats},
};
use std::{collections::VecDeque, sync::Mutex};
use tokio::sync::Notify;

/// Largest ring, bytes.
pub(crate) const MAX_CAPACITY: u64 = 16 * 1024 * 1024;

/// One pipe.
pub(crate) struct Pipe {
    id: PipeId,
    reader: Pid,
    writer: Pid,
    capacity: usize,
    state: Mutex<State>,
    changed: Notify,
}

struct State {
    /// Who made it; when that process ends, whoever still holds an end.
    owner: Pid,
    ring: VecDeque<u8>,
    bytes_written: u64,
    bytes_read: u64,
    reader_gone: bool,
    writer_gone: bool,
}

impl Pipe {
    fn new(id: PipeId, owner: Pid, reader: Pid, writer: Pid, capacity: usize) -> Self {
        let state = State {
            owner,
            ring: VecDeque::new(),
            bytes_written: 0,
            bytes_read: 0,
            reader_gone: false,
            writer_gone: false,
        };
        Pipe { id, reader, writer, capacity, state: Mutex::new(state), changed: Notify::new() }
    }

    fn refuse(&self, pid: Pid, role: &str, rightful: Pid) -> SysError {
        SysError::new(
            Errno::EPERM,
            format!("pipe {}: process {pid} is not its {role}, {rightful} is", self.id),
        )
    }

    /// Writes as much as fits.
    pub(crate) fn write(&self, pid: Pid, data: &[u8]) -> SysResult<u64> {
        if pid != self.writer {
            return Err(self.refuse(pid, "writer", self.writer));
        }
        let mut state = lock(&self.state);
        if state.writer_gone {
            return Err(SysError::new(Errno::EBADF, format!("pipe {}: this end is closed", self.id)));
        }
        if state.reader_gone {
            return Err(SysError::new(Errno::EPIPE, format!("pipe {}: the reader is gone", self.id)));
        }
        let fits = data.len().min(self.capacity - state.ring.len());
        if fits == 0 && !data.is_empty() {
            return Err(SysError::new(Errno::EAGAIN, format!("pipe {}: full", self.id)));
        }
        state.ring.extend(&data[..fits]);
        state.bytes_written += fits as u64;
        drop(state);
        self.changed.notify_waiters();
        Ok(fits as u64)
    }

    /// Reads what is there, at most `size` bytes; nothing at the end.
    pub(crate) fn read(&self, pid: Pid, size: u64) -> SysResult<Vec<u8>> {
        if pid != self.reader {
            return Err(self.refuse(pid, "reader", self.reader));
        }
        let mut state = lock(&self.state);
        if state.reader_gone {
            return Err(SysError::new(Errno::EBADF, format!("pipe {}: this end is closed", self.id)));
        }
        if state.ring.is_empty() {
            if state.writer_gone || size == 0 {
                return Ok(Vec::new());
            }
            return Err(SysError::new(Errno::EAGAIN, format!("pipe {}: empty", self.id)));
        }
        let take = usize::try_from(size).unwrap_or(usize::MAX).min(state.ring.len());
        let data = take_front(&mut state.ring, take);
        state.bytes_read += take as u64;
        drop(state);
        self.changed.notify_waiters();
        Ok(data)
    }

    /// Waits until `read` or `write` would do something other than `EAGAIN`.
    pub(crate) async fn ready(&self, pid: Pid, ready: PipeReady) -> SysResult<()> {
        let (role, rightful) = match ready {
            PipeReady::Readable => ("reader", self.reader),
            PipeReady::Writable => ("writer", self.writer),
        };
        if pid != rightful {
            return Err(self.refuse(pid, role, rightful));
        }
        loop {
            let changed = self.changed.notified();
            tokio::pin!(changed);
            // Registered before looking, so that a change in between is not missed.
            changed.as_mut().enable();
            {
                let state = lock(&self.state);
                let done = match ready {
                    PipeReady::Readable => !state.ring.is_empty() || state.writer_gone || state.reader_gone,
                    PipeReady::Writable => {
                        state.ring.len() < self.capacity || state.reader_gone || state.writer_gone
                    }
                };
                if done {
                    return Ok(());
                }
            }
            changed.await;
        }
    }

    /// Closes the ends that a process holds. Says whether any end is still open.
    fn close(&self, pid: Pid) -> bool {
        let mut state = lock(&self.state);
        state.reader_gone |= pid == self.reader;
        state.writer_gone |= pid == self.writer;
        if state.reader_gone {
            // Nobody can read it any more. The totals keep their sum.
            state.bytes_read += state.ring.len() as u64;
            state.ring = VecDeque::new();
        }
        let open = !(state.reader_gone && state.writer_gone);
        drop(state);
        self.changed.notify_waiters();
        open
    }

    fn owner(&self) -> Pid {
        lock(&self.state).owner
    }

    /// Gives a pipe whose owner ends to whoever still holds an end. False when nobody does.
    fn inherit(&self) -> bool {
        let mut state = lock(&self.state);
        let holders = [(self.reader, state.reader_gone), (self.writer, state.writer_gone)];
        let heir = holders.into_iter().find(|(_, gone)| !gone).map(|(pid, _)| pid);
        if let Some(heir) = heir {
            state.owner = heir;
        }
        heir.is_some()
    }

    fn is_held_by(&self, pid: Pid) -> bool {
        let state = lock(&self.state);
        (self.reader == pid && !state.reader_gone) || (self.writer == pid && !state.writer_gone)
    }

    fn may_close(&self, pid: Pid) -> bool {
        pid == self.reader || pid == self.writer
    }

    /// State and totals.
    pub(crate) fn stats(&self) -> PipeStats {
        let state = lock(&self.state);
        PipeStats {
            pipe: self.id,
            owner: state.owner,
            reader: self.reader,
            writer: self.writer,
            capacity: self.capacity as u64,
            buffered: state.ring.len() as u64,
            bytes_written: state.bytes_written,
            bytes_read: state.bytes_read,
            reader_open: !state.reader_gone,
            writer_open: !state.writer_gone,
        }
    }

    /// Bytes that the ring has taken from memory.
    pub(crate) fn memory_bytes(&self) -> u64 {
        lock(&self.state).ring.capacity() as u64
    }

    #[cfg(test)]
    pub(crate) fn verify_invariants(&self) {
        let stats = self.stats();
        assert!(stats.buffered <= stats.capacity);
        assert_eq!(stats.bytes_written - stats.bytes_read, stats.buffered);
    }
}

/// Takes the first `count` bytes: at most two copies, one per half of the ring.
pub(crate) fn take_front(ring: &mut VecDeque<u8>, count: usize) -> Vec<u8> {
    let mut data = Vec::with_capacity(count);
    let (front, back) = ring.as_slices();
    let from_front = count.min(front.len());
    data.extend_from_slice(&front[..from_front]);
    data.extend_from_slice(&back[..count - from_front]);
    ring.drain(..count);
    data
}

#[cfg(test)]
mod tests;
