//! A table as an app shows it: heads that sort, rows of which only those in view are asked for, the keyboard, menus.
//!
//! A [`Grid`] owns nothing and acts on nothing: it asks for the [`Line`]s in view and returns what a person did as
//! [`GridEvent`]s. Places are those of the screen, from 0. [`GridView`] is what only the picture knows.

use super::{
    pane, rows,
    table::{self, Column, RowState, Sort},
    text,
};
use egui::{
    Align2, Color32, Id, Key, Modifiers, Popup, Rect, Response, Role, Sense, Ui, WidgetInfo, pos2, vec2,
};
use widgets::{
    controls::{EmptyState, MenuEntry, Spinner, context_menu},
    fonts,
    icons::{Icon, paint_icon},
    theme::{Theme, space, type_size},
};

/// Points that a level of a tree is further to the right.
const INDENT: f32 = 16.0;
/// Points that the triangle of a tree takes.
const FOLD: f32 = 16.0;

/// How a cell looks.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) enum Look {
    /// The main text of a row.
    Strong,
    #[default]
    Quiet,
    /// A path, a name of a call.
    Code,
    Warning,
    Danger,
}

/// What stands before the text of a cell.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Mark {
    Emoji(&'static str),
    Dot(Color32),
}

/// What one cell shows.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cell {
    pub(crate) text: String,
    pub(crate) look: Look,
    pub(crate) mark: Option<Mark>,
}

impl Cell {
    pub(crate) fn quiet(text: impl Into<String>) -> Self {
        Cell { text: text.into(), ..Cell::default() }
    }

    pub(crate) fn strong(text: impl Into<String>) -> Self {
        Cell { look: Look::Strong, ..Cell::quiet(text) }
    }

    pub(crate) fn code(text: impl Into<String>) -> Self {
        Cell { look: Look::Code, ..Cell::quiet(text) }
    }

    pub(crate) fn look(self, look: Look) -> Self {
        Cell { look, ..self }
    }

    pub(crate) fn mark(self, mark: Mark) -> Self {
        Cell { mark: Some(mark), ..self }
    }
}

/// One row.
#[derive(Clone, Debug, Default)]
pub(crate) struct Line {
    /// For the accessibility tree.
    pub(crate) name: String,
    /// Unique in the table; keeps the row's identity while it moves.
    pub(crate) key: u64,
    pub(crate) cells: Vec<Cell>,
    /// How deep it is in a tree.
    pub(crate) depth: u8,
    /// Whether what is below it is shown; `None` where nothing is.
    pub(crate) unfolded: Option<bool>,
}

/// What a person did.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum GridEvent {
    Pick(usize),
    PickNone,
    /// The keyboard moves the choice by so many rows.
    Move(isize),
    SortBy(Sort),
    /// Shows or hides what is below a row.
    Fold(usize, bool),
    /// A double click, or Enter.
    Open(usize),
    /// An entry of the row's menu.
    Menu(usize, String),
}

/// What came of drawing.
#[derive(Debug)]
pub(crate) struct GridOutput {
    pub(crate) events: Vec<GridEvent>,
    /// Whether keys are meant for the table now.
    pub(crate) has_keys: bool,
}

/// What stands in the place of rows.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Instead<'a> {
    Loading(&'a str),
    Empty(Icon, &'a str, &'a str),
}

/// What only the picture knows of a table.
#[derive(Clone, Debug, Default)]
pub(crate) struct GridView {
    revealed: u64,
    /// Rows that fit on the screen.
    page: usize,
}

/// See the module documentation.
pub(crate) struct Grid<'a> {
    /// For the accessibility tree.
    pub(crate) name: &'static str,
    pub(crate) columns: &'a [Column],
    /// Heads sort where this is there.
    pub(crate) sort: Option<Sort>,
    /// Height of a row, points.
    pub(crate) row_height: f32,
    /// Whether it stays at its end while the end is in view.
    pub(crate) follows: bool,
    /// Rows.
    pub(crate) count: usize,
    /// Place of the chosen row.
    pub(crate) chosen: Option<usize>,
    /// See [`super::listing::Listing::reveal`].
    pub(crate) reveal: u64,
    /// Whether the window has the keyboard.
    pub(crate) focused: bool,
    /// Said where there are no rows.
    pub(crate) instead: Instead<'a>,
}

impl Grid<'_> {
    /// Draws it in `area`. `menu` gives the entries for a row, for which nothing else is done.
    pub(crate) fn show(
        self,
        ui: &mut Ui,
        area: Rect,
        view: &mut GridView,
        menu: impl Fn(usize) -> Vec<MenuEntry>,
        mut line: impl FnMut(usize) -> Line,
    ) -> GridOutput {
        let theme = Theme::of(ui);
        let mut events = Vec::new();
        let inset = vec2(space::S, 0.0);
        let (head, body) = pane::split_top(area, table::HEAD);
        let id = ui.scope_id().with(self.name);
        let heads = table::heads(ui, id.with("heads"), head.shrink2(inset), self.columns, self.sort);
        if let (Some(column), Some(sort)) = (heads, self.sort) {
            let figures = self.columns[column].align == Align2::RIGHT_CENTER;
            events.push(GridEvent::SortBy(sort.clicked(column, figures)));
        }
        let list = rows::list_keyboard(ui, id, body, self.name, self.focused);
        if list.free_area_clicked {
            events.push(GridEvent::PickNone);
        }
        if list.arrived && self.chosen.is_none() {
            events.push(GridEvent::Move(1));
        }
        if list.has_keys {
            self.keys(ui, view, &mut line, &mut events);
        }
        view.page = (body.height() / self.row_height) as usize;
        if self.count == 0 {
            instead_ui(ui, body, self.instead);
            return GridOutput { events, has_keys: list.has_keys };
        }
        let reveal = (self.reveal != view.revealed).then_some(self.chosen).flatten();
        view.revealed = self.reveal;
        let draw = |ui: &mut Ui, at: usize, place: Rect| {
            let line = line(at);
            let state = RowState::new(self.chosen == Some(at), list.has_keys);
            let row = id.with(line.key);
            let response = table::row(ui, row, place, state, Role::Row, &line.name);
            line_ui(ui, &theme, row, place, self.columns, &line, state, at, &mut events);
            pressed(ui, id, &response, at, &menu, &mut events);
        };
        pane::pane(ui, body, self.name, inset, |ui| {
            if self.follows {
                rows::following_rows(ui, "scroll", self.row_height, self.count, reveal, draw);
            } else {
                rows::virtual_rows(ui, "scroll", self.row_height, self.count, reveal, draw);
            }
        });
        GridOutput { events, has_keys: list.has_keys }
    }

    fn keys(
        &self,
        ui: &Ui,
        view: &GridView,
        line: &mut impl FnMut(usize) -> Line,
        events: &mut Vec<GridEvent>,
    ) {
        if let Some((by, _)) = rows::vertical_move(ui, view.page) {
            events.push(GridEvent::Move(by));
        }
        let pressed = |key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
        if pressed(Key::Escape) {
            events.push(GridEvent::PickNone);
        }
        let Some(at) = self.chosen else { return };
        if pressed(Key::Enter) {
            events.push(GridEvent::Open(at));
        }
        for (key, unfold) in [(Key::ArrowLeft, false), (Key::ArrowRight, true)] {
            if ui.input(|input| input.key_pressed(key)) && line(at).unfolded == Some(!unfold) {
                events.push(GridEvent::Fold(at, unfold));
            }
        }
    }
}

fn pressed(
    ui: &Ui,
    list: Id,
    response: &Response,
    at: usize,
    menu: &impl Fn(usize) -> Vec<MenuEntry>,
    events: &mut Vec<GridEvent>,
) {
    if response.clicked() || response.secondary_clicked() {
        events.push(GridEvent::Pick(at));
        ui.memory_mut(|memory| memory.request_focus(list));
    }
    if response.double_clicked() {
        events.push(GridEvent::Open(at));
    }
    // The entries are made for the one row whose menu is open.
    let popup = Popup::default_response_id(response);
    if response.secondary_clicked() || Popup::is_id_open(ui.ctx(), popup) {
        let entries = menu(at);
        if !entries.is_empty()
            && let Some(chosen) = context_menu(response, &entries)
        {
            events.push(GridEvent::Menu(at, chosen));
        }
    }
}

fn instead_ui(ui: &mut Ui, body: Rect, instead: Instead<'_>) {
    match instead {
        Instead::Loading(what) => pane::pane(ui, body, "loading", vec2(0.0, body.height() * 0.4), |ui| {
            ui.vertical_centered(|ui| ui.add(Spinner::new(what).size(24.0)));
        }),
        Instead::Empty(icon, title, words) => pane::pane(ui, body, "empty", vec2(space::L, 0.0), |ui| {
            EmptyState::new(icon, title, words).show(ui);
        }),
    }
}

#[allow(clippy::too_many_arguments)] // one row's facts and where its events go
fn line_ui(
    ui: &mut Ui,
    theme: &Theme,
    row: Id,
    place: Rect,
    columns: &[Column],
    line: &Line,
    state: RowState,
    at: usize,
    events: &mut Vec<GridEvent>,
) {
    let places = table::cells(columns, place);
    for (index, ((cell, column), place)) in line.cells.iter().zip(columns).zip(places).enumerate() {
        let Some(mut place) = place else { continue };
        if index == 0 && (line.depth > 0 || line.unfolded.is_some()) {
            place.min.x = (place.min.x + f32::from(line.depth) * INDENT).min(place.max.x);
            if let Some(unfolded) = line.unfolded
                && fold_ui(ui, theme, row, place, &line.name, unfolded, state)
            {
                events.push(GridEvent::Fold(at, !unfolded));
            }
            place.min.x = (place.min.x + FOLD).min(place.max.x);
        }
        cell_ui(ui, theme, place, column, cell, state);
    }
}

/// The triangle before a row of a tree; whether it was pressed.
fn fold_ui(
    ui: &mut Ui,
    theme: &Theme,
    row: Id,
    place: Rect,
    name: &str,
    unfolded: bool,
    state: RowState,
) -> bool {
    let centre = pos2(place.left() + 5.0, place.center().y);
    let area = Rect::from_center_size(centre, vec2(16.0, place.height()));
    let response = ui.interact(area, row.with("fold"), Sense::CLICK);
    let words =
        if unfolded { format!("Hide what {name} started") } else { format!("Show what {name} started") };
    response.widget_info(|| WidgetInfo::labeled(Role::Button, ui.is_enabled(), &words));
    let icon = if unfolded { Icon::CaretDown } else { Icon::CaretRight };
    paint_icon(ui.painter(), centre, icon, 10.0, state.colours(theme).1);
    response.clicked()
}

fn cell_ui(ui: &Ui, theme: &Theme, mut place: Rect, column: &Column, cell: &Cell, state: RowState) {
    let (strong, quiet) = state.colours(theme);
    match cell.mark {
        None => {}
        Some(Mark::Emoji(emoji)) => {
            let at = pos2(place.left() + 8.0, place.center().y);
            ui.painter().text(at, Align2::CENTER_CENTER, emoji, fonts::emoji(14.0), Color32::WHITE);
            place.min.x = (place.min.x + 24.0).min(place.max.x);
        }
        Some(Mark::Dot(colour)) => {
            ui.painter().circle_filled(pos2(place.left() + 4.0, place.center().y), 3.5, colour);
            place.min.x = (place.min.x + 14.0).min(place.max.x);
        }
    }
    let on_accent = state == RowState::Selected;
    let (font, colour) = match cell.look {
        Look::Strong => (fonts::control(), strong),
        Look::Quiet => (fonts::regular(type_size::LABEL), quiet),
        Look::Code => (fonts::mono(type_size::CAPTION + 1.0), strong),
        Look::Warning => {
            (fonts::regular(type_size::LABEL), if on_accent { quiet } else { theme.warning.text })
        }
        Look::Danger => (fonts::regular(type_size::LABEL), if on_accent { quiet } else { theme.danger.text }),
    };
    text::line(ui, place, &cell.text, font, colour, column.align);
}
