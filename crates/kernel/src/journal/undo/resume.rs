//! Undoings that a sudden end interrupted, brought to their end.
//!
//! How far one came is in its rows ([`Progress`]); only the step that was written down last may have been cut
//! anywhere, and is done again.

use super::{
    By, Plan, Undo, UndoPolicy, UndoReport, plan,
    progress::{Begin, INTERRUPTED, MOST_LOOKED_AT, Progress},
    run::{Running, unrecorded},
};
use crate::journal::{Filter, Row, RowKind};
use abi::{Errno, SysError, SysResult};
use std::collections::HashSet;

impl Undo<'_> {
    /// Brings every undoing that was interrupted to its end.
    ///
    /// # Errors
    /// `EIO` when the journal cannot be read.
    pub fn resume(&self, now_millis: u64) -> SysResult<Vec<UndoReport>> {
        let filter = Filter {
            kinds: vec![RowKind::Undo, RowKind::UndoDone],
            limit: MOST_LOOKED_AT,
            ..Filter::default()
        };
        let rows = self.recorder.history().query(&filter);
        let rows =
            rows.map_err(|why| SysError::new(Errno::EIO, format!("the journal cannot be read: {why}")))?;
        let begun_of = |row: &Row| row.detail.get("begun").and_then(serde_json::Value::as_u64);
        let ended: HashSet<u64> =
            rows.iter().filter(|row| row.kind == RowKind::UndoDone).filter_map(begun_of).collect();
        let mut reports = Vec::new();
        self.recorder.begin_undo().map_err(|why| unrecorded("undo", &why))?;
        // The newest first, as they would have been taken back one after the other.
        for begun in rows.iter().filter(|row| row.kind == RowKind::Undo && !ended.contains(&row.seq)) {
            let Ok(begin) = serde_json::from_value::<Begin>(begun.detail.clone()) else { continue };
            let (plan, progress) = plan::rest(self.recorder, self.mounts, begun, &begin)?;
            self.recorder.begin_undo().map_err(|why| unrecorded("undo", &why))?;
            let by = By { pid: begun.pid, app: begun.app.clone(), cause: begun.cause };
            let mut running = Running {
                undo: *self,
                by: &by,
                // What was in order when it began and is not now was changed since, and is left.
                policy: match begin.policy {
                    UndoPolicy::Overwrite => UndoPolicy::Overwrite,
                    UndoPolicy::Whole | UndoPolicy::Possible => UndoPolicy::Possible,
                },
                now_millis,
                begun: begun.seq,
                report: UndoReport::new(&plan, &by),
            };
            running.go_on(&plan, progress.unwrap_or_default());
            reports.push(running.end());
        }
        self.recorder.end_undo();
        Ok(reports)
    }
}

impl Running<'_> {
    fn go_on(&mut self, plan: &Plan, progress: Progress) {
        if let Some(row) = progress.cut {
            // It is about to have a row of its own, which says what the tree is like now.
            if let Err(why) = self.undo.recorder.failed_before(self.undo.mounts, row, INTERRUPTED) {
                tracing::warn!(%why, "that a step of an undoing was interrupted is not in the journal");
            }
        }
        for (number, step) in plan.steps.iter().enumerate() {
            let path = || step.action.path().to_owned();
            if progress.performed.contains(&number) {
                self.report.restored.push(path());
            } else if number < progress.next && !progress.done.contains(&number) {
                self.report.left.push((path(), "it was left before the interruption".into()));
            } else {
                self.go(number, step);
            }
        }
    }
}
