//! `apply`: one operation in, one outcome out, the law holds again.
//!
//! The flow is here; each operation's own work is a small function below or in the file of its
//! concept. Operations on the window of a running gesture end the gesture where it is.

use crate::desktop::Desktop;
use crate::op::{Op, Outcome, Refusal};
use crate::window::WindowId;
use crate::zone::{Seams, Span, Zone};

/// Longest title and app id that are kept, in bytes.
const MAX_TEXT_BYTES: usize = 256;

/// What an operation's own function answers.
pub(crate) type Answer = Result<Outcome, Refusal>;

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

    pub(crate) fn need(&self, id: WindowId) -> Result<usize, Refusal> {
        self.index_of(id).ok_or(Refusal::NoSuchWindow)
    }

    fn need_gesture(&self) -> Result<(), Refusal> {
        self.gesture.as_ref().map(|_| ()).ok_or(Refusal::NoGesture)
    }

    /// Leaves the window where its gesture has brought it.
    pub(crate) fn drop_gesture_of(&mut self, id: WindowId) {
        if self.gesture.as_ref().is_some_and(|gesture| gesture.window == id) {
            self.gesture = None;
        }
    }
}

/// Cut to [`MAX_TEXT_BYTES`] at a character boundary, without control characters.
pub(crate) fn bounded(mut text: String) -> String {
    text.retain(|character| !character.is_control());
    text.truncate(text.floor_char_boundary(MAX_TEXT_BYTES));
    text
}
