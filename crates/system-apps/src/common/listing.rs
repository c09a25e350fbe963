//! What a model keeps of a table: which rows are shown in which order, what is typed to find some, which is chosen.
//!
//! The rows are the model's own; a [`Listing`] holds their places and the key of the chosen one, so that a choice
//! stays on its row when rows come, go and change places.
//!
//! **Invariants**: `shown` holds each place at most once, and only places of rows that were there at the last
//! [`Listing::arrange`].

use super::table::Sort;
use std::cmp::Ordering;

/// See the module documentation.
#[derive(Clone, Debug)]
pub(crate) struct Listing<K> {
    /// Places of rows, in the order of the screen.
    pub(crate) shown: Vec<usize>,
    pub(crate) selected: Option<K>,
    pub(crate) sort: Sort,
    /// As it was typed.
    pub(crate) filter: String,
    /// Raised when the chosen row should be scrolled into view.
    pub(crate) reveal: u64,
}

impl<K: Copy + PartialEq> Listing<K> {
    /// Nothing is shown or chosen.
    pub(crate) fn new(column: usize, descending: bool) -> Self {
        Listing {
            shown: Vec::new(),
            selected: None,
            sort: Sort { column, descending },
            filter: String::new(),
            reveal: 0,
        }
    }

    /// What rows must contain, as it is compared: without case and spaces around.
    pub(crate) fn needle(&self) -> String {
        self.filter.trim().to_lowercase()
    }

    /// Shows those of `count` rows that fit, in the order of `compare`; equal rows never change places.
    pub(crate) fn arrange(
        &mut self,
        count: usize,
        fits: impl Fn(usize) -> bool,
        compare: impl Fn(usize, usize) -> Ordering,
    ) {
        let mut shown: Vec<usize> = (0..count).filter(|&place| fits(place)).collect();
        let descending = self.sort.descending;
        shown.sort_by(|&a, &b| {
            let order = compare(a, b);
            if descending { order.reverse() } else { order }
        });
        self.shown = shown;
    }

    /// Chooses a row; whether it is another one than before.
    pub(crate) fn pick(&mut self, key: K) -> bool {
        let changed = self.selected != Some(key);
        self.selected = Some(key);
        changed
    }

    /// Where on the screen the chosen row is.
    pub(crate) fn chosen_at(&self, key_of: impl Fn(usize) -> K) -> Option<usize> {
        let key = self.selected?;
        self.shown.iter().position(|&place| key_of(place) == key)
    }

    /// Moves the choice up or down the screen; without one it begins at the top, or at the end on the way up.
    pub(crate) fn step(&mut self, by: isize, key_of: impl Fn(usize) -> K) {
        let Some(last) = self.shown.len().checked_sub(1) else { return };
        let to = match self.chosen_at(&key_of) {
            Some(at) => at.saturating_add_signed(by).min(last),
            None if by < 0 => last,
            None => usize::try_from(by - 1).unwrap_or(0).min(last),
        };
        self.selected = Some(key_of(self.shown[to]));
        self.reveal += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_stays_on_its_row() {
        let names = ["pear", "apple", "plum"];
        let mut listing: Listing<&str> = Listing::new(0, false);
        let by_name = |a: usize, b: usize| names[a].cmp(names[b]);
        listing.arrange(3, |_| true, by_name);
        assert_eq!(listing.shown, [1, 0, 2]);
        listing.step(1, |place| names[place]);
        assert_eq!((listing.selected, listing.reveal), (Some("apple"), 1));
        listing.step(isize::MAX / 2, |place| names[place]);
        assert_eq!(listing.selected, Some("plum"));
        listing.sort.descending = true;
        listing.arrange(3, |place| names[place].starts_with('p'), by_name);
        assert_eq!(listing.shown, [2, 0]);
        assert_eq!(listing.chosen_at(|place| names[place]), Some(0));
        listing.arrange(3, |_| false, by_name);
        listing.step(1, |place| names[place]);
        assert_eq!((listing.selected, listing.chosen_at(|place| names[place])), (Some("plum"), None));
    }
}
