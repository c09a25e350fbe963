//! The page Events: the stream with its filter, and what led to the chosen event.

use super::{
    causes,
    model::{Command, Model},
    ui::View,
};
use crate::common::{
    format,
    pane::{self, STATUS, TOOLBAR},
    rows,
    table::{self, Column, RowState, Width},
    text,
};
use abi::table::{Event, EventCategory, Severity};
use egui::{Align2, Color32, Id, Key, Modifiers, Rect, Role, Ui, pos2, vec2};
use widgets::{
    controls::{Button, EmptyState, Select, TextField, author_id},
    fonts,
    icons::Icon,
    theme::{Theme, space, type_size},
};

/// From this width on the details stand beside the stream, else below, in points.
const BESIDE_FROM: f32 = 600.0;
/// Height of a row, in points.
const ROW: f32 = 25.0;

const COLUMNS: [Column; 5] = [
    Column::figures("Time", 82.0),
    Column::text("Category", Width::Fixed(92.0)).from(430.0),
    Column::text("Event", Width::Share(1.2)),
    Column::text("Process", Width::Share(0.8)).from(400.0),
    Column::figures("Took", 74.0),
];

pub(super) fn draw(ui: &mut Ui, area: Rect, model: &Model, view: &mut View, commands: &mut Vec<Command>) {
    let theme = Theme::of(ui);
    let (top, rest) = pane::split_top(area, TOOLBAR);
    pane::bar(ui, top, "tools", space::M, |ui| toolbar(ui, model, commands));
    let (rest, bottom) = pane::split_bottom(rest, STATUS);
    let chosen = model.chosen();
    let (list, details) = match chosen {
        None => (rest, None),
        Some(_) if rest.width() >= BESIDE_FROM => {
            let (list, details) = pane::split_right(rest, (rest.width() * 0.42).clamp(240.0, 420.0));
            (list, Some(details))
        }
        Some(_) => {
            let (list, details) = pane::split_bottom(rest, rest.height() * 0.5);
            (list, Some(details))
        }
    };
    stream(ui, &theme, list, model, view, commands);
    if let (Some(details), Some(event)) = (details, chosen) {
        causes::draw(ui, details, model, event, commands);
    }
    pane::status_back(ui, &theme, bottom);
    let shown = format::count(model.shown.len() as u64);
    let mut words = format!("{shown} of {}", format::counted(model.events.len(), "event", "events"));
    if model.lost > 0 {
        words = format!("{words}, {} lost before they were read", format::count(model.lost));
    }
    if model.paused {
        words = format!("Paused. {words}");
    }
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
    let mut options = vec!["All categories".to_owned()];
    options.extend(EventCategory::ALL.iter().map(|category| category.name().to_owned()));
    let mut chosen = Some(model.category.map_or(0, |category| category as usize + 1));
    let select = ui.add(Select::new(&mut chosen, &options, "Category").width(150.0));
    author_id(ui, select.id, "category");
    if select.changed() {
        let category = chosen.and_then(|index| EventCategory::ALL.get(index.checked_sub(1)?).copied());
        commands.push(Command::Category(category));
    }
    let mut filter = model.text.clone();
    let width = (ui.available_width() - 200.0).clamp(90.0, 220.0);
    let field = ui.add(TextField::search(&mut filter, "Filter events").placeholder("Filter").width(width));
    author_id(ui, field.id, "filter-events");
    if field.changed() {
        commands.push(Command::Text(filter));
    }
    ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
        let clear = ui.add(Button::new("Clear"));
        author_id(ui, clear.id, "clear");
        if clear.clicked() {
            commands.push(Command::Clear);
        }
        let (label, icon) = if model.paused { ("Go on", Icon::Play) } else { ("Pause", Icon::Pause) };
        let pause = ui.add(Button::new(label).with_icon(icon).min_width(92.0).selected(model.paused));
        author_id(ui, pause.id, "pause");
        if pause.clicked() {
            commands.push(Command::Pause(!model.paused));
        }
    });
}

fn stream(
    ui: &mut Ui,
    theme: &Theme,
    area: Rect,
    model: &Model,
    view: &mut View,
    commands: &mut Vec<Command>,
) {
    let inset = vec2(space::S, 0.0);
    let (head, body) = pane::split_top(area, table::HEAD);
    table::heads(ui, ui.scope_id().with("heads"), head.shrink2(inset), &COLUMNS, None);
    let id = ui.scope_id().with("stream");
    let list = rows::list_keyboard(ui, id, body, "Events", view.focused);
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
            if input.consume_key(Modifiers::NONE, Key::Escape) {
                commands.push(Command::PickNone);
            }
            if input.consume_key(Modifiers::NONE, Key::Space) {
                commands.push(Command::Pause(!model.paused));
            }
        });
    }
    view.rows = (body.height() / ROW) as usize;
    if model.shown.is_empty() {
        let (title, words) = if model.events.is_empty() {
            ("Nothing happened yet", "Events appear here as the system works.")
        } else {
            ("No match", "No event that is kept passes this filter.")
        };
        pane::pane(ui, body, "empty", vec2(space::L, 0.0), |ui| {
            EmptyState::new(Icon::Waveform, title, words).show(ui);
        });
        return;
    }
    let chosen = model.shown.iter().position(|&index| Some(model.events[index].seq) == model.selected);
    let reveal = (model.reveal != view.revealed).then_some(chosen).flatten();
    view.revealed = model.reveal;
    pane::pane(ui, body, "rows", inset, |ui| {
        rows::following_rows(ui, "scroll", ROW, model.shown.len(), reveal, |ui, at, place| {
            row_ui(ui, theme, id, place, model, &model.events[model.shown[at]], keys, commands);
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
    event: &Event,
    keyboard: bool,
    commands: &mut Vec<Command>,
) {
    let state = RowState::new(model.selected == Some(event.seq), keyboard);
    let response = table::row(ui, list.with(event.seq), place, state, Role::Row, &event.kind);
    let (strong, quiet) = state.colours(theme);
    let cells = table::cells(&COLUMNS, place);
    table::figure(ui, cells[0], &time(event.time_nanos), quiet);
    if let Some(cell) = cells[1] {
        let dot = pos2(cell.left() + 4.0, cell.center().y);
        ui.painter().circle_filled(dot, 3.5, category_colour(theme, event));
        let word = cell.with_min_x(cell.left() + 14.0);
        let font = fonts::regular(type_size::LABEL);
        text::line(ui, word, event.category.name(), font, quiet, Align2::LEFT_CENTER);
    }
    let failed = state != RowState::Selected && event.severity >= Severity::Warning;
    let colour = if failed { theme.danger.text } else { strong };
    let words =
        if event.label.is_empty() { event.kind.clone() } else { format!("{}  {}", event.kind, event.label) };
    table::cell(ui, cells[2], &COLUMNS[2], &words, fonts::mono(type_size::CAPTION + 1.0), colour);
    let font = fonts::regular(type_size::LABEL);
    table::cell(ui, cells[3], &COLUMNS[3], &model.name_of(event.pid), font, quiet);
    table::figure(ui, cells[4], &took(event), quiet);
    if response.clicked() {
        commands.push(Command::Pick(event.seq));
        ui.memory_mut(|memory| memory.request_focus(list));
    }
}

/// Time since the start: `12.345 s`, `3:02.120`.
pub(super) fn time(nanos: u64) -> String {
    let millis = nanos / 1_000_000;
    match millis {
        0..60_000 => format!("{}.{:03} s", millis / 1_000, millis % 1_000),
        _ => format!("{}:{:02}.{:03}", millis / 60_000, millis / 1_000 % 60, millis % 1_000),
    }
}

/// How long a syscall took; empty for other events.
pub(super) fn took(event: &Event) -> String {
    if event.category == EventCategory::Syscall { format::nanos(event.a) } else { String::new() }
}

/// One colour per category, and that of danger for what went wrong.
pub(super) fn category_colour(theme: &Theme, event: &Event) -> Color32 {
    match (event.severity, event.category) {
        (Severity::Error, _) => theme.danger.text,
        (Severity::Warning, _) => theme.warning.text,
        (_, category) => theme.series(category as usize),
    }
}
