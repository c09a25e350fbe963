//! Draws the Task Manager: the table, the details of the chosen process, what can be done.

use super::{
    details, ended,
    model::{Command, Ending, Mode, Model, Row},
    words::{SIGNALS, kind_mark, state_word},
};
use crate::common::{
    format,
    grid::{Cell, Grid, GridEvent, GridView, Instead, Line, Look, Mark},
    pane::{self, STATUS, TOOLBAR},
    table::{self, Column, Width},
    text,
};
use abi::table::ProcessState;
use egui::{Align2, Key, Modifiers, Rect, Ui, vec2};
use widgets::{
    controls::{self, Button, ButtonKind, ControlSize, MenuEntry, Segmented, TextField, error_box},
    fonts,
    icons::Icon,
    theme::{Theme, space, type_size},
};

/// What only the picture knows.
#[derive(Default)]
pub(super) struct View {
    /// Whether the window has the keyboard.
    pub(super) focused: bool,
    processes: GridView,
    ended: GridView,
}

const COLUMNS: [Column; 11] = [
    Column::text("Name", Width::Share(1.5)),
    Column::figures("Process", 78.0).from(460.0),
    Column::text("State", Width::Fixed(76.0)),
    Column::figures("CPU", 62.0),
    Column::figures("Memory", 72.0),
    Column::figures("Threads", 64.0).from(900.0),
    Column::figures("Disk/s", 72.0).from(800.0),
    Column::figures("Priority", 62.0).from(600.0),
    Column::figures("Syscalls", 76.0).from(680.0),
    Column::figures("Started", 74.0).from(980.0),
    Column::text("Because of", Width::Share(1.0)).from(640.0),
];

const ENDED: [Column; 5] = [
    Column::text("Name", Width::Share(1.0)),
    Column::text("App", Width::Share(0.8)).from(560.0),
    Column::figures("Process", 84.0),
    Column::text("Ended", Width::Share(1.2)),
    Column::figures("When", 132.0),
];

/// Height of the details, in points.
const DETAILS: f32 = 232.0;

pub(super) fn draw(ui: &mut Ui, model: &Model, view: &mut View, commands: &mut Vec<Command>) {
    let theme = Theme::of(ui);
    let (top, rest) = pane::split_top(ui.max_rect(), TOOLBAR);
    let (rest, bottom) = pane::split_bottom(rest, STATUS);
    pane::toolbar_back(ui, &theme, top);
    pane::bar(ui, top, "tools", space::M, |ui| toolbar(ui, model, commands));
    let chosen = model.chosen_row().filter(|_| model.mode != Mode::Ended);
    let room = if chosen.is_some() { DETAILS.min(rest.height() * 0.55) } else { 0.0 };
    let (mut list, below) = pane::split_bottom(rest, room);
    let problem = if model.mode == Mode::Ended { model.ended.problem.as_ref() } else { None };
    if let Some(problem) = model.problem.as_ref().or(problem) {
        let end = pane::pane(ui, list, "problem", vec2(space::M, space::S), |ui| {
            error_box(ui, &problem.title, &problem.text);
            if ui.add(Button::new("Dismiss").size(ControlSize::Small)).clicked() {
                commands.push(Command::DismissProblem);
            }
            ui.min_rect().bottom()
        });
        list.min.y = (end + space::XS).min(list.max.y);
    }
    match model.mode {
        Mode::Tree | Mode::List => processes(ui, list, model, view, commands),
        Mode::Ended => gone(ui, list, model, view, commands),
    }
    if let Some(row) = chosen {
        details::draw(ui, &theme, below, model, row, commands);
    }
    status(ui, &theme, bottom, model);
}

fn status(ui: &mut Ui, theme: &Theme, bottom: Rect, model: &Model) {
    pane::status_back(ui, theme, bottom);
    let memory: u64 = model.rows.iter().map(|row| row.info.memory_bytes).sum();
    let cpu: f64 = model.rows.iter().filter_map(|row| row.cpu_percent).sum();
    let processes = format::counted(model.rows.len(), "process", "processes");
    let words = format!("{processes}   CPU {}   Memory {}", format::percent(cpu), format::bytes(memory));
    let place = bottom.shrink2(vec2(space::M, 0.0));
    let font = fonts::regular(type_size::LABEL);
    text::line(ui, place, &words, font.clone(), theme.text.secondary, Align2::LEFT_CENTER);
    text::label(ui, ui.scope_id().with("status"), place, &words);
    if !model.note.is_empty() {
        let right = place.with_min_x(place.left() + place.width() * 0.5);
        text::line(ui, right, &model.note, font, theme.text.secondary, Align2::RIGHT_CENTER);
        text::label(ui, ui.scope_id().with("note"), right, &model.note);
    }
}

fn toolbar(ui: &mut Ui, model: &Model, commands: &mut Vec<Command>) {
    let names = Mode::ALL.map(Mode::name);
    let mut mode = Mode::ALL.iter().position(|&mode| mode == model.mode).unwrap_or(0);
    if ui.add(Segmented::new(&mut mode, &names, "Show as")).changed() {
        commands.push(Command::Show(Mode::ALL[mode]));
    }
    let mut filter = model.listing.filter.clone();
    let room = ui.available_width() - 110.0;
    // What is filtered stays in view, however narrow the window is.
    if room >= 60.0 || !filter.is_empty() {
        let field = TextField::search(&mut filter, "Filter by name or number").placeholder("Filter");
        let field = ui.add(field.width(room.clamp(60.0, 200.0)));
        controls::author_id(ui, field.id, "filter");
        if field.changed() {
            commands.push(Command::Filter(filter));
        }
    }
    ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
        let can_end = model.can_end() && model.mode != Mode::Ended;
        let kind = if can_end { ButtonKind::Danger } else { ButtonKind::Secondary };
        let end = Button::new("End").with_icon(Icon::XCircle).kind(kind).min_width(84.0);
        let end = ui.add_enabled(can_end, end);
        controls::author_id(ui, end.id, "end");
        if end.clicked() {
            commands.push(Command::AskEnd(Ending::Politely));
        }
    });
}

fn processes(ui: &mut Ui, area: Rect, model: &Model, view: &mut View, commands: &mut Vec<Command>) {
    let instead = if model.read {
        Instead::Empty(Icon::MagnifyingGlass, "No match", "No process has this name or number.")
    } else {
        Instead::Loading("Reading the processes")
    };
    let grid = Grid {
        name: "Processes",
        columns: &COLUMNS,
        sort: Some(model.listing.sort),
        row_height: table::ROW - 2.0,
        follows: false,
        count: model.listing.shown.len(),
        chosen: model.chosen_at(),
        reveal: model.listing.reveal,
        focused: view.focused,
        instead,
    };
    let row = |at: usize| &model.rows[model.listing.shown[at]];
    let pid = |at: usize| row(at).info.pid;
    let shown =
        grid.show(ui, area, &mut view.processes, |_| row_menu(model), |at| process_line(model, row(at)));
    for event in shown.events {
        match event {
            GridEvent::Pick(at) => commands.push(Command::Pick(pid(at))),
            GridEvent::PickNone => commands.push(Command::PickNone),
            GridEvent::Move(by) => commands.push(Command::Move(by)),
            GridEvent::SortBy(sort) => commands.push(Command::SortBy(sort)),
            GridEvent::Fold(at, unfolded) => commands.push(Command::Fold(pid(at), unfolded)),
            GridEvent::Open(at) => {
                if let Some(unfolded) = model.is_unfolded(row(at)) {
                    commands.push(Command::Fold(pid(at), !unfolded));
                }
            }
            GridEvent::Menu(_, id) => commands.extend(command_of(&id)),
        }
    }
    if shown.has_keys {
        keys(ui, model, commands);
    }
}

/// Keys of the list that no grid has.
fn keys(ui: &Ui, model: &Model, commands: &mut Vec<Command>) {
    ui.input_mut(|input| {
        if model.can_end() && input.consume_key(Modifiers::SHIFT, Key::Delete) {
            commands.push(Command::AskEnd(Ending::Tree));
        }
        if input.consume_key(Modifiers::NONE, Key::Delete) {
            commands.push(Command::AskEnd(Ending::Politely));
        }
        if input.consume_key(Modifiers::NONE, Key::F5) {
            commands.push(Command::Refresh);
        }
    });
}

fn process_line(model: &Model, row: &Row) -> Line {
    let info = &row.info;
    let cpu = row.cpu_percent.map_or_else(|| "–".into(), format::percent);
    let busy = row.cpu_percent.is_some_and(|percent| percent >= 50.0);
    let stopped = info.state == ProcessState::Stopped;
    let threads = row.stats.as_ref().map(|stats| format::count(stats.threads.into()));
    let disk = row.disk_rate.map(|rate| format::bytes(rate.max(0.0) as u64));
    Line {
        name: info.name.clone(),
        key: info.pid.0,
        cells: vec![
            Cell::strong(info.name.clone()).mark(Mark::Emoji(kind_mark(info.kind))),
            Cell::quiet(info.pid.to_string()),
            Cell::quiet(state_word(info)).look(if stopped { Look::Warning } else { Look::Quiet }),
            Cell::quiet(cpu).look(if busy { Look::Warning } else { Look::Quiet }),
            Cell::quiet(format::bytes(info.memory_bytes)),
            Cell::quiet(threads.unwrap_or_default()),
            Cell::quiet(disk.unwrap_or_default()),
            Cell::quiet(info.priority.to_string()),
            Cell::quiet(format::count(info.syscalls)),
            Cell::quiet(format::clock(info.started_millis)),
            Cell::quiet(model.cause_of(info)),
        ],
        depth: row.depth,
        unfolded: model.is_unfolded(row),
    }
}

fn row_menu(model: &Model) -> Vec<MenuEntry> {
    let (can_end, can_stop) = (model.can_end(), model.can_stop());
    let signals = SIGNALS
        .iter()
        .map(|(number, name, what)| {
            MenuEntry::item(&format!("signal:{number}"), &format!("SIG{name}"))
                .with_keys(what)
                .enabled_if(can_end)
        })
        .collect();
    let now = model.chosen_row().map_or(5, |row| row.info.priority);
    let priorities = (0..=9u8)
        .rev()
        .map(|priority| {
            MenuEntry::item(&format!("priority:{priority}"), &priority_label(priority))
                .checked_if(priority == now)
                .enabled_if(can_end)
        })
        .collect();
    vec![
        MenuEntry::item("why", "Why?").with_icon(Icon::Question),
        MenuEntry::item("copy", "Copy details").with_icon(Icon::Copy),
        MenuEntry::Separator,
        stop_entry(model).enabled_if(can_stop),
        MenuEntry::Submenu {
            label: "Send signal".into(),
            icon: Some(Icon::PaperPlaneTilt),
            entries: signals,
        },
        MenuEntry::Submenu { label: "Priority".into(), icon: Some(Icon::Gauge), entries: priorities },
        MenuEntry::Separator,
        MenuEntry::item("end", "End…").with_icon(Icon::XCircle).with_keys("Del").enabled_if(can_end),
        MenuEntry::item("end_tree", "End tree…")
            .with_icon(Icon::TreeStructure)
            .with_keys("Shift+Del")
            .enabled_if(can_end)
            .dangerous(),
        MenuEntry::item("end_at_once", "End at once…")
            .with_icon(Icon::WarningOctagon)
            .enabled_if(can_end)
            .dangerous(),
    ]
}

fn stop_entry(model: &Model) -> MenuEntry {
    if model.is_stopped() {
        MenuEntry::item("signal:18", "Continue").with_icon(Icon::Play)
    } else {
        MenuEntry::item("signal:19", "Stop").with_icon(Icon::Pause)
    }
}

/// A priority in words.
pub(super) fn priority_label(priority: u8) -> String {
    match priority {
        0 => "0, least".into(),
        5 => "5, normal".into(),
        9 => "9, most".into(),
        other => other.to_string(),
    }
}

/// The command behind the id of a menu entry.
pub(super) fn command_of(id: &str) -> Option<Command> {
    if let Some(signal) = id.strip_prefix("signal:").and_then(|number| number.parse().ok()) {
        return Some(Command::Signal(signal));
    }
    if let Some(priority) = id.strip_prefix("priority:").and_then(|number| number.parse().ok()) {
        return Some(Command::Priority(priority));
    }
    Some(match id {
        "end" => Command::AskEnd(Ending::Politely),
        "end_at_once" => Command::AskEnd(Ending::AtOnce),
        "end_tree" => Command::AskEnd(Ending::Tree),
        "refresh" => Command::Refresh,
        "copy" => Command::CopyDetails,
        "why" => Command::Why,
        other => Command::Show(Mode::ALL.into_iter().find(|mode| mode.name() == other)?),
    })
}

/// Those that ended.
fn gone(ui: &mut Ui, area: Rect, model: &Model, view: &mut View, commands: &mut Vec<Command>) {
    let ended = &model.ended;
    let instead = match (ended.read, ended.gone.is_empty()) {
        (false, _) if ended.problem.is_none() => Instead::Loading("Reading the journal"),
        (_, true) => Instead::Empty(
            Icon::ClockCounterClockwise,
            "Nothing has ended yet",
            "Processes that end appear here, with how they did.",
        ),
        _ => {
            Instead::Empty(Icon::MagnifyingGlass, "No match", "No process of this name or number has ended.")
        }
    };
    let grid = Grid {
        name: "Ended processes",
        columns: &ENDED,
        sort: Some(ended.listing.sort),
        row_height: table::ROW - 2.0,
        follows: false,
        count: ended.listing.shown.len(),
        chosen: ended.chosen_at(),
        reveal: ended.listing.reveal,
        focused: view.focused,
        instead,
    };
    let gone = |at: usize| &ended.gone[ended.listing.shown[at]];
    let menu = |_| vec![MenuEntry::item("why", "Why?").with_icon(Icon::Question)];
    let shown = grid.show(ui, area, &mut view.ended, menu, |at| ended_line(gone(at)));
    for event in shown.events {
        commands.push(match event {
            GridEvent::Pick(at) => Command::PickEnded(gone(at).row.seq),
            GridEvent::PickNone => Command::PickNone,
            GridEvent::Move(by) => Command::MoveEnded(by),
            GridEvent::SortBy(sort) => Command::SortEnded(sort),
            GridEvent::Open(_) | GridEvent::Menu(..) => Command::WhyEnded,
            GridEvent::Fold(..) => continue,
        });
    }
}

fn ended_line(gone: &ended::Gone) -> Line {
    let row = &gone.row;
    Line {
        name: row.object.clone(),
        key: row.seq,
        cells: vec![
            Cell::strong(row.object.clone()),
            Cell::quiet(row.app.clone().unwrap_or_default()),
            Cell::quiet(row.pid.to_string()),
            Cell::quiet(gone.how.clone()).look(if gone.failed { Look::Warning } else { Look::Quiet }),
            Cell::quiet(format::date_time(row.time_millis)),
        ],
        ..Line::default()
    }
}
