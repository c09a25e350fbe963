//! Where Unix sockets lie: a file of a mounted folder of the host, or a name in a folder of our own.
//!
//! The host takes paths only, and a path can be swapped for another between the gate's look and the
//! host's. So it is given a path through a descriptor (`/proc/self/fd/…`): of the folder for binding,
//! which follows no link at the end, and of the socket itself for connecting.

use super::host::host_error;
use crate::sync::lock;
use abi::{Errno, SysError, SysResult, table::SocketName};
use nix::{
    fcntl::{AtFlags, OFlag, open},
    sys::{
        socket::UnixAddr,
        stat::{Mode, fstatat},
    },
    unistd::{UnlinkatFlags, unlinkat},
};
use std::{
    fs, io,
    os::{
        fd::{AsRawFd, OwnedFd},
        unix::fs::DirBuilderExt,
    },
    path::PathBuf,
    sync::{Arc, Mutex},
};

/// Longest name of a socket, bytes. The host's paths have room for 108.
const MAX_NAME_BYTES: usize = 76;

/// The folder of socket names, in the data folder, which belongs to one kernel at a time.
pub(crate) struct NameFolder {
    path: PathBuf,
    folder: Mutex<Option<Arc<OwnedFd>>>,
}

impl NameFolder {
    pub(crate) fn new(path: PathBuf) -> Self {
        NameFolder { path, folder: Mutex::new(None) }
    }

    /// The folder; at its first use it is made, and what an earlier kernel left behind goes.
    fn folder(&self) -> SysResult<Arc<OwnedFd>> {
        let mut folder = lock(&self.folder);
        if let Some(folder) = &*folder {
            return Ok(folder.clone());
        }
        let failed = |why: &io::Error| host_error("the folder of socket names", why);
        match fs::DirBuilder::new().mode(0o700).create(&self.path) {
            Err(why) if why.kind() != io::ErrorKind::AlreadyExists => return Err(failed(&why)),
            _ => {}
        }
        for entry in fs::read_dir(&self.path).map_err(|why| failed(&why))?.flatten() {
            // What cannot be removed makes the bind of that name say that it is in use.
            let _ = fs::remove_file(entry.path());
        }
        let flags = OFlag::O_PATH | OFlag::O_DIRECTORY | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
        let opened = open(&self.path, flags, Mode::empty()).map_err(|why| failed(&why.into()))?;
        let opened = Arc::new(opened);
        *folder = Some(opened.clone());
        Ok(opened)
    }

    /// Where a name lies.
    pub(crate) fn place(&self, name: &SocketName) -> SysResult<Place> {
        check_name(&name.name)?;
        Ok(Place::In { folder: self.folder()?, name: name.name.clone() })
    }
}

fn check_name(name: &str) -> SysResult<()> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    if (1..=MAX_NAME_BYTES).contains(&name.len()) && name.bytes().all(is_plain) && !name.starts_with('.') {
        return Ok(());
    }
    let shown = crate::text::cut(name, 100);
    Err(SysError::new(
        Errno::EINVAL,
        format!(
            "{shown:?} is no name of a socket: 1 to {MAX_NAME_BYTES} letters, digits, dots, dashes and underscores"
        ),
    ))
}

/// Where a Unix socket lies on the host.
pub(crate) enum Place {
    /// Under a name in a folder.
    In { folder: Arc<OwnedFd>, name: String },
    /// The socket's file itself.
    Node(OwnedFd),
}

impl Place {
    /// Its address as the host takes it; good while `self` is there.
    pub(super) fn address(&self) -> SysResult<UnixAddr> {
        let (path, name) = match self {
            Place::In { folder, name } => {
                (format!("/proc/self/fd/{}/{name}", folder.as_raw_fd()), name.as_str())
            }
            Place::Node(node) => (format!("/proc/self/fd/{}", node.as_raw_fd()), "socket"),
        };
        UnixAddr::new(path.as_str()).map_err(|why| match why {
            nix::Error::ENAMETOOLONG => {
                SysError::new(Errno::ENAMETOOLONG, format!("{name}: too long for a socket's file"))
            }
            why => host_error(name, &why.into()),
        })
    }
}

/// A socket's file that is there because of a bind.
pub(super) struct BoundFile {
    folder: Arc<OwnedFd>,
    name: String,
    /// Device and inode, so that nothing else is removed that got its name meanwhile.
    identity: (u64, u64),
}

impl BoundFile {
    pub(super) fn of(place: &Place) -> Option<Self> {
        let Place::In { folder, name } = place else { return None };
        let identity = identity(folder, name)?;
        Some(BoundFile { folder: folder.clone(), name: name.clone(), identity })
    }

    /// Takes the file away, if it is still the same.
    pub(super) fn remove(self) {
        if identity(&self.folder, &self.name) == Some(self.identity)
            && let Err(why) = unlinkat(&*self.folder, self.name.as_str(), UnlinkatFlags::NoRemoveDir)
        {
            tracing::debug!(name = self.name, %why, "a socket's file stayed behind");
        }
    }
}

fn identity(folder: &OwnedFd, name: &str) -> Option<(u64, u64)> {
    let found = fstatat(folder, name, AtFlags::AT_SYMLINK_NOFOLLOW).ok()?;
    Some((found.st_dev, found.st_ino))
}
