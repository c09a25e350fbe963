//! Reply types about who has which right, and what was decided lately.

use super::security::{CapabilityRequest, Granted};
use crate::{Capability, CauseId, Pid, RequestId};
use serde::{Deserialize, Serialize};

/// What came of one of several rights that were asked for together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RightAnswer {
    /// The right, in normal form.
    pub capability: Capability,
    /// How it was granted; nothing when it was not.
    pub granted: Option<Granted>,
    /// Why not; empty when it was granted.
    #[serde(default)]
    pub why: String,
}

/// Where a right comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RightSource {
    /// The process began with it: its app's manifest.
    Manifest,
    /// Somebody said yes when it asked.
    Prompt,
    /// Somebody gave it unasked, such as in Settings.
    Given,
    /// An earlier *always*.
    Always,
}

impl RightSource {
    /// The name for the journal's rules and for people.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            RightSource::Manifest => "manifest",
            RightSource::Prompt => "prompt",
            RightSource::Given => "given",
            RightSource::Always => "always",
        }
    }
}

/// A right that a process has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Right {
    /// The right.
    pub capability: Capability,
    /// Where it comes from.
    pub source: RightSource,
    /// `manifest`, or for how long as [`Answer`](super::Answer) says.
    pub how: String,
    /// When it was given, milliseconds since the Unix epoch; 0 for what it began with.
    pub since_millis: u64,
    /// When it ends, milliseconds since the Unix epoch; for `until`.
    pub until_millis: Option<u64>,
    /// Name of the process that gave it.
    pub by: Option<String>,
    /// What it was used for; of rights that were given after the process began, and of what its programs did with them
    /// as far as that was observed.
    #[serde(default)]
    pub uses: RightUses,
}

/// How often a right was used since it was given, and when last.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RightUses {
    /// How often.
    pub count: u64,
    /// When last, milliseconds since the Unix epoch; 0 for never.
    pub last_millis: u64,
    /// Name of the process that used it last.
    pub by: String,
    /// Why, the nearest cause first.
    pub because: Vec<String>,
}

/// A right that was taken from an app and that a program which runs has until it ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lingering {
    /// The program.
    pub pid: Pid,
    /// The right.
    pub capability: Capability,
}

/// The rights of one process.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProcessRights {
    /// Which.
    pub pid: Pid,
    /// Its name.
    pub name: String,
    /// When it began, milliseconds since the Unix epoch.
    pub started_millis: u64,
    /// What it has.
    pub rights: Vec<Right>,
    /// What was taken from it again, which wins over what it has.
    pub taken: Vec<Capability>,
    /// Of that, what a program of it has until it ends.
    #[serde(default)]
    pub lingering: Vec<Lingering>,
    /// What was refused, until it ends.
    pub refused: Vec<Capability>,
    /// How many calls of it were denied.
    pub denied: u64,
}

/// An answer that holds for an app over restarts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptAnswer {
    /// About what.
    pub capability: Capability,
    /// `always`, else `never`.
    pub allowed: bool,
    /// When it was given, milliseconds since the Unix epoch; 0 where that is not known.
    pub since_millis: u64,
    /// What it was used for since the desktop began.
    #[serde(default)]
    pub uses: RightUses,
}

/// Everything about the rights of one app.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppRights {
    /// Its id.
    pub app: String,
    /// It asked too often, and its questions are answered no.
    pub muted: bool,
    /// Answers that hold over restarts.
    pub kept: Vec<KeptAnswer>,
    /// Its processes, the oldest first.
    pub processes: Vec<ProcessRights>,
}

/// What holds for an app and a right from now on, over restarts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeptRule {
    /// It has the right whenever it runs.
    Always,
    /// It never has it, whatever its manifest says.
    Never,
    /// What was kept is forgotten: its manifest counts, and else it may ask.
    Ask,
}

/// What was decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DecisionKind {
    /// A request was answered yes.
    Granted,
    /// A request was answered no.
    Refused,
    /// Nobody answered a request in time.
    Expired,
    /// Whoever asked does not wait any more.
    Withdrawn,
    /// A call was refused by the gate.
    Denied,
    /// An app asked too often.
    Muted,
    /// A right was taken, and a program that runs has something left of it until it ends: only what it has open, or all.
    Lingers,
}

/// Something about rights that was decided lately.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RightDecision {
    /// Grows by one with each.
    pub number: u64,
    /// What.
    pub kind: DecisionKind,
    /// The request, where there was one.
    pub request: Option<RequestId>,
    /// About whom.
    pub pid: Pid,
    /// Its name.
    pub name: String,
    /// Its app.
    pub app: Option<String>,
    /// The right; for a denial the one that would have allowed it.
    pub capability: Capability,
    /// Further rights that were asked for as one thing with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<Capability>,
    /// The rule that decided: `answer once`, `default-deny`, `no answer` and the like.
    pub rule: String,
    /// The call that was refused; empty for what is no denial.
    pub call: String,
    /// What led to it.
    pub cause: CauseId,
    /// The same for people, the nearest cause first.
    pub because: Vec<String>,
    /// When the right ends, for `until`.
    pub until_millis: Option<u64>,
    /// When, milliseconds since the Unix epoch; the last time where it came several times.
    pub time_millis: u64,
    /// How often the same was denied.
    pub times: u64,
}

impl RightDecision {
    /// All rights that it is about.
    pub fn rights(&self) -> impl Iterator<Item = &Capability> {
        std::iter::once(&self.capability).chain(&self.also)
    }

    /// What became of a request.
    #[must_use]
    pub fn of_request(asked: &CapabilityRequest, kind: DecisionKind, rule: &str, time_millis: u64) -> Self {
        RightDecision {
            number: 0,
            kind,
            request: Some(asked.request),
            pid: asked.pid,
            name: asked.name.clone(),
            app: asked.app.clone(),
            capability: asked.capability.clone(),
            also: asked.also.clone(),
            rule: rule.to_owned(),
            call: String::new(),
            cause: asked.cause,
            because: asked.because.clone(),
            until_millis: None,
            time_millis,
            times: 1,
        }
    }
}
