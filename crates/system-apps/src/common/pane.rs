//! Parts of a window: a side bar, a content area, a status bar. Rectangles are cut by the caller.

use egui::{Align, CornerRadius, Layout, Rect, Stroke, Ui, UiBuilder, vec2};
use widgets::theme::{Theme, radius};

/// Width of the side bar of Files and Settings, in points.
pub(crate) const SIDEBAR: f32 = 168.0;
/// Height of a tool bar, in points.
pub(crate) const TOOLBAR: f32 = 46.0;
/// Height of a status bar, in points.
pub(crate) const STATUS: f32 = 28.0;

/// Draws into `rect` with top-down layout and clips there. `inset` is the margin in points.
pub(crate) fn pane<R>(
    ui: &mut Ui,
    rect: Rect,
    salt: &'static str,
    inset: egui::Vec2,
    add: impl FnOnce(&mut Ui) -> R,
) -> R {
    let inner = rect.shrink2(vec2(inset.x.min(rect.width() / 2.0), inset.y.min(rect.height() / 2.0)));
    let builder = UiBuilder::new().max_rect(inner).layout(Layout::top_down(Align::Min)).id_salt(salt);
    let mut child = ui.new_child(builder);
    child.shrink_clip_rect(rect);
    add(&mut child)
}

/// The same for one row of controls.
pub(crate) fn bar<R>(
    ui: &mut Ui,
    rect: Rect,
    salt: &'static str,
    inset: f32,
    add: impl FnOnce(&mut Ui) -> R,
) -> R {
    let inner = rect.shrink2(vec2(inset, 0.0));
    let builder = UiBuilder::new().max_rect(inner).layout(Layout::left_to_right(Align::Center)).id_salt(salt);
    let mut child = ui.new_child(builder);
    child.shrink_clip_rect(rect);
    add(&mut child)
}

/// Fills the place of a side bar; its lower left corner follows the window's.
pub(crate) fn sidebar_back(ui: &Ui, theme: &Theme, rect: Rect) {
    let corner = CornerRadius { sw: radius::WINDOW - 1, ..CornerRadius::ZERO };
    ui.painter().rect_filled(rect, corner, theme.surface.panel);
    ui.painter().vline(rect.right() - 0.5, rect.y_range(), Stroke::new(1.0, theme.surface.divider));
}

/// Fills the place of a tool bar at the top, with a line below.
pub(crate) fn toolbar_back(ui: &Ui, theme: &Theme, rect: Rect) {
    ui.painter().hline(rect.x_range(), rect.bottom() - 0.5, Stroke::new(1.0, theme.surface.divider));
}

/// A line above a status bar.
pub(crate) fn status_back(ui: &Ui, theme: &Theme, rect: Rect) {
    ui.painter().hline(rect.x_range(), rect.top() + 0.5, Stroke::new(1.0, theme.surface.divider));
}

/// Cuts `points` off the left: that part and the rest.
pub(crate) fn split_left(rect: Rect, points: f32) -> (Rect, Rect) {
    rect.split_left_right_at_x((rect.left() + points).min(rect.right()))
}

/// Cuts `points` off the right: the rest and that part.
pub(crate) fn split_right(rect: Rect, points: f32) -> (Rect, Rect) {
    rect.split_left_right_at_x((rect.right() - points).max(rect.left()))
}

/// Cuts `points` off the top: that part and the rest.
pub(crate) fn split_top(rect: Rect, points: f32) -> (Rect, Rect) {
    rect.split_top_bottom_at_y((rect.top() + points).min(rect.bottom()))
}

/// Cuts `points` off the bottom: the rest and that part.
pub(crate) fn split_bottom(rect: Rect, points: f32) -> (Rect, Rect) {
    rect.split_top_bottom_at_y((rect.bottom() - points).max(rect.top()))
}
