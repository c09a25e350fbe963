//! What init counts where no control group does: memory of all processes together, several times a second, and what
//! granted folders have grown by, now and then. Whoever is above ends.
//!
//! **Invariants**: a look at memory reads at most [`MAX_PROCESSES`] small files; a look at folders at most
//! [`MAX_GROWN_ENTRIES`] entries, and follows no link.

use crate::{Access, Exceeded, Isolation, Quota};
use nix::sys::statvfs::statvfs;
use std::{
    fs,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

/// Between two looks at memory.
const MEMORY_PERIOD: Duration = Duration::from_millis(200);
/// The same when half of what is allowed is used: several processes at once can take the rest soon.
const NEAR_MEMORY_PERIOD: Duration = Duration::from_millis(20);
/// Between two looks at folders, which cost more.
const DISK_PERIOD: Duration = Duration::from_secs(2);
/// Processes that are looked at; there cannot be more where their number is limited.
const MAX_PROCESSES: usize = 10_000;
/// Entries of granted folders that are looked at in the beginning. A folder with more is not held.
const MAX_ENTRIES: usize = 50_000;
/// The same once it runs: a program that makes so many of them does it to be looked at no more.
const MAX_GROWN_ENTRIES: usize = 500_000;
/// The unit of `/proc/PID/statm` on every host that this runs on is the page.
const PAGE_BYTES: u64 = 4096;

/// What is counted.
#[derive(Debug)]
pub(super) struct Watch {
    /// Whether memory is ours to count.
    is_alone: bool,
    memory_bytes: Option<u64>,
    disk_bytes: Option<u64>,
    folders: Vec<PathBuf>,
    /// What was in the folders at the first look; `None` before it, or when there is too much to look at.
    begun_with: Option<u64>,
    memory_at: Instant,
    disk_at: Instant,
}

impl Watch {
    /// Counts memory only where nobody else does.
    pub(super) fn new(is_alone: bool, isolation: &Isolation) -> Watch {
        let writable = isolation.binds.iter().filter(|bind| bind.access == Access::Write);
        let now = Instant::now();
        let mut watch = Watch {
            is_alone,
            memory_bytes: None,
            disk_bytes: None,
            folders: writable.map(|bind| bind.inside.clone()).collect(),
            begun_with: None,
            memory_at: now + MEMORY_PERIOD,
            disk_at: now,
        };
        watch.set(&isolation.quota);
        if watch.disk_bytes.is_some() {
            watch.begun_with = watch.size_of_folders(MAX_ENTRIES);
        }
        watch
    }

    /// Whether no control group counted from the beginning.
    pub(super) fn is_alone(&self) -> bool {
        self.is_alone
    }

    /// Other limits from now on.
    pub(super) fn set(&mut self, quota: &Quota) {
        self.memory_bytes = quota.memory_bytes.filter(|_| self.is_alone);
        let had_none = self.disk_bytes.is_none();
        self.disk_bytes = quota.disk_bytes.filter(|_| !self.folders.is_empty());
        if had_none && self.disk_bytes.is_some() {
            self.begun_with = self.size_of_folders(MAX_ENTRIES);
        }
    }

    /// When to look again; `None` when nothing is to be looked at.
    pub(super) fn next_look(&self) -> Option<Instant> {
        let memory = self.memory_bytes.map(|_| self.memory_at);
        let disk = self.disk_bytes.and(self.begun_with).map(|_| self.disk_at);
        memory.into_iter().chain(disk).min()
    }

    /// Which limit is broken, if it is time to look and one is.
    pub(super) fn look(&mut self, relay: Option<i32>) -> Option<Exceeded> {
        let now = Instant::now();
        if let Some(most) = self.memory_bytes.filter(|_| now >= self.memory_at) {
            let used = memory(relay);
            if used > most {
                return Some(Exceeded::Memory);
            }
            let is_near = used > most / 2;
            self.memory_at = now + if is_near { NEAR_MEMORY_PERIOD } else { MEMORY_PERIOD };
        }
        if let (Some(most), Some(begun_with)) =
            (self.disk_bytes.filter(|_| now >= self.disk_at), self.begun_with)
        {
            let size = self.size_of_folders(MAX_GROWN_ENTRIES);
            // A large folder takes a while; it shall not be all that this process does.
            self.disk_at = now + DISK_PERIOD.max(now.elapsed() * 20);
            if size.is_none_or(|size| size.saturating_sub(begun_with) > most) {
                return Some(Exceeded::Disk);
            }
        }
        None
    }

    fn size_of_folders(&self, most_entries: usize) -> Option<u64> {
        let mut left = most_entries;
        self.folders.iter().map(|folder| size_of(folder, &mut left)).sum()
    }
}

/// The processes in here but our own, by their numbers in here.
pub(super) fn processes(relay: Option<i32>) -> Vec<i32> {
    let own = std::process::id().cast_signed();
    let numbers = fs::read_dir("/proc").into_iter().flatten().flatten().filter_map(|entry| {
        let pid: i32 = entry.file_name().to_str()?.parse().ok()?;
        (pid != own && Some(pid) != relay).then_some(pid)
    });
    numbers.take(MAX_PROCESSES).collect()
}

/// Memory that the processes in here have for themselves, and temporary files, which are memory, too.
fn memory(relay: Option<i32>) -> u64 {
    let of = |pid: i32| {
        let text = fs::read_to_string(format!("/proc/{pid}/statm")).ok()?;
        let mut fields = text.split(' ').skip(1).map_while(|field| field.parse::<u64>().ok());
        let (resident, shared) = (fields.next()?, fields.next()?);
        Some(resident.saturating_sub(shared) * PAGE_BYTES)
    };
    let own: u64 = processes(relay).into_iter().filter_map(of).sum();
    let files = statvfs("/tmp").map_or(0, |it| (it.blocks() - it.blocks_free()) * it.fragment_size());
    own + files
}

/// What a folder and everything beneath takes, bytes; `None` when it is too much to look at.
fn size_of(path: &Path, left: &mut usize) -> Option<u64> {
    let mut total = 0;
    let mut folders = vec![path.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            *left = left.checked_sub(1)?;
            // Of the entry itself: no link is followed.
            let Ok(metadata) = entry.metadata() else { continue };
            total += metadata.blocks() * 512;
            if metadata.is_dir() {
                folders.push(entry.path());
            }
        }
    }
    Some(total)
}
