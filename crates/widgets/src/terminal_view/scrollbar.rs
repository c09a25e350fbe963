//! The bar at the right edge, shown when there is something above the screen, with a mark for each command
//! and for what was found.

use super::command_marks;
use crate::theme::{Theme, mix};
use egui::{Id, Rect, Sense, Ui, pos2, vec2};
use terminal::{Scroll, Terminal};

/// Width in points, the room to grab it included.
const WIDTH: f32 = 10.0;
/// A thumb that can still be grabbed.
const MIN_THUMB: f32 = 24.0;

/// Draws the bar and moves the view with it.
pub(super) fn scrollbar_ui(ui: &Ui, id: Id, area: Rect, terminal: &mut Terminal, theme: &Theme) {
    let (kept, shown) = (terminal.scrollback_len() as f32, terminal.size().rows as f32);
    if kept < 1.0 {
        return;
    }
    let track = area.with_min_x(area.right() - WIDTH);
    let thumb_height = (track.height() * shown / (kept + shown)).max(MIN_THUMB).min(track.height());
    let room = track.height() - thumb_height;
    let response = ui.interact(track, id, Sense::drag());
    if let Some(pos) = response.interact_pointer_pos().filter(|_| room > 0.0) {
        let fraction = ((pos.y - track.top() - thumb_height / 2.0) / room).clamp(0.0, 1.0);
        let wanted = ((1.0 - fraction) * kept).round() as i32;
        terminal.scroll(Scroll::Lines(wanted - terminal.scroll_offset() as i32));
    }
    let active = response.hovered() || response.dragged();
    marks_ui(ui, track, terminal, theme, active);
    if terminal.scroll_offset() == 0 && !active {
        return;
    }
    let top = track.top() + room * (1.0 - terminal.scroll_offset() as f32 / kept);
    let width = if active { 7.0 } else { 4.0 };
    let thumb = Rect::from_min_size(pos2(track.right() - width - 2.0, top), vec2(width, thumb_height));
    let color = if active { theme.control.strong_stroke } else { theme.control.track };
    ui.painter().rect_filled(thumb, width / 2.0, color);
}

/// Marks beside the thumb: commands by how they ended, and found text.
fn marks_ui(ui: &Ui, track: Rect, terminal: &Terminal, theme: &Theme, active: bool) {
    let lines = (terminal.scrollback_len() + terminal.size().rows) as f32;
    let y_of = |line| {
        let up = terminal.lines_from_end(line) as f32 + 1.0;
        (track.bottom() - up / lines * track.height()).round().max(track.top())
    };
    let painter = ui.painter();
    let mark = |y: f32, width: f32, color| {
        let rect = Rect::from_min_size(pos2(track.right() - 2.0 - width, y), vec2(width, 2.0));
        painter.rect_filled(rect, 0.0, color);
    };
    let strength = if active { 1.0 } else { 0.6 };
    // Many lines fall upon one pixel: one mark is enough for them.
    let mut last = f32::NAN;
    for block in terminal.blocks() {
        let Some(color) = command_marks::color(block, theme) else { continue };
        let y = y_of(block.prompt.line);
        if y != last || block.failed() {
            mark(y, if active { 7.0 } else { 4.0 }, color.gamma_multiply(strength));
        }
        last = y;
    }
    let found = mix(theme.warning.fill, theme.text.primary, 0.1);
    last = f32::NAN;
    for line in terminal.found_lines() {
        let y = y_of(line);
        if y != last {
            mark(y, 3.0, found);
        }
        last = y;
    }
}
