//! One terminal of a window: its program from the start to the end, and the screen that shows it.

mod closing;
mod life;
mod model;
mod told;
mod traffic;

pub(super) use closing::Closing;
pub(super) use model::{Frame, Stage, Tab, TabId, VIEW};
