//! Times the parts of drawing a frame, for benches: ours, and the stock renderer beside it with the
//! feature `stock-renderer`.

use egui::TexturesDelta;
use std::time::{Duration, Instant};

use super::device::Gpu;
use super::error::GpuError;
use super::painter::{DamageTracking, Painted, Painter, Picture};
#[cfg(feature = "stock-renderer")]
use super::{shot::Shot, stock::Stock};

/// Where the time of one frame went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PaintTimes {
    /// Finding what changed, copying vertices and textures to the driver.
    pub upload: Duration,
    /// Recording commands.
    pub encode: Duration,
    /// From submission until the device is idle again.
    pub gpu: Duration,
}

impl PaintTimes {
    /// All together.
    #[must_use]
    pub fn total(&self) -> Duration {
        self.upload + self.encode + self.gpu
    }
}

/// Our painter under the clock.
pub struct TimedPainter {
    painter: Painter,
}

impl TimedPainter {
    /// A painter with or without damage tracking.
    #[must_use]
    pub fn new(gpu: &Gpu, tracking: DamageTracking) -> TimedPainter {
        let mut painter = Painter::new(gpu, Painter::FORMAT);
        painter.set_damage_tracking(tracking);
        TimedPainter { painter }
    }

    /// Paints one frame.
    ///
    /// # Errors
    /// As [`Painter::prepare`].
    pub fn paint(
        &mut self,
        picture: Picture,
        mut textures: TexturesDelta,
    ) -> Result<(PaintTimes, Painted), GpuError> {
        let gpu = self.painter.gpu().clone();
        let start = Instant::now();
        self.painter.apply_textures(&mut textures);
        let prepared = self.painter.prepare(picture);
        self.painter.free_textures(&mut textures);
        prepared?;
        let uploaded = Instant::now();
        let mut encoder = gpu.device.create_command_encoder(&Default::default());
        let painted = self.painter.encode(&mut encoder);
        let commands = encoder.finish();
        let encoded = Instant::now();
        gpu.queue.submit([commands]);
        gpu.wait();
        let times =
            PaintTimes { upload: uploaded - start, encode: encoded - uploaded, gpu: encoded.elapsed() };
        Ok((times, painted))
    }
}

/// The stock renderer under the clock. It draws no wallpaper: register or leave it out on both sides.
#[cfg(feature = "stock-renderer")]
pub struct TimedStock {
    gpu: Gpu,
    stock: Stock,
}

#[cfg(feature = "stock-renderer")]
impl TimedStock {
    /// A renderer on the same device and format as ours.
    #[must_use]
    pub fn new(gpu: &Gpu) -> TimedStock {
        TimedStock { gpu: gpu.clone(), stock: Stock::new(gpu, Painter::FORMAT) }
    }

    /// Paints one frame. `textures` is left as it is, for ours to take.
    pub fn paint(&mut self, picture: &Picture, textures: &TexturesDelta) -> PaintTimes {
        let start = Instant::now();
        self.stock.apply_textures(textures);
        let mut encoder = self.gpu.device.create_command_encoder(&Default::default());
        self.stock.upload(picture, &mut encoder);
        let uploaded = Instant::now();
        self.stock.encode(picture, &mut encoder);
        let commands = encoder.finish();
        let encoded = Instant::now();
        self.gpu.queue.submit([commands]);
        self.gpu.wait();
        PaintTimes { upload: uploaded - start, encode: encoded - uploaded, gpu: encoded.elapsed() }
    }

    /// The picture that it painted, to see that both paint the same.
    ///
    /// # Errors
    /// [`GpuError::ReadBack`].
    pub fn read(&self) -> Result<Shot, GpuError> {
        self.stock.read()
    }
}
