//! Resource limits of a started program, as `setrlimit` knows them.

use nix::{
    errno::Errno,
    libc,
    sys::resource::{Resource, getrlimit, setrlimit},
};
use serde::{Deserialize, Serialize};
use std::{
    fs, io, ptr, thread,
    time::{Duration, Instant},
};

/// How long setting limits from inside may take. It takes less than a millisecond.
const SET_TIMEOUT: Duration = Duration::from_millis(500);

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
    /// Memory of its own that one process may write to, in bytes; unlike address space, what is only reserved does
    /// not count.
    #[serde(default)]
    pub data_bytes: Option<u64>,
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
            data_bytes: None,
        }
    }
}

impl Limits {
    /// No limit at all, not even on core dumps.
    pub const NONE: Limits = Limits {
        core_bytes: None,
        open_files: None,
        address_space_bytes: None,
        processes: None,
        cpu_seconds: None,
        file_bytes: None,
        data_bytes: None,
    };

    fn each(&self) -> [(Resource, Option<u64>); 7] {
        [
            (Resource::RLIMIT_CORE, self.core_bytes),
            (Resource::RLIMIT_NOFILE, self.open_files),
            (Resource::RLIMIT_AS, self.address_space_bytes),
            (Resource::RLIMIT_NPROC, self.processes),
            (Resource::RLIMIT_CPU, self.cpu_seconds),
            (Resource::RLIMIT_FSIZE, self.file_bytes),
            (Resource::RLIMIT_DATA, self.data_bytes),
        ]
    }

    /// Applies the limits to processes that run; who has ended meanwhile is left out. Where `was` had a limit that is
    /// `None` now, it becomes the desktop's own again.
    ///
    /// # Errors
    /// `EPERM` when the host does not raise a limit of what runs; others may have been set.
    pub fn apply_to(&self, host_pids: &[i32], was: &Limits) -> io::Result<()> {
        for ((resource, limit), (_, before)) in self.each().into_iter().zip(was.each()) {
            let value = match (limit, before) {
                (Some(limit), _) => libc::rlimit { rlim_cur: limit, rlim_max: at_most(resource, limit) },
                (None, Some(_)) => {
                    let (soft, hard) = getrlimit(resource)?;
                    libc::rlimit { rlim_cur: soft, rlim_max: hard }
                }
                (None, None) => continue,
            };
            for host_pid in host_pids {
                set_of(*host_pid, resource, &value)?;
            }
        }
        Ok(())
    }

    /// Waits until a process has these limits, which somebody else sets; a process that has ended needs none. The number
    /// of processes is left out, since who sets it adds its own.
    ///
    /// # Errors
    /// `EPERM` when it does not have them within [`SET_TIMEOUT`]: limits are lowered from inside and never raised.
    pub(crate) fn wait_until_held(&self, host_pid: i32) -> io::Result<()> {
        let deadline = Instant::now() + SET_TIMEOUT;
        while let Ok(text) = fs::read_to_string(format!("/proc/{host_pid}/limits")) {
            let has = |name: &str, limit: u64| {
                let line = text.lines().find_map(|line| line.strip_prefix(name));
                line.and_then(|line| line.split_ascii_whitespace().next()) == Some(&limit.to_string())
            };
            let named =
                self.each().into_iter().filter_map(|(resource, limit)| Some((name_of(resource)?, limit?)));
            if named.into_iter().all(|(name, limit)| has(name, limit)) {
                return Ok(());
            }
            if Instant::now() >= deadline {
                return Err(Errno::EPERM.into());
            }
            thread::sleep(Duration::from_millis(1));
        }
        Ok(())
    }

    /// Applies the limits to the calling process.
    pub(crate) fn apply(&self) -> nix::Result<()> {
        for (resource, limit) in self.each() {
            let Some(limit) = limit else { continue };
            let (_, hard) = getrlimit(resource)?;
            let limit = limit.min(hard);
            setrlimit(resource, limit, at_most(resource, limit).min(hard))?;
        }
        Ok(())
    }
}

/// Whose time is used up gets a second to say so before it is killed.
fn at_most(resource: Resource, limit: u64) -> u64 {
    if resource == Resource::RLIMIT_CPU { limit.saturating_add(1) } else { limit }
}

/// As `/proc/PID/limits` calls it.
fn name_of(resource: Resource) -> Option<&'static str> {
    Some(match resource {
        Resource::RLIMIT_CORE => "Max core file size",
        Resource::RLIMIT_NOFILE => "Max open files",
        Resource::RLIMIT_AS => "Max address space",
        Resource::RLIMIT_CPU => "Max cpu time",
        Resource::RLIMIT_FSIZE => "Max file size",
        Resource::RLIMIT_DATA => "Max data size",
        _ => return None,
    })
}

#[allow(unsafe_code, reason = "prlimit has no wrapper in nix")]
fn set_of(host_pid: i32, resource: Resource, value: &libc::rlimit) -> io::Result<()> {
    // SAFETY: reads one live value, writes none.
    let set = unsafe { libc::prlimit(host_pid, resource as _, value, ptr::null_mut()) };
    match Errno::result(set) {
        Ok(_) | Err(Errno::ESRCH) => Ok(()),
        Err(why) => Err(why.into()),
    }
}
