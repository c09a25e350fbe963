//! The desktop on the loop of `eframe`, egui's own front-end: a peer that the loop of [`super::window`] is
//! compared with, for how it repaints, what it costs, and whether a fault is ours or the toolkit's.
//!
//! eframe keeps the window, its surface and its events. The [`Desktop`] gets each frame's input before eframe's
//! own context can react to it. Our [`Painter`] draws on eframe's device, into its canvas, and that is the one
//! image which eframe shows, pixel by pixel: the picture is the same as in the window.
//!
//! What it lacks beside the window: `drive --attach`, an accessibility tree, a device that is opened again
//! after a loss, a stretched wallpaper while the size changes, and frames that are not presented when no pixel
//! changed. A frame that asks for the next one gets two, which is how egui's context counts requests. On software
//! rendering the first desktop (1280×800, a live System Monitor) takes five times the window's processor time;
//! an idle one takes none in both.

use super::viewport::Viewport;
use super::wake::Waker;
use super::window::{RunOptions, WindowError, plain};
use crate::gpu::{AdapterChoice, Gpu, GpuError, Painter, Picture};
use crate::{Desktop, FrameOutput};
use eframe::egui_wgpu::{RenderState, WgpuError, WgpuSetup, WgpuSetupCreateNew};
use egui::{Color32, Mesh, PlatformOutput, Pos2, RawInput, Rect, TextureId, ViewportCommand};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};
use winit::error::EventLoopError;
use winit::window::Window;

/// A window of eframe that is not open yet.
pub struct Display {
    options: RunOptions,
    ctx: egui::Context,
    waker: Waker,
}

impl Display {
    /// Prepares the window. The window system is reached by [`Display::run`] only.
    #[must_use]
    pub fn new(options: RunOptions) -> Self {
        let ctx = egui::Context::default();
        let woken = ctx.clone();
        Display { options, ctx, waker: Waker::new(move || woken.request_repaint()) }
    }

    /// Asks for a frame from any thread.
    #[must_use]
    pub fn waker(&self) -> Waker {
        self.waker.clone()
    }

    /// Opens the window, shows the desktop until it quits or the window is closed, and shuts it down.
    ///
    /// # Errors
    /// Why the window could not be opened. The desktop is shut down also then.
    pub fn run<D: Desktop + 'static>(self, desktop: D) -> Result<(), WindowError> {
        let Display { options, ctx, waker } = self;
        let title = options.title.clone();
        let native = native_options(&options);
        let mut waiting = Some(desktop);
        let ended = eframe::run_native_ext(
            &title,
            native,
            Some(ctx),
            Box::new(|creation| {
                let state = creation.wgpu_render_state.clone().ok_or("eframe draws without wgpu")?;
                let window = creation.winit_window().cloned().ok_or("eframe has no window")?;
                let desktop = waiting.take().ok_or("eframe started twice")?;
                Ok(Box::new(App::new(desktop, options, waker, state, window)))
            }),
        );
        if let Some(mut desktop) = waiting {
            desktop.shutdown();
        }
        ended.map_err(in_our_words)
    }
}

struct App<D> {
    desktop: D,
    waker: Waker,
    start: Instant,
    state: RenderState,
    window: Arc<Window>,
    viewport: Viewport,
    /// Given instead of the host's scale.
    scale: Option<f32>,
    exit_after: Option<Duration>,
    screenshot: Option<PathBuf>,
    /// What the next frame takes in.
    input: RawInput,
    painter: Painter,
    /// The canvas as eframe's renderer knows it, and its size.
    image: Option<(TextureId, [u32; 2])>,
    /// The desktop is over; eframe needs one more frame to notice.
    closing: bool,
}

impl<D: Desktop> App<D> {
    fn new(desktop: D, options: RunOptions, waker: Waker, state: RenderState, window: Arc<Window>) -> Self {
        let RenderState { instance, adapter, device, queue, .. } = state.clone();
        let gpu = Gpu::from_device(instance, adapter, device, queue);
        tracing::info!(adapter = gpu.describe(), "window opened by eframe");
        let scale = options.scale.filter(|scale| (0.1..=10.0).contains(scale));
        App {
            desktop,
            waker,
            start: Instant::now(),
            viewport: Viewport::new(
                window.inner_size().into(),
                scale.unwrap_or(window.scale_factor() as f32),
            ),
            painter: Painter::new(&gpu, Painter::FORMAT),
            state,
            window,
            scale,
            exit_after: options.exit_after,
            screenshot: options.screenshot,
            input: RawInput::default(),
            image: None,
            closing: false,
        }
    }

    /// The desktop's part of a frame, with all input since the one before.
    fn frame(&mut self, ctx: &egui::Context) -> FrameOutput {
        let now = self.start.elapsed();
        let mut input = self.input.take();
        self.viewport.fill(&mut input, now);
        let mut output = self.desktop.frame(input, now);
        let platform = std::mem::take(&mut output.platform);
        ctx.output_mut(|all| {
            all.append(PlatformOutput {
                // These count the passes of another context.
                num_completed_passes: 0,
                request_discard_reasons: Vec::new(),
                accesskit_update: None,
                ..platform
            });
        });
        output
    }

    /// egui-winit divides by the host's scale and this zoom; together they make the desktop's points.
    fn set_zoom(&self, ctx: &egui::Context) {
        let zoom = self.viewport.pixels_per_point / self.window.scale_factor() as f32;
        ctx.options_mut(|options| options.zoom_factor = zoom);
    }

    /// Draws the picture, and makes it known to eframe's renderer when it has another size.
    fn paint(&mut self, output: FrameOutput) -> Result<(), GpuError> {
        let FrameOutput { primitives, mut textures, scene, .. } = output;
        self.painter.apply_textures(&mut textures);
        let size_pixels = self.viewport.size_pixels;
        let prepared = if size_pixels.contains(&0) {
            Ok(())
        } else {
            let pixels_per_point = self.viewport.pixels_per_point;
            self.painter.prepare(Picture { primitives, size_pixels, pixels_per_point, scene })
        };
        if self.painter.has_damage() {
            self.painter.render(None);
        }
        self.painter.free_textures(&mut textures);
        prepared?;
        let (Some(view), false) = (self.painter.view(), size_pixels.contains(&0)) else { return Ok(()) };
        let device = &self.state.device;
        let nearest = wgpu::FilterMode::Nearest;
        let id = match self.image {
            Some((_, size)) if size == size_pixels => return Ok(()),
            Some((id, _)) => {
                let mut renderer = self.state.renderer.write();
                renderer.update_egui_texture_from_wgpu_texture(device, view, nearest, id);
                id
            }
            None => self.state.renderer.write().register_native_texture(device, view, nearest),
        };
        self.image = Some((id, size_pixels));
        Ok(())
    }

    fn close(&mut self, ctx: &egui::Context) {
        self.closing = true;
        ctx.send_viewport_cmd(ViewportCommand::Close);
    }

    fn take_screenshot(&mut self) {
        let Some(path) = self.screenshot.take() else { return };
        match self.painter.read().and_then(|shot| shot.write_png(&path)) {
            Ok(()) => tracing::info!(path = %path.display(), "screenshot written"),
            Err(error) => tracing::error!(path = %path.display(), %error, "no screenshot"),
        }
    }
}

impl<D: Desktop> eframe::App for App<D> {
    /// Takes the events away from eframe's context, which else would answer Tab and zoom keys by itself.
    fn raw_input_hook(&mut self, _ctx: &egui::Context, raw: &mut RawInput) {
        self.input = raw.clone();
        raw.events.clear();
        raw.hovered_files.clear();
        raw.dropped_files.clear();
        let scale = self.scale.unwrap_or(self.window.scale_factor() as f32);
        self.viewport.set_host(self.window.inner_size().into(), scale);
    }

    /// The whole frame. eframe calls it also while the window is hidden: logic goes on all the same.
    fn logic(&mut self, ctx: &egui::Context, _frame: &mut eframe::Frame) {
        if self.closing {
            return;
        }
        if ctx.input(|input| input.viewport().close_requested()) && !self.desktop.close_requested() {
            ctx.send_viewport_cmd(egui::ViewportCommand::CancelClose);
        }
        self.waker.take();
        let mut output = self.frame(ctx);
        if self.viewport.take_scale(output.pixels_per_point) {
            // The desktop chose another scale of its own: once more with the points that it has now.
            self.painter.apply_textures(&mut output.textures);
            self.painter.free_textures(&mut output.textures);
            output = self.frame(ctx);
            self.viewport.take_scale(output.pixels_per_point);
        }
        self.set_zoom(ctx);
        let FrameOutput { repaint_after, capture, .. } = output;
        if let Err(error) = self.paint(output) {
            tracing::warn!(%error, "a frame was not drawn");
        }
        if capture {
            self.desktop.take_picture(self.painter.read());
        }
        let now = self.start.elapsed();
        if self.exit_after.is_none() && !repaint_after.is_zero() {
            self.take_screenshot();
        }
        let left = self.exit_after.map_or(Duration::MAX, |end| end.saturating_sub(now));
        if self.desktop.wants_quit() || left.is_zero() {
            self.close(ctx);
        } else if repaint_after.min(left) < Duration::MAX {
            ctx.request_repaint_after(repaint_after.min(left));
        }
    }

    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        let Some((id, [width, height])) = self.image else { return };
        let size = egui::vec2(width as f32, height as f32) / ui.ctx().pixels_per_point();
        // A bare mesh: an image widget has half a pixel of soft edge.
        let mut mesh = Mesh::with_texture(id);
        let whole = Rect::from_min_max(Pos2::ZERO, egui::pos2(1.0, 1.0));
        mesh.add_rect_with_uv(Rect::from_min_size(Pos2::ZERO, size), whole, Color32::WHITE);
        ui.painter().add(mesh);
    }

    fn clear_color(&self, _visuals: &egui::Visuals) -> [f32; 4] {
        [0.0, 0.0, 0.0, 1.0]
    }

    fn on_exit(&mut self) {
        self.take_screenshot();
        self.desktop.shutdown();
    }
}

fn native_options(options: &RunOptions) -> eframe::NativeOptions {
    let [width, height] = options.size_points;
    let mut setup = WgpuSetupCreateNew::without_display_handle();
    // As in the window, so that a comparison is one of loops.
    setup.instance_descriptor.flags = wgpu::InstanceFlags::empty().with_env();
    setup.power_preference = wgpu::PowerPreference::LowPower;
    if options.adapter == AdapterChoice::Software {
        setup.native_adapter_selector = Some(Arc::new(software));
    }
    let mut native = eframe::NativeOptions {
        viewport: egui::ViewportBuilder::default()
            .with_title(&options.title)
            .with_inner_size([width.max(320.0), height.max(240.0)])
            .with_min_inner_size([320.0, 240.0])
            .with_fullscreen(options.fullscreen)
            .with_icon(egui::IconData::default()),
        persist_window: false,
        system_font_fallback: false,
        // It would change pixels.
        dithering: false,
        ..Default::default()
    };
    native.wgpu_options.wgpu_setup = WgpuSetup::CreateNew(setup);
    native
}

fn software(
    adapters: &[wgpu::Adapter],
    surface: Option<&wgpu::Surface<'_>>,
) -> Result<wgpu::Adapter, String> {
    let fits = |adapter: &&wgpu::Adapter| {
        adapter.get_info().device_type == wgpu::DeviceType::Cpu
            && surface.is_none_or(|surface| adapter.is_surface_supported(surface))
    };
    adapters.iter().find(fits).cloned().ok_or_else(|| "no software renderer for this window".to_owned())
}

/// Errors of eframe as the window says them.
fn in_our_words(error: eframe::Error) -> WindowError {
    match error {
        eframe::Error::WinitEventLoop(why @ (EventLoopError::Os(_) | EventLoopError::NotSupported(_))) => {
            WindowError::NoDisplay(plain(&why.to_string()))
        }
        eframe::Error::Wgpu(
            why @ (WgpuError::RequestAdapterError(_) | WgpuError::CustomNativeAdapterSelectionError(_)),
        ) => GpuError::NoAdapter { detail: why.to_string() }.into(),
        eframe::Error::Wgpu(why) => GpuError::NoSurface { detail: why.to_string() }.into(),
        other => WindowError::NoWindow(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_those_of_the_window() {
        let loop_ended = eframe::Error::WinitEventLoop(EventLoopError::ExitFailure(1));
        assert!(matches!(in_our_words(loop_ended), WindowError::NoWindow(_)));
        let no_adapter =
            eframe::Error::Wgpu(WgpuError::CustomNativeAdapterSelectionError("nothing there".into()));
        let said = in_our_words(no_adapter).to_string();
        assert!(said.contains("apt-get install") && said.contains("nothing there"), "{said}");
    }

    #[test]
    fn the_host_window_is_as_large_as_asked_and_never_tiny() {
        let size = |size_points| {
            native_options(&RunOptions { size_points, ..RunOptions::default() }).viewport.inner_size
        };
        assert_eq!(size([1280.0, 800.0]), Some(egui::vec2(1280.0, 800.0)));
        assert_eq!(size([1.0, 1.0]), Some(egui::vec2(320.0, 240.0)));
    }
}
