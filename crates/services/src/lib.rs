//! What the desktop offers to apps: the registry of installed apps, and the providers behind the
//! tools that a Blueprint may call. Everything here reaches the world through a syscall handle.

#[doc(hidden)]
pub mod fuzzing;
pub mod launch;
pub mod manifest;
mod registry;
mod storage;
mod tools;
pub mod wishes;

pub use registry::{AppEntry, AppKind, Problem, ProgramEntry, Registry};
pub use storage::folder_of as storage_folder;
pub use tools::{DesktopRequest, ToolRunner};
