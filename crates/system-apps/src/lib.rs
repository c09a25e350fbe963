//! The desktop's own apps: Files, Text Editor, System Monitor, Task Manager, Review changes, Settings.
//!
//! Each is a folder with plain data (`model`), what changes it (`update`), and what draws it (`ui`); its
//! `mod.rs` implements [`widgets::App`]. Drawing queues commands and never makes a syscall; `logic` runs the
//! commands and takes the results of submitted calls. Apps know the kernel by `abi` alone.

mod common;
mod files;
mod review;
mod settings;
mod spec;
#[cfg(test)]
mod stage;
mod system_monitor;
mod task_manager;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod text_editor;

pub use spec::{Spec, all};
pub use system_monitor::journal_sentence;
