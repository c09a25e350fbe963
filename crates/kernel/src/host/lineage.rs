//! What a program of the host started, and which input made it do so.
//!
//! The kernel hears of the programs it starts itself, not of what those start: a shell runs commands on its own.
//! So after a program got input (and after its start) its tree is looked at a few times, with growing pauses, and
//! then no more. Whatever is new there gets a row `process.child`, with its argv, on account of the input that
//! made it: of the line that came last before it began, or of whoever started its parent. Where several lines
//! were on their way at once it cannot be told which of them it was; then the row says all of them and stands on
//! the program's own account.
//!
//! Refuses to promise more: what came and went between two looks is not seen.
//!
//! **Lock order**: one leaf lock, never held while the host is read or a row is written.

use crate::sync::lock;
use abi::CauseId;
use std::{
    collections::{HashMap, VecDeque},
    fs,
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

/// When a tree is looked at after input, counted from the look before.
pub(crate) const LOOKS: [Duration; 9] = [
    Duration::from_millis(2),
    Duration::from_millis(4),
    Duration::from_millis(9),
    Duration::from_millis(25),
    Duration::from_millis(60),
    Duration::from_millis(150),
    Duration::from_millis(350),
    Duration::from_millis(700),
    Duration::from_millis(1_200),
];
/// Lines closer together than this may be read in one go.
const TOGETHER_MILLIS: u64 = 60;
/// A tick of the host's clock for start times, at most.
const TICK_MILLIS: u64 = 10;
/// Inputs that are remembered.
const MOST_INPUTS: usize = 256;
/// Lines that are named when it cannot be told which it was.
const MOST_TOGETHER: usize = 16;
/// Processes of one tree that are looked at.
const MOST_MEMBERS: usize = 512;
/// Members that are remembered; more are forgotten all together and told again.
const MOST_SEEN: usize = 4_096;
/// Arguments of a program in a row, bytes.
const MOST_ARGV_BYTES: u64 = 4_096;

/// Lines that a program got in one go.
struct Input {
    since_millis: u64,
    last_millis: u64,
    causes: Vec<CauseId>,
}

/// A process of the host as it was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Member {
    pub(crate) host_pid: i32,
    pub(crate) parent: i32,
    pub(crate) began_ticks: u64,
    pub(crate) argv: Vec<String>,
}

/// On whose account a member runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Account {
    /// Of the program as a whole.
    Program,
    /// Of this input.
    Input(CauseId),
    /// Of one of these.
    OneOf(Vec<CauseId>),
}

/// See the module documentation.
#[derive(Default)]
pub(crate) struct Lineage {
    state: Mutex<State>,
    /// How often somebody asked for a look.
    asked: AtomicU64,
    is_looking: AtomicBool,
}

#[derive(Default)]
struct State {
    inputs: VecDeque<Input>,
    seen: HashMap<(i32, u64), Account>,
}

impl Lineage {
    /// Notes that the program gets input. `is_busy` when a job of it has the terminal: then the line may be read
    /// much later.
    pub(crate) fn note_input(&self, cause: CauseId, is_busy: bool) {
        let now = millis_since_boot();
        let mut state = lock(&self.state);
        if let Some(last) = state.inputs.back_mut() {
            if last.causes.last() == Some(&cause) {
                last.last_millis = now;
                return;
            }
            if is_busy || now < last.last_millis + TOGETHER_MILLIS {
                last.last_millis = now;
                if last.causes.len() < MOST_TOGETHER {
                    last.causes.push(cause);
                }
                return;
            }
        }
        if state.inputs.len() >= MOST_INPUTS {
            state.inputs.pop_front();
        }
        state.inputs.push_back(Input { since_millis: now, last_millis: now, causes: vec![cause] });
    }

    /// What the program got last, if it can be told which it was.
    pub(crate) fn last_input(&self) -> Option<CauseId> {
        match lock(&self.state).inputs.back()?.causes.as_slice() {
            [cause] => Some(*cause),
            _ => None,
        }
    }

    /// Asks for looks. True when the caller must start them.
    pub(crate) fn ask(&self) -> bool {
        self.asked.fetch_add(1, Ordering::AcqRel);
        !self.is_looking.swap(true, Ordering::AcqRel)
    }

    pub(crate) fn asked(&self) -> u64 {
        self.asked.load(Ordering::Acquire)
    }

    /// Ends the looking, unless somebody asked since; then it goes on.
    pub(crate) fn rest(&self, asked: u64) -> bool {
        self.is_looking.store(false, Ordering::Release);
        self.asked() == asked || self.is_looking.swap(true, Ordering::AcqRel)
    }

    /// The account of something that a process of the tree does now: that of the process when it is known, else of the
    /// input that came last.
    pub(crate) fn account_now(&self, host_pid: i32) -> Account {
        let state = lock(&self.state);
        let known = state.seen.iter().find(|((pid, _), _)| *pid == host_pid);
        known.map_or_else(|| state.account(millis_since_boot()), |(_, account)| account.clone())
    }

    /// Looks at the tree and gives those that are new. With `settle` also those that still look like a copy of their
    /// parent, which a program is for a moment before it becomes another.
    pub(crate) fn look(&self, root: i32, settle: bool) -> Vec<(Member, Account)> {
        let members = members(root);
        let argv_of: HashMap<i32, &Vec<String>> =
            members.iter().map(|member| (member.host_pid, &member.argv)).collect();
        let millis_per_tick = 1_000 / ticks_per_second();
        let mut state = lock(&self.state);
        if state.seen.len() >= MOST_SEEN {
            state.seen.clear();
        }
        let began: HashMap<i32, u64> =
            members.iter().map(|member| (member.host_pid, member.began_ticks)).collect();
        let mut new = Vec::new();
        for member in members.iter().filter(|member| member.host_pid != root) {
            let key = (member.host_pid, member.began_ticks);
            let is_copy = argv_of.get(&member.parent).is_some_and(|argv| **argv == member.argv);
            if state.seen.contains_key(&key) || (is_copy && !settle) || member.argv.is_empty() {
                continue;
            }
            let of_parent =
                began.get(&member.parent).and_then(|began| state.seen.get(&(member.parent, *began)));
            let account = match of_parent {
                Some(account) => account.clone(),
                None => state.account(member.began_ticks.saturating_mul(millis_per_tick)),
            };
            state.seen.insert(key, account.clone());
            new.push((member.clone(), account));
        }
        new
    }
}

impl State {
    /// The account of what began at a time.
    fn account(&self, began_millis: u64) -> Account {
        let before = |input: &&Input| input.since_millis <= began_millis + TICK_MILLIS;
        match self.inputs.iter().rev().find(before).map(|input| input.causes.as_slice()) {
            None => Account::Program,
            Some([cause]) => Account::Input(*cause),
            Some(causes) => Account::OneOf(causes.to_vec()),
        }
    }
}

/// The tree beneath a process of the host, itself first.
fn members(root: i32) -> Vec<Member> {
    let mut found: Vec<Member> = member(root).into_iter().collect();
    let mut next = 0;
    while let Some(parent) = found.get(next).map(|member| member.host_pid) {
        next += 1;
        for child in children(parent) {
            if found.len() < MOST_MEMBERS && found.iter().all(|member| member.host_pid != child) {
                found.extend(member(child));
            }
        }
    }
    found
}

fn children(host_pid: i32) -> Vec<i32> {
    let Ok(threads) = fs::read_dir(format!("/proc/{host_pid}/task")) else { return Vec::new() };
    let lists = threads.filter_map(|thread| fs::read_to_string(thread.ok()?.path().join("children")).ok());
    lists
        .flat_map(|list| {
            list.split_ascii_whitespace().filter_map(|pid| pid.parse().ok()).collect::<Vec<i32>>()
        })
        .collect()
}

/// Fields are numbered as in proc(5); counting starts behind the name, which may hold anything.
fn member(host_pid: i32) -> Option<Member> {
    let stat = fs::read_to_string(format!("/proc/{host_pid}/stat")).ok()?;
    let mut fields = stat.rsplit_once(')')?.1.split_ascii_whitespace();
    let parent = fields.nth(1)?.parse().ok()?;
    let began_ticks = fields.nth(22 - 5)?.parse().ok()?;
    Some(Member { host_pid, parent, began_ticks, argv: argv(host_pid) })
}

fn argv(host_pid: i32) -> Vec<String> {
    use std::io::Read;
    let mut text = Vec::new();
    let Ok(file) = fs::File::open(format!("/proc/{host_pid}/cmdline")) else { return Vec::new() };
    // What cannot be read is as good as not there.
    let _ = file.take(MOST_ARGV_BYTES).read_to_end(&mut text);
    let parts = text.split(|byte| *byte == 0).map(|part| String::from_utf8_lossy(part).into_owned());
    let mut argv: Vec<String> = parts.collect();
    // The last argument ends with a NUL, too.
    argv.pop_if(|last| last.is_empty());
    argv
}

fn ticks_per_second() -> u64 {
    match nix::unistd::sysconf(nix::unistd::SysconfVar::CLK_TCK) {
        Ok(Some(ticks)) => u64::try_from(ticks).unwrap_or(100).clamp(1, 1_000),
        _ => 100,
    }
}

/// On the clock that start times are told by.
fn millis_since_boot() -> u64 {
    let Ok(now) = nix::time::clock_gettime(nix::time::ClockId::CLOCK_BOOTTIME) else { return 0 };
    let part = |number: i64| u64::try_from(number).unwrap_or(0);
    part(now.tv_sec()) * 1_000 + part(now.tv_nsec()) / 1_000_000
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lineage(inputs: &[(u64, &[u64])]) -> State {
        let input = |(at, causes): &(u64, &[u64])| Input {
            since_millis: *at,
            last_millis: *at,
            causes: causes.iter().map(|cause| CauseId(*cause)).collect(),
        };
        State { inputs: inputs.iter().map(input).collect(), seen: HashMap::new() }
    }

    #[test]
    fn a_child_belongs_to_the_line_before_it() {
        let state = lineage(&[(100, &[1]), (500, &[2, 3]), (900, &[4])]);
        assert_eq!(state.account(50), Account::Program);
        assert_eq!(state.account(95), Account::Input(CauseId(1)), "start times are cut to ticks");
        assert_eq!(state.account(480), Account::Input(CauseId(1)));
        assert_eq!(state.account(899 - TICK_MILLIS), Account::OneOf(vec![CauseId(2), CauseId(3)]));
        assert_eq!(state.account(5_000), Account::Input(CauseId(4)));
    }

    #[test]
    fn lines_that_come_together_are_told_together() {
        let lineage = Lineage::default();
        lineage.note_input(CauseId(1), false);
        lineage.note_input(CauseId(1), false);
        lineage.note_input(CauseId(2), true);
        let state = lock(&lineage.state);
        assert_eq!(state.inputs.len(), 1);
        assert_eq!(state.inputs[0].causes, [CauseId(1), CauseId(2)]);
    }

    #[test]
    fn our_own_process_is_found_with_its_arguments() {
        let own = member(std::process::id().cast_signed()).unwrap();
        assert_eq!(own.argv.first(), std::env::args().next().as_ref());
        assert!(own.began_ticks > 0 && own.parent > 0);
        assert!(members(i32::MAX).is_empty());
    }

    #[test]
    fn whoever_asks_while_a_look_is_under_way_gets_another() {
        let lineage = Lineage::default();
        assert!(lineage.ask() && !lineage.ask());
        assert!(!lineage.rest(1), "somebody asked meanwhile");
        assert!(lineage.rest(2) && lineage.ask());
    }
}
