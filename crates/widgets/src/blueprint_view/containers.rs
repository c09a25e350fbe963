//! Boxes with children: cards, bars, side bars, lists.

use super::draw::{Draw, clickable, event, paint_box};
use super::flow::CARD_HEAD;
use super::look::Look;
use super::measure::{item_height, item_texts, items as items_of};
use super::text::single_line;
use crate::controls::{ListRow, author_id};
use crate::fonts;
use crate::theme::{radius, type_size};
use blueprint::Node;
use egui::{CornerRadius, Rect, Role, ScrollArea, Stroke, StrokeKind, Ui, UiBuilder, Vec2, pos2, vec2};

/// Paints the box of a container and makes it clickable where the app listens. Children come after.
pub(super) fn paint(draw: &mut Draw<'_>, ui: &mut Ui, node: &Node, look: &Look, rect: Rect, padding: Vec2) {
    let theme = draw.theme;
    let painter = ui.painter();
    match node.kind.as_str() {
        "card" => {
            let round = CornerRadius::same(look.corner.unwrap_or(radius::TILE));
            let line =
                if node.flag("selected") { Stroke::new(2.0, theme.accent.ring) } else { theme.outline() };
            if look.background.is_none() {
                painter.rect_filled(rect, round, theme.surface.raised);
            }
            paint_box(ui, look, rect, radius::TILE);
            if look.border.is_none() {
                ui.painter().rect_stroke(rect, round, line, StrokeKind::Inside);
            }
        }
        "sidebar" => {
            painter.rect_filled(rect, 0, theme.surface.panel.gamma_multiply(0.6));
            painter.vline(rect.right() - 0.5, rect.y_range(), Stroke::new(1.0, theme.surface.divider));
            paint_box(ui, look, rect, 0);
        }
        "header" | "footer" => {
            paint_box(ui, look, rect, 0);
            let y = if node.kind == "header" { rect.bottom() - 0.5 } else { rect.top() + 0.5 };
            if look.border.is_none() && look.background.is_none() {
                ui.painter().hline(rect.x_range(), y, Stroke::new(1.0, theme.surface.divider));
            }
        }
        "list" => {
            let bordered = matches!(&*node.text("variant"), "bordered" | "striped");
            paint_box(ui, look, rect, radius::TILE);
            if bordered && look.border.is_none() {
                ui.painter().rect_stroke(
                    rect,
                    CornerRadius::same(radius::TILE),
                    theme.outline(),
                    StrokeKind::Inside,
                );
            }
        }
        _ => paint_box(ui, look, rect, 0),
    }
    if clickable(node) {
        let response = draw.plain(ui, node, rect, Role::Button, "");
        draw.clicks(ui, node, &response, rect);
    } else if matches!(node.kind.as_str(), "list" | "card") || node.label.is_some() {
        let role = if node.kind == "list" { Role::List } else { Role::Group };
        draw.plain(ui, node, rect, role, "");
    }
    if node.kind == "card" {
        card_texts(draw, ui, node, look, rect, padding);
    }
}

fn card_texts(draw: &Draw<'_>, ui: &Ui, node: &Node, look: &Look, rect: Rect, padding: Vec2) {
    let width = rect.width() - 2.0 * padding.x;
    let title = node.text("title");
    if !title.is_empty() {
        let colour = look.text_colour(draw.theme);
        let galley = single_line(ui, &title, fonts::semibold(type_size::H3), colour, width);
        let top = rect.top() + padding.y - CARD_HEAD;
        ui.painter().galley(pos2(rect.left() + padding.x, top), galley, colour);
    }
    let footer = node.text("footer");
    if !footer.is_empty() {
        let colour = look.colour.unwrap_or(draw.theme.text.muted);
        let galley = single_line(ui, &footer, fonts::regular(type_size::LABEL), colour, width);
        let at = pos2(rect.left() + padding.x, rect.bottom() - padding.x - galley.size().y + 2.0);
        ui.painter().galley(at, galley, colour);
    }
}

/// A list of texts: rows of equal height, of which only those in sight are drawn.
pub(super) fn items(draw: &mut Draw<'_>, ui: &mut Ui, node: &Node, look: &Look, rect: Rect) {
    let items = items_of(node);
    if items.is_empty() {
        let empty = node.text("empty");
        if !empty.is_empty() {
            let colour = draw.theme.text.muted;
            ui.painter().text(
                rect.center(),
                egui::Align2::CENTER_CENTER,
                empty,
                look.font(type_size::BODY, 400.0),
                colour,
            );
        }
        return;
    }
    let height = item_height(node);
    let total = height * items.len() as f32;
    let salt = draw.id(node).with("items");
    let mut child = ui.new_child(UiBuilder::new().max_rect(rect).id_salt(salt));
    child.shrink_clip_rect(rect);
    if total > rect.height() + 0.5 {
        let scroll = ScrollArea::vertical().id_salt(salt).auto_shrink([false, false]);
        scroll.show(&mut child, |ui| {
            let top = ui.max_rect().min;
            ui.allocate_space(vec2(rect.width(), total));
            rows(draw, ui, node, Rect::from_min_size(top, vec2(rect.width(), total)), height);
        });
    } else {
        rows(draw, &mut child, node, rect, height);
    }
}

fn rows(draw: &mut Draw<'_>, ui: &mut Ui, node: &Node, rect: Rect, height: f32) {
    let items = items_of(node);
    let sight = ui.clip_rect().y_range();
    let first = (((sight.min - rect.top()) / height).floor().max(0.0) as usize).min(items.len());
    let last = (((sight.max - rect.top()) / height).ceil().max(0.0) as usize).min(items.len());
    let variant = node.text("variant").into_owned();
    let selectable = node.events.iter().any(|name| name == "select" || name == "click");
    for (index, item) in items.iter().enumerate().take(last).skip(first) {
        let top = rect.top() + index as f32 * height;
        let row = Rect::from_min_size(pos2(rect.left(), top), vec2(rect.width(), height));
        if variant == "striped" && index % 2 == 1 {
            ui.painter().rect_filled(row.shrink2(vec2(1.0, 0.0)), 0, draw.theme.control.ghost_hover);
        }
        if variant == "bordered" && index > 0 {
            ui.painter().hline(row.x_range(), top, Stroke::new(1.0, draw.theme.surface.divider));
        }
        let (title, subtitle) = item_texts(item);
        let shown = ListRow::new(title).subtitle(subtitle).id(draw.id(node).with(index));
        let response = shown.interactive(selectable).show_at(ui, row);
        author_id(ui, response.id, format!("{}/{}/{index}", draw.window, node.id));
        if selectable && response.clicked() {
            draw.events.push(event(node, "select", item.clone()));
        }
    }
}
