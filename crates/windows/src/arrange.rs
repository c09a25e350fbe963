//! Zones, zoom, full screen, place and size of one window; frame and dock height for all of them.

use crate::apply::{Answer, bounded};
use crate::desktop::{Desktop, MENU_BAR_HEIGHT, MIN_FRAME};
use crate::geometry::{Point, Rect, Size, sane_coordinate};
use crate::gesture::GestureKind;
use crate::op::{Outcome, Refusal, ResizeEdge};
use crate::window::{WindowId, WindowState, sane_limits};
use crate::zone::{Direction, Step, Zone};

/// The dock may take this much of the frame at most, in points.
const MAX_DOCK_HEIGHT: f32 = 120.0;

// The smallest frame must leave room for a title bar under the menu bar and over any dock.
const _: () = assert!(MIN_FRAME.height - MENU_BAR_HEIGHT - MAX_DOCK_HEIGHT > 34.0);

impl Desktop {
    /// The window's index, if it is on screen with a frame around it.
    fn need_framed(&self, id: WindowId) -> Result<usize, Refusal> {
        let index = self.need(id)?;
        match self.windows[index].state() {
            WindowState::Minimised => Err(Refusal::Minimised),
            WindowState::FullScreen => Err(Refusal::FullScreen),
            WindowState::Normal | WindowState::Zoomed => Ok(index),
        }
    }

    pub(crate) fn toggle_zoom(&mut self, id: WindowId) -> Answer {
        let index = self.need_framed(id)?;
        self.drop_gesture_of(id);
        let window = &mut self.windows[index];
        if window.zone == Some(Zone::Full) {
            window.zone = None;
            window.zoomed = false;
        } else {
            window.zoomed = !window.zoomed;
        }
        self.refit(id);
        Ok(Outcome::Changed)
    }

    pub(crate) fn toggle_full_screen(&mut self, id: WindowId) -> Answer {
        let index = self.need(id)?;
        if self.windows[index].minimised {
            return Err(Refusal::Minimised);
        }
        self.drop_gesture_of(id);
        self.windows[index].full_screen = !self.windows[index].full_screen;
        self.refit(id);
        self.raise(id);
        Ok(Outcome::Changed)
    }

    pub(crate) fn leave_full_screen(&mut self, id: WindowId) -> Answer {
        let index = self.need(id)?;
        if !self.windows[index].full_screen {
            return Ok(Outcome::Unchanged);
        }
        self.windows[index].full_screen = false;
        self.refit(id);
        Ok(Outcome::Changed)
    }

    pub(crate) fn begin_drag(&mut self, id: WindowId, pointer: Point) -> Answer {
        self.need_framed(id)?;
        self.begin(id, GestureKind::Move, pointer)
    }

    pub(crate) fn begin_resize(&mut self, id: WindowId, edge: ResizeEdge, pointer: Point) -> Answer {
        let index = self.need_framed(id)?;
        if !self.windows[index].is_resizable() {
            return Err(Refusal::NotResizable);
        }
        self.begin(id, GestureKind::Resize(edge), pointer)
    }

    pub(crate) fn begin(&mut self, id: WindowId, kind: GestureKind, pointer: Point) -> Answer {
        self.gesture = None;
        self.raise(id);
        let index = self.need(id)?;
        self.begin_gesture(index, kind, pointer);
        Ok(Outcome::Changed)
    }

    pub(crate) fn move_to(&mut self, id: WindowId, position: Point) -> Answer {
        let index = self.need_framed(id)?;
        self.drop_gesture_of(id);
        let window = &mut self.windows[index];
        (window.zone, window.zoomed) = (None, false);
        let size = window.normal_rect.size();
        self.set_wish(id, Rect::from_min_size(position.sane(), size));
        Ok(Outcome::Changed)
    }

    pub(crate) fn resize_to(&mut self, id: WindowId, size: Size) -> Answer {
        let index = self.need_framed(id)?;
        self.drop_gesture_of(id);
        let window = &mut self.windows[index];
        (window.zone, window.zoomed) = (None, false);
        let wish = Rect::from_min_size(window.rect.min(), window.clamp_size(size.sane()));
        self.set_wish(id, wish);
        Ok(Outcome::Changed)
    }

    pub(crate) fn snap(&mut self, id: WindowId, zone: Zone) -> Answer {
        let index = self.need_framed(id)?;
        self.drop_gesture_of(id);
        let window = &mut self.windows[index];
        if window.zone == Some(zone) && !window.zoomed {
            return Ok(Outcome::Unchanged);
        }
        (window.zone, window.zoomed) = (Some(zone), false);
        self.refit(id);
        Ok(Outcome::Changed)
    }

    pub(crate) fn unsnap(&mut self, id: WindowId) -> Answer {
        let index = self.need_framed(id)?;
        self.drop_gesture_of(id);
        let window = &mut self.windows[index];
        if window.is_free() {
            return Ok(Outcome::Unchanged);
        }
        (window.zone, window.zoomed) = (None, false);
        self.refit(id);
        Ok(Outcome::Changed)
    }

    pub(crate) fn snap_step(&mut self, id: WindowId, direction: Direction) -> Answer {
        let index = self.need_framed(id)?;
        let window = &self.windows[index];
        let from = if window.zoomed { Some(Zone::Full) } else { window.zone };
        match direction.step(from) {
            Step::To(zone) => self.snap(id, zone),
            Step::Normal => self.unsnap(id),
        }
    }

    pub(crate) fn set_limits(&mut self, id: WindowId, min: Option<Size>, max: Option<Size>) -> Answer {
        let index = self.need(id)?;
        let window = &mut self.windows[index];
        (window.min_size, window.max_size) = sane_limits(min, max);
        let size = window.clamp_size(window.normal_rect.size());
        window.normal_rect = Rect::from_min_size(window.normal_rect.min(), size);
        self.refit(id);
        Ok(Outcome::Changed)
    }

    pub(crate) fn set_title(&mut self, id: WindowId, title: String) -> Answer {
        let index = self.need(id)?;
        let title = bounded(title);
        if self.windows[index].title == title {
            return Ok(Outcome::Unchanged);
        }
        self.windows[index].title = title;
        Ok(Outcome::Changed)
    }

    pub(crate) fn set_frame(&mut self, size: Size) -> Outcome {
        let size = size.sane().at_least(MIN_FRAME);
        if self.frame == size {
            return Outcome::Unchanged;
        }
        self.frame = size;
        self.refit_all();
        Outcome::Changed
    }

    pub(crate) fn set_dock_height(&mut self, points: f32) -> Outcome {
        let points = sane_coordinate(points).clamp(0.0, MAX_DOCK_HEIGHT);
        if self.dock_height == points {
            return Outcome::Unchanged;
        }
        self.dock_height = points;
        self.refit_all();
        Outcome::Changed
    }
}
