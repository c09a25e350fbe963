//! Our limits in the host's words.

use abi::table::Limits;

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

/// What a program inherits of the limits of who started it, in our words.
pub(crate) fn inherited_limits(limits: &Limits) -> Limits {
    Limits {
        memory_bytes: limits.memory_bytes,
        file_bytes: limits.file_bytes,
        cpu_seconds: limits.cpu_seconds,
        ..Limits::default()
    }
}
