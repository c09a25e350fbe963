//! Draws the messages in the corner.

use super::{Action, Shell, glass, launcher::one_line, layer, layer_ui};
use egui::{CornerRadius, Id, Order, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};
use std::sync::Arc;
use widgets::{
    Tone,
    controls::{Button, ControlSize},
    fonts,
    icons::{Icon, paint_icon},
    theme::Theme,
};
use windows::MENU_BAR_HEIGHT;

const WIDTH: f32 = 340.0;
const GAP: f32 = 10.0;
/// Height of the row of buttons, points.
const ACTIONS: f32 = 34.0;

impl Shell {
    pub(super) fn draw_toasts(&mut self, ui: &mut Ui, theme: &Arc<Theme>, screen: Rect) {
        let mut dismissed = None;
        let mut chosen = None;
        let mut top = screen.top() + MENU_BAR_HEIGHT + 14.0;
        for (id, toast, since) in self.toasts.shown() {
            let words = if toast.text.is_empty() { 48.0 } else { 66.0 };
            let height = words + if toast.actions.is_empty() { 0.0 } else { ACTIONS };
            let rect = Rect::from_min_size(pos2(screen.right() - WIDTH - 16.0, top), vec2(WIDTH, height));
            top = rect.bottom() + GAP;
            let appear = theme.motion(widgets::theme::duration::WINDOW);
            let t = if appear > 0.0 { (((self.now - since) as f32) / appear).clamp(0.0, 1.0) } else { 1.0 };
            if t < 1.0 {
                ui.ctx().request_repaint();
            }
            let eased = 1.0 - (1.0 - t).powi(3);
            let rect = rect.translate(vec2((1.0 - eased) * 24.0, 0.0));
            let layer = layer(ui, Order::Tooltip, ("toast", id), rect);
            layer_ui(ui, layer, Id::unique(("toast", id)), rect, |ui| {
                ui.set_opacity(eased);
                let response = ui.interact(rect, Id::unique(("toast", id, "body")), Sense::click());
                let name = if toast.text.is_empty() {
                    toast.title.clone()
                } else {
                    format!("{}: {}", toast.title, toast.text)
                };
                response.widget_info(|| WidgetInfo::labeled(Role::Alert, true, &name));
                if response.clicked() {
                    dismissed = Some(id);
                }
                let corner = CornerRadius::same(14);
                ui.painter().add(theme.shadow.popup.as_shape(rect, corner));
                glass(ui.painter(), screen, rect, corner, theme.glass.popup, theme.glass.edge);
                let (icon, colour) = match toast.tone {
                    Tone::Info => (Icon::Info, theme.info.text),
                    Tone::Success => (Icon::CheckCircle, theme.success.text),
                    Tone::Warning => (Icon::Warning, theme.warning.text),
                    Tone::Error => (Icon::XCircle, theme.danger.text),
                };
                paint_icon(
                    ui.painter(),
                    pos2(rect.left() + 28.0, rect.top() + words / 2.0),
                    icon,
                    24.0,
                    colour,
                );
                let room = rect.width() - 52.0 - 16.0;
                let title = ui.painter().layout_job(one_line(
                    &toast.title,
                    fonts::semibold(14.0),
                    theme.text.primary,
                    room,
                ));
                let left = rect.left() + 52.0;
                if toast.text.is_empty() {
                    ui.painter().galley(
                        pos2(left, rect.top() + (words - title.size().y) / 2.0),
                        title,
                        theme.text.primary,
                    );
                } else {
                    ui.painter().galley(pos2(left, rect.top() + 14.0), title, theme.text.primary);
                    let text = one_line(&toast.text, fonts::regular(12.5), theme.text.secondary, room);
                    let text = ui.painter().layout_job(text);
                    ui.painter().galley(pos2(left, rect.top() + 35.0), text, theme.text.secondary);
                }
                let mut left = left;
                for (word, action) in &toast.actions {
                    let button =
                        Button::new(*word).size(ControlSize::Small).id(Id::unique(("toast", id, *word)));
                    let place =
                        Rect::from_min_size(pos2(left, rect.top() + words - 4.0), button.desired_size(ui));
                    left = place.right() + 8.0;
                    if button.show_at(ui, place).clicked() {
                        chosen = Some(action.clone());
                        dismissed = Some(id);
                    }
                }
            });
        }
        if let Some(action) = chosen {
            self.push(action);
        }
        if let Some(id) = dismissed {
            self.push(Action::DismissToast(id));
        }
    }
}
