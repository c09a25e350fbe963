//! A tree of files as it will be after some steps, or was after them, without touching one.
//!
//! An [`Overlay`] remembers what steps make of paths and which ones they move; everything else is what lies
//! beneath it, at the path that [`Overlay::find`] says. It looks at no file itself.

use super::changes::beneath;
use crate::journal::{Change, State};
use std::collections::HashMap;

/// What is found at a path.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// A step made it so.
    Made(State),
    /// No step did: it is what lies here, beneath the overlay.
    Under(String),
}

/// See the module documentation.
#[derive(Debug, Default)]
pub(super) struct Overlay {
    /// From the oldest on; each but the first begins with a move.
    layers: Vec<Layer>,
    /// Steps so far.
    steps: usize,
}

#[derive(Debug, Default)]
struct Layer {
    moved: Option<(String, String)>,
    /// What was made after that, and by which step.
    made: HashMap<String, (usize, State)>,
}

impl Overlay {
    /// A path becomes something; a folder is empty.
    pub(super) fn make(&mut self, path: &str, state: State) {
        self.steps += 1;
        if self.layers.is_empty() {
            self.layers.push(Layer::default());
        }
        if let Some(layer) = self.layers.last_mut() {
            layer.made.insert(path.to_owned(), (self.steps, state));
        }
    }

    /// Something gets another name, with everything in it.
    pub(super) fn rename(&mut self, from: &str, to: &str) {
        let moved = Some((from.to_owned(), to.to_owned()));
        self.layers.push(Layer { moved, made: HashMap::new() });
    }

    /// What a row says that becomes of the tree.
    pub(super) fn apply(&mut self, change: &Change) {
        match change {
            Change::Set { path, after: Some(after), .. } => self.make(path, after.clone()),
            Change::Rename { from, to } => self.rename(from, to),
            Change::Set { after: None, .. } | Change::Attribute { .. } => {}
        }
    }

    /// What is at a path after all of this.
    pub(super) fn find(&self, path: &str) -> Found {
        let mut path = path.to_owned();
        for layer in self.layers.iter().rev() {
            if let Some(state) = layer.find(&path) {
                return Found::Made(state);
            }
            let Some((from, to)) = &layer.moved else { continue };
            if let Some(rest) = beneath(&path, to) {
                path = format!("{from}{rest}");
            } else if beneath(&path, from).is_some() {
                return Found::Made(State::Absent);
            }
        }
        Found::Under(path)
    }
}

impl Layer {
    /// What was made of it last: itself, or a folder that it would lie in, and then it went with what was there.
    fn find(&self, path: &str) -> Option<State> {
        if self.made.is_empty() {
            return None;
        }
        let ends = path.match_indices('/').map(|(at, _)| at).filter(|at| *at > 0).chain([path.len()]);
        let newest = ends
            .filter_map(|end| Some((end, self.made.get(&path[..end])?)))
            .max_by_key(|(_, (step, _))| *step);
        newest.map(|(end, (_, state))| if end == path.len() { state.clone() } else { State::Absent })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn under(path: &str) -> Found {
        Found::Under(path.into())
    }

    #[test]
    fn what_moved_is_found_where_it_lay_and_what_was_made_where_it_is() {
        let mut overlay = Overlay::default();
        assert_eq!(overlay.find("/a/x"), under("/a/x"));
        overlay.make("/b", State::Absent);
        overlay.rename("/a", "/b");
        assert_eq!((overlay.find("/b/x"), overlay.find("/a/x")), (under("/a/x"), Found::Made(State::Absent)));
        overlay.make("/b/x", State::of(b"x"));
        overlay.rename("/b", "/c");
        assert_eq!(
            (overlay.find("/c/x"), overlay.find("/c/y")),
            (Found::Made(State::of(b"x")), under("/a/y"))
        );
        assert_eq!(overlay.find("/b"), Found::Made(State::Absent));
    }

    #[test]
    fn a_folder_that_was_made_is_empty_until_something_is_made_in_it() {
        let mut overlay = Overlay::default();
        overlay.make("/a/x", State::of(b"1"));
        overlay.make("/a", State::Folder);
        assert_eq!(overlay.find("/a/x"), Found::Made(State::Absent));
        overlay.make("/a/x", State::of(b"2"));
        assert_eq!(overlay.find("/a/x"), Found::Made(State::of(b"2")));
        assert_eq!(overlay.find("/ab"), under("/ab"));
    }
}
