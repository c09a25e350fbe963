//! Draws Files: side bar, tool bar, the folder as icons or as a list, status line.

mod entries;
mod toolbar;

use super::{
    model::{Command, HOME, Layout, Listing, Model, Pick},
    names::parent,
};
use crate::common::{
    format,
    pane::{self, SIDEBAR, STATUS, TOOLBAR},
    rows, text,
};
use egui::{Align2, Event, Id, Key, Modifiers, Rect, Ui, vec2};
use widgets::{
    controls::{
        self, Button, ControlSize, EmptyState, MenuEntry, SidebarItem, Spinner, error_box, section_header,
    },
    fonts,
    icons::Icon,
    theme::{Theme, space, type_size},
};

/// Below this width of the window the side bar is left out, in points.
const SIDEBAR_FROM: f32 = 460.0;

/// What only the picture knows.
#[derive(Default)]
pub(super) struct View {
    /// Whether the window has the keyboard.
    pub(super) focused: bool,
    /// The last `Model::reveal` that was followed.
    revealed: u64,
    /// The new name while it is being written, and the entry it belongs to.
    rename: Option<(usize, String)>,
    /// Positions in one row of the picture, for the arrow keys.
    columns: usize,
    /// Rows in view, for the page keys.
    rows: usize,
}

/// Folders of the side bar: emoji, name, path.
const FAVOURITES: [(&str, &str, &str); 6] = [
    ("🏠", "Home", HOME),
    ("🖥️", "Desktop", "/home/Desktop"),
    ("🗂️", "Documents", "/home/Documents"),
    ("📥", "Downloads", "/home/Downloads"),
    ("🌄", "Pictures", "/home/Pictures"),
    ("🧰", "Apps", "/home/Apps"),
];
const PLACES: [(&str, &str, &str); 3] =
    [("🧩", "Shipped apps", "/apps"), ("⏳", "Temporary", "/tmp"), ("🔬", "Processes", "/proc")];

pub(super) fn draw(ui: &mut Ui, model: &Model, view: &mut View, commands: &mut Vec<Command>) {
    let theme = Theme::of(ui);
    let whole = ui.max_rect();
    let narrow = whole.width() < SIDEBAR_FROM;
    let (side, main) = pane::split_left(whole, if narrow { 0.0 } else { SIDEBAR });
    if !narrow {
        pane::sidebar_back(ui, &theme, side);
        pane::pane(ui, side, "side", vec2(space::S, space::S), |ui| sidebar_ui(ui, model, commands));
    }
    let (top, rest) = pane::split_top(main, TOOLBAR);
    let (content, bottom) = pane::split_bottom(rest, STATUS);
    pane::toolbar_back(ui, &theme, top);
    pane::bar(ui, top, "tools", space::S, |ui| toolbar::draw(ui, model, commands));
    pane::pane(ui, content, "content", vec2(0.0, 0.0), |ui| content_ui(ui, model, view, commands));
    pane::status_back(ui, &theme, bottom);
    pane::bar(ui, bottom, "status", space::M, |ui| status_ui(ui, &theme, model, commands));
}

fn sidebar_ui(ui: &mut Ui, model: &Model, commands: &mut Vec<Command>) {
    egui::ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 1.0;
        let mut group = |ui: &mut Ui, title: &str, places: &[(&'static str, &'static str, &'static str)]| {
            section_header(ui, title);
            for &(emoji, name, path) in places {
                let item = ui.add(SidebarItem::emoji(emoji, name).selected(model.path == path));
                controls::author_id(ui, item.id, format!("place-{}", name.to_lowercase().replace(' ', "-")));
                if item.clicked() {
                    commands.push(Command::Go(path.into()));
                }
            }
        };
        group(ui, "Favourites", &FAVOURITES);
        ui.add_space(space::XS);
        group(ui, "Places", &PLACES);
    });
}

fn content_ui(ui: &mut Ui, model: &Model, view: &mut View, commands: &mut Vec<Command>) {
    let mut area = ui.max_rect();
    if let Some(problem) = &model.problem {
        let top = pane::pane(ui, area, "problem", vec2(space::M, space::S), |ui| {
            error_box(ui, &problem.title, &problem.text);
            let dismiss = ui.add(Button::new("Dismiss").size(ControlSize::Small));
            if dismiss.clicked() {
                commands.push(Command::DismissProblem);
            }
            ui.min_rect().bottom()
        });
        area.min.y = (top + space::S).min(area.max.y);
    }
    let id = list_id(ui);
    let list = rows::list_keyboard(ui, id, area, "Files in this folder", view.focused);
    let keys = list.has_keys;
    if list.free_area_clicked {
        commands.push(Command::PickNone);
    }
    if list.arrived && model.selection.is_empty() {
        commands.push(Command::Move { by: 1, how: Pick::Only });
    }
    if let Some(chosen) = controls::context_menu(&list.response, &background_menu(model)) {
        commands.extend(command_of(&chosen, model));
    }
    if keys && view.rename.is_none() {
        keys_ui(ui, model, view, commands);
    }
    let message = |ui: &mut Ui, icon, title: &str, text: &str, action: Option<&'static str>| {
        pane::pane(ui, area, "message", vec2(space::L, 0.0), |ui| {
            let state = EmptyState::new(icon, title, text);
            let state = if let Some(action) = action { state.action(action) } else { state };
            state.show(ui).is_some_and(|button| button.clicked())
        })
    };
    match &model.listing {
        Listing::Loading if model.entries.is_empty() => {
            pane::pane(ui, area, "loading", vec2(0.0, area.height() * 0.4), |ui| {
                ui.vertical_centered(|ui| ui.add(Spinner::new("Reading the folder").size(24.0)));
            });
        }
        Listing::Failed(problem) => {
            if message(ui, Icon::WarningCircle, &problem.title, &problem.text, Some("Try again")) {
                commands.push(Command::Reload);
            }
        }
        _ if model.shown.is_empty() && !model.filter.is_empty() => {
            let text = format!("Nothing here is called “{}”.", model.filter.trim());
            message(ui, Icon::MagnifyingGlass, "No match", &text, None);
        }
        _ if model.shown.is_empty() => {
            let text = "New files and folders will appear here.";
            if message(ui, Icon::FolderOpen, "This folder is empty", text, Some("New folder")) {
                commands.push(Command::NewFolder);
            }
        }
        _ => entries::draw(ui, area, model, view, commands, keys),
    }
}

/// Keys of the list.
fn keys_ui(ui: &Ui, model: &Model, view: &View, commands: &mut Vec<Command>) {
    let columns = if model.layout == Layout::Grid { view.columns.max(1) } else { 1 };
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
        on(Modifiers::ALT, Key::ArrowLeft, Command::Back);
        on(Modifiers::ALT, Key::ArrowRight, Command::Forward);
        on(Modifiers::ALT, Key::ArrowUp, Command::Up);
        on(Modifiers::NONE, Key::Backspace, Command::Up);
        on(Modifiers::NONE, Key::Enter, Command::OpenSelected);
        on(Modifiers::NONE, Key::F2, Command::BeginRename);
        on(Modifiers::NONE, Key::F5, Command::Reload);
        on(Modifiers::NONE, Key::Delete, Command::AskDelete);
        on(Modifiers::COMMAND | Modifiers::SHIFT, Key::N, Command::NewFolder);
        on(Modifiers::COMMAND, Key::A, Command::PickAll);
        on(Modifiers::NONE, Key::Escape, Command::PickNone);
        if model.layout == Layout::Grid {
            for (key, by) in [(Key::ArrowLeft, -1), (Key::ArrowRight, 1)] {
                on(Modifiers::SHIFT, key, Command::Move { by, how: Pick::Extend });
                on(Modifiers::NONE, key, Command::Move { by, how: Pick::Only });
            }
        }
        for event in &input.events {
            if let Event::Text(text) = event {
                commands.push(Command::TypeAhead { text: text.clone(), now });
            }
        }
    });
}

fn status_ui(ui: &mut Ui, theme: &Theme, model: &Model, commands: &mut Vec<Command>) {
    let mut words = if let Some(activity) = &model.activity {
        activity.clone()
    } else if model.listing == Listing::Loading {
        "Reading…".into()
    } else if matches!(model.listing, Listing::Failed(_)) {
        String::new()
    } else if model.selection.is_empty() {
        format::counted(model.shown.len(), "item", "items")
    } else {
        let size: u64 = model.selection.iter().filter_map(|&i| model.entries.get(i)).map(|e| e.size).sum();
        let of = format::count(model.shown.len() as u64);
        let size = if size > 0 { format!(", {}", format::bytes(size)) } else { String::new() };
        format!("{} of {of} selected{size}", format::count(model.selection.len() as u64))
    };
    let hidden = model.entries.len() - model.shown.len();
    if hidden > 0 && model.filter.is_empty() && model.selection.is_empty() {
        words = format!("{words}, {} hidden", format::count(hidden as u64));
    }
    let stop = model.activity.is_some();
    let room = ui.available_rect_before_wrap();
    let (left, right) = pane::split_right(room, if stop { 70.0 } else { 0.0 });
    text::line(ui, left, &words, fonts::regular(type_size::LABEL), theme.text.secondary, Align2::LEFT_CENTER);
    text::label(ui, ui.scope_id().with("words"), left, &words);
    if stop {
        let place = Rect::from_center_size(right.center(), vec2(60.0, 22.0));
        if Button::new("Stop").size(ControlSize::Small).show_at(ui, place).clicked() {
            commands.push(Command::StopDeleting);
        }
    }
}

/// Menu of an entry.
fn entry_menu(model: &Model) -> Vec<MenuEntry> {
    let one = model.selection.len() <= 1;
    vec![
        MenuEntry::item("open", "Open").with_icon(Icon::ArrowSquareOut).with_keys("Enter"),
        MenuEntry::Separator,
        MenuEntry::item("rename", "Rename").with_icon(Icon::PencilSimple).with_keys("F2").enabled_if(one),
        MenuEntry::item("copy_path", "Copy path").with_icon(Icon::Copy),
        MenuEntry::Separator,
        MenuEntry::item("delete", "Delete…").with_icon(Icon::Trash).with_keys("Del").dangerous(),
    ]
}

/// Menu of the free area.
fn background_menu(model: &Model) -> Vec<MenuEntry> {
    vec![
        MenuEntry::item("new_folder", "New folder").with_icon(Icon::FolderPlus).with_keys("Ctrl+Shift+N"),
        MenuEntry::item("copy_path", "Copy path of this folder").with_icon(Icon::Copy),
        MenuEntry::Separator,
        MenuEntry::item("grid", "As icons").checked_if(model.layout == Layout::Grid),
        MenuEntry::item("list", "As list").checked_if(model.layout == Layout::List),
        MenuEntry::item("hidden", "Show hidden files").checked_if(model.show_hidden),
        MenuEntry::Separator,
        MenuEntry::item("reload", "Reload").with_icon(Icon::ArrowClockwise).with_keys("F5"),
    ]
}

/// The command behind the id of a menu entry.
pub(super) fn command_of(id: &str, model: &Model) -> Option<Command> {
    Some(match id {
        "open" => Command::OpenSelected,
        "rename" => Command::BeginRename,
        "copy_path" => Command::CopyPath,
        "delete" => Command::AskDelete,
        "new_folder" => Command::NewFolder,
        "grid" => Command::Show(Layout::Grid),
        "list" => Command::Show(Layout::List),
        "hidden" => Command::ToggleHidden,
        "reload" => Command::Reload,
        "back" => Command::Back,
        "forward" => Command::Forward,
        "up" => parent(&model.path).map(|_| Command::Up)?,
        "home" => Command::Go(HOME.into()),
        _ => return None,
    })
}

/// Id of the list; `ui` is that of the content.
fn list_id(ui: &Ui) -> Id {
    ui.scope_id().with("list")
}

/// Id of an entry's row.
fn entry_id(list: Id, name: &str) -> Id {
    list.with(("entry", name))
}
