//! Lines over time, with a soft area below and quiet lines behind.

use egui::{Color32, Id, Pos2, Rect, Role, Sense, Shape, Stroke, Ui, WidgetInfo, pos2};
use widgets::{
    fonts, shapes,
    theme::{Theme, alpha, type_size},
};

/// One line of a chart, oldest value first.
pub(crate) struct Series<'a> {
    pub(crate) values: &'a [f32],
    pub(crate) colour: Color32,
}

/// Draws series over a fixed number of places in time; the newest value stands at the right edge. `name` is read
/// out. `unit` formats the value of the top line.
pub(crate) fn history(
    ui: &mut Ui,
    id: Id,
    rect: Rect,
    name: &str,
    places: usize,
    series: &[Series<'_>],
    unit: impl Fn(f64) -> String,
) {
    let theme = Theme::of(ui);
    let response = ui.interact(rect, id, Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, name));
    if !ui.is_rect_visible(rect) || rect.width() < 8.0 || rect.height() < 8.0 {
        return;
    }
    let highest =
        series.iter().flat_map(|s| s.values).copied().filter(|v| v.is_finite()).fold(0.0_f32, f32::max);
    let top = nice_top(f64::from(highest));
    for step in 0..=4 {
        let y = rect.top() + rect.height() * step as f32 / 4.0;
        ui.painter().hline(rect.x_range(), y, Stroke::new(1.0, theme.surface.divider));
    }
    let painter = ui.painter().with_clip_rect(rect.expand(1.0).intersect(ui.clip_rect()));
    for line in series {
        let points = points(rect, places, line.values, top as f32);
        if points.len() < 2 {
            continue;
        }
        let strong = alpha(line.colour, if theme.is_dark() { 96 } else { 70 });
        painter.add(shapes::fading_area(&points, rect.bottom(), strong, alpha(line.colour, 6)));
        painter.add(Shape::line(points, Stroke::new(1.75, line.colour)));
    }
    let font = fonts::regular(type_size::CAPTION);
    let at = rect.left_top() + egui::vec2(2.0, 3.0);
    ui.painter().text(at, egui::Align2::LEFT_TOP, unit(top), font, theme.text.muted);
}

/// The smallest of 1, 2, 5 times a power of ten that is not below the value; at least 10.
fn nice_top(value: f64) -> f64 {
    let value = value.max(10.0);
    let power = 10.0_f64.powf(value.log10().floor());
    [1.0, 2.0, 5.0, 10.0].into_iter().map(|m| m * power).find(|&top| top >= value).unwrap_or(value)
}

/// Curve through the values: Catmull-Rom with four steps between two values, kept above the floor.
fn points(rect: Rect, places: usize, values: &[f32], top: f32) -> Vec<Pos2> {
    const STEPS: usize = 4;
    let places = places.max(2);
    let values = &values[values.len().saturating_sub(places)..];
    let step = rect.width() / (places - 1) as f32;
    let first = rect.right() - step * values.len().saturating_sub(1) as f32;
    let height = |value: f32| {
        let share = if value.is_finite() { (value / top).clamp(0.0, 1.0) } else { 0.0 };
        rect.bottom() - share * rect.height()
    };
    let at = |index: isize| values[index.clamp(0, values.len() as isize - 1) as usize];
    let mut out = Vec::with_capacity(values.len() * STEPS);
    for index in 0..values.len().saturating_sub(1) {
        let i = index as isize;
        let (a, b, c, d) = (at(i - 1), at(i), at(i + 1), at(i + 2));
        for part in 0..STEPS {
            let t = part as f32 / STEPS as f32;
            let value = 0.5
                * (2.0 * b
                    + (c - a) * t
                    + (2.0 * a - 5.0 * b + 4.0 * c - d) * t * t
                    + (3.0 * b - a - 3.0 * c + d) * t * t * t);
            out.push(pos2(first + step * (index as f32 + t), height(value)));
        }
    }
    if let Some(&last) = values.last() {
        out.push(pos2(rect.right(), height(last)));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scale_is_round_and_never_below_the_values() {
        for (value, top) in [(0.0, 10.0), (10.0, 10.0), (11.0, 20.0), (230.0, 500.0), (7_000.0, 10_000.0)] {
            assert_eq!(nice_top(value), top);
        }
    }

    #[test]
    fn a_curve_stays_inside_and_ends_at_the_right() {
        let rect = Rect::from_min_max(pos2(0.0, 0.0), pos2(100.0, 50.0));
        let drawn = points(rect, 10, &[0.0, 10.0, 0.0, f32::NAN, 10.0], 10.0);
        assert!(drawn.iter().all(|p| rect.expand(0.1).contains(*p)));
        assert_eq!(drawn.last().map(|p| p.x), Some(100.0));
        assert!(points(rect, 10, &[], 10.0).is_empty());
    }
}
