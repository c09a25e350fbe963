//! Opening, closing, focusing and minimising: everything that changes the stack of windows.
//!
//! The stack is the list itself. All moves in it are stable sorts, so families (a window and its
//! dialogs) keep their own order.

use crate::apply::{Answer, bounded};
use crate::cycle::Cycle;
use crate::desktop::{Desktop, MAX_WINDOWS};
use crate::geometry::{Rect, Size};
use crate::op::{OpenWindow, Outcome, Refusal};
use crate::window::{DEFAULT_SIZE, Window, WindowId, sane_limits};

impl Desktop {
    pub(crate) fn open(&mut self, open: OpenWindow) -> Answer {
        if self.windows.len() >= MAX_WINDOWS {
            return Err(Refusal::TooManyWindows);
        }
        let app = bounded(open.app);
        if app.is_empty() {
            return Err(Refusal::NoApp);
        }
        if let Some(parent) = open.parent {
            self.need(parent)?;
        }
        let id = WindowId(self.next_id);
        self.next_id += 1;
        let work = self.work_area();
        let (min_size, max_size) = sane_limits(open.min_size, open.max_size);
        let mut window = Window {
            id,
            app,
            title: bounded(open.title),
            rect: Rect::default(),
            normal_rect: Rect::default(),
            zone: None,
            min_size,
            max_size,
            parent: open.parent,
            home: work,
            minimised: false,
            zoomed: false,
            full_screen: false,
        };
        let size = open.size.map_or(DEFAULT_SIZE, Size::sane).at_most(work.size());
        let size = window.clamp_size(size);
        window.normal_rect = Rect::from_min_size(work.min(), size);
        let place = self.first_place(&mut window, open.placement, size);
        self.note_running(&window.app);
        self.windows.push(window);
        self.set_wish(id, place);
        self.raise(id);
        Ok(Outcome::Opened(id))
    }

    pub(crate) fn close(&mut self, id: WindowId) -> Answer {
        let index = self.need(id)?;
        let closed = self.family_of(id);
        if self.windows[index].parent.is_none() {
            self.places.remember(&self.windows[index]);
        }
        self.windows.retain(|window| !closed.contains(&window.id));
        for id in &closed {
            self.drop_gesture_of(*id);
        }
        self.prune_cycle(&closed);
        self.forget_ended();
        Ok(Outcome::Closed(closed))
    }

    pub(crate) fn focus(&mut self, id: WindowId) -> Answer {
        self.need(id)?;
        let before = self.focused().map(|window| window.id);
        let family = self.family_of(self.root_of(id));
        let was_minimised = self.set_minimised(&family, false);
        self.raise(id);
        let same = before == self.focused().map(|window| window.id) && !was_minimised;
        Ok(if same { Outcome::Unchanged } else { Outcome::Changed })
    }

    /// Brings the window's family to the top, the window and its dialogs last of it, and gives it
    /// the focus. Restores a family that is minimised, for a new dialog of it.
    pub(crate) fn raise(&mut self, id: WindowId) {
        self.desktop_focused = false;
        let family = self.family_of(self.root_of(id));
        self.set_minimised(&family, false);
        self.move_to_top(&family);
        let own = self.family_of(id);
        self.move_to_top(&own);
    }

    pub(crate) fn move_to_top(&mut self, family: &[WindowId]) {
        // Stable, so the family keeps its own order.
        self.windows.sort_by_key(|window| family.contains(&window.id));
    }

    /// Answers whether anything changed.
    pub(crate) fn set_minimised(&mut self, family: &[WindowId], minimised: bool) -> bool {
        let mut changed = false;
        for window in self.windows.iter_mut().filter(|window| family.contains(&window.id)) {
            changed |= window.minimised != minimised;
            window.minimised = minimised;
        }
        changed
    }

    pub(crate) fn focus_desktop(&mut self) -> Outcome {
        if self.desktop_focused {
            return Outcome::Unchanged;
        }
        self.desktop_focused = true;
        Outcome::Changed
    }

    pub(crate) fn minimise(&mut self, id: WindowId) -> Answer {
        self.need(id)?;
        let family = self.family_of(self.root_of(id));
        if !self.set_minimised(&family, true) {
            return Ok(Outcome::Unchanged);
        }
        for id in &family {
            self.drop_gesture_of(*id);
        }
        // Above the windows that were minimised earlier, below all others.
        self.windows
            .sort_by_key(|window| (!window.minimised, window.minimised && family.contains(&window.id)));
        Ok(Outcome::Changed)
    }

    pub(crate) fn cycle_focus(&mut self, cycle: Cycle) -> Answer {
        match cycle {
            Cycle::Forward | Cycle::Backward => {
                let forward = cycle == Cycle::Forward;
                let open = self.step_cycle(forward);
                return Ok(if open { Outcome::Changed } else { Outcome::Unchanged });
            }
            Cycle::Select(window) => {
                let state = self.cycle.as_mut().ok_or(Refusal::NoCycle)?;
                let found = state.windows.iter().position(|id| *id == window);
                state.selected = found.ok_or(Refusal::NoSuchWindow)?;
            }
            Cycle::Commit => {
                let state = self.cycle.take().ok_or(Refusal::NoCycle)?;
                self.focus(state.selected_window())?;
            }
            Cycle::Cancel => {
                self.cycle.take().ok_or(Refusal::NoCycle)?;
            }
        }
        Ok(Outcome::Changed)
    }
}
