//! How a decision is made, so that a revocation holds from the next call on.
//!
//! Who changes a policy changes it first and raises the epoch then. Who decides reads the epoch first and the policy
//! then: an answer from a policy that was changed meanwhile is remembered under the old epoch, and found by nobody who
//! begins after the change. `tests/decision_model.rs` tries every order.

use super::atomic::{AtomicU64, Ordering};

/// Whether it is allowed: from memory, else by the policy, which is then remembered.
#[inline]
pub(super) fn decide(
    epoch: &AtomicU64,
    remembered: impl FnOnce(u64) -> bool,
    allows: impl FnOnce() -> bool,
    remember: impl FnOnce(u64),
) -> bool {
    // Before the policy is read.
    let epoch = epoch.load(Ordering::Acquire);
    if remembered(epoch) {
        return true;
    }
    let is_allowed = allows();
    if is_allowed {
        remember(epoch);
    }
    is_allowed
}

/// Ends every decision that was made so far. To be called after a policy has changed.
pub(super) fn changed(epoch: &AtomicU64) -> u64 {
    epoch.fetch_add(1, Ordering::AcqRel) + 1
}
