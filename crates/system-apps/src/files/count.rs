//! Counts what lies in folders, in the background: at most [`FOLDERS`] folders, after which the figure is a part.
//! Links are counted and not followed.

use super::names::join;
use abi::{
    Errno, Pending, UiCaller,
    table::{Batch, BatchOrder, BatchResult, DirEntry, FileKind, List, TaskCancel},
};

const FOLDERS: usize = 20_000;
/// Folders of one batch: a call for each would be a frame for each few, and a large tree has thousands.
const AT_ONCE: usize = 32;

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
    /// Folders that are listed, in the order of their calls.
    lists: Option<(Vec<String>, Pending<Batch>)>,
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
        if let Some((folders, pending)) = self.lists.take() {
            match pending.poll() {
                None => self.lists = Some((folders, pending)),
                Some(Err(_)) => self.content.partial = true,
                Some(Ok(reply)) => {
                    for (folder, result) in folders.iter().zip(reply.results) {
                        self.take(folder, result);
                    }
                }
            }
        }
        if self.lists.is_none() {
            self.ask(syscalls);
        }
        self.content.counting = self.lists.is_some() || !self.folders.is_empty();
    }

    fn take(&mut self, folder: &str, result: BatchResult) {
        let entries: Option<Vec<DirEntry>> = match result {
            BatchResult::Done { ok } => serde_json::from_value(ok).ok(),
            BatchResult::Failed(_) | BatchResult::Skipped { .. } => None,
        };
        let Some(entries) = entries else {
            self.content.partial = true;
            return;
        };
        for entry in entries {
            if entry.kind == FileKind::Directory {
                self.content.folders += 1;
                self.folders.push(join(folder, &entry.name));
            } else {
                self.content.files += 1;
                self.content.bytes += entry.size;
            }
        }
    }

    fn ask(&mut self, syscalls: &UiCaller) {
        let most = AT_ONCE.min(FOLDERS - self.looked);
        if most == 0 && !self.folders.is_empty() {
            self.content.partial = true;
            self.folders.clear();
        }
        let next = self.folders.split_off(self.folders.len().saturating_sub(most));
        if next.is_empty() {
            return;
        }
        let calls = next.iter().map(|path| List { path: path.clone() }.into()).collect();
        match syscalls.submit(Batch { calls, order: BatchOrder::Sequential, stop_on_error: false }) {
            Ok(pending) => {
                self.looked += next.len();
                self.lists = Some((next, pending));
            }
            // Too many calls are under way: later.
            Err(why) if why.errno == Errno::EAGAIN => self.folders.extend(next),
            Err(_) => self.content.partial = true,
        }
    }

    /// Ends it.
    pub(super) fn end(&mut self, syscalls: &UiCaller) {
        if let Some((_, pending)) = self.lists.take() {
            // One that is over already has nothing to cancel.
            let _ = syscalls.call(TaskCancel { task: pending.task() });
        }
        self.folders.clear();
        self.content.counting = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Fake;

    fn count(fake: &Fake, polls: usize) -> Content {
        let mut counter = Counter::new(vec!["/home".into()]);
        for _ in 0..polls {
            counter.advance(&fake.caller());
        }
        counter.content
    }

    #[test]
    fn a_tree_is_counted_with_one_call_for_many_folders() {
        let fake = Fake::with_files(&[("/home", None)]);
        for folder in 0..40 {
            fake.world().files.insert(format!("/home/{folder}"), None);
            fake.world().files.insert(format!("/home/{folder}/a"), Some(vec![0; 10]));
        }
        let made = fake.world().made;
        let content = count(&fake, 10);
        let whole = Content { bytes: 400, files: 40, folders: 40, counting: false, partial: false };
        assert_eq!(content, whole);
        // The folder itself, then 32 and 8 in it: three batches and what is in them.
        assert_eq!(fake.world().made - made, 3 + 41);
    }

    #[test]
    fn what_cannot_be_read_makes_it_a_part() {
        let fake = Fake::with_files(&[("/home", None), ("/home/a", Some("four"))]);
        assert!(count(&fake, 1).counting, "its answer is there with the next look");
        fake.world().failing.insert("list", Errno::EACCES);
        let content = count(&fake, 3);
        assert!(content.partial && !content.counting && content.bytes == 0);
        fake.world().failing.insert("batch", Errno::ECANCELED);
        assert!(count(&fake, 3).partial);
    }
}
