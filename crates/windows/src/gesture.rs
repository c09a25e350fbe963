//! Dragging and resizing by pointer, from press to release.
//!
//! One gesture at a time. It keeps what is needed to put everything back (Esc), and works from the
//! pointer's whole way since the press, so nothing accumulates.

use crate::desktop::{Desktop, TITLE_BAR_HEIGHT};
use crate::geometry::{Point, Rect};
use crate::op::{ResizeEdge, SnapModifier};
use crate::window::{Window, WindowId};
use crate::zone::{Seams, Span, Zone};

/// A press becomes a drag when the pointer has gone this far, in points.
pub const DRAG_SLOP: f32 = 4.0;

/// What the pointer does to the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GestureKind {
    Move,
    Resize(ResizeEdge),
}

/// A press, what was before it, and what has become of it.
#[derive(Debug, Clone)]
pub(crate) struct Gesture {
    pub(crate) window: WindowId,
    pub(crate) kind: GestureKind,
    /// Where the pointer was pressed.
    pressed: Point,
    /// The window's rectangle that the pointer's way is added to.
    start: Rect,
    /// Whether the pointer has left the slop.
    moving: bool,
    pub(crate) preview: Option<Zone>,
    before: Before,
}

/// What Esc restores.
#[derive(Debug, Clone)]
struct Before {
    normal_rect: Rect,
    home: Rect,
    zone: Option<Zone>,
    zoomed: bool,
    seams: Seams,
}

impl Before {
    fn of(window: &Window, seams: Seams) -> Self {
        Self {
            normal_rect: window.normal_rect,
            home: window.home,
            zone: window.zone,
            zoomed: window.zoomed,
            seams,
        }
    }
}

impl Desktop {
    pub(crate) fn begin_gesture(&mut self, index: usize, kind: GestureKind, pointer: Point) {
        let window = &self.windows[index];
        self.gesture = Some(Gesture {
            window: window.id,
            kind,
            pressed: pointer.sane(),
            start: window.rect,
            moving: false,
            preview: None,
            before: Before::of(window, self.seams),
        });
    }

    /// Follows the pointer.
    pub(crate) fn drag_to(&mut self, pointer: Point, modifier: SnapModifier) {
        let pointer = pointer.sane();
        let Some(mut gesture) = self.gesture.take() else { return };
        if !gesture.moving && gesture.pressed.distance(pointer) >= DRAG_SLOP {
            gesture.moving = true;
            if gesture.kind == GestureKind::Move {
                self.tear_off(&mut gesture);
            }
        }
        if gesture.moving {
            match gesture.kind {
                GestureKind::Move => self.follow_move(&mut gesture, pointer, modifier),
                GestureKind::Resize(edge) => self.follow_resize(&gesture, edge, pointer),
            }
        }
        self.gesture = Some(gesture);
    }

    /// Frees a snapped or zoomed window at its normal size, under the pointer: the pointer keeps
    /// its height in the title bar and its fraction of the width.
    fn tear_off(&mut self, gesture: &mut Gesture) {
        let Some(index) = self.index_of(gesture.window) else { return };
        let window = &mut self.windows[index];
        if window.is_free() {
            return;
        }
        (window.zone, window.zoomed) = (None, false);
        let size = window.normal_rect.size();
        let fraction = (gesture.pressed.x - gesture.start.x) / gesture.start.width;
        let down = (gesture.pressed.y - gesture.start.y).clamp(0.0, TITLE_BAR_HEIGHT);
        let x = gesture.pressed.x - size.width * fraction.clamp(0.0, 1.0);
        let corner = Point::new(x, gesture.pressed.y - down);
        gesture.start = Rect::from_min_size(corner.sane(), size);
    }

    fn follow_move(&mut self, gesture: &mut Gesture, pointer: Point, modifier: SnapModifier) {
        let mut wish = gesture.start;
        wish.x += pointer.x - gesture.pressed.x;
        wish.y += pointer.y - gesture.pressed.y;
        self.set_wish(gesture.window, wish);
        let halves = modifier == SnapModifier::Halves;
        gesture.preview = Zone::at_pointer(pointer, self.work_area(), halves);
    }

    fn follow_resize(&mut self, gesture: &Gesture, edge: ResizeEdge, pointer: Point) {
        let Some(index) = self.index_of(gesture.window) else { return };
        if let Some(zone) = gesture.before.zone
            && only_seams_move(zone, edge)
        {
            let by = Point::new(pointer.x - gesture.pressed.x, pointer.y - gesture.pressed.y);
            self.move_seams(gesture.before.seams, edge, by);
            return;
        }
        // An outer edge of a snapped window: it is freed where it is.
        let work = self.work_area();
        let window = &mut self.windows[index];
        (window.zone, window.zoomed) = (None, false);
        let by = Point::new(pointer.x - gesture.pressed.x, pointer.y - gesture.pressed.y);
        let wish = resized(window, gesture.start, edge, by, work);
        self.set_wish(gesture.window, wish);
    }

    /// Moves the seams that `edge` is on by `by` from where they were, as far as the windows that
    /// hang on them can shrink.
    fn move_seams(&mut self, before: Seams, edge: ResizeEdge, by: Point) {
        let work = self.work_area();
        let mut seams = before;
        if edge.is_left() || edge.is_right() {
            let wish = before.x_in(work) + by.x;
            let hanging = |zone: Zone| zone.horizontal();
            let room = self.seam_room(hanging, |window| window.min_size.width, work.x, work.right());
            seams.x = within(wish, room).map_or(self.seams.x, |x| (x - work.x) / work.width);
        }
        if edge.is_top() || edge.is_bottom() {
            let wish = before.y_in(work) + by.y;
            let hanging = |zone: Zone| zone.vertical();
            let room = self.seam_room(hanging, |window| window.min_size.height, work.y, work.bottom());
            seams.y = within(wish, room).map_or(self.seams.y, |y| (y - work.y) / work.height);
        }
        self.seams = seams.sane();
        self.refit_all();
    }

    /// Lowest and highest position of a seam between `start` and `end`.
    fn seam_room(
        &self,
        span_of: impl Fn(Zone) -> Span,
        min_of: impl Fn(&Window) -> f32,
        start: f32,
        end: f32,
    ) -> (f32, f32) {
        let (mut low, mut high) = (start, end);
        for window in self.visible() {
            match window.zone.map(&span_of) {
                Some(Span::Start) => low = low.max(start + min_of(window)),
                Some(Span::End) => high = high.min(end - min_of(window)),
                Some(Span::Both) | None => {}
            }
        }
        (low, high)
    }

    /// Release: snaps to the previewed zone.
    pub(crate) fn end_gesture(&mut self) {
        let Some(gesture) = self.gesture.take() else { return };
        if let Some(zone) = gesture.preview
            && let Some(index) = self.index_of(gesture.window)
        {
            // Unsnap goes back to the place before the drag, not to the screen's edge.
            let window = &mut self.windows[index];
            // Limits may have changed meanwhile, as in `set_limits`.
            let before = gesture.before.normal_rect;
            window.normal_rect = Rect::from_min_size(before.min(), window.clamp_size(before.size()));
            window.home = gesture.before.home;
            window.zone = Some(zone);
            self.refit(gesture.window);
        }
    }

    /// Esc: everything as before the press.
    pub(crate) fn cancel_gesture(&mut self) {
        let Some(gesture) = self.gesture.take() else { return };
        if let Some(index) = self.index_of(gesture.window) {
            let window = &mut self.windows[index];
            // Limits may have changed meanwhile, as in `set_limits`.
            let before = gesture.before.normal_rect;
            window.normal_rect = Rect::from_min_size(before.min(), window.clamp_size(before.size()));
            window.home = gesture.before.home;
            window.zone = gesture.before.zone;
            window.zoomed = gesture.before.zoomed;
        }
        self.seams = gesture.before.seams;
        self.refit_all();
    }
}

/// Whether all edges that `edge` moves lie on a seam, for a window in `zone`.
fn only_seams_move(zone: Zone, edge: ResizeEdge) -> bool {
    let (horizontal, vertical) = (zone.horizontal(), zone.vertical());
    let left = !edge.is_left() || horizontal == Span::End;
    let right = !edge.is_right() || horizontal == Span::Start;
    let top = !edge.is_top() || vertical == Span::End;
    let bottom = !edge.is_bottom() || vertical == Span::Start;
    left && right && top && bottom
}

fn within(value: f32, (low, high): (f32, f32)) -> Option<f32> {
    (low <= high).then(|| value.clamp(low, high))
}

/// `start` with the grabbed edges moved by the pointer's way; the others stay where they are.
fn resized(window: &Window, start: Rect, edge: ResizeEdge, by: Point, work: Rect) -> Rect {
    let mut size = start.size();
    if edge.is_left() {
        size.width -= by.x;
    } else if edge.is_right() {
        size.width += by.x;
    }
    if edge.is_top() {
        // A title bar pulled above the work area could not be grabbed again.
        size.height = (size.height - by.y).min(start.bottom() - work.y);
    } else if edge.is_bottom() {
        size.height += by.y;
    }
    let size = window.clamp_size(size.sane());
    let x = if edge.is_left() { start.right() - size.width } else { start.x };
    let y = if edge.is_top() { start.bottom() - size.height } else { start.y };
    Rect::from_min_size(Point::new(x, y), size)
}
