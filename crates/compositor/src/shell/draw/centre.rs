//! The notifications: a click on the clock shows what was said, with what can still be done about it, and the month.

use super::{Action, Shell, calendar, glass, launcher::one_line, layer, layer_ui, local_time};
use crate::shell::toast::Kept;
use egui::{
    Align2, CornerRadius, Galley, Id, Order, Rect, Role, ScrollArea, Sense, Ui, UiBuilder, WidgetInfo, pos2,
    text::LayoutJob, vec2,
};
use std::sync::Arc;
use widgets::{
    Tone,
    controls::{Button, ButtonKind, ControlSize, Switch, tooltip},
    fonts,
    icons::{Icon, paint_icon},
    theme::{Theme, radius},
};
use windows::MENU_BAR_HEIGHT;

const WIDTH: f32 = 380.0;
const HEAD: f32 = 52.0;
/// Height of the switch at the foot of the list.
const QUIET: f32 = 44.0;
/// Lines of a message's text.
const MOST_LINES: usize = 4;
/// Least height at which the month is shown too.
const ROOM_FOR_MONTH: f32 = 600.0;

/// Whether the notifications are open, and what they show.
#[derive(Default)]
pub(crate) struct Centre {
    pub(crate) is_open: bool,
    /// The month beside this one that the calendar shows.
    pub(crate) months: i32,
}

/// The symbol of a message and its colour.
pub(super) fn symbol(theme: &Theme, tone: Tone) -> (Icon, egui::Color32) {
    match tone {
        Tone::Info => (Icon::Info, theme.info.text),
        Tone::Success => (Icon::CheckCircle, theme.success.text),
        Tone::Warning => (Icon::Warning, theme.warning.text),
        Tone::Error => (Icon::XCircle, theme.danger.text),
    }
}

impl Shell {
    /// Opens the notifications, or closes them.
    pub(crate) fn toggle_centre(&mut self) {
        self.centre = Centre { is_open: !self.centre.is_open, months: 0 };
        self.approvals.inbox_open = false;
    }

    pub(super) fn draw_centre(&mut self, ui: &mut Ui, theme: &Arc<Theme>, screen: Rect) {
        if !self.centre.is_open {
            return;
        }
        self.toasts.look();
        let width = WIDTH.min(screen.width() - 16.0);
        let room = screen.height() - MENU_BAR_HEIGHT - 16.0;
        let month = if room < ROOM_FOR_MONTH { 0.0 } else { calendar::HEIGHT };
        let height = room.min(620.0 + month * 0.4);
        let corner = pos2(screen.right() - width - 8.0, screen.top() + MENU_BAR_HEIGHT + 8.0);
        let rect = Rect::from_min_size(corner, vec2(width, height));
        let layer = layer(ui, Order::Tooltip, "centre", screen);
        if !self.card_has_keyboard() {
            self.tab_order.modal_layer = Some(layer);
        }
        layer_ui(ui, layer, Id::unique("centre"), rect, |ui| {
            let outside = ui.interact(screen, Id::unique("centre outside"), Sense::CLICK);
            let at = outside.interact_pointer_pos();
            if outside.clicked() && at.is_some_and(|at| !rect.contains(at)) {
                self.push(Action::ToggleCentre);
            }
            let rounding = CornerRadius::same(16);
            ui.painter().add(theme.shadow.window_focused.as_shape(rect, rounding));
            glass(ui.painter(), screen, rect, rounding, theme.glass.window, theme.glass.edge);
            let builder = UiBuilder::new()
                .max_rect(rect)
                .scope_id(Id::unique("centre box"))
                .accessibility_role(Role::Dialog)
                .accessibility_label("Notifications");
            ui.scope_builder(builder, |ui| {
                let foot = rect.bottom() - if month > 0.0 { month } else { 8.0 };
                self.centre_head(ui, theme, Rect::from_min_size(rect.min, vec2(width, HEAD)));
                let quiet = Rect::from_min_max(pos2(rect.left(), foot - QUIET), pos2(rect.right(), foot));
                let list =
                    Rect::from_min_max(pos2(rect.left(), rect.top() + HEAD), pos2(rect.right(), quiet.top()));
                self.centre_list(ui, theme, list.shrink2(vec2(8.0, 0.0)));
                self.centre_quiet(ui, theme, quiet);
                if month > 0.0 {
                    let line = egui::Stroke::new(1.0, theme.surface.divider);
                    ui.painter().hline(rect.x_range().shrink(12.0), foot + 0.5, line);
                    let area = Rect::from_min_max(pos2(rect.left() + 14.0, foot + 6.0), rect.max);
                    self.draw_calendar(ui, theme, area.with_max_x(rect.right() - 14.0));
                }
            });
        });
    }

    fn centre_head(&mut self, ui: &mut Ui, theme: &Theme, head: Rect) {
        let at = pos2(head.left() + 26.0, head.center().y);
        paint_icon(ui.painter(), at, Icon::Bell, 20.0, theme.accent.text);
        let at = pos2(head.left() + 46.0, head.center().y);
        ui.painter().text(
            at,
            Align2::LEFT_CENTER,
            "Notifications",
            fonts::semibold(17.0),
            theme.text.primary,
        );
        let mut right = head.right() - 14.0;
        let mut buttons = vec![("Close", Button::icon(Icon::X, "Close").kind(ButtonKind::Ghost))];
        if self.toasts.kept().len() > 0 {
            buttons.push(("Clear", Button::ghost("Clear").size(ControlSize::Small)));
        }
        for (name, button) in buttons {
            let size = button.desired_size(ui);
            let place = Rect::from_min_size(pos2(right - size.x, head.center().y - size.y / 2.0), size);
            right = place.left() - 4.0;
            let response = button.id(Id::unique(("centre head", name))).show_at(ui, place);
            if name == "Close" && ui.memory(|memory| memory.focused().is_none()) {
                response.request_focus();
            }
            if response.clicked() {
                self.push(if name == "Close" { Action::ToggleCentre } else { Action::ForgetToasts });
            }
        }
    }

    fn centre_list(&mut self, ui: &mut Ui, theme: &Theme, area: Rect) {
        if self.toasts.kept().len() == 0 {
            let text = "Nothing was said lately";
            let place = Rect::from_center_size(area.center(), vec2(area.width(), 24.0));
            ui.interact(place, Id::unique("centre empty"), Sense::hover())
                .widget_info(|| WidgetInfo::labeled(Role::Label, true, text));
            let at = place.center() - vec2(0.0, 26.0);
            paint_icon(ui.painter(), at, Icon::BellSlash, 26.0, theme.text.muted);
            ui.painter().text(
                place.center(),
                Align2::CENTER_CENTER,
                text,
                fonts::regular(13.0),
                theme.text.secondary,
            );
            return;
        }
        let mut wanted = Vec::new();
        let builder = UiBuilder::new().max_rect(area).scope_id(Id::unique("centre list"));
        ui.scope_builder(builder, |ui| {
            ui.set_clip_rect(ui.clip_rect().intersect(area));
            ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
                ui.spacing_mut().item_spacing.y = 6.0;
                for kept in self.toasts.kept() {
                    self.kept_ui(ui, theme, kept, &mut wanted);
                }
            });
        });
        wanted.into_iter().for_each(|action| self.push(action));
    }

    fn kept_ui(&self, ui: &mut Ui, theme: &Theme, kept: &Kept, wanted: &mut Vec<Action>) {
        let toast = &kept.toast;
        let width = ui.available_width();
        let room = width - 44.0 - 34.0;
        let wrapped = |text: &str| -> Arc<Galley> {
            let mut job =
                LayoutJob::simple(text.to_owned(), fonts::regular(12.5), theme.text.secondary, room);
            job.wrap.max_rows = MOST_LINES;
            ui.painter().layout_job(job)
        };
        let text = (!toast.text.is_empty()).then(|| wrapped(&toast.text));
        let words = 34.0 + text.as_ref().map_or(0.0, |text| text.size().y + 2.0);
        let height = words + if toast.actions.is_empty() { 4.0 } else { 34.0 };
        let (rect, response) = ui.allocate_exact_size(vec2(width, height), Sense::hover());
        let when =
            self.wall_clock.at(self.now).saturating_sub(((self.now - kept.at).max(0.0) * 1000.0) as u64);
        let when = local_time(when, "%H:%M");
        let spoken = format!("{when}, {}. {}", toast.title, toast.text);
        response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &spoken));
        if !ui.is_rect_visible(rect) {
            return;
        }
        ui.painter().rect_filled(rect, CornerRadius::same(radius::TILE), theme.control.ghost_hover);
        let (icon, colour) = symbol(theme, toast.tone);
        paint_icon(ui.painter(), pos2(rect.left() + 22.0, rect.top() + 19.0), icon, 19.0, colour);
        let left = rect.left() + 44.0;
        let font = fonts::regular(11.5);
        let time = ui.painter().layout_no_wrap(when, font, theme.text.muted);
        let time_at = pos2(rect.right() - 38.0 - time.size().x, rect.top() + 12.0);
        let title = one_line(&toast.title, fonts::semibold(13.0), theme.text.primary, time_at.x - left - 8.0);
        ui.painter().galley(time_at, time, theme.text.muted);
        let title = ui.painter().layout_job(title);
        ui.painter().galley(pos2(left, rect.top() + 11.0), title, theme.text.primary);
        if let Some(text) = text {
            ui.painter().galley(pos2(left, rect.top() + 31.0), text, theme.text.secondary);
        }
        let close = Button::icon(Icon::X, format!("Forget {}", toast.title)).kind(ButtonKind::Ghost);
        let close = close.size(ControlSize::Small).id(Id::unique(("kept forget", kept.id)));
        let place = Rect::from_center_size(pos2(rect.right() - 18.0, rect.top() + 19.0), vec2(24.0, 24.0));
        if close.show_at(ui, place).clicked() {
            wanted.push(Action::ForgetToast(kept.id));
        }
        let mut left = left;
        for (word, action) in &toast.actions {
            let button = Button::new(*word).size(ControlSize::Small).id(Id::unique(("kept", kept.id, *word)));
            let size = button.desired_size(ui);
            let place = Rect::from_min_size(pos2(left, rect.top() + words), size);
            left = place.right() + 8.0;
            if button.show_at(ui, place).clicked() {
                wanted.extend([Action::ToggleCentre, Action::ForgetToast(kept.id), action.clone()]);
            }
        }
    }

    fn centre_quiet(&mut self, ui: &mut Ui, theme: &Theme, area: Rect) {
        let mut quiet = self.toasts.is_quiet();
        let words = "Do not disturb";
        let at = pos2(area.left() + 18.0, area.center().y);
        ui.painter().text(at, Align2::LEFT_CENTER, words, fonts::medium(13.0), theme.text.primary);
        let toggle = Switch::bare(&mut quiet, words).id(Id::unique("centre quiet"));
        let size = toggle.desired_size(ui);
        let place =
            Rect::from_min_size(pos2(area.right() - 18.0 - size.x, area.center().y - size.y / 2.0), size);
        let response = toggle.show_at(ui, place);
        if response.changed() || response.clicked() {
            self.push(Action::Quiet(!self.toasts.is_quiet()));
        }
        tooltip(response, "Messages are kept here without being shown. Questions about rights still come.");
    }
}
