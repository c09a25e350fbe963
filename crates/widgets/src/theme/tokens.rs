//! The [`Theme`]: all colour tokens of one appearance, under the names that drawing code uses.

use crate::ThemeChoice;
use egui::{Color32, Shadow, Stroke};

/// All tokens of one appearance. Cheap to share: code holds an `Arc<Theme>`.
#[derive(Clone, Debug, PartialEq)]
pub struct Theme {
    /// Light or dark.
    pub choice: ThemeChoice,
    /// Whether nothing may move.
    pub reduce_motion: bool,
    /// Whether terminals draw signs that belong together as one.
    pub terminal_ligatures: bool,
    /// Opaque backgrounds.
    pub surface: Surface,
    /// Translucent tints over the blurred wallpaper.
    pub glass: Glass,
    /// Text colours.
    pub text: Text,
    /// Fills and outlines of controls; translucent, so that they fit every surface.
    pub control: Control,
    /// The one accent.
    pub accent: Accent,
    /// Something is wrong or would destroy something.
    pub danger: State,
    /// Something went well.
    pub success: State,
    /// Something needs attention.
    pub warning: State,
    /// Something to know.
    pub info: State,
    /// The three buttons of a window's title bar.
    pub lights: Lights,
    /// Series of charts, in order; wraps.
    pub chart: [Color32; 8],
    /// Shadows.
    pub shadow: Shadows,
}

/// Opaque backgrounds.
#[derive(Clone, Debug, PartialEq)]
pub struct Surface {
    /// Content of a window.
    pub window: Color32,
    /// Title bar of the focused window.
    pub title_bar: Color32,
    /// Side bars and tool bars inside a window.
    pub panel: Color32,
    /// Cards and other things that lie on the window.
    pub raised: Color32,
    /// Fields to write in, terminals, code.
    pub sunken: Color32,
    /// Menus, tooltips, dialogs.
    pub popup: Color32,
    /// Lines between parts.
    pub divider: Color32,
    /// Outline of windows, cards and popups.
    pub outline: Color32,
}

/// Translucent tints. Painted over the blurred wallpaper.
#[derive(Clone, Debug, PartialEq)]
pub struct Glass {
    /// Menu bar.
    pub bar: Color32,
    /// Dock.
    pub dock: Color32,
    /// Body of a frosted window.
    pub window: Color32,
    /// Toasts, dock labels, switcher.
    pub popup: Color32,
    /// One-pixel light edge inside a glass shape.
    pub edge: Color32,
    /// Text and symbols on the dock and the bar.
    pub text: Color32,
}

/// Text colours.
#[derive(Clone, Debug, PartialEq)]
pub struct Text {
    /// What is read first.
    pub primary: Color32,
    /// What explains it.
    pub secondary: Color32,
    /// Placeholders, units, section headers. Still 4.5 : 1.
    pub muted: Color32,
    /// What cannot be used now. Exempt from the contrast rule.
    pub disabled: Color32,
}

/// Fills and outlines of controls.
#[derive(Clone, Debug, PartialEq)]
pub struct Control {
    /// At rest.
    pub fill: Color32,
    /// Under the pointer.
    pub hover: Color32,
    /// While pressed.
    pub pressed: Color32,
    /// Rows and ghost buttons under the pointer.
    pub ghost_hover: Color32,
    /// Background of a field to write in.
    pub field: Color32,
    /// Outline of controls.
    pub stroke: Color32,
    /// Outline that alone shows where a control is (field, check box): 3 : 1.
    pub strong_stroke: Color32,
    /// Track of switches, sliders, progress.
    pub track: Color32,
    /// Knob of switches and sliders.
    pub knob: Color32,
    /// Marked row that is not focused.
    pub selected: Color32,
}

/// Colours of the accent.
#[derive(Clone, Debug, PartialEq)]
pub struct Accent {
    /// Index into `ACCENTS`.
    pub index: u8,
    /// Fill at rest.
    pub fill: Color32,
    /// Fill under the pointer.
    pub hover: Color32,
    /// Fill while pressed.
    pub pressed: Color32,
    /// Text on the fill.
    pub on: Color32,
    /// Text and marks in accent colour on surfaces.
    pub text: Color32,
    /// Tint behind accent text.
    pub soft: Color32,
    /// Focus ring.
    pub ring: Color32,
}

/// Colours of one state, such as danger.
#[derive(Clone, Debug, PartialEq)]
pub struct State {
    /// Fill of a button or a strong badge.
    pub fill: Color32,
    /// Text on the fill.
    pub on: Color32,
    /// Text and marks on surfaces.
    pub text: Color32,
    /// Tint behind that text.
    pub soft: Color32,
}

/// The three buttons of a window's title bar.
#[derive(Clone, Debug, PartialEq)]
pub struct Lights {
    /// Closes the window.
    pub close: Color32,
    /// Sends it to the dock.
    pub minimise: Color32,
    /// Makes it fill the work area.
    pub zoom: Color32,
    /// All three in a window without the keyboard.
    pub idle: Color32,
}

/// Shadows in points.
#[derive(Clone, Debug, PartialEq)]
pub struct Shadows {
    /// Focused window.
    pub window_focused: Shadow,
    /// Other windows.
    pub window: Shadow,
    /// Menus, popups, toasts.
    pub popup: Shadow,
    /// Cards and tiles.
    pub tile: Shadow,
}

impl Theme {
    /// Whether the dark theme is on.
    #[must_use]
    pub fn is_dark(&self) -> bool {
        self.choice == ThemeChoice::Dark
    }

    /// A duration in seconds, or zero when nothing may move.
    #[must_use]
    pub fn motion(&self, seconds: f32) -> f32 {
        if self.reduce_motion { 0.0 } else { seconds }
    }

    /// The 2-point ring around what has the keyboard.
    #[must_use]
    pub fn focus_ring(&self) -> Stroke {
        Stroke::new(2.0, self.accent.ring)
    }

    /// One-point line of a card or popup.
    #[must_use]
    pub fn outline(&self) -> Stroke {
        Stroke::new(1.0, self.surface.outline)
    }

    /// Colour of the n-th series of a chart.
    #[must_use]
    pub fn series(&self, index: usize) -> Color32 {
        self.chart[index % self.chart.len()]
    }
}
