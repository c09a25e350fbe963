//! What is mounted at boot, and what the desktop mounts later: folders that somebody grants, and
//! copy-on-write over one of them.

use crate::{
    Kernel,
    config::{BootError, Config},
    core::Core,
    handler::mount::check_place,
    vfs::{Access, HostWatcher, LastLink, LocalFs, MemFs, Mounts, OverlayFs, QuotaFs, VPath},
};
use abi::SysResult;
use std::{
    path::Path,
    sync::{Arc, Weak, atomic::Ordering},
    time::Duration,
};

/// How long after a boot temporary files of a crash are looked for: nobody waits for that.
const SWEEP_DELAY: Duration = Duration::from_secs(5);
/// How many names are looked at for them.
const MAX_SWEPT_NAMES: usize = 200_000;

impl Kernel {
    /// Grants a folder of the host: from now on it is `/mnt/<name>`. No process can do that.
    ///
    /// # Errors
    /// `EINVAL` for a name with a slash and its like, `EBUSY` when the name is taken, `ENOSPC` when there are
    /// too many mounts, and those of the host about the folder.
    pub fn mount_host(&self, name: &str, folder: &Path, access: Access) -> SysResult<VPath> {
        let at = mount_point(name)?;
        let fs = LocalFs::open(folder, access).map_err(|why| why.at(&at))?;
        self.core.mounts.mount(&at, Arc::new(fs.watched_by(self.core.watcher.clone())))?;
        Ok(at)
    }

    /// Puts copy-on-write over a folder: what is changed beneath `/mnt/<name>` is kept in memory, at most
    /// `quota_bytes`, until the reply is asked to commit or discard it. No process can do that, since the
    /// folder's content is then reached by a second way.
    ///
    /// # Errors
    /// `ENOTDIR` when `of` is neither a folder of the host nor a mount point, and those of
    /// [`Kernel::mount_host`].
    pub fn mount_overlay(&self, name: &str, of: &str, quota_bytes: u64) -> SysResult<Arc<OverlayFs>> {
        let (at, of) = (mount_point(name)?, VPath::parse(of)?);
        let mounts = &self.core.mounts;
        let lower = mounts.as_file_system(&mounts.resolve(&of, LastLink::Follow)?)?;
        let upper = Arc::new(MemFs::new(quota_bytes, self.core.wall_clock()));
        let overlay = Arc::new(OverlayFs::new(lower, upper));
        mounts.mount(&at, overlay.clone())?;
        Ok(overlay)
    }

    /// Takes a mount beneath `/mnt` away. Files that are open stay usable until they are closed.
    ///
    /// # Errors
    /// `EINVAL` when nothing is mounted under that name, `EBUSY` when there are mounts beneath.
    pub fn unmount(&self, name: &str) -> SysResult<()> {
        self.core.mounts.unmount(&mount_point(name)?)
    }
}

fn mount_point(name: &str) -> SysResult<VPath> {
    let at = VPath::parse("/mnt")?.join(name)?;
    check_place(&at)?;
    Ok(at)
}

/// The folders that every boot has. Gives those that only this kernel uses.
pub(crate) fn mount_host_folders(
    mounts: &Mounts,
    config: &Config,
    data_dir: &Path,
    watcher: &Arc<HostWatcher>,
) -> Result<Vec<Arc<LocalFs>>, BootError> {
    let open = |at: &str, path: &Path, access| {
        let at = VPath::parse(at)?;
        let fs = LocalFs::open(path, access).map_err(|why| why.at(&at))?;
        Ok::<_, BootError>((at, Arc::new(fs.watched_by(watcher.clone()))))
    };
    let mut own = Vec::new();
    for (at, path) in [("/home", "home"), ("/system", "system")] {
        let (at, fs) = open(at, &data_dir.join(path), Access::ReadWrite)?;
        mounts.mount(&at, fs.clone())?;
        own.push(fs);
    }
    let (at, storage) = open("/system/storage", &data_dir.join("system/storage"), Access::ReadWrite)?;
    mounts.mount(&at, Arc::new(QuotaFs::new(storage, config.app_storage_quota_bytes)))?;
    if let Some(apps) = &config.apps_dir {
        let (at, fs) = open("/apps", apps, Access::ReadOnly)?;
        mounts.mount(&at, fs)?;
    }
    Ok(own)
}

/// Removes what a crash left in the data folder, some time after the boot.
pub(crate) async fn sweep_leftovers(core: Weak<Core>, folders: Vec<Arc<LocalFs>>) {
    let Some(boot_millis) = core.upgrade().map(|core| core.now_millis()) else { return };
    let boot_millis = i64::try_from(boot_millis).unwrap_or(i64::MAX);
    tokio::time::sleep(SWEEP_DELAY).await;
    let work = move || {
        for fs in folders {
            let keep_going = || core.upgrade().is_some_and(|core| !core.closing.load(Ordering::Relaxed));
            match fs.sweep_leftovers(boot_millis, MAX_SWEPT_NAMES, &keep_going) {
                Ok(swept) if swept.removed > 0 => {
                    tracing::info!(removed = swept.removed, "temporary files of a crash were removed");
                }
                Ok(_) => {}
                Err(why) => tracing::warn!(why = %why.why, "temporary files could not be looked for"),
            }
        }
    };
    // A panic in there is logged by the runtime and costs nothing but the sweep.
    let _ = tokio::task::spawn_blocking(work).await;
}
