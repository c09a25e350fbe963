//! Draws the Task Manager: the table, the details of the chosen process, what can be done.

use super::model::{Command, Ending, Model, Row, column, details, state_word};
use crate::common::{
    format,
    pane::{self, STATUS, TOOLBAR},
    rows,
    table::{self, Column, RowState, Width},
    text,
};
use abi::table::ProcessKind;
use egui::{Align2, Color32, Id, Key, Modifiers, Rect, Role, ScrollArea, Ui, pos2, vec2};
use widgets::{
    controls::{self, Button, ButtonKind, ControlSize, EmptyState, MenuEntry, Spinner, TextField, error_box},
    fonts,
    icons::Icon,
    theme::{Theme, space, type_size},
};

/// What only the picture knows.
#[derive(Default)]
pub(super) struct View {
    /// Whether the window has the keyboard.
    pub(super) focused: bool,
    revealed: u64,
    rows: usize,
}

const COLUMNS: [Column; 9] = [
    Column::text("Name", Width::Share(1.0)),
    Column::figures("Process", 74.0).from(420.0),
    Column::text("State", Width::Fixed(80.0)),
    Column::figures("CPU", 64.0),
    Column::figures("CPU time", 86.0).from(560.0),
    Column::figures("Memory", 76.0),
    Column::figures("Syscalls", 82.0).from(640.0),
    Column::figures("Started", 78.0).from(780.0),
    Column::text("Because of", Width::Share(1.0)).from(880.0),
];

/// Height of the details, in points.
const DETAILS: f32 = 176.0;

pub(super) fn draw(ui: &mut Ui, model: &Model, view: &mut View, commands: &mut Vec<Command>) {
    let theme = Theme::of(ui);
    let (top, rest) = pane::split_top(ui.max_rect(), TOOLBAR);
    let (rest, bottom) = pane::split_bottom(rest, STATUS);
    pane::toolbar_back(ui, &theme, top);
    pane::bar(ui, top, "tools", space::M, |ui| toolbar(ui, model, commands));
    let chosen = model.chosen();
    let room = if chosen.is_some() { DETAILS.min(rest.height() * 0.5) } else { 0.0 };
    let (mut list, below) = pane::split_bottom(rest, room);
    if let Some(problem) = &model.problem {
        let end = pane::pane(ui, list, "problem", vec2(space::M, space::S), |ui| {
            error_box(ui, &problem.title, &problem.text);
            if ui.add(Button::new("Dismiss").size(ControlSize::Small)).clicked() {
                commands.push(Command::DismissProblem);
            }
            ui.min_rect().bottom()
        });
        list.min.y = (end + space::XS).min(list.max.y);
    }
    list_ui(ui, &theme, list, model, view, commands);
    if let Some(row) = chosen {
        details_ui(ui, &theme, below, model, row, commands);
    }
    pane::status_back(ui, &theme, bottom);
    let memory: u64 = model.rows.iter().map(|row| row.info.memory_bytes).sum();
    let cpu: f64 = model.rows.iter().filter_map(|row| row.cpu_percent).sum();
    let processes = format::counted(model.rows.len(), "process", "processes");
    let words = format!("{processes}   CPU {}   Memory {}", format::percent(cpu), format::bytes(memory));
    let place = bottom.shrink2(vec2(space::M, 0.0));
    text::line(
        ui,
        place,
        &words,
        fonts::regular(type_size::LABEL),
        theme.text.secondary,
        Align2::LEFT_CENTER,
    );
    text::label(ui, ui.scope_id().with("status"), place, &words);
}

fn toolbar(ui: &mut Ui, model: &Model, commands: &mut Vec<Command>) {
    let mut filter = model.filter.clone();
    let field =
        ui.add(TextField::search(&mut filter, "Filter by name or number").placeholder("Filter").width(200.0));
    controls::author_id(ui, field.id, "filter");
    if field.changed() {
        commands.push(Command::Filter(filter));
    }
    ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
        let kind = if model.can_end() { ButtonKind::Danger } else { ButtonKind::Secondary };
        let end = Button::new("End").with_icon(Icon::XCircle).kind(kind).min_width(84.0);
        let end = ui.add_enabled(model.can_end(), end);
        controls::author_id(ui, end.id, "end");
        if end.clicked() {
            commands.push(Command::AskEnd(Ending::Politely));
        }
    });
}

fn list_ui(
    ui: &mut Ui,
    theme: &Theme,
    area: Rect,
    model: &Model,
    view: &mut View,
    commands: &mut Vec<Command>,
) {
    let inset = vec2(space::S, 0.0);
    let (head, body) = pane::split_top(area, table::HEAD);
    let sorted =
        table::heads(ui, ui.scope_id().with("heads"), head.shrink2(inset), &COLUMNS, Some(model.sort));
    if let Some(index) = sorted {
        let figures = COLUMNS[index].align == Align2::RIGHT_CENTER && index != column::PID;
        commands.push(Command::SortBy(model.sort.clicked(index, figures)));
    }
    let id = ui.scope_id().with("list");
    let list = rows::list_keyboard(ui, id, body, "Processes", view.focused);
    let keys = list.has_keys;
    if list.free_area_clicked {
        commands.push(Command::PickNone);
    }
    if list.arrived && model.selected.is_none() {
        commands.push(Command::Move(1));
    }
    if keys {
        if let Some((by, _)) = rows::vertical_move(ui, view.rows) {
            commands.push(Command::Move(by));
        }
        ui.input_mut(|input| {
            if input.consume_key(Modifiers::NONE, Key::Delete) {
                commands.push(Command::AskEnd(Ending::Politely));
            }
            if input.consume_key(Modifiers::NONE, Key::F5) {
                commands.push(Command::Refresh);
            }
            if input.consume_key(Modifiers::NONE, Key::Escape) {
                commands.push(Command::PickNone);
            }
        });
    }
    view.rows = (body.height() / table::ROW) as usize;
    if !model.read {
        pane::pane(ui, body, "loading", vec2(0.0, body.height() * 0.4), |ui| {
            ui.vertical_centered(|ui| ui.add(Spinner::new("Reading the processes").size(24.0)));
        });
        return;
    }
    if model.shown.is_empty() {
        pane::pane(ui, body, "empty", vec2(space::L, 0.0), |ui| {
            EmptyState::new(Icon::MagnifyingGlass, "No match", "No process has this name or number.")
                .show(ui);
        });
        return;
    }
    let chosen = model.shown.iter().position(|&index| Some(model.rows[index].info.pid) == model.selected);
    let reveal = (model.reveal != view.revealed).then_some(chosen).flatten();
    view.revealed = model.reveal;
    pane::pane(ui, body, "rows", inset, |ui| {
        rows::virtual_rows(ui, "scroll", table::ROW, model.shown.len(), reveal, |ui, at, place| {
            row_ui(ui, theme, id, place, model, &model.rows[model.shown[at]], keys, commands);
        });
    });
}

#[allow(clippy::too_many_arguments)] // one row's facts and where its commands go
fn row_ui(
    ui: &mut Ui,
    theme: &Theme,
    list: Id,
    place: Rect,
    model: &Model,
    row: &Row,
    keyboard: bool,
    commands: &mut Vec<Command>,
) {
    let info = &row.info;
    let state = RowState::new(model.selected == Some(info.pid), keyboard);
    let response = table::row(ui, list.with(info.pid.0), place, state, Role::Row, &info.name);
    let (strong, quiet) = state.colours(theme);
    let cells = table::cells(&COLUMNS, place);
    if let Some(name) = cells[column::NAME] {
        let at = pos2(name.left() + 8.0, name.center().y);
        ui.painter().text(at, Align2::CENTER_CENTER, mark(info.kind), fonts::emoji(14.0), Color32::WHITE);
        let rest = name.with_min_x(name.left() + 24.0);
        text::line(ui, rest, &info.name, fonts::control(), strong, Align2::LEFT_CENTER);
    }
    let font = fonts::regular(type_size::LABEL);
    let cpu = row.cpu_percent.map_or_else(|| "–".into(), format::percent);
    let busy = state != RowState::Selected && row.cpu_percent.is_some_and(|percent| percent >= 50.0);
    table::figure(ui, cells[column::PID], &info.pid.to_string(), quiet);
    table::cell(ui, cells[column::STATE], &COLUMNS[column::STATE], state_word(info), font.clone(), quiet);
    table::figure(ui, cells[column::CPU], &cpu, if busy { theme.warning.text } else { quiet });
    table::figure(ui, cells[column::CPU_TIME], &format::cpu_time(info.cpu_time_micros), quiet);
    table::figure(ui, cells[column::MEMORY], &format::bytes(info.memory_bytes), quiet);
    table::figure(ui, cells[column::SYSCALLS], &format::count(info.syscalls), quiet);
    table::figure(ui, cells[column::STARTED], &format::clock(info.started_millis), quiet);
    table::cell(ui, cells[column::CAUSE], &COLUMNS[column::CAUSE], model.cause_of(info), font, quiet);
    if response.clicked() || response.secondary_clicked() {
        commands.push(Command::Pick(info.pid));
        ui.memory_mut(|memory| memory.request_focus(list));
    }
    if let Some(id) = controls::context_menu(&response, &row_menu(model)) {
        commands.extend(command_of(&id));
    }
}

fn mark(kind: ProcessKind) -> &'static str {
    match kind {
        ProcessKind::App => "🧩",
        ProcessKind::System => "⚙️",
        ProcessKind::Service => "🛎️",
        ProcessKind::Host => "🖥️",
    }
}

fn row_menu(model: &Model) -> Vec<MenuEntry> {
    let can_end = model.can_end();
    vec![
        MenuEntry::item("copy", "Copy details").with_icon(Icon::Copy),
        MenuEntry::Separator,
        MenuEntry::item("end", "End…").with_icon(Icon::XCircle).with_keys("Del").enabled_if(can_end),
        MenuEntry::item("end_at_once", "End at once…")
            .with_icon(Icon::WarningOctagon)
            .enabled_if(can_end)
            .dangerous(),
    ]
}

/// The command behind the id of a menu entry.
pub(super) fn command_of(id: &str) -> Option<Command> {
    Some(match id {
        "end" => Command::AskEnd(Ending::Politely),
        "end_at_once" => Command::AskEnd(Ending::AtOnce),
        "refresh" => Command::Refresh,
        "copy" => Command::CopyDetails,
        _ => return None,
    })
}

/// Name, figures, and why it was started.
fn details_ui(ui: &mut Ui, theme: &Theme, area: Rect, model: &Model, row: &Row, commands: &mut Vec<Command>) {
    ui.painter().rect_filled(area, 0, theme.surface.panel);
    ui.painter().hline(area.x_range(), area.top() + 0.5, egui::Stroke::new(1.0, theme.surface.divider));
    let inner = area.shrink2(vec2(space::L, space::S));
    let (head, body) = pane::split_top(inner, 26.0);
    let title = head.with_max_x(head.right() - 34.0);
    text::line(
        ui,
        title,
        &row.info.name,
        fonts::semibold(type_size::H3),
        theme.text.primary,
        Align2::LEFT_CENTER,
    );
    text::label(ui, ui.scope_id().with("title"), title, &format!("Details of {}", row.info.name));
    let close = Rect::from_center_size(pos2(head.right() - 12.0, head.center().y), vec2(24.0, 24.0));
    let button = Button::icon(Icon::X, "Close details").size(ControlSize::Small);
    if button.id(ui.scope_id().with("close")).show_at(ui, close).clicked() {
        commands.push(Command::PickNone);
    }
    pane::pane(ui, body, "details", vec2(0.0, 2.0), |ui| {
        ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
            let columns = if ui.available_width() > 560.0 { 3 } else { 2 };
            let lines = details(row, model.stats.as_ref(), model.cause_of(&row.info));
            let width = ui.available_width() / columns as f32;
            let height = 23.0;
            let per_column = lines.len().div_ceil(columns);
            let (rect, _) = ui.allocate_exact_size(
                vec2(ui.available_width(), per_column as f32 * height),
                egui::Sense::hover(),
            );
            for (index, (name, value)) in lines.iter().enumerate() {
                let at = vec2((index / per_column) as f32 * width, (index % per_column) as f32 * height);
                let cell = Rect::from_min_size(rect.min + at, vec2(width - space::L, height));
                let font = fonts::regular(type_size::LABEL);
                let (label, rest) = pane::split_left(cell, 86.0);
                text::line(ui, label, name, font.clone(), theme.text.muted, Align2::LEFT_CENTER);
                text::line(ui, rest, value, font, theme.text.primary, Align2::LEFT_CENTER);
                text::label(ui, ui.scope_id().with(("detail", index)), cell, &format!("{name}: {value}"));
            }
        });
    });
}
