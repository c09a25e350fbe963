//! Where the window is: the folders from the root to here as buttons, or as a path that can be written.

use super::{
    super::{
        model::{Command, HOME, Model, Place},
        names::{join, parent, place},
    },
    View, pointer,
};
use egui::{Align2, Color32, Key, Rect, Ui, pos2, vec2};
use widgets::{
    controls::{Button, ControlSize, TextField, author_id},
    fonts,
    icons::{Icon, paint_icon},
    theme::{Theme, type_size},
};

pub(super) fn draw(ui: &mut Ui, rect: Rect, model: &Model, view: &mut View, commands: &mut Vec<Command>) {
    if model.path_edit {
        return field_ui(ui, rect, model, view, commands);
    }
    view.path = None;
    match model.folder() {
        Some(path) => crumbs_ui(ui, rect, path, commands),
        None => {
            let theme = Theme::of(ui);
            let font = fonts::medium(type_size::LABEL);
            let rect = rect.with_min_x(rect.left() + 10.0);
            crate::common::text::line(ui, rect, "Trash", font, theme.text.primary, Align2::LEFT_CENTER);
        }
    }
}

/// The path as text: Enter goes there, Esc leaves it.
fn field_ui(ui: &mut Ui, rect: Rect, model: &Model, view: &mut View, commands: &mut Vec<Command>) {
    let id = ui.scope_id().with("path");
    let fresh = view.path.is_none();
    let text = view.path.get_or_insert_with(|| model.folder().unwrap_or(HOME).to_owned());
    let field = TextField::new(text, "Path").sized(26.0, fonts::regular(type_size::LABEL)).id(id);
    let response = field.show_at(ui, Rect::from_center_size(rect.center(), vec2(rect.width(), 28.0)));
    author_id(ui, id, "path");
    if fresh {
        response.request_focus();
        let end = egui::text::CCursor::new(text.chars().count());
        let mut state = egui::TextEdit::load_state(ui.ctx(), id).unwrap_or_default();
        state.cursor.set_char_range(Some(egui::text::CCursorRange::two(egui::text::CCursor::new(0), end)));
        state.store(ui.ctx(), id);
        return;
    }
    let (enter, escape) = ui.input(|input| (input.key_pressed(Key::Enter), input.key_pressed(Key::Escape)));
    if response.lost_focus() || !response.has_focus() || escape {
        if enter && !escape {
            commands.push(Command::Go(Place::Folder(absolute(text, model.folder().unwrap_or(HOME)))));
        }
        commands.push(Command::EditPath(false));
    }
}

/// What was written as a path from the root: `~` is home, anything without a slash lies here.
fn absolute(text: &str, here: &str) -> String {
    let text = text.trim();
    let path = match text.strip_prefix('~') {
        Some(rest) => format!("{HOME}/{rest}"),
        None if text.starts_with('/') => text.to_owned(),
        None => join(here, text),
    };
    let mut names: Vec<&str> = Vec::new();
    for name in path.split('/') {
        match name {
            "" | "." => {}
            ".." => drop(names.pop()),
            name => names.push(name),
        }
    }
    format!("/{}", names.join("/"))
}

/// The folders from the root to here, as far as there is room; the nearest are kept.
fn crumbs_ui(ui: &mut Ui, rect: Rect, path: &str, commands: &mut Vec<Command>) {
    const CARET: f32 = 12.0;
    let theme = Theme::of(ui);
    let mut parts = Vec::new();
    let mut at = Some(path.to_owned());
    while let Some(path) = at {
        let name = place(&path).to_owned();
        at = parent(&path);
        parts.push((name, path));
    }
    let font = fonts::medium(type_size::LABEL);
    let measure = |name: &str| {
        let width = ui.painter().layout_no_wrap(name.to_owned(), font.clone(), Color32::PLACEHOLDER).size().x;
        (width + 21.0).min(rect.width())
    };
    let mut shown = Vec::new();
    let mut left = rect.width();
    for (name, path) in parts {
        let width = measure(&name);
        let needs = width + if shown.is_empty() { 0.0 } else { CARET };
        if needs > left && !shown.is_empty() {
            break;
        }
        left -= needs;
        shown.push((name, path, width));
    }
    let mut x = rect.left();
    for (place, (name, path, width)) in shown.into_iter().rev().enumerate() {
        if place > 0 {
            let centre = pos2(x + CARET / 2.0, rect.center().y);
            paint_icon(ui.painter(), centre, Icon::CaretRight, 10.0, theme.text.muted);
            x += CARET;
        }
        let button = Rect::from_min_size(pos2(x, rect.center().y - 13.0), vec2(width, 26.0));
        x += width;
        let crumb = Button::ghost(name.as_str()).size(ControlSize::Small).name(format!("Go to {name}"));
        let response = crumb.id(ui.scope_id().with(("crumb", &path))).show_at(ui, button);
        pointer::drop_on_folder(ui, &response, button, &path, commands);
        if response.clicked() {
            commands.push(Command::Go(Place::Folder(path)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::absolute;

    #[test]
    fn what_is_written_becomes_a_path() {
        for (text, path) in [
            ("/a/b/", "/a/b"),
            ("~", "/home"),
            ("~/x", "/home/x"),
            ("x/y", "/here/x/y"),
            ("..", "/"),
            ("../../..", "/"),
            ("", "/here"),
            ("//a//./b/../c", "/a/c"),
        ] {
            assert_eq!(absolute(text, "/here"), path, "{text}");
        }
    }
}
