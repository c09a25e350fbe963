//! The layout tree: one taffy node per visible component, kept between frames.
//!
//! **Invariants** (`verify_invariants`): `prepared` is parallel to the nodes of the view it was made from; every
//! prepared node has a taffy node, except the descendants of closed modals and panes that are not shown;
//! positions are finite.
//!
//! Built anew only when the structure of the view, the theme or which pane is shown changes; when a node
//! changes, its style is set and its size measured again, and taffy lays out only what depends on it.

use super::flow::{self, Flow, Parent};
use super::look::{Inherited, Look};
use super::measure;
use crate::theme::Theme;
use blueprint::{Node, View};
use egui::{Rect, Ui, Vec2, pos2, vec2};
use std::collections::BTreeMap;
use std::sync::Arc;
use taffy::prelude::{AvailableSpace, Dimension, NodeId, Size, TaffyTree, length};

/// Deepest nesting that is laid out; a document has at most 64.
pub(super) const MAX_DEPTH: usize = 128;

/// What is kept of one node.
#[derive(Debug)]
pub(super) struct Prepared {
    revision: u64,
    pub(super) look: Look,
    pub(super) flow: Option<Flow>,
    parent: Option<Parent>,
    taffy: Option<NodeId>,
    /// Size in points, and position relative to the parent's box.
    pub(super) size: Vec2,
    pub(super) offset: Vec2,
    /// How far the content reaches, from the node's left top.
    pub(super) extent: Vec2,
    /// Padding at the left top, with the room for what the renderer draws itself.
    pub(super) padding: Vec2,
}

/// The layout of a view.
#[derive(Debug)]
pub(super) struct LayoutTree {
    taffy: TaffyTree<usize>,
    pub(super) prepared: Vec<Prepared>,
    root: Option<NodeId>,
    /// Open modals: index of the node, taffy root.
    modals: Vec<(usize, NodeId)>,
    structure: u64,
    revision: u64,
    panes: Arc<Panes>,
    theme: Option<Arc<Theme>>,
    available: Vec2,
    /// How often a tree was built, for tests.
    #[cfg(test)]
    pub(super) builds: usize,
    /// How often a leaf was measured, for tests.
    #[cfg(test)]
    pub(super) measured: usize,
}

/// For each node of tabs, the position of the child that is shown.
pub(super) type Panes = BTreeMap<usize, usize>;

/// Which children of a node take part in the layout.
pub(super) fn shown_children<'v>(view: &'v View, index: usize, panes: &Panes) -> &'v [usize] {
    let node = &view.nodes[index];
    match panes.get(&index) {
        Some(&pane) => node.children.get(pane..=pane).unwrap_or(&[]),
        None => &node.children,
    }
}

impl Default for LayoutTree {
    fn default() -> Self {
        LayoutTree {
            taffy: TaffyTree::new(),
            prepared: Vec::new(),
            root: None,
            modals: Vec::new(),
            structure: 0,
            revision: 0,
            panes: Arc::default(),
            theme: None,
            available: Vec2::ZERO,
            #[cfg(test)]
            builds: 0,
            #[cfg(test)]
            measured: 0,
        }
    }
}

impl LayoutTree {
    /// Brings the layout up to date for this view and room. `panes` says for tabs which child is shown.
    pub(super) fn update(
        &mut self,
        ui: &Ui,
        view: &View,
        theme: &Arc<Theme>,
        panes: &Arc<Panes>,
        available: Vec2,
    ) {
        let same_theme =
            self.theme.as_ref().is_some_and(|kept| Arc::ptr_eq(kept, theme) || **kept == **theme);
        let fresh = !same_theme
            || self.structure != view.structure
            || self.prepared.len() != view.nodes.len()
            || self.panes != *panes
            || self.root.is_none();
        let mut dirty = fresh || self.available != available;
        if fresh {
            self.build(view, theme, panes);
        } else if self.revision != view.revision {
            dirty |= self.refresh(view, theme, panes);
        }
        self.revision = view.revision;
        if dirty {
            self.available = available;
            self.compute(ui, view, theme);
        }
    }

    fn build(&mut self, view: &View, theme: &Arc<Theme>, panes: &Arc<Panes>) {
        #[cfg(test)]
        {
            self.builds += 1;
        }
        self.taffy = TaffyTree::with_capacity(view.nodes.len());
        self.modals.clear();
        self.structure = view.structure;
        self.panes = Arc::clone(panes);
        self.theme = Some(Arc::clone(theme));
        self.prepared = view
            .nodes
            .iter()
            .map(|node| Prepared {
                revision: node.revision,
                look: Look::new(theme, node, &Inherited::default()),
                flow: Flow::of(node),
                parent: None,
                taffy: None,
                size: Vec2::ZERO,
                offset: Vec2::ZERO,
                extent: Vec2::ZERO,
                padding: Vec2::ZERO,
            })
            .collect();
        self.root = self.plant(view, theme, view.root, None, &Inherited::default(), 0);
    }

    /// Makes the taffy nodes of a subtree, children first.
    fn plant(
        &mut self,
        view: &View,
        theme: &Theme,
        index: usize,
        parent: Option<Parent>,
        inherited: &Inherited,
        depth: usize,
    ) -> Option<NodeId> {
        let node = view.nodes.get(index)?;
        // A node that is its own ancestor would never end; a view has none, this is the safe path.
        if depth > MAX_DEPTH || self.prepared[index].taffy.is_some() {
            return None;
        }
        let look = Look::new(theme, node, inherited);
        let text = look.text.clone();
        let flow = self.prepared[index].flow;
        self.prepared[index].look = look;
        self.prepared[index].parent = parent;
        let style = flow::style_of(node, parent);
        let stretches = style.align_items == taffy::prelude::AlignItems::STRETCH;
        let as_parent = flow.map(|flow| Parent { flow, stretches });
        let mut children = Vec::new();
        let panes = Arc::clone(&self.panes);
        for &child in shown_children(view, index, &panes) {
            let Some(child_node) = view.nodes.get(child) else { continue };
            if child_node.kind == "modal" {
                if child_node.visible && child_node.flag("open") {
                    let planted = self.plant(view, theme, child, None, &Inherited::default(), depth + 1);
                    self.modals.extend(planted.map(|taffy| (child, taffy)));
                }
            } else if let Some(planted) = self.plant(view, theme, child, as_parent, &text, depth + 1) {
                children.push(planted);
            }
        }
        // Neither call can fail: the children were made by this tree just now.
        let planted = if children.is_empty() {
            self.taffy.new_leaf_with_context(style, index)
        } else {
            self.taffy.new_with_children(style, &children)
        };
        self.prepared[index].taffy = planted.ok();
        self.prepared[index].taffy
    }

    /// Takes over changed nodes; returns whether the layout may differ.
    fn refresh(&mut self, view: &View, theme: &Arc<Theme>, panes: &Arc<Panes>) -> bool {
        let mut dirty = false;
        for (index, node) in view.nodes.iter().enumerate() {
            if self.prepared[index].revision == node.revision {
                continue;
            }
            if self.must_rebuild(index, node, theme) {
                self.build(view, theme, panes);
                return true;
            }
            let prepared = &mut self.prepared[index];
            prepared.revision = node.revision;
            let Some(taffy) = prepared.taffy else { continue };
            let style = flow::style_of(node, prepared.parent);
            // Both calls mark the node dirty; they fail only for nodes of another tree.
            let same = self.taffy.style(taffy).is_ok_and(|kept| *kept == style);
            let set = if same { self.taffy.mark_dirty(taffy) } else { self.taffy.set_style(taffy, style) };
            dirty |= set.is_ok();
        }
        dirty
    }

    /// Whether a change of this node reaches beyond it: what its children inherit, or a modal that opens.
    fn must_rebuild(&mut self, index: usize, node: &Node, theme: &Theme) -> bool {
        let prepared = &mut self.prepared[index];
        let look = Look::new(theme, node, &prepared.look.inherited);
        let passes_on = look.text != prepared.look.text && !node.children.is_empty();
        let modal = node.kind == "modal" && (node.visible && node.flag("open")) != prepared.taffy.is_some();
        if !passes_on && !modal {
            prepared.look = look;
        }
        passes_on || modal
    }

    fn compute(&mut self, ui: &Ui, view: &View, theme: &Theme) {
        let room = self.available;
        if let Some(root) = self.root {
            let fixed = Size { width: length(room.x), height: length(room.y) };
            self.compute_root(ui, view, theme, root, fixed);
        }
        for (index, root) in self.modals.clone() {
            let width = match &*view.nodes[index].text("size") {
                "small" => 320.0,
                "large" => 600.0,
                _ => 440.0,
            };
            let width = f32::min(width, (room.x - 32.0).max(120.0));
            let size = Size { width: length(width), height: taffy::prelude::auto() };
            self.compute_root(ui, view, theme, root, size);
        }
        self.read_positions(view);
        debug_assert_eq!(self.verify_invariants(view), Ok(()));
    }

    fn compute_root(&mut self, ui: &Ui, view: &View, theme: &Theme, root: NodeId, size: Size<Dimension>) {
        if let Ok(style) = self.taffy.style(root)
            && style.size != size
        {
            let style = taffy::Style { size, ..style.clone() };
            // The root is a node of this tree.
            let _known = self.taffy.set_style(root, style);
        }
        let prepared = &self.prepared;
        #[cfg(test)]
        let measured = &mut self.measured;
        let room = Size {
            width: AvailableSpace::Definite(self.available.x),
            height: AvailableSpace::Definite(self.available.y),
        };
        let done = self.taffy.compute_layout_with_measure(root, room, |input, _, context, style| {
            taffy::compute_leaf_layout(
                input,
                style,
                |_, _| 0.0,
                |known, available| {
                    let Some(index) = context.map(|index| *index) else { return Size::ZERO };
                    #[cfg(test)]
                    {
                        *measured += 1;
                    }
                    measure::leaf(ui, theme, &view.nodes[index], &prepared[index].look, known, available)
                },
            )
        });
        debug_assert!(done.is_ok(), "the root is a node of this tree");
    }

    /// Copies positions out of taffy, and sums up how far content reaches.
    fn read_positions(&mut self, view: &View) {
        let roots: Vec<usize> =
            std::iter::once(view.root).chain(self.modals.iter().map(|(index, _)| *index)).collect();
        for index in roots {
            self.read_subtree(view, index, 0);
        }
    }

    fn read_subtree(&mut self, view: &View, index: usize, depth: usize) -> Vec2 {
        let Some(taffy) = self.prepared.get(index).and_then(|prepared| prepared.taffy) else {
            return Vec2::ZERO;
        };
        let Ok(layout) = self.taffy.layout(taffy) else { return Vec2::ZERO };
        let finite = |x: f32, y: f32| if x.is_finite() && y.is_finite() { vec2(x, y) } else { Vec2::ZERO };
        let size = finite(layout.size.width, layout.size.height);
        let offset = finite(layout.location.x, layout.location.y);
        let padding = finite(layout.padding.left, layout.padding.top);
        let (pad_right, pad_bottom) = (layout.padding.right, layout.padding.bottom);
        let mut extent = size;
        if depth <= MAX_DEPTH {
            let panes = Arc::clone(&self.panes);
            for &child in shown_children(view, index, &panes) {
                if view.nodes.get(child).is_some_and(|node| node.visible && node.kind != "modal") {
                    let reach = self.read_subtree(view, child, depth + 1);
                    extent = extent.max(reach + vec2(pad_right, pad_bottom));
                }
            }
        }
        let prepared = &mut self.prepared[index];
        (prepared.size, prepared.offset, prepared.extent) = (size, offset, extent);
        prepared.padding = padding;
        // What scrolls or is cut inside does not reach out.
        let node = &view.nodes[index];
        let closed = flow::scrolls(node)
            || node.style.get("overflow").and_then(|value| value.as_str()) == Some("hidden");
        offset + if closed { size } else { extent }
    }

    /// Open modals, in document order.
    pub(super) fn modals(&self) -> impl DoubleEndedIterator<Item = usize> + '_ {
        self.modals.iter().map(|(index, _)| *index)
    }

    /// The box of a node whose parent's box starts at `origin`.
    pub(super) fn rect(&self, index: usize, origin: egui::Pos2) -> Rect {
        let prepared = &self.prepared[index];
        Rect::from_min_size(pos2(origin.x, origin.y) + prepared.offset, prepared.size)
    }

    /// Whether the node takes part in the layout now.
    pub(super) fn is_laid_out(&self, index: usize) -> bool {
        self.prepared.get(index).is_some_and(|prepared| prepared.taffy.is_some())
    }

    /// Checks the law in the module's documentation.
    pub(super) fn verify_invariants(&self, view: &View) -> Result<(), String> {
        if self.prepared.len() != view.nodes.len() {
            return Err(format!("{} prepared for {} nodes", self.prepared.len(), view.nodes.len()));
        }
        for (index, prepared) in self.prepared.iter().enumerate() {
            let numbers = [prepared.size, prepared.offset, prepared.extent];
            if numbers.iter().any(|v| !v.x.is_finite() || !v.y.is_finite()) {
                return Err(format!("node {index} ({}) is not at a finite place", view.nodes[index].id));
            }
        }
        Ok(())
    }
}
