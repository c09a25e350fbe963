//! Draws what one app may do.

use super::{
    super::ui::{card, divider, group, row, small},
    model::{Command, Permissions, Shown},
    words,
};
use crate::common::format;
use abi::{
    Capability,
    table::{AppRights, KeptRule, ProcessRights, Right, RightSource},
};
use egui::{Label, RichText, Ui, vec2};
use widgets::{
    controls::{Button, ControlSize, Switch, author_id, error_box, tooltip},
    fonts,
    icons::{Icon, TileStyle, app_tile},
    theme::{Theme, space, type_size},
};

pub(super) fn draw(ui: &mut Ui, model: &Permissions, shown: &Shown, commands: &mut Vec<Command>) {
    let theme = Theme::of(ui);
    head(ui, &theme, shown, commands);
    if let Some(problem) = &model.problem {
        error_box(ui, &problem.title, &problem.text);
    }
    if let Some(note) = &model.note {
        error_box(ui, "That did not work", note);
    }
    asking(ui, shown, commands);
    if let Some(rights) = &shown.rights {
        kept(ui, &theme, rights, commands);
        for process in &rights.processes {
            running(ui, &theme, model, rights, process, commands);
        }
    }
    if shown.running() == 0 {
        at_start(ui, &theme, shown, commands);
    }
}

fn head(ui: &mut Ui, theme: &Theme, shown: &Shown, commands: &mut Vec<Command>) {
    ui.horizontal(|ui| {
        let back = ui.add(Button::icon(Icon::CaretLeft, "All apps"));
        author_id(ui, back.id, "all-apps");
        if tooltip(back, "All apps").clicked() {
            commands.push(Command::Show(None));
        }
        ui.add_space(space::XS);
        let (rect, _) = ui.allocate_exact_size(vec2(44.0, 44.0), egui::Sense::hover());
        let app = &shown.app;
        app_tile(ui.painter(), rect, &TileStyle::for_app(&app.id, &app.icon, &app.category));
        ui.add_space(space::XS);
        ui.vertical(|ui| {
            ui.spacing_mut().item_spacing.y = 1.0;
            ui.add_space(3.0);
            let name =
                RichText::new(&app.name).font(fonts::semibold(type_size::H3)).color(theme.text.primary);
            ui.add(Label::new(name).truncate());
            let running = match shown.running() {
                0 => "not running".to_owned(),
                1 => "running".to_owned(),
                count => format!("running {count} times"),
            };
            ui.add(Label::new(small(&format!("{} · {running}", app.kind), theme.text.secondary)));
        });
    });
}

fn asking(ui: &mut Ui, shown: &Shown, commands: &mut Vec<Command>) {
    if shown.app.kind == "System app" {
        return;
    }
    card(ui, |ui| {
        let words = "Off, its questions are answered with no.";
        row(ui, "May ask for rights", words, |ui| {
            let mut may_ask = !shown.is_muted();
            let switch = ui.add(Switch::bare(&mut may_ask, "May ask for rights"));
            author_id(ui, switch.id, "may-ask");
            if switch.changed() {
                commands.push(Command::Mute(shown.app.id.clone(), !may_ask));
            }
        });
    });
}

/// Answers that hold over restarts.
fn kept(ui: &mut Ui, theme: &Theme, rights: &AppRights, commands: &mut Vec<Command>) {
    if rights.kept.is_empty() {
        return;
    }
    group(ui, "Decided for good");
    card(ui, |ui| {
        for (place, answer) in rights.kept.iter().enumerate() {
            if place > 0 {
                divider(ui, theme);
            }
            let label = words::capitalised(&answer.capability.in_words());
            row(ui, &label, &words::kept(answer), |ui| {
                let (other, rule) = match answer.allowed {
                    true => ("Never", KeptRule::Never),
                    false => ("Always", KeptRule::Always),
                };
                let mut decide = |ui: &mut Ui, words: &str, rule, why: &str| {
                    let name = format!("{words} {}", answer.capability.in_words());
                    let button = ui.add(Button::new(words.to_owned()).size(ControlSize::Small).name(name));
                    if tooltip(button, why).clicked() {
                        let capability = answer.capability.clone();
                        commands.push(Command::Keep(rights.app.clone(), capability, rule));
                    }
                };
                decide(ui, "Forget", KeptRule::Ask, "It may ask again; what runs keeps what it has");
                decide(ui, other, rule, "From now on, over restarts");
            });
        }
    });
}

/// What one process has, and what was taken from or refused to it.
fn running(
    ui: &mut Ui,
    theme: &Theme,
    model: &Permissions,
    app: &AppRights,
    process: &ProcessRights,
    commands: &mut Vec<Command>,
) {
    let since = format::date_time(process.started_millis);
    group(ui, &format!("{} (process {}), since {since}", process.name, process.pid));
    card(ui, |ui| {
        let mut is_first = true;
        let mut line = |ui: &mut Ui| {
            if !std::mem::take(&mut is_first) {
                divider(ui, theme);
            }
        };
        if process.rights.is_empty() {
            line(ui);
            row(ui, "It may do nothing", "Neither from its start nor by an answer.", |_| {});
        }
        // What somebody gave comes before what it began with.
        let mut rights: Vec<&Right> = process.rights.iter().collect();
        rights.sort_by_key(|right| right.source == RightSource::Manifest);
        for right in rights {
            line(ui);
            let what = right.capability.in_words();
            row(ui, &words::capitalised(&what), &words::source(right, model.now_millis), |ui| {
                never(ui, &app.app, &right.capability, commands);
                let button = Button::new("Revoke").size(ControlSize::Small).name(format!("Revoke {what}"));
                if tooltip(ui.add(button), "Taken now, until it is started again").clicked() {
                    commands.push(Command::Revoke(process.pid, right.capability.clone()));
                }
            });
        }
        for taken in &process.taken {
            line(ui);
            let explanation = "Taken from it, until it is started again";
            row(ui, &words::capitalised(&taken.in_words()), explanation, |ui| mark(ui, theme, "taken"));
        }
        for refused in &process.refused {
            line(ui);
            let explanation = "You said no when it asked, until it is started again";
            row(ui, &words::capitalised(&refused.in_words()), explanation, |ui| mark(ui, theme, "refused"));
        }
        if process.denied > 0 {
            line(ui);
            let count = format::counted(process.denied as usize, "step was", "steps were");
            let explanation = "The System Monitor tells which.";
            row(ui, &format!("{count} refused by these rules"), explanation, |_| {});
        }
    });
}

fn mark(ui: &mut Ui, theme: &Theme, word: &str) {
    ui.add(Label::new(small(word, theme.danger.text)));
}

fn never(ui: &mut Ui, app: &str, capability: &Capability, commands: &mut Vec<Command>) {
    let name = format!("Never {}", capability.in_words());
    let button = Button::new("Never").size(ControlSize::Small).name(name);
    if tooltip(ui.add(button), "Taken now, and not given when it starts").clicked() {
        commands.push(Command::Keep(app.to_owned(), capability.clone(), KeptRule::Never));
    }
}

/// What an app that does not run will have.
fn at_start(ui: &mut Ui, theme: &Theme, shown: &Shown, commands: &mut Vec<Command>) {
    let kept = shown.rights.as_ref().map_or(&[][..], |rights| &rights.kept);
    let is_decided = |capability: &Capability| kept.iter().any(|kept| kept.capability == *capability);
    let rights: Vec<&Capability> =
        shown.app.capabilities.iter().filter(|capability| !is_decided(capability)).collect();
    group(ui, "What it has when it starts");
    card(ui, |ui| {
        if rights.is_empty() {
            row(ui, "Nothing by itself", "It asks for what it needs.", |_| {});
        }
        for (place, capability) in rights.into_iter().enumerate() {
            if place > 0 {
                divider(ui, theme);
            }
            let what = capability.in_words();
            row(ui, &words::capitalised(&what), "From its manifest and what it is", |ui| {
                never(ui, &shown.app.id, capability, commands);
            });
        }
    });
}
