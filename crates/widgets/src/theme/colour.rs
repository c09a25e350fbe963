//! Arithmetic on colours: mixing, compositing, and the contrast of WCAG 2.2.

use egui::Color32;

/// A colour from `0xRRGGBB`.
pub(super) const fn hex(rgb: u32) -> Color32 {
    Color32::from_rgb((rgb >> 16) as u8, (rgb >> 8) as u8, rgb as u8)
}

/// The same colour with another opacity, 0 to 255.
#[must_use]
pub fn alpha(colour: Color32, alpha: u8) -> Color32 {
    let [r, g, b, _] = colour.to_srgba_unmultiplied();
    Color32::from_rgba_unmultiplied(r, g, b, alpha)
}

/// Goes from `a` to `b` by `t` (0 to 1), in gamma space as egui blends.
#[must_use]
pub fn mix(a: Color32, b: Color32, t: f32) -> Color32 {
    a.lerp_to_gamma(b, t.clamp(0.0, 1.0))
}

/// Nearer to white by `t` (0 to 1); opacity stays.
#[must_use]
pub fn lighten(colour: Color32, t: f32) -> Color32 {
    alpha(mix(colour.to_opaque(), Color32::WHITE, t), colour.a())
}

/// Nearer to black by `t` (0 to 1); opacity stays.
#[must_use]
pub fn darken(colour: Color32, t: f32) -> Color32 {
    alpha(mix(colour.to_opaque(), Color32::BLACK, t), colour.a())
}

/// What is seen when `top` is painted over an opaque `bottom`.
#[must_use]
pub fn over(top: Color32, bottom: Color32) -> Color32 {
    let keep = 255 - u16::from(top.a());
    let channel = |t: u8, b: u8| (u16::from(t) + (u16::from(b) * keep + 127) / 255).min(255) as u8;
    Color32::from_rgb(
        channel(top.r(), bottom.r()),
        channel(top.g(), bottom.g()),
        channel(top.b(), bottom.b()),
    )
}

/// Relative luminance of an opaque colour, 0 to 1 (WCAG 2.2, "relative luminance").
fn luminance(colour: Color32) -> f32 {
    let linear = |c: u8| {
        let c = f32::from(c) / 255.0;
        if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * linear(colour.r()) + 0.7152 * linear(colour.g()) + 0.0722 * linear(colour.b())
}

/// Contrast ratio of two opaque colours, 1 to 21 (WCAG 2.2, "contrast ratio").
#[must_use]
pub fn contrast_ratio(a: Color32, b: Color32) -> f32 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

/// Dark ink, the alternative to white on light fills.
pub(super) const INK: Color32 = hex(0x1b1206);

/// White where it can be read on this opaque fill, else dark ink.
#[must_use]
pub fn readable_on(fill: Color32) -> Color32 {
    if contrast_ratio(Color32::WHITE, fill) >= 4.5 || luminance(fill) < 0.179 { Color32::WHITE } else { INK }
}
