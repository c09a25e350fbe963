//! The data model of a surface: one JSON value, changed by JSON Pointer.
//!
//! Every change is noted twice: as a *touched pointer*, from which the instance finds the components
//! that depend on it, and as an edit in the open batch, from which undo is made. One event is one
//! batch. Setting what is already there is no change.
//!
//! **Invariants**: the size stays within [`MAX_SIZE_BYTES`], arrays within [`MAX_ITEMS`], pointers
//! within [`MAX_TOKENS`]; the history keeps at most [`HISTORY_STEPS`] batches; undoing all of it
//! brings back the value it started with.

#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::collections::VecDeque;

use serde_json::{Map, Value};

use crate::json::join;

/// Largest data model, as counted by [`weight_bytes`].
pub(crate) const MAX_SIZE_BYTES: usize = 16 << 20;
/// Longest array.
pub(crate) const MAX_ITEMS: usize = 100_000;
/// Longest pointer, in tokens.
pub(crate) const MAX_TOKENS: usize = 64;
/// Batches that can be undone.
pub(crate) const HISTORY_STEPS: usize = 50;

/// Why a change was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StateError {
    /// Not empty and not starting with `/`, or too long.
    #[error("“{0}” is no path into the data")]
    BadPointer(String),
    /// A step leads through a text, a number or a list position that is not there.
    #[error("“{0}” cannot be reached in the data")]
    Unreachable(String),
    /// Larger than the limits.
    #[error("The data is too large")]
    TooLarge,
}

#[derive(Clone, Debug)]
enum Edit {
    /// Put at the pointer; `before` is `None` where nothing was there.
    Set { pointer: String, before: Option<Value>, after: Option<Value> },
    /// Came into a list.
    Insert { list: String, index: usize, item: Value },
    /// Went out of a list.
    Remove { list: String, index: usize, item: Value },
}

#[derive(Clone, Debug, Default)]
struct Batch {
    edits: Vec<Edit>,
    /// Batches of the same kind in a row are one step: typing into one field.
    kind: Option<String>,
}

/// The data model with its history.
#[derive(Clone, Debug)]
pub struct State {
    root: Value,
    size_bytes: usize,
    touched: Vec<String>,
    open: Batch,
    past: VecDeque<Batch>,
    future: Vec<Batch>,
}

impl State {
    /// Starts with this value and no history.
    #[must_use]
    pub fn new(root: Map<String, Value>) -> Self {
        let root = Value::Object(root);
        let size_bytes = weight_bytes(&root);
        let (touched, open, past, future) = (Vec::new(), Batch::default(), VecDeque::new(), Vec::new());
        Self { root, size_bytes, touched, open, past, future }
    }

    /// All of it.
    #[must_use]
    pub fn root(&self) -> &Value {
        &self.root
    }

    /// The value at a pointer.
    #[must_use]
    pub fn get(&self, pointer: &str) -> Option<&Value> {
        self.root.pointer(pointer)
    }

    /// Puts a value; missing objects on the way are made. A list takes its own length as the index of
    /// a new last item.
    ///
    /// # Errors
    /// See [`StateError`].
    pub fn set(&mut self, pointer: &str, value: Value) -> Result<(), StateError> {
        let tokens = tokens(pointer)?;
        if self.get(pointer) == Some(&value) {
            return Ok(());
        }
        if pointer.is_empty() {
            if !value.is_object() {
                return Err(StateError::Unreachable(pointer.to_owned()));
            }
            return self.put(String::new(), Some(value));
        }
        // The first step that is not there takes the rest of the way as new objects.
        let mut here = &self.root;
        let mut path = String::new();
        for (depth, token) in tokens.iter().enumerate() {
            let last = depth + 1 == tokens.len();
            if let Value::Array(items) = here {
                let index = if token == "-" { Some(items.len()) } else { index_of(token) };
                let index = index.filter(|index| *index <= items.len());
                let index = index.ok_or_else(|| StateError::Unreachable(pointer.to_owned()))?;
                if index == items.len() {
                    return self.insert(&path, index, wrap(&tokens[depth + 1..], value));
                }
            } else if !here.is_object() {
                return Err(StateError::Unreachable(pointer.to_owned()));
            }
            let next_path = join(&path, token);
            match child(here, token) {
                Some(next) if !last && !next.is_null() => here = next,
                _ => return self.put(next_path, Some(wrap(&tokens[depth + 1..], value))),
            }
            path = next_path;
        }
        Err(StateError::BadPointer(pointer.to_owned()))
    }

    /// Takes a value out. Nothing there is no error.
    ///
    /// # Errors
    /// [`StateError::BadPointer`].
    pub fn remove(&mut self, pointer: &str) -> Result<(), StateError> {
        let tokens = tokens(pointer)?;
        if tokens.is_empty() || self.get(pointer).is_none() {
            return Ok(());
        }
        let parent = &pointer[..pointer.rfind('/').unwrap_or(0)];
        match (self.get(parent), tokens.last().and_then(|token| index_of(token))) {
            (Some(Value::Array(_)), Some(index)) => self.remove_item(parent, index),
            _ => self.put(pointer.to_owned(), None),
        }
    }

    /// Puts an item into a list. An absent or null list is made.
    ///
    /// # Errors
    /// See [`StateError`]; an index beyond the end is [`StateError::Unreachable`].
    pub fn insert(&mut self, list: &str, index: usize, item: Value) -> Result<(), StateError> {
        match self.get(list) {
            None | Some(Value::Null) => return self.set(list, Value::Array(vec![item])),
            Some(Value::Array(items)) if items.len() >= MAX_ITEMS => return Err(StateError::TooLarge),
            Some(Value::Array(items)) if index <= items.len() => {}
            Some(_) => return Err(StateError::Unreachable(list.to_owned())),
        }
        if self.size_bytes + weight_bytes(&item) > MAX_SIZE_BYTES {
            return Err(StateError::TooLarge);
        }
        self.record(Edit::Insert { list: list.to_owned(), index, item });
        Ok(())
    }

    /// Takes an item out of a list. Nothing there is no error.
    ///
    /// # Errors
    /// [`StateError::BadPointer`].
    pub fn remove_item(&mut self, list: &str, index: usize) -> Result<(), StateError> {
        tokens(list)?;
        if let Some(Value::Array(items)) = self.get(list)
            && let Some(item) = items.get(index)
        {
            let item = item.clone();
            self.record(Edit::Remove { list: list.to_owned(), index, item });
        }
        Ok(())
    }

    /// Ends the open batch. Batches of the same `kind` in a row are one step of history.
    pub fn commit(&mut self, kind: Option<&str>) {
        let mut batch = std::mem::take(&mut self.open);
        if batch.edits.is_empty() {
            return;
        }
        batch.kind = kind.map(str::to_owned);
        self.future.clear();
        let alike = self.past.back_mut().filter(|last| kind.is_some() && last.kind == batch.kind);
        if !alike.is_some_and(|last| merge(last, &batch)) {
            self.past.push_back(batch);
        }
        let heavy =
            |past: &VecDeque<Batch>| past.iter().map(Batch::weight_bytes).sum::<usize>() > MAX_SIZE_BYTES;
        while self.past.len() > HISTORY_STEPS || (self.past.len() > 1 && heavy(&self.past)) {
            self.past.pop_front();
        }
    }

    /// Forgets the history, as after setting up.
    pub fn forget(&mut self) {
        self.open = Batch::default();
        self.past.clear();
        self.future.clear();
    }

    /// Takes the last batch back. False where there is none.
    pub fn undo(&mut self) -> bool {
        self.commit(None);
        let Some(batch) = self.past.pop_back() else { return false };
        for edit in batch.edits.iter().rev() {
            self.apply(&edit.inverse());
        }
        self.future.push(batch);
        true
    }

    /// Does the last batch that was taken back again. False where there is none.
    pub fn redo(&mut self) -> bool {
        // What was changed since cannot be joined with what was taken back.
        self.commit(None);
        let Some(batch) = self.future.pop() else { return false };
        for edit in &batch.edits {
            self.apply(edit);
        }
        self.past.push_back(batch);
        true
    }

    /// Whether there is something to undo, and to redo.
    #[must_use]
    pub fn can_undo_redo(&self) -> (bool, bool) {
        (!self.past.is_empty() || !self.open.edits.is_empty(), !self.future.is_empty())
    }

    /// Pointers changed since the last call.
    pub(crate) fn take_touched(&mut self) -> Vec<String> {
        std::mem::take(&mut self.touched)
    }

    /// Panics where an invariant of this module does not hold.
    pub fn verify_invariants(&self) {
        assert_eq!(self.size_bytes, weight_bytes(&self.root), "the size is counted along");
        assert!(self.size_bytes <= MAX_SIZE_BYTES);
        assert!(self.past.len() <= HISTORY_STEPS);
    }

    fn put(&mut self, pointer: String, after: Option<Value>) -> Result<(), StateError> {
        let before = self.get(&pointer).cloned();
        let less = before.as_ref().map_or(0, weight_bytes);
        let more = after.as_ref().map_or(0, weight_bytes) + pointer.len();
        if self.size_bytes - less + more > MAX_SIZE_BYTES {
            return Err(StateError::TooLarge);
        }
        self.record(Edit::Set { pointer, before, after });
        Ok(())
    }

    fn record(&mut self, edit: Edit) {
        self.apply(&edit);
        self.open.edits.push(edit);
    }

    /// The only place where the value changes.
    fn apply(&mut self, edit: &Edit) {
        match edit {
            Edit::Set { pointer, after, .. } => {
                self.apply_set(pointer, after.clone());
                self.touched.push(pointer.clone());
            }
            Edit::Insert { list, index, item } => {
                if let Some(Value::Array(items)) = self.root.pointer_mut(list) {
                    let at_end = *index >= items.len();
                    items.insert((*index).min(items.len()), item.clone());
                    self.size_bytes += weight_bytes(item);
                    // What stands behind the new item has moved.
                    self.touched.push(if at_end { join(list, &index.to_string()) } else { list.clone() });
                }
            }
            Edit::Remove { list, index, .. } => {
                if let Some(Value::Array(items)) = self.root.pointer_mut(list)
                    && *index < items.len()
                {
                    let removed = items.remove(*index);
                    self.size_bytes -= weight_bytes(&removed);
                    let at_end = *index == items.len();
                    self.touched.push(if at_end { join(list, &index.to_string()) } else { list.clone() });
                }
            }
        }
    }

    fn apply_set(&mut self, pointer: &str, after: Option<Value>) {
        let Some((parent, token)) = pointer.rsplit_once('/') else {
            self.root = after.unwrap_or_default();
            self.size_bytes = weight_bytes(&self.root);
            return;
        };
        let token = unescape(token);
        let more = after.as_ref().map_or(0, weight_bytes);
        let Some(parent) = self.root.pointer_mut(parent) else { return };
        let less = match parent {
            Value::Object(members) => match after {
                Some(value) => match members.get_mut(token.as_ref()) {
                    Some(slot) => weight_bytes(&std::mem::replace(slot, value)),
                    None => {
                        self.size_bytes += token.len();
                        members.insert(token.into_owned(), value);
                        0
                    }
                },
                None => match members.shift_remove(token.as_ref()) {
                    Some(old) => weight_bytes(&old) + token.len(),
                    None => 0,
                },
            },
            Value::Array(items) => {
                let slot = index_of(&token).and_then(|index| items.get_mut(index));
                let (Some(slot), Some(value)) = (slot, after) else { return };
                weight_bytes(&std::mem::replace(slot, value))
            }
            _ => return,
        };
        self.size_bytes = self.size_bytes + more - less;
    }
}

impl Edit {
    fn inverse(&self) -> Self {
        match self.clone() {
            Self::Set { pointer, before, after } => Self::Set { pointer, before: after, after: before },
            Self::Insert { list, index, item } => Self::Remove { list, index, item },
            Self::Remove { list, index, item } => Self::Insert { list, index, item },
        }
    }
}

impl Batch {
    fn weight_bytes(&self) -> usize {
        let weight = |value: &Option<Value>| value.as_ref().map_or(0, weight_bytes);
        self.edits
            .iter()
            .map(|edit| match edit {
                Edit::Set { before, after, .. } => weight(before) + weight(after),
                Edit::Insert { item, .. } | Edit::Remove { item, .. } => weight_bytes(item),
            })
            .sum()
    }
}

/// Adds a batch to one of the same kind, where both only set the same places. False leaves both alone.
fn merge(last: &mut Batch, next: &Batch) -> bool {
    let pointers = |batch: &Batch| -> Option<Vec<String>> {
        let pointer = |edit: &Edit| match edit {
            Edit::Set { pointer, .. } => Some(pointer.clone()),
            _ => None,
        };
        batch.edits.iter().map(pointer).collect()
    };
    let (Some(old), Some(new)) = (pointers(last), pointers(next)) else { return false };
    if old != new {
        return false;
    }
    for (edit, later) in last.edits.iter_mut().zip(&next.edits) {
        if let (Edit::Set { after, .. }, Edit::Set { after: newest, .. }) = (edit, later) {
            after.clone_from(newest);
        }
    }
    true
}

/// What a value counts against the limits: its text and a fixed amount for each part.
pub(crate) fn weight_bytes(value: &Value) -> usize {
    8 + match value {
        Value::String(text) => text.len(),
        Value::Array(items) => items.iter().map(weight_bytes).sum(),
        Value::Object(members) => members.iter().map(|(key, value)| key.len() + weight_bytes(value)).sum(),
        _ => 0,
    }
}

/// The tokens of a pointer, unescaped.
fn tokens(pointer: &str) -> Result<Vec<String>, StateError> {
    if pointer.is_empty() {
        return Ok(Vec::new());
    }
    let bad = || StateError::BadPointer(pointer.chars().take(80).collect());
    let rest = pointer.strip_prefix('/').ok_or_else(bad)?;
    let tokens: Vec<String> = rest.split('/').map(|token| unescape(token).into_owned()).collect();
    if tokens.len() > MAX_TOKENS { Err(bad()) } else { Ok(tokens) }
}

fn unescape(token: &str) -> Cow<'_, str> {
    if token.contains('~') { token.replace("~1", "/").replace("~0", "~").into() } else { token.into() }
}

fn index_of(token: &str) -> Option<usize> {
    let plain = token == "0" || !token.starts_with('0');
    token.parse().ok().filter(|_| plain && token.bytes().all(|b| b.is_ascii_digit()))
}

fn child<'a>(value: &'a Value, token: &str) -> Option<&'a Value> {
    match value {
        Value::Object(members) => members.get(token),
        Value::Array(items) => items.get(index_of(token)?),
        _ => None,
    }
}

/// The value inside of new objects, one for each token.
fn wrap(tokens: &[String], value: Value) -> Value {
    tokens.iter().rev().fold(value, |inner, token| {
        let mut members = Map::new();
        members.insert(token.clone(), inner);
        Value::Object(members)
    })
}
