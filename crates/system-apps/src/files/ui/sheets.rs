//! Questions that an operation has to ask: what becomes of a name that is taken, and what of newer content that
//! stands in the way of undoing. They lie below the files, so that these can be looked at before the answer.

use super::{
    super::{
        history::{Obstacles, Way},
        job::{Choice, Clash, ClashKind},
        model::Command,
        names::{last_name, parent, place},
    },
    View, bars,
};
use crate::common::{format, pane, text};
use abi::table::{FileKind, FileStat};
use egui::{Align2, Rect, Ui, pos2, vec2};
use widgets::{
    controls::{Button, Checkbox, ControlSize},
    fonts,
    theme::{Theme, space, type_size},
};

/// Points that a line of text takes.
const TEXT: f32 = 19.0;
/// Height of a row of buttons in points.
const BUTTONS: f32 = 34.0;
/// Room beside buttons for the ring of the one that has the keyboard, in points.
const RING: f32 = 4.0;
/// From this width on everything stands in one row, in points.
const ONE_ROW_FROM: f32 = 430.0;
/// Obstacles that are named.
const NAMED: usize = 4;

/// A sheet at the bottom with a bold line, quiet lines, and rows of buttons; what is above and the places of these.
fn sheet<const ROWS: usize>(
    ui: &mut Ui,
    theme: &Theme,
    content: Rect,
    title: &str,
    lines: &[String],
) -> (Rect, [Rect; ROWS]) {
    let height = 12.0 + 22.0 + TEXT * lines.len() as f32 + 12.0 + BUTTONS * ROWS as f32;
    let (above, sheet) = pane::split_bottom(content, height);
    bars::back(ui, theme, sheet);
    let inner = sheet.shrink2(vec2(space::L, space::M));
    let line_at = |top: f32, height: f32, inset: f32| {
        let left = inner.left() - inset;
        Rect::from_min_size(pos2(left, top), vec2(inner.width() + 2.0 * inset, height))
    };
    let id = ui.scope_id().with("sheet");
    let head = line_at(inner.top(), 20.0, 0.0);
    text::line(ui, head, title, fonts::semibold(type_size::BODY), theme.text.primary, Align2::LEFT_CENTER);
    text::label(ui, id.with("title"), head, title);
    for (number, line) in lines.iter().enumerate() {
        let rect = line_at(inner.top() + 22.0 + TEXT * number as f32, TEXT, 0.0);
        let font = fonts::regular(type_size::LABEL);
        text::line(ui, rect, line, font, theme.text.secondary, Align2::LEFT_CENTER);
        text::label(ui, id.with(number), rect, line);
    }
    let top = inner.top() + 22.0 + TEXT * lines.len() as f32 + 2.0;
    (above, std::array::from_fn(|row| line_at(top + BUTTONS * row as f32, BUTTONS, RING)))
}

fn about(word: &str, stat: &FileStat) -> String {
    let time = format::date_time(stat.modified_millis);
    match stat.kind {
        FileKind::File => format!("{word}: {}, changed {time}", format::bytes(stat.size)),
        FileKind::Directory => format!("{word}: a folder, changed {time}"),
        FileKind::Symlink => format!("{word}: a link"),
        FileKind::Other => format!("{word}: a device"),
    }
}

/// A name that is taken.
pub(super) fn clash(
    ui: &mut Ui,
    theme: &Theme,
    content: Rect,
    clash: &Clash,
    others: usize,
    view: &mut View,
    commands: &mut Vec<Command>,
) -> Rect {
    let folder = parent(&clash.to).unwrap_or_default();
    let title = format!("“{}” is already in {}", last_name(&clash.to), place(&folder));
    let mut lines = vec![about("There", &clash.there), about("New", &clash.comes)];
    if clash.kind == ClashKind::Unlike {
        lines.push("Neither can take the other's place.".into());
    }
    // What follows may clash too, so this is offered also for the last one that is known.
    let label =
        if others > 0 { format!("The same for {others} more") } else { "The same for all".to_owned() };
    if content.width() > ONE_ROW_FROM {
        let (above, [row]) = sheet(ui, theme, content, &title, &lines);
        pane::bar(ui, row, "choices", RING, |ui| {
            choices_ui(ui, clash, view, commands);
            ui.add_space(space::S);
            ui.add(Checkbox::new(&mut view.for_all, label));
        });
        return above;
    }
    let (above, [row, below]) = sheet(ui, theme, content, &title, &lines);
    pane::bar(ui, row, "choices", RING, |ui| choices_ui(ui, clash, view, commands));
    pane::bar(ui, below, "all", RING, |ui| ui.add(Checkbox::new(&mut view.for_all, label)));
    above
}

fn choices_ui(ui: &mut Ui, clash: &Clash, view: &mut View, commands: &mut Vec<Command>) {
    ui.spacing_mut().item_spacing.x = space::S;
    let new = view.asked.as_deref() != Some(clash.to.as_str());
    for &choice in clash.kind.choices() {
        let button = match choice {
            Choice::KeepBoth => Button::primary("Keep both"),
            Choice::Replace => Button::new("Replace"),
            Choice::Merge => Button::new("Merge"),
            Choice::Skip => Button::new("Skip"),
        };
        let response = ui.add(button.size(ControlSize::Small));
        // The harmless answer is the one that Enter gives.
        if choice == Choice::KeepBoth && new {
            response.request_focus();
        }
        if response.clicked() {
            commands.push(Command::Decide { choice, all: view.for_all });
            view.for_all = false;
        }
    }
    view.asked = Some(clash.to.clone());
}

/// What stands in the way of undoing.
pub(super) fn obstacles(
    ui: &mut Ui,
    theme: &Theme,
    content: Rect,
    obstacles: &Obstacles,
    commands: &mut Vec<Command>,
) -> Rect {
    let verb = if obstacles.way == Way::Undo { "Undo" } else { "Redo" };
    let title = format!("{verb} {} was refused; nothing was changed", obstacles.label);
    let line = |(path, why): &(String, String)| match path.as_str() {
        "" => why.clone(),
        path => format!("{path}: {why}"),
    };
    let mut lines: Vec<String> = obstacles.steps.iter().take(NAMED).map(line).collect();
    if obstacles.steps.len() > NAMED {
        lines.push(format!("… and {} more", obstacles.steps.len() - NAMED));
    }
    let (above, [row]) = sheet(ui, theme, content, &title, &lines);
    pane::bar(ui, row, "obstacles", RING, |ui| {
        ui.spacing_mut().item_spacing.x = space::S;
        if ui.add(Button::primary("Leave it").size(ControlSize::Small)).clicked() {
            commands.push(Command::LeaveObstacles);
        }
        if obstacles.possible > 0 {
            let rest = format::counted(obstacles.possible, "other", "others");
            let button = Button::new(format!("{verb} the {rest}")).size(ControlSize::Small);
            if ui.add(button).clicked() {
                commands.push(Command::TakeBackPossible);
            }
        }
    });
    above
}
