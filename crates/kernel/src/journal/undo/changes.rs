//! What the rows of a cause did to files, put together: which paths, between which renamings, and where that
//! lies now.

use crate::journal::{Attribute, Change, Kept, Row, RowKind, State};
use std::collections::{HashMap, HashSet};

/// When within the rows: number of the row, and which of its changes.
pub(super) type Moment = (u64, usize);

/// What became of a path between two renamings.
#[derive(Debug)]
pub(super) struct Touched {
    pub(super) path: String,
    /// So many renamings were before it.
    pub(super) epoch: usize,
    pub(super) first: Moment,
    pub(super) last: Moment,
    /// How it was, and whether that was kept; `None` when no row says it.
    pub(super) was: Option<(State, Kept)>,
    /// How the last change left it; `None` when that is not known.
    pub(super) left: Option<State>,
}

impl Touched {
    /// Whether undoing removes it.
    pub(super) fn goes(&self) -> bool {
        matches!(&self.was, Some((State::Absent, _)))
    }
}

#[derive(Debug)]
pub(super) struct Renamed {
    pub(super) at: Moment,
    pub(super) from: String,
    pub(super) to: String,
}

impl Renamed {
    /// Where something lies after it.
    pub(super) fn moves(&self, path: &str) -> Option<String> {
        beneath(path, &self.from).map(|rest| format!("{}{rest}", self.to))
    }

    /// Where something lies when it is taken back.
    fn moves_back(&self, path: &str) -> Option<String> {
        beneath(path, &self.to).map(|rest| format!("{}{rest}", self.from))
    }
}

/// An attribute that was changed, maybe several times.
#[derive(Debug)]
pub(super) struct Attributed {
    /// Where, and when first and last; nothing else of it is looked at.
    pub(super) place: Touched,
    pub(super) attribute: Attribute,
    pub(super) was: i64,
    pub(super) left: i64,
}

/// What follows a folder in a path: nothing, or something that begins with a slash.
pub(super) fn beneath<'a>(path: &'a str, folder: &str) -> Option<&'a str> {
    path.strip_prefix(folder).filter(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// What the rows did, all together.
#[derive(Debug, Default)]
pub(super) struct Done {
    pub(super) touched: Vec<Touched>,
    /// The newest of `touched` for each path.
    pub(super) newest: HashMap<String, usize>,
    pub(super) renamed: Vec<Renamed>,
    pub(super) attributed: Vec<Attributed>,
}

impl Done {
    pub(super) fn of(rows: &[Row]) -> Self {
        let failed = |kind: RowKind| -> HashSet<u64> {
            let of = rows.iter().filter(|row| row.kind == kind);
            of.filter_map(|row| row.detail.get("of")?.as_u64()).collect()
        };
        // What came to nothing, and what left something else than it was to.
        let (failed, partly) = (failed(RowKind::FileFailed), failed(RowKind::FileSettled));
        let mut done = Done::default();
        for row in rows.iter().filter(|row| !failed.contains(&row.seq)) {
            for (index, change) in row.changes.iter().enumerate() {
                // These happen in one step, so they did not.
                let is_whole = matches!(change, Change::Rename { .. } | Change::Attribute { .. });
                if !(is_whole && partly.contains(&row.seq)) {
                    done.add(row, (row.seq, index), change);
                }
            }
        }
        done
    }

    fn add(&mut self, row: &Row, at: Moment, change: &Change) {
        let (path, before, after) = match change {
            // Earlier versions wrote that down.
            Change::Rename { from, to } if from == to => return,
            Change::Rename { from, to } => {
                return self.renamed.push(Renamed { at, from: from.clone(), to: to.clone() });
            }
            Change::Set { path, before, after } => (path, before, after),
            Change::Attribute { path, attribute, before, after } => {
                return self.add_attribute(at, path, *attribute, *before, *after);
            }
        };
        let epoch = self.renamed.len();
        let known = self.newest.get(path).and_then(|index| self.touched.get_mut(*index));
        match known {
            Some(known) if row.kind == RowKind::FileSettled => known.left.clone_from(after),
            // A second image was taken because a renaming may have put something else there.
            Some(known) if known.epoch == epoch || before.is_none() => {
                known.last = at;
                known.left.clone_from(after);
            }
            None if row.kind == RowKind::FileSettled => {}
            _ => {
                self.newest.insert(path.clone(), self.touched.len());
                let was = before.as_ref().map(|before| (before.state.clone(), before.kept));
                let left = after.clone();
                self.touched.push(Touched { path: path.clone(), epoch, first: at, last: at, was, left });
            }
        }
    }
}

impl Done {
    /// What became last of the path that has an attribute.
    pub(super) fn newest(&self, one: &Attributed) -> Option<&Touched> {
        self.newest.get(&one.place.path).and_then(|index| self.touched.get(*index))
    }

    fn add_attribute(&mut self, at: Moment, path: &str, attribute: Attribute, before: i64, after: i64) {
        let epoch = self.renamed.len();
        let same = |known: &&mut Attributed| {
            known.attribute == attribute && known.place.path == path && known.place.epoch == epoch
        };
        if let Some(known) = self.attributed.iter_mut().find(same) {
            (known.place.last, known.left) = (at, after);
            return;
        }
        let place = Touched { path: path.to_owned(), epoch, first: at, last: at, was: None, left: None };
        self.attributed.push(Attributed { place, attribute, was: before, left: after });
    }
}

/// Where something lies after some renamings were taken back.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) path: String,
    /// What was there before one of these renamings is there again, and this is gone.
    pub(super) is_gone: bool,
}

/// Where something that was touched at that time lies when these renamings, the newest first, are taken back.
pub(super) fn place(path: &str, at: Moment, taken_back: &[&Renamed]) -> Place {
    let mut place = Place { path: path.to_owned(), is_gone: false };
    for renamed in taken_back.iter().filter(|renamed| renamed.at < at) {
        if let Some(path) = renamed.moves_back(&place.path) {
            place.path = path;
        } else if beneath(&place.path, &renamed.from).is_some() {
            place.is_gone = true;
        }
    }
    place
}
