//! What the Task Manager shows, as plain data.
//!
//! **Invariants** ([`Model::verify_invariants`]): `listing` shows places of `rows`, each at most once; in a tree a
//! process stands below its parent and one level deeper; the chosen process is one of the rows; rates are finite;
//! histories belong to processes that are there.

use super::{ended::Ended, limits::Draft, words::state_word};
use crate::common::{listing::Listing, problem::Problem, table::Sort};
use abi::{
    Capability, CauseId, Pid,
    table::{Limits, NetworkConnection, ProcessInfo, ProcessKind, ProcessState, ProcessStats, Sandboxed},
};
use std::{
    cmp::Ordering,
    collections::{HashMap, HashSet, VecDeque},
};

/// Labels of causes that are remembered.
const CAUSES: usize = 1_000;
/// Looks that a history keeps: two minutes.
pub(super) const HISTORY: usize = 120;
/// Processes with a history.
const HISTORIES: usize = 512;

/// A process and what it did lately.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Row {
    pub(super) info: ProcessInfo,
    /// Share of one processor since the last look, per cent; `None` at the first look.
    pub(super) cpu_percent: Option<f64>,
    /// What it uses beside, for programs of the host.
    pub(super) stats: Option<ProcessStats>,
    /// Bytes read and written a second, for programs of the host; `None` at the first look.
    pub(super) disk_rate: Option<f64>,
    /// Levels below the top, in a tree.
    pub(super) depth: u8,
    /// Whether it started others that are there.
    pub(super) has_children: bool,
}

/// CPU in per cent and memory in bytes at each look, newest last.
#[derive(Clone, Debug, Default)]
pub(super) struct History {
    pub(super) cpu: VecDeque<f32>,
    pub(super) memory: VecDeque<f32>,
}

/// How the processes are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Mode {
    /// Each below the one that started it.
    #[default]
    Tree,
    List,
    /// Those that are gone.
    Ended,
}

impl Mode {
    pub(super) const ALL: [Mode; 3] = [Mode::Tree, Mode::List, Mode::Ended];

    pub(super) fn name(self) -> &'static str {
        match self {
            Mode::Tree => "Tree",
            Mode::List => "List",
            Mode::Ended => "Recently ended",
        }
    }
}

/// A part of the details.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Tab {
    #[default]
    Facts,
    History,
    Rights,
    Open,
    Limits,
}

impl Tab {
    pub(super) const ALL: [Tab; 5] = [Tab::Facts, Tab::History, Tab::Rights, Tab::Open, Tab::Limits];

    pub(super) fn name(self) -> &'static str {
        match self {
            Tab::Facts => "Facts",
            Tab::History => "History",
            Tab::Rights => "Rights",
            Tab::Open => "Open",
            Tab::Limits => "Limits",
        }
    }
}

/// How a process is made to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// SIGTERM, and SIGKILL after a grace.
    Politely,
    /// SIGKILL.
    AtOnce,
    /// Politely, with everything that it started, the deepest first.
    Tree,
}

/// What drawing asks for.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Command {
    Refresh,
    /// Whose it is, and its number.
    CloseConnection(Pid, u64),
    /// Lets the person decide about a host, for the app by whose rights it was refused.
    AllowHost(Pid, Capability),
    /// Refuses a host to it until it ends.
    DenyHost(Pid, Capability),
    /// Why somebody connects.
    WhyConnection(CauseId),
    Show(Mode),
    ShowTab(Tab),
    Pick(Pid),
    PickNone,
    Move(isize),
    SortBy(Sort),
    Filter(String),
    Fold(Pid, bool),
    AskEnd(Ending),
    Answered {
        id: u64,
        yes: bool,
    },
    Signal(i32),
    Priority(u8),
    EditLimit(usize, String),
    ApplyLimits,
    RevertLimits,
    Why,
    DismissProblem,
    CopyDetails,
    PickEnded(u64),
    MoveEnded(isize),
    SortEnded(Sort),
    WhyEnded,
}

/// Columns, in the order of the table.
pub(super) mod column {
    pub(in super::super) const NAME: usize = 0;
    pub(in super::super) const PID: usize = 1;
    pub(in super::super) const STATE: usize = 2;
    pub(in super::super) const CPU: usize = 3;
    pub(in super::super) const MEMORY: usize = 4;
    pub(in super::super) const THREADS: usize = 5;
    pub(in super::super) const DISK: usize = 6;
    pub(in super::super) const PRIORITY: usize = 7;
    pub(in super::super) const SYSCALLS: usize = 8;
    pub(in super::super) const STARTED: usize = 9;
}

/// What is known of the chosen process beside its row. Each part is there once it was read.
#[derive(Debug, Default)]
pub(super) struct Chosen {
    pub(super) stats: Option<ProcessStats>,
    pub(super) rights: Option<Vec<Capability>>,
    /// What holds it, of a program of the host.
    pub(super) sandbox: Option<Sandboxed>,
    /// Descriptors and sockets, one line each.
    pub(super) open: Option<Vec<String>>,
    /// Connections of it and of what it started, the newest first.
    pub(super) connections: Vec<NetworkConnection>,
    pub(super) limits: Option<Limits>,
    /// What is typed in the fields of limits.
    pub(super) draft: Draft,
    /// How a program was started: name and arguments.
    pub(super) argv: Option<Vec<String>>,
}

/// What the Task Manager shows.
#[derive(Debug)]
pub(super) struct Model {
    pub(super) mode: Mode,
    pub(super) tab: Tab,
    pub(super) rows: Vec<Row>,
    pub(super) listing: Listing<Pid>,
    /// Processes whose children are hidden in the tree.
    folded: HashSet<Pid>,
    pub(super) chosen: Chosen,
    pub(super) histories: HashMap<Pid, History>,
    pub(super) ended: Ended,
    pub(super) problem: Option<Problem>,
    /// What was done last, for the status bar.
    pub(super) note: String,
    /// Whether the list was read at least once.
    pub(super) read: bool,
    /// Labels of causes.
    pub(super) causes: HashMap<CauseId, String>,
    /// Frame clock of the last look, seconds.
    looked_at: f64,
}

impl Default for Model {
    fn default() -> Self {
        Model {
            mode: Mode::default(),
            tab: Tab::default(),
            rows: Vec::new(),
            listing: Listing::new(column::CPU, true),
            folded: HashSet::new(),
            chosen: Chosen::default(),
            histories: HashMap::new(),
            ended: Ended::default(),
            problem: None,
            note: String::new(),
            read: false,
            causes: HashMap::new(),
            looked_at: 0.0,
        }
    }
}

impl Model {
    /// Takes a new list, with what programs of the host use. Rates are over the time since the last one.
    pub(super) fn listed(&mut self, processes: Vec<(ProcessInfo, Option<ProcessStats>)>, now_seconds: f64) {
        let before: HashMap<Pid, Row> = self.rows.drain(..).map(|row| (row.info.pid, row)).collect();
        let seconds = now_seconds - self.looked_at;
        self.looked_at = now_seconds;
        let rate = |now: u64, before: u64| now.saturating_sub(before) as f64 / seconds;
        self.rows = processes
            .into_iter()
            .map(|(info, stats)| {
                let last = before.get(&info.pid).filter(|_| seconds > 0.05);
                let cpu = last.map(|last| rate(info.cpu_time_micros, last.info.cpu_time_micros) / 10_000.0);
                let disk = |stats: &ProcessStats| stats.read_bytes.saturating_add(stats.written_bytes);
                let disk_rate = stats.as_ref().and_then(|stats| {
                    last.and_then(|last| last.stats.as_ref()).map(|last| rate(disk(stats), disk(last)))
                });
                Row { info, cpu_percent: cpu, stats, disk_rate, depth: 0, has_children: false }
            })
            .collect();
        self.read = true;
        self.remember();
        if self.chosen_row().is_none() {
            self.pick_none();
        }
        self.arrange();
    }

    fn remember(&mut self) {
        let there: HashSet<Pid> = self.rows.iter().map(|row| row.info.pid).collect();
        self.histories.retain(|pid, _| there.contains(pid));
        self.folded.retain(|pid| there.contains(pid));
        for row in &self.rows {
            if self.histories.len() >= HISTORIES && !self.histories.contains_key(&row.info.pid) {
                continue;
            }
            let history = self.histories.entry(row.info.pid).or_default();
            if let Some(cpu) = row.cpu_percent {
                push(&mut history.cpu, cpu as f32);
            }
            push(&mut history.memory, row.info.memory_bytes as f32);
        }
    }

    pub(super) fn show(&mut self, mode: Mode) {
        self.mode = mode;
        self.arrange();
    }

    pub(super) fn set_sort(&mut self, sort: Sort) {
        self.listing.sort = sort;
        self.arrange();
    }

    pub(super) fn set_filter(&mut self, filter: String) {
        self.ended.listing.filter.clone_from(&filter);
        self.listing.filter = filter;
        self.arrange();
        self.ended.arrange();
    }

    pub(super) fn fold(&mut self, pid: Pid, unfolded: bool) {
        if unfolded {
            self.folded.remove(&pid);
        } else {
            self.folded.insert(pid);
        }
        self.arrange();
    }

    pub(super) fn is_unfolded(&self, row: &Row) -> Option<bool> {
        (self.mode == Mode::Tree && row.has_children).then(|| !self.folded.contains(&row.info.pid))
    }

    fn arrange(&mut self) {
        let mut listing = self.listing.clone();
        let needle = listing.needle();
        let sort = listing.sort;
        let order = |a: usize, b: usize| self.compare(&self.rows[a], &self.rows[b], sort);
        listing.arrange(self.rows.len(), |place| self.fits(&self.rows[place].info, &needle), order);
        if self.mode == Mode::Tree {
            let visible = listing.shown.clone();
            listing.arrange(self.rows.len(), |_| true, order);
            let tree = self.tree(&listing.shown, &visible, needle.is_empty());
            for row in &mut self.rows {
                (row.depth, row.has_children) = (0, false);
            }
            listing.shown.clear();
            for branch in tree {
                let row = &mut self.rows[branch.place];
                (row.depth, row.has_children) = (branch.depth, branch.has_children);
                if branch.shown {
                    listing.shown.push(branch.place);
                }
            }
        }
        self.listing = listing;
    }

    /// Each process below the one that started it, siblings in the given order. Of a filter's finds the way from
    /// the top is shown, too.
    fn tree(&self, order: &[usize], fitting: &[usize], unfiltered: bool) -> Vec<Branch> {
        let place_of: HashMap<Pid, usize> =
            self.rows.iter().enumerate().map(|(place, row)| (row.info.pid, place)).collect();
        // What the kernel started stands beside it: a tree of one root says nothing.
        let parent_of = |place: usize| {
            let parent = self.rows[place].info.parent.filter(|parent| *parent != Pid::KERNEL)?;
            place_of.get(&parent).copied().filter(|parent| *parent != place)
        };
        let mut below: HashMap<Option<usize>, Vec<usize>> = HashMap::new();
        for &place in order {
            below.entry(parent_of(place)).or_default().push(place);
        }
        let mut wanted: HashSet<usize> = HashSet::new();
        for &place in fitting {
            let mut at = Some(place);
            while let Some(place) = at.filter(|place| wanted.insert(*place)) {
                at = parent_of(place);
            }
        }
        let mut out = Vec::with_capacity(order.len());
        // From the last sibling to the first, since the stack turns them round.
        let mut stack: Vec<(usize, u8, bool)> =
            below.get(&None).into_iter().flatten().rev().map(|&place| (place, 0, true)).collect();
        while let Some((place, depth, visible)) = stack.pop() {
            let children = below.get(&Some(place));
            let shown = visible && wanted.contains(&place);
            out.push(Branch { place, depth, has_children: children.is_some(), shown });
            let open = shown && (!unfiltered || !self.folded.contains(&self.rows[place].info.pid));
            for &child in children.into_iter().flatten().rev() {
                stack.push((child, depth.saturating_add(1), open));
            }
        }
        out
    }

    fn fits(&self, info: &ProcessInfo, needle: &str) -> bool {
        needle.is_empty()
            || info.name.to_lowercase().contains(needle)
            || info.app.as_deref().is_some_and(|app| app.to_lowercase().contains(needle))
            || info.pid.to_string() == needle
            || info.host_pid.is_some_and(|host_pid| host_pid.to_string() == needle)
            || self.cause_of(info).to_lowercase().contains(needle)
    }

    fn compare(&self, a: &Row, b: &Row, sort: Sort) -> Ordering {
        let (x, y) = (&a.info, &b.info);
        let threads = |row: &Row| row.stats.as_ref().map_or(0, |stats| stats.threads);
        let order = match sort.column {
            column::PID => x.pid.cmp(&y.pid),
            column::STATE => state_word(x).cmp(state_word(y)),
            column::CPU => a.cpu_percent.unwrap_or(0.0).total_cmp(&b.cpu_percent.unwrap_or(0.0)),
            column::MEMORY => x.memory_bytes.cmp(&y.memory_bytes),
            column::THREADS => threads(a).cmp(&threads(b)),
            column::DISK => a.disk_rate.unwrap_or(0.0).total_cmp(&b.disk_rate.unwrap_or(0.0)),
            column::PRIORITY => x.priority.cmp(&y.priority),
            column::SYSCALLS => x.syscalls.cmp(&y.syscalls),
            column::STARTED => x.started_millis.cmp(&y.started_millis),
            column::NAME => x.name.to_lowercase().cmp(&y.name.to_lowercase()),
            _ => self.cause_of(x).cmp(self.cause_of(y)),
        };
        // Rows that are equal never change places, whichever way round.
        let by_pid = if sort.descending { y.pid.cmp(&x.pid) } else { x.pid.cmp(&y.pid) };
        order.then(by_pid)
    }

    pub(super) fn cause_of(&self, info: &ProcessInfo) -> &str {
        self.causes.get(&info.cause).map_or("", String::as_str)
    }

    pub(super) fn learn_cause(&mut self, cause: CauseId, label: String) {
        if self.causes.len() >= CAUSES {
            self.causes.clear();
        }
        self.causes.insert(cause, label);
    }

    pub(super) fn chosen_row(&self) -> Option<&Row> {
        self.rows.iter().find(|row| Some(row.info.pid) == self.listing.selected)
    }

    /// Place of the chosen process on the screen.
    pub(super) fn chosen_at(&self) -> Option<usize> {
        self.listing.chosen_at(|place| self.rows[place].info.pid)
    }

    /// Whether the chosen process can be ended at all.
    pub(super) fn can_end(&self) -> bool {
        self.chosen_row().is_some_and(|row| {
            row.info.pid != Pid::KERNEL && row.info.kind != ProcessKind::System && row.info.exit.is_none()
        })
    }

    /// Whether signals mean something to the chosen process: programs of the host take all of them.
    pub(super) fn can_stop(&self) -> bool {
        self.can_end() && self.chosen_row().is_some_and(|row| row.info.kind == ProcessKind::Host)
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.chosen_row().is_some_and(|row| row.info.state == ProcessState::Stopped)
    }

    /// A process and everything it started, the deepest first.
    pub(super) fn descendants(&self, root: Pid) -> Vec<Pid> {
        let mut all = vec![root];
        let mut at = 0;
        while let Some(&parent) = all.get(at) {
            let children = self.rows.iter().map(|row| &row.info);
            all.extend(
                children.filter(|info| info.parent == Some(parent) && info.pid != root).map(|info| info.pid),
            );
            at += 1;
            // A process has one parent, so that no one comes twice; the bound is for lists that are wrong.
            if all.len() > self.rows.len() {
                break;
            }
        }
        all.reverse();
        all
    }

    /// Moves the choice up or down.
    pub(super) fn step(&mut self, by: isize) {
        let before = self.listing.selected;
        let rows = &self.rows;
        self.listing.step(by, |place| rows[place].info.pid);
        if self.listing.selected != before {
            self.chosen = Chosen::default();
        }
    }

    pub(super) fn pick(&mut self, pid: Pid) {
        if self.listing.pick(pid) {
            self.chosen = Chosen::default();
        }
    }

    pub(super) fn pick_none(&mut self) {
        self.listing.selected = None;
        self.chosen = Chosen::default();
    }

    /// Panics where an invariant of the module does not hold.
    #[cfg(test)]
    pub(super) fn verify_invariants(&self) {
        let mut seen = self.listing.shown.clone();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), self.listing.shown.len(), "a process is shown twice");
        assert!(seen.iter().all(|&place| place < self.rows.len()));
        assert_eq!(
            self.listing.selected.is_some(),
            self.chosen_row().is_some(),
            "a process that is gone is chosen"
        );
        assert!(self.rows.iter().all(|row| row.cpu_percent.is_none_or(f64::is_finite)));
        for pair in self.listing.shown.windows(2) {
            assert!(self.rows[pair[1]].depth <= self.rows[pair[0]].depth + 1, "a level is left out");
        }
        assert!(self.histories.keys().all(|pid| self.rows.iter().any(|row| row.info.pid == *pid)));
    }
}

/// Where a process stands in the tree.
struct Branch {
    place: usize,
    depth: u8,
    has_children: bool,
    shown: bool,
}

fn push(history: &mut VecDeque<f32>, value: f32) {
    history.push_back(value);
    while history.len() > HISTORY {
        history.pop_front();
    }
}

#[cfg(test)]
mod tests;
