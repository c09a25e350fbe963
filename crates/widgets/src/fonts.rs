//! Bundled fonts and the families that drawing code asks for.
//!
//! Inter for text in three weights, JetBrains Mono for code in four faces, Phosphor for symbols, Noto for
//! colour emoji (`epaint/color_fonts` must be on, else emoji are blank). egui's own fonts are not built in,
//! so every family here ends in faces that cover arrows, keys and mathematics.

use crate::theme::type_size;
use egui::text::LayoutJob;
use egui::{
    Color32, Context, FontData, FontDefinitions, FontFamily, FontId, FontTweak, Galley, TextFormat, Ui,
};
use std::sync::{Arc, LazyLock};

macro_rules! face {
    ($file:literal) => {
        include_bytes!(concat!("../../../assets/fonts/", $file)).as_slice()
    };
}

/// Name, bytes and scale of each face. Emoji are drawn a little smaller than their em square.
const FACES: [(&str, &[u8], f32); 10] = [
    ("inter", face!("Inter-Regular.otf"), 1.0),
    ("inter-medium", face!("Inter-Medium.otf"), 1.0),
    ("inter-semibold", face!("Inter-SemiBold.otf"), 1.0),
    ("mono", face!("JetBrainsMono-Regular.ttf"), 1.0),
    ("mono-bold", face!("JetBrainsMono-Bold.ttf"), 1.0),
    ("mono-italic", face!("JetBrainsMono-Italic.ttf"), 1.0),
    ("mono-bold-italic", face!("JetBrainsMono-BoldItalic.ttf"), 1.0),
    ("noto-emoji", face!("NotoColorEmoji.ttf"), 1.0),
    ("phosphor", face!("Phosphor.ttf"), 1.0),
    ("phosphor-fill", face!("Phosphor-Fill.ttf"), 1.0),
];

/// Families by the name that code uses, and their faces, best first. The emoji family has Noto first because
/// Inter draws some emoji (❤, ☀) as plain glyphs.
const FAMILIES: [(&str, &[&str]); 8] = [
    ("medium", &["inter-medium", "noto-emoji", "mono"]),
    ("semibold", &["inter-semibold", "noto-emoji", "mono-bold"]),
    ("mono-bold", &["mono-bold", "inter-semibold", "noto-emoji"]),
    ("mono-italic", &["mono-italic", "inter", "noto-emoji"]),
    ("mono-bold-italic", &["mono-bold-italic", "inter-semibold", "noto-emoji"]),
    ("emoji", &["noto-emoji", "inter", "mono"]),
    ("icons", &["phosphor", "inter"]),
    ("icons-fill", &["phosphor-fill", "inter"]),
];

/// Gives the context our fonts. Once, before the first frame.
pub fn install(ctx: &Context) {
    ctx.set_fonts(definitions());
}

/// The bundled faces and families.
#[must_use]
pub fn definitions() -> FontDefinitions {
    let mut fonts = FontDefinitions::empty();
    for (name, bytes, scale) in FACES {
        let tweak = FontTweak { scale, ..FontTweak::default() };
        fonts.font_data.insert(name.to_owned(), Arc::new(FontData::from_static(bytes).tweak(tweak)));
    }
    let chain = |faces: &[&str]| faces.iter().map(|face| (*face).to_owned()).collect::<Vec<_>>();
    fonts.families.insert(FontFamily::Proportional, chain(&["inter", "noto-emoji", "mono"]));
    fonts.families.insert(FontFamily::Monospace, chain(&["mono", "inter", "noto-emoji"]));
    for (family, faces) in FAMILIES {
        fonts.families.insert(FontFamily::Name(family.into()), chain(faces));
    }
    fonts
}

macro_rules! families {
    ($($(#[$doc:meta])* $function:ident = $name:literal;)*) => {$(
        $(#[$doc])*
        #[must_use]
        pub fn $function(size_points: f32) -> FontId {
            static NAME: LazyLock<Arc<str>> = LazyLock::new(|| $name.into());
            FontId::new(size_points, FontFamily::Name(Arc::clone(&NAME)))
        }
    )*};
}

families! {
    /// Inter Medium: controls, names, window titles.
    medium = "medium";
    /// Inter SemiBold: headings.
    semibold = "semibold";
    /// JetBrains Mono Bold.
    mono_bold = "mono-bold";
    /// JetBrains Mono Italic.
    mono_italic = "mono-italic";
    /// JetBrains Mono Bold Italic.
    mono_bold_italic = "mono-bold-italic";
    /// Colour emoji first: for icons that are named by an emoji.
    emoji = "emoji";
    /// Phosphor, thin outlines.
    icons = "icons";
    /// Phosphor, filled.
    icons_fill = "icons-fill";
}

/// Inter Regular: running text.
#[must_use]
pub fn regular(size_points: f32) -> FontId {
    FontId::new(size_points, FontFamily::Proportional)
}

/// JetBrains Mono Regular: code, paths, figures in columns.
#[must_use]
pub fn mono(size_points: f32) -> FontId {
    FontId::new(size_points, FontFamily::Monospace)
}

/// Inter in the face nearest to a CSS weight (100 to 900).
#[must_use]
pub fn weight(css_weight: f32, size_points: f32) -> FontId {
    match css_weight {
        w if w >= 600.0 => semibold(size_points),
        w if w >= 500.0 => medium(size_points),
        _ => regular(size_points),
    }
}

/// Body text.
#[must_use]
pub fn body() -> FontId {
    regular(type_size::BODY)
}

/// Text of controls.
#[must_use]
pub fn control() -> FontId {
    medium(type_size::BODY)
}

/// One line in which all digits are as wide as the widest of them, narrow ones in the middle of their cell, so
/// that figures that change do not jitter. Inter's own tabular digits are a font feature that egui cannot
/// ask for.
#[must_use]
pub fn tabular(ui: &Ui, text: &str, font: &FontId, colour: Color32) -> Arc<Galley> {
    ui.ctx().fonts_mut(|fonts| {
        let cell = ('0'..='9').map(|digit| fonts.glyph_width(font, digit)).fold(0.0_f32, f32::max);
        let format = TextFormat::simple(font.clone(), colour);
        let mut job = LayoutJob::default();
        // Nothing before the first digit, so that a figure stands flush with the text above it.
        let mut before = None;
        for ch in text.chars() {
            let pad =
                if ch.is_ascii_digit() { (cell - fonts.glyph_width(font, ch)).max(0.0) / 2.0 } else { 0.0 };
            let leading = before.map_or(0.0, |before: f32| before + pad);
            job.append(ch.encode_utf8(&mut [0; 4]), leading, format.clone());
            before = Some(pad);
        }
        job.wrap.max_rows = 1;
        job.wrap.max_width = f32::INFINITY;
        fonts.layout_job(job)
    })
}

/// Whether a text is a figure, such as `-1,618.03` or `12 %`: what [`tabular`] is for.
#[must_use]
pub fn is_figure(text: &str) -> bool {
    text.chars().any(|ch| ch.is_ascii_digit())
        && text.chars().all(|ch| ch.is_ascii_digit() || ".,:'%+-−±×÷*/^()e °".contains(ch))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The scalars that menus, key caps and the shipped apps write.
    const NEEDED: &str = "⌘⇧⌥⌃↑↓←→⏎⌫⌦⎋⇥␣×÷−±√π∞≤≥≠∑∫✓✗•…–—“”‘’°²³½∙▸▾▲▼●○◆★↵№€₽∂Ω≈äößéñçøÅЖя";

    #[test]
    fn no_family_of_text_lacks_a_needed_glyph() {
        let ctx = Context::default();
        install(&ctx);
        crate::testing::frame(&ctx, |ui| {
            for font in
                [regular(14.0), medium(14.0), semibold(14.0), mono(14.0), mono_bold(14.0), emoji(14.0)]
            {
                let missing: String = ui
                    .ctx()
                    .fonts_mut(|fonts| NEEDED.chars().filter(|&ch| !fonts.has_glyph(&font, ch)).collect());
                assert_eq!(missing, "", "{font:?}");
            }
        });
    }

    #[test]
    fn digits_of_tabular_figures_are_equally_wide() {
        let ctx = Context::default();
        install(&ctx);
        crate::testing::frame(&ctx, |ui| {
            // Between two equal digits, because the outer half of the outermost cells is not drawn.
            let width = |text| tabular(ui, &format!("0{text}0"), &medium(38.0), Color32::WHITE).size().x;
            assert!(
                (width("111,111") - width("888,888")).abs() < 1.0,
                "{} {}",
                width("111,111"),
                width("888,888")
            );
        });
    }

    #[test]
    fn figures_are_told_from_words() {
        assert!(is_figure("-1,618.03") && is_figure("12 %"));
        assert!(!is_figure("3 apples") && !is_figure("") && !is_figure("..."));
    }
}
