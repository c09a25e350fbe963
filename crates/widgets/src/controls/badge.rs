//! Small marks: badges, and the caps of keys.

use super::touch::place;
use crate::fonts;
use crate::icons::{Icon, paint_icon};
use crate::theme::{Theme, radius, type_size};
use egui::{
    Color32, CornerRadius, Id, Rect, Response, Role, Sense, Stroke, StrokeKind, Ui, Vec2, Widget, WidgetInfo,
    pos2, vec2,
};
use std::borrow::Cow;

/// The feeling of a badge.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BadgeTone {
    /// No particular one.
    #[default]
    Neutral,
    /// In accent colour.
    Accent,
    /// Something to know.
    Info,
    /// Went well.
    Success,
    /// Needs attention.
    Warning,
    /// Failed.
    Danger,
}

impl BadgeTone {
    /// Fill and text.
    #[must_use]
    pub fn colours(self, theme: &Theme) -> (Color32, Color32) {
        match self {
            BadgeTone::Neutral => (theme.control.hover, theme.text.primary),
            BadgeTone::Accent => (theme.accent.soft, theme.accent.text),
            BadgeTone::Info => (theme.info.soft, theme.info.text),
            BadgeTone::Success => (theme.success.soft, theme.success.text),
            BadgeTone::Warning => (theme.warning.soft, theme.warning.text),
            BadgeTone::Danger => (theme.danger.soft, theme.danger.text),
        }
    }
}

/// A short text in a pill.
#[must_use = "add it to a Ui"]
pub struct Badge<'a> {
    text: Cow<'a, str>,
    icon: Option<Icon>,
    tone: BadgeTone,
    colours: Option<(Color32, Color32)>,
    id: Option<Id>,
}

impl<'a> Badge<'a> {
    /// A badge without particular tone.
    pub fn new(text: impl Into<Cow<'a, str>>) -> Self {
        Badge { text: text.into(), icon: None, tone: BadgeTone::Neutral, colours: None, id: None }
    }

    /// Its feeling.
    pub fn tone(mut self, tone: BadgeTone) -> Self {
        self.tone = tone;
        self
    }

    /// A symbol before the text.
    pub fn icon(mut self, icon: Icon) -> Self {
        self.icon = Some(icon);
        self
    }

    /// Other colours than those of its tone: fill, text.
    pub fn colours(mut self, fill: Color32, text: Color32) -> Self {
        self.colours = Some((fill, text));
        self
    }

    /// A fixed id instead of one by place.
    pub fn id(mut self, id: Id) -> Self {
        self.id = Some(id);
        self
    }

    /// Size in points that its content wants.
    pub fn desired_size(&self, ui: &Ui) -> Vec2 {
        let font = fonts::medium(type_size::CAPTION);
        let text = ui.painter().layout_no_wrap(self.text.to_string(), font, Color32::PLACEHOLDER).size();
        let icon = if self.icon.is_some() { 16.0 } else { 0.0 };
        vec2(text.x + icon + 16.0, 20.0)
    }

    /// Draws it in a given rectangle.
    pub fn show_at(self, ui: &mut Ui, rect: Rect) -> Response {
        let id = self.id.unwrap_or_else(|| ui.next_auto_id());
        self.show(ui, id, rect)
    }

    fn show(self, ui: &mut Ui, id: Id, rect: Rect) -> Response {
        let theme = Theme::of(ui);
        let response = ui.interact(rect, id, Sense::hover());
        response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &self.text));
        let (fill, text) = self.colours.unwrap_or_else(|| self.tone.colours(&theme));
        let round = CornerRadius::same((rect.height() / 2.0).min(255.0) as u8);
        ui.painter().rect_filled(rect, round, fill);
        let font = fonts::medium(type_size::CAPTION);
        let galley = ui.painter().layout_no_wrap(self.text.to_string(), font, text);
        let icon = if self.icon.is_some() { 16.0 } else { 0.0 };
        let left = rect.center().x - (galley.size().x + icon) / 2.0;
        if let Some(icon) = self.icon {
            paint_icon(ui.painter(), pos2(left + 6.0, rect.center().y), icon, 12.5, text);
        }
        ui.painter().galley(pos2(left + icon, rect.center().y - galley.size().y / 2.0), galley, text);
        response
    }
}

impl Widget for Badge<'_> {
    fn ui(self, ui: &mut Ui) -> Response {
        let size = self.desired_size(ui);
        let (id, rect) = place(ui, self.id, size);
        self.show(ui, id, rect)
    }
}

/// The caps of a key chord, such as `Ctrl+K`.
#[must_use = "add it to a Ui"]
pub struct KeyCaps<'a>(pub &'a str);

impl Widget for KeyCaps<'_> {
    fn ui(self, ui: &mut Ui) -> Response {
        let theme = Theme::of(ui);
        let font = fonts::medium(type_size::CAPTION);
        let caps: Vec<_> = chord_keys(self.0)
            .map(|key| ui.painter().layout_no_wrap(key.to_owned(), font.clone(), theme.text.secondary))
            .collect();
        let width_of = |galley: &egui::Galley| (galley.size().x + 10.0).max(20.0);
        let width: f32 = caps.iter().map(|galley| width_of(galley) + 3.0).sum();
        let (rect, response) = ui.allocate_exact_size(vec2((width - 3.0).max(0.0), 20.0), Sense::hover());
        response.widget_info(|| WidgetInfo::labeled(Role::Label, true, self.0));
        let mut left = rect.left();
        for galley in caps {
            let cap = Rect::from_min_size(pos2(left, rect.top()), vec2(width_of(&galley), rect.height()));
            let corner = CornerRadius::same(radius::SMALL);
            let line = Stroke::new(1.0, theme.control.stroke);
            ui.painter().rect(cap, corner, theme.control.fill, line, StrokeKind::Inside);
            ui.painter().galley(cap.center() - galley.size() / 2.0, galley, theme.text.secondary);
            left = cap.right() + 3.0;
        }
        response
    }
}

/// Splits a chord at `+`; a plus that is the key itself stays.
fn chord_keys(chord: &str) -> impl Iterator<Item = &str> {
    let (head, plus) = match chord.strip_suffix("++") {
        Some(head) => (head, Some("+")),
        None => (chord, None),
    };
    head.split('+').filter(|key| !key.is_empty()).chain(plus)
}

#[cfg(test)]
mod tests {
    use super::chord_keys;

    #[test]
    fn chords_are_split_at_plus() {
        assert_eq!(chord_keys("Ctrl+Shift+K").collect::<Vec<_>>(), ["Ctrl", "Shift", "K"]);
        assert_eq!(chord_keys("Ctrl++").collect::<Vec<_>>(), ["Ctrl", "+"]);
        assert_eq!(chord_keys("").count(), 0);
    }
}
