//! What a renderer sees of a running app: a tree of resolved nodes, and the events it sends back.
//!
//! Bindings, expressions and `repeat` are resolved before a node gets here. A renderer never looks
//! at the document or the data model, and never calls a tool.

use serde_json::{Map, Value};

/// All nodes of a surface. Indices are stable while `structure` stays the same.
#[derive(Clone, Debug, Default)]
pub struct View {
    /// Flat storage; children and root are indices into it.
    pub nodes: Vec<Node>,
    /// The node that fills the window.
    pub root: usize,
    /// Raised when nodes come, go or move: a renderer rebuilds its layout tree then.
    pub structure: u64,
    /// Raised by every change of anything.
    pub revision: u64,
}

impl View {
    /// The node with this id, by a scan; for tests and rare look-ups.
    #[must_use]
    pub fn find(&self, id: &str) -> Option<&Node> {
        self.nodes.iter().find(|node| node.id == id)
    }
}

/// One component with everything resolved.
#[derive(Clone, Debug, Default)]
pub struct Node {
    /// Unique in the surface; nodes of a `repeat` carry their key: `row[7]/title`.
    pub id: String,
    /// Component type as in the document: `button`, `grid`, …
    pub kind: String,
    /// Props, resolved to plain JSON, with the defaults of the component table filled in.
    pub props: Map<String, Value>,
    /// Checked `style` entries under their CSS names in camelCase.
    pub style: Map<String, Value>,
    /// Indices of children, in order.
    pub children: Vec<usize>,
    /// Takes no room when false.
    pub visible: bool,
    /// Can be used.
    pub enabled: bool,
    /// A tool that one of its events started is still under way.
    pub pending: bool,
    /// Shown at the component: a failed action, a failed check, an unknown type.
    pub error: Option<String>,
    /// Accessible name where the document gives one.
    pub label: Option<String>,
    /// Accessible description where the document gives one.
    pub description: Option<String>,
    /// Names of the events that have an action (`click`, `change`, …): what makes a card clickable.
    pub events: Vec<String>,
    /// Raised when anything above changes.
    pub revision: u64,
}

impl Node {
    /// A string prop, or the empty string. Numbers and booleans are written out.
    #[must_use]
    pub fn text(&self, prop: &str) -> std::borrow::Cow<'_, str> {
        match self.props.get(prop) {
            Some(Value::String(text)) => text.as_str().into(),
            Some(Value::Null) | None => "".into(),
            Some(other) => other.to_string().into(),
        }
    }

    /// A numeric prop.
    #[must_use]
    pub fn number(&self, prop: &str) -> Option<f64> {
        match self.props.get(prop) {
            Some(Value::Number(n)) => n.as_f64(),
            Some(Value::String(text)) => text.trim().parse().ok(),
            _ => None,
        }
    }

    /// A boolean prop; absent is false.
    #[must_use]
    pub fn flag(&self, prop: &str) -> bool {
        matches!(self.props.get(prop), Some(Value::Bool(true)))
    }
}

/// Something a person did to a component.
#[derive(Clone, Debug, PartialEq)]
pub struct UiEvent {
    /// Id of the node.
    pub component: String,
    /// `click`, `change`, `submit`, `focus`, `blur`, `select`, `close`.
    pub event: String,
    /// What came with it: the new value of an input, the id of a tab. Null for a click.
    pub value: Value,
}
