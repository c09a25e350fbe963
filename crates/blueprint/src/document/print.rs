//! [`Document`] to JSON, always in the explicit form. What was not understood is printed as it was.

use serde_json::{Map, Value};

use super::{Component, Document};

impl Document {
    /// The explicit form. Reading it gives the same document.
    #[must_use]
    pub fn to_value(&self) -> Value {
        let mut top = self.source.clone();
        let components = self.roots.iter().map(|root| self.component_value(*root)).collect();
        if let Some(Value::Object(ui)) = top.get_mut("ui") {
            ui.insert("components".to_owned(), Value::Array(components));
        }
        Value::Object(top)
    }

    /// The explicit form as text, two spaces deep, with a line break at the end.
    #[must_use]
    pub fn to_text(&self) -> String {
        format!("{:#}\n", self.to_value())
    }

    // Depth is that of the file it was read from, which is bounded.
    fn component_value(&self, index: usize) -> Value {
        let component = &self.components[index];
        let mut members = Map::new();
        let mut put = |key: &str, value: Value| {
            members.insert(key.to_owned(), value);
        };
        if !component.rest.contains_key("type") {
            put("type", component.kind.as_str().into());
        }
        if component.id_given {
            put("id", written_id(component).into());
        }
        if let Some(template) = &component.template {
            put("$template", template.clone());
        }
        if !component.props.is_empty() {
            put("props", Value::Object(component.props.clone()));
        }
        let optional = [
            ("visible", &component.visible),
            ("enabled", &component.enabled),
            ("repeat", &component.repeat),
            ("checks", &component.checks),
            ("accessibility", &component.accessibility),
        ];
        for (key, value) in optional {
            if let Some(value) = value {
                put(key, value.clone());
            }
        }
        if !component.on_event.is_empty() {
            put("on_event", Value::Object(component.on_event.clone()));
        }
        for (key, value) in &component.rest {
            put(key, value.clone());
        }
        if !component.children.is_empty() {
            let children = component.children.iter().map(|child| self.component_value(*child)).collect();
            put("children", Value::Array(children));
        }
        Value::Object(members)
    }
}

/// The id without what was added to tell it from an earlier one.
fn written_id(component: &Component) -> &str {
    match component.id.rsplit_once('~') {
        Some((id, number)) if !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()) => id,
        _ => &component.id,
    }
}
