//! The seam between the shell and its front-ends: input in, one [`FrameOutput`] out. The shell knows
//! no window and no GPU; a front-end knows no app.

use crate::gpu::{GpuError, Shot};
use std::time::Duration;
use widgets::ThemeChoice;

/// What a front-end shows. The shell is the one implementation in the product.
pub trait Desktop {
    /// One frame: `logic`, then drawing. `now` is the frame clock, counted from the start of the desktop.
    ///
    /// As usual with egui, `input` (its `screen_rect` and every position) counts in points of the last
    /// frame's [`FrameOutput::pixels_per_point`], so a scale of the desktop's own is already in it. Where a
    /// frame answers with another scale, the front-end calls again at once with the new points.
    fn frame(&mut self, input: egui::RawInput, now: Duration) -> FrameOutput;
    /// Whether somebody reads the accessibility tree, which has to come with each frame from now on.
    fn set_accessibility(&mut self, _wanted: bool) {}
    /// The picture of the last frame, after a frame that asked for it ([`FrameOutput::capture`]).
    fn take_picture(&mut self, _picture: Result<Shot, GpuError>) {}
    /// Whether somebody chose Quit.
    fn wants_quit(&self) -> bool;
    /// Somebody closes the desktop's window: whether it ends now. Otherwise the next frame asks about it.
    fn close_requested(&mut self) -> bool {
        true
    }
    /// Last call before the front-end ends: save the session, end processes.
    fn shutdown(&mut self);
}

/// What is behind everything: the painter renders it once per change and size.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scene {
    /// Which wallpaper colours.
    pub theme: ThemeChoice,
    /// Which wallpaper of the bundled ones.
    pub wallpaper: u8,
}

/// What one frame produced.
pub struct FrameOutput {
    /// To draw, in order, already tessellated.
    pub primitives: Vec<egui::ClippedPrimitive>,
    /// Must be applied before drawing, and also when the frame is not drawn.
    pub textures: egui::TexturesDelta,
    /// Cursor, clipboard, IME area, accessibility update.
    pub platform: egui::PlatformOutput,
    /// Physical pixels per point used for tessellation.
    pub pixels_per_point: f32,
    /// When the next frame is due with no input: zero while something moves, `Duration::MAX` when idle.
    pub repaint_after: Duration,
    /// Size of the desktop in points.
    pub size_points: egui::Vec2,
    /// Whether the desktop wants the picture of this frame, through [`Desktop::take_picture`].
    pub capture: bool,
    /// Wallpaper to have ready under [`crate::gpu::WALLPAPER`] and [`crate::gpu::BACKDROP`].
    pub scene: Scene,
    /// Where the processor's time went.
    pub times: FrameTimes,
}

/// Where the processor's time of a frame went. Zero where a desktop does not take it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FrameTimes {
    /// Input, actions, and the apps' own work.
    pub logic: Duration,
    /// Laying out and describing everything that is seen.
    pub layout: Duration,
    /// Making triangles of it.
    pub tessellation: Duration,
}

impl FrameTimes {
    /// All together.
    #[must_use]
    pub fn total(&self) -> Duration {
        self.logic + self.layout + self.tessellation
    }
}
