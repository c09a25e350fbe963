//! Draws a log: a bar to filter by, the lines, and a field to write to the program.
//!
//! Only rows in view are drawn. Changes view state and the texts of the fields; everything else is a [`LogCommand`].

use super::{
    input::{Input, MAX_INPUT_BYTES},
    lines::{Filter, Line, Lines, Source},
};
use egui::{
    Color32, CornerRadius, Event, Id, Key, Modifiers, Rect, Role, ScrollArea, Sense, Ui, WidgetInfo, pos2,
    vec2,
};
use widgets::{
    controls::{Button, ControlSize, MenuEntry, TextField, context_menu},
    fonts,
    icons::Icon,
    theme::{Theme, space},
};

/// Heights in points.
const BAR: f32 = 40.0;
const FIELD: f32 = 44.0;
const ROW: f32 = 18.0;
const FONT: f32 = 12.5;
/// More of a line is not drawn, characters.
const MOST_DRAWN: usize = 2000;

/// What a person asked of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum LogCommand {
    Copy(String),
    Clear,
    Send,
    EndInput,
}

/// What lasts from frame to frame.
#[derive(Debug, Default)]
pub(super) struct LogView {
    filter: String,
    source: Option<Source>,
    /// Numbers of the line that was clicked first and last.
    selected: Option<(u64, u64)>,
    /// The end is kept in view.
    follows: bool,
    to_end: bool,
    /// Characters of the longest line that was drawn.
    widest: usize,
    pub(super) take_focus: bool,
}

/// What a frame of it is drawn from.
pub(super) struct Shown<'a> {
    pub(super) lines: &'a mut Lines,
    pub(super) input: &'a mut Input,
    /// Lines that have not ended.
    pub(super) unfinished: Vec<Line>,
    pub(super) listens: bool,
}

impl LogView {
    pub(super) fn new() -> Self {
        LogView { follows: true, to_end: true, take_focus: true, ..LogView::default() }
    }

    /// Draws it in `area`.
    pub(super) fn ui(&mut self, ui: &mut Ui, theme: &Theme, area: Rect, shown: Shown<'_>) -> Vec<LogCommand> {
        let mut asked = Vec::new();
        let foot = if shown.listens { FIELD } else { 0.0 };
        let bar = Rect::from_min_max(area.min, pos2(area.right(), area.top() + BAR));
        let body =
            Rect::from_min_max(pos2(area.left(), bar.bottom()), pos2(area.right(), area.bottom() - foot));
        self.bar_ui(ui, theme, bar, shown.lines, &mut asked);
        self.body_ui(ui, theme, body, shown.lines, &shown.unfinished, &mut asked);
        if shown.listens {
            let field = Rect::from_min_max(pos2(area.left(), body.bottom()), area.max);
            self.field_ui(ui, theme, field, shown.input, &mut asked);
        }
        asked
    }

    fn bar_ui(
        &mut self,
        ui: &mut Ui,
        theme: &Theme,
        bar: Rect,
        lines: &mut Lines,
        asked: &mut Vec<LogCommand>,
    ) {
        ui.painter().rect_filled(bar, 0.0, theme.surface.panel);
        ui.painter().hline(bar.x_range(), bar.bottom() - 0.5, egui::Stroke::new(1.0, theme.surface.divider));
        let inner = bar.shrink2(vec2(10.0, 5.0));
        let builder =
            egui::UiBuilder::new().max_rect(inner).layout(egui::Layout::left_to_right(egui::Align::Center));
        ui.scope_builder(builder, |ui| {
            ui.spacing_mut().item_spacing.x = space::XS + 2.0;
            let room = (inner.width() - 330.0).clamp(90.0, 260.0);
            let field = TextField::search(&mut self.filter, "Filter lines").placeholder("Filter").clearable();
            let field = field.width(room).sized(space::CONTROL, fonts::regular(13.0));
            ui.add(field.id(ui.scope_id().with("filter")));
            let sources = [("All", None), ("Output", Some(Source::Output)), ("Errors", Some(Source::Errors))];
            for (word, source) in sources {
                let button = Button::ghost(word).size(ControlSize::Small).selected(self.source == source);
                if ui.add(button).clicked() {
                    self.source = source;
                }
            }
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                let small = |icon, name: &'static str| Button::icon(icon, name).size(ControlSize::Small);
                if ui.add(small(Icon::Eraser, "Clear the log")).on_hover_text("Clear the log").clicked() {
                    asked.push(LogCommand::Clear);
                }
                let words = "Copy the chosen lines, or all that are shown";
                if ui.add(small(Icon::Copy, "Copy lines")).on_hover_text(words).clicked() {
                    asked.push(LogCommand::Copy(self.chosen_text(lines)));
                }
                let follow = small(Icon::ArrowLineDown, "Follow the end").selected(self.follows);
                if ui.add(follow).on_hover_text("Follow the end").clicked() {
                    self.follows = !self.follows;
                    self.to_end = self.follows;
                }
                if ui.available_width() > 80.0 {
                    let words = count_words(lines);
                    ui.label(egui::RichText::new(words).font(fonts::regular(11.5)).color(theme.text.muted));
                }
            });
        });
        lines.set_filter(Filter { text: self.filter.trim().to_lowercase(), source: self.source });
    }

    fn chosen_text(&self, lines: &Lines) -> String {
        let (from, to) = self.selected.map_or((0, u64::MAX), |(a, b)| (a.min(b), a.max(b)));
        lines.text_between(from, to)
    }

    fn body_ui(
        &mut self,
        ui: &mut Ui,
        theme: &Theme,
        body: Rect,
        lines: &Lines,
        unfinished: &[Line],
        asked: &mut Vec<LogCommand>,
    ) {
        ui.painter().rect_filled(body, 0.0, theme.surface.sunken);
        if lines.shown() == 0 && unfinished.is_empty() {
            let words = if lines.len() == 0 { "No output yet" } else { "No line fits the filter" };
            let at = body.center();
            ui.painter().text(at, egui::Align2::CENTER_CENTER, words, fonts::body(), theme.text.muted);
            return;
        }
        let count = lines.shown() + unfinished.len();
        let cell = ui.painter().layout_no_wrap("0".into(), fonts::mono(FONT), Color32::WHITE).size().x;
        let width = (self.widest as f32 * cell + 30.0).max(body.width() - 12.0);
        ui.scope_builder(egui::UiBuilder::new().max_rect(body), |ui| {
            ui.set_clip_rect(ui.clip_rect().intersect(body));
            ui.spacing_mut().item_spacing.y = 0.0;
            let mut area =
                ScrollArea::both().id_salt("lines").auto_shrink(false).stick_to_bottom(self.follows);
            if std::mem::take(&mut self.to_end) {
                area = area.vertical_scroll_offset(count as f32 * ROW);
            }
            let output = area.show_rows(ui, ROW, count, |ui, range| {
                for place in range {
                    let numbered = lines.shown_at(place).map(|(number, line)| (Some(number), line));
                    let line = numbered.or_else(|| Some((None, unfinished.get(place - lines.shown())?)));
                    if let Some((number, line)) = line {
                        self.row_ui(ui, theme, width, number, line, place);
                    }
                }
            });
            let most = output.content_size.y - output.inner_rect.height();
            let wheel = ui.input(|input| input.smooth_scroll_delta().y);
            if output.state.clamped_offset().y >= most - 1.0 {
                self.follows = self.follows || wheel < 0.0;
            } else if wheel > 0.0 {
                self.follows = false;
            }
        });
        let copies = ui.input(|input| input.events.iter().any(|event| matches!(event, Event::Copy)));
        if copies && self.selected.is_some() && ui.memory(egui::Memory::focused).is_none() {
            asked.push(LogCommand::Copy(self.chosen_text(lines)));
        }
        let over = ui.interact(body, ui.scope_id().with("log menu"), Sense::hover());
        let entries = [
            MenuEntry::item("copy", "Copy lines").with_icon(Icon::Copy),
            MenuEntry::item("clear", "Clear the log").with_icon(Icon::Eraser),
        ];
        match context_menu(&over, &entries).as_deref() {
            Some("copy") => asked.push(LogCommand::Copy(self.chosen_text(lines))),
            Some(_) => asked.push(LogCommand::Clear),
            None => {}
        }
    }

    fn row_ui(
        &mut self,
        ui: &mut Ui,
        theme: &Theme,
        width: f32,
        number: Option<u64>,
        line: &Line,
        place: usize,
    ) {
        let (rect, _) = ui.allocate_exact_size(vec2(width, ROW), Sense::hover());
        let id = ui.scope_id().with(("line", number.unwrap_or(u64::MAX - place as u64)));
        let response = ui.interact(rect, id, Sense::click());
        let name = match line.source {
            Source::Output => line.text.clone(),
            other => format!("{}: {}", other.word(), line.text),
        };
        response.widget_info(|| WidgetInfo::labeled(Role::ListItem, true, &name));
        let chosen =
            self.selected.zip(number).is_some_and(|((a, b), number)| (a.min(b)..=a.max(b)).contains(&number));
        if chosen {
            ui.painter().rect_filled(rect, 0.0, theme.control.selected);
        } else if response.hovered() {
            ui.painter().rect_filled(rect, 0.0, theme.control.ghost_hover);
        }
        let (side, colour) = match line.source {
            Source::Output => (Color32::TRANSPARENT, theme.text.primary),
            Source::Errors => (theme.danger.fill, theme.danger.text),
            Source::Typed => (theme.accent.fill, theme.accent.text),
            Source::Note => (theme.control.track, theme.text.muted),
        };
        let mark = Rect::from_min_size(rect.min + vec2(4.0, 2.0), vec2(3.0, ROW - 4.0));
        ui.painter().rect_filled(mark, CornerRadius::same(1), side);
        let drawn: String = line.text.chars().take(MOST_DRAWN).collect();
        self.widest = self.widest.max(drawn.chars().count());
        let galley = ui.painter().layout_no_wrap(drawn, fonts::mono(FONT), colour);
        ui.painter().galley(
            pos2(rect.left() + 14.0, rect.center().y - galley.size().y / 2.0),
            galley,
            colour,
        );
        if response.clicked()
            && let Some(number) = number
        {
            let extends = ui.input(|input| input.modifiers.shift);
            self.selected = match self.selected {
                Some((first, _)) if extends => Some((first, number)),
                Some((first, last)) if first == last && first == number => None,
                _ => Some((number, number)),
            };
        }
    }

    fn field_ui(
        &mut self,
        ui: &mut Ui,
        theme: &Theme,
        area: Rect,
        input: &mut Input,
        asked: &mut Vec<LogCommand>,
    ) {
        ui.painter().rect_filled(area, 0.0, theme.surface.panel);
        ui.painter().hline(area.x_range(), area.top() + 0.5, egui::Stroke::new(1.0, theme.surface.divider));
        let id = field_id(ui);
        if std::mem::take(&mut self.take_focus) {
            ui.memory_mut(|memory| memory.request_focus(id));
        }
        let focused = ui.memory(|memory| memory.has_focus(id));
        if focused {
            let pressed = |modifiers, key| ui.input_mut(|it| it.consume_key(modifiers, key));
            if pressed(Modifiers::NONE, Key::ArrowUp) {
                input.older();
            }
            if pressed(Modifiers::NONE, Key::ArrowDown) {
                input.newer();
            }
            if input.text.is_empty() && pressed(Modifiers::CTRL, Key::D) {
                asked.push(LogCommand::EndInput);
            }
            if pressed(Modifiers::NONE, Key::Enter) {
                asked.push(LogCommand::Send);
            }
        }
        let send = Rect::from_min_size(pos2(area.right() - 42.0, area.center().y - 15.0), vec2(30.0, 30.0));
        let place =
            Rect::from_min_max(pos2(area.left() + 10.0, send.top()), pos2(send.left() - 6.0, send.bottom()));
        TextField::new(&mut input.text, "Line to write to the program")
            .placeholder("Write a line to the program")
            .sized(30.0, fonts::mono(13.0))
            .id(id)
            .show_at(ui, place);
        let mut end = input.text.len().min(MAX_INPUT_BYTES);
        while !input.text.is_char_boundary(end) {
            end -= 1;
        }
        input.text.truncate(end);
        let button = Button::icon(Icon::PaperPlaneTilt, "Send the line");
        if button.show_at(ui, send).clicked() {
            asked.push(LogCommand::Send);
            self.take_focus = true;
        }
    }
}

fn field_id(ui: &Ui) -> Id {
    ui.scope_id().with("log input")
}

fn count_words(lines: &Lines) -> String {
    let shown = lines.shown();
    let of = if shown == lines.len() { String::new() } else { format!(" of {}", lines.len()) };
    match lines.dropped() {
        0 => format!("{shown}{of} lines"),
        gone => format!("{shown}{of} lines, {gone} older ones let go"),
    }
}
