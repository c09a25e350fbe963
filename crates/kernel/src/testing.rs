//! A kernel on a folder of its own, booted as the product boots it.

use crate::{Caller, Config, Kernel, NewProcess};
use abi::{Capability, CauseKind, CauseSpec, Pid, table::ProcessKind};

/// A kernel that goes away with its data.
pub struct TestKernel {
    kernel: Kernel,
    // Dropped after the kernel.
    data_dir: tempfile::TempDir,
}

/// Boots one.
#[must_use]
pub fn kernel() -> TestKernel {
    let data_dir = tempfile::tempdir().expect("tests need a temporary folder");
    let kernel = Kernel::boot(Config::new(data_dir.path())).expect("a fresh folder boots");
    TestKernel { kernel, data_dir }
}

impl std::ops::Deref for TestKernel {
    type Target = Kernel;
    fn deref(&self) -> &Kernel {
        &self.kernel
    }
}

impl TestKernel {
    /// Its data folder on the host.
    #[must_use]
    pub fn data_dir(&self) -> &std::path::Path {
        self.data_dir.path()
    }

    /// A process with everything the shell has.
    #[must_use]
    pub fn trusted(&self) -> Caller {
        self.process(Capability::of_shell())
    }

    /// A process with these rights.
    #[must_use]
    pub fn process(&self, capabilities: Vec<Capability>) -> Caller {
        let cause = self.kernel.open_cause(CauseSpec::new(CauseKind::Control, "test"));
        let new = NewProcess {
            name: "test".into(),
            app: Some("test".into()),
            kind: ProcessKind::App,
            capabilities,
            parent: Pid::KERNEL,
            cause,
        };
        let pid = self.kernel.spawn_app(new).expect("the kernel has all rights");
        self.kernel.typed_caller(pid, cause).expect("it was just made")
    }
}
