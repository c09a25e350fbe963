//! Argument and reply types of `batch`.

use crate::SysError;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// In which order the calls of a batch run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BatchOrder {
    /// One after the other.
    #[default]
    Sequential,
    /// Several at once, begun in their order.
    Parallel,
}

/// What came of one call of a batch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum BatchResult {
    /// Its reply, as JSON has it.
    Done {
        /// The reply.
        ok: Value,
    },
    /// It failed.
    Failed(SysError),
    /// It was not begun, since one before it had failed.
    Skipped {
        /// Always true.
        skipped: bool,
    },
}

/// What `batch` comes back with.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct BatchReply {
    /// One for each call, in the order of the calls.
    pub results: Vec<BatchResult>,
    /// How many went well.
    pub succeeded: u32,
    /// How many failed.
    pub failed: u32,
    /// How many were not begun.
    pub skipped: u32,
}
