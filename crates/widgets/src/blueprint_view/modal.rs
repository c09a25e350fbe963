//! Dialogs of an app, above everything else in its window. Esc, the cross and a click beside it ask to close.

use super::draw::Draw;
use crate::controls::{Button, ControlSize, author_id};
use crate::fonts;
use crate::icons::Icon;
use crate::theme::{radius, space, type_size};
use egui::{
    Align2, Color32, CornerRadius, Key, Rect, Role, ScrollArea, Sense, StrokeKind, Ui, UiBuilder, WidgetInfo,
    pos2, vec2,
};
use serde_json::Value;

pub(super) fn show(draw: &mut Draw<'_>, ui: &mut Ui, index: usize, window: Rect) {
    let view = draw.view;
    let node = &view.nodes[index];
    let theme = draw.theme;
    let id = draw.id(node);
    // What is below is out of reach.
    let veil = ui.interact(window, id.with("veil"), Sense::click_and_drag());
    ui.painter().rect_filled(window, 0, Color32::from_black_alpha(if theme.is_dark() { 130 } else { 70 }));

    let wanted = draw.tree.prepared[index].size;
    let extent = draw.tree.prepared[index].extent;
    let size = vec2(wanted.x, extent.y.max(wanted.y).min(window.height() - 24.0));
    let rect = Rect::from_center_size(window.center(), size);
    let round = CornerRadius::same(radius::WINDOW);
    ui.painter().add(theme.shadow.window_focused.as_shape(rect, round));
    ui.painter().rect(rect, round, theme.surface.popup, theme.outline(), StrokeKind::Inside);
    let panel = ui.interact(rect, id, Sense::click_and_drag());
    let title = node.text("title");
    panel.widget_info(|| WidgetInfo::labeled(Role::Dialog, true, &title));
    author_id(ui, id, format!("{}/{}", draw.window, node.id));
    let at = pos2(rect.left() + space::XL, rect.top() + space::XL + 8.0);
    let font = fonts::semibold(type_size::H2);
    ui.painter().text(at, Align2::LEFT_CENTER, &title, font, theme.text.primary);

    let mut child = ui.new_child(UiBuilder::new().max_rect(rect).id_salt(id.with("body")));
    child.shrink_clip_rect(rect);
    if extent.y > size.y + 0.5 {
        ScrollArea::vertical().id_salt(id.with("scroll")).auto_shrink([false, false]).show(
            &mut child,
            |ui| {
                let origin = ui.max_rect().min;
                ui.allocate_space(vec2(size.x, extent.y));
                draw.children(ui, index, origin, 0);
            },
        );
    } else {
        draw.children(&mut child, index, rect.min, 0);
    }
    let cross = Rect::from_center_size(pos2(rect.right() - 26.0, at.y), vec2(26.0, 26.0));
    let close =
        Button::icon(Icon::X, "Close").size(ControlSize::Small).id(id.with("close")).show_at(ui, cross);
    author_id(ui, close.id, format!("{}/{}/close", draw.window, node.id));
    let escape = !ui.ctx().any_popup_open()
        && ui.input_mut(|input| input.consume_key(egui::Modifiers::NONE, Key::Escape));
    if close.clicked() || veil.clicked() || escape {
        draw.emit(node, "close", Value::Bool(false));
    }
}
