//! egui-wgpu's own renderer behind the same calls as our painter: the reference for pixels in tests and
//! the peer for time in benches. Not part of the product.

use egui::TexturesDelta;

use super::canvas::{Canvas, pass};
use super::device::Gpu;
use super::error::GpuError;
use super::painter::Picture;
use super::shot::Shot;

/// The stock renderer with a target of its own.
pub(crate) struct Stock {
    gpu: Gpu,
    format: wgpu::TextureFormat,
    renderer: egui_wgpu::Renderer,
    canvas: Option<Canvas>,
}

impl Stock {
    /// A renderer without dithering, as near to ours as its options allow.
    #[must_use]
    pub(crate) fn new(gpu: &Gpu, format: wgpu::TextureFormat) -> Stock {
        let options = egui_wgpu::RendererOptions {
            dithering: false,
            predictable_texture_filtering: false,
            ..Default::default()
        };
        let renderer = egui_wgpu::Renderer::new(&gpu.device, format, options);
        Stock { gpu: gpu.clone(), format, renderer, canvas: None }
    }

    /// Takes new and changed textures; `delta` is left as it is.
    pub(crate) fn apply_textures(&mut self, delta: &TexturesDelta) {
        for (id, changes) in &delta.set {
            for change in changes {
                self.renderer.update_texture(&self.gpu.device, &self.gpu.queue, *id, change);
            }
        }
    }

    /// Uploads a frame.
    pub(crate) fn upload(&mut self, picture: &Picture, encoder: &mut wgpu::CommandEncoder) {
        if self.canvas.as_ref().is_none_or(|canvas| canvas.size() != picture.size_pixels) {
            self.canvas = Some(Canvas::new(&self.gpu, picture.size_pixels, self.format));
        }
        let (device, queue) = (&self.gpu.device, &self.gpu.queue);
        let callbacks =
            self.renderer.update_buffers(device, queue, encoder, &picture.primitives, &screen(picture));
        debug_assert!(callbacks.is_empty(), "there are no paint callbacks in our frames");
    }

    /// Encodes a frame that was uploaded.
    pub(crate) fn encode(&mut self, picture: &Picture, encoder: &mut wgpu::CommandEncoder) {
        let Some(canvas) = &self.canvas else { return };
        let clear = wgpu::LoadOp::Clear(wgpu::Color::BLACK);
        let mut pass = pass(encoder, &canvas.view, clear).forget_lifetime();
        self.renderer.render(&mut pass, &picture.primitives, &screen(picture));
    }

    /// Reads the picture. Waits for the GPU.
    ///
    /// # Errors
    /// [`GpuError::ReadBack`].
    pub(crate) fn read(&self) -> Result<Shot, GpuError> {
        match &self.canvas {
            Some(canvas) => Shot::read(&self.gpu, &canvas.texture),
            None => Err(GpuError::ReadBack { detail: "nothing was painted yet".to_owned() }),
        }
    }
}

fn screen(picture: &Picture) -> egui_wgpu::ScreenDescriptor {
    egui_wgpu::ScreenDescriptor {
        size_in_pixels: picture.size_pixels,
        pixels_per_point: picture.pixels_per_point,
    }
}
