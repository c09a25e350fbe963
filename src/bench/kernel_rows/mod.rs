//! Rows about the kernel, booted as the product boots it, each beside what the host offers for the same work.

mod calls;
mod files;
pub mod growth;
mod host_programs;
mod ipc;
mod journal;
mod pipes;
mod tasks;
mod terminal_bytes;

use super::Meter;
use crate::boot::{self, Boot, DataFolder};
use abi::{CauseId, CauseKind, CauseSpec, Syscalls};
use anyhow::Context;
use kernel::Caller;
use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    thread::Thread,
};

/// A kernel on a folder of its own, with its first process in both forms of dispatch.
pub struct Fixture {
    /// The product's wiring.
    pub boot: Boot,
    /// Static dispatch.
    pub typed: Caller,
    /// As apps hold it.
    pub system: Arc<dyn Syscalls>,
    /// `/home` on the host.
    pub home: PathBuf,
    sleeper: Arc<Mutex<Option<Thread>>>,
}

impl Fixture {
    /// Boots one.
    ///
    /// # Errors
    /// No temporary folder, or the kernel does not boot on it.
    pub fn boot() -> anyhow::Result<Self> {
        let folder = Arc::new(DataFolder::given_or_temporary(None)?);
        let sleeper: Arc<Mutex<Option<Thread>>> = Arc::default();
        let to_wake = sleeper.clone();
        let wake = Arc::new(move || {
            if let Some(thread) = &*to_wake.lock().unwrap_or_else(PoisonError::into_inner) {
                thread.unpark();
            }
        });
        let boot = boot::boot(folder, wake)?;
        let system = boot.system.clone();
        let cause = Self::cause(&boot);
        let typed = boot.kernel.typed_caller(system.pid(), cause)?;
        let home = boot.kernel.host_path("/home").context("where /home lies on the host")?;
        Ok(Fixture { boot, typed, system, home, sleeper })
    }

    fn cause(boot: &Boot) -> CauseId {
        boot.kernel.open_cause(CauseSpec::new(CauseKind::Control, "bench"))
    }

    /// Has this thread woken when a submitted call is done.
    pub fn wake_this_thread(&self) {
        let mut sleeper = self.sleeper.lock().unwrap_or_else(PoisonError::into_inner);
        *sleeper = Some(std::thread::current());
    }
}

/// All rows that need nothing but this process.
///
/// # Errors
/// The kernel does not boot, or what a row needs cannot be prepared.
pub fn all(meter: &mut dyn Meter) -> anyhow::Result<()> {
    calls(meter)?;
    ipc(meter)?;
    files(meter)?;
    journal(meter)
}

/// The door, and calls that are handed to the pool.
///
/// # Errors
/// As [`all`].
pub fn calls(meter: &mut dyn Meter) -> anyhow::Result<()> {
    on_a_kernel(|fixture| {
        calls::rows(meter, fixture)?;
        tasks::rows(meter, fixture);
        Ok(())
    })
}

/// Pipes, queues, shared memory and mappings.
///
/// # Errors
/// As [`all`].
pub fn ipc(meter: &mut dyn Meter) -> anyhow::Result<()> {
    on_a_kernel(|fixture| {
        pipes::rows(meter, fixture)?;
        ipc::rows(meter, fixture)
    })
}

/// The virtual file system.
///
/// # Errors
/// As [`all`].
pub fn files(meter: &mut dyn Meter) -> anyhow::Result<()> {
    on_a_kernel(|fixture| files::rows(meter, fixture))
}

/// The journal and questions to it.
///
/// # Errors
/// As [`all`].
pub fn journal(meter: &mut dyn Meter) -> anyhow::Result<()> {
    on_a_kernel(|fixture| journal::rows(meter, fixture))
}

fn on_a_kernel(rows: impl FnOnce(&Fixture) -> anyhow::Result<()>) -> anyhow::Result<()> {
    let fixture = Fixture::boot()?;
    rows(&fixture)?;
    fixture.boot.kernel.shutdown();
    Ok(())
}

/// Rows that start programs. The running program has to be its own helper ([`crate::run_if_helper`]), or lie
/// beside `agentos-sandbox`.
///
/// # Errors
/// The kernel does not boot.
pub fn programs(meter: &mut dyn Meter) -> anyhow::Result<()> {
    let fixture = Fixture::boot()?;
    host_programs::rows(meter, &fixture);
    let bytes = terminal_bytes::rows(meter, &fixture);
    fixture.boot.kernel.shutdown();
    bytes
}

/// What programs write to their terminals; for these as for [`programs`].
///
/// # Errors
/// The kernel does not boot, or a program does not start.
pub fn terminal(meter: &mut dyn Meter) -> anyhow::Result<()> {
    let fixture = Fixture::boot()?;
    let bytes = terminal_bytes::rows(meter, &fixture);
    fixture.boot.kernel.shutdown();
    bytes
}
