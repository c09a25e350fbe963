//! Processes: who may act, and what belongs to whom.
//!
//! A process is born through [`Birth`], whose type says how far it is; it is seen by others only
//! once it is `Ready`. Its [`Pid`] names a slot and how often the slot was used, so a stale pid
//! never reaches the slot's next tenant. What ends a process is `Kernel::end`, which releases everything
//! it holds; the table here only keeps the books.
//!
//! **Lock order**: the table, then one process's own locks, one at a time; never two processes at once.

mod birth;
mod identity;
mod table;

pub(crate) use birth::{Birth, Initializing};
pub(crate) use identity::{Identity, OrderedEnd, Process};
pub(crate) use table::Processes;

/// What somebody says who wants a new process.
#[derive(Clone, Debug)]
pub struct NewProcess {
    /// For people.
    pub name: String,
    /// App id, for instances of apps.
    pub app: Option<String>,
    /// What it is.
    pub kind: abi::table::ProcessKind,
    /// Its rights; no more than its parent has.
    pub capabilities: Vec<abi::Capability>,
    /// Who starts it.
    pub parent: abi::Pid,
    /// What led to its start.
    pub cause: abi::CauseId,
}

#[cfg(test)]
mod tests;
