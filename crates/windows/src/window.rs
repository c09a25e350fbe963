//! One window's data: what it is, where it wants to be, where it is.

use serde::{Deserialize, Serialize};

use crate::geometry::{Rect, Size};
use crate::zone::Zone;

/// Minimum size of a window whose app names none, in points.
pub const DEFAULT_MIN_SIZE: Size = Size::new(280.0, 160.0);
/// Size of a window whose app names none, in points.
pub const DEFAULT_SIZE: Size = Size::new(640.0, 440.0);
/// No minimum is taken below this: a title bar with its buttons must fit, in points.
pub const SMALLEST_SIZE: Size = Size::new(160.0, 80.0);

/// Names a window for as long as the desktop and its saved sessions live; never reused, never 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct WindowId(pub u64);

impl std::fmt::Display for WindowId {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}", self.0)
    }
}

/// How a window shows at the moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WindowState {
    /// At its normal rectangle, or in its zone.
    Normal,
    Minimised,
    /// Fills the work area, by zoom or by [`Zone::Full`].
    Zoomed,
    /// Fills the whole frame.
    FullScreen,
}

impl WindowState {
    /// The name used in scripts and snapshots, the same as in JSON.
    pub fn name(self) -> &'static str {
        match self {
            WindowState::Normal => "normal",
            WindowState::Minimised => "minimised",
            WindowState::Zoomed => "zoomed",
            WindowState::FullScreen => "full_screen",
        }
    }
}

/// A window, read by everybody, changed only by operations of the desktop.
#[derive(Debug, Clone, PartialEq)]
pub struct Window {
    pub id: WindowId,
    /// The app that it belongs to.
    pub app: String,
    pub title: String,
    /// Where it is now, in points. For a minimised window: where it will be when restored.
    pub rect: Rect,
    /// Where it is when neither snapped, zoomed nor full screen.
    pub normal_rect: Rect,
    pub zone: Option<Zone>,
    pub min_size: Size,
    pub max_size: Option<Size>,
    /// The window that this one is a dialog of.
    pub parent: Option<WindowId>,
    /// The work area that `normal_rect` was made in: what hung out of it then may hang out now.
    pub(crate) home: Rect,
    pub(crate) minimised: bool,
    pub(crate) zoomed: bool,
    pub(crate) full_screen: bool,
}

impl Window {
    pub fn state(&self) -> WindowState {
        if self.minimised {
            WindowState::Minimised
        } else if self.full_screen {
            WindowState::FullScreen
        } else if self.fills_work_area() {
            WindowState::Zoomed
        } else {
            WindowState::Normal
        }
    }

    /// Whether its edges can be dragged at all.
    pub fn is_resizable(&self) -> bool {
        !self.full_screen && !self.fills_work_area() && self.max_size != Some(self.min_size)
    }

    pub fn is_visible(&self) -> bool {
        !self.minimised
    }

    pub(crate) fn fills_work_area(&self) -> bool {
        self.zoomed || self.zone == Some(Zone::Full)
    }

    /// Whether neither zone nor zoom decide its rectangle.
    pub(crate) fn is_free(&self) -> bool {
        !self.zoomed && self.zone.is_none() && !self.full_screen
    }

    pub(crate) fn clamp_size(&self, size: Size) -> Size {
        let size = size.at_least(self.min_size);
        self.max_size.map_or(size, |max| size.at_most(max))
    }
}

/// The minimum and maximum that are kept for what an app asks for; the maximum is never below the minimum.
pub(crate) fn sane_limits(min: Option<Size>, max: Option<Size>) -> (Size, Option<Size>) {
    let min = min.map_or(DEFAULT_MIN_SIZE, Size::sane).at_least(SMALLEST_SIZE);
    (min, max.map(|max| max.sane().at_least(min)))
}
