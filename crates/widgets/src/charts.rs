//! Charts of numbers that stream in: lines with soft areas, sparklines, bars, a gauge.
//!
//! Data is borrowed for the frame, newest last. More points than pixels are thinned to the least and the greatest of
//! each column, so that peaks stay; numbers that are not finite leave a gap.

use crate::fonts;
use crate::shapes;
use crate::theme::{Theme, radius, type_size};
use egui::{
    Align2, Color32, CornerRadius, Pos2, Rect, Response, Role, Sense, Shape, Stroke, StrokeKind, Ui, Vec2,
    WidgetInfo, lerp, pos2, remap, vec2,
};

/// One line of a chart.
#[derive(Clone, Copy, Debug)]
pub struct Series<'a> {
    /// Shown in the legend.
    pub name: &'a str,
    /// Newest last.
    pub values: &'a [f32],
    /// Of the line; the area below is a veil of it.
    pub colour: Color32,
}

/// A chart of one or more lines with soft areas below.
#[must_use = "show it"]
pub struct LineChart<'a> {
    name: &'a str,
    series: &'a [Series<'a>],
    size: Vec2,
    range: Option<(f32, f32)>,
    capacity: usize,
    legend: bool,
    format: fn(f32) -> String,
}

impl<'a> LineChart<'a> {
    /// A chart with an accessible name.
    pub fn new(name: &'a str, series: &'a [Series<'a>]) -> Self {
        LineChart {
            name,
            series,
            size: vec2(320.0, 150.0),
            range: None,
            capacity: 0,
            legend: true,
            format: short_number,
        }
    }

    /// Size in points.
    pub fn size(mut self, size: Vec2) -> Self {
        self.size = size;
        self
    }

    /// Least and greatest value of the axis; without it the data decides, from zero.
    pub fn range(mut self, least: f32, greatest: f32) -> Self {
        self.range = Some((least, greatest));
        self
    }

    /// How many values the width stands for: a shorter series begins further right. Zero means its own length.
    pub fn capacity(mut self, values: usize) -> Self {
        self.capacity = values;
        self
    }

    /// Without names below.
    pub fn without_legend(mut self) -> Self {
        self.legend = false;
        self
    }

    /// How numbers of the axis are written.
    pub fn format(mut self, format: fn(f32) -> String) -> Self {
        self.format = format;
        self
    }

    /// Draws it. Pointing at it shows the values there.
    pub fn show(self, ui: &mut Ui) -> Response {
        let theme = Theme::of(ui);
        let (rect, response) = ui.allocate_exact_size(self.size, Sense::hover());
        response.widget_info(|| WidgetInfo::labeled(Role::Image, true, self.summary()));
        if !ui.is_rect_visible(rect) {
            return response;
        }
        let legend = if self.legend && self.series.len() > 1 { 22.0 } else { 0.0 };
        let plot = Rect::from_min_max(rect.min + vec2(0.0, 6.0), rect.max - vec2(0.0, legend + 4.0));
        let (low, high) = self.range.unwrap_or_else(|| range_of(self.series));
        self.grid(ui, &theme, plot, low, high);
        for series in self.series {
            paint_line(ui, plot, series, self.capacity, (low, high));
        }
        if legend > 0.0 {
            self.legend_ui(ui, &theme, pos2(rect.left(), rect.bottom() - 8.0));
        }
        self.pointer(ui, &theme, &response, plot, (low, high));
        response
    }

    fn summary(&self) -> String {
        let latest = |series: &Series<'_>| {
            let value = series.values.last().map_or("–".to_owned(), |value| (self.format)(*value));
            format!("{} {value}", series.name)
        };
        format!("{}: {}", self.name, self.series.iter().map(latest).collect::<Vec<_>>().join(", "))
    }

    fn grid(&self, ui: &Ui, theme: &Theme, plot: Rect, low: f32, high: f32) {
        let line = Stroke::new(1.0, theme.surface.divider);
        for step in 0..=4 {
            let y = lerp(plot.bottom()..=plot.top(), step as f32 / 4.0);
            ui.painter().hline(plot.x_range(), y, line);
        }
        let font = fonts::regular(type_size::CAPTION);
        let top = (self.format)(high);
        ui.painter().text(
            plot.right_top() + vec2(-2.0, 2.0),
            Align2::RIGHT_TOP,
            top,
            font.clone(),
            theme.text.muted,
        );
        if low != 0.0 {
            let low = (self.format)(low);
            ui.painter().text(
                plot.right_bottom() - vec2(2.0, 1.0),
                Align2::RIGHT_BOTTOM,
                low,
                font,
                theme.text.muted,
            );
        }
    }

    fn legend_ui(&self, ui: &Ui, theme: &Theme, at: Pos2) {
        let mut x = at.x;
        for series in self.series {
            ui.painter().circle_filled(pos2(x + 4.0, at.y), 4.0, series.colour);
            let font = fonts::medium(type_size::CAPTION);
            let shown = ui.painter().text(
                pos2(x + 13.0, at.y),
                Align2::LEFT_CENTER,
                series.name,
                font,
                theme.text.secondary,
            );
            x = shown.right() + 16.0;
        }
    }

    /// A line with the values at the pointer.
    fn pointer(&self, ui: &Ui, theme: &Theme, response: &Response, plot: Rect, range: (f32, f32)) {
        let Some(pointer) = response.hover_pos().filter(|pos| plot.contains(*pos)) else { return };
        ui.painter().vline(pointer.x, plot.y_range(), Stroke::new(1.0, theme.control.strong_stroke));
        let mut lines = Vec::new();
        for series in self.series {
            let count = series.values.len().max(self.capacity);
            let at =
                remap(pointer.x, plot.x_range(), 0.0..=(count.saturating_sub(1)) as f32).round() as usize;
            let at = at.checked_sub(count - series.values.len());
            if let Some(&value) = at.and_then(|at| series.values.get(at)).filter(|value| value.is_finite()) {
                lines.push((series.colour, format!("{}  {}", series.name, (self.format)(value))));
                let dot = pos2(pointer.x, y_of(plot, value, range));
                ui.painter().circle(dot, 3.5, series.colour, Stroke::new(1.5, theme.surface.window));
            }
        }
        hint(ui, theme, plot, pointer, &lines);
    }
}

fn hint(ui: &Ui, theme: &Theme, plot: Rect, pointer: Pos2, lines: &[(Color32, String)]) {
    if lines.is_empty() {
        return;
    }
    let font = fonts::medium(type_size::CAPTION);
    let galleys: Vec<_> = lines
        .iter()
        .map(|(colour, text)| {
            (*colour, ui.painter().layout_no_wrap(text.clone(), font.clone(), theme.text.primary))
        })
        .collect();
    let width = galleys.iter().map(|(_, galley)| galley.size().x).fold(0.0, f32::max) + 30.0;
    let size = vec2(width, galleys.len() as f32 * 17.0 + 8.0);
    let left =
        if pointer.x + width + 12.0 > plot.right() { pointer.x - width - 10.0 } else { pointer.x + 10.0 };
    let rect = Rect::from_min_size(pos2(left, plot.top() + 4.0), size);
    ui.painter().rect(
        rect,
        CornerRadius::same(radius::SMALL),
        theme.surface.popup,
        theme.outline(),
        StrokeKind::Inside,
    );
    for (row, (colour, galley)) in galleys.into_iter().enumerate() {
        let y = rect.top() + 4.0 + row as f32 * 17.0;
        ui.painter().circle_filled(pos2(rect.left() + 11.0, y + 8.0), 3.5, colour);
        ui.painter().galley(pos2(rect.left() + 20.0, y + 1.5), galley, theme.text.primary);
    }
}

/// From zero to a round number above the greatest value.
fn range_of(series: &[Series<'_>]) -> (f32, f32) {
    let values = series.iter().flat_map(|series| series.values).copied().filter(|value| value.is_finite());
    let (low, high) = values.fold((0.0_f32, 0.0_f32), |(low, high), value| (low.min(value), high.max(value)));
    (if low < 0.0 { -round_up(-low) } else { 0.0 }, if high > 0.0 { round_up(high) } else { 1.0 })
}

/// The next of 1, 2, 2.5, 5 times a power of ten.
fn round_up(value: f32) -> f32 {
    let power = 10.0_f32.powf(value.log10().floor());
    if !power.is_finite() || power <= 0.0 {
        return value.max(f32::MIN_POSITIVE);
    }
    let steps = [1.0, 2.0, 2.5, 5.0, 10.0];
    steps.iter().map(|step| step * power).find(|step| *step >= value).unwrap_or(value)
}

fn y_of(plot: Rect, value: f32, (low, high): (f32, f32)) -> f32 {
    let part = if high > low { (value - low) / (high - low) } else { 0.0 };
    lerp(plot.bottom()..=plot.top(), part.clamp(0.0, 1.0))
}

/// Pieces of a line between gaps, at most about two points for each point of width.
fn polylines(plot: Rect, values: &[f32], capacity: usize, range: (f32, f32)) -> Vec<Vec<Pos2>> {
    let count = values.len().max(capacity).max(2);
    let missing = count - values.len();
    let x_of = |index: usize| remap((index + missing) as f32, 0.0..=(count - 1) as f32, plot.x_range());
    let columns = plot.width().max(1.0) as usize;
    let bucket = count.div_ceil(columns).max(1);
    let (mut lines, mut line) = (Vec::new(), Vec::new());
    for (chunk_index, chunk) in values.chunks(bucket).enumerate() {
        let start = chunk_index * bucket;
        let finite = chunk.iter().copied().enumerate().filter(|(_, value)| value.is_finite());
        let least = finite.clone().min_by(|a, b| a.1.total_cmp(&b.1));
        let greatest = finite.max_by(|a, b| a.1.total_cmp(&b.1));
        match (least, greatest) {
            (Some(a), Some(b)) => {
                let (first, second) = if a.0 <= b.0 { (a, b) } else { (b, a) };
                line.push(pos2(x_of(start + first.0), y_of(plot, first.1, range)));
                if second.0 != first.0 {
                    line.push(pos2(x_of(start + second.0), y_of(plot, second.1, range)));
                }
            }
            _ => lines.push(std::mem::take(&mut line)),
        }
    }
    lines.push(line);
    lines.retain(|line| !line.is_empty());
    lines
}

fn paint_line(ui: &Ui, plot: Rect, series: &Series<'_>, capacity: usize, range: (f32, f32)) {
    for line in polylines(plot, series.values, capacity, range) {
        if line.len() == 1 {
            ui.painter().circle_filled(line[0], 1.5, series.colour);
            continue;
        }
        let (top, bottom) = (series.colour.gamma_multiply(0.34), series.colour.gamma_multiply(0.02));
        ui.painter().add(shapes::fading_area(&line, plot.bottom(), top, bottom));
        ui.painter().add(Shape::line(line, Stroke::new(2.0, series.colour)));
    }
}

/// A small line without axis, for a row of a table or a tile.
pub fn sparkline(ui: &mut Ui, name: &str, values: &[f32], colour: Color32, size: Vec2) -> Response {
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    let series = [Series { name, values, colour }];
    let latest = values.last().copied().unwrap_or(0.0);
    response
        .widget_info(|| WidgetInfo::labeled(Role::Image, true, format!("{name}: {}", short_number(latest))));
    if ui.is_rect_visible(rect) {
        paint_line(ui, rect.shrink(1.0), &series[0], 0, range_of(&series));
    }
    response
}

/// Upright bars, one for each value.
pub fn bar_chart(ui: &mut Ui, name: &str, values: &[f32], colour: Color32, size: Vec2) -> Response {
    let theme = Theme::of(ui);
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, format!("{name}: {} bars", values.len())));
    if values.is_empty() || !ui.is_rect_visible(rect) {
        return response;
    }
    let series = [Series { name, values, colour }];
    let range = range_of(&series);
    ui.painter().hline(rect.x_range(), y_of(rect, 0.0, range), Stroke::new(1.0, theme.surface.divider));
    // Bars thinner than a point would only be a veil.
    let shown = &values[values.len().saturating_sub((rect.width() / 2.0).max(1.0) as usize)..];
    let step = rect.width() / shown.len() as f32;
    let gap = (step * 0.25).clamp(0.0, 6.0);
    for (index, &value) in shown.iter().enumerate().filter(|(_, value)| value.is_finite()) {
        let left = rect.left() + index as f32 * step + gap / 2.0;
        let (y, zero) = (y_of(rect, value, range), y_of(rect, 0.0, range));
        let bar = Rect::from_x_y_ranges(left..=left + step - gap, y.min(zero)..=y.max(zero));
        let round = (bar.width() / 3.0).clamp(0.0, 4.0) as u8;
        ui.painter().rect_filled(bar, CornerRadius { nw: round, ne: round, sw: 0, se: 0 }, colour);
    }
    response
}

/// A row of name, bar and figure, such as `CPU ▬▬▬ 34 %`. `fraction` is 0 to 1.
pub fn gauge_row(ui: &mut Ui, name: &str, fraction: f32, figure: &str, colour: Color32) -> Response {
    let theme = Theme::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 26.0), Sense::hover());
    let fraction = if fraction.is_finite() { fraction.clamp(0.0, 1.0) } else { 0.0 };
    response.widget_info(|| {
        let mut info = WidgetInfo::labeled(Role::Meter, true, format!("{name} {figure}"));
        info.value = Some(f64::from(fraction));
        info
    });
    let y = rect.center().y;
    let font = fonts::medium(type_size::LABEL);
    let (name_width, figure_width) = (74.0, 72.0);
    ui.painter().text(pos2(rect.left(), y), Align2::LEFT_CENTER, name, font.clone(), theme.text.secondary);
    let galley = fonts::tabular(ui, figure, &font, theme.text.secondary);
    ui.painter().galley(
        pos2(rect.right() - galley.size().x, y - galley.size().y / 2.0),
        galley,
        theme.text.secondary,
    );
    let bar = Rect::from_min_max(
        pos2(rect.left() + name_width, y - 4.0),
        pos2((rect.right() - figure_width).max(rect.left() + name_width), y + 4.0),
    );
    let round = CornerRadius::same(4);
    ui.painter().rect_filled(bar, round, theme.control.track);
    if fraction > 0.0 {
        let full = Rect::from_min_size(
            bar.min,
            vec2((bar.width() * fraction).max(8.0).min(bar.width()), bar.height()),
        );
        ui.painter().rect_filled(full, round, colour);
    }
    response
}

/// A number in few characters: `950`, `1.2k`, `34M`.
#[must_use]
pub fn short_number(value: f32) -> String {
    if !value.is_finite() {
        return "–".to_owned();
    }
    let (scaled, unit) = match value.abs() {
        v if v >= 1e9 => (value / 1e9, "G"),
        v if v >= 1e6 => (value / 1e6, "M"),
        v if v >= 1e4 => (value / 1e3, "k"),
        _ => (value, ""),
    };
    let decimals = match scaled.abs() {
        v if v >= 100.0 || scaled.fract() == 0.0 => 0,
        v if v >= 10.0 => 1,
        _ => 2,
    };
    format!("{scaled:.decimals$}{unit}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plot() -> Rect {
        Rect::from_min_size(Pos2::ZERO, vec2(100.0, 50.0))
    }

    #[test]
    fn many_values_are_thinned_and_peaks_stay() {
        let mut values = vec![0.0; 100_000];
        values[51_234] = 10.0;
        let lines = polylines(plot(), &values, 0, (0.0, 10.0));
        let points: Vec<_> = lines.into_iter().flatten().collect();
        assert!(points.len() <= 220, "{}", points.len());
        assert!(points.iter().any(|point| point.y == 0.0), "the peak is at the top");
    }

    #[test]
    fn gaps_and_short_series_keep_their_place() {
        let lines = polylines(plot(), &[1.0, f32::NAN, 2.0, 3.0], 0, (0.0, 4.0));
        assert_eq!(lines.iter().map(Vec::len).collect::<Vec<_>>(), [1, 2]);
        let lines = polylines(plot(), &[1.0, 1.0], 11, (0.0, 4.0));
        assert_eq!(lines[0].iter().map(|point| point.x).collect::<Vec<_>>(), [90.0, 100.0]);
        assert!(polylines(plot(), &[], 0, (0.0, 1.0)).is_empty());
    }

    #[test]
    fn axes_end_in_round_numbers() {
        let range = |values: &[f32]| range_of(&[Series { name: "", values, colour: Color32::WHITE }]);
        assert_eq!(range(&[3.0, 8.7]), (0.0, 10.0));
        assert_eq!(range(&[180.0]), (0.0, 200.0));
        assert_eq!(range(&[]), (0.0, 1.0));
        assert_eq!(range(&[f32::INFINITY, -4.0]), (-5.0, 1.0));
    }

    #[test]
    fn numbers_are_short() {
        let texts = [0.0, 4.25, 12.34, 950.0, 12_300.0, 3.4e7, 2e9, f32::NAN].map(short_number);
        assert_eq!(texts, ["0", "4.25", "12.3", "950", "12.3k", "34M", "2G", "–"]);
    }
}
