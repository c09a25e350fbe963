//! The hosts that make an [`widgets::App`] of something that is not Rust: a Blueprint document, and a
//! host program. And [`Processes`], through which apps become processes of the kernel.

mod blueprint_host;
mod process;

pub(crate) use blueprint_host::BlueprintHost;
pub(crate) use process::{Begin, LogHost, TerminalHost, Unseen};

use abi::{Capability, CauseId, Pid, SysResult, Syscalls};
use services::{AppKind, Registry};
use std::sync::Arc;

/// What the shell wants of a new process.
#[derive(Clone, Debug)]
pub struct NewProcess {
    /// For people.
    pub name: String,
    /// The app that it is an instance of.
    pub app: String,
    /// What the app is made of.
    pub kind: AppKind,
    /// Its rights.
    pub capabilities: Vec<Capability>,
    /// What started it.
    pub cause: CauseId,
}

/// What the shell writes down of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Noted {
    /// A session was saved or came back.
    Session,
    /// Somebody controls the desktop from outside.
    Control,
}

/// Apps as processes. The kernel implements it; the shell never sees more of the kernel than this and the
/// syscall handles.
pub trait Processes: Send + Sync {
    /// Makes a process for an app.
    ///
    /// # Errors
    /// `EAGAIN` when the process table is full.
    fn start(&self, process: NewProcess) -> SysResult<Arc<dyn Syscalls>>;
    /// Ends a process and everything that it owns. Programs of the host get a moment, which nobody waits for here.
    fn end(&self, pid: Pid);
    /// The shell's own process.
    fn system(&self) -> Arc<dyn Syscalls>;
    /// Submitted calls that touch the host's files and are not finished. Calls that wait for somebody
    /// (a terminal's output) do not count.
    fn host_calls_under_way(&self) -> usize;
    /// Writes down something that is no call of a process.
    fn note(&self, _what: Noted, _words: &str) {}
    /// A number that is another one whenever other requests for rights wait.
    fn requests_revision(&self) -> u64;
    /// A number that is another one whenever a program has left changes that were held back.
    fn runs_revision(&self) -> u64 {
        0
    }
    /// What is installed now. Reads the host's files, so it is called on a thread of its own; `None` where there is
    /// nothing to look at.
    fn installed_apps(&self) -> Option<Registry> {
        None
    }
    /// Ends everything, in order.
    fn shutdown(&self);
}
