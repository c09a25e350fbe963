//! Copies, moves, puts into the trash and takes out of it: as many things as asked for, with what is in them.
//!
//! Nothing that is there is replaced unless somebody said so: each call refuses a name that is taken, and that
//! becomes a [`Clash`] which waits for an answer while everything else goes on. Links are copied as links. What
//! cannot be renamed to its place, since that lies on another file system, is copied and then removed, each
//! file only after its copy is whole.
//!
//! **Bounds**: [`AT_ONCE`] calls under way, [`LIMIT`] things, [`NAMES`] names tried for one of them.

use super::{
    Choice, Clash, ClashKind, Op, Order, Outcome,
    item::{Answer, Call, Item, Step},
};
use crate::files::names::{is_beneath, join};
use abi::{
    Errno, SysError, UiCaller,
    table::{DirEntry, FileKind, FileStat, GetTaskStatus, Stat, TaskCancel},
};
use std::collections::VecDeque;

const AT_ONCE: usize = 16;
const LIMIT: usize = 200_000;
const NAMES: u32 = 1_000;

/// A run of copying, moving and the like.
pub(in crate::files) struct Transfer {
    syscalls: UiCaller,
    items: Vec<Item>,
    /// Folders come first, so that it is soon known how much there is.
    folders: VecDeque<(usize, Step)>,
    rest: VecDeque<(usize, Step)>,
    calls: Vec<(usize, Call)>,
    clashes: VecDeque<Clash>,
    /// Decided once for all of a kind.
    rules: Vec<(ClashKind, Choice)>,
    stopped: bool,
    pub(super) outcome: Outcome,
}

impl Transfer {
    /// `syscalls` carries the cause that everything is done for.
    pub(in crate::files) fn new(syscalls: UiCaller, orders: Vec<Order>) -> Self {
        let mut transfer = Transfer {
            syscalls,
            items: Vec::new(),
            folders: VecDeque::new(),
            rest: VecDeque::new(),
            calls: Vec::new(),
            clashes: VecDeque::new(),
            rules: Vec::new(),
            stopped: false,
            outcome: Outcome::default(),
        };
        for Order { op, from, to } in orders {
            transfer.add(Item::new(op, from, to, None));
        }
        transfer
    }

    fn add(&mut self, item: Item) {
        self.outcome.found += 1;
        let index = self.items.len();
        let inside_itself = matches!(item.op, Op::Copy | Op::Move) && is_beneath(&item.to, &item.from);
        self.items.push(item);
        if inside_itself {
            let text = "a folder cannot be put into itself";
            self.fail(index, SysError::new(Errno::EINVAL, text));
        } else {
            self.push(index, Step::Begin);
        }
    }

    fn push(&mut self, index: usize, step: Step) {
        if self.items[index].kind == Some(FileKind::Directory) {
            self.folders.push_back((index, step));
        } else {
            self.rest.push_back((index, step));
        }
    }

    /// Takes results and starts further calls; true once nothing is left to do.
    pub(super) fn advance(&mut self) -> bool {
        for (index, call) in std::mem::take(&mut self.calls) {
            match call.poll() {
                Ok(answer) => self.take(index, answer),
                Err(call) => self.calls.push((index, call)),
            }
        }
        if self.outcome.found > LIMIT && !self.stopped {
            self.outcome
                .fail(String::new(), SysError::new(Errno::EFBIG, format!("more than {LIMIT} things")));
            self.stop();
        }
        while !self.stopped && self.calls.len() < AT_ONCE {
            let Some((index, step)) = self.folders.pop_front().or_else(|| self.rest.pop_front()) else {
                break;
            };
            match Call::start(&self.syscalls, &self.items[index], &step) {
                Ok(call) => self.calls.push((index, call)),
                // As many as may be are under way, perhaps by another window.
                Err(why) if why.errno == Errno::EAGAIN && !self.calls.is_empty() => {
                    self.rest.push_front((index, step));
                    break;
                }
                Err(why) => self.fail(index, why),
            }
        }
        let left = !self.folders.is_empty() || !self.rest.is_empty() || !self.clashes.is_empty();
        self.calls.is_empty() && (self.stopped || !left)
    }

    /// Starts nothing any more. Copies under way are given up, their targets do not appear; what else is under way
    /// comes to its end.
    pub(super) fn stop(&mut self) {
        for (_, call) in &self.calls {
            if let Some(task) = call.long_task() {
                // One that is over already has nothing to cancel.
                let _ = self.syscalls.call(TaskCancel { task });
            }
        }
        self.stopped = true;
        self.folders.clear();
        self.rest.clear();
        self.clashes.clear();
    }

    /// How much of the calls under way is done, as if each were one thing.
    pub(super) fn under_way(&self) -> f32 {
        let tasks = self.calls.iter().filter_map(|(_, call)| call.long_task());
        let status = tasks.filter_map(|task| self.syscalls.call(GetTaskStatus { task }).ok()?.progress);
        status.map(|progress| progress.done as f32 / progress.total.max(1) as f32).sum()
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.stopped
    }

    pub(super) fn waits(&self) -> bool {
        !self.clashes.is_empty() && self.calls.is_empty()
    }

    pub(super) fn took(&self, path: &str) -> bool {
        self.items.iter().any(|item| item.parent.is_none() && item.from == path)
    }

    pub(super) fn clash(&self) -> Option<(&Clash, usize)> {
        let first = self.clashes.front()?;
        Some((first, self.clashes.iter().filter(|clash| clash.kind == first.kind).count() - 1))
    }

    pub(super) fn decide(&mut self, choice: Choice, all: bool) {
        let Some(clash) = self.clashes.pop_front() else { return };
        self.settle(clash.item, choice);
        if all {
            self.rules.push((clash.kind, choice));
            let (same, others) = self.clashes.drain(..).partition(|other| other.kind == clash.kind);
            self.clashes = others;
            let same: VecDeque<Clash> = same;
            for other in same {
                self.settle(other.item, choice);
            }
        }
    }

    fn settle(&mut self, index: usize, choice: Choice) {
        match choice {
            Choice::KeepBoth => self.rename(index),
            Choice::Replace => {
                self.items[index].replaces = true;
                self.push(index, Step::Begin);
            }
            Choice::Merge => {
                self.items[index].merges = true;
                self.push(index, Step::Look);
            }
            Choice::Skip => {
                self.outcome.skipped += 1;
                self.close(index, true);
            }
        }
    }

    fn rename(&mut self, index: usize) {
        self.items[index].try_another_name();
        if self.items[index].tried > NAMES {
            self.fail(index, SysError::new(Errno::EEXIST, "no name is free"));
        } else {
            self.push(index, Step::Begin);
        }
    }

    fn take(&mut self, index: usize, answer: Answer) {
        self.outcome.changed |= answer.is_change();
        match answer {
            Answer::Kind(Ok(kind)) => {
                let item = &mut self.items[index];
                item.kind = Some(kind);
                if item.op == Op::Copy && item.from == item.to {
                    // A copy beside its original gets a name of its own.
                    item.try_another_name();
                }
                self.push(index, Step::Begin);
            }
            Answer::Moved(Ok(())) => self.done(index),
            Answer::Trashed(Ok(place)) => {
                self.items[index].to = place;
                self.done(index);
            }
            Answer::Moved(Err(why)) if why.errno == Errno::EXDEV && self.items[index].op == Op::Move => {
                self.items[index].by_copy = true;
                self.push(index, Step::Begin);
            }
            // The folder it was in is gone; it comes back with what was in it.
            Answer::Moved(Err(why))
                if why.errno == Errno::ENOENT
                    && self.items[index].op == Op::Restore
                    && !self.items[index].has_folder =>
            {
                self.items[index].has_folder = true;
                self.push(index, Step::MakeFolder);
            }
            Answer::FolderAround(Ok(())) => self.push(index, Step::Begin),
            Answer::Copied(Ok(())) => {
                if !self.items[index].leaves_nothing() {
                    return self.done(index);
                }
                // At once, also when it was stopped meanwhile: a file is in one place or the other.
                match Call::start(&self.syscalls, &self.items[index], &Step::Remove) {
                    Ok(call) => self.calls.push((index, call)),
                    Err(why) => self.fail(index, why),
                }
            }
            Answer::Folder(Ok(())) => self.push(index, Step::Look),
            Answer::Looked(Ok(entries)) => self.look(index, entries),
            Answer::LinkText(Ok(text)) => self.push(index, Step::Link(text)),
            Answer::Removed(Ok(())) => self.done(index),
            Answer::Moved(Err(why)) | Answer::Copied(Err(why)) | Answer::Folder(Err(why))
                if why.errno == Errno::EEXIST && !self.stopped =>
            {
                self.taken(index, why);
            }
            Answer::There(Ok(there)) => {
                let stat = Stat { path: self.items[index].from.clone(), follow: false };
                match self.syscalls.submit(stat) {
                    Ok(pending) => self.calls.push((index, Call::Comes(there, pending))),
                    Err(why) => self.fail(index, why),
                }
            }
            // It was given up here.
            Answer::Copied(Err(why)) if why.errno == Errno::ECANCELED && self.stopped => {
                self.close(index, true);
            }
            Answer::Clash(there, Ok(comes)) => self.meet(index, there, comes),
            // What was in the way is gone again.
            Answer::There(Err(why)) if why.errno == Errno::ENOENT => self.push(index, Step::Begin),
            Answer::Kind(Err(why))
            | Answer::Moved(Err(why))
            | Answer::Trashed(Err(why))
            | Answer::Copied(Err(why))
            | Answer::Folder(Err(why))
            | Answer::FolderAround(Err(why))
            | Answer::Looked(Err(why))
            | Answer::LinkText(Err(why))
            | Answer::Removed(Err(why))
            | Answer::There(Err(why))
            | Answer::Clash(_, Err(why)) => self.fail(index, why),
        }
    }

    /// The name is taken. Once another one was wanted, the next one is tried.
    fn taken(&mut self, index: usize, why: SysError) {
        let item = &self.items[index];
        if item.tried > 1 {
            return self.rename(index);
        }
        match self.syscalls.submit(Stat { path: item.to.clone(), follow: false }) {
            Ok(pending) => self.calls.push((index, Call::There(pending))),
            Err(_) => self.fail(index, why),
        }
    }

    fn meet(&mut self, index: usize, there: FileStat, comes: FileStat) {
        let item = &mut self.items[index];
        item.kind = Some(comes.kind);
        let clash = Clash::new(index, item, there, comes);
        let around = item.parent;
        if clash.kind == ClashKind::Folders && around.is_some_and(|folder| self.items[folder].merges) {
            // Who merges a folder merges those in it.
            return self.settle(index, Choice::Merge);
        }
        match self.rules.iter().find(|(kind, _)| *kind == clash.kind) {
            Some(&(_, choice)) => self.settle(index, choice),
            None => self.clashes.push_back(clash),
        }
    }

    fn look(&mut self, index: usize, entries: Vec<DirEntry>) {
        let item = &mut self.items[index];
        item.left = entries.len();
        // In a folder that is merged each thing is renamed as long as that is possible.
        let (op, by_copy) = (item.op, item.by_copy);
        let (from, to) = (item.from.clone(), item.to.clone());
        if entries.is_empty() {
            return self.emptied(index);
        }
        for entry in entries {
            let mut inner = Item::new(op, join(&from, &entry.name), join(&to, &entry.name), Some(entry.kind));
            inner.parent = Some(index);
            inner.by_copy = by_copy;
            self.add(inner);
        }
    }

    /// All that was in the folder is done.
    fn emptied(&mut self, index: usize) {
        let item = &self.items[index];
        if item.leaves_nothing() && !item.incomplete {
            self.push(index, Step::Remove);
        } else if item.incomplete {
            self.close(index, true);
        } else {
            self.done(index);
        }
    }

    fn done(&mut self, index: usize) {
        self.outcome.done += 1;
        if self.items[index].parent.is_none() {
            let item = &self.items[index];
            let result = if item.to.is_empty() { &item.from } else { &item.to };
            self.outcome.results.push(result.clone());
        }
        self.close(index, false);
    }

    fn fail(&mut self, index: usize, why: SysError) {
        // Where there is no room left nothing else will fit either.
        let full = matches!(why.errno, Errno::ENOSPC | Errno::EDQUOT);
        self.outcome.fail(self.items[index].from.clone(), why);
        self.close(index, true);
        if full {
            self.stop();
        }
    }

    /// Tells the folder around that this is over.
    fn close(&mut self, index: usize, incomplete: bool) {
        let Some(parent) = self.items[index].parent else { return };
        let folder = &mut self.items[parent];
        folder.left = folder.left.saturating_sub(1);
        folder.incomplete |= incomplete;
        if folder.left == 0 && folder.is_walked() && !self.stopped {
            self.emptied(parent);
        }
    }
}
