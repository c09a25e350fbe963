//! What one node shows: every prop, style and condition of it, resolved.

use serde_json::{Map, Value};

use super::Instance;
use super::view::Record;
use crate::components::{ComponentRow, PropRow, component, expand_style};
use crate::dynamic::Dynamic;
use crate::expression::{Env, Scope, equal, text_of};
use crate::json::join;
use crate::program::{Piece, ValueSource};
use crate::view::Node;
use crate::view_value::{fill_defaults, is_truthy, normalise};

impl Instance {
    pub(super) fn dependencies(&self, id: &str, record: &mut Record) {
        let scope = record.scope.as_deref();
        let found = &mut record.dependencies;
        match record.piece {
            None => self.program.root.iter().for_each(|(_, value)| value.dependencies(scope, found)),
            Some(piece) => {
                let piece = &self.program.pieces[piece];
                piece.dynamics().for_each(|value| value.dependencies(scope, found));
                found.extend(value_pointer(piece, id, scope));
            }
        }
        found.sort();
        found.dedup();
    }

    pub(super) fn evaluate(&mut self, index: usize) -> Node {
        let id = std::mem::take(&mut self.view.nodes[index].id);
        let record = std::mem::take(&mut self.records[index]);
        let node = self.evaluate_record(&id, &record);
        self.records[index] = record;
        self.view.nodes[index].id = id;
        node
    }

    /// Everything a renderer sees of a node but its children.
    pub(super) fn evaluate_record(&mut self, id: &str, record: &Record) -> Node {
        self.stats.evaluated += 1;
        self.stats.last_evaluated += 1;
        let env = Env { data: self.state.root(), scope: record.scope.as_deref(), event: None };
        let mut evaluation = Evaluation { env, error: None };
        let Some(index) = record.piece else {
            let mut props = evaluation.members(&self.program.root, None);
            if let Some(row) = component("container") {
                props =
                    props.into_iter().map(|(name, value)| normalised(row.prop(&name), name, value)).collect();
                fill_defaults(row, &mut props);
            }
            let error = self.errors.get(id).cloned().or(evaluation.error);
            return Node {
                id: id.to_owned(),
                kind: "container".to_owned(),
                props,
                visible: true,
                enabled: true,
                error,
                ..Node::default()
            };
        };
        let piece = &self.program.pieces[index];
        let mut props = evaluation.members(&piece.props, piece.row);
        if let (Some(prop), Some(pointer)) =
            (piece.value_prop(), value_pointer(piece, id, record.scope.as_deref()))
        {
            let start =
                if let ValueSource::State { start, .. } = &piece.value { start.clone() } else { None };
            let value = self.state.get(&pointer).filter(|value| !value.is_null()).cloned().or(start);
            match value {
                Some(value) => drop(props.insert(prop.to_owned(), value)),
                None => drop(props.shift_remove(prop)),
            }
        }
        if let Some(row) = piece.row {
            fill_defaults(row, &mut props);
        }
        if piece.kind == "radio" {
            let own = props.get("value").or_else(|| props.get("label")).cloned().unwrap_or_default();
            let chosen = props.get("selected").is_some_and(|selected| equal(selected, &own));
            props.insert("checked".to_owned(), chosen.into());
        }
        let mut style = Map::new();
        for (name, value) in &piece.style {
            if let Some(value) = evaluation.value(value).filter(|value| !value.is_null()) {
                expand_style(name, value, &mut style);
            }
        }
        let overridden = self.overrides.get(id).copied().unwrap_or_default();
        let mut condition =
            |dynamic: &Option<_>| dynamic.as_ref().is_none_or(|value| evaluation.condition(value));
        let visible = condition(&piece.visible);
        let enabled = condition(&piece.enabled) && !props.get("disabled").is_some_and(is_truthy);
        let text = |value: Option<Value>| {
            value.map(|value| text_of(&value).into_owned()).filter(|text| !text.is_empty())
        };
        let label = text(piece.label.as_ref().and_then(|value| evaluation.value(value)));
        let description = text(piece.description.as_ref().and_then(|value| evaluation.value(value)));
        let failed_check = self.visited.contains(id).then(|| evaluation.failed_check(piece)).flatten();
        let error = self
            .errors
            .get(id)
            .cloned()
            .or(failed_check)
            .or_else(|| piece.error.clone())
            .or(evaluation.error);
        Node {
            id: id.to_owned(),
            kind: piece.kind.clone(),
            props,
            style,
            children: Vec::new(),
            visible: overridden.visible.unwrap_or(visible),
            enabled: overridden.enabled.unwrap_or(enabled),
            pending: self.runs.is_pending(id),
            error,
            label,
            description,
            events: piece.events.iter().map(|(name, _)| name.clone()).collect(),
            revision: 0,
        }
    }
}

/// Evaluates values and keeps the first error.
struct Evaluation<'a> {
    env: Env<'a>,
    error: Option<String>,
}

impl Evaluation<'_> {
    fn value(&mut self, value: &Dynamic) -> Option<Value> {
        match value.evaluate(&self.env) {
            Ok(value) => Some(value),
            Err(message) => {
                self.error.get_or_insert(message);
                None
            }
        }
    }

    fn condition(&mut self, value: &Dynamic) -> bool {
        // What cannot be decided stays usable, with its error shown.
        self.value(value).is_none_or(|value| is_truthy(&value))
    }

    fn members(&mut self, members: &[(String, Dynamic)], row: Option<&ComponentRow>) -> Map<String, Value> {
        let mut map = Map::new();
        for (name, value) in members {
            if let Some(value) = self.value(value) {
                let (name, value) = normalised(row.and_then(|row| row.prop(name)), name.clone(), value);
                map.insert(name, value);
            }
        }
        map
    }

    fn failed_check(&mut self, piece: &Piece) -> Option<String> {
        let failed = piece
            .checks
            .iter()
            .find(|(condition, _)| !condition.evaluate(&self.env).is_ok_and(|value| is_truthy(&value)));
        let (_, message) = failed?;
        self.value(message).map(|message| text_of(&message).into_owned())
    }
}

fn normalised(prop: Option<&PropRow>, name: String, value: Value) -> (String, Value) {
    match prop {
        Some(prop) => (name, normalise(prop, value)),
        None => (name, value),
    }
}

/// Where the value of a node is kept, if it is data.
pub(super) fn value_pointer(piece: &Piece, id: &str, scope: Option<&Scope>) -> Option<String> {
    match &piece.value {
        ValueSource::None => None,
        ValueSource::Bound(path) => Some(path.resolve(scope)),
        ValueSource::Named(expression) => expression.place(scope),
        ValueSource::State { name, .. } => Some(join("/state", name.as_deref().unwrap_or(id))),
    }
}
