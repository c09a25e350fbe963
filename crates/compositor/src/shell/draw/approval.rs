//! Draws the request for a right that is in view: who, what, why, and the answers. Deny comes first.

use super::{Action, Shell, glass, layer, layer_ui};
use crate::shell::approval::{ANSWERS, in_words};
use abi::table::Answer;
use egui::{
    CornerRadius, Id, Key, Order, Rect, Role, Sense, Ui, UiBuilder, WidgetInfo, pos2, text::LayoutJob, vec2,
};
use std::sync::Arc;
use widgets::{
    controls::{Button, ButtonKind},
    fonts,
    icons::{Icon, paint_icon},
    theme::Theme,
};
use windows::MENU_BAR_HEIGHT;

const WIDTH: f32 = 520.0;
const MARGIN: f32 = 20.0;

impl Shell {
    pub(super) fn draw_approval(&mut self, ui: &mut Ui, theme: &Arc<Theme>, screen: Rect) {
        let Some((request, behind)) = self.approvals.top() else { return };
        let (id, answerable) = (request.request, self.approvals.is_answerable(self.now));
        let title = format!("{} asks to {}", request.name, in_words(&request.capability));
        let mut lines = Vec::new();
        if !request.parents.is_empty() {
            lines.push(format!("Started by {}", request.parents.join(", which was started by ")));
        }
        if let Some(because) = request.because.first() {
            lines.push(format!("Because of: {because}"));
        }
        if !request.reason.is_empty() {
            lines.push(format!("It says: “{}”", request.reason.replace(char::is_control, " ")));
        }
        if behind > 0 {
            lines.push(format!("{behind} more to answer"));
        }
        let width = WIDTH.min(screen.width() - 32.0);
        let room = width - 2.0 * MARGIN - 40.0;
        let wrapped = |text: String, font, colour, rows| {
            let mut job = LayoutJob::simple(text, font, colour, room);
            job.wrap.max_rows = rows;
            ui.painter().layout_job(job)
        };
        let spoken = lines.join(". ");
        let title_galley = wrapped(title.clone(), fonts::semibold(15.0), theme.text.primary, 3);
        let text_galley = wrapped(lines.join("\n"), fonts::regular(12.5), theme.text.secondary, 8);
        let height = MARGIN + title_galley.size().y + 8.0 + text_galley.size().y + 18.0 + 30.0 + 16.0;
        let corner = pos2(screen.center().x - width / 2.0, screen.top() + MENU_BAR_HEIGHT + 14.0);
        let rect = Rect::from_min_size(corner, vec2(width, height));
        let layer = layer(ui, Order::Tooltip, "approval", rect);
        let mut answered: Option<(&str, Answer)> = None;
        layer_ui(ui, layer, Id::unique(("approval", id.0)), rect, |ui| {
            // Takes presses on the card, so that nothing beneath it acts.
            ui.interact(rect, Id::unique(("approval card", id.0)), Sense::CLICK | Sense::DRAG);
            let builder = UiBuilder::new()
                .max_rect(rect)
                .scope_id(Id::unique(("approval box", id.0)))
                .accessibility_role(Role::AlertDialog)
                .accessibility_label(title.clone());
            ui.scope_builder(builder, |ui| {
                let rounding = CornerRadius::same(14);
                ui.painter().add(theme.shadow.window_focused.as_shape(rect, rounding));
                glass(ui.painter(), screen, rect, rounding, theme.glass.popup, theme.glass.edge);
                let left = rect.left() + MARGIN + 40.0;
                let top = rect.top() + MARGIN;
                let place = pos2(rect.left() + MARGIN + 14.0, top + 12.0);
                paint_icon(ui.painter(), place, Icon::Warning, 26.0, theme.warning.text);
                let under = top + title_galley.size().y + 8.0;
                ui.painter().galley(pos2(left, top), title_galley, theme.text.primary);
                ui.painter().galley(pos2(left, under), text_galley, theme.text.secondary);
                let label = ui.interact(rect, Id::unique(("approval text", id.0)), Sense::hover());
                label.widget_info(|| WidgetInfo::labeled(Role::Label, true, &spoken));
                if !answerable {
                    ui.disable();
                }
                let mut right = rect.right() - 16.0;
                for (text, answer) in ANSWERS.iter().rev() {
                    let kind = if answer.allows() { ButtonKind::Secondary } else { ButtonKind::Primary };
                    let button = Button::new(*text).kind(kind).min_width(84.0);
                    let wanted = button.desired_size(ui);
                    let place =
                        Rect::from_min_size(pos2(right - wanted.x, rect.bottom() - 16.0 - wanted.y), wanted);
                    right = place.left() - 8.0;
                    let response = button.id(Id::unique(("approval", id.0, *text))).show_at(ui, place);
                    // Enter answers nothing but no.
                    let by_enter = ui.input(|input| input.key_pressed(Key::Enter));
                    if response.clicked() && !(answer.allows() && by_enter) {
                        answered = Some((*text, *answer));
                    }
                }
            });
        });
        if let Some((label, answer)) = answered {
            self.push(Action::AnswerRequest { request: id, label: label.to_owned(), answer });
        }
    }
}
