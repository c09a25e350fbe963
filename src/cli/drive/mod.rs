//! `agentos drive`: the desktop by script. One step a line in, one result a line out.
//!
//! [`steps`] reads lines, [`tree`] is the accessibility tree as people and tests see it, [`runner`] carries steps out on a
//! [`stage::Stage`]: a headless desktop, or (with `--attach`) a real window. For that, [`look`] finds nodes (and
//! [`window_expectation`] windows), [`pointer`] and [`keyboard`] make what hands would, and [`time`] lets frames pass.

mod keyboard;
mod look;
mod pointer;
mod runner;
pub(crate) mod stage;
mod steps;
mod time;
mod tree;
mod window_expectation;

pub(crate) use runner::{Runner, Verdict};
pub(crate) use steps::parse_size;
