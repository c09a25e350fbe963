//! Everything that draws inside a window: design tokens, controls, Blueprint components, the
//! terminal view, and the [`App`] trait that system apps are written against.

mod app;
pub mod blueprint_view;
pub mod charts;
pub mod controls;
pub mod fonts;
mod host_fonts;
pub mod icons;
pub mod number_pad;
pub mod sandbox;
pub mod shapes;
pub mod table;
pub mod terminal_view;
#[cfg(test)]
mod testing;
pub mod theme;

pub use app::{
    App, AppContext, Appearance, InstalledApp, Menu, MenuItem, Question, ShellCommand, Subject, ThemeChoice,
    TitleNote, Tone,
};
pub use blueprint_view::BlueprintView;
pub use host_fonts::{MissingFonts, use_host_fonts};
