//! How large the content of a leaf is. Containers are measured by taffy from their children.

use super::flow::ERROR_LINE;
use super::look::Look;
use super::text;
use crate::controls::{Badge, Button, Checkbox, ControlSize, Radio};
use crate::fonts;
use crate::theme::{Theme, space, type_size};
use blueprint::Node;
use egui::{Color32, Ui, Vec2, vec2};
use serde_json::Value;
use taffy::prelude::{AvailableSpace, Size};

/// Height of the label above a field.
pub(super) const LABEL_LINE: f32 = 21.0;
/// Height of a row of a list of texts; with a second line.
pub(super) const ITEM_ROW: f32 = 32.0;
pub(super) const ITEM_ROW_TALL: f32 = 48.0;

/// Widest an error makes its component, in points; a longer one is cut and shown whole on hover.
const MAX_ERROR_WIDTH: f32 = 360.0;

/// Width in points that an error line wants.
pub(super) fn error_width(ui: &Ui, error: &str) -> f32 {
    let font = fonts::regular(type_size::CAPTION);
    let line = ui.painter().layout_no_wrap(error.to_owned(), font, Color32::PLACEHOLDER).size().x + 20.0;
    line.min(MAX_ERROR_WIDTH).ceil()
}

/// Size in points of a leaf, given what is known already.
pub(super) fn leaf(
    ui: &Ui,
    theme: &Theme,
    node: &Node,
    look: &Look,
    known: Size<Option<f32>>,
    available: Size<AvailableSpace>,
) -> Size<f32> {
    let room = known.width.unwrap_or(match available.width {
        AvailableSpace::Definite(width) => width,
        AvailableSpace::MinContent => 0.0,
        AvailableSpace::MaxContent => f32::INFINITY,
    });
    let mut size =
        content(ui, theme, node, look, room, matches!(available.width, AvailableSpace::MinContent));
    if let Some(error) = &node.error {
        size.y += ERROR_LINE;
        size.x = size.x.max(error_width(ui, error).min(room));
    }
    Size { width: known.width.unwrap_or(size.x.ceil()), height: known.height.unwrap_or(size.y.ceil()) }
}

fn content(ui: &Ui, theme: &Theme, node: &Node, look: &Look, room: f32, least: bool) -> Vec2 {
    let label_line = if node.text("label").is_empty() { 0.0 } else { LABEL_LINE };
    let extra = if node.text("error").is_empty() { 0.0 } else { ERROR_LINE };
    let field = |width: f32, height: f32| vec2(if least { 64.0 } else { width }, height + label_line + extra);
    match node.kind.as_str() {
        "text" => text_size(ui, theme, node, look, room, least),
        "button" => button(node, look, theme).desired_size(ui),
        "input" => field(200.0, space::CONTROL),
        "select" => field(180.0, space::CONTROL),
        "textarea" => {
            let rows = node.number("rows").unwrap_or(4.0).clamp(1.0, 60.0) as f32;
            field(260.0, rows * 18.0 + 16.0)
        }
        "checkbox" => Checkbox::new(&mut false, node.text("label")).desired_size(ui),
        "radio" => Radio::new(false, node.text("label")).desired_size(ui),
        "slider" => field(160.0, space::CONTROL_SMALL),
        "progress" => field(160.0, 8.0),
        "badge" => Badge::new(node.text("text")).desired_size(ui),
        "divider" if node.text("orientation") == "vertical" => vec2(1.0, 16.0),
        "divider" if node.text("label").is_empty() => vec2(1.0, 1.0),
        "divider" => vec2(60.0, 18.0),
        "spacer" => Vec2::ZERO,
        "icon" => Vec2::splat(node.number("size").unwrap_or(18.0).clamp(4.0, 512.0) as f32),
        "image" => vec2(if least { 32.0 } else { 160.0 }, 110.0),
        "list" => items_size(node),
        "container" | "row" | "col" | "grid" | "card" | "tabs" | "modal" | "sidebar" | "main" | "editor"
        | "header" | "footer" | "content" | "section" => Vec2::ZERO,
        _ => vec2(if least { 80.0 } else { 220.0 }, 44.0),
    }
}

fn text_size(ui: &Ui, theme: &Theme, node: &Node, look: &Look, room: f32, least: bool) -> Vec2 {
    let words = text::content(node);
    let (font, _) = text::format(theme, node, look);
    if text::is_shrinking(&words, &font) {
        // Its width must not push the layout about; its height stays that of the full size.
        let galley = fonts::tabular(ui, &words, &font, Color32::PLACEHOLDER);
        return vec2(if least { 0.0 } else { galley.size().x.min(room) }, galley.size().y);
    }
    if words.is_empty() {
        return vec2(0.0, ui.ctx().fonts_mut(|fonts| fonts.row_height(&font)));
    }
    text::layout(ui, theme, node, look, room).size()
}

/// The button that a node describes, without id and state.
pub(super) fn button<'a>(node: &'a Node, look: &Look, theme: &Theme) -> Button<'a> {
    super::button::plain(node, look, theme)
}

/// Size of a control by name.
pub(super) fn control_size(name: &str) -> ControlSize {
    match name {
        "small" => ControlSize::Small,
        "large" => ControlSize::Large,
        _ => ControlSize::Medium,
    }
}

/// Title and second line of an entry of `items`.
pub(super) fn item_texts(item: &Value) -> (String, String) {
    let plain = |value: &Value| match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    };
    match item {
        Value::Object(fields) => {
            let first = |names: &[&str]| {
                names.iter().find_map(|name| fields.get(*name)).map(plain).unwrap_or_default()
            };
            (first(&["title", "label", "text", "name", "value", "id"]), first(&["subtitle", "description"]))
        }
        other => (plain(other), String::new()),
    }
}

/// Entries of a list without children.
pub(super) fn items(node: &Node) -> &[Value] {
    match node.props.get("items") {
        Some(Value::Array(items)) => items,
        _ => &[],
    }
}

/// Height of one row of a list of texts: the same for all, so that a long list needs no measuring.
pub(super) fn item_height(node: &Node) -> f32 {
    let tall = items(node).iter().take(64).any(|item| !item_texts(item).1.is_empty());
    if tall { ITEM_ROW_TALL } else { ITEM_ROW }
}

fn items_size(node: &Node) -> Vec2 {
    let count = items(node).len();
    if count == 0 {
        let empty = if node.text("empty").is_empty() { 0.0 } else { 72.0 };
        return vec2(160.0, empty);
    }
    vec2(160.0, count as f32 * item_height(node))
}

/// Font of labels above fields.
pub(super) fn label_font() -> egui::FontId {
    fonts::medium(type_size::LABEL)
}
