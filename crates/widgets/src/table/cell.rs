//! One cell: what it shows, and how it is painted.

use crate::fonts;
use crate::icons::{Icon, paint_icon};
use crate::theme::{Theme, mix, type_size};
use egui::text::{LayoutJob, TextWrapping};
use egui::{Align, Color32, FontId, Rect, Ui, pos2};
use std::borrow::Cow;

/// What one cell shows.
#[derive(Clone, Debug, Default)]
pub struct Cell<'a> {
    /// The text; cut with an ellipsis.
    pub text: Cow<'a, str>,
    /// A symbol before it.
    pub icon: Option<Icon>,
    /// An emoji before it.
    pub emoji: Option<Cow<'a, str>>,
    /// Another colour than the row's.
    pub colour: Option<Color32>,
    /// Whether it is quieter than the first column.
    pub quiet: bool,
    /// Whether it is code or a figure that stands in columns.
    pub mono: bool,
}

impl<'a> Cell<'a> {
    /// A cell with a text.
    pub fn text(text: impl Into<Cow<'a, str>>) -> Self {
        Cell { text: text.into(), ..Cell::default() }
    }

    /// A quieter cell.
    #[must_use]
    pub fn quiet(text: impl Into<Cow<'a, str>>) -> Self {
        Cell { quiet: true, ..Cell::text(text) }
    }

    /// A cell in the font for code.
    #[must_use]
    pub fn mono(text: impl Into<Cow<'a, str>>) -> Self {
        Cell { mono: true, ..Cell::text(text) }
    }

    /// Puts a symbol before the text.
    #[must_use]
    pub fn with_icon(mut self, icon: Icon) -> Self {
        self.icon = Some(icon);
        self
    }

    /// Puts an emoji before the text.
    #[must_use]
    pub fn with_emoji(mut self, emoji: impl Into<Cow<'a, str>>) -> Self {
        self.emoji = Some(emoji.into());
        self
    }

    /// Another colour.
    #[must_use]
    pub fn coloured(mut self, colour: Color32) -> Self {
        self.colour = Some(colour);
        self
    }
}

/// Colours of a row.
pub(super) struct RowColours {
    pub(super) fill: Color32,
    text: Color32,
    quiet: Color32,
    /// Whether cells may have colours of their own.
    own_colours: bool,
}

impl RowColours {
    pub(super) fn new(theme: &Theme, selected: bool, focused: bool) -> Self {
        let (text, quiet) = (theme.text.primary, theme.text.secondary);
        match (selected, focused) {
            (true, true) => {
                let on = theme.accent.on;
                RowColours {
                    fill: theme.accent.fill,
                    text: on,
                    quiet: mix(on, theme.accent.fill, 0.08),
                    own_colours: false,
                }
            }
            (true, false) => RowColours { fill: theme.control.selected, text, quiet, own_colours: true },
            (false, _) => RowColours { fill: Color32::TRANSPARENT, text, quiet, own_colours: true },
        }
    }
}

/// Paints one cell in its place.
pub(super) fn paint_cell(ui: &Ui, cell: &Cell<'_>, mut place: Rect, align: Align, colours: &RowColours) {
    if place.width() < 4.0 {
        return;
    }
    let base = if cell.quiet { colours.quiet } else { colours.text };
    let colour = cell.colour.filter(|_| colours.own_colours).unwrap_or(base);
    let y = place.center().y;
    if let Some(icon) = cell.icon {
        paint_icon(ui.painter(), pos2(place.left() + 8.0, y), icon, 16.0, colour);
        place.min.x += 24.0;
    } else if let Some(emoji) = &cell.emoji {
        let at = pos2(place.left() + 8.0, y);
        ui.painter().text(at, egui::Align2::CENTER_CENTER, emoji, fonts::emoji(15.0), Color32::WHITE);
        place.min.x += 24.0;
    }
    let galley = cut_line(ui, &cell.text, cell_font(cell), colour, place.width());
    let x = match align {
        Align::Min => place.left(),
        Align::Center => place.center().x - galley.size().x / 2.0,
        Align::Max => place.right() - galley.size().x,
    };
    ui.painter().galley(pos2(x, y - galley.size().y / 2.0), galley, colour);
}

fn cell_font(cell: &Cell<'_>) -> FontId {
    match (cell.mono, cell.quiet) {
        (true, _) => fonts::mono(type_size::LABEL),
        (false, true) => fonts::regular(type_size::LABEL),
        (false, false) => fonts::regular(type_size::BODY - 0.5),
    }
}

/// One line cut with an ellipsis at a width in points.
pub(super) fn cut_line(
    ui: &Ui,
    text: &str,
    font: FontId,
    colour: Color32,
    width: f32,
) -> std::sync::Arc<egui::Galley> {
    let mut job = LayoutJob::simple_singleline(text.to_owned(), font, colour);
    job.wrap = TextWrapping::truncate_at_width(width.max(1.0));
    ui.ctx().fonts_mut(|fonts| fonts.layout_job(job))
}
