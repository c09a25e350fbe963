//! The accessibility tree of the last frame, as `drive` sees it: each node with its window, its bounds
//! in points, and words instead of flags.

use super::steps::{Target, WindowName};
use egui::accesskit::{Node, NodeId, Role, Toggled, TreeUpdate};
use serde_json::{Map, Value, json};
use std::collections::HashMap;

/// All nodes, in the order in which a reader meets them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tree {
    pub(crate) items: Vec<Item>,
}

/// One node.
#[derive(Clone, Debug)]
pub(crate) struct Item {
    pub(crate) node: NodeId,
    pub(crate) depth: usize,
    pub(crate) role: String,
    pub(crate) name: String,
    pub(crate) value: Option<String>,
    pub(crate) number: Option<f64>,
    pub(crate) checked: Option<bool>,
    pub(crate) selected: Option<bool>,
    pub(crate) enabled: bool,
    pub(crate) focused: bool,
    pub(crate) clickable: bool,
    pub(crate) focusable: bool,
    /// Left, top, right, bottom in points; zero where a node has no place of its own.
    pub(crate) bounds: [f32; 4],
    /// Component id, where it has one.
    pub(crate) author: Option<String>,
    /// Number of the window that it belongs to; `None` for the shell's own.
    pub(crate) window: Option<u64>,
}

/// A window as the shell lists it, to resolve names and order.
#[derive(Clone, Debug)]
pub(crate) struct WindowRef {
    pub(crate) id: u64,
    pub(crate) app: String,
    pub(crate) title: String,
    pub(crate) focused: bool,
}

/// Author ids of window roots start with this, followed by the window's number.
pub(crate) const WINDOW_PREFIX: &str = "window:";

impl Tree {
    /// Flattens a full update.
    pub(crate) fn new(update: &TreeUpdate) -> Tree {
        let nodes: HashMap<NodeId, &Node> = update.nodes.iter().map(|(id, node)| (*id, node)).collect();
        let mut tree = Tree::default();
        let Some(root) = update.tree.as_ref().map(|tree| tree.root) else { return tree };
        let mut stack = vec![(root, 0usize, None)];
        while let Some((id, depth, window)) = stack.pop() {
            let Some(node) = nodes.get(&id) else { continue };
            let window = node
                .author_id()
                .and_then(|author| author.strip_prefix(WINDOW_PREFIX))
                .and_then(|number| number.parse().ok())
                .or(window);
            if depth < 200 {
                stack.extend(node.children().iter().rev().map(|child| (*child, depth + 1, window)));
            }
            if !node.is_hidden() {
                tree.items.push(item(id, node, depth, window, update.focus));
            }
        }
        tree
    }

    /// The nodes that a target means: those of the named window, or all, the focused window's first.
    pub(crate) fn find(&self, target: &Target, windows: &[WindowRef]) -> Result<Vec<&Item>, String> {
        let window = match &target.window {
            None => None,
            Some(name) => Some(window_named(name, windows)?),
        };
        let (id_window, component) = match target.id.as_deref().map(|id| id.split_once('/')) {
            Some(Some((prefix, rest))) => match window_named(&WindowName::Words(prefix.into()), windows) {
                Ok(window) => (Some(window), Some(rest)),
                Err(_) => (None, target.id.as_deref()),
            },
            Some(None) => (None, target.id.as_deref()),
            None => (None, None),
        };
        let focused = windows.iter().find(|window| window.focused).map(|window| window.id);
        let mut found: Vec<&Item> = self
            .items
            .iter()
            .filter(|item| window.or(id_window).is_none_or(|window| item.window == Some(window)))
            .filter(|item| component.is_none_or(|component| item.component(windows) == Some(component)))
            .filter(|item| target.role.as_deref().is_none_or(|role| item.role == role))
            .filter(|item| target.name.as_deref().is_none_or(|name| item.says(name)))
            .filter(|item| target.name_contains.as_deref().is_none_or(|part| item.name.contains(part)))
            .collect();
        found.sort_by_key(|item| (item.window != focused) as u8);
        Ok(match target.index {
            None => found,
            Some(index) => found.into_iter().skip(index).take(1).collect(),
        })
    }

    /// Up to five names that are near, for an error.
    pub(crate) fn near(&self, target: &Target) -> String {
        let mut names: Vec<String> = self
            .items
            .iter()
            .filter(|item| item.clickable || item.role != "unknown" && !item.name.is_empty())
            .filter(|item| target.role.as_deref().is_none_or(|role| item.role == role))
            .filter(|item| match &target.name {
                None => true,
                Some(name) => {
                    let (a, b) = (item.name.to_lowercase(), name.to_lowercase());
                    target.role.is_some() || a.contains(&b) || (!a.is_empty() && b.contains(&a))
                }
            })
            .map(|item| format!("{} \"{}\"", item.role, item.name))
            .collect();
        names.dedup();
        names.truncate(8);
        if names.is_empty() { String::new() } else { format!("; there is {}", names.join(", ")) }
    }

    /// The tree as JSON, one entry a node.
    pub(crate) fn to_json(&self, window: Option<u64>, windows: &[WindowRef]) -> Value {
        let items = self.items.iter().filter(|item| window.is_none() || item.window == window);
        Value::Array(items.map(|item| item.to_json(windows)).collect())
    }

    /// The node with this id.
    pub(crate) fn get(&self, node: NodeId) -> Option<&Item> {
        self.items.iter().find(|item| item.node == node)
    }
}

impl Item {
    /// Its component id without the window's part.
    fn component<'a>(&'a self, windows: &[WindowRef]) -> Option<&'a str> {
        let author = self.author.as_deref()?;
        let app =
            windows.iter().find(|window| Some(window.id) == self.window).map(|window| window.app.as_str());
        Some(app.and_then(|app| author.strip_prefix(app)?.strip_prefix('/')).unwrap_or(author))
    }

    /// Whether its accessible name is `name`; a plain text's name is what it says.
    fn says(&self, name: &str) -> bool {
        self.name == name
    }

    /// Middle, in points.
    pub(crate) fn centre(&self) -> egui::Pos2 {
        let [left, top, right, bottom] = self.bounds;
        egui::pos2((left + right) / 2.0, (top + bottom) / 2.0)
    }

    /// Its place.
    pub(crate) fn rect(&self) -> egui::Rect {
        let [left, top, right, bottom] = self.bounds;
        egui::Rect::from_min_max(egui::pos2(left, top), egui::pos2(right, bottom))
    }

    /// The value as `expect` compares it: the text, else the number.
    pub(crate) fn value_matches(&self, wanted: &Value) -> bool {
        match wanted {
            Value::String(text) => self.value.as_deref().unwrap_or_default() == text,
            Value::Number(number) => {
                let mine = self.number.or_else(|| self.value.as_deref()?.trim().parse().ok());
                mine.zip(number.as_f64()).is_some_and(|(mine, wanted)| (mine - wanted).abs() < 1e-6)
            }
            Value::Bool(flag) => self.checked == Some(*flag),
            _ => false,
        }
    }

    pub(crate) fn to_json(&self, windows: &[WindowRef]) -> Value {
        let mut object = Map::new();
        object.insert("role".into(), json!(self.role));
        object.insert("name".into(), json!(self.name));
        if let Some(author) = self.component(windows) {
            let app = windows
                .iter()
                .find(|window| Some(window.id) == self.window)
                .map(|window| window.app.as_str());
            object.insert("id".into(), json!(app.map_or(author.to_owned(), |app| format!("{app}/{author}"))));
        }
        if let Some(window) = self.window {
            object.insert("window".into(), json!(window));
        }
        if let Some(value) = &self.value {
            object.insert("value".into(), json!(value));
        } else if let Some(number) = self.number {
            object.insert("value".into(), json!(number));
        }
        if let Some(checked) = self.checked {
            object.insert("checked".into(), json!(checked));
        }
        if let Some(selected) = self.selected.filter(|_| self.checked.is_none()) {
            object.insert("selected".into(), json!(selected));
        }
        for (able, word) in [(self.clickable, "clickable"), (self.focusable, "focusable")] {
            if able {
                object.insert(word.into(), json!(true));
            }
        }
        object.insert("enabled".into(), json!(self.enabled));
        object.insert("focused".into(), json!(self.focused));
        object.insert("bounds".into(), json!(self.bounds.map(|v| (v * 10.0).round() / 10.0)));
        object.insert("depth".into(), json!(self.depth));
        Value::Object(object)
    }
}

fn item(id: NodeId, node: &Node, depth: usize, window: Option<u64>, focus: NodeId) -> Item {
    let role = role_name(node.role());
    let plain = matches!(node.role(), Role::Label | Role::TextRun);
    let label = node.label().map(str::to_owned);
    let value = node.value().map(str::to_owned);
    let name = if plain { label.or_else(|| value.clone()) } else { label }.unwrap_or_default();
    let bounds = node.bounds().map_or([0.0; 4], |b| [b.x0 as f32, b.y0 as f32, b.x1 as f32, b.y1 as f32]);
    let toggled = node.toggled().map(|toggled| toggled == Toggled::True);
    Item {
        node: id,
        depth,
        role,
        name,
        value,
        number: node.numeric_value(),
        checked: toggled,
        // egui tells both in the same way; which of them is meant is the role's matter.
        selected: node.is_selected().or(toggled),
        enabled: !node.is_disabled(),
        focused: id == focus,
        clickable: node.supports_action(egui::accesskit::Action::Click),
        focusable: node.supports_action(egui::accesskit::Action::Focus),
        bounds,
        author: node.author_id().filter(|author| !author.starts_with(WINDOW_PREFIX)).map(str::to_owned),
        window,
    }
}

/// `TextInput` → `text_input`.
fn role_name(role: Role) -> String {
    let mut name = String::new();
    for c in format!("{role:?}").chars() {
        if c.is_uppercase() && !name.is_empty() {
            name.push('_');
        }
        name.push(c.to_ascii_lowercase());
    }
    name
}

/// The window that a script means; the focused or last one where several fit.
pub(crate) fn window_named(name: &WindowName, windows: &[WindowRef]) -> Result<u64, String> {
    let fits = |window: &&WindowRef| match name {
        WindowName::Number(id) => window.id == *id,
        WindowName::Words(words) => {
            window.app == *words || window.title == *words || window.id.to_string() == *words
        }
    };
    let best = windows.iter().filter(fits).max_by_key(|window| (window.focused, window.id));
    best.map(|window| window.id).ok_or_else(|| {
        let there: Vec<String> =
            windows.iter().map(|w| format!("{} ({}, \"{}\")", w.id, w.app, w.title)).collect();
        let said = match name {
            WindowName::Number(id) => id.to_string(),
            WindowName::Words(words) => words.clone(),
        };
        format!(
            "no window \"{said}\"; there is {}",
            if there.is_empty() { "none".into() } else { there.join(", ") }
        )
    })
}
