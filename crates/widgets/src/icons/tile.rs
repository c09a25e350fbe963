//! The tile of an app: a rounded square with a soft gradient and an emoji or a symbol.
//!
//! Colours come from the app's manifest, else from its category, else from a hash of its id, so that an app
//! looks the same everywhere and on every machine.

use super::{Icon, IconFace, paint_icon_face};
use crate::{fonts, shapes, theme};
use egui::{Align2, Color32, Painter, Rect, Shadow, Stroke, StrokeKind, vec2};

/// How the tile of one app looks.
#[derive(Clone, Debug, PartialEq)]
pub struct TileStyle {
    /// An emoji, or the catalogue name of a symbol.
    pub emoji: String,
    /// Colour of the upper edge.
    pub top: Color32,
    /// Colour of the lower edge.
    pub bottom: Color32,
}

impl TileStyle {
    /// The tile for an app id with an emoji or symbol name; `category` may be empty.
    #[must_use]
    pub fn for_app(id: &str, emoji: &str, category: &str) -> Self {
        let index = match (id, category) {
            // The apps of the dock, so that each is told from its neighbours at a glance.
            ("files", _) => 0,
            ("terminal", _) => 1,
            ("system-monitor", _) => 7,
            ("task-manager", _) => 10,
            ("settings", _) => 9,
            ("gallery", _) => 4,
            ("text-editor", _) => 6,
            (_, category) => match category {
                "productivity" => 5,
                "developer" | "development" => 3,
                "system" => 1,
                "utilities" => 2,
                "media" | "graphics" | "creative" => 4,
                "communication" | "internet" => 6,
                "science" | "education" => 7,
                "games" => 8,
                "finance" => 10,
                _ => (fnv1a(id) % theme::TILES.len() as u32) as usize,
            },
        };
        Self::new(emoji, theme::TILES[index])
    }

    /// A tile with these colours, upper first.
    #[must_use]
    pub fn new(emoji: &str, [top, bottom]: [Color32; 2]) -> Self {
        TileStyle {
            emoji: if emoji.trim().is_empty() { "cube".to_owned() } else { emoji.trim().to_owned() },
            top,
            bottom,
        }
    }

    /// A tile whose colours an app gives as CSS (`top`, `bottom`); what cannot be read comes from the id.
    #[must_use]
    pub fn from_css(theme: &theme::Theme, id: &str, emoji: &str, top: &str, bottom: &str) -> Self {
        let mut style = Self::for_app(id, emoji, "");
        if let Some(colour) = theme::parse_colour(theme, top) {
            style.top = colour;
        }
        if let Some(colour) = theme::parse_colour(theme, bottom) {
            style.bottom = colour;
        }
        style
    }
}

/// FNV-1a, 32 bits: small, and the same everywhere.
fn fnv1a(text: &str) -> u32 {
    text.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

/// Paints the tile of an app, with a soft shadow. Below 24 points only the picture is drawn.
pub fn app_tile(painter: &Painter, rect: Rect, style: &TileStyle) {
    let size = rect.size().min_elem();
    if size < 2.0 || !size.is_finite() {
        return;
    }
    let rect = Rect::from_center_size(rect.center(), vec2(size, size));
    let symbol = Icon::from_name(&style.emoji);
    let bare = size < 24.0 && symbol.is_none();
    if !bare {
        let radius = size * 0.25;
        let corner = radius.round().min(255.0) as u8;
        let shadow = Shadow {
            offset: [0, (size * 0.05).round() as i8],
            blur: (size * 0.16).round() as u8,
            spread: 0,
            color: Color32::from_black_alpha(70),
        };
        painter.add(shadow.as_shape(rect, corner));
        let feather = 1.0 / painter.pixels_per_point();
        painter.add(shapes::gradient_rect(rect, radius, 180.0, [style.top, style.bottom], feather));
        let edge = Stroke::new(1.0, Color32::from_white_alpha(34));
        painter.rect_stroke(rect, corner, edge, StrokeKind::Inside);
    }
    match symbol {
        Some(icon) => {
            // The symbol repeats the app's name, so it is decoration: white as long as it can be seen.
            let ground = theme::mix(style.top, style.bottom, 0.6).to_opaque();
            let white = theme::contrast_ratio(Color32::WHITE, ground) >= 2.2;
            let colour = if white { Color32::WHITE } else { theme::readable_on(ground) };
            paint_icon_face(painter, rect.center(), icon, IconFace::Fill, size * 0.56, colour);
        }
        None => {
            let scale = if bare { 0.86 } else { 0.56 };
            let text = style.emoji.chars().take(12).collect::<String>();
            painter.text(
                rect.center(),
                Align2::CENTER_CENTER,
                text,
                fonts::emoji(size * scale),
                Color32::WHITE,
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_app_looks_the_same_everywhere() {
        let tile = TileStyle::for_app("notes", "📝", "");
        assert_eq!(tile, TileStyle::for_app("notes", " 📝 ", ""));
        assert_eq!(TileStyle::for_app("x", "", "games").emoji, "cube");
    }
}
