//! What is held, by kind.

#[cfg(test)]
use super::Resource;
use crate::{core::Core, process::Process};
use abi::Pid;
use std::sync::atomic::Ordering;

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
    /// Ways of its program to the network, with their connections.
    pub connections: u32,
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

    /// How many of one kind.
    #[cfg(test)]
    pub(crate) fn held(&self, resource: Resource) -> u32 {
        match resource {
            Resource::Tasks => self.tasks,
            Resource::Descriptors => self.descriptors,
            Resource::Mappings => self.mappings,
            Resource::Pipes => self.pipes,
            Resource::Queues => self.queues,
            Resource::SharedMemory => self.shared_segments,
            Resource::Signals => self.signals,
            Resource::Requests => self.requests,
            Resource::Network => self.connections,
            Resource::HostProcess => self.host_processes,
        }
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
            connections: self.proxies.get(pid).map_or(0, |proxy| 1 + proxy.through().connections),
            ..Census::default()
        }
    }

    /// What a process holds now.
    pub(crate) fn census(&self, process: &Process) -> Census {
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        let running = process.host().filter(|_| process.is_alive());
        Census {
            tasks: process.tasks.load(Ordering::Relaxed),
            descriptors: process.descriptors.count(),
            pipes: self.pipes.usage(process.pid()).0,
            sockets: count(process.descriptors.sockets().len()),
            signals: process.signals.stats().pending,
            requests: self.requests.count(process.pid()),
            host_processes: running.map_or(0, |host| count(host.members().len())),
            children: count(self.processes.children(process.pid()).len()),
            ..self.ipc_census(process.pid())
        }
    }
}
