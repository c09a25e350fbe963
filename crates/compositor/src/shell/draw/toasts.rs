//! Draws the messages in the corner.

use super::{Action, Shell, centre::symbol, glass, launcher::one_line, layer, layer_ui};
use crate::shell::toast::Toast;
use egui::{CornerRadius, Galley, Id, Order, Rect, Role, Sense, Ui, WidgetInfo, pos2, text::LayoutJob, vec2};
use std::sync::Arc;
use widgets::{
    controls::{Button, ButtonKind, ControlSize},
    fonts,
    icons::{Icon, paint_icon},
    theme::Theme,
};
use windows::MENU_BAR_HEIGHT;

const WIDTH: f32 = 340.0;
const GAP: f32 = 10.0;
/// Height of the row of buttons, points.
const ACTIONS: f32 = 34.0;
/// Where the words begin.
const LEFT: f32 = 52.0;
/// Lines of the text.
const MOST_LINES: usize = 3;

impl Shell {
    pub(super) fn draw_toasts(&mut self, ui: &mut Ui, theme: &Arc<Theme>, screen: Rect) {
        if self.centre.is_open {
            return;
        }
        let mut dismissed = None;
        let mut chosen = None;
        let mut top = screen.top() + MENU_BAR_HEIGHT + 14.0;
        let right = self.inbox_left(screen).unwrap_or(screen.right()) - 16.0;
        let width = WIDTH.min(screen.width() - 32.0);
        if right - width < screen.left() {
            return;
        }
        let (mut is_elsewhere, pressed) = (false, pressed_at(ui));
        for (id, toast, since) in self.toasts.shown() {
            let card = Card::new(ui, theme, toast, width);
            let rect = Rect::from_min_size(pos2(right - width, top), vec2(width, card.height()));
            top = rect.bottom() + GAP;
            is_elsewhere |= toast.stays && pressed.is_some_and(|at| !rect.contains(at));
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
                match card.show(ui, theme, screen, rect, id, toast) {
                    Some(Answer::Away) => dismissed = Some(id),
                    Some(Answer::Done(action)) => {
                        chosen = Some(action);
                        dismissed = Some(id);
                    }
                    None => {}
                }
            });
        }
        if is_elsewhere {
            self.toasts.retreat();
        }
        if let Some(action) = chosen {
            self.push(action);
        }
        if let Some(id) = dismissed {
            self.push(Action::DismissToast(id));
        }
    }
}

/// Where the pointer was pressed in this frame.
fn pressed_at(ui: &Ui) -> Option<egui::Pos2> {
    ui.input(|input| input.pointer.any_pressed().then(|| input.pointer.interact_pos()).flatten())
}

/// What was done with a message.
enum Answer {
    Away,
    Done(Action),
}

/// A message, laid out.
struct Card {
    title: Arc<Galley>,
    text: Option<Arc<Galley>>,
    has_actions: bool,
}

impl Card {
    fn new(ui: &Ui, theme: &Theme, toast: &Toast, width: f32) -> Self {
        let room = width - LEFT - 16.0;
        let title = one_line(&toast.title, fonts::semibold(14.0), theme.text.primary, room - 20.0);
        let mut text =
            LayoutJob::simple(toast.text.clone(), fonts::regular(12.5), theme.text.secondary, room);
        text.wrap.max_rows = MOST_LINES;
        Card {
            title: ui.painter().layout_job(title),
            text: (!toast.text.is_empty()).then(|| ui.painter().layout_job(text)),
            has_actions: !toast.actions.is_empty(),
        }
    }

    /// Height of title and text with the space around them.
    fn words(&self) -> f32 {
        let text = self.text.as_ref().map_or(0.0, |text| text.size().y + 3.0);
        (28.0 + self.title.size().y + text).max(48.0)
    }

    fn height(&self) -> f32 {
        self.words() + if self.has_actions { ACTIONS } else { 0.0 }
    }

    fn show(
        &self,
        ui: &mut Ui,
        theme: &Theme,
        screen: Rect,
        rect: Rect,
        id: u64,
        toast: &Toast,
    ) -> Option<Answer> {
        let mut answer = None;
        let response = ui.interact(rect, Id::unique(("toast", id, "body")), Sense::click());
        let name = match toast.text.as_str() {
            "" => toast.title.clone(),
            text => format!("{}: {text}", toast.title),
        };
        response.widget_info(|| WidgetInfo::labeled(Role::Alert, true, &name));
        // What waits for an answer is not put away by a click beside its buttons.
        if response.clicked() && !toast.stays {
            answer = Some(Answer::Away);
        }
        let corner = CornerRadius::same(14);
        ui.painter().add(theme.shadow.popup.as_shape(rect, corner));
        glass(ui.painter(), screen, rect, corner, theme.glass.popup, theme.glass.edge);
        let (icon, colour) = symbol(theme, toast.tone);
        let words = self.words();
        let title_at = match &self.text {
            None => pos2(rect.left() + LEFT, rect.top() + (words - self.title.size().y) / 2.0),
            Some(_) => pos2(rect.left() + LEFT, rect.top() + 14.0),
        };
        let icon_at = pos2(rect.left() + 28.0, rect.top() + words.min(70.0) / 2.0);
        paint_icon(ui.painter(), icon_at, icon, 24.0, colour);
        ui.painter().galley(title_at, self.title.clone(), theme.text.primary);
        if let Some(text) = &self.text {
            let at = title_at + vec2(0.0, self.title.size().y + 3.0);
            ui.painter().galley(at, text.clone(), theme.text.secondary);
        }
        if toast.stays || ui.rect_contains_pointer(rect) {
            let close = Button::icon(Icon::X, "Dismiss").kind(ButtonKind::Ghost).size(ControlSize::Small);
            let place =
                Rect::from_center_size(pos2(rect.right() - 20.0, rect.top() + 20.0), vec2(24.0, 24.0));
            if close.id(Id::unique(("toast", id, "close"))).show_at(ui, place).clicked() {
                answer = Some(Answer::Away);
            }
        }
        let mut left = rect.left() + LEFT;
        for (word, action) in &toast.actions {
            let button = Button::new(*word).size(ControlSize::Small).id(Id::unique(("toast", id, *word)));
            let button = if toast.stays { button.kind(ButtonKind::Primary) } else { button };
            let place = Rect::from_min_size(pos2(left, rect.top() + words - 4.0), button.desired_size(ui));
            left = place.right() + 8.0;
            if button.show_at(ui, place).clicked() {
                answer = Some(Answer::Done(action.clone()));
            }
        }
        answer
    }
}
