//! A kernel on a folder of its own, booted as the product boots it.

use crate::{Caller, Config, Kernel, NewProcess, sync::fault};
use abi::{Capability, CauseKind, CauseSpec, Pid, table::ProcessKind};
use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

/// A kernel that goes away with its data.
pub struct TestKernel {
    kernel: Kernel,
    // Dropped after the kernel.
    data_dir: tempfile::TempDir,
}

/// Boots one.
#[must_use]
pub fn kernel() -> TestKernel {
    kernel_with(|_| {})
}

/// Boots one that is configured otherwise than the product's.
#[must_use]
pub fn kernel_with(change: impl FnOnce(&mut Config)) -> TestKernel {
    let data_dir = tempfile::tempdir().expect("tests need a temporary folder");
    let mut config = Config::new(data_dir.path());
    change(&mut config);
    let kernel = Kernel::boot(config).expect("a fresh folder boots");
    TestKernel { kernel, data_dir }
}

impl std::ops::Deref for TestKernel {
    type Target = Kernel;
    fn deref(&self) -> &Kernel {
        &self.kernel
    }
}

/// The kinds of locks that this thread takes for writing meanwhile, and how often.
pub fn locks_taken(act: impl FnOnce()) -> BTreeMap<&'static str, u32> {
    fault::record(act)
}

/// This thread panics inside the kernel when it holds a lock of this kind for the `turn`th time from now, counted
/// from 0.
pub fn panic_holding(kind: &'static str, turn: u32) {
    fault::arm(kind, turn);
}

/// Whether that panic is still to come; it comes no more.
pub fn call_off_panic() -> bool {
    fault::disarm()
}

impl Drop for TestKernel {
    /// Ends every process and looks whether anything is left; a test that failed already is not judged again.
    fn drop(&mut self) {
        if !std::thread::panicking() {
            assert_clean(&self.kernel);
        }
    }
}

/// Ends every process; then nothing of any kind may be held any more, within a few seconds.
///
/// # Panics
/// When something is.
pub fn assert_clean(kernel: &Kernel) {
    const PATIENCE: Duration = Duration::from_secs(10);
    for process in kernel.core.processes.all() {
        if process.pid() != Pid::KERNEL {
            // It may have ended meanwhile.
            let _ = kernel.terminate(process.pid());
        }
    }
    let deadline = Instant::now() + PATIENCE;
    loop {
        let census = kernel.census_of_all();
        if census.is_empty() {
            return;
        }
        assert!(Instant::now() < deadline, "held when every process has ended: {census:?}");
        std::thread::sleep(Duration::from_millis(2));
    }
}

impl TestKernel {
    /// Its data folder on the host.
    #[must_use]
    pub fn data_dir(&self) -> &std::path::Path {
        self.data_dir.path()
    }

    /// A part of the desktop, with everything the shell has.
    #[must_use]
    pub fn trusted(&self) -> Caller {
        self.process_of(ProcessKind::System, Capability::of_shell())
    }

    /// An app with these rights.
    #[must_use]
    pub fn process(&self, capabilities: Vec<Capability>) -> Caller {
        self.process_of(ProcessKind::App, capabilities)
    }

    fn process_of(&self, kind: ProcessKind, capabilities: Vec<Capability>) -> Caller {
        let cause = self.kernel.open_cause(CauseSpec::new(CauseKind::Control, "test"));
        let new = NewProcess {
            name: "test".into(),
            app: Some("test".into()),
            kind,
            capabilities,
            parent: Pid::KERNEL,
            cause,
        };
        let pid = self.kernel.spawn_app(new).expect("the kernel has all rights");
        self.kernel.typed_caller(pid, cause).expect("it was just made")
    }
}
