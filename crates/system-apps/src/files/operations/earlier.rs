//! What was done last before this window was there, so that it can be undone after a restart.

use super::{OURS, Operations};
use crate::files::history::Entry;
use abi::{
    Pending,
    table::{Explain, QueryJournal},
};
use widgets::AppContext;

impl Operations {
    /// Finds out what was done last, so that it can be undone after a restart.
    pub(in crate::files) fn look_back(&mut self, cx: &AppContext<'_>) {
        let query = QueryJournal {
            app: Some("files".into()),
            kind: Some("file".into()),
            limit: 1,
            cause: None,
            path: None,
            pid: None,
            since_millis: None,
            before: None,
        };
        // Without it there is only less to undo.
        self.earlier = cx.syscalls.submit(query).ok();
    }

    pub(super) fn take_earlier(&mut self, cx: &AppContext<'_>) {
        if let Some(result) = self.earlier.as_ref().and_then(Pending::poll) {
            self.earlier = None;
            if let Some(row) = result.ok().and_then(|rows| rows.into_iter().next()) {
                let explain =
                    Explain { path: None, pid: None, window: None, cause: Some(row.cause), host_pid: None };
                self.earlier_label = cx.syscalls.submit(explain).ok().map(|pending| (row.cause, pending));
            }
        }
        let Some(result) = self.earlier_label.as_ref().and_then(|(_, pending)| pending.poll()) else {
            return;
        };
        let Some((cause, _)) = self.earlier_label.take() else { return };
        let label = result.unwrap_or_default().iter().find_map(|one| {
            let own = one.chain.iter().find(|link| link.id == cause)?;
            own.spec.label.strip_suffix(OURS).map(str::to_owned)
        });
        if let Some(label) = label {
            self.history.remember(Entry { label, cause });
        }
    }
}
