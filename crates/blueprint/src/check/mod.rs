//! What `agentos check` looks at beyond what compiling already reports: types and limits of props,
//! names that nothing defines, targets that are not there.

#[cfg(test)]
mod tests;

use std::collections::HashSet;

use serde_json::Value;

use crate::action::Action;
use crate::components::{ComponentRow, PropKind};
use crate::diagnostic::{Diagnostic, Place, Report, Severity};
use crate::document::Document;
use crate::expression::kind_of;
use crate::json::join;
use crate::program::Program;
use crate::suggest::{did_you_mean, nearest};
use crate::tools::ToolKind;

/// Everything wrong with a document, in the order of the file.
#[must_use]
pub fn check(bytes: &[u8]) -> Vec<Diagnostic> {
    let mut report = Report::default();
    if let Some(document) = Document::read_into(bytes, &mut report) {
        Program::compile(document, &mut report);
    }
    report.finish(&String::from_utf8_lossy(bytes))
}

/// Findings for people, with source lines, and a last line that counts them.
#[must_use]
pub fn render(file_name: &str, bytes: &[u8], findings: &[Diagnostic]) -> String {
    let source = String::from_utf8_lossy(bytes);
    let mut text: String = findings.iter().map(|finding| finding.render(file_name, &source) + "\n").collect();
    let errors = findings.iter().filter(|finding| finding.severity == Severity::Error).count();
    let warnings = findings.len() - errors;
    let count = |n: usize, what: &str| format!("{n} {what}{}", if n == 1 { "" } else { "s" });
    text.push_str(&match (errors, warnings) {
        (0, 0) => format!("{file_name}: no problems\n"),
        _ => format!("{file_name}: {}, {}\n", count(errors, "error"), count(warnings, "warning")),
    });
    text
}

/// Findings as a JSON array.
#[must_use]
pub fn to_json(findings: &[Diagnostic]) -> Value {
    serde_json::to_value(findings).unwrap_or_default()
}

/// One prop as written.
pub(crate) fn prop(
    row: Option<&ComponentRow>,
    kind: &str,
    name: &str,
    value: &Value,
    pointer: &str,
    report: &mut Report,
) {
    let Some(row) = row else { return };
    let Some(prop) = row.prop(name) else {
        let message = format!("`{kind}` has no prop `{name}`");
        let hint = || match crate::document::event_of(name) {
            Some(event) => Some(format!("did you mean `{name}` → `on_event.{event}`?")),
            None => did_you_mean(name, row.prop_names()),
        };
        report.warning(Place::Key, pointer, "unknown-prop", message).maybe_hint(hint);
        return;
    };
    let dynamic = match value {
        Value::Object(members) => members.keys().any(|key| key.starts_with('$')),
        Value::String(text) => text.contains("{{"),
        _ => false,
    };
    if dynamic || prop.kind.accepts(&crate::view_value::normalise(prop, value.clone())) {
        return;
    }
    let found = match value {
        Value::String(text) => format!("`{}`", text.chars().take(40).collect::<String>()),
        Value::Number(number) => number.to_string(),
        other => kind_of(other).to_owned(),
    };
    let hint = || match (prop.kind, value) {
        (PropKind::OneOf(words), Value::String(text)) => nearest(text, words.iter().copied()),
        _ => None,
    };
    report
        .error(Place::Value, pointer, "wrong-value", format!("`{name}` of `{kind}` cannot be {found}"))
        .expected(prop.kind.describe())
        .maybe_hint(|| hint().map(|near| format!("did you mean `{near}`?")));
}

/// Names and targets, against everything that the document defines.
pub(crate) fn references(program: &Program, report: &mut Report) {
    let defined = defined_names(program);
    for (piece, written) in program.pieces.iter().zip(&program.document.components) {
        let mut names = Vec::new();
        piece.dynamics().for_each(|value| value.names(&mut names));
        let in_repeat = std::iter::successors(program.index_of(&piece.id), |at| program.pieces[*at].parent)
            .filter_map(|at| program.pieces[at].repeat.as_ref())
            .map(|(repeat, _)| repeat.name.as_str())
            .collect::<Vec<_>>();
        unknown_names(&names, &defined, &in_repeat, &written.pointer, report);
        for (event, actions) in &piece.events {
            let at = join(&join(&written.pointer, "on_event"), event);
            for action in actions.iter() {
                action.visit(&mut |action| {
                    action_references(program, action, &defined, &in_repeat, &at, report);
                });
            }
        }
    }
    for (name, actions) in &program.lifecycle {
        let at = join("/ui/lifecycle", name);
        for action in actions.iter() {
            action.visit(&mut |action| action_references(program, action, &defined, &[], &at, report));
        }
    }
}

fn action_references(
    program: &Program,
    action: &Action,
    defined: &HashSet<String>,
    in_repeat: &[&str],
    pointer: &str,
    report: &mut Report,
) {
    let Ok(row) = action.tool else { return };
    let mut names = Vec::new();
    action.args.iter().for_each(|(_, value)| value.names(&mut names));
    action.when.iter().for_each(|value| value.names(&mut names));
    unknown_names(&names, defined, in_repeat, pointer, report);
    let target = action.args.iter().find(|(name, _)| name == "target").and_then(|(_, value)| value.literal());
    if let (ToolKind::Ui, Some(Value::String(target))) = (row.kind, target) {
        let known = target.starts_with(['/', '.'])
            || program.index_of(target).is_some()
            || program.document.data.contains_key(target);
        if !known {
            let hint = || did_you_mean(target, program.document.ids());
            let message = format!("`{}` acts on `{target}`, and there is no such component", row.name);
            report.error(Place::Value, pointer, "unknown-target", message).maybe_hint(hint);
        }
    }
    let service = row.name.split('.').next().unwrap_or_default();
    // What every app may use without asking.
    let free = ["ui", "math", "storage", "timer", "toast", "system", "app"];
    let declared = program.document.services.iter().any(|used| used.name == service);
    if row.kind == ToolKind::Effect && !free.contains(&service) && !declared {
        report
            .warning(
                Place::Value,
                pointer,
                "undeclared-service",
                format!("`{}` is used, but `{service}` is not declared", row.name),
            )
            .hint(format!("add \"{service}\" to `services`"));
    }
}

/// First names that paths and expressions may start with.
fn defined_names(program: &Program) -> HashSet<String> {
    let mut names: HashSet<String> = ["state", "event", "index"].into_iter().map(str::to_owned).collect();
    names.extend(program.document.data.keys().cloned());
    let mut write = |path: &str| {
        if let Some(root) = path.strip_prefix('/').and_then(|rest| rest.split('/').next()) {
            names.insert(root.to_owned());
        }
    };
    let all = program.pieces.iter().flat_map(|piece| piece.events.iter().map(|(_, actions)| actions));
    let all = all.chain(program.lifecycle.iter().map(|(_, actions)| actions));
    for actions in all.chain(program.intervals.iter().map(|(_, actions)| actions)) {
        for action in actions.iter() {
            action.visit(&mut |action| {
                action.into.iter().for_each(|path| write(path));
                for (name, value) in &action.args {
                    let literal = value.literal().and_then(Value::as_str);
                    if let ("target" | "history", Some(path)) = (name.as_str(), literal) {
                        write(path);
                    }
                }
            });
        }
    }
    for piece in &program.pieces {
        // What is typed into defines its place.
        if let (true, crate::program::ValueSource::Bound(path)) = (piece.is_stateful(), &piece.value) {
            write(&path.resolve(None));
        }
    }
    names
}

fn unknown_names(
    names: &[String],
    defined: &HashSet<String>,
    in_repeat: &[&str],
    pointer: &str,
    report: &mut Report,
) {
    let unknown: HashSet<&String> =
        names.iter().filter(|name| !defined.contains(*name) && !in_repeat.contains(&name.as_str())).collect();
    for name in unknown {
        if report.is_full() {
            return;
        }
        let hint = nearest(name, defined.iter().map(String::as_str)).map_or_else(
            || format!("give it a start under `data`: \"{name}\": …"),
            |near| format!("did you mean `{near}`?"),
        );
        report.warning(Place::Value, pointer, "unknown-name", format!("Nothing defines `{name}`")).hint(hint);
    }
}
