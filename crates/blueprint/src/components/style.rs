//! `style`: the subset of CSS that a renderer knows, under its camelCase names.

use serde_json::{Map, Value};

/// Every property that is kept; others are reported once and dropped.
pub const STYLE_PROPERTIES: &[&str] = &[
    "width",
    "height",
    "minWidth",
    "minHeight",
    "maxWidth",
    "maxHeight",
    "flex",
    "flexGrow",
    "flexShrink",
    "flexBasis",
    "flexDirection",
    "flexWrap",
    "alignItems",
    "alignSelf",
    "justifyContent",
    "gap",
    "rowGap",
    "columnGap",
    "display",
    "gridTemplateColumns",
    "gridColumn",
    "gridRow",
    "padding",
    "paddingTop",
    "paddingRight",
    "paddingBottom",
    "paddingLeft",
    "margin",
    "marginTop",
    "marginRight",
    "marginBottom",
    "marginLeft",
    "color",
    "background",
    "backgroundColor",
    "border",
    "borderColor",
    "borderWidth",
    "borderRadius",
    "fontSize",
    "fontWeight",
    "fontFamily",
    "lineHeight",
    "letterSpacing",
    "textAlign",
    "opacity",
    "boxShadow",
    "overflow",
    "aspectRatio",
    "position",
    "whiteSpace",
];

/// `font-size` and `fontSize` are the same.
pub(crate) fn property_name(name: &str) -> String {
    let mut camel = String::with_capacity(name.len());
    let mut upper = false;
    for character in name.chars() {
        match character {
            '-' => upper = true,
            other if upper => {
                camel.extend(other.to_uppercase());
                upper = false;
            }
            other => camel.push(other),
        }
    }
    camel
}

/// Puts a value under its name: `"12px"` becomes 12, numbers in text become numbers, and padding and
/// margin of two to four values are spread over the sides.
pub(crate) fn expand(name: &str, value: Value, style: &mut Map<String, Value>) {
    let Value::String(text) = value else {
        style.insert(name.to_owned(), value);
        return;
    };
    let lengths: Vec<Option<f64>> = text.split_whitespace().map(points).collect();
    if matches!(name, "padding" | "margin")
        && (2..=4).contains(&lengths.len())
        && let Some(lengths) = lengths.iter().copied().collect::<Option<Vec<f64>>>()
    {
        let [top, right] = [lengths[0], lengths[1]];
        let bottom = lengths.get(2).copied().unwrap_or(top);
        let left = lengths.get(3).copied().unwrap_or(right);
        for (side, points) in [("Top", top), ("Right", right), ("Bottom", bottom), ("Left", left)] {
            style.insert(format!("{name}{side}"), points.into());
        }
        return;
    }
    let single = if let [single] = lengths.as_slice() { *single } else { None };
    style.insert(name.to_owned(), single.map_or(Value::String(text), Value::from));
}

fn points(text: &str) -> Option<f64> {
    text.strip_suffix("px").unwrap_or(text).parse::<f64>().ok().filter(|points| points.is_finite())
}
