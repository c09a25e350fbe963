//! Pipes: a bounded ring of bytes between a writer and a reader, by the kernel's own number.
//!
//! The maker names both ends; nobody else may use them. Reads and writes never wait: an empty pipe
//! is `EAGAIN`, and whoever wants to wait awaits [`Pipe::ready`]. An end closes when its process
//! closes it or ends; a reader then drains what is left and sees the end, a writer sees `EPIPE`.
//!
//! Reader and writer never meet on a lock ([`ring`]). Several threads of one process may use its end:
//! they take turns on a lock that belongs to that end alone.
//!
//! **Invariants**: `buffered <= capacity`; `bytes_written - bytes_read == buffered`; the ring's
//! memory is there while, and only while, the reader's end is open.
//! **Lock order**: the table; then the writer's end, then the reader's. No lock is held while waiting.

mod ring;
mod slots;
mod table;

pub(crate) use table::{DEFAULT_PER_PROCESS, Pipes};

/// What the ring is built on; its loom model has others here.
mod atomic {
    pub(super) use std::sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    };
}

use self::{
    ring::{Consumer, Producer, Totals, ring},
    slots::Slots,
};
use crate::{bell::Bell, sync::whole};
use abi::{
    CauseId, Errno, Pid, PipeId, SysError, SysResult,
    table::{PipeReady, PipeStats},
};
use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

/// Largest ring, bytes.
pub(crate) const MAX_CAPACITY: u64 = 16 * 1024 * 1024;

/// One pipe.
pub(crate) struct Pipe {
    id: PipeId,
    reader: Pid,
    writer: Pid,
    capacity: usize,
    /// Who made it; when that process ends, whoever still holds an end.
    owner: AtomicU64,
    reader_gone: AtomicBool,
    writer_gone: AtomicBool,
    /// On whose account was written last, and read last.
    written_for: AtomicU64,
    read_for: AtomicU64,
    totals: Arc<Totals>,
    /// Nothing once the reader is gone.
    writing: Mutex<Option<Producer>>,
    /// Nothing once the reader is gone.
    reading: Mutex<Option<Consumer>>,
    /// A call panicked at one of its ends.
    failed: AtomicBool,
    changed: Bell,
}

impl Pipe {
    fn new(id: PipeId, owner: Pid, reader: Pid, writer: Pid, slots: Slots, capacity: usize) -> Self {
        let (producer, consumer, totals) = ring(slots, capacity);
        Pipe {
            id,
            reader,
            writer,
            capacity,
            owner: AtomicU64::new(owner.0),
            reader_gone: AtomicBool::new(false),
            writer_gone: AtomicBool::new(false),
            written_for: AtomicU64::new(CauseId::NONE.0),
            read_for: AtomicU64::new(CauseId::NONE.0),
            totals,
            writing: Mutex::new(Some(producer)),
            reading: Mutex::new(Some(consumer)),
            failed: AtomicBool::new(false),
            changed: Bell::default(),
        }
    }

    /// An end, for one call. What a call left that panicked there is not to be trusted: then the pipe has failed, for both.
    #[inline]
    fn end<'a, T>(&self, end: &'a Mutex<Option<T>>) -> MutexGuard<'a, Option<T>> {
        let (mut held, is_whole) = whole(end);
        if !is_whole {
            *held = None;
            self.failed.store(true, Ordering::Release);
            self.reader_gone.store(true, Ordering::Release);
            self.writer_gone.store(true, Ordering::Release);
            self.changed.ring();
        }
        held
    }

    #[cold]
    fn refuse(&self, pid: Pid, role: &str, rightful: Pid) -> SysError {
        SysError::new(
            Errno::EPERM,
            format!("pipe {}: process {pid} is not its {role}, {rightful} is", self.id),
        )
    }

    #[cold]
    fn fail<T>(&self, errno: Errno, what: &str) -> SysResult<T> {
        Err(SysError::new(errno, format!("pipe {}: {what}", self.id)))
    }

    /// Writes as much as fits, on the account of a cause.
    pub(crate) fn write(&self, pid: Pid, cause: CauseId, data: &[u8]) -> SysResult<u64> {
        if pid != self.writer {
            return Err(self.refuse(pid, "writer", self.writer));
        }
        let mut writing = self.end(&self.writing);
        if self.failed.load(Ordering::Acquire) {
            return self.fail(Errno::EPIPE, "it failed: a call panicked inside it");
        }
        if self.writer_gone.load(Ordering::Relaxed) {
            return self.fail(Errno::EBADF, "this end is closed");
        }
        let Some(producer) = writing.as_mut() else {
            return self.fail(Errno::EPIPE, "the reader is gone");
        };
        // Before the bytes: whoever sees them sees a cause that is no older.
        if self.written_for.load(Ordering::Relaxed) != cause.0 {
            self.written_for.store(cause.0, Ordering::Relaxed);
        }
        let written = producer.push(data);
        drop(writing);
        if written == 0 && !data.is_empty() {
            return self.fail(Errno::EAGAIN, "full");
        }
        self.changed.ring();
        Ok(written as u64)
    }

    /// Reads what is there, at most `size` bytes; nothing at the end.
    pub(crate) fn read(&self, pid: Pid, size: u64) -> SysResult<Vec<u8>> {
        if pid != self.reader {
            return Err(self.refuse(pid, "reader", self.reader));
        }
        let most = usize::try_from(size).unwrap_or(usize::MAX);
        let mut reading = self.end(&self.reading);
        if self.failed.load(Ordering::Acquire) {
            return self.fail(Errno::EBADF, "it failed: a call panicked inside it");
        }
        let Some(consumer) = reading.as_mut() else {
            return self.fail(Errno::EBADF, "this end is closed");
        };
        // Seen before the ring is: a writer that has gone adds nothing any more.
        let writer_gone = self.writer_gone.load(Ordering::Acquire);
        let mut data = Vec::new();
        let taken = consumer.pop(most, &mut data);
        drop(reading);
        if taken == 0 && !writer_gone && size > 0 {
            return self.fail(Errno::EAGAIN, "empty");
        }
        self.changed.ring();
        Ok(data)
    }

    /// The cause on whose account the newest bytes were written, when a reader sees it for the first time. A pipe
    /// carries bytes and no messages, so of several writes in one read it is the last.
    pub(crate) fn news(&self) -> Option<CauseId> {
        let cause = self.written_for.load(Ordering::Relaxed);
        let is_new = self.read_for.load(Ordering::Relaxed) != cause;
        (is_new && self.read_for.swap(cause, Ordering::Relaxed) != cause).then_some(CauseId(cause))
    }

    /// Who writes.
    pub(crate) fn writer(&self) -> Pid {
        self.writer
    }

    /// Rings after every change.
    pub(crate) fn changed(&self) -> &Bell {
        &self.changed
    }

    fn buffered(&self) -> u64 {
        let (written, read) = self.totals.get(self.capacity);
        written - read
    }

    /// `EPERM` for anybody but the end's own process.
    pub(crate) fn check_end(&self, pid: Pid, ready: PipeReady) -> SysResult<()> {
        let (role, rightful) = match ready {
            PipeReady::Readable => ("reader", self.reader),
            PipeReady::Writable => ("writer", self.writer),
        };
        if pid == rightful { Ok(()) } else { Err(self.refuse(pid, role, rightful)) }
    }

    /// Whether `read` or `write` would do something other than `EAGAIN`.
    pub(crate) fn is_ready(&self, ready: PipeReady) -> bool {
        self.is_broken()
            || match ready {
                PipeReady::Readable => self.buffered() > 0,
                PipeReady::Writable => self.buffered() < self.capacity as u64,
            }
    }

    /// Whether an end is gone.
    pub(crate) fn is_broken(&self) -> bool {
        self.writer_gone.load(Ordering::Acquire) || self.reader_gone.load(Ordering::Acquire)
    }

    /// Waits until `read` or `write` would do something other than `EAGAIN`.
    pub(crate) async fn ready(&self, pid: Pid, ready: PipeReady) -> SysResult<()> {
        self.check_end(pid, ready)?;
        self.changed.until(|| self.is_ready(ready).then_some(())).await;
        Ok(())
    }

    /// Closes the ends that a process holds. Says whether any end is still open.
    fn close(&self, pid: Pid) -> bool {
        if pid == self.writer {
            // Under its lock: whoever is writing finishes first, and nobody begins any more.
            let _turn = self.end(&self.writing);
            self.writer_gone.store(true, Ordering::Release);
        }
        if pid == self.reader {
            let mut writing = self.end(&self.writing);
            let mut reading = self.end(&self.reading);
            self.reader_gone.store(true, Ordering::Release);
            // Nobody can read it any more. The totals keep their sum.
            let memory = (writing.take(), reading.take());
            self.totals.forget_rest();
            drop((reading, writing));
            drop(memory);
        }
        self.changed.ring();
        !(self.reader_gone.load(Ordering::Acquire) && self.writer_gone.load(Ordering::Acquire))
    }

    fn owner(&self) -> Pid {
        Pid(self.owner.load(Ordering::Relaxed))
    }

    /// Gives a pipe whose owner ends to whoever still holds an end. False when nobody does.
    fn inherit(&self) -> bool {
        let holders = [(self.reader, &self.reader_gone), (self.writer, &self.writer_gone)];
        let heir = holders.into_iter().find(|(_, gone)| !gone.load(Ordering::Acquire));
        if let Some((heir, _)) = heir {
            self.owner.store(heir.0, Ordering::Relaxed);
        }
        heir.is_some()
    }

    fn is_held_by(&self, pid: Pid) -> bool {
        let holds = |end: Pid, gone: &AtomicBool| end == pid && !gone.load(Ordering::Acquire);
        holds(self.reader, &self.reader_gone) || holds(self.writer, &self.writer_gone)
    }

    fn may_close(&self, pid: Pid) -> bool {
        pid == self.reader || pid == self.writer
    }

    /// State and totals.
    pub(crate) fn stats(&self) -> PipeStats {
        let (bytes_written, bytes_read) = self.totals.get(self.capacity);
        PipeStats {
            pipe: self.id,
            owner: self.owner(),
            reader: self.reader,
            writer: self.writer,
            capacity: self.capacity as u64,
            buffered: bytes_written - bytes_read,
            bytes_written,
            bytes_read,
            reader_open: !self.reader_gone.load(Ordering::Acquire),
            writer_open: !self.writer_gone.load(Ordering::Acquire),
        }
    }

    /// Bytes that the ring has taken from memory: the host gives them as they are first written.
    pub(crate) fn memory_bytes(&self) -> u64 {
        if self.reader_gone.load(Ordering::Acquire) {
            return 0;
        }
        self.totals.get(self.capacity).0.min(self.capacity as u64)
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
