//! What the Task Manager shows, as plain data.
//!
//! **Invariants** ([`Model::verify_invariants`]): `shown` holds indices of `rows`, each at most once; the chosen
//! process is one of the rows; rates are finite.

use crate::common::{format, problem::Problem, table::Sort};
use abi::{
    CauseId, Pid,
    table::{Exit, ProcessInfo, ProcessKind, ProcessState, ProcessStats},
};
use std::{cmp::Ordering, collections::HashMap};

/// Labels of causes that are remembered.
const CAUSES: usize = 1_000;

/// A process and what it did lately.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Row {
    pub(super) info: ProcessInfo,
    /// Share of one processor since the last look, per cent; `None` at the first look.
    pub(super) cpu_percent: Option<f64>,
}

/// Which signal ends a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// SIGTERM, and SIGKILL after a grace.
    Politely,
    /// SIGKILL.
    AtOnce,
}

/// What drawing asks for.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Command {
    Refresh,
    Pick(Pid),
    PickNone,
    Move(isize),
    SortBy(Sort),
    Filter(String),
    AskEnd(Ending),
    Answered { id: u64, yes: bool },
    DismissProblem,
    CopyDetails,
}

/// Columns, in the order of the table.
pub(super) mod column {
    pub(in super::super) const NAME: usize = 0;
    pub(in super::super) const PID: usize = 1;
    pub(in super::super) const STATE: usize = 2;
    pub(in super::super) const CPU: usize = 3;
    pub(in super::super) const CPU_TIME: usize = 4;
    pub(in super::super) const MEMORY: usize = 5;
    pub(in super::super) const SYSCALLS: usize = 6;
    pub(in super::super) const STARTED: usize = 7;
    pub(in super::super) const CAUSE: usize = 8;
}

/// What the Task Manager shows.
#[derive(Debug)]
pub(super) struct Model {
    pub(super) rows: Vec<Row>,
    /// Indices into `rows` in the order of the screen.
    pub(super) shown: Vec<usize>,
    pub(super) selected: Option<Pid>,
    /// Of the chosen process.
    pub(super) stats: Option<ProcessStats>,
    pub(super) sort: Sort,
    pub(super) filter: String,
    pub(super) problem: Option<Problem>,
    /// Whether the list was read at least once.
    pub(super) read: bool,
    /// Labels of causes.
    pub(super) causes: HashMap<CauseId, String>,
    /// Raised when the chosen row should be scrolled into view.
    pub(super) reveal: u64,
    /// Frame clock of the last look, seconds.
    looked_at: f64,
}

impl Default for Model {
    fn default() -> Self {
        Model {
            rows: Vec::new(),
            shown: Vec::new(),
            selected: None,
            stats: None,
            sort: Sort { column: column::CPU, descending: true },
            filter: String::new(),
            problem: None,
            read: false,
            causes: HashMap::new(),
            reveal: 0,
            looked_at: 0.0,
        }
    }
}

impl Model {
    /// Takes a new list. Rates are over the time since the last one.
    pub(super) fn listed(&mut self, processes: Vec<ProcessInfo>, now_seconds: f64) {
        let before: HashMap<Pid, u64> =
            self.rows.iter().map(|r| (r.info.pid, r.info.cpu_time_micros)).collect();
        let seconds = now_seconds - self.looked_at;
        self.looked_at = now_seconds;
        self.rows = processes
            .into_iter()
            .map(|info| {
                let used = before.get(&info.pid).map(|&before| info.cpu_time_micros.saturating_sub(before));
                let cpu_percent =
                    used.filter(|_| seconds > 0.05).map(|micros| micros as f64 / seconds / 10_000.0);
                Row { info, cpu_percent }
            })
            .collect();
        self.read = true;
        if !self.rows.iter().any(|row| Some(row.info.pid) == self.selected) {
            self.selected = None;
            self.stats = None;
        }
        self.arrange();
    }

    pub(super) fn set_sort(&mut self, sort: Sort) {
        self.sort = sort;
        self.arrange();
    }

    pub(super) fn set_filter(&mut self, filter: String) {
        self.filter = filter;
        self.arrange();
    }

    fn arrange(&mut self) {
        let needle = self.filter.trim().to_lowercase();
        let fits = |row: &Row| {
            let info = &row.info;
            needle.is_empty()
                || info.name.to_lowercase().contains(&needle)
                || info.app.as_deref().is_some_and(|app| app.to_lowercase().contains(&needle))
                || info.pid.to_string() == needle
        };
        let mut shown: Vec<usize> = (0..self.rows.len()).filter(|&index| fits(&self.rows[index])).collect();
        shown.sort_by(|&a, &b| self.compare(&self.rows[a], &self.rows[b]));
        self.shown = shown;
    }

    fn compare(&self, a: &Row, b: &Row) -> Ordering {
        let (x, y) = (&a.info, &b.info);
        let order = match self.sort.column {
            column::PID => x.pid.cmp(&y.pid),
            column::STATE => state_word(x).cmp(state_word(y)),
            column::CPU => a.cpu_percent.unwrap_or(0.0).total_cmp(&b.cpu_percent.unwrap_or(0.0)),
            column::CPU_TIME => x.cpu_time_micros.cmp(&y.cpu_time_micros),
            column::MEMORY => x.memory_bytes.cmp(&y.memory_bytes),
            column::SYSCALLS => x.syscalls.cmp(&y.syscalls),
            column::STARTED => x.started_millis.cmp(&y.started_millis),
            column::CAUSE => self.cause_of(x).cmp(self.cause_of(y)),
            _ => x.name.to_lowercase().cmp(&y.name.to_lowercase()),
        };
        let order = if self.sort.descending { order.reverse() } else { order };
        // Rows that are equal never change places.
        order.then(x.pid.cmp(&y.pid))
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

    pub(super) fn chosen(&self) -> Option<&Row> {
        self.rows.iter().find(|row| Some(row.info.pid) == self.selected)
    }

    /// Whether the chosen process can be ended at all.
    pub(super) fn can_end(&self) -> bool {
        self.chosen().is_some_and(|row| {
            row.info.pid != Pid::KERNEL && row.info.kind != ProcessKind::System && row.info.exit.is_none()
        })
    }

    /// Moves the choice up or down.
    pub(super) fn step(&mut self, by: isize) {
        let Some(last) = self.shown.len().checked_sub(1) else { return };
        let at = self.shown.iter().position(|&index| Some(self.rows[index].info.pid) == self.selected);
        let to = match at {
            Some(at) => at.saturating_add_signed(by).min(last),
            None if by < 0 => last,
            None => usize::try_from(by - 1).unwrap_or(0).min(last),
        };
        self.pick(self.rows[self.shown[to]].info.pid);
        self.reveal += 1;
    }

    pub(super) fn pick(&mut self, pid: Pid) {
        if self.selected != Some(pid) {
            self.selected = Some(pid);
            self.stats = None;
        }
    }

    /// Panics where an invariant of the module does not hold.
    #[cfg(test)]
    pub(super) fn verify_invariants(&self) {
        let mut seen = self.shown.clone();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), self.shown.len(), "a process is shown twice");
        assert!(self.shown.iter().all(|&index| index < self.rows.len()));
        assert_eq!(self.selected.is_some(), self.chosen().is_some(), "a process that is gone is chosen");
        assert!(self.rows.iter().all(|row| row.cpu_percent.is_none_or(f64::is_finite)));
    }
}

/// Where a process is in its life, in a word.
pub(super) fn state_word(info: &ProcessInfo) -> &'static str {
    match (info.state, info.exit) {
        (_, Some(Exit::Signal(_))) => "Killed",
        (_, Some(Exit::Code(0))) => "Ended",
        (_, Some(Exit::Code(_))) => "Failed",
        (ProcessState::Creating | ProcessState::Initializing, _) => "Starting",
        (ProcessState::Ready, _) => "Ready",
        (ProcessState::Running, _) => "Running",
        (ProcessState::Blocked, _) => "Waiting",
        (ProcessState::Stopped, _) => "Stopped",
        (ProcessState::Zombie | ProcessState::Terminated, _) => "Ended",
    }
}

/// What a process is, in a word.
pub(super) fn kind_word(kind: ProcessKind) -> &'static str {
    match kind {
        ProcessKind::App => "App",
        ProcessKind::System => "Part of the system",
        ProcessKind::Service => "Service",
        ProcessKind::Host => "Host process",
    }
}

/// How it ended, where it did.
pub(super) fn exit_words(exit: Option<Exit>) -> Option<String> {
    exit.map(|exit| match exit {
        Exit::Code(code) => format!("with code {code}"),
        Exit::Signal(signal) => format!("by signal {signal}"),
    })
}

/// One line of the details: name and value.
pub(super) fn details(row: &Row, stats: Option<&ProcessStats>, cause: &str) -> Vec<(&'static str, String)> {
    let info = &row.info;
    let mut lines = vec![
        ("Kind", kind_word(info.kind).to_owned()),
        ("Started", format::date_time(info.started_millis)),
        ("Because of", if cause.is_empty() { "not known any more".into() } else { cause.to_owned() }),
        ("App", info.app.clone().unwrap_or_else(|| "–".into())),
        ("Parent", info.parent.map_or_else(|| "–".into(), |pid| pid.to_string())),
        ("Priority", info.priority.to_string()),
    ];
    if let Some(number) = info.host_pid {
        lines.push(("Host number", number.to_string()));
        lines.push(("Sandbox", "none in this version".into()));
    }
    if let Some(how) = exit_words(info.exit) {
        lines.push(("Ended", how));
    }
    if let Some(stats) = stats {
        lines.push(("Failed calls", format::count(stats.errors)));
        lines.push(("Denied calls", format::count(stats.denied)));
        lines.push(("Descriptors", format::count(stats.descriptors.into())));
        lines.push(("Pipes", format::count(stats.pipes.into())));
        lines.push(("Tasks", format::count(stats.tasks.into())));
        if info.kind == ProcessKind::Host {
            lines.push(("Threads", format::count(stats.threads.into())));
            lines.push((
                "Disk",
                format!(
                    "{} read, {} written",
                    format::bytes(stats.read_bytes),
                    format::bytes(stats.written_bytes)
                ),
            ));
        }
    }
    lines
}

#[cfg(test)]
mod tests;
