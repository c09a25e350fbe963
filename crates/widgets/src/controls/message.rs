//! What stands where content is missing, and what explains it.

use super::{Button, badge::KeyCaps};
use crate::fonts;
use crate::icons::{Icon, paint_icon};
use crate::theme::{Theme, radius, space, type_size};
use egui::{CornerRadius, Frame, Label, Margin, Response, RichText, Role, Sense, Ui, WidgetInfo, pos2, vec2};

/// What an empty list, a search without result or a first start shows: never a blank area.
#[must_use = "show it"]
pub struct EmptyState<'a> {
    icon: Icon,
    title: &'a str,
    text: &'a str,
    action: Option<&'a str>,
}

impl<'a> EmptyState<'a> {
    /// With a symbol, what is so, and what to do about it.
    pub fn new(icon: Icon, title: &'a str, text: &'a str) -> Self {
        EmptyState { icon, title, text, action: None }
    }

    /// A button below.
    pub fn action(mut self, label: &'a str) -> Self {
        self.action = Some(label);
        self
    }

    /// Draws it in the middle of what room there is; the response is that of the button, where there is one.
    pub fn show(self, ui: &mut Ui) -> Option<Response> {
        let theme = Theme::of(ui);
        let height = if self.action.is_some() { 176.0 } else { 128.0 };
        ui.vertical_centered(|ui| {
            ui.add_space(((ui.available_height() - height) / 2.0).max(space::M));
            let (rect, _) = ui.allocate_exact_size(vec2(56.0, 56.0), Sense::hover());
            ui.painter().circle_filled(rect.center(), 28.0, theme.control.fill);
            paint_icon(ui.painter(), rect.center(), self.icon, 26.0, theme.text.secondary);
            ui.add_space(space::S);
            let title =
                RichText::new(self.title).font(fonts::semibold(type_size::H3)).color(theme.text.primary);
            ui.add(Label::new(title).selectable(false));
            let text = RichText::new(self.text).font(fonts::body()).color(theme.text.secondary);
            ui.add(Label::new(text).selectable(false));
            self.action.map(|label| {
                ui.add_space(space::S);
                ui.add(Button::new(label))
            })
        })
        .inner
    }
}

/// A box that says what went wrong, with an optional line on what to do.
pub fn error_box(ui: &mut Ui, title: &str, text: &str) -> Response {
    let theme = Theme::of(ui);
    let frame = Frame::new()
        .fill(theme.danger.soft)
        .corner_radius(CornerRadius::same(radius::TILE))
        .inner_margin(Margin { left: 40, right: 14, top: 11, bottom: 11 });
    let shown = frame.show(ui, |ui| {
        ui.set_min_width((ui.available_width()).max(0.0));
        ui.spacing_mut().item_spacing.y = 3.0;
        let line = |text: &str, font, colour| Label::new(RichText::new(text).font(font).color(colour)).wrap();
        ui.add(line(title, fonts::semibold(type_size::BODY), theme.danger.text));
        if !text.is_empty() {
            ui.add(line(text, fonts::regular(type_size::LABEL), theme.text.primary).selectable(true));
        }
    });
    let rect = shown.response.rect;
    let at = pos2(rect.left() + 22.0, rect.top() + 20.0);
    paint_icon(ui.painter(), at, Icon::WarningCircle, 18.0, theme.danger.text);
    shown.response.widget_info(|| WidgetInfo::labeled(Role::Alert, true, format!("{title} {text}").trim()));
    shown.response
}

/// Shows a text when the pointer rests on a control.
pub fn tooltip(response: Response, text: &str) -> Response {
    tooltip_with_keys(response, text, "")
}

/// Shows a text and the keys that do the same.
pub fn tooltip_with_keys(response: Response, text: &str, keys: &str) -> Response {
    response.on_hover_ui(|ui| {
        let theme = Theme::of(ui);
        ui.horizontal(|ui| {
            let text = RichText::new(text).font(fonts::regular(type_size::LABEL)).color(theme.text.primary);
            ui.add(Label::new(text).extend());
            if !keys.is_empty() {
                ui.add(KeyCaps(keys));
            }
        });
    })
}
