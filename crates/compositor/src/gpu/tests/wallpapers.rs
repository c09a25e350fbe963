//! The bundled wallpapers as a person would judge them at a glance.

use super::support::gpu;
use crate::Scene;
use crate::gpu::{BACKDROP, Painter, Picture, Shot, WALLPAPER, WALLPAPERS, WallpaperFit};
use egui::epaint::{ClippedPrimitive, Mesh, Primitive};
use egui::{Color32, Pos2, Rect, TextureId, pos2, vec2};
use widgets::ThemeChoice;

const SIZE: [u32; 2] = [480, 300];

fn whole(painter: &mut Painter, texture: TextureId, scene: Scene) -> Shot {
    let mut mesh = Mesh::with_texture(texture);
    let rect = Rect::from_min_size(Pos2::ZERO, vec2(SIZE[0] as f32, SIZE[1] as f32));
    mesh.add_rect_with_uv(rect, Rect::from_min_max(Pos2::ZERO, pos2(1.0, 1.0)), Color32::WHITE);
    let primitives = vec![ClippedPrimitive { clip_rect: rect, primitive: Primitive::Mesh(mesh) }];
    let picture = Picture { primitives, size_pixels: SIZE, pixels_per_point: 1.0, scene };
    painter.paint(picture).expect("the size is fine");
    painter.read().expect("a small picture can be read")
}

/// Mean of all channels, and mean difference of neighbours in a row.
fn measure(shot: &Shot) -> (f64, f64) {
    let values = || shot.rgba.chunks_exact(4).flat_map(|pixel| &pixel[..3]).copied();
    let mean = values().map(f64::from).sum::<f64>() / values().count() as f64;
    let rough = values().zip(values().skip(3)).map(|(one, next)| f64::from(one.abs_diff(next))).sum::<f64>();
    (mean, rough / values().count() as f64)
}

#[test]
fn gpu_wallpapers_are_many_dark_and_light_and_their_blur_is_smooth() {
    let Some(gpu) = gpu() else { return };
    let mut painter = Painter::new(&gpu, Painter::FORMAT);
    let mut seen: Vec<Shot> = Vec::new();
    for theme in [ThemeChoice::Dark, ThemeChoice::Light] {
        for wallpaper in 0..WALLPAPERS {
            let scene = Scene { theme, wallpaper };
            let sharp = whole(&mut painter, WALLPAPER, scene);
            let blurred = whole(&mut painter, BACKDROP, scene);
            let ((mean, rough), (blurred_mean, blurred_rough)) = (measure(&sharp), measure(&blurred));
            let fits = match theme {
                ThemeChoice::Dark => 10.0..120.0,
                ThemeChoice::Light => 190.0..256.0,
            };
            assert!(fits.contains(&mean), "{scene:?} has brightness {mean}");
            assert!((mean - blurred_mean).abs() < 6.0, "{scene:?}: glass keeps the brightness");
            assert!(blurred_rough < rough, "{scene:?}: the blur is smoother");
            assert!(!seen.contains(&sharp), "{scene:?} looks like another");
            seen.push(sharp);
        }
    }
    let round = whole(&mut painter, WALLPAPER, Scene { theme: ThemeChoice::Dark, wallpaper: WALLPAPERS });
    assert!(round == seen[0], "the number counts round");
}

#[test]
fn gpu_a_stretched_wallpaper_is_replaced_when_the_size_has_settled() {
    let Some(gpu) = gpu() else { return };
    let mut painter = Painter::new(&gpu, Painter::FORMAT);
    let scene = Scene { theme: ThemeChoice::Dark, wallpaper: 0 };
    let exact = whole(&mut painter, WALLPAPER, scene);
    let mut resized = Painter::new(&gpu, Painter::FORMAT);
    let small = Picture { primitives: Vec::new(), size_pixels: [240, 150], pixels_per_point: 1.0, scene };
    resized.paint(small).expect("the size is fine");
    resized.set_wallpaper(WallpaperFit::Stretched);
    let stretched = whole(&mut resized, WALLPAPER, scene);
    assert!(stretched != exact);
    assert!((measure(&stretched).0 - measure(&exact).0).abs() < 3.0, "it still looks alike");
    resized.set_wallpaper(WallpaperFit::Exact);
    assert!(whole(&mut resized, WALLPAPER, scene) == exact);
}
