//! The root that a program is to see while it is being built: a small file system in memory, in which folders, files
//! and links are made and other mounts are laid.
//!
//! Every path is walked beneath the root without following a link, so what a program has left in a granted folder
//! cannot lead a later mount to another place.
//!
//! **Invariant**: a folder that was walked to is kept open and walked from again, until something is laid over it or
//! over a folder around it.

use super::{
    mounts::{self, NO_DEVICES, NO_SETUID, READ_ONLY},
    trouble::{During, Tried, Trouble},
};
use crate::Stage;
use nix::{
    errno::Errno,
    fcntl::{OFlag, OpenHow, ResolveFlag, openat, openat2},
    sys::stat::{Mode, SFlag, fchmod, fstat, mkdirat},
    unistd::symlinkat,
};
use std::{
    cell::RefCell,
    ffi::OsStr,
    fs::File,
    io::Write,
    os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd},
    path::{Path, PathBuf},
    rc::Rc,
};

/// The root holds folders, links and small files only.
const ROOT_BYTES: &std::ffi::CStr = c"16m";
const FOLDER_MODE: u32 = 0o755;

/// The root that is being built.
#[derive(Debug)]
pub(super) struct Tree {
    root: Rc<OwnedFd>,
    /// Folders that were walked to, by path.
    known: RefCell<Vec<(PathBuf, Rc<OwnedFd>)>>,
}

/// Folders that are kept open; further ones are walked to each time.
const MAX_KNOWN: usize = 64;

impl Tree {
    /// An empty root, laid over a folder of the host where this process alone sees it.
    pub(super) fn new() -> Tried<Tree> {
        let options = [(c"size", ROOT_BYTES), (c"mode", c"755")];
        let made = mounts::new_file_system(c"tmpfs", &options, NO_SETUID | NO_DEVICES);
        let root = made.during(Stage::View, "a file system in memory for the root")?;
        let over = ["/tmp", "/"].into_iter().find_map(|path| folder_of_host(Path::new(path)).ok());
        let over = over.ok_or_else(|| Trouble::new(Stage::View, Errno::ENOENT, "/tmp"))?;
        mounts::place(&root, over.as_fd()).during(Stage::View, "placing the root")?;
        Ok(Tree { root: Rc::new(root), known: RefCell::default() })
    }

    /// A folder, made with those above it where it is not there.
    pub(super) fn folder(&self, path: &Path) -> Tried<Rc<OwnedFd>> {
        let (Some(above), Some(name)) = (path.parent(), path.file_name()) else {
            return Ok(self.root.clone());
        };
        if let Some((_, known)) = self.known.borrow().iter().find(|(known, _)| known == path) {
            return Ok(known.clone());
        }
        let above = self.folder(above)?;
        let trouble = |errno| Trouble::new(Stage::View, errno, explain(path, errno));
        let flags = OFlag::O_PATH | OFlag::O_DIRECTORY;
        let folder = match walk(&above, name, flags) {
            Err(Errno::ENOENT) => {
                mkdirat(&*above, name, Mode::from_bits_retain(FOLDER_MODE)).map_err(trouble)?;
                walk(&above, name, flags)
            }
            found => found,
        };
        let folder = Rc::new(folder.map_err(trouble)?);
        let mut known = self.known.borrow_mut();
        if known.len() < MAX_KNOWN {
            known.push((path.to_owned(), folder.clone()));
        }
        Ok(folder)
    }

    /// Where something can be laid over: made as a folder or an empty file where it is not there.
    fn place_for(&self, path: &Path, is_folder: bool) -> Tried<Rc<OwnedFd>> {
        if is_folder {
            return self.folder(path);
        }
        let (folder, name) = self.above(path)?;
        let trouble = |errno| Trouble::new(Stage::View, errno, explain(path, errno));
        // Most are not there yet. A file that was just made is as good a place as one that is only named.
        let flags = OFlag::O_CREAT | OFlag::O_EXCL | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
        match openat(&*folder, name, flags, Mode::from_bits_retain(0o644)) {
            Err(Errno::EEXIST) => walk(&folder, name, OFlag::O_PATH),
            made => made,
        }
        .map(Rc::new)
        .map_err(trouble)
    }

    fn above<'a>(&self, path: &'a Path) -> Tried<(Rc<OwnedFd>, &'a OsStr)> {
        match (path.parent(), path.file_name()) {
            (Some(above), Some(name)) => Ok((self.folder(above)?, name)),
            _ => Err(Trouble::new(Stage::View, Errno::EINVAL, path.display())),
        }
    }

    /// A small file.
    pub(super) fn file(&self, path: &str, content: &[u8]) -> Tried<()> {
        let (folder, name) = self.above(Path::new(path))?;
        let flags = OFlag::O_CREAT | OFlag::O_EXCL | OFlag::O_WRONLY | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
        let made = openat(&*folder, name, flags, Mode::from_bits_retain(0o644));
        File::from(made.during(Stage::View, path)?).write_all(content).during(Stage::View, path)
    }

    /// A symbolic link.
    pub(super) fn link(&self, path: &str, target: &Path) -> Tried<()> {
        let (folder, name) = self.above(Path::new(path))?;
        symlinkat(target, &*folder, name).during(Stage::View, path)
    }

    /// Lays a mount over a path, which is made where it is not there.
    pub(super) fn lay(&self, mount: &OwnedFd, path: &Path) -> Tried<()> {
        let is_folder = is_folder(mount).during(Stage::View, path.display())?;
        let over = self.place_for(path, is_folder)?;
        mounts::place(mount, over.as_fd()).during(Stage::View, path.display())?;
        self.known.borrow_mut().retain(|(known, _)| !known.starts_with(path));
        Ok(())
    }

    /// Lays a file or folder of the host's over the same or another path, for reading only; nothing happens where
    /// the host does not have it. The host's path is ours, not a caller's, and its links are followed.
    pub(super) fn show(&self, host: &str, inside: &str, attributes: u64) -> Tried<()> {
        let c_path =
            std::ffi::CString::new(host).map_err(|_| Trouble::new(Stage::View, Errno::EINVAL, host))?;
        let mount = match mounts::copy_tree(at_root(), &c_path) {
            Err(Errno::ENOENT | Errno::EACCES) => return Ok(()),
            mount => mount.during(Stage::View, host)?,
        };
        mounts::restrict(mount.as_fd(), attributes | NO_SETUID).during(Stage::View, host)?;
        self.lay(&mount, Path::new(inside))
    }

    /// Makes this the root of the process, and takes everything else away.
    pub(super) fn enter(self) -> Tried<()> {
        mounts::restrict_alone(self.root.as_fd(), READ_ONLY).during(Stage::View, "/")?;
        nix::unistd::fchdir(&*self.root).during(Stage::View, "/")?;
        // The old root comes to lie over the new one, and is taken off.
        nix::unistd::pivot_root(".", ".").during(Stage::View, "changing the root")?;
        nix::mount::umount2(".", nix::mount::MntFlags::MNT_DETACH)
            .during(Stage::View, "leaving the old root")?;
        nix::unistd::chdir("/").during(Stage::View, "/")
    }
}

/// Sets the permissions of a folder that was made here.
pub(super) fn set_mode(folder: &OwnedFd, mode: u32) -> Tried<()> {
    // A descriptor that only names something cannot change it, its path can.
    let opened = openat(folder, ".", OFlag::O_DIRECTORY | OFlag::O_CLOEXEC, Mode::empty());
    fchmod(opened.during(Stage::View, "permissions")?, Mode::from_bits_retain(mode))
        .during(Stage::View, "permissions")
}

/// Where relative paths begin; ours are absolute.
fn at_root() -> BorrowedFd<'static> {
    nix::fcntl::AT_FDCWD
}

/// One step, never through a link.
fn walk(folder: &OwnedFd, name: &OsStr, flags: OFlag) -> nix::Result<OwnedFd> {
    let how = OpenHow::new()
        .flags(flags | OFlag::O_CLOEXEC)
        .resolve(ResolveFlag::RESOLVE_BENEATH | ResolveFlag::RESOLVE_NO_SYMLINKS);
    openat2(folder, name, how)
}

/// A folder of the host, by whatever links lead there.
pub(super) fn folder_of_host(path: &Path) -> nix::Result<OwnedFd> {
    let flags = OFlag::O_PATH | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC;
    openat(at_root(), path, flags, Mode::empty())
}

pub(super) fn is_folder(fd: &OwnedFd) -> nix::Result<bool> {
    Ok(SFlag::from_bits_truncate(fstat(fd)?.st_mode) & SFlag::S_IFMT == SFlag::S_IFDIR)
}

/// The name of an open descriptor, for calls that want a path.
pub(super) fn path_of(fd: &OwnedFd) -> PathBuf {
    format!("/proc/self/fd/{}", fd.as_raw_fd()).into()
}

fn explain(path: &Path, errno: Errno) -> String {
    let path = path.display();
    match errno {
        Errno::ELOOP => format!("{path} is a link, and nothing can be laid over a link"),
        Errno::ENOTDIR => format!("{path} is a file where a folder is needed"),
        Errno::EROFS | Errno::EACCES | Errno::EPERM => {
            format!(
                "{path} is not there and cannot be made, since what is around it was granted for reading only"
            )
        }
        _ => path.to_string(),
    }
}
