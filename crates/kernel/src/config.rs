//! What a kernel is booted with, and how that can fail.

use abi::{SysError, table::CowKind};
use std::{collections::BTreeMap, io, path::PathBuf, sync::Arc};

/// Parts of the kernel that can be switched off. A call that needs one that is off answers `ENOSYS`; all others go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Switches {
    /// Remembering what was allowed; without it every call is judged anew.
    pub decision_cache: bool,
    /// The journal's index; without it questions read the segments.
    pub index: bool,
    /// Former contents of files; without them undo says that they are lost.
    pub images: bool,
    /// Watching folders.
    pub watch: bool,
    /// Sockets, and requests over HTTP.
    pub network: bool,
    /// Programs of the host, in terminals and without.
    pub programs: bool,
    /// Submitted calls.
    pub tasks: bool,
}

impl Default for Switches {
    /// Everything is on.
    fn default() -> Self {
        Switches {
            decision_cache: true,
            index: true,
            images: true,
            watch: true,
            network: true,
            programs: true,
            tasks: true,
        }
    }
}

/// How a kernel is booted.
#[derive(Clone)]
pub struct Config {
    /// Everything that lasts lies beneath it; made when it is not there. One kernel at a time.
    pub data_dir: PathBuf,
    /// The shipped apps, seen read-only as `/apps`; without it `/apps` is empty.
    pub apps_dir: Option<PathBuf>,
    /// Called from any thread when a submitted call is done or a terminal has output that nobody waits
    /// for. Must return at once.
    pub wake: Arc<dyn Fn() + Send + Sync>,
    /// What `/tmp` may hold, bytes.
    pub tmp_quota_bytes: u64,
    /// What one app may keep in `/system/storage/<app>`, bytes.
    pub app_storage_quota_bytes: u64,
    /// Environment of the first processes.
    pub environment: BTreeMap<String, String>,
    /// Whether events are recorded.
    pub observe: bool,
    /// Whether changes are journalled in the data folder.
    pub journal: bool,
    /// What else can be switched off.
    pub switches: Switches,
    /// The ways to hold changes back, the best first; what this host cannot do is passed over, and where nothing is
    /// left, no program starts that needs it.
    pub hold_back: Vec<CowKind>,
    /// Whether programs in terminals survive a killed or crashed desktop, for the next one on this folder. Not for
    /// folders that are removed at the end.
    pub keep_programs: bool,
}

impl Config {
    /// The usual kernel on a data folder.
    #[must_use]
    pub fn new(data_dir: impl Into<PathBuf>) -> Self {
        let environment = [("HOME", "/home"), ("TMPDIR", "/tmp")];
        Config {
            data_dir: data_dir.into(),
            apps_dir: None,
            wake: Arc::new(|| {}),
            tmp_quota_bytes: 256 * 1024 * 1024,
            app_storage_quota_bytes: 64 * 1024 * 1024,
            environment: environment.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
            observe: true,
            journal: true,
            switches: Switches::default(),
            hold_back: vec![CowKind::Overlay, CowKind::Reflink, CowKind::Copy],
            keep_programs: false,
        }
    }
}

/// Why a kernel did not boot.
#[derive(Debug, thiserror::Error)]
pub enum BootError {
    /// Another kernel, maybe of another desktop, has the data folder.
    #[error("{} is in use by another AgentOS{}", path.display(), holder.map(|pid| format!(" (process {pid})")).unwrap_or_default())]
    InUse {
        /// The data folder.
        path: PathBuf,
        /// The host's process number of the other one, where it could be read.
        holder: Option<i32>,
    },
    /// The data folder cannot be made or written.
    #[error("{}: {source}", path.display())]
    DataDir {
        /// What could not be used.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The kernel's own threads cannot be started.
    #[error("the kernel's threads cannot be started: {0}")]
    Runtime(io::Error),
    /// A file system cannot be mounted, or the first process not made.
    #[error(transparent)]
    System(#[from] SysError),
}
