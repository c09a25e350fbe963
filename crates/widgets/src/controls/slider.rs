//! A horizontal slider.

use super::touch::{Touch, place};
use crate::theme::{Theme, space};
use egui::accesskit::{Action, ActionData};
use egui::{
    Color32, CornerRadius, EventFilter, Id, Key, Rect, Response, Role, Sense, Stroke, Ui, Vec2, Widget,
    WidgetInfo, lerp, pos2, remap_clamp, vec2,
};
use std::borrow::Cow;
use std::ops::RangeInclusive;

const KNOB: f32 = 8.0;

/// A value in a range, by pointer, arrow keys (a step; with Shift ten), Home, End, or accessibility action.
#[must_use = "add it to a Ui"]
pub struct Slider<'a> {
    value: &'a mut f64,
    range: RangeInclusive<f64>,
    step: f64,
    name: Cow<'a, str>,
    width: f32,
    id: Option<Id>,
}

impl<'a> Slider<'a> {
    /// A slider with an accessible name. A range that is empty or not finite is one point.
    pub fn new(value: &'a mut f64, range: RangeInclusive<f64>, name: impl Into<Cow<'a, str>>) -> Self {
        let sound = range.start().is_finite() && range.end().is_finite() && range.start() <= range.end();
        let range = if sound { range } else { 0.0..=0.0 };
        Slider { value, range, step: 0.0, name: name.into(), width: 180.0, id: None }
    }

    /// Distance of the values it can take; zero or less means any value.
    pub fn step(mut self, step: f64) -> Self {
        self.step = if step.is_finite() { step.max(0.0) } else { 0.0 };
        self
    }

    /// Width in points.
    pub fn width(mut self, points: f32) -> Self {
        self.width = points;
        self
    }

    /// A fixed id instead of one by place.
    pub fn id(mut self, id: Id) -> Self {
        self.id = Some(id);
        self
    }

    /// Size in points.
    #[must_use]
    pub fn desired_size(&self) -> Vec2 {
        vec2(self.width, space::CONTROL_SMALL)
    }

    /// Draws it in a given rectangle.
    pub fn show_at(self, ui: &mut Ui, rect: Rect) -> Response {
        let id = self.id.unwrap_or_else(|| ui.next_auto_id());
        self.show(ui, id, rect)
    }

    fn snap(&self, value: f64) -> f64 {
        let (low, high) = (*self.range.start(), *self.range.end());
        let value = if value.is_finite() { value } else { low };
        if self.step <= 0.0 {
            return value.clamp(low, high);
        }
        // Rounding again takes away what the multiplication leaves behind (0.30000000000000004).
        let stepped = low + ((value - low) / self.step).round() * self.step;
        ((stepped * 1e9).round() / 1e9).clamp(low, high)
    }

    fn show(self, ui: &mut Ui, id: Id, rect: Rect) -> Response {
        let theme = Theme::of(ui);
        let mut response = ui.interact(rect, id, Sense::click_and_drag());
        let rail = rect.left() + KNOB..=(rect.right() - KNOB).max(rect.left() + KNOB);
        let (low, high) = (*self.range.start(), *self.range.end());
        let mut wanted = *self.value;
        if let Some(pointer) = response.interact_pointer_pos().filter(|_| ui.is_enabled()) {
            wanted = remap_clamp(
                f64::from(pointer.x),
                f64::from(*rail.start())..=f64::from(*rail.end()),
                low..=high,
            );
        }
        wanted = self.keys(ui, &response, wanted);
        let value = self.snap(wanted);
        if value != *self.value {
            *self.value = value;
            response.mark_changed();
        }
        let enabled = ui.is_enabled();
        response.widget_info(|| WidgetInfo::slider(enabled, value, &self.name));
        ui.ctx().accesskit_node_builder(id, |node| {
            node.set_role(Role::Slider);
            node.set_min_numeric_value(low);
            node.set_max_numeric_value(high);
            if self.step > 0.0 {
                node.set_numeric_value_step(self.step);
            }
            for action in [Action::SetValue, Action::Increment, Action::Decrement] {
                node.add_action(action);
            }
        });
        if ui.is_rect_visible(rect) {
            let fraction = if high > low { ((value - low) / (high - low)) as f32 } else { 0.0 };
            paint(ui, &theme, &response, rect, lerp(rail, fraction));
        }
        response
    }

    fn keys(&self, ui: &Ui, response: &Response, value: f64) -> f64 {
        let span = *self.range.end() - *self.range.start();
        let step = if self.step > 0.0 { self.step } else { span / 100.0 };
        let mut wanted = value;
        if response.has_focus() {
            let filter = EventFilter { horizontal_arrows: true, ..EventFilter::default() };
            ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
            ui.input(|input| {
                let step = if input.modifiers.shift { step * 10.0 } else { step };
                let ups =
                    input.num_presses(Key::ArrowRight) as f64 - input.num_presses(Key::ArrowLeft) as f64;
                wanted += ups * step;
                if input.key_pressed(Key::Home) {
                    wanted = *self.range.start();
                }
                if input.key_pressed(Key::End) {
                    wanted = *self.range.end();
                }
            });
        }
        ui.input(|input| {
            let count = |action| input.num_accesskit_action_requests(response.id, action) as f64;
            wanted += (count(Action::Increment) - count(Action::Decrement)) * step;
            for request in input.accesskit_action_requests(response.id, Action::SetValue) {
                match &request.data {
                    Some(ActionData::NumericValue(number)) => wanted = *number,
                    Some(ActionData::Value(text)) => wanted = text.trim().parse().unwrap_or(wanted),
                    _ => {}
                }
            }
        });
        wanted
    }
}

fn paint(ui: &Ui, theme: &Theme, response: &Response, rect: Rect, x: f32) {
    let touch = Touch::of(ui, theme, response);
    let y = rect.center().y;
    let rail = Rect::from_min_max(pos2(rect.left() + 2.0, y - 2.0), pos2(rect.right() - 2.0, y + 2.0));
    let painter = ui.painter();
    painter.rect_filled(rail, CornerRadius::same(2), theme.control.track);
    let full = Rect::from_min_max(rail.min, pos2(x, rail.bottom()));
    painter.rect_filled(full, CornerRadius::same(2), theme.accent.fill);
    let radius = KNOB + 0.6 * touch.hover + if touch.pressed { 0.8 } else { 0.0 };
    painter.circle_filled(pos2(x, y + 1.0), radius + 0.6, Color32::from_black_alpha(60));
    painter.circle(pos2(x, y), radius, theme.control.knob, Stroke::new(1.0, theme.control.stroke));
    if response.has_focus() {
        painter.circle_stroke(pos2(x, y), radius + 2.5, theme.focus_ring());
    }
}

impl Widget for Slider<'_> {
    fn ui(self, ui: &mut Ui) -> Response {
        let (id, rect) = place(ui, self.id, self.desired_size());
        self.show(ui, id, rect)
    }
}
