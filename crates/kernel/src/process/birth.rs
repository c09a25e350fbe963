//! The way into life: `Creating → Initializing → Ready`, in types.
//!
//! [`Birth<Creating>`] has a slot and nothing else, [`Birth<Initializing>`] runs initialisers and remembers
//! how to undo each, [`Birth::publish`] makes the process visible. A birth that is dropped on the
//! way undoes what was done, last first, and gives the slot back.

use super::{Identity, NewProcess, Process, Processes};
use crate::{gate::Policy, vfs::VPath};
use abi::{Pid, SysResult, table::ProcessState};
use std::{collections::BTreeMap, marker::PhantomData, sync::Arc};

/// A slot is taken.
pub(crate) struct Creating;
/// Resources are being made.
pub(crate) struct Initializing;

/// A process on its way.
pub(crate) struct Birth<'a, Stage> {
    table: &'a Processes,
    pid: Pid,
    process: Option<Arc<Process>>,
    undo: Vec<Box<dyn FnOnce() + 'a>>,
    stage: PhantomData<Stage>,
}

impl<'a> Birth<'a, Creating> {
    /// Takes a slot. `EAGAIN` when all are taken.
    pub(crate) fn reserve(table: &'a Processes) -> SysResult<Self> {
        let pid = table.reserve()?;
        Ok(Birth { table, pid, process: None, undo: Vec::new(), stage: PhantomData })
    }

    /// Gives the slot its identity.
    pub(crate) fn identify(
        mut self,
        new: &NewProcess,
        policy: Policy,
        environment: BTreeMap<String, String>,
        home: VPath,
        now_millis: u64,
    ) -> Birth<'a, Initializing> {
        let process = Process::new(Identity::of(new, self.pid, now_millis), policy, environment, home);
        process.set_state(ProcessState::Initializing);
        let (table, pid) = (self.table, self.pid);
        let undo = std::mem::take(&mut self.undo);
        // The slot belongs to the next stage now; this one must not give it back.
        self.process = None;
        std::mem::forget(self);
        Birth { table, pid, process: Some(Arc::new(process)), undo, stage: PhantomData }
    }
}

impl<'a> Birth<'a, Initializing> {
    /// The process, which nobody else sees yet.
    pub(crate) fn process(&self) -> &Arc<Process> {
        self.process.as_ref().unwrap_or_else(|| unreachable!("set when this stage began, taken when it ends"))
    }

    /// Runs one initialiser. When it or a later one fails, `undo` runs.
    pub(crate) fn initialise<T>(
        &mut self,
        make: impl FnOnce(&Arc<Process>) -> SysResult<T>,
        undo: impl FnOnce() + 'a,
    ) -> SysResult<T> {
        let made = make(self.process())?;
        self.undo.push(Box::new(undo));
        Ok(made)
    }

    /// Makes it visible, and `Ready`. `ESRCH` when its parent has ended meanwhile; everything is undone then.
    pub(crate) fn publish(mut self) -> SysResult<Arc<Process>> {
        let process = self.process().clone();
        process.set_state(ProcessState::Ready);
        self.table.publish(process.clone())?;
        self.undo.clear();
        self.process = None;
        std::mem::forget(self);
        Ok(process)
    }
}

impl<Stage> Drop for Birth<'_, Stage> {
    fn drop(&mut self) {
        while let Some(undo) = self.undo.pop() {
            undo();
        }
        self.table.abandon(self.pid);
    }
}
