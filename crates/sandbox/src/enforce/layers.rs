//! Layers over a granted folder: an overlay of the host takes what the program changes, and the folder stays as it is.
//!
//! ```text
//! upper  a folder of the run, on the host      what the program sees: both as one
//! lower  the granted folder, for reading       (overlayfs, for this program alone)
//! ```
//!
//! The overlay acts on its layers as whoever mounted it: root in a desktop of root's, else the first process of the
//! program's namespaces. So what a program may do is decided by the owners that it sees, in both layers alike: those of
//! the lower one are translated like any grant's, and the upper one is given to the sandbox user.
//!
//! Marks are attributes of the kind that every user can set (`userxattr`). With them overlayfs redirects no folder
//! (renaming one of the lower layer gives `EXDEV`, and programs copy then) and splits no file, so what lies in the upper
//! layer is whole. A mark that the program sets itself is escaped by the host.
//!
//! Layers are named by descriptor, so nothing that a program did to the path in between counts.

use super::{
    grants::without_links,
    mounts::{self, NO_DEVICES, NO_SETUID},
    tree::{folder_of_host, path_of},
    trouble::{During, Tried, Trouble},
    user::HostUser,
};
use crate::{Layers, Stage};
use nix::{
    errno::Errno,
    fcntl::AtFlags,
    mount::{MntFlags, MsFlags, mount, umount2},
    sched::{CloneFlags, unshare},
    unistd::{Gid, Uid, fchownat},
};
use std::{
    ffi::CString,
    os::{
        fd::{AsFd, OwnedFd},
        unix::ffi::OsStrExt,
    },
    path::Path,
};

/// A place for mounts that nobody else sees: overlayfs takes only layers that are mounted somewhere. A desktop of
/// root's is still among the host's mounts here, another one within its own.
pub(super) fn part(user: HostUser) -> Tried<()> {
    if user.is_other {
        unshare(CloneFlags::CLONE_NEWNS).during(Stage::Grants, "mounts of its own")?;
    }
    let none = None::<&str>;
    mount(none, "/", none, MsFlags::MS_PRIVATE | MsFlags::MS_REC, none)
        .during(Stage::Grants, "parting from the host's mounts")
}

/// The overlay, attached nowhere yet. `lower` is what was granted, attached nowhere either.
pub(super) fn lay(layers: &Layers, lower: &OwnedFd, host: &Path, user: HostUser) -> Tried<OwnedFd> {
    let (upper, work) = (without_links(&layers.upper)?, without_links(&layers.work)?);
    if user.is_other {
        let (uid, gid) = (Uid::from_raw(user.uid), Gid::from_raw(user.gid));
        fchownat(&upper, "", Some(uid), Some(gid), AtFlags::AT_EMPTY_PATH)
            .during(Stage::Grants, layers.upper.display())?;
    }
    // Over the root nothing is in anybody's way: a path that begins there passes beneath.
    let root = folder_of_host(Path::new("/")).during(Stage::Grants, "/")?;
    mounts::place(lower, root.as_fd()).during(Stage::Grants, host.display())?;
    let names = [lower, &upper, &work].map(|layer| CString::new(path_of(layer).as_os_str().as_bytes()));
    let [Ok(lower_name), Ok(upper_name), Ok(work_name)] = names else {
        return Err(Trouble::new(Stage::Grants, Errno::EINVAL, host.display()));
    };
    let options = [
        (c"lowerdir", lower_name.as_c_str()),
        (c"upperdir", upper_name.as_c_str()),
        (c"workdir", work_name.as_c_str()),
    ];
    let made = mounts::new_file_system_with(c"overlay", &[c"userxattr"], &options, NO_SETUID | NO_DEVICES);
    // The overlay has its own hold on it; left there, it would lie over the root when that is changed.
    umount2(&path_of(lower), MntFlags::MNT_DETACH).during(Stage::Grants, host.display())?;
    let made = made.map_err(|errno| Trouble::new(Stage::Grants, errno, explain(host, layers, errno)))?;
    mounts::restrict_alone(made.as_fd(), NO_SETUID | NO_DEVICES).during(Stage::Grants, host.display())?;
    Ok(made)
}

fn explain(host: &Path, layers: &Layers, errno: Errno) -> String {
    let why = match errno {
        Errno::ENODEV => "this kernel has no overlayfs (modprobe overlay)",
        Errno::EPERM => "this host lets this user mount no overlay (it needs Linux 5.11)",
        Errno::EINVAL => {
            "the file system of one of them cannot be a layer, as when the changes themselves lie on an overlay"
        }
        _ => "the host refuses",
    };
    format!("an overlay over {}, with changes in {}: {why}", host.display(), layers.upper.display())
}
