//! Deletes files and whole folders for good: folders are looked into first and removed once they are empty.
//!
//! Links are removed, never followed. At most [`AT_ONCE`] calls are under way and at most [`LIMIT`] things are
//! deleted in one go. The first error stops it; what was deleted until then stays deleted.

use super::Outcome;
use crate::files::names::join;
use abi::{
    Pending, SysError, UiCaller,
    table::{Delete, FileKind, List, Rmdir},
};
use std::collections::HashMap;

/// Calls under way at a time.
const AT_ONCE: usize = 16;
/// Most files and folders of one run.
const LIMIT: usize = 200_000;

/// A folder whose content is not gone yet.
struct Parent {
    parent: Option<usize>,
    path: String,
    /// Things inside that are still there.
    left: usize,
}

enum Step {
    /// Remove this file that lies in that folder.
    File(String, Option<usize>),
    /// Look into this folder.
    Look(usize),
    /// Remove this empty folder.
    Folder(usize),
}

enum Call {
    File(Pending<Delete>, Option<usize>),
    Look(Pending<List>, usize),
    Folder(Pending<Rmdir>, usize),
}

/// A run of deleting.
pub(in crate::files) struct Erase {
    syscalls: UiCaller,
    todo: Vec<Step>,
    calls: Vec<Call>,
    folders: HashMap<usize, Parent>,
    next_folder: usize,
    /// What it was asked for.
    given: Vec<String>,
    pub(super) stopped: bool,
    pub(super) outcome: Outcome,
}

impl Erase {
    /// `syscalls` carries the cause that everything is done for.
    pub(in crate::files) fn new(syscalls: UiCaller, paths: Vec<(String, FileKind)>) -> Self {
        let mut job = Erase {
            syscalls,
            todo: Vec::new(),
            calls: Vec::new(),
            folders: HashMap::new(),
            next_folder: 0,
            given: paths.iter().map(|(path, _)| path.clone()).collect(),
            stopped: false,
            outcome: Outcome::default(),
        };
        for (path, kind) in paths {
            job.add(path, kind, None);
        }
        job
    }

    fn add(&mut self, path: String, kind: FileKind, parent: Option<usize>) {
        self.outcome.found += 1;
        if kind == FileKind::Directory {
            let id = self.next_folder;
            self.next_folder += 1;
            self.folders.insert(id, Parent { parent, path, left: 0 });
            self.todo.push(Step::Look(id));
        } else {
            self.todo.push(Step::File(path, parent));
        }
    }

    /// Takes results and starts further calls; true once nothing is left to do.
    pub(super) fn advance(&mut self) -> bool {
        for call in std::mem::take(&mut self.calls) {
            match self.take(call) {
                Ok(None) => {}
                Ok(Some(waiting)) => self.calls.push(waiting),
                Err(why) => self.fail(why),
            }
        }
        if self.outcome.found > LIMIT && !self.stopped {
            let why = SysError::new(abi::Errno::EFBIG, format!("more than {LIMIT} files and folders"));
            self.fail(why);
        }
        while !self.stopped && self.calls.len() < AT_ONCE {
            let Some(step) = self.todo.pop() else { break };
            match self.start(&step) {
                Ok(call) => self.calls.push(call),
                Err(why) if why.errno == abi::Errno::EAGAIN && !self.calls.is_empty() => {
                    self.todo.push(step);
                    break;
                }
                Err(why) => self.fail(why),
            }
        }
        self.calls.is_empty() && (self.stopped || self.todo.is_empty())
    }

    pub(super) fn took(&self, path: &str) -> bool {
        self.given.iter().any(|given| given == path)
    }

    fn fail(&mut self, why: SysError) {
        self.outcome.fail(String::new(), why);
        self.stopped = true;
    }

    fn start(&self, step: &Step) -> Result<Call, SysError> {
        let path = |id: &usize| self.folders.get(id).map(|folder| folder.path.clone()).unwrap_or_default();
        Ok(match step {
            Step::File(path, parent) => {
                Call::File(self.syscalls.submit(Delete { path: path.clone() })?, *parent)
            }
            Step::Look(id) => Call::Look(self.syscalls.submit(List { path: path(id) })?, *id),
            Step::Folder(id) => Call::Folder(self.syscalls.submit(Rmdir { path: path(id) })?, *id),
        })
    }

    /// The call itself where it is still under way.
    fn take(&mut self, call: Call) -> Result<Option<Call>, SysError> {
        match call {
            Call::File(pending, parent) => match pending.poll() {
                None => return Ok(Some(Call::File(pending, parent))),
                Some(result) => {
                    result?;
                    self.gone(parent);
                }
            },
            Call::Look(pending, id) => match pending.poll() {
                None => return Ok(Some(Call::Look(pending, id))),
                Some(result) => {
                    let entries = result?;
                    let Some(folder) = self.folders.get_mut(&id) else { return Ok(None) };
                    folder.left = entries.len();
                    let path = folder.path.clone();
                    if entries.is_empty() {
                        self.todo.push(Step::Folder(id));
                    }
                    for entry in entries {
                        self.add(join(&path, &entry.name), entry.kind, Some(id));
                    }
                }
            },
            Call::Folder(pending, id) => match pending.poll() {
                None => return Ok(Some(Call::Folder(pending, id))),
                Some(result) => {
                    result?;
                    let parent = self.folders.remove(&id).and_then(|folder| folder.parent);
                    self.gone(parent);
                }
            },
        }
        Ok(None)
    }

    /// One thing inside this folder is gone.
    fn gone(&mut self, parent: Option<usize>) {
        self.outcome.done += 1;
        self.outcome.changed = true;
        let Some(id) = parent else { return };
        if let Some(folder) = self.folders.get_mut(&id) {
            folder.left = folder.left.saturating_sub(1);
            if folder.left == 0 {
                self.todo.push(Step::Folder(id));
            }
        }
    }
}
