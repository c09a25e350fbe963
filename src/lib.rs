//! AgentOS: the wiring. [`boot`] makes a kernel, its shell process and the registry of apps, the same way for the
//! window, for scripts, for `syscall`, for tests and for benches; [`cli`] is the command line.

pub mod boot;
pub mod cli;

use std::process::ExitCode;

/// Becomes the helper that starts host programs, where the process was started for that.
/// `main` calls it before anything else.
#[must_use]
pub fn run_if_helper() -> Option<ExitCode> {
    sandbox::run_if_helper()
}
