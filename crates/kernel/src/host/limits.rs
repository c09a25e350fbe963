//! Our limits in the host's words.

use abi::table::{Limits, Sandboxed};

/// What programs of a process get from their start on. The host's limit on processes counts all of the user's, and ours on
/// descriptors is about our own table; neither would mean the same.
pub(crate) fn sandbox_limits(limits: &Limits) -> sandbox::Limits {
    let no_core = sandbox::Limits::default().core_bytes;
    sandbox::Limits { core_bytes: no_core, ..changed_limits(limits, false) }
}

/// The part that can change while a program runs; with `own` those of the program itself, else those of who started it.
pub(crate) fn changed_limits(limits: &Limits, own: bool) -> sandbox::Limits {
    sandbox::Limits {
        address_space_bytes: limits.memory_bytes,
        file_bytes: limits.file_bytes,
        cpu_seconds: limits.cpu_seconds,
        open_files: limits.descriptors.filter(|_| own).map(u64::from),
        ..sandbox::Limits::NONE
    }
}

/// What a program in a sandbox may use up with all that it started: the lesser of these and of its sandbox's.
pub(crate) fn quota(limits: &Limits, sandbox: &sandbox::Quota) -> sandbox::Quota {
    let least = |own: Option<u64>, sandbox: Option<u64>| own.into_iter().chain(sandbox).min();
    sandbox::Quota {
        memory_bytes: least(limits.memory_bytes, sandbox.memory_bytes),
        processes: least(limits.tree_processes, sandbox.processes),
        cpu_percent: least(limits.cpu_percent, sandbox.cpu_percent),
        disk_bytes: least(limits.disk_bytes, sandbox.disk_bytes),
    }
}

/// What a sandbox gave a program at its start.
pub(crate) fn given(held: &Sandboxed) -> sandbox::Quota {
    sandbox::Quota {
        memory_bytes: held.memory_bytes,
        processes: held.processes,
        cpu_percent: held.cpu_percent,
        disk_bytes: held.disk_bytes,
    }
}

/// What a program inherits of the limits of who started it, in our words.
pub(crate) fn inherited_limits(limits: &Limits) -> Limits {
    Limits {
        memory_bytes: limits.memory_bytes,
        tree_processes: limits.tree_processes,
        cpu_percent: limits.cpu_percent,
        disk_bytes: limits.disk_bytes,
        file_bytes: limits.file_bytes,
        cpu_seconds: limits.cpu_seconds,
        ..Limits::default()
    }
}
