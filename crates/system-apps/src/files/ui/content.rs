//! The middle of the window: what went wrong, the entries, or why there are none.

use super::{
    super::model::{Command, Listing, Model, Pick},
    View, command_of, entries, keys, list_id, menus, pointer,
};
use crate::common::{pane, rows};
use egui::{Rect, Ui, vec2};
use widgets::{
    controls::{self, Button, ControlSize, EmptyState, Spinner, error_box},
    icons::Icon,
    theme::space,
};

pub(super) fn draw(ui: &mut Ui, model: &Model, view: &mut View, commands: &mut Vec<Command>) {
    let mut area = ui.max_rect();
    if let Some(problem) = &model.problem {
        let top = pane::pane(ui, area, "problem", vec2(space::M, space::S), |ui| {
            let shown = error_box(ui, &problem.title, &problem.text).rect;
            let place = Rect::from_center_size(shown.right_top() + vec2(-20.0, 20.0), vec2(24.0, 24.0));
            let id = ui.scope_id().with("dismiss");
            let dismiss = Button::icon(Icon::X, "Dismiss").size(ControlSize::Small).id(id);
            if dismiss.show_at(ui, place).clicked() {
                commands.push(Command::DismissProblem);
            }
            shown.bottom()
        });
        area.min.y = (top + space::S).min(area.max.y);
    }
    let id = list_id(ui);
    // Below the list itself, so that clicks are the list's.
    let held = pointer::sense(ui, id, area, model, view, commands);
    let name = if model.in_trash() { "Files in the trash" } else { "Files in this folder" };
    let list = rows::list_keyboard(ui, id, area, name, view.focused);
    let has_keys = list.has_keys;
    if list.free_area_clicked {
        commands.push(Command::PickNone);
    }
    if list.arrived && model.selection.is_empty() {
        commands.push(Command::Move { by: 1, how: Pick::Only });
    }
    if let Some(chosen) = controls::context_menu(&list.response, &menus::of_background(model)) {
        commands.extend(command_of(&chosen, model));
    }
    if has_keys && view.rename.is_none() {
        keys::of_list(ui, model, view, commands);
    }
    match &model.listing {
        Listing::Ready if !model.shown.is_empty() => {
            entries::draw(ui, area, model, view, commands, has_keys);
        }
        _ => instead(ui, area, model, commands),
    }
    pointer::follow(ui, &held, area, model, view, commands);
}

/// Why there are no entries.
fn instead(ui: &mut Ui, area: Rect, model: &Model, commands: &mut Vec<Command>) {
    let mut say = |ui: &mut Ui, icon, title: &str, text: &str, action: Option<(&'static str, Command)>| {
        pane::pane(ui, area, "message", vec2(space::L, 0.0), |ui| {
            let state = EmptyState::new(icon, title, text);
            let Some((label, command)) = action else {
                state.show(ui);
                return;
            };
            if state.action(label).show(ui).is_some_and(|button| button.clicked()) {
                commands.push(command);
            }
        });
    };
    let running = model.found.as_ref().is_some_and(|found| found.running);
    match &model.listing {
        Listing::Failed(problem) => {
            let again = Some(("Try again", Command::Reload));
            say(ui, Icon::WarningCircle, &problem.title, &problem.text, again);
        }
        Listing::Loading => {
            pane::pane(ui, area, "loading", vec2(0.0, area.height() * 0.4), |ui| {
                ui.vertical_centered(|ui| ui.add(Spinner::new("Reading the folder").size(24.0)));
            });
        }
        Listing::Ready if running => {
            let text = "Everything beneath this folder is looked through.";
            say(ui, Icon::MagnifyingGlass, "Searching…", text, Some(("Stop", Command::StopSearch)));
        }
        Listing::Ready if let Some(found) = &model.found => {
            let text = format!("Nothing beneath this folder is called “{}”.", found.needle);
            say(ui, Icon::MagnifyingGlass, "No match", &text, None);
        }
        Listing::Ready if !model.filter.is_empty() => {
            let text = format!("Nothing here is called “{}”.", model.filter.trim());
            let deeper = (!model.in_trash()).then_some(("Search in subfolders", Command::Search));
            say(ui, Icon::MagnifyingGlass, "No match", &text, deeper);
        }
        Listing::Ready if model.in_trash() => {
            let text = "What you delete waits here until it is deleted for good.";
            say(ui, Icon::Trash, "The trash is empty", text, None);
        }
        Listing::Ready => {
            let text = "New files and folders will appear here.";
            let new = Some(("New folder", Command::NewFolder));
            say(ui, Icon::FolderOpen, "This folder is empty", text, new);
        }
    }
}
