//! A window: shadow, body, edges to resize by, and the app inside. Its title bar is in [`super::title_bar`].

use super::{
    super::actions::{to_egui, to_point},
    Action, Shell, corners, glass, layer,
};
use crate::shell::hosted::{MotionKind, Pose};
use egui::{
    CornerRadius, CursorIcon, Id, LayerId, Order, Painter, Pos2, Rect, Role, Sense, Stroke, StrokeKind, Ui,
    UiBuilder, emath::TSTransform, pos2, vec2,
};
use std::sync::Arc;
use widgets::theme::{Theme, radius};
use windows::{GRIP_INSIDE, GRIP_OUTSIDE, Op, ResizeEdge, TITLE_BAR_HEIGHT, WindowId, WindowState};

impl Shell {
    pub(super) fn draw_window(
        &mut self,
        ui: &mut Ui,
        theme: &Arc<Theme>,
        screen: Rect,
        slot: usize,
        id: WindowId,
    ) {
        let Some(window) = self.layout.window(id).cloned() else { return };
        let Some(hosted) = self.hosted.get_mut(&id) else { return };
        let target = to_egui(window.rect);
        let Pose { rect, opacity, scale } = hosted.motion.pose(target, self.now);
        let minimising = hosted.motion.kind(self.now) == MotionKind::Minimise;
        let focused = self.layout.is_focused(id);
        let full_screen = window.state() == WindowState::FullScreen;
        let reach = if full_screen { rect } else { rect.expand(GRIP_OUTSIDE) };
        let layer = layer(ui, Order::Middle, ("slot", slot), reach);
        if focused {
            self.tab_order.window_layer = Some(layer);
        }
        let transform = TSTransform::from_translation(rect.center().to_vec2())
            * TSTransform::from_scaling(scale)
            * TSTransform::from_translation(-rect.center().to_vec2());
        ui.ctx().set_transform_layer(layer, if scale == 1.0 { TSTransform::IDENTITY } else { transform });

        let builder = UiBuilder::new()
            .layer_id(layer)
            .max_rect(rect)
            .scope_id(Id::unique(("window", id.0)))
            .accessibility_role(Role::Window)
            .accessibility_label(window.title.clone());
        ui.scope_builder(builder, |ui| {
            ui.set_clip_rect(screen);
            ui.set_opacity(opacity);
            if minimising {
                ui.disable();
            }
            ui.ctx().accesskit_node_builder(ui.unique_id(), |node| {
                node.set_author_id(format!("window:{}", id.0));
                node.set_bounds(egui::accesskit::Rect {
                    x0: rect.left().into(),
                    y0: rect.top().into(),
                    x1: rect.right().into(),
                    y1: rect.bottom().into(),
                });
            });
            if focused {
                self.draw_snap_preview(ui, theme, screen, id);
            }
            self.draw_window_parts(ui, theme, screen, &window, rect, focused, layer);
        });
    }

    #[allow(clippy::too_many_arguments)] // one window's facts, all of them needed to draw it
    fn draw_window_parts(
        &mut self,
        ui: &mut Ui,
        theme: &Arc<Theme>,
        screen: Rect,
        window: &windows::Window,
        rect: Rect,
        focused: bool,
        layer: LayerId,
    ) {
        let id = window.id;
        let full_screen = window.state() == WindowState::FullScreen;
        let fills = window.state() != WindowState::Normal || window.zone.is_some();
        let corner =
            if full_screen || fills { CornerRadius::ZERO } else { CornerRadius::same(radius::WINDOW) };
        let is_glass = self.hosted.get(&id).is_some_and(|hosted| hosted.ask(|app| app.glass()) == Some(true));
        body(ui.painter(), theme, screen, rect, corner, focused, is_glass);

        // A press anywhere raises the window; widgets get the same press.
        let pressed =
            ui.input(|input| input.pointer.any_pressed().then(|| input.pointer.interact_pos()).flatten());
        let on_top = |at: Pos2| ui.ctx().layer_id_at(at) == Some(layer);
        if pressed.is_some_and(|at| rect.contains(at) && on_top(at)) && !focused {
            self.push(Action::Layout(Op::Focus { window: id }));
        }

        let bar = Rect::from_min_size(rect.min, vec2(rect.width(), TITLE_BAR_HEIGHT));
        let content = Rect::from_min_max(pos2(rect.left(), bar.bottom()), rect.max);
        let content = if full_screen { rect } else { self.held_changes(ui, theme, id, content) };
        if !full_screen {
            self.draw_title_bar(ui, theme, window, bar, corner, focused, is_glass);
        }
        if let Some(hosted) = self.hosted.get_mut(&id) {
            let inset = if full_screen { 0.0 } else { 1.0 };
            let inner = Rect::from_min_max(
                pos2(content.left() + inset, content.top()),
                pos2(content.right() - inset, content.bottom() - inset),
            );
            let builder = UiBuilder::new().max_rect(inner).scope_id(Id::unique(("content", id.0)));
            let content_shapes = corners::begin(ui, layer);
            ui.scope_builder(builder, |ui| {
                ui.set_clip_rect(inner.intersect(screen));
                hosted.ui(ui);
            });
            corners::round_bottom(ui, layer, content_shapes, inner, corner.sw.saturating_sub(1));
        }
        if window.is_resizable() {
            self.draw_edges(ui, id, rect);
        }
    }

    fn draw_edges(&mut self, ui: &mut Ui, id: WindowId, rect: Rect) {
        for edge in ResizeEdge::ALL {
            let place = edge_rect(rect, edge);
            let response = ui.interact(place, Id::unique(("edge", id.0, edge as u8)), Sense::DRAG);
            if response.hovered() || response.dragged() {
                ui.set_cursor_icon(cursor_of(edge));
            }
            if response.drag_started()
                && let Some(pointer) = ui.input(|input| input.pointer.press_origin())
            {
                self.push(Action::Layout(Op::BeginResize { window: id, edge, pointer: to_point(pointer) }));
            }
        }
    }

    /// Where the window would go; painted in its own layer, below it.
    fn draw_snap_preview(&self, ui: &Ui, theme: &Theme, screen: Rect, id: WindowId) {
        if self.layout.gesture().is_none_or(|(window, _)| window != id) {
            return;
        }
        let Some((_, zone)) = self.layout.snap_preview() else { return };
        let rect = to_egui(zone).shrink(6.0);
        let painter = ui.painter().with_clip_rect(screen);
        let corner = CornerRadius::same(radius::WINDOW);
        glass(&painter, screen, rect, corner, theme.accent.soft, theme.accent.ring);
    }
}

fn body(
    painter: &Painter,
    theme: &Theme,
    screen: Rect,
    rect: Rect,
    corner: CornerRadius,
    focused: bool,
    is_glass: bool,
) {
    let shadow = if focused { theme.shadow.window_focused } else { theme.shadow.window };
    painter.add(shadow.as_shape(rect, corner));
    if is_glass {
        glass(painter, screen, rect, corner, theme.glass.window, theme.glass.edge);
    } else {
        painter.rect(
            rect,
            corner,
            theme.surface.window,
            Stroke::new(1.0, theme.surface.outline),
            StrokeKind::Inside,
        );
    }
}

fn edge_rect(rect: Rect, edge: ResizeEdge) -> Rect {
    let outer = rect.expand(GRIP_OUTSIDE);
    let inner = rect.shrink(GRIP_INSIDE);
    // Corners are easier to hit than edges are: they reach further along.
    let corner = 10.0;
    let x = match edge {
        _ if edge.is_left() => {
            outer.left()..=inner.left() + if edge.is_top() || edge.is_bottom() { corner } else { 0.0 }
        }
        _ if edge.is_right() => {
            inner.right() - if edge.is_top() || edge.is_bottom() { corner } else { 0.0 }..=outer.right()
        }
        _ => inner.left() + corner..=inner.right() - corner,
    };
    let y = match edge {
        _ if edge.is_top() => {
            outer.top()..=inner.top() - if edge.is_left() || edge.is_right() { 0.0 } else { 1.0 }
        }
        _ if edge.is_bottom() => inner.bottom()..=outer.bottom(),
        _ => inner.top() + corner..=inner.bottom() - corner,
    };
    Rect::from_x_y_ranges(x, y)
}

fn cursor_of(edge: ResizeEdge) -> CursorIcon {
    match edge {
        ResizeEdge::Left | ResizeEdge::Right => CursorIcon::ResizeHorizontal,
        ResizeEdge::Top | ResizeEdge::Bottom => CursorIcon::ResizeVertical,
        ResizeEdge::TopLeft | ResizeEdge::BottomRight => CursorIcon::ResizeNwSe,
        ResizeEdge::TopRight | ResizeEdge::BottomLeft => CursorIcon::ResizeNeSw,
    }
}
