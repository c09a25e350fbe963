//! Sizes and times that do not depend on light or dark. Points and seconds.

/// Opacity of what cannot be used.
pub const DISABLED_ALPHA: f32 = 0.45;

/// Corner radii in points.
pub mod radius {
    /// Windows and dialogs.
    pub const WINDOW: u8 = 12;
    /// Cards, tiles, menus.
    pub const TILE: u8 = 10;
    /// Buttons, fields, rows.
    pub const CONTROL: u8 = 8;
    /// Check boxes, key caps, list marks.
    pub const SMALL: u8 = 5;
    /// Big keys, as those of a calculator.
    pub const KEY: u8 = 14;
}

/// The 4-point grid.
pub mod space {
    /// 2 points: between an icon and its badge.
    pub const HAIR: f32 = 2.0;
    /// 4 points.
    pub const XS: f32 = 4.0;
    /// 8 points: between controls of one group.
    pub const S: f32 = 8.0;
    /// 12 points: inside cards.
    pub const M: f32 = 12.0;
    /// 16 points: between groups, inside windows.
    pub const L: f32 = 16.0;
    /// 24 points: between sections.
    pub const XL: f32 = 24.0;
    /// 32 points.
    pub const XXL: f32 = 32.0;
    /// Height of a control in points.
    pub const CONTROL: f32 = 30.0;
    /// Height of a small control.
    pub const CONTROL_SMALL: f32 = 24.0;
    /// Height of a large control.
    pub const CONTROL_LARGE: f32 = 38.0;
    /// Height of a row in lists, menus and side bars.
    pub const ROW: f32 = 30.0;
}

/// Font sizes in points.
pub mod type_size {
    /// Small print, section headers.
    pub const CAPTION: f32 = 11.0;
    /// Labels of fields, secondary lines.
    pub const LABEL: f32 = 12.5;
    /// Running text and controls.
    pub const BODY: f32 = 13.5;
    /// Third heading, titles of cards.
    pub const H3: f32 = 15.0;
    /// Second heading.
    pub const H2: f32 = 18.0;
    /// First heading.
    pub const H1: f32 = 24.0;
    /// Figures to be read from afar.
    pub const DISPLAY: f32 = 38.0;
}

/// Durations in seconds; all of them become zero with *reduce motion* (see `Theme::motion`).
pub mod duration {
    /// Hover and press feedback.
    pub const QUICK: f32 = 0.08;
    /// Switches, tabs, popups.
    pub const NORMAL: f32 = 0.14;
    /// Windows.
    pub const WINDOW: f32 = 0.18;
}
