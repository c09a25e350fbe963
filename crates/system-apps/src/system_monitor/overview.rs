//! The page Overview: rate of syscalls over time, the state of memory, ring and cache, latencies by category.

use super::{
    cards::{self, Card},
    model::{HISTORY, Model},
};
use crate::common::{
    chart::{self, Series},
    format, pane,
    table::{self, Column, Width},
    text,
};
use abi::table::Metrics;
use egui::{Align2, Rect, ScrollArea, Sense, Ui, pos2, vec2};
use widgets::{
    controls::Spinner,
    fonts,
    theme::{Theme, space, type_size},
};

/// Height of the chart, in points.
const CHART: f32 = 116.0;
/// Height of the cards below it.
const CARD: f32 = 76.0;

const COLUMNS: [Column; 7] = [
    Column::text("Category", Width::Share(1.0)),
    Column::figures("Per second", 88.0),
    Column::figures("Calls", 84.0),
    Column::figures("Errors", 68.0).from(560.0),
    Column::figures("p50", 74.0),
    Column::figures("p95", 74.0),
    Column::figures("p99", 74.0),
];

pub(super) fn draw(ui: &mut Ui, area: Rect, model: &Model) {
    let theme = Theme::of(ui);
    let Some(metrics) = &model.metrics else {
        pane::pane(ui, area, "loading", vec2(0.0, area.height() * 0.4), |ui| {
            ui.vertical_centered(|ui| ui.add(Spinner::new("Reading the figures").size(24.0)));
        });
        return;
    };
    pane::pane(ui, area, "overview", vec2(0.0, 0.0), |ui| {
        ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            let width = ui.available_width();
            let categories = metrics.categories.iter().filter(|(_, figures)| figures.count > 0).count();
            let rows = categories as f32 * 26.0 + table::HEAD;
            let height = 12.0 + 44.0 + CHART + space::L + CARD + space::M + rows + space::M;
            let (whole, _) = ui.allocate_exact_size(vec2(width, height), Sense::hover());
            let whole = whole.shrink2(vec2(space::L, 0.0)).with_min_y(whole.top() + 12.0);
            let (head, rest) = pane::split_top(whole, 44.0);
            rate_ui(ui, &theme, head, model);
            let (plot, rest) = pane::split_top(rest, CHART);
            chart_ui(ui, &theme, plot, model);
            let (cards, rest) = pane::split_top(rest.with_min_y(rest.top() + space::L), CARD);
            cards_ui(ui, &theme, cards, model, metrics);
            let rest = rest.with_min_y(rest.top() + space::M);
            categories_ui(ui, &theme, rest, model, metrics);
        });
    });
}

fn rate_ui(ui: &mut Ui, theme: &Theme, rect: Rect, model: &Model) {
    let font = fonts::regular(type_size::BODY);
    text::line(ui, rect, "Syscalls per second", font, theme.text.secondary, Align2::LEFT_CENTER);
    let now = format::rate(model.rate());
    let galley = fonts::tabular(ui, &now, &fonts::semibold(type_size::H1), theme.text.primary);
    let at = pos2(rect.right() - galley.size().x, rect.center().y - galley.size().y / 2.0);
    ui.painter().galley(at, galley, theme.text.primary);
    text::label(ui, ui.scope_id().with("rate"), rect, &format!("Syscalls per second: {now}"));
}

fn chart_ui(ui: &mut Ui, theme: &Theme, rect: Rect, model: &Model) {
    let (calls, errors): (Vec<f32>, Vec<f32>) =
        (model.calls.iter().copied().collect(), model.errors.iter().copied().collect());
    let series = [
        Series { values: &calls, colour: theme.series(1) },
        Series { values: &errors, colour: theme.danger.text },
    ];
    let shown = if errors.iter().any(|&value| value > 0.0) { &series[..] } else { &series[..1] };
    let id = ui.scope_id().with("chart");
    let name = format!("Syscalls per second over the last 30 seconds, now {}", format::rate(model.rate()));
    chart::history(ui, id, rect, &name, HISTORY, shown, |top| format::count(top as u64));
}

fn cards_ui(ui: &mut Ui, theme: &Theme, rect: Rect, model: &Model, metrics: &Metrics) {
    let memory = model.memory.clone().unwrap_or_default();
    let total = memory.machine_total_bytes;
    let share = |part: u64, whole: u64| (whole > 0).then(|| part as f64 / whole as f64);
    let held = metrics.ring.emitted.min(metrics.ring.capacity);
    let ring = share(held, metrics.ring.capacity);
    let asked = metrics.decision_cache.hits + metrics.decision_cache.misses;
    let hits = share(metrics.decision_cache.hits, asked);
    let percent =
        |share: Option<f64>| share.map_or_else(|| "–".into(), |share| format::percent(share * 100.0));
    let cards = [
        Card {
            title: "Memory",
            figure: format::bytes(metrics.resident_bytes.max(memory.resident_bytes)),
            below: if total > 0 { format!("of {}", format::bytes(total)) } else { String::new() },
            fraction: share(metrics.resident_bytes.max(memory.resident_bytes), total),
            colour: theme.series(0),
        },
        Card {
            title: "Processes",
            figure: format::count(metrics.processes.into()),
            below: format!("{} descriptors", format::count(metrics.descriptors.into())),
            fraction: None,
            colour: theme.series(3),
        },
        Card {
            title: "Event ring",
            figure: percent(ring),
            below: format!("{} kept", format::count(held)),
            fraction: ring,
            colour: theme.series(1),
        },
        Card {
            title: "Decision cache",
            figure: percent(hits),
            below: "found".into(),
            fraction: hits,
            colour: theme.series(2),
        },
    ];
    cards::row(ui, rect, &cards);
}

fn categories_ui(ui: &mut Ui, theme: &Theme, rect: Rect, model: &Model, metrics: &Metrics) {
    let (head, body) = pane::split_top(rect, table::HEAD);
    table::heads(ui, ui.scope_id().with("heads"), head, &COLUMNS, None);
    let shown = metrics.categories.iter().filter(|(_, figures)| figures.count > 0);
    for (index, (name, figures)) in shown.enumerate() {
        let top = body.top() + index as f32 * 26.0;
        let row = Rect::from_min_max(pos2(body.left(), top), pos2(body.right(), top + 26.0));
        let cells = table::cells(&COLUMNS, row);
        let rate = model.category_rates.get(name).copied().unwrap_or(0.0);
        let calls = model.category_count(name, figures.count);
        table::cell(ui, cells[0], &COLUMNS[0], name, fonts::control(), theme.text.primary);
        let values = [
            format::rate(rate),
            format::count(calls),
            format::count(figures.errors),
            format::nanos(figures.p50_nanos),
            format::nanos(figures.p95_nanos),
            format::nanos(figures.p99_nanos),
        ];
        let words = format!(
            "{name}: {} per second, {} calls, {} errors, p50 {}, p95 {}, p99 {}",
            values[0], values[1], values[2], values[3], values[4], values[5]
        );
        for (cell, value) in cells.iter().skip(1).zip(&values) {
            table::figure(ui, *cell, value, theme.text.secondary);
        }
        text::label(ui, ui.scope_id().with(("category", name)), row, &words);
    }
}
