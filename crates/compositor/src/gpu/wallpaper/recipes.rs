//! Colours and motifs of the bundled wallpapers, a dark and a light form of each.

use crate::Scene;
use widgets::ThemeChoice;

/// How many wallpapers there are; a higher number in a scene counts round.
pub(crate) const COUNT: u8 = 4;

/// A soft field of light.
#[derive(Clone, Copy, Debug)]
struct Field {
    /// Centre, 0…1 of the desktop.
    at: [f32; 2],
    /// In heights of the desktop.
    radius: f32,
    /// 0…1 at the centre.
    strength: f32,
    /// sRGB.
    color: u32,
}

const fn field(x: f32, y: f32, radius: f32, strength: f32, color: u32) -> Field {
    Field { at: [x, y], radius, strength, color }
}

/// One wallpaper in one theme. Colours are sRGB, `0xRRGGBB`.
#[derive(Clone, Copy, Debug)]
struct Recipe {
    motif: Motif,
    top: u32,
    bottom: u32,
    /// Colour and strength of lines of light.
    line: (u32, f32),
    /// Colour and depth of shadows.
    shade: (u32, f32),
    phase: f32,
    fields: [Field; 6],
}

/// What is drawn over the fields: an entry point of the shader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Motif {
    Silk,
    Ridges,
    Sphere,
    Mist,
}

/// Silk, dark: violet and blue at rest, rose where the light comes from.
const SILK_DARK: Recipe = Recipe {
    motif: Motif::Silk,
    top: 0x12184a,
    bottom: 0x080d28,
    line: (0xa9c4ff, 0.55),
    shade: (0x040716, 0.50),
    phase: 0.0,
    fields: [
        field(0.08, 0.10, 0.66, 0.85, 0x235bc4),
        field(0.50, -0.06, 0.60, 0.85, 0x5a2fc0),
        field(0.84, 0.06, 0.50, 0.75, 0x8e2f9e),
        field(1.04, 0.64, 0.56, 0.80, 0xc4476a),
        field(0.18, 1.04, 0.60, 0.75, 0x0b7482),
        field(0.62, 0.88, 0.44, 0.60, 0x2c2180),
    ],
};

/// Silk, light: the same folds in morning air.
const SILK_LIGHT: Recipe = Recipe {
    motif: Motif::Silk,
    top: 0xdfe6fb,
    bottom: 0xf4eef8,
    line: (0xffffff, 0.75),
    shade: (0x9fb0e6, 0.20),
    phase: 0.0,
    fields: [
        field(0.08, 0.10, 0.62, 0.80, 0xa9cdf8),
        field(0.52, -0.05, 0.60, 0.75, 0xc9bdf6),
        field(0.88, 0.12, 0.50, 0.70, 0xf3c3e2),
        field(1.02, 0.66, 0.58, 0.80, 0xfbcdb9),
        field(0.18, 1.02, 0.60, 0.75, 0xb4e3e2),
        field(0.60, 0.84, 0.42, 0.55, 0xd9d2fa),
    ],
};

/// Ridges, dark: the last light behind hills.
const RIDGES_DARK: Recipe = Recipe {
    motif: Motif::Ridges,
    top: 0x0e1638,
    bottom: 0x6a3a78,
    line: (0xffc9a8, 0.55),
    shade: (0x070b1e, 1.0),
    phase: 0.0,
    fields: [
        field(0.66, 0.50, 0.46, 0.90, 0xf59a6c),
        field(0.62, 0.42, 0.85, 0.55, 0xc0508c),
        field(0.10, 0.30, 0.70, 0.55, 0x3a3a94),
        field(0.95, 0.05, 0.60, 0.60, 0x23245e),
        field(0.25, 0.62, 0.50, 0.50, 0x5a4a9c),
        field(0.66, 0.50, 0.12, 0.55, 0xffe2b8),
    ],
};

/// Ridges, light: dawn.
const RIDGES_LIGHT: Recipe = Recipe {
    motif: Motif::Ridges,
    top: 0xcfe0f7,
    bottom: 0xfbe6dc,
    line: (0xffffff, 0.60),
    shade: (0x8497c9, 1.0),
    phase: 0.0,
    fields: [
        field(0.66, 0.46, 0.50, 0.85, 0xffdcb8),
        field(0.60, 0.40, 0.80, 0.45, 0xf9cfd3),
        field(0.10, 0.20, 0.70, 0.60, 0xbcd6f6),
        field(0.95, 0.05, 0.60, 0.60, 0xd6d4f7),
        field(0.25, 0.62, 0.50, 0.50, 0xcfd2f3),
        field(0.66, 0.46, 0.13, 0.80, 0xfff6e2),
    ],
};

/// Sphere, dark: a world's edge before sunrise.
const SPHERE_DARK: Recipe = Recipe {
    motif: Motif::Sphere,
    top: 0x060a1c,
    bottom: 0x101a48,
    line: (0xbfd8ff, 0.80),
    shade: (0x03050f, 1.0),
    phase: 0.0,
    fields: [
        field(0.60, 0.80, 0.30, 0.20, 0x6aa6ff),
        field(0.66, 0.70, 0.40, 0.20, 0x2f62d8),
        field(0.10, 0.10, 0.60, 0.45, 0x32207a),
        field(0.90, 0.20, 0.60, 0.40, 0x123a72),
        field(0.30, 0.70, 0.50, 0.35, 0x4a2a9c),
        field(0.72, 0.66, 0.40, 0.45, 0x2a4fc0),
    ],
};

/// Sphere, light: high haze.
const SPHERE_LIGHT: Recipe = Recipe {
    motif: Motif::Sphere,
    top: 0xe6edfb,
    bottom: 0xf6f0f7,
    line: (0xffffff, 0.80),
    shade: (0xb9c9ef, 1.0),
    phase: 0.0,
    fields: [
        field(0.60, 0.80, 0.40, 0.30, 0xfff3e4),
        field(0.66, 0.70, 0.50, 0.30, 0xf2f5ff),
        field(0.08, 0.10, 0.60, 0.70, 0xc9d8fb),
        field(0.92, 0.10, 0.60, 0.65, 0xe6d4f7),
        field(0.28, 0.60, 0.50, 0.45, 0xd4e8f6),
        field(0.80, 0.55, 0.45, 0.55, 0xfde0d2),
    ],
};

/// Mist, dark: ink in deep water.
const MIST_DARK: Recipe = Recipe {
    motif: Motif::Mist,
    top: 0x0b1030,
    bottom: 0x0a1a30,
    line: (0xffffff, 0.0),
    shade: (0x000000, 0.0),
    phase: 0.0,
    fields: [
        field(0.15, 0.20, 0.50, 0.85, 0x2b4fd8),
        field(0.55, 0.10, 0.42, 0.80, 0x7a2fc9),
        field(0.90, 0.35, 0.42, 0.80, 0xc23a86),
        field(0.70, 0.85, 0.46, 0.75, 0x2a1f7c),
        field(0.25, 0.85, 0.48, 0.80, 0x0d7f86),
        field(0.48, 0.52, 0.26, 0.45, 0xe8826a),
    ],
};

/// Mist, light: watercolour on paper.
const MIST_LIGHT: Recipe = Recipe {
    motif: Motif::Mist,
    top: 0xeaf0fb,
    bottom: 0xf8f3f4,
    line: (0xffffff, 0.0),
    shade: (0xffffff, 0.0),
    phase: 0.0,
    fields: [
        field(0.15, 0.20, 0.50, 0.85, 0xb2d2fb),
        field(0.55, 0.10, 0.42, 0.80, 0xcfc1f9),
        field(0.90, 0.35, 0.42, 0.80, 0xf8c6da),
        field(0.70, 0.85, 0.46, 0.75, 0xfbdcc4),
        field(0.25, 0.85, 0.48, 0.80, 0xb9e8dd),
        field(0.48, 0.52, 0.26, 0.60, 0xfff4e6),
    ],
};

/// The uniform block of `wallpaper.wgsl`.
pub(super) type Uniforms = [[f32; 4]; 18];

impl Motif {
    pub(super) fn entry_point(self) -> &'static str {
        match self {
            Motif::Silk => "silk_wallpaper",
            Motif::Ridges => "ridges_wallpaper",
            Motif::Sphere => "sphere_wallpaper",
            Motif::Mist => "mist_wallpaper",
        }
    }
}

fn recipe(scene: Scene) -> &'static Recipe {
    match (scene.wallpaper % COUNT, scene.theme) {
        (0, ThemeChoice::Dark) => &SILK_DARK,
        (0, ThemeChoice::Light) => &SILK_LIGHT,
        (1, ThemeChoice::Dark) => &RIDGES_DARK,
        (1, ThemeChoice::Light) => &RIDGES_LIGHT,
        (2, ThemeChoice::Dark) => &SPHERE_DARK,
        (2, ThemeChoice::Light) => &SPHERE_LIGHT,
        (_, ThemeChoice::Dark) => &MIST_DARK,
        (_, ThemeChoice::Light) => &MIST_LIGHT,
    }
}

/// Which entry point draws a scene.
pub(super) fn motif(scene: Scene) -> Motif {
    recipe(scene).motif
}

/// What the shader needs for one scene at one size.
pub(super) fn uniforms(size: [u32; 2], scene: Scene) -> Uniforms {
    let recipe = recipe(scene);
    let [width, height] = size.map(|side| side as f32);
    let light = if scene.theme == ThemeChoice::Light { 1.0 } else { 0.0 };
    let mut rows = [[0.0; 4]; 18];
    rows[0] = [width, height, width / height, 0.0];
    rows[1] = [light, recipe.line.1, 0.0, recipe.phase];
    rows[2] = linear(recipe.top, 1.0);
    rows[3] = linear(recipe.bottom, 1.0);
    rows[4] = linear(recipe.line.0, 1.0);
    rows[5] = linear(recipe.shade.0, recipe.shade.1);
    for (at, field) in recipe.fields.iter().enumerate() {
        rows[6 + at * 2] = [field.at[0], field.at[1], field.radius, field.strength];
        rows[7 + at * 2] = linear(field.color, 1.0);
    }
    rows
}

/// sRGB to linear light.
fn linear(color: u32, alpha: f32) -> [f32; 4] {
    let channel = |shift: u32| egui::ecolor::linear_f32_from_gamma_u8((color >> shift & 0xff) as u8);
    [channel(16), channel(8), channel(0), alpha]
}
