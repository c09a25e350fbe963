//! The granted files and folders as mounts, made where the rights to make them are: a desktop of root's makes them
//! before it becomes the sandbox user, another one inside its own namespaces.

use super::{
    layers,
    mounts::{self, NO_DEVICES, NO_SETUID, READ_ONLY},
    trouble::{During, Tried, Trouble},
    user::{HostUser, translation},
};
use crate::{Access, Bind, Isolation, Network, Stage};
use nix::{
    errno::Errno,
    fcntl::{OFlag, OpenHow, ResolveFlag, openat, openat2},
    sys::stat::{FileStat, Mode, fstat},
    unistd::{getegid, geteuid},
};
use std::{
    os::fd::{AsFd, AsRawFd, OwnedFd},
    path::{Path, PathBuf},
};

/// Everything of the host that was granted, attached nowhere yet.
#[derive(Debug, Default)]
pub(super) struct Grants {
    /// With the place in the view; what lies in another comes after it.
    pub(super) mounts: Vec<(PathBuf, OwnedFd)>,
    /// The folder of the relay's socket, and its name there.
    pub(super) relay: Option<(OwnedFd, PathBuf)>,
}

/// Makes the mounts of everything that was granted.
pub(super) fn open(isolation: &Isolation, user: HostUser, mut owners: Owners) -> Tried<Grants> {
    let mut binds: Vec<&Bind> = isolation.binds.iter().collect();
    binds.sort_by_key(|bind| bind.inside.components().count());
    let mut grants = Grants::default();
    if isolation.is_layered() {
        layers::part(user)?;
    }
    for bind in binds {
        let found = without_links(&bind.host)?;
        let mount = match &bind.layers {
            None => mount_of(found, &bind.host, bind.access, (&mut owners, user))?,
            Some(over) => {
                let lower = mount_of(found, &bind.host, Access::Read, (&mut owners, user))?;
                layers::lay(over, &lower, &bind.host, user)?
            }
        };
        grants.mounts.push((bind.inside.clone(), mount));
    }
    if let Network::Relay { socket, .. } = &isolation.network {
        // The folder, since whoever listens may have to make the socket anew.
        let (Some(folder), Some(name)) = (socket.parent(), socket.file_name()) else {
            return Err(Trouble::new(Stage::Network, Errno::EINVAL, socket.display()));
        };
        let flags = OFlag::O_PATH | OFlag::O_CLOEXEC;
        let found = openat(nix::fcntl::AT_FDCWD, folder, flags, Mode::empty());
        let found = found.during(Stage::Network, folder.display())?;
        let mount = mount_of(found, folder, Access::Read, (&mut owners, user))?;
        grants.relay = Some((mount, name.into()));
    }
    Ok(grants)
}

/// What is at a path without a link in it: who granted it looked at the path as it was, and a link that came since
/// would lead elsewhere.
pub(super) fn without_links(host: &Path) -> Tried<OwnedFd> {
    let how = OpenHow::new()
        .flags(OFlag::O_PATH | OFlag::O_CLOEXEC)
        .resolve(ResolveFlag::RESOLVE_NO_SYMLINKS | ResolveFlag::RESOLVE_NO_MAGICLINKS);
    openat2(nix::fcntl::AT_FDCWD, host, how).map_err(|errno| {
        let about = match errno {
            Errno::ELOOP => format!("{}: there is a link in this path; name where it leads", host.display()),
            _ => host.display().to_string(),
        };
        Trouble::new(Stage::Grants, errno, about)
    })
}

fn mount_of(
    found: OwnedFd,
    host: &Path,
    access: Access,
    (owners, user): (&mut Owners, HostUser),
) -> Tried<OwnedFd> {
    let about = || host.display();
    let mount = mounts::copy_tree(found.as_fd(), c"").during(Stage::Grants, about())?;
    let mut attributes = NO_SETUID | NO_DEVICES;
    if access == Access::Read {
        attributes |= READ_ONLY;
    }
    mounts::restrict(mount.as_fd(), attributes).during(Stage::Grants, about())?;
    let stat = fstat(&found).during(Stage::Grants, about())?;
    owners.translate(&mount, &stat, user).map_err(|errno| match errno {
        Errno::EINVAL | Errno::EOPNOTSUPP => Trouble::new(
            Stage::Grants,
            errno,
            format!(
                "{}: its file system cannot translate owners, which a desktop of root's needs for what it grants; \
                 put the data folder on ext4, xfs, btrfs or tmpfs, or run AgentOS as an ordinary user",
                about()
            ),
        ),
        _ => Trouble::new(Stage::Grants, errno, about()),
    })?;
    Ok(mount)
}

/// User namespaces that translate owners into a sandbox user, one for each owner and group.
#[derive(Debug, Default)]
pub(super) struct Owners(Vec<((u32, u32), OwnedFd)>);

impl Owners {
    /// Makes that of the desktop itself, whose folders most grants are.
    pub(super) fn prepare(&mut self, user: HostUser) {
        if user.is_other {
            let own = (geteuid().as_raw(), getegid().as_raw());
            self.0.extend(translation(own, user).ok().map(|made| (own, made)));
        }
    }

    pub(super) fn numbers(&self) -> impl Iterator<Item = i32> {
        self.0.iter().map(|(_, made)| made.as_raw_fd())
    }

    fn translate(&mut self, mount: &OwnedFd, stat: &FileStat, user: HostUser) -> nix::Result<()> {
        let owner = (stat.st_uid, stat.st_gid);
        if !user.is_other || owner.0 == user.uid {
            return Ok(());
        }
        let known = self.0.iter().position(|(of, _)| *of == owner);
        let index = match known {
            Some(index) => index,
            None => {
                self.0.push((owner, translation(owner, user)?));
                self.0.len() - 1
            }
        };
        mounts::translate_owners(mount.as_fd(), self.0[index].1.as_fd())
    }
}
