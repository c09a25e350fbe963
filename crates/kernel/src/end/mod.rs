//! The end of a process: everything it holds is released, in a fixed order, and counted.
//!
//! [`resource`] says what there is to hold and who releases it, [`census`] counts what is held, [`goodbye`] leaves
//! programs of the host a moment before. Children end before their parent's resources do.

mod census;
mod exceeded;
mod goodbye;
mod resource;
#[cfg(test)]
mod tests;

pub use census::Census;
pub(crate) use exceeded::{exceeded, refused_processes};
pub(crate) use goodbye::{programs_among, say_goodbye};
pub(crate) use resource::{Released, Resource};

use crate::{
    core::Core,
    observe::NewEvent,
    process::{OrderedEnd, Process},
};
use abi::{
    Pid,
    table::{EndDetail, EndReason, Exit, ProcessState, Severity},
};
use nix::libc;
use std::{sync::Arc, time::Duration};

/// Whether a signal is one by which somebody ends a program.
pub(crate) fn is_end(signal: i32) -> bool {
    matches!(signal, libc::SIGHUP | libc::SIGINT | libc::SIGQUIT | libc::SIGTERM | libc::SIGKILL)
}

impl Core {
    /// Ends a process, and everything it started before it.
    pub(crate) fn end(&self, process: &Arc<Process>, exit: Exit) {
        if !process.begin_end(exit) {
            return;
        }
        // From here on no child can be born to it. The deepest go first.
        let mut descendants = self.processes.descendants(process.pid());
        while let Some(descendant) = descendants.pop() {
            if let Some(host) = descendant.host().filter(|_| descendant.is_alive()) {
                host.signal(libc::SIGKILL);
            }
            if descendant.ordered_end().is_none() {
                descendant.order_end(EndReason::Parent, Some(process.name()));
            }
            if descendant.begin_end(Exit::Signal(libc::SIGKILL)) {
                self.finish(&descendant, Exit::Signal(libc::SIGKILL));
            }
            // Its parent is ending too: nobody will ask.
            self.processes.reap(descendant.pid());
        }
        self.finish(process, exit);
        self.leave_to_parent(process);
        self.wake();
    }

    fn finish(&self, process: &Process, exit: Exit) {
        for resource in Resource::in_order() {
            let cleaner = resource.cleaner();
            debug_assert_eq!(cleaner.kind(), resource);
            let released = cleaner.release(self, process);
            self.released.count(resource, released);
        }
        // A program that goes on without us has not ended.
        if !process.host().is_some_and(|host| host.was_released()) {
            self.runs.process_ended(process.pid(), self.now_millis());
            self.tell_end(process, exit);
        }
    }

    /// Lets go of what a call still made while its process was ending. The host's process is none of that.
    #[cold]
    pub(crate) fn release_late(&self, process: &Process) {
        for resource in Resource::in_order().filter(|resource| *resource != Resource::HostProcess) {
            let released = resource.cleaner().release(self, process);
            self.released.count(resource, released);
        }
    }

    fn tell_end(&self, process: &Process, exit: Exit) {
        let identity = process.identity();
        let (a, text) = match exit {
            Exit::Code(code) => (u64::from(code.unsigned_abs()), format!("code {code}")),
            Exit::Signal(signal) => (128 + u64::from(signal.unsigned_abs()), format!("signal {signal}")),
        };
        let event = NewEvent {
            a,
            label: self.observer.label(&format!("{} {text}", identity.name)),
            ..NewEvent::new(self.kinds.process_ended, Severity::Info, identity.pid, identity.cause)
        };
        self.observer.emit(event);
        let mut row = self.journal_row(identity, identity.cause, "process.exit", &identity.name);
        let exit_words = match process.host() {
            Some(host) if host.was_lost() => format!("{text}: its holder was ended from outside"),
            _ => text,
        };
        // Whoever got a signal and ended by itself much later has not ended by that.
        let is_so = |ordered: &OrderedEnd| {
            ordered.reason != EndReason::Asked || matches!(exit, Exit::Signal(signal) if is_end(signal))
        };
        let ordered = process.ordered_end().filter(is_so);
        let (reason, by) = ordered.map_or((None, None), |ordered| (Some(ordered.reason), ordered.by));
        row.detail = EndDetail {
            exit: exit_words,
            reason,
            by,
            exceeded: exceeded(process),
            refused_processes: refused_processes(process),
        }
        .to_detail();
        let told = self
            .journal
            .recorder()
            .map_or(Ok(()), |recorder| recorder.flush_denials(Some(identity.pid), row.time_millis));
        if let Err(why) = told.and_then(|()| self.journal.append(&row)) {
            self.journal_failed(&why);
        }
    }

    /// A parent that lives hears of the end and may `wait`; nobody waits for the kernel's own children.
    fn leave_to_parent(&self, process: &Process) {
        let parent = process.identity().parent.filter(|parent| *parent != Pid::KERNEL);
        match parent.and_then(|parent| self.processes.get(parent).ok()).filter(|parent| parent.is_alive()) {
            Some(parent) => {
                self.processes.keep_zombie(parent.pid(), process.pid());
                parent.child_ended.notify_waiters();
                self.tell_child_ended(&parent, process);
            }
            None => self.processes.reap(process.pid()),
        }
    }

    /// Ends a process by a signal. A program of the host gets the signal, and SIGKILL after `grace`; its own
    /// end is noticed by its watcher. Anything else ends here and now.
    pub(crate) fn kill(self: &Arc<Self>, process: &Arc<Process>, signal: i32, grace: Duration) {
        let Some(host) = process.host().cloned() else {
            return self.end(process, Exit::Signal(signal));
        };
        host.signal(signal);
        let ends = matches!(signal, libc::SIGHUP | libc::SIGINT | libc::SIGQUIT | libc::SIGTERM);
        if !ends {
            return;
        }
        let (core, process) = (Arc::downgrade(self), process.clone());
        self.runtime().spawn(async move {
            tokio::time::sleep(grace).await;
            if core.upgrade().is_some() && process.is_alive() {
                let kill = move || host.signal(libc::SIGKILL);
                let _ = tokio::task::spawn_blocking(kill).await;
            }
        });
    }

    /// Ends a process without waiting for its consent.
    pub(crate) fn kill_now(&self, process: &Arc<Process>) {
        if let Some(host) = process.host().filter(|_| process.is_alive()) {
            host.signal(libc::SIGKILL);
        }
        self.end(process, Exit::Signal(libc::SIGKILL));
    }

    /// Takes a child's exit, if it has ended.
    pub(crate) fn collect(&self, child: &Process) -> Option<Exit> {
        let exit = child.exit().filter(|_| child.state() == ProcessState::Zombie)?;
        child.set_state(ProcessState::Terminated);
        self.processes.reap(child.pid());
        Some(exit)
    }
}
