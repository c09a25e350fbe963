//! Everything a program has started: its session and its descendants, also those in sessions of
//! their own. Without cgroups this is read from `/proc`, so it is a race that is run several times:
//! a program that forks faster than we look can win it. The sandbox's own pid namespace will end that.

use nix::libc;
use std::{
    collections::HashSet,
    fs,
    os::fd::{AsRawFd, FromRawFd, OwnedFd},
};

/// How often the tree is looked at again for processes born in between.
const MAX_ROUNDS: usize = 32;

/// One line of `/proc/<pid>/stat`, as far as it matters here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stat {
    pid: i32,
    state: u8,
    parent: i32,
    session: i32,
    /// Tells apart two processes that bore the same number.
    start_ticks: u64,
}

/// The processes of a program's session, and their descendants, without those that have ended.
/// `root` is the leader of its session, as every program started here is.
#[must_use]
pub fn members(root: i32) -> Vec<i32> {
    tree(root, true).into_iter().map(|stat| stat.pid).collect()
}

/// All that descend from a process, itself not among them.
#[must_use]
pub(crate) fn descendants(root: i32) -> Vec<i32> {
    tree(root, false).into_iter().map(|stat| stat.pid).collect()
}

/// Sends a signal to a program and everything it has started; returns how many got it.
///
/// `SIGKILL` is repeated until nothing new appears. After any other signal that ends programs,
/// `SIGCONT` follows, since a stopped job would not see it. Call it before the program is reaped:
/// until then its number cannot name another process.
pub fn kill_tree(root: i32, signal: i32) -> usize {
    // Our own session is not a tree we started.
    if root == std::process::id().cast_signed() {
        return 0;
    }
    kill(root, true, signal)
}

/// As [`kill_tree`] for all that descend from a process; itself gets no signal.
pub(crate) fn kill_descendants(root: i32, signal: i32) -> usize {
    kill(root, false, signal)
}

fn kill(root: i32, with_root: bool, signal: i32) -> usize {
    // 1 and below name everyone or no one.
    if root <= 1 {
        return 0;
    }
    let mut signalled = HashSet::new();
    for _ in 0..MAX_ROUNDS {
        let all = tree(root, with_root).into_iter();
        let new: Vec<Stat> = all.filter(|stat| signalled.insert((stat.pid, stat.start_ticks))).collect();
        if new.is_empty() {
            break;
        }
        for stat in new {
            tell(&stat, signal);
        }
        if signal != libc::SIGKILL {
            break;
        }
    }
    signalled.len()
}

/// A program and everything it had started, as it was at one moment. What has left the tree since, because whoever
/// started it has ended, is still reached.
#[derive(Clone, Debug, Default)]
pub struct Seen(Vec<Stat>);

impl Seen {
    /// A program that leads its session; see [`members`].
    #[must_use]
    pub fn session(root: i32) -> Seen {
        Seen(if root > 1 && root != std::process::id().cast_signed() { tree(root, true) } else { Vec::new() })
    }

    /// All that descend from a process, itself not among them.
    #[must_use]
    pub(crate) fn descendants(root: i32) -> Seen {
        Seen(if root > 1 { tree(root, false) } else { Vec::new() })
    }

    /// Sends all of them a signal; after one that ends programs `SIGCONT`, as [`kill_tree`].
    pub fn signal(&self, signal: i32) {
        for stat in &self.0 {
            tell(stat, signal);
        }
    }

    /// Whether all of them have ended.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        self.0.iter().all(|seen| {
            let now = stat_of(seen.pid).filter(|now| now.start_ticks == seen.start_ticks);
            now.is_none_or(|now| matches!(now.state, b'Z' | b'X'))
        })
    }
}

/// With the root: its session and all that descend from it. Without: only what descends from it.
fn tree(root: i32, with_root: bool) -> Vec<Stat> {
    let all: Vec<Stat> = all_processes().into_iter().filter(|stat| stat.state != b'Z').collect();
    let in_root = |stat: &Stat| with_root && (stat.pid == root || stat.session == root);
    let mut found: Vec<Stat> = all.iter().copied().filter(in_root).collect();
    let mut pids: HashSet<i32> = found.iter().map(|stat| stat.pid).chain([root]).collect();
    // Generation by generation: children may come before their parents in the list.
    loop {
        let before = found.len();
        for stat in &all {
            if !pids.contains(&stat.pid) && pids.contains(&stat.parent) {
                pids.insert(stat.pid);
                found.push(*stat);
            }
        }
        if found.len() == before {
            return found;
        }
    }
}

/// Name of the job that has the terminal of a program which leads its session, when that is not the program itself.
/// Reads two files of `/proc`.
#[must_use]
pub fn foreground_job(leader: i32) -> Option<String> {
    let line = fs::read_to_string(format!("/proc/{leader}/stat")).ok()?;
    // State (3), parent, group, session, terminal, and the terminal's foreground group (8).
    let mut fields = line.rsplit_once(')')?.1.split_ascii_whitespace();
    let group: i32 = fields.nth(5)?.parse().ok()?;
    if group <= 0 || group == leader {
        return None;
    }
    // A job whose first program has ended is named by nothing that is quickly read.
    let name = fs::read_to_string(format!("/proc/{group}/comm")).unwrap_or_default();
    Some(name.trim_end()).filter(|name| !name.is_empty()).or(Some("A job")).map(str::to_owned)
}

fn all_processes() -> Vec<Stat> {
    let Ok(entries) = fs::read_dir("/proc") else { return Vec::new() };
    entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok()).filter_map(stat_of).collect()
}

fn stat_of(pid: i32) -> Option<Stat> {
    parse_stat(pid, &fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
}

/// Fields are numbered as in proc(5). The name (2) stands in parentheses and may hold anything, so
/// counting starts behind the last one.
fn parse_stat(pid: i32, line: &str) -> Option<Stat> {
    let mut fields = line.rsplit_once(')')?.1.split_ascii_whitespace();
    let state = fields.next()?.bytes().next()?;
    let parent = fields.next()?.parse().ok()?;
    let _group = fields.next()?;
    let session = fields.next()?.parse().ok()?;
    let start_ticks = fields.nth(15)?.parse().ok()?;
    Some(Stat { pid, state, parent, session, start_ticks })
}

/// After a signal that ends programs `SIGCONT` follows, since a stopped job would not see it.
fn tell(seen: &Stat, signal: i32) {
    send(seen, signal);
    if matches!(signal, libc::SIGHUP | libc::SIGTERM | libc::SIGINT | libc::SIGQUIT) {
        send(seen, libc::SIGCONT);
    }
}

/// Signals the process that was seen, never one that has taken its number since.
#[allow(unsafe_code, reason = "pidfd calls have no wrapper in nix")]
fn send(seen: &Stat, signal: i32) {
    // SAFETY: a plain call with two numbers.
    let raw = unsafe { libc::syscall(libc::SYS_pidfd_open, seen.pid, 0) };
    let Ok(raw @ 0..) = i32::try_from(raw) else { return };
    // SAFETY: the host has just opened this descriptor for us alone.
    let pidfd = unsafe { OwnedFd::from_raw_fd(raw) };
    if stat_of(seen.pid).is_some_and(|now| now.start_ticks == seen.start_ticks) {
        // SAFETY: the descriptor is open, no signal information is passed.
        unsafe { libc::syscall(libc::SYS_pidfd_send_signal, pidfd.as_raw_fd(), signal, 0, 0) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_spaces_and_parentheses_does_not_shift_the_fields() {
        let line = "42 (a) b (c)) S 7 42 40 34816 42 4194304 1 2 3 4 5 6 7 8 20 0 1 0 9876 1 1";
        let expected = Stat { pid: 42, state: b'S', parent: 7, session: 40, start_ticks: 9876 };
        assert_eq!(parse_stat(42, line), Some(expected));
        assert_eq!(parse_stat(42, "42 (x"), None);
        assert_eq!(parse_stat(42, "42 (x) S 1"), None);
    }

    #[test]
    fn we_are_found_and_never_signal_ourselves() {
        let own = std::process::id().cast_signed();
        assert!(stat_of(own).is_some());
        assert_eq!(kill_tree(own, libc::SIGKILL), 0);
        assert_eq!(kill_tree(1, libc::SIGKILL), 0);
        assert_eq!(kill_tree(-1, libc::SIGKILL), 0);
    }
}
