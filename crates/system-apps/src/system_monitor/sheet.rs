//! A table of things that the kernel knows: pipes, sockets, rows of the journal. One model for all of them.
//!
//! A sheet takes whole readings and keeps order, filter and choice over them.
//!
//! **Invariants** ([`Sheet::verify_invariants`]): a row has one value per column; keys are unique; `total` is not less
//! than the rows that are there.

use crate::common::{
    facts::Fact,
    grid::{Cell, Look},
    listing::Listing,
    problem::Problem,
    table::Sort,
};
use std::cmp::Ordering;
use widgets::{Subject, icons::Icon};

/// Which table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum SheetId {
    Processes,
    Pipes,
    Queues,
    Segments,
    Mappings,
    Descriptors,
    Sockets,
    Connections,
    Mounts,
    Denials,
    Grants,
    Journal,
}

impl SheetId {
    pub(super) const ALL: [SheetId; 12] = [
        SheetId::Processes,
        SheetId::Pipes,
        SheetId::Queues,
        SheetId::Segments,
        SheetId::Mappings,
        SheetId::Descriptors,
        SheetId::Sockets,
        SheetId::Connections,
        SheetId::Mounts,
        SheetId::Denials,
        SheetId::Grants,
        SheetId::Journal,
    ];

    /// As a heading and in the accessibility tree.
    pub(super) fn name(self) -> &'static str {
        match self {
            SheetId::Processes => "Processes",
            SheetId::Pipes => "Pipes",
            SheetId::Queues => "Queues",
            SheetId::Segments => "Shared memory",
            SheetId::Mappings => "Mappings",
            SheetId::Descriptors => "Descriptors",
            SheetId::Sockets => "Sockets",
            SheetId::Connections => "Connections",
            SheetId::Mounts => "Mounts",
            SheetId::Denials => "Refused",
            SheetId::Grants => "Granted and taken",
            SheetId::Journal => "Rows",
        }
    }

    /// One of its rows, and several.
    pub(super) fn words(self) -> (&'static str, &'static str) {
        match self {
            SheetId::Processes => ("process", "processes"),
            SheetId::Pipes => ("pipe", "pipes"),
            SheetId::Queues => ("queue", "queues"),
            SheetId::Segments => ("segment", "segments"),
            SheetId::Mappings => ("mapping", "mappings"),
            SheetId::Descriptors => ("descriptor", "descriptors"),
            SheetId::Sockets => ("socket", "sockets"),
            SheetId::Connections => ("connection", "connections"),
            SheetId::Mounts => ("mount", "mounts"),
            SheetId::Denials => ("refusal", "refusals"),
            SheetId::Grants => ("change of rights", "changes of rights"),
            SheetId::Journal => ("row", "rows"),
        }
    }

    /// What stands where it has no rows.
    pub(super) fn empty(self) -> (Icon, &'static str, &'static str) {
        match self {
            SheetId::Processes => (Icon::Cpu, "No processes", "There is always one; this should not be."),
            SheetId::Pipes => (Icon::Swap, "No pipes", "Pipes appear here when an app makes one."),
            SheetId::Queues => {
                (Icon::Stack, "No queues", "Queues of messages appear here when an app makes one.")
            }
            SheetId::Segments => {
                (Icon::Memory, "No shared memory", "Segments appear here when an app makes one.")
            }
            SheetId::Mappings => (Icon::File, "No mappings", "Files that apps have mapped appear here."),
            SheetId::Descriptors => {
                (Icon::Files, "Nothing is open", "Files and streams appear here while they are open.")
            }
            SheetId::Sockets => {
                (Icon::Network, "No sockets", "Connections and listeners of apps appear here.")
            }
            SheetId::Connections => (
                Icon::Globe,
                "No connections",
                "What programs reach, and what they were refused, appears here.",
            ),
            SheetId::Mounts => (Icon::HardDrives, "No mounts", "There is always one; this should not be."),
            SheetId::Denials => (
                Icon::ShieldCheck,
                "Nothing was refused",
                "What apps may not do appears here, with what would allow it.",
            ),
            SheetId::Grants => (
                Icon::Key,
                "No rights were changed",
                "Rights that are asked for, given or taken appear here.",
            ),
            SheetId::Journal => {
                (Icon::BookOpen, "No rows", "What apps change is written down here before it happens.")
            }
        }
    }

    /// How it is sorted at first.
    fn sort(self) -> (usize, bool) {
        match self {
            SheetId::Processes => (3, true),
            SheetId::Connections => (8, false),
            SheetId::Denials | SheetId::Grants | SheetId::Journal => (0, true),
            _ => (0, false),
        }
    }
}

/// What one cell shows, and what it is sorted by.
#[derive(Clone, Debug, Default)]
pub(super) struct Value {
    pub(super) cell: Cell,
    /// Without it by its text.
    figure: Option<f64>,
}

impl Value {
    pub(super) fn strong(text: impl Into<String>) -> Self {
        Value { cell: Cell::strong(text), figure: None }
    }

    pub(super) fn word(text: impl Into<String>) -> Self {
        Value { cell: Cell::quiet(text), figure: None }
    }

    pub(super) fn code(text: impl Into<String>) -> Self {
        Value { cell: Cell::code(text), figure: None }
    }

    pub(super) fn figure(figure: f64, text: impl Into<String>) -> Self {
        Value { cell: Cell::quiet(text), figure: Some(figure) }
    }

    pub(super) fn look(self, look: Look) -> Self {
        Value { cell: self.cell.look(look), ..self }
    }

    fn compare(&self, other: &Value) -> Ordering {
        match (self.figure, other.figure) {
            (Some(a), Some(b)) => a.total_cmp(&b),
            _ => self.cell.text.to_lowercase().cmp(&other.cell.text.to_lowercase()),
        }
    }
}

/// A right that somebody was refused, and that a person may give.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Offer {
    pub(super) pid: abi::Pid,
    pub(super) app: Option<String>,
    pub(super) capability: abi::Capability,
}

/// A connection of a program, as far as something can be done about it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Connection {
    /// Whose it is, and its number, while it can be ended.
    pub(super) open: Option<(abi::Pid, u64)>,
    /// Its host may be refused from now on.
    pub(super) host: Option<Offer>,
}

/// One thing.
#[derive(Clone, Debug)]
pub(super) struct SheetRow {
    /// Unique in its sheet, and the same at the next reading.
    pub(super) key: u64,
    /// For the accessibility tree, and as the heading of its details.
    pub(super) name: String,
    /// One per column.
    pub(super) values: Vec<Value>,
    pub(super) facts: Vec<Fact>,
    /// What *why?* asks about it.
    pub(super) subject: Option<Subject>,
    /// The process to show for it.
    pub(super) process: Option<abi::Pid>,
    /// What would have allowed it.
    pub(super) offer: Option<Offer>,
    /// What can be done about it, where it is a connection.
    pub(super) connection: Option<Connection>,
}

/// What drawing asks of a sheet.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum SheetCommand {
    Pick(u64),
    PickNone,
    Move(isize),
    SortBy(Sort),
    Filter(String),
}

/// One table.
#[derive(Debug)]
pub(super) struct Sheet {
    id: SheetId,
    pub(super) rows: Vec<SheetRow>,
    pub(super) listing: Listing<u64>,
    /// How many there are, also those that are not here.
    pub(super) total: u64,
    /// Whether it was read at least once.
    pub(super) read: bool,
    pub(super) problem: Option<Problem>,
    /// Is chosen as soon as it is there.
    next: Option<u64>,
}

impl Sheet {
    pub(super) fn new(id: SheetId) -> Self {
        let (column, descending) = id.sort();
        Sheet {
            id,
            rows: Vec::new(),
            listing: Listing::new(column, descending),
            total: 0,
            read: false,
            problem: None,
            next: None,
        }
    }

    /// Chooses a row at the next reading that has it.
    pub(super) fn choose_next(&mut self, key: u64) {
        self.next = Some(key);
    }

    /// Takes a whole reading.
    pub(super) fn receive(&mut self, rows: Vec<SheetRow>, total: u64) {
        self.total = total.max(rows.len() as u64);
        self.rows = rows;
        (self.read, self.problem) = (true, None);
        if let Some(key) = self.next.take().filter(|key| self.rows.iter().any(|row| row.key == *key)) {
            self.listing.selected = Some(key);
            self.listing.reveal += 1;
        }
        if self.chosen().is_none() {
            self.listing.selected = None;
        }
        self.arrange();
    }

    pub(super) fn fail(&mut self, problem: Problem) {
        self.problem = Some(problem);
        self.read = true;
    }

    pub(super) fn run(&mut self, command: SheetCommand) {
        match command {
            SheetCommand::Pick(key) => self.listing.selected = Some(key),
            SheetCommand::PickNone => self.listing.selected = None,
            SheetCommand::Move(by) => {
                let rows = &self.rows;
                self.listing.step(by, |place| rows[place].key);
            }
            SheetCommand::SortBy(sort) => {
                self.listing.sort = sort;
                self.arrange();
            }
            SheetCommand::Filter(filter) => {
                self.listing.filter = filter;
                self.arrange();
            }
        }
    }

    fn arrange(&mut self) {
        let needle = self.listing.needle();
        let rows = &self.rows;
        let fits = |place: usize| {
            needle.is_empty()
                || rows[place].values.iter().any(|value| value.cell.text.to_lowercase().contains(&needle))
        };
        let column = self.listing.sort.column.min(self.id.columns().len() - 1);
        self.listing.arrange(rows.len(), fits, |a, b| {
            let order = match (rows[a].values.get(column), rows[b].values.get(column)) {
                (Some(a), Some(b)) => a.compare(b),
                _ => Ordering::Equal,
            };
            order.then(rows[a].key.cmp(&rows[b].key))
        });
    }

    pub(super) fn chosen(&self) -> Option<&SheetRow> {
        self.rows.iter().find(|row| Some(row.key) == self.listing.selected)
    }

    pub(super) fn chosen_at(&self) -> Option<usize> {
        self.listing.chosen_at(|place| self.rows[place].key)
    }

    /// Panics where an invariant of the module does not hold.
    #[cfg(test)]
    pub(super) fn verify_invariants(&self) {
        let mut keys: Vec<u64> = self.rows.iter().map(|row| row.key).collect();
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), self.rows.len(), "{:?}: two rows with one key", self.id);
        assert!(self.rows.iter().all(|row| row.values.len() == self.id.columns().len()), "{:?}", self.id);
        assert!(self.total >= self.rows.len() as u64);
    }
}
