//! Processes that are gone, as the journal knows them.

use super::words::signal_name;
use crate::common::{listing::Listing, problem::Problem, table::Sort};
use abi::table::{EndDetail, EndReason, JournalRow};

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
                let (how, failed) = how(&EndDetail::read(&row.detail));
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

/// An end in words, and whether something was wrong: somebody's decision is not.
fn how(end: &EndDetail) -> (String, bool) {
    let by = |words: &str| end.by.as_ref().map_or_else(|| words.to_owned(), |by| format!("ended by {by}"));
    let number = |text: &str| text.trim().parse::<i32>().ok();
    let signal = end.exit.strip_prefix("signal ").and_then(number);
    match end.reason {
        Some(EndReason::Closed) => return ("closed".into(), false),
        Some(EndReason::Quit) => return ("ended with the desktop".into(), false),
        Some(EndReason::Parent) => {
            let parent = end.by.as_deref().unwrap_or("what started it");
            return (format!("ended with {parent}"), false);
        }
        Some(EndReason::Asked) => {
            let signal = signal.map_or_else(String::new, |signal| format!(" ({})", signal_name(signal)));
            return (by("ended by request") + &signal, false);
        }
        Some(EndReason::Other) | None => {}
    }
    if let Some(exceeded) = end.exceeded {
        return (exceeded.to_string(), true);
    }
    let (how, failed) = by_itself(end, signal);
    match end.refused_processes {
        0 => (how, failed),
        1 => (format!("{how}; once no further process"), failed),
        times => (format!("{how}; {times} times no further process"), failed),
    }
}

/// Nobody decided it, and no limit.
fn by_itself(end: &EndDetail, signal: Option<i32>) -> (String, bool) {
    let number = |text: &str| text.trim().parse::<i32>().ok();
    if let Some(code) = end.exit.strip_prefix("code ").and_then(number) {
        return if code == 0 { ("by itself".into(), false) } else { (format!("with code {code}"), true) };
    }
    match signal {
        Some(15) => ("ended by request (SIGTERM)".into(), false),
        Some(signal) => (format!("killed by {}", signal_name(signal)), true),
        None if end.exit.is_empty() => ("not known".into(), false),
        None => (end.exit.clone(), false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_end_is_told_in_words() {
        let how = |detail: serde_json::Value| how(&EndDetail::read(&detail));
        assert_eq!(how(json!("code 0")), ("by itself".into(), false));
        assert_eq!(how(json!("code 3")), ("with code 3".into(), true));
        assert_eq!(how(json!("signal 9")), ("killed by SIGKILL".into(), true));
        assert_eq!(how(json!("lost")), ("lost".into(), false));
        assert_eq!(how(json!(null)), ("not known".into(), false));
        assert_eq!(how(json!({"exit": "signal 9", "reason": "closed"})), ("closed".into(), false));
        assert_eq!(
            how(json!({"exit": "code 1", "reason": "quit"})),
            ("ended with the desktop".into(), false)
        );
        let parent = json!({"exit": "signal 9", "reason": "parent", "by": "make"});
        assert_eq!(how(parent), ("ended with make".into(), false));
        let asked = json!({"exit": "signal 9", "reason": "asked", "by": "Task Manager"});
        assert_eq!(how(asked), ("ended by Task Manager (SIGKILL)".into(), false));
        let memory = json!({"exit": "signal 9", "exceeded": {"limit": "memory", "most": 67_108_864}});
        assert_eq!(how(memory), ("memory limit of 64 MB reached".into(), true));
        let bomb = json!({"exit": "code 1", "refused_processes": 12});
        assert_eq!(how(bomb), ("with code 1; 12 times no further process".into(), true));
        // As a later version may write it.
        let later = json!({"exit": "code 3", "reason": "eclipse", "moon": 1});
        assert_eq!(how(later), ("with code 3".into(), true));
    }
}
