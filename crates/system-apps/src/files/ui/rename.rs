//! The field for a new name in the place of the name.

use super::{
    super::{
        kind,
        model::{Command, Deed},
        names::last_name,
    },
    View,
};
use abi::table::{DirEntry, FileKind};
use egui::{
    Id, Key, Rect, Ui,
    text::{CCursor, CCursorRange},
    vec2,
};
use widgets::{controls::TextField, fonts, theme::type_size};

/// Draws it; `false` where this entry is not being renamed.
pub(super) fn draw(
    ui: &mut Ui,
    place: Rect,
    index: usize,
    entry: &DirEntry,
    view: &mut View,
    commands: &mut Vec<Command>,
) -> bool {
    let Some((_, name)) = view.rename.as_mut().filter(|(renamed, _)| *renamed == index) else { return false };
    let id = ui.scope_id().with(("rename", index));
    let fresh = !ui.memory(|memory| memory.had_focus_last_frame(id) || memory.has_focus(id));
    let begun = id.with("begun");
    let started = ui.data(|data| data.get_temp::<bool>(begun)).unwrap_or(false);
    let wrong = !name.trim().is_empty() && super::super::names::wrong(name.trim()).is_some();
    let field = TextField::new(name, format!("New name of {}", last_name(&entry.name)))
        .sized(24.0, fonts::regular(type_size::LABEL))
        .invalid(wrong)
        .id(id);
    let response = field.show_at(ui, place.expand2(vec2(2.0, 2.0)));
    if fresh && !started {
        ui.data_mut(|data| data.insert_temp(begun, true));
        response.request_focus();
        choose_stem(ui, id, entry);
        return true;
    }
    let escaped = ui.input(|input| input.key_pressed(Key::Escape));
    if response.lost_focus() || !response.has_focus() {
        ui.data_mut(|data| data.remove::<bool>(begun));
        let to = name.clone();
        if ui.input(|input| input.key_pressed(Key::Enter)) {
            commands.push(Command::By(Deed::Key("Enter")));
        }
        commands.push(if escaped { Command::CancelRename } else { Command::CommitRename { to } });
    }
    true
}

/// Chooses the name without its extension, as what is most often changed.
fn choose_stem(ui: &Ui, id: Id, entry: &DirEntry) {
    let name = last_name(&entry.name);
    let extension = kind::extension(name);
    let keep =
        if entry.kind == FileKind::File && !extension.is_empty() { extension.chars().count() + 1 } else { 0 };
    let end = name.chars().count().saturating_sub(keep);
    let mut state = egui::TextEdit::load_state(ui.ctx(), id).unwrap_or_default();
    let range = CCursorRange::two(CCursor::new(0), CCursor::new(end));
    state.cursor.set_char_range(Some(range));
    state.store(ui.ctx(), id);
}
