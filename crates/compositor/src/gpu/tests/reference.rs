//! Our pixels beside those of egui-wgpu on the same device.

use super::support::{context, draw_image, frame, gpu, image, mixed};
use crate::gpu::stock::Stock;
use crate::gpu::{Gpu, Painter, Picture, Shot};
use egui::{Rect, TexturesDelta, pos2, vec2};

/// Steps of 8 bits by which a channel may differ: a software rasteriser draws our shader in 8 bits and
/// rounds after each of several layers, the stock one in floats.
const WORST: u8 = 3;

/// The same for the whole picture on average.
const MEAN: f64 = 0.1;

fn stock(gpu: &Gpu, picture: &Picture, textures: &TexturesDelta) -> Shot {
    let mut stock = Stock::new(gpu, Painter::FORMAT);
    stock.apply_textures(textures);
    let mut encoder = gpu.device.create_command_encoder(&Default::default());
    stock.upload(picture, &mut encoder);
    stock.encode(picture, &mut encoder);
    gpu.queue.submit([encoder.finish()]);
    stock.read().expect("a small picture can be read")
}

#[test]
fn gpu_pixels_are_those_of_the_stock_renderer() {
    let Some(gpu) = gpu() else { return };
    for (size, scale) in [([640, 400], 1.0), ([800, 500], 1.25), ([331, 257], 2.0)] {
        let ctx = context();
        let picture_of = image(&ctx, "image");
        let (picture, mut textures) = frame(&ctx, size, scale, |ui| {
            mixed(ui.painter(), &["Documents", "Ünïcode → 1,618.03", "bash"], 0.0);
            draw_image(ui.painter(), &picture_of, Rect::from_min_size(pos2(30.3, 90.7), vec2(77.0, 50.0)));
        });
        let expected = stock(&gpu, &picture, &textures);
        let mut painter = Painter::new(&gpu, Painter::FORMAT);
        painter.apply_textures(&mut textures);
        painter.paint(picture).expect("the size is fine");
        let got = painter.read().expect("a small picture can be read");
        textures.clear();
        let differences = || got.rgba.iter().zip(&expected.rgba).map(|(one, other)| one.abs_diff(*other));
        let worst = differences().max();
        let mean = differences().map(f64::from).sum::<f64>() / got.rgba.len() as f64;
        let colours: std::collections::HashSet<_> = got.rgba.chunks_exact(4).collect();
        assert!(colours.len() > 200, "the picture has content");
        assert!(worst <= Some(WORST), "{size:?} at {scale}: a channel differs by {worst:?}");
        assert!(mean <= MEAN, "{size:?} at {scale}: channels differ by {mean} on average");
    }
}

#[test]
fn gpu_refuses_sizes_that_cannot_be() {
    let Some(gpu) = gpu() else { return };
    let mut painter = Painter::new(&gpu, Painter::FORMAT);
    for size in [[0, 10], [10, 0], [1_000_000, 10]] {
        let picture = Picture {
            primitives: Vec::new(),
            size_pixels: size,
            pixels_per_point: 1.0,
            scene: super::support::SCENE,
        };
        assert!(painter.paint(picture).is_err());
    }
    assert!(painter.read().is_err(), "nothing was painted yet");
}
