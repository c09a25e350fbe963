//! The terminal's colours in the theme in force.

use crate::theme::{Theme, mix, over};
use egui::Color32;
use terminal::{Color, Palette, Rgb};

const fn rgb(hex: u32) -> Rgb {
    Rgb((hex >> 16) as u8, (hex >> 8) as u8, hex as u8)
}

/// Bright enough on the dark terminal background.
const ON_DARK: [Rgb; 16] = [
    rgb(0x3b3f51),
    rgb(0xf0716f),
    rgb(0x8fd18b),
    rgb(0xe8c06f),
    rgb(0x77aef7),
    rgb(0xc792ea),
    rgb(0x63cfd8),
    rgb(0xc9cddb),
    rgb(0x737a94),
    rgb(0xff9a98),
    rgb(0xb2e6a8),
    rgb(0xffd98f),
    rgb(0xa1c9ff),
    rgb(0xdfb6ff),
    rgb(0x95e6ea),
    rgb(0xffffff),
];

/// Dark enough on the light one; "white" is what programs use as text on their own dark background.
const ON_LIGHT: [Rgb; 16] = [
    rgb(0x22252f),
    rgb(0xb4232a),
    rgb(0x1f6f33),
    rgb(0x7d5700),
    rgb(0x155fa4),
    rgb(0x7a3fb8),
    rgb(0x0b6777),
    rgb(0x8b90a3),
    rgb(0x5c6174),
    rgb(0xd1383d),
    rgb(0x2b8a43),
    rgb(0x94690a),
    rgb(0x1971c2),
    rgb(0x9353d3),
    rgb(0x0f8296),
    rgb(0xb8bcc9),
];

/// The palette of a theme, which the terminal also answers to programs that ask for its colours.
#[must_use]
pub fn terminal_palette(theme: &Theme) -> Palette {
    let opaque = |color: Color32| {
        let [r, g, b, _] = color.to_srgba_unmultiplied();
        Rgb(r, g, b)
    };
    Palette {
        foreground: opaque(theme.text.primary),
        background: opaque(theme.surface.sunken),
        cursor: opaque(theme.accent.text),
        ansi: if theme.is_dark() { ON_DARK } else { ON_LIGHT },
    }
}

/// A palette and what the view itself adds to it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Colors {
    pub(super) palette: Palette,
    /// Behind selected text, opaque.
    pub(super) selection: Color32,
    /// Behind text that was found, opaque.
    pub(super) found: Color32,
    /// Behind the one that is shown. Its text has the background's colour.
    pub(super) current: Color32,
}

impl Colors {
    pub(super) fn new(palette: Palette, theme: &Theme) -> Self {
        let (background, mark) = (color32(palette.background), color32(palette.ansi[3]));
        Colors {
            palette,
            selection: over(theme.accent.soft, background),
            found: mix(background, mark, 0.3),
            current: mix(background, mark, 0.9),
        }
    }

    pub(super) fn background(&self) -> Color32 {
        color32(self.palette.background)
    }

    pub(super) fn resolve(&self, color: Color, default: Rgb) -> Color32 {
        color32(match color {
            Color::Default => default,
            Color::Indexed(index) => self.palette.indexed(index),
            Color::Rgb(rgb) => rgb,
        })
    }
}

pub(super) fn color32(Rgb(r, g, b): Rgb) -> Color32 {
    Color32::from_rgb(r, g, b)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theme::contrast_ratio;
    use crate::{Appearance, ThemeChoice};

    #[test]
    fn coloured_text_can_be_read_in_both_themes() {
        for theme in [ThemeChoice::Dark, ThemeChoice::Light] {
            let theme = Theme::new(&Appearance { theme, ..Appearance::default() });
            let palette = terminal_palette(&theme);
            let background = color32(palette.background);
            for index in (1..7).chain(9..15) {
                let ratio = contrast_ratio(color32(palette.ansi[index]), background);
                assert!(ratio >= 3.5, "{index} in {:?}: {ratio}", theme.choice);
            }
        }
    }
}
