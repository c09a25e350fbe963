//! The widget: one frame from events to shapes.

use super::{
    bell::Bell,
    command_marks, cursor,
    glyphs::Glyphs,
    input::{self, Keyboard, Zoom},
    link_hover,
    palette::{Colors, color32, terminal_palette},
    pointer::{Grid, Pointer, Target},
    rows::Rows,
    scrollbar::scrollbar_ui,
    search_bar::SearchBar,
};
use crate::{fonts, theme::Theme};
use egui::{
    CornerRadius, Event, EventFilter, IMEPurpose, Id, Modifiers, Pos2, Rect, Response, Role, Sense, Stroke,
    Ui, ViewportCommand, WidgetInfo, output::IMEOutput, pos2, vec2,
};
use std::time::Instant;
use terminal::{Link, LinkTarget, Scroll, Size, Terminal, encode_focus};

/// Size of the font unless it is changed, in points.
const FONT_POINTS: f32 = 14.0;
/// Between the edge of the view and the grid, in points.
const MARGIN_POINTS: f32 = 8.0;
/// One step of the keys that change its size, in points.
const ZOOM_POINTS: f32 = 1.0;

/// What the app is to do after a frame.
#[derive(Debug, Default)]
pub struct TerminalOutput {
    /// To be sent to the program.
    pub bytes: Vec<u8>,
    /// The screen has this size now; the host's terminal is to be told.
    pub resize: Option<Size>,
    /// To be put on the clipboard.
    pub copy: Option<String>,
    /// What was clicked with control held down.
    pub open_link: Option<LinkTarget>,
    /// Text of several lines that was pasted into a program that would run each at once. To be sent
    /// by [`terminal::encode_paste`] when the user agrees.
    pub confirm_paste: Option<String>,
    /// A selection was finished with the pointer.
    pub selection_settled: bool,
}

/// A view of a terminal. Keeps what lasts from frame to frame; the terminal itself is the app's.
pub struct TerminalView {
    font_points: f32,
    corner: CornerRadius,
    glyphs: Glyphs,
    rows: Rows,
    pointer: Pointer,
    keyboard: Keyboard,
    search: SearchBar,
    /// The link under the pointer.
    link: Option<Link>,
    /// Modifiers at the end of the last frame: events of this one tell how they change.
    held: Modifiers,
    had_focus: bool,
    bell: Bell,
    /// Time of the last key or output, from which blinking counts.
    active_since: f64,
    last_cursor: Option<terminal::Cursor>,
    rows_built: usize,
    drawn: Drawn,
    /// Where the last frame had its cells.
    grid: Option<Grid>,
}

/// How often a view was drawn, and how many rows were shaped for it: what a view costs that nobody sees is that neither
/// rises.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Drawn {
    /// Frames in which it was.
    pub frames: u64,
    /// Rows that were shaped, in all of them.
    pub rows: u64,
}

impl Default for TerminalView {
    fn default() -> Self {
        Self::new()
    }
}

impl TerminalView {
    /// A view with the usual font size.
    #[must_use]
    pub fn new() -> Self {
        TerminalView {
            corner: CornerRadius::ZERO,
            font_points: FONT_POINTS,
            glyphs: Glyphs::new(),
            rows: Rows::new(),
            pointer: Pointer::default(),
            keyboard: Keyboard::default(),
            search: SearchBar::default(),
            link: None,
            held: Modifiers::NONE,
            had_focus: false,
            bell: Bell::default(),
            active_since: 0.0,
            last_cursor: None,
            rows_built: 0,
            drawn: Drawn::default(),
            grid: None,
        }
    }

    /// Size of the font in points.
    #[must_use]
    pub fn font_points(&self) -> f32 {
        self.font_points
    }

    /// Changes the size of the font; 6 to 48 points.
    pub fn set_font_points(&mut self, points: f32) {
        if points.is_finite() {
            self.font_points = points.clamp(6.0, 48.0);
        }
    }

    /// Makes the font larger or smaller by one step.
    pub fn zoom_by(&mut self, steps: f32) {
        self.set_font_points(self.font_points + steps * ZOOM_POINTS);
    }

    /// Gives the font its usual size.
    pub fn reset_zoom(&mut self) {
        self.font_points = FONT_POINTS;
    }

    /// Opens the bar to search with.
    pub fn open_search(&mut self, terminal: &Terminal) {
        self.search.open(terminal);
    }

    /// Rounds the background, where the view fills a window to its corners.
    pub fn set_corner(&mut self, corner: CornerRadius) {
        self.corner = corner;
    }

    /// The row of the view at a place of the last frame.
    #[must_use]
    pub fn row_at(&self, at: Pos2) -> Option<usize> {
        self.grid.filter(|grid| grid.rect().contains(at)).map(|grid| grid.at(at).0)
    }

    /// How many rows the last frame had to build. Zero when nothing has changed.
    #[must_use]
    pub fn rows_built(&self) -> usize {
        self.rows_built
    }

    /// What was drawn of it so far.
    #[must_use]
    pub fn drawn(&self) -> Drawn {
        self.drawn
    }

    /// The id of the view in a [`Ui`] with this salt: for giving it the focus.
    #[must_use]
    pub fn id(ui: &Ui, salt: &str) -> Id {
        ui.scope_id().with(("terminal", salt))
    }

    /// Draws the terminal in all the room there is, and handles what the user does with it. `name` is
    /// what a reader hears when the program gives no title.
    pub fn ui(&mut self, ui: &mut Ui, salt: &str, terminal: &mut Terminal, name: &str) -> TerminalOutput {
        let mut output = TerminalOutput::default();
        let theme = Theme::of(ui);
        terminal.set_palette(terminal_palette(&theme));
        let ctx = ui.ctx().clone();
        let stale = self.glyphs.begin_frame(&ctx, self.font_points);
        expire_synchronized(&ctx, terminal);

        let area = ui.available_rect_before_wrap();
        let id = Self::id(ui, salt);
        let response = ui.interact(area, id, Sense::click_and_drag());
        ui.advance_cursor_after_rect(area);
        let grid = self.fit(area, terminal, &mut output);
        self.grid = Some(grid);

        self.search.step(&ctx, terminal);
        let bar = self.search.rect(area);
        let pos = ui.input(|it| it.pointer.latest_pos());
        // What lies upon the screen has the pointer for itself.
        let on_bar = bar.zip(pos).is_some_and(|(bar, pos)| bar.contains(pos));
        if response.contains_pointer() && !on_bar && ui.input(|it| it.pointer.any_pressed()) {
            response.request_focus();
        }
        let focused = response.has_focus();
        self.tell_focus(focused, terminal, &mut output);
        if focused {
            self.keyboard(ui, id, terminal, &mut output);
        }
        self.held = ui.input(|it| it.modifiers);
        self.zoom(ui, &response);
        self.pointer.handle(ui, &response, bar, &mut Target { grid, terminal, output: &mut output });
        middle_click_paste(ui, &response, terminal, &mut output);
        self.hover(ui, &response, grid, pos.filter(|_| !on_bar), terminal);

        self.paint(ui, &Frame { area, grid, focused, stale }, terminal, &theme);
        let marked = command_marks::marks_ui(ui, id.with("commands"), area, grid, terminal, &theme);
        scrollbar_ui(ui, id.with("scrollbar"), area, terminal, &theme);
        let searched = self.search.ui(ui, id.with("search"), area, terminal);
        // The keyboard stays with the program.
        if marked || searched {
            response.request_focus();
        }
        describe(ui, &response, terminal, name);
        output
    }

    /// What the pointer is on.
    fn hover(&mut self, ui: &Ui, response: &Response, grid: Grid, pos: Option<Pos2>, terminal: &Terminal) {
        let pos = pos.filter(|_| response.contains_pointer() && !self.pointer.is_selecting());
        let ctrl = ui.input(|it| it.modifiers.ctrl);
        self.link = link_hover::link_under(grid, pos, ctrl, terminal);
        if let Some(link) = &self.link {
            link_hover::tell(ui, response.id.with("link"), link);
        }
        if pos.is_some() {
            let can_open = ctrl && self.link.is_some();
            let icon = if can_open { egui::CursorIcon::PointingHand } else { egui::CursorIcon::Text };
            ui.set_cursor_icon(icon);
        }
    }

    /// Makes the screen fit the room.
    fn fit(&mut self, area: Rect, terminal: &mut Terminal, output: &mut TerminalOutput) -> Grid {
        let (cell, pixel) = (self.glyphs.cell(), self.glyphs.pixel());
        let room = (area.size() - vec2(2.0, 2.0) * MARGIN_POINTS).max(cell);
        let wanted = Size { rows: (room.y / cell.y) as usize, cols: ((room.x / cell.x) as usize).max(2) };
        // A view that has no room yet (first frame, window being opened) does not squeeze the text.
        if area.width() > 2.0 * MARGIN_POINTS
            && area.height() > 2.0 * MARGIN_POINTS
            && wanted != terminal.size()
        {
            terminal.resize(wanted);
            output.resize = Some(terminal.size());
        }
        let Size { rows, cols } = terminal.size();
        let snap = |points: f32| (points / pixel).round() * pixel;
        let origin = pos2(snap(area.left() + MARGIN_POINTS), snap(area.top() + MARGIN_POINTS));
        Grid { origin, cell, rows, cols }
    }

    fn tell_focus(&mut self, focused: bool, terminal: &Terminal, output: &mut TerminalOutput) {
        if std::mem::replace(&mut self.had_focus, focused) != focused {
            output.bytes.extend_from_slice(encode_focus(focused, &terminal.modes()).unwrap_or_default());
            if !focused {
                self.keyboard.let_go();
            }
        }
    }

    fn keyboard(&mut self, ui: &Ui, id: Id, terminal: &mut Terminal, output: &mut TerminalOutput) {
        let every_key =
            EventFilter { tab: true, horizontal_arrows: true, vertical_arrows: true, escape: true };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(id, every_key));
        let (events, now) = ui.input(|it| (it.events.clone(), it.time));
        let typed = self.keyboard.handle(&events, self.held, terminal, output);
        if typed.wants_paste {
            ui.send_viewport_cmd(ViewportCommand::RequestPaste);
        }
        if typed.wants_search {
            self.search.open(terminal);
            ui.request_repaint();
        }
        if let Some(zoom) = typed.zoom {
            match zoom {
                Zoom::Larger => self.zoom_by(1.0),
                Zoom::Smaller => self.zoom_by(-1.0),
                Zoom::Usual => self.reset_zoom(),
            }
            ui.request_repaint();
        }
        if typed.sent {
            terminal.scroll(Scroll::Bottom);
            self.active_since = now;
        }
    }

    /// The wheel with control held down, or two fingers.
    fn zoom(&mut self, ui: &Ui, response: &Response) {
        let factor = ui.input(egui::InputState::zoom_delta);
        if response.contains_pointer() && factor != 1.0 {
            self.set_font_points(self.font_points * factor);
            ui.request_repaint();
        }
    }

    fn paint(&mut self, ui: &Ui, frame: &Frame, terminal: &mut Terminal, theme: &Theme) {
        let Frame { area, grid, focused, stale } = *frame;
        if !ui.is_rect_visible(area) {
            self.rows_built = 0;
            return;
        }
        let ctx = ui.ctx();
        let now = ui.input(|it| it.time);
        if terminal.take_bell() {
            self.bell.ring(now);
        }
        let colors = Colors::new(terminal.palette(), theme);
        let background = colors.background();
        self.rows.set_ligatures(theme.terminal_ligatures);
        self.rows_built = self.rows.update(ctx, &mut self.glyphs, terminal, colors, stale);
        self.drawn.frames += 1;
        self.drawn.rows += self.rows_built as u64;
        let painter = ui.painter().with_clip_rect(area.intersect(ui.clip_rect()));
        painter.rect_filled(area, self.corner, background);
        painter.extend(self.rows.shape(&self.glyphs, grid.origin));
        if let Some(link) = &self.link {
            link_hover::underline(&painter, grid, link, theme.accent.text, self.glyphs.pixel());
        }

        let cursor = terminal.cursor();
        if cursor != self.last_cursor {
            (self.last_cursor, self.active_since) = (cursor, now);
        }
        if let Some(cursor) = cursor {
            let still = !focused || theme.reduce_motion;
            if self.keyboard.preedit.is_empty()
                && (still || cursor::is_on(ctx, cursor, now, self.active_since))
            {
                let place = cursor::Place { origin: grid.origin, focused, background };
                cursor::draw(&painter, &mut self.glyphs, terminal, cursor, place);
            }
            let corner = grid.origin + vec2(cursor.col as f32 * grid.cell.x, cursor.row as f32 * grid.cell.y);
            let cursor_rect = Rect::from_min_size(corner, vec2(1.0, grid.cell.y));
            if focused {
                tell_input_method(ui, area, cursor_rect);
            }
            self.paint_preedit(&painter, cursor_rect, terminal);
        }
        self.bell.paint(&painter, area, self.corner, now, theme);
    }

    /// Text that an input method is still composing stands over the screen, underlined.
    fn paint_preedit(&self, painter: &egui::Painter, cursor_rect: Rect, terminal: &Terminal) {
        if self.keyboard.preedit.is_empty() {
            return;
        }
        let palette = terminal.palette();
        let (foreground, background) = (color32(palette.foreground), color32(palette.background));
        let galley =
            painter.layout_no_wrap(self.keyboard.preedit.clone(), fonts::mono(self.font_points), foreground);
        let rect = Rect::from_min_size(cursor_rect.min, vec2(galley.size().x, cursor_rect.height()));
        painter.rect_filled(rect, 0.0, background);
        painter.galley(rect.min, galley, foreground);
        painter.hline(rect.x_range(), rect.bottom() - 1.0, Stroke::new(1.0, foreground));
    }
}

/// What a frame is painted with.
struct Frame {
    area: Rect,
    grid: Grid,
    focused: bool,
    /// Whether no row can be kept.
    stale: bool,
}

/// Tells the input method where to put its candidates.
fn tell_input_method(ui: &Ui, area: Rect, cursor_rect: Rect) {
    let to_global = ui.ctx().layer_transform_to_global(ui.layer_id()).unwrap_or_default();
    let ime = IMEOutput {
        purpose: IMEPurpose::Terminal,
        rect: to_global * area,
        cursor_rect: to_global * cursor_rect,
        should_interrupt_composition: false,
    };
    ui.output_mut(|output| output.ime = Some(ime));
}

/// A program that begins a synchronised update and does not end it is shown after a moment. The
/// emulation measures that by the host's clock, so it is asked here and not the frame's.
fn expire_synchronized(ctx: &egui::Context, terminal: &mut Terminal) {
    let now = Instant::now();
    terminal.expire_synchronized(now);
    if let Some(until) = terminal.synchronized_until() {
        ctx.request_repaint_after(until.saturating_duration_since(now));
    }
}

fn middle_click_paste(ui: &Ui, response: &Response, terminal: &Terminal, output: &mut TerminalOutput) {
    let events = ui.input(|it| it.events.clone());
    for event in &events {
        if let Event::MiddleClickPaste { pos, text } = event
            && response.interact_rect.contains(*pos)
        {
            input::paste(text, terminal, output);
        }
    }
}

/// Puts the terminal into the accessibility tree, its visible rows as text.
fn describe(ui: &Ui, response: &Response, terminal: &Terminal, name: &str) {
    let title = terminal.title();
    let label = if title.is_empty() { name.to_owned() } else { title };
    response.widget_info(|| WidgetInfo::labeled(Role::Terminal, ui.is_enabled(), &label));
    ui.ctx().accesskit_node_builder(response.id, |node| {
        let mut text = terminal.visible_text().join("\n");
        text.truncate(text.trim_end().len());
        node.set_value(text);
    });
}
