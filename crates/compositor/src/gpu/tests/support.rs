//! A small desktop for tests: shapes, text and images, drawn by plain egui.

use crate::gpu::{AdapterChoice, Gpu, Picture};
use crate::{Desktop, FrameOutput, Scene};
use egui::epaint::{self, CornerRadius, Mesh, RectShape, Shadow, Stroke, StrokeKind};
use egui::{Align2, Color32, Context, FontId, Pos2, RawInput, Rect, TexturesDelta, pos2, vec2};
use std::time::Duration;
use widgets::ThemeChoice;

const FONT: &[u8] = include_bytes!("../../../../../assets/fonts/Inter-Regular.otf");

pub(crate) const SCENE: Scene = Scene { theme: ThemeChoice::Dark, wallpaper: 0 };

/// A device, or none with a loud word: a machine without any renderer cannot run these tests.
pub(crate) fn gpu() -> Option<Gpu> {
    match Gpu::headless(AdapterChoice::Software).or_else(|_| Gpu::headless(AdapterChoice::Auto)) {
        Ok(gpu) => Some(gpu),
        Err(error) => {
            eprintln!("SKIPPED, nothing was tested: {error}");
            None
        }
    }
}

/// egui with our font.
pub(crate) fn context() -> Context {
    let ctx = Context::default();
    let mut fonts = egui::FontDefinitions::empty();
    fonts.font_data.insert("inter".into(), std::sync::Arc::new(egui::FontData::from_static(FONT)));
    for family in [egui::FontFamily::Proportional, egui::FontFamily::Monospace] {
        fonts.families.insert(family, vec!["inter".into()]);
    }
    ctx.set_fonts(fonts);
    ctx
}

/// A frame as a picture, and its textures.
pub(crate) fn frame(
    ctx: &Context,
    size: [u32; 2],
    scale: f32,
    draw: impl FnMut(&mut egui::Ui),
) -> (Picture, TexturesDelta) {
    let mut input = RawInput {
        screen_rect: Some(Rect::from_min_size(Pos2::ZERO, vec2(size[0] as f32, size[1] as f32) / scale)),
        max_texture_side: Some(8192),
        ..RawInput::default()
    };
    input.viewports.entry(egui::ViewportId::ROOT).or_default().native_pixels_per_point = Some(scale);
    let mut draw = draw;
    let mut output = ctx.run_ui(input, |ui| draw(ui));
    let textures = std::mem::take(&mut output.textures_delta);
    let primitives = ctx.tessellate(std::mem::take(&mut output.shapes), output.pixels_per_point);
    (Picture { primitives, size_pixels: size, pixels_per_point: scale, scene: SCENE }, textures)
}

/// Something of everything that a desktop draws.
pub(crate) fn mixed(painter: &egui::Painter, texts: &[&str], offset: f32) {
    let size = painter.clip_rect().size();
    painter.rect_filled(Rect::from_min_size(Pos2::ZERO, size), 0.0, Color32::from_rgb(30, 24, 60));
    for (at, text) in texts.iter().enumerate() {
        let window = Rect::from_min_size(
            pos2(20.0 + offset + 60.0 * at as f32, 18.5 + 45.0 * at as f32),
            vec2(210.0, 120.0),
        );
        let shadow = Shadow { offset: [0, 8], blur: 24, spread: 0, color: Color32::from_black_alpha(110) };
        painter.add(shadow.as_shape(window, CornerRadius::same(12)));
        painter.rect(
            window,
            12.0,
            Color32::from_rgba_unmultiplied(28, 30, 41, 220),
            Stroke::new(1.0, Color32::from_white_alpha(26)),
            StrokeKind::Inside,
        );
        painter.text(
            window.min + vec2(14.0, 12.0),
            Align2::LEFT_TOP,
            text,
            FontId::proportional(15.0),
            Color32::WHITE,
        );
        let inner = painter.with_clip_rect(window.shrink(20.0));
        inner.circle_filled(window.center(), 60.0, Color32::from_rgb(245, 158, 60).gamma_multiply(0.7));
        let mut gradient = Mesh::default();
        gradient.colored_vertex(window.left_bottom(), Color32::from_rgb(90, 160, 255));
        gradient.colored_vertex(window.right_bottom(), Color32::TRANSPARENT);
        gradient.colored_vertex(window.center(), Color32::from_rgb(160, 60, 190));
        gradient.add_triangle(0, 1, 2);
        inner.add(gradient);
    }
}

/// A picture with texels of its own, some of them clear.
pub(crate) fn image(ctx: &Context, name: &str) -> egui::TextureHandle {
    let pixels = (0..32 * 32)
        .map(|at| {
            Color32::from_rgba_unmultiplied(
                (at % 32 * 8) as u8,
                (at / 32 * 8) as u8,
                200,
                (at % 7 * 40) as u8,
            )
        })
        .collect();
    ctx.load_texture(name, egui::ColorImage::new([32, 32], pixels), egui::TextureOptions::LINEAR)
}

pub(crate) fn draw_image(painter: &egui::Painter, image: &egui::TextureHandle, rect: Rect) {
    let uv = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
    painter.add(RectShape::filled(rect, CornerRadius::same(9), Color32::WHITE).with_texture(image.id(), uv));
}

/// A desktop of one button that counts.
pub(crate) struct Counter {
    pub(crate) ctx: Context,
    pub(crate) count: u32,
    pub(crate) zoom: f32,
}

impl Counter {
    pub(crate) fn new() -> Self {
        Counter { ctx: context(), count: 0, zoom: 1.0 }
    }
}

impl Desktop for Counter {
    fn frame(&mut self, input: RawInput, _now: Duration) -> FrameOutput {
        self.ctx.set_zoom_factor(self.zoom);
        let ctx = self.ctx.clone();
        let mut size_points = egui::Vec2::ZERO;
        let mut output = ctx.run_ui(input, |ui| {
            size_points = ui.ctx().content_rect().size();
            ui.painter().add(epaint::Shape::rect_filled(ui.max_rect(), 0.0, Color32::from_rgb(10, 20, 30)));
            if ui.button(format!("Pressed {}", self.count)).clicked() {
                self.count += 1;
                ui.ctx().request_repaint();
            }
        });
        let view = output.viewport_output.get(&egui::ViewportId::ROOT);
        let repaint_after = view.map_or(Duration::MAX, |view| view.repaint_delay);
        FrameOutput {
            capture: false,
            primitives: ctx.tessellate(std::mem::take(&mut output.shapes), output.pixels_per_point),
            textures: std::mem::take(&mut output.textures_delta),
            platform: std::mem::take(&mut output.platform_output),
            pixels_per_point: output.pixels_per_point,
            repaint_after,
            size_points,
            scene: SCENE,
            times: Default::default(),
        }
    }

    fn set_accessibility(&mut self, wanted: bool) {
        if wanted {
            self.ctx.enable_accesskit();
        } else {
            self.ctx.disable_accesskit();
        }
    }

    fn wants_quit(&self) -> bool {
        false
    }

    fn shutdown(&mut self) {}
}
