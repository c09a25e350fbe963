//! Symbols of the bundled icon font, and the gradient tiles that stand for apps.

macro_rules! icons {
    ($($name:ident = $code:literal $catalogue:literal;)*) => {
        /// A symbol. Its name is that of the Phosphor catalogue in camel case.
        #[allow(missing_docs)]
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Icon { $($name = $code),* }

        impl Icon {
            /// All symbols, by name.
            pub const ALL: &[Icon] = &[$(Icon::$name),*];

            /// The name in the catalogue, such as `magnifying-glass`.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Icon::$name => $catalogue),* }
            }

            /// The symbol with this catalogue name.
            #[must_use]
            pub fn from_name(name: &str) -> Option<Icon> {
                match name { $($catalogue => Some(Icon::$name),)* _ => None }
            }
        }
    };
}

mod table;
mod tile;

pub use table::Icon;
pub use tile::{TileStyle, app_tile};

use crate::fonts;
use egui::{Align2, Color32, Painter, Pos2, Response, Sense, Ui, vec2};

impl Icon {
    /// Its character in the families `icons` and `icons-fill`.
    #[must_use]
    pub fn glyph(self) -> char {
        // The table is checked by a test; a space is the safe path.
        char::from_u32(self as u32).unwrap_or(' ')
    }
}

/// Outlined or filled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum IconFace {
    /// Thin outlines.
    #[default]
    Outline,
    /// Filled, for what is on or selected.
    Fill,
}

/// Paints a symbol around a centre. Size in points.
pub fn paint_icon(painter: &Painter, centre: Pos2, icon: Icon, size_points: f32, colour: Color32) {
    paint_icon_face(painter, centre, icon, IconFace::Outline, size_points, colour);
}

/// Paints a symbol in one of its faces.
pub fn paint_icon_face(
    painter: &Painter,
    centre: Pos2,
    icon: Icon,
    face: IconFace,
    size_points: f32,
    colour: Color32,
) {
    // The rasteriser takes no size of zero, and a spot of half a point shows nothing.
    if size_points < 1.0 || !size_points.is_finite() {
        return;
    }
    let font = match face {
        IconFace::Outline => fonts::icons(size_points),
        IconFace::Fill => fonts::icons_fill(size_points),
    };
    painter.text(centre, Align2::CENTER_CENTER, icon.glyph(), font, colour);
}

/// Adds a symbol as a decoration: it has no role and no name.
pub fn icon(ui: &mut Ui, icon: Icon, size_points: f32, colour: Color32) -> Response {
    let (rect, response) = ui.allocate_exact_size(vec2(size_points, size_points), Sense::hover());
    paint_icon(ui.painter(), rect.center(), icon, size_points, colour);
    response
}

/// Whether an app's icon is a symbol name (`chart-bar`) and not an emoji.
#[must_use]
pub fn is_symbol_name(icon: &str) -> bool {
    Icon::from_name(icon).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_symbol_is_in_both_faces_of_the_font() {
        let ctx = egui::Context::default();
        fonts::install(&ctx);
        crate::testing::frame(&ctx, |ui| {
            for font in [fonts::icons(16.0), fonts::icons_fill(16.0)] {
                for &icon in Icon::ALL {
                    assert!(
                        ui.ctx().fonts_mut(|fonts| fonts.has_glyph(&font, icon.glyph())),
                        "{icon:?} in {font:?}"
                    );
                    assert_eq!(Icon::from_name(icon.name()), Some(icon));
                }
            }
        });
    }
}
