//! Draws Review: a list of runs; of one run the tree of its changes beside the comparison of what is selected.

mod page;
mod runs;
mod side;
mod tree;

use super::model::{Command, Model, Page};
use crate::common::pane::{self, STATUS, TOOLBAR};
use egui::{Key, Modifiers, Rect, Ui, vec2};
use widgets::{
    controls::{Button, ControlSize, EmptyState, Spinner, error_box},
    icons::Icon,
    theme::{Theme, space},
};

/// Narrower windows have one thing above the other, in points.
const NARROW: f32 = 560.0;

/// What only the picture knows.
#[derive(Default)]
pub(super) struct View {
    /// Whether the window has the keyboard.
    pub(super) focused: bool,
    /// Rows in view.
    page: usize,
    /// The row that was scrolled to last.
    revealed: Option<usize>,
}

pub(super) fn draw(ui: &mut Ui, model: &Model, view: &mut View, commands: &mut Vec<Command>) {
    let theme = Theme::of(ui);
    window_keys(ui, model, view, commands);
    let (rest, bottom) = pane::split_bottom(ui.max_rect(), STATUS);
    let (top, content) = pane::split_top(rest, TOOLBAR);
    pane::toolbar_back(ui, &theme, top);
    page::toolbar(ui, &theme, top, model, commands);
    let content = page::notices(ui, &theme, content, model, commands);
    content_ui(ui, &theme, content, model, view, commands);
    pane::status_back(ui, &theme, bottom);
    page::status(ui, &theme, bottom, model);
}

fn content_ui(
    ui: &mut Ui,
    theme: &Theme,
    content: Rect,
    model: &Model,
    view: &mut View,
    commands: &mut Vec<Command>,
) {
    if let Some(problem) = &model.failure {
        let again = pane::pane(ui, content, "failed", vec2(space::L, 0.0), |ui| {
            EmptyState::new(Icon::WarningCircle, &problem.title, &problem.text).action("All runs").show(ui)
        });
        if again.is_some_and(|button| button.clicked()) {
            commands.push(Command::List);
        }
        return;
    }
    let has_page = match model.page {
        Page::Runs => model.runs.is_some(),
        Page::Run(_) => model.changes.is_some(),
    };
    if !has_page {
        pane::pane(ui, content, "loading", vec2(0.0, content.height() * 0.4), |ui| {
            ui.vertical_centered(|ui| ui.add(Spinner::new("Looking at the changes").size(24.0)));
        });
        return;
    }
    match model.page {
        Page::Runs => runs::draw(ui, theme, content, model, view, commands),
        Page::Run(_) if model.rows.is_empty() => {
            let words = "Everything that it changed was applied, discarded or undone.";
            pane::pane(ui, content, "empty", vec2(space::L, 0.0), |ui| {
                EmptyState::new(Icon::CheckCircle, "Nothing left to decide", words).show(ui);
            });
        }
        Page::Run(_) => {
            // In a narrow window what became of a change lies beneath the tree.
            let (tree, side) = if content.width() < NARROW {
                pane::split_top(content, (content.height() * 0.45).floor())
            } else {
                pane::split_left(content, (content.width() * 0.4).clamp(240.0, 400.0))
            };
            tree::draw(ui, theme, tree, model, view, commands);
            if content.width() < NARROW {
                let line = egui::Stroke::new(1.0, theme.surface.divider);
                ui.painter().hline(side.x_range(), side.top() + 0.5, line);
            }
            side::draw(ui, theme, side, model, commands);
        }
    }
}

fn window_keys(ui: &Ui, model: &Model, view: &View, commands: &mut Vec<Command>) {
    if !view.focused || !ui.is_enabled() || egui::Popup::is_any_open(ui.ctx()) {
        return;
    }
    ui.input_mut(|input| {
        let mut on = |modifiers: Modifiers, key: Key, command: Command| {
            if input.consume_key(modifiers, key) {
                commands.push(command);
            }
        };
        on(Modifiers::NONE, Key::F5, Command::Reload);
        if let Page::Run(_) = model.page {
            on(Modifiers::COMMAND, Key::Enter, Command::Apply);
            on(Modifiers::COMMAND, Key::Z, Command::Undo);
            on(Modifiers::COMMAND, Key::A, Command::TickAll(true));
            on(Modifiers::NONE, Key::Escape, Command::List);
        }
    });
}

/// A box of trouble with a button to put it away.
fn problem_ui(ui: &mut Ui, title: &str, text: &str) -> bool {
    error_box(ui, title, text);
    ui.add(Button::new("Dismiss").size(ControlSize::Small)).clicked()
}
