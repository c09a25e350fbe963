//! The whole alphabet: everything that can happen to the desktop's windows, and the answers.

use serde::{Deserialize, Serialize};

use crate::cycle::Cycle;
use crate::geometry::{Point, Size};
use crate::window::WindowId;
use crate::zone::{Direction, Zone};

/// What a new window asks for. Only `app` and `title` are usually needed.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct OpenWindow {
    pub app: String,
    pub title: String,
    /// In points; [`DEFAULT_SIZE`](crate::DEFAULT_SIZE) when not given.
    pub size: Option<Size>,
    /// In points; [`DEFAULT_MIN_SIZE`](crate::DEFAULT_MIN_SIZE) when not given.
    pub min_size: Option<Size>,
    /// In points; none when not given.
    pub max_size: Option<Size>,
    pub placement: Placement,
    /// The window that this one is a dialog of.
    pub parent: Option<WindowId>,
}

/// Where a new window goes.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Placement {
    /// A dialog over its parent; an app where it was last closed; else the next cascade place.
    #[default]
    Auto,
    /// The next cascade place, whatever is remembered.
    Cascade,
    /// Centred in the work area.
    Centred,
    /// Top left corner.
    At(Point),
    /// Snapped; the normal rectangle is the next cascade place.
    Snapped(Zone),
}

/// One of the eight places where a window is resized.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResizeEdge {
    Left,
    Right,
    Top,
    Bottom,
    TopLeft,
    TopRight,
    BottomLeft,
    BottomRight,
}

impl ResizeEdge {
    pub const ALL: [ResizeEdge; 8] = [
        ResizeEdge::Left,
        ResizeEdge::Right,
        ResizeEdge::Top,
        ResizeEdge::Bottom,
        ResizeEdge::TopLeft,
        ResizeEdge::TopRight,
        ResizeEdge::BottomLeft,
        ResizeEdge::BottomRight,
    ];

    pub fn is_left(self) -> bool {
        matches!(self, ResizeEdge::Left | ResizeEdge::TopLeft | ResizeEdge::BottomLeft)
    }

    pub fn is_right(self) -> bool {
        matches!(self, ResizeEdge::Right | ResizeEdge::TopRight | ResizeEdge::BottomRight)
    }

    pub fn is_top(self) -> bool {
        matches!(self, ResizeEdge::Top | ResizeEdge::TopLeft | ResizeEdge::TopRight)
    }

    pub fn is_bottom(self) -> bool {
        matches!(self, ResizeEdge::Bottom | ResizeEdge::BottomLeft | ResizeEdge::BottomRight)
    }
}

/// What the modifier keys make of a drag.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SnapModifier {
    #[default]
    None,
    /// Shift: top and bottom edges give halves.
    Halves,
}

/// An operation. Points and sizes are in points; windows that do not exist are refused.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Op {
    /// Opens a window on top, focused.
    Open(OpenWindow),
    /// Closes a window and its dialogs. The app reopens at this place.
    Close {
        window: WindowId,
    },
    /// Raises and focuses, restores when minimised.
    Focus {
        window: WindowId,
    },
    /// Nothing focused (a click on the wallpaper); the stack stays.
    FocusDesktop,
    /// To the dock, with parent and dialogs; the next window below gets the focus.
    Minimise {
        window: WindowId,
    },
    /// Back from the dock, as it was, focused.
    Restore {
        window: WindowId,
    },
    /// Fills the work area, or goes back to what it was.
    ToggleZoom {
        window: WindowId,
    },
    /// Fills the frame, or goes back to what it was.
    ToggleFullScreen {
        window: WindowId,
    },
    /// Goes back from full screen, does nothing otherwise.
    LeaveFullScreen {
        window: WindowId,
    },
    /// Press on the title bar: focuses; the window moves once the pointer has gone
    /// [`DRAG_SLOP`](crate::DRAG_SLOP).
    BeginDrag {
        window: WindowId,
        pointer: Point,
    },
    /// Press on an edge or corner: focuses.
    BeginResize {
        window: WindowId,
        edge: ResizeEdge,
        pointer: Point,
    },
    /// The pointer moved during a drag or resize.
    DragTo {
        pointer: Point,
        modifier: SnapModifier,
    },
    /// Release: snaps to the previewed zone, if any.
    EndDrag,
    /// Esc: everything as before the press.
    CancelDrag,
    /// Moves the top left corner; a snapped or zoomed window is freed first.
    MoveTo {
        window: WindowId,
        position: Point,
    },
    /// Resizes, keeping the top left corner; a snapped or zoomed window is freed where it is.
    ResizeTo {
        window: WindowId,
        size: Size,
    },
    Snap {
        window: WindowId,
        zone: Zone,
    },
    /// Back to the normal rectangle from a zone or zoom.
    Unsnap {
        window: WindowId,
    },
    /// An arrow key with the window modifier; the table is at [`Direction::step`].
    SnapStep {
        window: WindowId,
        direction: Direction,
    },
    /// The frame changed. At least [`MIN_FRAME`](crate::MIN_FRAME) is taken.
    SetFrame {
        size: Size,
    },
    /// Height kept free for the dock (0 when it hides itself).
    SetDockHeight {
        points: f32,
    },
    SetTitle {
        window: WindowId,
        title: String,
    },
    /// The app's limits changed.
    SetLimits {
        window: WindowId,
        min_size: Option<Size>,
        max_size: Option<Size>,
    },
    /// The window switcher.
    CycleFocus(Cycle),
    /// Keeps an app in the dock, at `index` among the pinned ones or last; moves it when it is there.
    Pin {
        app: String,
        index: Option<usize>,
    },
    Unpin {
        app: String,
    },
}

/// What an operation did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    Changed,
    /// Allowed, but all was already so.
    Unchanged,
    Opened(WindowId),
    /// The window asked for, then its dialogs.
    Closed(Vec<WindowId>),
    Refused(Refusal),
}

/// Why an operation could not be done; nothing was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Refusal {
    NoSuchWindow,
    /// [`MAX_WINDOWS`](crate::MAX_WINDOWS) are open.
    TooManyWindows,
    /// The window is minimised, and what is asked needs it on screen.
    Minimised,
    /// The window is full screen, and what is asked needs a frame around it.
    FullScreen,
    /// The window has one size only, or fills the work area.
    NotResizable,
    /// No drag or resize is going on.
    NoGesture,
    /// The window switcher is not open.
    NoCycle,
    /// [`MAX_PINNED`](crate::MAX_PINNED) apps are pinned.
    TooManyPinned,
    /// An app without a name cannot be pinned or opened.
    NoApp,
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Refusal::NoSuchWindow => "there is no such window",
            Refusal::TooManyWindows => "too many windows are open",
            Refusal::Minimised => "the window is minimised",
            Refusal::FullScreen => "the window is full screen",
            Refusal::NotResizable => "the window cannot be resized now",
            Refusal::NoGesture => "no window is being dragged",
            Refusal::NoCycle => "the window switcher is not open",
            Refusal::TooManyPinned => "too many apps are pinned",
            Refusal::NoApp => "the app has no name",
        })
    }
}

impl std::error::Error for Refusal {}
