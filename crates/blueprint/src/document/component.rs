//! Components in any written form: the explicit one, and the shorthand of older files.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::{Component, Document, MAX_COMPONENTS};
use crate::components::{component, component_hint};
use crate::diagnostic::{Place, Report};
use crate::expression::kind_of;
use crate::json::join;
use crate::suggest::did_you_mean;

/// Members of a component that are not props.
pub(crate) const COMPONENT_KEYS: &[&str] = &[
    "type",
    "id",
    "props",
    "children",
    "on_event",
    "visible",
    "enabled",
    "repeat",
    "checks",
    "$template",
    "accessibility",
    "style",
];

/// Adds components to a document.
pub(super) struct Reader<'a> {
    document: &'a mut Document,
    report: &'a mut Report,
    /// Last number put behind an id that was taken.
    numbers: HashMap<String, usize>,
    full: bool,
}

impl<'a> Reader<'a> {
    pub(super) fn new(document: &'a mut Document, report: &'a mut Report) -> Self {
        Self { document, report, numbers: HashMap::new(), full: false }
    }

    pub(super) fn children(
        &mut self,
        items: &[Value],
        pointer: &str,
        path: &str,
        parent: Option<&str>,
    ) -> Vec<usize> {
        let mut found = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            let pointer = format!("{pointer}/{index}");
            found.extend(self.component(item, &pointer, path, index, parent));
        }
        found
    }

    /// One component in any written form. `path` and `index` make the id where none is given.
    fn component(
        &mut self,
        value: &Value,
        pointer: &str,
        path: &str,
        index: usize,
        parent: Option<&str>,
    ) -> Option<usize> {
        if self.document.components.len() >= MAX_COMPONENTS {
            if !self.full {
                let message =
                    format!("There are more than {MAX_COMPONENTS} components; the rest is left out");
                self.report.error(Place::Value, pointer, "too-many-components", message);
            }
            self.full = true;
            return None;
        }
        let (mut component, children) = match value {
            Value::String(text) => (shorthand_of_text("text", text.clone().into()), None),
            Value::Object(members) if members.contains_key("type") || looks_explicit(members) => {
                self.explicit(members, pointer, parent)
            }
            Value::Object(members) if members.len() == 1 => {
                let (key, value) = members.iter().next()?;
                self.shorthand(key, value, &join(pointer, key))
            }
            other => {
                let message = format!("A component is an object with a `type`, found {}", kind_of(other));
                self.report
                    .error(Place::Value, pointer, "not-a-component", message)
                    .expected("{\"type\": \"button\", \"id\": \"save\", \"props\": {…}}");
                return None;
            }
        };
        if component.pointer.is_empty() {
            pointer.clone_into(&mut component.pointer);
        }
        component.id_given = !component.id.is_empty();
        if component.id.is_empty() {
            let kind = if component.kind.is_empty() { "component" } else { &component.kind };
            component.id =
                if path.is_empty() { format!("{kind}-{index}") } else { format!("{path}.{kind}-{index}") };
        }
        self.make_unique(&mut component);
        let (id, kind) = (component.id.clone(), component.kind.clone());
        let own_pointer = component.pointer.clone();
        let own_index = self.document.components.len();
        self.document.ids.insert(id.clone(), own_index);
        self.document.components.push(component);
        let children = match children {
            Some(Value::Array(items)) => {
                self.children(&items, &join(&own_pointer, "children"), &id, Some(&kind))
            }
            Some(single @ (Value::String(_) | Value::Object(_))) => self
                .component(&single, &join(&own_pointer, "children"), &id, 0, Some(&kind))
                .into_iter()
                .collect(),
            None | Some(Value::Null) => Vec::new(),
            Some(_) => {
                let at = join(&own_pointer, "children");
                self.report.error(Place::Value, &at, "wrong-type", "`children` is a list").expected("[ … ]");
                Vec::new()
            }
        };
        self.document.components[own_index].children = children;
        Some(own_index)
    }

    fn make_unique(&mut self, component: &mut Component) {
        let taken = |id: &str| self.document.ids.contains_key(id);
        if !taken(&component.id) {
            return;
        }
        let from = component.id.clone();
        let mut number = self.numbers.get(&from).copied().unwrap_or(1);
        while taken(&component.id) {
            number += 1;
            component.id = format!("{from}~{number}");
        }
        self.numbers.insert(from.clone(), number);
        if component.id_given {
            let at = join(&component.pointer, "id");
            let first = self.document.component(&from).map(|first| first.pointer.clone()).unwrap_or_default();
            let message = format!("The id `{from}` is taken; this one is called `{}`", component.id);
            self.report
                .error(Place::Value, &at, "duplicate-id", message)
                .hint(format!("the first one is at {first}"));
        }
    }

    fn explicit(
        &mut self,
        members: &Map<String, Value>,
        pointer: &str,
        parent: Option<&str>,
    ) -> (Component, Option<Value>) {
        let mut component = Component::default();
        let mut children = None;
        for (key, value) in members {
            let at = || join(pointer, key);
            let value = value.clone();
            match (key.as_str(), value) {
                ("type", Value::String(kind)) => component.kind = kind,
                ("id", Value::String(id)) => component.id = id,
                ("id", Value::Number(id)) => component.id = id.to_string(),
                ("props", Value::Object(props)) => component.props = props,
                ("on_event", Value::Object(events)) => component.on_event = events,
                ("props" | "on_event", Value::Null) => {}
                ("type" | "id" | "props" | "on_event", other) => {
                    let expected = if matches!(key.as_str(), "type" | "id") { "a text" } else { "an object" };
                    let message = format!("`{key}` is {expected}, found {}", kind_of(&other));
                    self.report.error(Place::Value, &at(), "wrong-type", message).expected(expected);
                    component.rest.insert(key.clone(), other);
                }
                ("children", value) => children = Some(value),
                ("visible", value) => component.visible = Some(value),
                ("enabled", value) => component.enabled = Some(value),
                ("repeat", value) => component.repeat = Some(value),
                ("checks", value) => component.checks = Some(value),
                ("$template", value) => component.template = Some(value),
                ("accessibility", value) => component.accessibility = Some(value),
                (_, value) => {
                    component.rest.insert(key.clone(), value);
                }
            }
        }
        if component.kind.is_empty() {
            if parent == Some("tabs") && !members.contains_key("type") {
                component.kind = "col".to_owned();
            } else {
                let hint = || members.keys().find_map(|key| component_hint(key));
                self.report
                    .error(Place::Value, pointer, "missing-type", "This component has no `type`")
                    .expected("\"type\": \"button\"")
                    .maybe_hint(hint);
            }
        }
        self.misplaced(&component, pointer);
        (component, children)
    }

    /// Says where members that stand beside `props` belong.
    fn misplaced(&mut self, found: &Component, pointer: &str) {
        let row = component(&found.kind);
        for key in found.rest.keys() {
            if COMPONENT_KEYS.contains(&key.as_str()) || key == "label" {
                continue;
            }
            if self.report.is_full() {
                return;
            }
            let message = format!("`{key}` is no member of a component");
            let at = join(pointer, key);
            let hint = if let Some(event) = event_of(key) {
                Some(format!("did you mean `{key}` → `on_event.{event}`?"))
            } else if row.is_some_and(|row| row.prop(key).is_some()) {
                Some(format!("did you mean `{key}` → `props.{key}`? It is read as that"))
            } else {
                did_you_mean(key, COMPONENT_KEYS.iter().copied())
            };
            if hint.is_some() {
                self.report.warning(Place::Key, &at, "misplaced", message).maybe_hint(|| hint);
            }
        }
    }

    /// `{"button#save": {…}}` or `{"text": "Hello"}`.
    fn shorthand(&mut self, key: &str, value: &Value, pointer: &str) -> (Component, Option<Value>) {
        let (kind, id) = key.split_once('#').unwrap_or((key, ""));
        let mut children = None;
        let mut component = match value {
            Value::Object(members) => {
                let mut component = Component::default();
                for (key, value) in members {
                    let value = value.clone();
                    match key.as_str() {
                        "children" => children = Some(value),
                        "id" if value.is_string() => {
                            component.id = value.as_str().unwrap_or_default().to_owned();
                        }
                        "props" if value.is_object() => {
                            component.props.extend(value.as_object().cloned().unwrap_or_default());
                        }
                        "on_event" if value.is_object() => {
                            component.on_event.extend(value.as_object().cloned().unwrap_or_default());
                        }
                        "visible" => component.visible = Some(value),
                        "enabled" => component.enabled = Some(value),
                        "repeat" => component.repeat = Some(value),
                        "checks" => component.checks = Some(value),
                        "$template" => component.template = Some(value),
                        "accessibility" => component.accessibility = Some(value),
                        event if event.starts_with('@') => {
                            component.on_event.insert(event[1..].to_owned(), value);
                        }
                        prop => {
                            component.props.insert(prop.to_owned(), value);
                        }
                    }
                }
                component
            }
            Value::Array(items) => {
                children = Some(Value::Array(items.clone()));
                Component::default()
            }
            single => shorthand_of_text(kind, single.clone()),
        };
        kind.clone_into(&mut component.kind);
        if !id.is_empty() {
            id.clone_into(&mut component.id);
        }
        pointer.clone_into(&mut component.pointer);
        component.shorthand = true;
        (component, children)
    }
}

/// A component given by the value of its main prop alone.
fn shorthand_of_text(kind: &str, value: Value) -> Component {
    let mut props = Map::new();
    if let Some(main) = component(kind).and_then(|row| row.main) {
        props.insert(main.to_owned(), value);
    } else {
        props.insert("content".to_owned(), value);
    }
    Component { kind: kind.to_owned(), props, ..Component::default() }
}

/// Whether an object without `type` was meant to have one.
fn looks_explicit(members: &Map<String, Value>) -> bool {
    members.len() != 1
        || members.keys().any(|key| matches!(key.as_str(), "props" | "children" | "id" | "label"))
}

/// The event meant by `onClick`, `on_click` or `@click`.
pub(crate) fn event_of(key: &str) -> Option<String> {
    let event = key.strip_prefix('@').or_else(|| key.strip_prefix("on_")).or_else(|| {
        key.strip_prefix("on").filter(|rest| rest.starts_with(|c: char| c.is_ascii_uppercase()))
    })?;
    (!event.is_empty() && key != "on_event").then(|| event.to_lowercase())
}
