//! Design tokens: every colour, distance, radius, size and duration that the desktop draws with.
//!
//! A [`Theme`] is made from the [`crate::Appearance`] that a person chose, kept in the egui context by
//! [`apply`], and read by [`current`] or [`Theme::of`]. Colours appear nowhere else in the workspace;
//! `css` turns the colours that Blueprint apps write into the same type.
//!
//! **Invariants** (tests in this folder): text on its surface has at least the WCAG AA contrast of 4.5,
//! also on a soft tint and on glass over any wallpaper colour; outlines that show a state have 3.0;
//! both hold in both themes for every accent.

mod accent;
mod colour;
mod css;
mod metrics;
mod palette;
mod style;
#[cfg(test)]
mod tests;
mod tokens;

pub use accent::{ACCENTS, AccentSeed, TILES};
pub use colour::{alpha, contrast_ratio, darken, lighten, mix, over, readable_on};
pub use css::{Background, parse_background, parse_colour, parse_gradient, parse_text_colour};
pub use metrics::{DISABLED_ALPHA, duration, radius, space, type_size};
pub use style::{apply, current};
pub use tokens::{Accent, Control, Glass, Lights, Shadows, State, Surface, Text, Theme};
