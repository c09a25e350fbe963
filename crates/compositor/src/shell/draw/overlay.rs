//! What lies over everything for a moment: the window switcher, questions, the key sheet, About.

use super::{super::actions::to_egui, Action, Shell, glass, launcher::one_line, layer, layer_ui};
use crate::shell::{input::ArrowMode, keys};
use egui::{
    Align2, Color32, CornerRadius, Id, Order, Rect, Role, Sense, Stroke, StrokeKind, Ui, UiBuilder,
    WidgetInfo, pos2, vec2,
};
use std::sync::Arc;
use widgets::{
    controls::{Button, ButtonKind},
    fonts,
    icons::{TileStyle, app_tile},
    theme::Theme,
};
use windows::{Cycle, Op};

/// Narrower windows show the keys in one column, in points.
const ROOM_FOR_TWO_COLUMNS: f32 = 720.0;

impl Shell {
    pub(super) fn draw_switcher(&mut self, ui: &mut Ui, theme: &Arc<Theme>, screen: Rect) {
        let Some(cycle) = self.layout.cycle().cloned() else { return };
        let (tile, gap) = (84.0, 12.0);
        let fit = (((screen.width() - 80.0) / (tile + gap)) as usize).max(1);
        // With more windows than fit, the ones around the selection are shown.
        let first = cycle.selected.saturating_sub(fit / 2).min(cycle.windows.len().saturating_sub(fit));
        let shown: Vec<_> = cycle.windows.iter().enumerate().skip(first).take(fit).collect();
        let width = shown.len() as f32 * (tile + gap) - gap + 40.0;
        let rect = Rect::from_center_size(screen.center(), vec2(width.max(220.0), 150.0));
        let layer = layer(ui, Order::Tooltip, "switcher", rect);
        layer_ui(ui, layer, Id::unique("switcher"), rect, |ui| {
            let corner = CornerRadius::same(18);
            ui.painter().add(theme.shadow.window_focused.as_shape(rect, corner));
            glass(ui.painter(), screen, rect, corner, theme.glass.popup, theme.glass.edge);
            let row = shown.len() as f32 * (tile + gap) - gap;
            let mut x = rect.center().x - row / 2.0;
            for (index, id) in shown {
                let place = Rect::from_min_size(pos2(x, rect.top() + 18.0), vec2(tile, tile));
                x += tile + gap;
                let Some(window) = self.layout.window(*id) else { continue };
                let selected = index == cycle.selected;
                let response = ui.interact(place, Id::unique(("switch", id.0)), Sense::click());
                response
                    .widget_info(|| WidgetInfo::selected(Role::ListBoxOption, true, selected, &window.title));
                if selected {
                    ui.painter().rect(
                        place,
                        CornerRadius::same(14),
                        theme.control.hover,
                        Stroke::new(2.0, theme.accent.ring),
                        StrokeKind::Inside,
                    );
                    let title =
                        one_line(&window.title, fonts::medium(13.5), theme.text.primary, rect.width() - 30.0);
                    let galley = ui.painter().layout_job(title);
                    let at = pos2(rect.center().x - galley.size().x / 2.0, rect.bottom() - 32.0);
                    ui.painter().galley(at, galley, theme.text.primary);
                }
                let (icon, category) = self
                    .hosted
                    .get(id)
                    .map_or_else(Default::default, |hosted| (hosted.icon.clone(), hosted.category.clone()));
                let mut painter = ui.painter().clone();
                painter.multiply_opacity(if window.is_visible() { 1.0 } else { 0.5 });
                app_tile(&painter, place.shrink(14.0), &TileStyle::for_app(&window.app, &icon, &category));
                if response.clicked() {
                    self.push(Action::Layout(Op::CycleFocus(Cycle::Select(*id))));
                    self.push(Action::Layout(Op::CycleFocus(Cycle::Commit)));
                }
            }
        });
    }

    pub(super) fn draw_dialogs(&mut self, ui: &mut Ui, theme: &Arc<Theme>, screen: Rect) {
        let Some((id, dialog)) = self.dialogs.top() else { return };
        let dialog = dialog.clone();
        let over =
            dialog.window.and_then(|id| self.layout.window(id)).map_or(screen, |window| to_egui(window.rect));
        let asker = dialog
            .window
            .and_then(|id| self.hosted.get(&id))
            .map_or_else(|| "AgentOS".to_owned(), crate::shell::hosted::Hosted::title);
        let width = 380.0_f32.min(screen.width() - 40.0);
        let text = {
            let mut job = egui::text::LayoutJob::simple(
                dialog.text.clone(),
                fonts::regular(13.0),
                theme.text.secondary,
                width - 48.0,
            );
            job.wrap.max_rows = 8;
            ui.painter().layout_job(job)
        };
        let size = vec2(width, 132.0 + text.size().y);
        let room = screen.shrink(12.0);
        let mut rect = Rect::from_center_size(over.center(), size);
        rect = rect.translate(vec2(
            (room.left() - rect.left()).max(0.0) - (rect.right() - room.right()).max(0.0),
            (room.top() - rect.top()).max(0.0) - (rect.bottom() - room.bottom()).max(0.0),
        ));
        let layer = layer(ui, Order::Tooltip, "dialog", screen);
        self.tab_order.modal_layer = Some(layer);
        layer_ui(ui, layer, Id::unique(("dialog", id)), rect, |ui| {
            // Takes every press, so that nothing behind it acts.
            ui.interact(screen, Id::unique(("dialog scrim", id)), Sense::CLICK | Sense::DRAG);
            ui.painter().rect_filled(screen, CornerRadius::ZERO, Color32::from_black_alpha(70));
            let builder = UiBuilder::new()
                .max_rect(rect)
                .scope_id(Id::unique(("dialog box", id)))
                .accessibility_role(Role::AlertDialog)
                .accessibility_label(dialog.title.clone());
            ui.scope_builder(builder, |ui| {
                let corner = CornerRadius::same(14);
                ui.painter().add(theme.shadow.window_focused.as_shape(rect, corner));
                ui.painter().rect(rect, corner, theme.surface.popup, theme.outline(), StrokeKind::Inside);
                let left = rect.left() + 24.0;
                let who = ui.painter().layout_job(one_line(
                    &asker,
                    fonts::medium(11.0),
                    theme.text.muted,
                    width - 48.0,
                ));
                ui.painter().galley(pos2(left, rect.top() + 16.0), who, theme.text.muted);
                let title = one_line(&dialog.title, fonts::semibold(15.0), theme.text.primary, width - 48.0);
                let title = ui.painter().layout_job(title);
                ui.painter().galley(pos2(left, rect.top() + 34.0), title, theme.text.primary);
                ui.painter().galley(pos2(left, rect.top() + 62.0), text.clone(), theme.text.secondary);
                let label = ui.interact(rect, Id::unique(("dialog text", id)), Sense::hover());
                label.widget_info(|| WidgetInfo::labeled(Role::Label, true, &dialog.text));
                let kind = if dialog.destructive { ButtonKind::Danger } else { ButtonKind::Primary };
                let confirm = Button::new(dialog.confirm.as_str()).kind(kind).min_width(96.0);
                let wanted = confirm.desired_size(ui);
                let place = Rect::from_min_size(
                    pos2(rect.right() - 20.0 - wanted.x, rect.bottom() - 16.0 - wanted.y),
                    wanted,
                );
                if confirm.id(Id::unique(("dialog yes", id))).show_at(ui, place).clicked() {
                    self.push(Action::Answer { dialog: id, yes: true });
                }
                let cancel = Button::new("Cancel").min_width(96.0);
                let wanted = cancel.desired_size(ui);
                let place = Rect::from_min_size(pos2(place.left() - 8.0 - wanted.x, place.top()), wanted);
                let response = cancel.id(Id::unique(("dialog no", id))).show_at(ui, place);
                if response.clicked() {
                    self.push(Action::Answer { dialog: id, yes: false });
                }
                // The safe answer has the keyboard first.
                let inside = ui.memory(egui::Memory::focused).is_some_and(|focused| {
                    focused == response.id || focused == Id::unique(("dialog yes", id))
                });
                // While Tab walks, nobody has it for a moment.
                let walks = ui.input(|input| input.key_pressed(egui::Key::Tab));
                if !inside && !walks {
                    response.request_focus();
                }
            });
        });
    }

    pub(super) fn draw_sheets(&mut self, ui: &mut Ui, theme: &Arc<Theme>, screen: Rect) {
        if self.keys.leader || self.key_sheet_open {
            self.draw_key_sheet(ui, theme, screen);
        }
        if self.about_open {
            self.draw_about(ui, theme, screen);
        }
        self.draw_details(ui, theme, screen);
        if let Some((_, mode)) = self.keys.arrows {
            let text = match mode {
                ArrowMode::Move => "Arrows move the window · Shift for fine steps · Enter or Esc ends",
                ArrowMode::Resize => "Arrows resize the window · Shift for fine steps · Enter or Esc ends",
            };
            let layer = egui::LayerId::new(Order::Tooltip, Id::unique("key hint"));
            let painter = ui.ctx().layer_painter(layer);
            let galley = painter.layout_no_wrap(text.into(), fonts::medium(13.0), theme.text.primary);
            let rect = Rect::from_center_size(
                pos2(screen.center().x, screen.top() + 64.0),
                galley.size() + vec2(32.0, 16.0),
            );
            glass(&painter, screen, rect, CornerRadius::same(16), theme.glass.popup, theme.glass.edge);
            painter.galley(rect.center() - galley.size() / 2.0, galley, theme.text.primary);
        }
    }

    fn draw_key_sheet(&mut self, ui: &mut Ui, theme: &Arc<Theme>, screen: Rect) {
        let leader = self.keys.leader;
        // A narrow window has one column, with one chord of each.
        let columns: usize = if screen.width() < ROOM_FOR_TWO_COLUMNS { 1 } else { 2 };
        let rows = keys::BINDINGS.len().div_ceil(columns);
        let row = ((screen.height() - 110.0) / rows as f32).clamp(16.0, 30.0);
        let column = 380.0_f32.min((screen.width() - 80.0) / columns as f32);
        let size = vec2(column * columns as f32 + 48.0, rows as f32 * row + 78.0);
        let rect = Rect::from_center_size(screen.center(), size);
        let layer = layer(ui, Order::Tooltip, "key sheet", screen);
        layer_ui(ui, layer, Id::unique("key sheet"), rect, |ui| {
            let outside = ui.interact(screen, Id::unique("key sheet outside"), Sense::CLICK);
            if outside.clicked() {
                self.push(Action::ToggleKeySheet);
            }
            let corner = CornerRadius::same(16);
            ui.painter().add(theme.shadow.window_focused.as_shape(rect, corner));
            glass(ui.painter(), screen, rect, corner, theme.glass.window, theme.glass.edge);
            let title = if leader { "F12, then…" } else { "Keys" };
            let at = rect.min + vec2(24.0, 26.0);
            ui.painter().text(at, Align2::LEFT_CENTER, title, fonts::semibold(18.0), theme.text.primary);
            let hint = if leader {
                "Esc leaves"
            } else {
                "F12 and one key reach everything where the host takes a chord"
            };
            if leader || columns > 1 {
                let at = pos2(rect.right() - 24.0, rect.top() + 26.0);
                ui.painter().text(at, Align2::RIGHT_CENTER, hint, fonts::regular(12.0), theme.text.muted);
            }
            for (index, binding) in keys::BINDINGS.iter().enumerate() {
                let x = rect.left() + 24.0 + (index / rows) as f32 * (column + 8.0);
                let y = rect.top() + 64.0 + (index % rows) as f32 * row;
                let place = Rect::from_min_size(pos2(x, y - row / 2.0), vec2(column - 24.0, row));
                let chords: Vec<String> =
                    binding.chords.iter().take(columns).map(|chord| keys::pretty(chord)).collect();
                let shown = if leader { keys::pretty(binding.leader) } else { chords.join("  or  ") };
                let response = ui.interact(place, Id::unique(("key row", index)), Sense::hover());
                response.widget_info(|| {
                    WidgetInfo::labeled(Role::Label, true, format!("{}: {shown}", binding.label))
                });
                ui.painter().text(
                    place.left_center(),
                    Align2::LEFT_CENTER,
                    binding.label,
                    fonts::body(),
                    theme.text.primary,
                );
                ui.painter().text(
                    place.right_center(),
                    Align2::RIGHT_CENTER,
                    shown,
                    fonts::medium(12.0),
                    theme.text.secondary,
                );
            }
        });
    }

    fn draw_about(&mut self, ui: &mut Ui, theme: &Arc<Theme>, screen: Rect) {
        let rect = Rect::from_center_size(screen.center(), vec2(400.0, 270.0));
        let layer = layer(ui, Order::Tooltip, "about", screen);
        self.tab_order.modal_layer = Some(layer);
        layer_ui(ui, layer, Id::unique("about"), rect, |ui| {
            let outside = ui.interact(screen, Id::unique("about outside"), Sense::CLICK);
            if outside.clicked() {
                self.push(Action::ToggleAbout);
            }
            let corner = CornerRadius::same(16);
            ui.painter().add(theme.shadow.window_focused.as_shape(rect, corner));
            ui.painter().rect(rect, corner, theme.surface.popup, theme.outline(), StrokeKind::Inside);
            let centre = rect.center().x;
            let tile = Rect::from_center_size(pos2(centre, rect.top() + 66.0), vec2(72.0, 72.0));
            app_tile(ui.painter(), tile, &TileStyle::for_app("agentos", "cube", "science"));
            let line = |y: f32, text: &str, font, colour| {
                ui.painter().text(pos2(centre, rect.top() + y), Align2::CENTER_CENTER, text, font, colour);
            };
            line(128.0, "AgentOS", fonts::semibold(20.0), theme.text.primary);
            line(
                152.0,
                &format!("Version {}", env!("CARGO_PKG_VERSION")),
                fonts::regular(12.5),
                theme.text.secondary,
            );
            line(
                184.0,
                "Run what you did not write. See it, explain it, undo it.",
                fonts::regular(12.5),
                theme.text.secondary,
            );
            line(
                206.0,
                "Process apps run in sandboxes; a window's badge says what holds.",
                fonts::medium(12.0),
                theme.text.secondary,
            );
            let button = Button::new("Close").min_width(96.0);
            let size = button.desired_size(ui);
            let place = Rect::from_center_size(pos2(centre, rect.bottom() - 32.0), size);
            if button.id(Id::unique("about close")).show_at(ui, place).clicked() {
                self.push(Action::ToggleAbout);
            }
        });
    }
}
