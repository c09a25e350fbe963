//! What the desktop needs to know to list and start the apps of this crate.

use crate::{files::Files, settings::Settings, task_manager::TaskManager, text_editor::TextEditor};
use widgets::App;

/// A system app as the desktop lists it.
#[derive(Clone, Copy, Debug)]
pub struct Spec {
    /// Stable id, such as `files`.
    pub id: &'static str,
    /// For people.
    pub name: &'static str,
    /// An emoji.
    pub icon: &'static str,
    /// Category of the launcher.
    pub category: &'static str,
    /// One line for people.
    pub description: &'static str,
    /// Content size of its first window, in points.
    pub size: (f32, f32),
    /// Its content is never smaller than this, in points.
    pub min_size: (f32, f32),
    /// Makes the content of a window; the argument is a path to show, where one was opened.
    pub make: fn(Option<&str>) -> Box<dyn App>,
}

/// All system apps, in the order of the dock.
#[must_use]
pub fn all() -> Vec<Spec> {
    [
        ("files", "Files", "🗂️", "Look through folders, open and arrange files", (760.0, 470.0), (520.0, 320.0)),
        ("text-editor", "Text Editor", "📄", "Read and change text files", (680.0, 480.0), (360.0, 240.0)),
        ("system-monitor", "System Monitor", "📊", "What the system does, live, and why", (640.0, 480.0), (520.0, 380.0)),
        ("task-manager", "Task Manager", "📈", "See and end what is running", (720.0, 460.0), (520.0, 320.0)),
        ("settings", "Settings", "⚙️", "Appearance, keyboard, about this system", (680.0, 500.0), (520.0, 360.0)),
    ]
    .into_iter()
    .map(|(id, name, icon, description, size, min_size)| Spec {
        id,
        name,
        icon,
        category: "system",
        description,
        size,
        min_size,
        make: match id {
            "files" => |path| Box::new(Files::new(path)),
            "settings" => |path| Box::new(Settings::new(path)),
            "text-editor" => |path| Box::new(TextEditor::new(path)),
            "task-manager" => |_| Box::new(TaskManager::default()),
            _ => |_| Box::new(Unbuilt),
        },
    })
    .collect()
}

/// Says that the app is still being built.
struct Unbuilt;

impl App for Unbuilt {
    fn title(&self) -> String {
        "Not built yet".into()
    }
    fn logic(&mut self, _: &mut widgets::AppContext<'_>) {}
    fn ui(&mut self, ui: &mut egui::Ui) {
        let text = "This app does not exist yet in this version.";
        widgets::controls::EmptyState::new(widgets::icons::Icon::Wrench, "Not built yet", text).show(ui);
    }
}
