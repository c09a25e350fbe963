//! The rarer calls on files: copying, trees, the trash, taking back, the journal.

use super::World;
use abi::{
    Call, CauseId, Errno, Reply, SysError, SysResult,
    table::{CurrentTime, FileKind, TrashEntry, UndoStep, Undone},
};
use std::collections::BTreeMap;

/// Where the trash is.
const TRASH: &str = "/home/.Trash/files/";

/// Files as they were.
pub(super) struct Before {
    cause: CauseId,
    files: BTreeMap<String, Option<Vec<u8>>>,
    trash: BTreeMap<String, String>,
}

impl World {
    /// Keeps how files were before a cause changed the first of them.
    pub(super) fn remember(&mut self, call: &Call) {
        let undoes = matches!(call, Call::Undo(_));
        if call.row().mutates && !undoes && self.before.last().is_none_or(|last| last.cause != self.cause) {
            self.keep(self.cause);
        }
    }

    fn keep(&mut self, cause: CauseId) {
        let (files, trash) = (self.files.clone(), self.trash.clone());
        self.before.push(Before { cause, files, trash });
    }

    /// Gives a path, and what is in it, another name.
    fn rename(&mut self, from: &str, to: &str) -> SysResult<()> {
        if !self.files.contains_key(from) {
            return Err(SysError::new(Errno::ENOENT, from));
        }
        let inside = format!("{from}/");
        let paths = self.files.keys().filter(|path| *path == from || path.starts_with(&inside));
        for path in paths.cloned().collect::<Vec<_>>() {
            if let Some(content) = self.files.remove(&path) {
                self.files.insert(format!("{to}{}", &path[from.len()..]), content);
            }
        }
        Ok(())
    }

    fn free(&self, path: &str) -> SysResult<()> {
        if self.files.contains_key(path) {
            return Err(SysError::new(Errno::EEXIST, path));
        }
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        if !folder.is_empty() && !self.files.contains_key(folder) {
            return Err(SysError::new(Errno::ENOENT, folder));
        }
        Ok(())
    }

    pub(super) fn run_on_files(&mut self, call: Call) -> SysResult<Reply> {
        Ok(match call {
            Call::Move(call) => {
                self.kind(&call.from)?;
                if call.overwrite && self.files.get(&call.to).is_some_and(Option::is_some) {
                    self.files.remove(&call.to);
                }
                self.free(&call.to)?;
                Reply::Move(self.rename(&call.from, &call.to)?)
            }
            Call::Copy(call) => {
                let content = self.files.get(&call.from).cloned();
                let content = content.ok_or_else(|| SysError::new(Errno::ENOENT, &*call.from))?;
                let bytes = content.ok_or_else(|| SysError::new(Errno::EISDIR, &*call.from))?;
                if !call.overwrite {
                    self.free(&call.to)?;
                }
                let size = bytes.len() as u64;
                self.files.insert(call.to, Some(bytes));
                Reply::Copy(size)
            }
            Call::Trash(call) => {
                let name = call.path.rsplit_once('/').map_or("", |(_, name)| name);
                let place = (1..).map(|n| if n == 1 { name.to_owned() } else { format!("{name}.{n}") });
                let place = place.map(|name| format!("{TRASH}{name}"));
                let item = place.into_iter().find(|item| !self.files.contains_key(item)).unwrap_or_default();
                self.rename(&call.path, &item)?;
                self.trash.insert(item.clone(), call.path);
                Reply::Trash(item)
            }
            Call::TrashList(call) => Reply::TrashList(self.trash_list(&call.path)),
            Call::TrashRestore(call) => {
                self.free(&call.to)?;
                self.rename(&call.item, &call.to)?;
                self.trash.remove(&call.item);
                Reply::TrashRestore(())
            }
            Call::TrashEmpty(call) => {
                let inside = format!("{}/", call.path);
                let before = self.files.len();
                self.files.retain(|path, _| *path != call.path && !path.starts_with(&inside));
                self.trash.remove(&call.path);
                Reply::TrashEmpty((before - self.files.len()) as u64)
            }
            Call::Undo(call) => Reply::Undo(self.undo(call.cause)?),
            Call::UndoPlan(_) => {
                let step = |path: &str, verdict: &str, why: &str| UndoStep {
                    path: path.into(),
                    becomes: "file".into(),
                    verdict: verdict.into(),
                    why: why.into(),
                };
                Reply::UndoPlan(vec![
                    step("/home/notes.txt", "conflict", "there is newer content"),
                    step("/home/other.txt", "due", ""),
                ])
            }
            Call::Explain(_) => Reply::Explain(self.explanations.clone()),
            Call::QueryJournal(_) => Reply::QueryJournal(Vec::new()),
            Call::GetCurrentTime(_) => {
                Reply::GetCurrentTime(CurrentTime { unix_millis: 1_763_900_180_000, nanos: 0 })
            }
            Call::TaskCancel(call) => {
                let cancelled = Err(SysError::new(Errno::ECANCELED, "it was cancelled"));
                Reply::TaskCancel(self.tasks.insert(call.task, (0, cancelled)).is_some())
            }
            other => return Err(SysError::new(Errno::ENOSYS, other.row().name)),
        })
    }

    fn trash_list(&self, top: &str) -> Vec<TrashEntry> {
        let here = self.trash.iter().filter(|(item, _)| item.starts_with(top));
        here.map(|(item, original)| TrashEntry {
            item: item.clone(),
            original: Some(original.clone()),
            deleted_millis: 1_763_900_000_000,
            kind: self.kind(item).unwrap_or(FileKind::Other),
            size: self.files.get(item).cloned().flatten().map_or(0, |bytes| bytes.len() as u64),
        })
        .collect()
    }

    /// Only what was done last can be taken back: everything else is newer content in its way.
    fn undo(&mut self, cause: CauseId) -> SysResult<Undone> {
        let Some(at) = self.before.iter().rposition(|before| before.cause == cause) else {
            return Err(SysError::new(Errno::ENOENT, "this cause changed no file"));
        };
        if at + 1 != self.before.len() {
            return Err(SysError::new(Errno::EBUSY, "there is newer content; nothing was changed"));
        }
        let Before { files, trash, .. } = self.before.remove(at);
        self.causes += 1;
        let own = CauseId::new(1, self.causes);
        self.keep(own);
        (self.files, self.trash) = (files, trash);
        Ok(Undone { cause: own, restored: vec!["/home".into()], unchanged: Vec::new(), left: Vec::new() })
    }
}
