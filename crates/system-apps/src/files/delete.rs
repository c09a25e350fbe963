//! Deletes files and whole folders: folders are looked into first and removed once they are empty.
//!
//! Links are removed, never followed. At most [`AT_ONCE`] calls are under way and at most [`LIMIT`] things are
//! deleted in one go. The first error stops it; what was deleted until then stays deleted.

use super::names::join;
use abi::{
    Pending, SysError,
    table::{Delete, FileKind, List, Rmdir},
};
use std::collections::HashMap;
use widgets::AppContext;

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
pub(super) struct DeleteJob {
    todo: Vec<Step>,
    calls: Vec<Call>,
    folders: HashMap<usize, Parent>,
    next_folder: usize,
    found: usize,
    pub(super) deleted: usize,
    pub(super) stopped: bool,
}

/// How far a run is.
pub(super) enum Progress {
    UnderWay,
    Done,
    Failed(SysError),
}

impl DeleteJob {
    pub(super) fn new(paths: Vec<(String, FileKind)>) -> Self {
        let mut job = DeleteJob {
            todo: Vec::new(),
            calls: Vec::new(),
            folders: HashMap::new(),
            next_folder: 0,
            found: 0,
            deleted: 0,
            stopped: false,
        };
        for (path, kind) in paths {
            job.add(path, kind, None);
        }
        job
    }

    fn add(&mut self, path: String, kind: FileKind, parent: Option<usize>) {
        self.found += 1;
        if kind == FileKind::Directory {
            let id = self.next_folder;
            self.next_folder += 1;
            self.folders.insert(id, Parent { parent, path, left: 0 });
            self.todo.push(Step::Look(id));
        } else {
            self.todo.push(Step::File(path, parent));
        }
    }

    /// Takes results and starts further calls.
    pub(super) fn advance(&mut self, cx: &AppContext<'_>) -> Progress {
        let mut failure = None;
        for call in std::mem::take(&mut self.calls) {
            match self.take(call) {
                Ok(None) => {}
                Ok(Some(waiting)) => self.calls.push(waiting),
                Err(why) => failure = failure.or(Some(why)),
            }
        }
        if failure.is_none() && self.found > LIMIT {
            failure = Some(SysError::new(abi::Errno::EFBIG, format!("more than {LIMIT} files and folders")));
        }
        if let Some(why) = failure {
            return Progress::Failed(why);
        }
        while !self.stopped && self.calls.len() < AT_ONCE {
            let Some(step) = self.todo.pop() else { break };
            match self.start(&step, cx) {
                Ok(call) => self.calls.push(call),
                Err(why) if why.errno == abi::Errno::EAGAIN && !self.calls.is_empty() => {
                    self.todo.push(step);
                    break;
                }
                Err(why) => return Progress::Failed(why),
            }
        }
        if self.calls.is_empty() { Progress::Done } else { Progress::UnderWay }
    }

    fn start(&self, step: &Step, cx: &AppContext<'_>) -> Result<Call, SysError> {
        let path = |id: &usize| self.folders.get(id).map(|folder| folder.path.clone()).unwrap_or_default();
        Ok(match step {
            Step::File(path, parent) => {
                Call::File(cx.syscalls.submit(Delete { path: path.clone() })?, *parent)
            }
            Step::Look(id) => Call::Look(cx.syscalls.submit(List { path: path(id) })?, *id),
            Step::Folder(id) => Call::Folder(cx.syscalls.submit(Rmdir { path: path(id) })?, *id),
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
        self.deleted += 1;
        let Some(id) = parent else { return };
        if let Some(folder) = self.folders.get_mut(&id) {
            folder.left = folder.left.saturating_sub(1);
            if folder.left == 0 {
                self.todo.push(Step::Folder(id));
            }
        }
    }
}
