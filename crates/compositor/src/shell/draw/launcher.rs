//! Draws the launcher: one field, results below.

use super::{Shell, glass, layer, layer_ui};
use egui::{Align2, CornerRadius, Id, Key, Modifiers, Order, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};
use std::sync::Arc;
use widgets::{
    controls::TextField,
    fonts,
    icons::{TileStyle, app_tile},
    theme::{Theme, radius},
};

const WIDTH: f32 = 600.0;
const FIELD: f32 = 56.0;
const ROW: f32 = 46.0;

impl Shell {
    pub(super) fn draw_launcher(&mut self, ui: &mut Ui, theme: &Arc<Theme>, screen: Rect) {
        if !self.launcher.is_open() {
            return;
        }
        let rows = self.launcher.results.len().max(1);
        let height = FIELD + 10.0 + rows as f32 * ROW + 10.0;
        let width = WIDTH.min(screen.width() - 40.0);
        let rect = Rect::from_min_size(
            pos2(screen.center().x - width / 2.0, screen.top() + (screen.height() * 0.18).max(40.0)),
            vec2(width, height.min(screen.height() * 0.8)),
        );
        let layer = layer(ui, Order::Tooltip, "launcher", screen);
        self.tab_order.modal_layer = Some(layer);
        layer_ui(ui, layer, Id::unique("launcher"), rect, |ui| {
            let outside = ui.interact(screen, Id::unique("launcher outside"), Sense::CLICK);
            let at = outside.interact_pointer_pos();
            if outside.clicked() && at.is_some_and(|at| !rect.contains(at)) {
                self.launcher.close();
                return;
            }
            let corner = CornerRadius::same(16);
            ui.painter().add(theme.shadow.window_focused.as_shape(rect, corner));
            glass(ui.painter(), screen, rect, corner, theme.glass.window, theme.glass.edge);
            self.launcher_keys(ui);
            self.launcher_field(ui, rect);
            self.launcher_rows(ui, theme, rect);
        });
    }

    fn launcher_keys(&mut self, ui: &mut Ui) {
        let count = self.launcher.results.len();
        let pressed = |key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
        if count > 0 && pressed(Key::ArrowDown) {
            self.launcher.selected = (self.launcher.selected + 1) % count;
        }
        if count > 0 && pressed(Key::ArrowUp) {
            self.launcher.selected = (self.launcher.selected + count - 1) % count;
        }
        if pressed(Key::Enter) {
            self.choose(self.launcher.selected);
        }
    }

    fn launcher_field(&mut self, ui: &mut Ui, rect: Rect) {
        if !self.launcher.is_open() {
            return;
        }
        let id = Id::unique("launcher field");
        let place = Rect::from_min_size(rect.min + vec2(10.0, 10.0), vec2(rect.width() - 20.0, FIELD - 10.0));
        let mut query = std::mem::take(&mut self.launcher.query);
        let response = TextField::search(&mut query, "Search apps, windows and actions")
            .placeholder("Apps, windows, actions, 2^10+1 …")
            .sized(FIELD - 10.0, fonts::regular(18.0))
            .id(id)
            .show_at(ui, place);
        self.launcher.query = query;
        if std::mem::take(&mut self.launcher.take_focus) || !ui.memory(|memory| memory.has_focus(id)) {
            ui.memory_mut(|memory| memory.request_focus(response.id));
        }
        if response.changed() {
            self.search();
        }
    }

    fn launcher_rows(&mut self, ui: &mut Ui, theme: &Theme, rect: Rect) {
        let top = rect.top() + FIELD + 10.0;
        if self.launcher.results.is_empty() {
            let at = pos2(rect.center().x, top + ROW / 2.0);
            ui.painter().text(at, Align2::CENTER_CENTER, "Nothing fits", fonts::body(), theme.text.muted);
            return;
        }
        let mut chosen = None;
        for (index, entry) in self.launcher.results.iter().enumerate() {
            let row = Rect::from_min_size(
                pos2(rect.left() + 8.0, top + index as f32 * ROW),
                vec2(rect.width() - 16.0, ROW - 2.0),
            );
            let response = ui.interact(row, Id::unique(("launcher row", index)), Sense::click());
            response.widget_info(|| {
                WidgetInfo::selected(Role::ListBoxOption, true, index == self.launcher.selected, &entry.title)
            });
            let selected = index == self.launcher.selected;
            if selected || response.hovered() {
                let fill = if selected { theme.accent.fill } else { theme.control.ghost_hover };
                ui.painter().rect_filled(row, CornerRadius::same(radius::TILE), fill);
            }
            let text = if selected { theme.accent.on } else { theme.text.primary };
            let quiet = if selected { theme.accent.on } else { theme.text.muted };
            let tile = Rect::from_center_size(pos2(row.left() + 24.0, row.center().y), vec2(30.0, 30.0));
            app_tile(ui.painter(), tile, &TileStyle::for_app(&entry.app, &entry.icon, &entry.category));
            let left = row.left() + 50.0;
            let hint = if entry.problem.is_some() { "Cannot be started" } else { &entry.hint };
            let hint =
                ui.painter().layout_job(one_line(hint, fonts::regular(12.0), quiet, row.width() * 0.42));
            let room = row.right() - 14.0 - hint.size().x - left - 10.0;
            let title = ui.painter().layout_job(one_line(&entry.title, fonts::medium(14.5), text, room));
            let mut title_at = pos2(left, row.center().y - title.size().y / 2.0);
            // What is wrong with it has the second line to itself.
            if let Some(problem) = &entry.problem {
                title_at.y = row.top() + 5.0;
                let colour = if selected { theme.accent.on } else { theme.warning.text };
                let why = one_line(problem, fonts::regular(11.5), colour, row.right() - 14.0 - left);
                let why = ui.painter().layout_job(why);
                ui.painter().galley(pos2(left, row.bottom() - 6.0 - why.size().y), why, colour);
            }
            let hint_y = title_at.y + (title.size().y - hint.size().y) / 2.0;
            ui.painter().galley(title_at, title, text);
            let at = pos2(row.right() - 14.0 - hint.size().x, hint_y);
            ui.painter().galley(at, hint, quiet);
            if response.clicked() {
                chosen = Some(index);
            }
        }
        if let Some(index) = chosen {
            self.choose(index);
        }
    }
}

/// A text on one line, cut with an ellipsis at `width` points.
pub(super) fn one_line(
    text: &str,
    font: egui::FontId,
    colour: egui::Color32,
    width: f32,
) -> egui::text::LayoutJob {
    let mut job = egui::text::LayoutJob::simple_singleline(text.to_owned(), font, colour);
    job.wrap = egui::text::TextWrapping::truncate_at_width(width.max(0.0));
    job
}
