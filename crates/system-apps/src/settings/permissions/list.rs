//! Draws the list of apps.

use super::{
    super::ui::small,
    model::{Command, Permissions, Shown},
};
use crate::common::{format, text};
use egui::{Align2, CornerRadius, Label, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};
use widgets::{
    controls::{Badge, BadgeTone, EmptyState, TextField, author_id, error_box, focus_ring},
    fonts,
    icons::{Icon, TileStyle, app_tile, paint_icon},
    theme::{Theme, radius, space, type_size},
};

const ROW: f32 = 54.0;

pub(super) fn draw(ui: &mut Ui, model: &Permissions, commands: &mut Vec<Command>) {
    let theme = Theme::of(ui);
    let words = "What each app may do. Whatever you take is gone at its next step.";
    ui.add(Label::new(small(words, theme.text.secondary)).wrap());
    let mut filter = model.filter.clone();
    let width = ui.available_width();
    let field = ui.add(
        TextField::search(&mut filter, "Search apps and rights")
            .placeholder("Search apps, or what they may do")
            .width(width),
    );
    author_id(ui, field.id, "search-permissions");
    if field.changed() {
        commands.push(Command::Filter(filter));
    }
    if let Some(problem) = &model.problem {
        error_box(ui, &problem.title, &problem.text);
    }
    let shown = model.shown();
    if shown.is_empty() {
        EmptyState::new(Icon::MagnifyingGlass, "No app fits", "Neither by name nor by what it may do.")
            .show(ui);
        return;
    }
    ui.spacing_mut().item_spacing.y = 3.0;
    for app in &shown {
        if row(ui, &theme, app) {
            commands.push(Command::Show(Some(app.app.id.clone())));
        }
    }
}

/// One app. True when it was chosen.
fn row(ui: &mut Ui, theme: &Theme, shown: &Shown) -> bool {
    let app = &shown.app;
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::click());
    author_id(ui, response.id, format!("app-{}", app.id));
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &app.name));
    if !ui.is_rect_visible(rect) {
        return response.clicked();
    }
    let fill = if response.hovered() { theme.control.hover } else { theme.surface.raised };
    ui.painter().rect_filled(rect, CornerRadius::same(radius::TILE), fill);
    focus_ring(ui, theme, &response, rect, radius::TILE);
    let tile = Rect::from_center_size(pos2(rect.left() + 28.0, rect.center().y), vec2(32.0, 32.0));
    app_tile(ui.painter(), tile, &TileStyle::for_app(&app.id, &app.icon, &app.category));
    let chevron = pos2(rect.right() - 18.0, rect.center().y);
    paint_icon(ui.painter(), chevron, Icon::CaretRight, 14.0, theme.text.muted);
    let mut right = chevron.x - 14.0;
    let mut badge = |words: String, tone| {
        let badge = Badge::new(words).tone(tone);
        let size = badge.desired_size(ui);
        let place = Rect::from_min_size(pos2(right - size.x, rect.center().y - size.y / 2.0), size);
        right = place.left() - space::S;
        badge.show_at(ui, place);
    };
    if shown.is_muted() {
        badge("muted".into(), BadgeTone::Danger);
    }
    if shown.running() > 0 {
        badge("running".into(), BadgeTone::Success);
    }
    let decided = shown.given() + shown.kept();
    if decided > 0 {
        badge(format::counted(decided, "answer", "answers"), BadgeTone::Accent);
    }
    let left = rect.left() + 56.0;
    let line = |y: f32| Rect::from_min_max(pos2(left, rect.top() + y), pos2(right, rect.top() + y + 18.0));
    text::line(
        ui,
        line(9.0),
        &app.name,
        fonts::medium(type_size::BODY),
        theme.text.primary,
        Align2::LEFT_CENTER,
    );
    let rights = match app.capabilities.len() {
        _ if !app.asks.is_empty() => {
            format!("{} · asks for {}", app.kind, format::counted(app.asks.len(), "thing", "things"))
        }
        0 => app.kind.clone(),
        count => format!("{} · {} from its start", app.kind, format::counted(count, "right", "rights")),
    };
    text::line(
        ui,
        line(28.0),
        &rights,
        fonts::regular(type_size::LABEL),
        theme.text.muted,
        Align2::LEFT_CENTER,
    );
    response.clicked()
}
