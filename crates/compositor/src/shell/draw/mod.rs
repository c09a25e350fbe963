//! Draws the desktop. Reads the shell, changes nothing but view state, pushes actions.
//!
//! Layers from back to front: wallpaper, one *slot* layer per window in z-order, menu bar and dock, overlays
//! (switcher, launcher, dialogs, key sheet, inbox, notifications), toasts, and above all the card that asks for rights.
//! Slots are fixed layers that windows are drawn into by our own order: egui keeps the order of layers, so a window that is raised is in front in the same frame.

mod approvals;
mod calendar;
mod centre;
mod clock;
mod corners;
mod details;
mod dock;
mod frame;
mod held_changes;
mod launcher;
mod menu_bar;
mod overlay;
mod status;
mod title_bar;
mod toasts;

use super::{Action, Shell};
use crate::gpu::{BACKDROP, WALLPAPER};
use egui::{
    AreaState, Color32, CornerRadius, Id, LayerId, Order, Painter, Rect, Sense, Stroke, StrokeKind, Ui,
    UiBuilder, pos2,
};
use std::sync::Arc;
use widgets::theme::Theme;

pub(crate) use centre::Centre;
pub(crate) use clock::{WallClock, local_time, wall_clock_millis};
pub(crate) use details::Details;

/// Apps that the dock keeps until somebody decides otherwise.
pub(crate) const PINNED: &[&str] = &[
    "files",
    "terminal",
    "calculator",
    "notes",
    "python",
    "untrusted-script",
    "gallery",
    "system-monitor",
    "task-manager",
    "settings",
];

/// The layer of the menu bar.
pub(super) fn menu_bar_layer() -> LayerId {
    layer_named(Order::Foreground, "menu bar")
}

/// The layer of the dock.
pub(super) fn dock_layer() -> LayerId {
    layer_named(Order::Foreground, "dock")
}

fn layer_named(order: Order, name: impl std::hash::Hash + std::fmt::Debug) -> LayerId {
    LayerId::new(order, Id::unique(("shell", name)))
}

/// A layer at a fixed place in the order, with a rectangle that catches the pointer.
pub(super) fn layer(
    ui: &Ui,
    order: Order,
    name: impl std::hash::Hash + std::fmt::Debug,
    rect: Rect,
) -> LayerId {
    let layer = layer_named(order, name);
    let state = AreaState {
        pivot_pos: Some(rect.min),
        pivot: egui::Align2::LEFT_TOP,
        size: Some(rect.size()),
        interactable: true,
        last_became_visible_at: None,
    };
    ui.ctx().memory_mut(|memory| memory.areas_mut().set_state(layer, state));
    layer
}

/// A `Ui` that fills `rect` on a layer of its own, with a stable id.
pub(super) fn layer_ui(ui: &mut Ui, layer: LayerId, id: Id, rect: Rect, add: impl FnOnce(&mut Ui)) {
    let builder = UiBuilder::new().layer_id(layer).max_rect(rect).scope_id(id);
    ui.scope_builder(builder, |ui| {
        ui.set_clip_rect(ui.ctx().content_rect());
        add(ui);
    });
}

/// The blurred wallpaper behind a rounded rectangle, tinted, with a fine light edge inside.
pub(super) fn glass(
    painter: &Painter,
    screen: Rect,
    rect: Rect,
    corner: CornerRadius,
    tint: Color32,
    edge: Color32,
) {
    let uv = Rect::from_min_max(
        pos2((rect.left() - screen.left()) / screen.width(), (rect.top() - screen.top()) / screen.height()),
        pos2(
            (rect.right() - screen.left()) / screen.width(),
            (rect.bottom() - screen.top()) / screen.height(),
        ),
    );
    painter.add(egui::epaint::RectShape::filled(rect, corner, Color32::WHITE).with_texture(BACKDROP, uv));
    painter.rect(rect, corner, tint, Stroke::new(1.0, edge), StrokeKind::Inside);
}

impl Shell {
    /// One frame's drawing.
    pub(crate) fn draw(&mut self, ui: &mut Ui) {
        let theme = Theme::of(ui);
        ui.ctx().accesskit_node_builder(ui.unique_id(), |node| node.set_label("AgentOS"));
        let screen = ui.ctx().content_rect();
        self.draw_wallpaper(ui, screen);
        self.draw_windows(ui, &theme, screen);
        self.follow_gesture(ui);
        if !self.is_full_screen() {
            self.draw_dock(ui, &theme, screen);
            self.draw_menu_bar(ui, &theme, screen);
        }
        self.draw_switcher(ui, &theme, screen);
        self.draw_launcher(ui, &theme, screen);
        self.draw_dialogs(ui, &theme, screen);
        self.draw_sheets(ui, &theme, screen);
        self.draw_inbox(ui, &theme, screen);
        self.draw_centre(ui, &theme, screen);
        self.draw_toasts(ui, &theme, screen);
        self.draw_approval(ui, &theme, screen);
    }

    fn draw_wallpaper(&mut self, ui: &mut Ui, screen: Rect) {
        let whole = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
        ui.painter().image(WALLPAPER, screen, whole, Color32::WHITE);
        let response = ui.interact(screen, Id::unique("desktop"), Sense::CLICK);
        response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Pane, true, "Desktop"));
        if response.clicked() || response.secondary_clicked() {
            self.push(Action::Layout(windows::Op::FocusDesktop));
        }
        let entries = [
            widgets::controls::MenuEntry::item("launcher", "Open the launcher").with_keys("Ctrl+K"),
            widgets::controls::MenuEntry::item("files", "Open Files"),
            widgets::controls::MenuEntry::item("terminal", "Open Terminal"),
            widgets::controls::MenuEntry::Separator,
            widgets::controls::MenuEntry::item("wallpaper", "Next wallpaper"),
            widgets::controls::MenuEntry::item("settings", "Settings").with_keys("Ctrl+,"),
        ];
        match widgets::controls::context_menu(&response, &entries).as_deref() {
            Some("launcher") => self.push(Action::ToggleLauncher),
            Some("wallpaper") => self.push(Action::NextWallpaper),
            Some(app) => self.push(Action::Open(app.to_owned())),
            None => {}
        }
    }

    fn draw_windows(&mut self, ui: &mut Ui, theme: &Arc<Theme>, screen: Rect) {
        let order: Vec<windows::WindowId> = self.layout.windows().map(|window| window.id).collect();
        let moving: Vec<windows::WindowId> = order
            .iter()
            .copied()
            .filter(|id| {
                let visible = self.layout.window(*id).is_some_and(windows::Window::is_visible);
                visible || self.hosted.get(id).is_some_and(|hosted| hosted.motion.is_moving(self.now))
            })
            .collect();
        for (slot, window) in moving.iter().enumerate() {
            self.draw_window(ui, theme, screen, slot, *window);
        }
    }

    fn is_full_screen(&self) -> bool {
        self.layout.focused().is_some_and(|window| window.state() == windows::WindowState::FullScreen)
    }
}
