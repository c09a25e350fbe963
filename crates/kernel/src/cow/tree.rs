//! A folder of the host as runs look at it: by descriptor beneath its root, following no link.
//!
//! Programs that nobody trusts write in such folders, maybe at this moment. Nothing here waits for a pipe, follows a
//! link, or leaves the root; a tree that is deeper or larger than the bounds is cut, and that is said.

use crate::{
    blob::Digest,
    vfs::{FsError, FsResult, Root, VPath, link_text},
};
use abi::Errno;
use nix::{
    dir::Dir,
    fcntl::{AtFlags, OFlag},
    sys::stat::{FileStat, Mode, SFlag, fstat, fstatat},
};
use serde::{Deserialize, Serialize};
use std::{
    fs::File,
    io::Read,
    ops::ControlFlow,
    os::fd::{AsFd, OwnedFd},
    path::{Path, PathBuf},
};

/// Folders within each other that are looked into.
const MAX_DEPTH: usize = 128;
/// Names of one walk.
pub(super) const MAX_NAMES: usize = 250_000;
const CHUNK_BYTES: usize = 256 * 1024;

/// What lies at a path of the host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    File,
    Folder,
    Link,
    /// A character device 0:0, by which overlayfs says that a name is gone.
    Whiteout,
    /// A pipe, socket or device.
    Special,
}

/// By what a change is noticed without reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) struct Stamp {
    pub(super) inode: u64,
    pub(super) len_bytes: u64,
    /// When the content changed last, nanoseconds since the Unix epoch.
    pub(super) modified_nanos: i64,
    /// When anything of it changed last; no program can set that.
    pub(super) changed_nanos: i64,
}

/// Facts about a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Facts {
    pub(super) kind: Kind,
    /// Permission bits, with those that lend rights.
    pub(super) mode: u32,
    pub(super) stamp: Stamp,
    /// Whether it has more than one name, so that what happens to another one changes its stamp.
    pub(super) is_linked: bool,
}

/// What a walk left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct LeftOut {
    /// Names that are no text.
    pub(super) unnamed: u64,
    /// Folders that could not be looked into.
    pub(super) unreadable: u64,
    /// Whether there was more than one walk looks at.
    pub(super) truncated: bool,
}

/// See the module documentation.
pub(super) struct Tree {
    root: Root,
    path: PathBuf,
}

impl Tree {
    /// Opens a folder of the host.
    pub(super) fn open(path: &Path) -> FsResult<Self> {
        Ok(Tree { root: Root::open(path)?, path: path.to_owned() })
    }

    /// A folder that was opened already (`O_PATH` will do), and where it is.
    pub(super) fn of(folder: OwnedFd, path: PathBuf) -> Self {
        Tree { root: Root::of(folder), path }
    }

    /// Where it is, for the host's programs and for what is made by us before anybody else knows of it.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// What lies at a path; nothing, where a folder on the way is missing or something else.
    pub(super) fn facts(&self, at: &VPath) -> FsResult<Option<Facts>> {
        let node = match self.root.open_at(at, OFlag::O_PATH | OFlag::O_NOFOLLOW, Mode::empty()) {
            Ok(node) => node,
            Err(why) if matches!(why.errno, Errno::ENOENT | Errno::ENOTDIR | Errno::ELOOP) => {
                return Ok(None);
            }
            Err(why) => return Err(why),
        };
        Ok(Some(facts(&fstat(&node)?)))
    }

    /// Opens a regular file for reading, and says what it was at that moment.
    pub(super) fn read(&self, at: &VPath) -> FsResult<(File, Facts)> {
        let flags = OFlag::O_RDONLY | OFlag::O_NONBLOCK | OFlag::O_NOFOLLOW;
        let file = File::from(self.root.open_at(at, flags, Mode::empty())?);
        let facts = facts(&fstat(&file)?);
        match facts.kind {
            Kind::File => Ok((file, facts)),
            Kind::Folder => Err(Errno::EISDIR.into()),
            _ => Err(FsError::new(Errno::EINVAL, "is no regular file")),
        }
    }

    /// The text of a link.
    pub(super) fn link(&self, at: &VPath) -> FsResult<String> {
        let node = self.root.open_at(at, OFlag::O_PATH | OFlag::O_NOFOLLOW, Mode::empty())?;
        link_text(node.as_fd())?.ok_or_else(|| FsError::new(Errno::EINVAL, "is no symbolic link"))
    }

    /// The digest of a file's content, and what it was when that was read.
    pub(super) fn digest(&self, at: &VPath) -> FsResult<(Digest, Facts)> {
        let (mut file, facts) = self.read(at)?;
        let mut hasher = blake3::Hasher::new();
        copy_through(&mut file, |chunk| {
            hasher.update(chunk);
            Ok(())
        })?;
        Ok((hasher.finalize().into(), facts))
    }

    /// Whether a folder hides everything beneath it in the layers below (an extended attribute of overlayfs).
    pub(super) fn is_opaque(&self, at: &VPath) -> bool {
        let flags = OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_NOFOLLOW;
        self.root
            .open_at(at, flags, Mode::empty())
            .is_ok_and(|folder| super::overlay::has_opaque_mark(folder.as_fd()))
    }

    /// Visits everything beneath the root, a folder before what lies in it, names in order.
    pub(super) fn walk(
        &self,
        visit: &mut dyn FnMut(&VPath, &Facts) -> FsResult<ControlFlow<()>>,
    ) -> FsResult<LeftOut> {
        let mut left_out = LeftOut::default();
        let mut seen = 0_usize;
        let mut folders = vec![(VPath::root(), 0_usize)];
        while let Some((folder, depth)) = folders.pop() {
            let names = match self.names(&folder, &mut left_out) {
                Ok(names) => names,
                Err(why) if folder.is_root() => return Err(why),
                // It went meanwhile, or cannot be looked into.
                Err(_) => {
                    left_out.unreadable += 1;
                    continue;
                }
            };
            let mut inner = Vec::new();
            for (at, facts) in names {
                seen += 1;
                if seen > MAX_NAMES {
                    left_out.truncated = true;
                    return Ok(left_out);
                }
                if visit(&at, &facts)?.is_break() {
                    left_out.truncated = true;
                    return Ok(left_out);
                }
                if facts.kind == Kind::Folder {
                    if depth + 1 >= MAX_DEPTH {
                        left_out.truncated = true;
                    } else {
                        inner.push((at, depth + 1));
                    }
                }
            }
            folders.extend(inner.into_iter().rev());
        }
        Ok(left_out)
    }

    fn names(&self, folder: &VPath, left_out: &mut LeftOut) -> FsResult<Vec<(VPath, Facts)>> {
        let flags = OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_NOFOLLOW;
        let opened = self.root.open_at(folder, flags, Mode::empty())?;
        let mut listed = Dir::from_fd(opened.try_clone()?)?;
        let mut names = Vec::new();
        for found in listed.iter() {
            let found = found?;
            let name = found.file_name();
            if matches!(name.to_bytes(), b"." | b"..") {
                continue;
            }
            if names.len() > MAX_NAMES {
                break;
            }
            let host = match fstatat(&opened, name, AtFlags::AT_SYMLINK_NOFOLLOW) {
                Ok(host) => host,
                Err(nix::Error::ENOENT) => continue,
                Err(why) => return Err(why.into()),
            };
            match name.to_str().ok().and_then(|name| folder.join(name).ok()) {
                Some(at) => names.push((at, facts(&host))),
                None => left_out.unnamed += 1,
            }
        }
        names.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        Ok(names)
    }
}

/// Hands a file's content on in parts, from where it stands.
pub(super) fn copy_through(file: &mut File, mut take: impl FnMut(&[u8]) -> FsResult<()>) -> FsResult<u64> {
    let mut chunk = vec![0; CHUNK_BYTES];
    let mut total = 0;
    loop {
        match file.read(&mut chunk) {
            Ok(0) => return Ok(total),
            Ok(read) => {
                take(&chunk[..read])?;
                total += read as u64;
            }
            Err(why) if why.kind() == std::io::ErrorKind::Interrupted => {}
            Err(why) => return Err(why.into()),
        }
    }
}

#[allow(clippy::unnecessary_cast, reason = "the widths of these fields differ between architectures")]
fn facts(host: &FileStat) -> Facts {
    let kind = match SFlag::from_bits_truncate(host.st_mode & SFlag::S_IFMT.bits()) {
        SFlag::S_IFREG => Kind::File,
        SFlag::S_IFDIR => Kind::Folder,
        SFlag::S_IFLNK => Kind::Link,
        SFlag::S_IFCHR if host.st_rdev == 0 => Kind::Whiteout,
        _ => Kind::Special,
    };
    let nanos = |seconds: i64, nanos: i64| seconds.saturating_mul(1_000_000_000).saturating_add(nanos);
    Facts {
        kind,
        mode: host.st_mode as u32 & 0o7777,
        is_linked: kind == Kind::File && host.st_nlink > 1,
        stamp: Stamp {
            inode: host.st_ino as u64,
            len_bytes: if kind == Kind::File { u64::try_from(host.st_size).unwrap_or(0) } else { 0 },
            modified_nanos: nanos(host.st_mtime as i64, host.st_mtime_nsec as i64),
            changed_nanos: nanos(host.st_ctime as i64, host.st_ctime_nsec as i64),
        },
    }
}
