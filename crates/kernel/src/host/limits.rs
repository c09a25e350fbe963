//! Our limits in the host's words.

use abi::table::Limits;

/// What the host enforces of a process's limits from its start on: memory only. Its limit on processes counts
/// all of the user's, and ours on descriptors is about our own table; neither would mean the same.
pub(crate) fn sandbox_limits(limits: &Limits) -> sandbox::Limits {
    sandbox::Limits { address_space_bytes: limits.memory_bytes, ..sandbox::Limits::default() }
}
