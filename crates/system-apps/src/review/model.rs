//! What Review shows, as plain data.

use super::tree::Row;
use crate::common::problem::Problem;
use abi::{
    CauseId, RunId,
    table::{FileDiff, RunChange, RunChanges, RunInfo, RunVerdict},
};
use std::collections::HashSet;

/// Which page is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Page {
    #[default]
    Runs,
    Run(RunId),
}

/// What drawing asks for.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Command {
    List,
    Show(RunId),
    Reload,
    /// A row of the list of runs, or of the tree.
    Select(usize),
    /// A row of the tree, with what lies beneath it.
    Tick(usize),
    TickAll(bool),
    Apply,
    Discard,
    DiscardRun,
    Undo,
    Why,
    DismissProblem,
    Answered {
        id: u64,
        yes: bool,
    },
}

/// What was applied last.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct AppliedLast {
    pub(super) cause: CauseId,
    pub(super) count: usize,
    pub(super) left: Vec<(String, String)>,
    pub(super) undone: bool,
}

/// What Review shows.
#[derive(Default)]
pub(super) struct Model {
    pub(super) page: Page,
    pub(super) runs: Option<Vec<RunInfo>>,
    /// The run that is shown.
    pub(super) run: Option<RunInfo>,
    pub(super) changes: Option<RunChanges>,
    pub(super) rows: Vec<Row>,
    /// Of the rows, or of the runs.
    pub(super) selected: Option<usize>,
    /// Paths.
    pub(super) ticked: HashSet<String>,
    /// Of the change that is selected.
    pub(super) diff: Option<Result<FileDiff, String>>,
    /// Lines of it, one after the other.
    pub(super) lines: Vec<super::diff::Line>,
    pub(super) loading: bool,
    /// Something is being applied, discarded or undone.
    pub(super) busy: bool,
    /// Instead of the page.
    pub(super) failure: Option<Problem>,
    /// Above the page.
    pub(super) problem: Option<Problem>,
    pub(super) applied: Option<AppliedLast>,
}

/// Whether it is ticked beforehand: it can be applied, and nothing runs because of it.
pub(super) fn is_harmless(change: &RunChange) -> bool {
    change.verdict == RunVerdict::Due && change.runs_later.is_none()
}

/// Whether it can be ticked at all.
pub(super) fn can_be_ticked(change: &RunChange) -> bool {
    change.verdict != RunVerdict::Refused
}

impl Model {
    pub(super) fn change(&self, row: usize) -> Option<&RunChange> {
        let index = self.rows.get(row)?.change?;
        self.changes.as_ref()?.changes.get(index)
    }

    pub(super) fn selected_change(&self) -> Option<&RunChange> {
        self.change(self.selected?)
    }

    /// Changes at a row and beneath it that can be ticked.
    pub(super) fn beneath(&self, row: usize) -> impl Iterator<Item = &RunChange> {
        let path = self.rows.get(row).map_or("", |row| row.path.as_str());
        let all = self.changes.as_ref().map_or(&[][..], |changes| &changes.changes[..]);
        all.iter().filter(move |change| {
            let rest = change.path.strip_prefix(path);
            can_be_ticked(change) && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
    }

    pub(super) fn ticked_count(&self) -> usize {
        self.ticked.len()
    }

    /// Those that are ticked and meet a changed original.
    pub(super) fn ticked_conflicts(&self) -> usize {
        let all = self.changes.iter().flat_map(|changes| &changes.changes);
        all.filter(|change| change.verdict == RunVerdict::Conflict && self.ticked.contains(&change.path))
            .count()
    }

    /// Takes in what a run changed; what was ticked before stays so where it can, new ones are ticked when harmless.
    pub(super) fn take_changes(&mut self, changes: RunChanges, first: bool) {
        let known: HashSet<&str> = self
            .changes
            .iter()
            .flat_map(|changes| &changes.changes)
            .map(|change| change.path.as_str())
            .collect();
        let ticked = changes.changes.iter().filter(|change| {
            let was = !first && known.contains(change.path.as_str());
            if was {
                can_be_ticked(change) && self.ticked.contains(&change.path)
            } else {
                is_harmless(change)
            }
        });
        self.ticked = ticked.map(|change| change.path.clone()).collect();
        let selected = self.selected_change().map(|change| change.path.clone()).filter(|_| !first);
        let folders = self.run.iter().flat_map(|run| &run.folders).map(|folder| folder.path.as_str());
        self.rows = super::tree::rows(folders, &changes.changes);
        self.changes = Some(changes);
        let at = |path: &String| self.rows.iter().position(|row| row.change.is_some() && row.path == *path);
        let first_file =
            || (0..self.rows.len()).find(|row| self.change(*row).is_some_and(super::diff::has_lines));
        self.selected = selected.as_ref().and_then(at).or_else(first_file).or(if self.rows.is_empty() {
            None
        } else {
            Some(0)
        });
    }
}
