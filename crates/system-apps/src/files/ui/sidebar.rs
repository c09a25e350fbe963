//! The side bar: folders of one's own, places of the system, the trash. Files can be dropped on them.

use super::{
    super::model::{Command, HOME, Model, Place},
    pointer,
};
use egui::Ui;
use widgets::{
    controls::{self, SidebarItem, section_header},
    theme::space,
};

/// Folders of the side bar: emoji, name, path.
const FAVOURITES: [(&str, &str, &str); 6] = [
    ("🏠", "Home", HOME),
    ("🖥️", "Desktop", "/home/Desktop"),
    ("🗂️", "Documents", "/home/Documents"),
    ("📥", "Downloads", "/home/Downloads"),
    ("🌄", "Pictures", "/home/Pictures"),
    ("🧰", "Apps", "/home/Apps"),
];
const PLACES: [(&str, &str, &str); 3] =
    [("🧩", "Shipped apps", "/apps"), ("⏳", "Temporary", "/tmp"), ("🔬", "Processes", "/proc")];

pub(super) fn draw(ui: &mut Ui, model: &Model, commands: &mut Vec<Command>) {
    egui::ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 1.0;
        section_header(ui, "Favourites");
        for place in FAVOURITES {
            folder_ui(ui, place, model, commands);
        }
        trash_ui(ui, model, commands);
        ui.add_space(space::XS);
        section_header(ui, "Places");
        for place in PLACES {
            folder_ui(ui, place, model, commands);
        }
    });
}

fn folder_ui(
    ui: &mut Ui,
    (emoji, name, path): (&'static str, &'static str, &'static str),
    model: &Model,
    commands: &mut Vec<Command>,
) {
    let item = ui.add(SidebarItem::emoji(emoji, name).selected(model.folder() == Some(path)));
    controls::author_id(ui, item.id, format!("place-{}", name.to_lowercase().replace(' ', "-")));
    if item.clicked() {
        commands.push(Command::Go(Place::Folder(path.into())));
    }
    pointer::drop_on_folder(ui, &item, item.rect, path, commands);
}

fn trash_ui(ui: &mut Ui, model: &Model, commands: &mut Vec<Command>) {
    let item = ui.add(SidebarItem::emoji("🗑️", "Trash").selected(model.in_trash()));
    controls::author_id(ui, item.id, "place-trash");
    if item.clicked() {
        commands.push(Command::Go(Place::Trash));
    }
    pointer::drop_on_trash(ui, &item, commands);
}
