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
    table::{Column, Sort, Width},
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
    Mounts,
    Denials,
    Grants,
    Journal,
}

const PROCESSES: [Column; 8] = [
    Column::text("Name", Width::Share(1.0)),
    Column::figures("Process", 84.0),
    Column::text("State", Width::Fixed(76.0)),
    Column::figures("CPU", 62.0),
    Column::figures("Memory", 74.0),
    Column::figures("Syscalls", 80.0),
    Column::figures("Started", 76.0).from(640.0),
    Column::text("Because of", Width::Share(0.9)).from(720.0),
];
const PIPES: [Column; 8] = [
    Column::figures("Pipe", 52.0),
    Column::text("Owner", Width::Share(1.0)),
    Column::text("Reader", Width::Share(1.0)),
    Column::text("Writer", Width::Share(1.0)),
    Column::figures("Filled", 62.0),
    Column::figures("Waiting", 72.0),
    Column::figures("Written", 72.0).from(560.0),
    Column::figures("Read", 72.0).from(620.0),
];
const QUEUES: [Column; 9] = [
    Column::text("Queue", Width::Share(1.0)),
    Column::text("Owner", Width::Share(1.0)),
    Column::text("Kind", Width::Fixed(76.0)).from(480.0),
    Column::figures("Filled", 62.0),
    Column::figures("Waiting", 68.0),
    Column::figures("Bytes", 68.0),
    Column::figures("Sent", 66.0).from(560.0),
    Column::figures("Received", 72.0).from(620.0),
    Column::figures("Dropped", 70.0).from(680.0),
];
const SEGMENTS: [Column; 7] = [
    Column::figures("Segment", 66.0),
    Column::text("Owner", Width::Share(1.0)),
    Column::figures("Size", 72.0),
    Column::text("Attached", Width::Share(1.4)),
    Column::figures("Written", 72.0),
    Column::figures("Read", 72.0),
    Column::text("Host", Width::Fixed(56.0)).from(560.0),
];
const MAPPINGS: [Column; 8] = [
    Column::figures("Mapping", 66.0),
    Column::text("Owner", Width::Share(0.8)),
    Column::text("File", Width::Share(1.2)),
    Column::figures("Length", 72.0),
    Column::text("For", Width::Fixed(92.0)).from(520.0),
    Column::text("Sharing", Width::Fixed(66.0)).from(580.0),
    Column::figures("Own", 66.0).from(640.0),
    Column::figures("Written", 72.0),
];
const DESCRIPTORS: [Column; 6] = [
    Column::text("Process", Width::Share(0.8)),
    Column::figures("Number", 66.0),
    Column::text("Kind", Width::Fixed(120.0)),
    Column::text("Path", Width::Share(1.4)),
    Column::text("For", Width::Fixed(92.0)),
    Column::figures("At byte", 80.0).from(560.0),
];
const SOCKETS: [Column; 8] = [
    Column::text("Process", Width::Share(0.8)),
    Column::figures("Number", 66.0).from(620.0),
    Column::text("Protocol", Width::Fixed(80.0)),
    Column::text("State", Width::Fixed(82.0)),
    Column::text("Local", Width::Share(1.0)),
    Column::text("Remote", Width::Share(1.0)),
    Column::figures("Sent", 68.0),
    Column::figures("Received", 72.0),
];
const MOUNTS: [Column; 5] = [
    Column::text("Place", Width::Share(1.0)),
    Column::text("Kind", Width::Fixed(90.0)),
    Column::text("Changes", Width::Fixed(96.0)),
    Column::figures("Used", 90.0),
    Column::figures("Room", 110.0),
];
const DENIALS: [Column; 5] = [
    Column::figures("When", 118.0),
    Column::text("What was refused", Width::Share(1.4)),
    Column::text("By rule", Width::Fixed(120.0)),
    Column::text("Would allow it", Width::Share(1.0)).from(560.0),
    Column::figures("Times", 60.0),
];
const GRANTS: [Column; 4] = [
    Column::figures("When", 118.0),
    Column::text("Who", Width::Share(0.6)),
    Column::text("What", Width::Fixed(90.0)),
    Column::text("Right", Width::Share(1.0)),
];
const JOURNAL: [Column; 6] = [
    Column::figures("Row", 66.0),
    Column::figures("When", 118.0),
    Column::text("What happened", Width::Share(1.6)),
    Column::text("Kind", Width::Fixed(104.0)).from(560.0),
    Column::text("App", Width::Fixed(110.0)).from(680.0),
    Column::figures("Process", 76.0).from(760.0),
];

impl SheetId {
    pub(super) const ALL: [SheetId; 11] = [
        SheetId::Processes,
        SheetId::Pipes,
        SheetId::Queues,
        SheetId::Segments,
        SheetId::Mappings,
        SheetId::Descriptors,
        SheetId::Sockets,
        SheetId::Mounts,
        SheetId::Denials,
        SheetId::Grants,
        SheetId::Journal,
    ];

    pub(super) fn columns(self) -> &'static [Column] {
        match self {
            SheetId::Processes => &PROCESSES,
            SheetId::Pipes => &PIPES,
            SheetId::Queues => &QUEUES,
            SheetId::Segments => &SEGMENTS,
            SheetId::Mappings => &MAPPINGS,
            SheetId::Descriptors => &DESCRIPTORS,
            SheetId::Sockets => &SOCKETS,
            SheetId::Mounts => &MOUNTS,
            SheetId::Denials => &DENIALS,
            SheetId::Grants => &GRANTS,
            SheetId::Journal => &JOURNAL,
        }
    }

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
            SheetId::Mounts => (Icon::HardDrives, "No mounts", "There is always one; this should not be."),
            SheetId::Denials => (
                Icon::ShieldCheck,
                "Nothing was refused",
                "What apps may not do appears here, with what would allow it.",
            ),
            SheetId::Grants => {
                (Icon::Key, "No rights were changed", "Rights that are given or taken appear here.")
            }
            SheetId::Journal => {
                (Icon::BookOpen, "No rows", "What apps change is written down here before it happens.")
            }
        }
    }

    /// How it is sorted at first.
    fn sort(self) -> (usize, bool) {
        match self {
            SheetId::Processes => (3, true),
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
