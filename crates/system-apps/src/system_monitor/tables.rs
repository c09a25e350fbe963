//! The pages that are tables: their tools, the rows, what is known of the chosen one.

use super::{
    cards::{self, Card},
    journal,
    model::{Command, KeptOrNot, Model},
    page::Page,
    sheet::{Connection, Sheet, SheetCommand, SheetId, SheetRow},
    ui::View,
};
use crate::common::{
    facts::facts,
    format,
    grid::{Grid, GridEvent, Instead, Line},
    pane::{self, STATUS, TOOLBAR},
    table, text,
};
use egui::{Align2, Rect, ScrollArea, Stroke, Ui, pos2, vec2};
use widgets::{
    controls::{Button, ControlSize, MenuEntry, Segmented, Select, TextField, author_id, error_box, tooltip},
    fonts,
    icons::Icon,
    theme::{Theme, space, type_size},
};

/// From this width on the details stand beside the rows, else below, in points.
const BESIDE_FROM: f32 = 720.0;

pub(super) fn draw(
    ui: &mut Ui,
    mut area: Rect,
    id: SheetId,
    model: &Model,
    view: &mut View,
    commands: &mut Vec<Command>,
) {
    let theme = Theme::of(ui);
    let sheet = model.sheet(id);
    if model.page == Page::Security {
        let (top, rest) = pane::split_top(area, cards::HEIGHT + 2.0 * space::M);
        cards::row(ui, top.shrink2(vec2(space::L, space::M)), &decisions(&theme, model));
        area = rest;
    }
    let (top, rest) = pane::split_top(area, TOOLBAR);
    pane::bar(ui, top, "tools", space::M, |ui| tools_ui(ui, id, model, sheet, commands));
    let (mut rest, bottom) = pane::split_bottom(rest, STATUS);
    if let Some(problem) = &sheet.problem {
        let end = pane::pane(ui, rest, "problem", vec2(space::M, space::S), |ui| {
            error_box(ui, &problem.title, &problem.text);
            ui.min_rect().bottom()
        });
        rest.min.y = (end + space::XS).min(rest.max.y);
    }
    let chosen = sheet.chosen();
    let (list, details) = match chosen {
        None => (rest, None),
        Some(_) if rest.width() >= BESIDE_FROM => {
            let (list, details) = pane::split_right(rest, (rest.width() * 0.36).clamp(250.0, 360.0));
            (list, Some(details))
        }
        Some(_) => {
            let (list, details) = pane::split_bottom(rest, (rest.height() * 0.48).min(210.0));
            (list, Some(details))
        }
    };
    rows_ui(ui, list, id, sheet, view, commands);
    if let (Some(details), Some(row)) = (details, chosen) {
        details_ui(ui, &theme, details, id, row, commands);
    }
    status_ui(ui, &theme, bottom, id, model, sheet, commands);
}

/// Figures of the gate.
fn decisions(theme: &Theme, model: &Model) -> [Card; 4] {
    let metrics = model.metrics.clone().unwrap_or_default();
    let cache = &metrics.decision_cache;
    let asked = cache.hits + cache.misses;
    let hits = (asked > 0).then(|| cache.hits as f64 / asked as f64);
    [
        Card {
            title: "Allowed",
            figure: format::count(metrics.decisions.allowed),
            below: "decisions".into(),
            fraction: None,
            colour: theme.series(2),
        },
        Card {
            title: "Refused",
            figure: format::count(metrics.decisions.denied),
            below: "decisions".into(),
            fraction: None,
            colour: theme.danger.text,
        },
        Card {
            title: "Decision cache",
            figure: hits.map_or_else(|| "–".into(), |hits| format::percent(hits * 100.0)),
            below: format!("of {} found", format::count(asked)),
            fraction: hits,
            colour: theme.series(1),
        },
        Card {
            title: "Policy",
            figure: format::count(cache.epoch),
            below: "changes".into(),
            fraction: None,
            colour: theme.series(3),
        },
    ]
}

fn tools_ui(ui: &mut Ui, id: SheetId, model: &Model, sheet: &Sheet, commands: &mut Vec<Command>) {
    if id == SheetId::Journal {
        journal::filters_ui(ui, model, commands);
        return;
    }
    let parts = model.page.sheets();
    if parts.len() > 1 {
        let names: Vec<&str> = parts.iter().map(|part| part.name()).collect();
        let mut at = parts.iter().position(|part| *part == id).unwrap_or(0);
        // Four parts beside each other leave no room for the filter in a narrow window.
        let changed = if ui.available_width() < 150.0 * parts.len() as f32 {
            let options: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
            let mut chosen = Some(at);
            let changed = ui.add(Select::new(&mut chosen, &options, "Table").width(160.0)).changed();
            at = chosen.unwrap_or(at);
            changed
        } else {
            ui.add(Segmented::new(&mut at, &names, "Table")).changed()
        };
        if changed {
            commands.push(Command::Part(model.page, at));
        }
    }
    let mut filter = sheet.listing.filter.clone();
    let room = if id == SheetId::Processes { 130.0 } else { 8.0 };
    let width = (ui.available_width() - room).clamp(80.0, 220.0);
    let field = ui.add(TextField::search(&mut filter, "Filter").placeholder("Filter").width(width));
    author_id(ui, field.id, "filter");
    if field.changed() {
        commands.push(Command::Sheet(id, SheetCommand::Filter(filter)));
    }
    if id == SheetId::Processes {
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            if ui.add(Button::new("Task Manager").with_icon(Icon::ArrowSquareOut)).clicked() {
                commands.push(Command::OpenApp("task-manager"));
            }
        });
    }
}

fn rows_ui(
    ui: &mut Ui,
    area: Rect,
    id: SheetId,
    sheet: &Sheet,
    view: &mut View,
    commands: &mut Vec<Command>,
) {
    let (icon, title, words) = id.empty();
    let instead = if !sheet.read {
        Instead::Loading("Reading")
    } else if sheet.rows.is_empty() {
        Instead::Empty(icon, title, words)
    } else {
        Instead::Empty(Icon::MagnifyingGlass, "No match", "Nothing passes this filter.")
    };
    let grid = Grid {
        name: id.name(),
        columns: id.columns(),
        sort: Some(sheet.listing.sort),
        row_height: table::ROW - 3.0,
        follows: false,
        count: sheet.listing.shown.len(),
        chosen: sheet.chosen_at(),
        reveal: sheet.listing.reveal,
        focused: view.focused,
        instead,
    };
    let row = |at: usize| &sheet.rows[sheet.listing.shown[at]];
    let menu = |at: usize| menu_of(row(at));
    let shown = grid.show(ui, area, view.grid(id.name()), menu, |at| line_of(row(at)));
    let on = |command| Command::Sheet(id, command);
    for event in shown.events {
        match event {
            GridEvent::Pick(at) => commands.push(on(SheetCommand::Pick(row(at).key))),
            GridEvent::PickNone => commands.push(on(SheetCommand::PickNone)),
            GridEvent::Move(by) => commands.push(on(SheetCommand::Move(by))),
            GridEvent::SortBy(sort) => commands.push(on(SheetCommand::SortBy(sort))),
            GridEvent::Open(at) => commands.extend(row(at).subject.clone().map(Command::Ask)),
            GridEvent::Menu(at, chosen) => commands.extend(chosen_entry(row(at), &chosen)),
            GridEvent::Fold(..) => {}
        }
    }
}

fn line_of(row: &SheetRow) -> Line {
    let cells = row.values.iter().map(|value| value.cell.clone()).collect();
    Line { name: row.name.clone(), key: row.key, cells, ..Line::default() }
}

fn menu_of(row: &SheetRow) -> Vec<MenuEntry> {
    let mut entries = vec![
        MenuEntry::item("why", "Why?").with_icon(Icon::Question).enabled_if(row.subject.is_some()),
        MenuEntry::item("process", "Show process").with_icon(Icon::Cpu).enabled_if(row.process.is_some()),
    ];
    let allow = |label: &str| MenuEntry::item("allow", label).with_icon(Icon::ShieldCheck);
    let Some(connection) = &row.connection else {
        entries.push(allow("Allow…").enabled_if(row.offer.is_some()));
        return entries;
    };
    let host = connection.host.as_ref();
    let has_app = host.is_some_and(|host| host.app.is_some());
    entries.extend([
        allow("Allow host…").enabled_if(row.offer.is_some()),
        MenuEntry::item("deny", "Deny host").with_icon(Icon::Prohibit).enabled_if(host.is_some()),
        MenuEntry::item("never", "Never allow host").with_icon(Icon::Prohibit).enabled_if(has_app),
        MenuEntry::item("close", "Close connection").with_icon(Icon::X).enabled_if(connection.open.is_some()),
    ]);
    entries
}

fn chosen_entry(row: &SheetRow, chosen: &str) -> Option<Command> {
    let connection = row.connection.as_ref();
    let deny = |kept| connection?.host.clone().map(|host| Command::DenyHost(host, kept));
    match chosen {
        "why" => row.subject.clone().map(Command::Ask),
        "allow" => row.offer.clone().map(Command::Offer),
        "deny" => deny(KeptOrNot::ForTheRun),
        "never" => deny(KeptOrNot::Kept),
        "close" => connection?.open.map(|(pid, number)| Command::CloseConnection(pid, number)),
        _ => row.process.map(Command::ShowProcess),
    }
}

/// What can be done about a connection.
fn connection_buttons(ui: &mut Ui, row: &SheetRow, connection: &Connection, commands: &mut Vec<Command>) {
    let buttons = [
        (
            "allow",
            "Allow host…",
            row.offer.is_some(),
            "Asks you for how long; holds from the next connection on",
        ),
        (
            "deny",
            "Deny host",
            connection.host.is_some(),
            "Until the app ends; what is open to it is closed. For good: by the row's menu",
        ),
        ("close", "Close", connection.open.is_some(), "Ends this connection; the program may make another"),
    ];
    for (id, label, can, tip) in buttons {
        let button = ui.add_enabled(can, Button::new(label).size(ControlSize::Small));
        author_id(ui, button.id, id);
        if tooltip(button, tip).clicked() {
            commands.extend(chosen_entry(row, id));
        }
    }
}

fn details_ui(
    ui: &mut Ui,
    theme: &Theme,
    area: Rect,
    id: SheetId,
    row: &SheetRow,
    commands: &mut Vec<Command>,
) {
    ui.painter().rect_filled(area, 0, theme.surface.panel);
    ui.painter().vline(area.left() + 0.5, area.y_range(), Stroke::new(1.0, theme.surface.divider));
    ui.painter().hline(area.x_range(), area.top() + 0.5, Stroke::new(1.0, theme.surface.divider));
    let (head, body) = pane::split_top(area, 40.0);
    let title = head.shrink2(vec2(space::M, 0.0)).with_max_x(head.right() - 42.0);
    let font = fonts::semibold(type_size::BODY);
    text::line(ui, title, &row.name, font, theme.text.primary, Align2::LEFT_CENTER);
    text::label(ui, ui.scope_id().with("details"), title, &format!("Details of {}", row.name));
    let close = Rect::from_center_size(pos2(head.right() - 22.0, head.center().y), vec2(24.0, 24.0));
    let button = Button::icon(Icon::X, "Close details").size(ControlSize::Small);
    if button.id(ui.scope_id().with("close")).show_at(ui, close).clicked() {
        commands.push(Command::Sheet(id, SheetCommand::PickNone));
    }
    let (mut body, buttons) = pane::split_bottom(body, 40.0);
    if let Some(connection) = &row.connection {
        let (above, decisions) = pane::split_bottom(body, 34.0);
        body = above;
        pane::bar(ui, decisions, "decisions", space::M, |ui| {
            connection_buttons(ui, row, connection, commands);
        });
    }
    pane::pane(ui, body, "facts", vec2(space::M, 0.0), |ui| {
        ScrollArea::vertical()
            .auto_shrink([false, false])
            .show(ui, |ui| facts(ui, "fact", &row.facts, 240.0, 84.0));
    });
    pane::bar(ui, buttons, "buttons", space::M, |ui| {
        if let Some(offer) = row.offer.as_ref().filter(|_| row.connection.is_none()) {
            let allow = ui.add(Button::new("Allow…").with_icon(Icon::ShieldCheck).size(ControlSize::Small));
            author_id(ui, allow.id, "allow");
            if allow.clicked() {
                commands.push(Command::Offer(offer.clone()));
            }
        }
        if let Some(subject) = &row.subject {
            let why = ui.add(Button::new("Why?").with_icon(Icon::Question).size(ControlSize::Small));
            author_id(ui, why.id, "why");
            if why.clicked() {
                commands.push(Command::Ask(subject.clone()));
            }
        }
        if let Some(pid) = row.process.filter(|_| id != SheetId::Processes)
            && ui.add(Button::new("Show process").with_icon(Icon::Cpu).size(ControlSize::Small)).clicked()
        {
            commands.push(Command::ShowProcess(pid));
        }
    });
}

fn status_ui(
    ui: &mut Ui,
    theme: &Theme,
    bottom: Rect,
    id: SheetId,
    model: &Model,
    sheet: &Sheet,
    commands: &mut Vec<Command>,
) {
    pane::status_back(ui, theme, bottom);
    let (one, many) = id.words();
    let (shown, here) = (sheet.listing.shown.len(), sheet.rows.len());
    let words = match (shown == here, sheet.total > here as u64) {
        (_, true) => {
            format!("Showing {} of {} {many}", format::count(shown as u64), format::count(sheet.total))
        }
        (true, false) => format::counted(here, one, many),
        (false, false) => format!("{} of {}", format::count(shown as u64), format::counted(here, one, many)),
    };
    let words = if id == SheetId::Journal && model.journal.before.is_some() {
        format!("{words}, older than row {}", format::count(model.journal.before.unwrap_or(0)))
    } else {
        words
    };
    let place = bottom.shrink2(vec2(space::M, 0.0));
    let font = fonts::regular(type_size::LABEL);
    text::line(ui, place, &words, font, theme.text.secondary, Align2::LEFT_CENTER);
    text::label(ui, ui.scope_id().with("status"), place, &words);
    if id == SheetId::Journal {
        pane::bar(ui, bottom, "pages", space::M, |ui| journal::footer_ui(ui, model, commands));
    }
}
