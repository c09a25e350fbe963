//! The kernel: in the process, `&self`, thread-safe, called synchronously.
//!
//! ```text
//! Caller ─▶ door: resolve ▶ gate ▶ journal ▶ handler ▶ count
//!                     │      │        │         │         │
//!                    vfs   gate    journal   process    observe
//!                                            fd, pipe
//!                                            task, host
//! ```
//!
//! [`Kernel::boot`] is the only way to one. A process acts through its [`Caller`] (or `dyn
//! abi::Syscalls`), and every effect it has goes through `door`. It refuses to know windows, apps, the
//! network and the AI: those reach it as processes.

mod bell;
#[cfg(test)]
#[path = "bell/tests.rs"]
mod bell_tests;
pub mod bench_support;
pub mod blob;
mod bridge;
mod caller;
mod config;
mod confine;
mod core;
mod cow;
mod data_dir;
#[macro_use]
mod door;
mod end;
mod fd;
mod figures;
#[cfg(any(test, feature = "testing"))]
pub mod fuzzing;
mod gate;
mod grant;
mod handler;
mod held;
mod host;
pub mod journal;
mod kernel;
mod killpoint;
mod lineage;
mod mapping;
mod mounting;
mod namespace;
pub mod network;
pub mod observe;
mod pipe;
mod process;
mod procfs;
mod proxy;
mod queue;
mod registry;
mod shm;
mod shutdown;
mod signal;
mod socket;
mod sync;
mod tally;
mod task;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod text;
mod touched;
pub mod vfs;

/// What the bell is built on; its loom model has others here.
mod waking {
    pub(crate) use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering, fence};
    pub(crate) use tokio::sync::Notify;
}

pub use caller::Caller;
pub use config::{BootError, Config, Switches};
pub use end::Census;
pub use kernel::Kernel;
pub use namespace::private_networks;
pub use process::NewProcess;
pub use shm::{ShmView, ShmViewMut};
pub use shutdown::Shutdown;
