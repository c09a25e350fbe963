//! Menus of the menu bar, of entries and of the free area, and the commands behind their ids.

use super::super::{
    history::Way,
    model::{Command, HOME, Layout, Model, Place},
};
use widgets::{Menu, MenuItem, controls::MenuEntry, icons::Icon};

fn item(id: &str, label: &str, keys: &str, enabled: bool) -> MenuItem {
    MenuItem { enabled, ..MenuItem::new(id, label, keys) }
}

fn check(id: &str, label: &str, keys: &str, checked: bool) -> MenuItem {
    MenuItem { checked, ..MenuItem::new(id, label, keys) }
}

fn line() -> MenuItem {
    MenuItem::new("", "-", "")
}

/// The window's menus in the menu bar.
pub(in crate::files) fn menus(model: &Model) -> Vec<Menu> {
    vec![file_menu(model), edit_menu(model), view_menu(model), go_menu(model)]
}

fn file_menu(model: &Model) -> Menu {
    let (chosen, one) = (!model.selection.is_empty(), model.only().is_some());
    let folder = !model.in_trash();
    let mut items = vec![
        item("open", "Open", "Enter", chosen && folder),
        item("new_folder", "New folder", "F7", folder),
        item("new_file", "New file", "Shift+F7", folder),
        item("terminal", "Open in Terminal", "", folder),
        item("git", "Open in Git", "", folder),
        line(),
        item("rename", "Rename", "F2", one && folder),
        item("properties", "Properties", "Alt+Enter", true),
        item("why", "Why?", "", folder || one),
        line(),
    ];
    if folder {
        items.push(item("delete", "Move to trash", "Del", chosen));
        items.push(item("erase", "Delete for good…", "Shift+Del", chosen));
    } else {
        items.push(item("restore", "Restore", "", chosen));
        items.push(item("erase", "Delete for good…", "Del", chosen));
        items.push(item("empty_trash", "Empty trash…", "", !model.trash.is_empty()));
    }
    Menu { title: "File".into(), items }
}

fn edit_menu(model: &Model) -> Menu {
    let named = |verb: &str, what: &Option<String>| match what {
        Some(what) => format!("{verb} {what}"),
        None => verb.to_owned(),
    };
    let (chosen, folder) = (!model.selection.is_empty(), !model.in_trash());
    Menu {
        title: "Edit".into(),
        items: vec![
            item("undo", &named("Undo", &model.undo), "Ctrl+Z", model.undo.is_some()),
            item("redo", &named("Redo", &model.redo), "Ctrl+Y", model.redo.is_some()),
            line(),
            item("cut", "Cut", "Ctrl+X", chosen && folder),
            item("copy", "Copy", "Ctrl+C", chosen && folder),
            item("paste", "Paste", "Ctrl+V", folder),
            item("duplicate", "Duplicate", "Ctrl+D", chosen && folder),
            item("copy_path", "Copy path", "", folder),
            line(),
            item("all", "Select all", "Ctrl+A", !model.shown.is_empty()),
            item("find", "Find", "Ctrl+F", true),
        ],
    }
}

fn view_menu(model: &Model) -> Menu {
    Menu {
        title: "View".into(),
        items: vec![
            check("grid", "As icons", "Ctrl+1", model.layout == Layout::Grid),
            check("list", "As list", "Ctrl+2", model.layout == Layout::List),
            check("compact", "Compact", "Ctrl+3", model.layout == Layout::Compact),
            check("hidden", "Show hidden files", "Ctrl+H", model.show_hidden),
            item("reload", "Reload", "F5", true),
        ],
    }
}

fn go_menu(model: &Model) -> Menu {
    Menu {
        title: "Go".into(),
        items: vec![
            item("back", "Back", "Ctrl+[", model.can_go_back()),
            item("forward", "Forward", "Ctrl+]", model.can_go_forward()),
            item("up", "Up", "Backspace", model.parent().is_some()),
            line(),
            item("home", "Home", "", true),
            item("trash", "Trash", "", true),
            item("path", "Go to folder…", "Ctrl+L", true),
        ],
    }
}

/// Menu of an entry.
pub(super) fn of_entry(model: &Model) -> Vec<MenuEntry> {
    let one = model.selection.len() <= 1;
    let why = [
        MenuEntry::item("properties", "Properties")
            .with_icon(Icon::Info)
            .with_keys("Alt+Enter")
            .enabled_if(one),
        MenuEntry::item("why", "Why?").with_icon(Icon::Question).enabled_if(one),
    ];
    let mut entries = if model.in_trash() {
        vec![
            MenuEntry::item("restore", "Restore").with_icon(Icon::ArrowCounterClockwise),
            MenuEntry::Separator,
        ]
    } else {
        vec![
            MenuEntry::item("open", "Open").with_icon(Icon::ArrowSquareOut).with_keys("Enter"),
            MenuEntry::item("terminal", "Open in Terminal").with_icon(Icon::Terminal).enabled_if(one),
            MenuEntry::item("git", "Open in Git").with_icon(Icon::GitBranch).enabled_if(one),
            MenuEntry::Separator,
            MenuEntry::item("cut", "Cut").with_icon(Icon::Scissors).with_keys("Ctrl+X"),
            MenuEntry::item("copy", "Copy").with_icon(Icon::Copy).with_keys("Ctrl+C"),
            MenuEntry::item("duplicate", "Duplicate").with_icon(Icon::Files).with_keys("Ctrl+D"),
            MenuEntry::item("copy_path", "Copy path").with_icon(Icon::Link),
            MenuEntry::item("rename", "Rename").with_icon(Icon::PencilSimple).with_keys("F2").enabled_if(one),
            MenuEntry::Separator,
        ]
    };
    entries.extend(why);
    entries.push(MenuEntry::Separator);
    entries.push(if model.in_trash() {
        MenuEntry::item("erase", "Delete for good…").with_icon(Icon::Trash).with_keys("Del").dangerous()
    } else {
        MenuEntry::item("delete", "Move to trash").with_icon(Icon::Trash).with_keys("Del").dangerous()
    });
    entries
}

/// Menu of the free area.
pub(super) fn of_background(model: &Model) -> Vec<MenuEntry> {
    if model.in_trash() {
        let some = !model.trash.is_empty();
        return vec![
            MenuEntry::item("empty_trash", "Empty trash…")
                .with_icon(Icon::Trash)
                .dangerous()
                .enabled_if(some),
            MenuEntry::item("reload", "Reload").with_icon(Icon::ArrowClockwise).with_keys("F5"),
        ];
    }
    vec![
        MenuEntry::item("new_folder", "New folder").with_icon(Icon::FolderPlus).with_keys("F7"),
        MenuEntry::item("new_file", "New file").with_icon(Icon::FilePlus).with_keys("Shift+F7"),
        MenuEntry::item("paste", "Paste").with_icon(Icon::Clipboard).with_keys("Ctrl+V"),
        MenuEntry::Separator,
        MenuEntry::item("grid", "As icons").checked_if(model.layout == Layout::Grid),
        MenuEntry::item("list", "As list").checked_if(model.layout == Layout::List),
        MenuEntry::item("compact", "Compact").checked_if(model.layout == Layout::Compact),
        MenuEntry::item("hidden", "Show hidden files").checked_if(model.show_hidden),
        MenuEntry::Separator,
        MenuEntry::item("folder_terminal", "Open in Terminal").with_icon(Icon::Terminal),
        MenuEntry::item("folder_git", "Open in Git").with_icon(Icon::GitBranch),
        MenuEntry::item("copy_path", "Copy path of this folder").with_icon(Icon::Link),
        MenuEntry::item("reload", "Reload").with_icon(Icon::ArrowClockwise).with_keys("F5"),
        MenuEntry::item("folder_properties", "Properties").with_icon(Icon::Info),
        MenuEntry::item("folder_why", "Why?").with_icon(Icon::Question),
    ]
}

/// The commands behind the id of a menu entry.
pub(in crate::files) fn command_of(id: &str, model: &Model) -> Vec<Command> {
    let one = match id {
        "open" => Command::OpenSelected,
        "rename" => Command::BeginRename,
        "copy_path" => Command::CopyPath,
        "delete" => Command::Delete,
        "erase" => Command::AskErase,
        "restore" => Command::Restore,
        "empty_trash" => Command::AskEmptyTrash,
        "new_folder" => Command::NewFolder,
        "new_file" => Command::NewFile,
        "undo" => Command::TakeBack(Way::Undo),
        "redo" => Command::TakeBack(Way::Redo),
        "cut" => Command::Cut,
        "copy" => Command::Copy,
        "paste" => Command::WantPaste,
        "duplicate" => Command::Duplicate,
        "all" => Command::PickAll,
        "find" => Command::FocusFilter,
        "properties" => Command::ToggleProperties,
        "why" => Command::Why,
        "terminal" => Command::OpenIn("terminal"),
        "folder_terminal" => return vec![Command::PickNone, Command::OpenIn("terminal")],
        "git" => Command::OpenIn("git"),
        "folder_git" => return vec![Command::PickNone, Command::OpenIn("git")],
        // What is chosen is not what the click was about.
        "folder_why" => return vec![Command::PickNone, Command::Why],
        "folder_properties" if model.details.is_some() => return vec![Command::PickNone],
        "folder_properties" => return vec![Command::PickNone, Command::ToggleProperties],
        "grid" => Command::Show(Layout::Grid),
        "list" => Command::Show(Layout::List),
        "compact" => Command::Show(Layout::Compact),
        "hidden" => Command::ToggleHidden,
        "reload" => Command::Reload,
        "back" => Command::Back,
        "forward" => Command::Forward,
        "up" => Command::Up,
        "home" => Command::Go(Place::Folder(HOME.into())),
        "trash" => Command::Go(Place::Trash),
        "path" => Command::EditPath(true),
        _ => return Vec::new(),
    };
    vec![one]
}
