//! Tree to value, within a budget.

use std::borrow::Cow;

use serde_json::{Map, Number, Value};

use super::functions::text_of;
use super::{Env, Expression, FUEL, MAX_OUTPUT, Node, Operator};

/// What is left of an evaluation's budget.
#[derive(Debug)]
pub(crate) struct Fuel(u32);

impl Fuel {
    pub(crate) fn full() -> Self {
        Self(FUEL)
    }

    /// Takes `steps`, or says that the budget is used up.
    pub(crate) fn burn(&mut self, steps: usize) -> Result<(), String> {
        let steps = u32::try_from(steps).unwrap_or(u32::MAX);
        self.0 = self.0.checked_sub(steps).ok_or("The expression takes too long")?;
        Ok(())
    }
}

impl Expression {
    /// The value under an environment.
    ///
    /// # Errors
    /// A sentence for people: wrong types, division by zero, budget used up.
    pub fn evaluate(&self, env: &Env) -> Result<Value, String> {
        self.root.evaluate(env, &mut Fuel::full()).map(Cow::into_owned)
    }
}

impl Node {
    pub(crate) fn evaluate<'a>(&'a self, env: &Env<'a>, fuel: &mut Fuel) -> Result<Cow<'a, Value>, String> {
        fuel.burn(1)?;
        let value = match self {
            Self::Literal(value) => return Ok(Cow::Borrowed(value)),
            Self::Name(name) => return Ok(lookup(name, env)),
            Self::Member(base, name) => return Ok(member(base.evaluate(env, fuel)?, name)),
            Self::Index(base, index) => {
                let base = base.evaluate(env, fuel)?;
                let index = index.evaluate(env, fuel)?;
                return Ok(member(base, &text_of(&index)));
            }
            Self::Has(inner) => Value::Bool(!inner.evaluate(env, fuel)?.is_null()),
            Self::Not(inner) => Value::Bool(!truth(&*inner.evaluate(env, fuel)?)?),
            Self::Negate(inner) => match inner.evaluate(env, fuel)?.as_ref() {
                Value::Number(number) => match number.as_i64().and_then(i64::checked_neg) {
                    Some(integer) => integer.into(),
                    None => number_value(-number.as_f64().unwrap_or(0.0))?,
                },
                other => return Err(format!("{} has no sign to turn", kind_of(other))),
            },
            Self::Binary(Operator::And, left, right) => {
                let both = truth(&*left.evaluate(env, fuel)?)? && truth(&*right.evaluate(env, fuel)?)?;
                Value::Bool(both)
            }
            Self::Binary(Operator::Or, left, right) => {
                let either = truth(&*left.evaluate(env, fuel)?)? || truth(&*right.evaluate(env, fuel)?)?;
                Value::Bool(either)
            }
            Self::Binary(operator, left, right) => {
                let left = left.evaluate(env, fuel)?;
                let right = right.evaluate(env, fuel)?;
                binary(*operator, &left, &right, fuel)?
            }
            Self::Choose(condition, yes, no) => {
                let chosen = if truth(&*condition.evaluate(env, fuel)?)? { yes } else { no };
                return chosen.evaluate(env, fuel);
            }
            Self::List(items) => {
                let items = items.iter().map(|item| item.evaluate(env, fuel).map(Cow::into_owned));
                Value::Array(items.collect::<Result<_, _>>()?)
            }
            Self::Map(members) => {
                let mut map = Map::new();
                for (key, value) in members {
                    let key = text_of(&*key.evaluate(env, fuel)?).into_owned();
                    map.insert(key, value.evaluate(env, fuel)?.into_owned());
                }
                Value::Object(map)
            }
            Self::Call(row, arguments) => {
                let mut values = Vec::with_capacity(arguments.len());
                for argument in arguments {
                    values.push(argument.evaluate(env, fuel)?);
                }
                let result = (row.run)(&values, fuel)?;
                fuel.burn(size_of(&result) / 64)?;
                result
            }
        };
        Ok(Cow::Owned(value))
    }
}

fn lookup<'a>(name: &str, env: &Env<'a>) -> Cow<'a, Value> {
    if name == "event"
        && let Some(event) = env.event
    {
        return Cow::Borrowed(event);
    }
    if let Some(scope) = env.scope {
        if name == "index" {
            return Cow::Owned(Value::from(scope.index));
        }
        if let Some(pointer) = scope.pointer_of(name) {
            return env.data.pointer(pointer).map_or(Cow::Owned(Value::Null), Cow::Borrowed);
        }
    }
    env.data.get(name).map_or(Cow::Owned(Value::Null), Cow::Borrowed)
}

fn member<'a>(base: Cow<'a, Value>, name: &str) -> Cow<'a, Value> {
    let index = || name.parse::<usize>().ok();
    match base {
        Cow::Borrowed(Value::Object(members)) => members.get(name).map(Cow::Borrowed),
        Cow::Borrowed(Value::Array(items)) => index().and_then(|at| items.get(at)).map(Cow::Borrowed),
        Cow::Owned(Value::Object(mut members)) => members.shift_remove(name).map(Cow::Owned),
        Cow::Owned(Value::Array(mut items)) => {
            index().filter(|at| *at < items.len()).map(|at| Cow::Owned(items.swap_remove(at)))
        }
        _ => None,
    }
    .unwrap_or(Cow::Owned(Value::Null))
}

/// Conditions: booleans, and `null` counts as false because it stands for what is not there yet.
pub(crate) fn truth(value: &Value) -> Result<bool, String> {
    match value {
        Value::Bool(truth) => Ok(*truth),
        Value::Null => Ok(false),
        other => Err(format!("Expected true or false, found {}", kind_of(other))),
    }
}

fn binary(operator: Operator, left: &Value, right: &Value, fuel: &mut Fuel) -> Result<Value, String> {
    let order = |accept: fn(std::cmp::Ordering) -> bool| -> Result<Value, String> {
        let order = match (left, right) {
            (Value::String(a), Value::String(b)) => Some(a.cmp(b)),
            (Value::Null, _) | (_, Value::Null) => return Ok(Value::Bool(false)),
            _ => left.as_f64().zip(right.as_f64()).and_then(|(a, b)| a.partial_cmp(&b)),
        };
        let order =
            order.ok_or_else(|| format!("Cannot compare {} with {}", kind_of(left), kind_of(right)))?;
        Ok(Value::Bool(accept(order)))
    };
    match operator {
        Operator::Equal => Ok(Value::Bool(equal(left, right))),
        Operator::NotEqual => Ok(Value::Bool(!equal(left, right))),
        Operator::Less => order(std::cmp::Ordering::is_lt),
        Operator::LessEqual => order(std::cmp::Ordering::is_le),
        Operator::Greater => order(std::cmp::Ordering::is_gt),
        Operator::GreaterEqual => order(std::cmp::Ordering::is_ge),
        Operator::In => match right {
            Value::Array(items) => {
                fuel.burn(items.len())?;
                Ok(Value::Bool(items.iter().any(|item| equal(item, left))))
            }
            Value::Object(members) => Ok(Value::Bool(members.contains_key(text_of(left).as_ref()))),
            Value::String(text) => Ok(Value::Bool(text.contains(text_of(left).as_ref()))),
            Value::Null => Ok(Value::Bool(false)),
            other => Err(format!("`in` needs a list, found {}", kind_of(other))),
        },
        Operator::Add => match (left, right) {
            (Value::Number(_), Value::Number(_)) => arithmetic(operator, left, right),
            (Value::String(_), _) | (_, Value::String(_)) => {
                let text = format!("{}{}", text_of(left), text_of(right));
                fuel.burn(text.len() / 64)?;
                limited_text(text)
            }
            (Value::Array(a), Value::Array(b)) if a.len() + b.len() <= MAX_OUTPUT => {
                fuel.burn(a.len() + b.len())?;
                Ok(Value::Array(a.iter().chain(b).cloned().collect()))
            }
            _ => arithmetic(operator, left, right),
        },
        _ => arithmetic(operator, left, right),
    }
}

fn arithmetic(operator: Operator, left: &Value, right: &Value) -> Result<Value, String> {
    if let (Some(a), Some(b)) = (left.as_i64(), right.as_i64()) {
        let exact = match operator {
            Operator::Add => a.checked_add(b),
            Operator::Subtract => a.checked_sub(b),
            Operator::Multiply => a.checked_mul(b),
            Operator::Remainder => a.checked_rem(b),
            Operator::Divide if b != 0 && a.checked_rem(b) == Some(0) => a.checked_div(b),
            _ => None,
        };
        if let Some(exact) = exact {
            return Ok(exact.into());
        }
    }
    let (Some(a), Some(b)) = (left.as_f64(), right.as_f64()) else {
        let wrong = if left.is_number() { right } else { left };
        return Err(format!("Expected a number, found {}", kind_of(wrong)));
    };
    match operator {
        Operator::Divide | Operator::Remainder if b == 0.0 => Err("Cannot divide by zero".to_owned()),
        Operator::Add => number_value(a + b),
        Operator::Subtract => number_value(a - b),
        Operator::Multiply => number_value(a * b),
        Operator::Divide => number_value(a / b),
        _ => number_value(a % b),
    }
}

/// Numbers are equal by value, so that 1 and 1.0 are the same; everything else as in JSON.
pub(crate) fn equal(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(a), Value::Number(b)) => a == b || a.as_f64() == b.as_f64(),
        _ => left == right,
    }
}

/// A float as a JSON number: whole where it is whole, without the noise of binary fractions.
pub(crate) fn number_value(value: f64) -> Result<Value, String> {
    if value.fract() == 0.0 && value.abs() < 9_007_199_254_740_992.0 {
        return Ok(Value::from(value as i64));
    }
    Number::from_f64(value).map(Value::Number).ok_or_else(|| "The number is too large".to_owned())
}

pub(crate) fn limited_text(text: String) -> Result<Value, String> {
    if text.len() > MAX_OUTPUT { Err("The text is too long".to_owned()) } else { Ok(Value::String(text)) }
}

fn size_of(value: &Value) -> usize {
    match value {
        Value::String(text) => text.len(),
        Value::Array(items) => items.len() * 16,
        _ => 0,
    }
}

/// What a value is, in words.
pub(crate) fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
