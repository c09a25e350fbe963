//! Frame of the System Monitor: pages on top, the chosen one below.

use super::{
    events,
    model::{Command, Model, Page},
    overview, syscalls,
};
use crate::common::pane::{self, TOOLBAR};
use egui::{Ui, vec2};
use widgets::{
    controls::{Segmented, Switch, author_id, error_box},
    theme::{Theme, space},
};

/// What only the picture knows.
#[derive(Default)]
pub(super) struct View {
    /// Whether the window has the keyboard.
    pub(super) focused: bool,
    pub(super) revealed: u64,
    pub(super) rows: usize,
}

pub(super) fn draw(ui: &mut Ui, model: &Model, view: &mut View, commands: &mut Vec<Command>) {
    let theme = Theme::of(ui);
    let (top, mut content) = pane::split_top(ui.max_rect(), TOOLBAR);
    pane::toolbar_back(ui, &theme, top);
    pane::bar(ui, top, "pages", space::M, |ui| {
        let names = Page::ALL.map(Page::name);
        let mut chosen = Page::ALL.iter().position(|&page| page == model.page).unwrap_or(0);
        if ui.add(Segmented::new(&mut chosen, &names, "Page")).changed() {
            commands.push(Command::Show(Page::ALL[chosen]));
        }
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let mut own = model.show_own;
            let switch = ui.add(Switch::new(&mut own, "Own calls"));
            author_id(ui, switch.id, "own-calls");
            let switch = widgets::controls::tooltip(switch, "Count and show the calls of this app too");
            if switch.changed() {
                commands.push(Command::ShowOwn(own));
            }
        });
    });
    if let Some(problem) = &model.problem {
        let end = pane::pane(ui, content, "problem", vec2(space::M, space::S), |ui| {
            error_box(ui, &problem.title, &problem.text);
            ui.min_rect().bottom()
        });
        content.min.y = (end + space::XS).min(content.max.y);
    }
    match model.page {
        Page::Overview => overview::draw(ui, content, model),
        Page::Events => events::draw(ui, content, model, view, commands),
        Page::Syscalls => syscalls::draw(ui, content, model, commands),
    }
}
