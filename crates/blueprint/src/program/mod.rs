//! A document compiled: every dynamic value and action read once, templates merged, props under their
//! proper names, and what is wrong noted at the component it belongs to.

mod piece;

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::Value;

use crate::action::{self, Action};
use crate::check;
use crate::components::ComponentRow;
use crate::diagnostic::{Place, Report};
use crate::document::{Document, Repeat};
use crate::dynamic::{DataPath, Dynamic};
use crate::expression::Expression;
use crate::json::join;
use crate::suggest::did_you_mean;

/// Index into [`Program::pieces`]; the same as that into the document's components.
pub(crate) type PieceIndex = usize;

/// Shortest time between two turns of `on_interval`.
pub(crate) const MIN_INTERVAL_MILLIS: u64 = 50;

/// One component, compiled.
#[derive(Debug)]
pub(crate) struct Piece {
    pub(crate) id: String,
    pub(crate) id_given: bool,
    pub(crate) kind: String,
    pub(crate) row: Option<&'static ComponentRow>,
    pub(crate) parent: Option<PieceIndex>,
    pub(crate) children: Vec<PieceIndex>,
    /// Under their names in the table, without the value prop where that is bound.
    pub(crate) props: Vec<(String, Dynamic)>,
    pub(crate) style: Vec<(String, Dynamic)>,
    pub(crate) value: ValueSource,
    pub(crate) visible: Option<Dynamic>,
    pub(crate) enabled: Option<Dynamic>,
    pub(crate) repeat: Option<(Repeat, DataPath)>,
    pub(crate) checks: Vec<(Dynamic, Dynamic)>,
    pub(crate) label: Option<Dynamic>,
    pub(crate) description: Option<Dynamic>,
    pub(crate) events: Vec<(String, Arc<[Action]>)>,
    pub(crate) error: Option<String>,
}

/// Where the value prop of a component comes from and goes to.
#[derive(Debug, Default)]
pub(crate) enum ValueSource {
    /// It has none, or computes it.
    #[default]
    None,
    /// Bound two ways by `$path`.
    Bound(DataPath),
    /// Bound two ways by an expression that is only a path: `"{{ item.done }}"`.
    Named(Expression),
    /// Under `/state`, by this name instead of the id for radio groups; starts with the literal.
    State { name: Option<String>, start: Option<Value> },
}

/// A compiled document.
#[derive(Debug)]
pub(crate) struct Program {
    pub(crate) document: Document,
    pub(crate) pieces: Vec<Piece>,
    pub(crate) title: Dynamic,
    /// Props and style of the node that fills the window.
    pub(crate) root: Vec<(String, Dynamic)>,
    pub(crate) lifecycle: Vec<(String, Arc<[Action]>)>,
    pub(crate) intervals: Vec<(u64, Arc<[Action]>)>,
}

impl Piece {
    /// Whether people change its value.
    pub(crate) fn is_stateful(&self) -> bool {
        self.written_by().is_some()
    }

    pub(crate) fn value_prop(&self) -> Option<&'static str> {
        self.row.and_then(|row| row.value.as_ref()).map(|value| value.prop)
    }

    pub(crate) fn written_by(&self) -> Option<&'static str> {
        self.row.and_then(|row| row.value.as_ref()).and_then(|value| value.written_by)
    }

    /// Every compiled value of it.
    pub(crate) fn dynamics(&self) -> impl Iterator<Item = &Dynamic> {
        let props = self.props.iter().chain(&self.style).map(|(_, value)| value);
        let single = [&self.visible, &self.enabled, &self.label, &self.description];
        props.chain(single.into_iter().flatten()).chain(self.checks.iter().flat_map(|(a, b)| [a, b]))
    }
}

impl Program {
    pub(crate) fn compile(document: Document, report: &mut Report) -> Self {
        let mut pieces: Vec<Piece> = document
            .components
            .iter()
            .map(|component| piece::compile(&document, component, report))
            .collect();
        for parent in 0..pieces.len() {
            for child in pieces[parent].children.clone() {
                pieces[child].parent = Some(parent);
            }
        }
        let mut program = Self {
            pieces,
            title: Dynamic::Literal("".into()),
            root: Vec::new(),
            lifecycle: Vec::new(),
            intervals: Vec::new(),
            document,
        };
        program.first_tabs();
        program.compile_ui(report);
        check::references(&program, report);
        program.note_errors(report);
        program
    }

    pub(crate) fn index_of(&self, id: &str) -> Option<PieceIndex> {
        self.document.index_of(id)
    }

    /// Everything inside of a component, in the order of the document.
    pub(crate) fn below(&self, piece: PieceIndex) -> impl Iterator<Item = PieceIndex> {
        // Components are stored in document order, so what is below comes right after.
        let inside = move |other: &PieceIndex| {
            std::iter::successors(self.pieces[*other].parent, |up| self.pieces[*up].parent)
                .any(|up| up == piece)
        };
        (piece + 1..self.pieces.len()).take_while(inside)
    }

    /// Tabs without a choice start with their `defaultTab`, else the first pane.
    fn first_tabs(&mut self) {
        for index in 0..self.pieces.len() {
            if self.pieces[index].kind != "tabs" {
                continue;
            }
            let default = self.pieces[index].props.iter().find(|(name, _)| name == "defaultTab");
            let default = default.and_then(|(_, value)| value.literal()?.as_str().map(str::to_owned));
            let first = self.pieces[index].children.first().map(|child| self.pieces[*child].id.clone());
            if let ValueSource::State { start: start @ None, .. } = &mut self.pieces[index].value {
                *start = default.or(first).map(Value::from);
            }
        }
    }

    fn compile_ui(&mut self, report: &mut Report) {
        let ui = &self.document.ui;
        for (key, value) in ui {
            let at = join("/ui", key);
            match key.as_str() {
                "title" => self.title = Dynamic::compile(value, &at, report),
                "layout" | "gap" | "padding" | "align" | "justify" => {
                    self.root.push((key.clone(), Dynamic::compile(value, &at, report)));
                }
                "spacing" => self.root.push(("gap".to_owned(), Dynamic::compile(value, &at, report))),
                _ => {}
            }
        }
        match ui.get("lifecycle") {
            Some(Value::Object(members)) => {
                for (name, value) in members {
                    let at = join("/ui/lifecycle", name);
                    match name.as_str() {
                        "on_mount" | "on_unmount" | "on_focus" | "on_blur" => {
                            self.lifecycle.push((name.clone(), action::compile(value, &at, report)));
                        }
                        "on_interval" => interval(value, &at, &mut self.intervals, report),
                        other => {
                            let known = ["on_mount", "on_unmount", "on_focus", "on_blur", "on_interval"];
                            let message = format!("There is no moment `{other}`");
                            report
                                .warning(Place::Key, &at, "unknown-lifecycle", message)
                                .maybe_hint(|| did_you_mean(other, known));
                        }
                    }
                }
            }
            // Older files give only actions: they run at the start.
            Some(value @ (Value::String(_) | Value::Array(_))) => {
                self.lifecycle.push(("on_mount".to_owned(), action::compile(value, "/ui/lifecycle", report)));
            }
            _ => {}
        }
    }

    /// Errors show at the innermost component whose pointer they are under.
    fn note_errors(&mut self, report: &Report) {
        let by_pointer: HashMap<&str, PieceIndex> = self
            .document
            .components
            .iter()
            .enumerate()
            .map(|(index, component)| (component.pointer.as_str(), index))
            .collect();
        for (pointer, message) in report.errors() {
            let mut at = pointer;
            loop {
                if let Some(index) = by_pointer.get(at) {
                    self.pieces[*index].error.get_or_insert_with(|| message.to_owned());
                    break;
                }
                match at.rfind('/') {
                    Some(cut) => at = &at[..cut],
                    None => break,
                }
            }
        }
    }
}

fn interval(value: &Value, pointer: &str, intervals: &mut Vec<(u64, Arc<[Action]>)>, report: &mut Report) {
    if let Value::Array(items) = value {
        for (index, item) in items.iter().enumerate().take(16) {
            interval(item, &join(pointer, &index.to_string()), intervals, report);
        }
        return;
    }
    match (value.get("every_ms").and_then(Value::as_u64), value.get("do")) {
        (Some(millis), Some(actions)) => {
            let actions = action::compile(actions, &join(pointer, "do"), report);
            intervals.push((millis.max(MIN_INTERVAL_MILLIS), actions));
        }
        _ => {
            let finding =
                report.error(Place::Value, pointer, "bad-interval", "An interval needs `every_ms` and `do`");
            finding.expected("{\"every_ms\": 1000, \"do\": ACTION}");
        }
    }
}
