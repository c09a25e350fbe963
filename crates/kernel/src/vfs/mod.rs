//! The virtual file system: one tree of names over folders of the host, memory and generated files.
//!
//! ```text
//! text ──VPath::parse──▶ VPath ──Mounts::resolve──▶ Resolved ──the gate decides──▶ Mounts::open …
//! ```
//!
//! - [`VPath`]: an absolute path in normal form. `cwd.join(text)` takes what a program says.
//! - [`Mounts`]: the table. `resolve(&path, LastLink)` follows links and gives a [`Resolved`], whose
//!   `path()` is the object that capabilities are about; every other call takes one.
//!   `assume` takes a path as it stands, for nothing, and `reach` tries that first: a call that then
//!   meets a link does nothing but say so.
//! - [`OpenFile`]: an open file with its name. Calls give offsets; a descriptor keeps its own.
//! - [`FileSystem`], [`File`], [`Replacement`]: what a backend implements, in errors without names
//!   ([`FsError`]); [`LocalFs`], [`MemFs`], [`ProcFs`] and [`OverlayFs`] are there,
//!   and [`QuotaFs`] bounds what folders of another one hold.
//! - [`Watch`]: what happens in a folder, from `Mounts::watch`. [`trash`]: what was deleted and may come back.
//!
//! Who calls: the handlers of the file rows and the descriptor table. Nothing in here checks a
//! capability, writes a log or waits for a process. What it does refuse: to follow a link anywhere
//! but in `resolve`, to leave a mount's root, to open anything but regular files, and to read more
//! than the caller said.

mod bare;
mod error;
mod filesystem;
mod handle;
mod local;
mod mem;
mod mounts;
mod node;
mod overlay;
mod path;
mod proc;
mod quota;
#[cfg(test)]
mod tests;
pub mod trash;
mod watch;

pub use error::{FsError, FsResult};
pub use filesystem::{File, FileSystem, Replacement};
pub use handle::{NewContent, OpenFile};
pub use local::{HostWatcher, LocalFs, Swept};
pub(crate) use local::{Root, link_text, temporary_name};
pub use mem::{MemFs, WallClock};
pub use mounts::{LastLink, MAX_MOUNTS, MountInfo, Mounts, Resolved};
pub use node::{
    Access, Detail, Durability, Entry, Existing, Kind, LinkHop, Listing, OpenOptions, Space, Stat,
};
pub use overlay::{Change, ChangeKind, MAX_CHANGES, OverlayFs};
pub use path::{MAX_NAME_BYTES, MAX_PATH_BYTES, VPath};
pub use proc::{MAX_GENERATED_BYTES, ProcFs, ProcSource};
pub use quota::{NAME_BYTES, QuotaFs};
pub use watch::{
    FileChange, FileEvent, FolderWatcher, MAX_WATCHES, QUEUE_EVENTS, Subscriber, Told, Watch, Watchers,
};
