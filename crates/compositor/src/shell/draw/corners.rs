//! Keeps what an app paints within the rounded corners at the foot of its window.
//!
//! The painter clips to rectangles only, so a panel or status bar that reaches into a corner would stand out of the
//! frame. Its rectangle gets the corner of the frame instead. What is no plain rectangle (a picture, a mesh of glyphs) is
//! left as it is.

use egui::{LayerId, Rect, Shape, Ui, epaint::RectShape, layers::ShapeIdx};

/// How near to a corner a rectangle must come to be rounded, in points.
const NEAR: f32 = 1.5;

/// Where the shapes of the content begin.
pub(super) fn begin(ui: &Ui, layer: LayerId) -> ShapeIdx {
    ui.ctx().graphics_mut(|layers| layers.entry(layer).next_idx())
}

/// Rounds what was painted since `begin` where it reaches into a bottom corner of `content`.
pub(super) fn round_bottom(ui: &Ui, layer: LayerId, begin: ShapeIdx, content: Rect, radius: u8) {
    if radius == 0 {
        return;
    }
    ui.ctx().graphics_mut(|layers| {
        let list = layers.entry(layer);
        for index in begin.0..list.next_idx().0 {
            list.mutate_shape(ShapeIdx(index), |clipped| {
                let clip = clipped.clip_rect;
                round(&mut clipped.shape, clip, content, radius);
            });
        }
    });
}

fn round(shape: &mut Shape, clip: Rect, content: Rect, radius: u8) {
    match shape {
        Shape::Rect(rect) => round_rect(rect, clip, content, radius),
        Shape::Vec(shapes) => shapes.iter_mut().for_each(|shape| round(shape, clip, content, radius)),
        _ => {}
    }
}

fn round_rect(shape: &mut RectShape, clip: Rect, content: Rect, radius: u8) {
    let seen = shape.rect.intersect(clip);
    let at_foot = seen.bottom() > content.bottom() - NEAR;
    let (left, right) = (seen.left() < content.left() + NEAR, seen.right() > content.right() - NEAR);
    if !seen.is_positive() || !at_foot || !(left || right) {
        return;
    }
    if seen != shape.rect {
        // The clip cuts it: it is made as small as what is seen, so that its own corner is there. That would move an
        // outline or a picture, which are left alone.
        if shape.stroke.width > 0.0 || shape.brush.is_some() {
            return;
        }
        shape.rect = seen;
        shape.corner_radius = egui::CornerRadius::ZERO;
    }
    if left {
        shape.corner_radius.sw = shape.corner_radius.sw.max(radius);
    }
    if right {
        shape.corner_radius.se = shape.corner_radius.se.max(radius);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use egui::{Color32, CornerRadius, pos2};

    fn rounded(rect: Rect, clip: Rect) -> (Rect, CornerRadius) {
        let content = Rect::from_min_max(pos2(0.0, 0.0), pos2(200.0, 100.0));
        let mut shape = Shape::Vec(vec![Shape::rect_filled(rect, 0, Color32::WHITE)]);
        round(&mut shape, clip, content, 11);
        let Shape::Vec(shapes) = shape else { unreachable!("it was one") };
        let Shape::Rect(shape) = &shapes[0] else { unreachable!("it was one") };
        (shape.rect, shape.corner_radius)
    }

    #[test]
    fn what_reaches_a_bottom_corner_is_rounded_there_and_nothing_else_is() {
        let all = Rect::EVERYTHING;
        let at = |x0, y0, x1, y1| Rect::from_min_max(pos2(x0, y0), pos2(x1, y1));
        let both = CornerRadius { nw: 0, ne: 0, sw: 11, se: 11 };
        assert_eq!(rounded(at(0.0, 70.0, 200.0, 100.0), all).1, both, "a status bar");
        assert_eq!(rounded(at(0.0, 0.0, 60.0, 100.0), all).1, CornerRadius { se: 0, ..both }, "a side bar");
        assert_eq!(rounded(at(0.0, 0.0, 200.0, 60.0), all).1, CornerRadius::ZERO, "a tool bar");
        assert_eq!(rounded(at(60.0, 60.0, 140.0, 100.0), all).1, CornerRadius::ZERO, "between the corners");
    }

    #[test]
    fn what_a_clip_cuts_at_the_corner_ends_there() {
        let clip = Rect::from_min_max(pos2(0.0, 0.0), pos2(200.0, 100.0));
        let long = Rect::from_min_max(pos2(0.0, 20.0), pos2(200.0, 900.0));
        let (rect, corner) = rounded(long, clip);
        assert_eq!((rect.bottom(), corner.se), (100.0, 11));
    }
}
