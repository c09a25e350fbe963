//! Actions: in order, with waiting, failing and asking.
//!
//! A run is a stack of lists with a position in each, so it can stop at any tool and go on later. At
//! most one run of an event of a node waits at a time: a second click is ignored or queued as the
//! action says, and a second *change* goes on until it needs the host too, where it is parked. A
//! later change takes the place of a parked one, because what it would save is read when it goes on.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;

use serde_json::{Map, Value};

use super::{Effect, Instance, MAX_RUNS};
use crate::action::{Action, WhilePending};
use crate::expression::{Env, Scope, text_of};
use crate::tools::{Ticket, ToolError, ToolErrorKind, ToolHost, ToolKind, ToolReply, run_math};
use crate::view_value::is_truthy;

/// Most actions of one run.
const MAX_STEPS: usize = 1000;
/// Most events that wait behind a pending one.
const MAX_QUEUED: usize = 16;

/// Which event of which node (or moment of the app) a run belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Origin {
    /// Id of the node; None for moments and intervals.
    pub(super) node: Option<String>,
    pub(super) event: String,
}

#[derive(Clone, Debug)]
struct Frame {
    actions: Arc<[Action]>,
    next: usize,
    catch: Option<Arc<[Action]>>,
    /// In a `then`: what `$event.result` is for all of it, and afterwards again.
    result: Option<Value>,
}

/// Actions under way.
#[derive(Clone, Debug)]
pub(super) struct Run {
    pub(super) origin: Origin,
    pub(super) scope: Option<Arc<Scope>>,
    /// What `$event` reads: an object.
    pub(super) event: Value,
    frames: Vec<Frame>,
    steps: usize,
    confirmed: bool,
}

impl Run {
    /// Adds to what `$event` reads.
    fn tell(&mut self, name: &str, value: Value) {
        if let Value::Object(members) = &mut self.event {
            members.insert(name.to_owned(), value);
        }
    }
}

/// Runs that wait.
#[derive(Debug, Default)]
pub(super) struct Runs {
    /// For the host. The action that is waited for is the one before `next`.
    waiting: BTreeMap<Ticket, Run>,
    /// For a person.
    asking: BTreeMap<u64, Run>,
    next_question: u64,
    /// For the same event to end.
    parked: HashMap<Origin, Run>,
    queued: VecDeque<Run>,
}

impl Runs {
    pub(super) fn len(&self) -> usize {
        self.waiting.len() + self.asking.len() + self.parked.len() + self.queued.len()
    }

    /// Whether a node waits for the host.
    pub(super) fn is_pending(&self, node: &str) -> bool {
        self.waiting.values().any(|run| run.origin.node.as_deref() == Some(node))
    }

    fn is_busy(&self, origin: &Origin) -> bool {
        self.waiting.values().chain(self.asking.values()).any(|run| run.origin == *origin)
    }
}

/// The result that the list in hand is about.
fn frame_result(run: &Run) -> Option<Value> {
    run.frames.last().and_then(|frame| frame.result.clone())
}

enum Step {
    Next,
    /// The run is over, or put away to go on later.
    Stop,
}

impl Instance {
    /// Starts the actions of an event, unless it is busy with earlier ones.
    pub(super) fn start(
        &mut self,
        node: Option<usize>,
        event: &str,
        about: Map<String, Value>,
        actions: Arc<[Action]>,
        host: &mut dyn ToolHost,
    ) {
        let origin =
            Origin { node: node.map(|index| self.view.nodes[index].id.clone()), event: event.to_owned() };
        let queue = actions.iter().any(|action| action.while_pending == WhilePending::Queue);
        let scope = node.and_then(|index| self.records[index].scope.clone());
        let frames = vec![Frame { actions, next: 0, catch: None, result: None }];
        let run = Run { origin, scope, event: Value::Object(about), frames, steps: 0, confirmed: false };
        if event != "change" && self.runs.is_busy(&run.origin) {
            if queue && self.runs.queued.len() < MAX_QUEUED {
                self.runs.queued.push_back(run);
            }
            return;
        }
        if let Some(id) = &run.origin.node {
            let id = id.clone();
            self.set_error(&id, None);
        }
        self.advance(run, host);
    }

    /// Goes on with a run that waited for the host.
    pub(super) fn resume(
        &mut self,
        ticket: Ticket,
        result: Result<Value, ToolError>,
        host: &mut dyn ToolHost,
    ) {
        let Some(mut run) = self.runs.waiting.remove(&ticket) else { return };
        let origin = run.origin.clone();
        if let Some(id) = &origin.node {
            self.mark(id);
        }
        if let Step::Next = self.settle(&mut run, result) {
            self.advance(run, host);
        }
        if !self.runs.is_busy(&origin) {
            let parked = self.runs.parked.remove(&origin);
            let queued = self.runs.queued.iter().position(|run| run.origin == origin);
            let next = parked.or_else(|| self.runs.queued.remove(queued?));
            if let Some(next) = next {
                self.advance(next, host);
            }
        }
    }

    pub(super) fn answered(&mut self, question: u64, yes: bool, host: &mut dyn ToolHost) {
        let Some(mut run) = self.runs.asking.remove(&question) else { return };
        if yes {
            run.confirmed = true;
            self.advance(run, host);
        }
    }

    /// Runs until the end, a failure, a question or the host.
    fn advance(&mut self, mut run: Run, host: &mut dyn ToolHost) {
        loop {
            let Some(frame) = run.frames.last_mut() else { return };
            let (actions, at) = (Arc::clone(&frame.actions), frame.next);
            let Some(action) = actions.get(at) else {
                run.frames.pop();
                if let Some(result) = frame_result(&run) {
                    run.tell("result", result);
                }
                continue;
            };
            run.steps += 1;
            if run.steps > MAX_STEPS {
                self.give_up(&run, format!("Stopped after {MAX_STEPS} actions"));
                return;
            }
            match self.step(run, action, host) {
                Some(going_on) => run = going_on,
                None => return,
            }
        }
    }

    /// One action. None: the run is over or put away.
    fn step(&mut self, mut run: Run, action: &Action, host: &mut dyn ToolHost) -> Option<Run> {
        let skip = |run: &mut Run| {
            run.confirmed = false;
            if let Some(frame) = run.frames.last_mut() {
                frame.next += 1;
            }
        };
        match action.when.as_ref().map(|when| self.evaluate_in(when, &run)) {
            Some(Ok(value)) if !is_truthy(&value) => {
                skip(&mut run);
                return Some(run);
            }
            Some(Err(message)) => {
                skip(&mut run);
                return self.settled(run, Err(ToolError::bad(message)));
            }
            _ => {}
        }
        if let (Some(question), false) = (&action.confirm, run.confirmed) {
            let message = self
                .evaluate_in(&question.message, &run)
                .map_or_else(|error| error, |value| text_of(&value).into_owned());
            let (confirm_label, cancel_label) =
                (question.confirm_label.clone(), question.cancel_label.clone());
            if self.runs.len() >= MAX_RUNS {
                self.give_up(&run, "Too much is under way".to_owned());
                return None;
            }
            self.runs.next_question += 1;
            let question = self.runs.next_question;
            self.effects.push(Effect::Confirm { question, message, confirm_label, cancel_label });
            self.runs.asking.insert(question, run);
            return None;
        }
        let row = match &action.tool {
            Ok(row) => *row,
            Err(message) => {
                skip(&mut run);
                return self.settled(run, Err(ToolError::new(ToolErrorKind::NotFound, message.clone())));
            }
        };
        if row.kind == ToolKind::Effect && run.origin.event == "change" && self.runs.is_busy(&run.origin) {
            self.runs.parked.insert(run.origin.clone(), run);
            return None;
        }
        let args = self.arguments(&row.name, action, &run);
        skip(&mut run);
        let args = match args {
            Ok(args) => args,
            Err(error) => return self.settled(run, Err(error)),
        };
        let reply = match row.kind {
            ToolKind::Ui => ToolReply::Done(self.run_ui_tool(&row.name, &args, &run)),
            ToolKind::Pure => {
                ToolReply::Done(run_math(row.name.strip_prefix("math.").unwrap_or(&row.name), &args))
            }
            ToolKind::Effect if self.runs.len() >= MAX_RUNS => {
                ToolReply::Done(Err(ToolError::new(ToolErrorKind::Failed, "Too much is under way")))
            }
            ToolKind::Effect => host.call(&row.name, &Value::Object(args)),
        };
        match reply {
            ToolReply::Done(result) => self.settled(run, result),
            ToolReply::Pending(ticket) => {
                if let Some(id) = &run.origin.node {
                    self.mark(id);
                }
                self.runs.waiting.insert(ticket, run);
                None
            }
        }
    }

    fn settled(&mut self, mut run: Run, result: Result<Value, ToolError>) -> Option<Run> {
        match self.settle(&mut run, result) {
            Step::Next => Some(run),
            Step::Stop => None,
        }
    }

    /// Takes the result of the action before `next`: into the data, to `then`, or to `catch`.
    fn settle(&mut self, run: &mut Run, result: Result<Value, ToolError>) -> Step {
        let Some(frame) = run.frames.last() else { return Step::Stop };
        let actions = Arc::clone(&frame.actions);
        let Some(action) = frame.next.checked_sub(1).and_then(|at| actions.get(at)) else {
            return Step::Stop;
        };
        let result = result.and_then(|mut value| {
            // What was never kept reads as the default.
            if value.is_null()
                && let (Ok(row), Some((_, default))) =
                    (&action.tool, action.args.iter().find(|(name, _)| name == "default"))
                && row.name == "storage.get"
            {
                value = self.evaluate_in(default, run).map_err(ToolError::bad)?;
            }
            if let Some(into) = &action.into {
                let pointer = self.target_pointer(into, run)?;
                self.state.set(&pointer, value.clone()).map_err(|error| ToolError::bad(error.to_string()))?;
            }
            Ok(value)
        });
        match result {
            Ok(value) => {
                if action.then.is_empty() {
                    // Inside of a `then` the result stays the one that it is about.
                    let shown = frame_result(run).unwrap_or(value);
                    run.tell("result", shown);
                } else {
                    run.tell("result", value.clone());
                    let (actions, catch) = (Arc::clone(&action.then), action.catch.clone());
                    run.frames.push(Frame { actions, next: 0, catch, result: Some(value) });
                }
                Step::Next
            }
            Err(error) => {
                let catch = action.catch.clone().or_else(|| {
                    loop {
                        match run.frames.pop() {
                            Some(Frame { catch: Some(catch), .. }) => break Some(catch),
                            Some(_) => {}
                            None => break None,
                        }
                    }
                });
                let Some(catch) = catch else {
                    self.give_up(run, error.message);
                    return Step::Stop;
                };
                run.tell("error", error.message.into());
                run.frames.push(Frame { actions: catch, next: 0, catch: None, result: None });
                Step::Next
            }
        }
    }

    /// An error that nobody caught shows where the event came from.
    fn give_up(&mut self, run: &Run, message: String) {
        let root = self.view.nodes[self.view.root].id.clone();
        let id = run.origin.node.clone().filter(|id| self.by_id.contains_key(id)).unwrap_or(root);
        self.set_error(&id, Some(message));
    }

    pub(super) fn set_error(&mut self, id: &str, message: Option<String>) {
        let changed = match message {
            Some(message) => self.errors.insert(id.to_owned(), message.clone()) != Some(message),
            None => self.errors.remove(id).is_some(),
        };
        if changed {
            self.mark(id);
        }
    }

    pub(super) fn evaluate_in(&self, value: &crate::dynamic::Dynamic, run: &Run) -> Result<Value, String> {
        value.evaluate(&Env { data: self.state.root(), scope: run.scope.as_deref(), event: Some(&run.event) })
    }
}
