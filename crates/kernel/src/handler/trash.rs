//! Rows about the trash.

use super::file::{kind, size};
use crate::{
    caller::Caller,
    journal::{Before, Change, Journal, Kept, RowKind, State},
    vfs::{Resolved, VPath, trash},
};
use abi::{
    SysResult,
    table::{Trash, TrashEmpty, TrashEntry, TrashList, TrashRestore},
};
use std::ops::ControlFlow;

handlers! {
    Trash(keep path) => put;
    TrashList(keep path) => list;
    TrashRestore(keep item, keep to) => restore;
    TrashEmpty(keep path) => empty;
}

fn put(caller: &Caller, _: Trash, object: &Resolved) -> SysResult<String> {
    let core = caller.core();
    let place = trash::put(&core.mounts, object, core.now_millis())?;
    remember_place(caller, object, &place);
    Ok(place.as_str().to_owned())
}

/// Where it lies is known only now; the journal needs it for taking this back.
fn remember_place(caller: &Caller, object: &Resolved, place: &VPath) {
    let core = caller.core();
    let Some(recorder) = core.journal.recorder() else { return };
    let identity = caller.process().identity();
    let cause = abi::Syscalls::cause(caller);
    let mut row = core.journal_row(identity, cause, RowKind::File, object.path().as_str());
    "trash".clone_into(&mut row.call);
    let (from, to) = (object.path().as_str().to_owned(), place.as_str().to_owned());
    // What was written down about it goes again when this is taken back.
    if let Ok((document, text)) = trash::read_document(&core.mounts, place) {
        row.changes.push(Change::Set {
            path: document.as_str().to_owned(),
            before: Some(Before { state: State::Absent, kept: Kept::Nothing }),
            after: Some(State::of(&text)),
        });
    }
    row.changes.push(Change::Rename { from, to });
    if let Err(why) = recorder.append(&row) {
        core.journal_failed(&why);
    }
}

fn list(caller: &Caller, _: TrashList, folder: &Resolved) -> SysResult<Vec<TrashEntry>> {
    let items = trash::list(&caller.core().mounts, folder)?;
    let entry = |item: trash::Item| {
        let (original, deleted_millis) = item.origin.unzip();
        TrashEntry {
            item: item.at.as_str().to_owned(),
            original,
            deleted_millis: deleted_millis.unwrap_or(0),
            kind: kind(item.stat.kind),
            size: size(&item.stat),
        }
    };
    Ok(items.into_iter().map(entry).collect())
}

fn restore(caller: &Caller, _: TrashRestore, item: &Resolved, to: &Resolved) -> SysResult<()> {
    trash::restore(&caller.core().mounts, item, to)
}

fn empty(caller: &Caller, _: TrashEmpty, object: &Resolved) -> SysResult<u64> {
    // A long deletion stops when its process ends, or when somebody cancels it.
    let mut progress =
        || if caller.should_stop() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) };
    trash::empty(&caller.core().mounts, object, &mut progress)
}
