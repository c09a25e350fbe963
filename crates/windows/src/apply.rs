//! `apply`: one operation in, one outcome out, the law holds again.
//!
//! The flow is here; each operation's own work is a small function below or in the file of its
//! concept. Operations on the window of a running gesture end the gesture where it is.

use crate::cycle::Cycle;
use crate::desktop::{Desktop, MAX_WINDOWS, MENU_BAR_HEIGHT, MIN_FRAME};
use crate::dock::MAX_PINNED;
use crate::geometry::{Point, Rect, Size, sane_coordinate};
use crate::gesture::GestureKind;
use crate::op::{Op, OpenWindow, Outcome, Placement, Refusal, ResizeEdge};
use crate::placement::{CASCADE_STEP, centred};
use crate::window::{DEFAULT_SIZE, Window, WindowId, WindowState, sane_limits};
use crate::zone::{Direction, Seams, Span, Step, Zone};

/// Longest title and app id that are kept, in bytes.
const MAX_TEXT_BYTES: usize = 256;
/// The dock may take this much of the frame at most, in points.
const MAX_DOCK_HEIGHT: f32 = 120.0;

type Answer = Result<Outcome, Refusal>;

impl Desktop {
    /// Does `op`. Refused operations change nothing.
    pub fn apply(&mut self, op: Op) -> Outcome {
        let outcome = self.dispatch(op).unwrap_or_else(Outcome::Refused);
        if !matches!(outcome, Outcome::Refused(_) | Outcome::Unchanged) {
            self.settle();
            self.revision += 1;
        }
        debug_assert_eq!(self.verify_invariants(), Ok(()));
        outcome
    }

    fn dispatch(&mut self, op: Op) -> Answer {
        match op {
            Op::Open(open) => self.open(open),
            Op::Close { window } => self.close(window),
            Op::Focus { window } | Op::Restore { window } => self.focus(window),
            Op::FocusDesktop => Ok(self.focus_desktop()),
            Op::Minimise { window } => self.minimise(window),
            Op::ToggleZoom { window } => self.toggle_zoom(window),
            Op::ToggleFullScreen { window } => self.toggle_full_screen(window),
            Op::LeaveFullScreen { window } => self.leave_full_screen(window),
            Op::BeginDrag { window, pointer } => self.begin_drag(window, pointer),
            Op::BeginResize { window, edge, pointer } => self.begin_resize(window, edge, pointer),
            Op::DragTo { pointer, modifier } => {
                self.need_gesture()?;
                self.drag_to(pointer, modifier);
                Ok(Outcome::Changed)
            }
            Op::EndDrag => {
                self.need_gesture()?;
                self.end_gesture();
                Ok(Outcome::Changed)
            }
            Op::CancelDrag => {
                self.need_gesture()?;
                self.cancel_gesture();
                Ok(Outcome::Changed)
            }
            Op::MoveTo { window, position } => self.move_to(window, position),
            Op::ResizeTo { window, size } => self.resize_to(window, size),
            Op::Snap { window, zone } => self.snap(window, zone),
            Op::Unsnap { window } => self.unsnap(window),
            Op::SnapStep { window, direction } => self.snap_step(window, direction),
            Op::SetFrame { size } => Ok(self.set_frame(size)),
            Op::SetDockHeight { points } => Ok(self.set_dock_height(points)),
            Op::SetTitle { window, title } => self.set_title(window, title),
            Op::SetLimits { window, min_size, max_size } => self.set_limits(window, min_size, max_size),
            Op::CycleFocus(cycle) => self.cycle_focus(cycle),
            Op::Pin { app, index } => self.pin(app, index),
            Op::Unpin { app } => Ok(self.unpin(&app)),
        }
    }

    /// Puts back what nothing holds any more: seams in the middle when no window hangs on them.
    fn settle(&mut self) {
        if self.gesture.is_some() {
            return;
        }
        let hangs = |span_of: fn(Zone) -> Span| {
            let mut zones = self.windows.iter().filter_map(|window| window.zone);
            zones.any(|zone| span_of(zone) != Span::Both)
        };
        let middle = Seams::default();
        if !hangs(Zone::horizontal) {
            self.seams.x = middle.x;
        }
        if !hangs(Zone::vertical) {
            self.seams.y = middle.y;
        }
    }

    fn need(&self, id: WindowId) -> Result<usize, Refusal> {
        self.index_of(id).ok_or(Refusal::NoSuchWindow)
    }

    fn need_gesture(&self) -> Result<(), Refusal> {
        self.gesture.as_ref().map(|_| ()).ok_or(Refusal::NoGesture)
    }

    /// The window's index, if it is on screen with a frame around it.
    fn need_framed(&self, id: WindowId) -> Result<usize, Refusal> {
        let index = self.need(id)?;
        match self.windows[index].state() {
            WindowState::Minimised => Err(Refusal::Minimised),
            WindowState::FullScreen => Err(Refusal::FullScreen),
            WindowState::Normal | WindowState::Zoomed => Ok(index),
        }
    }

    /// Leaves the window where its gesture has brought it.
    fn drop_gesture_of(&mut self, id: WindowId) {
        if self.gesture.as_ref().is_some_and(|gesture| gesture.window == id) {
            self.gesture = None;
        }
    }
}

/// Opening, closing, focus.
impl Desktop {
    fn open(&mut self, open: OpenWindow) -> Answer {
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

    /// Where a new window goes; a remembered place may also snap or zoom it.
    fn first_place(&mut self, window: &mut Window, placement: Placement, size: Size) -> Rect {
        match placement {
            Placement::Auto => {
                if let Some(parent) = window.parent.and_then(|id| self.window(id)) {
                    centred(parent.rect, size)
                } else if let Some(place) = self.remembered_place(window) {
                    place
                } else {
                    self.cascade_place(size)
                }
            }
            Placement::Cascade => self.cascade_place(size),
            Placement::Centred => centred(self.work_area(), size),
            Placement::At(corner) => Rect::from_min_size(corner.sane(), size),
            Placement::Snapped(zone) => {
                window.zone = Some(zone);
                self.cascade_place(size)
            }
        }
    }

    /// Where the app was last closed. A second window of it does not hide the first: it goes one
    /// cascade step further, and is not snapped.
    fn remembered_place(&self, window: &mut Window) -> Option<Rect> {
        let place = self.places.of(&window.app)?;
        window.home = place.home;
        window.normal_rect = place.rect;
        let mut rect = self.rect_for(window);
        let taken = |corner: Point| {
            let others = self.windows.iter().filter(|other| other.app == window.app);
            others.clone().any(|other| other.normal_rect.min() == corner)
        };
        if self.windows.iter().all(|other| other.app != window.app) {
            window.zone = place.zone;
            window.zoomed = place.zoomed;
            return Some(rect);
        }
        for _ in 0..self.windows.len() {
            if !taken(rect.min()) {
                break;
            }
            rect.x += CASCADE_STEP;
            rect.y += CASCADE_STEP;
        }
        // Past the end of the work area the cascade takes over.
        self.work_area().encloses(rect).then_some(rect)
    }

    fn close(&mut self, id: WindowId) -> Answer {
        let index = self.need(id)?;
        let closed = self.family_of(id);
        if self.windows[index].parent.is_none() {
            self.places.remember(&self.windows[index]);
        }
        let had_focus = closed.iter().any(|id| self.is_focused(*id));
        self.windows.retain(|window| !closed.contains(&window.id));
        for id in &closed {
            self.drop_gesture_of(*id);
        }
        self.prune_cycle(&closed);
        self.forget_ended();
        self.desktop_focused &= !had_focus;
        Ok(Outcome::Closed(closed))
    }

    fn focus(&mut self, id: WindowId) -> Answer {
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
    fn raise(&mut self, id: WindowId) {
        self.desktop_focused = false;
        let family = self.family_of(self.root_of(id));
        self.set_minimised(&family, false);
        self.move_to_top(&family);
        let own = self.family_of(id);
        self.move_to_top(&own);
    }

    fn move_to_top(&mut self, family: &[WindowId]) {
        // Stable, so the family keeps its own order.
        self.windows.sort_by_key(|window| family.contains(&window.id));
    }

    /// Answers whether anything changed.
    fn set_minimised(&mut self, family: &[WindowId], minimised: bool) -> bool {
        let mut changed = false;
        for window in self.windows.iter_mut().filter(|window| family.contains(&window.id)) {
            changed |= window.minimised != minimised;
            window.minimised = minimised;
        }
        changed
    }

    fn focus_desktop(&mut self) -> Outcome {
        if self.desktop_focused {
            return Outcome::Unchanged;
        }
        self.desktop_focused = true;
        Outcome::Changed
    }

    fn minimise(&mut self, id: WindowId) -> Answer {
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

    fn cycle_focus(&mut self, cycle: Cycle) -> Answer {
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

/// Zones, zoom, full screen, place and size.
impl Desktop {
    fn toggle_zoom(&mut self, id: WindowId) -> Answer {
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

    fn toggle_full_screen(&mut self, id: WindowId) -> Answer {
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

    fn leave_full_screen(&mut self, id: WindowId) -> Answer {
        let index = self.need(id)?;
        if !self.windows[index].full_screen {
            return Ok(Outcome::Unchanged);
        }
        self.windows[index].full_screen = false;
        self.refit(id);
        Ok(Outcome::Changed)
    }

    fn begin_drag(&mut self, id: WindowId, pointer: Point) -> Answer {
        self.need_framed(id)?;
        self.begin(id, GestureKind::Move, pointer)
    }

    fn begin_resize(&mut self, id: WindowId, edge: ResizeEdge, pointer: Point) -> Answer {
        let index = self.need_framed(id)?;
        if !self.windows[index].is_resizable() {
            return Err(Refusal::NotResizable);
        }
        self.begin(id, GestureKind::Resize(edge), pointer)
    }

    fn begin(&mut self, id: WindowId, kind: GestureKind, pointer: Point) -> Answer {
        self.gesture = None;
        self.raise(id);
        let index = self.need(id)?;
        self.begin_gesture(index, kind, pointer);
        Ok(Outcome::Changed)
    }

    fn move_to(&mut self, id: WindowId, position: Point) -> Answer {
        let index = self.need_framed(id)?;
        self.drop_gesture_of(id);
        let window = &mut self.windows[index];
        (window.zone, window.zoomed) = (None, false);
        let size = window.normal_rect.size();
        self.set_wish(id, Rect::from_min_size(position.sane(), size));
        Ok(Outcome::Changed)
    }

    fn resize_to(&mut self, id: WindowId, size: Size) -> Answer {
        let index = self.need_framed(id)?;
        self.drop_gesture_of(id);
        let window = &mut self.windows[index];
        (window.zone, window.zoomed) = (None, false);
        let wish = Rect::from_min_size(window.rect.min(), window.clamp_size(size.sane()));
        self.set_wish(id, wish);
        Ok(Outcome::Changed)
    }

    fn snap(&mut self, id: WindowId, zone: Zone) -> Answer {
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

    fn unsnap(&mut self, id: WindowId) -> Answer {
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

    fn snap_step(&mut self, id: WindowId, direction: Direction) -> Answer {
        let index = self.need_framed(id)?;
        let window = &self.windows[index];
        let from = if window.zoomed { Some(Zone::Full) } else { window.zone };
        match direction.step(from) {
            Step::To(zone) => self.snap(id, zone),
            Step::Normal => self.unsnap(id),
        }
    }

    fn set_limits(&mut self, id: WindowId, min: Option<Size>, max: Option<Size>) -> Answer {
        let index = self.need(id)?;
        let window = &mut self.windows[index];
        (window.min_size, window.max_size) = sane_limits(min, max);
        let size = window.clamp_size(window.normal_rect.size());
        window.normal_rect = Rect::from_min_size(window.normal_rect.min(), size);
        self.refit(id);
        Ok(Outcome::Changed)
    }

    fn set_title(&mut self, id: WindowId, title: String) -> Answer {
        let index = self.need(id)?;
        let title = bounded(title);
        if self.windows[index].title == title {
            return Ok(Outcome::Unchanged);
        }
        self.windows[index].title = title;
        Ok(Outcome::Changed)
    }
}

/// Frame and dock.
impl Desktop {
    fn set_frame(&mut self, size: Size) -> Outcome {
        let size = size.sane().at_least(MIN_FRAME);
        if self.frame == size {
            return Outcome::Unchanged;
        }
        self.frame = size;
        self.refit_all();
        Outcome::Changed
    }

    fn set_dock_height(&mut self, points: f32) -> Outcome {
        let points = sane_coordinate(points).clamp(0.0, MAX_DOCK_HEIGHT);
        if self.dock_height == points {
            return Outcome::Unchanged;
        }
        self.dock_height = points;
        self.refit_all();
        Outcome::Changed
    }

    fn pin(&mut self, app: String, index: Option<usize>) -> Answer {
        let app = bounded(app);
        if app.is_empty() {
            return Err(Refusal::NoApp);
        }
        let pinned = &mut self.dock.pinned;
        let at = pinned.iter().position(|pinned| *pinned == app);
        if at.is_none() && pinned.len() >= MAX_PINNED {
            return Err(Refusal::TooManyPinned);
        }
        if let Some(at) = at {
            pinned.remove(at);
        }
        let to = index.unwrap_or(pinned.len()).min(pinned.len());
        pinned.insert(to, app);
        Ok(if at == Some(to) { Outcome::Unchanged } else { Outcome::Changed })
    }

    fn unpin(&mut self, app: &str) -> Outcome {
        let before = self.dock.pinned.len();
        self.dock.pinned.retain(|pinned| pinned != app);
        if self.dock.pinned.len() == before { Outcome::Unchanged } else { Outcome::Changed }
    }
}

/// Cut to [`MAX_TEXT_BYTES`] at a character boundary, without control characters.
pub(crate) fn bounded(mut text: String) -> String {
    text.retain(|character| !character.is_control());
    text.truncate(text.floor_char_boundary(MAX_TEXT_BYTES));
    text
}

// The smallest frame must leave room for a title bar under the menu bar and over any dock.
const _: () = assert!(MIN_FRAME.height - MENU_BAR_HEIGHT - MAX_DOCK_HEIGHT > 34.0);
