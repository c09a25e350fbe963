//! What only shows something: badge, divider, progress, icon, image; and the placeholder of what is unknown.

use super::choices::number_text;
use super::draw::{Draw, accessible_name, clickable, dashed_outline, paint_box};
use super::fields::labelled;
use super::look::Look;
use super::text::single_line;
use crate::controls::{Badge, BadgeTone, ProgressBar};
use crate::icons::{Icon, IconFace, paint_icon, paint_icon_face};
use crate::theme::{Background, radius, type_size};
use crate::{fonts, theme};
use blueprint::Node;
use egui::{Align2, Color32, CornerRadius, Rect, Role, Stroke, StrokeKind, Ui, lerp, pos2, vec2};

pub(super) fn show(draw: &mut Draw<'_>, ui: &mut Ui, node: &Node, look: &Look, rect: Rect) {
    match node.kind.as_str() {
        "badge" => badge(draw, ui, node, look, rect),
        "divider" => divider(draw, ui, node, rect),
        "progress" => progress(draw, ui, node, look, rect),
        "icon" => icon(draw, ui, node, look, rect),
        "image" => image(draw, ui, node, rect),
        _ => paint_box(ui, look, rect, 0),
    }
}

fn tone(variant: &str) -> BadgeTone {
    match variant {
        "primary" => BadgeTone::Accent,
        "info" => BadgeTone::Info,
        "success" => BadgeTone::Success,
        "warning" => BadgeTone::Warning,
        "danger" | "error" => BadgeTone::Danger,
        _ => BadgeTone::Neutral,
    }
}

fn badge(draw: &mut Draw<'_>, ui: &mut Ui, node: &Node, look: &Look, rect: Rect) {
    let tone = tone(&node.text("variant"));
    let (mut fill, mut text) = tone.colours(draw.theme);
    if let Some(Background::Solid(colour)) = look.background {
        fill = colour;
        text = theme::readable_on(theme::over(colour, draw.theme.surface.window));
    }
    text = look.colour.unwrap_or(text);
    let response = Badge::new(node.text("text")).colours(fill, text).id(draw.id(node)).show_at(ui, rect);
    draw.finish(ui, node, &response);
    if clickable(node) {
        let response = draw.plain(ui, node, rect, Role::Button, "");
        draw.clicks(ui, node, &response, rect);
    }
}

fn divider(draw: &Draw<'_>, ui: &Ui, node: &Node, rect: Rect) {
    let line = Stroke::new(1.0, draw.theme.surface.divider);
    if node.text("orientation") == "vertical" {
        ui.painter().vline(rect.center().x, rect.y_range(), line);
        return;
    }
    let label = node.text("label");
    let y = rect.center().y;
    if label.is_empty() {
        ui.painter().hline(rect.x_range(), y, line);
        return;
    }
    let colour = draw.theme.text.muted;
    let galley = single_line(ui, &label, fonts::medium(type_size::CAPTION), colour, rect.width());
    let width = galley.size().x;
    let left = rect.center().x - width / 2.0;
    ui.painter().hline(rect.left()..=left - 10.0, y, line);
    ui.painter().hline(left + width + 10.0..=rect.right(), y, line);
    ui.painter().galley(pos2(left, y - galley.size().y / 2.0), galley, colour);
}

fn progress(draw: &Draw<'_>, ui: &mut Ui, node: &Node, look: &Look, rect: Rect) {
    let max = node.number("max").filter(|max| *max > 0.0).unwrap_or(100.0);
    let value = node.number("value").unwrap_or(0.0);
    let fraction = (value / max) as f32;
    let bar = labelled(draw, ui, node, rect);
    if bar != rect {
        let percent = format!("{} %", number_text((f64::from(fraction) * 100.0).round()));
        let colour = draw.theme.text.secondary;
        let galley = single_line(ui, &percent, fonts::medium(type_size::LABEL), colour, rect.width());
        ui.painter().galley(pos2(rect.right() - galley.size().x, rect.top()), galley, colour);
    }
    let theme = draw.theme;
    let colour = look.colour.unwrap_or(match tone(&node.text("variant")) {
        BadgeTone::Success => theme.success.text,
        BadgeTone::Warning => theme.warning.text,
        BadgeTone::Danger => theme.danger.text,
        BadgeTone::Info => theme.info.text,
        BadgeTone::Neutral | BadgeTone::Accent => theme.accent.text,
    });
    let bar =
        ProgressBar::new(fraction, accessible_name(node)).colour(colour).id(draw.id(node)).show_at(ui, bar);
    draw.finish(ui, node, &bar);
}

fn icon(draw: &mut Draw<'_>, ui: &mut Ui, node: &Node, look: &Look, rect: Rect) {
    let response = draw.plain(ui, node, rect, Role::Image, "");
    let name = node.text("name");
    let size = rect.size().min_elem();
    let colour = look.text_colour(draw.theme);
    let (plain, filled) = (Icon::from_name(&name), name.strip_suffix("-fill").and_then(Icon::from_name));
    match (plain, filled) {
        (Some(icon), _) => paint_icon(ui.painter(), rect.center(), icon, size, colour),
        (None, Some(icon)) => {
            paint_icon_face(ui.painter(), rect.center(), icon, IconFace::Fill, size, colour);
        }
        (None, None) if name.is_ascii() => {
            paint_icon(ui.painter(), rect.center(), Icon::Question, size, draw.theme.text.muted);
        }
        (None, None) => {
            let emoji: String = name.chars().take(12).collect();
            let font = fonts::emoji((size * 0.82).max(1.0));
            ui.painter().text(rect.center(), Align2::CENTER_CENTER, emoji, font, Color32::WHITE);
        }
    }
    draw.clicks(ui, node, &response, rect);
}

/// Pictures are not decoded yet: the box says what the picture shows.
fn image(draw: &mut Draw<'_>, ui: &mut Ui, node: &Node, rect: Rect) {
    let theme = draw.theme;
    let response = draw.plain(ui, node, rect, Role::Image, "");
    let round = CornerRadius::same(if node.flag("rounded") { radius::WINDOW } else { radius::SMALL });
    ui.painter().rect(rect, round, theme.control.fill, theme.outline(), StrokeKind::Inside);
    paint_icon(ui.painter(), rect.center() - vec2(0.0, 9.0), Icon::Image, 24.0, theme.text.muted);
    let alt = node.text("alt");
    let alt = if alt.is_empty() { node.text("src") } else { alt };
    let galley =
        single_line(ui, &alt, fonts::regular(type_size::CAPTION), theme.text.muted, rect.width() - 16.0);
    let at = rect.center() + vec2(-galley.size().x / 2.0, 10.0);
    if rect.height() > 56.0 {
        ui.painter().galley(at, galley, theme.text.muted);
    }
    draw.clicks(ui, node, &response, rect);
}

/// A component that this renderer does not know.
pub(super) fn unknown(draw: &mut Draw<'_>, ui: &mut Ui, node: &Node, rect: Rect) {
    let theme = draw.theme;
    let says = format!("Unknown component “{}”", node.kind);
    draw.plain(ui, node, rect, Role::Label, &says);
    ui.painter().rect_filled(rect, CornerRadius::same(radius::SMALL), theme.warning.soft);
    dashed_outline(ui, rect, Stroke::new(1.0, theme.warning.text));
    paint_icon(
        ui.painter(),
        pos2(rect.left() + 18.0, rect.center().y),
        Icon::PuzzlePiece,
        18.0,
        theme.warning.text,
    );
    let galley =
        single_line(ui, &says, fonts::medium(type_size::LABEL), theme.warning.text, rect.width() - 44.0);
    let y = lerp(rect.y_range(), 0.5) - galley.size().y / 2.0;
    ui.painter().galley(pos2(rect.left() + 34.0, y), galley, theme.warning.text);
}
