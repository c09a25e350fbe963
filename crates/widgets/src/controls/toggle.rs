//! Check boxes, switches and radio buttons.

use super::touch::{Touch, place};
use crate::fonts;
use crate::theme::{Theme, duration, mix, radius, space};
use egui::{
    Color32, CornerRadius, Id, Rect, Response, Role, Sense, Stroke, StrokeKind, Ui, Vec2, Widget, WidgetInfo,
    lerp, pos2, vec2,
};
use std::borrow::Cow;

const BOX: f32 = 18.0;
const GAP: f32 = 9.0;

/// Size in points of a mark with a label.
fn labelled_size(ui: &Ui, mark: Vec2, label: &str) -> Vec2 {
    if label.is_empty() {
        return vec2(mark.x, mark.y.max(space::CONTROL_SMALL));
    }
    let text = ui.painter().layout_no_wrap(label.to_owned(), fonts::body(), Color32::PLACEHOLDER).size();
    vec2(mark.x + GAP + text.x, mark.y.max(text.y).max(space::CONTROL_SMALL))
}

fn paint_label(ui: &Ui, theme: &Theme, rect: Rect, mark_width: f32, label: &str) {
    if label.is_empty() {
        return;
    }
    let width = (rect.width() - mark_width - GAP).max(0.0);
    let mut job =
        egui::text::LayoutJob::simple_singleline(label.to_owned(), fonts::body(), theme.text.primary);
    job.wrap = egui::text::TextWrapping::truncate_at_width(width + 1.0);
    let galley = ui.painter().layout_job(job);
    let at = pos2(rect.left() + mark_width + GAP, rect.center().y - galley.size().y / 2.0);
    ui.painter().galley(at, galley, theme.text.primary);
}

macro_rules! placing {
    ($type:ident) => {
        impl $type<'_> {
            /// A fixed id instead of one by place.
            pub fn id(mut self, id: Id) -> Self {
                self.id = Some(id);
                self
            }

            /// Draws it in a given rectangle.
            pub fn show_at(self, ui: &mut Ui, rect: Rect) -> Response {
                let id = self.id.unwrap_or_else(|| ui.next_auto_id());
                self.show(ui, id, rect)
            }
        }

        impl Widget for $type<'_> {
            fn ui(self, ui: &mut Ui) -> Response {
                let size = self.desired_size(ui);
                let (id, rect) = place(ui, self.id, size);
                self.show(ui, id, rect)
            }
        }
    };
}

/// A box that is checked or not.
#[must_use = "add it to a Ui"]
pub struct Checkbox<'a> {
    checked: &'a mut bool,
    label: Cow<'a, str>,
    name: Option<Cow<'a, str>>,
    id: Option<Id>,
}

impl<'a> Checkbox<'a> {
    /// With a label on its right, which is its name too.
    pub fn new(checked: &'a mut bool, label: impl Into<Cow<'a, str>>) -> Self {
        Checkbox { checked, label: label.into(), name: None, id: None }
    }

    /// Accessible name where it is not the label.
    pub fn name(mut self, name: impl Into<Cow<'a, str>>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Size in points that its content wants.
    pub fn desired_size(&self, ui: &Ui) -> Vec2 {
        labelled_size(ui, vec2(BOX, BOX), &self.label)
    }

    fn show(self, ui: &mut Ui, id: Id, rect: Rect) -> Response {
        let theme = Theme::of(ui);
        let mut response = ui.interact(rect, id, Sense::click());
        if response.clicked() {
            *self.checked = !*self.checked;
            response.mark_changed();
        }
        let (checked, enabled) = (*self.checked, ui.is_enabled());
        let name = self.name.as_deref().unwrap_or(&self.label);
        response.widget_info(|| WidgetInfo::selected(Role::CheckBox, enabled, checked, name));
        if ui.is_rect_visible(rect) {
            let mark = Rect::from_center_size(pos2(rect.left() + BOX / 2.0, rect.center().y), vec2(BOX, BOX));
            paint_box(ui, &theme, &response, mark, checked);
            paint_label(ui, &theme, rect, BOX, &self.label);
        }
        response
    }
}

fn paint_box(ui: &Ui, theme: &Theme, response: &Response, mark: Rect, checked: bool) {
    let touch = Touch::of(ui, theme, response);
    let seconds = theme.motion(duration::QUICK);
    let on = ui.ctx().animate_bool_with_time(response.id.with("on"), checked, seconds);
    let rest = touch.fill(theme.control.field, theme.control.hover, theme.control.pressed);
    let full = touch.fill(theme.accent.fill, theme.accent.hover, theme.accent.pressed);
    let line = mix(theme.control.strong_stroke, Color32::TRANSPARENT, on);
    let corner = CornerRadius::same(radius::SMALL);
    ui.painter().rect(mark, corner, mix(rest, full, on), Stroke::new(1.0, line), StrokeKind::Inside);
    if on > 0.0 {
        let tick = [vec2(-4.2, 0.2), vec2(-1.4, 3.0), vec2(4.4, -3.2)].map(|at| mark.center() + at);
        let stroke = Stroke::new(2.0, theme.accent.on.gamma_multiply(on));
        ui.painter().add(egui::Shape::line(tick.to_vec(), stroke));
    }
    super::focus_ring(ui, theme, response, mark, radius::SMALL);
}

placing!(Checkbox);

/// One of several that exclude each other.
#[must_use = "add it to a Ui"]
pub struct Radio<'a> {
    selected: bool,
    label: Cow<'a, str>,
    id: Option<Id>,
}

impl<'a> Radio<'a> {
    /// With a label on its right. The caller selects it on `clicked`.
    pub fn new(selected: bool, label: impl Into<Cow<'a, str>>) -> Self {
        Radio { selected, label: label.into(), id: None }
    }

    /// Size in points that its content wants.
    pub fn desired_size(&self, ui: &Ui) -> Vec2 {
        labelled_size(ui, vec2(BOX, BOX), &self.label)
    }

    fn show(self, ui: &mut Ui, id: Id, rect: Rect) -> Response {
        let theme = Theme::of(ui);
        let response = ui.interact(rect, id, Sense::click());
        let (selected, enabled) = (self.selected, ui.is_enabled());
        response.widget_info(|| WidgetInfo::selected(Role::RadioButton, enabled, selected, &self.label));
        if ui.is_rect_visible(rect) {
            let touch = Touch::of(ui, &theme, &response);
            let centre = pos2(rect.left() + BOX / 2.0, rect.center().y);
            let rest = touch.fill(theme.control.field, theme.control.hover, theme.control.pressed);
            let full = touch.fill(theme.accent.fill, theme.accent.hover, theme.accent.pressed);
            let line = if selected { Stroke::NONE } else { Stroke::new(1.0, theme.control.strong_stroke) };
            ui.painter().circle(centre, BOX / 2.0 - 0.5, if selected { full } else { rest }, line);
            if selected {
                ui.painter().circle_filled(centre, 3.5, theme.accent.on);
            }
            let mark = Rect::from_center_size(centre, vec2(BOX, BOX));
            super::focus_ring(ui, &theme, &response, mark, (BOX / 2.0) as u8);
            paint_label(ui, &theme, rect, BOX, &self.label);
        }
        response
    }
}

placing!(Radio);

/// A switch that acts at once.
#[must_use = "add it to a Ui"]
pub struct Switch<'a> {
    on: &'a mut bool,
    label: Cow<'a, str>,
    name: Option<Cow<'a, str>>,
    id: Option<Id>,
}

const TRACK: Vec2 = vec2(38.0, 22.0);

impl<'a> Switch<'a> {
    /// With a label on its right, which is its name too.
    pub fn new(on: &'a mut bool, label: impl Into<Cow<'a, str>>) -> Self {
        Switch { on, label: label.into(), name: None, id: None }
    }

    /// Only the switch; the name is for the accessibility tree.
    pub fn bare(on: &'a mut bool, name: impl Into<Cow<'a, str>>) -> Self {
        Switch { on, label: "".into(), name: Some(name.into()), id: None }
    }

    /// Size in points that its content wants.
    pub fn desired_size(&self, ui: &Ui) -> Vec2 {
        labelled_size(ui, TRACK, &self.label)
    }

    fn show(self, ui: &mut Ui, id: Id, rect: Rect) -> Response {
        let theme = Theme::of(ui);
        let mut response = ui.interact(rect, id, Sense::click());
        if response.clicked() {
            *self.on = !*self.on;
            response.mark_changed();
        }
        let (is_on, enabled) = (*self.on, ui.is_enabled());
        let name = self.name.as_deref().unwrap_or(&self.label);
        response.widget_info(|| WidgetInfo::selected(Role::Switch, enabled, is_on, name));
        if ui.is_rect_visible(rect) {
            let touch = Touch::of(ui, &theme, &response);
            let seconds = theme.motion(duration::NORMAL);
            let on = ui.ctx().animate_bool_with_time(response.id.with("on"), is_on, seconds);
            let track = Rect::from_min_size(pos2(rect.left(), rect.center().y - TRACK.y / 2.0), TRACK);
            let rest = touch.fill(theme.control.track, theme.control.pressed, theme.control.pressed);
            let full = touch.fill(theme.accent.fill, theme.accent.hover, theme.accent.pressed);
            let corner = CornerRadius::same((TRACK.y / 2.0) as u8);
            let line = Stroke::new(1.0, mix(theme.control.strong_stroke, Color32::TRANSPARENT, on));
            ui.painter().rect(track, corner, mix(rest, full, on), line, StrokeKind::Inside);
            let x = lerp((track.left() + 11.0)..=(track.right() - 11.0), on);
            let knob = pos2(x, track.center().y);
            ui.painter().circle_filled(knob + vec2(0.0, 0.8), 8.2, Color32::from_black_alpha(50));
            ui.painter().circle_filled(knob, 8.0, theme.control.knob);
            super::focus_ring(ui, &theme, &response, track, (TRACK.y / 2.0) as u8);
            paint_label(ui, &theme, rect, TRACK.x, &self.label);
        }
        response
    }
}

placing!(Switch);
