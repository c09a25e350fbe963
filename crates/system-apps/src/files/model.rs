//! What a window of Files shows and what can be done to it, as plain data.
//!
//! **Invariants** ([`Model::verify_invariants`]): `shown` holds each index of `entries` at most once; the
//! selection holds indices that are shown; the cursor is a position in `shown`; a rename is of a shown entry.

use super::names::{compare, last_name, natural_key, normal, parent};
use crate::common::{problem::Problem, table::Sort};
use abi::table::DirEntry;
use std::collections::BTreeSet;

/// Where a window begins.
pub(super) const HOME: &str = "/home";
/// Steps back that are remembered.
const HISTORY: usize = 100;

/// How entries are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Layout {
    #[default]
    Grid,
    List,
}

/// Whether the folder's content is here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Listing {
    Loading,
    Ready,
    Failed(Problem),
}

/// A new name being written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Rename {
    /// Index into `entries`.
    pub(super) entry: usize,
}

/// How a click changes the selection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pick {
    /// Only this one.
    Only,
    /// This one in or out (Ctrl).
    Toggle,
    /// Everything from the anchor to here (Shift).
    Extend,
}

/// What drawing asks for.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Command {
    Go(String),
    Back,
    Forward,
    Up,
    Reload,
    /// `at` is a position in `shown`.
    Pick {
        at: usize,
        how: Pick,
    },
    PickAll,
    PickNone,
    /// Moves the cursor by this many positions.
    Move {
        by: isize,
        how: Pick,
    },
    /// Chooses the next name that begins with what was typed.
    TypeAhead {
        text: String,
        now: f64,
    },
    Open {
        at: usize,
    },
    OpenSelected,
    NewFolder,
    BeginRename,
    CommitRename {
        to: String,
    },
    CancelRename,
    AskDelete,
    Answered {
        id: u64,
        yes: bool,
    },
    StopDeleting,
    Show(Layout),
    ToggleHidden,
    Filter(String),
    SortBy(Sort),
    CopyPath,
    DismissProblem,
}

/// What a window of Files shows.
#[derive(Debug)]
pub(super) struct Model {
    /// The folder, absolute, without a slash at its end.
    pub(super) path: String,
    pub(super) listing: Listing,
    pub(super) entries: Vec<DirEntry>,
    /// Indices into `entries` in the order of the screen.
    pub(super) shown: Vec<usize>,
    /// Indices into `entries`.
    pub(super) selection: BTreeSet<usize>,
    /// Position in `shown` that the keyboard stands on.
    pub(super) cursor: Option<usize>,
    anchor: Option<usize>,
    pub(super) layout: Layout,
    pub(super) sort: Sort,
    pub(super) filter: String,
    pub(super) show_hidden: bool,
    pub(super) rename: Option<Rename>,
    pub(super) problem: Option<Problem>,
    /// What goes on, for the status line.
    pub(super) activity: Option<String>,
    /// Chosen once the folder is listed again.
    pub(super) choose_next: Vec<String>,
    /// Renamed once it is listed.
    pub(super) rename_next: bool,
    /// Raised when the row of the cursor should be scrolled into view.
    pub(super) reveal: u64,
    back: Vec<String>,
    forward: Vec<String>,
    typed: String,
    typed_at: f64,
}

impl Model {
    pub(super) fn new(path: &str) -> Self {
        Model {
            path: normal(path),
            listing: Listing::Loading,
            entries: Vec::new(),
            shown: Vec::new(),
            selection: BTreeSet::new(),
            cursor: None,
            anchor: None,
            layout: Layout::default(),
            sort: Sort { column: 0, descending: false },
            filter: String::new(),
            show_hidden: false,
            rename: None,
            problem: None,
            activity: None,
            choose_next: Vec::new(),
            rename_next: false,
            reveal: 0,
            back: Vec::new(),
            forward: Vec::new(),
            typed: String::new(),
            typed_at: 0.0,
        }
    }

    /// The folder's name, for the title bar.
    pub(super) fn title(&self) -> String {
        match self.path.as_str() {
            HOME => "Home".into(),
            "/" => "Files".into(),
            path => last_name(path).to_owned(),
        }
    }

    pub(super) fn parent(&self) -> Option<String> {
        parent(&self.path)
    }

    pub(super) fn can_go_back(&self) -> bool {
        !self.back.is_empty()
    }

    pub(super) fn can_go_forward(&self) -> bool {
        !self.forward.is_empty()
    }

    /// Path of an entry.
    pub(super) fn path_of(&self, entry: usize) -> Option<String> {
        self.entries.get(entry).map(|entry| super::names::join(&self.path, &entry.name))
    }

    /// The entry at a position of the screen.
    pub(super) fn at(&self, position: usize) -> Option<&DirEntry> {
        self.shown.get(position).and_then(|&index| self.entries.get(index))
    }

    pub(super) fn selected_names(&self) -> Vec<String> {
        self.selection.iter().filter_map(|&index| self.entries.get(index)).map(|e| e.name.clone()).collect()
    }

    /// Goes to another folder and remembers this one.
    pub(super) fn go(&mut self, path: &str) {
        let path = normal(path);
        if path == self.path {
            return;
        }
        let before = std::mem::replace(&mut self.path, path);
        self.back.push(before);
        if self.back.len() > HISTORY {
            self.back.remove(0);
        }
        self.forward.clear();
        self.left();
    }

    pub(super) fn go_back(&mut self) {
        if let Some(path) = self.back.pop() {
            self.forward.push(std::mem::replace(&mut self.path, path));
            self.left();
        }
    }

    pub(super) fn go_forward(&mut self) {
        if let Some(path) = self.forward.pop() {
            self.back.push(std::mem::replace(&mut self.path, path));
            self.left();
        }
    }

    /// Nothing of the earlier folder stays.
    fn left(&mut self) {
        self.entries.clear();
        self.shown.clear();
        self.forget_selection();
        self.rename = None;
        self.problem = None;
        self.filter.clear();
        self.choose_next.clear();
        self.rename_next = false;
        self.listing = Listing::Loading;
    }

    fn forget_selection(&mut self) {
        self.selection.clear();
        self.cursor = None;
        self.anchor = None;
    }

    /// Takes what the kernel listed. What was chosen stays chosen by its name.
    pub(super) fn listed(&mut self, entries: Vec<DirEntry>) {
        let names = match std::mem::take(&mut self.choose_next) {
            names if names.is_empty() => self.selected_names(),
            names => names,
        };
        self.entries = entries;
        self.listing = Listing::Ready;
        self.rename = None;
        self.arrange(&names);
        if std::mem::take(&mut self.rename_next)
            && let Some(&entry) = self.selection.first()
        {
            self.rename = Some(Rename { entry });
        }
    }

    /// Filters and orders again; `names` are chosen afterwards.
    fn arrange(&mut self, names: &[String]) {
        let needle = self.filter.trim().to_lowercase();
        let wanted = |entry: &DirEntry| {
            (self.show_hidden || !entry.name.starts_with('.'))
                && (needle.is_empty() || entry.name.to_lowercase().contains(&needle))
        };
        let (entries, sort) = (&self.entries, self.sort);
        let mut shown: Vec<usize> = (0..entries.len()).filter(|&index| wanted(&entries[index])).collect();
        shown.sort_by_cached_key(|&index| natural_key(&entries[index].name));
        shown.sort_by(|&a, &b| compare(&entries[a], &entries[b], sort));
        self.shown = shown;
        self.forget_selection();
        let names: BTreeSet<&str> = names.iter().map(String::as_str).collect();
        if !names.is_empty() {
            for (position, &index) in self.shown.iter().enumerate() {
                if names.contains(self.entries[index].name.as_str()) {
                    self.selection.insert(index);
                    self.cursor.get_or_insert(position);
                    self.anchor = self.cursor;
                }
            }
            self.reveal += 1;
        }
    }

    pub(super) fn set_filter(&mut self, filter: String) {
        let names = self.selected_names();
        self.filter = filter;
        self.rename = None;
        self.arrange(&names);
    }

    pub(super) fn set_sort(&mut self, sort: Sort) {
        let names = self.selected_names();
        self.sort = sort;
        self.arrange(&names);
    }

    pub(super) fn toggle_hidden(&mut self) {
        let names = self.selected_names();
        self.show_hidden = !self.show_hidden;
        self.rename = None;
        self.arrange(&names);
    }

    pub(super) fn pick(&mut self, position: usize, how: Pick) {
        let Some(&index) = self.shown.get(position) else { return };
        match how {
            Pick::Only => {
                self.selection = BTreeSet::from([index]);
                self.anchor = Some(position);
            }
            Pick::Toggle => {
                if !self.selection.remove(&index) {
                    self.selection.insert(index);
                }
                self.anchor = Some(position);
            }
            Pick::Extend => {
                let from = self.anchor.unwrap_or(position).min(self.shown.len() - 1);
                let range = from.min(position)..=from.max(position);
                self.selection = self.shown[range].iter().copied().collect();
                self.anchor = Some(from);
            }
        }
        self.cursor = Some(position);
    }

    pub(super) fn pick_all(&mut self) {
        self.selection = self.shown.iter().copied().collect();
    }

    pub(super) fn pick_none(&mut self) {
        self.selection.clear();
    }

    /// Moves the cursor; without one it begins at the near end.
    pub(super) fn step(&mut self, by: isize, how: Pick) {
        let Some(last) = self.shown.len().checked_sub(1) else { return };
        let to = match self.cursor {
            Some(at) => at.saturating_add_signed(by).min(last),
            None if by < 0 => last,
            None => usize::try_from(by - 1).unwrap_or(0).min(last),
        };
        self.pick(to, how);
        self.reveal += 1;
    }

    /// Chooses the next name that begins with what was typed within a second.
    pub(super) fn type_ahead(&mut self, text: &str, now: f64) {
        if now - self.typed_at > 1.0 {
            self.typed.clear();
        }
        self.typed_at = now;
        self.typed.push_str(&text.to_lowercase());
        self.typed = self.typed.chars().take(64).collect();
        let count = self.shown.len();
        // One letter again and again walks on; more letters stay where they fit.
        let same = self.typed.chars().collect::<BTreeSet<_>>().len() == 1;
        let needle: String = if same { self.typed.chars().take(1).collect() } else { self.typed.clone() };
        let from = self.cursor.map_or(0, |at| at + usize::from(same));
        let found = (0..count).map(|offset| (from + offset) % count).find(|&position| {
            self.at(position).is_some_and(|entry| entry.name.to_lowercase().starts_with(&needle))
        });
        if let Some(position) = found {
            self.pick(position, Pick::Only);
            self.reveal += 1;
        }
    }

    /// A name that no entry has: `New folder`, `New folder 2`, …
    pub(super) fn free_name(&self, wanted: &str) -> String {
        let taken: BTreeSet<&str> = self.entries.iter().map(|entry| entry.name.as_str()).collect();
        (1_u32..)
            .map(|number| if number == 1 { wanted.to_owned() } else { format!("{wanted} {number}") })
            .find(|name| !taken.contains(name.as_str()))
            .unwrap_or_default() // a listing has fewer names than u32 has numbers
    }

    /// Panics where an invariant of the module does not hold.
    #[cfg(test)]
    pub(super) fn verify_invariants(&self) {
        let shown: BTreeSet<usize> = self.shown.iter().copied().collect();
        assert_eq!(shown.len(), self.shown.len(), "an entry is shown twice");
        assert!(shown.iter().all(|&index| index < self.entries.len()), "an entry that is not there is shown");
        assert!(self.selection.is_subset(&shown), "something is chosen that is not shown");
        assert!(self.cursor.is_none_or(|at| at < self.shown.len()), "the cursor stands outside");
        assert!(
            self.rename.as_ref().is_none_or(|rename| shown.contains(&rename.entry)),
            "rename of what is hidden"
        );
    }
}

#[cfg(test)]
mod tests;
