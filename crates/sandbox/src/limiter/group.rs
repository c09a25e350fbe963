//! The group of one program: made and limited from outside, entered by the helper, looked at and removed from outside.

use super::{
    files::{field, number, read, write},
    places::{PREFIX, Places},
};
use crate::{Exceeded, Exit, ExitStatus, LimitTier, Quota};
use serde::{Deserialize, Serialize};
use std::{
    collections::HashSet,
    fs, io,
    path::{Path, PathBuf},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

/// The period of a processor limit, microseconds; what the host takes by itself.
const PERIOD_MICROS: u64 = 100_000;
/// Shortest share of it that the host takes, microseconds.
const MIN_SHARE_MICROS: u64 = 1_000;
/// How long a group that was just left stays busy at most.
const REMOVAL_TIMEOUT: Duration = Duration::from_millis(500);

/// What a shell answers for a command that was killed.
const KILLED_INSIDE: i32 = 128 + nix::libc::SIGKILL;
/// How often it is looked for who was born meanwhile.
const MOST_ROUNDS: usize = 16;

/// The control groups of one program.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    tier: LimitTier,
    /// By controller; version 2 has one folder for all, without a name.
    folders: Vec<(String, PathBuf)>,
    /// Processes and threads in there that are ours and not the program's.
    #[serde(default)]
    own_processes: u64,
}

/// What a program has used, with all that it started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// Memory now, files that are kept in it included, bytes.
    pub memory_bytes: Option<u64>,
    /// The most at once, bytes.
    pub memory_peak_bytes: Option<u64>,
    /// Processor time, microseconds.
    pub cpu_micros: Option<u64>,
    /// Processes and threads now.
    pub processes: Option<u64>,
    /// How many processes were ended because memory had run out.
    pub out_of_memory: u64,
    /// How often a further process was refused.
    pub refused_processes: u64,
}

impl Group {
    /// Makes a group and limits it. What was made is removed when something fails.
    ///
    /// # Errors
    /// What the host says to the first step that it refuses.
    pub(super) fn make(places: &Places, quota: &Quota, own_processes: u64) -> io::Result<Group> {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let name = format!("{PREFIX}{}-{}", std::process::id(), since_epoch.as_nanos());
        let mut group = Group { tier: places.tier(), folders: Vec::new(), own_processes };
        for (controller, place) in places.all() {
            let folder = place.join(&name);
            fs::create_dir(&folder).inspect_err(|_| group.remove())?;
            group.folders.push((controller.to_owned(), folder));
        }
        group.set_quota(quota).inspect_err(|_| group.remove())?;
        Ok(group)
    }

    /// Puts this process into it, and with it everything that it starts from now on.
    ///
    /// # Errors
    /// What the host says to the first step that it refuses.
    pub(crate) fn enter(&self) -> io::Result<()> {
        let own = std::process::id();
        self.folders.iter().try_for_each(|(_, folder)| write(folder, "cgroup.procs", own))
    }

    /// Whether processes are counted; some hosts of version 1 count only memory for us.
    pub(crate) fn counts_processes(&self) -> bool {
        self.tier == LimitTier::CgroupV2 || self.folders.iter().any(|(controller, _)| controller == "pids")
    }

    /// What kind of groups they are.
    #[must_use]
    pub fn tier(&self) -> LimitTier {
        self.tier
    }

    /// Limits what is in it. What is `None` is no limit of ours.
    ///
    /// # Errors
    /// What the host says, such as `EBUSY` when memory is to be less than what is in use and cannot be let go.
    pub fn set_quota(&self, quota: &Quota) -> io::Result<()> {
        for (controller, folder) in &self.folders {
            match controller.as_str() {
                "memory" => limit_memory(folder, quota.memory_bytes)?,
                "pids" => write(folder, "pids.max", self.processes(quota))?,
                "cpu" => {
                    let share = quota.cpu_percent.map(share_micros).map_or(-1, u64::cast_signed);
                    write(folder, "cpu.cfs_period_us", PERIOD_MICROS)?;
                    write(folder, "cpu.cfs_quota_us", share)?;
                }
                _ => {
                    write(folder, "memory.max", or_max(quota.memory_bytes))?;
                    // Where there is no swap there is no such file.
                    let _ = write(
                        folder,
                        "memory.swap.max",
                        if quota.memory_bytes.is_some() { "0" } else { "max" },
                    );
                    write(folder, "pids.max", self.processes(quota))?;
                    let share = or_max(quota.cpu_percent.map(share_micros));
                    write(folder, "cpu.max", format!("{share} {PERIOD_MICROS}"))?;
                }
            }
        }
        Ok(())
    }

    /// The same group when the helper, which was in it, has ended.
    pub(crate) fn without_helper(mut self, quota: &Quota) -> Group {
        self.own_processes = self.own_processes.saturating_sub(1);
        if quota.processes.is_some() {
            for (controller, folder) in &self.folders {
                if matches!(controller.as_str(), "pids" | "") {
                    // It only holds less than it could.
                    let _ = write(folder, "pids.max", self.processes(quota));
                }
            }
        }
        self
    }

    /// With the processes that are ours in there.
    fn processes(&self, quota: &Quota) -> String {
        or_max(quota.processes.map(|most| most.saturating_add(self.own_processes)))
    }

    /// What it has used.
    #[must_use]
    pub fn usage(&self) -> Usage {
        let mut usage = Usage::default();
        for (controller, folder) in &self.folders {
            match controller.as_str() {
                "memory" => {
                    usage.memory_bytes = number(folder, "memory.usage_in_bytes");
                    usage.memory_peak_bytes = number(folder, "memory.max_usage_in_bytes");
                    usage.out_of_memory = field(folder, "memory.oom_control", "oom_kill").unwrap_or(0);
                }
                "pids" => {
                    usage.processes = number(folder, "pids.current");
                    usage.refused_processes = field(folder, "pids.events", "max").unwrap_or(0);
                }
                // Version 1 counts time in another tree.
                "cpu" => {}
                _ => {
                    usage.memory_bytes = number(folder, "memory.current");
                    usage.memory_peak_bytes = number(folder, "memory.peak");
                    usage.out_of_memory = field(folder, "memory.events", "oom_kill").unwrap_or(0);
                    usage.processes = number(folder, "pids.current");
                    usage.refused_processes = field(folder, "pids.events", "max").unwrap_or(0);
                    usage.cpu_micros = field(folder, "cpu.stat", "usage_usec");
                }
            }
        }
        usage
    }

    /// Whether it was this group that ended a program, and what else it refused.
    pub(crate) fn judge(&self, exit: Exit) -> Exit {
        let usage = self.usage();
        // A shell passes on the end of what it ran.
        let was_killed =
            matches!(exit.status, ExitStatus::Signal(nix::libc::SIGKILL) | ExitStatus::Code(KILLED_INSIDE));
        let is_out_of_memory = was_killed && usage.out_of_memory > 0;
        Exit {
            exceeded: exit.exceeded.or(is_out_of_memory.then_some(Exceeded::Memory)),
            refused_processes: usage.refused_processes,
            ..exit
        }
    }

    /// Puts processes that run into it, with all that they start meanwhile. `members` says who they are now.
    ///
    /// # Errors
    /// What the host says to the first that it refuses.
    pub(crate) fn take_in(&self, members: impl Fn() -> Vec<i32>) -> io::Result<()> {
        let mut taken = HashSet::new();
        for _ in 0..MOST_ROUNDS {
            let new: Vec<i32> = members().into_iter().filter(|pid| !taken.contains(pid)).collect();
            if new.is_empty() {
                break;
            }
            for pid in new {
                for (_, folder) in &self.folders {
                    match write(folder, "cgroup.procs", pid) {
                        // It has ended.
                        Err(why) if why.raw_os_error() == Some(nix::libc::ESRCH) => {}
                        put => put?,
                    }
                }
                taken.insert(pid);
            }
        }
        Ok(())
    }

    /// Kills everybody in it, wherever they are in the tree of processes; how many there were.
    pub(crate) fn kill(&self) -> usize {
        let Some((_, folder)) = self.folders.first() else { return 0 };
        let inside = || -> Vec<i32> {
            let text = read(folder, "cgroup.procs").unwrap_or_default();
            text.lines().filter_map(|line| line.parse().ok()).filter(|pid| *pid > 1).collect()
        };
        let first = inside();
        // In one step where the host can.
        if write(folder, "cgroup.kill", "1").is_err() {
            for _ in 0..MOST_ROUNDS {
                let left = inside();
                if left.is_empty() {
                    break;
                }
                for pid in left {
                    let _ = nix::sys::signal::kill(
                        nix::unistd::Pid::from_raw(pid),
                        nix::sys::signal::Signal::SIGKILL,
                    );
                }
            }
        }
        first.len()
    }

    /// Removes it, when everybody has left. A process that has just been reaped may still be counted for a moment.
    pub(crate) fn remove(&self) {
        let deadline = Instant::now() + REMOVAL_TIMEOUT;
        for (_, folder) in &self.folders {
            while let Err(why) = fs::remove_dir(folder)
                && why.raw_os_error() == Some(nix::libc::EBUSY)
                && Instant::now() < deadline
            {
                std::thread::sleep(Duration::from_millis(1));
            }
        }
    }
}

/// Memory with swap may never be less than without, so the order depends on which way the limit goes.
fn limit_memory(folder: &Path, bytes: Option<u64>) -> io::Result<()> {
    let value = bytes.map_or_else(|| "-1".to_owned(), |bytes| bytes.to_string());
    let set = |name: &str| match folder.join(name).exists() {
        true => write(folder, name, &value),
        false => Ok(()),
    };
    match set("memory.limit_in_bytes") {
        Ok(()) => set("memory.memsw.limit_in_bytes"),
        Err(_) => {
            set("memory.memsw.limit_in_bytes")?;
            set("memory.limit_in_bytes")
        }
    }
}

fn share_micros(percent: u64) -> u64 {
    percent.saturating_mul(PERIOD_MICROS / 100).max(MIN_SHARE_MICROS)
}

fn or_max(limit: Option<u64>) -> String {
    limit.map_or_else(|| "max".to_owned(), |limit| limit.to_string())
}
