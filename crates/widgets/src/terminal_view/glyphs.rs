//! Glyphs in egui's font atlas, looked up once per character and face, and the size of a cell.
//!
//! Positions in the atlas stay valid while it only grows. When egui empties it, every galley that egui
//! keeps goes with it: one is asked for in each frame, and when that is a new one everything is looked
//! up again.

use crate::fonts;
use egui::{Color32, Context, FontId, Galley, Rect, Vec2, pos2, vec2};
use std::{collections::HashMap, sync::Arc};
use terminal::Cell;

/// Bound on remembered characters; beyond it all are looked up again.
const MAX_REMEMBERED: usize = 8192;

/// Tells the pictures of several cells from characters of the same text.
const CLUSTER_COLUMNS: u8 = u8::MAX;
/// The same for runs that are shaped together.
const RUN_COLUMNS: u8 = u8::MAX - 1;

/// How far apart the glyphs of a text are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Spacing {
    /// As the face has it.
    Face,
    /// One cell each; a cell is as wide as whole pixels, the face's widths are not.
    Cells,
}

/// Faces of the font, and characters of ASCII.
const FACES: usize = 4;
const ASCII: usize = 128;

/// Which face of the font.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Face {
    pub(super) bold: bool,
    pub(super) italic: bool,
}

impl Face {
    fn index(self) -> usize {
        usize::from(self.bold) + 2 * usize::from(self.italic)
    }

    fn font(self, size_points: f32) -> FontId {
        match (self.bold, self.italic) {
            (false, false) => fonts::mono(size_points),
            (true, false) => fonts::mono_bold(size_points),
            (false, true) => fonts::mono_italic(size_points),
            (true, true) => fonts::mono_bold_italic(size_points),
        }
    }
}

/// A glyph's place in its cell and in the atlas.
#[derive(Clone, Copy, Debug)]
pub(super) struct Quad {
    /// Points, from the top left of the cell.
    pub(super) rect: Rect,
    /// Texels of the atlas.
    pub(super) texels: Rect,
    /// Whether it has colours of its own.
    pub(super) is_color: bool,
}

/// The glyphs that were looked up so far.
pub(super) struct Glyphs {
    size_points: f32,
    pixels_per_point: f32,
    /// Width and height of a cell in points; both are whole pixels.
    cell: Vec2,
    /// ASCII in each face: nearly all cells, so found without hashing.
    ascii: Vec<Option<Arc<[Quad]>>>,
    characters: HashMap<(char, Face, u8), Arc<[Quad]>>,
    clusters: HashMap<(Box<str>, Face, u8), Arc<[Quad]>>,
    /// As long as egui gives the same one, the atlas was not emptied.
    canary: Option<Arc<Galley>>,
}

impl Glyphs {
    pub(super) fn new() -> Self {
        Glyphs {
            size_points: 0.0,
            pixels_per_point: 0.0,
            cell: vec2(8.0, 16.0),
            ascii: vec![None; FACES * ASCII],
            characters: HashMap::new(),
            clusters: HashMap::new(),
            canary: None,
        }
    }

    /// To be called in each frame before anything else. Tells whether rows that were built before
    /// must be built again.
    pub(super) fn begin_frame(&mut self, ctx: &Context, size_points: f32) -> bool {
        let font = fonts::mono(size_points);
        let pixels_per_point = ctx.pixels_per_point();
        let canary = ctx.fonts_mut(|it| it.layout_no_wrap("M".into(), font.clone(), Color32::WHITE));
        let same = self.canary.as_ref().is_some_and(|before| Arc::ptr_eq(before, &canary))
            && self.size_points.to_bits() == size_points.to_bits()
            && self.pixels_per_point.to_bits() == pixels_per_point.to_bits();
        if !same {
            let whole_pixels = |points: f32| (points * pixels_per_point).round().max(1.0) / pixels_per_point;
            let (width, height) = ctx.fonts_mut(|it| (it.glyph_width(&font, 'M'), it.row_height(&font)));
            self.cell = vec2(whole_pixels(width), whole_pixels(height));
            (self.size_points, self.pixels_per_point) = (size_points, pixels_per_point);
            self.ascii.fill(None);
            self.characters.clear();
            self.clusters.clear();
            self.canary = Some(canary);
        }
        !same
    }

    /// Width and height of a cell in points.
    pub(super) fn cell(&self) -> Vec2 {
        self.cell
    }

    /// Length of a pixel in points.
    pub(super) fn pixel(&self) -> f32 {
        1.0 / self.pixels_per_point.max(0.1)
    }

    /// A galley whose parts can be replaced by ours; `None` before the first frame.
    pub(super) fn canary(&self) -> Option<&Arc<Galley>> {
        self.canary.as_ref()
    }

    /// What to draw for a cell that takes this many columns.
    pub(super) fn quads(&mut self, ctx: &Context, cell: Cell<'_>, columns: u8) -> Arc<[Quad]> {
        let face = Face { bold: cell.is_bold(), italic: cell.is_italic() };
        let ascii = face.index() * ASCII + cell.character() as usize;
        let is_ascii = cell.character().is_ascii() && cell.combining().is_empty() && columns == 1;
        if is_ascii && let Some(quads) = &self.ascii[ascii] {
            return Arc::clone(quads);
        }
        if is_ascii {
            let quads = self.look_up(ctx, cell.character().to_string(), face, columns);
            self.ascii[ascii] = Some(Arc::clone(&quads));
            return quads;
        }
        if self.characters.len() + self.clusters.len() > MAX_REMEMBERED {
            self.characters.clear();
            self.clusters.clear();
        }
        if cell.combining().is_empty() {
            let key = (cell.character(), face, columns);
            if let Some(quads) = self.characters.get(&key) {
                return Arc::clone(quads);
            }
            let quads = self.look_up(ctx, cell.character().to_string(), face, columns);
            self.characters.insert(key, Arc::clone(&quads));
            return quads;
        }
        let cluster: String =
            [cell.character()].into_iter().chain(cell.combining().iter().copied()).collect();
        let key = (cluster.clone().into_boxed_str(), face, columns);
        if let Some(quads) = self.clusters.get(&key) {
            return Arc::clone(quads);
        }
        let quads = self.look_up(ctx, cluster, face, columns);
        self.clusters.insert(key, Arc::clone(&quads));
        quads
    }

    /// What to draw for several characters, when one glyph in colour stands for them all.
    pub(super) fn cluster(&mut self, ctx: &Context, first: Cell<'_>, text: &str) -> Option<Arc<[Quad]>> {
        if self.characters.len() + self.clusters.len() > MAX_REMEMBERED {
            self.characters.clear();
            self.clusters.clear();
        }
        let face = Face { bold: first.is_bold(), italic: first.is_italic() };
        let key = (text.into(), face, CLUSTER_COLUMNS);
        let quads = match self.clusters.get(&key) {
            Some(quads) => Arc::clone(quads),
            None => {
                let quads =
                    self.look_up_in(ctx, text.to_owned(), fonts::emoji(self.size_points), 2, Spacing::Face);
                self.clusters.insert(key, Arc::clone(&quads));
                quads
            }
        };
        (quads.len() == 1 && quads[0].is_color).then_some(quads)
    }

    /// What to draw for a run of characters of one cell each, shaped together; from the first one's cell.
    pub(super) fn run(&mut self, ctx: &Context, first: Cell<'_>, text: &str) -> Arc<[Quad]> {
        if self.characters.len() + self.clusters.len() > MAX_REMEMBERED {
            self.characters.clear();
            self.clusters.clear();
        }
        let face = Face { bold: first.is_bold(), italic: first.is_italic() };
        let key = (text.into(), face, RUN_COLUMNS);
        if let Some(quads) = self.clusters.get(&key) {
            return Arc::clone(quads);
        }
        let columns = u8::try_from(text.len()).unwrap_or(u8::MAX);
        let font = face.font(self.size_points);
        let quads = self.look_up_in(ctx, text.to_owned(), font, columns, Spacing::Cells);
        self.clusters.insert(key, Arc::clone(&quads));
        quads
    }

    fn look_up(&self, ctx: &Context, text: String, face: Face, columns: u8) -> Arc<[Quad]> {
        // Asked for as an emoji, where the faces of text have a plain glyph too.
        let is_emoji = text.contains('\u{fe0f}');
        let font = if is_emoji { fonts::emoji(self.size_points) } else { face.font(self.size_points) };
        self.look_up_in(ctx, text, font, columns, Spacing::Face)
    }

    fn look_up_in(
        &self,
        ctx: &Context,
        text: String,
        font: FontId,
        columns: u8,
        spacing: Spacing,
    ) -> Arc<[Quad]> {
        let galley = ctx.fonts_mut(|it| it.layout_no_wrap(text, font, Color32::WHITE));
        let Some(row) = galley.rows.first() else { return Arc::new([]) };
        let room = self.cell.x * f32::from(columns);
        let advance = row.glyphs.iter().map(|glyph| glyph.advance_width).sum::<f32>();
        // Faces that stand in for ours have other widths: centred when narrow, shrunk when wide.
        let shrink = if advance > room * 1.1 { room / advance } else { 1.0 };
        let (shrink, wider) = match spacing {
            Spacing::Face => (shrink, 0.0),
            Spacing::Cells => (1.0, self.cell.x - advance / f32::from(columns.max(1))),
        };
        let centred = spacing == Spacing::Face && (shrink < 1.0 || columns > 1);
        let indent = if centred { (room - advance * shrink).max(0.0) / 2.0 } else { 0.0 };
        let baseline = row.glyphs.first().map_or(0.0, |glyph| glyph.pos.y);
        // All faces stand on the line of the main one.
        let line = self.canary.as_ref().and_then(|it| Some(it.rows.first()?.glyphs.first()?.pos.y));
        let line = line.unwrap_or(baseline);
        let quad = |(index, glyph): (usize, &egui::epaint::text::Glyph)| {
            let uv = glyph.uv_rect;
            let corner = glyph.pos + uv.offset;
            let along = indent + corner.x * shrink + index as f32 * wider;
            let corner = pos2(along, line + (corner.y - baseline) * shrink);
            let snapped = (corner.to_vec2() * self.pixels_per_point).round() / self.pixels_per_point;
            Quad {
                rect: Rect::from_min_size(snapped.to_pos2(), uv.size * shrink),
                texels: Rect::from_min_max(texel(uv.min), texel(uv.max)),
                is_color: glyph.is_color,
            }
        };
        let drawn = row.glyphs.iter().enumerate().filter(|(_, glyph)| !glyph.uv_rect.is_nothing());
        drawn.map(quad).collect()
    }
}

fn texel([x, y]: [u16; 2]) -> egui::Pos2 {
    pos2(f32::from(x), f32::from(y))
}
