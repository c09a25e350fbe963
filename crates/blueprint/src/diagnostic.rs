//! What is wrong with a document, where, and what would be right.
//!
//! A [`Report`] gathers findings by JSON Pointer; lines and columns are looked up once at the end,
//! because well-formed documents (nearly all) then pay nothing for positions.

use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;

use serde::Serialize;

use crate::json;

/// Most findings kept for one document.
pub const MAX_DIAGNOSTICS: usize = 200;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// It works, but probably not as meant.
    Warning,
    /// That part does not work; `agentos check` fails.
    Error,
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Diagnostic {
    /// Stable short name, such as `unknown-component`.
    pub code: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// JSON Pointer of the value.
    pub pointer: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// What is wrong.
    pub message: String,
    /// What would be right.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

/// What a finding points at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// The value at the pointer.
    Value,
    /// The key of the member at the pointer.
    Key,
    /// A byte of the file, for errors of JSON itself.
    Offset(usize),
}

/// Findings while a document is read.
#[derive(Debug, Default)]
pub(crate) struct Report {
    entries: Vec<(Place, Diagnostic)>,
}

/// A finding under construction; see [`Report::error`].
pub(crate) struct Finding<'a>(Option<&'a mut Diagnostic>);

impl Finding<'_> {
    pub(crate) fn expected(mut self, text: impl Into<String>) -> Self {
        if let Some(diagnostic) = &mut self.0 {
            diagnostic.expected = Some(text.into());
        }
        self
    }

    pub(crate) fn hint(mut self, text: impl Into<String>) -> Self {
        if let Some(diagnostic) = &mut self.0 {
            diagnostic.hint = Some(text.into());
        }
        self
    }

    /// A hint that takes some looking for: not looked for where nobody would see it.
    pub(crate) fn maybe_hint(self, find: impl FnOnce() -> Option<String>) -> Self {
        match self.0.is_some().then(find).flatten() {
            Some(text) => self.hint(text),
            None => self,
        }
    }
}

impl Report {
    pub(crate) fn error(
        &mut self,
        place: Place,
        pointer: &str,
        code: &'static str,
        message: impl Into<String>,
    ) -> Finding<'_> {
        self.push(Severity::Error, place, pointer, code, message.into())
    }

    pub(crate) fn warning(
        &mut self,
        place: Place,
        pointer: &str,
        code: &'static str,
        message: impl Into<String>,
    ) -> Finding<'_> {
        self.push(Severity::Warning, place, pointer, code, message.into())
    }

    /// Whether further findings are dropped.
    pub(crate) fn is_full(&self) -> bool {
        self.entries.len() >= MAX_DIAGNOSTICS
    }

    fn push(
        &mut self,
        severity: Severity,
        place: Place,
        pointer: &str,
        code: &'static str,
        message: String,
    ) -> Finding<'_> {
        if self.is_full() {
            return Finding(None);
        }
        let pointer = pointer.to_owned();
        let diagnostic =
            Diagnostic { code, severity, pointer, line: 1, column: 1, message, expected: None, hint: None };
        self.entries.push((place, diagnostic));
        Finding(self.entries.last_mut().map(|(_, diagnostic)| diagnostic))
    }

    /// Messages of errors by pointer, for showing them where they belong.
    pub(crate) fn errors(&self) -> impl Iterator<Item = (&str, &str)> {
        let errors = self.entries.iter().filter(|(_, entry)| entry.severity == Severity::Error);
        errors.map(|(_, entry)| (entry.pointer.as_str(), entry.message.as_str()))
    }

    /// All findings in the order of the file, with their positions.
    pub(crate) fn finish(self, source: &str) -> Vec<Diagnostic> {
        let wanted: HashSet<&str> = self
            .entries
            .iter()
            .filter(|(place, _)| !matches!(place, Place::Offset(_)))
            .flat_map(|(_, entry)| with_ancestors(&entry.pointer))
            .collect();
        let found = if wanted.is_empty() { HashMap::new() } else { json::locate(source, &wanted) };
        let mut placed: Vec<(usize, Diagnostic)> = self
            .entries
            .iter()
            .map(|(place, entry)| {
                let offset = match place {
                    Place::Offset(offset) => *offset,
                    // What cannot be found as such (a shorthand's members) is shown at what holds it.
                    place => match with_ancestors(&entry.pointer).find_map(|at| found.get(at)) {
                        Some(at) if *place == Place::Key => at.key.unwrap_or(at.value),
                        Some(at) => at.value,
                        None => 0,
                    },
                };
                (offset, entry.clone())
            })
            .collect();
        placed.sort_by_key(|(offset, _)| *offset);
        let (mut line, mut line_start, mut scanned) = (1, 0, 0);
        for (offset, entry) in &mut placed {
            let offset = floor_char_boundary(source, *offset);
            for (at, _) in source[scanned..offset].match_indices('\n') {
                line += 1;
                line_start = scanned + at + 1;
            }
            scanned = offset;
            entry.line = line;
            entry.column = source[line_start..offset].chars().count() + 1;
        }
        placed.into_iter().map(|(_, entry)| entry).collect()
    }
}

/// The pointer and those of all that holds it, innermost first.
fn with_ancestors(pointer: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(pointer), |pointer| pointer.rfind('/').map(|cut| &pointer[..cut]))
}

fn floor_char_boundary(text: &str, offset: usize) -> usize {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}

/// Characters of a source line shown on each side of the column.
const CONTEXT_CHARACTERS: usize = 60;

impl Diagnostic {
    /// For people: message, place, the source line with a caret, what was expected, what to do.
    #[must_use]
    pub fn render(&self, file_name: &str, source: &str) -> String {
        let severity = match self.severity {
            Severity::Warning => "warning",
            Severity::Error => "error",
        };
        let mut text = format!("{severity}[{}]: {}\n", self.code, self.message);
        let number = self.line.to_string();
        let margin = " ".repeat(number.len());
        let _ = writeln!(text, "{margin}--> {file_name}:{}:{}", self.line, self.column);
        if let Some(line) = source.lines().nth(self.line - 1) {
            let from = self.column.saturating_sub(CONTEXT_CHARACTERS + 1);
            let shown: String = line
                .chars()
                .skip(from)
                .take(2 * CONTEXT_CHARACTERS)
                .map(|c| if c.is_control() { ' ' } else { c })
                .collect();
            let caret = " ".repeat(self.column - 1 - from);
            let _ = write!(text, "{margin} |\n{number} | {}\n{margin} | {caret}^\n", shown.trim_end());
        }
        if let Some(expected) = &self.expected {
            let _ = writeln!(text, "{margin} = expected {expected}");
        }
        if let Some(hint) = &self.hint {
            let _ = writeln!(text, "{margin} = hint: {hint}");
        }
        text
    }
}
