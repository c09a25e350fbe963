//! AgentOS: the wiring. [`boot`] makes a kernel, its shell process and the registry of apps, the same way for the
//! window, for scripts, for `syscall`, for tests and for benches; [`cli`] is the command line.

pub mod bench;
pub mod boot;
pub mod cli;
mod http_client;
mod installs;

pub use sandbox::run_if_helper;
