//! Answers to DECRQSS, by which programs ask how something is set: styles of text, the rows that scroll, the cursor's
//! shape. Whether a terminal has true colours is found out in this way.

use crate::handler::Guarded;
use alacritty_terminal::{
    term::cell::{Cell, Flags},
    vte::ansi::{Color, CursorShape, NamedColor},
};
use std::fmt::Write as _;

impl Guarded<'_> {
    /// Answers what is asked for; what is not known is answered as such.
    pub(crate) fn tell_setting(&mut self, name: &str) {
        let set = match name {
            "m" => Some(format!("{}m", styles(&self.term.grid().cursor.template))),
            "r" => {
                let (start, end) = self.region();
                Some(format!("{};{end}r", start + 1))
            }
            " q" => {
                let style = self.term.cursor_style();
                let shape = match style.shape {
                    CursorShape::Underline => 4,
                    CursorShape::Beam => 6,
                    _ => 2,
                };
                Some(format!("{} q", shape - i32::from(style.blinking)))
            }
            _ => None,
        };
        let answer = match set {
            Some(set) => format!("\x1bP1$r{set}\x1b\\"),
            None => "\x1bP0$r\x1b\\".to_owned(),
        };
        self.extras.outbox.with(|said| said.reply(&answer));
    }
}

/// The parameters of SGR that give these styles.
fn styles(cell: &Cell) -> String {
    const WORDS: [(Flags, &str); 11] = [
        (Flags::BOLD, "1"),
        (Flags::DIM, "2"),
        (Flags::ITALIC, "3"),
        (Flags::UNDERLINE, "4"),
        (Flags::DOUBLE_UNDERLINE, "4:2"),
        (Flags::UNDERCURL, "4:3"),
        (Flags::DOTTED_UNDERLINE, "4:4"),
        (Flags::DASHED_UNDERLINE, "4:5"),
        (Flags::INVERSE, "7"),
        (Flags::HIDDEN, "8"),
        (Flags::STRIKEOUT, "9"),
    ];
    let mut said = String::from("0");
    for (_, word) in WORDS.iter().filter(|(flag, _)| cell.flags.contains(*flag)) {
        let _ = write!(said, ";{word}");
    }
    color(&mut said, cell.fg, 30);
    color(&mut said, cell.bg, 40);
    if let Some(line) = cell.underline_color() {
        color(&mut said, line, 50);
    }
    said
}

/// A colour, where it is not the usual one; `base` is 30 for text, 40 for what is behind it, 50 for lines below.
fn color(said: &mut String, color: Color, base: usize) {
    // Writing to a string does not fail.
    let _ = match color {
        Color::Named(name) => match name as usize {
            index @ 0..8 => write!(said, ";{}", base + index),
            index @ 8..16 => write!(said, ";{}", base + 60 + index - 8),
            _ => Ok(()),
        },
        Color::Indexed(index) => write!(said, ";{}:5:{index}", base + 8),
        Color::Spec(rgb) => write!(said, ";{}:2::{}:{}:{}", base + 8, rgb.r, rgb.g, rgb.b),
    };
    debug_assert!((NamedColor::Foreground as usize) >= 16, "the usual colours are none of the sixteen");
}
