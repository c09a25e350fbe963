//! Argument and reply types about signals. Numbers are Linux's.

use crate::{CauseId, Pid};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a process does about a signal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignalAction {
    /// What POSIX says of it: ends the process, or nothing.
    #[default]
    Default,
    /// Nothing.
    Ignore,
    /// It is kept for `wait_for_signal`.
    Queue,
    /// Something of its own. Only of programs of the host; cannot be set.
    Handle,
}

/// Who gets a signal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignalScope {
    /// The process alone.
    #[default]
    Process,
    /// The process and everything it started.
    Tree,
}

/// A signal on its way to a process.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignalInfo {
    /// Its number.
    pub signal: i32,
    /// Its name, such as `SIGTERM`.
    pub name: String,
    /// Who sent it; for `SIGCHLD` the child.
    pub sender: Pid,
    /// What it was sent for.
    pub cause: CauseId,
    /// What the sender put with it.
    pub value: i64,
    /// When, milliseconds since the Unix epoch.
    pub sent_millis: u64,
    /// Whether the process blocks it.
    pub blocked: bool,
}

/// Totals of a process's signals since its start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignalStats {
    /// Sent to it.
    pub received: u64,
    /// Handed out by `wait_for_signal`, acted on, or passed on to the host.
    pub delivered: u64,
    /// Ignored, by its choice or by default.
    pub ignored: u64,
    /// Not kept because the same signal was pending already.
    pub coalesced: u64,
    /// Waiting now.
    pub pending: u32,
}

/// A process's signals.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignalState {
    /// Blocked signals.
    pub blocked: Vec<i32>,
    /// Signals with an action other than the default.
    pub actions: BTreeMap<i32, SignalAction>,
    /// Numbers that are pending.
    pub pending: Vec<i32>,
}
