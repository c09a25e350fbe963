//! The window switcher (Alt+Tab): a list of windows, most recently used first, and a selection.
//!
//! The list is taken when the switcher opens, so it does not move under the selection; windows
//! that close meanwhile leave it.

use serde::{Deserialize, Serialize};

use crate::desktop::Desktop;
use crate::window::WindowId;

/// What the switcher's keys ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cycle {
    /// Opens the switcher if needed, and selects the next less recent window.
    Forward,
    /// Opens the switcher if needed, and selects the other way.
    Backward,
    /// Selects this window (the pointer is over it).
    Select(WindowId),
    /// Focuses the selected window and closes the switcher.
    Commit,
    /// Closes the switcher, nothing happens.
    Cancel,
}

/// The open switcher.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CycleState {
    /// Windows without a parent, most recently used first, minimised ones last. Never empty.
    pub windows: Vec<WindowId>,
    /// Index into `windows`.
    pub selected: usize,
}

impl CycleState {
    pub fn selected_window(&self) -> WindowId {
        self.windows[self.selected]
    }

    fn step(&mut self, forward: bool) {
        let count = self.windows.len();
        let by = if forward { 1 } else { count - 1 };
        self.selected = (self.selected + by) % count;
    }
}

impl Desktop {
    /// Opens the switcher on the window that is focused now. `None` when there are no windows.
    pub(crate) fn begin_cycle(&self, forward: bool) -> Option<CycleState> {
        let windows: Vec<_> = self
            .windows
            .iter()
            .rev()
            .filter(|window| window.parent.is_none())
            .map(|window| window.id)
            .collect();
        if windows.is_empty() {
            return None;
        }
        let mut state = CycleState { windows, selected: 0 };
        // With nothing focused the first step goes to the most recent window itself.
        if self.focused().is_some() || !forward {
            state.step(forward);
        }
        Some(state)
    }

    pub(crate) fn step_cycle(&mut self, forward: bool) -> bool {
        if let Some(state) = &mut self.cycle {
            state.step(forward);
        } else {
            self.cycle = self.begin_cycle(forward);
        }
        self.cycle.is_some()
    }

    /// Takes closed windows out of the switcher.
    pub(crate) fn prune_cycle(&mut self, closed: &[WindowId]) {
        let Some(mut state) = self.cycle.take() else { return };
        let selected = state.selected_window();
        state.windows.retain(|id| !closed.contains(id));
        if state.windows.is_empty() {
            return;
        }
        let last = state.windows.len() - 1;
        let found = state.windows.iter().position(|id| *id == selected);
        state.selected = found.unwrap_or(state.selected).min(last);
        self.cycle = Some(state);
    }
}
