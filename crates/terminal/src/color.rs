//! Colours as programs name them, and the palette that makes them visible.

use alacritty_terminal::vte::ansi;

/// A colour as red, green, blue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Rgb(pub u8, pub u8, pub u8);

/// A colour as a program named it. A theme resolves it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Color {
    /// The terminal's own text or background colour.
    Default,
    /// One of 256: 16 of the theme, a cube of 216, 24 greys.
    Indexed(u8),
    /// Given exactly.
    Rgb(Rgb),
}

impl Color {
    pub(crate) fn new(color: ansi::Color) -> Color {
        match color {
            ansi::Color::Spec(ansi::Rgb { r, g, b }) => Color::Rgb(Rgb(r, g, b)),
            ansi::Color::Indexed(index) => Color::Indexed(index),
            // Dim and bright variants of the default never stand in a cell; weight is in its flags.
            ansi::Color::Named(name) => u8::try_from(name as usize)
                .ok()
                .filter(|index| *index < 16)
                .map_or(Color::Default, Color::Indexed),
        }
    }
}

/// The colours of a theme.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Palette {
    /// Text that asks for no colour.
    pub foreground: Rgb,
    /// Behind everything.
    pub background: Rgb,
    /// The cursor.
    pub cursor: Rgb,
    /// Black, red, green, yellow, blue, magenta, cyan, white, and the same again bright.
    pub ansi: [Rgb; 16],
}

impl Palette {
    /// One of the 256 indexed colours; cube and greys as xterm's `256colres.h` has them.
    #[must_use]
    pub fn indexed(&self, index: u8) -> Rgb {
        let level = |step: u8| if step == 0 { 0 } else { 55 + step * 40 };
        match index {
            0..16 => self.ansi[usize::from(index)],
            16..232 => {
                let cube = index - 16;
                Rgb(level(cube / 36), level(cube / 6 % 6), level(cube % 6))
            }
            232.. => {
                let grey = 8 + (index - 232) * 10;
                Rgb(grey, grey, grey)
            }
        }
    }

    /// The colour of a number as `OSC 4`, `10`, `11` and `12` count: 256 text, 257 background,
    /// 258 cursor.
    pub(crate) fn by_number(&self, number: usize) -> Rgb {
        match u8::try_from(number) {
            Ok(index) => self.indexed(index),
            Err(_) if number == ansi::NamedColor::Background as usize => self.background,
            Err(_) if number == ansi::NamedColor::Cursor as usize => self.cursor,
            Err(_) => self.foreground,
        }
    }
}

impl Default for Palette {
    /// Light on dark; used until a theme sets another.
    fn default() -> Self {
        let rgb = |hex: u32| {
            let [_, r, g, b] = hex.to_be_bytes();
            Rgb(r, g, b)
        };
        Palette {
            foreground: rgb(0x00d8_dee9),
            background: rgb(0x001a_1d26),
            cursor: rgb(0x00d8_dee9),
            ansi: [
                0x002e_3440,
                0x00e0_6c75,
                0x0098_c379,
                0x00e5_c07b,
                0x0061_afef,
                0x00c6_78dd,
                0x0056_b6c2,
                0x00d0_d4de,
                0x005c_6370,
                0x00f0_8089,
                0x00b1_d796,
                0x00f2_d399,
                0x0080_c2f5,
                0x00d6_91e8,
                0x0074_cdd7,
                0x00ff_ffff,
            ]
            .map(rgb),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cube_and_greys_are_xterms() {
        let palette = Palette::default();
        assert_eq!(palette.indexed(16), Rgb(0, 0, 0));
        assert_eq!(palette.indexed(196), Rgb(255, 0, 0));
        assert_eq!(palette.indexed(231), Rgb(255, 255, 255));
        assert_eq!(palette.indexed(232), Rgb(8, 8, 8));
        assert_eq!(palette.indexed(255), Rgb(238, 238, 238));
    }
}
