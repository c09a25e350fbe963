//! What a window of Files shows and what can be done to it, as plain data.
//!
//! **Invariants** ([`Model::verify_invariants`]): `shown` holds each index of `entries` at most once; the
//! selection holds indices that are shown; the cursor is a position in `shown`; a rename is of a shown entry;
//! in the trash there is one item for each entry.

mod command;
mod parts;
mod selection;

pub(super) use command::{Command, Deed, Pick};
pub(super) use parts::{Activity, Found, Layout, Listing, Notice, Offer, Place, Rename};

use super::{
    count::Content,
    history::Obstacles,
    names::{compare, join, last_name, natural_key, normal, parent, place},
    properties::Details,
};
use crate::common::{problem::Problem, table::Sort};
use abi::table::{DirEntry, TrashEntry};
use std::collections::BTreeSet;

/// Where a window begins.
pub(super) const HOME: &str = "/home";
/// Steps back that are remembered.
const HISTORY: usize = 100;
/// Where what comes from somewhere is shown: what a script reads of a trash.
pub(super) const TRASH: &str = "trash:";

/// What a window of Files shows.
#[derive(Debug)]
pub(super) struct Model {
    pub(super) place: Place,
    pub(super) listing: Listing,
    pub(super) entries: Vec<DirEntry>,
    /// In the trash: where each entry is and was.
    pub(super) trash: Vec<TrashEntry>,
    /// What is in the folders in the trash.
    pub(super) trash_content: Option<Content>,
    /// Indices into `entries` in the order of the screen.
    pub(super) shown: Vec<usize>,
    /// Indices into `entries`.
    pub(super) selection: BTreeSet<usize>,
    /// Position in `shown` that the keyboard stands on.
    pub(super) cursor: Option<usize>,
    anchor: Option<usize>,
    pub(super) layout: Layout,
    sort: Sort,
    /// The newest first, unless somebody wants it otherwise.
    trash_sort: Sort,
    pub(super) filter: String,
    pub(super) found: Option<Found>,
    pub(super) show_hidden: bool,
    pub(super) rename: Option<Rename>,
    pub(super) problem: Option<Problem>,
    pub(super) activity: Option<Activity>,
    pub(super) notice: Option<Notice>,
    pub(super) obstacles: Option<Obstacles>,
    /// The panel of properties, while it is open.
    pub(super) details: Option<Details>,
    /// The path is being written.
    pub(super) path_edit: bool,
    /// Raised when the field that filters should get the keyboard.
    pub(super) wants_filter: u64,
    /// The next paste is for the list, wherever the keyboard is.
    pub(super) expects_paste: bool,
    /// Names of what would be undone and redone.
    pub(super) undo: Option<String>,
    pub(super) redo: Option<String>,
    /// Files that were cut here and wait to be pasted; they are shown pale.
    pub(super) cut: BTreeSet<String>,
    /// Chosen once the folder is listed again.
    pub(super) choose_next: Vec<String>,
    /// Renamed once it is listed.
    pub(super) rename_next: bool,
    /// Raised when the row of the cursor should be scrolled into view.
    pub(super) reveal: u64,
    back: Vec<Place>,
    forward: Vec<Place>,
    typed: String,
    typed_at: f64,
}

impl Model {
    pub(super) fn new(path: &str) -> Self {
        Model {
            place: Place::Folder(normal(path)),
            listing: Listing::Loading,
            entries: Vec::new(),
            trash: Vec::new(),
            trash_content: None,
            shown: Vec::new(),
            selection: BTreeSet::new(),
            cursor: None,
            anchor: None,
            layout: Layout::default(),
            sort: Sort { column: 0, descending: false },
            trash_sort: Sort { column: 3, descending: true },
            filter: String::new(),
            found: None,
            show_hidden: false,
            rename: None,
            problem: None,
            activity: None,
            notice: None,
            obstacles: None,
            details: None,
            path_edit: false,
            wants_filter: 0,
            expects_paste: false,
            undo: None,
            redo: None,
            cut: BTreeSet::new(),
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
        match &self.place {
            Place::Trash => "Trash".into(),
            Place::Folder(path) if path == "/" => "Files".into(),
            Place::Folder(path) => place(path).to_owned(),
        }
    }

    /// The folder that is looked at; none in the trash.
    pub(super) fn folder(&self) -> Option<&str> {
        match &self.place {
            Place::Folder(path) => Some(path),
            Place::Trash => None,
        }
    }

    pub(super) fn in_trash(&self) -> bool {
        self.place == Place::Trash
    }

    pub(super) fn parent(&self) -> Option<String> {
        self.folder().and_then(parent)
    }

    pub(super) fn can_go_back(&self) -> bool {
        !self.back.is_empty()
    }

    pub(super) fn can_go_forward(&self) -> bool {
        !self.forward.is_empty()
    }

    /// Path of an entry; in the trash where it lies there.
    pub(super) fn path_of(&self, entry: usize) -> Option<String> {
        match &self.place {
            Place::Folder(folder) => self.entries.get(entry).map(|entry| join(folder, &entry.name)),
            Place::Trash => self.trash.get(entry).map(|item| item.item.clone()),
        }
    }

    /// Paths of what is chosen, in the order of the screen.
    pub(super) fn selected_paths(&self) -> Vec<String> {
        let chosen = self.shown.iter().filter(|index| self.selection.contains(index));
        chosen.filter_map(|&index| self.path_of(index)).collect()
    }

    /// The one thing that is chosen.
    pub(super) fn only(&self) -> Option<usize> {
        self.selection.first().copied().filter(|_| self.selection.len() == 1)
    }

    /// Goes elsewhere and remembers this place.
    pub(super) fn go(&mut self, place: Place) {
        let place = match place {
            Place::Folder(path) => Place::Folder(normal(&path)),
            Place::Trash => Place::Trash,
        };
        if place == self.place {
            return;
        }
        let before = std::mem::replace(&mut self.place, place);
        self.back.push(before);
        if self.back.len() > HISTORY {
            self.back.remove(0);
        }
        self.forward.clear();
        self.left();
    }

    pub(super) fn go_back(&mut self) {
        if let Some(place) = self.back.pop() {
            self.forward.push(std::mem::replace(&mut self.place, place));
            self.left();
        }
    }

    pub(super) fn go_forward(&mut self) {
        if let Some(place) = self.forward.pop() {
            self.back.push(std::mem::replace(&mut self.place, place));
            self.left();
        }
    }

    /// Nothing of the earlier folder stays.
    fn left(&mut self) {
        self.entries.clear();
        self.trash.clear();
        self.shown.clear();
        self.forget_selection();
        self.rename = None;
        self.problem = None;
        self.path_edit = false;
        self.filter.clear();
        self.found = None;
        self.choose_next.clear();
        self.rename_next = false;
        self.listing = Listing::Loading;
    }

    /// Takes what the kernel listed. What was chosen stays chosen by its name.
    pub(super) fn listed(&mut self, entries: Vec<DirEntry>) {
        let wanted = std::mem::take(&mut self.choose_next);
        let names = if wanted.is_empty() { self.selected_names() } else { wanted.clone() };
        let stood = self.cursor.and_then(|at| self.at(at)).map(|entry| entry.name.clone());
        self.entries = entries;
        self.listing = Listing::Ready;
        self.rename = None;
        self.arrange(&names);
        if wanted.is_empty() {
            self.stand_on(stood.as_deref());
        } else {
            self.reveal += 1;
        }
        if std::mem::take(&mut self.rename_next)
            && let Some(&entry) = self.selection.first()
        {
            self.rename = Some(Rename { entry });
        }
    }

    /// Takes what lies in the trash.
    pub(super) fn listed_trash(&mut self, items: Vec<TrashEntry>) {
        let entry = |item: &TrashEntry| DirEntry {
            name: last_name(item.original.as_deref().unwrap_or(&item.item)).to_owned(),
            kind: item.kind,
            size: item.size,
            modified_millis: item.deleted_millis,
        };
        let entries = items.iter().map(entry).collect();
        self.trash = items;
        self.listed(entries);
    }

    /// Filters and orders again; `names` are chosen afterwards.
    fn arrange(&mut self, names: &[String]) {
        let needle = if self.found.is_some() { String::new() } else { self.filter.trim().to_lowercase() };
        let hidden = self.show_hidden || self.in_trash() || self.found.is_some();
        let wanted = |entry: &DirEntry| {
            (hidden || !entry.name.starts_with('.'))
                && (needle.is_empty() || entry.name.to_lowercase().contains(&needle))
        };
        let (entries, sort) = (&self.entries, self.sort());
        let mut shown: Vec<usize> = (0..entries.len()).filter(|&index| wanted(&entries[index])).collect();
        shown.sort_by_cached_key(|&index| natural_key(last_name(&entries[index].name)));
        shown.sort_by(|&a, &b| compare(&entries[a], &entries[b], sort));
        self.shown = shown;
        self.choose(names);
    }

    pub(super) fn set_filter(&mut self, filter: String) {
        let names = self.selected_names();
        self.filter = filter;
        self.rename = None;
        self.arrange(&names);
    }

    /// The order of the entries.
    pub(super) fn sort(&self) -> Sort {
        if self.in_trash() { self.trash_sort } else { self.sort }
    }

    pub(super) fn set_sort(&mut self, sort: Sort) {
        let names = self.selected_names();
        if self.in_trash() {
            self.trash_sort = sort;
        } else {
            self.sort = sort;
        }
        self.reveal += 1;
        self.arrange(&names);
    }

    pub(super) fn toggle_hidden(&mut self) {
        let names = self.selected_names();
        self.show_hidden = !self.show_hidden;
        self.rename = None;
        self.arrange(&names);
    }

    /// A name that no entry has: `New folder`, `New folder 2`, …
    pub(super) fn free_name(&self, wanted: &str, folder: bool) -> String {
        let taken: BTreeSet<&str> = self.entries.iter().map(|entry| entry.name.as_str()).collect();
        let name = |number: u32| match number {
            1 => wanted.to_owned(),
            _ => super::names::numbered(wanted, number, folder),
        };
        // A listing has fewer names than u32 has numbers.
        (1_u32..).map(name).find(|name| !taken.contains(name.as_str())).unwrap_or_default()
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
        assert!(!self.in_trash() || self.trash.len() == self.entries.len(), "an entry without its item");
    }
}

#[cfg(test)]
mod tests;
