//! Which limit ended a program of the host, where one did.

use crate::process::Process;
use abi::table::{Exceeded, LimitKind};
use nix::libc;
use sandbox::ExitStatus;
use std::time::Duration;

/// What a shell adds to the number of the signal that ended what it ran.
const BY_SIGNAL: i32 = 128;

/// As far as the host, the sandbox or the way of its end says so.
pub(crate) fn exceeded(process: &Process) -> Option<Exceeded> {
    let exit = process.host()?.ended()?;
    let limits = process.limits();
    let held = process.sandboxed();
    let least = |own: Option<u64>, held: Option<u64>| own.into_iter().chain(held).min();
    let disk = least(limits.disk_bytes, held.as_ref().and_then(|held| held.disk_bytes));
    let of = |limit, most| Some(Exceeded { limit, most });
    match exit.exceeded {
        Some(sandbox::Exceeded::Memory) => {
            let held = held.as_ref().and_then(|held| held.memory_bytes);
            return of(LimitKind::Memory, least(limits.memory_bytes, held));
        }
        Some(sandbox::Exceeded::Disk) => return of(LimitKind::Disk, disk),
        None => {}
    }
    let signal = match exit.status {
        ExitStatus::Signal(signal) => signal,
        ExitStatus::Code(code) => code - BY_SIGNAL,
    };
    let file = least(limits.file_bytes, disk);
    match (signal, limits.cpu_seconds) {
        (libc::SIGXCPU, Some(seconds)) => of(LimitKind::CpuSeconds, Some(seconds)),
        // It did not end at the first signal, and was killed at the second.
        (libc::SIGKILL, Some(seconds))
            if exit.user_time + exit.system_time >= Duration::from_secs(seconds) =>
        {
            of(LimitKind::CpuSeconds, Some(seconds))
        }
        (libc::SIGXFSZ, _) if file.is_some() => of(LimitKind::FileSize, file),
        _ => None,
    }
}

/// How often it was refused a further process, where the host counts.
pub(crate) fn refused_processes(process: &Process) -> u64 {
    process.host().and_then(|host| host.ended()).map_or(0, |exit| exit.refused_processes)
}
