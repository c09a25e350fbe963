//! All pipes, by number.

use super::{MAX_CAPACITY, Pipe, slots::Slots};
use crate::registry::Registry;
use abi::{Errno, Pid, PipeId, SysError, SysResult};
use std::sync::Arc;

/// Pipes of all processes together.
const MAX_PIPES: usize = 16_384;
/// Pipes that one process may own where its limits say nothing.
pub(crate) const DEFAULT_PER_PROCESS: u32 = 1_024;

/// The table of pipes.
pub(crate) struct Pipes {
    pipes: Registry<Pipe>,
}

impl Default for Pipes {
    fn default() -> Self {
        Pipes { pipes: Registry::new(MAX_PIPES) }
    }
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
        let no_memory = || SysError::new(Errno::ENOMEM, format!("no memory for a pipe of {capacity} bytes"));
        let capacity = usize::try_from(capacity).map_err(|_| no_memory())?;
        let slots = Slots::new(capacity).ok_or_else(no_memory)?;
        let pipe = self.pipes.insert(
            |pipes, is_full| {
                let owned = pipes.filter(|pipe| pipe.owner() == owner).count();
                if is_full || owned >= most as usize {
                    let detail = format!("process {owner} owns {owned} pipes already");
                    return Err(SysError::new(Errno::EMFILE, detail));
                }
                Ok(())
            },
            |id| Pipe::new(PipeId(id), owner, reader, writer, slots, capacity),
        )?;
        Ok(pipe.id)
    }

    /// The pipe with this number.
    #[inline]
    pub(crate) fn get(&self, id: PipeId) -> SysResult<Arc<Pipe>> {
        let none = || SysError::new(Errno::EBADF, format!("there is no pipe {id}"));
        self.pipes.get(id.0).ok_or_else(none)
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
            self.pipes.remove(id.0);
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
        self.pipes.remove(id.0);
        pipe.close(pipe.reader);
        pipe.close(pipe.writer);
        Ok(())
    }

    /// Closes every end of a process and removes what it owns. Says how many pipes it owned or held.
    pub(crate) fn release(&self, pid: Pid) -> usize {
        let mut concerned = self.pipes.all();
        concerned.retain(|pipe| pipe.owner() == pid || pipe.may_close(pid));
        for pipe in &concerned {
            // What the owner leaves behind, somebody else may still drain or fill.
            if !pipe.close(pid) || (pipe.owner() == pid && !pipe.inherit()) {
                self.pipes.remove(pipe.id.0);
            }
        }
        concerned.len()
    }

    /// Pipes with no live end, removed. They exist where an owner without an end was the last.
    pub(crate) fn sweep(&self, is_alive: impl Fn(Pid) -> bool) -> u32 {
        let all = self.pipes.all();
        let mut removed = 0;
        for pipe in all.iter().filter(|pipe| !is_alive(pipe.reader) && !is_alive(pipe.writer)) {
            self.pipes.remove(pipe.id.0);
            removed += 1;
        }
        removed
    }

    /// Pipes that a process owns or holds an end of, and the memory of those it owns.
    pub(crate) fn usage(&self, pid: Pid) -> (u32, u64) {
        let all = self.pipes.all();
        let concerned = all.iter().filter(|pipe| pipe.owner() == pid || pipe.is_held_by(pid));
        concerned.fold((0, 0), |(count, bytes), pipe| {
            (count + 1, bytes + if pipe.owner() == pid { pipe.memory_bytes() } else { 0 })
        })
    }

    /// The owner of each and the memory it has for it, bytes.
    pub(crate) fn owned_bytes(&self) -> Vec<(Pid, u64)> {
        self.pipes.all().iter().map(|pipe| (pipe.owner(), pipe.memory_bytes())).collect()
    }

    /// All pipes and their memory in bytes.
    pub(crate) fn totals(&self) -> (u32, u64) {
        (self.pipes.count(), self.pipes.all().iter().map(|pipe| pipe.memory_bytes()).sum())
    }

    /// State and totals of all.
    pub(crate) fn list(&self) -> Vec<abi::table::PipeStats> {
        self.pipes.all().iter().map(|pipe| pipe.stats()).collect()
    }
}
