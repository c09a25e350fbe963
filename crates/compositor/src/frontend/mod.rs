//! Front-ends: what carries input to a [`Desktop`](crate::Desktop) and its pictures to somebody.
//!
//! [`window::Display`] is the product, [`Headless`] is for scripts and tests. Both see the desktop
//! through [`Stage`], so that what drives one drives the other. The module `eframe`, behind the feature of
//! that name, shows the same desktop on eframe's loop, for comparison.

#[cfg(feature = "eframe")]
pub mod eframe;
mod files;
mod headless;
mod repaint;
mod stage;
mod viewport;
mod wake;
pub mod window;

pub use headless::{Headless, HeadlessStage};
pub use stage::{Stage, Stepped};
pub use wake::Waker;

#[cfg(test)]
mod tests;
