//! How a node is painted, from its `style` and props: background, colour, border, font, opacity, shadow.
//!
//! Colour, font and alignment pass on to children, as in CSS. A container with an opaque background of its
//! own gives its children text that can be read on it, also where the app names no colour.

use super::lengths::Length;
use crate::fonts;
use crate::theme::{
    Background, Theme, mix, over, parse_background, parse_colour, parse_text_colour, readable_on, type_size,
};
use blueprint::Node;
use egui::{Align, Color32, FontId, Shadow, Stroke};
use serde_json::Value;

/// What passes from a container to its children.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Inherited {
    pub(super) colour: Option<Color32>,
    pub(super) font_size: Option<f32>,
    pub(super) weight: Option<f32>,
    pub(super) mono: bool,
    pub(super) align: Option<Align>,
}

/// How one node is painted.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Look {
    pub(super) background: Option<Background>,
    /// Set by the node itself.
    pub(super) colour: Option<Color32>,
    pub(super) border: Option<Stroke>,
    pub(super) corner: Option<u8>,
    pub(super) shadow: Option<Shadow>,
    pub(super) opacity: f32,
    pub(super) nowrap: bool,
    /// What came from the parent.
    pub(super) inherited: Inherited,
    /// For text of the node and of its children.
    pub(super) text: Inherited,
}

impl Look {
    pub(super) fn new(theme: &Theme, node: &Node, parent: &Inherited) -> Self {
        let style = |name: &str| node.style.get(name);
        let colour_of = |value: Option<&Value>| parse_text_colour(theme, value?.as_str()?);
        let background = ["background", "backgroundColor"]
            .into_iter()
            .find_map(|name| parse_background(theme, style(name)?.as_str()?));
        let prop_colour = node.props.get("color").filter(|_| !matches!(node.kind.as_str(), "button"));
        let colour = colour_of(style("color")).or_else(|| colour_of(prop_colour));
        let points = |name: &str| style(name).and_then(Length::of).and_then(Length::in_points);
        let mut text = parent.clone();
        if let Some(ground) = background.and_then(opaque) {
            text.colour = Some(readable_on(ground));
        }
        text.colour = colour.or(text.colour);
        text.font_size = points("fontSize").map(|size| size.clamp(6.0, 200.0)).or(text.font_size);
        text.weight = style("fontWeight")
            .and_then(weight)
            .or_else(|| node.props.get("weight").and_then(weight))
            .or(text.weight);
        text.mono |=
            style("fontFamily").and_then(Value::as_str).is_some_and(|family| family.contains("mono"));
        let align = style("textAlign").or_else(|| node.props.get("align").filter(|_| node.kind == "text"));
        text.align = align.and_then(Value::as_str).and_then(alignment).or(text.align);
        Look {
            background,
            colour,
            border: border(theme, node),
            corner: points("borderRadius").map(|radius| radius.clamp(0.0, 255.0) as u8),
            shadow: style("boxShadow").and_then(|value| shadow(theme, value)),
            opacity: style("opacity")
                .and_then(Value::as_f64)
                .map_or(1.0, |opacity| opacity.clamp(0.0, 1.0) as f32),
            nowrap: style("whiteSpace").and_then(Value::as_str) == Some("nowrap"),
            inherited: parent.clone(),
            text,
        }
    }

    /// Colour of ordinary text.
    pub(super) fn text_colour(&self, theme: &Theme) -> Color32 {
        self.text.colour.unwrap_or(theme.text.primary)
    }

    /// A font for text of this node, with a default size and weight.
    pub(super) fn font(&self, default_size: f32, default_weight: f32) -> FontId {
        let size = self.text.font_size.unwrap_or(default_size);
        let weight = self.text.weight.unwrap_or(default_weight);
        match self.text.mono {
            true if weight >= 600.0 => fonts::mono_bold(size),
            true => fonts::mono(size),
            false => fonts::weight(weight, size),
        }
    }
}

/// The colour that text has to be read on, where a background hides what is below.
fn opaque(background: Background) -> Option<Color32> {
    let colour = match background {
        Background::Solid(colour) => colour,
        Background::Gradient { from, to, .. } => mix(from, to, 0.5),
    };
    (colour.a() >= 200).then(|| over(colour, Color32::from_gray(if colour.r() > 127 { 255 } else { 0 })))
}

fn weight(value: &Value) -> Option<f32> {
    match value {
        Value::Number(number) => number.as_f64().map(|weight| weight.clamp(100.0, 900.0) as f32),
        Value::String(text) => match text.as_str() {
            "normal" | "regular" => Some(400.0),
            "medium" => Some(500.0),
            "semibold" => Some(600.0),
            "bold" | "bolder" => Some(700.0),
            other => other.parse().ok().filter(|weight: &f32| weight.is_finite()),
        },
        _ => None,
    }
}

fn alignment(text: &str) -> Option<Align> {
    match text {
        "left" | "start" => Some(Align::Min),
        "center" => Some(Align::Center),
        "right" | "end" => Some(Align::Max),
        _ => None,
    }
}

/// `border: "1px solid #fff"`, a number, or the longhands `borderWidth` and `borderColor`.
fn border(theme: &Theme, node: &Node) -> Option<Stroke> {
    let mut width = None;
    let mut colour = None;
    match node.style.get("border") {
        Some(Value::String(text)) if text == "none" => return None,
        Some(Value::String(text)) => {
            for part in split_outside_parentheses(text) {
                match Length::of(&Value::from(part)) {
                    Some(Length::Points(points)) => width = Some(points),
                    _ if part == "solid" || part == "dashed" || part == "dotted" => {}
                    _ => colour = parse_colour(theme, part).or(colour),
                }
            }
            width = width.or(Some(1.0));
        }
        Some(value) => width = Length::of(value).and_then(Length::in_points),
        None => {}
    }
    let long = node.style.get("borderWidth").and_then(Length::of).and_then(Length::in_points);
    width = long.or(width);
    if let Some(named) =
        node.style.get("borderColor").and_then(Value::as_str).and_then(|text| parse_colour(theme, text))
    {
        colour = Some(named);
        width = width.or(Some(1.0));
    }
    let width = width?.clamp(0.0, 32.0);
    (width > 0.0).then(|| Stroke::new(width, colour.unwrap_or(theme.surface.outline)))
}

/// `boxShadow`: `"0 4px 12px rgba(0,0,0,0.3)"`, a size name, or true.
fn shadow(theme: &Theme, value: &Value) -> Option<Shadow> {
    let text = match value {
        Value::Bool(true) => return Some(theme.shadow.tile),
        Value::String(text) => text.trim(),
        _ => return None,
    };
    match text {
        "none" | "" => return None,
        "small" | "sm" => return Some(theme.shadow.tile),
        "medium" | "md" | "large" | "lg" => return Some(theme.shadow.popup),
        _ => {}
    }
    let (mut lengths, mut colour) = (Vec::new(), None);
    for part in split_outside_parentheses(text) {
        match Length::of(&Value::from(part)) {
            Some(Length::Points(points)) => lengths.push(points),
            _ => colour = parse_colour(theme, part).or(colour),
        }
    }
    let at = |index: usize| lengths.get(index).copied().unwrap_or(0.0);
    (lengths.len() >= 2).then(|| Shadow {
        offset: [at(0).clamp(-64.0, 64.0) as i8, at(1).clamp(-64.0, 64.0) as i8],
        blur: at(2).clamp(0.0, 64.0) as u8,
        spread: at(3).clamp(0.0, 64.0) as u8,
        color: colour.unwrap_or(theme.shadow.tile.color),
    })
}

/// Words of a CSS value; a function with its arguments is one word.
fn split_outside_parentheses(text: &str) -> Vec<&str> {
    let (mut words, mut depth, mut start) = (Vec::new(), 0_usize, None);
    for (at, ch) in text.char_indices() {
        match ch {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if ch.is_whitespace() && depth == 0 {
            if let Some(start) = start.take() {
                words.push(&text[start..at]);
            }
        } else if start.is_none() {
            start = Some(at);
        }
    }
    if let Some(start) = start {
        words.push(&text[start..]);
    }
    words
}

/// Size and weight of the variants of a text.
pub(super) fn variant_font(variant: &str) -> (f32, f32) {
    match variant {
        "h1" => (type_size::H1, 600.0),
        "h2" => (type_size::H2, 600.0),
        "h3" => (type_size::H3, 600.0),
        "caption" => (type_size::CAPTION, 400.0),
        "label" => (type_size::LABEL, 500.0),
        _ => (type_size::BODY, 400.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Appearance;
    use serde_json::json;

    fn look(style: Value) -> Look {
        let node = Node {
            kind: "card".into(),
            style: style.as_object().cloned().unwrap_or_default(),
            ..Node::default()
        };
        Look::new(&Theme::new(&Appearance::default()), &node, &Inherited::default())
    }

    #[test]
    fn css_is_read_and_nonsense_ignored() {
        let read = look(json!({
            "border": "2px solid rgba(255, 0, 0, 1)", "borderRadius": 14, "opacity": 0.5,
            "boxShadow": "0 4px 12px rgba(0,0,0,0.3)", "fontWeight": "bold", "textAlign": "right"
        }));
        assert_eq!(read.border, Some(Stroke::new(2.0, Color32::from_rgb(255, 0, 0))));
        assert_eq!((read.corner, read.opacity), (Some(14), 0.5));
        assert_eq!(read.shadow.map(|shadow| (shadow.offset, shadow.blur)), Some(([0, 4], 12)));
        assert_eq!((read.text.weight, read.text.align), (Some(700.0), Some(Align::Max)));
        let odd = look(
            json!({"border": {}, "opacity": "x", "boxShadow": "wide", "borderRadius": [], "fontSize": "big"}),
        );
        assert_eq!((odd.border, odd.opacity, odd.shadow, odd.corner), (None, 1.0, None, None));
    }

    #[test]
    fn text_on_an_own_background_can_be_read() {
        assert_eq!(look(json!({"background": "#ffffff"})).text.colour.map(|c| c.r() < 64), Some(true));
        assert_eq!(look(json!({"background": "#102030"})).text.colour, Some(Color32::WHITE));
        assert_eq!(look(json!({"background": "rgba(255,255,255,0.1)"})).text.colour, None);
    }
}
