//! Draws Files: side bar, tool bar, what is in the folder or the trash, what goes on, the panel of properties.

mod bars;
mod content;
mod entries;
mod keys;
mod menus;
mod panel;
mod path;
mod pointer;
mod rename;
mod sheets;
mod sidebar;
mod toolbar;

pub(super) use menus::{command_of, menus};

use super::model::{Command, Model};
use crate::common::pane::{self, SIDEBAR, STATUS, TOOLBAR};
use egui::{Id, Rect, Ui, vec2};
use pointer::Press;
use widgets::theme::{Theme, space};

/// Below this width of the window the side bar is left out, in points.
const SIDEBAR_FROM: f32 = 460.0;
/// Width of the panel of properties, in points.
const PANEL: f32 = 268.0;
/// Beside the panel the content keeps this width, or the panel takes its place.
const CONTENT_FROM: f32 = 220.0;

/// What only the picture knows.
#[derive(Default)]
pub(super) struct View {
    /// Whether the window has the keyboard.
    pub(super) focused: bool,
    /// The last `Model::reveal` that was followed.
    revealed: u64,
    /// The last `Model::wants_filter` that was followed.
    filter_focused: u64,
    /// The new name while it is being written, and the entry it belongs to.
    rename: Option<(usize, String)>,
    /// The path while it is being written.
    path: Option<String>,
    /// Positions in one row of the picture, for the arrow keys.
    columns: usize,
    /// Rows in view, for the page keys.
    rows: usize,
    /// What the pointer holds.
    press: Option<Press>,
    /// Held files are above a folder of the list.
    over_folder: bool,
    /// Entries in view.
    cells: Vec<Cell>,
    /// The name that was asked about last; its answer got the keyboard.
    asked: Option<String>,
    /// Whether an answer is for all of its kind.
    for_all: bool,
    /// Rows of *what made it* that show their chain.
    opened: Vec<usize>,
}

/// An entry in view.
#[derive(Clone, Copy, Debug)]
struct Cell {
    /// Position in `shown`.
    at: usize,
    rect: Rect,
    /// Where a press takes hold of it; beside that a rubber band begins.
    handle: Rect,
}

/// Draws the window's content.
pub(super) fn draw(ui: &mut Ui, model: &Model, view: &mut View, commands: &mut Vec<Command>) {
    let theme = Theme::of(ui);
    let whole = ui.max_rect();
    let narrow = whole.width() < SIDEBAR_FROM;
    let (side, main) = pane::split_left(whole, if narrow { 0.0 } else { SIDEBAR });
    if !narrow {
        pane::sidebar_back(ui, &theme, side);
        pane::pane(ui, side, "side", vec2(space::S, space::S), |ui| sidebar::draw(ui, model, commands));
    }
    let (top, rest) = pane::split_top(main, TOOLBAR);
    let (rest, bottom) = pane::split_bottom(rest, STATUS);
    pane::toolbar_back(ui, &theme, top);
    pane::bar(ui, top, "tools", space::S, |ui| toolbar::draw(ui, model, view, commands));
    let (mut content, panel) = match &model.details {
        None => (rest, None),
        Some(_) if rest.width() < PANEL + CONTENT_FROM => (Rect::NOTHING, Some(rest)),
        Some(_) => {
            let (content, panel) = pane::split_right(rest, PANEL);
            (content, Some(panel))
        }
    };
    if content.is_positive() {
        content = bars::draw(ui, &theme, content, model, view, commands);
        pane::pane(ui, content, "content", vec2(0.0, 0.0), |ui| content::draw(ui, model, view, commands));
    }
    if let (Some(rect), Some(details)) = (panel, &model.details) {
        panel::draw(ui, &theme, rect, model, details, view, commands);
    }
    pane::status_back(ui, &theme, bottom);
    pane::bar(ui, bottom, "status", space::M, |ui| bars::status_ui(ui, &theme, model, commands));
    keys::of_window(ui, model, view, commands);
}

/// Id of the list; `ui` is that of the content.
fn list_id(ui: &Ui) -> Id {
    ui.scope_id().with("list")
}

/// Id of an entry's row. In the trash names may come twice.
fn entry_id(list: Id, name: &str, index: usize, trash: bool) -> Id {
    if trash { list.with(("item", index)) } else { list.with(("entry", name)) }
}
