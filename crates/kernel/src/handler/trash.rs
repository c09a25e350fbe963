//! Rows about the trash.

use super::file::{kind, size};
use crate::{
    caller::Caller,
    vfs::{Resolved, trash},
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
    Ok(place.as_str().to_owned())
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
    let process = caller.process().clone();
    // A long deletion stops when its process ends.
    let mut progress = || if process.is_alive() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) };
    trash::empty(&caller.core().mounts, object, &mut progress)
}
