//! From a node to the style that `taffy` lays it out with: flexbox and grid as in CSS, with the defaults of
//! each component.

use super::grid::{columns, placement};
use super::lengths::{Length, sides};
use crate::controls::Tabs;
use crate::theme::space;
use blueprint::Node;
use serde_json::Value;
use taffy::prelude::{
    AlignContent, AlignItems, Display, FlexDirection, FlexWrap, Position, Rect, Size, Style, auto, length,
    zero,
};
use taffy::style::Overflow;

/// Height in points of the line below a component that shows its error.
pub(super) const ERROR_LINE: f32 = 20.0;

/// Height in points of the title of a card, and of its footer.
pub(super) const CARD_HEAD: f32 = 28.0;
const CARD_FOOT: f32 = 26.0;

/// How a container places its children.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flow {
    Column,
    Row,
    Grid,
}

impl Flow {
    /// The flow of a container; `None` for a leaf.
    pub(super) fn of(node: &Node) -> Option<Flow> {
        let default = match node.kind.as_str() {
            "row" | "header" | "footer" => Flow::Row,
            "grid" => Flow::Grid,
            "container" | "col" | "card" | "list" | "tabs" | "modal" | "sidebar" | "main" | "editor"
            | "content" | "section" => Flow::Column,
            _ => return None,
        };
        if node.style.get("display").and_then(Value::as_str) == Some("grid") {
            return Some(Flow::Grid);
        }
        let named = |value: &Value| match value.as_str()? {
            "horizontal" | "row" => Some(Flow::Row),
            "vertical" | "column" => Some(Flow::Column),
            _ => None,
        };
        let asked = node
            .style
            .get("flexDirection")
            .and_then(named)
            .or_else(|| node.props.get("layout").and_then(named));
        Some(if default == Flow::Grid { default } else { asked.unwrap_or(default) })
    }
}

/// Whether content that does not fit can be scrolled.
pub(super) fn scrolls(node: &Node) -> bool {
    let asked = node.style.get("overflow").and_then(Value::as_str);
    match asked {
        Some("auto" | "scroll") => true,
        Some(_) => false,
        None => {
            let bounded =
                ["height", "maxHeight", "flex", "flexGrow"].iter().any(|name| node.style.contains_key(*name));
            match node.kind.as_str() {
                "list" => bounded,
                "sidebar" | "main" | "content" => true,
                _ => false,
            }
        }
    }
}

/// What a child needs to know of its parent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Parent {
    pub(super) flow: Flow,
    /// Whether children fill the parent across its direction unless they say otherwise.
    pub(super) stretches: bool,
}

/// The taffy style of a node inside its parent.
pub(super) fn style_of(node: &Node, parent: Option<Parent>) -> Style {
    if !node.visible {
        return Style { display: Display::None, ..Style::default() };
    }
    let mut style =
        Style { display: Display::Flex, flex_direction: FlexDirection::Column, ..Style::default() };
    sizes(node, &mut style);
    if let Some(flow) = Flow::of(node) {
        inside(node, flow, &mut style);
    }
    as_child(node, parent, &mut style);
    style
}

fn length_of(node: &Node, name: &str) -> Option<Length> {
    node.style.get(name).and_then(Length::of)
}

fn sizes(node: &Node, style: &mut Style) {
    let size = |name: &str| length_of(node, name);
    style.size = Size {
        width: size("width").map_or(auto(), Length::or_auto),
        height: size("height").map_or(auto(), Length::or_auto),
    };
    style.min_size = Size {
        width: size("minWidth").map_or(auto(), Length::or_auto),
        height: size("minHeight").map_or(auto(), Length::or_auto),
    };
    style.max_size = Size {
        width: size("maxWidth").map_or(auto(), Length::or_auto),
        height: size("maxHeight").map_or(auto(), Length::or_auto),
    };
    style.aspect_ratio = node.style.get("aspectRatio").and_then(ratio);
    let [top, right, bottom, left] = sides(&node.style, "margin", Some(Length::Points(0.0)));
    let margin = |side: Option<Length>| side.map_or(length(0.0), Length::or_auto);
    style.margin =
        Rect { top: margin(top), right: margin(right), bottom: margin(bottom), left: margin(left) };
}

fn ratio(value: &Value) -> Option<f32> {
    let ratio = match value {
        Value::Number(number) => number.as_f64()? as f32,
        Value::String(text) => match text.split_once('/') {
            Some((w, h)) => w.trim().parse::<f32>().ok()? / h.trim().parse::<f32>().ok()?,
            None => text.trim().parse().ok()?,
        },
        _ => return None,
    };
    (ratio.is_finite() && ratio > 0.0).then_some(ratio)
}

/// Gap, padding and alignment of a container.
fn inside(node: &Node, flow: Flow, style: &mut Style) {
    let kind = node.kind.as_str();
    let (gap, padding) = match kind {
        "card" => (space::S, space::L),
        "modal" => (space::M, space::XL),
        "sidebar" => (space::XS, space::S),
        "header" | "footer" => (space::S, space::S),
        "main" | "content" | "editor" => (space::M, space::L),
        "list" => (0.0, 0.0),
        _ => (space::S, 0.0),
    };
    let gap = node.props.get("gap").and_then(Length::of).unwrap_or(Length::Points(gap));
    let gap = length_of(node, "gap").unwrap_or(gap);
    style.gap = Size {
        width: length_of(node, "columnGap").unwrap_or(gap).fixed(),
        height: length_of(node, "rowGap").unwrap_or(gap).fixed(),
    };
    let padding = node.props.get("padding").and_then(Length::of).unwrap_or(Length::Points(padding));
    style.padding = padding_of(node, padding);
    if scrolls(node) {
        style.overflow.y = Overflow::Scroll;
    } else if node.style.get("overflow").and_then(Value::as_str) == Some("hidden") {
        style.overflow = taffy::geometry::Point { x: Overflow::Hidden, y: Overflow::Hidden };
    }
    let text = |style_name: &str, prop: &str| {
        node.style.get(style_name).or_else(|| node.props.get(prop)).and_then(Value::as_str).unwrap_or("")
    };
    style.align_items = align(text("alignItems", "align")).unwrap_or(match kind {
        "header" | "footer" => AlignItems::CENTER,
        _ => AlignItems::STRETCH,
    });
    style.justify_content = justify(text("justifyContent", "justify")).unwrap_or(AlignContent::NORMAL);
    match flow {
        Flow::Column => style.flex_direction = FlexDirection::Column,
        Flow::Row => style.flex_direction = FlexDirection::Row,
        Flow::Grid => {
            style.display = Display::Grid;
            style.grid_template_columns = columns(node);
            // Automatic rows share what height is left, but never fall below their content.
        }
    }
    if node.flag("wrap") || node.style.get("flexWrap").and_then(Value::as_str) == Some("wrap") {
        style.flex_wrap = FlexWrap::Wrap;
    }
}

/// Padding, with room for what the renderer itself draws inside the box.
fn padding_of(node: &Node, default: Length) -> Rect<taffy::prelude::LengthPercentage> {
    let [top, right, bottom, left] = sides(&node.style, "padding", Some(default));
    let side = |side: Option<Length>, extra: f32| match side {
        Some(Length::Points(points)) => length(points.max(0.0) + extra),
        Some(other) if extra == 0.0 => other.fixed(),
        _ => length(extra),
    };
    let (mut head, mut foot) = (0.0, 0.0);
    match node.kind.as_str() {
        "card" => {
            head = if node.text("title").is_empty() { 0.0 } else { CARD_HEAD };
            foot = if node.text("footer").is_empty() { 0.0 } else { CARD_FOOT };
        }
        "tabs" => head = Tabs::HEIGHT + space::M,
        "modal" => head = 34.0,
        _ => {}
    }
    if node.error.is_some() {
        foot += ERROR_LINE;
    }
    Rect { top: side(top, head), right: side(right, 0.0), bottom: side(bottom, foot), left: side(left, 0.0) }
}

/// How it sits in its parent.
fn as_child(node: &Node, parent: Option<Parent>, style: &mut Style) {
    let number =
        |name: &str| node.style.get(name).and_then(Value::as_f64).filter(|number| number.is_finite());
    let kind = node.kind.as_str();
    let controls = matches!(kind, "button" | "badge" | "checkbox" | "radio" | "icon");
    let fields = matches!(kind, "input" | "select" | "slider" | "progress" | "textarea");
    let sized = |name: &str| node.style.contains_key(name);
    let flexes = sized("flex") || sized("flexGrow");
    // A control fills its parent only where it is told to: a wide window must not make wide buttons.
    let stretched = parent.is_some_and(|parent| parent.stretches);
    match parent.map(|parent| parent.flow) {
        Some(Flow::Row) => {
            if stretched
                && !flexes
                && !sized("height")
                && (controls || fields || kind == "text")
                && kind != "textarea"
            {
                style.align_self = Some(AlignItems::CENTER);
            }
            if fields && !sized("width") {
                style.flex_grow = 1.0;
            }
            if controls {
                style.flex_shrink = 0.0;
            }
            if node.flag("fullWidth") {
                style.flex_grow = 1.0;
            }
        }
        Some(Flow::Column)
            if stretched && controls && !node.flag("fullWidth") && !sized("width") && !flexes =>
        {
            style.align_self = Some(AlignItems::START);
        }
        _ => {}
    }
    if matches!(kind, "main" | "content" | "editor") {
        (style.flex_grow, style.flex_shrink, style.flex_basis) = (1.0, 1.0, zero());
    }
    if kind == "sidebar" && !sized("width") {
        style.size.width = length(196.0);
        style.flex_shrink = 0.0;
    }
    if kind == "spacer" {
        match node.number("size") {
            Some(size) => style.flex_basis = length((size as f32).clamp(0.0, 10_000.0)),
            None => style.flex_grow = 1.0,
        }
    }
    flex_shorthand(node, style);
    if let Some(grow) = number("flexGrow") {
        style.flex_grow = (grow as f32).max(0.0);
    }
    if let Some(shrink) = number("flexShrink") {
        style.flex_shrink = (shrink as f32).max(0.0);
    }
    if let Some(basis) = length_of(node, "flexBasis") {
        style.flex_basis = basis.or_auto();
    }
    if let Some(name) = node.style.get("alignSelf").and_then(Value::as_str) {
        style.align_self = align(name);
    }
    style.grid_column = placement(node, "gridColumn");
    style.grid_row = placement(node, "gridRow");
    if node.style.get("position").and_then(Value::as_str) == Some("absolute") {
        style.position = Position::Absolute;
    }
}

/// `flex: 1`, `"1 1 auto"`, `"none"`.
fn flex_shorthand(node: &Node, style: &mut Style) {
    match node.style.get("flex") {
        Some(Value::Number(number)) => {
            let grow = number.as_f64().unwrap_or(0.0).max(0.0) as f32;
            (style.flex_grow, style.flex_shrink, style.flex_basis) = (grow, 1.0, zero());
        }
        Some(Value::String(text)) => match text.trim() {
            "none" => (style.flex_grow, style.flex_shrink) = (0.0, 0.0),
            "auto" => (style.flex_grow, style.flex_shrink, style.flex_basis) = (1.0, 1.0, auto()),
            words => {
                let words: Vec<&str> = words.split_whitespace().collect();
                let number = |at: usize| {
                    words.get(at).and_then(|word| word.parse::<f32>().ok()).filter(|n| n.is_finite())
                };
                if let Some(grow) = number(0) {
                    style.flex_grow = grow.max(0.0);
                    style.flex_shrink = number(1).unwrap_or(1.0).max(0.0);
                    let basis = words.get(2).and_then(|word| Length::of(&Value::from(*word)));
                    style.flex_basis = basis.map_or(zero(), Length::or_auto);
                }
            }
        },
        _ => {}
    }
}

fn align(name: &str) -> Option<AlignItems> {
    Some(match name {
        "start" | "flex-start" | "left" | "top" => AlignItems::START,
        "center" => AlignItems::CENTER,
        "end" | "flex-end" | "right" | "bottom" => AlignItems::END,
        "stretch" => AlignItems::STRETCH,
        "baseline" => AlignItems::BASELINE,
        _ => return None,
    })
}

fn justify(name: &str) -> Option<AlignContent> {
    Some(match name {
        "start" | "flex-start" | "left" => AlignContent::START,
        "center" => AlignContent::CENTER,
        "end" | "flex-end" | "right" => AlignContent::END,
        "between" | "space-between" => AlignContent::SPACE_BETWEEN,
        "around" | "space-around" => AlignContent::SPACE_AROUND,
        "evenly" | "space-evenly" => AlignContent::SPACE_EVENLY,
        "stretch" => AlignContent::STRETCH,
        _ => return None,
    })
}
