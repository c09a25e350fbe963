//! Other limits for a program that runs, with all that it started: what can be changed, and who holds it then.
//!
//! | | memory | processes | processor | disk |
//! |---|---|---|---|---|
//! | control groups | changed | changed | changed | see below |
//! | polled, namespaces | looked at again and again | lowered (`RLIMIT_NPROC`) | number of processors | see below |
//! | polled, without | lowered, each process (`RLIMIT_DATA`) | not at all | number of processors | see below |
//!
//! A program that had nothing to be held by a group gets one when that changes, where the host has them. Of disk,
//! granted folders are looked at with the new limit, and the size of a file is lowered for what runs (`RLIMIT_FSIZE`);
//! `/tmp` keeps the size that it began with.

use crate::{Enforced, Group, Limits, Quota, Tier, limiter};
use nix::{
    errno::Errno,
    libc,
    sched::{CpuSet, sched_getaffinity, sched_setaffinity},
    unistd::Pid,
};
use std::{fs, io, sync::OnceLock};

/// Why a limit was not changed.
#[derive(Debug, thiserror::Error)]
pub enum QuotaError {
    /// What holds the program here cannot do it.
    #[error("{what} cannot be changed here: {why}")]
    Unsupported {
        /// The limit.
        what: &'static str,
        /// What would have to be different.
        why: &'static str,
    },
    /// It is no limit that a program can have.
    #[error("{0}")]
    Invalid(String),
    /// The host refused it.
    #[error("the host refused it: {0}")]
    Host(#[from] io::Error),
}

impl From<nix::Error> for QuotaError {
    fn from(errno: nix::Error) -> Self {
        QuotaError::Host(errno.into())
    }
}

impl QuotaError {
    /// The nearest number of the host's.
    #[must_use]
    pub fn raw_os_error(&self) -> i32 {
        match self {
            QuotaError::Unsupported { .. } => libc::EOPNOTSUPP,
            QuotaError::Invalid(_) => libc::EINVAL,
            QuotaError::Host(error) => error.raw_os_error().unwrap_or(libc::EIO),
        }
    }
}

/// A program that runs, as far as its limits go.
pub(crate) struct Running<'a> {
    pub(crate) host_pid: i32,
    pub(crate) enforced: Option<&'a Enforced>,
    pub(crate) group: &'a OnceLock<Group>,
    /// Everything that it started, and itself.
    pub(crate) members: &'a dyn Fn() -> Vec<i32>,
    /// Tells the first process of its namespaces.
    pub(crate) tell: &'a dyn Fn(&Quota) -> io::Result<()>,
}

const ONLY_LOWERED: &str =
    "without control groups it is a resource limit of the host's, which is only ever lowered";

impl Running<'_> {
    /// Changes its limits. A group that was made for that is returned, for whoever else has to know of it.
    pub(crate) fn change(&self, quota: &Quota, was: &Quota) -> Result<Option<Group>, QuotaError> {
        let Some(enforced) = self.enforced else {
            return Err(QuotaError::Unsupported {
                what: "a limit for all that it starts",
                why: "it runs in no sandbox, and each of its processes has limits of its own only",
            });
        };
        quota.check().map_err(QuotaError::Invalid)?;
        let late = match self.group.get() {
            Some(group) => {
                group.set_quota(quota)?;
                None
            }
            None => self.late_group(quota)?,
        };
        let is_counted = late.is_some() || self.group.get().is_some();
        match enforced.tier {
            Tier::Namespaces => {
                if !is_counted {
                    self.check_processes(quota, was)?;
                }
                let none = Quota { disk_bytes: quota.disk_bytes, ..Quota::default() };
                (self.tell)(if is_counted { &none } else { quota })?;
            }
            Tier::NoNamespaces => self.change_each(quota, was, is_counted)?,
        }
        Ok(late)
    }

    /// A group for a program that had none, with everybody in it.
    fn late_group(&self, quota: &Quota) -> Result<Option<Group>, QuotaError> {
        let Some(group) = limiter::group_for(quota, 0)? else { return Ok(None) };
        match group.take_in(self.members) {
            Ok(()) => {
                let _ = self.group.set(group.clone());
                Ok(Some(group))
            }
            Err(why) => {
                group.remove();
                Err(why.into())
            }
        }
    }

    /// Init sets the limit of each process, and may only lower it.
    fn check_processes(&self, quota: &Quota, was: &Quota) -> Result<(), QuotaError> {
        let highest = highest_processes(self.host_pid);
        let is_higher = match (quota.processes, highest) {
            (Some(wanted), Some(highest)) => wanted > highest,
            (None, _) => was.processes.is_some(),
            (Some(_), None) => false,
        };
        match is_higher && quota.processes != was.processes {
            true => Err(QuotaError::Unsupported { what: "a higher number of processes", why: ONLY_LOWERED }),
            false => Ok(()),
        }
    }

    /// Where there is no first process that could do it.
    fn change_each(&self, quota: &Quota, was: &Quota, is_counted: bool) -> Result<(), QuotaError> {
        let members = (self.members)();
        let lower = |limits: Limits, what| match limits.apply_to(&members, &Limits::NONE) {
            Err(why) if why.raw_os_error() == Some(libc::EPERM) => {
                Err(QuotaError::Unsupported { what, why: ONLY_LOWERED })
            }
            applied => applied.map_err(QuotaError::Host),
        };
        if quota.disk_bytes != was.disk_bytes {
            lower(
                Limits { file_bytes: quota.disk_bytes, ..Limits::NONE },
                "a higher limit of what it writes",
            )?;
        }
        if is_counted {
            return Ok(());
        }
        if quota.processes != was.processes {
            return Err(QuotaError::Unsupported {
                what: "the number of its processes",
                why: "without namespaces and control groups it would be that of all that its user runs",
            });
        }
        if quota.memory_bytes != was.memory_bytes {
            lower(Limits { data_bytes: quota.memory_bytes, ..Limits::NONE }, "a higher limit of memory")?;
        }
        if quota.cpu_percent != was.cpu_percent {
            keep_to_processors(&members, quota.cpu_percent)?;
        }
        Ok(())
    }
}

/// The number of processes that a program's can be raised to, without ours.
fn highest_processes(host_pid: i32) -> Option<u64> {
    let text = fs::read_to_string(format!("/proc/{host_pid}/limits")).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("Max processes"))?;
    let highest: u64 = line.split_ascii_whitespace().nth(1)?.parse().ok()?;
    Some(highest.saturating_sub(1))
}

/// Keeps processes to as many processors as a share needs, `None` to all that we may use. Who has ended is left out.
pub(crate) fn keep_to_processors(pids: &[i32], percent: Option<u64>) -> nix::Result<()> {
    let allowed = sched_getaffinity(Pid::from_raw(0))?;
    let wanted = percent.map_or(u64::MAX, |percent| percent.div_ceil(100));
    let wanted = usize::try_from(wanted).unwrap_or(usize::MAX);
    let usable: Vec<usize> =
        (0..CpuSet::count()).filter(|cpu| allowed.is_set(*cpu).unwrap_or(false)).collect();
    let mut kept = CpuSet::new();
    // The last ones: the first is where most of everything else is.
    for cpu in usable.iter().rev().take(wanted) {
        kept.set(*cpu)?;
    }
    for pid in pids {
        match sched_setaffinity(Pid::from_raw(*pid), &kept) {
            Err(Errno::ESRCH) => {}
            set => set?,
        }
    }
    Ok(())
}
