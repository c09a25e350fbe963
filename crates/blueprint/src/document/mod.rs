//! A Blueprint as written: the explicit form as types, components in one flat list.
//!
//! Reading loses nothing: what is not known here is kept in `rest` and printed again
//! ([`Document::to_value`]). Templates, bindings and actions are left as JSON; they are compiled by
//! `program`.
//!
//! **Invariants**: ids are unique; children come after their parent; at most [`MAX_COMPONENTS`].

mod component;
mod print;
mod read;
#[cfg(test)]
mod tests;

pub(crate) use component::event_of;

use std::collections::HashMap;

use serde::Serialize;
use serde_json::{Map, Value};

use crate::diagnostic::{Diagnostic, Report};
use crate::json;

/// Most components of one document.
pub const MAX_COMPONENTS: usize = 20_000;

/// What the desktop shows of an app without running it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct AppInfo {
    /// Stable name, also of its storage.
    pub id: String,
    /// Name for people.
    pub name: String,
    /// Emoji or icon name.
    pub icon: String,
    /// Folder in the launcher.
    pub category: String,
    /// Version as written.
    pub version: String,
    /// Who made it.
    pub author: String,
    /// One line about it.
    pub description: String,
    /// Words to find it by.
    pub tags: Vec<String>,
    /// Permission sets and capability names, as written.
    pub permissions: Vec<Value>,
}

/// A service that the app declares, in any of the three written forms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceUse {
    /// First part of its tools' names.
    pub name: String,
    /// Only these tools. None: all.
    pub tools: Option<Vec<String>>,
    /// Only these hosts, for `http`.
    pub hosts: Vec<String>,
}

/// `repeat`: one copy per item of a list.
#[derive(Clone, Debug, PartialEq)]
pub struct Repeat {
    /// Path of the list.
    pub each: String,
    /// Member that tells items apart; their position where there is none.
    pub key: Option<String>,
    /// Name of the item in expressions.
    pub name: String,
}

/// One component as written, with what is known taken apart.
#[derive(Clone, Debug, Default)]
pub struct Component {
    /// Unique; made from the path where none is given.
    pub id: String,
    /// Whether the document gives the id.
    pub id_given: bool,
    /// Type as written.
    pub kind: String,
    /// Props as written.
    pub props: Map<String, Value>,
    /// Children, as indices into [`Document::components`].
    pub children: Vec<usize>,
    /// Event name → action or list of actions.
    pub on_event: Map<String, Value>,
    /// `visible`.
    pub visible: Option<Value>,
    /// `enabled`.
    pub enabled: Option<Value>,
    /// `repeat`, as written.
    pub repeat: Option<Value>,
    /// `checks`, as written.
    pub checks: Option<Value>,
    /// `$template`, as written.
    pub template: Option<Value>,
    /// `accessibility`, as written.
    pub accessibility: Option<Value>,
    /// Everything else.
    pub rest: Map<String, Value>,
    /// Where it stands in the document.
    pub pointer: String,
    /// Written as `{"button#save": …}`, with props directly in it.
    pub shorthand: bool,
}

/// A whole document.
#[derive(Clone, Debug, Default)]
pub struct Document {
    /// `app`, taken apart for reading; printed from `source`.
    pub app: AppInfo,
    /// `services`.
    pub services: Vec<ServiceUse>,
    /// `data`: where state starts.
    pub data: Map<String, Value>,
    /// `templates`, at the top or in `ui`.
    pub templates: Map<String, Value>,
    /// `ui` without components.
    pub ui: Map<String, Value>,
    /// All components.
    pub components: Vec<Component>,
    /// Those directly in the window.
    pub roots: Vec<usize>,
    /// Everything at the top but `ui.components`, as written and in its order.
    source: Map<String, Value>,
    ids: HashMap<String, usize>,
}

impl Document {
    /// Reads a document. `None` where there is nothing to run: broken JSON, or no `ui`.
    #[must_use]
    pub fn read(bytes: &[u8]) -> (Option<Self>, Vec<Diagnostic>) {
        let mut report = Report::default();
        let document = Self::read_into(bytes, &mut report);
        (document, report.finish(&String::from_utf8_lossy(bytes)))
    }

    pub(crate) fn read_into(bytes: &[u8], report: &mut Report) -> Option<Self> {
        let value = json::parse(bytes, report)?;
        read::document(value, report)
    }

    /// The component with this id.
    #[must_use]
    pub fn component(&self, id: &str) -> Option<&Component> {
        self.ids.get(id).map(|index| &self.components[*index])
    }

    pub(crate) fn index_of(&self, id: &str) -> Option<usize> {
        self.ids.get(id).copied()
    }

    /// Ids of all components.
    pub(crate) fn ids(&self) -> impl Iterator<Item = &str> {
        self.components.iter().map(|component| component.id.as_str())
    }

    /// Panics where an invariant of this module does not hold.
    pub fn verify_invariants(&self) {
        assert!(self.components.len() <= MAX_COMPONENTS);
        assert_eq!(self.ids.len(), self.components.len(), "ids are unique");
        for (index, component) in self.components.iter().enumerate() {
            assert_eq!(self.ids.get(&component.id), Some(&index));
            assert!(component.children.iter().all(|child| *child > index), "children come later");
        }
    }
}

impl Component {
    /// `style` of the props and beside them, together.
    pub(crate) fn style(&self) -> Map<String, Value> {
        let mut style = Map::new();
        for source in [self.rest.get("style"), self.props.get("style")].into_iter().flatten() {
            if let Value::Object(members) = source {
                style.extend(members.clone());
            }
        }
        style
    }
}

/// `repeat` as written, if it is one.
pub(crate) fn repeat_of(value: &Value) -> Option<Repeat> {
    let (each, key, name) = match value {
        Value::String(each) => (each.as_str(), None, None),
        Value::Object(members) => {
            let each = match members.get("each")? {
                Value::String(each) => each.as_str(),
                Value::Object(path) => path.get("$path")?.as_str()?,
                _ => return None,
            };
            (each, members.get("key").and_then(Value::as_str), members.get("as").and_then(Value::as_str))
        }
        _ => return None,
    };
    Some(Repeat {
        each: each.to_owned(),
        key: key.map(str::to_owned),
        name: name.unwrap_or("item").to_owned(),
    })
}
