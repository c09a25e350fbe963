//! The page About: what this system is, and what it enforces.

use super::{
    model::{Facts, Model},
    ui::{card, divider, group, row, small},
};
use crate::common::format;
use egui::{Label, RichText, Ui, vec2};
use widgets::{
    controls::{Spinner, error_box},
    fonts,
    icons::{Icon, TileStyle, app_tile, icon},
    theme::{Theme, space, type_size},
};

/// What holds in this version on every machine, said plainly: symbol, whether it protects, text.
const ENFORCED: [(Icon, bool, &str); 4] = [
    (
        Icon::ShieldCheck,
        true,
        "Apps inside the desktop reach the system by syscalls only, and each is checked.",
    ),
    (Icon::ShieldCheck, true, "An app has only the capabilities that its manifest names."),
    (Icon::ShieldCheck, true, "What changes something is written to the journal first, with its cause."),
    (
        Icon::ShieldCheck,
        true,
        "Process apps, such as the Terminal, run in sandboxes. The badge in the title bar says what really holds \
         them; click it for what they can do.",
    ),
];

pub(super) fn draw(ui: &mut Ui, model: &Model) {
    match &model.facts {
        None => {
            ui.add(Spinner::new("Asking the system"));
        }
        Some(Err(problem)) => {
            error_box(ui, &problem.title, &problem.text);
        }
        Some(Ok(facts)) => facts_ui(ui, facts),
    }
    group(ui, "What is enforced on this machine");
    let theme = Theme::of(ui);
    card(ui, |ui| {
        ui.spacing_mut().item_spacing.y = space::S;
        for (symbol, protects, text) in ENFORCED {
            ui.horizontal_top(|ui| {
                let colour = if protects { theme.success.text } else { theme.warning.text };
                icon(ui, symbol, 18.0, colour);
                ui.add(Label::new(small(text, theme.text.primary)).wrap());
            });
        }
    });
}

fn facts_ui(ui: &mut Ui, facts: &Facts) {
    let theme = Theme::of(ui);
    let info = &facts.info;
    ui.horizontal(|ui| {
        let (rect, _) = ui.allocate_exact_size(vec2(52.0, 52.0), egui::Sense::hover());
        app_tile(ui.painter(), rect, &TileStyle::new("diamond", widgets::theme::TILES[7]));
        ui.add_space(space::XS);
        ui.vertical(|ui| {
            ui.spacing_mut().item_spacing.y = 2.0;
            ui.add_space(6.0);
            let name =
                RichText::new("AgentOS").font(fonts::semibold(type_size::H3)).color(theme.text.primary);
            ui.add(Label::new(name));
            ui.add(Label::new(small(&format!("Version {}", info.version), theme.text.secondary)));
        });
    });
    ui.add_space(space::XS);
    let storage = facts
        .mounts
        .iter()
        .map(|mount| format!("{} ({})", mount.path, mount.kind))
        .collect::<Vec<_>>()
        .join(", ");
    let facts = [
        ("Host", format!("{}, {}", info.host, info.hostname)),
        (
            "Processor",
            format!("{}, {}", info.architecture, format::counted(info.processors as usize, "core", "cores")),
        ),
        ("Memory", format::bytes(info.memory_bytes)),
        ("Running for", format::uptime(facts.uptime_seconds)),
        ("Starts of this data folder", format::count(info.boot.into())),
        ("Syscalls", format::count(info.syscalls.into())),
        ("File systems", storage),
    ];
    card(ui, |ui| {
        for (place, (name, value)) in facts.iter().enumerate() {
            if place > 0 {
                divider(ui, &theme);
            }
            row(ui, name, "", |ui| {
                ui.set_max_width((ui.max_rect().width() - 170.0).max(60.0));
                ui.add(Label::new(small(value, theme.text.secondary)).truncate());
            });
        }
    });
}
