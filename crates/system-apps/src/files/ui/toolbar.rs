//! Tool bar of Files: history, where one is, layout, filter.

use super::{
    super::model::{Command, Layout, Model},
    View, path,
};
use crate::common::pane;
use egui::{Key, Ui, vec2};
use widgets::{
    controls::{Button, ControlSize, TextField, author_id},
    icons::Icon,
    theme::space,
};

/// Room for the field that filters, in points.
const FILTER: f32 = 132.0;
/// Room for a button, in points.
const TOOL: f32 = 32.0;

pub(super) fn draw(ui: &mut Ui, model: &Model, view: &mut View, commands: &mut Vec<Command>) {
    ui.spacing_mut().item_spacing.x = 2.0;
    let (back, forward, up) = (model.can_go_back(), model.can_go_forward(), model.parent().is_some());
    tool(ui, commands, Tool { icon: Icon::CaretLeft, name: "Back", enabled: back, on: false }, Command::Back);
    tool(
        ui,
        commands,
        Tool { icon: Icon::CaretRight, name: "Forward", enabled: forward, on: false },
        Command::Forward,
    );
    tool(ui, commands, Tool { icon: Icon::ArrowUp, name: "Up", enabled: up, on: false }, Command::Up);
    let room = ui.available_rect_before_wrap();
    // In a narrow window the layouts are in the menu; the filter stays.
    let layouts = !model.in_trash() && room.width() > 360.0;
    let filter = if room.width() > 200.0 { FILTER } else { 0.0 };
    let buttons =
        if model.in_trash() { 104.0 + TOOL } else { 2.0 * TOOL + if layouts { 3.0 * TOOL } else { 0.0 } };
    let (crumbs, rest) = pane::split_right(room, buttons + space::S + filter);
    pane::bar(ui, rest, "end", 0.0, |ui| {
        ui.spacing_mut().item_spacing.x = 2.0;
        if model.in_trash() {
            let empty = Button::danger("Empty trash").size(ControlSize::Small);
            let response = ui.add_enabled(!model.trash.is_empty(), empty);
            author_id(ui, response.id, "empty-trash");
            if response.clicked() {
                commands.push(Command::AskEmptyTrash);
            }
            ui.add_space(space::XS);
        } else {
            if layouts {
                layouts_ui(ui, model, commands);
            }
            let folder = Tool { icon: Icon::FolderPlus, name: "New folder", enabled: true, on: false };
            tool(ui, commands, folder, Command::NewFolder);
        }
        let info = Tool { icon: Icon::Info, name: "Properties", enabled: true, on: model.details.is_some() };
        tool(ui, commands, info, Command::ToggleProperties);
        if filter > 0.0 {
            ui.add_space(space::XS);
            filter_ui(ui, model, view, commands);
        }
    });
    path::draw(ui, crumbs.shrink2(vec2(space::XS, 0.0)), model, view, commands);
}

fn layouts_ui(ui: &mut Ui, model: &Model, commands: &mut Vec<Command>) {
    for (icon, name, layout) in [
        (Icon::SquaresFour, "As icons", Layout::Grid),
        (Icon::ListBullets, "As list", Layout::List),
        (Icon::Columns, "Compact", Layout::Compact),
    ] {
        let on = model.layout == layout && model.found.is_none();
        let enabled = model.found.is_none();
        tool(ui, commands, Tool { icon, name, enabled, on }, Command::Show(layout));
    }
}

/// Narrows while one types; Enter looks beneath, too.
fn filter_ui(ui: &mut Ui, model: &Model, view: &mut View, commands: &mut Vec<Command>) {
    let mut filter = model.filter.clone();
    let field = TextField::search(&mut filter, "Filter by name").placeholder("Filter").width(FILTER - 4.0);
    let field = ui.add(field);
    author_id(ui, field.id, "filter");
    if field.changed() {
        commands.push(Command::Filter(filter));
    }
    let (enter, escape) = ui.input(|input| (input.key_pressed(Key::Enter), input.key_pressed(Key::Escape)));
    if field.lost_focus() && enter && !model.in_trash() {
        commands.push(Command::Search);
    }
    if field.lost_focus() && escape && !model.filter.is_empty() {
        commands.push(Command::Filter(String::new()));
    }
    if model.wants_filter != view.filter_focused {
        view.filter_focused = model.wants_filter;
        field.request_focus();
    }
}

/// A button of the tool bar.
struct Tool {
    icon: Icon,
    name: &'static str,
    enabled: bool,
    on: bool,
}

fn tool(ui: &mut Ui, commands: &mut Vec<Command>, tool: Tool, command: Command) {
    let button = ui.add_enabled(tool.enabled, Button::icon(tool.icon, tool.name).selected(tool.on));
    author_id(ui, button.id, tool.name.to_lowercase().replace(' ', "-"));
    if button.clicked() {
        commands.push(command);
    }
}
