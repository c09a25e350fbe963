//! Draws the details of the chosen process: facts, history, rights, what it has open, limits.

use super::{
    connections,
    limits::{self, FIELDS, held_by},
    model::{Command, HISTORY, Model, Row, Tab},
    words::facts,
};
use crate::common::{
    chart::{self, Series},
    connections::{can_allow, can_close, can_deny, right},
    facts as common_facts, format, pane, text,
};
use abi::table::{ConnectionState, NetworkConnection};
use egui::{Align2, Label, Rect, RichText, ScrollArea, Stroke, Ui, pos2, vec2};
use widgets::{
    controls::{self, Button, ButtonKind, ControlSize, Segmented, TextField},
    fonts,
    icons::Icon,
    sandbox,
    theme::{Theme, space, type_size},
};

/// Height of a limit's field with what is used beneath it, in points.
const LIMIT: f32 = 40.0;

pub(super) fn draw(
    ui: &mut Ui,
    theme: &Theme,
    area: Rect,
    model: &Model,
    row: &Row,
    commands: &mut Vec<Command>,
) {
    ui.painter().rect_filled(area, 0, theme.surface.panel);
    ui.painter().hline(area.x_range(), area.top() + 0.5, Stroke::new(1.0, theme.surface.divider));
    let (head, body) = pane::split_top(area, 44.0);
    head_ui(ui, theme, head, model, row, commands);
    let body = body.with_max_y(body.max.y - space::XS);
    match model.tab {
        Tab::History => history_ui(ui, theme, body.shrink2(vec2(space::L, space::XS)), model, row),
        tab => pane::pane(ui, body, tab.name(), vec2(space::L, 2.0), |ui| {
            ScrollArea::vertical().id_salt(tab.name()).auto_shrink([false, false]).show(ui, |ui| match tab {
                Tab::Facts | Tab::History => common_facts::facts(ui, "fact", &facts(model, row), 260.0, 92.0),
                Tab::Rights => rights_ui(ui, theme, model),
                Tab::Open => open_ui(ui, theme, model, commands),
                Tab::Limits => limits_ui(ui, theme, model, commands),
            });
        }),
    }
}

fn head_ui(ui: &mut Ui, theme: &Theme, head: Rect, model: &Model, row: &Row, commands: &mut Vec<Command>) {
    let inner = head.shrink2(vec2(space::L, 0.0));
    let tabs = 428.0;
    let title = inner.with_max_x((inner.right() - tabs).max(inner.left() + 60.0));
    let font = fonts::semibold(type_size::H3);
    text::line(ui, title, &row.info.name, font, theme.text.primary, Align2::LEFT_CENTER);
    text::label(ui, ui.scope_id().with("title"), title, &format!("Details of {}", row.info.name));
    let tools = inner.with_min_x(title.right());
    pane::bar(ui, tools, "tabs", 0.0, |ui| {
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            if ui.add(Button::icon(Icon::X, "Close details").size(ControlSize::Small)).clicked() {
                commands.push(Command::PickNone);
            }
            let why = ui.add(Button::icon(Icon::Question, "Why?").size(ControlSize::Small));
            controls::author_id(ui, why.id, "why");
            if controls::tooltip(why, "Why does this run?").clicked() {
                commands.push(Command::Why);
            }
            let names = Tab::ALL.map(Tab::name);
            let mut at = Tab::ALL.iter().position(|&tab| tab == model.tab).unwrap_or(0);
            if ui.add(Segmented::new(&mut at, &names, "Details")).changed() {
                commands.push(Command::ShowTab(Tab::ALL[at]));
            }
        });
    });
}

fn quiet(ui: &mut Ui, theme: &Theme, words: &str) {
    let text = RichText::new(words).font(fonts::regular(type_size::LABEL)).color(theme.text.secondary);
    ui.add(Label::new(text).wrap());
}

fn history_ui(ui: &mut Ui, theme: &Theme, area: Rect, model: &Model, row: &Row) {
    let Some(history) = model.histories.get(&row.info.pid) else { return };
    let half = (area.width() - space::L) / 2.0;
    let left = Rect::from_min_size(area.min, vec2(half, area.height()));
    let right = left.translate(vec2(half + space::L, 0.0));
    let cpu: Vec<f32> = history.cpu.iter().copied().collect();
    let memory: Vec<f32> = history.memory.iter().copied().collect();
    let now = row.cpu_percent.map_or_else(|| "–".into(), format::percent);
    let parts: [(&str, Rect, Vec<f32>, usize, String, fn(f64) -> String); 2] = [
        ("CPU", left, cpu, 1, now, |value| format::percent(value)),
        ("Memory", right, memory, 2, format::bytes(row.info.memory_bytes), |value| {
            format::bytes(value as u64)
        }),
    ];
    for (name, place, values, colour, now, unit) in parts {
        let (head, plot) = pane::split_top(place, 24.0);
        let font = fonts::regular(type_size::LABEL);
        text::line(ui, head, name, font, theme.text.secondary, Align2::LEFT_CENTER);
        let strong = fonts::semibold(type_size::BODY);
        text::line(ui, head, &now, strong, theme.text.primary, Align2::RIGHT_CENTER);
        text::label(ui, ui.scope_id().with(name), head, &format!("{name}: {now}"));
        let series = [Series { values: &values, colour: theme.series(colour) }];
        let words = format!("{name} of {} over the last two minutes", row.info.name);
        let plot = plot.with_max_y(plot.max.y - space::XS);
        chart::history(ui, ui.scope_id().with(("plot", name)), plot, &words, HISTORY, &series, unit);
    }
}

fn rights_ui(ui: &mut Ui, theme: &Theme, model: &Model) {
    // A program makes no calls of ours: what it may is what its sandbox lets it.
    if let Some(sandbox) = &model.chosen.sandbox {
        for sentence in sandbox::sentences(sandbox) {
            quiet(ui, theme, &sentence);
        }
        return;
    }
    match &model.chosen.rights {
        None => quiet(ui, theme, "Its rights are not known."),
        Some(rights) if rights.is_empty() => quiet(ui, theme, "It has no rights but those to its own."),
        Some(rights) => {
            for (index, right) in rights.iter().enumerate() {
                line(ui, theme, ("right", index), &right_words(right));
            }
        }
    }
}

/// A right as text: its name, and what it reaches.
pub(super) fn right_words(right: &abi::Capability) -> String {
    match serde_json::to_value(right) {
        Ok(serde_json::Value::String(name)) => name,
        Ok(serde_json::Value::Object(parts)) => parts
            .into_iter()
            .map(|(name, scope)| {
                let scope = match scope {
                    serde_json::Value::String(text) => text,
                    serde_json::Value::Array(list) => {
                        let items = list.iter().map(|item| item.as_str().unwrap_or_default());
                        items.collect::<Vec<_>>().join(", ")
                    }
                    other => other.to_string(),
                };
                format!("{name}  {scope}")
            })
            .collect::<Vec<_>>()
            .join(", "),
        _ => String::new(),
    }
}

fn open_ui(ui: &mut Ui, theme: &Theme, model: &Model, commands: &mut Vec<Command>) {
    let connections = &model.chosen.connections;
    for (index, connection) in connections.iter().enumerate() {
        connection_ui(ui, theme, index, connection, commands);
    }
    match &model.chosen.open {
        None => quiet(ui, theme, "Reading what it has open …"),
        Some(open) if open.is_empty() && !connections.is_empty() => {}
        Some(open) if open.is_empty() => quiet(ui, theme, "It has nothing open."),
        Some(open) => {
            for (index, words) in open.iter().enumerate() {
                line(ui, theme, ("open", index), words);
            }
        }
    }
}

/// A connection, with a button that ends it.
fn connection_ui(
    ui: &mut Ui,
    theme: &Theme,
    index: usize,
    connection: &NetworkConnection,
    commands: &mut Vec<Command>,
) {
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 24.0), egui::Sense::hover());
    let (place, end) = pane::split_right(rect, 192.0);
    let words = connections::words(connection);
    let colour = match connection.state {
        ConnectionState::Denied | ConnectionState::Failed => theme.danger.text,
        state if state.is_over() => theme.text.muted,
        _ => theme.text.primary,
    };
    let font = fonts::mono(type_size::CAPTION + 0.5);
    text::line(ui, place, &words, font, colour, Align2::LEFT_CENTER);
    text::label(ui, ui.scope_id().with(("connection", index)), place, &words);
    let host = &connection.host;
    let mut buttons = Vec::new();
    if can_close(connection) {
        buttons.push((
            "Close",
            format!("Close the connection to {host}"),
            "Ends this connection; the program may make another",
            Command::CloseConnection(connection.pid, connection.connection),
        ));
    }
    if let Some((judge, right)) = connection.judged_by.zip(right(connection)) {
        if can_allow(connection) {
            let tip = "Asks you for how long; holds from the next connection on";
            buttons.push(("Allow…", format!("Allow {host}"), tip, Command::AllowHost(judge, right)));
        } else if can_deny(connection) {
            let tip = "Until its app ends; what is open to this host is closed";
            buttons.push(("Deny", format!("Deny {host}"), tip, Command::DenyHost(judge, right)));
        }
    }
    // Beside the scroll bar.
    let mut right_edge = end.right() - space::S;
    for (label, name, tip, command) in buttons {
        let place = Rect::from_min_max(
            pos2(right_edge - 70.0, end.top() + 1.0),
            pos2(right_edge, end.bottom() - 1.0),
        );
        right_edge -= 75.0;
        let id = ui.scope_id().with((label, connection.connection));
        let shown = Button::new(label).size(ControlSize::Small).name(&name).id(id).show_at(ui, place);
        controls::author_id(
            ui,
            id,
            format!("{}-{}", label.trim_end_matches('…').to_lowercase(), connection.connection),
        );
        if controls::tooltip(shown, tip).clicked() {
            commands.push(command);
        }
    }
    let place = Rect::from_min_size(pos2(right_edge - 22.0, end.top() + 1.0), vec2(22.0, 22.0));
    let id = ui.scope_id().with(("why", index));
    let why = Button::icon(Icon::Question, format!("Why the connection to {host}?")).size(ControlSize::Small);
    if controls::tooltip(why.id(id).show_at(ui, place), "Why?").clicked() {
        commands.push(Command::WhyConnection(connection.cause));
    }
}

fn line(ui: &mut Ui, theme: &Theme, salt: (&str, usize), words: &str) {
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 20.0), egui::Sense::hover());
    text::line(
        ui,
        rect,
        words,
        fonts::mono(type_size::CAPTION + 0.5),
        theme.text.primary,
        Align2::LEFT_CENTER,
    );
    text::label(ui, ui.scope_id().with(salt), rect, words);
}

/// What is used of a limit: in words beneath its name, and as a bar beneath its field where there is a limit.
fn use_ui(ui: &mut Ui, theme: &Theme, words: Rect, bar: Rect, of: (&str, usize), used: &limits::Use) {
    if let Some(part) = used.part {
        let track = Rect::from_min_size(bar.left_top() + vec2(0.0, 2.0), vec2(bar.width(), 3.0));
        let colour = match part {
            part if part >= 0.9 => theme.danger.text,
            part if part >= 0.7 => theme.warning.text,
            _ => theme.accent.text,
        };
        ui.painter().rect_filled(track, 1.5, theme.control.track);
        let full = Rect::from_min_size(track.min, vec2(track.width() * part, track.height()));
        ui.painter().rect_filled(full, 1.5, colour);
    }
    let font = fonts::regular(type_size::CAPTION);
    text::line(ui, words, &used.words, font, theme.text.muted, Align2::LEFT_CENTER);
    text::label(ui, ui.scope_id().with(("use", of.1)), words, &format!("{}: {}", of.0, used.words));
}

fn limits_ui(ui: &mut Ui, theme: &Theme, model: &Model, commands: &mut Vec<Command>) {
    let draft = &model.chosen.draft;
    if draft.texts.is_empty() {
        quiet(ui, theme, "Its limits are not known.");
        return;
    }
    let width = ui.available_width();
    let columns = (width / 200.0).floor().clamp(1.0, 4.0) as usize;
    let each = width / columns as f32;
    let lines = FIELDS.len().div_ceil(columns);
    let (rect, _) = ui.allocate_exact_size(vec2(width, lines as f32 * LIMIT), egui::Sense::hover());
    for (index, field) in FIELDS.iter().enumerate() {
        let at = vec2((index % columns) as f32 * each, (index / columns) as f32 * LIMIT);
        let cell = Rect::from_min_size(rect.min + at, vec2(each - space::M, 30.0));
        let (label, place) = pane::split_left(cell, 92.0);
        let chosen = &model.chosen;
        let used = chosen.limits.as_ref().zip(chosen.stats.as_ref());
        let used = used.and_then(|(limits, stats)| limits::use_of(field, limits, stats));
        let label = match &used {
            None => label,
            Some(used) => {
                let (above, beneath) = pane::split_top(label, 17.0);
                let bar = Rect::from_min_size(place.left_bottom(), vec2(place.width(), LIMIT - 30.0));
                use_ui(ui, theme, beneath, bar, (field.label, index), used);
                above
            }
        };
        let font = fonts::regular(type_size::LABEL);
        text::line(ui, label, field.label, font, theme.text.secondary, Align2::LEFT_CENTER);
        let mut typed = draft.texts[index].clone();
        let id = ui.scope_id().with(("limit", index));
        let place = Rect::from_min_max(pos2(place.left(), place.top()), place.max);
        let edit = TextField::new(&mut typed, field.label)
            .placeholder("none")
            .invalid(!draft.is_valid(index))
            .width(place.width())
            .id(id)
            .show_at(ui, place);
        controls::author_id(ui, id, format!("limit-{index}"));
        let edit = edit.on_hover_text(field.hint);
        if edit.changed() {
            commands.push(Command::EditLimit(index, typed));
        }
    }
    if let Some(words) = model.chosen.sandbox.as_ref().and_then(held_by) {
        quiet(ui, theme, &words);
    }
    ui.horizontal(|ui| {
        let fine = (0..FIELDS.len()).all(|index| draft.is_valid(index));
        let apply = Button::new("Set limits").kind(ButtonKind::Primary).size(ControlSize::Small);
        if ui.add_enabled(draft.changed && fine, apply).clicked() {
            commands.push(Command::ApplyLimits);
        }
        let revert = Button::new("Revert").size(ControlSize::Small);
        if ui.add_enabled(draft.changed, revert).clicked() {
            commands.push(Command::RevertLimits);
        }
        let words =
            if fine { "An empty field is no limit beside the system's own." } else { "A limit is a number." };
        let colour = if fine { theme.text.muted } else { theme.danger.text };
        ui.add(Label::new(RichText::new(words).font(fonts::regular(type_size::CAPTION)).color(colour)));
    });
}
