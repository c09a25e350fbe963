//! Rights. A capability is a verb with a scope; a process has a list of them and nothing else.
//!
//! In JSON a capability is its Rust name (`"TimeAccess"`) or the name with its scope
//! (`{"ReadFile": "/home"}`); manifests and `.bp` files say `READ_FILE` for the same thing.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A folder or file and everything beneath it, as an absolute path of the virtual file system.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PathScope(pub String);

impl PathScope {
    /// Whether `path` (absolute, normalised) is the scope's own path or lies beneath it.
    #[must_use]
    pub fn covers(&self, path: &str) -> bool {
        let scope = self.0.trim_end_matches('/');
        path == scope
            || (path.starts_with(scope) && path.as_bytes().get(scope.len()) == Some(&b'/'))
            || scope.is_empty()
    }
}

impl fmt::Display for PathScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a capability without a path is about: a list of names, or everything.
pub type Scope = String;

/// A right that a process can have.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Capability {
    /// Read files beneath a path.
    ReadFile(PathScope),
    /// Change the content and metadata of files beneath a path.
    WriteFile(PathScope),
    /// Make files and folders beneath a path.
    CreateFile(PathScope),
    /// Remove files and folders beneath a path.
    DeleteFile(PathScope),
    /// See the names beneath a path.
    ListDirectory(PathScope),
    /// Start these executables (`*` for any).
    SpawnProcess(Vec<String>),
    /// End, signal and adjust processes other than one's own children.
    KillProcess,
    /// Reach hosts: `host[:port|:from-to][/tcp|/udp]` each, where host is a name, `*.example.com`, an
    /// address, a CIDR, `loopback`, `private`, `link-local` or `*` for all that is public; with `!` in front
    /// a denial, which wins.
    NetworkAccess(Vec<String>),
    /// Listen on a port; 0 is one that the system chooses.
    BindPort(u16),
    /// Have a network namespace.
    NetworkNamespace,
    /// Make namespaces and mounts inside its sandbox, as programs do that bring a sandbox of their own.
    NestedSandbox,
    /// Read facts about the machine and the processes on it.
    SystemInfo,
    /// Read the clock and sleep.
    TimeAccess,
    /// Send on channels with this prefix (`*` for any).
    SendMessage(Scope),
    /// Receive on channels with this prefix (`*` for any).
    ReceiveMessage(Scope),
    /// `read` or `write` the host's clipboard.
    Clipboard(Scope),
    /// Show notifications.
    Notify,
    /// Use the AI service, tokens a day.
    Ai(u64),
    /// Act in the user interface for an agent.
    Ui(Scope),
    /// Mount and unmount file systems.
    Mount,
    /// Change scheduling of other processes.
    Schedule,
    /// Change limits of other processes.
    Limits,
    /// See events and metrics of other processes (`*` for all).
    Observe(Scope),
    /// Answer requests for rights, give rights that one has, and take rights away. The shell's own.
    Grant,
}

impl Capability {
    /// The place that it is about, where it is about files.
    #[must_use]
    pub const fn path_scope(&self) -> Option<&PathScope> {
        match self {
            Capability::ReadFile(scope)
            | Capability::WriteFile(scope)
            | Capability::CreateFile(scope)
            | Capability::DeleteFile(scope)
            | Capability::ListDirectory(scope) => Some(scope),
            _ => None,
        }
    }

    /// What the shell has: everything that a trusted system app has, and the right to give rights.
    #[must_use]
    pub fn of_shell() -> Vec<Capability> {
        let mut all = Capability::all();
        // Only the shell has these: nobody needs them but whoever a person gives them to.
        all.extend([Capability::Ai(u64::MAX), Capability::Ui("*".into()), Capability::Grant]);
        all
    }

    /// What a trusted system app has: everything but the giving of rights.
    #[must_use]
    pub fn all() -> Vec<Capability> {
        let root = || PathScope("/".into());
        let any = || "*".to_owned();
        vec![
            Capability::ReadFile(root()),
            Capability::WriteFile(root()),
            Capability::CreateFile(root()),
            Capability::DeleteFile(root()),
            Capability::ListDirectory(root()),
            Capability::SpawnProcess(vec![any()]),
            Capability::KillProcess,
            Capability::NetworkAccess(["*", "loopback", "private", "link-local"].map(str::to_owned).to_vec()),
            Capability::BindPort(0),
            Capability::NetworkNamespace,
            Capability::NestedSandbox,
            Capability::SystemInfo,
            Capability::TimeAccess,
            Capability::SendMessage(any()),
            Capability::ReceiveMessage(any()),
            Capability::Clipboard("read".into()),
            Capability::Clipboard("write".into()),
            Capability::Notify,
            Capability::Mount,
            Capability::Schedule,
            Capability::Limits,
            Capability::Observe(any()),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_covers_what_lies_beneath_and_no_neighbour() {
        let home = PathScope("/home".into());
        assert!(home.covers("/home") && home.covers("/home/a"));
        assert!(!home.covers("/homework") && !home.covers("/"));
        assert!(PathScope("/".into()).covers("/anything"));
    }
}
