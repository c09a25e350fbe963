//! Mappings: parts of files as memory, by the kernel's own number, through the virtual file system.
//!
//! A shared mapping is a window over its open file: what it shows is the file as it is, and what is
//! written is there for everybody at once. So all who map or read one file agree, and a file that
//! somebody else cuts is an error of one call; with memory of the host it would be a signal
//! that ends the whole desktop. A private mapping keeps the pages that it changed and shows
//! the rest of the file as it is.
//!
//! **Invariants**: a mapping belongs to one process, for which it holds the file open; it reaches only its
//! part; a shared one has no pages of its own; the pages of all private ones are what the total says.
//! **Lock order**: the table; then one mapping's pages, held while its file is read.

mod table;
#[cfg(test)]
mod tests;
mod window;

pub(crate) use table::{DEFAULT_PER_PROCESS, Mappings};
pub(crate) use window::{Mapping, Part};
