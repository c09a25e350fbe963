//! A file system in memory, with a quota that is true: names, folders and each block of content are
//! charged when they come and given back when they go, also for files that are unlinked while open.
//!
//! [`MemFs`] has the tree ([`tree`]), [`content::MemFile`] the content in blocks, so holes cost
//! nothing and no file is ever copied to grow. It refuses to follow links like every backend.
//!
//! **Lock order**: tree, then one file's content. Handles lock the content only, and nothing that
//! holds a content lock touches the tree.

mod content;
mod tree;

use self::{
    content::{Account, MemFile, MemHandle},
    tree::{Body, Tree},
};
use super::{
    Access, Detail, Durability, Existing, File, FileSystem, FsError, FsResult, Kind, LinkHop, Listing,
    OpenOptions, Replacement, Space, Stat, VPath, filesystem::check_mode, local::check_link_text,
};
use abi::Errno;
use std::sync::{Arc, RwLock, RwLockReadGuard, RwLockWriteGuard};

/// Milliseconds since 1970, from the kernel's clock.
pub type WallClock = Arc<dyn Fn() -> i64 + Send + Sync>;

/// A file system in memory.
pub struct MemFs {
    shared: Arc<Shared>,
}

/// What handles and replacements hold on to.
struct Shared {
    tree: RwLock<Tree>,
    account: Arc<Account>,
    clock: WallClock,
}

impl Shared {
    fn tree(&self) -> RwLockReadGuard<'_, Tree> {
        crate::sync::read(&self.tree)
    }

    fn tree_mut(&self) -> RwLockWriteGuard<'_, Tree> {
        crate::sync::write(&self.tree)
    }

    fn now(&self) -> i64 {
        (self.clock)()
    }
}

impl MemFs {
    /// An empty file system that takes at most `quota_bytes`, names included.
    #[must_use]
    pub fn new(quota_bytes: u64, clock: WallClock) -> Self {
        let account = Arc::new(Account::new(quota_bytes));
        let tree = RwLock::new(Tree::new(account.clone(), clock()));
        MemFs { shared: Arc::new(Shared { tree, account, clock }) }
    }

    /// What is charged at the moment, in bytes.
    #[must_use]
    pub fn used_bytes(&self) -> u64 {
        self.shared.account.used_bytes()
    }

    /// Panics when the tree or the account is wrong. Only meaningful while nobody else writes, and
    /// exact only when no unlinked file is held open.
    #[doc(hidden)]
    pub fn verify_invariants(&self) {
        let reachable = self.shared.tree().verify_invariants();
        assert!(reachable <= self.used_bytes(), "{reachable} bytes are there, {} charged", self.used_bytes());
        assert!(self.used_bytes() <= self.shared.account.quota_bytes());
    }

    /// Panics when more or less is charged than can be reached by name: call it with no file open.
    #[doc(hidden)]
    pub fn verify_account(&self) {
        assert_eq!(self.shared.tree().verify_invariants(), self.used_bytes());
    }
}

impl FileSystem for MemFs {
    fn kind(&self) -> &'static str {
        "mem"
    }

    fn access(&self) -> Access {
        Access::ReadWrite
    }

    fn is_instant(&self) -> bool {
        true
    }

    fn space(&self) -> FsResult<Space> {
        let total_bytes = self.shared.account.quota_bytes();
        Ok(Space { total_bytes, free_bytes: total_bytes.saturating_sub(self.used_bytes()) })
    }

    fn stat(&self, path: &VPath) -> FsResult<Stat> {
        let tree = self.shared.tree();
        tree.find(path).and_then(|inode| tree.stat(inode))
    }

    fn list(&self, path: &VPath, limit: usize, detail: Detail) -> FsResult<Listing> {
        self.shared.tree().list(path, limit, detail)
    }

    fn first_link(&self, path: &VPath) -> FsResult<Option<LinkHop>> {
        Ok(self.shared.tree().first_link(path))
    }

    fn read_link(&self, path: &VPath) -> FsResult<String> {
        let tree = self.shared.tree();
        match tree.body(tree.find(path)?)? {
            Body::Link(target) => Ok(target.to_string()),
            _ => Err(FsError::new(Errno::EINVAL, "is no symbolic link")),
        }
    }

    fn open(&self, path: &VPath, options: OpenOptions) -> FsResult<Arc<dyn File>> {
        if !options.is_valid() {
            return Err(FsError::new(Errno::EINVAL, "cannot be opened with these flags together"));
        }
        let file = if options.create { self.find_or_make(path, options)? } else { self.find_file(path)? };
        let handle = MemHandle::new(file, options, self.shared.clock.clone());
        if options.truncate {
            handle.set_len(0)?;
        }
        Ok(Arc::new(handle))
    }

    fn replace(&self, path: &VPath) -> FsResult<Box<dyn Replacement>> {
        let tree = self.shared.tree();
        let (folder, name) = tree.find_parent(path, Errno::EISDIR)?;
        match tree.child(folder, name)?.map(|inode| tree.body(inode)).transpose()? {
            None | Some(Body::File(_)) => {}
            Some(Body::Directory(_)) => return Err(Errno::EISDIR.into()),
            Some(Body::Link(_)) => return Err(Errno::ELOOP.into()),
        }
        let file = Arc::new(MemFile::new(self.shared.account.clone(), self.shared.now()));
        Ok(Box::new(MemReplacement { shared: self.shared.clone(), folder, name: name.to_owned(), file }))
    }

    fn make_dir(&self, path: &VPath) -> FsResult<()> {
        self.add(path, Errno::EEXIST, || Body::Directory(Default::default()))
    }

    fn remove_file(&self, path: &VPath) -> FsResult<()> {
        let now = self.shared.now();
        let mut tree = self.shared.tree_mut();
        let (folder, name) = tree.find_parent(path, Errno::EISDIR)?;
        let inode = tree.child(folder, name)?.ok_or(Errno::ENOENT)?;
        match tree.body(inode)? {
            Body::Directory(_) => Err(Errno::EISDIR.into()),
            _ => tree.unlink(folder, name, now),
        }
    }

    fn remove_dir(&self, path: &VPath) -> FsResult<()> {
        let now = self.shared.now();
        let mut tree = self.shared.tree_mut();
        let (folder, name) = tree.find_parent(path, Errno::EBUSY)?;
        let inode = tree.child(folder, name)?.ok_or(Errno::ENOENT)?;
        match tree.body(inode)? {
            Body::Directory(names) if names.is_empty() => tree.unlink(folder, name, now),
            Body::Directory(_) => Err(Errno::ENOTEMPTY.into()),
            _ => Err(Errno::ENOTDIR.into()),
        }
    }

    fn rename(&self, from: &VPath, to: &VPath, existing: Existing) -> FsResult<()> {
        let now = self.shared.now();
        self.shared.tree_mut().rename(from, to, existing, now)
    }

    fn symlink(&self, target: &str, path: &VPath) -> FsResult<()> {
        check_link_text(target)?;
        self.add(path, Errno::EEXIST, || Body::Link(target.into()))
    }

    fn link(&self, from: &VPath, to: &VPath) -> FsResult<()> {
        let now = self.shared.now();
        let mut tree = self.shared.tree_mut();
        let (from_folder, from_name) = tree.find_parent(from, Errno::EPERM)?;
        let (folder, name) = tree.find_parent(to, Errno::EEXIST)?;
        let inode = tree.child(from_folder, from_name)?.ok_or(Errno::ENOENT)?;
        match tree.body(inode)? {
            _ if tree.child(folder, name)?.is_some() => return Err(Errno::EEXIST.into()),
            Body::Directory(_) => return Err(FsError::new(Errno::EPERM, "a folder has one name only")),
            Body::File(_) | Body::Link(_) => {}
        }
        tree.link(folder, name, inode, now)
    }

    fn set_mode(&self, path: &VPath, mode: u32) -> FsResult<()> {
        check_mode(mode)?;
        let mut tree = self.shared.tree_mut();
        let inode = tree.find(path)?;
        tree.set_mode(inode, mode)
    }

    fn set_modified(&self, path: &VPath, modified_millis: i64) -> FsResult<()> {
        let mut tree = self.shared.tree_mut();
        let inode = tree.find(path)?;
        tree.set_modified(inode, modified_millis)
    }

    fn sync(&self, path: &VPath) -> FsResult<()> {
        let tree = self.shared.tree();
        match tree.body(tree.find(path)?)? {
            Body::Link(_) => Err(Errno::ELOOP.into()),
            Body::File(_) | Body::Directory(_) => Ok(()),
        }
    }
}

impl MemFs {
    fn find_file(&self, path: &VPath) -> FsResult<Arc<MemFile>> {
        let tree = self.shared.tree();
        tree.file(tree.find(path)?)
    }

    fn find_or_make(&self, path: &VPath, options: OpenOptions) -> FsResult<Arc<MemFile>> {
        let now = self.shared.now();
        let mut tree = self.shared.tree_mut();
        let (folder, name) = tree.find_parent(path, Errno::EISDIR)?;
        match tree.child(folder, name)? {
            Some(_) if options.exclusive => Err(Errno::EEXIST.into()),
            Some(inode) => tree.file(inode),
            None => {
                let file = Arc::new(MemFile::new(self.shared.account.clone(), now));
                tree.insert(folder, name, Body::File(file.clone()), now)?;
                Ok(file)
            }
        }
    }

    fn add(&self, path: &VPath, of_root: Errno, body: impl FnOnce() -> Body) -> FsResult<()> {
        let now = self.shared.now();
        let mut tree = self.shared.tree_mut();
        let (folder, name) = tree.find_parent(path, of_root)?;
        if tree.child(folder, name)?.is_some() {
            return Err(Errno::EEXIST.into());
        }
        tree.insert(folder, name, body(), now).map(drop)
    }
}

/// Content that has no name yet.
struct MemReplacement {
    shared: Arc<Shared>,
    folder: tree::Inode,
    name: String,
    file: Arc<MemFile>,
}

impl Replacement for MemReplacement {
    fn write(&mut self, data: &[u8]) -> FsResult<()> {
        let mut left = data;
        while !left.is_empty() {
            let (written, _) = self.file.append(left, self.shared.now())?;
            left = &left[written..];
        }
        Ok(())
    }

    fn commit(self: Box<Self>, existing: Existing, _: Durability) -> FsResult<()> {
        let now = self.shared.now();
        let mut tree = self.shared.tree_mut();
        match tree.child(self.folder, &self.name)? {
            Some(_) if existing == Existing::Keep => Err(Errno::EEXIST.into()),
            Some(inode) if matches!(tree.body(inode)?, Body::Directory(_)) => Err(Errno::EISDIR.into()),
            Some(_) => tree.exchange(self.folder, &self.name, Body::File(self.file.clone()), now),
            None => tree.insert(self.folder, &self.name, Body::File(self.file.clone()), now).map(drop),
        }
    }
}

fn kind_of(body: &Body) -> Kind {
    match body {
        Body::File(_) => Kind::File,
        Body::Directory(_) => Kind::Directory,
        Body::Link(_) => Kind::Symlink,
    }
}
