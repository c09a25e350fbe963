//! What a program does, as it does it: which files it opens, changes and runs, and where it connects to.
//!
//! A second filter on system calls asks a *supervisor* outside about the calls of a chosen set; it reads what they are
//! about from the program's memory, lets them go on, and tells. This is **observation**: the program may change what it
//! pointed to after it was read, so nothing is ever refused by it. What holds a program is elsewhere, and holds when
//! nobody looks.
//!
//! One thing is done for the program instead of told: in a filtered network, a connection to an address of the world is
//! made through the relay (see `connect`), so that programs which know nothing of proxies come to the same judge.
//!
//! The supervisor is a thread of whoever keeps the program: of its holder, so that a program goes on when the desktop
//! is gone, or of the desktop for one that ends with it. What it tells goes over a socket that never makes it wait:
//! when nobody reads, the newest are dropped, and counted.
//!
//! The same asked again within [`REPEATED_WITHIN`] is answered and not told: a program that opens one file a thousand
//! times does not wait for a thousand tellings.
//!
//! **Invariants**: a call is answered whatever becomes of the telling; paths are cut at [`MAX_PATH_BYTES`]; at most
//! [`KEPT`] are kept for a desktop that comes later.

mod call;
mod connect;
pub(crate) mod filter;
mod memory;
mod notify;
mod recent;
mod supervisor;

pub(crate) use supervisor::Supervisor;

use nix::sys::socket::{MsgFlags, recv};
use serde::{Deserialize, Serialize};
use std::{
    io,
    os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd},
    time::Duration,
};

/// Longest path that is read; what Linux takes.
const MAX_PATH_BYTES: usize = 4096;
/// Longest telling: two paths, each byte written as six at worst.
const MAX_TOLD_BYTES: usize = 16 * MAX_PATH_BYTES;
/// How much is kept while nobody listens.
const KEPT: usize = 256;
/// Nobody presses two keys within this time, so both have the same cause.
const REPEATED_WITHIN: Duration = Duration::from_millis(10);

/// Which calls are observed. Each costs the program some microseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Observe {
    /// None.
    #[default]
    Nothing,
    /// What changes files, programs that are run, and connections.
    Changes,
    /// The same, and files that are opened to be read and are not there: what its view hides.
    Hidden,
    /// The same, and files that are opened to be read.
    Everything,
}

/// What a program asked for. Whether it got it is not known: it asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Observed {
    /// The process, on the host.
    pub host_pid: i32,
    /// What it wanted to do.
    pub act: Act,
    /// With which file, as a path of its view; for a connection the address.
    pub object: String,
    /// The second path of a renaming or a link.
    pub other: Option<String>,
    /// Whether the file is in its view; `None` where that says nothing.
    pub is_there: Option<bool>,
    /// When, milliseconds since the Unix epoch.
    pub at_millis: u64,
    /// How many were dropped before this one since nobody read.
    pub dropped_before: u64,
}

/// What was wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Act {
    /// Open to read.
    Read,
    /// Open to write, or make.
    Write,
    /// Run.
    Execute,
    /// Rename or move.
    Rename,
    /// Remove a file.
    Remove,
    /// Remove a folder.
    RemoveFolder,
    /// Make a folder.
    MakeFolder,
    /// Make a link, hard or symbolic.
    Link,
    /// Cut or lengthen.
    Truncate,
    /// Change permissions or owner.
    Permissions,
    /// Connect to an address.
    Connect,
    /// Send datagrams to an address, or have a socket for ICMP or raw packets: nothing that a filtered network carries.
    Datagram,
}

/// Where tellings of one program come.
#[derive(Debug)]
pub struct Observations(OwnedFd);

impl Observations {
    pub(crate) fn new(socket: OwnedFd) -> Observations {
        Observations(socket)
    }

    /// The next, if one has come. Does not wait.
    ///
    /// # Errors
    /// `ECONNRESET` when no more will come.
    pub fn next(&self) -> io::Result<Option<Observed>> {
        let mut told = vec![0; MAX_TOLD_BYTES];
        match recv(self.0.as_raw_fd(), &mut told, MsgFlags::MSG_DONTWAIT) {
            Ok(0) => Err(io::ErrorKind::ConnectionReset.into()),
            // Only our own supervisor writes there, and whole.
            Ok(count) => Ok(serde_json::from_slice(&told[..count]).ok()),
            Err(nix::Error::EAGAIN | nix::Error::EINTR) => Ok(None),
            Err(why) => Err(why.into()),
        }
    }
}

impl AsFd for Observations {
    /// Becomes readable when something was told.
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}
