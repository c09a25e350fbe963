//! Limits on all that a program starts taken together: control groups where the host has them for us, and counting by
//! ourselves where it has not.
//!
//! | tier | memory | processes | processor | who holds it |
//! |---|---|---|---|---|
//! | control groups, version 2 | `memory.max` | `pids.max` | `cpu.max` | the host, when a part of the tree is ours |
//! | control groups, version 1 | `memory.limit_in_bytes` | `pids.max` | `cpu.cfs_quota_us` | the host, for root |
//! | polled | looked at five times a second, then ended | `RLIMIT_NPROC` | how many processors | ours and resource limits |
//!
//! Which tier it is is found out once, by the desktop ([`places`]), which makes the group of one program and limits
//! it; the helper enters it before anything of the program exists; whoever sees the program end, desktop or holder,
//! removes it. Groups that a crash left behind are empty, and are removed when the next desktop starts.
//!
//! Groups lie beneath our own, never beside it, and nothing that is not ours is changed.

mod files;
mod group;
mod places;

#[cfg(test)]
mod tests;

pub use group::{Group, Usage};
pub(crate) use places::places;

use crate::{LimitTier, Quota};
use std::io;

impl Quota {
    /// Whether something is to be held by a group.
    pub(crate) fn wants_group(&self) -> bool {
        self.memory_bytes.is_some() || self.processes.is_some() || self.cpu_percent.is_some()
    }
}

/// What would hold limits here, and why it is not something better.
pub(crate) fn tier() -> (LimitTier, &'static str) {
    let places = places();
    (places.tier(), places.why())
}

/// A group for a program, in which so many processes are ours; `None` when nothing is to be held by one, or none can be had.
///
/// # Errors
/// What the host says to a group that it lets us make and not limit.
pub(crate) fn group_for(quota: &Quota, own_processes: u64) -> io::Result<Option<Group>> {
    let places = places();
    match quota.wants_group() && places.tier() != LimitTier::Polled {
        true => Group::make(places, quota, own_processes).map(Some),
        false => Ok(None),
    }
}
