//! The desktop itself: frame, stack of windows, dock, and everything one can ask about them.
//!
//! Reading is here, changing is in `apply.rs`. A snap gesture, the switcher and the cascade keep
//! their own small state beside the list of windows.

use crate::cycle::CycleState;
use crate::dock::Dock;
use crate::geometry::{Rect, Size};
use crate::gesture::{Gesture, GestureKind};
use crate::placement::Places;
use crate::window::{Window, WindowId};
use crate::zone::{Seams, Zone};

/// Height of the menu bar in points.
pub const MENU_BAR_HEIGHT: f32 = 30.0;
/// Height that is kept free for the dock, in points, unless told otherwise.
pub const DOCK_HEIGHT: f32 = 84.0;
/// Height of a window's title bar in points.
pub const TITLE_BAR_HEIGHT: f32 = 34.0;
/// Smallest frame that is laid out, in points; a smaller one shows a part of it.
pub const MIN_FRAME: Size = Size::new(320.0, 240.0);
/// Windows that can be open at once.
pub const MAX_WINDOWS: usize = 512;

/// All windows of one desktop and where they are.
#[derive(Debug, Clone)]
pub struct Desktop {
    pub(crate) frame: Size,
    pub(crate) dock_height: f32,
    /// From bottom to top.
    pub(crate) windows: Vec<Window>,
    /// The wallpaper was clicked: no window is focused although some are on screen.
    pub(crate) desktop_focused: bool,
    pub(crate) next_id: u64,
    pub(crate) seams: Seams,
    pub(crate) gesture: Option<Gesture>,
    pub(crate) cycle: Option<CycleState>,
    pub(crate) places: Places,
    pub(crate) dock: Dock,
    pub(crate) revision: u64,
}

impl Desktop {
    /// An empty desktop in a frame of this size, in points.
    pub fn new(frame: Size) -> Self {
        Self {
            frame: frame.sane().at_least(MIN_FRAME),
            dock_height: DOCK_HEIGHT,
            windows: Vec::new(),
            desktop_focused: false,
            next_id: 1,
            seams: Seams::default(),
            gesture: None,
            cycle: None,
            places: Places::default(),
            dock: Dock::default(),
            revision: 0,
        }
    }

    pub fn frame(&self) -> Rect {
        Rect::new(0.0, 0.0, self.frame.width, self.frame.height)
    }

    /// The frame minus menu bar and dock.
    pub fn work_area(&self) -> Rect {
        let height = self.frame.height - MENU_BAR_HEIGHT - self.dock_height;
        Rect::new(0.0, MENU_BAR_HEIGHT, self.frame.width, height)
    }

    /// All windows from bottom to top, minimised ones (at the bottom) included.
    pub fn windows(&self) -> impl DoubleEndedIterator<Item = &Window> + ExactSizeIterator {
        self.windows.iter()
    }

    /// The windows on screen from bottom to top: the order to draw them in.
    pub fn visible(&self) -> impl DoubleEndedIterator<Item = &Window> {
        self.windows.iter().filter(|window| window.is_visible())
    }

    pub fn window(&self, id: WindowId) -> Option<&Window> {
        self.windows.iter().find(|window| window.id == id)
    }

    pub fn focused(&self) -> Option<&Window> {
        if self.desktop_focused {
            return None;
        }
        self.windows.last().filter(|window| window.is_visible())
    }

    pub fn is_focused(&self, id: WindowId) -> bool {
        self.focused().is_some_and(|window| window.id == id)
    }

    /// The number that the next window gets, should it open.
    pub fn next_window(&self) -> WindowId {
        WindowId(self.next_id)
    }

    /// The topmost window of an app, minimised ones last.
    pub fn topmost_of(&self, app: &str) -> Option<&Window> {
        self.windows.iter().rev().find(|window| window.app == app)
    }

    /// Windows whose parent is `id`, from bottom to top.
    pub fn dialogs_of(&self, id: WindowId) -> impl Iterator<Item = &Window> {
        self.windows.iter().filter(move |window| window.parent == Some(id))
    }

    pub fn seams(&self) -> Seams {
        self.seams
    }

    /// The drag or resize that is going on.
    pub fn gesture(&self) -> Option<(WindowId, GestureKind)> {
        self.gesture.as_ref().map(|gesture| (gesture.window, gesture.kind))
    }

    /// Where the dragged window would snap if it were released now, and the rectangle it would get.
    pub fn snap_preview(&self) -> Option<(Zone, Rect)> {
        let gesture = self.gesture.as_ref()?;
        let zone = gesture.preview?;
        let window = self.window(gesture.window)?;
        Some((zone, self.zone_rect_for(window, zone)))
    }

    /// The window switcher, while it is open.
    pub fn cycle(&self) -> Option<&CycleState> {
        self.cycle.as_ref()
    }

    /// Grows with every change; whoever saves or draws the desktop compares it.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    pub(crate) fn index_of(&self, id: WindowId) -> Option<usize> {
        self.windows.iter().position(|window| window.id == id)
    }

    /// The window without a parent that `id` is, by way of its parents, a dialog of.
    ///
    /// Ends because a parent is always below its dialog in the list.
    pub(crate) fn root_of(&self, id: WindowId) -> WindowId {
        let mut root = id;
        while let Some(parent) = self.window(root).and_then(|window| window.parent) {
            root = parent;
        }
        root
    }

    /// `id` and all its dialogs, from bottom to top.
    pub(crate) fn family_of(&self, id: WindowId) -> Vec<WindowId> {
        let mut family = vec![id];
        // Parents come before their dialogs in the list, so one pass finds every generation.
        for window in &self.windows {
            if window.parent.is_some_and(|parent| family.contains(&parent)) {
                family.push(window.id);
            }
        }
        family
    }
}
