//! Numbers and names, as Linux has them on most machines (signal(7)).

use abi::{Errno, SysError, SysResult};

const NAMES: [&str; 31] = [
    "SIGHUP",
    "SIGINT",
    "SIGQUIT",
    "SIGILL",
    "SIGTRAP",
    "SIGABRT",
    "SIGBUS",
    "SIGFPE",
    "SIGKILL",
    "SIGUSR1",
    "SIGSEGV",
    "SIGUSR2",
    "SIGPIPE",
    "SIGALRM",
    "SIGTERM",
    "SIGSTKFLT",
    "SIGCHLD",
    "SIGCONT",
    "SIGSTOP",
    "SIGTSTP",
    "SIGTTIN",
    "SIGTTOU",
    "SIGURG",
    "SIGXCPU",
    "SIGXFSZ",
    "SIGVTALRM",
    "SIGPROF",
    "SIGWINCH",
    "SIGIO",
    "SIGPWR",
    "SIGSYS",
];
/// The first real-time signal; 32 and 33 belong to the C library.
const FIRST_REAL_TIME: i32 = 34;
const LAST: i32 = 64;

/// What POSIX has a signal do that nobody handles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standard {
    Ends,
    Stops,
    Nothing,
}

/// Its place in a mask.
pub(super) fn bit(signal: i32) -> u64 {
    1 << (signal - 1).clamp(0, 63)
}

pub(super) fn default_of(signal: i32) -> Standard {
    match name_of_standard(signal) {
        // Continuing what cannot be stopped is nothing, too.
        Some("SIGCHLD" | "SIGURG" | "SIGWINCH" | "SIGCONT") => Standard::Nothing,
        Some("SIGSTOP" | "SIGTSTP" | "SIGTTIN" | "SIGTTOU") => Standard::Stops,
        _ => Standard::Ends,
    }
}

fn name_of_standard(signal: i32) -> Option<&'static str> {
    NAMES.get(usize::try_from(signal).ok()?.checked_sub(1)?).copied()
}

/// `EINVAL` for a number that is no signal.
pub(crate) fn check_number(signal: i32) -> SysResult<()> {
    if name_of_standard(signal).is_some() || (FIRST_REAL_TIME..=LAST).contains(&signal) {
        return Ok(());
    }
    Err(SysError::new(Errno::EINVAL, format!("{signal} is no signal: they are 1 to 31 and 34 to 64")))
}

/// For people.
pub(crate) fn name(signal: i32) -> String {
    match name_of_standard(signal) {
        Some(name) => name.to_owned(),
        None => format!("SIGRTMIN+{}", signal - FIRST_REAL_TIME),
    }
}
