//! Resolved prop values in the one form that renderers read.

use serde_json::{Map, Value};

use crate::components::{ComponentRow, PropKind, PropRow};

/// Other words for the same, as CSS has them.
const WORDS: &[(&str, &str)] = &[
    ("flex-start", "start"),
    ("flex-end", "end"),
    ("space-between", "between"),
    ("space-around", "around"),
    ("space-evenly", "evenly"),
    ("column", "vertical"),
    ("row", "horizontal"),
];

/// Writes a value as its prop wants it: numbers in text as numbers, CSS words as ours.
/// What does not fit is left as it is.
pub(crate) fn normalise(prop: &PropRow, value: Value) -> Value {
    match (prop.kind, &value) {
        (PropKind::Number(..), Value::String(text)) => match text.trim().parse::<f64>() {
            Ok(number) if number.is_finite() => number.into(),
            _ => value,
        },
        (PropKind::Size, Value::String(text)) => {
            let points = text.strip_suffix("px").unwrap_or(text).trim().parse().ok();
            points.filter(|points: &f64| points.is_finite()).map_or(value, Value::from)
        }
        (PropKind::OneOf(words), Value::String(text)) if !words.contains(&text.as_str()) => {
            let same = WORDS.iter().find(|(theirs, ours)| theirs == text && words.contains(ours));
            same.map_or(value, |(_, ours)| (*ours).into())
        }
        (PropKind::Flag, Value::String(text)) if matches!(text.as_str(), "true" | "false") => {
            (text == "true").into()
        }
        _ => value,
    }
}

/// Whether a resolved condition holds: everything but `null`, false, zero, and what is empty.
pub(crate) fn is_truthy(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(truth) => *truth,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(_) => true,
    }
}

/// Fills in the defaults of a type.
pub(crate) fn fill_defaults(row: &ComponentRow, props: &mut Map<String, Value>) {
    for prop in row.props {
        if let Some(default) = prop.default.value() {
            match props.get_mut(prop.name) {
                Some(value) if value.is_null() => *value = default,
                Some(_) => {}
                None => {
                    props.insert(prop.name.to_owned(), default);
                }
            }
        }
    }
}
