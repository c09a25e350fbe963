//! Reply types about the journal.

use super::process::{Exceeded, is_zero};
use crate::{Cause, CauseId, Pid};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A row of the journal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JournalRow {
    /// Its number; grows by one over all boots.
    pub seq: u64,
    /// Wall clock, milliseconds since the Unix epoch.
    pub time_millis: u64,
    /// On whose account.
    pub cause: CauseId,
    /// Who; numbers are given anew at each boot.
    pub pid: Pid,
    /// The app of that process.
    pub app: Option<String>,
    /// What it is about: `file`, `denied`, `process.start` and the like.
    pub kind: String,
    /// The call that did it; empty when it was none.
    pub call: String,
    /// On what: a path, a name, a capability.
    pub object: String,
    /// The rule that decided.
    pub rule: Option<String>,
    /// What became of which files.
    pub changes: Vec<Value>,
    /// Anything else.
    pub detail: Value,
}

/// Why a process ended, where somebody decided it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndReason {
    /// Its window was closed, or that of the app that had started it.
    Closed,
    /// The desktop was quit.
    Quit,
    /// What had started it ended.
    Parent,
    /// Somebody asked for it by a signal.
    Asked,
    /// A later version knows.
    #[serde(other)]
    Other,
}

/// What a row of kind `process.exit` says in its `detail`: a text when it ended for itself, otherwise an object of
/// this form. Members that are not known are left aside.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndDetail {
    /// `code 3` or `signal 9`; empty when nobody knows.
    #[serde(default)]
    pub exit: String,
    /// Why, where somebody decided it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<EndReason>,
    /// Who asked for it, by name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// The limit that ended it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exceeded: Option<Exceeded>,
    /// How often it was refused a further process.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub refused_processes: u64,
}

impl EndDetail {
    /// Reads a row's `detail`, of any version.
    #[must_use]
    pub fn read(detail: &Value) -> Self {
        match detail.as_str() {
            Some(exit) => EndDetail { exit: exit.to_owned(), ..EndDetail::default() },
            None => EndDetail::deserialize(detail).unwrap_or_default(),
        }
    }

    /// As it is written.
    #[must_use]
    pub fn to_detail(&self) -> Value {
        match (self.reason, self.exceeded, self.refused_processes) {
            (None, None, 0) => self.exit.clone().into(),
            _ => serde_json::to_value(self).unwrap_or_default(),
        }
    }
}

/// A row of the journal and why it is there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Explanation {
    /// The row.
    pub row: JournalRow,
    /// Its cause first, the root last, over restarts; as far as it is known.
    pub chain: Vec<Cause>,
}

/// What a whole journal looks like.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct JournalCheck {
    /// Whether every row is as it was written.
    pub whole: bool,
    /// Segments that were read.
    pub segments: u64,
    /// Whole rows.
    pub rows: u64,
    /// Number of the oldest row that is there; 0 when there is none.
    pub first_row: u64,
    /// Number of the newest row.
    pub last_row: u64,
    /// Stands for the whole journal: whoever noted it can see later that nothing was cut off or written anew.
    pub head: String,
    /// Where it breaks, in words, the first 100 places.
    pub breaks: Vec<String>,
    /// How often it breaks beyond these.
    pub more_breaks: u64,
}

/// A path that an app has changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TouchedPath {
    /// Where.
    pub path: String,
    /// How many rows of the journal are about it.
    pub times: u64,
    /// Number of the last of these.
    pub last_row: u64,
    /// Wall clock of the last, milliseconds since the Unix epoch.
    pub last_millis: u64,
}

/// What happens where something stands in the way of taking back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UndoMode {
    /// Then nothing is taken back.
    #[default]
    Whole,
    /// That is left, the rest is taken back.
    Possible,
    /// Newer content is replaced; that can be taken back, too.
    Overwrite,
}

/// What taking back does to a path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UndoStep {
    /// The path.
    pub path: String,
    /// What is there then: `nothing`, `file`, `folder`, `link`, or `moved from` and a path.
    pub becomes: String,
    /// `due`, `done`, `conflict` or `lost`.
    pub verdict: String,
    /// Why it cannot be done; empty when it can.
    pub why: String,
}

/// What came of taking back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Undone {
    /// On whose account it was done; taking that back brings everything forth again.
    pub cause: CauseId,
    /// Paths that are as they were.
    pub restored: Vec<String>,
    /// Paths that were so already.
    pub unchanged: Vec<String>,
    /// Paths that were left, each with the reason.
    pub left: Vec<(String, String)>,
}
