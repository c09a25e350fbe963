//! Task Manager: what runs, what it uses, why it was started; and ends it on request.
//!
//! Figures are read once a second while the window can be seen. Nothing is ended without a question.

mod model;
mod ui;
mod update;

use model::{Command, Model};
use serde_json::json;
use update::Work;
use widgets::{App, AppContext, Menu, MenuItem};

/// A window of the Task Manager.
#[derive(Default)]
pub(crate) struct TaskManager {
    model: Model,
    work: Work,
    commands: Vec<Command>,
    view: ui::View,
}

impl App for TaskManager {
    fn title(&self) -> String {
        "Task Manager".into()
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
        let can_end = self.model.can_end();
        let item = |id: &str, label: &str, keys: &str, enabled| MenuItem {
            enabled,
            ..MenuItem::new(id, label, keys)
        };
        vec![Menu {
            title: "Process".into(),
            items: vec![
                item("end", "End…", "Del", can_end),
                item("end_at_once", "End at once…", "", can_end),
                item("refresh", "Refresh", "F5", true),
            ],
        }]
    }

    fn menu(&mut self, id: &str) {
        self.commands.extend(ui::command_of(id));
    }

    fn answered(&mut self, id: u64, yes: bool) {
        self.commands.push(Command::Answered { id, yes });
    }

    fn focus_changed(&mut self, focused: bool) {
        self.view.focused = focused;
    }

    fn data(&self) -> serde_json::Value {
        let names: Vec<&str> = self.model.rows.iter().map(|row| row.info.name.as_str()).collect();
        json!({ "processes": names, "selected": self.model.selected })
    }
}
