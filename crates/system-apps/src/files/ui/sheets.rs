//! Questions that an operation has to ask: what becomes of a name that is taken, and what of newer content that
//! stands in the way of undoing. They lie below the files, so that these can be looked at before the answer.

use super::{
    super::{
        history::{Obstacles, Way},
        job::{Choice, Clash, ClashKind},
        model::Command,
        names::{last_name, parent},
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
/// Obstacles that are named.
const NAMED: usize = 4;

/// A sheet of this height at the bottom with a bold line, quiet lines, and room for buttons; what is above and the
/// place of the buttons.
fn sheet(ui: &mut Ui, theme: &Theme, content: Rect, title: &str, lines: &[String]) -> (Rect, Rect) {
    let height = 12.0 + 22.0 + TEXT * lines.len() as f32 + 46.0;
    let (above, sheet) = pane::split_bottom(content, height);
    bars::back(ui, theme, sheet);
    let inner = sheet.shrink2(vec2(space::L, space::M));
    let place =
        |top: f32, height: f32| Rect::from_min_size(pos2(inner.left(), top), vec2(inner.width(), height));
    let id = ui.scope_id().with("sheet");
    let head = place(inner.top(), 20.0);
    text::line(ui, head, title, fonts::semibold(type_size::BODY), theme.text.primary, Align2::LEFT_CENTER);
    text::label(ui, id.with("title"), head, title);
    for (number, line) in lines.iter().enumerate() {
        let rect = place(inner.top() + 22.0 + TEXT * number as f32, TEXT);
        let font = fonts::regular(type_size::LABEL);
        text::line(ui, rect, line, font, theme.text.secondary, Align2::LEFT_CENTER);
        text::label(ui, id.with(number), rect, line);
    }
    (
        above,
        Rect::from_min_max(
            pos2(inner.left(), sheet.bottom() - 42.0),
            pos2(inner.right(), sheet.bottom() - 8.0),
        ),
    )
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
    let place = if folder == "/" { "Computer" } else { last_name(&folder) };
    let title = format!("“{}” is already in {place}", last_name(&clash.to));
    let lines = [about("There", &clash.there), about("New", &clash.comes)];
    let (above, mut buttons) = sheet(ui, theme, content, &title, &lines);
    // What follows may clash too, so this is offered also for the last one that is known.
    let label =
        if others > 0 { format!("The same for {others} more") } else { "The same for all".to_owned() };
    let narrow = buttons.width() < 430.0;
    let all = if narrow {
        buttons.with_max_y(buttons.top())
    } else {
        let (left, right) = pane::split_right(buttons, (buttons.width() - 268.0).clamp(0.0, 190.0));
        buttons = left;
        right
    };
    pane::bar(ui, buttons, "choices", 0.0, |ui| {
        ui.spacing_mut().item_spacing.x = space::S;
        for &choice in clash.kind.choices() {
            let button = match choice {
                Choice::KeepBoth => Button::primary("Keep both"),
                Choice::Replace => Button::new("Replace"),
                Choice::Merge => Button::new("Merge"),
                Choice::Skip => Button::new("Skip"),
            };
            let response = ui.add(button.size(ControlSize::Small));
            // The harmless answer is the one that Enter gives.
            if choice == Choice::KeepBoth && view.asked.as_deref() != Some(clash.to.as_str()) {
                response.request_focus();
            }
            if response.clicked() {
                commands.push(Command::Decide { choice, all: view.for_all });
                view.for_all = false;
            }
        }
    });
    view.asked = Some(clash.to.clone());
    if all.height() > 10.0 {
        pane::bar(ui, all, "all", 0.0, |ui| ui.add(Checkbox::new(&mut view.for_all, label)));
    }
    if clash.kind == ClashKind::Unlike {
        widgets::controls::describe(ui, ui.scope_id(), "A file and a folder cannot take each other's place");
    }
    above
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
    let (above, buttons) = sheet(ui, theme, content, &title, &lines);
    pane::bar(ui, buttons, "obstacles", 0.0, |ui| {
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
