//! Runs whose changes are held back: a program works in layers over folders, or in copies of them, and somebody decides
//! later what of it becomes real.
//!
//! ```text
//! begin ─▶ back end (overlay, reflink, copy) ─▶ what the program finds in place of its folders
//!   │                                               │ it ends
//!   └─▶ baseline: what the originals were           ▼
//!                     └───────────────────────▶ changes ─▶ diff, apply, discard
//! ```
//!
//! - [`Runs`]: all of a data folder, in `runs/` there, over restarts. [`Run`]: one.
//! - `Cow` (`backend`): what a back end does; it says which paths may have changed, everything else is common.
//! - `layers`: whether this host can lay an overlay over a folder, found out by trying.
//! - `changes`: judges each path against the original as it is now. `apply`: takes over, through the mounts and the
//!   journal. `later`: files that run by themselves. `diff`: two texts.
//!
//! What programs leave here is read as what it is: by descriptor, with no link followed, nothing waited for, in
//! bounds. Refuses to take over pipes, devices, links that lead outside, and bits that lend rights.

mod apply;
mod backend;
mod baseline;
mod changes;
mod copy;
mod diff;
mod later;
mod layers;
mod overlay;
mod run;
mod runs;
#[cfg(test)]
mod tests;
mod tree;

pub(crate) use apply::{Choice, apply, discard, tell_discarded};
pub(crate) use backend::View;
pub(crate) use run::Run;
pub(crate) use runs::{NewRun, Runs};

use crate::{core::Core, vfs::VPath};
use abi::{
    SysResult,
    table::{FileDiff, RunChanges},
};

/// Most lines around a difference.
const MOST_CONTEXT: usize = 1_000;

/// Counts what a run left once its program has ended; with nothing to decide about, it is let go of.
pub(crate) fn settle(core: &Core, run: &Run) {
    if !run.has_ended() {
        return;
    }
    match changes(core, run) {
        Ok(found) if found.changes.is_empty() && !found.truncated => core.runs.remove(run.id()),
        Ok(_) => {
            core.runs.revise();
            core.wake();
        }
        Err(why) => tracing::debug!(%why, run = run.id().0, "what a run changed is not counted"),
    }
}

/// What a run changed and nobody has decided about.
///
/// # Errors
/// `EIO` when what is kept of the run cannot be read, and those of the originals' folders.
pub(crate) fn changes(core: &Core, run: &Run) -> SysResult<RunChanges> {
    let found = changes::find(core, run)?;
    run.set_open(found.changes.len() as u64);
    Ok(found.tell(run))
}

/// A file of a run beside its original.
///
/// # Errors
/// See [`diff`](diff::diff).
pub(crate) fn diff(core: &Core, run: &Run, path: &VPath, context: u32) -> SysResult<FileDiff> {
    diff::diff(core, run, path, usize::try_from(context).unwrap_or(MOST_CONTEXT).min(MOST_CONTEXT))
}
