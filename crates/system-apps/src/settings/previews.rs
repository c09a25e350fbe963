//! Small pictures of what can be chosen: a desktop in a theme, and the wallpapers.
//!
//! The wallpapers are painted by the compositor's shader, which apps cannot reach; these are few soft fields of
//! the same colours on a coarse mesh.

use egui::{Color32, CornerRadius, Mesh, Painter, Rect, Shape, Stroke, StrokeKind, pos2, vec2};
use widgets::{
    ThemeChoice,
    theme::{Theme, mix},
};

/// Corner radius of a picture, in points.
pub(super) const CORNER: u8 = 6;

/// Names of the bundled wallpapers, in their order.
pub(super) const WALLPAPERS: [&str; 4] = ["Silk", "Ridges", "Sphere", "Mist"];

/// Top, bottom, and three fields of light: place (0 to 1), radius in heights, colour.
struct Recipe {
    top: u32,
    bottom: u32,
    fields: [(f32, f32, f32, u32); 3],
}

const DARK: [Recipe; 4] = [
    Recipe {
        top: 0x1f3fa8,
        bottom: 0x0b3f5c,
        fields: [(0.55, 0.05, 0.7, 0x6f35d6), (1.0, 0.6, 0.8, 0xd0507a), (0.15, 1.0, 0.6, 0x0f8a98)],
    },
    Recipe {
        top: 0x141b48,
        bottom: 0x2a2352,
        fields: [(0.66, 0.5, 0.55, 0xf08a66), (0.6, 0.45, 0.9, 0x9c4688), (0.1, 0.9, 0.5, 0x1a1c40)],
    },
    Recipe {
        top: 0x070b20,
        bottom: 0x0f1a48,
        fields: [(0.6, 0.95, 0.55, 0x4f86ee), (0.1, 0.1, 0.6, 0x32207a), (0.9, 0.2, 0.6, 0x123a72)],
    },
    Recipe {
        top: 0x1a2a86,
        bottom: 0x0d4a66,
        fields: [(0.55, 0.1, 0.5, 0x7a2fc9), (0.9, 0.35, 0.5, 0xb2387c), (0.48, 0.55, 0.3, 0xc07468)],
    },
];

const LIGHT: [Recipe; 4] = [
    Recipe {
        top: 0xbcd4f6,
        bottom: 0xcdeae6,
        fields: [(0.55, 0.0, 0.7, 0xc9bdf6), (0.9, 0.15, 0.5, 0xf3c3e2), (1.0, 0.7, 0.6, 0xfbcdb9)],
    },
    Recipe {
        top: 0xc6daf6,
        bottom: 0xe6d4dc,
        fields: [(0.66, 0.5, 0.5, 0xffdcb8), (0.6, 0.4, 0.8, 0xf6cdd3), (0.1, 0.95, 0.5, 0xa9b6da)],
    },
    Recipe {
        top: 0xd6e2fb,
        bottom: 0xe9ecf8,
        fields: [(0.6, 0.9, 0.5, 0xfff3e4), (0.08, 0.1, 0.6, 0xc1d2fb), (0.92, 0.1, 0.6, 0xe0cdf6)],
    },
    Recipe {
        top: 0xc2d8fb,
        bottom: 0xcfeae4,
        fields: [(0.55, 0.1, 0.5, 0xcfc1f9), (0.9, 0.35, 0.5, 0xf8c6da), (0.7, 0.9, 0.45, 0xfbdcc4)],
    },
];

fn hex(rgb: u32) -> Color32 {
    Color32::from_rgb((rgb >> 16) as u8, (rgb >> 8) as u8, rgb as u8)
}

/// Paints a wallpaper in small, with rounded corners.
pub(super) fn wallpaper(painter: &Painter, rect: Rect, theme: ThemeChoice, index: u8) {
    let recipes = if theme == ThemeChoice::Dark { &DARK } else { &LIGHT };
    let recipe = &recipes[usize::from(index) % recipes.len()];
    let aspect = rect.width() / rect.height().max(1.0);
    let colour = |x: f32, y: f32| {
        let mut colour = mix(hex(recipe.top), hex(recipe.bottom), y);
        for (fx, fy, reach, light) in recipe.fields {
            let far = vec2((x - fx) * aspect, y - fy).length() / reach;
            let near = (1.0 - far).clamp(0.0, 1.0);
            colour = mix(colour, hex(light), near * near * (3.0 - 2.0 * near) * 0.85);
        }
        colour
    };
    painter.add(rounded_mesh(rect, colour));
}

/// A mesh of coloured points whose left and right edges follow rounded corners.
fn rounded_mesh(rect: Rect, colour: impl Fn(f32, f32) -> Color32) -> Shape {
    const COLUMNS: u32 = 14;
    let radius = f32::from(CORNER).min(rect.height() / 2.0);
    // Rows are closer together where the corner bends.
    let bend = [0.0, 0.08, 0.3, 0.6, 1.0].map(|t: f32| t * radius);
    let mut tops: Vec<f32> = bend.to_vec();
    tops.extend((1..10).map(|i| radius + (rect.height() - 2.0 * radius) * i as f32 / 10.0));
    tops.extend(bend.iter().rev().map(|y| rect.height() - y));
    let mut mesh = Mesh::default();
    for &y in &tops {
        let depth = (radius - y.min(rect.height() - y)).max(0.0);
        let inset = radius - (radius * radius - depth * depth).max(0.0).sqrt();
        for column in 0..=COLUMNS {
            let t = column as f32 / COLUMNS as f32;
            let x = inset + (rect.width() - 2.0 * inset) * t;
            let at = pos2(rect.left() + x, rect.top() + y);
            mesh.colored_vertex(at, colour(x / rect.width(), y / rect.height()));
        }
    }
    let stride = COLUMNS + 1;
    for row in 0..tops.len().saturating_sub(1) as u32 {
        for column in 0..COLUMNS {
            let a = row * stride + column;
            mesh.add_triangle(a, a + 1, a + stride);
            mesh.add_triangle(a + 1, a + stride, a + stride + 1);
        }
    }
    Shape::mesh(mesh)
}

/// Paints a desktop with one window in a theme.
pub(super) fn desktop(painter: &Painter, rect: Rect, theme: &Theme, index: u8) {
    wallpaper(painter, rect, theme.choice, index);
    let bar = rect.with_max_y(rect.top() + 8.0);
    let corner = CornerRadius { nw: CORNER, ne: CORNER, sw: 0, se: 0 };
    painter.rect_filled(bar, corner, theme.glass.bar);
    let window = Rect::from_min_max(rect.min + vec2(18.0, 17.0), rect.max - vec2(26.0, 14.0));
    painter.add(theme.shadow.tile.as_shape(window, CornerRadius::same(4)));
    painter.rect_filled(window, 4, theme.surface.window);
    let title = window.with_max_y(window.top() + 11.0);
    painter.rect_filled(title, CornerRadius { nw: 4, ne: 4, sw: 0, se: 0 }, theme.surface.title_bar);
    for (place, light) in
        [theme.lights.close, theme.lights.minimise, theme.lights.zoom].into_iter().enumerate()
    {
        painter.circle_filled(pos2(window.left() + 6.0 + 6.0 * place as f32, title.center().y), 2.0, light);
    }
    painter.rect_stroke(window, 4, Stroke::new(1.0, theme.surface.outline), StrokeKind::Inside);
    for (place, width) in [0.62, 0.8, 0.45].into_iter().enumerate() {
        let y = title.bottom() + 8.0 + 7.0 * place as f32;
        let line =
            Rect::from_min_size(pos2(window.left() + 8.0, y), vec2((window.width() - 16.0) * width, 3.0));
        let colour = if place == 0 { theme.text.primary } else { theme.text.muted };
        painter.rect_filled(line, 1, colour);
    }
    let button = Rect::from_min_size(window.max - vec2(30.0, 14.0), vec2(22.0, 8.0));
    painter.rect_filled(button, 3, theme.accent.fill);
}
