//! The errors of the kernel: POSIX names for programs, a detail for people.

use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! errnos {
    ($($name:ident = $number:literal, $text:literal;)*) => {
        /// An expected failure, by its POSIX name. Numbers are Linux's.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[repr(i32)]
        pub enum Errno {
            $(#[doc = $text] $name = $number,)*
        }

        impl Errno {
            /// Every errno, in the order of its number.
            pub const ALL: &'static [Errno] = &[$(Errno::$name),*];

            /// The POSIX name.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Errno::$name => stringify!($name),)* }
            }

            /// The meaning in plain words.
            #[must_use]
            pub const fn meaning(self) -> &'static str {
                match self { $(Errno::$name => $text,)* }
            }

            /// The errno of a Linux error number, where we have it.
            #[must_use]
            pub const fn from_raw(number: i32) -> Option<Errno> {
                match number { $($number => Some(Errno::$name),)* _ => None }
            }
        }
    };
}

errnos! {
    EPERM = 1, "not permitted";
    ENOENT = 2, "no such file or folder";
    ESRCH = 3, "no such process";
    EINTR = 4, "interrupted";
    EIO = 5, "the host reported an input or output error";
    EBADF = 9, "not an open descriptor";
    ECHILD = 10, "no such child";
    EAGAIN = 11, "nothing there right now, try again";
    ENOMEM = 12, "out of memory";
    EACCES = 13, "permission denied";
    EBUSY = 16, "in use";
    EEXIST = 17, "already exists";
    EXDEV = 18, "on another file system";
    ENOTDIR = 20, "not a folder";
    EISDIR = 21, "is a folder";
    EINVAL = 22, "invalid argument";
    ENFILE = 23, "the system has too many open files";
    EMFILE = 24, "the process has too many open descriptors";
    EFBIG = 27, "too large";
    ENOSPC = 28, "no space left";
    ESPIPE = 29, "cannot seek in this";
    EROFS = 30, "read-only file system";
    EPIPE = 32, "nobody reads the other end";
    ERANGE = 34, "out of range";
    EDEADLK = 35, "would deadlock";
    ENAMETOOLONG = 36, "name too long";
    ENOSYS = 38, "not available on this machine";
    ENOTEMPTY = 39, "folder is not empty";
    ELOOP = 40, "too many symbolic links";
    EOVERFLOW = 75, "value too large";
    ENOTSOCK = 88, "not a socket";
    EMSGSIZE = 90, "message too long";
    EOPNOTSUPP = 95, "not possible with this kind of object";
    EADDRINUSE = 98, "address in use";
    EADDRNOTAVAIL = 99, "not an address of this machine, or a name without one";
    ENETUNREACH = 101, "no network leads there";
    ECONNRESET = 104, "connection reset by the other side";
    EISCONN = 106, "already connected";
    ENOTCONN = 107, "not connected";
    ETIMEDOUT = 110, "timed out";
    ECONNREFUSED = 111, "connection refused";
    EHOSTUNREACH = 113, "host unreachable";
    EDQUOT = 122, "quota exceeded";
    ECANCELED = 125, "cancelled";
}

impl fmt::Display for Errno {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// An errno with the object it is about, and for a denial the rule and what would allow it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{errno}: {detail}")]
pub struct SysError {
    /// For programs.
    pub errno: Errno,
    /// For people: names the object.
    pub detail: String,
}

impl SysError {
    /// An errno about an object.
    #[must_use]
    pub fn new(errno: Errno, detail: impl Into<String>) -> Self {
        SysError { errno, detail: detail.into() }
    }
}

impl From<Errno> for SysError {
    fn from(errno: Errno) -> Self {
        SysError::new(errno, errno.meaning())
    }
}

/// What every syscall comes back with.
pub type SysResult<T> = Result<T, SysError>;
