//! Keys. Those of the list need the keyboard there; those of the window work wherever no text is being written.

use super::{
    super::{
        history::Way,
        model::{Command, Deed, Layout, Model, Pick},
    },
    View,
};
use crate::common::rows;
use egui::{Event, InputState, Key, Modifiers, Ui};

const CTRL: Modifiers = Modifiers::COMMAND;
const SHIFT: Modifiers = Modifiers::SHIFT;
const NONE: Modifiers = Modifiers::NONE;

/// Keys of the list. Chords with more modifiers come first: fewer would match them too.
pub(super) fn of_list(ui: &Ui, model: &Model, view: &View, commands: &mut Vec<Command>) {
    let rows_only = model.in_trash() || model.found.is_some() || model.layout == Layout::List;
    let columns = if rows_only { 1 } else { view.columns.max(1) };
    if let Some((by, shift)) = rows::vertical_move(ui, view.rows) {
        let how = if shift { Pick::Extend } else { Pick::Only };
        commands.push(Command::Move { by: by.saturating_mul(columns as isize), how });
    }
    let now = ui.input(|input| input.time);
    ui.input_mut(|input| {
        let mut on = |modifiers: Modifiers, key: Key, command: Command| {
            if input.consume_key(modifiers, key) {
                commands.push(command);
            }
        };
        on(Modifiers::ALT, Key::Enter, Command::ToggleProperties);
        on(Modifiers::ALT, Key::ArrowLeft, Command::Back);
        on(Modifiers::ALT, Key::ArrowRight, Command::Forward);
        on(Modifiers::ALT, Key::ArrowUp, Command::Up);
        on(NONE, Key::Backspace, Command::Up);
        on(NONE, Key::Enter, Command::OpenSelected);
        on(NONE, Key::F2, Command::BeginRename);
        on(SHIFT, Key::Delete, Command::AskErase);
        on(CTRL, Key::A, Command::PickAll);
        on(NONE, Key::Escape, Command::PickNone);
        changes(input, commands, NONE, Key::Delete, "Delete", Command::Delete);
        changes(input, commands, CTRL, Key::D, "Ctrl+D", Command::Duplicate);
        if !rows_only {
            let mut on = |modifiers: Modifiers, key: Key, command: Command| {
                if input.consume_key(modifiers, key) {
                    commands.push(command);
                }
            };
            for (key, by) in [(Key::ArrowLeft, -1), (Key::ArrowRight, 1)] {
                on(SHIFT, key, Command::Move { by, how: Pick::Extend });
                on(NONE, key, Command::Move { by, how: Pick::Only });
            }
        }
        for event in &input.events {
            match event {
                Event::Text(text) => commands.push(Command::TypeAhead { text: text.clone(), now }),
                Event::Copy => commands.push(Command::Copy),
                Event::Cut => commands.push(Command::Cut),
                // From a menu it is taken below, wherever the keyboard is.
                Event::Paste(text) if !model.expects_paste => {
                    commands.push(Command::By(Deed::Key("Ctrl+V")));
                    commands.push(Command::Paste(text.clone()));
                }
                _ => {}
            }
        }
    });
}

/// A key that changes files: the journal says that it was pressed.
fn changes(
    input: &mut InputState,
    commands: &mut Vec<Command>,
    modifiers: Modifiers,
    key: Key,
    name: &'static str,
    command: Command,
) {
    if input.consume_key(modifiers, key) {
        commands.push(Command::By(Deed::Key(name)));
        commands.push(command);
    }
}

/// Keys of the window.
pub(super) fn of_window(ui: &Ui, model: &Model, view: &View, commands: &mut Vec<Command>) {
    let writing = ui.ctx().text_edit_focused() || view.rename.is_some() || view.path.is_some();
    if !view.focused || !ui.is_enabled() || writing || egui::Popup::is_any_open(ui.ctx()) {
        return;
    }
    ui.input_mut(|input| {
        let mut on = |modifiers: Modifiers, key: Key, command: Command| {
            if input.consume_key(modifiers, key) {
                commands.push(command);
            }
        };
        on(Modifiers::ALT, Key::Enter, Command::ToggleProperties);
        on(NONE, Key::F5, Command::Reload);
        on(CTRL, Key::L, Command::EditPath(true));
        on(CTRL, Key::F, Command::FocusFilter);
        on(CTRL, Key::H, Command::ToggleHidden);
        on(CTRL, Key::OpenBracket, Command::Back);
        on(CTRL, Key::CloseBracket, Command::Forward);
        on(CTRL, Key::Num1, Command::Show(Layout::Grid));
        on(CTRL, Key::Num2, Command::Show(Layout::List));
        on(CTRL, Key::Num3, Command::Show(Layout::Compact));
        changes(input, commands, CTRL | SHIFT, Key::Z, "Ctrl+Shift+Z", Command::TakeBack(Way::Redo));
        changes(input, commands, CTRL, Key::Y, "Ctrl+Y", Command::TakeBack(Way::Redo));
        changes(input, commands, CTRL, Key::Z, "Ctrl+Z", Command::TakeBack(Way::Undo));
        changes(input, commands, SHIFT, Key::F7, "Shift+F7", Command::NewFile);
        changes(input, commands, NONE, Key::F7, "F7", Command::NewFolder);
        if model.expects_paste {
            for event in &input.events {
                if let Event::Paste(text) = event {
                    commands.push(Command::Paste(text.clone()));
                }
            }
        }
    });
}
