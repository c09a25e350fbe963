//! Dynamic values: literals, `$path`, `$expr`, `$call`, `$event`, and texts with `{{ … }}`.
//!
//! A value is compiled once when the document is loaded. Parts without anything dynamic fold into
//! literals, and what is wrong is reported then; at run time a broken value gives its message.

use serde_json::{Map, Value};

use crate::diagnostic::{Place, Report};
use crate::expression::{Env, Expression, FUNCTIONS, Node, Scope, function, text_of};
use crate::json::join;
use crate::suggest::did_you_mean;

/// A place in the data, absolute or under the item of the `repeat` around it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DataPath {
    text: String,
}

impl DataPath {
    pub(crate) fn new(text: &str) -> Self {
        let text = if text == "." { "" } else { text.strip_prefix("./").unwrap_or(text) };
        Self { text: text.to_owned() }
    }

    /// The absolute pointer. Outside of a `repeat` a relative path starts at the top.
    pub(crate) fn resolve(&self, scope: Option<&Scope>) -> String {
        if self.text.starts_with('/') {
            return self.text.clone();
        }
        let base = scope.map_or("", |scope| scope.pointer.as_str());
        if self.text.is_empty() { base.to_owned() } else { format!("{base}/{}", self.text) }
    }

    /// First token, where the path is absolute.
    pub(crate) fn root(&self) -> Option<&str> {
        self.text.strip_prefix('/').and_then(|rest| rest.split('/').next())
    }
}

/// A compiled value.
#[derive(Clone, Debug)]
pub(crate) enum Dynamic {
    Literal(Value),
    Path(DataPath),
    Expression(Expression),
    /// `$call` with arguments that are themselves dynamic.
    Call(&'static crate::expression::FunctionRow, Vec<Dynamic>),
    Event(String),
    Text(Vec<Part>),
    List(Vec<Dynamic>),
    Object(Vec<(String, Dynamic)>),
    Broken(String),
}

/// A piece of a text with `{{ … }}`.
#[derive(Clone, Debug)]
pub(crate) enum Part {
    Plain(String),
    Expression(Expression),
}

impl Dynamic {
    pub(crate) fn compile(value: &Value, pointer: &str, report: &mut Report) -> Self {
        match value {
            Value::String(text) if text.contains("{{") => Self::compile_text(text, pointer, report),
            Value::Array(items) => {
                let compile = |(index, item): (usize, &Value)| {
                    Self::compile(item, &join(pointer, &index.to_string()), report)
                };
                let items: Vec<Self> = items.iter().enumerate().map(compile).collect();
                if items.iter().all(Self::is_literal) {
                    Self::Literal(value.clone())
                } else {
                    Self::List(items)
                }
            }
            Value::Object(members) => match members.keys().find(|key| key.starts_with('$')) {
                Some(key) => Self::compile_special(key, members, pointer, report),
                None => {
                    let compile = |(key, value): (&String, &Value)| {
                        (key.clone(), Self::compile(value, &join(pointer, key), report))
                    };
                    let compiled: Vec<(String, Self)> = members.iter().map(compile).collect();
                    if compiled.iter().all(|(_, value)| value.is_literal()) {
                        Self::Literal(value.clone())
                    } else {
                        Self::Object(compiled)
                    }
                }
            },
            other => Self::Literal(other.clone()),
        }
    }

    fn compile_special(key: &str, members: &Map<String, Value>, pointer: &str, report: &mut Report) -> Self {
        let at = join(pointer, key);
        match (key, &members[key]) {
            ("$path", Value::String(path)) => Self::Path(DataPath::new(path)),
            ("$expr", Value::String(text)) => match parse(text, &at, report) {
                Ok(expression) => Self::Expression(expression),
                Err(message) => Self::Broken(message),
            },
            ("$event", Value::String(name)) => Self::Event(name.clone()),
            ("$call", Value::String(name)) => Self::compile_call(name, members.get("args"), pointer, report),
            ("$path" | "$expr" | "$event" | "$call", _) => {
                let message = format!("`{key}` needs a text");
                report.error(Place::Value, &at, "bad-dynamic", &message).expected("a text");
                Self::Broken(message)
            }
            _ => {
                let message = format!("Unknown kind of value `{key}`");
                let known = ["$path", "$expr", "$call", "$event"];
                report
                    .error(Place::Key, &at, "unknown-dynamic", &message)
                    .expected("`$path`, `$expr`, `$call` or `$event`")
                    .maybe_hint(|| did_you_mean(key, known));
                Self::Broken(message)
            }
        }
    }

    fn compile_call(name: &str, args: Option<&Value>, pointer: &str, report: &mut Report) -> Self {
        let at = join(pointer, "$call");
        let Some(row) = function(name) else {
            let message = format!("Unknown function `{name}`");
            report
                .error(Place::Value, &at, "unknown-function", &message)
                .maybe_hint(|| did_you_mean(name, FUNCTIONS.iter().map(|row| row.name)));
            return Self::Broken(message);
        };
        let args_at = join(pointer, "args");
        let arguments: Vec<Self> = match args {
            Some(Value::Array(items)) => items
                .iter()
                .enumerate()
                .map(|(index, item)| Self::compile(item, &join(&args_at, &index.to_string()), report))
                .collect(),
            Some(Value::Object(members)) if !members.keys().any(|key| key.starts_with('$')) => {
                // By name, in the order of the table; what comes after a gap is not passed on.
                for key in members.keys().filter(|key| !row.arguments.contains(&key.as_str())) {
                    report
                        .warning(
                            Place::Key,
                            &join(&args_at, key),
                            "unknown-argument",
                            format!("`{name}` has no argument `{key}`"),
                        )
                        .maybe_hint(|| did_you_mean(key, row.arguments.iter().copied()));
                }
                let named = row.arguments.iter().map_while(|key| members.get(*key).map(|value| (key, value)));
                named.map(|(key, value)| Self::compile(value, &join(&args_at, key), report)).collect()
            }
            Some(single) => vec![Self::compile(single, &args_at, report)],
            None => Vec::new(),
        };
        if let Some(problem) = row.arity_problem(arguments.len()) {
            report.error(Place::Value, &at, "argument-count", &problem).hint(row.usage);
            return Self::Broken(problem);
        }
        Self::Call(row, arguments)
    }

    fn compile_text(text: &str, pointer: &str, report: &mut Report) -> Self {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some(open) = rest.find("{{") {
            let inner = &rest[open + 2..];
            let Some(close) = closing(inner) else {
                let message = "`{{` without `}}`".to_owned();
                report.error(Place::Value, pointer, "bad-expression", &message).hint("close it with `}}`");
                return Self::Broken(message);
            };
            if open > 0 {
                parts.push(Part::Plain(rest[..open].to_owned()));
            }
            match parse(&inner[..close], pointer, report) {
                Ok(expression) => parts.push(Part::Expression(expression)),
                Err(message) => return Self::Broken(message),
            }
            rest = &inner[close + 2..];
        }
        if !rest.is_empty() {
            parts.push(Part::Plain(rest.to_owned()));
        }
        match <[Part; 1]>::try_from(parts) {
            // A single expression keeps its type: `"{{ done }}"` can be a boolean.
            Ok([Part::Expression(expression)]) => Self::Expression(expression),
            Ok(single) => Self::Text(single.into()),
            Err(parts) => Self::Text(parts),
        }
    }

    pub(crate) fn is_literal(&self) -> bool {
        matches!(self, Self::Literal(_))
    }

    pub(crate) fn literal(&self) -> Option<&Value> {
        if let Self::Literal(value) = self { Some(value) } else { None }
    }

    /// The value now.
    pub(crate) fn evaluate(&self, env: &Env) -> Result<Value, String> {
        Ok(match self {
            Self::Literal(value) => value.clone(),
            Self::Path(path) => env.data.pointer(&path.resolve(env.scope)).cloned().unwrap_or_default(),
            Self::Expression(expression) => return expression.evaluate(env),
            Self::Call(row, arguments) => {
                let values = arguments.iter().map(|argument| argument.evaluate(env).map(Node::Literal));
                return Expression::call(row, values.collect::<Result<_, _>>()?).evaluate(env);
            }
            Self::Event(name) => event_member(env.event, name),
            Self::Text(parts) => {
                let mut text = String::new();
                for part in parts {
                    match part {
                        Part::Plain(plain) => text.push_str(plain),
                        Part::Expression(expression) => text.push_str(&text_of(&expression.evaluate(env)?)),
                    }
                }
                return crate::expression::limited_text(text);
            }
            Self::List(items) => {
                let values = items.iter().map(|item| item.evaluate(env));
                Value::Array(values.collect::<Result<_, _>>()?)
            }
            Self::Object(members) => {
                let mut map = Map::new();
                for (key, value) in members {
                    map.insert(key.clone(), value.evaluate(env)?);
                }
                Value::Object(map)
            }
            Self::Broken(message) => return Err(message.clone()),
        })
    }

    /// Data it depends on, as absolute pointers.
    pub(crate) fn dependencies(&self, scope: Option<&Scope>, found: &mut Vec<String>) {
        match self {
            Self::Literal(_) | Self::Event(_) | Self::Broken(_) => {}
            Self::Path(path) => found.push(path.resolve(scope)),
            Self::Expression(expression) => expression.dependencies(scope, found),
            Self::Call(_, items) | Self::List(items) => {
                for item in items {
                    item.dependencies(scope, found);
                }
            }
            Self::Text(parts) => {
                for part in parts {
                    if let Part::Expression(expression) = part {
                        expression.dependencies(scope, found);
                    }
                }
            }
            Self::Object(members) => {
                for (_, value) in members {
                    value.dependencies(scope, found);
                }
            }
        }
    }

    /// First names of the data it reads.
    pub(crate) fn names(&self, found: &mut Vec<String>) {
        match self {
            Self::Literal(_) | Self::Event(_) | Self::Broken(_) => {}
            Self::Path(path) => found.extend(path.root().map(str::to_owned)),
            Self::Expression(expression) => expression.names(found),
            Self::Call(_, items) | Self::List(items) => items.iter().for_each(|item| item.names(found)),
            Self::Text(parts) => {
                for part in parts {
                    if let Part::Expression(expression) = part {
                        expression.names(found);
                    }
                }
            }
            Self::Object(members) => members.iter().for_each(|(_, value)| value.names(found)),
        }
    }
}

/// `value`, or deeper with dots.
fn event_member(event: Option<&Value>, name: &str) -> Value {
    let mut value = event;
    for step in name.split('.').filter(|step| !step.is_empty()) {
        value = value.and_then(|value| match value {
            Value::Array(items) => step.parse::<usize>().ok().and_then(|index| items.get(index)),
            other => other.get(step),
        });
    }
    value.cloned().unwrap_or_default()
}

/// Where `}}` is, outside of quotes.
fn closing(text: &str) -> Option<usize> {
    let mut quote = None;
    let mut escaped = false;
    for (at, character) in text.char_indices() {
        match (quote, character) {
            (Some(_), _) if escaped => escaped = false,
            (Some(_), '\\') => escaped = true,
            (Some(open), close) if open == close => quote = None,
            (None, '\'' | '"') => quote = Some(character),
            (None, '}') if text[at..].starts_with("}}") => return Some(at),
            _ => {}
        }
    }
    None
}

fn parse(text: &str, pointer: &str, report: &mut Report) -> Result<Expression, String> {
    Expression::parse(text.trim()).map_err(|error| {
        let shown: String = text.trim().chars().take(60).collect();
        let message = format!("{} in `{shown}`", error.message);
        report.error(Place::Value, pointer, "bad-expression", &message).maybe_hint(|| error.hint);
        message
    })
}
