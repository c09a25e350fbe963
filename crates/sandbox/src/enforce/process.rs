//! New processes of the helper's, with namespaces; and descriptors of processes.

use nix::{errno::Errno, libc, sys::signal::Signal};
use std::{
    fs, io,
    os::fd::{AsRawFd, OwnedFd},
};

/// Everything that a program gets one of its own of; the network only when it does not share one.
pub(super) const NAMESPACES: i32 = libc::CLONE_NEWUSER
    | libc::CLONE_NEWNS
    | libc::CLONE_NEWPID
    | libc::CLONE_NEWIPC
    | libc::CLONE_NEWUTS
    | libc::CLONE_NEWCGROUP;

/// Forks into new namespaces; `None` in the child. Without a signal the child is our parent's, as we are.
#[allow(unsafe_code, reason = "clone3 has no wrapper")]
pub(super) fn clone_into(namespaces: i32, ends_with: Option<Signal>) -> nix::Result<Option<i32>> {
    // SAFETY: a structure of numbers, for which zero means nothing.
    let mut arguments: libc::clone_args = unsafe { std::mem::zeroed() };
    arguments.flags = u64::from(namespaces.cast_unsigned());
    match ends_with {
        Some(signal) => arguments.exit_signal = signal as u64,
        None => arguments.flags |= u64::from(libc::CLONE_PARENT.cast_unsigned()),
    }
    // SAFETY: as fork, without a new stack; the helper has one thread.
    let child =
        unsafe { libc::syscall(libc::SYS_clone3, &raw const arguments, size_of::<libc::clone_args>()) };
    let child = i32::try_from(Errno::result(child)?).map_err(|_| Errno::EOVERFLOW)?;
    Ok((child != 0).then_some(child))
}

/// The number of a process in our eyes, whoever opened the descriptor; `None` when it has ended or is not in sight.
pub(crate) fn number_of(pidfd: &OwnedFd) -> io::Result<Option<i32>> {
    let text = fs::read_to_string(format!("/proc/self/fdinfo/{}", pidfd.as_raw_fd()))?;
    let number = text.lines().find_map(|line| line.strip_prefix("Pid:")?.trim().parse().ok());
    Ok(number.filter(|number| *number > 0))
}
