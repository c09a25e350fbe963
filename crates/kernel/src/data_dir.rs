//! The data folder: one kernel at a time, and a number for each boot.
//!
//! The lock is `flock` on the file `lock`, so it goes with the process however that ends. The boot counter
//! is in the file `boot`; it is replaced in one step, and when it cannot be read it starts again behind
//! the largest number that a clock in seconds could have reached, so that no cause is named twice.

use crate::config::BootError;
use nix::fcntl::{Flock, FlockArg};
use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read, Seek, Write},
    path::{Path, PathBuf},
};

/// An exclusively used data folder.
pub(crate) struct DataDir {
    pub(crate) path: PathBuf,
    /// Which boot this is, from 1 on.
    pub(crate) boot: u32,
    _lock: Flock<File>,
}

impl DataDir {
    /// Takes the folder, makes what is missing, counts the boot.
    pub(crate) fn open(path: &Path) -> Result<Self, BootError> {
        let failed = |path: &Path| {
            let path = path.to_owned();
            move |source| BootError::DataDir { path, source }
        };
        for folder in [path.to_owned(), path.join("home"), path.join("system/storage")] {
            fs::create_dir_all(&folder).map_err(failed(&folder))?;
        }
        let path = path.canonicalize().map_err(failed(path))?;
        let lock = lock(&path)?;
        let counter = path.join("boot");
        let boot = count_boot(&counter).map_err(failed(&counter))?;
        Ok(DataDir { path, boot, _lock: lock })
    }
}

fn lock(folder: &Path) -> Result<Flock<File>, BootError> {
    let path = folder.join("lock");
    let open = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path);
    let file = open.map_err(|source| BootError::DataDir { path: path.clone(), source })?;
    match Flock::lock(file, FlockArg::LockExclusiveNonblock) {
        Ok(mut lock) => {
            // For people and for the other's message; the lock itself is what counts.
            let written = lock
                .set_len(0)
                .and_then(|()| lock.rewind())
                .and_then(|()| write!(lock, "{}", std::process::id()));
            written.map_err(|source| BootError::DataDir { path, source })?;
            Ok(lock)
        }
        Err((mut file, nix::Error::EWOULDBLOCK)) => {
            let mut holder = String::new();
            let holder = file.read_to_string(&mut holder).ok().and_then(|_| holder.trim().parse().ok());
            Err(BootError::InUse { path: folder.to_owned(), holder })
        }
        Err((_, why)) => Err(BootError::DataDir { path, source: why.into() }),
    }
}

fn count_boot(path: &Path) -> io::Result<u32> {
    let last = match fs::read_to_string(path) {
        Ok(text) => text.trim().parse().unwrap_or_else(|_| {
            tracing::warn!(path = %path.display(), "the boot counter is unreadable and starts anew from the clock");
            from_clock()
        }),
        Err(why) if why.kind() == io::ErrorKind::NotFound => 0,
        Err(why) if why.kind() == io::ErrorKind::InvalidData => from_clock(),
        Err(why) => return Err(why),
    };
    let boot = u32::wrapping_add(last, 1).max(1);
    let temporary = path.with_extension("new");
    let mut file = File::create(&temporary)?;
    write!(file, "{boot}")?;
    file.sync_data()?;
    fs::rename(&temporary, path)?;
    Ok(boot)
}

/// Minutes since the epoch fit into the 24 bits that a cause has for the boot until 2001 + 31 years; the
/// offset keeps them there for longer. Nobody boots more often than once a minute for years.
fn from_clock() -> u32 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    u32::try_from(since.as_secs() / 60).unwrap_or(0).wrapping_sub(28_000_000) & 0x00ff_ffff
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_kernel_on_the_same_folder_is_told_who_has_it() {
        let folder = tempfile::tempdir().unwrap();
        let first = DataDir::open(folder.path()).unwrap();
        let Err(BootError::InUse { holder, .. }) = DataDir::open(folder.path()) else {
            panic!("both have it")
        };
        assert_eq!(holder, Some(std::process::id().cast_signed()));
        drop(first);
        assert!(DataDir::open(folder.path()).is_ok());
    }

    #[test]
    fn boots_are_counted_and_a_broken_counter_does_not_go_back() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(DataDir::open(folder.path()).unwrap().boot, 1);
        assert_eq!(DataDir::open(folder.path()).unwrap().boot, 2);
        fs::write(folder.path().join("boot"), b"\xff\xfe").unwrap();
        assert!(DataDir::open(folder.path()).unwrap().boot > 1_000_000);
    }

    #[test]
    fn a_file_in_place_of_the_folder_is_a_plain_error() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "").unwrap();
        assert!(matches!(DataDir::open(&file), Err(BootError::DataDir { .. })));
    }
}
