//! What a program is kept away from: the view of files it gets, its network, what it may use up, and how much of
//! this has to hold. Data only; who enforces it is the helper.
//!
//! With an [`Isolation`] every path of a [`crate::Spec`] but the host side of a [`Bind`] is a path of the *view*: the
//! root that the program sees. It has the host's programs and libraries read-only (`/usr`, `/bin`, `/lib` …), a small
//! `/etc`, private `/proc`, `/dev`, `/tmp`, and the folders that were granted. Nothing else is there.
//!
//! An isolation is checked before anything starts, so the helper only ever gets one that it can carry out.

use crate::Observe;
use serde::{Deserialize, Serialize};
use std::{
    fmt,
    path::{Component, Path, PathBuf},
};

/// Granted folders and files of one program.
const MAX_BINDS: usize = 256;
/// Longest path on either side, bytes; what Linux takes is one more.
const MAX_PATH_BYTES: usize = 4095;
/// Ports of one list.
const MAX_PORTS: usize = 64;
/// Longest `resolv.conf`, bytes.
const MAX_RESOLV_BYTES: usize = 4096;
/// The least memory with which a program starts at all.
const MIN_MEMORY_BYTES: u64 = 4 * 1024 * 1024;
/// Folders that the view makes itself; a grant may lie beneath `/tmp` and `/run` only.
pub(crate) const OWN_FOLDERS: &[&str] =
    &["/proc", "/dev", "/etc", "/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/sys"];

/// What a program is kept away from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Isolation {
    /// Files and folders of the host that are in its view. They may lie in one another; what is deeper wins.
    #[serde(default)]
    pub binds: Vec<Bind>,
    /// What it reaches of the network.
    #[serde(default)]
    pub network: Network,
    /// TCP ports, held by the host beside what [`Network`] says; `None` leaves them free.
    #[serde(default)]
    pub ports: Option<Ports>,
    /// The `resolv.conf` of its view; `None` takes the host's where the network is shared, else an empty one.
    #[serde(default)]
    pub resolv_conf: Option<String>,
    /// How much of the usual protection is left off on purpose.
    #[serde(default)]
    pub profile: Profile,
    /// What it may use up, with everything that it starts.
    #[serde(default)]
    pub quota: Quota,
    /// Which of its calls are told; in a filtered network, anything but nothing also makes connections that it asks of
    /// nobody go through the relay.
    #[serde(default)]
    pub observe: Observe,
    /// When the host gives less than this, the program does not start.
    #[serde(default)]
    pub at_least: Tier,
    /// No more than this is used, whatever the host gives: to try what a program does where there is less.
    #[serde(default)]
    pub at_most: Tier,
}

impl Default for Isolation {
    /// No grants, no network, no quota, namespaces required.
    fn default() -> Self {
        Isolation {
            binds: Vec::new(),
            network: Network::None,
            ports: None,
            resolv_conf: None,
            profile: Profile::Standard,
            quota: Quota::default(),
            observe: Observe::Nothing,
            at_least: Tier::Namespaces,
            at_most: Tier::Namespaces,
        }
    }
}

/// One granted file or folder, with what lies beneath it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bind {
    /// Where it is on the host: absolute, there, and without a link in the path.
    pub host: PathBuf,
    /// Where the program sees it: absolute, without `.` and `..`.
    pub inside: PathBuf,
    /// What the program may do there.
    pub access: Access,
    /// Where its changes go instead; without, they are made where they seem to be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub layers: Option<Layers>,
}

/// Two folders of one file system that keep changes apart from what was granted: the host lays the first over it
/// (overlayfs), and what was granted stays as it is. Nobody else uses them while the program runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Layers {
    /// Takes the changes; what is in it is there for the program. A desktop of root's gives it to the sandbox user.
    pub upper: PathBuf,
    /// The host's own, for what is not finished.
    pub work: PathBuf,
}

impl Bind {
    /// To read.
    #[must_use]
    pub fn read(host: impl Into<PathBuf>, inside: impl Into<PathBuf>) -> Bind {
        Bind { host: host.into(), inside: inside.into(), access: Access::Read, layers: None }
    }

    /// To read and change.
    #[must_use]
    pub fn write(host: impl Into<PathBuf>, inside: impl Into<PathBuf>) -> Bind {
        Bind { host: host.into(), inside: inside.into(), access: Access::Write, layers: None }
    }

    /// To read, and to change in layers over it. It takes namespaces.
    #[must_use]
    pub fn layered(host: impl Into<PathBuf>, inside: impl Into<PathBuf>, layers: Layers) -> Bind {
        Bind { layers: Some(layers), ..Bind::write(host, inside) }
    }
}

/// What may be done with a granted file or folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Access {
    /// Read, list, run.
    Read,
    /// The same, and write, make, rename, remove.
    Write,
}

/// What a program reaches of the network.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Network {
    /// A loopback of its own and nothing else.
    #[default]
    None,
    /// A loopback of its own, on which a relay passes what comes to `port` on to a Unix socket of the host.
    Relay {
        /// On the host, there when the program starts; whoever listens decides what goes out.
        socket: PathBuf,
        /// On 127.0.0.1 inside. Without a network of its own the program gets a free port of the host's loopback instead,
        /// and what its variables say of this one is written anew.
        port: u16,
        /// Ports of 127.0.0.1, first and last, that are the host's for the program as well: a connection that it makes to one
        /// goes to the relay, too.
        #[serde(default)]
        host_ports: Vec<(u16, u16)>,
    },
    /// A network namespace that somebody has made, with a way out through network address translation.
    Private(Joined),
    /// A network namespace that somebody has made, tied to those of other programs.
    Bridged(Joined),
    /// The host's own network.
    Shared,
}

/// A network namespace to join, as files that name it (`/proc/PID/ns/net`, `/run/netns/NAME`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Joined {
    /// The network namespace.
    pub network: PathBuf,
    /// The user namespace that owns it, when an ordinary user is to join it; it is joined first.
    pub user: Option<PathBuf>,
}

/// TCP ports that a program may use, held by Landlock (interface version 4 and up).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ports {
    /// It may connect to these.
    pub connect: Vec<u16>,
    /// It may listen on these.
    pub bind: Vec<u16>,
}

/// How much of the usual protection is left off on purpose.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Profile {
    /// Nothing is.
    #[default]
    Standard,
    /// For programs that bring a sandbox of their own (bubblewrap): it may make user namespaces and mount in them.
    /// Landlock does not hold files then, since it would refuse every mount; view, seccomp's rest and limits hold.
    Nested,
}

/// What a program may use up, with everything that it starts. `None` is no limit of ours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quota {
    /// Memory, bytes.
    pub memory_bytes: Option<u64>,
    /// Processes and threads at one time.
    pub processes: Option<u64>,
    /// Processor time, percent of one processor: 150 is one and a half.
    pub cpu_percent: Option<u64>,
    /// What it may write: `/tmp` and each single file at most this large, bytes; granted folders are watched.
    pub disk_bytes: Option<u64>,
}

/// How much the host can enforce, the least first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tier {
    /// Landlock, seccomp and resource limits, on the host's own view.
    NoNamespaces,
    /// The same within namespaces: a view, processes and a network of its own.
    #[default]
    Namespaces,
}

impl fmt::Display for Tier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Tier::NoNamespaces => "Landlock and seccomp without namespaces",
            Tier::Namespaces => "namespaces",
        })
    }
}

/// Which limits hold a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LimitTier {
    /// Control groups, version 2.
    CgroupV2,
    /// Control groups, version 1.
    CgroupV1,
    /// Resource limits, and use that is looked at several times a second.
    Polled,
}

impl fmt::Display for LimitTier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            LimitTier::CgroupV2 => "control groups, version 2",
            LimitTier::CgroupV1 => "control groups, version 1",
            LimitTier::Polled => "resource limits and polling",
        })
    }
}

/// The kind of a [`Network`], without where it comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NetworkKind {
    /// Loopback only.
    None,
    /// Loopback and a relay.
    Relay,
    /// Behind address translation.
    Private,
    /// With other programs.
    Bridged,
    /// The host's.
    Shared,
}

/// What really holds a program that runs; told by the helper when everything was in place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enforced {
    /// How much.
    pub tier: Tier,
    /// As asked for.
    pub profile: Profile,
    /// It has a user namespace: no capability of it means anything outside.
    pub user_namespace: bool,
    /// The user it is on the host.
    pub host_uid: u32,
    /// The version of Landlock's interface that was used.
    pub landlock_abi: Option<u32>,
    /// Landlock holds files, too, beside what it holds of ports and signals.
    pub landlock_files: bool,
    /// System calls are filtered.
    pub seccomp: bool,
    /// What it reaches of the network.
    pub network: NetworkKind,
    /// Where its relay is: the port that was asked for on a loopback of its own, and a free one on the host's.
    #[serde(default)]
    pub relay_port: Option<u16>,
    /// What holds its limits.
    pub limits: LimitTier,
    /// Which of its calls are told.
    #[serde(default)]
    pub observed: Observe,
    /// What is weaker than asked for, in sentences.
    pub weaker: Vec<String>,
}

impl Network {
    /// Without where it comes from.
    #[must_use]
    pub fn kind(&self) -> NetworkKind {
        match self {
            Network::None => NetworkKind::None,
            Network::Relay { .. } => NetworkKind::Relay,
            Network::Private(_) => NetworkKind::Private,
            Network::Bridged(_) => NetworkKind::Bridged,
            Network::Shared => NetworkKind::Shared,
        }
    }

    /// Where the relay is, on 127.0.0.1 inside.
    pub(crate) fn relay_port(&self) -> Option<u16> {
        match self {
            Network::Relay { port, .. } => Some(*port),
            _ => None,
        }
    }
}

impl Isolation {
    /// Checks every bound.
    ///
    /// # Errors
    /// What is wrong, in words, with the path or number that is meant.
    pub fn check(&self) -> Result<(), String> {
        if self.binds.len() > MAX_BINDS {
            return Err(format!("more than {MAX_BINDS} granted folders"));
        }
        for (index, bind) in self.binds.iter().enumerate() {
            check_path(&bind.host)?;
            check_inside(&bind.inside)?;
            if let Some(Layers { upper, work }) = &bind.layers {
                check_path(upper)?;
                check_path(work)?;
                if bind.access != Access::Write || self.at_least < Tier::Namespaces {
                    return Err(format!(
                        "{} is to be changed in layers, which takes the right to write and namespaces",
                        bind.inside.display()
                    ));
                }
            }
            if self.binds[..index].iter().any(|other| other.inside == bind.inside) {
                return Err(format!("{} is granted twice", bind.inside.display()));
            }
        }
        if self.at_least > self.at_most {
            return Err("more is required than is to be used".into());
        }
        match &self.network {
            Network::Relay { port: 0, .. } => return Err("the relay's port cannot be 0".into()),
            Network::Relay { socket, .. } => check_path(socket)?,
            Network::Private(joined) | Network::Bridged(joined) => {
                check_path(&joined.network)?;
                joined.user.as_deref().map_or(Ok(()), check_path)?;
            }
            Network::None | Network::Shared => {}
        }
        if let Some(ports) = &self.ports
            && ports.connect.len().max(ports.bind.len()) > MAX_PORTS
        {
            return Err(format!("more than {MAX_PORTS} ports"));
        }
        if self.resolv_conf.as_ref().is_some_and(|text| text.len() > MAX_RESOLV_BYTES || text.contains('\0'))
        {
            return Err(format!("resolv.conf is longer than {MAX_RESOLV_BYTES} bytes or no text"));
        }
        self.quota.check()
    }
}

impl Isolation {
    /// Whether changes to a granted folder are kept apart from it.
    pub(crate) fn is_layered(&self) -> bool {
        self.binds.iter().any(|bind| bind.layers.is_some())
    }
}

impl Quota {
    pub(crate) fn check(&self) -> Result<(), String> {
        if self.memory_bytes.is_some_and(|bytes| bytes < MIN_MEMORY_BYTES) {
            return Err(format!("no program starts with less than {MIN_MEMORY_BYTES} bytes of memory"));
        }
        if [self.processes, self.cpu_percent, self.disk_bytes].contains(&Some(0)) {
            return Err("a limit of 0 lets nothing run".into());
        }
        Ok(())
    }
}

/// Absolute, of a length that the host takes, and text that can be sent on.
fn check_path(path: &Path) -> Result<(), String> {
    let text = path.to_str().ok_or_else(|| format!("{} is not valid text", path.display()))?;
    if !text.starts_with('/') || text.contains('\0') || text.len() > MAX_PATH_BYTES {
        return Err(format!("{text:?} is not an absolute path that can be used"));
    }
    Ok(())
}

/// A place in the view that a grant may take.
fn check_inside(path: &Path) -> Result<(), String> {
    check_path(path)?;
    let is_plain = path.components().all(|part| matches!(part, Component::RootDir | Component::Normal(_)));
    let is_written_so = path.components().collect::<PathBuf>().as_os_str() == path.as_os_str();
    if !is_plain || !is_written_so || path == Path::new("/") {
        return Err(format!("{} cannot be a place in a program's view", path.display()));
    }
    match OWN_FOLDERS.iter().find(|own| path.starts_with(own)) {
        Some(own) => Err(format!("{} lies in {own}, which the view makes itself", path.display())),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_carried_out_is_refused() {
        let good = Isolation {
            binds: vec![Bind::write("/data/home", "/home"), Bind::read("/data/home/x", "/home/x")],
            quota: Quota { memory_bytes: Some(1 << 28), ..Quota::default() },
            ..Isolation::default()
        };
        assert_eq!(good.check(), Ok(()));
        let layers = || Some(Layers { upper: "/data/upper".into(), work: "/data/work".into() });
        let layered =
            Isolation { binds: vec![Bind { layers: layers(), ..good.binds[0].clone() }], ..good.clone() };
        assert_eq!(layered.check(), Ok(()));
        for broken in [
            Isolation { at_least: Tier::NoNamespaces, ..layered.clone() },
            Isolation { binds: vec![Bind { layers: layers(), ..good.binds[1].clone() }], ..good.clone() },
        ] {
            assert!(broken.check().is_err(), "{broken:?}");
        }
        let broken: [fn(&mut Isolation); 10] = [
            |it| it.binds[0].inside = "/".into(),
            |it| it.binds[0].inside = "home".into(),
            |it| it.binds[0].inside = "/home/../etc".into(),
            |it| it.binds[0].inside = "/etc/ssl".into(),
            |it| it.binds[0].inside = "/home/".into(),
            |it| it.binds[0].host = "relative".into(),
            |it| it.binds[1].inside = "/home".into(),
            |it| it.network = Network::Relay { socket: "/run/proxy".into(), port: 0, host_ports: Vec::new() },
            |it| it.quota.processes = Some(0),
            |it| it.binds = vec![Bind::read("/a", "/a"); MAX_BINDS + 1],
        ];
        for (index, breaks) in broken.into_iter().enumerate() {
            let mut isolation = good.clone();
            breaks(&mut isolation);
            assert!(isolation.check().is_err(), "{index}");
        }
    }

    #[test]
    fn what_is_not_said_is_the_strictest() {
        let read: Isolation = serde_json::from_str("{}").unwrap();
        assert_eq!(read, Isolation::default());
        assert_eq!((read.network, read.at_least), (Network::None, Tier::Namespaces));
        assert!(Tier::Namespaces > Tier::NoNamespaces);
        assert!(serde_json::from_str::<Isolation>(r#"{"newtork": "none"}"#).is_err());
    }
}
