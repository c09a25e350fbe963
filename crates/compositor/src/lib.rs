//! The desktop itself: shell, painter, front-ends, app hosts.

mod frame;
pub mod frontend;
pub mod gpu;

pub use frame::{Desktop, FrameOutput, Scene};
