//! Walks the view and draws each node: its box, its content, its children, its error.

use super::fields::Drafts;
use super::flow::{self, ERROR_LINE};
use super::look::Look;
use super::tree::{LayoutTree, MAX_DEPTH, Panes, Prepared, shown_children};
use super::{button, choices, containers, fields, status, tabs, text};
use crate::controls::{author_id, describe, focus_ring};
use crate::icons::{Icon, paint_icon};
use crate::theme::{self, Background, Theme, radius, type_size};
use crate::{fonts, shapes};
use blueprint::{Node, UiEvent, View};
use egui::{
    CornerRadius, Id, Pos2, Rect, Response, Role, ScrollArea, Sense, Shape, Stroke, StrokeKind, Ui,
    UiBuilder, WidgetInfo, pos2, vec2,
};
use serde_json::Value;
use std::collections::HashMap;
use std::sync::Arc;

/// Above this many nodes, what is out of sight is not drawn.
pub(super) const CULL_ABOVE: usize = 1_500;

/// Everything that drawing reads, and where events go.
pub(super) struct Draw<'a> {
    pub(super) view: &'a View,
    pub(super) theme: &'a Arc<Theme>,
    pub(super) tree: &'a LayoutTree,
    pub(super) panes: &'a Panes,
    pub(super) base: Id,
    pub(super) window: &'a str,
    pub(super) drafts: &'a mut Drafts,
    pub(super) chosen_tabs: &'a mut HashMap<String, String>,
    pub(super) held: &'a HashMap<String, f64>,
    pub(super) events: &'a mut Vec<UiEvent>,
    pub(super) cull: bool,
    /// Everything is disabled, because a dialog is above it.
    pub(super) veiled: bool,
}

/// An event of a node.
pub(super) fn event(node: &Node, name: &str, value: Value) -> UiEvent {
    UiEvent { component: node.id.clone(), event: name.to_owned(), value }
}

/// The name that a node is read out with: given, else what it shows.
pub(super) fn accessible_name(node: &Node) -> String {
    let shown = ["label", "text", "content", "title", "placeholder", "alt", "name"];
    let given = node.label.clone().filter(|label| !label.is_empty());
    given
        .or_else(|| {
            shown
                .iter()
                .map(|prop| node.text(prop))
                .find(|text| !text.is_empty())
                .map(std::borrow::Cow::into_owned)
        })
        .unwrap_or_else(|| node.id.clone())
}

impl<'a> Draw<'a> {
    /// The egui id of a node.
    pub(super) fn id(&self, node: &Node) -> Id {
        self.base.with(node.id.as_str())
    }

    pub(super) fn look(&self, index: usize) -> &'a Look {
        &self.tree.prepared[index].look
    }

    pub(super) fn emit(&mut self, node: &Node, name: &str, value: Value) {
        self.events.push(event(node, name, value));
    }

    /// Draws a node and what is in it. `origin` is the left top of its parent's box.
    pub(super) fn node(&mut self, ui: &mut Ui, index: usize, origin: Pos2, depth: usize) {
        let view = self.view;
        let Some(node) = view.nodes.get(index) else { return };
        if depth > MAX_DEPTH || !node.visible || !self.tree.is_laid_out(index) {
            return;
        }
        let rect = self.tree.rect(index, origin);
        let reach = Rect::from_min_size(rect.min, self.tree.prepared[index].extent).union(rect);
        if self.cull && !ui.clip_rect().expand(200.0).intersects(reach) {
            return;
        }
        let look = self.look(index);
        let off = !node.enabled || node.flag("disabled");
        if (off && (ui.is_enabled() || self.veiled)) || look.opacity < 1.0 {
            let builder = UiBuilder::new().max_rect(rect).id_salt(self.id(node).with("group"));
            let mut group = ui.new_child(builder);
            if off {
                group.disable();
            }
            if off && self.veiled {
                group.multiply_opacity(theme::DISABLED_ALPHA);
            }
            if look.opacity < 1.0 {
                group.multiply_opacity(look.opacity);
            }
            self.body(&mut group, index, rect, depth);
        } else {
            self.body(ui, index, rect, depth);
        }
    }

    fn body(&mut self, ui: &mut Ui, index: usize, rect: Rect, depth: usize) {
        let view = self.view;
        let node = &view.nodes[index];
        let look = self.look(index);
        let mut inner = rect;
        if node.error.is_some() {
            inner.max.y -= ERROR_LINE;
        }
        match node.kind.as_str() {
            "text" => {
                let response = self.plain(ui, node, inner, Role::Label, &text::content(node));
                paint_box(ui, look, inner, 0);
                text::paint(ui, self.theme, node, look, inner);
                self.clicks(ui, node, &response, inner);
            }
            "button" => button::show(self, ui, node, look, inner),
            "input" | "textarea" => fields::show(self, ui, node, look, inner),
            "checkbox" | "radio" | "slider" | "select" => choices::show(self, ui, node, look, inner),
            "badge" | "divider" | "progress" | "spacer" | "icon" | "image" => {
                status::show(self, ui, node, look, inner);
            }
            _ if flow::Flow::of(node).is_some() => self.container(ui, index, rect, inner, depth),
            _ => status::unknown(self, ui, node, inner),
        }
        if let Some(error) = &node.error {
            let line = Rect::from_min_max(pos2(rect.left(), inner.bottom()), rect.max);
            self.error_line(ui, node, error, line);
        }
        if node.pending && node.kind != "button" {
            let at = pos2(rect.right() - 12.0, rect.top() + 12.0);
            crate::controls::paint_spinner(ui, self.theme, at, 14.0, self.theme.accent.text);
        }
    }

    fn container(&mut self, ui: &mut Ui, index: usize, rect: Rect, inner: Rect, depth: usize) {
        let view = self.view;
        let node = &view.nodes[index];
        let prepared: &'a Prepared = &self.tree.prepared[index];
        // Before its children, so that they are on top of it for the pointer.
        containers::paint(self, ui, node, &prepared.look, inner, prepared.padding);
        if node.kind == "tabs" {
            tabs::show(self, ui, node, inner);
        }
        if node.kind == "list" && node.children.is_empty() {
            containers::items(self, ui, node, self.look(index), inner);
            return;
        }
        if !flow::scrolls(node) || self.tree.prepared[index].extent.y <= rect.height() + 0.5 {
            self.children(ui, index, rect.min, depth);
            return;
        }
        let salt = self.id(node).with("scroll");
        let mut child = ui.new_child(UiBuilder::new().max_rect(rect).id_salt(salt));
        child.shrink_clip_rect(rect);
        let extent = self.tree.prepared[index].extent;
        ScrollArea::vertical().id_salt(salt).auto_shrink([false, false]).show(&mut child, |ui| {
            let origin = ui.max_rect().min;
            ui.allocate_space(vec2(rect.width(), extent.y));
            self.children(ui, index, origin, depth);
        });
    }

    pub(super) fn children(&mut self, ui: &mut Ui, index: usize, origin: Pos2, depth: usize) {
        for &child in shown_children(self.view, index, self.panes) {
            if self.view.nodes.get(child).is_some_and(|node| node.kind != "modal") {
                self.node(ui, child, origin, depth + 1);
            }
        }
    }

    /// Registers something that is only shown: a role and what it says.
    pub(super) fn plain(&self, ui: &Ui, node: &Node, rect: Rect, role: Role, says: &str) -> Response {
        let sense = if clickable(node) { Sense::click() } else { Sense::hover() };
        let response = ui.interact(rect, self.id(node), sense);
        let role = if clickable(node) { Role::Button } else { role };
        let name = if role == Role::Label { says.to_owned() } else { accessible_name(node) };
        response.widget_info(|| WidgetInfo::labeled(role, ui.is_enabled(), &name));
        if role == Role::Label
            && let Some(label) = &node.label
        {
            ui.ctx().accesskit_node_builder(response.id, |ak| ak.set_label(label.as_str()));
        }
        self.finish(ui, node, &response);
        response
    }

    /// Sends the click of something that is not a control, and shows that it can be clicked.
    pub(super) fn clicks(&mut self, ui: &Ui, node: &Node, response: &Response, rect: Rect) {
        if !clickable(node) {
            return;
        }
        let corner = self.theme_corner(node);
        if response.hovered() && ui.is_enabled() {
            ui.painter().rect_filled(rect, CornerRadius::same(corner), self.theme.control.ghost_hover);
            ui.ctx().set_cursor_icon(egui::CursorIcon::PointingHand);
        }
        focus_ring(ui, self.theme, response, rect, corner);
        if response.clicked() {
            self.emit(node, "click", Value::Null);
        }
    }

    fn theme_corner(&self, node: &Node) -> u8 {
        if node.kind == "card" { radius::TILE } else { radius::SMALL }
    }

    /// What every node's widget gets: the id for tools outside, description, tooltip, focus events.
    pub(super) fn finish(&self, ui: &Ui, node: &Node, response: &Response) {
        author_id(ui, response.id, format!("{}/{}", self.window, node.id));
        if let Some(description) = &node.description {
            describe(ui, response.id, description.as_str());
        }
        let tip = node.text("tooltip");
        if !tip.is_empty() && response.hovered() {
            crate::controls::tooltip(response.clone(), &tip);
        }
    }

    fn error_line(&self, ui: &Ui, node: &Node, error: &str, line: Rect) {
        let theme = self.theme;
        let centre = pos2(line.left() + 8.0, line.center().y + 1.0);
        paint_icon(ui.painter(), centre, Icon::WarningCircle, 13.0, theme.danger.text);
        let font = fonts::regular(type_size::CAPTION);
        let galley = text::single_line(ui, error, font, theme.danger.text, line.width() - 18.0);
        let at = pos2(line.left() + 18.0, line.center().y + 1.0 - galley.size().y / 2.0);
        ui.painter().galley(at, galley, theme.danger.text);
        let response = ui.interact(line, self.id(node).with("error"), Sense::hover());
        response.widget_info(|| WidgetInfo::labeled(Role::Label, true, error));
        author_id(ui, response.id, format!("{}/{}/error", self.window, node.id));
        crate::controls::tooltip(response, error);
    }
}

/// Whether something that is not a control reacts to a click.
pub(super) fn clickable(node: &Node) -> bool {
    node.events.iter().any(|name| name == "click")
}

/// Paints background, border and shadow that the app asks for.
pub(super) fn paint_box(ui: &Ui, look: &Look, rect: Rect, default_corner: u8) {
    let corner = look.corner.unwrap_or(default_corner);
    let round = CornerRadius::same(corner);
    if let Some(shadow) = look.shadow {
        ui.painter().add(shadow.as_shape(rect, round));
    }
    match look.background {
        Some(Background::Solid(colour)) => {
            ui.painter().rect_filled(rect, round, colour);
        }
        Some(Background::Gradient { angle_degrees, from, to }) => {
            let feather = 1.0 / ui.pixels_per_point();
            let shape = shapes::gradient_rect(rect, f32::from(corner), angle_degrees, [from, to], feather);
            ui.painter().add(shape);
        }
        None => {}
    }
    if let Some(border) = look.border {
        ui.painter().rect_stroke(rect, round, border, StrokeKind::Inside);
    }
}

/// A dashed outline, for what is not there.
pub(super) fn dashed_outline(ui: &Ui, rect: Rect, stroke: Stroke) {
    let r = rect.shrink(0.5);
    let path = [r.left_top(), r.right_top(), r.right_bottom(), r.left_bottom(), r.left_top()];
    ui.painter().extend(Shape::dashed_line(&path, stroke, 5.0, 4.0));
}
