//! Where contents lie: `xx/<digest>`, where `xx` are the first two digits; `new/` for what is being written
//! and `broken/` for what turned out not to be what its name says.

use super::Digest;
use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
    time::SystemTime,
};

/// The folder, without any bookkeeping.
pub(super) struct Shelf {
    folder: PathBuf,
    serial: AtomicU64,
}

/// A content that lies there.
pub(super) struct Item {
    pub(super) digest: Digest,
    pub(super) len_bytes: u64,
    pub(super) added: SystemTime,
}

impl Shelf {
    /// Makes what is missing and throws away what an earlier end left half written.
    pub(super) fn open(folder: &Path) -> io::Result<Self> {
        let shelf = Shelf { folder: folder.to_owned(), serial: AtomicU64::new(0) };
        for folder in [folder.to_owned(), shelf.unfinished(), shelf.broken()] {
            make_folder(&folder)?;
        }
        for left in fs::read_dir(shelf.unfinished())? {
            fs::remove_file(left?.path())?;
        }
        Ok(shelf)
    }

    fn unfinished(&self) -> PathBuf {
        self.folder.join("new")
    }

    fn broken(&self) -> PathBuf {
        self.folder.join("broken")
    }

    pub(super) fn path(&self, digest: &Digest) -> PathBuf {
        let name = digest.to_string();
        self.folder.join(&name[..2]).join(name)
    }

    /// Says that somebody has use for a content now; whether it is there.
    pub(super) fn touch(&self, digest: &Digest) -> bool {
        // Opening for writing without writing: only the time is set.
        let file = OpenOptions::new().append(true).open(self.path(digest));
        file.and_then(|file| file.set_modified(SystemTime::now())).is_ok()
    }

    /// Puts a content there, whole or not at all.
    pub(super) fn add(&self, digest: &Digest, content: &[u8]) -> io::Result<()> {
        let serial = self.serial.fetch_add(1, Ordering::Relaxed);
        let unfinished = self.unfinished().join(format!("{}-{serial}", std::process::id()));
        let target = self.path(digest);
        let write = || {
            let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&unfinished)?;
            file.write_all(content)?;
            match fs::rename(&unfinished, &target) {
                Err(why) if why.kind() == io::ErrorKind::NotFound => {
                    make_folder(target.parent().unwrap_or(&self.folder))?;
                    fs::rename(&unfinished, &target)
                }
                done => done,
            }
        };
        write().inspect_err(|_| {
            // Else the next start does it.
            let _ = fs::remove_file(&unfinished);
        })
    }

    /// Brings a content to the disk. One that is gone is nothing to bring.
    pub(super) fn sync(&self, digest: &Digest) -> io::Result<()> {
        match File::open(self.path(digest)) {
            Ok(file) => file.sync_data(),
            Err(why) if why.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(why) => Err(why),
        }
    }

    pub(super) fn read(&self, digest: &Digest) -> io::Result<Vec<u8>> {
        fs::read(self.path(digest))
    }

    pub(super) fn remove(&self, digest: &Digest) -> io::Result<()> {
        fs::remove_file(self.path(digest))
    }

    /// Moves a content away that is not what its name says; somebody may want to look at it.
    pub(super) fn set_aside(&self, digest: &Digest) -> io::Result<PathBuf> {
        let aside = self.broken().join(digest.to_string());
        fs::rename(self.path(digest), &aside)?;
        Ok(aside)
    }

    /// Everything that lies there. Other files are left alone.
    pub(super) fn items(&self) -> io::Result<Vec<Item>> {
        let mut items = Vec::new();
        for drawer in fs::read_dir(&self.folder)? {
            let drawer = drawer?;
            if drawer.file_name().len() != 2 || !drawer.file_type()?.is_dir() {
                continue;
            }
            for entry in fs::read_dir(drawer.path())? {
                let entry = entry?;
                let digest = entry.file_name().to_str().and_then(|name| name.parse().ok());
                // It may go while we look.
                let (Some(digest), Ok(facts)) = (digest, entry.metadata()) else { continue };
                let added = facts.modified().unwrap_or(SystemTime::UNIX_EPOCH);
                items.push(Item { digest, len_bytes: facts.len(), added });
            }
        }
        Ok(items)
    }
}

fn make_folder(folder: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)
}
