//! `agentos drive`: the desktop by script. One step a line in, one result a line out.
//!
//! [`steps`] reads lines, [`tree`] is the accessibility tree as people and tests see it, [`runner`]
//! carries steps out (and [`window_expectation`] looks at windows) on a [`stage::Stage`]: a headless desktop, or (with `--attach`) a real window.

mod runner;
pub(crate) mod stage;
mod steps;
mod tree;
mod window_expectation;

pub(crate) use runner::{Runner, Verdict};
pub(crate) use steps::parse_size;
