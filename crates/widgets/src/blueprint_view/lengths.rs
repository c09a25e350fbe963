//! Lengths as apps write them: numbers are points; `"12px"`, `"50%"`, `"1.5rem"`, `"auto"`, `"large"`.

use crate::theme::space;
use serde_json::{Map, Value};
use taffy::prelude::{FromLength, FromPercent, LengthPercentage, TaffyAuto, auto, length, percent};

/// Largest length that layout is given, in points: keeps sums finite.
const MAX_POINTS: f32 = 100_000.0;

/// A length.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Length {
    Points(f32),
    /// 0 to 1 of the parent.
    Part(f32),
    Auto,
}

impl Length {
    /// Reads a length; `None` for what is none.
    pub(super) fn of(value: &Value) -> Option<Length> {
        match value {
            Value::Number(number) => points(number.as_f64()? as f32),
            Value::String(text) => Self::from_text(text.trim()),
            _ => None,
        }
    }

    fn from_text(text: &str) -> Option<Length> {
        let number = |text: &str| text.trim().parse::<f32>().ok().filter(|number| number.is_finite());
        if let Some(part) =
            text.strip_suffix('%').or_else(|| text.strip_suffix("vw")).or_else(|| text.strip_suffix("vh"))
        {
            return Some(Length::Part((number(part)? / 100.0).clamp(-10.0, 10.0)));
        }
        for (unit, size) in [("px", 1.0), ("pt", 1.0), ("rem", 16.0), ("em", 16.0)] {
            if let Some(rest) = text.strip_suffix(unit) {
                return points(number(rest)? * size);
            }
        }
        match text {
            "auto" => Some(Length::Auto),
            "none" => points(0.0),
            "xs" | "tiny" => points(space::XS),
            "small" | "sm" => points(space::S),
            "medium" | "md" | "normal" => points(space::M),
            "large" | "lg" => points(space::L),
            "xl" | "xlarge" => points(space::XL),
            "xxl" => points(space::XXL),
            "full" => Some(Length::Part(1.0)),
            _ => points(number(text)?),
        }
    }

    /// As one of taffy's kinds that may be automatic.
    pub(super) fn or_auto<T: FromLength + FromPercent + TaffyAuto>(self) -> T {
        match self {
            Length::Points(points) => length(points),
            Length::Part(part) => percent(part),
            Length::Auto => auto(),
        }
    }

    /// As a padding or gap, which is never automatic or negative.
    pub(super) fn fixed(self) -> LengthPercentage {
        match self {
            Length::Points(points) => length(points.max(0.0)),
            Length::Part(part) => percent(part.max(0.0)),
            Length::Auto => length(0.0),
        }
    }

    /// Points, where it is that.
    pub(super) fn in_points(self) -> Option<f32> {
        if let Length::Points(points) = self { Some(points) } else { None }
    }
}

fn points(points: f32) -> Option<Length> {
    points.is_finite().then(|| Length::Points(points.clamp(-MAX_POINTS, MAX_POINTS)))
}

/// The lengths of the four sides from a shorthand (`padding`) and the longhands (`paddingTop`, …): top, right,
/// bottom, left.
pub(super) fn sides(style: &Map<String, Value>, name: &str, default: Option<Length>) -> [Option<Length>; 4] {
    let mut sides = [default; 4];
    if let Some(value) = style.get(name) {
        let list: Vec<Option<Length>> = match value {
            Value::String(text) => {
                text.split_whitespace().take(4).map(|part| Length::of(&part.into())).collect()
            }
            Value::Array(items) => items.iter().take(4).map(Length::of).collect(),
            other => vec![Length::of(other)],
        };
        let at = |index: usize| list.get(index).copied().flatten();
        match list.len() {
            0 => {}
            1 => sides = [at(0); 4],
            2 => sides = [at(0), at(1), at(0), at(1)],
            3 => sides = [at(0), at(1), at(2), at(1)],
            _ => sides = [at(0), at(1), at(2), at(3)],
        }
    }
    for (side, suffix) in sides.iter_mut().zip(["Top", "Right", "Bottom", "Left"]) {
        if let Some(length) = style.get(&format!("{name}{suffix}")).and_then(Length::of) {
            *side = Some(length);
        }
    }
    sides
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn reads_lengths() {
        for (value, expected) in [
            (json!(12), Some(Length::Points(12.0))),
            (json!("12"), Some(Length::Points(12.0))),
            (json!("200px"), Some(Length::Points(200.0))),
            (json!("50%"), Some(Length::Part(0.5))),
            (json!("large"), Some(Length::Points(16.0))),
            (json!("auto"), Some(Length::Auto)),
            (json!("1e99"), None),
            (json!("calc(1px)"), None),
            (json!(true), None),
        ] {
            assert_eq!(Length::of(&value), expected, "{value}");
        }
    }

    #[test]
    fn shorthands_spread_over_the_sides() {
        let style = |value: Value| value.as_object().cloned().unwrap_or_default();
        let p = |points| Some(Length::Points(points));
        assert_eq!(
            sides(&style(json!({"padding": "8px 16px"})), "padding", None),
            [p(8.0), p(16.0), p(8.0), p(16.0)]
        );
        assert_eq!(
            sides(&style(json!({"padding": 4, "paddingLeft": 9})), "padding", None),
            [p(4.0), p(4.0), p(4.0), p(9.0)]
        );
        assert_eq!(sides(&style(json!({})), "padding", p(2.0)), [p(2.0); 4]);
    }
}
