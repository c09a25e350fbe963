//! The tabs of a terminal window: which there are, in which order, and which is seen.
//!
//! **Invariants** ([`Tabs::verify_invariants`]): at most [`MAX_TABS`]; the one that is seen is there unless none is;
//! no two have the same id.

use super::tab::{Tab, TabId};

/// Tabs of one window.
pub(super) const MAX_TABS: usize = 32;

/// See the module documentation.
#[derive(Default)]
pub(super) struct Tabs {
    list: Vec<Tab>,
    active: usize,
    next: u64,
}

/// What can be asked of the tabs of a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TabCommand {
    New,
    /// Asks first where something would be lost.
    Close(TabId),
    CloseNow(TabId),
    Select(TabId),
    /// So many places on; goes round.
    Step(isize),
    /// To this place.
    Move(TabId, usize),
}

impl Tabs {
    /// A name for a tab that is being made; `None` when there are as many as there may be.
    pub(super) fn next_id(&mut self) -> Option<TabId> {
        if self.list.len() >= MAX_TABS {
            return None;
        }
        self.next += 1;
        Some(TabId(self.next))
    }

    /// Adds a tab behind the one that is seen, and shows it.
    pub(super) fn open(&mut self, tab: Tab) {
        let at = if self.list.is_empty() { 0 } else { self.active + 1 };
        self.list.insert(at, tab);
        self.active = at;
    }

    /// Adds a tab at the end, and shows what was shown.
    pub(super) fn push(&mut self, tab: Tab) {
        self.list.push(tab);
    }

    /// Takes a tab out. Its right neighbour is seen then, else its left one.
    pub(super) fn take(&mut self, id: TabId) -> Option<Tab> {
        let at = self.place(id)?;
        let tab = self.list.remove(at);
        if at < self.active || self.active >= self.list.len() {
            self.active = self.active.saturating_sub(1);
        }
        Some(tab)
    }

    pub(super) fn select(&mut self, id: TabId) {
        if let Some(at) = self.place(id) {
            self.active = at;
        }
    }

    pub(super) fn select_at(&mut self, at: usize) {
        self.active = at.min(self.list.len().saturating_sub(1));
    }

    /// Goes so many places on, round.
    pub(super) fn step(&mut self, by: isize) {
        let count = isize::try_from(self.list.len()).unwrap_or(1).max(1);
        let at = (self.active.cast_signed() + by).rem_euclid(count);
        self.active = at.unsigned_abs();
    }

    /// Puts a tab at another place; what is seen stays seen.
    pub(super) fn put(&mut self, id: TabId, to: usize) {
        let seen = self.active().map(|tab| tab.id);
        if let Some(at) = self.place(id) {
            let tab = self.list.remove(at);
            self.list.insert(to.min(self.list.len()), tab);
        }
        if let Some(seen) = seen {
            self.select(seen);
        }
    }

    fn place(&self, id: TabId) -> Option<usize> {
        self.list.iter().position(|tab| tab.id == id)
    }

    pub(super) fn get(&self, id: TabId) -> Option<&Tab> {
        self.list.iter().find(|tab| tab.id == id)
    }

    pub(super) fn get_mut(&mut self, id: TabId) -> Option<&mut Tab> {
        self.list.iter_mut().find(|tab| tab.id == id)
    }

    pub(super) fn active(&self) -> Option<&Tab> {
        self.list.get(self.active)
    }

    pub(super) fn active_mut(&mut self) -> Option<&mut Tab> {
        self.list.get_mut(self.active)
    }

    pub(super) fn active_place(&self) -> usize {
        self.active
    }

    pub(super) fn len(&self) -> usize {
        self.list.len()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Tab> {
        self.list.iter()
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Tab> {
        self.list.iter_mut()
    }

    /// See the module documentation.
    #[cfg(test)]
    pub(super) fn verify_invariants(&self) {
        assert!(self.list.len() <= MAX_TABS);
        assert!(self.active < self.list.len().max(1), "{} of {}", self.active, self.list.len());
        let mut ids: Vec<_> = self.list.iter().map(|tab| tab.id).collect();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), self.list.len(), "ids are unique");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tabs(count: usize) -> (Tabs, Vec<TabId>) {
        let mut tabs = Tabs::default();
        let ids = (0..count).map(|_| tabs.next_id().unwrap()).collect::<Vec<_>>();
        for id in &ids {
            tabs.open(Tab::stopped(*id, None, ""));
            tabs.verify_invariants();
        }
        (tabs, ids)
    }

    fn seen(tabs: &Tabs) -> u64 {
        tabs.active().unwrap().id.0
    }

    #[test]
    fn closing_shows_the_neighbour_on_the_right() {
        let (mut tabs, ids) = tabs(3);
        tabs.select(ids[1]);
        assert!(tabs.take(ids[1]).is_some());
        assert_eq!(seen(&tabs), 3);
        assert!(tabs.take(ids[2]).is_some());
        assert_eq!(seen(&tabs), 1);
        assert!(tabs.take(ids[0]).is_some() && tabs.take(ids[0]).is_none());
        tabs.verify_invariants();
        assert!(tabs.active().is_none());
    }

    #[test]
    fn steps_go_round_and_moving_keeps_what_is_seen() {
        let (mut tabs, ids) = tabs(3);
        tabs.step(1);
        assert_eq!(seen(&tabs), 1);
        tabs.step(-1);
        assert_eq!(seen(&tabs), 3);
        tabs.put(ids[0], 99);
        assert_eq!(tabs.iter().map(|tab| tab.id.0).collect::<Vec<_>>(), [2, 3, 1]);
        assert_eq!(seen(&tabs), 3);
    }

    #[test]
    fn any_sequence_keeps_the_invariants() {
        let (mut tabs, mut ids) = tabs(4);
        // A small generator of its own, so that the sequence is the same each time.
        let mut state = 12345_u64;
        for _ in 0..2000 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let pick = (state >> 33) as usize;
            match pick % 5 {
                0 => {
                    if let Some(id) = tabs.next_id() {
                        tabs.open(Tab::stopped(id, None, ""));
                        ids.push(id);
                    }
                }
                1 => drop(tabs.take(ids[pick / 5 % ids.len()])),
                2 => tabs.step((pick / 5 % 7).cast_signed() - 3),
                3 => tabs.put(ids[pick / 5 % ids.len()], pick % 11),
                _ => tabs.select(ids[pick / 5 % ids.len()]),
            }
            tabs.verify_invariants();
        }
    }
}
