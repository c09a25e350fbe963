//! Which causes are in the journal already.

use crate::journal::{Row, RowKind};
use abi::{Cause, CauseId, Pid};
use std::collections::HashSet;

/// A chain is written as far as this.
pub(super) const MOST_LINKS: usize = 64;
/// So many are remembered; one that was forgotten is written once more, which does no harm.
const MOST_SEEN: usize = 65_536;

/// See the module documentation.
#[derive(Default)]
pub(super) struct SeenCauses(HashSet<CauseId>);

impl SeenCauses {
    pub(super) fn has(&self, cause: CauseId) -> bool {
        self.0.contains(&cause)
    }

    pub(super) fn add(&mut self, cause: CauseId) {
        if self.0.len() >= MOST_SEEN {
            self.0.clear();
        }
        self.0.insert(cause);
    }
}

/// The row of a cause.
pub(super) fn row(cause: &Cause) -> Row {
    let mut row =
        Row::new(cause.time_millis, cause.id, Pid::KERNEL, RowKind::Cause, cause.spec.label.as_str());
    row.app.clone_from(&cause.spec.app);
    // Plain data; if it could not be written down, the label would still be there.
    row.detail = serde_json::to_value(cause).unwrap_or_default();
    row
}
