//! Draws a Blueprint app: a tree of resolved nodes in, what a person did out.
//!
//! Layout is real flexbox and grid (`taffy`) in a tree that is kept between frames; each component is drawn
//! with the desktop's own controls at the place that layout gave it. Nothing here looks at the document, calls
//! a tool or changes the model: a click is a [`UiEvent`] that the app runs between frames.
//!
//! An unknown component is drawn as a visible placeholder with its reason; a node's error is a line at the
//! component. What does not fit the window scrolls.
//!
//! Ids for tools outside are `window/component` ([`BlueprintView::new`] takes the first part).

mod button;
mod choices;
mod containers;
mod draw;
mod fields;
mod flow;
mod grid;
mod lengths;
mod look;
mod measure;
mod modal;
mod shortcut;
mod status;
mod tabs;
#[cfg(test)]
mod tests;
mod text;
mod tree;

use crate::theme::Theme;
use blueprint::{UiEvent, View};
use draw::Draw;
use egui::{Id, ScrollArea, Ui, vec2};
use fields::Drafts;
use std::collections::HashMap;
use std::sync::Arc;
use tree::{LayoutTree, Panes};

/// The renderer of one window of a Blueprint app. Keeps the layout, drafts of fields, and which pane of tabs is
/// shown where the app does not say.
#[derive(Debug)]
pub struct BlueprintView {
    window: String,
    /// Widgets' ids start from here; of the [`Ui`] that it was last drawn into.
    base: Id,
    focused: bool,
    tree: LayoutTree,
    drafts: Drafts,
    /// Shown pane of tabs by node id, as far as a person chose it.
    chosen_tabs: HashMap<String, String>,
    /// Open dialogs of the last frame, to know when one opens.
    open_modals: Vec<usize>,
    /// Buttons that look pressed because their key was, and until when (seconds of the frame clock).
    held: HashMap<String, f64>,
}

impl BlueprintView {
    /// A renderer for a window. `window` is the first part of the ids that tools outside use. Several windows
    /// may have the same; what keeps their widgets apart is the [`Ui`] that each is drawn into.
    #[must_use]
    pub fn new(window: impl Into<String>) -> Self {
        let window = window.into();
        BlueprintView {
            base: Id::unique(("blueprint", &window)),
            window,
            focused: true,
            tree: LayoutTree::default(),
            drafts: Drafts::default(),
            chosen_tabs: HashMap::new(),
            open_modals: Vec::new(),
            held: HashMap::new(),
        }
    }

    /// Whether the window has the keyboard: only then its buttons listen to their shortcuts.
    pub fn set_focused(&mut self, focused: bool) {
        self.focused = focused;
    }

    /// Gives the keyboard to a component.
    pub fn focus(&self, ui: &Ui, component: &str) {
        ui.memory_mut(|memory| memory.request_focus(self.base.with(component)));
    }

    /// Draws the app into the room of `ui` and returns what a person did, in order.
    pub fn ui(&mut self, ui: &mut Ui, view: &View, theme: &Arc<Theme>) -> Vec<UiEvent> {
        // Two windows of one app have the same component ids; their widgets must not.
        self.base = ui.scope_id().with("blueprint");
        let rect = ui.available_rect_before_wrap();
        let mut events = Vec::new();
        if view.nodes.get(view.root).is_none()
            || !rect.is_finite()
            || rect.width() < 1.0
            || rect.height() < 1.0
        {
            return events;
        }
        let panes = Arc::new(self.panes(view));
        self.tree.update(ui, view, theme, &panes, rect.size());
        self.drafts.begin(view);
        let now = ui.input(|input| input.time);
        self.held.retain(|_, until| *until > now);
        let extent = self.tree.prepared[view.root].extent;
        let scroll = ScrollArea::new([extent.x > rect.width() + 0.5, extent.y > rect.height() + 0.5])
            .id_salt(self.base.with("page"))
            .auto_shrink([false, false]);
        let veiled = self.veil(ui);
        scroll.show(ui, |ui| {
            if veiled {
                // Out of reach, also for the Tab key, and not dimmed twice: the dialog draws a veil.
                ui.visuals_mut().disabled_alpha = 1.0;
                ui.disable();
            }
            let origin = ui.max_rect().min;
            ui.allocate_space(extent.max(vec2(1.0, 1.0)));
            let mut draw = Draw {
                view,
                theme,
                tree: &self.tree,
                panes: &panes,
                base: self.base,
                window: &self.window,
                drafts: &mut self.drafts,
                chosen_tabs: &mut self.chosen_tabs,
                held: &self.held,
                events: &mut events,
                cull: view.nodes.len() > draw::CULL_ABOVE,
                veiled,
            };
            draw.node(ui, view.root, origin, 0);
        });
        self.modals_ui(ui, view, theme, &panes, rect, &mut events);
        if self.focused {
            self.shortcuts(ui, view, &mut events);
        }
        events
    }

    /// Whether a dialog is open. One that has just opened takes the keyboard from what is below it.
    fn veil(&mut self, ui: &Ui) -> bool {
        let open: Vec<usize> = self.tree.modals().collect();
        let opened = open.iter().any(|index| !self.open_modals.contains(index));
        if opened && let Some(focused) = ui.memory(egui::Memory::focused) {
            ui.memory_mut(|memory| memory.surrender_focus(focused));
        }
        self.open_modals = open;
        !self.open_modals.is_empty()
    }

    fn modals_ui(
        &mut self,
        ui: &mut Ui,
        view: &View,
        theme: &Arc<Theme>,
        panes: &Arc<Panes>,
        rect: egui::Rect,
        events: &mut Vec<UiEvent>,
    ) {
        let open: Vec<usize> = self.tree.modals().collect();
        for index in open {
            let mut draw = Draw {
                view,
                theme,
                tree: &self.tree,
                panes,
                base: self.base,
                window: &self.window,
                drafts: &mut self.drafts,
                chosen_tabs: &mut self.chosen_tabs,
                held: &self.held,
                events,
                cull: false,
                veiled: false,
            };
            modal::show(&mut draw, ui, index, rect);
        }
    }

    /// Clicks the buttons whose key was pressed.
    fn shortcuts(&mut self, ui: &Ui, view: &View, events: &mut Vec<UiEvent>) {
        // The uppermost modal alone has the keyboard.
        let root = self.tree.modals().next_back().unwrap_or(view.root);
        for index in shortcut::pressed(ui, view, root, &self.tree, self.base) {
            let node = &view.nodes[index];
            let until = ui.input(|input| input.time) + shortcut::HOLD_SECONDS;
            self.held.insert(node.id.clone(), until);
            ui.ctx().request_repaint_after(std::time::Duration::from_secs_f64(shortcut::HOLD_SECONDS));
            events.push(draw::event(node, "click", serde_json::Value::Null));
        }
    }

    /// Which child each node of tabs shows.
    fn panes(&self, view: &View) -> Panes {
        let tabs = view
            .nodes
            .iter()
            .enumerate()
            .filter(|(_, node)| node.kind == "tabs" && !node.children.is_empty());
        tabs.map(|(index, node)| (index, tabs::shown(view, node, self.chosen_tabs.get(&node.id)))).collect()
    }
}
