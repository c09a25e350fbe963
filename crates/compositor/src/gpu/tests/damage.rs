//! Drawing only what changed gives the very picture that drawing everything gives.

use super::support::{SCENE, context, draw_image, frame, gpu, image, mixed};
use crate::gpu::{BACKDROP, DamageTracking, Gpu, Painter, Picture, WALLPAPER};
use egui::epaint::{ClippedPrimitive, Mesh, Primitive};
use egui::{Color32, Pos2, Rect, TextureId, TexturesDelta, pos2, vec2};
use proptest::prelude::Rng;
use proptest::test_runner::{RngAlgorithm, TestRng};

/// Two painters on the same frames, one of them drawing everything.
struct Pair {
    tracked: Painter,
    whole: Painter,
}

impl Pair {
    fn new(gpu: &Gpu) -> Pair {
        let mut whole = Painter::new(gpu, Painter::FORMAT);
        whole.set_damage_tracking(DamageTracking::Off);
        Pair { tracked: Painter::new(gpu, Painter::FORMAT), whole }
    }

    /// Draws a frame on both, compares every bit, and returns how many pixels were drawn again.
    fn draw(&mut self, picture: Picture, mut textures: TexturesDelta) -> u64 {
        let mut copy = textures.clone();
        let again = Picture { primitives: picture.primitives.clone(), ..picture };
        self.tracked.apply_textures(&mut textures);
        self.whole.apply_textures(&mut copy);
        let painted = self.tracked.paint(picture).expect("the size is fine");
        self.whole.paint(again).expect("the size is fine");
        self.tracked.free_textures(&mut textures);
        self.whole.free_textures(&mut copy);
        let got = self.tracked.read().expect("a small picture can be read");
        let expected = self.whole.read().expect("a small picture can be read");
        let first = got.rgba.iter().zip(&expected.rgba).position(|(one, other)| one != other);
        let place = first.map(|at| (at / 4 % got.width as usize, at / 4 / got.width as usize));
        assert_eq!(place, None, "pixel differs; drawn again was {:?}", painted.damage);
        painted.damaged_pixels()
    }
}

#[test]
fn gpu_typing_draws_a_few_tiles() {
    let Some(gpu) = gpu() else { return };
    let mut pair = Pair::new(&gpu);
    let ctx = context();
    let size = [1280, 800];
    let whole = u64::from(size[0]) * u64::from(size[1]);
    let mut drawn = Vec::new();
    for text in ["Docu", "Docu", "Docum", "Docume", "Docume", "Docum"] {
        let (picture, textures) =
            frame(&ctx, size, 1.0, |ui| mixed(ui.painter(), &["Other", text, "third window"], 300.0));
        drawn.push(pair.draw(picture, textures));
    }
    assert_eq!(drawn[0], whole);
    assert_eq!(drawn[1], 0, "nothing changed, nothing is drawn");
    assert_eq!(drawn[4], 0);
    for pixels in [drawn[2], drawn[3], drawn[5]] {
        assert!(pixels > 0 && pixels <= 4 * 64 * 64, "one letter drew {pixels} pixels again");
    }
}

#[test]
fn gpu_moving_images_and_textures_keep_the_picture() {
    let Some(gpu) = gpu() else { return };
    let mut pair = Pair::new(&gpu);
    let ctx = context();
    let mut shown = image(&ctx, "image");
    for step in 0..8_u8 {
        if step == 3 {
            let texels = egui::ColorImage::filled([5, 5], Color32::from_rgb(255, step, 0));
            shown.set_partial([3, 3], texels, egui::TextureOptions::LINEAR);
        }
        if step == 5 {
            shown = image(&ctx, "another");
        }
        let text = "🙂 new glyphs ÄÖÜ".chars().take(6 + usize::from(step)).collect::<String>();
        let (picture, textures) = frame(&ctx, [500, 400], 1.5, |ui| {
            mixed(ui.painter(), &["One", &text], f32::from(step % 3) * 7.3);
            draw_image(ui.painter(), &shown, Rect::from_min_size(pos2(200.0, 40.0), vec2(90.0, 60.0)));
        });
        pair.draw(picture, textures);
    }
}

/// Random lists of meshes: some kept, some moved, added, removed, swapped or recoloured.
#[test]
fn gpu_random_frames_are_equal_bit_for_bit() {
    let Some(gpu) = gpu() else { return };
    let mut pair = Pair::new(&gpu);
    let mut random = TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]);
    let mut meshes: Vec<(Rect, Mesh)> = Vec::new();
    let size = [420, 330];
    for _ in 0..60 {
        change(&mut meshes, &mut random);
        let primitives = meshes
            .iter()
            .map(|(clip_rect, mesh)| ClippedPrimitive {
                clip_rect: *clip_rect,
                primitive: Primitive::Mesh(mesh.clone()),
            })
            .collect();
        pair.draw(
            Picture { primitives, size_pixels: size, pixels_per_point: 1.0, scene: SCENE },
            TexturesDelta::default(),
        );
    }
}

fn change(meshes: &mut Vec<(Rect, Mesh)>, random: &mut TestRng) {
    let mut below = |limit: u32| random.next_u32() % limit.max(1);
    for _ in 0..=below(3) {
        let count = meshes.len() as u32;
        let at = below(count) as usize;
        match below(6) {
            0 | 1 => {
                let (x, y) = (below(400) as f32, below(300) as f32);
                let clip = Rect::from_min_size(pos2(x - 30.0, y - 20.0), vec2(140.0, 110.0));
                let texture = if below(2) == 0 { WALLPAPER } else { BACKDROP };
                let mut mesh = Mesh::with_texture(texture);
                for _ in 0..=below(6) {
                    add_quad(&mut mesh, &mut below, x, y);
                }
                meshes.insert(at, (clip, mesh));
            }
            2 if count > 0 => drop(meshes.remove(at)),
            3 if count > 1 => meshes.swap(at, (at + 1) % count as usize),
            4 if count > 0 => {
                let (clip, mesh) = &mut meshes[at];
                let (x, y) = (clip.min.x, clip.min.y);
                add_quad(mesh, &mut below, x, y);
            }
            _ if count > 0 => {
                for vertex in &mut meshes[at].1.vertices {
                    vertex.pos.x += 1.5;
                }
            }
            _ => {}
        }
    }
}

fn add_quad(mesh: &mut Mesh, below: &mut impl FnMut(u32) -> u32, x: f32, y: f32) {
    let rect = Rect::from_min_size(
        pos2(x + below(80) as f32 / 3.0, y + below(80) as f32 / 3.0),
        vec2(1.0 + below(200) as f32 / 3.0, 1.0 + below(200) as f32 / 3.0),
    );
    let uv = Rect::from_min_max(Pos2::ZERO, pos2(below(100) as f32 / 100.0, 1.0));
    let color = Color32::from_rgba_unmultiplied(below(256) as u8, below(256) as u8, 255, below(256) as u8);
    mesh.add_rect_with_uv(rect, uv, color);
}

/// Broken geometry draws something or nothing, on both painters alike, and nobody falls over.
#[test]
fn gpu_broken_meshes_do_no_harm() {
    let Some(gpu) = gpu() else { return };
    let mut painter = Painter::new(&gpu, Painter::FORMAT);
    let mut mesh = Mesh::with_texture(WALLPAPER);
    let broken = Rect::from_min_size(pos2(f32::NAN, 0.0), vec2(f32::INFINITY, 10.0));
    mesh.add_rect_with_uv(broken, Rect::NAN, Color32::RED);
    mesh.indices.extend([900, 901, u32::MAX, 1]);
    let unknown = Mesh { texture_id: TextureId::Managed(77), ..mesh.clone() };
    for clip_rect in [Rect::EVERYTHING, Rect::NOTHING, Rect::NAN] {
        let primitives = [mesh.clone(), unknown.clone()]
            .map(|mesh| ClippedPrimitive { clip_rect, primitive: Primitive::Mesh(mesh) })
            .into();
        let picture = Picture { primitives, size_pixels: [64, 64], pixels_per_point: f32::NAN, scene: SCENE };
        painter.paint(picture).expect("the size is fine");
    }
    painter.read().expect("a small picture can be read");
}
