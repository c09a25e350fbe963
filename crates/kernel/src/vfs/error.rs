//! Errors as a file system reports them: it knows the errno and the reason, not under which name
//! it is mounted. The mount table puts the virtual path in front and makes a [`SysError`] of it.

use super::VPath;
use abi::{Errno, SysError};
use std::borrow::Cow;

/// An errno with a reason that names no path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FsError {
    /// For programs.
    pub errno: Errno,
    /// For people.
    pub why: Cow<'static, str>,
}

/// What a file system comes back with.
pub type FsResult<T> = Result<T, FsError>;

impl FsError {
    /// An errno with a reason of its own.
    #[must_use]
    pub fn new(errno: Errno, why: impl Into<Cow<'static, str>>) -> Self {
        FsError { errno, why: why.into() }
    }

    /// The error as the caller sees it.
    #[must_use]
    pub fn at(self, path: &VPath) -> SysError {
        SysError::new(self.errno, format!("{path}: {}", self.why))
    }
}

impl From<Errno> for FsError {
    fn from(errno: Errno) -> Self {
        FsError::new(errno, errno.meaning())
    }
}

impl From<nix::Error> for FsError {
    fn from(host: nix::Error) -> Self {
        match Errno::from_raw(host as i32) {
            Some(errno) => errno.into(),
            // A pipe or socket file that cannot be opened; we have no ENXIO.
            None if host == nix::Error::ENXIO => FsError::new(Errno::EINVAL, "is no regular file"),
            None => FsError::new(Errno::EIO, format!("the host answered {host}")),
        }
    }
}

impl From<std::io::Error> for FsError {
    fn from(host: std::io::Error) -> Self {
        match host.raw_os_error() {
            Some(number) => nix::Error::from_raw(number).into(),
            None => FsError::new(Errno::EIO, format!("the host answered: {host}")),
        }
    }
}
