//! What the desktop needs to know to list and start the apps of this crate.

use crate::{
    files::Files, review::Review, settings::Settings, system_monitor::SystemMonitor,
    task_manager::TaskManager, text_editor::TextEditor,
};
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
    let spec = |id, name, icon, description, size, min_size, make| Spec {
        id,
        name,
        icon,
        category: "system",
        description,
        size,
        min_size,
        make,
    };
    vec![
        spec(
            "files",
            "Files",
            "🗂️",
            "Look through folders, open and arrange files",
            (760.0, 470.0),
            (440.0, 300.0),
            |path| Box::new(Files::new(path)),
        ),
        spec(
            "text-editor",
            "Text Editor",
            "📄",
            "Read and change text files",
            (680.0, 480.0),
            (360.0, 240.0),
            |path| Box::new(TextEditor::new(path)),
        ),
        spec(
            "system-monitor",
            "System Monitor",
            "📊",
            "What the system does, live, and why",
            (820.0, 560.0),
            (520.0, 360.0),
            |argument| Box::new(SystemMonitor::new(argument)),
        ),
        spec(
            "task-manager",
            "Task Manager",
            "📈",
            "See and end what is running",
            (860.0, 560.0),
            (400.0, 320.0),
            |_| Box::new(TaskManager::default()),
        ),
        spec(
            "review",
            "Review changes",
            "🔍",
            "See what programs did to your folders, and apply or discard it",
            (920.0, 580.0),
            (380.0, 340.0),
            |argument| Box::new(Review::new(argument)),
        ),
        spec(
            "settings",
            "Settings",
            "⚙️",
            "Appearance, what apps may do, keyboard, about this system",
            (760.0, 560.0),
            (520.0, 360.0),
            |page| Box::new(Settings::new(page)),
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_unique_and_sizes_sensible() {
        let specs = all();
        let mut ids: Vec<_> = specs.iter().map(|spec| spec.id).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), specs.len());
        for spec in specs {
            assert!(spec.min_size.0 <= spec.size.0 && spec.min_size.1 <= spec.size.1, "{}", spec.id);
            assert!(!spec.name.is_empty() && !(spec.make)(None).title().is_empty());
        }
    }
}
