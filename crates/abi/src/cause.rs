//! Why something happened. Each root of activity (a click, a key, a timer, a control call) opens a
//! cause; the caller handle carries it into everything that follows.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Names a cause for ever: the boot counter of the data folder in the upper 24 bits, a sequence
/// number in the lower 40.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CauseId(pub u64);

impl CauseId {
    /// No cause is known. Only the kernel's own start uses it.
    pub const NONE: CauseId = CauseId(0);

    /// Puts boot counter (24 bits used) and sequence number (40 bits used) together.
    #[must_use]
    pub const fn new(boot: u32, sequence: u64) -> Self {
        CauseId(((boot as u64) << 40) | (sequence & ((1 << 40) - 1)))
    }
}

impl fmt::Display for CauseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.0 >> 40, self.0 & ((1 << 40) - 1))
    }
}

/// What kind of thing started it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CauseKind {
    /// A press of a pointer button.
    Pointer,
    /// A key or text that was typed.
    Key,
    /// A timer that ran out.
    Timer,
    /// An app on its own account (start, lifecycle).
    App,
    /// A turn of an AI model.
    Ai,
    /// `drive`, `syscall`, the control server.
    Control,
    /// A host process did something on its own.
    Process,
    /// The system: boot, autosave, clean-up.
    System,
}

/// What a caller says of a new cause; the kernel adds id and time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CauseSpec {
    /// What kind of thing started it.
    pub kind: CauseKind,
    /// For people: "click on Save in Notes". At most 200 bytes are kept.
    pub label: String,
    /// App id, where an app is concerned.
    pub app: Option<String>,
    /// Window number, where a window is concerned.
    pub window: Option<u64>,
    /// Component id inside that window.
    pub component: Option<String>,
    /// The cause that led to this one.
    pub parent: Option<CauseId>,
}

impl CauseSpec {
    /// A root cause with nothing but a kind and a label.
    #[must_use]
    pub fn new(kind: CauseKind, label: impl Into<String>) -> Self {
        CauseSpec { kind, label: label.into(), app: None, window: None, component: None, parent: None }
    }
}

/// A cause as the kernel keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cause {
    /// Its name.
    pub id: CauseId,
    /// What was said when it was opened.
    #[serde(flatten)]
    pub spec: CauseSpec,
    /// Wall clock, milliseconds since the Unix epoch.
    pub time_millis: u64,
}
