//! Chains of causes, back to the click and on to everything that followed.

use super::History;
use crate::journal::{Filter, Row, RowKind, follow::Fetcher};
use abi::{Cause, CauseId, Pid};
use serde::Serialize;
use std::{
    collections::{HashMap, HashSet},
    io,
};

/// A chain longer than this is cut.
const MOST_LINKS: usize = 64;
/// So many causes beneath one are looked at.
const MOST_DESCENDANTS: usize = 10_000;
/// So many starts are looked through for a process of the host.
const MOST_STARTS: usize = 4_096;
/// So many rows tell what was done in a window.
const MOST_IN_WINDOW: usize = 64;
/// So many causes of one window, with what followed from them, are looked at.
const MOST_OF_WINDOW: usize = 256;
/// So many rows explain an object, the newest.
const MOST_EXPLAINED: usize = 16;

/// What somebody asks about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// What changed this path.
    Path(String),
    /// What started this process; the newest that had the number.
    Pid(Pid),
    /// What started this process of the host, as far as it was seen.
    HostPid(i32),
    /// What happened in this window.
    Window(u64),
    /// What this cause itself came from and did.
    Cause(CauseId),
}

/// A row and why it is there.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Explained {
    /// The row.
    pub row: Row,
    /// Its cause first, the root last; as far as it is known.
    pub chain: Vec<Cause>,
}

/// The cause that a row tells of, if it is one of those.
pub(in crate::journal) fn cause_of(row: &Row) -> Option<Cause> {
    if row.kind != RowKind::Cause {
        return None;
    }
    serde_json::from_value(row.detail.clone()).ok()
}

impl History {
    /// Why something is as it is: the newest rows about it with their chains, the newest first.
    ///
    /// # Errors
    /// When the segments cannot be listed or read.
    pub fn why(&self, object: &Why) -> io::Result<Vec<Explained>> {
        let all = Filter { limit: MOST_EXPLAINED, ..Filter::default() };
        let filter = match object {
            Why::Path(path) => {
                let kinds = vec![RowKind::File, RowKind::Undo];
                Filter { object: Some(path.clone()), kinds, ..all }
            }
            Why::Pid(pid) => Filter {
                pid: Some(*pid),
                kinds: vec![RowKind::ProcessStart, RowKind::ProcessAttach],
                limit: 1,
                ..all
            },
            Why::HostPid(host_pid) => return self.why_host(*host_pid),
            Why::Window(window) => {
                Filter { causes: Some(self.of_window(*window)?), limit: MOST_IN_WINDOW, ..all }
            }
            Why::Cause(cause) => Filter { causes: Some(vec![*cause]), ..all },
        };
        self.explained(self.query(&filter)?)
    }

    /// The newest start of a process of the host among the last that were seen.
    fn why_host(&self, host_pid: i32) -> io::Result<Vec<Explained>> {
        let kinds = vec![RowKind::ProcessStart, RowKind::ProcessChild];
        let mut rows = self.query(&Filter { kinds, limit: MOST_STARTS, ..Filter::default() })?;
        rows.retain(|row| row.detail["host_pid"] == host_pid);
        rows.truncate(1);
        self.explained(rows)
    }

    fn explained(&self, rows: Vec<Row>) -> io::Result<Vec<Explained>> {
        let chains = self.chains(rows.iter().map(|row| row.cause))?;
        let explained = rows.into_iter().map(|row| {
            let chain = chains.get(&row.cause).cloned().unwrap_or_default();
            Explained { row, chain }
        });
        Ok(explained.collect())
    }

    /// The chain of a cause: itself first, the root last.
    ///
    /// # Errors
    /// When the segments cannot be listed or read.
    pub fn chain(&self, cause: CauseId) -> io::Result<Vec<Cause>> {
        Ok(self.chains([cause])?.remove(&cause).unwrap_or_default())
    }

    /// The chains of several.
    pub(in crate::journal) fn chains(
        &self,
        wanted: impl IntoIterator<Item = CauseId>,
    ) -> io::Result<HashMap<CauseId, Vec<Cause>>> {
        let recent = self.recent_causes()?;
        let mut fetcher = Fetcher::new(&self.journal_folder);
        let mut known: HashMap<CauseId, Option<Cause>> = HashMap::new();
        let mut chains = HashMap::new();
        for id in wanted {
            let (mut chain, mut next) = (Vec::new(), Some(id));
            while let Some(id) = next.filter(|_| chain.len() < MOST_LINKS) {
                let cause = known.entry(id).or_insert_with(|| {
                    let indexed = || {
                        let place = self.index.read(|index| index.cause(id))??;
                        cause_of(&fetcher.row(place)?).filter(|cause| cause.id == id)
                    };
                    recent.get(&id).cloned().or_else(indexed)
                });
                let Some(cause) = cause else { break };
                // A parent is older; a row that says otherwise is not followed round and round.
                next = cause.spec.parent.filter(|parent| *parent < id);
                chain.push(cause.clone());
            }
            chains.insert(id, chain);
        }
        Ok(chains)
    }

    /// A cause and everything it led to.
    ///
    /// # Errors
    /// When the segments cannot be listed or read.
    pub fn with_descendants(&self, root: CauseId) -> io::Result<Vec<CauseId>> {
        let mut children: HashMap<CauseId, Vec<CauseId>> = HashMap::new();
        for cause in self.recent_causes()?.into_values() {
            if let Some(parent) = cause.spec.parent {
                children.entry(parent).or_default().push(cause.id);
            }
        }
        let (mut all, mut seen) = (vec![root], HashSet::from([root]));
        let mut at = 0;
        while let Some(id) = all.get(at).copied().filter(|_| all.len() < MOST_DESCENDANTS) {
            let indexed = self.index.read(|index| index.children(id, MOST_DESCENDANTS)).unwrap_or_default();
            let recent = children.remove(&id).unwrap_or_default();
            all.extend(indexed.into_iter().chain(recent).filter(|child| seen.insert(*child)));
            at += 1;
        }
        Ok(all)
    }

    /// The newest causes in a window, with what followed from them: what an app does about a click has causes of
    /// its own, which need not name the window.
    fn of_window(&self, window: u64) -> io::Result<Vec<CauseId>> {
        let indexed = self.index.read(|index| index.of_window(window, MOST_IN_WINDOW)).unwrap_or_default();
        let known = self.recent_causes()?;
        let recent = known.values().filter(|cause| cause.spec.window == Some(window));
        let mut causes: Vec<CauseId> = recent.map(|cause| cause.id).chain(indexed).collect();
        causes.sort_unstable_by_key(|cause| std::cmp::Reverse(*cause));
        causes.dedup();
        // The first one is how the window came.
        if let Some(first) = causes.last().copied().filter(|_| causes.len() > MOST_IN_WINDOW) {
            causes.truncate(MOST_IN_WINDOW - 1);
            causes.push(first);
        }
        let mut seen: HashSet<CauseId> = causes.iter().copied().collect();
        let mut at = 0;
        while let Some(id) = causes.get(at).copied().filter(|_| causes.len() < MOST_OF_WINDOW) {
            let indexed = self.index.read(|index| index.children(id, MOST_OF_WINDOW)).unwrap_or_default();
            let recent = known.values().filter(|cause| cause.spec.parent == Some(id)).map(|cause| cause.id);
            causes.extend(indexed.into_iter().chain(recent).filter(|child| seen.insert(*child)));
            at += 1;
        }
        Ok(causes)
    }

    /// The causes whose rows the index does not have.
    fn recent_causes(&self) -> io::Result<HashMap<CauseId, Cause>> {
        let next = self.index.next();
        let mut causes = HashMap::new();
        self.tail(next, |row| {
            if let Some(cause) = cause_of(&row) {
                causes.insert(cause.id, cause);
            }
        })?;
        Ok(causes)
    }
}
