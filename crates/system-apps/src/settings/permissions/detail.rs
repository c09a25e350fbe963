//! Draws what one app may do.

use super::{
    super::ui::{card, divider, group, row, small},
    model::{Command, Permissions, Shown},
    words,
};
use crate::common::format;
use abi::{
    Capability, rights_in_words,
    table::{AppRights, KeptAnswer, KeptRule, Lingering, ProcessRights, Right, RightSource},
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
        kept(ui, &theme, model, rights, commands);
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
fn kept(ui: &mut Ui, theme: &Theme, model: &Permissions, rights: &AppRights, commands: &mut Vec<Command>) {
    if rights.kept.is_empty() {
        return;
    }
    group(ui, "Decided for good");
    let mut rows = words::grouped(&rights.kept, |answer| &answer.capability, |a, b| a.allowed == b.allowed);
    // However they were answered, they stay where one looks for them.
    rows.sort_by_key(|answers| words::label(answers.iter().map(|answer| &answer.capability)));
    card(ui, |ui| {
        for (place, answers) in rows.iter().enumerate() {
            if place > 0 {
                divider(ui, theme);
            }
            let about = || answers.iter().map(|answer| &answer.capability);
            let mut explanation = words::kept(answers[0]);
            if answers[0].allowed {
                let uses = words::uses(answers.iter().map(|answer| &answer.uses), model.now_millis);
                explanation = format!("{explanation}\n{uses}");
            }
            row(ui, &words::label(about()), &explanation, |ui| {
                let (other, rule) = match answers[0].allowed {
                    true => ("Never", KeptRule::Never),
                    false => ("Always", KeptRule::Always),
                };
                let mut decide = |ui: &mut Ui, words: &str, rule, why: &str| {
                    let name = format!("{words} {}", rights_in_words(about()));
                    let button = ui.add(Button::new(words.to_owned()).size(ControlSize::Small).name(name));
                    if tooltip(button, why).clicked() {
                        keep(&rights.app, about(), rule, commands);
                    }
                };
                decide(ui, "Forget", KeptRule::Ask, "It may ask again; what runs keeps what it has");
                decide(ui, other, rule, "From now on, over restarts");
            });
        }
    });
}

fn keep<'a>(
    app: &str,
    rights: impl Iterator<Item = &'a Capability>,
    rule: KeptRule,
    commands: &mut Vec<Command>,
) {
    commands.extend(rights.map(|right| Command::Keep(app.to_owned(), right.clone(), rule)));
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
        let alike = |a: &Right, b: &Right| {
            (a.source, &a.how, a.until_millis, &a.by) == (b.source, &b.how, b.until_millis, &b.by)
        };
        for group in words::grouped(rights, |right| &right.capability, alike) {
            line(ui);
            let about = || group.iter().map(|right| &right.capability);
            let what = rights_in_words(about());
            let mut explanation = words::source(group[0], model.now_millis);
            if group[0].source != RightSource::Manifest {
                let uses = words::uses(group.iter().map(|right| &right.uses), model.now_millis);
                explanation = format!("{explanation}\n{uses}");
            }
            row(ui, &words::capitalised(&what), &explanation, |ui| {
                never(ui, &app.app, about(), commands);
                let button = Button::new("Revoke").size(ControlSize::Small).name(format!("Revoke {what}"));
                if tooltip(ui.add(button), "Taken now, until it is started again").clicked() {
                    let revoke = |right: &Capability| Command::Revoke(process.pid, right.clone());
                    commands.extend(about().map(revoke));
                }
            });
        }
        for (all, explanation, word) in [
            (&process.taken, "Taken from it, until it is started again", "taken"),
            (&process.refused, "You said no when it asked, until it is started again", "refused"),
        ] {
            for group in words::grouped(all, |right| right, |_, _| true) {
                line(ui);
                let left = process.lingering.iter().find(|left| group.contains(&&left.capability));
                match left.filter(|_| word == "taken") {
                    None => row(ui, &words::label(group.iter().copied()), explanation, |ui| {
                        if word == "taken" {
                            let name = format!("Give back {}", rights_in_words(group.iter().copied()));
                            let button = Button::new("Give back").size(ControlSize::Small).name(name);
                            if tooltip(ui.add(button), "It has it again, while it runs").clicked() {
                                let give = |right: &&Capability| Command::Give(process.pid, (*right).clone());
                                commands.extend(group.iter().map(give));
                            }
                        }
                        mark(ui, theme, word);
                    }),
                    Some(left) => {
                        lingering(ui, theme, &words::label(group.iter().copied()), left, commands);
                    }
                }
            }
        }
        if process.denied > 0 {
            line(ui);
            let count = format::counted(process.denied as usize, "step was", "steps were");
            let explanation = "The System Monitor tells which.";
            row(ui, &format!("{count} refused by these rules"), explanation, |_| {});
        }
    });
}

/// A right that was taken and that a program has until it ends.
fn lingering(ui: &mut Ui, theme: &Theme, label: &str, left: &Lingering, commands: &mut Vec<Command>) {
    row(ui, label, "Taken; its program has it until it ends", |ui| {
        let button =
            Button::new("End program").size(ControlSize::Small).name(format!("End program with {label}"));
        if tooltip(ui.add(button), "Ends it now; started again it is without it").clicked() {
            commands.push(Command::End(left.pid));
        }
        mark(ui, theme, "still there");
    });
}

fn mark(ui: &mut Ui, theme: &Theme, word: &str) {
    ui.add(Label::new(small(word, theme.danger.text)));
}

fn never<'a>(
    ui: &mut Ui,
    app: &str,
    rights: impl Iterator<Item = &'a Capability> + Clone,
    commands: &mut Vec<Command>,
) {
    let name = format!("Never {}", rights_in_words(rights.clone()));
    let button = Button::new("Never").size(ControlSize::Small).name(name);
    if tooltip(ui.add(button), "Taken now, and not given when it starts").clicked() {
        keep(app, rights, KeptRule::Never, commands);
    }
}

/// What an app that does not run will have.
fn at_start(ui: &mut Ui, theme: &Theme, shown: &Shown, commands: &mut Vec<Command>) {
    let kept = shown.rights.as_ref().map_or(&[][..], |rights| &rights.kept);
    let is_decided = |capability: &Capability| kept.iter().any(|kept| kept.capability == *capability);
    let rights: Vec<&Capability> =
        shown.app.capabilities.iter().filter(|capability| !is_decided(capability)).collect();
    if !shown.app.asks.is_empty() {
        before_start(ui, theme, shown, kept, commands);
    }
    group(ui, "What it has when it starts");
    card(ui, |ui| {
        if rights.is_empty() {
            row(ui, "Nothing by itself", "It asks for what it needs.", |_| {});
        }
        for (place, group) in words::grouped(rights, |right| right, |_, _| true).iter().enumerate() {
            if place > 0 {
                divider(ui, theme);
            }
            let about = || group.iter().copied();
            row(ui, &words::label(about()), "From its manifest and what it is", |ui| {
                never(ui, &shown.app.id, about(), commands);
            });
        }
    });
}

/// What an app that was not shipped asks for, and what the answer will be.
fn before_start(ui: &mut Ui, theme: &Theme, shown: &Shown, kept: &[KeptAnswer], commands: &mut Vec<Command>) {
    group(ui, "What it asks for before it starts");
    card(ui, |ui| {
        for (place, rights) in shown.app.asks.iter().enumerate() {
            if place > 0 {
                divider(ui, theme);
            }
            let is_answered = |right: &Capability, allowed: bool| {
                kept.iter().any(|kept| kept.capability == *right && kept.allowed == allowed)
            };
            let never_allowed = rights.iter().any(|right| is_answered(right, false));
            let allowed = rights.iter().all(|right| is_answered(right, true));
            let explanation = match (never_allowed, allowed) {
                (true, _) => "Never allowed, so it is left out",
                (false, true) => "Always allowed, so you are not asked",
                (false, false) => "You are asked when it starts",
            };
            row(ui, &words::label(rights), explanation, |ui| {
                if !never_allowed {
                    never(ui, &shown.app.id, rights.iter(), commands);
                }
                if !allowed {
                    let name = format!("Always {}", rights_in_words(rights));
                    let button = Button::new("Always").size(ControlSize::Small).name(name);
                    if tooltip(ui.add(button), "Allowed whenever it starts").clicked() {
                        keep(&shown.app.id, rights.iter(), KeptRule::Always, commands);
                    }
                }
            });
        }
    });
}
