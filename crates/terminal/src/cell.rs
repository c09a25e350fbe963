//! One character cell with its style, and a row of them.

use crate::Color;
use alacritty_terminal::{
    grid::Row as GridRow,
    term::cell::{Cell as GridCell, Flags},
};

/// How many columns a cell's character takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CellWidth {
    /// One.
    Narrow,
    /// Two: this and the next, which is a [`CellWidth::Spacer`].
    Wide,
    /// None: the right half of a wide one, or the gap before one that did not fit into the line.
    Spacer,
}

/// The line below a character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Underline {
    /// No line.
    None,
    /// One line.
    Single,
    /// Two lines.
    Double,
    /// A wave.
    Curly,
    /// Dots.
    Dotted,
    /// Dashes.
    Dashed,
}

/// A cell of the screen, borrowed from it.
#[derive(Clone, Copy, Debug)]
pub struct Cell<'a>(&'a GridCell);

impl<'a> Cell<'a> {
    /// The character; a space where there is none.
    #[must_use]
    pub fn character(self) -> char {
        self.0.c
    }

    /// Combining characters upon it, at most 16.
    #[must_use]
    pub fn combining(self) -> &'a [char] {
        self.0.zerowidth().unwrap_or_default()
    }

    /// Columns it takes.
    #[must_use]
    pub fn width(self) -> CellWidth {
        if self.has(Flags::WIDE_CHAR) {
            CellWidth::Wide
        } else if self.0.flags.intersects(Flags::WIDE_CHAR_SPACER | Flags::LEADING_WIDE_CHAR_SPACER) {
            CellWidth::Spacer
        } else {
            CellWidth::Narrow
        }
    }

    /// Text colour before [`Cell::is_inverse`] is applied.
    #[must_use]
    pub fn foreground(self) -> Color {
        Color::new(self.0.fg)
    }

    /// Background colour before [`Cell::is_inverse`] is applied.
    #[must_use]
    pub fn background(self) -> Color {
        Color::new(self.0.bg)
    }

    /// The line below it.
    #[must_use]
    pub fn underline(self) -> Underline {
        let lines = [
            (Flags::UNDERLINE, Underline::Single),
            (Flags::DOUBLE_UNDERLINE, Underline::Double),
            (Flags::UNDERCURL, Underline::Curly),
            (Flags::DOTTED_UNDERLINE, Underline::Dotted),
            (Flags::DASHED_UNDERLINE, Underline::Dashed),
        ];
        lines.into_iter().find(|(flag, _)| self.has(*flag)).map_or(Underline::None, |(_, line)| line)
    }

    /// The colour of the line below it, where it is not the text's.
    #[must_use]
    pub fn underline_color(self) -> Option<Color> {
        self.0.underline_color().map(Color::new)
    }

    /// Bold text.
    #[must_use]
    pub fn is_bold(self) -> bool {
        self.has(Flags::BOLD)
    }

    /// Italic text.
    #[must_use]
    pub fn is_italic(self) -> bool {
        self.has(Flags::ITALIC)
    }

    /// Faint text.
    #[must_use]
    pub fn is_dim(self) -> bool {
        self.has(Flags::DIM)
    }

    /// Struck through.
    #[must_use]
    pub fn is_struck(self) -> bool {
        self.has(Flags::STRIKEOUT)
    }

    /// Text and background colour change places.
    #[must_use]
    pub fn is_inverse(self) -> bool {
        self.has(Flags::INVERSE)
    }

    /// The character is not shown.
    #[must_use]
    pub fn is_hidden(self) -> bool {
        self.has(Flags::HIDDEN)
    }

    /// The address it links to.
    #[must_use]
    pub fn link(self) -> Option<String> {
        self.0.hyperlink().map(|link| link.uri().to_owned())
    }

    /// Whether it shows nothing but its background.
    #[must_use]
    pub fn is_blank(self) -> bool {
        self.0.c == ' ' && self.combining().is_empty()
    }

    fn has(self, flag: Flags) -> bool {
        self.0.flags.contains(flag)
    }
}

/// A row of the screen.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a>(pub(crate) &'a GridRow<GridCell>);

impl<'a> Row<'a> {
    /// Its cells from left to right.
    pub fn cells(self) -> impl ExactSizeIterator<Item = Cell<'a>> {
        self.0[..].iter().map(Cell)
    }

    /// The cell of a column, where there is one.
    #[must_use]
    pub fn cell(self, col: usize) -> Option<Cell<'a>> {
        self.0[..].get(col).map(Cell)
    }

    /// Whether the line goes on in the next row.
    #[must_use]
    pub fn is_wrapped(self) -> bool {
        self.0.last().is_some_and(|cell| cell.flags.contains(Flags::WRAPLINE))
    }

    /// Its characters, without spaces at the end and without hidden ones.
    #[must_use]
    pub fn text(self) -> String {
        let mut text = String::with_capacity(self.0.len());
        for cell in self.cells().filter(|cell| cell.width() != CellWidth::Spacer) {
            // A tab stands in the cell where it began.
            text.push(if cell.character() == '\t' || cell.is_hidden() { ' ' } else { cell.character() });
            text.extend(cell.combining());
        }
        text.truncate(text.trim_end().len());
        text
    }
}
