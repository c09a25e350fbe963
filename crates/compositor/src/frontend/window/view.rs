//! A window with what belongs to it: egui's translation of its events, its surface, its painter.

use super::screen::{Acquired, Screen};
use super::{RunOptions, WindowError, remote::Signal};
use crate::frontend::viewport::{MAX_TEXTURE_SIDE, Viewport};
use crate::gpu::{AdapterKind, Gpu, GpuError, Painter, PendingTextures, Picture, Shot, WallpaperFit};
use crate::{FrameOutput, Scene};
use egui::{ClippedPrimitive, RawInput, TexturesDelta};
use std::sync::Arc;
use std::time::{Duration, Instant};
use widgets::number_pad;
use winit::dpi::{LogicalSize, PhysicalSize};
use winit::event::WindowEvent;
use winit::event_loop::{ActiveEventLoop, EventLoopProxy, OwnedDisplayHandle};
use winit::keyboard::KeyLocation;
use winit::window::{Fullscreen, Window};

/// Least inner size in points of the host.
const SMALLEST: LogicalSize<f64> = LogicalSize::new(320.0, 240.0);

/// A size that stayed for this time is the last one of a resize.
const SETTLE: Duration = Duration::from_millis(150);

pub(super) struct View {
    pub(super) window: Arc<Window>,
    pub(super) viewport: Viewport,
    state: egui_winit::State,
    /// Given instead of the host's scale.
    scale: Option<f32>,
    gpu: Gpu,
    screen: Screen,
    painter: Painter,
    /// Copies of all textures, to start again on a GPU that was lost. Software rendering is never lost.
    copies: Option<PendingTextures>,
    /// The canvas has a picture that the window does not show yet.
    unpresented: bool,
    /// When the size last changed, until it is taken for the last one.
    resized: Option<Instant>,
}

impl View {
    /// Opens a hidden window (the accessibility adapter has to be there before it is shown).
    pub(super) fn open(
        event_loop: &ActiveEventLoop,
        options: &RunOptions,
        proxy: EventLoopProxy<Signal>,
        display: OwnedDisplayHandle,
    ) -> Result<View, WindowError> {
        let [width, height] = options.size_points.map(f64::from);
        let attributes = Window::default_attributes()
            .with_title(&options.title)
            .with_inner_size(LogicalSize::new(width.max(SMALLEST.width), height.max(SMALLEST.height)))
            .with_min_inner_size(SMALLEST)
            .with_fullscreen(options.fullscreen.then_some(Fullscreen::Borderless(None)))
            .with_visible(false);
        let window =
            event_loop.create_window(attributes).map_err(|error| WindowError::NoWindow(error.to_string()))?;
        let window = Arc::new(window);
        let scale = options.scale.filter(|scale| (0.1..=10.0).contains(scale));
        let host_scale = window.scale_factor() as f32;
        let mut state = egui_winit::State::new(
            // Only its zoom is read: it translates pixels to the desktop's points.
            egui::Context::default(),
            egui::ViewportId::ROOT,
            event_loop,
            Some(host_scale),
            window.theme(),
            Some(MAX_TEXTURE_SIDE),
        );
        state.init_accesskit(event_loop, &window, proxy);
        let (gpu, surface) = Gpu::for_window(&window, display, options.adapter)?;
        let size = pixels(window.inner_size());
        let screen = Screen::new(&gpu, surface, size.map(|side| side.max(1)))?;
        let painter = Painter::new(&gpu, screen.canvas_format());
        let copies = (gpu.kind() == AdapterKind::Gpu).then(PendingTextures::new);
        let viewport = Viewport::new(size, scale.unwrap_or(host_scale));
        let mut view = View {
            window,
            viewport,
            state,
            scale,
            gpu,
            screen,
            painter,
            copies,
            unpresented: false,
            resized: None,
        };
        view.set_zoom();
        tracing::info!(adapter = view.gpu.describe(), "window opened");
        Ok(view)
    }

    /// Time between two pictures of the display.
    pub(super) fn interval(&self) -> Duration {
        let rate = self.window.current_monitor().and_then(|monitor| monitor.refresh_rate_millihertz());
        let hertz = f64::from(rate.unwrap_or(60_000).clamp(20_000, 500_000)) / 1000.0;
        Duration::from_secs_f64(1.0 / hertz)
    }

    /// Whether presenting waits for the display.
    pub(super) fn is_paced(&self) -> bool {
        self.screen.is_paced()
    }

    /// Whether it has no pixels, as a minimised window has on some hosts.
    pub(super) fn is_empty(&self) -> bool {
        self.viewport.size_pixels.contains(&0)
    }

    /// While the size keeps changing, the wallpaper is stretched (to draw it takes software rendering many
    /// frames). Returns how long until the size is taken for the last one.
    pub(super) fn settles_after(&mut self) -> Option<Duration> {
        let left = SETTLE.saturating_sub(self.resized?.elapsed());
        if left.is_zero() {
            self.resized = None;
            return None;
        }
        Some(left)
    }

    /// Translates an event into input; says whether a frame is due.
    pub(super) fn on_event(&mut self, event: &WindowEvent) -> bool {
        match event {
            WindowEvent::Resized(size) => {
                if pixels(*size) != self.viewport.size_pixels && self.gpu.kind() == AdapterKind::Software {
                    self.resized = Some(Instant::now());
                }
                self.set_size(*size);
            }
            WindowEvent::ScaleFactorChanged { .. } => self.set_size(self.window.inner_size()),
            _ => {}
        }
        let known = self.state.egui_input().events.len();
        let due = self.state.on_window_event(&self.window, event).repaint;
        if let WindowEvent::KeyboardInput { event, .. } = event
            && event.location == KeyLocation::Numpad
        {
            self.state.egui_input_mut().events.iter_mut().skip(known).for_each(number_pad::mark);
        }
        due
    }

    pub(super) fn on_accesskit_action(&mut self, request: accesskit::ActionRequest) {
        self.state.on_accesskit_action_request(request);
    }

    /// Input of the next frame, which a script may add to.
    pub(super) fn input_mut(&mut self) -> &mut RawInput {
        self.state.egui_input_mut()
    }

    /// All input since the last frame.
    pub(super) fn take_input(&mut self, now: Duration) -> RawInput {
        let mut input = self.state.take_egui_input(&self.window);
        self.viewport.fill(&mut input, now);
        input
    }

    /// Takes the scale of a frame, and says whether its input was made for another one.
    pub(super) fn take_scale(&mut self, output: &FrameOutput) -> bool {
        let changed = self.viewport.take_scale(output.pixels_per_point);
        self.set_zoom();
        changed
    }

    /// Cursor, clipboard, links, IME, accessibility.
    pub(super) fn take_platform(&mut self, event_loop: &ActiveEventLoop, platform: egui::PlatformOutput) {
        self.state.handle_platform_output_with_event_loop(&self.window, event_loop, platform);
    }

    /// Takes the textures of a frame that is not painted.
    pub(super) fn take_textures(&mut self, mut textures: TexturesDelta) {
        self.apply(&mut textures);
        self.free(&mut textures);
    }

    /// Paints a frame into the canvas, and presents it unless the window is covered: then presenting could
    /// wait for ever. Says whether somebody can see it.
    pub(super) fn paint(
        &mut self,
        primitives: Vec<ClippedPrimitive>,
        mut textures: TexturesDelta,
        scene: Scene,
        covered: bool,
    ) -> Result<bool, GpuError> {
        self.apply(&mut textures);
        let settling = self.resized.is_some();
        self.painter.set_wallpaper(if settling { WallpaperFit::Stretched } else { WallpaperFit::Exact });
        let prepared = if self.is_empty() {
            Ok(())
        } else {
            self.painter.prepare(Picture {
                primitives,
                size_pixels: self.viewport.size_pixels,
                pixels_per_point: self.viewport.pixels_per_point,
                scene,
            })
        };
        self.unpresented |= self.painter.has_damage();
        let visible = if covered {
            self.painter.render(None);
            false
        } else {
            prepared.as_ref().is_ok_and(|()| self.present())
        };
        self.free(&mut textures);
        prepared.map(|()| visible)
    }

    /// The window was uncovered: what it shows may be gone.
    pub(super) fn expose(&mut self) {
        self.unpresented = true;
    }

    /// Presents what was prepared, if there is anything to present. False when nobody can see it.
    fn present(&mut self) -> bool {
        if !self.unpresented || self.is_empty() {
            return !self.is_empty();
        }
        match self.screen.acquire(&self.gpu, &self.window) {
            Acquired::Picture(surface) => {
                self.painter.render(Some(&surface.texture));
                self.window.pre_present_notify();
                self.gpu.queue.present(surface);
                self.unpresented = false;
                true
            }
            Acquired::Later => {
                self.painter.render(None);
                true
            }
            Acquired::Hidden => {
                self.painter.render(None);
                false
            }
        }
    }

    /// Whether a picture waits to be presented.
    pub(super) fn is_behind(&self) -> bool {
        self.unpresented && !self.is_empty()
    }

    /// The picture of the last frame.
    pub(super) fn shot(&mut self) -> Result<Shot, GpuError> {
        if self.painter.has_damage() {
            self.painter.render(None);
        }
        self.painter.read()
    }

    /// Opens the device again when it was lost. All textures come back from their copies.
    pub(super) fn recover(
        &mut self,
        options: &RunOptions,
        display: OwnedDisplayHandle,
    ) -> Result<(), GpuError> {
        if !self.gpu.is_lost() {
            return Ok(());
        }
        let (gpu, surface) = Gpu::for_window(&self.window, display, options.adapter)?;
        self.screen = Screen::new(&gpu, surface, self.viewport.size_pixels.map(|side| side.max(1)))?;
        self.painter = Painter::new(&gpu, self.screen.canvas_format());
        if let Some(copies) = &self.copies {
            self.painter.apply_textures(&mut copies.copy());
        }
        self.gpu = gpu;
        self.unpresented = true;
        tracing::info!(adapter = self.gpu.describe(), "graphics device opened again");
        Ok(())
    }

    fn apply(&mut self, textures: &mut TexturesDelta) {
        if let Some(copies) = &mut self.copies {
            let mut shared = TexturesDelta::default();
            shared.set.clone_from(&textures.set);
            copies.set(&mut shared);
        }
        self.painter.apply_textures(textures);
    }

    fn free(&mut self, textures: &mut TexturesDelta) {
        if let Some(copies) = &mut self.copies {
            copies.free(textures.free.iter().copied());
        }
        self.painter.free_textures(textures);
    }

    fn set_size(&mut self, size: PhysicalSize<u32>) {
        let scale = self.scale.unwrap_or(self.window.scale_factor() as f32);
        self.viewport.set_host(pixels(size), scale);
        self.screen.resize(&self.gpu, self.viewport.size_pixels);
        self.set_zoom();
    }

    /// egui-winit divides by the host's scale and this zoom; together they make the desktop's points.
    fn set_zoom(&mut self) {
        let zoom = self.viewport.pixels_per_point / self.window.scale_factor() as f32;
        self.state.egui_ctx().options_mut(|options| options.zoom_factor = zoom);
    }
}

fn pixels(size: PhysicalSize<u32>) -> [u32; 2] {
    [size.width, size.height]
}
