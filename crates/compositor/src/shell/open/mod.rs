//! Starting apps: by id, by a path of the virtual file system, or by a file of the host.

mod apps;
mod back;
mod files;
mod first_run;
mod plan;
mod window;

pub(super) use plan::Content;
pub use plan::SystemApp;
