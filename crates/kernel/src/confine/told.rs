//! What holds for a program that runs, in the table's words.

use super::NetworkPlace;
use abi::table::{CowKind, LimitTier, NetworkMode, Sandbox, SandboxLevel, SandboxProfile, Sandboxed};
use sandbox::{Enforced, NetworkKind, Tier};
use serde::{Deserialize, Serialize};

/// How a program is to be held; what comes of it is the helper's to say.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Claim {
    /// In normal form.
    pub(crate) asked: Sandbox,
    /// Host rules of the app.
    pub(crate) hosts: Vec<String>,
    /// What of it does not hold in any case, in sentences.
    pub(crate) missing: Vec<String>,
    /// Files that run later by themselves and that it only reads, where it has a view of its own.
    #[serde(default)]
    pub(crate) only_read: Vec<String>,
    /// How changes of folders that are kept apart are held back, in their order.
    #[serde(default)]
    pub(crate) kept_by: Vec<CowKind>,
    /// Its network, to be found again.
    #[serde(default)]
    pub(crate) place: NetworkPlace,
}

/// For a program that nothing holds.
fn open() -> Sandboxed {
    Sandboxed {
        level: SandboxLevel::None,
        profile: SandboxProfile::Standard,
        read: vec!["/".into()],
        write: vec!["/".into()],
        only_read: Vec::new(),
        runs_later: Vec::new(),
        copy_on_write: Vec::new(),
        copy_on_write_by: Vec::new(),
        network: NetworkMode::Shared,
        hosts: Vec::new(),
        namespaces: false,
        landlock_abi: None,
        seccomp: false,
        memory_bytes: None,
        processes: None,
        cpu_percent: None,
        disk_bytes: None,
        limit_tier: LimitTier::Polled,
        missing: Vec::new(),
    }
}

/// For one that was started, with what the helper says holds of it. Where it says nothing, nothing is claimed.
pub(crate) fn told(claim: Option<Claim>, enforced: Option<&Enforced>) -> Sandboxed {
    let (Some(Claim { asked, hosts, mut missing, mut only_read, kept_by, place: _ }), Some(enforced)) =
        (claim, enforced)
    else {
        return open();
    };
    missing.extend(enforced.weaker.iter().cloned());
    if enforced.tier == Tier::NoNamespaces && !only_read.is_empty() {
        // Landlock gives rights to a folder with all that is in it, and takes none away again.
        only_read.clear();
        missing.push("Files that run later by themselves are not held; that takes namespaces.".into());
    }
    let level = match (enforced.tier, asked.profile) {
        (Tier::NoNamespaces, _) => SandboxLevel::Limited,
        (Tier::Namespaces, SandboxProfile::Nested) => SandboxLevel::Nested,
        (Tier::Namespaces, SandboxProfile::Standard) => SandboxLevel::Full,
    };
    Sandboxed {
        level,
        profile: asked.profile,
        read: asked.read,
        write: asked.write,
        only_read,
        runs_later: asked.runs_later,
        copy_on_write: asked.copy_on_write,
        copy_on_write_by: kept_by,
        network: match enforced.network {
            NetworkKind::None => NetworkMode::None,
            NetworkKind::Relay => NetworkMode::Filtered,
            NetworkKind::Private => NetworkMode::Private,
            NetworkKind::Bridged => NetworkMode::Bridged,
            NetworkKind::Shared => NetworkMode::Shared,
        },
        hosts: if enforced.network == NetworkKind::Relay { hosts } else { Vec::new() },
        namespaces: enforced.tier == Tier::Namespaces,
        landlock_abi: enforced.landlock_abi,
        seccomp: enforced.seccomp,
        memory_bytes: asked.memory_bytes,
        processes: asked.processes,
        cpu_percent: asked.cpu_percent,
        disk_bytes: asked.disk_bytes,
        limit_tier: match enforced.limits {
            sandbox::LimitTier::CgroupV2 => LimitTier::CgroupV2,
            sandbox::LimitTier::CgroupV1 => LimitTier::CgroupV1,
            sandbox::LimitTier::Polled => LimitTier::Polled,
        },
        missing,
    }
}
