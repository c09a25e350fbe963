//! What a process can hold, and who lets go of it.
//!
//! Every kind has one [`ResourceCleanup`]; [`Resource::cleaner`] names them in an exhaustive `match`, so a kind
//! without one does not compile. They run in the order that each of them says, that of dependency with the last made
//! first: requests for rights, calls under way, descriptors (files, terminals, sockets), mappings, pipes, queues, shared memory, signals, the way to the network,
//! then the host's process.

use crate::{core::Core, process::Process};
use abi::table::DecisionKind;
use std::sync::atomic::{AtomicU64, Ordering};

macro_rules! resources {
    ($($(#[$doc:meta])* $kind:ident,)*) => {
        /// A kind of thing that a process can hold.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Resource {
            $($(#[$doc])* $kind,)*
        }

        impl Resource {
            /// Every kind.
            pub(crate) const ALL: &'static [Resource] = &[$(Resource::$kind),*];
        }
    };
}

resources! {
    /// Submitted calls under way or not collected.
    Tasks,
    /// Open descriptors: files, terminals, watches, sockets.
    Descriptors,
    /// Mappings of files.
    Mappings,
    /// Pipes that it made, and ends that it holds.
    Pipes,
    /// Queues that it made, and subscriptions.
    Queues,
    /// Segments that it made, and attachments.
    SharedMemory,
    /// Signals that nobody has taken.
    Signals,
    /// Requests for rights that nobody has answered, and rights that were lent.
    Requests,
    /// The way of its program to the network, with its connections.
    Network,
    /// The program of the host behind it.
    HostProcess,
}

/// Who lets go of one kind of thing when a process ends.
pub(crate) trait ResourceCleanup: Sync {
    /// What it lets go of.
    fn kind(&self) -> Resource;

    /// Its turn: lower numbers come first.
    fn order(&self) -> u8;

    /// Lets go of everything of this kind that the process holds; says how many that were.
    fn release(&self, core: &Core, process: &Process) -> usize;
}

/// A cleaner that is a function.
struct Cleaner(Resource, u8, fn(&Core, &Process) -> usize);

impl ResourceCleanup for Cleaner {
    fn kind(&self) -> Resource {
        self.0
    }

    fn order(&self) -> u8 {
        self.1
    }

    fn release(&self, core: &Core, process: &Process) -> usize {
        (self.2)(core, process)
    }
}

impl Resource {
    /// Who lets go of it.
    pub(crate) fn cleaner(self) -> &'static dyn ResourceCleanup {
        match self {
            Resource::Requests => &Cleaner(Resource::Requests, 0, |core, process| {
                process.end_loans();
                core.ledger.release(process.pid(), process.identity().app.as_deref());
                let ended = core.requests.release(process.pid());
                for pending in &ended {
                    core.tell_unanswered(&pending.info, DecisionKind::Withdrawn, "the process has ended");
                }
                ended.len()
            }),
            Resource::Tasks => &Cleaner(Resource::Tasks, 5, |core, process| {
                process.parked.forget();
                core.tasks.release(process.pid())
            }),
            Resource::Descriptors => {
                &Cleaner(Resource::Descriptors, 10, |_, process| process.descriptors.release())
            }
            Resource::Mappings => {
                &Cleaner(Resource::Mappings, 20, |core, process| core.mappings.release(process.pid()))
            }
            Resource::Pipes => {
                &Cleaner(Resource::Pipes, 30, |core, process| core.pipes.release(process.pid()))
            }
            Resource::Queues => {
                &Cleaner(Resource::Queues, 40, |core, process| core.queues.release(process.pid()))
            }
            Resource::SharedMemory => {
                &Cleaner(Resource::SharedMemory, 50, |core, process| core.segments.release(process.pid()))
            }
            Resource::Signals => &Cleaner(Resource::Signals, 60, |_, process| process.signals.release()),
            Resource::Network => &Cleaner(Resource::Network, 65, |core, process| {
                let goes_on = process.host().is_some_and(|host| host.was_released());
                core.proxies.release(process.pid(), goes_on)
            }),
            Resource::HostProcess => &Cleaner(Resource::HostProcess, 70, |_, process| match process.host() {
                Some(host) => {
                    // Whatever is left of its session; a natural end hangs it up, a kill came before.
                    host.dismiss();
                    1
                }
                None => 0,
            }),
        }
    }

    /// Every kind in the order of its release.
    pub(crate) fn in_order() -> impl Iterator<Item = Resource> {
        let mut all: [Resource; Resource::ALL.len()] = std::array::from_fn(|at| Resource::ALL[at]);
        all.sort_by_key(|resource| resource.cleaner().order());
        all.into_iter()
    }

    /// For people and `/proc/cleanup`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Resource::Tasks => "tasks",
            Resource::Descriptors => "descriptors",
            Resource::Mappings => "mappings",
            Resource::Pipes => "pipes",
            Resource::Queues => "queues",
            Resource::SharedMemory => "shared_segments",
            Resource::Signals => "signals",
            Resource::Requests => "requests",
            Resource::Network => "connections",
            Resource::HostProcess => "host_processes",
        }
    }
}

/// How many of each kind were let go of because their process ended, since boot.
#[derive(Default)]
pub(crate) struct Released([AtomicU64; Resource::ALL.len()]);

impl Released {
    pub(super) fn count(&self, resource: Resource, released: usize) {
        self.0[resource as usize].fetch_add(released as u64, Ordering::Relaxed);
    }

    /// By name, in the order of release.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&'static str, u64)> {
        Resource::in_order()
            .map(|resource| (resource.name(), self.0[resource as usize].load(Ordering::Relaxed)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_its_own_cleaner_and_turn() {
        for resource in Resource::ALL {
            assert_eq!(resource.cleaner().kind(), *resource, "{resource:?} is released by another's cleaner");
        }
        let order: Vec<u8> = Resource::in_order().map(|resource| resource.cleaner().order()).collect();
        assert!(order.windows(2).all(|pair| pair[0] < pair[1]), "{order:?}");
        assert_eq!(order.len(), Resource::ALL.len());
    }
}
