//! Rows about pipes.

use super::{within, within_here};
use crate::{
    caller::Caller,
    door::{Handle, Paths, Wait},
    lineage,
    pipe::DEFAULT_PER_PROCESS,
};
use abi::{
    Bytes, Errno, PipeId, SysError, SysResult, Syscalls,
    table::{GetPipeStats, PipeClose, PipeCreate, PipeDestroy, PipeRead, PipeStats, PipeWait, PipeWrite},
};

handlers! {
    PipeCreate => create;
    PipeWrite => write;
    PipeRead => read;
    PipeClose => close;
    PipeDestroy => destroy;
    GetPipeStats => stats;
}

fn create(caller: &Caller, call: PipeCreate) -> SysResult<PipeId> {
    let (core, process) = (caller.core(), caller.process());
    let own = process.pid();
    let (reader, writer) = (call.reader.unwrap_or(own), call.writer.unwrap_or(own));
    for end in [reader, writer] {
        if !core.processes.is_alive(end) {
            return Err(SysError::new(Errno::ESRCH, format!("there is no process {end}")));
        }
    }
    let limits = process.limits();
    let held = core.pipes.usage(own).1;
    if limits.memory_bytes.is_some_and(|most| held.saturating_add(call.capacity) > most) {
        return Err(SysError::new(Errno::ENOMEM, format!("process {own} has {held} bytes in pipes already")));
    }
    core.pipes.create(own, reader, writer, call.capacity, limits.pipes.unwrap_or(DEFAULT_PER_PROCESS))
}

fn write(caller: &Caller, call: PipeWrite) -> SysResult<u64> {
    caller.core().pipes.get(call.pipe)?.write(caller.process().pid(), caller.cause(), &call.data)
}

fn read(caller: &Caller, call: PipeRead) -> SysResult<Bytes> {
    let pipe = caller.core().pipes.get(call.pipe)?;
    let data = pipe.read(caller.process().pid(), call.size)?;
    if let Some(cause) = pipe.news() {
        lineage::tell_received(caller, cause, pipe.writer(), "pipe");
    }
    Ok(Bytes(data))
}

fn close(caller: &Caller, call: PipeClose) -> SysResult<()> {
    caller.core().pipes.close(caller.process().pid(), call.pipe)
}

fn destroy(caller: &Caller, call: PipeDestroy) -> SysResult<()> {
    caller.core().pipes.destroy(caller.process().pid(), call.pipe)
}

fn stats(caller: &Caller, call: GetPipeStats) -> SysResult<PipeStats> {
    Ok(caller.core().pipes.get_own(caller.process().pid(), call.pipe)?.stats())
}

impl Handle for PipeWait {
    type Object = ();

    fn resolve(&mut self, _: &Paths<'_>) -> SysResult<()> {
        Ok(())
    }

    fn run(self, caller: &Caller, (): ()) -> SysResult<()> {
        let pipe = caller.core().pipes.get(self.pipe)?;
        let pid = caller.process().pid();
        pipe.check_end(pid, self.ready)?;
        let look = || pipe.is_ready(self.ready).then_some(Ok(()));
        let ready = pipe.ready(pid, self.ready);
        within_here(caller, self.timeout_millis, "pipe_wait", pipe.changed(), look, ready)
    }
}

impl Wait for PipeWait {
    async fn wait(self, caller: &Caller) -> SysResult<()> {
        let pipe = caller.core().pipes.get(self.pipe)?;
        within(self.timeout_millis, "pipe_wait", pipe.ready(caller.process().pid(), self.ready)).await?
    }
}
