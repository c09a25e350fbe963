//! The two palettes. Numbers live here and in `accent`; everything else derives.

use super::accent::ACCENTS;
use super::colour::{alpha, darken, hex, lighten, readable_on};
use super::tokens::{Accent, Control, Glass, Lights, Shadows, State, Surface, Text, Theme};
use crate::{Appearance, ThemeChoice};
use egui::{Color32, Shadow};

impl Theme {
    /// The tokens for this appearance.
    #[must_use]
    pub fn new(appearance: &Appearance) -> Self {
        let accent = accent(appearance.theme, appearance.accent);
        let theme = match appearance.theme {
            ThemeChoice::Dark => dark(accent, appearance.reduce_motion),
            ThemeChoice::Light => light(accent, appearance.reduce_motion),
        };
        Theme { terminal_ligatures: appearance.terminal_ligatures, ..theme }
    }
}

fn accent(theme: ThemeChoice, index: u8) -> Accent {
    let index = if usize::from(index) < ACCENTS.len() { index } else { 0 };
    let seed = ACCENTS[usize::from(index)];
    let on = readable_on(seed.fill);
    // Hover and press move away from the text's side, so the contrast only grows on hover.
    let (hover, pressed) = if on == Color32::WHITE {
        (darken(seed.fill, 0.08), darken(seed.fill, 0.18))
    } else {
        (lighten(seed.fill, 0.12), darken(seed.fill, 0.08))
    };
    let text = if theme == ThemeChoice::Dark { seed.on_dark } else { seed.on_light };
    let soft = alpha(seed.fill, if theme == ThemeChoice::Dark { 52 } else { 26 });
    Accent { index, fill: seed.fill, hover, pressed, on, text, soft, ring: text }
}

fn state(fill: u32, text: u32, soft_alpha: u8) -> State {
    let fill = hex(fill);
    State { fill, on: readable_on(fill), text: hex(text), soft: alpha(fill, soft_alpha) }
}

fn lights(idle: Color32) -> Lights {
    Lights { close: hex(0xff5f57), minimise: hex(0xfebc2e), zoom: hex(0x28c840), idle }
}

fn shadow(offset: i8, blur: u8, strength: u8) -> Shadow {
    Shadow { offset: [0, offset], blur, spread: 0, color: Color32::from_black_alpha(strength) }
}

fn dark(accent: Accent, reduce_motion: bool) -> Theme {
    let white = Color32::from_white_alpha;
    Theme {
        choice: ThemeChoice::Dark,
        reduce_motion,
        terminal_ligatures: false,
        surface: Surface {
            window: hex(0x1b1d28),
            title_bar: hex(0x22242f),
            panel: hex(0x171923),
            raised: hex(0x252833),
            sunken: hex(0x12141c),
            popup: hex(0x242633),
            divider: white(20),
            outline: white(34),
        },
        glass: Glass {
            bar: Color32::from_rgba_unmultiplied(14, 15, 26, 150),
            dock: Color32::from_rgba_unmultiplied(24, 25, 40, 120),
            window: Color32::from_rgba_unmultiplied(20, 22, 34, 216),
            popup: Color32::from_rgba_unmultiplied(26, 27, 42, 208),
            edge: white(40),
            text: hex(0xf5f6fb),
        },
        text: Text {
            primary: hex(0xf2f3f9),
            secondary: hex(0xbec2d2),
            muted: hex(0x9fa4b8),
            disabled: hex(0x686c7e),
        },
        control: Control {
            fill: white(22),
            hover: white(34),
            pressed: white(50),
            ghost_hover: white(16),
            field: Color32::from_black_alpha(70),
            stroke: white(26),
            strong_stroke: white(110),
            track: white(38),
            knob: hex(0xffffff),
            selected: white(24),
        },
        accent,
        danger: state(0xd13438, 0xff9d9d, 44),
        success: state(0x237f3a, 0x7ddc92, 52),
        warning: state(0xf2b705, 0xffd166, 40),
        info: state(0x1971c2, 0x8cc8ff, 48),
        lights: lights(Color32::from_gray(84)),
        chart: [
            hex(0x5eead4),
            hex(0xa78bfa),
            hex(0xfbbf24),
            hex(0x60a5fa),
            hex(0xf472b6),
            hex(0x86efac),
            hex(0xfb923c),
            hex(0xcbd5e1),
        ],
        shadow: Shadows {
            window_focused: shadow(14, 46, 140),
            window: shadow(8, 26, 90),
            popup: shadow(8, 28, 110),
            tile: shadow(3, 8, 70),
        },
    }
}

fn light(accent: Accent, reduce_motion: bool) -> Theme {
    let black = Color32::from_black_alpha;
    Theme {
        choice: ThemeChoice::Light,
        reduce_motion,
        terminal_ligatures: false,
        surface: Surface {
            window: hex(0xf6f6fa),
            title_bar: hex(0xeff0f6),
            panel: hex(0xeeeff5),
            raised: hex(0xffffff),
            sunken: hex(0xffffff),
            popup: hex(0xffffff),
            divider: black(20),
            outline: black(34),
        },
        glass: Glass {
            bar: Color32::from_rgba_unmultiplied(250, 250, 255, 190),
            dock: Color32::from_rgba_unmultiplied(250, 250, 255, 150),
            window: Color32::from_rgba_unmultiplied(248, 249, 254, 228),
            popup: Color32::from_rgba_unmultiplied(252, 252, 255, 224),
            edge: Color32::from_white_alpha(150),
            text: hex(0x1a1c26),
        },
        text: Text {
            primary: hex(0x1a1c26),
            secondary: hex(0x454a5c),
            muted: hex(0x5c6174),
            disabled: hex(0xa5a9b8),
        },
        control: Control {
            fill: Color32::from_rgba_unmultiplied(24, 28, 60, 17),
            hover: Color32::from_rgba_unmultiplied(24, 28, 60, 28),
            pressed: Color32::from_rgba_unmultiplied(24, 28, 60, 44),
            ghost_hover: Color32::from_rgba_unmultiplied(24, 28, 60, 14),
            field: Color32::from_white_alpha(255),
            stroke: black(30),
            strong_stroke: black(128),
            track: Color32::from_rgba_unmultiplied(24, 28, 60, 46),
            knob: hex(0xffffff),
            selected: Color32::from_rgba_unmultiplied(24, 28, 60, 24),
        },
        accent,
        danger: state(0xc92a2a, 0xb42222, 26),
        success: state(0x237f3a, 0x1f6f33, 28),
        warning: state(0xf2b705, 0x7d5700, 46),
        info: state(0x1971c2, 0x155fa4, 26),
        lights: lights(Color32::from_gray(190)),
        chart: [
            hex(0x0d9488),
            hex(0x7c3aed),
            hex(0xb45309),
            hex(0x2563eb),
            hex(0xdb2777),
            hex(0x15803d),
            hex(0xc2410c),
            hex(0x475569),
        ],
        shadow: Shadows {
            window_focused: shadow(14, 46, 76),
            window: shadow(8, 26, 44),
            popup: shadow(8, 28, 56),
            tile: shadow(3, 8, 36),
        },
    }
}
