//! Rows as meshes: built when damaged, kept otherwise, all drawn as one text shape.
//!
//! A row's mesh counts in points from its own top left and in texels of the atlas; egui turns both
//! into screen and texture coordinates when it draws, so neither moving the window nor a growing
//! atlas makes a row stale.

use super::{
    boxes, clusters,
    glyphs::Glyphs,
    ligatures,
    palette::{Colors, color32},
};
use egui::{
    Color32, Context, Galley, Mesh, Pos2, Rect, Shape, Vec2,
    epaint::{
        TextShape,
        text::{PlacedRow, Row as TextRow, RowVisuals},
    },
    pos2, vec2,
};
use std::{ops::RangeInclusive, sync::Arc};
use terminal::{Cell, CellWidth, Damage, Row, Terminal, Underline};

/// Asks for the coloured form of the character before it.
const EMOJI_FORM: char = '\u{fe0f}';

/// A row that was built, and what it was built for beyond the terminal's own damage.
struct Built {
    row: Arc<TextRow>,
    marked: Marked,
}

/// Columns of a row that stand out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Marked {
    selected: Option<RangeInclusive<usize>>,
    /// Found text, and whether it is the one that is shown.
    found: Vec<(RangeInclusive<usize>, bool)>,
}

/// How a cell stands out.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    None,
    Selected,
    Found,
    Current,
}

impl Marked {
    fn at(&self, col: usize) -> Mark {
        if self.selected.as_ref().is_some_and(|range| range.contains(&col)) {
            return Mark::Selected;
        }
        match self.found.iter().find(|(range, _)| range.contains(&col)) {
            Some((_, true)) => Mark::Current,
            Some((_, false)) => Mark::Found,
            None => Mark::None,
        }
    }
}

/// The rows of a view.
pub(super) struct Rows {
    built: Vec<Option<Built>>,
    colors: Option<Colors>,
    /// Whether signs are drawn together.
    ligatures: bool,
}

impl Rows {
    pub(super) fn new() -> Self {
        Rows { built: Vec::new(), colors: None, ligatures: false }
    }

    /// Whether signs that belong together are drawn together.
    pub(super) fn set_ligatures(&mut self, on: bool) {
        if std::mem::replace(&mut self.ligatures, on) != on {
            self.built.clear();
        }
    }

    /// Builds the rows that have changed. `stale` when none can be kept.
    pub(super) fn update(
        &mut self,
        ctx: &Context,
        glyphs: &mut Glyphs,
        terminal: &mut Terminal,
        colors: Colors,
        stale: bool,
    ) -> usize {
        let rows = terminal.size().rows;
        let damage = terminal.take_damage();
        let all = stale || damage == Damage::All || self.colors != Some(colors) || self.built.len() != rows;
        if all {
            self.built.clear();
            self.built.resize_with(rows, || None);
            self.colors = Some(colors);
        } else if let Damage::Rows(damaged) = damage {
            for row in damaged {
                if let Some(built) = self.built.get_mut(row) {
                    *built = None;
                }
            }
        }
        let mut count = 0;
        let marked = terminal.selected_columns().into_iter().zip(terminal.found_columns());
        for (index, (selected, found)) in marked.enumerate() {
            let marked = Marked { selected, found };
            let Some(slot) = self.built.get_mut(index) else { continue };
            if slot.as_ref().is_some_and(|built| built.marked == marked) {
                continue;
            }
            let (Some(row), Some(template)) = (terminal.row(index), glyphs.canary().cloned()) else {
                continue;
            };
            let mut mesh = Mesh::default();
            let ligatures = self.ligatures;
            let mut painter = RowPainter { ctx, glyphs, colors: &colors, mesh: &mut mesh, ligatures };
            painter.row(row, &marked);
            *slot = text_row(&template, mesh).map(|row| Built { row, marked });
            count += 1;
        }
        count
    }

    /// All rows with their top left here.
    pub(super) fn shape(&self, glyphs: &Glyphs, origin: Pos2) -> Option<Shape> {
        let height = glyphs.cell().y;
        let rows = self.built.iter().enumerate().filter_map(|(index, built)| {
            let row = Arc::clone(&built.as_ref()?.row);
            Some(PlacedRow { pos: pos2(0.0, index as f32 * height), row, ends_with_newline: false })
        });
        text_shape(glyphs.canary()?, rows.collect(), origin)
    }
}

/// One cell in these colours with its top left here: what a block cursor stands on.
pub(super) fn cell_shape(
    ctx: &Context,
    glyphs: &mut Glyphs,
    cell: Cell<'_>,
    color: Color32,
    origin: Pos2,
) -> Option<Shape> {
    let template = Arc::clone(glyphs.canary()?);
    let mut mesh = Mesh::default();
    let palette = terminal::Palette::default();
    let colors = Colors { palette, selection: color, found: color, current: color };
    let mut painter = RowPainter { ctx, glyphs, colors: &colors, mesh: &mut mesh, ligatures: false };
    painter.character(cell, 0, color);
    let row = PlacedRow { pos: Pos2::ZERO, row: text_row(&template, mesh)?, ends_with_newline: false };
    text_shape(&template, vec![row], origin)
}

/// A row of text that is our mesh. A row can only be made by egui, so the template's is changed.
fn text_row(template: &Galley, mesh: Mesh) -> Option<Arc<TextRow>> {
    let mesh_bounds = mesh.calc_bounds();
    let size = if mesh_bounds.is_positive() { mesh_bounds.max.to_vec2() } else { Vec2::ZERO };
    let glyph_vertex_range = 0..mesh.vertices.len();
    let visuals = RowVisuals { mesh, mesh_bounds, glyph_index_start: 0, glyph_vertex_range };
    let mut row = TextRow::clone(&template.rows.first()?.row);
    // Without glyphs egui takes the mesh as it is, colours included.
    row.glyphs.clear();
    (row.size, row.visuals) = (size, visuals);
    Some(Arc::new(row))
}

fn text_shape(template: &Galley, rows: Vec<PlacedRow>, origin: Pos2) -> Option<Shape> {
    let mut galley = template.clone();
    let placed = |row: &PlacedRow| row.row.visuals.mesh_bounds.translate(row.pos.to_vec2());
    let drawn = || rows.iter().filter(|row| !row.row.visuals.mesh.is_empty());
    galley.mesh_bounds = drawn().map(placed).fold(Rect::NOTHING, Rect::union);
    galley.num_vertices = drawn().map(|row| row.row.visuals.mesh.vertices.len()).sum();
    galley.num_indices = drawn().map(|row| row.row.visuals.mesh.indices.len()).sum();
    if galley.num_vertices == 0 {
        return None;
    }
    galley.rect = galley.mesh_bounds;
    galley.rows = rows;
    Some(Shape::Text(TextShape::new(origin, Arc::new(galley), Color32::WHITE)))
}

struct RowPainter<'a> {
    ctx: &'a Context,
    glyphs: &'a mut Glyphs,
    colors: &'a Colors,
    mesh: &'a mut Mesh,
    ligatures: bool,
}

impl RowPainter<'_> {
    fn row(&mut self, row: Row<'_>, marked: &Marked) {
        self.backgrounds(row, |col| marked.at(col));
        // Characters that were drawn together with one before them.
        let mut drawn_until = 0;
        for (col, cell) in row.cells().enumerate() {
            if cell.is_hidden() || cell.width() == CellWidth::Spacer {
                continue;
            }
            let (mut foreground, _) = self.cell_colors(cell);
            if !marked.found.is_empty() && marked.at(col) == Mark::Current {
                foreground = self.colors.background();
            }
            if !cell.is_blank() && col >= drawn_until {
                // Found text has a colour of its own for each cell.
                let signs = (self.ligatures && marked.found.is_empty())
                    .then(|| ligatures::begins(row, col))
                    .flatten();
                match clusters::begins(row, col).and_then(|cluster| self.cluster(cell, col, cluster)) {
                    Some(until) => drawn_until = until,
                    None if let Some(run) = signs => {
                        self.run(cell, col, &run.text, foreground);
                        drawn_until = run.until;
                    }
                    None => {
                        let room = self.room(row, cell, col);
                        self.character_in(cell, col, room, foreground);
                    }
                }
            }
            self.lines(cell, col, foreground);
        }
    }

    /// Draws characters that one glyph stands for; none does when this returns `None`.
    fn cluster(&mut self, cell: Cell<'_>, col: usize, cluster: clusters::Cluster) -> Option<usize> {
        let quads = self.glyphs.cluster(self.ctx, cell, &cluster.text)?;
        let origin = vec2(col as f32 * self.glyphs.cell().x, 0.0);
        for quad in quads.iter() {
            self.mesh.add_rect_with_uv(quad.rect.translate(origin), quad.texels, Color32::WHITE);
        }
        Some(cluster.until)
    }

    /// Draws signs that are shaped together.
    fn run(&mut self, first: Cell<'_>, col: usize, text: &str, color: Color32) {
        let origin = vec2(col as f32 * self.glyphs.cell().x, 0.0);
        for quad in self.glyphs.run(self.ctx, first, text).iter() {
            self.mesh.add_rect_with_uv(quad.rect.translate(origin), quad.texels, color);
        }
    }

    /// Text and background colour, the latter `None` where it is the view's own.
    fn cell_colors(&self, cell: Cell<'_>) -> (Color32, Option<Color32>) {
        let palette = &self.colors.palette;
        let mut foreground = self.colors.resolve(cell.foreground(), palette.foreground);
        let background = self.colors.resolve(cell.background(), palette.background);
        if cell.is_dim() {
            foreground = foreground.lerp_to_gamma(background, 0.4);
        }
        if cell.is_inverse() {
            return (background, Some(foreground));
        }
        (foreground, (background != color32(palette.background)).then_some(background))
    }

    /// Neighbours of one colour are one rectangle.
    fn backgrounds(&mut self, row: Row<'_>, mark: impl Fn(usize) -> Mark) {
        let size = self.glyphs.cell();
        let color_at = |painter: &Self, col: usize, cell: Cell<'_>| match mark(col) {
            Mark::Selected => Some(painter.colors.selection),
            Mark::Found => Some(painter.colors.found),
            Mark::Current => Some(painter.colors.current),
            Mark::None => painter.cell_colors(cell).1,
        };
        let mut run: Option<(usize, Color32)> = None;
        let flush = |mesh: &mut Mesh, run: Option<(usize, Color32)>, end: usize| {
            if let Some((start, color)) = run {
                let min = pos2(start as f32 * size.x, 0.0);
                mesh.add_colored_rect(Rect::from_min_max(min, pos2(end as f32 * size.x, size.y)), color);
            }
        };
        let mut count = 0;
        for (col, cell) in row.cells().enumerate() {
            let color = color_at(self, col, cell);
            if run.map(|(_, color)| color) != color {
                flush(self.mesh, run, col);
                run = color.map(|color| (col, color));
            }
            count = col + 1;
        }
        flush(self.mesh, run, count);
    }

    /// Columns for a character: an emoji that programs count as narrow may use a blank one beside it.
    fn room(&self, row: Row<'_>, cell: Cell<'_>, col: usize) -> u8 {
        let is_emoji = cell.combining().contains(&EMOJI_FORM);
        let beside = row.cell(col + 1);
        let free = is_emoji && beside.is_some_and(|it| it.is_blank() && it.width() == CellWidth::Narrow);
        if free || cell.width() == CellWidth::Wide { 2 } else { 1 }
    }

    fn character(&mut self, cell: Cell<'_>, col: usize, color: Color32) {
        self.character_in(cell, col, if cell.width() == CellWidth::Wide { 2 } else { 1 }, color);
    }

    fn character_in(&mut self, cell: Cell<'_>, col: usize, columns: u8, color: Color32) {
        let size = self.glyphs.cell();
        let origin = vec2(col as f32 * size.x, 0.0);
        let rect = Rect::from_min_size(origin.to_pos2(), vec2(size.x * f32::from(columns), size.y));
        if boxes::draw(self.mesh, cell.character(), rect, self.glyphs.pixel(), color) {
            return;
        }
        for quad in self.glyphs.quads(self.ctx, cell, columns).iter() {
            let color = if quad.is_color { Color32::WHITE } else { color };
            self.mesh.add_rect_with_uv(quad.rect.translate(origin), quad.texels, color);
        }
    }

    /// The lines below and through a character.
    fn lines(&mut self, cell: Cell<'_>, col: usize, foreground: Color32) {
        let (size, pixel) = (self.glyphs.cell(), self.glyphs.pixel());
        let snap = |points: f32| (points / pixel).round() * pixel;
        let columns = if cell.width() == CellWidth::Wide { 2.0 } else { 1.0 };
        let (left, width) = (col as f32 * size.x, size.x * columns);
        let thickness = snap(size.y / 18.0).max(pixel);
        let mut line = |from: f32, to: f32, y: f32, color: Color32| {
            let min = pos2(left + from, snap(y));
            self.mesh.add_colored_rect(Rect::from_min_max(min, pos2(left + to, snap(y) + thickness)), color);
        };
        if cell.is_struck() {
            line(0.0, width, size.y * 0.52, foreground);
        }
        let palette = &self.colors.palette;
        let color =
            cell.underline_color().map_or(foreground, |it| self.colors.resolve(it, palette.foreground));
        let low = size.y - 2.0 * thickness;
        // Patterns repeat in each cell, so that neighbours continue them.
        let step = width / 8.0;
        match cell.underline() {
            Underline::None => {}
            Underline::Single => line(0.0, width, low, color),
            Underline::Double => {
                line(0.0, width, low, color);
                line(0.0, width, low - 2.0 * thickness, color);
            }
            Underline::Curly => {
                for (part, rise) in [0.0, 1.0, 2.0, 1.0, 0.0, 1.0, 2.0, 1.0].into_iter().enumerate() {
                    let from = part as f32 * step;
                    line(from, from + step, low - rise * thickness * 0.75, color);
                }
            }
            Underline::Dotted => (0..4).for_each(|dot| {
                let from = dot as f32 * 2.0 * step;
                line(from, from + step, low, color);
            }),
            Underline::Dashed => line(0.0, step * 5.0, low, color),
        }
    }
}
