//! Resource limits of a started program, as `setrlimit` knows them.

use nix::sys::resource::{Resource, getrlimit, setrlimit};
use serde::{Deserialize, Serialize};

/// Resource limits; `None` keeps the desktop's own. Limits are only ever lowered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Largest core dump in bytes.
    pub core_bytes: Option<u64>,
    /// Open descriptors.
    pub open_files: Option<u64>,
    /// Address space in bytes. Programs that reserve much (Node, Go) need far more than they use.
    pub address_space_bytes: Option<u64>,
    /// Processes of the user. Counts every process of that user, not only this program's.
    pub processes: Option<u64>,
    /// CPU time in seconds, after which the host ends the program.
    pub cpu_seconds: Option<u64>,
    /// Largest file that can be written, in bytes.
    pub file_bytes: Option<u64>,
}

impl Default for Limits {
    /// No core dumps, everything else as the desktop has it.
    fn default() -> Self {
        Limits {
            core_bytes: Some(0),
            open_files: None,
            address_space_bytes: None,
            processes: None,
            cpu_seconds: None,
            file_bytes: None,
        }
    }
}

impl Limits {
    /// Applies the limits to the calling process.
    pub(crate) fn apply(&self) -> nix::Result<()> {
        let wanted = [
            (Resource::RLIMIT_CORE, self.core_bytes),
            (Resource::RLIMIT_NOFILE, self.open_files),
            (Resource::RLIMIT_AS, self.address_space_bytes),
            (Resource::RLIMIT_NPROC, self.processes),
            (Resource::RLIMIT_CPU, self.cpu_seconds),
            (Resource::RLIMIT_FSIZE, self.file_bytes),
        ];
        for (resource, limit) in wanted {
            let Some(limit) = limit else { continue };
            let (_, hard) = getrlimit(resource)?;
            let limit = limit.min(hard);
            setrlimit(resource, limit, limit)?;
        }
        Ok(())
    }
}
