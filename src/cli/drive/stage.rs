//! Where steps happen. The runner knows only this trait; a headless desktop implements it in
//! [`super::super::headless`], a real window in [`super::super::attach`].

use compositor::Shell;
use egui::accesskit::TreeUpdate;
use std::{path::Path, time::Duration};

/// What a frame told.
#[derive(Debug)]
pub(crate) struct Frame {
    /// When the desktop wants its next frame; zero while something moves.
    pub(crate) repaint_after: Duration,
    /// The whole accessibility tree.
    pub(crate) tree: Option<TreeUpdate>,
}

/// A desktop that can be driven.
pub(crate) trait Stage {
    /// One frame with these events; the frame clock moves on by `step`.
    fn frame(&mut self, events: Vec<egui::Event>, step: Duration) -> Result<Frame, String>;

    /// Whether calls are under way, or a result waits to be taken in by the next frame.
    fn busy(&mut self) -> Result<Busy, String>;

    /// Asks the shell something, or tells it.
    fn with_shell<R: Send + 'static>(
        &mut self,
        act: impl FnOnce(&mut Shell) -> R + Send + 'static,
    ) -> Result<R, String>;

    /// The processor's time that each frame took since this was asked last; nothing where frames are not ours to make.
    fn frame_times(&mut self) -> Vec<Duration> {
        Vec::new()
    }

    /// Writes a picture; returns its size in pixels.
    fn shot(&mut self, path: &Path, scale: Option<f32>) -> Result<[u32; 2], String>;

    /// Gives the desktop another size in points.
    fn resize(&mut self, width: f32, height: f32, scale: Option<f32>) -> Result<(), String>;

    /// A file of the host is dropped at a place.
    fn drop_file(&mut self, path: &Path, at: egui::Pos2) -> Result<(), String>;

    /// Ends the desktop and starts it again on the same data, gently or as by SIGKILL.
    fn reboot(&mut self, how: Reboot) -> Result<(), String>;
}

/// What a desktop that does not move is still about to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Busy {
    /// Nothing.
    No,
    /// Something ended or was written since the last frame.
    Woken,
    /// Calls to the host's files are under way.
    Calls,
}

/// How a desktop ends before it starts again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reboot {
    /// Quit: the session is saved.
    Gentle,
    /// Nothing gets a chance to save.
    Kill,
}
