use super::*;
use crate::{Appearance, ThemeChoice};
use egui::Color32;

fn all_themes() -> impl Iterator<Item = Theme> {
    [ThemeChoice::Dark, ThemeChoice::Light].into_iter().flat_map(|theme| {
        (0..ACCENTS.len() as u8)
            .map(move |accent| Theme::new(&Appearance { theme, accent, ..Appearance::default() }))
    })
}

fn surfaces(theme: &Theme) -> [Color32; 6] {
    let s = &theme.surface;
    [s.window, s.title_bar, s.panel, s.raised, s.sunken, s.popup]
}

#[track_caller]
fn readable(what: &str, theme: &Theme, text: Color32, background: Color32, minimum: f32) {
    let ratio = contrast_ratio(text, background);
    assert!(
        ratio >= minimum,
        "{what} in {:?}, {}: {ratio:.2} < {minimum} ({text:?} on {background:?})",
        theme.choice,
        ACCENTS[usize::from(theme.accent.index)].name
    );
}

#[test]
fn text_on_every_surface_meets_aa() {
    for theme in all_themes() {
        for surface in surfaces(&theme) {
            for text in [theme.text.primary, theme.text.secondary, theme.text.muted] {
                readable("text", &theme, text, surface, 4.5);
            }
            readable("accent text", &theme, theme.accent.text, surface, 4.5);
            for state in [&theme.danger, &theme.success, &theme.warning, &theme.info] {
                readable("state text", &theme, state.text, surface, 4.5);
                readable("state text on its tint", &theme, state.text, over(state.soft, surface), 4.5);
            }
            readable(
                "accent text on its tint",
                &theme,
                theme.accent.text,
                over(theme.accent.soft, surface),
                4.5,
            );
        }
    }
}

#[test]
fn text_on_controls_meets_aa() {
    for theme in all_themes() {
        for surface in surfaces(&theme) {
            for fill in [theme.control.fill, theme.control.hover, theme.control.pressed, theme.control.field]
            {
                readable("control text", &theme, theme.text.primary, over(fill, surface), 4.5);
            }
            for fill in [theme.control.fill, theme.control.field] {
                readable("placeholder", &theme, theme.text.muted, over(fill, surface), 4.5);
            }
        }
        for fill in [theme.accent.fill, theme.accent.hover, theme.accent.pressed] {
            readable("text on accent", &theme, theme.accent.on, fill, 4.5);
        }
        for state in [&theme.danger, &theme.success, &theme.warning, &theme.info] {
            readable("text on state", &theme, state.on, state.fill, 4.5);
        }
    }
}

#[test]
fn outlines_that_show_a_state_are_seen() {
    for theme in all_themes() {
        for surface in surfaces(&theme) {
            readable("focus ring", &theme, theme.accent.ring, surface, 3.0);
            readable("field outline", &theme, over(theme.control.strong_stroke, surface), surface, 3.0);
        }
        for series in theme.chart {
            readable("chart", &theme, series, theme.surface.window, 3.0);
            readable("chart", &theme, series, theme.surface.raised, 3.0);
        }
    }
}

#[test]
fn text_on_glass_is_readable_over_any_wallpaper_colour() {
    // Extremes of the bundled wallpapers, and some room beyond them.
    let dark =
        [Color32::from_rgb(8, 10, 30), Color32::from_rgb(40, 96, 200), Color32::from_rgb(226, 104, 110)];
    let light = [
        Color32::from_rgb(250, 250, 255),
        Color32::from_rgb(170, 196, 240),
        Color32::from_rgb(240, 178, 190),
    ];
    for theme in all_themes() {
        for wallpaper in if theme.is_dark() { dark } else { light } {
            for tint in [theme.glass.bar, theme.glass.window, theme.glass.popup] {
                readable("text on glass", &theme, theme.glass.text, over(tint, wallpaper), 4.5);
            }
            for text in [theme.text.primary, theme.text.secondary] {
                readable("text in a glass window", &theme, text, over(theme.glass.window, wallpaper), 4.5);
                readable("text in a toast", &theme, text, over(theme.glass.popup, wallpaper), 4.5);
            }
        }
    }
}

#[test]
fn an_unknown_accent_is_the_first() {
    let wrong = Theme::new(&Appearance { accent: 200, ..Appearance::default() });
    assert_eq!(wrong, Theme::new(&Appearance::default()));
}
