//! What a script plays on: a desktop in a front-end, one frame at a time.

use crate::Desktop;
use crate::gpu::{GpuError, Shot};
use std::path::PathBuf;
use std::time::Duration;

/// What one frame answered, without its picture.
#[derive(Clone, Default)]
pub struct Stepped {
    /// When the next frame is due with no input: zero while something moves, `Duration::MAX` when idle.
    pub repaint_after: Duration,
    /// Size of the desktop in points.
    pub size_points: egui::Vec2,
    /// Physical pixels per point.
    pub pixels_per_point: f32,
    /// Commands (clipboard, links), cursor, IME. The accessibility tree is taken out: see [`Stage::tree`].
    pub platform: egui::PlatformOutput,
}

/// A desktop in a front-end. Positions in events are in the desktop's points.
pub trait Stage<D: Desktop + ?Sized> {
    /// The desktop.
    fn desktop(&mut self) -> &mut D;
    /// The frame clock, from the start of the desktop.
    fn now(&self) -> Duration;
    /// One frame with these events before all that waits.
    fn frame(&mut self, events: Vec<egui::Event>) -> Stepped;
    /// Whether something happened since the last frame began that the next frame takes in.
    fn is_woken(&self) -> bool;
    /// Files of the host to be dropped with the next frame.
    fn drop_files(&mut self, paths: Vec<PathBuf>);
    /// Changes the size, in the host's points. A window system may answer later, or with another size.
    fn resize(&mut self, size_points: egui::Vec2);
    /// The accessibility tree of the last frame, complete.
    fn tree(&self) -> Option<&accesskit::TreeUpdate>;
    /// The picture of the last frame.
    ///
    /// # Errors
    /// Why it could not be drawn or read.
    fn shot(&mut self) -> Result<Shot, GpuError>;
}
