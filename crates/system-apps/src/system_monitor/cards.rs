//! Cards with one figure each, beside each other.

use crate::common::{pane, text};
use egui::{Align2, Color32, Rect, Stroke, Ui, pos2, vec2};
use widgets::{
    controls::ProgressBar,
    fonts,
    theme::{Theme, radius, space, type_size},
};

/// Height of a card, in points.
pub(super) const HEIGHT: f32 = 76.0;

/// One card: title, figure, what it means, how full.
pub(super) struct Card {
    pub(super) title: &'static str,
    pub(super) figure: String,
    pub(super) below: String,
    pub(super) fraction: Option<f64>,
    pub(super) colour: Color32,
}

/// Draws cards of one width.
pub(super) fn row(ui: &mut Ui, rect: Rect, cards: &[Card]) {
    let theme = Theme::of(ui);
    let gap = space::S;
    let width = (rect.width() - gap * cards.len().saturating_sub(1) as f32) / cards.len().max(1) as f32;
    for (index, card) in cards.iter().enumerate() {
        let left = rect.left() + index as f32 * (width + gap);
        card_ui(ui, &theme, Rect::from_min_size(pos2(left, rect.top()), vec2(width, rect.height())), card);
    }
}

fn card_ui(ui: &mut Ui, theme: &Theme, rect: Rect, card: &Card) {
    let line = Stroke::new(1.0, theme.surface.divider);
    ui.painter().rect(rect, radius::TILE, theme.surface.raised, line, egui::StrokeKind::Inside);
    let inner = rect.shrink2(vec2(12.0, 9.0));
    let (title, rest) = pane::split_top(inner, 16.0);
    let font = fonts::regular(type_size::LABEL);
    text::line(ui, title, card.title, font, theme.text.secondary, Align2::LEFT_CENTER);
    let (figure, rest) = pane::split_top(rest, 26.0);
    let strong = fonts::semibold(type_size::H3);
    let painter = ui.painter();
    let used = painter.layout_no_wrap(card.figure.clone(), strong.clone(), theme.text.primary).size().x + 6.0;
    text::line(ui, figure, &card.figure, strong, theme.text.primary, Align2::LEFT_CENTER);
    let small = fonts::regular(type_size::CAPTION);
    let needs = painter.layout_no_wrap(card.below.clone(), small.clone(), theme.text.muted).size().x;
    // In a narrow card the figure alone is better than half a word beside it.
    if needs <= figure.width() - used {
        let below = figure.with_min_x(figure.left() + used).translate(vec2(0.0, 1.5));
        text::line(ui, below, &card.below, small, theme.text.muted, Align2::LEFT_CENTER);
    }
    text::label(
        ui,
        ui.scope_id().with(card.title),
        rect,
        &format!("{}: {} {}", card.title, card.figure, card.below),
    );
    if let Some(fraction) = card.fraction {
        let bar = Rect::from_min_size(pos2(rest.left(), rest.top() + 4.0), vec2(rest.width(), 6.0));
        ProgressBar::new(fraction as f32, card.title).colour(card.colour).show_at(ui, bar);
    }
}
