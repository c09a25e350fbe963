//! Files: looks through the virtual file system, opens what lies there, and changes it: makes, names, copies, moves,
//! puts into the trash and takes back.
//!
//! Refuses to guess: nothing is replaced without a question, what is deleted lies in the trash, and every change can
//! be undone as one. Each change has a cause of its own in the kernel's journal ([`operations`]), which is what
//! *undo* takes back ([`history`]) and what the panel of properties tells ([`made_by`]).

mod clipboard;
mod count;
mod history;
mod job;
mod kind;
mod listing;
mod made_by;
mod model;
mod names;
mod operations;
mod properties;
mod search;
mod ui;
mod update;
mod watcher;

use model::{Command, Model};
use serde_json::json;
use update::Work;
use widgets::{App, AppContext, Menu};

/// A window of Files.
pub(crate) struct Files {
    model: Model,
    work: Work,
    commands: Vec<Command>,
    view: ui::View,
}

impl Files {
    /// A window that shows this folder, or the folder of this file with the file chosen.
    pub(crate) fn new(path: Option<&str>) -> Self {
        let path = path.filter(|path| path.starts_with('/')).unwrap_or(model::HOME);
        Files {
            model: Model::new(path),
            work: Work::default(),
            commands: vec![Command::Reload],
            view: ui::View::default(),
        }
    }
}

impl App for Files {
    fn title(&self) -> String {
        self.model.title()
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
        ui::menus(&self.model)
    }

    fn menu(&mut self, id: &str) {
        self.commands.extend(ui::command_of(id, &self.model));
    }

    fn unsaved(&self) -> bool {
        self.work.operations.is_busy()
    }

    fn answered(&mut self, id: u64, yes: bool) {
        self.commands.push(Command::Answered { id, yes });
    }

    fn focus_changed(&mut self, focused: bool) {
        self.view.focused = focused;
        // Another app may have changed the folder meanwhile. A search is not made anew for that.
        let settled = self.model.listing == model::Listing::Ready && self.model.found.is_none();
        if focused && settled && self.model.rename.is_none() {
            self.commands.push(Command::Reload);
        }
    }

    fn data(&self) -> serde_json::Value {
        let model = &self.model;
        json!({
            "path": model.folder().unwrap_or(model::TRASH),
            "entries": model.shown.len(),
            "selected": model.selected_names(),
            "problem": model.problem.as_ref().map(|problem| format!("{}: {}", problem.title, problem.text)),
            "notice": model.notice.as_ref().map(|notice| &notice.text),
            "busy": self.work.operations.is_busy() || self.work.operations.history.is_running(),
            "undo": model.undo,
            "redo": model.redo,
        })
    }
}
