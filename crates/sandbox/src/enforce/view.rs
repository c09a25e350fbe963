//! What a program sees of files: the host's programs and libraries read-only, an `/etc` of its own, private `/proc`,
//! `/dev` and `/tmp`, and what was granted.

use super::{
    etc,
    grants::Grants,
    mounts::{self, NO_DEVICES, NO_PROGRAMS, NO_SETUID, READ_ONLY},
    tree::{Tree, set_mode},
    trouble::{During, Tried},
};
use crate::{Isolation, Stage, wire::Request};
use std::{
    ffi::CString,
    fs,
    os::fd::{AsFd, OwnedFd},
    path::{Component, Path},
};

/// The host's programs and libraries. On most hosts all but the first are links into it.
const PROGRAMS: &[&str] = &["/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"];
/// The same on hosts that keep them elsewhere.
const STORES: &[&str] = &["/nix/store", "/gnu/store"];
/// Device files that every program may use.
const DEVICES: &[&str] = &["full", "null", "random", "tty", "urandom", "zero"];
/// Space for temporary files where there is no quota, bytes.
const TEMPORARY_BYTES: u64 = 2 * 1024 * 1024 * 1024;
/// Folders that a program may look for and that hold nothing.
const EMPTY: &[&str] = &["/opt", "/run", "/var/lib", "/var/cache", "/srv", "/mnt", "/media"];

/// Builds the view and makes it the root of this process, which is the first of new namespaces.
pub(super) fn enter(request: &Request, isolation: &Isolation, grants: &Grants) -> Tried<()> {
    let none = None::<&str>;
    let private = nix::mount::MsFlags::MS_PRIVATE | nix::mount::MsFlags::MS_REC;
    nix::mount::mount(none, "/", none, private, none)
        .during(Stage::View, "parting from the host's mounts")?;
    let tree = Tree::new()?;
    show_programs(&tree)?;
    etc::fill(&tree, request, isolation)?;
    let proc = mounts::new_file_system(c"proc", &[], NO_SETUID | NO_DEVICES | NO_PROGRAMS);
    let proc = proc.during(
        Stage::View,
        "a /proc of its own; containers that hide parts of theirs do not allow one (docker: --security-opt systempaths=unconfined)",
    )?;
    tree.lay(&proc, Path::new("/proc"))?;
    make_devices(&tree)?;
    make_scratch(&tree, request, isolation)?;
    for path in EMPTY {
        tree.folder(Path::new(path))?;
    }
    tree.link("/var/tmp", Path::new("../tmp"))?;
    tree.link("/var/run", Path::new("../run"))?;
    for (inside, mount) in &grants.mounts {
        tree.lay(mount, inside)?;
    }
    tree.enter()
}

/// Where the host keeps programs and libraries.
pub(super) fn programs() -> impl Iterator<Item = &'static str> {
    PROGRAMS.iter().chain(STORES).copied()
}

/// Device files that every program may use.
pub(super) fn devices() -> impl Iterator<Item = std::path::PathBuf> {
    DEVICES.iter().map(|name| Path::new("/dev").join(name))
}

fn show_programs(tree: &Tree) -> Tried<()> {
    for path in PROGRAMS {
        match fs::read_link(path) {
            // Only into what is shown anyway.
            Ok(target) if Path::new("/").join(&target).starts_with("/usr") => tree.link(path, &target)?,
            Ok(_) => {}
            Err(_) => tree.show(path, path, READ_ONLY | NO_DEVICES)?,
        }
    }
    for path in STORES {
        tree.show(path, path, READ_ONLY | NO_DEVICES)?;
    }
    Ok(())
}

fn make_devices(tree: &Tree) -> Tried<()> {
    for name in DEVICES {
        let path = format!("/dev/{name}");
        tree.show(&path, &path, NO_PROGRAMS)?;
    }
    let options = [(c"ptmxmode", c"0666"), (c"mode", c"0620")];
    let terminals = mounts::new_file_system(c"devpts", &options, NO_SETUID | NO_PROGRAMS);
    tree.lay(&terminals.during(Stage::View, "terminals of its own")?, Path::new("/dev/pts"))?;
    for (name, target) in [
        ("fd", "/proc/self/fd"),
        ("stdin", "/proc/self/fd/0"),
        ("stdout", "/proc/self/fd/1"),
        ("stderr", "/proc/self/fd/2"),
        ("ptmx", "pts/ptmx"),
    ] {
        tree.link(&format!("/dev/{name}"), Path::new(target))?;
    }
    Ok(())
}

/// `/tmp`, `/dev/shm` and a home where none was granted, all of one bounded file system in memory.
fn make_scratch(tree: &Tree, request: &Request, isolation: &Isolation) -> Tried<()> {
    let len_bytes = isolation.quota.disk_bytes.unwrap_or(TEMPORARY_BYTES);
    let size = CString::new(len_bytes.to_string()).unwrap_or_default();
    let options = [(c"size", size.as_c_str()), (c"mode", c"1777")];
    let scratch = mounts::new_file_system(c"tmpfs", &options, NO_SETUID | NO_DEVICES);
    let scratch = scratch.during(Stage::View, "a file system in memory for temporary files")?;
    // Parts of it can be laid elsewhere only once it is in place.
    tree.lay(&scratch, Path::new("/tmp"))?;
    let part = |name: &str, mode: u32| -> Tried<OwnedFd> {
        let folder = tree.folder(&Path::new("/tmp").join(name))?;
        set_mode(&folder, mode)?;
        mounts::copy_tree(folder.as_fd(), c"").during(Stage::View, name)
    };
    let (temporary, memory) = (part("tmp", 0o1777)?, part("shm", 0o1777)?);
    if let Some(home) = own_home(request, isolation) {
        tree.lay(&part("home", 0o755)?, home)?;
    }
    tree.lay(&memory, Path::new("/dev/shm"))?;
    tree.lay(&temporary, Path::new("/tmp"))
}

/// The home that the environment names, when it is in no grant and no place of ours.
fn own_home<'a>(request: &'a Request, isolation: &Isolation) -> Option<&'a Path> {
    let home = request.env.iter().find(|(name, _)| name == "HOME").map(|(_, value)| Path::new(value))?;
    let is_plain = home.is_absolute()
        && home.components().skip(1).all(|part| matches!(part, Component::Normal(_)))
        && home != Path::new("/");
    let is_granted = isolation.binds.iter().any(|bind| home.starts_with(&bind.inside));
    let is_ours = crate::isolation::OWN_FOLDERS.iter().chain(&["/tmp"]).any(|own| home.starts_with(own));
    (is_plain && !is_granted && !is_ours).then_some(home)
}
