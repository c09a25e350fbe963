//! Counts what lies in folders, in the background: at most [`FOLDERS`] folders, after which the figure is a part.
//! Links are counted and not followed.

use super::names::join;
use abi::{
    Errno, Pending, UiCaller,
    table::{FileKind, List, TaskCancel},
};

const FOLDERS: usize = 20_000;
const AT_ONCE: usize = 4;

/// What is in folders.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Content {
    pub(super) bytes: u64,
    pub(super) files: usize,
    pub(super) folders: usize,
    /// Counting goes on.
    pub(super) counting: bool,
    /// There is more, or something could not be read.
    pub(super) partial: bool,
}

/// A count under way.
#[derive(Default)]
pub(super) struct Counter {
    folders: Vec<String>,
    lists: Vec<(String, Pending<List>)>,
    looked: usize,
    pub(super) content: Content,
}

impl Counter {
    pub(super) fn new(folders: Vec<String>) -> Self {
        let content = Content { counting: !folders.is_empty(), ..Content::default() };
        Counter { folders, content, ..Counter::default() }
    }

    /// Takes results and looks into further folders.
    pub(super) fn advance(&mut self, syscalls: &UiCaller) {
        for (folder, pending) in std::mem::take(&mut self.lists) {
            match pending.poll() {
                None => self.lists.push((folder, pending)),
                Some(Err(_)) => self.content.partial = true,
                Some(Ok(entries)) => {
                    for entry in entries {
                        if entry.kind == FileKind::Directory {
                            self.content.folders += 1;
                            self.folders.push(join(&folder, &entry.name));
                        } else {
                            self.content.files += 1;
                            self.content.bytes += entry.size;
                        }
                    }
                }
            }
        }
        while self.lists.len() < AT_ONCE {
            let Some(folder) = self.folders.pop() else { break };
            if self.looked == FOLDERS {
                self.content.partial = true;
                self.folders.clear();
                break;
            }
            match syscalls.submit(List { path: folder.clone() }) {
                Ok(pending) => {
                    self.looked += 1;
                    self.lists.push((folder, pending));
                }
                Err(why) if why.errno == Errno::EAGAIN && !self.lists.is_empty() => {
                    self.folders.push(folder);
                    break;
                }
                Err(_) => self.content.partial = true,
            }
        }
        self.content.counting = !self.lists.is_empty() || !self.folders.is_empty();
    }

    /// Ends it.
    pub(super) fn end(&mut self, syscalls: &UiCaller) {
        for (_, pending) in self.lists.drain(..) {
            // One that is over already has nothing to cancel.
            let _ = syscalls.call(TaskCancel { task: pending.task() });
        }
        self.folders.clear();
        self.content.counting = false;
    }
}
