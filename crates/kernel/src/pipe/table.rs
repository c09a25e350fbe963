//! All pipes, by number.

use super::{MAX_CAPACITY, Pipe};
use crate::sync::{read, write};
use abi::{Errno, Pid, PipeId, SysError, SysResult};
use std::{
    collections::HashMap,
    sync::{Arc, RwLock},
};

/// Pipes of all processes together.
const MAX_PIPES: usize = 16_384;
/// Pipes that one process may own where its limits say nothing.
pub(crate) const DEFAULT_PER_PROCESS: u32 = 1_024;

/// The table of pipes.
#[derive(Default)]
pub(crate) struct Pipes {
    table: RwLock<Table>,
}

#[derive(Default)]
struct Table {
    pipes: HashMap<PipeId, Arc<Pipe>>,
    last: u64,
}

impl Pipes {
    /// Makes a pipe. `most` is how many its owner may have.
    pub(crate) fn create(
        &self,
        owner: Pid,
        reader: Pid,
        writer: Pid,
        capacity: u64,
        most: u32,
    ) -> SysResult<PipeId> {
        if !(1..=MAX_CAPACITY).contains(&capacity) {
            let detail = format!("a pipe's capacity is 1 to {MAX_CAPACITY} bytes, not {capacity}");
            return Err(SysError::new(Errno::EINVAL, detail));
        }
        let mut table = write(&self.table);
        let owned = table.pipes.values().filter(|pipe| pipe.owner() == owner).count();
        if owned >= most as usize || table.pipes.len() >= MAX_PIPES {
            return Err(SysError::new(Errno::EMFILE, format!("process {owner} owns {owned} pipes already")));
        }
        table.last += 1;
        let id = PipeId(table.last);
        #[allow(clippy::cast_possible_truncation, reason = "at most 16 MiB")]
        let pipe = Pipe::new(id, owner, reader, writer, capacity as usize);
        table.pipes.insert(id, Arc::new(pipe));
        Ok(id)
    }

    /// The pipe with this number.
    pub(crate) fn get(&self, id: PipeId) -> SysResult<Arc<Pipe>> {
        let found = read(&self.table).pipes.get(&id).cloned();
        found.ok_or_else(|| SysError::new(Errno::EBADF, format!("there is no pipe {id}")))
    }

    /// The pipe, if this process made it or holds an end.
    pub(crate) fn get_own(&self, pid: Pid, id: PipeId) -> SysResult<Arc<Pipe>> {
        let pipe = self.get(id)?;
        if pid == pipe.owner() || pipe.may_close(pid) {
            return Ok(pipe);
        }
        Err(SysError::new(Errno::EPERM, format!("pipe {id}: process {pid} neither made it nor holds an end")))
    }

    /// Closes the ends that a process holds; the last end takes the pipe with it.
    pub(crate) fn close(&self, pid: Pid, id: PipeId) -> SysResult<()> {
        let pipe = self.get(id)?;
        if !pipe.may_close(pid) {
            return Err(SysError::new(Errno::EPERM, format!("pipe {id}: process {pid} holds no end of it")));
        }
        if !pipe.close(pid) {
            write(&self.table).pipes.remove(&id);
        }
        Ok(())
    }

    /// Removes a pipe with what is in it.
    pub(crate) fn destroy(&self, pid: Pid, id: PipeId) -> SysResult<()> {
        let pipe = self.get(id)?;
        let owner = pipe.owner();
        if pid != owner {
            let detail = format!("pipe {id}: it belongs to process {owner}, not to {pid}");
            return Err(SysError::new(Errno::EPERM, detail));
        }
        write(&self.table).pipes.remove(&id);
        pipe.close(pipe.reader);
        pipe.close(pipe.writer);
        Ok(())
    }

    /// Closes every end of a process and removes what it owns. Says how many pipes it owned or held.
    pub(crate) fn release(&self, pid: Pid) -> usize {
        let concerned: Vec<Arc<Pipe>> = read(&self.table)
            .pipes
            .values()
            .filter(|pipe| pipe.owner() == pid || pipe.may_close(pid))
            .cloned()
            .collect();
        for pipe in &concerned {
            // What the owner leaves behind, somebody else may still drain or fill.
            if !pipe.close(pid) || (pipe.owner() == pid && !pipe.inherit()) {
                write(&self.table).pipes.remove(&pipe.id);
            }
        }
        concerned.len()
    }

    /// Pipes with no live end, removed. They exist where an owner without an end was the last.
    pub(crate) fn sweep(&self, is_alive: impl Fn(Pid) -> bool) -> u32 {
        let all: Vec<Arc<Pipe>> = read(&self.table).pipes.values().cloned().collect();
        let mut removed = 0;
        for pipe in all.iter().filter(|pipe| !is_alive(pipe.reader) && !is_alive(pipe.writer)) {
            write(&self.table).pipes.remove(&pipe.id);
            removed += 1;
        }
        removed
    }

    /// Pipes that a process owns or holds an end of, and the memory of those it owns.
    pub(crate) fn usage(&self, pid: Pid) -> (u32, u64) {
        let table = read(&self.table);
        let concerned = table.pipes.values().filter(|pipe| pipe.owner() == pid || pipe.is_held_by(pid));
        concerned.fold((0, 0), |(count, bytes), pipe| {
            (count + 1, bytes + if pipe.owner() == pid { pipe.memory_bytes() } else { 0 })
        })
    }

    /// All pipes and their memory in bytes.
    pub(crate) fn totals(&self) -> (u32, u64) {
        let table = read(&self.table);
        let bytes = table.pipes.values().map(|pipe| pipe.memory_bytes()).sum();
        (u32::try_from(table.pipes.len()).unwrap_or(u32::MAX), bytes)
    }
}
