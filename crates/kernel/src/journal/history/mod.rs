//! Questions to the journal, over all boots: rows by any condition, chains of causes, what an app touched.
//!
//! A [`History`] asks the index for what is in it and reads the rest from the segments, so that an answer is
//! complete whether the index is up to date, behind, or not there. It only reads.

mod causes;
#[cfg(test)]
mod tests;

pub(super) use causes::cause_of;
pub use causes::{Explained, Why};

use crate::journal::{
    Change, Filter, Row, RowKind, Verification,
    follow::{Fetcher, Followed, Follower},
    index::IndexReader,
    verify::verify,
};
use serde::Serialize;
use std::{
    collections::BTreeMap,
    io,
    path::{Path, PathBuf},
};

/// A path that an app has changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Touched {
    /// Where.
    pub path: String,
    /// Rows about it.
    pub times: u64,
    /// Number of the first of these.
    pub first_row: u64,
    /// Number of the last.
    pub last_row: u64,
    /// Wall clock of the last, milliseconds since the Unix epoch.
    pub last_millis: u64,
}

/// See the module documentation.
pub struct History {
    journal_folder: PathBuf,
    index: IndexReader,
}

impl History {
    /// The history of a journal. Neither folder need be there.
    #[must_use]
    pub fn new(journal_folder: &Path, index_folder: &Path) -> Self {
        History { journal_folder: journal_folder.to_owned(), index: IndexReader::new(index_folder) }
    }

    /// The newest rows that match, the newest first.
    ///
    /// # Errors
    /// When the segments cannot be listed or read.
    pub fn query(&self, filter: &Filter) -> io::Result<Vec<Row>> {
        let indexed = self.index.read(|index| Ok((index.next()?, index.find(filter)?)));
        let (next, found) = indexed.unwrap_or_default();
        let most = filter.most();
        let mut rows = Vec::new();
        self.tail(next, |row| {
            if filter.matches(&row) {
                rows.push(row);
                if rows.len() > most.saturating_mul(2) {
                    rows.drain(..rows.len() - most);
                }
            }
        })?;
        rows.reverse();
        rows.truncate(most);
        let mut fetcher = Fetcher::new(&self.journal_folder);
        for found in found.into_iter().take(most - rows.len()) {
            // One that is damaged is not there; `verify` tells.
            rows.extend(fetcher.row(found.place).filter(|row| row.seq == found.seq));
        }
        rows.sort_unstable_by_key(|row| std::cmp::Reverse(row.seq));
        Ok(rows)
    }

    /// Whether every row is as it was written.
    ///
    /// # Errors
    /// When the segments cannot be listed.
    pub fn verify(&self) -> io::Result<Verification> {
        verify(&self.journal_folder)
    }

    /// The paths that an app has changed, those changed last first.
    ///
    /// # Errors
    /// When the segments cannot be listed or read.
    pub fn touched_by(&self, app: &str, most: usize) -> io::Result<Vec<Touched>> {
        let indexed = self.index.read(|index| Ok((index.next()?, index.touched(app, most)?)));
        let (next, touched) = indexed.unwrap_or_default();
        let mut by_path: BTreeMap<String, Touched> =
            touched.into_iter().map(|touched| (touched.path.clone(), touched)).collect();
        self.tail(next, |row| {
            if row.kind != RowKind::File || row.app.as_deref() != Some(app) {
                return;
            }
            for path in row.changes.iter().flat_map(Change::paths) {
                let touched = by_path.entry(path.to_owned()).or_insert_with(|| Touched {
                    path: path.to_owned(),
                    times: 0,
                    first_row: row.seq,
                    last_row: row.seq,
                    last_millis: row.time_millis,
                });
                touched.times += 1;
                touched.last_row = row.seq;
                touched.last_millis = row.time_millis;
            }
        })?;
        let mut touched: Vec<Touched> = by_path.into_values().collect();
        touched.sort_unstable_by_key(|touched| std::cmp::Reverse(touched.last_row));
        touched.truncate(most);
        Ok(touched)
    }

    /// Reads the rows that the index does not have, oldest first; all of them when it has none.
    fn tail(&self, next: Option<crate::journal::follow::Place>, mut each: impl FnMut(Row)) -> io::Result<()> {
        Follower::new(&self.journal_folder, next).drain(|Followed { row, .. }| {
            each(row);
            Ok(())
        })
    }
}
