//! Shapes that egui has not: rounded rectangles whose colour depends on the place.

use egui::{Color32, Mesh, Pos2, Rect, Shape, Vec2, pos2, vec2};
use std::f32::consts::{FRAC_PI_2, TAU};

/// A rounded rectangle with a linear gradient. `angle_degrees` as in CSS: 0 goes up, 90 right, 180 down.
/// `feather_points` is the width of the soft edge, one physical pixel for a crisp one.
pub fn gradient_rect(
    rect: Rect,
    radius: f32,
    angle_degrees: f32,
    [from, to]: [Color32; 2],
    feather_points: f32,
) -> Shape {
    let radians = angle_degrees.to_radians();
    let direction = vec2(radians.sin(), -radians.cos());
    // Length of the gradient line: the corners get exactly the end colours (CSS Images 3, section 3.1.1).
    let length = (rect.width() * direction.x.abs() + rect.height() * direction.y.abs()).max(f32::EPSILON);
    let colour = |at: Pos2| {
        let t = (at - rect.center()).dot(direction) / length + 0.5;
        from.lerp_to_gamma(to, t.clamp(0.0, 1.0))
    };
    shaded_rect(rect, radius, feather_points, colour)
}

/// A rounded rectangle with a colour at each point of its edge, blended inside.
fn shaded_rect(rect: Rect, radius: f32, feather_points: f32, colour: impl Fn(Pos2) -> Color32) -> Shape {
    if !rect.is_finite() || !rect.is_positive() {
        return Shape::Noop;
    }
    let radius = radius.clamp(0.0, rect.size().min_elem() / 2.0);
    let half = (feather_points / 2.0).clamp(0.0, rect.size().min_elem() / 2.0);
    let outline = outline(rect, radius);
    let mut mesh = Mesh::default();
    mesh.colored_vertex(rect.center(), colour(rect.center()));
    for &(point, normal) in &outline {
        let shade = colour(point);
        mesh.colored_vertex(point - normal * half, shade);
        mesh.colored_vertex(point + normal * half, Color32::TRANSPARENT);
    }
    let count = outline.len() as u32;
    for i in 0..count {
        let (inner, next) = (1 + 2 * i, 1 + 2 * ((i + 1) % count));
        mesh.add_triangle(0, inner, next);
        mesh.add_triangle(inner, inner + 1, next);
        mesh.add_triangle(next, inner + 1, next + 1);
    }
    Shape::mesh(mesh)
}

/// Points of the edge, clockwise from the right end of the top edge, each with its outward normal.
fn outline(rect: Rect, radius: f32) -> Vec<(Pos2, Vec2)> {
    let steps = if radius < 0.5 { 1 } else { (radius.sqrt() * 3.0).ceil().clamp(4.0, 32.0) as usize };
    let inner = rect.shrink(radius);
    let corners = [inner.right_top(), inner.right_bottom(), inner.left_bottom(), inner.left_top()];
    let mut points = Vec::with_capacity(4 * (steps + 1));
    for (corner, centre) in corners.into_iter().enumerate() {
        let start = -TAU / 4.0 + corner as f32 * FRAC_PI_2;
        for step in 0..=steps {
            let angle = start + FRAC_PI_2 * step as f32 / steps as f32;
            let normal = Vec2::angled(angle);
            points.push((pos2(centre.x, centre.y) + normal * radius, normal));
        }
    }
    points
}

/// A filled area between a line and a floor, fading towards the floor.
pub fn fading_area(line: &[Pos2], floor_y: f32, top: Color32, bottom: Color32) -> Shape {
    let mut mesh = Mesh::default();
    for (i, &point) in line.iter().enumerate() {
        mesh.colored_vertex(point, top);
        mesh.colored_vertex(pos2(point.x, floor_y), bottom);
        if i > 0 {
            let left = 2 * (i as u32 - 1);
            mesh.add_triangle(left, left + 1, left + 2);
            mesh.add_triangle(left + 1, left + 2, left + 3);
        }
    }
    Shape::mesh(mesh)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mesh(shape: Shape) -> std::sync::Arc<Mesh> {
        match shape {
            Shape::Mesh(mesh) => mesh,
            other => panic!("not a mesh: {other:?}"),
        }
    }

    #[test]
    fn a_gradient_starts_and_ends_with_its_colours() {
        let rect = Rect::from_min_size(Pos2::ZERO, vec2(100.0, 50.0));
        let mesh = mesh(gradient_rect(rect, 0.0, 180.0, [Color32::RED, Color32::BLUE], 1.0));
        assert!(mesh.is_valid());
        for vertex in mesh.vertices.iter().filter(|v| v.color != Color32::TRANSPARENT) {
            if vertex.pos.y < 1.0 {
                assert_eq!(vertex.color, Color32::RED);
            } else if vertex.pos.y > 49.0 {
                assert_eq!(vertex.color, Color32::BLUE);
            }
        }
    }

    #[test]
    fn impossible_rectangles_draw_nothing() {
        for rect in [Rect::NOTHING, Rect::NAN, Rect::from_min_size(Pos2::ZERO, Vec2::ZERO)] {
            assert_eq!(gradient_rect(rect, 4.0, 0.0, [Color32::RED; 2], 1.0), Shape::Noop);
        }
    }
}
