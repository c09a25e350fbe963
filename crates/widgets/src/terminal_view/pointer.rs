//! The pointer: reports to programs that ask for it, else selects text, opens links and scrolls.

use super::{keys, view::TerminalOutput};
use egui::{Event, Modifiers, PointerButton, Pos2, Rect, Response, Ui, Vec2};
use terminal::{
    Key, Modes, MouseAction, MouseButton, MouseEvent, MouseTracking, Scroll, SelectionKind, Side, Terminal,
    encode_key, encode_mouse,
};

/// Presses on one cell within this time are one double or triple click.
const CLICK_SECONDS: f64 = 0.4;
/// Lines that one frame of the wheel moves at most; more is a jump nobody can follow.
const MAX_WHEEL_LINES: f32 = 200.0;

/// Where the grid is on the screen.
#[derive(Clone, Copy, Debug)]
pub(super) struct Grid {
    pub(super) origin: Pos2,
    pub(super) cell: Vec2,
    pub(super) rows: usize,
    pub(super) cols: usize,
}

impl Grid {
    /// The cell at a point, the nearest one outside the grid, and the half of it.
    pub(super) fn at(&self, pos: Pos2) -> (usize, usize, Side) {
        let (x, y) = ((pos.x - self.origin.x) / self.cell.x, (pos.y - self.origin.y) / self.cell.y);
        let (row, last) = (y.floor().max(0.0) as usize, self.cols.saturating_sub(1));
        let col = (x.floor().max(0.0) as usize).min(last);
        let side = if x - col as f32 >= 0.5 { Side::Right } else { Side::Left };
        (row.min(self.rows.saturating_sub(1)), col, side)
    }

    pub(super) fn rect(&self) -> Rect {
        let size = Vec2::new(self.cell.x * self.cols as f32, self.cell.y * self.rows as f32);
        Rect::from_min_size(self.origin, size)
    }
}

/// What pointer events act upon in a frame.
pub(super) struct Target<'a> {
    pub(super) grid: Grid,
    pub(super) terminal: &'a mut Terminal,
    pub(super) output: &'a mut TerminalOutput,
}

impl Target<'_> {
    /// Shift takes the pointer back from the program.
    fn is_reporting(&self, modifiers: Modifiers) -> bool {
        self.terminal.modes().mouse_tracking != MouseTracking::Off && !modifiers.shift
    }

    fn report(&mut self, action: MouseAction, (row, col): (usize, usize), modifiers: Modifiers) {
        let event = MouseEvent { action, row, col, modifiers: keys::modifiers(modifiers) };
        self.output.bytes.extend(encode_mouse(event, &self.terminal.modes()).unwrap_or_default());
    }
}

/// What lasts from frame to frame.
#[derive(Debug, Default)]
pub(super) struct Pointer {
    selecting: bool,
    /// The last press: when, on which cell, the how many-th of a row of clicks.
    last_press: Option<(f64, (usize, usize), u8)>,
    /// Button that was reported as pressed and not as released.
    reported: Option<MouseButton>,
    reported_cell: Option<(usize, usize)>,
    /// Wheel movement of less than a line.
    wheel_rest_lines: f32,
}

impl Pointer {
    /// Whether text is being selected.
    pub(super) fn is_selecting(&self) -> bool {
        self.selecting
    }

    /// Handles the frame's pointer events. What is on the `bar` is not for the terminal.
    pub(super) fn handle(
        &mut self,
        ui: &Ui,
        response: &Response,
        bar: Option<Rect>,
        target: &mut Target<'_>,
    ) {
        let (events, now) = ui.input(|input| (input.events.clone(), input.time));
        for event in &events {
            match *event {
                Event::PointerButton { pos, button, pressed, modifiers } => {
                    let on_bar = bar.is_some_and(|bar| bar.contains(pos));
                    let inside =
                        response.contains_pointer() && response.interact_rect.contains(pos) && !on_bar;
                    match pressed {
                        true if inside => self.press(pos, button, modifiers, now, target),
                        true => {}
                        false => self.release(pos, button, modifiers, target),
                    }
                }
                Event::PointerMoved(pos) => {
                    let modifiers = ui.input(|input| input.modifiers);
                    self.move_to(pos, response.contains_pointer(), modifiers, target);
                }
                _ => {}
            }
        }
        self.drag_beyond_edge(ui, target);
        self.wheel(ui, response, target);
    }

    fn press(
        &mut self,
        pos: Pos2,
        button: PointerButton,
        modifiers: Modifiers,
        now: f64,
        target: &mut Target<'_>,
    ) {
        let (row, col, side) = target.grid.at(pos);
        if target.is_reporting(modifiers) {
            if let Some(button) = reported_button(button) {
                self.reported = Some(button);
                self.reported_cell = Some((row, col));
                target.report(MouseAction::Press(button), (row, col), modifiers);
            }
            return;
        }
        // Beyond the grid is the margin, to the right the scrollbar, to the left the marks of commands.
        let rect = target.grid.rect();
        let beyond = pos.x > rect.right() + target.grid.cell.x / 2.0 || pos.x < rect.left() - 1.0;
        if button != PointerButton::Primary || beyond {
            return;
        }
        if modifiers.ctrl
            && let Some(link) = target.terminal.link_at(row, col)
        {
            target.output.open_link = Some(link.target);
            return;
        }
        self.selecting = true;
        if modifiers.shift && target.terminal.selected_text().is_some() {
            target.terminal.extend_selection(row, col, side);
            return;
        }
        let count = match self.last_press {
            Some((then, cell, count)) if now - then < CLICK_SECONDS && cell == (row, col) => count % 3 + 1,
            _ => 1,
        };
        self.last_press = Some((now, (row, col), count));
        let kind = match count {
            2 => SelectionKind::Word,
            3 => SelectionKind::Line,
            _ if modifiers.alt => SelectionKind::Block,
            _ => SelectionKind::Character,
        };
        target.terminal.select(kind, row, col, side);
    }

    fn release(&mut self, pos: Pos2, button: PointerButton, modifiers: Modifiers, target: &mut Target<'_>) {
        let (row, col, _) = target.grid.at(pos);
        // What was reported as pressed is reported as released, whatever keys are held by now.
        if let Some(button) = reported_button(button).filter(|button| self.reported == Some(*button)) {
            self.reported = None;
            target.report(MouseAction::Release(button), (row, col), modifiers);
        }
        if button == PointerButton::Primary && std::mem::take(&mut self.selecting) {
            if target.terminal.selected_text().is_none() {
                target.terminal.clear_selection();
            } else {
                target.output.selection_settled = true;
            }
        }
    }

    fn move_to(&mut self, pos: Pos2, inside: bool, modifiers: Modifiers, target: &mut Target<'_>) {
        let (row, col, side) = target.grid.at(pos);
        if self.selecting {
            target.terminal.extend_selection(row, col, side);
        } else if (inside || self.reported.is_some())
            && target.is_reporting(modifiers)
            && self.reported_cell != Some((row, col))
        {
            self.reported_cell = Some((row, col));
            target.report(MouseAction::Move(self.reported), (row, col), modifiers);
        }
    }

    /// A selection that is drawn beyond the upper or lower edge scrolls, the faster the farther.
    fn drag_beyond_edge(&self, ui: &Ui, target: &mut Target<'_>) {
        let Some(pos) = ui.input(|input| input.pointer.latest_pos()).filter(|_| self.selecting) else {
            return;
        };
        let rect = target.grid.rect();
        let beyond = if pos.y < rect.top() { rect.top() - pos.y } else { (rect.bottom() - pos.y).min(0.0) };
        if beyond != 0.0 {
            let lines = (beyond / target.grid.cell.y).abs().ceil().min(20.0).copysign(beyond);
            target.terminal.scroll(Scroll::Lines(lines as i32));
            let (row, col, side) = target.grid.at(pos);
            target.terminal.extend_selection(row, col, side);
            ui.request_repaint_after(std::time::Duration::from_millis(40));
        }
    }

    fn wheel(&mut self, ui: &Ui, response: &Response, target: &mut Target<'_>) {
        let moved = if response.contains_pointer() { take_wheel(ui) } else { 0.0 };
        if moved == 0.0 {
            return;
        }
        self.wheel_rest_lines += moved / target.grid.cell.y;
        let lines = self.wheel_rest_lines.trunc().clamp(-MAX_WHEEL_LINES, MAX_WHEEL_LINES);
        self.wheel_rest_lines = self.wheel_rest_lines.fract();
        let (count, up) = (lines.abs() as usize, lines > 0.0);
        if count == 0 {
            return;
        }
        let (modifiers, pos) = ui.input(|input| (input.modifiers, input.pointer.latest_pos()));
        let modes = target.terminal.modes();
        if target.is_reporting(modifiers) {
            let (row, col, _) = target.grid.at(pos.unwrap_or(target.grid.origin));
            let button = if up { MouseButton::WheelUp } else { MouseButton::WheelDown };
            for _ in 0..count {
                target.report(MouseAction::Press(button), (row, col), modifiers);
            }
        } else if modes.alternate_screen && modes.alternate_scroll {
            target.output.bytes.extend_from_slice(&arrows(up, count, &modes));
        } else {
            target.terminal.scroll(Scroll::Lines(lines as i32));
        }
    }
}

/// The wheel's movement in points; nothing else in this frame sees it then.
fn take_wheel(ui: &Ui) -> f32 {
    ui.input_mut(|input| std::mem::take(&mut input.smooth_scroll_delta.y))
}

fn arrows(up: bool, count: usize, modes: &Modes) -> Vec<u8> {
    let key = if up { Key::Up } else { Key::Down };
    encode_key(key, terminal::Modifiers::NONE, modes).repeat(count)
}

fn reported_button(button: PointerButton) -> Option<MouseButton> {
    match button {
        PointerButton::Primary => Some(MouseButton::Left),
        PointerButton::Middle => Some(MouseButton::Middle),
        PointerButton::Secondary => Some(MouseButton::Right),
        _ => None,
    }
}
