//! Everything that draws inside a window: design tokens, controls, Blueprint components, the
//! terminal view, and the [`App`] trait that system apps are written against.

mod app;

pub use app::{App, AppContext, Appearance, Menu, MenuItem, ShellCommand, ThemeChoice, Tone};
