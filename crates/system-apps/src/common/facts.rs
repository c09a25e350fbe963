//! Names and values beside each other, in one column or several: details of what is chosen.

use super::{pane, text};
use egui::{Align2, Rect, Sense, Ui, vec2};
use widgets::{
    fonts,
    theme::{Theme, space, type_size},
};

/// Height of a line, in points.
const LINE: f32 = 22.0;

/// A name and its value.
pub(crate) type Fact = (&'static str, String);

/// Draws them in as many columns of at least `least` points as there is room for; `label` is the width of names.
pub(crate) fn facts(ui: &mut Ui, salt: &'static str, facts: &[Fact], least: f32, label: f32) {
    let theme = Theme::of(ui);
    let width = ui.available_width();
    let columns = ((width / least).floor().max(1.0) as usize).min(3);
    let each = width / columns as f32;
    let per_column = facts.len().div_ceil(columns);
    let (rect, _) = ui.allocate_exact_size(vec2(width, per_column as f32 * LINE), Sense::hover());
    for (index, (name, value)) in facts.iter().enumerate() {
        let at = vec2((index / per_column) as f32 * each, (index % per_column) as f32 * LINE);
        let cell = Rect::from_min_size(rect.min + at, vec2((each - space::M).max(0.0), LINE));
        let font = fonts::regular(type_size::LABEL);
        let (left, right) = pane::split_left(cell, label);
        text::line(ui, left, name, font.clone(), theme.text.muted, Align2::LEFT_CENTER);
        let cut = text::line(ui, right, value, font, theme.text.primary, Align2::LEFT_CENTER);
        let id = ui.scope_id().with((salt, index));
        let response = text::label(ui, id, cell, &format!("{name}: {value}"));
        if cut {
            widgets::controls::tooltip(response, value);
        }
    }
}
