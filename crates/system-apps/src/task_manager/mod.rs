//! Task Manager: what runs, what it uses, why it was started, and how what is gone has ended; and ends, stops,
//! slows and limits it on request.
//!
//! Figures are read once a second while the window can be seen. Nothing is ended without a question. Everything in
//! the menu of a row is in the menus of the bar, too.

mod connections;
mod details;
mod ended;
mod limits;
mod model;
mod ui;
mod update;
mod words;

use model::{Command, Mode, Model};
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
        let model = &self.model;
        let (chosen, can_end, can_stop) = (model.chosen_row().is_some(), model.can_end(), model.can_stop());
        let item = |id: &str, label: &str, keys: &str, enabled| MenuItem {
            enabled,
            ..MenuItem::new(id, label, keys)
        };
        let line = || MenuItem::new("", "-", "");
        let stop = if model.is_stopped() { ("signal:18", "Continue") } else { ("signal:19", "Stop") };
        let signals = words::SIGNALS.iter().map(|(number, name, what)| {
            item(&format!("signal:{number}"), &format!("SIG{name}"), what, can_end)
        });
        let now = model.chosen_row().map_or(5, |row| row.info.priority);
        let priorities = (0..=9u8).rev().map(|priority| MenuItem {
            checked: chosen && priority == now,
            ..item(&format!("priority:{priority}"), &ui::priority_label(priority), "", can_end)
        });
        let views = Mode::ALL.into_iter().map(|mode| MenuItem {
            checked: model.mode == mode,
            ..MenuItem::new(mode.name(), mode.name(), "")
        });
        vec![
            Menu {
                title: "Process".into(),
                items: vec![
                    item("end", "End…", "Del", can_end),
                    item("end_tree", "End tree…", "Shift+Del", can_end),
                    item("end_at_once", "End at once…", "", can_end),
                    line(),
                    item(stop.0, stop.1, "", can_stop),
                    line(),
                    item("why", "Why?", "", chosen),
                    item("copy", "Copy details", "", chosen),
                    line(),
                    item("refresh", "Refresh", "F5", true),
                ],
            },
            Menu { title: "Signal".into(), items: signals.collect() },
            Menu { title: "Priority".into(), items: priorities.collect() },
            Menu { title: "View".into(), items: views.collect() },
        ]
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
        let model = &self.model;
        let names: Vec<&str> = model.rows.iter().map(|row| row.info.name.as_str()).collect();
        json!({
            "processes": names,
            "mode": model.mode.name(),
            "selected": model.listing.selected,
            "note": model.note,
            "ended": model.ended.gone.iter().map(|gone| gone.row.object.as_str()).collect::<Vec<_>>(),
        })
    }
}
