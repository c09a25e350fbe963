//! A picture on the CPU: read back from the GPU, written as PNG.

use std::io::BufWriter;
use std::path::Path;

use super::device::Gpu;
use super::error::GpuError;

/// A picture of the desktop: RGBA, opaque, rows from top to bottom.
#[derive(Clone, PartialEq, Eq)]
pub struct Shot {
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// `width × height × 4` bytes.
    pub rgba: Vec<u8>,
}

impl std::fmt::Debug for Shot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shot")
            .field("width", &self.width)
            .field("height", &self.height)
            .finish_non_exhaustive()
    }
}

impl Shot {
    /// The colour of a pixel as `[r, g, b, a]`, or `None` outside.
    #[must_use]
    pub fn pixel(&self, x: u32, y: u32) -> Option<[u8; 4]> {
        if x >= self.width || y >= self.height {
            return None;
        }
        let at = (y as usize * self.width as usize + x as usize) * 4;
        self.rgba.get(at..at + 4)?.try_into().ok()
    }

    /// Writes a PNG (8-bit RGB).
    ///
    /// # Errors
    /// [`GpuError::Io`], [`GpuError::Png`].
    pub fn write_png(&self, path: &Path) -> Result<(), GpuError> {
        let file = BufWriter::new(std::fs::File::create(path)?);
        self.encode(file)
    }

    /// The PNG as bytes.
    ///
    /// # Errors
    /// [`GpuError::Png`].
    pub fn to_png(&self) -> Result<Vec<u8>, GpuError> {
        let mut bytes = Vec::new();
        self.encode(&mut bytes)?;
        Ok(bytes)
    }

    fn encode(&self, to: impl std::io::Write) -> Result<(), GpuError> {
        let mut encoder = png::Encoder::new(to, self.width, self.height);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.set_compression(png::Compression::Fast);
        let mut writer = encoder.write_header()?;
        let rgb: Vec<u8> =
            self.rgba.chunks_exact(4).flat_map(|pixel| [pixel[0], pixel[1], pixel[2]]).collect();
        writer.write_image_data(&rgb)?;
        writer.finish()?;
        Ok(())
    }

    /// Reads a texture of 8-bit RGBA or BGRA. Waits for the GPU.
    pub(crate) fn read(gpu: &Gpu, texture: &wgpu::Texture) -> Result<Shot, GpuError> {
        let fail = |detail: String| GpuError::ReadBack { detail };
        let (width, height) = (texture.width(), texture.height());
        let row = (width * 4).next_multiple_of(wgpu::COPY_BYTES_PER_ROW_ALIGNMENT);
        let buffer = gpu.device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("read back"),
            size: u64::from(row) * u64::from(height),
            usage: wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::MAP_READ,
            mapped_at_creation: false,
        });
        let mut encoder = gpu.device.create_command_encoder(&Default::default());
        encoder.copy_texture_to_buffer(
            texture.as_image_copy(),
            wgpu::TexelCopyBufferInfo {
                buffer: &buffer,
                layout: wgpu::TexelCopyBufferLayout {
                    offset: 0,
                    bytes_per_row: Some(row),
                    rows_per_image: Some(height),
                },
            },
            texture.size(),
        );
        gpu.queue.submit([encoder.finish()]);
        let (sender, receiver) = std::sync::mpsc::sync_channel(1);
        buffer.slice(..).map_async(wgpu::MapMode::Read, move |result| drop(sender.send(result)));
        gpu.wait();
        match receiver.try_recv() {
            Ok(Ok(())) => {}
            Ok(Err(error)) => return Err(fail(error.to_string())),
            Err(_) => return Err(fail("the device did not answer".to_owned())),
        }
        let view = buffer.slice(..).get_mapped_range().map_err(|error| fail(error.to_string()))?;
        let swap = matches!(texture.format().remove_srgb_suffix(), wgpu::TextureFormat::Bgra8Unorm);
        let mut rgba = Vec::with_capacity(width as usize * height as usize * 4);
        for line in view.chunks_exact(row as usize) {
            for pixel in line[..width as usize * 4].chunks_exact(4) {
                let [a, b, c] = [pixel[0], pixel[1], pixel[2]];
                rgba.extend_from_slice(&if swap { [c, b, a, 255] } else { [a, b, c, 255] });
            }
        }
        Ok(Shot { width, height, rgba })
    }
}
