//! What the System Monitor shows, as plain data.
//!
//! **Invariants** ([`Model::verify_invariants`]): events are in the order of the ring, each once, at most
//! [`EVENTS`]; `shown` holds ascending indices of events that pass the filter; histories have at most
//! [`HISTORY`] values, all finite.

use super::{
    journal::{JournalCommand, JournalModel},
    page::Page,
    sheet::{Offer, Sheet, SheetCommand, SheetId},
    why::{WhyCommand, WhyModel},
};
use crate::common::{problem::Problem, table::Sort};
use abi::{
    CauseId, Pid,
    table::{Chain, Event, EventCategory, EventPage, MemoryStats, Metrics, ProcessInfo, RowMetrics},
};
use std::collections::{BTreeMap, HashMap, VecDeque};
use widgets::Subject;

/// Values of a history.
pub(super) const HISTORY: usize = 120;
/// Events that are kept.
pub(super) const EVENTS: usize = 2_000;

/// What drawing asks for.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Command {
    Show(Page),
    Pause(bool),
    ShowOwn(bool),
    Clear,
    Category(Option<EventCategory>),
    Text(String),
    /// By position in the ring.
    Pick(u64),
    PickNone,
    Move(isize),
    SortBy(Sort),
    FilterRows(String),
    /// About a table.
    Sheet(SheetId, SheetCommand),
    /// Which table of a page is shown.
    Part(Page, usize),
    /// About the page *Why?*.
    Why(WhyCommand),
    /// Shows that page and asks.
    Ask(Subject),
    /// Lets the person decide about a right that was refused.
    Offer(Offer),
    /// Ends a connection of a program.
    CloseConnection(Pid, u64),
    /// Refuses a host, until the app ends or for good.
    DenyHost(Offer, KeptOrNot),
    /// Only events of a cause, or all again.
    EventsOf(CauseId),
    AllEvents,
    ShowProcess(Pid),
    /// Rows of the journal that a cause led to.
    JournalOf(CauseId),
    Journal(JournalCommand),
    /// Writes the shown events to a file.
    Export,
    OpenApp(&'static str),
}

/// How long a decision holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum KeptOrNot {
    /// Until the app ends.
    ForTheRun,
    /// Over restarts.
    Kept,
}

/// Calls that this app made itself, by the name of the row.
pub(super) type Tally = BTreeMap<&'static str, u64>;

/// One reading, to make rates from.
#[derive(Clone, Debug, Default)]
struct Reading {
    at_seconds: f64,
    total: u64,
    errors: u64,
    categories: BTreeMap<String, u64>,
}

/// What the System Monitor shows.
#[derive(Debug)]
pub(super) struct Model {
    pub(super) page: Page,
    pub(super) metrics: Option<Metrics>,
    pub(super) memory: Option<MemoryStats>,
    pub(super) problem: Option<Problem>,
    /// Syscalls per second, newest last.
    pub(super) calls: VecDeque<f32>,
    /// Failed syscalls per second, newest last.
    pub(super) errors: VecDeque<f32>,
    /// Syscalls per second by category.
    pub(super) category_rates: BTreeMap<String, f64>,
    pub(super) show_own: bool,
    pub(super) own: Tally,
    last: Option<Reading>,
    pub(super) events: VecDeque<Event>,
    /// Indices into `events`, oldest first.
    pub(super) shown: Vec<usize>,
    /// The first position that was not looked at yet; `None` for as far back as the ring reaches.
    pub(super) next: Option<u64>,
    pub(super) lost: u64,
    pub(super) paused: bool,
    pub(super) category: Option<EventCategory>,
    pub(super) text: String,
    /// Position in the ring of the chosen event.
    pub(super) selected: Option<u64>,
    /// Why the chosen event happened.
    pub(super) chain: Option<Result<Chain, Problem>>,
    pub(super) names: HashMap<Pid, String>,
    pub(super) own_pid: Option<Pid>,
    pub(super) sort: Sort,
    pub(super) row_filter: String,
    /// Raised when the chosen event should be scrolled into view.
    pub(super) reveal: u64,
    /// Only events of this cause are shown.
    pub(super) cause: Option<CauseId>,
    sheets: Vec<Sheet>,
    /// Which table of a page is shown.
    parts: HashMap<Page, usize>,
    pub(super) why: WhyModel,
    pub(super) journal: JournalModel,
    pub(super) processes: Vec<ProcessInfo>,
    /// Share of one processor since the last look, per cent.
    pub(super) cpu_percent: HashMap<Pid, f64>,
    processes_at: f64,
    /// Labels of causes.
    pub(super) cause_labels: HashMap<CauseId, String>,
    /// What was done last.
    pub(super) note: String,
}

impl Default for Model {
    fn default() -> Self {
        Model {
            page: Page::default(),
            metrics: None,
            memory: None,
            problem: None,
            calls: VecDeque::new(),
            errors: VecDeque::new(),
            category_rates: BTreeMap::new(),
            show_own: false,
            own: Tally::new(),
            last: None,
            events: VecDeque::new(),
            shown: Vec::new(),
            next: None,
            lost: 0,
            paused: false,
            category: None,
            text: String::new(),
            selected: None,
            chain: None,
            names: HashMap::new(),
            own_pid: None,
            sort: Sort { column: 2, descending: true },
            row_filter: String::new(),
            reveal: 0,
            cause: None,
            sheets: SheetId::ALL.into_iter().map(Sheet::new).collect(),
            parts: HashMap::new(),
            why: WhyModel::default(),
            journal: JournalModel::default(),
            processes: Vec::new(),
            cpu_percent: HashMap::new(),
            processes_at: 0.0,
            cause_labels: HashMap::new(),
            note: String::new(),
        }
    }
}

impl Model {
    /// Takes figures; rates are over the time since the last ones.
    pub(super) fn measured(&mut self, metrics: Metrics, now_seconds: f64) {
        let own = |row: &str| if self.show_own { 0 } else { self.own.get(row).copied().unwrap_or(0) };
        let own_total: u64 = self.own.keys().map(|row| own(row)).sum();
        let mut reading = Reading {
            at_seconds: now_seconds,
            total: metrics.syscalls_total.saturating_sub(own_total),
            errors: metrics.errors_total,
            categories: metrics
                .categories
                .iter()
                .map(|(name, figures)| (name.clone(), figures.count))
                .collect(),
        };
        for row in self.own.keys() {
            let category = abi::table::Row::by_name(row).map(|row| row.category.name());
            if let Some(count) = category.and_then(|category| reading.categories.get_mut(category)) {
                *count = count.saturating_sub(own(row));
            }
        }
        if let Some(last) = &self.last {
            let seconds = now_seconds - last.at_seconds;
            if seconds > 0.01 {
                let rate = |now: u64, before: u64| now.saturating_sub(before) as f64 / seconds;
                push(&mut self.calls, rate(reading.total, last.total));
                push(&mut self.errors, rate(reading.errors, last.errors));
                self.category_rates = reading
                    .categories
                    .iter()
                    .map(|(name, &count)| {
                        (name.clone(), rate(count, last.categories.get(name).copied().unwrap_or(0)))
                    })
                    .collect();
            }
        }
        self.last = Some(reading);
        self.metrics = Some(metrics);
    }

    /// Syscalls per second right now.
    pub(super) fn rate(&self) -> f64 {
        self.calls.back().copied().unwrap_or(0.0).into()
    }

    /// Calls of a row or category as they are shown, without this app's own where those are hidden.
    pub(super) fn count_without_own(&self, figures: &RowMetrics) -> u64 {
        let own = if self.show_own { 0 } else { self.own.get(figures.name.as_str()).copied().unwrap_or(0) };
        figures.figures.count.saturating_sub(own)
    }

    /// The same for a category.
    pub(super) fn category_count(&self, name: &str, count: u64) -> u64 {
        if self.show_own {
            return count;
        }
        let of = |row: &str| abi::table::Row::by_name(row).is_some_and(|row| row.category.name() == name);
        let own: u64 = self.own.iter().filter(|(row, _)| of(row)).map(|(_, count)| count).sum();
        count.saturating_sub(own)
    }

    pub(super) fn show_own(&mut self, show: bool) {
        self.show_own = show;
        // The next rate would compare two ways of counting.
        self.last = None;
        self.arrange();
    }

    /// Takes events that came.
    pub(super) fn received(&mut self, page: EventPage) {
        let newest = self.events.back().map(|event| event.seq);
        self.next = Some(page.next);
        self.lost += page.lost;
        self.events
            .extend(page.events.into_iter().filter(|event| newest.is_none_or(|newest| event.seq > newest)));
        let surplus = self.events.len().saturating_sub(EVENTS);
        self.events.drain(..surplus);
        self.arrange();
    }

    pub(super) fn clear(&mut self) {
        self.events.clear();
        self.lost = 0;
        self.pick(None);
        self.arrange();
    }

    /// Shows events of one cause, or of all, as far back as the ring reaches.
    pub(super) fn set_cause(&mut self, cause: Option<CauseId>) {
        self.clear();
        self.cause = cause;
        self.next = None;
    }

    pub(super) fn sheet(&self, id: SheetId) -> &Sheet {
        &self.sheets[id as usize]
    }

    pub(super) fn sheet_mut(&mut self, id: SheetId) -> &mut Sheet {
        &mut self.sheets[id as usize]
    }

    /// The table that a page shows; none where it is no page of tables.
    pub(super) fn shown_sheet(&self) -> Option<SheetId> {
        let sheets = self.page.sheets();
        sheets.get(self.part(self.page)).or(sheets.first()).copied()
    }

    pub(super) fn part(&self, page: Page) -> usize {
        self.parts.get(&page).copied().unwrap_or(0)
    }

    pub(super) fn show_part(&mut self, page: Page, part: usize) {
        self.parts.insert(page, part);
    }

    /// Takes a list of processes: their names, and what they used since the last one.
    pub(super) fn listed(&mut self, processes: Vec<ProcessInfo>, now_seconds: f64) {
        let seconds = now_seconds - self.processes_at;
        if seconds > 0.2 {
            let before: HashMap<Pid, u64> =
                self.processes.iter().map(|info| (info.pid, info.cpu_time_micros)).collect();
            let percent = |info: &ProcessInfo| {
                let used = info.cpu_time_micros.saturating_sub(*before.get(&info.pid)?);
                Some((info.pid, used as f64 / seconds / 10_000.0))
            };
            self.cpu_percent = processes.iter().filter_map(percent).collect();
            self.processes_at = now_seconds;
        }
        // Names of ended processes stay as long as they may still be shown.
        if self.names.len() > 10_000 {
            self.names.clear();
        }
        self.names.extend(processes.iter().map(|process| (process.pid, process.name.clone())));
        self.processes = processes;
    }

    /// The app of a process, as far as it is known.
    pub(super) fn app_of(&self, pid: Pid) -> Option<String> {
        self.processes.iter().find(|info| info.pid == pid).and_then(|info| info.app.clone())
    }

    /// Name and number of a process, for owners.
    pub(super) fn owner(&self, pid: Pid) -> String {
        match self.names.get(&pid) {
            Some(name) => format!("{name} ({pid})"),
            None => self.name_of(pid),
        }
    }

    pub(super) fn set_category(&mut self, category: Option<EventCategory>) {
        self.category = category;
        self.arrange();
    }

    pub(super) fn set_text(&mut self, text: String) {
        self.text = text;
        self.arrange();
    }

    fn arrange(&mut self) {
        let needle = self.text.trim().to_lowercase();
        let fits = |event: &Event| {
            (self.show_own || Some(event.pid) != self.own_pid || self.cause.is_some())
                && self.cause.is_none_or(|cause| event.cause == cause)
                && self.category.is_none_or(|category| event.category == category)
                && (needle.is_empty()
                    || event.kind.to_lowercase().contains(&needle)
                    || event.label.to_lowercase().contains(&needle)
                    || self.names.get(&event.pid).is_some_and(|name| name.to_lowercase().contains(&needle)))
        };
        self.shown = (0..self.events.len()).filter(|&index| fits(&self.events[index])).collect();
    }

    pub(super) fn pick(&mut self, seq: Option<u64>) {
        if self.selected != seq {
            self.selected = seq;
            self.chain = None;
        }
    }

    /// The chosen event, as long as it is kept.
    pub(super) fn chosen(&self) -> Option<&Event> {
        self.events.iter().find(|event| Some(event.seq) == self.selected)
    }

    /// Moves the choice; without one it begins at the newest.
    pub(super) fn step(&mut self, by: isize) {
        let Some(last) = self.shown.len().checked_sub(1) else { return };
        let at = self.shown.iter().position(|&index| Some(self.events[index].seq) == self.selected);
        let to = at.map_or(last, |at| at.saturating_add_signed(by).min(last));
        self.pick(Some(self.events[self.shown[to]].seq));
        self.reveal += 1;
    }

    /// Name of a process, or its number.
    pub(super) fn name_of(&self, pid: Pid) -> String {
        match self.names.get(&pid) {
            Some(name) => name.clone(),
            None if pid == Pid::KERNEL => "kernel".into(),
            None => format!("#{pid}"),
        }
    }

    /// Panics where an invariant of the module does not hold.
    #[cfg(test)]
    pub(super) fn verify_invariants(&self) {
        assert!(self.events.len() <= EVENTS && self.calls.len() <= HISTORY);
        assert!(self.events.iter().zip(self.events.iter().skip(1)).all(|(a, b)| a.seq < b.seq));
        assert!(self.shown.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(self.shown.iter().all(|&index| index < self.events.len()));
        assert!(self.calls.iter().chain(&self.errors).all(|value| value.is_finite()));
        self.sheets.iter().for_each(Sheet::verify_invariants);
    }
}

fn push(history: &mut VecDeque<f32>, value: f64) {
    history.push_back(value as f32);
    while history.len() > HISTORY {
        history.pop_front();
    }
}

#[cfg(test)]
mod tests;
