//! Review changes: what programs did to folders that were held back, side by side with the originals; some of it is
//! applied, the rest discarded.
//!
//! Opened without an argument it lists the runs, with `run=7` it shows one. Changes that run later by themselves and
//! those that meet a changed original are never ticked beforehand. What was applied can be undone from here, by the
//! cause under which it was.

mod diff;
mod model;
mod tree;
mod ui;
mod update;
mod wrap;

use abi::RunId;
use model::{Command, Model, Page};
use serde_json::json;
use update::Work;
use widgets::{App, AppContext, Menu, MenuItem};

/// How an argument that names a run begins.
const RUN: &str = "run=";

/// A window of Review.
#[derive(Default)]
pub(crate) struct Review {
    model: Model,
    work: Work,
    commands: Vec<Command>,
    view: ui::View,
}

impl Review {
    /// A window that shows the run which the argument names; else all of them.
    pub(crate) fn new(argument: Option<&str>) -> Self {
        let mut review = Review::default();
        let shown = argument.is_some_and(|argument| review.open_argument(argument));
        if !shown {
            review.commands.push(Command::List);
        }
        review
    }
}

impl App for Review {
    fn title(&self) -> String {
        match (&self.model.page, &self.model.run) {
            (Page::Run(_), Some(run)) => format!("Changes of {}", run.name),
            _ => "Review changes".into(),
        }
    }

    fn open_argument(&mut self, argument: &str) -> bool {
        let run = argument.strip_prefix(RUN).and_then(|run| run.parse().ok());
        self.commands.extend(run.map(|run| Command::Show(RunId(run))));
        run.is_some()
    }

    fn logic(&mut self, cx: &mut AppContext<'_>) {
        for command in std::mem::take(&mut self.commands) {
            update::update(&mut self.model, &mut self.work, command, cx);
        }
        update::poll(&mut self.model, &mut self.work, cx);
    }

    fn ui(&mut self, ui: &mut egui::Ui) {
        ui::draw(ui, &self.model, &mut self.view, &mut self.commands);
    }

    fn menus(&self) -> Vec<Menu> {
        let item = |id: &str, label: &str, keys: &str, enabled: bool| MenuItem {
            enabled,
            ..MenuItem::new(id, label, keys)
        };
        let (ticked, idle) = (self.model.ticked_count() > 0, !self.model.busy);
        let shown = matches!(self.model.page, Page::Run(_));
        vec![
            Menu {
                title: "Changes".into(),
                items: vec![
                    item("apply", "Apply what is ticked", "Ctrl+Enter", ticked && idle),
                    item("discard", "Discard what is ticked", "", ticked && idle),
                    item("discard-run", "Discard everything", "", shown && idle),
                    item("undo", "Undo what was applied", "Ctrl+Z", self.model.applied.is_some() && idle),
                    item("all", "Tick all that can be applied", "Ctrl+A", shown),
                    item("none", "Tick nothing", "", ticked),
                ],
            },
            Menu {
                title: "View".into(),
                items: vec![
                    item("reload", "Look again", "F5", true),
                    item("why", "Why?", "", self.model.selected_change().is_some()),
                    item("runs", "All runs", "", shown),
                ],
            },
        ]
    }

    fn menu(&mut self, id: &str) {
        self.commands.extend(match id {
            "apply" => Some(Command::Apply),
            "discard" => Some(Command::Discard),
            "discard-run" => Some(Command::DiscardRun),
            "undo" => Some(Command::Undo),
            "all" => Some(Command::TickAll(true)),
            "none" => Some(Command::TickAll(false)),
            "reload" => Some(Command::Reload),
            "why" => Some(Command::Why),
            "runs" => Some(Command::List),
            _ => None,
        });
    }

    fn answered(&mut self, id: u64, yes: bool) {
        self.commands.push(Command::Answered { id, yes });
    }

    fn focus_changed(&mut self, focused: bool) {
        self.view.focused = focused;
    }

    fn data(&self) -> serde_json::Value {
        let changes = self.model.changes.as_ref();
        json!({
            "run": self.model.run.as_ref().map(|run| run.run),
            "runs": self.model.runs.as_ref().map(Vec::len),
            "loading": self.model.loading || self.model.busy,
            "changes": changes.map(|changes| {
                changes.changes.iter().map(|change| json!({
                    "path": change.path, "kind": change.kind, "verdict": change.verdict,
                    "runs_later": change.runs_later, "ticked": self.model.ticked.contains(&change.path),
                })).collect::<Vec<_>>()
            }),
            "selected": self.model.selected_change().map(|change| change.path.as_str()),
            "diff": self.model.diff.as_ref().and_then(|diff| diff.as_ref().ok()).map(|diff| {
                json!({"added": diff.added, "removed": diff.removed, "binary": diff.binary, "note": diff.note})
            }),
            "applied": self.model.applied.as_ref().map(|applied| json!({
                "count": applied.count, "undone": applied.undone,
                "left": applied.left.iter().map(|(path, _)| path.as_str()).collect::<Vec<_>>(),
            })),
            "problem": self.model.problem.as_ref().map(|problem| problem.text.as_str()),
        })
    }
}
