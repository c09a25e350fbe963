//! Characters of lines that are no rectangles, and of dots: dashes, arcs, diagonals, powerline's arrows and half
//! circles, braille, sextants. Edges that are not upright or level fade over one pixel, so that they look smooth
//! and still join at the edges of their cells.

use egui::{Color32, Mesh, Pos2, Rect, Vec2, pos2, vec2};
use std::f32::consts::FRAC_PI_2;

/// Pieces of a quarter of a circle.
const ARC_STEPS: usize = 10;

/// Where and how to draw.
pub(super) struct Pen<'a> {
    pub(super) mesh: &'a mut Mesh,
    pub(super) cell: Rect,
    /// Length of a pixel in points.
    pub(super) pixel: f32,
    pub(super) color: Color32,
}

impl Pen<'_> {
    /// Draws a character, where it is one of ours.
    pub(super) fn draw(&mut self, character: char) -> bool {
        let Rect { min, max } = self.cell;
        let (left, right) = (self.cell.left_center(), self.cell.right_center());
        match character {
            '┄' | '┈' => self.dashes(if character == '┄' { 3 } else { 4 }, true, 1.0),
            '┅' | '┉' => self.dashes(if character == '┅' { 3 } else { 4 }, true, 3.0),
            '┆' | '┊' => self.dashes(if character == '┆' { 3 } else { 4 }, false, 1.0),
            '┇' | '┋' => self.dashes(if character == '┇' { 3 } else { 4 }, false, 3.0),
            '╌' | '╍' => self.dashes(2, true, if character == '╌' { 1.0 } else { 3.0 }),
            '╎' | '╏' => self.dashes(2, false, if character == '╎' { 1.0 } else { 3.0 }),
            '╭' => self.corner(1.0, 1.0),
            '╮' => self.corner(-1.0, 1.0),
            '╯' => self.corner(-1.0, -1.0),
            '╰' => self.corner(1.0, -1.0),
            '╱' => self.line(&[pos2(max.x, min.y), pos2(min.x, max.y)]),
            '╲' => self.line(&[min, max]),
            '╳' => {
                self.line(&[pos2(max.x, min.y), pos2(min.x, max.y)]);
                self.line(&[min, max]);
            }
            '\u{e0b0}' => self.fill(&[min, right, pos2(min.x, max.y)]),
            '\u{e0b1}' => self.line(&[min, right, pos2(min.x, max.y)]),
            '\u{e0b2}' => self.fill(&[pos2(max.x, min.y), max, left]),
            '\u{e0b3}' => self.line(&[pos2(max.x, min.y), left, max]),
            '\u{e0b4}' | '\u{e0b5}' => self.half_circle(1.0, character == '\u{e0b4}'),
            '\u{e0b6}' | '\u{e0b7}' => self.half_circle(-1.0, character == '\u{e0b6}'),
            '\u{e0b8}' => self.fill(&[min, max, pos2(min.x, max.y)]),
            '\u{e0ba}' => self.fill(&[pos2(max.x, min.y), max, pos2(min.x, max.y)]),
            '\u{e0bc}' => self.fill(&[min, pos2(max.x, min.y), pos2(min.x, max.y)]),
            '\u{e0be}' => self.fill(&[min, pos2(max.x, min.y), max]),
            '\u{e0b9}' | '\u{e0bf}' => self.line(&[min, max]),
            '\u{e0bb}' | '\u{e0bd}' => self.line(&[pos2(max.x, min.y), pos2(min.x, max.y)]),
            '\u{2800}'..='\u{28ff}' => self.braille(character as u32 - 0x2800),
            '\u{1fb00}'..='\u{1fb3b}' => self.sextant(character as u32 - 0x1fb00),
            _ => return false,
        }
        true
    }

    fn snap(&self, points: f32) -> f32 {
        (points / self.pixel).round() * self.pixel
    }

    /// Thickness of a light line, as the straight ones have it.
    fn light(&self) -> f32 {
        self.snap(self.cell.width() / 8.0).max(self.pixel)
    }

    /// Where light lines cross: the top left of the crossing.
    fn crossing(&self) -> Pos2 {
        let half = self.light() / 2.0;
        pos2(self.snap(self.cell.center().x - half), self.snap(self.cell.center().y - half))
    }

    fn dashes(&mut self, count: usize, level: bool, weight: f32) {
        let (light, crossing) = (self.light(), self.crossing());
        let thickness = light * weight;
        let across = if level { crossing.y } else { crossing.x } - (thickness - light) / 2.0;
        let (start, end) =
            if level { (self.cell.left(), self.cell.right()) } else { (self.cell.top(), self.cell.bottom()) };
        let step = (end - start) / count as f32;
        for dash in 0..count {
            let from = self.snap(start + step * (dash as f32 + 0.2));
            let to = self.snap(start + step * (dash as f32 + 0.8)).max(from + self.pixel);
            let rect = if level {
                Rect::from_min_max(pos2(from, across), pos2(to, across + thickness))
            } else {
                Rect::from_min_max(pos2(across, from), pos2(across + thickness, to))
            };
            self.mesh.add_colored_rect(rect, self.color);
        }
    }

    /// A round corner from the middle of the side in `x`'s direction to that in `y`'s.
    fn corner(&mut self, x: f32, y: f32) {
        let centre = self.crossing() + Vec2::splat(self.light() / 2.0);
        let ends = pos2(
            if x > 0.0 { self.cell.right() } else { self.cell.left() },
            if y > 0.0 { self.cell.bottom() } else { self.cell.top() },
        );
        let radius = (ends.x - centre.x).abs().min((ends.y - centre.y).abs());
        let middle = centre + vec2(radius * x, radius * y);
        let mut points = vec![pos2(centre.x, ends.y)];
        for step in 0..=ARC_STEPS {
            let angle = FRAC_PI_2 * step as f32 / ARC_STEPS as f32;
            points.push(middle - vec2(radius * x * angle.cos(), radius * y * angle.sin()));
        }
        points.push(pos2(ends.x, centre.y));
        points.dedup_by(|a, b| a.distance(*b) < 0.1 * self.pixel);
        self.line(&points);
    }

    fn half_circle(&mut self, x: f32, filled: bool) {
        let side = if x > 0.0 { self.cell.left() } else { self.cell.right() };
        let (radius, middle) = (self.cell.size() * vec2(1.0, 0.5), pos2(side, self.cell.center().y));
        let points: Vec<Pos2> = (0..=2 * ARC_STEPS)
            .map(|step| FRAC_PI_2 * (step as f32 / ARC_STEPS as f32 - 1.0))
            .map(|angle| middle + vec2(radius.x * x * angle.cos(), radius.y * angle.sin()))
            .collect();
        if filled { self.fill(&points) } else { self.line(&points) }
    }

    /// Eight dots; the bits count as Unicode has them.
    fn braille(&mut self, bits: u32) {
        const PLACES: [(f32, f32); 8] =
            [(0.0, 0.0), (0.0, 1.0), (0.0, 2.0), (1.0, 0.0), (1.0, 1.0), (1.0, 2.0), (0.0, 3.0), (1.0, 3.0)];
        let size = self.snap(self.cell.width() / 4.5).max(self.pixel);
        for (_, (x, y)) in PLACES.into_iter().enumerate().filter(|(bit, _)| bits >> bit & 1 == 1) {
            let centre = vec2((x + 0.5) * self.cell.width() / 2.0, (y + 0.5) * self.cell.height() / 4.0);
            let min = self.cell.min + centre - Vec2::splat(size / 2.0);
            let min = pos2(self.snap(min.x), self.snap(min.y));
            self.mesh.add_colored_rect(Rect::from_min_size(min, Vec2::splat(size)), self.color);
        }
    }

    /// Two by three blocks; the pattern without any, with all, and with one column are other characters.
    fn sextant(&mut self, index: u32) {
        let bits = index + 1 + u32::from(index >= 20) + u32::from(index >= 40);
        for bit in (0..6_u8).filter(|bit| bits >> bit & 1 == 1) {
            let (x, y) = (f32::from(bit % 2), f32::from(bit / 2));
            let part = |x: f32, y: f32| {
                let at = vec2(x * self.cell.width() / 2.0, y * self.cell.height() / 3.0);
                self.cell.min + vec2(self.snap(at.x), self.snap(at.y))
            };
            self.mesh.add_colored_rect(Rect::from_min_max(part(x, y), part(x + 1.0, y + 1.0)), self.color);
        }
    }

    /// A light line through these points.
    fn line(&mut self, points: &[Pos2]) {
        let half = self.light() / 2.0;
        // From the outer edge of the fade to the other one.
        let across = [
            -half - self.pixel / 2.0,
            -half + self.pixel / 2.0,
            half - self.pixel / 2.0,
            half + self.pixel / 2.0,
        ];
        let colors = [Color32::TRANSPARENT, self.color, self.color, Color32::TRANSPARENT];
        let base = self.mesh.vertices.len() as u32;
        for (index, point) in points.iter().enumerate() {
            let before = points[index.saturating_sub(1)];
            let after = points[(index + 1).min(points.len() - 1)];
            let (into, out) = ((*point - before).normalized(), (after - *point).normalized());
            let along = (into + out).normalized();
            // Farther out where the line turns, so that it keeps its thickness.
            let stretch = 1.0 / along.dot(if into == Vec2::ZERO { out } else { into }).max(0.4);
            let normal = along.rot90() * stretch;
            for (offset, color) in across.iter().zip(colors) {
                self.mesh.colored_vertex(*point + normal * *offset, color);
            }
        }
        for segment in 0..points.len().saturating_sub(1) as u32 {
            for strip in 0..3 {
                let corner = base + segment * 4 + strip;
                self.mesh.add_triangle(corner, corner + 1, corner + 4);
                self.mesh.add_triangle(corner + 1, corner + 5, corner + 4);
            }
        }
    }

    /// A shape with corners outwards only.
    fn fill(&mut self, points: &[Pos2]) {
        let base = self.mesh.vertices.len() as u32;
        for point in points {
            self.mesh.colored_vertex(*point, self.color);
        }
        for corner in 1..points.len().saturating_sub(1) as u32 {
            self.mesh.add_triangle(base, base + corner, base + corner + 1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The bounds of what is drawn, in a cell of 9 × 18 pixels.
    fn drawn(character: char) -> (Mesh, Rect) {
        let cell = Rect::from_min_size(pos2(0.0, 0.0), vec2(9.0, 18.0));
        let mut mesh = Mesh::default();
        let mut pen = Pen { mesh: &mut mesh, cell, pixel: 1.0, color: Color32::WHITE };
        assert!(pen.draw(character), "{character}");
        let bounds = mesh.calc_bounds();
        (mesh, bounds)
    }

    #[test]
    fn all_of_them_stay_about_their_cell() {
        let all = ('\u{2500}'..='\u{257f}').chain('\u{e0b0}'..='\u{e0bf}').chain('\u{2801}'..='\u{28ff}');
        let mut count = 0;
        for character in all.chain('\u{1fb00}'..='\u{1fb3b}') {
            let mut mesh = Mesh::default();
            let cell = Rect::from_min_size(pos2(0.0, 0.0), vec2(9.0, 18.0));
            if !(Pen { mesh: &mut mesh, cell, pixel: 1.0, color: Color32::WHITE }).draw(character) {
                continue;
            }
            count += 1;
            assert!(mesh.is_valid() && !mesh.is_empty(), "{character}");
            let bounds = mesh.calc_bounds();
            assert!(cell.expand(1.6).contains_rect(bounds), "{character} {bounds:?}");
        }
        assert_eq!(count, 12 + 4 + 3 + 16 + 255 + 60);
    }

    #[test]
    fn round_corners_meet_the_lines_beside_them() {
        let (mesh, bounds) = drawn('╭');
        assert!((bounds.right() - 9.0).abs() < 0.2 && (bounds.bottom() - 18.0).abs() < 0.2, "{bounds:?}");
        // The line `─` lies on the row of pixels from 9 to 10: its middle is where the arc ends.
        let ends = mesh.vertices.iter().filter(|vertex| (vertex.pos.x - 9.0).abs() < 0.2);
        let (mut low, mut high) = (f32::MAX, f32::MIN);
        ends.for_each(|vertex| (low, high) = (low.min(vertex.pos.y), high.max(vertex.pos.y)));
        assert!(((low + high) / 2.0 - 9.5).abs() < 0.1, "{low} {high}");
    }

    #[test]
    fn sextants_are_unicodes() {
        let parts = |character| drawn(character).0.vertices.len() / 4;
        assert_eq!((parts('\u{1fb00}'), parts('\u{1fb0e}'), parts('\u{1fb3b}')), (1, 4, 5));
        // BLOCK SEXTANT-2346 follows the left half, which is another character.
        assert_eq!(parts('\u{1fb28}'), 4);
    }
}
