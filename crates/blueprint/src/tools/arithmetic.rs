//! `math.*` on JSON, and the calculation behind `ui.compute`.

use math::{Angle, MathError, Number, Options};
use serde_json::{Map, Value};

use super::entry::{finished, goes_on};
use super::{ToolError, ToolErrorKind, argument};

/// Significant digits of a shown result.
const SHOWN_DIGITS: usize = 12;

/// A shown result of `ui.compute`, kept so that going on with it loses no digits.
#[derive(Clone, Debug)]
pub(crate) struct Calculation {
    /// What is shown: the result, or the error.
    pub(crate) shown: String,
    /// What was calculated, as text.
    pub(crate) expression: String,
    /// Whether `shown` is an error.
    pub(crate) failed: bool,
    exact: Option<Number>,
    /// What a second `=` does again, such as `+3`.
    repeat: Option<String>,
}

/// Calculates what stands in an entry. `before` is the last result at this place.
pub(crate) fn calculate(text: &str, before: Option<&Calculation>, angle: Angle) -> Calculation {
    let before = before.filter(|before| !before.failed);
    let unchanged = before.filter(|before| before.shown == text);
    let mut expression = match unchanged {
        Some(Calculation { repeat: Some(repeat), .. }) => format!("{text}{repeat}"),
        _ => finished(text).to_owned(),
    };
    if expression.is_empty() {
        "0".clone_into(&mut expression);
    }
    // A result that is gone on with keeps all its digits: 1 ÷ 3 = × 3 = gives 1.
    let rest = before.and_then(|before| {
        let rest = expression.strip_prefix(&before.shown).filter(|rest| rest.is_empty() || goes_on(rest))?;
        Some((before.exact?, rest))
    });
    let (source, answer) = match rest {
        Some((exact, rest)) => (format!("ans{rest}"), Some(exact)),
        None => (expression.clone(), None),
    };
    match math::evaluate(&source, &Options { angle, answer }) {
        Ok(result) => Calculation {
            shown: result.value.to_text(SHOWN_DIGITS).replacen('-', "−", 1).replace("e−", "e-"),
            expression,
            failed: false,
            exact: Some(result.value),
            repeat: result.last_operator.map(|at| source[at..].to_owned()),
        },
        Err(error) => {
            Calculation { shown: error.to_string(), expression, failed: true, exact: None, repeat: None }
        }
    }
}

/// Runs `math.<name>`. Arguments go by name, or in their order where the names are others.
pub(crate) fn run_math(name: &str, args: &Map<String, Value>) -> Result<Value, ToolError> {
    let angle = angle_of(args)?;
    if name == "evaluate" {
        let text = argument(args, "expression")?;
        let text = crate::expression::text_of(text);
        return match math::evaluate(&text, &Options { angle, answer: None }) {
            Ok(result) => Ok(value_of(result.value)),
            Err(error) => Err(failed(error)),
        };
    }
    let row = math::function(name)
        .ok_or_else(|| ToolError::new(ToolErrorKind::NotFound, format!("There is no tool `math.{name}`")))?;
    let given = args.iter().filter(|(key, _)| *key != "angle");
    let by_name: Option<Vec<&Value>> = row.arguments.iter().map(|name| args.get(*name)).collect();
    let values = match by_name {
        Some(values) if !row.is_variadic() => values,
        _ => given.map(|(_, value)| value).collect(),
    };
    let mut numbers = Vec::new();
    for value in values {
        match value {
            Value::Array(items) => {
                for item in items {
                    numbers.push(number_of(item)?);
                }
            }
            single => numbers.push(number_of(single)?),
        }
    }
    row.call(&numbers, angle).map(value_of).map_err(failed)
}

pub(crate) fn angle_of(args: &Map<String, Value>) -> Result<Angle, ToolError> {
    match args.get("angle").and_then(Value::as_str) {
        None | Some("radians") => Ok(Angle::Radians),
        Some("degrees") => Ok(Angle::Degrees),
        Some(other) => Err(ToolError::bad(format!("Angles are in `radians` or `degrees`, not `{other}`"))),
    }
}

fn failed(error: MathError) -> ToolError {
    ToolError::new(ToolErrorKind::Failed, error.to_string())
}

fn number_of(value: &Value) -> Result<Number, ToolError> {
    let number = match value {
        Value::Number(number) => match number.as_i64() {
            Some(integer) => Some(Number::integer(integer)),
            None => number.as_f64().and_then(|float| Number::from_decimal_float(float).ok()),
        },
        Value::String(text) => Number::parse(text.trim()),
        _ => None,
    };
    number.ok_or_else(|| {
        ToolError::bad(format!("Expected a number, found {}", crate::expression::kind_of(value)))
    })
}

fn value_of(number: Number) -> Value {
    number.to_i64().map_or_else(|| Value::from(number.to_f64()), Value::from)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn run(name: &str, args: Value) -> Result<Value, String> {
        let Value::Object(args) = args else { unreachable!("arguments are an object") };
        run_math(name, &args).map_err(|error| error.message)
    }

    #[test]
    fn math_tools_take_names_lists_and_order() {
        assert_eq!(run("add", json!({"a": 0.1, "b": 0.2})), Ok(json!(0.3)));
        assert_eq!(run("add", json!({"values": [1, 2, "3"]})), Ok(json!(6)));
        assert_eq!(run("divide", json!({"b": 4, "a": 2})), Ok(json!(0.5)));
        assert_eq!(run("power", json!({"x": 2, "y": 8})), Ok(json!(256)));
        assert_eq!(run("sin", json!({"x": 30, "angle": "degrees"})), Ok(json!(0.5)));
        assert_eq!(run("evaluate", json!({"expression": "2+3×4"})), Ok(json!(14)));
        assert_eq!(run("divide", json!({"a": 1, "b": 0})), Err("Cannot divide by zero".to_owned()));
        assert_eq!(run("sqrt", json!({"x": [1, 2]})), Err("sqrt takes one number".to_owned()));
        assert_eq!(run("add", json!({"a": true})), Err("Expected a number, found true or false".to_owned()));
    }

    #[test]
    fn equals_again_repeats_and_results_keep_their_digits() {
        let first = calculate("5+3", None, Angle::Radians);
        assert_eq!(first.shown, "8");
        let second = calculate("8", Some(&first), Angle::Radians);
        assert_eq!((second.shown.as_str(), second.expression.as_str()), ("11", "8+3"));
        let third = calculate("11", Some(&second), Angle::Radians);
        assert_eq!(third.shown, "14");
        let thirds = calculate("1÷3", None, Angle::Radians);
        assert_eq!(thirds.shown, "0.333333333333");
        assert_eq!(calculate("0.333333333333×3", Some(&thirds), Angle::Radians).shown, "1");
        assert_eq!(calculate("0.3333333333331×3", Some(&thirds), Angle::Radians).shown, "0.999999999999");
        assert_eq!(calculate("5+", None, Angle::Radians).shown, "5");
        assert_eq!(calculate("", None, Angle::Radians).shown, "0");
        assert_eq!(calculate("2−5", None, Angle::Radians).shown, "−3");
        let failed = calculate("1÷0", None, Angle::Radians);
        assert!(failed.failed);
        assert_eq!(failed.shown, "Cannot divide by zero");
    }
}
