//! The desktop itself: shell, painter, front-ends, app hosts.

mod frame;
pub mod frontend;
pub mod gpu;
mod hosts;
mod shell;

pub use frame::{Desktop, FrameOutput, FrameTimes, Scene};
pub use hosts::{NewProcess, Noted, Processes};
pub use shell::{Chord, FirstRun, Shell, ShellConfig, SystemApp, WindowInfo, key_named};
