//! Sizes and scales between the host and the desktop.
//!
//! Three units meet here: physical pixels; the host's points (pixels over the host's scale); and the
//! desktop's points, which differ by the scale that the user chose in the desktop. egui's input is in
//! the desktop's points.

use egui::{Pos2, RawInput, Rect, Vec2, ViewportId};
use std::time::Duration;

/// Textures (font atlas, images) may have this many pixels a side: what every adapter of the last decade can.
pub(crate) const MAX_TEXTURE_SIDE: usize = 8192;

/// Size and scale of what the desktop is shown in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Viewport {
    /// Physical pixels.
    pub(crate) size_pixels: [u32; 2],
    /// Physical pixels per point of the host.
    pub(crate) native_scale: f32,
    /// Physical pixels per point of the desktop, as its last frame said.
    pub(crate) pixels_per_point: f32,
}

impl Viewport {
    pub(crate) fn new(size_pixels: [u32; 2], native_scale: f32) -> Self {
        Viewport { size_pixels, native_scale, pixels_per_point: native_scale }
    }

    /// Changes size and scale of the host, keeping the desktop's own scale.
    pub(crate) fn set_host(&mut self, size_pixels: [u32; 2], native_scale: f32) {
        self.pixels_per_point *= native_scale / self.native_scale;
        self.native_scale = native_scale;
        self.size_pixels = size_pixels;
    }

    /// Size in the desktop's points.
    pub(crate) fn size_points(&self) -> Vec2 {
        Vec2::new(self.size_pixels[0] as f32, self.size_pixels[1] as f32) / self.pixels_per_point
    }

    /// Fills in what a front-end says about itself.
    pub(crate) fn fill(&self, input: &mut RawInput, now: Duration) {
        // A minimised window may have no size: then egui keeps the last one.
        let visible = self.size_pixels[0] > 0 && self.size_pixels[1] > 0;
        input.screen_rect = visible.then(|| Rect::from_min_size(Pos2::ZERO, self.size_points()));
        input.time = Some(now.as_secs_f64());
        input.max_texture_side = Some(MAX_TEXTURE_SIDE);
        input.viewport_id = ViewportId::ROOT;
        input.viewports.entry(ViewportId::ROOT).or_default().native_pixels_per_point =
            Some(self.native_scale);
    }

    /// Takes the scale of a frame, and says whether it is another one than its input was made for.
    pub(crate) fn take_scale(&mut self, pixels_per_point: f32) -> bool {
        if !pixels_per_point.is_finite() || pixels_per_point <= 0.0 {
            return false;
        }
        let changed = (pixels_per_point - self.pixels_per_point).abs() > 1e-4 * self.pixels_per_point;
        self.pixels_per_point = pixels_per_point;
        changed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_desktops_own_scale_survives_a_move_to_another_screen() {
        let mut viewport = Viewport::new([1280, 800], 1.0);
        assert!(viewport.take_scale(1.5));
        assert!(!viewport.take_scale(1.5));
        viewport.set_host([2560, 1600], 2.0);
        assert_eq!(viewport.pixels_per_point, 3.0);
        assert_eq!(viewport.size_points(), Vec2::new(2560.0 / 3.0, 1600.0 / 3.0));
    }

    #[test]
    fn no_size_means_as_before() {
        let mut input = RawInput::default();
        Viewport::new([0, 0], 1.0).fill(&mut input, Duration::ZERO);
        assert_eq!(input.screen_rect, None);
        assert!(!Viewport::new([1, 1], 1.0).take_scale(f32::NAN));
    }
}
