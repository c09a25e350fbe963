//! Rectangles of whole pixels: clips, bounds and damage are all in this one unit.

use egui::Rect;

/// A half-open rectangle in physical pixels, `min` inside and `max` outside. Empty when `max ≤ min`
/// in either direction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PixelRect {
    /// Left and top.
    pub min: [u32; 2],
    /// Right and bottom, not included.
    pub max: [u32; 2],
}

impl PixelRect {
    /// Everything of a target.
    #[must_use]
    pub fn of_size(size: [u32; 2]) -> Self {
        PixelRect { min: [0, 0], max: size }
    }

    /// The pixels of a clip rectangle in points: edges are rounded, as egui's own renderers do, so that
    /// neighbouring clips neither overlap nor leave a gap.
    #[must_use]
    pub fn from_clip(clip: Rect, pixels_per_point: f32, size: [u32; 2]) -> Self {
        // A cast from f32 saturates and takes NaN to 0, so no clip can leave the target.
        let at = |value: f32, limit: u32| ((value * pixels_per_point).round() as u32).min(limit);
        PixelRect {
            min: [at(clip.min.x, size[0]), at(clip.min.y, size[1])],
            max: [at(clip.max.x, size[0]), at(clip.max.y, size[1])],
        }
    }

    /// Every pixel that something within `bounds` (points) can touch. Not finite means everything.
    #[must_use]
    pub fn from_bounds(bounds: Rect, pixels_per_point: f32, size: [u32; 2]) -> Self {
        if !bounds.is_finite() {
            return if bounds.is_negative() { PixelRect::default() } else { PixelRect::of_size(size) };
        }
        let low = |value: f32, limit: u32| ((value * pixels_per_point - 1.0).floor() as u32).min(limit);
        let high = |value: f32, limit: u32| ((value * pixels_per_point + 1.0).ceil() as u32).min(limit);
        PixelRect {
            min: [low(bounds.min.x, size[0]), low(bounds.min.y, size[1])],
            max: [high(bounds.max.x, size[0]), high(bounds.max.y, size[1])],
        }
    }

    /// Whether it holds no pixel.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.max[0] <= self.min[0] || self.max[1] <= self.min[1]
    }

    /// Width in pixels.
    #[must_use]
    pub fn width(&self) -> u32 {
        self.max[0].saturating_sub(self.min[0])
    }

    /// Height in pixels.
    #[must_use]
    pub fn height(&self) -> u32 {
        self.max[1].saturating_sub(self.min[1])
    }

    /// Number of pixels.
    #[must_use]
    pub fn area(&self) -> u64 {
        u64::from(self.width()) * u64::from(self.height())
    }

    /// What both hold.
    #[must_use]
    pub fn intersect(&self, other: &Self) -> Self {
        PixelRect {
            min: [self.min[0].max(other.min[0]), self.min[1].max(other.min[1])],
            max: [self.max[0].min(other.max[0]), self.max[1].min(other.max[1])],
        }
    }

    /// The smallest rectangle that holds both; an empty one adds nothing.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        if self.is_empty() {
            return *other;
        }
        if other.is_empty() {
            return *self;
        }
        PixelRect {
            min: [self.min[0].min(other.min[0]), self.min[1].min(other.min[1])],
            max: [self.max[0].max(other.max[0]), self.max[1].max(other.max[1])],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use egui::pos2;

    #[test]
    fn clips_round_and_stay_inside() {
        let clip = Rect::from_min_max(pos2(-5.0, 1.26), pos2(1e9, 10.0));
        let got = PixelRect::from_clip(clip, 2.0, [100, 50]);
        assert_eq!(got, PixelRect { min: [0, 3], max: [100, 20] });
        let broken = Rect::from_min_max(pos2(f32::NAN, 0.0), pos2(f32::INFINITY, f32::NAN));
        assert!(PixelRect::from_clip(broken, 1.0, [10, 10]).is_empty());
    }

    #[test]
    fn bounds_are_generous_and_broken_ones_are_everything() {
        let got = PixelRect::from_bounds(Rect::from_min_max(pos2(3.5, 3.5), pos2(4.5, 4.5)), 1.0, [10, 10]);
        assert_eq!(got, PixelRect { min: [2, 2], max: [6, 6] });
        let broken = Rect::from_min_max(pos2(f32::NAN, 0.0), pos2(1.0, 1.0));
        assert_eq!(PixelRect::from_bounds(broken, 1.0, [10, 10]), PixelRect::of_size([10, 10]));
        assert!(PixelRect::from_bounds(Rect::NOTHING, 1.0, [10, 10]).is_empty());
    }
}
