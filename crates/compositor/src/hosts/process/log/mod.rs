//! A host program whose output is a log: pipes instead of a terminal, output and errors told apart line by line, and
//! a field to write a line to it.
//!
//! ```text
//! spawn ──▶ piped (fd_read of both streams) ──▶ decode (bytes → lines) ──▶ lines (kept, bounded) ──▶ view
//! field ──▶ input (history) ──▶ fd_write of standard input
//! ```

mod decode;
mod input;
mod lines;
mod log_host;
mod piped;
mod view;

pub(crate) use log_host::LogHost;
