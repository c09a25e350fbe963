//! From egui's primitives to a list of draws: where each one is, which bytes it needs, what may be
//! left out, and which neighbours can share one call. Plain data, no GPU.
//!
//! For software rendering the triangles of a mesh are told apart by [`Kind`]: reading a texel and
//! multiplying it costs such a rasteriser ten times a plain fill (13 against 1.3 ms of processor time
//! for 1920×1080 on lavapipe 22.3), and most of a desktop is plain fill. A GPU gets whole meshes.

use egui::epaint::{ClippedPrimitive, Mesh, Primitive, Vertex};
use egui::{Color32, Pos2, Rect, TextureId};
use std::ops::Range;

use super::pixels::PixelRect;
use super::{BACKDROP, WALLPAPER};

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

/// How little it takes to draw a triangle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Colour times texel over what is there.
    Any,
    /// Colour over what is there: all corners are at the white texel of egui's own texture.
    Fill,
    /// Texel instead of what is there: all corners are white, and the texture is one of ours, opaque.
    Opaque,
}

/// Whether triangles are told apart by kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kinds {
    /// All are [`Kind::Any`].
    Same,
    /// By what they need.
    Apart,
}

/// A draw call: consecutive triangles with the same state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Draw {
    pub(crate) texture: TextureId,
    pub(crate) kind: Kind,
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
    pub(crate) draws: Vec<Draw>,
}

/// What of a frame is drawn.
pub(crate) struct Wanted<'a> {
    /// Parts of the target.
    pub(crate) rects: &'a [PixelRect],
    /// Whether those are the whole target.
    pub(crate) whole: bool,
    /// Physical pixels per point.
    pub(crate) pixels_per_point: f32,
    /// Items at the start that are not drawn.
    pub(crate) skip: usize,
    /// Vertices in all; items beyond are left out.
    pub(crate) most_vertices: usize,
    pub(crate) kinds: Kinds,
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
                let bounds = PixelRect::from_bounds(bounds(&mesh.vertices), pixels_per_point, size);
                items.push(Item { clip, bounds: bounds.intersect(&clip), mesh });
            }
            Primitive::Callback(_) => callbacks += 1,
        }
    }
    (items, callbacks)
}

/// Whether an item is the sharp wallpaper, texel by pixel, on the whole target: a plain rectangle, or
/// one with the half pixel of soft edge that egui gives its shapes.
pub(crate) fn is_wallpaper_of_all(item: &Item, pixels_per_point: f32, size: [u32; 2]) -> bool {
    let mesh = &item.mesh;
    let shape = [mesh.vertices.len(), mesh.indices.len()];
    if mesh.texture_id != WALLPAPER
        || item.clip != PixelRect::of_size(size)
        || ![[4, 6], [8, 30]].contains(&shape)
    {
        return false;
    }
    let [width, height] = size.map(|side| side as f32);
    let texel_is_pixel = |vertex: &Vertex| {
        (vertex.uv.x * width - vertex.pos.x * pixels_per_point).abs() < 0.01
            && (vertex.uv.y * height - vertex.pos.y * pixels_per_point).abs() < 0.01
    };
    let solid = |vertex: &&Vertex| vertex.color == Color32::WHITE;
    // A corner of the solid part is within the first or last pixel: centres are covered in full.
    let corner = |at: f32, side: f32| at.abs() <= 0.5001 || (at - side).abs() <= 0.5001;
    mesh.vertices.iter().all(texel_is_pixel)
        && mesh.vertices.iter().all(|vertex| solid(&vertex) || vertex.color == Color32::TRANSPARENT)
        && mesh.vertices.iter().filter(solid).count() == 4
        && mesh.vertices.iter().filter(solid).all(|vertex| {
            corner(vertex.pos.x * pixels_per_point, width) && corner(vertex.pos.y * pixels_per_point, height)
        })
}

impl Batch {
    /// Collects what touches one of the wanted parts, and returns how many items were too many.
    pub(crate) fn collect(&mut self, items: &[Item], wanted: &Wanted<'_>) -> usize {
        self.indices.clear();
        self.used.clear();
        self.draws.clear();
        self.vertices = 0;
        let mut left_out = 0;
        for (at, item) in items.iter().enumerate().skip(wanted.skip) {
            if !wanted.rects.iter().any(|rect| !rect.intersect(&item.bounds).is_empty()) {
                continue;
            }
            if self.vertices + item.mesh.vertices.len() > wanted.most_vertices {
                left_out += 1;
                continue;
            }
            let before = self.indices.len();
            self.add(item, wanted);
            if self.indices.len() > before {
                self.used.push(at);
                self.vertices += item.mesh.vertices.len();
            }
        }
        left_out
    }

    fn add(&mut self, item: &Item, wanted: &Wanted<'_>) {
        // Fits: `most_vertices` is below 2³². An index out of range reads zeroes (robust buffer access).
        let base = self.vertices as u32;
        let mesh = &item.mesh;
        if wanted.whole && wanted.kinds == Kinds::Same {
            let whole = mesh.indices.len() / 3 * 3;
            let start = self.indices.len() as u32;
            self.indices.extend(mesh.indices[..whole].iter().map(|index| index.wrapping_add(base)));
            self.extend_draw(item, Kind::Any, start);
            return;
        }
        let parts: Vec<PixelRect> = wanted.rects.iter().map(|rect| rect.intersect(&item.bounds)).collect();
        for corners in mesh.indices.as_chunks::<3>().0 {
            let triangle =
                corners.map(|corner| mesh.vertices.get(corner as usize).copied().unwrap_or_default());
            if !wanted.whole && !touches(&triangle, &parts, wanted.pixels_per_point, item.clip.max) {
                continue;
            }
            let kind = match wanted.kinds {
                Kinds::Same => Kind::Any,
                Kinds::Apart => kind_of(&triangle, mesh.texture_id),
            };
            let start = self.indices.len() as u32;
            self.indices.extend(corners.map(|corner| corner.wrapping_add(base)));
            self.extend_draw(item, kind, start);
        }
    }

    /// Puts the indices from `start` on into the last draw if it has the same state, else into a new one.
    fn extend_draw(&mut self, item: &Item, kind: Kind, start: u32) {
        let end = self.indices.len() as u32;
        if start == end {
            return;
        }
        match self.draws.last_mut() {
            Some(last)
                if last.kind == kind && last.clip == item.clip && last.texture == item.mesh.texture_id =>
            {
                last.indices.end = end;
                last.bounds = last.bounds.union(&item.bounds);
            }
            _ => self.draws.push(Draw {
                texture: item.mesh.texture_id,
                kind,
                clip: item.clip,
                bounds: item.bounds,
                indices: start..end,
            }),
        }
    }
}

fn kind_of(triangle: &[Vertex; 3], texture: TextureId) -> Kind {
    if texture == TextureId::default() && triangle.iter().all(|corner| corner.uv == egui::epaint::WHITE_UV) {
        Kind::Fill
    } else if (texture == WALLPAPER || texture == BACKDROP)
        && triangle.iter().all(|corner| corner.color == Color32::WHITE)
    {
        Kind::Opaque
    } else {
        Kind::Any
    }
}

/// Whether a triangle may touch one of these parts.
fn touches(triangle: &[Vertex; 3], parts: &[PixelRect], pixels_per_point: f32, limit: [u32; 2]) -> bool {
    let bounds = PixelRect::from_bounds(bounds(triangle), pixels_per_point, limit);
    parts.iter().any(|part| !part.intersect(&bounds).is_empty())
}

/// The rectangle of all vertices, in points; not finite when any vertex is not, since then the rasteriser
/// decides what is drawn.
fn bounds(vertices: &[Vertex]) -> Rect {
    let mut bounds = Rect::NOTHING;
    let mut finite = true;
    for vertex in vertices {
        finite &= vertex.pos.is_finite();
        bounds.extend_with(vertex.pos);
    }
    let unknown = Pos2::new(f32::NAN, f32::NAN);
    if finite { bounds } else { Rect::from_min_max(unknown, unknown) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use egui::{pos2, vec2};

    const ALL: PixelRect = PixelRect { min: [0, 0], max: [100, 100] };

    fn wanted<'a>(rects: &'a [PixelRect], kinds: Kinds) -> Wanted<'a> {
        Wanted { rects, whole: rects == [ALL], pixels_per_point: 1.0, skip: 0, most_vertices: 1000, kinds }
    }

    fn quads(texture: TextureId, quads: &[(f32, f32)]) -> ClippedPrimitive {
        let mut mesh = Mesh::with_texture(texture);
        for (x, uv) in quads {
            let uv = Rect::from_min_size(Pos2::ZERO, vec2(*uv, *uv));
            mesh.add_rect_with_uv(Rect::from_min_size(pos2(*x, 0.0), vec2(10.0, 10.0)), uv, Color32::WHITE);
        }
        let clip_rect = Rect::from_min_size(Pos2::ZERO, vec2(100.0, 100.0));
        ClippedPrimitive { clip_rect, primitive: Primitive::Mesh(mesh) }
    }

    fn kinds(primitives: Vec<ClippedPrimitive>, how: Kinds) -> Vec<(Kind, Range<u32>)> {
        let (items, callbacks) = items(primitives, 1.0, [100, 100]);
        assert_eq!(callbacks, 0);
        let mut batch = Batch::default();
        assert_eq!(batch.collect(&items, &wanted(&[ALL], how)), 0);
        batch.draws.iter().map(|draw| (draw.kind, draw.indices.clone())).collect()
    }

    #[test]
    fn neighbours_with_equal_state_are_one_draw() {
        let [own, other] = [0, 1].map(TextureId::Managed);
        let frame =
            || vec![quads(own, &[(0.0, 0.0)]), quads(own, &[(20.0, 0.5)]), quads(other, &[(40.0, 0.0)])];
        assert_eq!(kinds(frame(), Kinds::Same), [(Kind::Any, 0..12), (Kind::Any, 12..18)]);
        let apart = kinds(frame(), Kinds::Apart);
        assert_eq!(apart, [(Kind::Fill, 0..6), (Kind::Any, 6..12), (Kind::Any, 12..18)]);
    }

    #[test]
    fn only_our_own_textures_are_known_to_be_opaque() {
        let apart = |texture| kinds(vec![quads(texture, &[(0.0, 1.0)])], Kinds::Apart);
        assert_eq!(apart(BACKDROP), [(Kind::Opaque, 0..6)]);
        assert_eq!(apart(TextureId::User(9)), [(Kind::Any, 0..6)]);
    }

    #[test]
    fn what_is_outside_of_the_damage_is_left_out() {
        let (items, _) =
            items(vec![quads(TextureId::default(), &[(0.0, 0.0), (50.0, 0.0)])], 1.0, [100, 100]);
        let mut batch = Batch::default();
        let part = [PixelRect { min: [40, 0], max: [70, 5] }];
        batch.collect(&items, &wanted(&part, Kinds::Same));
        assert_eq!(batch.used, [0]);
        assert_eq!(batch.indices.iter().min(), Some(&4), "only the second quad");
        batch.collect(&items, &wanted(&[PixelRect { min: [80, 80], max: [90, 90] }], Kinds::Same));
        assert!(batch.used.is_empty() && batch.draws.is_empty());
        let few = Wanted { most_vertices: 6, ..wanted(&[ALL], Kinds::Same) };
        assert_eq!(batch.collect(&items, &few), 1);
    }

    #[test]
    fn the_wallpaper_over_everything_is_known() {
        let whole = Rect::from_min_max(Pos2::ZERO, pos2(1.0, 1.0));
        let plain = |texture, side: f32, color| {
            let mut mesh = Mesh::with_texture(texture);
            mesh.add_rect_with_uv(Rect::from_min_size(Pos2::ZERO, vec2(side, side)), whole, color);
            mesh
        };
        let known = |mesh| {
            let primitive = Primitive::Mesh(mesh);
            let (items, _) =
                items(vec![ClippedPrimitive { clip_rect: Rect::EVERYTHING, primitive }], 2.0, [100, 100]);
            is_wallpaper_of_all(&items[0], 2.0, [100, 100])
        };
        assert!(known(plain(WALLPAPER, 50.0, Color32::WHITE)));
        assert!(!known(plain(WALLPAPER, 50.5, Color32::WHITE)));
        assert!(!known(plain(WALLPAPER, 49.0, Color32::WHITE)));
        assert!(!known(plain(BACKDROP, 50.0, Color32::WHITE)));
        assert!(!known(plain(WALLPAPER, 50.0, Color32::from_white_alpha(200))));
    }

    #[test]
    fn the_wallpaper_drawn_by_a_painter_is_known() {
        let ctx = egui::Context::default();
        let screen_rect = Some(Rect::from_min_size(Pos2::ZERO, vec2(320.0, 200.0)));
        let input = egui::RawInput { screen_rect, ..Default::default() };
        let mut output = ctx.run_ui(input, |ui| {
            let whole = Rect::from_min_max(Pos2::ZERO, pos2(1.0, 1.0));
            ui.painter().image(WALLPAPER, ui.ctx().content_rect(), whole, Color32::WHITE);
        });
        output.textures_delta.clear();
        let primitives = ctx.tessellate(std::mem::take(&mut output.shapes), 1.0);
        let (items, _) = items(primitives, 1.0, [320, 200]);
        assert!(is_wallpaper_of_all(&items[0], 1.0, [320, 200]));
    }
}
