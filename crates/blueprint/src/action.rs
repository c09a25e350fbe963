//! Actions, compiled from their written forms and checked against the registry.

use std::sync::Arc;

use serde_json::Value;

use crate::diagnostic::{Place, Report};
use crate::dynamic::Dynamic;
use crate::expression::kind_of;
use crate::json::join;
use crate::suggest::did_you_mean;
use crate::tools::{self, ToolRow};

/// Most actions in one list.
const MAX_ACTIONS: usize = 256;

const KEYS: &[&str] = &["tool", "args", "into", "then", "catch", "confirm", "when", "while_pending"];

/// What a second event does while the first is under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WhilePending {
    /// Nothing.
    Ignore,
    /// It runs afterwards.
    Queue,
}

/// A question to ask first.
#[derive(Clone, Debug)]
pub(crate) struct Question {
    pub(crate) message: Dynamic,
    pub(crate) confirm_label: Option<String>,
    pub(crate) cancel_label: Option<String>,
}

/// One call of a tool, and what follows.
#[derive(Clone, Debug)]
pub(crate) struct Action {
    pub(crate) tool: Result<&'static ToolRow, String>,
    pub(crate) args: Vec<(String, Dynamic)>,
    pub(crate) into: Option<String>,
    pub(crate) then: Arc<[Action]>,
    pub(crate) catch: Option<Arc<[Action]>>,
    pub(crate) confirm: Option<Question>,
    pub(crate) when: Option<Dynamic>,
    pub(crate) while_pending: WhilePending,
}

impl Action {
    fn of(tool: Result<&'static ToolRow, String>) -> Self {
        let then = Arc::from([]);
        Self {
            tool,
            args: Vec::new(),
            into: None,
            then,
            catch: None,
            confirm: None,
            when: None,
            while_pending: WhilePending::Ignore,
        }
    }

    /// All dynamic parts, also of what follows.
    pub(crate) fn visit(&self, visit: &mut dyn FnMut(&Self)) {
        visit(self);
        self.then
            .iter()
            .chain(self.catch.iter().flat_map(|catch| catch.iter()))
            .for_each(|action| action.visit(visit));
    }
}

/// An action, or a list of them. Nesting is that of the file, which is bounded.
pub(crate) fn compile(value: &Value, pointer: &str, report: &mut Report) -> Arc<[Action]> {
    let items = match value {
        Value::Array(items) => items.as_slice(),
        Value::Null => &[],
        single => return Arc::from([compile_one(single, pointer, report)]),
    };
    if items.len() > MAX_ACTIONS {
        let message = format!("More than {MAX_ACTIONS} actions in one list; the rest is left out");
        report.error(Place::Value, pointer, "too-many-actions", message);
    }
    let compile =
        |(index, item): (usize, &Value)| compile_one(item, &join(pointer, &index.to_string()), report);
    items.iter().take(MAX_ACTIONS).enumerate().map(compile).collect()
}

fn compile_one(value: &Value, pointer: &str, report: &mut Report) -> Action {
    let members = match value {
        Value::String(name) => return Action::of(lookup(name, pointer, report)),
        Value::Object(members) => members,
        other => {
            let message = format!("An action is a tool's name or an object, found {}", kind_of(other));
            report
                .error(Place::Value, pointer, "not-an-action", &message)
                .expected("\"ui.clear\" or {\"tool\": \"ui.set\", \"args\": {…}}");
            return Action::of(Err(message));
        }
    };
    for key in members.keys().filter(|key| !KEYS.contains(&key.as_str())) {
        let hint = || did_you_mean(key, KEYS.iter().copied());
        report
            .warning(
                Place::Key,
                &join(pointer, key),
                "unknown-key",
                format!("`{key}` is no member of an action"),
            )
            .maybe_hint(hint);
    }
    let mut action = match members.get("tool") {
        Some(Value::String(name)) => Action::of(lookup(name, &join(pointer, "tool"), report)),
        _ => {
            let message = "This action has no `tool`".to_owned();
            report.error(Place::Value, pointer, "missing-tool", &message).expected("\"tool\": \"ui.set\"");
            return Action::of(Err(message));
        }
    };
    match members.get("args") {
        Some(Value::Object(args)) => {
            let at = join(pointer, "args");
            for (key, value) in args {
                action.args.push((key.clone(), Dynamic::compile(value, &join(&at, key), report)));
            }
        }
        None | Some(Value::Null) => {}
        Some(other) => {
            let message = format!("`args` is an object, found {}", kind_of(other));
            report.error(Place::Value, &join(pointer, "args"), "wrong-type", message).expected("{ … }");
        }
    }
    check_args(&action, members.contains_key("args"), pointer, report);
    action.into = members.get("into").and_then(Value::as_str).map(str::to_owned);
    if let Some(value) = members.get("then") {
        action.then = compile(value, &join(pointer, "then"), report);
    }
    action.catch = members.get("catch").map(|value| compile(value, &join(pointer, "catch"), report));
    action.when = members.get("when").map(|value| Dynamic::compile(value, &join(pointer, "when"), report));
    action.confirm =
        members.get("confirm").and_then(|value| question(value, &join(pointer, "confirm"), report));
    match members.get("while_pending").and_then(Value::as_str) {
        None | Some("ignore") => {}
        Some("queue") => action.while_pending = WhilePending::Queue,
        Some(other) => {
            let at = join(pointer, "while_pending");
            report
                .error(Place::Value, &at, "wrong-value", format!("`{other}` is no way to wait"))
                .expected("ignore or queue");
        }
    }
    action
}

fn question(value: &Value, pointer: &str, report: &mut Report) -> Option<Question> {
    let plain = |value: &Value, pointer: &str, report: &mut Report| Dynamic::compile(value, pointer, report);
    match value {
        Value::Null | Value::Bool(false) => None,
        Value::Bool(true) => Some(Question {
            message: Dynamic::Literal("Are you sure?".into()),
            confirm_label: None,
            cancel_label: None,
        }),
        Value::Object(members) if members.contains_key("message") => {
            let label = |key: &str| members.get(key).and_then(Value::as_str).map(str::to_owned);
            let message = plain(&members["message"], &join(pointer, "message"), report);
            Some(Question { message, confirm_label: label("ok"), cancel_label: label("cancel") })
        }
        text => {
            Some(Question { message: plain(text, pointer, report), confirm_label: None, cancel_label: None })
        }
    }
}

fn lookup(name: &str, pointer: &str, report: &mut Report) -> Result<&'static ToolRow, String> {
    tools::tool(name).ok_or_else(|| {
        let message = format!("There is no tool `{name}`");
        let hint = || {
            did_you_mean(name, tools::tools().iter().map(|row| row.name.as_str())).or_else(|| {
                let family = name.split('.').next().unwrap_or(name);
                let same: Vec<&str> = tools::tools()
                    .iter()
                    .map(|row| row.name.as_str())
                    .filter(|known| known.split('.').next() == Some(family))
                    .take(24)
                    .collect();
                (!same.is_empty()).then(|| format!("there are {}", same.join(", ")))
            })
        };
        report.error(Place::Value, pointer, "unknown-tool", &message).maybe_hint(hint);
        message
    })
}

fn check_args(action: &Action, given: bool, pointer: &str, report: &mut Report) {
    let Ok(row) = action.tool else { return };
    let at = join(pointer, "args");
    if !row.open_args {
        for (key, _) in action.args.iter().filter(|(key, _)| row.args.iter().all(|arg| arg.name != key)) {
            let hint = || did_you_mean(key, row.args.iter().map(|arg| arg.name));
            report
                .warning(
                    Place::Key,
                    &join(&at, key),
                    "unknown-argument",
                    format!("`{}` has no argument `{key}`", row.name),
                )
                .maybe_hint(hint);
        }
        for arg in row.args.iter().filter(|arg| arg.required && !crate::infer::can_infer(&row.name, arg.name))
        {
            if action.args.iter().all(|(key, _)| key != arg.name) {
                let place = if given { at.as_str() } else { pointer };
                report
                    .error(
                        Place::Value,
                        place,
                        "missing-argument",
                        format!("`{}` needs `{}`", row.name, arg.name),
                    )
                    .hint(format!("for example {}", row.example));
            }
        }
    }
}
