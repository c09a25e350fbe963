//! The end of a process: everything it holds is released, in a fixed order, and counted.
//!
//! Each kind of resource has one arm in [`release`]; a new kind does not compile without. The order is
//! that of dependency, last made first: calls under way, descriptors (files, terminals, sockets), mappings, pipes,
//! queues, shared memory, signals, then the host's process. Children end before their parent's resources do.

use crate::{core::Core, observe::NewEvent, process::Process};
use abi::{
    Pid,
    table::{Exit, ProcessState, Severity},
};
use nix::libc;
use std::{sync::Arc, time::Duration};

/// What a process can hold, in the order of its release.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Resource {
    Tasks,
    Descriptors,
    Mappings,
    Pipes,
    Queues,
    SharedMemory,
    Signals,
    Requests,
    HostProcess,
}

const ORDER: [Resource; 9] = [
    Resource::Requests,
    Resource::Tasks,
    Resource::Descriptors,
    Resource::Mappings,
    Resource::Pipes,
    Resource::Queues,
    Resource::SharedMemory,
    Resource::Signals,
    Resource::HostProcess,
];

/// How many of each kind a process holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Census {
    /// Submitted calls under way or not collected.
    pub tasks: u32,
    /// Open descriptors.
    pub descriptors: u32,
    /// Pipes that it made or holds an end of.
    pub pipes: u32,
    /// Mappings of files.
    pub mappings: u32,
    /// Queues that it made or is subscribed to.
    pub queues: u32,
    /// Segments of shared memory that it made or is attached to.
    pub shared_segments: u32,
    /// Open sockets; they are among the descriptors.
    pub sockets: u32,
    /// Signals that nobody has taken.
    pub signals: u32,
    /// Requests for rights that nobody has answered.
    pub requests: u32,
    /// Processes of the host in its own tree.
    pub host_processes: u32,
    /// Children, zombies included.
    pub children: u32,
}

impl Census {
    /// Whether it holds nothing at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Census::default()
    }
}

fn release(core: &Core, process: &Process, resource: Resource) -> usize {
    match resource {
        Resource::Tasks => core.tasks.release(process.pid()),
        Resource::Descriptors => process.descriptors.release(),
        Resource::Mappings => core.mappings.release(process.pid()),
        Resource::Pipes => core.pipes.release(process.pid()),
        Resource::Queues => core.queues.release(process.pid()),
        Resource::SharedMemory => core.segments.release(process.pid()),
        Resource::Signals => process.signals.release(),
        Resource::Requests => {
            process.end_loans();
            core.requests.release(process.pid())
        }
        Resource::HostProcess => match process.host() {
            Some(host) => {
                // Whatever is left of its session; a natural end hangs it up, a kill came before.
                host.signal(libc::SIGHUP);
                1
            }
            None => 0,
        },
    }
}

impl Core {
    /// What is held under a number of a process, also of one that is gone.
    pub(crate) fn ipc_census(&self, pid: Pid) -> Census {
        Census {
            mappings: self.mappings.usage(pid).0,
            pipes: self.pipes.usage(pid).0,
            queues: self.queues.usage(pid).0,
            shared_segments: self.segments.usage(pid).0,
            ..Census::default()
        }
    }

    /// What a process holds now.
    pub(crate) fn census(&self, process: &Process) -> Census {
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        let running = process.host().filter(|_| process.is_alive());
        Census {
            tasks: process.tasks.load(std::sync::atomic::Ordering::Relaxed),
            descriptors: process.descriptors.count(),
            pipes: self.pipes.usage(process.pid()).0,
            sockets: count(process.descriptors.sockets().len()),
            signals: process.signals.stats().pending,
            requests: self.requests.count(process.pid()),
            host_processes: running.map_or(0, |host| count(sandbox::members(host.host_pid()).len())),
            children: count(self.processes.children(process.pid()).len()),
            ..self.ipc_census(process.pid())
        }
    }

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
        for resource in ORDER {
            release(self, process, resource);
        }
        self.tell_end(process, exit);
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
        row.detail = text.into();
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
                self.reap_surplus(&parent);
                parent.child_ended.notify_waiters();
                self.tell_child_ended(&parent, process);
            }
            None => self.processes.reap(process.pid()),
        }
    }

    /// A parent that never waits keeps the newest zombies only.
    fn reap_surplus(&self, parent: &Process) {
        const MOST_ZOMBIES: usize = 64;
        let mut zombies: Vec<_> =
            self.processes.children(parent.pid()).into_iter().filter(|child| !child.is_alive()).collect();
        zombies.sort_by_key(|zombie| zombie.identity().started_millis);
        let surplus = zombies.len().saturating_sub(MOST_ZOMBIES);
        for zombie in &zombies[..surplus] {
            self.processes.reap(zombie.pid());
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
