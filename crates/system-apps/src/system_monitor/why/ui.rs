//! Draws the page *Why?*: the field, the story, and what would be taken back.

use super::{
    super::{
        model::Command,
        sentence::{icon_of, kind_word},
    },
    model::{Entry, Plan, State, WhyCommand, WhyModel, describe},
};
use crate::common::{
    format,
    pane::{self, TOOLBAR},
    text,
};
use abi::{
    Cause, CauseId,
    table::{UndoMode, UndoStep},
};
use egui::{
    Align2, CornerRadius, Frame, Label, Margin, Rect, RichText, ScrollArea, Sense, Stroke, Ui, pos2, vec2,
};
use widgets::{
    Subject,
    controls::{
        self, Badge, BadgeTone, Button, ButtonKind, ControlSize, EmptyState, Spinner, TextField, author_id,
        error_box,
    },
    fonts,
    icons::{Icon, paint_icon},
    theme::{Theme, radius, space, type_size},
};

/// Steps of a plan that are shown.
const STEPS: usize = 50;

pub(in super::super) fn draw(ui: &mut Ui, area: Rect, model: &WhyModel, commands: &mut Vec<Command>) {
    let theme = Theme::of(ui);
    let (top, rest) = pane::split_top(area, TOOLBAR);
    pane::bar(ui, top, "ask", space::M, |ui| ask_ui(ui, model, commands));
    pane::pane(ui, rest, "story", vec2(0.0, 0.0), |ui| match &model.state {
        State::Nothing => {
            let words = "Ask about a path, a process, a window or a cause: “/home/notes.txt”, “process 7”.";
            EmptyState::new(Icon::Question, "Why is something as it is?", words).show(ui);
        }
        State::Looking => {
            ui.add_space(rest.height() * 0.4);
            ui.vertical_centered(|ui| ui.add(Spinner::new("Asking the journal").size(24.0)));
        }
        State::Unknown => {
            let of = model.subject.as_ref().map(describe).unwrap_or_default();
            let title = format!("Nothing is known of {of}");
            let words = match model.subject {
                Some(Subject::Path(_)) => "No app has changed it since the journal began.",
                Some(Subject::Window(_)) => "Nothing that lasts was done in it.",
                _ => "It is older than what is kept, or it was never there.",
            };
            EmptyState::new(Icon::Question, &title, words).show(ui);
        }
        State::Failed(problem) => {
            Frame::new().inner_margin(Margin::same(16)).show(ui, |ui| {
                error_box(ui, &problem.title, &problem.text);
                if ui.add(Button::new("Ask again").size(ControlSize::Small)).clicked() {
                    commands.push(Command::Why(WhyCommand::Again));
                }
            });
        }
        State::Story(entries) => story_ui(ui, &theme, model, entries, commands),
    });
}

fn ask_ui(ui: &mut Ui, model: &WhyModel, commands: &mut Vec<Command>) {
    let mut draft = model.draft.clone();
    let width = (ui.available_width() - 96.0).clamp(120.0, 460.0);
    let field = TextField::search(&mut draft, "Ask why about")
        .placeholder("/home/notes.txt, process 7, window 3, cause 1.42")
        .invalid(model.typed_wrong)
        .width(width);
    let field = ui.add(field);
    author_id(ui, field.id, "ask-why");
    if field.changed() {
        commands.push(Command::Why(WhyCommand::Draft(draft)));
    }
    let entered = field.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
    let ask = ui.add(Button::new("Ask").kind(ButtonKind::Primary).min_width(72.0));
    author_id(ui, ask.id, "ask");
    if ask.clicked() || entered {
        commands.push(Command::Why(WhyCommand::AskTyped));
    }
    if model.typed_wrong {
        let theme = Theme::of(ui);
        let words = "That is no path, process, window or cause.";
        let words = RichText::new(words).font(fonts::regular(type_size::LABEL)).color(theme.danger.text);
        ui.add(Label::new(words));
    }
}

fn story_ui(ui: &mut Ui, theme: &Theme, model: &WhyModel, entries: &[Entry], commands: &mut Vec<Command>) {
    ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
        let margin = Margin { left: 16, right: 16, top: 4, bottom: 16 };
        Frame::new().inner_margin(margin).show(ui, |ui| {
            ui.set_max_width(ui.available_width().min(760.0));
            ui.spacing_mut().item_spacing.y = space::S;
            let subject = model.subject.as_ref().map(describe).unwrap_or_default();
            let title = match model.subject {
                Some(Subject::Path(_)) => format!("Why is {subject} as it is?"),
                Some(Subject::Process(_) | Subject::HostProcess(_)) => format!("Why does {subject} run?"),
                Some(Subject::Window(_)) => format!("What was done in {subject}?"),
                _ => match model.subject_label() {
                    Some(label) => format!("What came of “{label}”?"),
                    None => format!("What came of {subject}?"),
                },
            };
            let title = RichText::new(title).font(fonts::semibold(type_size::H3)).color(theme.text.primary);
            ui.add(Label::new(title).wrap());
            for (index, entry) in entries.iter().enumerate() {
                ui.push_id(index, |ui| entry_ui(ui, theme, model, entry, commands));
            }
        });
    });
}

fn entry_ui(ui: &mut Ui, theme: &Theme, model: &WhyModel, entry: &Entry, commands: &mut Vec<Command>) {
    let frame = Frame::new()
        .fill(theme.surface.raised)
        .stroke(Stroke::new(1.0, theme.surface.divider))
        .corner_radius(CornerRadius::same(radius::TILE))
        .inner_margin(Margin { left: 14, right: 14, top: 11, bottom: 12 });
    frame.show(ui, |ui| {
        ui.set_min_width(ui.available_width());
        ui.spacing_mut().item_spacing = vec2(space::S, space::XS);
        let colour = if entry.bad { theme.danger.text } else { theme.text.primary };
        let words = RichText::new(&entry.sentence).font(fonts::semibold(type_size::BODY)).color(colour);
        ui.add(Label::new(words).wrap());
        let mut below = vec![entry.when.clone()];
        if entry.times > 1 {
            below.push(format!("{} times in a row", entry.times));
        }
        below.extend(Some(entry.rule.clone()).filter(|rule| !rule.is_empty()));
        let below = below.join(" · ");
        let below = RichText::new(below).font(fonts::regular(type_size::LABEL)).color(theme.text.secondary);
        ui.add(Label::new(below).wrap());
        ui.add_space(space::XS);
        let last = entry.chain.len().saturating_sub(1);
        for (depth, cause) in entry.chain.iter().enumerate() {
            cause_ui(ui, theme, cause, depth, depth == last);
        }
        if entry.chain.is_empty() {
            let words = RichText::new("What led to it is not known any more.")
                .font(fonts::regular(type_size::LABEL))
                .color(theme.text.muted);
            ui.add(Label::new(words));
        }
        ui.add_space(space::XS);
        buttons_ui(ui, model, entry, commands);
        let plan = model.plan.as_ref().filter(|(cause, _)| *cause == entry.cause && entry.can_undo);
        if let Some((cause, plan)) = plan {
            plan_ui(ui, theme, *cause, plan, commands);
        }
    });
}

fn buttons_ui(ui: &mut Ui, model: &WhyModel, entry: &Entry, commands: &mut Vec<Command>) {
    ui.horizontal_wrapped(|ui| {
        let planned = model.plan.as_ref().is_some_and(|(cause, _)| *cause == entry.cause);
        if entry.can_undo && !planned {
            let undo = ui.add(
                Button::new("Undo this…").with_icon(Icon::ArrowCounterClockwise).size(ControlSize::Small),
            );
            author_id(ui, undo.id, "undo-this");
            let undo = controls::tooltip(undo, "First shows what would change");
            if undo.clicked() {
                commands.push(Command::Why(WhyCommand::Plan(entry.cause)));
            }
        }
        let events = Button::new("Show events").with_icon(Icon::Waveform).size(ControlSize::Small);
        let events = ui.add_enabled(entry.events > 0 || entry.pid.is_some(), events);
        if events.clicked() {
            commands.push(Command::EventsOf(entry.cause));
        }
        if let Some(pid) = entry.pid
            && ui.add(Button::new("Show process").with_icon(Icon::Cpu).size(ControlSize::Small)).clicked()
        {
            commands.push(Command::ShowProcess(pid));
        }
        let rows = Button::new("Rows of the journal").with_icon(Icon::BookOpen).size(ControlSize::Small);
        if ui.add(rows).clicked() {
            commands.push(Command::JournalOf(entry.cause));
        }
    });
}

/// One cause, with a line to the one behind it.
fn cause_ui(ui: &mut Ui, theme: &Theme, cause: &Cause, depth: usize, root: bool) {
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 36.0), Sense::hover());
    let centre = pos2(rect.left() + 11.0, rect.center().y);
    if !root {
        let line = Stroke::new(1.5, theme.surface.outline);
        ui.painter().vline(centre.x, centre.y..=(centre.y + 40.0), line);
    }
    let (back, front) =
        if root { (theme.accent.fill, theme.accent.on) } else { (theme.control.hover, theme.text.primary) };
    ui.painter().circle_filled(centre, 11.0, theme.surface.raised);
    ui.painter().circle_filled(centre, 11.0, back);
    paint_icon(ui.painter(), centre, icon_of(cause.spec.kind), 13.0, front);
    let words = rect.with_min_x(rect.left() + 32.0);
    let (upper, lower) = pane::split_top(words, 20.0);
    let label = if cause.spec.label.is_empty() { "(no description)" } else { cause.spec.label.as_str() };
    let upper = upper.translate(vec2(0.0, 1.0));
    text::line(ui, upper, label, fonts::control(), theme.text.primary, Align2::LEFT_CENTER);
    let small = fonts::regular(type_size::CAPTION);
    text::line(ui, lower, &origin(cause, root), small, theme.text.muted, Align2::LEFT_CENTER);
    text::label(ui, ui.scope_id().with(("cause", depth)), rect, label);
}

/// Where a cause came from: kind, app, window, component, time.
fn origin(cause: &Cause, root: bool) -> String {
    let spec = &cause.spec;
    let kind = kind_word(spec.kind);
    let mut words = vec![if root { format!("{kind}, where it began") } else { kind.to_owned() }];
    words.extend(spec.app.clone());
    words.extend(spec.window.map(|window| format!("window {window}")));
    words.extend(spec.component.as_ref().map(|component| format!("component {component}")));
    words.push(format::moment(cause.time_millis));
    words.push(format!("cause {}", cause.id));
    words.retain(|word| !word.is_empty());
    words.join(" · ")
}

fn plan_ui(ui: &mut Ui, theme: &Theme, cause: CauseId, plan: &Plan, commands: &mut Vec<Command>) {
    ui.add_space(space::XS);
    ui.separator();
    match plan {
        Plan::Looking => {
            ui.add(Spinner::new("Looking what would change"));
        }
        Plan::Running => {
            ui.add(Spinner::new("Taking it back"));
        }
        Plan::Failed(problem) => {
            error_box(ui, &problem.title, &problem.text);
            ui.horizontal(|ui| {
                if ui.add(Button::new("Look again").size(ControlSize::Small)).clicked() {
                    commands.push(Command::Why(WhyCommand::Plan(cause)));
                }
                close(ui, commands);
            });
        }
        Plan::Steps(steps) => steps_ui(ui, theme, cause, steps, commands),
        Plan::Done(undone) => {
            let restored = format::counted(undone.restored.len(), "path was", "paths were");
            say(ui, &format!("{restored} taken back."), theme.text.primary);
            for path in undone.restored.iter().take(STEPS) {
                say(ui, path, theme.text.secondary);
            }
            for (path, why) in undone.left.iter().take(STEPS) {
                say(ui, &format!("{path} was left: {why}"), theme.warning.text);
            }
            ui.horizontal(|ui| {
                let forth = Button::new("Bring it forth again…").size(ControlSize::Small);
                if ui.add(forth).clicked() {
                    commands.push(Command::Why(WhyCommand::Ask(Subject::Cause(undone.cause))));
                }
                if ui.add(Button::new("Ask again").size(ControlSize::Small)).clicked() {
                    commands.push(Command::Why(WhyCommand::Again));
                }
            });
        }
    }
}

fn steps_ui(ui: &mut Ui, theme: &Theme, cause: CauseId, steps: &[UndoStep], commands: &mut Vec<Command>) {
    let is = |verdict: &str| steps.iter().filter(|step| step.verdict == verdict).count();
    let (due, conflicts, lost) = (is("due"), is("conflict"), is("lost"));
    let words = match (due, conflicts + lost) {
        (0, 0) => "There is nothing to take back: everything is as it was.".to_owned(),
        (due, 0) => format!("This would change {}:", format::counted(due, "path", "paths")),
        (due, wrong) => format!(
            "{} could be taken back, {} not:",
            format::counted(due, "path", "paths"),
            format::count(wrong as u64)
        ),
    };
    say(ui, &words, theme.text.primary);
    for step in steps.iter().take(STEPS) {
        step_ui(ui, theme, step);
    }
    if steps.len() > STEPS {
        let more = format!("and {} more", format::count((steps.len() - STEPS) as u64));
        say(ui, &more, theme.text.muted);
    }
    ui.add_space(space::XS);
    ui.horizontal_wrapped(|ui| {
        let small = |label| Button::new(label).size(ControlSize::Small);
        if due > 0 && conflicts + lost == 0 {
            let undo = ui.add(small("Undo").kind(ButtonKind::Primary));
            author_id(ui, undo.id, "undo-now");
            if undo.clicked() {
                commands.push(Command::Why(WhyCommand::Undo(cause, UndoMode::Whole)));
            }
        }
        if due > 0 && conflicts + lost > 0 && ui.add(small("Undo what can be")).clicked() {
            commands.push(Command::Why(WhyCommand::Undo(cause, UndoMode::Possible)));
        }
        if conflicts > 0 {
            let over = ui.add(small("Replace newer content").kind(ButtonKind::Danger));
            if controls::tooltip(over, "What is replaced can be brought back").clicked() {
                commands.push(Command::Why(WhyCommand::Undo(cause, UndoMode::Overwrite)));
            }
        }
        close(ui, commands);
    });
}

fn close(ui: &mut Ui, commands: &mut Vec<Command>) {
    if ui.add(Button::new("Not now").size(ControlSize::Small)).clicked() {
        commands.push(Command::Why(WhyCommand::DropPlan));
    }
}

fn step_ui(ui: &mut Ui, theme: &Theme, step: &UndoStep) {
    let (word, tone) = match step.verdict.as_str() {
        "due" => ("would change", BadgeTone::Accent),
        "done" => ("is so already", BadgeTone::Neutral),
        "conflict" => ("newer content", BadgeTone::Warning),
        _ => ("lost", BadgeTone::Danger),
    };
    ui.horizontal_wrapped(|ui| {
        ui.add(Badge::new(word).tone(tone));
        let becomes = match step.becomes.as_str() {
            "nothing" => "is not there any more".to_owned(),
            "file" => "gets its content back".to_owned(),
            "folder" => "is a folder again".to_owned(),
            other => match other.strip_prefix("moved from ") {
                Some(from) => format!("comes back from {from}"),
                None => format!("is {other}"),
            },
        };
        let words = if step.why.is_empty() {
            format!("{} {becomes}", step.path)
        } else {
            format!("{}: {}", step.path, step.why)
        };
        say(ui, &words, theme.text.primary);
    });
}

fn say(ui: &mut Ui, words: &str, colour: egui::Color32) {
    ui.add(Label::new(RichText::new(words).font(fonts::regular(type_size::LABEL)).color(colour)).wrap());
}
