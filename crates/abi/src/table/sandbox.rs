//! What a program of the host can reach and use: as it is asked for, and as it then holds.
//!
//! Paths are those of the program's *view*: beneath `/home`, `/apps` and `/mnt` they are the virtual file system's,
//! everything else is the host's.

use super::CowKind;
use serde::{Deserialize, Serialize};

/// What a program may reach and use; what is not named it does not get.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Sandbox {
    /// Folders and files that it reads, at most 64. The programs and libraries of the host are there in any case.
    pub read: Vec<String>,
    /// Folders and files that it reads and writes, at most 64.
    pub write: Vec<String>,
    /// How it reaches the network.
    pub network: NetworkMode,
    /// Which kind of programs this is for.
    pub profile: SandboxProfile,
    /// Memory of the whole tree, bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory_bytes: Option<u64>,
    /// Processes and threads of the whole tree.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub processes: Option<u64>,
    /// Processor time of the whole tree, 100 for one core.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cpu_percent: Option<u64>,
    /// What it may write to files of its own, bytes: `/tmp` and what is not granted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disk_bytes: Option<u64>,
    /// Whether it starts only where the host gives it namespaces of its own.
    pub required: bool,
    /// Folders beneath those it writes whose changes are kept apart until somebody applies them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub copy_on_write: Vec<String>,
    /// Files that run later by themselves and that it may change all the same, as [`crate::later`] names their places;
    /// `*` for all. Others that are there at its start it only reads.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub runs_later: Vec<String>,
    /// Ports of this machine that lead to ports of the program.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub forward: Vec<PortForward>,
    /// Servers that its names are asked from, in a network of its own.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub dns: Vec<String>,
}

/// How a program reaches the network.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NetworkMode {
    /// Not at all; a loopback of its own.
    #[default]
    None,
    /// By the host rules of its app, through a proxy that asks the gate about each connection.
    Filtered,
    /// A network of its own behind address translation.
    Private,
    /// A network that it shares with other programs of the desktop.
    Bridged,
    /// The host's own.
    Shared,
}

/// Which kind of programs a sandbox is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SandboxProfile {
    /// All but those that make sandboxes themselves.
    #[default]
    Standard,
    /// Those that do: they may make namespaces and mount in them.
    Nested,
}

/// A port of this machine that leads to a port of the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PortForward {
    /// On 127.0.0.1 of this machine.
    pub host: u16,
    /// In the program's network.
    pub program: u16,
}

/// How much of a sandbox a program is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SandboxLevel {
    /// It can do what its user can do.
    None,
    /// Rules of the host's kernel hold, and it sees the host's folders and processes.
    Limited,
    /// The same, and it may make sandboxes of its own.
    Nested,
    /// It has a view, processes and a network of its own.
    Full,
}

/// What counts the use of a whole tree.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LimitTier {
    /// Control groups, version 2.
    CgroupV2,
    /// Control groups, version 1.
    CgroupV1,
    /// Limits of single processes, and looking again and again.
    #[default]
    Polled,
}

/// What holds for a program, as found out when it was started.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sandboxed {
    /// In one word.
    pub level: SandboxLevel,
    /// Which kind of programs it is for.
    pub profile: SandboxProfile,
    /// What it reads, beside the programs and libraries of the host.
    pub read: Vec<String>,
    /// What it reads and writes.
    pub write: Vec<String>,
    /// Files in them that run later by themselves, which it only reads.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub only_read: Vec<String>,
    /// Places of such files that it may change, since it asked for them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub runs_later: Vec<String>,
    /// Folders whose changes are kept apart.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub copy_on_write: Vec<String>,
    /// How changes of folders that are kept apart are held back, for each of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub copy_on_write_by: Vec<CowKind>,
    /// How it reaches the network.
    pub network: NetworkMode,
    /// Host rules for `filtered`, as its app had them at the start.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hosts: Vec<String>,
    /// Whether it has users, mounts, processes and a host name of its own.
    pub namespaces: bool,
    /// Version of the host's rules about files and ports that hold for it.
    pub landlock_abi: Option<u32>,
    /// Whether its system calls are filtered.
    pub seccomp: bool,
    /// Memory of the whole tree, bytes.
    pub memory_bytes: Option<u64>,
    /// Processes and threads of the whole tree.
    pub processes: Option<u64>,
    /// Processor time of the whole tree, 100 for one core.
    pub cpu_percent: Option<u64>,
    /// What it may write to files of its own, bytes.
    pub disk_bytes: Option<u64>,
    /// What counts.
    pub limit_tier: LimitTier,
    /// What was asked for and does not hold, in sentences.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<String>,
}
