//! Points, sizes and rectangles in logical pixels, and how bad numbers become sane ones.
//!
//! Coordinates are kept as multiples of 1/64 point and within ±[`LIMIT`]; within that range `f32`
//! sums are exact, so edges that should meet do meet and geometry can be compared with `==`.

use serde::{Deserialize, Serialize};

/// Largest coordinate or length that is kept, in points.
pub(crate) const LIMIT: f32 = 16_384.0;
const STEPS_PER_POINT: f32 = 64.0;

/// A position in points from the frame's top left corner.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Point {
    pub x: f32,
    pub y: f32,
}

/// Width and height in points.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Size {
    pub width: f32,
    pub height: f32,
}

/// An axis-aligned rectangle in points; `x`, `y` is its top left corner.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Rect {
    pub x: f32,
    pub y: f32,
    pub width: f32,
    pub height: f32,
}

impl Point {
    pub const fn new(x: f32, y: f32) -> Self {
        Self { x, y }
    }

    /// Distance to `other` in points.
    pub fn distance(self, other: Point) -> f32 {
        (self.x - other.x).hypot(self.y - other.y)
    }

    pub(crate) fn sane(self) -> Self {
        Self::new(sane_coordinate(self.x), sane_coordinate(self.y))
    }
}

impl Size {
    pub const fn new(width: f32, height: f32) -> Self {
        Self { width, height }
    }

    pub(crate) fn sane(self) -> Self {
        Self::new(sane_coordinate(self.width).max(1.0), sane_coordinate(self.height).max(1.0))
    }

    pub(crate) fn at_least(self, other: Size) -> Self {
        Self::new(self.width.max(other.width), self.height.max(other.height))
    }

    pub(crate) fn at_most(self, other: Size) -> Self {
        Self::new(self.width.min(other.width), self.height.min(other.height))
    }
}

impl Rect {
    pub const fn new(x: f32, y: f32, width: f32, height: f32) -> Self {
        Self { x, y, width, height }
    }

    pub const fn from_min_size(min: Point, size: Size) -> Self {
        Self::new(min.x, min.y, size.width, size.height)
    }

    pub(crate) fn from_edges(left: f32, top: f32, right: f32, bottom: f32) -> Self {
        Self::new(left, top, right - left, bottom - top)
    }

    pub const fn min(self) -> Point {
        Point::new(self.x, self.y)
    }

    pub const fn size(self) -> Size {
        Size::new(self.width, self.height)
    }

    pub fn right(self) -> f32 {
        self.x + self.width
    }

    pub fn bottom(self) -> f32 {
        self.y + self.height
    }

    pub fn centre(self) -> Point {
        Point::new(self.x + self.width / 2.0, self.y + self.height / 2.0)
    }

    /// Whether `point` is inside; the right and bottom edges are outside.
    pub fn contains(self, point: Point) -> bool {
        (self.x..self.right()).contains(&point.x) && (self.y..self.bottom()).contains(&point.y)
    }

    /// Whether `other` lies wholly inside.
    pub fn encloses(self, other: Rect) -> bool {
        self.x <= other.x
            && self.y <= other.y
            && other.right() <= self.right()
            && other.bottom() <= self.bottom()
    }

    /// Grown by `by` points on each side.
    pub fn expanded(self, by: f32) -> Self {
        Self::new(self.x - by, self.y - by, self.width + 2.0 * by, self.height + 2.0 * by)
    }

    pub(crate) fn sane(self) -> Self {
        Self::from_min_size(self.min().sane(), self.size().sane())
    }

    pub(crate) fn is_sane(self) -> bool {
        self == self.sane()
    }
}

/// NaN becomes 0, the rest is clamped to ±[`LIMIT`] and put on the 1/64 point grid.
pub(crate) fn sane_coordinate(value: f32) -> f32 {
    if value.is_nan() {
        return 0.0;
    }
    // Adding zero turns -0.0 into 0.0, so that text snapshots never show it.
    (value.clamp(-LIMIT, LIMIT) * STEPS_PER_POINT).round() / STEPS_PER_POINT + 0.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bad_numbers_become_sane_ones() {
        assert_eq!(sane_coordinate(f32::NAN), 0.0);
        assert_eq!(sane_coordinate(f32::INFINITY), LIMIT);
        assert_eq!(sane_coordinate(f32::NEG_INFINITY), -LIMIT);
        assert_eq!(sane_coordinate(0.1), 0.09375);
        assert_eq!(Size::new(-5.0, f32::NAN).sane(), Size::new(1.0, 1.0));
    }

    #[test]
    fn right_and_bottom_edges_are_outside() {
        let rect = Rect::new(10.0, 10.0, 5.0, 5.0);
        assert!(rect.contains(Point::new(10.0, 10.0)));
        assert!(!rect.contains(Point::new(15.0, 12.0)));
        assert!(rect.encloses(rect) && !rect.encloses(rect.expanded(1.0)));
    }
}
