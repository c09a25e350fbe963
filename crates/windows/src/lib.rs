//! The desktop's windows as plain data: where each one is, how they are stacked, what snaps where.
//!
//! Everything that can happen is one [`Op`]; [`Desktop::apply`] runs it and answers with an
//! [`Outcome`]. State changes at once, whoever draws may let the picture catch up. All measures
//! are points (logical pixels), the frame's top left corner is the origin.
//!
//! ```
//! use agentos_windows::{Desktop, Op, OpenWindow, Outcome, Size, Zone};
//!
//! let mut desktop = Desktop::new(Size::new(1280.0, 800.0));
//! let open = OpenWindow { app: "notes".into(), title: "Notes".into(), ..OpenWindow::default() };
//! let Outcome::Opened(notes) = desktop.apply(Op::Open(open)) else { unreachable!() };
//! desktop.apply(Op::Snap { window: notes, zone: Zone::Left });
//! let rect = desktop.window(notes).unwrap().rect;
//! assert_eq!((rect.x, rect.y, rect.width, rect.height), (0.0, 30.0, 640.0, 686.0));
//! ```
//!
//! # The law
//!
//! - A window's [`rect`](Window::rect) is a pure function of its *wish* (normal rectangle and the
//!   work area that it was made in), its zone and flags, the two seams, and the work area. A frame
//!   that shrinks and grows again therefore brings every window back to where it was.
//! - The windows are one list from bottom to top. The focused window is the last one. Minimised
//!   windows are at the bottom and never focused.
//! - A window with a parent is its dialog: it is above its parent, is raised, minimised and closed
//!   with it, and focusing the parent focuses its topmost dialog.
//! - A title bar can always be grabbed: it is never above or below the work area, and at least
//!   [`GRAB_WIDTH`] of it is inside.
//! - Snapped windows hang on one vertical and one horizontal *seam*. Moving a seam resizes all that
//!   hang on it. A seam that nothing hangs on returns to the middle.
//! - Bad numbers (NaN, infinite, huge, negative sizes) are replaced by the nearest sane ones.
//!
//! # Invariants
//!
//! [`Desktop::verify_invariants`] checks the law; debug builds run it after each operation.
//!
//! What is refused here: drawing, animation, input events, processes, files. No egui, no clock.

mod apply;
mod arrange;
mod cycle;
mod desktop;
mod display;
mod dock;
mod geometry;
mod gesture;
mod hit;
mod invariants;
mod op;
mod placement;
mod snapshot;
mod stack;
mod window;
mod zone;

#[cfg(test)]
mod tests;

pub use cycle::{Cycle, CycleState};
pub use desktop::{DOCK_HEIGHT, Desktop, MAX_WINDOWS, MENU_BAR_HEIGHT, MIN_FRAME, TITLE_BAR_HEIGHT};
pub use dock::{DockItem, MAX_PINNED};
pub use geometry::{Point, Rect, Size};
pub use gesture::{DRAG_SLOP, GestureKind};
pub use hit::{GRIP_INSIDE, GRIP_OUTSIDE, Hit, HitPart};
pub use invariants::Broken;
pub use op::{Op, OpenWindow, Outcome, Placement, Refusal, ResizeEdge, SnapModifier};
pub use placement::{CASCADE_STEP, GRAB_WIDTH};
pub use snapshot::{Restored, SavedWindow, Snapshot};
pub use window::{DEFAULT_MIN_SIZE, DEFAULT_SIZE, SMALLEST_SIZE, Window, WindowId, WindowState};
pub use zone::{Direction, SNAP_THRESHOLD, Seams, Step, Zone};
