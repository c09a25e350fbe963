//! Text Editor: opens a text, changes it, saves it.
//!
//! Refuses binary files; files above [`model::LIMIT`] are read as a stream and shown as they come, read-only. A file that changed
//! on disk since it was read is not replaced without a question. Line ends are kept as they were.

mod large;
mod model;
mod stream;
mod ui;
mod update;

use model::{Command, Content, Model};
use serde_json::json;
use update::Work;
use widgets::{App, AppContext, Menu, MenuItem};

/// A window of the Text Editor.
pub(crate) struct TextEditor {
    model: Model,
    work: Work,
    commands: Vec<Command>,
    view: ui::View,
}

impl TextEditor {
    /// A window with this file, or with an empty text.
    pub(crate) fn new(path: Option<&str>) -> Self {
        TextEditor {
            model: Model::new(path),
            work: Work::default(),
            commands: path.map(|_| Command::Load).into_iter().collect(),
            view: ui::View::default(),
        }
    }
}

impl App for TextEditor {
    fn title(&self) -> String {
        let name = self.model.name();
        if self.model.is_changed() { format!("• {name}") } else { name.to_owned() }
    }

    fn logic(&mut self, cx: &mut AppContext<'_>) {
        for command in std::mem::take(&mut self.commands) {
            update::update(&mut self.model, &mut self.work, command, cx);
        }
        update::poll(&mut self.model, &mut self.work, cx);
    }

    fn ui(&mut self, ui: &mut egui::Ui) {
        ui::draw(ui, &mut self.model, &mut self.view, &mut self.commands);
    }

    fn menus(&self) -> Vec<Menu> {
        let ready = self.model.content == Content::Text;
        let item = |id: &str, label: &str, keys: &str, enabled: bool| MenuItem {
            enabled,
            ..MenuItem::new(id, label, keys)
        };
        vec![Menu {
            title: "File".into(),
            items: vec![
                item("save", "Save", "Ctrl+S", ready && !self.model.read_only()),
                item("save_as", "Save as…", "Ctrl+Shift+S", ready && !self.model.read_only()),
                item("reload", "Reload from disk", "", self.model.path.is_some() && !self.model.is_changed()),
                MenuItem { checked: self.model.wrap, ..MenuItem::new("wrap", "Wrap long lines", "") },
            ],
        }]
    }

    fn menu(&mut self, id: &str) {
        self.commands.extend(match id {
            "save" => Some(Command::Save),
            "save_as" => Some(Command::AskName),
            "reload" => Some(Command::Load),
            "wrap" => Some(Command::ToggleWrap),
            _ => None,
        });
    }

    fn unsaved(&self) -> bool {
        self.model.is_changed()
    }

    fn answered(&mut self, id: u64, yes: bool) {
        self.commands.push(Command::Answered { id, yes });
    }

    fn focus_changed(&mut self, focused: bool) {
        self.view.focused = focused;
    }

    fn data(&self) -> serde_json::Value {
        json!({
            "path": self.model.path,
            "changed": self.model.is_changed(),
            "read_only": self.model.read_only(),
            "reading": self.model.large.as_ref().is_some_and(|large| large.reach == large::Reach::Reading),
            "bytes": self.model.large.as_ref().map_or(self.model.text.len(), large::Large::bytes),
        })
    }
}
