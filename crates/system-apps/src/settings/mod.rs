//! Settings: appearance, what apps may do, where the keys are explained, and what this system is.
//!
//! A change acts at once: it is asked of the shell, which keeps it. Refuses nothing; a settings file that cannot
//! be read leaves the defaults on screen.

mod about;
mod appearance;
mod model;
mod permissions;
mod previews;
mod ui;

use model::{Command, Model};
use serde_json::json;
use widgets::{App, AppContext, InstalledApp};

/// A window of Settings.
pub(crate) struct Settings {
    model: Model,
    work: model::Work,
    commands: Vec<Command>,
    view: ui::View,
}

impl Settings {
    /// A window on the page of this name, else on Appearance. `apps:notes` is what an app may do.
    pub(crate) fn new(page: Option<&str>) -> Self {
        Settings {
            model: Model::new(page.unwrap_or_default()),
            work: model::Work::default(),
            commands: vec![Command::Load],
            view: ui::View::default(),
        }
    }
}

impl App for Settings {
    fn title(&self) -> String {
        "Settings".into()
    }

    fn logic(&mut self, cx: &mut AppContext<'_>) {
        for command in std::mem::take(&mut self.commands) {
            model::update(&mut self.model, &mut self.work, command, cx);
        }
        model::poll(&mut self.model, &mut self.work, cx);
    }

    fn installed(&mut self, apps: &[InstalledApp]) {
        self.model.permissions.set_installed(apps);
    }

    fn open_argument(&mut self, argument: &str) -> bool {
        self.model.show(argument)
    }

    fn ui(&mut self, ui: &mut egui::Ui) {
        ui::draw(ui, &self.model, &mut self.view, &mut self.commands);
    }

    fn data(&self) -> serde_json::Value {
        json!({
            "page": self.model.page.name(),
            "appearance": self.model.appearance,
            "app": self.model.permissions.chosen_id(),
        })
    }
}
