//! What is chosen: by click, by rubber band, by arrows, by typing a name.

use super::{Model, Pick};
use crate::files::names::last_name;
use abi::table::DirEntry;
use std::collections::BTreeSet;

impl Model {
    /// The entry at a position of the screen.
    pub(in crate::files) fn at(&self, position: usize) -> Option<&DirEntry> {
        self.shown.get(position).and_then(|&index| self.entries.get(index))
    }

    pub(in crate::files) fn selected_names(&self) -> Vec<String> {
        self.selection.iter().filter_map(|&index| self.entries.get(index)).map(|e| e.name.clone()).collect()
    }

    pub(super) fn forget_selection(&mut self) {
        self.selection.clear();
        self.cursor = None;
        self.anchor = None;
    }

    /// Chooses these names, and nothing else.
    pub(super) fn choose(&mut self, names: &[String]) {
        self.forget_selection();
        let names: BTreeSet<&str> = names.iter().map(String::as_str).collect();
        if names.is_empty() {
            return;
        }
        for (position, &index) in self.shown.iter().enumerate() {
            if names.contains(self.entries[index].name.as_str()) {
                self.selection.insert(index);
                self.cursor.get_or_insert(position);
                self.anchor = self.cursor;
            }
        }
    }

    /// The keyboard stays on this name, where that is still chosen.
    pub(super) fn stand_on(&mut self, name: Option<&str>) {
        let chosen = |at: &usize| self.shown.get(*at).is_some_and(|index| self.selection.contains(index));
        let at = (0..self.shown.len()).find(|at| self.at(*at).map(|entry| entry.name.as_str()) == name);
        if let Some(at) = at.filter(|at| name.is_some() && chosen(at)) {
            self.cursor = Some(at);
            self.anchor = Some(at);
        }
    }

    /// The name beside what is chosen: the one behind it, or else the one before.
    pub(in crate::files) fn beside_selection(&self) -> Option<String> {
        let chosen = |at: usize| self.shown.get(at).is_some_and(|index| self.selection.contains(index));
        let last = (0..self.shown.len()).rev().find(|&at| chosen(at))?;
        let behind = (last + 1..self.shown.len()).next();
        let beside = behind.or_else(|| (0..last).rev().find(|&at| !chosen(at)))?;
        self.at(beside).map(|entry| entry.name.clone())
    }

    pub(in crate::files) fn pick(&mut self, position: usize, how: Pick) {
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

    /// Chooses these positions and these entries, as long as they are shown.
    pub(in crate::files) fn pick_these(&mut self, positions: &[usize], beside: &[usize]) {
        let entry = |&position: &usize| self.shown.get(position).copied();
        let mut chosen: BTreeSet<usize> = positions.iter().filter_map(entry).collect();
        chosen.extend(beside.iter().filter(|index| self.shown.contains(index)));
        self.selection = chosen;
        if let Some(&last) = positions.last().filter(|&&last| last < self.shown.len()) {
            self.cursor = Some(last);
            self.anchor = self.anchor.or(Some(last));
        }
    }

    pub(in crate::files) fn pick_all(&mut self) {
        self.selection = self.shown.iter().copied().collect();
    }

    pub(in crate::files) fn pick_none(&mut self) {
        self.selection.clear();
    }

    /// Moves the cursor; without one it begins at the near end.
    pub(in crate::files) fn step(&mut self, by: isize, how: Pick) {
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
    pub(in crate::files) fn type_ahead(&mut self, text: &str, now: f64) {
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
            self.at(position).is_some_and(|entry| last_name(&entry.name).to_lowercase().starts_with(&needle))
        });
        if let Some(position) = found {
            self.pick(position, Pick::Only);
            self.reveal += 1;
        }
    }
}
