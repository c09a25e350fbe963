//! Draws the tabs of a terminal window: titles with their marks, a button to close each, a button for a new one.
//! A tab is moved by dragging it, and closed by the middle button too.

use super::{
    tab::{Stage, Tab},
    tabs::{TabCommand, Tabs},
};
use egui::{
    Color32, CornerRadius, CursorIcon, FontId, Id, PointerButton, Rect, Role, Sense, Stroke, Ui, WidgetInfo,
    pos2, vec2,
};
use widgets::{
    controls::{focus_ring, tooltip, tooltip_with_keys},
    fonts,
    icons::{Icon, paint_icon},
    theme::{Theme, radius},
};

/// Height of the bar in points.
pub(super) const HEIGHT: f32 = 34.0;
const WIDEST: f32 = 220.0;
const GAP: f32 = 4.0;
/// Narrower ones have no button to close them, points.
const LEAST_WITH_CLOSE: f32 = 64.0;

/// What a tab shows of itself.
struct Look {
    title: String,
    mark: Option<(Color32, &'static str)>,
    selected: bool,
}

/// Draws the bar in `area` and says what was asked for.
pub(super) fn tab_bar_ui(
    ui: &mut Ui,
    theme: &Theme,
    area: Rect,
    tabs: &Tabs,
    name: &str,
) -> Option<TabCommand> {
    let mut asked = None;
    ui.painter().hline(area.x_range(), area.bottom() - 0.5, Stroke::new(1.0, theme.surface.divider));
    let count = tabs.len().max(1) as f32;
    let room = area.width() - 16.0 - 30.0;
    let width = ((room - GAP * (count - 1.0)) / count).clamp(24.0, WIDEST);
    let first = area.left() + 8.0;
    for (place, tab) in tabs.iter().enumerate() {
        let left = first + place as f32 * (width + GAP);
        let rect = Rect::from_min_size(pos2(left, area.top() + 4.0), vec2(width, HEIGHT - 8.0));
        let look =
            Look { title: tab.title(name), mark: mark(theme, tab), selected: place == tabs.active_place() };
        let drop_place = |x: f32| ((x - first) / (width + GAP)).floor().clamp(0.0, count - 1.0) as usize;
        if let Some(command) = tab_ui(ui, theme, rect, tab, &look, &drop_place) {
            asked = Some(command);
        }
    }
    let left = first + count * (width + GAP);
    let plus = Rect::from_center_size(
        pos2((left + 12.0).min(area.right() - 18.0), area.center().y),
        vec2(26.0, 26.0),
    );
    let response = ui.interact(plus, ui.scope_id().with("new tab"), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, "New tab"));
    if response.hovered() || response.has_focus() {
        ui.painter().rect_filled(plus, CornerRadius::same(radius::CONTROL), theme.control.ghost_hover);
    }
    paint_icon(ui.painter(), plus.center(), Icon::Plus, 14.0, theme.text.secondary);
    if tooltip_with_keys(response, "New tab", "Ctrl+Shift+T").clicked() {
        asked = Some(TabCommand::New);
    }
    asked
}

/// The dot before a title, and what it means.
fn mark(theme: &Theme, tab: &Tab) -> Option<(Color32, &'static str)> {
    match &tab.stage {
        _ if tab.rang => Some((theme.warning.text, "rang")),
        Stage::Exited(end) if end.good => Some((theme.text.muted, "ended")),
        Stage::Exited(_) | Stage::Failed(_) => Some((theme.danger.text, "ended badly")),
        Stage::Stopped(_) => Some((theme.text.disabled, "not running")),
        _ if tab.unread => Some((theme.accent.text, "new output")),
        _ => None,
    }
}

fn tab_ui(
    ui: &mut Ui,
    theme: &Theme,
    rect: Rect,
    tab: &Tab,
    look: &Look,
    drop_place: &dyn Fn(f32) -> usize,
) -> Option<TabCommand> {
    let id = ui.scope_id().with(("tab", tab.id.0));
    let response = ui.interact(rect, id, Sense::click_and_drag());
    let said = match look.mark {
        Some((_, meaning)) => format!("{} ({meaning})", look.title),
        None => look.title.clone(),
    };
    response.widget_info(|| WidgetInfo::selected(Role::Tab, true, look.selected, &said));
    let mut asked = None;
    if response.clicked_by(PointerButton::Middle) {
        return Some(TabCommand::Close(tab.id));
    }
    if response.clicked() {
        asked = Some(TabCommand::Select(tab.id));
    }
    if response.dragged_by(PointerButton::Primary) {
        ui.set_cursor_icon(CursorIcon::Grabbing);
        if let Some(at) = response.interact_pointer_pos() {
            asked = Some(TabCommand::Move(tab.id, drop_place(at.x)));
        }
    }
    let fill = match (look.selected, response.hovered()) {
        (true, _) => theme.control.selected,
        (false, true) => theme.control.ghost_hover,
        (false, false) => Color32::TRANSPARENT,
    };
    let corner = CornerRadius::same(radius::CONTROL);
    ui.painter().rect_filled(rect, corner, fill);
    focus_ring(ui, theme, &response, rect, radius::CONTROL);

    let has_close = rect.width() >= LEAST_WITH_CLOSE && (look.selected || response.contains_pointer());
    let mut left = rect.left() + 10.0;
    if let Some((colour, _)) = look.mark {
        ui.painter().circle_filled(pos2(left + 3.0, rect.center().y), 3.0, colour);
        left += 12.0;
    }
    let colour = if look.selected { theme.text.primary } else { theme.text.secondary };
    let font = if look.selected { fonts::medium(12.5) } else { fonts::regular(12.5) };
    let right = rect.right() - if has_close { 24.0 } else { 8.0 };
    title_ui(
        ui,
        &look.title,
        font,
        colour,
        Rect::from_min_max(pos2(left, rect.top()), pos2(right, rect.bottom())),
    );
    if has_close && close_ui(ui, theme, rect, id) {
        asked = Some(TabCommand::Close(tab.id));
    }
    tooltip(response, &said);
    asked
}

fn title_ui(ui: &Ui, text: &str, font: FontId, colour: Color32, room: Rect) {
    let mut job = egui::text::LayoutJob::simple_singleline(text.to_owned(), font, colour);
    job.wrap = egui::text::TextWrapping::truncate_at_width(room.width().max(0.0));
    let galley = ui.painter().layout_job(job);
    let at = pos2(room.left(), room.center().y - galley.size().y / 2.0);
    ui.painter().with_clip_rect(room.intersect(ui.clip_rect())).galley(at, galley, colour);
}

fn close_ui(ui: &mut Ui, theme: &Theme, tab: Rect, id: Id) -> bool {
    let place = Rect::from_center_size(pos2(tab.right() - 13.0, tab.center().y), vec2(18.0, 18.0));
    let response = ui.interact(place, id.with("close"), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, "Close tab"));
    if response.hovered() || response.has_focus() {
        ui.painter().rect_filled(place, CornerRadius::same(radius::SMALL), theme.control.hover);
    }
    paint_icon(ui.painter(), place.center(), Icon::X, 11.0, theme.text.muted);
    tooltip_with_keys(response, "Close tab", "Ctrl+Shift+W").clicked()
}
