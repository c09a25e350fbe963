//! Our limits in the host's words.

use abi::table::Limits;

/// What the host enforces of a process's limits from its start on.
pub(crate) fn sandbox_limits(limits: &Limits) -> sandbox::Limits {
    sandbox::Limits {
        open_files: limits.descriptors.map(u64::from),
        address_space_bytes: limits.memory_bytes,
        processes: limits.processes.map(u64::from),
        ..sandbox::Limits::default()
    }
}
