//! Rows about the desktop: the product's own shell without a window, drawn by the product's own painter.

mod apps;
mod frames;
mod painting;
mod probe;
mod stage;
mod terminal;
mod terminal_keys;

pub use probe::{Probe, answer as answer_probe};

use super::{Meter, Spec};
use anyhow::Context;
use compositor::gpu::{AdapterChoice, Gpu};
use std::path::Path;

/// Sizes of the desktop that frames are measured with, in windows.
const WINDOWS: [usize; 3] = [0, 10, 50];
/// Pixels of the desktop, at one pixel a point.
const SIZE: [u32; 2] = [1920, 1080];

/// All rows that this process can measure by itself.
///
/// # Errors
/// The desktop does not start, or there is no graphics adapter.
pub fn all(meter: &mut dyn Meter) -> anyhow::Result<()> {
    apps::documents(meter)?;
    terminal::rows(meter)?;
    terminal_keys::rows(meter)?;
    let gpu = Gpu::headless(AdapterChoice::Auto).context("a graphics adapter")?;
    meter.set_adapter(&gpu.describe());
    for windows in WINDOWS {
        frames::rows(meter, windows)?;
        painting::rows(meter, &gpu, windows)?;
    }
    painting::interaction(meter, &gpu)?;
    apps::launch(meter)
}

/// The rows whose operation can be repeated as often as one likes, for criterion.
///
/// # Errors
/// The desktop does not start.
pub fn operations(meter: &mut dyn Meter) -> anyhow::Result<()> {
    apps::documents(meter)?;
    terminal::rows(meter)?;
    terminal_keys::rows(meter)?;
    for windows in WINDOWS {
        frames::operation(meter, windows)?;
    }
    apps::launch(meter)
}

/// The terminal: bytes to cells, cells to triangles, and keys to the echo of a shell.
///
/// # Errors
/// The desktop does not start.
pub fn terminal(meter: &mut dyn Meter) -> anyhow::Result<()> {
    terminal::rows(meter)?;
    terminal_keys::rows(meter)
}

/// Rows that start this program again, to see it from its first instruction on.
///
/// # Errors
/// The program cannot be started, or it fails.
pub fn of_program(meter: &mut dyn Meter, program: &Path) -> anyhow::Result<()> {
    probe::rows(meter, program)
}

/// The name of a row about a desktop with so many windows.
fn named(windows: usize, what: &str) -> Spec {
    Spec::new(format!("desktop/{windows} windows, {what}"))
}
