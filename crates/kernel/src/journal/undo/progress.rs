//! How far an undoing came, as its rows say.
//!
//! The row that begins one says how many steps it has and which of them were done already ([`Begin`]). Each
//! step that changes something is a row with the number of that row and its own ([`mark`]), written before the
//! change. So all steps that are written down are done, but the last one may have been cut anywhere
//! ([`Progress`]). The numbers of steps follow from the rows that are taken back alone, whatever the tree is like.

use super::{UndoPolicy, overlay::Overlay};
use crate::journal::{Filter, History, MAX_ROWS, Row, RowKind};
use abi::{CauseId, Errno, SysError, SysResult};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::{
    collections::{HashMap, HashSet},
    io,
};

/// Undoings that are looked through for one that was interrupted, or for what was taken back already.
pub(super) const MOST_LOOKED_AT: usize = 1_000;
/// Stretches of steps that were done before: with this many a row has some 150 KiB.
const MOST_STRETCHES: usize = 8_192;
/// Why a row of a step is said to have failed that is about to be done again.
pub(super) const INTERRUPTED: &str = "interrupted";

/// What a row that begins an undoing says.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Begin {
    pub(super) of: CauseId,
    pub(super) up_to: u64,
    pub(super) policy: UndoPolicy,
    /// Rows of earlier versions do not say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) outline: Option<Outline>,
}

/// The steps of an undoing as it found them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Outline {
    /// So many.
    pub(super) steps: usize,
    /// Those that were done already, as stretches: the first, and the first behind it.
    done: Vec<(usize, usize)>,
}

impl Outline {
    /// # Errors
    /// `EFBIG` when this cannot be written into one row.
    pub(super) fn new(is_done: impl IntoIterator<Item = bool>) -> SysResult<Self> {
        let (mut steps, mut done) = (0, Vec::<(usize, usize)>::new());
        for is_done in is_done {
            match done.last_mut() {
                Some((_, end)) if is_done && *end == steps => *end += 1,
                _ if is_done => done.push((steps, steps + 1)),
                _ => {}
            }
            steps += 1;
        }
        if done.len() > MOST_STRETCHES {
            let why = "too many of its changes, here and there, are taken back already";
            return Err(SysError::new(Errno::EFBIG, why));
        }
        Ok(Outline { steps, done })
    }

    fn done(&self) -> HashSet<usize> {
        self.done.iter().flat_map(|(first, end)| *first..(*end).min(self.steps)).collect()
    }
}

/// What the row of a step says of it.
pub(super) fn mark(begun: u64, step: usize) -> Value {
    json!({"undo": begun, "step": step})
}

fn number(row: &Row, name: &str) -> Option<u64> {
    row.detail.get(name)?.as_u64()
}

/// How far it came.
#[derive(Debug, Default)]
pub(super) struct Progress {
    /// So many steps there are.
    pub(super) steps: usize,
    /// Those that were done when it began.
    pub(super) done: HashSet<usize>,
    /// Those that it did, all of them.
    pub(super) performed: HashSet<usize>,
    /// Those before this one are not touched again.
    pub(super) next: usize,
    /// The row of step `next`, when that may have been cut anywhere.
    pub(super) cut: Option<Row>,
    /// What the steps made of the tree, without `cut`.
    pub(super) made: Overlay,
}

impl Progress {
    /// Reads how far the undoing came that began with this row; `None` when that was not written down.
    pub(super) fn read(history: &History, begun: &Row, begin: &Begin) -> io::Result<Option<Self>> {
        let Some(outline) = &begin.outline else { return Ok(None) };
        let mut progress = Progress { steps: outline.steps, done: outline.done(), ..Progress::default() };
        let rows = rows_of(history, begun)?;
        let why = |row: &Row| row.detail.get("why").and_then(Value::as_str).map(str::to_owned);
        let failed: HashMap<u64, Option<String>> = rows
            .iter()
            .filter(|row| row.kind != RowKind::File)
            .filter_map(|row| Some((number(row, "of")?, why(row))))
            .collect();
        for row in rows {
            if row.kind != RowKind::File {
                // What a step left that did not come to its end.
                row.changes.iter().for_each(|change| progress.made.apply(change));
                continue;
            }
            let Some(step) = number(&row, "step").and_then(|step| usize::try_from(step).ok()) else {
                continue;
            };
            if let Some(before) = progress.cut.take() {
                progress.perform(&before);
            }
            match failed.get(&row.seq) {
                None => (progress.next, progress.cut) = (step, Some(row)),
                Some(Some(why)) if why == INTERRUPTED => progress.next = step,
                Some(_) => progress.next = step.saturating_add(1),
            }
        }
        Ok(Some(progress))
    }

    /// The row that may have been cut is done.
    pub(super) fn perform(&mut self, cut: &Row) {
        self.performed.insert(self.next);
        self.next = self.next.saturating_add(1);
        cut.changes.iter().for_each(|change| self.made.apply(change));
    }
}

/// The rows of the steps and of those that failed, the oldest first.
fn rows_of(history: &History, begun: &Row) -> io::Result<Vec<Row>> {
    let (mut rows, mut before) = (Vec::new(), None);
    loop {
        let filter = Filter {
            causes: Some(vec![begun.cause]),
            kinds: vec![RowKind::File, RowKind::FileFailed, RowKind::FileSettled],
            before_seq: before,
            ..Filter::default()
        };
        let some = history.query(&filter)?;
        let is_all = some.len() < MAX_ROWS;
        before = some.last().map(|row| row.seq);
        rows.extend(some.into_iter().take_while(|row| row.seq > begun.seq));
        // Each round ends at a smaller number.
        if is_all || before.is_none_or(|before| before <= begun.seq) {
            break;
        }
    }
    rows.reverse();
    let steps: HashSet<u64> =
        rows.iter().filter(|row| number(row, "undo") == Some(begun.seq)).map(|row| row.seq).collect();
    rows.retain(|row| steps.contains(&row.seq) || number(row, "of").is_some_and(|of| steps.contains(&of)));
    Ok(rows)
}

/// What the journal says of former undoings, but for those that were taken back themselves.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Former {
    /// There was none.
    Never,
    /// They did these steps.
    Did(HashSet<usize>),
    /// There was one that did not write down which steps it did, or that was of other rows too.
    Unknown,
}

/// What former undoings did of a cause with its descendants, of which rows up to `up_to` make so many steps.
pub(super) fn former(history: &History, causes: &[CauseId], up_to: u64, steps: usize) -> io::Result<Former> {
    let filter = Filter { kinds: vec![RowKind::Undo], limit: MOST_LOOKED_AT, ..Filter::default() };
    let rows = history.query(&filter)?;
    let chains = history.chains(rows.iter().map(|row| row.cause))?;
    let Some(of) = causes.first() else { return Ok(Former::Never) };
    let mut related: HashSet<CauseId> = causes.iter().copied().collect();
    related.extend(history.chain(*of)?.iter().map(|cause| cause.id));
    let mut is_unknown = rows.len() >= MOST_LOOKED_AT;
    let (mut taken_back, mut performed) = (HashSet::new(), HashSet::new());
    // The newest first, so that it is known of each whether a later one took it back.
    for row in rows {
        let Ok(begin) = serde_json::from_value::<Begin>(row.detail.clone()) else { continue };
        let mut led_to_it = chains.get(&row.cause).into_iter().flatten().map(|cause| cause.id);
        if taken_back.contains(&row.cause) || led_to_it.any(|cause| taken_back.contains(&cause)) {
            continue;
        }
        if begin.of != *of {
            is_unknown |= related.contains(&begin.of);
            taken_back.insert(begin.of);
            continue;
        }
        match Progress::read(history, &row, &begin)? {
            Some(mut progress) if begin.up_to == up_to && progress.steps == steps => {
                if let Some(cut) = progress.cut.take() {
                    progress.perform(&cut);
                }
                performed.extend(progress.performed);
            }
            _ => is_unknown = true,
        }
    }
    Ok(match performed.is_empty() {
        false => Former::Did(performed),
        true if is_unknown => Former::Unknown,
        true => Former::Never,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outline_says_which_steps_were_done_and_has_bounds() {
        let outline = Outline::new([true, true, false, true, false]).expect("small");
        assert_eq!(outline, Outline { steps: 5, done: vec![(0, 2), (3, 4)] });
        assert_eq!(outline.done(), HashSet::from([0, 1, 3]));
        let scattered = |pairs| (0..pairs * 2).map(|step| step % 2 == 0);
        let most = Outline::new(scattered(MOST_STRETCHES)).expect("it fits");
        assert!(serde_json::to_string(&most).expect("plain data").len() < crate::journal::MAX_ROW_BYTES / 2);
        assert_eq!(Outline::new(scattered(MOST_STRETCHES + 1)).expect_err("too many").errno, Errno::EFBIG);
        // A damaged row makes no set without end.
        let forged = Outline { steps: 3, done: vec![(1, usize::MAX)] };
        assert_eq!(forged.done(), HashSet::from([1, 2]));
    }

    #[test]
    fn rows_of_earlier_versions_are_read() {
        let old = json!({"of": CauseId::new(1, 2), "up_to": 9, "policy": "whole"});
        let begin: Begin = serde_json::from_value(old).expect("nothing is missing");
        assert_eq!((begin.up_to, begin.outline), (9, None));
    }
}
