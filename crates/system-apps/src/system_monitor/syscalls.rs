//! The page Syscalls: each row of the table that was called, with its count and latencies.

use super::model::{Command, Model};
use crate::common::{
    format,
    pane::{self, TOOLBAR},
    rows,
    table::{self, Column, RowState, Width},
};
use abi::table::{Row, RowMetrics};
use egui::{Align2, Rect, Role, Ui, vec2};
use widgets::{
    controls::{EmptyState, TextField, author_id},
    fonts,
    icons::Icon,
    theme::{Theme, space, type_size},
};

const COLUMNS: [Column; 8] = [
    Column::text("Call", Width::Share(1.0)),
    Column::text("Category", Width::Fixed(92.0)).from(720.0),
    Column::figures("Calls", 84.0),
    Column::figures("Errors", 64.0),
    Column::figures("p50", 72.0),
    Column::figures("p95", 72.0),
    Column::figures("p99", 72.0),
    Column::figures("Longest", 82.0).from(600.0),
];

pub(super) fn draw(ui: &mut Ui, area: Rect, model: &Model, commands: &mut Vec<Command>) {
    let theme = Theme::of(ui);
    let (top, rest) = pane::split_top(area, TOOLBAR);
    pane::bar(ui, top, "tools", space::M, |ui| {
        let mut filter = model.row_filter.clone();
        let field =
            ui.add(TextField::search(&mut filter, "Filter by name").placeholder("Filter").width(200.0));
        author_id(ui, field.id, "filter-calls");
        if field.changed() {
            commands.push(Command::FilterRows(filter));
        }
    });
    let inset = vec2(space::S, 0.0);
    let (head, body) = pane::split_top(rest, table::HEAD);
    let clicked =
        table::heads(ui, ui.scope_id().with("heads"), head.shrink2(inset), &COLUMNS, Some(model.sort));
    if let Some(column) = clicked {
        let figures = COLUMNS[column].align == Align2::RIGHT_CENTER;
        commands.push(Command::SortBy(model.sort.clicked(column, figures)));
    }
    let shown = sorted(model);
    if shown.is_empty() {
        pane::pane(ui, body, "empty", vec2(space::L, 0.0), |ui| {
            EmptyState::new(Icon::MagnifyingGlass, "No match", "No call with this name was made.").show(ui);
        });
        return;
    }
    let id = ui.scope_id().with("calls");
    pane::pane(ui, body, "rows", inset, |ui| {
        rows::virtual_rows(ui, "scroll", 26.0, shown.len(), None, |ui, at, place| {
            let row = shown[at];
            table::row(ui, id.with(&row.name), place, RowState::Plain, Role::Row, &row.name);
            let cells = table::cells(&COLUMNS, place);
            let font = fonts::mono(type_size::LABEL);
            table::cell(ui, cells[0], &COLUMNS[0], &row.name, font, theme.text.primary);
            let quiet = fonts::regular(type_size::LABEL);
            table::cell(ui, cells[1], &COLUMNS[1], category(row), quiet, theme.text.muted);
            let figures = &row.figures;
            let errors = if figures.errors > 0 { theme.danger.text } else { theme.text.secondary };
            let values = [
                (format::count(model.count_without_own(row)), theme.text.secondary),
                (format::count(figures.errors), errors),
                (format::nanos(figures.p50_nanos), theme.text.secondary),
                (format::nanos(figures.p95_nanos), theme.text.secondary),
                (format::nanos(figures.p99_nanos), theme.text.secondary),
                (format::nanos(figures.max_nanos), theme.text.secondary),
            ];
            for (cell, (value, colour)) in cells.iter().skip(2).zip(values) {
                table::figure(ui, *cell, &value, colour);
            }
        });
    });
}

fn category(row: &RowMetrics) -> &'static str {
    Row::by_name(&row.name).map_or("", |row| row.category.name())
}

/// Rows that pass the filter, in the order of the table.
fn sorted(model: &Model) -> Vec<&RowMetrics> {
    let needle = model.row_filter.trim().to_lowercase();
    let all = model.metrics.iter().flat_map(|metrics| &metrics.rows);
    let mut shown: Vec<&RowMetrics> =
        all.filter(|row| row.name.contains(&needle) && model.count_without_own(row) > 0).collect();
    shown.sort_by(|a, b| {
        let (x, y) = (&a.figures, &b.figures);
        let order = match model.sort.column {
            1 => category(a).cmp(category(b)),
            2 => model.count_without_own(a).cmp(&model.count_without_own(b)),
            3 => x.errors.cmp(&y.errors),
            4 => x.p50_nanos.cmp(&y.p50_nanos),
            5 => x.p95_nanos.cmp(&y.p95_nanos),
            6 => x.p99_nanos.cmp(&y.p99_nanos),
            7 => x.max_nanos.cmp(&y.max_nanos),
            _ => a.name.cmp(&b.name),
        };
        let order = if model.sort.descending { order.reverse() } else { order };
        order.then_with(|| a.name.cmp(&b.name))
    });
    shown
}
