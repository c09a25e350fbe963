//! What processes of the host use, read from `/proc` in one pass for all trees at once.
//!
//! It costs about 15 µs per process of the machine, so it runs on the pool and only when somebody asked
//! for figures, at most once a second.

use std::{
    collections::{HashMap, HashSet},
    fs,
};

/// Figures of a process and everything it started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct HostUsage {
    pub(crate) cpu_time_micros: u64,
    pub(crate) memory_bytes: u64,
    pub(crate) threads: u32,
    pub(crate) read_bytes: u64,
    pub(crate) written_bytes: u64,
    /// The most that was resident at once; known at the end only.
    pub(crate) peak_memory_bytes: Option<u64>,
}

/// One line of `/proc/<pid>/stat`, as far as it matters here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stat {
    parent: i32,
    session: i32,
    cpu_ticks: u64,
    threads: u32,
    resident_pages: u64,
}

/// The usage of each tree whose leader's host pid is given.
pub(crate) fn sample(roots: &[i32]) -> Vec<HostUsage> {
    let all: HashMap<i32, Stat> = processes();
    roots.iter().map(|root| usage_of(&tree(*root, &all), &all)).collect()
}

fn processes() -> HashMap<i32, Stat> {
    let Ok(entries) = fs::read_dir("/proc") else { return HashMap::new() };
    let pids = entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<i32>().ok());
    pids.filter_map(|pid| Some((pid, parse(&fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)?)))
        .collect()
}

/// Fields are numbered as in proc(5). The name (2) stands in parentheses and may hold anything, so
/// counting starts behind the last one.
fn parse(line: &str) -> Option<Stat> {
    let fields: Vec<&str> = line.rsplit_once(')')?.1.split_ascii_whitespace().collect();
    let field = |number: usize| fields.get(number - 3);
    let number = |at: usize| field(at)?.parse::<u64>().ok();
    Some(Stat {
        parent: field(4)?.parse().ok()?,
        session: field(6)?.parse().ok()?,
        // Its own and those of its children that it has waited for.
        cpu_ticks: (14..=17).filter_map(number).sum(),
        threads: field(20)?.parse().ok()?,
        resident_pages: number(24)?,
    })
}

fn tree(root: i32, all: &HashMap<i32, Stat>) -> HashSet<i32> {
    let mut found: HashSet<i32> =
        all.iter().filter(|(pid, stat)| **pid == root || stat.session == root).map(|(pid, _)| *pid).collect();
    loop {
        let before = found.len();
        let children = all.iter().filter(|(_, stat)| found.contains(&stat.parent)).map(|(pid, _)| *pid);
        let children: Vec<i32> = children.collect();
        found.extend(children);
        if found.len() == before {
            return found;
        }
    }
}

fn usage_of(tree: &HashSet<i32>, all: &HashMap<i32, Stat>) -> HostUsage {
    let (ticks_per_second, page_bytes) = units();
    let mut usage = HostUsage::default();
    for pid in tree {
        let Some(stat) = all.get(pid) else { continue };
        usage.cpu_time_micros += stat.cpu_ticks.saturating_mul(1_000_000) / ticks_per_second;
        usage.memory_bytes += stat.resident_pages * page_bytes;
        usage.threads += stat.threads;
        let (read, written) = storage(*pid);
        usage.read_bytes += read;
        usage.written_bytes += written;
    }
    usage
}

fn units() -> (u64, u64) {
    let ask = |what, usual| match nix::unistd::sysconf(what) {
        Ok(Some(value)) => u64::try_from(value).unwrap_or(usual).max(1),
        _ => usual,
    };
    (ask(nix::unistd::SysconfVar::CLK_TCK, 100), ask(nix::unistd::SysconfVar::PAGE_SIZE, 4096))
}

fn storage(pid: i32) -> (u64, u64) {
    let text = fs::read_to_string(format!("/proc/{pid}/io")).unwrap_or_default();
    let field = |name: &str| {
        text.lines().find_map(|line| line.strip_prefix(name)?.trim().parse::<u64>().ok()).unwrap_or(0)
    };
    (field("read_bytes:"), field("write_bytes:"))
}

/// Resident memory of this program, bytes.
pub(crate) fn own_resident_bytes() -> u64 {
    let text = fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages: u64 = text.split_ascii_whitespace().nth(1).and_then(|pages| pages.parse().ok()).unwrap_or(0);
    pages * units().1
}

/// Memory of the machine in bytes: all, and what can still be had.
pub(crate) fn machine_memory() -> (u64, u64) {
    let text = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let field = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name))?;
        Some(line.split_ascii_whitespace().next()?.parse::<u64>().ok()? * 1024)
    };
    (field("MemTotal:").unwrap_or(0), field("MemAvailable:").unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_own_tree_has_memory_and_threads() {
        let own = std::process::id().cast_signed();
        let usage = sample(&[own])[0];
        assert!(usage.memory_bytes > 0 && usage.threads > 0);
        assert_eq!(sample(&[i32::MAX]), [HostUsage::default()]);
        assert!(own_resident_bytes() > 0 && machine_memory().0 >= machine_memory().1);
    }

    #[test]
    fn a_name_with_spaces_and_parentheses_does_not_shift_the_fields() {
        let line = "42 (a) b (c)) S 7 42 40 34816 42 4194304 1 2 3 4 5 6 7 8 20 0 3 0 9876 1000 55 1";
        let expected = Stat { parent: 7, session: 40, cpu_ticks: 26, threads: 3, resident_pages: 55 };
        assert_eq!(parse(line), Some(expected));
        assert_eq!(parse("42 (x) S"), None);
    }
}
