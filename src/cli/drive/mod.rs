//! `agentos drive`: the desktop by script. One step a line in, one result a line out.
//!
//! [`steps`] reads lines, [`tree`] is the accessibility tree as people and tests see it, [`runner`]
//! carries steps out on a [`stage::Stage`]: a headless desktop, or (with `--attach`) a real window.

mod runner;
pub(crate) mod stage;
mod steps;
mod tree;

pub(crate) use runner::{Runner, Verdict};
pub(crate) use steps::parse_size;

