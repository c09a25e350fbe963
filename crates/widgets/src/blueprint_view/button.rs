//! Buttons.

use super::draw::{Draw, accessible_name, paint_box};
use super::look::Look;
use super::measure::{self, control_size};
use crate::controls::{Button, ButtonKind, ButtonLook};
use crate::icons::Icon;
use crate::theme::{Background, Theme, alpha, darken, lighten, mix, over, readable_on};
use blueprint::Node;
use egui::{Color32, Rect, Stroke, Ui};
use serde_json::Value;

/// The button of a node without id and state.
pub(super) fn plain<'a>(node: &'a Node, look: &Look, theme: &Theme) -> Button<'a> {
    let icon_name = node.text("icon");
    let icon = Icon::from_name(&icon_name);
    let text = node.text("text");
    // An emoji is text; the name of a symbol is not.
    let text =
        if icon.is_none() && !icon_name.is_empty() { format!("{icon_name} {text}").into() } else { text };
    let button =
        Button::new(text).size(control_size(&node.text("size"))).look(button_look(node, look, theme));
    let button = button.loading(node.flag("loading") || node.pending).name(accessible_name(node));
    match icon {
        Some(icon) => button.with_icon(icon),
        None => button,
    }
}

fn kind(node: &Node) -> ButtonKind {
    match &*node.text("variant") {
        "primary" => ButtonKind::Primary,
        "outline" => ButtonKind::Outline,
        "ghost" => ButtonKind::Ghost,
        "danger" => ButtonKind::Danger,
        _ => ButtonKind::Secondary,
    }
}

/// The look of the variant, with what the app's style changes.
fn button_look(node: &Node, look: &Look, theme: &Theme) -> ButtonLook {
    let size = control_size(&node.text("size"));
    let mut button = ButtonLook::new(theme, kind(node), size);
    if node.text("variant") == "secondary" {
        // One step stronger than the default, as for the function keys of a calculator.
        button.fill = theme.control.hover;
        button.hover = theme.control.pressed;
    }
    button.font = look.font(button.font.size, 500.0);
    if let Some(background) = look.background {
        own_background(&mut button, theme, background);
    }
    if let Some(colour) = look.colour {
        button.text = colour;
    }
    if let Some(border) = look.border {
        button.stroke = border;
    }
    if let Some(corner) = look.corner {
        button.corner = corner;
    }
    button
}

fn own_background(button: &mut ButtonLook, theme: &Theme, background: Background) {
    let ground = match background {
        Background::Solid(colour) => colour,
        Background::Gradient { from, to, .. } => mix(from, to, 0.5),
    };
    let seen = over(ground, theme.surface.window);
    button.text = readable_on(seen);
    button.stroke = Stroke::NONE;
    match background {
        Background::Solid(colour) if colour.a() < 200 => {
            button.text = if ground.a() < 128 { theme.text.primary } else { readable_on(seen) };
            let more = |add: u8| alpha(colour, colour.a().saturating_add(add));
            (button.fill, button.hover, button.pressed) = (colour, more(24), more(52));
        }
        Background::Solid(colour) => {
            (button.fill, button.hover, button.pressed) =
                (colour, lighten(colour, 0.1), darken(colour, 0.14));
        }
        // The gradient lies below; touch is a veil over it.
        Background::Gradient { .. } => {
            button.fill = Color32::TRANSPARENT;
            button.hover = Color32::from_white_alpha(28);
            button.pressed = Color32::from_black_alpha(44);
        }
    }
}

/// Draws the button and sends its click.
pub(super) fn show(draw: &mut Draw<'_>, ui: &mut Ui, node: &Node, look: &Look, rect: Rect) {
    if matches!(look.background, Some(Background::Gradient { .. })) || look.shadow.is_some() {
        let below = Look { border: None, ..look.clone() };
        paint_box(ui, &below, rect, crate::theme::radius::CONTROL);
    }
    let mut rect = rect;
    if let Some(error) = &node.error {
        // The line below may be wider than the button wants to be; the button does not follow it.
        let wanted = plain(node, look, draw.theme).desired_size(ui).x;
        if wanted < rect.width() && rect.width() <= measure::error_width(ui, error) + 1.0 {
            rect.set_width(wanted);
        }
    }
    let held = draw.held.contains_key(&node.id);
    let response = plain(node, look, draw.theme).id(draw.id(node)).held(held).show_at(ui, rect);
    draw.finish(ui, node, &response);
    if response.clicked() {
        draw.emit(node, "click", Value::Null);
    }
}
