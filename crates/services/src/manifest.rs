//! Process app manifests: what a host program is called, how it is started and what it may do
//! (`apps/process/<id>/manifest.json`).
//!
//! Reading is total: every finding has its line, a manifest that can be used is given even when there
//! are warnings, and unknown fields are kept and reported, never refused.

mod fields;
mod locate;
mod permission;
mod read;
mod rules;
#[cfg(test)]
mod tests;

pub use permission::PERMISSION_NAMES;
pub use rules::SandboxRules;

use abi::Capability;
use blueprint::Diagnostic;
use std::collections::BTreeMap;

/// A process app.
#[derive(Clone, Debug, PartialEq)]
pub struct Manifest {
    /// Unique name: small letters, digits and `-`.
    pub id: String,
    /// For people.
    pub name: String,
    /// An emoji; may be empty.
    pub icon: String,
    /// `developer`, `utilities`, …; may be empty.
    pub category: String,
    /// As its author counts.
    pub version: String,
    /// One sentence; may be empty.
    pub description: String,
    /// What it may do, with the scopes that its program and folders give.
    pub permissions: Vec<Capability>,
    /// The program.
    pub proc_manifest: Program,
    /// Fields that mean nothing to us, by JSON Pointer.
    pub unknown: BTreeMap<String, serde_json::Value>,
}

impl Manifest {
    /// Every right that it asks for: its permissions, and those that its sandbox rests on, since a program never gets
    /// more than its app has. None twice.
    #[must_use]
    pub fn capabilities(&self) -> Vec<Capability> {
        let mut all = Vec::new();
        let program = Capability::SpawnProcess(vec![self.proc_manifest.executable.clone()]);
        let implied = self.proc_manifest.sandbox.capabilities();
        for capability in self.permissions.iter().cloned().chain([program]).chain(implied) {
            if !all.contains(&capability) {
                all.push(capability);
            }
        }
        all
    }
}

/// The program of a process app.
#[derive(Clone, Debug, PartialEq)]
pub struct Program {
    /// A name to look up or a path of the app's view; [`SHELL`] is the user's shell.
    pub executable: String,
    /// Arguments. They never pass a shell.
    pub args: Vec<String>,
    /// Absolute path of the app's view; `None` for the home.
    pub working_dir: Option<String>,
    /// What its window shows.
    pub ui_type: UiType,
    /// Variables beside the usual ones.
    pub env: BTreeMap<String, String>,
    /// What a person is told when it says this, each once: what it means here, and what to do.
    pub explain: BTreeMap<String, String>,
    /// What it can reach and use.
    pub sandbox: SandboxRules,
}

/// The executable that stands for the user's shell.
pub const SHELL: &str = "$SHELL";

/// What the window of a process app shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum UiType {
    /// A terminal.
    #[default]
    Terminal,
    /// Output and errors line by line, and a line to write in.
    Log,
    /// Nothing; it runs in the background.
    None,
}

/// What reading a manifest gives.
#[derive(Debug)]
pub struct Parsed {
    /// `None` where it cannot be used.
    pub manifest: Option<Manifest>,
    /// In the order of the file.
    pub diagnostics: Vec<Diagnostic>,
}

/// Reads a manifest of any bytes.
#[must_use]
pub fn parse(bytes: &[u8]) -> Parsed {
    read::parse(bytes)
}

/// What is wrong or odd in a manifest.
#[must_use]
pub fn check(bytes: &[u8]) -> Vec<Diagnostic> {
    parse(bytes).diagnostics
}
