//! Reply types about runs: what a program did to copies of folders, before anybody takes it over.

use crate::{CauseId, Pid, RunId, table::FileKind};
use serde::{Deserialize, Serialize};

/// How the changes of a run are held back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CowKind {
    /// The host lays a folder for changes over the original.
    Overlay,
    /// A copy that shares its content with the original until one of them changes.
    Reflink,
    /// A plain copy.
    Copy,
}

/// A folder of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunFolder {
    /// The original.
    pub path: String,
    /// How its changes are held back.
    pub kind: CowKind,
    /// Where the host has what takes its place, or the changes of it.
    pub host: String,
    /// Files in it when the run began.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Names that were left out: pipes, devices, sockets, and names that are no text.
    pub left_out: u64,
}

/// A run whose changes are held back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunInfo {
    /// Its number, unique in the data folder.
    pub run: RunId,
    /// The app it belongs to.
    pub app: Option<String>,
    /// For people.
    pub name: String,
    /// What it is on account of.
    pub cause: CauseId,
    /// The process, while there is one.
    pub pid: Option<Pid>,
    /// When it began, milliseconds since the Unix epoch.
    pub started_millis: u64,
    /// When it ended.
    pub ended_millis: Option<u64>,
    /// What it works on.
    pub folders: Vec<RunFolder>,
    /// Changes that nobody has decided about, as they were counted last.
    pub open: Option<u64>,
}

/// What became of a path in a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunChangeKind {
    /// It is new.
    Added,
    /// It is something else now.
    Changed,
    /// Only its permission bits are others.
    Bits,
    /// It is gone.
    Removed,
}

/// Whether a change can be taken over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunVerdict {
    /// It can.
    Due,
    /// The original was changed since by somebody else.
    Conflict,
    /// It never will be: it is no file, folder or link that may lie there.
    Refused,
}

/// One change of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunChange {
    /// The path of the original.
    pub path: String,
    /// What became of it.
    pub kind: RunChangeKind,
    /// What it is now; what it was, when it is gone.
    pub what: FileKind,
    /// What it was, when it was something else.
    pub was: Option<FileKind>,
    /// Bytes now; 0 for what is no file.
    pub size: u64,
    /// Bytes before.
    pub size_before: u64,
    /// Permission bits now.
    pub mode: u32,
    /// Permission bits before.
    pub mode_before: u32,
    /// Where a link leads.
    pub link: Option<String>,
    /// A file that is gone and had the same content.
    pub renamed_from: Option<String>,
    /// Why this runs later by itself, when it does.
    pub runs_later: Option<String>,
    /// Whether it can be taken over.
    pub verdict: RunVerdict,
    /// Why not, or what else is to be known.
    pub why: String,
}

/// The changes of a run that nobody has decided about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunChanges {
    /// The run.
    pub run: RunId,
    /// At most 10,000, by path.
    pub changes: Vec<RunChange>,
    /// How many are new.
    pub added: u64,
    /// How many are something else, or have other bits.
    pub changed: u64,
    /// How many are gone.
    pub removed: u64,
    /// How many meet a changed original.
    pub conflicts: u64,
    /// How many run later by themselves.
    pub flagged: u64,
    /// Whether there are more; they come when these are decided about.
    pub truncated: bool,
    /// What else is to be known about the run.
    pub notes: Vec<String>,
}

/// What happens to a change whose original was changed since.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApplyMode {
    /// It is left.
    #[default]
    Keep,
    /// The original is replaced (an image of it is kept).
    Overwrite,
}

/// What came of taking changes over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Applied {
    /// On whose account it was done; taking that back brings the originals back.
    pub cause: CauseId,
    /// Paths that are now as the run left them.
    pub applied: Vec<String>,
    /// Paths that were left, each with the reason.
    pub left: Vec<(String, String)>,
    /// Changes that are still open.
    pub open: u64,
}

/// What a line of a comparison is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DiffOp {
    /// It is in both.
    Same,
    /// It is only in the new text.
    Added,
    /// It is only in the old text.
    Removed,
}

/// A line of a comparison.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DiffLine {
    /// What it is.
    pub op: DiffOp,
    /// Without its end; the start of it when it is longer than 2,000 characters.
    pub text: String,
}

/// Lines that belong together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DiffHunk {
    /// First line in the old text, from 1 on.
    pub old_start: u64,
    /// First line in the new text, from 1 on.
    pub new_start: u64,
    /// In order.
    pub lines: Vec<DiffLine>,
}

/// A file of a run beside its original as that is now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileDiff {
    /// The path of the original.
    pub path: String,
    /// Bytes of the original; none when there is none.
    pub old_size: Option<u64>,
    /// Bytes in the run; none when it is gone there.
    pub new_size: Option<u64>,
    /// Whether one of them is no text.
    pub binary: bool,
    /// What else is to be known: why there is no comparison, or that it is cut.
    pub note: String,
    /// The differences; none where they are not of text.
    pub hunks: Vec<DiffHunk>,
    /// Lines that came.
    pub added: u64,
    /// Lines that went.
    pub removed: u64,
}
