//! The trait behind every way to hold changes back.
//!
//! A back end makes, in a place of the run's own, what a program works in instead of a folder, and later says which
//! paths may be others than they were. What became of them, and whether the original still is what it was, is judged
//! for all alike ([`changes`](super::changes)).

use super::{
    baseline::Baseline,
    tree::{Facts, LeftOut, Tree},
};
use crate::vfs::{FsResult, VPath};
use abi::table::CowKind;
use std::path::{Path, PathBuf};

/// How much a run may copy.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    /// Files, folders and links.
    pub(crate) entries: usize,
    /// Bytes of files.
    pub(crate) bytes: u64,
}

/// What a back end has made.
#[derive(Debug)]
pub(super) struct Begun {
    pub(super) baseline: Baseline,
    pub(super) files: u64,
    pub(super) bytes: u64,
    pub(super) left_out: u64,
}

/// What the sandbox, or a program without one, finds in place of the folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum View {
    /// This folder of the host.
    Folder(PathBuf),
    /// An overlay that is mounted where the program runs.
    Overlay {
        /// Takes the changes.
        upper: PathBuf,
        /// The host's own, on the same file system.
        work: PathBuf,
    },
}

/// Paths that may be others than they were; with nothing, where nothing lies there any more.
#[derive(Debug, Default)]
pub(super) struct Touched {
    pub(super) paths: Vec<(VPath, Option<Facts>)>,
    pub(super) left_out: LeftOut,
}

/// A way to hold changes back.
pub(super) trait Cow: Sync {
    /// Makes what a program works in, beneath `place`, which is empty and nobody else's.
    ///
    /// # Errors
    /// `EFBIG` beyond the bounds, `EOPNOTSUPP` where the host cannot, and those of the host.
    fn begin(&self, lower: &Tree, place: &Path, bounds: Bounds) -> FsResult<Begun>;

    /// Where the changes lie.
    fn changed(&self, place: &Path) -> PathBuf;

    /// What the program finds.
    fn view(&self, place: &Path) -> View;

    /// Which paths may be others than they were.
    ///
    /// # Errors
    /// Those of the host.
    fn touched(&self, changed: &Tree, baseline: &Baseline) -> FsResult<Touched>;
}

/// The back end of a kind.
pub(super) fn of(kind: CowKind) -> &'static dyn Cow {
    match kind {
        CowKind::Overlay => &super::overlay::Overlay,
        CowKind::Reflink => &super::copy::Copy { shares: true },
        CowKind::Copy => &super::copy::Copy { shares: false },
    }
}
