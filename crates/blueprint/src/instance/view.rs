//! Nodes of the view: which there are, what each shows, which ones a change concerns.
//!
//! A change of data evaluates the nodes that depend on it and no others. Only where a `repeat` gets
//! other keys is the set of nodes made anew, and then nodes whose place and data stay are moved over.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use serde_json::Value;

use super::{Instance, MAX_NODES};
use crate::expression::{Scope, text_of};
use crate::json::join;
use crate::program::PieceIndex;
use crate::view::Node;

/// Id of the node that fills the window.
const ROOT_ID: &str = "$window";

/// What belongs to a node beside what a renderer sees.
#[derive(Debug, Default)]
pub(super) struct Record {
    /// None: the root.
    pub(super) piece: Option<PieceIndex>,
    pub(super) scope: Option<Arc<Scope>>,
    pub(super) dependencies: Vec<String>,
}

/// A `repeat` as it was last built.
#[derive(Debug)]
pub(super) struct Repetition {
    pointer: String,
    key: Option<String>,
    keys: Vec<String>,
}

/// A view under construction.
struct Building {
    nodes: Vec<Node>,
    records: Vec<Record>,
    by_id: HashMap<String, usize>,
    repetitions: Vec<Repetition>,
    /// What can be moved over: nodes and records of before, by id.
    old: HashMap<String, (Node, Record)>,
    full: bool,
}

impl Instance {
    /// Brings the view up to date with everything that changed.
    pub(super) fn refresh(&mut self) {
        let touched = self.state.take_touched();
        let mut concerned = std::mem::take(&mut self.stale);
        for pointer in &touched {
            self.collect_dependents(pointer, &mut concerned);
        }
        let moved = self.repetitions.iter().any(|repetition| {
            touched.iter().any(|pointer| overlap(pointer, &repetition.pointer))
                && item_keys(self.state.root(), &repetition.pointer, repetition.key.as_deref())
                    != repetition.keys
        });
        if moved {
            self.rebuild(&concerned);
            return;
        }
        let mut changed = false;
        for index in concerned {
            let node = self.evaluate(index);
            let old = &mut self.view.nodes[index];
            if !same(&node, old) {
                if !changed {
                    self.view.revision += 1;
                    changed = true;
                }
                let children = std::mem::take(&mut old.children);
                *old = Node { children, revision: self.view.revision, ..node };
            }
        }
    }

    /// Makes the node evaluate again at the next refresh.
    pub(super) fn mark(&mut self, id: &str) {
        if let Some(index) = self.by_id.get(id) {
            self.stale.insert(*index);
        }
    }

    /// Nodes that depend on the pointer, on what holds it, or on what it holds.
    fn collect_dependents(&self, pointer: &str, found: &mut HashSet<usize>) {
        if pointer.is_empty() {
            found.extend(self.dependents.values().flatten());
            return;
        }
        let mut above = pointer;
        loop {
            found.extend(self.dependents.get(above).into_iter().flatten());
            match above.rfind('/') {
                Some(cut) => above = &above[..cut],
                None => break,
            }
        }
        // `0` is the character after `/`, so this range is everything below.
        let below = format!("{pointer}/")..format!("{pointer}0");
        found.extend(self.dependents.range(below).flat_map(|(_, nodes)| nodes));
    }

    /// Makes the set of nodes anew. `concerned` are the nodes of now whose data changed.
    pub(super) fn rebuild(&mut self, concerned: &HashSet<usize>) {
        let nodes = std::mem::take(&mut self.view.nodes);
        let records = std::mem::take(&mut self.records);
        let old = nodes.into_iter().zip(records).enumerate();
        // A window that says that something is cut may not have to say so any more.
        let cut = std::mem::take(&mut self.cut);
        let kept = old.filter(|(index, _)| !(concerned.contains(index) || cut && *index == 0));
        let old = kept.map(|(_, (node, record))| (node.id.clone(), (node, record))).collect();
        let mut building = Building {
            nodes: Vec::new(),
            records: Vec::new(),
            by_id: HashMap::new(),
            repetitions: Vec::new(),
            old,
            full: false,
        };
        self.view.revision += 1;
        self.view.structure += 1;
        self.stats.rebuilt += 1;
        self.place(None, ROOT_ID.to_owned(), None, &mut building);
        let roots = self.program.document.roots.clone();
        self.place_children(&roots, 0, "", None, &mut building);
        self.cut = building.full;
        if building.full {
            building.nodes[0].error =
                Some(format!("Too much to show: only the first {MAX_NODES} parts are here"));
        }
        self.view.nodes = building.nodes;
        self.view.root = 0;
        self.records = building.records;
        self.by_id = building.by_id;
        self.repetitions = building.repetitions;
        self.dependents = BTreeMap::new();
        for (index, record) in self.records.iter().enumerate() {
            for pointer in &record.dependencies {
                match self.dependents.get_mut(pointer) {
                    Some(nodes) => nodes.push(index),
                    None => {
                        self.dependents.insert(pointer.clone(), vec![index]);
                    }
                }
            }
        }
        // What belonged to nodes that are gone goes with them.
        let by_id = &self.by_id;
        self.errors.retain(|id, _| by_id.contains_key(id));
        self.visited.retain(|id| by_id.contains_key(id));
        self.overrides.retain(|id, _| by_id.contains_key(id));
    }

    fn place_children(
        &mut self,
        children: &[PieceIndex],
        parent: usize,
        prefix: &str,
        scope: Option<&Arc<Scope>>,
        building: &mut Building,
    ) {
        let program = Arc::clone(&self.program);
        for child in children {
            let piece = &program.pieces[*child];
            let Some((repeat, path)) = &piece.repeat else {
                self.place_with_children(
                    *child,
                    parent,
                    format!("{prefix}{}", piece.id),
                    prefix,
                    scope,
                    building,
                );
                continue;
            };
            let pointer = path.resolve(scope.map(Arc::as_ref));
            let keys = item_keys(self.state.root(), &pointer, repeat.key.as_deref());
            for (index, key) in keys.iter().enumerate() {
                let item = join(&pointer, &index.to_string());
                let inner = Arc::new(Scope {
                    name: repeat.name.clone(),
                    pointer: item,
                    index,
                    parent: scope.cloned(),
                });
                let id = format!("{prefix}{}[{key}]", piece.id);
                let inner_prefix = format!("{id}/");
                self.place_with_children(*child, parent, id, &inner_prefix, Some(&inner), building);
                if building.full {
                    break;
                }
            }
            building.repetitions.push(Repetition { pointer, key: repeat.key.clone(), keys });
        }
    }

    fn place_with_children(
        &mut self,
        piece: PieceIndex,
        parent: usize,
        id: String,
        prefix: &str,
        scope: Option<&Arc<Scope>>,
        building: &mut Building,
    ) {
        if building.nodes.len() >= MAX_NODES {
            building.full = true;
            return;
        }
        let index = self.place(Some(piece), id, scope, building);
        building.nodes[parent].children.push(index);
        let children = self.program.pieces[piece].children.clone();
        self.place_children(&children, index, prefix, scope, building);
    }

    /// Adds one node: moved over from before where nothing about it changed, else evaluated.
    fn place(
        &mut self,
        piece: Option<PieceIndex>,
        id: String,
        scope: Option<&Arc<Scope>>,
        building: &mut Building,
    ) -> usize {
        let index = building.nodes.len();
        let reusable = building.old.remove(&id).filter(|(_, record)| record.scope.as_ref() == scope);
        let (mut node, record) = match reusable {
            Some((node, record)) => (node, record),
            None => {
                let mut record = Record { piece, scope: scope.cloned(), dependencies: Vec::new() };
                self.dependencies(&id, &mut record);
                let mut node = self.evaluate_record(&id, &record);
                node.revision = self.view.revision;
                (node, record)
            }
        };
        node.children.clear();
        building.by_id.insert(id, index);
        building.nodes.push(node);
        building.records.push(record);
        index
    }
}

/// Keys of the items of a list, unique. Nothing there is no items.
fn item_keys(data: &Value, pointer: &str, key: Option<&str>) -> Vec<String> {
    let Some(Value::Array(items)) = data.pointer(pointer) else { return Vec::new() };
    let items = items.iter().take(MAX_NODES);
    let Some(key) = key else { return (0..items.len()).map(|index| index.to_string()).collect() };
    let mut seen = HashSet::new();
    items
        .enumerate()
        .map(|(index, item)| {
            let own = item.get(key).map(text_of).filter(|text| !text.is_empty());
            let own = own.map_or_else(|| index.to_string(), std::borrow::Cow::into_owned);
            if seen.insert(own.clone()) {
                return own;
            }
            let other = format!("{own}~{index}");
            seen.insert(other.clone());
            other
        })
        .collect()
}

/// Whether one pointer is the other or leads to it.
fn overlap(a: &str, b: &str) -> bool {
    let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    long.strip_prefix(short).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Whether two nodes look the same; children and revisions aside.
fn same(a: &Node, b: &Node) -> bool {
    a.props == b.props
        && a.style == b.style
        && (a.visible, a.enabled, a.pending) == (b.visible, b.enabled, b.pending)
        && a.error == b.error
        && a.label == b.label
        && a.description == b.description
}
