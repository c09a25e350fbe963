//! How far something is.

use super::touch::place;
use crate::theme::Theme;
use egui::{
    Color32, CornerRadius, Id, Pos2, Rect, Response, Role, Sense, Shape, Stroke, Ui, Vec2, Widget,
    WidgetInfo, pos2, vec2,
};
use std::borrow::Cow;
use std::f32::consts::TAU;

/// A bar that fills.
#[must_use = "add it to a Ui"]
pub struct ProgressBar<'a> {
    fraction: f32,
    name: Cow<'a, str>,
    colour: Option<Color32>,
    width: f32,
    id: Option<Id>,
}

impl<'a> ProgressBar<'a> {
    /// A bar with an accessible name, filled from 0 to 1.
    pub fn new(fraction: f32, name: impl Into<Cow<'a, str>>) -> Self {
        let fraction = if fraction.is_finite() { fraction.clamp(0.0, 1.0) } else { 0.0 };
        ProgressBar { fraction, name: name.into(), colour: None, width: 180.0, id: None }
    }

    /// Another colour than the accent.
    pub fn colour(mut self, colour: Color32) -> Self {
        self.colour = Some(colour);
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
        vec2(self.width, 8.0)
    }

    /// Draws it in a given rectangle.
    pub fn show_at(self, ui: &mut Ui, rect: Rect) -> Response {
        let id = self.id.unwrap_or_else(|| ui.next_auto_id());
        self.show(ui, id, rect)
    }

    fn show(self, ui: &mut Ui, id: Id, rect: Rect) -> Response {
        let theme = Theme::of(ui);
        let response = ui.interact(rect, id, Sense::hover());
        response.widget_info(|| {
            let mut info = WidgetInfo::labeled(Role::ProgressIndicator, true, &self.name);
            info.value = Some(f64::from(self.fraction));
            info
        });
        let bar = Rect::from_center_size(rect.center(), vec2(rect.width(), rect.height().min(8.0)));
        let round = CornerRadius::same((bar.height() / 2.0) as u8);
        ui.painter().rect_filled(bar, round, theme.control.track);
        if self.fraction > 0.0 {
            let width = (bar.width() * self.fraction).max(bar.height());
            let full = Rect::from_min_size(bar.min, vec2(width, bar.height()));
            ui.painter().rect_filled(full, round, self.colour.unwrap_or(theme.accent.text));
        }
        response
    }
}

impl Widget for ProgressBar<'_> {
    fn ui(self, ui: &mut Ui) -> Response {
        let (id, rect) = place(ui, self.id, self.desired_size());
        self.show(ui, id, rect)
    }
}

/// A ring that says that something is under way. Stands still with *reduce motion*.
#[must_use = "add it to a Ui"]
pub struct Spinner<'a> {
    name: Cow<'a, str>,
    size: f32,
}

impl<'a> Spinner<'a> {
    /// A ring with an accessible name.
    pub fn new(name: impl Into<Cow<'a, str>>) -> Self {
        Spinner { name: name.into(), size: 18.0 }
    }

    /// Diameter in points.
    pub fn size(mut self, points: f32) -> Self {
        self.size = points;
        self
    }
}

impl Widget for Spinner<'_> {
    fn ui(self, ui: &mut Ui) -> Response {
        let theme = Theme::of(ui);
        let (rect, response) = ui.allocate_exact_size(Vec2::splat(self.size), Sense::hover());
        response.widget_info(|| WidgetInfo::labeled(Role::ProgressIndicator, true, &self.name));
        paint_spinner(ui, &theme, rect.center(), self.size, theme.accent.text);
        response
    }
}

/// Paints a ring of a given diameter. Asks for further frames while it turns, 20 a second.
pub(crate) fn paint_spinner(ui: &Ui, theme: &Theme, centre: Pos2, size: f32, colour: Color32) {
    let radius = (size / 2.0 - 1.5).max(1.0);
    let width = (size / 9.0).clamp(1.5, 4.0);
    ui.painter().circle_stroke(centre, radius, Stroke::new(width, colour.gamma_multiply(0.22)));
    let turn = if theme.reduce_motion {
        0.0
    } else {
        ui.ctx().request_repaint_after(std::time::Duration::from_millis(50));
        (ui.input(|input| input.time) % 1.0) as f32
    };
    let arc = (0..=14)
        .map(|step| {
            let angle = TAU * (turn + 0.3 * step as f32 / 14.0);
            pos2(centre.x + radius * angle.cos(), centre.y + radius * angle.sin())
        })
        .collect();
    ui.painter().add(Shape::line(arc, Stroke::new(width, colour)));
}
