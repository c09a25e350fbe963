//! A running app: data, the view of it, and the actions under way.
//!
//! Everything happens inside of a call: an event is applied, its actions run as far as they can, and
//! the view is brought up to date before the call returns. Nothing here blocks, knows a clock or has
//! an effect of its own; effects are the host's ([`ToolHost`]) and the shell's ([`Effect`]).
//!
//! - `view.rs`: which nodes there are, and which of them a change concerns
//! - `evaluate.rs`: what one node shows
//! - `event.rs`: what people do, and what actions see of it
//! - `run.rs`: actions, with their waiting, failing and asking
//! - `ui_tools.rs`: the tools that act on the instance itself
//!
//! **Invariants**: `records` runs parallel to `view.nodes`; ids of nodes are unique; every dependency
//! in the index belongs to a node that has it; at most [`MAX_NODES`] nodes and [`MAX_RUNS`] runs.

mod evaluate;
mod event;
mod run;
#[cfg(test)]
mod tests;
mod ui_tools;
mod view;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use serde_json::{Map, Value};

use crate::diagnostic::{Diagnostic, Report};
use crate::document::{AppInfo, Document};
use crate::expression::{Env, text_of};
use crate::json::join;
use crate::program::{PieceIndex, Program, ValueSource};
use crate::state::{State, StateError};
use crate::tools::{Calculation, Ticket, ToolError, ToolHost};
use crate::view::{UiEvent, View};

use run::Runs;
use view::{Record, Repetition};

/// Most nodes of one view; lists beyond it are cut, and say so.
pub const MAX_NODES: usize = 50_000;
/// Most runs of actions that wait at a time.
pub const MAX_RUNS: usize = 256;

/// What loading gives: an instance where there is something to run, and all findings.
#[derive(Debug)]
pub struct Loaded {
    /// None where the document could not be read at all.
    pub instance: Option<Instance>,
    /// In the order of the file.
    pub diagnostics: Vec<Diagnostic>,
}

/// Something for the shell to do.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Ask, then [`Instance::answer`].
    Confirm {
        /// Names the question in the answer.
        question: u64,
        /// What is asked.
        message: String,
        /// Text of the button that goes on, where the document gives one.
        confirm_label: Option<String>,
        /// Text of the button that does not.
        cancel_label: Option<String>,
    },
    /// Move the keyboard to a component.
    Focus {
        /// Id of the node.
        component: String,
    },
    /// Show a short message.
    Notify {
        /// Heading, may be empty.
        title: String,
        /// What happened.
        message: String,
        /// `info`, `success`, `warning` or `error`.
        kind: String,
    },
}

/// What a window for the app looks like at first; sizes in points.
#[derive(Clone, Debug, PartialEq)]
pub struct WindowHint {
    /// Title now.
    pub title: String,
    /// Width of the content.
    pub width: Option<f32>,
    /// Height of the content.
    pub height: Option<f32>,
    /// Least width.
    pub min_width: Option<f32>,
    /// Least height.
    pub min_height: Option<f32>,
    /// Whether people can change its size.
    pub resizable: bool,
}

/// Counters, for tests and benches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Nodes evaluated since the start.
    pub evaluated: u64,
    /// Nodes evaluated by the last call.
    pub last_evaluated: u64,
    /// How often the set of nodes was made anew.
    pub rebuilt: u64,
}

/// What `ui.show hide enable disable` say about a component, over its own word.
#[derive(Clone, Copy, Debug, Default)]
struct Override {
    visible: Option<bool>,
    enabled: Option<bool>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Interval {
    next_millis: u64,
}

/// A running app.
#[derive(Debug)]
pub struct Instance {
    program: Arc<Program>,
    state: State,
    view: View,
    records: Vec<Record>,
    by_id: HashMap<String, usize>,
    /// Pointer → nodes that depend on it.
    dependents: BTreeMap<String, Vec<usize>>,
    repetitions: Vec<Repetition>,
    /// Whether the view had to be cut at [`MAX_NODES`].
    cut: bool,
    /// Nodes to evaluate, beside those that depend on changed data.
    stale: HashSet<usize>,
    overrides: HashMap<String, Override>,
    /// Errors of actions, by node.
    errors: HashMap<String, String>,
    /// Nodes that people have worked on, whose checks show.
    visited: HashSet<String>,
    runs: Runs,
    calculations: HashMap<String, Calculation>,
    effects: Vec<Effect>,
    intervals: Vec<Interval>,
    stats: Stats,
}

impl Instance {
    /// Reads and starts a document. Call [`Instance::mount`] when its window is there.
    #[must_use]
    pub fn load(bytes: &[u8]) -> Loaded {
        let mut report = Report::default();
        let program =
            Document::read_into(bytes, &mut report).map(|document| Program::compile(document, &mut report));
        let diagnostics = report.finish(&String::from_utf8_lossy(bytes));
        Loaded { instance: program.map(Self::new), diagnostics }
    }

    fn new(program: Program) -> Self {
        let mut state = State::new(program.document.data.clone());
        // What people change starts with what the document says, so that expressions can read it.
        for piece in &program.pieces {
            let in_repeat =
                std::iter::successors(program.index_of(&piece.id), |at| program.pieces[*at].parent)
                    .any(|at| program.pieces[at].repeat.is_some());
            if let (true, ValueSource::State { name, start }) =
                (piece.is_stateful() && !in_repeat, &piece.value)
            {
                let default = piece.row.and_then(|row| row.prop(piece.value_prop()?)?.default.value());
                let pointer = join("/state", name.as_ref().unwrap_or(&piece.id));
                if let (None, Some(start)) = (state.get(&pointer), start.clone().or(default)) {
                    // Documents are smaller than the state may be.
                    let _ = state.set(&pointer, start);
                }
            }
        }
        state.take_touched();
        state.forget();
        let intervals = vec![Interval::default(); program.intervals.len()];
        let mut instance = Self {
            program: Arc::new(program),
            state,
            view: View::default(),
            records: Vec::new(),
            by_id: HashMap::new(),
            dependents: BTreeMap::new(),
            repetitions: Vec::new(),
            cut: false,
            stale: HashSet::new(),
            overrides: HashMap::new(),
            errors: HashMap::new(),
            visited: HashSet::new(),
            runs: Runs::default(),
            calculations: HashMap::new(),
            effects: Vec::new(),
            intervals,
            stats: Stats::default(),
        };
        instance.rebuild(&HashSet::new());
        instance
    }

    /// What the document says about the app.
    #[must_use]
    pub fn app(&self) -> &AppInfo {
        &self.program.document.app
    }

    /// The document it was made from.
    #[must_use]
    pub fn document(&self) -> &Document {
        &self.program.document
    }

    /// What a renderer draws.
    #[must_use]
    pub fn view(&self) -> &View {
        &self.view
    }

    /// All data, for inspection.
    #[must_use]
    pub fn data(&self) -> &Value {
        self.state.root()
    }

    /// Counters.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.stats
    }

    /// Title and sizes of the window.
    #[must_use]
    pub fn window(&self) -> WindowHint {
        let ui = &self.program.document.ui;
        let env = Env { data: self.state.root(), scope: None, event: None };
        let title = self.program.title.evaluate(&env).unwrap_or_default();
        let title = match text_of(&title) {
            text if text.is_empty() => self.app().name.clone(),
            text => text.into_owned(),
        };
        let size = |names: [&str; 2]| {
            let value = names.iter().find_map(|name| ui.get(*name))?.as_f64()?;
            (1.0..=10_000.0).contains(&value).then_some(value as f32)
        };
        WindowHint {
            title,
            width: size(["width", "width"]),
            height: size(["height", "height"]),
            min_width: size(["minWidth", "min_width"]),
            min_height: size(["minHeight", "min_height"]),
            resizable: ui.get("resizable").and_then(Value::as_bool).unwrap_or(true),
        }
    }

    /// Puts a value into the data from outside.
    ///
    /// # Errors
    /// See [`StateError`].
    pub fn set_data(&mut self, pointer: &str, value: Value) -> Result<(), StateError> {
        self.begin();
        let result = self.state.set(pointer, value);
        self.finish(None);
        result
    }

    /// Something a person did. Events at nodes that are gone or cannot be used do nothing.
    pub fn dispatch(&mut self, event: UiEvent, host: &mut dyn ToolHost) -> Vec<Effect> {
        self.begin();
        let kind = (event.event == "change").then(|| format!("change {}", event.component));
        self.apply_event(event, host);
        self.finish(kind.as_deref())
    }

    /// The result of a tool that was pending. Unknown tickets do nothing.
    pub fn resolve(
        &mut self,
        ticket: Ticket,
        result: Result<Value, ToolError>,
        host: &mut dyn ToolHost,
    ) -> Vec<Effect> {
        self.begin();
        self.resume(ticket, result, host);
        self.finish(None)
    }

    /// The answer to an [`Effect::Confirm`].
    pub fn answer(&mut self, question: u64, yes: bool, host: &mut dyn ToolHost) -> Vec<Effect> {
        self.begin();
        self.answered(question, yes, host);
        self.finish(None)
    }

    /// Its window is there: runs `on_mount` and starts the intervals.
    pub fn mount(&mut self, now_millis: u64, host: &mut dyn ToolHost) -> Vec<Effect> {
        for (interval, (every, _)) in self.intervals.iter_mut().zip(&self.program.intervals) {
            interval.next_millis = now_millis.saturating_add(*every);
        }
        self.moment("on_mount", host)
    }

    /// Its window goes: runs `on_unmount`.
    pub fn unmount(&mut self, host: &mut dyn ToolHost) -> Vec<Effect> {
        self.moment("on_unmount", host)
    }

    /// Its window has the keyboard now.
    pub fn focus(&mut self, host: &mut dyn ToolHost) -> Vec<Effect> {
        self.moment("on_focus", host)
    }

    /// Its window has lost the keyboard.
    pub fn blur(&mut self, host: &mut dyn ToolHost) -> Vec<Effect> {
        self.moment("on_blur", host)
    }

    /// When [`Instance::tick`] is due next, on the clock given to `mount`. None: never.
    #[must_use]
    pub fn next_tick_millis(&self) -> Option<u64> {
        self.intervals
            .iter()
            .map(|interval| interval.next_millis)
            .min()
            .filter(|_| !self.intervals.is_empty())
    }

    /// Runs the intervals that are due. Turns that were missed are not made up for.
    pub fn tick(&mut self, now_millis: u64, host: &mut dyn ToolHost) -> Vec<Effect> {
        self.begin();
        for index in 0..self.intervals.len() {
            if self.intervals[index].next_millis <= now_millis {
                let (every, actions) = self.program.intervals[index].clone();
                self.intervals[index].next_millis = now_millis.saturating_add(every);
                self.start(None, &format!("on_interval {index}"), Map::new(), actions, host);
            }
        }
        self.finish(None)
    }

    fn moment(&mut self, name: &str, host: &mut dyn ToolHost) -> Vec<Effect> {
        self.begin();
        let program = Arc::clone(&self.program);
        for (_, actions) in program.lifecycle.iter().filter(|(known, _)| known == name) {
            self.start(None, name, Map::new(), Arc::clone(actions), host);
        }
        self.finish(None)
    }

    fn begin(&mut self) {
        self.stats.last_evaluated = 0;
    }

    fn finish(&mut self, kind: Option<&str>) -> Vec<Effect> {
        self.state.commit(kind);
        self.refresh();
        std::mem::take(&mut self.effects)
    }

    fn piece_of(&self, node: usize) -> PieceIndex {
        // The root stands for no component; it is asked for nowhere else.
        self.records[node].piece.unwrap_or(0)
    }

    /// Panics where an invariant of this module does not hold.
    pub fn verify_invariants(&self) {
        assert_eq!(self.records.len(), self.view.nodes.len());
        assert!(self.view.nodes.len() <= MAX_NODES);
        assert_eq!(self.by_id.len(), self.view.nodes.len(), "ids are unique");
        for (index, node) in self.view.nodes.iter().enumerate() {
            assert_eq!(self.by_id.get(&node.id), Some(&index));
            assert!(node.children.iter().all(|child| *child > index && *child < self.view.nodes.len()));
        }
        for (pointer, nodes) in &self.dependents {
            assert!(nodes.iter().all(|node| self.records[*node].dependencies.contains(pointer)));
        }
        assert!(self.runs.len() <= MAX_RUNS);
        self.state.verify_invariants();
    }
}
