//! The bar to search with: a field, how many places there are, and the way through them.
//!
//! Enter goes towards older lines, as the eye does from the prompt; with shift towards newer ones.

use crate::{
    controls::{Button, ControlSize, TextField, tooltip_with_keys},
    fonts,
    icons::Icon,
    theme::{Theme, radius, space, type_size},
};
use egui::{Align2, Id, Key, Rect, Stroke, StrokeKind, Ui, UiBuilder, pos2, vec2};
use std::time::{Duration, Instant};
use terminal::{Jump, SearchOptions, SearchStatus, Terminal};

/// Height of the bar in points.
const HEIGHT: f32 = 44.0;
/// Its width where there is room.
const WIDTH: f32 = 460.0;
/// How long one frame looks through lines.
const STEP_LIMIT: Duration = Duration::from_millis(3);

/// The bar; closed at first.
#[derive(Debug, Default)]
pub(super) struct SearchBar {
    open: bool,
    pattern: String,
    options: SearchOptions,
    /// What the terminal is searching for.
    applied: Option<(String, SearchOptions)>,
    error: Option<String>,
    take_focus: bool,
    /// Whether the field had the keyboard in the last frame: egui takes it away with Escape before we see that.
    had_focus: bool,
    /// Whether the newest place is to be shown when there is one.
    show_first: bool,
}

impl SearchBar {
    /// Opens it with what is selected, where that is one line.
    pub(super) fn open(&mut self, terminal: &Terminal) {
        self.open = true;
        self.take_focus = true;
        if let Some(text) = terminal.selected_text().filter(|it| !it.trim().is_empty() && !it.contains('\n'))
        {
            self.pattern = text.trim().to_owned();
        }
    }

    pub(super) fn close(&mut self, terminal: &mut Terminal) {
        (self.open, self.applied, self.error) = (false, None, None);
        terminal.end_search();
    }

    /// Where it is; none while it is closed or there is no room.
    pub(super) fn rect(&self, area: Rect) -> Option<Rect> {
        let room = area.shrink(8.0);
        let size = vec2(WIDTH.min(room.width()), HEIGHT);
        let fits = room.width() > 150.0 && room.height() > HEIGHT;
        (self.open && fits).then(|| Rect::from_min_size(pos2(room.right() - size.x, room.top()), size))
    }

    /// Goes on with the search; to be called in each frame before drawing.
    pub(super) fn step(&mut self, ctx: &egui::Context, terminal: &mut Terminal) {
        if !self.open {
            return;
        }
        let wanted = (self.pattern.clone(), self.options);
        if self.applied.as_ref() != Some(&wanted) {
            self.error = None;
            if wanted.0.is_empty() {
                terminal.end_search();
            } else if let Err(why) = terminal.search(&wanted.0, wanted.1) {
                terminal.end_search();
                self.error = Some(why.to_string());
            }
            self.applied = Some(wanted);
            self.show_first = true;
        }
        let until = Instant::now() + STEP_LIMIT;
        let mut lines = 0_u32;
        // The clock is asked now and then only.
        let more = terminal.search_step(|| {
            lines += 1;
            !lines.is_multiple_of(64) || Instant::now() < until
        });
        if more {
            ctx.request_repaint();
        }
        let status = terminal.search_status();
        if self.show_first && status.is_some_and(|status| status.count > 0) {
            self.show_first = false;
            terminal.search_next(Jump::Previous);
        }
    }

    /// Draws it. Returns whether the keyboard is to go back to the terminal.
    pub(super) fn ui(&mut self, ui: &mut Ui, id: Id, area: Rect, terminal: &mut Terminal) -> bool {
        let Some(rect) = self.rect(area) else { return false };
        let theme = Theme::of(ui);
        let round = f32::from(radius::CONTROL) + 2.0;
        ui.painter().add(theme.shadow.popup.as_shape(rect, round));
        ui.painter().rect_filled(rect, round, theme.surface.popup);
        ui.painter().rect_stroke(rect, round, Stroke::new(1.0, theme.surface.outline), StrokeKind::Inside);
        let mut keep = true;
        ui.scope_builder(UiBuilder::new().max_rect(rect.shrink(8.0)).id_salt(id), |ui| {
            keep = self.contents(ui, id, terminal, &theme);
        });
        if !keep {
            self.close(terminal);
        }
        !keep
    }

    /// Returns whether it stays open.
    fn contents(&mut self, ui: &mut Ui, id: Id, terminal: &mut Terminal, theme: &Theme) -> bool {
        let room = ui.max_rect();
        let narrow = room.width() < 360.0;
        let (side, gap) = (room.height(), space::XS);
        let mut right = room.right();
        let mut place = |width: f32| {
            let rect = Rect::from_min_max(pos2(right - width, room.top()), pos2(right, room.bottom()));
            right -= width + gap;
            rect
        };
        let options = self.options;
        let icon = |icon: Icon, name: &'static str| {
            Button::icon(icon, name).size(ControlSize::Small).id(id.with(name))
        };
        let mut keep = true;
        let close = icon(Icon::X, "Close search").show_at(ui, place(side));
        keep &= !tooltip_with_keys(close, "Close", "Escape").clicked();
        let newer = icon(Icon::CaretDown, "Next place").show_at(ui, place(side));
        let older = icon(Icon::CaretUp, "Previous place").show_at(ui, place(side));
        let mut jump = None;
        if tooltip_with_keys(newer, "Newer", "Shift+Enter").clicked() {
            jump = Some(Jump::Next);
        }
        if tooltip_with_keys(older, "Older", "Enter").clicked() {
            jump = Some(Jump::Previous);
        }
        if !narrow {
            let on = self.options.regex;
            let regex = Button::ghost(".*")
                .name("Regular expression")
                .id(id.with("regex"))
                .size(ControlSize::Small)
                .selected(on);
            if tooltip_with_keys(regex.show_at(ui, place(side)), "Regular expression", "").clicked() {
                self.options.regex = !on;
            }
            let on = self.options.case_sensitive;
            let case = icon(Icon::TextAa, "Match case").selected(on).show_at(ui, place(side));
            if tooltip_with_keys(case, "Match case", "").clicked() {
                self.options.case_sensitive = !on;
            }
        }
        let (text, bad) = self.status_text(terminal.search_status());
        let status = place(if narrow { 64.0 } else { 112.0 });
        status_ui(ui, id, status, &text, if bad { theme.danger.text } else { theme.text.secondary });

        let field_rect = Rect::from_min_max(room.min, pos2(right, room.bottom()));
        let field_id = id.with("field");
        // Before the field: it would take the keys for itself.
        if self.had_focus {
            let pressed = |modifiers, key| ui.input_mut(|it| it.consume_key(modifiers, key));
            keep &= !pressed(egui::Modifiers::NONE, Key::Escape);
            if pressed(egui::Modifiers::SHIFT, Key::Enter) {
                jump = Some(Jump::Next);
            } else if pressed(egui::Modifiers::NONE, Key::Enter) {
                jump = Some(Jump::Previous);
            }
            let chord = egui::Modifiers { ctrl: true, shift: true, command: true, ..egui::Modifiers::NONE };
            keep &= !pressed(chord, Key::F);
        }
        let name = "Search in the terminal";
        let field = TextField::search(&mut self.pattern, name).invalid(bad).id(field_id);
        field.show_at(ui, field_rect);
        if std::mem::take(&mut self.take_focus) {
            ui.memory_mut(|memory| memory.request_focus(field_id));
        }
        // The keyboard stays in the field, so that Enter and Escape mean what they did.
        self.take_focus |= keep && (jump.is_some() || options != self.options);
        self.had_focus = ui.memory(|memory| memory.has_focus(field_id));
        if let Some(to) = jump {
            terminal.search_next(to);
            ui.request_repaint();
        }
        keep
    }

    /// How it stands in few words, and whether that is bad.
    fn status_text(&self, status: Option<SearchStatus>) -> (String, bool) {
        if let Some(why) = &self.error {
            return (why.clone(), true);
        }
        let Some(status) = status else { return (String::new(), false) };
        let many = if status.truncated { "+" } else { "" };
        let going = if status.complete { "" } else { " …" };
        match (status.count, status.current) {
            (0, _) if status.complete => ("not found".to_owned(), true),
            (0, _) => ("searching …".to_owned(), false),
            (count, Some(current)) => (format!("{current} of {count}{many}{going}"), false),
            (count, None) => (format!("{count}{many}{going}"), false),
        }
    }
}

fn status_ui(ui: &mut Ui, id: Id, rect: Rect, text: &str, colour: egui::Color32) {
    let response = ui.interact(rect, id.with("status"), egui::Sense::hover());
    let painter = ui.painter().with_clip_rect(rect.intersect(ui.clip_rect()));
    let font = fonts::regular(type_size::LABEL);
    let mut job = egui::text::LayoutJob::simple_singleline(text.to_owned(), font, colour);
    job.wrap = egui::text::TextWrapping::truncate_at_width(rect.width());
    let galley = painter.layout_job(job);
    let at = Align2::RIGHT_CENTER.anchor_size(rect.right_center(), galley.size()).min;
    painter.galley(at, galley, colour);
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Status, true, text));
    if !text.is_empty() {
        crate::controls::tooltip(response, text);
    }
}
