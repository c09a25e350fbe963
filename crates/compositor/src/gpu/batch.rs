//! From egui's primitives to a list of draws: where each one is, which bytes it needs, what may be
//! left out, and which neighbours can share one call. Plain data, no GPU.

use egui::epaint::{ClippedPrimitive, Mesh, Primitive};
use egui::{Pos2, Rect, TextureId};
use std::ops::Range;

use super::pixels::PixelRect;

/// A mesh of one frame with its place on the target.
#[derive(Debug)]
pub(crate) struct Item {
    /// Scissor rectangle.
    pub(crate) clip: PixelRect,
    /// Pixels that its triangles can touch, inside of `clip`.
    pub(crate) bounds: PixelRect,
    /// The triangles, in points.
    pub(crate) mesh: Mesh,
}

/// Where an item's data went in the shared buffers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Placed {
    pub(crate) texture: TextureId,
    pub(crate) clip: PixelRect,
    pub(crate) bounds: PixelRect,
    pub(crate) indices: Range<u32>,
}

/// Vertices and indices of everything that is drawn, and the draws over them.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    /// Indices into all vertices, so that neighbours with equal state are one draw.
    pub(crate) indices: Vec<u32>,
    /// Which items' vertices are uploaded, in order.
    pub(crate) used: Vec<usize>,
    /// Number of vertices of `used` together.
    pub(crate) vertices: usize,
    /// Back to front.
    pub(crate) draws: Vec<Placed>,
}

/// Takes what can be drawn out of a frame. Paint callbacks are not supported by our painter: they are
/// counted and left out.
pub(crate) fn items(
    primitives: Vec<ClippedPrimitive>,
    pixels_per_point: f32,
    size: [u32; 2],
) -> (Vec<Item>, usize) {
    let mut callbacks = 0;
    let mut items = Vec::with_capacity(primitives.len());
    for ClippedPrimitive { clip_rect, primitive } in primitives {
        match primitive {
            Primitive::Mesh(mesh) => {
                let clip = PixelRect::from_clip(clip_rect, pixels_per_point, size);
                let bounds = PixelRect::from_bounds(mesh_bounds(&mesh), pixels_per_point, size);
                items.push(Item { clip, bounds: bounds.intersect(&clip), mesh });
            }
            Primitive::Callback(_) => callbacks += 1,
        }
    }
    (items, callbacks)
}

impl Batch {
    /// Collects what touches one of `rects`, of at most `most_vertices` vertices in all; what is beyond
    /// is left out (the number of items left out for that is returned).
    pub(crate) fn collect(&mut self, items: &[Item], rects: &[PixelRect], most_vertices: usize) -> usize {
        self.indices.clear();
        self.used.clear();
        self.draws.clear();
        self.vertices = 0;
        let mut left_out = 0;
        for (at, item) in items.iter().enumerate() {
            if !rects.iter().any(|rect| !rect.intersect(&item.bounds).is_empty()) || item.mesh.indices.len() < 3 {
                continue;
            }
            if self.vertices + item.mesh.vertices.len() > most_vertices {
                left_out += 1;
                continue;
            }
            self.add(at, item);
        }
        left_out
    }

    fn add(&mut self, at: usize, item: &Item) {
        // Both fit: `most_vertices` is below 2³² and a mesh has fewer than 2³² indices of 4 bytes in practice;
        // an index that is out of range reads a zero vertex (robust buffer access), it never faults.
        let base = self.vertices as u32;
        let start = self.indices.len() as u32;
        self.indices.extend(item.mesh.indices.iter().map(|index| index.wrapping_add(base)));
        let end = self.indices.len() as u32;
        self.used.push(at);
        self.vertices += item.mesh.vertices.len();
        match self.draws.last_mut() {
            Some(last) if last.texture == item.mesh.texture_id && last.clip == item.clip => {
                last.indices.end = end;
                last.bounds = last.bounds.union(&item.bounds);
            }
            _ => self.draws.push(Placed {
                texture: item.mesh.texture_id,
                clip: item.clip,
                bounds: item.bounds,
                indices: start..end,
            }),
        }
    }
}

/// The rectangle of all vertices, in points; not finite when any vertex is not, since then the rasteriser
/// decides what is drawn.
fn mesh_bounds(mesh: &Mesh) -> Rect {
    let mut bounds = Rect::NOTHING;
    let mut finite = true;
    for vertex in &mesh.vertices {
        finite &= vertex.pos.is_finite();
        bounds.extend_with(vertex.pos);
    }
    if finite { bounds } else { Rect::from_min_max(Pos2::new(f32::NAN, f32::NAN), Pos2::new(f32::NAN, f32::NAN)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use egui::{Color32, pos2, vec2};

    fn quad(x: f32, texture: u64) -> ClippedPrimitive {
        let mut mesh = Mesh::with_texture(TextureId::Managed(texture));
        mesh.add_rect_with_uv(Rect::from_min_size(pos2(x, 0.0), vec2(10.0, 10.0)), Rect::ZERO, Color32::WHITE);
        ClippedPrimitive {
            clip_rect: Rect::from_min_size(Pos2::ZERO, vec2(100.0, 100.0)),
            primitive: Primitive::Mesh(mesh),
        }
    }

    #[test]
    fn neighbours_with_equal_state_are_one_draw() {
        let (items, callbacks) = items(vec![quad(0.0, 0), quad(20.0, 0), quad(40.0, 1)], 1.0, [100, 100]);
        assert_eq!(callbacks, 0);
        let mut batch = Batch::default();
        assert_eq!(batch.collect(&items, &[PixelRect::of_size([100, 100])], 1000), 0);
        assert_eq!(batch.draws.len(), 2);
        assert_eq!(batch.draws[0].indices, 0..12);
        assert_eq!(batch.indices[6..12].iter().min(), Some(&4));
    }

    #[test]
    fn what_is_outside_of_the_damage_is_left_out() {
        let (items, _) = items(vec![quad(0.0, 0), quad(50.0, 0)], 1.0, [100, 100]);
        let mut batch = Batch::default();
        batch.collect(&items, &[PixelRect { min: [40, 0], max: [70, 5] }], 1000);
        assert_eq!(batch.used, [1]);
        assert_eq!(batch.collect(&items, &[PixelRect::of_size([100, 100])], 6), 1);
    }
}
