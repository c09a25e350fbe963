//! Files: looks through the virtual file system, opens what lies there, and makes, renames and deletes.
//!
//! Refuses to guess: nothing is replaced, a folder with content is deleted only after the question named it.

mod delete;
mod kind;
mod model;
mod names;
mod ui;
mod update;

use model::{Command, Model};
use serde_json::json;
use update::Work;
use widgets::{App, AppContext, Menu, MenuItem};

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
        let chosen = !self.model.selection.is_empty();
        let one = self.model.selection.len() == 1;
        let item = |id: &str, label: &str, keys: &str, enabled: bool| MenuItem {
            enabled,
            ..MenuItem::new(id, label, keys)
        };
        let view =
            |id: &str, label: &str, checked: bool| MenuItem { checked, ..MenuItem::new(id, label, "") };
        vec![
            Menu {
                title: "File".into(),
                items: vec![
                    item("open", "Open", "Enter", chosen),
                    item("new_folder", "New folder", "Ctrl+Shift+N", true),
                    item("rename", "Rename", "F2", one),
                    item("delete", "Delete…", "Del", chosen),
                ],
            },
            Menu {
                title: "View".into(),
                items: vec![
                    view("grid", "As icons", self.model.layout == model::Layout::Grid),
                    view("list", "As list", self.model.layout == model::Layout::List),
                    view("hidden", "Show hidden files", self.model.show_hidden),
                    item("reload", "Reload", "F5", true),
                ],
            },
            Menu {
                title: "Go".into(),
                items: vec![
                    item("back", "Back", "Alt+←", self.model.can_go_back()),
                    item("forward", "Forward", "Alt+→", self.model.can_go_forward()),
                    item("up", "Up", "Backspace", self.model.parent().is_some()),
                    item("home", "Home", "", true),
                ],
            },
        ]
    }

    fn menu(&mut self, id: &str) {
        self.commands.extend(ui::command_of(id, &self.model));
    }

    fn answered(&mut self, id: u64, yes: bool) {
        self.commands.push(Command::Answered { id, yes });
    }

    fn focus_changed(&mut self, focused: bool) {
        self.view.focused = focused;
        // Another app may have changed the folder meanwhile.
        if focused && self.model.listing == model::Listing::Ready && self.model.rename.is_none() {
            self.commands.push(Command::Reload);
        }
    }

    fn data(&self) -> serde_json::Value {
        json!({
            "path": self.model.path,
            "entries": self.model.shown.len(),
            "selected": self.model.selected_names(),
            "problem": self.model.problem.as_ref().map(|problem| &problem.text),
        })
    }
}
