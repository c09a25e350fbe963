//! A choice from a list that opens.

use super::menu::{menu_frame, paint_row};
use super::touch::{CORNER, Touch, focus_ring, place};
use crate::fonts;
use crate::icons::{Icon, paint_icon};
use crate::theme::{Theme, radius, space};
use egui::{
    Align, Color32, Id, Layout, Popup, Rect, Response, Role, ScrollArea, Sense, Stroke, StrokeKind, Ui, Vec2,
    Widget, WidgetInfo, pos2, vec2,
};
use std::borrow::Cow;

/// Shows what is chosen; opens a list of everything that can be.
#[must_use = "add it to a Ui"]
pub struct Select<'a> {
    chosen: &'a mut Option<usize>,
    options: &'a [String],
    name: Cow<'a, str>,
    placeholder: Cow<'a, str>,
    width: f32,
    id: Option<Id>,
}

impl<'a> Select<'a> {
    /// A choice among `options` with an accessible name; `chosen` is an index into them.
    pub fn new(chosen: &'a mut Option<usize>, options: &'a [String], name: impl Into<Cow<'a, str>>) -> Self {
        Select { chosen, options, name: name.into(), placeholder: "Choose…".into(), width: 180.0, id: None }
    }

    /// Shown while nothing is chosen.
    pub fn placeholder(mut self, text: impl Into<Cow<'a, str>>) -> Self {
        self.placeholder = text.into();
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
        vec2(self.width, space::CONTROL)
    }

    /// Draws it in a given rectangle. `changed` tells that another option was chosen.
    pub fn show_at(self, ui: &mut Ui, rect: Rect) -> Response {
        let id = self.id.unwrap_or_else(|| ui.next_auto_id());
        self.show(ui, id, rect)
    }

    fn show(self, ui: &mut Ui, id: Id, rect: Rect) -> Response {
        let theme = Theme::of(ui);
        let mut response = ui.interact(rect, id, Sense::click());
        let current = self.chosen.and_then(|index| self.options.get(index)).map(String::as_str);
        let enabled = ui.is_enabled();
        response.widget_info(|| WidgetInfo::labeled(Role::ComboBox, enabled, &self.name));
        ui.ctx().accesskit_node_builder(id, |node| node.set_value(current.unwrap_or("")));
        if ui.is_rect_visible(rect) {
            paint(ui, &theme, &response, rect, current, &self.placeholder);
        }
        let picked = Popup::menu(&response)
            .width(rect.width())
            .frame(menu_frame(&theme))
            .gap(4.0)
            .accessible_name(self.name.to_string())
            .layout(Layout::top_down_justified(Align::Min))
            .show(|ui| {
                ui.set_min_width(rect.width() - 10.0);
                ui.spacing_mut().item_spacing.y = 0.0;
                ScrollArea::vertical()
                    .max_height(300.0)
                    .show(ui, |ui| options_ui(ui, &theme, self.options, *self.chosen))
                    .inner
            });
        if let Some(index) = picked.and_then(|shown| shown.inner)
            && *self.chosen != Some(index)
        {
            *self.chosen = Some(index);
            response.mark_changed();
        }
        response
    }
}

fn options_ui(ui: &mut Ui, theme: &Theme, options: &[String], chosen: Option<usize>) -> Option<usize> {
    let mut picked = None;
    for (index, option) in options.iter().enumerate() {
        let (id, rect) = place(ui, None, vec2(ui.available_width(), space::ROW - 2.0));
        let row = ui.interact(rect, id, Sense::click());
        let selected = chosen == Some(index);
        row.widget_info(|| WidgetInfo::selected(Role::ListBoxOption, true, selected, option));
        let text = paint_row(ui, theme, &row, rect);
        if selected {
            paint_icon(ui.painter(), pos2(rect.left() + 14.0, rect.center().y), Icon::Check, 14.0, text);
        }
        let galley = ui.painter().layout_no_wrap(option.clone(), fonts::body(), text);
        ui.painter().galley(pos2(rect.left() + 28.0, rect.center().y - galley.size().y / 2.0), galley, text);
        if row.clicked() {
            picked = Some(index);
            ui.close();
        }
    }
    picked
}

fn paint(ui: &Ui, theme: &Theme, response: &Response, rect: Rect, current: Option<&str>, placeholder: &str) {
    let touch = Touch::of(ui, theme, response);
    let fill = touch.fill(theme.control.fill, theme.control.hover, theme.control.pressed);
    let stroke = Stroke::new(1.0, theme.control.stroke);
    ui.painter().rect(rect, CORNER, fill, stroke, StrokeKind::Inside);
    focus_ring(ui, theme, response, rect, radius::CONTROL);
    let colour = if current.is_some() { theme.text.primary } else { theme.text.muted };
    let mut job = egui::text::LayoutJob::simple_singleline(
        current.unwrap_or(placeholder).to_owned(),
        fonts::control(),
        colour,
    );
    job.wrap = egui::text::TextWrapping::truncate_at_width((rect.width() - 38.0).max(8.0));
    let galley = ui.painter().layout_job(job);
    ui.painter().galley(
        pos2(rect.left() + 11.0, rect.center().y - galley.size().y / 2.0),
        galley,
        Color32::PLACEHOLDER,
    );
    let caret = pos2(rect.right() - 15.0, rect.center().y);
    paint_icon(ui.painter(), caret, Icon::CaretUpDown, 14.0, theme.text.secondary);
}

impl Widget for Select<'_> {
    fn ui(self, ui: &mut Ui) -> Response {
        let (id, rect) = place(ui, self.id, self.desired_size());
        self.show(ui, id, rect)
    }
}
