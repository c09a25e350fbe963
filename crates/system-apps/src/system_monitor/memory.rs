//! The page Memory: of this program by what it is for, of the machine, and of each process.

use super::{
    cards::{self, Card},
    model::Model,
};
use crate::common::{format, pane, text};
use abi::table::MemoryStats;
use egui::{Align2, Rect, ScrollArea, Sense, Ui, pos2, vec2};
use widgets::{
    controls::{ProgressBar, Spinner, section_header},
    fonts,
    theme::{Theme, space, type_size},
};

/// Height of a line, in points.
const LINE: f32 = 26.0;
/// Processes that are shown, those that use most.
const PROCESSES: usize = 20;

pub(super) fn draw(ui: &mut Ui, area: Rect, model: &Model) {
    let theme = Theme::of(ui);
    let Some(memory) = &model.memory else {
        pane::pane(ui, area, "loading", vec2(0.0, area.height() * 0.4), |ui| {
            ui.vertical_centered(|ui| ui.add(Spinner::new("Reading the figures").size(24.0)));
        });
        return;
    };
    pane::pane(ui, area, "memory", vec2(0.0, 0.0), |ui| {
        ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            let width = ui.available_width();
            let (top, _) =
                ui.allocate_exact_size(vec2(width, cards::HEIGHT + 2.0 * space::M), Sense::hover());
            cards::row(ui, top.shrink2(vec2(space::L, space::M)), &figures(&theme, memory));
            let uses = uses(memory);
            let whole = memory.resident_bytes.max(1);
            header(ui, "What the kernel holds");
            for (index, (name, bytes)) in uses.iter().enumerate() {
                line_ui(ui, &theme, ("use", index), name, *bytes, whole, index);
            }
            header(ui, "Processes");
            let mut processes: Vec<_> = model.processes.iter().collect();
            processes.sort_by_key(|info| (std::cmp::Reverse(info.memory_bytes), info.pid));
            let most = processes.first().map_or(1, |info| info.memory_bytes.max(1));
            for (index, info) in processes.iter().take(PROCESSES).enumerate() {
                line_ui(ui, &theme, ("process", index), &model.owner(info.pid), info.memory_bytes, most, 3);
            }
            if processes.len() > PROCESSES {
                let words = format!("Showing {PROCESSES} of {}", format::count(processes.len() as u64));
                let (rect, _) = ui.allocate_exact_size(vec2(width, LINE), Sense::hover());
                let rect = rect.shrink2(vec2(space::L, 0.0));
                let font = fonts::regular(type_size::CAPTION);
                text::line(ui, rect, &words, font, theme.text.muted, Align2::LEFT_CENTER);
                text::label(ui, ui.scope_id().with("more"), rect, &words);
            }
            ui.add_space(space::M);
        });
    });
}

fn header(ui: &mut Ui, words: &str) {
    ui.add_space(space::XS);
    ui.horizontal(|ui| {
        ui.add_space(space::L - 10.0);
        section_header(ui, words);
    });
}

fn figures(theme: &Theme, memory: &MemoryStats) -> [Card; 3] {
    let total = memory.machine_total_bytes;
    let used = total.saturating_sub(memory.machine_available_bytes);
    let share = |part: u64| (total > 0).then(|| part as f64 / total as f64);
    let kernel: u64 = uses(memory).iter().map(|(_, bytes)| bytes).sum();
    [
        Card {
            title: "This program",
            figure: format::bytes(memory.resident_bytes),
            below: "resident".into(),
            fraction: share(memory.resident_bytes),
            colour: theme.series(0),
        },
        Card {
            title: "Machine",
            figure: format::bytes(used),
            below: format!("of {}", format::bytes(total)),
            fraction: share(used),
            colour: theme.series(1),
        },
        Card {
            title: "Objects of the kernel",
            figure: format::bytes(kernel),
            below: "counted".into(),
            fraction: Some(kernel as f64 / memory.resident_bytes.max(1) as f64),
            colour: theme.series(2),
        },
    ]
}

fn uses(memory: &MemoryStats) -> [(&'static str, u64); 7] {
    [
        ("Files in memory", memory.mem_fs_bytes),
        ("Pipes", memory.pipe_bytes),
        ("Shared memory", memory.shared_bytes),
        ("Private mappings", memory.mapping_bytes),
        ("Queues", memory.queue_bytes),
        ("Terminals", memory.pty_bytes),
        ("Events and causes", memory.observe_bytes),
    ]
}

fn line_ui(
    ui: &mut Ui,
    theme: &Theme,
    salt: (&str, usize),
    name: &str,
    bytes: u64,
    most: u64,
    colour: usize,
) {
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), LINE), Sense::hover());
    let rect = rect.shrink2(vec2(space::L, 0.0));
    let label = (rect.width() * 0.34).clamp(110.0, 220.0);
    let (left, rest) = pane::split_left(rect, label);
    let (bar, right) = pane::split_right(rest, 76.0);
    let font = fonts::control();
    text::line(ui, left, name, font, theme.text.primary, Align2::LEFT_CENTER);
    let figure = format::bytes(bytes);
    let quiet = fonts::regular(type_size::LABEL);
    text::line(ui, right, &figure, quiet, theme.text.secondary, Align2::RIGHT_CENTER);
    let bar = Rect::from_min_size(pos2(bar.left(), bar.center().y - 3.0), vec2(bar.width(), 6.0));
    let fraction = (bytes as f64 / most as f64).clamp(0.0, 1.0) as f32;
    ProgressBar::new(fraction, format!("{name}: {figure}"))
        .colour(theme.series(colour))
        .id(ui.scope_id().with((salt, "bar")))
        .show_at(ui, bar);
    text::label(ui, ui.scope_id().with(salt), rect, &format!("{name}: {figure}"));
}
