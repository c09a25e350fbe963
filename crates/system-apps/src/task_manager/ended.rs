//! Processes that are gone, as the journal knows them.

use super::words::signal_name;
use crate::common::{listing::Listing, problem::Problem, table::Sort};
use abi::table::JournalRow;

/// So many are asked for.
pub(super) const MOST: u32 = 200;

/// One that ended.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Gone {
    pub(super) row: JournalRow,
    /// How, in words.
    pub(super) how: String,
    /// Whether something was wrong.
    pub(super) failed: bool,
}

/// What is known of them.
#[derive(Debug)]
pub(super) struct Ended {
    pub(super) gone: Vec<Gone>,
    pub(super) listing: Listing<u64>,
    pub(super) read: bool,
    pub(super) problem: Option<Problem>,
}

/// Columns, in the order of the table.
pub(super) mod column {
    pub(in super::super) const NAME: usize = 0;
    pub(in super::super) const APP: usize = 1;
    pub(in super::super) const PID: usize = 2;
    pub(in super::super) const HOW: usize = 3;
    pub(in super::super) const WHEN: usize = 4;
}

impl Default for Ended {
    fn default() -> Self {
        Ended { gone: Vec::new(), listing: Listing::new(column::WHEN, true), read: false, problem: None }
    }
}

impl Ended {
    pub(super) fn received(&mut self, rows: Vec<JournalRow>) {
        self.gone = rows
            .into_iter()
            .map(|row| {
                let (mut how, mut failed) = how(row.detail.as_str().unwrap_or_default());
                if is_app(&row) && row.detail == "signal 9" {
                    // How the desktop ends what runs inside it when its window closes.
                    (how, failed) = ("closed".into(), false);
                }
                Gone { row, how, failed }
            })
            .collect();
        (self.read, self.problem) = (true, None);
        self.arrange();
    }

    pub(super) fn set_sort(&mut self, sort: Sort) {
        self.listing.sort = sort;
        self.arrange();
    }

    pub(super) fn arrange(&mut self) {
        let needle = self.listing.needle();
        let gone = &self.gone;
        let fits = |place: usize| {
            let row = &gone[place].row;
            needle.is_empty()
                || row.object.to_lowercase().contains(&needle)
                || row.app.as_deref().is_some_and(|app| app.to_lowercase().contains(&needle))
                || row.pid.to_string() == needle
        };
        let sort = self.listing.sort;
        self.listing.arrange(gone.len(), fits, |a, b| {
            let (x, y) = (&gone[a], &gone[b]);
            let order = match sort.column {
                column::NAME => x.row.object.to_lowercase().cmp(&y.row.object.to_lowercase()),
                column::APP => x.row.app.cmp(&y.row.app),
                column::PID => x.row.pid.cmp(&y.row.pid),
                column::HOW => x.how.cmp(&y.how),
                _ => x.row.seq.cmp(&y.row.seq),
            };
            order.then(x.row.seq.cmp(&y.row.seq))
        });
    }

    pub(super) fn step(&mut self, by: isize) {
        let gone = &self.gone;
        self.listing.step(by, |place| gone[place].row.seq);
    }

    pub(super) fn chosen_at(&self) -> Option<usize> {
        self.listing.chosen_at(|place| self.gone[place].row.seq)
    }

    pub(super) fn chosen(&self) -> Option<&Gone> {
        self.gone.iter().find(|gone| Some(gone.row.seq) == self.listing.selected)
    }
}

/// Whether it was an app itself, and no program that one started.
fn is_app(row: &JournalRow) -> bool {
    row.app.as_deref().is_some_and(|app| row.object.to_lowercase().replace(' ', "-") == app)
}

/// `code 3` and `signal 9` in words, and whether that is how one ends when all is well.
fn how(detail: &str) -> (String, bool) {
    let number = |text: &str| text.trim().parse::<i32>().ok();
    if let Some(code) = detail.strip_prefix("code ").and_then(number) {
        return if code == 0 { ("by itself".into(), false) } else { (format!("with code {code}"), true) };
    }
    match detail.strip_prefix("signal ").and_then(number) {
        // An app that is closed ends so, as does whoever is asked to.
        Some(15) => ("ended by request (SIGTERM)".into(), false),
        Some(signal) => (format!("killed by {}", signal_name(signal)), true),
        None if detail.is_empty() => ("not known".into(), false),
        None => (detail.to_owned(), false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_is_told_in_words() {
        assert_eq!(how("code 0"), ("by itself".into(), false));
        assert_eq!(how("code 3"), ("with code 3".into(), true));
        assert_eq!(how("signal 9"), ("killed by SIGKILL".into(), true));
        assert_eq!(how("lost"), ("lost".into(), false));
    }
}
