//! The page *Why?*: what a person asks about, and the story that the journal and the ring tell of it.
//!
//! [`Story`] is plain data, [`Asking`] the calls that bring it. Taking back is a step of its own: first the plan is
//! shown, then it is done.

mod model;
mod ui;
mod update;

pub(super) use model::{WhyCommand, WhyModel, describe};
pub(super) use ui::draw;
pub(super) use update::{Asking, poll, run};
