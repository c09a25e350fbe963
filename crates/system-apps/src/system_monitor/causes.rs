//! Details of one event and its causes, from the nearest back to the root, each with what else it led to.

use super::{
    events::{category_colour, time, took},
    model::{Command, Model},
    sentence::{icon_of, kind_word},
};
use crate::common::{format, pane, text};
use abi::{
    Cause, Errno,
    table::{ChainLink, Event, EventCategory},
};
use egui::{Align2, Label, Rect, RichText, ScrollArea, Sense, Stroke, Ui, pos2, vec2};
use widgets::{
    Subject,
    controls::{Button, ControlSize, Spinner, error_box, section_header},
    fonts,
    icons::{Icon, paint_icon},
    theme::{Theme, space, type_size},
};

/// Events shown below one cause.
const EVENTS_SHOWN: usize = 12;

pub(super) fn draw(ui: &mut Ui, area: Rect, model: &Model, event: &Event, commands: &mut Vec<Command>) {
    let theme = Theme::of(ui);
    ui.painter().rect_filled(area, 0, theme.surface.panel);
    ui.painter().vline(area.left() + 0.5, area.y_range(), Stroke::new(1.0, theme.surface.divider));
    ui.painter().hline(area.x_range(), area.top() + 0.5, Stroke::new(1.0, theme.surface.divider));
    let (head, body) = pane::split_top(area, 38.0);
    let title = head.shrink2(vec2(space::M, 0.0)).with_max_x(head.right() - 70.0);
    text::line(
        ui,
        title,
        &event.kind,
        fonts::semibold(type_size::H3),
        theme.text.primary,
        Align2::LEFT_CENTER,
    );
    text::label(ui, ui.scope_id().with("event"), title, &format!("Details of {}", event.kind));
    let close = Rect::from_center_size(pos2(head.right() - 22.0, head.center().y), vec2(24.0, 24.0));
    let button = Button::icon(Icon::X, "Close details").size(ControlSize::Small);
    if button.id(ui.scope_id().with("close")).show_at(ui, close).clicked() {
        commands.push(Command::PickNone);
    }
    let why = Rect::from_center_size(close.center() - vec2(30.0, 0.0), vec2(24.0, 24.0));
    let button = Button::icon(Icon::Question, "Why?").size(ControlSize::Small).id(ui.scope_id().with("why"));
    if button.show_at(ui, why).clicked() {
        commands.push(Command::Ask(Subject::Cause(event.cause)));
    }
    let (below, body) = pane::split_top(body, 22.0);
    let words = format!("{} · {}", time(event.time_nanos), model.name_of(event.pid));
    let below = below.shrink2(vec2(space::M, 0.0)).translate(vec2(0.0, -5.0));
    text::line(ui, below, &words, fonts::regular(type_size::LABEL), theme.text.muted, Align2::LEFT_CENTER);
    pane::pane(ui, body, "details", vec2(space::M, 0.0), |ui| {
        ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 1.0;
            section_header(ui, "Because of");
            match &model.chain {
                None => {
                    ui.add(Spinner::new("Looking for the cause"));
                }
                Some(Err(problem)) => {
                    error_box(ui, &problem.title, &problem.text);
                }
                Some(Ok(chain)) if chain.links.is_empty() => {
                    ui.add(Label::new(quiet("No cause was recorded.", &theme)));
                }
                Some(Ok(chain)) => {
                    let last = chain.links.len() - 1;
                    for (depth, link) in chain.links.iter().enumerate() {
                        link_ui(ui, &theme, link, depth, depth == last, event);
                    }
                }
            }
            ui.add_space(space::XS);
            section_header(ui, "Details");
            facts(ui, &theme, model, event);
            ui.add_space(space::S);
        });
    });
}

fn quiet(text: &str, theme: &Theme) -> RichText {
    RichText::new(text).font(fonts::regular(type_size::LABEL)).color(theme.text.muted)
}

fn facts(ui: &mut Ui, theme: &Theme, model: &Model, event: &Event) {
    let mut lines = vec![
        ("Category", event.category.name().to_owned()),
        ("Process", format!("{} ({})", model.name_of(event.pid), event.pid)),
    ];
    if event.category == EventCategory::Syscall {
        lines.push(("Took", format::nanos(event.a)));
        lines.push(("Result", result(event.b)));
    } else if event.a != 0 || event.b != 0 {
        lines.push(("Figures", format!("{}, {}", format::count(event.a), format::count(event.b))));
    }
    if !event.label.is_empty() {
        lines.push(("About", event.label.clone()));
    }
    lines.push(("Cause", event.cause.to_string()));
    for (name, value) in lines {
        let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 21.0), Sense::hover());
        let (left, right) = pane::split_left(rect, 70.0);
        let font = fonts::regular(type_size::LABEL);
        text::line(ui, left, name, font.clone(), theme.text.muted, Align2::LEFT_CENTER);
        text::line(ui, right, &value, font, theme.text.primary, Align2::LEFT_CENTER);
        text::label(ui, ui.scope_id().with(("fact", name)), rect, &format!("{name}: {value}"));
    }
}

fn result(errno: u64) -> String {
    if errno == 0 {
        return "done".into();
    }
    let known = i32::try_from(errno).ok().and_then(Errno::from_raw);
    known.map_or_else(|| format!("errno {errno}"), |errno| format!("{}: {}", errno.name(), errno.meaning()))
}

/// One cause with its events; a line leads to the cause behind it.
fn link_ui(ui: &mut Ui, theme: &Theme, link: &ChainLink, depth: usize, root: bool, chosen: &Event) {
    const INDENT: f32 = 26.0;
    let cause = &link.cause;
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 38.0), Sense::hover());
    let centre = pos2(rect.left() + 10.0, rect.top() + 14.0);
    let (back, front) =
        if root { (theme.accent.fill, theme.accent.on) } else { (theme.control.hover, theme.text.primary) };
    ui.painter().circle_filled(centre, 10.0, back);
    paint_icon(ui.painter(), centre, icon_of(cause.spec.kind), 12.5, front);
    let words = rect.with_min_x(rect.left() + INDENT + 2.0);
    let (upper, lower) = pane::split_top(words, 20.0);
    let label = if cause.spec.label.is_empty() { "(no description)" } else { cause.spec.label.as_str() };
    text::line(
        ui,
        upper.translate(vec2(0.0, 3.0)),
        label,
        fonts::control(),
        theme.text.primary,
        Align2::LEFT_CENTER,
    );
    let small = fonts::regular(type_size::CAPTION);
    text::line(ui, lower, &origin(cause, root), small, theme.text.muted, Align2::LEFT_CENTER);
    text::label(ui, ui.scope_id().with(("cause", depth)), rect, label);
    for (index, event) in link.events.iter().take(EVENTS_SHOWN).enumerate() {
        let (row, _) = ui.allocate_exact_size(vec2(ui.available_width(), 19.0), Sense::hover());
        let row = row.with_min_x(row.left() + INDENT + 2.0);
        let here = event.seq == chosen.seq;
        if here {
            ui.painter().rect_filled(row.expand2(vec2(4.0, 0.0)), 4, theme.accent.soft);
        }
        ui.painter().circle_filled(
            pos2(row.left() + 3.0, row.center().y),
            3.0,
            category_colour(theme, event),
        );
        let colour = if here { theme.accent.text } else { theme.text.secondary };
        let took = took(event);
        let words = if event.label.is_empty() {
            event.kind.clone()
        } else {
            format!("{} {}", event.kind, event.label)
        };
        let font = fonts::mono(type_size::CAPTION);
        let name = row.with_min_x(row.left() + 12.0).with_max_x(row.right() - 64.0);
        text::line(ui, name, &words, font, colour, Align2::LEFT_CENTER);
        text::line(
            ui,
            row,
            &took,
            fonts::regular(type_size::CAPTION),
            theme.text.muted,
            Align2::RIGHT_CENTER,
        );
        text::label(ui, ui.scope_id().with(("of", depth, index)), row, &words);
    }
    let more = link.events.len().saturating_sub(EVENTS_SHOWN);
    if more > 0 {
        let (row, _) = ui.allocate_exact_size(vec2(ui.available_width(), 19.0), Sense::hover());
        let row = row.with_min_x(row.left() + INDENT + 14.0);
        let words = format!("and {} more", format::count(more as u64));
        text::line(
            ui,
            row,
            &words,
            fonts::regular(type_size::CAPTION),
            theme.text.muted,
            Align2::LEFT_CENTER,
        );
    }
    if !root {
        let bottom = ui.min_rect().bottom() + 6.0;
        let line = Stroke::new(1.5, theme.surface.outline);
        ui.painter().vline(centre.x, (centre.y + 13.0)..=bottom.max(centre.y + 13.0), line);
        ui.add_space(5.0);
    }
}

/// Where a cause came from, in a few words.
fn origin(cause: &Cause, root: bool) -> String {
    let kind = kind_word(cause.spec.kind);
    let mut words = vec![if root { format!("{kind}, where it began") } else { kind.to_owned() }];
    words.extend(cause.spec.app.clone());
    words.push(format::clock(cause.time_millis));
    words.retain(|word| !word.is_empty());
    words.join(" · ")
}
