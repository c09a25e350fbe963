//! The page Apps & permissions: what each app may do, where that comes from, until when; and what holds for it over
//! restarts. Whatever is taken is gone at the app's next call.
//!
//! Installed apps are told by the desktop; what runs and what was answered is asked of the kernel while the page is in
//! view.

mod detail;
mod list;
mod model;
mod words;

pub(super) use model::{Command, Permissions, Work, poll, update};

use egui::Ui;

/// Draws the list of apps, or the chosen one.
pub(super) fn draw(ui: &mut Ui, model: &Permissions, commands: &mut Vec<super::model::Command>) {
    let mut asked = Vec::new();
    match model.chosen() {
        Some(app) => detail::draw(ui, model, &app, &mut asked),
        None => list::draw(ui, model, &mut asked),
    }
    commands.extend(asked.into_iter().map(super::model::Command::Permissions));
}
