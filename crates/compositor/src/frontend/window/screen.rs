//! The surface of a window: configured, acquired, and made again when the host takes it away.

use crate::gpu::{AdapterKind, Gpu, GpuError};
use std::sync::Arc;
use winit::window::Window;

/// What acquiring the next picture came to.
pub(super) enum Acquired {
    /// Draw into this and present it.
    Picture(wgpu::SurfaceTexture),
    /// Not now; the same picture has to be presented later.
    Later,
    /// Nobody can see it; wait to be shown again.
    Hidden,
}

/// A configured surface.
pub(super) struct Screen {
    surface: wgpu::Surface<'static>,
    config: wgpu::SurfaceConfiguration,
}

impl Screen {
    /// Configures a surface for `size` in pixels, which must not be empty.
    pub(super) fn new(
        gpu: &Gpu,
        surface: wgpu::Surface<'static>,
        size: [u32; 2],
    ) -> Result<Screen, GpuError> {
        let capabilities = surface.get_capabilities(&gpu.adapter);
        let none = || GpuError::NoSurface { detail: "the adapter cannot present to it".into() };
        // egui blends in gamma space, so a format that encodes by itself is the last choice, and then it is
        // written to as if it did not.
        let format = [wgpu::TextureFormat::Bgra8Unorm, wgpu::TextureFormat::Rgba8Unorm]
            .into_iter()
            .find(|format| capabilities.formats.contains(format))
            .or_else(|| capabilities.formats.first().copied())
            .ok_or_else(none)?;
        let canvas = canvas_format(format).ok_or_else(none)?;
        let config = wgpu::SurfaceConfiguration {
            usage: wgpu::TextureUsages::RENDER_ATTACHMENT
                | (capabilities.usages & wgpu::TextureUsages::COPY_DST),
            format,
            color_space: wgpu::SurfaceColorSpace::Auto,
            width: size[0],
            height: size[1],
            present_mode: present_mode(gpu.kind(), &capabilities.present_modes),
            desired_maximum_frame_latency: 1,
            alpha_mode: wgpu::CompositeAlphaMode::Auto,
            view_formats: if canvas == format { Vec::new() } else { vec![canvas] },
        };
        surface.configure(&gpu.device, &config);
        tracing::debug!(?format, mode = ?config.present_mode, ?size, "surface configured");
        Ok(Screen { surface, config })
    }

    /// What the canvas has to be made of.
    pub(super) fn canvas_format(&self) -> wgpu::TextureFormat {
        canvas_format(self.config.format).unwrap_or(self.config.format)
    }

    /// Whether presenting waits for the display.
    pub(super) fn is_paced(&self) -> bool {
        self.config.present_mode == wgpu::PresentMode::Fifo
    }

    /// Takes a new size in pixels; an empty one is ignored.
    pub(super) fn resize(&mut self, gpu: &Gpu, size: [u32; 2]) {
        if size[0] == 0 || size[1] == 0 || size == [self.config.width, self.config.height] {
            return;
        }
        let limit = gpu.max_texture_side();
        self.config.width = size[0].min(limit);
        self.config.height = size[1].min(limit);
        self.surface.configure(&gpu.device, &self.config);
    }

    /// The next picture to present. A surface that is outdated is configured again, one that is lost is made
    /// again, once each.
    pub(super) fn acquire(&mut self, gpu: &Gpu, window: &Arc<Window>) -> Acquired {
        for _ in 0..3 {
            match self.surface.get_current_texture() {
                wgpu::CurrentSurfaceTexture::Success(texture)
                | wgpu::CurrentSurfaceTexture::Suboptimal(texture) => return Acquired::Picture(texture),
                wgpu::CurrentSurfaceTexture::Timeout | wgpu::CurrentSurfaceTexture::Validation => {
                    return Acquired::Later;
                }
                wgpu::CurrentSurfaceTexture::Occluded => return Acquired::Hidden,
                wgpu::CurrentSurfaceTexture::Outdated => {
                    tracing::debug!("surface outdated");
                    self.surface.configure(&gpu.device, &self.config);
                }
                wgpu::CurrentSurfaceTexture::Lost => {
                    tracing::info!("surface lost, making it again");
                    match gpu.instance.create_surface(Arc::clone(window)) {
                        Ok(surface) => {
                            surface.configure(&gpu.device, &self.config);
                            self.surface = surface;
                        }
                        Err(error) => {
                            tracing::warn!(%error, "the surface could not be made again");
                            return Acquired::Later;
                        }
                    }
                }
            }
        }
        Acquired::Later
    }
}

/// The format to draw in: the surface's without its own encoding, where it is one of 8 bits.
fn canvas_format(surface: wgpu::TextureFormat) -> Option<wgpu::TextureFormat> {
    let plain = surface.remove_srgb_suffix();
    matches!(plain, wgpu::TextureFormat::Bgra8Unorm | wgpu::TextureFormat::Rgba8Unorm).then_some(plain)
}

/// A GPU waits for the display. Software rendering has no time to wait: the frame is late already.
fn present_mode(kind: AdapterKind, modes: &[wgpu::PresentMode]) -> wgpu::PresentMode {
    let wanted: &[wgpu::PresentMode] = match kind {
        AdapterKind::Gpu => &[],
        AdapterKind::Software => &[wgpu::PresentMode::Mailbox, wgpu::PresentMode::Immediate],
    };
    wanted.iter().copied().find(|mode| modes.contains(mode)).unwrap_or(wgpu::PresentMode::Fifo)
}

#[cfg(test)]
mod tests {
    use super::*;
    use wgpu::{PresentMode, TextureFormat};

    #[test]
    fn software_does_not_wait_for_the_display() {
        let all = [PresentMode::Fifo, PresentMode::Immediate, PresentMode::Mailbox];
        assert_eq!(present_mode(AdapterKind::Gpu, &all), PresentMode::Fifo);
        assert_eq!(present_mode(AdapterKind::Software, &all), PresentMode::Mailbox);
        assert_eq!(present_mode(AdapterKind::Software, &all[..2]), PresentMode::Immediate);
        assert_eq!(present_mode(AdapterKind::Software, &all[..1]), PresentMode::Fifo);
    }

    #[test]
    fn drawing_is_in_gamma_space() {
        assert_eq!(canvas_format(TextureFormat::Bgra8UnormSrgb), Some(TextureFormat::Bgra8Unorm));
        assert_eq!(canvas_format(TextureFormat::Rgba16Float), None);
    }
}
