//! What the figures were measured on: without it they say nothing.

use serde::{Deserialize, Serialize};
use std::fs;

/// The machine and the build.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Machine {
    /// Name of the processor.
    pub cpu: String,
    /// Processors this program may use.
    pub cores: usize,
    /// Kind and release of the host's kernel.
    pub os: String,
    /// The graphics adapter, once something was drawn.
    pub adapter: Option<String>,
    /// Whether this build is optimised. Times of one that is not say nothing.
    pub optimised: bool,
    /// Version of this program.
    pub version: String,
    /// Processes that wanted to run when the run began, averaged over a minute.
    pub load: f64,
    /// Milliseconds since the Unix epoch.
    pub taken_millis: u64,
}

/// Facts about this machine; what cannot be found out is empty.
#[must_use]
pub fn facts() -> Machine {
    let release = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    Machine {
        cpu: cpu_name(),
        cores: std::thread::available_parallelism().map_or(1, usize::from),
        os: format!("{} {}", std::env::consts::OS, release.trim()).trim().to_owned(),
        adapter: None,
        optimised: !cfg!(debug_assertions),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        load: load.split_whitespace().next().and_then(|word| word.parse().ok()).unwrap_or_default(),
        taken_millis: u64::try_from(now.as_millis()).unwrap_or(u64::MAX),
    }
}

/// Resident memory of this process, bytes.
#[must_use]
pub fn resident_bytes() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kibibytes * 1024)
}

fn cpu_name() -> String {
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = info.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'));
    name.map_or_else(|| std::env::consts::ARCH.to_owned(), |(_, name)| name.trim().to_owned())
}
