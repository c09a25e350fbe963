//! The component types, as one table.
//!
//! Validator, view and reference page are made from it. A row says which props there are with type,
//! default and limits, which events, whether it may have children, and which prop holds the value
//! that the component reads and writes.

mod style;
mod table;

use serde_json::Value;

pub use style::STYLE_PROPERTIES;
pub(crate) use style::{expand as expand_style, property_name as style_property_name};
pub use table::{COMMON_PROPS, COMPONENTS};

use crate::suggest::did_you_mean;

/// One component type.
#[derive(Debug)]
pub struct ComponentRow {
    /// Name in documents.
    pub kind: &'static str,
    /// Older names, read as the same.
    pub aliases: &'static [&'static str],
    /// Heading in the reference.
    pub group: &'static str,
    /// One line about it.
    pub about: &'static str,
    /// Its props beside [`COMMON_PROPS`].
    pub props: &'static [PropRow],
    /// Events it sends beside `focus` and `blur`.
    pub events: &'static [&'static str],
    /// Whether it may have children.
    pub container: bool,
    /// What it shows, or holds.
    pub value: Option<ValueRow>,
    /// The prop meant where a document gives only a text: `{"button": "Save"}`.
    pub main: Option<&'static str>,
}

/// The prop that holds a component's value.
#[derive(Debug)]
pub struct ValueRow {
    /// Its name.
    pub prop: &'static str,
    /// The event that writes it, for components people change. None: it is only shown.
    pub written_by: Option<&'static str>,
}

/// One prop.
#[derive(Debug)]
pub struct PropRow {
    /// Name, in camelCase.
    pub name: &'static str,
    /// Other spellings that are read as the same.
    pub aliases: &'static [&'static str],
    /// Type with limits.
    pub kind: PropKind,
    /// What it is where nothing is given.
    pub default: PropDefault,
    /// One line about it.
    pub about: &'static str,
}

/// Type of a prop.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum PropKind {
    /// Text; numbers and booleans are shown as text.
    Text,
    /// Number within limits.
    Number(f64, f64),
    /// True or false.
    Flag,
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// Points, or a CSS size such as `"50%"`.
    Size,
    /// `#rrggbb`, `rgb(a)`, a name, or a theme token.
    Color,
    /// A list.
    List,
    /// A key or chord, or a list of them: `"7"`, `"Enter"`, `["Ctrl+S"]`.
    Keys,
    /// Anything.
    Any,
}

/// Default of a prop.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum PropDefault {
    /// The prop is absent.
    None,
    /// A text.
    Text(&'static str),
    /// A number.
    Number(f64),
    /// A boolean.
    Flag(bool),
}

impl PropDefault {
    /// As JSON.
    #[must_use]
    pub fn value(self) -> Option<Value> {
        match self {
            Self::None => None,
            Self::Text(text) => Some(text.into()),
            Self::Number(number) if number.fract() == 0.0 => Some((number as i64).into()),
            Self::Number(number) => Some(number.into()),
            Self::Flag(flag) => Some(flag.into()),
        }
    }
}

impl PropKind {
    /// What it takes, in words.
    #[must_use]
    pub fn describe(self) -> String {
        match self {
            Self::Text => "a text".to_owned(),
            Self::Number(min, max) if min == f64::MIN && max == f64::MAX => "a number".to_owned(),
            Self::Number(min, max) if max == f64::MAX => format!("a number from {min} up"),
            Self::Number(min, max) => format!("a number from {min} to {max}"),
            Self::Flag => "true or false".to_owned(),
            Self::OneOf(words) => format!("one of {}", words.join(", ")),
            Self::Size => "points or a size such as \"50%\"".to_owned(),
            Self::Color => "a colour: \"#rrggbb\", a name, or a theme token".to_owned(),
            Self::List => "a list".to_owned(),
            Self::Keys => "a key such as \"7\", \"Enter\" or \"Ctrl+S\"".to_owned(),
            Self::Any => "any value".to_owned(),
        }
    }

    /// Whether a literal value fits. Numbers may be written as text, as older files do.
    #[must_use]
    pub fn accepts(self, value: &Value) -> bool {
        let number = || match value {
            Value::Number(number) => number.as_f64(),
            Value::String(text) => text.trim().parse::<f64>().ok(),
            _ => None,
        };
        match self {
            _ if value.is_null() => true,
            Self::Text => matches!(value, Value::String(_) | Value::Number(_) | Value::Bool(_)),
            Self::Number(min, max) => number().is_some_and(|number| (min..=max).contains(&number)),
            Self::Flag => value.is_boolean(),
            Self::OneOf(words) => value.as_str().is_some_and(|text| words.contains(&text)),
            Self::Size => value.is_number() || value.is_string(),
            Self::Color => value.is_string(),
            Self::List => value.is_array(),
            Self::Keys => {
                let chord = |value: &Value| value.as_str().is_some_and(is_chord);
                chord(value) || value.as_array().is_some_and(|items| items.iter().all(chord))
            }
            Self::Any => true,
        }
    }
}

/// Whether a text names a key, with or without modifiers.
fn is_chord(text: &str) -> bool {
    const MODIFIERS: &[&str] = &["ctrl", "control", "cmd", "command", "meta", "shift", "alt", "option"];
    const KEYS: &[&str] = &[
        "Enter",
        "Return",
        "Escape",
        "Esc",
        "Backspace",
        "Delete",
        "Del",
        "Tab",
        "Space",
        "Home",
        "End",
        "PageUp",
        "PageDown",
        "Up",
        "Down",
        "Left",
        "Right",
        "ArrowUp",
        "ArrowDown",
        "ArrowLeft",
        "ArrowRight",
        "Insert",
        "Plus",
        "Minus",
        "Equals",
        "Comma",
        "Period",
        "Slash",
        "Backslash",
        "Semicolon",
        "Quote",
        "Backtick",
        "OpenBracket",
        "CloseBracket",
    ];
    if text.chars().count() == 1 {
        return true;
    }
    let (head, key) = text.rsplit_once('+').unwrap_or(("", text));
    let modifiers = head.split('+').filter(|word| !word.is_empty());
    let function_key =
        || key.strip_prefix('F').and_then(|n| n.parse::<u8>().ok()).is_some_and(|n| (1..=35).contains(&n));
    modifiers.into_iter().all(|word| MODIFIERS.contains(&word.to_lowercase().as_str()))
        && (key.chars().count() == 1 || KEYS.contains(&key) || function_key())
}

/// The row of a component type, by name or older name.
#[must_use]
pub fn component(kind: &str) -> Option<&'static ComponentRow> {
    COMPONENTS.iter().find(|row| row.kind == kind || row.aliases.contains(&kind))
}

/// Nearest component types, as a sentence.
pub(crate) fn component_hint(kind: &str) -> Option<String> {
    // What people call them elsewhere.
    const ELSEWHERE: &[(&str, &str)] = &[
        ("label", "text"),
        ("paragraph", "text"),
        ("heading", "text"),
        ("span", "text"),
        ("p", "text"),
        ("h1", "text"),
        ("textfield", "input"),
        ("textinput", "input"),
        ("textbox", "input"),
        ("dropdown", "select"),
        ("combobox", "select"),
        ("toggle", "checkbox"),
        ("switch", "checkbox"),
        ("box", "container"),
        ("div", "container"),
        ("stack", "container"),
        ("panel", "card"),
        ("dialog", "modal"),
        ("hr", "divider"),
        ("separator", "divider"),
        ("progressbar", "progress"),
        ("img", "image"),
        ("tag", "badge"),
        ("chip", "badge"),
    ];
    let plain = kind.to_lowercase().replace(['-', '_'], "");
    if let Some((_, ours)) = ELSEWHERE.iter().find(|(theirs, _)| *theirs == plain) {
        return Some(format!("did you mean `{ours}`?"));
    }
    did_you_mean(
        kind,
        COMPONENTS.iter().flat_map(|row| std::iter::once(row.kind).chain(row.aliases.iter().copied())),
    )
}

impl ComponentRow {
    /// The row of a prop, by name or other spelling, also of the common ones.
    #[must_use]
    pub fn prop(&self, name: &str) -> Option<&'static PropRow> {
        let named = |row: &&PropRow| row.name == name || row.aliases.contains(&name);
        self.props.iter().find(named).or_else(|| COMMON_PROPS.iter().find(named))
    }

    /// Names of all props.
    pub(crate) fn prop_names(&self) -> impl Iterator<Item = &'static str> {
        self.props.iter().chain(COMMON_PROPS).map(|row| row.name)
    }

    /// Names of all events.
    pub(crate) fn event_names(&self) -> impl Iterator<Item = &'static str> {
        self.events.iter().copied().chain(["focus", "blur"])
    }
}
