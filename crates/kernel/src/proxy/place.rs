//! Where the sockets of proxies lie: a folder for each program in the folder `net` of the data folder.
//!
//! The folder `net` is for its owner alone (0700); what is in it may be used by whoever gets there, and that is the
//! owner and who has one of these folders in its view: a sandboxed program may run as another user of the host.
//!
//! The folder is granted, not the socket: a kernel that comes back makes a new socket, and who has the folder finds it.

use crate::sync::lock;
use nix::{
    fcntl::{OFlag, open},
    sys::stat::Mode,
};
use std::{
    fs, io,
    os::{
        fd::AsRawFd,
        unix::fs::{DirBuilderExt, PermissionsExt},
    },
    path::{Path, PathBuf},
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
};
use tokio::net::UnixListener;

/// Name of the proxy's socket.
const PROXY: &str = "proxy";

/// The folder `net`.
pub(crate) struct ProxyFolder {
    path: PathBuf,
    boot: u32,
    next: AtomicU64,
    is_made: Mutex<bool>,
}

/// The folder of one program. Stays when it is dropped; see [`ProgramFolder::remove`].
#[derive(Debug)]
pub(crate) struct ProgramFolder {
    path: PathBuf,
}

impl ProxyFolder {
    pub(crate) fn new(data_dir: &Path, boot: u32) -> Self {
        ProxyFolder { path: data_dir.join("net"), boot, next: AtomicU64::new(1), is_made: Mutex::new(false) }
    }

    /// The number of this kernel, unlike that of any before.
    pub(crate) fn boot(&self) -> u32 {
        self.boot
    }

    /// Makes a folder for a program. No two boots of a data folder have the same number, so no name comes twice.
    pub(crate) fn make(&self) -> io::Result<ProgramFolder> {
        self.make_own()?;
        let name = format!("{}-{}", self.boot, self.next.fetch_add(1, Ordering::Relaxed));
        self.open(&name)
    }

    /// The folder of a program that outlived an earlier kernel.
    pub(crate) fn again(&self, name: &str) -> io::Result<ProgramFolder> {
        let is_ours = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
        if !is_ours {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        self.make_own()?;
        self.open(name)
    }

    fn open(&self, name: &str) -> io::Result<ProgramFolder> {
        let path = self.path.join(name);
        match fs::DirBuilder::new().mode(0o755).create(&path) {
            Err(why) if why.kind() != io::ErrorKind::AlreadyExists => return Err(why),
            _ => fs::set_permissions(&path, fs::Permissions::from_mode(0o755))?,
        }
        Ok(ProgramFolder { path })
    }

    fn make_own(&self) -> io::Result<()> {
        let mut is_made = lock(&self.is_made);
        if !*is_made {
            match fs::DirBuilder::new().mode(0o700).create(&self.path) {
                Err(why) if why.kind() != io::ErrorKind::AlreadyExists => return Err(why),
                _ => fs::set_permissions(&self.path, fs::Permissions::from_mode(0o700))?,
            }
            *is_made = true;
        }
        Ok(())
    }

    /// Removes what earlier kernels have left, but for the folders of these names.
    pub(crate) fn sweep(&self, keep: &[String]) {
        let own = format!("{}-", self.boot);
        for entry in fs::read_dir(&self.path).into_iter().flatten().flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            if !name.starts_with(&own) && !keep.contains(&name) {
                ProgramFolder { path: entry.path() }.remove();
            }
        }
    }
}

impl ProgramFolder {
    /// Its name, by which it is found again.
    pub(crate) fn name(&self) -> String {
        self.path.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }

    /// Where the proxy's socket is.
    pub(crate) fn socket(&self) -> PathBuf {
        self.path.join(PROXY)
    }

    /// Listens at the proxy's socket and at the one for ports that lead inwards. Within the runtime.
    pub(crate) fn listen(&self) -> io::Result<(UnixListener, UnixListener)> {
        Ok((self.listen_at(PROXY)?, self.listen_at(sandbox::INWARD)?))
    }

    fn listen_at(&self, name: &str) -> io::Result<UnixListener> {
        // By way of the folder's descriptor: the host's paths of sockets are short.
        let flags = OFlag::O_PATH | OFlag::O_DIRECTORY | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
        let folder = open(&self.path, flags, Mode::empty())?;
        let path = PathBuf::from(format!("/proc/self/fd/{}/{name}", folder.as_raw_fd()));
        match fs::remove_file(&path) {
            Err(why) if why.kind() != io::ErrorKind::NotFound => return Err(why),
            _ => {}
        }
        let listener = UnixListener::bind(&path)?;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o666))?;
        Ok(listener)
    }

    /// Takes it away.
    pub(crate) fn remove(&self) {
        // Only what is ours: anything else keeps the folder, and is looked at in the next boot again.
        for name in [PROXY, sandbox::INWARD] {
            let _ = fs::remove_file(self.path.join(name));
        }
        if let Err(why) = fs::remove_dir(&self.path)
            && why.kind() != io::ErrorKind::NotFound
        {
            tracing::debug!(path = %self.path.display(), %why, "the folder of a proxy stayed behind");
        }
    }
}
