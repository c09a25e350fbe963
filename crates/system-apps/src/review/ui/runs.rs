//! The list of runs.

use super::{
    super::model::{Command, Model},
    View,
};
use crate::common::{
    format, pane,
    rows::{self, list_keyboard, virtual_rows},
    table::{RowState, row},
    text,
};
use abi::table::RunInfo;
use egui::{Align2, Key, Modifiers, Rect, Role, Ui, vec2};
use widgets::{
    controls::{Badge, BadgeTone, EmptyState},
    fonts,
    icons::Icon,
    theme::{Theme, space, type_size},
};

/// Height of a row, in points.
const ROW: f32 = 52.0;

pub(super) fn draw(
    ui: &mut Ui,
    theme: &Theme,
    area: Rect,
    model: &Model,
    view: &mut View,
    commands: &mut Vec<Command>,
) {
    let runs = model.runs.as_deref().unwrap_or_default();
    if runs.is_empty() {
        let words = "A program whose manifest says copy_on_write leaves its folders as they are. What it changed is kept \
                     apart and shown here, and nothing of it becomes real before you apply it.";
        pane::pane(ui, area, "none", vec2(space::L, 0.0), |ui| {
            EmptyState::new(Icon::Stack, "No changes wait", words).show(ui);
        });
        return;
    }
    let keyboard = list_keyboard(ui, ui.scope_id().with("runs"), area, "Runs", view.focused);
    if keyboard.has_keys {
        if let Some((by, _)) = rows::vertical_move(ui, view.page) {
            commands.push(Command::Select(moved(model.selected, by, runs.len())));
        }
        if ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Enter))
            && let Some(run) = model.selected.and_then(|at| runs.get(at))
        {
            commands.push(Command::Show(run.run));
        }
    }
    view.page = (area.height() / ROW) as usize;
    let reveal = model.selected.filter(|_| view.revealed != model.selected);
    view.revealed = model.selected;
    pane::pane(ui, area, "list", vec2(space::S, space::S), |ui| {
        virtual_rows(ui, "runs", ROW, runs.len(), reveal, |ui, index, rect| {
            let run = &runs[index];
            let state = RowState::new(model.selected == Some(index), keyboard.has_keys);
            let response = run_ui(ui, theme, rect, run, state);
            if response.clicked() {
                commands.push(Command::Show(run.run));
            }
        });
    });
}

fn run_ui(ui: &mut Ui, theme: &Theme, rect: Rect, run: &RunInfo, state: RowState) -> egui::Response {
    let folders: Vec<&str> = run.folders.iter().map(|folder| folder.path.as_str()).collect();
    let (words, tone) = match (run.ended_millis, run.open) {
        (None, _) => ("still runs".to_owned(), BadgeTone::Info),
        (_, Some(0)) => ("all decided".to_owned(), BadgeTone::Neutral),
        (_, Some(open)) => (
            format::counted(usize::try_from(open).unwrap_or(usize::MAX), "change", "changes"),
            BadgeTone::Accent,
        ),
        (_, None) => ("not looked at".to_owned(), BadgeTone::Neutral),
    };
    let name = format!("{}, {}, {words}", run.name, folders.join(", "));
    let id = ui.scope_id().with(("run", run.run.0));
    let response = row(ui, id, rect, state, Role::ListItem, &name);
    let (main, quiet) = state.colours(theme);
    let inner = rect.shrink2(vec2(space::M, 6.0));
    let mut badge = Badge::new(words).tone(tone).id(id.with("state"));
    if state == RowState::Selected {
        badge = badge.colours(theme.accent.pressed, theme.accent.on);
    }
    let size = badge.desired_size(ui);
    let (left, right) = pane::split_right(inner, size.x);
    badge.show_at(ui, Rect::from_center_size(right.center(), size));
    let (top, bottom) = pane::split_top(left, left.height() / 2.0);
    text::line(ui, top, &run.name, fonts::medium(type_size::BODY), main, Align2::LEFT_CENTER);
    let about = format!("{}  ·  {}", format::moment(run.started_millis), folders.join(", "));
    text::line(ui, bottom, &about, fonts::regular(type_size::LABEL), quiet, Align2::LEFT_CENTER);
    response
}

/// Where the cursor of a list is after it was moved.
pub(super) fn moved(selected: Option<usize>, by: isize, count: usize) -> usize {
    let at = selected.map_or(if by > 0 { -1 } else { 0 }, usize::cast_signed);
    at.saturating_add(by).clamp(0, count.saturating_sub(1).cast_signed()).cast_unsigned()
}
