//! Runs whose changes were held back: says when a program has left some, in a message, in its window and on its tile in
//! the dock, each with a way to review them.
//!
//! The kernel keeps and counts them; the shell asks for the list when it has changed.

use super::{Action, Shell, toast::Toast};
use abi::{Pending, RunId, UiCaller, table};
use std::collections::HashSet;
use table::RunInfo;
use widgets::Tone;

/// The app that shows them.
const REVIEW: &str = "review";

/// What is known of them.
#[derive(Default)]
pub(crate) struct Reviews {
    /// Of which revision the list is; before the first look none.
    revision: Option<u64>,
    asked: Option<Pending<table::ListRuns>>,
    /// Runs that have ended and left changes that nobody has decided about.
    waiting: Vec<RunInfo>,
    /// Those that a person was told of.
    told: HashSet<RunId>,
    /// Those that are not to be mentioned in their window any more.
    hidden: HashSet<RunId>,
    has_looked: bool,
}

impl Reviews {
    /// The runs of an app that wait, newest last.
    pub(crate) fn of_app<'a>(&'a self, app: &'a str) -> impl DoubleEndedIterator<Item = &'a RunInfo> {
        self.waiting.iter().filter(move |run| run.app.as_deref() == Some(app))
    }

    /// How many runs wait in all.
    pub(crate) fn count(&self) -> usize {
        self.waiting.len()
    }

    pub(crate) fn hide(&mut self, run: RunId) {
        if self.waiting.iter().any(|waiting| waiting.run == run) {
            self.hidden.insert(run);
        }
    }

    /// The run that the windows of an app mention.
    pub(crate) fn mentioned<'a>(&'a self, app: &'a str) -> Option<&'a RunInfo> {
        self.of_app(app).next_back().filter(|run| !self.hidden.contains(&run.run))
    }

    fn take(&mut self, runs: &[RunInfo]) {
        let waits = |run: &&RunInfo| run.ended_millis.is_some() && run.open.is_some_and(|open| open > 0);
        self.waiting = runs.iter().filter(waits).cloned().collect();
        self.waiting.sort_by_key(|run| run.started_millis);
        let waiting = &self.waiting;
        self.hidden.retain(|hidden| waiting.iter().any(|run| run.run == *hidden));
    }
}

/// `5 changes`.
pub(crate) fn changes_in_words(run: &RunInfo) -> String {
    match run.open.unwrap_or(0) {
        1 => "1 change".into(),
        count => format!("{count} changes"),
    }
}

impl Shell {
    /// Looks whether a program has left changes.
    pub(crate) fn follow_reviews(&mut self) {
        let revision = self.processes.runs_revision();
        if self.reviews.revision != Some(revision) && self.reviews.asked.is_none() {
            self.reviews.revision = Some(revision);
            let system = UiCaller::new(self.processes.system());
            // A kernel without runs has none.
            self.reviews.asked = system.submit(table::ListRuns {}).ok();
        }
        let Some(result) = self.reviews.asked.as_ref().and_then(Pending::poll) else { return };
        self.reviews.asked = None;
        let Ok(runs) = result else { return };
        let is_first = !std::mem::replace(&mut self.reviews.has_looked, true);
        self.reviews.take(&runs);
        let Reviews { waiting, told, .. } = &mut self.reviews;
        let new: Vec<RunInfo> = waiting.iter().filter(|run| told.insert(run.run)).cloned().collect();
        self.ctx.request_repaint();
        match new.as_slice() {
            // One message at the start, however many there are.
            [_, _, ..] if is_first => {
                let title = format!("{} runs wait for a review", new.len());
                self.offer(title, "Nothing of them is real yet".into(), None);
            }
            new => {
                for run in new {
                    let title = format!("{} – review", changes_in_words(run));
                    self.offer(title, format!("{} left them; nothing is real yet", run.name), Some(run.run));
                }
            }
        }
    }

    fn offer(&mut self, title: String, text: String, run: Option<RunId>) {
        let actions = vec![("Review", review_action(run))];
        self.toasts.show(Toast::new(Tone::Info, title, text).with_actions(actions), self.now);
    }

    /// Reviews what this app changed last; where it has changed nothing, what there is.
    pub(crate) fn review(&mut self, app: Option<&str>) {
        let own = app.and_then(|app| self.reviews.of_app(app).next_back()).map(|run| run.run);
        let only = (self.reviews.waiting.len() == 1).then(|| self.reviews.waiting[0].run);
        self.push(review_action(own.or(only)));
    }
}

fn review_action(run: Option<RunId>) -> Action {
    match run {
        None => Action::Open(REVIEW.into()),
        Some(run) => Action::OpenWith(REVIEW.into(), format!("run={run}")),
    }
}
