//! Programs that survive the desktop: each hangs on a *holder* of its own.
//!
//! ```text
//! desktop ──posix_spawn──▶ helper ──fork──▶ holder (own session, no parent, no desktop's stdio)
//!    │                       └ ends            ├─fork──▶ program: dies when the holder does
//!    │   socket: info, exit, end               │
//!    ├─────────────────────────────────────────┤  <data>/holders/<id>.sock, 0600
//!    │   terminal's master, output ring,       │
//!    └   pidfd, by SCM_RIGHTS                  ┘
//! ```
//!
//! While a desktop is attached it reads the terminal itself, without a hop, and keeps a copy of the last output
//! in a ring of shared memory. When its end of the socket closes, by a kill or a crash, the holder reads on into
//! the same ring, so the program never waits; the next desktop gets all of it back. At most the one chunk that
//! was read and not yet copied is lost.
//!
//! A holder ends when it is told to, when nobody came for a program that ended a day ago, when its program has
//! lost its terminal and nobody is there, and when its socket is gone while nobody is there: a data folder that
//! is removed leaves no orphan. With it ends everything that its program started.
//!
//! What comes over the socket is bounded and judged: other users are refused, bad bytes and slow guests are
//! dropped, and the holder goes on. Nothing here knows what a program is to the desktop: it gives a note back
//! as it was left.

mod connection;
mod folder;
pub(crate) mod frame;
mod held;
mod place;
mod ring;
mod serve;
mod start;

#[cfg(test)]
mod tests;

pub use folder::{HolderError, HolderFolder};
pub use frame::HeldInfo;
pub use held::{Held, HeldProcess, spawn_held};
pub(crate) use start::become_holder;

use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Longest note, bytes.
const MAX_NOTE_BYTES: usize = 4 * 1024;

/// How a program is to be kept.
#[derive(Clone, Debug)]
pub struct Keep {
    /// The folder of the holders' sockets, which is there.
    pub folder: PathBuf,
    /// Names the program among them: letters, digits, `-`.
    pub id: String,
    /// Given back to whoever attaches; at most 4 KiB.
    pub note: String,
    /// When it starts, milliseconds since the Unix epoch.
    pub started_millis: u64,
}

/// The same as a part of the request.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Hold {
    pub(crate) folder: String,
    pub(crate) id: String,
    pub(crate) note: String,
    pub(crate) started_millis: u64,
}

/// Whether this can be the name of a socket in the folder, and nothing else.
pub(crate) fn is_id(id: &str) -> bool {
    !id.is_empty() && id.len() <= 64 && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// The name of a holder's socket in its folder.
pub(crate) fn socket_name(id: &str) -> String {
    format!("{id}.sock")
}
