//! A bar beside each prompt that tells how its command ended; a click selects what the command wrote.

use super::pointer::Grid;
use crate::{controls::tooltip, theme::Theme};
use egui::{Color32, Id, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};
use terminal::{Block, BlockState, Terminal};

/// Width of the bar in points.
const WIDTH: f32 = 3.0;

/// The colour of a command; none for one that is being typed.
pub(super) fn color(block: &Block, theme: &Theme) -> Option<Color32> {
    match block.state() {
        BlockState::Prompt => None,
        BlockState::Running => Some(theme.accent.fill),
        BlockState::Ended if block.failed() => Some(theme.danger.fill),
        BlockState::Ended => Some(theme.success.fill.gamma_multiply(0.7)),
    }
}

/// Draws the bars of the prompts in view, left of the grid. Returns whether one was clicked.
pub(super) fn marks_ui(
    ui: &Ui,
    id: Id,
    area: Rect,
    grid: Grid,
    terminal: &mut Terminal,
    theme: &Theme,
) -> bool {
    let mut clicked = false;
    if terminal.modes().alternate_screen {
        return clicked;
    }
    let seen: Vec<(usize, Block)> = (terminal.blocks().rev())
        .take_while(|block| block.prompt.line >= terminal.line_id(0))
        .filter_map(|block| Some((terminal.row_of(block.prompt.line)?, block.clone())))
        .take(grid.rows)
        .collect();
    for (row, block) in seen {
        let Some(color) = color(&block, theme) else { continue };
        let top = grid.origin.y + row as f32 * grid.cell.y;
        let touch = Rect::from_min_max(pos2(area.left(), top), pos2(grid.origin.x - 1.0, top + grid.cell.y));
        let response = ui.interact(touch, id.with(block.id), Sense::CLICK);
        let hovered = response.hovered();
        let size = vec2(if hovered { WIDTH + 1.0 } else { WIDTH }, grid.cell.y - 4.0);
        let bar = Rect::from_center_size(pos2(touch.left() + 3.5, touch.center().y), size);
        ui.painter().rect_filled(bar, size.x / 2.0, color);
        let text = describe(&block);
        response.widget_info(|| WidgetInfo::labeled(Role::Button, ui.is_enabled(), &text));
        if response.clicked() {
            terminal.select_output(block.id);
            clicked = true;
        }
        if hovered {
            ui.set_cursor_icon(egui::CursorIcon::PointingHand);
            tooltip(response, &format!("{text}. A click selects its output."));
        }
    }
    clicked
}

/// A command in words.
fn describe(block: &Block) -> String {
    let command: String = block.command.lines().next().unwrap_or_default().chars().take(60).collect();
    let command = if command.is_empty() { "command".to_owned() } else { command };
    match (block.state(), block.exit) {
        (BlockState::Running | BlockState::Prompt, _) => format!("{command}: running"),
        (BlockState::Ended, None) => format!("{command}: ended{}", time(block)),
        (BlockState::Ended, Some(0)) => format!("{command}: done{}", time(block)),
        (BlockState::Ended, Some(code)) => format!("{command}: code {code}{}", time(block)),
    }
}

fn time(block: &Block) -> String {
    let seconds = |millis: u64| millis as f64 / 1000.0;
    match block.ran_millis().map(seconds) {
        None => String::new(),
        Some(seconds) if seconds < 60.0 => format!(", {seconds:.1} s"),
        Some(seconds) => format!(", {} min {} s", (seconds / 60.0) as u64, (seconds % 60.0) as u64),
    }
}
