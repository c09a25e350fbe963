//! The page Events: the stream with its filter, and what led to the chosen event.

use super::{
    causes,
    model::{Command, Model},
    ui::View,
};
use crate::common::{
    format,
    grid::{Cell, Grid, GridEvent, Instead, Line, Look, Mark},
    pane::{self, STATUS, TOOLBAR},
    table::{Column, Width},
    text,
};
use abi::table::{Event, EventCategory, Severity};
use egui::{Align2, Color32, Key, Modifiers, Rect, Ui, vec2};
use widgets::{
    Subject,
    controls::{self, Button, MenuEntry, Select, TextField, author_id},
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
        let lost = if model.lost == 1 {
            "1 event was".into()
        } else {
            format!("{} events were", format::count(model.lost))
        };
        words = format!("{words}. {lost} lost, this window was too slow");
    }
    if model.paused {
        words = format!("Paused. {words}");
    }
    if !model.note.is_empty() {
        words = format!("{words}. {}", model.note);
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
    let chip = if model.cause.is_some() { 150.0 } else { 0.0 };
    let width = (ui.available_width() - 240.0 - chip).clamp(80.0, 220.0);
    let field = ui.add(TextField::search(&mut filter, "Filter events").placeholder("Filter").width(width));
    author_id(ui, field.id, "filter-events");
    if field.changed() {
        commands.push(Command::Text(filter));
    }
    if let Some(cause) = model.cause {
        let all = ui.add(Button::new(format!("Cause {cause}")).with_icon(Icon::X).selected(true));
        let all = controls::tooltip(all, "Show all events again");
        if all.clicked() {
            commands.push(Command::AllEvents);
        }
    }
    ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
        let export = ui.add_enabled(!model.shown.is_empty(), Button::icon(Icon::Export, "Export"));
        author_id(ui, export.id, "export");
        if controls::tooltip(export, "Write the shown events to a file in /home").clicked() {
            commands.push(Command::Export);
        }
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
    let (title, words) = if model.cause.is_some() {
        ("No events", "The ring has lost the events of this cause.")
    } else if model.events.is_empty() {
        ("Nothing happened yet", "Events appear here as the system works.")
    } else {
        ("No match", "No event that is kept passes this filter.")
    };
    let event = |at: usize| &model.events[model.shown[at]];
    let chosen = model.shown.iter().position(|&index| Some(model.events[index].seq) == model.selected);
    let grid = Grid {
        name: "Events",
        columns: &COLUMNS,
        sort: None,
        row_height: ROW,
        follows: true,
        count: model.shown.len(),
        chosen,
        reveal: model.reveal,
        focused: view.focused,
        instead: Instead::Empty(Icon::Waveform, title, words),
    };
    let menu = |_| {
        vec![
            MenuEntry::item("why", "Why?").with_icon(Icon::Question),
            MenuEntry::item("events", "Only events of this cause").with_icon(Icon::Funnel),
            MenuEntry::item("process", "Show process").with_icon(Icon::Cpu),
        ]
    };
    let shown = grid.show(ui, area, view.grid("events"), menu, |at| event_line(theme, model, event(at)));
    for done in shown.events {
        commands.push(match done {
            GridEvent::Pick(at) => Command::Pick(event(at).seq),
            GridEvent::PickNone => Command::PickNone,
            GridEvent::Move(by) => Command::Move(by),
            GridEvent::Open(at) => Command::Ask(Subject::Cause(event(at).cause)),
            GridEvent::Menu(at, id) => match id.as_str() {
                "why" => Command::Ask(Subject::Cause(event(at).cause)),
                "events" => Command::EventsOf(event(at).cause),
                _ => Command::ShowProcess(event(at).pid),
            },
            GridEvent::SortBy(_) | GridEvent::Fold(..) => continue,
        });
    }
    if shown.has_keys && ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Space)) {
        commands.push(Command::Pause(!model.paused));
    }
}

fn event_line(theme: &Theme, model: &Model, event: &Event) -> Line {
    let failed = event.severity >= Severity::Warning;
    let words =
        if event.label.is_empty() { event.kind.clone() } else { format!("{}  {}", event.kind, event.label) };
    Line {
        name: event.kind.clone(),
        key: event.seq,
        cells: vec![
            Cell::quiet(time(event.time_nanos)),
            Cell::quiet(event.category.name()).mark(Mark::Dot(category_colour(theme, event))),
            Cell::code(words).look(if failed { Look::Danger } else { Look::Code }),
            Cell::quiet(model.name_of(event.pid)),
            Cell::quiet(took(event)),
        ],
        ..Line::default()
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
