//! The page Syscalls: each row of the table that was called, with its count and latencies.

use super::{
    model::{Command, Model},
    ui::View,
};
use crate::common::{
    format,
    grid::{Cell, Grid, GridEvent, Instead, Line, Look},
    pane::{self, TOOLBAR},
    table::{Column, Width},
};
use abi::table::{Row, RowMetrics};
use egui::{Rect, Ui};
use widgets::{
    controls::{self, Switch, TextField, author_id},
    icons::Icon,
    theme::space,
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

pub(super) fn draw(ui: &mut Ui, area: Rect, model: &Model, view: &mut View, commands: &mut Vec<Command>) {
    let (top, rest) = pane::split_top(area, TOOLBAR);
    pane::bar(ui, top, "tools", space::M, |ui| {
        let mut filter = model.row_filter.clone();
        let field =
            ui.add(TextField::search(&mut filter, "Filter by name").placeholder("Filter").width(200.0));
        author_id(ui, field.id, "filter-calls");
        if field.changed() {
            commands.push(Command::FilterRows(filter));
        }
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let mut own = model.show_own;
            let switch = ui.add(Switch::new(&mut own, "Own calls"));
            author_id(ui, switch.id, "own-calls");
            let switch = controls::tooltip(switch, "Count and show the calls of this app too");
            if switch.changed() {
                commands.push(Command::ShowOwn(own));
            }
        });
    });
    let shown = sorted(model);
    let instead = if model.metrics.is_none() {
        Instead::Loading("Reading the figures")
    } else {
        Instead::Empty(Icon::MagnifyingGlass, "No match", "No call with this name was made.")
    };
    let grid = Grid {
        name: "Calls",
        columns: &COLUMNS,
        sort: Some(model.sort),
        row_height: 26.0,
        follows: false,
        count: shown.len(),
        chosen: None,
        reveal: 0,
        focused: view.focused,
        instead,
    };
    let out = grid.show(ui, rest, view.grid("calls"), |_| Vec::new(), |at| call_line(model, shown[at]));
    commands.extend(out.events.into_iter().filter_map(|event| match event {
        GridEvent::SortBy(sort) => Some(Command::SortBy(sort)),
        _ => None,
    }));
}

fn call_line(model: &Model, row: &RowMetrics) -> Line {
    let figures = &row.figures;
    let errors = if figures.errors > 0 { Look::Danger } else { Look::Quiet };
    Line {
        name: row.name.clone(),
        key: Row::by_name(&row.name).map_or(u64::MAX, |row| row.number.into()),
        cells: vec![
            Cell::code(row.name.clone()),
            Cell::quiet(category(row)),
            Cell::quiet(format::count(model.count_without_own(row))),
            Cell::quiet(format::count(figures.errors)).look(errors),
            Cell::quiet(format::nanos(figures.p50_nanos)),
            Cell::quiet(format::nanos(figures.p95_nanos)),
            Cell::quiet(format::nanos(figures.p99_nanos)),
            Cell::quiet(format::nanos(figures.max_nanos)),
        ],
        ..Line::default()
    }
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
