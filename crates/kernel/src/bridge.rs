//! Bridges: bytes between a pipe of ours and a stream of a program of the host, moved by a task.
//!
//! A bridge has one end of the pipe, on the account of the process that held it, and the stream. When either ends it
//! closes the other: the end of a program's output is the end of the pipe, the end of the pipe is the end of a
//! program's input. What does not fit waits, so a program that writes faster than is read is slowed down.

use crate::{core::Core, fd::Description, pipe::Pipe};
use abi::{CauseId, Errno, Pid, PipeId, SysError, SysResult, table::PipeReady};
use std::sync::{Arc, Weak};

/// How much is moved at a time, bytes.
const CHUNK_BYTES: u64 = 64 * 1024;

/// Which way bytes go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    /// What the program writes goes into the pipe.
    FromProgram,
    /// What is in the pipe is read by the program.
    ToProgram,
}

/// A bridge that has not begun.
pub(crate) struct Bridge {
    pid: Pid,
    cause: CauseId,
    id: PipeId,
    pipe: Arc<Pipe>,
    stream: Arc<Description>,
    direction: Direction,
}

/// Which way a process can bridge a pipe: it must hold one end, and not both, since an end is closed by its holder.
pub(crate) fn direction(pipe: &Pipe, pid: Pid) -> SysResult<Direction> {
    let stats = pipe.stats();
    match (stats.writer == pid, stats.reader == pid) {
        (true, false) => Ok(Direction::FromProgram),
        (false, true) => Ok(Direction::ToProgram),
        (true, true) => {
            let detail = format!("pipe {}: process {pid} is both its reader and its writer", stats.pipe);
            Err(SysError::new(Errno::EINVAL, detail))
        }
        (false, false) => {
            let detail = format!("pipe {}: process {pid} holds no end of it", stats.pipe);
            Err(SysError::new(Errno::EPERM, detail))
        }
    }
}

impl Bridge {
    /// Between a process's end of a pipe and a stream. `EBADF` when the stream does not go that way.
    pub(crate) fn new(
        (pid, cause): (Pid, CauseId),
        id: PipeId,
        pipe: Arc<Pipe>,
        stream: Arc<Description>,
    ) -> SysResult<Self> {
        let direction = direction(&pipe, pid)?;
        let goes = match direction {
            Direction::FromProgram => stream.stream_of()?.is_readable(),
            Direction::ToProgram => stream.stream_of()?.is_writable(),
        };
        if !goes {
            return Err(SysError::new(Errno::EBADF, "the stream goes the other way"));
        }
        Ok(Bridge { pid, cause, id, pipe, stream, direction })
    }

    /// Moves bytes from now on.
    pub(crate) fn begin(self, core: &Arc<Core>) {
        let weak = Arc::downgrade(core);
        core.runtime().spawn(self.run(weak));
    }

    async fn run(self, core: Weak<Core>) {
        let moved = match self.direction {
            Direction::FromProgram => self.take_output().await,
            Direction::ToProgram => self.give_input().await,
        };
        if let Err(why) = moved {
            tracing::debug!(%why, pipe = self.id.0, "a bridge ended");
        }
        if let Some(core) = core.upgrade() {
            // The process may have closed it itself.
            let _ = core.pipes.close(self.pid, self.id);
        }
    }

    async fn take_output(&self) -> SysResult<()> {
        let stream = self.stream.stream_of()?;
        loop {
            let data = stream.read(CHUNK_BYTES).await;
            if data.is_empty() {
                return Ok(());
            }
            let mut rest = data.as_slice();
            while !rest.is_empty() {
                match self.pipe.write(self.pid, self.cause, rest) {
                    Ok(count) => rest = &rest[usize::try_from(count).unwrap_or(rest.len()).min(rest.len())..],
                    Err(why) if why.errno == Errno::EAGAIN => {
                        self.pipe.ready(self.pid, PipeReady::Writable).await?;
                    }
                    Err(why) => return Err(why),
                }
            }
        }
    }

    async fn give_input(&self) -> SysResult<()> {
        let stream = self.stream.stream_of()?;
        loop {
            self.pipe.ready(self.pid, PipeReady::Readable).await?;
            let data = match self.pipe.read(self.pid, CHUNK_BYTES) {
                Ok(data) if data.is_empty() => return Ok(()),
                Ok(data) => data,
                Err(why) if why.errno == Errno::EAGAIN => continue,
                Err(why) => return Err(why),
            };
            let mut rest = data.as_slice();
            while !rest.is_empty() {
                match stream.write(rest, true) {
                    Ok(count) => rest = &rest[usize::try_from(count).unwrap_or(rest.len()).min(rest.len())..],
                    Err(why) if why.errno == Errno::EAGAIN => stream.writable().await,
                    Err(why) => return Err(why),
                }
            }
        }
    }
}
