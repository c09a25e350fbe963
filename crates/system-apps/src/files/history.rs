//! What this window did to files and can take back, through the kernel's `undo`.
//!
//! Each operation has a cause of its own; taking it back is a change with a cause, too, so doing it again is
//! taking *that* back. What newer content stands in the way of is refused and stays where it is in the history.

use crate::common::problem::{Problem, plain};
use abi::{
    CauseId, Errno, Pending, SysResult, UiCaller,
    table::{Undo, UndoMode, UndoPlan, UndoStep, Undone},
};

/// Steps that are remembered.
const DEPTH: usize = 100;

/// An operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// `Move of 3 items`.
    pub(super) label: String,
    pub(super) cause: CauseId,
}

/// Which way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    Undo,
    Redo,
}

/// What stands in the way of taking something back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Obstacles {
    pub(super) way: Way,
    pub(super) label: String,
    /// Path and reason.
    pub(super) steps: Vec<(String, String)>,
    /// Paths that nothing stands in the way of.
    pub(super) possible: usize,
}

/// What came of it.
pub(super) enum News {
    /// It is as it was.
    Done {
        way: Way,
        label: String,
        left: usize,
    },
    Refused(Obstacles),
    Failed(Problem),
}

/// Where taking back is.
enum Running {
    Undo(Pending<Undo>),
    /// It was refused; the kernel is asked what stands in the way.
    Plan(Pending<UndoPlan>, String),
}

/// What can be taken back and done again, the last at the end.
#[derive(Default)]
pub(super) struct History {
    undo: Vec<Entry>,
    redo: Vec<Entry>,
    running: Option<(Way, Entry, Running)>,
}

impl History {
    /// Something was done.
    pub(super) fn push(&mut self, entry: Entry) {
        self.redo.clear();
        self.undo.push(entry);
        if self.undo.len() > DEPTH {
            self.undo.remove(0);
        }
    }

    /// What was done before this window was there; goes before everything else.
    pub(super) fn remember(&mut self, entry: Entry) {
        if !self.undo.iter().chain(&self.redo).any(|known| known.cause == entry.cause) {
            self.undo.insert(0, entry);
        }
    }

    /// Name of what would be taken back, or done again.
    pub(super) fn next(&self, way: Way) -> Option<&str> {
        self.stack(way).last().map(|entry| entry.label.as_str())
    }

    pub(super) fn is_running(&self) -> bool {
        self.running.is_some()
    }

    fn stack(&self, way: Way) -> &Vec<Entry> {
        if way == Way::Undo { &self.undo } else { &self.redo }
    }

    /// Begins to take back what was done last. Nothing while another one is under way.
    pub(super) fn begin(&mut self, way: Way, mode: UndoMode, syscalls: &UiCaller) -> SysResult<()> {
        let Some(entry) = self.stack(way).last().filter(|_| self.running.is_none()).cloned() else {
            return Ok(());
        };
        let pending = syscalls.submit(Undo { cause: entry.cause, mode })?;
        self.running = Some((way, entry, Running::Undo(pending)));
        Ok(())
    }

    /// Takes results.
    pub(super) fn poll(&mut self, syscalls: &UiCaller) -> Option<News> {
        let (way, entry, running) = self.running.take()?;
        match running {
            Running::Undo(pending) => match pending.poll() {
                None => self.running = Some((way, entry, Running::Undo(pending))),
                Some(Ok(undone)) => return Some(self.done(way, &entry, &undone)),
                Some(Err(why)) if why.errno == Errno::EBUSY => {
                    let text = plain(&why);
                    match syscalls.submit(UndoPlan { cause: entry.cause }) {
                        Ok(plan) => self.running = Some((way, entry, Running::Plan(plan, text))),
                        Err(_) => return Some(News::Refused(obstacles(way, entry, Vec::new(), text))),
                    }
                }
                Some(Err(why)) => {
                    // It cannot be had back at any time; what came before it still can.
                    if why.errno == Errno::ENOENT {
                        self.forget(way, entry.cause);
                    }
                    let verb = if way == Way::Undo { "undone" } else { "done again" };
                    let title = format!("{} could not be {verb}", entry.label);
                    return Some(News::Failed(Problem::new(title, &why)));
                }
            },
            Running::Plan(pending, text) => match pending.poll() {
                None => self.running = Some((way, entry, Running::Plan(pending, text))),
                Some(plan) => {
                    return Some(News::Refused(obstacles(way, entry, plan.unwrap_or_default(), text)));
                }
            },
        }
        None
    }

    fn forget(&mut self, way: Way, cause: CauseId) {
        let stack = if way == Way::Undo { &mut self.undo } else { &mut self.redo };
        stack.retain(|entry| entry.cause != cause);
    }

    fn done(&mut self, way: Way, entry: &Entry, undone: &Undone) -> News {
        self.forget(way, entry.cause);
        let back = Entry { label: entry.label.clone(), cause: undone.cause };
        match way {
            Way::Undo => self.redo.push(back),
            Way::Redo => self.undo.push(back),
        }
        News::Done { way, label: entry.label.clone(), left: undone.left.len() }
    }
}

fn obstacles(way: Way, entry: Entry, plan: Vec<UndoStep>, text: String) -> Obstacles {
    let possible = plan.iter().filter(|step| step.verdict == "due").count();
    let blocked = plan.into_iter().filter(|step| step.verdict == "conflict" || step.verdict == "lost");
    let mut steps: Vec<(String, String)> = blocked.map(|step| (step.path, step.why)).collect();
    if steps.is_empty() {
        steps.push((String::new(), text));
    }
    Obstacles { way, label: entry.label, steps, possible }
}
