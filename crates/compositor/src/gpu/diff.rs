//! What changed between two frames: the damage is everything that a changed triangle covered before
//! or covers now.
//!
//! A pixel's colour follows from the sequence of triangles over it. So a triangle that stands in both
//! frames, in the same order among the others that are kept, needs no drawing, and the question is only
//! which to keep: of the list of meshes a common start and a common end; inside of a mesh that is
//! neither, triangles by place when the mesh kept its size, else again a common start and end. Typing
//! into a field changes a few glyphs somewhere in a mesh of thousands, and that is what is marked.

use egui::TextureId;
use egui::epaint::{Mesh, Vertex};
use std::collections::HashMap;

use super::batch::Item;
use super::damage::Damage;
use super::pixels::PixelRect;

/// What happened to a texture since the last frame.
#[derive(Debug, PartialEq)]
pub(crate) enum TextureChange {
    /// It is new, replaced or gone.
    Whole,
    /// These parts got other texels, in UV.
    Parts(Vec<egui::Rect>),
}

/// Marks in `damage` what differs between two frames of the same size and scale.
pub(crate) fn mark_changes(old: &[Item], new: &[Item], pixels_per_point: f32, damage: &mut Damage) {
    let start = old.iter().zip(new).take_while(|(old, new)| equal(old, new)).count();
    let (old, new) = (&old[start..], &new[start..]);
    let end = old.iter().rev().zip(new.iter().rev()).take_while(|(old, new)| equal(old, new)).count();
    let (old, new) = (&old[..old.len() - end], &new[..new.len() - end]);
    if old.len() == new.len() && old.iter().zip(new).all(|(old, new)| same_state(old, new)) {
        for (old, new) in old.iter().zip(new) {
            Triangles { clip: new.clip, pixels_per_point, damage }.mark_difference(&old.mesh, &new.mesh);
        }
    } else {
        for item in old.iter().chain(new) {
            damage.mark(&item.bounds);
        }
    }
}

/// Marks what shows a changed texture.
pub(crate) fn mark_textures(
    items: &[Item],
    changes: &HashMap<TextureId, TextureChange>,
    pixels_per_point: f32,
    damage: &mut Damage,
) {
    for item in items {
        match changes.get(&item.mesh.texture_id) {
            None => {}
            Some(TextureChange::Whole) => damage.mark(&item.bounds),
            Some(TextureChange::Parts(parts)) => {
                let mut triangles = Triangles { clip: item.clip, pixels_per_point, damage };
                for corners in item.mesh.indices.chunks_exact(3) {
                    if let Some(triangle) = triangle(&item.mesh, corners)
                        && parts.iter().any(|part| samples(&triangle, *part))
                    {
                        triangles.mark(&triangle);
                    }
                }
            }
        }
    }
}

fn same_state(old: &Item, new: &Item) -> bool {
    old.clip == new.clip && old.mesh.texture_id == new.mesh.texture_id
}

/// Bit for bit: a NaN is equal to itself here, and −0 is not 0.
fn equal(old: &Item, new: &Item) -> bool {
    same_state(old, new)
        && old.bounds == new.bounds
        && old.mesh.indices == new.mesh.indices
        && bytes(&old.mesh.vertices) == bytes(&new.mesh.vertices)
}

fn bytes(vertices: &[Vertex]) -> &[u8] {
    bytemuck::cast_slice(vertices)
}

type Triangle = [Vertex; 3];

fn triangle(mesh: &Mesh, corners: &[u32]) -> Option<Triangle> {
    let vertex = |corner: u32| mesh.vertices.get(corner as usize).copied();
    Some([vertex(*corners.first()?)?, vertex(*corners.get(1)?)?, vertex(*corners.get(2)?)?])
}

fn equal_triangles(old: Option<Triangle>, new: Option<Triangle>) -> bool {
    match (old, new) {
        (Some(old), Some(new)) => bytes(&old) == bytes(&new),
        (None, None) => true,
        _ => false,
    }
}

/// Whether a triangle may read texels of `part`; half a texel of filtering is inside of the part already.
fn samples(triangle: &Triangle, part: egui::Rect) -> bool {
    let mut read = egui::Rect::NOTHING;
    for vertex in triangle {
        if !vertex.uv.is_finite() {
            return true;
        }
        read.extend_with(vertex.uv);
    }
    // Outside of 0…1 the sampler wraps: anything may be read.
    read.min.x < 0.0 || read.min.y < 0.0 || read.max.x > 1.0 || read.max.y > 1.0 || read.intersects(part)
}

/// Marks triangles of one mesh.
struct Triangles<'a> {
    clip: PixelRect,
    pixels_per_point: f32,
    damage: &'a mut Damage,
}

impl Triangles<'_> {
    fn mark(&mut self, triangle: &Triangle) {
        let mut bounds = egui::Rect::NOTHING;
        for vertex in triangle {
            if !vertex.pos.is_finite() {
                return self.damage.mark(&self.clip);
            }
            bounds.extend_with(vertex.pos);
        }
        let size = self.clip.max; // the clip ends inside of the target
        let bounds = PixelRect::from_bounds(bounds, self.pixels_per_point, size);
        self.damage.mark(&bounds.intersect(&self.clip));
    }

    fn mark_difference(&mut self, old: &Mesh, new: &Mesh) {
        if old.vertices.len() == new.vertices.len() && old.indices == new.indices {
            if bytes(&old.vertices) == bytes(&new.vertices) {
                return;
            }
            for corners in new.indices.chunks_exact(3) {
                self.mark_pair(triangle(old, corners), triangle(new, corners));
            }
            return;
        }
        let at = |mesh: &Mesh, index: usize| triangle(mesh, &mesh.indices[index * 3..index * 3 + 3]);
        let (old_count, new_count) = (old.indices.len() / 3, new.indices.len() / 3);
        let shared = old_count.min(new_count);
        let start = (0..shared).take_while(|k| equal_triangles(at(old, *k), at(new, *k))).count();
        let end = (1..=shared - start)
            .take_while(|k| equal_triangles(at(old, old_count - k), at(new, new_count - k)))
            .count();
        let gone = (start..old_count - end).filter_map(|k| at(old, k));
        for triangle in gone.chain((start..new_count - end).filter_map(|k| at(new, k))) {
            self.mark(&triangle);
        }
    }

    fn mark_pair(&mut self, old: Option<Triangle>, new: Option<Triangle>) {
        if equal_triangles(old, new) {
            return;
        }
        for triangle in [old, new].into_iter().flatten() {
            self.mark(&triangle);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gpu::batch;
    use egui::epaint::{ClippedPrimitive, Primitive};
    use egui::{Color32, Rect, pos2, vec2};

    const SIZE: [u32; 2] = [640, 640];

    fn frame(meshes: &[&[f32]]) -> Vec<Item> {
        let mut primitives = Vec::new();
        for quads in meshes {
            let mut mesh = Mesh::default();
            for x in *quads {
                mesh.add_colored_rect(Rect::from_min_size(pos2(*x, 2.0), vec2(10.0, 10.0)), Color32::RED);
            }
            let clip_rect = Rect::from_min_size(pos2(0.0, 0.0), vec2(640.0, 640.0));
            primitives.push(ClippedPrimitive { clip_rect, primitive: Primitive::Mesh(mesh) });
        }
        batch::items(primitives, 1.0, SIZE).0
    }

    fn damage(old: &[&[f32]], new: &[&[f32]]) -> Vec<PixelRect> {
        let mut damage = Damage::none(SIZE);
        mark_changes(&frame(old), &frame(new), 1.0, &mut damage);
        damage.rects()
    }

    fn tiles(columns: std::ops::Range<u32>) -> PixelRect {
        PixelRect { min: [columns.start * 64, 0], max: [columns.end * 64, 64] }
    }

    #[test]
    fn the_same_frame_has_no_damage() {
        assert!(damage(&[&[2.0], &[70.0, 140.0]], &[&[2.0], &[70.0, 140.0]]).is_empty());
    }

    #[test]
    fn a_moved_quad_marks_where_it_was_and_where_it_is() {
        assert_eq!(damage(&[&[2.0, 300.0]], &[&[200.0, 300.0]]), [tiles(0..1), tiles(3..4)]);
    }

    #[test]
    fn an_inserted_quad_marks_only_itself() {
        assert_eq!(damage(&[&[2.0, 300.0]], &[&[2.0, 200.0, 300.0]]), [tiles(3..4)]);
        assert_eq!(damage(&[&[2.0], &[300.0]], &[&[2.0], &[200.0], &[300.0]]), [tiles(3..4)]);
    }

    #[test]
    fn a_changed_order_marks_both() {
        assert_eq!(damage(&[&[2.0], &[300.0]], &[&[300.0], &[2.0]]), [tiles(0..1), tiles(4..5)]);
    }

    #[test]
    fn texture_parts_mark_only_who_reads_them() {
        let items = frame(&[&[2.0]]);
        let part = |x: f32| TextureChange::Parts(vec![Rect::from_min_size(pos2(x, 0.0), vec2(0.1, 0.1))]);
        for (change, marked) in [(part(0.0), true), (part(0.5), false), (TextureChange::Whole, true)] {
            let mut damage = Damage::none(SIZE);
            mark_textures(&items, &HashMap::from([(TextureId::default(), change)]), 1.0, &mut damage);
            assert_eq!(!damage.rects().is_empty(), marked);
        }
    }
}
