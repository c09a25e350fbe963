//! The closed set of pure functions, as one table: parser, evaluator and reference read it.

use std::borrow::Cow;

use serde_json::Value;

use super::MAX_OUTPUT;
use super::evaluate::{Fuel, kind_of, limited_text, number_value};

type Arguments<'a, 'b> = &'a [Cow<'b, Value>];

/// One function.
pub struct FunctionRow {
    /// Name, as called: `f(x)` or `x.f()`.
    pub name: &'static str,
    /// How it is called.
    pub usage: &'static str,
    /// Fewest arguments.
    pub min: usize,
    /// Most arguments.
    pub max: usize,
    /// Argument names for `{"$call": …, "args": {…}}`, in order.
    pub arguments: &'static [&'static str],
    pub(crate) run: fn(Arguments, &mut Fuel) -> Result<Value, String>,
}

impl std::fmt::Debug for FunctionRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.usage)
    }
}

impl FunctionRow {
    /// What is wrong with this number of arguments, if anything.
    pub(crate) fn arity_problem(&self, count: usize) -> Option<String> {
        if (self.min..=self.max).contains(&count) {
            return None;
        }
        let expected = match (self.min, self.max) {
            (1, 1) => "one argument".to_owned(),
            (min, max) if min == max => format!("{min} arguments"),
            (min, max) if max > 10 => format!("at least {min} arguments"),
            (min, max) => format!("{min} to {max} arguments"),
        };
        Some(format!("`{}` takes {expected}, not {count}", self.name))
    }
}

/// The function of this name.
pub(crate) fn function(name: &str) -> Option<&'static FunctionRow> {
    FUNCTIONS.iter().find(|row| row.name == name)
}

macro_rules! functions {
    ($($name:literal, $usage:literal, $min:literal..=$max:literal, [$($argument:literal),*], $run:expr;)*) => {
        /// Every function.
        pub static FUNCTIONS: &[FunctionRow] = &[
            $(FunctionRow {
                name: $name, usage: $usage, min: $min, max: $max, arguments: &[$($argument),*], run: $run,
            },)*
        ];
    };
}

functions! {
    "size", "size(x): characters of a text, items of a list, members of an object", 1..=1, ["value"], |a, _| Ok(match a[0].as_ref() {
        Value::String(text) => text.chars().count().into(),
        Value::Array(items) => items.len().into(),
        Value::Object(members) => members.len().into(),
        Value::Null => 0.into(),
        other => return Err(format!("{} has no size", kind_of(other))),
    });
    "upper", "upper(text)", 1..=1, ["text"], |a, _| limited_text(text_of(&a[0]).to_uppercase());
    "lower", "lower(text)", 1..=1, ["text"], |a, _| limited_text(text_of(&a[0]).to_lowercase());
    "trim", "trim(text)", 1..=1, ["text"], |a, _| Ok(text_of(&a[0]).trim().into());
    "contains", "text.contains(part), list.contains(item)", 2..=2, ["text", "part"], |a, fuel| Ok(match a[0].as_ref() {
        Value::Array(items) => {
            fuel.burn(items.len())?;
            items.iter().any(|item| super::evaluate::equal(item, &a[1])).into()
        }
        other => {
            let text = text_of(other);
            fuel.burn(text.len() / 64)?;
            text.contains(text_of(&a[1]).as_ref()).into()
        }
    });
    "startsWith", "text.startsWith(part)", 2..=2, ["text", "part"], |a, _| Ok(text_of(&a[0]).starts_with(text_of(&a[1]).as_ref()).into());
    "endsWith", "text.endsWith(part)", 2..=2, ["text", "part"], |a, _| Ok(text_of(&a[0]).ends_with(text_of(&a[1]).as_ref()).into());
    "split", "text.split(separator)", 2..=2, ["text", "separator"], |a, fuel| {
        let (text, separator) = (text_of(&a[0]), text_of(&a[1]));
        fuel.burn(text.len() / 8)?;
        let parts: Vec<Value> = if separator.is_empty() {
            text.chars().map(|c| c.to_string().into()).collect()
        } else {
            text.split(separator.as_ref()).map(Value::from).collect()
        };
        Ok(parts.into())
    };
    "join", "list.join(separator)", 1..=2, ["list", "separator"], |a, fuel| {
        let Value::Array(items) = a[0].as_ref() else { return Err("`join` needs a list".to_owned()) };
        let separator = a.get(1).map_or(Cow::Borrowed(""), |value| text_of(value));
        let mut text = String::new();
        for (index, item) in items.iter().enumerate() {
            if index > 0 {
                text.push_str(&separator);
            }
            text.push_str(&text_of(item));
            fuel.burn(1)?;
            if text.len() > MAX_OUTPUT {
                break;
            }
        }
        limited_text(text)
    };
    "replace", "text.replace(part, with)", 3..=3, ["text", "part", "with"], |a, fuel| {
        let (text, part, with) = (text_of(&a[0]), text_of(&a[1]), text_of(&a[2]));
        fuel.burn(text.len() / 16)?;
        let times = if part.is_empty() { text.chars().count() + 1 } else { text.matches(part.as_ref()).count() };
        if text.len() + times.saturating_mul(with.len()) > MAX_OUTPUT {
            return Err("The text is too long".to_owned());
        }
        limited_text(text.replace(part.as_ref(), with.as_ref()))
    };
    "substring", "text.substring(from, to): characters", 2..=3, ["text", "from", "to"], |a, _| {
        let from = position(&a[1])?;
        let to = a.get(2).map_or(Ok(usize::MAX), |value| position(value))?;
        Ok(text_of(&a[0]).chars().skip(from).take(to.saturating_sub(from)).collect::<String>().into())
    };
    "round", "round(x), round(x, decimals): halves away from zero", 1..=2, ["value", "decimals"], |a, _| {
        let decimals = a.get(1).map_or(Ok(0.0), |value| number(value))?.clamp(0.0, 15.0);
        let exact = math::Number::from_decimal_float(number(&a[0])?).map_err(|error| error.to_string())?;
        let scale = math::Number::integer(10_i64.pow(decimals as u32));
        let scaled = exact.multiply(scale).and_then(|value| math::call("round", &[value], math::Angle::Radians));
        let rounded = scaled.and_then(|value| value.divide(scale)).map_err(|error| error.to_string())?;
        number_value(rounded.to_f64())
    };
    "floor", "floor(x)", 1..=1, ["value"], |a, _| number_value(number(&a[0])?.floor());
    "ceil", "ceil(x)", 1..=1, ["value"], |a, _| number_value(number(&a[0])?.ceil());
    "abs", "abs(x)", 1..=1, ["value"], |a, _| number_value(number(&a[0])?.abs());
    "min", "min(a, b, …) or min(list)", 1..=64, ["values"], |a, fuel| extreme(a, fuel, f64::min);
    "max", "max(a, b, …) or max(list)", 1..=64, ["values"], |a, fuel| extreme(a, fuel, f64::max);
    "sum", "sum(list)", 1..=1, ["values"], |a, fuel| {
        let numbers = numbers(a, fuel)?;
        number_value(numbers.iter().sum())
    };
    "formatNumber", "formatNumber(x), formatNumber(x, decimals): thousands grouped", 1..=2, ["value", "decimals"], |a, _| {
        let value = number(&a[0])?;
        let text = match a.get(1) {
            Some(decimals) => format!("{value:.*}", position(decimals)?.min(15)),
            None => plain_number(value),
        };
        Ok(group_digits(&text).into())
    };
    "groupDigits", "groupDigits(text): thousands grouped in every number of a text", 1..=1, ["text"], |a, fuel| {
        let text = text_of(&a[0]);
        fuel.burn(text.len() / 8)?;
        Ok(group_digits(&text).into())
    };
    "string", "string(x)", 1..=1, ["value"], |a, _| Ok(text_of(&a[0]).into());
    "double", "double(x): number of a text", 1..=1, ["value"], |a, _| number_value(parsed(&a[0])?);
    "int", "int(x): without the fraction", 1..=1, ["value"], |a, _| number_value(parsed(&a[0])?.trunc());
    "first", "first(list)", 1..=1, ["list"], |a, _| Ok(items(&a[0]).first().cloned().unwrap_or_default());
    "last", "last(list)", 1..=1, ["list"], |a, _| Ok(items(&a[0]).last().cloned().unwrap_or_default());
    "keys", "keys(object)", 1..=1, ["object"], |a, fuel| {
        let Value::Object(members) = a[0].as_ref() else { return Ok(Value::Array(Vec::new())) };
        fuel.burn(members.len())?;
        Ok(members.keys().map(|key| Value::from(key.as_str())).collect::<Vec<_>>().into())
    };
    "default", "default(x, otherwise): otherwise where x is null or empty text", 2..=2, ["value", "otherwise"], |a, _| {
        let absent = a[0].is_null() || a[0].as_str() == Some("");
        Ok(if absent { a[1].as_ref() } else { a[0].as_ref() }.clone())
    };
}

/// A value as people read it: texts bare, nothing for null, JSON for lists and objects.
pub(crate) fn text_of(value: &Value) -> Cow<'_, str> {
    match value {
        Value::String(text) => text.as_str().into(),
        Value::Null => "".into(),
        Value::Number(number) if number.is_f64() => plain_number(number.as_f64().unwrap_or(0.0)).into(),
        other => other.to_string().into(),
    }
}

/// Up to 15 significant digits, which hides binary noise: 0.1 + 0.2 reads 0.3.
fn plain_number(value: f64) -> String {
    math::Number::from_decimal_float(value).map_or_else(|_| value.to_string(), |number| number.to_text(15))
}

fn number(value: &Value) -> Result<f64, String> {
    value.as_f64().ok_or_else(|| format!("Expected a number, found {}", kind_of(value)))
}

fn parsed(value: &Value) -> Result<f64, String> {
    match value {
        Value::String(text) => {
            let number = text.trim().parse::<f64>().ok().filter(|number| number.is_finite());
            number.ok_or_else(|| format!("“{}” is no number", text.chars().take(40).collect::<String>()))
        }
        Value::Bool(truth) => Ok(f64::from(u8::from(*truth))),
        other => number(other),
    }
}

fn position(value: &Value) -> Result<usize, String> {
    let value = number(value)?;
    Ok(if value <= 0.0 { 0 } else { value.min(1e9) as usize })
}

fn items(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn numbers(arguments: Arguments, fuel: &mut Fuel) -> Result<Vec<f64>, String> {
    match arguments {
        [list] if list.is_array() => {
            fuel.burn(items(list).len())?;
            items(list).iter().map(number).collect()
        }
        several => several.iter().map(|value| number(value)).collect(),
    }
}

fn extreme(arguments: Arguments, fuel: &mut Fuel, pick: fn(f64, f64) -> f64) -> Result<Value, String> {
    let numbers = numbers(arguments, fuel)?;
    numbers.into_iter().reduce(pick).map_or(Ok(Value::Null), number_value)
}

/// Puts a comma between thousands in the whole part of every number; fractions, exponents and
/// everything else stay.
fn group_digits(text: &str) -> String {
    let mut grouped = String::with_capacity(text.len() + text.len() / 3);
    let mut rest = text;
    while !rest.is_empty() {
        let len = rest.bytes().take_while(u8::is_ascii_digit).count();
        if len == 0 {
            let other = rest.find(|c: char| c.is_ascii_digit()).unwrap_or(rest.len());
            grouped.push_str(&rest[..other]);
            rest = &rest[other..];
            continue;
        }
        // Digits behind a point or an exponent are not grouped.
        let whole = !(grouped.ends_with('.') || grouped.ends_with(['e', 'E']) || ends_in_exponent(&grouped));
        for (index, digit) in rest[..len].chars().enumerate() {
            if whole && index > 0 && (len - index) % 3 == 0 {
                grouped.push(',');
            }
            grouped.push(digit);
        }
        rest = &rest[len..];
    }
    grouped
}

fn ends_in_exponent(text: &str) -> bool {
    text.strip_suffix(['-', '+'])
        .and_then(|text| text.strip_suffix(['e', 'E']))
        .is_some_and(|text| text.ends_with(|c: char| c.is_ascii_digit()))
}
