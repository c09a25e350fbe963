//! A desktop without a display: frames on a clock of the caller's, pictures only when asked for.
//!
//! No graphics device is opened before the first [`Headless::shot`]; until then texture changes are
//! kept as images. Frames cost layout and tessellation only.
//!
//! **Invariants**
//! - Every texture change of every frame reaches the painter, or the images that it will start from.
//! - A texture that a frame frees is kept until the next frame, since the frame itself may show it.

use super::files;
use super::stage::{Stage, Stepped};
use super::viewport::Viewport;
use super::wake::{Sleeper, Waker};
use crate::gpu::{AdapterChoice, Gpu, GpuError, Painter, PendingTextures, Picture, Shot};
use crate::{Desktop, FrameOutput, Scene};
use egui::{ClippedPrimitive, RawInput, TextureId, TexturesDelta, Vec2};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A front-end for scripts, tests and screenshots.
pub struct Headless {
    viewport: Viewport,
    sleeper: Sleeper,
    focused: bool,
    dropped: Vec<PathBuf>,
    adapter: AdapterChoice,
    gpu: Option<Gpu>,
    painter: Option<Painter>,
    pending: PendingTextures,
    freed: Vec<TextureId>,
    picture: Option<(Vec<ClippedPrimitive>, Scene)>,
    tree: Option<accesskit::TreeUpdate>,
    asked_for_tree: bool,
}

impl Headless {
    /// A display of this size in points and scale in pixels per point. Scales below 0.1, above 10 or not
    /// finite become 1.
    #[must_use]
    pub fn new(size_points: Vec2, scale: f32) -> Headless {
        let scale = sane_scale(scale);
        Headless {
            viewport: Viewport::new(pixels(size_points, scale), scale),
            sleeper: Sleeper::new(),
            focused: true,
            dropped: Vec::new(),
            adapter: AdapterChoice::Auto,
            gpu: None,
            painter: None,
            pending: PendingTextures::new(),
            freed: Vec::new(),
            picture: None,
            tree: None,
            asked_for_tree: false,
        }
    }

    /// Draws with a device that exists already, so that many displays share one.
    #[must_use]
    pub fn with_gpu(mut self, gpu: Gpu) -> Headless {
        self.gpu = Some(gpu);
        self
    }

    /// Which adapter the first picture opens.
    #[must_use]
    pub fn with_adapter(mut self, adapter: AdapterChoice) -> Headless {
        self.adapter = adapter;
        self
    }

    /// Asks for a frame from any thread; ends [`Headless::wait`].
    #[must_use]
    pub fn waker(&self) -> Waker {
        self.sleeper.waker().clone()
    }

    /// Sleeps until woken or `timeout` (real time, an hour at most) has passed; says whether it was woken.
    pub fn wait(&self, timeout: Duration) -> bool {
        self.sleeper.sleep(timeout)
    }

    /// Whether something happened since the last frame began that the next frame takes in.
    #[must_use]
    pub fn is_woken(&self) -> bool {
        self.sleeper.waker().is_pending()
    }

    /// Changes size (points) and scale from the next frame on.
    pub fn resize(&mut self, size_points: Vec2, scale: f32) {
        let scale = sane_scale(scale);
        self.viewport.set_host(pixels(size_points, scale), scale);
    }

    /// Size in physical pixels: that of the next picture.
    #[must_use]
    pub fn size_pixels(&self) -> [u32; 2] {
        self.viewport.size_pixels
    }

    /// Physical pixels per point of the host, as given.
    #[must_use]
    pub fn scale(&self) -> f32 {
        self.viewport.native_scale
    }

    /// Whether the display has the keyboard focus. True at first.
    pub fn set_focused(&mut self, focused: bool) {
        self.focused = focused;
    }

    /// Files of the host to be dropped with the next frame.
    pub fn drop_files(&mut self, paths: Vec<PathBuf>) {
        self.dropped.extend(paths);
    }

    /// One frame at `now` on the frame clock. Positions in `events` are in the desktop's points.
    pub fn frame<D: Desktop + ?Sized>(
        &mut self,
        desktop: &mut D,
        events: Vec<egui::Event>,
        now: Duration,
    ) -> Stepped {
        self.sleeper.waker().take();
        if !std::mem::replace(&mut self.asked_for_tree, true) {
            desktop.set_accessibility(true);
        }
        let dropped_files = std::mem::take(&mut self.dropped).into_iter().map(files::dropped).collect();
        let input = RawInput { events, dropped_files, focused: self.focused, ..RawInput::default() };
        let mut output = self.run(desktop, input, now);
        if self.viewport.take_scale(output.pixels_per_point) {
            // The desktop chose another scale of its own: once more with the points that it has now.
            self.take_textures(output.textures);
            output = self.run(desktop, RawInput { focused: self.focused, ..RawInput::default() }, now);
            self.viewport.take_scale(output.pixels_per_point);
        }
        let capture = output.capture;
        let stepped = self.take_output(output);
        if capture {
            let picture = self.shot();
            desktop.take_picture(picture);
        }
        stepped
    }

    /// The accessibility tree of the last frame, complete.
    #[must_use]
    pub fn tree(&self) -> Option<&accesskit::TreeUpdate> {
        self.tree.as_ref()
    }

    /// The picture of the last frame. The first call opens a graphics device.
    ///
    /// # Errors
    /// No adapter, a size beyond its limits, a failure to read back.
    pub fn shot(&mut self) -> Result<Shot, GpuError> {
        let mut painter = match self.painter.take() {
            Some(painter) => painter,
            None => self.open()?,
        };
        let result = match self.picture.take() {
            Some((primitives, scene)) => painter.paint(Picture {
                primitives,
                size_pixels: self.viewport.size_pixels,
                pixels_per_point: self.viewport.pixels_per_point,
                scene,
            }),
            None => Ok(Default::default()),
        };
        let shot = result.and_then(|_| painter.read());
        self.painter = Some(painter);
        shot
    }

    /// Writes the picture of the last frame as PNG.
    ///
    /// # Errors
    /// As [`Headless::shot`], and what writing a file can.
    pub fn shot_to(&mut self, path: &Path) -> Result<(), GpuError> {
        self.shot()?.write_png(path)
    }

    /// Whether a graphics device was opened.
    #[must_use]
    pub fn has_gpu(&self) -> bool {
        self.painter.is_some()
    }

    /// One line about the device, once there is one.
    #[must_use]
    pub fn describe_gpu(&self) -> Option<String> {
        self.painter.as_ref().map(|painter| painter.gpu().describe())
    }

    fn run<D: Desktop + ?Sized>(&self, desktop: &mut D, mut input: RawInput, now: Duration) -> FrameOutput {
        self.viewport.fill(&mut input, now);
        desktop.frame(input, now)
    }

    fn open(&mut self) -> Result<Painter, GpuError> {
        let gpu = match &self.gpu {
            Some(gpu) => gpu.clone(),
            None => Gpu::headless(self.adapter)?,
        };
        let mut painter = Painter::new(&gpu, Painter::FORMAT);
        painter.apply_textures(&mut self.pending.take());
        self.gpu = Some(gpu);
        Ok(painter)
    }

    fn take_output(&mut self, output: FrameOutput) -> Stepped {
        let FrameOutput { primitives, textures, mut platform, repaint_after, size_points, scene, .. } =
            output;
        self.take_textures(textures);
        self.picture = Some((primitives, scene));
        if let Some(tree) = platform.accesskit_update.take() {
            self.tree = Some(tree);
        }
        Stepped { repaint_after, size_points, pixels_per_point: self.viewport.pixels_per_point, platform }
    }

    fn take_textures(&mut self, mut textures: TexturesDelta) {
        let freed = std::mem::replace(&mut self.freed, textures.free.drain().collect());
        match &mut self.painter {
            Some(painter) => {
                let mut old = TexturesDelta::default();
                old.free.extend(freed);
                painter.free_textures(&mut old);
                painter.apply_textures(&mut textures);
            }
            None => {
                self.pending.free(freed);
                self.pending.set(&mut textures);
            }
        }
    }
}

fn sane_scale(scale: f32) -> f32 {
    if (0.1..=10.0).contains(&scale) { scale } else { 1.0 }
}

/// The painter refuses what is too large, with the limit; here only nonsense is kept out.
fn pixels(size_points: Vec2, scale: f32) -> [u32; 2] {
    [size_points.x, size_points.y].map(|side| ((side * scale).round() as u32).clamp(1, 65_536))
}

/// A headless desktop as a [`Stage`]: each frame advances the clock by a sixtieth of a second.
pub struct HeadlessStage<'a, D: ?Sized> {
    /// The front-end.
    pub headless: &'a mut Headless,
    /// The desktop.
    pub desktop: &'a mut D,
    /// The frame clock.
    pub now: &'a mut Duration,
}

impl<D: Desktop + ?Sized> Stage<D> for HeadlessStage<'_, D> {
    fn desktop(&mut self) -> &mut D {
        self.desktop
    }

    fn now(&self) -> Duration {
        *self.now
    }

    fn frame(&mut self, events: Vec<egui::Event>) -> Stepped {
        *self.now += Duration::from_nanos(16_666_667);
        self.headless.frame(self.desktop, events, *self.now)
    }

    fn is_woken(&self) -> bool {
        self.headless.is_woken()
    }

    fn drop_files(&mut self, paths: Vec<PathBuf>) {
        self.headless.drop_files(paths);
    }

    fn resize(&mut self, size_points: Vec2) {
        let scale = self.headless.scale();
        self.headless.resize(size_points, scale);
    }

    fn tree(&self) -> Option<&accesskit::TreeUpdate> {
        self.headless.tree()
    }

    fn shot(&mut self) -> Result<Shot, GpuError> {
        self.headless.shot()
    }
}
