//! Tool bar of Files: history, breadcrumb, filter, layout.

use super::super::{
    model::{Command, Layout, Model},
    names::{last_name, parent},
};
use crate::common::pane;
use egui::{Color32, Rect, Ui, pos2, vec2};
use widgets::{
    controls::{Button, ControlSize, TextField, author_id},
    fonts,
    icons::{Icon, paint_icon},
    theme::{Theme, space, type_size},
};

/// Room for the field that filters, in points.
const FILTER: f32 = 132.0;

pub(super) fn draw(ui: &mut Ui, model: &Model, commands: &mut Vec<Command>) {
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
    let filter_width = if room.width() > 400.0 { FILTER } else { 0.0 };
    let end = 3.0 * 32.0 + space::S + filter_width;
    let (crumbs, rest) = pane::split_right(room, end);
    pane::bar(ui, rest, "end", 0.0, |ui| {
        ui.spacing_mut().item_spacing.x = 2.0;
        let (grid, list) = (model.layout == Layout::Grid, model.layout == Layout::List);
        let icons = Tool { icon: Icon::SquaresFour, name: "As icons", enabled: true, on: grid };
        tool(ui, commands, icons, Command::Show(Layout::Grid));
        let rows = Tool { icon: Icon::ListBullets, name: "As list", enabled: true, on: list };
        tool(ui, commands, rows, Command::Show(Layout::List));
        let folder = Tool { icon: Icon::FolderPlus, name: "New folder", enabled: true, on: false };
        tool(ui, commands, folder, Command::NewFolder);
        if filter_width > 0.0 {
            ui.add_space(space::XS);
            let mut filter = model.filter.clone();
            let field =
                TextField::search(&mut filter, "Filter by name").placeholder("Filter").width(FILTER - 4.0);
            let field = ui.add(field);
            author_id(ui, field.id, "filter");
            if field.changed() {
                commands.push(Command::Filter(filter));
            }
        }
    });
    breadcrumb(ui, crumbs.shrink2(vec2(space::XS, 0.0)), &model.path, commands);
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

/// The folders from the root to here, as far as there is room; the nearest are kept.
fn breadcrumb(ui: &mut Ui, rect: Rect, path: &str, commands: &mut Vec<Command>) {
    const CARET: f32 = 12.0;
    let theme = Theme::of(ui);
    let mut parts = Vec::new();
    let mut at = Some(path.to_owned());
    while let Some(path) = at {
        let name = if path == "/" { "Computer".to_owned() } else { last_name(&path).to_owned() };
        at = parent(&path);
        parts.push((name, path));
    }
    let font = fonts::medium(type_size::LABEL);
    let measure = |name: &str| {
        let width = ui.painter().layout_no_wrap(name.to_owned(), font.clone(), Color32::PLACEHOLDER).size().x;
        (width + 21.0).min(rect.width())
    };
    let mut shown = Vec::new();
    let mut left = rect.width();
    for (name, path) in parts {
        let width = measure(&name);
        let needs = width + if shown.is_empty() { 0.0 } else { CARET };
        if needs > left && !shown.is_empty() {
            break;
        }
        left -= needs;
        shown.push((name, path, width));
    }
    let mut x = rect.left();
    for (place, (name, path, width)) in shown.into_iter().rev().enumerate() {
        if place > 0 {
            let centre = pos2(x + CARET / 2.0, rect.center().y);
            paint_icon(ui.painter(), centre, Icon::CaretRight, 10.0, theme.text.muted);
            x += CARET;
        }
        let button = Rect::from_min_size(pos2(x, rect.center().y - 13.0), vec2(width, 26.0));
        x += width;
        let crumb = Button::ghost(name.as_str()).size(ControlSize::Small).name(format!("Go to {name}"));
        if crumb.id(ui.scope_id().with(("crumb", &path))).show_at(ui, button).clicked() {
            commands.push(Command::Go(path));
        }
    }
}
