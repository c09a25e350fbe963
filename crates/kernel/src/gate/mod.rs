//! The gate: may this process do this to that object?
//!
//! A process has a [`Policy`]: what it was granted and what was taken from it again. The gate
//! answers from the policy, and for objects with a name from a fixed-size cache of earlier *yes*
//! answers ([`cache`]). Every change of any policy raises the **epoch**, which is part of the cache's
//! key, so a revocation holds from the next call on.
//!
//! What was lent for one check ([`Process::use_loan`]) is looked at last, and never cached.
//!
//! It decides about objects: paths arrive here resolved, with no symbolic link left in them.
//! It refuses to know handlers, and handlers refuse to know it.

mod cache;
mod decide;
mod denial;
mod entry;
mod policy;

/// What decisions are built on; their loom model has others here.
mod atomic {
    pub(super) use std::sync::atomic::{AtomicU64, Ordering, fence};
}

pub(crate) use denial::Denial;
pub(crate) use policy::{Policy, allows, covers, describe, reaches, spelled};

use crate::{
    network::{Target, Verdict},
    process::Process,
    tally::Tally,
};
use abi::table::{DecisionCacheMetrics, DecisionMetrics, Verb};
use atomic::{AtomicU64, Ordering};
use cache::DecisionCache;
use decide::decide;

/// The gate of one kernel.
pub(crate) struct Gate {
    epoch: AtomicU64,
    cache: DecisionCache,
    /// Whether the cache is used.
    is_cached: bool,
    allowed: Tally,
    denied: Tally,
}

impl Gate {
    pub(crate) fn new(is_cached: bool) -> Self {
        Gate {
            epoch: AtomicU64::new(1),
            cache: DecisionCache::new(),
            is_cached,
            allowed: Tally::default(),
            denied: Tally::default(),
        }
    }

    /// Whether the process may do this to the object at an absolute, resolved path.
    pub(crate) fn path(&self, process: &Process, verb: Verb, path: &str) -> Result<(), Denial> {
        self.object(process, verb, path, |policy| policy.allows_path(verb, path))
    }

    /// Whether the process may do this with something that has a name.
    pub(crate) fn name(&self, process: &Process, verb: Verb, name: &str) -> Result<(), Denial> {
        self.object(process, verb, name, |policy| policy.allows_name(verb, name))
    }

    /// Whether the process may reach a target.
    pub(crate) fn network(&self, process: &Process, target: &Target) -> Result<(), Denial> {
        let verb = Verb::NetworkAccess;
        let allows = |policy: &Policy| policy.network(target) == Verdict::Allowed;
        let answer = self.object(process, verb, target.as_str(), allows);
        answer.map_err(|_| Denial::of_network(process, target))
    }

    /// Whether the process holds the verb at all; for verbs without an object.
    #[inline]
    pub(crate) fn plain(&self, process: &Process, verb: Verb) -> Result<(), Denial> {
        // A mask beside the policy, changed before the epoch is: one load instead of a look-up.
        let held = |verbs: u32| verbs & policy::bit(verb) != 0;
        if held(process.plain_verbs()) || process.use_loan(|policy| held(policy.plain())) {
            Ok(())
        } else {
            Err(Denial::new(process, verb, None))
        }
    }

    fn object(
        &self,
        process: &Process,
        verb: Verb,
        object: &str,
        allows: impl Fn(&Policy) -> bool,
    ) -> Result<(), Denial> {
        let is_allowed = decide(
            &self.epoch,
            |epoch| self.is_cached && self.cache.holds(epoch, process.pid(), verb, object),
            || allows(&process.policy()),
            |epoch| {
                if self.is_cached {
                    self.cache.insert(epoch, process.pid(), verb, object);
                }
            },
        );
        if is_allowed || process.use_loan(allows) {
            return Ok(());
        }
        Err(Denial::new(process, verb, Some(object)))
    }

    /// Ends every decision that was made so far. To be called after a policy has changed.
    pub(crate) fn policy_changed(&self) -> u64 {
        decide::changed(&self.epoch)
    }

    /// Counts a yes: to a call, not to each of its needs.
    #[inline]
    pub(crate) fn count_allowed(&self) {
        self.allowed.add();
    }

    /// Counts a no.
    pub(crate) fn count_denied(&self) {
        self.denied.add();
    }

    pub(crate) fn decisions(&self) -> DecisionMetrics {
        DecisionMetrics { allowed: self.allowed.sum(), denied: self.denied.sum() }
    }

    pub(crate) fn metrics(&self) -> DecisionCacheMetrics {
        let (hits, misses) = self.cache.counts();
        DecisionCacheMetrics {
            capacity: cache::CAPACITY as u64,
            hits,
            misses,
            epoch: self.epoch.load(Ordering::Relaxed),
        }
    }
}
