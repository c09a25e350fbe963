//! Heads of panes; the pane itself is an ordinary child.

use super::draw::Draw;
use crate::controls::{Tabs, author_id};
use blueprint::{Node, View};
use egui::{Rect, Ui, pos2};

/// Which child is shown: what the app says, else what a person chose, else the default, else the first.
pub(super) fn shown(view: &View, node: &Node, chosen: Option<&String>) -> usize {
    let find = |name: &str| {
        let by_id = |&child: &usize| view.nodes.get(child).is_some_and(|pane| pane.id == name);
        let by_label = |&child: &usize| view.nodes.get(child).is_some_and(|pane| pane.text("label") == name);
        let by_number = || name.parse::<usize>().ok().filter(|number| *number < node.children.len());
        let children = &node.children;
        children.iter().position(by_id).or_else(|| children.iter().position(by_label)).or_else(by_number)
    };
    let selected = node.text("selected");
    let default = node.text("defaultTab");
    (!selected.is_empty())
        .then(|| find(&selected))
        .flatten()
        .or_else(|| chosen.and_then(|name| find(name)))
        .or_else(|| find(&default))
        .unwrap_or(0)
}

/// Draws the heads and sends which one was chosen.
pub(super) fn show(draw: &mut Draw<'_>, ui: &mut Ui, node: &Node, rect: Rect) {
    let view = draw.view;
    let panes: Vec<&Node> = node.children.iter().filter_map(|&child| view.nodes.get(child)).collect();
    let labels: Vec<String> = panes
        .iter()
        .map(|pane| {
            let label = pane.text("label");
            if label.is_empty() { pane.id.clone() } else { label.into_owned() }
        })
        .collect();
    let mut chosen = shown(view, node, draw.chosen_tabs.get(&node.id));
    let heads = Rect::from_min_max(rect.min, pos2(rect.right(), rect.top() + Tabs::HEIGHT));
    let name = node.label.clone().unwrap_or_else(|| node.id.clone());
    let id = draw.id(node);
    let response = Tabs::new(&mut chosen, &labels, name).id(id).show_at(ui, heads);
    draw.finish(ui, node, &response);
    for (index, pane) in panes.iter().enumerate() {
        author_id(ui, Tabs::head_id(id, index), format!("{}/{}/tab", draw.window, pane.id));
    }
    if response.changed()
        && let Some(pane) = panes.get(chosen)
    {
        draw.chosen_tabs.insert(node.id.clone(), pane.id.clone());
        draw.emit(node, "select", pane.id.as_str().into());
    }
}
