//! What people do, and what actions see of it: two-way binding, `$event`, arguments that are left out.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::Instance;
use super::evaluate::value_pointer;
use super::run::Run;
use crate::action::Action;
use crate::infer::{self, Inferred};
use crate::tools::{ToolError, ToolHost};
use crate::view::UiEvent;

/// Longest text that an input takes.
const MAX_INPUT_BYTES: usize = 1 << 20;

impl Instance {
    pub(super) fn apply_event(&mut self, event: UiEvent, host: &mut dyn ToolHost) {
        let Some(index) = self.by_id.get(&event.component).copied() else { return };
        let node = &self.view.nodes[index];
        let Some(piece) = self.records[index].piece else { return };
        let about_focus = matches!(event.event.as_str(), "focus" | "blur");
        if !(node.visible && node.enabled || about_focus) {
            return;
        }
        let id = event.component.clone();
        let shown =
            ["text", "label", "content", "title", "name"].iter().find_map(|prop| node.props.get(*prop));
        let mut about = Map::new();
        about.insert("text".to_owned(), shown.cloned().unwrap_or_default());
        about.insert("id".to_owned(), id.as_str().into());
        if let Some(scope) = &self.records[index].scope {
            about.insert("index".to_owned(), scope.index.into());
            about.insert("item".to_owned(), self.state.get(&scope.pointer).cloned().unwrap_or_default());
        }
        let value = self.write_value(index, &event);
        about.insert("value".to_owned(), value);
        if matches!(event.event.as_str(), "change" | "blur" | "submit") && self.visited.insert(id.clone()) {
            self.mark(&id);
        }
        let program = Arc::clone(&self.program);
        let handlers = program.pieces[piece].events.iter().filter(|(name, _)| *name == event.event);
        for (_, actions) in handlers {
            self.start(Some(index), &event.event, about.clone(), Arc::clone(actions), host);
        }
    }

    /// Two-way binding: writes what an input holds now. Gives the value as it is seen by actions.
    fn write_value(&mut self, index: usize, event: &UiEvent) -> Value {
        let record = &self.records[index];
        let piece = &self.program.pieces[self.piece_of(index)];
        let node = &self.view.nodes[index];
        let typed = match (&event.value, piece.kind.as_str()) {
            // A number stays text only while it is none.
            (Value::String(text), "input") if node.text("type") == "number" => {
                match text.trim().parse::<f64>() {
                    _ if text.trim().is_empty() => Value::Null,
                    Ok(number) if number.is_finite() => {
                        crate::expression::number_value(number).unwrap_or_default()
                    }
                    _ => event.value.clone(),
                }
            }
            (Value::Null, "radio") => {
                node.props.get("value").or_else(|| node.props.get("label")).cloned().unwrap_or_default()
            }
            (Value::Bool(_), "radio") => {
                node.props.get("value").or_else(|| node.props.get("label")).cloned().unwrap_or_default()
            }
            (_, "modal") if event.event == "close" => Value::Bool(false),
            _ => event.value.clone(),
        };
        if piece.written_by() != Some(event.event.as_str()) {
            return typed;
        }
        let id = node.id.clone();
        if typed.as_str().is_some_and(|text| text.len() > MAX_INPUT_BYTES) {
            self.set_error(&id, Some("The text is too long".to_owned()));
            return typed;
        }
        if let Some(pointer) = value_pointer(piece, &id, record.scope.as_deref()) {
            // Null is "not there", which would bring the start value back; an emptied field stays empty.
            let stored = if typed.is_null() { Value::String(String::new()) } else { typed.clone() };
            match self.state.set(&pointer, stored) {
                Ok(()) => self.set_error(&id, None),
                Err(error) => self.set_error(&id, Some(error.to_string())),
            }
        } else {
            // What a computed value shows is not changed by typing: show it again.
            self.mark(&id);
        }
        typed
    }

    /// Given arguments, and inferred ones for those left out.
    pub(super) fn arguments(
        &self,
        tool: &str,
        action: &Action,
        run: &Run,
    ) -> Result<Map<String, Value>, ToolError> {
        let mut args = Map::new();
        for (name, value) in &action.args {
            args.insert(name.clone(), self.evaluate_in(value, run).map_err(ToolError::bad)?);
        }
        let Some(row) = crate::tools::tool(tool) else { return Ok(args) };
        let node = run.origin.node.as_deref().and_then(|id| self.by_id.get(id)).copied();
        let piece = node.and_then(|node| self.records[node].piece);
        for arg in &row.args {
            if args.contains_key(arg.name) {
                continue;
            }
            let inferred = match infer::infer(&self.program, piece, tool, arg.name) {
                None => continue,
                Some(Inferred::Component(piece)) => Value::from(self.program.pieces[piece].id.as_str()),
                Some(Inferred::ValueOf(piece)) => self.value_of(&self.program.pieces[piece].id),
                Some(Inferred::EventValue) => {
                    let value = run.event.get("value").filter(|value| !value.is_null());
                    value.or_else(|| run.event.get("text")).cloned().unwrap_or_default()
                }
                Some(Inferred::OwnText) => run.event.get("text").cloned().unwrap_or_default(),
                Some(Inferred::Form(piece)) => self.form_values(piece),
                Some(Inferred::Text(text)) => Value::String(text),
            };
            args.insert(arg.name.to_owned(), inferred);
        }
        Ok(args)
    }

    /// What the component shows or holds now.
    fn value_of(&self, id: &str) -> Value {
        let Some(index) = self.by_id.get(id) else { return Value::Null };
        let prop = self.program.pieces[self.piece_of(*index)].value_prop();
        prop.and_then(|prop| self.view.nodes[*index].props.get(prop)).cloned().unwrap_or_default()
    }

    fn form_values(&self, form: Option<usize>) -> Value {
        let pieces: Vec<usize> = match form {
            Some(form) => self.program.below(form).collect(),
            None => (0..self.program.pieces.len()).collect(),
        };
        let mut values = Map::new();
        for piece in
            pieces.into_iter().map(|piece| &self.program.pieces[piece]).filter(|piece| piece.is_stateful())
        {
            values.insert(piece.id.clone(), self.value_of(&piece.id));
        }
        Value::Object(values)
    }
}
