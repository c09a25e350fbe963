//! What a click selects: alone it selects one, with Ctrl it toggles, with Shift it extends from the anchor.

use super::RowClick;
use std::collections::BTreeSet;

/// Selected rows, by index.
///
/// **Invariant** (`verify_invariants`): no index is at or above the number of rows it was last clamped to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RowSelection {
    rows: BTreeSet<usize>,
    anchor: Option<usize>,
}

impl RowSelection {
    /// Applies a click.
    pub fn click(&mut self, click: RowClick) {
        let row = click.row;
        match self.anchor {
            Some(anchor) if click.modifiers.shift => {
                if !click.modifiers.command {
                    self.rows.clear();
                }
                self.rows.extend(anchor.min(row)..=anchor.max(row));
            }
            _ if click.modifiers.command => {
                if !self.rows.remove(&row) {
                    self.rows.insert(row);
                }
                self.anchor = Some(row);
            }
            _ => self.select_only(row),
        }
    }

    /// Selects one row.
    pub fn select_only(&mut self, row: usize) {
        self.rows.clear();
        self.rows.insert(row);
        self.anchor = Some(row);
    }

    /// Selects the first `count` rows.
    pub fn select_all(&mut self, count: usize) {
        self.rows = (0..count).collect();
    }

    /// Selects nothing.
    pub fn clear(&mut self) {
        self.rows.clear();
        self.anchor = None;
    }

    /// Forgets rows that are no more.
    pub fn clamp(&mut self, count: usize) {
        self.rows.retain(|row| *row < count);
        self.anchor = self.anchor.filter(|row| *row < count);
        debug_assert_eq!(self.verify_invariants(count), Ok(()));
    }

    /// Whether a row is selected.
    #[must_use]
    pub fn contains(&self, row: usize) -> bool {
        self.rows.contains(&row)
    }

    /// Selected rows, in order.
    pub fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        self.rows.iter().copied()
    }

    /// How many are selected.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether nothing is selected.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Checks the law in the type's documentation.
    ///
    /// # Errors
    /// Says which row is too large.
    pub fn verify_invariants(&self, count: usize) -> Result<(), String> {
        match self.rows.iter().chain(self.anchor.iter()).find(|row| **row >= count) {
            Some(row) => Err(format!("row {row} of {count}")),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use egui::Modifiers;

    #[test]
    fn clicks_select_as_people_know_it() {
        let mut selection = RowSelection::default();
        let mut click = |row, modifiers| {
            selection.click(RowClick { row, modifiers });
            selection.iter().collect::<Vec<_>>()
        };
        assert_eq!(click(3, Modifiers::NONE), [3]);
        assert_eq!(click(6, Modifiers::SHIFT), [3, 4, 5, 6]);
        assert_eq!(click(2, Modifiers::SHIFT), [2, 3]);
        assert_eq!(click(9, Modifiers::COMMAND), [2, 3, 9]);
        assert_eq!(click(3, Modifiers::COMMAND), [2, 9]);
        assert_eq!(click(1, Modifiers::NONE), [1]);
        selection.select_all(10);
        selection.clamp(4);
        assert_eq!(selection.len(), 4);
    }
}
