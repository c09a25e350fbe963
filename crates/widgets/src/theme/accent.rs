//! The eight accents that a person can choose from.

use super::colour::hex;
use egui::Color32;

/// Base colours of one accent.
#[derive(Clone, Copy, Debug)]
pub struct AccentSeed {
    /// Shown in Settings.
    pub name: &'static str,
    /// Fill of primary buttons, selected rows, switches.
    pub fill: Color32,
    /// Text and thin marks on dark surfaces.
    pub on_dark: Color32,
    /// Text and thin marks on light surfaces.
    pub on_light: Color32,
}

const fn seed(name: &'static str, fill: u32, on_dark: u32, on_light: u32) -> AccentSeed {
    AccentSeed { name, fill: hex(fill), on_dark: hex(on_dark), on_light: hex(on_light) }
}

/// All accents; `Appearance::accent` is an index into this (a larger one means the first).
pub const ACCENTS: [AccentSeed; 8] = [
    seed("Indigo", 0x4263eb, 0x9db1ff, 0x3b55d9),
    seed("Violet", 0x7048e8, 0xb9a3fd, 0x6741d9),
    seed("Pink", 0xc92a68, 0xf99bbf, 0xb3245a),
    seed("Red", 0xcf2f2f, 0xff9a9a, 0xba2424),
    seed("Orange", 0xf59e3c, 0xffb566, 0x9a4a05),
    seed("Yellow", 0xf2b705, 0xffd54a, 0x7d5700),
    seed("Green", 0x237f3a, 0x7ddc92, 0x1f6f33),
    seed("Teal", 0x0b7285, 0x66d5e5, 0x0b6777),
];

/// Gradients of app tiles, upper colour first; saturated enough for both themes.
pub const TILES: [[Color32; 2]; 12] = [
    [hex(0x5aa0ff), hex(0x285adc)],
    [hex(0x6d7390), hex(0x2a2d40)],
    [hex(0xffb05a), hex(0xe86e32)],
    [hex(0x5ad296), hex(0x14826e)],
    [hex(0xf078c8), hex(0xa03cbe)],
    [hex(0xffe282), hex(0xf0aa32)],
    [hex(0x6ec8fa), hex(0x1e6ec8)],
    [hex(0x968cff), hex(0x503cc8)],
    [hex(0xff7882), hex(0xdc325a)],
    [hex(0xa0a8b8), hex(0x5a6274)],
    [hex(0x5fd7d2), hex(0x128396)],
    [hex(0xc7a6ff), hex(0x7a4fd8)],
];
