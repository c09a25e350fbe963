//! The names of a file system in memory: numbered inodes, folders that map names to them.
//!
//! **Invariants** (`verify_invariants`): every inode but the root has as many names as its link
//! count says and at least one; a folder has exactly one; all are reachable from the root, so
//! there is no cycle; the account is charged for each inode and each name.
//!
//! Inodes lie in a flat map and not in each other, so that a very deep tree can neither overflow
//! the stack nor leak.

use super::{
    super::{Detail, Entry, Existing, FsError, FsResult, Kind, LinkHop, Listing, Stat, VPath},
    content::{Account, MemFile},
    kind_of,
};
use abi::Errno;
use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::{Arc, atomic::Ordering},
};

/// Number of a file, folder or link; never used twice.
pub(super) type Inode = u64;

pub(super) const ROOT: Inode = 1;

/// What an inode is charged beside its content, in bytes: about what it takes here.
const INODE_BYTES: u64 = 160;

/// What a name is charged beside its text, in bytes.
const NAME_BYTES: u64 = 64;

pub(super) enum Body {
    File(Arc<MemFile>),
    Directory(BTreeMap<Box<str>, Inode>),
    Link(Box<str>),
}

struct Node {
    body: Body,
    links: u64,
    created_millis: i64,
    /// Of folders and links; a file's content knows better.
    modified_millis: i64,
    /// Of folders; a file knows its own.
    mode: u32,
}

/// Permission bits of a new folder.
const NEW_DIRECTORY: u32 = 0o755;

pub(super) struct Tree {
    nodes: HashMap<Inode, Node>,
    next: Inode,
    account: Arc<Account>,
}

impl Tree {
    pub(super) fn new(account: Arc<Account>, now: i64) -> Self {
        let root = Node {
            body: Body::Directory(BTreeMap::new()),
            links: 1,
            created_millis: now,
            modified_millis: now,
            mode: NEW_DIRECTORY,
        };
        Tree { nodes: HashMap::from([(ROOT, root)]), next: ROOT + 1, account }
    }

    pub(super) fn body(&self, inode: Inode) -> FsResult<&Body> {
        self.nodes.get(&inode).map(|node| &node.body).ok_or_else(|| Errno::ENOENT.into())
    }

    pub(super) fn file(&self, inode: Inode) -> FsResult<Arc<MemFile>> {
        match self.body(inode)? {
            Body::File(file) => Ok(file.clone()),
            Body::Directory(_) => Err(Errno::EISDIR.into()),
            Body::Link(_) => Err(Errno::ELOOP.into()),
        }
    }

    /// What a name in a folder stands for.
    pub(super) fn child(&self, folder: Inode, name: &str) -> FsResult<Option<Inode>> {
        match self.body(folder)? {
            Body::Directory(names) => Ok(names.get(name).copied()),
            Body::File(_) => Err(Errno::ENOTDIR.into()),
            Body::Link(_) => Err(Errno::ELOOP.into()),
        }
    }

    pub(super) fn find(&self, path: &VPath) -> FsResult<Inode> {
        let mut at = ROOT;
        for name in path.components() {
            at = self.child(at, name)?.ok_or(Errno::ENOENT)?;
        }
        Ok(at)
    }

    /// The folder that a path lies in, and the name there; `of_root` is the answer for the root.
    pub(super) fn find_parent<'p>(&self, path: &'p VPath, of_root: Errno) -> FsResult<(Inode, &'p str)> {
        let (parent, name) =
            path.split().ok_or_else(|| FsError::new(of_root, "is the root of a file system"))?;
        let folder = self.find(&parent)?;
        self.child(folder, name)?; // refuses what is no folder
        Ok((folder, name))
    }

    pub(super) fn first_link(&self, path: &VPath) -> Option<LinkHop> {
        let mut at = ROOT;
        for (depth, name) in path.components().enumerate() {
            at = self.child(at, name).ok()??;
            if let Body::Link(target) = self.body(at).ok()? {
                return Some(LinkHop { depth, target: target.to_string() });
            }
        }
        None
    }

    pub(super) fn stat(&self, inode: Inode) -> FsResult<Stat> {
        let node = self.nodes.get(&inode).ok_or(Errno::ENOENT)?;
        let (kind, len_bytes, mode) = match &node.body {
            Body::File(file) => return Ok(file.stat()),
            Body::Directory(names) => (Kind::Directory, names.len() as u64, node.mode),
            Body::Link(target) => (Kind::Symlink, target.len() as u64, 0o777),
        };
        let (modified_millis, created_millis) = (node.modified_millis, Some(node.created_millis));
        Ok(Stat { kind, len_bytes, modified_millis, created_millis, inode, links: node.links, mode })
    }

    pub(super) fn set_mode(&mut self, inode: Inode, mode: u32) -> FsResult<()> {
        let node = self.changeable(inode)?;
        match &node.body {
            Body::File(file) => file.set_mode(mode),
            _ => node.mode = mode,
        }
        Ok(())
    }

    pub(super) fn set_modified(&mut self, inode: Inode, modified_millis: i64) -> FsResult<()> {
        let node = self.changeable(inode)?;
        match &node.body {
            Body::File(file) => file.set_modified(modified_millis),
            _ => node.modified_millis = modified_millis,
        }
        Ok(())
    }

    /// A file or folder whose facts may be set.
    fn changeable(&mut self, inode: Inode) -> FsResult<&mut Node> {
        match self.nodes.get_mut(&inode) {
            None => Err(Errno::ENOENT.into()),
            Some(_) if inode == ROOT => Err(FsError::new(Errno::EBUSY, "is the root of a file system")),
            Some(Node { body: Body::Link(_), .. }) => Err(Errno::ELOOP.into()),
            Some(node) => Ok(node),
        }
    }

    pub(super) fn list(&self, path: &VPath, limit: usize, detail: Detail) -> FsResult<Listing> {
        let names = match self.body(self.find(path)?)? {
            Body::Directory(names) => names,
            Body::File(_) => return Err(Errno::ENOTDIR.into()),
            Body::Link(_) => return Err(Errno::ELOOP.into()),
        };
        let entries = names.iter().take(limit).map(|(name, inode)| {
            let stat = match detail {
                Detail::Names => None,
                Detail::Full => Some(self.stat(*inode)?),
            };
            Ok(Entry { name: name.to_string(), kind: kind_of(self.body(*inode)?), stat })
        });
        Ok(Listing { entries: entries.collect::<FsResult<_>>()?, truncated: names.len() > limit })
    }

    /// Makes an inode with one name, which must be free.
    pub(super) fn insert(&mut self, folder: Inode, name: &str, body: Body, now: i64) -> FsResult<Inode> {
        let inode = self.add_inode(body, now)?;
        match self.link(folder, name, inode, now) {
            Ok(()) => Ok(inode),
            Err(why) => {
                self.remove_inode(inode);
                Err(why)
            }
        }
    }

    /// Gives an inode one more name, which must be free.
    pub(super) fn link(&mut self, folder: Inode, name: &str, inode: Inode, now: i64) -> FsResult<()> {
        if self.child(folder, name)?.is_some() {
            return Err(Errno::EEXIST.into());
        }
        self.account.charge(name_cost(name))?;
        self.set_name(folder, name, Some(inode), now);
        self.count_links(inode, 1);
        Ok(())
    }

    /// Takes a name away, and the inode with it when it was the last one.
    pub(super) fn unlink(&mut self, folder: Inode, name: &str, now: i64) -> FsResult<()> {
        let inode = self.child(folder, name)?.ok_or(Errno::ENOENT)?;
        self.set_name(folder, name, None, now);
        self.account.release(name_cost(name));
        self.lose_name(inode);
        Ok(())
    }

    /// Puts a new inode under a name that is taken, in one step.
    pub(super) fn exchange(&mut self, folder: Inode, name: &str, body: Body, now: i64) -> FsResult<()> {
        let old = self.child(folder, name)?.ok_or(Errno::ENOENT)?;
        let new = self.add_inode(body, now)?;
        self.set_name(folder, name, Some(new), now);
        self.count_links(new, 1);
        self.lose_name(old);
        Ok(())
    }

    fn add_inode(&mut self, body: Body, now: i64) -> FsResult<Inode> {
        self.account.charge(inode_cost(&body))?;
        let inode = self.next;
        self.next += 1;
        if let Body::File(file) = &body {
            file.inode.store(inode, Ordering::Relaxed);
        }
        let node = Node { body, links: 0, created_millis: now, modified_millis: now, mode: NEW_DIRECTORY };
        self.nodes.insert(inode, node);
        Ok(inode)
    }

    fn lose_name(&mut self, inode: Inode) {
        if self.count_links(inode, -1) == 0 {
            self.remove_inode(inode);
        }
    }

    fn remove_inode(&mut self, inode: Inode) {
        if let Some(node) = self.nodes.remove(&inode) {
            self.account.release(inode_cost(&node.body));
        }
    }

    /// POSIX rename.
    pub(super) fn rename(&mut self, from: &VPath, to: &VPath, existing: Existing, now: i64) -> FsResult<()> {
        let (from_folder, from_name) = self.find_parent(from, Errno::EBUSY)?;
        let (to_folder, to_name) = self.find_parent(to, Errno::EBUSY)?;
        let moved = self.child(from_folder, from_name)?.ok_or(Errno::ENOENT)?;
        let replaced = self.child(to_folder, to_name)?;
        // No link was followed on either path, so their texts say which lies in which.
        match replaced {
            Some(_) if existing == Existing::Keep => return Err(Errno::EEXIST.into()),
            _ if to.is_beneath(from) => {
                return Err(FsError::new(Errno::EINVAL, "a folder cannot move into itself"));
            }
            Some(_) if from.is_beneath(to) => return Err(Errno::ENOTEMPTY.into()), // at least `from` is in it
            Some(replaced) if replaced == moved => return Ok(()), // two names of one file: POSIX keeps both
            Some(replaced) => self.check_replaceable(moved, replaced)?,
            None => {}
        }
        // A name that is taken is charged already; one that is free and longer than the old one needs
        // room. After this nothing can fail.
        let (given, taken) = (name_cost(from_name), if replaced.is_some() { 0 } else { name_cost(to_name) });
        self.account.charge(taken.saturating_sub(given))?;
        self.set_name(from_folder, from_name, None, now);
        self.set_name(to_folder, to_name, Some(moved), now);
        self.account.release(given.saturating_sub(taken));
        if let Some(replaced) = replaced {
            self.lose_name(replaced);
        }
        Ok(())
    }

    fn check_replaceable(&self, moved: Inode, replaced: Inode) -> FsResult<()> {
        match (self.body(moved)?, self.body(replaced)?) {
            (Body::Directory(_), Body::Directory(names)) if names.is_empty() => Ok(()),
            (Body::Directory(_), Body::Directory(_)) => Err(Errno::ENOTEMPTY.into()),
            (Body::Directory(_), _) => Err(Errno::ENOTDIR.into()),
            (_, Body::Directory(_)) => Err(Errno::EISDIR.into()),
            _ => Ok(()),
        }
    }

    fn set_name(&mut self, folder: Inode, name: &str, inode: Option<Inode>, now: i64) {
        let Some(node) = self.nodes.get_mut(&folder) else { return };
        node.modified_millis = now;
        if let Body::Directory(names) = &mut node.body {
            match inode {
                Some(inode) => names.insert(name.into(), inode),
                None => names.remove(name),
            };
        }
    }

    /// The count after the change.
    fn count_links(&mut self, inode: Inode, change: i64) -> u64 {
        let Some(node) = self.nodes.get_mut(&inode) else { return 0 };
        node.links = node.links.saturating_add_signed(change);
        if let Body::File(file) = &node.body {
            file.links.store(node.links, Ordering::Relaxed);
        }
        node.links
    }

    /// What all that is reachable is charged, in bytes. Panics when the invariants do not hold.
    pub(super) fn verify_invariants(&self) -> u64 {
        let mut names_of: HashMap<Inode, u64> = HashMap::new();
        let mut seen = HashSet::from([ROOT]);
        let mut pending = vec![ROOT];
        let mut charged = 0;
        while let Some(folder) = pending.pop() {
            let Some(Node { body: Body::Directory(names), .. }) = self.nodes.get(&folder) else {
                panic!("inode {folder} is listed as a folder and is none");
            };
            for (name, inode) in names {
                charged += name_cost(name);
                *names_of.entry(*inode).or_default() += 1;
                if seen.insert(*inode) {
                    let node = &self.nodes[inode];
                    charged += inode_cost(&node.body);
                    match &node.body {
                        Body::File(file) => charged += file.verify_invariants(),
                        Body::Directory(_) => pending.push(*inode),
                        Body::Link(target) => assert!(!target.is_empty()),
                    }
                }
            }
        }
        assert_eq!(seen.len(), self.nodes.len(), "inodes without a name");
        for (inode, node) in self.nodes.iter().filter(|(inode, _)| **inode != ROOT) {
            let names = names_of.get(inode).copied().unwrap_or(0);
            assert_eq!(node.links, names, "inode {inode} counts its names wrongly");
            assert!(
                names == 1 || !matches!(node.body, Body::Directory(_)),
                "folder {inode} has {names} names"
            );
            assert!(*inode < self.next);
        }
        charged
    }
}

fn inode_cost(body: &Body) -> u64 {
    match body {
        Body::Link(target) => INODE_BYTES + target.len() as u64,
        Body::File(_) | Body::Directory(_) => INODE_BYTES,
    }
}

fn name_cost(name: &str) -> u64 {
    NAME_BYTES + name.len() as u64
}
