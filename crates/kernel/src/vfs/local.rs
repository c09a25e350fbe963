//! A folder of the host as a file system.
//!
//! [`LocalFs`] holds a descriptor of its root and reaches everything through it ([`beneath`]): no
//! path is ever given to the host as an absolute text, and no symbolic link is followed, so neither
//! `..`, nor a link, nor a folder swapped for one by somebody else at the wrong moment leads out.
//! There is no check before a use: the use itself is what fails.
//!
//! Linux only (`openat2`, `O_PATH`). It refuses to open pipes, devices and sockets, and to wait for
//! any of them. Its names are whatever the host's file system takes; on one that folds case, two
//! spellings are one file.

mod beneath;
mod file;
mod replacement;
mod statx;
mod sweep;
mod watcher;

pub use self::{sweep::Swept, watcher::HostWatcher};

pub(crate) use self::{
    beneath::{Root, link_text},
    replacement::temporary_name,
};
use self::{file::LocalFile, replacement::LocalReplacement};
use super::{
    Access, Detail, Entry, Existing, File, FileSystem, FsError, FsResult, Kind, LinkHop, Listing,
    OpenOptions, Replacement, Space, Stat, VPath,
    filesystem::{check_mode, read_to_end},
    watch::{FolderWatcher, Subscriber},
};
use abi::Errno;
use nix::{
    dir::Dir,
    fcntl::{AtFlags, OFlag, RenameFlags, renameat, renameat2},
    sys::{
        stat::{FchmodatFlags, FileStat, Mode, SFlag, UtimensatFlags, fchmodat, fstatat, mkdirat, utimensat},
        statvfs::fstatvfs,
        time::TimeSpec,
    },
    unistd::{UnlinkatFlags, linkat, symlinkat, unlinkat},
};
use std::{
    os::{
        fd::{AsFd, OwnedFd},
        unix::fs::MetadataExt,
    },
    path::{Path, PathBuf},
    sync::Arc,
    time::SystemTime,
};

/// Longest text of a symbolic link that we make, in bytes.
const MAX_LINK_BYTES: usize = 4095;

/// Permission bits of new files and folders, before the host's umask.
const NEW_FILE: Mode = Mode::from_bits_truncate(0o644);
const NEW_DIRECTORY: Mode = Mode::from_bits_truncate(0o755);

/// A folder of the host.
pub struct LocalFs {
    root: Root,
    host_path: PathBuf,
    access: Access,
    watcher: Option<Arc<HostWatcher>>,
}

impl LocalFs {
    /// Takes an existing folder of the host as root. Links in `host_path` itself are followed, once.
    ///
    /// # Errors
    /// `ENOENT`, `ENOTDIR`, `EACCES` and others of the host.
    pub fn open(host_path: &Path, access: Access) -> FsResult<Self> {
        let root = Root::open(host_path)?;
        Ok(LocalFs { root, host_path: host_path.canonicalize()?, access, watcher: None })
    }

    /// The same, and its folders can be watched.
    #[must_use]
    pub fn watched_by(self, watcher: Arc<HostWatcher>) -> Self {
        LocalFs { watcher: Some(watcher), ..self }
    }

    /// As [`LocalFs::open`], but walks each path one component at a time, as on kernels before 5.6.
    #[cfg(test)]
    pub(super) fn open_stepwise(host_path: &Path, access: Access) -> FsResult<Self> {
        let mut local = Self::open(host_path, access)?;
        local.root.walk_stepwise();
        Ok(local)
    }

    fn open_file(&self, path: &VPath, options: OpenOptions) -> FsResult<LocalFile> {
        if !options.is_valid() {
            return Err(FsError::new(Errno::EINVAL, "cannot be opened with these flags together"));
        }
        if self.access == Access::ReadOnly && (options.writes() || options.truncate) {
            return Err(Errno::EROFS.into());
        }
        let flags = file::host_flags(options);
        let opened = match self.access {
            Access::ReadWrite => self.root.open_at(path, flags, NEW_FILE),
            // Nothing is made here, so "make it if it is missing" can only find it.
            Access::ReadOnly => {
                let found = self.root.open_at(path, flags - OFlag::O_CREAT - OFlag::O_EXCL, Mode::empty());
                match found {
                    Ok(_) if options.exclusive => Err(Errno::EEXIST.into()),
                    Err(why) if options.create && why.errno == Errno::ENOENT => Err(Errno::EROFS.into()),
                    found => found,
                }
            }
        };
        LocalFile::new(opened?, options)
    }

    fn writable(&self) -> FsResult<()> {
        match self.access {
            Access::ReadWrite => Ok(()),
            Access::ReadOnly => Err(Errno::EROFS.into()),
        }
    }
}

impl FileSystem for LocalFs {
    fn kind(&self) -> &'static str {
        "local"
    }

    fn access(&self) -> Access {
        self.access
    }

    fn is_instant(&self) -> bool {
        false
    }

    fn host_path(&self, path: &VPath) -> Option<PathBuf> {
        Some(if path.is_root() { self.host_path.clone() } else { self.host_path.join(path.relative()) })
    }

    fn host_node(&self, path: &VPath) -> FsResult<OwnedFd> {
        self.root.open_at(path, OFlag::O_PATH | OFlag::O_NOFOLLOW, Mode::empty())
    }

    fn space(&self) -> FsResult<Space> {
        let host = fstatvfs(self.root.as_fd())?;
        let unit = host.fragment_size();
        Ok(Space {
            total_bytes: host.blocks().saturating_mul(unit),
            free_bytes: host.blocks_available().saturating_mul(unit),
        })
    }

    fn stat(&self, path: &VPath) -> FsResult<Stat> {
        if let Some((parent, name)) = path.split()
            && parent.is_root()
        {
            // Right in the root there is no way to lead astray: one call instead of three.
            return Ok(statx::stat_in(&self.root.as_fd(), name)?);
        }
        let file = self.root.open_at(path, OFlag::O_PATH | OFlag::O_NOFOLLOW, Mode::empty())?;
        stat_of(&file.into())
    }

    fn list(&self, path: &VPath, limit: usize, detail: Detail) -> FsResult<Listing> {
        let folder = self.root.open_at(path, OFlag::O_RDONLY | OFlag::O_DIRECTORY, Mode::empty())?;
        let names = folder.try_clone()?;
        let mut listing = Listing::default();
        for found in Dir::from_fd(names)?.iter() {
            let found = found?;
            if matches!(found.file_name().to_bytes(), b"." | b"..") {
                continue;
            }
            if listing.entries.len() == limit {
                listing.truncated = true;
                break;
            }
            let kind = found.file_type().map(kind_of_entry);
            let stat = match (detail, kind) {
                (Detail::Names, Some(_)) => None,
                _ => match fstatat(&folder, found.file_name(), AtFlags::AT_SYMLINK_NOFOLLOW) {
                    Ok(host) => Some(to_stat(&host)),
                    Err(nix::Error::ENOENT) => None, // removed while we listed
                    Err(why) => return Err(why.into()),
                },
            };
            let Some(kind) = kind.or(stat.map(|s| s.kind)) else { continue };
            let name = found.file_name().to_string_lossy().into_owned();
            listing.entries.push(Entry { name, kind, stat: stat.filter(|_| detail == Detail::Full) });
        }
        listing.entries.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        Ok(listing)
    }

    fn first_link(&self, path: &VPath) -> FsResult<Option<LinkHop>> {
        self.root.first_link(path)
    }

    fn read_link(&self, path: &VPath) -> FsResult<String> {
        let file = self.root.open_at(path, OFlag::O_PATH | OFlag::O_NOFOLLOW, Mode::empty())?;
        beneath::link_text(file.as_fd())?.ok_or_else(|| FsError::new(Errno::EINVAL, "is no symbolic link"))
    }

    fn open(&self, path: &VPath, options: OpenOptions) -> FsResult<Arc<dyn File>> {
        Ok(Arc::new(self.open_file(path, options)?))
    }

    fn read_all(&self, path: &VPath, max_bytes: u64) -> FsResult<Vec<u8>> {
        let file = self.open_file(path, OpenOptions::READ)?;
        read_to_end(&file, file.opened_len_bytes, max_bytes)
    }

    fn replace(&self, path: &VPath) -> FsResult<Box<dyn Replacement>> {
        self.writable()?;
        let (parent, name) = self.root.parent_of(path, Errno::EISDIR)?;
        Ok(Box::new(LocalReplacement::begin(parent.into_owned()?, name)?))
    }

    fn make_dir(&self, path: &VPath) -> FsResult<()> {
        self.writable()?;
        let (parent, name) = self.root.parent_of(path, Errno::EEXIST)?;
        Ok(mkdirat(parent, name, NEW_DIRECTORY)?)
    }

    fn remove_file(&self, path: &VPath) -> FsResult<()> {
        self.writable()?;
        let (parent, name) = self.root.parent_of(path, Errno::EISDIR)?;
        unlinkat(parent.as_fd(), name, UnlinkatFlags::NoRemoveDir).map_err(|why| match why {
            // POSIX lets a host answer EPERM for a folder; ours is one answer everywhere.
            nix::Error::EPERM if is_directory(parent.as_fd(), name) => Errno::EISDIR.into(),
            why => why.into(),
        })
    }

    fn remove_dir(&self, path: &VPath) -> FsResult<()> {
        self.writable()?;
        let (parent, name) = self.root.parent_of(path, Errno::EBUSY)?;
        unlinkat(parent, name, UnlinkatFlags::RemoveDir).map_err(not_empty)
    }

    fn rename(&self, from: &VPath, to: &VPath, existing: Existing) -> FsResult<()> {
        self.writable()?;
        let (from_parent, from_name) = self.root.parent_of(from, Errno::EBUSY)?;
        let (to_parent, to_name) = self.root.parent_of(to, Errno::EBUSY)?;
        match existing {
            Existing::Replace => renameat(from_parent, from_name, to_parent, to_name).map_err(not_empty),
            Existing::Keep => {
                let flags = RenameFlags::RENAME_NOREPLACE;
                Ok(renameat2(from_parent, from_name, to_parent, to_name, flags)?)
            }
        }
    }

    fn symlink(&self, target: &str, path: &VPath) -> FsResult<()> {
        self.writable()?;
        check_link_text(target)?;
        let (parent, name) = self.root.parent_of(path, Errno::EEXIST)?;
        Ok(symlinkat(target, parent, name)?)
    }

    fn link(&self, from: &VPath, to: &VPath) -> FsResult<()> {
        self.writable()?;
        let (from_parent, from_name) = self.root.parent_of(from, Errno::EPERM)?;
        let (to_parent, to_name) = self.root.parent_of(to, Errno::EEXIST)?;
        Ok(linkat(from_parent, from_name, to_parent, to_name, AtFlags::empty())?)
    }

    fn set_mode(&self, path: &VPath, mode: u32) -> FsResult<()> {
        self.writable()?;
        check_mode(mode)?;
        let (parent, name) = self.root.parent_of(path, Errno::EBUSY)?;
        let mode = Mode::from_bits_truncate(mode);
        fchmodat(parent, name, mode, FchmodatFlags::NoFollowSymlink).map_err(|why| match why {
            // A link has no bits of its own, and the host says so in its own way.
            nix::Error::EOPNOTSUPP => Errno::ELOOP.into(),
            why => why.into(),
        })
    }

    fn set_modified(&self, path: &VPath, modified_millis: i64) -> FsResult<()> {
        self.writable()?;
        let (parent, name) = self.root.parent_of(path, Errno::EBUSY)?;
        let host = fstatat(&parent, name, AtFlags::AT_SYMLINK_NOFOLLOW)?;
        if to_stat(&host).kind == Kind::Symlink {
            return Err(Errno::ELOOP.into());
        }
        let seconds = modified_millis.div_euclid(1000);
        let nanos = modified_millis.rem_euclid(1000) * 1_000_000;
        let modified = TimeSpec::new(seconds, nanos);
        // Whoever puts a link there by now has the time of the link changed, and nothing else.
        Ok(utimensat(parent, name, &TimeSpec::UTIME_OMIT, &modified, UtimensatFlags::NoFollowSymlink)?)
    }

    fn watcher(&self) -> Option<&dyn FolderWatcher> {
        Some(self)
    }

    fn sync(&self, path: &VPath) -> FsResult<()> {
        match self.open_file(path, OpenOptions::READ) {
            Err(why) if why.errno == Errno::EISDIR => {
                let folder = self.root.open_at(path, OFlag::O_RDONLY | OFlag::O_DIRECTORY, Mode::empty())?;
                Ok(std::fs::File::from(folder).sync_all()?)
            }
            opened => opened?.sync(),
        }
    }
}

impl FolderWatcher for LocalFs {
    fn watch(&self, folder: &VPath, subscriber: Arc<Subscriber>) -> FsResult<Box<dyn Send + Sync>> {
        let watcher =
            self.watcher.as_ref().ok_or_else(|| FsError::new(Errno::ENOSYS, "nobody watches this folder"))?;
        let folder = self.root.open_at(folder, OFlag::O_PATH | OFlag::O_DIRECTORY, Mode::empty())?;
        watcher.watch(&folder, subscriber)
    }
}

/// What a text has to be to stand in a symbolic link.
pub(super) fn check_link_text(target: &str) -> FsResult<()> {
    if target.is_empty() {
        return Err(FsError::new(Errno::ENOENT, "a link needs a target"));
    }
    if target.len() > MAX_LINK_BYTES {
        return Err(FsError::new(Errno::ENAMETOOLONG, "the link's target is longer than 4095 bytes"));
    }
    if target.contains('\0') {
        return Err(FsError::new(Errno::EINVAL, "the link's target contains a NUL"));
    }
    Ok(())
}

/// Some hosts answer `EEXIST` for a folder that is not empty.
fn not_empty(why: nix::Error) -> FsError {
    if why == nix::Error::EEXIST { Errno::ENOTEMPTY.into() } else { why.into() }
}

fn is_directory(parent: impl AsFd, name: &str) -> bool {
    fstatat(parent, name, AtFlags::AT_SYMLINK_NOFOLLOW)
        .is_ok_and(|host| to_stat(&host).kind == Kind::Directory)
}

fn kind_of_entry(host: nix::dir::Type) -> Kind {
    match host {
        nix::dir::Type::File => Kind::File,
        nix::dir::Type::Directory => Kind::Directory,
        nix::dir::Type::Symlink => Kind::Symlink,
        _ => Kind::Other,
    }
}

/// The facts about an open file, an `O_PATH` descriptor included; unlike `fstat` it tells when the file
/// was made.
fn stat_of(file: &std::fs::File) -> FsResult<Stat> {
    let host = file.metadata()?;
    let kind = host.file_type();
    let kind = match () {
        () if kind.is_file() => Kind::File,
        () if kind.is_dir() => Kind::Directory,
        () if kind.is_symlink() => Kind::Symlink,
        () => Kind::Other,
    };
    let millis_since_1970 = |time: SystemTime| match time.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(after) => i64::try_from(after.as_millis()).unwrap_or(i64::MAX),
        Err(before) => i64::try_from(before.duration().as_millis()).map_or(i64::MIN, |millis| -millis),
    };
    Ok(Stat {
        kind,
        len_bytes: host.len(),
        modified_millis: host.modified().map_or(0, millis_since_1970),
        created_millis: host.created().ok().map(millis_since_1970),
        inode: host.ino(),
        links: host.nlink(),
        mode: host.mode() & 0o7777,
    })
}

#[allow(clippy::unnecessary_cast)] // the widths of these fields differ between architectures
fn to_stat(host: &FileStat) -> Stat {
    let kind = match SFlag::from_bits_truncate(host.st_mode & SFlag::S_IFMT.bits()) {
        SFlag::S_IFREG => Kind::File,
        SFlag::S_IFDIR => Kind::Directory,
        SFlag::S_IFLNK => Kind::Symlink,
        _ => Kind::Other,
    };
    Stat {
        kind,
        len_bytes: u64::try_from(host.st_size).unwrap_or(0),
        modified_millis: (host.st_mtime as i64)
            .saturating_mul(1000)
            .saturating_add(host.st_mtime_nsec as i64 / 1_000_000),
        created_millis: None,
        inode: host.st_ino as u64,
        links: host.st_nlink as u64,
        mode: host.st_mode as u32 & 0o7777,
    }
}
