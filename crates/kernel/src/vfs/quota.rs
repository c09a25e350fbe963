//! A bound on what each top folder of a file system may hold: one app, one folder, one quota.
//!
//! What a folder holds is measured once, when something in it grows for the first time, and counted from
//! then on. Others may change the folder without us, so the count is only trusted to say yes: before a
//! call is refused the folder is measured again. Content counts once, and each name with [`NAME_BYTES`], so
//! that a flood of empty files is bounded, too. A folder that shares content with another one by hard
//! links is measured each time: no count of it would be true.
//!
//! It refuses growth with `EDQUOT` and nothing else: who is over the bound may still read and remove.
//! New content for an old name may take as much as the old content again until it is whole.
//!
//! **Invariant** (`verify_invariants`): while nobody changes it otherwise, what is counted for a folder is
//! what measuring it gives. **Lock order**: the table of folders is let go before a folder's count is taken;
//! a count is held over measuring, which calls the file system beneath.

use super::{
    Access, Detail, Durability, Existing, File, FileSystem, FsError, FsResult, Kind, LinkHop, Listing,
    OpenOptions, Replacement, Space, Stat, VPath, watch::FolderWatcher,
};
use abi::Errno;
use std::{
    collections::{HashMap, HashSet},
    path::PathBuf,
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicBool, Ordering},
    },
};

/// What a name counts beside the content, in bytes.
pub const NAME_BYTES: u64 = 256;

/// How many folders are remembered; beyond that all are measured anew.
const MAX_FOLDERS: usize = 4_096;

/// A file system whose top folders are bounded.
pub struct QuotaFs {
    inner: Arc<dyn FileSystem>,
    limit_bytes: u64,
    folders: Mutex<HashMap<VPath, Arc<Account>>>,
}

/// What one top folder holds.
struct Account {
    inner: Arc<dyn FileSystem>,
    folder: VPath,
    limit_bytes: u64,
    /// Nothing before it was measured.
    used_bytes: Mutex<Option<u64>>,
    /// Whether content may grow without this folder's account being asked.
    is_shared: AtomicBool,
}

impl Account {
    fn lock(&self) -> MutexGuard<'_, Option<u64>> {
        crate::sync::lock(&self.used_bytes)
    }

    /// Takes `bytes`, or nothing and `EDQUOT`.
    fn charge(&self, bytes: u64) -> FsResult<()> {
        if bytes == 0 {
            return Ok(());
        }
        let fits = |used: u64| used.checked_add(bytes).filter(|sum| *sum <= self.limit_bytes);
        let mut used = self.lock();
        if self.is_shared.load(Ordering::Relaxed) {
            *used = None;
        }
        if let Some(sum) = used.and_then(fits) {
            *used = Some(sum);
            return Ok(());
        }
        let measured = measure(&*self.inner, &self.folder, self.limit_bytes)?;
        *used = Some(measured.bytes);
        match fits(measured.bytes) {
            Some(sum) => {
                *used = Some(sum);
                Ok(())
            }
            None => {
                let why = format!("would hold more than its {} bytes", self.limit_bytes);
                Err(FsError::new(Errno::EDQUOT, why))
            }
        }
    }

    /// From now on it is measured each time.
    fn share(&self) {
        self.is_shared.store(true, Ordering::Relaxed);
    }

    fn release(&self, bytes: u64) {
        let mut used = self.lock();
        *used = used.map(|used| used.saturating_sub(bytes));
    }

    /// Charges for the time of a call, and gives back when it fails.
    fn charged<T>(&self, bytes: u64, call: impl FnOnce() -> FsResult<T>) -> FsResult<T> {
        self.charge(bytes)?;
        call().inspect_err(|_| self.release(bytes))
    }
}

impl QuotaFs {
    /// Bounds each top folder of `inner` to `limit_bytes`.
    #[must_use]
    pub fn new(inner: Arc<dyn FileSystem>, limit_bytes: u64) -> Self {
        QuotaFs { inner, limit_bytes, folders: Mutex::default() }
    }

    /// The account of the top folder that a path lies in; the root has none.
    fn account(&self, path: &VPath) -> FsResult<Option<Arc<Account>>> {
        let Some(top) = path.components().next() else { return Ok(None) };
        let folder = VPath::root().join(top).map_err(|_| Errno::ENAMETOOLONG)?;
        let mut folders = crate::sync::lock(&self.folders);
        if folders.len() >= MAX_FOLDERS && !folders.contains_key(&folder) {
            folders.clear();
        }
        let account = folders.entry(folder).or_insert_with_key(|folder| {
            let (inner, folder) = (self.inner.clone(), folder.clone());
            Arc::new(Account {
                inner,
                folder,
                limit_bytes: self.limit_bytes,
                used_bytes: Mutex::default(),
                is_shared: AtomicBool::new(false),
            })
        });
        Ok(Some(account.clone()))
    }

    /// Makes a new name that counts `bytes`.
    fn add(&self, path: &VPath, bytes: u64, call: impl FnOnce() -> FsResult<()>) -> FsResult<()> {
        match self.account(path)? {
            Some(account) => account.charged(bytes, call),
            None => call(),
        }
    }

    /// What is not counted any more when a name goes, if there is one.
    fn cost(&self, path: &VPath) -> Option<u64> {
        self.inner.stat(path).ok().map(|stat| freed(&stat))
    }

    /// Panics when a count is wrong. Only meaningful while nobody writes.
    #[doc(hidden)]
    pub fn verify_invariants(&self) {
        let folders = crate::sync::lock(&self.folders);
        for (folder, account) in folders.iter() {
            let counted = *account.lock();
            let Some(counted) = counted.filter(|_| !account.is_shared.load(Ordering::Relaxed)) else {
                continue;
            };
            let measured = measure(&*self.inner, folder, u64::MAX).expect("can be measured");
            assert_eq!(counted, measured.bytes, "{folder}");
        }
    }
}

fn cost(stat: &Stat) -> u64 {
    match stat.kind {
        Kind::File | Kind::Symlink => NAME_BYTES.saturating_add(stat.len_bytes),
        Kind::Directory | Kind::Other => NAME_BYTES,
    }
}

/// As [`cost`], without content that has another name still.
fn freed(stat: &Stat) -> u64 {
    if has_other_names(stat) { NAME_BYTES } else { cost(stat) }
}

fn has_other_names(stat: &Stat) -> bool {
    stat.kind != Kind::Directory && stat.links > 1
}

/// What was found at a path.
#[derive(Default)]
struct Measured {
    bytes: u64,
    /// Files with more than one name; each counts once.
    linked: HashSet<u64>,
}

impl Measured {
    fn add(&mut self, stat: &Stat) {
        let is_first = !has_other_names(stat) || self.linked.insert(stat.inode);
        self.bytes = self.bytes.saturating_add(if is_first { cost(stat) } else { NAME_BYTES });
    }
}

/// What lies at a path, with everything in it. Stops when it is over the limit anyway.
fn measure(fs: &dyn FileSystem, top: &VPath, limit_bytes: u64) -> FsResult<Measured> {
    let mut found = Measured::default();
    match fs.stat(top) {
        Ok(stat) => {
            found.add(&stat);
            if stat.kind != Kind::Directory {
                return Ok(found);
            }
        }
        Err(why) if why.errno == Errno::ENOENT => return Ok(found),
        Err(why) => return Err(why),
    }
    let mut folders = vec![top.clone()];
    while let Some(folder) = folders.pop() {
        let most = usize::try_from(limit_bytes / NAME_BYTES).unwrap_or(usize::MAX).saturating_add(1);
        let listing = match fs.list(&folder, most, Detail::Full) {
            // Removed while we looked.
            Err(why) if matches!(why.errno, Errno::ENOENT | Errno::ENOTDIR | Errno::ELOOP) => continue,
            listing => listing?,
        };
        for entry in listing.entries {
            let Some(stat) = entry.stat else { continue };
            found.add(&stat);
            if found.bytes > limit_bytes {
                return Ok(found);
            }
            if stat.kind == Kind::Directory
                && let Ok(path) = folder.join(&entry.name)
            {
                folders.push(path);
            }
        }
    }
    Ok(found)
}

impl FileSystem for QuotaFs {
    fn kind(&self) -> &'static str {
        self.inner.kind()
    }

    fn access(&self) -> Access {
        self.inner.access()
    }

    fn is_instant(&self) -> bool {
        self.inner.is_instant()
    }

    fn host_path(&self, path: &VPath) -> Option<PathBuf> {
        self.inner.host_path(path)
    }

    fn space(&self) -> FsResult<Space> {
        self.inner.space()
    }

    fn stat(&self, path: &VPath) -> FsResult<Stat> {
        self.inner.stat(path)
    }

    fn list(&self, path: &VPath, limit: usize, detail: Detail) -> FsResult<Listing> {
        self.inner.list(path, limit, detail)
    }

    fn first_link(&self, path: &VPath) -> FsResult<Option<LinkHop>> {
        self.inner.first_link(path)
    }

    fn read_link(&self, path: &VPath) -> FsResult<String> {
        self.inner.read_link(path)
    }

    fn read_all(&self, path: &VPath, max_bytes: u64) -> FsResult<Vec<u8>> {
        self.inner.read_all(path, max_bytes)
    }

    fn open(&self, path: &VPath, options: OpenOptions) -> FsResult<Arc<dyn File>> {
        if !options.writes() && !options.create {
            return self.inner.open(path, options);
        }
        let Some(account) = self.account(path)? else { return self.inner.open(path, options) };
        let old = self.inner.stat(path).ok();
        let new_name = if options.create && old.is_none() { NAME_BYTES } else { 0 };
        let length = old.map_or(0, |old| old.len_bytes);
        let file = account.charged(new_name, || self.inner.open(path, options))?;
        if options.truncate {
            account.release(length);
        }
        Ok(Arc::new(QuotaFile { file, account }))
    }

    fn replace(&self, path: &VPath) -> FsResult<Box<dyn Replacement>> {
        let Some(account) = self.account(path)? else { return self.inner.replace(path) };
        let inner = self.inner.replace(path)?;
        let old = self.cost(path);
        let mut content = QuotaReplacement {
            inner: Some(inner),
            account,
            credit_bytes: old.unwrap_or(0),
            needed_bytes: NAME_BYTES,
            charged_bytes: 0,
        };
        content.charge()?;
        Ok(Box::new(content))
    }

    fn make_dir(&self, path: &VPath) -> FsResult<()> {
        self.add(path, NAME_BYTES, || self.inner.make_dir(path))
    }

    fn remove_file(&self, path: &VPath) -> FsResult<()> {
        let old = self.cost(path);
        self.inner.remove_file(path)?;
        if let Some(account) = self.account(path)? {
            account.release(old.unwrap_or(0));
        }
        Ok(())
    }

    fn remove_dir(&self, path: &VPath) -> FsResult<()> {
        self.inner.remove_dir(path)?;
        if let Some(account) = self.account(path)? {
            account.release(NAME_BYTES);
        }
        Ok(())
    }

    fn rename(&self, from: &VPath, to: &VPath, existing: Existing) -> FsResult<()> {
        let (Some(source), Some(target)) = (self.account(from)?, self.account(to)?) else {
            return self.inner.rename(from, to, existing);
        };
        let is_same_file = |a: &Stat, b: &Stat| a.inode == b.inode;
        let replaced = match (self.inner.stat(from), self.inner.stat(to)) {
            // Two names of one file: both stay.
            (Ok(moved), Ok(replaced)) if is_same_file(&moved, &replaced) => {
                return self.inner.rename(from, to, existing);
            }
            (_, replaced) => replaced.map_or(0, |stat| freed(&stat)),
        };
        if Arc::ptr_eq(&source, &target) {
            self.inner.rename(from, to, existing)?;
            target.release(replaced);
            return Ok(());
        }
        let moved = measure(&*self.inner, from, self.limit_bytes)?;
        if !moved.linked.is_empty() {
            source.share();
            target.share();
        }
        target.charged(moved.bytes.saturating_sub(replaced), || self.inner.rename(from, to, existing))?;
        target.release(replaced.saturating_sub(moved.bytes));
        source.release(moved.bytes);
        Ok(())
    }

    fn symlink(&self, target: &str, path: &VPath) -> FsResult<()> {
        self.add(path, NAME_BYTES + target.len() as u64, || self.inner.symlink(target, path))
    }

    fn link(&self, from: &VPath, to: &VPath) -> FsResult<()> {
        let (Some(source), Some(target)) = (self.account(from)?, self.account(to)?) else {
            return self.inner.link(from, to);
        };
        let mut bytes = NAME_BYTES;
        if !Arc::ptr_eq(&source, &target) {
            source.share();
            target.share();
            bytes = self.inner.stat(from).map_or(NAME_BYTES, |stat| cost(&stat));
        }
        target.charged(bytes, || self.inner.link(from, to))
    }

    fn set_mode(&self, path: &VPath, mode: u32) -> FsResult<()> {
        self.inner.set_mode(path, mode)
    }

    fn set_modified(&self, path: &VPath, modified_millis: i64) -> FsResult<()> {
        self.inner.set_modified(path, modified_millis)
    }

    fn sync(&self, path: &VPath) -> FsResult<()> {
        self.inner.sync(path)
    }

    fn watcher(&self) -> Option<&dyn FolderWatcher> {
        self.inner.watcher()
    }
}

/// An open file whose growth counts.
struct QuotaFile {
    file: Arc<dyn File>,
    account: Arc<Account>,
}

impl QuotaFile {
    /// Runs a write that ends at `end`, and counts what it grew. A file without a name counts nowhere.
    fn growing<T>(&self, end: impl FnOnce(&Stat) -> u64, write: impl FnOnce() -> FsResult<T>) -> FsResult<T> {
        let before = self.file.stat()?;
        let end = end(&before);
        // What no file can be is the file system's to refuse.
        if before.links == 0 || i64::try_from(end).is_err() {
            return write();
        }
        let growth = end.saturating_sub(before.len_bytes);
        let result = self.account.charged(growth, write)?;
        // Less was taken than offered, or somebody else wrote there too: then too much was charged.
        let grown = self.file.stat()?.len_bytes.saturating_sub(before.len_bytes);
        self.account.release(growth.saturating_sub(grown));
        Ok(result)
    }
}

impl File for QuotaFile {
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> FsResult<usize> {
        self.file.read_at(offset, buffer)
    }

    fn write_at(&self, offset: u64, data: &[u8]) -> FsResult<usize> {
        let end = offset.saturating_add(data.len() as u64);
        let end = if data.is_empty() { 0 } else { end };
        self.growing(|_| end, || self.file.write_at(offset, data))
    }

    fn append(&self, data: &[u8]) -> FsResult<(usize, u64)> {
        self.growing(|stat| stat.len_bytes.saturating_add(data.len() as u64), || self.file.append(data))
    }

    fn set_len(&self, len_bytes: u64) -> FsResult<()> {
        let before = self.file.stat()?;
        self.growing(|_| len_bytes, || self.file.set_len(len_bytes))?;
        if before.links > 0 {
            self.account.release(before.len_bytes.saturating_sub(len_bytes));
        }
        Ok(())
    }

    fn sync(&self) -> FsResult<()> {
        self.file.sync()
    }

    fn stat(&self) -> FsResult<Stat> {
        self.file.stat()
    }
}

/// New content. What the old one counts is its credit, as it goes when the new one comes.
struct QuotaReplacement {
    /// Nothing once it was committed.
    inner: Option<Box<dyn Replacement>>,
    account: Arc<Account>,
    credit_bytes: u64,
    needed_bytes: u64,
    charged_bytes: u64,
}

impl QuotaReplacement {
    /// Charges what is needed beyond the credit.
    fn charge(&mut self) -> FsResult<()> {
        let missing = self.needed_bytes.saturating_sub(self.credit_bytes + self.charged_bytes);
        self.account.charge(missing)?;
        self.charged_bytes += missing;
        Ok(())
    }
}

impl Replacement for QuotaReplacement {
    fn write(&mut self, data: &[u8]) -> FsResult<()> {
        self.needed_bytes += data.len() as u64;
        self.charge()?;
        match &mut self.inner {
            Some(inner) => inner.write(data),
            None => Err(Errno::EBADF.into()),
        }
    }

    fn set_mode(&mut self, mode: u32) -> FsResult<()> {
        self.inner.as_mut().ok_or(Errno::EBADF)?.set_mode(mode)
    }

    fn commit(mut self: Box<Self>, existing: Existing, durability: Durability) -> FsResult<()> {
        let Some(inner) = self.inner.take() else { return Err(Errno::EBADF.into()) };
        if let Err(why) = inner.commit(existing, durability) {
            self.account.release(self.charged_bytes);
            return Err(why);
        }
        self.account.release(self.credit_bytes.saturating_sub(self.needed_bytes));
        Ok(())
    }
}

impl Drop for QuotaReplacement {
    fn drop(&mut self) {
        if self.inner.is_some() {
            self.account.release(self.charged_bytes);
        }
    }
}
