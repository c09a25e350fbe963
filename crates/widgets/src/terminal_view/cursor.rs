//! The cursor: its look, and when it blinks.

use super::{glyphs::Glyphs, palette::color32, rows};
use egui::{Color32, Context, Painter, Pos2, Rect, Stroke, StrokeKind, vec2};
use std::time::Duration;
use terminal::{Cursor, CursorShape, Terminal};

/// Half a period of blinking.
const BLINK_SECONDS: f64 = 0.53;
/// A cursor that nothing happens to stays on after this, so that an idle desktop draws nothing.
const BLINK_FOR_SECONDS: f64 = 10.0;

/// Whether the cursor is on; asks for a frame when that will change. `since` is the time of the last
/// key or output.
pub(super) fn is_on(ctx: &Context, cursor: Cursor, now: f64, since: f64) -> bool {
    let elapsed = (now - since).max(0.0);
    if !cursor.blinking || elapsed >= BLINK_FOR_SECONDS {
        return true;
    }
    let phase = elapsed / BLINK_SECONDS;
    ctx.request_repaint_after(Duration::from_secs_f64((phase.floor() + 1.0 - phase) * BLINK_SECONDS));
    (phase as u64).is_multiple_of(2)
}

/// Where and how the cursor is drawn.
pub(super) struct Place {
    /// Top left of the grid.
    pub(super) origin: Pos2,
    /// Whether the view has the keyboard; the cursor is hollow otherwise.
    pub(super) focused: bool,
    /// The colour of a character beneath a filled cursor.
    pub(super) background: Color32,
}

/// Draws the cursor.
pub(super) fn draw(
    painter: &Painter,
    glyphs: &mut Glyphs,
    terminal: &Terminal,
    cursor: Cursor,
    place: Place,
) {
    let (size, pixel) = (glyphs.cell(), glyphs.pixel());
    let corner = place.origin + vec2(cursor.col as f32 * size.x, cursor.row as f32 * size.y);
    let cell = Rect::from_min_size(corner, vec2(size.x * if cursor.wide { 2.0 } else { 1.0 }, size.y));
    let color = color32(terminal.palette().cursor);
    let thickness = (size.y / 9.0 / pixel).round().max(1.0) * pixel;
    match cursor.shape {
        CursorShape::Block if place.focused => {
            painter.rect_filled(cell, 0.0, color);
            let under = terminal.row(cursor.row).and_then(|row| row.cell(cursor.col));
            if let Some(under) = under.filter(|cell| !cell.is_blank() && !cell.is_hidden()) {
                painter.extend(rows::cell_shape(painter.ctx(), glyphs, under, place.background, corner));
            }
        }
        CursorShape::Block | CursorShape::Hollow => {
            painter.rect_stroke(cell, 0.0, Stroke::new(pixel, color), StrokeKind::Inside);
        }
        CursorShape::Underline => {
            painter.rect_filled(cell.with_min_y(cell.bottom() - thickness), 0.0, color);
        }
        CursorShape::Beam => {
            painter.rect_filled(cell.with_max_x(cell.left() + thickness), 0.0, color);
        }
    }
}
