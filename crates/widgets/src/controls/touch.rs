//! What all controls share: how a touch looks, the focus ring, ids for tools outside.

use crate::theme::{Theme, duration, mix, radius, space};
use egui::{Color32, CornerRadius, Frame, Id, Margin, Rect, Response, Stroke, StrokeKind, Ui};

/// Gives a widget an id that tools outside of the program can address: `window/component`. Call after the
/// widget was drawn.
pub fn author_id(ui: &Ui, id: Id, author: impl Into<String>) {
    let author = author.into();
    ui.ctx().accesskit_node_builder(id, |node| node.set_author_id(author));
}

/// Gives a widget an accessible description besides its name.
pub fn describe(ui: &Ui, id: Id, text: impl Into<String>) {
    let text = text.into();
    ui.ctx().accesskit_node_builder(id, |node| node.set_description(text));
}

/// How far a control is into being hovered, and whether it is pressed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Touch {
    /// 0 to 1, animated.
    pub(crate) hover: f32,
    pub(crate) pressed: bool,
}

impl Touch {
    pub(crate) fn of(ui: &Ui, theme: &Theme, response: &Response) -> Self {
        let hovered = response.hovered() && response.enabled();
        let seconds = theme.motion(duration::QUICK);
        let hover = ui.ctx().animate_bool_with_time(response.id.with("hover"), hovered, seconds);
        Touch { hover, pressed: response.enabled() && response.is_pointer_button_down_on() }
    }

    /// The fill for this touch.
    pub(crate) fn fill(self, rest: Color32, hover: Color32, pressed: Color32) -> Color32 {
        if self.pressed { pressed } else { mix(rest, hover, self.hover) }
    }
}

/// Draws the ring around the control that has the keyboard.
pub fn focus_ring(ui: &Ui, theme: &Theme, response: &Response, rect: Rect, corner: u8) {
    if response.has_focus() && response.enabled() {
        let ring = rect.expand(1.0);
        let corner = CornerRadius::same(corner.saturating_add(1));
        ui.painter().rect_stroke(ring, corner, theme.focus_ring(), StrokeKind::Middle);
    }
}

/// Place for a control of this size: the id to use and the rectangle.
pub(crate) fn place(ui: &mut Ui, id: Option<Id>, size: egui::Vec2) -> (Id, Rect) {
    let (auto, rect) = ui.allocate_space(size);
    (id.unwrap_or(auto), rect)
}

/// A bar of controls above the content of a window, with a line below it.
pub fn toolbar<R>(ui: &mut Ui, add_contents: impl FnOnce(&mut Ui) -> R) -> R {
    let theme = Theme::of(ui);
    let frame = Frame::new().fill(theme.surface.panel).inner_margin(Margin::symmetric(space::M as i8, 8));
    let shown = frame.show(ui, |ui| {
        ui.set_min_width(ui.available_width());
        ui.horizontal(|ui| {
            ui.set_min_height(space::CONTROL);
            add_contents(ui)
        })
        .inner
    });
    let rect = shown.response.rect;
    ui.painter().hline(rect.x_range(), rect.bottom(), Stroke::new(1.0, theme.surface.divider));
    shown.inner
}

/// Corner radius of ordinary controls.
pub(crate) const CORNER: CornerRadius = CornerRadius::same(radius::CONTROL);
