//! Runs whose changes were held back: says when a program has left some, with a way to review them.
//!
//! The kernel keeps and counts them; the shell asks for the list when it has changed.

use super::{Action, Shell, toast::Toast};
use abi::{Pending, RunId, UiCaller, table};
use std::collections::HashSet;
use widgets::Tone;

/// The app that shows them.
const REVIEW: &str = "review";

/// What is known of them.
#[derive(Default)]
pub(crate) struct Reviews {
    /// Of which revision the list is; before the first look none.
    revision: Option<u64>,
    asked: Option<Pending<table::ListRuns>>,
    /// Those that a person was told of.
    told: HashSet<RunId>,
    has_looked: bool,
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
        let waits =
            |run: &&table::RunInfo| run.ended_millis.is_some() && run.open.is_some_and(|open| open > 0);
        let new: Vec<_> =
            runs.iter().filter(waits).filter(|run| self.reviews.told.insert(run.run)).cloned().collect();
        match new.as_slice() {
            [] => {}
            [run] => {
                let count = run.open.unwrap_or(0);
                let title = format!("{count} {} – review", if count == 1 { "change" } else { "changes" });
                let text = format!("{} left them; nothing is real yet", run.name);
                self.offer(title, text, Some(format!("run={}", run.run)));
            }
            // One message at the start, however many there are.
            many if is_first => {
                let title = format!("{} runs wait for a review", many.len());
                self.offer(title, "Nothing of them is real yet".into(), None);
            }
            many => {
                for run in many {
                    let title = format!("{} changes – review", run.open.unwrap_or(0));
                    self.offer(title, format!("{} left them", run.name), Some(format!("run={}", run.run)));
                }
            }
        }
    }

    fn offer(&mut self, title: String, text: String, argument: Option<String>) {
        let opens = match argument {
            None => Action::Open(REVIEW.into()),
            Some(argument) => Action::OpenWith(REVIEW.into(), argument),
        };
        let toast = Toast { tone: Tone::Info, title, text, actions: vec![("Review", opens)] };
        self.toasts.show(toast, self.now);
    }
}
