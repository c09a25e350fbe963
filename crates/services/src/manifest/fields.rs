//! Reads the members of one JSON object: each by name and type, and at the end those nobody asked for.

use super::locate::{line_column, locate, repeated};
use blueprint::{Diagnostic, MAX_DIAGNOSTICS, Severity};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Findings of a file, in the order they were made.
pub(super) struct Findings<'a> {
    source: &'a str,
    list: Vec<Diagnostic>,
}

impl<'a> Findings<'a> {
    pub(super) fn new(source: &'a str) -> Self {
        Findings { source, list: Vec::new() }
    }

    pub(super) fn push(
        &mut self,
        severity: Severity,
        pointer: &str,
        code: &'static str,
        message: String,
        hint: Option<&str>,
    ) {
        self.push_at(severity, locate(self.source, pointer), pointer, code, message, hint);
    }

    /// A finding at a byte of the text.
    fn push_at(
        &mut self,
        severity: Severity,
        offset: usize,
        pointer: &str,
        code: &'static str,
        message: String,
        hint: Option<&str>,
    ) {
        if self.list.len() < MAX_DIAGNOSTICS {
            let (line, column) = line_column(self.source, offset);
            let (pointer, hint) = (pointer.to_owned(), hint.map(str::to_owned));
            self.list.push(Diagnostic {
                code,
                severity,
                pointer,
                line,
                column,
                message,
                expected: None,
                hint,
            });
        }
    }

    pub(super) fn error(&mut self, pointer: &str, code: &'static str, message: String, hint: Option<&str>) {
        self.push(Severity::Error, pointer, code, message, hint);
    }

    /// Names that an object has twice: whoever reads it may take the first, and programs take the last.
    pub(super) fn find_repeated(&mut self) {
        for (name, offset) in repeated(self.source) {
            let (message, hint) = (format!("{name:?} is there twice"), Some("remove one of them"));
            self.push_at(Severity::Error, offset, "", "duplicate-key", message, hint);
        }
    }

    pub(super) fn has_errors(&self) -> bool {
        self.list.iter().any(|finding| finding.severity == Severity::Error)
    }

    /// All of them in the order of the file.
    pub(super) fn finish(mut self) -> Vec<Diagnostic> {
        self.list.sort_by_key(|finding| (finding.line, finding.column));
        self.list
    }
}

/// An object under reading. What is missing or wrong is found and answered by the empty value.
pub(super) struct Fields<'a, 'b> {
    pointer: String,
    members: Option<&'a Map<String, Value>>,
    known: Vec<&'static str>,
    findings: &'b mut Findings<'a>,
}

impl<'a, 'b> Fields<'a, 'b> {
    /// `None` reads as an empty object.
    pub(super) fn new(value: Option<&'a Value>, pointer: &str, findings: &'b mut Findings<'a>) -> Self {
        if value.is_some_and(|value| !value.is_object()) {
            let hint = Some("an object: {\"name\": value, …}");
            findings.error(pointer, "wrong-type", format!("{} must be an object", named(pointer)), hint);
        }
        let members = value.and_then(Value::as_object);
        Fields { pointer: pointer.to_owned(), members, known: Vec::new(), findings }
    }

    /// The value of a member; `null` counts as missing.
    pub(super) fn value(&mut self, key: &'static str) -> Option<&'a Value> {
        self.known.push(key);
        self.members?.get(key).filter(|value| !value.is_null())
    }

    /// A finding about a member.
    pub(super) fn error(&mut self, key: &str, code: &'static str, message: String, hint: Option<&str>) {
        self.findings.error(&format!("{}/{key}", self.pointer), code, message, hint);
    }

    /// A finding about a member that stops nothing.
    pub(super) fn warning(&mut self, key: &str, code: &'static str, message: String, hint: Option<&str>) {
        let pointer = format!("{}/{key}", self.pointer);
        self.findings.push(Severity::Warning, &pointer, code, message, hint);
    }

    fn wrong_type(&mut self, key: &str, expected: &str) {
        let hint = match expected {
            "a text" => "in double quotes",
            "a list of texts" => "such as [\"one\", \"two\"]",
            "an object of texts" => "such as {\"NAME\": \"value\"}",
            "true or false" => "without quotes",
            _ => "a number without quotes, such as 512",
        };
        self.error(key, "wrong-type", format!("\"{key}\" must be {expected}"), Some(hint));
    }

    /// A text; empty when missing.
    pub(super) fn text(&mut self, key: &'static str) -> String {
        match self.value(key) {
            None => String::new(),
            Some(Value::String(text)) => text.clone(),
            Some(_) => {
                self.wrong_type(key, "a text");
                String::new()
            }
        }
    }

    /// A text that must be there.
    pub(super) fn required_text(&mut self, key: &'static str) -> String {
        let text = self.text(key);
        let missing = self.members.is_none_or(|members| members.get(key).is_none_or(Value::is_null));
        if missing {
            let hint = format!("add \"{key}\": \"…\"");
            self.error(key, "missing", format!("\"{key}\" is missing"), Some(&hint));
        } else if text.is_empty() && self.members.is_some_and(|it| it[key].is_string()) {
            self.error(key, "empty", format!("\"{key}\" is empty"), Some("a text of at least one character"));
        }
        text
    }

    /// A list of texts; empty when missing.
    pub(super) fn texts(&mut self, key: &'static str) -> Vec<String> {
        let Some(value) = self.value(key) else { return Vec::new() };
        let texts: Option<Vec<String>> =
            value.as_array().and_then(|list| list.iter().map(|it| it.as_str().map(str::to_owned)).collect());
        texts.unwrap_or_else(|| {
            self.wrong_type(key, "a list of texts");
            Vec::new()
        })
    }

    /// An object of texts; empty when missing.
    pub(super) fn text_map(&mut self, key: &'static str) -> BTreeMap<String, String> {
        let Some(value) = self.value(key) else { return BTreeMap::new() };
        let pair = |(name, value): (&String, &Value)| Some((name.clone(), value.as_str()?.to_owned()));
        let texts: Option<BTreeMap<_, _>> = value.as_object().and_then(|map| map.iter().map(pair).collect());
        texts.unwrap_or_else(|| {
            self.wrong_type(key, "an object of texts");
            BTreeMap::new()
        })
    }

    /// A whole number from 1 up to `most`.
    pub(super) fn count(&mut self, key: &'static str, most: u64) -> Option<u64> {
        let value = self.value(key)?;
        let count = value.as_u64().filter(|count| *count > 0);
        match count {
            None => self.wrong_type(key, "a whole number greater than 0"),
            Some(count) if count > most => {
                let hint = Some("leave it out for no limit");
                self.error(key, "too-large-number", format!("\"{key}\" is at most {most}"), hint);
                return None;
            }
            Some(_) => {}
        }
        count
    }

    /// True or false; false when missing.
    pub(super) fn flag(&mut self, key: &'static str) -> bool {
        match self.value(key) {
            None => false,
            Some(Value::Bool(flag)) => *flag,
            Some(_) => {
                self.wrong_type(key, "true or false");
                false
            }
        }
    }

    /// One of some words; the first when missing.
    pub(super) fn choice<T: Copy>(&mut self, key: &'static str, choices: &[(&str, T)]) -> T {
        let (_, default) = choices[0];
        let Some(value) = self.value(key) else { return default };
        let found = choices.iter().find(|(word, _)| value.as_str() == Some(word));
        if let Some((_, choice)) = found {
            return *choice;
        }
        let words: Vec<_> = choices.iter().map(|(word, _)| format!("\"{word}\"")).collect();
        let written = value.as_str().unwrap_or_default();
        let alike = choices.iter().find(|(word, _)| !written.is_empty() && is_alike(word, written));
        let hint = match alike {
            Some((word, _)) => format!("did you mean \"{word}\"?"),
            None => format!("{} when it is left out", words[0]),
        };
        let message = format!("\"{key}\" must be one of {}", words.join(", "));
        self.error(key, "unknown-value", message, Some(&hint));
        default
    }

    /// Reports the members nobody has asked for, and gives them.
    pub(super) fn finish(self) -> BTreeMap<String, Value> {
        let mut unknown = BTreeMap::new();
        for (key, value) in self.members.into_iter().flatten() {
            if !self.known.contains(&key.as_str()) {
                let pointer = format!("{}/{}", self.pointer, key.replace('~', "~0").replace('/', "~1"));
                let alike = self.known.iter().find(|known| is_alike(known, key));
                let hint = alike.map(|known| format!("did you mean \"{known}\"?"));
                let message = format!("\"{key}\" is not a field here");
                let severity = Severity::Warning;
                self.findings.push(severity, &pointer, "unknown-field", message, hint.as_deref());
                unknown.insert(pointer, value.clone());
            }
        }
        unknown
    }
}

fn named(pointer: &str) -> String {
    match pointer.rsplit_once('/') {
        Some((_, name)) => format!("\"{name}\""),
        None => "a manifest".into(),
    }
}

/// Whether two names differ by case, dashes, or one letter.
fn is_alike(known: &str, written: &str) -> bool {
    let plain = |name: &str| name.to_lowercase().replace(['-', '_', ' '], "");
    let (known, written) = (plain(known), plain(written));
    let common = known.bytes().zip(written.bytes()).take_while(|(a, b)| a == b).count();
    let (rest, other) = (&known.as_bytes()[common..], &written.as_bytes()[common..]);
    let after = |bytes: &[u8]| bytes.get(1..).unwrap_or_default().to_vec();
    rest == other || after(rest) == after(other) || after(rest) == other || rest == after(other)
}
