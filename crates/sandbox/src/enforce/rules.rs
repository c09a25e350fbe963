//! What Landlock holds: files by path, TCP ports, abstract sockets and signals.
//!
//! Within a view it is the second lock on what may be written, since only what was granted is there at all. Without
//! namespaces it is the first and only one on files. The rules are made when the view is in place: a rule holds for a
//! file system as it is mounted then.

use super::trouble::{Tried, Trouble};
use crate::{Access, Isolation, Network, Profile, Stage, probe_landlock};
use landlock::{
    ABI, Access as _, AccessFs, AccessNet, BitFlags, CompatLevel, Compatible, NetPort, PathBeneath, PathFd,
    Ruleset, RulesetAttr, RulesetCreated, RulesetCreatedAttr, RulesetError, Scope, make_bitflags,
};
use nix::errno::Errno;
use std::path::Path;

/// The newest interface that is used; older ones do as much of it as they know.
const NEWEST: ABI = ABI::V10;
/// From this one on ports are held.
const PORTS_SINCE: u32 = 4;
/// From this one on abstract sockets and signals are held.
const SCOPES_SINCE: u32 = 6;

/// What Landlock holds of a program.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Held {
    pub(super) abi: Option<u32>,
    pub(super) files: bool,
    pub(super) ports: bool,
    pub(super) scopes: bool,
}

/// One path and what may be done beneath it.
pub(super) type PathRule = (std::path::PathBuf, BitFlags<AccessFs>);

/// Files and folders may be read, listed and run.
pub(super) fn read() -> BitFlags<AccessFs> {
    make_bitflags!(AccessFs::{Execute | ReadFile | ReadDir})
}

/// And changed; device files cannot be made.
pub(super) fn write() -> BitFlags<AccessFs> {
    let devices = make_bitflags!(AccessFs::{MakeChar | MakeBlock | IoctlDev | ResolveUnix});
    AccessFs::from_all(NEWEST) & !devices
}

/// A device file that everybody may use.
pub(super) fn device() -> BitFlags<AccessFs> {
    make_bitflags!(AccessFs::{ReadFile | WriteFile | Truncate | IoctlDev | ReadDir})
}

/// What was granted.
pub(super) fn granted(access: Access) -> BitFlags<AccessFs> {
    match access {
        Access::Read => read(),
        Access::Write => write(),
    }
}

/// Paths of a view: all of it may be read, since nothing else is there.
pub(super) fn of_view(isolation: &Isolation) -> Vec<PathRule> {
    let sockets: BitFlags<AccessFs> = AccessFs::ResolveUnix.into();
    let devices = make_bitflags!(AccessFs::{WriteFile | Truncate | IoctlDev});
    let mut rules = vec![
        ("/".into(), read() | sockets),
        ("/tmp".into(), write()),
        ("/dev".into(), devices),
        ("/dev/shm".into(), write()),
        // Its own processes' knobs; the host decides about each.
        ("/proc".into(), make_bitflags!(AccessFs::{WriteFile | Truncate})),
    ];
    let writable = isolation.binds.iter().filter(|bind| bind.access == Access::Write);
    rules.extend(writable.map(|bind| (bind.inside.clone(), write())));
    rules
}

/// Holds this process and everything that it starts. `ports_only` are the TCP ports when they are held at all.
pub(super) fn apply(isolation: &Isolation, paths: &[PathRule], ports: Option<&crate::Ports>) -> Tried<Held> {
    let Some(abi) = probe_landlock() else { return Ok(Held::default()) };
    let files = isolation.profile == Profile::Standard;
    let held = Held {
        abi: Some(abi),
        files,
        ports: ports.is_some() && abi >= PORTS_SINCE,
        scopes: abi >= SCOPES_SINCE,
    };
    if !files && !held.ports && !held.scopes {
        return Ok(Held { abi: None, ..held });
    }
    let trouble = |why: RulesetError| Trouble::new(Stage::Landlock, Errno::last(), why);
    let mut ruleset = Ruleset::default().set_compatibility(CompatLevel::BestEffort);
    if files {
        ruleset = ruleset.handle_access(AccessFs::from_all(NEWEST)).map_err(trouble)?;
    }
    if held.ports {
        ruleset = ruleset.handle_access(AccessNet::from_all(NEWEST)).map_err(trouble)?;
    }
    if held.scopes {
        ruleset = ruleset.scope(Scope::from_all(NEWEST)).map_err(trouble)?;
    }
    let mut created = ruleset.create().map_err(trouble)?;
    if files {
        for (path, access) in paths {
            created = allow(created, path, *access)?;
        }
    }
    if let Some(ports) = ports.filter(|_| held.ports) {
        for (list, access) in [(&ports.connect, AccessNet::ConnectTcp), (&ports.bind, AccessNet::BindTcp)] {
            for port in list {
                created = created.add_rule(NetPort::new(*port, access)).map_err(trouble)?;
            }
        }
    }
    created.restrict_self().map_err(trouble)?;
    Ok(held)
}

/// A path that is not there needs no rule.
fn allow(ruleset: RulesetCreated, path: &Path, access: BitFlags<AccessFs>) -> Tried<RulesetCreated> {
    let Ok(fd) = PathFd::new(path) else { return Ok(ruleset) };
    let is_folder = path.is_dir();
    let access = if is_folder { access } else { access & AccessFs::from_file(NEWEST) };
    let trouble = |why: RulesetError| {
        Trouble::new(Stage::Landlock, Errno::last(), format!("{}: {why}", path.display()))
    };
    ruleset.add_rule(PathBeneath::new(fd, access)).map_err(trouble)
}

/// The ports that are held: those that were named, and on the host's own network nothing but the relay.
pub(super) fn ports(isolation: &Isolation, has_own_network: bool) -> Option<crate::Ports> {
    let relay = match &isolation.network {
        Network::Relay { port, .. } => Some(*port),
        _ => None,
    };
    match (&isolation.ports, has_own_network || isolation.network == Network::Shared) {
        (Some(named), _) => {
            let mut ports = named.clone();
            ports.connect.extend(relay);
            Some(ports)
        }
        (None, true) => None,
        (None, false) => Some(crate::Ports { connect: relay.into_iter().collect(), bind: Vec::new() }),
    }
}
