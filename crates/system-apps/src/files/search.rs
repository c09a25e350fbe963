//! Looks for names in everything beneath a folder, in the background.
//!
//! Folders nearer by come first. Links are not followed. At most [`AT_ONCE`] folders are read at a time, at most
//! [`FOLDERS`] altogether, and at most [`HITS`] names are shown; that something was left out is said.

use super::names::join;
use abi::{
    Errno, Pending, UiCaller,
    table::{DirEntry, FileKind, List, TaskCancel},
};
use std::collections::VecDeque;

const AT_ONCE: usize = 8;
const FOLDERS: usize = 50_000;
const HITS: usize = 2_000;

/// A search under way.
pub(super) struct Search {
    root: String,
    needle: String,
    hidden: bool,
    /// Folders to look into, from the root on.
    todo: VecDeque<String>,
    calls: Vec<(String, Pending<List>)>,
    pub(super) looked: usize,
    /// Folders that could not be read.
    pub(super) unread: usize,
    /// Names are paths from the root on.
    pub(super) hits: Vec<DirEntry>,
    /// There is more than was looked at.
    pub(super) cut: bool,
}

impl Search {
    pub(super) fn new(root: &str, needle: &str, hidden: bool) -> Self {
        Search {
            root: root.to_owned(),
            needle: needle.trim().to_lowercase(),
            hidden,
            todo: VecDeque::from([String::new()]),
            calls: Vec::new(),
            looked: 0,
            unread: 0,
            hits: Vec::new(),
            cut: false,
        }
    }

    /// Takes results and looks into further folders; true once it is over.
    pub(super) fn advance(&mut self, syscalls: &UiCaller) -> bool {
        for (folder, pending) in std::mem::take(&mut self.calls) {
            match pending.poll() {
                None => self.calls.push((folder, pending)),
                Some(Ok(entries)) => self.take(&folder, entries),
                Some(Err(_)) => self.unread += 1,
            }
        }
        while self.calls.len() < AT_ONCE && !self.cut {
            let Some(folder) = self.todo.pop_front() else { break };
            if self.looked == FOLDERS {
                self.cut = true;
                break;
            }
            let path = if folder.is_empty() { self.root.clone() } else { join(&self.root, &folder) };
            match syscalls.submit(List { path }) {
                Ok(pending) => {
                    self.looked += 1;
                    self.calls.push((folder, pending));
                }
                Err(why) if why.errno == Errno::EAGAIN && !self.calls.is_empty() => {
                    self.todo.push_front(folder);
                    break;
                }
                Err(_) => self.unread += 1,
            }
        }
        self.calls.is_empty() && (self.cut || self.todo.is_empty())
    }

    fn take(&mut self, folder: &str, entries: Vec<DirEntry>) {
        for mut entry in entries {
            if entry.name.starts_with('.') && !self.hidden {
                continue;
            }
            let fits = entry.name.to_lowercase().contains(&self.needle);
            let path =
                if folder.is_empty() { entry.name.clone() } else { format!("{folder}/{}", entry.name) };
            if entry.kind == FileKind::Directory {
                self.todo.push_back(path.clone());
            }
            if fits && self.hits.len() == HITS {
                self.cut = true;
                return;
            }
            if fits {
                entry.name = path;
                self.hits.push(entry);
            }
        }
    }

    /// Ends it; what was found stays.
    pub(super) fn stop(&mut self, syscalls: &UiCaller) {
        for (_, pending) in self.calls.drain(..) {
            // One that is over already has nothing to cancel.
            let _ = syscalls.call(TaskCancel { task: pending.task() });
        }
        self.todo.clear();
    }
}
