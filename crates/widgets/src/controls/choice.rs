//! One of a few, all in view: a segmented control, and tabs.

use super::touch::{Touch, focus_ring, place};
use crate::fonts;
use crate::theme::{Theme, duration, radius, space, type_size};
use egui::{
    Color32, CornerRadius, Id, Rect, Response, Role, Sense, Stroke, StrokeKind, Ui, Vec2, Widget, WidgetInfo,
    lerp, pos2, vec2,
};
use std::borrow::Cow;

/// Two to six choices in one box; the chosen one is raised.
#[must_use = "add it to a Ui"]
pub struct Segmented<'a> {
    chosen: &'a mut usize,
    options: &'a [&'a str],
    name: Cow<'a, str>,
    id: Option<Id>,
}

impl<'a> Segmented<'a> {
    /// A choice with an accessible name.
    pub fn new(chosen: &'a mut usize, options: &'a [&'a str], name: impl Into<Cow<'a, str>>) -> Self {
        Segmented { chosen, options, name: name.into(), id: None }
    }

    /// A fixed id instead of one by place.
    pub fn id(mut self, id: Id) -> Self {
        self.id = Some(id);
        self
    }
}

impl Widget for Segmented<'_> {
    fn ui(self, ui: &mut Ui) -> Response {
        let theme = Theme::of(ui);
        let font = fonts::medium(type_size::LABEL);
        let widest = widths(ui, &font, self.options.iter().copied()).into_iter().fold(0.0, f32::max);
        let cell = widest + 26.0;
        let size = vec2(cell * self.options.len() as f32 + 4.0, space::CONTROL);
        let (id, rect) = place(ui, self.id, size);
        let mut whole = ui.interact(rect, id, Sense::hover());
        whole.widget_info(|| WidgetInfo::labeled(Role::RadioGroup, true, &self.name));
        let corner = CornerRadius::same(radius::CONTROL);
        ui.painter().rect(
            rect,
            corner,
            theme.control.fill,
            Stroke::new(1.0, theme.control.stroke),
            StrokeKind::Inside,
        );
        let place_of = |index: f32| {
            Rect::from_min_size(rect.min + vec2(2.0 + index * cell, 2.0), vec2(cell, rect.height() - 4.0))
        };
        let seconds = theme.motion(duration::NORMAL);
        let at = ui.ctx().animate_value_with_time(id.with("at"), *self.chosen as f32, seconds);
        let thumb = place_of(at);
        let inner = CornerRadius::same(radius::CONTROL - 2);
        ui.painter().add(theme.shadow.tile.as_shape(thumb.shrink(2.0), inner));
        let raised = if theme.is_dark() { theme.control.pressed } else { theme.surface.raised };
        ui.painter().rect_filled(thumb, inner, raised);
        for (index, option) in self.options.iter().enumerate() {
            let cell = place_of(index as f32);
            let response = ui.interact(cell, id.with(index), Sense::click());
            if response.clicked() && *self.chosen != index {
                *self.chosen = index;
                whole.mark_changed();
            }
            let selected = *self.chosen == index;
            response
                .widget_info(|| WidgetInfo::selected(Role::RadioButton, ui.is_enabled(), selected, *option));
            let touch = Touch::of(ui, &theme, &response);
            let quiet = crate::theme::mix(theme.text.secondary, theme.text.primary, touch.hover);
            let colour = if selected { theme.text.primary } else { quiet };
            ui.painter().text(cell.center(), egui::Align2::CENTER_CENTER, option, font.clone(), colour);
            focus_ring(ui, &theme, &response, cell.shrink(1.0), radius::CONTROL - 2);
        }
        whole
    }
}

fn widths<'t>(ui: &Ui, font: &egui::FontId, texts: impl Iterator<Item = &'t str>) -> Vec<f32> {
    texts
        .map(|text| ui.painter().layout_no_wrap(text.to_owned(), font.clone(), Color32::PLACEHOLDER).size().x)
        .collect()
}

/// Heads of pages, the chosen one underlined in accent colour.
#[must_use = "add it to a Ui"]
pub struct Tabs<'a> {
    chosen: &'a mut usize,
    labels: &'a [String],
    name: Cow<'a, str>,
    id: Option<Id>,
}

impl<'a> Tabs<'a> {
    /// Tabs with an accessible name; `chosen` is an index into the labels.
    pub fn new(chosen: &'a mut usize, labels: &'a [String], name: impl Into<Cow<'a, str>>) -> Self {
        Tabs { chosen, labels, name: name.into(), id: None }
    }

    /// A fixed id instead of one by place.
    pub fn id(mut self, id: Id) -> Self {
        self.id = Some(id);
        self
    }

    /// Height in points.
    pub const HEIGHT: f32 = 36.0;

    /// Size in points that its content wants.
    pub fn desired_size(&self, ui: &Ui) -> Vec2 {
        let widths = widths(ui, &fonts::control(), self.labels.iter().map(String::as_str));
        vec2(widths.iter().map(|width| width + TAB_PADDING).sum(), Self::HEIGHT)
    }

    /// Draws it in a given rectangle. `changed` tells that another tab was chosen.
    pub fn show_at(self, ui: &mut Ui, rect: Rect) -> Response {
        let id = self.id.unwrap_or_else(|| ui.next_auto_id());
        self.show(ui, id, rect)
    }

    /// The id of the n-th head under the id of the tabs.
    #[must_use]
    pub fn head_id(id: Id, index: usize) -> Id {
        id.with(index)
    }

    fn show(self, ui: &mut Ui, id: Id, rect: Rect) -> Response {
        let theme = Theme::of(ui);
        let mut whole = ui.interact(rect, id, Sense::hover());
        whole.widget_info(|| WidgetInfo::labeled(Role::TabList, true, &self.name));
        let font = fonts::control();
        let widths = widths(ui, &font, self.labels.iter().map(String::as_str));
        ui.painter().hline(rect.x_range(), rect.bottom() - 0.5, Stroke::new(1.0, theme.surface.divider));
        let (mut x, mut line) = (rect.left(), None);
        for (index, (label, width)) in self.labels.iter().zip(widths).enumerate() {
            let head = Rect::from_min_size(pos2(x, rect.top()), vec2(width + TAB_PADDING, rect.height()));
            x = head.right();
            let response = ui.interact(head, Self::head_id(id, index), Sense::click());
            if response.clicked() && *self.chosen != index {
                *self.chosen = index;
                whole.mark_changed();
            }
            let selected = *self.chosen == index;
            response.widget_info(|| WidgetInfo::selected(Role::Tab, ui.is_enabled(), selected, label));
            let touch = Touch::of(ui, &theme, &response);
            let back = head.shrink2(vec2(2.0, 4.0)).translate(vec2(0.0, -1.0));
            let hover = theme.control.ghost_hover.gamma_multiply(touch.hover);
            ui.painter().rect_filled(back, CornerRadius::same(radius::CONTROL - 2), hover);
            let colour = if selected { theme.text.primary } else { theme.text.secondary };
            ui.painter().text(head.center(), egui::Align2::CENTER_CENTER, label, font.clone(), colour);
            focus_ring(ui, &theme, &response, back, radius::CONTROL - 2);
            if selected {
                line = Some(head.shrink2(vec2(TAB_PADDING / 2.0 - 2.0, 0.0)).x_range());
            }
        }
        if let Some(line) = line {
            let seconds = theme.motion(duration::NORMAL);
            let from = ui.ctx().animate_value_with_time(id.with("from"), line.min, seconds);
            let to = ui.ctx().animate_value_with_time(id.with("to"), line.max, seconds);
            let y = lerp(rect.bottom()..=rect.bottom() - 2.0, 0.5);
            ui.painter().hline(from..=to, y, Stroke::new(2.0, theme.accent.text));
        }
        whole
    }
}

const TAB_PADDING: f32 = 26.0;

impl Widget for Tabs<'_> {
    fn ui(self, ui: &mut Ui) -> Response {
        let mut size = self.desired_size(ui);
        size.x = size.x.max(ui.available_width());
        let (id, rect) = place(ui, self.id, size);
        self.show(ui, id, rect)
    }
}
