//! Argument and reply types about rights: asking for one, and answering.

use crate::{Capability, CauseId, Pid, RequestId};
use serde::{Deserialize, Serialize};

/// What an approver says to a request, and how long a right is given for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// Yes, for the next check that needs it.
    Once,
    /// Yes, until the process ends.
    Run,
    /// Yes, until a time: milliseconds since the Unix epoch.
    Until(u64),
    /// Yes, and nobody is asked again for this app, in later boots neither.
    Always,
    /// No, until the process ends.
    Deny,
    /// No, and nobody is asked again for this app, in later boots neither.
    Never,
}

impl Answer {
    /// Whether it gives the right.
    #[must_use]
    pub const fn allows(self) -> bool {
        !matches!(self, Answer::Deny | Answer::Never)
    }

    /// The name for people and the journal.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Answer::Once => "once",
            Answer::Run => "run",
            Answer::Until(_) => "until",
            Answer::Always => "always",
            Answer::Deny => "deny",
            Answer::Never => "never",
        }
    }
}

/// How a request for a right was granted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Granted {
    /// The right.
    pub capability: Capability,
    /// `held` when the process had it already, else as [`Answer`] says.
    pub how: String,
    /// When it ends, milliseconds since the Unix epoch; for `until`.
    pub until_millis: Option<u64>,
}

/// What a request is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RequestKind {
    /// Something that a process wants to do now.
    #[default]
    Use,
    /// What a program needs before it is started.
    Start,
    /// A connection of a program, which is held until the answer. The reason is the program's name.
    Connection,
}

/// What came of one line of what a program needs before it is started.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StartAnswer {
    /// The rights of the line, in normal form.
    pub rights: Vec<Capability>,
    /// Those of them that are not there; none when it was allowed.
    pub missing: Vec<Capability>,
    /// Why; empty when none is missing.
    #[serde(default)]
    pub why: String,
}

/// A request that waits for an answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CapabilityRequest {
    /// Its number.
    pub request: RequestId,
    /// The number of the first request of its prompt. Requests of one app and one cause that wait together are
    /// one prompt.
    pub prompt: RequestId,
    /// Who asks.
    pub pid: Pid,
    /// Its name.
    pub name: String,
    /// The app it is an instance of.
    pub app: Option<String>,
    /// Names of the processes above it, the nearest first, without the kernel.
    pub parents: Vec<String>,
    /// What it asks for.
    pub capability: Capability,
    /// Further rights that stand and fall with it, since they are one thing for a person.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<Capability>,
    /// What it is about.
    #[serde(default)]
    pub kind: RequestKind,
    /// What it says it needs that for. The app's words, not ours.
    pub reason: String,
    /// What led to it.
    pub cause: CauseId,
    /// The same for people, the nearest cause first: "click on Save in Notes".
    pub because: Vec<String>,
    /// When, milliseconds since the Unix epoch.
    pub asked_millis: u64,
}

impl CapabilityRequest {
    /// All rights of it.
    pub fn rights(&self) -> impl Iterator<Item = &Capability> {
        std::iter::once(&self.capability).chain(&self.also)
    }
}
