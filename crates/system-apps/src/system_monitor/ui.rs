//! Frame of the System Monitor: pages on the left, the chosen one beside them.

use super::{
    events, memory,
    model::{Command, Model},
    overview,
    page::Page,
    syscalls, tables, why,
};
use crate::common::{grid::GridView, pane};
use egui::{Rect, Role, ScrollArea, Sense, Ui, WidgetInfo, vec2};
use std::collections::HashMap;
use widgets::{
    controls::{SidebarItem, author_id, error_box, focus_ring, section_header, tooltip},
    icons::paint_icon,
    theme::{Theme, radius, space},
};

/// Width of the side bar, and of what is left of it in a narrow window, in points.
const SIDEBAR: f32 = 148.0;
const RAIL: f32 = 46.0;
/// A window that is narrower has a rail of symbols only.
const RAIL_BELOW: f32 = 640.0;

/// What only the picture knows.
#[derive(Default)]
pub(super) struct View {
    /// Whether the window has the keyboard.
    pub(super) focused: bool,
    grids: HashMap<&'static str, GridView>,
}

impl View {
    /// What the picture knows of a table.
    pub(super) fn grid(&mut self, name: &'static str) -> &mut GridView {
        self.grids.entry(name).or_default()
    }
}

pub(super) fn draw(ui: &mut Ui, model: &Model, view: &mut View, commands: &mut Vec<Command>) {
    let theme = Theme::of(ui);
    let whole = ui.max_rect();
    let narrow = whole.width() < RAIL_BELOW;
    let (side, mut content) = pane::split_left(whole, if narrow { RAIL } else { SIDEBAR });
    pane::sidebar_back(ui, &theme, side);
    pages_ui(ui, &theme, side, narrow, model, commands);
    if let Some(problem) = model.problem.as_ref().filter(|_| model.page != Page::Why) {
        let end = pane::pane(ui, content, "problem", vec2(space::M, space::S), |ui| {
            error_box(ui, &problem.title, &problem.text);
            ui.min_rect().bottom()
        });
        content.min.y = (end + space::XS).min(content.max.y);
    }
    pane::pane(ui, content, model.page.name(), vec2(0.0, 0.0), |ui| match model.page {
        Page::Overview => overview::draw(ui, content, model),
        Page::Events => events::draw(ui, content, model, view, commands),
        Page::Syscalls => syscalls::draw(ui, content, model, view, commands),
        Page::Memory => memory::draw(ui, content, model),
        Page::Why => why::draw(ui, content, &model.why, commands),
        _ => {
            if let Some(sheet) = model.shown_sheet() {
                tables::draw(ui, content, sheet, model, view, commands);
            }
        }
    });
}

fn pages_ui(
    ui: &mut Ui,
    theme: &Theme,
    side: Rect,
    narrow: bool,
    model: &Model,
    commands: &mut Vec<Command>,
) {
    let inset = if narrow { 6.0 } else { space::S };
    pane::pane(ui, side, "side", vec2(inset, space::XS), |ui| {
        ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 1.0;
            for page in Page::ALL {
                let selected = model.page == page;
                if let Some(group) = page.group().filter(|_| !narrow) {
                    section_header(ui, group);
                }
                let item = if narrow {
                    rail_item(ui, theme, page, selected)
                } else {
                    ui.add(SidebarItem::new(page.icon(), page.name()).selected(selected))
                };
                author_id(ui, item.id, format!("page-{}", page.name().to_lowercase().trim_end_matches('?')));
                if item.clicked() {
                    commands.push(Command::Show(page));
                }
            }
        });
    });
}

/// A page as its symbol.
fn rail_item(ui: &mut Ui, theme: &Theme, page: Page, selected: bool) -> egui::Response {
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 30.0), Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::ListItem, ui.is_enabled(), selected, page.name()));
    let fill = match (selected, response.hovered()) {
        (true, _) => theme.accent.fill,
        (false, true) => theme.control.ghost_hover,
        (false, false) => egui::Color32::TRANSPARENT,
    };
    ui.painter().rect_filled(rect, radius::CONTROL, fill);
    let colour = if selected { theme.accent.on } else { theme.text.secondary };
    paint_icon(ui.painter(), rect.center(), page.icon(), 18.0, colour);
    focus_ring(ui, theme, &response, rect.shrink(1.0), radius::CONTROL - 1);
    tooltip(response, page.name())
}
