//! `/proc`: files that the kernel generates when somebody opens them.
//!
//! The kernel implements [`ProcSource`] and [`ProcFs`] turns it into a read-only file system. A file
//! is generated once, when it is opened, and every read of that handle sees that one moment. Sizes
//! are unknown before that and shown as 0, as Linux does. There are no links in here.

use super::{
    Access, Detail, Entry, Existing, File, FileSystem, FsError, FsResult, Kind, LinkHop, Listing,
    OpenOptions, Replacement, Space, Stat, VPath, mem::WallClock,
};
use abi::Errno;
use std::{
    hash::{DefaultHasher, Hash, Hasher},
    sync::Arc,
};

/// Longest generated file, in bytes; a longer one is `EFBIG`.
pub const MAX_GENERATED_BYTES: usize = 16 << 20;

/// Who knows what is in `/proc`. Paths come as their components: `&["processes", "7", "status"]`;
/// the root as an empty slice. Called without any lock of the file system held.
pub trait ProcSource: Send + Sync {
    /// What is there: [`Kind::Directory`], [`Kind::File`] or nothing. Asked often, so it must not
    /// generate anything.
    fn kind(&self, path: &[&str]) -> Option<Kind>;

    /// The names in a folder, in any order; nothing when there is no such folder.
    fn entries(&self, path: &[&str]) -> Option<Vec<(String, Kind)>>;

    /// The content of a file; nothing when there is no such file.
    fn read(&self, path: &[&str]) -> Option<Vec<u8>>;
}

/// A generated, read-only file system.
pub struct ProcFs {
    source: Arc<dyn ProcSource>,
    clock: WallClock,
}

impl ProcFs {
    /// A file system of what `source` says.
    #[must_use]
    pub fn new(source: Arc<dyn ProcSource>, clock: WallClock) -> Self {
        ProcFs { source, clock }
    }

    /// The kind of what the path names, with POSIX's answer where it names nothing.
    fn find(&self, components: &[&str]) -> FsResult<Kind> {
        if components.is_empty() {
            return Ok(Kind::Directory);
        }
        if let Some(kind) = self.source.kind(components) {
            return Ok(kind);
        }
        for end in 1..components.len() {
            match self.source.kind(&components[..end]) {
                Some(Kind::Directory) => {}
                Some(_) => return Err(Errno::ENOTDIR.into()),
                None => break,
            }
        }
        Err(Errno::ENOENT.into())
    }

    fn stat_of(&self, components: &[&str], kind: Kind, len_bytes: u64) -> Stat {
        let mut hasher = DefaultHasher::new();
        components.hash(&mut hasher);
        let (links, mode) = if kind == Kind::Directory { (1, 0o555) } else { (1, 0o444) };
        let modified_millis = (self.clock)();
        let inode = hasher.finish();
        Stat { kind, len_bytes, modified_millis, created_millis: None, inode, links, mode }
    }
}

fn split(path: &VPath) -> Vec<&str> {
    path.components().collect()
}

fn read_only<T>() -> FsResult<T> {
    Err(FsError::new(Errno::EROFS, "what the kernel says about itself cannot be changed here"))
}

impl FileSystem for ProcFs {
    fn kind(&self) -> &'static str {
        "proc"
    }

    fn access(&self) -> Access {
        Access::ReadOnly
    }

    fn is_instant(&self) -> bool {
        true
    }

    fn space(&self) -> FsResult<Space> {
        Ok(Space { total_bytes: 0, free_bytes: 0 })
    }

    fn stat(&self, path: &VPath) -> FsResult<Stat> {
        let components = split(path);
        let kind = self.find(&components)?;
        Ok(self.stat_of(&components, kind, 0))
    }

    fn list(&self, path: &VPath, limit: usize, detail: Detail) -> FsResult<Listing> {
        let components = split(path);
        if self.find(&components)? != Kind::Directory {
            return Err(Errno::ENOTDIR.into());
        }
        let mut names = self.source.entries(&components).ok_or(Errno::ENOENT)?;
        names.sort_unstable();
        let mut listing = Listing { entries: Vec::new(), truncated: names.len() > limit };
        for (name, kind) in names.into_iter().take(limit) {
            let stat = match detail {
                Detail::Names => None,
                Detail::Full => {
                    let of_name: Vec<&str> = components.iter().copied().chain([name.as_str()]).collect();
                    Some(self.stat_of(&of_name, kind, 0))
                }
            };
            listing.entries.push(Entry { name, kind, stat });
        }
        Ok(listing)
    }

    fn first_link(&self, _: &VPath) -> FsResult<Option<LinkHop>> {
        Ok(None)
    }

    fn read_link(&self, path: &VPath) -> FsResult<String> {
        self.find(&split(path))?;
        Err(FsError::new(Errno::EINVAL, "is no symbolic link"))
    }

    fn open(&self, path: &VPath, options: OpenOptions) -> FsResult<Arc<dyn File>> {
        if !options.is_valid() {
            return Err(FsError::new(Errno::EINVAL, "cannot be opened with these flags together"));
        }
        let components = split(path);
        match self.find(&components) {
            Ok(_) if options.exclusive => return Err(Errno::EEXIST.into()),
            Ok(Kind::Directory) => return Err(Errno::EISDIR.into()),
            Ok(_) if options.writes() => return read_only(),
            Ok(_) => {}
            Err(why) if options.create && why.errno == Errno::ENOENT => return read_only(),
            Err(why) => return Err(why),
        }
        let content = self.source.read(&components).ok_or(Errno::ENOENT)?;
        if content.len() > MAX_GENERATED_BYTES {
            return Err(FsError::new(Errno::EFBIG, "is longer than a generated file may be"));
        }
        let stat = self.stat_of(&components, Kind::File, content.len() as u64);
        Ok(Arc::new(Generated { content, stat }))
    }

    fn replace(&self, _: &VPath) -> FsResult<Box<dyn Replacement>> {
        read_only()
    }

    fn make_dir(&self, _: &VPath) -> FsResult<()> {
        read_only()
    }

    fn remove_file(&self, _: &VPath) -> FsResult<()> {
        read_only()
    }

    fn remove_dir(&self, _: &VPath) -> FsResult<()> {
        read_only()
    }

    fn rename(&self, _: &VPath, _: &VPath, _: Existing) -> FsResult<()> {
        read_only()
    }

    fn symlink(&self, _: &str, _: &VPath) -> FsResult<()> {
        read_only()
    }

    fn link(&self, _: &VPath, _: &VPath) -> FsResult<()> {
        read_only()
    }
}

/// A generated file, as it was when it was opened.
struct Generated {
    content: Vec<u8>,
    stat: Stat,
}

impl File for Generated {
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> FsResult<usize> {
        let start = usize::try_from(offset).unwrap_or(usize::MAX).min(self.content.len());
        let length = buffer.len().min(self.content.len() - start);
        buffer[..length].copy_from_slice(&self.content[start..start + length]);
        Ok(length)
    }

    fn write_at(&self, _: u64, _: &[u8]) -> FsResult<usize> {
        Err(FsError::new(Errno::EBADF, "was not opened to write"))
    }

    fn append(&self, _: &[u8]) -> FsResult<(usize, u64)> {
        Err(FsError::new(Errno::EBADF, "was not opened to write"))
    }

    fn set_len(&self, _: u64) -> FsResult<()> {
        Err(FsError::new(Errno::EBADF, "was not opened to write"))
    }

    fn sync(&self) -> FsResult<()> {
        Ok(())
    }

    fn stat(&self) -> FsResult<Stat> {
        Ok(self.stat)
    }
}
